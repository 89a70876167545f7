"""Lines on the body: only those that matter for the exercise.

A line has the colour of its measurement. Outside a repetition there are no readings, so all lines
are plain.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, Side, keypoint
from formcheck.data.palette import MUTED, PAPER, Colour
from formcheck.data.session import Grade
from formcheck.screen.canvas import Layout, sector
from formcheck.screen.grade_style import grade_colour, grade_weight
from formcheck.screen.shapes import (
    Dashes,
    Disc,
    DrawnLine,
    Lines,
    PixelPoint,
    Shape,
    Tag,
    TintedArea,
)
from formcheck.screen.state import OverlayState, Reading

LEAST_CONFIDENCE = 0.65
"""Keypoints below it are not drawn."""
USUAL_BODY = 80.0
"""Shoulder to ankle along the body of a person who fills the frame well, in units."""
LIMB = 1.5
"""Widths in units."""
FAINT = 0.7
FOOT = 1.1
REFERENCE = 0.45
TINT = 0.45
"""Opacity of the areas."""
TAG = 5.0
"""Size of a number beside the body, in units."""


@dataclass(frozen=True, eq=False)
class Figure:
    """The joints in pixels of the image that is drawn on.

    Attributes
    ----------
    state
        The overlay state.
    keypoints_px
        Shape (19, 2); NaN where a keypoint is unseen, or too uncertain to be drawn.
    unit_px
        Length of a unit on this body.
    """

    state: OverlayState
    keypoints_px: FloatArray
    unit_px: float

    @classmethod
    def of(cls, state: OverlayState, layout: Layout) -> Figure:
        """Place the joints of a state in an image of that layout."""
        unit_px = line_scale(state, layout) * layout.px(1.0)
        return cls(state, image_keypoints(state.pose, layout), unit_px)

    def px(self, units: float) -> float:
        """Turn units into pixels."""
        return units * self.unit_px

    def point(self, which: Keypoint) -> PixelPoint | None:
        """Return the position of a keypoint; ``None`` when it is not drawn."""
        x, y = self.keypoints_px[which]
        return (float(x), float(y)) if math.isfinite(x) and math.isfinite(y) else None

    def joint(self, side: Side, joint: str) -> PixelPoint | None:
        """Return the position of a joint; ``None`` when it is not drawn."""
        return self.point(keypoint(side, joint))

    def middle(self, joint: str) -> PixelPoint | None:
        """Return the middle between the left and the right joint.

        From the side one of them is often hidden; then the visible one.
        """
        left, right = self.joint("left", joint), self.joint("right", joint)
        if left is not None and right is not None:
            return (left[0] + right[0]) / 2, (left[1] + right[1]) / 2
        return (left or right) if self.state.view.kind == "side" else None

    @property
    def trunk(self) -> tuple[PixelPoint, PixelPoint] | None:
        """Middle of the hips and of the shoulders."""
        hips, shoulders = self.middle("hip"), self.middle("shoulder")
        return None if hips is None or shoulders is None else (hips, shoulders)

    def leg(self, side: Side) -> tuple[PixelPoint, PixelPoint, PixelPoint] | None:
        """Return hip, knee and ankle of a fully visible leg; else ``None``."""
        hip, knee, ankle = (self.joint(side, joint) for joint in ("hip", "knee", "ankle"))
        return None if hip is None or knee is None or ankle is None else (hip, knee, ankle)

    @property
    def body_line(self) -> tuple[PixelPoint, PixelPoint, PixelPoint] | None:
        """Shoulder, hip and ankle: of the side that is seen, or their middles from the front."""
        near = self.state.view.near_side
        points = [
            self.joint(near, joint) if near is not None else self.middle(joint)
            for joint in ("shoulder", "hip", "ankle")
        ]
        shoulder, hip, ankle = points
        if shoulder is None or hip is None or ankle is None:
            return None
        return shoulder, hip, ankle

    def foot(self, side: Side) -> list[PixelPoint | None]:
        """Points of the foot; from the front without the heel, which is hidden by the ankle."""
        ankle, heel, toe = (self.joint(side, joint) for joint in ("ankle", "heel", "toe"))
        return [ankle, toe] if self.state.view.kind == "front" else [ankle, heel, toe]


def image_keypoints(sample: PoseSample, layout: Layout) -> FloatArray:
    """Return keypoints in pixels of the image, NaN where not drawn; shape (19, 2).

    The image may be of another size than the frame the pose was found in.
    """
    size_px = np.array([layout.width_px, layout.height_px], dtype=np.float64)
    scaled = sample.keypoints_px * (size_px / np.maximum(sample.frame_size_px, 1))
    with np.errstate(invalid="ignore"):
        drawable = (sample.confidence >= LEAST_CONFIDENCE) & (
            (scaled > -size_px) & (scaled < 2 * size_px)
        ).all(axis=1)
    return np.where(drawable[:, None], scaled, np.nan)


def line_scale(state: OverlayState, layout: Layout) -> float:
    """Return the width of lines on the body relative to the usual."""
    length_px = state.body_px * layout.width_px / max(state.pose.frame_size_px[0], 1)
    if not math.isfinite(length_px):
        return 1.0
    # Not in full proportion: the lines of a small person must be seen from afar too.
    return min(max(math.pow(length_px / layout.px(USUAL_BODY), 0.6), 0.5), 1.15)


def body_shapes(state: OverlayState, layout: Layout) -> list[Shape]:
    """Return trunk, legs and the areas of the angles, from the bottom to the top."""
    figure = Figure.of(state, layout)
    if state.hold is not None and state.hold.lies:
        return list(_held_body(figure))
    return [
        *_idle_legs(figure),
        *_knee_bend(figure),
        *_areas_over_feet(figure),
        *_trunk(figure),
        *_working_legs(figure),
    ]


def number_tags(state: OverlayState, layout: Layout) -> list[Tag]:
    """Return the numbers beside trunk and knees."""
    figure = Figure.of(state, layout)
    if state.hold is not None and state.hold.lies:
        return list(_held_body_tags(figure))
    return [*_trunk_tags(figure), *_knee_tags(figure), *_tags_between_knees(figure)]


def _held_body(figure: Figure) -> Iterator[Shape]:
    """The body from shoulder over hip to ankle, and the straight line it is judged by."""
    line = figure.body_line
    if line is None:
        return
    colour, weight = _look(figure.state.drawn("body"))
    shoulder, hip, ankle = line
    yield TintedArea([shoulder, hip, ankle], colour, TINT)
    yield Dashes(shoulder, ankle, PAPER, REFERENCE)
    yield Lines(_chain([shoulder, hip, ankle], colour, LIMB * weight))
    for end in line:
        yield Disc(end, 0.8 * LIMB * weight, colour)


def _held_body_tags(figure: Figure) -> Iterator[Tag]:
    """The angle of the body line, above the hip."""
    reading, line = figure.state.drawn("body"), figure.body_line
    if reading is None or line is None:
        return
    _, hip, _ = line
    at = (hip[0], hip[1] - figure.px(7))
    yield Tag(reading.words, at, TAG, grade_colour(reading.grade), 0.5)


def _idle_legs(figure: Figure) -> Iterator[Shape]:
    """The non-working leg, faintly."""
    for side in figure.state.idle_sides:
        points = [figure.joint(side, joint) for joint in ("hip", "knee", "ankle", "toe")]
        yield Lines(_chain(points, MUTED, FAINT))


def _trunk(figure: Figure) -> Iterator[Shape]:
    """The trunk against the vertical, and the angle between them as a slice."""
    if figure.trunk is None:
        return
    hips, shoulders = figure.trunk
    colour, weight = _look(figure.state.worst("trunk"))
    length, lean_rad = math.dist(hips, shoulders), _lean_rad(hips, shoulders)
    upward_rad = -math.pi / 2
    if abs(lean_rad) > math.radians(1):
        slice_ = sector(hips, 0.92 * length, upward_rad, upward_rad + lean_rad)
        yield TintedArea(slice_, colour, TINT)
    yield Dashes(hips, (hips[0], hips[1] - length), PAPER, REFERENCE)
    yield Lines([DrawnLine(hips, shoulders, colour, LIMB * weight)])
    for end in (hips, shoulders):
        yield Disc(end, 0.8 * LIMB * weight, colour)


def _working_legs(figure: Figure) -> Iterator[Shape]:
    """The working legs strongly, in the colour of the knee's measurement, the knee marked."""
    for side in figure.state.working_sides:
        colour, weight = _look(figure.state.worst("knee", side))
        hip, knee, ankle = (figure.joint(side, joint) for joint in ("hip", "knee", "ankle"))
        foot = _chain(figure.foot(side), colour, FOOT)
        yield Lines([*foot, *_chain([hip, knee, ankle], colour, LIMB * weight)])
        for joint in (hip, ankle):
            if joint is not None:
                yield Disc(joint, 0.8 * LIMB * weight, colour)
    for _, above_toe, knee, grade in _knees_over_feet(figure):
        bar = DrawnLine(above_toe, knee, grade_colour(grade), FOOT * grade_weight(grade))
        yield Lines([bar])
    yield from _between_knees(figure)
    for side in figure.state.working_sides:
        knee_at = figure.joint(side, "knee")
        if knee_at is not None:
            yield Disc(knee_at, LIMB, PAPER)


def _between_knees(figure: Figure) -> Iterator[Shape]:
    """What both knees share as a line between them, where it is not good."""
    reading = figure.state.between_the_knees
    left, right = (figure.joint(side, "knee") for side in SIDES)
    if reading is None or reading.grade == "good" or left is None or right is None:
        return
    colour, weight = _look(reading)
    yield Lines([DrawnLine(left, right, colour, FOOT * weight)])


def _areas_over_feet(figure: Figure) -> Iterator[Shape]:
    """From the front: the line straight up from the toes, and the area between it and the shank.

    It is drawn below the leg: a knee that stays over the foot covers it.
    """
    for toe, above_toe, knee, grade in _knees_over_feet(figure):
        yield TintedArea([toe, above_toe, knee], grade_colour(grade), TINT)
        yield Dashes(toe, (toe[0], knee[1] - figure.px(6)), PAPER, REFERENCE)


def _knee_bend(figure: Figure) -> Iterator[Shape]:
    """From the side: how far the knee is bent, as a slice."""
    if figure.state.view.kind != "side":
        return
    for side in figure.state.working_sides:
        leg = figure.leg(side)
        if leg is None:
            continue
        straight_rad, bend_rad = _knee_bend_rad(*leg)
        radius_px = 0.35 * math.dist(leg[1], leg[2])
        yield TintedArea(
            sector(leg[1], radius_px, straight_rad, straight_rad + bend_rad), PAPER, TINT
        )


def _trunk_tags(figure: Figure) -> Iterator[Tag]:
    """The trunk's angle, beside it."""
    reading = figure.state.drawn("trunk")
    if figure.trunk is None or reading is None:
        return
    hips, shoulders = figure.trunk
    # On the side away from the lean, where the trunk is not.
    away = -1.0 if _lean_rad(hips, shoulders) > 0 else 1.0
    at = (hips[0] + away * figure.px(2), hips[1] - math.dist(hips, shoulders))
    yield _tag(figure, reading, at, rightward=away > 0)


def _knee_tags(figure: Figure) -> Iterator[Tag]:
    """The knee bend (from the side) or the measurement that colours the knee, beside it."""
    state = figure.state
    for side in state.working_sides:
        leg = figure.leg(side)
        if leg is None:
            continue
        _, knee, _ = leg
        if state.view.kind == "side":
            # A knee points to the side away from which the shank turns.
            reading, rightward = state.drawn("knee"), _knee_bend_rad(*leg)[1] > 0
        else:
            middle = figure.middle("knee")
            reading, rightward = state.worst("knee", side), middle is None or knee[0] > middle[0]
        if reading is not None:
            yield _tag(figure, reading, knee, rightward=rightward)


def _tags_between_knees(figure: Figure) -> Iterator[Tag]:
    """The name and the number of what both knees share, above the line between them."""
    reading, middle = figure.state.between_the_knees, figure.middle("knee")
    if reading is None or reading.grade == "good" or middle is None:
        return
    text = f"{reading.spec.short_title or reading.spec.title} {reading.text}"
    at = (middle[0], middle[1] - figure.px(4))
    yield Tag(text, at, TAG, grade_colour(reading.grade), 0.5)


def _tag(figure: Figure, reading: Reading, at: PixelPoint, *, rightward: bool) -> Tag:
    offset_px = figure.px(4) if rightward else -figure.px(4)
    place, align = (at[0] + offset_px, at[1]), 0.0 if rightward else 1.0
    return Tag(reading.words, place, TAG, grade_colour(reading.grade), align)


def _knees_over_feet(
    figure: Figure,
) -> list[tuple[PixelPoint, PixelPoint, PixelPoint, Grade | None]]:
    # Toe, the point above it at the height of the knee, knee, grade; of the working legs.
    found = []
    for side in figure.state.working_sides:
        toe, knee = figure.joint(side, "toe"), figure.joint(side, "knee")
        if figure.state.view.kind != "front" or toe is None or knee is None or knee[1] >= toe[1]:
            continue
        reading = figure.state.worst("knee", side)
        grade = None if reading is None else reading.grade
        found.append((toe, (toe[0], knee[1]), knee, grade))
    return found


def _look(reading: Reading | None) -> tuple[Colour, float]:
    grade = None if reading is None else reading.grade
    return grade_colour(grade), grade_weight(grade)


def _lean_rad(hips: PixelPoint, shoulders: PixelPoint) -> float:
    # + to the right of the frame
    return math.atan2(shoulders[0] - hips[0], hips[1] - shoulders[1])


def _knee_bend_rad(hip: PixelPoint, knee: PixelPoint, ankle: PixelPoint) -> tuple[float, float]:
    # Where a straight leg would point, and how far the shank turns from there, + clockwise.
    straight_rad = math.atan2(knee[1] - hip[1], knee[0] - hip[0])
    shank_rad = math.atan2(ankle[1] - knee[1], ankle[0] - knee[0])
    return straight_rad, math.remainder(shank_rad - straight_rad, math.tau)


def _chain(points: list[PixelPoint | None], colour: Colour, width: float) -> list[DrawnLine]:
    return [
        DrawnLine(start, end, colour, width)
        for start, end in pairwise(points)
        if start is not None and end is not None
    ]
