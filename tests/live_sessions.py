"""Live sessions on recorded poses: a camera, a screen and an estimator that need no machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scripted_camera import POLL_S, ScriptedCamera, ScriptedSource, number_of

from formcheck.app.live import LiveOutcome, run_live
from formcheck.app.options import LiveOptions
from formcheck.data.arrays import ImageArray
from formcheck.data.frame import Frame, SourceInfo
from formcheck.data.keypoints import PoseSample
from formcheck.pose.estimator import ModelInfo
from formcheck.pose.recorded import PoseRecording, RecordedEstimator, RecordedSource
from formcheck.video.camera import Waiting

POSES = Path(__file__).parent / "poses"
ENDLESS: dict[str, Any] = {"reps": 99, "quiet_s": float("inf")}

OnWait = Callable[[Waiting], None]


def recording(name: str) -> PoseRecording:
    """Recorded poses by the clip's name."""
    return PoseRecording.load(POSES / f"{name}.npz")


class FakeScreen:
    """Counts pictures and presses keys: ``keys[n]`` after the n-th picture."""

    def __init__(self, keys: dict[int, str] | None = None) -> None:
        self.keys = keys or {}
        self.shown = 0
        self.last: ImageArray | None = None
        self.full_screen = False
        self.closed = False

    def show(self, picture: ImageArray) -> None:
        self.last = picture
        self.shown += 1

    def pressed(self) -> tuple[str, ...]:
        key = self.keys.pop(self.shown, None)
        return () if key is None else (key,)

    def toggle_full_screen(self) -> None:
        self.full_screen = not self.full_screen

    def close(self) -> None:
        self.closed = True


class PosesAsCamera(RecordedSource):
    """Recorded poses that come from a camera; ``before`` is told of each frame."""

    def __init__(
        self, recorded: PoseRecording, before: Callable[[Frame], None] = lambda _: None
    ) -> None:
        super().__init__(recorded)
        self._before = before
        self._given = 0
        self._stopped = False
        self.paused = False

    @property
    def info(self) -> SourceInfo:
        return replace(super().info, kind="camera", frames=self._given)

    def stop(self) -> None:
        self._stopped = True

    def pause(self, paused: bool) -> None:
        self.paused = paused

    def __iter__(self) -> Iterator[Frame]:
        for frame in super().__iter__():
            if self._stopped:
                return
            self._before(frame)
            self._given += 1
            yield replace(frame, paused=self.paused)


class PosesByNumber:
    """Gives the recorded pose that belongs to the number in a picture."""

    model = ModelInfo("recorded", "0" * 64)

    def __init__(self, recorded: PoseRecording, every: int = 1) -> None:
        self._samples = recorded.samples
        self._every = every

    def begin(self, frame: Frame) -> None:
        pass

    def estimate(self, frame: Frame) -> PoseSample:
        number = min(self._every * number_of(frame.image), len(self._samples) - 1)
        return replace(self._samples[number], t_s=frame.t_s)

    peek = estimate

    def close(self) -> None:
        pass


def options(exercise: str = "step_down", **changes: Any) -> LiveOptions:
    """Options of a quiet session that goes on until its source ends."""
    usual: dict[str, Any] = {
        **ENDLESS,
        "video_out": False,
        "muted": True,
        "headless": True,
        "stay_s": 0.0,
    }
    return LiveOptions(camera="0", exercise=exercise, **{**usual, **changes})


def play(
    clip: str | PoseRecording, folder: Path, screen: FakeScreen | None = None, **changes: Any
) -> LiveOutcome:
    """Run a live session on recorded poses, or those of a clip."""
    before = changes.pop("before", lambda _: None)
    drawing = changes.pop("drawing", None)
    tell = changes.pop("tell", None)
    recorded = recording(clip) if isinstance(clip, str) else clip
    return run_live(
        options(**changes),
        folder,
        screen=screen,
        open_source=lambda _: PosesAsCamera(recorded, before),
        estimator=RecordedEstimator(recorded),
        drawing=drawing,
        tell=tell,
    )


def follow(
    camera: ScriptedCamera,
    folder: Path,
    screen: FakeScreen | None = None,
    *,
    name: str = "step_down_front_left",
    every: int = 1,
    **changes: Any,
) -> LiveOutcome:
    """Run a live session on a scripted camera whose pictures stand for recorded poses."""

    def open_source(on_wait: OnWait) -> ScriptedSource:
        return ScriptedSource(camera, on_wait=on_wait)

    return run_live(
        options(**changes),
        folder,
        screen=screen,
        open_source=open_source,
        estimator=PosesByNumber(recording(name), every),
    )


__all__ = [
    "ENDLESS",
    "POLL_S",
    "POSES",
    "FakeScreen",
    "PosesAsCamera",
    "follow",
    "np",
    "options",
    "play",
    "recording",
]
