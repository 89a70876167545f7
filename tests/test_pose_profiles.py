"""Whose poses they are: exact poses are measured as they are, and their errors say so.

The squats here are exact: their truth is what they were drawn with. The knees go outward as they
bend, so that thigh and shank look shorter from the side, as they do in people.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from marker_files import samples_of, write_sports2d
from moving import LEG_PX, ease, figure, film, rep_shape

from formcheck.app.options import ViewChoice
from formcheck.app.parts import analyze, measure, track
from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, keypoint
from formcheck.data.pose_profile import AS_GIVEN, StatedFloor
from formcheck.data.session import Session
from formcheck.motion.rep_timing import TEMPO_SEM_SLOW, TEMPO_SLOW_FROM_S
from formcheck.pose.files import load_poses
from formcheck.pose.profiles import MEDIAPIPE, VALIDATED, profile_named
from formcheck.pose.recorded import PoseRecording

POSES = Path(__file__).parent / "poses"
FRONT = POSES / "step_down_front_left.npz"
SIZE_PX = (1000, 1000)
RATE_HZ = 60.0
THIGH_PX, SHANK_PX, TRUNK_PX, FOOT_PX = 160.0, 170.0, 200.0, 60.0

# Of each repetition: start, way down, way up in seconds; shank, thigh and trunk at the bottom, and
# how far the knees go outward, in degrees.
SQUATS = (
    (1.5, 0.9, 0.8, 24.0, 76.0, 40.0, 34.0),
    (4.5, 2.4, 1.0, 20.0, 70.0, 35.0, 25.0),
    (9.5, 4.0, 1.5, 22.0, 85.0, 45.0, 38.0),
)
PAUSE_S, LENGTH_S = 0.4, 17.0


def deep_at(t_s: float) -> tuple[float, tuple[float, ...]]:
    """Give how deep the person is, 0 to 1, and the repetition it is in."""
    for start_s, down_s, up_s, *angles in SQUATS:
        up_from = start_s + down_s + PAUSE_S
        if start_s <= t_s <= up_from + up_s:
            deep = ease(t_s, start_s, start_s + down_s) - ease(t_s, up_from, up_from + up_s)
            return deep, tuple(angles)
    return 0.0, (0.0, 0.0, 0.0, 0.0)


def seen_from_the_side(t_s: float) -> FloatArray:
    """The 19 points of a person who faces the picture's right, shape (19, 2)."""
    deep, angles = deep_at(t_s)
    shank, thigh, trunk, outward = np.radians(deep * np.array(angles) + np.array([4, 3, 3, 0]))
    ankle = np.array([480.0, 850.0])
    knee = ankle + SHANK_PX * np.cos(outward) * np.array([np.sin(shank), -np.cos(shank)])
    hip = knee - THIGH_PX * np.cos(outward) * np.array([np.sin(thigh), np.cos(thigh)])
    shoulder = hip + TRUNK_PX * np.array([np.sin(trunk), -np.cos(trunk)])
    points = np.full((len(Keypoint), 2), np.nan)
    points[Keypoint.NOSE] = shoulder + np.array([40.0, -60.0])
    for side in SIDES:
        places = {
            "ear": shoulder + np.array([10.0, -70.0]),
            "shoulder": shoulder,
            "elbow": shoulder + np.array([60.0, 30.0]),
            "wrist": shoulder + np.array([120.0, 10.0]),
            "hip": hip,
            "knee": knee,
            "ankle": ankle,
            "heel": ankle + np.array([-15.0, 20.0]),
            "toe": ankle + np.array([FOOT_PX, 22.0]),
        }
        for joint, place in places.items():
            points[keypoint(side, joint)] = place
    return points


def squats(noise_px: float = 0.0) -> tuple[FloatArray, FloatArray]:
    """Times, and points with noise, shape (N, 19, 2)."""
    t_s = np.arange(0.0, LENGTH_S, 1.0 / RATE_HZ)
    points = np.stack([seen_from_the_side(t) for t in t_s.tolist()])
    return t_s, points + np.random.default_rng(5).normal(0.0, noise_px, points.shape)


def descent_s(start_s: float, down_s: float) -> float:
    """How long the way down takes by the 5 % rule, on the trunk as it was drawn."""
    t_s = np.linspace(start_s, start_s + down_s, 2001)
    trunk = [Keypoint.LEFT_HIP, Keypoint.LEFT_SHOULDER]
    height = np.array([seen_from_the_side(t)[trunk, 1].mean() for t in t_s.tolist()])
    speed = np.gradient(height, t_s)
    moving = t_s[speed > 0.05 * speed.max()]
    return float(moving[-1] - moving[0])


def truth() -> list[dict[str, float]]:
    """What each repetition was drawn with, at the bottom."""
    return [
        {
            "knee_flexion_deg": shank + thigh + 7.0,
            "shank_angle_deg": shank + 4.0,
            "trunk_flexion_deg": trunk + 3.0,
            "trunk_shank_difference_deg": trunk - shank - 1.0,
            "descent_s": descent_s(start_s, down_s),
            "lowest_from_s": start_s + down_s,
        }
        for start_s, down_s, _, shank, thigh, trunk, _ in SQUATS
    ]


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TRC file of exact poses."""
    path = tmp_path_factory.mktemp("exact") / "markers.trc"
    write_sports2d(path, samples_of(*squats(), SIZE_PX))
    return path


def read(path: Path) -> Session:
    return analyze(path, exercise="squat", view="side", size=SIZE_PX)


def test_exact_poses_of_others_are_measured_as_they_are(exact: Path) -> None:
    session = read(exact)
    assert len(session.reps) == len(SQUATS)
    for rep, true in zip(session.reps, truth(), strict=True):
        assert rep.notes == (), "the camera did not shake"
        for name in ("knee_flexion", "shank_angle", "trunk_flexion", "trunk_shank_difference"):
            one = rep.measurements[f"{name}_deg"]
            assert one.at_bottom == pytest.approx(true[f"{name}_deg"], abs=0.2), name
            assert one.sem == pytest.approx(5.0, abs=0.05)
        timed = rep.measurements["descent_s"]
        assert timed.sem is not None
        assert timed.value == pytest.approx(true["descent_s"], abs=0.03)
        slow_s = max(0.0, true["descent_s"] - TEMPO_SLOW_FROM_S)
        stated = math.hypot(0.13, TEMPO_SEM_SLOW * slow_s)
        assert timed.sem == pytest.approx(stated, abs=0.04)
        assert rep.measurements["depth"].sem == pytest.approx(4.4, abs=0.05)
        assert true["lowest_from_s"] - 0.05 <= rep.lowest_s <= true["lowest_from_s"] + PAUSE_S


def test_exact_poses_seen_from_the_front_are_measured_as_they_are(tmp_path: Path) -> None:
    deep = rep_shape([1.5, 6.5], down_s=2.0, pause_s=0.4)
    drop, valgus_px, lean_px = 0.2, 16.0, 12.0

    def pose(t_s: float) -> PoseSample:
        share = deep(t_s)
        return figure(
            t_s,
            drop=drop * share,
            valgus_px=valgus_px * share,
            lean_px=lean_px * share,
            free_foot_up=0.1,
        )

    write_sports2d(tmp_path / "front.trc", list(film(11.0, pose)))
    session = analyze(
        tmp_path / "front.trc", exercise="single_leg_squat", view="front", size=(480, 640)
    )
    # The knee is half-way between hip and ankle, and so much beside the line between them.
    fppa_deg = 2.0 * math.degrees(math.atan(valgus_px / ((1.0 - drop) * LEG_PX / 2.0)))
    assert [rep.stance_side for rep in session.reps] == ["left", "left"]
    for rep in session.reps:
        found = {name: rep.measurements[name] for name in rep.measurements}
        assert found["knee_fppa_deg"].at_bottom == pytest.approx(fppa_deg, abs=0.2)
        lean_deg = math.degrees(math.atan(lean_px / 160.0))
        assert found["trunk_lean_deg"].at_bottom == pytest.approx(lean_deg, abs=0.2)
        assert found["depth"].at_bottom == pytest.approx(100.0 * drop, abs=0.3)
        assert found["knee_fppa_deg"].sem == pytest.approx(5.0, abs=0.05)
        assert found["depth"].sem == pytest.approx(4.4, abs=0.05)
        assert found["knee_wobble"].sem == pytest.approx(0.0, abs=0.1), "nothing moves in standing"


def test_what_makes_up_for_the_own_model_would_be_wrong_on_them(exact: Path) -> None:
    """The very same points taken for the own model's: the knee reads too bent."""
    poses = load_poses(exact, size_px=SIZE_PX)
    taken_for_own = replace(
        poses, samples=tuple(replace(one, profile=MEDIAPIPE) for one in poses.samples)
    )
    session = measure(taken_for_own, "squat", view="side")
    for rep, true in zip(session.reps, truth(), strict=True):
        one = rep.measurements["knee_flexion_deg"]
        assert one.sem is not None
        assert (one.value or 0.0) - true["knee_flexion_deg"] > 2.5 * one.sem


def test_noise_in_standing_widens_the_errors_and_they_cover(tmp_path: Path) -> None:
    write_sports2d(tmp_path / "noisy.trc", samples_of(*squats(noise_px=6.0), SIZE_PX))
    session = read(tmp_path / "noisy.trc")
    assert len(session.reps) == len(SQUATS)
    for rep, true in zip(session.reps, truth(), strict=True):
        for name in ("knee_flexion", "shank_angle", "trunk_flexion"):
            one = rep.measurements[f"{name}_deg"]
            assert one.sem is not None
            assert one.at_bottom is not None
            assert one.sem_set == pytest.approx(5.0)
            assert (one.sem_rep or 0.0) > 1.0, "6 px are 2 degrees of a segment and more"
            assert abs(one.at_bottom - true[f"{name}_deg"]) < 2.0 * one.sem


def test_poses_of_others_that_were_kept_stay_theirs(exact: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = analyze(
        exact, exercise="squat", view="side", size=SIZE_PX, out=out, export=["trc", "c3d"]
    )
    again = analyze(out / "poses.fcp", exercise="squat", view="side")
    assert [rep.measurements for rep in again.reps] == [rep.measurements for rep in first.reps]
    assert again.source.warnings == first.source.warnings
    for exported in (
        load_poses(out / "keypoints.trc", size_px=SIZE_PX),
        load_poses(out / "keypoints.c3d"),
    ):
        assert {one.profile for one in exported.samples} == {AS_GIVEN}


def test_own_poses_stay_own_in_every_file(tmp_path: Path) -> None:
    out = tmp_path / "out"
    recording = track(FRONT)
    assert {one.profile for one in recording.samples} == {MEDIAPIPE}
    first = analyze(FRONT, exercise="step_down", out=out, export=["trc", "c3d"])
    kept = PoseRecording.load(out / "poses.fcp")
    trc = load_poses(out / "keypoints.trc", size_px=(480, 848))
    c3d = load_poses(out / "keypoints.c3d")
    for poses in (kept, trc, c3d):
        assert {one.profile for one in poses.samples} == {MEDIAPIPE}
    for poses in (trc, c3d):
        assert poses.model.name.startswith("formcheck's own: ")
        assert "come from formcheck's own pose model" in poses.info.warnings[0]
        session = measure(poses, "step_down", view="front")
        for rep, expected in zip(session.reps, first.reps, strict=True):
            sem = rep.measurements["knee_fppa_deg"].sem_set
            assert sem == pytest.approx(expected.measurements["knee_fppa_deg"].sem_set, abs=0.5)


def test_without_its_first_line_an_exported_file_is_taken_for_anothers(tmp_path: Path) -> None:
    analyze(FRONT, exercise="step_down", out=tmp_path / "out", export=["trc"])
    path = tmp_path / "out" / "keypoints.trc"
    lines = path.read_text("utf-8").split("\n")
    path.write_text("\n".join(["PathFileType\t4\t(X/Y/Z)\tkeypoints.trc", *lines[1:]]), "utf-8")
    poses = load_poses(path, size_px=(480, 848))
    assert {one.profile for one in poses.samples} == {AS_GIVEN}
    assert poses.model.name == "another program's: TRC file"


@pytest.mark.parametrize("view", ["front", "side"])
def test_what_the_own_model_cannot_see_is_not_blamed_on_it(view: ViewChoice, exact: Path) -> None:
    session = measure(load_poses(exact, size_px=SIZE_PX), "step_down", view=view)
    own = measure(track(FRONT), "step_down")
    assert "when the pelvis really drops" in str(own.reps[0].measurements["pelvic_drop_deg"])
    for rep in session.reps:
        reason = rep.measurements["pelvic_drop_deg"].not_measured
        assert reason == "it is not known whether the joints found by another program show it"


def test_a_profile_is_known_by_its_id_and_any_other_is_taken_as_it_is() -> None:
    assert profile_named(MEDIAPIPE.id) is MEDIAPIPE
    assert profile_named(AS_GIVEN.id) is profile_named("something newer") is AS_GIVEN
    asked = [name for name, value in vars(AS_GIVEN).items() if value is True]
    assert asked == [], "nothing is made up for unless a profile asks for it"


def test_stated_errors_go_by_the_unit_and_the_own_ones_by_the_metric() -> None:
    stated = StatedFloor()
    assert [stated.of_value(1.6, unit, 50.0) for unit in ("°", "%", "s", "")] == [
        5,
        4.4,
        0.13,
        0.13,
    ]
    assert stated.of_duration_s(moved=None, leg_px=50.0, head_seen=False) == 0.13
    assert VALIDATED.of_value(1.6, "°", 220.0) == 1.6
    assert VALIDATED.of_value(1.6, "°", 55.0, guessed=True) == pytest.approx(6.4)
    seconds = [
        VALIDATED.of_duration_s(moved=moved, leg_px=210.0, head_seen=True)
        for moved in (False, True, None)
    ]
    assert seconds == [0.07, 0.15, 0.2]
    assert VALIDATED.of_duration_s(moved=False, leg_px=105.0, head_seen=True) == pytest.approx(0.14)
    assert VALIDATED.of_duration_s(moved=False, leg_px=210.0, head_seen=False) == 0.7
