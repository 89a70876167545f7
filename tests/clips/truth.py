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

AFTER_LAST_REP_S = 1.3


def read_truth(path: Path) -> dict[str, Any]:
    """Read a truth file: the exercise, the camera, and each repetition's angles and events."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def true_yaw_deg(truth: dict[str, Any]) -> float:
    """Turn of the person away from the camera, + to the own left; the person looks along +z."""
    x, _, z = truth["camera"]["eye"]
    return -math.degrees(math.atan2(x, z))


def mirrored_truth(truth: dict[str, Any]) -> dict[str, Any]:
    """Give what is true of the clip once left and right are exchanged."""
    text = json.dumps(truth)
    swapped = re.sub("left|right", lambda side: {"left": "right", "right": "left"}[side[0]], text)
    turned: dict[str, Any] = json.loads(swapped)
    for point in ("eye", "at"):
        turned["camera"][point][0] *= -1.0
    return turned


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
        data = read_truth(path)
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
