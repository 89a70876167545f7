"""Guided sessions: block after block, and what is said between them; stopped, killed, gone on."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from guided_sessions import (
    FIVE,
    SHORT,
    Recordings,
    ScriptedStage,
    begun,
    go_at_once,
    programme_file,
    run,
)
from live_sessions import PosesAsCamera, play, recording

from formcheck.app.guided import GuidedCommand
from formcheck.app.guided.announcement import LEAST_S, Announcement
from formcheck.app.guided.block_camera import BlockCamera
from formcheck.app.guided.doses import options_of, with_doses_of
from formcheck.app.guided.lap_count import LapCount
from formcheck.app.options import LiveOptions, require_possible
from formcheck.coach.programme_files import open_programme
from formcheck.coach.setup import SetupCheck
from formcheck.data.errors import OutputError, SourceError, UsageError
from formcheck.data.programme import Block
from formcheck.exercises import get_exercise
from formcheck.pose.recorded import RecordedEstimator
from formcheck.screen.live_words import MessageCard
from formcheck.store.guided_file import FILE_NAME, find_open, read_state, write_state
from formcheck.store.history.history_store import History
from formcheck.store.journal import has_journal
from formcheck.store.session_file import load
from formcheck.video.camera import OnWait, Waiting

TESTS = Path(__file__).parent
TWO = (
    ("step_down", "left", "repetitions = 1"),
    ("squat", "both", 'repetitions = 1\nview = "side"'),
)


def in_history(history: Path) -> list[str]:
    with History(history) as opened:
        return [entry.exercise for entry in opened.entries()]


def shown(stage: ScriptedStage) -> list[list[str]]:
    """The first three lines of each card."""
    return [[line.text for line in card[:3]] for card in stage.cards]


# --- the whole of it ------------------------------------------------------------------------------


def test_a_film_for_each_block_from_the_first_to_the_last(
    tmp_path: Path, history_file: Path
) -> None:
    folder, stage = tmp_path / "run", ScriptedStage()
    recordings = Recordings()
    outcome = run(begun(programme_file(tmp_path), folder), stage, recordings, history_file)
    assert outcome.ended == "complete"
    assert recordings.opened == [
        "step_up_front_left",
        "step_down_front_left",
        "squat_front",
        "squat_side",
    ]
    names = ["01_step_up", "02_step_down", "03_squat", "04_squat"]
    assert [block.sessions for block in outcome.state.blocks] == [*((name,) for name in names), ()]
    assert {block.stage for block in outcome.state.blocks} == {"done"}
    assert len(outcome.state.blocks[-1].laps_s) == 2
    sessions = [load(folder / name) for name in names]
    assert {one.group for one in sessions} == {outcome.state.group}
    assert [len(one.reps) for one in sessions] == [1, 1, 1, 1]
    assert [one.view.kind for one in sessions] == ["front", "front", "front", "side"]
    assert in_history(history_file) == ["step_up", "step_down", "squat", "squat"]
    assert read_state(folder) == outcome.state
    assert [one.partition(".")[0] for one in stage.spoken] == [
        "First: Slow step-up",
        "Next: Step-down",
        "Next: Air squat",
        "Next: Air squat",
        "Last: Stairs",
    ]
    moved = "Move the camera: put it at your side"
    assert [moved in one for one in stage.spoken] == [False, False, False, True, False]
    # What takes a moment is said once for each block: while the model is loaded.
    loading = [card for card in stage.cards if "One moment." in {line.text for line in card}]
    assert [card[0].text for card in loading] == ["Loading"] * 4
    # The next block is announced with how the one before went.
    assert ["Slow step-up: done", "20", "Left leg: 1 repetition"] in shown(stage)


def test_killed_in_the_fourth_block_it_goes_on_there(tmp_path: Path, history_file: Path) -> None:
    folder = tmp_path / "run"
    killed = subprocess.run(
        [sys.executable, str(TESTS / "guided_sessions.py"), str(folder), str(history_file)],
        env={"PYTHONPATH": f"{ROOT}:{TESTS}", "PATH": "/usr/bin:/bin"},
        check=False,
        timeout=240,
    )
    assert killed.returncode == -signal.SIGKILL
    assert in_history(history_file) == ["step_up", "step_down", "squat"]
    assert has_journal(folder / "04_squat")
    again = begun(tmp_path / "five.toml", folder)
    assert again.notice == "Going on with exercise 4 of 5"
    stage, recordings = ScriptedStage(), Recordings()
    outcome = run(again, stage, recordings, history_file)
    assert outcome.ended == "complete"
    assert recordings.opened == ["squat_side"]
    assert again.notice in {line.text for line in stage.cards[1]}
    assert outcome.state.blocks[3].sessions == ("04_squat", "04_squat_2")
    # What was done of the killed block is kept, too.
    assert len(load(folder / "04_squat").reps) == 1
    assert in_history(history_file) == ["step_up", "step_down", "squat", "squat", "squat"]


# --- what the person asks for ---------------------------------------------------------------------


def at(title: str, command: GuidedCommand) -> ScriptedStage:
    """Ask for something once, where this is announced; all else begins at once."""
    asked: list[str] = []

    def answers(card: MessageCard) -> GuidedCommand | None:
        here = any(title in line.text for line in card)
        if here and not asked:
            asked.append(title)
            return command
        return go_at_once(card)

    return ScriptedStage(answers)


def test_a_block_is_skipped(tmp_path: Path, history_file: Path) -> None:
    stage, recordings = at("1 of 2: Step-down", "skip"), Recordings()
    outcome = run(
        begun(programme_file(tmp_path, TWO), tmp_path / "run"), stage, recordings, history_file
    )
    assert [block.stage for block in outcome.state.blocks] == ["skipped", "done"]
    assert in_history(history_file) == ["squat"]


def test_a_block_is_repeated(tmp_path: Path, history_file: Path) -> None:
    stage, recordings = at("Air squat", "repeat"), Recordings()
    outcome = run(
        begun(programme_file(tmp_path, TWO), tmp_path / "run"), stage, recordings, history_file
    )
    assert outcome.ended == "complete"
    assert outcome.state.blocks[0].sessions == ("01_step_down", "01_step_down_2")
    assert [one.partition(".")[0] for one in stage.spoken] == [
        "First: Step-down",
        "Last: Air squat",
        "Again: Step-down",
        "Last: Air squat",
    ]
    assert in_history(history_file) == ["step_down", "step_down", "squat"]


def test_stopped_it_keeps_what_was_done_and_goes_on(tmp_path: Path, history_file: Path) -> None:
    programme, folder = programme_file(tmp_path, TWO), tmp_path / "run"
    stopped = run(begun(programme, folder), at("Air squat", "stop"), Recordings(), history_file)
    assert stopped.ended == "stopped"
    assert [block.stage for block in stopped.state.blocks] == ["done", "open"]
    assert begun(programme, folder).today is None
    with pytest.raises(OutputError, match="holds another guided session"):
        begun(programme, folder, start_over=True)
    assert begun(programme, tmp_path / "other", start_over=True).today is not None


def test_skipped_in_the_middle_a_block_keeps_its_repetitions(
    tmp_path: Path, history_file: Path
) -> None:
    stage = ScriptedStage()
    stage.in_block = lambda here: here.commands.append("go")  # too late: it has begun by itself

    def next_block(_block: object, frame: object) -> None:
        if len(recordings.opened) == 1 and getattr(frame, "index", 0) == SHORT - 1:
            stage.commands.append("skip")

    recordings = Recordings(before=next_block)
    outcome = run(
        begun(programme_file(tmp_path, TWO), tmp_path / "run"), stage, recordings, history_file
    )
    assert outcome.state.blocks[0].stage == "done"
    assert in_history(history_file) == ["step_down", "squat"]


def test_a_block_in_which_nothing_is_done_ends_the_session_there(
    tmp_path: Path, history_file: Path
) -> None:
    start = begun(programme_file(tmp_path, TWO), tmp_path / "run")
    standing = Recordings(frames=40)
    outcome = run(start, ScriptedStage(), standing, history_file)
    assert outcome.why == "Nothing was done in exercise 1 of 2."
    assert (outcome.ended, outcome.state.next_block) == ("stopped", 0)
    assert len(standing.opened) == 1
    assert in_history(history_file) == []


def test_a_block_is_skipped_while_the_camera_gives_nothing(
    tmp_path: Path, history_file: Path
) -> None:
    class NoCameraAtFirst(Recordings):
        def open(self, block: Block, on_wait: OnWait) -> PosesAsCamera:
            if block.exercise == "step_down":
                on_wait(Waiting("opening", 1.0))
                raise AssertionError("nobody listened")
            return super().open(block, on_wait)

    stage = ScriptedStage()
    stage.while_waiting = "skip"
    start = begun(programme_file(tmp_path, TWO), tmp_path / "run")
    outcome = run(start, stage, NoCameraAtFirst(), history_file)
    assert [block.stage for block in outcome.state.blocks] == ["skipped", "done"]


def test_another_movement_is_noticed(tmp_path: Path, history_file: Path) -> None:
    programme = programme_file(tmp_path, (("step_down", "left", "repetitions = 2"), *TWO[1:]))
    recordings = Recordings(clip_of=lambda _: "squat_front", frames=None)
    stage = ScriptedStage()
    run(begun(programme, tmp_path / "run"), stage, recordings, history_file)
    assert stage.spoken[1].startswith("This looks like an air squat")


# --- its parts ------------------------------------------------------------------------------------


def test_what_comes_before_a_block_is_no_part_of_its_session(tmp_path: Path) -> None:
    recorded = recording("step_down_front_left")
    with_all = play(recorded, tmp_path / "all").session
    camera = BlockCamera(PosesAsCamera(recorded), RecordedEstimator(recorded))
    for frame, _ in camera.before():
        if frame.index == 29:
            break
    frames = list(camera.session)
    assert [frames[0].index, frames[0].t_s] == [0, 0.0]
    assert len(frames) == len(recorded.samples) - 30
    assert camera.session.info.frames == len(frames)
    moved = camera.model.estimate(frames[10])
    assert moved.t_s == frames[10].t_s
    assert (moved.keypoints_px == recorded.samples[40].keypoints_px).all()
    assert with_all.reps[0].start_s > 1.0, "what is left out is before the first repetition"


def test_a_moved_camera_is_waited_for() -> None:
    front, side = recording("squat_front").samples, recording("squat_side").samples
    waiting = Announcement(0.0, SetupCheck(get_exercise("squat"), "side"))
    for number in range(100):
        now = waiting.update(number / 10, replace(front[number], t_s=number / 10))
    assert now.left_s is None
    assert not now.over
    assert now.waits_for.startswith("Turn")
    for number in range(100, 130):
        now = waiting.update(number / 10, replace(side[number - 100], t_s=number / 10))
    assert now.over


def test_the_rest_stands_still_in_a_pause() -> None:
    waiting = Announcement(20.0)
    assert waiting.update(100.0).left_s == 20.0
    assert waiting.update(105.0).left_s == 15.0
    waiting.pause()
    assert waiting.update(150.0).left_s == 15.0
    waiting.pause()
    assert waiting.update(164.0).left_s == pytest.approx(1.0)
    assert waiting.update(165.5).over
    assert Announcement(0.0).update(0.0).left_s == LEAST_S


def test_times_are_counted_with_their_length() -> None:
    laps = LapCount(2)
    laps.update(10.0)
    laps.update(40.0)
    laps.count()
    laps.pause()
    laps.update(90.0)
    laps.pause()
    laps.update(115.0)
    assert laps.elapsed_s == 55.0
    laps.count()
    assert laps.laps_s == (30.0, 25.0)
    assert laps.over
    assert LapCount(3, laps.laps_s).elapsed_s == 55.0


def test_what_the_user_gives_goes_before_the_programme() -> None:
    programme = open_programme("downhill")
    options = LiveOptions(step_height_cm=18.0, reps=5, load_kg=4.0, target_hold_s=25.0)
    given = with_doses_of(programme, options)
    for block, old in zip(given.blocks, programme.blocks, strict=True):
        assert block.step_cm == (None if old.step_cm is None else 18.0)
        assert block.repetitions == (None if old.repetitions is None else 5)
        assert block.seconds == (None if old.seconds is None else 25.0)
        assert block.times == old.times
    loaded = {block.exercise for block in given.blocks if block.load_kg == 4.0}
    assert loaded == {"step_up", "step_down"}, "the others are done without weight"


def test_each_block_gives_its_session_its_dose() -> None:
    for block in open_programme("downhill").blocks:
        if not block.is_self_paced:
            dose = options_of(block, LiveOptions(reps=3, target_hold_s=99.0), "run")
            assert (dose.exercise, dose.target_hold_s) == (block.exercise, block.seconds)
            assert dose.reps == block.repetitions
            assert (dose.step_height_cm, dose.sets) == (block.step_cm, block.sets)


def test_a_block_gets_what_its_exercise_has_of_the_options_for_all() -> None:
    blocks = {block.exercise: block for block in open_programme("start").blocks}
    for_all = LiveOptions(goal="strength", depth="half")
    squat, step, plank = (
        options_of(blocks[name], for_all, "run") for name in ("squat", "step_down", "plank")
    )
    assert (squat.goal, squat.depth) == ("strength", "half")
    assert (step.goal, step.depth) == ("strength", "free")
    assert (plank.goal, plank.depth) == ("auto", "free")
    for one in (squat, step, plank):
        require_possible(one)


def test_what_no_exercise_of_the_programme_has_is_refused(tmp_path: Path) -> None:
    planks = programme_file(tmp_path, (("plank", "both", "seconds = 5"),), "planks")
    with pytest.raises(UsageError, match="'depth' does not apply to any exercise of") as error:
        begun(planks, tmp_path / "run", depth="half")
    assert error.value.options == ("depth",)


@pytest.mark.parametrize("option", [{"exercise": "squat"}, {"sets": 3}, {"view": "side"}])
def test_what_each_block_says_is_no_option(option: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="each exercise of the programme has its own"):
        begun(programme_file(tmp_path), tmp_path / "run", **option)


def test_a_session_goes_on_for_some_hours_and_for_its_person_only(
    tmp_path: Path, history_file: Path
) -> None:
    programme, folder = programme_file(tmp_path, TWO), tmp_path / "run"
    state = run(begun(programme, folder), at("Air squat", "stop"), Recordings(), history_file).state
    day, hour = state.changed[:10], state.changed[10:]
    assert find_open([folder], "two", "runner-1", state.changed) is None
    assert find_open([folder], "five", "Runner-1", state.changed) == folder
    assert find_open([folder], "five", "runner-2", state.changed) is None
    assert find_open([folder], "five", "runner-1", f"2099{day[4:]}{hour}") is None


@pytest.mark.parametrize("text", ["", "{}", '{"schema": 3}', "[1, 2]"])
def test_a_damaged_state_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(SourceError, match="not a saved guided session"):
        read_state(tmp_path)
    assert find_open([tmp_path], "five", "", "2026-11-30T10:00:00+00:00") is None


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    state = begun(programme_file(tmp_path), tmp_path / "run").state
    write_state(tmp_path, state)
    assert read_state(tmp_path) == state
    assert len(state.blocks) == len(FIVE)
