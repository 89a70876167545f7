"""The poses of the last moments, which an analyzer keeps while it follows a person.

Memory stays flat: what no measurement will ask for any more is forgotten.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from formcheck.data.arrays import medians_of
from formcheck.data.keypoints import PoseSample
from formcheck.data.poses import Poses


def forget_before(samples: deque[PoseSample], from_s: float) -> None:
    """Drop the poses before a time; the newest one must not be before it."""
    while samples[0].t_s < from_s:
        samples.popleft()


def within(samples: deque[PoseSample], start_s: float, end_s: float) -> Poses:
    """Stack the poses between two times, both included, seen or not."""
    return Poses.from_samples([sample for sample in samples if start_s <= sample.t_s <= end_s])


def seen_since(samples: deque[PoseSample], from_s: float) -> list[PoseSample]:
    """Return the latest poses, in order of time; looks back no further than it must."""
    found = []
    for sample in reversed(samples):
        if sample.t_s < from_s:
            break
        if sample.seen:
            found.append(sample)
    return found[::-1]


def median_pose(lately: Sequence[PoseSample]) -> PoseSample:
    """Return the last of some poses with the median of their keypoints, and the least confidence.

    Parameters
    ----------
    lately
        The poses of the last moment, at least one.
    """
    window = Poses.from_samples(lately)
    return replace(
        lately[-1],
        keypoints_px=medians_of(window.keypoints_px),
        confidence=window.confidence.min(axis=0),
        world_m=medians_of(window.world_m),
    )
