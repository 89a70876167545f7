"""The skeleton of formcheck: its keypoints, and ``PoseSample``, a person's pose in one frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

import numpy as np

from formcheck.data.arrays import BoolArray, FloatArray
from formcheck.data.pose_profile import AS_GIVEN, PoseProfile

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")


class Keypoint(IntEnum):
    """Row of each keypoint in a pose array; left and right are the person's own."""

    NOSE = 0
    LEFT_EAR = 1
    RIGHT_EAR = 2
    LEFT_SHOULDER = 3
    RIGHT_SHOULDER = 4
    LEFT_ELBOW = 5
    RIGHT_ELBOW = 6
    LEFT_WRIST = 7
    RIGHT_WRIST = 8
    LEFT_HIP = 9
    RIGHT_HIP = 10
    LEFT_KNEE = 11
    RIGHT_KNEE = 12
    LEFT_ANKLE = 13
    RIGHT_ANKLE = 14
    LEFT_HEEL = 15
    RIGHT_HEEL = 16
    LEFT_TOE = 17
    RIGHT_TOE = 18


def keypoint(side: Side, joint: str) -> Keypoint:
    """Return the keypoint of a joint on one side, as in ``keypoint("left", "knee")``."""
    return _OF_SIDE[side, joint]


_OF_SIDE = {tuple(one.name.lower().split("_")): one for one in Keypoint}


def other(side: Side) -> Side:
    """Return the other side."""
    return "right" if side == "left" else "left"


EDGE_MARGIN = 0.01
"""A keypoint nearer to the edge of the image than this, as a share of its longer side, counts as
outside. Pose models invent what is cut off and put it near the edge: on clips cut at the ankles the
planted ankle is 0 to 2 % inside, its heel less than 1 %. On films that show the whole foot its toes
are 6 % and more inside."""


def outside_frame(keypoints_px: FloatArray, frame_size_px: tuple[int, int]) -> BoolArray:
    """Return which keypoints lie outside the frame, where the model only guesses them.

    These are the ones at the edge or beyond, and an ankle whose heel and toe both are: the foot is
    cut off, and the ankle is a guess, too.

    Parameters
    ----------
    keypoints_px
        Shape (..., 19, 2).
    frame_size_px
        Width and height of the image.

    Returns
    -------
    Shape (..., 19); ``False`` where a keypoint is NaN.
    """
    margin_px = EDGE_MARGIN * max(frame_size_px)
    inside_px = np.array(frame_size_px) - margin_px
    beyond = (keypoints_px < margin_px) | (keypoints_px > inside_px)
    out: BoolArray = np.asarray(beyond.any(axis=-1))
    for side in SIDES:
        foot = out[..., keypoint(side, "heel")] & out[..., keypoint(side, "toe")]
        out[..., keypoint(side, "ankle")] |= foot
    return out


EDGED_JOINTS = ("knee", "ankle")
"""Joints at which the left and right edge of a leg in the image are looked for."""


def unknown_edges() -> FloatArray:
    """Return the leg edges of a pose for which they are not known; shape (2, 2, 2), all NaN."""
    return np.full((len(SIDES), len(EDGED_JOINTS), 2), np.nan)


@dataclass(frozen=True)
class PoseSample:
    """The pose of one person in one frame, or the fact that nobody was seen in it.

    Attributes
    ----------
    t_s
        Presentation time of the frame, in seconds from the start of the source.
    keypoints_px
        Shape (19, 2): x to the right and y down, in pixels of the upright frame. NaN where
        the pose model gave nothing; all NaN when nobody was seen.
    confidence
        Shape (19,): 0 to 1, how sure the model is that the keypoint is in view; 0 where unseen.
    world_m
        Shape (19, 3): the model's guess of the pose in space, in metres around the mid-hip;
        x to the right of the image, y down, z away from the camera. NaN where unseen.
    frame_size_px
        Width and height of the image.
    people
        How many people were in view when the estimator last searched the whole frame.
    heading_correction_deg
        Correction of the heading (the turn of the body about the vertical) that follows from
        ``world_m``; it is added. It removes the model's own difference between left and right.
    camera_roll_deg, camera_roll_sem_deg
        Tilt of the camera as known in this frame, + when the image's content leans clockwise,
        and its standard error; NaN when unknown.
    leg_edges_px
        Shape (2, 2, 2): for left and right leg, at knee and ankle, how far the leg reaches from
        that keypoint to the left (< 0) and to the right (> 0) in the image. NaN where unknown.
    looked_at
        Whether the pose model ran on this frame; ``False`` for a pose interpolated between others.
    profile
        Which program made the pose, and its known errors; the same in all poses of a source.
    """

    t_s: float
    keypoints_px: FloatArray
    confidence: FloatArray
    world_m: FloatArray
    frame_size_px: tuple[int, int]
    people: int = 1
    heading_correction_deg: float = 0.0
    camera_roll_deg: float = math.nan
    camera_roll_sem_deg: float = math.nan
    leg_edges_px: FloatArray = field(default_factory=unknown_edges)
    looked_at: bool = True
    profile: PoseProfile = AS_GIVEN

    @property
    def seen(self) -> bool:
        """Whether the person was seen in this frame."""
        return bool(np.isfinite(self.keypoints_px).any())

    @property
    def trunk_px(self) -> float:
        """Length of the trunk, from mid-hip to mid-shoulder, in pixels; NaN when not seen."""
        hips, shoulders = (
            self.keypoints_px[[keypoint(side, joint) for side in SIDES]].mean(axis=0)
            for joint in ("hip", "shoulder")
        )
        return float(np.hypot(*(shoulders - hips)))

    @classmethod
    def nobody(
        cls,
        t_s: float,
        frame_size_px: tuple[int, int],
        people: int = 0,
        profile: PoseProfile = AS_GIVEN,
    ) -> PoseSample:
        """Return the sample of a frame in which the person was not seen."""
        count = len(Keypoint)
        return cls(
            t_s=t_s,
            keypoints_px=np.full((count, 2), np.nan),
            confidence=np.zeros(count),
            world_m=np.full((count, 3), np.nan),
            frame_size_px=frame_size_px,
            people=people,
            profile=profile,
        )


def profile_of(samples: Sequence[PoseSample]) -> PoseProfile:
    """Return the profile of the first pose in which somebody was seen."""
    return next((sample.profile for sample in samples if sample.seen), AS_GIVEN)
