"""The report for a terminal, as rows and texts; the commands in ``cli/`` print them in colour."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill

from formcheck.data.session import Grade
from formcheck.report.view import Badge, ReportView

LEGEND = "± is one standard error. Grades: ! watch, !! fault; ? not certain, because of the error."
FIXED_WIDTH = 44
COLUMN_WIDTH = 16
"""Width in characters of the first columns of the table together, and of each measurement."""


@dataclass(frozen=True)
class TerminalCell:
    """A cell of the table: its text, and the grade that gives it a colour."""

    text: str
    grade: Grade | None = None


@dataclass(frozen=True)
class TerminalReport:
    """The report for a terminal; the fields are in the order in which they are printed.

    ``titles`` and ``rows`` are the table. ``text_columns`` names its columns with text; the other
    columns contain numbers.
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
    """Make the report for a terminal of ``width`` characters; more columns are left out."""
    room = max(1, (width - FIXED_WIDTH) // COLUMN_WIDTH)
    room = min(room, shown.main)
    rows = tuple(
        (
            TerminalCell(str(rep.index)),
            *([TerminalCell(rep.leg)] if shown.side_title else []),
            *(TerminalCell(badge.words, badge.colour) for _, badge in rep.verdicts),
            *(_graded_number(cell.text, cell.badge) for cell in rep.cells[:room]),
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
            *(fill(one.title, COLUMN_WIDTH - 2) for one in shown.columns[:room]),
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


def _graded_number(text: str, badge: Badge | None) -> TerminalCell:
    """Add a mark for the grade to a number, for terminals without colour."""
    if badge is None:
        return TerminalCell(text)
    mark = {"watch": "!", "fault": "!!"}.get(badge.grade or "", "")
    doubt = "?" if badge.hollow else ""
    return TerminalCell(f"{text} {mark}{doubt}".rstrip(), badge.grade)
