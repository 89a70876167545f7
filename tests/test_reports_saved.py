"""The PDF and the plain text of a session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest
from formcheck.data.results import SessionResult, Training
from formcheck.report.outline import outline
from formcheck.report.words import date_text
from PIL import Image
from reports_examples import make_rep, make_session, no_reps, oblique_set, poor_set, two_legs

from formcheck.exercises import get_exercise
from formcheck.report import html, markdown, pdf

EVIL = "<script>|`*_[x](y)\n# \u202e\x00\x1b[31m名前"
STEP_DOWN = get_exercise("step_down")


def jpeg() -> bytes:
    picture = BytesIO()
    Image.new("RGB", (90, 160), (90, 120, 90)).save(picture, "JPEG")
    return picture.getvalue()


def pages(paper: bytes) -> int:
    return paper.count(b"/Type /Page\n")


@pytest.mark.parametrize("make", [poor_set, two_legs, oblique_set, no_reps])
def test_a_usual_set_fits_on_two_sheets(make: Callable[[], SessionResult]) -> None:
    session = make()
    stills = {rep.index: jpeg() for rep in session.reps}
    paper = pdf.render(session, STEP_DOWN, stills, name="Ada L.", notes="After the run.")
    assert paper.startswith(b"%PDF-")
    assert 1 <= pages(paper) <= 2


def test_the_same_session_gives_the_same_paper() -> None:
    first, second = (pdf.render(poor_set(), STEP_DOWN, {1: jpeg()}) for _ in range(2))
    assert first == second


def test_any_text_and_any_picture_can_be_printed() -> None:
    rep = make_rep(1, 1.0, knee=30.0)
    rep = replace(rep, faults=(replace(rep.faults[0], cue=EVIL),), notes=(EVIL,))
    session = make_session([rep], verdict=EVIL * 9, advice=(EVIL, "w" * 500), name="x" * 300)
    session = replace(session, created=EVIL, view=replace(session.view, warnings=(EVIL,)))
    broken = {1: b"\xff\xd8\xff broken", 2: b"GIF89a"}
    paper = pdf.render(session, STEP_DOWN, broken, name=EVIL * 20, notes=(EVIL + "\n") * 5)
    assert paper.startswith(b"%PDF-")


def test_long_sets_go_on_over_more_pages() -> None:
    reps = [make_rep(n, 6.0 * n) for n in range(1, 81)]
    assert pages(pdf.render(make_session(reps, verdict="Eighty."), STEP_DOWN)) > 2


def test_markdown_says_what_the_page_says() -> None:
    text = markdown.render(poor_set(), STEP_DOWN, name="Ada", notes="One\nTwo")
    assert "**The right knee falls in, more so as the set goes on" in text
    assert "1. Push the knee out over the little toe" in text
    assert "- Name: Ada" in text
    assert "One  \nTwo" in text
    assert "| 5 | right | fault | +17.5 ± 1.6°, fault | 9.2 ± 1.2 %, fault |" in text
    assert "## From the start of the set to its end" in text
    assert "Right heel hidden for 42 % of rep 3" in text


def test_text_means_nothing_but_itself_in_markdown() -> None:
    session = make_session([make_rep(1, 1.0)], verdict=EVIL, advice=(EVIL,), name=EVIL)
    text = markdown.render(session, STEP_DOWN, name=EVIL, notes="# x\n- y\n1. z")
    assert "<script" not in text.replace("\\<script", "")
    assert "[x](y)" not in text
    assert "\n# x" not in text
    assert "\n- y" not in text
    assert "\n1. z" not in text
    cells = {line.replace("\\|", "").count("|") for line in text.splitlines() if line[:1] == "|"}
    assert cells == {10, 6}, "the table of repetitions and that of the limits"


def told(session: SessionResult) -> SessionResult:
    return replace(session, training=Training("2025-11-10", step_height_cm=15.0, pain=2))


def test_the_day_that_was_told_is_the_sessions_and_what_was_told_is_shown() -> None:
    session = told(poor_set())
    page = html.render(session, STEP_DOWN).replace("\N{NO-BREAK SPACE}", " ")
    text = markdown.render(session, STEP_DOWN).replace("\N{NO-BREAK SPACE}", " ")
    assert "· 10 November 2025 · told: step 15 cm, pain 2 of 10</p>" in page
    assert f"analyzed {date_text(session.created)}" in page
    assert "- Session: 10 November 2025\n" in text
    assert f"- Analyzed: {date_text(session.created)}\n" in text
    assert "- Told: step 15 cm, pain 2 of 10\n" in text
    assert dict(outline(session, STEP_DOWN).head)["Session"] == "10 November 2025", "as the PDF's"
    untold = markdown.render(poor_set(), STEP_DOWN)
    assert "Told" not in untold
    assert "Analyzed" not in untold


def test_the_lowering_is_graded_on_paper_and_in_markdown_as_on_the_page() -> None:
    session = poor_set()
    fast = replace(session.reps[3], tempo={**session.reps[3].tempo, "descent_s": 0.5})
    session = replace(session, reps=(*session.reps[:3], fast, *session.reps[4:]))
    said = outline(session, STEP_DOWN)
    column = said.columns.index("Lowering")
    assert said.grades[3][column] == "fault"
    assert said.grades[0][column] == "good"
    assert said.grades[3][said.columns.index("Rising")] is None, "only the lowering has limits"
    assert "0.50 ± 0.10 s, fault" in markdown.render(session, STEP_DOWN)


def test_notes_are_not_among_what_costs_accuracy() -> None:
    session = poor_set()
    note = "Taken for: forward step-down."
    session = replace(session, summary=replace(session.summary, notes=(note,)))
    page = html.render(session, STEP_DOWN)
    warnings = page.split('class="warnings card"')[1].split("</ul>")[0]
    assert note in page
    assert note not in warnings
    said = outline(session, STEP_DOWN)
    assert (said.remarks, note in said.warnings) == ([note], False)
    assert f"- Note: {note}\n" in markdown.render(session, STEP_DOWN)
