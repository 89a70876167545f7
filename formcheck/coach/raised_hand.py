"""A hand raised above the head and held still: how a person away from the machine pauses.

One hand only: both arms up is an exercise or a stretch. It is looked for at rest only, so that no
arm that helps with the balance in a repetition is taken for a sign.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, Side, keypoint, other

HELD_S = 1.5
"""So long a hand is held to pause, or to go on. Ours: longer than it takes to scratch a head."""
END_S = 4.0
"""So long in all to end the session. Ours."""
STILL_WITHIN = 0.2
"""The hand is still while it stays within so many trunk lengths of where it was. Ours: a hand that
waves moves by more."""
ABOVE_NOSE = 0.2
"""The wrist is so many trunk lengths above the nose, at least: above the crown. Ours."""
UNSEEN_S = 0.3
"""A hand that is not seen for less than this is still up."""
SURE = 0.5
"""Confidence from which a wrist counts: hands are small and quick."""

Sign = Literal["pause", "end"]


@dataclass(frozen=True)
class HandState:
    """How long a hand has been held.

    Attributes
    ----------
    held_s
        Since when a hand has been up and still; 0 when none is.
    sign
        What it means at this moment; ``None`` at all others.
    """

    held_s: float = 0.0
    sign: Sign | None = None


class RaisedHand:
    """Follows the hands of one session; a sign is given once each time a hand is raised."""

    def __init__(self) -> None:
        self._side: Side | None = None
        self._since_s = self._seen_s = -math.inf
        self._at_px = np.zeros(2)
        self._given: set[Sign] = set()

    def update(self, sample: PoseSample, *, at_rest: bool) -> HandState:
        """Take one pose; ``at_rest`` says whether no repetition is under way."""
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
        signs: tuple[tuple[Sign, float], ...] = (("pause", HELD_S), ("end", END_S))
        for sign, after_s in signs:
            if held_s >= after_s and sign not in self._given:
                self._given.add(sign)
                return sign
        return None


def raised(sample: PoseSample) -> Side | None:
    """Return the hand that is above the head, when the other one is below its shoulder.

    Only of who is upright: a hand of who lies is easily higher in the picture than the head.
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
