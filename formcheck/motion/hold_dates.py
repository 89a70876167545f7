"""Date begin and end of a hold: where the way into the posture ended, and that out of it began.

What is held may sink slowly all the while, so neither a limit nor a share of the way tells one
from the other. A course is fitted instead: a smooth movement, and before or after it a straight
line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from formcheck.data.arrays import FloatArray

AROUND_S = 2.0
"""Seconds before and after a hold in which its begin and end are dated, and so much of the hold
itself goes into that."""

LEAST_WAY = 0.12
"""What rises by less, as a part of its level, was held already. Our choice."""

FOOT_SHARE, REST_S = 0.1, 0.3
"""A movement into the posture is looked at from so long before it passes this share of the way:
what was done earlier is another movement. Our choice."""

LASTS_S = np.arange(0.3, 2.05, 0.1)
"""How long the movement may take."""

STEP_S = 0.04
"""How finely its end is tried, about a frame at 25 frames a second."""


@dataclass(frozen=True)
class HeldTime:
    """A stretch of time in which a posture was kept, in seconds."""

    start_s: float
    end_s: float


def dates_of(t_s: FloatArray, raised: FloatArray, found: HeldTime) -> HeldTime:
    """Date begin and end of a hold by what goes up when the posture is taken.

    Where the body did not move before or after, or was not seen, begin or end stay where the
    posture was found.

    Parameters
    ----------
    t_s, raised
        Shape (N,), from :data:`AROUND_S` before the hold to as long after it; NaN where unknown.
    found
        Where the posture was kept.
    """
    known = np.isfinite(raised)
    t_s, raised = t_s[known], raised[known]
    inside = (t_s >= found.start_s) & (t_s <= found.end_s)
    if not inside.any():
        return found
    level = float(np.median(raised[inside]))
    near_start = (t_s < found.start_s + AROUND_S) & (t_s <= found.end_s)
    near_end = (t_s > found.end_s - AROUND_S) & (t_s >= found.start_s)
    start_s = _reached_s(t_s[near_start], raised[near_start], level, found.start_s)
    # Back in time, where it was left is where it was reached.
    end_s = -_reached_s(-t_s[near_end][::-1], raised[near_end][::-1], level, -found.end_s)
    return HeldTime(start_s, end_s) if end_s > start_s else found


def _reached_s(t_s: FloatArray, raised: FloatArray, level: float, found_s: float) -> float:
    """When what goes up reached its level; times may run backwards, as negative ones."""
    if not len(raised):
        return found_s
    way = level - float(raised.min())
    # A body that was in the posture all along has no begin here: its small way is only drift.
    if not way > LEAST_WAY * abs(level):
        return found_s
    below = np.flatnonzero(raised < level - 0.5 * way)
    if not len(below) or below[-1] + 1 >= len(t_s):
        return found_s
    half = int(below[-1])
    foot = np.flatnonzero(raised[: half + 1] <= level - (1.0 - FOOT_SHARE) * way)
    used = (t_s >= t_s[foot[-1]] - REST_S) & (t_s <= t_s[half] + AROUND_S)
    return _arrived_s(t_s[used], raised[used], float(t_s[half]))


def _arrived_s(t_s: FloatArray, raised: FloatArray, half_s: float) -> float:
    """When the movement ended of which half was done at ``half_s``: least squares.

    Of each end and duration that are tried, the rest before it, the level that is reached and how
    it changes from there on are the best ones. The movement is half a wave of a cosine: between
    one of least jerk, whose ends are slower, and one of steady speed.
    """
    lasts_s, after_s = (
        grid.ravel()[:, None]
        for grid in np.meshgrid(LASTS_S, np.arange(STEP_S, LASTS_S[-1], STEP_S), indexing="ij")
    )
    possible = (after_s > 0.25 * lasts_s) & (after_s < 0.75 * lasts_s)
    lasts_s, end_s = lasts_s[possible][:, None], half_s + after_s[possible][:, None]
    part = np.clip((t_s - end_s) / lasts_s + 1.0, 0.0, 1.0)
    done = 0.5 - 0.5 * np.cos(math.pi * part)
    parts = np.stack([done, done * (t_s - end_s), 1.0 - done], axis=-1)
    turned = parts.swapaxes(1, 2)
    best = np.linalg.pinv(turned @ parts) @ (turned @ raised)[..., None]
    left = ((parts @ best)[..., 0] - raised) ** 2
    return float(end_s[np.argmin(left.sum(axis=1)), 0])
