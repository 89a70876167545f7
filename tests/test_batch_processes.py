"""Films handed out to processes: what dies, hangs or is stopped costs only itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from batch_work import job, obey

from formcheck.app.batch.processes import run_in_processes
from formcheck.app.batch.work import Job


def test_films_that_kill_their_process_are_listed_and_the_rest_go_on() -> None:
    names = ["a", "killed", "b", "exits", "c"]
    seen: list[tuple[str, float | None]] = []

    def watch(job: Job, share: float | None) -> None:
        seen.append((job.film.name, share))

    outcomes = {
        outcome.film.name: outcome
        for outcome in run_in_processes([job(name) for name in names], obey, 2, watch)
    }
    assert {name: outcome.status for name, outcome in outcomes.items()} == {
        "a": "done",
        "b": "done",
        "c": "done",
        "killed": "failed",
        "exits": "failed",
    }
    assert "SIGKILL" in outcomes["killed"].reason
    assert "code 7" in outcomes["exits"].reason
    assert {name for name, _ in seen} == set(names)


def test_a_film_that_hangs_is_given_up() -> None:
    outcomes = list(run_in_processes([job("hangs"), job("a")], obey, 1, stalled_s=3.0))
    assert [(outcome.film.name, outcome.status) for outcome in outcomes] == [
        ("hangs", "failed"),
        ("a", "done"),
    ]
    assert "3 s" in outcomes[0].reason


def test_closing_stops_the_workers_and_leaves_nothing(tmp_path: Path) -> None:
    work = run_in_processes([job("a"), job("long", tmp_path)], obey, 1)
    with closing(work):
        next(work)
        # The next film is handed out when the next outcome is asked for: ask in vain.
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, 1.5)
        try:
            next(work)
        except KeyboardInterrupt:
            pass
        else:
            raise AssertionError("the long film ended")
    assert list(tmp_path.iterdir()) == []


def test_workers_end_when_the_batch_is_killed(tmp_path: Path) -> None:
    with _batch(["long"], tmp_path) as batch:
        mark = tmp_path / "long"
        _wait_until(mark.exists)
        batch.kill()
    _wait_until(lambda: not mark.exists())


@pytest.mark.skipif(os.name == "nt", reason="process groups are of POSIX")
def test_an_interrupt_from_the_terminal_reaches_no_worker(tmp_path: Path) -> None:
    """A terminal sends it to the whole group; a worker that took it would end its film early."""
    marks = [tmp_path / "long 1", tmp_path / "long 2"]
    with _batch([mark.name for mark in marks], tmp_path) as batch:
        _wait_until(lambda: all(mark.exists() for mark in marks))
        os.killpg(batch.pid, signal.SIGINT)
        assert batch.wait(60) != 0
    assert [mark.name for mark in marks if mark.exists()] == []


def _batch(names: list[str], out: Path) -> subprocess.Popen[bytes]:
    """Start a batch of a process for each film, in a group of its own."""
    script = (
        "from pathlib import Path\n"
        "from batch_work import job, obey\n"
        "from formcheck.app.batch.processes import run_in_processes\n"
        "if __name__ == '__main__':\n"
        f"    jobs = [job(name, Path({str(out)!r})) for name in {names}]\n"
        "    list(run_in_processes(jobs, obey, len(jobs)))\n"
    )
    program = out.parent / "program.py"
    program.write_text(script)
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    return subprocess.Popen(
        [sys.executable, str(program)],
        env={**os.environ, "PYTHONPATH": paths},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )


def _wait_until(condition: object, patience_s: float = 60.0) -> None:
    assert callable(condition)
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
