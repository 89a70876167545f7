"""The analyzer: one pose after the other in, what is known at each frame out.

Segmentation runs on every frame and looks only back; when a repetition closes, it is measured
once. Analyzing a recording is the same loop and then ``finish``.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from functools import partial

import numpy as np

from formcheck.data.arrays import or_none
from formcheck.data.exercise import Exercise, Metric
from formcheck.data.frame_result import FrameResult, Phase
from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, Side, keypoint
from formcheck.data.poses import Poses
from formcheck.data.session import DESCENT, Rep, Stance, View, ViewKind
from formcheck.data.settings import Settings
from formcheck.motion.camera_view import find_view, levelled, sides_in_doubt, steady_kind
from formcheck.motion.corrections import SmoothPoses, corrected, plain
from formcheck.motion.drop import HipDrop, hips_y_px
from formcheck.motion.knee_edges import outlined_where_asked
from formcheck.motion.limbs import foot_travel, hidden_share
from formcheck.motion.main_view import main_view
from formcheck.motion.measure import (
    leg_to_measure,
    measure_rep,
    needed,
    why_not_from,
    why_too_shallow,
)
from formcheck.motion.phases import (
    AS_GOOD_AS_BACK,
    REST_MEMORY_S,
    Excursion,
    PhaseMachine,
    resting_phase,
)
from formcheck.motion.recent_poses import forget_before, median_pose, seen_since, within
from formcheck.motion.stance import (
    ENDS_BEFORE_BACK,
    SURE_CONFIDENCE,
    find_stance,
    why_no_rep,
)
from formcheck.motion.swaps import swaps_undone

BEFORE_REP_S = 2.0
BEFORE_SHARE, MOST_BEFORE_S = 0.6, 8.0
"""Seconds looked at from before a repetition, to find its onset and its standing baseline: for a
slow way out this part of it, for it leaves the resting level long after its onset."""

OVERLAP_S = 0.1
"""The beginning of a repetition is looked for up to here into the one before."""

LIVE_WINDOW_S = 0.12
VIEW_EVERY_S = 0.2
"""Live values are the median over the last few frames; view and stance are updated five
times a second."""

LONGEST_GAP_S = 0.5
FARTHEST_STEP = 0.3
"""A longer gap between frames, or a larger sideways jump of the hips from one frame to the next (in
leg lengths), breaks the movement: the frames may show another movement or another person."""

SHORTEST_DESCENT_S = 0.1
"""A descent is not shown before it has lasted this long: the phase may flicker at the turn."""

OTHER_LEG = "it was done with the {found} leg, but the {stance} one was chosen"
OTHER_LEG_WORKS = "The {found} leg seems to have worked, but the {stance} one was chosen."
UNSURE_LEG = "The working leg is not certain: {doubt}."
GUESSED_LEG = (
    "It was not clear which leg was working, so the {stance} leg was assumed. If that is wrong, "
    "name the leg and analyze again."
)

TOO_FEW_FRAMES = "fewer than two frames a second were seen: film with 30"

NO_FRAMES = "no frames for {gap_s:.1f} s"
TOO_SLOW = "this computer was too slow for {gap_s:.1f} s"
BY_DROPPED_FRAMES = 0.5
"""A gap is the computer's fault when the frames it gave up would fill this share of it. Ours."""
UNKNOWN_VIEW = View()


@dataclass(frozen=True)
class Ignored:
    """A movement that does not count: when, and why, in words."""

    t_s: float
    reason: str


@dataclass(frozen=True)
class _WorkingLeg:
    """Which leg a movement is measured on, and how sure that is.

    ``mixed_up``: left and right may be swapped. ``other``: the leg that is seen to work, when the
    user declared another one.
    """

    stance: Stance
    view: View
    sure: bool = True
    notes: tuple[str, ...] = ()
    mixed_up: bool = False
    other: Side | None = None


class Analyzer:
    """Finds, measures and judges the repetitions of one session.

    Parameters
    ----------
    exercise
        What is being done.
    settings
        Thresholds; defaults when left out.
    side
        The working leg when the user declared it.
    side_decides
        Whether a declared leg works whatever is seen. Otherwise it is the leg that was asked for:
        a repetition that is surely done with the other one counts for that one.
    view
        The view when the user declared it.
    """

    def __init__(
        self,
        exercise: Exercise,
        settings: Settings | None = None,
        *,
        side: Side | None = None,
        side_decides: bool = True,
        view: ViewKind | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.exercise = exercise.with_settings(self.settings)
        self._side: Side | None = side if exercise.stance != "both" else None
        self._side_decides = side_decides
        self._forced_view = view
        self._machine = PhaseMachine(exercise.order)
        self._samples: deque[PoseSample] = deque()
        self._hips = HipDrop(feet_stay=exercise.stance == "both")
        self._reps: list[Rep] = []
        self._baselines: dict[Stance, dict[str, float]] = {}
        self._upright: PoseSample | None = None
        self._left_standing = False
        self._stance: Stance | None = self._side
        self._view = UNKNOWN_VIEW
        self._looked_s = -math.inf
        self._feet_planted = False
        self._descent_start_s: float | None = None
        self._descent_end_s: float | None = None
        self._resting_phase = resting_phase(exercise.order)
        self.ignored: list[Ignored] = []
        self._ignored_now: str | None = None
        self._outage = False
        self.frames_with_person = 0
        self.looks = self._gaps = 0

    @property
    def reps(self) -> tuple[Rep, ...]:
        """The repetitions closed so far."""
        return tuple(self._reps)

    @property
    def view(self) -> View:
        """The view of most repetitions, or as seen lately when there is none yet."""
        return main_view(self._reps) if self._reps else self._view

    def update(self, sample: PoseSample, *, dropped: int = 0) -> FrameResult:
        """Take one pose; times must increase.

        Parameters
        ----------
        sample
            The pose.
        dropped
            Frames before it that were given up because this computer was busy, if that is known.
        """
        self.looks += 1
        elapsed_s = sample.t_s - self._samples[-1].t_s if self._samples else math.inf
        broken = self._why_broken(sample, dropped)
        self._ignored_now = None
        closed = self._start_afresh(sample.t_s, broken) if broken else None
        self._outage = (
            self._outage or LONGEST_GAP_S < elapsed_s < math.inf
        )  # since the last repetition
        self._remember(sample)
        excursion = self._machine.update(sample.t_s, self._hips.update(sample))
        if excursion:
            closed = self._close(excursion)
        self._update_view(sample)
        phase = self._machine.phase
        descent_ended_s = self._follow_descent(phase, sample.t_s)
        live, judged = self._live_values(sample, phase)
        if self.exercise.order == "up_down":
            # The way down ends the repetition: it is measured by the time it can be spoken of.
            timed = None if closed is None else closed.measurements.get(DESCENT)
            descent_ended_s = None if timed is None else timed.value
        depth = 100.0 * (self._hips.value - self._machine.rest_level)
        return FrameResult(
            sample=sample,
            phase=phase if self._feet_planted else self._resting_phase,
            reps_done=len(self._reps),
            stance_side=self._stance,
            depth=or_none(depth) if sample.seen else None,
            live=live,
            live_judged=judged,
            is_rep_sized=100.0 * self._machine.open_size >= self.exercise.min_drop_pct,
            in_place=self._feet_planted,
            descent_elapsed_s=self._descent_elapsed_s(sample.t_s),
            descent_s=descent_ended_s if self._feet_planted else None,
            closed=closed,
            last_rep=self._reps[-1] if self._reps else None,
            view=self._view,
            ignored=self._ignored_now,
        )

    def finish(self) -> tuple[Rep, ...]:
        """Close what is open at the end of the source; give all repetitions."""
        started_s, size = self._machine.started_s, self._machine.open_size
        excursion = self._machine.finish()
        if excursion:
            self._close(excursion, at_end=True)
        elif started_s is not None and 100.0 * size >= self.exercise.min_drop_pct:
            self._ignore(started_s, ENDS_BEFORE_BACK)
        if self._gaps > 0.5 * self.looks:
            self._ignore(0.0, TOO_FEW_FRAMES)
        return self.reps

    def _why_broken(self, sample: PoseSample, dropped: int) -> str | None:
        """Return why this frame does not continue the one before; ``None`` when it does."""
        if not self._samples:
            return None
        before = self._samples[-1]
        gap_s = sample.t_s - before.t_s
        if gap_s > LONGEST_GAP_S:
            self._gaps += 1
            filled_s = dropped * self._frame_interval_s()
            reason = TOO_SLOW if filled_s >= BY_DROPPED_FRAMES * gap_s else NO_FRAMES
            return reason.format(gap_s=gap_s)
        hips = [Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP]
        step_px = abs(float((sample.keypoints_px[hips, 0] - before.keypoints_px[hips, 0]).mean()))
        if step_px > FARTHEST_STEP * self._hips.leg_px:
            return "another person came into view"
        return None

    def _frame_interval_s(self) -> float:
        """Return the usual time between frames so far; 0 with a single frame."""
        times_s = [sample.t_s for sample in self._samples]
        return float(np.median(np.diff(times_s))) if len(times_s) > 1 else 0.0

    def _start_afresh(self, t_s: float, reason: str) -> Rep | None:
        """Drop the movement under way: the next frame does not continue it.

        A repetition that had already returned is complete, and is closed and returned.
        """
        closed = None
        excursion = self._machine.finish()
        if excursion and excursion.returned >= AS_GOOD_AS_BACK:
            closed = self._close(excursion)
        elif self._machine.started_s is not None:
            self._ignore(t_s, reason)
        self._machine = PhaseMachine(self.exercise.order)
        self._hips = HipDrop(feet_stay=self.exercise.stance == "both")
        self._samples.clear()
        self._upright = None
        self._descent_start_s = self._descent_end_s = None
        return closed

    def _ignore(self, t_s: float, reason: str) -> None:
        """Note why a movement does not count; live, say so only to a person who stands still."""
        self.ignored.append(Ignored(t_s, reason))
        if self._feet_planted:
            self._ignored_now = reason

    def _remember(self, sample: PoseSample) -> None:
        self.frames_with_person += sample.seen
        self._samples.append(sample)
        started_s = self._machine.started_s
        keep_from = (sample.t_s - REST_MEMORY_S if started_s is None else started_s) - MOST_BEFORE_S
        forget_before(self._samples, keep_from)

    def _window(self, start_s: float, end_s: float) -> Poses:
        return within(self._samples, start_s, end_s)

    def _close(self, excursion: Excursion, *, at_end: bool = False) -> Rep | None:
        """Measure the repetition; ``None`` when the movement does not count as one.

        ``at_end``: the source ended during the movement.
        """
        settings, exercise = self.settings, self.exercise
        inside = self._window(excursion.start_s, excursion.end_s)
        # A foot that is taken for the other one for a moment has not moved.
        undone = swaps_undone(inside) if inside.profile.swaps_legs else inside
        found = find_stance(undone, exercise.stance, self._hips.leg_px, settings.min_confidence)
        leg = self._working_leg(inside, found)
        why_none = partial(
            why_no_rep,
            undone,
            excursion,
            leg_px=self._hips.leg_px,
            min_drop_pct=exercise.min_drop_pct,
            planted_within_pct=settings.planted_within_pct,
            at_end=at_end,
        )
        # Where left and right may be swapped, use the foot that was found planted.
        reason = why_none((found or leg.stance) if leg.mixed_up else leg.stance)
        if reason:
            if leg.other is not None and why_none(leg.other) is None:
                reason = OTHER_LEG.format(found=leg.other, stance=leg.stance)
            self._ignore(excursion.turn_s, reason)
            return None
        rep = measure_rep(
            self._window(self._look_from_s(excursion), math.inf),
            excursion,
            exercise,
            settings,
            index=len(self._reps) + 1,
            stance_side=leg.stance,
            view=leg.view,
            previous_end_s=self._reps[-1].end_s if self._reps else None,
            outage=self._outage,
            baselines=self._baselines.get(leg.stance, {}),
            notes=leg.notes,
            stance_sure=leg.sure,
        )
        reason = why_too_shallow(rep, exercise)
        if reason:
            self._ignore(excursion.turn_s, reason)
            return None
        self._reps.append(rep)
        self._outage = False
        self._baselines[leg.stance] = {
            **self._baselines.get(leg.stance, {}),
            **{
                measure_id: one.standing
                for measure_id, one in rep.measurements.items()
                if one.standing is not None
            },
        }
        self._stance = leg.stance
        return rep

    def _working_leg(self, inside: Poses, found: Stance | None) -> _WorkingLeg:
        """Decide which leg worked in a movement; ``found`` is the one that its feet show."""
        seen = self._leg_seen(inside, found)
        if self._side is None or found == "both":
            return seen
        surely = found is not None and seen.sure
        if surely and not self._side_decides:
            return seen
        other = found if surely and found != self._side else None
        notes = () if other is None else (OTHER_LEG_WORKS.format(found=other, stance=self._side),)
        view = self._view_of(inside, self._side)
        mixed_up = sides_in_doubt(inside, view) is not None
        return _WorkingLeg(self._side, view, notes=notes, mixed_up=mixed_up, other=other)

    def _leg_seen(self, inside: Poses, found: Stance | None) -> _WorkingLeg:
        """The leg that is seen to work, or without one that of the last repetition."""
        stance = found or self._stance or "left"
        view = self._view_of(inside, stance)
        notes = () if found else (GUESSED_LEG.format(stance=stance),)
        swapped = sides_in_doubt(inside, view)
        doubt = swapped or self._why_leg_unseen(inside, stance, view)
        if stance != "both" and doubt:
            notes = (*notes, UNSURE_LEG.format(doubt=doubt))
        return _WorkingLeg(stance, view, not notes, notes, mixed_up=swapped is not None)

    def _view_of(self, window: Poses, stance: Stance) -> View:
        size_px = self._samples[-1].frame_size_px
        view = find_view(window, size_px, self._forced_view, stance)
        if self._forced_view is not None or not self._reps:
            return view
        kind = steady_kind(view, self._reps[-1].view)
        return view if kind == view.kind else find_view(window, size_px, kind, stance)

    def _look_from_s(self, excursion: Excursion) -> float:
        """From when on to look at a repetition: never into the one before, where feet may move."""
        slow_s = BEFORE_SHARE * (excursion.turn_s - excursion.start_s)
        before_s = min(MOST_BEFORE_S, max(BEFORE_REP_S, slow_s))
        other_end_s = self._reps[-1].end_s if self._reps else -math.inf
        return max(excursion.start_s - before_s, other_end_s - OVERLAP_S)

    def _why_leg_unseen(self, window: Poses, stance: Stance, view: View) -> str | None:
        """Return why the assumed working leg is hardly seen; ``None`` when it is seen.

        From the side, wide clothes merge the outlines of both legs and the model guesses which is
        which. In all clips and films with the right leg, its knee was seen throughout.
        """
        if stance == "both" or view.kind != "side":
            return None
        hidden = hidden_share(window, keypoint(stance, "knee"), self.settings.min_confidence)
        if 100.0 * hidden <= self.settings.max_hidden_pct:
            return None
        return f"the {stance} knee is hidden for {100.0 * hidden:.0f} % of the repetition"

    def _update_view(self, sample: PoseSample) -> None:
        """Update view and working leg, a few times a second."""
        if sample.t_s - self._looked_s < VIEW_EVERY_S:
            return
        self._looked_s = sample.t_s
        lately = Poses.from_samples(
            [kept for kept in self._samples if kept.t_s >= sample.t_s - BEFORE_REP_S][::3]
        )
        self._view = find_view(lately, sample.frame_size_px, self._forced_view, self._stance)
        if (self._side is None or not self._side_decides) and math.isfinite(self._hips.leg_px):
            self._stance = self._stance_now(lately) or self._stance
        if math.isfinite(self._hips.leg_px):
            self._feet_planted = self._stays_in_place(lately)

    def _stays_in_place(self, lately: Poses) -> bool:
        """Whether the working feet have stayed where they are since the movement began."""
        window = self._since_start(lately)
        sides = SIDES if self._stance == "both" else [s for s in SIDES if s == self._stance]
        travels = [foot_travel(window, s, self._hips.leg_px, SURE_CONFIDENCE) for s in sides]
        limit = self.settings.planted_within_pct / 100.0
        return bool(travels) and not any(travel > limit for travel in travels)

    def _stance_now(self, lately: Poses) -> Stance | None:
        """Find the working leg before the repetition has closed; ``None`` while it is not clear."""
        rule = self.exercise.stance
        if rule == "planted" and self._machine.started_s is None:
            return None
        window = self._since_start(lately)
        return find_stance(window, rule, self._hips.leg_px, self.settings.min_confidence)

    def _since_start(self, lately: Poses) -> Poses:
        """Return the part since the movement began; all of it at rest."""
        started_s = self._machine.started_s
        return lately if started_s is None else lately.between(started_s, math.inf)

    def _follow_descent(self, phase: Phase, t_s: float) -> float | None:
        """Keep when the descent began and ended; give its duration once the way up begins.

        A person who pauses on the way down and continues is still in the same descent.
        """
        if phase is Phase.DESCENT:
            if self._descent_start_s is None:
                started_s = self._machine.started_s
                down_up = self.exercise.order == "down_up"
                self._descent_start_s = started_s if down_up else t_s
            self._descent_end_s = None
        elif self._descent_start_s is not None and self._descent_end_s is None:
            self._descent_end_s = t_s
        over = phase in (Phase.ASCENT, self._resting_phase)
        if not over or self._descent_start_s is None:
            return None
        duration_s = (self._descent_end_s or t_s) - self._descent_start_s
        self._descent_start_s = self._descent_end_s = None
        return duration_s

    def _descent_elapsed_s(self, t_s: float) -> float | None:
        if self._descent_start_s is None or not self._feet_planted:
            return None
        elapsed_s = (self._descent_end_s or t_s) - self._descent_start_s
        return elapsed_s if elapsed_s >= SHORTEST_DESCENT_S else None

    def _live_values(
        self, sample: PoseSample, phase: Phase
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Provisional values: on the median pose of the last few frames; and as they are judged.

        Once standing was seen they are corrected as the final ones are, with that for comparison,
        and a change is one from there.
        """
        if not sample.seen or self._stance is None:
            return {}, {}
        median = median_pose(seen_since(self._samples, sample.t_s - LIVE_WINDOW_S))
        stood = self._upright
        if phase is not Phase.STANDING:
            self._left_standing = True
        elif stood is None or self._left_standing or hips_y_px(median) <= hips_y_px(stood):
            self._upright, self._left_standing = median, False
        now = Poses.from_samples([median] if stood is None else [stood, median])
        outlined = outlined_where_asked(now, self._stance, self._view)
        poses = SmoothPoses(levelled(now, self._view), levelled(outlined, self._view))
        series = plain if stood is None else corrected
        live, judged = {}, {}
        for metric in self.exercise.metrics:
            if metric.series is None or not self._shows_live(metric, poses.points):
                continue
            values = series(metric, poses, self._leg(metric)).tolist()
            standing, value = (math.nan, *values)[-2:]
            if not math.isfinite(value) or not metric.is_possible(value):
                continue
            live[metric.id] = value
            as_judged = value - standing if metric.judged == "change" else value
            if metric.limits is not None and math.isfinite(as_judged):
                judged[metric.id] = as_judged
        return live, judged

    def _leg(self, metric: Metric) -> Side:
        return metric.side or leg_to_measure(self._stance or "left", self._view)

    def _shows_live(self, metric: Metric, poses: Poses) -> bool:
        if not metric.per_frame or why_not_from(metric, self._view, poses.profile) is not None:
            return False
        which = list(needed(metric, self._leg(metric), self._view))
        return bool((poses.confidence[-1, which] >= self.settings.min_confidence).all())
