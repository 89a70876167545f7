"""The command ``batch``: one line for each film, a total, and what could not be analyzed."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from formcheck.app.batch.batch_run import (
    CSV_NAME,
    OVERVIEW_NAME,
    PARQUET_NAME,
    make_plan,
    run_batch,
)
from formcheck.app.batch.films import find_films
from formcheck.app.batch.places import is_address
from formcheck.app.batch.table import record
from formcheck.app.options import BatchOptions, HistoryOptions
from formcheck.cli import BAD_INPUT, DONE, INTERRUPTED, NO_REPETITION
from formcheck.cli.console import console
from formcheck.cli.lines import one_line, printable, said
from formcheck.data.errors import FormcheckError, HistoryError, UsageError
from formcheck.data.numbers import good_of

if TYPE_CHECKING:
    from formcheck.app.batch.work import Job, Outcome

OnOutcome = Callable[["Outcome"], None]
Watch = Callable[["Job", float | None], None]


def analyze_films(
    where: Path, options: BatchOptions, keeping: HistoryOptions, *, as_json: bool
) -> int:
    """Analyze many films, print the outcome of each, and give the exit code.

    Raises
    ------
    FormcheckError
        When there are no films, or something asked for does not exist. No film is analyzed then.
    """
    target = options.out or f"{Path(os.path.realpath(where)).stem}_formcheck"
    found = find_films(where, None if is_address(target) else Path(target))
    plan = make_plan(found, target, options)
    if found.passed_over:
        files = "1 other file" if found.passed_over == 1 else f"{found.passed_over} other files"
        _say(f"{_films(len(found.films))}; {files} skipped")
    outcomes: list[Outcome] = []
    joining = (
        _Joining(plan.out, keeping.db) if keeping.history and not is_address(plan.out) else None
    )
    try:
        with _progress(len(plan.jobs)) as (watch, show):

            def on_outcome(outcome: Outcome) -> None:
                outcomes.append(outcome)
                show(outcome)
                if joining is not None:
                    joining.take(outcome)

            results = run_batch(plan, watch=watch, on_outcome=on_outcome, tell=_tell)
    except KeyboardInterrupt:
        _say(
            f"formcheck: interrupted after {len(outcomes)} of {_films(len(plan.jobs))}. "
            "Run the same command again to go on."
        )
        return INTERRUPTED
    if as_json:
        rows = [record(outcome) for outcome in results]
        sys.stdout.write(json.dumps(rows, indent=2, ensure_ascii=True, allow_nan=False) + "\n")
    else:
        _print_total(results, target, parquet=options.parquet)
    return _exit_code(results)


@dataclass(frozen=True)
class _Joining:
    """Adds films to the history, each once; prints the same problem once."""

    out: str
    db: Path | None
    printed: set[str] = field(default_factory=set)

    def take(self, outcome: Outcome) -> None:
        """Add a film to the history, also one of an earlier run that is missing there."""
        if outcome.status != "done" or is_address(outcome.film.address):
            return
        from formcheck.app.batch.joined import has_joined, note
        from formcheck.store.history.database import default_path

        folder = Path(self.out, outcome.film.folder)
        history, person = self.db or default_path(), outcome.choices.person
        if has_joined(folder, history, person):
            return
        try:
            self._add(outcome, folder)
            note(folder, history, person)
        except HistoryError as error:
            self._report(
                f"{said(error)} Once that is fixed, run the same command again: what is missing "
                "in the history is added."
            )
        except FormcheckError as error:
            self._report(f"{printable(outcome.film.name)}: {said(error)}")

    def _add(self, outcome: Outcome, folder: Path) -> None:
        from formcheck.app.batch.receipt import film_sha256
        from formcheck.cli.history_command import is_sure, open_history
        from formcheck.store.session_file import load

        session = load(folder)
        if not is_sure(session):
            raise UsageError(
                "the working leg is not sure",
                hint="Say it in the column 'side' of the file with the settings for single films.",
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
            _say(f"formcheck: not added to the history: {why}")


def _exit_code(outcomes: list[Outcome]) -> int:
    statuses = {outcome.status for outcome in outcomes}
    if "failed" in statuses:
        return BAD_INPUT
    return DONE if "done" in statuses else NO_REPETITION


def _print_total(outcomes: list[Outcome], target: str, *, parquet: bool) -> None:
    screen = console()
    counts = Counter(outcome.status for outcome in outcomes)
    earlier = sum(outcome.earlier for outcome in outcomes)
    parts = [
        f"{counts['done']} done",
        f"{counts['no_repetition']} without a repetition" if counts["no_repetition"] else "",
        f"{counts['failed']} failed" if counts["failed"] else "",
    ]
    total = f"{_films(len(outcomes))}: {', '.join(part for part in parts if part)}"
    screen.print(f"{total} ({earlier} of them earlier)." if earlier else f"{total}.")
    for outcome in outcomes:
        if outcome.status == "failed":
            why = one_line(outcome.reason, outcome.hint)
            screen.print(f"  {printable(outcome.film.name)}: {why}", soft_wrap=True)
    screen.print()
    for name in (OVERVIEW_NAME, CSV_NAME, *([PARQUET_NAME] if parquet else [])):
        screen.print(printable(f"{target.rstrip('/')}/{name}"), soft_wrap=True)


@contextmanager
def _progress(total: int) -> Iterator[tuple[Watch | None, OnOutcome]]:
    """Show one line for each film that ends; on a terminal also those in progress and a total."""
    screen = console(sys.stderr)
    done = 0

    def line(outcome: Outcome) -> str:
        nonlocal done
        done += 1
        width = len(str(total))
        return f"[{done:{width}}/{total}] {printable(outcome.film.name)}: {_in_words(outcome)}"

    if not screen.is_terminal:
        yield None, lambda outcome: _say(line(outcome))
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None if screen.width < 70 else 24),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen, transient=True) as bars:
        whole = bars.add_task(f"0 of {_films(total)}", total=total)
        in_progress: dict[str, TaskID] = {}

        def watch(job: Job, share: float | None) -> None:
            name = job.film.name
            if name not in in_progress:
                in_progress[name] = bars.add_task(printable(name)[-40:], total=None)
            if share is not None and share > 0:
                bars.update(in_progress[name], completed=share, total=1.0)

        def show(outcome: Outcome) -> None:
            task = in_progress.pop(outcome.film.name, None)
            if task is not None:
                bars.remove_task(task)
            bars.console.print(line(outcome), soft_wrap=True)
            bars.update(whole, completed=done, description=f"{done} of {_films(total)}")

        yield watch, show


def _in_words(outcome: Outcome) -> str:
    row = outcome.row
    if row is None and outcome.status == "no_repetition":
        return f"{printable(outcome.reason)} ({_when(outcome)})"
    if row is None:
        return f"failed: {one_line(outcome.reason)}"
    count = "1 repetition" if row.reps == 1 else f"{row.reps} repetitions"
    form = good_of(row.good_reps, row.form_judged_reps)
    form = f"{form} with good form" if row.form_judged_reps else f"form {form}"
    found = (count, form) if row.reps else ("no repetition found",)
    return f"{', '.join(filter(None, (row.exercise, *found)))} ({_when(outcome)})"


def _when(outcome: Outcome) -> str:
    return "finished earlier" if outcome.earlier else f"{outcome.took_s:.1f} s"


def _films(count: int) -> str:
    return "1 film" if count == 1 else f"{count} films"


def _tell(line: str) -> None:
    _say(f"formcheck: {printable(line)}")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
