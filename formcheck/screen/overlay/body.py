"""Annotators of the body: only the lines that matter for the exercise."""

from __future__ import annotations

import math
from itertools import pairwise

from formcheck.data.keypoints import Side
from formcheck.data.results import Grade
from formcheck.screen.overlay.moment import Moment
from formcheck.screen.overlay.scene import (
    Point,
    Scene,
    Stroke,
    draw_area,
    draw_dashes,
    draw_disc,
    draw_strokes,
    draw_tag,
    sector,
)
from formcheck.screen.overlay.words import value_text
from formcheck.screen.palette import MUTED, PAPER, Colour, grade_colour, grade_weight

LIMB = 1.5
"""Widths in units."""
FAINT = 0.7
FOOT = 1.1
REFERENCE = 0.45
TINT = 0.45
"""Opacity of the areas."""
TRUNK_ANGLES = ("trunk_lean_deg", "trunk_flexion_deg")
KNEE_ANGLE = "knee_flexion_deg"
"""The metrics that are the angles drawn."""


def draw_idle_legs(scene: Scene, moment: Moment) -> None:
    """Draw the leg that does not carry: faint."""
    for side in moment.idle_sides:
        points = [moment.joint(side, joint) for joint in ("hip", "knee", "ankle", "toe")]
        draw_strokes(scene, _chain(points, MUTED, FAINT))


def draw_trunk(scene: Scene, moment: Moment) -> None:
    """Draw the trunk against the vertical, and the angle between them as a slice."""
    hips, shoulders = moment.middle("hip"), moment.middle("shoulder")
    if hips is None or shoulders is None:
        return
    grade = moment.part_grade("trunk")
    colour, width = grade_colour(grade), LIMB * grade_weight(grade)
    length = math.dist(hips, shoulders)
    lean_rad = _lean_rad(hips, shoulders)
    upward_rad = -math.pi / 2
    if abs(lean_rad) > math.radians(1):
        slice_ = sector(hips, 0.92 * length, upward_rad, upward_rad + lean_rad)
        draw_area(scene, slice_, colour, TINT)
    draw_dashes(scene, hips, (hips[0], hips[1] - length), PAPER, REFERENCE)
    draw_strokes(scene, [Stroke(hips, shoulders, colour, width)])
    for end in (hips, shoulders):
        draw_disc(scene, end, 0.8 * width, colour)


def draw_working_legs(scene: Scene, moment: Moment) -> None:
    """Draw the legs that carry: strong, in the colour of the knee's grade."""
    for side in moment.working_sides:
        grade = moment.part_grade("knee", side)
        colour, width = grade_colour(grade), LIMB * grade_weight(grade)
        hip, knee, ankle = (moment.joint(side, joint) for joint in ("hip", "knee", "ankle"))
        foot = _chain(_foot(moment, side), colour, FOOT)
        draw_strokes(scene, [*foot, *_chain([hip, knee, ankle], colour, width)])
        for joint in (hip, ankle):
            if joint is not None:
                draw_disc(scene, joint, 0.8 * width, colour)


def draw_knees(scene: Scene, moment: Moment) -> None:
    """Mark the knees of the legs that carry."""
    for side in moment.working_sides:
        knee = moment.joint(side, "knee")
        if knee is not None:
            draw_disc(scene, knee, LIMB, PAPER)


def draw_foot_line(scene: Scene, moment: Moment) -> None:
    """From the front: the line straight up from the toes, and the area between it and the shank.

    It is drawn below the leg: a knee that stays over the foot covers it.
    """
    for toe, above_toe, knee, grade in _knees_over_feet(moment):
        draw_area(scene, [toe, above_toe, knee], grade_colour(grade), TINT)
        draw_dashes(scene, toe, (toe[0], knee[1] - scene.px(6)), PAPER, REFERENCE)


def draw_knee_deviation(scene: Scene, moment: Moment) -> None:
    """From the front: how far the knee is from the line above the toes, as a bar."""
    for _, above_toe, knee, grade in _knees_over_feet(moment):
        bar = Stroke(above_toe, knee, grade_colour(grade), FOOT * grade_weight(grade))
        draw_strokes(scene, [bar])


def draw_knee_flexion(scene: Scene, moment: Moment) -> None:
    """From the side: how far the knee is bent, as a slice."""
    if moment.result.view.kind != "side":
        return
    for side in moment.working_sides:
        hip, knee, ankle = (moment.joint(side, joint) for joint in ("hip", "knee", "ankle"))
        if hip is None or knee is None or ankle is None:
            continue
        straight_rad, bend_rad = _knee_bend_rad(hip, knee, ankle)
        radius_px = 0.35 * math.dist(knee, ankle)
        slice_ = sector(knee, radius_px, straight_rad, straight_rad + bend_rad)
        draw_area(scene, slice_, PAPER, TINT)


def draw_angles(scene: Scene, moment: Moment) -> None:
    """Write the trunk's angle beside it, and from the side the knee's."""
    _tag_trunk(scene, moment)
    if moment.result.view.kind == "side":
        for side in moment.working_sides:
            _tag_knee(scene, moment, side)


def _tag_trunk(scene: Scene, moment: Moment) -> None:
    hips, shoulders = moment.middle("hip"), moment.middle("shoulder")
    live = moment.memory.live
    shown = [spec for spec in moment.exercise.metrics if spec.name in TRUNK_ANGLES]
    spec = next((spec for spec in shown if spec.name in live), None)
    if hips is None or shoulders is None or spec is None:
        return
    colour = grade_colour(moment.memory.live_grades.get(spec.name))
    # On the side away from the lean, where the trunk is not.
    away = -1.0 if _lean_rad(hips, shoulders) > 0 else 1.0
    at = (hips[0] + away * scene.px(2), hips[1] - math.dist(hips, shoulders))
    align = 0.0 if away > 0 else 1.0
    draw_tag(scene, value_text(spec, live[spec.name]), at, 5, colour, align=align)


def _tag_knee(scene: Scene, moment: Moment, side: Side) -> None:
    hip, knee, ankle = (moment.joint(side, joint) for joint in ("hip", "knee", "ankle"))
    flexion_deg = moment.memory.live.get(KNEE_ANGLE, math.nan)
    if hip is None or knee is None or ankle is None or not math.isfinite(flexion_deg):
        return
    # A knee points to the side away from which the shank turns.
    forward = 1.0 if _knee_bend_rad(hip, knee, ankle)[1] > 0 else -1.0
    at = (knee[0] + forward * scene.px(4), knee[1])
    align = 0.0 if forward > 0 else 1.0
    draw_tag(scene, f"{flexion_deg:.0f}°", at, 5, PAPER, align=align)


def _knees_over_feet(moment: Moment) -> list[tuple[Point, Point, Point, Grade | None]]:
    # Toe, the point above it at the height of the knee, knee, grade; of the working legs.
    found = []
    for side in moment.working_sides:
        toe, knee = moment.joint(side, "toe"), moment.joint(side, "knee")
        if moment.result.view.kind != "front" or toe is None or knee is None or knee[1] >= toe[1]:
            continue
        found.append((toe, (toe[0], knee[1]), knee, moment.part_grade("knee", side)))
    return found


def _lean_rad(hips: Point, shoulders: Point) -> float:
    # + to the right of the picture
    return math.atan2(shoulders[0] - hips[0], hips[1] - shoulders[1])


def _knee_bend_rad(hip: Point, knee: Point, ankle: Point) -> tuple[float, float]:
    # Where a straight leg would point, and how far the shank turns from there, + clockwise.
    straight_rad = math.atan2(knee[1] - hip[1], knee[0] - hip[0])
    shank_rad = math.atan2(ankle[1] - knee[1], ankle[0] - knee[0])
    return straight_rad, math.remainder(shank_rad - straight_rad, math.tau)


def _foot(moment: Moment, side: Side) -> list[Point | None]:
    # From the front the heel is behind the ankle, and its keypoint little more than a guess.
    ankle, heel, toe = (moment.joint(side, joint) for joint in ("ankle", "heel", "toe"))
    return [ankle, toe] if moment.result.view.kind == "front" else [ankle, heel, toe]


def _chain(points: list[Point | None], colour: Colour, width: float) -> list[Stroke]:
    return [
        Stroke(start, end, colour, width)
        for start, end in pairwise(points)
        if start is not None and end is not None
    ]
