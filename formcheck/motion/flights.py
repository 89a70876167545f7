"""Find and measure flights of stairs: the way up or down, step by step, seen from the side.

A flight begins with the first of three steps in a row that lead up, or down, and is over when no
further one follows. The analyzer is causal: it examines the last seconds a few times a second, and
measures a flight once, when it is over.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from formcheck.data.arrays import FloatArray, or_none
from formcheck.data.exercise import Exercise, Metric
from formcheck.data.frame_result import FrameResult, Phase
from formcheck.data.keypoints import SIDES, PoseSample, Side, keypoint
from formcheck.data.poses import Poses
from formcheck.data.session import Flight, Measurement, Rep, StairsWay, Step, View, ViewKind
from formcheck.data.settings import Settings
from formcheck.motion.analyzer import VIEW_EVERY_S, Ignored
from formcheck.motion.camera_view import find_view, levelled, likely_roll_deg
from formcheck.motion.filters import quick_step_s
from formcheck.motion.footfalls import FOOT, LEAST_RATE_HZ, Footfall, footfalls
from formcheck.motion.holds import UNSEEN
from formcheck.motion.main_view import ViewsSeen, main_view
from formcheck.motion.measure import smoothed
from formcheck.motion.phases import CLIMBED
from formcheck.motion.recent_poses import forget_before, seen_since, within
from formcheck.motion.refusals import (
    IMPOSSIBLE,
    hidden_too_long,
    why_none_found,
    why_not_seen,
    why_wrong_view,
)
from formcheck.motion.verdicts import form_of, judged, seen_from

LEAST_STEPS = 3
"""So many steps in a row, all up or all down, are a flight; a step-up has one. Our choice."""

LEAST_RAISED = 0.1
"""A foot that is set down higher or lower by more, in leg lengths, has gone up or down: half of a
low step (15 cm). On level ground it reads up to 0.05 on rendered people. Our choice."""

LEAST_AHEAD = 0.12
"""A foot that is set down less far ahead of the other, in leg lengths, was only put beside it."""

PAUSE_S = 2.0
"""Who stands for longer on the stairs ends a flight, and begins another. Our choice."""

LONGEST_SWING_S = 1.0
"""Before the first step one stands or turns round: its swing began no longer ago. Our choice."""

HIPS_ASTRAY = 0.7
"""How far the hips may leave an even course, as a part of a step. In step-ups they go up and down
by a whole step; on rendered stairs by 0.34 at most, and by 0.55 where the camera followed. Our
choice."""

LATELY_S = 6.0
BEFORE_S = 1.5
"""What is examined while somebody moves, and before a flight when it is measured."""

LEAN_OVER_S = 1.0
"""Live, the lean is the mean of the last second: about two steps, with which it swings."""

STEP_SEM_S = 0.05
"""Standard error of the time at which a foot is set down, on rendered stairs (docs/accuracy.md)."""

CONTACT_SEM_S = 0.06
"""That of how long one foot stands, the same for all steps of a person; likewise."""

TOO_FEW = "only {steps} steps in a row went {way}; a flight has at least {least}"
ASTRAY = "the hips did not move with the feet, as in stepping up and down on one step"
STEP_UNCLEAR = "one of its steps was not clearly seen"
TOO_SLOW_A_FILM = "only {rate:.0f} frames a second: film with 30 or more"
NO_STEP = "no step of the {side} foot was seen from start to end"


@dataclass(frozen=True)
class Climb:
    """Footfalls in a row that lead up, or down.

    Attributes
    ----------
    way
        Up or down.
    falls
        All of them, with feet that were only put beside the other one.
    steps
        Those on a new tread.
    rise
        Height of a step, in leg lengths.
    """

    way: StairsWay
    falls: tuple[Footfall, ...]
    steps: tuple[Footfall, ...]
    rise: float

    @property
    def start_s(self) -> float:
        """When the first foot left the ground."""
        first = (self.steps or self.falls)[0]
        return max(first.off_s, first.down_s - LONGEST_SWING_S)

    @property
    def end_s(self) -> float:
        """When the last foot was set down."""
        return self.falls[-1].down_s


def climbs(falls: Sequence[Footfall]) -> tuple[Climb, ...]:
    """Group footfalls into ways up and ways down, however short."""
    found, row = [], list[Footfall]()
    for fall in falls:
        if row and (_way(fall) != _way(row[-1]) or fall.off_s - row[-1].down_s > PAUSE_S):
            found.append(_climb(row))
            row = []
        row.append(fall)
    found.append(_climb(row))
    return tuple(one for one in found if one is not None)


def _way(fall: Footfall) -> StairsWay | None:
    if abs(fall.raised) < LEAST_RAISED:
        return None
    return "up" if fall.raised > 0 else "down"


def _climb(row: Sequence[Footfall]) -> Climb | None:
    """The climb that a row of footfalls of one way is; ``None`` on level ground."""
    way = _way(row[0]) if row else None
    if way is None:
        return None
    sign, before = 1.0 if way == "up" else -1.0, row[0]
    higher = sign * _higher(row)
    ahead = np.array([fall.ahead > LEAST_AHEAD for fall in row])
    rise = float(np.median(higher[ahead])) if ahead.any() else 0.0
    steps: list[Footfall] = []
    for fall, above in zip(row, higher.tolist(), strict=True):
        # How far a foot was raised and how high it then stands above the other one are added: the
        # sum is larger by two steps on a new tread than level with the other foot. From one tread
        # behind the other foot it is 2 + 1 steps on a new tread and 1 + 0 level with that foot;
        # from the same tread 1 + 1 and 0 + 0. The border is halfway between. (On the way down the
        # same holds downward.)
        from_behind = bool(steps) and steps[-1] is before
        border = 2.0 * rise if from_behind else rise
        if fall.ahead > LEAST_AHEAD and sign * fall.raised + above > border:
            steps.append(fall)
        before = fall
    return Climb(way, tuple(row), tuple(steps), rise)


def _higher(row: Sequence[Footfall]) -> FloatArray:
    """How much higher each foot of a climb was set down than the other one, in leg lengths, (N,).

    A camera that looks down on the stairs sees the foot that is further away higher in the image,
    by as much in every step. On stairs one foot is higher in proportion to how far it is ahead. The
    offset that remains when neither foot is ahead comes from the camera and is subtracted.
    """
    signs = np.array([1.0 if fall.side == "left" else -1.0 for fall in row])
    ahead = signs * np.array([fall.ahead for fall in row])
    higher = signs * np.array([fall.higher for fall in row])
    pairs = [
        (higher[i] - higher[j]) / (ahead[i] - ahead[j])
        for i, j in itertools.combinations(range(len(row)), 2)
        if abs(ahead[i] - ahead[j]) > LEAST_AHEAD
    ]
    slope = float(np.median(pairs)) if pairs else 0.0
    return np.asarray(signs * (higher - float(np.median(higher - slope * ahead))))


def may_miss_a_step(climb: Climb) -> bool:
    """Whether a step between the first and the last one may have been missed.

    It may where a foot went ahead of the other one and yet seems to be on no new tread, and where
    one foot moved twice in a row: the other one must have moved in between. Then the count, the
    cadence and the step times would be wrong.
    """
    first, last = (climb.falls.index(one) for one in (climb.steps[0], climb.steps[-1]))
    between = climb.falls[first : last + 1]
    ahead = any(fall.ahead > LEAST_AHEAD and fall not in climb.steps for fall in between)
    return ahead or any(one.side == after.side for one, after in itertools.pairwise(between))


class FlightAnalyzer:
    """Finds, measures and judges the flights of stairs of one session.

    Parameters
    ----------
    exercise
        What is climbed.
    settings
        Thresholds; defaults when left out.
    side
        Ignored, because both legs climb.
    view
        The view, when the user declared it.
    """

    def __init__(
        self,
        exercise: Exercise,
        settings: Settings | None = None,
        *,
        side: Side | None = None,  # noqa: ARG002
        view: ViewKind | None = None,
    ) -> None:
        if not exercise.climbed:
            raise ValueError(f"{exercise.id} is not climbed")
        self.settings = settings or Settings()
        self.exercise = exercise.with_settings(self.settings)
        self._forced_view = view
        self._samples: deque[PoseSample] = deque()
        self._flights: list[Rep] = []
        self._view = View()
        self._views = ViewsSeen()
        self._examined_s = -math.inf
        self._done_s = -math.inf
        self._way: StairsWay | None = None
        self._began_s = math.inf
        self._steps_s: list[float] = []
        self.ignored: list[Ignored] = []
        self.frames_with_person = 0
        self.looks = 0

    @property
    def reps(self) -> tuple[Rep, ...]:
        """The flights that are over."""
        return tuple(self._flights)

    @property
    def view(self) -> View:
        """The view of most flights, or as seen lately when there is none yet."""
        return main_view(self._flights) if self._flights else self._view

    def update(self, sample: PoseSample, *, dropped: int = 0) -> FrameResult:  # noqa: ARG002
        """Take one pose; times must increase."""
        self.looks += 1
        self.frames_with_person += sample.seen
        self._samples.append(sample)
        closed = None
        if sample.t_s - self._examined_s >= VIEW_EVERY_S:
            self._examined_s = sample.t_s
            closed = self._examine(sample.t_s)
        climbing = self._way is not None
        live = self._live_values(sample.t_s) if climbing else {}
        return FrameResult(
            sample=sample,
            phase=self._phase,
            reps_done=len(self._flights),
            stance_side="both",
            depth=None,
            live=live,
            live_judged=self.exercise.judged(live),
            is_rep_sized=climbing,
            in_place=True,
            descent_elapsed_s=None,
            descent_s=None,
            closed=closed,
            last_rep=self._flights[-1] if self._flights else None,
            view=self._view,
            steps=len(self._steps_s) if climbing else None,
        )

    def finish(self) -> tuple[Rep, ...]:
        """Close what is climbed at the end of the source; give all flights."""
        if self._samples:
            self._examine(self._samples[-1].t_s)
        if self._way is not None:
            self._close()
        reason = None if self._flights else why_none_found(self.exercise, self._views.usual)
        if reason is not None:
            self.ignored.append(Ignored(None, reason))
        return self.reps

    @property
    def _phase(self) -> Phase:
        return Phase.REST if self._way is None else CLIMBED[self._way]

    def _examine(self, t_s: float) -> Rep | None:
        """Find out what the feet did lately; measure a flight that is over."""
        self._forget(t_s)
        lately = self._window(t_s - LATELY_S, t_s)
        self._view = self._view_of(lately.between(t_s - BEFORE_S, t_s))
        self._views.add(self._view)
        now = self._climbed_now(lately, t_s)
        closed = None
        if self._way is not None and (now is None or now.way != self._way):
            closed = self._close()
        if now is not None and len(now.steps) >= LEAST_STEPS:
            self._follow(now)
        return closed

    def _view_of(self, window: Poses) -> View:
        return find_view(window, self._samples[-1].frame_size_px, self._forced_view)

    def _climbed_now(self, lately: Poses, t_s: float) -> Climb | None:
        """The climb under way; ``None`` when its last footfall is too long ago."""
        # A single footfall that seems to lead the other way does not end a flight; two in a row do.
        found = [
            one
            for one in climbs(footfalls(levelled(lately, self._view)))
            if one.end_s > self._done_s and len(one.falls) >= LEAST_STEPS - 1
        ]
        return found[-1] if found and t_s - found[-1].end_s < PAUSE_S else None

    def _follow(self, now: Climb) -> None:
        if self._way is None:
            self._way, self._began_s, self._steps_s = now.way, now.start_s, []
        last_s = self._steps_s[-1] if self._steps_s else -math.inf
        # A step that was counted may be dated a little later with what is seen of it since.
        self._steps_s += [step.down_s for step in now.steps if step.down_s > last_s + VIEW_EVERY_S]

    def _forget(self, t_s: float) -> None:
        keep_from = min(t_s - LATELY_S, self._began_s - BEFORE_S) - VIEW_EVERY_S
        forget_before(self._samples, keep_from)

    def _window(self, start_s: float, end_s: float) -> Poses:
        return within(self._samples, start_s, end_s)

    def _live_values(self, t_s: float) -> dict[str, float]:
        lately = levelled(
            Poses.from_samples(seen_since(self._samples, t_s - LEAN_OVER_S)), self._view
        )
        found = {}
        for metric in self.exercise.metrics:
            if metric.series is None or metric.way != self._way or not len(lately):
                continue
            values = metric.series(lately, self._view.near_side or "left")
            if seen_from(metric, self._view) and np.isfinite(values).any():
                found[metric.id] = float(np.nanmean(values))
        return found

    def _close(self) -> Rep | None:
        """Measure the flight under way, which is over; ``None`` when it is none after all."""
        way, began_s = self._way, self._began_s
        self._way, self._began_s = None, math.inf
        if way is None:
            return None
        window = self._window(began_s - BEFORE_S, math.inf)
        level = levelled(window, self._view_of(window))
        found = [
            one
            for one in climbs(footfalls(level))
            if one.way == way and one.end_s > max(self._done_s, began_s)
        ]
        climb = max(found, key=lambda one: len(one.steps), default=None)
        self._done_s = self._samples[-1].t_s if climb is None else climb.end_s
        # Without the person who turns round before and after.
        view = self._view_of(
            window if climb is None else window.between(climb.start_s, climb.end_s)
        )
        if climb is None:
            no_steps = TOO_FEW.format(steps=0, way=way, least=LEAST_STEPS)
            self.ignored.append(Ignored(began_s, no_steps))
            return None
        reason = self._why_not(climb, level, view)
        if reason is not None:
            self.ignored.append(Ignored(began_s, reason))
            return None
        flight = measure_flight(
            level, climb, self.exercise, self.settings, index=len(self._flights) + 1, view=view
        )
        self._flights.append(flight)
        return flight

    def _why_not(self, climb: Climb, window: Poses, view: View) -> str | None:
        """Why a climb is no flight of stairs that can be measured; ``None`` when it is one."""
        wrong_view = why_wrong_view(self.exercise.views, view)
        if wrong_view is not None:
            return wrong_view
        steps = len(climb.steps)
        if steps < LEAST_STEPS:
            return TOO_FEW.format(steps=steps, way=climb.way, least=LEAST_STEPS)
        if hips_astray(window, climb) > HIPS_ASTRAY:
            return ASTRAY
        if may_miss_a_step(climb):
            return STEP_UNCLEAR
        during = window.between(climb.start_s, climb.end_s)
        hidden = (self._why_foot_hidden(during, side) for side in SIDES)
        return next((one for one in hidden if one is not None), None)

    def _why_foot_hidden(self, during: Poses, side: Side) -> str | None:
        """Why the steps of a foot cannot be told; a foot is the mean of its points."""
        which = [keypoint(side, joint) for joint in FOOT]
        seen = during.confidence[:, which].mean(axis=1) >= self.settings.min_confidence
        share = 1.0 - float(seen.mean())
        return hidden_too_long(f"the {side} foot", share, self.settings, Flight.full_name)


def hips_astray(window: Poses, climb: Climb) -> float:
    """How far the hips leave an even course over a climb, as a part of the height of a step.

    On stairs they rise, or sink, by a step with each step, or stay about where they are in the
    image of a camera that follows. In steps up and back on one step they go up and down by it.
    """
    during = window.between(climb.steps[0].down_s, climb.steps[-1].down_s)
    hips_px = during.middle("hip")[:, 1]
    known = np.isfinite(hips_px)
    if known.sum() < LEAST_STEPS or not climb.rise > 0:
        return math.inf
    t_s, y = during.t_s[known], hips_px[known] / window.leg_length_px
    astray = y - np.polyval(np.polyfit(t_s, y, 1), t_s)
    return float(np.percentile(astray, 95) - np.percentile(astray, 5)) / climb.rise


# --- one flight ------------------------------------------------------------------------------


def measure_flight(
    window: Poses,
    climb: Climb,
    exercise: Exercise,
    settings: Settings,
    *,
    index: int,
    view: View,
) -> Flight:
    """Measure a flight of stairs, from the unfiltered poses around it.

    Parameters
    ----------
    window
        Poses from before the flight to after it, as a level camera would see them.
    climb
        Its footfalls.
    exercise
        What is climbed, with the limits it is judged by.
    index
        Number of the flight, from 1.
    view
        How it was seen.
    """
    during = smoothed(window, settings).between(climb.start_s, climb.end_s)
    own = [metric for metric in exercise.metrics if metric.way in ("", climb.way)]
    near = view.near_side or "left"
    measurements: dict[str, Measurement] = {}
    series: dict[str, list[float | None]] = {"t_s": during.t_s.tolist()}
    worst_s = climb.steps[len(climb.steps) // 2].down_s
    for metric in own:
        if metric.series is None:
            measurements[metric.id] = _stepped(metric, climb, during)
        else:
            values = metric.series(during, near)
            reason = why_not_seen(metric, near, during, view, settings, Flight.full_name)
            measurements[metric.id] = (
                _mean(metric, values, during.t_s, view)
                if reason is None
                else Measurement(not_measured=reason)
            )
            if measurements[metric.id].value is not None:
                series[metric.id] = [or_none(value) for value in values.tolist()]
                worst_s = float(during.t_s[int(np.nanargmax(np.abs(values)))])
    flight = Flight(
        index=index,
        stance_side="both",
        way=climb.way,
        steps=tuple(Step(side=one.side, t_s=one.down_s) for one in climb.steps),
        start_s=climb.start_s,
        lowest_s=worst_s,
        end_s=climb.end_s,
        events={"flight_start_s": climb.start_s, "flight_end_s": climb.end_s},
        measurements=measurements,
        view=view,
        series=series,
    )
    return msgspec.structs.replace(flight, form=form_of(flight, own))


def _mean(metric: Metric, values: FloatArray, t_s: FloatArray, view: View) -> Measurement:
    """The mean of an angle over the flight; the camera's tilt adds its error."""
    if not np.isfinite(values).any():
        return Measurement(not_measured=UNSEEN)
    value = float(np.nanmean(values))
    if not metric.is_possible(value):
        return Measurement(not_measured=IMPOSSIBLE)
    furthest = int(np.nanargmax(np.abs(values - metric.neutral)))
    sem = math.hypot(metric.model_error, likely_roll_deg(view)[1])
    one = Measurement(
        value=value,
        at_bottom=value,
        largest=float(values[furthest]),
        sem=sem,
        sem_set=sem,
        sem_rep=0.0,
    )
    return judged(one, metric, float(t_s[furthest]))


def _stepped(metric: Metric, climb: Climb, during: Poses) -> Measurement:
    """What is counted or timed from the footfalls."""
    own = [step for step in climb.steps if metric.side in (None, step.side)]
    if metric.taken == "steps":
        return Measurement(value=float(len(own)), at_bottom=float(len(own)))
    if metric.taken == "cadence":
        lasted_s = climb.steps[-1].down_s - climb.steps[0].down_s
        a_minute = 60.0 * (len(climb.steps) - 1) / lasted_s
        return _measured(a_minute, a_minute * math.sqrt(2.0) * STEP_SEM_S / lasted_s)
    if metric.taken == "contact":
        rate_hz = 1.0 / quick_step_s(during.t_s)
        if rate_hz < LEAST_RATE_HZ:
            return Measurement(not_measured=TOO_SLOW_A_FILM.format(rate=rate_hz))
        # Not the last one of each foot: it stands at the end of the stairs, or walks on from there.
        times_s = [one.contact_s for one in climb.falls[:-2] if one.side == metric.side]
    else:
        times_s = [
            after.down_s - before.down_s
            for before, after in itertools.pairwise(climb.falls)
            if after in own and before.side != after.side
        ]
    times_s = [one for one in times_s if math.isfinite(one)]
    if not times_s:
        return Measurement(not_measured=NO_STEP.format(side=metric.side))
    sem = math.sqrt(2.0) * STEP_SEM_S / math.sqrt(len(times_s))
    if metric.taken == "contact":
        sem = math.hypot(sem, CONTACT_SEM_S)
    return _measured(float(np.mean(times_s)), sem)


def _measured(value: float, sem: float) -> Measurement:
    """A measurement whose error is that of this flight alone, with no part common to its set."""
    return Measurement(value=value, at_bottom=value, sem=sem, sem_set=0.0, sem_rep=sem)
