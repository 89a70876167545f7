"""The analyzer on a stick figure whose movement is known."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from moving import figure, film, rep_shape

from formcheck.coach.cues import Coach
from formcheck.data.errors import UsageError
from formcheck.data.frame_result import FrameResult, Phase
from formcheck.data.keypoints import Keypoint, PoseSample, Side, keypoint
from formcheck.data.session import Cue, Rep
from formcheck.data.settings import BandSettings, Settings
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import Analyzer, Ignored
from formcheck.motion.stance import ENDS_BEFORE_BACK
from formcheck.pose.recorded import PoseRecording

SPOILED = Path(__file__).parent / "poses" / "spoiled"
STARTS_S = (1.5, 6.5, 11.5)
DURATION_S = 16.5
SHAPE = rep_shape(STARTS_S)

Pose = Callable[[float], PoseSample]


def squat_on(
    stance: str = "right",
    valgus_px: float = 0.0,
    lean_px: float = 0.0,
    yaw_deg: float = 0.0,
    shape: Callable[[float], float] = SHAPE,
) -> Pose:
    def pose(t_s: float) -> PoseSample:
        depth = shape(t_s)
        return figure(
            t_s,
            drop=0.15 * depth,
            valgus_px=valgus_px * depth,
            lean_px=lean_px * depth,
            stance=stance,
            free_foot_up=0.25,
            yaw_deg=yaw_deg,
        )

    return pose


def analyze(
    pose: Pose,
    exercise: str = "single_leg_squat",
    rate_hz: float = 30.0,
    noise_px: float = 0.3,
    duration_s: float = DURATION_S,
    settings: Settings | None = None,
) -> tuple[tuple[Rep, ...], list[FrameResult], Analyzer]:
    analyzer = Analyzer(get_exercise(exercise), settings)
    results = [analyzer.update(sample) for sample in film(duration_s, pose, rate_hz, noise_px)]
    return analyzer.finish(), results, analyzer


def cues_of(results: list[FrameResult], analyzer: Analyzer) -> list[Cue]:
    """Each cue that the coach gives, once."""
    coach = Coach(analyzer.exercise)
    shown = [coach.update(result) for result in results]
    return list(dict.fromkeys(cue for cue in shown if cue is not None))


@pytest.mark.parametrize("stance", ["left", "right"])
@pytest.mark.parametrize("rate_hz", [24, 30, 60])
def test_repetitions_sides_and_tempo(stance: str, rate_hz: float) -> None:
    reps, _, _ = analyze(squat_on(stance), rate_hz=rate_hz)
    assert [rep.stance_side for rep in reps] == [stance] * 3
    for rep, start_s in zip(reps, STARTS_S, strict=True):
        assert rep.events["descent_start_s"] == pytest.approx(start_s + 0.12, abs=0.15)
        assert rep.measurements["descent_s"].value == pytest.approx(
            2.0 * (1 - 2 * 0.0594), abs=0.15
        )
        assert rep.measurements["ascent_s"].value == pytest.approx(1.2 * (1 - 2 * 0.0594), abs=0.15)
    assert reps[0].measurements["top_s"].value is None
    assert reps[1].measurements["top_s"].value == pytest.approx(1.5, abs=0.3)


@pytest.mark.parametrize("stance", ["left", "right"])
def test_a_knee_that_falls_in_reads_its_angle_and_is_a_fault(stance: str) -> None:
    # The knee is half-way between hip and ankle: 15 % of 240 px are gone at the bottom.
    half_px = 240 * 0.85 / 2
    expected_deg = 2 * math.degrees(math.atan(20 / half_px))
    reps, _, _ = analyze(squat_on(stance, valgus_px=20))
    for rep in reps:
        fppa = rep.measurements["knee_fppa_deg"]
        assert fppa.at_bottom == pytest.approx(expected_deg, abs=0.5)
        assert fppa.standing == pytest.approx(0.0, abs=0.5)
        assert fppa.grade == "fault"
        assert fppa.cue == "Push the knee out over the little toe"
        assert rep.form.grade == "fault"
        assert rep.form.decided_by in ("knee_fppa_deg", "knee_over_foot_pct")
        assert rep.start_s < (fppa.at_s or 0.0) < rep.end_s


@pytest.mark.parametrize("stance", ["left", "right"])
def test_lean_is_positive_toward_the_working_side(stance: str) -> None:
    reps, _, _ = analyze(squat_on(stance, lean_px=20))
    expected_deg = math.degrees(math.atan(20 / 160))
    assert reps[0].measurements["trunk_lean_deg"].at_bottom == pytest.approx(expected_deg, abs=0.5)


def test_good_form_is_good_and_has_no_faults() -> None:
    reps, _, _ = analyze(squat_on())
    assert [rep.measurements["trunk_lean_deg"].grade for rep in reps] == ["good"] * 3
    assert [rep.form.grade for rep in reps] == ["good"] * 3
    assert [rep.measurements["knee_fppa_deg"].cue for rep in reps] == [""] * 3


def test_depth_is_the_drop_of_the_hips() -> None:
    reps, _, _ = analyze(squat_on())
    assert reps[0].measurements["depth"].at_bottom == pytest.approx(15.0, abs=1.0)


def test_legs_that_change_in_the_middle_are_told_apart() -> None:
    left, right = squat_on("left"), squat_on("right")
    reps, _, _ = analyze(lambda t_s: left(t_s) if t_s < 10 else right(t_s))
    assert [rep.stance_side for rep in reps] == ["left", "left", "right"]


def test_an_oblique_view_is_refused_with_the_reason() -> None:
    reps, _, analyzer = analyze(squat_on(yaw_deg=40))
    assert len(reps) == 3
    assert analyzer.view.kind == "oblique"
    for rep in reps:
        for name in ("knee_fppa_deg", "trunk_lean_deg", "knee_over_foot_pct"):
            assert rep.measurements[name].at_bottom is None
            assert "between front and side" in (rep.measurements[name].not_measured or "")


def test_a_hidden_ankle_refuses_what_needs_it_and_nothing_else() -> None:
    def pose(t_s: float) -> PoseSample:
        sample = squat_on("right")(t_s)
        if 7.0 < t_s < 9.5:
            sample.confidence[Keypoint.RIGHT_ANKLE] = 0.2
        return sample

    reps, _, _ = analyze(pose)
    hidden = reps[1].measurements
    assert "right ankle was hidden for" in (hidden["knee_fppa_deg"].not_measured or "")
    assert hidden["trunk_lean_deg"].at_bottom is not None
    assert reps[0].measurements["knee_fppa_deg"].at_bottom is not None
    assert reps[2].measurements["knee_fppa_deg"].at_bottom is not None


def test_walking_past_is_no_repetition() -> None:
    def walking(t_s: float) -> PoseSample:
        bob = 0.08 * (1 - math.cos(2 * math.pi * t_s)) / 2
        return figure(t_s, drop=bob, stance="both", shift_px=60.0 * t_s)

    reps, _, analyzer = analyze(walking, "squat", duration_s=6.0)
    assert reps == ()
    assert all(isinstance(one, Ignored) for one in analyzer.ignored)


def test_a_small_bob_is_no_squat() -> None:
    def bobbing(t_s: float) -> PoseSample:
        return figure(t_s, drop=0.06 * SHAPE(t_s), stance="both")

    reps, _, analyzer = analyze(bobbing, "squat")
    assert reps == ()
    assert len(analyzer.ignored) == 3
    assert "only 6 %" in analyzer.ignored[0].reason


def test_nobody_in_view_gives_nothing_and_does_not_fail() -> None:
    analyzer = Analyzer(get_exercise("squat"))
    for t_s in np.arange(0, 3, 1 / 30):
        result = analyzer.update(PoseSample.nobody(float(t_s), (640, 480)))
        assert result.depth is None
    assert analyzer.finish() == ()
    assert analyzer.frames_with_person == 0


def test_the_same_film_gives_the_same_numbers_twice() -> None:
    first, _, _ = analyze(squat_on(valgus_px=10))
    second, _, _ = analyze(squat_on(valgus_px=10))
    assert [rep.measurements for rep in first] == [rep.measurements for rep in second]
    assert [rep.events for rep in first] == [rep.events for rep in second]


def test_what_the_screen_counts_is_what_the_report_counts() -> None:
    reps, results, _ = analyze(squat_on())
    closed = [result.closed for result in results if result.closed is not None]
    assert [rep.index for rep in closed] == [rep.index for rep in reps] == [1, 2, 3]
    assert all(a is b for a, b in zip(closed, reps, strict=True))
    assert results[-1].reps_done == 3


def test_a_cue_for_the_knee_comes_before_the_bottom_of_that_repetition() -> None:
    _, results, analyzer = analyze(squat_on(valgus_px=25))
    knee = [cue for cue in cues_of(results, analyzer) if cue.measure == "knee_fppa_deg"]
    assert knee
    assert knee[0].decided_t_s < STARTS_S[0] + 2.0
    assert knee[0].t_s <= knee[0].decided_t_s


@pytest.mark.parametrize(("down_s", "praised"), [(2.6, True), (1.2, False)])
def test_fixing_a_fault_is_praised_if_the_tempo_is_good_too(down_s: float, praised: bool) -> None:
    shape = rep_shape(STARTS_S, down_s=down_s)
    poor, good = squat_on(valgus_px=25, shape=shape), squat_on(shape=shape)
    _, results, analyzer = analyze(lambda t_s: poor(t_s) if t_s < 6 else good(t_s))
    assert any(cue.praise for cue in cues_of(results, analyzer)) is praised


def test_phases_of_a_repetition_are_shown_in_order() -> None:
    _, results, _ = analyze(squat_on(), noise_px=0.0)
    first = [result.phase for result in results if result.t_s < 6.0]
    order = [phase for i, phase in enumerate(first) if i == 0 or first[i - 1] is not phase]
    assert order == [Phase.STANDING, Phase.DESCENT, Phase.BOTTOM, Phase.ASCENT, Phase.STANDING]


def test_bands_can_be_set_and_unknown_ones_are_refused() -> None:
    strict = Settings(bands={"trunk_lean_deg": BandSettings((-1.0, 1.0), (-2.0, 2.0))})
    reps, _, _ = analyze(squat_on(lean_px=15), settings=strict)
    assert reps[0].measurements["trunk_lean_deg"].grade == "fault"
    with pytest.raises(UsageError, match="no_such_metric"):
        Analyzer(
            get_exercise("squat"), Settings(bands={"no_such_metric": BandSettings((0, 1), (0, 1))})
        )


def test_a_step_up_runs_up_and_down() -> None:
    shape = rep_shape(STARTS_S, down_s=1.2, pause_s=0.8, up_s=2.0)

    def pose(t_s: float) -> PoseSample:
        sample = figure(t_s, drop=0.2 * (1 - shape(t_s)), stance="left", free_foot_up=0.0)
        points = sample.keypoints_px.copy()
        for joint in ("ANKLE", "HEEL", "TOE"):
            points[Keypoint[f"RIGHT_{joint}"], 1] += 48.0 * (1 - shape(t_s))
        return replace(sample, keypoints_px=points)

    reps, _, _ = analyze(pose, "step_up")
    assert [rep.stance_side for rep in reps] == ["left"] * 3
    assert list(reps[0].events) == [
        "ascent_start_s", "top_start_s", "descent_start_s", "descent_end_s"
    ]  # fmt: skip
    assert reps[0].measurements["ascent_s"].value == pytest.approx(1.2 * (1 - 2 * 0.0594), abs=0.15)
    assert reps[0].measurements["descent_s"].value == pytest.approx(2.0 * (1 - 2 * 0.0594), abs=0.2)
    assert reps[0].measurements["bottom_s"].value is None


def test_a_repetition_across_a_gap_in_the_film_is_not_made_up() -> None:
    analyzer = Analyzer(get_exercise("single_leg_squat"))
    for sample in film(DURATION_S, squat_on(), noise_px=0.2):
        if not 7.0 < sample.t_s < 8.5:
            analyzer.update(sample)
    assert [round(rep.lowest_s) for rep in analyzer.finish()] == [4, 14]


@pytest.mark.parametrize(
    ("dropped", "reason"),
    [
        (0, "no frames for 1.5 s"),
        (6, "no frames for 1.5 s"),  # an outage; only what was waiting at its end was given up
        (45, "this computer was too slow for 1.5 s"),
    ],
)
def test_a_gap_is_blamed_on_the_computer_only_when_it_gave_up_the_frames(
    dropped: int, reason: str
) -> None:
    analyzer = Analyzer(get_exercise("single_leg_squat"))
    after = False
    for sample in film(DURATION_S, squat_on(), noise_px=0.2):
        if 7.5 < sample.t_s < 9.0:
            continue
        analyzer.update(sample, dropped=0 if after or sample.t_s < 9.0 else dropped)
        after = sample.t_s >= 9.0
    analyzer.finish()
    assert [one.reason for one in analyzer.ignored] == [reason]


@pytest.mark.parametrize(("stops_s", "timed"), [((5.8, 6.6), False), ((5.8, 6.1), True)])
def test_an_outage_of_the_camera_is_no_rest(stops_s: tuple[float, float], timed: bool) -> None:
    analyzer = Analyzer(get_exercise("single_leg_squat"))
    for sample in film(DURATION_S, squat_on(), noise_px=0.2):
        if not stops_s[0] < sample.t_s < stops_s[1]:
            analyzer.update(sample)
    reps = analyzer.finish()
    rests = [rep.measurements["top_s"] for rep in reps]
    assert len(reps) == 3
    assert rests[0].not_measured == "there is no rest before the first repetition"
    if timed:
        assert rests[1].value == pytest.approx(1.5, abs=0.3)
    else:
        assert (rests[1].value, rests[1].not_measured) == (
            None,
            "the camera stopped for a while before this repetition",
        )
    assert rests[2].value is not None, "only the rest with the outage is not known"


def test_a_descent_across_a_change_of_person_is_not_timed() -> None:
    right = squat_on()

    def switching(t_s: float) -> PoseSample:
        sample = right(t_s)
        if t_s > 7.5:
            return replace(sample, keypoints_px=sample.keypoints_px + np.array([200.0, 40.0]))
        return sample

    reps, _, analyzer = analyze(switching)
    assert [rep.measurements["descent_s"].value is None for rep in reps] == [False, True, False]
    assert any("another person" in one.reason for one in analyzer.ignored)


def test_somebody_who_walks_gets_no_cues() -> None:
    def walking(t_s: float) -> PoseSample:
        bob = 0.1 * (1 - math.cos(2 * math.pi * t_s)) / 2
        return figure(t_s, drop=bob, stance="left", valgus_px=30.0 * bob, shift_px=60.0 * t_s)

    _, results, analyzer = analyze(walking, "step_down", duration_s=6.0)
    assert cues_of(results, analyzer) == []


def headless(side: Side | None) -> tuple[Rep, ...]:
    """The left leg works; without the face the model takes the front for the back."""
    recording = PoseRecording.load(SPOILED / "step_down_front_left_headless.npz")
    analyzer = Analyzer(get_exercise("step_down"), side=side)
    for sample in recording.samples:
        analyzer.update(sample)
    return analyzer.finish()


def test_without_the_head_the_working_leg_is_not_sure() -> None:
    reps = headless(None)
    assert len(reps) == 2
    assert not any(rep.stance_sure for rep in reps)
    assert all("working leg is not certain" in rep.notes[0] for rep in reps)
    assert any("the head is out of the frame" in rep.notes[0] for rep in reps)


def test_a_way_down_that_began_before_the_person_was_seen_is_not_timed() -> None:
    """Without the head the model finds the person at 3.6 s only; the way down began at 1.6 s."""
    first, second = headless(None)
    assert (first.measurements["descent_s"].not_measured or "").startswith(
        "you were not seen before the repetition"
    )
    assert first.events["descent_start_s"] is None
    assert second.measurements["descent_s"].value == pytest.approx(3.0, abs=0.3)


def test_a_film_that_starts_in_mid_descent_says_so() -> None:
    recording = PoseRecording.load(SPOILED.parent / "single_leg_squat_front_right.npz")
    analyzer = Analyzer(get_exercise("single_leg_squat"))
    whole = recording.samples
    for sample in whole:
        analyzer.update(sample)
    start_s, bottom_s = (
        analyzer.finish()[0].events[name] for name in ("descent_start_s", "bottom_start_s")
    )
    assert start_s is not None
    assert bottom_s is not None
    cut = Analyzer(get_exercise("single_leg_squat"))
    for sample in whole:
        if sample.t_s > (start_s + bottom_s) / 2:
            cut.update(sample)
    first, second, *_ = cut.finish()
    assert first.measurements["descent_s"].value is None
    assert first.notes == (
        "The start of the repetition is not in the film, nor is the person standing still before "
        "it.",
    )
    assert second.notes == ()


def test_feet_out_of_the_frame_are_refused_and_reported() -> None:
    recording = PoseRecording.load(SPOILED / "step_down_front_right_footless.npz")
    analyzer = Analyzer(get_exercise("step_down"))
    for sample in recording.samples:
        analyzer.update(sample)
    reps = analyzer.finish()
    assert [rep.stance_side for rep in reps] == ["right", "right"]
    for rep in reps:
        for name in ("knee_fppa_deg", "knee_over_foot_pct"):
            assert rep.measurements[name].at_bottom is None
            assert "right ankle" in (rep.measurements[name].not_measured or "")
        assert rep.measurements["trunk_lean_deg"].at_bottom is not None
    assert any("feet are out of the frame" in text for text in analyzer.view.warnings)


def test_the_users_word_on_the_leg_counts_without_the_head() -> None:
    reps = headless("left")
    assert [rep.stance_side for rep in reps] == ["left", "left"]
    assert all(rep.stance_sure for rep in reps)


def declared(name: str, side: Side, *, decides: bool) -> tuple[tuple[Rep, ...], list[str]]:
    """Repetitions of a clip whose working leg was named, and why movements do not count."""
    recording = PoseRecording.load(SPOILED.parent / f"{name}.npz")
    exercise = get_exercise(re.sub("_(front|side).*", "", name))
    analyzer = Analyzer(exercise, side=side, side_decides=decides)
    for sample in recording.samples:
        analyzer.update(sample)
    return analyzer.finish(), [one.reason for one in analyzer.ignored]


@pytest.mark.parametrize(
    ("name", "used", "asked", "count"),
    [
        ("step_down_front_left", "left", "right", 4),
        ("single_leg_squat_side_right", "right", "left", 3),
    ],
)
def test_a_leg_that_was_asked_for_does_not_hide_which_one_worked(
    name: str, used: Side, asked: Side, count: int
) -> None:
    reps, _ = declared(name, asked, decides=False)
    assert [(rep.stance_side, rep.stance_sure) for rep in reps] == [(used, True)] * count
    assert not any(rep.notes for rep in reps)


def test_a_declared_leg_that_stays_in_the_air_is_the_reason_why_nothing_counts() -> None:
    reps, reasons = declared("step_down_front_left", "right", decides=True)
    assert reps == ()
    assert set(reasons) == {"it was done with the left leg, but the right one was chosen"}
    assert len(reasons) == 4


def test_a_declared_leg_is_measured_and_a_doubt_about_it_is_said() -> None:
    reps, _ = declared("single_leg_squat_side_right", "left", decides=True)
    note = "The right leg seems to have worked, but the left one was chosen."
    assert [rep.stance_side for rep in reps] == ["left"] * 3
    assert all(note in rep.notes for rep in reps)


@pytest.mark.parametrize(("side", "sure"), [(None, False), ("right", True)])
def test_from_the_side_a_leg_whose_knee_is_hidden_is_not_sure_to_be_the_working_one(
    side: Side | None, sure: bool
) -> None:
    recording = PoseRecording.load(SPOILED.parent / "single_leg_squat_side_right.npz")
    analyzer = Analyzer(get_exercise("single_leg_squat"), side=side)
    for sample in recording.samples:
        confidence = sample.confidence.copy()
        confidence[keypoint("right", "knee")] = 0.2  # as under wide trousers
        analyzer.update(replace(sample, confidence=confidence))
    reps = analyzer.finish()
    assert [rep.stance_side for rep in reps] == ["right"] * 3
    assert [rep.stance_sure for rep in reps] == [sure] * 3


def test_with_the_head_in_view_the_working_leg_is_sure() -> None:
    reps, _, _ = analyze(squat_on("left"))
    assert all(rep.stance_sure and not rep.notes for rep in reps)


def test_a_film_that_ends_in_mid_repetition_says_so() -> None:
    def at_the_end(seconds: float) -> tuple[str, ...]:
        analyzer = Analyzer(get_exercise("step_down"), side="left")
        shape = rep_shape([1.5])
        for sample in film(seconds, lambda t: figure(t, drop=0.2 * shape(t), stance="left")):
            analyzer.update(sample)
        assert analyzer.finish() == ()
        return tuple(one.reason for one in analyzer.ignored)

    assert at_the_end(3.2) == (ENDS_BEFORE_BACK,)
