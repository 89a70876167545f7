"""Measure one repetition, once, when it has ended: its angles, depth and durations, with grades.

The analyzer (:mod:`formcheck.motion.analyzer`) finds a repetition and calls ``measure_rep`` with
the unfiltered poses of that stretch. In turn, this

1. takes the camera's tilt and motion out of the poses;
2. finds when the repetition began, turned and ended (:mod:`formcheck.motion.rep_timing`);
3. smooths the poses without lag;
4. takes each metric of the exercise over its stretch of time, or says why it cannot be measured
   (:mod:`formcheck.motion.refusals`);
5. grades form and tempo (:mod:`formcheck.motion.verdicts`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import msgspec
import numpy as np

from formcheck.data.arrays import BoolArray, FloatArray, or_nan, or_none, percentile_of
from formcheck.data.exercise import Exercise, Metric, Series
from formcheck.data.keypoints import Side
from formcheck.data.poses import Poses
from formcheck.data.session import Measurement, Rep, Stance, View
from formcheck.data.settings import Settings
from formcheck.motion.at_depth import AROUND_S, mean_around, time_at_depth_s
from formcheck.motion.camera_view import head_seen, levelled, likely_roll_deg, limb_offset_deg
from formcheck.motion.corrections import SmoothPoses, corrected, model_errors
from formcheck.motion.filters import smooth_keypoints
from formcheck.motion.knee_edges import outlined_where_asked, without_outline
from formcheck.motion.limbs import hold_planted_ankles
from formcheck.motion.phases import Excursion
from formcheck.motion.refusals import (
    IMPOSSIBLE,
    places_knee_sideways,
    where_taken,
    why_not,
    why_too_uncertain,
)
from formcheck.motion.rep_timing import TimeSpan, Timing, duration_sem_s, durations, find_timing
from formcheck.motion.scoring import score_rep
from formcheck.motion.shake import CameraShake, find_following, find_shake, sides_of
from formcheck.motion.swaps import swaps_undone
from formcheck.motion.verdicts import form_of, judged, tempo_of

PLACED_S = 0.5
"""A planted foot is expected where it is from so long before the repetition on. Earlier the person
may still have been stepping into place. Our choice."""

CORRELATED_WITHIN_S = 0.1
"""The pose model makes much the same error in frames this close together, so they count as one
independent sample when noise is averaged. Our choice."""

SHAKING_NOTE = "The camera shook. Most of the shake was corrected. Put the camera on a stand."

FOLLOWING_NOTE = "The camera moved slowly. Most of this was corrected. Put the camera on a stand."

START_NOTE = "The start of the repetition is not in the film"
NO_STANDING = ", nor is the person standing still before it."
NO_STANDING_SEEN = (
    "you were not seen standing still, so there is nothing to compare with: stand still for a "
    "second before the first repetition"
)

CERTAIN_ERRORS = 2.0
"""A depth is certainly too small when it misses the smallest one by so many standard errors."""


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
    exercise, settings
        What is measured, with its limits; thresholds of the measuring.
    index
        Number of the repetition, from 1.
    stance_side
        The working leg, or both.
    view
        From where the camera sees the person.
    previous_end_s
        End of the repetition before; earlier frames of the window are ignored.
    outage
        Whether the camera gave no frames for a while since then; the rest is then not timed.
    baselines
        Standing values known so far for this side, by metric id; used where this repetition
        has no standing of its own.
    notes, stance_sure
        Remarks for the reader, and whether the working leg is certain; they go into the result.

    Returns
    -------
    The repetition with its measurements, time series, grades and notes.
    """
    prepared = _prepare(window, stance_side, view, settings)
    raw, shake = prepared.points, prepared.shake
    timing = find_timing(raw, excursion, exercise, previous_end_s, outage=outage)
    rep_poses = _RepPoses(
        raw=raw,
        smooth=prepared.smooth(timing.start_s - PLACED_S, settings),
        timing=timing,
        side=leg_to_measure(stance_side, view),
        view=view,
    )
    found: dict[str, Measurement] = {}
    series: dict[str, list[float | None]] = {"t_s": rep_poses.t_s[rep_poses.inside].tolist()}
    for metric in exercise.metrics:
        if metric.series is None:
            continue
        taken = _measure_metric(metric, metric.series, rep_poses, exercise, settings, baselines)
        found[metric.id] = taken.measurement
        if taken.series is not None:
            series[metric.id] = [or_none(value) for value in taken.series.tolist()]
    uncorrected = None
    if shake.in_doubt and not shake.shaking:
        uncorrected = find_timing(
            prepared.before_shake, excursion, exercise, previous_end_s, outage=outage
        )
    rate_hz = rep_poses.during.rate_hz
    tempo_sem_s = duration_sem_s(
        raw,
        timing,
        shake,
        leg_px=rep_poses.smooth.points.leg_length_px,
        head_is_seen=head_seen(raw),
        rate_hz=rate_hz,
        uncorrected=uncorrected,
    )
    found |= durations(exercise, timing, tempo_sem_s, rate_hz)
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
        notes=(*notes, *prepared.notes, *_start_notes(timing, baselines)),
    )
    score = score_rep(
        rep,
        rep_poses.smooth.points,
        exercise,
        settings,
        side=rep_poses.side,
        standing=timing.standing,
    )
    return msgspec.structs.replace(
        rep,
        form=form_of(rep, exercise.metrics),
        tempo=tempo_of(rep, exercise.metrics),
        scale=score,
    )


def why_too_shallow(rep: Rep, exercise: Exercise) -> str | None:
    """Say why a measured movement was too shallow to be a repetition; ``None`` when it was one.

    The hips also move in a person who bends forward and straightens up again; their lowest point
    is then no lower than standing.
    """
    for metric in exercise.metrics:
        depth = rep.measurements[metric.id]
        if metric.role == "depth" and depth.value is not None:
            deepest = depth.value + CERTAIN_ERRORS * (depth.sem or 0.0)
            if deepest < exercise.min_drop_pct:
                return f"the hips were only {depth.value:.0f} % of leg length below standing"
    return None


def leg_to_measure(stance_side: Stance, view: View) -> Side:
    """Return the working leg; when both work, the one nearer to the camera."""
    if stance_side == "both":
        return view.near_side or "left"
    return stance_side


def smoothed(window: Poses, settings: Settings) -> Poses:
    """Return the poses with smoothed keypoints."""
    return replace(
        window,
        keypoints_px=smooth_keypoints(
            window.t_s, window.keypoints_px, settings.cutoff_hz, settings.max_gap_s
        ),
    )


# The poses of one repetition


@dataclass(frozen=True)
class _Prepared:
    """Unfiltered poses of a repetition, as a level camera on a stand would have seen them.

    Attributes
    ----------
    points
        The poses.
    outlined
        The same with the knees and ankles of the working legs moved to their place between the
        leg's edges in the image; ``None`` where that is not wanted or known.
    before_shake
        ``points`` before the quick shake of the camera was taken out.
    shake
        That shake.
    notes
        What the report says about the camera's motion.
    """

    points: Poses
    outlined: Poses | None
    before_shake: Poses
    shake: CameraShake
    notes: tuple[str, ...]

    def smooth(self, placed_s: float, settings: Settings) -> SmoothPoses:
        """Return the poses smoothed; see :func:`_smoothed_in_place` for ``placed_s``."""
        points = _smoothed_in_place(self.points, placed_s, settings)
        if self.outlined is None:
            return SmoothPoses(points, points)
        return SmoothPoses(points, _smoothed_in_place(self.outlined, placed_s, settings))


def _prepare(window: Poses, stance_side: Stance, view: View, settings: Settings) -> _Prepared:
    """Undo swaps of left and right, the camera's tilt, its slow motion and its shake."""
    if window.profile.swaps_legs:
        window = swaps_undone(window)
    outlined = outlined_where_asked(window, stance_side, view)
    has_outline = outlined is not window
    window, outlined = levelled(window, view), levelled(outlined, view)
    leg_px = window.leg_length_px
    following = find_following(window, stance_side, leg_px, settings.min_confidence)
    window, outlined = following.taken_out(window), following.taken_out(outlined)
    shake = find_shake(window, sides_of(stance_side), leg_px, settings.min_confidence)
    notes = ((following, FOLLOWING_NOTE), (shake, SHAKING_NOTE))
    return _Prepared(
        points=shake.taken_out(window),
        outlined=shake.taken_out(outlined) if has_outline else None,
        before_shake=window,
        shake=shake,
        notes=tuple(note for motion, note in notes if motion.shaking),
    )


def _smoothed_in_place(window: Poses, placed_s: float, settings: Settings) -> Poses:
    """Smooth the poses; where the model lets planted ankles drift, hold them still."""
    smooth = smoothed(window, settings)
    if not window.profile.drifts_planted_ankles:
        return smooth
    return hold_planted_ankles(smooth, smooth.leg_length_px, settings.min_confidence, placed_s)


def _start_notes(timing: Timing, baselines: Mapping[str, float]) -> tuple[str, ...]:
    """Say when the film begins after the repetition does, and no standing is known."""
    if next(iter(timing.events.values())) is not None:
        return ()
    no_standing = timing.standing is None and not baselines
    return (START_NOTE + (NO_STANDING if no_standing else "."),)


@dataclass(frozen=True)
class _RepPoses:
    """The poses of a repetition, unfiltered and smoothed, with its timing, leg and view."""

    raw: Poses
    smooth: SmoothPoses
    timing: Timing
    side: Side
    view: View

    @property
    def t_s(self) -> FloatArray:
        """Times of the frames."""
        return self.raw.t_s

    @property
    def during(self) -> Poses:
        """The unfiltered poses from start to end of the repetition."""
        return self.raw.between(self.timing.start_s, self.timing.end_s)

    @property
    def inside(self) -> BoolArray:
        """Which frames lie between start and end of the repetition."""
        return np.asarray((self.t_s >= self.timing.start_s) & (self.t_s <= self.timing.end_s))


# One metric of it


class _Taken(NamedTuple):
    """A measurement, and its time series in the repetition; ``None`` when it has none to show."""

    measurement: Measurement
    series: FloatArray | None = None


def _measure_metric(
    metric: Metric,
    series: Series,
    rep_poses: _RepPoses,
    exercise: Exercise,
    settings: Settings,
    baselines: Mapping[str, float],
) -> _Taken:
    """Measure one metric of the repetition, or say why it cannot be measured."""
    raw, smooth, timing, view = rep_poses.raw, rep_poses.smooth, rep_poses.timing, rep_poses.view
    side = metric.side or rep_poses.side
    span = taken_over(metric, exercise, smooth, side, timing, baselines)
    taken_from = None if isinstance(span, str) else raw.between(*span)
    reason = why_not(metric, side, rep_poses.during, taken_from, view, settings)
    if reason is not None or isinstance(span, str):
        return _Taken(Measurement(not_measured=reason or str(span)))
    values = corrected(metric, smooth, side)
    if not _segment_shows(metric, smooth.points, side, timing, view):
        standing = _mean(raw.t_s, values, timing.standing) if timing.standing else math.nan
        return _Taken(Measurement(standing=or_none(standing), not_measured=metric.not_shown))
    found = _MetricInRep(
        metric, series, values, smooth.points, raw, side, timing, span, view
    ).measurement(baselines.get(metric.id))
    # A metric at a fixed depth has the time series of another metric, which shows it.
    shows = found.at_bottom is not None and metric.taken != "at_depth"
    return _Taken(found, values[rep_poses.inside] if shows else None)


def taken_over(
    metric: Metric,
    exercise: Exercise,
    poses: SmoothPoses,
    side: Side,
    timing: Timing,
    baselines: Mapping[str, float],
) -> TimeSpan | str:
    """Return the stretch of time over which a metric is taken; the reason when there is none.

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


def _segment_shows(metric: Metric, smooth: Poses, side: Side, timing: Timing, view: View) -> bool:
    """Return whether the body segment of an angle looks long enough where the angle is taken.

    Seen from the front, a segment that points at the camera is short in the image, and its angle
    there means nothing: the smallest sideways offset decides it.
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


class _Errors(NamedTuple):
    """Parts of the standard error of a measurement.

    ``whole_set`` is the same in every repetition of a set, ``rep`` varies; ``yaw`` is the part of
    ``whole_set`` that comes from the person's turn away from the camera.
    """

    whole_set: float
    rep: float
    yaw: float


@dataclass(frozen=True)
class _MetricInRep:
    """One metric of one repetition: its time series, and where its numbers are taken.

    Attributes
    ----------
    metric, series
        The metric, and the function that computes it from poses.
    values
        Its smoothed and corrected time series, shape (N,).
    smooth, raw
        Smoothed and unfiltered poses, N frames each.
    side
        The leg it is measured on.
    timing
        Events of the repetition.
    span
        The stretch of time over which its number is taken.
    view
        From where the camera sees the person.
    """

    metric: Metric
    series: Series
    values: FloatArray
    smooth: Poses
    raw: Poses
    side: Side
    timing: Timing
    span: TimeSpan
    view: View

    def measurement(self, known_standing: float | None) -> Measurement:
        """Return the measurement with its grade, or why it has none.

        ``known_standing`` is used when this repetition has no standing of its own.
        """
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
            return Measurement(not_measured=f"the joints were not seen {where_taken(metric)}")
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
        why = why_too_uncertain(metric, graded, self.view)
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
        """Return when the metric was furthest in the direction of its judged number, in seconds."""
        if found.value is None:
            return None
        reference = (found.standing or 0.0) if self.metric.judged == "change" else 0.0
        t_s, inside = self.smooth.t_s, self._inside
        if self.metric.judged != "largest" and self.metric.taken in ("bottom", "at_depth"):
            taken = (t_s >= self.span[0]) & (t_s <= self.span[1])
            inside = taken if taken.any() else inside
        values = self.values[inside] - reference
        signed = np.where(np.isfinite(values), values * np.sign(found.value), -np.inf)
        return float(t_s[inside][int(np.argmax(signed))])

    def _errors(self) -> _Errors:
        """Return the parts of the standard error.

        The errors of pose model, camera tilt and yaw are the same all through a set; the noise that
        is left after averaging varies.
        """
        errors = self.raw.profile.errors
        if self.metric.taken == "descent_rms" and not errors.known:
            # The metric is a deviation from a smooth path: all of it is noise in standing.
            return _Errors(0.0, _spread(self.values[self._standing]), 0.0)
        during = self.raw.between(self.timing.start_s, self.timing.end_s)
        guessed = places_knee_sideways(self.metric, self.view) and without_outline(
            during, self.side, "knee"
        )
        model_error, varies = model_errors(
            self.metric, self.raw.profile, self.smooth.leg_length_px, guessed=guessed
        )
        # The stated error of another program's poses includes the tilt of the camera.
        tilt_deg = likely_roll_deg(self.view)[1] if errors.known else 0.0
        tilt = self._where_taken(self.metric.roll_effect) * tilt_deg
        extra = self._where_taken(self.metric.extra_error)
        yaw = self._where_taken(self.metric.yaw_effect) * self._yaw_beyond_error_deg()
        return _Errors(
            math.hypot(model_error, extra, tilt, yaw), max(self._noise(), varies), abs(yaw)
        )

    def _yaw_beyond_error_deg(self) -> float:
        """Return how far the measured limb is turned from the front, beyond the yaw's own error.

        The camera sees a leg in the direction of its foot, and the trunk in that of the hips.

        The squares of the true turn and of the error of its estimate add up to that of the yaw that
        was found. So a yaw within its own error adds nothing.
        """
        if self.view.kind != "front" or self.view.yaw_deg is None:
            return 0.0
        yaw_deg = self.view.yaw_deg
        if not self.metric.both_sides:
            yaw_deg += limb_offset_deg(self.smooth, self.side, self.view)
        return math.sqrt(max(0.0, yaw_deg**2 - or_nan(self.view.yaw_sem_deg) ** 2))

    def _noise(self) -> float:
        """Return the standard error from noise, after averaging over the span.

        The noise is what smoothing took out. The errors of neighbouring frames are alike, so a
        tenth of a second counts as one independent sample, and missing frames reduce the samples.
        For poses whose errors are not known, it is the noise of a single frame in standing: how
        alike their neighbouring frames are is not known either.
        """
        if self.metric.taken == "descent_rms":
            return 0.0
        noise = self.series(self.raw, self.side) - self.series(self.smooth, self.side)
        inside = noise[self._inside & np.isfinite(noise)]
        if not self.raw.profile.errors.known:
            return _spread(noise[self._standing]) or _spread(inside)
        if len(inside) < 3:
            return 0.0
        start_s, end_s = self.span
        taken = (self.smooth.t_s >= start_s) & (self.smooth.t_s <= end_s)
        seen = float(np.isfinite(noise[taken]).mean()) if taken.any() else 0.0
        samples = seen * (end_s - start_s) / CORRELATED_WITHIN_S
        return float(np.std(inside)) / math.sqrt(max(1.0, samples))

    def _where_taken(self, series: Series | None) -> float:
        """Return the mean of a series over the span; 0 without a series or when it was not seen."""
        if series is None:
            return 0.0
        value = self._taken(series(self.smooth, self.side))
        return value if math.isfinite(value) else 0.0

    def _taken(self, values: FloatArray) -> float:
        """Return the mean of values over the span; NaN when they were not seen there."""
        mean = mean_around if self.metric.taken == "at_depth" else _mean
        return mean(self.smooth.t_s, values, self.span)


def _mean(t_s: FloatArray, values: FloatArray, span: TimeSpan) -> float:
    """Return the mean of the known values within a stretch of time; NaN when there are none."""
    inside = values[(t_s >= span[0]) & (t_s <= span[1])]
    known = inside[np.isfinite(inside)]
    return float(known.mean()) if len(known) else math.nan


def _spread(values: FloatArray) -> float:
    """Return the standard deviation of the known values; 0 when there are fewer than three."""
    known = values[np.isfinite(values)]
    return float(np.std(known)) if len(known) >= 3 else 0.0
