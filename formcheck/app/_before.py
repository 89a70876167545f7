"""What new repetitions and frames look like to sinks that read the old records; then this goes."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any, Protocol

from formcheck.coach.cues import Coach
from formcheck.data import results as old
from formcheck.data._before import Exercise as OldExercise
from formcheck.data._before import as_before
from formcheck.data.exercise import Exercise
from formcheck.data.frame import Frame
from formcheck.data.live import FrameResult
from formcheck.data.session import Cue, Rep
from formcheck.motion._bridge import frame_as_before, rep_as_before
from formcheck.motion.analyzer import Analyzer


class Before:
    """The old record of each frame, with the coach's cue; used for one session."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = as_before(exercise)
        self._coach = Coach(exercise)
        self._rep = functools.cache(lambda index: rep_as_before(self._known[index], self.exercise))
        self._known: dict[int, Rep] = {}

    def frame(self, result: FrameResult) -> tuple[old.FrameResult, Cue | None]:
        """Take one frame; give its old record and the cue."""
        cue = self._coach.update(result)
        return frame_as_before(result, cue, self.rep), cue

    def rep(self, rep: Rep) -> old.Rep:
        """Give the old record of a repetition, the same one each time."""
        self._known[rep.index] = rep
        found: old.Rep = self._rep(rep.index)
        return found

    def reps(self, reps: Sequence[Rep]) -> tuple[old.Rep, ...]:
        """Give the old records of repetitions."""
        return tuple(self.rep(rep) for rep in reps)


class Sink(Protocol):
    """A sink that reads the old records."""

    def update(self, frame: Frame, result: old.FrameResult) -> None:
        """Take one frame."""
        ...

    def finish(self, reps: Sequence[old.Rep]) -> None:
        """Wrap up."""
        ...

    def abort(self) -> None:
        """Leave nothing behind."""
        ...


class OldSink:
    """A sink that hands the old records on to one that reads them."""

    def __init__(self, analyzer: Analyzer, sink: Sink) -> None:
        self._before = Before(analyzer.exercise)
        self._sink = sink

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame."""
        self._sink.update(frame, self._before.frame(result)[0])

    def finish(self, reps: Sequence[Rep]) -> None:
        """Wrap up."""
        self._sink.finish(self._before.reps(reps))

    def abort(self) -> None:
        """Leave nothing behind."""
        self._sink.abort()


class FrameColumns:
    """Collects what was known at each frame as columns, for the old session record."""

    def __init__(self, exercise: OldExercise) -> None:
        self._metrics = [spec.name for spec in exercise.metrics if spec.per_frame]
        self.columns: dict[str, list[Any]] = {
            name: []
            for name in ("t_s", "phase", "rep", "stance_side", "people", "depth", *self._metrics)
        }

    def add(self, result: old.FrameResult) -> None:
        """Add one frame."""
        columns = self.columns
        columns["t_s"].append(result.t_s)
        columns["phase"].append(str(result.phase))
        columns["rep"].append(0)
        columns["stance_side"].append(result.stance_side)
        columns["people"].append(result.sample.people)
        columns["depth"].append(result.depth)
        for name in self._metrics:
            columns[name].append(result.live.get(name, math.nan))


def reps_of(analyzer: Analyzer) -> tuple[old.Rep, ...]:
    """Give the old records of what the analyzer found."""
    return Before(analyzer.exercise).reps(analyzer.reps)


def ignored_by(analyzer: Analyzer) -> list[str]:
    """Give the movements that do not count, in words."""
    return [f"movement at {one.t_s:.1f} s ignored: {one.reason}" for one in analyzer.ignored]
