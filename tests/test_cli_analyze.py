"""The command ``analyze`` around an analysis that is stood in for."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from analyzed_examples import NO_REPS, SESSION
from conftest import RunCli
from msgspec import structs

import formcheck.app.analyze
from formcheck.app.options import AnalyzeOptions
from formcheck.data.errors import ModelError, OutputError, SourceError
from formcheck.data.session import Session
from formcheck.data.settings import Settings
from formcheck.store.history.history_store import History

Analysis = Callable[[Path, AnalyzeOptions], Session]


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Analysis], None]:
    """Put an analysis of the test's own in place of the true one, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def install(analysis: Analysis) -> None:
        def and_saved(video: Path, options: AnalyzeOptions) -> Session:
            session = analysis(video, options)
            if options.saved is not None:
                options.saved(session)
            return session

        monkeypatch.setattr(formcheck.app.analyze, "analyze_film", and_saved)

    return install


def write_results(_: Path, options: AnalyzeOptions) -> Session:
    assert options.out is not None
    options.out.mkdir()
    for name in ("report.html", "session.json"):
        (options.out / name).touch()
    return SESSION


def test_it_prints_reps_verdict_advice_and_paths(
    stand_in: Callable[[Analysis], None], run_cli: RunCli
) -> None:
    stand_in(write_results)
    outcome = run_cli("analyze", "set.mp4")
    assert outcome.code == 0
    assert outcome.err == ""
    assert "Step-down: 2 repetitions, left leg, front view" in outcome.out
    assert "+17.8 ± 1.4° !!" in outcome.out
    assert outcome.out.index("Good form in 1 of 2") < outcome.out.index("Push the knee out")
    assert "The camera leans by 4 degrees." in outcome.out
    assert "Not measured: Knee flexion. It needs a side view." in outcome.out
    assert str(Path("set_formcheck") / "report.html") in outcome.out
    assert "annotated.mp4" not in outcome.out, "a file that was not written is not listed"


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_it_fits_any_terminal(
    width: int,
    stand_in: Callable[[Analysis], None],
    run_cli: RunCli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("formcheck.cli.console.PIPE_WIDTH", width)
    stand_in(write_results)
    lines = run_cli("analyze", "set.mp4").out.splitlines()
    assert max(len(line) for line in lines if "set_formcheck" not in line) <= width
    assert any("fault" in line for line in lines)


def test_a_pipe_gets_no_control_codes(
    stand_in: Callable[[Analysis], None], run_cli: RunCli
) -> None:
    stand_in(write_results)
    assert "\x1b" not in run_cli("analyze", "set.mp4").out


def test_json_is_the_session_record_and_nothing_else(
    stand_in: Callable[[Analysis], None], run_cli: RunCli
) -> None:
    stand_in(write_results)
    record = json.loads(run_cli("analyze", "set.mp4", "--json").out)
    assert record["schema"] == "formcheck.session/2"
    assert [one["measurements"]["knee_fppa_deg"]["value"] for one in record["efforts"]] == [
        3.0,
        17.8,
    ]


def test_every_option_reaches_the_analysis(
    stand_in: Callable[[Analysis], None], run_cli: RunCli, tmp_path: Path
) -> None:
    seen: list[tuple[Path, AnalyzeOptions]] = []

    def remember(video: Path, options: AnalyzeOptions) -> Session:
        seen.append((video, options))
        return SESSION

    stand_in(remember)
    (tmp_path / "mine.toml").write_text("cutoff_hz = 5.0\n")
    run_cli(
        *["analyze", "a b.mp4", "-e", "step_down", "--side", "right", "--view", "side"],
        *["-o", "there"],
        *["--mirrored", "--slow-motion", "4", "--no-video", "--no-poses", "--model", "m.task"],
        *["--subject", "0.3,0.5", "--config", "mine.toml", "--person", "runner-1"],
        *["--date", "2026-05-31", "--step-height", "15", "--load", "2.5", "--pain", "1"],
        *["--export", "trc,mot", "--height-m", "1.75", "--frame-rate", "25", "--size", "640x480"],
    )
    ((video, options),) = seen
    assert video == Path("a b.mp4")
    assert options == AnalyzeOptions(
        exercise="step_down",
        side="right",
        view="side",
        out=Path("there"),
        mirrored=True,
        slow_motion=4.0,
        video_out=False,
        keep_poses=False,
        model=Path("m.task"),
        settings=Settings(cutoff_hz=5.0),
        subject="0.3,0.5",
        person="runner-1",
        date="2026-05-31",
        step_height_cm=15.0,
        load_kg=2.5,
        pain=1,
        export=("trc", "mot"),
        height_m=1.75,
        frame_rate=25.0,
        size=(640, 480),
    )
    assert options.progress is None, "no progress bar without a terminal"


def test_no_repetition_exits_with_4(stand_in: Callable[[Analysis], None], run_cli: RunCli) -> None:
    stand_in(lambda *_: NO_REPS)
    outcome = run_cli("analyze", "set.mp4")
    assert outcome.code == 4
    assert outcome.err.startswith("formcheck: no repetition found in set.mp4. ")
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SourceError("'set\n.mp4' holds no picture", hint="film it again"), 3),
        (OutputError("the folder there cannot be written to", hint="choose another"), 2),
    ],
)
def test_a_failure_is_one_line_with_its_exit_code(
    error: Exception, code: int, stand_in: Callable[[Analysis], None], run_cli: RunCli
) -> None:
    def fail(_: Path, __: AnalyzeOptions) -> Session:
        raise error

    stand_in(fail)
    outcome = run_cli("analyze", "set.mp4")
    assert outcome.code == code
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1
    assert outcome.err.startswith("formcheck: ")


@pytest.mark.parametrize(
    "error",
    [
        ImportError("libGL.so.1: cannot open shared object file: No such file or directory"),
        ModelError("cannot load it: libGL.so.1: cannot open shared object file", hint="no use"),
    ],
)
def test_a_missing_system_library_names_its_package(
    error: Exception, stand_in: Callable[[Analysis], None], run_cli: RunCli
) -> None:
    def fail(_: Path, __: AnalyzeOptions) -> Session:
        raise error

    stand_in(fail)
    outcome = run_cli("analyze", "set.mp4", "-e", "squat")
    assert outcome.code == 3
    assert outcome.err == (
        "formcheck: the system library libGL.so.1 is missing. "
        "On Debian or Ubuntu run: sudo apt-get install libgl1.\n"
    )


def test_a_wrong_exercise_is_told_before_the_film_is_opened(run_cli: RunCli) -> None:
    outcome = run_cli("analyze", "missing.mp4", "--exercise", "stepdown")
    assert outcome.code == 2
    assert "Did you mean step_down?" in outcome.err
    assert "single_leg_squat" in outcome.err


def test_interrupted_says_what_was_saved(
    stand_in: Callable[[Analysis], None], run_cli: RunCli
) -> None:
    def interrupt(video: Path, options: AnalyzeOptions) -> Session:
        write_results(video, options)
        raise KeyboardInterrupt

    stand_in(interrupt)
    outcome = run_cli("analyze", "set.mp4", "--out", "there")
    assert outcome.code == 130
    assert outcome.err == "formcheck: interrupted. What was measured until then is in there.\n"


def test_interrupted_early_does_not_point_to_older_results(
    stand_in: Callable[[Analysis], None], run_cli: RunCli, tmp_path: Path
) -> None:
    def interrupt(_: Path, __: AnalyzeOptions) -> Session:
        raise KeyboardInterrupt

    stand_in(interrupt)
    older = tmp_path / "there" / "session.json"
    older.parent.mkdir()
    older.touch()
    os.utime(older, (1.0e9, 1.0e9))
    outcome = run_cli("analyze", "set.mp4", "--out", "there")
    assert outcome.code == 130
    assert "before anything was measured" in outcome.err


def test_a_mistake_of_ours_leaves_a_log_and_no_traceback(
    stand_in: Callable[[Analysis], None],
    run_cli: RunCli,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    def break_down(_: Path, __: AnalyzeOptions) -> Session:
        raise ZeroDivisionError("two\nlines")

    stand_in(break_down)
    monkeypatch.delenv("FORMCHECK_DEBUG", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    outcome = run_cli("analyze", "set.mp4")
    assert outcome.code == 1
    assert "Traceback" not in outcome.err
    assert outcome.err.count("\n") == 1
    (log,) = tmp_path.glob("formcheck-*.log")
    assert str(log) in outcome.err
    assert "break_down" in log.read_text("utf-8")

    monkeypatch.setenv("FORMCHECK_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        formcheck.cli.main(["analyze", "set.mp4"])


def test_a_hostile_name_cannot_style_the_screen(
    stand_in: Callable[[Analysis], None], run_cli: RunCli
) -> None:
    stand_in(lambda *_: NO_REPS)
    outcome = run_cli("analyze", "[red]\x1b[31m\n.mp4")
    assert "[red]\\x1b[31m\\n.mp4" in outcome.err
    assert "\x1b" not in outcome.out + outcome.err


def test_nan_is_no_slow_motion_factor(
    stand_in: Callable[[Analysis], None], run_cli: RunCli
) -> None:
    stand_in(lambda *_: SESSION)
    outcome = run_cli("analyze", "set.mp4", "--slow-motion", "nan")
    assert outcome.code == 2


def test_it_joins_the_history_and_says_so(
    stand_in: Callable[[Analysis], None], run_cli: RunCli, history_file: Path
) -> None:
    stand_in(write_results)
    Path("set.mp4").write_bytes(b"a film")
    outcome = run_cli("analyze", "set.mp4", "--person", "runner-1")
    assert "Added to the history as session 1 (runner-1)" in outcome.out
    shutil.rmtree("set_formcheck")
    again = run_cli("analyze", "set.mp4", "--person", "RUNNER-1")
    assert "Replaced session 1 (RUNNER-1) in the history." in again.out
    with History(history_file) as history:
        assert [entry.person for entry in history.entries()] == ["runner-1"]


def test_it_stays_out_of_the_history_when_told(
    stand_in: Callable[[Analysis], None], run_cli: RunCli, history_file: Path
) -> None:
    stand_in(write_results)
    assert "history" not in run_cli("analyze", "set.mp4", "--no-history").out
    assert not history_file.exists()


def test_a_history_that_cannot_be_written_costs_no_analysis(
    stand_in: Callable[[Analysis], None], run_cli: RunCli, tmp_path: Path
) -> None:
    stand_in(write_results)
    (tmp_path / "file").touch()
    outcome = run_cli("analyze", "set.mp4", "--db", str(tmp_path / "file" / "history.sqlite3"))
    assert outcome.code == 0
    assert "+17.8 ± 1.4° !!" in outcome.out
    assert outcome.err.startswith("formcheck: not added to the history: ")
    assert len(outcome.err.splitlines()) == 1


def test_a_session_without_repetitions_does_not_join_the_history(
    stand_in: Callable[[Analysis], None], run_cli: RunCli, history_file: Path
) -> None:
    stand_in(lambda *_: NO_REPS)
    assert run_cli("analyze", "set.mp4").code == 4
    assert not history_file.exists()


@pytest.mark.parametrize(
    "option", [("--pain", "11"), ("--pain", "-1"), ("--step-height", "-3"), ("--date", "31.5.")]
)
def test_what_is_told_is_checked_before_the_work(option: tuple[str, str], run_cli: RunCli) -> None:
    outcome = run_cli("analyze", "set.mp4", *option)
    assert outcome.code == 2
    assert option[0] in outcome.err


def test_a_leg_that_is_not_sure_is_said_and_stays_out_of_the_history(
    stand_in: Callable[[Analysis], None], run_cli: RunCli, history_file: Path
) -> None:
    unsure = structs.replace(
        SESSION, efforts=tuple(structs.replace(r, stance_sure=False) for r in SESSION.reps)
    )
    stand_in(lambda *_: unsure)
    outcome = run_cli("analyze", "set.mp4")
    assert "not sure which leg was working" in outcome.out.splitlines()[0]
    assert "on the" not in outcome.out.splitlines()[0]
    assert "not added to the history: could not tell which leg was working" in outcome.err
    assert not history_file.exists()
