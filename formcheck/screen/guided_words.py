"""The texts of a guided session (a training programme) between its blocks, shown and spoken.

They say what comes next, how to stand and where the camera is, and how the previous block went. The
texts during a set are in ``live_words.py``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from formcheck.coach.programme_files import view_of
from formcheck.coach.programme_words import block_title, dose_words
from formcheck.coach.setup import LYING_TEXTS
from formcheck.data.numbers import DRAWING_FILM, NO_BREAK, count_words
from formcheck.data.palette import GOOD, MUTED, PAPER, WATCH
from formcheck.data.programme import Block, BlockView
from formcheck.exercises import get_exercise
from formcheck.screen.live_words import CardLine, MessageCard

KEYS_COUNTING = "Space: count one more · n: done · p: pause · q: stop"
TAPS_COUNTING = "Tap: count one more"

_OTHER_KEYS = "n: skip · r: repeat · p: pause · q: stop"
_OR_HAND = " or hand up"

_CAMERA = {"front": "in front of you", "side": "at your side"}
_STAND = {"front": "Face the camera", "side": "Stand side-on to the camera"}
_MOST_ROWS = 9


@dataclass(frozen=True)
class BlockWords:
    """The texts about a block before it begins.

    Attributes
    ----------
    title
        Title of the exercise.
    dose
        Sets, repetitions, side and tempo, as shown.
    dose_aloud
        The same as spoken: without the tempo, which takes long to say and is on the screen.
    camera
        Where the camera stands, or that it is not needed.
    stand
        How to stand; empty without a camera.
    note
        The programme's own remark on the block; empty for none.
    """

    title: str
    dose: str
    dose_aloud: str
    camera: str
    stand: str
    note: str


@dataclass(frozen=True)
class BlockResult:
    """The result of a block, in words.

    Attributes
    ----------
    title
        Title of the exercise.
    done, good, change
        How much was done, what was good, and the one thing to change.
    looks_like
        A remark if the movement looks like another exercise; else empty.
    all_good
        Whether every repetition was good: green.
    """

    title: str
    done: str
    good: str = ""
    change: str = ""
    looks_like: str = ""
    all_good: bool = False


@dataclass(frozen=True)
class ComingBlock:
    """A block that is about to begin.

    Attributes
    ----------
    words
        The texts about the block.
    number, count
        Its number in the programme, and the number of blocks.
    moved_to
        Where the camera has to be moved; ``None`` if it stays.
    again
        Whether the block is repeated.
    """

    words: BlockWords
    number: int
    count: int
    moved_to: BlockView | None = None
    again: bool = False


def keys_before(*, sees: bool) -> str:
    """Return the text that names the keys before a block, in the window.

    ``sees`` says whether the camera is open, so that a raised hand can be used, too.
    """
    return f"Space{_OR_HAND if sees else ''}: start · {_OTHER_KEYS}"


def taps_before(*, sees: bool) -> str:
    """Return the text that says how to begin a block on a page; other commands have buttons."""
    return f"Tap{_OR_HAND if sees else ''}: start now"


def words_of_block(block: Block) -> BlockWords:
    """Return the texts about a block."""
    title, dose = block_title(block), dose_words(block)
    aloud = dose_words(msgspec.structs.replace(block, tempo=None))
    view = view_of(block)
    if view is None:
        return BlockWords(title, dose, aloud, "No camera needed", "", block.note)
    stand = LYING_TEXTS[view] if get_exercise(block.exercise).is_lying else _STAND[view]
    return BlockWords(title, dose, aloud, f"Camera {_CAMERA[view]}", stand, block.note)


def moved_words(view: BlockView) -> str:
    """Return the request to move the camera."""
    return f"Move the camera: put it {_CAMERA[view]}"


def spoken_before(coming: ComingBlock) -> str:
    """Return the sentence spoken before a block: what comes, and where to put the camera."""
    words, number = coming.words, coming.number
    begins = "First" if number == 1 else "Last" if number == coming.count else "Next"
    said = [f"{'Again' if coming.again else begins}: {words.title}", words.dose_aloud]
    if coming.moved_to is not None:
        said.append(moved_words(coming.moved_to))
    elif number == 1:
        said.append(words.camera)
    said += [words.stand, words.note.rstrip(".")]
    return ". ".join(one for one in said if one) + "."


def announcement_card(
    coming: ComingBlock,
    *,
    left_s: float | None,
    waits_for: str = "",
    notice: str = "",
    paused: bool = False,
    keys: str = "",
) -> MessageCard:
    """Return the card before a block.

    Parameters
    ----------
    coming
        The block.
    left_s
        Seconds until it begins; ``None`` when the rest is over.
    waits_for
        After the rest: what the person has to do before the block can begin.
    notice
        A further message, such as that the session was resumed.
    paused
        Whether the session is paused.
    keys
        The keys, small, on the last line.
    """
    words, moved_to = coming.words, coming.moved_to
    what = "Again" if coming.again else f"{coming.number} of {coming.count}"
    camera = moved_words(moved_to) if moved_to else words.camera
    lines = (
        CardLine(notice, 8, WATCH),
        CardLine(f"{what}: {words.title}", 13),
        CardLine(words.dose, 8.5),
        CardLine(camera, 8.5, WATCH if moved_to else PAPER),
        CardLine(words.stand, 8),
        CardLine(_countdown(left_s, waits_for, paused=paused), 16, GOOD),
        CardLine("" if notice else words.note, 7),
        CardLine(keys, 5.5, MUTED),
    )
    return tuple(line for line in lines if line.text)


def result_card(before: BlockResult, comes: str, left_s: float, keys: str) -> MessageCard:
    """Return the card after a block: its result, the rest, and the title of the next block."""
    lines = (
        CardLine(f"{before.title}: done", 12),
        CardLine(f"{math.ceil(left_s)}", 20, GOOD),
        CardLine(before.done, 9.5),
        CardLine(before.good, 8.5, GOOD),
        CardLine(before.looks_like or before.change, 8.5, GOOD if before.all_good else WATCH),
        CardLine(f"Next: {comes}", 8.5),
        CardLine(keys, 5.5, MUTED),
    )
    return tuple(line for line in lines if line.text)


def _countdown(left_s: float | None, waits_for: str, *, paused: bool) -> str:
    if paused:
        return "Paused"
    return waits_for if left_s is None else f"{math.ceil(left_s)}"


def counting_card(
    words: BlockWords, done: int, target: int, elapsed_s: float, *, paused: bool, keys: str
) -> MessageCard:
    """Return the card of a self-paced block: how often it was done, and the time so far."""
    return (
        CardLine(words.title, 11),
        CardLine("Paused" if paused else f"{done} of {target}", 30),
        CardLine(clock_words(elapsed_s), 16, GOOD),
        *((CardLine(words.note, 7),) if words.note else ()),
        CardLine(keys, 5.5, MUTED),
    )


def clock_words(seconds: float) -> str:
    """Return a time as on a clock, in minutes and seconds: ``4:05``."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def laps_words(laps_s: Sequence[float]) -> str:
    """Return how often something was done, and how long it took: ``3 times, 4:05``."""
    return f"{count_words(len(laps_s), 'time')}, {clock_words(sum(laps_s))}"


def film_card(which: str, done_pct: int | None) -> MessageCard:
    """Return the card while the films are drawn; ``which`` is for example ``1 of 3``."""
    far = "" if done_pct is None else f": {done_pct}{NO_BREAK}%"
    return (
        CardLine("Saved", 14, GOOD),
        CardLine(f"{DRAWING_FILM} ({which}){far}", 7.5),
        CardLine("q: end without these films", 5.5, MUTED),
    )


def programme_end_card(title: str, rows: Sequence[tuple[str, str]], where: str) -> MessageCard:
    """Return the card at the end of the programme.

    Parameters
    ----------
    title
        Title of the programme, and how it ended.
    rows
        For each block its title and what was done.
    where
        Where the results are.
    """
    size = 7.5 if len(rows) <= _MOST_ROWS else 6.0
    return (
        CardLine(title, 12, GOOD),
        *(CardLine(f"{what}: {done}", size) for what, done in rows),
        CardLine(where, 5.5, MUTED),
    )
