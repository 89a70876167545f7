"""Leg length, foot travel, and which leg carries."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from formcheck.data.arrays import FloatArray, median_of, medians_of, percentile_of
from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, Side, keypoint, other
from formcheck.data.poses import Poses, distance_px
from formcheck.motion.angles import medial_sign

PLANTED_TRAVEL = 0.06
"""Planted ankles stay within this part of leg length on the clips and films; free ones mostly go
beyond it."""


LEFT_ITS_PLACE = 0.1
"""A planted foot that is further from its place than this, in leg lengths, is not the one that was
there: the pose model has taken the other leg for it. On rendered people it reads 0.04 at most at
the bottom, and 0.18 and more where the model had the wrong leg. Ours."""

BONE_PERCENTILE = 75
"""A bone's length in the image is this percentile over the window: it can look shorter than it
is, and only noise makes it longer. Between 65 and 85 the result hardly changes."""

LEAST_BONE = 0.8
"""A thigh or shank that looks shorter from the side than this part of its length has a wrong joint,
or points 37 degrees out of the picture: the knee's angle is wrong both ways. On rendered people
0.86 is the least, and 0.73 where the model put the knee between both legs. Ours."""

CROSSED = 0.03
"""Ankles nearer to each other than this, sideways in leg lengths, are one before the other. Ours:
on the clips they stay 0.12 apart and more with the camera 20 degrees to the side, and
0.2 from straight ahead."""


def leg_length_px(sample: PoseSample) -> float:
    """Thigh plus shank of the leg that looks longer in this frame.

    NaN when neither is seen, and when all points of both are at one place.
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
    """How far the ankle strays from its median place, in leg lengths: 90th percentile over time.

    Only frames where the ankle is seen count; NaN when that is fewer than half of them.
    """
    path = _seen_path(window, side, min_confidence)
    if path is None:
        return float("nan")
    return percentile_of(distance_px(path, medians_of(path)), 90) / leg_px


def hold_planted_ankles(
    window: Poses, leg_px: float, min_confidence: float, from_s: float
) -> Poses:
    """Put the ankle of each foot that stays where it is from a time on at its mean place since.

    The pose model lets the ankle of a planted foot drift by a few per cent of leg length as the
    knee goes over it; the foot itself does not move. Frames in which it is hidden do not count for
    the mean. An ankle that travels further, or is mostly hidden, is left as it is.
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
    """How far the foot's place is left empty, in leg lengths: 90th percentile over time.

    As :func:`foot_travel`, but in each frame the nearer of the two ankles counts: when the pose
    model swaps left and right for a moment, the planted foot is still where it was.
    """
    path = _seen_path(window, side, min_confidence)
    if path is None:
        return float("nan")
    place = medians_of(path)
    # Frames where this ankle is covered say nothing, whatever the other one does.
    sure = window.where(window.confidence[:, keypoint(side, "ankle")] >= min_confidence)
    nearest = np.fmin(*(distance_px(sure.joint(any_side, "ankle"), place) for any_side in SIDES))
    return percentile_of(nearest[np.isfinite(nearest)], 90) / leg_px


def _seen_path(window: Poses, side: Side, min_confidence: float) -> FloatArray | None:
    """Where the ankle is seen, shape (M, 2); ``None`` when in fewer than half the frames."""
    ankle = keypoint(side, "ankle")
    seen = (window.confidence[:, ankle] >= min_confidence) & np.isfinite(
        window.keypoints_px[:, ankle, 0]
    )
    if len(window) == 0 or seen.mean() < 0.5:
        return None
    return np.asarray(window.keypoints_px[seen, ankle])


def ankle_height_difference(window: Poses, leg_px: float) -> float:
    """How much lower the left ankle is than the right one, median, in leg lengths.

    Positive: the left foot is lower in the image. NaN when a foot is never seen.
    """
    difference = (
        window.keypoints_px[:, Keypoint.LEFT_ANKLE, 1]
        - window.keypoints_px[:, Keypoint.RIGHT_ANKLE, 1]
    )
    known = difference[np.isfinite(difference)]
    return median_of(known) / leg_px


def legs_cross(window: Poses, side: Side) -> bool:
    """Whether the other leg crosses the leg of ``side``, seen from the front.

    Its ankle comes as far as the ankle of ``side``, for a tenth of the time at least. The pose
    model then mixes the two legs up: the knee of the working one was off by 9 degrees.
    """
    away_px = window.joint(other(side), "ankle")[:, 0] - window.joint(side, "ankle")[:, 0]
    known = away_px[np.isfinite(away_px)] * medial_sign(side)
    if len(known) == 0:
        return False
    nearest = percentile_of(known, 10) / window.leg_length_px
    return nearest < CROSSED


def leaves_its_place(during: Poses, then: Poses, side: Side) -> bool:
    """Whether the foot of ``side`` is ``then`` away from where it is for most of ``during``."""
    place_px, now_px = (_middle_of_foot_px(poses, side) for poses in (during, then))
    return bool(distance_px(now_px, place_px) > LEFT_ITS_PLACE * during.leg_length_px)


def _middle_of_foot_px(poses: Poses, side: Side) -> FloatArray:
    """Median place of the middle between heel and toe, shape (2,); NaN when it is never seen."""
    foot = (poses.joint(side, "heel") + poses.joint(side, "toe")) / 2
    known = foot[np.isfinite(foot[:, 0])]
    return medians_of(known) if len(known) else np.full(2, np.nan)


def bone_length_px(looks_px: FloatArray) -> float:
    """Length of a bone from how long it looks over time, shape (N,); NaN when it is never seen."""
    known = looks_px[np.isfinite(looks_px)]
    return percentile_of(known, BONE_PERCENTILE) if len(known) else float("nan")


def shortened_bone(during: Poses, then: Poses, side: Side) -> str | None:
    """Which bone of the leg looks ``then`` much shorter than it is: thigh, shank or none."""
    for bone, ends in (("thigh", ("hip", "knee")), ("shank", ("knee", "ankle"))):
        real, now = (
            distance_px(*(poses.joint(side, end) for end in ends)) for poses in (during, then)
        )
        now = now[np.isfinite(now)]
        if len(now) and float(np.median(now)) < LEAST_BONE * bone_length_px(real):
            return bone
    return None


def hidden_share(window: Poses, which: Keypoint, min_confidence: float) -> float:
    """Part of the frames in which the keypoint is not seen; 1 for an empty window."""
    if len(window) == 0:
        return 1.0
    hidden = (window.confidence[:, which] < min_confidence) | np.isnan(
        window.keypoints_px[:, which, 0]
    )
    return float(hidden.mean())
