"""Films on a true Dask cluster of this machine, with workers that die."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from batch_work import job, obey
from clips.films import beginning
from conftest import RunCli

from formcheck.app.batch import cluster

HERE = Path(__file__).resolve().parent
PATIENCE_S = 60.0


@dataclass
class Dask:
    """A scheduler and its workers, each a process of its own."""

    address: str
    workers: list[subprocess.Popen[bytes]]
    hire: Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    """Start a scheduler with two workers that do one film at a time."""
    where = tmp_path / "scheduler.json"
    paths = os.pathsep.join([str(HERE), str(HERE.parent), *sys.path])
    with ExitStack() as stack:

        def start(*words: str) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                [sys.executable, "-m", *words],
                env={**os.environ, "PYTHONPATH": paths},
                cwd=tmp_path,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(process.wait, PATIENCE_S)
            stack.callback(process.kill)
            return process

        def hire() -> subprocess.Popen[bytes]:
            return start(
                *("distributed.cli.dask_worker", "--scheduler-file", str(where)),
                *("--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard"),
            )

        start(
            *("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"),
            *("--no-dashboard", "--no-show", "--scheduler-file", str(where)),
        )
        wait_until(lambda: address_in(where))
        yield Dask(address_in(where), [hire(), hire()], hire)


def address_in(where: Path) -> str:
    """The scheduler's address, or nothing while the file is not there or not written yet."""
    try:
        return str(json.loads(where.read_text())["address"])
    except (FileNotFoundError, json.JSONDecodeError):
        return ""


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_worker_that_dies_costs_its_film_a_new_start(dask: Dask, tmp_path: Path) -> None:
    jobs = [job(name, tmp_path / "out") for name in ("a", "dies once", "b")]
    with cluster.connected(dask.address) as client:
        client.wait_for_workers(2, timeout=PATIENCE_S)
        outcomes = {
            outcome.film.name: outcome for outcome in cluster.run_on_cluster(jobs, client, obey)
        }
    assert {name: outcome.status for name, outcome in outcomes.items()} == {
        "a": "done",
        "b": "done",
        "dies once": "done",
    }
    wait_until(lambda: any(worker.poll() is not None for worker in dask.workers))


def test_a_film_that_kills_every_worker_is_listed(dask: Dask, tmp_path: Path) -> None:
    with cluster.connected(dask.address) as client:
        for _ in range(3):
            dask.hire()
        client.wait_for_workers(5, timeout=PATIENCE_S)
        (outcome,) = cluster.run_on_cluster([job("killed", tmp_path)], client, obey)
    assert outcome.status == "failed"
    assert "every worker" in outcome.reason


def test_a_worker_that_hangs_or_dies_while_the_batch_connects_is_passed_over(
    dask: Dask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cluster.connected(dask.address) as client:
        client.wait_for_workers(2, timeout=PATIENCE_S)
    told: list[str] = []
    dask.workers[0].send_signal(signal.SIGSTOP)
    monkeypatch.setattr(cluster, "CONNECT_S", 2.0)
    with cluster.connected(dask.address, told.append):
        pass
    monkeypatch.setattr(cluster, "CONNECT_S", PATIENCE_S)
    Timer(1.0, dask.workers[0].kill).start()
    with cluster.connected(dask.address, told.append) as client:
        (outcome,) = cluster.run_on_cluster([job("a", tmp_path)], client, obey)
    assert outcome.status == "done"
    assert told == []


def test_without_a_worker_it_says_that_it_waits_and_another_version_does_no_film(
    dask: Dask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for worker in dask.workers:
        worker.kill()
        worker.wait(PATIENCE_S)
    told: list[str] = []
    with cluster.connected(dask.address, told.append) as client:
        assert "no worker is connected" in told[0]
        monkeypatch.setattr(cluster, "__version__", "9")
        dask.hire()
        (outcome,) = cluster.run_on_cluster([job("a", tmp_path)], client, obey)
    assert outcome.status == "failed"
    assert "but this is 9" in outcome.reason


def rows_of(table: Path) -> list[dict[str, str]]:
    """The rows of a table, without when they were made."""
    with table.open(encoding="utf-8", newline="") as file:
        return [
            {name: cell for name, cell in row.items() if name != "created"}
            for row in csv.DictReader(file)
        ]


def without_created(record: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(record.read_text())
    assert data.pop("created")
    return data


@pytest.mark.slow
def test_a_cluster_gives_what_this_machine_gives(
    dask: Dask, tmp_path: Path, sample_videos: Path, run_cli: RunCli
) -> None:
    """By path and by address, with one worker killed while it was at work on a film."""
    films = tmp_path / "films"
    films.mkdir()
    squat = beginning(sample_videos / "squat_front.mp4", 5.0, films / "squat.mp4")
    beginning(sample_videos / "step_down_front_left.mp4", 2.0, films / "short.mp4")
    listed = tmp_path / "list.txt"
    listed.write_text(f"file://{squat}\n")
    here, there, far = (tmp_path / name for name in ("here", "there", "far"))
    options = ("--exercise", "squat", "--no-video")
    assert run_cli("batch", str(films), "--out", str(here), *options).code == 0

    with cluster.connected(dask.address) as client:
        client.wait_for_workers(2, timeout=PATIENCE_S)
    killer = subprocess.Popen([sys.executable, "-c", KILLER, str(there), str(dask.workers[0].pid)])
    done = run_cli("batch", str(films), "-o", str(there), "--scheduler", dask.address, *options)
    assert done.code == 0
    assert killer.wait(PATIENCE_S) == 0
    assert dask.workers[0].wait(PATIENCE_S) != 0
    run_cli("batch", str(listed), "-o", f"file://{far}", "--scheduler", dask.address, *options)

    for place, name in ((there, "short_mp4"), (there, "squat_mp4"), (far, "squat_mp4")):
        expected = without_created(here / name / "session.json")
        assert without_created(place / name / "session.json") == expected
        for table in ("reps.csv", "frames.csv"):
            assert rows_of(place / name / table) == rows_of(here / name / table)
    assert expected["efforts"]
    assert not list(there.glob(".*.partial"))


KILLER = """
import os, pathlib, signal, sys, time
out, pid = pathlib.Path(sys.argv[1]), int(sys.argv[2])
end = time.monotonic() + 60
# A film that is under way has a folder aside.
while len(list(out.glob(".*.partial"))) < 2:
    assert time.monotonic() < end
    time.sleep(0.01)
os.kill(pid, signal.SIGKILL)
"""
