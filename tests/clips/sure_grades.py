"""Were the grades right? Each grade beside the one that the truth would get.

The truth of a judged number is taken from the clip's true keypoints by the plain definition, over
the stretch over which it is judged: at the bottom, against standing, or the largest of the
repetition. What stands against the vertical stands against gravity. The limits are those that were
judged by.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from clips.definitions import definition_of
from clips.scoring import pairs
from clips.truth import (
    Truth,
    bottom_of,
    facing_sign,
    person_of,
    roll_effects,
    true_numbers,
    working_side,
)
from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.poses import Poses
from formcheck.data.session import Grade, MeasureSpec, Rep, Session, Sureness
from formcheck.motion.verdicts import GRADES, band_of

STANDING_S = 1.0
"""Standing is at most so long before a repetition, and never reaches into the one before."""

LEAST_STANDING_S = 0.2
TOP_HALF_WIDTH_S = 0.1
"""The top of a step-up that has no pause there."""


@dataclass(frozen=True)
class GradeCheck:
    """A grade of one repetition beside the true one.

    ``what`` is the id of a measurement, or ``form`` or ``tempo`` of the whole repetition.
    """

    clip: str
    person: str
    rep: int
    what: str
    sure: Sureness
    grade: Grade
    true_grade: Grade

    @property
    def right(self) -> bool:
        """Whether the grade is the true one."""
        return self.grade == self.true_grade


def grade_checks(clip: str, truth: Truth, session: Session) -> Iterator[GradeCheck]:
    """Every grade of a session whose truth is known.

    The verdict on a repetition is checked where the truth of all that it is made of is known.
    """
    person = person_of(truth.data)
    poses = true_poses(truth)
    for true, rep in pairs(truth.data["reps"], session.reps):
        grades: dict[str, Grade] = {}
        for spec in session.exercise.specs:
            value = true_judged(poses, truth.data, true, spec)
            if spec.limits is not None and value is not None:
                grades[spec.id] = band_of(value, spec.limits)
        for what, grade in grades.items():
            one = rep.measurements.get(what)
            if one is not None and one.grade is not None and one.sure is not None:
                yield GradeCheck(clip, person, rep.index, what, one.sure, one.grade, grade)
        for what, verdict in (("form", rep.form), ("tempo", rep.tempo)):
            known = _true_verdict(what, session.exercise.specs, rep, grades)
            if verdict.grade is not None and verdict.sure is not None and known is not None:
                yield GradeCheck(clip, person, rep.index, what, verdict.sure, verdict.grade, known)


def _true_verdict(
    what: str, specs: Sequence[MeasureSpec], rep: Rep, grades: dict[str, Grade]
) -> Grade | None:
    """The worst true grade of what was graded; ``None`` when one of them is not known."""
    timed = what == "tempo"
    graded = [
        spec.id
        for spec in specs
        if (spec.role == "tempo") == timed
        and spec.limits is not None
        and (one := rep.measurements.get(spec.id)) is not None
        and one.grade is not None
    ]
    if not graded or any(name not in grades for name in graded):
        return None
    return max((grades[name] for name in graded), key=GRADES.index)


def true_judged(
    poses: Poses, truth: dict[str, Any], rep: dict[str, Any], spec: MeasureSpec
) -> float | None:
    """The true value of the number that is judged; ``None`` when it is not known."""
    numbers = true_numbers(truth, rep)
    if spec.role == "tempo":
        return numbers.get(f"duration {spec.id}")
    if spec.id in numbers and spec.judged == "at_bottom":
        return numbers[spec.id]
    if spec.id.startswith("knee_over_foot"):
        return None  # in space, and known at the bottom only
    known = definition_of(spec.id, working_side(rep))
    if known is None or not _from_here(spec, truth):
        return None
    definition, side = known
    roll_deg = roll_effects(truth, rep).get(spec.id, 0.0)
    values = definition(poses, side, facing_sign(truth)) + roll_deg
    if spec.judged == "largest":
        times = rep["speed_events"].values()
        return _furthest(_within(poses.t_s, values, min(times), max(times)), spec.neutral)
    at_bottom = _mean(_within(poses.t_s, values, *bottom_of(rep)))
    if spec.judged == "at_bottom":
        return at_bottom
    standing = standing_of(truth, rep)
    if standing is None or at_bottom is None:
        return None
    before = _mean(_within(poses.t_s, values, *standing))
    return None if before is None else at_bottom - before


def _from_here(spec: MeasureSpec, truth: dict[str, Any]) -> bool:
    return (
        not spec.views
        or truth["view"] in spec.views
        or (truth["view"] in ("left", "right") and "side" in spec.views)
    )


def standing_of(truth: dict[str, Any], rep: dict[str, Any]) -> tuple[float, float] | None:
    """Begin and end of the standing before a repetition; ``None`` when it is too short."""
    events = rep["speed_events"]
    if "top_start" in rep:
        top = (events["ascent_end_s"], events["descent_start_s"])
        if top[1] - top[0] >= TOP_HALF_WIDTH_S:
            return top
        middle = (top[0] + top[1]) / 2
        return middle - TOP_HALF_WIDTH_S, middle + TOP_HALF_WIDTH_S
    ends_s = events["descent_start_s"]
    before = [
        max(other["speed_events"].values())
        for other in truth["reps"]
        if max(other["speed_events"].values()) <= ends_s
    ]
    starts_s = max([ends_s - STANDING_S, 0.0, *before])
    return (starts_s, ends_s) if ends_s - starts_s >= LEAST_STANDING_S else None


def true_poses(truth: Truth) -> Poses:
    """The true keypoints as poses; the joints that the truth lacks are NaN."""
    points = np.full((len(truth.t_s), len(Keypoint), 2), np.nan)
    for name in truth.names:
        points[:, Keypoint[name.upper()]] = truth.path_px(name)
    width, height = truth.data["camera"]["size"]
    return Poses.from_samples(
        [
            PoseSample(
                t_s=float(t_s),
                keypoints_px=frame,
                confidence=np.isfinite(frame).all(axis=1).astype(float),
                world_m=np.full((len(Keypoint), 3), np.nan),
                frame_size_px=(width, height),
            )
            for t_s, frame in zip(truth.t_s, points, strict=True)
        ]
    )


def _within(t_s: FloatArray, values: FloatArray, start_s: float, end_s: float) -> FloatArray:
    inside = (t_s >= start_s - 1e-6) & (t_s <= end_s + 1e-6)
    return np.asarray(values[inside & np.isfinite(values)])


def _mean(values: FloatArray) -> float | None:
    return float(values.mean()) if len(values) else None


def _furthest(values: FloatArray, neutral: float) -> float | None:
    if not len(values):
        return None
    furthest = float(values[int(np.argmax(np.abs(values - neutral)))])
    return furthest if math.isfinite(furthest) else None
