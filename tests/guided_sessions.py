"""Guided sessions on recorded poses: one recording for each block in place of a camera.

``python tests/guided_sessions.py FOLDER HISTORY`` begins one and is killed in its fourth block.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from live_sessions import PosesAsCamera, options, recording

from formcheck.app.guided import GuidedCommand, GuidedOutcome, GuidedRun
from formcheck.app.guided.beginning import GuidedStart, in_one_folder, start_or_resume
from formcheck.app.live import storage
from formcheck.app.live.presentation import AtThisMachine, Presentation
from formcheck.app.options import LiveOptions, ProgrammeOptions
from formcheck.coach.build_up import as_written
from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample
from formcheck.data.programme import Block
from formcheck.data.session import Session
from formcheck.pose.recorded import PoseRecording, RecordedEstimator
from formcheck.screen.live_words import MessageCard
from formcheck.store.history.history_store import History
from formcheck.store.journal import JOURNAL_NAME, HistoryTarget
from formcheck.video.camera import OnWait, Waiting

SHORT = 240
"""Frames in which the first repetition of a clip is done."""
CLIPS = {
    ("step_down", "front"): "step_down_front_left",
    ("step_up", "front"): "step_up_front_left",
    ("squat", "front"): "squat_front",
    ("squat", "side"): "squat_side",
}
PROGRAMME = """
title = "Five"
{blocks}
"""
FIVE = (
    ("step_up", "left", "repetitions = 1"),
    ("step_down", "left", "repetitions = 1"),
    ("squat", "both", "repetitions = 1"),
    ("squat", "both", 'repetitions = 1\nview = "side"'),
    ("stairs", "both", "times = 2"),
)

Answers = Callable[[MessageCard], GuidedCommand | None]


def go_at_once(card: MessageCard) -> GuidedCommand | None:
    """Ask for each block to begin, and count a time whenever one can be."""
    return None if card[0].text == "Loading" else "go"


class ScriptedStage:
    """Keeps what is shown and spoken; ``answers`` says what is asked for at each card."""

    keys_counting, can_ask = "keys", True

    def __init__(self, answers: Answers = go_at_once) -> None:
        self.answers = answers
        self.cards: list[MessageCard] = []
        self.spoken: list[str] = []
        self.commands: list[GuidedCommand] = []
        self.while_waiting: GuidedCommand | None = None
        self.in_block: Callable[[ScriptedStage], None] = lambda _: None

    def keys_before(self, *, sees: bool) -> str:
        return "keys, hand" if sees else "keys"

    def presentation(self, options: LiveOptions) -> Presentation:
        self.in_block(self)
        return AtThisMachine(options)

    def show(
        self,
        card: MessageCard,
        frame: Frame | None = None,  # noqa: ARG002
        sample: PoseSample | None = None,  # noqa: ARG002
    ) -> None:
        self.cards.append(card)
        command = self.answers(card)
        if command is not None:
            self.commands.append(command)

    def wait(self, waiting: Waiting) -> None:  # noqa: ARG002
        assert self.while_waiting is not None, "recorded poses are never waited for"
        self.commands.append(self.while_waiting)

    def speak(self, sentence: str) -> None:
        self.spoken.append(sentence)

    def next_command(self) -> GuidedCommand | None:
        return self.commands.pop(0) if self.commands else None

    def close(self) -> None:
        """Nothing is open."""


def shortened(clip: str, frames: int | None = SHORT) -> PoseRecording:
    """The beginning of a recording."""
    whole = recording(clip)
    return replace(whole, samples=whole.samples[:frames])


def clip_for(block: Block) -> str:
    return CLIPS[block.exercise, block.view or "front"]


class Recordings:
    """Opens a recording as the camera of each block, and gives the model that goes with it."""

    def __init__(
        self,
        clip_of: Callable[[Block], str] = clip_for,
        before: Callable[[Block, Frame], None] = lambda _block, _frame: None,
        frames: int | None = SHORT,
    ) -> None:
        self._frames = frames
        self._clip_of = clip_of
        self._before = before
        self.opened: list[str] = []
        self._next: PoseRecording | None = None

    def open(self, block: Block, _: OnWait) -> PosesAsCamera:
        self.opened.append(self._clip_of(block))
        self._estimator.recorded = shortened(self.opened[-1], self._frames)
        return PosesAsCamera(self._estimator.recorded, lambda frame: self._before(block, frame))

    def estimator(self) -> LateEstimator:
        self._estimator = LateEstimator()
        return self._estimator


class LateEstimator:
    """Gives the poses of a recording that is chosen after the model is loaded."""

    recorded: PoseRecording

    @property
    def model(self) -> Any:
        return self.recorded.model

    def begin(self, frame: Frame) -> None:
        pass

    def estimate(self, frame: Frame) -> PoseSample:
        return RecordedEstimator(self.recorded).estimate(frame)

    peek = estimate

    def close(self) -> None:
        pass


def programme_file(
    folder: Path, blocks: tuple[tuple[str, str, str], ...] = FIVE, name: str = "five"
) -> Path:
    """Write a programme of short blocks."""
    texts = (
        f'[[blocks]]\nexercise = "{exercise}"\nside = "{side}"\nrest_s = 20\n{more}\n'
        for exercise, side, more in blocks
    )
    path = folder / f"{name}.toml"
    path.write_text(PROGRAMME.format(blocks="\n".join(texts)))
    return path


def begun(
    programme: Path, folder: Path, *, start_over: bool = False, **changes: Any
) -> GuidedStart:
    """Begin a programme in a folder, or go on with it."""
    asked = ProgrammeOptions(programme=str(programme), start_over=start_over)
    usual = {"exercise": "", "reps": None, "person": "runner-1"}
    given = replace(options(), **{**usual, **changes})
    return start_or_resume(asked, given, as_written, lambda _: folder, [folder])


def keeper(history: Path) -> Callable[[Session, Path], None]:
    """Add sessions to a history."""

    def keep(session: Session, folder: Path) -> None:
        if session.reps:
            with History(history, create=True) as opened:
                opened.keep(session, person=session.person, folder=folder)

    return keep


def run(
    start: GuidedStart,
    stage: ScriptedStage,
    recordings: Recordings,
    history: Path,
    *,
    earlier_s: float = 0.0,
    **changes: Any,
) -> GuidedOutcome:
    """Run a guided session on recordings, on a clock of its own, as if some time ago."""
    clock = [0.0]

    def sleep(duration_s: float) -> None:
        clock[0] += duration_s

    def now() -> str:
        """Played as fast as this, two sessions could begin in one second: nobody can do that."""
        sleep(1.0)
        at = datetime.now(UTC) + timedelta(seconds=clock[0] - earlier_s)
        return at.isoformat(timespec="seconds")

    target = HistoryTarget("runner-1", history)
    given = replace(options(), exercise="", person="runner-1", history_target=target, **changes)
    whole = GuidedRun(
        start.state,
        in_one_folder(start.folder),
        given,
        stage,
        recordings.open,
        recordings.estimator,
        keeper(history),
        notice=start.notice,
        clock=lambda: clock[0],
        sleep=sleep,
    )
    with mock.patch.object(storage, "now", now):
        return whole.run()


def wait_for_repetition(journal: Path) -> None:
    """Wait until a repetition is on the disk, for half a minute at most."""
    until_s = time.monotonic() + 30.0
    while b'"kind":"rep"' not in journal.read_bytes() and time.monotonic() < until_s:
        time.sleep(0.02)


def main() -> None:
    """Run the programme, and be killed near the end of the fourth block's recording."""
    folder, history = Path(sys.argv[1]), Path(sys.argv[2])

    def killed(_: Block, frame: Frame) -> None:
        if len(recordings.opened) == 4 and frame.index == SHORT - 5:
            # A recording plays much faster than somebody moves: give the disk its time.
            wait_for_repetition(folder / "04_squat" / JOURNAL_NAME)
            os.kill(os.getpid(), signal.SIGKILL)

    recordings = Recordings(before=killed)
    start = begun(programme_file(folder.parent), folder)
    # The clock runs ahead here. Who goes on afterwards must not begin in the same second again.
    run(start, ScriptedStage(), recordings, history, earlier_s=3600.0)


if __name__ == "__main__":
    main()
