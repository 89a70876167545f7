"""When the parts of one repetition begin and end, how long they last, and how sure that is.

``find_timing`` finds the four events of a closed repetition (for a squat: the start and end of the
descent and of the ascent) and from them the stretches of time over which
:mod:`formcheck.motion.measure` takes its numbers. ``durations`` turns the times into measurements
with an error and a grade.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from formcheck.data.arrays import BoolArray, FloatArray
from formcheck.data.exercise import Exercise
from formcheck.data.poses import Poses
from formcheck.data.session import ASCENT, BOTTOM, DESCENT, TOP, Measurement
from formcheck.motion.events import TimedWay, find_ways, trunk_height_px
from formcheck.motion.phases import AS_GOOD_AS_BACK, Excursion
from formcheck.motion.refusals import IMPOSSIBLE
from formcheck.motion.shake import CameraShake
from formcheck.motion.stance import FEW_HZ
from formcheck.motion.verdicts import judged

BOTTOM_HALF_WIDTH_S = 0.1
"""Half the stretch that is averaged when there is no pause at the bottom. Our choice."""

STANDING_S = 1.0
"""Seconds of standing before a repetition that give its standing values; the set-up asks for it."""

SHORTEST_STANDING_S = 0.2
"""A shorter stretch of standing gives no standing values. Our choice."""

TEMPO_SEM_SLOW, TEMPO_SLOW_FROM_S = 0.06, 1.5
"""In a movement that takes longer than the second number (in seconds), each further second adds the
first (in seconds) to the standard error: its beginning and end are slower and harder to tell from
noise. Fitted on the poses of the clips and of 30 rendered people, with the ways down stretched to 3
to 12 s."""

FEWEST_MISSED = 3.0
BESIDE_S = 0.1
"""A gap counts from so many times the usual frame interval on: a shorter one shifts no event to
speak of. It also affects events up to so many seconds beside it, as the smoothing reaches that far.
Our choice."""

ENOUGH_HZ = 15.0
"""At this many frames a second and more, the frame rate adds nothing to the error of a duration.
Below, the error grows with the time between two frames. Our choice, from the clips with frames left
out."""

NO_REP_BEFORE = "there is no rest before the first repetition"
OUTAGE = "the camera stopped for a while before this repetition"
NO_REST_SEEN = "you did not stand still {when} the repetition: stand still for a second there"
NOT_SEEN = "you were not seen {when} the repetition: stay in view until you stand still again"
NO_TURN_SEEN = "it was not clear when the movement changed direction"
"""Reasons why a duration is not known."""

TimeSpan = tuple[float, float]
"""Start and end in seconds."""


@dataclass(frozen=True)
class Timing:
    """The events of a repetition, and the stretches of time over which its numbers are taken.

    Attributes
    ----------
    events
        Time of each event by name, in seconds; ``None`` where the film does not show it.
    tempo
        Duration of each part by measurement id, in seconds; ``None`` where it is not known.
    not_timed
        Why a duration is not known, by measurement id.
    rest_id
        Id of the duration of the rest before the repetition.
    doubt_s
        How much the durations depend on the thresholds for start and end, as a standard error.
    start_s, lowest_s, end_s
        When the repetition began, was lowest and ended.
    bottom, descent
        The bottom (of a step-up, its end, when the body is down again) and the way down.
    standing
        Quiet standing before it; ``None`` when there was none.
    """

    events: dict[str, float | None]
    tempo: dict[str, float | None]
    not_timed: dict[str, str]
    rest_id: str
    doubt_s: float
    start_s: float
    end_s: float
    lowest_s: float
    bottom: TimeSpan
    standing: TimeSpan | None
    descent: TimeSpan


def find_timing(
    window: Poses,
    excursion: Excursion,
    exercise: Exercise,
    previous_end_s: float | None,
    *,
    outage: bool = False,
) -> Timing:
    """Find the events and durations of a repetition, and where its values are taken.

    Parameters
    ----------
    window
        Poses of the repetition with some rest around it.
    excursion
        Where the phase machine saw the repetition.
    exercise
        Says whether it runs down and up, or up and down.
    previous_end_s
        End of the repetition before; ``None`` for the first one.
    outage
        Whether the camera gave no frames for a while since then; the rest is then not known.
    """
    height = trunk_height_px(window)
    down_up = exercise.order == "down_up"
    before_s = -math.inf if previous_end_s is None else previous_end_s
    out, back = find_ways(
        window,
        excursion,
        outward=-1.0 if down_up else 1.0,
        from_s=max(excursion.rest_from_s, before_s - 0.1),
    )
    start = out.start_s if out.start_s is not None else excursion.start_s
    if back.end_s is None and excursion.returned > AS_GOOD_AS_BACK:
        # The person did come back to rest, only too slowly for the 5 % rule.
        back = replace(back, end_s=excursion.end_s)
    end = back.end_s if back.end_s is not None else excursion.end_s
    if down_up:
        descent, ascent = out, back
        lowest_s = when_lowest(window.t_s, height, excursion.turn_s, (start, end))
        bottom = _pause_or_around(lowest_s, out.end_s, back.start_s)
        standing_end = start
        standing_from = max(start - STANDING_S, before_s, excursion.rest_from_s)
    else:
        descent, ascent = back, out
        lowest_s = end
        bottom = (end - BOTTOM_HALF_WIDTH_S, end)
        standing_from, standing_end = _pause_or_around(excursion.turn_s, out.end_s, back.start_s)
    rest_s = start - previous_end_s if previous_end_s is not None and not outage else None
    pause_s = TimedWay(out.end_s, back.start_s).duration_s
    tempo = {
        DESCENT: descent.duration_s,
        BOTTOM: pause_s if down_up else rest_s,
        ASCENT: ascent.duration_s,
        TOP: rest_s if down_up else pause_s,
    }
    seen = np.isfinite(height)
    first_s = float(window.t_s[seen][0]) if seen.any() else math.inf
    standing_from = max(standing_from, first_s)
    long_enough = standing_end - standing_from >= SHORTEST_STANDING_S * (1.0 if down_up else 0.5)
    descent_from = descent.start_s if descent.start_s is not None else excursion.start_s
    descent_to = descent.end_s if descent.end_s is not None else lowest_s
    return Timing(
        events=_events(out, back, down_up=down_up),
        tempo=tempo,
        not_timed={
            (TOP if down_up else BOTTOM): NO_REP_BEFORE if previous_end_s is None else OUTAGE,
            **_why_ways_unknown(out, back, seen, down_up=down_up),
        },
        rest_id=TOP if down_up else BOTTOM,
        doubt_s=max(out.doubt_s, back.doubt_s),
        start_s=start,
        end_s=end,
        lowest_s=lowest_s,
        bottom=bottom,
        standing=(standing_from, standing_end) if long_enough else None,
        descent=(descent_from, descent_to),
    )


def _events(out: TimedWay, back: TimedWay, *, down_up: bool) -> dict[str, float | None]:
    """Name the starts and ends of the way out (away from rest) and of the way back."""
    names = (
        ("descent_start_s", "bottom_start_s", "bottom_end_s", "ascent_end_s")
        if down_up
        else ("ascent_start_s", "top_start_s", "descent_start_s", "descent_end_s")
    )
    times = (out.start_s, out.end_s, back.start_s, back.end_s)
    return dict(zip(names, times, strict=True))


def _why_ways_unknown(
    out: TimedWay, back: TimedWay, seen: BoolArray, *, down_up: bool
) -> dict[str, str]:
    """Say why the way out or back has no start or end; ``seen``: frames that show the trunk."""
    out_id, back_id = (DESCENT, ASCENT) if down_up else (ASCENT, DESCENT)
    reasons = {}
    if out.start_s is None:
        reasons[out_id] = (NO_REST_SEEN if seen[0] else NOT_SEEN).format(when="before")
    if back.end_s is None:
        reasons[back_id] = (NO_REST_SEEN if seen[-1] else NOT_SEEN).format(when="after")
    return reasons


def duration_sem_s(
    window: Poses,
    timing: Timing,
    shake: CameraShake,
    *,
    leg_px: float,
    head_is_seen: bool,
    rate_hz: float,
    uncorrected: Timing | None,
) -> float:
    """Return the standard error of a duration of ordinary length, in seconds.

    Its parts, in quadrature: the error of the pose model, the doubt where a movement begins and
    ends, gaps beside an event (evenly spread over the gap), the frame rate, and how much the
    camera's motion matters.

    Parameters
    ----------
    window
        Unfiltered poses of the repetition with some rest around it.
    shake
        Motion of the camera in it.
    leg_px
        Leg length in the image.
    head_is_seen
        Whether the head is in the frame; without it the pose model is less exact.
    rate_hz
        Frames a second in the repetition.
    uncorrected
        The timing without the correction of the camera's motion, where that motion is in doubt;
        ``None`` where it is not.
    """
    parts_s = [
        window.profile.errors.of_duration_s(
            moved=None if math.isnan(shake.certainty) else shake.in_doubt,
            leg_px=leg_px,
            head_seen=head_is_seen,
        ),
        timing.doubt_s,
        longest_gap_s(window.t_s, trunk_height_px(window), timing.events.values())
        / math.sqrt(12.0),
        max(0.0, 1.0 / rate_hz - 1.0 / ENOUGH_HZ),
    ]
    if uncorrected is not None:
        parts_s.append(_largest_difference_s(timing.tempo, uncorrected.tempo))
    return math.hypot(*parts_s)


def durations(
    exercise: Exercise, timing: Timing, sem_s: float, rate_hz: float
) -> dict[str, Measurement]:
    """Return the duration of each part by measurement id, graded, or why it is not known.

    Parameters
    ----------
    sem_s
        Standard error of a duration of ordinary length, see :func:`duration_sem_s`; a long one adds
        to it.
    rate_hz
        Frames a second in the repetition.
    """
    found = {}
    for metric in exercise.metrics:
        if metric.taken != "duration":
            continue
        seconds = timing.tempo.get(metric.id)
        if seconds is None:
            found[metric.id] = Measurement(not_measured=_why_not_timed(metric.id, timing, rate_hz))
            continue
        if not metric.is_possible(seconds):
            found[metric.id] = Measurement(not_measured=IMPOSSIBLE)
            continue
        slow_s = max(0.0, _movement_s(metric.id, timing) - TEMPO_SLOW_FROM_S)
        sem = math.hypot(sem_s, TEMPO_SEM_SLOW * slow_s)
        timed = Measurement(value=seconds, at_bottom=seconds, sem=sem, sem_set=0.0, sem_rep=sem)
        found[metric.id] = judged(timed, metric, timing.descent[0])
    return found


def _movement_s(measure_id: str, timing: Timing) -> float:
    """Return how long the movement took at whose ends the duration was measured.

    That of the way down or up is its own; that of a pause is the longer of the two ways beside it.
    """
    own_s = timing.tempo[measure_id] if measure_id in (DESCENT, ASCENT) else None
    return own_s or max(timing.tempo[way] or 0.0 for way in (DESCENT, ASCENT))


def _why_not_timed(measure_id: str, timing: Timing, rate_hz: float) -> str:
    """Say in words why a duration is not known."""
    if measure_id == timing.rest_id:
        return timing.not_timed[measure_id]
    if rate_hz < FEW_HZ:
        return f"only {rate_hz:.0f} frames a second: film with 30"
    return timing.not_timed.get(measure_id, NO_TURN_SEEN)


def when_lowest(t_s: FloatArray, height: FloatArray, turn_s: float, whole: TimeSpan) -> float:
    """Return when the trunk is lowest in a repetition, in seconds.

    Only frames within half a second of the turn count. Where the bottom is hidden the turn may have
    been placed outside the repetition; then all its frames count.

    Parameters
    ----------
    t_s, height
        Shape (N,): the repetition with some rest around it; height + up, NaN where not seen.
    turn_s
        When the hips were furthest from their rest.
    whole
        Start and end of the repetition. When nothing is seen in it, the result is the moment in it
        that is nearest to the turn.
    """
    start_s, end_s = whole
    known = (t_s >= start_s) & (t_s <= end_s) & np.isfinite(height)
    if start_s <= turn_s <= end_s:
        known &= np.abs(t_s - turn_s) <= 0.5
    if not known.any():
        return min(max(turn_s, start_s), end_s)
    return float(t_s[known][np.argmin(height[known])])


def _pause_or_around(middle_s: float, start_s: float | None, end_s: float | None) -> TimeSpan:
    """Return the pause from start to end if it is long enough, else a short span around a time."""
    if start_s is not None and end_s is not None and end_s - start_s >= BOTTOM_HALF_WIDTH_S:
        return start_s, end_s
    return middle_s - BOTTOM_HALF_WIDTH_S, middle_s + BOTTOM_HALF_WIDTH_S


def longest_gap_s(t_s: FloatArray, height: FloatArray, events_s: Iterable[float | None]) -> float:
    """Return the longest gap in seeing the trunk that holds an event or lies beside one; 0 if none.

    The gap is bridged by a straight line, so the event may lie anywhere in it.
    """
    seen_s = t_s[np.isfinite(height)]
    usual_s = float(np.median(np.diff(seen_s))) if len(seen_s) > 1 else math.inf
    gaps = [
        (start_s, end_s)
        for start_s, end_s in pairwise(seen_s.tolist())
        if end_s - start_s > FEWEST_MISSED * usual_s
    ]
    return max(
        (
            end_s - start_s
            for at_s in events_s
            for start_s, end_s in gaps
            if at_s is not None and start_s - BESIDE_S <= at_s <= end_s + BESIDE_S
        ),
        default=0.0,
    )


def _largest_difference_s(
    tempo: Mapping[str, float | None], uncorrected: Mapping[str, float | None]
) -> float:
    """Return the larger difference of the ways down and up between two timings; 0 when unknown."""
    pairs = [(tempo[name], uncorrected[name]) for name in (DESCENT, ASCENT)]
    return max((abs(a - b) for a, b in pairs if a is not None and b is not None), default=0.0)
