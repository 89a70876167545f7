"""Find what makes up for the pose model's errors, on people whose movement is known.

    python benchmarks/people/fit.py FOLDER [FOLDER ...] --poses FOLDER [--write]

Each FOLDER holds clips (``NAME.mp4``) with their truth (``NAME.truth.json``), one person each. A
clip's poses are kept in the folder given with ``--poses`` and used again. For each quantity a
linear correction is fitted (ridge regression) on standing, the bottom and three depths between, and
scored on each person by a fit to all the others. The table of the errors before and after goes to
standard output. With ``--write`` the corrections go into ``formcheck/pose/``, where the profile
of the pose model reads them. People who are kept aside for checking must not be in these folders.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as t_distribution

import formcheck
from formcheck.data.exercise import Metric
from formcheck.data.keypoints import SIDES, Side
from formcheck.data.poses import Poses
from formcheck.data.session import Rep, Session
from formcheck.motion import angles, measure
from formcheck.motion.camera_view import likely_roll_deg
from formcheck.motion.corrections import SmoothPoses, corrected, features, plain

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from clips.runs import kept_poses

CORRECTIONS = Path(__file__).parents[2] / "formcheck" / "pose" / "mediapipe_corrections.json"

FEATURES: Mapping[str, tuple[str, ...]] = {
    "frontal knee angle": ("value", "outline", "standing", "drop", "heading"),
    "frontal knee angle of a squat": ("value", "outline", "standing", "drop"),
    "knee over foot": ("value", "outline", "standing", "drop"),
    "sideways trunk lean": ("value", "standing", "heading"),
    "knees over ankles": ("value", "outline", "drop"),
    "forward trunk lean": ("value", "standing"),
    "knee flexion": ("value", "bend from lengths"),
    "forward shank lean": ("value", "standing", "bend from lengths", "knee bend"),
}
"""What each quantity's error goes with."""

SUMS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "thigh angle": (("knee flexion", -1.0), ("forward shank lean", 1.0)),
    "trunk and shank difference": (("forward trunk lean", 1.0), ("forward shank lean", -1.0)),
}
"""Quantities that are sums of others: only their error is found."""

ELSEWHERE: Mapping[str, str] = {"knee over foot at a fixed depth": "knee over foot"}
"""Quantities that are another one, taken at another moment: they are corrected as that one, and
only their error is found, there. Its truth holds the true moment, so what the depth is off by
counts, too. Truth files that lack it (``truth_3d_at_depth``) add nothing."""

AT_DEPTH = "at depth"
"""The moment on the way down at which the hips are at the fixed depth."""

REPS_OF_A_PERSON = 2.0
"""In most clips. The person's part is stated at least as large as what the scatter of so many could
hide."""

RIDGE = 1.0
"""Weight of the ridge, with features of unit variance: enough for what few people show."""

BOTTOM_COUNTS = 3.0
"""How much a number at the bottom counts against one at another time: it is the judged one."""

GROSS_DEG = 20.0
"""An angle that is off by more is no matter of where the model puts a joint: it took one leg for
the other. Such rows are left out of the fit and of the errors, and counted."""

BETWEEN = (0.3, 0.5, 0.7)
"""The depths between standing and the bottom, as a part of the way's time."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One quantity at one moment of one repetition."""

    person: str
    rep: int
    quantity: str
    moment: str
    true: float
    measured: float
    features: Mapping[str, float]

    @property
    def as_taken(self) -> bool:
        """Whether it is the moment whose number is given."""
        return self.moment in ("bottom", AT_DEPTH)

    @property
    def where(self) -> tuple[str, int, str]:
        """Person, repetition and moment."""
        return self.person, self.rep, self.moment


Looked = tuple[Metric, SmoothPoses, Side, tuple[float, float]]


def looked_at(poses: formcheck.PoseRecording, exercise: str) -> tuple[Session, list[Looked]]:
    """Measure, and give what each metric was computed and taken from, call after call."""
    calls: list[Looked] = []
    real, stretch = measure.taken_over, (math.nan, math.nan)

    def noted_stretch(*args: Any) -> tuple[float, float] | str:
        nonlocal stretch
        found = real(*args)
        stretch = (math.nan, math.nan) if isinstance(found, str) else found
        return found

    def noted(metric: Metric, smooth: SmoothPoses, side: Side) -> Array:
        calls.append((metric, smooth, side, stretch))
        return corrected(metric, smooth, side)

    with (
        mock.patch.object(measure, "taken_over", noted_stretch),
        mock.patch.object(measure, "corrected", noted),
    ):
        session = formcheck.measure(poses, exercise)
    return session, calls


@dataclass(frozen=True)
class TruePoses:
    """The joints' true places in the image, and how the camera was tilted."""

    t_s: Array
    xy_px: Mapping[str, Array]
    roll_deg: float

    @classmethod
    def of(cls, truth: Mapping[str, Any], roll_deg: float) -> TruePoses:
        """Read them from a truth file, seen by a camera of that tilt."""
        known = truth["keypoints_px"]
        xy = np.array(known["xy"], dtype=float).reshape(len(known["t_s"]), len(known["names"]), 2)
        joints = {name: xy[:, i] for i, name in enumerate(known["names"])}
        return cls(np.array(known["t_s"]), joints, roll_deg)

    def joint(self, side: Side, joint: str) -> Array:
        """One joint over time, shape (N, 2)."""
        return self.xy_px[f"{side}_{joint}"]

    def middle(self, joint: str) -> Array:
        """The middle between the left and the right one."""
        return (self.joint("left", joint) + self.joint("right", joint)) / 2

    def values(self, quantity: str, side: Side) -> Array | None:
        """The quantity over time by its definition; ``None`` when the image does not give it."""
        hip, knee, ankle = (self.joint(side, joint) for joint in ("hip", "knee", "ankle"))
        lean = angles.lean_from_vertical_deg
        toes_right = self.joint(side, "toe")[:, 0] - self.joint(side, "heel")[:, 0]
        facing = float(np.sign(np.mean(toes_right)))
        trunk = lean(self.middle("hip"), self.middle("shoulder")) + self.roll_deg
        shank = facing * (lean(ankle, knee) + self.roll_deg)
        bend = angles.joint_angle_deg(hip, knee, ankle)
        quantity = quantity.removesuffix(" of a squat")
        if quantity == "knees over ankles":
            both = [self.joint(one, joint) for joint in ("knee", "ankle") for one in SIDES]
            return angles.separation_ratio(*both)
        known = {
            "frontal knee angle": lambda: angles.frontal_plane_projection_angle_deg(
                hip, knee, ankle, side
            ),
            "sideways trunk lean": lambda: -angles.medial_sign(side) * trunk,
            "forward trunk lean": lambda: facing * trunk,
            "knee flexion": lambda: bend,
            "forward shank lean": lambda: shank,
            "thigh angle": lambda: 90.0 - bend + shank,
            "trunk and shank difference": lambda: facing * trunk - shank,
        }
        return np.asarray(known[quantity]()) if quantity in known else None


def moments(true: Mapping[str, Any]) -> dict[str, float]:
    """When to compare: standing, the bottom, and between, in seconds."""
    events = true["speed_events"]
    down_s, up_s = (
        [
            events[f"{way}_start_s"] + part * (events[f"{way}_end_s"] - events[f"{way}_start_s"])
            for part in BETWEEN
        ]
        for way in ("descent", "ascent")
    )
    if "top_start" in true:
        standing_s = (events["ascent_end_s"] + events["descent_start_s"]) / 2
        bottom_s = true["descent_end"] - 0.06
    else:
        standing_s = events["descent_start_s"] - 0.1
        bottom_s = (true["bottom_start"] + true["bottom_end"]) / 2
    between = {f"{i}": time_s for i, time_s in enumerate([*down_s, up_s[0], up_s[-1]])}
    return {"standing": standing_s, "bottom": bottom_s} | between


def rows_of(film: Path, poses_folder: Path) -> Iterator[Row]:
    """Every quantity of a clip at its moments, with its truth and what the error may go with."""
    truth = json.loads(film.with_suffix(".truth.json").read_text(encoding="utf-8"))
    session, calls = looked_at(kept_poses(film, poses_folder), truth["exercise"])
    if len(session.reps) != len(truth["reps"]):
        print(f"{film.stem}: {len(session.reps)} repetitions counted", file=sys.stderr)
        return
    # The tilt as it was measured, not as it was: its own error is added where it is measured.
    joints = TruePoses.of(truth, -likely_roll_deg(session.view)[0])
    for rep, true in zip(session.reps, truth["reps"], strict=True):
        times = moments(true)
        for metric, smooth, side, stretch in _of(rep, calls):
            quantity = ELSEWHERE.get(metric.corrected_as, metric.corrected_as)
            if quantity not in FEATURES:
                continue
            found = dict(features(metric, smooth, side, list(FEATURES[quantity])))
            found["measured"] = plain(metric, smooth, side)
            series = joints.values(metric.corrected_as, side)
            own = times if metric.taken == "bottom" else {AT_DEPTH: sum(stretch) / 2}
            for name, time_s in own.items():
                known = _known(metric, true, name)
                if known is None and series is not None:
                    known = _at(joints.t_s, series, time_s)
                if known is None or not _inside(smooth.points, time_s):
                    continue
                at = {key: _at(smooth.points.t_s, one, time_s) for key, one in found.items()}
                measured = at.pop("measured")
                yield Row(film.stem, rep.index, metric.corrected_as, name, known, measured, at)


def _of(rep: Rep, calls: Iterable[Looked]) -> list[Looked]:
    """The calls that measured a repetition; the last one of each metric and leg."""
    own = {
        (metric.id, side): (metric, smooth, side, stretch)
        for metric, smooth, side, stretch in calls
        if smooth.points.t_s[0] <= rep.lowest_s <= smooth.points.t_s[-1]
        and abs(float(smooth.points.t_s[-1]) - rep.end_s) < 2.0
    }
    return list(own.values())


def _known(metric: Metric, true: Mapping[str, Any], moment: str) -> float | None:
    """What the truth file says of knee over foot, which only space shows."""
    if moment == AT_DEPTH:
        known = true.get("truth_3d_at_depth", {})
        own = f"knee_over_foot_{metric.side}_pct" if metric.side else "knee_over_foot_pct"
        return float(known[own]) if own in known else None
    if metric.corrected_as != "knee over foot" or moment not in ("bottom", "standing"):
        return None
    if metric.side == "right":
        return None  # of a squat the file has the left knee alone
    where = "truth_3d_at_bottom" if moment == "bottom" else "truth_3d_standing"
    return float(true[where]["knee_over_foot_pct"])


def _inside(window: Poses, time_s: float) -> bool:
    return bool(window.t_s[0] - 0.05 <= time_s <= window.t_s[-1] + 0.05)


def _at(t_s: Array, values: Array, time_s: float) -> float:
    known = np.isfinite(values)
    return float(np.interp(time_s, t_s[known], values[known])) if known.any() else math.nan


@dataclass(frozen=True)
class Fit:
    """A correction: ``constant + weights @ (clipped features - centres)``."""

    names: tuple[str, ...]
    constant: float
    weights: Array
    centres: Array
    low: Array
    high: Array

    def added(self, features: Array) -> Array:
        """What to add for rows of features, shape (N, F)."""
        inside = np.clip(features, self.low, self.high) - self.centres
        return np.asarray(self.constant + np.nan_to_num(inside) @ self.weights)


NOTHING = Fit((), 0.0, *(np.empty(0) for _ in range(4)))
"""The correction of a quantity of which only the error is found."""


def fitted(rows: Sequence[Row], names: tuple[str, ...]) -> Fit:
    """Fit what must be added, by ridge regression; people count alike."""
    table = np.array([[row.features[name] for name in names] for row in rows]).reshape(
        len(rows), len(names)
    )
    missing = np.array([row.true - row.measured for row in rows])
    of_person = {person: sum(row.person == person for row in rows) for person in _people(rows)}
    weight = np.array(
        [(BOTTOM_COUNTS if row.as_taken else 1.0) / of_person[row.person] for row in rows]
    )
    weight *= len(weight) / weight.sum()
    low, high = (np.nanpercentile(table, part, axis=0) for part in (1, 99))
    inside = np.clip(table, low, high)
    centres = np.nanmean(inside, axis=0)
    scale = np.nanstd(inside, axis=0) + 1e-9
    z = np.nan_to_num((inside - centres) / scale)
    design = np.column_stack([np.ones(len(z)), z])
    ridge = RIDGE * np.eye(design.shape[1])
    ridge[0, 0] = 0.0
    weighted = design * weight[:, None]
    found = np.linalg.solve(weighted.T @ design + ridge, weighted.T @ missing)
    return Fit(names, float(found[0]), found[1:] / scale, centres, low, high)


def _people(rows: Iterable[Row]) -> list[str]:
    return sorted({row.person for row in rows})


@dataclass(frozen=True)
class Left:
    """What is left of the errors where the number is taken, on people who were not in the fit."""

    n: int
    people: int
    bias: float
    mean_absolute: float
    slope: float
    sem_set: float
    sem_rep: float


def few_people(count: int) -> float:
    """By how much errors found on so many people grow for the next one.

    What few people leave open of the mean and of the spread (Student's t for 95 %).
    """
    return float(t_distribution.ppf(0.975, count - 1) / 1.96 * math.sqrt(1.0 + 1.0 / count))


def left(rows: Sequence[Row], errors: Array) -> Left:
    """Sum up errors where taken: in all, the part of the person, and that of the repetition."""
    at = np.array([row.as_taken for row in rows])
    true = np.array([row.true for row in rows])[at]
    error = errors[at]
    people = [row.person for row in rows if row.as_taken]
    groups = [error[[one == person for one in people]] for person in sorted(set(people))]
    within = [float(np.var(group, ddof=1)) for group in groups if len(group) > 1]
    sem_rep = math.sqrt(np.mean(within)) if within else 0.0
    means = np.mean([np.mean(group) ** 2 - sem_rep**2 / len(group) for group in groups])
    spread = np.ptp(true) > 0
    sem_set = math.sqrt(max(0.0, float(means)))
    few = few_people(len(groups))
    return Left(
        n=len(error),
        people=len(groups),
        bias=float(error.mean()),
        mean_absolute=float(np.abs(error).mean()),
        slope=float(np.polyfit(true, error + true, 1)[0]) if spread else math.nan,
        sem_set=few * max(sem_set, sem_rep / math.sqrt(REPS_OF_A_PERSON)),
        sem_rep=few * sem_rep,
    )


def cross_validated(
    rows: Sequence[Row], names: tuple[str, ...], by: Sequence[Row] | None = None
) -> Array:
    """Errors of each row by a fit to all other people, to their rows or to those given."""
    errors = np.empty(len(rows))
    for person in _people(rows):
        own = np.array([row.person == person for row in rows])
        fit = fitted([row for row in (by or rows) if row.person != person], names)
        table = np.array(
            [[row.features[n] for n in names] for row in rows if row.person == person]
        ).reshape(int(own.sum()), len(names))
        plainly = np.array([row.measured - row.true for row in rows if row.person == person])
        errors[own] = plainly + (fit.added(table) if names else 0.0)
    return errors


def as_json(fit: Fit, errors: Left) -> dict[str, Any]:
    """The form in which the profile reads it; five digits are more than enough."""
    terms = [
        {
            "feature": name,
            "weight": round(float(fit.weights[i]), 5),
            "centre": round(float(fit.centres[i]), 4),
            "low": round(float(fit.low[i]), 4),
            "high": round(float(fit.high[i]), 4),
        }
        for i, name in enumerate(fit.names)
    ]
    return {
        "constant": round(fit.constant, 4) if fit.names else 0.0,
        "terms": terms,
        "sem_set": round(errors.sem_set, 3),
        "sem_rep": round(errors.sem_rep, 3),
    }


def as_line(quantity: str, title: str, one: Left) -> str:
    """One line of the table."""
    return (
        f"| {quantity} | {one.people} | {one.n} | {title} | {one.bias:+.2f} "
        f"| {one.mean_absolute:.2f} | {one.slope:.2f} | {one.sem_set:.2f} | {one.sem_rep:.2f} |"
    )


def _in_all(
    row: Row,
    parts: Iterable[tuple[str, float]],
    by_moment: Mapping[str, Mapping[tuple[str, int, str], float]],
) -> bool:
    return all(row.where in by_moment.get(part, {}) for part, _ in parts)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Fit the corrections of the pose model.")
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--poses", type=Path, required=True, help="where poses are kept")
    parser.add_argument("--write", action="store_true", help="into formcheck/pose/")
    args = parser.parse_args()
    films = sorted(film for folder in args.folders for film in folder.glob("*.mp4"))
    films = [film for film in films if film.with_suffix(".truth.json").exists()]
    every = [row for film in films for row in rows_of(film, args.poses)]
    rows = [row for row in every if abs(row.measured - row.true) < GROSS_DEG]
    gross = sum(row.as_taken for row in every) - sum(row.as_taken for row in rows)
    print(f"{len(films)} people; {gross} numbers where taken off by more than {GROSS_DEG:.0f}\n")
    quantities: dict[str, dict[str, Any]] = {}
    by_moment: dict[str, dict[tuple[str, int, str], float]] = {}
    print("| quantity | people | n | | bias | mean abs. error | slope | person | repetition |")
    print("|---|---|---|---|---|---|---|---|---|")
    for quantity, names in FEATURES.items():
        own = [row for row in rows if row.quantity == quantity]
        if not own:
            continue
        plainly = np.array([row.measured - row.true for row in own])
        errors = cross_validated(own, names)
        print(as_line(quantity, "as given", left(own, plainly)))
        print(as_line(quantity, "corrected", left(own, errors)))
        quantities[quantity] = as_json(fitted(own, names), left(own, errors))
        by_moment[quantity] = {
            row.where: error for row, error in zip(own, errors.tolist(), strict=True)
        }
    for quantity, parts in SUMS.items():
        first = [
            row for row in rows if row.quantity == parts[0][0] and _in_all(row, parts, by_moment)
        ]
        if not first:
            continue
        summed = np.array(
            [sum(weight * by_moment[part][row.where] for part, weight in parts) for row in first]
        )
        print(as_line(quantity, "corrected", left(first, summed)))
        quantities[quantity] = as_json(NOTHING, left(first, summed))
    for quantity, other in ELSEWHERE.items():
        own = [row for row in rows if row.quantity == quantity]
        if not own:
            continue
        plainly = np.array([row.measured - row.true for row in own])
        by = [row for row in rows if row.quantity == other]
        errors = cross_validated(own, FEATURES[other], by)
        print(as_line(quantity, "as given", left(own, plainly)))
        print(as_line(quantity, "corrected", left(own, errors)))
        quantities[quantity] = as_json(NOTHING, left(own, errors))
    if args.write:
        people = len({row.person for row in rows})
        # Of those whose truth is not in these files, the last known error stays.
        last = json.loads(CORRECTIONS.read_text(encoding="utf-8"))["quantities"]
        quantities = {name: last[name] for name in ELSEWHERE if name in last} | quantities
        made = {"made_from": f"{people} people, benchmarks/people/fit.py", "quantities": quantities}
        CORRECTIONS.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
