"""One film of a batch, its receipt, and the batch around an analysis that is stood in for."""

from __future__ import annotations

import csv
import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from analyzed_examples import NO_REPS as EMPTY_SESSION
from analyzed_examples import SESSION
from batch_work import NO_REPS, ROW
from conftest import RunCli
from msgspec import structs
from store_examples import renamed

import formcheck.app.analyze
import formcheck.app.batch.batch_run
import formcheck.app.batch.table
from formcheck.app.batch import places, receipt
from formcheck.app.batch.batch_run import make_plan, run_batch
from formcheck.app.batch.films import Film, find_films
from formcheck.app.batch.measured_by import code_sha256
from formcheck.app.batch.overview import render
from formcheck.app.batch.table import header, record, write_csv, write_parquet
from formcheck.app.batch.work import Job, Outcome, Status, run_job
from formcheck.app.options import AnalyzeOptions, BatchOptions, FilmOptions
from formcheck.app.worker_process import Stopped
from formcheck.data.errors import NoPersonError, NoRepetitionError, UsageError
from formcheck.data.session import Session, Verdict
from formcheck.data.settings import CsvStyle, Settings
from formcheck.motion.verdicts import summarize
from formcheck.store.exports import Exports
from formcheck.store.history.database import default_path
from formcheck.store.history.history_store import History
from formcheck.store.results_folder import results_folder
from formcheck.store.sealed import sealed
from formcheck.store.session_file import save


class FakeAnalysis:
    """Counts the films it was given and writes what it is told to."""

    def __init__(self) -> None:
        self.films: list[str] = []
        self.how = AnalyzeOptions()

    def __call__(self, video: Path, options: AnalyzeOptions) -> Session:
        out = options.out
        assert out is not None
        self.films.append(video.name)
        self.how = options
        content = video.read_text()
        if content == "nobody":
            raise NoPersonError(f"nobody was seen in {video.name}", hint="Step in.")
        if content == "walking":
            raise NoRepetitionError(f"no repetition found in {video.name}")
        if content == "mistake":
            raise ZeroDivisionError("division by zero")
        if content == "interrupt":
            raise KeyboardInterrupt
        if options.progress is not None:
            options.progress(0.0, 1, 2)
        (out / "stills").mkdir(parents=True, exist_ok=True)
        (out / "stills" / "rep_1.jpg").write_text("picture")
        (out / "report.html").write_text("report")
        (out / "annotated.mp4").write_text("film")
        session = EMPTY_SESSION if content == "still" else SESSION
        if content == "oblique":
            reps = tuple(structs.replace(rep, form=Verdict()) for rep in session.reps)
            summary = summarize(reps, session.specs)
            session = structs.replace(session, efforts=reps, summary=summary)
        if content == "once":
            reps = session.reps[:1]
            summary = summarize(reps, session.specs)
            session = structs.replace(session, efforts=reps, summary=summary)
        if content == "unsure":
            reps = tuple(structs.replace(rep, stance_sure=False) for rep in session.reps)
            session = structs.replace(session, efforts=reps)
        session = renamed(session, video.name)
        save(out / "session.json", session)
        return session


@pytest.fixture
def analysis(monkeypatch: pytest.MonkeyPatch) -> FakeAnalysis:
    fake = FakeAnalysis()
    monkeypatch.setattr(formcheck.app.analyze, "analyze_film", fake)
    return fake


@pytest.fixture
def in_this_process(analysis: FakeAnalysis, monkeypatch: pytest.MonkeyPatch) -> FakeAnalysis:
    def one_after_the_other(jobs: Sequence[Job], *_: object) -> Iterator[Outcome]:
        yield from (run_job(job, lambda _: None) for job in jobs)

    monkeypatch.setattr(formcheck.app.batch.batch_run, "run_in_processes", one_after_the_other)
    return analysis


@pytest.fixture
def job(tmp_path: Path) -> Job:
    (tmp_path / "a.mp4").write_text("squats")
    film = Film("a.mp4", str(tmp_path / "a.mp4"), "a_mp4")
    return Job(film, str(tmp_path / "out" / "a_mp4"), FilmOptions(exercise="squat"), Settings())


# --- one film ------------------------------------------------------------------------------------


def test_a_finished_film_is_not_analyzed_twice(job: Job, analysis: FakeAnalysis) -> None:
    first = run_job(job)
    second = run_job(job)
    assert (first.status, first.earlier) == ("done", False)
    assert (second.status, second.earlier) == ("done", True)
    assert first.row == second.row
    assert analysis.films == ["a.mp4"]


CHANGES: dict[str, Callable[[Job], Job]] = {
    "choices": lambda job: replace(job, choices=FilmOptions(exercise="squat", side="left")),
    "settings": lambda job: replace(job, settings=Settings(cutoff_hz=5.0)),
    "video": lambda job: replace(job, video_out=False),
    "exports": lambda job: replace(job, exports=Exports.of(["trc"])),
    "stature": lambda job: replace(job, exports=Exports.of(["trc"], 1.75)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_it_is_analyzed_again_when_asked_differently(
    change: str, job: Job, analysis: FakeAnalysis
) -> None:
    run_job(job)
    assert not run_job(CHANGES[change](job)).earlier
    assert not run_job(job).earlier, "what is there now is of the other one"
    assert len(analysis.films) == 3


def test_it_is_analyzed_again_when_the_film_changed(job: Job, analysis: FakeAnalysis) -> None:
    run_job(job)
    Path(job.film.address).write_text("others")
    assert not run_job(job).earlier
    assert len(analysis.films) == 2


def test_it_is_analyzed_again_by_another_version(
    job: Job, analysis: FakeAnalysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_job(job)
    monkeypatch.setattr("formcheck.__version__", "9")
    assert not run_job(job).earlier
    assert len(analysis.films) == 2


def test_it_is_analyzed_again_by_other_code_of_the_same_version(
    job: Job, analysis: FakeAnalysis, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The version stays the same while it is worked on; the code does not."""
    run_job(job)
    other = tmp_path / "formcheck"
    other.mkdir()
    (other / "__init__.py").write_text("changed = True")
    monkeypatch.setattr("formcheck.__file__", str(other / "__init__.py"))
    assert not run_job(job).earlier
    assert len(analysis.films) == 2


def test_the_digest_of_the_code_goes_by_names_and_content(tmp_path: Path) -> None:
    digests = set()
    for number, (name, text) in enumerate([("a", "1"), ("a", "2"), ("b", "1"), ("a", "1")]):
        package = tmp_path / str(number)
        (package / "room").mkdir(parents=True)
        (package / "room" / f"{name}.py").write_text(text)
        digests.add(code_sha256(package))
    assert len(digests) == 3


@pytest.mark.parametrize(
    "name", ["session.json", "report.html", "stills/rep_1.jpg", "annotated.mp4", "batch.json"]
)
@pytest.mark.parametrize("harm", ["removed", "cut", "garbled"])
def test_it_is_analyzed_again_when_the_results_are_not_whole(
    name: str, harm: str, job: Job, analysis: FakeAnalysis
) -> None:
    run_job(job)
    file = Path(job.folder) / name
    content = file.read_bytes()
    if harm == "removed":
        file.unlink()
    elif harm == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif name != "annotated.mp4":  # of which only the size is kept
        file.write_bytes(content[::-1])
    else:
        return
    again = run_job(job)
    assert again.status == "done"
    assert not again.earlier
    assert len(analysis.films) == 2


def with_row(receipt: dict[str, Any], **changes: Any) -> dict[str, Any]:
    finding = receipt["finding"]
    return receipt | {"finding": finding | {"row": finding["row"] | changes}}


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: [],
        lambda receipt: receipt | {"finding": None},
        lambda receipt: receipt | {"finding": {"row": None}},
        lambda receipt: receipt | {"finding": {"row": None, "reason": 3}},
        lambda receipt: with_row(receipt, reps="3"),
        lambda receipt: with_row(receipt, means={"a": "b"}),
        lambda receipt: receipt | {"sizes": 3},
        lambda receipt: receipt | {"sha256": 3},
    ],
)
def test_a_damaged_receipt_counts_for_nothing(
    damage: Callable[[dict[str, Any]], Any], job: Job, analysis: FakeAnalysis
) -> None:
    run_job(job)
    file = Path(job.folder) / receipt.FILE_NAME
    content = json.loads(file.read_text())
    del content["seal"]
    changed = damage(content)
    file.write_bytes(sealed(json.dumps(changed)) if changed else json.dumps(changed).encode())
    assert not run_job(job).earlier
    assert len(analysis.films) == 2


@pytest.mark.usefixtures("analysis")
def test_a_number_changed_in_a_receipt_does_not_get_into_the_table(job: Job) -> None:
    first = run_job(job)
    file = Path(job.folder) / receipt.FILE_NAME
    file.write_text(file.read_text().replace("10.4", "70.4"))
    again = run_job(job)
    assert not again.earlier
    assert again.row == first.row


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
@pytest.mark.usefixtures("analysis")
def test_a_pipe_in_place_of_the_receipt_or_the_film_is_not_waited_for(job: Job) -> None:
    run_job(job)
    file = Path(job.folder) / receipt.FILE_NAME
    file.unlink()
    os.mkfifo(file)
    assert run_job(job).status == "done"
    assert file.is_file()
    film = Path(job.film.address)
    film.unlink()
    os.mkfifo(film)
    outcome = run_job(job)
    assert outcome.status == "failed"
    assert "a pipe or a device" in outcome.reason


@pytest.mark.parametrize(
    ("content", "status", "says"),
    [
        ("nobody", "failed", "nobody was seen"),
        ("mistake", "failed", "ZeroDivisionError"),
        ("still", "no_repetition", ""),
        ("walking", "no_repetition", "no repetition found"),
    ],
)
def test_what_goes_wrong_is_in_the_outcome(
    content: str, status: Status, says: str, job: Job, analysis: FakeAnalysis
) -> None:
    Path(job.film.address).write_text(content)
    outcome = run_job(job)
    assert outcome.status == status
    assert says in outcome.reason
    assert len(analysis.films) == 1


def test_a_film_without_a_repetition_or_an_exercise_is_not_analyzed_twice(
    job: Job, analysis: FakeAnalysis
) -> None:
    Path(job.film.address).write_text("walking")
    first, again = run_job(job), run_job(job)
    assert (again.status, again.earlier) == ("no_repetition", True)
    assert again.reason == first.reason == "no repetition found in a.mp4"
    assert [path.name for path in Path(job.folder).iterdir()] == ["batch.json"]
    Path(job.film.address).write_text("squats")
    assert run_job(job).status == "done"
    assert len(analysis.films) == 2


def test_a_film_that_is_not_there_fails(job: Job, analysis: FakeAnalysis) -> None:
    Path(job.film.address).unlink()
    assert "cannot read 'a.mp4'" in run_job(job).reason
    assert analysis.films == []


def test_stopping_leaves_nothing_that_looks_finished(job: Job, analysis: FakeAnalysis) -> None:
    def stop(_: float | None) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        run_job(job, stop)
    assert not Path(job.folder).exists()
    assert not run_job(job).earlier
    assert len(analysis.films) == 2


def test_addresses_give_the_same_files_as_paths(
    job: Job, analysis: FakeAnalysis, tmp_path: Path
) -> None:
    run_job(job)
    film = replace(job.film, address=f"file://{job.film.address}")
    there = replace(job, film=film, folder=f"file://{tmp_path}/far/a_mp4")
    assert not run_job(there).earlier
    assert run_job(there).earlier
    assert places.sizes(there.folder) == places.sizes(job.folder)
    assert (tmp_path / "far/a_mp4/batch.json").read_text() == Path(
        job.folder, "batch.json"
    ).read_text()
    (tmp_path / "far/a_mp4/report.html").unlink()
    assert not run_job(there).earlier
    assert analysis.films == ["a.mp4"] * 3


def test_an_address_that_cannot_be_read_fails(job: Job, analysis: FakeAnalysis) -> None:
    film = replace(job.film, address="file:///nowhere/a.mp4")
    outcome = run_job(replace(job, film=film))
    assert outcome.status == "failed"
    assert "could not fetch 'file:///nowhere/a.mp4'" in outcome.reason
    assert analysis.films == []


def test_an_unknown_kind_of_address_is_refused_before_the_work(tmp_path: Path) -> None:
    films = tmp_path / "list.txt"
    films.write_text("nonsense://a.mp4\n")
    with pytest.raises(UsageError, match="nonsense"):
        make_plan(find_films(films), str(tmp_path / "out"), BatchOptions())


# --- many ----------------------------------------------------------------------------------------


@pytest.fixture
def films(tmp_path: Path) -> Path:
    folder = tmp_path / "films"
    for name, content in {"a.mp4": "squats", "b.mov": "nobody", "c/d.mp4": "still"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def test_the_command_lists_what_failed_and_sums_up(
    films: Path, in_this_process: FakeAnalysis, run_cli: RunCli, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    outcome = run_cli("batch", str(films), "--out", str(out), "--parquet")
    assert (out / "summary.parquet").is_file()
    assert outcome.code == 3
    assert len(outcome.err.splitlines()) == 3
    assert "[3/3]" in outcome.err
    assert "3 films: 1 done, 1 with nothing found, 1 failed." in outcome.out
    assert "b.mov: nobody was seen in b.mov. Step in." in outcome.out
    with (out / "summary.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    knee = next(one for one in SESSION.summary.pooled if one.measure == "knee_fppa_deg")
    assert knee.sem is not None
    assert [row["film"] for row in rows] == ["a.mp4", "b.mov", "c/d.mp4"]
    assert [row["status"] for row in rows] == ["done", "failed", "no_repetition"]
    assert rows[0]["knee_fppa_deg_left"] == "10.4"
    assert rows[0]["knee_fppa_deg_left_sem"] == f"{knee.sem:.3f}".rstrip("0")
    assert (rows[0]["good_reps"], rows[0]["form_judged_reps"]) == ("1", "2")
    assert (rows[0]["slow_enough_reps"], rows[0]["tempo_judged_reps"]) == ("0", "2")
    page = (out / "overview.html").read_text()
    assert 'href="./a_mp4/report.html"' in page
    assert "nobody was seen in b.mov. Step in." in page
    assert len(in_this_process.films) == 3


@pytest.mark.skipif(os.name == "nt", reason="folders are locked on POSIX only")
def test_what_killed_workers_left_is_swept_and_what_another_run_writes_is_not(
    films: Path, in_this_process: FakeAnalysis, run_cli: RunCli, tmp_path: Path
) -> None:
    """An `analyze` may be at work on a film that fails here."""
    out = tmp_path / "out"
    left, other = out / ".b_mov.abc.partial", out / ".bb_mov.abc.partial"
    with results_folder(out / "b_mov") as theirs:
        left.mkdir()
        other.mkdir()
        run_cli("batch", str(films), "--out", str(out))
        assert theirs.is_dir()
    assert not left.exists()
    assert other.exists()
    assert len(in_this_process.films) == 3


def test_exports_are_asked_for_of_each_film_and_checked_before_the_first(
    films: Path, in_this_process: FakeAnalysis, run_cli: RunCli, tmp_path: Path
) -> None:
    words = ("batch", str(films), "--out", str(tmp_path / "out"), "--export")
    assert run_cli(*words, "bvh").code == 2
    assert in_this_process.films == []
    run_cli(*words, "trc,mot", "--height-m", "1.75")
    assert set(in_this_process.how.export) == {"trc", "mot"}
    assert in_this_process.how.height_m == 1.75


def test_run_again_it_takes_up_only_what_failed(
    films: Path, in_this_process: FakeAnalysis, run_cli: RunCli, tmp_path: Path
) -> None:
    run_cli("batch", str(films), "--out", str(tmp_path / "out"))
    (films / "b.mov").write_text("once")
    in_this_process.films.clear()
    outcome = run_cli("batch", str(films), "--out", str(tmp_path / "out"))
    assert outcome.code == 0
    assert in_this_process.films == ["b.mov"]
    assert "a.mp4: step_down, 2 repetitions, 1 of 2 with good form (finished earlier)" in (
        outcome.err
    )
    assert "b.mov: step_down, 1 repetition, 1 of 1 with good form (0." in outcome.err
    assert (
        "2 done (1 of them in an earlier run), 1 with nothing found (in an earlier run).\n"
        in outcome.out
    )


def test_the_total_says_which_of_them_are_of_an_earlier_run(
    films: Path, in_this_process: FakeAnalysis, run_cli: RunCli, tmp_path: Path
) -> None:
    run_cli("batch", str(films), "--out", str(tmp_path / "out"))
    in_this_process.films.clear()
    outcome = run_cli("batch", str(films), "--out", str(tmp_path / "out"))
    assert in_this_process.films == ["b.mov"], "it failed before"
    total = (
        "3 films: 1 done (in an earlier run), 1 with nothing found (in an earlier run), 1 failed."
    )
    assert total in outcome.out


def test_form_that_was_not_judged_is_not_said_to_be_bad(
    films: Path, in_this_process: FakeAnalysis, run_cli: RunCli, tmp_path: Path
) -> None:
    (films / "a.mp4").write_text("oblique")
    out = tmp_path / "out"
    outcome = run_cli("batch", str(films), "--out", str(out))
    assert "repetitions, form not judged (" in outcome.err
    assert "with good form" not in outcome.err
    assert "<span>not judged</span>" in (out / "overview.html").read_text()
    assert "not judged" in run_cli("history").out
    compared = run_cli("compare", str(out / "a_mp4"), str(out / "a_mp4"))
    (row,) = (line for line in compared.out.splitlines() if "with good form" in line)
    assert row.split() == [*("with", "good", "form"), *("not", "judged"), *("not", "judged")]
    assert len(in_this_process.films) == 3


def test_an_exercise_that_was_not_found_is_not_named(
    films: Path, in_this_process: FakeAnalysis, run_cli: RunCli, tmp_path: Path
) -> None:
    """What it was taken for on the way is nothing that was found."""
    out = tmp_path / "out"
    outcome = run_cli("batch", str(films), "--out", str(out))
    assert "c/d.mp4: no repetition found (" in outcome.err
    with (out / "summary.csv").open(newline="") as file:
        assert [row["exercise"] for row in csv.DictReader(file)] == ["step_down", "", ""]
    named = run_cli("batch", str(films), "--out", str(out), "-e", "step_down")
    assert "c/d.mp4: step_down, no repetition found (" in named.err
    assert len(in_this_process.films) == 6


def test_what_was_analyzed_joins_the_history_of_its_person_once(
    films: Path, in_this_process: FakeAnalysis, run_cli: RunCli, tmp_path: Path
) -> None:
    (films / "b.mov").write_text("more squats")
    settings = tmp_path / "who.csv"
    settings.write_text("film,person\nb.mov,runner-2\n")
    command = ("batch", str(films), "--out", str(tmp_path / "out"))
    with_people = (*command, "--person", "runner-1", "--settings", str(settings))
    run_cli(*command, "--no-history")
    assert not default_path().exists()
    (films / "a.mp4").write_text("other squats")
    (films / "b.mov").write_text("other squats, more")
    for _ in range(2):
        run_cli(*with_people)
    with History(default_path()) as history:
        assert sorted(entry.person for entry in history.entries()) == ["runner-1", "runner-2"]
    assert len(in_this_process.films) == 5, "who it is changes nothing in the results"


def people(db: Path | None = None) -> list[str]:
    """Whose sessions the history holds, one name for each."""
    with History(db or default_path()) as history:
        return sorted(entry.person for entry in history.entries())


def test_what_an_earlier_run_could_not_add_joins_the_history_later(
    films: Path, in_this_process: FakeAnalysis, run_cli: RunCli, tmp_path: Path
) -> None:
    (films / "b.mov").write_text("more squats")
    command = ("batch", str(films), "--out", str(tmp_path / "out"))
    (tmp_path / "letter.txt").write_text("a letter")
    bad = run_cli(*command, "--db", str(tmp_path / "letter.txt"))
    said = [line for line in bad.err.splitlines() if "not added to the history" in line]
    assert len(said) == 1, "the same trouble is told once, for two films"
    assert "run the same command again" in said[0]
    run_cli(*command, "--no-history")
    assert not default_path().exists()
    for _ in range(2):
        run_cli(*command)
        assert people() == ["", ""]
    run_cli(*command, "--person", "runner-1")
    assert people() == ["", "", "runner-1", "runner-1"]
    run_cli(*command, "--db", str(tmp_path / "other.db"))
    assert people(tmp_path / "other.db") == ["", ""]
    assert len(in_this_process.films) == 3, "none of this changes the results"


def test_a_batch_killed_before_the_note_was_written_adds_nothing_twice(
    films: Path, in_this_process: FakeAnalysis, run_cli: RunCli, tmp_path: Path
) -> None:
    command = ("batch", str(films), "--out", str(tmp_path / "out"))
    run_cli(*command)
    (tmp_path / "out" / "a_mp4" / "joined.json").unlink()
    run_cli(*command)
    assert people() == [""]
    assert (tmp_path / "out" / "a_mp4" / "joined.json").exists()
    assert in_this_process.films.count("a.mp4") == 1


def test_what_was_deleted_from_the_history_does_not_come_back(
    films: Path, in_this_process: FakeAnalysis, run_cli: RunCli, tmp_path: Path
) -> None:
    command = ("batch", str(films), "--out", str(tmp_path / "out"))
    run_cli(*command)
    assert run_cli("history", "delete", "1", "--yes").code == 0
    run_cli(*command)
    assert people() == []
    assert run_cli(*command, "--side", "left").code == 3
    assert people() == [""], "another analysis joins anew"
    assert in_this_process.films.count("a.mp4") == 2


def test_a_film_whose_leg_is_not_sure_is_named_and_told_how(
    films: Path, in_this_process: FakeAnalysis, run_cli: RunCli, tmp_path: Path
) -> None:
    (films / "b.mov").write_text("unsure")
    said = run_cli("batch", str(films), "--out", str(tmp_path / "out")).err
    assert "not added to the history: b.mov: could not tell which leg was working" in said
    assert "--settings" in said
    assert people() == [""]
    assert len(in_this_process.films) == 3


def test_json_gives_the_rows_and_nothing_else(
    films: Path, in_this_process: FakeAnalysis, run_cli: RunCli, tmp_path: Path
) -> None:
    rows = json.loads(run_cli("batch", str(films), "-o", str(tmp_path / "out"), "--json").out)
    assert [row["status"] for row in rows] == ["done", "failed", "no_repetition"]
    assert rows[0]["reps"] == 2
    assert len(in_this_process.films) == 3


def test_no_repetition_in_any_film_exits_with_4(
    films: Path, in_this_process: FakeAnalysis, run_cli: RunCli, tmp_path: Path
) -> None:
    for name in ("a.mp4", "b.mov"):
        (films / name).unlink()
    assert run_cli("batch", str(films), "--out", str(tmp_path / "out")).code == 4
    assert in_this_process.films == ["d.mp4"]


def test_interrupted_it_keeps_what_is_done_and_says_what_is_not(
    films: Path, in_this_process: FakeAnalysis, run_cli: RunCli, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (films / "c" / "d.mp4").write_text("interrupt")  # the largest comes first
    (films / "zz.mp4").write_text("a far larger film")
    outcome = run_cli("batch", str(films), "--out", str(out))
    assert outcome.code == 130
    assert "interrupted after 1 of 4 films" in outcome.err
    with (out / "summary.csv").open(newline="") as file:
        status = {row["film"]: row["status"] for row in csv.DictReader(file)}
    assert status == {
        "a.mp4": "not_reached",
        "b.mov": "not_reached",
        "c/d.mp4": "not_reached",
        "zz.mp4": "done",
    }
    (films / "c" / "d.mp4").write_text("squats")
    (films / "b.mov").write_text("squats")
    assert run_cli("batch", str(films), "--out", str(out)).code == 0
    assert in_this_process.films.count("zz.mp4") == 1


def test_a_second_interrupt_does_not_keep_the_tables_from_being_written(
    films: Path, in_this_process: FakeAnalysis, run_cli: RunCli, tmp_path: Path, monkeypatch: Any
) -> None:
    out = tmp_path / "out"
    (films / "c" / "d.mp4").write_text("interrupt")
    written = formcheck.app.batch.table.write_csv

    def interrupted(path: Path, outcomes: Sequence[Outcome], style: CsvStyle) -> None:
        signal.raise_signal(signal.SIGINT)
        written(path, outcomes, style)

    monkeypatch.setattr(formcheck.app.batch.table, "write_csv", interrupted)
    assert run_cli("batch", str(films), "--out", str(out)).code == 130
    assert (out / "summary.csv").exists()
    assert (out / "overview.html").exists()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert in_this_process.films == ["d.mp4"]


def test_an_old_table_does_not_outlive_a_batch_that_is_killed(
    films: Path, in_this_process: FakeAnalysis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    plan = make_plan(find_films(films), str(out), BatchOptions())
    run_batch(plan)

    def killed(*_: object) -> Iterator[Outcome]:
        raise MemoryError
        yield

    monkeypatch.setattr(formcheck.app.batch.batch_run, "run_in_processes", killed)
    with pytest.raises(MemoryError):
        run_batch(plan)
    assert not (out / "summary.csv").exists()
    assert not (out / "overview.html").exists()
    assert (out / "a_mp4" / "report.html").exists()
    assert len(in_this_process.films) == 3


@pytest.mark.skipif(os.name == "nt", reason="locks are of POSIX")
def test_nothing_is_written_outside_whatever_films_and_people_are_called(
    films: Path, in_this_process: FakeAnalysis, run_cli: RunCli, tmp_path: Path
) -> None:
    for name in ("..mp4", "a\\..\\b.mp4"):
        (films / name).write_text("squats")
    (films / "list.txt").write_text("../films/a.mp4\n..mp4\na\\..\\b.mp4\nc/../c/../c/d.mp4\n")
    (tmp_path / "who.csv").write_text("film,person\n*,../../out of here\n")
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    words = ("batch", str(films / "list.txt"), "--settings", str(tmp_path / "who.csv"))
    assert run_cli(*words, "--no-history", "-o", str(tmp_path / "deep/down/out")).code == 0
    assert len(in_this_process.films) == 4
    made = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert len(made) > 8
    assert all(path.is_relative_to(tmp_path / "deep/down/out") for path in made)


def test_two_batches_do_not_share_a_folder(
    films: Path, in_this_process: FakeAnalysis, tmp_path: Path
) -> None:
    plan = make_plan(find_films(films), str(tmp_path / "out"), BatchOptions())
    refused: list[str] = []

    def again(_: Outcome) -> None:
        try:
            run_batch(plan)
        except UsageError as error:
            refused.append(error.message)

    run_batch(plan, on_outcome=again)
    assert len(refused) == 3
    assert len(in_this_process.films) == 3


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_does_not_lead_out_of_the_results(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "c").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="is a link to a place outside"):
        make_plan(find_films(films), str(out), BatchOptions())


@pytest.mark.parametrize(
    "options",
    [
        ["--jobs", "0"],
        ["--exercise", "sqat"],
        ["--settings", "nowhere.csv"],
        ["--scheduler", "tcp://127.0.0.1:1"],
    ],
)
def test_wrong_usage_begins_nothing(
    options: list[str], films: Path, run_cli: RunCli, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("formcheck.app.batch.cluster.CONNECT_S", 0.5)
    out = tmp_path / "out"
    outcome = run_cli("batch", str(films), "--out", str(out), *options)
    assert outcome.code == 2
    assert "Traceback" not in outcome.err
    assert not out.exists()


# --- tables --------------------------------------------------------------------------------------

HOSTILE = "<script>alert(1)</script>/=1+1.mp4"


def outcomes() -> list[Outcome]:
    films = [Film("a.mp4", "/a.mp4", "a_mp4"), Film(HOSTILE, "/b", "<b>_mp4")]
    return [
        Outcome(films[0], FilmOptions(person="=cmd()"), "done", row=ROW),
        Outcome(films[1], FilmOptions(person="\n=1+1"), "failed", "<img src=x>", "<hint>"),
        Outcome(films[1], FilmOptions(), "no_repetition", row=replace(NO_REPS, verdict="<u>")),
        Outcome(Film("é\udcff.mp4", "/c", "c"), FilmOptions(person="<i>"), "not_reached"),
    ]


def test_the_page_escapes_every_text() -> None:
    page = render(outcomes())
    for text in ("<script>", "<img", "<hint>", "<i>", "<u>", "<b>_mp4"):
        assert text not in page
    assert "&lt;script&gt;" in page
    assert 'href="./%3Cb%3E_mp4/report.html"' in page
    assert "default-src 'none'" in page


def test_the_csv_holds_no_formula(tmp_path: Path) -> None:
    write_csv(tmp_path / "summary.csv", outcomes())
    with (tmp_path / "summary.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["person"] == "'=cmd()"
    assert rows[1]["person"] == "\N{REPLACEMENT CHARACTER}=1+1"  # no formula any more
    assert rows[1]["reps"] == ""
    assert rows[3]["film"] == "é\N{REPLACEMENT CHARACTER}.mp4"


def test_no_name_upsets_a_terminal_or_turns_a_line_around(tmp_path: Path) -> None:
    name = "a\x1b[31mb\u202egpm.mp4"
    film = Film(name, f"/{name}", "a")
    outcome = Outcome(film, FilmOptions(person=name), "failed", f"{name} is empty", f"mend {name}")
    write_csv(tmp_path / "summary.csv", [outcome])
    for text in ((tmp_path / "summary.csv").read_text(), render([outcome])):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "a\N{REPLACEMENT CHARACTER}[31mb" in text


def test_the_parquet_is_the_same_table_with_types(tmp_path: Path) -> None:
    import pyarrow.parquet

    write_parquet(tmp_path / "summary.parquet", outcomes())
    table = pyarrow.parquet.read_table(tmp_path / "summary.parquet")
    assert table.column_names == header(outcomes())
    rows = table.to_pylist()
    assert {name: rows[0][name] for name in record(outcomes()[0])} == record(outcomes()[0])
    assert rows[1]["reps"] is None
    assert str(table.schema.field("reps").type) == "int64"
    assert list(tmp_path.iterdir()) == [tmp_path / "summary.parquet"]
