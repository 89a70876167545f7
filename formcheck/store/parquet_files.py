"""The tables as Parquet: the columns and numbers of the CSV files, each column with its type.

Needs the optional package pyarrow (``pip install 'formcheck[parquet]'``).
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from formcheck.data.errors import UsageError
from formcheck.store.whole_file import output_error

_TEXTS = ("phase", "stance_side", "grade", "view", "cues", "notes", "scale_unseen")
_TEXT_ENDINGS = ("_grade", "_not_measured", "_reason")
_COUNTS = ("index", "set", "rep", "people")
_SCALE = "scale_"


def require_pyarrow() -> None:
    """Raise ``UsageError`` when the package that writes Parquet is not installed."""
    if find_spec("pyarrow") is None:
        raise UsageError(
            "Parquet files need the package pyarrow, which is not installed",
            hint="Run: pip install 'formcheck[parquet]', or leave Parquet out.",
            options=("export",),
        )


def write_parquet(table_csv: Path, path: Path) -> None:
    """Write a table of formcheck's once more as Parquet.

    An empty cell becomes null. Texts are strings, counts are 64-bit integers and all other columns
    64-bit floats, whatever is in them, so that the tables of many sessions fit together.

    Parameters
    ----------
    table_csv
        ``reps.csv`` or ``frames.csv``, as formcheck wrote it.
    path
        The file to write; whole or not at all.

    Raises
    ------
    OutputError
        The file cannot be written, or the table is not there.
    """
    import pyarrow as pa
    from pyarrow import csv, parquet

    types = {"text": pa.string(), "count": pa.int64(), "number": pa.float64()}
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with table_csv.open(encoding="utf-8", newline="") as file:
            names = file.readline().rstrip("\n").split(",")
        options = csv.ConvertOptions(
            column_types={name: types[kind_of(name)] for name in names}, strings_can_be_null=True
        )
        table = csv.read_csv(table_csv, convert_options=options)
        parquet.write_table(table, aside)
        aside.replace(path)
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        aside.unlink(missing_ok=True)


def kind_of(column: str) -> str:
    """``text``, ``count`` or ``number``, from the column's name."""
    if column in _TEXTS or column.endswith(_TEXT_ENDINGS):
        return "text"
    return "count" if column in _COUNTS or column.startswith(_SCALE) else "number"
