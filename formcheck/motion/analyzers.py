"""Choose the analyzer of an exercise: for repetitions, for holds, or for flights of stairs.

A *hold* is a posture that is kept for a time, as a plank; a *flight* is one way up or down stairs.
All three analyzers have the same methods, which the loop calls (:mod:`formcheck.motion.loop`).
"""

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
    """Return a new analyzer for one session of an exercise.

    The arguments are those of :class:`formcheck.motion.analyzer.Analyzer`. ``side_decides`` is used
    for repetitions only: a hold is always measured on the declared side.

    SciPy's filters are loaded now, so that a live session does not stall when its first repetition
    closes.
    """
    load_filters()
    if exercise.kind == "reps":
        return Analyzer(exercise, settings, side=side, side_decides=side_decides, view=view)
    kind = HoldAnalyzer if exercise.kind == "holds" else FlightAnalyzer
    return kind(exercise, settings, side=side, view=view)
