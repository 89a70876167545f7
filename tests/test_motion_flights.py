"""Flights of stairs: which feet take which steps, when, and what is no flight."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from moving import figure, film, mirrored, rep_shape
from walking_figures import RISE, Walker, stairs, up_and_back

from formcheck.data.keypoints import PoseSample, Side
from formcheck.data.poses import Poses
from formcheck.data.session import Flight, Rep
from formcheck.exercises import get_exercise
from formcheck.motion.flights import ASTRAY, FlightAnalyzer, climbs, may_miss_a_step
from formcheck.motion.footfalls import Footfall, footfalls
from formcheck.pose.recorded import PoseRecording

POSES = Path(__file__).parent / "poses"
STAIRS = POSES / "stairs"
UP, DOWN = [RISE] * 5, [-RISE] * 5
NOISE_PX = 1.5


def analyzed(samples: Sequence[PoseSample]) -> FlightAnalyzer:
    analyzer = FlightAnalyzer(get_exercise("stairs"))
    for sample in samples:
        analyzer.update(sample)
    analyzer.finish()
    return analyzer


def flights(samples: Sequence[PoseSample]) -> tuple[Flight, ...]:
    found = analyzed(samples).reps
    assert all(isinstance(one, Flight) for one in found)
    return tuple(one for one in found if isinstance(one, Flight))


def walked(walker: Walker, *, rate_hz: float = 30.0) -> list[PoseSample]:
    last_s = max(one.t_s for one in walker.placed)
    return list(film(last_s + 3.0, walker.pose, rate_hz, NOISE_PX))


def value(rep: Rep, measure: str) -> float:
    found = rep.measurements[measure]
    assert found.value is not None, found.not_measured
    return found.value


# --- footfalls ------------------------------------------------------------------------------


def test_each_footfall_is_found_with_its_foot_and_time() -> None:
    placed = stairs([0.0] * 4, first="right", step_s=0.7)
    found = footfalls(Poses.from_samples(walked(Walker(placed))))
    assert [one.side for one in found] == [one.side for one in placed]
    assert [one.down_s for one in found] == pytest.approx([one.t_s for one in placed], abs=0.07)
    assert all(abs(one.raised) < 0.05 for one in found)


def test_a_foot_stands_until_it_swings_again() -> None:
    placed = stairs([0.0] * 5, step_s=0.7)
    found = footfalls(Poses.from_samples(walked(Walker(placed, swing_s=0.4))))
    known = [one.contact_s for one in found if np.isfinite(one.contact_s)]
    assert len(known) == len(placed) - 2
    assert known[1:-1] == pytest.approx([2 * 0.7 - 0.4] * (len(known) - 2), abs=0.08)


def test_feet_that_are_taken_for_each_other_for_a_moment_take_no_steps() -> None:
    samples = walked(Walker(stairs(UP)))
    swapped = [
        mirrored(mirrored([one]))[0] if not 2.18 < one.t_s < 2.32 else _swapped(one)
        for one in samples
    ]
    (flight,) = flights(swapped)
    assert [step.side for step in flight.steps] == ["left", "right", "left", "right", "left"]


def _swapped(sample: PoseSample) -> PoseSample:
    rows = [0, *(row for left in range(1, 19, 2) for row in (left + 1, left))]
    return replace(sample, keypoints_px=sample.keypoints_px[rows])


# --- flights ---------------------------------------------------------------------------------


@pytest.mark.parametrize("follows", [False, True])
@pytest.mark.parametrize("to_the_right", [False, True])
@pytest.mark.parametrize(("rises", "way"), [(UP, "up"), (DOWN, "down")])
def test_steps_are_counted_by_foot(
    rises: list[float], way: str, to_the_right: bool, follows: bool
) -> None:
    walker = Walker(stairs(rises), to_the_right=to_the_right, follows=follows, looks_down=0.05)
    (flight,) = flights(walked(walker))
    assert flight.way == way
    assert [step.side for step in flight.steps] == ["left", "right", "left", "right", "left"]
    true_s = [one.t_s for one in walker.placed[:-1]]
    assert [step.t_s for step in flight.steps] == pytest.approx(true_s, abs=0.08)
    assert value(flight, "step_count") == 5.0
    assert value(flight, "step_count_left") == 3.0
    assert value(flight, "step_count_right") == 2.0
    assert value(flight, f"{way}_cadence") == pytest.approx(100.0, abs=3.0)
    assert value(flight, f"{way}_lean_deg") == pytest.approx(5.0, abs=1.5)
    other = "down" if way == "up" else "up"
    assert f"{other}_cadence" not in flight.measurements


def test_feet_that_are_put_beside_the_other_take_no_step() -> None:
    (flight,) = flights(walked(Walker(stairs(DOWN, first="right", together=True))))
    assert [step.side for step in flight.steps] == ["right"] * 5
    assert value(flight, "step_count_left") == 0.0
    assert flight.measurements["down_step_left_s"].value is None
    assert "left foot" in str(flight.measurements["down_step_left_s"].not_measured)


def test_level_steps_before_and_after_the_stairs_do_not_count() -> None:
    (flight,) = flights(walked(Walker(stairs([0.0, 0.0, *UP, 0.0, 0.0]))))
    assert [step.side for step in flight.steps] == ["left", "right", "left", "right", "left"]


def test_a_limp_shows_in_the_step_times() -> None:
    placed = stairs(UP)
    limping = [replace(one, t_s=one.t_s + (0.12 if one.side == "left" else 0.0)) for one in placed]
    (flight,) = flights(walked(Walker(limping)))
    left, right = (value(flight, f"up_step_{side}_s") for side in ("left", "right"))
    assert left == pytest.approx(0.72, abs=0.07)
    assert right == pytest.approx(0.48, abs=0.07)


def test_up_and_down_after_a_rest_are_two_flights() -> None:
    up = stairs([RISE] * 4)
    top = up[-1].at
    later_s = up[-1].t_s + 2.0
    down = [
        replace(one, t_s=one.t_s + later_s, at=(one.at[0] + top[0], one.at[1] + top[1]))
        for one in stairs([-RISE] * 4)
    ]
    found = flights(walked(Walker([*up, *down])))
    assert [(one.way, len(one.steps)) for one in found] == [("up", 4), ("down", 4)]
    assert [one.index for one in found] == [1, 2]


@pytest.mark.parametrize(("lean_deg", "grade"), [(4.0, "good"), (26.0, "watch"), (40.0, "fault")])
def test_the_trunk_is_judged_on_the_way_down(lean_deg: float, grade: str) -> None:
    (flight,) = flights(walked(Walker(stairs(DOWN), lean_deg=lean_deg)))
    assert flight.form.grade == grade
    assert bool(flight.form.cue) == (grade != "good")


def test_the_trunk_is_not_judged_on_the_way_up() -> None:
    (flight,) = flights(walked(Walker(stairs(UP), lean_deg=40.0)))
    assert flight.form.grade is None
    assert flight.measurements["up_lean_deg"].grade is None


def test_how_long_a_foot_stands_needs_a_fast_film() -> None:
    (slow,) = flights(walked(Walker(stairs(DOWN)), rate_hz=15.0))
    assert len(slow.steps) == 5
    assert "film with 30" in str(slow.measurements["down_contact_left_s"].not_measured)


def test_a_flight_is_known_while_it_is_climbed() -> None:
    analyzer = FlightAnalyzer(get_exercise("stairs"))
    results = [analyzer.update(sample) for sample in walked(Walker(stairs([-RISE] * 8)))]
    counts = [one.steps for one in results if one.steps is not None]
    assert counts[0] == 3
    assert sorted(counts) == counts
    assert counts[-1] == 8
    assert {str(one.phase) for one in results if one.steps is not None} == {"descent"}
    closed = [one.closed for one in results if one.closed is not None]
    assert [one.index for one in closed] == [1]
    assert results[-1].steps is None


# --- what is no flight --------------------------------------------------------------------------


def squatting(t_s: float) -> PoseSample:
    return figure(t_s, drop=0.3 * rep_shape([1.0, 5.0])(t_s), stance="both", yaw_deg=90.0)


@pytest.mark.parametrize(
    "pose",
    [
        Walker(stairs([0.0] * 8)).pose,
        Walker(stairs([RISE, RISE])).pose,
        Walker(up_and_back(4)).pose,
        squatting,
    ],
    ids=["walk", "two steps", "step-ups", "squats"],
)
def test_what_is_no_flight(pose: Callable[[float], PoseSample]) -> None:
    assert flights(list(film(12.0, pose, noise_px=NOISE_PX))) == ()


def test_step_ups_on_one_step_are_refused_because_the_hips_stay() -> None:
    found = analyzed(walked(Walker(up_and_back(4))))
    assert found.reps == ()
    assert ASTRAY in [one.reason for one in found.ignored]


def one_after_the_other(*feet: tuple[Side, float]) -> list[Footfall]:
    """Feet set down one after the other, each a tread ahead; with how much each was raised."""
    return [
        Footfall(side, n - 0.4, float(n), 0.3, 0.0 if raised == 0.22 else 0.2, raised)
        for n, (side, raised) in enumerate(feet)
    ]


@pytest.mark.parametrize(
    ("feet", "may_miss"),
    [
        ([("left", 0.2), ("right", 0.4), ("left", 0.4), ("right", 0.4), ("left", 0.4)], False),
        ([("left", 0.2), ("right", 0.4), ("left", 0.4), ("right", 0.22), ("left", 0.4)], True),
        ([("left", 0.2), ("right", 0.4), ("left", 0.4), ("left", 0.4), ("right", 0.4)], True),
    ],
    ids=["each foot in turn", "a foot goes ahead on no new tread", "a foot moves twice in a row"],
)
def test_a_flight_with_a_step_that_may_be_missing_is_found_out(
    feet: list[tuple[Side, float]], may_miss: bool
) -> None:
    (climb,) = climbs(one_after_the_other(*feet))
    assert may_miss_a_step(climb) is may_miss


def test_hidden_feet_refuse_the_flight() -> None:
    found = analyzed(walked(Walker(stairs(DOWN), confidence=0.3)))
    assert found.reps == ()
    assert [one.reason for one in found.ignored] == [
        "the left foot was hidden for 100 % of the flight: keep it in view"
    ]


def test_stairs_from_the_front_are_refused_with_the_reason() -> None:
    found = analyzed(list(film(6.0, lambda t: figure(t, stance="left"))))
    assert found.reps == ()
    assert [one.reason for one in found.ignored] == [
        "filmed from the front. Film from the side to measure this"
    ]


@pytest.mark.parametrize(
    "clip",
    ["step_down_side_left", "squat_side", "step_up_front_left", "single_leg_squat_side_right"],
)
def test_other_exercises_are_no_flight(clip: str) -> None:
    assert flights(PoseRecording.load(POSES / f"{clip}.npz").samples) == ()


def test_nobody_climbs_nothing() -> None:
    assert climbs(()) == ()
    assert flights([]) == ()


# --- a rendered person --------------------------------------------------------------------------


def test_a_rendered_person_on_stairs() -> None:
    truth = json.loads((STAIRS / "up_and_down.json").read_text("utf-8"))
    found = flights(PoseRecording.load(STAIRS / "up_and_down.fcp").samples)
    assert [one.way for one in found] == [one["direction"] for one in truth["flights"]]
    for number, flight in enumerate(found):
        steps = [
            one for one in truth["steps"] if one["flight"] == number and one["kind"] == flight.way
        ]
        assert [step.side for step in flight.steps] == [one["foot"] for one in steps]
        times_s = [one["t_s"] for one in steps]
        assert [step.t_s for step in flight.steps] == pytest.approx(times_s, abs=0.2)
        cadence = 60.0 * (len(steps) - 1) / (times_s[-1] - times_s[0])
        assert value(flight, f"{flight.way}_cadence") == pytest.approx(cadence, abs=5.0)
