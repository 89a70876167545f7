"""Weeks whose changes are known: the improvement that is in them is told, and none that is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from clips.weeks import PEOPLE, Person, keep_weeks
from conftest import RunCli

from formcheck.data.session import Training, ViewKind
from formcheck.motion.shares import Counted
from formcheck.report.progress_view import SessionLine, share_views

BETTER, SAME = PEOPLE
ENDS = (0, 1, 6, 7)
"""The sessions that are made here: the first week and the last."""


@pytest.fixture
def told(run_cli: RunCli, tmp_path: Path) -> Any:
    """What ``formcheck progress`` says of a person, as text by its beginning."""

    def of(person: Person) -> dict[str, str]:
        db = keep_weeks(person, 1000, tmp_path, sessions=ENDS)
        outcome = run_cli("progress", "--db", str(db), "--json")
        assert (outcome.code, outcome.err) == (0, "")
        changes = json.loads(outcome.out)["changes"].values()
        texts = [one["text"] for part in changes for one in part]
        return {text.partition(":")[0]: text.partition(": ")[2] for text in texts}

    return of


def test_who_gets_better_is_told_so(told: Any) -> None:
    said = told(BETTER)
    for what in ("Knee valgus", "Knee over foot", "Way down", "Good form", "Pain"):
        assert said[what].startswith("better"), what
    assert not any("worse" in text for text in said.values())
    # 3.5 degrees less, both good: more than the tilt of a camera that was measured may make.
    assert said["Trunk lean"].startswith("changed")


def test_who_stays_the_same_is_told_nothing(told: Any) -> None:
    assert told(SAME) == {}


def a_line(session: int, view: ViewKind, good: int) -> SessionLine:
    form = Counted(good=good, judged=4, again=float(good), whole=4)
    return SessionLine(session, f"2026-05-0{session}", 4, view, Training(), form, Counted())


def test_sessions_from_another_side_are_named_and_not_compared() -> None:
    (form,) = share_views([a_line(1, "side", 2), a_line(2, "front", 3)], "a")
    assert form.title.startswith("Good form (side view)")
    assert form.sentence == (
        "2 of 4 repetitions were good in session 1, the only one from the side: too few to "
        "compare. "
        "Session 2 was filmed from the front: 3 of 4 good."
    )
    lines = [a_line(1, "side", 2), a_line(2, "side", 2), a_line(3, "front", 3)]
    (form,) = share_views(lines, "a")
    assert form.sentence.startswith(
        "2 of 4 repetitions in the first session from the side, 2 of 4 in the"
    )
    assert form.sentence.endswith("Session 3 was filmed from the front: 3 of 4 good.")
    (form,) = share_views([a_line(1, "side", 2), a_line(2, "side", 2)], "a")
    assert form.title == "Good form, % of repetitions"
    (holds,) = share_views([a_line(1, "side", 0), a_line(2, "side", 4)], "a", "hold")
    assert holds.title == "Good form, % of holds"
    assert holds.change.text.endswith("from 0 of 4 to 4 of 4 holds")
    assert (
        form.sentence
        == "2 of 4 repetitions in the first session, 2 of 4 in the last: no clear change."
    )
