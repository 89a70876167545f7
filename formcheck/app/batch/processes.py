"""Distribute films to processes on this machine.

Each process does one film at a time and lives for the whole batch: starting one takes longer than
a short film. A process that dies costs its film and is replaced; a pool of
``concurrent.futures`` would break as a whole.

A worker checks its pipe after every frame. It stops, and leaves nothing behind, when anything
arrives or when the pipe breaks because the batch's own process was killed.
"""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from formcheck.app.batch.work import Job, OnProgress, Outcome, Stopped, failure

Work = Callable[[Job, OnProgress], Outcome]
OnShare = Callable[[Job, float | None], None]
"""Called with the film being worked on and the share that is done, if known."""

REPORT_EVERY_S = 0.25
STALLED_S = 900.0
"""A film is given up when no frame is finished for this long. Ours: fetching and reading a large
film comes before its first frame."""

_STOP_S = 10.0
_SIGNALS = ("SIGINT", "SIGHUP")


@dataclass
class _Worker:
    """One process, its end of the pipe, and the film it works on."""

    process: SpawnProcess
    pipe: Connection
    job: Job | None = None
    started_s: float = 0.0
    last_message_s: float = math.inf  # inf until it has started, which can take a while

    def give(self, job: Job) -> None:
        self.job = job
        self.started_s = time.monotonic()
        self.last_message_s = max(self.last_message_s, self.started_s)
        # A dead process shows when its pipe is read.
        with contextlib.suppress(OSError):
            self.pipe.send(job)


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
    pool = [_start_worker(work) for _ in range(min(workers, len(jobs)))]
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
                    worker.process.join(_STOP_S)
                    yield _failed(worker, _how_it_died(worker.process.exitcode))
                    pool[place] = _restart(worker, work)
                    continue
                worker.last_message_s = time.monotonic()
                if isinstance(message, Outcome):
                    worker.job = None
                    yield message
                else:
                    _tell(watch, worker.job, message)
    finally:
        _stop_workers(pool)


def usable_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _tell(watch: OnShare | None, job: Job | None, share: float | None) -> None:
    if watch is not None and job is not None:
        watch(job, share)


def _start_worker(work: Work) -> _Worker:
    context = multiprocessing.get_context("spawn")  # a fork would copy threads' locks
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, work), name="formcheck-batch")
    with _ctrl_c_blocked():
        process.start()
    theirs.close()
    return _Worker(process, ours)


def _restart(worker: _Worker, work: Work) -> _Worker:
    _stop_workers([worker], patience_s=0.0)
    return _start_worker(work)


def _stop_workers(pool: Sequence[_Worker], patience_s: float = _STOP_S) -> None:
    """Ask the processes to stop; kill those that do not."""
    for worker in pool:
        with contextlib.suppress(OSError):
            worker.pipe.send(None)
    deadline = time.monotonic() + patience_s
    for worker in pool:
        worker.process.join(max(0.0, deadline - time.monotonic()))
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
        worker.pipe.close()


def _failed(worker: _Worker, reason: str) -> Outcome:
    if worker.job is None:
        raise ValueError("the worker has no film")
    return failure(
        worker.job,
        reason,
        "Analyze this film alone. If that works, run the batch again with fewer films in parallel.",
        round(time.monotonic() - worker.started_s, 3),
    )


def _how_it_died(code: int | None) -> str:
    if code is None or code >= 0:
        return f"its worker process stopped unexpectedly (code {code})"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    memory = ", possibly out of memory" if name == "SIGKILL" else ""
    return f"its worker process was killed ({name}){memory}"


@contextlib.contextmanager
def _ctrl_c_blocked() -> Iterator[None]:
    """Block Ctrl-C while a process starts, so that the child inherits the block.

    A Ctrl-C meanwhile is delivered afterwards, to this process only, which stops the workers.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Python starts this tracker with the first process, which would unblock the signals.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [getattr(signal, name) for name in _SIGNALS])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, work: Work) -> None:
    """Body of a worker: one film after another until told to stop."""
    for name in _SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    last_s = 0.0

    def report(share: float | None) -> None:
        nonlocal last_s
        try:
            if pipe.poll():
                raise Stopped
            if time.monotonic() - last_s >= REPORT_EVERY_S:
                last_s = time.monotonic()
                pipe.send(share)
        except OSError as error:  # the batch's process is gone
            raise Stopped from error

    # Ended, or asked to stop.
    with contextlib.suppress(EOFError, OSError, Stopped, KeyboardInterrupt):
        pipe.send(None)
        while (job := pipe.recv()) is not None:
            pipe.send(work(job, report))
