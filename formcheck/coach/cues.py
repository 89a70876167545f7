"""Chooses the cue for each frame of a live session.

A cue is a short correction, as in ``Knee out``, that is shown and spoken during a repetition, or
just after it. :class:`Coach` gets the provisional values of each frame, and returns at most one
cue: the most important one that has not been given yet. A corrected fault is praised.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from formcheck.data.exercise import Exercise, Metric
from formcheck.data.frame_result import FrameResult, Phase
from formcheck.data.pose_profile import PoseProfile
from formcheck.data.session import DESCENT, Course, Cue, Rep
from formcheck.motion.phases import resting_phase
from formcheck.motion.verdicts import band_of, cue_for, deserves_praise, probabilities

PERSISTS_S = 0.05
"""A fault gets a cue only if it lasts for this time and two frames, because single frames are
noisy. The time is short: live values are already medians, and the cue must come before the lowest
point. Our choice."""

CUE_FROM = 0.84
"""A live value gets a cue if it is not good with at least this probability. Our choice: one
standard error beyond the limit."""

SHOWN_S = 2.5
"""How long a cue is shown. Our choice."""
QUIET_S = 2.0
"""Shortest time between two cues. Our choice."""
LEAST_S = 0.8
"""Shortest time between a cue and a more important one. Our choice."""

HELD_WRONG_S = 1.0
"""A held posture gets a cue if it is not good for this time. The clock of the hold does not run
meanwhile, so there is time to wait for a breath. Our choice."""
CUED_AGAIN_S = 6.0
"""In a hold, the same cue is given again after this time. Our choice."""

PRAISE = "Good, keep it up"

WATCHED: dict[Course, tuple[Phase, ...]] = {
    "down_up": (Phase.DESCENT, Phase.BOTTOM),
    "up_down": (Phase.ASCENT, Phase.DESCENT),
    "held": (Phase.HELD,),
    "climbed": (Phase.DESCENT, Phase.ASCENT),
}
"""Phases with cues for form, by the course of the movement: the leg is loaded, and there is time to
correct it."""


class Coach:
    """Turns the live values of the frames into cues; one object for each session.

    Parameters
    ----------
    exercise
        The exercise, with the limits that are used for judging.
    """

    def __init__(self, exercise: Exercise) -> None:
        self._judged = [metric for metric in exercise.metrics if metric.limits is not None]
        self._priority = {metric.id: metric.priority for metric in self._judged}
        self._resting_phase = resting_phase(exercise.course)
        self._since_s: dict[str, float] = {}
        self._current: Cue | None = None
        self._current_is_final = False
        self._given_s: dict[str, float] = {}
        self._watched = WATCHED[exercise.course]
        self._is_held = exercise.held is not None
        self._watching = False
        self._wrong_before: frozenset[str] = frozenset()

    def update(self, result: FrameResult) -> Cue | None:
        """Update with the results of one frame; return the cue to show at this frame, if any."""
        t_s, closed = result.t_s, result.closed
        resting = result.phase is self._resting_phase
        if self._current is not None:
            over = t_s - self._current.decided_t_s > SHOWN_S
            if over or (resting and not self._current_is_final):
                self._current = None
        self._allow_cues_again(result.phase)
        candidates = [
            *self._live_cues(result),
            *self._tempo_cues(result),
            *self._cues_at_the_end(t_s, closed),
        ]
        candidates.sort(key=lambda cue: self._priority[cue.measure])
        for cue in (*candidates, *self._praise(t_s, closed)):
            if self._may_give(cue):
                self._current, self._current_is_final = cue, closed is not None
                self._given_s[cue.measure] = t_s
                break
        return self._current

    def _allow_cues_again(self, phase: Phase) -> None:
        """Allow all cues again when a repetition or a hold begins."""
        if phase is self._watched[0] and not self._watching:
            self._given_s.clear()
        at_top = phase is Phase.STANDING and phase is not self._resting_phase
        self._watching = phase in self._watched or at_top

    def _live_cues(self, result: FrameResult) -> Iterator[Cue]:
        # No cues while the person walks around, or moves less than in a repetition.
        repeats = result.in_place and result.is_rep_sized
        values: Mapping[str, float] = result.live_judged if repeats else {}
        watched = result.phase in self._watched
        for metric in self._judged:
            value = values.get(metric.id)
            wrong = value is not None and self._is_wrong(metric, value, result.sample.profile)
            if value is None or not watched or not wrong:
                self._since_s.pop(metric.id, None)
                continue
            since_s = self._since_s.setdefault(metric.id, result.t_s)
            if result.t_s - since_s >= (HELD_WRONG_S if self._is_held else PERSISTS_S):
                yield _cue(metric, value, since_s, result.t_s)

    def _is_wrong(self, metric: Metric, value: float, profile: PoseProfile) -> bool:
        """Whether a value needs a cue: it is clearly wrong or, in a hold, not good any more."""
        if self._is_held and metric.limits is not None:
            return band_of(value, metric.limits) != "good"
        return _is_clearly_wrong(metric, value, profile)

    def _tempo_cues(self, result: FrameResult) -> Iterator[Cue]:
        for metric in self._judged:
            if metric.id != DESCENT or metric.limits is None or result.descent_s is None:
                continue
            if band_of(result.descent_s, metric.limits) == "fault":
                yield _cue(metric, result.descent_s, result.t_s, result.t_s)

    def _cues_at_the_end(self, t_s: float, closed: Rep | None) -> Iterator[Cue]:
        """Yield the cue for the form of a repetition that ends at its lowest point (step-up).

        It uses the final measurements, because there is no time for a cue during the movement.
        """
        if closed is None or self._resting_phase is not Phase.BOTTOM:
            return
        form = closed.form
        if form.cue and form.decided_by and 1.0 - (form.p_good or 0.0) >= CUE_FROM:
            at_s = closed.end_s if form.at_s is None else form.at_s
            yield Cue(measure=form.decided_by, text=form.cue, t_s=at_s, decided_t_s=t_s)

    def _praise(self, t_s: float, closed: Rep | None) -> Iterator[Cue]:
        """Yield praise if a fault of the last repetition was corrected, and this one is good."""
        if closed is None:
            return
        wrong = frozenset(
            measure_id
            for measure_id, one in closed.measurements.items()
            if one.grade not in (None, "good")
        )
        fixed = sorted(self._wrong_before - wrong, key=lambda one: self._priority[one])
        self._wrong_before = wrong
        if fixed and deserves_praise(closed):
            yield Cue(measure=fixed[0], text=PRAISE, t_s=t_s, decided_t_s=t_s, praise=True)

    def _may_give(self, cue: Cue) -> bool:
        since_s = cue.decided_t_s - self._given_s.get(cue.measure, -math.inf)
        again_s = CUED_AGAIN_S if self._is_held else math.inf
        if not cue.praise and since_s < again_s:
            return False
        current = self._current
        if current is None:
            return True
        waited_s = cue.decided_t_s - current.decided_t_s
        more_important = self._priority[cue.measure] < self._priority[current.measure]
        return waited_s >= (LEAST_S if more_important else QUIET_S)


def _is_clearly_wrong(metric: Metric, value: float, profile: PoseProfile) -> bool:
    if metric.limits is None:
        return False
    # The value is provisional, so the extra error of a small picture is left out (infinite leg).
    quantity = metric.corrected_as
    of_set = profile.errors.of_value(
        profile.sem_set(quantity, metric.model_error), metric.unit, leg_px=math.inf
    )
    error = math.hypot(of_set, profile.sem_rep(quantity))
    p_good = probabilities(value, error, metric.limits)["good"]
    return 1.0 - p_good >= CUE_FROM


def _cue(metric: Metric, value: float, t_s: float, decided_t_s: float) -> Cue:
    text = cue_for(value, "fault", metric)
    return Cue(measure=metric.id, text=text, t_s=t_s, decided_t_s=decided_t_s)
