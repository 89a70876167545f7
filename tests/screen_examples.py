"""Sessions and states for the tests of the screen, the film and the stills."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
from live_sessions import POSES, recording

from formcheck.data.arrays import FloatArray, ImageArray
from formcheck.data.frame_result import FrameResult
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.session import (
    DESCENT,
    ExerciseInfo,
    Limits,
    Measurement,
    MeasureSpec,
    Rep,
    Session,
    View,
)
from formcheck.exercises import all_exercises, get_exercise
from formcheck.motion import assemble
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.assemble import FrameColumns
from formcheck.motion.verdicts import band_of, form_of, judged, summarize, tempo_of
from formcheck.screen.state import OverlayState, Reading

RECORDED = sorted(path.stem for path in POSES.glob("*.npz"))
SIZE = (480, 848)
GREY = 90
CREATED = "2026-03-09T18:42:10+01:00"


@dataclass(frozen=True)
class Recorded:
    """A clip, analyzed from its recorded poses."""

    session: Session
    samples: tuple[PoseSample, ...]
    results: tuple[FrameResult, ...]

    def at(self, t_s: float) -> PoseSample:
        """Give the pose nearest to a time."""
        return min(self.samples, key=lambda sample: abs(sample.t_s - t_s))


@lru_cache(maxsize=32)
def recorded(name: str) -> Recorded:
    """Analyze a clip's recorded poses; the exercise is the beginning of its name."""
    ids = [exercise.id for exercise in all_exercises() if name.startswith(exercise.id)]
    analyzer = Analyzer(get_exercise(max(ids, key=len)))
    found, columns = recording(name), FrameColumns(analyzer.exercise)
    results = tuple(analyzer.update(sample) for sample in found.samples)
    for result in results:
        columns.add(result)
    analyzer.finish()
    session = assemble.session(
        found.info, found.model, analyzer, columns.columns, created=CREATED, version="0"
    )
    return Recorded(session, found.samples, results)


KNEE = MeasureSpec(
    id="knee_fppa_deg",
    title="Knee valgus",
    unit="°",
    role="knee",
    judged="change",
    limits=Limits(good_low=-5, good_high=8, watch_low=-8, watch_high=13),
    views=("front",),
    priority=1,
    cue_high="Push the knee out over the little toe",
    seen_high="knee falls in",
    seen_low="knee goes out",
)
TRUNK = MeasureSpec(
    id="trunk_lean_deg",
    title="Trunk lean",
    unit="°",
    role="trunk",
    drawn="trunk",
    judged="largest",
    limits=Limits(good_low=-6, good_high=6, watch_low=-10, watch_high=10),
    views=("front",),
    priority=2,
    cue_high="Stay tall",
)
BEND = MeasureSpec(
    id="knee_flexion_deg", title="Knee flexion", unit="°", drawn="knee", views=("side",)
)
TEMPO = MeasureSpec(
    id=DESCENT,
    title="Way down",
    unit="s",
    role="tempo",
    limits=Limits(good_low=2.0, watch_low=1.0),
    cue_low="Lower more slowly",
    seen_low="too fast",
)
INFO = ExerciseInfo(
    id="step_down",
    title="Step-down",
    target_descent_s=4.0,
    specs=(KNEE, TRUNK, BEND, TEMPO),
)
FRONT = View(kind="front", yaw_deg=0.0, yaw_sem_deg=1.0)


def rep(
    index: int = 1,
    *,
    knee: float | None = 2.0,
    trunk: float | None = 1.0,
    descent_s: float | None = 2.5,
    sem: float = 0.1,
    start_s: float = 1.0,
) -> Rep:
    """Make a repetition of 5 s that goes down until 2.5 s after its start; judged as always."""
    values = ((KNEE, knee), (TRUNK, trunk), (TEMPO, descent_s))
    measurements = {
        spec.id: judged(
            Measurement(
                value=value,
                standing=0.0,
                sem=None if value is None else sem,
                not_measured="not seen" if value is None else None,
            ),
            spec,
        )
        for spec, value in values
    }
    steps = [0.1 * i for i in range(51)]
    down = [min(1.0, step / 2.5, (5.0 - step) / 2.0) for step in steps]
    whole = Rep(
        index=index,
        stance_side="left",
        start_s=start_s,
        lowest_s=start_s + 2.7,
        end_s=start_s + 5.0,
        events={
            "descent_start_s": start_s,
            "bottom_start_s": start_s + 2.5,
            "bottom_end_s": start_s + 3.0,
            "ascent_end_s": start_s + 5.0,
        },
        measurements=measurements,
        view=FRONT,
        series={
            "t_s": [start_s + step for step in steps],
            **{
                spec.id: [None if value is None else share * value for share in down]
                for spec, value in values[:2]
            },
        },
    )
    return msgspec.structs.replace(
        whole, form=form_of(whole, INFO.specs), tempo=tempo_of(whole, INFO.specs)
    )


def session(*reps: Rep) -> Session:
    """Make a session of these repetitions."""
    template = recorded("step_down_front_left").session
    return msgspec.structs.replace(
        template, exercise=INFO, view=FRONT, efforts=reps, summary=summarize(reps, INFO.specs)
    )


def keypoints_px() -> FloatArray:
    """A person who stands straight in the middle, but for the left knee: 30 px too far in."""
    points = np.full((len(Keypoint), 2), np.nan)
    for side, sign in (("left", 1), ("right", -1)):
        heights = {"shoulder": 250, "hip": 400, "knee": 530, "ankle": 650, "heel": 660, "toe": 670}
        for joint, y in heights.items():
            points[Keypoint[f"{side}_{joint}".upper()]] = (240 + sign * 40, y)
    points[Keypoint.LEFT_KNEE, 0] -= 30
    return points


def sample(t_s: float = 0.0, points: FloatArray | None = None) -> PoseSample:
    """Give the person's pose at a time."""
    points = keypoints_px() if points is None else points
    seen = np.isfinite(points).all(axis=1)
    world = np.full((len(Keypoint), 3), np.nan)
    return PoseSample(t_s, points, np.where(seen, 0.9, 0.0), world, SIZE)


def readings(**values: float) -> tuple[Reading, ...]:
    """Give readings of the exercise by id, graded by their band."""
    return tuple(
        Reading(
            spec,
            values[spec.id],
            None if spec.limits is None else band_of(values[spec.id], spec.limits),
        )
        for spec in INFO.specs
        if spec.id in values
    )


def state(**changes: Any) -> OverlayState:
    """Give a state inside a repetition: the knee a fault, the trunk good."""
    usual = OverlayState(
        t_s=0.0,
        pose=sample(),
        view=FRONT,
        phase="descent",
        inside=True,
        count=2,
        stance_side="left",
        readings=readings(knee_fppa_deg=14.6, trunk_lean_deg=1.0),
        body_px=400.0,
    )
    return replace(usual, **changes)


def picture(size: tuple[int, int] = SIZE) -> ImageArray:
    """Give a plain grey picture."""
    return np.full((size[1], size[0], 3), GREY, dtype=np.uint8)
