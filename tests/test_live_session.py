"""What happens to a live session: keys, cameras that go and come, disks that fill up, a kill."""

from __future__ import annotations

import errno
import gc
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from conftest import RunCli
from live_sessions import FakeScreen, PosesAsCamera, follow, options, play, recording
from scripted_camera import Frames, ScriptedCamera, Stall, Unplugged, numbered

from formcheck import analyze
from formcheck.app.live import run_live, viewer
from formcheck.app.live.live_session import no_long_pauses
from formcheck.app.live.notices import SHOWN_S
from formcheck.app.live.slow_machine import SlowMachine
from formcheck.app.live.viewer import HELP_S
from formcheck.coach.sound import session_sounds
from formcheck.data.errors import NoPersonError, OutputError, SourceError
from formcheck.data.frame import Frame, SourceInfo
from formcheck.motion.look_rule import REST_HZ
from formcheck.motion.verdicts import summarize
from formcheck.pose.recorded import RecordedEstimator
from formcheck.report.view import view
from formcheck.screen.live_screen import LiveScreen
from formcheck.screen.live_words import ScreenState, drawing_card
from formcheck.store import exports, journal
from formcheck.store.exports import FILE_NAMES, FILES
from formcheck.store.journal import JOURNAL_NAME, has_journal
from formcheck.store.poses_file import read_poses
from formcheck.store.session_file import load
from formcheck.video.camera import Waiting
from formcheck.video.film import VideoSource

FILM = "step_down_front_left"
RATE_HZ = 30.0
SHORT_S = 8.0
"""The first repetition and a little more."""


@pytest.fixture(scope="module")
def reps_s() -> list[tuple[float, float]]:
    """From when to when each of the film's repetitions lasts."""
    from formcheck.exercises import get_exercise
    from formcheck.motion.analyzer import Analyzer

    analyzer = Analyzer(get_exercise("step_down"))
    for sample in recording(FILM).samples:
        analyzer.update(sample)
    return [(rep.start_s, rep.end_s) for rep in analyzer.finish()]


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the screen said about the camera, each sentence once."""
    said: list[str] = []

    def card(reason: str, for_s: float) -> tuple[()]:
        assert for_s >= 0
        if reason not in said:
            said.append(reason)
        return ()

    monkeypatch.setattr(viewer, "lost_card", card)
    return said


# --- cameras -------------------------------------------------------------------------------


def frames_until(moment_s: float) -> int:
    return round(moment_s * RATE_HZ)


WAITS = 45
"""So many frames the person stands and waits, before an outage and after it."""


def waiting_at(moment: int) -> Callable[[int], Any]:
    """Pictures of a person who stands and waits at that frame of the film."""
    return lambda index: numbered(min(index, max(moment, index - 2 * WAITS)))


@pytest.mark.parametrize(
    ("outage", "says"),
    [
        (Unplugged(8.0), "The camera is disconnected: check its cable"),
        (Stall(10.0), "The camera is sending no image: check its cable"),
    ],
)
def test_an_outage_between_repetitions_costs_none(
    outage: Any, says: str, reps_s: list[tuple[float, float]], lost: list[str], tmp_path: Path
) -> None:
    total = len(recording(FILM).samples)
    before = frames_until((reps_s[1][1] + reps_s[2][0]) / 2)
    camera = ScriptedCamera(
        Frames(before + WAITS),
        outage,
        Frames(total - before + WAITS),
        picture=waiting_at(before),
    )
    screen = FakeScreen()
    outcome = follow(camera, tmp_path / "live", screen)
    assert len(outcome.session.reps) == len(reps_s)
    assert says in lost
    assert any("camera" in warning for warning in outcome.session.source.warnings)
    # Times ran on: the repetitions after the outage are as much later as it lasted.
    shift_s = outcome.session.reps[2].start_s - reps_s[2][0] - 2 * WAITS / RATE_HZ
    assert shift_s == pytest.approx(outage.for_s, abs=2.5)


@pytest.mark.parametrize(
    ("camera", "word"), [("0", "its cable"), ("http://phone/video", "the phone or the network")]
)
def test_what_to_look_at_depends_on_the_kind_of_camera(
    camera: str, word: str, lost: list[str], tmp_path: Path
) -> None:
    def goes_away(on_wait: Any) -> PosesAsCamera:
        on_wait(Waiting("lost", 2.0))
        raise SourceError("it is gone")

    with pytest.raises(SourceError):
        run_live(
            replace(options(), camera=camera),
            tmp_path / "live",
            screen=FakeScreen(),
            open_source=goes_away,
            estimator=RecordedEstimator(recording(FILM)),
        )
    assert len(lost) == 1
    assert word in lost[0]


def test_a_camera_pulled_within_a_repetition_costs_that_one_only(
    reps_s: list[tuple[float, float]],
    lost: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    total = len(recording(FILM).samples)
    before = frames_until(sum(reps_s[1]) / 2)
    standing = frames_until((reps_s[1][1] + reps_s[2][0]) / 2)

    def finishes_unseen(index: int) -> Any:
        if index < before:
            return numbered(index)
        return numbered(standing + max(0, index - before - WAITS))

    camera = ScriptedCamera(
        Frames(before),
        Unplugged(5.0),
        Frames(total - standing + WAITS),
        picture=finishes_unseen,
    )
    told: list[tuple[float, str]] = []
    ended: list[int] = []

    def draw(_: Any, image: Any, result: Any, says: ScreenState, __: Any, **___: Any) -> Any:
        told.append((result.t_s, says.notice))
        return image

    def card(*_: Any, uncounted: int, **__: Any) -> tuple[()]:
        ended.append(uncounted)
        return ()

    monkeypatch.setattr(LiveScreen, "draw", draw)
    monkeypatch.setattr(viewer, "end_card", card)
    outcome = follow(camera, tmp_path / "live", FakeScreen())
    assert len(outcome.session.reps) == len(reps_s) - 1
    assert any("no frames for" in note.text for note in outcome.session.notes)
    assert not any("film" in note.text for note in outcome.session.notes)
    assert lost
    (line,) = {notice for _, notice in told} - {""}
    assert re.fullmatch(r"Not counted: no frames for \d\.\d s", line)
    shown_s = [t_s for t_s, notice in told if notice == line]
    assert shown_s[-1] - shown_s[0] == pytest.approx(SHOWN_S, abs=0.25)
    assert ended == [1]


def test_five_frames_a_second_are_enough_to_count(
    reps_s: list[tuple[float, float]], tmp_path: Path
) -> None:
    total = len(recording(FILM).samples)
    camera = ScriptedCamera(Frames(total // 6, rate_hz=5.0))
    outcome = follow(camera, tmp_path / "live", every=6)
    assert len(outcome.session.reps) == len(reps_s)
    assert outcome.session.source.frame_rate_hz == pytest.approx(5.0, rel=0.01)


@pytest.mark.parametrize("frozen", [True, False])
def test_what_a_caller_took_out_of_garbage_collection_stays_out(frozen: bool) -> None:
    gc.unfreeze()
    if frozen:
        gc.freeze()
    try:
        with no_long_pauses():
            assert gc.get_freeze_count() > 0
        assert (gc.get_freeze_count() > 0) == frozen
    finally:
        gc.freeze()  # as for all tests


def test_no_camera_leaves_nothing(tmp_path: Path) -> None:
    def nothing_there(_: Any) -> PosesAsCamera:
        raise SourceError("camera 0 cannot be opened")

    with pytest.raises(SourceError):
        run_live(
            options(),
            tmp_path / "live",
            open_source=nothing_there,
            estimator=RecordedEstimator(recording(FILM)),
        )
    assert list(tmp_path.iterdir()) == []


def test_the_verdict_is_shown_while_the_film_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards: list[tuple[Any, ...]] = []

    def card(*said: Any, **more: Any) -> Any:
        cards.append(said)
        return drawing_card(*said, **more)

    monkeypatch.setattr(viewer, "drawing_card", card)
    outcome = play(FILM, tmp_path / "live", FakeScreen(), video_out=True, max_time_s=SHORT_S)
    shown = view(outcome.session)
    assert len(outcome.session.reps) == 1
    assert {said[:3] for said in cards} == {
        ("1 repetition", shown.verdict, ("Form: 1 good", "Tempo: 1 good"))
    }
    far = [said[3] for said in cards]
    assert far == sorted(far)
    assert (far[0], len(set(far)) > 5) == (0, True)


def test_without_a_film_nothing_is_said_about_drawing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewer, "drawing_card", pytest.fail)
    play(FILM, tmp_path / "live", FakeScreen(), max_time_s=4.0)


# --- keys ----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["q", "escape", "closed"])
def test_a_key_ends_the_session_and_saves_it(
    key: str, reps_s: list[tuple[float, float]], tmp_path: Path
) -> None:
    screen = FakeScreen({frames_until(reps_s[0][1] + 0.9): key})
    outcome = play(FILM, tmp_path / "live", screen)
    assert len(load(tmp_path / "live").reps) == 1
    assert outcome.completed
    assert screen.closed


def test_keys_work_while_the_camera_gives_nothing(
    reps_s: list[tuple[float, float]], tmp_path: Path
) -> None:
    before = frames_until(reps_s[0][1] + 0.7)
    camera = ScriptedCamera(Frames(before), Stall(600.0), Frames(300))
    screen = FakeScreen({before + 8: "q"})  # a few pictures come before and in the stall
    outcome = follow(camera, tmp_path / "live", screen)
    assert len(outcome.session.reps) == 1


def test_a_key_before_the_camera_is_open_ends_it_all(tmp_path: Path) -> None:
    def waits(on_wait: Any) -> PosesAsCamera:
        for _ in range(10):
            on_wait(Waiting("opening", 1.0))
        raise AssertionError("nobody listened")

    with pytest.raises(KeyboardInterrupt):
        run_live(
            options(),
            tmp_path / "live",
            screen=FakeScreen({3: "q"}),
            open_source=waits,
            estimator=RecordedEstimator(recording(FILM)),
        )
    assert list(tmp_path.iterdir()) == []


def test_the_space_bar_pauses_and_goes_on(
    reps_s: list[tuple[float, float]], tmp_path: Path
) -> None:
    begins, goes_on = frames_until(reps_s[0][1] + 0.9), frames_until(reps_s[1][1] + 0.6)
    ends = frames_until(reps_s[2][1] + 0.9)
    screen = FakeScreen({begins: "space", goes_on: "space", ends: "q"})
    outcome = play(FILM, tmp_path / "live", screen)
    found = [rep.start_s for rep in outcome.session.reps]
    assert found == pytest.approx([reps_s[0][0], reps_s[2][0]], abs=0.4)


class Loudspeaker:
    why_silent: str | None = None
    rate_hz = 8000

    def play(self, *_: Any) -> None:
        pass

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.mark.parametrize("why_silent", [None, "no loudspeaker"])
def test_only_where_there_is_sound_a_key_turns_it_on(
    why_silent: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    speaker = Loudspeaker()
    speaker.why_silent = why_silent
    said: list[str] = []
    keys: list[bool] = []

    def draw(_: Any, image: Any, *__: Any, notices: Any = (), **___: Any) -> Any:
        said.extend(notices)
        return image

    def help_card(*, sound: bool, more: Any) -> tuple[()]:
        assert more == ()
        keys.append(sound)
        return ()

    monkeypatch.setattr(session_sounds, "open_speaker", lambda: speaker)
    monkeypatch.setattr(LiveScreen, "draw", draw)
    monkeypatch.setattr(viewer, "help_card", help_card)
    play(FILM, tmp_path / "live", FakeScreen({3: "?", 6: "q"}), muted=True)
    assert any("Press m to turn it on" in text for text in said) == (why_silent is None)
    assert keys
    assert set(keys) == {why_silent is None}


class NoVoice:
    """A voice that finds out at its first sentence that the computer has none."""

    def __init__(self) -> None:
        self.why_silent: str | None = None
        self.available = True

    def say(self, _: str) -> None:
        self.why_silent = "this computer has no voice for spoken cues"

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("muted", "speech", "told"),
    [
        (False, False, ["no sound: no audio device"]),
        (True, False, []),
        (
            False,
            True,
            ["no sound: no audio device", "this computer has no voice for spoken cues"],
        ),
    ],
)
def test_a_session_that_is_not_heard_says_why_on_the_terminal(
    muted: bool, speech: bool, told: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    speaker = Loudspeaker()
    speaker.why_silent = "no sound: no audio device"
    monkeypatch.setattr(session_sounds, "open_speaker", lambda: speaker)
    monkeypatch.setattr(session_sounds, "Voice", NoVoice)
    said: list[str] = []
    play(
        FILM,
        tmp_path / "live",
        muted=muted,
        speech=speech,
        reps=1,
        max_time_s=8.0,
        tell=said.append,
    )
    assert said == told


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ({9: "?"}, HELP_S * RATE_HZ),
        ({9: "?", 20: "?"}, 11),
        ({9: "?", 20: "x"}, 11),
        ({9: "?", 20: "f"}, 11),
        ({9: "?", 20: "f", 30: "h"}, 11 + HELP_S * RATE_HZ),
        ({9: "x"}, 0),
    ],
)
def test_the_keys_are_shown_until_any_key_or_for_some_seconds(
    keys: dict[int, str], shown: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cards: list[bool] = []

    def draw(_: Any, image: Any, *__: Any, card: Any = (), **___: Any) -> Any:
        cards.append(bool(card))
        return image

    monkeypatch.setattr(LiveScreen, "draw", draw)
    screen = FakeScreen(dict(keys))
    play(FILM, tmp_path / "live", screen, max_time_s=shown / RATE_HZ + 2.0)
    assert sum(cards) == pytest.approx(shown, abs=1)
    assert screen.full_screen == ("f" in keys.values()), "the key does its work all the same"


def test_full_screen_help_and_sound_have_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_sounds, "open_speaker", Loudspeaker)
    screen = FakeScreen({5: "f", 9: "?", 12: "m", 20: "q"})
    pictures: list[Any] = []
    show = screen.show

    def keep(picture: Any) -> None:
        pictures.append(picture)
        show(picture)

    screen.show = keep  # type: ignore[method-assign]
    with pytest.raises(NoPersonError):  # black pictures and nobody in them
        run_live(
            options(),
            tmp_path / "live",
            screen=screen,
            open_source=lambda _: PosesAsCamera(recording(FILM)),
            estimator=Nobody(),
        )
    assert screen.full_screen
    changed = [bool((a != b).any()) for a, b in pairwise(pictures[4:])]
    assert changed[4], "the help card came"
    assert changed[7], "the sound's sign changed"


class Nobody(RecordedEstimator):
    def __init__(self) -> None:
        super().__init__(recording(FILM))

    def estimate(self, frame: Frame) -> Any:
        from formcheck.data.keypoints import PoseSample

        height, width = frame.image.shape[:2]
        return PoseSample.nobody(frame.t_s, (width, height))

    peek = estimate


# --- within the session --------------------------------------------------------------------


@pytest.fixture
def contents(monkeypatch: pytest.MonkeyPatch) -> list[ScreenState]:
    """What the screen is given to show, frame by frame."""
    shown: list[ScreenState] = []

    def draw(_: Any, image: Any, __: Any, content: ScreenState, *___: Any, **____: Any) -> Any:
        shown.append(content)
        return image

    monkeypatch.setattr(LiveScreen, "draw", draw)
    return shown


class SlowCamera(PosesAsCamera):
    """For a while two frames are dropped for each that is measured."""

    def __init__(self, from_s: float, until_s: float) -> None:
        super().__init__(recording(FILM), self._drop)
        self._from_s, self._until_s = from_s, until_s
        self._dropped = 0

    def _drop(self, frame: Frame) -> None:
        self._dropped += 2 * (self._from_s <= frame.t_s < self._until_s)

    @property
    def info(self) -> SourceInfo:
        return replace(super().info, frames_dropped=self._dropped)


def test_dropped_frames_are_told_while_it_happens_and_not_after(
    contents: list[ScreenState], tmp_path: Path
) -> None:
    run_live(
        options(max_time_s=20.0),
        tmp_path / "live",
        screen=FakeScreen(),
        open_source=lambda _: SlowCamera(5.0, 11.0),
        estimator=RecordedEstimator(recording(FILM)),
    )
    told = [i / RATE_HZ for i, content in enumerate(contents) if "frames lost" in content.notice]
    assert told[0] == pytest.approx(5.2, abs=0.4)
    assert told[-1] == pytest.approx(11.0 + 3.0, abs=0.4)
    texts = {content.notice for content in contents} - {""}
    assert "70\N{NO-BREAK SPACE}% of frames lost: close other programs" in texts
    assert len(texts) <= 4, "the number does not flicker"


class BusyCamera(PosesAsCamera):
    """Gives up all frames of a stretch, as when the computer is busy with something else."""

    def __init__(self, from_s: float, until_s: float) -> None:
        super().__init__(recording(FILM))
        self._from_s, self._until_s = from_s, until_s

    def __iter__(self) -> Iterator[Frame]:
        given_up = 0
        for frame in super().__iter__():
            if self._from_s < frame.t_s < self._until_s:
                given_up += 1
            else:
                yield replace(frame, dropped_before=given_up)
                given_up = 0


def test_a_repetition_that_a_slow_computer_lost_says_so(
    reps_s: list[tuple[float, float]], tmp_path: Path
) -> None:
    middle_s = sum(reps_s[1]) / 2
    outcome = run_live(
        options(max_time_s=reps_s[2][0]),
        tmp_path / "live",
        open_source=lambda _: BusyCamera(middle_s, middle_s + 1.1),
        estimator=RecordedEstimator(recording(FILM)),
    )
    texts = [note.text for note in outcome.session.notes]
    assert any("this computer was too slow for 1.1 s" in text for text in texts), texts
    assert not any("no frames" in text for text in texts)


def test_few_dropped_frames_are_not_told() -> None:
    slow = SlowMachine()
    assert {slow.update(i / 30, i, i // 15, lowered=False) for i in range(600)} == {""}


def texts_when(lowered: Callable[[float], bool]) -> tuple[list[str], SlowMachine]:
    """What the screen says in a minute of 30 frames a second, and what said it."""
    slow = SlowMachine()
    told = [slow.update(i / 30, i, 0, lowered=lowered(i / 30)) for i in range(1800)]
    return told, slow


def test_lowered_looks_are_told_on_the_screen_and_in_the_session() -> None:
    told, slow = texts_when(lambda t_s: 10.0 <= t_s < 40.0)
    said_s = [i / 30 for i, text in enumerate(told) if text]
    assert said_s[0] == pytest.approx(11.5, abs=0.1), "once half of three seconds is slow"
    assert said_s[-1] == pytest.approx(42.7, abs=0.1)
    assert len(said_s) == pytest.approx(30 * (42.7 - 11.5), abs=5), "without a break"
    assert set(told) == {"", "Slow computer: measuring half as often. Close other programs"}
    (note,) = slow.notes()
    assert "too slow for 30 of 60 s" in note.text


def test_a_short_delay_is_not_told() -> None:
    told, slow = texts_when(lambda t_s: t_s % 6.0 < 0.5)
    assert set(told) == {""}
    assert not slow.notes()


def test_frames_lost_are_told_before_lowered_looks() -> None:
    slow = SlowMachine()
    told = [slow.update(i / 30, i, i, lowered=True) for i in range(300)]
    assert "frames lost" in told[-1]


def test_the_rest_shows_the_set_that_was(contents: list[ScreenState], tmp_path: Path) -> None:
    outcome = play(FILM, tmp_path / "live", FakeScreen(), reps=2, sets=2, rest_s=2.0, side="left")
    first = outcome.session.reps[:2]
    resting = [content for content in contents if content.stage == "rest"]
    assert {content.set_count for content in resting} == {"Left leg: 2 repetitions"}
    assert [rep.form.grade for rep in first] == ["good", "good"]
    assert resting[0].set_good == "Good form in 2 of 2, slow enough in 2 of 2"
    # After the second set: what is to change is the session's own advice.
    last = resting[-1]
    assert last.headline == "Set complete"
    second = summarize(outcome.session.reps[2:], outcome.session.specs)
    assert last.set_change == second.advice[0].cue


def test_the_wrong_leg_is_told_on_the_screen(contents: list[ScreenState], tmp_path: Path) -> None:
    play(FILM, tmp_path / "live", FakeScreen(), reps=2, rest_s=0.5)  # goes on with the left leg
    told = [content for content in contents if content.notice]
    assert {content.notice for content in told} == {"That was your left leg: change to the right"}
    assert {(content.stance_side, content.reps) for content in told} == {("right", 0)}


def test_a_leg_that_was_not_chosen_is_told_on_the_screen(
    contents: list[ScreenState], tmp_path: Path
) -> None:
    outcome = play(FILM, tmp_path / "live", FakeScreen(), reps=2, side="right")
    told = [content for content in contents if content.notice]
    assert {content.notice for content in told} == {"That was your left leg: change to the right"}
    assert {(content.stage, content.stance_side, content.reps) for content in told} == {
        ("set", "right", 0)
    }
    # They count for the leg that did them.
    assert [rep.stance_side for rep in outcome.session.reps] == ["left"] * 4


def test_a_still_person_who_never_begins_ends_a_session_without_a_screen(tmp_path: Path) -> None:
    still = 30  # the frame shown all the time: the person stands
    camera = ScriptedCamera(Frames(3000), picture=lambda _: numbered(still))
    outcome = follow(camera, tmp_path / "live", reps=8, quiet_s=12.0)
    assert outcome.session.reps == ()
    assert outcome.session.source.duration_s == pytest.approx(13.0, abs=1.5)
    assert any("no repetition for 12 s" in note.text for note in outcome.session.notes)


# --- the end -------------------------------------------------------------------------------


def test_the_plan_ends_the_session_and_the_record_knows_its_sets(tmp_path: Path) -> None:
    plan: dict[str, Any] = {"reps": 2, "sets": 2, "rest_s": 0.0, "side": "left"}
    frames = len(recording(FILM).samples) + 900  # and stands for half a minute
    outcome = follow(ScriptedCamera(Frames(frames)), tmp_path / "live", **plan)
    assert [rep.set_index for rep in load(tmp_path / "live").reps] == [1, 1, 2, 2]
    assert any("all sets are done" in note.text for note in outcome.session.notes)
    assert outcome.session.source.frames < frames - 600


def test_a_time_limit_ends_it(tmp_path: Path) -> None:
    outcome = play(FILM, tmp_path / "live", max_time_s=6.0)
    assert outcome.session.series["t_s"][-1] == pytest.approx(6.0, abs=1.0 / REST_HZ)


def test_ctrl_c_saves_what_was_measured(reps_s: list[tuple[float, float]], tmp_path: Path) -> None:
    def interrupt(frame: Frame) -> None:
        if frame.t_s > reps_s[1][1] + 1.0:
            raise KeyboardInterrupt

    outcome = play(FILM, tmp_path / "live", before=interrupt)
    assert not outcome.completed
    assert len(load(tmp_path / "live").reps) == 2
    assert not has_journal(tmp_path / "live")


def test_nobody_leaves_nothing_but_the_raw_video(tmp_path: Path) -> None:
    for record, left in ((False, []), (True, ["raw.mp4"])):
        folder = tmp_path / f"live_{record}"
        with pytest.raises(NoPersonError):
            run_live(
                options(record=record, max_time_s=1.0),
                folder,
                open_source=lambda _: PosesAsCamera(recording(FILM)),
                estimator=Nobody(),
            )
        found = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
        assert found == left


def test_a_finished_session_leaves_only_its_results(tmp_path: Path) -> None:
    play(FILM, tmp_path / "live", record=True, video_out=True, max_time_s=SHORT_S)
    assert sorted(path.name for path in (tmp_path / "live").iterdir()) == [
        *("annotated.mp4", "frames.csv", "poses.fcp", "raw.mp4", "report.html", "reps.csv"),
        *("session.json", "stills"),
    ]


def test_a_failure_in_the_middle_keeps_the_journal(
    reps_s: list[tuple[float, float]], tmp_path: Path, run_cli: RunCli
) -> None:
    def fail(frame: Frame) -> None:
        if frame.t_s > reps_s[1][1] + 1.0:
            raise RuntimeError("a mistake")

    folder = tmp_path / "live"
    with pytest.raises(RuntimeError):
        play(FILM, folder, before=fail)
    assert not (folder / "session.json").exists()
    assert sorted(path.name for path in folder.iterdir()) == [
        *("poses.fcp", JOURNAL_NAME, "stills"),
    ]
    assert run_cli("report", str(folder)).code == 0
    assert len(load(folder).reps) == 2
    assert read_poses(folder / "poses.fcp")[-1].t_s > reps_s[1][1] - 4.0, "but for the last piece"


def test_a_finished_session_is_never_replaced(tmp_path: Path, run_cli: RunCli) -> None:
    folder = tmp_path / "live"
    play(FILM, folder, export=("trc",), max_time_s=SHORT_S)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def opened(_: Any) -> PosesAsCamera:
        raise AssertionError("the camera was opened")

    with pytest.raises(OutputError, match="finished session"):
        run_live(options(), folder, open_source=opened, estimator=Nobody())
    again = run_cli("live", "-e", "step_down", "--headless", "--out", str(folder), "-c", "no.mp4")
    assert again.code == 2
    assert "choose another folder (--out)" in again.err
    assert again.err.count("\n") == 1
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


# --- the disk ------------------------------------------------------------------------------


def no_room(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_disk_that_is_full_for_a_while_loses_nothing(
    reps_s: list[tuple[float, float]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def fill_up(frame: Frame) -> None:
        full = reps_s[0][1] - 1.0 < frame.t_s < reps_s[1][1] + 2.0
        monkeypatch.setattr(os, "fsync", no_room if full else sync)
        if frame.t_s > reps_s[2][1] + 2.0:
            raise RuntimeError("the end of it")

    with pytest.raises(RuntimeError):
        play(FILM, tmp_path / "live", before=fill_up)
    found = journal.recover(tmp_path / "live")
    assert [rep.index for rep in found.session.reps] == [1, 2, 3]
    assert not found.bad_lines


def test_a_full_disk_is_said_on_the_screen_and_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from formcheck.app.live import storage

    def cannot(*_: object, **__: object) -> None:
        raise OutputError("Could not write session.json: No space left on device.")

    said: list[str] = []
    show = viewer.Viewer.show

    def watch(self: Any, frame: Any, result: Any, says: Any, cue: Any, notices: Any) -> None:
        said.extend(notices)
        show(self, frame, result, says, cue, notices)

    monkeypatch.setattr(viewer.Viewer, "show", watch)
    monkeypatch.setattr(storage, "write", cannot)

    def fill_up(_: Frame) -> None:
        monkeypatch.setattr(os, "fsync", no_room)

    outcome = play(FILM, tmp_path / "live", before=fill_up)
    assert any("No space left" in notice for notice in said)
    assert len(outcome.session.reps) == 4, "it went on"
    assert not outcome.record_saved
    assert "No space left" in outcome.not_saved[0].message
    assert outcome.reps_kept == 0
    assert not (tmp_path / "live").exists(), "what holds no repetition is of no use"


def test_a_video_that_cannot_be_written_costs_only_the_video(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from formcheck.app.live import storage

    def cannot(*_: object) -> None:
        raise OutputError("the video cannot be written: no space left on device")

    monkeypatch.setattr(storage.RawVideo, "update", cannot)
    outcome = play(FILM, tmp_path / "live", record=True, max_time_s=SHORT_S)
    assert outcome.record_saved
    assert len(outcome.not_saved) == 1
    assert not (tmp_path / "live" / "raw.mp4").exists()
    assert len(load(tmp_path / "live").reps) == 1


def test_exports_are_those_of_the_kept_poses(tmp_path: Path) -> None:
    formats = tuple(FILES)
    outcome = play(FILM, tmp_path / "live", export=formats)
    kept = tmp_path / "live" / "poses.fcp"
    analyze(kept, exercise="step_down", out=tmp_path / "film", export=formats)
    assert not outcome.not_saved
    assert all((tmp_path / "live" / name).stat().st_size for name in FILE_NAMES)
    for name in ("keypoints.trc", "angles.mot", "keypoints.c3d"):
        assert (tmp_path / "live" / name).read_bytes() == (tmp_path / "film" / name).read_bytes()


def test_an_export_that_cannot_be_written_costs_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(path: Path, *_: object, **__: object) -> None:
        raise OutputError(f"could not write {path.name}: no room")

    monkeypatch.setattr(exports, "write_trc", fails)
    outcome = play(FILM, tmp_path / "live", export=("trc",), max_time_s=SHORT_S)
    assert [failure.message for failure in outcome.not_saved] == [
        "could not write keypoints.trc: no room"
    ]
    assert outcome.record_saved
    assert len(load(tmp_path / "live").reps) == 1


def test_a_disk_that_is_full_from_the_start_is_an_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from formcheck.app.live import storage

    def cannot(*_: object) -> None:
        raise OutputError("Could not write raw.mp4: No space left on device.")

    monkeypatch.setattr(storage, "RawVideo", cannot)
    with pytest.raises(OutputError):
        play(FILM, tmp_path / "live", record=True)
    assert list(tmp_path.iterdir()) == []


def test_the_screen_follows_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[float] = []

    def watch(exercise: Any, camera_px: tuple[int, int]) -> Any:
        seen.append(exercise.target_descent_s)
        return LiveScreen(exercise, camera_px)

    monkeypatch.setattr("formcheck.app.live.viewer.LiveScreen", watch)
    play(FILM, tmp_path / "live", FakeScreen(), tempo="5-1-1-0", max_time_s=2.0)
    assert seen == [5.0]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may mount")
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["/bin/mount", "-t", "tmpfs", "-o", "size=384k", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True, check=False, timeout=240).returncode:
        pytest.skip("this machine does not let a disk be mounted")
    try:
        outcome = play(FILM, small / "live", video_out=True)
        assert len(outcome.session.reps) == 4
        assert outcome.not_saved
        assert not outcome.record_saved
        assert not (small / "live" / "session.json").exists()
        saved = len(journal.recover(small / "live").session.reps)
        assert 1 <= saved == outcome.reps_kept <= 4
        assert list((small / "live").glob(".unfinished.*")) == []
    finally:
        subprocess.run(["/bin/umount", str(small)], check=True, timeout=240)


# --- a kill --------------------------------------------------------------------------------

SCRIPT = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from live_sessions import play
from formcheck.store.journal import HistoryTarget
folder = Path({folder!r})

def wait(frame):
    if frame.t_s > {until_s!r}:
        (folder.parent / "now").touch()
        time.sleep(60)

target = HistoryTarget("runner-1")
play({film!r}, folder, before=wait, video_out=True, record=True, history_target=target)
"""


def test_poses_that_are_not_to_be_kept_go_with_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_cli: RunCli
) -> None:
    from formcheck.app.live import storage

    killed = tmp_path / "killed"

    def kill(*_: object, **__: object) -> None:
        shutil.copytree(tmp_path / "live", killed)
        raise RuntimeError("killed")

    play(FILM, tmp_path / "whole", keep_poses=False, max_time_s=SHORT_S)
    assert not list((tmp_path / "whole").rglob("*.fcp"))
    assert (tmp_path / "whole" / "frames.csv").is_file()
    monkeypatch.setattr(storage, "write", kill)
    with pytest.raises(RuntimeError):
        play(FILM, tmp_path / "live", keep_poses=False, video_out=True, max_time_s=SHORT_S)
    assert run_cli("report", str(killed)).code == 0
    assert sorted(path.name for path in killed.iterdir()) == [
        *("annotated.mp4", "frames.csv", "report.html", "reps.csv", "session.json", "stills"),
    ]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")
def test_a_killed_session_loses_only_the_repetition_in_progress(
    reps_s: list[tuple[float, float]], tmp_path: Path, run_cli: RunCli
) -> None:
    folder = tmp_path / "live"
    script = SCRIPT.format(
        tests=str(Path(__file__).parent),
        folder=str(folder),
        until_s=sum(reps_s[2]) / 2,
        film=FILM,
    )
    process = subprocess.Popen([sys.executable, "-c", script])
    try:
        deadline_s = time.monotonic() + 60
        while not (tmp_path / "now").exists() and time.monotonic() < deadline_s:
            assert process.poll() is None
            time.sleep(0.05)
        time.sleep(0.3)  # what was given to the disk a moment ago
    finally:
        process.kill()
        process.wait(60)
    assert not (folder / "session.json").exists()
    assert not (folder / "report.html").exists()
    again = run_cli("live", "-e", "step_down", "--headless", "--out", str(folder), "-c", "no.mp4")
    assert again.code == 2, "it is refused before the film is looked for"
    assert "holds an interrupted session" in again.err

    outcome = run_cli("report", str(folder))
    assert outcome.code == 0
    assert "Added to the history as session 1 (runner-1)." in outcome.err
    session = load(folder)
    assert [rep.index for rep in session.reps] == [1, 2]
    assert any("stopped unexpectedly" in note.text for note in session.notes)
    assert session.series["t_s"][-1] > reps_s[1][1]
    assert 0.5 * session.source.frames < len(session.series["t_s"]) <= session.source.frames + 1
    assert sorted(path.name for path in folder.iterdir()) == [
        *("annotated.mp4", "frames.csv", "poses.fcp", "raw.mp4", "report.html", "reps.csv"),
        *("session.json", "stills"),
    ]
    with VideoSource(folder / "raw.mp4") as raw:
        times_s = [frame.t_s for frame in raw]
    assert times_s[-1] > session.series["t_s"][-1] - 2.0, "but for the last piece"
    assert "data:image/jpeg" in (folder / "report.html").read_text("utf-8")
