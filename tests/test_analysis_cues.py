"""What is said, and when: scripted values, and recorded poses with scripted faults."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from formcheck.coach.cues import LEAST_S, QUIET_S, SHOWN_S, Coach
from formcheck.data.results import Cue, Fault, Phase, Rep
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import UNKNOWN_VIEW, Analyzer
from formcheck.pose.recorded import PoseRecording, RecordedEstimator, RecordedSource

POSES = Path(__file__).parent / "poses"
KNEE_IN, LEANS = {"knee_fppa_deg": 40.0}, {"trunk_lean_deg": 40.0}
FRAME_S = 1 / 30


class Set:
    """Drives a coach by hand, thirty frames a second."""

    def __init__(self) -> None:
        self.coach = Coach(get_exercise("step_down"))
        self.t_s = 0.0
        self.cues: list[Cue] = []

    def run(
        self,
        seconds: float,
        phase: Phase = Phase.DESCENT,
        judged: Mapping[str, float] | None = None,
        lowered_s: float | None = None,
        closed: Rep | None = None,
    ) -> Cue | None:
        cue = None
        for _ in range(max(1, round(seconds / FRAME_S))):
            cue = self.coach.update(self.t_s, phase, judged or {}, lowered_s, closed)
            lowered_s = closed = None
            if cue is not None and cue not in self.cues:
                self.cues.append(cue)
            self.t_s += FRAME_S
        return cue

    def said(self) -> list[str]:
        return [("praise " if cue.praise else "") + cue.metric for cue in self.cues]


def rep(*faulty: str) -> Rep:
    faults = tuple(Fault(name, "", 0.0) for name in faulty)
    return Rep(
        index=1,
        stance_side="left",
        start_s=0.0,
        end_s=3.0,
        lowest_s=2.0,
        events={},
        tempo={},
        metrics={},
        grade=None,
        faults=faults,
        view=UNKNOWN_VIEW,
        series_t_s=np.empty(0),
        series={},
    )


def test_the_knee_goes_before_the_trunk_and_the_trunk_before_the_tempo() -> None:
    session = Set()
    session.run(0.2, judged={**LEANS, **KNEE_IN})
    assert session.said() == ["knee_fppa_deg"]
    session = Set()
    session.run(0.2, judged=LEANS)
    session.run(FRAME_S, Phase.ASCENT, lowered_s=0.5)
    assert session.said() == ["trunk_lean_deg"]


def test_one_odd_frame_is_no_fault() -> None:
    session = Set()
    for _ in range(30):
        session.run(FRAME_S, judged=KNEE_IN)
        session.run(FRAME_S)
    assert session.cues == []


def test_a_cue_stays_to_be_read_and_is_not_said_twice_in_a_repetition() -> None:
    session = Set()
    assert session.run(SHOWN_S - 0.1, judged=KNEE_IN) is not None
    assert session.run(4.0, judged=KNEE_IN) is None
    assert session.said() == ["knee_fppa_deg"]
    session.run(1.0, Phase.ASCENT)
    session.run(1.0, judged=KNEE_IN)
    assert session.said() == ["knee_fppa_deg"] * 2


def test_a_more_important_cue_waits_until_the_first_could_be_read() -> None:
    session = Set()
    session.run(0.2, judged=LEANS)
    session.run(3.0, judged={**LEANS, **KNEE_IN})
    assert session.said() == ["trunk_lean_deg", "knee_fppa_deg"]
    assert session.cues[1].decided_t_s - session.cues[0].decided_t_s >= LEAST_S - 1e-9


def test_a_less_important_cue_waits_longer() -> None:
    session = Set()
    session.run(0.2, judged=KNEE_IN)
    session.run(3.0, judged={**LEANS, **KNEE_IN})
    assert session.said() == ["knee_fppa_deg", "trunk_lean_deg"]
    assert session.cues[1].decided_t_s - session.cues[0].decided_t_s >= QUIET_S - 1e-9


def test_what_was_mended_is_praised_once() -> None:
    session = Set()
    session.run(FRAME_S, Phase.STANDING, closed=rep("knee_fppa_deg", "descent_s"))
    session.run(FRAME_S, Phase.STANDING, closed=rep("descent_s"))
    session.run(3.0, Phase.STANDING)
    session.run(FRAME_S, Phase.STANDING, closed=rep("descent_s"))
    assert session.said() == ["praise knee_fppa_deg"]


def test_there_is_no_praise_while_something_as_important_is_wrong() -> None:
    session = Set()
    session.run(FRAME_S, Phase.STANDING, closed=rep("trunk_lean_deg"))
    session.run(FRAME_S, Phase.STANDING, closed=rep("knee_fppa_deg"))
    assert session.cues == []


@pytest.fixture(scope="module")
def recorded() -> dict[str, tuple[tuple[Rep, ...], list[Cue]]]:
    found = {}
    for path in sorted(POSES.glob("*.npz")):
        truth = json.loads(path.with_suffix(".json").read_text())
        recording = PoseRecording.load(path)
        analyzer = Analyzer(get_exercise(truth["exercise"]))
        estimator, cues = RecordedEstimator(recording), []
        for frame in RecordedSource(recording):
            cue = analyzer.update(estimator.estimate(frame)).cue
            if cue is not None and cue not in cues:
                cues.append(cue)
        found[path.stem] = (analyzer.finish(), cues)
    return found


def test_a_cue_for_a_fault_comes_before_the_bottom_of_its_repetition(
    recorded: dict[str, tuple[tuple[Rep, ...], list[Cue]]],
) -> None:
    checked = set()
    for name, (reps, cues) in recorded.items():
        for rep in reps:
            bottom_s = rep.events.get("bottom_start_s")
            faults = [fault.metric for fault in rep.faults if fault.metric in rep.metrics]
            if bottom_s is None or not faults or rep.grade != "fault":
                continue
            early = [
                cue
                for cue in cues
                if cue.metric in faults and rep.start_s <= cue.decided_t_s < bottom_s
            ]
            assert early, (name, rep.index, faults)
            checked.add((name, rep.index))
    assert checked >= {
        ("step_down_front_left", 4),
        ("step_down_side_left", 4),
        ("single_leg_squat_side_right", 3),
    }


def test_cues_are_rare_and_well_spaced(
    recorded: dict[str, tuple[tuple[Rep, ...], list[Cue]]],
) -> None:
    for reps, cues in recorded.values():
        assert len([cue for cue in cues if not cue.praise]) <= len(reps)
        times = [cue.decided_t_s for cue in cues]
        assert all(later - earlier >= LEAST_S for earlier, later in pairwise(times))
        assert all(cue.t_s <= cue.decided_t_s for cue in cues)


def test_good_form_is_left_in_peace(
    recorded: dict[str, tuple[tuple[Rep, ...], list[Cue]]],
) -> None:
    reps, cues = recorded["step_down_front_right"]
    assert len(reps) == 4
    assert cues == []
