"""Check the set-up before the set: where the person stands, and whether they stand still.

The checks use the poses of the last moment, by time and not by count of frames, so that a camera of
5 frames a second gives the same results as one of 60. Each check has two limits, a strict one to
pass and a lenient one to keep passing, and changes only after a moment: a message that is read
from three metres away must not flicker.

The height of the camera is not checked: a pose cannot distinguish a low camera from a tilted one.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from formcheck.data.arrays import FloatArray, or_nan
from formcheck.data.exercise import Exercise
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.poses import Poses
from formcheck.data.session import View, ViewKind
from formcheck.motion.camera_view import (
    FAR_HEIGHTS,
    LEG_SHARE_OF_STATURE,
    NEAR_HEIGHTS,
    find_view,
    turn_limit_deg,
)
from formcheck.pose.heading import wrap_deg

ViewWanted = Literal["auto", "front", "side"]
CheckName = Literal["in_view", "lying", "whole_body", "distance", "turn", "level", "light", "alone"]

LOOK_S = 0.8
LOOK_AGAIN_S = 0.2
"""The pose is judged over the last 0.8 s, five times a second. A person who turns as asked must
see the number go down."""

UNSEEN_S = 0.4
SETTLES_S = 0.4
"""A person is lost, and a check changes its result, after this long."""

FACING, SIDE_ON = "Facing the camera", "Side-on to the camera"
"""The text for a turn that fits, by the wanted view."""

READY_S = 1.0
STILL_WITHIN = 0.06
"""Still: hips, shoulders and feet have moved by less than this many leg lengths, about 5 cm.
People sway by 1 to 2 cm on one leg and keypoints by 0.01; a repetition drops by 0.06 and more."""

SURE_CONFIDENCE = 0.65
CROWN_ABOVE_FACE = 0.075
SOLE_BELOW_TOE = 0.015
"""Space that the frame must show above nose and ears, and below heel and toe, in body heights: the
face is 0.07 below the crown (Drillis and Contini give the head 0.130), a shoe's sole is 2 to 3 cm
thick."""

ROOM = 0.12
"""With this share of the frame's height free at one end, tilting the camera helps at the other."""

TURN_STEP_DEG = 5.0
HALF_WAY_DEG = 8.0
LYING_TEXTS: dict[ViewKind, str] = {
    "side": "Lie down: turn your side to the camera",
    "front": "Lie down: turn your front or back to the camera",
}
"""The turn is shown in steps; half-way between front and side, the wanted view does not flip."""


@dataclass(frozen=True)
class Hysteresis:
    """A check passes within ``strict``, and then fails only outside ``lenient``."""

    strict: float
    lenient: float

    def allow(self, ok: bool) -> float:
        """Return the limit for a check that passes (``ok``) or fails so far."""
        return self.lenient if ok else self.strict


TURN_LIMITS = Hysteresis(2.0 / 3.0, 1.0)
"""A turn is asked for beyond the limit of the report (``turn_limit_deg``), and no longer within two
thirds of it: one standard error of the yaw."""
TURN_LOOK_S = LOOK_S
"""The turn is judged only after the person has been in view for this long: in the first 0.2 s the
correction for the model's asymmetry is not known yet, and the yaw is off by up to 15 degrees."""
OTHER_WAY_AFTER_S = 1.0
"""A person who was asked to turn one way is asked to turn the other way only when that has been so
for this long. Ours."""
TILT_DEG = Hysteresis(3.0, 5.0)
NEARNESS = Hysteresis(1.0, 0.95)
LYING = Hysteresis(0.75, 1.0)
"""Who lies takes up less height of the picture than so many times the width; who stands takes up
four times as much. Ours."""
EDGE = Hysteresis(0.01, -0.01)
LUMA = Hysteresis(0.15, 0.12)
"""Mean luma, 0 to 1. On two films made darker, with noise, the pose was as good at 0.10 as at 0.25
and gone at 0.06."""


@dataclass(frozen=True)
class SetupCheckItem:
    """The result of one check of the set-up.

    Attributes
    ----------
    name
        Name of the check.
    ok
        Whether it passes.
    text
        What to do and, after a colon, why; a short confirmation when ``ok``.
    needed
        Whether it must pass before the set; otherwise it is advice.
    """

    name: CheckName
    ok: bool
    text: str
    needed: bool = True

    @property
    def short(self) -> str:
        """The text without the reason, for a list."""
        return self.text.partition(":")[0]


@dataclass(frozen=True)
class SetupState:
    """The result of the set-up checks at one frame.

    Attributes
    ----------
    checks
        The checks that could be made.
    message
        The one thing to do now, short enough to read from three metres away.
    fits
        Whether all needed checks pass.
    still_s
        How long the person has stood still, in seconds.
    ready
        Whether ``fits``, and the person stood still long enough for the baseline.
    place
        Where the camera belongs, while a body that lies does not fit; else empty.
    """

    checks: tuple[SetupCheckItem, ...]
    message: str
    fits: bool
    still_s: float
    ready: bool
    place: str = ""

    def check(self, name: CheckName) -> SetupCheckItem | None:
        """Return the check of that name; ``None`` when it could not be made."""
        return next((item for item in self.checks if item.name == name), None)


class _Steady:
    """One check over time: its result changes only after ``SETTLES_S``.

    ``fine`` is the text while it passes.
    """

    def __init__(self, name: CheckName, fine: str, needed: bool) -> None:
        self.fine = fine
        self._name, self._needed = name, needed
        self._problem: str | None = None
        self._other_since_s: float | None = None
        self._known = False

    @property
    def ok(self) -> bool:
        """Whether it passes; a check never made counts as failed."""
        return self._known and self._problem is None

    @property
    def failed(self) -> bool:
        """Whether it fails; a check never made has not failed."""
        return self._known and self._problem is not None

    def update(self, t_s: float, problem: str | None) -> SetupCheckItem:
        """Take the problem at this frame; ``None`` for no problem."""
        if not self._known or (problem is None) == (self._problem is None):
            self._problem, self._known, self._other_since_s = problem, True, None
        else:
            if self._other_since_s is None:
                self._other_since_s = t_s
            if t_s - self._other_since_s >= SETTLES_S:
                self._problem, self._other_since_s = problem, None
        return self.item

    @property
    def item(self) -> SetupCheckItem:
        """The present result."""
        return SetupCheckItem(self._name, self.ok, self._problem or self.fine, self._needed)


class _Stillness:
    """How long the person has stood still; short gaps in sight do not count as movement."""

    def __init__(self) -> None:
        self._anchor: FloatArray | None = None
        self._since_s = math.nan
        self._seen_s = -math.inf

    def update(self, sample: PoseSample, leg_px: float) -> float:
        """Take one pose; return the seconds since the last movement."""
        points = _trunk_and_feet(sample)
        if not math.isfinite(leg_px) or not np.isfinite(points[:2]).all():
            if sample.t_s - self._seen_s > UNSEEN_S:
                self._anchor = None
            return 0.0 if self._anchor is None else self._seen_s - self._since_s
        self._seen_s = sample.t_s
        if self._anchor is None or _moved(points, self._anchor, leg_px):
            self._anchor, self._since_s = points, sample.t_s
        return sample.t_s - self._since_s


def _message(checks: tuple[SetupCheckItem, ...], still: str, *, fits: bool, ready: bool) -> str:
    """Return the one thing to do; ``still`` is what to do when all fits."""
    wrong = [item for item in checks if not item.ok]
    if not fits:
        # In the dark nobody can be detected: the light comes first.
        dark = [item for item in wrong if item.name == "light"]
        unseen = wrong[0].name == "in_view"
        return (dark if dark and unseen else [i for i in wrong if i.needed])[0].text
    if wrong:
        return wrong[0].text
    return "Ready" if ready else still


def _moved(points: FloatArray, anchor: FloatArray, leg_px: float) -> bool:
    away = np.hypot(*(points - anchor).T)
    return bool(np.nanmax(away) > STILL_WITHIN * leg_px)


def _trunk_and_feet(sample: PoseSample) -> FloatArray:
    """Middle of the hips, middle of the shoulders, ankles where surely seen; shape (4, 2)."""
    points = sample.keypoints_px
    ankles = points[[Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE]].copy()
    hidden = sample.confidence[[Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE]] < SURE_CONFIDENCE
    ankles[hidden] = np.nan
    hips = points[[Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP]].mean(axis=0)
    shoulders = points[[Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER]].mean(axis=0)
    return np.vstack([hips, shoulders, ankles])


class SetupCheck:
    """Coaches the position in front of the camera; used for one session.

    Parameters
    ----------
    exercise
        The exercise that follows.
    view_wanted
        ``front`` or ``side``; ``auto`` takes the one the person is nearer to.
    """

    def __init__(self, exercise: Exercise, view_wanted: ViewWanted = "auto") -> None:
        self._exercise = exercise
        self._wanted = view_wanted
        self._lately: deque[PoseSample] = deque()
        self._view: View | None = None
        self._looked_s = -math.inf
        self._seen_s = -math.inf
        self._leg_px = math.nan
        self._stillness = _Stillness()
        self._shown_turn_deg = math.nan
        self._turn_way = 0.0
        self._other_way_s: float | None = None
        self._in_view_since_s = math.nan
        self._side_on = view_wanted == "side"
        # By priority: the first that fails gives the message.
        self._checks: dict[CheckName, _Steady] = {
            "in_view": _Steady("in_view", "In view", needed=True),
            "lying": _Steady("lying", "Lying down", needed=True),
            "whole_body": _Steady("whole_body", "Whole body in view", needed=True),
            "distance": _Steady("distance", "Distance OK", needed=True),
            "turn": _Steady("turn", FACING, needed=True),
            "light": _Steady("light", "Bright enough", needed=True),
            "level": _Steady("level", "Camera level", needed=False),
            "alone": _Steady("alone", "No one else in view", needed=False),
        }

    def update(self, sample: PoseSample, view: View, brightness: float = math.nan) -> SetupState:
        """Take one pose.

        Parameters
        ----------
        sample
            The pose.
        view
            The view as the analyzer knows it.
        brightness
            Mean luma of the frame, 0 to 1; not checked when NaN.
        """
        now_s = sample.t_s
        if sample.seen:
            if not now_s - self._seen_s <= UNSEEN_S:
                self._in_view_since_s = now_s
            self._seen_s = now_s
        self._lately.append(sample)
        while self._lately[0].t_s < now_s - LOOK_S:
            self._lately.popleft()
        if now_s - self._looked_s >= LOOK_AGAIN_S:
            self._looked_s = now_s
            self._look(sample.frame_size_px)
        still_s = self._stillness.update(sample, self._leg_px)
        problems = dict(self._problems(sample, view, brightness))
        checks = tuple(
            steady.update(now_s, problems[name])
            for name, steady in self._checks.items()
            if name in problems
        )
        fits = all(item.ok for item in checks if item.needed)
        ready = fits and still_s >= READY_S
        lies = self._exercise.is_lying
        message = _message(checks, "Hold still" if lies else "Stand still", fits=fits, ready=ready)
        place = self._exercise.set_up[0] if lies and not fits else ""
        return SetupState(checks, message, fits, still_s, ready, place)

    def _look(self, size_px: tuple[int, int]) -> None:
        window = Poses.from_samples([kept for kept in self._lately if kept.seen])
        if len(window):
            self._view = find_view(window, size_px)
            self._leg_px = window.leg_length_px

    def _problems(
        self, sample: PoseSample, view: View, brightness: float
    ) -> Iterator[tuple[CheckName, str | None]]:
        """Yield each check that can be made now, with its problem or ``None``."""
        seen = sample.t_s - self._seen_s <= UNSEEN_S
        yield "in_view", None if seen else "Step into view"
        if math.isfinite(brightness):
            dark = brightness < LUMA.allow(self._checks["light"].ok)
            yield "light", "Switch on a light: it is too dark" if dark else None
        if not seen or self._view is None:
            return
        if self._exercise.is_lying:
            yield from self._lying_problems(sample)
            yield from self._others(sample, view)
            return
        if sample.seen:
            yield "whole_body", self._cut_off(sample)
        if self._view.distance_heights is not None:
            yield "distance", self._distance(self._view.distance_heights)
        in_view_s = sample.t_s - self._in_view_since_s
        if self._view.yaw_deg is not None and in_view_s >= TURN_LOOK_S:
            yield "turn", self._turn(self._view, sample.t_s)
        yield from self._others(sample, view)

    def _lying_problems(self, sample: PoseSample) -> Iterator[tuple[CheckName, str | None]]:
        """Yield whether the person lies, and whether all of the body is in view then.

        How far away and how a body that lies is turned is not read from its pose: that is made for
        people who stand.
        """
        if not sample.seen:
            return
        points = sample.keypoints_px
        across_px, high_px = np.nanmax(points, axis=0) - np.nanmin(points, axis=0)
        lies = high_px < LYING.allow(self._checks["lying"].ok) * across_px
        yield "lying", None if lies else LYING_TEXTS[self._exercise.views[0]]
        if lies:
            yield "whole_body", self._cut_off_lying(sample)

    def _others(self, sample: PoseSample, view: View) -> Iterator[tuple[CheckName, str | None]]:
        """Yield what does not depend on how the person is placed."""
        if view.roll_deg is not None:
            tilted = abs(view.roll_deg) > TILT_DEG.allow(self._checks["level"].ok)
            yield (
                "level",
                f"Level the camera: it is tilted {abs(view.roll_deg):.0f}°" if tilted else None,
            )
        yield "alone", "Someone else is in view" if sample.people > 1 else None

    def _cut_off(self, sample: PoseSample) -> str | None:
        """Return what to do when part of the body is outside the frame."""
        width, height = sample.frame_size_px
        points = sample.keypoints_px
        stature_px = self._leg_px / LEG_SHARE_OF_STATURE
        if not math.isfinite(stature_px):
            return "Step back: I cannot see your legs"
        edge = EDGE.allow(self._checks["whole_body"].ok) * height
        crown_y = np.nanmin(points[: Keypoint.RIGHT_EAR + 1, 1]) - CROWN_ABOVE_FACE * stature_px
        sole_y = np.nanmax(points[Keypoint.LEFT_ANKLE :, 1]) + SOLE_BELOW_TOE * stature_px
        head_cut, feet_cut = crown_y < edge, sole_y > height - edge
        if head_cut and feet_cut:
            return "Step back: head and feet are cut off"
        if head_cut:
            roomy = height - sole_y > ROOM * height
            return "Tilt the camera up: head cut off" if roomy else "Step back: head is cut off"
        if feet_cut:
            roomy = crown_y > ROOM * height
            return "Tilt the camera down: feet cut off" if roomy else "Step back: feet are cut off"
        body = points[Keypoint.LEFT_SHOULDER :]
        if np.nanmin(body[:, 0]) < edge:
            return self._step_toward(+1.0)
        if np.nanmax(body[:, 0]) > width - edge:
            return self._step_toward(-1.0)
        return None

    def _cut_off_lying(self, sample: PoseSample) -> str | None:
        """Return what to do when part of a body that lies is outside the frame."""
        points = sample.keypoints_px
        edge = EDGE.allow(self._checks["whole_body"].ok) * sample.frame_size_px[1]
        far = np.array(sample.frame_size_px) - edge

        def is_cut(part: FloatArray) -> bool:
            return bool(((part < edge) | (part > far)).any())  # no point that is NaN is outside

        head_cut = is_cut(points[: Keypoint.RIGHT_EAR + 1])
        feet_cut = is_cut(points[Keypoint.LEFT_ANKLE :])
        if head_cut and feet_cut:
            return "Move the camera back: head and feet are cut off"
        if head_cut:
            return "Slide back: head is cut off"
        return "Slide forward: feet are cut off" if feet_cut else None

    def _step_toward(self, way: float) -> str:
        """Word a step to the right (+1) or the left (-1) of the frame."""
        yaw = math.radians(or_nan(self._view.yaw_deg)) if self._view else 0.0
        to_own_left, forward = way * math.cos(yaw), way * math.sin(yaw)
        if abs(forward) > abs(to_own_left):
            return "Step forward" if forward > 0 else "Step backward"
        return "Step to your left" if to_own_left > 0 else "Step to your right"

    def _distance(self, heights: float) -> str | None:
        margin = NEARNESS.allow(self._checks["distance"].ok)
        if heights < NEAR_HEIGHTS * margin:
            return "Step back: you are too close"
        if heights > FAR_HEIGHTS / margin:
            return "Come closer: you are too far away"
        return None

    def _wants_side_view(self, yaw_deg: float) -> bool:
        """Whether side-on is wanted or, when either will do, nearer; near half-way, as before."""
        if self._wanted != "auto":
            return self._wanted == "side"
        from_half_way = 45.0 - abs(abs(yaw_deg) - 90.0)
        return from_half_way > (-HALF_WAY_DEG if self._side_on else HALF_WAY_DEG)

    def _turn(self, view: View, t_s: float) -> str | None:
        """Word which way to turn and by how much, to the person's own left or right."""
        check, yaw_deg = self._checks["turn"], or_nan(view.yaw_deg)
        side_on = self._side_on = self._wants_side_view(yaw_deg)
        check.fine = SIDE_ON if side_on else FACING
        target_deg = math.copysign(90.0, yaw_deg) if side_on else 0.0
        to_go_deg = float(wrap_deg(np.array(target_deg - yaw_deg)))
        passes = not check.failed
        limit_deg = TURN_LIMITS.allow(passes) * turn_limit_deg(view, side_on=side_on)
        if abs(to_go_deg) <= limit_deg or self._turns_back(to_go_deg, t_s):
            self._shown_turn_deg = math.nan
            return None
        if abs(to_go_deg) > 135.0:
            return "Turn around: face the camera"
        # The number follows in steps, and only when it is off by most of one.
        if not abs(to_go_deg - self._shown_turn_deg) <= 0.8 * TURN_STEP_DEG:
            self._shown_turn_deg = TURN_STEP_DEG * round(to_go_deg / TURN_STEP_DEG)
        way = "left" if self._shown_turn_deg > 0 else "right"
        return f"Turn {way} {abs(self._shown_turn_deg):.0f}°"

    def _turns_back(self, to_go_deg: float, t_s: float) -> bool:
        """Whether this turn is the other way than the last one asked for, and only just so."""
        way = math.copysign(1.0, to_go_deg)
        if way == -self._turn_way:
            if self._other_way_s is None:
                self._other_way_s = t_s
            if t_s - self._other_way_s < OTHER_WAY_AFTER_S:
                return True
        self._turn_way, self._other_way_s = way, None
        return False
