"""What an analysis gives, per frame, per repetition and per session: plain frozen records."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from formcheck.data.arrays import FloatArray
from formcheck.data.frame import SourceInfo
from formcheck.data.keypoints import PoseSample, Side
from formcheck.data.live import Phase as Phase
from formcheck.pose.estimator import ModelInfo

Stance = Literal["left", "right", "both"]
Grade = Literal["good", "watch", "fault", "borderline"]
ViewKind = Literal["front", "side", "oblique", "unknown"]

TEMPO_SEM_S = 0.1
"""Standard error of a phase's duration when the camera stands still, on the clips
(docs/accuracy.md)."""


@dataclass(frozen=True)
class View:
    """From where the camera sees the person.

    Attributes
    ----------
    kind
        ``front``, ``side``, ``oblique`` (between the two) or ``unknown`` (not seen long enough).
    yaw_deg
        Turn of the person about the vertical: 0 faces the camera, + turned toward the person's
        own left, so that a person at +90 shows the right side. NaN when unknown.
    yaw_sem_deg
        Standard error of the yaw.
    roll_deg
        Tilt of the camera about its axis, + when the picture's content leans clockwise; NaN when
        it could not be estimated.
    distance_heights
        Distance to the camera in body heights, assuming an ordinary lens; NaN when unknown.
    offset_deg
        Angle between the optical axis and the person, + to the right of the picture.
    near_side
        Which side of the body is nearer to the camera; ``None`` from the front.
    warnings
        What about the set-up costs accuracy, in words and with the way to mend it.
    roll_sem_deg
        Standard error of the roll; NaN when it is unknown.
    stance_offset_deg
        Angle between the optical axis and the working foot, + to the right of the picture; NaN
        when the working leg is not known or both work.
    """

    kind: ViewKind
    yaw_deg: float
    yaw_sem_deg: float
    roll_deg: float
    distance_heights: float
    offset_deg: float
    near_side: Side | None = None
    warnings: tuple[str, ...] = ()
    roll_sem_deg: float = math.nan
    stance_offset_deg: float = math.nan


@dataclass(frozen=True)
class Metric:
    """One measured quantity of one repetition, or the reason why it was not measured.

    Attributes
    ----------
    value
        At the bottom (the mean over it), in the metric's own unit, as seen in the image.
    standing
        The same in quiet standing before the repetition.
    change
        ``value - standing``.
    max
        Furthest from neutral over the repetition: from 0, for a ratio from 1.
    sem
        Standard error of ``value``, in the same unit.
    grade
        ``None`` when the metric is not graded.
    not_measured
        The reason in words; every number is then ``None``.
    yaw_effect
        How much a degree of the camera's yaw away from the front adds to ``value``; ``None`` for
        what yaw does not change.
    """

    value: float | None = None
    standing: float | None = None
    change: float | None = None
    max: float | None = None
    sem: float | None = None
    grade: Grade | None = None
    not_measured: str | None = None
    yaw_effect: float | None = None


@dataclass(frozen=True)
class Fault:
    """What went wrong in a repetition, the words that mend it, and when it showed."""

    metric: str
    cue: str
    at_s: float


@dataclass(frozen=True)
class Cue:
    """Something to say to the person while the set runs; provisional, never a metric.

    ``t_s`` is when it happened and ``decided_t_s`` when it was known.
    """

    metric: str
    text: str
    t_s: float
    decided_t_s: float
    praise: bool = False


def _points(count: int) -> str:
    return "1 point" if count == 1 else f"{count} points"


@dataclass(frozen=True)
class ItemScore:
    """One item of a clinical scale in one repetition, as far as it could be seen.

    Attributes
    ----------
    item
        Id of the item.
    points
        What is for certain: at the mild end of the standard error. ``None`` when not seen.
    at_most
        The most it may be; more than ``points`` when the result is borderline. ``None`` when not
        seen.
    reason
        What was judged and what was found, or why it was not seen, in words.
    """

    item: str
    points: int | None
    at_most: int | None
    reason: str


@dataclass(frozen=True)
class ScaleScore:
    """A clinical scale in one repetition: what was seen, and how much was not.

    Attributes
    ----------
    scale
        Id of the scale.
    items
        All of its items, in its order.
    seen_points, seen_points_at_most
        Sum over the seen items: for certain, and with what is borderline.
    possible_points_seen
        The most that the seen items can give.
    unseen_points
        The most that the unseen items would add.
    unseen
        Ids of the unseen items.
    grade
        In the scale's own words; ``None`` when what is borderline or unseen may change it, or when
        the scale has no grades.
    """

    scale: str
    items: tuple[ItemScore, ...]
    seen_points: int
    seen_points_at_most: int
    possible_points_seen: int
    unseen_points: int
    unseen: tuple[str, ...]
    grade: str | None

    @property
    def in_words(self) -> str:
        """The result as a range: what was seen, out of what could be, and what was not."""
        if not self.possible_points_seen:
            return f"nothing of it could be seen; all {self.unseen_points} points are open"
        found = str(self.seen_points)
        if self.seen_points_at_most > self.seen_points:
            found += f" to {self.seen_points_at_most}"
        said = f"{found} of the {_points(self.possible_points_seen)} that could be seen"
        if not self.unseen_points:
            return said
        verb = "was" if self.unseen_points == 1 else "were"
        return f"{said}; up to {self.unseen_points} more {verb} not seen"


@dataclass(frozen=True)
class Rep:
    """One repetition, measured once, when it closed.

    Attributes
    ----------
    index
        Counts from 1.
    stance_side
        The leg that does the work; ``both`` for a squat.
    start_s, end_s
        The first and the last event.
    lowest_s
        When the hip was lowest.
    events
        Seconds. ``descent_start_s, bottom_start_s, bottom_end_s, ascent_end_s``; for a step-up
        ``ascent_start_s, top_start_s, descent_start_s, descent_end_s``. ``None`` when the film
        does not show it.
    tempo
        ``descent_s, bottom_s, ascent_s, top_s``. In a repetition that runs down and up,
        ``top_s`` is the rest before it; in a step-up ``bottom_s`` is. ``None`` when unknown.
    tempo_sem_s
        Standard error of these durations, in seconds.
    stance_sure
        Whether the working leg is sure: told by the user, or by poses whose left and right are not
        in doubt.
    metrics
        By the names of the exercise's metrics.
    grade
        The worst grade of its metrics and its tempo, each taken at the mild end of its standard
        error: what can be said for certain. ``None`` when nothing could be graded.
    faults
        What is for certain outside the good band, most important first.
    view
        The view as known when the repetition closed.
    series_t_s, series
        Times, and for each measured metric its smoothed course over the repetition, shape (N,);
        the numbers above were taken from these.
    notes
        Remarks in words ("the film ends before the repetition does").
    scale
        The exercise's clinical scale, item by item; ``None`` when the exercise has none.
    set_index
        The set it belongs to, counted from 1.
    """

    index: int
    stance_side: Stance
    start_s: float
    end_s: float
    lowest_s: float
    events: Mapping[str, float | None]
    tempo: Mapping[str, float | None]
    metrics: Mapping[str, Metric]
    grade: Literal["good", "watch", "fault"] | None
    faults: tuple[Fault, ...]
    view: View
    series_t_s: FloatArray
    series: Mapping[str, FloatArray]
    notes: tuple[str, ...] = ()
    scale: ScaleScore | None = None
    set_index: int = 1
    tempo_sem_s: float = TEMPO_SEM_S
    stance_sure: bool = True


@dataclass(frozen=True)
class FrameResult:
    """What is known at one frame, from that frame and those before it: all the screen can show.

    Attributes
    ----------
    sample
        The pose as the estimator gave it.
    phase
        Phase of the repetition.
    reps_done
        Repetitions closed so far, this frame included.
    stance_side
        The working leg as far as known.
    depth
        Drop of the hip below standing, in % of leg length; NaN when unknown.
    live
        Provisional values of the exercise's metrics, by name; a metric that cannot be seen now
        is absent.
    live_judged, live_grades
        Of those metrics that are graded: the provisional number that the bands judge (the change
        from standing, where they judge that) and its grade.
    descent_elapsed_s
        Time since the descent began; ``None`` outside a descent.
    cue
        The cue to show now; it stays for a while.
    closed
        The repetition that closed at this frame.
    last_rep
        The last closed repetition.
    view
        The view as known so far.
    ignored
        Why a movement that ended at this frame does not count, in words; the person stayed in
        place, as far as was seen. ``None`` when there was none.
    """

    sample: PoseSample
    phase: Phase
    reps_done: int
    stance_side: Stance | None
    depth: float
    live: Mapping[str, float]
    live_judged: Mapping[str, float]
    live_grades: Mapping[str, Grade]
    descent_elapsed_s: float | None
    cue: Cue | None
    closed: Rep | None
    last_rep: Rep | None
    view: View
    ignored: str | None = None

    @property
    def t_s(self) -> float:
        """Time of the frame in seconds."""
        return self.sample.t_s


@dataclass(frozen=True)
class Summary:
    """The session in a few facts; every text is ready to be shown.

    Attributes
    ----------
    verdict
        One or two sentences, first thing a person should read.
    advice
        What to change next time, most important first; empty when nothing needs to.
    reps_by_side
        Count of repetitions by stance side.
    good_reps
        How many of them were good throughout.
    means
        Mean of each metric's ``value`` by stance side: ``means["left"]["knee_fppa_deg"]``.
    not_measured
        By metric: why it is missing from some repetitions or all.
    notes
        What was taken for granted or left out: the exercise recognised and how surely, movements
        that were no repetitions.
    """

    verdict: str
    advice: tuple[str, ...]
    reps_by_side: Mapping[str, int]
    good_reps: int
    means: Mapping[str, Mapping[str, float]]
    not_measured: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Training:
    """What the person told about a session; nothing of it can be seen in the film.

    Attributes
    ----------
    date
        The day it was done, ``YYYY-MM-DD``; ``None`` for the day it was analyzed.
    step_height_cm
        Height of the step.
    load_kg
        Weight held; 0 for none, ``None`` when not told.
    pain
        The worst pain during it, 0 to 10.
    """

    date: str | None = None
    step_height_cm: float | None = None
    load_kg: float | None = None
    pain: int | None = None


@dataclass(frozen=True)
class SessionResult:
    """Everything one session gave; the report is a pure function of it.

    ``frames`` are columns over all frames: ``t_s``, ``phase``, ``rep`` (index or 0),
    ``stance_side``, ``depth`` and the live metrics. ``config`` is the settings as plain data.
    ``created`` is ISO 8601 with a time zone. ``training`` is ``None`` when nothing was told.
    """

    formcheck_version: str
    created: str
    source: SourceInfo
    model: ModelInfo
    frames_with_person: int
    exercise: str
    view: View
    config: Mapping[str, Any]
    reps: tuple[Rep, ...]
    frames: Mapping[str, list[Any]]
    summary: Summary
    training: Training | None = None
