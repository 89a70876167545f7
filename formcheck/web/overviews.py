"""What the list shows of each session, remembered so that hundreds need not be read again.

A session's folder stays the only truth: what is remembered counts as long as the session's file
has the time and size that it had.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import msgspec

from formcheck.data.errors import FormcheckError
from formcheck.data.session import Session, Tally
from formcheck.exercises.registry import all_exercises
from formcheck.report.wording import headline
from formcheck.store.history.history_store import Entry
from formcheck.store.session_file import FILE_NAME, load


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """What the list shows of a session.

    Attributes
    ----------
    created
        When it was measured; tells it from another one in the same folder.
    performed
        The day that was entered, or when it was measured.
    person, film
        Whose it is, and the name of the film.
    exercise, exercise_title
        Id and title of the exercise.
    reps
        Number of repetitions.
    good_share
        Share of the judged repetitions with good form; ``None`` when none was judged.
    verdict
        The first sentence of the report; empty when only the history knows the session.
    still
        Index of the first repetition with a picture; ``None`` when there is none.
    """

    created: str
    performed: str
    person: str
    film: str
    exercise: str
    exercise_title: str
    reps: int
    good_share: float | None
    verdict: str
    still: int | None

    @property
    def day(self) -> str:
        """Day of the session, ``YYYY-MM-DD``."""
        return self.performed[:10]


def overview_of(session: Session) -> Overview:
    """Take from a session what the list shows."""
    return Overview(
        created=session.created,
        performed=session.training.date or session.created,
        person=session.person,
        film=session.source.name,
        exercise=session.exercise.id,
        exercise_title=session.exercise.title,
        reps=len(session.reps),
        good_share=_good_share(session.summary.form),
        verdict=headline(session)[0],
        still=next((rep.index for rep in session.reps if rep.still is not None), None),
    )


def overview_of_row(entry: Entry) -> Overview:
    """Take from a row of the history what it knows of a session whose files are not there."""
    titles = {exercise.id: exercise.title for exercise in all_exercises()}
    return Overview(
        created=entry.created,
        performed=entry.performed,
        person=entry.person,
        film=entry.source,
        exercise=entry.exercise,
        exercise_title=titles.get(entry.exercise, entry.exercise),
        reps=entry.reps,
        good_share=_good_share(entry.form),
        verdict="",
        still=None,
    )


def _good_share(form: Tally) -> float | None:
    return form.good / form.judged if form.judged else None


@dataclass
class Overviews:
    """The overviews that were read, by the folder of their session."""

    _read: dict[Path, tuple[tuple[int, int], Overview]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, folder: Path) -> Overview | None:
        """Return the overview of the session in a folder; ``None`` when there is none to read."""
        try:
            now = (folder / FILE_NAME).stat()
            state = now.st_mtime_ns, now.st_size
            with self._lock:
                known = self._read.get(folder)
            if known is not None and known[0] == state:
                return known[1]
            overview = overview_of(load(folder, series=False))
        except (OSError, FormcheckError):
            return None
        with self._lock:
            self._read[folder] = state, overview
        return overview

    def forget(self, folder: Path) -> None:
        """Forget a session that is deleted."""
        with self._lock:
            self._read.pop(folder, None)
