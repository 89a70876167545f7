"""The movement passport as PDF: a person's present state in all exercises, on paper.

It lays out a :class:`PassportView`, as the page in ``report/passport_page.py`` does. Each leg is a
row with four columns: pictures, what is good and what to work on, what changed, and what is next.
So a session of a few exercises fits on one sheet. The same sessions always give exactly the same
file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from fpdf.enums import MethodReturnValue, XPos, YPos

from formcheck.data.palette import RULE, SOFT, TEXT, Colour
from formcheck.report.embedded_stills import fitting, readable
from formcheck.report.passport_view import (
    AFTER_THAT,
    ALL_GOOD,
    EXPLAINED,
    PICTURED,
    JudgedLine,
    PassportExercise,
    PassportLeg,
    PassportView,
)
from formcheck.report.pdf import MARGIN_MM, PDF_BUDGET_BYTES, WIDTH_MM, Paper, aspect, badge_colour
from formcheck.report.progress_pdf import CHANGE_COLOURS
from formcheck.report.progress_view import ADVICE_DISCLAIMER, Pictured

GAP_MM = 3.0
COLUMNS_MM = (27.0, 72.0, 30.0, 44.0)
"""Widths of the columns: pictures, what is good and what to work on, the change, what is next."""
RULE_MM, HEAD_MM = 1.0, 5.0
PICTURE_TALL_MM = 17.0
BODY_PT, SMALL_PT, LEADING = 7.5, 6.5, 0.41
"""Sizes of the letters in a row, and the distance of its lines, in mm for each point of size."""
NOTES_PT = 6.0


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of text with its size and colour."""

    text: str
    size: float = BODY_PT
    bold: bool = False
    colour: Colour = TEXT


@dataclass(frozen=True)
class ShownRep:
    """A repetition in the first column: its picture (JPEG), if any, and the text below it."""

    still: bytes | None
    words: tuple[Paragraph, ...]

    @property
    def wide_mm(self) -> float:
        """Width of the picture on the paper."""
        if self.still is None:
            return 0.0
        return min(_picture_width(), PICTURE_TALL_MM / aspect(self.still))

    @property
    def tall_mm(self) -> float:
        """Height of the picture on the paper."""
        return 0.0 if self.still is None else self.wide_mm * aspect(self.still)


def render(shown: PassportView) -> bytes:
    """Return a passport as the bytes of a PDF file."""
    paper = Paper(shown.heading, created=shown.created, version=shown.version)
    paper.text_block(shown.heading, 15, bold=True)
    paper.text_block(shown.when, 9)
    paper.ln(1.5)
    legs = [leg for exercise in shown.exercises for leg in exercise.legs]
    pictures = _pictures_by_leg(legs)
    for exercise in shown.exercises:
        _lay_exercise(paper, exercise, pictures)
    pictured = [PICTURED] if any(leg.pictures for leg in legs) else []
    rules = [f"The rules of the advice: {' '.join(shown.rules)}"] if shown.rules else []
    _draw_rule(paper)
    for text in (" ".join([EXPLAINED, *pictured]), *rules, ADVICE_DISCLAIMER):
        paper.text_block(text, NOTES_PT, colour=SOFT)
    return bytes(paper.output())


def _pictures_by_leg(legs: Sequence[PassportLeg]) -> Iterator[tuple[ShownRep, ...]]:
    """Return the pictures of each leg, made small enough for one file."""
    everything = [one for leg in legs for one in leg.pictures]
    stills = {n: one.still for n, one in enumerate(everything) if one.still is not None}
    small = {n: one for n, one in fitting(stills, PDF_BUDGET_BYTES).items() if readable(one)}
    ready = (_shown_rep(one, n, small) for n, one in enumerate(everything))
    return (tuple(next(ready) for _ in leg.pictures) for leg in legs)


def _shown_rep(one: Pictured, place: int, small: Mapping[int, bytes]) -> ShownRep:
    why_not = one.why_not or "No picture: it could not be read."
    paragraphs = [Paragraph(one.title, SMALL_PT)]
    if place not in small:
        paragraphs.append(Paragraph(why_not, SMALL_PT, colour=SOFT))
    return ShownRep(small.get(place), tuple(paragraphs))


def _lay_exercise(
    paper: Paper, exercise: PassportExercise, pictures: Iterator[tuple[ShownRep, ...]]
) -> None:
    """Write a row for each leg; the first one also contains what was entered and its changes."""
    paragraphs = [
        Paragraph(one.text, BODY_PT, bool(one.tone), CHANGE_COLOURS[one.tone])
        for one in exercise.changes
    ]
    paragraphs += [Paragraph(note, SMALL_PT, colour=SOFT) for note in exercise.notes]
    for place, leg in enumerate(exercise.legs):
        title = f"{exercise.title}, {leg.title.lower()}"
        first = place == 0
        row = _LegRow(
            title,
            exercise.entered if first else "",
            paragraphs if first else [],
            leg,
            next(pictures),
        )
        if paper.will_page_break(row.height_mm(paper)):
            paper.add_page()
        row.write(paper)


@dataclass(frozen=True)
class _LegRow:
    """The row of one leg: a line with the verdicts, text over the whole width, and the columns."""

    title: str
    entered: str
    paragraphs: list[Paragraph]
    leg: PassportLeg
    pictures: tuple[ShownRep, ...]

    @property
    def full_width(self) -> list[Paragraph]:
        """The paragraphs over the whole width, above the columns."""
        return [*self.paragraphs, Paragraph("\n".join(self.leg.seen), SMALL_PT, colour=SOFT)]

    @property
    def columns(self) -> tuple[list[Paragraph], ...]:
        """The columns beside the pictures."""
        return (
            _judged_paragraphs(self.leg),
            _change_paragraphs(self.leg),
            _next_paragraphs(self.leg),
        )

    def height_mm(self, paper: Paper) -> float:
        """Return the height of the row, in mm."""
        texts = zip(self.columns, COLUMNS_MM[1:], strict=True)
        columns = [_height_of(paper, paragraphs, wide) for paragraphs, wide in texts]
        columns += [
            one.tall_mm + _height_of(paper, one.words, _picture_width()) for one in self.pictures
        ]
        return (
            RULE_MM
            + HEAD_MM
            + _height_of(paper, self.full_width, WIDTH_MM)
            + max(columns)
            + GAP_MM / 2
        )

    def write(self, paper: Paper) -> None:
        """Write the row at the present position of the paper."""
        after = paper.get_y() + self.height_mm(paper)
        _draw_rule(paper)
        self._head(paper)
        top = _write_column(paper, self.full_width, MARGIN_MM, paper.get_y(), WIDTH_MM) + 0.6
        for place, one in enumerate(self.pictures):
            left = MARGIN_MM + place * (_picture_width() + 1.0)
            if one.still is not None:
                paper.image(BytesIO(one.still), left, top, one.wide_mm)
            _write_column(paper, one.words, left, top + one.tall_mm + 0.3, _picture_width())
        left = MARGIN_MM
        for paragraphs, before, wide in zip(self.columns, COLUMNS_MM, COLUMNS_MM[1:], strict=False):
            left += before + GAP_MM
            _write_column(paper, paragraphs, left, top, wide)
        paper.set_xy(MARGIN_MM, after)

    def _head(self, paper: Paper) -> None:
        """Write the title and the verdicts, and at the right what was entered."""
        parts = [(f"{self.title}:", 10.5, TEXT)]
        parts += [
            (f"{name} {badge.words}", 8.5, badge_colour(badge)) for name, badge in self.leg.verdicts
        ]
        for text, size, colour in parts:
            written = paper.write_in(text, size, bold=True)
            paper.set_text_color(*colour)
            paper.cell(paper.get_string_width(written) + 2.0, HEAD_MM, written)
        written = paper.write_in(self.entered, BODY_PT)
        paper.set_text_color(*TEXT)
        paper.cell(0, HEAD_MM, written, align="R")
        paper.set_xy(MARGIN_MM, paper.get_y() + HEAD_MM)


def _judged_paragraphs(leg: PassportLeg) -> list[Paragraph]:
    paragraphs = _one_paragraph("Good", leg.good)
    works = [one for work in leg.work for one in _cue_paragraphs(work.cue, work.lines)]
    paragraphs += _with_title("Work on", works)
    paragraphs += _one_paragraph(AFTER_THAT, leg.later)
    if leg.good and not leg.work:
        paragraphs.append(Paragraph(ALL_GOOD))
    return [*paragraphs, *(Paragraph(line, SMALL_PT, colour=SOFT) for line in leg.unseen)]


def _cue_paragraphs(cue: str, lines: Sequence[JudgedLine]) -> list[Paragraph]:
    return [Paragraph(cue, bold=True), *map(_measurement_paragraph, lines)]


def _one_paragraph(title: str, lines: Sequence[JudgedLine]) -> list[Paragraph]:
    """Return measurements that need no work now as one paragraph."""
    text = "; ".join(_measurement_paragraph(line).text for line in lines)
    return [Paragraph(f"{title}: {text}.", SMALL_PT)] if text else []


def _measurement_paragraph(line: JudgedLine) -> Paragraph:
    remark = f" ({line.remark})" if line.remark else ""
    text = f"{line.title} {line.value}, {line.badge.words}{remark}"
    return Paragraph(text, colour=badge_colour(line.badge))


def _change_paragraphs(leg: PassportLeg) -> list[Paragraph]:
    found = (
        Paragraph(one.text, BODY_PT, bool(one.tone), CHANGE_COLOURS[one.tone])
        for one in leg.changes
    )
    return _with_title(leg.since or "Change", found)


def _next_paragraphs(leg: PassportLeg) -> list[Paragraph]:
    steps = (
        one
        for step in leg.steps
        for one in (Paragraph(step.text, bold=True), Paragraph(f"Why: {step.because}.", SMALL_PT))
    )
    return _with_title("Next", steps)


def _with_title(title: str, paragraphs: Iterable[Paragraph]) -> list[Paragraph]:
    """Return paragraphs below a title; nothing if there are no paragraphs."""
    found = list(paragraphs)
    return [Paragraph(title, SMALL_PT, colour=SOFT), *found] if found else []


def _picture_width() -> float:
    """Return the largest width of a picture and the words below it, in mm."""
    return (COLUMNS_MM[0] - 1.0) / 2


def _draw_rule(paper: Paper) -> None:
    paper.set_draw_color(*RULE)
    paper.set_line_width(0.2)
    paper.line(MARGIN_MM, paper.get_y(), MARGIN_MM + WIDTH_MM, paper.get_y())
    paper.set_xy(MARGIN_MM, paper.get_y() + RULE_MM)


def _height_of(paper: Paper, paragraphs: Iterable[Paragraph], wide: float) -> float:
    """Return the height of paragraphs in a column of this width, in mm."""
    return sum(_write_paragraph(paper, one, wide, dry=True) for one in paragraphs)


def _write_column(
    paper: Paper, paragraphs: Iterable[Paragraph], left: float, top: float, wide: float
) -> float:
    """Write paragraphs into a column; return the position of their end."""
    paper.set_xy(left, top)
    for one in paragraphs:
        paper.set_x(left)
        paper.set_text_color(*one.colour)
        _write_paragraph(paper, one, wide)
    return paper.get_y()


def _write_paragraph(paper: Paper, one: Paragraph, wide: float, *, dry: bool = False) -> float:
    """Write a paragraph at the present position, or only measure it; return its height in mm."""
    text = paper.write_in(one.text, one.size, bold=one.bold)
    tall: float = paper.multi_cell(  # type: ignore[assignment]  # `output` asks for the height
        wide,
        one.size * LEADING,
        text,
        align="L",
        new_x=XPos.LEFT,
        new_y=YPos.NEXT,
        dry_run=dry,
        output=MethodReturnValue.HEIGHT,
    )
    return tall
