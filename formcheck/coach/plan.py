"""Legs, sets and rests of a live session: what comes next, and when the session is over.

Until "Done" the plan never decides which repetitions count: the analyzer runs all the time, and
each repetition it finds counts at any stage, so that a set gives the same repetitions live and from
a film. The plan follows them: a repetition during the set-up starts the set, one with the other leg
during the change of legs starts that leg's part, and one well into a rest starts the next set. One
with the wrong leg counts for the leg that did it, and the person is told. "Done" is said last, when
the person is at rest, and ends the session: nothing is counted after it.

A set of an exercise that is held is one hold of each side. With a target it may be held in several
parts: it is done when their seconds in good posture reach the target, or when the person stays out
of the posture.
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
"""After the plan's last repetition "Done" is said, and the session ends, only when the person has
been at rest for this long: one more repetition still counts."""

WRONG_LEG_S = 6.0
"""How long the person is told that it was the wrong leg: time to stand up and read it. Ours."""

LEG_IN_WORK = 2
"""After so many repetitions in a row with one leg, one with the other is the wrong leg; people who
change with each repetition are not told so. Ours."""

EXTRA_WITHIN_S = 5.0
"""A repetition that starts within this time after the set's last one belongs to the set; a later
one starts the next."""

SETTLED_S = 1.0
"""After this long at rest the person is between repetitions, and set-up messages may appear again:
during a repetition the phase can flicker. Ours."""

GAP_S = 1.0
"""A longer time between two looks is one without pictures, as after a pause or while the camera or
the network was gone: no time of the plan passes in it. Ours."""

GET_READY = (3, 2, 1)
"""The last seconds before a hold begins, each counted. Ours."""
GET_READY_S = 5.0
"""From when everything fits to when the first hold begins: time to take the posture. Ours."""

WALKED_UP_SIZE = 1.5
WALKED_UP_S = 1.0
WALKED_UP_IN_BREAK_S = 3.0
"""The person has come to the camera when the trunk is this much longer than in the set and the body
does not fit into the frame, for this long; longer in a break, when people walk around."""


@dataclass(frozen=True)
class Plan:
    """The planned session.

    Attributes
    ----------
    reps
        Repetitions in a set, of each leg; of a hold there is one.
    sets
        How many sets.
    rest_s
        Rest between two sets, and between the legs.
    quiet_s
        The session ends after this long without a repetition or with nobody in view; before the
        first repetition only the time that the person stands still counts. Infinite for never.
    side
        The one leg to train; ``None`` for one and then the other. Ignored for two-legged exercises.
    target_hold_s
        Seconds of a hold in good posture; ``None`` for as long as the person likes.
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

    ``grade`` (of the form) and ``too_fast`` are only set for ``rep_counted``; ``side`` is the leg
    of that repetition, or the next leg; for ``wrong_leg`` the one to change to. ``said`` is spoken
    of a count: seconds to go, or until it begins.
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
        Counts from 1.
    side
        The leg expected now; ``both`` for a squat, ``None`` while either may start.
    reps_in_set, reps_target
        Repetitions of that leg in this set, done and planned.
    last_number
        Number of the last repetition within its leg and set; ``None`` before the first.
    sets
        Planned sets.
    rest_left_s
        Remaining rest; ``None`` outside a rest.
    headline, detail
        What to do now, in a few words, and what exactly or next; empty while the set runs.
    events
        Events at this frame.
    moving
        Whether a repetition is under way or has just ended.
    ended_because
        Why the session is over, in words; ``None`` while it runs. The stage is ``done`` from then
        on; in the stage ``complete`` before it one more repetition still counts.
    wrong_leg
        What to tell a person who used the wrong leg; empty otherwise.
    held_s, target_hold_s
        Seconds of the present hold in good posture, and how many are planned; ``None`` where
        nothing is held, or as long as the person likes.
    begins_in_s
        Seconds until a hold begins; ``None`` when it may begin at any time.
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
        """Headline and detail as one text; a detail with a capital is a sentence of its own."""
        if not self.detail:
            return self.headline
        return f"{self.headline}{'. ' if self.detail[0].isupper() else ': '}{self.detail}"


class SessionPlan:
    """Follows one session through its plan.

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
        self._clock = HoldClock(plan.target_hold_s) if exercise.held is not None else None
        self._target = plan.reps if self._clock is None else 1
        self._let_go: Rep | None = None
        self._let_go_s = math.nan
        self._told_side = False
        self._counted_down = math.inf
        self._resting_phase = resting_phase(exercise.course)
        self._stage: Stage = "setup"
        self._set_index = 1
        self._counts: Counter[Stance] = Counter()
        self._side: Stance | None = plan.side if self._legs else "both"
        self._first_side: Stance | None = self._side
        self._last_side: Stance | None = self._side
        self._set_of: dict[int, int] = {}
        self._last_number: int | None = None
        self._rest_until_s = math.nan
        self._stage_s = -math.inf
        self._active_s = math.nan
        self._moved_s = -math.inf
        self._seen_s: float | None = None
        self._size_px = math.nan
        self._near_since_s: float | None = None
        self._after_break = False
        self._ended: str | None = None
        self._in_a_row = 0
        self._asked: Stance | None = None
        self._asked_s = -math.inf
        self._wrong_leg = ""
        self._wrong_leg_s = -math.inf
        self._still_s = 0.0
        self._last_s = self._stepped_s = math.nan
        self._needs: tuple[str, ...] = ()

    def set_of(self, rep_index: int) -> int:
        """Return the set of a repetition; the present set for one that is not counted yet."""
        return self._set_of.get(rep_index, self._set_index)

    def update(self, result: FrameResult, setup: SetupState) -> PlanState:
        """Take one frame."""
        events: list[PlanEvent] = []
        self._leave_out_gap(result.t_s)
        if result.phase is not self._resting_phase:
            self._moved_s = result.t_s
        if result.closed is not None and self._ended is None:
            events += self._close(result.closed, result.t_s)
            self._remember_size(result.sample)
        if self._clock is not None:
            events += self._run_clock(self._clock, result)
        events += self._set_up(result, setup)
        events += self._pass_time(result.t_s)
        if self._ended is None:
            self._ended = self._why_over(result, setup)
            if self._ended is not None and self._stage != "done":
                self._enter("done", result.t_s)
                events.append(PlanEvent("done"))
        return self._state(result.t_s, setup, tuple(events))

    def _leave_out_gap(self, t_s: float) -> None:
        """Let the clocks of the plan stand still while there was no picture."""
        gap_s = t_s - self._last_s
        self._last_s = t_s
        if not gap_s > GAP_S:  # NaN at the first look
            return
        self._rest_until_s += gap_s
        self._stage_s += gap_s
        self._active_s += gap_s
        self._moved_s += gap_s
        self._wrong_leg_s += gap_s
        self._let_go_s += gap_s
        self._stepped_s += gap_s
        if self._seen_s is not None:
            self._seen_s += gap_s
        if self._near_since_s is not None:
            self._near_since_s += gap_s

    def _close(self, rep: Rep, t_s: float) -> list[PlanEvent]:
        """Count a repetition; a hold short of its target waits for its next part."""
        clock = self._clock
        if clock is None or clock.target_s is None or clock.is_up:
            return self._count(rep, t_s)
        if self._is_wrong_side(rep.stance_side):
            return self._count(rep, t_s)
        self._let_go, self._let_go_s = rep, t_s
        self._set_of[rep.index] = self._set_index
        return []

    def _run_clock(self, clock: HoldClock, result: FrameResult) -> list[PlanEvent]:
        """Say the seconds to go, and that time is up; end a hold that is not taken up again."""
        if result.held_s is None:
            self._told_side = False
        else:
            self._take_up(result.held_s, result.t_s)
            if self._is_wrong_side(result.stance_side):  # the clock of the other side stands still
                return self._tell_side(result.stance_side, result.held_s, result.t_s)
        in_set = self._stage in ("set", "complete")
        said = clock.update(result.well_s) if in_set else ""
        if said and self._stage == "set":
            return [PlanEvent("time_up" if said == TIME_IS_UP else "to_go", said=said)]
        if self._let_go is not None and result.t_s - self._let_go_s >= LET_GO_S:
            return self._count(self._let_go, result.t_s)
        return []

    def _is_wrong_side(self, side: Stance | None) -> bool:
        """Whether a hold is on another side than was asked for."""
        expected = self._plan.side or self._asked
        return self._legs and expected is not None and side in SIDES and side != expected

    def _tell_side(self, side: Stance | None, held_s: float, t_s: float) -> list[PlanEvent]:
        """Say once that it is the wrong side, as soon as that is sure."""
        if self._told_side or held_s < SHORTEST_S:
            return []
        expected = self._plan.side or self._asked
        self._told_side = True
        self._wrong_leg = f"This is your {side} {self._limb}: change to the {expected}"
        self._wrong_leg_s = t_s
        return [PlanEvent("wrong_leg", side=expected)]

    def _take_up(self, held_s: float, t_s: float) -> None:
        """Go on with the hold; one that comes before its time begins its set."""
        self._let_go, self._active_s = None, t_s
        waits = self._stage in ("setup", "ready")
        early = self._stage in ("change_legs", "rest") and held_s >= SHORTEST_S
        if self._stage == "rest" and early:
            self._next_set()
        if waits or early:
            self._enter("set", t_s)

    def _remember_size(self, sample: PoseSample) -> None:
        size_px = sample.trunk_px
        if math.isfinite(size_px):
            self._size_px = size_px

    def _enter(self, stage: Stage, t_s: float) -> None:
        self._stage, self._stage_s, self._counted_down = stage, t_s, math.inf

    def _count(self, rep: Rep, t_s: float) -> list[PlanEvent]:
        side: Stance = rep.stance_side if self._legs else "both"
        in_break = self._stage in ("change_legs", "rest")
        if self._stage == "rest" and self._starts_next_set(rep, side):
            self._next_set()
            self._enter("set", t_s)
        expected = self._expected_leg(rep)
        self._counts[side] += 1
        self._last_number = self._counts[side]
        self._set_of[rep.index] = self._set_index
        self._let_go = None
        if self._clock is not None:
            self._clock.end()
        self._active_s = t_s
        self._in_a_row = self._in_a_row + 1 if side == self._last_side else 1
        self._last_side = side
        self._after_break = False
        wrong = expected is not None and expected != side
        self._side = expected if wrong else rep.stance_side
        if wrong:
            self._asked = expected
        elif side == self._asked:
            self._asked = None
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
        events += self._after(side, t_s)
        self._wrong_leg = ""
        if wrong and self._stage in ("set", "change_legs") and events[-1].kind == "rep_counted":
            self._wrong_leg = f"That was your {side} {self._limb}: change to the {expected}"
            self._wrong_leg_s = self._asked_s = t_s
            events.append(PlanEvent("wrong_leg", side=expected))
        return events

    def _expected_leg(self, rep: Rep) -> Stance | None:
        """Return the leg this repetition should be done with; ``None`` when either may be."""
        if not (self._legs and rep.stance_sure):
            return None
        if self._plan.side is not None:
            return self._plan.side
        if self._asked is not None and rep.start_s >= self._asked_s:
            return self._asked
        last = self._last_side
        if last is None or self._in_a_row < LEG_IN_WORK:
            return None
        return last if self._counts[last] < self._target else None

    def _ask_for(self, side: Stance | None, t_s: float) -> None:
        if self._legs and side != self._asked:
            self._asked, self._asked_s = side, t_s

    def _starts_next_set(self, rep: Rep, side: Stance) -> bool:
        soon = rep.start_s < self._active_s + EXTRA_WITHIN_S
        return not (soon and side == self._last_side)

    def _after(self, side: Stance, t_s: float) -> list[PlanEvent]:
        """Move to the stage that follows from the counts."""
        target = self._target
        if self._stage == "complete":
            self._stage_s = t_s
            return []
        complete = all(self._counts[leg] >= target for leg in self._sides(side))
        if not complete:
            if self._counts[side] < target or self._plan.side is not None:
                self._enter("set", t_s)
                return []
            self._side = _other(side)
            if self._counts[side] > target:
                return []
            self._enter("change_legs", t_s)
            self._ask_for(self._side, t_s)
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

    def _sides(self, side: Stance) -> tuple[Stance, ...]:
        if not self._legs:
            return (side,)
        return (side, _other(side)) if self._plan.side is None else (self._plan.side,)

    def _set_up(self, result: FrameResult, setup: SetupState) -> list[PlanEvent]:
        """Switch between set-up and ready until the first repetition."""
        if self._stage == "setup" and setup.ready:
            self._enter("ready", result.t_s)
            self._remember_size(result.sample)
            return [PlanEvent("ready")]
        if self._stage == "ready" and not setup.fits and not self._moving(result.t_s):
            self._enter("setup", result.t_s)
        return []

    def _moving(self, t_s: float) -> bool:
        return t_s - self._moved_s < SETTLED_S

    def _pass_time(self, t_s: float) -> list[PlanEvent]:
        left_s = self._begins_in_s(t_s)
        if left_s is None:
            return []
        if left_s > 0.0:
            return self._count_down(left_s)
        if self._stage == "rest":
            self._next_set()
        self._enter("set", t_s)
        self._ask_for(self._side, t_s)
        self._after_break = True
        self._active_s = t_s
        return [PlanEvent("rest_over", side=self._side)]

    def _begins_in_s(self, t_s: float) -> float | None:
        """Return the seconds until it goes on: of a rest, or before the first hold."""
        if self._stage in ("change_legs", "rest"):
            return self._rest_until_s - t_s
        if self._stage == "ready" and self._clock is not None:
            return self._stage_s + GET_READY_S - t_s
        return None

    def _count_down(self, left_s: float) -> list[PlanEvent]:
        """Count the last seconds before a hold."""
        passed = [n for n in GET_READY if left_s <= n < self._counted_down]
        if self._clock is None or not passed:
            return []
        self._counted_down = min(passed)
        return [PlanEvent("get_ready", said=str(self._counted_down))]

    def _next_set(self) -> None:
        self._set_index += 1
        self._counts.clear()
        self._in_a_row = 0

    def _why_over(self, result: FrameResult, setup: SetupState) -> str | None:
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
        """Add up how long the person stood still before the first repetition.

        It begins anew when a needed check of the set-up changes, or after a movement that did not
        count: who still gets into place has not gone quiet.
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
        if sample.seen:
            whole = setup.check("whole_body")
            fits = whole is None or whole.ok
            near = not fits and sample.trunk_px > WALKED_UP_SIZE * self._size_px
            if not near:
                self._near_since_s = None
            elif self._near_since_s is None:
                self._near_since_s = sample.t_s
        # A person lost from view right after may be reaching for the camera.
        if self._near_since_s is None:
            return False
        enough_s = WALKED_UP_IN_BREAK_S if in_break else WALKED_UP_S
        return sample.t_s - self._near_since_s >= enough_s

    def _state(self, t_s: float, setup: SetupState, events: tuple[PlanEvent, ...]) -> PlanState:
        resting = self._stage in ("change_legs", "rest")
        rest_left_s = max(0.0, self._rest_until_s - t_s) if resting else None
        counted: Stance = (self._side or "left") if self._legs else "both"
        headline, detail = self._message(setup)
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

    def _message(self, setup: SetupState) -> tuple[str, str]:
        """Return what to do, and what exactly or next."""
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
    return side if side == "both" else other(side)
