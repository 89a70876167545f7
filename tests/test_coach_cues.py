"""What is said, and when: scripted values, and recorded poses with scripted faults."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from clips.made_reps import STEP_DOWN, measured, rep_with
from frame_examples import frame_at

from formcheck.coach.cues import CUE_FROM, LEAST_S, QUIET_S, SHOWN_S, Coach
from formcheck.data.frame_result import Phase
from formcheck.data.session import DESCENT, Cue, Measurement, Rep
from formcheck.exercises import all_exercises, get_exercise
from formcheck.motion.analyzer import Analyzer
from formcheck.pose.recorded import PoseRecording, RecordedEstimator, RecordedSource

POSES = Path(__file__).parent / "poses"
KNEE_IN, LEANS = {"knee_fppa_deg": 40.0}, {"trunk_lean_deg": 40.0}
FRAME_S = 1 / 30
CLOSED_S = 1.0
"""A repetition is measured, and praised, within this time of its end."""
GOOD = {"knee_fppa_deg": 0.0, "knee_over_foot_pct": 2.0, "trunk_lean_deg": 0.0, DESCENT: 2.5}


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
        descent_s: float | None = None,
        closed: Rep | None = None,
        *,
        in_place: bool = True,
        is_rep_sized: bool = True,
    ) -> Cue | None:
        cue = None
        for _ in range(max(1, round(seconds / FRAME_S))):
            frame = frame_at(
                self.t_s,
                phase,
                live_judged=judged or {},
                descent_s=descent_s,
                closed=closed,
                in_place=in_place,
                is_rep_sized=is_rep_sized,
            )
            cue = self.coach.update(frame)
            descent_s = closed = None
            if cue is not None and cue not in self.cues:
                self.cues.append(cue)
            self.t_s += FRAME_S
        return cue

    def said(self) -> list[str]:
        return [("praise " if cue.praise else "") + cue.measure for cue in self.cues]


def rep(**values: float) -> Rep:
    """A good repetition but for these values."""
    return rep_with(GOOD | values)


def test_the_knee_goes_before_the_trunk_and_the_trunk_before_the_tempo() -> None:
    session = Set()
    session.run(0.2, judged={**LEANS, **KNEE_IN})
    assert session.said() == ["knee_fppa_deg"]
    session = Set()
    session.run(0.2, judged=LEANS)
    session.run(FRAME_S, Phase.ASCENT, descent_s=0.5)
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


def test_outside_a_repetition_no_cue_is_shown() -> None:
    session = Set()
    assert session.run(0.2, judged=KNEE_IN) is not None
    assert session.run(FRAME_S, Phase.ASCENT) is not None
    assert session.run(FRAME_S, Phase.STANDING, judged=KNEE_IN) is None
    assert session.run(3.0, Phase.STANDING, judged={**KNEE_IN, **LEANS}) is None


def test_who_walks_about_is_not_told_how_to_do_the_exercise() -> None:
    session = Set()
    assert session.run(1.0, judged=KNEE_IN, in_place=False) is None


def test_who_shifts_the_weight_is_not_told_how_to_do_the_exercise() -> None:
    """A movement smaller than any repetition is none, whatever the knees do in it."""
    session = Set()
    assert session.run(1.0, judged=KNEE_IN, is_rep_sized=False) is None
    assert session.run(0.2, judged=KNEE_IN) is not None


def test_a_way_down_that_ends_a_step_up_is_spoken_of_when_it_is_measured() -> None:
    session = Set()
    session.coach = Coach(get_exercise("step_up"))
    session.run(1.0, Phase.DESCENT)
    fast = rep(descent_s=0.8)
    cue = session.run(FRAME_S, Phase.BOTTOM, descent_s=0.8, closed=fast)
    assert cue is not None
    assert cue.text == "Go down more slowly, count to three"
    assert session.run(1.0, Phase.BOTTOM) == cue


def test_a_step_up_that_ends_with_the_knee_in_is_spoken_of_when_it_closes() -> None:
    session = Set()
    session.coach = Coach(get_exercise("step_up"))
    session.run(1.0, Phase.DESCENT)
    assert session.run(0.5, Phase.BOTTOM) is None
    cue = session.run(FRAME_S, Phase.BOTTOM, closed=rep(knee_fppa_deg=20.0))
    assert cue is not None
    assert cue.measure == "knee_fppa_deg"
    assert session.run(1.0, Phase.BOTTOM, closed=rep()) == cue


def test_on_a_step_up_the_knee_is_spoken_of_on_the_way_up_and_only_once() -> None:
    session = Set()
    session.coach = Coach(get_exercise("step_up"))
    assert session.run(1.0, Phase.BOTTOM, judged=KNEE_IN) is None
    assert session.run(1.0, Phase.ASCENT, judged=KNEE_IN) is not None
    session.run(1.0, Phase.STANDING, judged=KNEE_IN)
    session.run(3.0, Phase.DESCENT, judged=KNEE_IN)
    assert session.said() == ["knee_fppa_deg"]
    session.run(1.0, Phase.BOTTOM)
    session.run(1.0, Phase.ASCENT, judged=KNEE_IN)
    assert session.said() == ["knee_fppa_deg"] * 2


def test_what_was_fixed_is_praised_once() -> None:
    session = Set()
    session.run(FRAME_S, Phase.STANDING, closed=rep(knee_fppa_deg=20.0))
    session.run(FRAME_S, Phase.STANDING, closed=rep())
    session.run(3.0, Phase.STANDING)
    session.run(FRAME_S, Phase.STANDING, closed=rep())
    assert session.said() == ["praise knee_fppa_deg"]
    assert session.cues[0].text == "Good, keep it up"


@pytest.mark.parametrize(
    "wrong",
    [
        {"knee_over_foot_pct": 20.0},
        {"trunk_lean_deg": 20.0},
        {"descent_s": 0.8},
        {"descent_s": Measurement(not_measured="its start was not seen")},
    ],
)
def test_only_a_repetition_that_is_good_in_form_and_tempo_is_praised(
    wrong: dict[str, float | Measurement],
) -> None:
    session = Set()
    session.run(FRAME_S, Phase.STANDING, closed=rep(knee_fppa_deg=20.0))
    session.run(FRAME_S, Phase.STANDING, closed=rep_with(GOOD | wrong))
    assert [cue for cue in session.cues if cue.praise] == []


def test_a_repetition_whose_good_form_is_unclear_or_not_seen_in_full_is_not_praised() -> None:
    unclear = measured(STEP_DOWN.metric("trunk_lean_deg"), 5.9, sem=6.0)
    hidden = Measurement(not_measured="hidden")
    for doubtful in (unclear, hidden):
        session = Set()
        session.run(FRAME_S, Phase.STANDING, closed=rep(knee_fppa_deg=20.0))
        closed = rep_with(GOOD | {"trunk_lean_deg": doubtful})
        assert closed.form.grade == "good"
        session.run(FRAME_S, Phase.STANDING, closed=closed)
        assert session.cues == []


@pytest.fixture(scope="module")
def recorded() -> dict[str, tuple[tuple[Rep, ...], list[Cue]]]:
    found = {}
    for path in sorted(POSES.glob("*.npz")):
        truth = json.loads(path.with_suffix(".json").read_text())
        recording = PoseRecording.load(path)
        analyzer = Analyzer(get_exercise(truth["exercise"]))
        coach = Coach(analyzer.exercise)
        estimator, cues = RecordedEstimator(recording), []
        for frame in RecordedSource(recording):
            cue = coach.update(analyzer.update(estimator.estimate(frame)))
            if cue is not None and cue not in cues:
                cues.append(cue)
        found[path.stem] = (analyzer.finish(), cues)
    return found


SHOWN_LIVE = {
    metric.id
    for exercise in all_exercises()
    for metric in exercise.metrics
    if metric.series is not None and metric.per_frame
}
"""What needs the whole repetition, such as the knee over the foot, is not known any earlier."""


def test_a_cue_for_a_fault_comes_before_the_bottom_of_its_repetition(
    recorded: dict[str, tuple[tuple[Rep, ...], list[Cue]]],
) -> None:
    checked = set()
    for name, (reps, cues) in recorded.items():
        for rep in reps:
            bottom_s = rep.events.get("bottom_start_s")
            faults = [
                measure_id
                for measure_id, one in rep.measurements.items()
                if one.cue and 1.0 - (one.p_good or 0.0) >= CUE_FROM and measure_id in SHOWN_LIVE
            ]
            if bottom_s is None or "fault" not in (rep.form.grade, rep.tempo.grade) or not faults:
                continue
            early = [
                cue
                for cue in cues
                if cue.measure in faults and rep.start_s <= cue.decided_t_s < bottom_s
            ]
            assert early, (name, rep.index, faults)
            checked.add((name, rep.index))
    assert checked >= {
        ("step_down_front_left", 4),
        ("step_down_side_left", 4),
        ("single_leg_squat_side_right", 3),
    }


def test_no_cue_is_given_outside_a_repetition(
    recorded: dict[str, tuple[tuple[Rep, ...], list[Cue]]],
) -> None:
    times = [(name, cue.decided_t_s) for name, (_, cues) in recorded.items() for cue in cues]
    assert len(times) >= 5
    for name, t_s in times:
        inside = [rep for rep in recorded[name][0] if rep.start_s <= t_s <= rep.end_s + CLOSED_S]
        assert inside, (name, t_s)


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
