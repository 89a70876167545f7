"""What the person is told within the set: what did not count, and why there are no angles."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import msgspec
import pytest
from live_sessions import recording

from formcheck.app.live.notices import NOT_SEEN, SETTLE_S, SHOWN_S, Notices, what_to_do
from formcheck.app.live.viewer import screen_state
from formcheck.coach.plan import Plan, SessionPlan
from formcheck.coach.setup import CheckName, SetupCheck, SetupCheckItem, SetupState
from formcheck.data.frame_result import Phase
from formcheck.data.keypoints import PoseSample
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import Analyzer

BRIGHT, DARK = 0.45, 0.06


def follow(
    name: str, exercise: str, *, luma: float = BRIGHT, unsure: tuple[float, float] = (0.0, 0.0)
) -> tuple[Notices, list[tuple[float, Phase, str, str]]]:
    """Play recorded poses; give time, phase, stage on the screen and the notice of each frame.

    From ``unsure[0]`` to ``unsure[1]`` no keypoint is sure.
    """
    done = get_exercise(exercise)
    analyzer, setup, plan = Analyzer(done), SetupCheck(done), SessionPlan(Plan(), done)
    notices = Notices(done)
    told: list[tuple[float, Phase, str, str]] = []
    for recorded in recording(name).samples:
        sample: PoseSample = recorded
        if unsure[0] < sample.t_s < unsure[1]:
            sample = replace(sample, confidence=0.3 * sample.confidence)
        result = analyzer.update(sample)
        state = setup.update(sample, result.view, luma)
        says = screen_state(plan.update(result, state), state)
        told.append(
            (
                result.t_s,
                result.phase,
                says.stage,
                notices.update(result, state, says),
            )
        )
    return notices, told


def test_where_no_angle_can_be_seen_the_reason_stays_throughout_the_set() -> None:
    notices, told = follow("single_leg_squat_oblique", "single_leg_squat")
    in_set = [notice for _, _, stage, notice in told if stage == "set"]
    assert in_set
    assert set(in_set) <= {
        "Turn left 30° so I can measure",
        "Turn left 35° so I can measure",
    }
    assert not any(notice for _, _, stage, notice in told if stage == "setup"), "it says so itself"
    assert notices.uncounted == 0


def test_what_is_asked_for_does_not_change_within_a_repetition() -> None:
    _, told = follow("single_leg_squat_oblique", "single_leg_squat")
    moving = [notice for _, phase, _, notice in told if phase is not Phase.STANDING]
    changes = sum(a != b for a, b in pairwise(moving))
    assert changes <= 1, "there are two repetitions"


def test_a_set_with_angles_has_no_notice() -> None:
    _, told = follow("step_down_front_left", "step_down")
    assert {notice for *_, notice in told} == {""}


def test_the_dark_is_named_first_and_the_notice_goes_when_the_angles_are_back() -> None:
    _, told = follow("step_down_front_left", "step_down", luma=DARK, unsure=(7.0, 10.0))
    said = [(t_s, notice) for t_s, _, _, notice in told if notice]
    assert {notice for _, notice in said} == {"Switch on a light so I can measure"}
    assert said[0][0] == pytest.approx(7.0 + SETTLE_S, abs=0.3)
    assert said[-1][0] == pytest.approx(10.0 + SETTLE_S, abs=0.3)


def test_a_joint_hidden_for_a_moment_is_not_told() -> None:
    _, told = follow("step_down_front_left", "step_down", unsure=(7.0, 7.4))
    assert {notice for *_, notice in told} == {""}


def set_up(*checks: SetupCheckItem) -> SetupState:
    return SetupState(checks, "", fits=False, still_s=0.0, ready=False)


@pytest.mark.parametrize(
    ("checks", "says"),
    [
        ([("turn", "Turn right 40°")], "Turn right 40° so I can measure"),
        ([("whole_body", "Step back: head is cut off")], "Step back so I can measure"),
        (
            [("turn", "Turn right 40°"), ("light", "Switch on a light: it is too dark")],
            "Switch on a light so I can measure",
        ),
        (
            [
                ("level", "Level the camera: it is tilted 7°"),
                ("distance", "Step back: you are too close"),
            ],
            "Step back so I can measure",
        ),
        ([("level", "Level the camera: it is tilted 7°")], "Level the camera so I can measure"),
        ([("alone", "Someone else is in view")], NOT_SEEN),
        ([], NOT_SEEN),
    ],
)
def test_the_first_thing_to_do_is_said_in_a_sentence(
    checks: list[tuple[CheckName, str]], says: str
) -> None:
    advice = ("level", "alone")
    wrong = [SetupCheckItem(name, False, text, name not in advice) for name, text in checks]
    fine = SetupCheckItem("in_view", True, "In view")
    assert what_to_do(set_up(fine, *wrong)) == says


def test_a_movement_too_small_to_count_is_told_for_some_seconds() -> None:
    squat = get_exercise("squat")
    analyzer = Analyzer(msgspec.structs.replace(squat, min_drop_pct=90.0))
    notices = Notices(analyzer.exercise)
    setup, plan = SetupCheck(squat), SessionPlan(Plan(), squat)
    told = []
    for sample in recording("squat_front").samples:
        result = analyzer.update(sample)
        state = setup.update(sample, result.view, BRIGHT)
        says = screen_state(plan.update(result, state), state)
        told.append((result.t_s, result.ignored, notices.update(result, state, says)))
    ignored = [(t_s, reason) for t_s, reason, _ in told if reason]
    assert notices.uncounted == len(ignored) == len(analyzer.ignored) == 3
    for t_s, reason in ignored:
        shown = {text for at_s, _, text in told if t_s <= at_s < t_s + min(SHOWN_S, 1.0)}
        assert shown == {f"Not counted: {reason}"}
