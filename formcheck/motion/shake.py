"""How the camera itself moves, as far as a planted foot shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from formcheck.data.arrays import FloatArray, percentile_of
from formcheck.data.keypoints import SIDES, Side, keypoint
from formcheck.data.poses import Poses
from formcheck.motion.filters import hampel, low_pass, velocity
from formcheck.motion.limbs import PLANTED_TRAVEL, foot_travel

FOOT = ("ankle", "heel", "toe")

QUICK_FROM_HZ = 1.0
"""The exercise is slower than this, but for its turns."""

STILL = 0.0006
"""A foot whose quick motion is less than this part of leg length (half a millimetre), root mean
square, shows nothing of the camera: skin and shoe move as much in a person whose markers were seen
without a camera. Ours; the pose model's own noise is more than that on every clip."""

COINCIDENCE, CERTAIN = 0.1, 0.3
"""How much of the foot's quick motion the trunk must share: below the first it is coincidence, from
the second on it is the camera's. The pose model's own noise keeps it below 1 however the camera
shakes. Ours, from the clips and from the same poses shaken by code."""


FOLLOWS_BELOW_HZ = 0.5
TOGETHER = 0.45
APART = 0.1
"""A camera that follows the person down moves both feet alike in the picture, slowly. Their
vertical speeds must share so much, and their heights differ by no more than the second, in leg
lengths. Of feet that step only one moves at a time: they share up to 0.3 on films of people who
walk, and 0.6 on one whose camera follows. Ours."""

JUMP_S = 1.5
"""Both feet move together in a jump as well, which takes less."""


@dataclass(frozen=True)
class CameraShake:
    """Motion of the image over a stretch of frames.

    Attributes
    ----------
    motion_px
        Shape (N, 2): where the image is against its middle place, right and down; all 0 when
        the camera stands still or no planted foot is seen.
    certainty
        How surely the camera moved, 0 to 1; NaN when no planted foot is seen.
    """

    motion_px: FloatArray
    certainty: float

    @property
    def in_doubt(self) -> bool:
        """Whether the camera may have moved."""
        return not self.certainty <= 0.0

    @property
    def shaking(self) -> bool:
        """Whether it is rather sure that the camera moved."""
        return self.certainty > 0.5

    def taken_out(self, window: Poses) -> Poses:
        """The same poses as a camera on a stand would have seen them."""
        return replace(window, keypoints_px=window.keypoints_px - self.motion_px[:, None])


def find_shake(
    window: Poses, sides: tuple[Side, ...], leg_px: float, min_confidence: float
) -> CameraShake:
    """Motion of the camera, from the feet among ``sides`` that stay where they are.

    A planted foot does not move; what moves it in the image is the camera, or the pose model:
    it lets the foot drift a little with the knee, and jump when it is covered. The camera moves the
    trunk alike, the model does not. So the foot's motion counts as far as the trunk shares its
    quick part.
    """
    feet = [
        window.joint(side, joint)
        for side in sides
        if foot_travel(window, side, leg_px, min_confidence) <= PLANTED_TRAVEL
        for joint in FOOT
    ]
    if not feet:
        return CameraShake(np.zeros((len(window), 2)), float("nan"))
    foot = _course(window.t_s, np.mean(feet, axis=0))
    trunk = _course(window.t_s, (window.middle("hip") + window.middle("shoulder")) / 2)
    if foot is None or trunk is None:
        return CameraShake(np.zeros((len(window), 2)), float("nan"))
    share = _share(_quick(window.t_s, foot), _quick(window.t_s, trunk), STILL * leg_px)
    certainty = float(np.clip((share - COINCIDENCE) / (CERTAIN - COINCIDENCE), 0.0, 1.0))
    return CameraShake(certainty * (foot - np.median(foot, axis=0)), certainty)


def find_following(window: Poses, leg_px: float, min_confidence: float) -> CameraShake:
    """How a camera that follows the person moved up and down, from both feet of a squat.

    Nobody moves both planted feet at once. So when a foot leaves its place in the picture and both
    do so together, for longer than a jump takes, the camera moved. Certainty is 1 then, else 0.
    """
    together_px = _together_px(window, leg_px, min_confidence)
    if together_px is None or window.t_s[-1] - window.t_s[0] < JUMP_S:
        return CameraShake(np.zeros((len(window), 2)), 0.0)
    motion_px = np.stack([np.zeros(len(window)), together_px - np.median(together_px)], axis=1)
    return CameraShake(motion_px, 1.0)


def feet_move_together(window: Poses, leg_px: float, min_confidence: float) -> bool:
    """Whether both feet leave their places in the picture at once: a jump, or the camera."""
    return _together_px(window, leg_px, min_confidence) is not None


def _together_px(window: Poses, leg_px: float, min_confidence: float) -> FloatArray | None:
    """Height of both feet in the picture when they leave their places together, else ``None``."""
    travels = [foot_travel(window, side, leg_px, min_confidence) for side in SIDES]
    if not any(travel > PLANTED_TRAVEL for travel in travels):
        return None
    heights_px, weights = [], []
    for side in SIDES:
        foot = np.mean([window.joint(side, joint) for joint in FOOT], axis=0)
        course = _course(window.t_s, foot)
        if course is None:
            return None
        heights_px.append(low_pass(window.t_s, course[:, 1], FOLLOWS_BELOW_HZ))
        seen = window.confidence[:, keypoint(side, "ankle")]
        weights.append(float(np.median(seen)) ** 2)
    left, right = (velocity(window.t_s, height_px) for height_px in heights_px)
    larger = max(float(left @ left), float(right @ right))
    apart_px = heights_px[0] - heights_px[1]
    strayed = percentile_of(np.abs(apart_px - np.median(apart_px)), 90) / leg_px
    if larger <= 0.0 or sum(weights) <= 0.0 or left @ right < TOGETHER * larger or strayed > APART:
        return None
    return np.asarray(np.average(heights_px, axis=0, weights=weights))


def sides_of(stance: str) -> tuple[Side, ...]:
    """The feet that carry: one, or both in a squat."""
    return tuple(side for side in SIDES if stance in (side, "both"))


def _course(t_s: FloatArray, path_px: FloatArray) -> FloatArray | None:
    """Without gaps and outliers, shape (N, 2); ``None`` when hardly seen."""
    known = np.isfinite(path_px[:, 0])
    if known.sum() < 5:
        return None
    whole = [np.interp(t_s, t_s[known], path_px[known, axis]) for axis in (0, 1)]
    return hampel(np.stack(whole, axis=1))


def _quick(t_s: FloatArray, path_px: FloatArray) -> FloatArray:
    slow = [low_pass(t_s, path_px[:, axis], QUICK_FROM_HZ) for axis in (0, 1)]
    return np.asarray(path_px - np.stack(slow, axis=1))


def _share(foot_px: FloatArray, trunk_px: FloatArray, still_px: float) -> float:
    """Slope of the trunk's motion on the foot's, in the direction that has less of it.

    A hand moves the image both ways; a quick repetition moves the trunk, and the foot that the
    model lets drift with it, only up and down. 0 when the foot is still.
    """
    sizes = (foot_px * foot_px).sum(axis=0)
    if (sizes <= still_px**2 * len(foot_px)).any():
        return 0.0
    return float(((foot_px * trunk_px).sum(axis=0) / sizes).min())
