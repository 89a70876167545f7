"""When the way down starts and ends: the 5 % rule, measured on the closed repetition."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from formcheck.data.arrays import BoolArray, FloatArray
from formcheck.data.poses import Poses
from formcheck.motion.filters import hampel, low_pass, velocity
from formcheck.motion.phases import Excursion

EVENT_SPEED_FRACTION = 0.05
"""A phase starts and ends where the vertical speed crosses this part of the phase's peak.

Ours: no onset threshold is cited in what was read (docs/measurement.md)."""

HIGHER_FRACTIONS = (0.1, 0.2)
"""Where the noise of a slow way keeps its speed above that threshold, these are tried."""

COARSE_CUTOFF_HZ = 3.0
CUTOFF_PER_DURATION = 3.0
"""Cut-off of the phase's own smoothing is this over the phase's duration: a slow descent is
smoothed more, for its speed is small against the noise. Measured against fixed cut-offs."""
CUTOFF_RANGE_HZ = (0.2, 6.0)
TURN_PER_DURATION, TURN_RANGE_HZ = 12.0, (0.8, 6.0)
"""At the turning point the speed changes fast: four times less smoothing there."""


QUARTER_TO_MOST = 3.85
"""The time for the middle eight tenths of the way over the shortest for a quarter of it, of a
minimum-jerk movement."""

MOST = 0.51
"""The part of a minimum-jerk movement's duration in which it goes from a tenth to nine tenths."""

NEAR_LEVEL, NEAR_TURN = 0.1, 0.03
"""A phase can only start or end within this part of the way from where it leads. At the turn, where
little is smoothed, it is first searched within the second: of a minimum-jerk movement 0.2 % of the
way is left where its speed falls below the threshold, so that a dip further off is noise."""

SHORTER_AT_TWICE, TAIL = 0.06, 0.15
"""Parts of a phase's duration in a minimum-jerk movement: by how much it measures shorter at twice
the threshold, and how long the twentieth of the way takes that is nearest to the standing."""

STILL_S, NEAR_STANDING = 0.5, 0.25
"""Or, on the side of the standing, within this part of the way, where the trunk stays for so long:
it may have been higher some time before (arms raised, a breath), and the way is not that then."""

PAUSE_SPEED = 2.0
"""At the turn a way may sink on as it pauses, up to so many times as fast as what counts as
standing still: such a pause may lie within NEAR_LEVEL of it."""

BEYOND = 0.05
"""A way back leads to the level that the way out left. What goes beyond it, by more than this part
of the way, is something else: a lean, or a stretch, that follows at once. Ours."""

DOUBT_COUNTS = 0.35
"""How much of the larger doubt of trunk and hips is left in the mean of both. Found on the
durations of rendered people, as they are and with ways down of 0.5 to 8 s."""

TURN_WITHIN_S = 0.5
AFTER_END_S = 0.3
"""The turn is searched no further from the excursion's, the end no further after it."""


@dataclass(frozen=True)
class Stroke:
    """One way of a repetition, down or up: when it starts and ends, in seconds.

    ``None`` where the film does not show it. ``doubt_s`` says how much its duration depends on what
    is called a start or an end: how much more than that of a smooth movement it would change at
    twice the threshold, or without the slow beginning. Large where the trunk hesitates there.
    """

    start_s: float | None
    end_s: float | None
    doubt_s: float = 0.0

    @property
    def duration_s(self) -> float | None:
        """How long it takes; ``None`` where one of its ends is not known."""
        if self.start_s is None or self.end_s is None:
            return None
        return max(0.0, self.end_s - self.start_s)


def trunk_height_px(window: Poses) -> FloatArray:
    """Height of the trunk (mean of hips and shoulders) above the image's top edge, negated y.

    Shape (N,), in pixels, + up. The trunk moves with the hip in these exercises, and the mean of
    four keypoints has half the noise of the hip alone.
    """
    return -(window.middle("hip")[:, 1] + window.middle("shoulder")[:, 1]) / 2


def find_ways(
    window: Poses, excursion: Excursion, outward: float, from_s: float = -math.inf
) -> tuple[Stroke, Stroke]:
    """Start and end of the way out and of the way back: the mean of what trunk and hips tell.

    The trunk's height has less noise, but who leans or straightens up while the hips rest moves it,
    too. Half of what they differ by is the standard error of their mean, and part of its doubt.

    Parameters and result as in :func:`find_strokes`, for a window of poses.
    """
    trunk, hips = (
        find_strokes(window.t_s, height, excursion, outward, from_s)
        for height in (trunk_height_px(window), -window.middle("hip")[:, 1])
    )
    return _mean_of(trunk[0], hips[0]), _mean_of(trunk[1], hips[1])


def _mean_of(trunk: Stroke, hips: Stroke) -> Stroke:
    """One way from what trunk and hips tell of it; what only one of them tells is taken."""
    start_s, start_doubt_s = _mean_and_doubt_s(trunk.start_s, hips.start_s)
    end_s, end_doubt_s = _mean_and_doubt_s(trunk.end_s, hips.end_s)
    own_doubt_s = DOUBT_COUNTS * max(trunk.doubt_s, hips.doubt_s)
    return Stroke(start_s, end_s, math.hypot(own_doubt_s, start_doubt_s, end_doubt_s))


def _mean_and_doubt_s(first_s: float | None, second_s: float | None) -> tuple[float | None, float]:
    if first_s is None or second_s is None:
        return second_s if first_s is None else first_s, 0.0
    return (first_s + second_s) / 2, abs(first_s - second_s) / 2


def find_strokes(
    t_s: FloatArray,
    height: FloatArray,
    excursion: Excursion,
    outward: float,
    from_s: float = -math.inf,
) -> tuple[Stroke, Stroke]:
    """Start and end of the way out and of the way back of one repetition.

    Parameters
    ----------
    t_s, height
        Shape (N,): the repetition with some rest around it; height + up, any unit. NaN in
        between is bridged, and nothing is found before the first or after the last known height.
    excursion
        About when it began, was furthest out, and ended.
    outward
        -1 when the way out goes down (step-down, squat), +1 when it goes up (step-up).
    from_s
        End of the repetition before: anything earlier is not part of this one.

    Returns
    -------
    (out, back)
    """
    seen = np.flatnonzero(np.isfinite(height))
    if len(seen) < 5:
        return Stroke(None, None), Stroke(None, None)
    # Before the first sight of the trunk and after the last one nothing is known, not even rest.
    shown = slice(int(seen[0]), int(seen[-1]) + 1)
    t_s, height = t_s[shown], height[shown]
    known = np.isfinite(height)
    away = outward * hampel(np.interp(t_s, t_s[known], height[known]))
    coarse = low_pass(t_s, away, COARSE_CUTOFF_HZ)
    near = np.flatnonzero(np.abs(t_s - excursion.turn_s) <= TURN_WITHIN_S)
    if len(near) == 0:
        return Stroke(None, None), Stroke(None, None)
    turn = int(near[np.argmax(coarse[near])])
    # Each way runs from the turn to where the trunk was furthest from it before and after.
    before = np.flatnonzero((t_s >= from_s) & (np.arange(len(t_s)) <= turn))
    after = np.flatnonzero((np.arange(len(t_s)) >= turn) & (t_s <= excursion.end_s + AFTER_END_S))
    first = int(before[np.argmin(coarse[before])])
    last = int(after[np.argmin(coarse[after])])
    out = _stroke(t_s, away, coarse, np.arange(first, turn + 1), before, +1.0)
    if out.start_s is not None:
        left = float(np.interp(out.start_s, t_s, coarse))
        if coarse[last] < left - BEYOND * (coarse[turn] - left):
            away, coarse = np.maximum(away, left), np.maximum(coarse, left)
            last = int(after[np.argmin(coarse[after])])
    back = _stroke(t_s, away, coarse, np.arange(turn, last + 1), np.arange(turn, len(t_s)), -1.0)
    return out, back


def _stroke(
    t_s: FloatArray,
    away: FloatArray,
    coarse: FloatArray,
    part: np.ndarray,
    side: np.ndarray,
    sign: float,
) -> Stroke:
    """One way: ``part`` are its frames, ``sign`` +1 on the way out and -1 on the way back.

    ``side`` are all frames on its side of the turn.
    """
    if len(part) < 3:
        return Stroke(None, None)
    duration_s = _duration_s(t_s, coarse, part, sign)
    slow_hz = float(np.clip(CUTOFF_PER_DURATION / duration_s, *CUTOFF_RANGE_HZ))
    turn_hz = float(np.clip(TURN_PER_DURATION / duration_s, *TURN_RANGE_HZ))
    slow = sign * _speed(t_s, away, side, slow_hz, turn_first=sign < 0)
    fast = sign * _speed(t_s, away, side, turn_hz, turn_first=sign < 0)
    start_s, end_s = _ends(t_s, coarse, slow, fast, part, sign, EVENT_SPEED_FRACTION)
    moved_s = 0.0
    for fraction in HIGHER_FRACTIONS:
        if start_s is not None and end_s is not None:
            break
        higher = _ends(t_s, coarse, slow, fast, part, sign, fraction)
        sooner_s = _sooner_s(fraction, duration_s)
        if start_s is None and higher[0] is not None:
            start_s, moved_s = higher[0] - sooner_s, moved_s + sooner_s
        if end_s is None and higher[1] is not None:
            end_s, moved_s = higher[1] + sooner_s, moved_s + sooner_s
    if start_s is None or end_s is None:
        return Stroke(start_s, end_s)
    doubt_s = _tail_s(t_s, coarse, start_s, end_s, sign) - TAIL * (end_s - start_s)
    twice = 2.0 * EVENT_SPEED_FRACTION
    later_s, earlier_s = _ends(t_s, coarse, slow, fast, part, sign, twice)
    if later_s is not None and earlier_s is not None:
        shorter_s = end_s - start_s - (earlier_s - later_s)
        doubt_s = max(doubt_s, abs(shorter_s - SHORTER_AT_TWICE * (end_s - start_s)))
    return Stroke(start_s, end_s, math.hypot(max(0.0, doubt_s), 2.0 * moved_s))


def _sooner_s(fraction: float, most_s: float) -> float:
    """How long before a higher threshold a minimum-jerk movement crosses the usual one.

    Its speed is 30 s² (1 - s)² of the way, s from 0 to 1; ``most_s`` is how long it takes from a
    tenth to nine tenths of the way, which is MOST of its duration.
    """
    at = [0.5 - math.sqrt(0.25 - 0.25 * math.sqrt(f)) for f in (fraction, EVENT_SPEED_FRACTION)]
    return (at[0] - at[1]) * most_s / MOST


def _speed(
    t_s: FloatArray, away: FloatArray, side: np.ndarray, cutoff_hz: float, *, turn_first: bool
) -> FloatArray:
    """Smoothed speed on one side of the turn, 0 beyond; shape (N,).

    The turn, where the speed is zero, is a mirror: of a slow way, smoothed much, the quick one on
    the other side must leave no trace. Beyond the other end of ``side`` lies another repetition.
    ``turn_first`` when the turn is the first frame of ``side``.
    """
    times, values = t_s[side], away[side]
    mirror_s = times[0] if turn_first else times[-1]
    there = slice(None, 0, -1) if turn_first else slice(-2, None, -1)
    joined = [(2 * mirror_s - times[there], values[there]), (times, values)]
    both = joined if turn_first else joined[::-1]
    both_s, both_values = (np.concatenate(arrays) for arrays in zip(*both, strict=True))
    smooth = velocity(both_s, low_pass(both_s, both_values, cutoff_hz))
    speed = np.zeros(len(t_s))
    speed[side] = smooth[len(times) - 1 :] if turn_first else smooth[: len(times)]
    return speed


def _tail_s(
    t_s: FloatArray, coarse: FloatArray, start_s: float, end_s: float, sign: float
) -> float:
    """How long the twentieth of the way nearest to the standing takes."""
    within = (t_s >= start_s) & (t_s <= end_s)
    at_start, at_end = np.interp([start_s, end_s], t_s, coarse)
    standing, turn = (at_start, at_end) if sign > 0 else (at_end, at_start)
    times = t_s[within & (coarse < standing + (turn - standing) / 20)]
    if len(times) == 0:
        return 0.0
    return float(times[-1] - start_s if sign > 0 else end_s - times[0])


def _ends(
    t_s: FloatArray,
    coarse: FloatArray,
    slow: FloatArray,
    fast: FloatArray,
    part: np.ndarray,
    sign: float,
    fraction: float,
) -> tuple[float | None, float | None]:
    """Start and end of one way, where its speed crosses ``fraction`` of its peak.

    ``slow`` is the speed that marks the end at the standing, ``fast`` that at the turn.
    """
    lowest, way = float(coarse[part].min()), float(np.ptp(coarse[part]))
    # Standing lies on the earlier side of the way out, and on the later side of the way back.
    to_rest = -int(sign)
    still = _still(t_s, coarse, to_rest, fraction * float(slow[part].max()))
    near_rest = coarse <= lowest + np.where(still, NEAR_STANDING, NEAR_LEVEL) * way
    rest_s = _crossing_s(t_s, slow, part, to_rest, near_rest, fraction)
    paused = _still(t_s, coarse, -to_rest, PAUSE_SPEED * fraction * float(fast[part].max()))
    about_turn = coarse >= lowest + (1.0 - NEAR_LEVEL) * way
    at_turn = (about_turn & paused) | (coarse >= lowest + (1.0 - NEAR_TURN) * way)
    turn_s = _crossing_s(t_s, fast, part, -to_rest, at_turn, fraction)
    if turn_s is None:
        turn_s = _crossing_s(t_s, fast, part, -to_rest, about_turn, fraction)
    return (rest_s, turn_s) if sign > 0 else (turn_s, rest_s)


def _still(t_s: FloatArray, height: FloatArray, step: int, slowest: float) -> BoolArray:
    """Frames from which on, ``step`` by ``step``, the trunk stays for ``STILL_S``.

    It stays when it comes no further than ``slowest``, a speed, would take it in that time.
    """
    until_s = t_s + step * STILL_S
    later = np.interp(until_s, t_s, height)
    inside = (until_s >= t_s[0]) & (until_s <= t_s[-1])
    return np.asarray(inside & (np.abs(later - height) <= slowest * STILL_S))


def _duration_s(t_s: FloatArray, coarse: FloatArray, part: np.ndarray, sign: float) -> float:
    """How long a tenth to nine tenths of the way take at its quickest pace, at least 0.15 s.

    Judged by the quickest quarter of the way, which neither a trunk that stood higher some time
    before touches, nor a hesitation on the way.
    """
    height = sign * coarse[part]
    furthest = np.maximum.accumulate(height)
    later = np.searchsorted(furthest, height + 0.25 * float(np.ptp(height)))
    there = later < len(part)
    took_s = t_s[part][later[there]] - t_s[part][there]
    return max(0.15, QUARTER_TO_MOST * float(took_s.min())) if len(took_s) else 0.15


def _crossing_s(
    t_s: FloatArray,
    speed: FloatArray,
    part: np.ndarray,
    step: int,
    near_level: BoolArray,
    fraction: float,
) -> float | None:
    """Walk from the peak speed in ``part`` outward until it falls below ``fraction`` of the peak.

    A crossing away from the level that the phase leads to is a hesitation, or noise in a slow
    movement, and is walked over. ``None`` when the record ends before the phase does.
    """
    peak = int(part[np.argmax(speed[part])])
    threshold = fraction * speed[peak]
    if threshold <= 0:
        return None
    here = peak
    while 0 <= here + step < len(t_s):
        following = here + step
        if speed[following] < threshold <= speed[here] and near_level[following]:
            share = (speed[here] - threshold) / (speed[here] - speed[following])
            return float(t_s[here] + share * (t_s[following] - t_s[here]))
        here = following
    return None
