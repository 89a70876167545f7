"""Which way up a film is, from the poses in its first seconds.

The pose model finds people whichever way up they are, and its keypoints turn with the picture
(tried on 40 films in four turns each: the line from ankles to trunk is the same within 2 degrees).
So a few poses show how the picture is turned against the person.

- **Upside down** is plain: nobody who exercises keeps the ankles above the trunk.
- **Sideways** is not: a person in a plank is sideways in an upright picture. But who stands moves
  the trunk toward a foot that stays where it is, and back; who lies or holds a plank does not.
  Without that movement the picture is left as it is.

All times are in seconds, all lengths in leg lengths.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.data.arrays import FloatArray, percentile_of
from formcheck.data.keypoints import SIDES, keypoint

LOOK_EVERY_S = 0.25
LOOK_FOR_A_PERSON_EVERY_S = 1.0
LOOK_FOR_S = 3.0
"""From the first sight of a person on. A film that is upright needs three looks."""
LOOK_FOR_MOVEMENT_S = 20.0
"""A person who is sideways in the picture is watched longer, until a movement shows that the
person stands: by then one repetition is over, also a slow one."""
EMPTY_FOR_S = 60.0
"""A film in which nobody is seen for that long is left as it is."""

LEAST_CONFIDENCE = 0.5
WITHIN_DEG = 30.0
"""A body that is further from a quarter turn has no vote. In squats, step-ups and hinges from the
side the line from ankles to trunk leans up to 18 degrees; who sits down or gets up passes 45."""
CERTAIN_LEAD = 2.0
"""By how much upright votes must lead, each counting by its confidence: three looks."""
LEAST_VOTES = 2.0
LEAST_SHARE = 0.75
"""Share of the votes that a turn needs. On films in which a rack hides the person up to one pose in
four is the wrong way up."""

LEAST_TRAVEL = 0.08
"""How far the hips go toward the foot and back. Half of the smallest repetition on the clips;
at rest the distance varies by up to 0.04."""
LEAST_SHOULDER_TRAVEL = 0.04
MOST_FOOT_TRAVEL = 0.08
SHORTEST_LEG = 0.35
"""A leg bent further is not that of somebody who stands: kneeling and sitting back on the heels,
the hips come within 0.3 of the ankles, in the deepest squats on films to 0.39."""


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
    """What the poses say about the picture.

    Attributes
    ----------
    turn_deg
        Clockwise turn that makes it upright: 0, 90, 180 or 270.
    person_across
        The person is sideways in a picture that is left as it is: lying, or filmed sideways.
    """

    turn_deg: int
    person_across: bool = False


UPRIGHT = PictureTurn(0)


@dataclass(frozen=True)
class _Body:
    """A body in one look; points in pixels, ``ankles`` of the left and the right leg."""

    t_s: float
    confidence: float
    shoulders: FloatArray
    hips: FloatArray
    ankles: tuple[FloatArray, FloatArray]

    @property
    def height_px(self) -> float:
        """From between the ankles to the middle of the trunk."""
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
    """Give the body; ``None`` unless shoulders, hips and ankles are seen, on one side at least."""
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
    """The quarter turn near an angle: 0, 90, 180 or 270; ``None`` when there is none."""
    quarter = round(turned_deg / 90)
    return 90 * quarter % 360 if abs(turned_deg - 90 * quarter) <= WITHIN_DEG else None


class TurnFinder:
    """Finds how a picture is turned; give it one look after the other.

    ``next_s`` is the time from which the next look is wanted.
    """

    def __init__(self) -> None:
        self.next_s = -math.inf
        self._first_s: float | None = None
        self._votes: Counter[int] = Counter()
        self._weights: dict[int, float] = {}
        self._bodies: dict[int, list[_Body]] = {}

    def update(self, t_s: float, people: Sequence[PersonSeen]) -> PictureTurn | None:
        """Take a look; the turn as soon as it is known.

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
        """What is known at the end of the film."""
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
    """Whether hips and shoulders go toward a foot that stays in its place, and back.

    Distances from the foot, not heights: a body that turns about its toes, as in push-ups, keeps
    them.

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
    """Whether hips and shoulders went somewhere between two looks, and came back.

    The foot is in one place all the while.

    Parameters
    ----------
    legs, bodies
        Shape (N,), from the foot to the hips and to the shoulders.
    foot
        Shape (N, 2), where the ankle is in the picture.
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
