"""An exercise and sessions, made by hand, for the tests of the reports."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from formcheck.data._before import INF, Bands, Exercise, MetricSpec, TempoBands
from formcheck.data.results import (
    Fault,
    Grade,
    Metric,
    Phase,
    Rep,
    SessionResult,
    Stance,
    Summary,
    View,
)

from formcheck.data.arrays import FloatArray
from formcheck.data.frame import SourceInfo
from formcheck.data.keypoints import Side
from formcheck.data.poses import Poses
from formcheck.pose.estimator import ModelInfo


def _no_series(window: Poses, side: Side) -> FloatArray:  # noqa: ARG001
    return np.zeros(len(window))


def _spec(name: str, title: str, unit: str, **more: Any) -> MetricSpec:
    return MetricSpec(
        name=name,
        title=title,
        unit=unit,
        about=title,
        needs=("hip", "knee", "ankle"),
        series=_no_series,
        **{"views": ("front",), **more},
    )


METRICS = (
    _spec(
        "knee_fppa_deg",
        "Knee valgus (2D)",
        "deg",
        judged="change",
        bands=Bands((-5, 8), (-5, 13), "ours, from Herrington 2014 and Munro 2012"),
        cue_high="Push the knee out over the little toe",
        priority=1,
    ),
    _spec(
        "trunk_lean_deg",
        "Trunk lean",
        "deg",
        judged="max",
        bands=Bands((-6, 6), (-10, 10), "vendor bands for lateral lean"),
        cue_high="Stay tall",
        priority=2,
    ),
    _spec(
        "knee_over_foot_pct",
        "Knee over foot",
        "% of leg length",
        bands=Bands((-INF, 4), (-INF, 8), "ours"),
        cue_high="Keep the knee over the foot",
        priority=3,
    ),
    _spec("pelvic_drop_deg", "Pelvic drop", "deg"),
    _spec("depth_pct", "Depth", "% of leg length", views=("front", "side", "oblique")),
    _spec("trunk_flexion_deg", "Trunk flexion", "deg", views=("side",)),
)

EXERCISE = Exercise(
    id="step_down",
    title="Forward step-down",
    about="A step-down.",
    order="down_up",
    stance="planted",
    min_drop_pct=6,
    views=("front", "side"),
    metrics=METRICS,
    tempo=TempoBands(
        target_s=3,
        bands=Bands((2, 6), (1, 8), "training practice: three to five seconds"),
        cue_fast="Slower on the way down",
    ),
    set_up=("Camera at hip height",),
)

FRONT = View("front", 3.0, 1.2, 0.4, 1.9, -1.5)
OBLIQUE = View(
    "oblique", 38.0, 2.5, math.nan, 1.9, 2.0, "right",
    ("The camera stands at an angle of 38°. Stand in front of the person or at the side.",),
)  # fmt: skip
UP_DOWN_EVENTS = ("ascent_start_s", "top_start_s", "descent_start_s", "descent_end_s")


def grade_of(value: float, sem: float, bands: Bands) -> Grade:
    limits = [limit for limit in (*bands.good, *bands.watch) if math.isfinite(limit)]
    if any(abs(value - limit) < sem for limit in limits):
        return "borderline"
    if bands.good[0] <= value <= bands.good[1]:
        return "good"
    return "watch" if bands.watch[0] <= value <= bands.watch[1] else "fault"


def make_rep(
    index: int,
    start_s: float,
    *,
    side: Stance = "left",
    knee: float = 4.0,
    lean: float = 4.0,
    view: View = FRONT,
    refused: Sequence[str] = ("trunk_flexion_deg",),
    reason: str = "the camera sees the front; this shows from the side only",
) -> Rep:
    descent, bottom, ascent = 2.4 + 0.1 * index, 0.3, 1.4
    end_s = start_s + descent + bottom + ascent
    t = np.round(np.arange(start_s, end_s + 0.02, 0.034), 3)
    shape = np.sin(np.pi * np.clip((t - start_s) / (end_s - start_s), 0, 1)) ** 2
    wave = 0.5 * np.sin(2.1 * t + index)
    values = {
        "knee_fppa_deg": (3.0, knee, 1.6),
        "trunk_lean_deg": (0.5, lean, 1.1),
        "knee_over_foot_pct": (0.5, knee / 2.0, 1.2),
        "pelvic_drop_deg": (0.0, 1.2, 2.0),
        "depth_pct": (0.0, 18.0 + index, 0.5),
        "trunk_flexion_deg": (2.0, 14.0, 2.0),
    }
    metrics: dict[str, Metric] = {}
    series: dict[str, FloatArray] = {}
    for spec in METRICS:
        if spec.name in refused:
            metrics[spec.name] = Metric(not_measured=reason)
            continue
        standing, change, sem = values[spec.name]
        course = standing + change * shape + wave
        metric = Metric(
            value=round(standing + change, 3),
            standing=standing,
            change=round(change, 3),
            max=round(float(course.max()), 3),
            sem=sem,
        )
        if spec.bands is not None:
            judged: float = getattr(metric, spec.judged)
            metric = replace(metric, grade=grade_of(judged, sem, spec.bands))
        metrics[spec.name] = metric
        series[spec.name] = np.round(course, 2) + 0.0
    grades = {metric.grade for metric in metrics.values()}
    grade: Any = None
    if grades - {None}:
        grade = "fault" if "fault" in grades else "watch" if grades - {None, "good"} else "good"
    faults = tuple(
        Fault(spec.name, spec.cue_high, round(start_s + descent, 3))
        for spec in METRICS
        if metrics[spec.name].grade in ("watch", "fault")
    )
    return Rep(
        index=index,
        stance_side=side,
        start_s=round(start_s, 3),
        end_s=round(end_s, 3),
        lowest_s=round(start_s + descent + 0.1, 3),
        events={
            "descent_start_s": round(start_s, 3),
            "bottom_start_s": round(start_s + descent, 3),
            "bottom_end_s": round(start_s + descent + bottom, 3),
            "ascent_end_s": round(end_s, 3),
        },
        tempo={
            "descent_s": round(descent, 3),
            "bottom_s": bottom,
            "ascent_s": ascent,
            "top_s": None if index == 1 else 1.2,
        },
        metrics=metrics,
        grade=grade,
        faults=faults,
        view=view,
        series_t_s=t,
        series=series,
        notes=("the film ends before the repetition does",) if index == 6 else (),
    )


def make_frames(reps: Sequence[Rep], end_s: float) -> dict[str, list[Any]]:
    t_s = np.round(np.arange(0, end_s, 1 / 30), 3)
    depth = np.round(0.4 * np.sin(3 * t_s), 2) + 0.0
    index = np.zeros(len(t_s), dtype=int)
    phase = [Phase.STANDING] * len(t_s)
    stance: list[str | None] = [None] * len(t_s)
    for rep in reps:
        inside = (t_s >= rep.start_s) & (t_s <= rep.end_s)
        way = (t_s[inside] - rep.start_s) / (rep.end_s - rep.start_s)
        depth[inside] = np.round(20 * np.sin(np.pi * way) ** 2, 2) + 0.0
        index[inside] = rep.index
        for n in np.flatnonzero(inside):
            phase[n] = Phase.DESCENT if t_s[n] < rep.lowest_s else Phase.ASCENT
            stance[n] = rep.stance_side
    depth[:10] = np.nan
    return {
        "t_s": t_s.tolist(),
        "phase": phase,
        "rep": index.tolist(),
        "stance_side": stance,
        "depth": depth.tolist(),
        "knee_fppa_deg": (depth * 0.5).round(2).tolist(),
        "people": [1] * (len(t_s) - 20) + [2] * 20,
    }


def make_session(
    reps: Sequence[Rep],
    *,
    verdict: str,
    advice: tuple[str, ...] = (),
    view: View = FRONT,
    name: str = "monday.mp4",
) -> SessionResult:
    end_s = max((rep.end_s for rep in reps), default=8.0) + 1.5
    frames = make_frames(reps, end_s)
    sides = sorted({rep.stance_side for rep in reps})
    means: dict[str, dict[str, float]] = {}
    for side in sides:
        means[side] = {}
        for spec in METRICS:
            values = [rep.metrics[spec.name].value for rep in reps if rep.stance_side == side]
            known = [value for value in values if value is not None]
            if known:
                means[side][spec.name] = round(sum(known) / len(known), 3)
    return SessionResult(
        formcheck_version="0.1.0",
        created="2026-03-09T18:42:10+01:00",
        source=SourceInfo(
            kind="video",
            name=name,
            width=1080,
            height=1920,
            duration_s=round(end_s, 3),
            frames=len(frames["t_s"]),
            frames_dropped=0,
            frame_rate_hz=29.97,
            variable_frame_rate=True,
            rotation_deg=90,
            expected_frames=None,
            warnings=("2 damaged frames were skipped",) if name != "monday.mp4" else (),
        ),
        model=ModelInfo("pose_landmarker_full", "9ba9dd3d" * 8),
        frames_with_person=len(frames["t_s"]) - 10,
        exercise="step_down",
        view=view,
        config={"cutoff_hz": 6.0},
        reps=tuple(reps),
        frames=frames,
        summary=Summary(
            verdict=verdict,
            advice=advice,
            reps_by_side={s: sum(rep.stance_side == s for rep in reps) for s in sides},
            good_reps=sum(rep.grade == "good" for rep in reps),
            means=means,
            not_measured={"trunk_flexion_deg": "It shows from the side only."} if reps else {},
        ),
    )


def good_set() -> SessionResult:
    reps = [make_rep(n, 1 + 5.6 * (n - 1), knee=2 + 0.6 * n, lean=2.5) for n in range(1, 6)]
    return make_session(
        reps, verdict="Five clean step-downs on the left leg: the knee stays over the foot."
    )


def poor_set() -> SessionResult:
    knees = (5.0, 9.5, 11.5, 16.0, 17.5, 12.5)
    leans = (3.0, 5.5, 6.8, 12.5, 13.5, 8.0)
    reps = [
        make_rep(n, 1 + 5.8 * (n - 1), side="right", knee=knee, lean=lean)
        for n, (knee, lean) in enumerate(zip(knees, leans, strict=True), 1)
    ]
    hidden = Metric(not_measured="right heel hidden for 42 % of rep 3")
    reps[2] = replace(reps[2], metrics={**reps[2].metrics, "knee_over_foot_pct": hidden})
    view = replace(
        FRONT,
        yaw_deg=9.0,
        warnings=(
            "The person is turned 9° to the left: the knee angle may read some 10° too high. "
            "Face the camera.",
        ),
    )
    return make_session(
        reps,
        verdict="The right knee falls in, more so as the set goes on; the trunk leans after it.",
        advice=(
            "Push the knee out over the little toe, above all from the fourth repetition on.",
            "Stay tall: keep the trunk over the hip.",
        ),
        view=view,
    )


def two_legs() -> SessionResult:
    reps = [
        make_rep(n, 1 + 5.8 * (n - 1), side="left" if n < 4 else "right", knee=3.0 + 1.8 * n)
        for n in range(1, 7)
    ]
    return make_session(
        reps,
        verdict="Three step-downs on each leg: steady on the left, the right knee drifts in.",
        advice=("Push the right knee out over the little toe.",),
    )


def oblique_set() -> SessionResult:
    refused = [spec.name for spec in METRICS if spec.name != "depth_pct"]
    reps = [
        make_rep(
            n, 1 + 5.6 * (n - 1), view=OBLIQUE, refused=refused,
            reason="not measured: the camera sees the person from an angle of 38°",
        )
        for n in range(1, 4)
    ]  # fmt: skip
    return make_session(
        reps,
        verdict="Three step-downs, but the camera stood at an angle: the knee could not be judged.",
        advice=("Put the camera straight in front of the person.",),
        view=OBLIQUE,
    )


def no_reps() -> SessionResult:
    return make_session((), verdict="No repetition was found.")
