"""Run a generator in a thread, a few items ahead of the code that uses them.

Films are decoded and poses estimated in this way while earlier frames are measured.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from typing import Generic, TypeVar

T = TypeVar("T")

STOP_S = 5.0
"""A thread that does not stop for so long (as on a dead network drive) is abandoned. Our choice."""

MOST_BYTES = 64_000_000
"""Most memory for items that wait. Our choice."""


def affordable(depth: int, item_bytes: int) -> int:
    """Return how many items may wait: ``depth``, fewer if they are large, but at least two."""
    return min(depth, max(2, MOST_BYTES // item_bytes))


class ReadAhead(Generic[T]):
    """Runs a generator in a thread, up to ``depth`` items ahead of the consumer.

    Use it in a ``with`` block, which gives an iterator over the items. An exception of the
    generator is raised in the consumer. Leaving the block stops the thread after its current item
    and closes the generator there; a thread that does not stop within ``STOP_S`` is abandoned.

    Parameters
    ----------
    items
        The generator.
    depth
        How many items may wait.
    name
        Name of the thread.
    """

    def __init__(self, items: Generator[T], depth: int, name: str) -> None:
        self._queue: queue.Queue[tuple[T] | BaseException | None] = queue.Queue(depth)
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=_fill_queue, args=(items, self._queue, self._stop), name=name, daemon=True
        )

    def __enter__(self) -> Iterator[T]:
        """Start the thread and return an iterator over the items."""
        self._thread.start()
        return self._items()

    def __exit__(self, *_: object) -> None:
        """Stop the thread."""
        self._stop.set()
        give_up_s = time.monotonic() + STOP_S
        while self._thread.is_alive() and time.monotonic() < give_up_s:
            with suppress(queue.Empty):  # the thread may be waiting for space in the queue
                self._queue.get(timeout=0.005)
        self._thread.join(timeout=0)

    @property
    def is_running(self) -> bool:
        """Whether the thread is still alive."""
        return self._thread.is_alive()

    def _items(self) -> Iterator[T]:
        """Yield the items from the queue; raise the generator's exception, if it had one."""
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item[0]


def _fill_queue(
    items: Generator[T],
    out: queue.Queue[tuple[T] | BaseException | None],
    stop: threading.Event,
) -> None:
    """Put the items into the queue, then ``None`` or the exception that ended the generator.

    It runs in the thread. Items are wrapped in a tuple, as an item may itself be ``None``.
    """
    try:
        with closing(items):
            for item in items:
                out.put((item,))
                if stop.is_set():
                    return
    except BaseException as error:  # noqa: BLE001 - raised in the consumer
        out.put(error)
    else:
        out.put(None)
