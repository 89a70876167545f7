"""From where the camera sees the person: front, side or between, how far, how far off centre."""

from __future__ import annotations

import math

import numpy as np

from formcheck.arrays import FloatArray
from formcheck.kinematics.limbs import standing_leg_length_px
from formcheck.kinematics.window import PoseWindow
from formcheck.pose.heading import heading_deg, wrap_deg
from formcheck.pose.keypoints import Keypoint, Side
from formcheck.results import View, ViewKind

FRONT_WITHIN_DEG = 25.0
SIDE_FROM_DEG = 60.0
"""Frontal up to 25 degrees of yaw, side from 60. Ours: a straight limb at 60 degrees of flexion
reads 1.15 degrees of FPPA for each degree of yaw, and from the side knee flexion is off by 7
degrees at 30 degrees from the true side view (docs/measurement.md)."""

YAW_MODEL_ERROR_DEG = 3.5
"""Standard error of the yaw from the model's world coordinates, on the clips (docs/accuracy.md)."""

ORDINARY_LENS_DEG = 62.0
"""Assumed angle of view along the picture's longer side; phones film with 55 to 70 degrees. A
longer lens makes the person look nearer than they are, so the near warning is kept low."""

LEG_SHARE_OF_STATURE = 0.491
"""Hip joint to ankle over stature: 0.245 + 0.246 (Winter, segment lengths)."""

BACK_FROM_DEG = 120.0
HEAD_CONFIDENCE = 0.65
MOST_TURNED = 0.1
"""Seen from behind beyond this yaw; the head counts as seen from this confidence; so many frames
may show the person turned round. Ours."""

FRONT_OR_BACK_WARNING = (
    "Front and back could not be told apart, so left and right may be swapped. Film the whole "
    "body, the head too."
)

TURN_WARNING_DEG = 8.0
FAR_HEIGHTS = 3.0
NEAR_HEIGHTS = 0.9
OFF_CENTRE_DEG = 8.0


def yaw_deg(window: PoseWindow) -> FloatArray:
    """Turn of the body about the vertical in each frame, the model's asymmetry taken out.

    Shape (N,): 0 faces the camera, + turned to the person's own left, -180 to 180. NaN when unseen.
    """
    return wrap_deg(heading_deg(window.world_m) + window.heading_correction_deg)


def view_kind(yaw: float) -> ViewKind:
    """The kind of view for a yaw in degrees; a back view counts as oblique: nothing is measured."""
    if not math.isfinite(yaw):
        return "unknown"
    if abs(yaw) <= FRONT_WITHIN_DEG:
        return "front"
    if SIDE_FROM_DEG <= abs(yaw) <= 180.0 - SIDE_FROM_DEG:
        return "side"
    return "oblique"


def find_view(
    window: PoseWindow, frame_size_px: tuple[int, int], forced: ViewKind | None = None
) -> View:
    """The view over a stretch of frames.

    Parameters
    ----------
    window
        The frames; those without a person are left out.
    frame_size_px
        Width and height of the picture.
    forced
        The view the user declared; yaw is still estimated and warned about.
    """
    seen = window.where(np.isfinite(window.world_m[:, Keypoint.LEFT_HIP, 0]))
    yaws = yaw_deg(seen)
    if len(yaws) < 3:
        return View(forced or "unknown", math.nan, math.nan, math.nan, math.nan, math.nan)
    yaw = _circular_median_deg(yaws)
    spread = float(np.median(np.abs(wrap_deg(yaws - yaw))))
    kind = forced or view_kind(yaw)
    unsure = _front_and_back_unsure(seen, yaws, yaw)
    if unsure:
        kind = "unknown"
    distance, offset = _distance_and_offset(seen, frame_size_px)
    return View(
        kind=kind,
        yaw_deg=yaw,
        yaw_sem_deg=math.hypot(YAW_MODEL_ERROR_DEG, spread),
        roll_deg=math.nan,
        distance_heights=distance,
        offset_deg=offset,
        near_side=_near_side(yaw) if kind != "front" else None,
        warnings=(FRONT_OR_BACK_WARNING,)
        if unsure
        else tuple(_warnings(kind, yaw, distance, offset)),
    )


def _front_and_back_unsure(window: PoseWindow, yaws: FloatArray, yaw: float) -> bool:
    """Whether the model may have taken the front for the back, and so the left for the right.

    It does when it cannot see the face: it turns the person round from one frame to the next, or
    sees the back of somebody whose head is out of the picture.
    """
    turned = np.abs(wrap_deg(yaws - yaw)) > 90.0
    head = [Keypoint.NOSE, Keypoint.LEFT_EAR, Keypoint.RIGHT_EAR]
    head_seen = float(np.median(window.confidence[:, head].max(axis=1))) >= HEAD_CONFIDENCE
    return bool(turned.mean() > MOST_TURNED or (abs(yaw) > BACK_FROM_DEG and not head_seen))


def _circular_median_deg(angles: FloatArray) -> float:
    """Median around the circular mean, so that -179 and 179 are neighbours."""
    mean = math.degrees(
        math.atan2(np.sin(np.radians(angles)).mean(), np.cos(np.radians(angles)).mean())
    )
    return float(wrap_deg(np.array(mean + np.median(wrap_deg(angles - mean)))))


def _near_side(yaw: float) -> Side:
    """Turned to the own left, the right side is nearer to the camera."""
    return "right" if yaw > 0 else "left"


def _distance_and_offset(window: PoseWindow, size_px: tuple[int, int]) -> tuple[float, float]:
    leg_px = standing_leg_length_px(window)
    focal_px = max(size_px) / 2 / math.tan(math.radians(ORDINARY_LENS_DEG / 2))
    middle_x = float(np.nanmedian(window.middle("hip")[:, 0]))
    offset = math.degrees(math.atan((middle_x - size_px[0] / 2) / focal_px))
    if not leg_px > 0:
        return math.nan, offset
    return focal_px * LEG_SHARE_OF_STATURE / leg_px, offset


def _warnings(kind: ViewKind, yaw: float, distance: float, offset: float) -> list[str]:
    found = []
    if kind == "front" and abs(yaw) > TURN_WARNING_DEG:
        # The person turned to the own left must turn back to the own right.
        turn = "right" if yaw > 0 else "left"
        found.append(
            f"You stand turned about {abs(yaw):.0f} degrees from the camera: knee angles are off "
            f"by about as much. Turn to your {turn}."
        )
    if kind == "side" and abs(abs(yaw) - 90.0) > 2 * TURN_WARNING_DEG:
        found.append(
            f"The camera is about {abs(abs(yaw) - 90.0):.0f} degrees off the true side view: "
            "flexion reads a few degrees low."
        )
    if kind == "oblique" and abs(yaw) > BACK_FROM_DEG:
        found.append(
            "The camera sees you from behind: the angles are not measured. Face the camera."
        )
    elif kind == "oblique":
        found.append(
            f"The camera sees you at about {abs(yaw):.0f} degrees, between front and side: the "
            "angles are not measured. Face the camera, or turn side-on."
        )
    if distance > FAR_HEIGHTS:
        found.append("You are far from the camera: 2.5 to 4 metres is best.")
    if distance < NEAR_HEIGHTS:
        found.append("You are close to the camera: 2.5 to 4 metres is best.")
    if abs(offset) > OFF_CENTRE_DEG:
        side = "right" if offset > 0 else "left"
        found.append(f"You are off centre, to the {side} of the picture: knee angles suffer.")
    return found
