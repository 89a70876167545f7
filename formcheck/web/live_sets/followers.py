"""The pages that follow a live session, and the messages that wait to be sent to each.

``desk.py`` adds every message from the process of the session to each :class:`Follower`;
``live_answers.py`` takes the waiting messages out and sends them to the page. A slow page must not
delay the others or fill the memory, so messages that are out of date are dropped.

Used in the server's event loop only.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from formcheck.web.live_sets.wire import MOMENT, PICTURE_TAKEN

MOST_WAITING = 4
"""How many messages may wait for a slow page. If there are more, the oldest results of pictures
(``Moment``) are dropped, as newer ones replace them. Sounds and events are always kept, and so is
the newest message that a picture was taken: without it, the page sends no more pictures. Our
choice."""
MOST_WAITING_EVER = 200
"""If more messages wait than this, the page does not read at all, and is closed. Our choice."""

FollowsAs = Literal["camera", "screen"]


@dataclass(frozen=True)
class Message:
    """One message to a page: number of the picture, letter as in ``wire.py``, JSON and picture."""

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
        A page with the ``camera`` sends the pictures, and gets the messages without them. A
        ``screen`` only shows the session, and gets each picture with its message.
    closed
        Whether no more messages are added; those that wait are still sent.
    """

    kind: FollowsAs
    _waiting: deque[Message] = field(default_factory=deque)
    _more: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    def put(self, message: Message) -> None:
        """Add a message, and drop waiting messages that are out of date."""
        if message.letter == PICTURE_TAKEN:  # it also stands for all pictures before
            self._waiting = deque(one for one in self._waiting if one.letter != PICTURE_TAKEN)
        self._waiting.append(message)
        while len(self._waiting) > MOST_WAITING:
            oldest = next((one for one in self._waiting if one.letter == MOMENT), None)
            if oldest is None:
                break
            self._waiting.remove(oldest)
        if len(self._waiting) > MOST_WAITING_EVER:
            self.closed = True
        self._more.set()

    def close(self) -> None:
        """Accept no more messages; those that wait are still sent."""
        self.closed = True
        self._more.set()

    async def take(self, within_s: float | None = None) -> list[Message]:
        """Return and remove all waiting messages; if there are none, wait for the next.

        The list is empty if the follower was closed, or if no message came within ``within_s``.
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
    """Return a message with its picture added, for a page without the camera.

    The picture stays empty if it is not in ``pictures`` (picture number to JPEG).
    """
    picture = pictures.get(message.number, b"")
    return replace(message, picture=picture)
