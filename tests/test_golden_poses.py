"""Recorded poses of clips with known movement, replayed through the one loop.

The bounds are those the product promises for these clips, not what it happens to reach; the
benchmark ``benchmarks/accuracy.py`` prints the exact figures.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips.scoring import Error, Score, errors, scores
from clips.truth import mirrored_truth, read_truth, true_yaw_deg

from formcheck.data.session import Rep, View
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.camera_view import view_kind
from formcheck.motion.loop import run
from formcheck.pose.recorded import PoseRecording, RecordedEstimator, RecordedSource

POSES = Path(__file__).parent / "poses"
NAMES = sorted(path.stem for path in POSES.glob("*.npz"))


def truth_of(name: str) -> dict[str, Any]:
    return read_truth(POSES / f"{name}.json")


def replay(name: str, folder: Path = POSES) -> tuple[tuple[Rep, ...], View]:
    recording = PoseRecording.load(folder / f"{name}.npz")
    analyzer = Analyzer(get_exercise(truth_of(name)["exercise"]))
    assert run(RecordedSource(recording), RecordedEstimator(recording), analyzer, [])
    return analyzer.reps, analyzer.view


@pytest.fixture(scope="module")
def replayed() -> dict[str, tuple[tuple[Rep, ...], View]]:
    return {name: replay(name) for name in NAMES}


@pytest.fixture(scope="module")
def scored(replayed: dict[str, tuple[tuple[Rep, ...], View]]) -> dict[str, Score]:
    found = [error for name in NAMES for error in errors(name, truth_of(name), replayed[name][0])]
    return {score.quantity: score for score in scores(found)}


def test_there_are_recordings() -> None:
    assert len(NAMES) >= 15


@pytest.mark.parametrize("name", NAMES)
def test_count_sides_and_view(name: str, replayed: dict[str, tuple[tuple[Rep, ...], View]]) -> None:
    reps, view = replayed[name]
    truth = truth_of(name)
    assert [rep.stance_side for rep in reps] == [rep["stance"] for rep in truth["reps"]]
    assert view.kind == view_kind(true_yaw_deg(truth))


def test_the_oblique_clip_refuses_every_frontal_angle(
    replayed: dict[str, tuple[tuple[Rep, ...], View]],
) -> None:
    reps, _ = replayed["single_leg_squat_oblique"]
    for rep in reps:
        for name in ("knee_fppa_deg", "trunk_lean_deg", "knee_over_foot_pct", "knee_wobble"):
            assert rep.measurements[name].at_bottom is None
            assert "between front and side" in (rep.measurements[name].not_measured or "")
        assert rep.measurements["depth"].at_bottom is not None


@pytest.mark.parametrize(
    ("quantity", "at_most"),
    [
        ("knee_fppa_deg", 1.8),
        ("knee_over_foot_pct", 1.0),
        ("trunk_lean_deg", 1.0),
        ("trunk_flexion_deg", 2.0),
        ("knee_flexion_deg", 2.0),
        ("shank_angle_deg", 2.5),
        ("duration descent_s", 0.1),
        ("duration ascent_s", 0.1),
        ("event descent_start_s", 0.12),
        ("event descent_end_s", 0.12),
        ("event ascent_start_s", 0.12),
        ("event ascent_end_s", 0.12),
    ],
)
def test_the_mean_error_over_all_clips_stays_within_what_is_promised(
    quantity: str, at_most: float, scored: dict[str, Score]
) -> None:
    assert scored[quantity].mean_absolute <= at_most


def test_the_yaw_is_right_within_eight_degrees(
    replayed: dict[str, tuple[tuple[Rep, ...], View]],
) -> None:
    for name in NAMES:
        assert replayed[name][1].yaw_deg == pytest.approx(true_yaw_deg(truth_of(name)), abs=8.0)


@pytest.mark.parametrize("name", [name for name in NAMES if "yaw" in name])
def test_a_fallen_knee_is_told_from_a_straight_one_at_every_yaw(
    name: str, replayed: dict[str, tuple[tuple[Rep, ...], View]]
) -> None:
    straight, fallen_in = (rep.measurements["knee_over_foot_pct"] for rep in replayed[name][0])
    assert straight.value is not None
    assert fallen_in.value is not None
    assert fallen_in.value - straight.value > 3.0
    assert straight.grade == "good"


def test_knee_over_foot_holds_for_the_other_leg_from_the_other_side() -> None:
    found: list[Error] = []
    for name in NAMES:
        if "yaw" in name:
            reps, _ = replay(name, POSES / "mirrored")
            assert [rep.stance_side for rep in reps] == ["left", "left"]
            knees = [
                error
                for error in errors(name, mirrored_truth(truth_of(name)), reps)
                if error.quantity == "knee_over_foot_pct"
            ]
            straight, fallen_in = knees
            assert fallen_in.measured - straight.measured > 3.0
            found += knees
    assert len(found) == 8
    assert all(abs(error.error) <= 2 * error.sem for error in found)
    assert np.mean([abs(error.error) for error in found]) <= 2.0


def test_knees_that_come_in_during_a_squat_are_said(
    replayed: dict[str, tuple[tuple[Rep, ...], View]],
) -> None:
    straight, _, come_in = replayed["squat_front"][0]
    assert not any("knees out" in one.cue for one in straight.measurements.values())
    assert come_in.form.grade in ("watch", "fault")
    assert any("knees out" in one.cue for one in come_in.measurements.values())


STATED = (
    "knee_fppa_deg",
    "knee_over_foot_pct",
    "trunk_lean_deg",
    "trunk_flexion_deg",
    "knee_flexion_deg",
    "shank_angle_deg",
    "duration descent_s",
    "duration ascent_s",
)


@pytest.mark.parametrize("quantity", STATED)
def test_the_stated_errors_are_honest(quantity: str, scored: dict[str, Score]) -> None:
    """Of few bodies more or fewer may lie within one error by chance: the interval counts."""
    assert scored[quantity].within_two.high_pct >= 92.0
    assert scored[quantity].within_one.high_pct >= 68.0


def test_a_knee_that_falls_in_further_reads_further(scored: dict[str, Score]) -> None:
    assert 0.85 <= scored["knee_fppa_deg"].slope <= 1.15


def test_knee_flexion_from_the_side_is_neither_high_nor_low(scored: dict[str, Score]) -> None:
    assert abs(scored["knee_flexion_deg"].bias) <= 2.0


def test_replaying_twice_gives_the_same_numbers() -> None:
    first, _ = replay("step_down_front_left")
    second, _ = replay("step_down_front_left")
    assert [rep.measurements for rep in first] == [rep.measurements for rep in second]
    assert all(
        a.series["knee_fppa_deg"] == b.series["knee_fppa_deg"]
        for a, b in zip(first, second, strict=True)
    )


def test_two_standard_errors_of_the_yaw_cover_it(
    replayed: dict[str, tuple[tuple[Rep, ...], View]],
) -> None:
    for name in NAMES:
        view = replayed[name][1]
        assert view.yaw_deg is not None
        assert view.yaw_sem_deg is not None
        assert abs(view.yaw_deg - true_yaw_deg(truth_of(name))) <= 2 * view.yaw_sem_deg


@pytest.mark.parametrize("name", [name for name in NAMES if "_front_" in name or "yaw" in name])
def test_who_is_turned_is_told_so_and_nobody_else(
    name: str, replayed: dict[str, tuple[tuple[Rep, ...], View]]
) -> None:
    turned = any("Turn about" in text for text in replayed[name][1].warnings)
    assert turned == (abs(true_yaw_deg(truth_of(name))) > 5.0)
