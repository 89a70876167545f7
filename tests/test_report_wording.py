"""What the reports say, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec
import pytest
from report_reading import plain
from session_examples import (
    EXAMPLES,
    OBLIQUE,
    PLANK,
    SCALE,
    SIDE,
    STEP_DOWN,
    good_set,
    make_hold,
    make_rep,
    make_session,
    no_reps,
    oblique_set,
    poor_two_leg_set,
    squat_set,
    step_up_set,
)

from formcheck.data.numbers import cue_words, grade_words
from formcheck.data.session import DESCENT, Grade, Limits, Session, Sureness, Training
from formcheck.motion.verdicts import form_of, judged, tempo_of
from formcheck.report.changes import legs_table, thirds_tables
from formcheck.report.clinical_scale import scale_table
from formcheck.report.view import best_and_worst, view
from formcheck.report.wording import (
    advice_words,
    band_words,
    entered_words,
    headline,
    legs_words,
    view_words,
)


def fast_and_leaning() -> Session:
    reps = [make_rep(n, knee_fppa_deg=20.0, trunk_lean_deg=1.0, descent_s=0.5) for n in range(1, 6)]
    reps.append(make_rep(6, knee_fppa_deg=1.0, trunk_lean_deg=14.0, descent_s=0.5))
    return make_session(reps)


def none_good_but_slow() -> Session:
    return make_session([make_rep(n, knee_fppa_deg=20.0, trunk_lean_deg=1.0) for n in (1, 2)])


def close_calls() -> Session:
    knees = (1.0, 8.0, 8.1, 2.0)
    reps = [
        make_rep(n, trunk_lean_deg=5.0 if n in (2, 3) else 1.0, knee_fppa_deg=knee)
        for n, knee in enumerate(knees, 1)
    ]
    return make_session(reps)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            good_set,
            "Good form in all 4 repetitions. All 4 repetitions were slow enough on the way down.",
        ),
        (no_reps, "No repetition was found, so there is nothing to judge."),
        (
            poor_two_leg_set,
            "Good form in 2 of 7 repetitions. Knee falls in (reps 3 and 4, and perhaps rep 2), "
            "trunk leans sideways (rep 5). "
            "Rep 6: good as far as seen, but knee valgus could not be measured. "
            "3 of 6 timed repetitions were slow enough on the way down. Too fast (reps 3 and 5, "
            "and probably rep 4). The way down of rep 7 was not timed: the video does not show "
            "where it starts and ends.",
        ),
        (
            oblique_set,
            "Good form in 2 of 3 repetitions. Probably: trunk leans too far forward (rep 2). The "
            "way down was not timed: the video does not show where it starts and ends.",
        ),
        (
            step_up_set,
            "Good form in 2 of 3 repetitions. Knee falls in (rep 3). All 3 repetitions were too "
            "fast on the way down.",
        ),
        (
            squat_set,
            "Good form in 2 of 3 repetitions. Knees fall in (rep 3). Rep 2 was good, but close to "
            "the limit for the knee. All 3 repetitions were slow enough on the way down.",
        ),
        (
            fast_and_leaning,
            "None of the 6 repetitions was good: too fast (all), knee falls in (reps 1, 2, 3, 4 "
            "and 5), trunk leans sideways (rep 6).",
        ),
        (
            none_good_but_slow,
            "Neither of the two repetitions had good form: knee falls in (both). "
            "Both repetitions were slow enough on the way down.",
        ),
        (
            close_calls,
            "Good form in 3 of 4 repetitions. Perhaps: knee falls in (rep 3). Rep 2 was good, but "
            "close to the limit for the knee. All 4 repetitions were slow enough on the way down.",
        ),
    ],
)
def test_the_verdict_in_words(make: Callable[[], Session], said: str) -> None:
    assert plain(" ".join(headline(make()))) == said


def test_a_number_far_from_its_limit_is_hard_to_see_and_not_close() -> None:
    one = make_rep(1, knee_fppa_deg=1.0, trunk_lean_deg=1.0)
    knee = one.measurements["knee_fppa_deg"]
    for value, sem, said in (
        (7.6, 2.0, "was good, but close to the limit for the knee"),
        (3.0, 9.0, "was perhaps good: the knee was hard to see"),
        (3.0, 1.0, ""),
    ):
        spec = STEP_DOWN.spec("knee_fppa_deg")
        known = judged(msgspec.structs.replace(knee, value=value, sem=sem), spec)
        rep = msgspec.structs.replace(
            one, measurements={**one.measurements, "knee_fppa_deg": known}
        )
        rep = msgspec.structs.replace(rep, form=form_of(rep, STEP_DOWN.specs))
        words = plain(" ".join(headline(make_session([rep]))))
        assert words.startswith("Good form.")
        assert said in words
        assert ("close" in words, "hard" in words) == ("close" in said, "hard" in said)


def test_a_tempo_far_from_its_limit_is_hard_to_time_and_not_close() -> None:
    one = make_rep(1, knee_fppa_deg=1.0, trunk_lean_deg=1.0)
    spec = STEP_DOWN.spec(DESCENT)
    for value, sem, said in (
        (2.1, 0.6, "good, but close to the limit"),
        (2.6, 3.0, "perhaps good: it was hard to time"),
    ):
        known = judged(
            msgspec.structs.replace(one.measurements[DESCENT], value=value, sem=sem), spec
        )
        rep = msgspec.structs.replace(one, measurements={**one.measurements, DESCENT: known})
        rep = msgspec.structs.replace(rep, tempo=tempo_of(rep, STEP_DOWN.specs))
        words = plain(" ".join(headline(make_session([rep]))))
        assert f"The tempo of rep 1 was {said}." in words


def test_a_repetition_that_is_surely_not_good_is_not_called_close() -> None:
    doubtful = make_rep(1, knee_fppa_deg=9.0, trunk_lean_deg=6.8, knee_over_foot_pct=7.8)
    assert doubtful.form.grade == "watch"
    assert doubtful.form.p_good is not None
    assert doubtful.form.p_good < 0.1
    said = plain(" ".join(headline(make_session([doubtful]))))
    assert "close" not in said
    assert said.startswith("Form was not good: probably ")


def test_one_repetition_is_spoken_of_as_one() -> None:
    good = make_session([make_rep(1, knee_fppa_deg=1.0, trunk_lean_deg=1.0)])
    bad = make_session([make_rep(1, knee_fppa_deg=25.0, trunk_lean_deg=1.0, descent_s=0.4)])
    assert headline(good) == ("Good form.", "Slow enough on the way down.")
    assert headline(bad) == ("Form was not good: knee falls in.", "Too fast on the way down.")


@pytest.mark.parametrize(
    ("descents_s", "said"),
    [
        (
            (0.4, 0.4, 0.4, None),
            "All 3 timed repetitions were too fast on the way down (reps 1, 2 and 3).",
        ),
        ((0.4, None), "The only timed repetition was too fast on the way down (rep 1)."),
        (
            (0.4, 3.0, None),
            "1 of 2 timed repetitions was slow enough on the way down. Too fast (rep 1).",
        ),
        ((0.4, 0.4), "Both repetitions were too fast on the way down."),
        ((3.0, None), "Rep 1 was slow enough on the way down."),
        ((3.0, 3.0, None), "Reps 1 and 2 were slow enough on the way down."),
    ],
)
def test_the_tempo_is_told_of_the_reps_that_were_timed(
    descents_s: Sequence[float | None], said: str
) -> None:
    reps = [
        make_rep(n, knee_fppa_deg=1.0, trunk_lean_deg=1.0, descent_s=descent_s)
        for n, descent_s in enumerate(descents_s, 1)
    ]
    assert plain(headline(make_session(reps))[1]) == said


@pytest.mark.parametrize(
    ("held_s", "target_s", "said"),
    [
        ((7.0,), 30.0, "Held 7 of 30 s, all of it in good posture."),
        ((29.4,), 30.0, "Held 29 s, all of it in good posture."),
        ((7.0,), None, "Held 7 s, all of it in good posture."),
        ((7.0, 12.0), 30.0, "Held twice, 19 of 30 s in all, all of it in good posture."),
    ],
)
def test_a_hold_says_when_it_missed_its_target(
    held_s: Sequence[float], target_s: float | None, said: str
) -> None:
    holds = [make_hold(n, -4.0, one) for n, one in enumerate(held_s, 1)]
    session = make_session(holds, PLANK, view=SIDE)
    training = msgspec.structs.replace(session.training, target_hold_s=target_s)
    session = msgspec.structs.replace(session, training=training)
    assert plain(headline(session)[0]) == said


def test_form_that_cannot_be_judged_has_its_reason() -> None:
    refused = {spec.id: "the feet are hidden" for spec in STEP_DOWN.specs[:3]}
    session = make_session([make_rep(1, refused=refused)])
    assert headline(session)[0] == "Form could not be judged: the feet are hidden."


def test_one_repetition_that_cannot_be_judged_has_its_reason_too() -> None:
    refused = {spec.id: "the feet are hidden" for spec in STEP_DOWN.specs[:3]}
    good = make_rep(1, knee_fppa_deg=1.0, trunk_lean_deg=1.0)
    form = headline(make_session([good, make_rep(2, refused=refused)]))[:2]
    assert form == (
        "Good form in rep 1.",
        "The form of rep 2 could not be judged: the feet are hidden.",
    )


@pytest.mark.parametrize(
    ("grade", "sure", "or_else", "said"),
    [
        ("good", "sure", None, "good"),
        ("watch", "probably", None, "probably watch"),
        ("watch", "unclear", "good", "watch, perhaps good"),
        ("good", "unclear", "watch", "good, perhaps watch"),
        (None, None, None, "not judged"),
    ],
)
def test_a_grade_says_how_sure_it_is(
    grade: Grade | None, sure: Sureness | None, or_else: Grade | None, said: str
) -> None:
    assert grade_words(grade, sure, or_else) == said


def test_good_in_what_was_seen_is_not_called_good() -> None:
    assert grade_words("good", "sure", None, complete=False) == "good as far as seen"
    assert grade_words("fault", "sure", None, complete=False) == "fault"


def test_what_this_view_cannot_show_is_the_reason() -> None:
    session = make_session([make_rep(1, view=OBLIQUE)])
    session = msgspec.structs.replace(session, view=OBLIQUE)
    judged = tuple(
        msgspec.structs.replace(spec, views=("front",)) if spec.role != "tempo" else spec
        for spec in session.specs
    )
    info = msgspec.structs.replace(session.exercise, specs=judged)
    session = msgspec.structs.replace(session, exercise=info)
    said = "Form could not be judged: filmed between front and side."
    assert headline(session)[0] == said


def test_none_but_a_good_repetition_is_called_best() -> None:
    knees = ((1, 10.5), (2, 25.0))
    reps = [make_rep(n, knee_fppa_deg=knee, trunk_lean_deg=1.0) for n, knee in knees]
    shown = view(make_session(reps))
    assert [rep.label for rep in shown.reps] == ["", "needs most work"]


def test_a_number_between_watch_and_fault_surely_needs_its_cue() -> None:
    (shown,) = view(make_session([make_rep(1, knee_fppa_deg=13.0, trunk_lean_deg=5.5)])).reps
    assert dict(shown.verdicts)["Form"].words == "watch, perhaps fault"
    assert shown.cues[0] == "Push the knee out over the little toe"


def test_a_doubtful_cue_says_so() -> None:
    cue = "Push the knee out"
    assert cue_words(cue, "sure") == "Push the knee out"
    assert cue_words(cue, "probably") == "Probably: push the knee out"
    assert cue_words(cue, "unclear") == "Perhaps: push the knee out"
    assert cue_words("", "unclear") == ""


@pytest.mark.parametrize(
    ("knees_deg", "in_headline", "advised"),
    [
        ((1.0, 1.0, 9.0), "probably: knee falls in (rep 3)", "Probably: push the knee out (rep 3)"),
        ((9.0, 9.0), "probably knee falls in (both)", "Probably: push the knee out (both)"),
        (
            (1.0, 1.0, 9.0, 20.0),
            "knee falls in (rep 4, and probably rep 3)",
            "Push the knee out (rep 4, and probably rep 3)",
        ),
        ((20.0, 20.0), "knee falls in (both)", "Push the knee out (both)"),
    ],
)
def test_headline_advice_and_card_are_as_sure_of_each_repetition(
    knees_deg: Sequence[float], in_headline: str, advised: str
) -> None:
    reps = [
        make_rep(n, knee_fppa_deg=knee_deg, trunk_lean_deg=1.0)
        for n, knee_deg in enumerate(knees_deg, 1)
    ]
    session = make_session(reps)
    assert headline(session)[0].lower().endswith(f" {in_headline}.")
    said = [advice_words(one, session.reps) for one in session.summary.advice]
    assert [one.replace(" over the little toe", "") for one in said] == [advised]
    for shown, knee_deg in zip(view(session).reps, knees_deg, strict=True):
        cues = {1.0: (), 9.0: ("Probably: push",), 20.0: ("Push the knee out",)}[knee_deg]
        assert tuple(cue[: len(start)] for cue, start in zip(shown.cues, cues, strict=True)) == cues


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_headline_names_every_repetition_that_is_not_good(name: str) -> None:
    session = EXAMPLES[name]()
    said = plain(headline(session)[session.exercise.is_held])  # holds: first how long
    named = {int(number) for number in re.findall(r"\d+", " ".join(re.findall(r"\(.*?\)", said)))}
    not_good = {rep.index for rep in session.reps if rep.form.grade in ("watch", "fault")}
    assert named == not_good


def test_what_was_entered_and_which_legs() -> None:
    told = entered_words(Training(step_height_cm=10.0, load_kg=2.5, pain=3))
    assert plain(told) == "step 10 cm · load 2.5 kg · pain 3/10"
    assert entered_words(Training()) == ""
    assert legs_words(good_set()) == "left leg"
    assert legs_words(poor_two_leg_set()) == "4 left and 3 right"
    assert legs_words(squat_set()) == "both legs"
    unsure = make_rep(1, knee_fppa_deg=1.0)
    unsure = msgspec.structs.replace(unsure, stance_sure=False)
    assert legs_words(make_session([unsure])) == "not sure which leg was working"


def test_a_view_that_changed_is_told() -> None:
    reps = [make_rep(1, knee_fppa_deg=1.0), make_rep(2, view=OBLIQUE, trunk_flexion_deg=9.0)]
    assert view_words(make_session(reps)) == "front view, rep 2 turned about 38° from the camera"


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (
            Limits(good_low=-5, good_high=8, watch_low=-5, watch_high=13),
            ("-5 to 8°", "8 to 13°", "below -5° or above 13°"),
        ),
        (Limits(good_high=8, watch_high=13), ("below 8°", "8 to 13°", "above 13°")),
        (Limits(good_low=0.9, watch_low=0.75), ("above 0.9°", "0.75 to 0.9°", "below 0.75°")),
        (
            Limits(good_low=-6, good_high=6, watch_low=-10, watch_high=10),
            ("-6 to 6°", "-10 to -6° or 6 to 10°", "below -10° or above 10°"),
        ),
    ],
)
def test_limits_in_words(limits: Limits, words: tuple[str, str, str]) -> None:
    assert tuple(map(plain, band_words(limits, "°"))) == words


def test_the_person_is_named_and_another_name_goes_first() -> None:
    assert view(good_set()).person == "Person A"
    assert ("Name", "Person A") in view(good_set()).head
    assert view(good_set(), name="Person  B").person == "Person B"


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_command_line_stands_in_a_report(name: str) -> None:
    shown = view(EXAMPLES[name]())
    texts = [*shown.verdict, *shown.advice, *shown.notes, shown.set_up, *shown.footnotes]
    texts += [text for row in shown.limits for text in row.cells]
    assert not [text for text in texts if re.search(r"--\w|cutoff_hz|_deg\b", text)]


def test_the_best_and_the_one_that_needs_most_work() -> None:
    shown = view(poor_two_leg_set())
    assert (shown.best, shown.most_work) == (1, 3)
    labels = {rep.index: rep.label for rep in shown.reps if rep.label}
    assert labels == {1: "best", 3: "needs most work"}
    assert not [rep.label for rep in view(good_set()).reps if rep.label], "all alike"
    assert best_and_worst(()) == (None, None)
    (only,) = make_session([make_rep(1, knee_fppa_deg=1.0)]).reps
    assert best_and_worst([only]) == (1, None)


def test_the_tempo_counts_when_the_worst_is_chosen() -> None:
    reps = [
        make_rep(n, knee_fppa_deg=1.0, trunk_lean_deg=1.0, descent_s=0.5 if n == 2 else 3.0)
        for n in (1, 2, 3)
    ]
    assert best_and_worst(reps)[1] == 2


def test_legs_are_put_side_by_side_with_the_smallest_real_change() -> None:
    table = legs_table(poor_two_leg_set())
    assert table is not None
    assert table.titles == ("Measure", "left", "right", "Difference", "Smallest real difference")
    knee = table.rows[0]
    assert (knee.title, knee.first, plain(knee.difference)) == (
        "Knee valgus (change from standing)",
        "+12.0°",
        "-12.0°",
    )
    assert knee.detected
    assert (
        table.sentences[0] == "Knee valgus: 12.0° more on the left (smallest real difference 9.0°)."
    )
    assert legs_table(good_set()) is None


def test_the_mean_of_a_leg_has_one_error_in_the_table_and_beside_the_other_leg() -> None:
    session = poor_two_leg_set()
    shown = view(session)
    assert shown.legs is not None
    titles = {spec.id: spec.title for spec in session.specs}
    beside = {titles.get(row.name, ""): row.with_errors for row in shown.legs.rows}
    compared = 0
    for place, mean in enumerate(shown.means):
        for cell in mean.cells:
            if "±" in cell.text and cell.column in beside:
                assert cell.text == beside[cell.column][place]
                compared += 1
    assert compared >= 4


def test_a_set_that_falls_off_is_told() -> None:
    reps = [make_rep(n, knee_fppa_deg=2.0 + 3.0 * n, trunk_lean_deg=1.0) for n in range(1, 7)]
    (table,) = thirds_tables(make_session(reps))
    assert table.sentences == (
        "Knee valgus: 12.0° more in the last third of the set than in the first (smallest real "
        "difference 9.0°).",
    )
    assert table.titles[1:3] == ("first (reps 1 and 2)", "last (reps 5 and 6)")
    steady = [make_rep(n, knee_fppa_deg=2.0) for n in (1, 2, 3)]
    (table,) = thirds_tables(make_session(steady))
    assert "Nothing changed beyond measurement error" in table.sentences[0]


def test_a_scale_says_what_was_visible() -> None:
    table = scale_table(poor_two_leg_set())
    assert table is not None
    assert [title for title, _ in table.columns] == ["Trunk", "Knee"]
    assert table.rows[0].grade == "undecided"
    assert table.rows[0].unseen == "1 item not visible"
    assert plain(table.lines[1]) == (
        "Reps 3 and 6: 1-2 of 3 points, 1 item not visible; grade undecided."
    )
    assert table.missing == ("Pelvis (1 point), not visible: the hips hardly show it",)
    assert scale_table(squat_set()) is None
    other = msgspec.structs.replace(STEP_DOWN, scale=msgspec.structs.replace(SCALE, id="another"))
    assert scale_table(msgspec.structs.replace(poor_two_leg_set(), exercise=other)) is None


def test_video_quality_points_out_what_does_not_suit() -> None:
    assert view(good_set()).set_up == "Camera set-up is fine."
    shown = view(oblique_set())
    assert shown.set_up == "What makes the numbers less accurate here, and how to fix it:"
    facts = {fact.name: fact for fact in shown.facts}
    assert facts["View"].fine is False
    assert plain(facts["Turned away from the camera"].value) == "38 ± 2°"
    assert facts["Camera tilt"].value == "unknown"
