"""What an analysis holds in memory does not grow with the length of the film."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from live_sessions import recording

from formcheck.app.analyze import Outputs, analyzer_for, look_check
from formcheck.app.options import AnalyzeOptions
from formcheck.data.frame import Frame, SourceInfo
from formcheck.data.keypoints import PoseSample
from formcheck.exercises import get_exercise
from formcheck.motion.look_rule import LookRule
from formcheck.motion.loop import FILM_AHEAD, LOOKED_AHEAD, run
from formcheck.pose.estimator import ModelInfo
from formcheck.pose.recorded import RecordedSource, round_sample

CLIP = recording("step_down_front_left")
TIMES = 6
"""The clip lasts 20 s."""


class Alive:
    """Counts what of a kind is still held by somebody."""

    def __init__(self) -> None:
        self.now = 0

    def add(self, thing: object) -> None:
        self.now += 1
        weakref.finalize(thing, self._gone)

    def _gone(self) -> None:
        self.now -= 1


class Repeated(RecordedSource):
    """The frames of the clip again and again, as those of a film with pictures of their own."""

    def __init__(self, images: Alive) -> None:
        super().__init__(CLIP)
        self._images = images

    @property
    def info(self) -> SourceInfo:
        return replace(CLIP.info, kind="video")

    def __iter__(self) -> Iterator[Frame]:
        lasts_s = CLIP.samples[-1].t_s + 1 / 30
        for index in range(TIMES * len(CLIP.samples)):
            again, place = divmod(index, len(CLIP.samples))
            image = np.full((32, 24, 3), 128, np.uint8)
            self._images.add(image)
            yield Frame(index, CLIP.samples[place].t_s + again * lasts_s, image)


class PosesInTurn:
    """Gives the pose of the clip for each frame."""

    model = ModelInfo("recorded", "0" * 64)

    def __init__(self, poses: Alive) -> None:
        self._poses = poses

    def begin(self, frame: Frame) -> None:
        pass

    def estimate(self, frame: Frame) -> PoseSample:
        known = CLIP.samples[frame.index % len(CLIP.samples)]
        sample = replace(round_sample(known), t_s=frame.t_s)
        self._poses.add(sample)
        return sample

    peek = estimate

    def close(self) -> None:
        pass


def test_neither_pictures_nor_poses_pile_up(tmp_path: Path) -> None:
    options = AnalyzeOptions(exercise="step_down")
    analyzer = analyzer_for(get_exercise("step_down"), options)
    images, poses = Alive(), Alive()
    source = Repeated(images)
    estimator = PosesInTurn(poses)
    outputs = Outputs(
        analyzer.exercise, source.info, estimator.model, tmp_path, look_check("step_down")
    )
    held: list[tuple[int, int]] = []

    def note(t_s: float, done: int, expected: int | None) -> None:  # noqa: ARG001
        held.append((images.now, poses.now))

    assert run(source, estimator, analyzer, [outputs], note, LookRule())
    outputs.abort()
    assert len(analyzer.reps) == TIMES * 4
    pictures, looks = np.array(held).T
    # Those that are begun ahead, that wait at rest, that are looked at and not measured yet,
    # the deepest one, and those at hand.
    assert pictures.max() <= FILM_AHEAD + LookRule().most_waiting + LOOKED_AHEAD + 8
    third = len(looks) // 3
    assert looks[-third:].max() <= 1.1 * looks[third : 2 * third].max()
