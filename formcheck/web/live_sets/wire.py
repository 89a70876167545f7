"""How what is sent between a page, the server and the process of a live session is packed.

To the process go pictures and wishes, each in one message with a letter at its head. From it come
messages in JSON, with a letter and the number of the picture at their head: by these the server
passes them on without reading them. What they say is in ``messages.py``, which is not needed here:
the server's first page must not wait for what draws and measures.
"""

from __future__ import annotations

import struct
from typing import Literal

import msgspec

from formcheck.data.frame import SentPicture

LARGEST_BYTES = 1_500_000
"""A picture of 720p has 150 kB. Ours."""
PICTURE_HEAD = struct.Struct("<IId")
"""Before a picture: its number, the pictures given up before it, and when it was taken, in
seconds of the page's clock. Little-endian."""
LARGEST_PICTURE_BYTES = PICTURE_HEAD.size + LARGEST_BYTES

PICTURE, WISH = b"p", b"w"
"""Letters of what goes to the process."""

_HEAD = struct.Struct("<cI")
Letter = Literal[b"m", b"s", b"t", b"e"]
"""Of what comes from the process: a moment, one with sounds that must not be left out, a picture
that was taken, which only the page with the camera is told, or an event of the session."""

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


class Wish(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a page, or the server, asks of the process.

    Attributes
    ----------
    do
        ``join`` and ``away``: a page with a camera comes or goes; ``pause``, ``go_on``, ``end``;
        of a guided session ``go`` (begin, or one more time), ``skip`` and ``repeat``;
        ``hold`` and ``release``: drawing the film waits for another session; ``leave``: the server
        stops.
    clock, page_s
        Of a page that joins: the name of its clock, and its time now.
    ahead_s
        How far the server's clock, which is that of the process, is ahead of the page's; the
        server fills it in.
    """

    do: Doing
    clock: str = ""
    page_s: float = 0.0
    ahead_s: float = 0.0


def packed_picture(picture: SentPicture) -> bytes:
    """Pack a picture as a page sends it."""
    head = PICTURE_HEAD.pack(picture.number, picture.lost_before, picture.taken_s)
    return head + picture.jpeg


def unpacked_picture(data: bytes) -> SentPicture | None:
    """Unpack what a page sent; ``None`` when it is no picture, or a larger one than is taken."""
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
