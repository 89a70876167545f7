"""Camera roll from the lines of synthetic rooms, drawn for a camera of known orientation."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from formcheck.data.arrays import FloatArray, ImageArray
from formcheck.data.keypoints import Keypoint
from formcheck.pose.camera_roll import (
    FIRST_INTERVAL_S,
    LENS_DEG,
    RollEstimator,
    background_lines,
    roll_from_lines,
)

SIZE_PX = (360, 640)
FOCAL_PX = max(SIZE_PX) / 2 / math.tan(math.radians(LENS_DEG / 2))
ROLLS_DEG = [-9.0, -4.0, -1.0, 0.0, 2.0, 6.0, 10.0]
NOBODY = np.full((len(Keypoint), 2), np.nan)

Ends = tuple[tuple[float, float, float], tuple[float, float, float]]

# A room: x right, y down, z away, in metres; the camera is at the origin, a wall 4 m ahead.
UPRIGHT: list[Ends] = [((x, -1.2, 4.0), (x, 1.0, 4.0)) for x in (-1.1, -0.7, 0.6, 1.0)]
FLOOR: list[Ends] = [((-1.2, 1.0, 4.0), (1.2, 1.0, 4.0))]
SHELVES: list[Ends] = [((-1.2, y, 4.0), (1.2, y, 4.0)) for y in (-1.4, -0.6, 0.3)]


def projected(
    edges: Sequence[Ends], roll_deg: float, pitch_deg: float = 0.0, heading_deg: float = 0.0
) -> FloatArray:
    """End points of the room's edges in the frame, in pixels."""
    roll, pitch, heading = np.radians([roll_deg, pitch_deg, heading_deg])
    turned = np.array(
        [[np.cos(heading), 0, np.sin(heading)], [0, 1, 0], [-np.sin(heading), 0, np.cos(heading)]]
    )
    pitched = np.array(
        [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
    )
    rolled = np.array(
        [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
    )
    points = np.array(edges) @ (rolled @ pitched @ turned).T
    points_px = points[..., :2] / points[..., 2:] * FOCAL_PX + np.array(SIZE_PX) / 2
    return np.asarray(points_px.reshape(-1, 4))


def draw(lines: FloatArray) -> ImageArray:
    image = np.full((SIZE_PX[1], SIZE_PX[0], 3), 200, dtype=np.uint8)
    for x1, y1, x2, y2 in lines:
        cv2.line(image, (round(x1), round(y1)), (round(x2), round(y2)), (60, 60, 60), 4)
    return image


@pytest.mark.parametrize("pitch_deg", [-12.0, 0.0, 12.0])
@pytest.mark.parametrize("heading_deg", [-30.0, 0.0, 17.0])
@pytest.mark.parametrize("roll_deg", ROLLS_DEG)
def test_a_room_gives_the_roll_at_any_pitch_and_heading(
    roll_deg: float, heading_deg: float, pitch_deg: float
) -> None:
    lines = projected([*UPRIGHT, *FLOOR, *SHELVES], roll_deg, pitch_deg, heading_deg)
    found = roll_from_lines(lines, SIZE_PX)
    assert found.deg == pytest.approx(roll_deg, abs=0.6)
    assert found.sem_deg < 1.5


def test_a_mirror_image_has_the_opposite_roll() -> None:
    lines = projected([*UPRIGHT, *FLOOR], 5.0, 4.0, 10.0)
    mirrored = lines * np.array([-1.0, 1.0, -1.0, 1.0]) + np.array([SIZE_PX[0], 0.0] * 2)
    found, other = roll_from_lines(lines, SIZE_PX), roll_from_lines(mirrored, SIZE_PX)
    assert other.deg == pytest.approx(-found.deg, abs=0.3)
    assert other.sem_deg == pytest.approx(found.sem_deg, abs=0.2)


def test_oblique_lines_do_not_bias_the_roll() -> None:
    clutter = np.array(
        [[40.0, 50.0, 120.0, 110.0], [300.0, 400.0, 250.0, 460.0], [50.0, 500.0, 90.0, 580.0]]
    )
    lines = np.vstack([projected([*UPRIGHT, *FLOOR], 4.0), clutter])
    assert roll_from_lines(lines, SIZE_PX).deg == pytest.approx(4.0, abs=0.6)


def test_a_single_horizontal_edge_leaves_the_roll_uncertain() -> None:
    askew = roll_from_lines(projected(FLOOR, 0.0, heading_deg=15.0), SIZE_PX)
    assert not askew.sem_deg <= 1.5


@pytest.mark.parametrize("lines", [np.empty((0, 4)), np.array([[10.0, 10.0, 200.0, 190.0]])])
def test_the_roll_is_unknown_without_vertical_or_horizontal_lines(lines: FloatArray) -> None:
    assert math.isnan(roll_from_lines(lines, SIZE_PX).deg)


def test_contradictory_lines_leave_the_roll_uncertain() -> None:
    both_ways = np.vstack([projected(UPRIGHT, -8.0), projected(UPRIGHT, 8.0)])
    assert not roll_from_lines(both_ways, SIZE_PX).sem_deg <= 1.5


def test_lines_along_the_body_are_ignored() -> None:
    person = NOBODY.copy()
    for side, x in (("LEFT", 200.0), ("RIGHT", 160.0)):
        for joint, y in (
            ("EAR", 180),
            ("SHOULDER", 220),
            ("HIP", 340),
            ("KNEE", 420),
            ("ANKLE", 500),
        ):
            person[Keypoint[f"{side}_{joint}"]] = (x, y)
    limb = np.array([[205.0, 345.0, 190.0, 495.0]])
    image = draw(np.vstack([projected(UPRIGHT, 5.0), limb]))
    lines, size_px = background_lines(image, person)
    assert size_px == SIZE_PX
    assert len(lines) >= len(UPRIGHT)
    assert roll_from_lines(lines, size_px).deg == pytest.approx(5.0, abs=0.6)
    middle_x = (lines[:, 0] + lines[:, 2]) / 2
    assert not ((middle_x > 185) & (middle_x < 210)).any()
    all_lines, _ = background_lines(image, NOBODY)
    assert len(all_lines) > len(lines)


def test_it_estimates_once_a_second_and_follows_a_camera_that_is_levelled() -> None:
    estimator = RollEstimator()
    tilted, level = draw(projected(UPRIGHT, 6.0)), draw(projected(UPRIGHT, 0.0))
    first = estimator.update(0.0, tilted, NOBODY, 0.0)
    assert first.deg == pytest.approx(6.0, abs=0.6)
    assert estimator.update(0.5 * FIRST_INTERVAL_S, level, NOBODY, 0.0) == first
    for number in range(1, 7):
        last = estimator.update(number * FIRST_INTERVAL_S, level, NOBODY, 0.0)
    assert last.deg == pytest.approx(0.0, abs=0.6)


def test_the_roll_is_unknown_in_front_of_a_blank_wall() -> None:
    estimator = RollEstimator()
    blank = np.full((SIZE_PX[1], SIZE_PX[0], 3), 128, dtype=np.uint8)
    assert math.isnan(estimator.update(0.0, blank, NOBODY, 0.0).deg)


def upright(lean_deg: float, tall: float = 1.0) -> FloatArray:
    """Hips, shoulders and ankles of a person facing the camera who leans to the right."""
    person = NOBODY.copy()
    lean = math.radians(lean_deg)
    for side, sign in (("LEFT", 1.0), ("RIGHT", -1.0)):
        hip = np.array([180.0 + 15 * sign, 500.0 - 160.0 * tall])
        person[Keypoint[f"{side}_ANKLE"]] = (180.0 + 15 * sign, 500.0)
        person[Keypoint[f"{side}_HIP"]] = hip
        to_shoulder = np.array([10 * sign + 120 * math.sin(lean), -120 * math.cos(lean)])
        person[Keypoint[f"{side}_SHOULDER"]] = hip + to_shoulder
    return person


def test_a_standing_trunk_is_weak_evidence_that_vertical_lines_outweigh() -> None:
    blank = np.full((SIZE_PX[1], SIZE_PX[0], 3), 128, dtype=np.uint8)
    alone = RollEstimator().update(0.0, blank, upright(6.0), 0.0)
    assert 3.0 < alone.deg < 6.0
    assert alone.sem_deg > 1.5
    room = RollEstimator().update(
        0.0, draw(projected([*UPRIGHT, *SHELVES], 0.0)), upright(6.0), 0.0
    )
    assert room.deg == pytest.approx(0.0, abs=0.6)


@pytest.mark.parametrize("heading_deg", [60.0, -90.0, 170.0])
def test_the_trunk_is_ignored_when_seen_from_the_side_or_back(heading_deg: float) -> None:
    blank = np.full((SIZE_PX[1], SIZE_PX[0], 3), 128, dtype=np.uint8)
    assert math.isnan(RollEstimator().update(0.0, blank, upright(20.0), heading_deg).deg)


@pytest.mark.parametrize("lean_deg", [-72.0, 60.0, 95.0])
def test_the_trunk_of_who_lies_says_nothing_about_the_camera(lean_deg: float) -> None:
    blank = np.full((SIZE_PX[1], SIZE_PX[0], 3), 128, dtype=np.uint8)
    assert math.isnan(RollEstimator().update(0.0, blank, upright(lean_deg), 0.0).deg)


def test_the_trunk_is_used_only_while_standing() -> None:
    blank = np.full((SIZE_PX[1], SIZE_PX[0], 3), 128, dtype=np.uint8)
    estimator = RollEstimator()
    standing = estimator.update(0.0, blank, upright(0.0), 0.0)
    for t_s in (1.0, 2.0):
        squatting = estimator.update(t_s, blank, upright(12.0, tall=0.8), 0.0)
    assert standing.deg == pytest.approx(0.0, abs=0.1)
    assert squatting == standing
