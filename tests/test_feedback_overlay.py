"""The overlay: what it draws and where, what it says, and what it survives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from formcheck.data._before import INF, Bands, Exercise, MetricSpec, TempoBands
from formcheck.data.arrays import FloatArray, ImageArray
from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, Side, keypoint
from formcheck.data.poses import Poses
from formcheck.data.results import Cue, Fault, FrameResult, Metric, Phase, Rep, View, ViewKind
from formcheck.exercises._before import get_exercise
from formcheck.screen.overlay import Overlay
from formcheck.screen.overlay.moment import (
    TEMPO_S,
    VERDICT_S,
    Memory,
    Moment,
    graded_metrics,
    picture_keypoints,
    remember,
)
from formcheck.screen.overlay.scene import Layout
from formcheck.screen.overlay.words import (
    Message,
    message,
    value_text,
    verdict_in_the_set,
    verdict_text,
    view_warning,
)
from formcheck.screen.palette import FAULT, GOOD, MUTED, PAPER, Colour

SIZE = (480, 848)
SIZES = [SIZE, (640, 360), (1280, 720), (720, 1280), (720, 720), (64, 64), (1, 1), (2000, 100)]
GREY = 90
CUE = Cue("knee_fppa_deg", "Push the knee out over the little toe", 0.0, 0.0)


def no_series(window: Poses, side: Side) -> FloatArray:
    del side
    return np.full(len(window), np.nan)


def spec(name: str, title: str, view: str, needs: Sequence[str], priority: int) -> MetricSpec:
    return MetricSpec(
        name=name,
        title=title,
        unit="°",
        about="",
        views=("front",) if view == "front" else ("side",),
        needs=tuple(needs),
        series=no_series,
        judged="change",
        bands=Bands((-5, 8), (-8, 13), "made up"),
        priority=priority,
    )


KNEE = spec("knee_fppa_deg", "Knee valgus (2D)", "front", ("hip", "knee", "ankle"), 1)
TRUNK = spec("trunk_lean_deg", "Trunk lean", "front", ("hip", "shoulder"), 2)
FORWARD = spec("trunk_flexion_deg", "Forward lean", "side", ("hip", "shoulder"), 1)
EXERCISE = Exercise(
    id="step_down",
    title="Forward step-down",
    about="",
    order="down_up",
    stance="planted",
    min_drop_pct=5,
    views=("front", "side"),
    metrics=(TRUNK, KNEE, FORWARD),
    tempo=TempoBands(4.0, Bands((2.0, INF), (1.0, INF), "made up"), "Lower more slowly"),
    set_up=(),
)
FRONT = View("front", 0.0, 1.0, 0.0, 3.0, 0.0)


def keypoints_px() -> FloatArray:
    """A person who stands straight in the middle, but for the left knee: 30 px too far in."""
    points = np.full((len(Keypoint), 2), np.nan)
    for side, sign in (("left", 1), ("right", -1)):
        heights = {"shoulder": 250, "hip": 400, "knee": 530, "ankle": 650, "heel": 660, "toe": 670}
        for joint, y in heights.items():
            points[Keypoint[f"{side}_{joint}".upper()]] = (240 + sign * 40, y)
    points[Keypoint.LEFT_KNEE, 0] -= 30
    return points


def sample(t_s: float = 0.0, points: FloatArray | None = None) -> PoseSample:
    points = keypoints_px() if points is None else points
    seen = np.isfinite(points).all(axis=1)
    world = np.full((len(Keypoint), 3), np.nan)
    return PoseSample(t_s, points, np.where(seen, 0.9, 0.0), world, SIZE)


def result(t_s: float = 0.0, *, pose: PoseSample | None = None) -> FrameResult:
    return FrameResult(
        sample=sample(t_s) if pose is None else pose,
        phase=Phase.DESCENT,
        reps_done=2,
        stance_side="left",
        depth=10.0,
        live={"knee_fppa_deg": 14.6, "trunk_lean_deg": 1.0},
        live_judged={},
        live_grades={"knee_fppa_deg": "fault", "trunk_lean_deg": "good"},
        descent_elapsed_s=1.0,
        cue=None,
        closed=None,
        last_rep=None,
        view=FRONT,
    )


def rep(index: int = 3, **changes: object) -> Rep:
    whole = Rep(
        index=index,
        stance_side="left",
        start_s=0.0,
        end_s=3.0,
        lowest_s=1.5,
        events={},
        tempo={"descent_s": 0.9},
        metrics={"knee_fppa_deg": Metric(value=15.0, change=14.0, grade="fault")},
        grade="good",
        faults=(),
        view=FRONT,
        series_t_s=np.empty(0),
        series={},
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


SLOW_REP = rep(tempo={"descent_s": 2.5})


def picture(size: tuple[int, int] = SIZE) -> ImageArray:
    return np.full((size[1], size[0], 3), GREY, dtype=np.uint8)


def moment(frame: FrameResult, memory: Memory | None = None) -> Moment:
    points = picture_keypoints(frame.sample, Layout.for_size(SIZE))
    memory = remember(memory or Memory(), frame, points)
    return Moment(EXERCISE, frame, memory, points)


def drawn(frame: FrameResult, exercise: Exercise = EXERCISE) -> ImageArray:
    return Overlay(exercise, SIZE).draw(picture(), frame)


def has(image: ImageArray, colour: Colour, x: float, y: float, reach: int = 3) -> bool:
    part = image[round(y) - reach : round(y) + reach + 1, round(x) - reach : round(x) + reach + 1]
    return bool((np.abs(part.astype(int) - colour).max(axis=2) <= 2).any())


def untouched(image: ImageArray, x: float, y: float, reach: int = 8) -> bool:
    return bool(
        (image[int(y) - reach : int(y) + reach, int(x) - reach : int(x) + reach] == GREY).all()
    )


def test_the_input_is_left_alone_and_the_output_is_new() -> None:
    image = picture()
    out = Overlay(EXERCISE, SIZE).draw(image, result())
    assert (image == GREY).all()
    assert out.shape == image.shape
    assert out.dtype == np.uint8
    assert (out != GREY).any()


def test_a_read_only_picture_that_is_not_contiguous_is_fine() -> None:
    image = picture((960, 848))[:, ::2]
    image.flags.writeable = False
    out = Overlay(EXERCISE, SIZE).draw(image, result())
    assert (out == drawn(result())).all()


def test_a_picture_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected .* \(848, 480, 3\), but got \(480, 848, 3\)"):
        Overlay(EXERCISE, SIZE).draw(picture((848, 480)), result())


def test_the_working_leg_is_strong_in_the_knee_s_colour_and_the_other_faint() -> None:
    out = drawn(result())
    assert has(out, FAULT, 265, 465)  # middle of the left thigh
    assert has(out, MUTED, 200, 465)  # middle of the right one
    strong = (out[440] == FAULT).all(axis=1).sum()
    faint = (out[440] == MUTED).all(axis=1).sum()
    assert strong > 1.5 * faint > 0


def test_the_trunk_is_drawn_in_its_own_grade() -> None:
    out = drawn(result())
    assert has(out, GOOD, 240, 320)
    assert not has(out, FAULT, 240, 320)


def test_the_knee_over_foot_line_reaches_from_above_the_toes_to_the_knee() -> None:
    out = drawn(result())
    assert has(out, FAULT, 272, 530)  # between the toe's line at 280 and the knee at 250
    assert has(out, PAPER, 280, 510, reach=8)  # the dashed line goes on above the knee
    sideways = replace(result(), view=replace(FRONT, kind="side", near_side="left"))
    assert not has(drawn(sideways), PAPER, 280, 510, reach=8)


def test_nothing_is_graded_without_a_grade() -> None:
    plain = replace(result(), live_grades={})
    assert has(drawn(plain), PAPER, 265, 465)
    assert not (drawn(plain) == FAULT).all(axis=2).any()


@pytest.mark.parametrize("joint", ["hip", "knee", "ankle"])
def test_a_limb_with_an_uncertain_end_is_not_drawn(joint: str) -> None:
    pose = sample()
    pose.confidence[keypoint("left", joint)] = 0.4
    out = drawn(result(pose=pose))
    thigh, shank = has(out, FAULT, 265, 465), has(out, FAULT, 267, 600, reach=6)
    assert thigh is (joint == "ankle")
    assert shank is (joint == "hip")


def test_keypoints_follow_the_picture_when_it_is_shown_larger() -> None:
    size = (960, 1696)
    out = Overlay(EXERCISE, size).draw(picture(size), result())
    assert has(out, FAULT, 530, 930)


def test_lines_on_a_person_far_away_are_finer() -> None:
    centre = np.array([240.0, 450.0])
    far = result(pose=sample(points=(keypoints_px() - centre) * 0.3 + centre))
    near_width = (drawn(result())[440] == FAULT).all(axis=1).sum()
    far_width = (drawn(far)[447] == FAULT).all(axis=1).sum()
    assert 0 < far_width < near_width


def tempo_rows(out: ImageArray, colour: Colour) -> int:
    bar = Layout.for_size(SIZE).tempo_bar
    column = out[int(bar.top) : int(bar.bottom), round(bar.left + bar.width / 2)]
    return int((np.abs(column.astype(int) - colour).max(axis=1) <= 1).sum())


def test_the_tempo_bar_fills_with_time_and_turns_good() -> None:
    bar = Layout.for_size(SIZE).tempo_bar.height
    early = drawn(replace(result(), descent_elapsed_s=1.0))
    late = drawn(replace(result(), descent_elapsed_s=3.0))
    full = drawn(replace(result(), descent_elapsed_s=9.0))
    assert tempo_rows(early, PAPER) == pytest.approx(bar / 4, abs=0.04 * bar)
    assert tempo_rows(early, GOOD) == 0
    assert tempo_rows(late, GOOD) == pytest.approx(3 * bar / 4, abs=0.06 * bar)
    assert tempo_rows(full, GOOD) > 0.9 * bar


def test_the_tempo_bar_keeps_the_last_lowering_for_a_moment_and_judges_it() -> None:
    overlay = Overlay(EXERCISE, SIZE)
    overlay.draw(picture(), replace(result(1.0), descent_elapsed_s=0.8))
    after = replace(result(), descent_elapsed_s=None, phase=Phase.ASCENT)
    soon = overlay.draw(picture(), replace(after, sample=sample(1.5)))
    later = overlay.draw(picture(), replace(after, sample=sample(1.1 + TEMPO_S)))
    assert tempo_rows(soon, FAULT) > 20
    assert tempo_rows(later, FAULT) == 0


def test_the_banner_is_drawn_at_the_lower_edge_only_while_there_is_something_to_say() -> None:
    quiet, speaking = drawn(result()), drawn(replace(result(), cue=CUE))
    assert untouched(quiet, 240, 800)
    assert not untouched(speaking, 240, 800)


def test_beside_a_person_on_the_right_the_message_stands_on_the_left_and_stays() -> None:
    size = (1280, 720)
    overlay = Overlay(EXERCISE, size)
    right = result(pose=sample(points=keypoints_px() + np.array([200.0, 0.0])))
    spoken = replace(right, cue=CUE)
    out = overlay.draw(picture(size), spoken)
    assert not untouched(out, 200, 690)
    assert untouched(out, 1100, 690)
    left = result(0.1, pose=sample(0.1, points=keypoints_px() - np.array([150.0, 0.0])))
    out = overlay.draw(picture(size), replace(left, cue=CUE))
    assert untouched(out, 1100, 690)


def test_the_middle_of_the_picture_stays_free() -> None:
    for size in SIZES[:5]:
        nobody = replace(result(pose=PoseSample.nobody(0.0, size)), last_rep=None, cue=None)
        out = Overlay(EXERCISE, size).draw(picture(size), nobody)
        width, height = size
        middle = out[int(0.4 * height) : int(0.6 * height), int(0.3 * width) : int(0.7 * width)]
        assert (middle == GREY).all()


def test_nobody_in_view_is_said_after_a_moment() -> None:
    seen = moment(result(0.0))
    assert message(seen) is None
    lost = result(pose=PoseSample.nobody(0.1, SIZE))
    assert message(moment(lost, seen.memory)) is None
    gone = result(pose=PoseSample.nobody(1.0, SIZE))
    assert message(moment(gone, seen.memory)) == Message("", "Nobody in view", None)
    assert message(moment(lost)) == Message("", "Nobody in view", None)


def test_the_verdict_stays_for_about_two_seconds() -> None:
    before = moment(result(1.0))
    closing = moment(replace(result(1.1), last_rep=SLOW_REP), before.memory)
    assert message(closing) == Message("", "Rep 3: good", "good")
    late = moment(replace(result(1.0 + VERDICT_S), last_rep=SLOW_REP), closing.memory)
    assert message(late) == Message("", "Rep 3: good", "good")
    over = moment(replace(result(1.2 + VERDICT_S), last_rep=SLOW_REP), closing.memory)
    assert message(over) is None


def test_a_cue_that_a_good_repetition_has_answered_gives_way_to_the_verdict() -> None:
    frame = replace(result(4.0), last_rep=SLOW_REP, cue=replace(CUE, decided_t_s=2.0))
    assert message(moment(frame)) == Message("", "Rep 3: good", "good")
    newer = replace(frame, cue=replace(CUE, decided_t_s=4.5))
    assert message(moment(newer)) == Message("Rep 3: good", CUE.text, "fault")


def test_a_cue_keeps_the_colour_of_its_worst_moment() -> None:
    bad = moment(replace(result(0.0), cue=CUE))
    mended = replace(result(0.5), cue=CUE, live_grades={})
    assert message(moment(mended, bad.memory)) == Message("", CUE.text, "fault")
    assert message(moment(mended)) == Message("", CUE.text, "watch")
    other = replace(mended, cue=replace(CUE, decided_t_s=0.5))
    assert message(moment(other, bad.memory)) == Message("", CUE.text, "watch")
    praise = replace(mended, cue=replace(CUE, praise=True))
    assert message(moment(praise, bad.memory)) == Message("", CUE.text, "good")


def test_a_fault_is_named_with_its_judged_number_and_mended() -> None:
    fault = Fault("knee_fppa_deg", CUE.text, 1.5)
    bad = rep(grade="fault", faults=(fault,))
    assert verdict_text(EXERCISE, bad) == "Rep 3: knee valgus +14°"
    frame = replace(result(4.0), last_rep=bad)
    assert message(moment(frame)) == Message("Rep 3: knee valgus +14°", CUE.text, "fault")
    tempo = rep(grade="watch", faults=(Fault("tempo", "Lower more slowly", 1.0),))
    assert verdict_text(EXERCISE, tempo) == "Rep 3: lowered in 0.9 s"
    assert verdict_text(EXERCISE, rep(grade=None)) == "Rep 3: not graded"


def test_the_person_in_the_set_hears_everyday_words_and_their_own_number() -> None:
    exercise = get_exercise("step_down")
    inward = rep(grade="fault", faults=(Fault("knee_fppa_deg", CUE.text, 1.5),))
    assert verdict_in_the_set(exercise, inward, 1) == "Rep 1: knee falls in"
    metrics = {"knee_fppa_deg": replace(inward.metrics["knee_fppa_deg"], change=-9.0)}
    assert verdict_in_the_set(exercise, replace(inward, metrics=metrics), 1).endswith("goes out")
    tempo = rep(grade="watch", faults=(Fault("descent_s", "Lower more slowly", 1.0),))
    assert verdict_in_the_set(exercise, tempo, 2) == "Rep 2: lowered in 0.9 s"
    assert verdict_in_the_set(exercise, rep(grade="good"), 2) == "Rep 2: good"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7.4, "+7°"),
        (-7.6, "\N{MINUS SIGN}8°"),
        (-0.3, "0°"),
        (float("nan"), "\N{EN DASH}"),
        (None, "\N{EN DASH}"),
    ],
)
def test_graded_angles_are_signed(value: float | None, text: str) -> None:
    assert value_text(KNEE, value) == text


def test_other_values_have_the_decimals_and_the_space_of_their_unit() -> None:
    assert value_text(replace(KNEE, bands=None), 71.6) == "72°"
    assert value_text(replace(KNEE, unit="%"), 3.2) == "3 %"
    assert value_text(replace(KNEE, unit=""), 0.8567) == "0.86"


def test_the_most_important_metric_of_the_view_comes_first() -> None:
    assert [each.name for each in graded_metrics(moment(result()))] == [
        "knee_fppa_deg",
        "trunk_lean_deg",
    ]
    sideways = replace(result(), view=replace(FRONT, kind="side"))
    assert graded_metrics(moment(sideways)) == (FORWARD,)
    unknown = replace(result(), view=replace(FRONT, kind="unknown"))
    assert graded_metrics(moment(unknown)) == ()


def test_of_two_equal_metrics_the_worse_comes_first() -> None:
    left, right = (replace(KNEE, name=f"knee_fppa_{side}_deg", side=side) for side in SIDES)
    squat = replace(EXERCISE, metrics=(left, right))
    frame = replace(result(), live_grades={left.name: "good", right.name: "watch"})
    assert graded_metrics(replace(moment(frame), exercise=squat)) == (right, left)


def test_a_wrong_view_is_named() -> None:
    assert view_warning(moment(result())) is None
    oblique = moment(replace(result(), view=replace(FRONT, kind="oblique")))
    assert view_warning(oblique) == "Camera is oblique: knee valgus not measured"
    unknown = moment(replace(result(), view=replace(FRONT, kind="unknown")))
    assert view_warning(unknown) is None


def test_numbers_hold_still_between_readings() -> None:
    first = moment(result(0.0))
    quick = moment(replace(result(0.05), live={"knee_fppa_deg": 3.0}), first.memory)
    slow = moment(replace(result(0.2), live={"knee_fppa_deg": 3.0}), first.memory)
    assert quick.memory.live["knee_fppa_deg"] == 14.6
    assert slow.memory.live["knee_fppa_deg"] == 3.0


AWKWARD_POINTS = {
    "nan": np.full((len(Keypoint), 2), np.nan),
    "one point": np.full((len(Keypoint), 2), 240.0),
    "far outside": np.full((len(Keypoint), 2), 1e12),
    "infinite": np.full((len(Keypoint), 2), np.inf),
    "half outside": keypoints_px() - np.array([260.0, 500.0]),
    "upside down": 848 - keypoints_px(),
}


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("points", AWKWARD_POINTS.values(), ids=AWKWARD_POINTS.keys())
@pytest.mark.parametrize("kind", get_args(ViewKind))
def test_nothing_awkward_raises(size: tuple[int, int], points: FloatArray, kind: ViewKind) -> None:
    pose = replace(sample(points=points), confidence=np.full(len(Keypoint), 0.9))
    frame = replace(
        result(pose=pose),
        stance_side="both",
        view=replace(FRONT, kind=kind, near_side="left"),
        cue=replace(CUE, text="Push the knee out " * 200 + "x" * 5000),
        last_rep=rep(index=1234, grade="fault", faults=(Fault("knee_fppa_deg", "\n\t", 0.0),)),
        reps_done=12345,
        live={"knee_fppa_deg": float("nan"), "trunk_flexion_deg": -1e9, "knee_flexion_deg": 1e6},
        descent_elapsed_s=float("inf"),
    )
    out = Overlay(EXERCISE, size).draw(picture(size), frame)
    assert out.shape == (size[1], size[0], 3)


def test_an_exercise_without_metrics_and_without_a_target_is_drawn() -> None:
    bare = replace(EXERCISE, metrics=(), tempo=replace(EXERCISE.tempo, target_s=0.0))
    frame = replace(result(), stance_side=None, cue=replace(CUE, text="", praise=True))
    assert drawn(frame, bare).shape == (848, 480, 3)


def test_a_long_cue_is_written_inside_the_picture() -> None:
    plain = drawn(replace(result(), cue=replace(CUE, text="word " * 60, praise=True)))
    area = Layout.for_size(SIZE).message_area(on_the_left=False)
    assert untouched(plain, area.right + 6, area.bottom - 40, reach=4)
    assert (plain[int(area.bottom) + 2 :] == GREY).all()


def test_once_a_repetition_has_closed_the_bar_shows_what_was_measured() -> None:
    counting = moment(replace(result(1.0), descent_elapsed_s=2.2), Memory())
    closed = replace(result(3.0), descent_elapsed_s=None, last_rep=rep(tempo={"descent_s": 2.8}))
    assert counting.lowering_s == pytest.approx(2.2)
    assert moment(closed, counting.memory).lowering_s == pytest.approx(2.8)
