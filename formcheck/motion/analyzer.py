"""The analyzer of repetitions: takes the poses of one session in order and finds and measures them.

The loop (:mod:`formcheck.motion.loop`) calls ``update`` for each pose and gets what is known at
that frame (``FrameResult``): the phase, provisional live values, and a repetition when one has
closed. At the end it calls ``finish``. A film and a live camera use it in the same way.

At each frame the phase machine follows the hips (:mod:`formcheck.motion.phases`). When it has seen
a whole movement, the analyzer decides which leg worked and whether the movement counts
(:mod:`formcheck.motion.stance`), and has it measured once (:mod:`formcheck.motion.measure`).
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
from formcheck.motion.measure import leg_to_measure, measure_rep, why_too_shallow
from formcheck.motion.phases import (
    AS_GOOD_AS_BACK,
    REST_MEMORY_S,
    Excursion,
    PhaseMachine,
    resting_phase,
)
from formcheck.motion.recent_poses import forget_before, median_pose, seen_since, within
from formcheck.motion.refusals import needed_keypoints, why_not_from
from formcheck.motion.stance import (
    ENDS_BEFORE_BACK,
    SURE_CONFIDENCE,
    find_stance,
    why_no_rep,
)
from formcheck.motion.swaps import swaps_undone

BEFORE_REP_S = 2.0
BEFORE_SHARE, MOST_BEFORE_S = 0.6, 8.0
"""A repetition is measured with at least so many seconds from before the phase machine noticed it,
to find its true start and the standing before it. In a slow movement the start lies further back:
this share of the way out, up to so many seconds. Our choice."""

OVERLAP_S = 0.1
"""The start of a repetition may lie up to so many seconds before the end of the one before it.
Our choice."""

LIVE_WINDOW_S = 0.12
"""Live values are computed on the median pose of so many seconds. Our choice."""

VIEW_EVERY_S = 0.2
"""View and working leg are updated so often between repetitions. Our choice."""

LONGEST_GAP_S = 0.5
FARTHEST_STEP = 0.3
"""After a longer gap between frames, or a larger sideways jump of the hips from one frame to the
next (in leg lengths), a movement is not continued: the frames may show another one, or another
person. Our choice."""

SHORTEST_DESCENT_S = 0.1
"""A descent is not shown before it has lasted this long: the phase may flicker at the turn.
Our choice."""

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
"""A gap is put down to a slow computer when the frames it dropped fill this share of it. Our
choice."""

UNKNOWN_VIEW = View()
"""The view before the first frames have shown it."""


@dataclass(frozen=True)
class Ignored:
    """A movement that is not counted: its time, or ``None`` when none was found, and the reason."""

    t_s: float | None
    reason: str


@dataclass(frozen=True)
class _WorkingLeg:
    """Which leg a movement is measured on, and how certain that is.

    Attributes
    ----------
    stance
        The working leg.
    view
        The view of that movement.
    sure
        Whether the leg is certain.
    notes
        What the report says about it.
    mixed_up
        Whether the pose model may have swapped left and right.
    other
        The leg that is seen to work, when the user declared another one.
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
        The working leg if the user declared it.
    side_decides
        Whether the declared leg is used whatever is seen. Otherwise it is only the leg that was
        asked for: a repetition that is clearly done with the other one counts for the other one.
    view
        The view if the user declared it.

    Attributes
    ----------
    ignored
        The movements that were not counted.
    looks
        How many poses were taken: frames on which the pose model ran.
    frames_with_person
        In how many of them the person was seen.
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
        self._view_updated_s = -math.inf
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
        """The repetitions measured so far."""
        return tuple(self._reps)

    @property
    def view(self) -> View:
        """The view of most repetitions; before the first one, the current view."""
        return main_view(self._reps) if self._reps else self._view

    def update(self, sample: PoseSample, *, dropped: int = 0) -> FrameResult:
        """Take one pose and return what is known at its frame; times must increase.

        Parameters
        ----------
        sample
            The pose.
        dropped
            How many frames before it were dropped because this computer was busy, if known.
        """
        self.looks += 1
        elapsed_s = sample.t_s - self._samples[-1].t_s if self._samples else math.inf
        broken = self._why_broken(sample, dropped)
        self._ignored_now = None
        closed = self._start_again(sample.t_s, broken) if broken else None
        if LONGEST_GAP_S < elapsed_s < math.inf:
            self._outage = True  # until the next repetition
        self._remember(sample)
        excursion = self._machine.update(sample.t_s, self._hips.update(sample))
        if excursion:
            closed = self._close(excursion)
        self._update_view(sample)
        phase = self._machine.phase
        descent_s = self._follow_descent(phase, sample.t_s)
        live, judged = self._live_values(sample, phase)
        if self.exercise.order == "up_down":
            # The way down ends the repetition, so its measured duration is already known.
            timed = None if closed is None else closed.measurements.get(DESCENT)
            descent_s = None if timed is None else timed.value
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
            descent_s=descent_s if self._feet_planted else None,
            closed=closed,
            last_rep=self._reps[-1] if self._reps else None,
            view=self._view,
            ignored=self._ignored_now,
        )

    def finish(self) -> tuple[Rep, ...]:
        """Close the open movement at the end of the source; return all repetitions."""
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

    def _start_again(self, t_s: float, reason: str) -> Rep | None:
        """Drop the current movement, as the next frame does not continue it.

        If the person was already back, it is complete: it is measured and returned.
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
        """Note why a movement is not counted; live, it is said only if the feet stay in place."""
        self.ignored.append(Ignored(t_s, reason))
        if self._feet_planted:
            self._ignored_now = reason

    def _remember(self, sample: PoseSample) -> None:
        """Keep the pose, and drop those that no measurement can need any more."""
        self.frames_with_person += sample.seen
        self._samples.append(sample)
        started_s = self._machine.started_s
        keep_from = (sample.t_s - REST_MEMORY_S if started_s is None else started_s) - MOST_BEFORE_S
        forget_before(self._samples, keep_from)

    def _window(self, start_s: float, end_s: float) -> Poses:
        """Return the kept poses between two times."""
        return within(self._samples, start_s, end_s)

    def _close(self, excursion: Excursion, *, at_end: bool = False) -> Rep | None:
        """Measure the repetition; ``None`` when the movement does not count as one.

        ``at_end`` says that the source ended during the movement.
        """
        settings, exercise = self.settings, self.exercise
        inside = self._window(excursion.start_s, excursion.end_s)
        # The model swaps the feet for moments; that must not look like a foot that moved.
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
        # When left and right may be swapped, use the foot that was found planted.
        reason = why_none((found or leg.stance) if leg.mixed_up else leg.stance)
        if reason:
            if leg.other is not None and why_none(leg.other) is None:
                reason = OTHER_LEG.format(found=leg.other, stance=leg.stance)
            self._ignore(excursion.turn_s, reason)
            return None
        rep = measure_rep(
            self._window(self._window_start_s(excursion), math.inf),
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
        """Decide which leg worked in a movement.

        ``found`` is the leg that the feet show, from :func:`formcheck.motion.stance.find_stance`.
        """
        seen = self._leg_seen(inside, found)
        if self._side is None or found == "both":
            return seen
        clearly_seen = found is not None and seen.sure
        if clearly_seen and not self._side_decides:
            return seen
        other = found if clearly_seen and found != self._side else None
        notes = () if other is None else (OTHER_LEG_WORKS.format(found=other, stance=self._side),)
        view = self._view_of(inside, self._side)
        mixed_up = sides_in_doubt(inside, view) is not None
        return _WorkingLeg(self._side, view, notes=notes, mixed_up=mixed_up, other=other)

    def _leg_seen(self, inside: Poses, found: Stance | None) -> _WorkingLeg:
        """Return the leg that is seen to work; if none is, that of the last repetition."""
        stance = found or self._stance or "left"
        view = self._view_of(inside, stance)
        notes = () if found else (GUESSED_LEG.format(stance=stance),)
        swapped = sides_in_doubt(inside, view)
        doubt = swapped or self._why_leg_unseen(inside, stance, view)
        if stance != "both" and doubt:
            notes = (*notes, UNSURE_LEG.format(doubt=doubt))
        return _WorkingLeg(stance, view, not notes, notes, mixed_up=swapped is not None)

    def _view_of(self, window: Poses, stance: Stance) -> View:
        """Return the view of a movement, of the same kind as before if it is near the border."""
        size_px = self._samples[-1].frame_size_px
        view = find_view(window, size_px, self._forced_view, stance)
        if self._forced_view is not None or not self._reps:
            return view
        kind = steady_kind(view, self._reps[-1].view)
        return view if kind == view.kind else find_view(window, size_px, kind, stance)

    def _window_start_s(self, excursion: Excursion) -> float:
        """Return from when on poses are measured for a repetition; not from the one before it."""
        slow_s = BEFORE_SHARE * (excursion.turn_s - excursion.start_s)
        before_s = min(MOST_BEFORE_S, max(BEFORE_REP_S, slow_s))
        other_end_s = self._reps[-1].end_s if self._reps else -math.inf
        return max(excursion.start_s - before_s, other_end_s - OVERLAP_S)

    def _why_leg_unseen(self, window: Poses, stance: Stance, view: View) -> str | None:
        """Say why the assumed working leg may be wrong; ``None`` when its knee is seen.

        From the side, wide clothes merge both legs and the model guesses which is which. In all
        clips and films in which the assumed leg was right, its knee was seen throughout.
        """
        if stance == "both" or view.kind != "side":
            return None
        hidden = hidden_share(window, keypoint(stance, "knee"), self.settings.min_confidence)
        if 100.0 * hidden <= self.settings.max_hidden_pct:
            return None
        return f"the {stance} knee is hidden for {100.0 * hidden:.0f} % of the repetition"

    def _update_view(self, sample: PoseSample) -> None:
        """Update view and working leg, and whether the feet stay in place, a few times a second."""
        if sample.t_s - self._view_updated_s < VIEW_EVERY_S:
            return
        self._view_updated_s = sample.t_s
        lately = Poses.from_samples(
            [kept for kept in self._samples if kept.t_s >= sample.t_s - BEFORE_REP_S][::3]
        )
        self._view = find_view(lately, sample.frame_size_px, self._forced_view, self._stance)
        if (self._side is None or not self._side_decides) and math.isfinite(self._hips.leg_px):
            self._stance = self._stance_now(lately) or self._stance
        if math.isfinite(self._hips.leg_px):
            self._feet_planted = self._stays_in_place(lately)

    def _stays_in_place(self, lately: Poses) -> bool:
        """Return whether the working feet have stayed in place since the movement began."""
        window = self._since_start(lately)
        sides = SIDES if self._stance == "both" else [s for s in SIDES if s == self._stance]
        travels = [foot_travel(window, s, self._hips.leg_px, SURE_CONFIDENCE) for s in sides]
        limit = self.settings.planted_within_pct / 100.0
        return bool(travels) and not any(travel > limit for travel in travels)

    def _stance_now(self, lately: Poses) -> Stance | None:
        """Return the working leg before the repetition has closed; ``None`` while it is unclear."""
        rule = self.exercise.stance
        if rule == "planted" and self._machine.started_s is None:
            return None
        window = self._since_start(lately)
        return find_stance(window, rule, self._hips.leg_px, self.settings.min_confidence)

    def _since_start(self, lately: Poses) -> Poses:
        """Return the poses since the movement began; all of them at rest."""
        started_s = self._machine.started_s
        return lately if started_s is None else lately.between(started_s, math.inf)

    def _follow_descent(self, phase: Phase, t_s: float) -> float | None:
        """Follow when the descent begins and ends; return its duration once the way up begins.

        A pause on the way down belongs to the descent when the person then goes on down.
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
        """Return how long the current descent has lasted; ``None`` when there is none to show."""
        if self._descent_start_s is None or not self._feet_planted:
            return None
        elapsed_s = (self._descent_end_s or t_s) - self._descent_start_s
        return elapsed_s if elapsed_s >= SHORTEST_DESCENT_S else None

    def _live_values(
        self, sample: PoseSample, phase: Phase
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Return provisional values by metric id: as measured, and as the limits judge them.

        They are computed on the median pose of the last few frames. Once the person was seen
        standing, they are corrected like the final values, and a metric whose change is judged is
        compared with that standing.
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
        """Return the leg on which a metric is shown live."""
        return metric.side or leg_to_measure(self._stance or "left", self._view)

    def _shows_live(self, metric: Metric, poses: Poses) -> bool:
        """Return whether a metric can be shown at the current frame."""
        if not metric.per_frame or why_not_from(metric, self._view, poses.profile) is not None:
            return False
        which = list(needed_keypoints(metric, self._leg(metric), self._view))
        return bool((poses.confidence[-1, which] >= self.settings.min_confidence).all())
