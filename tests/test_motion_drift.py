"""A camera that moves slowly, as one held by hand does: the planted feet show it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from moving import LEG_PX, ease, figure, film

from formcheck.data.keypoints import SIDES, keypoint
from formcheck.data.session import DESCENT, Rep
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.drop import IN_PLACE, SlowDrift
from formcheck.motion.measure import FOLLOWING_NOTE
from formcheck.motion.shake import FOOT
from formcheck.pose.recorded import PoseRecording

POSES = Path(__file__).parent / "poses"
CLIP_LEG_PX = 300.0

Path2D = Callable[[float], tuple[float, float]]
"""Where the picture is at a time, right and down, in leg lengths."""


def tilts(speed: float) -> Path2D:
    return lambda t_s: (0.0, speed * t_s)


def sways(size: float, period_s: float, *, sideways: bool = False) -> Path2D:
    def path(t_s: float) -> tuple[float, float]:
        by = size * math.sin(2 * math.pi * t_s / period_s)
        return (by, 0.0) if sideways else (0.0, by)

    return path


def follows(t_s: float) -> tuple[float, float]:
    """Stands, goes up by a quarter of a leg in three seconds of the first way down, and stands."""
    return 0.0, -0.25 * float(np.clip((t_s - 12.0) / 3.0, 0.0, 1.0))


@cache
def seen_by(name: str, path: Path2D, *, slower: int = 1) -> tuple[tuple[Rep, ...], list[str]]:
    """Repetitions of a clip as a camera that moves sees them, and why movements do not count."""
    analyzer = Analyzer(get_exercise(re.sub("_(front|side).*", "", name)))
    for sample in PoseRecording.load(POSES / f"{name}.npz").samples:
        t_s = slower * sample.t_s
        moved = sample.keypoints_px + CLIP_LEG_PX * np.array(path(t_s))
        analyzer.update(replace(sample, t_s=t_s, keypoints_px=moved))
    return analyzer.finish(), [one.reason for one in analyzer.ignored]


def stands(_: float) -> tuple[float, float]:
    return 0.0, 0.0


def value(rep: Rep, name: str) -> float:
    found = rep.measurements[name].value
    assert found is not None
    return found


UP_AND_DOWN, SIDEWAYS = sways(0.2, 15.0), sways(0.2, 15.0, sideways=True)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        *(("squat_front", path) for path in (tilts(0.03), tilts(-0.03), UP_AND_DOWN)),
        *(("squat_side", path) for path in (tilts(0.03), tilts(-0.03), UP_AND_DOWN)),
        ("single_leg_squat_side_right", SIDEWAYS),
        ("single_leg_squat_front_right", SIDEWAYS),
        ("step_down_front_left", tilts(-0.03)),
        ("lateral_step_down_front_left", tilts(-0.03)),
    ],
)
def test_a_drift_changes_neither_count_nor_depth_nor_tempo(name: str, path: Path2D) -> None:
    still, _ = seen_by(name, stands)
    drifting, _ = seen_by(name, path)
    assert [rep.stance_side for rep in drifting] == [rep.stance_side for rep in still]
    for one, other in zip(still, drifting, strict=True):
        assert value(other, "depth") == pytest.approx(value(one, "depth"), abs=3.0)
        assert value(other, DESCENT) == pytest.approx(value(one, DESCENT), abs=0.4)
    assert any(FOLLOWING_NOTE in rep.notes for rep in drifting)
    assert not any(FOLLOWING_NOTE in rep.notes for rep in still)


@pytest.mark.parametrize("slower", [1, 4])
def test_a_camera_that_follows_a_slow_squat_costs_no_repetition(slower: int) -> None:
    still, _ = seen_by("squat_front", stands, slower=slower)
    followed, reasons = seen_by("squat_front", follows, slower=slower)
    assert len(followed) == len(still) == 3
    assert reasons == []
    for one, other in zip(still, followed, strict=True):
        assert value(other, "depth") == pytest.approx(value(one, "depth"), abs=4.0)


def drift(left: Callable[[float], float], right: Callable[[float], float]) -> float:
    """How far the camera is said to have moved when each foot goes down by so many leg lengths."""
    found = SlowDrift()
    for sample in film(12.0, lambda t_s: figure(t_s, stance="both")):
        keypoints_px = sample.keypoints_px.copy()
        for side, down in zip(SIDES, (left, right), strict=True):
            rows = [keypoint(side, joint) for joint in FOOT]
            keypoints_px[rows, 1] += LEG_PX * down(sample.t_s)
        found.update(replace(sample, keypoints_px=keypoints_px), LEG_PX)
    return found.drop_px / LEG_PX


def stays(_: float) -> float:
    return 0.0


def test_the_camera_moved_when_both_feet_did_slowly() -> None:
    moved = drift(lambda t_s: 0.05 * t_s, lambda t_s: 0.05 * t_s)
    assert moved == pytest.approx(0.6, abs=IN_PLACE + 0.02)


def test_a_foot_in_its_place_says_that_the_camera_stands() -> None:
    assert drift(stays, lambda t_s: 0.02 * t_s) == 0.0
    assert drift(lambda t_s: -0.3 * min(t_s / 10.0, 1.0), stays) == 0.0


def test_steps_are_not_the_camera() -> None:
    """First one foot and then the other goes down a step, in half a second each."""
    steps = [lambda t_s, at=at: 0.3 * ease(t_s, at, at + 0.5) for at in (3.0, 3.6)]
    assert drift(steps[0], steps[1]) == pytest.approx(0.0, abs=0.01)
    assert drift(steps[0], steps[0]) == pytest.approx(0.0, abs=0.01), "a jump"
