"""A small share of what ``python -m tests.fuzz`` tries, so that it is tried with every change."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from fuzz.cases import BY_THE_MODEL, REAL_FILM, beginning
from fuzz.crash import kill_at_random
from fuzz.guard import FORBIDDEN_EXIT, can_filter
from fuzz.run import Tried, try_inputs
from fuzz.server import Ended, Job, Server
from fuzz.verdict import as_found, complaints

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, and reads /proc")


def told(tried: Tried) -> str:
    words = " ".join(tried.case.words)
    return f"{tried.kind}:{tried.number}: {tried.wrong}: formcheck {words}: {tried.ended.err}"


def test_every_kind_of_bad_input_ends_in_a_result_or_one_line(tmp_path: Path) -> None:
    tried = list(try_inputs(tmp_path, inputs=400, seed=1, without=BY_THE_MODEL, most=1))
    assert len({one.kind for one in tried}) >= 19
    assert not [told(one) for one in tried if one.wrong]
    assert {one.ended.code for one in tried} >= {0, 2, 3}


def test_results_that_a_command_left_without_their_record_are_told(tmp_path: Path) -> None:
    refused = Ended(3, None, None, "", "formcheck: no.", 0.0, 0.0, 0.0)
    report = tmp_path / "report.html"
    report.write_text("as it was")
    before = as_found(tmp_path)
    assert not list(complaints(refused, tmp_path, allowed=(3,), before=before))
    (tmp_path / "reps.csv").write_text("new")
    report.write_text("written over")
    os.utime(report, ns=(0, 0))
    told_of = list(complaints(refused, tmp_path, allowed=(3,), before=before))
    assert sorted(told_of) == [
        "left report.html behind without its record",
        "left reps.csv behind without its record",
    ]


@pytest.mark.slow
def test_bad_input_to_the_pose_model_ends_in_a_result_or_one_line(tmp_path: Path) -> None:
    tried = list(try_inputs(tmp_path, inputs=400, seed=1, only=BY_THE_MODEL, most=2))
    assert len(tried) == 4
    assert not [told(one) for one in tried if one.wrong]


def test_a_kill_at_any_moment_leaves_a_whole_result_or_none(tmp_path: Path) -> None:
    kills = list(kill_at_random(tmp_path / "kills", 10, seed=1))
    assert not [kill for kill in kills if kill.wrong]
    assert sum(kill.died for kill in kills) >= 3  # else the moments were badly chosen
    assert not list((tmp_path / "kills").glob(".*.partial"))


@pytest.mark.slow
@pytest.mark.skipif(not can_filter(), reason="the kernel's filter is not known on this machine")
def test_the_pose_model_makes_no_connection(tmp_path: Path) -> None:
    """MediaPipe would: without formcheck's hold on it the filter ends this process."""
    beginning(REAL_FILM, tmp_path / "film.mp4", frames=20)
    words = ("analyze", "film.mp4", "-e", "step_down", "--no-video")
    with Server() as server:
        ended = server.run(Job(words, str(tmp_path), real_model=True, cpu_s=300, wall_s=600))
    assert (ended.code, ended.signal) == (4, None), ended.err


@pytest.mark.skipif(not can_filter(), reason="the kernel's filter is not known on this machine")
@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("import socket; socket.socket()", FORBIDDEN_EXIT),
        ("import pickle; pickle.loads(pickle.dumps(print))", FORBIDDEN_EXIT),
        ("import ctypes; ctypes.CDLL(None).socket(2, 1, 0)", -31),
        ("import ctypes; ctypes.CDLL(None).socket(10, 0o2004002, 0)", -31),
        ("import ctypes; ctypes.CDLL(None).socket(1, 1, 0)", 0),
    ],
)
def test_the_guard_ends_what_opens_a_connection_or_a_pickle(code: str, end: int) -> None:
    import subprocess

    guarded = f"from tests.fuzz.guard import *; forbid_network_and_pickles(); {code}"
    root = Path(__file__).resolve().parent.parent
    ended = subprocess.run(
        [sys.executable, "-c", guarded], cwd=root, capture_output=True, timeout=240
    )
    assert ended.returncode == end, ended.stderr
