"""The 5 % rule on minimum-jerk movements, whose crossings can be computed."""

from __future__ import annotations

import numpy as np
import pytest
from moving import LEG_PX, figure, film, rep_shape

from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.poses import Poses
from formcheck.motion.events import TimedWay, find_ways, ways_from_height
from formcheck.motion.phases import Excursion
from formcheck.motion.rep_timing import when_lowest

CROSSING = 0.0594
"""Minimum jerk: speed 30 s^2 (1 - s)^2 is 5 % of its peak where s (1 - s) = 0.25 sqrt(0.05)."""


def strokes(
    down_s: float, pause_s: float, up_s: float, rate_hz: float, noise: float = 0.0
) -> tuple[TimedWay, TimedWay]:
    shape = rep_shape([2.0], down_s, pause_s, up_s)
    t_s = np.arange(0, 2.0 + down_s + pause_s + up_s + 1.0, 1 / rate_hz)
    rng = np.random.default_rng(3)
    height = -50.0 * np.array([shape(t) for t in t_s]) + rng.normal(0, noise, len(t_s))
    turn_s = 2.0 + down_s + pause_s / 2
    excursion = Excursion(2.2, turn_s, turn_s + pause_s / 2 + up_s, 0.2, 1.0)
    return ways_from_height(t_s, height, excursion, outward=-1.0)


@pytest.mark.parametrize("rate_hz", [24, 30, 60])
@pytest.mark.parametrize(("down_s", "up_s"), [(3.0, 1.2), (2.0, 1.0), (1.0, 0.8)])
def test_events_are_where_the_speed_crosses_five_percent(
    rate_hz: float, down_s: float, up_s: float
) -> None:
    pause_s = 0.3
    out, back = strokes(down_s, pause_s, up_s, rate_hz)
    bottom_s = 2.0 + down_s
    expected = [
        2.0 + CROSSING * down_s,
        bottom_s - CROSSING * down_s,
        bottom_s + pause_s + CROSSING * up_s,
        bottom_s + pause_s + (1 - CROSSING) * up_s,
    ]
    found = [out.start_s, out.end_s, back.start_s, back.end_s]
    assert found == pytest.approx(expected, abs=0.1)


def test_the_frame_rate_does_not_change_the_tempo() -> None:
    durations = []
    for rate_hz in (24, 30, 60):
        out, _ = strokes(2.0, 0.3, 1.0, rate_hz)
        assert out.start_s is not None
        assert out.end_s is not None
        durations.append(out.end_s - out.start_s)
    assert np.ptp(durations) < 0.04


def test_noise_costs_little() -> None:
    clean, noisy = strokes(3.0, 0.3, 1.2, 30), strokes(3.0, 0.3, 1.2, 30, noise=0.3)
    for one, other in zip(clean, noisy, strict=True):
        assert one.start_s == pytest.approx(other.start_s, abs=0.25)
        assert one.end_s == pytest.approx(other.end_s, abs=0.25)


def test_an_event_outside_the_film_is_unknown() -> None:
    shape = rep_shape([0.0], 2.0, 0.3, 1.0)
    t_s = np.arange(0.5, 2.9, 1 / 30)
    height = -50.0 * np.array([shape(t) for t in t_s])
    out, back = ways_from_height(t_s, height, Excursion(0.5, 2.15, 2.9, 0.2, 0.8), outward=-1.0)
    assert out.start_s is None
    assert back.end_s is None


def test_nobody_seen_gives_no_events() -> None:
    t_s = np.arange(0, 2, 1 / 30)
    height = np.full(len(t_s), np.nan)
    out, back = ways_from_height(t_s, height, Excursion(0.2, 1.0, 1.8, 0.2, 1.0), outward=-1.0)
    assert out == back == TimedWay(None, None)


def with_arms_raised_before(down_s: float, settle_px: float = 0.0) -> tuple[TimedWay, float]:
    """Shoulders raised and let down again, a rest, then the way down, which starts at 6 s.

    ``settle_px`` are sunk through slowly in the last second of the rest.
    """
    t_s = np.arange(0.0, 8.0 + down_s, 1 / 30)
    down, up = rep_shape([6.0], down_s, 0.3, 1.2), rep_shape([2.0], 0.5, 0.2, 0.6)
    settled = settle_px * np.clip(t_s - 5.0, 0.0, 1.0)
    height = np.array([12.0 * up(t) - 100.0 * down(t) for t in t_s]) - settled
    excursion = Excursion(2.7, 6.0 + down_s + 0.1, 7.5 + down_s, 0.4, 1.0)
    out, _ = ways_from_height(t_s, height, excursion, outward=-1.0)
    assert out.start_s is not None
    return out, 6.0 + CROSSING * down_s


@pytest.mark.parametrize("down_s", [0.7, 1.5, 3.0])
def test_the_descent_starts_at_the_last_rest_before_the_drop(down_s: float) -> None:
    out, start_s = with_arms_raised_before(down_s)
    assert out.start_s == pytest.approx(start_s, abs=0.15)


def test_a_rest_low_in_the_drop_stays_part_of_it() -> None:
    """Half-way down, nobody stands."""
    t_s = np.arange(0.0, 8.0, 1 / 30)
    first, second = rep_shape([2.0], 1.0, 9.0), rep_shape([4.0], 1.0, 9.0)
    height = np.array([-50.0 * (first(t) + second(t)) for t in t_s])
    out, _ = ways_from_height(t_s, height, Excursion(2.3, 5.0, 8.0, 0.4, 0.0), outward=-1.0)
    assert out.start_s == pytest.approx(2.0 + CROSSING, abs=0.15)


def test_a_slow_beginning_is_doubted() -> None:
    """Sinking by 9 % of the way for a second may belong to the drop or not."""
    sure, _ = with_arms_raised_before(1.5)
    unsure, start_s = with_arms_raised_before(1.5, settle_px=9.0)
    assert sure.doubt_s < 0.06
    assert unsure.start_s is not None
    assert unsure.doubt_s > 0.3
    assert abs(unsure.start_s - start_s) < 2.0 * np.hypot(0.1, unsure.doubt_s)


@pytest.mark.parametrize("lean_px", [-20.0, 20.0])
def test_a_trunk_that_leans_after_a_step_up_does_not_end_it(lean_px: float) -> None:
    """The hips rest from 6 s on, while the shoulders sink or rise by a tenth of leg length."""
    up, lean = rep_shape([2.0], 1.0, 1.0, 2.0), rep_shape([6.1], 0.8, 5.0)

    def pose(t_s: float) -> PoseSample:
        sample = figure(t_s, drop=0.2 - 0.2 * up(t_s))
        for joint in (Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER):
            sample.keypoints_px[joint, 1] += lean_px * lean(t_s)
        return sample

    window = Poses.from_samples(list(film(8.0, pose, noise_px=0.3)))
    _, down = find_ways(window, Excursion(2.0, 3.5, 6.2, 0.2, 1.0), outward=1.0)
    assert down.start_s == pytest.approx(4.0 + 2.0 * CROSSING, abs=0.1)
    assert down.end_s == pytest.approx(6.0 - 2.0 * CROSSING, abs=0.15)


def test_the_lowest_moment_lies_within_the_repetition_though_the_turn_was_taken_later() -> None:
    """As where something hides the bottom: there the hips may look lowest after the way back."""
    down, dip = rep_shape([2.0], 1.0, 0.5, 1.0), rep_shape([5.2], 0.3, 0.2, 0.3)
    t_s = np.arange(0.0, 7.0, 1 / 30)
    height = np.array([-60.0 * down(t) - 8.0 * dip(t) for t in t_s])
    height[(t_s > 3.1) & (t_s < 3.6)] = np.nan
    whole = (2.0, 4.5)
    assert 3.0 <= when_lowest(t_s, height, 3.3, whole) <= 3.6 + 1 / 30
    assert 3.0 <= when_lowest(t_s, height, 5.5, whole) <= 3.6 + 1 / 30
    assert when_lowest(t_s, np.full(len(t_s), np.nan), 5.5, whole) == 4.5


def with_a_halt(part: float, first_s: float, halt_s: float) -> float:
    """Start of a way down from 4 s on whose first ``part`` takes ``first_s``, then halts."""
    t_s = np.arange(0.0, 8.0, 1 / 30)
    up = rep_shape([1.0], 1.0, 10.0)
    first, second = rep_shape([4.0], first_s, 9.0), rep_shape([4.0 + first_s + halt_s], 1.4, 9.0)
    height = np.array(
        [0.2 * LEG_PX * (up(t) - part * first(t) - (1 - part) * second(t)) for t in t_s]
    )
    _, back = ways_from_height(t_s, height, Excursion(1.0, 3.0, 6.7, 0.2, 1.0), outward=1.0)
    assert back.start_s is not None
    return back.start_s


def test_a_moment_of_slowness_at_the_begin_of_a_way_down_is_part_of_it() -> None:
    assert with_a_halt(0.09, 0.4, 0.0) == pytest.approx(4.0 + 0.4 * CROSSING, abs=0.15)


def test_what_sinks_before_a_rest_is_not_part_of_the_way_down() -> None:
    assert with_a_halt(0.08, 0.6, 1.0) == pytest.approx(5.6 + 1.4 * CROSSING, abs=0.15)


def test_a_way_back_ends_at_the_level_that_the_way_out_left() -> None:
    """The hips sink on, by a tenth of the way, 0.1 s after they are back."""
    t_s = np.arange(0.0, 9.0, 1 / 30)
    up, on = rep_shape([2.0], 1.0, 1.0, 2.0), rep_shape([6.1], 0.8, 9.0)
    height = np.array([50.0 * (up(t) - 0.1 * on(t)) for t in t_s])
    _, back = ways_from_height(t_s, height, Excursion(2.0, 3.5, 6.2, 0.2, 1.0), outward=1.0)
    assert back.end_s == pytest.approx(6.0 - 2.0 * CROSSING, abs=0.15)
