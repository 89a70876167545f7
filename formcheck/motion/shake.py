"""Find how the camera moves, from feet that stand still, to take it out of the poses.

A planted foot does not move, so what moves it in the image is the camera (or an error of the pose
model). Two motions are found for each repetition: quick *shake*, as of a hand-held camera
(``find_shake``), and slow *following*, as of a camera that follows the person down or drifts
(``find_following``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from formcheck.data.arrays import FloatArray, percentile_of
from formcheck.data.keypoints import SIDES, Side, keypoint
from formcheck.data.poses import Poses
from formcheck.motion.filters import hampel, low_pass, velocity
from formcheck.motion.limbs import PLANTED_TRAVEL, foot_travel

FOOT = ("ankle", "heel", "toe")
"""The keypoints of a foot."""

QUICK_FROM_HZ = 1.0
"""Motion above this frequency is quick: the exercise itself is slower, except at its turns."""

STILL = 0.0006
"""A foot whose quick motion is less than this, as a root mean square in leg lengths (half a
millimetre), does not show whether the camera moves: markers on skin and shoe, recorded without a
camera, move as much. Our choice; the pose model's own noise is larger on every clip."""

COINCIDENCE, CERTAIN = 0.1, 0.3
"""The camera shakes when the trunk shares the foot's quick motion: below the first share it is
coincidence, from the second on it is certain. The pose model's own noise keeps the share below 1.
Our choice, from the clips and from the same poses shaken by code."""


FOLLOWS_BELOW_HZ, FOLLOWS_PER_DURATION = 0.5, 5.0
"""Motion of a camera that follows is slower than the first frequency, and in a slow movement slower
than so many cycles in its duration. Our choice."""

TOGETHER, APART = 0.45, 0.1
"""A camera that follows the person down moves both feet alike: their vertical speeds share at least
the first, and their heights differ by at most the second, in leg lengths. When a person steps, only
one foot moves at a time: the share is up to 0.3 on films of people who walk, and 0.6 on one whose
camera follows. Our choice."""

PANS_FROM = 0.08
"""A foot that moves sideways further than this from its middle, in leg lengths, shows a camera that
turns. The pose model itself lets a planted foot move sideways by 0.07 from end to end as the knee
goes over it, and less up and down. Our choice."""

DRIFT_SPEED = 0.15
"""When a planted foot leaves its place more slowly than this, in leg lengths a second, the camera
drifts: nobody slides the foot that carries. A step goes at 0.5 and more. Our choice."""

JUMP_S = 1.5
"""In a jump both feet move together, too, but for less time than this."""


@dataclass(frozen=True)
class CameraShake:
    """Motion of the image over a stretch of frames.

    Attributes
    ----------
    motion_px
        Shape (N, 2): how far the image is from its middle place, right and down; all 0 when the
        camera stands still or no planted foot is seen.
    certainty
        How certain it is that the camera moved, 0 to 1; NaN when no planted foot is seen.
    """

    motion_px: FloatArray
    certainty: float

    @property
    def in_doubt(self) -> bool:
        """Whether the camera may have moved, also when no foot shows it."""
        return not self.certainty <= 0.0

    @property
    def shaking(self) -> bool:
        """Whether it is more likely than not that the camera moved."""
        return self.certainty > 0.5

    def taken_out(self, window: Poses) -> Poses:
        """Return the poses as a camera on a stand would have seen them."""
        return replace(window, keypoints_px=window.keypoints_px - self.motion_px[:, None])


def find_shake(
    window: Poses, sides: tuple[Side, ...], leg_px: float, min_confidence: float
) -> CameraShake:
    """Find the quick motion of the camera, from the feet among ``sides`` that stay in place.

    The image of a planted foot is moved by the camera, or by errors of the pose model: it lets the
    foot drift a little with the knee, and jump when it is hidden. The camera moves the trunk in the
    same way, those errors do not. So the foot's motion counts as the camera's to the degree that
    the trunk shares its quick part.
    """
    feet = [
        window.joint(side, joint)
        for side in sides
        if foot_travel(window, side, leg_px, min_confidence) <= PLANTED_TRAVEL
        for joint in FOOT
    ]
    if not feet:
        return CameraShake(np.zeros((len(window), 2)), float("nan"))
    foot = _bridged(window.t_s, np.mean(feet, axis=0))
    trunk = _bridged(window.t_s, (window.middle("hip") + window.middle("shoulder")) / 2)
    if foot is None or trunk is None:
        return CameraShake(np.zeros((len(window), 2)), float("nan"))
    share = _shared_by_trunk(_quick(window.t_s, foot), _quick(window.t_s, trunk), STILL * leg_px)
    certainty = float(np.clip((share - COINCIDENCE) / (CERTAIN - COINCIDENCE), 0.0, 1.0))
    return CameraShake(certainty * (foot - np.median(foot, axis=0)), certainty)


def find_following(window: Poses, stance: str, leg_px: float, min_confidence: float) -> CameraShake:
    """Find the slow motion of a camera that follows the person, or drifts, during a repetition.

    Nobody moves both planted feet at once, or slides the one that carries. So the camera moved when
    both feet of a squat leave their places in the image together for longer than a jump takes, or
    when the foot that carries does so slowly. The certainty is 1 then, otherwise 0.

    Parameters
    ----------
    window
        Poses of the repetition.
    stance
        The foot that carries: ``left``, ``right`` or ``both``.
    leg_px
        Leg length in the image.
    min_confidence
        A keypoint below it counts as hidden.
    """
    still = CameraShake(np.zeros((len(window), 2)), 0.0)
    if len(window) == 0 or window.t_s[-1] - window.t_s[0] < JUMP_S:
        return still
    find = _together_px if stance == "both" else _drift_px
    path_px = find(window, sides_of(stance), leg_px, min_confidence)
    if path_px is None:
        return still
    return CameraShake(path_px - np.median(path_px, axis=0), 1.0)


def feet_move_together(window: Poses, leg_px: float, min_confidence: float) -> bool:
    """Return whether both feet leave their places in the image at once: a jump, or the camera."""
    return _together_px(window, SIDES, leg_px, min_confidence) is not None


def _together_px(
    window: Poses, sides: tuple[Side, ...], leg_px: float, min_confidence: float
) -> FloatArray | None:
    """Return the mean vertical path of both feet, (N, 2), if they move together, else ``None``."""
    paths_px = _slow_paths_px(window, sides, leg_px, min_confidence)
    if paths_px is None:
        return None
    weights = [float(np.median(window.confidence[:, keypoint(one, "ankle")])) ** 2 for one in sides]
    heights_px = [path_px[:, 1] for path_px in paths_px]
    left, right = (velocity(window.t_s, height_px) for height_px in heights_px)
    larger = max(float(left @ left), float(right @ right))
    apart_px = heights_px[0] - heights_px[1]
    strayed = percentile_of(np.abs(apart_px - np.median(apart_px)), 90) / leg_px
    if larger <= 0.0 or sum(weights) <= 0.0 or left @ right < TOGETHER * larger or strayed > APART:
        return None
    height_px = np.average(heights_px, axis=0, weights=weights)
    return np.stack([np.zeros(len(window)), height_px], axis=1)


def _drift_px(
    window: Poses, sides: tuple[Side, ...], leg_px: float, min_confidence: float
) -> FloatArray | None:
    """Return the path of the foot that carries, (N, 2), if it leaves its place slowly."""
    paths_px = _slow_paths_px(window, sides, leg_px, min_confidence)
    if paths_px is None:
        return None
    (path_px,) = paths_px
    speed = [velocity(window.t_s, path_px[:, axis]) for axis in (0, 1)]
    if float(np.hypot(*speed).max()) > DRIFT_SPEED * leg_px:
        return None
    middle_px = np.median(path_px, axis=0)
    strayed = [percentile_of(away_px, 90) / leg_px for away_px in np.abs(path_px - middle_px).T]
    moves = [strayed[0] > PANS_FROM, strayed[1] > PLANTED_TRAVEL]
    return np.where(moves, path_px, middle_px) if any(moves) else None


def _slow_paths_px(
    window: Poses, sides: tuple[Side, ...], leg_px: float, min_confidence: float
) -> list[FloatArray] | None:
    """Return the slow path of each foot, shape (N, 2); ``None`` when all stay in place."""
    travels = [foot_travel(window, side, leg_px, min_confidence) for side in sides]
    if not any(travel > PLANTED_TRAVEL for travel in travels):
        return None
    duration_s = float(window.t_s[-1] - window.t_s[0])
    slow_hz = min(FOLLOWS_BELOW_HZ, FOLLOWS_PER_DURATION / duration_s)
    found = []
    for side in sides:
        course = _bridged(window.t_s, np.mean([window.joint(side, one) for one in FOOT], axis=0))
        if course is None:
            return None
        slow = [low_pass(window.t_s, course[:, axis], slow_hz) for axis in (0, 1)]
        found.append(np.stack(slow, axis=1))
    return found


def sides_of(stance: str) -> tuple[Side, ...]:
    """Return the sides that carry: one, or both in a squat."""
    return tuple(side for side in SIDES if stance in (side, "both"))


def _bridged(t_s: FloatArray, path_px: FloatArray) -> FloatArray | None:
    """Return a path without gaps and outliers, shape (N, 2); ``None`` when it is hardly seen."""
    known = np.isfinite(path_px[:, 0])
    if known.sum() < 5:
        return None
    whole = [np.interp(t_s, t_s[known], path_px[known, axis]) for axis in (0, 1)]
    return hampel(np.stack(whole, axis=1))


def _quick(t_s: FloatArray, path_px: FloatArray) -> FloatArray:
    """Return the quick part of a path."""
    slow = [low_pass(t_s, path_px[:, axis], QUICK_FROM_HZ) for axis in (0, 1)]
    return np.asarray(path_px - np.stack(slow, axis=1))


def _shared_by_trunk(foot_px: FloatArray, trunk_px: FloatArray, still_px: float) -> float:
    """Return how much of the foot's motion the trunk shares, in the direction that shares less.

    It is the slope of the trunk's motion on the foot's; 0 when the foot is still. A hand-held
    camera moves the image sideways and up and down; a quick repetition moves the trunk, and the
    foot that the model lets drift with it, only up and down.
    """
    sizes = (foot_px * foot_px).sum(axis=0)
    if (sizes <= still_px**2 * len(foot_px)).any():
        return 0.0
    return float(((foot_px * trunk_px).sum(axis=0) / sizes).min())
