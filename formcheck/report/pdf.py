"""The report on a session as PDF, for a patient file: one or two A4 pages for a usual set.

It lays out a :class:`ReportView` and the pictures of the repetitions, as the page does. The same
session always gives exactly the same file. :class:`Paper` is also used by the other PDF reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import resources
from io import BytesIO

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace
from PIL import Image

from formcheck.data import palette
from formcheck.data.numbers import NO_BREAK
from formcheck.data.palette import SOFT, TEXT, TEXTS, Colour
from formcheck.report.changes import ChangeTable
from formcheck.report.charts import FONT, Chart, paint
from formcheck.report.embedded_stills import fitting, readable
from formcheck.report.view import NAME, Badge, Cell, ReportView, RepView
from formcheck.report.wording import DISCLAIMER, capital

MARGIN_MM = 14.0
WIDTH_MM = 210.0 - 2 * MARGIN_MM
PICTURE_MM = 34.0
MOST_PICTURES = 6
PDF_BUDGET_BYTES = 1_000_000
CHARTS_ACROSS, CHART_GAP_MM = 2, 6.0
CHART_LETTERS, CHART_WIDTH = 15.0, 560.0
"""Size of the letters in a chart of this width, in the units of the chart; 6 pt on the paper."""

SMALLEST_PT = 5.0
_CELL_ROOM_MM = 2.4
LONGEST_WORD = 40

_SANS = "helvetica"
_ENCODING = "cp1252"
"""The characters of Helvetica, a typeface that every PDF reader has; for others, a font file is
embedded."""
_PLAIN = str.maketrans({"\N{MINUS SIGN}": "\N{EN DASH}"})
"""Helvetica has no minus sign here. Its dash is as long and as high as one; a hyphen is not."""


def render(shown: ReportView, stills: Mapping[int, bytes] | None = None) -> bytes:
    """Return the report as a PDF file.

    Parameters
    ----------
    shown
        The content of the report. Latin, Greek and Cyrillic letters can be shown; other letters
        become ``?``.
    stills
        By repetition index, a JPEG or PNG of its lowest point.

    Returns
    -------
    bytes
        A PDF file.
    """
    paper = _new_paper(shown)
    _lay_head(paper, shown)
    _lay_pictures(paper, shown, stills or {})
    _lay_reps(paper, shown)
    _lay_set_charts(paper, shown.charts)
    if shown.legs is not None:
        paper.heading("Left and right")
        _lay_comparison(paper, shown.legs)
    if shown.thirds:
        paper.heading("Start and end of the set")
        for table in shown.thirds:
            _lay_comparison(paper, table)
    if shown.scale is not None:
        paper.heading(f"{shown.scale.title}, scored from what this film shows")
        paper.text_block("\n".join(shown.scale.lines), 8)
    _lay_video_quality(paper, shown)
    paper.heading("What counts as good, and why")
    titles = ("Measure", "Good", "Watch", "Fault", "Source")
    paper.grid(titles, [[(text, None) for text in row.cells] for row in shown.limits], size=6.5)
    paper.ln(1.5)
    method = " ".join(f"{title} {text}" for title, text in shown.method)
    paper.text_block(method, 6.5, colour=SOFT)
    return bytes(paper.output())


def letters_lacking(shown: ReportView) -> str:
    """Return the characters of names, notes and file names that become ``?`` in the PDF."""
    paper = _new_paper(shown)
    for title, value in shown.head:
        paper.write_in(value, 9, bold=title == NAME)
    for text in (shown.reader_notes, *shown.notes):
        paper.write_in(text, 9)
    paper.output()  # this closes the font file
    return "".join(paper.lacking)


class Paper(FPDF):
    """An A4 document with a footer, and a second typeface for letters that Helvetica lacks."""

    def __init__(self, title: str, *, created: str, version: str) -> None:
        super().__init__(format="A4")
        self._footer = f"{DISCLAIMER} formcheck {version}"
        self.set_margins(MARGIN_MM, 12, MARGIN_MM)
        self.c_margin = 0.0
        self.set_auto_page_break(True, 14)
        self.set_title(title)
        self.set_lang("en")
        self.core_fonts_encoding = _ENCODING
        self.set_creation_date(_creation_time(created))
        file = resources.files("formcheck.screen").joinpath("fonts/Inter-SemiBold-subset.ttf")
        with resources.as_file(file) as path:
            self.add_font(FONT, fname=path)
        self.lacking: dict[str, None] = {}
        self._letters = frozenset(self.fonts[FONT].cmap)  # type: ignore[union-attr]
        self.alias_nb_pages()
        self.add_page()

    def footer(self) -> None:
        """Write the footer of a page; called by fpdf."""
        self.set_y(-10)
        self.set_font(_SANS, size=7)
        self.set_text_color(*SOFT)
        self.cell(WIDTH_MM - 20, 4, self._footer)
        self.cell(20, 4, f"{self.page_no()} / {{nb}}", align="R")

    def write_in(self, text: str, size: float, *, bold: bool = False) -> str:
        """Set the typeface for a text, and return the text with missing letters replaced."""
        kept = f"\n{NO_BREAK}"
        plain = "".join(c if c.isprintable() or c in kept else " " for c in _breakable(text))
        simple = plain.translate(_PLAIN)
        if not bold and _helvetica_has(simple):
            self.set_font(_SANS, size=size)
            return simple
        self.set_font(FONT, size=size)
        lacking = [c for c in plain if ord(c) not in self._letters and c not in kept]
        self.lacking |= dict.fromkeys(lacking)
        return "".join("?" if c in lacking else c for c in plain)

    def text_block(
        self, text: str, size: float, *, bold: bool = False, colour: Colour = TEXT
    ) -> None:
        """Write a paragraph."""
        said = self.write_in(text, size, bold=bold)
        self.set_text_color(*colour)
        self.multi_cell(0, size * 0.46, said, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def heading(self, text: str, size: float = 10) -> None:
        """Write the heading of a section, on the same page as the first lines below it."""
        if self.will_page_break(26):
            self.add_page()
        self.ln(2.6)
        self.text_block(text, size, bold=True)
        self.ln(0.6)

    def grid(
        self,
        titles: Sequence[str],
        rows: Sequence[Sequence[tuple[str, Colour | None]]],
        *,
        size: float = 7.5,
    ) -> None:
        """Write a table over the whole width; its titles are repeated on a new page.

        If a word does not fit into its column, the text of the whole table is made smaller.
        """
        widths, size = self._widths(titles, rows, size)
        self.set_draw_color(*palette.RULE)
        self.set_fill_color(255)
        self.set_line_width(0.2)
        with self.table(
            col_widths=tuple(widths),
            line_height=size * 0.46,
            padding=(0.7, _CELL_ROOM_MM / 2),
            text_align="LEFT",
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(color=SOFT, emphasis=""),
        ) as table:
            header = table.row()
            for title in titles:
                text = self.write_in(title, size - 1, bold=True)
                header.cell(text, style=FontFace(self.font_family, "", size - 1, SOFT))
            for cells in rows:
                row = table.row()
                for said, colour in cells:
                    text = self.write_in(said, size, bold=colour is not None)
                    row.cell(text, style=FontFace(self.font_family, "", size, colour or TEXT))

    def _widths(
        self,
        titles: Sequence[str],
        rows: Sequence[Sequence[tuple[str, Colour | None]]],
        size: float,
    ) -> tuple[list[float], float]:
        """Return the widths of the columns (mm), and the size of the text.

        Each column is at least as wide as its longest word. The rest of the width is divided by the
        length of the texts.
        """
        columns = list(zip([(title, SOFT) for title in titles], *rows, strict=True))
        least = [self._longest(column, size, " \n") for column in columns]
        while sum(least) > WIDTH_MM and size > SMALLEST_PT:
            size -= 0.5
            least = [self._longest(column, size, " \n") for column in columns]
        wanted = [self._longest(column, size, "\n") for column in columns]
        spare = WIDTH_MM - sum(least)
        more = [max(0.1, want - low) for want, low in zip(wanted, least, strict=True)]
        share = max(spare, 0.0) / sum(more)
        return [low + extra * share for low, extra in zip(least, more, strict=True)], size

    def _longest(
        self, column: Sequence[tuple[str, Colour | None]], size: float, separators: str
    ) -> float:
        """Return the width that a column needs for its longest part between separators."""
        longest = 0.0
        for place, (said, colour) in enumerate(column):
            text = self.write_in(said, size if place else size - 1, bold=colour is not None)
            pieces = re.split(f"[{separators}]", text)
            longest = max(longest, *(self.get_string_width(piece) for piece in pieces))
        return longest + _CELL_ROOM_MM + 0.4


def _new_paper(shown: ReportView) -> Paper:
    title = f"{shown.title}, {shown.performed}"
    return Paper(title, created=shown.created, version=shown.version)


def _helvetica_has(text: str) -> bool:
    """Whether Helvetica has all characters of a text."""
    try:
        text.encode(_ENCODING)
    except UnicodeEncodeError:
        return False
    return True


def _creation_time(created: str) -> datetime:
    try:
        return datetime.fromisoformat(created)
    except ValueError:
        return datetime(2000, 1, 1, tzinfo=UTC)


def _breakable(text: str) -> str:
    """Add spaces to words that are too long for a line, such as a long file name."""
    if all(len(word) <= LONGEST_WORD for word in text.split()):
        return text
    return " ".join(
        " ".join(word[n : n + LONGEST_WORD] for n in range(0, len(word), LONGEST_WORD))
        for word in text.split(" ")
    )


def _lay_head(paper: Paper, shown: ReportView) -> None:
    for title, value in shown.head:
        paper.write_in(title, 7.5)
        paper.set_text_color(*SOFT)
        paper.cell(22, 4.6, title)
        paper.text_block(value, 9.5, bold=title == NAME)
    paper.ln(2)
    paper.text_block(shown.verdict[0], 15, bold=True)
    paper.ln(1)
    if shown.verdict[1:]:
        paper.text_block(" ".join(shown.verdict[1:]), 10.5, bold=True)
        paper.ln(1)
    if shown.counts:
        paper.text_block("\n".join(shown.counts), 9.5)
        paper.ln(1)
    for place, text in enumerate(shown.advice, 1):
        paper.text_block(f"{place}.  {text}", 10.5)
    if shown.reader_notes:
        paper.heading("Notes")
        paper.text_block(shown.reader_notes, 9)


def _lay_pictures(paper: Paper, shown: ReportView, stills: Mapping[int, bytes]) -> None:
    """Lay out the pictures of the first repetitions; of many, also of the best and the worst."""
    small = fitting(stills, PDF_BUDGET_BYTES)
    pictured = [rep for rep in shown.reps if rep.index in small and readable(small[rep.index])]
    if not pictured:
        return
    indices = [rep.index for rep in pictured]
    first = [one for one in (shown.best, shown.most_work) if one in indices]
    kept = list(dict.fromkeys([*first, *indices]))[:MOST_PICTURES]
    chosen = [rep for rep in pictured if rep.index in kept]
    paper.heading(f"Each {shown.effort} {shown.shown_at}")
    wide = WIDTH_MM / MOST_PICTURES
    tall = min(PICTURE_MM, max(aspect(small[rep.index]) for rep in chosen) * (wide - 2))
    if paper.will_page_break(tall + 12):
        paper.add_page()
    top = paper.get_y()
    bottom = top
    for place, rep in enumerate(chosen):
        left = MARGIN_MM + place * wide
        paper.image(
            BytesIO(small[rep.index]), left, top, min(wide - 2, tall / aspect(small[rep.index]))
        )
        paper.set_xy(left, top + tall + 0.6)
        for text, badge in _caption(rep):
            paper.set_x(left)
            paper.set_text_color(*badge_colour(badge))
            said = paper.write_in(text, 6.5, bold=True)
            paper.multi_cell(wide - 2, 3.0, said, align="L", new_y=YPos.NEXT)
        bottom = max(bottom, paper.get_y())
    paper.set_xy(MARGIN_MM, bottom)


def _caption(rep: RepView) -> Iterable[tuple[str, Badge | None]]:
    """Yield the lines below a picture, each with the grade that gives its colour."""
    yield rep.title + (f", {rep.label}" if rep.label else ""), None
    for name, badge in rep.verdicts:
        yield f"{name} {badge.words}", badge


def badge_colour(badge: Badge | None) -> Colour:
    """Return the colour of a grade; without a grade, that of normal text."""
    if badge is None:
        return TEXT
    return SOFT if badge.colour is None else TEXTS[badge.colour]


def aspect(still: bytes) -> float:
    """Return height divided by width of an image."""
    with Image.open(BytesIO(still)) as image:
        return image.height / image.width


def _lay_reps(paper: Paper, shown: ReportView) -> None:
    if not shown.reps:
        return
    paper.heading(f"{shown.effort.capitalize()} by {shown.effort}")
    columns = shown.columns[: shown.main]
    judged = [name for name, _ in shown.tallies]
    side = [shown.side_title] if shown.side_title else []
    short = shown.effort_short.capitalize()
    titles = [short, *side, *judged, *(f"{one.title}\n{one.note}" for one in columns)]
    rows = [
        [
            (str(rep.index), None),
            *([(rep.leg, None)] if side else []),
            *((badge.words, badge_colour(badge)) for _, badge in rep.verdicts),
            *map(_cell, rep.cells[: shown.main]),
        ]
        for rep in shown.reps
    ]
    rows += [
        [
            (mean.title, None),
            *[("", None)] * (len(side) + len(judged)),
            *map(_cell, mean.cells[: shown.main]),
        ]
        for mean in shown.means
    ]
    paper.grid(titles, rows)
    paper.ln(1)
    for text in shown.under_main:
        paper.text_block(text, 7, colour=SOFT)


def _cell(one: Cell) -> tuple[str, Colour | None]:
    """Return the text and colour of a table cell: a number with its grade below.

    Good grades have no colour.
    """
    if one.note is not None:
        return f"{one.text} {one.note})", None
    if one.badge is None:
        return one.text, None
    graded = one.badge.grade not in (None, "good")
    return f"{one.text}\n{one.badge.words}", badge_colour(one.badge) if graded else None


def _lay_comparison(paper: Paper, table: ChangeTable) -> None:
    if table.heading:
        paper.text_block(table.heading, 8.5, bold=True)
    paper.text_block("\n".join(table.sentences), 8.5)
    paper.ln(0.8)
    rows = [
        [
            (text, TEXT if row.detected and column == 3 else None)
            for column, text in enumerate(row.cells)
        ]
        for row in table.rows
    ]
    paper.grid(table.titles, rows)


def _lay_set_charts(paper: Paper, charts: Sequence[Chart]) -> None:
    if not charts:
        return
    paper.heading("The set over time")
    lay_charts(paper, charts, CHARTS_ACROSS)


def lay_charts(paper: Paper, charts: Sequence[Chart], across: int) -> None:
    """Lay out charts side by side, ``across`` in a row, each below its title."""
    width = (WIDTH_MM - (across - 1) * CHART_GAP_MM) / across
    for first in range(0, len(charts), across):
        row = charts[first : first + across]
        tall = max(width * chart.height / chart.width for chart in row)
        if paper.will_page_break(tall + 6):
            paper.add_page()
        top = paper.get_y()
        for place, chart in enumerate(row):
            left = MARGIN_MM + place * (width + CHART_GAP_MM)
            paper.set_xy(left, top)
            paper.set_text_color(*TEXT)
            title = paper.write_in(chart.title, 7.5, bold=True)
            paper.cell(paper.get_string_width(title) + 3, 3.6, title)
            paper.set_text_color(*SOFT)
            paper.cell(0, 3.6, paper.write_in(chart.subtitle.partition(";")[0], 6))
            letters = CHART_LETTERS * chart.width / CHART_WIDTH * across / CHARTS_ACROSS
            drawing = paint(chart, size=letters, on_paper=True)
            paper.image(BytesIO(drawing.encode()), left, top + 4, width)
        paper.set_xy(MARGIN_MM, top + tall + 5)


def _lay_video_quality(paper: Paper, shown: ReportView) -> None:
    paper.heading("Video quality")
    paper.text_block(shown.set_up, 8)
    for text in shown.warnings:
        paper.text_block(f"! {text}", 8, colour=TEXTS["watch"])
    for text in shown.notes:
        paper.text_block(text, 8)
    facts = "; ".join(f"{fact.name.lower()} {fact.words}" for fact in shown.facts)
    paper.text_block(f"{capital(facts)}.", 7.5, colour=SOFT)
