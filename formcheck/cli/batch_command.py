"""The command ``batch``: analyzes many films, and prints a line for each and a total."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from formcheck.app.batch.batch_run import (
    CSV_NAME,
    OVERVIEW_NAME,
    PARQUET_NAME,
    OnOutcome,
    make_plan,
    run_batch,
)
from formcheck.app.batch.films import find_films
from formcheck.app.batch.places import is_address
from formcheck.app.batch.processes import OnShare
from formcheck.app.batch.table import record
from formcheck.app.options import BatchOptions, HistoryOptions
from formcheck.cli import BAD_INPUT, DONE, INTERRUPTED, NO_REPETITION
from formcheck.cli.console import console
from formcheck.cli.lines import error_line, escaped, one_line, print_json
from formcheck.data.errors import FormcheckError, HistoryError, UsageError
from formcheck.data.numbers import count_words, good_of
from formcheck.exercises import effort_of

if TYPE_CHECKING:
    from formcheck.app.batch.work import Job, Outcome, Status

_TOTALS: dict[Status, str] = {
    "done": "done",
    "no_repetition": "with nothing found",
    "failed": "failed",
}


def analyze_films(
    where: Path, options: BatchOptions, history_options: HistoryOptions, *, as_json: bool
) -> int:
    """Analyze many films, print each outcome, and return the exit code.

    Raises
    ------
    FormcheckError
        There are no films, or an option names something that does not exist. No film is analyzed.
    """
    target = options.out or f"{Path(os.path.realpath(where)).stem}_formcheck"
    found = find_films(where, None if is_address(target) else Path(target))
    plan = make_plan(found, target, options)
    if found.skipped:
        files = count_words(found.skipped, "other file")
        _print_line(f"{count_words(len(found.films), 'film')}; {files} skipped")
    outcomes: list[Outcome] = []
    adds = history_options.history and not is_address(plan.out)
    history = _HistoryAdder(plan.out, history_options.db) if adds else None
    try:
        with _progress(len(plan.jobs)) as (watch, show):

            def on_outcome(outcome: Outcome) -> None:
                outcomes.append(outcome)
                show(outcome)
                if history is not None:
                    history.add(outcome)

            results = run_batch(plan, watch=watch, on_outcome=on_outcome, tell=_print_notice)
    except KeyboardInterrupt:
        _print_line(
            f"formcheck: interrupted after {len(outcomes)} of "
            f"{count_words(len(plan.jobs), 'film')}. Run the same command again to continue."
        )
        return INTERRUPTED
    if as_json:
        print_json([record(outcome) for outcome in results], ascii_only=True)
    else:
        _print_total(results, target, parquet=options.parquet)
    return _exit_code(results)


@dataclass(frozen=True)
class _HistoryAdder:
    """Adds the films to the history; the same problem is printed only once."""

    out: str
    db: Path | None
    printed: set[str] = field(default_factory=set)

    def add(self, outcome: Outcome) -> None:
        """Add a film to the history, if it is missing there; also one of an earlier run."""
        if outcome.status != "done" or is_address(outcome.film.address):
            return
        from formcheck.app.batch.history_note import record_added, was_added
        from formcheck.store.history.database import default_path

        folder = Path(self.out, outcome.film.folder)
        history, person = self.db or default_path(), outcome.choices.person
        if was_added(folder, history, person):
            return
        try:
            self._add_session(outcome, folder)
            record_added(folder, history, person)
        except HistoryError as error:
            self._report(
                f"{error_line(error)} Fix that and run the same command again; missing films are "
                "then added."
            )
        except FormcheckError as error:
            self._report(f"{escaped(outcome.film.name)}: {error_line(error)}")

    def _add_session(self, outcome: Outcome, folder: Path) -> None:
        from formcheck.app.batch.receipt import film_sha256
        from formcheck.cli.history_command import open_history
        from formcheck.store.history.history_store import is_sure
        from formcheck.store.session_file import load

        session = load(folder)
        if not is_sure(session):
            raise UsageError(
                "could not tell which leg was working",
                hint="Set it in the column 'side' of the file with options for individual films",
                options=("per_film",),
            )
        with open_history(self.db, create=True) as opened:
            opened.keep(
                session,
                person=outcome.choices.person,
                film_sha256=film_sha256(folder),
                folder=folder,
            )

    def _report(self, why: str) -> None:
        if why not in self.printed:
            self.printed.add(why)
            _print_line(f"formcheck: not added to the history: {why}")


def _exit_code(outcomes: list[Outcome]) -> int:
    statuses = {outcome.status for outcome in outcomes}
    if "failed" in statuses:
        return BAD_INPUT
    return DONE if "done" in statuses else NO_REPETITION


def _print_total(outcomes: list[Outcome], target: str, *, parquet: bool) -> None:
    screen = console()
    counts = Counter(outcome.status for outcome in outcomes)
    earlier = Counter(outcome.status for outcome in outcomes if outcome.earlier)
    parts = [
        f"{counts[status]} {words}" + _in_an_earlier_run(earlier[status], counts[status])
        for status, words in _TOTALS.items()
        if counts[status] or status == "done"
    ]
    screen.print(f"{count_words(len(outcomes), 'film')}: {', '.join(parts)}.")
    for outcome in outcomes:
        if outcome.status == "failed":
            why = one_line(outcome.reason, outcome.hint)
            screen.print(f"  {escaped(outcome.film.name)}: {why}", soft_wrap=True)
    screen.print()
    for name in (OVERVIEW_NAME, CSV_NAME, *([PARQUET_NAME] if parquet else [])):
        screen.print(escaped(f"{target.rstrip('/')}/{name}"), soft_wrap=True)


def _in_an_earlier_run(earlier: int, count: int) -> str:
    if not earlier:
        return ""
    return " (in an earlier run)" if earlier == count else f" ({earlier} of them in an earlier run)"


@contextmanager
def _progress(total: int) -> Iterator[tuple[OnShare | None, OnOutcome]]:
    """Print a line for each finished film; on a terminal, also show progress bars.

    Yields the two callbacks for the batch: for the progress of a film, and for its result.
    """
    screen = console(sys.stderr)
    done = 0

    def line(outcome: Outcome) -> str:
        nonlocal done
        done += 1
        width = len(str(total))
        return f"[{done:{width}}/{total}] {escaped(outcome.film.name)}: {_result_words(outcome)}"

    if not screen.is_terminal:
        yield None, lambda outcome: _print_line(line(outcome))
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None if screen.width < 70 else 24),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen, transient=True) as bars:
        whole = bars.add_task(f"0 of {count_words(total, 'film')}", total=total)
        in_progress: dict[str, TaskID] = {}

        def watch(job: Job, share: float | None) -> None:
            name = job.film.name
            if name not in in_progress:
                in_progress[name] = bars.add_task(escaped(name)[-40:], total=None)
            if share is not None and share > 0:
                bars.update(in_progress[name], completed=share, total=1.0)

        def show(outcome: Outcome) -> None:
            task = in_progress.pop(outcome.film.name, None)
            if task is not None:
                bars.remove_task(task)
            bars.console.print(line(outcome), soft_wrap=True)
            bars.update(
                whole, completed=done, description=f"{done} of {count_words(total, 'film')}"
            )

        yield watch, show


def _result_words(outcome: Outcome) -> str:
    row = outcome.row
    if row is None and outcome.status == "no_repetition":
        return f"{escaped(outcome.reason)} ({_time_words(outcome)})"
    if row is None:
        return f"failed: {one_line(outcome.reason)}"
    effort = effort_of(row.exercise)
    count = count_words(row.reps, effort)
    form = good_of(row.good_reps, row.form_judged_reps)
    form = f"{form} with good form" if row.form_judged_reps else f"form {form}"
    found = (count, form) if row.reps else (f"no {effort} found",)
    return f"{', '.join(filter(None, (row.exercise, *found)))} ({_time_words(outcome)})"


def _time_words(outcome: Outcome) -> str:
    return "finished earlier" if outcome.earlier else f"{outcome.took_s:.1f} s"


def _print_notice(line: str) -> None:
    _print_line(f"formcheck: {escaped(line)}")


def _print_line(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
