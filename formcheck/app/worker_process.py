"""Worker processes that do one job after another, for the batch and for the browser app.

A worker is kept as long as there are jobs, because starting a process takes longer than a short
film. If a worker dies, only its job fails; a pool of ``concurrent.futures`` would break as a whole.

Jobs, reports and results are sent through a pipe. With each report, the worker also reads the pipe:
it pauses after the message ``HOLD`` until ``GO_ON``. It stops, and leaves nothing behind, after any
other message, or if the pipe breaks because the process that started it was killed.
"""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Generic, TypeVar

J = TypeVar("J")

Report = Callable[[Any], None]
"""Sends a message to the process that gave the job; raises :class:`Stopped` to end the job."""
WorkOf = Callable[[J, Report], Any]
"""Function that does one job; it must be at module level, as the process imports it."""

HOLD, GO_ON = "hold", "go on"
"""Messages to a worker: pause, and continue."""
REPORT_EVERY_S = 0.25
"""Reports that follow sooner than this are not sent."""
STOP_S = 10.0
STALLED_S = 900.0
"""The work on a film is stopped when its process has sent no message for this long. Our choice: a
large film has to be fetched and read before its first frame."""
_SIGNALS = ("SIGINT", "SIGHUP")


class Stopped(Exception):  # noqa: N818 - not an error
    """Raised in a worker that was asked to stop; its job ends and leaves nothing behind."""


@dataclass
class Worker(Generic[J]):
    """One worker process, our end of its pipe, and its present job (``None`` if idle)."""

    process: SpawnProcess
    pipe: Connection
    job: J | None = None
    started_s: float = 0.0
    last_message_s: float = math.inf  # inf until it has started, which can take a while

    def give(self, job: J) -> None:
        """Send a job to the worker; if it is dead, this is noticed when its pipe is read."""
        self.job = job
        self.started_s = time.monotonic()
        self.last_message_s = max(self.last_message_s, self.started_s)
        with contextlib.suppress(OSError):
            self.pipe.send(job)

    def hold(self, held: bool) -> None:
        """Pause the worker at its next report (``True``), or let it continue (``False``)."""
        with contextlib.suppress(OSError):
            self.pipe.send(HOLD if held else GO_ON)

    def ask_to_stop(self) -> None:
        """Ask the worker to stop; it stops at its next report."""
        with contextlib.suppress(OSError):
            self.pipe.send(None)


def start_worker(work: WorkOf[J], name: str) -> Worker[J]:
    """Start a worker; ``name`` is the process's name in lists of processes."""
    process, ours = start_process(_serve, name, work)
    return Worker(process, ours)


def start_process(
    process_main: Callable[..., None], name: str, *arguments: object
) -> tuple[SpawnProcess, Connection]:
    """Start a process that runs ``process_main``; return it and our end of the pipe to it.

    ``process_main`` gets the other end of the pipe, and then the arguments.
    """
    context = multiprocessing.get_context("spawn")  # a fork would copy threads' locks
    ours, theirs = context.Pipe()
    process = context.Process(target=process_main, args=(theirs, *arguments), name=name)
    with _ctrl_c_blocked():
        process.start()
    theirs.close()
    return process, ours


def stop_workers(pool: Sequence[Worker[J]], patience_s: float = STOP_S) -> None:
    """Ask the workers to stop; kill those that do not stop within ``patience_s``."""
    for worker in pool:
        worker.ask_to_stop()
    deadline = time.monotonic() + patience_s
    for worker in pool:
        worker.process.join(max(0.0, deadline - time.monotonic()))
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
        worker.pipe.close()


def how_it_died(code: int | None) -> str:
    """Return in words how a process ended, from the code it returned."""
    if code is None or code >= 0:
        return f"its worker process stopped unexpectedly (code {code})"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    memory = ", possibly out of memory" if name == "SIGKILL" else ""
    return f"its worker process was killed ({name}){memory}"


def usable_cores() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def _ctrl_c_blocked() -> Iterator[None]:
    """Block Ctrl-C while a process is started, so that the new process inherits the block.

    A Ctrl-C during this time is delivered afterwards, to this process only, which stops the
    workers.
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


def ignore_ctrl_c() -> None:
    """Leave Ctrl-C to the process that started this one."""
    for name in _SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def _serve(pipe: Connection, work: WorkOf[Any]) -> None:
    """Do one job after another until asked to stop; the main function of a worker."""
    ignore_ctrl_c()
    last_s = 0.0

    def report(message: Any) -> None:
        nonlocal last_s
        try:
            while pipe.poll():
                if pipe.recv() != HOLD or pipe.recv() != GO_ON:
                    raise Stopped
            if time.monotonic() - last_s >= REPORT_EVERY_S:
                last_s = time.monotonic()
                pipe.send(message)
        except (EOFError, OSError) as error:  # the process that gave the work is gone
            raise Stopped from error

    # Ended, or asked to stop.
    with contextlib.suppress(EOFError, OSError, Stopped, KeyboardInterrupt):
        pipe.send(None)
        while (job := pipe.recv()) is not None:
            if job not in (HOLD, GO_ON):
                pipe.send(work(job, report))
