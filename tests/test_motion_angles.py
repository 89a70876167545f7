"""Angles of known figures, and what no turn, size or mirror may change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from formcheck.motion import angles

points = st.tuples(st.integers(-500, 500), st.integers(-500, 500))


def at(x: float, y: float) -> np.ndarray:
    return np.array([[x, y]])


def leg(knee_x: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hip over ankle, the knee half-way down and ``knee_x`` to the right of the line."""
    return at(100, 0), at(100 + knee_x, 100), at(100, 200)


def test_a_straight_leg_has_no_angle() -> None:
    assert angles.frontal_plane_projection_angle_deg(*leg(0), "left")[0] == pytest.approx(0)
    assert angles.joint_angle_deg(*leg(0))[0] == pytest.approx(0)


@pytest.mark.parametrize(
    ("side", "knee_x", "sign"),
    [("left", -10, 1), ("left", 10, -1), ("right", 10, 1), ("right", -10, -1)],
)
def test_valgus_is_positive_when_the_knee_is_toward_the_middle(
    side: str, knee_x: float, sign: int
) -> None:
    # The person faces the camera: the left leg is on the right of the image.
    expected_deg = 2 * np.degrees(np.arctan(10 / 100))
    fppa = angles.frontal_plane_projection_angle_deg(*leg(knee_x), side)  # type: ignore[arg-type]
    assert fppa[0] == pytest.approx(sign * expected_deg)


def test_a_right_angle_at_the_knee() -> None:
    assert angles.joint_angle_deg(at(0, 0), at(0, 100), at(100, 100))[0] == pytest.approx(90)


def test_lean_is_positive_toward_the_right_of_the_image() -> None:
    assert angles.lean_from_vertical_deg(at(0, 100), at(100, 0))[0] == pytest.approx(45)
    assert angles.lean_from_vertical_deg(at(0, 100), at(0, 0))[0] == pytest.approx(0)


def test_pelvic_drop_is_positive_when_the_swing_side_is_lower() -> None:
    stance, swing = at(0, 100), at(-100, 110)
    assert angles.pelvic_drop_deg(stance, swing)[0] == pytest.approx(np.degrees(np.arctan(0.1)))
    assert angles.pelvic_drop_deg(swing, stance)[0] < 0


def test_knees_closer_than_the_ankles_give_a_ratio_below_one() -> None:
    ratio = angles.separation_ratio(at(60, 0), at(40, 0), at(70, 0), at(30, 0))
    assert ratio[0] == pytest.approx(0.5)


def test_the_ratio_is_unknown_when_the_ankles_touch() -> None:
    assert np.isnan(angles.separation_ratio(at(60, 0), at(40, 0), at(50, 0), at(50, 0))[0])


def test_a_missing_point_gives_nan() -> None:
    assert np.isnan(angles.joint_angle_deg(at(np.nan, 0), at(0, 1), at(0, 2))[0])
    assert np.isnan(angles.lean_from_vertical_deg(at(0, 0), at(np.nan, 1))[0])


@given(
    hip=points, knee=points, ankle=points,
    turn=st.floats(-3, 3), size=st.floats(0.1, 10), shift=points,
)  # fmt: skip
def test_turn_size_and_place_do_not_change_a_joint_angle(
    hip: tuple[int, int],
    knee: tuple[int, int],
    ankle: tuple[int, int],
    turn: float,
    size: float,
    shift: tuple[int, int],
) -> None:
    assume(knee not in (hip, ankle))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    def moved(point: tuple[int, int]) -> np.ndarray:
        return np.asarray(size * at(*point) @ rotation.T + np.array(shift))

    before = angles.frontal_plane_projection_angle_deg(at(*hip), at(*knee), at(*ankle), "left")
    after = angles.frontal_plane_projection_angle_deg(moved(hip), moved(knee), moved(ankle), "left")
    # A fully folded or fully straight limb may change its sign by rounding.
    assert abs(after[0]) == pytest.approx(abs(before[0]), abs=1e-3)


@given(hip=points, knee=points, ankle=points)
def test_a_mirrored_image_shows_the_same_angle_on_the_other_leg(
    hip: tuple[int, int], knee: tuple[int, int], ankle: tuple[int, int]
) -> None:
    def mirrored(point: tuple[int, int]) -> np.ndarray:
        return at(-point[0], point[1])

    left = angles.frontal_plane_projection_angle_deg(at(*hip), at(*knee), at(*ankle), "left")[0]
    assume(0.001 < abs(left) < 179.999)  # neither side of a straight or folded limb is medial
    right = angles.frontal_plane_projection_angle_deg(
        mirrored(hip), mirrored(knee), mirrored(ankle), "right"
    )[0]
    assert right == pytest.approx(left, nan_ok=True)
