"""A training programme in words: the title and the dose of its blocks, and how long it takes.

A block of a programme is one exercise with its sets, repetitions or seconds.
"""

from __future__ import annotations

from dataclasses import astuple
from itertools import pairwise

from formcheck.coach.programme_files import view_of
from formcheck.data.numbers import count_words
from formcheck.data.programme import Block, BlockSide, Programme
from formcheck.exercises import get_exercise
from formcheck.exercises.tempo import Tempo

GET_READY_S = 15.0
"""Assumed time to get into place for a block. Our choice."""

TIME_S = 60.0
"""Assumed time to go up and down the stairs once. Our choice."""

SIDE_WORDS: dict[BlockSide, str] = {
    "each": "each side",
    "left": "left",
    "right": "right",
    "both": "",
}


def block_title(block: Block) -> str:
    """Return the title of a block: that of its exercise."""
    return get_exercise(block.exercise).title


def dose_words(block: Block) -> str:
    """Return the dose of a block in words, as in ``8 repetitions, left, 3 s down``."""
    if block.repetitions is not None:
        amount = count_words(block.repetitions, "repetition")
    elif block.seconds is not None:
        amount = f"{block.seconds:g} s"
    else:
        amount = count_words(block.times or 0, "time")
    said = [
        amount if block.sets == 1 else f"{block.sets} sets of {amount}",
        SIDE_WORDS[block.side],
        "" if block.step_cm is None else f"step {block.step_cm:g} cm",
        "" if block.load_kg is None else f"weight {block.load_kg:g} kg",
        "" if block.tempo is None else Tempo.parse(block.tempo).in_words,
    ]
    return ", ".join(words for words in said if words)


def lasts_s(programme: Programme) -> float:
    """Estimate how long a programme takes, with rests and the time to get ready."""
    return sum(_block_s(block) for block in programme.blocks)


def camera_moves(programme: Programme) -> int:
    """Count how often the camera must be moved during a programme."""
    views = [view for view in map(view_of, programme.blocks) if view is not None]
    return sum(before != after for before, after in pairwise(views))


def _block_s(block: Block) -> float:
    rounds = block.sets * (2 if block.side == "each" else 1)
    return GET_READY_S + rounds * (_set_s(block) + block.rest_s)


def _set_s(block: Block) -> float:
    if block.seconds is not None:
        return block.seconds
    if block.times is not None:
        return block.times * TIME_S
    tempo = Tempo() if block.tempo is None else Tempo.parse(block.tempo)
    return (block.repetitions or 0) * float(sum(astuple(tempo)))
