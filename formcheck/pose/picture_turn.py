"""Find which way up a film is, from the poses in its first seconds.

The pose model finds people in any orientation, and its keypoints turn with the picture (tried on 40
films in four turns each: the line from ankles to trunk is the same within 2 degrees). So a few
poses show how the picture is turned relative to the person. :class:`TurnFinder` gets the people in
one picture after the other and returns the turn that makes the film upright.

- **Upside down** is clear: nobody who exercises keeps the ankles above the trunk.
- **Sideways** is not: a person in a plank is sideways in an upright picture. But a standing person
moves
  the trunk toward a foot that stays in place, and back; one who lies or holds a plank does not.
  Without that movement the picture is left as it is.

All times are in seconds, all lengths in leg lengths. All limits are ours.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.data.arrays import FloatArray, percentile_of
from formcheck.data.keypoints import SIDES, keypoint

LOOK_EVERY_S, LOOK_FOR_A_PERSON_EVERY_S = 0.25, 1.0
"""Time between two pictures in which people are searched, once a person was seen and before
that."""
LOOK_FOR_S = 3.0
"""Pictures are used for so long after a person was first seen. An upright film needs three
pictures."""
LOOK_FOR_MOVEMENT_S = 20.0
"""A person who is sideways in the picture is watched for so long, until a movement shows that the
person stands: by then one repetition is over, even a slow one."""
EMPTY_FOR_S = 60.0
"""A film in which nobody is seen for so long is left as it is."""

LEAST_CONFIDENCE = 0.5
"""Shoulders, hips and ankles must be seen with this confidence, on one side at least."""
WITHIN_DEG = 30.0
"""Each body votes for the quarter turn that its direction is nearest to, if it is this near. In
squats, step-ups and hinges from the side the line from ankles to trunk leans up to 18 degrees; a
person who sits down or gets up passes 45."""
CERTAIN_LEAD = 2.0
"""The picture is upright when the votes for it lead by this much. Each vote counts by its
confidence, so this takes three pictures."""
LEAST_VOTES, LEAST_SHARE = 2.0, 0.75
"""Votes, and share of all votes, that another turn needs. On films in which a rack hides the
person, up to one pose in four is the wrong way up."""

LEAST_TRAVEL, LEAST_SHOULDER_TRAVEL = 0.08, 0.04
"""How far hips and shoulders of a standing person must move toward the foot and back. The first is
half of the smallest repetition on the clips; at rest the distance of the hips varies by up to
0.04."""
MOST_FOOT_TRAVEL = 0.08
"""A foot that moves less than this stays in place."""
SHORTEST_LEG = 0.35
"""With the hips nearer to the ankle than this, nobody stands: in a person who kneels and sits back
on the heels they are within 0.3, in the deepest squats on films 0.39."""


@dataclass(frozen=True)
class PersonSeen:
    """One person in one picture.

    Attributes
    ----------
    keypoints_px
        Shape (19, 2), x right and y down in the picture as it is.
    confidence
        Shape (19,), 0 to 1.
    """

    keypoints_px: FloatArray
    confidence: FloatArray


@dataclass(frozen=True)
class PictureTurn:
    """How the picture is turned, as the poses show it.

    Attributes
    ----------
    turn_deg
        Clockwise turn that makes it upright: 0, 90, 180 or 270.
    person_across
        Whether the person is sideways in the picture and it is left as it is: the person lies, or
        is filmed sideways.
    """

    turn_deg: int
    person_across: bool = False


UPRIGHT = PictureTurn(0)


@dataclass(frozen=True)
class _Body:
    """A person in one picture: points in pixels; ``ankles`` are the left and the right one."""

    t_s: float
    confidence: float
    shoulders: FloatArray
    hips: FloatArray
    ankles: tuple[FloatArray, FloatArray]

    @property
    def height_px(self) -> float:
        """Distance from between the ankles to the middle of the trunk."""
        return math.hypot(*self._body_line())

    @property
    def turned_deg(self) -> float:
        """Direction from between the ankles to the trunk, clockwise from up; -180 to 180."""
        x, y = self._body_line()
        return math.degrees(math.atan2(x, -y))

    def _body_line(self) -> tuple[float, float]:
        x, y = (self.shoulders + self.hips - self.ankles[0] - self.ankles[1]) / 2
        return float(x), float(y)


def _body(t_s: float, person: PersonSeen) -> _Body | None:
    """Return the body; ``None`` unless shoulders, hips and ankles are seen on one side at least."""
    points: dict[str, list[FloatArray]] = {}
    sure = []
    for joint in ("shoulder", "hip", "ankle"):
        both = [keypoint(side, joint) for side in SIDES]
        sure.append(max(float(person.confidence[one]) for one in both))
        points[joint] = [person.keypoints_px[one] for one in both]
    if min(sure) < LEAST_CONFIDENCE or not np.isfinite(list(points.values())).all():
        return None
    left, right = points["ankle"]
    shoulders, hips = (np.mean(points[joint], axis=0) for joint in ("shoulder", "hip"))
    return _Body(t_s, min(sure), shoulders, hips, (left, right))


def nearest_quarter(turned_deg: float) -> int | None:
    """Return the quarter turn near an angle: 0, 90, 180 or 270; ``None`` if none is near."""
    quarter = round(turned_deg / 90)
    return 90 * quarter % 360 if abs(turned_deg - 90 * quarter) <= WITHIN_DEG else None


class TurnFinder:
    """Finds how a film is turned, from the people in one picture after the other.

    Attributes
    ----------
    next_s
        The time from which the next picture is wanted.
    """

    def __init__(self) -> None:
        self.next_s = -math.inf
        self._first_s: float | None = None
        self._votes: Counter[int] = Counter()
        self._weights: dict[int, float] = {}
        self._bodies: dict[int, list[_Body]] = {}

    def update(self, t_s: float, people: Sequence[PersonSeen]) -> PictureTurn | None:
        """Take the people in a picture; return the turn as soon as it is known.

        Parameters
        ----------
        t_s
            Time of the picture, later than that of the last one.
        people
            All people found in it; the largest has the vote.
        """
        bodies = [body for one in people if (body := _body(t_s, one)) is not None]
        if self._first_s is None and not bodies:
            self.next_s = t_s + LOOK_FOR_A_PERSON_EVERY_S
            return UPRIGHT if t_s >= EMPTY_FOR_S else None
        self.next_s = t_s + LOOK_EVERY_S
        if self._first_s is None:
            self._first_s = t_s
        if bodies:
            self._add(max(bodies, key=lambda body: body.height_px))
        upright = self._weights.get(0, 0.0)
        if upright - (self._total - upright) >= CERTAIN_LEAD:
            return UPRIGHT
        watched_s = t_s - self._first_s
        if watched_s < LOOK_FOR_S:
            return None
        found = self._found()
        return found if found.turn_deg or watched_s >= LOOK_FOR_MOVEMENT_S else None

    def finish(self) -> PictureTurn:
        """Return the turn at the end of the film, as far as it is known."""
        return self._found()

    @property
    def _total(self) -> float:
        return sum(self._weights.values())

    def _add(self, body: _Body) -> None:
        quarter = nearest_quarter(body.turned_deg)
        if quarter is not None:
            self._weights[quarter] = self._weights.get(quarter, 0.0) + body.confidence
            self._bodies.setdefault(quarter, []).append(body)

    def _found(self) -> PictureTurn:
        if not self._weights:
            return UPRIGHT
        quarter = max(self._weights, key=lambda one: self._weights[one])
        weight = self._weights[quarter]
        if quarter == 0 or weight < LEAST_VOTES or weight < LEAST_SHARE * self._total:
            return UPRIGHT
        if quarter != 180 and not stands(self._bodies[quarter]):
            return PictureTurn(0, person_across=True)
        return PictureTurn(-quarter % 360)


def stands(bodies: Sequence[_Body]) -> bool:
    """Return whether a person stands: hips and shoulders move toward a planted foot, and back.

    Distances from the foot are compared, not heights: in a push-up, when the body turns about its
    toes, these stay the same.

    Parameters
    ----------
    bodies
        In order of time.
    """
    feet = np.array([body.ankles for body in bodies])
    hips, shoulders = (
        np.linalg.norm(np.array(points)[:, None] - feet, axis=-1)
        for points in ([body.hips for body in bodies], [body.shoulders for body in bodies])
    )
    leg_px = percentile_of(hips.max(axis=1), 90)
    if leg_px <= 0:
        return False
    return any(
        _there_and_back(
            hips[:, side] / leg_px, shoulders[:, side] / leg_px, feet[:, side] / leg_px, sign
        )
        for side in range(len(SIDES))
        for sign in (-1, 1)
    )


def _there_and_back(legs: FloatArray, bodies: FloatArray, foot: FloatArray, sign: int) -> bool:
    """Return whether hips and shoulders moved in one direction and came back, on a planted foot.

    Parameters
    ----------
    legs, bodies
        Distances from the foot to the hips and to the shoulders, shape (N,).
    foot
        Place of the ankle in the picture, shape (N, 2).
    sign
        -1 for a way down and up again, 1 for a way up and down.
    """
    for middle in range(len(legs)):
        planted = np.linalg.norm(foot - foot[middle], axis=1) <= MOST_FOOT_TRAVEL
        planted &= legs >= SHORTEST_LEG
        if not planted[middle]:
            continue
        away = np.flatnonzero(~planted)
        first = max((int(one) + 1 for one in away if one < middle), default=0)
        last = min((int(one) for one in away if one > middle), default=len(legs))
        went = sign * (legs[middle] - legs) >= LEAST_TRAVEL
        went &= sign * (bodies[middle] - bodies) >= LEAST_SHOULDER_TRAVEL
        if went[first:middle].any() and went[middle:last].any():
            return True
    return False
