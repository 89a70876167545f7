"""Analyze the films of a batch in parallel processes of this computer.

Each process analyzes one film at a time and runs for the whole batch. If a process dies, its film
counts as failed, and a new process replaces it; see :mod:`formcheck.app.worker_process`.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from multiprocessing.connection import wait

from formcheck.app.batch.work import Job, OnProgress, Outcome, failure
from formcheck.app.worker_process import (
    STALLED_S,
    STOP_S,
    Worker,
    how_it_died,
    start_worker,
    stop_workers,
)

Work = Callable[[Job, OnProgress], Outcome]
OnShare = Callable[[Job, float | None], None]
"""Called with a film that is being analyzed, and the share that is done (``None`` if unknown)."""

_NAME = "formcheck-batch"


def run_in_processes(
    jobs: Sequence[Job],
    work: Work,
    workers: int,
    watch: OnShare | None = None,
    *,
    stalled_s: float = STALLED_S,
) -> Generator[Outcome, None, None]:
    """Analyze films in parallel; yields each film's outcome as it ends.

    Parameters
    ----------
    jobs
        The films, in the order in which to start them.
    work
        Analyzes one film; a module-level function, as the processes import it.
    workers
        Maximum number of processes.
    watch
        Called when a film starts, and while it is analyzed.
    stalled_s
        A film without progress for this long is given up and its process replaced.

    Closing the iterator stops the workers.
    """
    waiting = deque(jobs)
    pool = [start_worker(work, _NAME) for _ in range(min(workers, len(jobs)))]
    try:
        while waiting or any(worker.job for worker in pool):
            for place, worker in enumerate(pool):
                if worker.job is None and waiting:
                    worker.give(waiting.popleft())
                    _tell(watch, worker.job, 0.0)
                elif worker.job is None:
                    continue
                elif time.monotonic() - worker.last_message_s > stalled_s:
                    reason = f"no progress for {stalled_s:.0f} s, so it was stopped"
                    yield _failed(worker, reason)
                    pool[place] = _restart(worker, work)
            ready = wait([worker.pipe for worker in pool if worker.job], timeout=1.0)
            for place, worker in enumerate(pool):
                if worker.pipe not in ready or worker.job is None:
                    continue
                try:
                    message = worker.pipe.recv()
                except (EOFError, OSError):
                    worker.process.join(STOP_S)
                    yield _failed(worker, how_it_died(worker.process.exitcode))
                    pool[place] = _restart(worker, work)
                    continue
                worker.last_message_s = time.monotonic()
                if isinstance(message, Outcome):
                    worker.job = None
                    yield message
                else:
                    _tell(watch, worker.job, message)
    finally:
        stop_workers(pool)


def _tell(watch: OnShare | None, job: Job | None, share: float | None) -> None:
    if watch is not None and job is not None:
        watch(job, share)


def _restart(worker: Worker[Job], work: Work) -> Worker[Job]:
    stop_workers([worker], patience_s=0.0)
    return start_worker(work, _NAME)


def _failed(worker: Worker[Job], reason: str) -> Outcome:
    if worker.job is None:
        raise ValueError("the worker has no film")
    return failure(
        worker.job,
        reason,
        "Analyze this film alone. If that works, run the batch again with fewer films in parallel.",
        round(time.monotonic() - worker.started_s, 3),
    )
