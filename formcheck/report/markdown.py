"""The report on a session as Markdown, for a text file, a wiki or a message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from formcheck.report.changes import ChangeTable
from formcheck.report.view import Cell, ReportView
from formcheck.report.wording import DISCLAIMER

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~$&!])")
"""Characters that have a meaning anywhere in a line."""
_STARTS_A_BLOCK = re.compile(r"^(\d*)([-+=.)])(?=[\s=-]|$)")
"""Characters at the start of a line that make it a list item, as in ``- a`` or ``1. a``, or make
the line above it a heading."""


def render(shown: ReportView) -> str:
    """Return the report as Markdown; special characters in texts are escaped."""
    return "\n\n".join(_parts(shown)) + "\n"


def escaped(text: str) -> str:
    """Escape the special characters of a text and put it on one line."""
    line = " ".join(text.split())
    return _STARTS_A_BLOCK.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", line))


def _parts(shown: ReportView) -> Iterator[str]:
    """Yield the parts of the report, from top to bottom."""
    yield f"# {escaped(shown.title)}"
    yield f"**{escaped(' '.join(shown.verdict))}**"
    yield _list(f"{title}: {value}" for title, value in shown.head)
    if shown.counts:
        yield _list(shown.counts)
    if shown.advice:
        yield "## What to change"
        yield "\n".join(f"{n}. {escaped(text)}" for n, text in enumerate(shown.advice, 1))
    if shown.reader_notes:
        yield "## Notes"
        yield "  \n".join(escaped(line) for line in shown.reader_notes.splitlines())
    if shown.reps:
        yield f"## {shown.effort.capitalize()}s"
        yield _reps_table(shown)
        if shown.under_main:
            yield _list(shown.under_main)
    if shown.legs is not None:
        yield "## Left and right"
        yield from _comparison_parts(shown.legs)
    if shown.thirds:
        yield "## Start and end of the set"
        for table in shown.thirds:
            yield from _comparison_parts(table)
    if shown.scale is not None:
        yield f"## {escaped(shown.scale.title)}"
        yield _list(shown.scale.lines)
    yield "## Video quality"
    yield escaped(shown.set_up)
    if shown.warnings or shown.notes:
        yield _list((*shown.warnings, *(f"Note: {text}" for text in shown.notes)))
    yield _list(f"{fact.name}: {fact.words}" for fact in shown.facts)
    yield "## What counts as good"
    yield _table(
        ("Measure", "Good", "Watch", "Fault", "Source"), (row.cells for row in shown.limits)
    )
    yield " ".join(f"{title} {text}" for title, text in shown.method)
    yield f"{DISCLAIMER} formcheck {escaped(shown.version)}"


def _reps_table(shown: ReportView) -> str:
    columns = shown.columns[: shown.main]
    titles = [f"{one.title} ({one.note})" if one.note else one.title for one in columns]
    judged = [name for name, _ in shown.tallies]
    side = [shown.side_title] if shown.side_title else []
    rows = [
        [
            str(rep.index),
            *([rep.leg] if side else []),
            *(badge.words for _, badge in rep.verdicts),
            *map(_cell, rep.cells[: shown.main]),
        ]
        for rep in shown.reps
    ]
    rows += [
        [
            mean.title,
            *("" for _ in side),
            *("" for _ in judged),
            *map(_cell, mean.cells[: shown.main]),
        ]
        for mean in shown.means
    ]
    return _table([shown.effort_short.capitalize(), *side, *judged, *titles], rows)


def _cell(one: Cell) -> str:
    """Return the number and its grade, or ``not measured`` and the number of a footnote."""
    if one.note is not None:
        return f"{one.text} {one.note})"
    return one.text if one.badge is None else f"{one.text}, {one.badge.words}"


def _list(texts: Iterable[str]) -> str:
    return "\n".join(f"- {escaped(text)}" for text in texts)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(
        "| " + " | ".join(cell if cell == "---" else escaped(cell) for cell in line) + " |"
        for line in lines
    )


def _comparison_parts(table: ChangeTable) -> Iterator[str]:
    if table.heading:
        yield f"### {escaped(table.heading)}"
    yield _list(table.sentences)
    yield _table(table.titles, (row.cells for row in table.rows))
