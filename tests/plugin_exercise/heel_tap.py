"""Heel tap: on one leg on a low block, tap the floor behind with the free heel and come back up.

Limitations: made up for a test.

References: none.
"""

from __future__ import annotations

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.exercise import Exercise, FootPlace, FootWay, FreeFoot, Metric, Normal
from formcheck.data.keypoints import Side
from formcheck.data.poses import Poses
from formcheck.data.session import Limits
from formcheck.exercises.tempo import DURATIONS


def shoulder_tilt(window: Poses, side: Side) -> FloatArray:  # noqa: ARG001
    """Slope of the shoulders in the picture, in degrees, + when the left one is lower."""
    across = window.joint("left", "shoulder") - window.joint("right", "shoulder")
    return np.asarray(np.degrees(np.arctan2(across[:, 1], across[:, 0])))


EXERCISE = Exercise(
    id="heel_tap",
    title="Heel tap",
    about=__doc__ or "",
    order="down_up",
    stance="planted",
    min_drop_pct=6.0,
    views=("front",),
    metrics=(
        Metric(
            id="shoulder_tilt_deg",
            title="Shoulder tilt",
            short_title="Shoulder tilt",
            unit="°",
            role="trunk",
            drawn="trunk",
            exported_as="itself",
            about="Slope of the line between the shoulders; + when the left one is lower.",
            views=("front",),
            needs=("shoulder",),
            series=shoulder_tilt,
            both_sides=True,
            judged="largest",
            limits=Limits(
                good_low=-5.0, good_high=5.0, watch_low=-9.0, watch_high=9.0, source="made up"
            ),
            cue_high="Lift the left shoulder",
            cue_low="Lift the right shoulder",
            seen_high="left shoulder drops",
            seen_low="right shoulder drops",
            priority=1,
            model_error=1.0,
        ),
        *DURATIONS,
    ),
    set_up=("Face the camera.", "Stand on a low block.", "Hold still for a second."),
    family="single_leg",
    easier="squat",
    has_step=True,
    recognised_by=(
        FreeFoot(
            place=FootPlace(
                forward=Normal(-0.1, sd=0.05),
                outward=Normal(0.25, sd=0.05),
                up=Normal(0.15, sd=0.05),
            ),
            starts=FootWay(
                forward=Normal(-0.06, sd=0.08),
                outward=Normal(0.0, sd=0.03),
                down=Normal(0.2, sd=0.12),
            ),
            goes=FootWay(
                forward=Normal(-0.3, sd=0.1), outward=Normal(0.0, sd=0.03), down=Normal(0.9, sd=0.2)
            ),
            says="the free foot goes down behind the standing foot",
        ),
    ),
)
