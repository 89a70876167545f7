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
_KINDS: dict[str, type[AnyAnalyzer]] = {
    "reps": Analyzer,
    "holds": HoldAnalyzer,
    "flights": FlightAnalyzer,
}


def analyzer_of(
    exercise: Exercise,
    settings: Settings | None = None,
    *,
    side: Side | None = None,
    view: ViewKind | None = None,
) -> AnyAnalyzer:
    """Return the analyzer of an exercise; the arguments are those of every kind.

    What it measures with is loaded now: live, nothing stalls when the first effort closes.
    """
    load_filters()
    return _KINDS[exercise.kind](exercise, settings, side=side, view=view)
