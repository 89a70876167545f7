"""Measure one closed repetition, once, from the unfiltered poses of its window."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import msgspec
import numpy as np

from formcheck.data.arrays import BoolArray, FloatArray, or_nan, or_none, percentile_of
from formcheck.data.exercise import SET_BY_USER, Exercise, Metric, Series
from formcheck.data.keypoints import EDGED_JOINTS, SIDES, Keypoint, Side, keypoint
from formcheck.data.pose_profile import PoseProfile
from formcheck.data.poses import Poses
from formcheck.data.session import ASCENT, BOTTOM, DESCENT, TOP, Measurement, Rep, Stance, View
from formcheck.data.settings import Settings
from formcheck.motion.at_depth import AROUND_S, mean_around, time_at_depth_s
from formcheck.motion.camera_view import (
    direction_words,
    head_seen,
    levelled,
    likely_roll_deg,
    limb_offset_deg,
)
from formcheck.motion.corrections import SmoothPoses, corrected
from formcheck.motion.events import Stroke, find_ways, trunk_height_px
from formcheck.motion.filters import smooth_keypoints
from formcheck.motion.knee_edges import outlined_where_asked, without_outline
from formcheck.motion.limbs import (
    hidden_share,
    hold_planted_ankles,
    leaves_its_place,
    legs_cross,
    shortened_bone,
)
from formcheck.motion.phases import AS_GOOD_AS_BACK, Excursion
from formcheck.motion.scoring import score_rep
from formcheck.motion.shake import find_following, find_shake, sides_of
from formcheck.motion.stance import FEW_HZ
from formcheck.motion.swaps import swaps_undone
from formcheck.motion.verdicts import form_of, judged, tempo_of

BOTTOM_HALF_WIDTH_S = 0.1
"""Half the stretch that is averaged when there is no pause at the bottom. Ours."""

STANDING_S = 1.0
"""Seconds of standing before a repetition that make its baseline; the set-up asks for it."""

SHORTEST_STANDING_S = 0.2

PLACED_S = 0.5
"""The feet's places are those from so long before a repetition on: what came earlier moved them."""

CORRELATED_WITHIN_S = 0.1
"""The model's errors in frames this close together are much the same."""

MOST_HIDDEN_WHERE_TAKEN = 0.5
"""Part of the frames, where a value is taken, in which a joint may be hidden."""

MOST_ROLL_DEG = 12.0
"""Beyond this tilt, leans against the vertical are refused: nobody sets a camera up like that, so
the lines it was read from may mislead. Ours."""

TEMPO_SEM_SLOW, TEMPO_SLOW_FROM_S = 0.06, 1.5
"""By how much the standard error grows with each second that a way takes beyond the second: its
ends are slower, and drown longer in the noise. On the poses of the clips and of 30 rendered people,
with the ways down stretched to 3 to 12 s."""

SHAKING_NOTE = "The camera shook. Most of the shake was corrected. Put the camera on a stand."

FOLLOWING_NOTE = "The camera moved slowly. Most of this was corrected. Put the camera on a stand."

FEWEST_MISSED = 3.0
BESIDE_S = 0.1
"""Fewer frames missed at a time shift no event to speak of. The line over a gap also bends what is
just beside it, as the filters look that far. Ours."""

UNPROVEN = "it is not known whether the joints found by {whose} show it"
"""Said of what formcheck's own model cannot see, for poses of others."""

START_NOTE = "The start of the repetition is not in the film"
NO_STANDING = ", nor is the person standing still before it."
NO_STANDING_SEEN = (
    "you were not seen standing still, so there is nothing to compare with: stand still for a "
    "second before the first repetition"
)

CERTAIN_ERRORS = 2.0
"""Standard errors by which the depth must miss the smallest one."""

OTHER_LEG = "the two legs were mixed up {where}: wear tight clothes"
SHORTENED = (
    "the {side} {bone} looks too short {where}: a joint is hidden or was mixed up with the other "
    "leg's, or the knee points toward or away from the camera"
)
_BONE_WORDS = {"thigh": "thigh", "shank": "shin"}
"""What cannot be the planted leg: its foot does not move, and its bones keep their lengths."""

IMPOSSIBLE = "the number is more than a body can do, so a joint was found in the wrong place"
TOO_UNCERTAIN = "its error is too large for a grade"
NO_REP_BEFORE = "there is no rest before the first repetition"
OUTAGE = "the camera stopped for a while before this repetition"
NO_REST_SEEN = "you did not stand still {when} the repetition: stand still for a second there"
NOT_SEEN = "you were not seen {when} the repetition: stay in view until you stand still again"
NO_TURN_SEEN = "it was not clear when the movement changed direction"
"""Why a duration is not known: the trunk was still moving where the film begins or ends, or where
the repetition before ended; or the person was not seen there; or it came to no clear turn."""

ENOUGH_HZ = 15.0
"""From so many frames a second on their number adds nothing to the error of a duration; with fewer
it grows by the time between two, of which each end may be off by half. Ours, from the clips with
frames left out."""


@dataclass(frozen=True)
class Timing:
    """Events of a repetition and the stretches over which values are taken, in seconds.

    ``bottom`` and ``standing`` are (start, end); ``standing`` is ``None`` when there was none.
    ``tempo`` holds the durations by id, and ``not_timed`` why one is missing; ``rest_id`` is that
    of the rest before the repetition. ``doubt_s`` is how much the durations depend on the
    thresholds for begin and end.
    """

    events: dict[str, float | None]
    tempo: dict[str, float | None]
    not_timed: dict[str, str]
    rest_id: str
    doubt_s: float
    start_s: float
    end_s: float
    lowest_s: float
    bottom: tuple[float, float]
    standing: tuple[float, float] | None
    descent: tuple[float, float]


def measure_rep(
    window: Poses,
    excursion: Excursion,
    exercise: Exercise,
    settings: Settings,
    *,
    index: int,
    stance_side: Stance,
    view: View,
    previous_end_s: float | None,
    outage: bool,
    baselines: Mapping[str, float],
    notes: tuple[str, ...] = (),
    stance_sure: bool = True,
) -> Rep:
    """Measure a repetition.

    Parameters
    ----------
    window
        Unfiltered poses from some standing before the repetition to when it closed.
    excursion
        Where the phase machine saw it.
    previous_end_s
        End of the repetition before; earlier frames of the window are ignored.
    outage
        Whether the camera gave no frames for a while since then: that is no rest.
    baselines
        Standing values known so far for this side, by metric name; used where this repetition
        has no standing of its own.
    notes, stance_sure
        Go into the result.
    """
    profile = window.profile
    if profile.swaps_legs:
        window = swaps_undone(window)
    outlined = outlined_where_asked(window, stance_side, view)
    has_outline = outlined is not window
    window, outlined = levelled(window, view), levelled(outlined, view)
    leg_px = window.leg_length_px
    following = find_following(window, stance_side, leg_px, settings.min_confidence)
    window, outlined = following.taken_out(window), following.taken_out(outlined)
    if following.shaking:
        notes = (*notes, FOLLOWING_NOTE)
    shake = find_shake(window, sides_of(stance_side), leg_px, settings.min_confidence)
    as_seen = window
    window, outlined = shake.taken_out(window), shake.taken_out(outlined)
    timing = find_timing(window, excursion, exercise, previous_end_s, outage=outage)
    placed_s = timing.start_s - PLACED_S
    smooth = _smoothed(window, placed_s, settings)
    poses = SmoothPoses(smooth, _smoothed(outlined, placed_s, settings) if has_outline else smooth)
    during = window.between(timing.start_s, timing.end_s)
    inside = (smooth.t_s >= timing.start_s) & (smooth.t_s <= timing.end_s)
    found: dict[str, Measurement] = {}
    series: dict[str, list[float | None]] = {"t_s": smooth.t_s[inside].tolist()}
    for metric in exercise.metrics:
        if metric.series is None:
            continue
        side = metric.side or leg_to_measure(stance_side, view)
        stretch = taken_over(metric, exercise, poses, side, timing, baselines)
        taken_from = None if isinstance(stretch, str) else window.between(*stretch)
        reason = why_not(metric, side, during, taken_from, view, settings)
        if reason is not None or isinstance(stretch, str):
            found[metric.id] = Measurement(not_measured=reason or str(stretch))
            continue
        values = corrected(metric, poses, side)
        if not _shown(metric, smooth, side, timing, view):
            standing = _mean(smooth.t_s, values, timing.standing) if timing.standing else math.nan
            found[metric.id] = Measurement(
                standing=or_none(standing), not_measured=metric.not_shown
            )
            continue
        known_standing = baselines.get(metric.id)
        taken = _MetricInRep(
            metric, metric.series, values, smooth, window, side, timing, stretch, view
        )
        found[metric.id] = taken.measurement(known_standing)
        # At a fixed depth it is the series of another metric.
        if found[metric.id].at_bottom is not None and metric.taken != "at_depth":
            series[metric.id] = [or_none(value) for value in values[inside].tolist()]
    tempo_sem_s = math.hypot(
        profile.errors.of_duration_s(
            moved=None if math.isnan(shake.certainty) else shake.in_doubt,
            leg_px=smooth.leg_length_px,
            head_seen=head_seen(window),
        ),
        timing.doubt_s,
        unseen_s(window.t_s, trunk_height_px(window), timing.events.values()) / math.sqrt(12.0),
    )
    if shake.in_doubt and not shake.shaking:
        # How much the times depend on the correction belongs to their error.
        uncorrected = find_timing(as_seen, excursion, exercise, previous_end_s, outage=outage)
        tempo_sem_s = math.hypot(tempo_sem_s, most_different_s(timing.tempo, uncorrected.tempo))
    tempo_sem_s = math.hypot(tempo_sem_s, max(0.0, 1.0 / during.rate_hz - 1.0 / ENOUGH_HZ))
    found |= durations(exercise, timing, tempo_sem_s, during.rate_hz)
    if shake.shaking:
        notes = (*notes, SHAKING_NOTE)
    if next(iter(timing.events.values())) is None:
        alone = timing.standing is None and not baselines
        notes = (*notes, START_NOTE + (NO_STANDING if alone else "."))
    rep = Rep(
        index=index,
        stance_side=stance_side,
        stance_sure=stance_sure,
        start_s=timing.start_s,
        lowest_s=timing.lowest_s,
        end_s=timing.end_s,
        events=timing.events,
        measurements={metric.id: found[metric.id] for metric in exercise.metrics},
        view=view,
        series=series,
        notes=notes,
    )
    score = score_rep(
        rep,
        smooth,
        exercise,
        settings,
        side=leg_to_measure(stance_side, view),
        standing=timing.standing,
    )
    return msgspec.structs.replace(
        rep,
        form=form_of(rep, exercise.metrics),
        tempo=tempo_of(rep, exercise.metrics),
        scale=score,
    )


def smoothed(window: Poses, settings: Settings) -> Poses:
    """Return the poses with smooth keypoints."""
    return replace(
        window,
        keypoints_px=smooth_keypoints(
            window.t_s, window.keypoints_px, settings.cutoff_hz, settings.max_gap_s
        ),
    )


def _smoothed(window: Poses, placed_s: float, settings: Settings) -> Poses:
    """Smooth the poses, with planted ankles held in place from ``placed_s`` on where asked for."""
    smooth = smoothed(window, settings)
    if not window.profile.drifts_planted_ankles:
        return smooth
    return hold_planted_ankles(smooth, smooth.leg_length_px, settings.min_confidence, placed_s)


def why_too_shallow(rep: Rep, exercise: Exercise) -> str | None:
    """Why what was measured is no repetition after all, in words; ``None`` when it is one.

    A person who straightens up from a bend moves the hips, too: the lowest point then is no lower
    than standing.
    """
    for metric in exercise.metrics:
        depth = rep.measurements[metric.id]
        if metric.role == "depth" and depth.value is not None:
            most = depth.value + CERTAIN_ERRORS * (depth.sem or 0.0)
            if most < exercise.min_drop_pct:
                return f"the hips were only {depth.value:.0f} % of leg length below standing"
    return None


def durations(
    exercise: Exercise, timing: Timing, sem_s: float, rate_hz: float
) -> dict[str, Measurement]:
    """Return the duration of each phase by measurement id, or why it is unknown.

    Parameters
    ----------
    sem_s
        Standard error of a duration, less what grows with it; it varies from repetition to
        repetition.
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
        slow_s = max(0.0, _way_s(metric.id, timing) - TEMPO_SLOW_FROM_S)
        sem = math.hypot(sem_s, TEMPO_SEM_SLOW * slow_s)
        timed = Measurement(value=seconds, at_bottom=seconds, sem=sem, sem_set=0.0, sem_rep=sem)
        found[metric.id] = judged(timed, metric, timing.descent[0])
    return found


def _way_s(measure_id: str, timing: Timing) -> float:
    """How long the way took whose ends make the duration; of a pause, the longer one beside it."""
    own_s = timing.tempo[measure_id] if measure_id in (DESCENT, ASCENT) else None
    return own_s or max(timing.tempo[way] or 0.0 for way in (DESCENT, ASCENT))


def _why_not_timed(measure_id: str, timing: Timing, rate_hz: float) -> str:
    if measure_id == timing.rest_id:
        return timing.not_timed[measure_id]
    if rate_hz < FEW_HZ:
        return f"only {rate_hz:.0f} frames a second: film with 30"
    return timing.not_timed.get(measure_id, NO_TURN_SEEN)


def find_timing(
    window: Poses,
    excursion: Excursion,
    exercise: Exercise,
    previous_end_s: float | None,
    *,
    outage: bool = False,
) -> Timing:
    """Events, tempo, and the stretches over which the values are taken.

    The rest since ``previous_end_s`` is not known after an ``outage`` of the camera.
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
        # It did come to rest, only too slowly for the 5 % rule.
        back = replace(back, end_s=excursion.end_s)
    end = back.end_s if back.end_s is not None else excursion.end_s
    if down_up:
        events = {
            "descent_start_s": out.start_s,
            "bottom_start_s": out.end_s,
            "bottom_end_s": back.start_s,
            "ascent_end_s": back.end_s,
        }
        descent, ascent = out, back
        lowest_s = when_lowest(window.t_s, height, excursion.turn_s, (start, end))
        bottom = _around(lowest_s, out.end_s, back.start_s)
        standing_end = start
        standing_from = max(start - STANDING_S, before_s, excursion.rest_from_s)
    else:
        events = {
            "ascent_start_s": out.start_s,
            "top_start_s": out.end_s,
            "descent_start_s": back.start_s,
            "descent_end_s": back.end_s,
        }
        descent, ascent = back, out
        lowest_s = end
        bottom = (end - BOTTOM_HALF_WIDTH_S, end)
        standing_from, standing_end = _around(excursion.turn_s, out.end_s, back.start_s)
    out_id, back_id = (DESCENT, ASCENT) if down_up else (ASCENT, DESCENT)
    rest_id = TOP if down_up else BOTTOM
    not_timed = {rest_id: NO_REP_BEFORE if previous_end_s is None else OUTAGE}
    seen = np.isfinite(height)
    if out.start_s is None:
        not_timed[out_id] = (NO_REST_SEEN if seen[0] else NOT_SEEN).format(when="before")
    if back.end_s is None:
        not_timed[back_id] = (NO_REST_SEEN if seen[-1] else NOT_SEEN).format(when="after")
    rest_s = start - previous_end_s if previous_end_s is not None and not outage else None
    pause_s = Stroke(out.end_s, back.start_s).duration_s
    tempo = {
        DESCENT: descent.duration_s,
        BOTTOM: pause_s if down_up else rest_s,
        ASCENT: ascent.duration_s,
        TOP: rest_s if down_up else pause_s,
    }
    first_s = float(window.t_s[seen][0]) if seen.any() else math.inf
    standing_from = max(standing_from, first_s)
    long_enough = standing_end - standing_from >= SHORTEST_STANDING_S * (1.0 if down_up else 0.5)
    descent_from = descent.start_s if descent.start_s is not None else excursion.start_s
    descent_to = descent.end_s if descent.end_s is not None else lowest_s
    return Timing(
        events=events,
        tempo=tempo,
        not_timed=not_timed,
        rest_id=rest_id,
        doubt_s=max(out.doubt_s, back.doubt_s),
        start_s=start,
        end_s=end,
        lowest_s=lowest_s,
        bottom=bottom,
        standing=(standing_from, standing_end) if long_enough else None,
        descent=(descent_from, descent_to),
    )


def unseen_s(t_s: FloatArray, height: FloatArray, events_s: Iterable[float | None]) -> float:
    """Longest stretch without the trunk in which, or beside which, an event lies; 0 without any.

    The event may be anywhere in it: the straight line that bridges it says nothing.
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


def most_different_s(
    tempo: Mapping[str, float | None], uncorrected: Mapping[str, float | None]
) -> float:
    """By how much the ways down and up differ between two timings; 0 when unknown."""
    pairs = [(tempo[name], uncorrected[name]) for name in (DESCENT, ASCENT)]
    return max((abs(a - b) for a, b in pairs if a is not None and b is not None), default=0.0)


def taken_over(
    metric: Metric,
    exercise: Exercise,
    poses: SmoothPoses,
    side: Side,
    timing: Timing,
    baselines: Mapping[str, float],
) -> tuple[float, float] | str:
    """Return the stretch over which a metric is taken, in seconds; the reason when there is none.

    It is the bottom; for a metric at a fixed depth, a moment on the way down.
    """
    if metric.taken != "at_depth" or metric.at_depth_pct is None:
        return timing.bottom
    depth = next((one for one in exercise.metrics if one.role == "depth"), None)
    if depth is None:
        return "the depth is not measured in this exercise"
    if timing.standing is None and depth.id not in baselines:
        return NO_STANDING_SEEN
    drop_pct = corrected(depth, poses, side)
    way_down = timing.descent[0], max(timing.descent[1], timing.lowest_s)
    at_s = time_at_depth_s(poses.points.t_s, drop_pct, metric.at_depth_pct, way_down)
    return at_s if isinstance(at_s, str) else (at_s - AROUND_S, at_s + AROUND_S)


def why_not(
    metric: Metric,
    side: Side,
    during: Poses,
    taken_from: Poses | None,
    view: View,
    settings: Settings,
) -> str | None:
    """Why a metric cannot be measured in this repetition, in words; ``None`` when it can.

    ``taken_from`` are the frames that its number is taken from, where there are any.
    """
    reason = why_not_from(metric, view, during.profile)
    if reason is not None:
        return reason
    for which in needed(metric, side, view):
        hidden = why_hidden(which, during, settings, "repetition")
        if hidden is not None:
            return hidden
        if taken_from is None:
            continue
        if hidden_share(taken_from, which, settings.min_confidence) > MOST_HIDDEN_WHERE_TAKEN:
            return f"{_name(which)} was hidden {_where(metric)}: keep it in view"
    if _judges_knee(metric, view) and all(
        without_outline(during, side, joint) for joint in EDGED_JOINTS
    ):
        return (
            f"the {side} knee and ankle are not clearly visible: wear tight clothes, and keep the "
            "legs apart"
        )
    mixed = during.profile.mixes_crossing_legs and metric.side is None
    if mixed and _judges_knee(metric, view) and legs_cross(during, side):
        return "the free leg crosses the working leg in the image: hold it to the side"
    return None if taken_from is None else _why_mixed_up(metric, side, during, taken_from, view)


def why_hidden(which: Keypoint, during: Poses, settings: Settings, effort: str) -> str | None:
    """Why a keypoint is not known well enough in a whole effort; ``None`` when it is."""
    share_pct = 100.0 * hidden_share(during, which, settings.min_confidence)
    if share_pct <= settings.max_hidden_pct:
        return None
    return f"{_name(which)} was hidden for {share_pct:.0f} % of the {effort}: keep it in view"


def _name(which: Keypoint) -> str:
    return "the " + which.name.lower().replace("_", " ")


def _why_mixed_up(
    metric: Metric, side: Side, during: Poses, taken_from: Poses, view: View
) -> str | None:
    """Why the pose where it is taken is not the planted leg's, in words; ``None`` when it is.

    A thigh that is too short has a wrong knee or a wrong hip, so the depth is not known either.
    """
    if metric.taken not in ("bottom", "at_depth"):
        return None
    of_the_leg = bool({"knee", "ankle"} & set(metric.needs))
    if of_the_leg and leaves_its_place(during, taken_from, side):
        return OTHER_LEG.format(side=side, where=_where(metric))
    bone = shortened_bone(during, taken_from, side) if view.kind == "side" else None
    concerned = ("thigh", "shank") if of_the_leg else ("thigh",) if metric.role == "depth" else ()
    if bone is None or bone not in concerned:
        return None
    return SHORTENED.format(side=side, bone=_BONE_WORDS[bone], where=_where(metric))


def why_too_uncertain(metric: Metric, found: Measurement) -> str | None:
    """Why the error of a judged number is too large to judge it, in words; ``None`` when it is not.

    A band that is narrower than two standard errors tells nothing: a number in the middle of the
    good band could as well be a fault. Where most of the error is the camera's turn, an unclear
    grade tells nothing either: the turn moves the number to one side only, which a standard error
    does not say. Limits of the user's own are always judged.
    """
    limits = metric.limits
    if limits is None or found.sem is None or limits.source == SET_BY_USER:
        return None
    turned = math.sqrt(2.0) * (found.sem_yaw or 0.0) > found.sem
    if turned and found.sure == "unclear":
        return f"{TOO_UNCERTAIN}: turn to face the camera"
    if limits.good_low is None or limits.good_high is None:
        return None
    if 2.0 * found.sem <= limits.good_high - limits.good_low:
        return None
    return f"{TOO_UNCERTAIN}: turn to face the camera" if turned else TOO_UNCERTAIN


def _shown(metric: Metric, smooth: Poses, side: Side, timing: Timing, view: View) -> bool:
    """Whether the segment of a projected angle is seen long enough where the angle is taken.

    Seen from the front, a segment that points at the camera is short in the image, and its angle
    there is anything: what little it is off to the side decides it.
    """
    if metric.shown_share is None or view.kind != "front":
        return True
    share = metric.shown_share(smooth, side)
    if metric.judged == "largest":
        during = (smooth.t_s >= timing.start_s) & (smooth.t_s <= timing.end_s)
        known = share[during & np.isfinite(share)]
        least = percentile_of(known, 5) if len(known) else math.nan
    else:
        least = _mean(smooth.t_s, share, timing.bottom)
    return not least < metric.least_shown


def _where(metric: Metric) -> str:
    """Word where in a repetition the number is taken."""
    return "at that depth" if metric.taken == "at_depth" else "at the bottom"


def _judges_knee(metric: Metric, view: View) -> bool:
    """Whether the metric needs the knee's place from side to side."""
    return view.kind == "front" and "knee" in metric.needs


def why_not_from(metric: Metric, view: View, profile: PoseProfile) -> str | None:
    """Why a metric cannot be measured from this view, in words; ``None`` when it can."""
    if metric.cannot_see:
        known = profile.errors.known
        return metric.cannot_see if known else UNPROVEN.format(whose=profile.whose)
    if view.kind not in metric.views:
        wanted = (
            f"from the {' or '.join(metric.views)}" if len(metric.views) < 3 else "the whole body"
        )
        return f"filmed {direction_words(view)}. Film {wanted} to measure this"
    if metric.roll_effect is not None and _too_tilted(view):
        return f"the camera is tilted by about {abs(or_nan(view.roll_deg)):.0f}°. Level it"
    if metric.needs_depth and view.yaw_deg is None:
        return "it is not known how far the person is turned away from the camera"
    yaw_deg = abs(or_nan(view.yaw_deg))
    if view.kind == "front" and yaw_deg > metric.max_yaw_deg:
        return f"you are turned too far away from the camera ({yaw_deg:.0f}°). Face the camera"
    return None


def _too_tilted(view: View) -> bool:
    return abs(likely_roll_deg(view)[0]) > MOST_ROLL_DEG


def needed(metric: Metric, side: Side, view: View) -> tuple[Keypoint, ...]:
    """The keypoints a metric is computed from, as far as they can be seen from this view.

    From the side the far hip and shoulder are covered by the near ones, and the model places them
    right behind: only the near ones are asked for.
    """
    if view.kind == "side" and metric.both_sides:
        return tuple(keypoint(view.near_side or side, joint) for joint in metric.needs)
    sides = SIDES if metric.both_sides else (side,)
    return tuple(
        keypoint(a_side, joint)
        for joint in metric.needs
        for a_side in (SIDES if joint == "shoulder" and view.kind != "side" else sides)
    )


def leg_to_measure(stance_side: Stance, view: View) -> Side:
    """The working leg; of two, the one nearer to the camera."""
    if stance_side == "both":
        return view.near_side or "left"
    return stance_side


def when_lowest(
    t_s: FloatArray, height: FloatArray, turn_s: float, whole: tuple[float, float]
) -> float:
    """When the trunk is lowest in a repetition: near its turn, where that lies within it.

    Where something hides the bottom, the turn may have been taken for later than the end.

    Parameters
    ----------
    t_s, height
        Shape (N,): the repetition with some rest around it; height + up, NaN where not seen.
    turn_s
        When the hips were furthest from their rest.
    whole
        Start and end of the repetition, in s; where nothing is seen between them, the moment in it
        that is nearest to the turn.
    """
    start_s, end_s = whole
    known = (t_s >= start_s) & (t_s <= end_s) & np.isfinite(height)
    if start_s <= turn_s <= end_s:
        known &= np.abs(t_s - turn_s) <= 0.5
    if not known.any():
        return min(max(turn_s, start_s), end_s)
    return float(t_s[known][np.argmin(height[known])])


def _around(middle_s: float, start_s: float | None, end_s: float | None) -> tuple[float, float]:
    """From ``start_s`` to ``end_s`` when that is a stretch worth averaging, else around middle."""
    if start_s is not None and end_s is not None and end_s - start_s >= BOTTOM_HALF_WIDTH_S:
        return start_s, end_s
    return middle_s - BOTTOM_HALF_WIDTH_S, middle_s + BOTTOM_HALF_WIDTH_S


def _mean(t_s: FloatArray, values: FloatArray, stretch: tuple[float, float]) -> float:
    inside = values[(t_s >= stretch[0]) & (t_s <= stretch[1])]
    known = inside[np.isfinite(inside)]
    return float(known.mean()) if len(known) else math.nan


@dataclass(frozen=True)
class _MetricInRep:
    """One metric of one repetition: its smoothed time series, and where the numbers are taken."""

    metric: Metric
    series: Series
    values: FloatArray
    smooth: Poses
    raw: Poses
    side: Side
    timing: Timing
    stretch: tuple[float, float]
    view: View

    def measurement(self, known_standing: float | None) -> Measurement:
        """Return the judged measurement; ``known_standing`` replaces standing that was not seen."""
        metric, timing, t_s = self.metric, self.timing, self.smooth.t_s
        standing = _mean(t_s, self.values, timing.standing) if timing.standing else math.nan
        if not math.isfinite(standing) and known_standing is not None:
            standing = known_standing
        if metric.taken == "descent_rms":
            inside = (t_s >= timing.descent[0]) & (t_s <= timing.descent[1])
            part = self.values[inside & np.isfinite(self.values)]
            at_bottom = float(np.sqrt(np.mean(part**2))) if len(part) else math.nan
            largest = float(np.max(np.abs(part))) if len(part) else math.nan
            change = standing = math.nan
        else:
            at_bottom = self._taken(self.values)
            change = at_bottom - standing
            known = self.values[self._inside & np.isfinite(self.values)]
            furthest = np.argmax(np.abs(known - metric.neutral)) if len(known) else None
            largest = math.nan if furthest is None else float(known[furthest])
        if not math.isfinite(at_bottom):
            return Measurement(not_measured=f"the joints were not seen {_where(metric)}")
        value = {"at_bottom": at_bottom, "change": change, "largest": largest}[metric.judged]
        if not all(metric.is_possible(one) for one in (at_bottom, standing, largest)):
            return Measurement(not_measured=IMPOSSIBLE)
        errors = self._errors()
        shows_yaw = metric.yaw_effect is not None and self.view.kind == "front"
        found = Measurement(
            value=or_none(value),
            at_bottom=at_bottom,
            standing=or_none(standing),
            change=or_none(change),
            largest=or_none(largest),
            sem=math.hypot(errors.whole_set, errors.rep),
            sem_set=errors.whole_set,
            sem_rep=errors.rep,
            sem_yaw=errors.yaw,
            yaw_effect=self._where_taken(metric.yaw_effect) if shows_yaw else None,
            not_measured=None if math.isfinite(value) else NO_STANDING_SEEN,
        )
        graded = judged(found, metric, self._furthest_s(found))
        why = why_too_uncertain(metric, graded)
        return graded if why is None else Measurement(not_measured=why)

    @property
    def _inside(self) -> BoolArray:
        t_s, timing = self.smooth.t_s, self.timing
        return np.asarray((t_s >= timing.start_s) & (t_s <= timing.end_s))

    @property
    def _standing(self) -> BoolArray:
        start_s, end_s = self.timing.standing or (math.inf, -math.inf)
        return np.asarray((self.smooth.t_s >= start_s) & (self.smooth.t_s <= end_s))

    def _furthest_s(self, found: Measurement) -> float | None:
        """When it was furthest on the side of the judged number."""
        if found.value is None:
            return None
        reference = (found.standing or 0.0) if self.metric.judged == "change" else 0.0
        t_s, inside = self.smooth.t_s, self._inside
        if self.metric.judged != "largest" and self.metric.taken in ("bottom", "at_depth"):
            taken = (t_s >= self.stretch[0]) & (t_s <= self.stretch[1])
            inside = taken if taken.any() else inside
        values = self.values[inside] - reference
        signed = np.where(np.isfinite(values), values * np.sign(found.value), -np.inf)
        return float(t_s[inside][int(np.argmax(signed))])

    def _errors(self) -> _Errors:
        """Return the parts of the error.

        The model's, the tilt's and the yaw's are the same all through a set; the noise that is
        left after averaging is not.
        """
        errors = self.raw.profile.errors
        if self.metric.taken == "descent_rms" and not errors.known:
            # A deviation from its own path: in standing it is all noise.
            return _Errors(0.0, _spread(self.values[self._standing]), 0.0)
        during = self.raw.between(self.timing.start_s, self.timing.end_s)
        profile, quantity = self.raw.profile, self.metric.corrected_as
        guessed = _judges_knee(self.metric, self.view) and without_outline(
            during, self.side, "knee"
        )
        model_error, varies = (
            errors.of_value(found, self.metric.unit, self.smooth.leg_length_px, guessed=guessed)
            for found in (
                profile.sem_set(quantity, self.metric.model_error),
                profile.sem_rep(quantity),
            )
        )
        # The floor that is stated for poses of others holds their camera's tilt, too.
        tilt_deg = likely_roll_deg(self.view)[1] if errors.known else 0.0
        tilt = self._where_taken(self.metric.roll_effect) * tilt_deg
        extra = self._where_taken(self.metric.extra_error)
        yaw = self._where_taken(self.metric.yaw_effect) * self._yaw_beyond_error_deg()
        # A stated floor is the same all through a set; what varies is the noise that is seen.
        varies = max(self._noise(), varies if errors.known else 0.0)
        return _Errors(math.hypot(model_error, extra, tilt, yaw), varies, abs(yaw))

    def _yaw_beyond_error_deg(self) -> float:
        """How far what is measured is turned from the front, beyond the yaw's own error.

        A leg is seen from where its foot stands, the trunk from where the hips are.

        A yaw that is read holds the true turn and its error, and the squares of the two add up. Yaw
        within its own error adds nothing: the value is what the image shows.
        """
        if self.view.kind != "front" or self.view.yaw_deg is None:
            return 0.0
        yaw_deg = self.view.yaw_deg
        if not self.metric.both_sides:
            yaw_deg += limb_offset_deg(self.smooth, self.side, self.view)
        return math.sqrt(max(0.0, yaw_deg**2 - or_nan(self.view.yaw_sem_deg) ** 2))

    def _noise(self) -> float:
        """Standard error from what the smoothing took out, after averaging over the stretch.

        Neighbouring frames of the pose model are alike, so a tenth of a second counts as one look.
        Missing frames leave fewer looks. Of poses whose errors are not known it is that of one
        frame, as seen in standing: how alike their frames are is not known either.
        """
        if self.metric.taken == "descent_rms":
            return 0.0
        noise = self.series(self.raw, self.side) - self.series(self.smooth, self.side)
        inside = noise[self._inside & np.isfinite(noise)]
        if not self.raw.profile.errors.known:
            return _spread(noise[self._standing]) or _spread(inside)
        if len(inside) < 3:
            return 0.0
        start_s, end_s = self.stretch
        taken = (self.smooth.t_s >= start_s) & (self.smooth.t_s <= end_s)
        seen = float(np.isfinite(noise[taken]).mean()) if taken.any() else 0.0
        looks = seen * (end_s - start_s) / CORRELATED_WITHIN_S
        return float(np.std(inside)) / math.sqrt(max(1.0, looks))

    def _where_taken(self, series: Series | None) -> float:
        """Mean of a series where the metric is taken; 0 without a series or when unseen."""
        if series is None:
            return 0.0
        value = self._taken(series(self.smooth, self.side))
        return value if math.isfinite(value) else 0.0

    def _taken(self, values: FloatArray) -> float:
        """Mean of values where the metric is taken; NaN when they were not seen there."""
        mean = mean_around if self.metric.taken == "at_depth" else _mean
        return mean(self.smooth.t_s, values, self.stretch)


def _spread(values: FloatArray) -> float:
    """Standard deviation of what is known; 0 when that is fewer than three numbers."""
    known = values[np.isfinite(values)]
    return float(np.std(known)) if len(known) >= 3 else 0.0


@dataclass(frozen=True)
class _Errors:
    """Parts of a standard error; ``yaw`` is in ``whole_set`` already."""

    whole_set: float
    rep: float
    yaw: float
