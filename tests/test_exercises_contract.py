"""What holds for every exercise; a new one is covered without a line added here."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import msgspec
import numpy as np
import pytest
from moving import figure, film, rep_shape
from walking_figures import RISE, Walker, stairs

from formcheck.data.errors import UsageError
from formcheck.data.exercise import Exercise
from formcheck.data.poses import Poses
from formcheck.data.session import DESCENT, HELD_WELL, ExerciseInfo, Flight, MeasureSpec
from formcheck.data.session import HELD as HELD_TIME
from formcheck.data.settings import BandSettings, Settings
from formcheck.exercises import all_exercises, get_exercise
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.flights import FlightAnalyzer
from formcheck.pose.profiles import MEDIAPIPE


def _each(exercises: list[Exercise]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("exercise", exercises, ids=lambda exercise: exercise.id)


EVERY = _each(list(all_exercises()))
REPEATED = _each([one for one in all_exercises() if one.kind == "reps"])
HELD = _each([one for one in all_exercises() if one.kind == "holds"])
CLIMBED = _each([one for one in all_exercises() if one.kind == "flights"])
FROM_STEPS = ("steps", "cadence", "step_time", "contact")
NOT_TAKEN_FROM_A_SERIES = ("duration", "time", "time_well", *FROM_STEPS)


def test_the_exercises_are_there() -> None:
    ids = [exercise.id for exercise in all_exercises()]
    assert {"lateral_step_down", "single_leg_squat", "squat", "step_down", "step_up"} <= set(ids)
    assert {"plank", "side_plank", "single_leg_stance", "wall_sit", "stairs"} <= set(ids)


def test_an_unknown_exercise_names_the_nearest_one() -> None:
    with pytest.raises(UsageError) as caught:
        get_exercise("step-dwon")
    assert "step_down" in caught.value.hint


@EVERY
def test_it_is_described_for_people(exercise: Exercise) -> None:
    assert len(exercise.about.split()) > 40
    assert "Limitations:" in exercise.about
    assert "References:" in exercise.about
    assert len(exercise.set_up) >= 3
    for spec in exercise.metrics:
        assert spec.title
        assert spec.about.endswith(".")
        assert 0 < len(spec.short_title) <= 14


@EVERY
def test_it_asks_for_a_slow_way_down_only_where_that_is_judged(exercise: Exercise) -> None:
    asks = "you go down slowly" in " ".join(exercise.about.split())
    assert not asks or exercise.info().judges_tempo


@EVERY
def test_metric_names_are_unique_and_units_agree(exercise: Exercise) -> None:
    names = [spec.id for spec in exercise.metrics]
    assert len(set(names)) == len(names)
    for spec in exercise.metrics:
        assert (spec.unit == "°") == spec.id.endswith("_deg")
        assert (spec.unit == "s") == spec.id.endswith("_s") == (spec.role == "tempo")


@EVERY
def test_bands_enclose_each_other_and_have_a_source_and_words(exercise: Exercise) -> None:
    for spec in exercise.metrics:
        limits = spec.limits
        if limits is None:
            assert {spec.cue_high, spec.cue_low, spec.seen_high, spec.seen_low} == {""}
            continue
        low = [-math.inf if end is None else end for end in (limits.watch_low, limits.good_low)]
        high = [math.inf if end is None else end for end in (limits.good_high, limits.watch_high)]
        assert low[0] <= low[1] < high[0] <= high[1]
        assert len(limits.source) > 20
        # There is something to say on each side that has an end.
        assert bool(spec.cue_low) == bool(spec.seen_low)
        assert spec.cue_low or limits.good_low is None
        assert spec.cue_high or limits.good_high is None


@REPEATED
def test_the_way_down_has_limits(exercise: Exercise) -> None:
    assert exercise.metric(DESCENT).limits is not None


@EVERY
def test_the_error_of_a_metric_is_declared_once(exercise: Exercise) -> None:
    """By the profile of the own model, where it is corrected; else by the metric itself."""
    for spec in exercise.metrics:
        if spec.taken in NOT_TAKEN_FROM_A_SERIES or spec.cannot_see:
            assert not spec.corrected_as
        elif spec.corrected_as:
            found = MEDIAPIPE.corrections[spec.corrected_as]
            assert math.hypot(found.sem_set, found.sem_rep) > 0
            assert spec.model_error == 0
        else:
            assert spec.model_error > 0


@EVERY
def test_a_metric_is_the_sum_of_what_it_is_made_of(exercise: Exercise) -> None:
    """Up to a constant, so that what is corrected in the parts is corrected in the sum."""
    window = Poses.from_samples(list(film(0.5, partial(figure, yaw_deg=90.0), noise_px=8.0)))
    for spec in exercise.metrics:
        if spec.made_of and spec.series is not None:
            parts = [
                weight * np.diff(part.series(window, "left"))
                for part, weight in spec.made_of
                if part.series is not None
            ]
            assert len(parts) == len(spec.made_of)
            assert np.diff(spec.series(window, "left")) == pytest.approx(sum(parts))


@REPEATED
def test_something_is_judged_from_the_front_and_from_the_side(exercise: Exercise) -> None:
    for view in ("front", "side"):
        assert any(
            spec.limits is not None and view in spec.views and spec.role != "tempo"
            for spec in exercise.metrics
        )


@EVERY
def test_every_metric_gives_one_number_a_frame_and_survives_missing_points(
    exercise: Exercise,
) -> None:
    shape = rep_shape([0.5])
    samples = list(film(5.0, lambda t: figure(t, drop=0.2 * shape(t), stance="left")))
    window = Poses.from_samples(samples)
    holes = window.keypoints_px.copy()
    holes[::2] = np.nan
    for spec in exercise.metrics:
        assert (spec.series is None) == (spec.taken in NOT_TAKEN_FROM_A_SERIES)
        if spec.series is None:
            continue
        values = spec.series(window, "left")
        assert values.shape == (len(samples),)
        assert np.isfinite(values).all()
        with_holes = spec.series(replace(window, keypoints_px=holes), "left")
        assert np.isnan(with_holes[::2]).all()


@REPEATED
def test_every_repetition_carries_every_metric_or_the_reason(exercise: Exercise) -> None:
    shape = rep_shape([1.5])
    sign, base = (1.0, 0.0) if exercise.order == "down_up" else (-1.0, 0.2)
    analyzer = Analyzer(exercise, side="left")
    for sample in film(
        6.5, lambda t: figure(t, drop=base + sign * 0.2 * shape(t), stance="both"), noise_px=0.2
    ):
        analyzer.update(sample)
    (rep,) = analyzer.finish()
    assert list(rep.measurements) == [spec.id for spec in exercise.metrics]
    for spec in analyzer.exercise.metrics:
        one = rep.measurements[spec.id]
        assert one.value == getattr(one, spec.judged)
        if one.not_measured is None:
            assert one.value is not None
            assert one.sem is not None
            assert one.sem > 0
            assert one.sem == pytest.approx(math.hypot(one.sem_set or 0.0, one.sem_rep or 0.0))
            assert (one.grade is None) == (spec.limits is None)
        else:
            assert one.value is None
            assert one.grade is None
            assert "not measured" not in one.not_measured


@EVERY
def test_what_a_session_keeps_of_it_is_plain(exercise: Exercise) -> None:
    info = exercise.info()
    assert [spec.id for spec in info.specs] == [metric.id for metric in exercise.metrics]
    assert {type(spec) for spec in info.specs} == {MeasureSpec}
    assert msgspec.json.decode(msgspec.json.encode(info), type=ExerciseInfo) == info


@REPEATED
def test_limits_of_the_user_take_the_place_of_its_own(exercise: Exercise) -> None:
    bands = {DESCENT: BandSettings(good=(2.0, None), watch=(1.5, math.inf))}
    settings = Settings(bands=bands, target_descent_s=4.0)
    info = exercise.with_settings(settings).info()
    limits = info.spec(DESCENT).limits
    assert limits is not None
    assert (limits.good_low, limits.watch_low, limits.good_high) == (2.0, 1.5, None)
    assert limits.source == "set by the user"
    assert info.target_descent_s == 4.0


@REPEATED
def test_a_tempo_that_is_asked_for_is_what_the_way_down_is_judged_by(exercise: Exercise) -> None:
    limits = exercise.info(Settings(tempo=(1.0, 0.0, 1.0, 0.0))).spec(DESCENT).limits
    assert limits is not None
    assert (limits.good_low, limits.watch_low) == (0.75, 0.5)
    assert exercise.info(Settings(goal="eccentric")).spec(DESCENT).limits is not None
    assert exercise.info(Settings(goal="strength")).spec(DESCENT).limits is None


def test_only_the_squat_is_done_for_strength_unless_something_else_is_asked_for() -> None:
    repeated = [one for one in all_exercises() if one.kind == "reps"]
    judged = {one.id: one.info().spec(DESCENT).limits is not None for one in repeated}
    assert {name for name, timed in judged.items() if not timed} == {"squat"}


def test_a_depth_is_judged_when_it_is_asked_for() -> None:
    squat = get_exercise("squat")
    shown_by: dict[str | None, Settings] = {
        None: Settings(),
        "knee_flexion_deg": Settings(depth="half"),
        "thigh_angle_deg": Settings(depth="parallel"),
    }
    for measure, settings in shown_by.items():
        specs = {spec.id: spec.limits for spec in squat.info(settings).specs}
        judged = {name for name in ("knee_flexion_deg", "thigh_angle_deg") if specs[name]}
        assert judged == ({measure} - {None})
    step_down = get_exercise("step_down")
    assert step_down.info(Settings(depth="parallel")) == step_down.info()


@EVERY
def test_the_exercises_it_leads_to_are_there(exercise: Exercise) -> None:
    known = {one.id for one in all_exercises()}
    assert {exercise.easier, exercise.harder} - {None} <= known
    assert exercise.family


@HELD
def test_a_held_posture_is_judged_from_its_view_and_timed(exercise: Exercise) -> None:
    assert exercise.held is not None
    judged = [spec for spec in exercise.metrics if spec.limits is not None]
    assert [spec.taken for spec in judged] == ["held"]
    assert judged[0].views == exercise.views
    assert {HELD_TIME, HELD_WELL} <= {spec.id for spec in exercise.metrics}
    info = exercise.info()
    assert (info.kind, info.order, info.judges_tempo) == ("holds", "held", False)


@HELD
def test_a_held_posture_says_for_each_frame_whether_it_is_kept(exercise: Exercise) -> None:
    assert exercise.held is not None
    window = Poses.from_samples(list(film(1.0, lambda t: figure(t, stance="left"))))
    kept = exercise.held.kept(window, "left")
    assert kept.shape == exercise.held.raised(window, "left").shape == (len(window),)
    assert set(kept.tolist()) <= {0.0, 1.0}
    unseen = replace(window, keypoints_px=np.full_like(window.keypoints_px, np.nan))
    assert np.isnan(exercise.held.kept(unseen, "left")).all()


@CLIMBED
@pytest.mark.parametrize("rise", [RISE, -RISE])
def test_a_flight_carries_every_metric_of_its_way_or_the_reason(
    exercise: Exercise, rise: float
) -> None:
    walker = Walker(stairs([rise] * 5))
    analyzer = FlightAnalyzer(exercise)
    for sample in film(7.0, walker.pose, noise_px=0.5):
        analyzer.update(sample)
    (flight,) = analyzer.finish()
    assert isinstance(flight, Flight)
    own = [spec for spec in analyzer.exercise.metrics if spec.way in ("", flight.way)]
    assert list(flight.measurements) == [spec.id for spec in own]
    for spec in own:
        one = flight.measurements[spec.id]
        assert one.not_measured is None
        assert one.value == one.at_bottom
        assert (one.sem is None) == spec.is_count
        whole = math.hypot(one.sem_set or 0.0, one.sem_rep or 0.0)
        assert (one.sem or 0.0) == pytest.approx(whole)
        assert (one.grade is None) == (spec.limits is None)
    info = exercise.info()
    assert (info.kind, info.order, info.judges_tempo) == ("flights", "climbed", False)
    assert flight.view.kind in exercise.views


@CLIMBED
def test_a_way_down_is_judged_and_a_way_up_is_not(exercise: Exercise) -> None:
    judged = [spec for spec in exercise.metrics if spec.limits is not None]
    assert {spec.way for spec in judged} == {"down"}
    assert {spec.taken for spec in judged} == {"climbed"}


@HELD
def test_the_users_limits_judge_a_hold(exercise: Exercise) -> None:
    judged = next(spec for spec in exercise.metrics if spec.limits is not None)
    bands = {judged.id: BandSettings(good=(-5.0, 5.0), watch=(-8.0, 8.0))}
    limits = exercise.with_settings(Settings(bands=bands)).info().spec(judged.id).limits
    assert limits is not None
    assert (limits.good_low, limits.watch_high) == (-5.0, 8.0)


@EVERY
def test_what_is_no_mean_says_from_where_it_is_taken(exercise: Exercise) -> None:
    """The words for the judged number speak of the bottom, or of the mean over a hold."""
    for metric in exercise.metrics:
        other = metric.taken in ("descent_rms", "held_rms", "drift")
        assert bool(metric.taken_words) == other, metric.id
