"""The file of the history: migrations, damage, other people's files, killed and busy writers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from child_processes import next_line
from msgspec.structs import replace
from store_examples import good_set

from formcheck.data.errors import HistoryError
from formcheck.store.history import database
from formcheck.store.history.convert import convert_rows
from formcheck.store.history.database import MIGRATIONS, default_path, open_database
from formcheck.store.history.history_store import Filter, History

TESTS = Path(__file__).resolve().parent


def not_converted(path: Path) -> list[tuple[int, str]]:
    """The sessions of an older schema that could not be read: their numbers, and why."""
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT id, not_converted FROM sessions_1 ORDER BY id"
        return list(connection.execute(query))


WRITER = """
import sys
from pathlib import Path
from store_examples import good_set
from formcheck.store.history.history_store import History
path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
session = good_set()
print("ready", flush=True)
sys.stdin.readline()
for number in range(count):
    with History(path, create=True) as history:
        kept = history.keep(session, person=name, film_sha256=f"{name}-{number}")
    print(kept.id, flush=True)
"""


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    """Start a process that adds sessions once it is told to."""
    places = os.pathsep.join(map(str, (TESTS.parent, TESTS)))
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": places},
    )
    assert next_line(process) == "ready\n"
    return process


def start(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_the_users_own_folder_is_used_unless_the_environment_names_another(
    history_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert default_path() == history_file
    monkeypatch.delenv("FORMCHECK_HISTORY")
    assert default_path() == platformdirs.user_data_path("formcheck", False) / "history.sqlite3"


def test_reading_makes_no_file(history_file: Path) -> None:
    with History(history_file) as history:
        assert history.entries() == []
    assert not history_file.exists()


def test_it_is_made_with_its_folder_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "history.sqlite3"
    with History(path, create=True):
        pass
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0


def test_it_writes_ahead_and_overwrites_what_is_deleted(history_file: Path) -> None:
    with closing(open_database(history_file, create=True).connection) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def read_only(real: Callable[..., Any]) -> Callable[..., Any]:
    """Stands in for ``sqlite3.connect`` where the folder may not be written to."""

    class ReadOnly(sqlite3.Connection):
        """What SQLite says there: the log's index cannot be made."""

        def execute(self, *args: object) -> sqlite3.Cursor:
            if "application_id" in str(args[0]):
                error = sqlite3.OperationalError("unable to open database file")
                error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
                raise error
            return super().execute(*args)  # type: ignore[arg-type]

    def connect(target: object, **options: object) -> Any:
        if options.get("uri") or target == ":memory:":
            return real(target, **options)
        return real(target, factory=ReadOnly, **options)

    return connect


# --- a history of the version before -------------------------------------------------------

OLD = TESTS / "rail" / "schema1" / "history.db"


@pytest.fixture
def old(history_file: Path) -> Path:
    """A history with nine sessions of schema 1, where the commands look for it."""
    shutil.copy(OLD, history_file)
    return history_file


def copies(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.schema-1-*"))


def old_rows(path: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM sessions ORDER BY id")]


def test_a_history_of_schema_1_is_brought_up_to_date_after_a_dated_copy(old: Path) -> None:
    before = old_rows(old)
    with History(old) as history:
        (notice,) = history.notices
        found = history.sessions()
    assert not_converted(old) == []
    (copy,) = copies(old)
    assert copy.name in notice
    assert old_rows(copy) == before
    if os.name == "posix":
        assert copy.stat().st_mode & 0o077 == 0
    assert sorted(entry.id for entry, _ in found) == [row["id"] for row in before]
    by_id = {row["id"]: row for row in before}
    for entry, session in found:
        row = by_id[entry.id]
        assert (entry.person, entry.performed, entry.source) == (
            row["person"],
            row["performed"],
            row["source"],
        )
        assert (entry.film_sha256, session.person) == (row["film_sha256"], row["person"])
        assert (entry.form, entry.tempo) == (session.summary.form, session.summary.tempo)
        assert session.schema == "formcheck.session/2"
        was = json.loads(row["record"])
        for rep, then in zip(session.reps, was["reps"], strict=True):
            for name, metric in then["metrics"].items():
                one = rep.measurements[name]
                assert (one.at_bottom, one.sem) == (metric["value"], metric["sem"])
    with History(old) as history:
        assert history.notices == (), "it is told once"
    assert copies(old) == [copy]


def test_the_same_film_analyzed_again_takes_the_place_of_its_converted_session(old: Path) -> None:
    with History(old, create=True) as history:
        entry, session = history.sessions()[0]
        later = replace(session, created="2027-01-01T00:00:00+00:00")
        again = history.keep(later, person=entry.person, film_sha256=entry.film_sha256)
        assert (again.id, again.replaced) == (entry.id, True)
        new = history.keep(good_set(), person="Person C")
        assert new.id == 10, "numbers are never used twice"


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("record", "{", "Expecting property name"),
        ("record", "[" * 100_000, "recursion"),
        ("record", '{"schema": "formcheck.session/7"}', "session/7"),
        ("performed", b"2026", None),
        ("person", b"\xff", "its person"),
        ("record", None, None),
    ],
)
def test_a_row_that_cannot_be_converted_is_kept_and_named(
    column: str, value: object, said: str | None, old: Path
) -> None:
    with closing(sqlite3.connect(old)) as connection, connection:
        if value is None:
            text = connection.execute("SELECT record FROM sessions WHERE id = 4").fetchone()[0]
            value = text.replace('"stance_side": "left"', '"stance_side": "leftt"', 1)
            said = "leftt"
        update = f"UPDATE sessions SET {column} = ? WHERE id = 4"  # noqa: S608
        connection.execute(update, (value,))
    with History(old) as history:
        numbers = {entry.id for entry in history.entries()}
        if said is None:  # the record itself says when it was
            assert 4 in numbers
            return
        assert numbers == {1, 2, 3, 5, 6, 7, 8, 9}
        (named,) = (notice for notice in history.notices if "session 4 " in notice)
        assert "kept in the file" in named
    ((number, why),) = not_converted(old)
    assert number == 4
    assert said in why
    with closing(sqlite3.connect(old)) as connection:
        kept = connection.execute(f"SELECT {column} FROM sessions_1").fetchone()  # noqa: S608
    assert kept == (value,)


def test_a_conversion_that_breaks_off_changes_nothing(old: Path) -> None:
    before = old_rows(old)

    def breaks_off(connection: sqlite3.Connection) -> list[str]:
        convert_rows(connection)
        raise KeyboardInterrupt

    steps = (*MIGRATIONS[1][:-1], breaks_off)
    with pytest.raises(KeyboardInterrupt):
        open_database(old, create=False, migrations=(MIGRATIONS[0], steps))
    assert old_rows(old) == before
    with History(old) as history:
        assert len(history.entries()) == 9


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX systems")
def test_a_kill_while_it_is_converted_changes_nothing(old: Path) -> None:
    before = old_rows(old)
    code = (
        "import os, signal, sys; from pathlib import Path;"
        "from formcheck.store.history import convert;"
        "rows = []; insert = convert._insert\n"
        "def killed(connection, row):\n"
        "    insert(connection, row); rows.append(row)\n"
        "    if len(rows) == 5: os.kill(os.getpid(), signal.SIGKILL)\n"
        "convert._insert = killed\n"
        "from formcheck.store.history.history_store import History\n"
        f"History(Path({str(old)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=240)
    assert done.returncode == -signal.SIGKILL
    assert old_rows(old) == before
    with History(old) as history:
        assert len(history.entries()) == 9


def test_programs_that_convert_at_once_do_it_once(old: Path) -> None:
    processes = [writer(old, name, 3) for name in ("runner-1", "runner-2", "runner-3")]
    for process in processes:
        start(process)
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    with History(old) as history:
        assert len(history.entries()) == 9 + 9
    assert len(copies(old)) == 1


def test_a_history_of_schema_1_that_cannot_be_written_can_be_read(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = old.read_bytes()
    monkeypatch.setattr(sqlite3, "connect", read_only(sqlite3.connect))
    with History(old) as history:
        assert len(history.entries()) == 9
    assert old.read_bytes() == before
    assert copies(old) == []


def test_a_database_of_schema_2_opens_in_a_later_one(history_file: Path) -> None:
    with History(history_file, create=True) as history:
        history.keep(good_set(), person="runner-1")
    next_version = (
        *MIGRATIONS,
        ("ALTER TABLE sessions ADD COLUMN note TEXT NOT NULL DEFAULT 'none yet'",),
    )
    opened = open_database(history_file, create=False, migrations=next_version)
    with closing(opened.connection) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(next_version),)
        rows = connection.execute("SELECT person, note FROM sessions").fetchall()
    assert rows == [("runner-1", "none yet")]


def test_the_first_schema_is_never_changed() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        for step in MIGRATIONS[0]:
            connection.execute(str(step))
        columns = connection.execute("PRAGMA table_info(sessions)").fetchall()
    assert [column[1] for column in columns] == [
        *("id", "key", "film_sha256", "person", "performed", "performed_utc", "created"),
        *("exercise", "view", "source", "reps_left", "reps_right", "reps_both", "good_reps"),
        *("step_height_cm", "load_kg", "pain", "record", "courses"),
    ]


def test_a_migration_that_fails_changes_nothing(history_file: Path) -> None:
    with History(history_file, create=True) as history:
        history.keep(good_set())
    broken = (*MIGRATIONS, ("ALTER TABLE sessions ADD COLUMN note TEXT", "NO SUCH STATEMENT"))
    with pytest.raises(HistoryError, match="NO"):
        open_database(history_file, create=False, migrations=broken)
    with History(history_file) as history:
        assert len(history.entries()) == 1
    with closing(sqlite3.connect(history_file)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(sessions)")]
    assert "note" not in columns


def test_a_newer_schema_is_refused_and_left_alone(history_file: Path) -> None:
    with History(history_file, create=True):
        pass
    with closing(sqlite3.connect(history_file)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(HistoryError, match=r"newer formcheck .*99") as refused:
        History(history_file, create=True)
    assert "Update" in refused.value.hint
    assert list(history_file.parent.glob("*damaged*")) == []


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "places.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE places (url TEXT)")
    with pytest.raises(HistoryError, match="another program"):
        History(path, create=True)
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema").fetchall()
    assert tables == [("places",)]


def test_a_film_named_by_mistake_is_left_alone(tmp_path: Path) -> None:
    film = tmp_path / "set.mp4"
    film.write_bytes(b"\0\0\0\x18ftypmp42" * 100)
    with pytest.raises(HistoryError, match="not a history"):
        History(film, create=True)
    assert [path.name for path in tmp_path.iterdir()] == ["set.mp4"]


def damage_header(path: Path) -> None:
    path.write_bytes(b"garbage" * 1000)


def damage_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:12288] = b"\xff" * 8192
    path.write_bytes(data)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def spoil_schema(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE ", b"CREATE\xa0TABLE ", 1))


def number_below_zero(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[60:64] = (-2).to_bytes(4, "big", signed=True)  # user_version
    path.write_bytes(data)


@pytest.mark.parametrize(
    "damage", [damage_header, damage_middle, cut_short, spoil_schema, number_below_zero]
)
@pytest.mark.parametrize("create", [True, False])
def test_a_damaged_file_is_set_aside_and_reported(
    damage: object, create: bool, history_file: Path
) -> None:
    with History(history_file, create=True) as history:
        for number in range(5):
            history.keep(good_set(), film_sha256=str(number))
    assert callable(damage)
    damage(history_file)
    found = history_file.read_bytes()
    with History(history_file, create=create) as history:
        assert history.entries() == []
        (notice,) = history.notices
        (aside,) = history.damaged_files()
    assert aside.read_bytes() == found
    assert aside.name in notice
    assert "damaged" in notice
    with History(history_file) as history:
        assert history.notices == (), "it is told once"


def test_two_damaged_files_in_one_second_are_both_kept(history_file: Path) -> None:
    for text in (b"first ", b"second "):
        history_file.write_bytes(text * 1000)
        with History(history_file):
            pass
    kept = {path.read_bytes()[:5] for path in history_file.parent.glob("*.damaged-*")}
    assert kept == {b"first", b"secon"}


def test_an_empty_file_is_a_new_history(history_file: Path) -> None:
    history_file.touch()
    with History(history_file, create=True) as history:
        assert history.notices == ()
        history.keep(good_set())
        assert len(history.entries()) == 1


def test_a_history_that_another_program_makes_meanwhile_is_not_taken_for_somebody_elses(
    history_file: Path,
) -> None:
    """Whose it is and what is in it are read as of one moment."""
    with (
        closing(sqlite3.connect(history_file, isolation_level=None)) as other,
        closing(sqlite3.connect(history_file, isolation_level=None)) as own,
    ):
        other.execute("PRAGMA journal_mode = WAL")

        def made_between(statement: str) -> None:
            if "sqlite_schema" in statement:
                own.set_trace_callback(None)
                database._migrate(other, history_file, database.MIGRATIONS)

        own.set_trace_callback(made_between)
        database._check_file(own, history_file)
        (tables,) = own.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        assert tables > 0, "it was made after the first look, before the second"


def test_a_place_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HistoryError, match="cannot be used"):
        History(tmp_path / "file" / "history.sqlite3", create=True)


def test_a_history_at_rest_is_read_from_a_folder_without_write_permission(
    history_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with History(history_file, create=True) as history:
        history.keep(good_set())
    monkeypatch.setattr(sqlite3, "connect", read_only(sqlite3.connect))
    with History(history_file) as history:
        assert len(history.entries()) == 1
        with pytest.raises(HistoryError, match="readonly"):
            history.keep(good_set(), person="runner-1")


def test_processes_that_write_at_once_lose_nothing(history_file: Path) -> None:
    processes = [writer(history_file, name, 15) for name in ("runner-1", "runner-2", "runner-3")]
    for process in processes:  # all make the file at once, too
        start(process)
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert len(out.split()) == 15
    with History(history_file) as history:
        assert history.notices == ()
        found = history.entries()
        counts = [
            len(history.entries(Filter(person=name)))
            for name in ("runner-1", "runner-2", "runner-3")
        ]
    assert counts == [15, 15, 15]
    assert len({entry.id for entry in found}) == 45


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX systems")
def test_a_writer_that_is_killed_leaves_a_readable_history(history_file: Path) -> None:
    acknowledged = 0
    for attempt in range(8):  # killed a little later each time
        process = writer(history_file, f"person {attempt}", 10_000)
        start(process)
        assert next_line(process)  # it is writing now
        time.sleep(0.013 * attempt)
        process.send_signal(signal.SIGKILL)
        lines = process.communicate(timeout=30)[0].splitlines(keepends=True)
        acknowledged += 1 + sum(line.endswith("\n") for line in lines)
        with History(history_file) as history:
            assert history.notices == ()
            known = history.entries()
            assert len(history.session(known[-1].id).reps) == 5
        # What it had said was kept, is kept; one more may have been without being said.
        assert acknowledged <= len(known) <= acknowledged + attempt + 1
    assert acknowledged > 8


def test_a_writer_waits_for_another_one(history_file: Path) -> None:
    with History(history_file, create=True) as history:
        history.keep(good_set())
    other = sqlite3.connect(history_file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.4, other.rollback)
    started = time.monotonic()
    release.start()
    with History(history_file, create=True) as history:
        history.keep(good_set(), person="runner-1")
        assert len(history.entries()) == 2
    assert time.monotonic() - started > 0.2
    release.join(60)
    other.close()


def test_a_file_that_stays_busy_is_a_clear_error(
    history_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with History(history_file, create=True):
        pass
    monkeypatch.setattr(database, "BUSY_S", 0.05)
    with (
        closing(sqlite3.connect(history_file, isolation_level=None)) as other,
        History(history_file, create=True) as history,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(HistoryError, match="locked"):
            history.keep(good_set())
        other.rollback()
