"""The progress report as PDF: one person's sessions of one exercise, for a patient file.

It lays out a :class:`ProgressView`, as the page in ``report/progress_page.py`` does. The same
sessions always give exactly the same file.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from fpdf.enums import YPos

from formcheck.data.numbers import count_words
from formcheck.data.palette import SERIES, SOFT, TEXT, TEXTS, Colour
from formcheck.data.session import ExerciseInfo
from formcheck.report.charts import Chart
from formcheck.report.embedded_stills import fitting, readable
from formcheck.report.pdf import (
    MARGIN_MM,
    PDF_BUDGET_BYTES,
    WIDTH_MM,
    Paper,
    aspect,
    badge_colour,
    lay_charts,
)
from formcheck.report.progress_view import (
    ADVICE_DISCLAIMER,
    EXPLAINED,
    OVERVIEW_HEADINGS,
    Change,
    Pictured,
    ProgressView,
    TrendPart,
    session_headings,
    worst_title,
)

CHARTS_ACROSS, CHART_ROW_MM = 3, 62.0
PICTURE_MM, PICTURE_TALL_MM = 56.0, 62.0
CHANGE_COLOURS: dict[str, Colour] = {
    "better": TEXTS["good"],
    "worse": TEXTS["fault"],
    "other": SERIES[3],
    "": TEXT,
}
"""Colour of the text of a change, by the direction of the change."""


def render(shown: ProgressView) -> bytes:
    """Return a progress report as the bytes of a PDF file."""
    paper = Paper(shown.heading, created=shown.created, version=shown.version)
    paper.text_block(shown.heading, 15, bold=True)
    paper.ln(1)
    for note in shown.notes:
        paper.text_block(note, 8.5, colour=SOFT)
    for part in shown.parts:
        _lay_part(paper, part, shown.exercise)
    for heading in shown.headings:
        paper.heading(heading)
        for step in shown.steps:
            if step.heading == heading:
                paper.text_block(step.text, 9.5, bold=True)
                paper.text_block(f"Why: {step.because}.", 8.5)
                paper.text_block(f"Rule: {step.rule}", 7, colour=SOFT)
                paper.ln(1)
    paper.ln(1)
    paper.text_block(ADVICE_DISCLAIMER, 7.5, colour=SOFT)
    return bytes(paper.output())


def _lay_part(paper: Paper, part: TrendPart, exercise: ExerciseInfo) -> None:
    paper.heading(part.title)
    if part.remark:
        paper.text_block(part.remark, 9)
    for change in part.changes:
        _lay_change(paper, change)
    paper.ln(1.5)
    smalls = [one.chart for one in part.smalls if one.chart is not None]
    lay_charts(paper, smalls, CHARTS_ACROSS)
    for small in part.smalls:
        paper.text_block(f"{small.title}: {small.sentence}", 7.5, colour=SOFT)
    _lay_pictures(paper, worst_title(exercise), part.pictures)
    trends = [one for one in part.trends if one.charts]
    if trends:
        if paper.will_page_break(CHART_ROW_MM):
            paper.add_page()
        paper.heading(f"{part.title}: {count_words(len(trends), 'measurement')}")
        paper.text_block(EXPLAINED, 7.5, colour=SOFT)
        paper.ln(1)
        narrow: list[Chart] = [one.charts[-1] for one in trends]
        lay_charts(paper, narrow, CHARTS_ACROSS)
    if part.overview:
        rows = [[(text, None) for text in (one.title, *one.overview)] for one in trends]
        paper.grid(("Measure", *OVERVIEW_HEADINGS), rows)
    if part.sessions:
        paper.ln(2)
        cells = [[(text, None) for text in row] for row in part.sessions]
        paper.grid(session_headings(exercise), cells)


def _lay_change(paper: Paper, change: Change) -> None:
    """Write a change in the colour of its direction (better, worse, other)."""
    paper.text_block(change.text, 9.5, bold=bool(change.tone), colour=CHANGE_COLOURS[change.tone])


def _lay_pictures(paper: Paper, heading: str, pictures: Sequence[Pictured]) -> None:
    """Lay out repetitions side by side, each with its picture or the reason why there is none."""
    if not pictures:
        return
    stills = {n: one.still for n, one in enumerate(pictures) if one.still is not None}
    small = {n: one for n, one in fitting(stills, PDF_BUDGET_BYTES).items() if readable(one)}
    wide = {n: min(PICTURE_MM, PICTURE_TALL_MM / aspect(one)) for n, one in small.items()}
    tall = max((width * aspect(small[n]) for n, width in wide.items()), default=0.0)
    if paper.will_page_break(tall + 30):
        paper.add_page()
    paper.heading(heading)
    top = bottom = paper.get_y()
    column_mm = WIDTH_MM / 2
    for place, one in enumerate(pictures):
        left = MARGIN_MM + place * column_mm
        if place in small:
            paper.image(BytesIO(small[place]), left, top, wide[place])
        paper.set_xy(left, top + tall + 0.6)
        lines: list[tuple[str, Colour]] = [(one.title, TEXT)]
        lines += [(f"{name} {badge.words}", badge_colour(badge)) for name, badge in one.verdicts]
        lines += [(cue, TEXT) for cue in one.cues]
        if place not in small:
            lines.append((one.why_not or "No picture: it could not be read.", SOFT))
        for text, colour in lines:
            paper.set_x(left)
            said = paper.write_in(text, 7.5, bold=True)
            paper.set_text_color(*colour)
            paper.multi_cell(column_mm - 6, 3.5, said, align="L", new_y=YPos.NEXT)
        bottom = max(bottom, paper.get_y())
    paper.set_xy(MARGIN_MM, bottom + 1)
