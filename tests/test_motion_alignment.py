"""Two repetitions beside each other: their moments, and the one that stands for a set."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from session_examples import STEP_DOWN, STEP_UP, make_rep

from formcheck.motion.alignment import Moments, TimeMap, aligned, moments_of
from formcheck.motion.typical import typical
from formcheck.report.aligned_charts import named_events

FIRST, SECOND = Moments(10.0, 12.0, 13.0), Moments(1.0, 2.0, 4.0)


def test_the_events_meet_and_between_them_time_runs_evenly() -> None:
    there = aligned(FIRST, SECOND)
    assert [there(t_s) for t_s in FIRST.known] == list(SECOND.known)
    assert there(11.0) == 1.5, "half of the way down"
    assert there(12.5) == 3.0, "half of the way up"
    assert [there.back(t_s) for t_s in (1.5, 3.0)] == [11.0, 12.5]


def test_before_and_after_a_repetition_both_run_at_their_own_speed() -> None:
    there = aligned(FIRST, SECOND)
    assert (there(9.5), there(13.5)) == (0.5, 4.5)
    assert (there.back(0.5), there.back(4.5)) == (9.5, 13.5)


def test_a_repetition_whose_turn_is_not_known_is_tied_at_its_ends() -> None:
    there = aligned(FIRST, Moments(1.0, None, 4.0))
    assert there == TimeMap(((10.0, 1.0), (13.0, 4.0)))
    assert aligned(Moments(1.0, None, 4.0), FIRST)(2.5) == 11.5


def test_a_way_down_turns_at_its_lowest_point_and_a_step_up_on_top() -> None:
    down = make_rep(1, STEP_DOWN, descent_s=2.0)
    assert moments_of(down, "down_up") == Moments(1.0, down.lowest_s, 4.5)
    up = make_rep(1, STEP_UP, descent_s=2.0)
    times = [up.events[name] for name in ("top_start_s", "descent_start_s")]
    assert times == [2.1, 2.5]
    assert moments_of(up, "up_down").turn_s == pytest.approx(2.3)


def test_events_that_the_film_does_not_show_are_not_made_up() -> None:
    up = make_rep(1, STEP_UP, descent_s=2.0)
    half = replace(up, events={**up.events, "top_start_s": None})
    assert moments_of(half, "up_down").turn_s == 2.5
    none = replace(half, events={**half.events, "descent_start_s": None})
    assert moments_of(none, "up_down").turn_s is None
    down = make_rep(1, STEP_DOWN)
    assert moments_of(replace(down, lowest_s=down.end_s), "down_up").turn_s is None


def test_a_hold_has_no_turn_and_every_event_has_its_name() -> None:
    hold = moments_of(make_rep(1, STEP_DOWN, descent_s=2.0), "held")
    assert hold == Moments(1.0, None, 4.5)
    assert named_events(hold, "held") == ((1.0, "start"), (4.5, "end"))
    assert [name for _, name in named_events(FIRST, "down_up")] == ["start", "lowest point", "end"]
    assert [name for _, name in named_events(FIRST, "up_down")] == ["start", "top", "end"]


@st.composite
def moments(draw: st.DrawFn) -> Moments:
    start_s = draw(st.floats(0.0, 600.0))
    turn_s = start_s + draw(st.floats(0.1, 20.0))
    end_s = turn_s + draw(st.floats(0.1, 20.0))
    return Moments(start_s, turn_s if draw(st.booleans()) else None, end_s)


@given(moments(), moments(), st.lists(st.floats(-5.0, 660.0), min_size=2, max_size=20))
def test_time_never_runs_backwards_and_the_way_back_is_the_way(
    first: Moments, second: Moments, times: list[float]
) -> None:
    there = aligned(first, second)
    assert there(first.start_s) == pytest.approx(second.start_s)
    assert there(first.end_s) == pytest.approx(second.end_s)
    ordered = sorted(set(times))
    mapped = [there(t_s) for t_s in ordered]
    assert all(early <= late for early, late in pairwise(mapped))
    assert [there.back(t_s) for t_s in mapped] == pytest.approx(ordered, abs=1e-6)


def test_the_typical_repetition_is_the_one_nearest_to_the_mean() -> None:
    reps = [
        make_rep(n, STEP_DOWN, knee_fppa_deg=knee, descent_s=down_s)
        for n, (knee, down_s) in enumerate([(2.0, 2.0), (6.0, 3.6), (7.0, 2.6), (12.0, 2.5)], 1)
    ]
    assert typical(reps, STEP_DOWN).index == 3
    assert typical(reps[:1], STEP_DOWN).index == 1


def test_a_repetition_that_lacks_a_number_does_not_stand_for_a_set_by_that() -> None:
    reps = [make_rep(n, STEP_DOWN, knee_fppa_deg=knee) for n, knee in enumerate((4.0, 5.0, 6.0), 2)]
    refused = make_rep(1, STEP_DOWN, refused={"knee_fppa_deg": "it is hidden"})
    assert typical([refused, *reps], STEP_DOWN).index == 3
    assert typical([refused, refused], STEP_DOWN).index == 1
