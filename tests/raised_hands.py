"""A person who stands still and holds a hand above the head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from live_sessions import recording

from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, Side, keypoint

STANDING = recording("step_down_front_left").samples[0]
RATE_HZ = 10.0


def with_hand(
    side: Side | None, t_s: float = 0.0, *, moved: float = 0.0, confidence: float = 0.9
) -> PoseSample:
    """Stand still with one hand above the head, both arms for ``None``."""
    points, sure = STANDING.keypoints_px.copy(), STANDING.confidence.copy()
    trunk_px = STANDING.trunk_px
    for one in SIDES if side is None else (side,):
        shoulder, elbow, wrist = (keypoint(one, joint) for joint in ("shoulder", "elbow", "wrist"))
        points[elbow] = points[shoulder] + [0.0, -0.5 * trunk_px]
        points[wrist] = points[Keypoint.NOSE] + [moved * trunk_px, -0.5 * trunk_px]
        sure[[elbow, wrist]] = confidence
    return replace(STANDING, t_s=t_s, keypoints_px=points, confidence=sure)


def held(side: Side | None, seconds: float, start_s: float = 0.0) -> list[PoseSample]:
    """Hold a hand up for some seconds."""
    times = start_s + np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return [with_hand(side, float(t_s)) for t_s in times]
