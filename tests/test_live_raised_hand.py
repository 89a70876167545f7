"""A raised hand in the window: in a set, in a pause, and before a block of a guided session."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from frame_examples import frame_at
from live_sessions import FakeScreen, options
from raised_hands import STANDING, held

from formcheck.app.guided import WindowStage
from formcheck.app.live.viewer import Viewer
from formcheck.data.frame import Frame
from formcheck.data.frame_result import Phase
from formcheck.data.keypoints import PoseSample
from formcheck.exercises import get_exercise
from formcheck.screen.guided_words import keys_before
from formcheck.screen.live_words import CardLine, ScreenState

IMAGE = np.full((72, 128, 3), 90, np.uint8)
CARD = (CardLine("1 of 3: Plank", 13),)


def frame(t_s: float) -> Frame:
    return Frame(index=round(10 * t_s), t_s=t_s, image=IMAGE)


class Pausable:
    """A source that is paused and stopped."""

    paused = False
    stopped = False

    def pause(self, paused: bool) -> None:
        self.paused = paused

    def stop(self) -> None:
        self.stopped = True


class InASet:
    """A window that shows a set, in which poses are seen."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.screen, self.source = FakeScreen(), Pausable()
        squat = get_exercise("squat")
        self.viewer = Viewer(self.screen, squat, on_end=self.ended.append)
        source: Any = self.source
        self.viewer.begin(source)

    def see(self, samples: list[PoseSample], phase: Phase = Phase.STANDING) -> list[bool]:
        """Show the poses; return after which of them the source was paused."""
        found = []
        for sample in samples:
            if self.source.paused:
                self.viewer.show_paused(frame(sample.t_s), sample)
            else:
                result = frame_at(sample.t_s, phase, sample=sample)
                content = ScreenState("set", reps_target=5)
                self.viewer.show(frame(sample.t_s), result, content, None, ())
            found.append(self.source.paused)
        return found


def test_in_a_set_a_hand_pauses_and_the_next_time_goes_on() -> None:
    window = InASet()
    assert window.see(held("left", 1.4)) == [False] * 14
    assert window.see(held("left", 0.4, start_s=1.4))[-1]
    down = [replace(STANDING, t_s=2.0 + n / 10) for n in range(10)]
    assert all(window.see(down))
    assert not window.see(held("right", 2.0, start_s=3.0))[-1]
    assert not window.source.stopped


def test_a_hand_that_stays_up_ends_the_set_as_the_key_does() -> None:
    window = InASet()
    window.see(held("left", 4.5))
    assert window.source.stopped
    assert window.ended == ["q"]
    assert not window.viewer.ended_by_key, "who is away from the keyboard still looks at the end"


def test_in_a_repetition_an_arm_is_no_sign() -> None:
    window = InASet()
    assert not any(window.see(held("left", 4.5), Phase.DESCENT))
    assert not window.source.stopped


@pytest.mark.parametrize(("seconds", "asked"), [(1.0, []), (2.0, ["go"]), (4.5, ["go", "stop"])])
def test_before_a_block_a_hand_begins_it_and_one_that_stays_up_stops(
    seconds: float, asked: list[str]
) -> None:
    stage = WindowStage(options(), FakeScreen())
    for sample in held("right", seconds):
        stage.show(CARD, frame(sample.t_s), sample)
    found = iter(stage.next_command, None)
    assert list(found) == asked


def test_the_window_says_what_the_hand_will_do() -> None:
    screen = FakeScreen()
    stage = WindowStage(options(), screen)
    stage.show(CARD, frame(0.0), STANDING)
    before = screen.last
    for sample in held("right", 1.0, start_s=0.1):
        stage.show(CARD, frame(sample.t_s), sample)
    assert before is not None
    assert screen.last is not None
    changed = np.argwhere((before != screen.last).any(axis=2))
    assert len(changed) > 1000
    assert changed[:, 0].min() > 0.7 * len(before), "near the lower edge, below the card"


def test_a_hand_is_offered_only_where_a_camera_looks() -> None:
    assert keys_before(sees=True).startswith("Space or hand up: start ·")
    assert keys_before(sees=False).startswith("Space: start ·")
