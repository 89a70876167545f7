"""The filters on signals whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.motion.filters import fill_gaps, hampel, low_pass, smooth_keypoints, velocity

T_S = np.arange(0, 4, 1 / 30)


def gain_at(signal_hz: float, cutoff_hz: float, rate_hz: float = 60.0) -> float:
    t_s = np.arange(0, 8, 1 / rate_hz)
    wave = np.sin(2 * np.pi * signal_hz * t_s)
    middle = slice(len(t_s) // 4, -len(t_s) // 4)
    return float(np.ptp(low_pass(t_s, wave, cutoff_hz)[middle]) / np.ptp(wave[middle]))


def test_the_stated_cutoff_is_the_true_half_power_point() -> None:
    assert gain_at(4.0, cutoff_hz=4.0) == pytest.approx(np.sqrt(0.5), abs=0.03)


def test_slow_movement_passes_and_fast_noise_does_not() -> None:
    assert gain_at(0.5, cutoff_hz=6.0) == pytest.approx(1.0, abs=0.01)
    assert gain_at(20.0, cutoff_hz=6.0) < 0.02


def test_there_is_no_lag() -> None:
    bump = np.exp(-(((T_S - 2.0) / 0.3) ** 2))
    assert T_S[np.argmax(low_pass(T_S, bump, 6.0))] == pytest.approx(2.0, abs=1 / 30)


@given(a=st.floats(-100, 100), b=st.floats(-50, 50))
def test_a_straight_line_comes_through_unchanged(a: float, b: float) -> None:
    line = a + b * T_S
    assert np.allclose(low_pass(T_S, line, 3.0), line, atol=1e-4 * (1 + abs(a) + abs(b)))


def test_frames_at_varying_intervals_are_filtered_by_their_times() -> None:
    rng = np.random.default_rng(0)
    uneven = T_S[np.sort(rng.choice(len(T_S), size=80, replace=False))]
    values = np.sin(2 * np.pi * 0.5 * uneven)
    inside = (uneven > 0.3) & (uneven < 3.7)
    error = low_pass(uneven, values, 6.0) - values
    assert np.abs(error[inside]).max() < 0.03


def test_missing_values_stay_missing() -> None:
    values = np.sin(T_S)
    values[:5] = np.nan
    values[40:50] = np.nan
    smooth = low_pass(T_S, values, 6.0)
    assert np.isnan(smooth[:5]).all()
    assert np.isnan(smooth[40:50]).all()
    assert np.isfinite(np.delete(smooth, [*range(5), *range(40, 50)])).all()


def test_short_gaps_are_bridged_and_long_ones_are_not() -> None:
    values = T_S.copy()
    values[10:13] = np.nan
    values[60:90] = np.nan
    filled = fill_gaps(T_S, values, max_gap_s=0.25)
    assert np.allclose(filled[10:13], T_S[10:13])
    assert np.isnan(filled[60:90]).all()


def test_a_single_wild_frame_is_taken_out_and_the_rest_left_alone() -> None:
    rng = np.random.default_rng(1)
    values = np.sin(T_S) + rng.normal(0, 0.01, len(T_S))
    spoiled = values.copy()
    spoiled[50] += 5.0
    cleaned = hampel(spoiled)
    assert abs(cleaned[50] - values[50]) < 0.2
    assert np.mean(cleaned == spoiled) > 0.8


def test_keypoints_are_filtered_each_on_their_own() -> None:
    keypoints = np.zeros((len(T_S), 3, 2))
    keypoints[:, 1, 0] = np.sin(T_S)
    keypoints[:, 2] = np.nan
    smooth = smooth_keypoints(T_S, keypoints, 6.0, 0.25)
    assert np.allclose(smooth[:, 0], 0)
    assert np.allclose(smooth[:, 1, 0], np.sin(T_S), atol=0.01)
    assert np.isnan(smooth[:, 2]).all()


def test_velocity_is_per_second_whatever_the_frame_rate() -> None:
    for rate_hz in (24, 30, 60):
        t_s = np.arange(0, 1, 1 / rate_hz)
        assert np.allclose(velocity(t_s, 7.0 * t_s), 7.0)
