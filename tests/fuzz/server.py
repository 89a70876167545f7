"""Runs commands in forks of a process that has everything loaded, under limits.

``Server`` is what a test uses; ``python -m tests.fuzz.server`` is the other end of it. Each command
is the true entry point, ``formcheck.cli.main``, in a process of its own that may open no network
connection and no pickle (see :mod:`guard`).
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from .guard import forbid_network_and_pickles

ROOT = Path(__file__).resolve().parent.parent.parent

_LOOK_EVERY_S = 0.01
_MOST_WRITTEN_BYTES = 2_000_000_000
_MOST_MAPPED_BYTES = 12_000_000_000


@dataclass(frozen=True)
class Job:
    """One command and its limits.

    Attributes
    ----------
    words
        What comes after ``formcheck``.
    folder
        Where it runs.
    real_model
        Whether poses come from the pose model, and not from the stand-in.
    wall_s, cpu_s, memory_mb
        It is killed, and the job has failed, when it takes more. The memory is what it holds in
        RAM beyond what the server holds.
    kill_after_s
        Kill it then, on purpose.
    environment
        Added to the process's own.
    """

    words: Sequence[str]
    folder: str
    real_model: bool = False
    wall_s: float = 90.0
    cpu_s: float = 60.0
    memory_mb: float = 1_500.0
    kill_after_s: float | None = None
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ended:
    """How a command ended: with ``code``, or by ``signal``; ``broke`` names the limit it broke."""

    code: int | None
    signal: int | None
    broke: str | None
    out: str
    err: str
    peak_mb: float
    cpu_s: float
    wall_s: float


class Server:
    """A process that runs jobs, one after the other; use it in a ``with`` block."""

    def __init__(self) -> None:
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONFAULTHANDLER": ""}
        environment.pop("FORMCHECK_DEBUG", None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.server"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, job: Job) -> Ended:
        """Run one job to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(job)) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the server ended")
        return Ended(**json.loads(answer))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()


# --- the other end -------------------------------------------------------------------------------


def _serve() -> None:
    _load_everything()
    for line in sys.stdin:
        ended = _run(Job(**json.loads(line)))
        sys.stdout.write(json.dumps(asdict(ended)) + "\n")
        sys.stdout.flush()


def _load_everything() -> None:
    """Import what the commands import by themselves, so that each fork need not."""
    import importlib

    for name in (
        *("analyze_command", "batch_command", "compare_command", "history_command"),
        *("passport_command", "progress_command", "report_command", "commands"),
    ):
        importlib.import_module(f"formcheck.cli.{name}")
    for name in (
        "formcheck.app.analyze",
        "formcheck.report.html",
        "formcheck.report.terminal",
        "formcheck.store.session_file",
        "PIL.ImageFile",
        "av.subtitles.stream",
    ):
        importlib.import_module(name)
    from formcheck.cli import main
    from formcheck.exercises import all_exercises
    from formcheck.motion.filters import load_filters

    from .stand_in import recording

    recording()
    all_exercises()
    load_filters()
    # The first command to be parsed loads much of the parser.
    with redirect_stderr(io.StringIO()), suppress(SystemExit):
        main(("analyze", os.devnull))


def _run(job: Job) -> Ended:
    out, err = Path(job.folder, ".stdout"), Path(job.folder, ".stderr")
    sys.stdout.flush()
    own_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.monotonic()
    process = os.fork()
    if process == 0:
        _become(job, out, err)
    broke = None
    while True:
        done, status, usage = os.wait4(process, os.WNOHANG)
        if done:
            break
        wall_s = time.monotonic() - started
        if wall_s > job.wall_s:
            broke = "wall time"
        elif _resident_mb(process) - own_mb > job.memory_mb:
            broke = "memory"
        elif job.kill_after_s is None or wall_s < job.kill_after_s:
            time.sleep(_LOOK_EVERY_S if job.kill_after_s is None else _LOOK_EVERY_S / 10)
            continue
        os.kill(process, signal.SIGKILL)
        done, status, usage = os.wait4(process, 0)
        break
    cpu_s = usage.ru_utime + usage.ru_stime
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        broke = "processor time"
    ended = Ended(
        code=os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
        signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
        broke=broke,
        out=out.read_text("utf-8", "replace") if out.exists() else "",
        err=err.read_text("utf-8", "replace") if err.exists() else "",
        peak_mb=usage.ru_maxrss / 1024 - own_mb,
        cpu_s=cpu_s,
        wall_s=time.monotonic() - started,
    )
    out.unlink(missing_ok=True)
    err.unlink(missing_ok=True)
    return ended


def _resident_mb(process: int) -> float:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _become(job: Job, out: Path, err: Path) -> NoReturn:
    """Turn this fork into the command; leaves through the interpreter's own exit, as it would."""
    os.setsid()
    for number, path, mode in (
        (0, Path(os.devnull), os.O_RDONLY),
        (1, out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, err, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        opened = os.open(path, mode, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    os.chdir(job.folder)
    os.environ.update(job.environment)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_CPU, int(job.cpu_s))
    _limit(resource.RLIMIT_FSIZE, _MOST_WRITTEN_BYTES)
    # A backstop for what would take all memory at once; the model maps much that it never uses.
    _limit(resource.RLIMIT_AS, _MOST_MAPPED_BYTES * (3 if job.real_model else 1))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    forbid_network_and_pickles()
    if not job.real_model:
        _stand_in()
    from formcheck.cli import main

    main(job.words)


def _limit(which: int, most: int) -> None:
    resource.setrlimit(which, (most, most + 5 if which == resource.RLIMIT_CPU else most))


def _stand_in() -> None:
    """Take the pose model's place, and that of a batch's processes, which would have it again."""
    import formcheck.app.batch.batch_run
    import formcheck.app.opening

    from .stand_in import StandIn

    opening: Any = formcheck.app.opening
    opening.MediaPipeEstimator = StandIn
    batch: Any = formcheck.app.batch.batch_run
    batch.run_in_processes = lambda jobs, work, *_: (work(job, lambda _: None) for job in jobs)


if __name__ == "__main__":
    _serve()
