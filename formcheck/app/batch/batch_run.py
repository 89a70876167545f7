"""The batch from end to end: the films, the work, the tables."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from formcheck.app.batch import cluster, overview, places, table
from formcheck.app.batch.choices import choices_for, load_rules
from formcheck.app.batch.films import Found
from formcheck.app.batch.processes import Watch, run_in_processes, usable_cores
from formcheck.app.batch.work import Job, Outcome, run_job
from formcheck.app.options import BatchOptions, require_possible
from formcheck.data.errors import UsageError
from formcheck.data.settings import CsvStyle
from formcheck.pose.model import find_model
from formcheck.store.extras import require_extra
from formcheck.store.results_folder import sweep
from formcheck.store.whole_file import output_error

if TYPE_CHECKING:
    from distributed import Client

CSV_NAME, PARQUET_NAME, OVERVIEW_NAME = "summary.csv", "summary.parquet", "overview.html"
_LOCK_NAME = ".batch.lock"

_ENDINGS = ("SIGINT", "SIGTERM", "SIGHUP")
OnOutcome = Callable[[Outcome], None]
"""Called in this process with what came of each film, as soon as it is known."""


@dataclass(frozen=True)
class Plan:
    """What is to be done: checked, so that nothing is begun that could not be."""

    jobs: tuple[Job, ...]
    out: str
    workers: int
    parquet: bool = False
    csv: CsvStyle = "plain"
    scheduler: str | None = None


def make_plan(found: Found, out: str, options: BatchOptions) -> Plan:
    """Say what is to be done with each film.

    Parameters
    ----------
    found
        The films.
    out
        Folder or address for the results.
    options
        How the films are to be analyzed, and by whom.

    Raises
    ------
    UsageError, ModelError
        When something asked for does not exist.
    """
    default = options.for_each_film
    require_possible(default)
    rules = () if options.per_film is None else load_rules(options.per_film)
    exports = options.exports
    if options.parquet:
        require_extra("parquet", ("parquet",))
    find_model(options.model)
    chosen = choices_for([film.name for film in found.films], default, rules)
    if not places.is_address(out):
        out = str(Path(out).resolve())
    else:
        places.check_address(out)
    for address in {
        film.address.partition("://")[0]: film.address for film in found.films
    }.values():
        if places.is_address(address):
            places.check_address(address)
    return Plan(
        jobs=tuple(
            Job(
                film=film,
                folder=_folder(out, film.folder),
                choices=chosen[film.name],
                settings=options.analysis_settings,
                video_out=options.video_out,
                model=None if options.model is None else str(options.model.resolve()),
                exports=exports,
            )
            for film in found.films
        ),
        out=out,
        workers=options.jobs or usable_cores(),
        parquet=options.parquet,
        csv=options.analysis_settings.csv,
        scheduler=options.scheduler,
    )


def run_batch(
    plan: Plan,
    *,
    watch: Watch | None = None,
    on_outcome: OnOutcome | None = None,
    tell: cluster.Tell | None = None,
) -> list[Outcome]:
    """Analyze every film of a plan that is not finished, and write the tables.

    The films are begun with the largest, so that the last ones to end are short.

    Parameters
    ----------
    plan
        From :func:`make_plan`.
    watch
        Called while a film is under way; not on a cluster.
    on_outcome
        Called with what came of each film. What should happen once for each film, in one process,
        belongs here.
    tell
        Called with a line for the user, as that a cluster has no worker yet.

    Returns
    -------
    What came of each film, in the order of the plan.

    Raises
    ------
    UsageError, OutputError
        When nothing could be begun.
    KeyboardInterrupt
        After Ctrl-C, when the films under way have been stopped and the tables written. Further
        ones are held back until then.
    """
    outcomes: dict[str, Outcome] = {}
    interrupted = False
    with ExitStack() as stack:
        client = None
        if plan.scheduler is not None:
            client = stack.enter_context(cluster.connected(plan.scheduler, tell))
        stack.enter_context(_alone_in(plan.out))
        # An old table must not be taken for the result of a batch that was killed.
        places.remove(plan.out, (CSV_NAME, PARQUET_NAME, OVERVIEW_NAME))
        jobs = sorted(plan.jobs, key=lambda job: -_size(job.film.address))
        interrupts = stack.enter_context(_one_interrupt())
        try:
            with closing(_working(plan, jobs, client, watch)) as work:
                for outcome in work:
                    outcomes[outcome.film.name] = outcome
                    if on_outcome is not None:
                        on_outcome(outcome)
        except KeyboardInterrupt:
            interrupted = True
        interrupts.held = True
        if not places.is_address(plan.out):
            _sweep(plan.jobs, outcomes)
        ordered = [
            outcomes.get(job.film.name, Outcome(job.film, job.choices, "not_reached"))
            for job in plan.jobs
        ]
        _write_tables(plan, ordered)
    if interrupted or interrupts.came:
        raise KeyboardInterrupt
    return ordered


@dataclass
class _Interrupts:
    """What Ctrl-C does: it ends the work once; then it is held back while all is put in order."""

    came: bool = False
    held: bool = False

    def __call__(self, *_: object) -> None:
        self.came = True
        if not self.held:
            self.held = True
            raise KeyboardInterrupt


@contextmanager
def _one_interrupt() -> Iterator[_Interrupts]:
    """Let the first Ctrl-C through only; signals that the program takes for one, likewise."""
    interrupts = _Interrupts()
    before = {}
    if threading.current_thread() is threading.main_thread():
        for name in _ENDINGS:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.default_int_handler:
                before[number] = signal.signal(number, interrupts)
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _working(
    plan: Plan, jobs: Sequence[Job], client: Client | None, watch: Watch | None
) -> Generator[Outcome, None, None]:
    if client is not None:
        return cluster.run_on_cluster(jobs, client)
    return run_in_processes(jobs, run_job, plan.workers, watch)


def _sweep(jobs: Sequence[Job], outcomes: Mapping[str, Outcome]) -> None:
    """Remove what workers that were killed left beside the folders of films without results."""
    for job in jobs:
        if job.film.name not in outcomes or outcomes[job.film.name].status == "failed":
            sweep(Path(job.folder))


def _write_tables(plan: Plan, outcomes: Sequence[Outcome]) -> None:
    with places.results_at_hand(plan.out) as folder:
        table.write_csv(folder / CSV_NAME, outcomes, plan.csv)
        if plan.parquet:
            table.write_parquet(folder / PARQUET_NAME, outcomes)
        overview.write(folder / OVERVIEW_NAME, outcomes)


def _folder(out: str, name: str) -> str:
    """Give the results folder of a film; refuse one that a link leads out of ``out``."""
    parts = name.split("/")
    if not places.is_address(out):
        base = Path(out)
        if not base.joinpath(*parts).resolve().is_relative_to(base):
            raise UsageError(
                f"the results folder {name!r} leads out of {out!r}",
                hint="Remove the link there, or choose another folder.",
                options=("out",),
            )
    return places.below(out, *parts)


def _size(address: str) -> int:
    """Give a film's size; 0 when that would have to be asked elsewhere."""
    with suppress(OSError):
        return 0 if places.is_address(address) else Path(address).stat().st_size
    return 0


@contextmanager
def _alone_in(out: str) -> Iterator[None]:
    """Make sure that no other batch works in the same folder; the folder is there afterwards.

    The lock goes with the process, so one that was killed leaves none.
    """
    if places.is_address(out):
        yield
        return
    try:
        Path(out).mkdir(parents=True, exist_ok=True)
        lock = (Path(out) / _LOCK_NAME).open("a")
    except OSError as error:
        raise output_error(Path(out), error) from error
    with lock:
        _take(lock, out)
        yield


def _take(lock: TextIO, out: str) -> None:
    if os.name == "nt":
        return
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise UsageError(
            f"another batch is at work in {out}",
            hint="Wait for it, or choose another folder.",
            options=("out",),
        ) from error
    except OSError:
        return  # a disk without locks, as some network disks are
