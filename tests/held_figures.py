"""Stick figures that hold a posture: each angle in the image is known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.pose.profiles import MEDIAPIPE

FAULTLESS = replace(
    MEDIAPIPE,
    corrections={
        quantity: replace(one, constant=0.0, terms=())
        for quantity, one in MEDIAPIPE.corrections.items()
    },
)
"""With the errors of formcheck's own poses, but nothing to correct: angles are as drawn."""

SIZE_PX = (640, 480)
FLOOR_PX, ANKLE_X, REACH_PX, TRUNK_PX = 420.0, 520.0, 300.0, 120.0


def plank(
    t_s: float, *, up: float = 1.0, line_deg: float = 0.0, knee_down: bool = False
) -> PoseSample:
    """The right side of a person who lies on the floor (``up`` 0) or holds a plank (1).

    ``line_deg`` is the bend at the hip, + hips low. ``knee_down`` lets the knees rest on the floor.
    """
    shoulder_px = FLOOR_PX - TRUNK_PX * (0.1 + 0.45 * up)
    shoulder = np.array([ANKLE_X - REACH_PX, shoulder_px])
    ankle = np.array([ANKLE_X, FLOOR_PX - 25.0])
    hip = _bent(shoulder, ankle, line_deg)
    knee = 0.5 * (hip + ankle) + ([0.0, 60.0] if knee_down else [0.0, 0.0])
    at = {
        "SHOULDER": shoulder,
        "ELBOW": np.array([shoulder[0], FLOOR_PX - 4.0]),
        "WRIST": np.array([shoulder[0] - 60.0, FLOOR_PX - 4.0]),
        "EAR": _off(shoulder, -40.0, -10.0),
        "HIP": hip,
        "KNEE": knee,
        "ANKLE": ankle,
        "HEEL": _off(ankle, 10.0, -8.0),
        "TOE": _off(ankle, 0.0, 22.0),
    }
    return _sample(t_s, at, at, far_confidence=0.3)


def side_plank(t_s: float, *, up: float = 1.0, line_deg: float = 0.0) -> PoseSample:
    """A person on the left elbow, facing the camera: hips on the floor (``up`` 0) or up (1)."""
    shoulder = np.array([ANKLE_X - REACH_PX, FLOOR_PX - 100.0])
    ankle = np.array([ANKLE_X, FLOOR_PX - 12.0])
    hip = _bent(shoulder, ankle, line_deg + 26.0 * (1.0 - up))
    apart = np.array([-20.0, 42.0])  # the lower shoulder is below the middle, and nearer the head

    def body(sign: float) -> dict[str, np.ndarray]:
        return {
            "SHOULDER": shoulder + sign * apart,
            "ELBOW": shoulder + sign * apart + [0.0, 60.0 if sign > 0 else -40.0],
            "WRIST": shoulder + sign * apart + [-30.0, 60.0 if sign > 0 else -60.0],
            "EAR": _off(shoulder, -50.0, sign * 8.0),
            "HIP": hip + sign * 0.5 * apart,
            "KNEE": 0.5 * (hip + ankle) + sign * np.array([0.0, 12.0]),
            "ANKLE": ankle + sign * np.array([0.0, 8.0]),
            "HEEL": ankle + sign * np.array([8.0, 8.0]),
            "TOE": ankle + sign * np.array([0.0, 12.0]),
        }

    return _sample(t_s, body(1.0), body(-1.0))


def wall_sit(t_s: float, *, down: float = 1.0, thigh_deg: float = 0.0) -> PoseSample:
    """The right side of a person who stands (``down`` 0) or sits at a wall (1)."""
    thigh = math.radians(90.0 + (thigh_deg - 90.0) * down)
    ankle = np.array([300.0, FLOOR_PX])
    knee = _off(ankle, 0.0, -110.0)
    hip = knee + 110.0 * np.array([math.cos(thigh), -math.sin(thigh)])
    shoulder = _off(hip, 0.0, -120.0)
    at = {
        "SHOULDER": shoulder,
        "ELBOW": _off(shoulder, 0.0, 60.0),
        "WRIST": _off(shoulder, -10.0, 110.0),
        "EAR": _off(shoulder, -5.0, -45.0),
        "HIP": hip,
        "KNEE": knee,
        "ANKLE": ankle,
        "HEEL": _off(ankle, 12.0, 8.0),
        "TOE": _off(ankle, -35.0, 14.0),
    }
    return _sample(t_s, at, at, far_confidence=0.3, facing_yaw=True)


def _off(point: np.ndarray, x_px: float, y_px: float) -> np.ndarray:
    return np.asarray(point + np.array([x_px, y_px]))


def _bent(shoulder: np.ndarray, ankle: np.ndarray, line_deg: float) -> np.ndarray:
    """Where the hip is on a body that is bent there by so much; two fifths of the way down it."""
    along = ankle - shoulder
    length = float(np.linalg.norm(along))
    upper, lower = 0.4 * length, 0.6 * length
    # Two right triangles share the hip's distance from the straight line.
    low, high = 0.0, length
    for _ in range(60):
        middle = 0.5 * (low + high)
        bend = math.degrees(math.atan2(middle, upper) + math.atan2(middle, lower))
        low, high = (middle, high) if bend < abs(line_deg) else (low, middle)
    normal = np.array([-along[1], along[0]]) / length
    normal *= np.sign(normal[1])  # down the image
    return np.asarray(shoulder + 0.4 * along + math.copysign(low, line_deg) * normal)


def _sample(
    t_s: float,
    left: dict[str, np.ndarray],
    right: dict[str, np.ndarray],
    *,
    far_confidence: float = 1.0,
    facing_yaw: bool = False,
) -> PoseSample:
    xy = np.full((len(Keypoint), 2), np.nan)
    confidence = np.ones(len(Keypoint))
    world = np.zeros((len(Keypoint), 3))
    for side, body in (("LEFT", left), ("RIGHT", right)):
        for joint, place in body.items():
            which = Keypoint[f"{side}_{joint}"]
            xy[which] = place + ([0.0, 0.0] if side == "RIGHT" else [1.0, -1.0])
            confidence[which] = far_confidence if side == "LEFT" else 1.0
    xy[Keypoint.NOSE] = xy[Keypoint.RIGHT_EAR] + [-15.0, 5.0]
    for side, sign in (("LEFT", 1.0), ("RIGHT", -1.0)):
        for joint, half_m in (("SHOULDER", 0.18), ("HIP", 0.12)):
            across = (0.0, 0.0, sign * half_m) if facing_yaw else (sign * half_m, 0.0, 0.0)
            world[Keypoint[f"{side}_{joint}"]] = across
    return PoseSample(
        t_s,
        xy,
        confidence,
        world,
        SIZE_PX,
        camera_roll_deg=0.0,
        camera_roll_sem_deg=0.5,
        profile=FAULTLESS,
    )
