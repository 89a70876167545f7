"""A generator that runs ahead in a thread."""

from __future__ import annotations

import threading
from collections.abc import Generator
from typing import Any

import pytest

from formcheck.data.read_ahead import ReadAhead, affordable


def threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name == "test-ahead"]


def test_an_error_in_the_thread_is_raised_in_the_consumer() -> None:
    def failing() -> Generator[Any]:
        yield "first"
        raise ZeroDivisionError

    received: list[Any] = []
    with (
        pytest.raises(ZeroDivisionError),
        ReadAhead(failing(), depth=2, name="test-ahead") as ahead,
    ):
        received.extend(ahead)
    assert received == ["first"]
    assert not threads()


def test_reading_ahead_is_bounded() -> None:
    produced = []

    def counting() -> Generator[Any]:
        for number in range(1000):
            produced.append(number)
            yield number

    with ReadAhead(counting(), depth=3, name="test-ahead") as ahead:
        first: Any = next(ahead)
        assert first == 0
        threading.Event().wait(0.05)
        assert len(produced) <= 6
    assert not threads()


def test_a_generator_that_is_left_early_is_closed_in_its_thread() -> None:
    closed: list[str] = []

    def counting() -> Generator[int]:
        try:
            yield from range(1000)
        finally:
            closed.append(threading.current_thread().name)

    with ReadAhead(counting(), depth=3, name="test-ahead") as ahead:
        assert next(ahead) == 0
    assert closed == ["test-ahead"]


@pytest.mark.parametrize(("item_bytes", "depth"), [(1_000, 16), (6_000_000, 10), (50_000_000, 2)])
def test_fewer_large_items_wait(item_bytes: int, depth: int) -> None:
    assert affordable(16, item_bytes) == depth
