"""A walking stick figure for tests: poses of a person whose every joint is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.pose.profiles import MEDIAPIPE

HIP_Y, LEG_PX, FLOOR_Y = 300.0, 240.0, 540.0
SIZE_PX = (480, 640)

DRAWN = replace(
    MEDIAPIPE,
    corrections={
        quantity: replace(one, constant=0.0, terms=())
        for quantity, one in MEDIAPIPE.corrections.items()
    },
)
"""Drawn figures are exact: there is nothing to correct. Their errors are those of the own model."""


def ease(t_s: float, start_s: float, end_s: float) -> float:
    """From 0 to 1 with zero speed and acceleration at both ends (minimum jerk)."""
    share = min(1.0, max(0.0, (t_s - start_s) / (end_s - start_s)))
    return share**3 * (10 - 15 * share + 6 * share**2)


def rep_shape(
    starts_s: Sequence[float], down_s: float = 2.0, pause_s: float = 0.3, up_s: float = 1.2
) -> Callable[[float], float]:
    """Depth over time, 0 to 1, of repetitions that start at the given times."""

    def depth(t_s: float) -> float:
        for start_s in starts_s:
            up_from = start_s + down_s + pause_s
            if start_s <= t_s <= up_from + up_s:
                return ease(t_s, start_s, start_s + down_s) - ease(t_s, up_from, up_from + up_s)
        return 0.0

    return depth


def figure(
    t_s: float,
    *,
    drop: float = 0.0,
    valgus_px: float = 0.0,
    lean_px: float = 0.0,
    stance: str = "left",
    free_foot_up: float = 0.0,
    yaw_deg: float = 0.0,
    shift_px: float = 0.0,
) -> PoseSample:
    """A person facing the camera, in pixels.

    ``drop`` is the hip's way down in leg lengths, ``valgus_px`` moves the working knee toward the
    middle, ``lean_px`` the shoulders toward the working side, ``free_foot_up`` raises the free
    foot by so many leg lengths, and ``shift_px`` moves everything to the right.
    """
    xy = np.full((len(Keypoint), 2), np.nan)
    hip_y = HIP_Y + drop * LEG_PX
    for side, sign in (("LEFT", 1.0), ("RIGHT", -1.0)):
        working = side.lower() == stance or stance == "both"
        x = 240.0 + sign * 35.0
        ankle_y = FLOOR_Y if working else FLOOR_Y - free_foot_up * LEG_PX + drop * LEG_PX * 0.5
        knee_x = x - sign * (valgus_px if working else 0.0)
        lean = lean_px * (1.0 if stance in ("left", "both") else -1.0)
        places = {
            "SHOULDER": (240.0 + sign * 55.0 + lean, hip_y - 160.0),
            "ELBOW": (240.0 + sign * 80.0, hip_y - 90.0),
            "WRIST": (240.0 + sign * 60.0, hip_y - 20.0),
            "EAR": (240.0 + sign * 15.0 + lean, hip_y - 230.0),
            "HIP": (x, hip_y),
            "KNEE": (knee_x, (hip_y + ankle_y) / 2),
            "ANKLE": (x, ankle_y),
            "HEEL": (x, ankle_y + 8.0),
            "TOE": (x + sign * 3.0, ankle_y + 20.0),
        }
        for joint, place in places.items():
            xy[Keypoint[f"{side}_{joint}"]] = place
    xy[Keypoint.NOSE] = (240.0 + lean_px, hip_y - 235.0)
    xy[:, 0] += shift_px
    turn = np.radians(yaw_deg)
    world = np.zeros((len(Keypoint), 3))
    for side, sign in (("LEFT", 1.0), ("RIGHT", -1.0)):
        for joint, half_m in (("SHOULDER", 0.18), ("HIP", 0.12)):
            world[Keypoint[f"{side}_{joint}"]] = (
                sign * half_m * np.cos(turn), 0.0, sign * half_m * np.sin(turn)
            )  # fmt: skip
    return PoseSample(
        t_s,
        xy,
        np.ones(len(Keypoint)),
        world,
        SIZE_PX,
        camera_roll_deg=0.0,
        camera_roll_sem_deg=0.5,
        profile=DRAWN,
    )


def film(
    duration_s: float,
    pose: Callable[[float], PoseSample],
    rate_hz: float = 30.0,
    noise_px: float = 0.0,
) -> Iterator[PoseSample]:
    """Poses at a frame rate, with noise on every keypoint."""
    rng = np.random.default_rng(0)
    for t_s in np.arange(0.0, duration_s, 1.0 / rate_hz):
        sample = pose(float(t_s))
        noise = rng.normal(0.0, noise_px, sample.keypoints_px.shape)
        yield replace(sample, keypoints_px=sample.keypoints_px + noise)


def mirrored(samples: Sequence[PoseSample]) -> list[PoseSample]:
    """The poses as in a mirror: the other leg works, and the camera stands to the other side."""
    rows = [int(Keypoint.NOSE)]
    for left in range(1, len(Keypoint), 2):
        rows += [left + 1, left]
    return [
        replace(
            sample,
            keypoints_px=(sample.keypoints_px * [-1, 1] + [sample.frame_size_px[0], 0])[rows],
            confidence=sample.confidence[rows],
            world_m=(sample.world_m * [-1, 1, 1])[rows],
            heading_correction_deg=-sample.heading_correction_deg,
        )
        for sample in samples
    ]
