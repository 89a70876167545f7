"""Films handed out to processes of this machine.

Each process does one film at a time and lives for the whole batch: starting one takes longer than
a short film. A process that dies costs its film and is replaced; a pool of
``concurrent.futures`` would be lost as a whole.

A worker stops when anything comes down its pipe, or the pipe breaks because the batch's own
process was killed: it looks after every frame, and leaves nothing behind.
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
Watch = Callable[[Job, float | None], None]
"""Called with a film under way and the share of it that is done, if known."""

REPORT_EVERY_S = 0.25
STALLED_S = 900.0
"""A film of which no frame has been finished for so long is given up. Ours: reading and fetching
a large film comes before its first frame."""

_STOP_S = 10.0
_SIGNALS = ("SIGINT", "SIGHUP")


@dataclass
class _Worker:
    """One process, its end of the pipe, and the film it is at work on."""

    process: SpawnProcess
    pipe: Connection
    job: Job | None = None
    started: float = 0.0
    heard: float = math.inf  # until it has come up: that may take a while on a busy machine

    def give(self, job: Job) -> None:
        self.job = job
        self.started = time.monotonic()
        self.heard = max(self.heard, self.started)
        # A process that has died meanwhile is found dead when its pipe is read.
        with contextlib.suppress(OSError):
            self.pipe.send(job)


def run_in_processes(
    jobs: Sequence[Job],
    work: Work,
    workers: int,
    watch: Watch | None = None,
    *,
    stalled_s: float = STALLED_S,
) -> Generator[Outcome, None, None]:
    """Work on films in parallel; gives what came of each in the order in which they end.

    Parameters
    ----------
    jobs
        The films, in the order in which they are begun.
    work
        Does one film; a function of a module, as the processes import it.
    workers
        The most processes at once.
    watch
        Called when a film is begun, and while it is under way.
    stalled_s
        After so long without progress a film is given up and its process replaced.

    Closing the iterator stops the workers.
    """
    waiting = deque(jobs)
    staff = [_hire(work) for _ in range(min(workers, len(jobs)))]
    try:
        while waiting or any(worker.job for worker in staff):
            for place, worker in enumerate(staff):
                if worker.job is None and waiting:
                    worker.give(waiting.popleft())
                    _tell(watch, worker.job, 0.0)
                elif worker.job is None:
                    continue
                elif time.monotonic() - worker.heard > stalled_s:
                    reason = f"no progress for {stalled_s:.0f} s, so it was stopped"
                    yield _lost(worker, reason)
                    staff[place] = _replaced(worker, work)
            ready = wait([worker.pipe for worker in staff if worker.job], timeout=1.0)
            for place, worker in enumerate(staff):
                if worker.pipe not in ready or worker.job is None:
                    continue
                try:
                    message = worker.pipe.recv()
                except (EOFError, OSError):
                    worker.process.join(_STOP_S)
                    yield _lost(worker, _how_it_died(worker.process.exitcode))
                    staff[place] = _replaced(worker, work)
                    continue
                worker.heard = time.monotonic()
                if isinstance(message, Outcome):
                    worker.job = None
                    yield message
                else:
                    _tell(watch, worker.job, message)
    finally:
        _dismiss(staff)


def usable_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _tell(watch: Watch | None, job: Job | None, share: float | None) -> None:
    if watch is not None and job is not None:
        watch(job, share)


def _hire(work: Work) -> _Worker:
    context = multiprocessing.get_context("spawn")  # a fork would copy threads' locks
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, work), name="formcheck-batch")
    with _interrupts_held_back():
        process.start()
    theirs.close()
    return _Worker(process, ours)


def _replaced(worker: _Worker, work: Work) -> _Worker:
    _dismiss([worker], patience_s=0.0)
    return _hire(work)


def _dismiss(staff: Sequence[_Worker], patience_s: float = _STOP_S) -> None:
    """Let the processes stop by themselves; end those that do not."""
    for worker in staff:
        with contextlib.suppress(OSError):
            worker.pipe.send(None)
    deadline = time.monotonic() + patience_s
    for worker in staff:
        worker.process.join(max(0.0, deadline - time.monotonic()))
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
        worker.pipe.close()


def _lost(worker: _Worker, reason: str) -> Outcome:
    if worker.job is None:
        raise ValueError("the worker had no film")
    return failure(
        worker.job,
        reason,
        "Analyze this film alone. If that works, run the batch again with fewer films in parallel.",
        round(time.monotonic() - worker.started, 3),
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
def _interrupts_held_back() -> Iterator[None]:
    """Start a process that Ctrl-C does not reach; one that comes meanwhile is not lost.

    A terminal sends it to all processes. The batch's own tells the others.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Python starts this with the first process, and lets interrupts through again as it does.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [getattr(signal, name) for name in _SIGNALS])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, work: Work) -> None:
    """Body of a worker: one film after the other until the pipe says stop."""
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
