"""Decide which person in view is measured (the *subject*), and whether it is still the same person.

The pose estimator *tracks* one body from frame to frame, which is cheap but ignores everybody else;
now and then it *detects* all people in the full frame. :class:`SubjectTracker` says when a
detection is needed, and after a detection which person is the subject. It only keeps records: it
gets positions and sizes of bodies, never an image or a model.

Lengths are in body sizes (about one torso length), so that nothing depends on the resolution or on
the distance to the camera. A *place* is where a person stays for a while.
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
"""How the subject is chosen among several people."""
Point = tuple[float, float]
"""x and y."""
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

# All limits below are our own choice. Distances without a unit are in body sizes.

TORSO_OF_HEIGHT = 0.3
"""Approximate distance from shoulders to hips as a fraction of that from nose to toes."""

TORSO_OF_SHOULDERS = 1.4
"""Approximate distance from shoulders to hips in shoulder widths."""

SAME_PERSON_DISTANCE = 0.3
"""Two torsos in one frame that are closer than this belong to one person."""

SAME_PLACE_SIZE_RATIO = 1.35
"""Size changes up to this factor fit a person who stays at one distance from the camera."""

STEP_LIMIT = 0.2
STEP_LIMIT_PER_S = 6.0
MAX_STEP_LIMIT = 1.5
SIZE_LIMIT = 1.67
"""How far a torso can move, and change in size, between two frames: 0.2 sizes for the jitter of
the model, plus 3 m/s."""

SEARCH_RADIUS = 0.8
SEARCH_RADIUS_PER_S = 2.0
MAX_SEARCH_RADIUS = 2.0
"""A body within this distance of the predicted position can be the same person."""

PLACE_RADIUS = 0.7
"""A person who stays within this sideways distance has not left their place: a step moves the
torso less."""

AT_PLACE_RADIUS = 0.35
AT_PLACE_HEIGHT = 1.2
"""A person at a place is this close to it sideways, and up and down (squatting)."""

SETTLED_S = 1.0
"""A person who has stayed this long at a place stands there; others are passing."""

CHOICE_OPEN_S = 1.0
"""How long after the first sight the choice among several people stays open."""

GOOD_MATCH = 0.6
"""A mismatch below this leaves little doubt about the identity."""

VELOCITY_S, PREDICTION_S = 0.15, 1.5
"""Time constant that smooths the velocity, and for how long it is extrapolated."""

HYSTERESIS = 1.3
"""Another person must score this many times better to become the subject."""

FAST_PER_S = 0.8
"""Sideways speed, in sizes per second, that nobody reaches who exercises in place."""

EXERCISE_HIP_TRAVEL = 0.15
"""Vertical hip travel of a person who exercises; a person who only stands shows half of it."""

LOST_S = 2.0
"""A subject out of sight keeps the role this long before another settled person gets it."""

FORGET_S = 3.0
"""How long a place that was left, and a person out of sight, are remembered."""

DETECT_OPEN_S = 0.5
DETECT_CROWD_S = 0.5
DETECT_EXERCISING_S = 1.0
DETECT_ALONE_S = 2.0
DETECT_LONG_ALONE_S = 4.0
DETECT_LEAVING_S = 0.35
DETECT_AGAIN_S = 0.2
"""Time between two detections: while the choice is open; with others in view; once the subject
exercises; alone; alone for long; after the subject left its place; when the situation is unclear.
A detection costs as much as two frames: for a person alone, detections add about 3 % to the
computing time."""

LONG_ALONE_DETECTIONS = 5
"""The subject has been alone for long after so many detections without anybody else."""

LEAVING_S = 2.0
"""The subject counts as having just left its place for so long."""


@dataclass(frozen=True)
class SubjectSelector:
    """The person to measure: a rule, or a point in the first frame.

    ``point`` is in fractions of the width and height of the frame.
    """

    rule: Rule | None = "auto"
    point: Point | None = None

    @classmethod
    def parse(cls, text: str) -> SubjectSelector:
        """Parse ``auto``, ``left``, ``right``, ``center``, ``largest`` or ``X,Y``.

        Raises
        ------
        UsageError
            For any other text, and for fractions outside 0 to 1.
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
            f"{text!r} does not say whom to follow",
            hint="use auto, left, right, center, largest, or X,Y as fractions of the width and "
            "height of the first frame, such as 0.3,0.5",
        )


@dataclass(frozen=True)
class Body:
    """Position and size of one person in a frame.

    Attributes
    ----------
    centre_px
        Middle of the torso.
    size_px
        About the length of the torso; hardly changes when the person bends or squats.
    box_px
        Bounding box of all keypoints.
    visible_share
        Fraction of the head, trunk and leg keypoints that are visible, 0 to 1.
    hip_y_px
        Vertical position of the mid-hip, + downward.
    """

    centre_px: Point
    size_px: float
    box_px: Box
    visible_share: float
    hip_y_px: float

    @classmethod
    def from_pose(cls, keypoints_px: FloatArray, confidence: FloatArray) -> Body:
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
            visible_share=float((confidence[_HEAD_TRUNK_LEGS] > 0.5).mean()),
            hip_y_px=float(hips[1]),
        )

    def distance_to(self, point_px: Point) -> float:
        """Return the distance from the torso to a point, in sizes of this body."""
        return math.dist(self.centre_px, point_px) / self.size_px

    def size_ratio(self, size_px: float) -> float:
        """Return the ratio of this size and another one, larger over smaller; at least 1."""
        return max(self.size_px / size_px, size_px / self.size_px)

    def is_at(self, place: Body, radius: float) -> bool:
        """Return whether the body stands or squats at a place, within ``radius`` sizes sideways."""
        sideways_px = abs(self.centre_px[0] - place.centre_px[0])
        height_px = abs(self.centre_px[1] - place.centre_px[1])
        return (
            sideways_px <= radius * place.size_px
            and height_px <= AT_PLACE_HEIGHT * place.size_px
            and self.size_ratio(place.size_px) <= SAME_PLACE_SIZE_RATIO
        )

    def is_same_person(self, other: Body) -> bool:
        """Return whether two bodies found in the same frame belong to one person."""
        return (
            self.distance_to(other.centre_px) < SAME_PERSON_DISTANCE
            and self.size_ratio(other.size_px) < SIZE_LIMIT
        )


_HEAD_TRUNK_LEGS = [
    Keypoint.NOSE,
    *(
        keypoint(side, joint)
        for side in SIDES
        for joint in ("shoulder", "hip", "knee", "ankle", "heel", "toe")
    ),
]


def select_body(
    bodies: Sequence[Body], selector: SubjectSelector, frame_size_px: tuple[int, int]
) -> int:
    """Return the index of the body that fits the selector best; ``bodies`` must not be empty."""
    scores = selection_scores(bodies, selector, frame_size_px)
    return scores.index(max(scores))


def selection_scores(
    bodies: Sequence[Body], selector: SubjectSelector, frame_size_px: tuple[int, int]
) -> list[float]:
    """Score how well each body fits the selector; larger is better.

    Only for ``auto`` the ratio of two scores has a meaning: a score is the product of visibility,
    relative size and closeness to the middle of the frame.
    """
    width, height = frame_size_px
    if selector.point is not None:
        point_px = selector.point[0] * width, selector.point[1] * height
        return [
            -_distance_to_box_px(body.box_px, point_px) - body.distance_to(point_px)
            for body in bodies
        ]
    if selector.rule == "left":
        return [-body.centre_px[0] for body in bodies]
    if selector.rule == "right":
        return [body.centre_px[0] for body in bodies]
    if selector.rule == "center":
        return [-abs(body.centre_px[0] - width / 2) for body in bodies]
    if selector.rule == "largest":
        return [body.size_px for body in bodies]
    largest_px = max(body.size_px for body in bodies)
    return [
        body.visible_share**2
        * (body.size_px / largest_px)
        * (1 - 0.6 * min(abs(2 * body.centre_px[0] / width - 1), 1))
        for body in bodies
    ]


def _distance_to_box_px(box_px: Box, point_px: Point) -> float:
    """Return the distance from a point to a box, in pixels; 0 inside."""
    left, top, right, bottom = box_px
    x, y = point_px
    return math.hypot(max(left - x, 0, x - right), max(top - y, 0, y - bottom))


@dataclass(frozen=True)
class Track:
    """One person followed over time.

    Attributes
    ----------
    body, t_s
        Last seen body, and its time.
    place
        First body seen at the present place; replaced when the person moves away from it.
    place_since_s
        Time of ``place``.
    first_s
        When the person was first seen.
    velocity_px_s
        Smoothed sideways velocity of the torso, + to the right.
    hip_ys_px
        Hip positions at the last 12 detections at the present place.
    """

    body: Body
    t_s: float
    place: Body
    place_since_s: float
    first_s: float
    velocity_px_s: float = 0.0
    hip_ys_px: tuple[float, ...] = ()

    @classmethod
    def start(cls, body: Body, t_s: float) -> Track:
        """Start the track of a person who is seen for the first time."""
        return cls(body, t_s, place=body, place_since_s=t_s, first_s=t_s)

    def updated(self, body: Body, t_s: float) -> Track:
        """Return the track with a body added that was seen at ``t_s``."""
        moved_away = not body.is_at(self.place, PLACE_RADIUS)
        elapsed_s = t_s - self.t_s
        keep = math.exp(-elapsed_s / VELOCITY_S)
        moved_px = body.centre_px[0] - self.body.centre_px[0]
        velocity = moved_px / elapsed_s if elapsed_s > 0 else self.velocity_px_s
        return replace(
            self,
            body=body,
            t_s=t_s,
            velocity_px_s=keep * self.velocity_px_s + (1 - keep) * velocity,
            place=body if moved_away else self.place,
            place_since_s=t_s if moved_away else self.place_since_s,
            hip_ys_px=() if moved_away else self.hip_ys_px,
        )

    def with_hip_recorded(self) -> Track:
        """Return the track with the current hip position recorded; call it once per detection."""
        return replace(self, hip_ys_px=(*self.hip_ys_px[-11:], self.body.hip_y_px))

    @property
    def settled_s(self) -> float:
        """How long the person has stayed at the present place."""
        return self.t_s - self.place_since_s

    @property
    def hip_travel(self) -> float:
        """Vertical hip travel at this place, in sizes; an extreme seen only once counts half."""
        if len(self.hip_ys_px) < 2:
            return 0.0
        ys_px = sorted(self.hip_ys_px)
        seen_once_px = ys_px[-1] - ys_px[0]
        seen_twice_px = ys_px[-2] - ys_px[1] if len(ys_px) > 3 else 0.0
        return max(seen_twice_px, seen_once_px / 2) / self.place.size_px

    def predicted_centre_px(self, t_s: float) -> Point:
        """Return where the torso is expected: moving sideways at constant velocity, same height."""
        ahead_s = min(t_s - self.t_s, PREDICTION_S)
        x, y = self.body.centre_px
        return x + ahead_s * self.velocity_px_s, y

    def mismatch(self, body: Body, t_s: float) -> float:
        """Return how badly a body matches this person at ``t_s``; infinite if it cannot be them."""
        distance = body.distance_to(self.predicted_centre_px(t_s))
        ratio = body.size_ratio(self.body.size_px)
        radius = min(SEARCH_RADIUS + SEARCH_RADIUS_PER_S * (t_s - self.t_s), MAX_SEARCH_RADIUS)
        if distance > radius or ratio > SIZE_LIMIT:
            return math.inf
        return distance + 2 * math.log(ratio)


def is_continuous(track: Track, body: Body, t_s: float) -> bool:
    """Return whether a body is near enough to be the tracked person in the next frame."""
    limit = min(STEP_LIMIT + STEP_LIMIT_PER_S * (t_s - track.t_s), MAX_STEP_LIMIT)
    return (
        track.body.distance_to(body.centre_px) <= limit
        and body.size_ratio(track.body.size_px) <= SIZE_LIMIT
    )


def match_tracks(tracks: Sequence[Track], bodies: Sequence[Body], t_s: float) -> dict[int, int]:
    """Match tracks with bodies, best match first; returns body indices by track index."""
    pairs = sorted(
        (track.mismatch(body, t_s), i, j)
        for i, track in enumerate(tracks)
        for j, body in enumerate(bodies)
    )
    matches: dict[int, int] = {}
    for mismatch, i, j in pairs:
        if math.isfinite(mismatch) and i not in matches and j not in matches.values():
            matches[i] = j
    return matches


class SubjectTracker:
    """Decides when to detect all people, and which of them is the subject.

    For each frame, in order: :meth:`may_track`; then :meth:`needs_detection` with the tracked
    body; when that is true, :meth:`update` with all people detected, in this frame or, when the
    :meth:`detection can wait <detection_can_wait>`, in one soon after. Deterministic: the same
    calls give the same results.

    Parameters
    ----------
    selector
        Whom to choose. The choice stays open for a second after the first sight. With ``auto`` it
        may change later, to a person who stands in place while the present subject walks through,
        or to one who exercises while the present subject stands still. Once the subject
        exercises, the choice is final.

    Attributes
    ----------
    people
        Number of people in the last detection.
    """

    def __init__(self, selector: SubjectSelector) -> None:
        self.people = 0
        self._selector = selector
        self._subject: Track | None = None
        self._others: tuple[Track, ...] = ()
        self._present = False
        self._exercising = False
        self._ever_crowded = False
        self._last_place: tuple[Body, float] | None = None  # last settled place, last time there
        self._first_s = math.inf
        self._last_detection_s = -math.inf
        self._alone_detections = 0

    def may_track(self, t_s: float) -> bool:
        """Return whether to use the frame-to-frame tracker.

        It is not used while the subject is lost and others are in view, as it would pick up one of
        them. The next detection is then at most a fifth of a second away.
        """
        lost_in_crowd = self._subject is not None and not self._present and self._ever_crowded
        return not lost_in_crowd or self._interval_passed(t_s, DETECT_AGAIN_S)

    @property
    def has_detected(self) -> bool:
        """Whether any detection has run; the first frame always has one."""
        return math.isfinite(self._last_detection_s)

    def needs_detection(self, t_s: float, tracked: Body | None) -> bool:
        """Add the tracked body of the frame at ``t_s``; return whether to detect all people.

        When false, the tracked body (or nobody) is the subject in this frame.
        """
        subject, was_present = self._subject, self._present
        if subject is None:
            return tracked is not None or not self.has_detected
        if tracked is None:
            self._present = False
            return self._ever_crowded and (
                was_present or self._interval_passed(t_s, DETECT_AGAIN_S)
            )
        unsure = not was_present and self._ever_crowded
        if unsure or not is_continuous(subject, tracked, t_s):
            return True
        self._advance(subject, tracked, t_s)
        return self._interval_passed(t_s, self._interval_s(t_s))

    def detection_can_wait(self, t_s: float) -> bool:
        """Return whether the detection is routine: the subject is tracked, in place and alone."""
        subject = self._subject
        is_tracked = subject is not None and self._present and subject.t_s == t_s
        has_left = self._last_place is not None and self._last_place[1] < t_s
        return is_tracked and not has_left and not self._ever_crowded

    def update(
        self,
        t_s: float,
        tracked: Body | None,
        detected: Sequence[Body],
        frame_size_px: tuple[int, int],
    ) -> Body | None:
        """Decide who the subject is.

        Parameters
        ----------
        t_s
            Time of the frame.
        tracked
            The tracked body, as given to :meth:`needs_detection`.
        detected
            All people found in the full frame.
        frame_size_px
            Width and height of the frame.

        Returns
        -------
        Body or None
            ``tracked`` itself, one of ``detected``, or ``None`` when the subject is not in view.
        """
        bodies = merge_bodies(tracked, detected)
        self._last_detection_s = t_s
        self.people = len(bodies)
        self._alone_detections = self._alone_detections + 1 if len(bodies) <= 1 else 0
        self._ever_crowded = self._ever_crowded or len(bodies) > 1
        chosen = self._decide(t_s, bodies, frame_size_px) if bodies else None
        self._update_others(t_s, [body for body in bodies if body is not chosen])
        self._present = chosen is not None
        if chosen is not None and self._subject is not None:
            if chosen is not self._subject.body:
                self._advance(self._subject, chosen, t_s)
            self._subject = self._subject.with_hip_recorded()
            self._exercising = self._exercising or self._subject.hip_travel > EXERCISE_HIP_TRAVEL
        return chosen

    def _decide(
        self, t_s: float, bodies: Sequence[Body], frame_size_px: tuple[int, int]
    ) -> Body | None:
        """Return the body of the subject after a detection: the same person or a new choice."""
        subject = self._subject
        if subject is None:
            self._first_s = t_s
            chosen = bodies[select_body(bodies, self._selector, frame_size_px)]
            return self._set_subject(chosen, t_s)
        same = self._find_subject(subject, t_s, bodies)
        if t_s - self._first_s <= CHOICE_OPEN_S:
            best = self._reselect(same, bodies, frame_size_px)
            return same if best is same else self._set_subject(best, t_s)
        if same is None:
            successor = self._successor(subject, t_s, bodies, frame_size_px)
            return successor and self._set_subject(successor, t_s)
        if self._selector.rule == "auto" and not self._exercising:
            better = self._better_subject(subject, t_s, bodies, frame_size_px)
            return self._set_subject(better, t_s) if better is not None else same
        return same

    def _find_subject(self, subject: Track, t_s: float, bodies: Sequence[Body]) -> Body | None:
        """Return the body of the current subject; ``None`` when not in view.

        The frame-to-frame tracker can slip, without a jump, to a person who walks in front of the
        subject. Two things reveal that: the tracked body has left the subject's place and matches
        another person who is now missing; or an unknown person stands at the subject's place.
        """
        matches = match_tracks((subject, *self._others), bodies, t_s)
        same = bodies[matches[0]] if 0 in matches else None
        if self._last_place is None or t_s - self._last_place[1] > FORGET_S:
            return same
        place, left_s = self._last_place
        if same is not None and same.is_at(place, AT_PLACE_RADIUS):
            return same
        known = [
            j
            for i, j in matches.items()
            if i == 0 or self._is_certainly(self._others[i - 1], bodies[j], t_s, left_s)
        ]
        unknown = [body for j, body in enumerate(bodies) if j not in known]
        returned = next((body for body in unknown if body.is_at(place, AT_PLACE_RADIUS)), None)
        missing = [track for i, track in enumerate(self._others, start=1) if i not in matches]
        if returned is not None:
            self._subject = Track.start(returned, t_s)
            return returned
        if same is not None and any(track.mismatch(same, t_s) < GOOD_MATCH for track in missing):
            self._subject = Track.start(place, left_s)
            return None
        return same

    @staticmethod
    def _is_certainly(track: Track, body: Body, t_s: float, before_s: float) -> bool:
        """Return whether a body is clearly this person, who was first seen before ``before_s``."""
        return track.first_s < before_s and track.mismatch(body, t_s) < GOOD_MATCH

    def _reselect(
        self, same: Body | None, bodies: Sequence[Body], frame_size_px: tuple[int, int]
    ) -> Body:
        """Choose the subject again; in a close decision the current one stays."""
        scores = selection_scores(bodies, self._selector, frame_size_px)
        best = bodies[scores.index(max(scores))]
        if same is None or self._selector.rule != "auto":
            return best
        own = next(score for body, score in zip(bodies, scores, strict=True) if body is same)
        return best if max(scores) > HYSTERESIS * own else same

    def _better_subject(
        self, subject: Track, t_s: float, bodies: Sequence[Body], frame_size_px: tuple[int, int]
    ) -> Body | None:
        """Return another person who is more likely the one who exercises; ``None`` without one."""
        passing = self._last_place is None and subject.settled_s < SETTLED_S / 2
        scores = selection_scores(bodies, self._selector, frame_size_px)
        for i, j in match_tracks(self._others, bodies, t_s).items():
            other = self._others[i].updated(bodies[j], t_s)
            if other.settled_s < SETTLED_S:
                continue
            exercises = other.hip_travel > max(EXERCISE_HIP_TRAVEL, 2 * subject.hip_travel)
            if exercises or (passing and HYSTERESIS**2 * scores[j] > scores[0]):
                return bodies[j]
        return None

    def _successor(
        self, subject: Track, t_s: float, bodies: Sequence[Body], frame_size_px: tuple[int, int]
    ) -> Body | None:
        """Return whom to select when the subject is not where expected; ``None`` to wait longer."""
        if len(bodies) == 1 and not self._ever_crowded:
            return bodies[0]  # nobody else was ever seen: a cut in the film, or a fast move
        if t_s - subject.t_s < LOST_S:
            return None
        settled = [
            bodies[j]
            for i, j in match_tracks(self._others, bodies, t_s).items()
            if self._others[i].updated(bodies[j], t_s).settled_s >= SETTLED_S
        ]
        if not settled:
            return None
        return settled[select_body(settled, SubjectSelector(), frame_size_px)]

    def _set_subject(self, body: Body, t_s: float) -> Body:
        """Make ``body`` the subject, as a new person."""
        self._subject = Track.start(body, t_s)
        self._last_place = None
        self._exercising = False
        return body

    def _advance(self, before: Track, body: Body, t_s: float) -> None:
        """Add a body to the subject's track, and remember the place once settled."""
        self._subject = before.updated(body, t_s)
        self._present = True
        if self._subject.settled_s >= SETTLED_S:
            self._last_place = (self._subject.place, t_s)

    def _update_others(self, t_s: float, bodies: Sequence[Body]) -> None:
        """Update the tracks of everybody who is not the subject."""
        recent = tuple(track for track in self._others if t_s - track.t_s <= FORGET_S)
        matches = match_tracks(recent, bodies, t_s)
        kept = [
            track.updated(bodies[matches[i]], t_s).with_hip_recorded() if i in matches else track
            for i, track in enumerate(recent)
        ]
        new = [
            Track.start(body, t_s).with_hip_recorded()
            for j, body in enumerate(bodies)
            if j not in matches.values()
        ]
        self._others = (*kept, *new)

    def _interval_s(self, t_s: float) -> float:
        """Return the time between two detections while the subject is tracked without problems."""
        if t_s - self._first_s <= CHOICE_OPEN_S:
            return DETECT_OPEN_S
        leaving = self._last_place is not None and 0 < t_s - self._last_place[1] <= LEAVING_S
        if leaving:
            return DETECT_LEAVING_S if self._ever_crowded else 2 * DETECT_LEAVING_S
        if self._others and self._scene_changes(t_s):
            return DETECT_AGAIN_S
        if self.people > 1:
            return DETECT_EXERCISING_S if self._exercising else DETECT_CROWD_S
        if self._alone_detections < LONG_ALONE_DETECTIONS:
            return DETECT_ALONE_S
        return DETECT_LONG_ALONE_S

    def _scene_changes(self, t_s: float) -> bool:
        """Return whether the subject moves fast sideways or another person has just appeared."""
        subject = self._subject
        fast = (
            subject is not None and abs(subject.velocity_px_s) > FAST_PER_S * subject.body.size_px
        )
        return fast or any(t_s - track.first_s < SETTLED_S / 2 for track in self._others)

    def _interval_passed(self, t_s: float, interval_s: float) -> bool:
        """Return whether so much time has passed since the last detection."""
        return t_s - self._last_detection_s >= interval_s


def merge_bodies(tracked: Body | None, detected: Sequence[Body]) -> list[Body]:
    """Return all people in the frame, each once; the tracked body comes first."""
    bodies = [] if tracked is None else [tracked]
    for body in detected:
        if not any(body.is_same_person(known) for known in bodies):
            bodies.append(body)
    return bodies
