"""Why a metric cannot be measured in a repetition or hold, in words that a person can act on.

Reasons are, for example: the camera sees the person from the wrong side, a joint is hidden, the
camera is tilted, the pose model mixes the two legs up, or the error is too large to give a grade.
Each function returns the reason as text for the report, or ``None`` when there is none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from formcheck.data.arrays import or_nan
from formcheck.data.exercise import SET_BY_USER, Exercise, Metric
from formcheck.data.keypoints import EDGED_JOINTS, SIDES, Keypoint, Side, keypoint
from formcheck.data.pose_profile import PoseProfile
from formcheck.data.poses import Poses
from formcheck.data.session import Measurement, View, ViewKind
from formcheck.data.settings import Settings
from formcheck.motion.camera_view import direction_words, likely_roll_deg, turn_limit_deg
from formcheck.motion.knee_edges import without_outline
from formcheck.motion.limbs import hidden_share, leaves_its_place, legs_cross, shortened_bone

_BONE_WORDS = {"thigh": "thigh", "shank": "shin"}
"""The words for the bones in texts."""

MOST_HIDDEN_WHERE_TAKEN = 0.5
"""A joint may be hidden in this share of the frames from which a number is taken. Our choice."""

MOST_ROLL_DEG = 12.0
"""Beyond this camera tilt, leans against the vertical are refused. Nobody sets a camera up like
that, so the estimate of the tilt itself may be wrong. Our choice."""

IMPOSSIBLE = "the number is more than a body can do, so a joint was found in the wrong place"
TOO_UNCERTAIN = "its error is too large for a grade"
TURN = f"{TOO_UNCERTAIN}: turn to face the camera"
SEEN_ASKEW = f"{TOO_UNCERTAIN}, because the camera may not be straight in front"
"""For a turn that is too small, or too uncertain, to ask the person to turn."""
UNPROVEN = "it is not known whether the joints found by {whose} show it"
"""For poses of another program, of a metric that formcheck's own model cannot see."""

OTHER_LEG = "the two legs were mixed up {where}: wear tight clothes"
SHORTENED = (
    "the {side} {bone} looks too short {where}: a joint is hidden or was mixed up with the other "
    "leg's, or the knee points toward or away from the camera"
)
"""Both show that the pose is not that of the planted leg, whose foot stays in place and whose bones
keep their lengths."""


def why_not_from(metric: Metric, view: View, profile: PoseProfile) -> str | None:
    """Say why a metric cannot be measured from this view of the camera; ``None`` when it can.

    ``profile`` describes the program that made the poses.
    """
    if metric.cannot_see:
        known = profile.errors.known
        return metric.cannot_see if known else UNPROVEN.format(whose=profile.whose)
    wrong_view = why_wrong_view(metric.views, view)
    if wrong_view is not None:
        return wrong_view
    if metric.roll_effect is not None and _too_tilted(view):
        return f"the camera is tilted by about {abs(or_nan(view.roll_deg)):.0f}°. Level it"
    if metric.needs_depth and view.yaw_deg is None:
        return "it is not known how far the person is turned away from the camera"
    yaw_deg = abs(or_nan(view.yaw_deg))
    if view.kind == "front" and yaw_deg > metric.max_yaw_deg:
        return f"you are turned too far away from the camera ({yaw_deg:.0f}°). Face the camera"
    return None


def why_wrong_view(views: Sequence[ViewKind], view: View) -> str | None:
    """Say where it was filmed from and where to film; ``None`` when ``view`` is in ``views``."""
    if view.kind in views:
        return None
    wanted = f"from the {' or '.join(views)}" if len(views) < 3 else "the whole body"
    return f"filmed {direction_words(view)}. Film {wanted} to measure this"


def why_none_found(exercise: Exercise, view: View) -> str | None:
    """Say why a film shows no hold or flight when the view is the reason; else ``None``.

    ``view`` is the one seen most often in the session.
    """
    return None if view.kind == "unknown" else why_wrong_view(exercise.views, view)


def why_not_seen(
    metric: Metric, side: Side, during: Poses, view: View, settings: Settings, effort: str
) -> str | None:
    """Say which view or hidden joint keeps a metric from being measured; ``None`` when none does.

    ``effort`` is what ``during`` covers, as a word for the text: a hold or a flight.
    """
    reason = why_not_from(metric, view, during.profile)
    if reason is not None:
        return reason
    hidden = (
        why_hidden(which, during, settings, effort)
        for which in needed_keypoints(metric, side, view)
    )
    return next((one for one in hidden if one is not None), None)


def why_not(
    metric: Metric,
    side: Side,
    during: Poses,
    taken_from: Poses | None,
    view: View,
    settings: Settings,
) -> str | None:
    """Say why a metric cannot be measured in this repetition; ``None`` when it can.

    Parameters
    ----------
    metric, side
        The metric, and the leg it is measured on.
    during
        Unfiltered poses of the whole repetition.
    taken_from
        Those from which the number is taken, such as the bottom; ``None`` when there are none.
    view, settings
        From where the camera sees the person; limits of confidence and hidden frames.
    """
    reason = why_not_from(metric, view, during.profile)
    if reason is not None:
        return reason
    for which in needed_keypoints(metric, side, view):
        hidden = why_hidden(which, during, settings, "repetition")
        if hidden is not None:
            return hidden
        if taken_from is None:
            continue
        if hidden_share(taken_from, which, settings.min_confidence) > MOST_HIDDEN_WHERE_TAKEN:
            return f"{_name(which)} was hidden {where_taken(metric)}: keep it in view"
    if places_knee_sideways(metric, view) and all(
        without_outline(during, side, joint) for joint in EDGED_JOINTS
    ):
        return (
            f"the {side} knee and ankle are not clearly visible: wear tight clothes, and keep the "
            "legs apart"
        )
    mixed = during.profile.mixes_crossing_legs and metric.side is None
    if mixed and places_knee_sideways(metric, view) and legs_cross(during, side):
        return "the free leg crosses the working leg in the image: hold it to the side"
    return None if taken_from is None else _why_mixed_up(metric, side, during, taken_from, view)


def why_hidden(which: Keypoint, during: Poses, settings: Settings, effort: str) -> str | None:
    """Say why a keypoint is not seen well enough; ``None`` when it is.

    ``effort`` is what ``during`` covers, as a word for the text: a repetition or a hold.
    """
    share = hidden_share(during, which, settings.min_confidence)
    return hidden_too_long(_name(which), share, settings, effort)


def hidden_too_long(name: str, share: float, settings: Settings, effort: str) -> str | None:
    """Say that ``name`` was hidden for too large a share of an effort; ``None`` when it was not."""
    if 100.0 * share <= settings.max_hidden_pct:
        return None
    return f"{name} was hidden for {100.0 * share:.0f} % of the {effort}: keep it in view"


def _name(which: Keypoint) -> str:
    """Name a keypoint, as in ``the left knee``."""
    return "the " + which.name.lower().replace("_", " ")


def _why_mixed_up(
    metric: Metric, side: Side, during: Poses, taken_from: Poses, view: View
) -> str | None:
    """Say why the pose is not that of the planted leg where the number is taken; ``None`` if it is.

    The depth is refused, too, when the thigh looks too short: its knee or hip is misplaced.
    """
    if metric.taken not in ("bottom", "at_depth"):
        return None
    of_the_leg = bool({"knee", "ankle"} & set(metric.needs))
    if of_the_leg and leaves_its_place(during, taken_from, side):
        return OTHER_LEG.format(side=side, where=where_taken(metric))
    bone = shortened_bone(during, taken_from, side) if view.kind == "side" else None
    concerned = ("thigh", "shank") if of_the_leg else ("thigh",) if metric.role == "depth" else ()
    if bone is None or bone not in concerned:
        return None
    return SHORTENED.format(side=side, bone=_BONE_WORDS[bone], where=where_taken(metric))


def why_too_uncertain(metric: Metric, found: Measurement, view: View) -> str | None:
    """Say why the error of a number is too large to give a grade; ``None`` when it is not.

    A good band narrower than two standard errors is useless: a number in its middle could as well
    be a fault. An unclear grade is refused, too, where most of the error comes from the person's
    turn away from the camera (yaw): a turn moves the number to one side only, which a standard
    error does not express. The person is asked to turn only when the report asks for it, too
    (:func:`formcheck.motion.camera_view.turn_limit_deg`). Limits that the user has set are always
    judged.
    """
    limits = metric.limits
    if limits is None or found.sem is None or limits.source == SET_BY_USER:
        return None
    turned = math.sqrt(2.0) * (found.sem_yaw or 0.0) > found.sem
    if turned and found.sure == "unclear":
        return _askew(view)
    if limits.good_low is None or limits.good_high is None:
        return None
    if 2.0 * found.sem <= limits.good_high - limits.good_low:
        return None
    return _askew(view) if turned else TOO_UNCERTAIN


def _askew(view: View) -> str:
    asked_to_turn = abs(or_nan(view.yaw_deg)) > turn_limit_deg(view, side_on=False)
    return TURN if asked_to_turn else SEEN_ASKEW


def where_taken(metric: Metric) -> str:
    """Say where in a repetition the number is taken."""
    return "at that depth" if metric.taken == "at_depth" else "at the bottom"


def places_knee_sideways(metric: Metric, view: View) -> bool:
    """Return whether the metric depends on where the knee is from left to right in the image."""
    return view.kind == "front" and "knee" in metric.needs


def needed_keypoints(metric: Metric, side: Side, view: View) -> tuple[Keypoint, ...]:
    """Return the keypoints that must be seen to compute a metric from this view.

    From the side the far hip and shoulder are hidden behind the near ones, and the model guesses
    them close to these, so only the near ones must be seen.
    """
    if view.kind == "side" and metric.both_sides:
        return tuple(keypoint(view.near_side or side, joint) for joint in metric.needs)
    sides = SIDES if metric.both_sides else (side,)
    return tuple(
        keypoint(a_side, joint)
        for joint in metric.needs
        for a_side in (SIDES if joint == "shoulder" and view.kind != "side" else sides)
    )


def _too_tilted(view: View) -> bool:
    """Return whether the camera is tilted too far to measure against the vertical."""
    return abs(likely_roll_deg(view)[0]) > MOST_ROLL_DEG
