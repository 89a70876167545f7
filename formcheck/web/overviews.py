"""The few facts about each session that the list of sessions shows, and a cache of them.

Without the cache, all session files would be read each time the list is opened. An entry of the
cache is used only if the session's file still has the same time and size. The cache is saved to a
file for the next start of the server.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import msgspec

from formcheck import __version__
from formcheck.data.errors import FormcheckError, OutputError
from formcheck.data.session import Rep, Session, Tally
from formcheck.exercises.registry import all_exercises, effort_of
from formcheck.report.wording import headline
from formcheck.store.history.history_store import Entry
from formcheck.store.session_file import FILE_NAME, load
from formcheck.store.whole_file import write_bytes


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The facts about a session that the list shows.

    Attributes
    ----------
    created
        When the session was measured; distinguishes it from another one in the same folder.
    performed
        The day that the user entered, or else when the session was measured.
    person, film
        Name of the person and of the film.
    exercise, exercise_title
        Id and title of the exercise.
    reps, effort
        Number of repetitions, and what one is called.
    good_share
        Share of the judged repetitions with good form; ``None`` if none was judged.
    verdict
        The first sentence of the report; empty if the session's files are gone.
    still
        Index of the first repetition with a picture; ``None`` if there is none.
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
    effort: str = Rep.full_name

    @property
    def day(self) -> str:
        """Day of the session, ``YYYY-MM-DD``."""
        return self.performed[:10]


def overview_of(session: Session) -> Overview:
    """Return the overview of a session."""
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
        effort=session.exercise.effort,
    )


def overview_of_row(entry: Entry) -> Overview:
    """Return the overview of a session whose files are gone, from its row in the history."""
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
        effort=effort_of(entry.exercise),
    )


def _good_share(form: Tally) -> float | None:
    return form.good / form.judged if form.judged else None


class _CachedOverview(msgspec.Struct, frozen=True):
    """An overview, and the time and size of the session file that it was made from."""

    state: tuple[int, int]
    overview: Overview


class _SavedOverviews(msgspec.Struct, frozen=True):
    """Content of the cache file: the overviews by folder, and the version that worded them."""

    version: str
    read: dict[str, _CachedOverview]


@dataclass
class Overviews:
    """Cache of the overviews, by the folder of the session.

    Attributes
    ----------
    file
        File in which the cache is saved for the next server; it can be deleted.
    """

    file: Path
    _read: dict[str, _CachedOverview] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _changed: bool = False

    def __post_init__(self) -> None:
        """Read the cache file, if it was written by this version of formcheck."""
        with contextlib.suppress(OSError, ValueError):
            kept = msgspec.json.decode(self.file.read_bytes(), type=_SavedOverviews)
            if kept.version == __version__:
                self._read = kept.read

    def of(self, folder: Path) -> Overview | None:
        """Return the overview of the session in a folder; ``None`` if it cannot be read."""
        try:
            now = (folder / FILE_NAME).stat()
            state = now.st_mtime_ns, now.st_size
            with self._lock:
                known = self._read.get(str(folder))
            if known is not None and known.state == state:
                return known.overview
            overview = overview_of(load(folder, series=False))
        except (OSError, FormcheckError):
            return None
        with self._lock:
            self._read[str(folder)] = _CachedOverview(state, overview)
            self._changed = True
        return overview

    def keep_those_of(self, folders: Iterable[Path]) -> None:
        """Remove all other overviews from the cache, and save it if something has changed."""
        wanted = {str(folder) for folder in folders}
        with self._lock:
            gone = self._read.keys() - wanted
            if self._changed or gone:
                self._read = {name: one for name, one in self._read.items() if name in wanted}
                self._write()

    def forget(self, folder: Path) -> None:
        """Remove a deleted session from the cache."""
        with self._lock:
            if self._read.pop(str(folder), None) is not None:
                self._write()

    def _write(self) -> None:
        # On a full disk the next server reads the sessions again.
        with contextlib.suppress(OutputError):
            write_bytes(self.file, msgspec.json.encode(_SavedOverviews(__version__, self._read)))
            self._changed = False
