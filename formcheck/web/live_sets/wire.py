"""Format of the messages between a page, the server and the process of a live session.

The process receives pictures and commands, each with a letter in front that says which it is. It
sends messages in JSON, with a letter and the picture's number in front; with these the server can
pass a message on without reading it. The content of the messages is declared in ``messages.py``.
The server does not import that module, because it would load the drawing and measuring code and
delay the first page.
"""

from __future__ import annotations

import struct
from typing import Final, Literal

import msgspec

from formcheck.data.frame import SentPicture

LARGEST_BYTES = 1_500_000
"""Largest picture accepted; one of 720p has about 150 kB. Our choice."""
PICTURE_HEAD = struct.Struct("<IId")
"""In front of a picture: its number, how many pictures were dropped before it, and when it was
taken, in seconds of the page's clock. Little-endian."""
LARGEST_PICTURE_BYTES = PICTURE_HEAD.size + LARGEST_BYTES

PICTURE, COMMAND = b"p", b"w"
"""Letters of the messages to the process."""

_HEAD = struct.Struct("<cI")
"""In front of a message from the process: its letter, and the number of its picture (0 for none).
Little-endian."""
Letter = Literal[b"m", b"s", b"t", b"e"]
"""Letter of a message from the process; it decides which pages get the message, and whether the
message may be dropped if a page is slow."""
MOMENT: Final = b"m"
"""What to show at a picture (``Moment``): for all pages; the next one replaces it."""
MOMENT_WITH_SOUND: Final = b"s"
"""A ``Moment`` with sounds: for all pages; never dropped."""
PICTURE_TAKEN: Final = b"t"
"""A picture was taken for analysis: only for the page with the camera; the next one replaces it."""
EVENT: Final = b"e"
"""An event of the session, such as its end: the server reads it, and sends most of them on to all
pages; never dropped."""

Doing = Literal[
    "join",
    "away",
    "pause",
    "go_on",
    "go",
    "skip",
    "repeat",
    "end",
    "hold",
    "release",
    "leave",
]


class PageCommand(msgspec.Struct, frozen=True, omit_defaults=True):
    """A command of a page, or of the server, to the process of a session.

    Attributes
    ----------
    do
        ``join`` and ``away``: a page with a camera has joined or left; ``pause``, ``go_on``
        (continue) and ``end``: for the session; ``go`` (begin the block, or one more lap is done),
        ``skip`` and ``repeat``: for a guided session; ``hold`` and ``release``: drawing the film
        has to wait for another session, or may continue; ``leave``: the server stops.
    clock, page_s
        For ``join``: the name of the page's clock, and its present time.
    ahead_s
        For ``join``: how far the clock of server and process is ahead of the page's; set by the
        server.
    """

    do: Doing
    clock: str = ""
    page_s: float = 0.0
    ahead_s: float = 0.0


def packed_picture(picture: SentPicture) -> bytes:
    """Pack a picture in the format in which a page sends it."""
    head = PICTURE_HEAD.pack(picture.number, picture.lost_before, picture.taken_s)
    return head + picture.jpeg


def unpacked_picture(data: bytes) -> SentPicture | None:
    """Unpack a picture that a page sent; ``None`` if it is not valid or too large."""
    if not PICTURE_HEAD.size < len(data) <= LARGEST_PICTURE_BYTES:
        return None
    number, lost_before, taken_s = PICTURE_HEAD.unpack_from(data)
    if not 0 <= taken_s < 1e12 or lost_before > 1_000_000:
        return None
    return SentPicture(number, lost_before, taken_s, data[PICTURE_HEAD.size :])


def packed_message(letter: Letter, number: int, json: bytes) -> bytes:
    """Pack a message of the process."""
    return _HEAD.pack(letter, number) + json


def unpacked(data: bytes) -> tuple[bytes, int, bytes]:
    """Return the letter, the number and the JSON of a message of the process."""
    letter, number = _HEAD.unpack_from(data)
    return letter, number, data[_HEAD.size :]
