"""The pages that follow a live session, and what waits to be sent to each of them.

Used in the server's event loop only.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

MOST_WAITING = 4
"""Messages that wait for a slow page; beyond that the oldest moments are left out, as newer ones
say all that they said. Nothing else is ever left out: a page that is not told that its picture was
taken sends no more. Ours."""
MOST_WAITING_EVER = 200
"""A page that takes nothing at all is given up. Ours."""
_CLOSED = b""

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
        Whether it sends the pictures, or only looks on; the latter are sent the pictures, too.
    """

    kind: FollowsAs
    _waiting: deque[Message] = field(default_factory=deque)
    _more: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    def put(self, message: Message) -> None:
        """Add a message; leave out what it says anew, and older moments when too many wait."""
        if message.letter == b"t":  # of all pictures before it, too
            self._waiting = deque(one for one in self._waiting if one.letter != b"t")
        self._waiting.append(message)
        while len(self._waiting) > MOST_WAITING:
            oldest = next((one for one in self._waiting if one.letter == b"m"), None)
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
        """Return what waits; wait for it if there is nothing. Empty at the end, or too late."""
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
    """Add its picture to a message, for a page that has no camera of its own."""
    picture = pictures.get(message.number, b"")
    return replace(message, picture=picture)
