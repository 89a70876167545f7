"""What is put side by side: two sessions, two legs, two repetitions, and how it is said."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from session_examples import make_rep, make_session
from store_examples import STEP_DOWN, entered, good_set, no_reps, poor_set, set_of, two_legs

from formcheck.app.clips import require_two
from formcheck.app.pairing import (
    NamedSession,
    Pair,
    find_rep,
    notes,
    pair_of_legs,
    pair_of_reps,
    pairs_of_sessions,
    sentences,
    whose,
)
from formcheck.data.errors import UsageError
from formcheck.data.session import Session, View
from formcheck.exercises import get_exercise
from formcheck.motion.comparison import compare_legs, compare_reps, compare_sessions

KNEE = "knee_fppa_deg"


def named(session: Session, name: str = "monday") -> NamedSession:
    return NamedSession(session, name)


def knee_of(pair: Pair) -> float:
    (one,) = (one for one in pair.differences if one.name == KNEE)
    return round(one.difference, 6)


def test_two_sessions_are_compared_by_their_means_and_shown_by_their_typical_repetition() -> None:
    first = entered(set_of((2.0, 4.0, 9.0)), "2026-05-01")
    second = entered(set_of((1.0, 1.0, 1.6)), "2026-05-08")
    (pair,) = pairs_of_sessions(named(first), named(second, "friday"))
    assert pair.names == ("2026-05-01", "2026-05-08")
    assert [half.shown.index for half in pair.halves] == [2, 1]
    assert [half.title for half in pair.halves] == [
        "2026-05-01, typical rep 2",
        "2026-05-08, typical rep 1",
    ]
    assert knee_of(pair) == -3.8
    assert pair.differences == compare_sessions(first.reps, second.reps, first.exercise)


def test_the_name_of_a_session_keeps_its_small_letters_and_a_word_of_ours_does_not() -> None:
    first, second = set_of((2.0, 4.0, 9.0)), set_of((21.0, 21.0, 21.6))
    (pair,) = pairs_of_sessions(named(first, "mon.mp4"), named(second, "fri.mp4"))
    assert [half.title for half in pair.halves] == [
        "mon.mp4, typical rep 2",
        "fri.mp4, typical rep 1",
    ]
    assert sentences(pair)[0].startswith("fri.mp4 compared with mon.mp4: ")
    two = pair_of_reps(named(first), named(second, "fri.mp4"), ("1", "best"))
    assert two.halves[0].title == "monday, rep 1"
    best = pair_of_reps(named(first), named(first), ("best", "worst"))
    assert best.halves[0].title == "Best, rep 1"


def test_each_leg_of_two_sessions_is_a_pair_of_its_own() -> None:
    pairs = pairs_of_sessions(named(two_legs()), named(two_legs(), "friday"))
    assert [pair.heading for pair in pairs] == ["left leg", "right leg"]
    assert {rep.stance_side for half in pairs[1].halves for rep in half.reps} == {"right"}


def test_the_legs_of_one_session_and_of_a_left_and_a_right_one() -> None:
    pair = pair_of_legs(named(two_legs()))
    assert pair.names == ("left", "right")
    assert [half.shown.index for half in pair.halves] == [2, 5]
    (mixed,) = pairs_of_sessions(named(poor_set(), "right"), named(good_set(), "left"))
    left, right = mixed.halves
    assert (left.session.reps, right.session.reps) == (good_set().reps, poor_set().reps)
    assert left.shown.stance_side == "left"


def test_best_and_worst_are_the_repetitions_that_the_report_names() -> None:
    session = poor_set()
    pair = pair_of_reps(named(session), named(session), ("best", "worst"))
    assert pair.names == ("best, rep 1", "needs most work, rep 5")
    assert pair.single
    assert pair.differences == compare_reps(session.reps[0], session.reps[4], session.exercise)
    assert knee_of(pair) == 12.5


def test_repetitions_of_two_legs_or_sessions_are_compared_as_such() -> None:
    session = two_legs()
    pair = pair_of_reps(named(session), named(session), ("4", "1"))
    assert pair.names == ("rep 4, right", "rep 1, left")
    assert pair.heading == "left and right leg"
    assert knee_of(pair) == -5.4
    turned = pair_of_reps(named(session), named(session), ("1", "4"))
    assert knee_of(turned) == 5.4
    assert [one.detectable for one in pair.differences] == [
        one.detectable for one in turned.differences
    ]
    expected = compare_legs((session.reps[0], session.reps[3]), session.exercise)
    assert [one for one in expected if one.detectable] == list(turned.differences)
    across = pair_of_reps(named(good_set()), named(set_of((9.0,)), "friday"), ("typical", "1"))
    assert across.names == ("monday, typical, rep 3", "friday, rep 1")


@pytest.mark.parametrize(
    ("which", "says"),
    [
        (("1", "9"), "has no repetition 9"),
        (("first", "2"), "'first' is not a repetition"),
        (("²", "2"), "is not a repetition"),
        (("2", "2"), "repetition 2 of session"),
    ],
)
def test_repetitions_that_are_not_there(which: tuple[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        pair_of_reps(named(good_set()), named(good_set()), which)


def test_without_a_second_judged_repetition_there_is_no_worst() -> None:
    with pytest.raises(UsageError, match="fewer than two judged repetitions"):
        find_rep(named(set_of((2.0,))), "worst")
    with pytest.raises(UsageError, match="has no repetition"):
        find_rep(named(no_reps()), "best")


def test_what_has_nothing_in_common_is_not_put_side_by_side() -> None:
    other = replace(good_set(), exercise=replace(good_set().exercise, id="squat"))
    with pytest.raises(UsageError, match="monday is a step_down and friday is a squat"):
        pairs_of_sessions(named(good_set()), named(other, "friday"))
    with pytest.raises(UsageError, match="on one leg only"):
        pair_of_legs(named(good_set()))
    side = make_session([make_rep(1, STEP_DOWN, view=View(kind="side"), depth=14.0)], STEP_DOWN)
    with pytest.raises(UsageError, match="no measurement in common"):
        pair_of_reps(named(good_set()), named(side, "friday"), ("1", "1"))


def test_the_two_knees_of_a_squat_have_no_two_films() -> None:
    squat = get_exercise("squat").info()
    reps = [
        make_rep(n, squat, side="both", knee_over_foot_left_pct=2.0, knee_over_foot_right_pct=6.0)
        for n in (1, 2)
    ]
    pair = pair_of_legs(named(make_session(reps, squat)))
    assert pair.same_reps
    with pytest.raises(UsageError, match="do the same repetitions"):
        require_two(pair)


def test_what_differs_is_said_in_words() -> None:
    first = entered(set_of((16.0,) * 5), "2026-05-01", step_height_cm=15.0)
    quick = [make_rep(n, STEP_DOWN, descent_s=1.0, knee_fppa_deg=2.0) for n in range(1, 6)]
    second = entered(make_session(quick, STEP_DOWN), "2026-05-08", step_height_cm=20.0)
    (pair,) = pairs_of_sessions(named(first), named(second, "friday"))
    (said,) = sentences(pair)
    assert "knee valgus lower (better)" in said
    assert "way down shorter (worse)" in said
    assert notes(first, second) == (
        "The steps differ (15 and 20 cm). A higher step makes depth and forward lean larger.",
    )
    (alike,) = pairs_of_sessions(named(first), named(first, "friday"))
    assert sentences(alike) == ("No difference is beyond measurement error.",)


def test_whose_a_repetition_is() -> None:
    session = replace(entered(good_set(), "2026-05-01"), person="runner-1")
    assert whose(session, session.reps[0]) == "runner-1 · Step-down · left leg · 2026-05-01"
