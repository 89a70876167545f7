"""Correct a metric's time series for the known errors of the pose model.

A pose model puts a joint a little beside its true place. The error depends on things that can be
seen: how deep the body is, where the edges of the leg are in the image, what the metric reads in
standing. Such a quantity is called a *feature*. A correction is a small linear function of
features, fitted on people whose true movement is known (``benchmarks/people``) and declared in the
profile of the poses (:mod:`formcheck.data.pose_profile`). ``corrected`` applies it; the measuring
of a repetition calls it for each metric.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from formcheck.data.arrays import BoolArray, FloatArray, median_of
from formcheck.data.exercise import Metric
from formcheck.data.keypoints import EDGED_JOINTS, SIDES, Side
from formcheck.data.pose_profile import PoseProfile
from formcheck.data.poses import Poses, distance_px
from formcheck.motion import angles
from formcheck.motion.camera_view import facing_sign, yaw_deg
from formcheck.motion.knee_edges import has_usable_edges, place_between_edges, upright_frames
from formcheck.motion.limbs import bone_length_px


@dataclass(frozen=True)
class SmoothPoses:
    """The smoothed poses of a stretch of film, in two versions.

    Attributes
    ----------
    points
        As the model gives them.
    outlined
        With knee and ankle of the working legs moved to their place between the leg's edges in the
        image (:mod:`formcheck.motion.knee_edges`); the same as ``points`` where the edges are not
        known or not wanted.
    """

    points: Poses
    outlined: Poses

    @cached_property
    def upright(self) -> BoolArray:
        """In which frames the person stands upright, shape (N,)."""
        return upright_frames(self.points)


@dataclass(frozen=True)
class _Inputs:
    """What a feature is computed from; ``values`` is the metric's uncorrected time series."""

    metric: Metric
    poses: SmoothPoses
    side: Side
    values: FloatArray

    def when_upright(self, values: FloatArray) -> FloatArray:
        """Return the median over the upright frames, repeated for every frame; NaN if unknown."""
        known = values[self.poses.upright & np.isfinite(values)]
        return np.full(len(values), median_of(known))

    def in_legs(self, distance: FloatArray) -> FloatArray:
        """Return a distance, given in pixels, in leg lengths."""
        return distance / self.poses.points.leg_length_px


def corrected(metric: Metric, poses: SmoothPoses, side: Side) -> FloatArray:
    """Return the metric in every frame, shape (N,), corrected for the errors of the pose model.

    Without a correction in the profile of the poses, it is the plain series. A feature that is not
    known adds nothing; one outside the range on which the correction was fitted counts as the end
    of that range.
    """
    values = plain(metric, poses, side)
    return values + _correction_of(_Inputs(metric, poses, side, values))


def model_errors(
    metric: Metric, profile: PoseProfile, leg_px: float, *, guessed: bool = False
) -> tuple[float, float]:
    """Return the standard errors that the pose model leaves in a corrected metric.

    The first is the same all through a set, the second varies from one repetition to the next.
    Poses of another program have a stated error only, all of which is the same through a set.

    Parameters
    ----------
    metric, profile
        The metric, and the profile of the poses.
    leg_px
        Leg length in pixels.
    guessed
        Whether the place of the knee was guessed by the pose model.
    """
    errors, quantity = profile.errors, metric.corrected_as
    of_set, varies = (
        errors.of_value(found, metric.unit, leg_px, guessed=guessed)
        for found in (profile.sem_set(quantity, metric.model_error), profile.sem_rep(quantity))
    )
    return of_set, varies if errors.known else 0.0


def _correction_of(inputs: _Inputs) -> FloatArray:
    """Return what to add in each frame: the metric's correction and those of its parts."""
    total = np.zeros(len(inputs.values))
    for part, weight in inputs.metric.made_of:
        values = plain(part, inputs.poses, inputs.side)
        total += weight * _correction_of(_Inputs(part, inputs.poses, inputs.side, values))
    correction = inputs.poses.points.profile.corrections.get(inputs.metric.corrected_as)
    if correction is None:
        return total
    found = {term.feature: FEATURES[term.feature](inputs) for term in correction.terms}
    return total + correction.added(found, len(total))


def plain(metric: Metric, poses: SmoothPoses, side: Side) -> FloatArray:
    """Return the metric in every frame by its definition alone; NaN for one without a series."""
    if metric.series is None:
        return np.full(len(poses.points), np.nan)
    return metric.series(poses.outlined if metric.in_outline else poses.points, side)


def features(
    metric: Metric, poses: SmoothPoses, side: Side, names: list[str]
) -> Mapping[str, FloatArray]:
    """Return the named features in every frame, shape (N,) each; see ``FEATURES``."""
    inputs = _Inputs(metric, poses, side, plain(metric, poses, side))
    return {name: FEATURES[name](inputs) for name in names}


def _value(inputs: _Inputs) -> FloatArray:
    """The metric itself."""
    return inputs.values


def _standing(inputs: _Inputs) -> FloatArray:
    """The metric in upright posture: most of the error that belongs to a person shows there."""
    return inputs.when_upright(inputs.values)


def _outline(inputs: _Inputs) -> FloatArray:
    """The metric from the outlined poses minus the metric; NaN where the knee has no usable edges.

    Where edges are unknown, the outlined poses equal the plain ones; a difference of 0 would
    wrongly say that the edges confirm them.
    """
    usable = has_usable_edges(inputs.poses.points, inputs.side, "knee")
    if inputs.metric.series is None or not usable:
        return np.full(len(inputs.values), np.nan)
    return inputs.metric.series(inputs.poses.outlined, inputs.side) - inputs.values


def _knee_in_leg(inputs: _Inputs) -> FloatArray:
    """Where the knee lies between the leg's edges in upright posture: 0 outer edge, 1 inner edge.

    A knee that the model puts too far to one side in standing is so during the movement as well.
    """
    return inputs.when_upright(place_between_edges(inputs.poses.points, inputs.side, "knee"))


def _knee_front(inputs: _Inputs) -> FloatArray:
    """How much further the knee is behind the leg's front edge than in upright posture.

    Seen from the side, in leg lengths. The kneecap keeps its distance from the joint, so a larger
    distance means that the model puts the knee too far back.
    """
    points = inputs.poses.points
    edges_px = points.leg_edges_px[:, SIDES.index(inputs.side), EDGED_JOINTS.index("knee")]
    facing = facing_sign(points)
    front_px = edges_px[:, 1] if facing > 0 else -edges_px[:, 0]
    return inputs.in_legs(front_px - inputs.when_upright(front_px))


def _thigh_upright(inputs: _Inputs) -> FloatArray:
    """How upright the thigh is in the image: 1 vertical, 0 horizontal or toward the camera."""
    hip, knee, _ = _leg(inputs)
    return angles.upright_share(hip, knee)


def _drop(inputs: _Inputs) -> FloatArray:
    """How far the hips are below their height in upright posture, in leg lengths."""
    height_px = inputs.poses.points.middle("hip")[:, 1]
    return inputs.in_legs(height_px - inputs.when_upright(height_px))


def _heading(inputs: _Inputs) -> FloatArray:
    """How far the body is turned from the camera, in degrees.

    The sign is that of the side (:func:`formcheck.motion.angles.medial_sign`), so that a turn has
    the same effect on either leg.
    """
    turned = yaw_deg(inputs.poses.points)
    turn = median_of(turned[np.isfinite(turned)])
    return np.full(len(inputs.values), turn * angles.medial_sign(inputs.side))


def _knee_bend(inputs: _Inputs) -> FloatArray:
    """Flexion of the knee from its three points in the image, in degrees."""
    hip, knee, ankle = _leg(inputs)
    return angles.joint_angle_deg(hip, knee, ankle)


def _bend_from_lengths(inputs: _Inputs) -> FloatArray:
    """Flexion of the knee from bone lengths, minus that from its three points, in degrees.

    Thigh and shank keep their lengths, so the distance from hip to ankle gives the angle (law of
    cosines), wherever the model puts the knee.
    """
    hip, knee, ankle = _leg(inputs)
    thigh_px, shank_px = (
        bone_length_px(distance_px(*ends)) for ends in ((hip, knee), (knee, ankle))
    )
    from_lengths = angles.flexion_from_lengths_deg(thigh_px, shank_px, distance_px(hip, ankle))
    return from_lengths - _knee_bend(inputs)


def _leg(inputs: _Inputs) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return hip, knee and ankle of the measured leg, shape (N, 2) each."""
    hip, knee, ankle = (
        inputs.poses.points.joint(inputs.side, joint) for joint in ("hip", "knee", "ankle")
    )
    return hip, knee, ankle


FEATURES: Mapping[str, Callable[[_Inputs], FloatArray]] = {
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
"""The features that a correction can use, by name."""
