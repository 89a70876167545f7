"""The repetition that stands for a set: the one nearest to the mean of all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from formcheck.data.session import ExerciseInfo, Measurement, MeasureSpec, Rep

UNMEASURED = 1.0
"""Distance of a repetition that lacks a measurement: that of a usual one from the mean. Ours."""


def typical(reps: Sequence[Rep], exercise: ExerciseInfo) -> Rep:
    """Return the repetition that is nearest to the mean of all, the first of equally near ones.

    Near in all that is judged, or, where nothing is, in all that was measured: the sum of the
    squared distances from the mean, each in units of the scatter of the repetitions and of their
    errors. So a pair of repetitions looks like the means that are compared.

    Parameters
    ----------
    reps
        At least one.
    exercise
        With the specs of what was measured.
    """
    specs = [spec for spec in exercise.specs if spec.limits is not None]
    judged = [found for spec in specs if (found := _distances(reps, spec)) is not None]
    away = judged or [
        found for spec in exercise.specs if (found := _distances(reps, spec)) is not None
    ]
    return reps[int(np.argmin(np.sum(away, axis=0)))] if away else reps[0]


def _distances(reps: Sequence[Rep], spec: MeasureSpec) -> np.ndarray | None:
    """Squared distance of each repetition from the mean; ``None`` when none was measured."""
    found = [rep.measurements.get(spec.id, Measurement()) for rep in reps]
    values = np.array([np.nan if one.value is None else one.value for one in found])
    if not np.isfinite(values).any():
        return None
    errors = [one.sem_rep or 0.0 for one in found if one.value is not None]
    square = float(np.nanvar(values)) + float(np.mean(np.square(errors)))
    away = (values - np.nanmean(values)) ** 2 / square if square else np.zeros(len(values))
    return np.where(np.isfinite(values), away, UNMEASURED)
