"""What analyzing a film gave, for the tests of the commands: one good repetition, one fault."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from formcheck.data.results import Metric, Rep, SessionResult, Summary, View
from session_examples import made_of

from formcheck.data.frame import SourceInfo
from formcheck.pose.estimator import ModelInfo

FRONT = View("front", 2.0, 1.0, 0.5, 2.0, 1.0, warnings=("The camera leans by 4 degrees.",))


def make_rep(index: int, fppa_deg: float) -> Rep:
    grade: Literal["good", "fault"] = "fault" if fppa_deg > 13 else "good"
    return Rep(
        index=index,
        stance_side="left",
        start_s=2.0 * index,
        end_s=2.0 * index + 1.5,
        lowest_s=2.0 * index + 1.0,
        events={
            "descent_start_s": 2.0 * index,
            "bottom_start_s": 2.0 * index + 0.9,
            "bottom_end_s": 2.0 * index + 1.0,
            "ascent_end_s": 2.0 * index + 1.5,
        },
        tempo={"descent_s": 0.9, "bottom_s": 0.1, "ascent_s": 0.5, "top_s": None},
        metrics={
            "knee_fppa_deg": Metric(fppa_deg, 0.0, fppa_deg, fppa_deg, 2.7, grade),
            "knee_flexion_deg": Metric(not_measured="it needs a side view"),
        },
        grade=grade,
        faults=(),
        view=FRONT,
        series_t_s=np.empty(0),
        series={},
    )


RESULT = SessionResult(
    formcheck_version="0.1.0",
    created="2026-01-01T12:00:00+00:00",
    source=SourceInfo("video", "set.mp4", 480, 848, 20.0, 600),
    model=ModelInfo("model.task", "ab" * 32),
    frames_with_person=600,
    exercise="step_down",
    view=FRONT,
    config={},
    reps=(make_rep(1, 3.0), make_rep(2, 17.8)),
    frames={"t_s": [0.0]},
    summary=Summary(
        verdict="One of two repetitions was good.",
        advice=("Push the knee out.", "Lower more slowly."),
        reps_by_side={"left": 2},
        good_reps=1,
        means={"left": {"knee_fppa_deg": 10.4}},
        not_measured={"knee_flexion_deg": "it needs a side view"},
    ),
)
SESSION = made_of(RESULT)
NO_REPS = made_of(replace(RESULT, reps=()))
