"""What an earlier version wrote can still be read, taken up, and found again by analyzing anew.

All of it goes through the command line: how the rest is built may change. ``rail/README.md`` says
what there is and how it was made.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import RunCli
from rail.reading import COLUMNS, REASON_OF_A_MEASUREMENT, REASONS, read_numbers

from formcheck.data.session import Tally

RAIL = Path(__file__).resolve().parent / "rail"
SCHEMA_1 = RAIL / "schema1"
NUMBERS = RAIL / "numbers"
HISTORY_NUMBERS = SCHEMA_1 / "history_numbers"

TOLERANCE = 0.0015
"""The records are rounded to 0.001; one more half of it for what rounds the other way."""
FILM_TOLERANCE = 0.0035
"""The poses of a film are rounded before they are measured, so that the kept ones give the same."""

RECORDED = RAIL.parent / "poses"
POSES = sorted(
    path.relative_to(NUMBERS).with_suffix("").as_posix()
    for path in (NUMBERS / "poses").rglob("*.json")
    if path.stem == "step_down_front_left"
    or not (RECORDED / path.relative_to(NUMBERS / "poses")).exists()
)
"""Those that have golden numbers of their own (``test_golden_poses``) need no second look."""
FILMS_TRIED = ("films/step_down_front_left",)
"""One is enough: the poses of all five are among the recordings."""

Changes = dict[tuple[str, int], dict[str, tuple[str, str]]]


def copied(name: str, to: Path) -> Path:
    """Give a copy of a fixture, which the command may write to."""
    source, target = SCHEMA_1 / name, to / name
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)
    return target


def known_numbers(name: str, folder: Path = NUMBERS) -> dict[str, Any]:
    known: dict[str, Any] = json.loads((folder / f"{name}.json").read_text("utf-8"))
    return known


def record_in(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / "session.json").read_text("utf-8"))
    return record


def grade_changes() -> Changes:
    """By recording and repetition: what an old history's sessions are graded now, and were."""
    changes: Changes = {}
    with (RAIL / "grade_changes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert row["why"], "a grade is not changed without a reason"
            of_rep = changes.setdefault((row["recording"], int(row["rep"])), {})
            of_rep[row["what"]] = (row["old"], row["new"])
    return changes


def numbers_in_history(name: str) -> dict[str, Any]:
    """The numbers an old history was given, with the grades as the table says they are now."""
    numbers: dict[str, Any] = known_numbers(name, HISTORY_NUMBERS)["numbers"]
    changes = grade_changes()
    for rep in numbers["reps"]:
        for what, (old, new) in changes.get((name, rep["rep"]), {}).items():
            assert (rep["grades"][what] or "") == old, f"{name}, {what}: the table is wrong"
            rep["grades"][what] = new or None
    return numbers


def differences(
    known: Any, found: Any, where: str = "", tolerance: float = TOLERANCE
) -> Iterator[str]:
    """Give each place in which two sets of numbers differ.

    Of a refusal it is only looked at whether there is one: its words may become better.
    """
    if isinstance(known, dict) and isinstance(found, dict):
        for key in sorted(known.keys() | found.keys()):
            if key not in known or key not in found:
                yield f"{where}/{key} is {'new' if key in found else 'gone'}"
            else:
                yield from differences(known[key], found[key], f"{where}/{key}", tolerance)
    elif isinstance(known, list) and isinstance(found, list):
        if len(known) != len(found):
            yield f"{where}: {len(known)} became {len(found)}"
        for number, (old, new) in enumerate(zip(known, found, strict=False), 1):
            yield from differences(old, new, f"{where}/{number}", tolerance)
    elif "/refused" in where:
        if bool(known) != bool(found):
            yield f"{where}: {known!r} became {found!r}"
    elif is_number(known) and is_number(found):
        if abs(known - found) > tolerance:
            yield f"{where}: {known} became {found}"
    elif known != found:
        yield f"{where}: {known!r} became {found!r}"


def assert_same(known: Any, found: Any, tolerance: float = TOLERANCE) -> None:
    differs = list(differences(known, found, tolerance=tolerance))
    assert not differs, "\n".join(["differs:", *differs])


def without_grades(reps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave the grades out: they are given anew from the values."""
    return [{key: value for key, value in rep.items() if key != "grades"} for rep in reps]


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# --- a folder of results -------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["html", "md", "csv", "json", "pdf"])
def test_a_result_folder_is_reported(kind: str, run_cli: RunCli, tmp_path: Path) -> None:
    folder = copied("result_folder", tmp_path)
    target = tmp_path / f"again.{kind}"
    outcome = run_cli("report", str(folder), "--format", kind, "--out", str(target))
    assert outcome.code == 0, outcome.err
    assert target.stat().st_size > 0
    if kind == "html":
        text = target.read_text("utf-8")
        assert text.count("data:image/jpeg") >= 3, "the stills that lie beside it are shown"
        assert "annotated.mp4" in text, "and so is the film"


def test_a_result_folder_joins_a_history(run_cli: RunCli) -> None:
    outcome = run_cli("history", "add", str(SCHEMA_1 / "result_folder"), "--person", "Person B")
    assert outcome.code == 0, outcome.err
    (entry,) = json.loads(run_cli("history", "--json").out)
    assert entry["date"] == "2026-05-05"
    assert (entry["load_kg"], entry["pain"]) == (10.0, 1)


# --- a live session that was killed --------------------------------------------------------


def test_a_live_session_that_was_killed_is_finished(run_cli: RunCli, tmp_path: Path) -> None:
    folder = copied("live_unfinished", tmp_path)
    lines = (folder / "session.journal.jsonl").read_text("utf-8").splitlines()
    measured = [rep for line in lines for rep in read_numbers(json.loads(line))["reps"]]
    assert len(measured) == 2

    outcome = run_cli("report", str(folder))
    assert outcome.code == 0, outcome.err
    assert sorted(path.name for path in folder.iterdir()) == [
        *("frames.csv", "raw.mp4", "report.html", "reps.csv", "session.json", "stills"),
    ]
    series = json.loads((folder / "session.json").read_text("utf-8"))["series"]
    with (folder / "frames.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["t_s"]) for row in rows] == series["t_s"]
    assert set(rows[0]) == set(series), "the poses were not kept, the time series were"
    for film in (folder / "raw.mp4", folder / "report.html"):
        refused = run_cli("report", str(folder), "--video", str(film))
        assert refused.code == 3
        assert "formcheck 0.1.0, which measured this session, did not keep poses" in refused.err
    found = read_numbers(record_in(folder))
    assert_same(without_grades(measured), without_grades(found["reps"]))
    assert found["counts"] == {"left": 2}
    (entry,) = json.loads(run_cli("history", "--person", "Person A", "--json").out)
    assert entry["step_height_cm"] == 16.0


# --- a batch -------------------------------------------------------------------------------


def test_a_batch_of_the_earlier_version_is_analyzed_again(run_cli: RunCli, tmp_path: Path) -> None:
    """Its receipts count other grades than those that every report gives now."""
    films, results = copied("batch_input", tmp_path), copied("batch", tmp_path)
    words = ("--out", str(results), "--no-video", "--person", "Person A", "--jobs", "1")
    outcome = run_cli("batch", str(films / "list.txt"), *words)
    assert outcome.code == 0, outcome.err
    assert "2 done." in outcome.out
    with (results / "summary.csv").open(newline="") as file:
        rows = {row["folder"]: row for row in csv.DictReader(file)}
    assert len(rows) == 2
    for folder, row in rows.items():
        assert (
            json.loads((results / folder / "session.json").read_text())["schema"]
            == "formcheck.session/2"
        )
        report = json.loads(run_cli("report", str(results / folder), "--json").out)
        form, tempo = (Tally(**report["summary"][one]) for one in ("form", "tempo"))
        assert (int(row["good_reps"]), int(row["form_judged_reps"])) == (form.good, form.judged)
        assert (int(row["slow_enough_reps"]), int(row["tempo_judged_reps"])) == (
            *(tempo.good, tempo.judged),
        )
    assert len(json.loads(run_cli("history", "--person", "Person A", "--json").out)) == 2
    again = run_cli("batch", str(films / "list.txt"), *words)
    assert "2 done (in an earlier run)" in again.out


# --- a history -----------------------------------------------------------------------------

KEPT = {
    1: ("Person A", "2026-05-04", 10.0, None, 2, "poses/step_down_front_left"),
    2: ("Person A", "2026-05-04", 10.0, None, 2, "poses/step_down_front_right"),
    3: ("Person A", "2026-05-06", None, None, 3, "poses/mirrored/single_leg_squat_yaw_left_10"),
    4: ("Person A", "2026-05-11", 15.0, None, 1, "poses/spoiled/step_down_front_left_dim"),
    5: ("Person A", "2026-05-18", 15.0, 5.0, 0, "poses/spoiled/step_down_front_left_dark"),
    6: ("Person B", "2026-05-05", None, 10.0, None, "poses/squat_front"),
    7: ("Person B", "2026-05-12", None, 12.5, 0, "poses/squat_side"),
    8: ("Person B", "2026-05-12", None, None, 4, "poses/single_leg_squat_front_both"),
    9: (None, "2026-05-20", 20.0, None, None, "poses/step_up_front_left"),
}
"""By number: whose session, when, step height, load, pain, and the recording it is of."""


@pytest.fixture
def old_history(history_file: Path) -> Path:
    """Put a copy of the earlier version's history where the commands look for it."""
    shutil.copy(SCHEMA_1 / "history.db", history_file)
    return history_file


def told(entry: dict[str, Any]) -> tuple[Any, ...]:
    names = ("person", "date", "step_height_cm", "load_kg", "pain")
    return tuple(entry[name] for name in names)


@pytest.mark.usefixtures("old_history")
def test_a_history_is_listed(run_cli: RunCli) -> None:
    listed = run_cli("history")
    assert listed.code == 0, listed.err
    assert "9 sessions" in listed.out
    entries = json.loads(run_cli("history", "--json").out)
    assert {entry["id"]: told(entry) for entry in entries} == {
        number: kept[:-1] for number, kept in KEPT.items()
    }
    for entry in entries:
        assert entry["reps"] == known_numbers(KEPT[entry["id"]][-1])["numbers"]["counts"]


@pytest.mark.usefixtures("old_history")
def test_a_history_is_exported_with_the_numbers_it_was_given(
    run_cli: RunCli, tmp_path: Path
) -> None:
    whole, table = tmp_path / "all.json", tmp_path / "all.csv"
    assert run_cli("history", "export", str(whole)).code == 0
    sessions = json.loads(whole.read_text("utf-8"))["sessions"]
    assert {session["id"]: told(session) for session in sessions} == {
        number: kept[:-1] for number, kept in KEPT.items()
    }
    reps = 0
    for session in sessions:
        known = numbers_in_history(KEPT[session["id"]][-1])
        assert_same(known, read_numbers(session["record"]))
        reps += len(known["reps"])
    assert run_cli("history", "export", str(table)).code == 0
    with table.open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == reps


@pytest.mark.usefixtures("old_history")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("progress", "-e", "step_down", "--person", "Person A"),
            "4 sessions, 2026-05-04 to 2026-05-18",
        ),
        (("progress", "-e", "squat", "--person", "Person B"), "2026-05-12"),
        (("advise", "-e", "step_down", "--person", "Person A"), "Next session, left leg"),
        (("advise", "--person", "Person B"), "Next session"),
        (("compare", "1", "5"), "2026-05-18"),
        (("compare", "1", "2"), "left and right leg"),
        (("compare", "8", "--legs"), "left and right leg"),
        (("compare", "6", str(SCHEMA_1 / "result_folder")), "No difference"),
    ],
)
def test_a_history_is_followed(words: tuple[str, ...], says: str, run_cli: RunCli) -> None:
    outcome = run_cli(*words)
    assert outcome.code == 0, outcome.err
    assert says in outcome.out
    assert json.loads(run_cli(*words, "--json").out)


# --- the numbers ---------------------------------------------------------------------------


def analyzed_again(
    name: str, run_cli: RunCli, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = known_numbers(name)
    monkeypatch.chdir(root)
    out = tmp_path / "out"
    # So that the way down of every exercise is judged, that of the squat too.
    asked = ("--goal", "eccentric", "--no-video", "--no-history", "--out", str(out))
    outcome = run_cli(*known["words"], *asked)
    assert outcome.code == known["exit_code"], outcome.err
    assert (out / "session.json").exists() == (known["numbers"] is not None)
    if known["numbers"] is not None:
        found = read_numbers(record_in(out))
        tolerance = FILM_TOLERANCE if name.startswith("films/") else TOLERANCE
        assert_same(known["numbers"], found, tolerance)


@pytest.mark.parametrize("name", POSES)
def test_recorded_poses_give_the_same_numbers(
    name: str, run_cli: RunCli, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyzed_again(name, run_cli, root, tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILMS_TRIED)
def test_films_give_the_same_numbers(
    name: str, run_cli: RunCli, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyzed_again(name, run_cli, root, tmp_path, monkeypatch)


ORDER = ("", "good", "watch", "fault")


def test_each_grade_that_changed_is_of_a_repetition_that_there_is() -> None:
    for (name, number), whats in grade_changes().items():
        reps = known_numbers(name, HISTORY_NUMBERS)["numbers"]["reps"]
        (rep,) = (rep for rep in reps if rep["rep"] == number)
        assert whats.keys() <= {"repetition", "faults", *rep["metrics"]}


def test_each_grade_changed_for_the_reason_that_is_given() -> None:
    with (RAIL / "grade_changes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    for row in rows:
        what, old, new = row["what"], row["old"], row["new"]
        assert row["why"] == REASONS.get(what, REASON_OF_A_MEASUREMENT)
        if what == "repetition":
            assert ORDER.index(old) < ORDER.index(new), "it was milder"
        elif what == "faults":
            assert set(old.split()) < set(new.split()), "those that were not sure had no cue"
        else:
            assert old == "borderline", "there is no such grade any more"
            assert new in ORDER[1:]


def test_there_are_numbers_of_many_recordings() -> None:
    assert len(POSES) >= 8
    assert all((NUMBERS / f"{name}.json").exists() for name in FILMS_TRIED)
    assert any(known_numbers(name)["numbers"]["refused"] for name in POSES)
