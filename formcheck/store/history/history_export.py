"""Exports past sessions of the history to a file: CSV with one row for each repetition, or JSON.

The command ``history export`` uses it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from formcheck.data.errors import HistoryError, UsageError
from formcheck.data.settings import CsvStyle
from formcheck.report.tables import Value, reps_table, rows_as_csv
from formcheck.store.history.history_store import Entry, History
from formcheck.store.whole_file import whole_file

SCHEMA = "formcheck.history/2"


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """Convert an entry of the history to plain data."""
    training = entry.training
    return {
        "id": entry.id,
        "person": entry.person or None,
        "date": entry.day,
        "exercise": entry.exercise,
        "view": entry.view,
        "film": entry.source,
        "folder": entry.folder,
        "reps": dict(entry.reps_by_side),
        "form": msgspec.to_builtins(entry.form),
        "tempo": msgspec.to_builtins(entry.tempo),
        "step_height_cm": training.step_height_cm,
        "load_kg": training.load_kg,
        "pain": training.pain,
        "target_hold_s": training.target_hold_s,
    }


def export(
    path: Path, history: History, entries: Sequence[Entry], style: CsvStyle = "plain"
) -> None:
    """Write sessions to a file whose name ends in ``.csv`` or ``.json``.

    Raises
    ------
    UsageError
        The name has another ending.
    OutputError
        The file cannot be written.
    HistoryError
        A session cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix == ".json":
        _export_json(path, history, entries)
    elif suffix == ".csv":
        _export_csv(path, history, entries, style)
    else:
        raise UsageError(
            f"the file type of {path.name} is not known",
            hint="Use a name that ends in .csv or .json.",
        )


def _export_json(path: Path, history: History, entries: Sequence[Entry]) -> None:
    with whole_file(path) as file:
        file.write(f'{{"schema": {json.dumps(SCHEMA)}, "sessions": [')
        for number, entry in enumerate(entries):
            session = msgspec.to_builtins(history.session(entry.id))
            data = {**entry_to_json(entry), "record": session}
            try:
                text = json.dumps(data, ensure_ascii=False, allow_nan=False)
            except ValueError as error:
                raise HistoryError(
                    f"session {entry.id} in the history is damaged: {error}",
                    hint="Delete it from the history, or analyze its film again.",
                ) from error
            file.write((",\n" if number else "\n") + text)
        file.write("\n]}\n")


def _export_csv(path: Path, history: History, entries: Sequence[Entry], style: CsvStyle) -> None:
    rows: list[dict[str, Value]] = []
    for entry in entries:
        session = history.session(entry.id)
        # Name, step, load and pain can be changed in the history later, so they are read from it.
        table = reps_table(
            msgspec.structs.replace(session, person=entry.person, training=entry.training)
        )
        own: dict[str, Value] = {"session": entry.id, "folder": entry.folder}
        names = [column.name for column in table.columns]
        rows += [own | dict(zip(names, values, strict=True)) for values in table.rows]
    columns = list(dict.fromkeys(name for row in rows for name in row)) or ["session"]
    with whole_file(path) as file:
        lines = ([row.get(name) for name in columns] for row in rows)
        file.writelines(rows_as_csv(columns, lines, style))
