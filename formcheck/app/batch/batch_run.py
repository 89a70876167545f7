"""Run a batch from end to end: check the options, analyze the films, write the summary tables."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from formcheck.app.batch import cluster, overview, places, table
from formcheck.app.batch.choices import choices_for, load_rules
from formcheck.app.batch.films import FoundFilms
from formcheck.app.batch.processes import OnShare, run_in_processes
from formcheck.app.batch.work import Job, Outcome, run_job
from formcheck.app.options import BatchOptions, require_possible
from formcheck.app.worker_process import usable_cores
from formcheck.data.errors import UsageError
from formcheck.data.settings import CsvStyle
from formcheck.pose.model import find_model
from formcheck.store.extras import require_extra
from formcheck.store.lock import lock
from formcheck.store.results_folder import sweep
from formcheck.store.whole_file import output_error

if TYPE_CHECKING:
    from distributed import Client

CSV_NAME, PARQUET_NAME, OVERVIEW_NAME = "summary.csv", "summary.parquet", "overview.html"
_LOCK_NAME = ".batch.file"

_ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
OnOutcome = Callable[[Outcome], None]
"""Called in this process with each film's outcome, as soon as it is known."""


@dataclass(frozen=True)
class BatchPlan:
    """A checked plan: every film, option and folder is usable."""

    jobs: tuple[Job, ...]
    out: str
    workers: int
    parquet: bool = False
    csv: CsvStyle = "plain"
    scheduler: str | None = None


def make_plan(found: FoundFilms, out: str, options: BatchOptions) -> BatchPlan:
    """Check all options, and return the plan with one job per film.

    Parameters
    ----------
    found
        The films.
    out
        Folder or address for the results.
    options
        Options of the batch.

    Raises
    ------
    UsageError, ModelError
        An option names something that does not exist.
    """
    default = options.for_each_film
    require_possible(options)
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
    one_of_each_scheme = {film.address.partition("://")[0]: film.address for film in found.films}
    for address in one_of_each_scheme.values():
        if places.is_address(address):
            places.check_address(address)
    return BatchPlan(
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
    plan: BatchPlan,
    *,
    watch: OnShare | None = None,
    on_outcome: OnOutcome | None = None,
    tell: cluster.Tell | None = None,
) -> list[Outcome]:
    """Analyze every film of a plan that is not finished, and write the tables.

    The largest films start first, so that the last ones to end are short.

    Parameters
    ----------
    plan
        From :func:`make_plan`.
    watch
        Called with the progress of each film; not on a cluster.
    on_outcome
        Called with each film's outcome, in this process.
    tell
        Called with a line for the user, such as that a cluster has no worker yet.

    Returns
    -------
    Each film's outcome, in the order of the plan.

    Raises
    ------
    UsageError, OutputError
        The batch could not be started.
    KeyboardInterrupt
        After Ctrl-C, once the running films have been stopped and the tables written. Further
        interrupts are ignored until then.
    """
    outcomes: dict[str, Outcome] = {}
    interrupted = False
    with ExitStack() as stack:
        client = None
        if plan.scheduler is not None:
            client = stack.enter_context(cluster.connected(plan.scheduler, tell))
        stack.enter_context(_locked(plan.out))
        # An old table must not be taken for the result of a batch that was killed.
        places.remove(plan.out, (CSV_NAME, PARQUET_NAME, OVERVIEW_NAME))
        jobs = sorted(plan.jobs, key=lambda job: -_size(job.film.address))
        interrupts = stack.enter_context(_one_interrupt())
        try:
            with closing(_outcomes(plan, jobs, client, watch)) as work:
                for outcome in work:
                    outcomes[outcome.film.name] = outcome
                    if on_outcome is not None:
                        on_outcome(outcome)
        except KeyboardInterrupt:
            interrupted = True
        interrupts.ignored = True
        if not places.is_address(plan.out):
            _sweep(plan.jobs, outcomes)
        ordered = [
            outcomes.get(job.film.name, Outcome(job.film, job.choices, "not_reached"))
            for job in plan.jobs
        ]
        _write_tables(plan, ordered)
    if interrupted or interrupts.received:
        raise KeyboardInterrupt
    return ordered


@dataclass
class _Interrupts:
    """Signal handler: the first Ctrl-C ends the work; later ones are ignored."""

    received: bool = False
    ignored: bool = False

    def __call__(self, *_: object) -> None:
        self.received = True
        if not self.ignored:
            self.ignored = True
            raise KeyboardInterrupt


@contextmanager
def _one_interrupt() -> Iterator[_Interrupts]:
    """Raise ``KeyboardInterrupt`` for the first Ctrl-C or other ending signal only.

    The tables can then be written without another interrupt.
    """
    interrupts = _Interrupts()
    before = {}
    if threading.current_thread() is threading.main_thread():
        for name in _ENDING_SIGNALS:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.default_int_handler:
                before[number] = signal.signal(number, interrupts)
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _outcomes(
    plan: BatchPlan, jobs: Sequence[Job], client: Client | None, watch: OnShare | None
) -> Generator[Outcome, None, None]:
    if client is not None:
        return cluster.run_on_cluster(jobs, client)
    return run_in_processes(jobs, run_job, plan.workers, watch)


def _sweep(jobs: Sequence[Job], outcomes: Mapping[str, Outcome]) -> None:
    """Remove temporary folders that killed workers left for films without results."""
    for job in jobs:
        if job.film.name not in outcomes or outcomes[job.film.name].status == "failed":
            sweep(Path(job.folder))


def _write_tables(plan: BatchPlan, outcomes: Sequence[Outcome]) -> None:
    with places.local_results(plan.out) as folder:
        table.write_csv(folder / CSV_NAME, outcomes, plan.csv)
        if plan.parquet:
            table.write_parquet(folder / PARQUET_NAME, outcomes)
        overview.write(folder / OVERVIEW_NAME, outcomes)


def _folder(out: str, name: str) -> str:
    """Return the results folder of a film; ``UsageError`` if a link leads out of ``out``."""
    parts = name.split("/")
    if not places.is_address(out):
        base = Path(out)
        if not base.joinpath(*parts).resolve().is_relative_to(base):
            raise UsageError(
                f"the results folder {name!r} is a link to a place outside of {out!r}",
                hint="Remove the link, or choose another folder.",
                options=("out",),
            )
    return places.below(out, *parts)


def _size(address: str) -> int:
    """Return a film's size; 0 for one at an address."""
    with suppress(OSError):
        return 0 if places.is_address(address) else Path(address).stat().st_size
    return 0


@contextmanager
def _locked(out: str) -> Iterator[None]:
    """Create and lock the folder, so that no other batch works in it.

    The lock ends with the process, also if the process is killed.
    """
    if places.is_address(out):
        yield
        return
    try:
        Path(out).mkdir(parents=True, exist_ok=True)
        file = (Path(out) / _LOCK_NAME).open("a")
    except OSError as error:
        raise output_error(Path(out), error) from error
    with file:
        _lock(file, out)
        yield


def _lock(file: TextIO, out: str) -> None:
    try:
        lock(file.fileno())
    except BlockingIOError as error:
        raise UsageError(
            f"another batch is already running in {out}",
            hint="Wait for it, or choose another folder.",
            options=("out",),
        ) from error
    except OSError:
        return  # a disk without locks, as some network disks are
