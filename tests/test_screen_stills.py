"""The picture of each lowest point: cropped to the person, drawn with final numbers."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from screen_examples import INFO, SIZE, keypoints_px, picture, recorded, rep, sample

from formcheck.data.arrays import ImageArray
from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample
from formcheck.data.palette import FAULT, GOOD, WATCH, Colour
from formcheck.screen.stills import (
    NARROWEST,
    WIDEST,
    Stills,
    crop_box,
    cropped,
    draw_still,
    draw_stills,
)


def decoded(jpeg: bytes) -> ImageArray:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
    return np.asarray(image, dtype=np.uint8)


@pytest.mark.parametrize(
    ("knee", "colour"), [(2.0, GOOD), (10.0, WATCH), (15.0, FAULT)], ids=["good", "watch", "fault"]
)
def test_a_still_has_the_colour_of_the_table(knee: float, colour: Colour) -> None:
    raw = cropped(picture(), sample())
    plain, drawn = decoded(raw.jpeg), decoded(draw_still(INFO, rep(knee=knee), raw))
    assert np.abs(plain.astype(int) - 90).max() < 4, "nothing is drawn on what is kept"
    left_thigh = (keypoints_px()[[9, 11]].mean(axis=0) - crop_box(sample())[:2]) * (
        drawn.shape[0] / (crop_box(sample())[3] - crop_box(sample())[1])
    )
    x, y = left_thigh.round().astype(int)
    part = drawn[y - 6 : y + 7, x - 6 : x + 7].astype(int)
    assert (np.abs(part - colour).max(axis=2) < 60).any()
    for other in {GOOD, WATCH, FAULT} - {colour}:
        assert not (np.abs(part - other).max(axis=2) < 60).any()


def test_the_crop_shows_the_whole_person_with_some_margin() -> None:
    left, top, right, bottom = crop_box(sample())
    points = keypoints_px()[np.isfinite(keypoints_px()).all(axis=1)]
    assert (points > (left, top)).all()
    assert (points < (right, bottom)).all()
    assert top < 250 - 40
    assert bottom - top < SIZE[1]
    assert NARROWEST - 0.02 <= (right - left) / (bottom - top) <= WIDEST + 0.02


@pytest.mark.parametrize(
    "points",
    [
        keypoints_px() - np.array([230.0, 240.0]),
        keypoints_px() + np.array([190.0, 170.0]),
        keypoints_px()[:, ::-1],
        np.full_like(keypoints_px(), 100.0),
        (keypoints_px() - 400) * 3 + 400,
    ],
    ids=["upper left", "lower right", "lying", "one point", "larger than the picture"],
)
def test_the_crop_stays_in_the_picture(points: np.ndarray) -> None:
    pose = sample(points=points)
    left, top, right, bottom = crop_box(pose)
    assert 0 <= left < right <= SIZE[0]
    assert 0 <= top < bottom <= SIZE[1]
    raw = cropped(picture(), pose)
    height, width = decoded(raw.jpeg).shape[:2]
    assert raw.sample.frame_size_px == (width, height)


def test_without_a_person_the_whole_picture_is_kept() -> None:
    assert crop_box(PoseSample.nobody(0.0, SIZE)) == (0, 0, *SIZE)


def test_the_pose_moves_with_the_crop() -> None:
    image = picture()
    x, y = sample().keypoints_px[11].round().astype(int)
    image[y - 5 : y + 6, x - 5 : x + 6] = 255
    raw = cropped(image, sample())
    rows, columns = np.nonzero(decoded(raw.jpeg)[:, :, 0] > 200)
    assert columns.mean() == pytest.approx(raw.sample.keypoints_px[11, 0], abs=2)
    assert rows.mean() == pytest.approx(raw.sample.keypoints_px[11, 1], abs=2)


def test_each_repetition_gets_the_picture_of_its_lowest_point() -> None:
    clip = recorded("step_down_front_left")
    stills = Stills()
    for index, (pose, result) in enumerate(zip(clip.samples, clip.results, strict=True)):
        width, height = pose.frame_size_px
        stills.update(Frame(index, pose.t_s, np.zeros((height, width, 3), np.uint8)), result)
    stills.finish([])
    assert stills.raw(99) is None
    for one in clip.session.reps:
        raw = stills.raw(one.index)
        assert raw is not None
        start_s, end_s = one.events["bottom_start_s"], one.events["bottom_end_s"]
        assert start_s is not None
        assert end_s is not None
        assert start_s - 0.15 <= raw.sample.t_s <= end_s + 0.15
    assert sorted(draw_stills(clip.session, stills)) == [one.index for one in clip.session.reps]
