"""Report each set of a film while it is analyzed, as soon as the set is over.

A set is over when no repetition has followed for some time. ``formcheck analyze`` prints the sets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from formcheck.data.frame import Frame
from formcheck.data.frame_result import FrameResult
from formcheck.data.session import Rep

SET_REST_S = 15.0
"""A set ends when there was no repetition for this long: within a set people wait less, and a rest
between two sets is longer. Our choice."""


@dataclass(frozen=True)
class FoundSet:
    """One set: its number (from 1), number of repetitions or holds, start and end.

    ``effort`` is the word for one of them: repetition or hold.
    """

    number: int
    reps: int
    start_s: float
    end_s: float
    effort: str = "repetition"


class FoundSets:
    """Sink that reports each set of a film; nothing is reported if the film has only one set.

    Parameters
    ----------
    tell
        Called with each set once it is over.
    """

    def __init__(self, tell: Callable[[FoundSet], None]) -> None:
        self._tell = tell
        self._reported = self._last_index = 0
        self._open: list[Rep] = []

    def update(self, frame: Frame, result: FrameResult) -> None:  # noqa: ARG002
        """Process one analyzed frame."""
        if result.closed is not None:
            self._add(result.closed)
        else:
            self._end_set_before(result.t_s)

    def finish(self, reps: Sequence[Rep]) -> None:
        """Report the last set, unless it is the only one."""
        for rep in reps:
            if rep.index > self._last_index:
                self._add(rep)
        if self._reported:
            self._end_set()

    def abort(self) -> None:
        """Do nothing: the sets that were reported stay valid."""

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
        self._reported += 1
        first, last = self._open[0], self._open[-1]
        self._tell(
            FoundSet(self._reported, len(self._open), first.start_s, last.end_s, first.full_name)
        )
        self._open.clear()
