"""Score what formcheck measured against the truth of a clip."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from clips.truth import true_yaw_deg
from formcheck import analyze
from formcheck.data.errors import UsageError
from formcheck.data.session import Rep, Session
from formcheck.motion.camera_view import view_kind

EVENT_NAMES = {
    # step-downs and squats: ours -> truth's
    "descent_start_s": "descent_start_s",
    "bottom_start_s": "descent_end_s",
    "bottom_end_s": "ascent_start_s",
    "ascent_end_s": "ascent_end_s",
}
STEP_UP_EVENT_NAMES = {
    "ascent_start_s": "ascent_start_s",
    "top_start_s": "ascent_end_s",
    "descent_start_s": "descent_start_s",
    "descent_end_s": "descent_end_s",
}


@dataclass(frozen=True)
class Error:
    """One measured number beside its truth; ``sem`` is the standard error that was stated."""

    clip: str
    rep: int
    quantity: str
    true: float
    measured: float
    sem: float

    @property
    def error(self) -> float:
        """Measured minus true."""
        return self.measured - self.true


@dataclass(frozen=True)
class Score:
    """Errors of one quantity over all clips."""

    quantity: str
    n: int
    bias: float
    mean_absolute: float
    slope: float
    worst: float
    worst_in: str
    within_one_sem_pct: float
    within_two_sem_pct: float


@dataclass(frozen=True)
class ClipResult:
    """What is counted and recognised rather than measured."""

    clip: str
    recognised: bool
    reps: int
    true_reps: int
    stances: str
    true_stances: str
    view: str
    true_view: str
    yaw_deg: float
    true_yaw_deg: float
    refused_frontal: bool

    @property
    def right(self) -> bool:
        """Whether count, sides and view are all right."""
        return (self.stances, self.view) == (self.true_stances, self.true_view)


def clip_result(clip: str, truth: dict[str, Any], session: Session, recognised: bool) -> ClipResult:
    """Compare what was counted and recognised."""
    yaw = true_yaw_deg(truth)
    frontal = [
        one.at_bottom
        for rep in session.reps
        for name, one in rep.measurements.items()
        if name.startswith(("knee_fppa", "trunk_lean", "knee_over_foot", "kasr"))
    ]
    return ClipResult(
        clip=clip,
        recognised=recognised,
        reps=len(session.reps),
        true_reps=len(truth["reps"]),
        stances=" ".join(rep.stance_side for rep in session.reps),
        true_stances=" ".join(rep["stance"] for rep in truth["reps"]),
        view=session.view.kind,
        true_view=view_kind(yaw),
        yaw_deg=math.nan if session.view.yaw_deg is None else session.view.yaw_deg,
        true_yaw_deg=yaw,
        refused_frontal=all(value is None for value in frontal),
    )


def errors(clip: str, truth: dict[str, Any], reps: Sequence[Rep]) -> Iterator[Error]:
    """Every number that has a truth; repetitions are paired in order when their count is right."""
    if len(reps) != len(truth["reps"]):
        return
    for rep, true in zip(reps, truth["reps"], strict=True):
        for name, value in true["image_truth_at_bottom"].items():
            yield from _value_error(clip, rep, name, value)
        over_foot = true["truth_3d_at_bottom"]["knee_over_foot_pct"]
        yield from _value_error(clip, rep, "knee_over_foot_pct", over_foot)
        yield from _time_errors(clip, rep, true)


def _value_error(clip: str, rep: Rep, name: str, true: float) -> Iterator[Error]:
    one = rep.measurements.get(name)
    if one is not None and one.at_bottom is not None and one.sem is not None:
        yield Error(clip, rep.index, name, true, one.at_bottom, one.sem)


def _time_errors(clip: str, rep: Rep, true: dict[str, Any]) -> Iterator[Error]:
    events = true["speed_events"]
    names = STEP_UP_EVENT_NAMES if "top_start_s" in rep.events else EVENT_NAMES
    for ours, theirs in names.items():
        time_s = rep.events[ours]
        if time_s is not None:
            yield Error(clip, rep.index, f"event {theirs}", events[theirs], time_s, math.nan)
    for phase in ("descent", "ascent"):
        timed = rep.measurements[f"{phase}_s"]
        if timed.value is not None and timed.sem is not None:
            true_s = events[f"{phase}_end_s"] - events[f"{phase}_start_s"]
            yield Error(clip, rep.index, f"duration {phase}_s", true_s, timed.value, timed.sem)


def score(quantity: str, found: Sequence[Error]) -> Score:
    """Sum up the errors of one quantity."""
    error = np.array([one.error for one in found])
    true = np.array([one.true for one in found])
    measured = np.array([one.measured for one in found])
    sem = np.array([one.sem for one in found])
    worst = found[int(np.argmax(np.abs(error)))]
    spread = np.ptp(true) > 1e-9 and len(found) > 2
    return Score(
        quantity=quantity,
        n=len(found),
        bias=float(error.mean()),
        mean_absolute=float(np.abs(error).mean()),
        slope=float(np.polyfit(true, measured, 1)[0]) if spread else math.nan,
        worst=worst.error,
        worst_in=f"{worst.clip}, repetition {worst.rep}",
        within_one_sem_pct=_within(error, sem, 1.0),
        within_two_sem_pct=_within(error, sem, 2.0),
    )


def _within(error: Any, sem: Any, times: float) -> float:
    if np.isnan(sem).any():
        return math.nan
    return float(np.mean(np.abs(error) <= times * sem) * 100.0)


def scores(found: Iterable[Error]) -> list[Score]:
    """Scores of every quantity, in the order in which they came up; both squat knees together."""
    by_quantity: dict[str, list[Error]] = {}
    for one in found:
        name = one.quantity
        if name in ("knee_fppa_left_deg", "knee_fppa_right_deg"):
            name = "knee_fppa_deg"
        by_quantity.setdefault(name, []).append(one)
    return [score(name, group) for name, group in by_quantity.items()]


def analyzed(film: Path, exercise: str, *, mirrored: bool = False) -> tuple[Session, bool]:
    """Give the session, and whether the exercise was recognised; when not, it is named."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "results"
        try:
            session = analyze(film, exercise=None, out=out, video_out=False, mirrored=mirrored)
        except UsageError:
            session = None
        if session is not None and session.exercise.id == exercise:
            return session, True
        named = analyze(film, exercise=exercise, out=out, video_out=False, mirrored=mirrored)
        return named, False
