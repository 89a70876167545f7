"""What a journal keeps, whatever happens to it, and the results made from it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import RunCli
from fuzz.good import write_journal
from reports_examples import poor_set

from formcheck.cli import report as report_command
from formcheck.data.errors import OutputError, SourceError
from formcheck.data.results import SessionResult, Training
from formcheck.data.settings import Settings
from formcheck.store import record
from formcheck.store.files import UNFINISHED, finish
from formcheck.store.history.database import default_path
from formcheck.store.history.store import History
from formcheck.store.journal import DAMAGED_NAME, JOURNAL_NAME, Joining, Journal, recover
from formcheck.store.saved import open_saved, write_report


def remake(folder: Path) -> SessionResult:
    """What ``formcheck report`` does."""
    finish(folder)
    saved = open_saved(folder)
    write_report(saved, "html")
    return saved.session


@pytest.fixture
def session() -> SessionResult:
    return replace(poor_set(), config=Settings().as_dict())


def test_a_journal_holds_what_the_record_holds(session: SessionResult, tmp_path: Path) -> None:
    write_journal(tmp_path, session)
    found = recover(tmp_path)
    assert record.to_json(found.session) == record.to_json(session)
    assert not found.bad_lines


def test_whatever_a_crash_leaves_of_the_last_line_all_before_is_there(
    session: SessionResult, tmp_path: Path
) -> None:
    path = write_journal(tmp_path, session)
    whole = path.read_bytes()
    *before, last = whole.splitlines(keepends=True)
    for length in {0, 1, len(last) // 2, len(last) - 2, len(last) - 1}:
        path.write_bytes(b"".join(before) + last[:length])
        found = recover(tmp_path)
        assert len(found.session.reps) == len(session.reps) - 1
        assert not found.bad_lines


@pytest.mark.parametrize("garbage", [b"\0" * 40, b"{}", b"\xff", b'{"schema": 1'])
def test_a_damaged_line_costs_that_line_only_and_that_is_said(
    garbage: bytes, session: SessionResult, tmp_path: Path
) -> None:
    path = write_journal(tmp_path, session)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = garbage + b"\n"
    path.write_bytes(b"".join(lines))
    before = path.read_bytes()
    found = recover(tmp_path)
    assert [rep.index for rep in found.session.reps] == [1, 3, 4, 5, 6]
    assert (found.lines, found.bad_lines) == (7, 1)
    notes = remake(tmp_path).summary.notes
    assert any(
        note.startswith("1 of 7 parts") and Path(DAMAGED_NAME).stem in note for note in notes
    )
    assert not path.exists()
    assert (tmp_path / DAMAGED_NAME).read_bytes() == before


def test_a_digit_changed_on_the_disk_is_noticed(session: SessionResult, tmp_path: Path) -> None:
    path = write_journal(tmp_path, session)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b'"start_s":', b'"start_s":1', 1)
    path.write_bytes(b"".join(lines))
    found = recover(tmp_path)
    assert found.bad_lines == 1
    assert [rep.index for rep in found.session.reps] == [1, 3, 4, 5, 6]


def test_a_second_damaged_journal_leaves_the_first_alone(
    session: SessionResult, tmp_path: Path
) -> None:
    (tmp_path / DAMAGED_NAME).write_text("older")
    path = write_journal(tmp_path, session)
    path.write_bytes(b"?\n" + path.read_bytes())
    remake(tmp_path)
    assert (tmp_path / DAMAGED_NAME).read_text() == "older"
    assert len(list(tmp_path.glob("*.damaged*"))) == 2


@pytest.mark.parametrize("content", [b"", b"{", b"[]\n", b'{"schema": "other"}\n', b"\xff\n"])
def test_a_journal_without_one_whole_line_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / JOURNAL_NAME).write_bytes(content)
    with pytest.raises(SourceError, match="before anything"):
        recover(tmp_path)


def test_two_sessions_never_share_a_journal(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    with pytest.raises(OutputError, match="not finished"):
        Journal(tmp_path)
    first.close()


def test_a_session_that_still_runs_is_left_alone(session: SessionResult, tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.add(session)
    with pytest.raises(SourceError, match="still running"):
        remake(tmp_path)
    journal.close()
    assert remake(tmp_path).reps


def test_an_unfinished_session_is_summed_up_and_its_journal_removed(
    session: SessionResult, tmp_path: Path
) -> None:
    write_journal(tmp_path, session)
    done = remake(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "report.html",
        "reps.csv",
        "session.json",
    ]
    assert done.summary.verdict == "All 6 repetitions have room for better form."
    assert done.summary.notes[0] == UNFINISHED
    assert record.to_json(record.load(tmp_path)) == record.to_json(done)


def test_what_is_in_the_way_of_the_report_leaves_all_as_it_was(
    session: SessionResult, tmp_path: Path, run_cli: RunCli
) -> None:
    write_journal(tmp_path, session)
    (tmp_path / "report.html").mkdir()
    before = sorted(tmp_path.rglob("*"))
    refused = run_cli("report", str(tmp_path))
    assert refused.code == 2
    assert "a folder named report.html is in the way" in refused.err
    assert sorted(tmp_path.rglob("*")) == before
    (tmp_path / "report.html").rmdir()
    assert run_cli("report", str(tmp_path)).code == 0
    assert len(record.load(tmp_path).reps) == len(session.reps)


def test_what_was_just_made_is_not_made_again(
    session: SessionResult, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> Path:
        raise OutputError("no space left")

    write_journal(tmp_path, session)
    monkeypatch.setattr(report_command, "write_report", full)
    outcome = run_cli("report", str(tmp_path))
    assert (outcome.code, outcome.out.strip()) == (0, str(tmp_path / "report.html"))
    assert (tmp_path / "report.html").is_file()
    assert run_cli("report", str(tmp_path)).code == 2  # from now on it is made anew


@pytest.mark.parametrize("killed_again", [False, True])
def test_a_session_cut_short_joins_the_history_once(
    killed_again: bool, session: SessionResult, tmp_path: Path, run_cli: RunCli
) -> None:
    told = replace(session, training=Training(step_height_cm=15.0))
    path = write_journal(tmp_path, told, Joining("Anna"))
    journal = path.read_bytes()
    first = run_cli("report", str(tmp_path))
    assert "In the history: session 1 of Anna" in first.err
    if killed_again:  # just before the journal was removed
        path.write_bytes(journal)
    again = run_cli("report", str(tmp_path))
    assert "cut short" not in again.err
    (entry,) = json.loads(run_cli("history", "--json").out)
    assert (entry["person"], entry["step_height_cm"]) == ("Anna", 15.0)
    with History(default_path()) as history:
        assert len(history.session(1).reps) == len(session.reps)


def test_it_joins_the_history_it_was_to_join_or_none(
    session: SessionResult, tmp_path: Path, run_cli: RunCli
) -> None:
    for name in ("none", "gone", "named"):
        (tmp_path / name).mkdir()
    db = tmp_path / "my.sqlite3"
    write_journal(tmp_path / "none", session)
    assert "history" not in run_cli("report", str(tmp_path / "none")).err
    write_journal(tmp_path / "gone", session, Joining(db=db))
    assert "there is no file" in run_cli("report", str(tmp_path / "gone")).err
    assert not db.exists()
    with History(db, create=True):
        pass
    write_journal(tmp_path / "named", session, Joining(db=db))
    assert "In the history: session 1." in run_cli("report", str(tmp_path / "named")).err
    assert not default_path().exists()


def test_a_finished_session_is_reported_again_unchanged(
    session: SessionResult, tmp_path: Path
) -> None:
    record.save(tmp_path / "session.json", session)
    before = (tmp_path / "session.json").read_bytes()
    remake(tmp_path)
    assert (tmp_path / "session.json").read_bytes() == before
    assert "<html" in (tmp_path / "report.html").read_text("utf-8")


def test_a_journal_beside_its_own_record_adds_nothing(
    session: SessionResult, tmp_path: Path
) -> None:
    record.save(tmp_path / "session.json", session)
    write_journal(tmp_path, replace(session, reps=session.reps[:1]))
    assert len(remake(tmp_path).reps) == len(session.reps)


def test_a_later_session_takes_the_place_of_an_older_record(
    session: SessionResult, tmp_path: Path
) -> None:
    record.save(tmp_path / "session.json", session)
    write_journal(
        tmp_path, replace(session, reps=session.reps[:1], created="2030-01-01T00:00:00+00:00")
    )
    assert len(remake(tmp_path).reps) == 1


def test_limits_of_ones_own_that_are_open_come_back(session: SessionResult, tmp_path: Path) -> None:
    bands = {"descent_s": {"good": [2.0, math.inf], "watch": [-math.inf, math.inf]}}
    record.save(tmp_path / "session.json", replace(session, config={"bands": bands}))
    assert remake(tmp_path).reps


def test_a_record_from_elsewhere_cannot_put_other_files_into_the_report(
    session: SessionResult, tmp_path: Path
) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"\xff\xd8secret")
    folder = tmp_path / "session"
    folder.mkdir()
    stills = {rep.index: "../secret.jpg" for rep in session.reps}
    record.save(folder / "session.json", session, stills)
    assert open_saved(folder).stills == {}


@pytest.mark.parametrize("name", ["empty", "missing", "a_file"])
def test_what_holds_no_session_exits_with_3(name: str, tmp_path: Path, run_cli: RunCli) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a_file").write_text("text")
    outcome = run_cli("report", str(tmp_path / name))
    assert outcome.code == 3
    assert outcome.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a_file", "empty"]


def test_the_command_prints_the_session(
    session: SessionResult, tmp_path: Path, run_cli: RunCli
) -> None:
    write_journal(tmp_path, session)
    outcome = run_cli("report", str(tmp_path), "--json")
    assert outcome.code == 0
    assert len(json.loads(outcome.out)["efforts"]) == len(session.reps)
    again = run_cli("report", str(tmp_path / "session.json"))
    assert again.code == 0
    assert "report.html" in again.out
