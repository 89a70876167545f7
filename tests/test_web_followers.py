"""What waits to be sent to the pages of a live session."""

from __future__ import annotations

import asyncio

from formcheck.web.live_sets.followers import MOST_WAITING, Follower, Message
from formcheck.web.live_sets.wire import EVENT, MOMENT, MOMENT_WITH_SOUND, PICTURE_TAKEN


def left_after(*messages: Message) -> list[tuple[int, bytes]]:
    """The messages that are sent when all were added before any could be."""

    async def put_and_take() -> list[Message]:
        follower = Follower("camera")
        for message in messages:
            follower.put(message)
        return await follower.take()

    return [(one.number, one.letter) for one in asyncio.run(put_and_take())]


def moments(*numbers: int) -> list[Message]:
    return [Message(number, MOMENT, b"{}") for number in numbers]


def test_older_moments_are_left_out_when_too_many_wait() -> None:
    last = range(9 - MOST_WAITING, 9)
    assert left_after(*moments(*range(9))) == [(number, MOMENT) for number in last]


def test_that_a_picture_was_taken_is_said_however_many_moments_come_at_once() -> None:
    """As when a look shows a movement, and the pictures that waited are looked at, too."""
    left = left_after(Message(7, PICTURE_TAKEN, b"{}"), *moments(*range(9)))
    assert left[0] == (7, PICTURE_TAKEN)
    assert left[-1] == (8, MOMENT)
    assert len(left) == MOST_WAITING


def test_a_later_picture_that_was_taken_says_so_of_those_before() -> None:
    taken = [Message(number, PICTURE_TAKEN, b"{}") for number in range(50)]
    assert left_after(*taken, *moments(50)) == [(49, PICTURE_TAKEN), (50, MOMENT)]


def test_sounds_and_events_are_never_left_out() -> None:
    kept = [
        Message(number, letter, b"{}")
        for number in range(6)
        for letter in (MOMENT_WITH_SOUND, EVENT)
    ]
    assert left_after(*kept, *moments(6)) == [(one.number, one.letter) for one in kept]
