"""What the list shows of each session, remembered so that hundreds need not be read again.

A session's folder stays the only truth: what is remembered, also from one server to the next,
counts as long as the session's file has the time and size that it had.
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
    reps, effort
        Number of repetitions, and what one is called.
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
    effort: str = Rep.full_name

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
        effort=session.exercise.effort,
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
        effort=effort_of(entry.exercise),
    )


def _good_share(form: Tally) -> float | None:
    return form.good / form.judged if form.judged else None


class _Read(msgspec.Struct, frozen=True):
    """An overview that was read, and the time and size of the file it was read from."""

    state: tuple[int, int]
    overview: Overview


class _Kept(msgspec.Struct, frozen=True):
    """The overviews by folder, and the version that worded them."""

    version: str
    read: dict[str, _Read]


@dataclass
class Overviews:
    """The overviews that were read, by the folder of their session.

    Attributes
    ----------
    file
        Keeps them for the next server, which reads no session again that has not changed. It can
        be deleted.
    """

    file: Path
    _read: dict[str, _Read] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _changed: bool = False

    def __post_init__(self) -> None:
        """Read what was kept by this version; anything else is not used."""
        with contextlib.suppress(OSError, ValueError):
            kept = msgspec.json.decode(self.file.read_bytes(), type=_Kept)
            if kept.version == __version__:
                self._read = kept.read

    def of(self, folder: Path) -> Overview | None:
        """Return the overview of the session in a folder; ``None`` when there is none to read."""
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
            self._read[str(folder)] = _Read(state, overview)
            self._changed = True
        return overview

    def keep_those_of(self, folders: Iterable[Path]) -> None:
        """Keep the overviews of these folders for the next server, and forget all others."""
        wanted = {str(folder) for folder in folders}
        with self._lock:
            gone = self._read.keys() - wanted
            if self._changed or gone:
                self._read = {name: one for name, one in self._read.items() if name in wanted}
                self._write()

    def forget(self, folder: Path) -> None:
        """Forget a session that is deleted."""
        with self._lock:
            if self._read.pop(str(folder), None) is not None:
                self._write()

    def _write(self) -> None:
        # On a full disk the next server reads the sessions again.
        with contextlib.suppress(OutputError):
            write_bytes(self.file, msgspec.json.encode(_Kept(__version__, self._read)))
            self._changed = False
