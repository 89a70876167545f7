"""Reports that are made again from a saved session, in every format."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from conftest import RunCli
from PIL import Image
from reports_examples import poor_set, two_legs

from formcheck.data.errors import OutputError, SourceError
from formcheck.data.results import SessionResult
from formcheck.data.settings import Settings
from formcheck.exercises import get_exercise
from formcheck.motion._bridge import session_of
from formcheck.report.forms import render
from formcheck.store import record
from formcheck.store.files import write_results
from formcheck.store.saved import FILE_OF, open_saved, write_report

STEP_DOWN = get_exercise("step_down")


def jpeg() -> bytes:
    picture = BytesIO()
    Image.new("RGB", (90, 160), (90, 120, 90)).save(picture, "JPEG")
    return picture.getvalue()


def save(folder: Path, session: SessionResult, *, stills: bool = False) -> Path:
    session = replace(session, config=Settings().as_dict())
    names = {rep.index: f"stills/rep_{rep.index:02d}.jpg" for rep in session.reps}
    if stills:
        (folder / "stills").mkdir()
        for name in names.values():
            (folder / name).write_bytes(jpeg())
    record.save(folder / "session.json", session, names)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save(tmp_path, two_legs(), stills=True)


# --- the command ---------------------------------------------------------------------------


@pytest.mark.parametrize("form", FILE_OF)
def test_each_format_is_written_beside_the_record(form: str, folder: Path, run_cli: RunCli) -> None:
    outcome = run_cli("report", str(folder), "--format", form)
    assert (outcome.code, outcome.err) == (0, "")
    path = folder / FILE_OF[form]
    assert outcome.out == f"{path}\n"
    assert path.stat().st_size > 500


def test_it_is_html_unless_told_and_takes_the_record_itself(folder: Path, run_cli: RunCli) -> None:
    assert run_cli("report", str(folder / "session.json")).code == 0
    page = (folder / "report.html").read_bytes()
    saved = open_saved(folder)
    assert page == render(session_of(saved.session, saved.exercise), "html", saved.stills)
    assert page.count(b"data:image/jpeg") == 6


def test_the_film_and_the_stills_are_used_when_they_are_there(
    tmp_path: Path, run_cli: RunCli
) -> None:
    save(tmp_path, poor_set())
    run_cli("report", str(tmp_path))
    bare = (tmp_path / "report.html").read_text("utf-8")
    assert "<video" not in bare
    assert "data:image/jpeg" not in bare
    (tmp_path / "annotated.mp4").touch()
    run_cli("report", str(tmp_path), "--out", str(tmp_path / "deep" / "r.html"))
    (tmp_path / "deep").mkdir()
    assert run_cli("report", str(tmp_path), "--out", str(tmp_path / "deep" / "r.html")).code == 0
    assert 'src="./../annotated.mp4"' in (tmp_path / "deep" / "r.html").read_text("utf-8")


@pytest.mark.parametrize("form", ["html", "md", "json"])
def test_name_and_notes_are_in_it(form: str, folder: Path, run_cli: RunCli) -> None:
    run_cli("report", str(folder), "-f", form, "--name", "Ada L.", "--notes", "After the run")
    text = (folder / FILE_OF[form]).read_text("utf-8")
    assert "Ada L." in text
    assert "After the run" in text


def test_json_prints_the_data_and_writes_nothing(folder: Path, run_cli: RunCli) -> None:
    before = sorted(folder.rglob("*"))
    data = json.loads(run_cli("report", str(folder), "--json", "--name", "Ada").out)
    assert sorted(folder.rglob("*")) == before
    assert (data["schema"], data["name"]) == ("formcheck.report/2", "Ada")
    assert len(data["efforts"]) == 6
    assert "series" not in data["efforts"][0]
    knee = next(one for one in data["legs"] if one["measure"] == "knee_fppa_deg")
    assert knee["right"]["value"] - knee["left"]["value"] == pytest.approx(knee["difference"])
    assert knee["smallest_real_change"] == 9.0
    assert [third["stance_side"] for third in data["thirds"]] == ["left", "right"]


def test_the_table_has_a_row_for_each_repetition(folder: Path, run_cli: RunCli) -> None:
    run_cli("report", str(folder), "-f", "csv", "-o", str(folder / "mine.csv"))
    with (folder / "mine.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 6


# --- what cannot be read or written --------------------------------------------------------


def spoil(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "session.json"
    data = json.loads(path.read_text("utf-8"))
    change(data)
    path.write_text(json.dumps(data))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data.pop("reps"), "reps is missing"),
        (lambda data: data["reps"][0].update(start_s="now"), "reps[0].start_s"),
        (lambda data: data.update(schema="other/9"), "other/9"),
        (lambda data: data.update(exercise="bench_press"), "bench_press"),
        (lambda data: data.update(config={"colour": 1}), "colour"),
        (lambda data: data["reps"][0].update(end_s=float("inf")), "Infinity"),
        (lambda data: data["frames"].update(depth=[1.0]), "same length"),
    ],
)
def test_a_damaged_record_is_one_line_and_3(
    change: Callable[[dict[str, Any]], object], says: str, folder: Path, run_cli: RunCli
) -> None:
    spoil(folder, change)
    before = sorted(folder.rglob("*"))
    outcome = run_cli("report", str(folder), "--format", "pdf")
    assert outcome.code == 3
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1
    assert says in outcome.err
    assert sorted(folder.rglob("*")) == before


def test_numbers_beyond_all_measure_are_damage(folder: Path) -> None:
    spoil(folder, lambda data: data["reps"][0]["metrics"]["knee_fppa_deg"].update(value=1e308))
    with pytest.raises(SourceError):
        open_saved(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "not json", '{"schema": 1e999}', "\x00\xff"])
def test_what_is_no_record_is_one_line_and_3(text: str, tmp_path: Path, run_cli: RunCli) -> None:
    (tmp_path / "session.json").write_text(text, "latin-1")
    outcome = run_cli("report", str(tmp_path))
    assert (outcome.code, outcome.err.count("\n")) == (3, 1)


def test_where_there_is_no_session_is_one_line_and_3(tmp_path: Path, run_cli: RunCli) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        outcome = run_cli("report", str(path))
        assert (outcome.code, outcome.err.count("\n")) == (3, 1)


def test_a_place_that_cannot_be_written_to_is_2(folder: Path, run_cli: RunCli) -> None:
    outcome = run_cli("report", str(folder), "-o", str(folder / "no" / "such" / "place.html"))
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    for form in FILE_OF:
        with pytest.raises(OutputError):
            write_report(open_saved(folder), form, folder / "stills")


def test_a_record_cannot_name_pictures_outside_its_folder(folder: Path) -> None:
    (folder.parent / "secret.jpg").write_bytes(jpeg())
    spoil(folder, lambda data: data["reps"][0].update(still="../secret.jpg"))
    spoil(folder, lambda data: data["reps"][1].update(still=str(folder.parent / "secret.jpg")))
    spoil(folder, lambda data: data["reps"][2].update(still="gone.jpg"))
    spoil(folder, lambda data: data["reps"][3].update(still="a\x00b"))
    assert sorted(open_saved(folder).stills) == [5, 6]


def test_the_settings_of_the_session_judge_it_again(folder: Path) -> None:
    def tighten(data: dict[str, Any]) -> None:
        data["config"]["bands"] = {"knee_fppa_deg": {"good": [-1, 1], "watch": [-2, 2]}}

    spoil(folder, tighten)
    bands = open_saved(folder).exercise.metric("knee_fppa_deg").bands
    assert bands is not None
    assert bands.good == (-1.0, 1.0)


def test_an_unknown_exercise_is_the_records_fault(folder: Path) -> None:
    spoil(folder, lambda data: data.update(exercise="bench_press"))
    with pytest.raises(SourceError):
        open_saved(folder)


def test_what_was_written_and_what_is_made_again_are_the_same_bytes(tmp_path: Path) -> None:
    """Numbers on the edge of a decimal would round otherwise after having been saved."""
    session = poor_set()
    knee = session.reps[0].metrics["knee_fppa_deg"]
    edge = replace(knee, value=12.3449996, change=9.3449996, sem=1.6499996)
    view = replace(session.view, yaw_deg=-1.7134)
    first = session.reps[0]
    rep = replace(first, view=view, metrics={**first.metrics, "knee_fppa_deg": edge})
    session = replace(
        session, view=view, reps=(rep, *session.reps[1:]), config=Settings().as_dict()
    )
    stills = {rep.index: jpeg() for rep in session.reps}
    names = {index: f"{index}.jpg" for index in stills}
    for index, name in names.items():
        (tmp_path / name).write_bytes(stills[index])
    write_results(tmp_path, session, STEP_DOWN, stills, names, video=None)
    written = {form: (tmp_path / FILE_OF[form]).read_bytes() for form in ("html", "csv")}
    assert b"-1.713" not in written["csv"]
    saved = open_saved(tmp_path)
    for form, content in written.items():
        assert write_report(saved, form, tmp_path / f"again.{form}").read_bytes() == content
