"""The report for a terminal, as rows and texts; the commands print them."""

from __future__ import annotations

from dataclasses import dataclass

from formcheck.data.session import Grade
from formcheck.report.view import Badge, ReportView

LEGEND = "± is one standard error. Grades: ! watch, !! fault; ? not certain, because of the error."
FIXED_WIDTH = 44
COLUMN_WIDTH = 16
"""Columns of the terminal that the first columns need, and each measurement."""


@dataclass(frozen=True)
class TerminalCell:
    """A text with the grade that colours it."""

    text: str
    grade: Grade | None = None


@dataclass(frozen=True)
class TerminalReport:
    """The report for a terminal, from top to bottom.

    ``titles`` and ``rows`` are the table; the ``text_columns`` of it are texts, the rest numbers.
    """

    heading: str
    titles: tuple[str, ...]
    text_columns: tuple[str, ...]
    rows: tuple[tuple[TerminalCell, ...], ...]
    legend: str
    verdict: tuple[str, ...]
    advice: tuple[str, ...]
    notes: tuple[str, ...]


def render(shown: ReportView, width: int) -> TerminalReport:
    """Make the report for a terminal of that width; columns that do not fit are left out."""
    room = max(1, (width - FIXED_WIDTH) // COLUMN_WIDTH)
    room = min(room, shown.main)
    rows = tuple(
        (
            TerminalCell(str(rep.index)),
            *([TerminalCell(rep.leg)] if shown.side_title else []),
            *(TerminalCell(badge.words, badge.colour) for _, badge in rep.verdicts),
            *(_number(cell.text, cell.badge) for cell in rep.cells[:room]),
        )
        for rep in shown.reps
    )
    side = [shown.side_title.lower()] if shown.side_title else []
    judged = [name.lower() for name, _ in shown.tallies]
    legs = f", {shown.working_legs}" if shown.working_legs else ""
    whose = f", {shown.person}" if shown.person else ""
    return TerminalReport(
        heading=f"{shown.title}{whose}: {shown.count}{legs}, {shown.seen}",
        titles=(
            shown.effort_short,
            *side,
            *judged,
            *(one.short_title for one in shown.columns[:room]),
        ),
        text_columns=(*side, *judged),
        rows=rows,
        legend=LEGEND,
        verdict=shown.verdict,
        advice=shown.advice,
        notes=(
            *(f"Note: {text}" for text in (*shown.warnings, *shown.notes)),
            *(f"Not measured: {title}. {reason.rstrip('.')}." for title, reason in shown.missing),
        ),
    )


def _number(text: str, badge: Badge | None) -> TerminalCell:
    """A number with a mark for its grade, for terminals without colour."""
    if badge is None:
        return TerminalCell(text)
    mark = {"watch": "!", "fault": "!!"}.get(badge.grade or "", "")
    doubt = "?" if badge.hollow else ""
    return TerminalCell(f"{text} {mark}{doubt}".rstrip(), badge.grade)
