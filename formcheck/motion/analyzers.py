"""The kinds of analyzer: of repetitions, holds and flights; an exercise says which it needs."""

from __future__ import annotations

from formcheck.data.exercise import Exercise
from formcheck.data.keypoints import Side
from formcheck.data.session import ViewKind
from formcheck.data.settings import Settings
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.filters import load_filters
from formcheck.motion.flights import FlightAnalyzer
from formcheck.motion.holds import HoldAnalyzer

AnyAnalyzer = Analyzer | HoldAnalyzer | FlightAnalyzer


def analyzer_of(
    exercise: Exercise,
    settings: Settings | None = None,
    *,
    side: Side | None = None,
    side_decides: bool = True,
    view: ViewKind | None = None,
) -> AnyAnalyzer:
    """Return the analyzer of an exercise; the arguments are those of every kind.

    A hold is measured on the side that was declared, whatever ``side_decides`` says.

    What it measures with is loaded now: live, nothing stalls when the first effort closes.
    """
    load_filters()
    if exercise.kind == "reps":
        return Analyzer(exercise, settings, side=side, side_decides=side_decides, view=view)
    kind = HoldAnalyzer if exercise.kind == "holds" else FlightAnalyzer
    return kind(exercise, settings, side=side, view=view)
