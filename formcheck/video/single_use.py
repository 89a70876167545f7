"""The base class of sources whose frames can be read only once: films and cameras."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator, Iterator
from inspect import GEN_RUNNING, getgeneratorstate

from formcheck.data.closable import Closable
from formcheck.data.frame import Frame


class SingleUseSource(Closable):
    """A source that yields its frames once; closing it ends the iteration."""

    def __init__(self) -> None:
        self._frames: Generator[Frame, None, None] | None = None

    @abstractmethod
    def _generate(self) -> Generator[Frame, None, None]:
        """Start reading; called at most once."""

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames in order; only once."""
        if self._frames is not None:
            raise RuntimeError("the frames of a source can be read only once")
        self._frames = self._generate()
        return self._frames

    @property
    def late_s(self) -> float:
        """How long the next frame has waited to be taken, in seconds; 0 here: a film can wait."""
        return 0.0

    def close(self) -> None:
        """End the iteration; may be called more than once."""
        # A thread that is stuck in a read (a dead network drive) still runs the generator.
        if self._frames is not None and getgeneratorstate(self._frames) != GEN_RUNNING:
            self._frames.close()
