"""What is written of a finished session, and the reports that are made of it again."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from child_processes import child, next_line
from conftest import RunCli
from msgspec.structs import replace
from PIL import Image
from store_examples import (
    entered,
    good_set,
    no_reps,
    oblique_set,
    poor_set,
    two_legs,
    with_measurement,
    with_rep,
)

from formcheck.data.errors import OutputError, SourceError
from formcheck.data.session import Session, Training
from formcheck.store import session_file
from formcheck.store.result_files import (
    FILE_OF,
    VIDEO_NAME,
    add_film,
    enter_training,
    open_session,
    write,
    write_report,
)
from formcheck.store.results_folder import results_folder

OLD = Path(__file__).parent / "rail" / "schema1" / "result_folder"
FILES = ["report.html", "reps.csv", "session.json"]


def jpeg() -> bytes:
    picture = BytesIO()
    Image.new("RGB", (90, 160), (90, 120, 90)).save(picture, "JPEG")
    return picture.getvalue()


def pictures(session: Session) -> dict[int, bytes]:
    return {rep.index: jpeg() for rep in session.reps}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A finished session with its pictures."""
    session = two_legs()
    with results_folder(tmp_path / "set_formcheck") as temporary:
        write(temporary, session, stills=pictures(session))
    return tmp_path / "set_formcheck"


# --- writing -------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [good_set, poor_set, two_legs, oblique_set, no_reps])
def test_what_was_written_and_what_is_made_again_are_the_same_bytes(
    make: Callable[[], Session], tmp_path: Path
) -> None:
    kept = write(tmp_path, make(), stills=pictures(make()))
    opened = open_session(tmp_path)
    assert opened.session == kept
    assert opened.stills.keys() == pictures(make()).keys()
    for form in ("html", "csv"):
        written = (tmp_path / FILE_OF[form]).read_bytes()
        assert write_report(opened, form, tmp_path / "again").read_bytes() == written


def test_numbers_on_the_edge_of_a_decimal_are_rounded_once(tmp_path: Path) -> None:
    session = with_measurement(
        poor_set(),
        0,
        "knee_fppa_deg",
        lambda one: replace(one, value=9.3449996, at_bottom=12.3449996, sem=1.6499996),
    )
    write(tmp_path, session, stills={})
    written = {form: (tmp_path / FILE_OF[form]).read_bytes() for form in ("html", "csv")}
    for form, content in written.items():
        again = write_report(open_session(tmp_path), form, tmp_path / f"again.{form}")
        assert again.read_bytes() == content


def test_the_pictures_are_named_in_the_session(folder: Path) -> None:
    session = session_file.load(folder)
    assert [rep.still for rep in session.reps] == [f"stills/rep_{n:02d}.jpg" for n in range(1, 7)]
    assert (folder / "stills" / "rep_03.jpg").read_bytes() == jpeg()
    assert sorted(path.name for path in folder.iterdir()) == [*FILES, "stills"]


def test_the_session_is_written_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Path, __: Session) -> None:
        assert sorted(path.name for path in tmp_path.rglob("*.*")) == FILES[:2]
        raise OutputError("no space left")

    monkeypatch.setattr(session_file, "save", full)
    with pytest.raises(OutputError):
        write(tmp_path, good_set(), stills={})


def test_what_was_entered_later_is_in_all_files(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.glob("stills/*")}
    training = Training(date="2026-05-31", step_height_cm=15.0, pain=2)
    kept = enter_training(folder, training)
    assert kept.training == session_file.load(folder).training == training
    assert [rep.still for rep in kept.reps] == [rep.still for rep in session_file.load(folder).reps]
    page = (folder / "report.html").read_text("utf-8").replace("\N{NO-BREAK SPACE}", " ")
    assert "15 cm" in page
    assert page.count("data:image/jpeg") == 6
    assert {path: path.read_bytes() for path in folder.glob("stills/*")} == before


# --- the film, drawn last ------------------------------------------------------------------


def film(path: Path) -> None:
    path.write_bytes(b"a whole film")


def test_the_film_joins_a_finished_session_and_the_page_refers_to_it(folder: Path) -> None:
    before = {name: (folder / name).read_bytes() for name in ("session.json", "reps.csv")}
    assert "<video" not in (folder / "report.html").read_text("utf-8")
    add_film(folder, film)
    assert (folder / VIDEO_NAME).read_bytes() == b"a whole film"
    page = (folder / "report.html").read_text("utf-8")
    assert f'src="./{VIDEO_NAME}"' in page
    assert page.count("data:image/jpeg") == 6
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert sorted(path.name for path in folder.iterdir()) == [VIDEO_NAME, *FILES, "stills"]


def test_what_is_entered_while_the_film_is_drawn_stays(folder: Path) -> None:
    def film_meanwhile(path: Path) -> None:
        enter_training(folder, Training(pain=3))
        film(path)

    add_film(folder, film_meanwhile)
    assert session_file.load(folder).training.pain == 3
    page = (folder / "report.html").read_text("utf-8")
    assert "3/10" in page
    assert f'src="./{VIDEO_NAME}"' in page


@pytest.mark.parametrize("error", [KeyboardInterrupt, OutputError("no space left"), ValueError])
def test_a_drawing_that_ends_early_leaves_the_session_without_a_film(
    error: Any, folder: Path
) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}

    def breaks_off(path: Path) -> None:
        path.write_bytes(b"half")
        raise error

    with pytest.raises((KeyboardInterrupt, OutputError, ValueError)):
        add_film(folder, breaks_off)
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX systems")
def test_a_kill_while_drawing_leaves_a_session_that_can_be_reported_and_drawn_again(
    folder: Path, run_cli: RunCli
) -> None:
    code = (
        "import time; from pathlib import Path; from formcheck.store.result_files import add_film\n"
        "def draw(path):\n"
        "    path.write_bytes(b'half'); print('drawing', flush=True); time.sleep(600)\n"
        f"add_film(Path({str(folder)!r}), draw)"
    )
    with child([sys.executable, "-c", code]) as process:
        assert next_line(process) == "drawing\n"
        process.send_signal(signal.SIGKILL)
    assert not (folder / VIDEO_NAME).exists()
    assert len(list(folder.glob(".adding.*"))) == 1
    assert run_cli("report", str(folder)).code == 0
    assert sorted(path.name for path in folder.iterdir()) == [*FILES, "stills"]
    add_film(folder, film)
    assert sorted(path.name for path in folder.iterdir()) == [VIDEO_NAME, *FILES, "stills"]


# --- the command ---------------------------------------------------------------------------


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """What the version wrote that had schema 1."""
    shutil.copytree(OLD, tmp_path / "old")
    return tmp_path / "old"


@pytest.mark.parametrize("form", FILE_OF)
@pytest.mark.parametrize("kind", ["folder", "old"])
def test_each_format_is_written_beside_a_session_of_either_schema(
    form: str, kind: str, request: pytest.FixtureRequest, run_cli: RunCli
) -> None:
    place: Path = request.getfixturevalue(kind)
    before = (place / "session.json").read_bytes()
    (place / FILE_OF[form]).unlink(missing_ok=True)
    outcome = run_cli("report", str(place), "--format", form)
    assert (outcome.code, outcome.err) == (0, "")
    path = place / FILE_OF[form]
    assert outcome.out == f"{path}\n"
    assert path.stat().st_size > 500
    assert (place / "session.json").read_bytes() == before, "it is read, not changed"


def test_it_is_html_unless_told_and_takes_the_file_itself(folder: Path, run_cli: RunCli) -> None:
    before = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    assert run_cli("report", str(folder / "session.json")).code == 0
    assert (folder / "report.html").read_bytes() == before
    assert before.count(b"data:image/jpeg") == 6


def test_the_film_is_found_from_where_the_page_is(folder: Path, run_cli: RunCli) -> None:
    add_film(folder, film)
    page = folder / "deep" / "r.html"
    assert run_cli("report", str(folder), "--out", str(page)).code == 2
    page.parent.mkdir()
    assert run_cli("report", str(folder), "--out", str(page)).code == 0
    assert 'src="./../annotated.mp4"' in page.read_text("utf-8")


@pytest.mark.parametrize("form", ["html", "md", "json"])
def test_name_and_notes_are_in_it(form: str, folder: Path, run_cli: RunCli) -> None:
    run_cli("report", str(folder), "-f", form, "--name", "Client 7", "--notes", "After the run")
    text = (folder / FILE_OF[form]).read_text("utf-8")
    assert "Client 7" in text
    assert "After the run" in text


def test_json_prints_the_data_and_writes_nothing(folder: Path, run_cli: RunCli) -> None:
    before = sorted(folder.rglob("*"))
    data = json.loads(run_cli("report", str(folder), "--json", "--name", "client-7").out)
    assert sorted(folder.rglob("*")) == before
    assert (data["schema"], data["name"]) == ("formcheck.report/2", "client-7")
    assert len(data["efforts"]) == 6
    assert "series" not in data["efforts"][0]
    assert (
        data["summary"]["form"]
        == json.loads((folder / "session.json").read_text("utf-8"))["summary"]["form"]
    )
    assert any(one["measure"] == "knee_fppa_deg" for one in data["legs"])
    assert [third["stance_side"] for third in data["thirds"]] == ["left", "right"]


def test_the_table_has_a_row_for_each_repetition(folder: Path, run_cli: RunCli) -> None:
    run_cli("report", str(folder), "-f", "csv", "-o", str(folder / "mine.csv"))
    with (folder / "mine.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 6


def test_what_was_entered_is_in_the_data(tmp_path: Path, run_cli: RunCli) -> None:
    write(tmp_path, entered(good_set(), "2025-11-10", step_height_cm=15.0, pain=2), stills={})
    data = json.loads(run_cli("report", str(tmp_path), "--json").out)
    assert data["training"] == {
        "date": "2025-11-10", "step_height_cm": 15.0, "load_kg": None, "pain": 2,
        "target_hold_s": None,
    }  # fmt: skip


# --- what cannot be read or written --------------------------------------------------------


def spoil(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "session.json"
    data = json.loads(path.read_text("utf-8"))
    change(data)
    path.write_text(json.dumps(data))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data.pop("efforts"), None),
        (lambda data: data.pop("exercise"), "exercise"),
        (lambda data: data["efforts"][0].update(start_s="now"), "$.efforts[0].start_s"),
        (lambda data: data.update(schema="formcheck.session/9"), "session/9"),
        (lambda data: data["efforts"][0].update(end_s=float("inf")), "not valid JSON"),
        (lambda data: data["series"].update(depth=[1.0]), "same length"),
    ],
)
def test_a_damaged_session_is_one_line_and_3(
    change: Callable[[dict[str, Any]], object], says: str | None, folder: Path, run_cli: RunCli
) -> None:
    spoil(folder, change)
    before = sorted(folder.rglob("*"))
    outcome = run_cli("report", str(folder), "--format", "pdf")
    if says is None:  # a session without repetitions is one
        assert outcome.code == 0
        return
    assert outcome.code == 3
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1
    assert says in outcome.err
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("text", ["", "{", "[]", "not json", '{"schema": 1e999}', "\x00\xff"])
def test_what_is_no_session_is_one_line_and_3(text: str, tmp_path: Path, run_cli: RunCli) -> None:
    (tmp_path / "session.json").write_text(text, "latin-1")
    outcome = run_cli("report", str(tmp_path))
    assert (outcome.code, outcome.err.count("\n")) == (3, 1)


def test_where_there_is_no_session_is_one_line_and_3(tmp_path: Path, run_cli: RunCli) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        outcome = run_cli("report", str(path))
        assert (outcome.code, outcome.err.count("\n")) == (3, 1)
    with pytest.raises(SourceError):
        add_film(tmp_path, film)


def test_a_place_that_cannot_be_written_to_is_2(folder: Path, run_cli: RunCli) -> None:
    outcome = run_cli("report", str(folder), "-o", str(folder / "no" / "such" / "place.html"))
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    for form in FILE_OF:
        with pytest.raises(OutputError):
            write_report(open_session(folder), form, folder / "stills")


def test_a_picture_that_is_gone_or_elsewhere_is_left_out_of_the_page(folder: Path) -> None:
    session = with_rep(session_file.load(folder), 0, still="../secret.jpg")
    (folder.parent / "secret.jpg").write_bytes(jpeg())
    session_file.save(folder / "session.json", session)
    (folder / "stills" / "rep_02.jpg").unlink()
    opened = open_session(folder)
    assert sorted(opened.stills) == [3, 4, 5, 6]
    page = write_report(opened, "html").read_text("utf-8")
    assert page.count("data:image/jpeg") == 4
