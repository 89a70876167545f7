"""What is truly known of a rendered clip of holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from generator.clip_truth import keypoints_px
from generator.movements import Moment, timeline
from generator.posing import Array
from generator.recipes import Recipe
from generator.scene_camera import cameras

QUARTER = 0.25


def hold_truth(name: str, recipe: Recipe, moments: Sequence[Moment]) -> dict[str, Any]:
    """Give the truth of a clip, as its file holds it; the README says what the keys mean."""
    t_s = np.arange(len(moments)) / recipe["fps"]
    series = {key: _rounded(of(moments, recipe)) for key, of in SERIES[recipe["exercise"]].items()}
    holds = []
    for times in timeline(recipe)[0]:
        held = (t_s >= times.arrived_s) & (t_s <= times.back_s)
        hold: dict[str, Any] = {
            "start_s": round(times.arrived_s, 3),
            "end_s": round(times.back_s, 3),
            "side": recipe["stance"],
        }
        for key, values in series.items():
            hold[key] = _of_hold(key, values[held])
        if "body_line_deg" in series:
            hold["line_drift_deg"] = _drift(series["body_line_deg"][held])
        holds.append({"hold": hold})
    filmed = cameras(recipe, moments)
    return {
        "exercise": recipe["exercise"],
        "view": recipe["view"],
        "fps": recipe["fps"],
        "frames": len(moments),
        "camera": filmed[0].as_data(),
        "stature_m": recipe["stature"],
        "reps": holds,
        "clip": f"{name}.mp4",
        "series": {
            "t_s": np.round(t_s, 4).tolist(),
            **{key: values.tolist() for key, values in series.items()},
        },
        "keypoints_px": keypoints_px(filmed, moments, t_s),
    }


def _rounded(values: Array) -> Array:
    shown: Array = np.round(values, 2)
    return shown


def _of_hold(key: str, values: Array) -> float:
    """The mean; of the sway, its size (root mean square around its middle)."""
    if key == "sway_pct":
        return round(float(values.std()), 2)
    return round(float(values.mean()), 2)


def _drift(values: Array) -> float:
    """Mean of the last quarter minus that of the first."""
    quarter = max(1, round(QUARTER * len(values)))
    return round(float(values[-quarter:].mean() - values[:quarter].mean()), 2)


def _middle(moments: Sequence[Moment], part: str) -> Array:
    left, right = (
        np.array([one.posed.joints[f"{side}_{part}"] for one in moments]) for side in "lr"
    )
    middle: Array = 0.5 * (left + right)
    return middle


def _body_line_deg(moments: Sequence[Moment], recipe: Recipe) -> Array:  # noqa: ARG001
    """180 minus the angle shoulder-hip-ankle of both sides' middles, in space; + hips low."""
    shoulder, hip, ankle = (_middle(moments, part) for part in ("shoulder", "hip", "ankle"))
    up, down = shoulder - hip, ankle - hip
    part = ((hip - ankle) * (shoulder - ankle)).sum(1) / ((shoulder - ankle) ** 2).sum(1)
    line_m = ankle[:, 1] + part * (shoulder - ankle)[:, 1]
    sagging: Array = _bend_deg(up, down) * np.sign(line_m - hip[:, 1])
    return sagging


def _bend_deg(first: Array, second: Array) -> Array:
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    bend: Array = 180 - np.degrees(np.arccos(np.clip((first * second).sum(1) / lengths, -1, 1)))
    return bend


def _leg(moments: Sequence[Moment], recipe: Recipe) -> tuple[Array, Array, Array]:
    """Hip, knee and ankle of the side that is seen, or stands."""
    side = "r" if "right" in (recipe["view"], recipe["stance"]) else "l"
    hip, knee, ankle = (
        np.array([one.posed.joints[f"{side}_{part}"] for one in moments])
        for part in ("hip", "knee", "ankle")
    )
    return hip, knee, ankle


def _thigh_angle_deg(moments: Sequence[Moment], recipe: Recipe) -> Array:
    """Thigh against the level, + hip above knee."""
    hip, knee, _ = _leg(moments, recipe)
    thigh = hip - knee
    angle: Array = np.degrees(np.arctan2(thigh[:, 1], np.hypot(thigh[:, 0], thigh[:, 2])))
    return angle


def _knee_flexion_deg(moments: Sequence[Moment], recipe: Recipe) -> Array:
    hip, knee, ankle = _leg(moments, recipe)
    return _bend_deg(hip - knee, ankle - knee)


def _trunk_lean_deg(moments: Sequence[Moment], recipe: Recipe) -> Array:
    """Sideways, against the plumb line, + toward the working leg."""
    trunk = _middle(moments, "shoulder") - _middle(moments, "hip")
    outward = 1.0 if recipe["stance"] == "left" else -1.0
    lean: Array = np.degrees(np.arctan2(trunk[:, 0] * outward, trunk[:, 1]))
    return lean


def _sway_pct(moments: Sequence[Moment], recipe: Recipe) -> Array:
    """Sideways place of the hips, in % of leg length; all of it sways faster than 0.2 Hz."""
    hip, knee, ankle = _leg(moments, recipe)
    leg_m = np.linalg.norm(hip - knee, axis=1) + np.linalg.norm(knee - ankle, axis=1)
    sideways: Array = 100 * _middle(moments, "hip")[:, 0] / leg_m
    return sideways


SERIES = {
    "plank": {"body_line_deg": _body_line_deg},
    "side_plank": {"body_line_deg": _body_line_deg},
    "wall_sit": {"thigh_angle_deg": _thigh_angle_deg, "knee_flexion_deg": _knee_flexion_deg},
    "single_leg_stance": {"trunk_lean_deg": _trunk_lean_deg, "sway_pct": _sway_pct},
}
"""What is known of each hold, under the name of the measurement it is the truth of."""
