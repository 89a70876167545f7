"""A raised hand that is held still pauses and ends a live session; arms that help do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from held_figures import side_plank
from live_sessions import POSES, recording
from raised_hands import RATE_HZ, STANDING, held, with_hand

from formcheck.coach.raised_hand import END_S, HELD_S, HandState, RaisedHand, Sign, raised
from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, Side


def signs(samples: Sequence[PoseSample], *, at_rest: bool = True) -> list[tuple[float, Sign]]:
    hand = RaisedHand()
    states: list[tuple[float, HandState]] = [
        (sample.t_s, hand.update(sample, at_rest=at_rest)) for sample in samples
    ]
    return [(round(t_s, 1), state.sign) for t_s, state in states if state.sign is not None]


@pytest.mark.parametrize("side", SIDES)
def test_a_hand_that_is_held_pauses_and_then_ends(side: Side) -> None:
    assert raised(with_hand(side)) == side
    assert signs(held(side, 1.2)) == []
    assert signs(held(side, 6.0)) == [(HELD_S, "pause"), (END_S, "end")]


def test_each_time_a_hand_is_raised_it_gives_a_sign() -> None:
    down = [replace(STANDING, t_s=2.0 + n / RATE_HZ) for n in range(10)]
    again = held("left", 2.0, start_s=3.0)
    found = [sign for _, sign in signs([*held("left", 2.0), *down, *again])]
    assert found == ["pause", "pause"]


def test_a_hand_that_waves_both_arms_and_an_unsure_one_are_no_sign() -> None:
    waving = [with_hand("right", n / RATE_HZ, moved=0.3 * (-1) ** (n // 3)) for n in range(60)]
    assert signs(waving) == []
    assert signs(held(None, 6.0)) == []
    assert raised(with_hand("left", confidence=0.2)) is None


def test_no_arm_is_taken_for_a_sign_within_a_repetition() -> None:
    assert signs(held("left", 6.0), at_rest=False) == []


def test_the_upper_hand_of_who_lies_is_no_sign() -> None:
    lies = side_plank(0.0, up=0.0)
    points = lies.keypoints_px.copy()
    points[Keypoint.RIGHT_ELBOW] = points[Keypoint.RIGHT_SHOULDER] - [0.0, 60.0]
    points[Keypoint.RIGHT_WRIST] = points[Keypoint.RIGHT_SHOULDER] - [0.0, 120.0]
    points[Keypoint.LEFT_WRIST] = points[Keypoint.LEFT_ELBOW]
    assert raised(replace(lies, keypoints_px=points)) is None


def test_a_hand_unseen_for_a_moment_is_still_up() -> None:
    samples = held("left", 2.0)
    samples[8] = replace(STANDING, t_s=samples[8].t_s)
    assert [sign for _, sign in signs(samples)] == ["pause"]


@pytest.mark.parametrize("name", sorted(path.stem for path in POSES.glob("*.npz")))
def test_no_recorded_set_has_a_sign(name: str) -> None:
    assert signs(recording(name).samples) == []
