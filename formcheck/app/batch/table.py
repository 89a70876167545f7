"""The summary table: one row for each film, as CSV and as Parquet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from formcheck.app.batch.receipt import Row
from formcheck.app.batch.work import Outcome
from formcheck.data.file_names import printable
from formcheck.data.settings import CsvStyle
from formcheck.data.texts import without_surrogates
from formcheck.report.tables import rows_as_csv
from formcheck.store.whole_file import whole_file, whole_path

_RESULT_COLUMNS = tuple(field.name for field in fields(Row) if field.name != "means")
_FIRST_COLUMNS = ("film", "status", "reason", "folder", "person")


def header(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the columns: those of every film, then each mean that any film has."""
    means = {name: None for outcome in outcomes if outcome.row for name in outcome.row.means}
    return [*_FIRST_COLUMNS, *_RESULT_COLUMNS, *means]


def record(outcome: Outcome) -> dict[str, Any]:
    """Return one row as plain data; unknown values are absent."""
    row = outcome.row
    cells: dict[str, Any] = {
        "film": outcome.film.name,
        "status": outcome.status,
        "reason": outcome.reason,
        "folder": outcome.film.folder,
        "person": outcome.choices.person,
    }
    if row is not None:
        cells |= {name: getattr(row, name) for name in _RESULT_COLUMNS} | dict(row.means)
    elif outcome.choices.exercise is not None:
        cells["exercise"] = outcome.choices.exercise
    return cells


def write_csv(path: Path, outcomes: Sequence[Outcome], style: CsvStyle = "plain") -> None:
    """Write the table as CSV, an unknown value as an empty cell; raises ``OutputError``."""
    names = header(outcomes)
    records = map(record, outcomes)
    rows = ([_printable(one.get(name)) for name in names] for one in records)
    with whole_file(path) as file:
        file.writelines(rows_as_csv(names, rows, style))


def write_parquet(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write the table as Parquet, an unknown value as null; raises ``OutputError``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = header(outcomes)
    # Fields of Row are plain int, float or str; all other columns are means.
    kinds = {"int": pa.int64(), "float": pa.float64(), "str": pa.string()}
    types = {field.name: kinds.get(str(field.type)) for field in fields(Row)}
    types |= dict.fromkeys(_FIRST_COLUMNS, pa.string())
    schema = pa.schema([(name, types.get(name) or pa.float64()) for name in names])
    rows = [
        {
            name: without_surrogates(value) if isinstance(value, str) else value
            for name, value in record(outcome).items()
        }
        for outcome in outcomes
    ]
    with whole_path(path) as temporary:
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), temporary)


def _printable(value: Any) -> Any:
    """Return a value without characters that change how a text is shown."""
    return printable(value) if isinstance(value, str) else value
