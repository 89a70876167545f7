"""Legs and thirds compared, on numbers whose differences are known."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
import pytest
from clips.made_reps import FRONT, measured, rep_with

from formcheck.data.session import ExerciseInfo, Limits, Measurement, MeasureSpec, Rep, Stance, View
from formcheck.exercises import get_exercise
from formcheck.exercises.metrics import KNEE_FPPA
from formcheck.motion.comparison import (
    CONFIDENCE,
    Difference,
    compare_legs,
    compare_reps,
    compare_sessions,
    compare_thirds,
    direction,
)
from formcheck.motion.means import Mean
from formcheck.motion.verdicts import pool

KNEE = "knee_fppa_deg"
change = msgspec.structs.replace


def floor_of(floor: float) -> ExerciseInfo:
    info = get_exercise("step_down").info()
    specs = tuple(
        change(spec, least_difference=floor) if spec.id == KNEE else spec for spec in info.specs
    )
    return change(info, specs=specs)


EXERCISE = floor_of(0.0)


def rep(
    index: int,
    side: Stance,
    value: float,
    *,
    sem: float = 1.0,
    sem_rep: float = 0.0,
    descent_s: float = 2.0,
    view: View = FRONT,
    yaw_effect: float | None = None,
) -> Rep:
    knee = measured(EXERCISE.spec(KNEE), value, sem=sem, sem_rep=sem_rep, yaw_effect=yaw_effect)
    way_down = measured(EXERCISE.spec("descent_s"), descent_s, sem=0.0, sem_rep=0.1)
    return rep_with({KNEE: knee, "descent_s": way_down}, index=index, stance_side=side, view=view)


def both_legs(left: Sequence[float], right: Sequence[float], **more: float) -> list[Rep]:
    reps = [rep(n, "left", value, **more) for n, value in enumerate(left, 1)]  # type: ignore[arg-type]
    return reps + [
        rep(n, "right", value, **more)  # type: ignore[arg-type]
        for n, value in enumerate(right, len(reps) + 1)
    ]


def named(found: Sequence[Difference], name: str) -> Difference:
    (one,) = (difference for difference in found if difference.name == name)
    return one


def test_the_legs_are_compared_by_the_judged_number() -> None:
    knee = named(compare_legs(both_legs([4.0, 6.0], [15.0, 19.0]), EXERCISE), KNEE)
    assert (knee.first.value, knee.second.value, knee.difference) == (5.0, 17.0, 12.0)
    assert knee.spec.judged == "change"
    assert knee.symmetry_pct is None, "an angle has no percentage"


def test_the_detectable_difference_comes_from_the_standard_errors_and_the_scatter() -> None:
    knee = named(compare_legs(both_legs([4.0, 6.0], [15.0, 19.0], sem=2.0), EXERCISE), KNEE)
    left, right = math.hypot(2.0, 1.0), math.hypot(2.0, 2.0)
    assert knee.first.error == pytest.approx(2.0)
    assert knee.detectable == pytest.approx(CONFIDENCE * math.hypot(left, right))


def test_more_repetitions_do_not_shrink_the_measurements_own_error() -> None:
    knee = named(compare_legs(both_legs([5.0] * 20, [5.0] * 20, sem=2.0), EXERCISE), KNEE)
    assert knee.first.error == pytest.approx(2.0)


def test_nothing_below_the_published_detectable_difference_is_reported() -> None:
    exercise = floor_of(9.0)
    small = named(compare_legs(both_legs([2.0, 2.0], [10.5, 10.5]), exercise), KNEE)
    large = named(compare_legs(both_legs([2.0, 2.0], [11.5, 11.5]), exercise), KNEE)
    assert small.detectable == large.detectable == 9.0
    assert not small.detected
    assert large.detected


def test_the_knee_angle_has_such_a_floor() -> None:
    assert KNEE_FPPA.least_difference == 9.0


def test_yaw_moves_the_legs_apart_but_not_the_thirds() -> None:
    turned = change(FRONT, yaw_deg=-9.0, yaw_sem_deg=2.0)
    reps = [rep(n, "left", 5.0, view=turned, yaw_effect=1.1) for n in (1, 2, 3)]
    reps += [rep(n, "right", 17.0, view=turned, yaw_effect=0.9) for n in (4, 5, 6)]
    legs = named(compare_legs(reps, EXERCISE), KNEE)
    assert legs.yaw_effect == pytest.approx(2.0)
    assert legs.detectable == pytest.approx(CONFIDENCE * math.hypot(1.0, 1.0, 2.0 * 9.0))
    assert not legs.detected
    straight = [change(one, view=change(turned, yaw_deg=1.0)) for one in reps]
    assert named(compare_legs(straight, EXERCISE), KNEE).detected
    (left, _) = compare_thirds(reps, EXERCISE)
    third = named(left.differences, KNEE)
    assert third.detectable == pytest.approx(CONFIDENCE * math.sqrt(2.0))
    assert third.yaw_effect == 0.0


def test_what_an_unsure_yaw_would_do_is_no_difference_between_the_legs() -> None:
    unsure = change(FRONT, yaw_deg=0.0, yaw_sem_deg=7.0)
    reps = [rep(1, "left", 5.0, view=unsure, yaw_effect=1.0)]
    reps += [rep(2, "right", 18.0, view=unsure, yaw_effect=1.0)]
    knee = named(compare_legs(reps, EXERCISE), KNEE)
    assert knee.detectable == pytest.approx(14.0)
    assert not knee.detected


def test_symmetry_is_a_percentage_of_the_mean_for_counts_and_times_only() -> None:
    found = compare_legs(both_legs([5.0] * 2, [5.0] * 3, descent_s=2.0), EXERCISE)
    count = named(found, "repetitions")
    assert (count.first.value, count.second.value) == (2.0, 3.0)
    assert count.symmetry_pct == pytest.approx(40.0)
    assert named(found, "descent_s").symmetry_pct == 0.0
    assert named(found, "repetition_s").first.value == pytest.approx(4.0)


def test_the_knees_of_a_squat_are_compared_in_the_same_repetitions() -> None:
    squat = get_exercise("squat")
    knees = {"knee_fppa_left_deg": 4.0, "knee_fppa_right_deg": 16.0}
    reps = [rep_with(knees, index=n, stance_side="both", specs=squat.metrics) for n in (1, 2)]
    (knee,) = compare_legs(reps, squat.info())
    assert knee.spec.title == "Knee valgus"
    assert knee.difference == 12.0
    assert knee.detected


def test_one_leg_alone_is_not_compared() -> None:
    assert compare_legs([rep(1, "left", 4.0)], EXERCISE) == ()
    assert compare_legs((), EXERCISE) == ()


def test_the_last_third_is_said_to_differ_only_beyond_what_can_be_detected() -> None:
    fallen = [3.0, 3.0, 5.0, 6.0, 9.0, 9.0]
    reps = [rep(n, "left", value) for n, value in enumerate(fallen, 1)]
    (thirds,) = compare_thirds(reps, EXERCISE)
    assert (thirds.first, thirds.last) == ((1, 2), (5, 6))
    assert [one.name for one in thirds.detected] == [KNEE]
    assert named(thirds.differences, KNEE).difference == pytest.approx(6.0)
    noisy = [rep(n, "left", value, sem_rep=4.0) for n, value in enumerate(fallen, 1)]
    assert compare_thirds(noisy, EXERCISE)[0].detected == ()


def test_within_a_set_what_is_the_same_cancels_and_the_scatter_does_not() -> None:
    values = [3.0, 3.0, 3.0, 3.0, 6.0]
    unsure = [rep(n, "left", value, sem=5.0) for n, value in enumerate(values, 1)]
    knee = named(compare_thirds(unsure, EXERCISE)[0].differences, KNEE)
    step = math.sqrt(3.0**2 / 4 / 2)  # one step of 3 degrees among four
    assert knee.first.error == 5.0, "that of the value, not of the difference"
    assert knee.detectable == pytest.approx(CONFIDENCE * step)


def test_of_few_repetitions_the_whole_error_counts() -> None:
    few = [rep(n, "left", value, sem=5.0) for n, value in enumerate([3.0, 5.0, 9.0], 1)]
    (thirds,) = compare_thirds(few, EXERCISE)
    assert named(thirds.differences, KNEE).detectable == pytest.approx(
        CONFIDENCE * math.hypot(5.0, 5.0)
    )


def test_each_leg_has_thirds_of_its_own() -> None:
    reps = both_legs([3.0] * 3, [4.0] * 4)
    assert [(c.side, c.first, c.last) for c in compare_thirds(reps, EXERCISE)] == [
        ("left", (1,), (3,)),
        ("right", (4,), (7,)),
    ]


def test_each_set_has_thirds_of_its_own() -> None:
    reps = both_legs([3.0] * 6, [])
    reps = [change(one, set_index=1 if one.index < 4 else 2) for one in reps]
    assert [(c.set_index, c.first, c.last) for c in compare_thirds(reps, EXERCISE)] == [
        (1, (1,), (3,)),
        (2, (4,), (6,)),
    ]


def test_two_repetitions_have_no_thirds() -> None:
    assert compare_thirds(both_legs([3.0] * 2, []), EXERCISE) == ()


def test_what_is_missing_in_one_group_is_not_compared() -> None:
    reps = both_legs([3.0], [4.0])
    reps[0] = change(reps[0], measurements={KNEE: Measurement(not_measured="hidden")})
    names = {found.name for found in compare_legs(reps, EXERCISE)}
    assert names == {"repetitions", "repetition_s"}


@pytest.mark.parametrize(
    ("before", "now", "limits", "expected"),
    [
        (20.0, 4.0, Limits(good_low=-5.0, good_high=8.0), "better"),
        (4.0, 20.0, Limits(good_low=-5.0, good_high=8.0), "worse"),
        (-20.0, 12.0, Limits(good_low=-5.0, good_high=8.0), "better"),
        (1.0, 4.0, Limits(good_low=2.0), "better"),
        (-4.0, 7.0, Limits(good_low=-5.0, good_high=8.0), "other"),
        (1.0, 4.0, None, "other"),
        (4.0, 4.5, Limits(good_low=-5.0, good_high=4.0), None),
    ],
)
def test_a_change_is_better_when_it_comes_nearer_to_the_good_band(
    before: float, now: float, limits: Limits | None, expected: str | None
) -> None:
    means = (Mean(before, 0.1, 0.0, 5), Mean(now, 0.1, 0.0, 5))
    spec = MeasureSpec(id=KNEE, title="Knee", limits=limits)
    assert direction(Difference(spec, *means, 1.0)) == expected


# --- sessions ---------------------------------------------------------------------------------


def left_leg(values: Sequence[float], **more: float) -> list[Rep]:
    return [rep(n, "left", value, **more) for n, value in enumerate(values, 1)]  # type: ignore[arg-type]


def repeated(share: float) -> ExerciseInfo:
    specs = tuple(
        change(spec, repeat_share=share) if spec.id == KNEE else spec for spec in EXERCISE.specs
    )
    return change(EXERCISE, specs=specs)


def test_a_mean_has_one_error_wherever_it_is_printed() -> None:
    reps = left_leg([2.0, 9.0, 4.0, 7.0, 3.0, 8.0], sem=2.0, sem_rep=1.2)
    pooled = pool(reps, EXERCISE.spec(KNEE), "left")
    assert pooled is not None
    assert pooled.sem == pytest.approx(math.hypot(2.0, 1.2 / math.sqrt(6)))
    session = named(compare_sessions(reps, reps, EXERCISE), KNEE)
    legs = named(compare_legs([*reps, rep(7, "right", 5.0)], EXERCISE), KNEE)
    for mean in (session.first, session.second, legs.first):
        assert mean.value == pytest.approx(5.5)
        assert mean.error == pytest.approx(pooled.sem)
    one = named(
        compare_thirds(left_leg([2.0, 5.0, 9.0], sem=2.0, sem_rep=1.2), EXERCISE)[0].differences,
        KNEE,
    )
    assert one.first.error == pytest.approx(reps[0].measurements[KNEE].sem), (
        "a third of one repetition"
    )


def test_between_sessions_what_comes_with_the_person_cancels() -> None:
    values = [5.0, 5.4, 4.8, 5.2, 5.1]
    reps = left_leg(values, sem=4.0)
    line = np.polyval(np.polyfit(range(5), values, 1), range(5))
    scatter = math.sqrt(2 * float(np.sum((np.array(values) - line) ** 2)) / 6)
    wider = 2.4469 / CONFIDENCE  # Student's t with 6 degrees of freedom
    varies = wider * scatter * math.sqrt(2 / 5)
    for share, same in ((1.0, 4.0), (0.25, 1.0), (0.0, 0.0)):
        knee = named(compare_sessions(reps, reps, repeated(share)), KNEE)
        expected = CONFIDENCE * math.hypot(same * math.sqrt(2), varies)
        assert knee.detectable == pytest.approx(expected, rel=1e-4)
        assert knee.first.error == pytest.approx(4.0), "the error of the value stays"


def test_of_single_repetitions_the_whole_error_counts_between_sessions() -> None:
    knee = named(
        compare_sessions(left_leg([5.0], sem=3.0), left_leg([9.0], sem=3.0), repeated(0.2)), KNEE
    )
    assert knee.detectable == pytest.approx(CONFIDENCE * 3.0 * math.sqrt(2))


def test_the_published_change_stays_the_smallest_between_sessions() -> None:
    exercise = floor_of(9.0)
    reps = left_leg([5.0, 5.1, 4.9, 5.0, 5.0], sem=0.1)
    assert named(compare_sessions(reps, reps, exercise), KNEE).detectable == 9.0


def test_a_fall_within_the_set_does_not_hide_a_change_between_sessions() -> None:
    tired = [14.0, 15.1, 15.9, 17.0, 18.1, 19.0]
    before = left_leg(tired, sem=0.5)
    after = left_leg([value - 8.0 for value in tired], sem=0.5)
    knee = named(compare_sessions(before, after, EXERCISE), KNEE)
    assert knee.first_reps == 2
    assert knee.first.count == 2, "the first third"
    assert knee.difference == pytest.approx(-8.0)
    assert knee.detectable < 2.0, "not blown up by the fall of five degrees"
    assert knee.detected


def test_a_longer_tiring_set_is_no_worse_session() -> None:
    before = left_leg([4.0 + n + 0.1 * (-1) ** n for n in range(5)], sem=0.5)
    after = left_leg([4.0 + n + 0.1 * (-1) ** n for n in range(12)], sem=0.5)
    knee = named(compare_sessions(before, after, EXERCISE), KNEE)
    means = [
        sum(one.measurements[KNEE].value or 0 for one in reps) / len(reps)
        for reps in (before, after)
    ]
    assert means[1] - means[0] > 3.0
    assert abs(knee.difference) < 0.5
    assert not knee.detected


def test_four_repetitions_have_no_trend() -> None:
    reps = left_leg([4.0, 6.0, 8.0, 10.0], sem=0.5)
    assert not named(compare_sessions(reps, reps, EXERCISE), KNEE).first_reps


def test_the_camera_at_the_same_angle_both_times_is_no_doubt_and_at_another_is() -> None:
    def seen_at(yaw_deg: float) -> list[Rep]:
        view = change(FRONT, yaw_deg=yaw_deg, yaw_sem_deg=0.0)
        values = [5.0, 5.2, 4.8, 5.1, 4.9]
        return [
            rep(n, "left", one, view=view, yaw_effect=1.1, sem=0.0) for n, one in enumerate(values)
        ]

    same, other = (
        named(compare_sessions(seen_at(6.0), seen_at(yaw), EXERCISE), KNEE) for yaw in (6.0, -2.0)
    )
    assert same.detectable < 0.5
    assert not same.mostly_turned
    assert other.mostly_turned
    assert other.detectable == pytest.approx(CONFIDENCE * 1.1 * 8.0, rel=0.01)


def test_two_repetitions_of_a_set_are_compared_with_their_whole_errors() -> None:
    best, worst = rep(1, "left", 2.0), rep(2, "left", 6.0, descent_s=1.0)
    found = compare_reps(best, worst, EXERCISE)
    knee = named(found, KNEE)
    assert knee.difference == 4.0
    assert knee.detectable == pytest.approx(CONFIDENCE * math.hypot(1.0, 1.0))
    assert knee.detected
    assert named(found, "descent_s").difference == -1.0
    assert not named(compare_reps(best, rep(2, "left", 4.0), EXERCISE), KNEE).detected


def test_repetitions_seen_from_different_views_are_not_compared() -> None:
    side = rep(2, "left", 6.0, view=View(kind="side"))
    assert compare_reps(rep(1, "left", 2.0), side, EXERCISE) == ()
