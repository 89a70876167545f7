"""Recognises a raised hand: with it, a person pauses or ends a live session from a distance.

One hand must be above the head and held still. Two raised arms do not count, because they can be a
stretch. Between repetitions only: during one, people raise an arm to keep their balance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, Side, keypoint, other

HELD_S = 1.5
"""Time to hold the hand up to pause or to continue. Our choice: longer than scratching one's
head."""
END_S = 4.0
"""Time to hold it up to end the session. Our choice."""
STILL_WITHIN = 0.2
"""Largest movement of a still hand, in trunk lengths. Our choice: less than waving."""
ABOVE_NOSE = 0.2
"""Smallest height of the wrist above the nose, in trunk lengths, so that it is above the head.
Our choice."""
UNSEEN_S = 0.3
"""A hand that is not detected for less than this time counts as raised all the time."""
SURE = 0.5
"""Smallest confidence of a wrist that is used; it is low, because hands are small and fast."""

Sign = Literal["pause", "end"]


@dataclass(frozen=True)
class HandState:
    """The raised hand at one frame.

    Attributes
    ----------
    held_s
        Seconds since a hand was raised and held still; 0 if there is none.
    sign
        The command, at the frame at which it is recognised; ``None`` at all other frames.
    """

    held_s: float = 0.0
    sign: Sign | None = None


class RaisedHand:
    """Follows the hands during one session; each command is returned once for a raised hand."""

    def __init__(self) -> None:
        self._side: Side | None = None
        self._since_s = self._seen_s = -math.inf
        self._at_px = np.zeros(2)
        self._given: set[Sign] = set()

    def update(self, sample: PoseSample, *, at_rest: bool) -> HandState:
        """Update with one pose; ``at_rest`` says whether the person is between repetitions."""
        side = raised(sample) if at_rest else None
        now_s = sample.t_s
        if side is None:
            if not at_rest or now_s - self._seen_s > UNSEEN_S:
                self._side = None
                self._given.clear()
            return HandState()
        wrist_px = sample.keypoints_px[keypoint(side, "wrist")]
        moved = np.hypot(*(wrist_px - self._at_px)) > STILL_WITHIN * sample.trunk_px
        if side != self._side or (moved and not self._given):
            self._side, self._since_s, self._at_px = side, now_s, wrist_px
        self._seen_s = now_s
        held_s = now_s - self._since_s
        return HandState(held_s, self._sign(held_s))

    def _sign(self, held_s: float) -> Sign | None:
        """Return the command if the hand has just been held up for long enough."""
        signs: tuple[tuple[Sign, float], ...] = (("pause", HELD_S), ("end", END_S))
        for sign, after_s in signs:
            if held_s >= after_s and sign not in self._given:
                self._given.add(sign)
                return sign
        return None


def raised(sample: PoseSample) -> Side | None:
    """Return the side of the raised hand; ``None`` if there is none.

    The other hand must be below its shoulder, and the person must be upright: in a person lying
    down, a hand is often higher in the frame than the head.
    """
    if not _is_upright(sample):
        return None
    up = [side for side in SIDES if _is_up(sample, side)]
    if len(up) != 1:
        return None
    return up[0] if _is_down(sample, other(up[0])) else None


def _is_upright(sample: PoseSample) -> bool:
    shoulders, hips = (
        sample.keypoints_px[[keypoint(side, joint) for side in SIDES]].mean(axis=0)
        for joint in ("shoulder", "hip")
    )
    return bool(hips[1] - shoulders[1] > abs(hips[0] - shoulders[0]))


def _is_up(sample: PoseSample, side: Side) -> bool:
    wrist, elbow, shoulder = (keypoint(side, one) for one in ("wrist", "elbow", "shoulder"))
    y_px = sample.keypoints_px[:, 1]
    above_px = y_px[Keypoint.NOSE] - y_px[wrist]
    sure = min(sample.confidence[wrist], sample.confidence[Keypoint.NOSE]) >= SURE
    return bool(sure and y_px[elbow] < y_px[shoulder] and above_px > ABOVE_NOSE * sample.trunk_px)


def _is_down(sample: PoseSample, side: Side) -> bool:
    y_px = sample.keypoints_px[:, 1]
    return not y_px[keypoint(side, "wrist")] < y_px[keypoint(side, "shoulder")]
