"""The tables for spreadsheets and statistics: ``reps.csv``, ``frames.csv``, ``measurements.csv``.

CSV files are UTF-8 with one header row, commas between cells and a decimal point; the cell of an
unknown value is empty. In the two styles for Excel the file begins with a byte-order mark, because
Excel on Windows would garble ``°`` and ``±`` without it. The style ``excel-eu`` has semicolons
between cells and a decimal comma.

The columns come from the declarations of the records in ``data/session.py``: a field with
``table=`` is a column. The fields of a measurement are columns for each measurement of the
exercise. ``docs/data-dictionary.md`` lists all columns.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from msgspec.structs import replace

from formcheck.data.declare import Field, Record, fields_of, round_number, rounded
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.session import (
    ExerciseInfo,
    ItemScore,
    Measurement,
    MeasureSpec,
    Rep,
    ScaleScore,
    Session,
    Source,
    Training,
    Verdict,
    View,
)
from formcheck.data.settings import CsvStyle

BYTE_ORDER_MARK = "\ufeff"

Kind = Literal["text", "count", "number", "truth"]
Value = str | int | float | bool | None

EVENTS = {
    "down_up": ("descent_start_s", "bottom_start_s", "bottom_end_s", "ascent_end_s"),
    "held": ("hold_start_s", "hold_end_s"),
    "climbed": ("flight_start_s", "flight_end_s"),
    "up_down": ("ascent_start_s", "top_start_s", "descent_start_s", "descent_end_s"),
}
_PREFIXES: tuple[tuple[type[Record], str], ...] = (
    (Session, ""),
    (Source, ""),
    (ExerciseInfo, ""),
    (Training, ""),
    (Rep, ""),
    (Verdict, "form"),
    (Verdict, "tempo"),
    (View, ""),
    (Measurement, "<id>"),
    (ItemScore, "scale_<item>"),
    (ScaleScore, "scale"),
)
_LONG = (Session, Source, ExerciseInfo, Training, Rep, View, MeasureSpec, Measurement)
"""The records whose fields form a row of the long table."""
_FRAME_TEXTS = ("phase", "stance_side")
_FRAME_COUNTS = ("rep", "people")


@dataclass(frozen=True)
class Column:
    """A column: its name, the kind of its values, their meaning and their unit."""

    name: str
    kind: Kind
    about: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """A table with typed columns; ``None`` is an empty cell.

    The rows can be an iterator, so they can be read only once.
    """

    columns: tuple[Column, ...]
    rows: Iterable[tuple[Value, ...]]


def reps_table(session: Session) -> Table:
    """Return one row for each repetition, with its film, exercise and person.

    Numbers are rounded as in the saved session.
    """
    kept = rounded(session)
    rows = tuple(tuple(_rep_values(kept, rep)) for rep in kept.reps)
    return Table(tuple(_rep_columns(kept)), rows)


def long_table(session: Session) -> Table:
    """Return one row for each measurement of each repetition, with its errors, for statistics.

    Numbers are rounded as in the saved session. Every session has the same columns, so that the
    tables of many sessions can be appended to each other.
    """
    kept = rounded(session)
    rows = (
        tuple(_long_values(kept, rep, spec))
        for rep in kept.reps
        for spec in kept.specs
        if spec.id in rep.measurements
    )
    return Table(tuple(long_columns()), rows)


def frames_table(session: Session, poses: Iterable[PoseSample] | None = None) -> Table:
    """Return one row for each frame: the time series of the session and the keypoints.

    Parameters
    ----------
    session
        Its ``series`` are the first columns.
    poses
        Poses with the times of the frames, in order; without them there are no columns of
        keypoints. They are read one by one while the rows are read.
    """
    series = rounded(session).series
    columns = [Column(name, frame_kind(name)) for name in series]
    rows: Iterable[tuple[Value, ...]] = zip(*series.values(), strict=True)
    if poses is not None:
        columns += [
            Column(f"{point.name.lower()}_{what}", "number")
            for point in Keypoint
            for what in ("x_px", "y_px", "confidence")
        ]
        found = _poses_at(series.get("t_s", ()), poses)
        rows = ((*row, *_keypoint_cells(pose)) for row, pose in zip(rows, found, strict=True))
    return Table(tuple(columns), rows)


def table_as_csv(table: Table, style: CsvStyle = "plain") -> Iterator[str]:
    """Yield a table as CSV line by line, so that even the frames of a long film fit into memory."""
    return rows_as_csv([column.name for column in table.columns], table.rows, style)


def rows_as_csv(
    names: Iterable[str], rows: Iterable[Sequence[Value]], style: CsvStyle
) -> Iterator[str]:
    """Yield column names and rows as CSV; texts cannot be taken for formulas by a spreadsheet."""
    european = style == "excel-eu"
    line = io.StringIO(newline="")
    writer = csv.writer(line, delimiter=";" if european else ",", lineterminator="\n")
    if style != "plain":
        line.write(BYTE_ORDER_MARK)
    writer.writerow([text_cell(name) for name in names])
    for row in rows:
        yield line.getvalue()
        line.seek(0)
        line.truncate()
        writer.writerow([cell_text(value, "," if european else ".") for value in row])
    yield line.getvalue()


def cell_text(value: Value, decimal: str = ".") -> str:
    """Return the text of one cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return text_cell(value) if isinstance(value, str) else f"{value:.12g}".replace(".", decimal)


def text_cell(text: str) -> str:
    """Put a text on one line; an apostrophe is added if a spreadsheet would run it as a formula."""
    line = " ".join(text.split())
    return "'" + line if line.startswith(("=", "+", "-", "@")) else line


def declared_columns() -> Iterator[Column]:
    """Return the columns of ``reps.csv`` for any session, with ``<id>`` for a measurement."""
    for record, prefix in _PREFIXES:
        yield from _columns(record, prefix)


def long_columns() -> Iterator[Column]:
    """Return the columns of ``measurements.csv``."""
    for record in _LONG:
        yield from _columns(record, "")


# --- columns -------------------------------------------------------------------------------------


def _columns(record: type[Record], prefix: str) -> Iterator[Column]:
    for field in _column_fields(record):
        yield Column(_column_name(prefix, field), _value_kind(field), field.about, field.unit)


@cache
def _column_fields(record: type[Record]) -> tuple[Field, ...]:
    """Return the fields of a record that are columns; fields that contain records are left out."""
    return tuple(
        field
        for field in fields_of(record)
        if field.table is not None and not _is_record(field.hint)
    )


def _is_record(hint: Any) -> bool:
    if isinstance(hint, type):
        return issubclass(hint, Record)
    return any(_is_record(inner) for inner in get_args(hint) if not isinstance(inner, str))


def _column_name(prefix: str, field: Field) -> str:
    """Return the name of a column: ``<prefix>_<field>``, or only the prefix for the main number."""
    own = field.table or field.name
    if not prefix:
        return own
    return prefix if own in _MAIN else f"{prefix}_{own}"


_MAIN = ("value", "points")


def _value_kind(field: Field) -> Kind:
    if "number" in field.kind and "whole number" not in field.kind:
        return "number"
    if "whole number" in field.kind:
        return "count"
    return "truth" if "true or false" in field.kind else "text"


def frame_kind(name: str) -> Kind:
    """Return the type of values in a column of the session's series."""
    if name in _FRAME_TEXTS:
        return "text"
    return "count" if name in _FRAME_COUNTS else "number"


def _rep_columns(session: Session) -> Iterator[Column]:
    scale = session.exercise.scale
    for record, prefix in _PREFIXES:
        if record is Rep:
            yield from _columns(session.exercise.record, prefix)
        elif record is Measurement:
            for event in EVENTS[session.exercise.order]:
                yield Column(event, "number", "time of this event", "s")
            for spec in session.specs:
                yield from _columns(Measurement, spec.id)
        elif record is ItemScore:
            for item in () if scale is None else scale.items:
                yield from _columns(ItemScore, f"scale_{item.id}")
        elif record is not ScaleScore or scale is not None:
            yield from _columns(record, prefix)


def _rep_values(session: Session, rep: Rep) -> Iterator[Value]:
    for one in (session, session.source, session.exercise, _entered_with_day(session), rep):
        yield from _record_values(one)
    yield from _record_values(rep.form)
    yield from _record_values(rep.tempo)
    yield from _record_values(rep.view)
    yield from (rep.events.get(event) for event in EVENTS[session.exercise.order])
    for spec in session.specs:
        yield from _record_values(rep.measurements.get(spec.id, Measurement()))
    scale = session.exercise.scale
    if scale is None:
        return
    found: Mapping[str, ItemScore] = (
        {} if rep.scale is None else {i.item: i for i in rep.scale.items}
    )
    for item in scale.items:
        missing = ItemScore(item=item.id, points=None, at_most=None, reason="")
        yield from _record_values(found.get(item.id, missing))
    yield from (
        _record_values(rep.scale)
        if rep.scale is not None
        else [None] * len(_column_fields(ScaleScore))
    )


def _long_values(session: Session, rep: Rep, spec: MeasureSpec) -> Iterator[Value]:
    for one in (
        session,
        session.source,
        session.exercise,
        _entered_with_day(session),
        rep,
        rep.view,
        spec,
    ):
        yield from _record_values(one)
    yield from _record_values(rep.measurements[spec.id])


def _entered_with_day(session: Session) -> Training:
    """Return what the person entered, with the day of the session that all reports show."""
    return replace(session.training, date=session.day)


def _record_values(record: Record) -> Iterator[Value]:
    for field in _column_fields(type(record)):
        value = getattr(record, field.name)
        yield (
            "; ".join(value)
            if isinstance(value, Sequence) and not isinstance(value, str)
            else value
        )


def _poses_at(
    times_s: Iterable[float | None], poses: Iterable[PoseSample]
) -> Iterator[PoseSample | None]:
    """Yield the pose of each rounded time, or ``None`` if there is none; both are in order."""
    left = iter(poses)
    pose = next(left, None)
    for t_s in times_s:
        while pose is not None and t_s is not None and round(pose.t_s, 3) < t_s:
            pose = next(left, None)
        yield pose if pose is not None and round(pose.t_s, 3) == t_s else None


def _keypoint_cells(pose: PoseSample | None) -> Iterator[Value]:
    """Yield the cells of a pose: positions rounded to 0.1 px, confidence to 0.01."""
    if pose is None:
        yield from [None] * (3 * len(Keypoint))
        return
    for (x_px, y_px), confidence in zip(
        pose.keypoints_px.tolist(), pose.confidence.tolist(), strict=True
    ):
        yield from (round_number(x_px, 1), round_number(y_px, 1), round_number(confidence, 2))
