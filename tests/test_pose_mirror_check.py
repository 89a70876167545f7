"""The model's left-right asymmetry is measured on mirrored frames and corrected."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.data.keypoints import SIDES, Keypoint, keypoint
from formcheck.pose.heading import heading_deg, wrap_deg
from formcheck.pose.mirror_check import MirrorCheck, swap_sides


def body(yaw_deg: float) -> np.ndarray:
    world_m = np.zeros((len(Keypoint), 3))
    turn = np.radians(yaw_deg)
    for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
        for joint, half_m in (("shoulder", 0.18), ("hip", 0.12)):
            world_m[keypoint(side, joint)] = (
                sign * half_m * np.cos(turn), 0.0, sign * half_m * np.sin(turn)
            )  # fmt: skip
    return world_m


@pytest.mark.parametrize("yaw_deg", [0, 20, -35, 90, -90, 170])
def test_heading_of_a_turned_body(yaw_deg: float) -> None:
    assert heading_deg(body(yaw_deg)) == pytest.approx(yaw_deg)


def test_a_mirror_image_has_the_opposite_heading() -> None:
    assert heading_deg(swap_sides(body(25))) == pytest.approx(-25)
    assert np.array_equal(swap_sides(swap_sides(body(25))), body(25))


def test_angles_wrap() -> None:
    assert wrap_deg(np.array([190.0, -190.0, 360.0])) == pytest.approx([-170.0, 170.0, 0.0])


def test_the_asymmetry_is_measured_and_corrected() -> None:
    check = MirrorCheck()
    true_yaw_deg, asymmetry_deg = 8.0, 5.0
    seen = body(true_yaw_deg + asymmetry_deg)
    mirrored = body(-true_yaw_deg + asymmetry_deg)
    for t_s in range(5):
        check.add(float(t_s), seen, mirrored)
    assert check.correction_deg == pytest.approx(-asymmetry_deg)
    assert heading_deg(seen) + check.correction_deg == pytest.approx(true_yaw_deg)


def test_an_implausible_or_failed_check_is_ignored() -> None:
    check = MirrorCheck()
    check.add(0.0, body(5), body(100))
    check.add(1.0, body(5), None)
    assert check.correction_deg == 0.0


def test_checks_are_frequent_at_first_and_rare_later() -> None:
    check = MirrorCheck()
    times_s = []
    for t_s in np.arange(0, 20, 1 / 30):
        if check.is_due(float(t_s)):
            check.add(float(t_s), body(0), body(0))
            times_s.append(t_s)
    assert times_s[:4] == pytest.approx([0, 0.5, 1.0, 1.5], abs=0.05)
    assert len(times_s) == pytest.approx(4 + 18 / 5, abs=1)
