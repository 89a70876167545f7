"""Which exercise is it? On recorded poses, and on a figure in space seen by a camera anywhere."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import pytest
import scipy.stats
from figure_in_space import FILMS, LOOK_ALIKES, SIZE_PX, Film
from moving import mirrored

from formcheck.data.keypoints import SIDES, Keypoint, PoseSample
from formcheck.data.session import Note
from formcheck.exercises import all_exercises, get_exercise, look_alikes
from formcheck.motion.light import UNKNOWN_LIGHT, Light
from formcheck.motion.look_check import LookCheck
from formcheck.motion.recognition import (
    Recognition,
    Recognizer,
    _log_normal,
    _log_normal_in_image,
    with_article,
)
from formcheck.pose.recorded import PoseRecording

POSES = Path(__file__).parent / "poses"
TRUTH = {
    path.stem: json.loads(path.with_suffix(".json").read_text())["exercise"]
    for path in sorted(POSES.glob("*.npz"))
}

EVERY = all_exercises()


def recognize(samples: Iterable[PoseSample]) -> Recognition:
    """Say what a whole recording shows, however early that is clear."""
    recognizer = Recognizer(EVERY, look_alikes())
    for sample in samples:
        recognizer.update(sample)
    return recognizer.finish()


@cache
def recorded(name: str) -> tuple[PoseSample, ...]:
    return PoseRecording.load(POSES / f"{name}.npz").samples


@cache
def as_recorded(name: str) -> Recognition:
    """What a recording shows as it is, to compare with what it shows when it is changed."""
    return recognize(recorded(name))


def noisy(samples: Sequence[PoseSample], noise_px: float) -> list[PoseSample]:
    rng = np.random.default_rng(0)
    return [
        replace(
            sample,
            keypoints_px=sample.keypoints_px + rng.normal(0, noise_px, sample.keypoints_px.shape),
        )
        for sample in samples
    ]


@pytest.mark.parametrize("name", TRUTH)
def test_every_recording_is_recognized(name: str) -> None:
    found = as_recorded(name)
    assert found.exercise == TRUTH[name]
    assert found.probability == found.scores[TRUTH[name]]
    assert found.sure > 0.65
    assert found.reason


ALIKE = ("step_down", "lateral_step_down")
"""From the front, and often from the side, they look the same; both are judged alike."""


@pytest.mark.parametrize("name", TRUTH)
def test_two_are_named_only_where_they_are_judged_alike(name: str) -> None:
    found = as_recorded(name)
    assert found.either[0] == found.looks_like
    if found.or_else is None:
        assert found.or_else_probability == 0.0
        return
    titles = {with_article(get_exercise(one).title) for one in ALIKE}
    assert set(found.either) == titles
    assert found.sure == pytest.approx(sum(found.scores[one] for one in ALIKE))


def test_what_is_judged_otherwise_is_asked_for_and_not_named_beside() -> None:
    """With limits of its own, a lateral step-down cannot stand beside a step-down."""
    stricter = [
        msgspec.structs.replace(one, metrics=one.metrics[:-1]) if one.id == ALIKE[1] else one
        for one in EVERY
    ]
    recognizer = Recognizer(stricter, look_alikes())
    for sample in recorded("step_down_front_right"):
        recognizer.update(sample)
    found = recognizer.finish()
    assert found.exercise is None
    assert "could be a step-down or a lateral step-down" in found.reason


@pytest.mark.parametrize("name", TRUTH)
def test_never_another_one_in_the_mirror_or_at_half_the_rate_or_with_noise(name: str) -> None:
    samples = recorded(name)
    assert recognize(mirrored(samples)).scores == pytest.approx(as_recorded(name).scores, abs=0.02)
    assert recognize(samples[::2]).exercise == TRUTH[name]
    found = recognize(noisy(samples, 2.0))
    assert found.exercise is None or with_article(get_exercise(TRUTH[name]).title) in found.either


def recognized_in(light: Light, samples: Sequence[PoseSample]) -> Recognition:
    recognizer = Recognizer(EVERY, look_alikes())
    for sample in samples:
        recognizer.update(sample, light)
    return recognizer.finish()


@pytest.mark.parametrize(
    ("spoiled", "light"), [("dark", Light(0.07, 0.023)), ("dim", Light(0.146, 0.046))]
)
def test_in_poor_light_it_is_less_sure_and_names_both_that_look_alike(
    spoiled: str, light: Light
) -> None:
    samples = recorded(f"spoiled/step_down_front_left_{spoiled}")
    found, guess = recognized_in(light, samples), recognized_in(UNKNOWN_LIGHT, samples)
    assert found.probability < guess.probability
    assert "a step-down" in found.either
    assert found.or_else is not None


def test_in_poor_light_what_is_plain_is_still_recognized() -> None:
    assert recognized_in(Light(0.15, 0.05), recorded("squat_front")).exercise == "squat"


def test_a_head_out_of_the_frame_is_named_when_no_exercise_is_recognised() -> None:
    found = recognize(recorded("spoiled/step_down_front_left_headless"))
    assert found.exercise is None
    assert "the head is out of the frame" in found.reason


def test_feet_out_of_the_frame_give_no_exercise() -> None:
    """The pose model draws them to the edge, where they fit a lateral step-down well."""
    found = recognize(recorded("spoiled/step_down_front_right_footless"))
    assert found.exercise is None
    assert found.repetitions == 2
    assert found.reason == "the feet are out of the frame"


@pytest.mark.parametrize("name", ["squat_front", "single_leg_squat_front_right"])
def test_feet_close_to_the_edge_are_still_in_the_frame(name: str) -> None:
    samples = recorded(name)
    toes = [Keypoint.LEFT_TOE, Keypoint.RIGHT_TOE]
    lowest_px = max(float(sample.keypoints_px[toes, 1].max()) for sample in samples)
    width = samples[0].frame_size_px[0]
    cut = [replace(sample, frame_size_px=(width, round(lowest_px) + 2)) for sample in samples]
    assert recognize(cut).exercise == TRUTH[name]


@pytest.mark.parametrize("name", ["step_down_front_left", "step_down_side_left"])
def test_poses_that_jump_about_make_it_less_sure(name: str) -> None:
    samples = recorded(name)
    jumping = recognize(noisy(samples, 3.0))
    assert jumping.scores[TRUTH[name]] < as_recorded(name).scores[TRUTH[name]] - 0.1
    assert jumping.exercise is None or "a step-down" in jumping.either


@pytest.mark.parametrize("name", ["squat_side", "single_leg_squat_front_right"])
def test_the_size_of_the_image_does_not_matter(name: str) -> None:
    samples = recorded(name)
    twice = [
        replace(
            sample,
            keypoints_px=2 * sample.keypoints_px,
            frame_size_px=(2 * sample.frame_size_px[0], 2 * sample.frame_size_px[1]),
        )
        for sample in samples
    ]
    assert recognize(twice).scores == pytest.approx(as_recorded(name).scores, abs=1e-6)


# A figure in space.


@pytest.mark.parametrize("yaw_deg", [-90.0, -45.0, 0.0, 30.0, 90.0])
@pytest.mark.parametrize("name", FILMS)
def test_from_every_side(name: str, yaw_deg: float) -> None:
    for side in SIDES:
        film = replace(FILMS[name], yaw_deg=yaw_deg, free_side=side)
        assert recognize(film.samples()).exercise == name


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize(("camera_m", "away_m"), [(0.6, 2.6), (1.4, 4.0)])
def test_with_the_camera_higher_lower_nearer_further(
    name: str, camera_m: float, away_m: float
) -> None:
    film = replace(FILMS[name], yaw_deg=30.0, camera_m=camera_m, away_m=away_m)
    assert recognize(film.samples()).exercise == name


@pytest.mark.parametrize("name", FILMS)
def test_one_repetition_may_do(name: str) -> None:
    film = replace(FILMS[name], yaw_deg=60.0, reps=1)
    assert recognize(film.samples()).exercise == name


def test_the_start_tells_a_step_up_from_a_step_down() -> None:
    down, up = (
        recognize(replace(FILMS[name], yaw_deg=10.0).samples()) for name in ("step_down", "step_up")
    )
    assert "starts high" in down.reason
    assert "starts low" in up.reason
    assert down.scores["step_up"] < 0.1
    assert up.scores["step_down"] < 0.1


@pytest.mark.parametrize("yaw_deg", [0.0, 45.0, 90.0])
@pytest.mark.parametrize(
    "film",
    [
        pytest.param(Film(lambda _: (0.0, 0.3, 0.0), drop=0.0), id="standing"),
        pytest.param(Film(lambda deep: (0.3 * deep, 0.3, 0.5 * deep), drop=0.1), id="knee lift"),
    ],
)
def test_other_movements_are_none_of_them(film: Film, yaw_deg: float) -> None:
    found = recognize(replace(film, yaw_deg=yaw_deg).samples())
    assert found.exercise is None
    assert found.reason


@pytest.mark.parametrize("yaw_deg", [-90.0, -45.0, 0.0, 18.0, 45.0, 90.0])
@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_what_could_be_taken_for_an_exercise_is_called_what_it_is(
    name: str, yaw_deg: float
) -> None:
    title, film = LOOK_ALIKES[name]
    for side in SIDES:
        found = recognize(replace(film, yaw_deg=yaw_deg, free_side=side).samples())
        assert found.exercise is None
        if name == "push-up" and abs(yaw_deg) < 45.0:
            continue  # the head comes first, and little of the legs shows
        if name == "lunge back" and yaw_deg == 0.0 and found.looks_like is None:
            assert "a lunge back" in found.reason  # from there a foot that goes back seems to rise
            continue
        assert found.looks_like is not None
        assert title in found.looks_like
        assert found.looks_like in found.reason


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_one_repetition_is_enough_to_name_no_exercise(name: str) -> None:
    film = replace(LOOK_ALIKES[name][1], yaw_deg=75.0, reps=1)
    assert recognize(film.samples()).exercise is None


@pytest.mark.parametrize("lean_deg", [15.0, 45.0, 55.0])
@pytest.mark.parametrize(("drop", "back"), [(0.2, 0.1), (0.35, 0.12), (0.5, 0.15)])
@pytest.mark.parametrize("yaw_deg", [0.0, 90.0])
def test_a_squat_stays_one_however_upright_or_bent(
    yaw_deg: float, drop: float, back: float, lean_deg: float
) -> None:
    film = replace(FILMS["squat"], drop=drop, back=back, lean_deg=lean_deg, yaw_deg=yaw_deg)
    assert recognize(film.samples()).exercise == "squat"


@pytest.mark.parametrize("lean_deg", [2.0, 30.0, 45.0])
@pytest.mark.parametrize("name", ["single_leg_squat", "step_down", "lateral_step_down", "step_up"])
def test_a_trunk_that_leans_far_forward_is_a_fault_not_another_movement(
    name: str, lean_deg: float
) -> None:
    film = replace(FILMS[name], lean_deg=lean_deg, yaw_deg=75.0)
    assert recognize(film.samples()).exercise == name


def look(named: str, samples: Iterable[PoseSample]) -> tuple[Note, ...]:
    check = LookCheck(get_exercise(named), EVERY, look_alikes())
    for sample in samples:
        check.update(sample)
    return check.notes()


def test_a_named_exercise_that_looks_like_something_else_is_told_so_once() -> None:
    hinge = replace(LOOK_ALIKES["good morning"][1], yaw_deg=18.0).samples()
    (note,) = look("squat", hinge)
    assert note.kind == "looks_like"
    assert note.text.startswith("This looks like a hip hinge (deadlift, good morning) (")
    assert note.text.endswith(" It was measured as an air squat.")
    (note,) = look("squat", recorded("step_down_front_left"))
    assert note.text.startswith("This looks like a step-down or a lateral step-down (")
    assert note.text.endswith(
        "which look almost the same from the front. It was measured as an air squat."
    )


def test_of_two_that_look_the_same_only_the_less_likely_one_is_questioned() -> None:
    assert look("step_down", recorded("step_down_front_left")) == ()
    (note,) = look("lateral_step_down", recorded("step_down_front_left"))
    assert note.text.endswith("both are judged by the same limits.")


@pytest.mark.parametrize("name", TRUTH)
def test_the_right_exercise_is_not_questioned(name: str) -> None:
    assert look(TRUTH[name], recorded(name)) == ()


def test_an_exercise_that_is_never_recognised_is_not_questioned() -> None:
    unknown = msgspec.structs.replace(get_exercise("squat"), id="box_squat", recognised_by=())
    check = LookCheck(unknown, EVERY, look_alikes())
    for sample in FILMS["step_down"].samples():
        check.update(sample)
    assert check.notes() == ()


def test_walking_is_no_exercise() -> None:
    def walking(t_s: float) -> PoseSample:
        still = FILMS["squat"]._sample(0.0, np.zeros((len(Keypoint), 3)))
        px = still.keypoints_px + np.array([60.0 * t_s, 4.0 * math.sin(12 * t_s)])
        px[Keypoint.LEFT_ANKLE] += np.array([50 * math.sin(6 * t_s), 0.0])
        px[Keypoint.RIGHT_ANKLE] -= np.array([50 * math.sin(6 * t_s), 0.0])
        return replace(still, t_s=t_s, keypoints_px=px)

    found = recognize([walking(float(t)) for t in np.arange(0, 6, 1 / 15)])
    assert found.exercise is None


def test_nobody_and_nothing() -> None:
    for samples in ([], [PoseSample.nobody(t / 30, SIZE_PX) for t in range(60)]):
        found = recognize(samples)
        assert (found.exercise, found.probability) == (None, 0.0)
        assert found.reason == "no repetition was seen"


def test_a_person_who_is_lost_for_a_moment() -> None:
    samples = replace(FILMS["squat"], yaw_deg=60.0).samples()
    # In the first way down, and in the rest after it.
    lost = [
        PoseSample.nobody(sample.t_s, SIZE_PX) if int(5 * sample.t_s) in (11, 24) else sample
        for sample in samples
    ]
    assert recognize(lost).exercise == "squat"


def test_the_answer_comes_early_and_little_is_kept() -> None:
    recognizer = Recognizer(EVERY, look_alikes())
    answers = []
    for sample in replace(FILMS["squat"], reps=12).samples():
        answer = recognizer.update(sample)
        if answer is not None:
            answers.append((sample.t_s, answer))
        assert len(recognizer._samples) < 15 * 15
    first_s, first = answers[0]
    assert first.exercise == "squat"
    # Three repetitions, 4 s each, from 1.5 s on.
    assert first_s < 1.5 + 3 * 4 + 1.0
    assert recognizer.finish().exercise == "squat"


def test_scores_are_probabilities_of_the_exercises_there_are() -> None:
    scores = recognize(FILMS["step_down"].samples()).scores
    assert set(scores) == {one.id for one in all_exercises() if one.recognised_by}
    assert 0.9 < sum(scores.values()) <= 1.0
    assert all(0.0 <= score <= 1.0 for score in scores.values())
    assert all(
        foot.order == exercise.order
        for exercise in all_exercises()
        for foot in exercise.recognised_by
    )


def test_the_normal_distribution_is_that_of_scipy() -> None:
    of_place, place = np.array([[0.3, -0.1], [-0.1, 0.2]]), np.array([0.4, -0.7])
    known = scipy.stats.multivariate_normal(cov=of_place).logpdf(place)
    assert _log_normal_in_image(place, of_place) == pytest.approx(known, abs=1e-12)
    assert _log_normal(0.4, 0.3) == pytest.approx(scipy.stats.norm(0.0, 0.3**0.5).logpdf(0.4))
