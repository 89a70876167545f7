"""When looks are lowered because a computer does not keep pace with its camera."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.motion.pace import BEHIND_S, FIRST_TRY_S, LAST_TRY_S, Pace

STEP_S = 1 / 30
LATE_S = 1.5 * BEHIND_S


def slow_at(waits: dict[int, float], frames: int, *, full: bool = True) -> list[bool]:
    """Whether it is slow at each of so many pictures, of which some have waited."""
    pace = Pace()
    found = []
    for index in range(frames):
        pace.update(index * STEP_S, waits.get(index, 0.0), full=full)
        found.append(pace.slow)
    return found


def test_pictures_that_hardly_wait_lower_nothing() -> None:
    assert not any(slow_at(dict.fromkeys(range(600), 0.9 * BEHIND_S), 600))


def test_one_late_picture_lowers_the_looks_at_once_and_for_half_a_second() -> None:
    slow = slow_at({100: LATE_S}, 300)
    assert not any(slow[:100])
    assert slow[100]
    assert sum(slow) * STEP_S == pytest.approx(FIRST_TRY_S, abs=2 * STEP_S)


def test_the_wait_counts_from_the_last_late_picture() -> None:
    slow = slow_at(dict.fromkeys(range(100, 200), LATE_S), 300)
    assert all(slow[100:200])
    assert sum(slow[200:]) * STEP_S == pytest.approx(FIRST_TRY_S, abs=2 * STEP_S)


def tries_of(pace: Pace, *, until_s: float, fails_after_s: float) -> np.ndarray:
    """Times of the tries of a computer that falls behind so long after each of them."""
    tried, t_s = [0.0], 0.0
    while t_s < until_s:
        before = pace.slow
        late = not before and t_s - tried[-1] >= fails_after_s
        pace.update(t_s, LATE_S if late else 0.0, full=True)
        if before and not pace.slow:
            tried.append(t_s)
        t_s += STEP_S
    return np.array(tried[1:])


def test_a_try_that_fails_is_repeated_after_twice_as_long() -> None:
    between_s = np.diff(tries_of(Pace(), until_s=200.0, fails_after_s=0.2))
    assert between_s[0] == pytest.approx(2 * FIRST_TRY_S + 0.2, abs=0.1)
    ratios = between_s[1:5] / between_s[:4]
    assert np.all((ratios > 1.6) & (ratios < 2.1))
    assert between_s[-1] == pytest.approx(LAST_TRY_S + 0.2, abs=0.1)


def test_a_short_delay_now_and_then_never_lowers_the_looks_for_long() -> None:
    between_s = np.diff(tries_of(Pace(), until_s=100.0, fails_after_s=4.0))
    assert between_s == pytest.approx(4.0 + FIRST_TRY_S, abs=0.1)


def test_rest_shows_nothing_about_the_full_rate() -> None:
    pace = Pace()
    t_s = 0.0
    slow_s = []
    for _ in range(6):  # each repetition falls behind, after a long rest
        for lasts_s, full in ((20.0, False), (5.0, True)):
            for index in range(round(lasts_s / STEP_S)):
                late = full and not pace.slow and index > 3
                pace.update(t_s, LATE_S if late else 0.0, full=full)
                t_s += STEP_S
                if full:
                    slow_s.append(pace.slow)
    last = slow_s[-round(5.0 / STEP_S) :]
    assert np.mean(last) > 0.9, "the tries have become rare"
