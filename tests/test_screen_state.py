"""What the picture shows: final numbers, judged only inside a repetition, one story for each."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from screen_examples import (
    FRONT,
    INFO,
    KNEE,
    RECORDED,
    TEMPO,
    recorded,
    rep,
    sample,
    session,
)

from formcheck.coach.cues import PRAISE, Coach
from formcheck.data.frame_result import FrameResult, Phase
from formcheck.data.keypoints import PoseSample
from formcheck.data.numbers import cue_words, measured
from formcheck.data.session import DESCENT, Cue, ExerciseInfo, Rep
from formcheck.exercises import get_exercise
from formcheck.motion.verdicts import band_of, cue_of, is_wholly_good, judged, tempo_of
from formcheck.screen.panels import card_lines
from formcheck.screen.state import (
    CARD_S,
    READOUT_S,
    UNSEEN_S,
    OverlayState,
    bottom_state,
    card_of,
    live_state,
    overlay_state,
)

LATER_S = 1.0


@pytest.mark.parametrize("name", RECORDED)
def test_at_the_lowest_point_the_numbers_are_those_of_the_table(name: str) -> None:
    clip = recorded(name)
    info = clip.session.exercise
    compared = 0
    for one in clip.session.reps:
        pose = clip.at(one.lowest_s)
        shown = overlay_state(clip.session, pose, one.lowest_s)
        still = bottom_state(one, info, pose)
        judged = {
            spec.id
            for spec in info.specs
            if spec.limits is not None
            and spec.role != "tempo"
            and one.measurements[spec.id].value is not None
        }
        for found in (shown, still):
            read = {reading.spec.id: reading for reading in found.readings}
            assert judged <= set(read)
            for key, reading in read.items():
                kept = one.measurements[key]
                assert reading.text == measured(kept.value, reading.spec)
                assert reading.grade == kept.grade
                compared += 1
        seconds = one.measurements[DESCENT]
        assert (shown.tempo is not None) == info.judges_tempo
        if shown.tempo is not None:
            assert (shown.tempo.elapsed_s, shown.tempo.grade) == (seconds.value, seconds.grade)
        decided = one.form.decided_by
        assert (shown.main is None) == (decided is None)
        assert shown.main is None or shown.main.spec.id == decided
    assert compared or "oblique" in name or not clip.session.reps


@pytest.mark.parametrize("name", RECORDED)
def test_between_repetitions_the_last_one_s_verdict_stands_and_nothing_is_judged(name: str) -> None:
    clip = recorded(name)
    info = clip.session.exercise
    for pose in clip.samples:
        shown = overlay_state(clip.session, pose, pose.t_s)
        done = [one for one in clip.session.reps if one.end_s <= pose.t_s]
        assert shown.count == len(done)
        assert shown.cue is None
        if not shown.inside:
            assert not shown.readings
            assert shown.main is None
            assert (shown.card is None) == (not done)
        if shown.card is not None:
            assert shown.card.rep == done[-1].index
            assert_one_story(shown, done[-1], info)
            assert shown.card == card_of(done[-1], info)
        for reading in shown.readings:
            limits = reading.spec.limits
            assert reading.grade in (None, limits and band_of(reading.value, limits))


def assert_one_story(shown: OverlayState, last: Rep, info: ExerciseInfo) -> None:
    """Number, colour and cue are those of one measurement of the repetition."""
    card = shown.card
    assert card is not None
    if card.cue == PRAISE:
        assert last.form.grade == "good"
        timed = info.spec(DESCENT).limits is not None
        assert last.tempo.grade == ("good" if timed else None)
    if is_wholly_good(last) or card.grade is None:
        return  # nothing decides, and no number is shown
    verdict = last.form if card.subject == "form" else last.tempo
    assert verdict.decided_by is not None
    deciding = last.measurements[verdict.decided_by]
    assert (card.grade, card.cue) == (deciding.grade, cue_words(*cue_of(last, verdict)))
    assert card.number == measured(deciding.value, info.spec(verdict.decided_by))


def test_a_repetition_counts_when_it_is_complete() -> None:
    whole = session(rep(1), rep(2, start_s=8.0))
    counts = [overlay_state(whole, sample(), t_s).count for t_s in (0.0, 5.9, 6.0, 12.9, 13.0)]
    assert counts == [0, 0, 1, 1, 2]
    assert overlay_state(whole, sample(), math.inf).count == 2


def test_a_session_without_repetitions_advises_nothing() -> None:
    whole = session()
    for t_s in (0.0, 3.0, math.inf):
        shown = overlay_state(whole, sample(), t_s)
        assert (shown.card, shown.tempo, shown.cue, shown.readings) == (None, None, None, ())
        assert shown.phase is None


def test_the_phase_follows_the_final_events() -> None:
    whole = session(rep(1))
    times = {0.5: "standing", 1.5: "descent", 3.8: "bottom", 4.5: "ascent", 6.5: "standing"}
    found = {t_s: overlay_state(whole, sample(), t_s).phase for t_s in times}
    assert found == times


def test_inside_a_repetition_the_number_is_the_series_against_standing() -> None:
    one = rep(1, knee=10.0)
    standing = msgspec.structs.replace(one.measurements[KNEE.id], standing=-3.0)
    one = msgspec.structs.replace(one, measurements={**one.measurements, KNEE.id: standing})
    shown = overlay_state(session(one), sample(), one.start_s + 1.0)
    reading = next(each for each in shown.readings if each.spec is KNEE)
    assert reading.value == pytest.approx(10.0 * 1.0 / 2.5 + 3.0)
    assert reading.grade == "good"


def test_numbers_stand_still_long_enough_to_be_read() -> None:
    whole = session(rep(1, knee=10.0))
    texts = [
        overlay_state(whole, sample(), t_s).readings[0].text for t_s in np.arange(1.5, 2.5, 0.01)
    ]
    changes = sum(a != b for a, b in pairwise(texts))
    assert changes == pytest.approx(1.0 / READOUT_S, abs=1)


def test_beside_the_trunk_stands_what_the_trunk_does_now() -> None:
    """Only at the lowest point stands the largest, as in the tables, and is called that."""
    clip = recorded("step_down_side_left")
    info = clip.session.exercise
    seen = clip.session.reps[0].measurements
    (spec,) = (one for one in info.specs if one.drawn == "trunk" and seen[one.id].value is not None)
    assert spec.judged == "largest"
    for one in clip.session.reps:
        final = one.measurements[spec.id].value
        times = [t_s for t_s in one.series["t_s"] if t_s is not None]
        values = one.series[spec.id]
        for place in range(5, len(times)):
            t_s = times[place]
            lately = [value for value in values[place - 5 : place + 1] if value is not None]
            if len(lately) < 6:
                continue
            shown = overlay_state(clip.session, clip.samples[0], t_s).drawn("trunk")
            assert shown is not None
            if shown.is_largest:
                assert shown.value == final
                continue
            low, high = min(lately) - 0.06, max(lately) + 0.06
            assert low <= shown.value <= high, "of the last tenth of a second"
            assert shown.words == measured(shown.value, spec)
        at_bottom = overlay_state(clip.session, clip.samples[0], one.lowest_s).drawn("trunk")
        assert at_bottom is not None
        assert (at_bottom.value, at_bottom.words) == (final, f"max {measured(final, spec)}")
        upright = overlay_state(clip.session, clip.samples[0], one.end_s - 0.1).drawn("trunk")
        assert upright is not None
        assert upright.grade == "good", "whatever the repetition was"


@pytest.mark.parametrize("name", ["squat_front", "step_down_front_left", "step_down_side_left"])
def test_a_number_on_its_way_has_the_same_decimals_throughout(name: str) -> None:
    """Close to a limit it had two more: ``9.501 %`` between ``9.4 %`` and ``9.6 %``."""
    clip = recorded(name)
    near = 0
    for one in clip.session.reps:
        for t_s in np.arange(one.start_s, one.end_s, 0.05):
            for reading in overlay_state(clip.session, clip.samples[0], float(t_s)).readings:
                final = one.measurements[reading.spec.id].value
                if reading.value == final:
                    continue
                near += reading.grade == "good"
                assert reading.value == round(reading.value, reading.spec.decimals)
                assert reading.text == measured(
                    reading.value, reading.spec, decimals=reading.spec.decimals
                )
                if reading.grade is not None and reading.spec.limits is not None:
                    assert reading.grade == band_of(reading.value, reading.spec.limits)
    assert near


def test_what_is_judged_at_the_bottom_has_no_colour_while_the_body_is_high() -> None:
    clip = recorded("squat_front")
    one = clip.session.reps[0]
    early = overlay_state(clip.session, clip.samples[0], one.start_s + 0.05)
    late = overlay_state(clip.session, clip.samples[0], one.lowest_s)
    at_bottom = [reading for reading in early.readings if reading.spec.judged == "at_bottom"]
    assert at_bottom
    assert all(reading.grade is None for reading in at_bottom)
    assert all(
        reading.grade
        for reading in late.readings
        if reading.spec.limits and reading.value is not None
    )


MAYBE = cue_words(KNEE.cue_high, "probably")


@pytest.mark.parametrize(
    ("one", "subject", "grade", "verdict", "number", "cue"),
    [
        (rep(3), "form and tempo", "good", "good", "", PRAISE),
        (rep(3, knee=14.0), "form", "fault", "fault", "+14.0°", KNEE.cue_high),
        (rep(3, knee=14.0, descent_s=0.5), "form", "fault", "fault", "+14.0°", KNEE.cue_high),
        (
            rep(3, descent_s=0.5),
            "tempo",
            "fault",
            "fault",
            "0.5\N{NO-BREAK SPACE}s",
            "Lower more slowly",
        ),
        (rep(3, descent_s=None), "form", None, "good", "+2.0°", ""),
        (rep(3, trunk=None), "form", None, "good as far as seen", "+2.0°", ""),
        (rep(3, knee=9.0, sem=2.0), "form", "watch", "probably watch", "+9.0°", MAYBE),
        (
            rep(3, knee=8.1, sem=3.0),
            "form",
            "watch",
            "watch, perhaps good",
            "+8.1°",
            cue_words(KNEE.cue_high, "unclear"),
        ),
        (rep(3, knee=None, trunk=None, descent_s=None), "form", None, "not judged", "", ""),
        (rep(3, knee=None, trunk=None), "tempo", None, "good", "2.5\N{NO-BREAK SPACE}s", ""),
    ],
)
def test_a_card_tells_form_and_tempo_apart_and_how_sure_it_is(
    one: Rep, subject: str, grade: str | None, verdict: str, number: str, cue: str
) -> None:
    card = card_of(one, INFO)
    assert (card.subject, card.grade, card.verdict) == (subject, grade, verdict)
    assert (card.number, card.cue) == (number, cue)


def test_form_and_tempo_are_said_apart_when_one_is_surer() -> None:
    """A tempo of 2.5 s is surely good, with an error of 1.2 s it is only probably so."""
    slow = rep(3)
    timed = slow.measurements[DESCENT]
    unsure = judged(
        msgspec.structs.replace(timed, sem=1.2, sem_rep=1.2), INFO.spec(DESCENT), timed.at_s
    )
    one = msgspec.structs.replace(slow, measurements={**slow.measurements, DESCENT: unsure})
    one = msgspec.structs.replace(one, tempo=tempo_of(one, INFO.specs))
    assert (one.form.sure, one.tempo.sure) == ("sure", "probably")
    card = card_of(one, INFO)
    assert (card.subject, card.verdict, card.grade) == ("form", "good", "good")
    assert card_lines(card)[:2] == ("Rep 3, form: good", "tempo probably good")
    assert card.cue == PRAISE


def test_a_good_repetition_that_is_unclear_is_not_praised() -> None:
    card = card_of(rep(1, knee=7.9, sem=12.0), INFO)
    assert card.grade == "good"
    assert card.verdict == "good, perhaps fault"
    assert card.cue != PRAISE


@pytest.mark.parametrize(
    ("one", "verdict", "besides"),
    [
        (rep(1, knee=None, trunk=None), "good", "form not judged"),
        (rep(1, descent_s=None), "good", "tempo not judged"),
        (rep(1, knee=None), "good as far as seen", ""),
    ],
)
def test_what_is_good_in_part_says_so_and_is_not_ticked(
    one: Rep, verdict: str, besides: str
) -> None:
    card = card_of(one, INFO)
    assert (card.verdict, card.besides, card.grade, card.cue) == (verdict, besides, None, "")


def test_what_is_not_good_keeps_its_colour_where_the_rest_was_not_judged() -> None:
    card = card_of(rep(1, knee=None, trunk=None, descent_s=0.7), INFO)
    assert (card.subject, card.grade, card.besides) == ("tempo", "fault", "form not judged")
    assert card_of(rep(1), INFO).grade == "good"


def test_the_frame_of_a_rounded_end_belongs_to_the_repetition() -> None:
    whole = session(rep(1, knee=14.0))
    end_s = whole.reps[0].end_s
    assert overlay_state(whole, sample(), end_s + 0.0004).inside
    assert not overlay_state(whole, sample(), end_s + 0.05).inside


def test_a_card_stays_for_a_moment_but_never_over_the_next_lowest_point() -> None:
    whole = session(rep(1, knee=14.0), rep(2, start_s=6.2))
    soon = overlay_state(whole, sample(), 6.0 + CARD_S - 0.1)
    assert soon.inside
    assert soon.card is not None
    assert overlay_state(whole, sample(), 6.0 + CARD_S + 0.1).card is None
    at_once = session(rep(1, knee=14.0), rep(2, start_s=6.0 - 2.5 + 0.1))
    assert overlay_state(at_once, sample(), 6.2).card is None, "it is at its lowest point"


def test_the_tempo_fills_up_and_is_judged_when_it_is_over_or_at_its_target() -> None:
    whole = session(rep(1, descent_s=2.5))
    found = [overlay_state(whole, sample(), t_s).tempo for t_s in (0.5, 2.0, 3.2, 5.0, 7.0)]
    elapsed = [tempo and tempo.elapsed_s for tempo in found]
    assert elapsed == [None, pytest.approx(1.0), pytest.approx(2.2), 2.5, 2.5]
    assert [tempo and tempo.grade for tempo in found] == [None, None, None, "good", "good"]
    fast = overlay_state(session(rep(1, descent_s=0.5)), sample(), 7.0).tempo
    assert fast is not None
    assert (fast.elapsed_s, fast.grade, fast.target_s) == (0.5, "fault", 4.0)


def test_without_a_tempo_to_aim_at_there_is_no_bar() -> None:
    untimed = msgspec.structs.replace(TEMPO, limits=None)
    info = msgspec.structs.replace(INFO, specs=(*INFO.specs[:-1], untimed))
    whole = msgspec.structs.replace(session(rep(1)), exercise=info)
    for t_s in (0.5, 2.0, 7.0):
        assert overlay_state(whole, sample(), t_s).tempo is None
    assert live_state(frame(1.0, descent_elapsed_s=2.0), info, None, None).tempo is None


def test_a_wrong_view_is_named() -> None:
    oblique = msgspec.structs.replace(FRONT, kind="oblique", yaw_deg=45.0)
    whole = msgspec.structs.replace(session(), view=oblique)
    notice = overlay_state(whole, sample(), 0.0).notice
    assert notice == "You are at an angle: turn to face the camera"
    behind = msgspec.structs.replace(oblique, yaw_deg=-170.0)
    notice = overlay_state(msgspec.structs.replace(whole, view=behind), sample(), 0.0).notice
    assert notice == "The camera sees you from behind: turn to face it"
    side = msgspec.structs.replace(whole, view=msgspec.structs.replace(FRONT, kind="side"))
    notice = overlay_state(side, sample(), 0.0).notice
    assert notice == "To measure knee valgus, film from the front"
    assert overlay_state(session(), sample(), 0.0).notice == ""


# --- live ----------------------------------------------------------------------------------


def live_states(name: str) -> list[tuple[FrameResult, OverlayState, Cue | None]]:
    clip = recorded(name)
    info = clip.session.exercise
    coach = Coach(get_exercise(info.id))
    before: OverlayState | None = None
    found = []
    for result in clip.results:
        cue = coach.update(result)
        before = live_state(result, info, cue, before)
        found.append((result, before, cue))
    return found


@pytest.mark.parametrize(
    ("name", "speaks"),
    [("step_down_front_left", True), ("squat_side", False), ("step_up_front_left", True)],
)
def test_live_cues_and_colours_stay_inside_repetitions(name: str, speaks: bool) -> None:
    said = 0
    info = recorded(name).session.exercise
    for result, shown, cue in live_states(name):
        said += shown.cue is not None
        if not shown.inside:
            assert (shown.cue, shown.readings, shown.main) == (None, (), None)
        for reading in shown.readings:
            limits = reading.spec.limits
            assert reading.grade in (None, limits and band_of(reading.value, limits))
        last = result.last_rep
        assert shown.card == (None if last is None else card_of(last, info))
        assert shown.count == result.reps_done
        assert (shown.cue is None) or not (cue and cue.praise)
    assert bool(said) is speaks, "what is said when a repetition closes stands on its card"


def frame(t_s: float = 0.0, **changes: object) -> FrameResult:
    usual = recorded("step_down_front_left").results[0]
    values = {
        "sample": sample(t_s),
        "phase": Phase.DESCENT,
        "is_rep_sized": True,
        "live": {"knee_fppa_deg": 14.6},
        "live_judged": {"knee_fppa_deg": 14.6},
        "view": FRONT,
        "stance_side": "left",
        "depth": 10.0,
    }
    return replace(usual, **{**values, **changes})  # type: ignore[arg-type]


CUE = Cue(measure="knee_fppa_deg", text=KNEE.cue_high, t_s=0.0, decided_t_s=0.0)


def test_a_movement_smaller_than_a_repetition_has_no_colour_live() -> None:
    whole = live_state(frame(0.0), INFO, None, None)
    assert [one.grade for one in whole.readings] == ["fault"]
    assert live_state(frame(READOUT_S / 2, is_rep_sized=False), INFO, None, whole).readings == ()


def test_a_live_cue_keeps_the_number_and_colour_of_its_worst_moment() -> None:
    milder = frame(0.5, live_judged={"knee_fppa_deg": 9.0})
    bad = live_state(frame(0.0), INFO, CUE, None)
    better = live_state(milder, INFO, CUE, bad)
    for shown in (bad, better):
        assert shown.cue is not None
        assert (shown.cue.grade, shown.cue.number) == ("fault", "+14.6°")
    alone = live_state(milder, INFO, CUE, None)
    assert alone.cue is not None
    assert (alone.cue.grade, alone.cue.number) == ("watch", "+9.0°")
    over = live_state(frame(1.0, phase=Phase.STANDING), INFO, CUE, better)
    assert over.cue is None
    praise = live_state(frame(1.0), INFO, msgspec.structs.replace(CUE, praise=True), None)
    assert praise.cue is None


def test_live_numbers_hold_still_between_readings() -> None:
    first = live_state(frame(0.0), INFO, None, None)
    other = {"knee_fppa_deg": 3.0}
    quick = live_state(frame(READOUT_S / 2, live_judged=other), INFO, None, first)
    slow = live_state(frame(READOUT_S * 1.5, live_judged=other), INFO, None, quick)
    assert [each.readings[0].value for each in (first, quick, slow)] == [14.6, 14.6, 3.0]


def test_nobody_in_view_is_said_after_a_moment() -> None:
    seen = live_state(frame(0.0), INFO, None, None)
    lost = live_state(frame(0.1, sample=PoseSample.nobody(0.1, (480, 848))), INFO, None, seen)
    t_s = UNSEEN_S + 0.1
    gone = live_state(frame(t_s, sample=PoseSample.nobody(t_s, (480, 848))), INFO, None, lost)
    assert [each.person_seen for each in (seen, lost, gone)] == [True, True, False]


@pytest.mark.parametrize(("elapsed_s", "grade"), [(2.5, None), (3.9, None), (4.1, "good")])
def test_the_live_bar_turns_green_at_the_target_that_is_told(
    elapsed_s: float, grade: str | None
) -> None:
    shown = live_state(frame(1.0, descent_elapsed_s=elapsed_s), INFO, None, None).tempo
    assert shown is not None
    assert (shown.target_s, shown.grade) == (4.0, grade)


def test_the_live_bar_keeps_what_was_counted_until_it_is_measured() -> None:
    down = live_state(frame(1.0, descent_elapsed_s=0.8), INFO, None, None)
    up = live_state(frame(2.0, phase=Phase.ASCENT), INFO, None, down)
    back = live_state(frame(3.0, phase=Phase.STANDING), INFO, None, up)
    for shown in (up, back):
        assert shown.tempo is not None
        assert (shown.tempo.elapsed_s, shown.tempo.grade) == (0.8, "fault")
    one = rep(1, descent_s=1.2)
    after = live_state(frame(3.5, phase=Phase.STANDING, closed=one, last_rep=one), INFO, None, back)
    assert after.tempo is not None
    assert (after.tempo.elapsed_s, after.tempo.grade) == (1.2, "watch")
    assert one.measurements[DESCENT].value == after.tempo.elapsed_s


def test_after_a_movement_the_card_before_it_says_nothing_until_it_is_measured() -> None:
    good, bad = rep(1), rep(2, knee=14.0)
    up = live_state(frame(1.0, phase=Phase.ASCENT, last_rep=good), INFO, None, None)
    standing = live_state(frame(1.1, phase=Phase.STANDING, last_rep=good), INFO, None, up)
    assert standing.card is not None
    assert standing.card.cue == PRAISE
    assert (up.card_to_show, standing.card_to_show) == (None, None)
    closed = frame(1.3, phase=Phase.STANDING, closed=bad, last_rep=bad)
    after = live_state(closed, INFO, None, standing)
    assert after.card_to_show == card_of(bad, INFO)
    swayed = live_state(frame(2.2, phase=Phase.STANDING, last_rep=good), INFO, None, standing)
    assert swayed.card_to_show == card_of(good, INFO), "it was no repetition"


def test_the_size_of_the_body_is_followed_slowly() -> None:
    near = live_state(frame(0.0), INFO, None, None)
    small = (sample().keypoints_px - 240) * 0.5 + 240
    far = live_state(frame(0.1, sample=sample(0.1, small)), INFO, None, near)
    assert 0.9 * near.body_px < far.body_px < near.body_px


def test_live_words_stay_where_they_are_while_the_person_moves() -> None:
    left = live_state(frame(0.0), INFO, None, None)
    right = sample(0.1, sample().keypoints_px + np.array([200.0, 0.0]))
    moving = live_state(frame(0.1, sample=right), INFO, None, left)
    standing = live_state(frame(0.2, sample=right, phase=Phase.STANDING), INFO, None, moving)
    assert [each.text_on_the_left for each in (left, moving, standing)] == [False, False, True]
