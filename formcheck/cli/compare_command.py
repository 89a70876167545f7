"""The command ``compare``: compares two sessions, the two legs of one, or two repetitions.

It prints a table, and can write a film of two repetitions side by side. A :class:`Pair` of
``app/pairing.py`` is what is compared: two halves, each with repetitions of a session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from formcheck.app.clips import require_mp4, require_two, write_side_by_side
from formcheck.app.pairing import (
    NamedSession,
    Pair,
    notes,
    pair_of_legs,
    pair_of_reps,
    pairs_of_sessions,
    sentences,
)
from formcheck.cli.analyze_command import progress_bar
from formcheck.cli.console import console
from formcheck.cli.history_command import open_history
from formcheck.cli.lines import escaped, print_json
from formcheck.data.errors import FormcheckError, SourceError, UsageError
from formcheck.data.numbers import good_of, number
from formcheck.data.session import Session, Stance
from formcheck.motion.comparison import REPETITIONS
from formcheck.report.changes import BY_CHANCE, table_of
from formcheck.store.kept_film import is_film_of
from formcheck.store.result_files import OpenSession, open_session

_LEGEND = (
    "± is one standard error{of}. * marks a difference larger than measurement error. The last "
    f"column is the smallest such difference. {BY_CHANCE}."
)


@dataclass(frozen=True)
class ToCompare:
    """What to compare, as entered on the command line.

    Attributes
    ----------
    a, b
        The sessions: number in the history, file or folder. ``b`` is optional with ``legs`` or
        ``reps``.
    legs
        Whether to compare the two legs of session ``a``.
    reps
        Two repetitions to compare, as in ``best,worst``.
    side
        The only leg to compare.
    db
        The history, if it is not the usual one.
    """

    a: str
    b: str | None = None
    legs: bool = False
    reps: str | None = None
    side: Stance | None = None
    db: Path | None = None


@dataclass(frozen=True)
class FilmAsked:
    """The film to write, side by side; ``originals`` are the films that were analyzed."""

    path: Path
    originals: Sequence[Path] = ()
    slow: float = 1.0


@dataclass(frozen=True)
class _LoadedSession:
    """A session, and its opened folder if that is known."""

    named: NamedSession
    opened: OpenSession | None


def show_comparison(asked: ToCompare, film: FilmAsked | None = None, *, as_json: bool) -> None:
    """Print a comparison, and write its film if ``film`` is given."""
    one_alone = asked.legs or asked.reps is not None
    if (asked.b is None and not one_alone) or (asked.b is not None and asked.legs):
        raise UsageError(
            "compare takes two sessions, or one session with --legs or --reps",
            hint="As in `formcheck compare 3 7` or `formcheck compare 7 --legs`.",
        )
    if asked.legs and asked.reps is not None:
        raise UsageError("--legs and --reps cannot be used together", hint="Leave one of them out.")
    if film is not None:
        require_mp4(film.path)
    first = _loaded(asked.a, asked.db)
    second = first if asked.b is None else _loaded(asked.b, asked.db)
    pairs = _pairs_to_compare(asked, first.named, second.named)
    if film is not None:
        require_two(pairs[0])
    remarks = notes(first.named.session, second.named.session)
    exercise = first.named.session.exercise
    if as_json:
        comparisons = [_to_json(pair) for pair in pairs]
        print_json({"exercise": exercise.id, "comparisons": comparisons, "notes": remarks})
    else:
        _print_pairs(pairs, remarks)
    if film is not None:
        _write_film(pairs[0], (first, second), film, as_json=as_json)


def _pairs_to_compare(asked: ToCompare, first: NamedSession, second: NamedSession) -> list[Pair]:
    if asked.reps is not None:
        words = [word.strip() for word in asked.reps.split(",")]
        if len(words) != 2:
            raise UsageError(
                f"--reps takes two repetitions, not {asked.reps!r}",
                hint="As in --reps best,worst or --reps 2,5.",
            )
        return [pair_of_reps(first, second, (words[0], words[1]))]
    if asked.legs:
        return [pair_of_legs(first)]
    pairs = pairs_of_sessions(first, second)
    if asked.side is None:
        return pairs
    heading = first.session.exercise.side_words(asked.side)
    chosen = [pair for pair in pairs if pair.heading == heading]
    if not chosen:
        raise UsageError(
            f"not both sessions have repetitions of the {heading}",
            hint=f"They have in common: {', '.join(pair.heading for pair in pairs)}.",
        )
    return chosen


def _print_pairs(pairs: Sequence[Pair], remarks: Sequence[str]) -> None:
    screen = console()
    for pair in pairs:
        title = f"{pair.exercise.title}: {escaped(pair.heading)}"
        screen.print(Text(title, style="bold"))
        screen.print(_table(pair))
        screen.print(escaped(" ".join(sentences(pair))))
        screen.print()
    of = "" if pairs[0].single else " of the mean"
    screen.print(Text(_LEGEND.format(of=of), style="dim"))
    for note in remarks:
        screen.print(Text(f"Note: {escaped(note)}", style="yellow"))


def _write_film(
    pair: Pair, loaded: tuple[_LoadedSession, _LoadedSession], film: FilmAsked, *, as_json: bool
) -> None:
    """Write the film of a pair; the frames of each half come from its own session."""
    of_halves = [
        next(one for one in loaded if one.named.session is half.session) for half in pair.halves
    ]
    opened = [_require_folder(one) for one in of_halves]
    originals = [_original_of(one, film.originals) for one in opened]
    for given in film.originals:
        if given not in originals:
            raise UsageError(
                f"'{given.name}' is not the film of either session",
                hint="Give the original files, unchanged (--film).",
            )
    with progress_bar(at_once=False) as stages:
        try:
            write_side_by_side(
                pair,
                (opened[0], opened[1]),
                film.path,
                films=(originals[0], originals[1]),
                slow=film.slow,
                progress=stages.drawing,
            )
        except SourceError as error:
            error.hint = f"{error.hint.rstrip('.')} (--film)."
            raise
    if not as_json:
        console().print(escaped(str(film.path)), soft_wrap=True)


def _original_of(opened: OpenSession, films: Sequence[Path]) -> Path | None:
    return next((film for film in films if is_film_of(opened.folder, opened.session, film)), None)


def _require_folder(loaded: _LoadedSession) -> OpenSession:
    if loaded.opened is None:
        raise UsageError(
            f"the folder of session {loaded.named.name} is not known or no longer there",
            hint="Name the folder of its results instead of its number.",
        )
    return loaded.opened


def _loaded(which: str, db: Path | None) -> _LoadedSession:
    """Load a session by its number in the history, its file or its folder."""
    if which.isdecimal() and not Path(which).exists():
        with open_history(db) as history:
            number_of = int(which)
            session, folder = history.session(number_of), history.entry(number_of).folder
        opened = _opened_folder(session, folder)
        return _LoadedSession(
            NamedSession(session if opened is None else opened.session, which), opened
        )
    opened = open_session(Path(which))
    return _LoadedSession(NamedSession(opened.session, Path(which).resolve().name), opened)


def _opened_folder(session: Session, folder: str | None) -> OpenSession | None:
    """Open the folder of a session in the history; ``None`` if it is not there any more."""
    try:
        opened = None if folder is None else open_session(Path(folder))
    except FormcheckError:
        return None
    return opened if opened is not None and opened.session.created == session.created else None


def _table(pair: Pair) -> Table:
    """Make the table of a comparison: one row for each measurement."""
    rows = table_of("", [], pair.names, pair.differences, "compare").rows
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", overflow="fold")
    for heading in (*pair.names, "difference"):
        table.add_column(escaped(heading), justify="right", overflow="fold", max_width=16)
    table.add_column("smallest real difference", justify="right", max_width=13)
    if not (pair.same_reps or pair.single):
        counts = [len(half.reps) for half in pair.halves]
        counted = next((row.difference for row in rows if row.name == REPETITIONS), None)
        change = counted or number(counts[1] - counts[0], signed=True)
        table.add_row(
            f"{pair.exercise.effort}s".capitalize(), *map(str, counts), escaped(change), ""
        )
        good = (good_of(half.form.good, half.form.judged) for half in pair.halves)
        table.add_row("with good form", *good, "", "")
    for row in rows:
        if row.name != REPETITIONS:
            # Without a star, two spaces are added, so that the numbers stand below each other.
            cells = (*row.marked_cells[:3], row.marked_cells[3] + "  " * (not row.detected))
            table.add_row(*map(escaped, (*cells, row.smallest)))
    return table


def _to_json(pair: Pair) -> Mapping[str, Any]:
    return {
        "of": pair.heading,
        "a": pair.names[0],
        "b": pair.names[1],
        "reps": [len(half.reps) for half in pair.halves],
        "good_reps": [half.form.good if half.form.judged else None for half in pair.halves],
        "differences": {
            diff.name: {
                "title": diff.spec.title,
                "unit": diff.spec.unit,
                "number": diff.spec.judged,
                "at_depth_pct": diff.spec.at_depth_pct,
                "depths_differ": diff.depths_differ,
                "a": {"mean": round(diff.first.value, 3), "sem": round(diff.first.error, 3)},
                "b": {"mean": round(diff.second.value, 3), "sem": round(diff.second.error, 3)},
                "change": round(diff.difference, 3),
                "detectable": round(diff.detectable, 3),
                "detected": diff.detected,
                "symmetry_pct": None if diff.symmetry_pct is None else round(diff.symmetry_pct, 3),
            }
            for diff in pair.differences
        },
    }
