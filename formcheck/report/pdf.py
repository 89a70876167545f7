"""The report on paper, for a patient file: A4, one or two pages for a set of usual length.

A pure function of the session record and the stills, like the page: the same session gives the
same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import resources
from io import BytesIO

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, WrapMode, XPos, YPos
from fpdf.fonts import FontFace
from PIL import Image

from formcheck.data.arrays import FloatArray
from formcheck.data.exercise import Exercise
from formcheck.data.palette import GRADE_COLOURS
from formcheck.data.results import Rep, SessionResult
from formcheck.motion.grading import shown_grade
from formcheck.report.changes import ChangeTable
from formcheck.report.charts import Plot, Scale, band_edges, clock, number, thin, ticks
from formcheck.report.outline import DISCLAIMER, METHOD, Outline, outline
from formcheck.report.pictures import fitting, readable
from formcheck.report.ranking import best_and_worst
from formcheck.report.tracks import plots

MARGIN_MM = 14.0
WIDTH_MM = 210.0 - 2 * MARGIN_MM
PICTURE_MM = 38.0
MOST_PICTURES = 6
BUDGET_BYTES = 1_000_000
PLOTS_ACROSS, PLOT_GAP_MM = 3, 4.0
PLOT_MM = ((WIDTH_MM - 2 * PLOT_GAP_MM) / PLOTS_ACROSS, 21.0)

_SANS, _INTER = "helvetica", "inter"
_INK, _SOFT, _LINE = (23, 32, 42), (85, 97, 109), (214, 218, 220)
_GRADES = {"good": (10, 114, 103), "watch": (133, 84, 0), "fault": (181, 52, 12)}
_GRADES["borderline"] = _GRADES["watch"]
_PHASES = {"descent": (222, 226, 249), "bottom": (229, 231, 234), "ascent": (237, 225, 244)}
_PLAIN = str.maketrans(
    {"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{RIGHT SINGLE QUOTATION MARK}": "'"}
)
Colour = tuple[int, int, int]


def render(
    session: SessionResult,
    exercise: Exercise,
    stills: Mapping[int, bytes] | None = None,
    *,
    name: str = "",
    notes: str = "",
) -> bytes:
    """Make the report.

    Parameters
    ----------
    session, exercise
        The session, and what was done with the limits it was judged by.
    stills
        By repetition index, a JPEG or PNG of its lowest point.
    name, notes
        Whom the report is about, and remarks. Latin, Greek and Cyrillic letters are shown; what
        the typeface lacks is shown as ``?``.

    Returns
    -------
    bytes
        A PDF file.
    """
    said = outline(session, exercise, name=name, notes=notes)
    paper = _Paper(said, session.created)
    _head(paper, said)
    _pictures(paper, session.reps, exercise, stills or {})
    _reps(paper, said)
    _plots(paper, plots(session, exercise))
    if said.legs is not None:
        paper.heading("Left and right")
        _changes(paper, said.legs)
    if said.thirds:
        paper.heading("From the start of the set to its end")
        for table in said.thirds:
            _changes(paper, table)
    if said.scale is not None:
        paper.heading(f"{said.scale[0]}, as far as the film shows it")
        paper.text_block("\n".join(said.scale[1]), 8)
    _film(paper, said)
    _limits(paper, said)
    paper.ln(1.5)
    paper.text_block(METHOD, 7, colour=_SOFT)
    return bytes(paper.output())


class _Paper(FPDF):
    """A4 with a footer, and text that falls back to a typeface that has its letters."""

    def __init__(self, said: Outline, created: str) -> None:
        super().__init__(format="A4")
        self._footer = f"{DISCLAIMER} formcheck {said.version}"
        self.set_margins(MARGIN_MM, 12, MARGIN_MM)
        self.set_auto_page_break(True, 14)
        self.set_title(f"{said.title}, {dict(said.head).get('Session', '')}")
        self.set_lang("en")
        self.set_creation_date(_when(created))
        file = resources.files("formcheck.screen").joinpath("fonts/Inter-SemiBold-subset.ttf")
        with resources.as_file(file) as path:
            self.add_font(_INTER, fname=path)
        self._letters = frozenset(self.fonts[_INTER].cmap)  # type: ignore[union-attr]
        self.alias_nb_pages()
        self.add_page()

    def footer(self) -> None:
        """Write the last line of a page."""
        self.set_y(-10)
        self.set_font(_SANS, size=7)
        self.set_text_color(*_SOFT)
        self.cell(WIDTH_MM - 20, 4, self._footer)
        self.cell(20, 4, f"{self.page_no()} / {{nb}}", align="R")

    def write_in(self, text: str, size: float, *, bold: bool = False) -> str:
        """Choose the typeface for a text; give the text as it can be set."""
        plain = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
        simple = plain.translate(_PLAIN)
        if not bold and all(ord(char) < 256 for char in simple):
            self.set_font(_SANS, size=size)
            return simple
        self.set_font(_INTER, size=size)
        return "".join(c if ord(c) in self._letters or c == "\n" else "?" for c in plain)

    def text_block(
        self,
        text: str,
        size: float,
        *,
        bold: bool = False,
        colour: Colour = _INK,
        width: float = 0.0,
    ) -> None:
        """Set a paragraph; what has no spaces is broken anywhere."""
        shown = self.write_in(text, size, bold=bold)
        self.set_text_color(*colour)
        long_word = max((len(word) for word in shown.split()), default=0) > 40
        self.multi_cell(
            width, size * 0.46, shown, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT,
            wrapmode=WrapMode.CHAR if long_word else WrapMode.WORD,
        )  # fmt: skip

    def heading(self, text: str) -> None:
        """Begin a part; it stays with at least some of what follows."""
        if self.will_page_break(26):
            self.add_page()
        self.ln(2.6)
        self.text_block(text, 10, bold=True)
        self.ln(0.6)

    def grid(
        self,
        titles: Sequence[str],
        rows: Sequence[Sequence[str]],
        widths: Sequence[float],
        *,
        size: float = 8,
        colours: Sequence[Sequence[Colour | None]] | None = None,
    ) -> None:
        """Set a table; its titles come again on a new page."""
        self.set_draw_color(*_LINE)
        self.set_fill_color(255)
        self.set_line_width(0.2)
        with self.table(
            col_widths=tuple(widths),
            line_height=size * 0.46,
            padding=(0.7, 1.2),
            text_align="LEFT",
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(color=_SOFT, emphasis=""),
            wrapmode=WrapMode.WORD,
        ) as table:
            header = table.row()
            for title in titles:
                text = self.write_in(title, size - 1, bold=True)
                header.cell(text, style=FontFace(self.font_family, "", size - 1, _SOFT))
            for number_of, cells in enumerate(rows):
                row = table.row()
                for column, cell in enumerate(cells):
                    colour = colours[number_of][column] if colours else None
                    text = self.write_in(_breakable(cell), size, bold=colour is not None)
                    row.cell(text, style=FontFace(self.font_family, "", size, colour or _INK))


def _when(created: str) -> datetime:
    try:
        return datetime.fromisoformat(created)
    except ValueError:
        return datetime(2000, 1, 1, tzinfo=UTC)


def _breakable(text: str) -> str:
    """Break words that fit in no column."""
    return " ".join(
        " ".join(word[n : n + 40] for n in range(0, len(word), 40)) for word in text.split(" ")
    )


def _head(paper: _Paper, said: Outline) -> None:
    for title, value in said.head:
        paper.write_in(title, 7.5)
        paper.set_text_color(*_SOFT)
        paper.cell(22, 4.6, title)
        paper.text_block(_breakable(value), 9.5, bold=title == "Name")
    paper.ln(2)
    paper.text_block(_breakable(said.verdict), 15, bold=True)
    paper.ln(1)
    for place, text in enumerate(said.advice, 1):
        paper.text_block(f"{place}.  {_breakable(text)}", 10.5)
    if said.notes:
        paper.heading("Notes")
        paper.text_block(said.notes, 9)


def _pictures(
    paper: _Paper, reps: Sequence[Rep], exercise: Exercise, stills: Mapping[int, bytes]
) -> None:
    """Show the first repetitions; of many, some in between, the best and the worst among them."""
    shown = fitting(stills, BUDGET_BYTES)
    pictured = [rep for rep in reps if rep.index in shown and readable(shown[rep.index])]
    if not pictured:
        return
    kept = {rep.index for rep in best_and_worst(pictured, exercise) if rep is not None}
    for rep in pictured:
        if len(kept) < MOST_PICTURES:
            kept.add(rep.index)
    paper.heading("At the lowest point")
    wide = WIDTH_MM / MOST_PICTURES
    tall = min(PICTURE_MM, max(_aspect(shown[index]) for index in kept) * (wide - 2))
    if paper.will_page_break(tall + 6):
        paper.add_page()
    top, left = paper.get_y(), MARGIN_MM
    for rep in (rep for rep in pictured if rep.index in kept):
        width = min(wide - 2, tall / _aspect(shown[rep.index]))
        paper.image(BytesIO(shown[rep.index]), left, top, width)
        paper.set_xy(left - 1, top + tall + 0.6)
        sure = "" if rep.stance_sure else "?"
        side = "" if rep.stance_side == "both" else f", {rep.stance_side}{sure}"
        grade = shown_grade(exercise, rep)
        paper.set_text_color(*_GRADES.get(grade or "", _INK))
        caption = paper.write_in(f"{rep.index}{side}: {grade or 'not graded'}", 7.5, bold=True)
        paper.cell(wide - 2, 3.6, caption)
        left += wide
    paper.set_xy(MARGIN_MM, top + tall + 4.2)


def _aspect(picture: bytes) -> float:
    """Height over width."""
    with Image.open(BytesIO(picture)) as image:
        return image.height / image.width


def _reps(paper: _Paper, said: Outline) -> None:
    if not said.rows:
        return
    paper.heading("Repetition by repetition")
    metrics = len(said.columns) - 6
    widths = [8.0, 10.0, 15.0, *[max(24.0, 98.0 / max(metrics, 1))] * metrics, *[16.0] * 3]
    titles = [
        f"{title}\n{note}" if note else title
        for title, note in zip(said.columns, said.notes_on_columns, strict=True)
    ]
    rows = [
        [
            f"{text}\n{grade}" if grade and column > 2 else text
            for column, (text, grade) in enumerate(zip(cells, grades, strict=True))
        ]
        for cells, grades in zip(said.rows, said.grades, strict=True)
    ]
    colours = [[_GRADES.get(grade or "") for grade in grades] for grades in said.grades]
    for line in colours:  # the grade of each metric is a word under it; only the rep's is coloured
        line[3:] = [
            colour if colour not in (None, _GRADES["good"]) else None for colour in line[3:]
        ]
    paper.grid(titles, rows, widths, size=7.5, colours=colours)
    paper.ln(1)
    for title, reason in said.missing:
        paper.text_block(f"{title}, not measured: {reason}", 7, colour=_SOFT)


def _changes(paper: _Paper, table: ChangeTable) -> None:
    if table.heading:
        paper.text_block(table.heading, 8.5, bold=True)
    paper.text_block("\n".join(table.sentences), 8.5)
    paper.ln(0.8)
    rows = [
        [
            f"{row.title} ({row.judged})" if row.judged else row.title,
            row.first,
            row.second,
            f"{row.difference} ({row.symmetry})" if row.symmetry else row.difference,
            row.detectable,
        ]
        for row in table.rows
    ]
    fault = _GRADES["fault"]
    colours = [[None, None, None, fault if row.detected else None, None] for row in table.rows]
    titles = ["Measure", table.first, table.second, "Difference", "Detectable from"]
    paper.grid(titles, rows, [62, 30, 30, 34, 26], size=7.5, colours=colours)


def _film(paper: _Paper, said: Outline) -> None:
    paper.heading("How the film suits the measurement")
    for text in said.warnings:
        paper.text_block(f"! {_breakable(text)}", 8, colour=_GRADES["watch"])
    for text in said.remarks:
        paper.text_block(_breakable(text), 8)
    facts = "; ".join(
        f"{fact.name.lower()} {fact.value}" + (f" ({fact.remark})" if fact.remark else "")
        for fact in said.facts
    )
    paper.text_block(facts[:1].upper() + facts[1:] + ".", 7.5, colour=_SOFT)


def _limits(paper: _Paper, said: Outline) -> None:
    paper.heading("What counts as good, and why")
    rows = [
        [f"{row.title} ({row.judged})", row.good, row.watch, row.fault, row.source]
        for row in said.thresholds
    ]
    paper.grid(
        ["Measure", "Good", "Watch", "Fault", "Source"], rows, [36, 22, 30, 32, 62], size=6.5
    )


# --- plots ---------------------------------------------------------------------------------


def _plots(paper: _Paper, drawn: Sequence[Plot]) -> None:
    if not drawn:
        return
    paper.heading("The set over time")
    width, height = PLOT_MM
    for first in range(0, len(drawn), PLOTS_ACROSS):
        if paper.will_page_break(height + 8):
            paper.add_page()
        top = paper.get_y()
        for place, plot in enumerate(drawn[first : first + PLOTS_ACROSS]):
            _plot(paper, plot, MARGIN_MM + place * (width + PLOT_GAP_MM), top)
        paper.set_xy(MARGIN_MM, top + height + 7)


def _plot(paper: _Paper, plot: Plot, left: float, top: float) -> None:
    width, height = PLOT_MM
    paper.set_xy(left, top)
    paper.set_text_color(*_INK)
    title = paper.write_in(plot.title, 7.5, bold=True)
    paper.cell(paper.get_string_width(title) + 3, 3.6, title)
    paper.set_text_color(*_SOFT)
    paper.cell(0, 3.6, paper.write_in(plot.subtitle.partition(";")[0], 6))
    x = Scale(*plot.span_s, left + 7, left + width)
    low, high = top + 4 + height - 3, top + 4.5
    y = Scale(*plot.domain, high, low) if plot.downward else Scale(*plot.domain, low, high)
    for grade, start, end in band_edges(plot.bands) if plot.bands else ():
        edges = sorted((y(y.clip(start)), y(y.clip(end))))
        if grade != "borderline" and edges[1] - edges[0] > 0.05:
            paper.set_fill_color(*_tint(GRADE_COLOURS[grade]))
            paper.rect(x.start_px, edges[0], x.end_px - x.start_px, edges[1] - edges[0], "F")
    for span in plot.spans:
        paper.set_fill_color(*_PHASES[span.kind])
        start, end = x(x.clip(span.start_s)), x(x.clip(span.end_s))
        paper.rect(start, high, end - start, low - high, "F")
    _axes(paper, x, y, low)
    for bar in plot.bars:
        paper.set_fill_color(*((91, 110, 225) if bar.kind == "descent" else (167, 107, 199)))
        paper.rect(
            x(bar.start_s), y(bar.value), x(bar.end_s) - x(bar.start_s), low - y(bar.value), "F"
        )
    paper.set_draw_color(*_INK)
    paper.set_line_width(0.25)
    for t_s, values in plot.lines:
        _line(paper, x, y, *thin(t_s, values, 300))
    for point in plot.points:
        paper.set_fill_color(*_GRADES.get(point.grade, _SOFT))
        paper.circle(x(point.t_s), y(y.clip(point.y)), 0.8, "F")
    paper.set_text_color(*_INK)
    for badge in plot.badges:
        paper.set_xy(x(badge.t_s) - 4, high - 0.2)
        paper.cell(8, 3, paper.write_in(badge.text, 6.5, bold=True), align="C")


def _axes(paper: _Paper, x: Scale, y: Scale, bottom: float) -> None:
    paper.set_draw_color(*_LINE)
    paper.set_line_width(0.1)
    paper.set_text_color(*_SOFT)
    marks = ticks(y.low, y.high, 3)
    for value in marks:
        paper.line(x.start_px, y(value), x.end_px, y(value))
        paper.set_xy(x.start_px - 8, y(value) - 1.5)
        text = number(value, 0 if all(mark == round(mark) for mark in marks) else 1)
        paper.cell(7.4, 3, paper.write_in(text, 6), align="R")
    for value in ticks(x.low, x.high, 6):
        paper.set_xy(x(value) - 5, bottom + 0.3)
        paper.cell(10, 3, paper.write_in(clock(value, x.high - x.low), 6), align="C")


def _line(paper: _Paper, x: Scale, y: Scale, t_s: FloatArray, values: FloatArray) -> None:
    """Draw a course; a gap lifts the pen."""
    stretch: list[tuple[float, float]] = []
    for t, value in [*zip(t_s.tolist(), values.tolist(), strict=True), (0.0, float("nan"))]:
        if value == value:  # not NaN
            stretch.append((x(t), y(y.clip(value))))
            continue
        if len(stretch) > 1:
            paper.polyline(stretch)
        stretch = []


def _tint(colour: Colour) -> Colour:
    red, green, blue = (round(255 - 0.18 * (255 - part)) for part in colour)
    return red, green, blue
