"""What a guided session says between its sets: on the screen, and spoken.

One thing at a time: what comes next, how to stand, where the camera is; then the sets themselves,
whose words are in ``live_words.py``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from formcheck.coach.programme_files import view_of
from formcheck.data.keypoints import SIDES
from formcheck.data.numbers import NO_BREAK, count_words
from formcheck.data.palette import GOOD, MUTED, PAPER, WATCH
from formcheck.data.programme import Block, BlockView
from formcheck.exercises import get_exercise, get_self_paced
from formcheck.exercises.tempo import Tempo
from formcheck.screen.live_words import CardLine, MessageCard

KEYS_BETWEEN = "Space: start now · n: skip · r: repeat · p: pause · q: stop"
KEYS_COUNTING = "Space: one more · n: done · p: pause · q: stop"
TAPS_BETWEEN = "Tap: start now"
TAPS_COUNTING = "Tap: one more"

_CAMERA = {"front": "in front of you", "side": "at your side"}
_STAND = {"front": "Face the camera", "side": "Stand side-on to the camera"}
_MOST_ROWS = 9


@dataclass(frozen=True)
class BlockWords:
    """What is said of a block before it begins.

    Attributes
    ----------
    title
        What is done.
    amount
        On which side, how much, and how often.
    how
        Step, weight and tempo; empty when there is nothing to say.
    camera
        Where the camera stands, or that it is not needed.
    stand
        How to stand; empty without a camera.
    note
        The sentence of the programme.
    """

    title: str
    amount: str
    how: str
    camera: str
    stand: str
    note: str


@dataclass(frozen=True)
class BlockResult:
    """How a block went, in words.

    Attributes
    ----------
    title
        What was done.
    done, good, change
        How much, what was good, and the one thing to change.
    looks_like
        What the movement looks like, when that is not what was asked for.
    all_good
        Whether all of it was good: green.
    """

    title: str
    done: str
    good: str = ""
    change: str = ""
    looks_like: str = ""
    all_good: bool = False


def words_of_block(block: Block) -> BlockWords:
    """Word a block."""
    if block.is_self_paced:
        what = get_self_paced(block.exercise)
        amount = count_words(block.sets * (block.times or 0), "time")
        return BlockWords(what.title, amount, "", "No camera is needed", "", block.note)
    exercise = get_exercise(block.exercise)
    view = view_of(block) or "front"
    return BlockWords(
        exercise.title,
        _amount(block),
        _how(block),
        f"Camera {_CAMERA[view]}",
        "Lie side-on to the camera" if exercise.is_lying and view == "side" else _STAND[view],
        block.note,
    )


def _amount(block: Block) -> str:
    parts = []
    if block.side == "each":
        parts.append("One side, then the other")
    elif block.side in SIDES:
        parts.append(f"{block.side.capitalize()} side")
    each = " each" if block.side == "each" else ""
    if block.seconds is not None:
        parts.append(f"hold {block.seconds:g} s{each}")
    else:
        parts.append(f"{count_words(block.repetitions or 0, 'repetition')}{each}")
    if block.sets > 1:
        parts.append(f"{block.sets} sets")
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def _how(block: Block) -> str:
    parts = []
    if block.step_cm is not None:
        parts.append(f"Step of {block.step_cm:g} cm")
    if block.load_kg:
        parts.append(f"{block.load_kg:g} kg in your hands")
    if block.tempo is not None:
        parts.append(f"{Tempo.parse(block.tempo).eccentric_s:g} s down")
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def moved_words(view: BlockView) -> str:
    """Ask to move the camera."""
    return f"Move the camera: now {_CAMERA[view]}"


def spoken_before(
    words: BlockWords, number: int, count: int, moved_to: BlockView | None, *, again: bool = False
) -> str:
    """Return what a voice says before a block: what comes, and what to do with the camera.

    Parameters
    ----------
    words
        The block.
    number, count
        Its number in the programme, and how many there are.
    moved_to
        Where the camera is to be moved; ``None`` when it stays.
    again
        Whether it is repeated.
    """
    begins = "Again" if again else "First" if number == 1 else "Last" if number == count else "Next"
    said = [f"{begins}: {words.title}", words.amount, words.how]
    said += [moved_words(moved_to)] if moved_to else [words.camera] if number == 1 else []
    said += [words.stand, words.note.rstrip(".")]
    return ". ".join(one for one in said if one) + "."


def announcement_card(
    words: BlockWords,
    number: int,
    count: int,
    *,
    left_s: float | None,
    before: BlockResult | None = None,
    moved_to: BlockView | None = None,
    waits_for: str = "",
    notice: str = "",
    again: bool = False,
    paused: bool = False,
    keys: str = "",
) -> MessageCard:
    """Return the card before a block.

    Parameters
    ----------
    words, number, count, moved_to, again
        As for :func:`spoken_before`.
    left_s
        Seconds until it begins; ``None`` when the rest is over.
    before
        How the block before went.
    waits_for
        What is waited for once the rest is over.
    notice
        What else must be known, such as that the session goes on from before.
    paused
        Whether the session is paused.
    keys
        The keys, small, on the last line.
    """
    lines = [] if before is None else _result_lines(before)
    what = "Again" if again else f"{number} of {count}"
    lines += [CardLine(notice, 7.5, WATCH), CardLine(f"{what}: {words.title}", 13)]
    lines += [CardLine(_joined(words.amount, words.how), 8.5)]
    if moved_to is not None:
        lines += [CardLine(moved_words(moved_to), 9, WATCH)]
    else:
        lines += [CardLine(f"{words.camera}. {words.stand}".rstrip(". "), 7.5)]
    lines += [CardLine(_countdown(left_s, waits_for, paused=paused), 14, GOOD)]
    lines += [CardLine(words.note, 7), CardLine(keys, 5.5, MUTED)]
    return tuple(line for line in lines if line.text)


def _result_lines(before: BlockResult) -> list[CardLine]:
    colour = GOOD if before.all_good else WATCH
    done = CardLine(_joined(f"{before.title}: {before.done}", before.good), 7.5, PAPER)
    return [done, CardLine(before.looks_like or before.change, 7.5, colour)]


def _joined(*parts: str) -> str:
    return ". ".join(part for part in parts if part)


def _countdown(left_s: float | None, waits_for: str, *, paused: bool) -> str:
    if paused:
        return "Paused"
    return waits_for if left_s is None else f"{math.ceil(left_s)}"


def counting_card(
    words: BlockWords, done: int, target: int, elapsed_s: float, *, paused: bool, keys: str
) -> MessageCard:
    """Return the card of a self-paced block: how often it was done, and the time."""
    return (
        CardLine(words.title, 11),
        CardLine("Paused" if paused else f"{done} of {target}", 30),
        CardLine(clock_words(elapsed_s), 16, GOOD),
        *((CardLine(words.note, 7),) if words.note else ()),
        CardLine(keys, 5.5, MUTED),
    )


def clock_words(seconds: float) -> str:
    """Write a time as a clock shows it: ``4:05``."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def film_card(which: str, done_pct: int | None) -> MessageCard:
    """Return the card while the films are drawn; ``which`` says how many are, as in ``1 of 3``."""
    far = "" if done_pct is None else f": {done_pct}{NO_BREAK}%"
    return (
        CardLine("Saved", 14, GOOD),
        CardLine(f"Drawing film {which}{far}", 7.5),
        CardLine("q: do not wait for them", 5.5, MUTED),
    )


def programme_end_card(title: str, rows: Sequence[tuple[str, str]], where: str) -> MessageCard:
    """Return the card at the end of the programme.

    Parameters
    ----------
    title
        Of the programme, and how it ended.
    rows
        Each block: what it is, and what was done.
    where
        Where the results are.
    """
    size = 7.5 if len(rows) <= _MOST_ROWS else 6.0
    return (
        CardLine(title, 12, GOOD),
        *(CardLine(f"{what}: {done}", size) for what, done in rows),
        CardLine(where, 5.5, MUTED),
    )
