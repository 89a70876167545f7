"""The queue of recent poses that an analyzer keeps: drop old ones, cut out a stretch, average.

Poses that no measurement can need any more are dropped, so that memory does not grow with the film.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from formcheck.data.arrays import medians_of
from formcheck.data.keypoints import PoseSample
from formcheck.data.poses import Poses


def forget_before(samples: deque[PoseSample], from_s: float) -> None:
    """Remove the poses before a time, in place; the newest one must not be before it."""
    while samples[0].t_s < from_s:
        samples.popleft()


def within(samples: deque[PoseSample], start_s: float, end_s: float) -> Poses:
    """Return the poses between two times, both included, also those in which nobody was seen."""
    return Poses.from_samples([sample for sample in samples if start_s <= sample.t_s <= end_s])


def seen_since(samples: deque[PoseSample], from_s: float) -> list[PoseSample]:
    """Return the poses from a time on in which the person was seen, in order of time."""
    found = []
    for sample in reversed(samples):
        if sample.t_s < from_s:
            break
        if sample.seen:
            found.append(sample)
    return found[::-1]


def median_pose(lately: Sequence[PoseSample]) -> PoseSample:
    """Return the latest pose, with the median keypoints of all and the lowest confidence of any.

    Parameters
    ----------
    lately
        The poses of the last few frames, at least one.
    """
    window = Poses.from_samples(lately)
    return replace(
        lately[-1],
        keypoints_px=medians_of(window.keypoints_px),
        confidence=window.confidence.min(axis=0),
        world_m=medians_of(window.world_m),
    )
