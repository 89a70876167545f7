"""Find and measure holds: one posture, kept for a time.

A hold begins when the posture has stood for half a second, and is dated back to when it was taken;
it ends where the posture is left for more than half a second. The analyzer is causal, frame by
frame, and measures a hold once, when it was left.
"""

from __future__ import annotations

import math
from collections import deque

import msgspec
import numpy as np

from formcheck.data.arrays import FloatArray, or_none
from formcheck.data.exercise import AT_BORDER, Exercise, Held, Metric
from formcheck.data.frame_result import FrameResult, Phase
from formcheck.data.keypoints import SIDES, PoseSample, Side, keypoint
from formcheck.data.poses import Poses
from formcheck.data.session import Hold, Measurement, Rep, Stance, View, ViewKind
from formcheck.data.settings import Settings
from formcheck.motion.analyzer import (
    LIVE_WINDOW_S,
    VIEW_EVERY_S,
    Ignored,
)
from formcheck.motion.body_line import shoulders_apart
from formcheck.motion.camera_view import find_view, levelled
from formcheck.motion.corrections import SmoothPoses, corrected, model_errors
from formcheck.motion.hold_dates import AROUND_S, HeldTime, dates_of
from formcheck.motion.main_view import ViewsSeen, main_view
from formcheck.motion.measure import smoothed
from formcheck.motion.recent_poses import forget_before, median_pose, seen_since, within
from formcheck.motion.refusals import IMPOSSIBLE, why_none_found, why_not_seen
from formcheck.motion.verdicts import band_of, form_of, judged, seen_from

SETTLED_S = 0.5
"""So long the posture stands before it is a hold, and so long it is left before the hold is over;
docs/measurement.md."""

UNSEEN_S = 2.0
"""A hold goes on while the body is not seen for up to so long. Our choice."""

SHORTEST_S = 2.0
"""What is kept for a shorter time is no hold: one passes through the posture, as a squat through
that of a wall sit. Our choice."""

SIDE_ON = 0.45
"""With the shoulders closer together in the image, in lengths of the trunk, a body that lies is
seen from its side; from the front they are about 0.7 apart. Our choice."""

VIEW_S = 3.0
"""The view is found over the last seconds."""

QUARTER = 0.25
"""The drift is from the first to the last quarter of the hold."""

TIMING_SEM_S = 0.15
"""Standard error of a begin or an end, on rendered people (docs/accuracy.md)."""

MOSTLY = 0.5
"""In less of the time the posture was only passed through now and then, as on stairs. Our
choice."""

TOO_SHORT = "it was held for only {held_s:.1f} s"
NOT_MOSTLY = "you were in the position for less than half of the time"
UNSEEN = "a joint could not be seen"


class PostureMachine:
    """Follows whether a posture is kept, and says when a hold is over."""

    def __init__(self) -> None:
        self._began_s: float | None = None
        self._kept_s = -math.inf

    @property
    def began_s(self) -> float | None:
        """When the hold under way began, once it has settled; ``None`` outside of one."""
        return self._began_s if self._settled else None

    @property
    def is_under_way(self) -> bool:
        """Whether the posture is kept, though it may not have settled yet."""
        return self._began_s is not None

    @property
    def _settled(self) -> bool:
        return self._began_s is not None and self._kept_s - self._began_s >= SETTLED_S

    def update(self, t_s: float, kept: float) -> HeldTime | None:
        """Take one frame of ``Held.kept``; give a hold that is over."""
        if kept > (AT_BORDER if self._began_s is None else 0.0):
            self._began_s = t_s if self._began_s is None else self._began_s
            self._kept_s = t_s
            return None
        patience_s = UNSEEN_S if math.isnan(kept) else SETTLED_S
        return self.finish() if t_s - self._kept_s > patience_s else None

    def finish(self) -> HeldTime | None:
        """End what is under way; give it if it was a hold."""
        began_s = self._began_s
        held = HeldTime(began_s, self._kept_s) if began_s is not None and self._settled else None
        self._began_s = None
        return held


class WellClock:
    """Counts the seconds of a hold in which its main measurement is in the good band.

    Parameters
    ----------
    metric
        The main measurement; without limits all of the time is good.
    """

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._before_s = math.nan
        self._good = False
        self.well_s = 0.0

    def update(self, t_s: float, value: float | None) -> None:
        """Take one frame of the posture; a value that is unknown counts as the one before."""
        if self._good:
            self.well_s += t_s - self._before_s
        self._before_s = t_s
        limits = self._metric.limits
        if limits is None:
            self._good = True
        elif value is not None:
            self._good = band_of(value, limits) == "good"

    def stand_still(self) -> None:
        """Stop it while the posture is left for a moment."""
        self._good = False

    def begin_anew(self) -> None:
        """Set it to zero."""
        self._before_s, self._good, self.well_s = math.nan, False, 0.0


class HoldAnalyzer:
    """Finds, measures and judges the holds of one session.

    Parameters
    ----------
    exercise
        What is held; it has a posture.
    settings
        Thresholds; defaults when left out.
    side
        The side that carries, when the user declared it.
    view
        The view, when the user declared it.
    """

    def __init__(
        self,
        exercise: Exercise,
        settings: Settings | None = None,
        *,
        side: Side | None = None,
        view: ViewKind | None = None,
    ) -> None:
        if exercise.held is None:
            raise ValueError(f"{exercise.id} is not held")
        self.settings = settings or Settings()
        self.exercise = exercise.with_settings(self.settings)
        self._held: Held = exercise.held
        self._asked_side = side if exercise.held.named else None
        self._forced_view = view
        self._machine = PostureMachine()
        self._main = main_metric(self.exercise)
        self._clock = WellClock(self._main)
        self._samples: deque[PoseSample] = deque()
        self._holds: list[Rep] = []
        self._view = View()
        self._side: Side = side or "left"
        self._viewed_s = -math.inf
        self._views = ViewsSeen()
        self.ignored: list[Ignored] = []
        self.frames_with_person = 0
        self.looks = 0

    @property
    def reps(self) -> tuple[Rep, ...]:
        """The holds that are over."""
        return tuple(self._holds)

    @property
    def view(self) -> View:
        """The view of most holds, or as seen lately when there is none yet."""
        return main_view(self._holds) if self._holds else self._view

    def update(self, sample: PoseSample, *, dropped: int = 0) -> FrameResult:  # noqa: ARG002
        """Take one pose; times must increase."""
        self.looks += 1
        self.frames_with_person += sample.seen
        self._samples.append(sample)
        self._forget(sample.t_s)
        self._update_view(sample)
        now = self._lately(sample.t_s)
        kept = math.nan if now is None else self._is_kept(now)
        found = self._machine.update(sample.t_s, kept)
        closed = None if found is None else self._close(found)
        began_s = self._machine.began_s
        holding = began_s is not None
        live = {} if now is None else self._live_values(now)
        if not self._machine.is_under_way:
            self._clock.begin_anew()
        elif kept == 0.0:
            self._clock.stand_still()
        else:
            self._clock.update(sample.t_s, live.get(self._main.id))
        return FrameResult(
            sample=sample,
            phase=Phase.HELD if holding else Phase.REST,
            reps_done=len(self._holds),
            stance_side=self._stance,
            depth=None,
            live=live,
            live_judged=self.exercise.judged(live),
            is_rep_sized=holding,
            in_place=True,
            descent_elapsed_s=None,
            descent_s=None,
            closed=closed,
            last_rep=self._holds[-1] if self._holds else None,
            view=self._view,
            held_s=None if began_s is None else sample.t_s - began_s,
            well_s=self._clock.well_s if holding else None,
        )

    def finish(self) -> tuple[Rep, ...]:
        """Close what is held at the end of the source; give all holds."""
        found = self._machine.finish()
        if found is not None:
            self._close(found)
        reason = None if self._holds else why_none_found(self.exercise, self._views.usual)
        if reason is not None:
            self.ignored.append(Ignored(None, reason))
        return self.reps

    @property
    def _stance(self) -> Stance:
        return self._side if self._held.named else "both"

    def _forget(self, t_s: float) -> None:
        began_s = self._machine.began_s
        keep_from = min(t_s - VIEW_S, t_s if began_s is None else began_s) - AROUND_S - SETTLED_S
        forget_before(self._samples, keep_from)

    def _window(self, start_s: float, end_s: float) -> Poses:
        return within(self._samples, start_s, end_s)

    def _update_view(self, sample: PoseSample) -> None:
        if not sample.seen or sample.t_s - self._viewed_s < VIEW_EVERY_S:
            return
        self._viewed_s = sample.t_s
        lately = self._window(sample.t_s - VIEW_S, sample.t_s)
        if not self._machine.is_under_way:
            now = self._window(sample.t_s - SETTLED_S, sample.t_s)
            self._side = self._asked_side or side_of(now, self._held)
        self._view = view_of(lately, self._held, self._side, sample, self._forced_view)
        self._views.add(self._view)

    def _lately(self, t_s: float) -> Poses | None:
        """Return the median of the last few poses, after every third of the last seconds if asked.

        ``None`` when nobody was seen.
        """
        recent = seen_since(self._samples, t_s - LIVE_WINDOW_S)
        if not recent:
            return None
        looks_back = self._held.looks_back
        before = seen_since(self._samples, t_s - VIEW_S)[:-1:3] if looks_back else []
        return levelled(Poses.from_samples([*before, median_pose(recent)]), self._view)

    def _is_kept(self, now: Poses) -> float:
        """Whether the posture is kept at the last pose: 1, 0, or NaN where that cannot be told."""
        told_from = self._held.told_from
        if told_from and self._view.kind not in told_from:
            return math.nan if self._view.kind == "unknown" else 0.0
        return float(self._held.kept(now, self._side)[-1])

    def _live_values(self, now: Poses) -> dict[str, float]:
        found = {}
        for metric in self.exercise.metrics:
            if metric.series is None or not seen_from(metric, self._view):
                continue
            value = float(corrected(metric, SmoothPoses(now, now), self._side)[-1])
            if math.isfinite(value) and metric.is_possible(value):
                found[metric.id] = value
        return found

    def _close(self, found: HeldTime) -> Rep | None:
        around = self._window(found.start_s - AROUND_S, found.end_s + AROUND_S)
        smooth = smoothed(levelled(around, self._view), self.settings)
        dated = dates_of(smooth.t_s, self._held.raised(smooth, self._side), found)
        during = smooth.between(dated.start_s, dated.end_s)
        reason = why_no_hold(self._held.kept(during, self._side), dated)
        if reason is not None:
            self.ignored.append(Ignored(found.start_s, reason))
            return None
        hold = measure_hold(
            during,
            dated,
            self.exercise,
            self.settings,
            index=len(self._holds) + 1,
            side=self._side,
            view=self._view,
        )
        self._holds.append(hold)
        return hold


def why_no_hold(kept: FloatArray, dated: HeldTime) -> str | None:
    """Say why a stretch of time is no hold; ``None`` when it is one.

    Parameters
    ----------
    kept
        What ``Held.kept`` gives over that time, shape (N,).
    dated
        From where the posture was taken to where it was left.
    """
    held_s = dated.end_s - dated.start_s
    if held_s < SHORTEST_S:
        return TOO_SHORT.format(held_s=held_s)
    known = kept[np.isfinite(kept)]
    return NOT_MOSTLY if len(known) and np.mean(known > 0.0) < MOSTLY else None


def side_of(window: Poses, held: Held) -> Side:
    """Which side is measured: the one nearer to the camera, or the lower one."""
    if held.lower is not None:
        lower_px = {one: float(np.nanmedian(window.joint(one, held.lower)[:, 1])) for one in SIDES}
        return "right" if lower_px["right"] > lower_px["left"] else "left"
    sure = {
        one: float(
            np.mean(
                [
                    window.confidence[:, keypoint(one, joint)].mean()
                    for joint in ("elbow", "wrist", "knee", "ankle")
                ]
            )
        )
        for one in SIDES
    }
    return "right" if sure["right"] > sure["left"] else "left"


def view_of(
    window: Poses, held: Held, side: Side, sample: PoseSample, forced: ViewKind | None
) -> View:
    """The view of a held body.

    The heading of a body that lies is not read from its pose in space, which is made for people
    who stand: how far apart the shoulders look tells whether its side is seen.
    """
    view = find_view(window, sample.frame_size_px, forced, None)
    if not held.lying:
        return view
    apart = float(np.nanmedian(shoulders_apart(window)))
    kind: ViewKind = "unknown" if math.isnan(apart) else "side" if apart < SIDE_ON else "front"
    kind = forced or kind
    return msgspec.structs.replace(
        view,
        kind=kind,
        yaw_deg=None,
        yaw_sem_deg=None,
        near_side=side if kind == "side" else None,
        warnings=(),
    )


def main_metric(exercise: Exercise) -> Metric:
    """Return the measurement that tells how well a posture is held: the first that is held."""
    return next(metric for metric in exercise.metrics if metric.taken == "held")


# --- one hold --------------------------------------------------------------------------------


def measure_hold(
    during: Poses,
    dated: HeldTime,
    exercise: Exercise,
    settings: Settings,
    *,
    index: int,
    side: Side,
    view: View,
) -> Hold:
    """Measure a hold.

    Parameters
    ----------
    during
        Smoothed poses of the hold.
    dated
        From where the posture was taken to where it was left.
    exercise
        What is held, with the limits it is judged by.
    index
        Number of the hold, from 1.
    side
        The side that is measured.
    """
    held = exercise.held
    if held is None:
        raise ValueError(f"{exercise.id} is not held")
    measurements: dict[str, Measurement] = {}
    series: dict[str, list[float | None]] = {"t_s": during.t_s.tolist()}
    values = {
        metric.id: corrected(metric, SmoothPoses(during, during), side)
        for metric in exercise.metrics
        if metric.series is not None
    }
    main = main_metric(exercise)
    for metric in exercise.metrics:
        # How long it was held well goes by the main measurement.
        by = main if metric.series is None else metric
        one = _measured(metric, by, values[by.id], during, dated, side, view, settings)
        measurements[metric.id] = one
        if metric.taken == "held" and one.value is not None:
            series[metric.id] = [or_none(value) for value in values[metric.id].tolist()]
    hold = Hold(
        index=index,
        stance_side=side if held.named else "both",
        start_s=dated.start_s,
        lowest_s=_worst_s(main, values[main.id], during.t_s, dated),
        end_s=dated.end_s,
        events={"hold_start_s": dated.start_s, "hold_end_s": dated.end_s},
        measurements=measurements,
        view=view,
        series=series,
    )
    return msgspec.structs.replace(hold, form=form_of(hold, exercise.metrics))


def _measured(
    metric: Metric,
    by: Metric,
    values: FloatArray,
    during: Poses,
    dated: HeldTime,
    side: Side,
    view: View,
    settings: Settings,
) -> Measurement:
    if metric.taken == "time":
        return _timed(dated.end_s - dated.start_s)
    reason = why_not_seen(by, side, during, view, settings, Hold.full_name)
    if reason is not None:
        return Measurement(not_measured=reason)
    if metric.taken == "time_well":
        return _timed(well_s(during.t_s, values, by))
    if not np.isfinite(values).any():
        return Measurement(not_measured=UNSEEN)
    if metric.taken == "drift":
        value, sem_set, sem_rep = drift(values), 0.0, metric.model_error
    elif metric.taken == "held_rms":
        value, sem_set, sem_rep = float(np.sqrt(np.nanmean(values**2))), metric.model_error, 0.0
    else:
        value = float(np.nanmean(values))
        sem_set, sem_rep = model_errors(metric, during.profile, during.leg_length_px)
    if not metric.is_possible(value):
        return Measurement(not_measured=IMPOSSIBLE)
    furthest = _furthest(values, metric)
    one = Measurement(
        value=value,
        at_bottom=value,
        largest=float(values[furthest]),
        sem=math.hypot(sem_set, sem_rep),
        sem_set=sem_set,
        sem_rep=sem_rep,
    )
    return judged(one, metric, float(during.t_s[furthest]))


def _timed(seconds: float) -> Measurement:
    sem = math.sqrt(2.0) * TIMING_SEM_S
    return Measurement(value=seconds, at_bottom=seconds, sem=sem, sem_set=0.0, sem_rep=sem)


def drift(values: FloatArray) -> float:
    """How much a quantity changed over the hold: mean of its last quarter minus that of its first.

    Parameters
    ----------
    values
        Shape (N,), N > 0; NaN where unknown.
    """
    quarter = max(1, round(QUARTER * len(values)))
    return float(np.nanmean(values[-quarter:]) - np.nanmean(values[:quarter]))


def well_s(t_s: FloatArray, values: FloatArray, metric: Metric) -> float:
    """Seconds in which the posture was in its good band; unknown moments count as the one before.

    Parameters
    ----------
    t_s, values
        Shape (N,).
    metric
        What is judged; without limits all of the time is good.
    """
    if metric.limits is None or len(t_s) < 2:
        return float(t_s[-1] - t_s[0]) if len(t_s) else 0.0
    limits, total_s, good = metric.limits, 0.0, False
    for value, lasts_s in zip(values[:-1], np.diff(t_s), strict=True):
        good = band_of(float(value), limits) == "good" if math.isfinite(value) else good
        total_s += float(lasts_s) if good else 0.0
    return total_s


def _furthest(values: FloatArray, metric: Metric) -> int:
    """Where the values are furthest outside, or closest to leaving, the good band."""
    limits = metric.limits
    middle = metric.neutral
    if limits is not None and limits.good_low is not None and limits.good_high is not None:
        middle = 0.5 * (limits.good_low + limits.good_high)
    return int(np.nanargmax(np.abs(values - middle)))


def _worst_s(main: Metric, values: FloatArray, t_s: FloatArray, dated: HeldTime) -> float:
    if not np.isfinite(values).any():
        return 0.5 * (dated.start_s + dated.end_s)
    return float(t_s[_furthest(values, main)])
