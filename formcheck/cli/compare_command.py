"""The command ``compare``: two sessions, or the two legs of one, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from formcheck.app.pairing import (
    Named,
    Pair,
    notes,
    pair_of_legs,
    pairs_of_sessions,
    sentences,
)
from formcheck.cli.console import console
from formcheck.cli.history_command import open_history
from formcheck.cli.lines import escaped, print_json
from formcheck.data.errors import UsageError
from formcheck.data.numbers import good_of, number
from formcheck.motion.comparison import (
    REPETITIONS,
)
from formcheck.report.changes import DETECTABLE, ChangeRow, table_of
from formcheck.store.session_file import load

_LEGEND = (
    "Means ± standard error. * larger than measurement error. The last column is the smallest "
    f"difference that is more than measurement error: {DETECTABLE}."
)


def show_comparison(a: str, b: str | None, *, legs: bool, db: Path | None, as_json: bool) -> None:
    """Print two sessions, or the two legs of one, side by side."""
    if legs == (b is not None):
        raise UsageError(
            "compare takes two sessions, or one session with --legs",
            hint="As in `formcheck compare 3 7` or `formcheck compare 7 --legs`.",
        )
    first = _named(a, db)
    second = first if b is None else _named(b, db)
    pairs = [pair_of_legs(first)] if b is None else pairs_of_sessions(first, second)
    remarks = notes(first.session, second.session)
    exercise = first.session.exercise
    if as_json:
        comparisons = [_to_json(pair) for pair in pairs]
        print_json({"exercise": exercise.id, "comparisons": comparisons, "notes": remarks})
        return
    screen = console()
    for pair in pairs:
        screen.print(Text(f"{exercise.title}: {escaped(pair.heading)}", style="bold"))
        screen.print(_table(pair))
        screen.print(escaped(" ".join(sentences(pair))))
        screen.print()
    screen.print(Text(_LEGEND, style="dim"))
    for note in remarks:
        screen.print(Text(f"Note: {escaped(note)}", style="yellow"))


def _named(which: str, db: Path | None) -> Named:
    """Load a session by its number in the history, its file or its folder."""
    if which.isdecimal() and not Path(which).exists():
        with open_history(db) as history:
            return Named(history.session(int(which)), which)
    return Named(load(Path(which)), Path(which).resolve().name)


def _table(pair: Pair) -> Table:
    rows = table_of("", [], pair.names, pair.differences, "compare").rows
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", overflow="fold")
    for heading in (*pair.names, "difference"):
        table.add_column(escaped(heading), justify="right", overflow="fold", max_width=16)
    table.add_column("smallest real change", justify="right", max_width=13)
    if not (pair.same_reps or pair.single):
        counts = [len(half.reps) for half in pair.halves]
        counted = next((row.difference for row in rows if row.name == REPETITIONS), None)
        change = counted or number(counts[1] - counts[0], signed=True)
        table.add_row("Repetitions", *map(str, counts), escaped(change), "")
        good = (good_of(half.form.good, half.form.judged) for half in pair.halves)
        table.add_row("with good form", *good, "", "")
    for row in rows:
        if row.name != REPETITIONS:
            table.add_row(*map(escaped, _cells(row)))
    return table


def _cells(row: ChangeRow) -> tuple[str, str, str, str, str]:
    star = " *" if row.detected else "  "
    return row.title, *row.with_errors, row.difference + star, row.smallest


def _to_json(pair: Pair) -> Mapping[str, Any]:
    return {
        "of": pair.heading,
        "a": pair.names[0],
        "b": pair.names[1],
        "reps": [len(half.reps) for half in pair.halves],
        "good_reps": [half.form.good if half.form.judged else None for half in pair.halves],
        "differences": {
            diff.name: {
                "title": diff.spec.title,
                "unit": diff.spec.unit,
                "number": diff.spec.judged,
                "at_depth_pct": diff.spec.at_depth_pct,
                "depths_differ": diff.depths_differ,
                "a": {"mean": round(diff.first.value, 3), "sem": round(diff.first.error, 3)},
                "b": {"mean": round(diff.second.value, 3), "sem": round(diff.second.error, 3)},
                "change": round(diff.difference, 3),
                "detectable": round(diff.detectable, 3),
                "detected": diff.detected,
                "symmetry_pct": None if diff.symmetry_pct is None else round(diff.symmetry_pct, 3),
            }
            for diff in pair.differences
        },
    }
