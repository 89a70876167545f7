"""Find the working leg of a movement, and say why a movement is not a repetition.

The *working leg* (``stance``) is the one that carries the body: ``left``, ``right`` or ``both``.
The analyzer calls both functions when the phase machine has closed a movement.
"""

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
"""When the ankle heights differ by more than this, in leg lengths, one foot is raised. Our
choice."""

CLEARLY_STILLER = 0.02
"""When the feet's travel differs by more than this, in leg lengths, only one of them moves.
Our choice."""

CLEARLY_MOVING = 0.06
"""A foot that travels further than this, in leg lengths, is not planted: on the clips and films
planted ankles stay within 0.05 while the knee moves over them, and free ones go beyond 0.06."""

FEW_HZ = 10.0
"""Below this frame rate a repetition that is not seen or timed is put down to the frame rate.
Our choice."""

SHORTEST_S = 0.5
"""A shorter movement is no repetition. Our choice."""

ENDS_BEFORE_BACK = "the film ends before you came back"

MIN_RETURNED = 0.5
"""A repetition that the end of the film cuts off counts when this share of the way back is done.
Our choice."""

SURE_CONFIDENCE = 0.75
"""Only an ankle seen with this confidence can show that a foot moved: a hidden one jumps about.
Our choice."""

MAX_SIDEWAYS = 0.3
"""A person whose hips move sideways further than this, in leg lengths, walked. Our choice."""

MAX_SCALE_CHANGE = 0.15
"""A person whose size in the image changes by a larger share came nearer or went away. Our
choice."""

MIN_SEEN = 0.7
"""The person must be seen in this share of the frames. Our choice."""


def find_stance(
    window: Poses, rule: StanceRule, leg_px: float, min_confidence: float
) -> Stance | None:
    """Return the leg that carries the body; ``None`` when it is not clear.

    Parameters
    ----------
    window
        Poses of the movement.
    rule
        How the exercise finds it. ``planted``: the foot that stays where it is. ``lower``: the foot
        that is lower in the image; when both are level, the one that stays where it is. A free leg
        that swings toward the camera may look lower: it moves while the other one stays, so it does
        not carry. ``both``: both legs.
    leg_px
        Leg length in the image.
    min_confidence
        A keypoint below it counts as hidden.
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
    """Return which leg carries when one foot is seen: the hidden one if the seen one surely moves.

    The ankle of a planted foot that is half hidden, as by wide trousers, moves about, too.
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
    """Say why a movement is not a repetition; ``None`` when it is one.

    Parameters
    ----------
    window
        Poses from the excursion's start to its end.
    excursion
        The movement as the phase machine saw it.
    stance
        The working leg.
    leg_px
        Leg length in the image.
    min_drop_pct
        Smallest movement of the hips that counts, in % of leg length.
    planted_within_pct
        How far the planted foot may move, in % of leg length.
    at_end
        Whether the film or camera ended during the movement.
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
    """Return by what share the body's size in the image changed from beginning to end.

    When a person comes nearer, trunk and legs all grow. A trunk that leans or a hidden hip changes
    one length and not the others. So the smallest change counts, and none when one length grows
    while another shrinks.
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
