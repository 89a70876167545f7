"""Which leg does the work, and whether a movement was a repetition at all."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from formcheck.data.keypoints import Side, other
from formcheck.data.poses import Poses, distance_px
from formcheck.data.session import Stance
from formcheck.motion.limbs import (
    ankle_height_difference,
    foot_travel,
    place_kept,
)
from formcheck.motion.phases import Excursion

StanceRule = Literal["planted", "lower", "both"]

CLEARLY_LOWER = 0.05
"""Difference of ankle heights, in leg lengths, above which one foot is the raised one."""

CLEARLY_STILLER = 0.02
"""Difference of foot travel, in leg lengths, above which one foot is the moving one."""

CLEARLY_MOVING = 0.06
"""Travel, in leg lengths, of a foot that is not planted: planted ankles stay within 0.05 on the
clips and films, through the knee going forward over them; free ones go beyond 0.06."""

SHORTEST_S = 0.5
MIN_RETURNED = 0.5
"""A repetition cut off by the end of the film counts from half of the way back."""

SURE_CONFIDENCE = 0.75
"""Only ankles seen as well as this can show that a foot moved: a covered one jumps about."""

MAX_SIDEWAYS = 0.3
MAX_SCALE_CHANGE = 0.15
MIN_SEEN = 0.7
"""Limits beyond which the person walked, came nearer, or was not seen; lengths in leg lengths."""


def find_stance(
    window: Poses, rule: StanceRule, leg_px: float, min_confidence: float
) -> Stance | None:
    """Find the leg that carries the body; ``None`` when it is not clear.

    ``planted``: the foot that stays where it is. ``lower``: the lower foot; when they are level,
    the one that stays where it is.
    """
    if rule == "both":
        return "both"
    height = ankle_height_difference(window, leg_px)
    if rule == "lower" and abs(height) >= CLEARLY_LOWER:
        return "left" if height > 0 else "right"
    left, right = (foot_travel(window, side, leg_px, min_confidence) for side in ("left", "right"))
    if math.isnan(left) and math.isnan(right):
        left, right = (foot_travel(window, side, leg_px, 0.0) for side in ("left", "right"))
    if math.isnan(left) and math.isfinite(right):
        return _stance_from_one_foot("right", right, window, leg_px)
    if math.isnan(right) and math.isfinite(left):
        return _stance_from_one_foot("left", left, window, leg_px)
    if abs(left - right) >= CLEARLY_STILLER:
        return "left" if left < right else "right"
    return None


def _stance_from_one_foot(seen: Side, travel: float, window: Poses, leg_px: float) -> Stance | None:
    """Which leg carries when only one foot is seen: the hidden one, if the seen one surely moves.

    The ankle of a planted foot that is half covered, by wide trousers for one, wanders as well.
    """
    if travel <= CLEARLY_MOVING:
        return seen
    surely = foot_travel(window, seen, leg_px, SURE_CONFIDENCE)
    return other(seen) if surely > CLEARLY_MOVING else None


def why_no_rep(
    window: Poses,
    excursion: Excursion,
    stance: Stance,
    leg_px: float,
    *,
    min_drop_pct: float,
    planted_within_pct: float,
) -> str | None:
    """Why a movement is no repetition, in words; ``None`` when it is one.

    ``window`` holds the frames from the excursion's start to its end.
    """
    hips = window.middle("hip")
    seen = np.isfinite(hips[:, 0])
    if len(window) == 0 or seen.mean() < MIN_SEEN:
        return "you were not seen for most of it"
    if 100.0 * excursion.size < min_drop_pct:
        return f"too shallow (the hips moved only {100.0 * excursion.size:.0f} % of leg length)"
    if excursion.end_s - excursion.start_s < SHORTEST_S:
        return "too quick"
    if excursion.returned < MIN_RETURNED:
        return "you did not come all the way back"
    path = hips[seen]
    if abs(path[-1, 0] - path[0, 0]) > MAX_SIDEWAYS * leg_px:
        return "you walked"
    trunk_px = distance_px(hips, window.middle("shoulder"))[seen]
    edge = max(1, len(trunk_px) // 10)
    before, after = np.nanmedian(trunk_px[:edge]), np.nanmedian(trunk_px[-edge:])
    if abs(after / before - 1.0) > MAX_SCALE_CHANGE:
        return "you moved toward or away from the camera"
    for side in ("left", "right"):
        if stance in (side, "both"):
            strayed = place_kept(window, side, leg_px, SURE_CONFIDENCE)
            if strayed * 100.0 > planted_within_pct:
                return f"your {side} foot moved"
    return None
