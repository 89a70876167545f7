"""A session as a row of the history: what is listed as columns, all else as its JSON."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from formcheck.data.declare import rounded
from formcheck.data.errors import SourceError
from formcheck.data.session import Session


def row_of(session: Session, folder: str | None) -> dict[str, Any]:
    """Give the row of a session; ``person`` and the film's digest are those in it.

    Raises
    ------
    SourceError
        It does not say when it was made.
    """
    told, counts = session.training, session.summary.reps_by_side
    performed = told.date or session.created
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
        "source": clean(session.source.name),
        "folder": None if folder is None else clean(folder),
        **{f"reps_{side}": counts.get(side, 0) for side in ("left", "right", "both")},
        "form": msgspec.json.encode(session.summary.form).decode(),
        "tempo": msgspec.json.encode(session.summary.tempo).decode(),
        "step_height_cm": told.step_height_cm,
        "load_kg": told.load_kg,
        "pain": told.pain,
        "record": json.dumps(msgspec.to_builtins(without_series(session)), allow_nan=False),
    }


def without_series(session: Session) -> Session:
    """Give the session as the history keeps it: rounded, and without its time series."""
    reps = tuple(replace(rep, series={}) for rep in session.reps)
    return rounded(replace(session, efforts=reps, series={}))


def key_of(session: Session) -> str:
    """Digest of what makes a session the same one when it is analyzed again.

    The film, whose it is, the exercise and the settings. Not the leg, the view or the version of
    formcheck: to correct one of these is to analyze the same session better.
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
    """Give a name without what only looks different."""
    return unicodedata.normalize("NFC", " ".join(clean(person).split()))


def clean(text: str) -> str:
    """Replace what an undecodable file name has and no database takes."""
    return text.encode("utf-8", "replace").decode()


def _utc(performed: str) -> str:
    """Make times of different zones comparable; a day without a time is its noon."""
    try:
        if len(performed) == len("2026-01-01"):
            return f"{date.fromisoformat(performed).isoformat()}T12:00:00+00:00"
        return datetime.fromisoformat(performed).astimezone(UTC).isoformat()
    except (ValueError, OverflowError) as error:
        raise SourceError(
            f"the session is damaged: {performed[:40]!r} is no time",
            hint="Analyze the film again.",
        ) from error
