"""Find what makes up for the pose model's errors, on people whose movement is known.

    python benchmarks/people/fit.py FOLDER [FOLDER ...] --poses FOLDER [--write]

Each FOLDER holds clips (``NAME.mp4``) with their truth (``NAME.truth.json``), one person each. A
clip's poses are kept in the folder given with ``--poses`` and used again. For each quantity a
linear correction is fitted (ridge regression) on standing, the bottom and three depths between, and
scored on each person by a fit to all the others. Of a hold it is the mean over the hold. The table
of the errors before and after goes to
standard output. With ``--write`` the corrections go into ``formcheck/pose/``, where the profile
of the pose model reads them. People who are kept aside for checking must not be in these folders.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
from formcheck.exercises import get_exercise
from formcheck.motion import angles, measure
from formcheck.motion.camera_view import likely_roll_deg
from formcheck.motion.corrections import SmoothPoses, corrected, features, plain

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from clips.runs import kept_poses

POSE = Path(__file__).parents[2] / "formcheck" / "pose"
CORRECTIONS = POSE / "mediapipe_corrections.json"
HOLD_CORRECTIONS = POSE / "mediapipe_hold_corrections.json"

HOLD_FEATURES: Mapping[str, tuple[str, ...]] = {
    "body line of a plank": ("value",),
    "thigh angle in a wall sit": ("value",),
    "knee flexion in a wall sit": ("value",),
}
"""The same as :data:`FEATURES`, of what is held."""

FEATURES: Mapping[str, tuple[str, ...]] = {
    "frontal knee angle": ("value", "outline", "standing", "drop", "heading", "knee in leg"),
    "frontal knee angle of a squat": (
        *("value", "outline", "standing", "drop", "knee in leg", "thigh upright"),
    ),
    "knee over foot": ("value", "outline", "standing", "drop"),
    "sideways trunk lean": ("value", "standing", "heading"),
    "knees over ankles": ("value", "outline", "drop"),
    "forward trunk lean": ("value", "standing"),
    "knee flexion": ("value", "bend from lengths", "knee front", "thigh upright"),
    "forward shank lean": ("value", "standing", "bend from lengths", "knee bend"),
    **HOLD_FEATURES,
}
"""What each quantity's error goes with."""

SUMS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "thigh angle": (("knee flexion", -1.0), ("forward shank lean", 1.0)),
    "trunk and shank difference": (("forward trunk lean", 1.0), ("forward shank lean", -1.0)),
}
"""Quantities that are sums of others: only their error is found."""

KNEE_OVER_FOOT = "knee over foot"

ELSEWHERE: Mapping[str, str] = {
    "knee over foot of a squat": KNEE_OVER_FOOT,
    "knee over foot at a fixed depth": KNEE_OVER_FOOT,
}
"""Quantities that are another one, in another movement or at another moment: they are corrected as
that one, and only their error is found, there. The truth at a fixed depth holds the true moment, so
what the depth is off by counts, too; truth files that lack it (``truth_3d_at_depth``) add
nothing."""

AT_DEPTH, HELD = "at depth", "held"
"""The moment on the way down at which the hips are at the fixed depth; and all of a hold."""

REPS_OF_A_PERSON = 2.0
"""In most clips. The person's part is stated at least as large as what the scatter of so many could
hide."""

RIDGE = 1.0
"""Weight of the ridge, with features of unit variance: enough for what few people show."""

BOTTOM_COUNTS = 3.0
"""How much a number at the bottom counts against one at another time: it is the judged one."""

BETWEEN = (0.3, 0.5, 0.7)
"""The depths between standing and the bottom, as a part of the way's time."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One quantity at one moment of one repetition.

    ``stated`` is what is in its error beside the pose model's, and is stated for itself: the
    camera's tilt, and for knee over foot the foot that points aside.
    """

    person: str
    rep: int
    quantity: str
    moment: str
    true: float
    measured: float
    features: Mapping[str, float]
    stated: float

    @property
    def fitted_as(self) -> str:
        """The quantity whose correction it takes."""
        return ELSEWHERE.get(self.quantity, self.quantity)

    @property
    def as_taken(self) -> bool:
        """Whether it is the moment whose number is given."""
        return self.moment in ("bottom", AT_DEPTH, HELD)

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
    """The joints' true places in the image, and how the camera was tilted: + turns it left."""

    t_s: Array
    xy_px: Mapping[str, Array]
    roll_deg: float

    @classmethod
    def of(cls, truth: Mapping[str, Any]) -> TruePoses:
        """Read them from a truth file."""
        known = truth["keypoints_px"]
        xy = np.array(known["xy"], dtype=float).reshape(len(known["t_s"]), len(known["names"]), 2)
        joints = {name: xy[:, i] for i, name in enumerate(known["names"])}
        return cls(np.array(known["t_s"]), joints, float(truth["camera"].get("roll", 0.0)))

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
    if "hold" in truth["reps"][0]:
        yield from rows_of_holds(film, truth, kept_poses(film, poses_folder))
        return
    session, calls = looked_at(kept_poses(film, poses_folder), truth["exercise"])
    if len(session.reps) != len(truth["reps"]):
        print(f"{film.stem}: {len(session.reps)} repetitions counted", file=sys.stderr)
        return
    joints = TruePoses.of(truth)
    tilt_deg = likely_roll_deg(session.view)[1]
    for rep, true in zip(session.reps, truth["reps"], strict=True):
        times = moments(true)
        for metric, smooth, side, stretch in _of(rep, calls):
            quantity = ELSEWHERE.get(metric.corrected_as, metric.corrected_as)
            if quantity not in FEATURES:
                continue
            found = dict(features(metric, smooth, side, list(FEATURES[quantity])))
            found["measured"] = plain(metric, smooth, side)
            found["stated"] = _stated(metric, smooth.points, side, tilt_deg)
            series = joints.values(metric.corrected_as, side)
            own = times if metric.taken == "bottom" else {AT_DEPTH: sum(stretch) / 2}
            for name, time_s in own.items():
                known = _known(metric, true, name)
                if known is None and series is not None:
                    known = _at(joints.t_s, series, time_s)
                if known is None or not _inside(smooth.points, time_s):
                    continue
                at = {key: _at(smooth.points.t_s, one, time_s) for key, one in found.items()}
                measured, stated = at.pop("measured"), at.pop("stated")
                yield Row(
                    film.stem, rep.index, metric.corrected_as, name, known, measured, at, stated
                )


def rows_of_holds(
    film: Path, truth: Mapping[str, Any], poses: formcheck.PoseRecording
) -> Iterator[Row]:
    """Every quantity of a clip's holds, read without a correction; it goes with the value."""
    bare = [replace(one, profile=replace(one.profile, corrections={})) for one in poses.samples]
    session = formcheck.measure(replace(poses, samples=tuple(bare)), truth["exercise"])
    if len(session.reps) != len(truth["reps"]):
        print(f"{film.stem}: {len(session.reps)} holds found", file=sys.stderr)
        return
    quantities = {one.id: one.corrected_as for one in get_exercise(truth["exercise"]).metrics}
    for hold, true in zip(session.reps, truth["reps"], strict=True):
        for key, one in hold.measurements.items():
            if quantities[key] in HOLD_FEATURES and one.value is not None:
                value = one.value
                known = float(true["hold"][key])
                yield Row(
                    film.stem,
                    hold.index,
                    quantities[key],
                    HELD,
                    known,
                    value,
                    {"value": value},
                    0.0,
                )


def _stated(metric: Metric, points: Poses, side: Side, tilt_deg: float) -> Array:
    """What is stated of a metric's error in each frame, beside that of the pose model."""
    roll, extra = (
        np.zeros(len(points)) if effect is None else effect(points, side)
        for effect in (
            metric.roll_effect,
            # The truth of knee over foot is in space; that of an angle is in the picture.
            metric.extra_error if KNEE_OVER_FOOT in metric.corrected_as else None,
        )
    )
    return np.hypot(roll * tilt_deg, extra)


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
    if KNEE_OVER_FOOT not in metric.corrected_as or moment not in ("bottom", "standing"):
        return None
    # Of a squat the file has the left knee; the right one moves alike.
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


def part_of_person(squares: Array, stated: Array) -> float:
    """The part of the person with which errors are on average as large as they are stated.

    Parameters
    ----------
    squares
        Of each person the square of the mean error, less what the repetitions make of it.
    stated
        Of each person the square of what is stated beside the model's error.

    Returns
    -------
    The standard error whose square, with ``stated``, is as large as ``squares``: the mean ratio of
    the two is 1. 0 where what is stated beside it is enough.
    """

    def ratio(square: float) -> float:
        return float(np.mean(squares / np.maximum(square + stated, 1e-12)))

    low, high = 0.0, float(np.max(np.abs(squares))) * len(squares)
    if ratio(low) <= 1.0:
        return 0.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if ratio(middle) > 1.0 else (low, middle)
    return math.sqrt(high)


def left(rows: Sequence[Row], errors: Array) -> Left:
    """Sum up errors where taken: in all, the part of the person, and that of the repetition.

    What is stated for itself is in the errors, too; it is taken off the part of the person.
    """
    at = np.array([row.as_taken for row in rows])
    true = np.array([row.true for row in rows])[at]
    error = errors[at]
    stated = np.array([row.stated for row in rows])[at]
    people = np.array([row.person for row in rows])[at]
    own = [people == person for person in sorted(set(people.tolist()))]
    groups = [error[which] for which in own]
    within = [float(np.var(group, ddof=1)) for group in groups if len(group) > 1]
    sem_rep = math.sqrt(np.mean(within)) if within else 0.0
    squares = np.array(
        [np.mean(error[which]) ** 2 - sem_rep**2 / which.sum() for which in own], dtype=float
    )
    sem_set = part_of_person(squares, np.array([np.mean(stated[which] ** 2) for which in own]))
    spread = np.ptp(true) > 0
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


def cross_validated(rows: Sequence[Row], names: tuple[str, ...], by: Sequence[Row]) -> Array:
    """Errors of each row by a fit to the rows given of all other people."""
    errors = np.empty(len(rows))
    for person in _people(rows):
        own = np.array([row.person == person for row in rows])
        fit = fitted([row for row in by if row.person != person], names)
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


@dataclass(frozen=True)
class Found:
    """What was found of a quantity: its correction, and the rows with the errors that are left."""

    fit: Fit
    rows: Sequence[Row]
    errors: Array

    @property
    def by_where(self) -> Mapping[tuple[str, int, str], tuple[Row, float]]:
        """Each row and its error, by person, repetition and moment."""
        pairs = zip(self.rows, self.errors.tolist(), strict=True)
        return {row.where: (row, error) for row, error in pairs}


def found_of(quantity: str, rows: Sequence[Row]) -> Found | None:
    """Fit a quantity, or find its errors by the fit that it takes; ``None`` without rows."""
    own = [row for row in rows if row.quantity == quantity]
    if not own:
        return None
    fitted_as = own[0].fitted_as
    names = FEATURES[fitted_as]
    by = [row for row in rows if row.fitted_as == fitted_as and row.moment != AT_DEPTH]
    fit = fitted(by, names) if quantity in FEATURES else NOTHING
    return Found(fit, own, cross_validated(own, names, by))


def summed(quantity: str, parts: Sequence[tuple[Found | None, float]]) -> Found | None:
    """Find the errors of a sum, where all its parts are known; ``None`` where there are none."""
    found = [({} if part is None else part.by_where, weight) for part, weight in parts]
    rows, errors = [], []
    for where, (row, _) in found[0][0].items():
        if not all(where in part for part, _ in found):
            continue
        # A tilt that moves both parts alike is not in their difference.
        stated = abs(sum(weight * part[where][0].stated for part, weight in found))
        rows.append(replace(row, quantity=quantity, stated=stated))
        errors.append(sum(weight * part[where][1] for part, weight in found))
    return Found(NOTHING, rows, np.array(errors)) if rows else None


def write(found: Mapping[str, Found]) -> None:
    """Write the corrections to where the profile of the pose model reads them."""
    held = {name: one for name, one in found.items() if name in HOLD_FEATURES}
    _write(HOLD_CORRECTIONS, held)
    _write(CORRECTIONS, {name: one for name, one in found.items() if name not in held})


def _write(path: Path, found: Mapping[str, Found]) -> None:
    if not found:
        return
    people = len({row.person for one in found.values() for row in one.rows})
    quantities = {name: as_json(one.fit, left(one.rows, one.errors)) for name, one in found.items()}
    # Of those whose truth is not in these files, the last known error stays.
    last = json.loads(path.read_text(encoding="utf-8"))["quantities"]
    quantities = {name: last[name] for name in ELSEWHERE if name in last} | quantities
    made = {"made_from": f"{people} people, benchmarks/people/fit.py", "quantities": quantities}
    path.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Fit the corrections of the pose model.")
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--poses", type=Path, required=True, help="where poses are kept")
    parser.add_argument("--write", action="store_true", help="into formcheck/pose/")
    args = parser.parse_args()
    films = sorted(film for folder in args.folders for film in folder.glob("*.mp4"))
    films = [film for film in films if film.with_suffix(".truth.json").exists()]
    rows = [row for film in films for row in rows_of(film, args.poses)]
    people = len({row.person for row in rows})
    every = {quantity: found_of(quantity, rows) for quantity in (*FEATURES, *ELSEWHERE)}
    every |= {
        quantity: summed(quantity, [(every[part], weight) for part, weight in parts])
        for quantity, parts in SUMS.items()
    }
    found = {quantity: one for quantity, one in every.items() if one is not None}
    print(f"{len(films)} films, {people} people\n")
    print(
        "| quantity | people | n | correction | bias | mean abs. error | slope | person "
        "| repetition |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for quantity, one in found.items():
        if quantity not in SUMS:
            plainly = np.array([row.measured - row.true for row in one.rows])
            print(as_line(quantity, "as given", left(one.rows, plainly)))
        print(as_line(quantity, "corrected", left(one.rows, one.errors)))
    if args.write:
        write(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
