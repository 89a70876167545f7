"""Bad light, bad cameras and bad framing: right, or refused with the reason, never silently wrong.

One clip with known movement is spoiled by code in ways that happen in gyms and living rooms.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from films import read_film, write_film

from formcheck.analyze import analyze_video
from formcheck.arrays import ImageArray
from formcheck.results import SessionResult

pytestmark = pytest.mark.slow

FILM = "step_down_front_left"
UNTIL_S = 12.0
"""The first two repetitions: one straight, one a little fallen in."""

Pictures = Iterator[tuple[float, ImageArray]]


def each(change: Callable[[ImageArray], ImageArray]) -> Callable[[Pictures], Pictures]:
    return lambda pictures: ((t_s, change(picture)) for t_s, picture in pictures)


def dim(picture: ImageArray) -> ImageArray:
    return np.asarray(picture * 0.2, dtype=np.uint8)


def noisy(pictures: Pictures) -> Pictures:
    rng = np.random.default_rng(0)
    for t_s, picture in pictures:
        noise = rng.normal(0, 25, picture.shape)
        yield t_s, np.clip(picture + noise, 0, 255).astype(np.uint8)


def small(picture: ImageArray) -> ImageArray:
    return np.asarray(cv2.resize(picture, (204, 360), interpolation=cv2.INTER_AREA), np.uint8)


def blurred(picture: ImageArray) -> ImageArray:
    return np.asarray(cv2.blur(picture, (9, 9)), np.uint8)


def at_15_fps(pictures: Pictures) -> Pictures:
    for index, timed in enumerate(pictures):
        if index % 2 == 0:
            yield timed


def shaking(pictures: Pictures) -> Pictures:
    for t_s, picture in pictures:
        x, y = 4 * np.sin(2 * np.pi * 1.3 * t_s), 3 * np.sin(2 * np.pi * 0.9 * t_s)
        move = np.array([[1, 0, x], [0, 1, y]], dtype=np.float64)
        size = (picture.shape[1], picture.shape[0])
        moved = cv2.warpAffine(picture, move, size, borderMode=cv2.BORDER_REPLICATE)
        yield t_s, np.asarray(moved, np.uint8)


def head_cut_off(picture: ImageArray) -> ImageArray:
    return np.ascontiguousarray(picture[190:])


def feet_cut_off(picture: ImageArray) -> ImageArray:
    return np.ascontiguousarray(picture[:640])


CASES: dict[str, Callable[[Pictures], Pictures]] = {
    "dim light": each(dim),
    "noise": noisy,
    "360p": each(small),
    "blur": each(blurred),
    "15 fps": at_15_fps,
    "camera shake": shaking,
    "head cut off": each(head_cut_off),
    "feet cut off": each(feet_cut_off),
}
MAY_LOSE_REPS = {"feet cut off"}


def spoiled(
    sample_videos: Path, tmp_path: Path, change: Callable[[Pictures], Pictures]
) -> SessionResult:
    pictures = (
        (t_s, picture) for t_s, picture in read_film(sample_videos / f"{FILM}.mp4") if t_s < UNTIL_S
    )
    film = write_film(tmp_path / "spoiled.mp4", change(pictures))
    return analyze_video(film, exercise="step_down", out=tmp_path / "out", video_out=False)


@pytest.mark.parametrize("case", CASES)
def test_right_or_refused(case: str, sample_videos: Path, tmp_path: Path) -> None:
    truth = json.loads((sample_videos / f"{FILM}.truth.json").read_text())["reps"][:2]
    session = spoiled(sample_videos, tmp_path, CASES[case])
    if case in MAY_LOSE_REPS and len(session.reps) != len(truth):
        assert session.reps == ()
        return
    if case == "head cut off":
        # Without the face the model takes the front for the back: nothing may be made of that.
        assert session.view.kind == "unknown"
        assert "left and right may be swapped" in session.view.warnings[0]
        for rep in session.reps:
            assert all(m.value is None for name, m in rep.metrics.items() if name != "depth")
        return
    assert [rep.stance_side for rep in session.reps] == [rep["stance"] for rep in truth]
    for rep, true in zip(session.reps, truth, strict=True):
        events = true["speed_events"]
        true_descent_s = events["descent_end_s"] - events["descent_start_s"]
        if case != "camera shake":  # a known limit: docs/measurement.md
            assert rep.tempo["descent_s"] == pytest.approx(true_descent_s, abs=0.45)
        known = dict(true["image_truth_at_bottom"])
        known["knee_over_foot_pct"] = true["truth_3d_at_bottom"]["knee_over_foot_pct"]
        for name, value in known.items():
            metric = rep.metrics[name]
            if metric.value is None:
                assert metric.not_measured
            else:
                assert metric.sem is not None
                assert abs(metric.value - value) <= 2.5 * metric.sem
        if case == "feet cut off":
            assert rep.metrics["knee_fppa_deg"].value is None
