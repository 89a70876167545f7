"""Legs, sets and the end of a session: scripted repetitions, and recorded ones."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import pytest
from clips.made_reps import rep_with
from frame_examples import frame_at
from hypothesis import given, settings
from hypothesis import strategies as st
from moving import SIZE_PX, figure

from formcheck.app.live.viewer import screen_state
from formcheck.coach.plan import SETTLED_S, WRONG_LEG_S, Plan, PlanEvent, PlanState, SessionPlan
from formcheck.coach.setup import SetupCheck, SetupCheckItem, SetupState
from formcheck.data.frame_result import FrameResult, Phase
from formcheck.data.keypoints import PoseSample
from formcheck.data.session import DESCENT, Rep, Stance
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import Analyzer
from formcheck.pose.recorded import PoseRecording, RecordedEstimator, RecordedSource

POSES = Path(__file__).parent / "poses"
FITS = SetupState((SetupCheckItem("whole_body", True, ""),), "Ready", True, 2.0, True)
UNFIT = SetupState((SetupCheckItem("whole_body", False, ""),), "Step back", False, 0.0, False)
STEP_S = 0.2


def rep(index: int, side: Stance, end_s: float, *, fast: bool = False) -> Rep:
    values = {"trunk_lean_deg": 12.0 if fast else 0.0, DESCENT: 0.8 if fast else 2.5}
    start_s = end_s - 3.0
    return rep_with(values, index=index, stance_side=side, start_s=start_s, end_s=end_s)


@dataclass
class Session:
    """Drives a plan by hand, five frames a second."""

    plan: Plan
    exercise: str = "step_down"
    t_s: float = 0.0
    reps: int = 0
    last: PlanState | None = None
    events: list[PlanEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.follows = SessionPlan(self.plan, get_exercise(self.exercise))

    def frame(
        self,
        *,
        closed: Rep | None = None,
        setup: SetupState = FITS,
        phase: Phase = Phase.STANDING,
        size: float = 1.0,
        seen: bool = True,
    ) -> PlanState:
        sample = figure(self.t_s, stance="both")
        sample = replace(sample, keypoints_px=size * sample.keypoints_px)
        if not seen:
            sample = PoseSample.nobody(self.t_s, SIZE_PX)
        result = frame_at(self.t_s, phase, sample=sample, reps_done=self.reps, closed=closed)
        self.last = self.follows.update(result, setup)
        self.events += self.last.events
        self.t_s += STEP_S
        return self.last

    def wait(self, seconds: float, **how: object) -> PlanState:
        for _ in range(max(1, round(seconds / STEP_S))):
            state = self.frame(**how)  # type: ignore[arg-type]
        return state

    def do(self, *sides: Stance, fast: bool = False, every_s: float = 4.0) -> PlanState:
        for side in sides:
            self.wait(every_s - STEP_S)
            self.reps += 1
            state = self.frame(closed=rep(self.reps, side, self.t_s, fast=fast))
        return state

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


def test_a_repetition_has_its_number_within_leg_and_set() -> None:
    session = Session(Plan(reps=2, sets=2, rest_s=2.0))
    assert session.frame().last_number is None
    numbers = [session.do(side).last_number for side in ("left", "left", "right", "right")]
    session.wait(8.0)
    numbers.append(session.do("left").last_number)
    assert numbers == [1, 2, 1, 2, 1]


def test_the_set_up_does_not_come_back_within_a_repetition() -> None:
    session = Session(Plan())
    assert session.wait(2.0, setup=FITS).stage == "ready"
    assert session.wait(1.0, setup=UNFIT, phase=Phase.DESCENT).stage == "ready"
    assert session.frame(setup=UNFIT).stage == "ready", "one frame of rest is a flicker"
    assert session.wait(1.0, setup=UNFIT, phase=Phase.ASCENT).moving
    assert session.wait(SETTLED_S + 0.4, setup=UNFIT).stage == "setup"
    begun = session.frame(setup=UNFIT, phase=Phase.DESCENT)
    assert (begun.stage, begun.moving) == ("setup", True)
    assert screen_state(begun, UNFIT).stage == "set"
    still = session.wait(SETTLED_S + 0.4, setup=UNFIT)
    assert screen_state(still, UNFIT).stage == "setup"


def test_one_leg_then_the_other_for_two_sets() -> None:
    session = Session(Plan(reps=2, sets=2, rest_s=10.0))
    assert session.frame(setup=UNFIT).stage == "setup"
    assert session.last is not None
    assert session.last.message == "Step back"
    assert session.frame().stage == "ready"
    assert session.do("left").stage == "set"
    changing = session.do("left")
    assert (changing.stage, changing.side, changing.rest_left_s) == ("change_legs", "right", 10.0)
    assert changing.message == "Switch legs: right leg next"
    assert session.wait(5.0).rest_left_s == pytest.approx(5.0, abs=0.3)
    going_on = session.wait(6.0)
    assert (going_on.stage, going_on.side) == ("set", "right")
    assert going_on.message == "Continue: right leg"
    assert session.do("right").reps_in_set == 1
    resting = session.do("right")
    assert (resting.stage, resting.set_index, resting.side) == ("rest", 1, "left")
    assert resting.message == "Rest. Next: set 2 of 2"
    assert session.wait(10.5).set_index == 2
    done = session.do("left", "left", "right", "right")
    assert (done.stage, done.set_index, done.ended_because) == ("complete", 2, None)
    assert session.wait(5.0).ended_because == "all sets are done"
    assert [session.follows.set_of(index) for index in range(1, 9)] == [1] * 4 + [2] * 4
    assert session.kinds() == [
        *("ready", "rep_counted", "rep_counted", "change_legs", "rest_over"),
        *("rep_counted", "rep_counted", "set_done", "rest_over"),
        *("rep_counted", "rep_counted", "change_legs", "rep_counted", "rep_counted"),
        *("set_done", "done"),
    ]


def test_a_squat_has_no_legs_and_neither_has_a_plan_for_one() -> None:
    squat = Session(Plan(reps=2, sets=2, rest_s=20.0), "squat")
    assert squat.do("both", "both").stage == "rest"
    assert squat.last is not None
    assert squat.last.side == "both"
    one_leg = Session(Plan(reps=2, side="left"))
    assert one_leg.do("left", "left").stage == "complete"


def test_a_repetition_during_the_set_up_starts_the_set() -> None:
    session = Session(Plan())
    session.wait(1.0, setup=UNFIT)
    session.reps = 1
    state = session.frame(closed=rep(1, "right", session.t_s), setup=UNFIT)
    assert (state.stage, state.side, state.reps_in_set) == ("set", "right", 1)
    assert session.frame(setup=UNFIT).stage == "set"


def test_who_leaves_the_place_before_the_first_repetition_is_coached_again() -> None:
    session = Session(Plan())
    session.frame()
    assert session.wait(1.0, setup=UNFIT, phase=Phase.DESCENT).stage == "ready"
    assert session.wait(SETTLED_S + STEP_S, setup=UNFIT).stage == "setup"


def test_the_other_leg_need_not_wait_for_the_rest() -> None:
    session = Session(Plan(reps=2, rest_s=60.0))
    session.do("left", "left")
    state = session.do("right")
    assert (state.stage, state.side, state.reps_in_set, state.rest_left_s) == (
        *("set", "right", 1),
        None,
    )


def test_one_more_than_planned_belongs_to_its_set_and_the_rest_begins_anew() -> None:
    session = Session(Plan(reps=2, sets=2, rest_s=30.0), "squat")
    session.do("both", "both", "both")
    assert session.last is not None
    assert (session.last.stage, session.last.set_index) == ("rest", 1)
    assert session.last.rest_left_s == 30.0
    session.wait(12.0)
    started = session.do("both")
    assert (started.stage, started.set_index, started.reps_in_set) == ("set", 2, 1)
    assert [session.follows.set_of(index) for index in range(1, 5)] == [1, 1, 1, 2]


def test_one_more_on_the_same_leg_still_asks_for_the_other() -> None:
    session = Session(Plan(reps=2, rest_s=30.0))
    state = session.do("left", "left", "left")
    assert (state.stage, state.side) == ("change_legs", "right")
    assert session.kinds().count("change_legs") == 1


def test_who_changes_legs_early_is_sent_back_for_the_rest() -> None:
    session = Session(Plan(reps=3))
    state = session.do("left", "left", "right", "right", "right")
    assert (state.stage, state.side, state.reps_in_set) == ("change_legs", "left", 2)
    assert session.do("left").stage == "complete"


def test_alternating_legs_end_in_a_full_set() -> None:
    session = Session(Plan(reps=2))
    assert session.do("left", "right", "left", "right").stage == "complete"
    assert "wrong_leg" not in session.kinds()


def test_a_repetition_tells_its_grade_and_whether_it_was_too_fast() -> None:
    session = Session(Plan())
    session.do("left", fast=True)
    session.do("left")
    counted = [event for event in session.events if event.kind == "rep_counted"]
    assert [(event.grade, event.too_fast) for event in counted] == [
        ("fault", True),
        ("good", False),
    ]


def test_after_the_last_repetition_one_more_still_counts_until_done_is_said() -> None:
    session = Session(Plan(reps=1), "squat")
    assert session.do("both").stage == "complete"
    assert session.wait(3.0, phase=Phase.DESCENT).ended_because is None
    assert session.wait(6.0, phase=Phase.DESCENT).ended_because is None
    assert session.do("both", every_s=0.4).ended_because is None
    assert session.kinds().count("done") == 0
    done = session.wait(5.0)
    assert (done.stage, done.message, done.ended_because) == ("done", "Done", "all sets are done")
    assert session.follows.set_of(2) == 1
    assert session.kinds().count("done") == 1


def test_one_more_after_the_last_set_is_shown_for_the_leg_that_works() -> None:
    session = Session(Plan(reps=2))
    session.do("left", "left", "right", "right")
    going_on = session.wait(0.6, phase=Phase.DESCENT)
    assert (going_on.stage, going_on.side, going_on.reps_in_set) == ("complete", "right", 2)
    shown = screen_state(going_on, FITS)
    assert (shown.stage, shown.stance_side, shown.reps) == ("set", "right", 2)
    more = session.do("right", every_s=1.0)
    assert (more.side, more.reps_in_set, more.last_number) == ("right", 3, 3)


def test_a_set_of_one_that_begins_in_the_rest_is_a_set_of_its_own() -> None:
    session = Session(Plan(reps=1, sets=2, rest_s=30.0), "squat")
    assert session.do("both").message == "Rest. Next: set 2 of 2"
    done = session.do("both", every_s=12.0)
    assert (done.stage, done.set_index) == ("complete", 2)
    assert session.wait(5.0).ended_because == "all sets are done"
    assert session.kinds().count("set_done") == 2


@pytest.mark.parametrize("end", ["all sets are done", "no repetition for 60 s"])
def test_after_done_nothing_is_counted(end: str) -> None:
    session = Session(Plan(reps=1 if end == "all sets are done" else 2), "squat")
    session.do("both")
    done = session.wait(62.0)
    assert (done.message, done.ended_because) == ("Done", end)
    counted = session.kinds().count("rep_counted")
    after = session.do("both", "both")
    assert (after.reps_in_set, after.last_number) == (done.reps_in_set, done.last_number) == (1, 1)
    assert session.kinds().count("rep_counted") == counted == 1
    assert after.message == "Done"


def test_the_leg_that_was_done_already_is_noticed() -> None:
    session = Session(Plan(reps=2, rest_s=2.0))
    session.do("left", "left")
    told = session.do("left")
    assert told.wrong_leg == "That was your left leg: change to the right"
    assert (told.side, told.reps_in_set) == ("right", 0)
    assert session.events[-1] == PlanEvent("wrong_leg", side="right")
    assert session.wait(WRONG_LEG_S + 0.4).wrong_leg == ""
    assert session.do("left").wrong_leg == "That was your left leg: change to the right"
    right = session.do("right")
    assert (right.wrong_leg, right.side, right.reps_in_set) == ("", "right", 1)


def test_a_repetition_that_began_before_the_change_was_asked_for_is_not_the_wrong_leg() -> None:
    session = Session(Plan(reps=2))
    session.do("left", "left")
    assert session.do("left", every_s=2.0).wrong_leg == ""
    assert session.do("left").wrong_leg == "That was your left leg: change to the right"


def test_the_other_leg_in_the_middle_of_a_set_is_noticed_and_counts_for_its_own() -> None:
    session = Session(Plan(reps=4))
    told = session.do("left", "left", "right")
    assert told.wrong_leg == "That was your right leg: change to the left"
    assert (told.side, told.reps_in_set) == ("left", 2)
    assert session.do("left", "left").stage == "change_legs"
    assert session.do("right").reps_in_set == 2, "the early one counts"


def test_after_a_rest_the_leg_that_was_named_is_expected() -> None:
    session = Session(Plan(reps=1, sets=2, rest_s=2.0))
    session.do("left", "right")
    assert session.wait(3.0).message == "Continue: left leg"
    told = session.do("right")
    assert told.wrong_leg == ""
    assert told.message == "Switch legs: left leg next", "the change says it already"


def test_of_a_plan_for_one_leg_the_other_one_is_wrong_from_the_first_repetition_on() -> None:
    session = Session(Plan(reps=2, side="right"))
    told = session.do("left")
    assert told.wrong_leg == "That was your left leg: change to the right"
    assert (told.stage, told.side, told.reps_in_set) == ("set", "right", 0)
    assert session.events[-1] == PlanEvent("wrong_leg", side="right")
    session.wait(WRONG_LEG_S + 0.4)
    assert session.kinds().count("wrong_leg") == 1, "told once"
    assert session.do("left", "left").stage == "set", "the wrong leg never completes the set"
    right = session.do("right")
    assert (right.wrong_leg, right.reps_in_set) == ("", 1)
    assert session.do("right").stage == "complete"


def test_a_leg_that_is_not_sure_is_never_the_wrong_one() -> None:
    session = Session(Plan(reps=4))
    session.do("left", "left")
    session.wait(4.0)
    unsure = msgspec.structs.replace(rep(3, "right", session.t_s), stance_sure=False)
    assert session.frame(closed=unsure).wrong_leg == ""


def test_walking_up_to_the_camera_ends_the_session() -> None:
    session = Session(Plan())
    session.do("left")
    assert session.wait(0.8, size=2.0, setup=UNFIT).ended_because is None
    assert session.wait(0.6, seen=False).ended_because == "you walked up to the camera"
    assert session.last is not None
    assert session.last.stage == "done"


@pytest.mark.parametrize(
    ("size", "setup"),
    [(1.3, UNFIT), (2.0, FITS)],
    ids=["a step down toward the camera", "nearer, but all in view"],
)
def test_coming_somewhat_nearer_does_not_end_it(size: float, setup: SetupState) -> None:
    session = Session(Plan())
    session.do("left")
    assert session.wait(10.0, size=size, setup=setup).ended_because is None


def test_before_the_first_repetition_walking_up_is_setting_up() -> None:
    session = Session(Plan())
    session.frame()
    assert session.wait(10.0, size=2.0, setup=UNFIT).ended_because is None


def test_in_a_break_people_may_pass_the_camera() -> None:
    session = Session(Plan(reps=1))
    session.do("left")
    assert session.wait(2.0, size=2.0, setup=UNFIT).ended_because is None
    assert session.wait(2.0).ended_because is None
    assert session.wait(4.0, size=2.0, setup=UNFIT).ended_because == "you walked up to the camera"


def test_a_quiet_minute_ends_it_but_a_rest_or_a_slow_repetition_does_not() -> None:
    session = Session(Plan(reps=2, rest_s=90.0, quiet_s=60.0))
    session.wait(50.0)
    session.do("left", "left")
    assert session.wait(85.0).ended_because is None
    assert session.wait(58.0).ended_because is None
    assert session.wait(10.0, phase=Phase.DESCENT).ended_because is None
    assert session.wait(3.0).ended_because is None
    assert session.wait(2.0).ended_because == "no repetition for 60 s"


def test_a_still_person_who_never_begins_ends_it_after_the_quiet_time() -> None:
    for setup in (FITS, replace(UNFIT, still_s=2.0)):
        session = Session(Plan(quiet_s=12.0))
        assert session.wait(11.4, setup=setup).ended_because is None
        assert session.wait(1.0, setup=setup).ended_because == "no repetition for 12 s"
        assert session.kinds()[-1] == "done"


def test_who_still_gets_into_place_has_not_gone_quiet() -> None:
    session = Session(Plan(quiet_s=12.0))
    moving = replace(FITS, still_s=0.3)
    assert session.wait(60.0, setup=moving).ended_because is None
    for _ in range(5):  # stands still, and is asked for something else each time
        assert session.wait(8.0, setup=FITS).ended_because is None
        assert session.wait(8.0, setup=replace(UNFIT, still_s=2.0)).ended_because is None
    assert session.wait(12.6, setup=FITS).ended_because == "no repetition for 12 s"


def test_nobody_in_view_ends_it_in_every_stage() -> None:
    assert Session(Plan()).wait(61.0, seen=False).ended_because == "nobody in view for 60 s"
    session = Session(Plan(reps=1, rest_s=600.0))
    session.do("left")
    assert session.wait(61.0, seen=False).ended_because == "nobody in view for 60 s"


def test_a_session_that_never_shall_end_by_itself_does_not() -> None:
    session = Session(Plan(quiet_s=math.inf))
    session.do("left")
    assert session.wait(600.0, seen=False).ended_because is None


@settings(max_examples=60, deadline=None)
@given(
    sides=st.lists(st.sampled_from(["left", "right"]), max_size=14),
    pauses=st.lists(st.floats(2.0, 40.0), min_size=14, max_size=14),
    reps=st.integers(1, 4),
    sets=st.integers(1, 3),
)
def test_every_repetition_counts_once_and_sets_only_go_up(
    sides: list[Stance], pauses: list[float], reps: int, sets: int
) -> None:
    session = Session(Plan(reps=reps, sets=sets, rest_s=15.0, quiet_s=math.inf))
    done = 0
    for side, pause_s in zip(sides, pauses, strict=False):
        if session.do(side, every_s=pause_s).ended_because is not None:
            break
        done += 1
    numbers = [session.follows.set_of(index + 1) for index in range(done)]
    assert session.kinds().count("rep_counted") == done
    assert numbers == sorted(numbers)
    assert all(1 <= number <= sets for number in numbers)


def ends_of(name: str, plan: Plan) -> Iterable[tuple[FrameResult, PlanState]]:
    exercise = get_exercise(json.loads((POSES / f"{name}.json").read_text())["exercise"])
    recording = PoseRecording.load(POSES / f"{name}.npz")
    analyzer, estimator = Analyzer(exercise), RecordedEstimator(recording)
    check, follows = SetupCheck(exercise), SessionPlan(plan, exercise)
    for frame in RecordedSource(recording):
        result = analyzer.update(estimator.estimate(frame))
        yield result, follows.update(result, check.update(result.sample, result.view))


@pytest.mark.parametrize("name", sorted(path.stem for path in POSES.glob("*.npz")))
def test_no_recorded_set_is_cut_short(name: str) -> None:
    # A plan of one repetition: even then the session must stay open for those that follow.
    counted = ended_at = 0
    for result, state in ends_of(name, Plan(reps=1, rest_s=2.0)):
        counted += sum(event.kind == "rep_counted" for event in state.events)
        if state.ended_because and not ended_at:
            ended_at = result.reps_done
    truth = json.loads((POSES / f"{name}.json").read_text())["reps"]
    assert counted == len(truth)
    assert ended_at in (0, len(truth))


@pytest.mark.parametrize("gap_s", [0.0, 90.0])
def test_no_time_of_the_plan_passes_while_there_is_no_picture(gap_s: float) -> None:
    """As in a pause, or while the network was gone: neither quiet nor rest goes on."""
    session = Session(Plan(reps=1, sets=2, rest_s=20.0, quiet_s=60.0), "squat")
    session.wait(4.0)
    session.frame(closed=rep(1, "both", session.t_s))
    before = session.wait(5.0)
    session.t_s += gap_s
    after = session.frame()
    assert before.rest_left_s is not None
    assert after.rest_left_s == pytest.approx(before.rest_left_s, abs=0.5)
    assert after.stage == "rest"
    session.wait(16.0)
    session.wait(30.0)
    session.t_s += gap_s
    assert session.frame().ended_because is None
    assert session.wait(32.0).ended_because == "no repetition for 60 s"
