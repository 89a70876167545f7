"""A tilted camera, a limb beside its axis, and what the set-up warnings say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from figure_in_space import FILMS
from moving import LEG_PX, SIZE_PX, figure, film, mirrored, rep_shape

from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.poses import Poses
from formcheck.data.session import Rep, View
from formcheck.exercises import get_exercise
from formcheck.exercises.metrics import (
    knee_fppa,
    knee_over_foot,
    roll_effect_on_knee_over_foot,
    trunk_lean,
    yaw_effect_on_fppa,
)
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.camera_view import (
    LEAST_ROLL_SEM_DEG,
    LEG_SHARE_OF_STATURE,
    LINES_TELL_TO_DEG,
    find_view,
    levelled,
    likely_roll_deg,
    limb_offset_deg,
)
from formcheck.pose.recorded import PoseRecording
from formcheck.pose.usual_camera import USUAL_ROLL_DEG

RECORDED = Path(__file__).parent / "poses"

LEVEL = View(
    kind="front",
    yaw_deg=0.0,
    yaw_sem_deg=3.5,
    roll_deg=0.0,
    roll_sem_deg=0.5,
    distance_heights=2.0,
    offset_deg=0.0,
)


def tilted(
    sample: PoseSample, deg: float, sem_deg: float = 0.5, read_deg: float | None = None
) -> PoseSample:
    """The figure as a camera sees it that is tilted: content turned clockwise about the middle."""
    turn, middle = math.radians(deg), np.array(SIZE_PX) / 2
    clockwise = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    return replace(
        sample,
        keypoints_px=(sample.keypoints_px - middle) @ clockwise + middle,
        camera_roll_deg=deg if read_deg is None else read_deg,
        camera_roll_sem_deg=sem_deg,
    )


def window(pose: object = figure, duration_s: float = 1.0) -> Poses:
    return Poses.from_samples(list(film(duration_s, pose)))  # type: ignore[arg-type]


def still(count: int, sample: PoseSample) -> Poses:
    return Poses.from_samples([replace(sample, t_s=i / 30) for i in range(count)])


BELIEVED = 1.0 / 2.5**2 - 1.0 / 5.0**2
"""How people set up cameras, beyond what the search for lines went by: one over a square."""

SURELY_READ = 1.0 / (1.0 + LEAST_ROLL_SEM_DEG**2 * BELIEVED)
"""The share that is taken out of a tilt which clear lines tell."""


@pytest.mark.parametrize("deg", [-10.0, -3.0, 0.0, 5.0, 12.0])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_known_tilt_is_taken_out_of_every_direction(deg: float, side: str) -> None:
    straight = figure(0.0, lean_px=12.0, valgus_px=8.0, stance="right")
    seen = still(5, tilted(straight, deg, 0.1, read_deg=deg / SURELY_READ))
    level, before = levelled(seen, find_view(seen, SIZE_PX)), still(5, straight)
    for series in (trunk_lean, knee_fppa, knee_over_foot):
        assert series(level, side) == pytest.approx(series(before, side), abs=1e-6)  # type: ignore[arg-type]


def test_a_tilt_goes_one_to_one_into_lean_and_the_stated_effect_into_the_knee() -> None:
    straight, deg = figure(0.0, stance="right"), 2.0
    before, seen = still(5, straight), still(5, tilted(straight, deg))
    # A head that goes to the image's right leans to the person's left, away from the right leg.
    assert trunk_lean(seen, "right") - trunk_lean(before, "right") == pytest.approx(-deg)
    moved = knee_over_foot(seen, "right") - knee_over_foot(before, "right")
    effect = roll_effect_on_knee_over_foot(before, "right")
    assert np.abs(moved) == pytest.approx(effect * deg, rel=0.02)


def test_a_tilt_that_was_not_measured_is_most_likely_none_within_what_is_usual() -> None:
    seen = still(5, tilted(figure(0.0), 5.0, math.nan, read_deg=math.nan))
    view = find_view(seen, SIZE_PX)
    assert likely_roll_deg(view) == (0.0, USUAL_ROLL_DEG)
    np.testing.assert_array_equal(levelled(seen, view).keypoints_px, seen.keypoints_px)


@pytest.mark.parametrize("deg", [-11.0, -1.5, 0.0, 2.0, 8.0])
@pytest.mark.parametrize(
    ("read_sem_deg", "counts_deg"),
    [(0.5, LEAST_ROLL_SEM_DEG), (1.5, 0.6), (LINES_TELL_TO_DEG + 0.4, LINES_TELL_TO_DEG + 0.4)],
)
def test_a_tilt_that_was_measured_and_what_is_usual_are_put_together(
    deg: float, read_sem_deg: float, counts_deg: float
) -> None:
    view = find_view(still(5, tilted(figure(0.0), deg, read_sem_deg)), SIZE_PX)
    likely_deg, sem_deg = likely_roll_deg(view)
    assert sem_deg == pytest.approx((1.0 / counts_deg**2 + BELIEVED) ** -0.5)
    assert likely_deg == pytest.approx(deg * (sem_deg / counts_deg) ** 2)
    assert sem_deg < min(counts_deg, USUAL_ROLL_DEG)


def test_lines_that_are_clear_outweigh_what_is_usual_and_a_trunk_alone_does_not() -> None:
    clear, weak = (
        likely_roll_deg(find_view(still(5, tilted(figure(0.0), 6.0, sem_deg)), SIZE_PX))[0]
        for sem_deg in (0.6, 2.6)
    )
    assert clear > 5.8
    assert 2.0 < weak < 4.0


def reps_of(deg: float, sem_deg: float) -> tuple[Rep, ...]:
    depth = rep_shape([1.5])

    def pose(t_s: float) -> PoseSample:
        drop = 0.2 * depth(t_s)
        sample = figure(t_s, drop=drop, stance="right", free_foot_up=0.25)
        return tilted(sample, deg, sem_deg)

    analyzer = Analyzer(get_exercise("single_leg_squat"))
    for sample in film(7.0, pose):
        analyzer.update(sample)
    return analyzer.finish()


def test_the_lean_of_an_upright_trunk_stays_upright_and_carries_the_tilts_error() -> None:
    (level,), (off,) = reps_of(0.0, 0.5), reps_of(5.0, 1.4)
    before, after = level.measurements["trunk_lean_deg"], off.measurements["trunk_lean_deg"]
    assert before.value is not None
    assert before.sem is not None
    assert after.value == pytest.approx(before.value, abs=0.25)
    before_deg, after_deg = (likely_roll_deg(rep.view)[1] for rep in (level, off))
    assert after_deg > 1.3 * before_deg
    more_deg = math.sqrt(after_deg**2 - before_deg**2)
    assert after.sem == pytest.approx(math.hypot(before.sem, more_deg), abs=0.02)


def test_a_tilt_too_large_refuses_what_is_held_against_the_vertical_and_nothing_else() -> None:
    for deg, sem_deg in ((14.0, 0.5), (13.5, 1.2)):
        (rep,) = reps_of(deg, sem_deg)
        for name in ("trunk_lean_deg", "knee_over_foot_pct"):
            likely = f"tilted by about {likely_roll_deg(rep.view)[0]:.0f}°"
            assert likely in (rep.measurements[name].not_measured or "")
        assert "tilted" not in (rep.measurements["knee_fppa_deg"].not_measured or "")
        assert rep.measurements["depth"].value is not None


def test_an_unsure_tilt_is_in_the_error_of_the_lean_with_all_it_has() -> None:
    (sure,), (unsure,), (unknown,) = (
        reps_of(-6.0, 0.5),
        reps_of(-6.0, 2.8),
        reps_of(0.0, math.nan),
    )
    sems = [rep.measurements["trunk_lean_deg"].sem or 0.0 for rep in (sure, unsure, unknown)]
    tilts_deg = [likely_roll_deg(rep.view)[1] for rep in (sure, unsure, unknown)]
    own_deg = math.sqrt(sems[0] ** 2 - tilts_deg[0] ** 2)
    assert sems[1] == pytest.approx(math.hypot(own_deg, tilts_deg[1]), abs=0.02)
    assert sems[2] == pytest.approx(math.hypot(own_deg, USUAL_ROLL_DEG), abs=0.02)
    assert tilts_deg[0] < 0.5 < 1.5 < tilts_deg[1] < tilts_deg[2] == USUAL_ROLL_DEG


# --- beside the axis -------------------------------------------------------------------------


def limb(aside_m: float, distance_m: float, forward_m: float = 0.35) -> Poses:
    """A leg that bends straight forward, seen by a pinhole camera that looks straight ahead."""
    focal_px, thigh_m, shank_m = 800.0, 0.45, 0.45
    frames = []
    for share in np.linspace(0.0, 1.0, 31):
        knee_z = distance_m - forward_m * share
        shank_up = math.sqrt(shank_m**2 - (forward_m * share) ** 2)
        thigh_up = math.sqrt(thigh_m**2 - (forward_m * share) ** 2)
        points = {
            "ANKLE": (0.9, distance_m),
            "KNEE": (0.9 - shank_up, knee_z),
            "HIP": (0.9 - shank_up - thigh_up, distance_m),
        }
        sample = figure(share)
        xy = np.full_like(sample.keypoints_px, np.nan)
        for name, x_m in (("RIGHT", aside_m), ("LEFT", 0.0)):
            for joint, (y_m, z_m) in points.items():
                xy[Keypoint[f"{name}_{joint}"]] = (
                    240 + focal_px * x_m / z_m, 320 + focal_px * (y_m - 0.45) / z_m
                )  # fmt: skip
        frames.append(replace(sample, keypoints_px=xy))
    return Poses.from_samples(frames)


@pytest.mark.parametrize("aside_m", [-0.3, -0.2, 0.2, 0.3])
@pytest.mark.parametrize("distance_m", [2.0, 3.0, 4.0])
def test_a_limb_beside_the_axis_fakes_what_its_angle_says(
    aside_m: float, distance_m: float
) -> None:
    seen = limb(aside_m, distance_m)
    view = msgspec.structs.replace(
        LEVEL, distance_heights=distance_m / (0.9 / LEG_SHARE_OF_STATURE)
    )
    # The hips' middle is half-way to the other leg, which is on the axis.
    from_hips_deg = limb_offset_deg(seen, "right", view)
    assert from_hips_deg == pytest.approx(
        math.degrees(math.atan(aside_m / 2 / distance_m)), abs=0.3
    )
    whole_deg = math.degrees(math.atan(aside_m / distance_m))
    read = knee_fppa(seen, "right")[-1]
    faked = yaw_effect_on_fppa(seen, "right")[-1] * whole_deg
    assert abs(read) == pytest.approx(abs(faked), rel=0.25)


def test_no_distance_no_offset() -> None:
    assert (
        limb_offset_deg(
            limb(0.2, 3.0), "right", msgspec.structs.replace(LEVEL, distance_heights=None)
        )
        == 0
    )


# --- what is said ----------------------------------------------------------------------------


def said(pose: PoseSample, stance: str | None = None) -> str:
    return (" ").join(find_view(still(5, pose), SIZE_PX, None, stance).warnings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("yaw_deg", "words"),
    [
        (15.0, "Turn about 15° to your right to face"),
        (-12.0, "Turn about 12° to your left to face"),
        (70.0, "Turn about 20° to your left to stand side-on"),
        (-110.0, "Turn about 20° to your left to stand side-on"),
        (40.0, "Turn about 40° to your right to face the camera, or 50° to your left"),
    ],
)
def test_which_way_to_turn(yaw_deg: float, words: str) -> None:
    assert words in said(figure(0.0, yaw_deg=yaw_deg))


@pytest.mark.parametrize(
    ("deg", "sem_deg", "words"),
    [
        (4.0, 0.6, "The camera is tilted about 4° counter-clockwise (as you look through it)"),
        (-5.0, 0.6, "The camera is tilted about 5° clockwise (as you look through it)"),
        (-6.5, 2.6, "The camera may be tilted about 4° clockwise"),
    ],
)
def test_which_way_the_camera_is_tilted(deg: float, sem_deg: float, words: str) -> None:
    assert words in said(tilted(figure(0.0), deg, sem_deg))


@pytest.mark.parametrize(("deg", "sem_deg"), [(1.0, 0.5), (3.0, 2.9), (math.nan, math.nan)])
def test_a_tilt_that_is_small_or_unsure_is_not_reported(deg: float, sem_deg: float) -> None:
    assert "tilted" not in said(tilted(figure(0.0), 0.0, sem_deg, read_deg=deg))


def test_the_working_leg_is_told_how_far_to_step() -> None:
    # The left ankle is 35 px to the right of the figure's middle; a leg is 0.83 m.
    far_px = 0.5 / (LEG_SHARE_OF_STATURE * 1.70) * LEG_PX
    right_of_frame = figure(0.0, shift_px=far_px - 35.0)
    assert "Step about 50 cm to your right: your left leg is off" in said(right_of_frame, "left")
    left_of_frame = figure(0.0, shift_px=-far_px - 35.0)
    assert "Step about 50 cm to your left: your left leg is off" in said(left_of_frame, "left")
    assert "Step" not in said(figure(0.0), "left")


def test_from_the_side_one_steps_forward_or_back() -> None:
    # Turned to the own left a person faces the right edge of the image.
    assert "back:" in said(figure(0.0, yaw_deg=90.0, shift_px=120.0))
    assert "forward:" in said(figure(0.0, yaw_deg=90.0, shift_px=-120.0))
    assert "back:" in said(figure(0.0, yaw_deg=-90.0, shift_px=-120.0))


# --- the turn, from either side ----------------------------------------------------------------


def squats(samples: Sequence[PoseSample]) -> tuple[Rep, ...]:
    analyzer = Analyzer(get_exercise("single_leg_squat"))
    for sample in samples:
        analyzer.update(sample)
    return analyzer.finish()


@pytest.mark.parametrize("yaw_deg", [-11.0, -8.0, -5.0, 0.0, 3.0, 6.0, 9.0])
def test_a_set_up_and_its_mirror_image_have_the_same_errors_and_grades(yaw_deg: float) -> None:
    samples = replace(FILMS["single_leg_squat"], yaw_deg=yaw_deg).samples(rate_hz=30.0)
    ours, theirs = squats(samples), squats(mirrored(samples))
    assert len(ours) == len(theirs) == 3
    for one, other in zip(ours, theirs, strict=True):
        assert {one.stance_side, other.stance_side} == {"left", "right"}
        for name in ("knee_fppa_deg", "knee_over_foot_pct", "trunk_lean_deg"):
            here, there = one.measurements[name], other.measurements[name]
            assert here.sem == pytest.approx(there.sem, abs=0.01)
            assert here.sem_yaw == pytest.approx(there.sem_yaw, abs=0.01)
            assert (here.grade, here.sure) == (there.grade, there.sure)
            assert here.not_measured == there.not_measured


@pytest.mark.parametrize("yaw_deg", [2.0, -2.0])
def test_the_lean_of_the_trunk_in_a_squat_has_no_error_of_a_foot_beside_the_hips(
    yaw_deg: float,
) -> None:
    """A turn within the yaw's own error adds nothing, wherever the feet stand."""
    analyzer = Analyzer(get_exercise("squat"))
    for sample in replace(FILMS["squat"], drop=0.18, yaw_deg=yaw_deg).samples(rate_hz=30.0):
        analyzer.update(sample)
    for rep in analyzer.finish():
        assert rep.measurements["trunk_lean_deg"].sem_yaw == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("folder", ["", "mirrored/"])
@pytest.mark.parametrize("name", ["yaw_left_10", "yaw_right_10"])
def test_a_straight_knee_seen_from_ten_degrees_aside_is_not_called_watch(
    name: str, folder: str
) -> None:
    """The first squat's knee is scripted straight; the turn alone makes 10 to 13 degrees of it."""
    recording = PoseRecording.load(RECORDED / f"{folder}single_leg_squat_{name}.npz")
    first, second = squats(recording.samples)
    for rep, true_deg in ((first, 0.0), (second, 14.0)):
        knee = rep.measurements["knee_fppa_deg"]
        if knee.value is not None:
            assert knee.sem is not None
            assert abs(knee.value - true_deg) < 3.0 * knee.sem
            assert knee.sure == "unclear"
    assert first.form.grade == "good" or first.form.sure == "unclear"
    assert second.form.grade in ("watch", "fault")
