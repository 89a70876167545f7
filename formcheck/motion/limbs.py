"""Facts about legs and feet over a stretch of poses: lengths, how far a foot moves, hidden joints.

Used to find the working leg (:mod:`formcheck.motion.stance`), to hold planted ankles still, and to
refuse poses in which the model mixed up the legs (:mod:`formcheck.motion.refusals`). A foot is
*planted* when it stays where it is. Most distances are in leg lengths, so that they mean the same
for any size of the person in the image.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from formcheck.data.arrays import FloatArray, median_of, medians_of, percentile_of
from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, Side, keypoint, other
from formcheck.data.poses import Poses, distance_px
from formcheck.motion.angles import medial_sign

PLANTED_TRAVEL = 0.06
"""An ankle that stays within this distance of its place, in leg lengths, is planted. On the clips
and films planted ankles do, and free ones mostly go further."""

LEFT_ITS_PLACE = 0.1
"""A planted foot that seems further from its place than this, in leg lengths, is in fact the other
foot: the pose model has mixed up the legs. On rendered people the distance at the bottom is 0.04 at
most, and 0.18 and more where the legs were mixed up. Our choice."""

BONE_PERCENTILE = 75
"""A bone's length in the image is this percentile over time: the bone often looks shorter than it
is, but only noise makes it look longer. Between 65 and 85 the result hardly changes."""

LEAST_BONE = 0.8
"""A thigh or shank that looks shorter from the side than this part of its length has a misplaced
joint, or points 37 degrees out of the picture; either way the knee's angle is wrong. On rendered
people the smallest share is 0.86, and 0.73 where the model put the knee between both legs. Our
choice."""

CROSSED = 0.03
"""Ankles that are less than this apart sideways, in leg lengths, have crossed. Our choice: on the
clips they stay 0.2 apart and more from straight ahead, and 0.12 with the camera 20 degrees to the
side."""


def leg_length_px(sample: PoseSample) -> float:
    """Return thigh plus shank of the leg that looks longer in this frame.

    NaN when neither leg is seen, and when all points of both are at one place.
    """
    lengths = []
    for side in SIDES:
        hip, knee, ankle = (
            sample.keypoints_px[keypoint(side, joint)] for joint in ("hip", "knee", "ankle")
        )
        lengths.append(_length(hip - knee) + _length(knee - ankle))
    finite = [length for length in lengths if math.isfinite(length) and length > 0]
    return max(finite) if finite else float("nan")


def _length(way: FloatArray) -> float:
    """Length of one vector; the number is that of ``np.linalg.norm``, which takes longer."""
    return math.sqrt(way.dot(way))


def foot_travel(window: Poses, side: Side, leg_px: float, min_confidence: float) -> float:
    """Return how far the ankle moves from its median place, in leg lengths: 90th percentile.

    Only frames where the ankle is seen count; NaN when that is fewer than half of them.
    """
    path = _seen_path(window, side, min_confidence)
    if path is None:
        return float("nan")
    return percentile_of(distance_px(path, medians_of(path)), 90) / leg_px


def hold_planted_ankles(
    window: Poses, leg_px: float, min_confidence: float, from_s: float
) -> Poses:
    """Put each planted ankle at its mean place, in all frames.

    The pose model lets the ankle of a planted foot drift by a few per cent of leg length as the
    knee moves over it; the foot itself does not move. Planted means: from ``from_s`` on the ankle
    stays in place. Frames in which it is hidden do not count for the mean. An ankle that moves
    further, or is mostly hidden, is left as it is.
    """
    keypoints_px = window.keypoints_px.copy()
    since = window.between(from_s, float("inf"))
    for side in SIDES:
        if foot_travel(since, side, leg_px, min_confidence) <= PLANTED_TRAVEL:
            path = _seen_path(since, side, min_confidence)
            ankle = keypoints_px[:, keypoint(side, "ankle")]
            if path is not None:
                ankle[np.isfinite(ankle[:, 0])] = path.mean(axis=0)
    return replace(window, keypoints_px=keypoints_px)


def place_kept(window: Poses, side: Side, leg_px: float, min_confidence: float) -> float:
    """Return how far a planted foot moves, with swapped legs allowed for, in leg lengths.

    As :func:`foot_travel`, but in each frame that ankle counts which is nearer to the foot's place:
    when the pose model swaps left and right for a moment, the planted foot has not moved.
    """
    path = _seen_path(window, side, min_confidence)
    if path is None:
        return float("nan")
    place = medians_of(path)
    # Frames in which this ankle is hidden do not count, whatever the other one does.
    sure = window.where(window.confidence[:, keypoint(side, "ankle")] >= min_confidence)
    nearest = np.fmin(*(distance_px(sure.joint(any_side, "ankle"), place) for any_side in SIDES))
    return percentile_of(nearest[np.isfinite(nearest)], 90) / leg_px


def _seen_path(window: Poses, side: Side, min_confidence: float) -> FloatArray | None:
    """Return where the ankle is seen, (M, 2); ``None`` when it is in fewer than half the frames."""
    ankle = keypoint(side, "ankle")
    seen = (window.confidence[:, ankle] >= min_confidence) & np.isfinite(
        window.keypoints_px[:, ankle, 0]
    )
    if len(window) == 0 or seen.mean() < 0.5:
        return None
    return np.asarray(window.keypoints_px[seen, ankle])


def ankle_height_difference(window: Poses, leg_px: float) -> float:
    """Return how much lower the left ankle is than the right one in the image, in leg lengths.

    The median over time; NaN when they are never seen together.
    """
    difference = (
        window.keypoints_px[:, Keypoint.LEFT_ANKLE, 1]
        - window.keypoints_px[:, Keypoint.RIGHT_ANKLE, 1]
    )
    known = difference[np.isfinite(difference)]
    return median_of(known) / leg_px


def legs_cross(window: Poses, side: Side) -> bool:
    """Return whether the other leg crosses in front of or behind the leg of ``side``.

    Seen from the front: its ankle reaches that of ``side`` for at least a tenth of the time. The
    pose model then mixes up the legs; the angle of the working knee was off by 9 degrees.
    """
    away_px = window.joint(other(side), "ankle")[:, 0] - window.joint(side, "ankle")[:, 0]
    known = away_px[np.isfinite(away_px)] * medial_sign(side)
    if len(known) == 0:
        return False
    nearest = percentile_of(known, 10) / window.leg_length_px
    return nearest < CROSSED


def leaves_its_place(during: Poses, then: Poses, side: Side) -> bool:
    """Return whether a foot is elsewhere ``then`` than it is for most of ``during``."""
    place_px, now_px = (_middle_of_foot_px(poses, side) for poses in (during, then))
    return bool(distance_px(now_px, place_px) > LEFT_ITS_PLACE * during.leg_length_px)


def _middle_of_foot_px(poses: Poses, side: Side) -> FloatArray:
    """Return the median place of a foot, between heel and toe, (2,); NaN when it is never seen."""
    foot = (poses.joint(side, "heel") + poses.joint(side, "toe")) / 2
    known = foot[np.isfinite(foot[:, 0])]
    return medians_of(known) if len(known) else np.full(2, np.nan)


def bone_length_px(looks_px: FloatArray) -> float:
    """Return the length of a bone from how long it looks in each frame, (N,); NaN if never seen."""
    known = looks_px[np.isfinite(looks_px)]
    return percentile_of(known, BONE_PERCENTILE) if len(known) else float("nan")


def shortened_bone(during: Poses, then: Poses, side: Side) -> str | None:
    """Return which bone looks much shorter ``then`` than it is: thigh, shank or ``None``.

    Its length is taken from ``during``.
    """
    for bone, ends in (("thigh", ("hip", "knee")), ("shank", ("knee", "ankle"))):
        real, now = (
            distance_px(*(poses.joint(side, end) for end in ends)) for poses in (during, then)
        )
        now = now[np.isfinite(now)]
        if len(now) and float(np.median(now)) < LEAST_BONE * bone_length_px(real):
            return bone
    return None


def hidden_share(window: Poses, which: Keypoint, min_confidence: float) -> float:
    """Return the share of the frames in which the keypoint is not seen; 1 for an empty window."""
    if len(window) == 0:
        return 1.0
    hidden = (window.confidence[:, which] < min_confidence) | np.isnan(
        window.keypoints_px[:, which, 0]
    )
    return float(hidden.mean())
