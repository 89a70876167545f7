"""The commands of ``programme``: list, show, check."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import RunCli
from store_examples import entered, set_of

from formcheck.coach.advice_rules import RAISE
from formcheck.coach.programme_files import shipped_names
from formcheck.data.session import Stance
from formcheck.store.history.history_store import History

MINE = """
title = "Mine"

[[blocks]]
exercise = "step_down"
side = "each"
repetitions = 8
step_cm = 10
view = "front"
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    file = tmp_path / "mine.toml"
    file.write_text(MINE, "utf-8")
    return file


@pytest.fixture
def trained(history_file: Path) -> str:
    """A person with two good sessions of the left leg, and one of the right."""
    good = (2.0,) * 5
    days: tuple[tuple[str, Stance], ...] = (
        ("2026-05-01", "left"),
        ("2026-05-04", "left"),
        ("2026-05-04", "right"),
    )
    with History(history_file, create=True) as history:
        for day, side in days:
            session = entered(set_of(good, (side,) * 5), day, step_height_cm=10.0, pain=1)
            history.keep(session, person="runner-1", film_sha256=f"{day} {side}")
    return "runner-1"


def test_the_shipped_ones_are_listed(run_cli: RunCli) -> None:
    listed = run_cli("programme", "list")
    assert listed.code == 0
    assert all(name in listed.out for name in shipped_names())
    assert run_cli("programme").out == listed.out
    data = json.loads(run_cli("programme", "list", "--json").out)
    assert [one["name"] for one in data] == list(shipped_names())
    assert run_cli("programme", "--json").out == run_cli("programme", "list", "--json").out


@pytest.mark.parametrize("name", shipped_names())
def test_a_programme_is_shown_as_written(name: str, run_cli: RunCli) -> None:
    shown = run_cli("programme", "show", name)
    assert shown.code == 0
    assert "The camera in front" in shown.out
    assert "As the programme says" not in shown.out


def test_with_a_person_it_has_the_doses_of_today_and_their_reasons(
    run_cli: RunCli, mine: Path, trained: str
) -> None:
    shown = " ".join(run_cli("programme", "show", str(mine), "--person", trained).out.split())
    assert "Today for runner-1:" in shown
    assert "1a. Step-down: 8 repetitions, left, step 12 cm; rest 30 s" in shown
    assert (
        "Step raised from 10 to 12 cm: good form and tempo on 2026-05-01 and 2026-05-04." in shown
    )
    assert "1b. Step-down: 8 repetitions, right, step 10 cm" in shown
    assert "As last time: there is one good session so far; moving on takes two good" in shown
    assert "A coaching aid, not a diagnosis." in shown
    data = json.loads(run_cli("programme", "show", str(mine), "--person", trained, "--json").out)
    left, right = data["blocks"]
    assert (left["step_cm"], right["step_cm"], left["number"], right["number"]) == (12, 10, 1, 1)
    assert left["rules"] == [{"rule": RAISE.text, "source": RAISE.source}]
    assert data["left_out"] == []


def test_a_person_without_sessions_is_said_to_have_none(run_cli: RunCli, mine: Path) -> None:
    shown = " ".join(run_cli("programme", "show", str(mine), "--person", "new").out.split())
    assert "Today for new (no session of these exercises in the history yet):" in shown
    assert "As the programme says: this is the first time." in shown


def test_with_strong_pain_it_says_what_is_left_out(
    run_cli: RunCli, mine: Path, history_file: Path
) -> None:
    with History(history_file, create=True) as history:
        session = entered(set_of((2.0,) * 5), "2026-05-01", step_height_cm=10.0, pain=7)
        history.keep(session, person="runner-1", film_sha256="a")
    shown = " ".join(run_cli("programme", "show", str(mine), "--person", "runner-1").out.split())
    assert "1. Step-down: left out today Stop this exercise and see a professional" in shown
    data = json.loads(run_cli("programme", "show", str(mine), "--person", "runner-1", "--json").out)
    assert (data["blocks"], data["left_out"][0]["exercise"]) == ([], "step_down")


def test_a_file_without_mistakes_is_said_to_have_none(run_cli: RunCli, mine: Path) -> None:
    checked = run_cli("programme", "check", str(mine))
    assert (checked.code, checked.err) == (0, "")
    assert checked.out == f"{mine}: no mistakes. 1 block, about 3 minutes.\n"
    data = json.loads(run_cli("programme", "check", str(mine), "--json").out)
    assert data == {"blocks": 1, "minutes": 3, "camera_moves": 0}


def test_the_camera_that_is_moved_often_is_spoken_of(run_cli: RunCli, mine: Path) -> None:
    block = MINE.partition("[[blocks]]")[2]
    more = "".join(f"[[blocks]]{block.replace('front', view)}" for view in ("side", "front"))
    mine.write_text(MINE + more, "utf-8")
    checked = run_cli("programme", "check", str(mine))
    assert checked.out.endswith(
        "The camera is moved 2 times: put the blocks of one view together.\n"
    )


def test_a_mistake_is_one_line_and_exit_code_2(run_cli: RunCli, mine: Path) -> None:
    mine.write_text(MINE.replace("step_down", "step_dwn"), "utf-8")
    for command in ("check", "show"):
        outcome = run_cli("programme", command, str(mine))
        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err.startswith(
            "formcheck: mine.toml, block 1, field 'exercise': found 'step_dwn', which is no "
            "exercise. Did you mean step_down? Known exercises: "
        )
        assert outcome.err.count("\n") == 1


def test_an_installed_wheel_has_the_programmes(root: Path, tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="hatchling, which builds the wheel, is not installed")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=root, check=True, capture_output=True, timeout=240)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(installed)
    listed = subprocess.run(
        [sys.executable, "-c", _LIST],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        check=True,
        capture_output=True,
        text=True,
        timeout=240,
    )
    where, *names = listed.stdout.split()
    assert Path(where).is_relative_to(installed)
    assert names == list(shipped_names())


_LIST = (
    "import formcheck\n"
    "from formcheck.coach.programme_files import open_programme, shipped_names\n"
    "print(formcheck.__file__, *(open_programme(name).name for name in shipped_names()))"
)
