"""What is truly known of a rendered clip: what a perfect pose estimator would see in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.holding import hold_moment
from generator.human_mesh import HumanMesh
from generator.movements import Moment, Times, begins_low, moment, timeline
from generator.recipes import Recipe, kind_of
from generator.scene_camera import Camera, cameras
from generator.stair_walking import stair_moments

Array = NDArray[np.float64]

PARTS = ("shoulder", "hip", "knee", "ankle", "heel", "toe")
KEPT = [f"{side}_{part}" for side in "lr" for part in PARTS]
SIDE_NAMES = {"l": "left", "r": "right"}

STILL = 0.05
"""A way begins and ends where the hip is as fast as this part of its peak speed."""

TAIL_OF_STEP_UP_S = 0.12
"""A step-up has no pause at its lowest point: the truth is the mean over so long before it."""


DEPTH_PCT = 15.0
"""Drop of the hips on the way down at which the knee is given, too, in % of leg length."""


def clip_truth(name: str, recipe: Recipe, moments: Sequence[Moment]) -> dict[str, Any]:
    """Give the truth of a clip, as its file holds it; the README says what the keys mean."""
    filmed = cameras(recipe, moments)
    fps = recipe["fps"]
    seen = _Seen(recipe, filmed, moments)
    reps = [
        _scripted(recipe, rep, times) | seen.of_rep(_named(recipe, times))
        for rep, times in zip(recipe["reps"], timeline(recipe)[0], strict=True)
    ]
    return {
        "exercise": recipe["exercise"].replace("_front", ""),
        "view": recipe["view"],
        "fps": fps,
        "frames": len(moments),
        "camera": filmed[0].as_data(),
        "stature_m": recipe["stature"],
        "box_m": recipe["box"],
        "reps": reps,
        "clip": f"{name}.mp4",
        "keypoints_px": keypoints_px(filmed, moments, seen.t_s),
    }


def keypoints_px(filmed: Sequence[Camera], moments: Sequence[Moment], t_s: Array) -> dict[str, Any]:
    """Where the joints lie in the picture, frame by frame, as a truth file holds it."""
    return {
        "names": [SIDE_NAMES[joint[0]] + joint[1:] for joint in KEPT],
        "t_s": [round(time_s, 4) for time_s in t_s.tolist()],
        "xy": _rows_px(_exact_px(filmed, moments)),
    }


def _exact_px(filmed: Sequence[Camera], moments: Sequence[Moment]) -> list[list[Array]]:
    return [
        [camera.project(one.posed.joints[name]) for name in KEPT]
        for camera, one in zip(filmed, moments, strict=True)
    ]


def _rows_px(exact: Sequence[Sequence[Array]]) -> list[list[float]]:
    return [[round(float(c), 1) for xy in row for c in xy] for row in exact]


def all_moments(person: HumanMesh, recipe: Recipe) -> list[Moment]:
    """The pose in each frame of the clip."""
    kind = kind_of(recipe)
    if kind == "flights":
        return stair_moments(person, recipe)
    times, lasts_s = timeline(recipe)
    fps = recipe["fps"]
    posed_at = hold_moment if kind == "holds" else moment
    return [posed_at(person, recipe, times, k / fps) for k in range(round(lasts_s * fps))]


def _named(recipe: Recipe, times: Times) -> dict[str, float]:
    names = ("descent_start", "bottom_start", "bottom_end", "ascent_end")
    if begins_low(recipe):
        names = ("ascent_start", "top_start", "descent_start", "descent_end")
    return {name: round(time_s, 3) for name, time_s in zip(names, times, strict=True)}


def _scripted(recipe: Recipe, rep: Mapping[str, float], times: Times) -> dict[str, Any]:
    """What the recipe says of a repetition."""
    return {
        "stance": recipe["stance"],
        **_named(recipe, times),
        "descent_s": rep["down"],
        "pause_s": rep["pause"],
        "ascent_s": rep["up"],
        "peak_knee_flexion": rep["knee_flex"],
        "peak_fppa": rep["fppa"],
        "peak_trunk_lateral": rep["trunk_lateral"],
        "peak_trunk_forward": rep["trunk_forward"],
        "peak_pelvic_drop": rep["pelvis_drop"],
    }


class _Seen:
    """The joints in the picture, and what follows from them."""

    def __init__(self, recipe: Recipe, filmed: Sequence[Camera], moments: Sequence[Moment]) -> None:
        self.fps: float = recipe["fps"]
        self.t_s: Array = np.array([round(k / self.fps, 5) for k in range(len(moments))])
        self.stance: str = recipe["stance"]
        self.side = "r" if self.stance == "right" else "l"
        self.from_front = recipe["view"] in ("front", "back")
        exact = _exact_px(filmed, moments)
        xy_px = np.array(_rows_px(exact)).reshape(len(moments), len(KEPT), 2)
        self.px: dict[str, Array] = {name: xy_px[:, k] for k, name in enumerate(KEPT)}
        exact_px = np.array(exact)
        hip, knee, ankle = (
            exact_px[:, KEPT.index(f"{self.side}_{part}")] for part in ("hip", "knee", "ankle")
        )
        self.fppa_deg: Array = np.round(_fppa_deg(hip, knee, ankle, self.side), 2)
        self.over_foot_pct = [_knee_over_foot_pct(one, self.side) for one in moments]
        self.other_over_foot_pct = [
            _knee_over_foot_pct(one, "l" if self.side == "r" else "r") for one in moments
        ]
        self.hips_up_pct: Array = np.array([_hips_up_pct(one, self.side) for one in moments])

    def of_rep(self, times: Mapping[str, float]) -> dict[str, Any]:
        """Events, and the angles at the lowest point, of a repetition."""
        bottom = _bottom(times)
        low = (self.t_s >= bottom[0] - 1e-6) & (self.t_s <= bottom[1] + 1e-6)
        angles = self._front_deg(low) if self.from_front else self._side_deg(low)
        standing = int(max(0, round((times["descent_start"] - 0.1) * self.fps)))
        over_foot = float(np.mean(np.array(self.over_foot_pct)[low]))
        return {
            "speed_events": self._events(times),
            "truth_3d_at_bottom": {"knee_over_foot_pct": round(over_foot, 2)},
            "truth_3d_standing": {"knee_over_foot_pct": self.over_foot_pct[standing]},
            **self._at_depth(times),
            "image_truth_at_bottom": {
                name: round(float(value), 2) for name, value in angles.items()
            },
        }

    def _at_depth(self, times: Mapping[str, float]) -> dict[str, Any]:
        """The knee when the hips are at a depth on the way down; nothing when they never are."""
        if "top_start" in times:
            standing_s = (times["top_start"] + times["descent_start"]) / 2
            end_s = times["descent_end"]
        else:
            standing_s, end_s = times["descent_start"] - 0.1, times["bottom_start"]
        drop_pct = np.interp(standing_s, self.t_s, self.hips_up_pct) - self.hips_up_pct
        down = np.flatnonzero((self.t_s >= times["descent_start"]) & (self.t_s <= end_s))
        deep = down[drop_pct[down] >= DEPTH_PCT]
        if not len(deep):
            return {}
        ends = slice(int(deep[0]) - 1, int(deep[0]) + 1)

        def there(values: Sequence[float]) -> float:
            return round(float(np.interp(DEPTH_PCT, drop_pct[ends], values[ends])), 2)

        found = {"depth_pct": DEPTH_PCT}
        if self.stance != "both":
            return {"truth_3d_at_depth": {**found, "knee_over_foot_pct": there(self.over_foot_pct)}}
        found["knee_over_foot_left_pct"] = there(self.over_foot_pct)
        found["knee_over_foot_right_pct"] = there(self.other_over_foot_pct)
        return {"truth_3d_at_depth": found}

    def _leg(self, side: str) -> tuple[Array, Array, Array]:
        return self.px[f"{side}_hip"], self.px[f"{side}_knee"], self.px[f"{side}_ankle"]

    def _trunk_deg(self) -> Array:
        hips, shoulders = (
            (self.px[f"l_{part}"] + self.px[f"r_{part}"]) / 2 for part in ("hip", "shoulder")
        )
        return _lean_deg(hips, shoulders)

    def _front_deg(self, low: NDArray[np.bool_]) -> dict[str, float]:
        found: dict[str, float] = {}
        if self.stance == "both":
            for side, name in SIDE_NAMES.items():
                knee = _fppa_deg(*self._leg(side), side)
                found[f"knee_fppa_{name}_deg"] = float(np.mean(knee[low]))
        else:
            found["knee_fppa_deg"] = float(np.mean(self.fppa_deg[low]))
        # From the front, the picture's right is the person's left.
        outward = 1.0 if self.side == "l" else -1.0
        left, right = self.px["l_hip"], self.px["r_hip"]
        slope = np.degrees(np.arctan2(right[:, 1] - left[:, 1], left[:, 0] - right[:, 0]))
        found["trunk_lean_deg"] = float(np.mean(self._trunk_deg()[low])) * outward
        found["pelvic_drop_deg"] = float(np.mean(slope[low])) * outward
        return found

    def _side_deg(self, low: NDArray[np.bool_]) -> dict[str, float]:
        toe, heel = self.px[f"{self.side}_toe"], self.px[f"{self.side}_heel"]
        facing = float(np.sign(np.mean(toe[:, 0] - heel[:, 0])))
        hip, knee, ankle = self._leg(self.side)
        return {
            "trunk_flexion_deg": float(np.mean(self._trunk_deg()[low])) * facing,
            "knee_flexion_deg": float(np.mean(_bend_deg(hip, knee, ankle)[low])),
            "shank_angle_deg": float(np.mean(_lean_deg(ankle, knee)[low])) * facing,
        }

    def _events(self, times: Mapping[str, float]) -> dict[str, float]:
        """When the working hip begins and ends to move, down and up."""
        speed = np.gradient(self.px[f"{self.side}_hip"][:, 1], self.t_s)
        if "bottom_end" in times:
            down = times["descent_start"] - 0.05, times["bottom_end"]
            up = times["bottom_end"] - 0.02, times["ascent_end"] + 0.05
        else:
            up = times["ascent_start"] - 0.05, times["top_start"] + 0.02
            down = times["descent_start"] - 0.02, times["descent_end"] + 0.05
        found = {}
        for way, between in (("descent", down), ("ascent", up)):
            found[f"{way}_start_s"], found[f"{way}_end_s"] = _moving(self.t_s, speed, *between)
        return found


def _bottom(times: Mapping[str, float]) -> tuple[float, float]:
    if "bottom_end" in times:
        return times["bottom_start"], times["bottom_end"]
    return times["descent_end"] - TAIL_OF_STEP_UP_S, times["descent_end"]


def _moving(t_s: Array, speed: Array, begin_s: float, end_s: float) -> tuple[float, float]:
    """The first and the last moment around the peak that are faster than :data:`STILL` of it."""
    first = int(np.searchsorted(t_s, begin_s))
    last = min(int(np.searchsorted(t_s, end_s)), len(t_s) - 1)
    size = np.abs(speed[first : last + 1])
    peak = int(size.argmax())
    limit = STILL * size[peak]
    begin = end = peak
    while begin > 0 and size[begin - 1] > limit:
        begin -= 1
    while end < len(size) - 1 and size[end + 1] > limit:
        end += 1
    return round(float(t_s[first + begin]), 3), round(float(t_s[first + end]), 3)


def _lean_deg(low: Array, high: Array) -> Array:
    """Of a line in the picture against its vertical, + toward the picture's right."""
    lean: Array = np.degrees(np.arctan2(high[:, 0] - low[:, 0], low[:, 1] - high[:, 1]))
    return lean


def _bend_deg(hip: Array, knee: Array, ankle: Array) -> Array:
    thigh, shank = hip - knee, ankle - knee
    lengths = np.linalg.norm(thigh, axis=1), np.linalg.norm(shank, axis=1)
    cosine = (thigh * shank).sum(1) / lengths[0] / lengths[1]
    bend: Array = 180 - np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    return bend


def _fppa_deg(hip: Array, knee: Array, ankle: Array, side: str) -> Array:
    """Angle of a leg in the picture from the front, + knee inward of the line hip to ankle."""
    part = (knee[:, 1] - ankle[:, 1]) / (hip[:, 1] - ankle[:, 1])
    line = ankle[:, 0] + part * (hip[:, 0] - ankle[:, 0])
    inward = (knee[:, 0] - line) * (-1 if side == "l" else 1)
    fppa: Array = _bend_deg(hip, knee, ankle) * np.sign(inward)
    return fppa


def _knee_over_foot_pct(one: Moment, side: str) -> float:
    """Distance of the knee from the vertical plane along the foot, in space, + medial.

    In % of leg length.
    """
    hip, knee, ankle, heel, toe = (
        one.posed.joints[f"{side}_{part}"] for part in ("hip", "knee", "ankle", "heel", "toe")
    )
    foot = toe - heel
    across = np.array([foot[2], 0.0, -foot[0]])
    across /= np.linalg.norm(across)
    across *= np.sign(across[0]) * (-1.0 if side == "l" else 1.0)
    leg_m = np.linalg.norm(hip - knee) + np.linalg.norm(knee - ankle)
    return round(float((knee - heel) @ across / leg_m * 100), 2)


def _hips_up_pct(one: Moment, side: str) -> float:
    """Height of the hips in space, in % of leg length."""
    hip, knee, ankle = (one.posed.joints[f"{side}_{part}"] for part in ("hip", "knee", "ankle"))
    leg_m = np.linalg.norm(hip - knee) + np.linalg.norm(knee - ankle)
    middle_m = (one.posed.joints["l_hip"][1] + one.posed.joints["r_hip"][1]) / 2
    return float(middle_m / leg_m * 100)
