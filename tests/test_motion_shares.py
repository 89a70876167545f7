"""A share of good repetitions: what counts as a change, on counts whose chances are known."""

from __future__ import annotations

import pytest
from clips.made_reps import measured, rep_with

from formcheck.data.session import Measurement, Rep
from formcheck.exercises import get_exercise
from formcheck.motion.shares import Counted, counted, share_change

STEP_DOWN = get_exercise("step_down").info()
KNEE = "knee_fppa_deg"


def exactly(good: int, of: int) -> Counted:
    return Counted(good, of, float(good), of)


def test_the_chance_is_that_of_two_beta_distributions() -> None:
    change = share_change([exactly(4, 7), exactly(7, 7)])
    assert change is not None
    # P(Y > X) for X ~ Beta(5, 4), Y ~ Beta(8, 1) is 1 - E[X**8], a ratio of rising factorials.
    assert change.higher == pytest.approx(1 - (5 * 6 * 7 * 8) / (13 * 14 * 15 * 16), abs=1e-4)


def test_a_patient_who_gets_better_is_told_so() -> None:
    change = share_change([exactly(2, 4), exactly(2, 3), exactly(4, 4), exactly(3, 3)])
    assert change is not None
    assert (change.first.good, change.first.judged, change.second.good) == (4, 7, 7)
    assert (change.direction, change.sure) == ("better", "probably")


@pytest.mark.parametrize(
    ("sessions", "said"),
    [
        ([(5, 5), (5, 5)], (None, "unclear")),
        ([(3, 4), (3, 3)], (None, "unclear")),
        ([(0, 5), (5, 5)], ("better", "sure")),
        ([(5, 5), (0, 5)], ("worse", "sure")),
        ([(1, 5), (2, 5), (5, 5), (4, 5), (5, 5), (5, 5)], ("better", "sure")),
        ([(3, 5), (2, 5), (3, 5), (2, 5), (3, 5), (3, 5), (2, 5), (3, 5)], (None, "unclear")),
    ],
)
def test_few_repetitions_say_little(
    sessions: list[tuple[int, int]], said: tuple[str | None, str]
) -> None:
    change = share_change([exactly(*one) for one in sessions])
    assert change is not None
    assert (change.direction, change.sure) == said


def test_one_session_is_no_change() -> None:
    assert share_change([exactly(1, 5)]) is None
    assert share_change([exactly(1, 5), Counted()]) is None


def at(knee: float, index: int, sem: float = 1.0) -> Rep:
    good = {"knee_over_foot_pct": 1.0, "trunk_lean_deg": 0.0, "descent_s": 3.0}
    values: dict[str, float | Measurement] = {
        **good,
        KNEE: measured(STEP_DOWN.spec(KNEE), knee, sem=sem),
    }
    return rep_with(values, index=index, specs=STEP_DOWN.specs)


def test_what_is_near_a_limit_counts_by_how_likely_it_is_good_again() -> None:
    limit = STEP_DOWN.spec(KNEE).limits
    assert limit is not None
    assert limit.good_high is not None
    just_good, just_not = limit.good_high - 0.01, limit.good_high + 0.01
    before = counted([at(just_not, n) for n in range(1, 6)], STEP_DOWN.specs, "form")
    after = counted([at(just_good, n) for n in range(1, 6)], STEP_DOWN.specs, "form")
    assert (before.good, after.good) == (0, 5)
    assert after.again == pytest.approx(before.again, abs=0.1)
    change = share_change([before, after])
    assert change is not None
    assert change.direction is None, "two hundredths of a degree are no progress"


def test_form_and_tempo_are_counted_apart() -> None:
    reps = [at(2.0, 1), at(20.0, 2)]
    assert (counted(reps, STEP_DOWN.specs, "form").good) == 1
    assert (counted(reps, STEP_DOWN.specs, "tempo").good) == 2
