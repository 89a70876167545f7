"""Ways down from 0.3 to 12 s, in all five exercises and from both views, are right.

The recorded poses of clips with known movement are stretched in time, see
``clips/slowed_poses.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips.slowed_poses import all_of_it, descents_lasting, repeated, warped, warped_truth
from clips.truth import read_truth

from formcheck.data.keypoints import PoseSample
from formcheck.data.session import ASCENT, DESCENT, Rep
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.assemble import slow_motion_note
from formcheck.pose.recorded import PoseRecording

POSES = Path(__file__).parent / "poses"
CLIPS = (
    *("step_down_front_left", "step_down_side_left"),
    *("single_leg_squat_front_right", "single_leg_squat_side_right"),
    *("lateral_step_down_front_left", "../slow_poses/lateral_step_down_side_right"),
    *("step_up_front_left", "../slow_poses/step_up_side_right"),
    *("squat_front", "squat_side"),
)
SECONDS = (0.3, 1.0, 3.0, 6.0, 12.0)
REPS = 2


@dataclass(frozen=True)
class Outcome:
    """What was measured of a film with slowed ways down, and what is true."""

    truth: dict[str, Any]
    reps: tuple[Rep, ...]

    def errors_s(self) -> list[tuple[float, float]]:
        """Error of each way down, and its stated standard error."""
        found = []
        for rep, true in zip(self.reps, self.truth["reps"], strict=True):
            one, events = rep.measurements[DESCENT], true["speed_events"]
            assert one.value is not None, one.not_measured
            assert one.sem is not None
            true_s = events["descent_end_s"] - events["descent_start_s"]
            found.append((one.value - true_s, one.sem))
        return found


def beginning(name: str) -> tuple[list[PoseSample], dict[str, Any]]:
    """The first two repetitions of a clip, with a second of standing after them."""
    truth = read_truth(POSES / f"{name}.json")
    truth["reps"] = truth["reps"][:REPS]
    end_s = max(truth["reps"][-1]["speed_events"].values()) + 1.0
    recording = PoseRecording.load(POSES / f"{name}.npz")
    return [sample for sample in recording.samples if sample.t_s <= end_s], truth


def analyzed(samples: list[PoseSample], exercise: str) -> tuple[Rep, ...]:
    analyzer = Analyzer(get_exercise(exercise))
    for sample in samples:
        analyzer.update(sample)
    return analyzer.finish()


def with_descents_of(seconds: float, name: str) -> Outcome:
    samples, truth = beginning(name)
    warp = descents_lasting(truth, seconds, samples[-1].t_s)
    reps = analyzed(warped(samples, warp), truth["exercise"])
    return Outcome(warped_truth(truth, warp), reps)


@pytest.fixture(scope="module")
def grid() -> dict[tuple[str, float], Outcome]:
    return {(name, s): with_descents_of(s, name) for name, s in product(CLIPS, SECONDS)}


@pytest.mark.parametrize("seconds", SECONDS)
@pytest.mark.parametrize("name", CLIPS)
def test_a_way_down_of_any_length_is_found_and_timed(
    name: str, seconds: float, grid: dict[tuple[str, float], Outcome]
) -> None:
    outcome = grid[name, seconds]
    stances = [rep["stance"] for rep in outcome.truth["reps"]]
    assert [rep.stance_side for rep in outcome.reps] == stances
    for error_s, sem_s in outcome.errors_s():
        assert abs(error_s) <= 3.0 * sem_s
        assert sem_s <= 0.4 + 0.15 * seconds, "an error that says nothing is no measurement"


def test_the_stated_errors_hold(grid: dict[tuple[str, float], Outcome]) -> None:
    for chosen in (SECONDS[:2], SECONDS[2:]):
        found = [grid[name, s].errors_s() for name, s in product(CLIPS, chosen)]
        share = np.array([abs(error_s) / sem_s for errors in found for error_s, sem_s in errors])
        assert np.mean(share <= 1.0) >= 0.6
        assert np.mean(share <= 2.0) >= 0.93


@pytest.mark.parametrize("name", CLIPS)
def test_a_slow_way_is_as_deep_as_a_quick_one(
    name: str, grid: dict[tuple[str, float], Outcome]
) -> None:
    for quick, slow in zip(grid[name, 1.0].reps, grid[name, 12.0].reps, strict=True):
        depth, slow_depth = (rep.measurements["depth"].value for rep in (quick, slow))
        assert depth is not None
        assert slow_depth is not None
        assert slow_depth == pytest.approx(depth, rel=0.1, abs=0.5)


@pytest.mark.parametrize("times", [2, 4])
def test_a_film_slowed_by_repeating_its_pictures(times: int) -> None:
    samples, truth = beginning("step_down_front_left")
    warp = all_of_it(times, samples[-1].t_s)
    outcome = Outcome(
        warped_truth(truth, warp), analyzed(repeated(samples, times), truth["exercise"])
    )
    assert len(outcome.reps) == REPS
    assert all(abs(error_s) <= 2.0 * sem_s for error_s, sem_s in outcome.errors_s())


def test_a_film_that_may_be_in_slow_motion_is_asked_about() -> None:
    recording = PoseRecording.load(POSES / "squat_front.npz")
    samples, truth = beginning("squat_front")
    slowed = analyzed(repeated(samples, 4), truth["exercise"])
    for way, at_least_s in ((DESCENT, 6.0), (ASCENT, 3.0)):
        assert all((rep.measurements[way].value or 0.0) > at_least_s for rep in slowed)
    (note,) = slow_motion_note(slowed, recording.info)
    assert "is this slow motion?" in note.text
    declared = replace(recording.info, slow_motion=4.0)
    live = replace(recording.info, kind="camera")
    assert slow_motion_note(slowed, declared) == slow_motion_note(slowed, live) == ()


def test_slow_lowering_with_a_quick_way_up_is_no_slow_motion() -> None:
    recording = PoseRecording.load(POSES / "squat_front.npz")
    assert slow_motion_note(with_descents_of(10.0, "squat_front").reps, recording.info) == ()
