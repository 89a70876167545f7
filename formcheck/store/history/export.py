"""Past sessions as a file: CSV with one row for each repetition, or JSON with whole sessions."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from formcheck.data.declare import Field, Record, fields_of
from formcheck.data.errors import HistoryError, UsageError
from formcheck.data.session import Measurement, Rep, Session, Verdict
from formcheck.report.csv_files import text_cell
from formcheck.store.history.store import Entry, History
from formcheck.store.whole_file import whole_file

SCHEMA = "formcheck.history/2"

_SESSION = ("session", "person", "date", "exercise", "film", "folder", "view")
_VERDICTS = ("form", "tempo")
_TOLD = ("step_height_cm", "load_kg", "pain")


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """Give one line of the history as plain data."""
    told = entry.training
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
        "step_height_cm": told.step_height_cm,
        "load_kg": told.load_kg,
        "pain": told.pain,
    }


def export(path: Path, history: History, entries: Sequence[Entry]) -> None:
    """Write sessions to a file whose name ends in ``.csv`` or ``.json``.

    Raises
    ------
    UsageError
        For any other name, or when the file cannot be written.
    HistoryError
        When a session cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix == ".json":
        _export_json(path, history, entries)
    elif suffix == ".csv":
        _export_csv(path, history, entries)
    else:
        raise UsageError(
            f"cannot tell what kind of file {path.name} should be",
            hint="Let its name end in .csv or .json.",
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


def _export_csv(path: Path, history: History, entries: Sequence[Entry]) -> None:
    past = [(entry, history.session(entry.id)) for entry in entries]
    names = tuple(
        dict.fromkeys(
            name for _, session in past for rep in session.reps for name in rep.measurements
        )
    )
    with whole_file(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        # A session that was added may come from anywhere, its names too.
        measured = [text_cell(one) for name in names for one in _columns(Measurement, name)]
        verdicts = [one for name in _VERDICTS for one in _columns(Verdict, name)]
        writer.writerow([*_SESSION, *_TOLD, *_rep_columns(), *verdicts, *measured])
        for entry, session in past:
            writer.writerows(_rows(entry, session, names))


def _rows(entry: Entry, session: Session, names: Sequence[str]) -> Iterator[list[str]]:
    told = entry.training
    before = [entry.id, entry.person, entry.day, entry.exercise, entry.source, entry.folder]
    before += [entry.view, told.step_height_cm, told.load_kg, told.pain]
    for rep in session.reps:
        cells = [*before, *_cells(rep), *_cells(rep.form), *_cells(rep.tempo)]
        for name in names:
            cells += _cells(rep.measurements.get(name, Measurement()))
        yield [_cell(value) for value in cells]


def _rep_columns() -> list[str]:
    return ["rep" if name == "index" else name for name in _columns(Rep, "")]


def _columns(record: type[Record], name: str) -> list[str]:
    """Name the columns of a record as declared, behind the name of what it is of."""
    suffixes = [field.table or ("" if name else field.name) for field in _listed(record)]
    return ["_".join(part for part in (name, suffix) if part) for suffix in suffixes]


def _cells(record: Record) -> list[Any]:
    return [getattr(record, field.name) for field in _listed(type(record))]


def _listed(record: type[Record]) -> list[Field]:
    """Give the fields that have a column; verdicts have several of their own."""
    return [
        field
        for field in fields_of(record)
        if field.table is not None and field.name not in _VERDICTS
    ]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    if isinstance(value, tuple):
        return text_cell("; ".join(map(str, value)))
    return text_cell(value) if isinstance(value, str) else str(value)
