"""Checks the set-up before a live set: whether the person is well placed and stands still.

:class:`SetupCheck` gets the pose of each frame and returns a :class:`SetupState`: the result of
each check, and the one thing that the person should change now, as in ``Turn left 20°``.

The checks use the poses of the last 0.8 s, so that a camera with 5 frames a second gives the same
results as one with 60. The message is read from three metres away, so it must not flicker: each
check has a strict limit to pass and a lenient one to keep passing, and changes only after a moment.

The height of the camera is not checked, because in a pose a low camera looks like a tilted one.
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

VIEW_WINDOW_S = 0.8
VIEW_EVERY_S = 0.2
"""Distance and turn of the person are calculated from the poses of the last 0.8 s, five times a
second: people who turn as asked must see the number go down."""

UNSEEN_S = 0.4
"""A person who is not seen for longer is not in view."""
SETTLES_S = 0.4
"""A check changes its result only after this time."""

FACING, SIDE_ON = "Facing the camera", "Side-on to the camera"
"""The text of the check ``turn`` when it passes, for a front and for a side view."""

READY_S = 1.0
"""The person must have stood still for this time before the set."""
STILL_WITHIN = 0.06
"""A person stands still if hips, shoulders and feet have moved by less than this, in leg lengths
(about 5 cm). On one leg people sway by 1 to 2 cm, and keypoints by 0.01 leg lengths; in a
repetition the hips drop by 0.06 or more."""

SURE_CONFIDENCE = 0.65
"""Smallest confidence of an ankle that is used."""
CROWN_ABOVE_FACE = 0.075
SOLE_BELOW_TOE = 0.015
"""Space that the frame must show above nose and ears, and below heel and toe, in body heights. The
face is 0.07 below the crown (Drillis and Contini: the head has 0.130); the sole of a shoe is 2 to
3 cm thick."""

ROOM = 0.12
"""If this share of the height of the frame is free at the top, the camera can be tilted down to
show more at the bottom, and the other way round. Otherwise the person must step back."""

TURN_STEP_DEG = 5.0
"""The turn is shown in multiples of this angle."""
HALF_WAY_DEG = 8.0
"""If either view will do, the wanted view changes only when the person has turned so far past the
middle between front and side."""
LYING_TEXTS: dict[ViewKind, str] = {
    "side": "Lie down: turn your side to the camera",
    "front": "Lie down: turn your front or back to the camera",
}
"""What to do for an exercise lying down, by the view it is filmed from."""


@dataclass(frozen=True)
class Hysteresis:
    """Two limits of a check, so that its result does not flicker.

    It passes within ``strict``, and after that it fails only outside ``lenient``.
    """

    strict: float
    lenient: float

    def allow(self, ok: bool) -> float:
        """Return the limit for a check that passes at present (``ok``), or fails."""
        return self.lenient if ok else self.strict


TURN_LIMITS = Hysteresis(2.0 / 3.0, 1.0)
"""The turn (yaw) of the person, as a share of the limit in the report (``turn_limit_deg``). The
strict limit is one standard error of the yaw below the lenient one."""
TURN_AFTER_S = VIEW_WINDOW_S
"""The turn is checked only after the person has been in view for this time: in the first 0.2 s the
correction for the asymmetry of the pose model is not known, and the yaw is wrong by up to 15°."""
OTHER_WAY_AFTER_S = 1.0
"""A person who was asked to turn one way is asked to turn the other way only if this has been
necessary for so long. Our choice."""
TILT_DEG = Hysteresis(3.0, 5.0)
"""Tilt (roll) of the camera."""
NEARNESS = Hysteresis(1.0, 0.95)
"""Factor on the limits of the distance."""
LYING = Hysteresis(0.75, 1.0)
"""Height of the body in the frame, divided by its width: a person who lies is below this; one who
stands has about 4. Our choice."""
EDGE = Hysteresis(0.01, -0.01)
"""Distance of the body from the edge of the frame, as a share of the height of the frame."""
LUMA = Hysteresis(0.15, 0.12)
"""Mean brightness (luma) of the frame, 0 to 1. In two films that were made darker, with noise, the
pose was as good at 0.10 as at 0.25, and there was none at 0.06."""


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
        What to do and, after a colon, why; if ``ok``, a short confirmation.
    needed
        Whether it must pass before the set; otherwise it is only advice.
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
        Whether ``fits`` is true and the person has stood still for long enough. The angles in
        standing are measured then.
    place
        For exercises lying down: where to place the camera, until the set-up fits; else empty.
    """

    checks: tuple[SetupCheckItem, ...]
    message: str
    fits: bool
    still_s: float
    ready: bool
    place: str = ""

    def check(self, name: CheckName) -> SetupCheckItem | None:
        """Return the check with this name; ``None`` if it could not be made."""
        return next((item for item in self.checks if item.name == name), None)


class _Steady:
    """One check whose result changes only after ``SETTLES_S``.

    ``fine`` is its text while it passes.
    """

    def __init__(self, name: CheckName, fine: str, needed: bool) -> None:
        self.fine = fine
        self._name, self._needed = name, needed
        self._problem: str | None = None
        self._other_since_s: float | None = None
        self._known = False

    @property
    def ok(self) -> bool:
        """Whether it passes; false if it was never made."""
        return self._known and self._problem is None

    @property
    def failed(self) -> bool:
        """Whether it fails; false if it was never made."""
        return self._known and self._problem is not None

    def update(self, t_s: float, problem: str | None) -> SetupCheckItem:
        """Update with the problem at this frame (``None``: no problem), and return the result."""
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
    """Measures how long the person has stood still; short times out of view are ignored."""

    def __init__(self) -> None:
        self._anchor: FloatArray | None = None
        self._since_s = math.nan
        self._seen_s = -math.inf

    def update(self, sample: PoseSample, leg_px: float) -> float:
        """Update with one pose, and return the seconds since the last movement."""
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
    """Return the one thing to do; ``still`` is the message when all checks pass."""
    wrong = [item for item in checks if not item.ok]
    if not fits:
        # In the dark nobody can be detected, so the light comes first.
        dark = [item for item in wrong if item.name == "light"]
        unseen = wrong[0].name == "in_view"
        return (dark if dark and unseen else [i for i in wrong if i.needed])[0].text
    if wrong:
        return wrong[0].text
    return "Ready" if ready else still


def _moved(points: FloatArray, anchor: FloatArray, leg_px: float) -> bool:
    """Whether any point has moved too far from its first position to be still."""
    away = np.hypot(*(points - anchor).T)
    return bool(np.nanmax(away) > STILL_WITHIN * leg_px)


def _trunk_and_feet(sample: PoseSample) -> FloatArray:
    """Return middle of the hips, middle of the shoulders, and both ankles in px, shape (4, 2).

    Ankles with low confidence are NaN.
    """
    points = sample.keypoints_px
    ankles = points[[Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE]].copy()
    hidden = sample.confidence[[Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE]] < SURE_CONFIDENCE
    ankles[hidden] = np.nan
    hips = points[[Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP]].mean(axis=0)
    shoulders = points[[Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER]].mean(axis=0)
    return np.vstack([hips, shoulders, ankles])


class SetupCheck:
    """Guides the person to a good position in front of the camera; one object for each session.

    Parameters
    ----------
    exercise
        The exercise that follows.
    view_wanted
        ``front`` or ``side``; ``auto``: the view that the person is nearer to.
    """

    def __init__(self, exercise: Exercise, view_wanted: ViewWanted = "auto") -> None:
        self._exercise = exercise
        self._wanted = view_wanted
        self._recent: deque[PoseSample] = deque()
        self._view: View | None = None
        self._view_updated_s = -math.inf
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
        """Update the checks with one pose, and return their results.

        Parameters
        ----------
        sample
            The pose.
        view
            Direction and tilt of the camera, as the analyzer has found them so far.
        brightness
            Mean luma of the frame, 0 to 1; not checked if NaN.
        """
        now_s = sample.t_s
        if sample.seen:
            if not now_s - self._seen_s <= UNSEEN_S:
                self._in_view_since_s = now_s
            self._seen_s = now_s
        self._recent.append(sample)
        while self._recent[0].t_s < now_s - VIEW_WINDOW_S:
            self._recent.popleft()
        if now_s - self._view_updated_s >= VIEW_EVERY_S:
            self._view_updated_s = now_s
            self._update_view(sample.frame_size_px)
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

    def _update_view(self, size_px: tuple[int, int]) -> None:
        window = Poses.from_samples([kept for kept in self._recent if kept.seen])
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
            yield from self._placement_free_problems(sample, view)
            return
        if sample.seen:
            yield "whole_body", self._cut_off_problem(sample)
        if self._view.distance_heights is not None:
            yield "distance", self._distance_problem(self._view.distance_heights)
        in_view_s = sample.t_s - self._in_view_since_s
        if self._view.yaw_deg is not None and in_view_s >= TURN_AFTER_S:
            yield "turn", self._turn_problem(self._view, sample.t_s)
        yield from self._placement_free_problems(sample, view)

    def _lying_problems(self, sample: PoseSample) -> Iterator[tuple[CheckName, str | None]]:
        """Yield whether the person lies down, and if so, whether the whole body is in view.

        Distance and turn are not checked: they can be calculated only for people who stand.
        """
        if not sample.seen:
            return
        points = sample.keypoints_px
        across_px, high_px = np.nanmax(points, axis=0) - np.nanmin(points, axis=0)
        lies = high_px < LYING.allow(self._checks["lying"].ok) * across_px
        yield "lying", None if lies else LYING_TEXTS[self._exercise.views[0]]
        if lies:
            yield "whole_body", self._cut_off_lying_problem(sample)

    def _placement_free_problems(
        self, sample: PoseSample, view: View
    ) -> Iterator[tuple[CheckName, str | None]]:
        """Yield the checks that do not depend on the person's position: tilt, other people."""
        if view.roll_deg is not None:
            tilted = abs(view.roll_deg) > TILT_DEG.allow(self._checks["level"].ok)
            yield (
                "level",
                f"Level the camera: it is tilted {abs(view.roll_deg):.0f}°" if tilted else None,
            )
        yield "alone", "Someone else is in view" if sample.people > 1 else None

    def _cut_off_problem(self, sample: PoseSample) -> str | None:
        """Return what to do if a part of the body is outside the frame; else ``None``."""
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
            return self._step_words(+1.0)
        if np.nanmax(body[:, 0]) > width - edge:
            return self._step_words(-1.0)
        return None

    def _cut_off_lying_problem(self, sample: PoseSample) -> str | None:
        """Return what to do if a part of a lying person is outside the frame; else ``None``."""
        points = sample.keypoints_px
        edge = EDGE.allow(self._checks["whole_body"].ok) * sample.frame_size_px[1]
        far = np.array(sample.frame_size_px) - edge

        def is_cut(part: FloatArray) -> bool:
            return bool(((part < edge) | (part > far)).any())  # a NaN point does not count

        head_cut = is_cut(points[: Keypoint.RIGHT_EAR + 1])
        feet_cut = is_cut(points[Keypoint.LEFT_ANKLE :])
        if head_cut and feet_cut:
            return "Move the camera back: head and feet are cut off"
        if head_cut:
            return "Slide toward your feet: head is cut off"
        return "Slide toward your head: feet are cut off" if feet_cut else None

    def _step_words(self, way: float) -> str:
        """Say which step moves the person to the right (+1) or left (-1) of the frame."""
        yaw = math.radians(or_nan(self._view.yaw_deg)) if self._view else 0.0
        to_own_left, forward = way * math.cos(yaw), way * math.sin(yaw)
        if abs(forward) > abs(to_own_left):
            return "Step forward" if forward > 0 else "Step backward"
        return "Step to your left" if to_own_left > 0 else "Step to your right"

    def _distance_problem(self, heights: float) -> str | None:
        margin = NEARNESS.allow(self._checks["distance"].ok)
        if heights < NEAR_HEIGHTS * margin:
            return "Step back: you are too close"
        if heights > FAR_HEIGHTS / margin:
            return "Come closer: you are too far away"
        return None

    def _wants_side_view(self, yaw_deg: float) -> bool:
        """Whether a side view is wanted.

        If either view will do: whether the person is nearer to it; near the middle, as before.
        """
        if self._wanted != "auto":
            return self._wanted == "side"
        from_half_way = 45.0 - abs(abs(yaw_deg) - 90.0)
        return from_half_way > (-HALF_WAY_DEG if self._side_on else HALF_WAY_DEG)

    def _turn_problem(self, view: View, t_s: float) -> str | None:
        """Say how far to turn, to the person's own left or right; ``None`` if not needed."""
        check, yaw_deg = self._checks["turn"], or_nan(view.yaw_deg)
        side_on = self._side_on = self._wants_side_view(yaw_deg)
        check.fine = SIDE_ON if side_on else FACING
        target_deg = math.copysign(90.0, yaw_deg) if side_on else 0.0
        to_go_deg = float(wrap_deg(np.array(target_deg - yaw_deg)))
        passes = not check.failed
        limit_deg = TURN_LIMITS.allow(passes) * turn_limit_deg(view, side_on=side_on)
        if abs(to_go_deg) <= limit_deg or self._reverses_too_soon(to_go_deg, t_s):
            self._shown_turn_deg = math.nan
            return None
        if abs(to_go_deg) > 135.0:
            return "Turn around: face the camera"
        # The shown number changes in steps, and only if it is wrong by most of a step.
        if not abs(to_go_deg - self._shown_turn_deg) <= 0.8 * TURN_STEP_DEG:
            self._shown_turn_deg = TURN_STEP_DEG * round(to_go_deg / TURN_STEP_DEG)
        way = "left" if self._shown_turn_deg > 0 else "right"
        return f"Turn {way} {abs(self._shown_turn_deg):.0f}°"

    def _reverses_too_soon(self, to_go_deg: float, t_s: float) -> bool:
        """Whether the turn is opposite to the last one asked for, but not for long enough yet."""
        way = math.copysign(1.0, to_go_deg)
        if way == -self._turn_way:
            if self._other_way_s is None:
                self._other_way_s = t_s
            if t_s - self._other_way_s < OTHER_WAY_AFTER_S:
                return True
        self._turn_way, self._other_way_s = way, None
        return False
