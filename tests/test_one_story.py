"""One session tells one story: every output shows the same numbers, grades and counts."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from conftest import RunCli
from report_reading import Page, cells_of, md_text, pdf_text, plain
from session_examples import (
    EXAMPLES,
    KNEE,
    PLANK,
    STEP_DOWN,
    make_hold,
    make_rep,
    make_session,
    plank_set,
    poor_two_leg_set,
)

from formcheck.data.declare import rounded, to_json
from formcheck.data.exercise import Exercise
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.numbers import grade_words, measured, verdict_words
from formcheck.data.session import DESCENT, HELD, Limits, Session, Verdict
from formcheck.exercises import all_exercises, get_exercise, registry
from formcheck.motion.verdicts import is_wholly_good
from formcheck.report import html, markdown, pdf, terminal
from formcheck.report.formats import render
from formcheck.report.view import ReportView, view
from formcheck.screen.state import bottom_state, card_of, overlay_state
from formcheck.store.history.history_store import History
from formcheck.store.result_files import FILE_OF

JUDGED = [spec for spec in STEP_DOWN.specs if spec.limits is not None]


@dataclass(frozen=True)
class Outputs:
    """What a session looks like everywhere."""

    session: Session
    shown: ReportView
    page: str
    pdf: str
    md: str
    md_rows: dict[str, list[str]]
    terminal: terminal.TerminalReport
    rows: list[dict[str, str]]
    data: dict[str, Any]


@pytest.fixture(scope="module")
def story() -> Outputs:
    session = rounded(poor_two_leg_set())
    shown = view(session)
    md = markdown.render(shown)
    return Outputs(
        session=session,
        shown=shown,
        page=Page(html.render(shown)).text,
        pdf=pdf_text(pdf.render(shown)),
        md=md_text(md),
        md_rows=cells_of(md.partition("## Repetitions")[2], [str(n) for n in range(1, 8)]),
        terminal=terminal.render(shown, 200),
        rows=list(csv.DictReader(io.StringIO(render(session, "csv").decode()))),
        data=json.loads(render(session, "json")),
    )


def test_the_example_has_good_doubtful_and_faulty_repetitions_two_legs_and_a_refusal() -> None:
    session = poor_two_leg_set()
    form, tempo = session.summary.form, session.summary.tempo
    assert (form.good, form.partly, form.watch, form.fault, form.not_judged) == (2, 1, 1, 3, 0)
    assert (tempo.good, tempo.watch, tempo.fault, tempo.not_judged) == (3, 2, 1, 1)
    assert {rep.form.sure for rep in session.reps} == {"sure", "unclear"}
    assert set(session.summary.reps_by_side) == {"left", "right"}
    assert session.reps[5].measurements[KNEE.id].value is None


def test_every_number_is_the_same_everywhere(story: Outputs) -> None:
    checked = 0
    for rep, row, told in zip(
        story.session.reps, story.rows, story.data["reps_in_words"], strict=True
    ):
        for spec in JUDGED:
            found = rep.measurements[spec.id]
            if found.value is None:
                assert row[spec.id] == ""
                continue
            checked += 1
            text = plain(measured(found.value, spec, found.sem))
            assert plain(told["measurements"][spec.id]) == text
            assert text in story.page
            assert text in story.pdf
            assert any(cell.startswith(text) for cell in story.md_rows[str(rep.index)])
            line = story.terminal.rows[rep.index - 1]
            assert any(plain(cell.text).startswith(text) for cell in line)
            assert float(row[spec.id]) == found.value
            assert float(row[f"{spec.id}_sem"]) == found.sem
            assert story.data["efforts"][rep.index - 1]["measurements"][spec.id]["value"] == (
                found.value
            )
    assert checked == 3 * 7 - 2


def test_every_grade_is_the_same_everywhere(story: Outputs) -> None:
    for rep, row, told in zip(
        story.session.reps, story.rows, story.data["reps_in_words"], strict=True
    ):
        md, line = story.md_rows[str(rep.index)], story.terminal.rows[rep.index - 1]
        for place, (name, verdict) in enumerate((("form", rep.form), ("tempo", rep.tempo)), 2):
            words = verdict_words(verdict)
            assert told[name] == words
            assert md[place] == words
            # What is good in a part only is said, but neither coloured nor ticked.
            colour = verdict.grade if verdict.complete else None
            assert (line[place].text, line[place].grade) == (words, colour)
            badge = dict(story.shown.reps[rep.index - 1].verdicts)[name.capitalize()]
            assert badge.style == (colour or "none")
            assert row[f"{name}_grade"] == (verdict.grade or "")
            assert row[f"{name}_sure"] == (verdict.sure or "")
        card = f"Rep {rep.index}, {rep.stance_side}"
        after = story.page.partition(card)[2][:80]
        assert f"Form {verdict_words(rep.form)} Tempo {verdict_words(rep.tempo)}" in after
        for spec in JUDGED:
            found = rep.measurements[spec.id]
            assert row[f"{spec.id}_grade"] == (found.grade or "")
            if found.value is not None:
                number = plain(measured(found.value, spec, found.sem))
                said = grade_words(found.grade, found.sure, found.or_else)
                assert any(cell == f"{number}, {said}" for cell in md)
                assert f"{number} {said}" in story.pdf
                assert f"{number} {said}" in story.page


def test_every_count_is_the_same_everywhere(story: Outputs) -> None:
    form = "2 good, 1 good as far as seen, 1 watch, 3 fault"
    tempo = "3 good, 2 watch, 1 fault, 1 not judged"
    for text in (story.pdf, story.md):
        assert f"Form: {form}" in text
        assert f"Tempo: {tempo}" in text
    assert f"Form {form.replace(',', '')} Tempo {tempo.replace(',', '')}" in story.page
    for name, said in (("form", form), ("tempo", tempo)):
        counted = {
            "good": sum(
                row[f"{name}_grade"] == "good" and row[f"{name}_complete"] == "true"
                for row in story.rows
            ),
            "watch": sum(row[f"{name}_grade"] == "watch" for row in story.rows),
            "fault": sum(row[f"{name}_grade"] == "fault" for row in story.rows),
        }
        for grade, count in counted.items():
            assert f"{count} {grade}" in said
            assert story.data["summary"][name][grade] == count


def a_pose(t_s: float) -> PoseSample:
    points = np.full((len(Keypoint), 2), 100.0)
    places = np.zeros((len(Keypoint), 3))
    return PoseSample(t_s, points, np.ones(len(Keypoint)), places, (640, 480))


def test_the_film_and_the_stills_show_the_numbers_and_grades_of_the_tables(story: Outputs) -> None:
    info = story.session.exercise
    for rep, told in zip(story.session.reps, story.data["reps_in_words"], strict=True):
        pose = a_pose(rep.lowest_s)
        still, film = (
            {one.spec.id: one for one in state.readings}
            for state in (
                bottom_state(rep, info, pose),
                overlay_state(story.session, pose, rep.lowest_s),
            )
        )
        judged = {
            spec.id: rep.measurements[spec.id]
            for spec in JUDGED
            if spec.role != "tempo" and rep.measurements[spec.id].value is not None
        }
        assert set(still) == set(film) == set(judged)
        for name, found in judged.items():
            for reading in (still[name], film[name]):
                assert (reading.value, reading.grade) == (found.value, found.grade)
                assert plain(told["measurements"][name]).startswith(plain(reading.text).rstrip("°"))


def test_the_films_card_is_the_verdict_on_the_repetition(story: Outputs) -> None:
    info = story.session.exercise
    for rep, told in zip(story.session.reps, story.data["reps_in_words"], strict=True):
        card = card_of(rep, info)
        assert card == overlay_state(story.session, a_pose(rep.end_s), rep.end_s + 0.05).card
        if card.subject == "form and tempo":
            assert rep.form.grade == rep.tempo.grade == card.grade == "good"
            assert card.verdict == told["form"] == told["tempo"]
            continue
        if is_wholly_good(rep):
            assert (card.grade, card.verdict) == ("good", told["form"])
            assert card.besides == (f"tempo {told['tempo']}" if rep.tempo.grade else "")
            continue
        verdict = rep.form if card.subject == "form" else rep.tempo
        # What is good in a part only is said, but has no colour.
        colour = None if verdict.grade == "good" else verdict.grade
        assert (card.grade, card.verdict) == (colour, told[card.subject])
        assert bool(card.cue) == bool(verdict.cue)
        assert card.cue in ("", *view(story.session).reps[rep.index - 1].cues)
        if verdict.decided_by is not None:
            number = re.sub(r"[^\d.+-]", "", plain(card.number))
            assert plain(told["measurements"][verdict.decided_by]).startswith(number)
    last = overlay_state(story.session, a_pose(0.0), math.inf)
    assert last.count == len(story.rows) == len(story.session.reps)


def test_holds_tell_one_story_too() -> None:
    session = rounded(plank_set())
    shown = view(session)
    texts = [Page(html.render(shown)).text, pdf_text(pdf.render(shown))]
    texts.append(md_text(markdown.render(shown)))
    rows = list(csv.DictReader(io.StringIO(render(session, "csv").decode())))
    (line, *_) = session.specs
    for hold, row in zip(session.reps, rows, strict=True):
        found = hold.measurements[line.id]
        number = plain(measured(found.value, line, found.sem))
        assert all(number in text and verdict_words(hold.form) in text for text in texts)
        assert (float(row[line.id]), row["form_grade"]) == (found.value, hold.form.grade)
        (still,) = bottom_state(hold, session.exercise, a_pose(hold.lowest_s)).readings
        assert (still.value, still.grade) == (found.value, found.grade)
        assert card_of(hold, session.exercise).verdict == verdict_words(hold.form)


def test_the_clock_of_a_hold_counts_seconds_and_ends_with_the_number_of_the_table() -> None:
    hold = make_hold(1, -4.0, held_s=9.97)
    session = rounded(make_session([hold], PLANK))
    title = session.exercise.spec(HELD).title
    (cell,) = [one for one in view(session).reps[0].cells if one.column == title]
    assert plain(cell.text).startswith("10.0 ")

    def clock(after_s: float) -> str:
        state = overlay_state(session, a_pose(0.0), hold.start_s + after_s)
        assert state.hold is not None
        return state.hold.clock

    assert [clock(after_s) for after_s in (0.5, 5.2, 9.5)] == ["0", "5", "9"]
    assert [clock(after_s) for after_s in (9.98, 20.0)] == ["10.0", "10.0"]
    still = bottom_state(hold, session.exercise, a_pose(hold.lowest_s))
    assert still.hold is not None
    assert still.hold.clock == "10.0"


def test_the_history_counts_as_the_report_does(
    story: Outputs, history_file: Path, run_cli: RunCli
) -> None:
    with History(history_file, create=True) as history:
        kept = history.keep(story.session)
        (entry,) = history.entries()
        again = view(history.session(kept.id))
    assert (entry.form, entry.tempo) == (story.session.summary.form, story.session.summary.tempo)
    assert entry.reps_by_side == {"left": 4, "right": 3}
    assert (again.reps, again.verdict) == (story.shown.reps, story.shown.verdict)
    assert "4 left 3 right" in " ".join(run_cli("history").out.split())
    assert "2 of 7" in run_cli("history").out
    (line,) = json.loads(run_cli("history", "--json").out)
    for name in ("form", "tempo"):
        assert line[name] == story.data["summary"][name]


def test_every_sentence_is_the_same_everywhere(story: Outputs) -> None:
    for sentence in (*story.shown.verdict, *story.shown.advice):
        assert plain(sentence) in story.page
        assert plain(sentence) in story.pdf
        assert plain(sentence) in story.md
    assert story.terminal.verdict == story.shown.verdict
    assert story.terminal.advice == story.shown.advice
    assert story.data["verdict"] == list(story.shown.verdict)


def test_every_refusal_has_the_same_reason_everywhere(story: Outputs) -> None:
    reason = "The foot left the picture"
    assert reason in story.page
    assert reason in story.pdf
    assert reason in story.md
    assert story.rows[5][f"{KNEE.id}_not_measured"] == "the foot left the picture"


def test_a_difference_is_the_difference_of_the_numbers_beside_it(story: Outputs) -> None:
    def number(text: str) -> float:
        return float(re.sub(r"[^\d.+-]", "", plain(text).split("(")[0]))

    tables = [story.shown.legs, *story.shown.thirds]
    rows = [row for table in tables if table is not None for row in table.rows]
    assert len(rows) > 10
    for row in rows:
        assert number(row.second) - number(row.first) == pytest.approx(number(row.difference))
        for text in (row.first, row.second, row.difference):
            assert plain(text) in story.page
            assert plain(text) in story.pdf
            assert plain(text) in story.md


def test_a_percentage_follows_from_the_numbers_beside_it(story: Outputs) -> None:
    def number(text: str) -> float:
        return float(re.sub(r"[^\d.+-]", "", plain(text)))

    assert story.shown.legs is not None
    rows = [row for row in story.shown.legs.rows if "%)" in row.difference]
    assert rows
    for row in rows:
        first, second = number(row.first), number(row.second)
        percent = number(row.difference.split("(")[1])
        assert percent == round(100 * (second - first) / ((first + second) / 2))


def test_a_mean_is_written_the_same_beside_the_other_leg(story: Outputs) -> None:
    """With its sign and as many decimals as in the table of repetitions."""
    assert story.shown.legs is not None
    means = {mean.title: mean.cells for mean in story.shown.means}
    for place, leg in enumerate(("Mean, left", "Mean, right")):
        beside = {row.name: row.with_errors[place] for row in story.shown.legs.rows}
        seen = [
            (column.id, cell.text, beside[column.id])
            for column, cell in zip(story.shown.columns, means[leg], strict=True)
            if column.id in beside and cell.text
        ]
        assert len(seen) > 2
        for _, text, other in seen:
            assert other.split("±")[0].rstrip("°") == text.split("±")[0].rstrip("°")


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_number_has_the_grade_of_another_band(name: str) -> None:
    session = EXAMPLES[name]()
    for rep, shown in zip(session.reps, view(session).reps, strict=True):
        for cell in shown.cells:
            spec = next(one for one in session.specs if one.title == cell.column)
            found = rep.measurements[spec.id]
            if spec.limits is None or found.value is None:
                continue
            assert cell.badge is not None
            value = float(re.sub(r"[^\d.-]", "", plain(cell.text).split("±")[0]))
            assert cell.badge.grade == band(value, spec.limits)


def band(value: float, limits: Limits) -> str:
    """Worked out here a second time, to check the first."""

    def inside(low: float | None, high: float | None) -> bool:
        return (low is None or low <= value) and (high is None or value <= high)

    if inside(limits.good_low, limits.good_high):
        return "good"
    return "watch" if inside(limits.watch_low, limits.watch_high) else "fault"


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("form", FILE_OF)
def test_a_kept_session_gives_the_same_report_byte_for_byte(name: str, form: str) -> None:
    session = EXAMPLES[name]()
    kept = msgspec.json.decode(to_json(session), type=Session)
    assert render(kept, form) == render(session, form)


def test_default_limits_that_change_leave_the_page_of_a_kept_session_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    info = get_exercise("step_down").info()
    reps = [
        make_rep(
            n, info, knee_fppa_deg=knee_deg, knee_over_foot_pct=2.0, trunk_lean_deg=1.0, depth=14.0
        )
        for n, knee_deg in enumerate((2.0, 9.5, 17.0), 1)
    ]
    kept = to_json(make_session(reps, info))
    before = {form: render(msgspec.json.decode(kept, type=Session), form) for form in FILE_OF}

    def never_a_fault(exercise: Exercise) -> Exercise:
        wide = Limits(good_low=-90.0, good_high=90.0, watch_low=-95.0, watch_high=95.0)
        metrics = (
            one if one.limits is None else msgspec.structs.replace(one, limits=wide, title="New")
            for one in exercise.metrics
        )
        return msgspec.structs.replace(exercise, metrics=tuple(metrics), title="New")

    changed = tuple(map(never_a_fault, all_exercises()))
    monkeypatch.setattr(registry, "all_exercises", lambda: changed)
    assert get_exercise("step_down").info().spec(KNEE.id).title == "New", "the change is in force"
    for form in FILE_OF:
        assert render(msgspec.json.decode(kept, type=Session), form) == before[form]


def test_a_page_shows_the_limits_of_its_session() -> None:
    wider = msgspec.structs.replace(KNEE, limits=Limits(good_low=-40.0, good_high=40.0))
    exercise = msgspec.structs.replace(STEP_DOWN, specs=(wider, *STEP_DOWN.specs[1:]))
    other = msgspec.structs.replace(poor_two_leg_set(), exercise=exercise)
    assert "-40 to 40°" in Page(html.render(view(other))).text
    assert "-8 to 8°" in Page(html.render(view(poor_two_leg_set()))).text


def test_no_tempo_is_said_and_never_called_good() -> None:
    shown = view(EXAMPLES["oblique"]())
    assert shown.verdict[-1].startswith("The way down was not timed: ")
    assert not any("slow enough" in text for text in shown.verdict)
    assert [(badge.words, count) for badge, count in dict(shown.tallies)["Tempo"]] == [
        ("not judged", 3)
    ]
    assert dict(view(EXAMPLES["oblique"]()).reps[0].verdicts)["Tempo"].grade is None
    assert verdict_words(Verdict()) == "not judged"
    assert all(column.id != DESCENT for column in shown.columns)
