"""What a journal keeps, whatever happens to it, and the results made from it."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest
from conftest import RunCli
from fuzz.good import write_journal
from msgspec.structs import replace
from store_examples import entered, poor_set, with_rep

from formcheck.cli import report_command
from formcheck.data.errors import OutputError, SourceError
from formcheck.data.session import Note, Session
from formcheck.data.settings import BandSettings, Settings
from formcheck.motion.verdicts import summarize
from formcheck.store import session_file
from formcheck.store.history.database import default_path
from formcheck.store.history.history_store import History
from formcheck.store.journal import DAMAGED_NAME, JOURNAL_NAME, HistoryTarget, Journal, recover
from formcheck.store.result_files import open_session, write_report
from formcheck.store.unfinished import UNFINISHED, finish

KILLED = Path(__file__).parent / "rail" / "schema1" / "live_unfinished"
"""What a killed session of the version that wrote schema 1 left."""


def remake(folder: Path) -> Session:
    """What ``formcheck report`` does."""
    finish(folder)
    opened = open_session(folder)
    write_report(opened, "html")
    return opened.session


@pytest.fixture
def session() -> Session:
    return poor_set()


def test_a_journal_holds_what_the_record_holds(session: Session, tmp_path: Path) -> None:
    write_journal(tmp_path, session)
    found = recover(tmp_path)
    assert found.session == session
    assert not found.bad_lines


def test_whatever_a_crash_leaves_of_the_last_line_all_before_is_there(
    session: Session, tmp_path: Path
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
    garbage: bytes, session: Session, tmp_path: Path
) -> None:
    path = write_journal(tmp_path, session)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = garbage + b"\n"
    path.write_bytes(b"".join(lines))
    before = path.read_bytes()
    found = recover(tmp_path)
    assert [rep.index for rep in found.session.reps] == [1, 3, 4, 5, 6]
    assert (found.lines, found.bad_lines) == (7, 1)
    (note,) = (note for note in remake(tmp_path).notes if note.kind == "damaged")
    assert note.text.startswith("1 of 7 parts")
    assert Path(DAMAGED_NAME).stem in note.text
    assert not path.exists()
    assert (tmp_path / DAMAGED_NAME).read_bytes() == before


def test_a_digit_changed_on_the_disk_is_noticed(session: Session, tmp_path: Path) -> None:
    path = write_journal(tmp_path, session)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b'"start_s":', b'"start_s":1', 1)
    path.write_bytes(b"".join(lines))
    found = recover(tmp_path)
    assert found.bad_lines == 1
    assert [rep.index for rep in found.session.reps] == [1, 3, 4, 5, 6]


def test_a_second_damaged_journal_leaves_the_first_alone(session: Session, tmp_path: Path) -> None:
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
    with pytest.raises(OutputError, match="an interrupted session"):
        Journal(tmp_path)
    first.close()


def test_a_session_that_still_runs_is_left_alone(session: Session, tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.add(session)
    with pytest.raises(SourceError, match="still running"):
        remake(tmp_path)
    journal.close()
    assert remake(tmp_path).reps


def test_an_unfinished_session_is_summed_up_and_its_journal_removed(
    session: Session, tmp_path: Path
) -> None:
    write_journal(tmp_path, session)
    done = remake(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "frames.csv",
        "report.html",
        "reps.csv",
        "session.json",
    ]
    assert done.summary == session.summary
    assert done.notes[0] == Note(kind="interrupted", text=UNFINISHED)
    assert session_file.load(tmp_path) == done


def test_what_is_in_the_way_of_the_report_leaves_all_as_it_was(
    session: Session, tmp_path: Path, run_cli: RunCli
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
    assert len(session_file.load(tmp_path).reps) == len(session.reps)


def test_what_was_just_made_is_not_made_again(
    session: Session, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
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
    killed_again: bool, session: Session, tmp_path: Path, run_cli: RunCli
) -> None:
    path = write_journal(tmp_path, entered(session, step_height_cm=15.0), HistoryTarget("runner-1"))
    journal = path.read_bytes()
    first = run_cli("report", str(tmp_path))
    assert "Added to the history as session 1 (runner-1)" in first.err
    if killed_again:  # just before the journal was removed
        path.write_bytes(journal)
    again = run_cli("report", str(tmp_path))
    assert "cut short" not in again.err
    (entry,) = json.loads(run_cli("history", "--json").out)
    assert (entry["person"], entry["step_height_cm"]) == ("runner-1", 15.0)
    assert entry["folder"] == str(tmp_path.resolve())
    with History(default_path()) as history:
        assert len(history.session(1).reps) == len(session.reps)


def test_it_joins_the_history_it_was_to_join_or_none(
    session: Session, tmp_path: Path, run_cli: RunCli
) -> None:
    for name in ("none", "gone", "named"):
        (tmp_path / name).mkdir()
    db = tmp_path / "my.sqlite3"
    write_journal(tmp_path / "none", session)
    assert "history" not in run_cli("report", str(tmp_path / "none")).err
    write_journal(tmp_path / "gone", session, HistoryTarget(db=db))
    assert "there is no file" in run_cli("report", str(tmp_path / "gone")).err
    assert not db.exists()
    with History(db, create=True):
        pass
    write_journal(tmp_path / "named", session, HistoryTarget(db=db))
    assert "Added to the history as session 1." in run_cli("report", str(tmp_path / "named")).err
    assert not default_path().exists()


def test_a_finished_session_is_reported_again_unchanged(session: Session, tmp_path: Path) -> None:
    session_file.save(tmp_path / "session.json", session)
    before = (tmp_path / "session.json").read_bytes()
    remake(tmp_path)
    assert (tmp_path / "session.json").read_bytes() == before
    assert "<html" in (tmp_path / "report.html").read_text("utf-8")


def test_a_journal_beside_its_own_record_adds_nothing(session: Session, tmp_path: Path) -> None:
    session_file.save(tmp_path / "session.json", session)
    write_journal(tmp_path, replace(session, efforts=session.reps[:1]))
    assert len(remake(tmp_path).reps) == len(session.reps)


def test_a_later_session_takes_the_place_of_an_older_record(
    session: Session, tmp_path: Path
) -> None:
    session_file.save(tmp_path / "session.json", session)
    write_journal(
        tmp_path, replace(session, efforts=session.reps[:1], created="2030-01-01T00:00:00+00:00")
    )
    assert len(remake(tmp_path).reps) == 1


def test_limits_of_ones_own_that_are_open_come_back(session: Session, tmp_path: Path) -> None:
    bands = BandSettings(good=(2.0, math.inf), watch=(-math.inf, math.inf))
    settings = Settings(bands={"descent_s": bands})
    own = replace(session, provenance=replace(session.provenance, settings=settings))
    write_journal(tmp_path, own)
    kept = remake(tmp_path).provenance.settings.bands["descent_s"]
    assert (kept.good, kept.watch) == ((2.0, None), (None, None))


def test_the_pictures_that_are_there_are_in_the_page_and_others_are_forgotten(
    session: Session, tmp_path: Path
) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"\xff\xd8secret")
    folder = tmp_path / "session"
    (folder / "stills").mkdir(parents=True)
    (folder / "stills" / "rep_02.jpg").write_bytes(b"\xff\xd8picture")
    names = ("../secret.jpg", "stills/rep_02.jpg", "stills/rep_03.jpg")
    for number, name in enumerate(names):
        session = with_rep(session, number, still=name)
    write_journal(folder, session)
    done = remake(folder)
    assert [rep.still for rep in done.reps[:3]] == [None, "stills/rep_02.jpg", None]
    assert (folder / "stills" / "rep_02.jpg").read_bytes() == b"\xff\xd8picture"


def test_a_session_that_grows_line_by_line_is_summed_up_as_a_whole(
    session: Session, tmp_path: Path
) -> None:
    write_journal(tmp_path, replace(session, summary=summarize((), session.specs)))
    assert remake(tmp_path).summary == session.summary


# --- what the version before left ----------------------------------------------------------


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    shutil.copytree(KILLED, tmp_path / "live")
    return tmp_path / "live"


def test_a_journal_of_schema_1_is_finished_and_joins_the_history(
    killed: Path, run_cli: RunCli
) -> None:
    outcome = run_cli("report", str(killed))
    assert outcome.code == 0, outcome.err
    assert "Recovered 2 repetitions" in outcome.err
    session = session_file.load(killed)
    assert session.schema == "formcheck.session/2"
    assert [rep.still for rep in session.reps] == ["stills/rep_01.jpg", "stills/rep_02.jpg"]
    assert session.training.step_height_cm == 16.0
    assert session.notes[0] == Note(kind="interrupted", text=UNFINISHED)
    assert len({len(column) for column in session.series.values()}) == 1
    assert set(session.series["rep"]) == {0, 1, 2}
    assert (killed / "report.html").read_text("utf-8").count("data:image/jpeg") == 2
    assert not (killed / JOURNAL_NAME).exists()
    assert not list(killed.glob(".unfinished.*"))
    with History(default_path()) as history:
        (entry,) = history.entries()
    assert (entry.person, entry.reps, entry.form) == ("Person A", 2, session.summary.form)


def test_a_damaged_line_of_schema_1_costs_that_line_only(killed: Path) -> None:
    path = killed / JOURNAL_NAME
    lines = path.read_bytes().splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines) if b'"reps":[{' in line)
    lines[number] = lines[number].replace(b'"end_s":', b'"end_s":1', 1)
    path.write_bytes(b"".join(lines))
    found = recover(killed)
    assert found.bad_lines == 1
    assert len(found.session.reps) == 1


@pytest.mark.parametrize("name", ["empty", "missing", "a_file"])
def test_what_holds_no_session_exits_with_3(name: str, tmp_path: Path, run_cli: RunCli) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a_file").write_text("text")
    outcome = run_cli("report", str(tmp_path / name))
    assert outcome.code == 3
    assert outcome.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a_file", "empty"]


def test_the_command_prints_the_session(session: Session, tmp_path: Path, run_cli: RunCli) -> None:
    write_journal(tmp_path, session)
    outcome = run_cli("report", str(tmp_path), "--json")
    assert outcome.code == 0
    assert len(json.loads(outcome.out)["efforts"]) == len(session.reps)
    again = run_cli("report", str(tmp_path / "session.json"))
    assert again.code == 0
    assert "report.html" in again.out
