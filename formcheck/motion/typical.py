"""Choose the typical repetition of a set: the one nearest to the mean of all.

It is the one that is shown when two sets are compared side by side.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from formcheck.data.session import ExerciseInfo, Measurement, MeasureSpec, Rep

UNMEASURED = 1.0
"""Squared distance that is assumed for a repetition without the measurement: that of an ordinary
one, one standard deviation from the mean. Our choice."""


def typical(reps: Sequence[Rep], exercise: ExerciseInfo) -> Rep:
    """Return the repetition that is nearest to the mean of all; of equally near ones the first.

    The distance is summed over all judged measurements (over all measurements when none is judged):
    squared differences from the mean, in units of the scatter of the repetitions and their errors.

    Parameters
    ----------
    reps
        The repetitions, at least one.
    exercise
        Has the specs of what was measured.
    """
    specs = [spec for spec in exercise.specs if spec.limits is not None]
    judged = [found for spec in specs if (found := _distances(reps, spec)) is not None]
    away = judged or [
        found for spec in exercise.specs if (found := _distances(reps, spec)) is not None
    ]
    return reps[int(np.argmin(np.sum(away, axis=0)))] if away else reps[0]


def _distances(reps: Sequence[Rep], spec: MeasureSpec) -> np.ndarray | None:
    """Return the squared distance of each repetition from the mean; ``None`` if none has it."""
    found = [rep.measurements.get(spec.id, Measurement()) for rep in reps]
    values = np.array([np.nan if one.value is None else one.value for one in found])
    if not np.isfinite(values).any():
        return None
    errors = [one.sem_rep or 0.0 for one in found if one.value is not None]
    square = float(np.nanvar(values)) + float(np.mean(np.square(errors)))
    away = (values - np.nanmean(values)) ** 2 / square if square else np.zeros(len(values))
    return np.where(np.isfinite(values), away, UNMEASURED)
