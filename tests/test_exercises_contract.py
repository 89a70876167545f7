"""What holds for every exercise; a new one is covered without a line added here."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from moving import figure, film, rep_shape

from formcheck.data.errors import UsageError
from formcheck.data.exercise import Exercise
from formcheck.data.poses import Poses
from formcheck.exercises import all_exercises, get_exercise
from formcheck.motion.analyzer import Analyzer

EVERY = pytest.mark.parametrize("exercise", all_exercises(), ids=lambda exercise: exercise.id)


def test_the_five_exercises_are_there() -> None:
    ids = [exercise.id for exercise in all_exercises()]
    assert {"lateral_step_down", "single_leg_squat", "squat", "step_down", "step_up"} <= set(ids)


def test_an_unknown_exercise_names_the_nearest_one() -> None:
    with pytest.raises(UsageError) as caught:
        get_exercise("step-dwon")
    assert "step_down" in caught.value.hint


@EVERY
def test_it_is_described_for_people(exercise: Exercise) -> None:
    assert len(exercise.about.split()) > 40
    assert "Limits:" in exercise.about
    assert "References:" in exercise.about
    assert len(exercise.set_up) >= 3
    for spec in exercise.metrics:
        assert spec.title
        assert spec.about.endswith(".")


@EVERY
def test_metric_names_are_unique_and_units_agree(exercise: Exercise) -> None:
    names = [spec.name for spec in exercise.metrics]
    assert len(set(names)) == len(names)
    for spec in exercise.metrics:
        assert (spec.unit == "°") == spec.name.endswith("_deg")


@EVERY
def test_bands_enclose_each_other_and_have_a_source_and_words(exercise: Exercise) -> None:
    for bands in [spec.bands for spec in exercise.metrics] + [exercise.tempo.bands]:
        if bands is not None:
            assert bands.watch[0] <= bands.good[0] < bands.good[1] <= bands.watch[1]
            assert len(bands.source) > 20
    for spec in exercise.metrics:
        if spec.bands is not None:
            assert spec.cue_high
            assert spec.cue_low
            assert spec.seen_high
            assert spec.seen_low
            assert spec.model_error > 0
    assert exercise.tempo.cue_fast


@EVERY
def test_something_is_judged_from_the_front_and_from_the_side(exercise: Exercise) -> None:
    for view in ("front", "side"):
        assert any(spec.bands is not None and view in spec.views for spec in exercise.metrics)


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
        course = spec.series(window, "left")
        assert course.shape == (len(samples),)
        assert np.isfinite(course).all()
        with_holes = spec.series(replace(window, keypoints_px=holes), "left")
        assert np.isnan(with_holes[::2]).all()


@EVERY
def test_every_repetition_carries_every_metric_or_the_reason(exercise: Exercise) -> None:
    shape = rep_shape([1.5])
    sign, base = (1.0, 0.0) if exercise.order == "down_up" else (-1.0, 0.2)
    analyzer = Analyzer(exercise, side="left")
    for sample in film(
        6.5, lambda t: figure(t, drop=base + sign * 0.2 * shape(t), stance="both"), noise_px=0.2
    ):
        analyzer.update(sample)
    (rep,) = analyzer.finish()
    assert set(rep.metrics) == {spec.name for spec in exercise.metrics}
    for metric in rep.metrics.values():
        if metric.not_measured is None:
            assert metric.value is not None
            assert metric.sem is not None
            assert metric.sem > 0
        else:
            assert metric.value is None
            assert metric.not_measured.startswith("not measured: ")
