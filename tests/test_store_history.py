"""What the history keeps, finds, replaces, deletes and gives back."""

from __future__ import annotations

import csv
import json
import re
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports_examples import good_set, make_rep, make_session, oblique_set, poor_set, two_legs

from formcheck.data.errors import HistoryError, SourceError, UsageError
from formcheck.data.results import SessionResult, Training
from formcheck.store import record
from formcheck.store.history.database import MIGRATIONS
from formcheck.store.history.export import export
from formcheck.store.history.store import Filter, History, film_digest

SESSIONS = [good_set(), poor_set(), two_legs(), oblique_set()]


def on(day: str, session: SessionResult | None = None, **told: float) -> SessionResult:
    training = Training(date=day, **told)  # type: ignore[arg-type]
    return replace(session or good_set(), training=training)


@pytest.fixture
def history(history_file: Path) -> History:
    return History(history_file, create=True)


@pytest.mark.parametrize("session", SESSIONS)
def test_the_whole_record_comes_back(session: SessionResult, history: History) -> None:
    with history:
        kept = history.keep(session, person="Anna")
        assert history.record(kept.id) == record.to_json(session)


def test_the_line_of_a_session(history: History) -> None:
    with history:
        told = Training("2026-05-31", 15.0, 2.5, 1)
        history.keep(replace(two_legs(), training=told), person="Anna", film_sha256="ab")
        (entry,) = history.entries()
    assert (entry.person, entry.day, entry.exercise) == ("Anna", "2026-05-31", "step_down")
    assert (entry.view, entry.source) == ("front", "monday.mp4")
    assert entry.reps_by_side == {"left": 3, "right": 3}
    assert entry.training == told


@pytest.mark.parametrize(
    "created", ["nan", "", "2026-13-45", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:00"]
)
def test_a_record_without_a_time_is_refused(created: str, history: History) -> None:
    with history:
        with pytest.raises(SourceError, match="is no time"):
            history.keep(replace(good_set(), created=created))
        assert history.entries() == []


def test_the_same_film_with_the_same_settings_takes_its_own_place(history: History) -> None:
    later = replace(poor_set(), created="2026-04-01T10:00:00+02:00")
    with history:
        first = history.keep(good_set(), person="Anna", film_sha256="ab")
        other = history.keep(good_set(), person="Anna", film_sha256="cd")
        again = history.keep(later, person="Anna", film_sha256="ab")
        assert (again.id, again.replaced) == (first.id, True)
        assert not other.replaced
        assert len(history.entries()) == 2
        assert history.record(first.id) == record.to_json(later)


@pytest.mark.parametrize(
    "change",
    [
        {"exercise": "step_up"},
        {"config": {"cutoff_hz": 4.0}},
        {"source": replace(good_set().source, mirrored=True)},
    ],
)
def test_other_settings_make_another_session(change: dict[str, object], history: History) -> None:
    with history:
        history.keep(good_set(), film_sha256="ab")
        other = replace(good_set(), **change)  # type: ignore[arg-type]
        assert not history.keep(other, film_sha256="ab").replaced


def test_another_person_in_the_same_film_is_another_session(history: History) -> None:
    with history:
        history.keep(good_set(), person="Anna", film_sha256="ab")
        assert not history.keep(good_set(), person="Ben", film_sha256="ab").replaced


def test_what_was_told_before_stays_unless_told_anew(history: History) -> None:
    with history:
        history.keep(on("2026-05-31", pain=3, step_height_cm=15.0), film_sha256="ab")
        kept = history.keep(replace(good_set(), training=Training(pain=1)), film_sha256="ab")
        told = Training("2026-05-31", 15.0, None, 1)
        assert history.entry(kept.id).training == told
        assert history.session(kept.id).training == told


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
        history.keep(on("2026-01-10"), person="Anna", film_sha256="1")
        history.keep(on("2026-03-01", poor_set()), person="Anna", film_sha256="2")
        history.keep(on("2026-02-10", two_legs()), person="Ben", film_sha256="3")
        history.keep(on("2026-02-20", replace(good_set(), exercise="squat")), film_sha256="4")

        def days(**wanted: object) -> list[str]:
            return [e.day[5:] for e in history.entries(Filter(**wanted))]  # type: ignore[arg-type]

        assert days() == ["01-10", "02-10", "02-20", "03-01"]
        assert days(person="Anna") == ["01-10", "03-01"]
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
    secret = replace(good_set(), source=replace(good_set().source, name="confidential.mov"))
    with history:
        for number in range(20):
            history.keep(secret, person="Geheimnis", film_sha256=f"x{number}")
        history.keep(good_set(), person="Ben", film_sha256="y")
        found = history.entries(Filter(person="geheimnis"))
        assert len(found) == 20
        history.delete([entry.id for entry in found])
        assert history.people() == ["Ben"]
        files = [path.read_bytes() for path in history_file.parent.iterdir()]
    files += [path.read_bytes() for path in history_file.parent.iterdir()]
    for words in (b"Geheimnis", b"confidential"):
        assert not any(words in data for data in files)


def test_a_session_that_is_not_there_and_one_that_is_damaged(history: History) -> None:
    with history:
        with pytest.raises(HistoryError, match="no session 7"):
            history.record(7)
        kept = history.keep(good_set())
        history._connection.execute("UPDATE sessions SET courses = x'00'")
        with pytest.raises(HistoryError, match=f"session {kept.id} .*damaged"):
            history.record(kept.id)
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
        ("good_reps", 1.5),
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
        history.keep(on("2026-05-31"), person="Anna", film_sha256="ab")
        kept = history.keep(on("2026-06-01"), person="Anna", film_sha256="cd")
        update = f"UPDATE sessions SET {column} = ? WHERE id = ?"  # noqa: S608
        history._connection.execute(update, (value, kept.id))
        damaged = f"session {kept.id} in the history is damaged: its {column} cannot"
        with pytest.raises(HistoryError, match=damaged):
            history.entries()
        with pytest.raises(HistoryError, match=damaged):
            history.record(kept.id)
        # The others can still be found, and new ones join.
        assert history.people() == ["Anna"]
        history.keep(on("2026-06-02"), person="ANNA", film_sha256="ef")
        limits = Filter(person="anna", until=date(2026, 5, 31))
        assert [entry.day for entry in history.entries(limits)] == ["2026-05-31"]


def test_whole_numbers_and_nothing_told_are_no_damage(history: History) -> None:
    with history:
        history.keep(on("2026-05-31", step_height_cm=15, load_kg=0, pain=0), film_sha256="1")
        history.keep(replace(good_set(), created="2026-06-01T10:00:00+02:00"))
        told, untold = (entry.training for entry in history.entries())
    assert told == Training("2026-05-31", 15.0, 0.0, 0)
    assert untold == Training()


@settings(deadline=None, max_examples=40)
@given(st.text(st.characters(), max_size=20), st.text(st.characters(), max_size=20))
def test_any_name_can_be_kept(
    tmp_path_factory: pytest.TempPathFactory, who: str, film: str
) -> None:
    session = replace(good_set(), source=replace(good_set().source, name=film))
    with History(tmp_path_factory.mktemp("any") / "history.sqlite3", create=True) as history:
        history.keep(session, person=who)
        assert history.keep(session, person=who).replaced
        assert len(history.entries(Filter(person=who))) == 1


def test_the_digest_of_a_film(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"abc")
    assert film_digest(tmp_path / "a.mp4").startswith("ba7816bf8f01cfea")


def test_export_as_csv_has_a_row_for_each_repetition(history: History, tmp_path: Path) -> None:
    with history:
        history.keep(on("2026-05-31", two_legs(), pain=1), person="=Anna", film_sha256="1")
        history.keep(oblique_set(), person="Ben", film_sha256="2")
        export(tmp_path / "all.csv", history, history.entries())
    with (tmp_path / "all.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 9
    last = rows[-1] if rows[-1]["person"] == "'=Anna" else rows[5]
    assert last["person"] == "'=Anna", "no spreadsheet takes a name for a formula"
    assert (last["rep"], last["stance_side"], last["pain"]) == ("6", "right", "1")
    assert float(last["knee_fppa_deg_value"]) == pytest.approx(16.8)
    (refused,) = {row["knee_fppa_deg_value"] for row in rows if row["person"] == "Ben"}
    assert refused == ""


def test_nothing_in_the_csv_is_a_formula_wherever_its_record_came_from(
    history: History, tmp_path: Path
) -> None:
    session = good_set()
    rep = session.reps[0]
    hostile = replace(
        session,
        exercise="@SUM(A1)",
        source=replace(session.source, name="\t=cmd|' /C calc'!A0.mp4"),
        reps=(replace(rep, metrics={**rep.metrics, "=1+1": next(iter(rep.metrics.values()))}),),
    )
    with history:
        history.keep(hostile, person="-1\n=2")
        export(tmp_path / "all.csv", history, history.entries())
    with (tmp_path / "all.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    cells = [cell for row in rows for cell in row]
    assert "'=1+1_value" in cells
    assert "'@SUM(A1)" in cells
    numbers = re.compile(r"-?[\d.]+")
    assert not [c for c in cells if c.startswith(tuple("=+-@\t\r\n")) and not numbers.fullmatch(c)]


def test_a_damaged_number_is_told_and_leaves_no_export(history: History, tmp_path: Path) -> None:
    with history:
        history.keep(good_set(), film_sha256="1")
        (entry,) = history.entries()
        damaged = replace(entry, training=Training(load_kg=float("inf")))
        with pytest.raises(HistoryError, match=f"session {entry.id} in the history is damaged"):
            export(tmp_path / "all.json", history, [damaged])
    assert list(tmp_path.iterdir()) == []


def test_export_as_json_has_whole_records(history: History, tmp_path: Path) -> None:
    with history:
        history.keep(good_set(), person="Anna", film_sha256="1")
        history.keep(poor_set(), person="Anna", film_sha256="2")
        export(tmp_path / "all.json", history, history.entries())
    data = json.loads((tmp_path / "all.json").read_text("utf-8"))
    assert data["schema"] == "formcheck.history/1"
    assert [one["record"] for one in data["sessions"]] == [
        record.to_json(good_set()),
        record.to_json(poor_set()),
    ]


def test_export_to_another_kind_of_file_is_refused(history: History, tmp_path: Path) -> None:
    with history, pytest.raises(UsageError, match=r"all\.xlsx"):
        export(tmp_path / "all.xlsx", history, [])
    assert list(tmp_path.iterdir()) == []


def test_fifty_sessions_are_listed_and_read_in_well_under_a_second(history: History) -> None:
    reps = [make_rep(n, 1 + 5.6 * (n - 1)) for n in range(1, 11)]
    session = make_session(reps, verdict="Ten.")
    with history:
        for number in range(50):
            history.keep(session, person="Anna", film_sha256=str(number))
        started = time.process_time()
        assert len(history.entries(Filter(person="Anna"))) == 50
        assert time.process_time() - started < 0.1
        started = time.process_time()
        assert len(history.sessions()) == 50
        assert time.process_time() - started < 0.6


def test_the_first_schema_is_never_changed() -> None:
    columns = [line.split()[0] for line in MIGRATIONS[0][0].strip().splitlines()[1:-1]]
    assert columns == [
        *("id", "key", "film_sha256", "person", "performed", "performed_utc", "created"),
        *("exercise", "view", "source", "reps_left", "reps_right", "reps_both", "good_reps"),
        *("step_height_cm", "load_kg", "pain", "record", "courses"),
    ]
