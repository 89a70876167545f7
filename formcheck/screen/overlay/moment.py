"""What there is to show at one moment: the result, made ready for drawing.

The result of a frame says what is known now. A screen must also hold some things for a while,
so that a person can read them: :class:`Memory` is that, and :func:`remember` moves it on by one
frame.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from formcheck.data._before import Exercise, MetricSpec
from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, Side, keypoint
from formcheck.data.results import Cue, FrameResult, Grade, Rep
from formcheck.screen.overlay.scene import Layout, Point
from formcheck.screen.palette import SEVERITY, worst

LEAST_CONFIDENCE = 0.65
"""Keypoints below it are not drawn."""
VERDICT_S = 2.2
"""How long the verdict on a repetition stays."""
TEMPO_S = 1.5
"""How long the tempo bar stays filled after the lowering."""
READOUT_S = 0.15
"""Numbers change no faster: the eye could not follow."""
UNSEEN_S = 0.4
"""A person who is lost for a shorter time is not reported."""
USUAL_BODY = 80.0
"""Shoulder to ankle along the body of a person who fills a picture well, in units."""
BODY_SMOOTHING_S = 2.0
"""How slowly the width of the lines follows the size of the person."""

BodyPart = Literal["trunk", "knee", "pelvis"]


@dataclass(frozen=True)
class Memory:
    """What the screen keeps from the frames before; times are those of the frames.

    Attributes
    ----------
    rep, rep_s
        The last closed repetition and when it was first seen to be closed.
    descent_s, descent_seen_s
        How long the last lowering had taken when it was last seen, and when that was.
    live, live_grades, live_s
        The numbers on the screen, and since when.
    cue, cue_grade
        The cue on the screen, and its worst grade while it stood there.
    seen_s
        When the person was last in view.
    body_px
        Shoulder to ankle along the body, smoothed; NaN before the body was seen.
    t_s
        Time of the frame.
    message_on_the_left
        Where the message stands, so that it stays there; ``None`` when there is none.
    """

    rep: Rep | None = None
    rep_s: float = -math.inf
    descent_s: float | None = None
    descent_seen_s: float = -math.inf
    live: Mapping[str, float] = field(default_factory=dict)
    live_grades: Mapping[str, Grade] = field(default_factory=dict)
    live_s: float = -math.inf
    cue: Cue | None = None
    cue_grade: Grade | None = None
    seen_s: float = -math.inf
    body_px: float = math.nan
    t_s: float = -math.inf
    message_on_the_left: bool | None = None


def remember(memory: Memory, result: FrameResult, keypoints_px: FloatArray) -> Memory:
    """Give the memory after this frame; the place of the message is left as it was."""
    now = result.t_s
    closed = result.last_rep is not None and (
        memory.rep is None or result.last_rep.index != memory.rep.index
    )
    lowering_s = result.descent_elapsed_s
    if closed and lowering_s is None and result.last_rep is not None:
        # What was measured takes the place of what was counted while it went on.
        lowering_s = result.last_rep.tempo.get("descent_s")
    lowering = lowering_s is not None
    refresh = now - memory.live_s >= READOUT_S
    return Memory(
        rep=result.last_rep,
        rep_s=now if closed else memory.rep_s,
        descent_s=lowering_s if lowering else memory.descent_s,
        descent_seen_s=now if lowering else memory.descent_seen_s,
        live={**result.live, **result.live_judged} if refresh else memory.live,
        live_grades=result.live_grades if refresh else memory.live_grades,
        live_s=now if refresh else memory.live_s,
        cue=result.cue,
        cue_grade=_cue_grade(memory, result),
        seen_s=now if result.sample.seen else memory.seen_s,
        body_px=_follow(memory.body_px, body_length(keypoints_px), now - memory.t_s),
        t_s=now,
        message_on_the_left=memory.message_on_the_left,
    )


def _cue_grade(memory: Memory, result: FrameResult) -> Grade | None:
    cue = result.cue
    if cue is None:
        return None
    if cue.praise:
        return "good"
    so_far = memory.cue_grade if cue == memory.cue else None
    return worst(("watch", so_far, result.live_grades.get(cue.metric)))


def _follow(old: float, new: float, elapsed_s: float) -> float:
    if not math.isfinite(new):
        return old
    if not math.isfinite(old):
        return new
    return new + (old - new) * math.exp(-max(elapsed_s, 0.0) / BODY_SMOOTHING_S)


def body_length(keypoints_px: FloatArray) -> float:
    """Shoulder to hip to knee to ankle in pixels, of the side that shows more; NaN when neither."""
    lengths = []
    for side in SIDES:
        joints = [keypoint(side, joint) for joint in ("shoulder", "hip", "knee", "ankle")]
        steps = np.diff(keypoints_px[joints], axis=0)
        lengths.append(float(np.hypot(steps[:, 0], steps[:, 1]).sum()))
    return max((length for length in lengths if math.isfinite(length)), default=math.nan)


@dataclass(frozen=True, eq=False)
class Moment:
    """One frame's result, ready to be drawn.

    Attributes
    ----------
    exercise, result, memory
        What is done, what is known now, and what the screen still holds.
    keypoints_px
        Shape (19, 2), in pixels of the picture that is drawn on; NaN where a keypoint is unseen,
        or too uncertain to be drawn.
    """

    exercise: Exercise
    result: FrameResult
    memory: Memory
    keypoints_px: FloatArray

    def point(self, which: Keypoint) -> Point | None:
        """Where a keypoint is, ``None`` when it is not to be drawn."""
        x, y = self.keypoints_px[which]
        return (float(x), float(y)) if math.isfinite(x) and math.isfinite(y) else None

    def joint(self, side: Side, joint: str) -> Point | None:
        """Where a joint is, ``None`` when it is not to be drawn."""
        return self.point(keypoint(side, joint))

    def middle(self, joint: str) -> Point | None:
        """Midway between the left and the right joint.

        From the side one of them is often hidden behind the other; then the one that is seen.
        """
        left, right = self.joint("left", joint), self.joint("right", joint)
        if left is not None and right is not None:
            return (left[0] + right[0]) / 2, (left[1] + right[1]) / 2
        return (left or right) if self.result.view.kind == "side" else None

    @property
    def working_sides(self) -> tuple[Side, ...]:
        """The legs that carry, as far as known, and are worth drawing strong."""
        stance = self.result.stance_side
        if stance is None:
            return ()
        if stance != "both":
            return (stance,)
        near = self.result.view.near_side
        # From the side the far leg is behind the near one: it adds lines, but tells nothing.
        return (near,) if self.result.view.kind == "side" and near else SIDES

    @property
    def idle_sides(self) -> tuple[Side, ...]:
        """The other legs."""
        return tuple(side for side in SIDES if side not in self.working_sides)

    @property
    def person_seen(self) -> bool:
        """Whether the person is in view, or was just now."""
        return self.result.t_s - self.memory.seen_s < UNSEEN_S

    @property
    def fresh_rep(self) -> Rep | None:
        """The repetition whose verdict is still on the screen."""
        age_s = self.result.t_s - self.memory.rep_s
        return self.memory.rep if age_s < VERDICT_S else None

    @property
    def lowering_s(self) -> float | None:
        """What the tempo bar shows: the lowering under way, or for a moment the last one."""
        if self.result.t_s - self.memory.descent_seen_s >= TEMPO_S:
            return None
        return self.memory.descent_s

    def line_scale(self, layout: Layout) -> float:
        """How wide to draw lines on the body, against the usual."""
        length = self.memory.body_px
        if not math.isfinite(length):
            return 1.0
        # Not in full proportion: the lines of a small person must be seen from afar too.
        return min(max(math.pow(length / layout.px(USUAL_BODY), 0.6), 0.5), 1.15)

    def part_grade(self, part: BodyPart, side: Side | None = None) -> Grade | None:
        """Give the worst live grade of what is measured on that part of the body."""
        return worst(
            self.result.live_grades.get(spec.name)
            for spec in self.exercise.metrics
            if body_part(spec) == part and (side is None or spec.side in (None, side))
        )


def body_part(spec: MetricSpec) -> BodyPart:
    """Tell the part of the body that a metric judges from the joints that it needs."""
    if "shoulder" in spec.needs:
        return "trunk"
    return "knee" if "knee" in spec.needs else "pelvis"


def picture_keypoints(sample: PoseSample, layout: Layout) -> FloatArray:
    """Keypoints in pixels of the picture drawn on, NaN where not to be drawn; shape (19, 2).

    The picture may be of another size than the one the pose was found in.
    """
    picture = np.array([layout.width_px, layout.height_px], dtype=np.float64)
    scaled = sample.keypoints_px * (picture / np.maximum(sample.frame_size_px, 1))
    with np.errstate(invalid="ignore"):
        drawable = (sample.confidence >= LEAST_CONFIDENCE) & (
            (scaled > -picture) & (scaled < 2 * picture)
        ).all(axis=1)
    return np.where(drawable[:, None], scaled, np.nan)


def graded_metrics(moment: Moment) -> tuple[MetricSpec, ...]:
    """List the graded metrics that this view shows, most important first.

    Of two that matter the same (the two knees of a squat) the worse one comes first. None while
    the view is unknown.
    """
    kind = moment.result.view.kind
    grades = moment.memory.live_grades

    def rank(spec: MetricSpec) -> tuple[int, int]:
        grade = grades.get(spec.name)
        return spec.priority, -SEVERITY[grade] if grade else 1

    return tuple(
        sorted(
            (
                spec
                for spec in moment.exercise.metrics
                if spec.bands is not None and kind in spec.views
            ),
            key=rank,
        )
    )


def place_message(memory: Memory, moment: Moment, layout: Layout) -> bool:
    """Whether a message belongs on the left; one that is on the screen stays where it is."""
    if memory.message_on_the_left is not None:
        return memory.message_on_the_left
    hips = moment.middle("hip")
    return hips is not None and hips[0] > 0.6 * layout.width_px
