"""The phase machine on movements whose repetitions are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from moving import rep_shape

from formcheck.data.frame_result import Phase
from formcheck.motion.phases import Excursion, PhaseMachine


def excursions(
    drop: Callable[[float], float],
    duration_s: float,
    order: str = "down_up",
    rate_hz: float = 30.0,
    noise: float = 0.0,
) -> list[Excursion]:
    rng = np.random.default_rng(0)
    machine = PhaseMachine(order)  # type: ignore[arg-type]
    times = np.arange(0, duration_s, 1 / rate_hz)
    found = [machine.update(t_s, drop(t_s) + rng.normal(0, noise)) for t_s in times]
    return [one for one in [*found, machine.finish()] if one is not None]


@pytest.mark.parametrize("rate_hz", [15, 24, 30, 60])
@pytest.mark.parametrize("noise", [0.0, 0.004])
def test_every_repetition_is_found_once(rate_hz: float, noise: float) -> None:
    shape = rep_shape([1.0, 6.0, 11.0])
    found = excursions(lambda t: 0.15 * shape(t), 16.0, rate_hz=rate_hz, noise=noise)
    assert len(found) == 3
    for one, start_s in zip(found, [1.0, 6.0, 11.0], strict=True):
        assert one.turn_s == pytest.approx(start_s + 2.15, abs=0.4)
        assert one.size == pytest.approx(0.15, abs=0.025)
        assert one.returned > 0.9


def test_standing_sway_is_no_movement() -> None:
    assert excursions(lambda t: 0.012 * np.sin(2 * np.pi * 0.4 * t), 30.0) == []


def test_slow_drift_is_no_movement() -> None:
    assert excursions(lambda t: 0.004 * t, 30.0) == []


def test_a_pause_at_the_bottom_belongs_to_the_repetition() -> None:
    shape = rep_shape([1.0], pause_s=6.0)
    assert len(excursions(lambda t: 0.15 * shape(t), 14.0)) == 1


def test_a_bounce_at_the_bottom_belongs_to_the_repetition() -> None:
    shape = rep_shape([1.0], pause_s=2.0)

    def bouncing(t_s: float) -> float:
        bounce = 0.05 * np.sin(np.pi * (t_s - 3.3) / 1.0) if 3.3 < t_s < 4.3 else 0.0
        return 0.15 * shape(t_s) - bounce

    assert len(excursions(bouncing, 10.0)) == 1


def test_repetitions_without_a_rest_between_them_are_counted_apart() -> None:
    found = excursions(lambda t: 0.15 * (1 - np.cos(2 * np.pi * t / 2.0)) / 2, 10.0)
    assert len(found) == 5


def test_a_step_up_is_the_same_turned_over() -> None:
    shape = rep_shape([1.0, 6.0])
    found = excursions(lambda t: -0.2 * shape(t), 11.0, order="up_down")
    assert [round(one.start_s) for one in found] == [1, 6]


def test_the_film_may_end_on_the_way_up() -> None:
    shape = rep_shape([1.0])
    cut = excursions(lambda t: 0.15 * shape(t), 4.0)
    assert len(cut) == 1
    assert 0.4 < cut[0].returned < 1.0


def test_a_film_that_ends_at_the_bottom_has_no_repetition() -> None:
    shape = rep_shape([1.0])
    assert excursions(lambda t: 0.15 * shape(t), 3.2) == []


def test_sitting_down_for_good_is_given_up() -> None:
    machine = PhaseMachine("down_up")
    for t_s in np.arange(0, 60, 1 / 30):
        assert machine.update(t_s, 0.0 if t_s < 2 else 0.4) is None
    assert machine.phase is Phase.STANDING


@pytest.mark.parametrize("starts_s", [27.0, 29.0, 31.0])
def test_a_movement_that_is_given_up_leaves_the_repetition_under_way(starts_s: float) -> None:
    shape = rep_shape([starts_s])
    wrong_until_s = 0.5

    def hips(t_s: float) -> float:
        return 0.15 * shape(t_s) + (0.0 if t_s < wrong_until_s else 0.4)

    (found,) = excursions(hips, starts_s + 8.0)
    assert found.start_s == pytest.approx(starts_s, abs=0.5)
    assert found.size == pytest.approx(0.15, abs=0.025)


def test_a_slow_movement_that_is_back_when_it_is_given_up_counts() -> None:
    def hips(t_s: float) -> float:
        return 0.2 * float(np.interp(t_s, [1.0, 13.0, 16.0, 30.9], [0.0, 1.0, 1.0, 0.0]))

    (found,) = excursions(hips, 34.0)
    assert found.turn_s == pytest.approx(14.5, abs=2.0)
    assert found.returned > 0.9


def test_frames_without_a_person_keep_the_phase() -> None:
    shape = rep_shape([1.0])
    machine = PhaseMachine("down_up")
    found = [
        machine.update(t_s, float("nan") if 2.0 < t_s < 2.4 else 0.15 * shape(t_s))
        for t_s in np.arange(0, 6, 1 / 30)
    ]
    assert sum(one is not None for one in found) == 1


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("down_up", ["standing", "descent", "bottom", "ascent", "standing"]),
        ("up_down", ["bottom", "ascent", "standing", "descent", "bottom"]),
    ],
)
def test_phases_follow_each_other(order: str, expected: list[str]) -> None:
    shape = rep_shape([1.0], pause_s=1.0)
    machine = PhaseMachine(order)  # type: ignore[arg-type]
    sign = 1.0 if order == "down_up" else -1.0
    seen: list[str] = []
    for t_s in np.arange(0, 8, 1 / 30):
        machine.update(t_s, sign * 0.15 * shape(t_s))
        if not seen or seen[-1] != machine.phase:
            seen.append(str(machine.phase))
    assert seen == expected
