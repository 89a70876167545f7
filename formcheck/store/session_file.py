"""Writes and reads ``session.json``, the file with everything that was measured in a session.

Its published schema (``docs/session.schema.json``) is made from the declarations in
``data/session.py``. Sessions of the old schema 1 can be read too, through
:mod:`formcheck.store.schema1`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from formcheck.data.declare import rounded, schema_of, to_json
from formcheck.data.errors import SourceError
from formcheck.data.frame_result import Phase
from formcheck.data.plain_file import read_plain
from formcheck.data.session import SCHEMA, Rep, Session
from formcheck.store import schema1
from formcheck.store.whole_file import write_bytes

FILE_NAME = "session.json"

LARGEST_STILL_BYTES = 10_000_000

_FAMILY = "formcheck.session/"
_MOST_BYTES = 500_000_000
_LARGEST = 1e12
_LONGEST_SHOWN = 300
_PHASES = tuple(str(phase) for phase in Phase)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of ``session.json``."""
    return schema_of(Session, SCHEMA)


def save(path: Path, session: Session) -> None:
    """Write ``session.json``, completely or not at all; raises ``OutputError``."""
    write_bytes(path, to_json(session))


def load(path: str | os.PathLike[str], *, series: bool = True) -> Session:
    """Read a session from its file, or from the folder that contains it.

    Unknown fields are ignored.

    Parameters
    ----------
    path
        The file or the folder.
    series
        Whether to read the time series too (schema 2). They take nearly all of the reading time.

    Raises
    ------
    SourceError
        The file does not exist, or is not a valid session; the message says where it is wrong.
    """
    path = Path(path)
    file = path / FILE_NAME if path.is_dir() else path
    try:
        data = read_plain(file, _MOST_BYTES).removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise SourceError(
            f"could not read the session {file}: {error.strerror}", hint=_hint_for_path()
        ) from error
    try:
        plain = msgspec.json.decode(data)
    except (ValueError, RecursionError) as error:
        raise SourceError(
            f"{file} is not a session: it is not valid JSON ({error}).", hint=_hint_for_path()
        ) from error
    return from_plain(plain if series else _without_series(plain))


def _without_series(plain: Any) -> Any:
    """Remove the time series from a session of schema 2; other data is returned unchanged."""
    if not isinstance(plain, dict) or plain.get("schema") != SCHEMA:
        return plain
    efforts = plain.get("efforts")
    if isinstance(efforts, list):
        efforts = [{**one, "series": {}} if isinstance(one, dict) else one for one in efforts]
    return {**plain, "series": {}, "efforts": efforts}


def from_plain(data: Any) -> Session:
    """Convert data read from JSON (schema 1 or 2) to a session.

    Raises
    ------
    SourceError
        A field is missing, has the wrong type or contradicts another; the message says where.
    """
    name = data.get("schema") if isinstance(data, Mapping) else None
    if not isinstance(name, str) or not name.startswith(_FAMILY):
        raise SourceError("this is not a session of formcheck", hint=_hint_for_path())
    if name not in (SCHEMA, schema1.SCHEMA):
        raise SourceError(
            f"the session has the schema {name[:40]}, which this version does not know",
            hint=f"It was written by a newer formcheck: update formcheck, which reads {SCHEMA}.",
        )
    try:
        if name == SCHEMA:
            session = msgspec.convert(data, Session)
        else:
            session = rounded(schema1.session_of(data))
        _check(session)
    except (ValueError, OverflowError, RecursionError) as error:
        reason = str(error)
        if len(reason) > _LONGEST_SHOWN:
            reason = f"{reason[:_LONGEST_SHOWN]}…"
        raise SourceError(
            f"the session is damaged: {reason}", hint="Analyze the film again."
        ) from error
    return session


class StillsBeside(Mapping[int, bytes]):
    """The pictures (stills) in a session's folder, by repetition index.

    A picture is read only when it is used; then ``SourceError`` is raised if it cannot be read.
    """

    def __init__(self, folder: Path, session: Session) -> None:
        files = ((rep.index, still_beside(folder, rep)) for rep in session.reps)
        self._files = {index: file for index, file in files if file is not None}

    def __getitem__(self, index: int) -> bytes:
        """Read the picture of a repetition."""
        file = self._files[index]
        try:
            return file.read_bytes()
        except OSError as error:
            raise SourceError(
                f"could not read the picture {file}: {error.strerror}", hint="Try again."
            ) from error

    def __iter__(self) -> Iterator[int]:
        """Iterate over the indices of the repetitions that have a picture."""
        return iter(self._files)

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._files)


def still_beside(folder: Path, rep: Rep) -> Path | None:
    """Return the path of a repetition's picture, if it exists inside the folder."""
    if rep.still is None:
        return None
    home = folder.resolve()
    try:
        file = (home / rep.still).resolve()
        inside = file.is_relative_to(home) and file.is_file() and os.access(file, os.R_OK)
        return file if inside and file.stat().st_size <= LARGEST_STILL_BYTES else None
    except (OSError, ValueError):
        return None  # the report is made without this picture


def _hint_for_path() -> str:
    return f"Give a {FILE_NAME} that formcheck wrote, or the folder that holds it."


def _check(session: Session) -> None:
    """Check what types cannot express; raises ``ValueError`` that names the wrong field."""
    _require_columns(session.series, "$.series")
    for phase in session.series.get("phase", ()):
        if phase not in _PHASES:
            raise ValueError(f"{str(phase)[:40]!r} is not a phase - at `$.series.phase`")
    known = {spec.id for spec in session.specs}
    for number, rep in enumerate(session.reps):
        where = f"$.efforts[{number}]"
        _require_columns(rep.series, f"{where}.series")
        for name in rep.measurements:
            if name not in known:
                raise ValueError(f"{name!r} has no spec - at `{where}.measurements`")
        for verdict in (rep.form, rep.tempo):
            if verdict.decided_by is not None and verdict.decided_by not in rep.measurements:
                raise ValueError(f"{verdict.decided_by!r} was not measured - at `{where}`")
        _require_usual_sizes(_numbers_of(rep), where)


def _numbers_of(rep: Rep) -> Iterable[Any]:
    yield from (rep.start_s, rep.lowest_s, rep.end_s, *rep.events.values())
    for one in rep.measurements.values():
        yield from (one.value, one.at_bottom, one.standing, one.change, one.largest, one.sem)


def _require_columns(series: Mapping[str, list[Any]], where: str) -> None:
    if len({len(column) for column in series.values()}) > 1:
        raise ValueError(f"the columns are not of the same length - at `{where}`")
    for name, column in series.items():
        _require_usual_sizes(column, f"{where}.{name}")


def _require_usual_sizes(values: Iterable[Any], where: str) -> None:
    for value in values:
        if isinstance(value, list | dict):
            raise msgspec.ValidationError(f"expected a number or a word - at `{where}`")
        if isinstance(value, int | float) and not abs(value) <= _LARGEST:
            raise ValueError(f"a number is too large - at `{where}`")
