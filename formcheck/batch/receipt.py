"""The receipt in a film's results folder: which film, analyzed how, and what came of it.

It is written last, so a folder with a receipt that fits is finished. It names the digest of the
record and the size of every file, and is sealed itself: results that something else wrote later, or
that were damaged or taken apart, do not fit and the film is analyzed again.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from formcheck.batch import places
from formcheck.reports.sealed import sealed, unsealed
from formcheck.reports.whole_file import write_bytes
from formcheck.results import SessionResult

FILE_NAME = "batch.json"
SCHEMA = "formcheck.batch/1"
RECORD = "session.json"


@dataclass(frozen=True)
class Row:
    """What is said of a film in the summary table.

    ``means`` is the mean over the repetitions of a leg of each metric's value at the lowest point:
    ``means["knee_fppa_deg_left"]``. ``duration_s`` is the film's.
    """

    exercise: str
    view: str
    duration_s: float
    reps: int
    reps_left: int
    reps_right: int
    reps_both: int
    good_reps: int
    verdict: str
    means: Mapping[str, float] = field(default_factory=dict)


def row_of(session: SessionResult) -> Row:
    """Sum a session up."""
    by_side = session.summary.reps_by_side
    return Row(
        exercise=session.exercise,
        view=session.view.kind,
        duration_s=round(session.source.duration_s, 3),
        reps=len(session.reps),
        reps_left=by_side.get("left", 0),
        reps_right=by_side.get("right", 0),
        reps_both=by_side.get("both", 0),
        good_reps=session.summary.good_reps,
        verdict=session.summary.verdict,
        means={
            f"{metric}_{side}": round(value, 3)
            for side, values in session.summary.means.items()
            for metric, value in values.items()
            if math.isfinite(value)
        },
    )


def identity(film_sha256: str, how: Mapping[str, Any]) -> str:
    """Digest of all that the result depends on: the film's content and how it is analyzed."""
    text = json.dumps({"film": film_sha256, **how}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def write(folder: Path, key: str, film_sha256: str, how: Mapping[str, Any], row: Row) -> None:
    """Write the receipt for the results in a folder; raises ``OutputError``."""
    kept = {name: size for name, size in places.sizes(str(folder)).items() if name != FILE_NAME}
    receipt = {
        "schema": SCHEMA,
        "key": key,
        "film_sha256": film_sha256,
        "how": how,
        "record_sha256": hashlib.sha256((folder / RECORD).read_bytes()).hexdigest(),
        "files": kept,
        "row": asdict(row),
    }
    write_bytes(folder / FILE_NAME, sealed(json.dumps(receipt, indent=1, default=str) + "\n"))


def finished(folder: str, key: str) -> Row | None:
    """Give what came of a film when its folder holds the whole results of that very analysis."""
    try:
        receipt = unsealed(places.read(places.below(folder, FILE_NAME)))
        if receipt["schema"] != SCHEMA or receipt["key"] != key:
            return None
        there = places.sizes(folder)
        if any(there.get(name) != size for name, size in receipt["files"].items()):
            return None
        record = places.read(places.below(folder, RECORD))
        if hashlib.sha256(record).hexdigest() != receipt["record_sha256"]:
            return None
        return _row(receipt["row"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # Whatever is wrong with it, the answer is the same: analyze the film again.
        return None


def _row(data: Mapping[str, Any]) -> Row:
    """Read a row back; raises ``TypeError`` when a value is not of its kind."""
    kinds: dict[str, type | tuple[type, ...]] = {
        "str": str,
        "int": int,
        "float": (int, float),
        "Mapping[str, float]": dict,
    }
    row = Row(**data)
    for entry in fields(Row):
        if not isinstance(getattr(row, entry.name), kinds[str(entry.type)]):
            raise TypeError(f"{entry.name} is no {entry.type}")
    if not all(isinstance(value, int | float) for value in row.means.values()):
        raise TypeError("a mean is no number")
    return row
