"""What the history keeps, finds, replaces, deletes and gives back."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
import time
from datetime import date
from pathlib import Path

import pytest
from conftest import RunCli
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from store_examples import (
    entered,
    good_set,
    oblique_set,
    poor_set,
    renamed,
    two_legs,
    with_knee,
    with_rep,
)

from formcheck.data.errors import HistoryError, SourceError, UsageError
from formcheck.data.plain_file import sha256_of
from formcheck.data.session import Session, Training
from formcheck.data.settings import Settings
from formcheck.store import session_file
from formcheck.store.history.history_export import export
from formcheck.store.history.history_store import Filter, History
from formcheck.store.history.rows import without_series

SESSIONS = [good_set(), poor_set(), two_legs(), oblique_set()]


def on(day: str, session: Session | None = None, **training: float) -> Session:
    return entered(session or good_set(), day, **training)


def kept_as(session: Session, person: str = "", film: str | None = None) -> Session:
    """What the history gives back of a session."""
    source = replace(session.source, sha256=film)
    return without_series(replace(session, person=person, source=source))


def as_squat(session: Session) -> Session:
    return replace(session, exercise=replace(session.exercise, id="squat"))


@pytest.fixture
def history(history_file: Path) -> History:
    return History(history_file, create=True)


@pytest.mark.parametrize("session", SESSIONS)
def test_the_whole_session_comes_back_without_its_time_series(
    session: Session, history: History
) -> None:
    with history:
        kept = history.keep(session, person="runner-1")
        assert history.session(kept.id) == kept_as(session, "runner-1")
        assert not history.session(kept.id).series


@pytest.mark.parametrize("session", SESSIONS)
def test_the_numbers_of_the_history_are_those_of_the_report(
    session: Session, history: History, tmp_path: Path, run_cli: RunCli
) -> None:
    session_file.save(tmp_path / "session.json", session)
    report = json.loads(run_cli("report", str(tmp_path), "--json").out)
    with history:
        history.keep(session)
        (entry,) = history.entries()
    assert (entry.form, entry.tempo) == (session.summary.form, session.summary.tempo)
    (line,) = json.loads(run_cli("history", "--json").out)
    assert line["form"] == report["summary"]["form"]
    assert line["tempo"] == report["summary"]["tempo"]
    assert line["reps"] == report["summary"]["reps_by_side"]
    judged = session.summary.form.judged
    said = f"{entry.form.good} of {judged}" if judged else "not judged"
    assert said in run_cli("history").out


def test_the_line_of_a_session(history: History, tmp_path: Path) -> None:
    with history:
        session = on("2026-05-31", two_legs(), step_height_cm=15.0, load_kg=2.5, pain=1)
        history.keep(session, person="runner-1", film_sha256="ab", folder=tmp_path)
        (entry,) = history.entries()
    assert (entry.person, entry.day, entry.exercise) == ("runner-1", "2026-05-31", "step_down")
    assert (entry.view, entry.source) == ("front", "monday.mp4")
    assert entry.reps_by_side == {"left": 3, "right": 3}
    assert entry.training == session.training
    assert (entry.film_sha256, entry.folder) == ("ab", str(tmp_path.resolve()))


def test_what_a_session_says_of_itself_needs_not_be_said_again(history: History) -> None:
    with history:
        kept = history.keep(kept_as(good_set(), "runner-1", "ab"))
        assert history.keep(good_set(), person="RUNNER-1", film_sha256="ab").id == kept.id
        (entry,) = history.entries()
    assert (entry.person, entry.film_sha256) == ("runner-1", "ab")


def test_the_folder_stays_known_when_it_is_not_said_again(history: History, tmp_path: Path) -> None:
    with history:
        history.keep(good_set(), film_sha256="ab", folder=tmp_path / "first")
        history.keep(good_set(), film_sha256="ab")
        assert history.entries()[0].folder == str((tmp_path / "first").resolve())
        history.keep(good_set(), film_sha256="ab", folder=tmp_path / "second")
        assert history.entries()[0].folder == str((tmp_path / "second").resolve())


@pytest.mark.parametrize(
    "created", ["nan", "", "2026-13-45", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:00"]
)
def test_a_record_without_a_time_is_refused(created: str, history: History) -> None:
    with history:
        with pytest.raises(SourceError, match="is not a date or time"):
            history.keep(replace(good_set(), created=created))
        assert history.entries() == []


def test_the_same_film_with_the_same_settings_takes_its_own_place(history: History) -> None:
    later = replace(poor_set(), created="2026-04-01T10:00:00+02:00")
    with history:
        first = history.keep(good_set(), person="runner-1", film_sha256="ab")
        other = history.keep(good_set(), person="runner-1", film_sha256="cd")
        again = history.keep(later, person="runner-1", film_sha256="ab")
        assert (again.id, again.replaced) == (first.id, True)
        assert not other.replaced
        assert len(history.entries()) == 2
        assert history.session(first.id) == kept_as(later, "runner-1", "ab")


@pytest.mark.parametrize("what", ["exercise", "settings", "mirrored"])
def test_other_settings_make_another_session(what: str, history: History) -> None:
    session = good_set()
    others = {
        "exercise": as_squat(session),
        "settings": replace(
            session, provenance=replace(session.provenance, settings=Settings(cutoff_hz=4.0))
        ),
        "mirrored": replace(session, source=replace(session.source, mirrored=True)),
    }
    with history:
        history.keep(session, film_sha256="ab")
        assert not history.keep(others[what], film_sha256="ab").replaced


def test_another_person_in_the_same_film_is_another_session(history: History) -> None:
    with history:
        history.keep(good_set(), person="runner-1", film_sha256="ab")
        assert not history.keep(good_set(), person="runner-2", film_sha256="ab").replaced


def test_what_was_entered_before_stays_unless_entered_anew(history: History) -> None:
    with history:
        history.keep(on("2026-05-31", pain=3, step_height_cm=15.0), film_sha256="ab")
        kept = history.keep(entered(good_set(), pain=1), film_sha256="ab")
        training = Training(date="2026-05-31", step_height_cm=15.0, pain=1)
        assert history.entry(kept.id).training == training
        assert history.session(kept.id).training == training


def test_a_record_without_its_film_is_known_again(history: History) -> None:
    with history:
        first = history.keep(good_set(), film_sha256="ab")
        again = history.keep(good_set())
        assert (again.id, again.replaced) == (first.id, True)
        # It has not lost its film: analyzed once more, it still takes the same place.
        later = replace(good_set(), created="2026-04-01T10:00:00+02:00")
        assert history.keep(later, film_sha256="ab").id == first.id
        # Two films of one name that were analyzed in the same second are two.
        assert not history.keep(later, film_sha256="cd").replaced


def test_names_are_the_same_person_whatever_their_case_and_spaces(history: History) -> None:
    with history:
        history.keep(good_set(), person="Ann\N{LATIN SMALL LETTER E WITH ACUTE}", film_sha256="1")
        history.keep(
            good_set(), person="  anne\N{COMBINING ACUTE ACCENT} ".upper(), film_sha256="2"
        )
        assert history.people() == ["Ann\N{LATIN SMALL LETTER E WITH ACUTE}"]
        assert len(history.entries(Filter(person="ANN\N{LATIN CAPITAL LETTER E WITH ACUTE}"))) == 2


def test_filters(history: History) -> None:
    with history:
        history.keep(on("2026-01-10"), person="runner-1", film_sha256="1")
        history.keep(on("2026-03-01", poor_set()), person="runner-1", film_sha256="2")
        history.keep(on("2026-02-10", two_legs()), person="runner-2", film_sha256="3")
        history.keep(on("2026-02-20", as_squat(good_set())), film_sha256="4")

        def days(**wanted: object) -> list[str]:
            return [e.day[5:] for e in history.entries(Filter(**wanted))]  # type: ignore[arg-type]

        assert days() == ["01-10", "02-10", "02-20", "03-01"]
        assert days(person="runner-1") == ["01-10", "03-01"]
        assert days(person="") == ["02-20"]
        assert days(exercise="squat") == ["02-20"]
        assert days(side="right") == ["02-10", "03-01"]
        assert days(since=date(2026, 2, 10), until=date(2026, 2, 20)) == ["02-10", "02-20"]
        assert days(limit=2) == ["02-20", "03-01"]


def test_times_of_different_zones_are_in_order(history: History) -> None:
    with history:
        east = replace(good_set(), created="2026-03-09T01:00:00+10:00")
        west = replace(good_set(), created="2026-03-08T16:00:00+00:00")
        history.keep(west, film_sha256="later")
        history.keep(east, film_sha256="earlier")
        assert [entry.film_sha256 for entry in history.entries()] == ["earlier", "later"]


def test_nothing_of_a_person_stays_in_the_file(history: History, history_file: Path) -> None:
    secret = renamed(good_set(), "confidential.mov")
    with history:
        for number in range(20):
            history.keep(secret, person="Geheimnis", film_sha256=f"x{number}")
        history.keep(good_set(), person="runner-2", film_sha256="y")
        found = history.entries(Filter(person="geheimnis"))
        assert len(found) == 20
        history.delete([entry.id for entry in found])
        assert history.people() == ["runner-2"]
        files = [path.read_bytes() for path in history_file.parent.iterdir()]
    files += [path.read_bytes() for path in history_file.parent.iterdir()]
    for words in (b"Geheimnis", b"confidential"):
        assert not any(words in data for data in files)


def test_a_session_that_is_not_there_and_one_that_is_damaged(history: History) -> None:
    with history:
        with pytest.raises(HistoryError, match="no session 7"):
            history.session(7)
        kept = history.keep(good_set())
        history._connection.execute("UPDATE sessions SET record = '{}'")
        with pytest.raises(HistoryError, match=f"session {kept.id} .*damaged"):
            history.sessions()
        history._connection.execute("UPDATE sessions SET record = ?", ("[" * 100_000,))
        with pytest.raises(HistoryError, match=f"session {kept.id} .*damaged"):
            history.sessions()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("person", b"\x00\xff"),
        ("performed", b"2026-05-31"),
        ("source", b""),
        ("reps_left", "y"),
        ("form", 1.5),
        ("tempo", "{}}"),
        ("folder", b"3"),
        ("step_height_cm", "y"),
        ("load_kg", float("inf")),
        ("pain", b"1"),
        ("film_sha256", b"ab"),
    ],
)
def test_a_row_with_what_its_columns_cannot_hold_is_named(
    column: str, value: object, history: History
) -> None:
    with history:
        history.keep(on("2026-05-31"), person="runner-1", film_sha256="ab")
        kept = history.keep(on("2026-06-01"), person="runner-1", film_sha256="cd")
        update = f"UPDATE sessions SET {column} = ? WHERE id = ?"  # noqa: S608
        history._connection.execute(update, (value, kept.id))
        damaged = f"session {kept.id} in the history is damaged: its {column} cannot"
        with pytest.raises(HistoryError, match=damaged):
            history.entries()
        with pytest.raises(HistoryError, match=damaged):
            history.session(kept.id)
        # The others can still be found, and new ones join.
        assert history.people() == ["runner-1"]
        history.keep(on("2026-06-02"), person="RUNNER-1", film_sha256="ef")
        limits = Filter(person="runner-1", until=date(2026, 5, 31))
        assert [entry.day for entry in history.entries(limits)] == ["2026-05-31"]


def test_whole_numbers_and_nothing_entered_are_no_damage(history: History) -> None:
    with history:
        history.keep(on("2026-05-31", step_height_cm=15, load_kg=0, pain=0), film_sha256="1")
        history.keep(replace(good_set(), created="2026-06-01T10:00:00+02:00"))
        some, none = (entry.training for entry in history.entries())
    assert some == Training(date="2026-05-31", step_height_cm=15.0, load_kg=0.0, pain=0)
    assert none == Training()


@settings(deadline=None, max_examples=40)
@given(st.text(st.characters(), max_size=20), st.text(st.characters(), max_size=20))
def test_any_name_can_be_kept(
    tmp_path_factory: pytest.TempPathFactory, who: str, film: str
) -> None:
    session = renamed(good_set(), film)
    with History(tmp_path_factory.mktemp("any") / "history.sqlite3", create=True) as history:
        history.keep(session, person=who)
        assert history.keep(session, person=who).replaced
        assert len(history.entries(Filter(person=who))) == 1


def test_the_digest_of_a_film(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"abc")
    assert sha256_of(tmp_path / "a.mp4").startswith("ba7816bf8f01cfea")


def exported(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_export_as_csv_has_a_row_for_each_repetition(history: History, tmp_path: Path) -> None:
    both = on("2026-05-31", two_legs(), pain=1)
    with history:
        history.keep(both, person="=runner-1", film_sha256="1", folder=tmp_path)
        history.keep(oblique_set(), person="runner-2", film_sha256="2")
        export(tmp_path / "all.csv", history, history.entries())
    rows = exported(tmp_path / "all.csv")
    assert len(rows) == 9
    own_rows = [
        row for row in rows if row["person"] == "'=runner-1"
    ]  # no formula in any spreadsheet
    assert len(own_rows) == 6
    for row, rep in zip(own_rows, both.reps, strict=True):
        assert (row["index"], row["stance_side"]) == (str(rep.index), rep.stance_side)
        assert (row["film"], row["folder"], row["pain"]) == ("monday.mp4", str(tmp_path), "1")
        assert (row["form_grade"], row["tempo_grade"]) == (rep.form.grade, rep.tempo.grade)
        for name in ("knee_fppa_deg", "descent_s"):
            one = rep.measurements[name]
            assert float(row[name]) == one.value
            assert float(row[f"{name}_sem"]) == one.sem
            assert (row[f"{name}_grade"], row[f"{name}_sure"]) == (one.grade, one.sure)
    refused = [row for row in rows if row["person"] == "runner-2"]
    assert {row["knee_fppa_deg"] for row in refused} == {""}
    assert all("stands at 38°" in row["knee_fppa_deg_not_measured"] for row in refused)


def test_nothing_in_the_csv_is_a_formula_wherever_its_session_came_from(
    history: History, tmp_path: Path
) -> None:
    session = good_set()
    measurements = session.reps[0].measurements
    hostile = with_rep(
        renamed(session, "\t=cmd|' /C calc'!A0.mp4"),
        0,
        measurements={**measurements, "=1+1": next(iter(measurements.values()))},
        notes=("@SUM(A1)", "=2"),
    )
    spec = replace(session.specs[0], id="=1+1")
    hostile = replace(
        hostile, exercise=replace(hostile.exercise, id="@SUM(A1)", specs=(*session.specs, spec))
    )
    with history:
        history.keep(hostile, person="-1\n=2")
        export(tmp_path / "all.csv", history, history.entries())
    with (tmp_path / "all.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    cells = [cell for row in rows for cell in row]
    assert "'=1+1" in cells
    assert "'@SUM(A1)" in cells
    numbers = re.compile(r"-?[\d.]+")
    assert not [c for c in cells if c.startswith(tuple("=+-@\t\r\n")) and not numbers.fullmatch(c)]


def test_a_damaged_number_is_reported_and_leaves_no_export(
    history: History, tmp_path: Path
) -> None:
    with history:
        history.keep(good_set(), film_sha256="1")
        (entry,) = history.entries()
        damaged = dataclasses.replace(entry, training=Training(load_kg=float("inf")))
        with pytest.raises(HistoryError, match=f"session {entry.id} in the history is damaged"):
            export(tmp_path / "all.json", history, [damaged])
    assert list(tmp_path.iterdir()) == []


def test_export_as_json_has_whole_sessions(history: History, tmp_path: Path) -> None:
    with history:
        history.keep(good_set(), person="runner-1", film_sha256="1")
        history.keep(poor_set(), person="runner-1", film_sha256="2")
        export(tmp_path / "all.json", history, history.entries())
    data = json.loads((tmp_path / "all.json").read_text("utf-8"))
    assert data["schema"] == "formcheck.history/2"
    assert [session_file.from_plain(one["record"]) for one in data["sessions"]] == [
        kept_as(good_set(), "runner-1", "1"),
        kept_as(poor_set(), "runner-1", "2"),
    ]


def test_export_to_another_kind_of_file_is_refused(history: History, tmp_path: Path) -> None:
    with history, pytest.raises(UsageError, match=r"all\.xlsx"):
        export(tmp_path / "all.xlsx", history, [])
    assert list(tmp_path.iterdir()) == []


def test_fifty_sessions_are_listed_and_read_in_well_under_a_second(history: History) -> None:
    session = with_knee(4.0, reps=10)
    with history:
        for number in range(50):
            history.keep(session, person="runner-1", film_sha256=str(number))
        started = time.process_time()
        assert len(history.entries(Filter(person="runner-1"))) == 50
        assert time.process_time() - started < 0.1
        started = time.process_time()
        assert len(history.sessions()) == 50
        assert time.process_time() - started < 0.6
