"""One session tells one story: every output shows the same numbers, grades and counts."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from report_reading import Page, cells_of, md_text, pdf_text, plain
from session_examples import EXAMPLES, KNEE, STEP_DOWN, poor_two_leg_set

from formcheck.data.declare import rounded, to_json
from formcheck.data.numbers import measured
from formcheck.data.session import DESCENT, Limits, Session, Verdict
from formcheck.report import html, markdown, pdf, terminal
from formcheck.report.forms import render
from formcheck.report.view import ReportView, view
from formcheck.report.wording import grade_words, verdict_words

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
    assert {rep.form.sure for rep in session.reps} == {"sure", "probably"}
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
            assert (line[place].text, line[place].grade) == (words, verdict.grade)
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
    form = "2 good, 1 good in what was seen, 1 watch, 3 fault"
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
@pytest.mark.parametrize("form", ["html", "pdf", "md", "csv", "json"])
def test_a_kept_session_gives_the_same_report_byte_for_byte(name: str, form: str) -> None:
    session = EXAMPLES[name]()
    kept = msgspec.json.decode(to_json(session), type=Session)
    assert render(kept, form) == render(session, form)


def test_default_limits_that_change_leave_the_page_of_a_kept_session_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from formcheck.exercises import registry, step_down

    kept = to_json(poor_two_leg_set())
    before = render(msgspec.json.decode(kept, type=Session), "html")
    monkeypatch.setattr(step_down, "EXERCISE", None)
    monkeypatch.setattr(registry, "get_exercise", None)
    monkeypatch.setattr(registry, "all_exercises", None)
    assert render(msgspec.json.decode(kept, type=Session), "html") == before
    # The limits that count are the session's own.
    wider = msgspec.structs.replace(KNEE, limits=Limits(good_low=-40.0, good_high=40.0))
    exercise = msgspec.structs.replace(STEP_DOWN, specs=(wider, *STEP_DOWN.specs[1:]))
    other = msgspec.structs.replace(poor_two_leg_set(), exercise=exercise)
    assert render(other, "html") != before


def test_no_tempo_is_said_and_never_called_good() -> None:
    shown = view(EXAMPLES["oblique"]())
    assert shown.verdict[-1].startswith("The way down was not timed: ")
    assert not any("slow enough" in text for text in shown.verdict)
    assert [(badge.words, count) for badge, count in shown.tempo] == [("not judged", 3)]
    assert view(EXAMPLES["oblique"]()).reps[0].tempo.grade is None
    assert verdict_words(Verdict()) == "not judged"
    assert all(column.id != DESCENT for column in shown.columns)
