"""Which of the people in view is the one to measure, and whether it is still the same one.

Pure bookkeeping: bodies in, decisions out; no pictures and no model. The estimator follows one
body from frame to frame, which is cheap but blind to everybody else, and now and then looks at
the whole picture for all the people in it. :class:`SubjectTracker` says when to look, and after a
look who the subject is.

Lengths are in body sizes (about a torso length), so that nothing depends on the picture's
resolution or on how far away the person is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.errors import UsageError
from formcheck.data.keypoints import SIDES, Keypoint, keypoint

Rule = Literal["auto", "left", "right", "center", "largest"]
Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

TORSO_OF_HEIGHT = 0.3
"""Shoulders to hips as a share of nose to toes, about."""

TORSO_OF_SHOULDERS = 1.4
"""Shoulders to hips in shoulder widths, about."""

NEAR = 0.3
"""Torsos closer together than this, in one picture, are one person's."""

SAME_SIZE = 1.35
"""Sizes within this factor can be one person's who stays at one distance."""

STEP_LIMIT = 0.2
STEP_LIMIT_PER_S = 6.0
STEP_LIMIT_MOST = 1.5
SIZE_LIMIT = 1.67
"""How far a torso can really move, and change in size, between two frames: 0.2 sizes for the
model's own jitter, and 3 m/s."""

REACH = 0.8
REACH_PER_S = 2.0
REACH_MOST = 2.0
"""How far from where a person is expected a body may be and still be that person."""

HOME_RADIUS = 0.7
"""Who stays within this of a place, sideways, has not left it: a step moves a torso less."""

AT_HOME = 0.35
HOME_HEIGHT = 1.2
"""Who stands at a place is this near to it, sideways and (squatting) up and down."""

SETTLED_S = 1.0
"""Who has stayed at a place this long stands there; others are passing."""

OPEN_S = 1.0
"""How long after the first sight the choice among several people stays open."""

GOOD_FIT = 0.6
"""A misfit below this leaves little doubt who it is."""

VELOCITY_S = 0.15
AHEAD_S = 1.5
"""The velocity is smoothed over about the one, and trusted for the other."""

HYSTERESIS = 1.3
"""How much better somebody else must score to become the subject."""

HURRY_PER_S = 0.8
"""Nobody moves sideways faster than this, in sizes, while exercising in place."""

WORKING = 0.15
"""How far the hip of who exercises goes up and down; who stands about does half of it."""

LOST_S = 2.0
"""The subject is waited for this long before somebody else who stands in place is taken."""

FORGET_S = 3.0
"""How long a place that was left, and a person out of sight, are remembered."""

LOOK_OPEN_S = 0.5
LOOK_CROWD_S = 0.5
LOOK_WORKING_S = 1.0
LOOK_ALONE_S = 2.0
LOOK_LONG_ALONE_S = 4.0
LOOK_LEAVING_S = 0.35
LOOK_AGAIN_S = 0.2
"""Time between two looks: while the choice is open; with others about; once the subject
exercises; alone; alone for long; after the subject left its place; when something is amiss.
A look costs as much as two frames: alone they add about 3 % to the time."""

LONG_ALONE_LOOKS = 5
LEAVING_S = 2.0


@dataclass(frozen=True)
class SubjectSelector:
    """Whom the user wants measured: a rule, or a point of the first picture.

    ``point`` is in fractions of the picture's width and height.
    """

    rule: Rule | None = "auto"
    point: Point | None = None

    @classmethod
    def parse(cls, text: str) -> SubjectSelector:
        """Read ``auto``, ``left``, ``right``, ``center``, ``largest`` or ``X,Y``.

        Raises
        ------
        UsageError
            For anything else, and for fractions outside 0 to 1.
        """
        for rule in get_args(Rule):
            if text == rule:
                return cls(rule)
        number = r"\s*(\d*\.?\d+)\s*"
        match = re.fullmatch(f"{number},{number}", text)
        if match:
            point = float(match[1]), float(match[2])
            if max(point) <= 1:
                return cls(None, point)
        raise UsageError(
            f"no such subject: {text!r}",
            hint="use auto, left, right, center, largest, or X,Y as fractions of the first "
            "picture's width and height, such as 0.3,0.5",
        )


@dataclass(frozen=True)
class Body:
    """Where one person is in the picture.

    Attributes
    ----------
    centre_px
        Middle of the torso.
    size_px
        About the length of the torso; steady while the person bends or squats.
    box_px
        Around all keypoints.
    in_view
        Share of the trunk and leg keypoints that are in view, 0 to 1.
    hip_y_px
        Where the mid-hip is in the picture, downward.
    """

    centre_px: Point
    size_px: float
    box_px: Box
    in_view: float
    hip_y_px: float

    @classmethod
    def of(cls, keypoints_px: FloatArray, confidence: FloatArray) -> Body:
        """Summarise a pose; shapes (19, 2) and (19,), all finite."""
        shoulders = (
            keypoints_px[Keypoint.LEFT_SHOULDER] + keypoints_px[Keypoint.RIGHT_SHOULDER]
        ) / 2
        hips = (keypoints_px[Keypoint.LEFT_HIP] + keypoints_px[Keypoint.RIGHT_HIP]) / 2
        no_arms = keypoints_px[_HEAD_TRUNK_LEGS]
        extent = float(np.ptp(no_arms, axis=0).max())
        across = keypoints_px[Keypoint.LEFT_SHOULDER] - keypoints_px[Keypoint.RIGHT_SHOULDER]
        # From the front a lean or a squat foreshortens the torso, but not the shoulders.
        size = max(
            float(np.hypot(*(shoulders - hips))),
            TORSO_OF_SHOULDERS * float(np.hypot(*across)),
            TORSO_OF_HEIGHT * extent,
            1.0,
        )
        centre = (shoulders + hips) / 2
        left, top = keypoints_px.min(axis=0)
        right, bottom = keypoints_px.max(axis=0)
        return cls(
            centre_px=(float(centre[0]), float(centre[1])),
            size_px=size,
            box_px=(float(left), float(top), float(right), float(bottom)),
            in_view=float((confidence[_HEAD_TRUNK_LEGS] > 0.5).mean()),
            hip_y_px=float(hips[1]),
        )

    def away(self, point_px: Point) -> float:
        """Distance of the torso from a point, in sizes."""
        return math.dist(self.centre_px, point_px) / self.size_px

    def size_factor(self, size_px: float) -> float:
        """How many times larger or smaller than ``size_px``; at least 1."""
        return max(self.size_px / size_px, size_px / self.size_px)

    def at(self, home: Body, radius: float) -> bool:
        """Whether standing, or squatting, where ``home`` was, give or take ``radius`` sizes."""
        sideways_px = abs(self.centre_px[0] - home.centre_px[0])
        height_px = abs(self.centre_px[1] - home.centre_px[1])
        return (
            sideways_px <= radius * home.size_px
            and height_px <= HOME_HEIGHT * home.size_px
            and self.size_factor(home.size_px) <= SAME_SIZE
        )

    def same_as(self, other: Body) -> bool:
        """Whether two sightings in one picture are of one person."""
        return self.away(other.centre_px) < NEAR and self.size_factor(other.size_px) < SIZE_LIMIT


_HEAD_TRUNK_LEGS = [
    Keypoint.NOSE,
    *(
        keypoint(side, joint)
        for side in SIDES
        for joint in ("shoulder", "hip", "knee", "ankle", "heel", "toe")
    ),
]


def choose(bodies: Sequence[Body], wish: SubjectSelector, frame_size_px: tuple[int, int]) -> int:
    """Index of the body that fits the wish best; ``bodies`` must not be empty."""
    scores = scores_for(bodies, wish, frame_size_px)
    return scores.index(max(scores))


def scores_for(bodies: Sequence[Body], wish: SubjectSelector, frame_size_px: tuple[int, int]) -> list[float]:
    """How well each body fits the wish; larger is better."""
    width, height = frame_size_px
    if wish.point is not None:
        x_px, y_px = wish.point[0] * width, wish.point[1] * height
        return [-_outside(body.box_px, (x_px, y_px)) - body.away((x_px, y_px)) for body in bodies]
    if wish.rule == "left":
        return [-body.centre_px[0] for body in bodies]
    if wish.rule == "right":
        return [body.centre_px[0] for body in bodies]
    if wish.rule == "center":
        return [-abs(body.centre_px[0] - width / 2) for body in bodies]
    if wish.rule == "largest":
        return [body.size_px for body in bodies]
    largest = max(body.size_px for body in bodies)
    return [
        body.in_view**2
        * (body.size_px / largest)
        * (1 - 0.6 * min(abs(2 * body.centre_px[0] / width - 1), 1))
        for body in bodies
    ]


def _outside(box_px: Box, point_px: Point) -> float:
    """How far a point is outside a box, in pixels; 0 inside."""
    left, top, right, bottom = box_px
    x, y = point_px
    return math.hypot(max(left - x, 0, x - right), max(top - y, 0, y - bottom))


@dataclass(frozen=True)
class Track:
    """One person over time.

    Attributes
    ----------
    body, t_s
        As last seen, and when.
    velocity_px_s
        Smoothed velocity of the torso, sideways, + to the right.
    home
        As first seen at the present place; a new home when the person moves off.
    home_since_s
        When that was.
    hip_ys_px
        The last few, one for each look.
    first_s
        When the person was first seen.
    """

    body: Body
    t_s: float
    home: Body
    home_since_s: float
    first_s: float
    velocity_px_s: float = 0.0
    hip_ys_px: tuple[float, ...] = ()

    @classmethod
    def start(cls, body: Body, t_s: float) -> Track:
        """Begin with the first sight of a person."""
        return cls(body, t_s, home=body, home_since_s=t_s, first_s=t_s)

    def seen(self, body: Body, t_s: float) -> Track:
        """Go on with the next sight."""
        moved_off = not body.at(self.home, HOME_RADIUS)
        passed_s = t_s - self.t_s
        keep = math.exp(-passed_s / VELOCITY_S)
        moved_px = body.centre_px[0] - self.body.centre_px[0]
        velocity = moved_px / passed_s if passed_s > 0 else self.velocity_px_s
        return replace(
            self,
            body=body,
            t_s=t_s,
            velocity_px_s=keep * self.velocity_px_s + (1 - keep) * velocity,
            home=body if moved_off else self.home,
            home_since_s=t_s if moved_off else self.home_since_s,
            hip_ys_px=() if moved_off else self.hip_ys_px,
        )

    def looked_at(self) -> Track:
        """Take note of where the hip is, once for each look."""
        return replace(self, hip_ys_px=(*self.hip_ys_px[-11:], self.body.hip_y_px))

    @property
    def settled_s(self) -> float:
        """How long the person has stayed at the present place."""
        return self.t_s - self.home_since_s

    @property
    def work(self) -> float:
        """How far the hip goes up and down at this place, in sizes; an odd sight counts half."""
        if len(self.hip_ys_px) < 2:
            return 0.0
        ys_px = sorted(self.hip_ys_px)
        seen_once_px = ys_px[-1] - ys_px[0]
        seen_twice_px = ys_px[-2] - ys_px[1] if len(ys_px) > 3 else 0.0
        return max(seen_twice_px, seen_once_px / 2) / self.home.size_px

    def expected_at(self, t_s: float) -> Point:
        """Where the torso should be: who walks goes on walking, up and down is no guide."""
        ahead_s = min(t_s - self.t_s, AHEAD_S)
        x, y = self.body.centre_px
        return x + ahead_s * self.velocity_px_s, y

    def misfit(self, body: Body, t_s: float) -> float:
        """How badly a body fits as this person now; infinite when it cannot be."""
        away = body.away(self.expected_at(t_s))
        factor = body.size_factor(self.body.size_px)
        if away > min(REACH + REACH_PER_S * (t_s - self.t_s), REACH_MOST) or factor > SIZE_LIMIT:
            return math.inf
        return away + 2 * math.log(factor)


def follows_on(track: Track, body: Body, t_s: float) -> bool:
    """Whether ``body`` can be the tracked person one frame later."""
    limit = min(STEP_LIMIT + STEP_LIMIT_PER_S * (t_s - track.t_s), STEP_LIMIT_MOST)
    return (
        track.body.away(body.centre_px) <= limit
        and body.size_factor(track.body.size_px) <= SIZE_LIMIT
    )


def assign(tracks: Sequence[Track], bodies: Sequence[Body], t_s: float) -> dict[int, int]:
    """Give each track the body that fits it, best fit first: track index to body index."""
    pairs = sorted(
        (track.misfit(body, t_s), i, j)
        for i, track in enumerate(tracks)
        for j, body in enumerate(bodies)
    )
    taken: dict[int, int] = {}
    for misfit, i, j in pairs:
        if math.isfinite(misfit) and i not in taken and j not in taken.values():
            taken[i] = j
    return taken


class SubjectTracker:
    """Says when to look for everybody, and who of them is the subject.

    For each frame, in order: :meth:`may_follow`; then :meth:`wants_look` with the body that is
    being followed; when true, :meth:`look` with everybody in the picture, in this frame or, when it
    :meth:`can wait <look_can_wait>`, in one soon after. Same calls, same answers.

    Parameters
    ----------
    wish
        Whom to choose. The choice stays open for a second after the first sight. With ``auto`` it
        may move later, to who stands in place while the present one walks through, or to who
        exercises while the present one stands about; not any more once the subject exercises.

    Attributes
    ----------
    people
        How many people the last look saw.
    """

    def __init__(self, wish: SubjectSelector) -> None:
        self.people = 0
        self._wish = wish
        self._subject: Track | None = None
        self._others: tuple[Track, ...] = ()
        self._present = False
        self._working = False
        self._ever_crowded = False
        self._home: tuple[Body, float] | None = None  # where it stood in place, and until when
        self._first_s = math.inf
        self._last_look_s = -math.inf
        self._alone_looks = 0

    def may_follow(self, t_s: float) -> bool:
        """Whether to run the follower: not while the subject is lost and others are about.

        It would only take up one of them. The next look is then a fifth of a second away.
        """
        lost_in_crowd = self._subject is not None and not self._present and self._ever_crowded
        return not lost_in_crowd or self._passed(t_s, LOOK_AGAIN_S)

    @property
    def has_looked(self) -> bool:
        """Whether everybody was looked for before; the first frame is never without a look."""
        return math.isfinite(self._last_look_s)

    def wants_look(self, t_s: float, followed: Body | None) -> bool:
        """Take the followed body of the frame at ``t_s``; say whether to look for everybody.

        When false, the followed body (or nobody) is the subject in this frame.
        """
        subject, was_present = self._subject, self._present
        if subject is None:
            return followed is not None or not self.has_looked
        if followed is None:
            self._present = False
            return self._ever_crowded and (was_present or self._passed(t_s, LOOK_AGAIN_S))
        unsure = not was_present and self._ever_crowded
        if unsure or not follows_on(subject, followed, t_s):
            return True
        self._advance(subject, followed, t_s)
        return self._passed(t_s, self._interval_s(t_s))

    def look_can_wait(self, t_s: float) -> bool:
        """Whether the look that is wanted is mere routine: the subject stays, and is alone."""
        subject = self._subject
        goes_on = subject is not None and self._present and subject.t_s == t_s
        has_left = self._home is not None and self._home[1] < t_s
        return goes_on and not has_left and not self._ever_crowded

    def look(
        self,
        t_s: float,
        followed: Body | None,
        seen: Sequence[Body],
        frame_size_px: tuple[int, int],
    ) -> Body | None:
        """Decide who the subject is.

        Parameters
        ----------
        t_s
            Time of the frame.
        followed
            The body being followed, as given to :meth:`wants_look`.
        seen
            Everybody found in the whole picture.
        frame_size_px
            Width and height of the picture.

        Returns
        -------
        Body or None
            ``followed`` itself, one of ``seen``, or nobody.
        """
        bodies = everybody(followed, seen)
        self._last_look_s = t_s
        self.people = len(bodies)
        self._alone_looks = self._alone_looks + 1 if len(bodies) <= 1 else 0
        self._ever_crowded = self._ever_crowded or len(bodies) > 1
        chosen = self._decide(t_s, bodies, frame_size_px) if bodies else None
        self._update_others(t_s, [body for body in bodies if body is not chosen])
        self._present = chosen is not None
        if chosen is not None and self._subject is not None:
            if chosen is not self._subject.body:
                self._advance(self._subject, chosen, t_s)
            self._subject = self._subject.looked_at()
            self._working = self._working or self._subject.work > WORKING
        return chosen

    def _decide(
        self, t_s: float, bodies: Sequence[Body], frame_size_px: tuple[int, int]
    ) -> Body | None:
        subject = self._subject
        if subject is None:
            self._first_s = t_s
            return self._change(bodies[choose(bodies, self._wish, frame_size_px)], t_s)
        same = self._same(subject, t_s, bodies)
        if t_s - self._first_s <= OPEN_S:
            best = self._rechosen(same, bodies, frame_size_px)
            return same if best is same else self._change(best, t_s)
        if same is None:
            successor = self._successor(subject, t_s, bodies, frame_size_px)
            return successor and self._change(successor, t_s)
        if self._wish.rule == "auto" and not self._working:
            better = self._better(subject, t_s, bodies, frame_size_px)
            return self._change(better, t_s) if better is not None else same
        return same

    def _same(self, subject: Track, t_s: float, bodies: Sequence[Body]) -> Body | None:
        """Find the body that is the subject we know; ``None`` when not there.

        Who walks in front of the subject can take the follower along, from frame to frame without
        a jump. Two things give that away: the body being followed has left the subject's place
        and fits somebody else who is now missing; or somebody who came from nowhere stands at
        the subject's place.
        """
        given = assign((subject, *self._others), bodies, t_s)
        same = bodies[given[0]] if 0 in given else None
        if self._home is None or t_s - self._home[1] > FORGET_S:
            return same
        home, left_s = self._home
        if same is not None and same.at(home, AT_HOME):
            return same
        known = [
            j
            for i, j in given.items()
            if i == 0 or self._surely(self._others[i - 1], bodies[j], t_s, left_s)
        ]
        strangers = [body for j, body in enumerate(bodies) if j not in known]
        returned = next((body for body in strangers if body.at(home, AT_HOME)), None)
        missing = [track for i, track in enumerate(self._others, start=1) if i not in given]
        if returned is not None:
            self._subject = Track.start(returned, t_s)
            return returned
        if same is not None and any(track.misfit(same, t_s) < GOOD_FIT for track in missing):
            self._subject = Track.start(home, left_s)
            return None
        return same

    @staticmethod
    def _surely(track: Track, body: Body, t_s: float, before_s: float) -> bool:
        """Whether the body is that person, who was known before ``before_s``."""
        return track.first_s < before_s and track.misfit(body, t_s) < GOOD_FIT

    def _rechosen(
        self, same: Body | None, bodies: Sequence[Body], frame_size_px: tuple[int, int]
    ) -> Body:
        """Choose anew, in favour of the present subject where it is a near thing."""
        scores = scores_for(bodies, self._wish, frame_size_px)
        best = bodies[scores.index(max(scores))]
        if same is None or self._wish.rule != "auto":
            return best
        mine = next(score for body, score in zip(bodies, scores, strict=True) if body is same)
        return best if max(scores) > HYSTERESIS * mine else same

    def _better(
        self, subject: Track, t_s: float, bodies: Sequence[Body], frame_size_px: tuple[int, int]
    ) -> Body | None:
        """Somebody who is more likely to be the one who exercises."""
        passing = self._home is None and subject.settled_s < SETTLED_S / 2
        scores = scores_for(bodies, self._wish, frame_size_px)
        for i, j in assign(self._others, bodies, t_s).items():
            other = self._others[i].seen(bodies[j], t_s)
            if other.settled_s < SETTLED_S:
                continue
            exercises = other.work > max(WORKING, 2 * subject.work)
            if exercises or (passing and HYSTERESIS**2 * scores[j] > scores[0]):
                return bodies[j]
        return None

    def _successor(
        self, subject: Track, t_s: float, bodies: Sequence[Body], frame_size_px: tuple[int, int]
    ) -> Body | None:
        """Whom to take when the subject is not where expected."""
        if len(bodies) == 1 and not self._ever_crowded:
            return bodies[0]  # nobody else was ever seen: a cut in the film, or a fast move
        if t_s - subject.t_s < LOST_S:
            return None
        settled = [
            bodies[j]
            for i, j in assign(self._others, bodies, t_s).items()
            if self._others[i].seen(bodies[j], t_s).settled_s >= SETTLED_S
        ]
        return settled[choose(settled, SubjectSelector(), frame_size_px)] if settled else None

    def _change(self, body: Body, t_s: float) -> Body:
        """Make ``body`` the subject, as somebody new."""
        self._subject = Track.start(body, t_s)
        self._home = None
        self._working = False
        return body

    def _advance(self, before: Track, body: Body, t_s: float) -> None:
        """Go on with the subject, and remember the place where it stands."""
        self._subject = before.seen(body, t_s)
        self._present = True
        if self._subject.settled_s >= SETTLED_S:
            self._home = (self._subject.home, t_s)

    def _update_others(self, t_s: float, bodies: Sequence[Body]) -> None:
        recent = tuple(track for track in self._others if t_s - track.t_s <= FORGET_S)
        given = assign(recent, bodies, t_s)
        kept = [
            track.seen(bodies[given[i]], t_s).looked_at() if i in given else track
            for i, track in enumerate(recent)
        ]
        new = [
            Track.start(body, t_s).looked_at()
            for j, body in enumerate(bodies)
            if j not in given.values()
        ]
        self._others = (*kept, *new)

    def _interval_s(self, t_s: float) -> float:
        """How long to wait between two looks while all is well."""
        if t_s - self._first_s <= OPEN_S:
            return LOOK_OPEN_S
        leaving = self._home is not None and 0 < t_s - self._home[1] <= LEAVING_S
        if leaving:
            return LOOK_LEAVING_S if self._ever_crowded else 2 * LOOK_LEAVING_S
        if self._others and self._astir(t_s):
            return LOOK_AGAIN_S
        if self.people > 1:
            return LOOK_WORKING_S if self._working else LOOK_CROWD_S
        return LOOK_ALONE_S if self._alone_looks < LONG_ALONE_LOOKS else LOOK_LONG_ALONE_S

    def _astir(self, t_s: float) -> bool:
        """Whether the subject hurries off, or somebody has just come into view."""
        subject = self._subject
        hurries = (
            subject is not None and abs(subject.velocity_px_s) > HURRY_PER_S * subject.body.size_px
        )
        return hurries or any(t_s - track.first_s < SETTLED_S / 2 for track in self._others)

    def _passed(self, t_s: float, interval_s: float) -> bool:
        return t_s - self._last_look_s >= interval_s


def everybody(followed: Body | None, seen: Sequence[Body]) -> list[Body]:
    """All people in the picture, each once, the followed one first and as followed."""
    bodies = [] if followed is None else [followed]
    for body in seen:
        if not any(body.same_as(known) for known in bodies):
            bodies.append(body)
    return bodies
