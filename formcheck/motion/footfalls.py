"""Find when and where the feet are set down, in walking or on stairs, seen from the side.

A *footfall* is one foot set down on the ground or a tread; the movement to it is a *swing*.
Everything is read from where one foot is relative to the other: how far ahead and how much higher.
That is the same whether the camera stands still or follows the person. While both feet stand it
does not change; while one foot swings it does, and the foot that goes forward is the one that
swings. The analyzer of stairs (:mod:`formcheck.motion.flights`) counts steps with it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from formcheck.data.arrays import FloatArray, percentile_of
from formcheck.data.keypoints import SIDES, Side
from formcheck.data.poses import Poses
from formcheck.motion.filters import fill_gaps, hampel, low_pass, quick_step_s

FOOT = ("ankle", "heel", "toe")
"""The points of a foot."""

CUTOFF_HZ = 6.0
"""Smoothing of the feet's paths, as is usual in gait (Winter, Biomechanics and Motor Control of
Human Movement)."""

TURN_HZ = 1.0
"""Which way the person faces is read below this frequency; the swing of the feet is faster.
Our choice."""

LEAST_SWING = 0.12
"""A foot that moves forward by less than this, in leg lengths (a third of a tread), has not been
set down in a new place. Our choice."""

LANDED_SHARE = 0.9
"""Share of a swing from which its end is extrapolated, see :func:`_swing`. Our choice."""

STANDS_S = 0.3
"""Both feet are assumed to stand for so long before the first swing and after the last. Our
choice."""

WELL_APART = 0.6
"""The feet are well apart from this share of their usual distance on. Our choice."""

LEAST_RATE_HZ = 24.0
"""With fewer poses a second, outliers cannot be told from swings, and how long a foot stands is not
known: two poses would be a tenth of it. Our choice."""

SWAPPED_COST = 0.003
"""The cost of taking a frame as one in which the model swapped the feet, in square leg lengths:
less than the jump of feet that are a tenth of a leg apart. Our choice."""

PASSING_SHARE = 0.5
"""A swing has not ended, but the model swapped the feet as they pass each other, when at its end
the feet are closer than this share of their usual distance, it took less than this share of the
usual time, and a swing of the other foot follows at once. Our choice."""

LONGEST_GAP_S = 0.3
"""A gap up to this long is bridged by a straight line; a longer one splits the walk. Our choice."""


@dataclass(frozen=True)
class Footfall:
    """One foot set down.

    Attributes
    ----------
    side
        Which foot.
    off_s, down_s
        When it left its old place, and when it stood in the new one.
    ahead, higher
        How far ahead of the other foot and how much higher it was set down, in leg lengths.
    raised
        How much higher it was set down than where it had stood before, in leg lengths. Unlike
        ``higher`` it does not depend on how much the camera looks down on the feet.
    left_s
        When it left the new place again; NaN when that was not seen.
    """

    side: Side
    off_s: float
    down_s: float
    ahead: float
    higher: float
    raised: float
    left_s: float = math.nan

    @property
    def contact_s(self) -> float:
        """How long the foot stood there; NaN when its end was not seen."""
        return self.left_s - self.down_s


@dataclass(frozen=True)
class _FeetApart:
    """How far the left foot is ahead of the right one and higher, in leg lengths; shape (N,)."""

    t_s: FloatArray
    ahead: FloatArray
    higher: FloatArray


def footfalls(window: Poses) -> tuple[Footfall, ...]:
    """Return the footfalls in a stretch of poses, in order of time.

    Parameters
    ----------
    window
        Unfiltered poses of a person seen from the side. Where the feet are hidden for long, nothing
        is found.
    """
    if len(window) < 4 or not window.leg_length_px > 0:
        return ()
    found = [fall for part in _walks(window) for fall in _falls(part)]
    return tuple(_with_lift_off(found))


def _walks(window: Poses) -> list[_FeetApart]:
    """Return the stretches of time in which the person faces one way and both feet are seen."""
    t_s, leg_px = window.t_s, window.leg_length_px
    left, right = (_foot_px(window, side) for side in SIDES)
    # At a low rate a swing has only a few frames and would look like outliers.
    often = quick_step_s(t_s) < 1.0 / LEAST_RATE_HZ
    between = _unswapped((left - right) / leg_px, in_swings=often)
    columns = (hampel(between) if often else between).T
    apart = np.stack(
        [low_pass(t_s, fill_gaps(t_s, column, LONGEST_GAP_S), CUTOFF_HZ) for column in columns],
        axis=1,
    )
    facing = _facing(window)
    known = np.isfinite(apart).all(axis=1) & np.isfinite(facing)
    breaks = np.flatnonzero((np.diff(facing) != 0) | ~known[1:] | ~known[:-1]) + 1
    parts = []
    for rows in np.split(np.arange(len(t_s)), breaks):
        if len(rows) > 3 and known[rows].all():
            ahead, higher = apart[rows, 0] * facing[rows], -apart[rows, 1]
            parts.append(_FeetApart(t_s[rows], ahead, higher))
    return parts


def _unswapped(apart: FloatArray, *, in_swings: bool) -> FloatArray:
    """Undo the frames in which the model swapped the left and the right foot.

    Of all choices of swapped frames, the one is taken in which the feet move least from frame to
    frame, with a small cost for each swapped frame (dynamic programming, as in Viterbi's
    algorithm).

    Parameters
    ----------
    apart
        Place of the left foot minus that of the right one, shape (N, 2); NaN where unseen.
    in_swings
        Whether a swing has enough frames to find swaps where the feet pass each other; otherwise
        swaps are only looked for where the feet are well apart.
    """
    known = np.flatnonzero(np.isfinite(apart).all(axis=1))
    if len(known) < 2:
        return apart
    places = apart[known]
    same = ((places[1:] - places[:-1]) ** 2).sum(axis=1).tolist()
    apart_by = np.linalg.norm(places, axis=1)
    well = apart_by > WELL_APART * percentile_of(apart_by, 90)
    shown = in_swings | (well[1:] & well[:-1])
    turned = np.where(shown, ((places[1:] + places[:-1]) ** 2).sum(axis=1), math.inf).tolist()
    costs, came_from = (0.0, SWAPPED_COST), []
    for stays, jumps in zip(same, turned, strict=True):
        plain = (costs[0] + stays, costs[1] + jumps)
        swapped = (costs[0] + jumps, costs[1] + stays)
        came_from.append((plain[1] < plain[0], swapped[1] < swapped[0]))
        costs = min(plain), min(swapped) + SWAPPED_COST
    state = int(costs[1] < costs[0])
    states = [state]
    for choice in reversed(came_from):
        state = int(choice[state])
        states.append(state)
    out = apart.copy()
    out[known] *= np.where(np.array(states[::-1]) == 1, -1.0, 1.0)[:, None]
    return out


def _foot_px(window: Poses, side: Side) -> FloatArray:
    """Return the middle of a foot, from its three keypoints, shape (N, 2)."""
    return np.asarray(np.mean([window.joint(side, joint) for joint in FOOT], axis=0))


def _facing(window: Poses) -> FloatArray:
    """Return which way the feet point: +1 right in the image, -1 left; NaN where unseen."""
    toward = np.nansum(
        [window.joint(side, "toe")[:, 0] - window.joint(side, "heel")[:, 0] for side in SIDES],
        axis=0,
    )
    seen = np.isfinite(window.middle("ankle")[:, 0])
    slow = low_pass(window.t_s, np.where(seen, toward, np.nan), TURN_HZ)
    return np.where(np.isfinite(slow), np.where(slow < 0, -1.0, 1.0), np.nan)


def _falls(apart: _FeetApart) -> list[Footfall]:
    """Return the footfalls in one stretch of time."""
    turns = _turns(apart.ahead, LEAST_SWING)
    swings = [_swing(apart, start, end) for start, end in itertools.pairwise(turns)]
    if not swings:
        return []
    # When both feet stand: before the first swing, between two swings, and after the last.
    begins_s = [swings[0][0] - STANDS_S, *(down_s for _, down_s in swings)]
    ends_s = [*(off_s for off_s, _ in swings), swings[-1][1] + STANDS_S]
    rests = [
        _at_rest(apart, turn, begin_s, end_s)
        for turn, begin_s, end_s in zip(turns, begins_s, ends_s, strict=True)
    ]
    found = []
    for (off_s, down_s), before, after in zip(swings, rests[:-1], rests[1:], strict=True):
        side: Side = "left" if after[0] > before[0] else "right"
        (ahead, higher), raised = after, after[1] - before[1]
        if side == "right":
            ahead, higher, raised = -ahead, -higher, -raised
        found.append(Footfall(side, off_s, down_s, ahead, higher, raised))
    return _without_passing(found)


def _without_passing(falls: Sequence[Footfall]) -> list[Footfall]:
    """Join the two parts of a swing that the model split by swapping the feet as they passed."""
    if not falls:
        return []
    usual_s = float(np.median([fall.down_s - fall.off_s for fall in falls]))
    usual = float(np.median([fall.ahead for fall in falls]))
    joined: list[Footfall] = []
    passing: Footfall | None = None
    for fall, following in zip(falls, (*falls[1:], None), strict=True):
        if passing is not None:
            raised = passing.raised + fall.higher - passing.higher
            joined.append(replace(fall, side=passing.side, off_s=passing.off_s, raised=raised))
            passing = None
        elif (
            following is not None
            and fall.down_s - fall.off_s < PASSING_SHARE * usual_s
            and 0.0 < fall.ahead < PASSING_SHARE * usual
            and following.off_s - fall.down_s < PASSING_SHARE * (fall.down_s - fall.off_s)
        ):
            passing = fall
        else:
            joined.append(fall)
    return joined


def _at_rest(apart: _FeetApart, turn: int, begin_s: float, end_s: float) -> tuple[float, float]:
    """Return how far ahead and higher the left foot is while both stand, around a turn."""
    rows = np.flatnonzero((apart.t_s >= begin_s) & (apart.t_s <= end_s))
    rows = rows if len(rows) else np.array([turn])
    return float(apart.ahead[rows].mean()), float(apart.higher[rows].mean())


def _swing(apart: _FeetApart, start: int, end: int) -> tuple[float, float]:
    """Return when the foot that swings between two turns leaves its place, and when it is down.

    The last tenth of a smooth movement takes about as long as the time from half to nine tenths of
    its way; the same holds at its beginning. So both times are extrapolated from there.
    """
    path = np.stack([apart.ahead, apart.higher], axis=1)[start : end + 1]
    t_s, way = apart.t_s[start : end + 1], path[-1] - path[0]
    done = (path - path[0]) @ way / float(way @ way)
    half_s = _passed_s(t_s, done, 0.5)
    landing_s = _passed_s(t_s, done, LANDED_SHARE, after_s=half_s)
    lifting_s = -_passed_s(-t_s[::-1], 1.0 - done[::-1], LANDED_SHARE, after_s=-half_s)
    down_s, off_s = landing_s + (landing_s - half_s), lifting_s - (half_s - lifting_s)
    return max(off_s, float(t_s[0])), min(down_s, float(t_s[-1]))


def _passed_s(
    t_s: FloatArray, done: FloatArray, level: float, *, after_s: float = -math.inf
) -> float:
    """Return when a share of the way was first reached after a time, interpolated."""
    passed = np.flatnonzero((done >= level) & (t_s >= after_s))
    at = int(passed[0]) if len(passed) else len(t_s) - 1
    if at == 0:
        return float(t_s[0])
    step = float(done[at] - done[at - 1])
    part = (level - float(done[at - 1])) / step if step > 0 else 1.0
    return float(t_s[at - 1] + min(max(part, 0.0), 1.0) * (t_s[at] - t_s[at - 1]))


def _turns(values: FloatArray, least: float) -> list[int]:
    """Return the indices of the turning points that are at least ``least`` apart in value.

    The first and the last extreme count as turning points.
    """
    low = high = 0
    rising: bool | None = None
    turns: list[int] = []
    for at, value in enumerate(values.tolist()):
        high = at if value > values[high] else high
        low = at if value < values[low] else low
        if rising is not False and values[high] - value >= least:
            turns.append(high)
            rising, low, high = False, at, at
        elif rising is not True and value - values[low] >= least:
            turns.append(low)
            rising, low, high = True, at, at
    if rising is not None:
        turns.append(high if rising else low)
    return turns


def _with_lift_off(found: list[Footfall]) -> list[Footfall]:
    """Add to each footfall when the foot left that place again: when its next swing began."""
    dated = []
    for at, fall in enumerate(found):
        later = (one.off_s for one in found[at + 1 :] if one.side == fall.side)
        dated.append(replace(fall, left_s=next(later, math.nan)))
    return dated
