"""Killed at random moments, a batch leaves nothing broken that looks finished, and goes on."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batch_crash import END, FILES

HERE = Path(__file__).resolve().parent
FILMS = 20
KILLS = 4


@pytest.mark.skipif(os.name == "nt", reason="process groups are of POSIX")
def test_killed_at_random_moments_nothing_is_broken_or_done_twice(tmp_path: Path) -> None:
    films, out = tmp_path / "films", tmp_path / "out"
    films.mkdir()
    for number in range(FILMS):
        (films / f"{number}.mp4").write_text(str(number))
    dice = random.Random(7)  # noqa: S311
    finished: dict[str, int] = {}
    for kill in range(KILLS):
        with start(films, out) as batch:
            wait_for_work(out, batch)
            if kill == KILLS - 1:  # on a busy machine none may have come so far before
                wait_for_a_film(out, batch)
            time.sleep(dice.uniform(0.0, 0.3))
            # Only the batch's own process, or its workers with it.
            (os.kill if kill % 2 else os.killpg)(batch.pid, signal.SIGKILL)
        assert_whole(out)
        for name, when in receipts(out).items():
            assert finished.setdefault(name, when) == when, f"{name} was done twice"
    with start(films, out) as batch:
        assert batch.wait(timeout=120) == 0
    assert_whole(out)
    now = receipts(out)
    assert len(now) == FILMS
    assert finished.items() <= now.items()
    assert len(finished) > 0
    assert not list(out.glob(".*.partial"))
    assert len((out / "summary.csv").read_text().splitlines()) == FILMS + 1


def start(films: Path, out: Path) -> subprocess.Popen[bytes]:
    paths = os.pathsep.join([str(HERE), str(HERE.parent), *sys.path])
    return subprocess.Popen(
        [sys.executable, str(HERE / "batch_crash.py"), str(films), str(out)],
        env={**os.environ, "PYTHONPATH": paths},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )


def wait_for_work(out: Path, batch: subprocess.Popen[bytes]) -> None:
    """Wait until a film is under way: killing the start of Python proves nothing."""
    deadline = time.monotonic() + 60
    while not list(out.glob(".*.partial")) and batch.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)


def wait_for_a_film(out: Path, batch: subprocess.Popen[bytes]) -> None:
    """Wait until a film is finished."""
    deadline = time.monotonic() + 60
    while not receipts(out) and batch.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)


def assert_whole(out: Path) -> None:
    for record in out.glob("[!.]*/session.json"):
        for name in FILES:
            content = (record.parent / name).read_bytes()
            assert content.endswith(END), f"{record.parent.name}/{name} is broken"
    for receipt in out.glob("[!.]*/batch.json"):
        assert json.loads(receipt.read_text())["sizes"]


def receipts(out: Path) -> dict[str, int]:
    """When each finished film's record was written."""
    return {
        receipt.parent.name: (receipt.parent / "session.json").stat().st_mtime_ns
        for receipt in out.glob("[!.]*/batch.json")
    }
