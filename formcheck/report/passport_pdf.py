"""A person's passport on paper: a layout of the view model, like the page.

One row for each leg, so that a session of a few exercises is one sheet: the pictures, what is good
and what to work on, what changed, what is next. The same sessions give the same bytes.
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
"""Widths of the pictures, what is good and to work on, the change, and what is next."""
RULE_MM, HEAD_MM = 1.0, 5.0
PICTURE_TALL_MM = 17.0
BODY_PT, SMALL_PT, LEADING = 7.5, 6.5, 0.41
"""Letters in a row, and how far its lines are apart, in mm for each point."""
NOTES_PT = 6.0


@dataclass(frozen=True)
class Said:
    """A paragraph of a column."""

    text: str
    size: float = BODY_PT
    bold: bool = False
    colour: Colour = TEXT


@dataclass(frozen=True)
class Shown:
    """A repetition of a row: its picture, if there is one, and what stands under it."""

    still: bytes | None
    words: tuple[Said, ...]

    @property
    def wide_mm(self) -> float:
        """How wide the picture is on the paper."""
        if self.still is None:
            return 0.0
        return min(_half(), PICTURE_TALL_MM / aspect(self.still))

    @property
    def tall_mm(self) -> float:
        """How tall the picture is on the paper."""
        return 0.0 if self.still is None else self.wide_mm * aspect(self.still)


def render(shown: PassportView) -> bytes:
    """Make a PDF file of a passport."""
    paper = Paper(shown.heading, created=shown.created, version=shown.version)
    paper.text_block(shown.heading, 15, bold=True)
    paper.text_block(shown.when, 9)
    paper.ln(1.5)
    legs = [leg for exercise in shown.exercises for leg in exercise.legs]
    pictures = _pictures(legs)
    for exercise in shown.exercises:
        _exercise(paper, exercise, pictures)
    pictured = [PICTURED] if any(leg.pictures for leg in legs) else []
    rules = [f"The rules of the advice: {' '.join(shown.rules)}"] if shown.rules else []
    _rule(paper)
    for text in (" ".join([EXPLAINED, *pictured]), *rules, ADVICE_DISCLAIMER):
        paper.text_block(text, NOTES_PT, colour=SOFT)
    return bytes(paper.output())


def _pictures(legs: Sequence[PassportLeg]) -> Iterator[tuple[Shown, ...]]:
    """Give the pictures of each leg, small enough together."""
    everything = [one for leg in legs for one in leg.pictures]
    stills = {n: one.still for n, one in enumerate(everything) if one.still is not None}
    small = {n: one for n, one in fitting(stills, PDF_BUDGET_BYTES).items() if readable(one)}
    ready = (_pictured(one, n, small) for n, one in enumerate(everything))
    return (tuple(next(ready) for _ in leg.pictures) for leg in legs)


def _pictured(one: Pictured, place: int, small: Mapping[int, bytes]) -> Shown:
    why_not = one.why_not or "No picture: it could not be read."
    said = [Said(one.title, SMALL_PT)]
    if place not in small:
        said.append(Said(why_not, SMALL_PT, colour=SOFT))
    return Shown(small.get(place), tuple(said))


def _exercise(
    paper: Paper, exercise: PassportExercise, pictures: Iterator[tuple[Shown, ...]]
) -> None:
    """Set a row for each leg; what was entered and its changes stand in the first one."""
    said = [
        Said(one.text, BODY_PT, bool(one.tone), CHANGE_COLOURS[one.tone])
        for one in exercise.changes
    ]
    said += [Said(note, SMALL_PT, colour=SOFT) for note in exercise.notes]
    for place, leg in enumerate(exercise.legs):
        title = f"{exercise.title}, {leg.title.lower()}"
        first = place == 0
        row = _Row(
            title, exercise.entered if first else "", said if first else [], leg, next(pictures)
        )
        if paper.will_page_break(row.tall(paper)):
            paper.add_page()
        row.lay(paper)


@dataclass(frozen=True)
class _Row:
    """One leg: a line with the verdicts, what goes over all columns, and the columns."""

    title: str
    entered: str
    said: list[Said]
    leg: PassportLeg
    pictures: tuple[Shown, ...]

    @property
    def over(self) -> list[Said]:
        """What goes over all columns."""
        return [*self.said, Said("\n".join(self.leg.seen), SMALL_PT, colour=SOFT)]

    @property
    def columns(self) -> tuple[list[Said], ...]:
        """The columns beside the pictures."""
        return _judgement(self.leg), _change(self.leg), _next(self.leg)

    def tall(self, paper: Paper) -> float:
        """Give the height of the row, in mm."""
        texts = zip(self.columns, COLUMNS_MM[1:], strict=True)
        columns = [_tall(paper, said, wide) for said, wide in texts]
        columns += [one.tall_mm + _tall(paper, one.words, _half()) for one in self.pictures]
        return RULE_MM + HEAD_MM + _tall(paper, self.over, WIDTH_MM) + max(columns) + GAP_MM / 2

    def lay(self, paper: Paper) -> None:
        """Set the row where the paper stands."""
        after = paper.get_y() + self.tall(paper)
        _rule(paper)
        self._head(paper)
        top = _lay(paper, self.over, MARGIN_MM, paper.get_y(), WIDTH_MM) + 0.6
        for place, one in enumerate(self.pictures):
            left = MARGIN_MM + place * (_half() + 1.0)
            if one.still is not None:
                paper.image(BytesIO(one.still), left, top, one.wide_mm)
            _lay(paper, one.words, left, top + one.tall_mm + 0.3, _half())
        left = MARGIN_MM
        for said, before, wide in zip(self.columns, COLUMNS_MM, COLUMNS_MM[1:], strict=False):
            left += before + GAP_MM
            _lay(paper, said, left, top, wide)
        paper.set_xy(MARGIN_MM, after)

    def _head(self, paper: Paper) -> None:
        """Set the title with the verdicts behind it, and what was entered at the right."""
        parts = [(f"{self.title}:", 10.5, TEXT)]
        parts += [
            (f"{name} {badge.words}", 8.5, badge_colour(badge)) for name, badge in self.leg.verdicts
        ]
        for text, size, colour in parts:
            said = paper.write_in(text, size, bold=True)
            paper.set_text_color(*colour)
            paper.cell(paper.get_string_width(said) + 2.0, HEAD_MM, said)
        said = paper.write_in(self.entered, BODY_PT)
        paper.set_text_color(*TEXT)
        paper.cell(0, HEAD_MM, said, align="R")
        paper.set_xy(MARGIN_MM, paper.get_y() + HEAD_MM)


def _judgement(leg: PassportLeg) -> list[Said]:
    said = _in_a_row("Good", leg.good)
    works = [one for work in leg.work for one in _work(work.cue, work.lines)]
    said += _named("Work on", works)
    said += _in_a_row(AFTER_THAT, leg.later)
    if leg.good and not leg.work:
        said.append(Said(ALL_GOOD))
    return [*said, *(Said(line, SMALL_PT, colour=SOFT) for line in leg.unseen)]


def _work(cue: str, lines: Sequence[JudgedLine]) -> list[Said]:
    return [Said(cue, bold=True), *map(_judged, lines)]


def _in_a_row(title: str, lines: Sequence[JudgedLine]) -> list[Said]:
    """Give numbers that ask for nothing now as one paragraph."""
    text = "; ".join(_judged(line).text for line in lines)
    return [Said(f"{title}: {text}.", SMALL_PT)] if text else []


def _judged(line: JudgedLine) -> Said:
    remark = f" ({line.remark})" if line.remark else ""
    text = f"{line.title} {line.value}, {line.badge.words}{remark}"
    return Said(text, colour=badge_colour(line.badge))


def _change(leg: PassportLeg) -> list[Said]:
    found = (
        Said(one.text, BODY_PT, bool(one.tone), CHANGE_COLOURS[one.tone]) for one in leg.changes
    )
    return _named(leg.since or "Change", found)


def _next(leg: PassportLeg) -> list[Said]:
    steps = (
        one
        for step in leg.steps
        for one in (Said(step.text, bold=True), Said(f"Why: {step.because}.", SMALL_PT))
    )
    return _named("Next", steps)


def _named(title: str, said: Iterable[Said]) -> list[Said]:
    """Give paragraphs under a title; nothing without any."""
    found = list(said)
    return [Said(title, SMALL_PT, colour=SOFT), *found] if found else []


def _half() -> float:
    """How wide a picture and the words under it may be."""
    return (COLUMNS_MM[0] - 1.0) / 2


def _rule(paper: Paper) -> None:
    paper.set_draw_color(*RULE)
    paper.set_line_width(0.2)
    paper.line(MARGIN_MM, paper.get_y(), MARGIN_MM + WIDTH_MM, paper.get_y())
    paper.set_xy(MARGIN_MM, paper.get_y() + RULE_MM)


def _tall(paper: Paper, said: Iterable[Said], wide: float) -> float:
    """Give the height of paragraphs in a column of this width, in mm."""
    return sum(_set(paper, one, wide, dry=True) for one in said)


def _lay(paper: Paper, said: Iterable[Said], left: float, top: float, wide: float) -> float:
    """Set paragraphs into a column; return where they end."""
    paper.set_xy(left, top)
    for one in said:
        paper.set_x(left)
        paper.set_text_color(*one.colour)
        _set(paper, one, wide)
    return paper.get_y()


def _set(paper: Paper, one: Said, wide: float, *, dry: bool = False) -> float:
    """Set a paragraph where the paper stands, or only measure it; return its height in mm."""
    text = paper.write_in(one.text, one.size, bold=one.bold)
    tall: float = paper.multi_cell(  # type: ignore[assignment]  # it is asked for the height alone
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
