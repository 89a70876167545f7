"""Converts a session to a row of the history: columns to list and filter by, and JSON."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from formcheck.data.declare import rounded
from formcheck.data.errors import SourceError
from formcheck.data.session import Session
from formcheck.data.texts import without_surrogates

NO_NAME = "(no name)"


def names(people: Sequence[str]) -> str:
    """Return names of people as a list in a sentence."""
    return ", ".join(person or NO_NAME for person in people) or "nobody yet"


def row_of(session: Session, folder: str | None) -> dict[str, Any]:
    """Return the row of a session.

    Raises
    ------
    SourceError
        Its date is not valid.
    """
    training, counts = session.training, session.summary.reps_by_side
    performed = training.date or session.created
    film_sha256, person = session.source.sha256, session.person
    return {
        "key": key_of(session),
        "film_sha256": film_sha256,
        "person": person,
        "performed": performed,
        "performed_utc": _utc(performed),
        "created": session.created,
        "exercise": session.exercise.id,
        "view": session.view.kind,
        "source": without_surrogates(session.source.name),
        "folder": None if folder is None else without_surrogates(folder),
        **{f"reps_{side}": counts.get(side, 0) for side in ("left", "right", "both")},
        "form": msgspec.json.encode(session.summary.form).decode(),
        "tempo": msgspec.json.encode(session.summary.tempo).decode(),
        "step_height_cm": training.step_height_cm,
        "load_kg": training.load_kg,
        "pain": training.pain,
        "target_hold_s": training.target_hold_s,
        "record": json.dumps(msgspec.to_builtins(without_series(session)), allow_nan=False),
    }


def without_series(session: Session) -> Session:
    """Return a session as it is saved in the history: rounded, without time series."""
    reps = tuple(replace(rep, series={}) for rep in session.reps)
    return rounded(replace(session, efforts=reps, series={}))


def key_of(session: Session) -> str:
    """Return a checksum that is the same if the same session is analyzed again.

    It is made from the film, the person, the exercise and the settings. The leg, the view and the
    version of formcheck are not included, because a second analysis may correct them.
    """
    source = session.source
    parts = (
        session.person,
        source.sha256 or [session.created, source.kind, source.name],
        session.exercise.id,
        msgspec.to_builtins(rounded(session.provenance.settings)),
        session.provenance.model_sha256,
        source.mirrored,
        source.slow_motion,
    )
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def clean_name(person: str) -> str:
    """Normalize white space and Unicode in a name."""
    return unicodedata.normalize("NFC", " ".join(without_surrogates(person).split()))


def _utc(performed: str) -> str:
    """Convert a time to UTC, so that times of different zones are comparable; a day is its noon."""
    try:
        if len(performed) == len("2026-01-01"):
            return f"{date.fromisoformat(performed).isoformat()}T12:00:00+00:00"
        return datetime.fromisoformat(performed).astimezone(UTC).isoformat()
    except (ValueError, OverflowError) as error:
        raise SourceError(
            f"the session is damaged: {performed[:40]!r} is not a date or time",
            hint="Analyze the film again.",
        ) from error
