"""Sessions of one day from several sides are one judgement of a leg."""

from __future__ import annotations

import math

import pytest
from msgspec.structs import replace
from session_examples import FORWARD, FRONT, KNEE, LEAN, STEP_DOWN, make_rep, make_session

from formcheck.data.session import DESCENT, Session, View
from formcheck.motion.merged_views import merge_views
from formcheck.motion.verdicts import form_of, judged, summarize

SIDE = View(kind="side", yaw_deg=88.0, near_side="left")


def from_front(*knees: float, descent_s: float = 2.6) -> Session:
    reps = [
        make_rep(n, knee_fppa_deg=knee, trunk_lean_deg=1.5, depth=14.0, descent_s=descent_s)
        for n, knee in enumerate(knees, 1)
    ]
    return make_session(reps)


def from_side(*leans: float, descent_s: float = 2.6) -> Session:
    reps = [
        make_rep(n, view=SIDE, trunk_flexion_deg=lean, depth=15.0, descent_s=descent_s)
        for n, lean in enumerate(leans, 1)
    ]
    return make_session(reps, view=SIDE)


def with_error(session: Session, name: str, sem: float) -> Session:
    """The session with another standard error of one measurement, judged again."""
    reps = []
    for rep in session.reps:
        one = replace(rep.measurements[name], sem=sem, sem_set=sem, sem_rep=0.0)
        found = judged(one, session.exercise.spec(name), rep.lowest_s)
        rep = replace(rep, measurements={**rep.measurements, name: found})
        reps.append(replace(rep, form=form_of(rep, session.specs)))
    return replace(session, efforts=tuple(reps), summary=summarize(reps, session.specs))


def test_front_and_side_are_one_judgement() -> None:
    front, side = from_front(2.0, 3.0), from_side(12.0, 14.0)
    merged = merge_views([front, side], "left")
    views = {one.spec.id: one.session.view.kind for one in merged.seen}
    assert views[KNEE.id] == views[LEAN.id] == "front"
    assert views[FORWARD.id] == "side"
    assert len(views) == len(merged.seen), "each measurement once"
    chances = [one.pooled.p_good for one in merged.seen if one.spec.role in ("knee", "trunk")]
    assert len(chances) == 3
    assert merged.form.p_good == pytest.approx(math.prod(one or 0.0 for one in chances))
    assert merged.form.grade == "good"
    assert merged.form.complete


def test_each_number_and_grade_is_that_of_its_sessions_summary() -> None:
    front, side = from_front(2.0, 9.0, 12.0), from_side(12.0, 30.0)
    for one in merge_views([front, side], "left").seen:
        assert one.pooled in one.session.summary.pooled
        assert one.session in (front, side)


@pytest.mark.parametrize("session", [from_front(2.0), from_front(9.0), from_side(40.0)])
def test_one_repetition_from_one_side_is_judged_as_in_its_report(session: Session) -> None:
    merged = merge_views([session], "left")
    form, tempo = session.reps[0].form, session.reps[0].tempo
    assert replace(merged.form, at_s=form.at_s) == form
    assert replace(merged.tempo, at_s=tempo.at_s) == tempo


def test_what_only_the_side_shows_is_no_longer_good_from_the_front() -> None:
    front, side = from_front(2.0, 3.0), from_side(40.0, 42.0)
    merged = merge_views([front, side], "left")
    assert merged.form.grade == "fault"
    assert merged.form.decided_by == FORWARD.id
    assert merged.form.cue == FORWARD.cue_high
    assert merged.worst_first[0].spec.id == FORWARD.id
    assert merged.deciding_session is side


@pytest.mark.parametrize("better", ["front", "side"])
def test_of_two_views_the_one_with_the_smaller_error_counts(better: str) -> None:
    sems = {"front": 0.05 if better == "front" else 0.4, "side": 0.2}
    front = with_error(from_front(2.0, descent_s=1.5), DESCENT, sems["front"])
    side = with_error(from_side(12.0, descent_s=3.0), DESCENT, sems["side"])
    merged = merge_views([front, side], "left")
    (way_down,) = (one for one in merged.seen if one.spec.id == DESCENT)
    assert way_down.session.view.kind == better
    assert merged.tempo.grade == ("watch" if better == "front" else "good")


def test_the_last_session_of_each_view_counts() -> None:
    earlier, later = from_front(20.0), from_front(1.0)
    merged = merge_views([earlier, from_side(12.0), later], "left")
    assert earlier not in merged.sessions
    assert merged.form.grade == "good"


def test_what_no_view_measured_is_missing() -> None:
    reps = [make_rep(1, trunk_lean_deg=1.5, refused={KNEE.id: "the foot left the picture"})]
    front = make_session(reps, view=FRONT)
    merged = merge_views([front, from_side(12.0)], "left")
    assert merged.form.grade == "good"
    assert not merged.form.complete
    assert merged.form.not_seen == (KNEE.id,)


def test_the_other_leg_has_no_part_in_it() -> None:
    reps = [
        make_rep(1, knee_fppa_deg=2.0, trunk_lean_deg=1.5),
        make_rep(2, side="right", knee_fppa_deg=20.0, trunk_lean_deg=1.5),
    ]
    session = make_session(reps, STEP_DOWN)
    assert merge_views([session], "left").form.grade == "good"
    assert merge_views([session], "right").form.grade == "fault"


def test_a_cue_is_as_sure_as_the_repetition_that_needs_it_most() -> None:
    merged = merge_views([from_front(1.0, 1.0, 1.0, 18.0)], "left")
    (knee,) = (one for one in merged.seen if one.spec.id == KNEE.id)
    assert knee.pooled.grade == "good"
    assert knee.asked_cue == (KNEE.cue_high, "sure")
    merged = merge_views([from_front(1.0, 2.0)], "left")
    (knee,) = (one for one in merged.seen if one.spec.id == KNEE.id)
    assert knee.asked_cue == ("", "sure")
