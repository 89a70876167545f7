"""Which repetitions are worth seeing: the best of a set, and the one with the most to gain."""

from __future__ import annotations

import math
from collections.abc import Sequence

from formcheck.data._before import Bands, Exercise
from formcheck.data.results import Rep
from formcheck.motion._before.grading import DESCENT
from formcheck.report.rep_table import judged_number

_GRADE_RANK = {"good": 0, None: 1, "watch": 2, "fault": 3}


def best_and_worst(reps: Sequence[Rep], exercise: Exercise) -> tuple[Rep | None, Rep | None]:
    """Choose the repetitions whose stills are worth seeing.

    By grade, then by the number of faults, then by how far beyond its good band the furthest
    metric or the tempo of the lowering lies; of equals the best is the first and the worst the
    last.

    Returns
    -------
    tuple
        Best and worst. With a single graded repetition the worst is ``None``; with none graded
        the best is just the first; without repetitions both are ``None``.
    """
    graded = [rep for rep in reps if rep.grade is not None]
    if not graded:
        return (reps[0] if reps else None), None
    order = sorted(graded, key=lambda rep: _badness(rep, exercise))
    return order[0], order[-1] if len(order) > 1 else None


def labels(reps: Sequence[Rep], exercise: Exercise) -> dict[int, str]:
    """Name the best and the worst by index; nothing where all have the same grade.

    Between equal grades the order follows numbers that their errors do not tell apart.
    """
    best, worst = best_and_worst(reps, exercise)
    if best is None or worst is None or best.grade == worst.grade:
        return {}
    return {best.index: "best", worst.index: "most to gain"}


def _badness(rep: Rep, exercise: Exercise) -> tuple[int, int, float]:
    beyond = [
        _beyond(judged, spec.bands)
        for spec in exercise.metrics
        if spec.bands is not None
        and (judged := judged_number(rep.metrics.get(spec.name), spec)) is not None
    ]
    descent_s = rep.tempo.get(DESCENT)
    if descent_s is not None:
        beyond.append(_beyond(descent_s, exercise.tempo.bands))
    return _GRADE_RANK[rep.grade], len(rep.faults), max(beyond, default=0.0)


def _beyond(value: float, bands: Bands) -> float:
    """How far outside the good band, in widths of the watch band; negative inside."""
    distances = []
    for good, watch, sign in (
        (bands.good[1], bands.watch[1], 1),
        (bands.good[0], bands.watch[0], -1),
    ):
        width = abs(watch - good)
        if math.isfinite(good):
            unit = width if math.isfinite(width) and width > 0 else max(abs(good), 1.0)
            distances.append(sign * (value - good) / unit)
    return max(distances, default=0.0)
