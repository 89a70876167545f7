"""A live session of holds: the clock, what is said, sides, sets, and the set-up of who lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from held_figures import plank, side_plank
from moving import ease, figure, film

from formcheck.coach.cues import Coach
from formcheck.coach.hold_clock import TIME_IS_UP, HoldClock
from formcheck.coach.plan import Plan, PlanState, SessionPlan
from formcheck.coach.setup import SetupCheck, SetupState
from formcheck.coach.sound import SoundChoice
from formcheck.data.frame_result import FrameResult
from formcheck.data.keypoints import PoseSample
from formcheck.data.session import HELD_WELL
from formcheck.exercises import get_exercise
from formcheck.motion.holds import HoldAnalyzer

Pose = Callable[[float], PoseSample]
RATE_HZ = 15.0


@dataclass(frozen=True)
class Told:
    """One frame of a session: the plan, what is said aloud, the set-up, and the analysis."""

    t_s: float
    plan: PlanState
    said: str
    setup: SetupState
    result: FrameResult


def told(exercise_id: str, pose: Pose, seconds: float, plan: Plan) -> list[Told]:
    """Let a figure do a live session."""
    exercise = get_exercise(exercise_id)
    analyzer, setup = HoldAnalyzer(exercise), SetupCheck(exercise)
    follows, coach, sounds = SessionPlan(plan, exercise), Coach(exercise), SoundChoice(exercise)
    found = []
    for sample in film(seconds, pose, RATE_HZ):
        result = analyzer.update(sample)
        fits = setup.update(sample, result.view)
        state = follows.update(result, fits)
        heard = sounds.update(result, state, coach.update(result))
        found.append(Told(sample.t_s, state, heard.sentence, fits, result))
        if state.ended_because is not None:
            break
    return found


def sentences(found: Sequence[Told]) -> list[str]:
    return [one.said for one in found if one.said]


def held(t_s: float, *times: tuple[float, float]) -> float:
    """1 between each pair of times, 0 elsewhere; half a second each way."""
    return sum(ease(t_s, a - 0.5, a) - ease(t_s, b, b + 0.5) for a, b in times)


def said_at(found: Sequence[Told], sentence: str) -> float:
    return next(one.t_s for one in found if one.said == sentence)


def test_a_hold_is_counted_in_and_its_seconds_are_counted_down() -> None:
    found = told(
        "plank", lambda t: plank(t, up=held(t, (8.0, 34.0))), 45.0, Plan(target_hold_s=24.0)
    )
    assert sentences(found) == [
        *("Get ready", "3", "2", "1", "Hold"),
        *("Halfway", "10 seconds to go", "3", "2", "1", TIME_IS_UP),
        *("Set complete", "Done"),
    ]
    began_s = 8.0
    assert said_at(found, "Halfway") - began_s == pytest.approx(12.0, abs=0.4)
    assert said_at(found, TIME_IS_UP) - began_s == pytest.approx(24.0, abs=0.4)
    assert found[-1].plan.ended_because == "all sets are done"


def test_the_clock_runs_only_while_the_posture_is_right() -> None:
    def pose(t_s: float) -> PoseSample:
        low = ease(t_s, 9.5, 10.0) - ease(t_s, 15.0, 15.5)
        return plank(t_s, up=held(t_s, (7.0, 22.0)), line_deg=27.0 * low)

    found = told("plank", pose, 26.0, Plan(target_hold_s=60.0))
    clock = {round(one.t_s, 1): one.plan.held_s or 0.0 for one in found}
    assert clock[15.0] - clock[10.4] == pytest.approx(0.0, abs=0.05)
    assert clock[21.0] - clock[16.0] == pytest.approx(5.0, abs=0.1)
    assert sentences(found)[-1] == "Hips up a little"
    assert said_at(found, "Hips up a little") == pytest.approx(10.9, abs=0.5)
    hold = next(one.result.closed for one in found if one.result.closed is not None)
    assert max(clock.values()) == pytest.approx(hold.measurements[HELD_WELL].value, abs=0.9)


def test_a_cue_comes_again_while_it_is_not_heeded() -> None:
    found = told(
        "plank",
        lambda t: plank(t, up=held(t, (3.0, 30.0)), line_deg=-50.0 * held(t, (3.0, 30.0))),
        28.0,
        Plan(),
    )
    cues = [one.t_s for one in found if one.said == "Hips down a little"]
    assert len(cues) == 4
    assert np.diff(cues) == pytest.approx([6.0] * 3, abs=0.3)


def test_who_comes_down_for_a_moment_goes_on_where_the_clock_stopped() -> None:
    pose = lambda t: plank(t, up=held(t, (3.0, 10.0), (15.0, 25.0)))  # noqa: E731
    found = told("plank", pose, 32.0, Plan(target_hold_s=15.0))
    assert said_at(found, TIME_IS_UP) == pytest.approx(15.0 + 8.0, abs=1.0)
    assert [one.result.closed is not None for one in found].count(True) == 2
    kinds = [event.kind for one in found for event in one.plan.events]
    assert kinds.count("rep_counted") == 1
    assert found[-1].plan.ended_because == "all sets are done"


def test_who_stays_down_is_done_with_this_hold() -> None:
    pose = lambda t: plank(t, up=held(t, (3.0, 10.0), (40.0, 50.0)))  # noqa: E731
    found = told("plank", pose, 39.0, Plan(target_hold_s=30.0, sets=2, rest_s=15.0))
    rests = [one.t_s for one in found if one.plan.stage == "rest"]
    assert rests[0] == pytest.approx(20.5, abs=0.6)
    assert found[-1].plan.set_index == 2
    assert sentences(found)[-4:] == ["3", "2", "1", "Hold"]


def test_several_holds_with_rests_are_sets() -> None:
    times = ((3.0, 9.0), (16.0, 22.0), (29.0, 35.0))
    found = told(
        "plank",
        lambda t: plank(t, up=held(t, *times)),
        45.0,
        Plan(target_hold_s=5.0, sets=3, rest_s=6.0),
    )
    assert [one.plan.set_index for one in found if one.result.closed is not None] == [1, 2, 3]
    assert sentences(found).count(TIME_IS_UP) == 3
    assert found[-1].plan.ended_because == "all sets are done"


def test_one_side_then_the_other() -> None:
    def pose(t_s: float) -> PoseSample:
        first = side_plank(t_s, up=held(t_s, (3.0, 9.0), (16.0, 22.0)))
        if t_s < 13.0:
            return first
        left_right = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15, 18, 17]
        return replace(
            first,
            keypoints_px=first.keypoints_px[left_right],
            confidence=first.confidence[left_right],
        )

    found = told("side_plank", pose, 32.0, Plan(target_hold_s=5.0, rest_s=4.0))
    sides = [one.result.closed.stance_side for one in found if one.result.closed is not None]
    assert sides == ["left", "right"]
    assert "Switch sides: right side next" in sentences(found)
    assert found[-1].plan.ended_because == "all sets are done"


def test_the_wrong_side_is_told_while_it_is_held_and_the_clock_stands_still() -> None:
    times = ((3.0, 9.0), (16.0, 24.0))
    found = told(
        "side_plank",
        lambda t: side_plank(t, up=held(t, *times)),
        23.0,
        Plan(target_hold_s=5.0, rest_s=4.0),
    )
    wrong = "This is your left side: change to the right"
    assert said_at(found, wrong) == pytest.approx(18.0, abs=0.6)
    assert sentences(found)[-1] == wrong
    assert found[-1].plan.wrong_leg == wrong
    clock = {round(one.t_s, 1): one.plan.held_s for one in found}
    assert clock[22.0] == clock[14.0]


def test_a_long_hold_is_not_a_session_gone_quiet() -> None:
    found = told("plank", lambda t: plank(t, up=held(t, (3.0, 100.0))), 98.0, Plan(quiet_s=20.0))
    assert found[-1].plan.ended_because is None
    assert found[-1].plan.held_s == pytest.approx(95.0, abs=0.6)


def test_without_a_target_a_hold_ends_where_it_is_left() -> None:
    found = told("plank", lambda t: plank(t, up=held(t, (8.0, 12.0))), 24.0, Plan())
    assert sentences(found) == ["Get ready", "3", "2", "1", "Hold", "Set complete", "Done"]


@pytest.mark.parametrize(
    ("target_s", "marks"),
    [
        (5.0, ["3", "2", "1", TIME_IS_UP]),
        (15.0, ["10 seconds to go", "3", "2", "1", TIME_IS_UP]),
        (60.0, ["Halfway", "10 seconds to go", "3", "2", "1", TIME_IS_UP]),
    ],
)
def test_what_is_said_of_the_seconds_to_go(target_s: float, marks: list[str]) -> None:
    clock = HoldClock(target_s)
    said = [clock.update(well_s) for well_s in np.arange(0.0, target_s + 5.0, 0.1)]
    assert [one for one in said if one] == marks


def checks(found: Sequence[Told]) -> list[str]:
    """What the set-up asks for, each once in its order."""
    asked = [one.setup.message for one in found]
    return [text for n, text in enumerate(asked) if n == 0 or text != asked[n - 1]]


def test_who_stands_is_asked_to_lie_down_and_who_lies_is_ready() -> None:
    def pose(t_s: float) -> PoseSample:
        return figure(t_s, stance="both") if t_s < 2.0 else plank(t_s, up=0.0)

    found = told("plank", pose, 5.0, Plan())
    assert found[0].setup.place.startswith("Put the camera low and level, 2.5 to 4 m to your side")
    assert found[-1].setup.place == ""
    assert checks(found) == ["Lie down: turn your side to the camera", "Hold still", "Ready"]
    assert {item.name for item in found[-1].setup.checks} == {
        *("in_view", "lying", "whole_body", "level", "alone")
    }


@pytest.mark.parametrize(
    ("shift_px", "asked"),
    [
        (-240.0, "Slide toward your feet: head is cut off"),
        (140.0, "Slide toward your head: feet are cut off"),
    ],
)
def test_all_of_a_body_that_lies_must_be_in_view(shift_px: float, asked: str) -> None:
    def pose(t_s: float) -> PoseSample:
        lies = plank(t_s, up=0.0)
        return replace(lies, keypoints_px=lies.keypoints_px + np.array([shift_px, 0.0]))

    assert checks(told("plank", pose, 3.0, Plan()))[-1] == asked
