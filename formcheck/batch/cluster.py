"""Films handed out to the workers of a Dask cluster that is there already.

Every worker runs the same function as a local process does. It has to see the films and the
results folder by the same paths, as on a shared disk; or they are addresses that fsspec opens.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any

from formcheck import __version__
from formcheck.batch.work import Job, Outcome, failure, run_job
from formcheck.errors import UsageError

if TYPE_CHECKING:
    from distributed import Client

CONNECT_S = 20


def run_on_cluster(
    jobs: Sequence[Job], client: Client, work: Callable[[Job], Outcome] = run_job
) -> Generator[Outcome, None, None]:
    """Work on films on a cluster; gives what came of each in the order in which they end.

    A film whose worker is lost is begun again on another one; Dask gives it up when that has
    happened more often than its ``distributed.scheduler.allowed-failures`` says.

    Parameters
    ----------
    jobs
        The films, in the order in which they are begun.
    client
        From :func:`connected`.
    work
        Does one film; a function of a module, as the workers import it.

    Closing the iterator takes back what has not been begun. A film under way is finished by its
    worker: its results are whole, and found finished the next time.
    """
    from distributed import as_completed

    futures = {client.submit(work, job, pure=False): job for job in jobs}
    try:
        for future in as_completed(list(futures), loop=client.loop):
            yield _outcome(future, futures[future])
    finally:
        client.cancel([future for future in futures if not future.done()])


def connected(scheduler: str) -> Client:
    """Connect to a cluster whose workers have this formcheck; raises ``UsageError``."""
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            "--scheduler needs Dask", hint="Run: pip install 'formcheck[cluster]'."
        ) from error
    try:
        client = Client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(
            f"no Dask scheduler answers at {scheduler!r}",
            hint="Start one with `dask scheduler`, and give the address that it prints.",
        ) from error
    try:
        _check_workers(client)
    except BaseException:
        client.close()
        raise
    return client


def _check_workers(client: Client) -> None:
    try:
        versions: dict[str, str] = client.run(worker_version)
    except (ImportError, AttributeError) as error:
        raise UsageError(
            "the cluster's workers do not have formcheck",
            hint="Install formcheck[cluster] where the workers run.",
        ) from error
    others = {where: version for where, version in versions.items() if version != __version__}
    if others:
        where, version = next(iter(others.items()))
        raise UsageError(
            f"the worker {where} has formcheck {version}, but this is {__version__}",
            hint="Install the same version everywhere, or the results would differ.",
        )


def worker_version() -> str:
    """Give the version of formcheck where this runs."""
    return __version__


def _outcome(future: Any, job: Job) -> Outcome:
    error = future.exception()
    if error is None:
        outcome = future.result()
        return outcome if isinstance(outcome, Outcome) else failure(job, "the worker gave nothing")
    if type(error).__name__ == "KilledWorker":
        return failure(
            job,
            "every worker that worked on it died",
            "Analyze the film by itself; if that works, give the workers more memory.",
        )
    return failure(job, f"the worker failed: {type(error).__name__}: {error}")
