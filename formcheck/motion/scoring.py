"""Score a repetition on the clinical scale of its exercise, as far as a camera can see it.

A clinical scale is a published list of items, such as "trunk leans" or "knee moves inward", that an
examiner scores by eye; more points are worse. Here each item gets its points for certain, a range
when its number is within one standard error of a limit, or a reason why it could not be seen.
Limits and their sources: docs/measurement.md. The scales are in :mod:`formcheck.exercises.scales`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.data.arrays import BoolArray, FloatArray, or_nan
from formcheck.data.exercise import Exercise, Metric, Scale, ScaleItem
from formcheck.data.keypoints import SIDES, Keypoint, Side, keypoint, other
from formcheck.data.numbers import limit_text, number
from formcheck.data.poses import Poses, distance_px
from formcheck.data.session import ItemScore, Measurement, Rep, ScaleScore
from formcheck.data.settings import Settings
from formcheck.motion.angles import joint_angle_deg
from formcheck.motion.filters import low_pass
from formcheck.motion.limbs import hidden_share

HALF_FOOT_PCT = 5.9
"""Half a foot's width in % of leg length: 0.05 m of 0.85 m."""

TURNED_OUT_PCT = 4.0
"""How far the knee of a straight leg is medial (toward the body's middle) of the foot's axis, in %
of leg length, as people stand with their feet turned out: 2.5 to 5.5 %, on average 4 %, on the
clips whose knee angle is scripted at 4 degrees or less."""

INNER_BORDER_PCT = TURNED_OUT_PCT + HALF_FOOT_PCT
SECOND_TOE_PCT = 7.0
"""A knee further medial than this counts as past the foot's inner border, and as past the second
toe. The latter is half-way to the border, where a knee angle of 8 degrees is on the clips; that
separates knees over the foot (5.0 degrees) from knees medial to it (11.6 degrees, Ageberg 2010).
Our choice."""

HAND_MOVED_PCT, HAND_ERROR_PCT = 30.0, 10.0
"""A hand has left its place when it is this far from it, in % of trunk length (about 15 cm), and
the error of that distance. On the clips, hands that stay measure up to 15 %, on the waist up to 9
%. Our choice."""

ON_THE_WAIST_PCT, ELBOW_BENT_DEG = 45.0, 40.0
"""A hand this near to its hip, in % of trunk length, with the elbow bent at least so far, rests on
the waist. On the clips such hands are at 24 to 40 %. Our choice."""

FOOT_ERROR_PCT = 2.0
"""Error of how far the standing foot moves sideways, in % of leg length: planted feet measure up to
2.0 % on the clips seen from the front. The foot wavers when it moves by half its width."""

SWAY_HZ, SWAY_PCT, SWAY_ERROR_PCT = 1.0, 1.5, 0.5
"""The trunk wavers when the shoulders are further than the second number (in % of leg length) from
their own path below 1 Hz; the third is its error. Steady trunks measure up to 0.6 % on the clips,
and 0.9 % on films of people. Our choice."""

REST_S, REST_WITHIN_PCT = 1.5, 1.5
"""A free foot that stays longer than this within so many % of leg length of its lowest place may
have taken weight. A touch of the floor lasts up to 0.8 s on the clips. Our choice."""

LEVEL_PCT = 5.0
"""A free foot that comes this near to the standing one's height in the image may have touched."""

NOT_MEASURED_HERE = "it is not measured in this exercise"

_SHOULDERS = (Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER)

HELD_S = 0.2
"""A value must last this long to count; what is shorter is a flicker of the pose model. Our
choice."""


@dataclass(frozen=True)
class Evidence:
    """What the items of a scale are scored from.

    Attributes
    ----------
    rep
        The measured repetition.
    window
        Its smoothed poses with the standing before it.
    exercise, settings
        The exercise with the limits by which the repetition was judged, and the settings.
    side
        The working leg.
    standing
        Start and end of the standing before it, in seconds; ``None`` when there was none.
    """

    rep: Rep
    window: Poses
    exercise: Exercise
    settings: Settings
    side: Side
    standing: tuple[float, float] | None

    @property
    def during(self) -> Poses:
        """The poses of the repetition itself."""
        return self.window.between(self.rep.start_s, self.rep.end_s)

    def in_rep(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return times and values of a time series, inside the repetition only."""
        inside = _within(self.window.t_s, (self.rep.start_s, self.rep.end_s))
        return self.window.t_s[inside], values[inside]

    def measured(self, item: ScaleItem) -> tuple[Metric | None, Measurement]:
        """Return the metric that scores an item, and its measurement.

        It is the first of the item's metrics that this view shows; ``None`` and an empty
        measurement when the exercise has none of them.
        """
        own = [metric for metric in self.exercise.metrics if metric.id in item.measures]
        shown = [metric for metric in own if self.rep.view.kind in metric.views]
        metric = next(iter(shown or own), None)
        if metric is None:
            return None, Measurement()
        return metric, self.rep.measurements.get(metric.id, Measurement())

    @property
    def reference(self) -> tuple[float, float]:
        """Start and end of the standing; without one, of the repetition's first moments."""
        return self.standing or (self.rep.start_s, self.rep.start_s + HELD_S)


def score_rep(
    rep: Rep,
    window: Poses,
    exercise: Exercise,
    settings: Settings,
    *,
    side: Side,
    standing: tuple[float, float] | None,
) -> ScaleScore | None:
    """Score a repetition by the exercise's scale; ``None`` when it has none.

    The arguments are those of :class:`Evidence`. An item that cannot be seen is listed with the
    reason; nothing is raised.
    """
    if exercise.scale is None:
        return None
    evidence = Evidence(rep, window, exercise, settings, side, standing)
    return total(exercise.scale, [score_item(item, evidence) for item in exercise.scale.items])


def score_item(item: ScaleItem, evidence: Evidence) -> ItemScore:
    """Score one item."""
    if item.cannot_see:
        return _unseen(item, item.cannot_see)
    judge = _JUDGES.get(item.id)
    return judge(item, evidence) if judge else _unseen(item, "formcheck cannot measure this")


def total(scale: Scale, items: Sequence[ItemScore]) -> ScaleScore:
    """Add up the seen items; give a grade only when the unseen ones cannot change it."""
    possible = {item.id: item.points for item in scale.items}
    seen = [score for score in items if score.points is not None]
    unseen = tuple(score.item for score in items if score.points is None)
    least = sum(score.points or 0 for score in seen)
    most = sum(score.at_most or 0 for score in seen)
    unseen_points = sum(possible[item] for item in unseen)
    best, worst = (_band(scale, points) for points in (least, most + unseen_points))
    return ScaleScore(
        scale=scale.id,
        items=tuple(items),
        seen_points=least,
        seen_points_at_most=most,
        possible_points_seen=sum(possible[score.item] for score in seen),
        unseen_points=unseen_points,
        unseen=unseen,
        grade=best if best == worst else None,
    )


def _band(scale: Scale, points: int) -> str | None:
    """Return the scale's grade for a number of points."""
    return next((grade for limit, grade in scale.bands if points <= limit), None)


def _unseen(item: ScaleItem, reason: str) -> ItemScore:
    """Return the score of an item that was not seen."""
    return ItemScore(item=item.id, points=None, at_most=None, reason=reason)


def _scored(item: ScaleItem, least: int, most: int, reason: str) -> ItemScore:
    """Return a score of ``least`` to ``most`` points, limited to the maximum of the item."""
    least, most = min(least, item.points), min(most, item.points)
    doubt = "" if least == most else "not certain: "
    return ItemScore(item=item.id, points=least, at_most=most, reason=doubt + reason)


def _beyond(value: float, error: float, limits: Iterable[float]) -> tuple[int, int]:
    """Return how many limits the value is beyond: for certain, and at most (by its error)."""
    limits = tuple(limits)
    return (
        sum(value - error > limit for limit in limits),
        sum(value + error > limit for limit in limits),
    )


# --- the items -----------------------------------------------------------------------------


def _arms(item: ScaleItem, evidence: Evidence) -> ItemScore:
    """Score the arms. One hand that moves is enough; for a score of 0 both must be seen."""
    moved: dict[Side, float] = {}
    unseen: list[str] = []
    for side in SIDES:
        travel = hand_travel_pct(evidence.window, side, evidence.reference)
        furthest = highest_held(*evidence.in_rep(travel))
        reason = _hidden(evidence, [keypoint(side, "wrist")])
        if reason is None and math.isfinite(furthest):
            moved[side] = furthest
        else:
            unseen.append(reason or f"the {side} hand was not seen for long enough")
    if not moved:
        return _unseen(item, "; ".join(unseen))
    side = max(moved, key=lambda a_side: moved[a_side])
    least, most = _beyond(moved[side], HAND_ERROR_PCT, [HAND_MOVED_PCT])
    if unseen and not least:
        return _unseen(item, "; ".join(unseen))
    where = " on the waist" if on_the_waist(evidence.window, evidence.reference) else ""
    when = "while standing" if evidence.standing else "at the start"
    reason = (
        f"the {side} hand moved {moved[side]:.0f} ± {HAND_ERROR_PCT:.0f} % of trunk length away "
        f"from where it was{where} {when} (limit {HAND_MOVED_PCT:.0f} %)"
    )
    return _scored(item, least, most, reason)


def _trunk(item: ScaleItem, evidence: Evidence) -> ItemScore:
    """Score the trunk: by its sideways lean from the front, by its forward lean from the side."""
    metric, found = evidence.measured(item)
    if metric is None or found.largest is None:
        return _unseen(item, found.not_measured or NOT_MEASURED_HERE)
    if metric.limits is None:
        return _unseen(item, "trunk lean has no limits in this exercise")
    low, high = or_nan(metric.limits.good_low), or_nan(metric.limits.good_high)
    error = found.sem or 0.0
    beyond = np.nanmax([found.largest - high, low - found.largest])
    least, most = _beyond(float(beyond), error, [0.0])
    sides = ("forward", "sideways") if evidence.rep.view.kind == "side" else ("sideways", "forward")
    reason = (
        f"leaned {number(found.largest, 1)} ± {error:.1f}° {sides[0]} (a point is given outside "
        f"{limit_text(low)} to {limit_text(high)}°); {sides[1]} lean cannot be seen in this view"
    )
    return _scored(item, least, most, reason)


def _knee(item: ScaleItem, evidence: Evidence) -> ItemScore:
    """Score the knee: by how far it is medial of the foot's axis at the bottom."""
    _, found = evidence.measured(item)
    if found.at_bottom is None:
        return _unseen(item, found.not_measured or NOT_MEASURED_HERE)
    error = found.sem or 0.0
    limits = {"the second toe": SECOND_TOE_PCT}
    if item.points > 1:
        limits["the inner edge of the foot"] = INNER_BORDER_PCT
    least, most = _beyond(found.at_bottom, error, limits.values())
    said = ", ".join(f"{what} is at {limit:g} %" for what, limit in limits.items())
    way = "out" if found.at_bottom < 0 else "in"
    reason = (
        f"at the bottom the knee is {number(abs(found.at_bottom), 1)} ± {error:.1f} % of leg "
        f"length further {way} than the middle of the foot ({said})"
    )
    return _scored(item, least, most, reason)


def _balance(item: ScaleItem, evidence: Evidence) -> ItemScore:
    """Score the balance: by the standing foot, the sway of the shoulders, and the free foot.

    A camera cannot see whether the free foot takes weight, so it never gives points for certain.
    """
    if evidence.rep.view.kind != "front":
        return _unseen(item, "swaying from side to side can only be seen from the front")
    side = evidence.side
    needed = [*(keypoint(side, joint) for joint in ("heel", "toe")), *_SHOULDERS]
    reason = _hidden(evidence, [*needed, keypoint(other(side), "ankle")])
    if reason is not None:
        return _unseen(item, reason)
    travel = foot_travel_pct(evidence.window, side, evidence.reference)
    foot = highest_held(*evidence.in_rep(travel))
    sway = largest(evidence.in_rep(sway_pct(evidence.window))[1])
    if not math.isfinite(foot + sway):
        return _unseen(item, "the standing foot and the shoulders were not seen for long enough")
    by_foot = _beyond(foot, FOOT_ERROR_PCT, [HALF_FOOT_PCT])
    by_sway = _beyond(sway, SWAY_ERROR_PCT, [SWAY_PCT])
    touch = _touch(evidence)
    reason = (
        f"the standing foot moved {foot:.1f} ± {FOOT_ERROR_PCT:g} % of leg length sideways (limit "
        f"{HALF_FOOT_PCT:g} %); the shoulders swayed {sway:.1f} ± {SWAY_ERROR_PCT:g} % (limit "
        f"{SWAY_PCT:g} %); {touch or 'no sign of weight on the free foot'}"
    )
    most = max(by_foot[1], by_sway[1], int(touch is not None))
    return _scored(item, max(by_foot[0], by_sway[0]), most, reason)


def _touch(evidence: Evidence) -> str | None:
    """Say why the free foot may have taken weight; ``None`` when there is no sign of it."""
    if evidence.exercise.stance == "lower":
        level = -free_foot_height_pct(evidence.window, evidence.side)
        if highest_held(*evidence.in_rep(level)) > -LEVEL_PCT:
            return "the free foot came level with the standing foot and may have touched the floor"
        return None
    rest_s = free_foot_rest_s(evidence.during, evidence.side, evidence.rep.lowest_s)
    if rest_s > REST_S:
        return f"the free foot rested for {rest_s:.1f} s and may have taken weight"
    return None


_JUDGES: Mapping[str, Callable[[ScaleItem, Evidence], ItemScore]] = {
    "arms": _arms,
    "trunk": _trunk,
    "knee": _knee,
    "balance": _balance,
}


def _hidden(evidence: Evidence, points: Iterable[Keypoint]) -> str | None:
    """Say which keypoint is hidden for too long; ``None`` when none is."""
    for point in points:
        share_pct = 100.0 * hidden_share(evidence.during, point, evidence.settings.min_confidence)
        if share_pct > evidence.settings.max_hidden_pct:
            name = point.name.lower().replace("_", " ")
            return f"the {name} was hidden for {share_pct:.0f} % of the repetition"
    return None


# --- what is seen --------------------------------------------------------------------------


def hand_travel_pct(window: Poses, side: Side, reference: tuple[float, float]) -> FloatArray:
    """Return how far a hand is from its place in standing, in % of trunk length; shape (N,).

    The place of the wrist is taken relative to the hip, along and across the trunk, so that a hand
    that moves with a leaning trunk stays in place. NaN where a point is missing, and everywhere
    when the hand was not seen in standing.
    """
    trunk = window.middle("shoulder") - window.middle("hip")
    length = np.linalg.norm(trunk, axis=1)
    up = trunk / length[:, None]
    across = np.stack([-up[:, 1], up[:, 0]], axis=1)
    standing = _within(window.t_s, reference)
    standing_px = _mean(length[standing])
    hand = window.joint(side, "wrist") - window.joint(side, "hip")
    # Along the trunk, its length at that moment is used: leaning forward shortens both.
    along = np.sum(hand * up, axis=1) / length
    sideways = np.sum(hand * across, axis=1) / standing_px
    moved = along - _mean(along[standing]), sideways - _mean(sideways[standing])
    return np.asarray(100.0 * np.hypot(*moved))


def on_the_waist(window: Poses, reference: tuple[float, float]) -> bool:
    """Return whether both hands rest on the waist in standing: near the hips, elbows bent."""
    standing = window.between(*reference)
    trunk_px = _mean(distance_px(standing.middle("shoulder"), standing.middle("hip")))
    for side in SIDES:
        shoulder, elbow, wrist, hip = (
            standing.joint(side, joint) for joint in ("shoulder", "elbow", "wrist", "hip")
        )
        near = 100.0 * _mean(distance_px(wrist, hip)) / trunk_px < ON_THE_WAIST_PCT
        if not near or _mean(joint_angle_deg(shoulder, elbow, wrist)) < ELBOW_BENT_DEG:
            return False
    return True


def foot_travel_pct(window: Poses, side: Side, reference: tuple[float, float]) -> FloatArray:
    """Return how far a foot is sideways of its place in standing, in % of leg length; (N,).

    NaN where heel or toe is missing, and everywhere when the foot was not seen in standing.
    """
    foot_x = (window.joint(side, "heel") + window.joint(side, "toe"))[:, 0] / 2.0
    place = _mean(foot_x[_within(window.t_s, reference)])
    return np.asarray(100.0 * np.abs(foot_x - place) / window.leg_length_px)


def sway_pct(window: Poses) -> FloatArray:
    """Return how far the shoulders are beside their own slow path, % of leg length; (N,)."""
    shoulders_x = window.middle("shoulder")[:, 0]
    slow_path = low_pass(window.t_s, shoulders_x, SWAY_HZ)
    return np.asarray(100.0 * np.abs(shoulders_x - slow_path) / window.leg_length_px)


def free_foot_height_pct(window: Poses, side: Side) -> FloatArray:
    """Return how far the free ankle is above the working one, in % of leg length; (N,)."""
    height_px = window.joint(side, "ankle")[:, 1] - window.joint(other(side), "ankle")[:, 1]
    return np.asarray(100.0 * height_px / window.leg_length_px)


def free_foot_rest_s(window: Poses, side: Side, lowest_s: float) -> float:
    """Return how long the free ankle stays where it is when the hip is lowest, in seconds."""
    ankle = window.joint(other(side), "ankle")
    seen = np.isfinite(ankle[:, 0])
    t_s, ankle = window.t_s[seen], ankle[seen]
    if len(t_s) == 0:
        return 0.0
    lowest = int(np.argmin(np.abs(t_s - lowest_s)))
    away = 100.0 * distance_px(ankle, ankle[lowest]) / window.leg_length_px
    left = np.flatnonzero(away > REST_WITHIN_PCT)
    before, after = left[left < lowest], left[left > lowest]
    first = before[-1] + 1 if len(before) else 0
    last = after[0] - 1 if len(after) else len(t_s) - 1
    return float(t_s[last] - t_s[first])


def highest_held(t_s: FloatArray, values: FloatArray) -> float:
    """Return the highest level that a series keeps for :data:`HELD_S`; NaN if it is shorter."""
    known = np.isfinite(values)
    t_s, values = t_s[known], values[known]
    if len(t_s) == 0:
        return math.nan
    starts = t_s[t_s <= t_s[-1] - HELD_S]
    levels = [values[_within(t_s, (start_s, start_s + HELD_S))].min() for start_s in starts]
    return float(max(levels, default=math.nan))


def largest(values: FloatArray) -> float:
    """Return the largest known value; NaN when none is known."""
    known = values[np.isfinite(values)]
    return float(known.max()) if len(known) else math.nan


def _within(t_s: FloatArray, stretch: tuple[float, float]) -> BoolArray:
    return np.asarray((t_s >= stretch[0]) & (t_s <= stretch[1]))


def _mean(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan
