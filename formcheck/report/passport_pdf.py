"""A person's passport on paper: a layout of the view model, like the page.

The same sessions give the same bytes.
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
    """Make a PDF file of a passport."""
    paper = Paper(shown.heading, created=shown.created, version=shown.version)
    paper.text_block(shown.heading, 15, bold=True)
    paper.text_block(shown.when, 9.5)
    paper.heading("At a glance")
    paper.grid(GLANCE_HEADINGS, [_row(row) for row in shown.rows])
    paper.ln(1)
    paper.text_block(EXPLAINED, 7.5, colour=SOFT)
    for exercise in shown.exercises:
        _exercise(paper, exercise)
    if shown.rules:
        paper.heading("The rules of the advice")
        paper.text_block("\n".join(shown.rules), 7, colour=SOFT)
    paper.ln(1)
    paper.text_block(ADVICE_DISCLAIMER, 7.5, colour=SOFT)
    return bytes(paper.output())


def _row(row: GlanceRow) -> list[tuple[str, Colour | None]]:
    changed = CHANGE_COLOURS[row.change.tone] if row.change.tone else None
    return [
        (row.title, None),
        *map(_graded, row.verdicts),
        (row.work, None),
        (row.change.text, changed),
        (row.next, None),
    ]


def _graded(badge: Badge | None) -> tuple[str, Colour | None]:
    return (UNKNOWN, None) if badge is None else (badge.words, badge_colour(badge))


def _exercise(paper: Paper, exercise: PassportExercise) -> None:
    paper.heading(exercise.title, 13)
    if exercise.entered:
        paper.text_block(exercise.entered, 9)
    for change in exercise.changes:
        lay_change(paper, change)
    for note in exercise.notes:
        paper.text_block(note, 7.5, colour=SOFT)
    for leg in exercise.legs:
        _leg(paper, leg)


def _leg(paper: Paper, leg: PassportLeg) -> None:
    verdicts = ", ".join(f"{name} {badge.words}" for name, badge in leg.verdicts)
    if paper.will_page_break(30):
        paper.add_page()
    paper.ln(1.5)
    paper.text_block(f"{leg.title}: {verdicts}", 10.5, bold=True)
    paper.text_block("\n".join(leg.seen), 7.5, colour=SOFT)
    if leg.good:
        _named(paper, "Good")
        _judged(paper, leg.good)
    _named(paper, "Work on")
    for one in leg.work:
        paper.text_block(one.cue, 9.5, bold=True)
        _judged(paper, one.lines)
    if leg.later:
        _named(paper, AFTER_THAT)
        _judged(paper, leg.later)
    if leg.good and not leg.work:
        paper.text_block(ALL_GOOD, 9)
    for line in leg.unseen:
        paper.text_block(line, 7.5, colour=SOFT)
    _named(paper, leg.since or "Change")
    for change in leg.changes:
        lay_change(paper, change)
    lay_charts(paper, [trend.charts[-1] for trend in leg.charts], CHARTS_ACROSS)
    _named(paper, "Next")
    for step in leg.steps:
        paper.text_block(step.text, 9.5, bold=True)
        paper.text_block(f"Why: {step.because}.", 8)
    lay_pictures(paper, leg.worst, leg.pictures, tall_mm=PICTURE_TALL_MM, column_mm=COLUMN_MM)


def _named(paper: Paper, title: str) -> None:
    if paper.will_page_break(14):
        paper.add_page()
    paper.ln(1)
    paper.text_block(title, 8, colour=SOFT)


def _judged(paper: Paper, lines: Sequence[JudgedLine]) -> None:
    for line in lines:
        remark = f" ({line.remark})" if line.remark else ""
        text = f"{line.title} {line.value}, {line.badge.words}{remark}"
        paper.text_block(text, 9, colour=badge_colour(line.badge))
