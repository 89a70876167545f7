"""From where the camera sees the person, and what about that costs accuracy.

``find_view`` reads a stretch of poses and returns a ``View``: its kind (front, side, oblique), yaw,
roll, distance, how far off centre the person is, and warnings for the person. The analyzer asks for
it a few times a second and for each repetition.

*Yaw* is the person's turn about the vertical: 0 faces the camera, + is toward their own left.
*Roll* is the camera's tilt: + when the image's content leans clockwise. A *heading* is the yaw that
the pose model's pose in space shows (:mod:`formcheck.pose.heading`).
"""

from __future__ import annotations

import math
from dataclasses import replace

import msgspec
import numpy as np

from formcheck.data.arrays import BoolArray, FloatArray, median_of, or_nan, or_none
from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, Side, keypoint, outside_frame
from formcheck.data.poses import Poses
from formcheck.data.session import Stance, View, ViewKind
from formcheck.pose.heading import heading_deg, wrap_deg
from formcheck.pose.usual_camera import (
    SEARCHED_ROLL_DEG,
    USUAL_ROLL_DEG,
    USUAL_TURN_DEG,
)

FRONT_WITHIN_DEG = 25.0
SIDE_FROM_DEG = 60.0
"""The view is from the front up to 25 degrees of yaw, and from the side from 60 degrees on. Our
choice:
each degree of yaw adds 1.15 degrees to the knee's frontal angle (FPPA: the angle of hip, knee and
ankle in the image) at 60 degrees of flexion; from the side, knee flexion is off by 7 degrees when
the view is 30 degrees from the true side (docs/measurement.md)."""

FRONT_TO_DEG = 45.0
"""A person whom the user calls seen from the front, and who is turned further than this, is nearer
to side-on: how wrong a knee angle is then has no meaning."""

ORDINARY_LENS_DEG = 62.0
"""Assumed angle of view along the image's longer side; phones film with 55 to 70 degrees. A
longer lens makes the person look nearer than they are, so the near warning is kept low."""

LEG_SHARE_OF_STATURE = 0.491
"""Distance from hip joint to ankle as a part of body height: 0.245 + 0.246 (Winter, segment
lengths)."""

BACK_FROM_DEG = 120.0
"""Beyond this yaw the person is seen from behind. Our choice."""

HEAD = [Keypoint.NOSE, Keypoint.LEFT_EAR, Keypoint.RIGHT_EAR]
HEAD_CONFIDENCE = 0.65
"""The head counts as seen when the model's confidence in one of these is at least this. Our
choice."""

MOST_TURNED = 0.1
"""When the yaw is more than 90 degrees off its median in a larger share of the frames, the model
does not know front from back. Our choice."""

FRONT_OR_BACK_WARNING = (
    "It is not clear which way you face, so left and right may be swapped. Film the whole body, "
    "including the head."
)

MOST_FEET_OUT = 0.3
"""There is a warning when a foot is out of the frame in a larger share of the frames; as much of a
repetition may have a hidden joint. Our choice."""

FEET_WARNING = (
    "The feet are out of the frame, so nothing that needs them is measured. Tilt the camera down "
    "or step back until both feet are always in view."
)

TURN_ERRORS = 1.5
SIDE_TURN_DEG = 16.0
MOST_TURNED_DEG = 20.0
"""A person is asked to turn when the yaw is off by more than so many of its standard errors. From
the side it must be off by at least the second number, as flexion loses only the cosine of the turn.
From the third number on the person is always asked: at 25 degrees the view has another kind.
Our choice."""

FAR_HEIGHTS = 3.0
NEAR_HEIGHTS = 0.9
OFF_CENTRE_DEG = 8.0
LIMB_OFF_CENTRE_DEG = 5.0
"""Warnings are given beyond these: distance in body heights (far, near), and the angle from the
optical axis to the person and to the working leg. A leg 5 degrees off is 0.25 m beside the axis at
3 m, and its frontal knee angle reads 5 to 6 degrees in a person who does not turn to the camera
(docs/measurement.md)."""

USUAL_STATURE_CM = 170.0
"""An adult's height, to turn leg lengths into the centimetres that a person is asked to step."""

ROLL_SEM_SHARE, LEAST_ROLL_SEM_DEG, LINES_TELL_TO_DEG = 0.4, 0.4, 2.2
"""The camera's tilt is read from straight lines in the room (:mod:`formcheck.pose.camera_roll`).
This share of its standard error counts, and the error is never taken as less than the second
number. That is cautious: on 71 rendered films with cameras tilted by up to 3 degrees, and on films
turned by a known angle, the true errors were a third of the stated ones (root mean square); real
rooms differ more. A standard error above the third number, in degrees, counts fully: none of these
films had one, and it then comes from the person's trunk in front of a blank wall (2.6), which may
lean anyway."""

ROLL_WARNING_DEG = 2.0
ROLL_WARNING_ERRORS, ROLL_SURE_ERRORS = 1.3, 2.0
"""A tilt is reported when it is beyond the first number and beyond 1.3 of its standard errors (its
direction is then 90 % sure). Below 2 standard errors the report says that it *may* be there."""


def yaw_deg(window: Poses) -> FloatArray:
    """Return the yaw of the person in each frame, corrected for the model's asymmetry.

    Shape (N,): 0 faces the camera, + turned to the person's own left, -180 to 180. NaN when unseen.
    """
    return wrap_deg(heading_deg(window.world_m) + window.heading_correction_deg)


def open_turn_deg(window: Poses) -> float:
    """Return the standard error of the yaw of a person who is asked to face the camera.

    It combines the error of the measured yaw with how people usually stand (as is done for the
    camera's tilt). On 48 rendered people seen from the front the yaw was off by 2.4 degrees.
    """
    return 1.0 / math.hypot(1.0 / window.profile.errors.yaw_deg, 1.0 / USUAL_TURN_DEG)


def view_kind(yaw: float) -> ViewKind:
    """Return the kind of view for a yaw in degrees; a view from behind counts as oblique."""
    if not math.isfinite(yaw):
        return "unknown"
    if abs(yaw) <= FRONT_WITHIN_DEG:
        return "front"
    if SIDE_FROM_DEG <= abs(yaw) <= 180.0 - SIDE_FROM_DEG:
        return "side"
    return "oblique"


def steady_kind(view: View, before: View) -> ViewKind:
    """Return the kind of view, or that of the view ``before`` if the yaw is within its error of it.

    So the kind does not change at every repetition for a person who stands near the border of two.
    """
    yaw, sem_deg = or_nan(view.yaw_deg), or_nan(view.yaw_sem_deg)
    if view.kind == "unknown" or not math.isfinite(yaw + sem_deg):
        return view.kind
    reached = (view_kind(yaw - sem_deg), view_kind(yaw + sem_deg))
    return before.kind if before.kind in reached else view.kind


def turn_limit_deg(view: View, *, side_on: bool) -> float:
    """Return how far a person may be turned from the wanted view before they are asked to turn.

    The report and the set-up check use this one rule. Nobody is asked to turn when the yaw may be
    right within its own error.
    """
    sem_deg = math.inf if view.yaw_sem_deg is None else view.yaw_sem_deg
    limit_deg = min(TURN_ERRORS * sem_deg, MOST_TURNED_DEG)
    return max(limit_deg, SIDE_TURN_DEG) if side_on else limit_deg


def find_view(
    window: Poses,
    frame_size_px: tuple[int, int],
    forced: ViewKind | None = None,
    stance: Stance | None = None,
) -> View:
    """Return the view over a stretch of frames.

    Parameters
    ----------
    window
        The frames; those without a person are left out.
    frame_size_px
        Width and height of the image.
    forced
        The kind of view that the user declared; the yaw is still estimated and warned about.
    stance
        The working leg if known, which should stand in the middle of the image.
    """
    seen = window.where(np.isfinite(window.world_m[:, Keypoint.LEFT_HIP, 0]))
    yaws = yaw_deg(seen)
    if len(yaws) < 3:
        return _declared_view(window, frame_size_px, forced or "unknown", stance)
    yaw = _circular_median_deg(yaws)
    spread = median_of(np.abs(wrap_deg(yaws - yaw)))
    kind = forced or view_kind(yaw)
    unsure = _front_and_back_unsure(seen, yaws, yaw)
    if unsure:
        kind = "unknown"
    distance, offset = _distance_and_offset(seen, frame_size_px)
    roll, roll_sem = _roll(seen)
    place = _place(seen, frame_size_px, stance)
    view = View(
        kind=kind,
        yaw_deg=yaw,
        yaw_sem_deg=math.hypot(seen.profile.errors.yaw_deg, spread),
        roll_deg=or_none(roll),
        roll_sem_deg=or_none(roll_sem),
        distance_heights=or_none(distance),
        offset_deg=or_none(offset),
        stance_offset_deg=or_none(place[0]) if stance in SIDES else None,
        near_side=_near_side(yaw) if kind != "front" else None,
    )
    warnings = [FRONT_OR_BACK_WARNING] if unsure else _warnings(view, place, stance)
    return msgspec.structs.replace(view, warnings=(*_feet_warnings(seen, frame_size_px), *warnings))


def _declared_view(
    window: Poses, frame_size_px: tuple[int, int], kind: ViewKind, stance: Stance | None
) -> View:
    """Return the view when the poses have no depth, and so do not show the yaw."""
    seen = window.where(np.isfinite(window.middle("hip")[:, 0]))
    if len(seen) < 3:
        return View(kind=kind)
    distance, offset = _distance_and_offset(seen, frame_size_px)
    roll, roll_sem = _roll(seen)
    place = _place(seen, frame_size_px, stance)
    facing = facing_sign(seen) if kind == "side" else math.nan
    view = View(
        kind=kind,
        roll_deg=or_none(roll),
        roll_sem_deg=or_none(roll_sem),
        distance_heights=or_none(distance),
        offset_deg=or_none(offset),
        stance_offset_deg=or_none(place[0]) if stance in SIDES else None,
        near_side=None if math.isnan(facing) else _near_side(facing),
    )
    feet = _feet_warnings(seen, frame_size_px)
    return msgspec.structs.replace(view, warnings=(*feet, *_warnings(view, place, stance)))


def facing_sign(window: Poses) -> float:
    """Return +1 when a person seen from the side faces the right of the image, -1 for the left.

    It is read from the yaw; for poses without depth from the feet, whose toes are ahead of the
    heels. NaN when neither is seen.
    """
    yaws = yaw_deg(window)
    feet_px = [window.joint(side, "toe") - window.joint(side, "heel") for side in SIDES]
    ahead = yaws if np.isfinite(yaws).any() else np.concatenate([foot[:, 0] for foot in feet_px])
    known = ahead[np.isfinite(ahead)]
    if not len(known):
        return math.nan
    return 1.0 if median_of(known) > 0 else -1.0


def _front_and_back_unsure(window: Poses, yaws: FloatArray, yaw: float) -> bool:
    """Return whether the model may have mixed up front and back, and so left and right.

    That happens when it cannot see the face: it turns the person round from one frame to the next,
    or takes a person whose head is out of the frame to be seen from behind.
    """
    turned = np.abs(wrap_deg(yaws - yaw)) > 90.0
    return bool(turned.mean() > MOST_TURNED or (abs(yaw) > BACK_FROM_DEG and not head_seen(window)))


def head_seen(window: Poses) -> bool:
    """Return whether the head is seen most of the time; without it the model is unreliable."""
    return median_of(window.confidence[:, HEAD].max(axis=1)) >= HEAD_CONFIDENCE


def feet_out(window: Poses, frame_size_px: tuple[int, int]) -> BoolArray:
    """Return in which frames the left and the right foot are outside the image, shape (N, 2)."""
    ankles = [keypoint(side, "ankle") for side in SIDES]
    return np.asarray(outside_frame(window.keypoints_px, frame_size_px)[:, ankles])


def _feet_warnings(window: Poses, frame_size_px: tuple[int, int]) -> tuple[str, ...]:
    """Return the warning when a foot is often out of the frame."""
    often = feet_out(window, frame_size_px).mean(axis=0) > MOST_FEET_OUT
    return (FEET_WARNING,) if often.any() else ()


def head_in(sample: PoseSample) -> bool:
    """Return whether the head is seen in one pose."""
    return float(sample.confidence[HEAD].max()) >= HEAD_CONFIDENCE


def sides_in_doubt(window: Poses, view: View) -> str | None:
    """Say why the model may have swapped left and right; ``None`` when there is no reason.

    It tells front from back by the face; from the side also by the feet.
    """
    if view.yaw_deg is None:  # poses of another program, which are taken as they are
        return None
    if view.kind != "side" and not head_seen(window):
        return "the head is out of the frame"
    return "it was not clear which way the person faces" if view.kind == "unknown" else None


def _circular_median_deg(angles: FloatArray) -> float:
    """Return the median of angles taken around their circular mean, so that 179 is next to -179."""
    mean = math.degrees(
        math.atan2(np.sin(np.radians(angles)).mean(), np.cos(np.radians(angles)).mean())
    )
    return float(wrap_deg(np.array(mean + median_of(wrap_deg(angles - mean)))))


def _near_side(yaw: float) -> Side:
    """Return the side nearer to the camera: the right one for a person turned to their own left."""
    return "right" if yaw > 0 else "left"


def _focal_px(size_px: tuple[int, int]) -> float:
    """Return the focal length of an ordinary lens in pixels, for an image of this size."""
    return max(size_px) / 2 / math.tan(math.radians(ORDINARY_LENS_DEG / 2))


def _distance_and_offset(window: Poses, size_px: tuple[int, int]) -> tuple[float, float]:
    """Return the distance in body heights, and the angle of the hips from the axis in degrees."""
    leg_px = window.leg_length_px
    focal_px = _focal_px(size_px)
    middle_x = float(np.nanmedian(window.middle("hip")[:, 0]))
    offset = math.degrees(math.atan((middle_x - size_px[0] / 2) / focal_px))
    if not leg_px > 0:
        return math.nan, offset
    return focal_px * LEG_SHARE_OF_STATURE / leg_px, offset


def limb_offset_deg(window: Poses, side: Side, view: View) -> float:
    """Return how far a planted foot stands to the right of the hips, as an angle from the camera.

    The yaw is that of the hips as seen from the camera, wherever they are in the image. The camera
    sees a leg that stands beside the hips turned further by this angle. 0 when the distance is not
    known.
    """
    leg_px = window.leg_length_px
    across_px = (window.joint(side, "ankle") - window.middle("hip"))[:, 0]
    known = across_px[np.isfinite(across_px)]
    distance_heights = or_nan(view.distance_heights)
    if not (len(known) and leg_px > 0 and distance_heights > 0):
        return 0.0
    across_heights = median_of(known) / leg_px * LEG_SHARE_OF_STATURE
    return math.degrees(math.atan(across_heights / distance_heights))


def _roll(window: Poses) -> tuple[float, float]:
    """Return the most likely tilt of the camera and its standard error; NaN when not measured."""
    known = np.isfinite(window.camera_roll_deg + window.camera_roll_sem_deg)
    if not known.any():
        return math.nan, math.nan
    return likeliest_roll_deg(
        median_of(window.camera_roll_deg[known]),
        median_of(window.camera_roll_sem_deg[known]),
    )


def likeliest_roll_deg(found_deg: float, found_sem_deg: float) -> tuple[float, float]:
    """Combine the measured tilt with how level people usually set up cameras (Bayes' rule).

    Returns the most likely tilt and its standard error. Nearly all of a tilt that was read from
    lines in the room is kept, and about half of one that was read from a trunk alone.
    """
    counts = ROLL_SEM_SHARE if found_sem_deg <= LINES_TELL_TO_DEG else 1.0
    sem_deg = max(LEAST_ROLL_SEM_DEG, counts * found_sem_deg)
    # The search itself expected level cameras, within SEARCHED_ROLL_DEG; that must not count twice.
    believed = 1.0 / USUAL_ROLL_DEG**2 - 1.0 / SEARCHED_ROLL_DEG**2
    measured = 1.0 / sem_deg**2
    both = measured + believed
    return found_deg * measured / both, 1.0 / math.sqrt(both)


def roll_is_reported(view: View) -> bool:
    """Return whether the tilt is large and certain enough to be reported."""
    sem_deg = or_nan(view.roll_sem_deg)
    return abs(or_nan(view.roll_deg)) > max(ROLL_WARNING_DEG, ROLL_WARNING_ERRORS * sem_deg)


def likely_roll_deg(view: View) -> tuple[float, float]:
    """Return the most likely tilt of the camera and its standard error, in degrees.

    A measured one is that of the view, which :func:`likeliest_roll_deg` gave. Otherwise the camera
    is most likely level, within what is usual.
    """
    roll_deg, sem_deg = or_nan(view.roll_deg), or_nan(view.roll_sem_deg)
    if math.isnan(roll_deg + sem_deg):
        return 0.0, USUAL_ROLL_DEG
    return roll_deg, sem_deg


def direction_words(view: View) -> str:
    """Say from where the person was filmed, as in ``from the front`` or ``from behind``.

    The reasons why something was not measured use these words.
    """
    if view.kind == "unknown":
        return "from an unknown direction"
    if view.kind != "oblique":
        return f"from the {view.kind}"
    if is_from_behind(view):
        return "from behind"
    past_side = abs(or_nan(view.yaw_deg)) > 90.0
    return "between side and back" if past_side else "between front and side"


def is_from_behind(view: View) -> bool:
    """Return whether the camera sees the person's back."""
    return view.kind == "oblique" and abs(or_nan(view.yaw_deg)) > BACK_FROM_DEG


def levelled(window: Poses, view: View) -> Poses:
    """Return the poses as a level camera would have seen them.

    They are turned back by the camera's most likely tilt, about the image's corner: from here on
    only directions matter, not positions.
    """
    turn = math.radians(likely_roll_deg(view)[0])
    back = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    return replace(window, keypoints_px=window.keypoints_px @ back)


def _place(window: Poses, size_px: tuple[int, int], stance: Stance | None) -> tuple[float, float]:
    """Return how far the working leg is from the optical axis, in degrees and in centimetres.

    + to the right of the image. The hips are used when the leg is not known or both legs work.
    """
    if stance in SIDES:
        x_px = window.joint(stance, "ankle")[:, 0]
        x_px = x_px if np.isfinite(x_px).any() else window.middle("hip")[:, 0]
    else:
        x_px = window.middle("hip")[:, 0]
    aside_px = float(np.nanmedian(x_px)) - size_px[0] / 2
    leg_px = window.leg_length_px
    cm = aside_px / leg_px * LEG_SHARE_OF_STATURE * USUAL_STATURE_CM if leg_px > 0 else math.nan
    return math.degrees(math.atan(aside_px / _focal_px(size_px))), cm


def _warnings(view: View, place: tuple[float, float], stance: Stance | None) -> list[str]:
    found = [
        _turn_warning(view),
        _roll_warning(view),
        _distance_warning(or_nan(view.distance_heights)),
        _place_warning(view, place, stance),
    ]
    return [text for text in found if text]


def _turn_warning(view: View) -> str:
    kind, yaw = view.kind, or_nan(view.yaw_deg)
    limit_deg = turn_limit_deg(view, side_on=kind == "side")
    # The person turned to the own left must turn back to the own right.
    back = "right" if yaw > 0 else "left"
    if kind == "front" and abs(yaw) > limit_deg:
        to_do = f"Turn about {abs(yaw):.0f}° to your {back} to face the camera."
        if abs(yaw) > FRONT_TO_DEG:
            return (
                "You do not face the camera, so knee angles cannot be measured from the front. "
                f"{to_do}"
            )
        return f"{to_do} As you stand now, knee angles can be wrong by about {abs(yaw):.0f}°."
    if kind == "side" and abs(abs(yaw) - 90.0) > limit_deg:
        off = abs(yaw) - 90.0
        further = back if off > 0 else ("left" if yaw > 0 else "right")
        return (
            f"Turn about {abs(off):.0f}° to your {further} to stand side-on. As you stand now, the "
            "knee looks a few degrees less bent than it is."
        )
    if kind == "oblique" and abs(yaw) > BACK_FROM_DEG:
        return "The camera sees you from behind, so the angles are not measured. Face the camera."
    if kind == "oblique":
        other_way = "left" if yaw > 0 else "right"
        return (
            f"You are turned about {abs(yaw):.0f}° away from the camera, so the angles are not "
            f"measured. Turn about {abs(yaw):.0f}° to your {back} to face the camera, or "
            f"{90.0 - abs(yaw):.0f}° to your {other_way} to stand side-on."
            if abs(yaw) < 90.0
            else "The camera sees you between side and back, so the angles are not measured. Face "
            "the camera, or turn side-on."
        )
    return ""


def _roll_warning(view: View) -> str:
    if not roll_is_reported(view):
        return ""
    # The image's content leans the other way from the camera.
    roll_deg = or_nan(view.roll_deg)
    way = "counter-clockwise" if roll_deg > 0 else "clockwise"
    sure = abs(roll_deg) > ROLL_SURE_ERRORS * or_nan(view.roll_sem_deg)
    tilted = f"tilted about {abs(roll_deg):.0f}° {way} (as you look through it)"
    return f"The camera {'is' if sure else 'may be'} {tilted}. Level it."


def _distance_warning(distance: float) -> str:
    if distance > FAR_HEIGHTS:
        return "You are far from the camera: 2.5 to 4 metres is best."
    if distance < NEAR_HEIGHTS:
        return "You are close to the camera: 2.5 to 4 metres is best."
    return ""


def _place_warning(view: View, place: tuple[float, float], stance: Stance | None) -> str:
    degrees, cm = place
    limit = LIMB_OFF_CENTRE_DEG if view.kind == "front" and stance in SIDES else OFF_CENTRE_DEG
    if not abs(degrees) > limit:
        return ""
    far = f"about {max(10, 10 * round(abs(cm) / 10))} cm" if math.isfinite(cm) else "a little"
    what = f"your {stance} leg is" if stance in SIDES and view.kind == "front" else "you are"
    if view.kind == "front":
        # For a person who faces the camera, the image's right is the own left.
        where = f"to your {'right' if degrees > 0 else 'left'}"
    elif view.kind == "side" and view.near_side is not None:
        # A person who shows the right side faces the image's right edge.
        where = "back" if (degrees > 0) == (view.near_side == "right") else "forward"
    else:
        return "You are off centre: step to the middle of the frame."
    less = "knee angles" if view.kind == "front" else "angles"
    return f"Step {far} {where}: {what} off centre, which makes the {less} less accurate."
