"""The commands ``history``, ``history export``, ``add`` and ``delete``.

The history is one file with all past sessions of a user. Other commands use :func:`open_history`
and :func:`add_to_history` of this module.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from formcheck.app.options import SpanOptions
from formcheck.cli.console import console
from formcheck.cli.lines import UNKNOWN, error_line, escaped, print_json, say
from formcheck.data.errors import FormcheckError, UsageError
from formcheck.data.numbers import count_words, good_of
from formcheck.data.plain_file import sha256_of
from formcheck.data.session import Stance, Training
from formcheck.data.settings import CsvStyle
from formcheck.exercises.registry import get_exercise
from formcheck.store.history.database import default_path
from formcheck.store.history.history_export import entry_to_json, export
from formcheck.store.history.history_store import Entry, Filter, History, is_sure
from formcheck.store.history.rows import NO_NAME, names

if TYPE_CHECKING:
    from formcheck.data.session import Session

_WIDTH_FOR_FILM = 100
UNSURE = "could not tell which leg was working. Analyze the film again with --side left or right."


@contextmanager
def open_history(db: Path | None, *, create: bool = False) -> Iterator[History]:
    """Open the history file ``db``, or this user's own; print its notices on standard error.

    If ``db`` does not exist, it is created with ``create``; otherwise this is an error.
    """
    if db is not None and not create and not db.exists():
        raise UsageError(
            f"there is no file {db}",
            hint="Check the path; `formcheck analyze` makes a new history.",
            options=("db",),
        )
    with History(db or default_path(), create=create) as history:
        for notice in history.notices:
            say(notice)
        yield history


def add_to_history(
    session: Session, film: Path | None, *, person: str, db: Path | None, folder: Path | None
) -> str | None:
    """Add a session to the history.

    It is not added if it has no repetition, or if its working leg is not certain. If the history
    cannot be written, the analysis continues, and the problem is printed on standard error.

    Returns
    -------
    str or None
        The line to print; ``None`` if it was not added.
    """
    if not session.reps:
        return None
    if not is_sure(session):
        say(f"not added to the history: {UNSURE}")
        return None
    try:
        digest = session.source.sha256
        if digest is None and film is not None and film.is_file():
            digest = sha256_of(film)
        with open_history(db, create=True) as history:
            kept = history.keep(session, person=person, film_sha256=digest, folder=folder)
    except FormcheckError as error:
        sys.stderr.write(f"formcheck: not added to the history: {error_line(error)}\n")
        return None
    whose = f" ({escaped(person)})" if person else ""
    if kept.replaced:
        return f"Replaced session {kept.id}{whose} in the history."
    return f"Added to the history as session {kept.id}{whose}."


def history_filter(
    person: str | None,
    exercise: str | None,
    side: Stance | None,
    span: SpanOptions,
    limit: int | None,
) -> Filter:
    """Make the filter for sessions from the values of the flags; raises ``UsageError``."""
    if exercise is not None:
        get_exercise(exercise)
    return Filter(
        person=person,
        exercise=exercise,
        side=side,
        since=span.first_day,
        until=span.last_day,
        limit=limit,
    )


def list_history(which: Filter, *, db: Path | None, as_json: bool) -> None:
    """Print a line for each selected session, the newest last."""
    with open_history(db) as history:
        entries = history.entries(which)
        history_has_sessions = bool(entries) or bool(history.people())
    if as_json:
        print_json([entry_to_json(entry) for entry in entries])
        return
    screen = console()
    if not entries:
        place = escaped(str(db or default_path()))
        words = "No session matches." if history_has_sessions else f"No session yet in {place}"
        screen.print(words, soft_wrap=True)
        return
    screen.print(_table(entries, screen.width))
    count = count_words(len(entries), "session")
    if which.limit is not None and len(entries) == which.limit:
        count += ", the newest ones (for more, give --limit)"
    screen.print(Text(count, style="dim"))


def export_history(path: Path, which: Filter, *, db: Path | None, csv: CsvStyle) -> None:
    """Write the selected sessions to a file."""
    with open_history(db) as history:
        entries = history.entries(which)
        export(path, history, entries, csv)
    count = count_words(len(entries), "session")
    console().print(f"{count} in {escaped(str(path))}", soft_wrap=True)


def add_sessions(records: Sequence[Path], *, person: str, db: Path | None) -> None:
    """Add sessions to the history from their session.json files."""
    from formcheck.store.session_file import load

    sessions = [load(path) for path in records]
    screen = console()
    with open_history(db, create=True) as history:
        for path, session in zip(records, sessions, strict=True):
            if not session.reps:
                screen.print(
                    f"{escaped(str(path))}: skipped, no {session.exercise.effort} in it",
                    soft_wrap=True,
                )
                continue
            if not is_sure(session):
                screen.print(f"{escaped(str(path))}: skipped, {UNSURE}", soft_wrap=True)
                continue
            folder = path if path.is_dir() else path.parent
            kept = history.keep(session, person=person, folder=folder)
            how = "replaced session" if kept.replaced else "added as session"
            screen.print(f"{escaped(str(path))}: {how} {kept.id}", soft_wrap=True)


def delete_history(person: str | None, ids: Sequence[int], *, yes: bool, db: Path | None) -> None:
    """Delete all sessions of a person, or sessions by number, after a question to the user."""
    if (person is None) == (not ids):
        raise UsageError(
            "give a person or the numbers of sessions to delete",
            hint="As in `formcheck history delete --person NAME` or `formcheck history delete 12`.",
        )
    with open_history(db) as history:
        if person is None:
            numbers = list(dict.fromkeys(ids))
            whose = ""
            for number in numbers:
                history.refuse_unknown(number)
        else:
            numbers = [entry.id for entry in history.entries(Filter(person=person))]
            whose = f" of {_person_words(person)}"
        if not numbers:
            raise UsageError(
                f"no session{whose} in the history",
                hint=f"People in the history: {names(history.people())}.",
            )
        sessions = f"{count_words(len(numbers), 'session')}{whose}"
        if not yes and not _confirmed(f"Delete {sessions} for good?"):
            raise UsageError("nothing was deleted", hint="Add --yes to delete without being asked.")
        history.delete(numbers)
        damaged = history.damaged_files()
    screen = console()
    screen.print(f"Deleted {sessions} from the history.", soft_wrap=True)
    screen.print(
        "Films and folders with results are not touched: delete those by hand.", soft_wrap=True
    )
    for path in damaged:
        screen.print(
            f"A damaged history may still hold sessions; delete it by hand: {escaped(str(path))}",
            soft_wrap=True,
        )


def _person_words(person: str) -> str:
    return escaped(person) if person else NO_NAME


def _confirmed(question: str) -> bool:
    """Ask a question; return whether the user says yes; false without a terminal."""
    if not sys.stdin.isatty():
        return False
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _table(entries: Sequence[Entry], width: int) -> Table:
    """Make the table of sessions; columns without any value are left out."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    several = len({entry.person for entry in entries}) > 1 or bool(entries[0].person)
    any_training = any(entry.training != Training(date=entry.training.date) for entry in entries)
    table.add_column("id", justify="right", no_wrap=True)
    table.add_column("date", no_wrap=True)
    if several:
        table.add_column("person", no_wrap=True, max_width=16)
    table.add_column("exercise", no_wrap=True)
    table.add_column("count", no_wrap=True)
    table.add_column("good", justify="right", no_wrap=True)
    table.add_column("view", no_wrap=True)
    asked = any(entry.training.target_hold_s is not None for entry in entries)
    if any_training:
        for heading in ("step", "load", *["hold"] * asked, "pain"):
            table.add_column(heading, justify="right", no_wrap=True)
    if width >= _WIDTH_FOR_FILM:
        table.add_column("film", max_width=32)  # the only column that shrinks
    for entry in entries:
        training = entry.training
        target = [training.target_hold_s] * asked
        numbers = (training.step_height_cm, training.load_kg, *target, training.pain)
        table.add_row(
            str(entry.id),
            entry.day,
            *((escaped(entry.person) or UNKNOWN,) if several else ()),
            escaped(entry.exercise),
            _counts_by_side(entry.reps_by_side),
            good_of(entry.form.good, entry.form.judged),
            entry.view,
            *(map(_number_or_dash, numbers) if any_training else ()),
            *((_on_one_line(escaped(entry.source)),) if width >= _WIDTH_FOR_FILM else ()),
        )
    return table


def _on_one_line(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ellipsis")


def _counts_by_side(counts: Mapping[Stance, int]) -> str:
    """Return the number of repetitions by side: ``5 left 5 right``, or ``8`` with both legs."""
    return " ".join(str(n) if side == "both" else f"{n} {side}" for side, n in counts.items())


def _number_or_dash(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:g}"
