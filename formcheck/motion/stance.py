"""Which leg does the work, and whether a movement was a repetition at all."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from formcheck.data.keypoints import SIDES, Side, other
from formcheck.data.poses import Poses, distance_px
from formcheck.data.session import Stance
from formcheck.motion.limbs import (
    PLANTED_TRAVEL,
    ankle_height_difference,
    foot_travel,
    place_kept,
)
from formcheck.motion.phases import Excursion
from formcheck.motion.shake import feet_move_together, find_following

StanceRule = Literal["planted", "lower", "both"]

CLEARLY_LOWER = 0.05
"""Difference of ankle heights, in leg lengths, above which one foot is the raised one."""

CLEARLY_STILLER = 0.02
"""Difference of foot travel, in leg lengths, above which one foot is the moving one."""

CLEARLY_MOVING = 0.06
"""Travel, in leg lengths, of a foot that is not planted: planted ankles stay within 0.05 on the
clips and films, through the knee going forward over them; free ones go beyond 0.06."""

FEW_HZ = 10.0
"""With fewer frames a second it is they that keep a way from being seen and timed. Ours."""

SHORTEST_S = 0.5
ENDS_BEFORE_BACK = "the film ends before you came back"
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
    the one that stays where it is. A free leg that swings forward comes nearer to the camera and
    may be the lower one: it moves while the other foot stays, and so does not carry.
    """
    if rule == "both":
        return "both"
    left, right = (foot_travel(window, side, leg_px, min_confidence) for side in SIDES)
    height = ankle_height_difference(window, leg_px)
    if rule == "lower" and abs(height) >= CLEARLY_LOWER:
        lower: Side = "left" if height > 0 else "right"
        moved, stayed = (left, right) if lower == "left" else (right, left)
        swings = moved > CLEARLY_MOVING and stayed <= min(PLANTED_TRAVEL, moved - CLEARLY_STILLER)
        return other(lower) if swings else lower
    if math.isnan(left) and math.isnan(right):
        left, right = (foot_travel(window, side, leg_px, 0.0) for side in SIDES)
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
    at_end: bool = False,
) -> str | None:
    """Why a movement is no repetition, in words; ``None`` when it is one.

    ``window`` holds the frames from the excursion's start to its end; ``at_end`` says that the
    source ended there.
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
        rate_hz = window.rate_hz
        if rate_hz < FEW_HZ:
            few = f"too few frames ({rate_hz:.0f} a second)"
            return f"{few} to see whether you came back: film with 30"
        return ENDS_BEFORE_BACK if at_end else "you did not come all the way back"
    steady = find_following(window, stance, leg_px, SURE_CONFIDENCE).taken_out(window)
    path = steady.middle("hip")[seen]
    if abs(path[-1, 0] - path[0, 0]) > MAX_SIDEWAYS * leg_px:
        return "you walked"
    if _scale_change(window.where(seen)) > MAX_SCALE_CHANGE:
        return "you moved toward or away from the camera"
    for side in ("left", "right"):
        if stance in (side, "both"):
            strayed = place_kept(steady, side, leg_px, SURE_CONFIDENCE)
            if strayed * 100.0 > planted_within_pct:
                if stance == "both" and feet_move_together(steady, leg_px, SURE_CONFIDENCE):
                    return "both feet moved at once: it was a jump, or the camera moved"
                return f"your {side} foot moved"
    return None


def _scale_change(window: Poses) -> float:
    """By how much the body's size in the picture changed from beginning to end, as a part of it.

    Who comes nearer grows from head to foot. A trunk that leans at one end, or a hip that is
    covered, changes one length and not the others: so the least change of trunk and legs counts,
    and none when one grows as another shrinks.
    """
    edge = max(1, len(window) // 10)
    lengths_px = [distance_px(window.middle("hip"), window.middle("shoulder"))]
    for side in SIDES:
        hip, knee, ankle = (window.joint(side, joint) for joint in ("hip", "knee", "ankle"))
        lengths_px.append(distance_px(hip, knee) + distance_px(knee, ankle))
    changes = []
    for length_px in lengths_px:
        first, last = length_px[:edge], length_px[-edge:]
        if np.isfinite(first).any() and np.isfinite(last).any():
            changes.append(float(np.nanmedian(last) / np.nanmedian(first)) - 1.0)
    if not changes or min(changes) < 0.0 < max(changes):
        return 0.0
    return min(abs(change) for change in changes)
