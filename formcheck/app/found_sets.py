"""The sets of a film, each told as soon as the rest after it shows that it is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from formcheck.data.frame import Frame
from formcheck.data.frame_result import FrameResult
from formcheck.data.session import Rep

SET_REST_S = 15.0
"""So long without a repetition ends a set: within one nobody waits so long, and between two a rest
is longer. Our choice."""


@dataclass(frozen=True)
class FoundSet:
    """A set of repetitions or holds: its number, from 1, and its first and last moment.

    ``effort`` is what one of them is called.
    """

    number: int
    reps: int
    start_s: float
    end_s: float
    effort: str = "repetition"


class FoundSets:
    """Sink that tells each set of a film of several; one set alone is what the results are about.

    Parameters
    ----------
    tell
        Called with each set once it is over.
    """

    def __init__(self, tell: Callable[[FoundSet], None]) -> None:
        self._tell = tell
        self._told = self._last_index = 0
        self._open: list[Rep] = []

    def update(self, frame: Frame, result: FrameResult) -> None:  # noqa: ARG002
        """Take one frame."""
        if result.closed is not None:
            self._add(result.closed)
        else:
            self._end_set_before(result.t_s)

    def finish(self, reps: Sequence[Rep]) -> None:
        """Tell the last set, unless it is the only one."""
        for rep in reps:
            if rep.index > self._last_index:
                self._add(rep)
        if self._told:
            self._end_set()

    def abort(self) -> None:
        """Do nothing: what was told stays true."""

    def _add(self, rep: Rep) -> None:
        self._end_set_before(rep.start_s)
        self._open.append(rep)
        self._last_index = rep.index

    def _end_set_before(self, t_s: float) -> None:
        if self._open and t_s - self._open[-1].end_s > SET_REST_S:
            self._end_set()

    def _end_set(self) -> None:
        if not self._open:
            return
        self._told += 1
        first, last = self._open[0], self._open[-1]
        self._tell(
            FoundSet(self._told, len(self._open), first.start_s, last.end_s, first.full_name)
        )
        self._open.clear()
