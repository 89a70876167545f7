"""Recorded poses with each way down as slow or as quick as wanted, and all else as it was.

The movement is stretched in time; the pose model's noise is not: its part above ``MOVEMENT_HZ`` is
taken out first and put back at its own pace, so that a slow way down is as noisy as a quick one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import PoseSample
from formcheck.data.poses import Poses
from formcheck.motion.filters import low_pass

MOVEMENT_HZ = 6.0


@dataclass(frozen=True)
class Warp:
    """Old times and the new ones that they become; straight between them."""

    old_s: FloatArray
    new_s: FloatArray

    def to_new(self, t_s: float) -> float:
        """When that moment is now."""
        return float(np.interp(t_s, self.old_s, self.new_s))

    def to_old(self, t_s: FloatArray) -> FloatArray:
        """When these moments were."""
        return np.interp(t_s, self.new_s, self.old_s)


def descents_lasting(truth: dict[str, Any], seconds: float, end_s: float) -> Warp:
    """Every way down lasts so long by the truth's own events."""
    marks: list[tuple[float, float]] = [(0.0, 1.0)]
    for rep in truth["reps"]:
        events = rep["speed_events"]
        times = seconds / (events["descent_end_s"] - events["descent_start_s"])
        to_s = rep["descent_end"] if "descent_end" in rep else rep["bottom_start"]
        marks += [(rep["descent_start"], times), (to_s, 1.0)]
    return _warp(sorted(marks), end_s)


def all_of_it(times: float, end_s: float) -> Warp:
    """The whole film at 1 / ``times`` of its speed."""
    return _warp([(0.0, times)], end_s)


def _warp(marks: Sequence[tuple[float, float]], end_s: float) -> Warp:
    old_s = np.array([start_s for start_s, _ in marks] + [end_s])
    passed_s = np.diff(old_s) * np.array([times for _, times in marks])
    return Warp(old_s, np.concatenate([[0.0], np.cumsum(passed_s)]))


def warped_truth(truth: dict[str, Any], warp: Warp) -> dict[str, Any]:
    """The truth of the warped film."""
    reps = [
        rep
        | {"speed_events": {name: warp.to_new(t_s) for name, t_s in rep["speed_events"].items()}}
        for rep in truth["reps"]
    ]
    return truth | {"reps": reps}


def warped(samples: Sequence[PoseSample], warp: Warp, rate_hz: float = 30.0) -> list[PoseSample]:
    """The samples at their new times."""
    window = Poses.from_samples(samples)
    times_s = np.arange(0.0, warp.new_s[-1], 1.0 / rate_hz)
    old_s = np.clip(warp.to_old(times_s), window.t_s[0], window.t_s[-1])
    own = _back_and_forth(len(samples), len(times_s))
    nearest = np.abs(old_s[:, None] - window.t_s[None]).argmin(axis=1).tolist()
    keypoints_px = _stretched(window.t_s, window.keypoints_px, old_s, own)
    world_m = _stretched(window.t_s, window.world_m, old_s, own)
    return [
        replace(
            samples[nearest[at]],
            t_s=float(times_s[at]),
            keypoints_px=keypoints_px[at],
            world_m=world_m[at],
        )
        for at in range(len(times_s))
    ]


def repeated(samples: Sequence[PoseSample], times: int) -> list[PoseSample]:
    """Each pose shown ``times`` times, as a film slowed by repeating its pictures."""
    step_s = float(np.median(np.diff([sample.t_s for sample in samples])))
    return [replace(samples[at // times], t_s=at * step_s) for at in range(times * len(samples))]


def _back_and_forth(count: int, wanted: int) -> Any:
    once = np.concatenate([np.arange(count), np.arange(count - 2, 0, -1)])
    return np.resize(once, wanted)


def _stretched(t_s: FloatArray, values: FloatArray, old_s: FloatArray, own: Any) -> FloatArray:
    columns = values.reshape(len(values), -1)
    smooth = np.stack([low_pass(t_s, column, MOVEMENT_HZ) for column in columns.T], axis=1)
    noise = columns - smooth
    moved = np.stack([np.interp(old_s, t_s, column) for column in smooth.T], axis=1)
    return np.asarray((moved + noise[own]).reshape((len(old_s), *values.shape[1:])))
