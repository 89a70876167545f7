"""The movement passport as PDF: a person's present state in all exercises, on paper.

It lays out a :class:`PassportView`, as the page in ``report/passport_page.py`` does. The same
sessions always give exactly the same file.
"""

from __future__ import annotations

from collections.abc import Sequence

from formcheck.data.numbers import UNKNOWN
from formcheck.data.palette import SOFT, Colour
from formcheck.report.passport_view import (
    AFTER_THAT,
    ALL_GOOD,
    EXPLAINED,
    GLANCE_HEADINGS,
    GlanceRow,
    JudgedLine,
    PassportExercise,
    PassportLeg,
    PassportView,
)
from formcheck.report.pdf import Paper, badge_colour, lay_charts
from formcheck.report.progress_pdf import CHANGE_COLOURS, CHARTS_ACROSS, lay_change, lay_pictures
from formcheck.report.progress_view import ADVICE_DISCLAIMER
from formcheck.report.view import Badge

PICTURE_TALL_MM, COLUMN_MM = 38.0, 60.0


def render(shown: PassportView) -> bytes:
    """Return a passport as the bytes of a PDF file."""
    paper = Paper(shown.heading, created=shown.created, version=shown.version)
    paper.text_block(shown.heading, 15, bold=True)
    paper.text_block(shown.when, 9.5)
    paper.heading("At a glance")
    paper.grid(GLANCE_HEADINGS, [_overview_cells(row) for row in shown.rows])
    paper.ln(1)
    paper.text_block(EXPLAINED, 7.5, colour=SOFT)
    for exercise in shown.exercises:
        _lay_exercise(paper, exercise)
    if shown.rules:
        paper.heading("The rules of the advice")
        paper.text_block("\n".join(shown.rules), 7, colour=SOFT)
    paper.ln(1)
    paper.text_block(ADVICE_DISCLAIMER, 7.5, colour=SOFT)
    return bytes(paper.output())


def _overview_cells(row: GlanceRow) -> list[tuple[str, Colour | None]]:
    changed = CHANGE_COLOURS[row.change.tone] if row.change.tone else None
    return [
        (row.title, None),
        *map(_badge_cell, row.verdicts),
        (row.work, None),
        (row.change.text, changed),
        (row.next, None),
    ]


def _badge_cell(badge: Badge | None) -> tuple[str, Colour | None]:
    return (UNKNOWN, None) if badge is None else (badge.words, badge_colour(badge))


def _lay_exercise(paper: Paper, exercise: PassportExercise) -> None:
    paper.heading(exercise.title, 13)
    if exercise.entered:
        paper.text_block(exercise.entered, 9)
    for change in exercise.changes:
        lay_change(paper, change)
    for note in exercise.notes:
        paper.text_block(note, 7.5, colour=SOFT)
    for leg in exercise.legs:
        _lay_leg(paper, leg)


def _lay_leg(paper: Paper, leg: PassportLeg) -> None:
    verdicts = ", ".join(f"{name} {badge.words}" for name, badge in leg.verdicts)
    if paper.will_page_break(30):
        paper.add_page()
    paper.ln(1.5)
    paper.text_block(f"{leg.title}: {verdicts}", 10.5, bold=True)
    paper.text_block("\n".join(leg.seen), 7.5, colour=SOFT)
    if leg.good:
        _lay_title(paper, "Good")
        _lay_judged_lines(paper, leg.good)
    _lay_title(paper, "Work on")
    for one in leg.work:
        paper.text_block(one.cue, 9.5, bold=True)
        _lay_judged_lines(paper, one.lines)
    if leg.later:
        _lay_title(paper, AFTER_THAT)
        _lay_judged_lines(paper, leg.later)
    if leg.good and not leg.work:
        paper.text_block(ALL_GOOD, 9)
    for line in leg.unseen:
        paper.text_block(line, 7.5, colour=SOFT)
    _lay_title(paper, leg.since or "Change")
    for change in leg.changes:
        lay_change(paper, change)
    lay_charts(paper, [trend.charts[-1] for trend in leg.charts], CHARTS_ACROSS)
    _lay_title(paper, "Next")
    for step in leg.steps:
        paper.text_block(step.text, 9.5, bold=True)
        paper.text_block(f"Why: {step.because}.", 8)
    lay_pictures(paper, leg.worst, leg.pictures, tall_mm=PICTURE_TALL_MM, column_mm=COLUMN_MM)


def _lay_title(paper: Paper, title: str) -> None:
    if paper.will_page_break(14):
        paper.add_page()
    paper.ln(1)
    paper.text_block(title, 8, colour=SOFT)


def _lay_judged_lines(paper: Paper, lines: Sequence[JudgedLine]) -> None:
    for line in lines:
        remark = f" ({line.remark})" if line.remark else ""
        text = f"{line.title} {line.value}, {line.badge.words}{remark}"
        paper.text_block(text, 9, colour=badge_colour(line.badge))
