"""The pages that follow a live session, and what waits to be sent to each of them.

The desk (``desk.py``) puts in every message that comes from the process of the session; the
handler of a page's connection takes out what waits, and sends it. A slow page must not hold up the
others or fill the memory, so it is not sent moments that are out of date.

Used in the server's event loop only.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from formcheck.web.live_sets.wire import Letter

MOST_WAITING = 4
"""How many messages may wait for a slow page. Beyond that the oldest moments are dropped: a newer
one replaces them. Sounds and events are always kept, and so is the newest word on which picture was
taken, as the page with the camera sends no more pictures without it. Ours."""
MOST_WAITING_EVER = 200
"""With more messages waiting than this, a page takes nothing at all, and is closed. Ours."""

_MOMENT: Letter = b"m"
_TAKEN: Letter = b"t"

FollowsAs = Literal["camera", "screen"]


@dataclass(frozen=True)
class Message:
    """One message: its number, its letter as in ``wire.py``, the JSON, and a picture."""

    number: int
    letter: bytes
    json: bytes
    picture: bytes = b""


@dataclass(eq=False)
class Follower:
    """A page that follows a session.

    Attributes
    ----------
    kind
        A page with the ``camera`` sends the pictures. A ``screen`` only looks on, and gets the
        pictures with the messages.
    closed
        Whether it gets nothing more than what waits already.
    """

    kind: FollowsAs
    _waiting: deque[Message] = field(default_factory=deque)
    _more: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    def put(self, message: Message) -> None:
        """Add a message, and drop the waiting ones that are out of date."""
        if message.letter == _TAKEN:  # says that all pictures before it were taken, too
            self._waiting = deque(one for one in self._waiting if one.letter != _TAKEN)
        self._waiting.append(message)
        while len(self._waiting) > MOST_WAITING:
            oldest = next((one for one in self._waiting if one.letter == _MOMENT), None)
            if oldest is None:
                break
            self._waiting.remove(oldest)
        if len(self._waiting) > MOST_WAITING_EVER:
            self.closed = True
        self._more.set()

    def close(self) -> None:
        """Send nothing more than what waits."""
        self.closed = True
        self._more.set()

    async def take(self, within_s: float | None = None) -> list[Message]:
        """Return all messages that wait; if there are none, wait for the next.

        Empty when the page was closed, or when nothing came within the time.
        """
        if not self._waiting and not self.closed:
            self._more.clear()
            try:
                await asyncio.wait_for(self._more.wait(), within_s)
            except TimeoutError:
                return []
        found = list(self._waiting)
        self._waiting.clear()
        return found


def with_picture(message: Message, pictures: Mapping[int, bytes]) -> Message:
    """Return a message with the picture that it is about, for a page without the camera.

    The picture stays empty when it is not among ``pictures``, which go by their number.
    """
    picture = pictures.get(message.number, b"")
    return replace(message, picture=picture)
