"""What the process of a live session says; how it is packed is in ``wire.py``."""

from __future__ import annotations

from typing import Any

import msgspec

from formcheck.coach.sound import Heard
from formcheck.screen.live_words import HandWords, LiveWords, MessageCard
from formcheck.screen.shapes import Dashes, Disc, Lines, Shape, Tag, TintedArea
from formcheck.screen.state import TempoState
from formcheck.web.live_sets.wire import Letter, packed_message


class Moment(msgspec.Struct, frozen=True, tag="moment", tag_field="kind", omit_defaults=True):
    """What is known at a picture.

    Attributes
    ----------
    number
        The page's number of the picture.
    t_s
        Time in the session.
    size
        Width and height of the picture, in which the shapes are placed, as in a mirror.
    unit_px
        Length of a unit on the body.
    shapes
        What is drawn on the body, from the bottom to the top; see :func:`plain`.
    tags
        Numbers beside the body; see :func:`plain_tag`.
    words
        All that is said.
    tempo
        The tempo bar; ``None`` without.
    on_the_left
        Whether texts are on the left, so that they do not cover the person.
    notices
        Small lines along the lower edge.
    heard
        Tones and a sentence; ``None`` for none.
    hand
        A hand that is held up.
    lost
        Pictures that were given up so far.
    paused
        Whether the session is paused.
    tap
        What a tap asks for, as in :class:`~formcheck.web.live_sets.wire.Wish`; empty for a pause.
    known
        Whether anything is new: at a picture at which nobody looked nothing is, and all else is
        left out.
    """

    number: int
    t_s: float
    known: bool = True
    size: tuple[int, int] = (0, 0)
    unit_px: float = 0.0
    shapes: list[list[Any]] = []
    tags: list[list[Any]] = []
    words: LiveWords | None = None
    tempo: TempoState | None = None
    on_the_left: bool = False
    notices: tuple[str, ...] = ()
    heard: Heard | None = None
    hand: HandWords | None = None
    lost: int = 0
    paused: bool = False
    tap: str = ""


class Took(msgspec.Struct, frozen=True, tag="took", tag_field="kind"):
    """A picture, and all before it, is off the way: it is being looked at, or was given up.

    It is one of the page that has this clock: a page that was reloaded counts from the beginning,
    and must not take the number of a picture sent before that for one of its own.
    """

    number: int
    clock: str


class Told(msgspec.Struct, frozen=True, tag="told", tag_field="kind"):
    """A card in the middle, until the next moment: loading, no picture, saving."""

    card: MessageCard


class SetKept(msgspec.Struct, frozen=True, tag="saved", tag_field="kind"):
    """The session is saved; its report can be opened while its film is drawn.

    Attributes
    ----------
    card
        How it went.
    remark
        What else there is to say, such as why it is not part of the progress.
    """

    card: MessageCard
    remark: str = ""


class BlockBegun(msgspec.Struct, frozen=True, tag="block", tag_field="kind"):
    """The session of a block begins, in a folder of that name."""

    session: str


class Over(msgspec.Struct, frozen=True, tag="over", tag_field="kind"):
    """The process has done all it had to do.

    Attributes
    ----------
    message, hint
        Why there is no session, or what could not be saved; empty when all is well.
    card
        How it went; empty when there is no session.
    sessions
        The sessions of a guided session, each with its title.
    """

    message: str = ""
    hint: str = ""
    card: MessageCard = ()
    sessions: tuple[tuple[str, str], ...] = ()


class Warm(msgspec.Struct, frozen=True, tag="warm", tag_field="kind"):
    """The pose model is loaded: a session can begin at once."""


FromProcess = Moment | Took | Told | SetKept | BlockBegun | Over | Warm


def packed(message: FromProcess, letter: Letter) -> bytes:
    """Pack a message of the process."""
    number = message.number if isinstance(message, Moment | Took) else 0
    return packed_message(letter, number, msgspec.json.encode(message))


def plain(shape: Shape) -> list[Any]:
    """Write a shape as plain data: its kind, then numbers in pixels, units and colours."""
    match shape:
        case Lines(lines):
            parts = [[*_at(one.start), *_at(one.end), one.colour, one.width] for one in lines]
            return ["lines", parts]
        case Dashes(start, end, colour, width):
            return ["dashes", *_at(start), *_at(end), colour, width]
        case Disc(centre, radius, colour):
            return ["disc", *_at(centre), round(radius, 2), colour]
        case TintedArea(corners, colour, opacity):
            return ["area", [_at(corner) for corner in corners], colour, opacity]


def plain_tag(tag: Tag) -> list[Any]:
    """Write a tag as plain data: text, x, y, size, colour, share to the left of x."""
    return [tag.text, *_at(tag.at), tag.size, tag.colour, tag.align]


def _at(point: tuple[float, float]) -> list[float]:
    return [round(float(point[0]), 1), round(float(point[1]), 1)]
