"""``Poses``: the poses of several frames, stacked as arrays; everything is measured on these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from formcheck.data.arrays import BoolArray, FloatArray, percentile_of
from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, Side, keypoint, profile_of
from formcheck.data.pose_profile import AS_GIVEN, PoseProfile


def distance_px(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the Euclidean distance between points, over the last axis."""
    apart = a - b
    return np.asarray(np.sqrt(np.add.reduce(apart * apart, axis=-1)))


@dataclass(frozen=True)
class Poses:
    """The poses of one person in N consecutive frames.

    There are 19 keypoints (:class:`~formcheck.data.keypoints.Keypoint`). The attributes are those
    of :class:`~formcheck.data.keypoints.PoseSample`, with one row for each frame.

    Attributes
    ----------
    t_s
        Times in seconds, shape (N,), strictly increasing.
    keypoints_px
        Shape (N, 19, 2), x right and y down; NaN where unseen.
    confidence
        Shape (N, 19), 0 to 1.
    world_m
        The pose in space, shape (N, 19, 3).
    heading_correction_deg, camera_roll_deg, camera_roll_sem_deg
        Shape (N,).
    leg_edges_px
        Edges of the legs in the image, shape (N, 2, 2, 2).
    profile
        Which program made the poses, and its known errors.
    """

    t_s: FloatArray
    keypoints_px: FloatArray
    confidence: FloatArray
    world_m: FloatArray
    heading_correction_deg: FloatArray
    camera_roll_deg: FloatArray
    camera_roll_sem_deg: FloatArray
    leg_edges_px: FloatArray
    profile: PoseProfile = AS_GIVEN

    @classmethod
    def from_samples(cls, samples: Sequence[PoseSample]) -> Poses:
        """Stack samples; an empty sequence gives a window of no frames."""
        if not samples:
            count = len(Keypoint)
            return cls(
                np.empty(0),
                np.empty((0, count, 2)),
                np.empty((0, count)),
                np.empty((0, count, 3)),
                np.empty(0),
                np.empty(0),
                np.empty(0),
                np.empty((0, 2, 2, 2)),
            )
        return cls(
            t_s=np.array([sample.t_s for sample in samples]),
            keypoints_px=np.array([sample.keypoints_px for sample in samples]),
            confidence=np.array([sample.confidence for sample in samples]),
            world_m=np.array([sample.world_m for sample in samples]),
            heading_correction_deg=np.array([sample.heading_correction_deg for sample in samples]),
            camera_roll_deg=np.array([sample.camera_roll_deg for sample in samples]),
            camera_roll_sem_deg=np.array([sample.camera_roll_sem_deg for sample in samples]),
            leg_edges_px=np.array([sample.leg_edges_px for sample in samples]),
            profile=profile_of(samples),
        )

    @cached_property
    def leg_length_px(self) -> float:
        """Length of the straight leg in the image: 90th percentile over time of the longer leg.

        A bent leg looks shorter from the front, never longer, so the longest values are nearest to
        the truth. NaN when no leg is seen.
        """
        lengths = np.fmax(
            *(
                distance_px(self.joint(side, "hip"), self.joint(side, "knee"))
                + distance_px(self.joint(side, "knee"), self.joint(side, "ankle"))
                for side in SIDES
            )
        )
        known = lengths[np.isfinite(lengths)]
        return percentile_of(known, 90) if len(known) else float("nan")

    @property
    def rate_hz(self) -> float:
        """Frames a second, on average; infinite for fewer than two frames."""
        lasted_s = float(self.t_s[-1] - self.t_s[0]) if len(self) > 1 else 0.0
        return (len(self) - 1) / lasted_s if lasted_s > 0 else float("inf")

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.t_s)

    def point(self, which: Keypoint) -> FloatArray:
        """Return one keypoint over time, shape (N, 2)."""
        return self.keypoints_px[:, which]

    def joint(self, side: Side, joint: str) -> FloatArray:
        """Return a joint of one side over time, shape (N, 2)."""
        return self.point(keypoint(side, joint))

    def middle(self, joint: str) -> FloatArray:
        """Return the midpoint of the left and the right joint, (N, 2); NaN where one is NaN."""
        return (self.joint("left", joint) + self.joint("right", joint)) / 2

    def where(self, mask: BoolArray) -> Poses:
        """Return only the frames where ``mask`` is true."""
        return Poses(
            self.t_s[mask],
            self.keypoints_px[mask],
            self.confidence[mask],
            self.world_m[mask],
            self.heading_correction_deg[mask],
            self.camera_roll_deg[mask],
            self.camera_roll_sem_deg[mask],
            self.leg_edges_px[mask],
            self.profile,
        )

    def between(self, start_s: float, end_s: float) -> Poses:
        """Return only the frames from ``start_s`` to ``end_s``, both included."""
        return self.where((self.t_s >= start_s) & (self.t_s <= end_s))
