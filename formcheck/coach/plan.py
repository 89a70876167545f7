"""Guides a live session through its legs, sets and rests, and decides when it is over.

:class:`SessionPlan` gets the results of each frame and returns a :class:`PlanState`: the present
stage, the leg, the set, and what to tell the person. The screen and the sounds use it.

The plan does not decide which repetitions count. The analyzer counts at every stage, so a set gives
the same repetitions live as from a film, and the plan follows: a repetition during the set-up
starts the set, one with the other leg during the change of legs starts the set of that leg, and one
later in a rest starts the next set. A repetition with the wrong leg counts for the leg that did it,
and the person gets a message. The session ends with "Done" when the person is at rest; after it,
nothing is counted.

If a posture is held, a set is one hold on each side. A hold with a target time may be interrupted:
it is complete when its parts in good posture together reach the target, or when the person stays
out of the posture.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from formcheck.coach.hold_clock import LET_GO_S, TIME_IS_UP, HoldClock
from formcheck.coach.setup import READY_S, SetupState
from formcheck.data.exercise import Exercise
from formcheck.data.frame_result import FrameResult
from formcheck.data.keypoints import SIDES, PoseSample, Side, other
from formcheck.data.session import Grade, Rep, Stance
from formcheck.motion.holds import SHORTEST_S
from formcheck.motion.phases import resting_phase

Stage = Literal["setup", "ready", "set", "change_legs", "rest", "complete", "done"]
EventKind = Literal[
    "ready",
    "rep_counted",
    "wrong_leg",
    "change_legs",
    "set_done",
    "rest_over",
    "done",
    "get_ready",
    "to_go",
    "time_up",
]

LINGER_S = 4.0
"""After the last planned repetition, the session ends only when the person has been at rest for
this long. Until then, another repetition still counts."""

WRONG_LEG_S = 6.0
"""How long the message about the wrong leg is shown: time to stand up and read it. formcheck's
own."""

LEG_IN_WORK = 2
"""After so many repetitions in a row with one leg, a repetition with the other one is taken for a
mistake. So people who change legs at every repetition get no message. Our choice."""

EXTRA_WITHIN_S = 5.0
"""A repetition that starts within this time after the last one of a set belongs to the set; a later
one starts the next set."""

SETTLED_S = 1.0
"""After this time at rest, no repetition is in progress, and messages on the set-up may appear
again. Shorter rests do not count, because the detected phase can flicker. Our choice."""

GAP_S = 1.0
"""If two frames are further apart, the camera or the network was interrupted or the session was
paused. The clocks of the plan do not count this time. Our choice."""

GET_READY = (3, 2, 1)
"""The last seconds before a hold, which are counted aloud. Our choice."""
GET_READY_S = 5.0
"""Time from a correct set-up to the start of the first hold, to take the posture. formcheck's
own."""

WALKED_UP_SIZE = 1.5
WALKED_UP_S = 1.0
WALKED_UP_IN_BREAK_S = 3.0
"""The person has come to the camera if, for this time, the trunk is so many times longer in the
frame than during the set, and the body does not fit into the frame. In a break, when people walk
around, it takes longer."""


@dataclass(frozen=True)
class Plan:
    """The planned session.

    Attributes
    ----------
    reps
        Repetitions in a set, for each leg; ignored for holds.
    sets
        How many sets.
    rest_s
        Rest between two sets, and between the legs.
    quiet_s
        The session ends after this time without a repetition, or with nobody in view. Before the
        first repetition, only the time in which the person stands still counts. Infinite: never.
    side
        The leg to train; ``None``: first one leg and then the other. Ignored for exercises with
        both legs.
    target_hold_s
        Seconds of a hold in good posture; ``None``: as long as the person likes.
    """

    reps: int = 8
    sets: int = 1
    rest_s: float = 30.0
    quiet_s: float = 60.0
    side: Side | None = None
    target_hold_s: float | None = None


@dataclass(frozen=True)
class PlanEvent:
    """Something that happened at a frame.

    Attributes
    ----------
    kind
        What happened.
    side
        For ``rep_counted`` the leg of the repetition, for ``wrong_leg`` the leg to change to, and
        otherwise the next leg.
    grade, too_fast
        For ``rep_counted``: the grade of its form, and whether its tempo was not good.
    said
        For the count of seconds: the words to speak.
    """

    kind: EventKind
    side: Stance | None = None
    grade: Grade | None = None
    too_fast: bool = False
    said: str = ""


@dataclass(frozen=True)
class PlanState:
    """The state of the plan at one frame.

    Attributes
    ----------
    stage
        The present stage.
    set_index
        Number of the present set, from 1.
    side
        The leg expected now; ``both`` for exercises with both legs; ``None`` if the person may
        start with either.
    reps_in_set, reps_target
        Repetitions of that leg in this set, done and planned.
    last_number
        Number of the last repetition among those of its leg in its set; ``None`` before the first.
    sets
        Planned sets.
    rest_left_s
        Remaining rest; ``None`` outside a rest.
    headline, detail
        What to do now, in a few words, and the details or what comes next; empty during a set.
    events
        Events at this frame.
    moving
        Whether a repetition is in progress or has just ended.
    ended_because
        The reason why the session is over, in words; ``None`` until then. The stage is then
        ``done``. In the stage ``complete``, shortly before, another repetition still counts.
    wrong_leg
        Message for a person who used the wrong leg; otherwise empty.
    held_s, target_hold_s
        Seconds of the present hold in good posture, and the planned seconds; ``None`` if nothing is
        held, or if no time is planned.
    begins_in_s
        Seconds until a hold begins; ``None`` if it may begin at any time.
    """

    stage: Stage
    set_index: int
    side: Stance | None
    reps_in_set: int
    reps_target: int
    sets: int
    rest_left_s: float | None
    headline: str
    events: tuple[PlanEvent, ...] = ()
    ended_because: str | None = None
    last_number: int | None = None
    moving: bool = False
    wrong_leg: str = ""
    detail: str = ""
    held_s: float | None = None
    target_hold_s: float | None = None
    begins_in_s: float | None = None

    @property
    def message(self) -> str:
        """Headline and detail as one text; a detail that begins with a capital is a sentence."""
        if not self.detail:
            return self.headline
        return f"{self.headline}{'. ' if self.detail[0].isupper() else ': '}{self.detail}"


class SessionPlan:
    """The state machine of the plan; one object for each session.

    Parameters
    ----------
    plan
        The planned session.
    exercise
        The exercise.
    """

    def __init__(self, plan: Plan, exercise: Exercise) -> None:
        self._plan = plan
        self._legs = exercise.stance != "both"
        self._limb = exercise.info().side_title.lower()
        self._effort = exercise.info().effort
        # The clock of a hold; None for an exercise with repetitions.
        self._clock = HoldClock(plan.target_hold_s) if exercise.held is not None else None
        self._target = plan.reps if self._clock is None else 1
        # A hold that was left before its target; it is counted if the person does not return.
        self._interrupted_hold: Rep | None = None
        self._interrupted_since_s = math.nan
        self._side_was_told = False
        self._counted_down = math.inf
        self._resting_phase = resting_phase(exercise.course)
        self._stage: Stage = "setup"
        self._set_index = 1
        # Repetitions of each leg in the present set.
        self._counts: Counter[Stance] = Counter()
        self._side: Stance | None = plan.side if self._legs else "both"
        self._first_side: Stance | None = self._side
        self._last_side: Stance | None = self._side
        # The set of each repetition, by its index.
        self._set_of: dict[int, int] = {}
        self._last_number: int | None = None
        self._rest_until_s = math.nan
        # Times: start of the stage, last repetition, last movement, person last seen.
        self._stage_s = -math.inf
        self._active_s = math.nan
        self._moved_s = -math.inf
        self._seen_s: float | None = None
        self._size_px = math.nan
        self._near_since_s: float | None = None
        self._after_break = False
        self._ended: str | None = None
        # Repetitions in a row with one leg; the leg the person was asked to use, and since when.
        self._in_a_row = 0
        self._requested_leg: Stance | None = None
        self._requested_s = -math.inf
        self._wrong_leg = ""
        self._wrong_leg_s = -math.inf
        # How long the person has stood still before the first repetition; see _waited_s.
        self._still_s = 0.0
        self._last_s = self._stepped_s = math.nan
        self._needs: tuple[str, ...] = ()

    def set_of(self, rep_index: int) -> int:
        """Return the number of a repetition's set; for one not counted yet, the present set."""
        return self._set_of.get(rep_index, self._set_index)

    def update(self, result: FrameResult, setup: SetupState) -> PlanState:
        """Update the plan with the results of one frame, and return its state."""
        events: list[PlanEvent] = []
        self._leave_out_gap(result.t_s)
        if result.phase is not self._resting_phase:
            self._moved_s = result.t_s
        if result.closed is not None and self._ended is None:
            events += self._close_rep(result.closed, result.t_s)
            self._remember_size(result.sample)
        if self._clock is not None:
            events += self._update_hold_clock(self._clock, result)
        events += self._follow_set_up(result, setup)
        events += self._end_break(result.t_s)
        if self._ended is None:
            self._ended = self._reason_to_end(result, setup)
            if self._ended is not None and self._stage != "done":
                self._enter("done", result.t_s)
                events.append(PlanEvent("done"))
        return self._state(result.t_s, setup, tuple(events))

    def _leave_out_gap(self, t_s: float) -> None:
        """Stop the clocks of the plan for a time without frames: move all their times forward."""
        gap_s = t_s - self._last_s
        self._last_s = t_s
        if not gap_s > GAP_S:  # NaN at the first frame
            return
        self._rest_until_s += gap_s
        self._stage_s += gap_s
        self._active_s += gap_s
        self._moved_s += gap_s
        self._wrong_leg_s += gap_s
        self._interrupted_since_s += gap_s
        self._stepped_s += gap_s
        if self._seen_s is not None:
            self._seen_s += gap_s
        if self._near_since_s is not None:
            self._near_since_s += gap_s

    def _close_rep(self, rep: Rep, t_s: float) -> list[PlanEvent]:
        """Count a finished repetition; a hold that has not reached its target may continue."""
        clock = self._clock
        if clock is None or clock.target_s is None or clock.is_up:
            return self._count(rep, t_s)
        if self._is_wrong_side(rep.stance_side):
            return self._count(rep, t_s)
        self._interrupted_hold, self._interrupted_since_s = rep, t_s
        self._set_of[rep.index] = self._set_index
        return []

    def _update_hold_clock(self, clock: HoldClock, result: FrameResult) -> list[PlanEvent]:
        """Count down the seconds of a hold, and end a hold that the person does not continue."""
        if result.held_s is None:
            self._side_was_told = False
        else:
            self._continue_hold(result.held_s, result.t_s)
            if self._is_wrong_side(result.stance_side):  # the clock counts only the expected side
                return self._wrong_side_events(result.stance_side, result.held_s, result.t_s)
        in_set = self._stage in ("set", "complete")
        said = clock.update(result.well_s) if in_set else ""
        if said and self._stage == "set":
            return [PlanEvent("time_up" if said == TIME_IS_UP else "to_go", said=said)]
        if (
            self._interrupted_hold is not None
            and result.t_s - self._interrupted_since_s >= LET_GO_S
        ):
            return self._count(self._interrupted_hold, result.t_s)
        return []

    def _is_wrong_side(self, side: Stance | None) -> bool:
        """Whether a hold is on another side than the expected one."""
        expected = self._plan.side or self._requested_leg
        return self._legs and expected is not None and side in SIDES and side != expected

    def _wrong_side_events(self, side: Stance | None, held_s: float, t_s: float) -> list[PlanEvent]:
        """Return the event and set the message for a hold on the wrong side, once for each hold.

        Not before the hold is long enough to be one, so that the side is certain.
        """
        if self._side_was_told or held_s < SHORTEST_S:
            return []
        expected = self._plan.side or self._requested_leg
        self._side_was_told = True
        self._wrong_leg = f"This is your {side} {self._limb}: change to the {expected}"
        self._wrong_leg_s = t_s
        return [PlanEvent("wrong_leg", side=expected)]

    def _continue_hold(self, held_s: float, t_s: float) -> None:
        """Start or continue a hold; a hold during the set-up or a rest starts the next set."""
        self._interrupted_hold, self._active_s = None, t_s
        waits = self._stage in ("setup", "ready")
        early = self._stage in ("change_legs", "rest") and held_s >= SHORTEST_S
        if self._stage == "rest" and early:
            self._next_set()
        if waits or early:
            self._enter("set", t_s)

    def _remember_size(self, sample: PoseSample) -> None:
        """Keep the length of the trunk in the frame, to notice a person who comes to the camera."""
        size_px = sample.trunk_px
        if math.isfinite(size_px):
            self._size_px = size_px

    def _enter(self, stage: Stage, t_s: float) -> None:
        """Change to a stage, and start its clock."""
        self._stage, self._stage_s, self._counted_down = stage, t_s, math.inf

    def _count(self, rep: Rep, t_s: float) -> list[PlanEvent]:
        """Count a repetition for its leg and set, and return the events that follow."""
        side: Stance = rep.stance_side if self._legs else "both"
        in_break = self._stage in ("change_legs", "rest")
        if self._stage == "rest" and self._starts_next_set(rep, side):
            self._next_set()
            self._enter("set", t_s)
        expected = self._leg_for(rep)
        self._counts[side] += 1
        self._last_number = self._counts[side]
        self._set_of[rep.index] = self._set_index
        self._interrupted_hold = None
        if self._clock is not None:
            self._clock.end()
        self._active_s = t_s
        self._in_a_row = self._in_a_row + 1 if side == self._last_side else 1
        self._last_side = side
        self._after_break = False
        wrong = expected is not None and expected != side
        self._side = expected if wrong else rep.stance_side
        if wrong:
            self._requested_leg = expected
        elif side == self._requested_leg:
            self._requested_leg = None
        self._first_side = self._first_side or self._side
        events = [
            PlanEvent(
                "rep_counted",
                side=rep.stance_side,
                grade=rep.form.grade,
                too_fast=rep.tempo.grade not in (None, "good"),
            )
        ]
        if in_break:
            self._rest_until_s = t_s + self._plan.rest_s  # an extra repetition restarts the rest
        events += self._stage_after(side, t_s)
        self._wrong_leg = ""
        if wrong and self._stage in ("set", "change_legs") and events[-1].kind == "rep_counted":
            self._wrong_leg = f"That was your {side} {self._limb}: change to the {expected}"
            self._wrong_leg_s = self._requested_s = t_s
            events.append(PlanEvent("wrong_leg", side=expected))
        return events

    def _leg_for(self, rep: Rep) -> Stance | None:
        """Return the leg that a repetition should be done with; ``None`` if both are right."""
        if not (self._legs and rep.stance_sure):
            return None
        if self._plan.side is not None:
            return self._plan.side
        if self._requested_leg is not None and rep.start_s >= self._requested_s:
            return self._requested_leg
        last = self._last_side
        if last is None or self._in_a_row < LEG_IN_WORK:
            return None
        return last if self._counts[last] < self._target else None

    def _request_leg(self, side: Stance | None, t_s: float) -> None:
        if self._legs and side != self._requested_leg:
            self._requested_leg, self._requested_s = side, t_s

    def _starts_next_set(self, rep: Rep, side: Stance) -> bool:
        """Whether a repetition during a rest belongs to the next set."""
        soon = rep.start_s < self._active_s + EXTRA_WITHIN_S
        return not (soon and side == self._last_side)

    def _stage_after(self, side: Stance, t_s: float) -> list[PlanEvent]:
        """Change to the stage that follows after a repetition, and return its events."""
        target = self._target
        if self._stage == "complete":
            self._stage_s = t_s
            return []
        complete = all(self._counts[leg] >= target for leg in self._legs_of_set(side))
        if not complete:
            if self._counts[side] < target or self._plan.side is not None:
                self._enter("set", t_s)
                return []
            self._side = _other(side)
            if self._counts[side] > target:
                return []
            self._enter("change_legs", t_s)
            self._request_leg(self._side, t_s)
            self._rest_until_s = t_s + self._plan.rest_s
            return [PlanEvent("change_legs", side=self._side)]
        if self._set_index >= self._plan.sets:
            self._enter("complete", t_s)
            return [PlanEvent("set_done")]
        self._side = self._first_side
        if self._stage == "rest":
            return []
        self._enter("rest", t_s)
        self._rest_until_s = t_s + self._plan.rest_s
        return [PlanEvent("set_done")]

    def _legs_of_set(self, side: Stance) -> tuple[Stance, ...]:
        if not self._legs:
            return (side,)
        return (side, _other(side)) if self._plan.side is None else (self._plan.side,)

    def _follow_set_up(self, result: FrameResult, setup: SetupState) -> list[PlanEvent]:
        """Switch between set-up and ready until the first repetition."""
        if self._stage == "setup" and setup.ready:
            self._enter("ready", result.t_s)
            self._remember_size(result.sample)
            return [PlanEvent("ready")]
        if self._stage == "ready" and not setup.fits and not self._moving(result.t_s):
            self._enter("setup", result.t_s)
        return []

    def _moving(self, t_s: float) -> bool:
        """Whether a repetition is in progress or has just ended."""
        return t_s - self._moved_s < SETTLED_S

    def _end_break(self, t_s: float) -> list[PlanEvent]:
        """Start the set when a rest, or the time before a hold, is over; before, count down."""
        left_s = self._begins_in_s(t_s)
        if left_s is None:
            return []
        if left_s > 0.0:
            return self._count_down(left_s)
        if self._stage == "rest":
            self._next_set()
        self._enter("set", t_s)
        self._request_leg(self._side, t_s)
        self._after_break = True
        self._active_s = t_s
        return [PlanEvent("rest_over", side=self._side)]

    def _begins_in_s(self, t_s: float) -> float | None:
        """Return the seconds until a rest ends or the first hold begins; otherwise ``None``."""
        if self._stage in ("change_legs", "rest"):
            return self._rest_until_s - t_s
        if self._stage == "ready" and self._clock is not None:
            return self._stage_s + GET_READY_S - t_s
        return None

    def _count_down(self, left_s: float) -> list[PlanEvent]:
        """Return the events that count the last seconds before a hold aloud."""
        passed = [n for n in GET_READY if left_s <= n < self._counted_down]
        if self._clock is None or not passed:
            return []
        self._counted_down = min(passed)
        return [PlanEvent("get_ready", said=str(self._counted_down))]

    def _next_set(self) -> None:
        self._set_index += 1
        self._counts.clear()
        self._in_a_row = 0

    def _reason_to_end(self, result: FrameResult, setup: SetupState) -> str | None:
        """Return the reason why the session is over, in words; ``None`` if it continues."""
        now_s = result.t_s
        if result.sample.seen or self._seen_s is None:
            self._seen_s = now_s
        if result.held_s is not None:
            return None
        at_rest_s = now_s - self._moved_s
        if self._stage == "complete" and min(at_rest_s, now_s - self._stage_s) >= LINGER_S:
            return "all sets are done"
        if now_s - self._seen_s >= self._plan.quiet_s:
            return f"nobody in view for {self._plan.quiet_s:g} s"
        if not self._set_of:
            if self._waited_s(result, setup) < self._plan.quiet_s:
                return None
            return self._no_repetition()
        in_break = self._stage in ("change_legs", "rest")
        if self._walked_up(result.sample, setup, in_break):
            return "you walked up to the camera"
        quiet = now_s - self._active_s >= self._plan.quiet_s
        if quiet and not in_break and at_rest_s >= LINGER_S:
            return self._no_repetition()
        return None

    def _no_repetition(self) -> str:
        return f"no {self._effort} for {self._plan.quiet_s:g} s"

    def _waited_s(self, result: FrameResult, setup: SetupState) -> float:
        """Return how long the person has stood still in all before the first repetition.

        It starts again at zero if a necessary check of the set-up changes, or after a movement that
        did not count, because the person is then still getting into place.
        """
        step_s = result.t_s - self._stepped_s
        self._stepped_s = result.t_s
        needs = tuple(item.name for item in setup.checks if item.needed and not item.ok)
        if needs != self._needs or result.ignored is not None:
            self._needs, self._still_s = needs, 0.0
        elif setup.still_s >= READY_S and math.isfinite(step_s):
            self._still_s += step_s
        return self._still_s

    def _walked_up(self, sample: PoseSample, setup: SetupState, in_break: bool) -> bool:
        """Whether the person has come to the camera, which ends the session."""
        if sample.seen:
            whole = setup.check("whole_body")
            fits = whole is None or whole.ok
            near = not fits and sample.trunk_px > WALKED_UP_SIZE * self._size_px
            if not near:
                self._near_since_s = None
            elif self._near_since_s is None:
                self._near_since_s = sample.t_s
        # A person who disappears right after this may be reaching for the camera.
        if self._near_since_s is None:
            return False
        enough_s = WALKED_UP_IN_BREAK_S if in_break else WALKED_UP_S
        return sample.t_s - self._near_since_s >= enough_s

    def _state(self, t_s: float, setup: SetupState, events: tuple[PlanEvent, ...]) -> PlanState:
        """Return the state of the plan at this frame."""
        resting = self._stage in ("change_legs", "rest")
        rest_left_s = max(0.0, self._rest_until_s - t_s) if resting else None
        counted: Stance = (self._side or "left") if self._legs else "both"
        headline, detail = self._headline_and_detail(setup)
        return PlanState(
            stage=self._stage,
            set_index=self._set_index,
            side=self._side,
            reps_in_set=self._counts[counted],
            reps_target=self._target,
            sets=self._plan.sets,
            rest_left_s=rest_left_s,
            headline=headline,
            detail=detail,
            events=events,
            ended_because=self._ended,
            last_number=self._last_number,
            moving=self._moving(t_s),
            wrong_leg=self._wrong_leg if t_s - self._wrong_leg_s < WRONG_LEG_S else "",
            held_s=None if self._clock is None else self._clock.well_s,
            target_hold_s=None if self._clock is None else self._clock.target_s,
            begins_in_s=None if resting else self._begins_in_s(t_s),
        )

    def _headline_and_detail(self, setup: SetupState) -> tuple[str, str]:
        """Return headline and detail of the state."""
        if self._stage == "setup":
            return setup.message, ""
        if self._stage == "ready":
            return ("Ready", "start now") if self._clock is None else ("Get ready", "")
        if self._stage == "change_legs":
            return f"Switch {self._limb}s", f"{self._side} {self._limb} next"
        if self._stage == "rest":
            return "Rest", f"Next: set {self._set_index + 1} of {self._plan.sets}"
        if self._stage == "complete":
            return "Set complete", ""
        if self._stage == "done":
            return "Done", ""
        if self._stage == "set" and self._after_break:
            go_on = "Continue" if self._clock is None else "Hold"
            return go_on, f"{self._side} {self._limb}" if self._side in SIDES else ""
        return "", ""


def _other(side: Stance) -> Stance:
    """Return the other leg; ``both`` stays ``both``."""
    return side if side == "both" else other(side)
