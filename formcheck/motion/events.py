"""When the way down and the way up of a repetition start and end.

A way starts and ends where the vertical speed of the body crosses 5 % of its peak (the 5 % rule).
``find_ways`` is called once for each repetition, when it has closed
(:mod:`formcheck.motion.rep_timing`). It applies the rule to the height of the trunk and to that of
the hips, and takes the mean of both.

Words used here: the body leaves the *standing* level (of a step-up, the floor) on the *way out*,
*turns* at the bottom (of a step-up, at the top), and comes *back*. A *minimum-jerk movement* is the
usual model of a smooth movement from one place to another; its shape gives several constants below.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from formcheck.data.arrays import BoolArray, FloatArray
from formcheck.data.poses import Poses
from formcheck.motion.filters import hampel, low_pass, velocity, without_long_steps
from formcheck.motion.phases import Excursion

EVENT_SPEED_FRACTION = 0.05
"""A phase starts and ends where the vertical speed crosses this part of the phase's peak.

Our choice: no onset threshold is cited in what was read (docs/measurement.md)."""

HIGHER_FRACTIONS = (0.1, 0.2)
"""Thresholds that are tried in turn when noise keeps the speed of a slow way above the usual
one."""

COARSE_CUTOFF_HZ = 3.0
"""Cut-off of the first smoothing, from which turn, levels and durations are read roughly. Our
choice."""

CUTOFF_PER_DURATION, CUTOFF_RANGE_HZ = 3.0, (0.2, 6.0)
"""Each way is smoothed at a cut-off of its own: the first number over its duration, kept within the
range. A slow way is smoothed more, as its speed is small against the noise. It does better than any
fixed cut-off on the clips."""

TURN_PER_DURATION, TURN_RANGE_HZ = 12.0, (0.8, 6.0)
"""The same near the turn, where the speed changes fast: four times less smoothing."""


QUARTER_TO_MOST = 3.85
"""In a minimum-jerk movement, the time from a tenth to nine tenths of the way, divided by the time
of its quickest quarter."""

MOST = 0.51
"""In a minimum-jerk movement, the part of the duration from a tenth to nine tenths of the way."""

NEAR_LEVEL, NEAR_TURN = 0.1, 0.03
"""A start or an end must lie this near to the level that it leaves or reaches, as a part of the
way. At the turn, where little is smoothed, the second number is tried first: a minimum-jerk
movement falls below the threshold 0.2 % of the way before its end, so a dip further off is
noise."""

SHORTER_AT_TWICE, TAIL = 0.06, 0.15
"""Parts of the duration of a minimum-jerk movement: by how much it measures shorter at twice the
threshold, and how long it takes for the twentieth of the way next to the standing level."""

STILL_S, NEAR_STANDING = 0.5, 0.25
"""At the standing level a start or end may also lie within this larger part of the way, where the
trunk stays still for so long: some time before, it may have been higher (arms raised, a breath)."""

PAUSE_SPEED = 2.0
"""In a pause at the turn the body may go on sinking, up to so many times as fast as standing still
allows; such a pause may lie within NEAR_LEVEL of the turn."""

BEYOND = 0.05
"""The way back ends at the level from which the way out began. Movement beyond it, by more than
this part of the way, is something else that follows at once, such as a lean or a stretch. Our
choice."""

DOUBT_COUNTS = 0.35
"""Part of the larger doubt of trunk and hips that is left in the mean of both. Found on the
durations of rendered people, as they are and with ways down of 0.5 to 8 s."""

TURN_WITHIN_S = 0.5
AFTER_END_S = 0.3
"""The turn is searched within so many seconds of the phase machine's, the end up to so many seconds
after the phase machine's. Our choice."""


@dataclass(frozen=True)
class TimedWay:
    """One way of a repetition, down or up.

    Attributes
    ----------
    start_s, end_s
        When it starts and ends; ``None`` where the film does not show it.
    doubt_s
        How much the duration depends on the threshold: by how much more than in a smooth movement
        it changes at twice the threshold, or without its slow beginning. It is large where the
        trunk hesitates at the start or the end.
    """

    start_s: float | None
    end_s: float | None
    doubt_s: float = 0.0

    @property
    def duration_s(self) -> float | None:
        """Its duration; ``None`` when the start or the end is not known."""
        if self.start_s is None or self.end_s is None:
            return None
        return max(0.0, self.end_s - self.start_s)


def trunk_height_px(window: Poses) -> FloatArray:
    """Return the height of the trunk, as the mean of hips and shoulders; shape (N,), pixels, + up.

    It is the negated y of the image. The trunk moves with the hip in these exercises, and the mean
    of four keypoints has half the noise of one.
    """
    return -(window.middle("hip")[:, 1] + window.middle("shoulder")[:, 1]) / 2


def find_ways(
    window: Poses, excursion: Excursion, outward: float, from_s: float = -math.inf
) -> tuple[TimedWay, TimedWay]:
    """Return the way out and the way back of a repetition, as the mean of those of trunk and hips.

    The height of the trunk has less noise, but leaning or straightening up while the hips are still
    moves it, too. Half the difference of the two is the standard error of their mean, and is added
    to its doubt.

    Parameters and result are those of :func:`ways_from_height`, for a window of poses.
    """
    trunk, hips = (
        ways_from_height(window.t_s, height, excursion, outward, from_s)
        for height in (trunk_height_px(window), -window.middle("hip")[:, 1])
    )
    return _mean_of(trunk[0], hips[0]), _mean_of(trunk[1], hips[1])


def _mean_of(trunk: TimedWay, hips: TimedWay) -> TimedWay:
    """Return the mean of a way as trunk and hips show it; what only one of them shows is kept."""
    start_s, start_doubt_s = _mean_and_doubt_s(trunk.start_s, hips.start_s)
    end_s, end_doubt_s = _mean_and_doubt_s(trunk.end_s, hips.end_s)
    own_doubt_s = DOUBT_COUNTS * max(trunk.doubt_s, hips.doubt_s)
    return TimedWay(start_s, end_s, math.hypot(own_doubt_s, start_doubt_s, end_doubt_s))


def _mean_and_doubt_s(first_s: float | None, second_s: float | None) -> tuple[float | None, float]:
    """Return the mean of two times and its standard error; the known one when only one is known."""
    if first_s is None or second_s is None:
        return second_s if first_s is None else first_s, 0.0
    return (first_s + second_s) / 2, abs(first_s - second_s) / 2


def ways_from_height(
    t_s: FloatArray,
    height: FloatArray,
    excursion: Excursion,
    outward: float,
    from_s: float = -math.inf,
) -> tuple[TimedWay, TimedWay]:
    """Return the way out and the way back of one repetition.

    Parameters
    ----------
    t_s, height
        Shape (N,): times and height (+ up, any unit) of the repetition with some rest around it.
        NaN in between are bridged by straight lines; before the first and after the last known
        height nothing is found.
    excursion
        The phase machine's rough times: when it began, turned and ended.
    outward
        -1 when the way out goes down (step-down, squat), +1 when it goes up (step-up).
    from_s
        End of the repetition before: anything earlier is not part of this one.

    Returns
    -------
    The way out and the way back.
    """
    seen = np.flatnonzero(np.isfinite(height))
    if len(seen) < 5:
        return TimedWay(None, None), TimedWay(None, None)
    # Nothing is known before the trunk is first seen and after it is last seen, not even rest.
    shown = slice(int(seen[0]), int(seen[-1]) + 1)
    t_s, height = t_s[shown], height[shown]
    known = np.isfinite(height)
    bridged = hampel(np.interp(t_s, t_s[known], height[known]), t_s)
    even_s = without_long_steps(t_s)
    t_s, away = even_s, outward * np.interp(even_s, t_s, bridged)
    coarse = low_pass(t_s, away, COARSE_CUTOFF_HZ)
    near = np.flatnonzero(np.abs(t_s - excursion.turn_s) <= TURN_WITHIN_S)
    if len(near) == 0:
        return TimedWay(None, None), TimedWay(None, None)
    turn = int(near[np.argmax(coarse[near])])
    # Each way runs from the turn to where the trunk was furthest from it before and after.
    before = np.flatnonzero((t_s >= from_s) & (np.arange(len(t_s)) <= turn))
    after = np.flatnonzero((np.arange(len(t_s)) >= turn) & (t_s <= excursion.end_s + AFTER_END_S))
    first = int(before[np.argmin(coarse[before])])
    last = int(after[np.argmin(coarse[after])])
    out = _way(t_s, away, coarse, np.arange(first, turn + 1), before, +1.0)
    if out.start_s is not None:
        left = float(np.interp(out.start_s, t_s, coarse))
        if coarse[last] < left - BEYOND * (coarse[turn] - left):
            away, coarse = np.maximum(away, left), np.maximum(coarse, left)
            last = int(after[np.argmin(coarse[after])])
    back = _way(t_s, away, coarse, np.arange(turn, last + 1), np.arange(turn, len(t_s)), -1.0)
    return out, back


def _way(
    t_s: FloatArray,
    away: FloatArray,
    coarse: FloatArray,
    part: np.ndarray,
    side: np.ndarray,
    sign: float,
) -> TimedWay:
    """Return one way.

    Parameters
    ----------
    t_s, away
        Shape (N,): times, and how far the body is from the standing level.
    coarse
        ``away``, smoothed at ``COARSE_CUTOFF_HZ``.
    part
        Indices of the frames of this way.
    side
        Indices of all frames on its side of the turn.
    sign
        +1 for the way out, -1 for the way back.
    """
    if len(part) < 3:
        return TimedWay(None, None)
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
        return TimedWay(start_s, end_s)
    doubt_s = _tail_s(t_s, coarse, start_s, end_s, sign) - TAIL * (end_s - start_s)
    twice = 2.0 * EVENT_SPEED_FRACTION
    later_s, earlier_s = _ends(t_s, coarse, slow, fast, part, sign, twice)
    if later_s is not None and earlier_s is not None:
        shorter_s = end_s - start_s - (earlier_s - later_s)
        doubt_s = max(doubt_s, abs(shorter_s - SHORTER_AT_TWICE * (end_s - start_s)))
    return TimedWay(start_s, end_s, math.hypot(max(0.0, doubt_s), 2.0 * moved_s))


def _sooner_s(fraction: float, most_s: float) -> float:
    """Return how long before a higher threshold a minimum-jerk movement crosses the usual one.

    At the part s of its duration, from 0 to 1, its speed is 30 s² (1 - s)². ``most_s`` is its time
    from a tenth to nine tenths of the way, which is MOST of the duration.
    """
    at = [0.5 - math.sqrt(0.25 - 0.25 * math.sqrt(f)) for f in (fraction, EVENT_SPEED_FRACTION)]
    return (at[0] - at[1]) * most_s / MOST


def _speed(
    t_s: FloatArray, away: FloatArray, side: np.ndarray, cutoff_hz: float, *, turn_first: bool
) -> FloatArray:
    """Return the smoothed speed on one side of the turn, shape (N,); 0 on the other side.

    For smoothing, the movement is mirrored at the turn, where the speed is zero: a slow way is
    smoothed so much that a quick one on the other side would leak into it. Beyond the other end of
    ``side`` lies another repetition, which is left out. ``turn_first`` says that the turn is the
    first frame of ``side``; otherwise it is the last.
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
    """Return how long the twentieth of the way next to the standing level takes, in seconds."""
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
    """Return start and end of one way, where its speed crosses ``fraction`` of its peak.

    ``slow``, the more smoothed speed, is used at the standing level; ``fast`` at the turn.
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
    """Return in which frames the trunk stays where it is for ``STILL_S``.

    ``step`` +1 looks at the time after the frame, -1 at the time before. The trunk stays when it
    gets no further than it would at the speed ``slowest``.
    """
    until_s = t_s + step * STILL_S
    later = np.interp(until_s, t_s, height)
    inside = (until_s >= t_s[0]) & (until_s <= t_s[-1])
    return np.asarray(inside & (np.abs(later - height) <= slowest * STILL_S))


def _duration_s(t_s: FloatArray, coarse: FloatArray, part: np.ndarray, sign: float) -> float:
    """Return how long the way takes from a tenth to nine tenths at its quickest pace; >= 0.15 s.

    It is read from the quickest quarter of the way, which neither a hesitation nor a trunk that
    stood higher some time before changes.
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
    """Return when the speed first falls below ``fraction`` of its peak, in direction ``step``.

    Frames are searched from the peak in ``part`` backward (-1) or forward (+1). A crossing far
    from the level that the way starts or ends at (``near_level`` false) is a hesitation, or noise
    in a slow movement, and is skipped. ``None`` when the recording ends before.
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
