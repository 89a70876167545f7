"""The messages from the process of a live session to the pages; ``wire.py`` packs them.

Each class is one kind of message; the scripts of the pages know it by its tag.
"""

from __future__ import annotations

from typing import Any

import msgspec

from formcheck.coach.sound import Heard
from formcheck.screen.live_words import HandWords, LiveWords, MessageCard
from formcheck.screen.shapes import Dashes, Disc, Lines, Shape, Tag, TintedArea
from formcheck.screen.state import TempoState
from formcheck.web.live_sets.wire import Letter, packed_message


class Moment(msgspec.Struct, frozen=True, tag="moment", tag_field="kind", omit_defaults=True):
    """Everything that a page shows and plays at one picture.

    Attributes
    ----------
    number
        The page's number of the picture.
    t_s
        Time in the session, in seconds.
    known
        Whether the picture was analyzed. If not, the page keeps showing the last result, and only
        the number and the time are sent.
    size
        Width and height of the mirrored picture, in pixels; the shapes use its coordinates.
    unit_px
        Length in pixels of the unit in which sizes on the body are given; it grows with the person.
    shapes
        Shapes drawn on the body, the lowest first; see :func:`plain`.
    tags
        Numbers beside the body; see :func:`plain_tag`.
    words
        All texts.
    tempo
        The tempo bar; ``None`` for none.
    on_the_left
        Whether texts are on the left, so that they do not cover the person.
    notices
        Small lines along the lower edge.
    heard
        Tones and a sentence; ``None`` for none.
    hand
        A raised hand; ``None`` for none.
    lost
        Number of pictures dropped so far.
    paused
        Whether the session is paused.
    tap
        Command that a tap on the screen sends, see
        :class:`~formcheck.web.live_sets.wire.PageCommand`; empty for ``pause``.
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


class PictureTaken(msgspec.Struct, frozen=True, tag="took", tag_field="kind"):
    """A picture and all before it have been taken for analysis, or dropped.

    The page may now send another one. ``clock`` names the page that sent the picture: a page that
    was reloaded numbers its pictures from 0 again, and must ignore numbers from before.
    """

    number: int
    clock: str


class CardShown(msgspec.Struct, frozen=True, tag="card", tag_field="kind"):
    """A message in the middle of the page, until the next :class:`Moment`: for example loading."""

    card: MessageCard


class SessionSaved(msgspec.Struct, frozen=True, tag="saved", tag_field="kind"):
    """The session is saved; its report can be opened while its film is drawn.

    Attributes
    ----------
    card
        The result, in words.
    remark
        A further remark, such as why the session is not counted in the progress.
    """

    card: MessageCard
    remark: str = ""


class BlockBegun(msgspec.Struct, frozen=True, tag="block", tag_field="kind"):
    """The session of a block of a guided session begins; ``session`` names its folder."""

    session: str


class Over(msgspec.Struct, frozen=True, tag="over", tag_field="kind"):
    """The session is over, and its process ends.

    Attributes
    ----------
    message, hint
        Why there is no session, or what could not be saved; empty if there was no problem.
    card
        The result in words; empty if there is no session.
    sessions
        Name and title of each session of a guided session.
    """

    message: str = ""
    hint: str = ""
    card: MessageCard = ()
    sessions: tuple[tuple[str, str], ...] = ()


class Warm(msgspec.Struct, frozen=True, tag="warm", tag_field="kind"):
    """The pose model is loaded: a session can begin at once."""


FromProcess = Moment | PictureTaken | CardShown | SessionSaved | BlockBegun | Over | Warm


def packed(message: FromProcess, letter: Letter) -> bytes:
    """Pack a message, with its letter and the number of the picture in front."""
    number = message.number if isinstance(message, Moment | PictureTaken) else 0
    return packed_message(letter, number, msgspec.json.encode(message))


def plain(shape: Shape) -> list[Any]:
    """Return a shape as plain data for JSON: its kind, then positions, sizes and colours."""
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
    """Return a tag as plain data for JSON: text, x, y, size, colour, share to the left of x."""
    return [tag.text, *_at(tag.at), tag.size, tag.colour, tag.align]


def _at(point: tuple[float, float]) -> list[float]:
    return [round(float(point[0]), 1), round(float(point[1]), 1)]
