"""What is truly known of a clip: the truth file beside it, ``NAME.truth.json``."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import Side
from formcheck.data.session import ViewKind
from formcheck.motion.camera_view import view_kind

AFTER_LAST_REP_S = 1.3

TAIL_OF_STEP_UP_S = 0.12
"""A step-up has no pause at its lowest point: the truth is the mean over so long before it."""


def read_truth(path: Path) -> dict[str, Any]:
    """Read a truth file: the exercise, the camera, and each repetition's angles and events."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for rep in data["reps"]:
        rep.setdefault("truth_of", "left" if rep.get("stance") == "both" else rep.get("stance"))
        if "speed_events" in rep and "keypoints_px" in data:
            rep["speed_events"] = between_frames(data["keypoints_px"], rep)
    return data


def between_frames(joints: dict[str, Any], rep: dict[str, Any]) -> dict[str, float]:
    """Give a repetition's events where the hip's speed crosses 5 % of its peak.

    The file gives the first and the last frame whose speed is above that. The crossing itself lies
    up to a frame outside, between two frames: a way down is longer than the file says, by a frame
    on average.
    """
    t_s = np.array(joints["t_s"])
    hip = joints["names"].index(f"{rep['truth_of']}_hip")
    height_px = np.array(joints["xy"], dtype=float)[:, 2 * hip + 1]
    speed = np.abs(np.gradient(height_px, t_s))
    found = {}
    for way in ("descent", "ascent"):
        first, last = (
            int(np.abs(t_s - rep["speed_events"][f"{way}_{end}_s"]).argmin())
            for end in ("start", "end")
        )
        least = 0.05 * speed[first : last + 1].max()
        found[f"{way}_start_s"] = _crossing_s(t_s, speed, first, first - 1, least)
        found[f"{way}_end_s"] = _crossing_s(t_s, speed, last, last + 1, least)
    return {name: found[name] for name in rep["speed_events"]}


def _crossing_s(
    t_s: FloatArray, speed: FloatArray, inside: int, outside: int, least: float
) -> float:
    """When the speed is ``least`` between two frames; at the first one when that cannot be told."""
    if not 0 <= outside < len(t_s) or not speed[outside] < least < speed[inside]:
        return float(t_s[inside])
    share = (speed[inside] - least) / (speed[inside] - speed[outside])
    return float(t_s[inside] + share * (t_s[outside] - t_s[inside]))


def true_yaw_deg(truth: dict[str, Any]) -> float:
    """Turn of the person away from the camera, + to the own left; the person looks along +z."""
    x, _, z = truth["camera"]["eye"]
    return -math.degrees(math.atan2(x, z))


def true_view(truth: dict[str, Any]) -> ViewKind:
    """From where the camera sees the person, as formcheck names it."""
    return view_kind(true_yaw_deg(truth))


def person_of(truth: dict[str, Any]) -> str:
    """Who is filmed: ``person`` of the truth file; people without a name differ in stature."""
    return str(truth.get("person") or f"{truth['stature_m']} m")


def facing_sign(truth: dict[str, Any]) -> float:
    """From the side: +1 when the person faces the right edge of the image, -1 the left one."""
    return -1.0 if truth["camera"]["eye"][0] > 0 else 1.0


def mirrored_truth(truth: dict[str, Any]) -> dict[str, Any]:
    """Give what is true of the clip once left and right are exchanged."""
    text = json.dumps(truth)
    swapped = re.sub("left|right", lambda side: {"left": "right", "right": "left"}[side[0]], text)
    turned: dict[str, Any] = json.loads(swapped)
    for point in ("eye", "at"):
        turned["camera"][point][0] *= -1.0
    turned["camera"]["roll"] *= -1.0
    if "keypoints_px" in turned:
        width = turned["camera"]["size"][0]
        for frame in turned["keypoints_px"]["xy"]:
            frame[::2] = [width - x for x in frame[::2]]
    return turned


def true_numbers(truth: dict[str, Any], rep: dict[str, Any]) -> dict[str, float]:
    """Everything that a program can be scored against in one repetition, by quantity.

    Angles are those of a perfect pose estimator in this picture; what is held against the vertical
    is held against gravity, so the camera's roll is taken out. From obliquely no angle is scored:
    the right answer is to refuse it. Knee over foot is the truth in space, from the front only; the
    two knees of a squat are moved alike. Events are times in seconds.
    """
    view = true_view(truth)
    found: dict[str, float] = {}
    if view in ("front", "side"):
        roll = roll_effects(truth, rep)
        for name, value in rep["image_truth_at_bottom"].items():
            found[name] = value + roll.get(name, 0.0)
    if view == "front":
        stray = rep["truth_3d_at_bottom"]["knee_over_foot_pct"]
        sides = ("left_", "right_") if rep["stance"] == "both" else ("",)
        found |= {f"knee_over_foot_{side}pct": stray for side in sides}
    events = rep["speed_events"]
    found |= {f"event {name}": time_s for name, time_s in events.items()}
    for phase in ("descent", "ascent"):
        lasts_s = events[f"{phase}_end_s"] - events[f"{phase}_start_s"]
        found[f"duration {phase}_s"] = lasts_s
    return found


def roll_effects(truth: dict[str, Any], rep: dict[str, Any]) -> dict[str, float]:
    """Degrees to add to an angle in the picture to have it against gravity, by quantity.

    A camera with + roll turns the picture's content counter-clockwise: an upright trunk leans to
    the picture's left, away from a left working leg as seen from the front.
    """
    roll_deg = float(truth["camera"]["roll"])
    stance_is_right = -1.0 if working_side(rep) == "right" else 1.0
    forward = facing_sign(truth)
    return {
        "trunk_lean_deg": stance_is_right * roll_deg,
        "pelvic_drop_deg": -stance_is_right * roll_deg,
        "trunk_flexion_deg": forward * roll_deg,
        "shank_angle_deg": forward * roll_deg,
    }


def working_side(rep: dict[str, Any]) -> Side:
    """The leg that the truth is given for: the working one, of a squat the left one.

    Exchanging left and right makes that the right one, which ``truth_of`` of the repetition says.
    """
    side = rep["stance"] if rep["stance"] != "both" else rep.get("truth_of", "left")
    return "right" if side == "right" else "left"


def bottom_of(rep: dict[str, Any]) -> tuple[float, float]:
    """Begin and end of the lowest point, over which the truth's angles are averaged."""
    if "bottom_end" in rep:
        return rep["bottom_start"], rep["bottom_end"]
    return rep["descent_end"] - TAIL_OF_STEP_UP_S, rep["descent_end"]


@dataclass(frozen=True)
class Truth:
    """The truth of a clip with the joints' true positions in each frame.

    Attributes
    ----------
    data
        The truth file, as read.
    names
        Joint names, ``left_hip`` and so on, 12 of them.
    t_s
        Shape (N,): times of the frames.
    xy_px
        Shape (N, 12, 2): where the joints are in each frame.
    """

    data: dict[str, Any]
    names: list[str]
    t_s: FloatArray
    xy_px: FloatArray

    @classmethod
    def load(cls, path: Path) -> Truth:
        """Read a truth file that has the joints' positions."""
        return cls.of(read_truth(path))

    @classmethod
    def of(cls, data: dict[str, Any]) -> Truth:
        """Take a truth file that was read, with the joints' positions."""
        known = data["keypoints_px"]
        shape = (len(known["t_s"]), len(known["names"]), 2)
        xy_px = np.array(known["xy"], dtype=float).reshape(shape)
        return cls(data, known["names"], np.array(known["t_s"]), xy_px)

    def at(self, t_s: float) -> dict[str, FloatArray]:
        """Where each joint is at a time."""
        frame = int(np.abs(self.t_s - t_s).argmin())
        return dict(zip(self.names, self.xy_px[frame], strict=True))

    def path_px(self, joint: str) -> FloatArray:
        """Where a joint is over the whole film, shape (N, 2)."""
        return np.asarray(self.xy_px[:, self.names.index(joint)])

    @property
    def stance(self) -> str:
        """The working side of the first repetition; the left one of a squat."""
        side = str(self.data["reps"][0]["stance"])
        return "left" if side == "both" else side

    @property
    def free(self) -> str:
        """The other side."""
        return "right" if self.stance == "left" else "left"

    @property
    def leg_px(self) -> float:
        """Length of the working leg in the first frame."""
        first = self.at(0.0)
        hip, knee, ankle = (first[f"{self.stance}_{joint}"] for joint in ("hip", "knee", "ankle"))
        return float(np.linalg.norm(hip - knee) + np.linalg.norm(knee - ankle))

    def first(self, reps: int) -> Truth:
        """Keep only the first few repetitions to be counted."""
        data = {**self.data, "reps": self.data["reps"][:reps]}
        return Truth(data, self.names, self.t_s, self.xy_px)

    @property
    def end_s(self) -> float:
        """Shortly after the last repetition."""
        events = self.data["reps"][-1]["speed_events"]
        return max(float(time_s) for time_s in events.values()) + AFTER_LAST_REP_S
