"""What the list shows of each session, remembered so that hundreds need not be read again.

A session's folder stays the only truth: what is remembered counts as long as the session's file
has the time and size that it had, and was made by this version of formcheck.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock

import msgspec

from formcheck import __version__
from formcheck.data.errors import FormcheckError, OutputError
from formcheck.data.session import Session, Tally
from formcheck.exercises.registry import all_exercises
from formcheck.report.wording import headline
from formcheck.store.history.history_store import Entry
from formcheck.store.session_file import FILE_NAME, load
from formcheck.store.whole_file import write_bytes


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


class _Known(msgspec.Struct, frozen=True):
    """An overview, and what the session's file was like when it was made."""

    changed_ns: int
    size_bytes: int
    overview: Overview


class _File(msgspec.Struct, frozen=True):
    """What is kept on disk, so that a new server knows it at once."""

    version: str
    known: dict[str, _Known]


@dataclass
class Overviews:
    """The overviews that are known, by the folder of their session.

    Attributes
    ----------
    path
        The file that remembers them.
    """

    path: Path
    _known: dict[str, _Known] = field(default_factory=dict)
    _changed: bool = False
    _lock: RLock = field(default_factory=RLock)

    def __post_init__(self) -> None:
        """Read what an earlier server knew, unless the file is damaged or of another version."""
        with contextlib.suppress(OSError, ValueError):
            read = msgspec.json.decode(self.path.read_bytes(), type=_File)
            if read.version == __version__:
                self._known = read.known

    def of(self, folder: Path) -> Overview | None:
        """Return the overview of the session in a folder; ``None`` when there is none to read."""
        try:
            now = (folder / FILE_NAME).stat()
            with self._lock:
                known = self._known.get(str(folder))
            if known and (known.changed_ns, known.size_bytes) == (now.st_mtime_ns, now.st_size):
                return known.overview
            overview = overview_of(load(folder))
        except (OSError, FormcheckError):
            return None
        with self._lock:
            self._known[str(folder)] = _Known(now.st_mtime_ns, now.st_size, overview)
            self._changed = True
        return overview

    def forget(self, folder: Path) -> None:
        """Forget a session, on disk too."""
        with self._lock:
            if self._known.pop(str(folder), None) is not None:
                self._changed = True
        self.save()

    def save(self) -> None:
        """Write what is known, if that changed; on a full disk it is only read again next time."""
        with self._lock:
            if self._changed:
                with contextlib.suppress(OutputError):
                    write_bytes(self.path, msgspec.json.encode(_File(__version__, self._known)))
                    self._changed = False
