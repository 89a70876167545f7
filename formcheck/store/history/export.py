"""Past sessions as a file: CSV with one row for each repetition, or JSON with whole records."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from formcheck.data.errors import HistoryError, UsageError
from formcheck.data.results import Rep, SessionResult
from formcheck.report.tables import text_cell
from formcheck.store.history.store import Entry, History
from formcheck.store.whole_file import whole_file

SCHEMA = "formcheck.history/1"

_SESSION = ("session", "person", "date", "exercise", "film", "view")
_TOLD = ("step_height_cm", "load_kg", "pain")
_REP = ("rep", "stance_side", "grade")
_TEMPO = ("descent_s", "bottom_s", "ascent_s", "top_s")
_METRIC = ("value", "change", "max", "sem", "grade")


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
        "reps": dict(entry.reps_by_side),
        "good_reps": entry.good_reps,
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
            data = {**entry_to_json(entry), "record": history.record(entry.id)}
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
    wanted = {entry.id for entry in entries}
    past = [(entry, session) for entry, session in history.sessions() if entry.id in wanted]
    names = dict.fromkeys(
        name for _, session in past for rep in session.reps for name in rep.metrics
    )
    with whole_file(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        # A record that was added may come from anywhere, its names too.
        metrics = [text_cell(f"{name}_{what}") for name in names for what in _METRIC]
        writer.writerow([*_SESSION, *_TOLD, *_REP, *_TEMPO, *metrics])
        for entry, session in past:
            writer.writerows(_rows(entry, session, tuple(names)))


def _rows(entry: Entry, session: SessionResult, names: Sequence[str]) -> list[list[str]]:
    told = entry.training
    before = [
        str(entry.id),
        text_cell(entry.person),
        entry.day,
        text_cell(entry.exercise),
    ]
    before += [text_cell(entry.source), entry.view]
    before += [_cell(value) for value in (told.step_height_cm, told.load_kg, told.pain)]
    return [[*before, *_rep_cells(rep, names)] for rep in session.reps]


def _rep_cells(rep: Rep, names: Sequence[str]) -> list[str]:
    cells = [str(rep.index), rep.stance_side, rep.grade or ""]
    cells += [_cell(rep.tempo.get(name)) for name in _TEMPO]
    for name in names:
        metric = rep.metrics.get(name)
        if metric is None:
            cells += [""] * len(_METRIC)
        else:
            numbers = (metric.value, metric.change, metric.max, metric.sem)
            cells += [*map(_cell, numbers), metric.grade or ""]
    return cells


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")
