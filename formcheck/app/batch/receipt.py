"""The receipt in a film's results folder: the film, its options and the outcome.

It is written last, so a folder with a receipt that fits is finished. It names the digest of every
file, of the annotated film the size alone, and is sealed itself: results that something else wrote
later, or that were damaged or taken apart, do not fit and the film is analyzed again.

A film without a repetition, whose exercise could not be recognised, has no results; its receipt
says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from formcheck.app.batch import places
from formcheck.app.options import FilmOptions
from formcheck.data.session import Session
from formcheck.data.settings import Settings
from formcheck.report.wording import headline
from formcheck.store.result_files import VIDEO_NAME
from formcheck.store.sealed import sealed, unsealed
from formcheck.store.whole_file import write_bytes

FILE_NAME = "batch.json"
HISTORY_NOTE = "joined.json"
"""The note of :mod:`formcheck.app.batch.history_note`; not one of the results."""

SCHEMA = "formcheck.batch/2"
LARGE_FILES = (VIDEO_NAME,)
"""Larger files are checked by size only."""


@dataclass(frozen=True)
class Row:
    """One film's row of the summary table.

    ``good_reps`` counts good form, ``slow_enough_reps`` good tempo, the others what was judged.
    ``means`` has, for each leg, the mean of each measurement's judged number and its standard
    error: ``means["knee_fppa_deg_left"]``, ``means["knee_fppa_deg_left_sem"]``. ``duration_s`` is
    the film's.
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
    form_judged_reps: int
    slow_enough_reps: int
    tempo_judged_reps: int
    means: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class FilmFinding:
    """The outcome of a film that was analyzed.

    ``row`` is ``None`` when no repetition showed which exercise it is; ``reason`` and ``hint``
    then say so.
    """

    row: Row | None
    reason: str = ""
    hint: str = ""


def summary_row(session: Session, *, named: bool = True) -> Row:
    """Summarize a session; an exercise that was not ``named`` is not known without a repetition."""
    by_side = session.summary.reps_by_side
    form, tempo = session.summary.form, session.summary.tempo
    return Row(
        exercise=session.exercise.id if named or session.reps else "",
        view=session.view.kind,
        duration_s=round(session.source.duration_s or 0.0, 3),
        reps=len(session.reps),
        reps_left=by_side.get("left", 0),
        reps_right=by_side.get("right", 0),
        reps_both=by_side.get("both", 0),
        good_reps=form.good,
        verdict=" ".join(headline(session)),
        form_judged_reps=form.judged,
        slow_enough_reps=tempo.good,
        tempo_judged_reps=tempo.judged,
        means={
            f"{one.measure}_{one.side}{suffix}": round(value, 3)
            for one in session.summary.pooled
            for suffix, value in (("", one.value), ("_sem", one.sem))
            if value is not None
        },
    )


def identity(film_sha256: str, how: Mapping[str, Any]) -> str:
    """Digest of everything the result depends on: the film's content and the options.

    What is at its default is left out: an option that a later version adds changes no digest.
    """
    usual = {"choices": FilmOptions().as_dict(), "settings": Settings().as_dict()}
    chosen = {
        group: {name: value for name, value in how[group].items() if value != defaults.get(name)}
        for group, defaults in usual.items()
    }
    text = json.dumps({"film": film_sha256, **how, **chosen}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def write(
    folder: Path, key: str, film_sha256: str, how: Mapping[str, Any], finding: FilmFinding
) -> None:
    """Write the receipt for the results in a folder; raises ``OutputError``."""
    found = finding.row is not None
    names = places.sizes(str(folder)) if found else {}
    kept = {name: size for name, size in names.items() if name not in (FILE_NAME, HISTORY_NOTE)}
    receipt = {
        "schema": SCHEMA,
        "key": key,
        "film_sha256": film_sha256,
        "how": how,
        "sizes": kept,
        "sha256": {name: _digest(str(folder), name) for name in kept if name not in LARGE_FILES},
        "finding": asdict(finding),
    }
    write_bytes(folder / FILE_NAME, sealed(json.dumps(receipt, indent=1, default=str) + "\n"))


def finished(folder: str, key: str) -> FilmFinding | None:
    """Return a film's outcome if its folder holds the complete results of that analysis."""
    try:
        receipt = unsealed(places.read(places.below(folder, FILE_NAME)))
        if receipt["schema"] != SCHEMA:
            return None
        if identity(receipt["film_sha256"], receipt["how"]) != key:
            return None
        there = places.sizes(folder)
        if any(there.get(name) != size for name, size in receipt["sizes"].items()):
            return None
        if any(_digest(folder, name) != known for name, known in receipt["sha256"].items()):
            return None
        return _finding(receipt["finding"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # Whatever is wrong, analyze the film again.
        return None


def film_sha256(folder: Path) -> str | None:
    """Return the digest of the film behind the results in a folder; ``None`` if unknown."""
    try:
        known: str = unsealed(places.read(str(folder / FILE_NAME)))["film_sha256"]
    except (OSError, ValueError, KeyError, RecursionError):
        return None
    return known


def _digest(folder: str, name: str) -> str:
    return hashlib.sha256(places.read(places.below(folder, name))).hexdigest()


def _finding(data: Mapping[str, Any]) -> FilmFinding:
    """Read a finding back; raises ``TypeError`` when a value is not of its kind."""
    finding = FilmFinding(**data)
    if not isinstance(finding.reason, str) or not isinstance(finding.hint, str):
        raise TypeError("the reason is no text")
    if finding.row is None and finding.reason:
        return finding
    return FilmFinding(_row(data["row"]))


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
