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
from formcheck.report.outline import outline
from formcheck.report.words import date_text
from PIL import Image
from reports_examples import make_rep, make_session, no_reps, oblique_set, poor_set, two_legs

from formcheck.data.errors import OutputError, SourceError
from formcheck.data.results import SessionResult, Training
from formcheck.data.settings import Settings
from formcheck.exercises import get_exercise
from formcheck.report import html, markdown, pdf
from formcheck.report.data import to_data
from formcheck.store import record
from formcheck.store.files import write_results
from formcheck.store.saved import FILE_OF, open_saved, write_report

EVIL = "<script>|`*_[x](y)\n# \u202e\x00\x1b[31m名前"
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


def pages(paper: bytes) -> int:
    return paper.count(b"/Type /Page\n")


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
    page = (folder / "report.html").read_text("utf-8")
    saved = open_saved(folder)
    assert page == html.render(saved.session, saved.exercise, saved.stills)
    assert page.count("data:image/jpeg") == 6


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
    assert (data["schema"], data["name"]) == ("formcheck.report/1", "Ada")
    assert len(data["reps"]) == 6
    assert "series" not in data["reps"][0]
    knee = next(one for one in data["legs"] if one["metric"] == "knee_fppa_deg")
    assert knee["right"]["value"] - knee["left"]["value"] == pytest.approx(knee["difference"])
    assert knee["detectable"] == 9.0
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


# --- paper and plain text ------------------------------------------------------------------


@pytest.mark.parametrize("make", [poor_set, two_legs, oblique_set, no_reps])
def test_a_usual_set_fits_on_two_sheets(make: Callable[[], SessionResult]) -> None:
    session = make()
    stills = {rep.index: jpeg() for rep in session.reps}
    paper = pdf.render(session, STEP_DOWN, stills, name="Ada L.", notes="After the run.")
    assert paper.startswith(b"%PDF-")
    assert 1 <= pages(paper) <= 2


def test_the_same_session_gives_the_same_paper() -> None:
    first, second = (pdf.render(poor_set(), STEP_DOWN, {1: jpeg()}) for _ in range(2))
    assert first == second


def test_any_text_and_any_picture_can_be_printed() -> None:
    rep = make_rep(1, 1.0, knee=30.0)
    rep = replace(rep, faults=(replace(rep.faults[0], cue=EVIL),), notes=(EVIL,))
    session = make_session([rep], verdict=EVIL * 9, advice=(EVIL, "w" * 500), name="x" * 300)
    session = replace(session, created=EVIL, view=replace(session.view, warnings=(EVIL,)))
    broken = {1: b"\xff\xd8\xff broken", 2: b"GIF89a"}
    paper = pdf.render(session, STEP_DOWN, broken, name=EVIL * 20, notes=(EVIL + "\n") * 5)
    assert paper.startswith(b"%PDF-")


def test_long_sets_go_on_over_more_pages() -> None:
    reps = [make_rep(n, 6.0 * n) for n in range(1, 81)]
    assert pages(pdf.render(make_session(reps, verdict="Eighty."), STEP_DOWN)) > 2


def test_markdown_says_what_the_page_says() -> None:
    text = markdown.render(poor_set(), STEP_DOWN, name="Ada", notes="One\nTwo")
    assert "**The right knee falls in, more so as the set goes on" in text
    assert "1. Push the knee out over the little toe" in text
    assert "- Name: Ada" in text
    assert "One  \nTwo" in text
    assert "| 5 | right | fault | +17.5 ± 1.6°, fault | 9.2 ± 1.2 %, fault |" in text
    assert "## From the start of the set to its end" in text
    assert "Right heel hidden for 42 % of rep 3" in text


def test_text_means_nothing_but_itself_in_markdown() -> None:
    session = make_session([make_rep(1, 1.0)], verdict=EVIL, advice=(EVIL,), name=EVIL)
    text = markdown.render(session, STEP_DOWN, name=EVIL, notes="# x\n- y\n1. z")
    assert "<script" not in text.replace("\\<script", "")
    assert "[x](y)" not in text
    assert "\n# x" not in text
    assert "\n- y" not in text
    assert "\n1. z" not in text
    cells = {line.replace("\\|", "").count("|") for line in text.splitlines() if line[:1] == "|"}
    assert cells == {10, 6}, "the table of repetitions and that of the limits"


def told(session: SessionResult) -> SessionResult:
    return replace(session, training=Training("2025-11-10", step_height_cm=15.0, pain=2))


def test_the_day_that_was_told_is_the_sessions_and_what_was_told_is_shown() -> None:
    session = told(poor_set())
    page = html.render(session, STEP_DOWN).replace("\N{NO-BREAK SPACE}", " ")
    text = markdown.render(session, STEP_DOWN).replace("\N{NO-BREAK SPACE}", " ")
    assert "· 10 November 2025 · told: step 15 cm, pain 2 of 10</p>" in page
    assert f"analyzed {date_text(session.created)}" in page
    assert "- Session: 10 November 2025\n" in text
    assert f"- Analyzed: {date_text(session.created)}\n" in text
    assert "- Told: step 15 cm, pain 2 of 10\n" in text
    assert dict(outline(session, STEP_DOWN).head)["Session"] == "10 November 2025", "as the PDF's"
    untold = markdown.render(poor_set(), STEP_DOWN)
    assert "Told" not in untold
    assert "Analyzed" not in untold


def test_the_data_keep_what_was_told() -> None:
    assert to_data(told(poor_set()), STEP_DOWN)["training"] == {
        "date": "2025-11-10", "step_height_cm": 15.0, "load_kg": None, "pain": 2,
    }  # fmt: skip
    assert to_data(poor_set(), STEP_DOWN)["training"] is None


def test_the_lowering_is_graded_on_paper_and_in_markdown_as_on_the_page() -> None:
    session = poor_set()
    fast = replace(session.reps[3], tempo={**session.reps[3].tempo, "descent_s": 0.5})
    session = replace(session, reps=(*session.reps[:3], fast, *session.reps[4:]))
    said = outline(session, STEP_DOWN)
    column = said.columns.index("Lowering")
    assert said.grades[3][column] == "fault"
    assert said.grades[0][column] == "good"
    assert said.grades[3][said.columns.index("Rising")] is None, "only the lowering has limits"
    assert "0.50 ± 0.10 s, fault" in markdown.render(session, STEP_DOWN)


def test_notes_are_not_among_what_costs_accuracy() -> None:
    session = poor_set()
    note = "Taken for: forward step-down."
    session = replace(session, summary=replace(session.summary, notes=(note,)))
    page = html.render(session, STEP_DOWN)
    warnings = page.split('class="warnings card"')[1].split("</ul>")[0]
    assert note in page
    assert note not in warnings
    said = outline(session, STEP_DOWN)
    assert (said.remarks, note in said.warnings) == ([note], False)
    assert f"- Note: {note}\n" in markdown.render(session, STEP_DOWN)


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
