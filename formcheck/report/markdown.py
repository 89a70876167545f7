"""The report as Markdown: for a text file, a wiki or a message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from formcheck.data._before import Exercise
from formcheck.data.results import SessionResult
from formcheck.report.changes import ChangeTable
from formcheck.report.outline import DISCLAIMER, METHOD, outline

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~$&!])")
_STARTS_A_BLOCK = re.compile(r"^(\d*)([-+=.)])(?=[\s=-]|$)")


def render(session: SessionResult, exercise: Exercise, *, name: str = "", notes: str = "") -> str:
    """Make the report; any text in names and notes stays text."""
    said = outline(session, exercise, name=name, notes=notes)
    parts = [f"# {escaped(said.title)}", f"**{escaped(said.verdict)}**"]
    parts.append("\n".join(f"- {title}: {escaped(value)}" for title, value in said.head))
    if said.advice:
        parts.append("## What to change")
        parts.append("\n".join(f"{n}. {escaped(text)}" for n, text in enumerate(said.advice, 1)))
    if said.notes:
        parts += ["## Notes", "  \n".join(escaped(line) for line in said.notes.splitlines())]
    if said.rows:
        titles = [
            f"{title} ({note})" if note else title
            for title, note in zip(said.columns, said.notes_on_columns, strict=True)
        ]
        rows = [
            [_graded(text, grade) for text, grade in zip(cells, grades, strict=True)]
            for cells, grades in zip(said.rows, said.grades, strict=True)
        ]
        parts += ["## Repetitions", _table(titles, rows)]
    if said.missing:
        parts.append(
            "\n".join(f"- {escaped(t)}, not measured: {escaped(r)}" for t, r in said.missing)
        )
    if said.legs is not None:
        parts += ["## Left and right", *_changes(said.legs)]
    if said.thirds:
        parts.append("## From the start of the set to its end")
        for table in said.thirds:
            parts += _changes(table)
    if said.scale is not None:
        title, lines = said.scale
        parts += [f"## {escaped(title)}", "\n".join(f"- {escaped(line)}" for line in lines)]
    parts.append("## How the film suits the measurement")
    parts += ["\n".join(f"- {escaped(text)}" for text in said.warnings)] if said.warnings else []
    parts += (
        ["\n".join(f"- Note: {escaped(text)}" for text in said.remarks)] if said.remarks else []
    )
    parts.append(
        "\n".join(
            f"- {fact.name}: {escaped(fact.value)}"
            + (f" ({escaped(fact.remark)})" if fact.remark else "")
            for fact in said.facts
        )
    )
    parts += [
        "## What counts as good",
        _table(
            ["Measure", "Good", "Watch", "Fault", "Source"],
            [
                [f"{row.title} ({row.judged})", row.good, row.watch, row.fault, row.source]
                for row in said.thresholds
            ],
        ),
        METHOD,
        f"{DISCLAIMER} formcheck {escaped(said.version)}",
    ]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Let a text mean nothing but itself in Markdown, on one line."""
    line = " ".join(text.split())
    return _STARTS_A_BLOCK.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", line))


def _graded(text: str, grade: str | None) -> str:
    return f"{text}, {grade}" if grade and grade != text else text


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(
        "| " + " | ".join(cell if cell == "---" else escaped(cell) for cell in line) + " |"
        for line in lines
    )


def _changes(table: ChangeTable) -> list[str]:
    parts = [f"### {escaped(table.heading)}"] if table.heading else []
    parts.append("\n".join(f"- {escaped(sentence)}" for sentence in table.sentences))
    titles = ["Measure", table.first, table.second, "Difference", "Detectable from"]
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
    return [*parts, _table(titles, rows)]
