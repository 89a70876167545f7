"""Analyze the films of a batch on the workers of an existing Dask cluster.

Each worker runs the same function as a local process. Films and results folder must have the same
paths on all computers, as on a shared disk, or be storage addresses such as ``s3://...``, which the
package fsspec opens.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any

from formcheck import __version__
from formcheck.app.batch.work import Job, Outcome, failure, run_job
from formcheck.data.errors import UsageError

if TYPE_CHECKING:
    from distributed import Client

CONNECT_S = 20
Tell = Callable[[str], None]
"""Called with a line for the user."""


def run_on_cluster(
    jobs: Sequence[Job], client: Client, work: Callable[[Job], Outcome] = run_job
) -> Generator[Outcome, None, None]:
    """Analyze films on a cluster; yields each film's outcome as it ends.

    A film whose worker is lost starts again on another one; Dask gives up after
    ``distributed.scheduler.allowed-failures`` attempts.

    Parameters
    ----------
    jobs
        The films, in the order in which to start them.
    client
        From :func:`connected`.
    work
        Analyzes one film; a module-level function, as the workers import it.

    Closing the iterator cancels films that have not started. A worker finishes the film it works
    on; the next run finds its results.
    """
    from distributed import as_completed

    futures = {
        client.submit(_work_of_version, work, __version__, job, pure=False): job for job in jobs
    }
    try:
        for future in as_completed(list(futures), loop=client.loop):
            yield _outcome(future, futures[future])
    finally:
        client.cancel([future for future in futures if not future.done()])


def connected(scheduler: str, tell: Tell | None = None) -> Client:
    """Connect to a cluster whose workers have this formcheck; raises ``UsageError``.

    A worker that does not answer is ignored, as it may be about to stop. If there is no worker yet,
    ``tell`` is called, as the films would wait for ever.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            "measuring on a cluster needs the package Dask",
            hint="Run: pip install 'formcheck[cluster]'.",
        ) from error
    try:
        client = Client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(
            f"no Dask scheduler answers at {scheduler!r}",
            hint="Start one with `dask scheduler`, and give the address that it prints.",
        ) from error
    try:
        if not _check_workers(client) and tell is not None:
            tell(
                f"no worker is connected to {scheduler} yet. Start one with `dask worker "
                f"{scheduler}`"
            )
    except BaseException:
        client.close()
        raise
    return client


def _check_workers(client: Client) -> bool:
    """Return whether there is a worker; raises ``UsageError`` if one has another version."""

    async def ask() -> dict[str, Any]:
        answers: dict[str, Any] = await client.run(worker_version, on_error="return")
        return answers

    try:
        answers = client.sync(ask, callback_timeout=CONNECT_S)
    except TimeoutError:  # one hangs; another version is refused film by film
        return True
    for where, answer in answers.items():
        if isinstance(answer, ImportError | AttributeError):
            raise UsageError(
                f"the worker {where} does not have formcheck",
                hint="Install formcheck[cluster] where the workers run.",
            ) from answer
        if isinstance(answer, str) and answer != __version__:
            raise UsageError(_other_version(where, answer, __version__), hint=_SAME_VERSION)
    return any(isinstance(answer, str) for answer in answers.values())


_SAME_VERSION = "Install the same version everywhere, or the results would differ."


def _other_version(where: str, theirs: str, ours: str) -> str:
    return f"the worker {where} has formcheck {theirs}, but this is {ours}"


def _work_of_version(work: Callable[[Job], Outcome], version: str, job: Job) -> Outcome:
    """Analyze one film if this worker, which may have joined later, has the right version."""
    if worker_version() != version:
        return failure(
            job, _other_version("that took it", worker_version(), version), _SAME_VERSION
        )
    return work(job)


def worker_version() -> str:
    """Return the version of formcheck on this worker."""
    return __version__


def _outcome(future: Any, job: Job) -> Outcome:
    error = future.exception()
    if error is None:
        outcome = future.result()
        return (
            outcome
            if isinstance(outcome, Outcome)
            else failure(job, "the worker returned no result")
        )
    if type(error).__name__ == "KilledWorker":
        return failure(
            job,
            "every worker that tried this film stopped unexpectedly",
            "Analyze this film alone. If that works, give the workers more memory.",
        )
    return failure(job, f"the worker failed: {type(error).__name__}: {error}")
