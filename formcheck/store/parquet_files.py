"""Writes a table as a Parquet file, with the columns and numbers of the CSV file.

Needs the optional package pyarrow (``pip install 'formcheck[parquet]'``).
"""

from __future__ import annotations

from pathlib import Path

from formcheck.report.tables import Table
from formcheck.store.whole_file import whole_path


def write_parquet(table: Table, path: Path) -> None:
    """Write a table as Parquet.

    The type of a column does not depend on its values, so that tables of many sessions can be
    concatenated: strings, 64-bit integers (counts), booleans and 64-bit floats.

    Parameters
    ----------
    table
        A table of :mod:`formcheck.report.tables`.
    path
        The file to write, completely or not at all.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    import pyarrow as pa
    from pyarrow import parquet

    types = {
        "text": pa.string(),
        "count": pa.int64(),
        "number": pa.float64(),
        "truth": pa.bool_(),
    }
    schema = pa.schema([(column.name, types[column.kind]) for column in table.columns])
    rows = list(zip(*table.rows, strict=True)) or [()] * len(table.columns)
    columns = [
        pa.array(values, type=types[column.kind])
        for column, values in zip(table.columns, rows, strict=True)
    ]
    with whole_path(path) as temporary:
        parquet.write_table(pa.Table.from_arrays(columns, schema=schema), temporary)
