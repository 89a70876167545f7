"""Take out of a measurement what the pose model is known to get wrong.

Where a model puts a joint differs a little from where the joint is, and by how much goes with what
can be seen: how deep the body is, what the leg's outline adds, how the person reads in standing.
A correction is a small linear function of such features, found on people whose movement is known
(``benchmarks/people``) and declared by the profile of the poses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from formcheck.data.arrays import BoolArray, FloatArray, median_of
from formcheck.data.exercise import Metric
from formcheck.data.keypoints import EDGED_JOINTS, SIDES, Side
from formcheck.data.poses import Poses, distance_px
from formcheck.motion import angles
from formcheck.motion.camera_view import facing_sign, yaw_deg
from formcheck.motion.knee_edges import outline_tells, place_between_edges, upright_frames
from formcheck.motion.limbs import bone_length_px


@dataclass(frozen=True)
class SmoothPoses:
    """The smoothed poses of a stretch of film, twice.

    Attributes
    ----------
    points
        As the model gives them.
    outlined
        With knee and ankle of the working legs moved to their place in the leg's outline; the same
        poses where no outline is known or wanted.
    """

    points: Poses
    outlined: Poses

    @cached_property
    def upright(self) -> BoolArray:
        """In which frames the person is upright, shape (N,)."""
        return upright_frames(self.points)


@dataclass(frozen=True)
class _Seen:
    """What a feature is read from."""

    metric: Metric
    poses: SmoothPoses
    side: Side
    values: FloatArray

    def when_upright(self, values: FloatArray) -> FloatArray:
        """The median of the upright frames, for every frame; NaN when none is known."""
        known = values[self.poses.upright & np.isfinite(values)]
        return np.full(len(values), median_of(known))

    def in_legs(self, distance: FloatArray) -> FloatArray:
        """A distance in leg lengths."""
        return distance / self.poses.points.leg_length_px


def corrected(metric: Metric, poses: SmoothPoses, side: Side) -> FloatArray:
    """Give a metric for every frame, shape (N,), with what is known to be wrong taken out.

    Without a correction in the profile of the poses it is the metric's own series. A feature that
    is not known adds nothing, and one beyond what the correction was found on counts as the
    furthest that was.
    """
    values = plain(metric, poses, side)
    return values + _added(_Seen(metric, poses, side, values))


def _added(seen: _Seen) -> FloatArray:
    """What is to be added in each frame: to the metric itself, and to what it is made of."""
    total = np.zeros(len(seen.values))
    for part, weight in seen.metric.made_of:
        values = plain(part, seen.poses, seen.side)
        total += weight * _added(_Seen(part, seen.poses, seen.side, values))
    correction = seen.poses.points.profile.corrections.get(seen.metric.corrected_as)
    if correction is None:
        return total
    found = {term.feature: FEATURES[term.feature](seen) for term in correction.terms}
    return total + correction.added(found, len(total))


def plain(metric: Metric, poses: SmoothPoses, side: Side) -> FloatArray:
    """Give a metric for every frame by its definition alone; NaN for one without a series."""
    if metric.series is None:
        return np.full(len(poses.points), np.nan)
    return metric.series(poses.outlined if metric.in_outline else poses.points, side)


def features(
    metric: Metric, poses: SmoothPoses, side: Side, names: list[str]
) -> Mapping[str, FloatArray]:
    """Give the named features for every frame, shape (N,) each; see ``FEATURES``."""
    seen = _Seen(metric, poses, side, plain(metric, poses, side))
    return {name: FEATURES[name](seen) for name in names}


def _value(seen: _Seen) -> FloatArray:
    """The metric itself."""
    return seen.values


def _standing(seen: _Seen) -> FloatArray:
    """The metric while the person is upright: most of a person's own error shows there."""
    return seen.when_upright(seen.values)


def _outline(seen: _Seen) -> FloatArray:
    """What the leg's outline adds to the metric; NaN where the outline of the knee tells nothing.

    Where it is unknown the joints stay where they are, which is not the same as an outline that
    agrees with them.
    """
    tells = outline_tells(seen.poses.points, seen.side, "knee")
    if seen.metric.series is None or not tells:
        return np.full(len(seen.values), np.nan)
    return seen.metric.series(seen.poses.outlined, seen.side) - seen.values


def _knee_in_leg(seen: _Seen) -> FloatArray:
    """Where the knee lies between the leg's edges in upright posture: 0 outside, 1 inside.

    A knee that the model puts too far to one side in standing stays there.
    """
    return seen.when_upright(place_between_edges(seen.poses.points, seen.side, "knee"))


def _knee_front(seen: _Seen) -> FloatArray:
    """From the side: how much further the leg's front is before the knee than in upright posture.

    In leg lengths. The kneecap stays before the joint, so what is more is a knee that the model
    puts too far back.
    """
    points = seen.poses.points
    edges_px = points.leg_edges_px[:, SIDES.index(seen.side), EDGED_JOINTS.index("knee")]
    facing = facing_sign(points)
    front_px = edges_px[:, 1] if facing > 0 else -edges_px[:, 0]
    return seen.in_legs(front_px - seen.when_upright(front_px))


def _thigh_upright(seen: _Seen) -> FloatArray:
    """How much of the thigh's length stands upright in the image: 1 all of it, 0 level."""
    hip, knee, _ = _leg(seen)
    return angles.upright_share(hip, knee)


def _drop(seen: _Seen) -> FloatArray:
    """How far the hips are below upright, in leg lengths."""
    height_px = seen.poses.points.middle("hip")[:, 1]
    return seen.in_legs(height_px - seen.when_upright(height_px))


def _heading(seen: _Seen) -> FloatArray:
    """How far the body is turned, in degrees, + with the middle of the body away from the leg."""
    turned = yaw_deg(seen.poses.points)
    turn = median_of(turned[np.isfinite(turned)])
    return np.full(len(seen.values), turn * angles.medial_sign(seen.side))


def _knee_bend(seen: _Seen) -> FloatArray:
    """Flexion of the knee from its three points in the image, in degrees."""
    hip, knee, ankle = _leg(seen)
    return angles.joint_angle_deg(hip, knee, ankle)


def _bend_from_lengths(seen: _Seen) -> FloatArray:
    """What flexion from the lengths of the bones has over that from the three points, in degrees.

    Bones keep their lengths: with thigh and shank known, the way from hip to ankle gives the angle
    (law of cosines), wherever the model puts the knee.
    """
    hip, knee, ankle = _leg(seen)
    thigh_px, shank_px = (
        bone_length_px(distance_px(*ends)) for ends in ((hip, knee), (knee, ankle))
    )
    from_lengths = angles.flexion_from_lengths_deg(thigh_px, shank_px, distance_px(hip, ankle))
    return from_lengths - _knee_bend(seen)


def _leg(seen: _Seen) -> tuple[FloatArray, FloatArray, FloatArray]:
    hip, knee, ankle = (
        seen.poses.points.joint(seen.side, joint) for joint in ("hip", "knee", "ankle")
    )
    return hip, knee, ankle


FEATURES: Mapping[str, Callable[[_Seen], FloatArray]] = {
    "value": _value,
    "standing": _standing,
    "outline": _outline,
    "knee in leg": _knee_in_leg,
    "knee front": _knee_front,
    "thigh upright": _thigh_upright,
    "drop": _drop,
    "heading": _heading,
    "knee bend": _knee_bend,
    "bend from lengths": _bend_from_lengths,
}
"""What a correction can go with, by name."""
