"""The command line with nothing stood in for: bad input, and one film from start to end."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import RunCli

from formcheck.store.history.database import default_path
from formcheck.store.history.history_store import History

ANALYZE = ("--exercise", "step_down", "--out", "results")


def a_folder(path: Path) -> None:
    path.mkdir()


def a_text(path: Path) -> None:
    path.write_text("not a video\n")


def nothing_in_it(path: Path) -> None:
    path.touch()


def not_there(_: Path) -> None:
    pass


@pytest.mark.parametrize("make", [a_folder, a_text, nothing_in_it, not_there])
def test_what_is_no_video_exits_with_3_and_leaves_nothing(
    make: Callable[[Path], None],
    run_cli: RunCli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    film = tmp_path / "film.mp4"
    make(film)
    before = sorted(tmp_path.iterdir())
    outcome = run_cli("analyze", "film.mp4", *ANALYZE)
    assert outcome.code == 3
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1
    assert "film.mp4" in outcome.err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "options",
    [
        ("--out", "in_the_way"),
        ("--config", "missing.toml"),
        ("--exercise", "bench_press"),
    ],
)
def test_wrong_usage_exits_with_2_and_leaves_nothing(
    options: tuple[str, ...],
    run_cli: RunCli,
    sample_videos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in_the_way").write_text("a file")
    film = sample_videos / "step_down_front_left.mp4"
    outcome = run_cli("analyze", str(film), *ANALYZE, *options)
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["in_the_way"]


@pytest.mark.slow
def test_a_sample_is_analyzed_from_start_to_end(sample_videos: Path, tmp_path: Path) -> None:
    film = sample_videos / "step_down_front_left.mp4"
    done = subprocess.run(
        [sys.executable, "-m", "formcheck", "analyze", str(film), *ANALYZE],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "no log line of a native library reaches the user"
    assert "4 repetitions, left leg, front view" in done.stdout
    results = tmp_path / "results"
    for name in ("session.json", "report.html", "reps.csv", "frames.csv", "annotated.mp4"):
        assert (results / name).stat().st_size > 0
        assert str(Path("results") / name) in done.stdout
    record = json.loads((results / "session.json").read_text("utf-8"))
    truth = json.loads(film.with_suffix(".truth.json").read_text("utf-8"))
    assert [rep["stance_side"] for rep in record["efforts"]] == [
        rep["stance"] for rep in truth["reps"]
    ]


ON_POSIX = pytest.mark.skipif(os.name != "posix", reason="needs a shell and /dev/full")


def in_shell(redirect: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = " ".join(shlex.quote(word) for word in (sys.executable, "-m", "formcheck", *words))
    return subprocess.run(
        ["/bin/sh", "-c", f"{command} {redirect}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("words", [("exercises",), ("--help",), ("exercises", "--json")])
def test_output_that_does_not_fit_is_told_in_one_line(words: tuple[str, ...]) -> None:
    done = in_shell("> /dev/full", *words)
    assert (done.returncode, done.stderr) == (
        2,
        "formcheck: the output could not be written: No space left on device. "
        "Make room, or send the output elsewhere.\n",
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_an_error_keeps_its_exit_code_where_nothing_can_be_printed() -> None:
    for redirect in ("2> /dev/full", "2>&-", "> /dev/full 2>&1", ">&- 2>&-"):
        assert in_shell(redirect, "analyze", "missing.mp4").returncode == 3, redirect


@ON_POSIX
def test_without_standard_output_the_work_is_done_in_silence(root: Path, tmp_path: Path) -> None:
    poses = root / "tests" / "poses" / "step_down_front_left.npz"
    out = tmp_path / "out"
    done = in_shell("<&- >&-", "analyze", str(poses), "-e", "step_down", "-o", str(out))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (out / "session.json").exists()
    with History(default_path()) as history:
        assert [entry.folder for entry in history.entries()] == [str(out)]


@pytest.mark.skipif(os.name != "posix", reason="a closed pipe is told otherwise on Windows")
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_reader_that_has_read_enough_costs_nothing(
    form: tuple[str, ...], root: Path, tmp_path: Path
) -> None:
    """As `| head -2` does: the pipe is closed before all is printed."""
    poses = root / "tests" / "poses" / "step_down_front_left.npz"
    out = tmp_path / "out"
    words = ("analyze", str(poses), "-e", "step_down", "-o", str(out), *form)
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "formcheck", *words],
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=240,
        )
    assert (done.returncode, done.stderr) == (0, "")
    with History(default_path()) as history:
        assert [entry.folder for entry in history.entries()] == [str(out)]
