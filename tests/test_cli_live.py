"""The command ``live``: its options, its exit codes, and what it says."""

from __future__ import annotations

import json
import webbrowser
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Outcome, RunCli
from live_sessions import PosesAsCamera, options, recording
from session_examples import no_reps, poor_two_leg_set

import formcheck.app.live as live_room
from formcheck.app.live import Latency, LiveOutcome
from formcheck.app.options import LiveOptions
from formcheck.cli import live_command
from formcheck.cli.live_command import latency_words
from formcheck.coach.plan import Plan
from formcheck.data.errors import OutputError
from formcheck.data.session import DESCENT, Session, Training
from formcheck.data.settings import Settings
from formcheck.pose.recorded import RecordedEstimator
from formcheck.store import session_file
from formcheck.store.exports import Exports
from formcheck.store.journal import HistoryTarget
from formcheck.video import camera
from formcheck.video.camera import FoundCamera

SESSION = poor_two_leg_set()
LATENCY = Latency(frames=1790, dropped=10, median_ms=31.4, p95_ms=48.2, p99_ms=77.9)


class Stage:
    """Stands in for the session and the browser."""

    def __init__(self) -> None:
        self.options: LiveOptions | None = None
        self.folder: Path | None = None
        self.outcome = LiveOutcome(SESSION, LATENCY)
        self.opened: list[str] = []
        self.stopped_while_drawing = False

    def run_live(
        self, options: LiveOptions, folder: Path, *, saved: Callable[[Session], None], **_: Any
    ) -> LiveOutcome:
        self.options, self.folder = options, folder
        if self.outcome.record_saved and self.outcome.completed:
            saved(self.outcome.session)
        if self.stopped_while_drawing:
            raise KeyboardInterrupt
        return self.outcome


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stage:
    stage = Stage()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(live_room, "run_live", stage.run_live)
    monkeypatch.setattr(webbrowser, "open", stage.opened.append)
    return stage


def test_without_options_it_is_eight_of_each_leg_before_camera_0(
    stage: Stage, run_cli: RunCli
) -> None:
    assert run_cli("live", "-e", "step_down").code == 0
    assert stage.options == LiveOptions(
        camera="0", exercise="step_down", history_target=HistoryTarget()
    )
    assert stage.options.plan == Plan(reps=8, sets=1, rest_s=30.0, quiet_s=60.0)
    assert stage.folder is not None
    assert stage.folder.name.startswith("live_20")
    assert stage.folder.name.endswith("_step_down_formcheck")


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("--camera rtsp://phone:8554/a", "camera", "rtsp://phone:8554/a"),
        ("--camera 2", "camera", "2"),
        ("--view front", "view", "front"),
        ("--side left", "side", "left"),
        ("--side right", "plan", Plan(side="right")),
        ("--reps 5 --sets 3 --rest 45.5", "plan", Plan(reps=5, sets=3, rest_s=45.5)),
        ("--quiet 20", "plan", Plan(quiet_s=20.0)),
        ("--tempo 4-0-2-1", "tempo", "4-0-2-1"),
        ("--out here", "out", Path("here")),
        ("--record", "record", True),
        ("--no-video", "video_out", False),
        ("--no-poses", "keep_poses", False),
        ("--headless", "headless", True),
        ("--full-screen", "full_screen", True),
        ("--mute", "muted", True),
        ("--speak", "speech", True),
        ("--mirrored", "mirrored", True),
        ("--rotate 90", "rotate", 90),
        ("--subject left", "subject", "left"),
        ("--model other.task", "model", Path("other.task")),
        ("--max-time 90", "max_time_s", 90.0),
        ("--export trc,MOT", "exports", Exports.of(["trc", "mot"])),
        ("--export trc --height-m 1.75", "exports", Exports.of(["trc"], 1.75)),
    ],
)
def test_each_option_arrives(
    words: str, field: str, value: Any, stage: Stage, run_cli: RunCli
) -> None:
    assert run_cli("live", "-e", "step_down", *words.split()).code == 0
    assert getattr(stage.options, field) == value
    usual = LiveOptions(camera="0", exercise="step_down", history_target=HistoryTarget())
    changed = {
        entry.name
        for entry in fields(LiveOptions)
        if getattr(stage.options, entry.name) != getattr(usual, entry.name)
    }
    asked_for = {word.lstrip("-") for word in words.split() if word.startswith("--")}
    assert len(changed) == len(asked_for), "and nothing else changes"


def test_what_history_it_joins_is_known_before_it_begins(
    stage: Stage, run_cli: RunCli, tmp_path: Path
) -> None:
    db = tmp_path / "my.sqlite3"
    words = ("live", "-e", "step_down", "--step-height", "15")
    run_cli(*words, "--person", "runner-1", "--db", str(db))
    assert stage.options is not None
    assert stage.options.history_target == HistoryTarget("runner-1", db)
    assert stage.options.training == Training(step_height_cm=15.0)
    run_cli(*words, "--no-history")
    assert stage.options.history_target is None


def test_settings_arrive(stage: Stage, run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("cutoff_hz = 5.0\n")
    run_cli("live", "-e", "step_down", "--config", "mine.toml")
    assert stage.options is not None
    assert stage.options.settings == Settings(cutoff_hz=5.0)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "--exercise"),
        ("-e bench_press", "bench_press"),
        ("-e step_down --reps 0", "--reps"),
        ("-e step_down --tempo fast", "3-1-1-0"),
        ("-e step_down --rest=-1", "--rest"),
        ("-e step_down --rest inf", "'rest' must be from 0 to 3600, not inf"),
        ("-e step_down --sets 5000", "'sets' must be from 1 to 100, not 5000"),
        ("-e step_down --config no.toml", "no.toml"),
        ("-e step_down --load nan", "from 0 to 500, not nan"),
        ("-e step_down --load 501", "from 0 to 500, not 501"),
        ("-e step_down --step-height=-1", "from 0 to 100, not -1"),
    ],
)
def test_wrong_usage_exits_with_2(words: str, says: str, stage: Stage, run_cli: RunCli) -> None:
    outcome = run_cli("live", *words.split())
    assert outcome.code == 2
    assert says in outcome.err
    assert stage.options is None


def test_the_report_opens_unless_told_not_to(stage: Stage, run_cli: RunCli) -> None:
    run_cli("live", "-e", "step_down", "--out", "there")
    assert [Path(address).name for address in stage.opened] == ["report.html"]
    assert stage.opened[0].startswith("file://")
    run_cli("live", "-e", "step_down", "--no-open")
    run_cli("live", "-e", "step_down", "--headless")
    assert len(stage.opened) == 1


def ended(stage: Stage, run_cli: RunCli, **changes: Any) -> Outcome:
    stage.outcome = replace(stage.outcome, **changes)
    return run_cli("live", "-e", "step_down", "--out", "there")


def test_latency_is_told_on_standard_error(stage: Stage, run_cli: RunCli) -> None:
    outcome = ended(stage, run_cli)
    assert "Nearly all pictures were shown without visible delay" in outcome.err
    assert "10 of 1800 were left out" in outcome.err
    assert "7 repetitions" in outcome.out
    assert latency_words(LATENCY) in outcome.err
    assert "too busy" not in outcome.err
    slow = ended(stage, run_cli, latency=replace(LATENCY, dropped=300, p95_ms=420.0))
    assert "Pictures were shown up to 0.4 s late" in slow.err
    assert "or use --no-video" in slow.err
    bare = run_cli("live", "-e", "step_down", "--out", "there", "--no-video")
    assert "too busy" in bare.err
    assert "--no-video" not in bare.err


def test_a_session_joins_the_history_unless_told_not_to(stage: Stage, run_cli: RunCli) -> None:
    assert (
        "Added to the history as session 1 (runner-1)."
        in run_cli("live", "-e", "step_down", "--person", "runner-1").out
    )
    assert "history" not in run_cli("live", "-e", "step_down", "--no-history").out
    assert "history" not in ended(stage, run_cli, completed=False).out


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(
    ("answers", "pain"),
    [(["3"], 3), (["eleven", "11", "-1", "10"], 10), ([""], None), ([EOFError], None)],
)
def test_the_pain_is_asked_for_at_a_terminal_and_kept(
    answers: list[Any],
    pain: int | None,
    run_cli: RunCli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "there").mkdir()
    session_file.save(tmp_path / "there" / "session.json", SESSION)
    monkeypatch.setattr(live_command, "_is_interactive", lambda: True)
    given = iter(answers)

    def answer(question: str) -> str:
        assert "0 to 10" in question
        said = next(given)
        if said is EOFError:
            raise EOFError
        return str(said)

    monkeypatch.setattr("builtins.input", answer)
    outcome = run_cli("live", "-e", "step_down", "--out", "there", "--step-height", "15")
    assert outcome.code == 0
    assert list(given) == []
    kept = session_file.load(tmp_path / "there").training
    assert kept == Training(step_height_cm=15.0, pain=pain)
    page = (tmp_path / "there" / "report.html").read_text("utf-8")
    assert "15\N{NO-BREAK SPACE}cm" in page


@pytest.mark.usefixtures("stage")
def test_nobody_at_a_terminal_is_asked_nothing(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    session_file.save(tmp_path / "there" / "session.json", SESSION)
    assert run_cli("live", "-e", "step_down", "--out", "there", "--load", "4").code == 0
    assert session_file.load(tmp_path / "there").training == Training(load_kg=4.0)


def test_ctrl_c_exits_with_130_and_says_where_it_is(stage: Stage, run_cli: RunCli) -> None:
    outcome = ended(stage, run_cli, completed=False)
    assert outcome.code == 130
    assert "there" in outcome.err
    assert stage.opened == []


def test_ctrl_c_while_the_film_is_drawn_exits_with_130_after_all_else(
    stage: Stage, run_cli: RunCli
) -> None:
    outcome = ended(stage, run_cli, film_skipped=True)
    assert outcome.code == 130
    assert (
        "everything is measured and saved in there, only the annotated film is missing"
        in outcome.err
    )
    assert "to the history as session" in outcome.out
    assert stage.opened == []


def test_it_joins_the_history_before_its_film_is_drawn(
    stage: Stage, run_cli: RunCli, tmp_path: Path
) -> None:
    stage.stopped_while_drawing = True
    (tmp_path / "there").mkdir()
    assert ended(stage, run_cli).code == 130
    assert '"reps"' in run_cli("history", "--json").out


def test_no_repetition_exits_with_4(stage: Stage, run_cli: RunCli) -> None:
    outcome = ended(stage, run_cli, session=no_reps())
    assert outcome.code == 4
    assert "explain" in outcome.err


def test_what_was_not_saved_exits_with_2_and_says_how_to_go_on(
    stage: Stage, run_cli: RunCli
) -> None:
    full = OutputError("Could not write session.json: No space left on device.", hint="Make room.")
    outcome = ended(stage, run_cli, not_saved=(full,), record_saved=False, reps_kept=4)
    assert outcome.code == 2
    assert "No space left" in outcome.err
    assert "formcheck report there" in outcome.err
    assert "4 of 7 repetitions are kept in there" in outcome.err
    assert "7 repetitions" in outcome.out, "what was measured is shown all the same"
    assert stage.opened == []
    nothing = ended(stage, run_cli, reps_kept=0)
    assert "no repetition could be saved" in nothing.err
    assert "formcheck report" not in nothing.err


def test_the_raw_video_is_among_the_files_at_the_end(
    stage: Stage, run_cli: RunCli, tmp_path: Path
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "raw.mp4").touch()
    assert "raw.mp4" in ended(stage, run_cli).out


def test_a_ctrl_c_too_early_or_too_late(
    stage: Stage, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(*_: object, **__: object) -> LiveOutcome:
        raise KeyboardInterrupt

    monkeypatch.setattr(live_room, "run_live", interrupted)
    outcome = run_cli("live", "-e", "step_down", "--out", "there")
    assert (outcome.code, "Nothing was written" in outcome.err) == (130, True)
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "session.journal.jsonl").touch()
    outcome = run_cli("live", "-e", "step_down", "--out", "there")
    assert (outcome.code, "formcheck report there" in outcome.err) == (130, True)

    def interrupted_at_the_end(_: LiveOptions, folder: Path, **__: object) -> LiveOutcome:
        folder.mkdir()
        (folder / "session.json").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(live_room, "run_live", interrupted_at_the_end)
    outcome = run_cli("live", "-e", "step_down", "--out", "whole")
    assert outcome.code == 130
    assert "The whole session is in whole" in outcome.err
    again = run_cli("live", "-e", "step_down", "--out", "whole")  # it was there before
    assert "The whole session" not in again.err
    assert stage.options is None


def test_a_ctrl_c_while_the_command_is_being_loaded(
    run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: LiveOptions) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(live_command, "require_possible", interrupted)
    outcome = run_cli("live", "-e", "squat", "--headless")
    assert outcome.code == 130
    assert "interrupted" in outcome.err


def test_after_an_unexpected_error_it_says_how_to_finish(
    stage: Stage, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: LiveOptions, folder: Path, **__: object) -> LiveOutcome:
        folder.mkdir(exist_ok=True)
        (folder / "session.journal.jsonl").touch()
        raise RuntimeError("a mistake")

    monkeypatch.setattr(live_room, "run_live", breaks)
    outcome = run_cli("live", "-e", "step_down", "--out", "there")
    assert outcome.code == 1
    assert "formcheck report there" in outcome.err
    assert "a mistake" in outcome.err
    assert stage.options is None


def test_json_is_the_session_record(stage: Stage, run_cli: RunCli) -> None:
    outcome = run_cli("live", "-e", "step_down", "--json")
    assert json.loads(outcome.out)["exercise"]["id"] == "step_down"
    assert stage.options is not None


def test_the_cameras_are_listed(run_cli: RunCli, monkeypatch: pytest.MonkeyPatch) -> None:
    found: tuple[FoundCamera, ...] = (FoundCamera(0, "HD Webcam"), FoundCamera(2))
    monkeypatch.setattr(camera, "list_cameras", lambda: found)
    outcome = run_cli("live", "--list-cameras")
    assert outcome.code == 0
    assert "0  HD Webcam" in outcome.out
    assert json.loads(run_cli("live", "--list-cameras", "--json").out) == [
        {"number": 0, "name": "HD Webcam"},
        {"number": 2, "name": ""},
    ]
    monkeypatch.setattr(camera, "list_cameras", lambda: ())
    assert "No camera" in run_cli("live", "--list-cameras").out


@pytest.mark.parametrize(
    ("address", "code", "says"),
    [
        ("", 2, "the camera's address is empty"),
        (" ", 2, "the camera's address is empty"),
        ("-1", 2, "no camera has the number -1"),
        ("9" * 20, 2, "no camera has the number 999"),
        ("9" * 5000, 2, "no camera has the number 999"),
        (".", 3, "'.' is a folder, not a camera or a film"),
    ],
)
def test_what_can_be_no_camera_is_refused_in_words_of_cameras(
    address: str,
    code: int,
    says: str,
    run_cli: RunCli,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = run_cli("live", "-e", "step_down", "--headless", f"--camera={address}")
    assert outcome.code == code
    assert says in outcome.err
    assert "OpenPose" not in outcome.err
    assert outcome.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["97", "no_such_film.mp4"])
def test_a_camera_that_is_not_there_exits_with_3_and_leaves_nothing(
    address: str, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = run_cli("live", "-e", "step_down", "--headless", "--camera", address)
    assert outcome.code == 3
    assert address in outcome.err
    assert outcome.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_tempo_is_what_the_bar_fills_to_and_what_is_judged_by(tmp_path: Path) -> None:
    recorded = recording("step_down_front_left")
    sessions = [
        live_room.run_live(
            options(tempo=tempo, max_time_s=8.0),  # the first repetition
            tmp_path / f"live_{tempo}",
            open_source=lambda _: PosesAsCamera(recorded),
            estimator=RecordedEstimator(recorded),
        ).session
        for tempo in (None, "5-1-1-0")
    ]
    assert [session.exercise.target_descent_s for session in sessions] == [3.0, 5.0]
    limits = [session.exercise.spec(DESCENT).limits for session in sessions]
    assert [one and one.good_low for one in limits] == [1.75, 3.75]
    ways_down = [session.reps[0].measurements[DESCENT].value for session in sessions]
    assert ways_down[0] == ways_down[1]
