"""The receipt in a film's results folder: a file that says what was analyzed, and the outcome.

With it, a batch that is run again skips the films that are finished. The receipt is written last.
It contains a digest of the film and of all options, and a digest of each result file (for the
annotated film only its size); the receipt itself is protected by a checksum. If anything has
changed or is damaged, the film is analyzed again.

A film in which no repetition was found and no exercise was recognised has no result files; the
receipt then only says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import msgspec

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

    ``good_reps`` of ``form_judged_reps`` repetitions had good form, ``slow_enough_reps`` of
    ``tempo_judged_reps`` good tempo. ``means`` contains, for each leg, the mean of each
    measurement and its standard error, for example ``means["knee_fppa_deg_left"]`` and
    ``means["knee_fppa_deg_left_sem"]``. ``duration_s`` is the length of the film.
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

    ``row`` is ``None`` if no repetition and no exercise was found; then ``reason`` and ``hint`` say
    why.
    """

    row: Row | None
    reason: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Inputs:
    """Everything but the film's content that its results depend on.

    Attributes
    ----------
    measured_by
        Versions and digests of the code that measures, see :mod:`.measured_by`.
    model_sha256
        Digest of the pose model's file.
    name
        The film's file name, which is part of the results.
    video
        Whether the annotated film is drawn.
    export
        Formats of the exported files, sorted.
    height_m
        The person's stature, for exports in metres; ``None`` when not given.
    choices
        The film's options, by name; without the person, who is not in the results.
    settings
        The settings, by name.
    """

    measured_by: Mapping[str, Any]
    model_sha256: str
    name: str
    video: bool
    export: Sequence[str]
    height_m: float | None
    choices: Mapping[str, Any]
    settings: Mapping[str, Any]


def summary_row(session: Session, *, named: bool = True) -> Row:
    """Return the row of a session.

    ``named`` says whether the user named the exercise. If not, and if there is no repetition, the
    exercise stays empty.
    """
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


def identity(film_sha256: str, inputs: Inputs) -> str:
    """Return a digest of everything that the results depend on.

    Options and settings with their default value are left out, so that a new option in a later
    version does not change the digest.
    """
    whole = {
        "film": film_sha256,
        **asdict(inputs),
        "choices": _without_defaults(inputs.choices, FilmOptions().as_dict()),
        "settings": _without_defaults(inputs.settings, Settings().as_dict()),
    }
    text = json.dumps(whole, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _without_defaults(chosen: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in chosen.items() if value != defaults.get(name)}


def write(folder: Path, key: str, film_sha256: str, inputs: Inputs, finding: FilmFinding) -> None:
    """Write the receipt for the results in a folder; raises ``OutputError``.

    ``key`` is the :func:`identity` of film and inputs.
    """
    found = finding.row is not None
    names = places.sizes(str(folder)) if found else {}
    kept = {name: size for name, size in names.items() if name not in (FILE_NAME, HISTORY_NOTE)}
    receipt = {
        "schema": SCHEMA,
        "key": key,
        "film_sha256": film_sha256,
        "how": asdict(inputs),
        "sizes": kept,
        "sha256": {name: _digest(str(folder), name) for name in kept if name not in LARGE_FILES},
        "finding": asdict(finding),
    }
    write_bytes(folder / FILE_NAME, sealed(json.dumps(receipt, indent=1, default=str) + "\n"))


def finished(folder: str, key: str) -> FilmFinding | None:
    """Return a film's outcome if its folder contains the complete results of this analysis.

    ``key`` is the :func:`identity` of film and inputs. ``None`` if the film has to be analyzed.
    """
    try:
        receipt = unsealed(places.read(places.below(folder, FILE_NAME)))
        if receipt["schema"] != SCHEMA:
            return None
        if identity(receipt["film_sha256"], Inputs(**receipt["how"])) != key:
            return None
        there = places.sizes(folder)
        if any(there.get(name) != size for name, size in receipt["sizes"].items()):
            return None
        if any(_digest(folder, name) != known for name, known in receipt["sha256"].items()):
            return None
        return _finding(receipt["finding"])
    except (
        *(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError),
        msgspec.ValidationError,
    ):
        # Whatever is wrong, analyze the film again.
        return None


def film_sha256(folder: Path) -> str | None:
    """Return the digest of the film that a results folder belongs to; ``None`` if unknown."""
    try:
        known: str = unsealed(places.read(str(folder / FILE_NAME)))["film_sha256"]
    except (OSError, ValueError, KeyError, RecursionError):
        return None
    return known


def _digest(folder: str, name: str) -> str:
    return hashlib.sha256(places.read(places.below(folder, name))).hexdigest()


def _finding(data: Mapping[str, Any]) -> FilmFinding:
    """Return the finding of a receipt that was read; each value is checked by its type.

    Raises
    ------
    msgspec.ValidationError
        A value is missing or of another type.
    ValueError
        The finding has neither a row nor a reason.
    """
    finding = msgspec.convert(data, FilmFinding)
    if finding.row is None and not finding.reason:
        raise ValueError("neither a row nor a reason")
    return finding
