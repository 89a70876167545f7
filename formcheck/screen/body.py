"""The lines, areas and numbers that are drawn on the person's body.

Only what matters for the exercise is drawn. Colours and numbers come from *readings*, which are
measurements at this moment. Outside a repetition there are none, so all lines are plain.

A part of the body can have several readings:

- ``state.worst("trunk")`` is the one with the worst grade among all that judge the trunk. It gives
  the colour of the line.
- ``state.drawn("trunk")`` is the one whose angle is drawn, with or without a grade. It gives the
  number beside the angle.

Knees seen from the front have no drawn angle, so their number is that of the worst reading. The
line of a held body has one reading, which gives both.

*Picture units* fit the size of the image (see ``canvas.py``). A *body unit* is a picture unit times
:func:`line_scale`: it is smaller for a person who is small in the picture. All shapes on the body
have their sizes in body units.
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
"""Keypoints with a lower confidence are not drawn."""
USUAL_BODY = 80.0
"""Length from shoulder to ankle of a person who fills the frame well, in picture units."""
LIMB, FAINT, FOOT, REFERENCE = 1.5, 0.7, 1.1, 0.45
"""Widths in body units: working leg and trunk, the other leg, the foot, dashed lines."""
TINT = 0.45
"""Opacity of the areas."""
TAG = 5.0
"""Size of a number beside the body, in body units."""


@dataclass(frozen=True, eq=False)
class Figure:
    """The joints in pixels of the image that is drawn on.

    Attributes
    ----------
    state
        The overlay state.
    keypoints_px
        Shape (19, 2); NaN for a keypoint that is not seen, or too uncertain to be drawn.
    unit_px
        Length of a body unit, in pixels.
    """

    state: OverlayState
    keypoints_px: FloatArray
    unit_px: float

    @classmethod
    def of(cls, state: OverlayState, layout: Layout) -> Figure:
        """Return the joints of a state in pixels of an image with this layout."""
        unit_px = line_scale(state, layout) * layout.px(1.0)
        return cls(state, image_keypoints(state.pose, layout), unit_px)

    def px(self, body_units: float) -> float:
        """Turn body units into pixels."""
        return body_units * self.unit_px

    def point(self, which: Keypoint) -> PixelPoint | None:
        """Return the position of a keypoint; ``None`` if it is not drawn."""
        x, y = self.keypoints_px[which]
        return (float(x), float(y)) if math.isfinite(x) and math.isfinite(y) else None

    def joint(self, side: Side, joint: str) -> PixelPoint | None:
        """Return the position of a joint; ``None`` if it is not drawn."""
        return self.point(keypoint(side, joint))

    def middle(self, joint: str) -> PixelPoint | None:
        """Return the middle between the left and the right joint.

        Seen from the side, one joint is often hidden; then the position of the visible one.
        """
        left, right = self.joint("left", joint), self.joint("right", joint)
        if left is not None and right is not None:
            return (left[0] + right[0]) / 2, (left[1] + right[1]) / 2
        return (left or right) if self.state.view.kind == "side" else None

    @property
    def trunk(self) -> tuple[PixelPoint, PixelPoint] | None:
        """Middle of the hips and middle of the shoulders."""
        hips, shoulders = self.middle("hip"), self.middle("shoulder")
        return None if hips is None or shoulders is None else (hips, shoulders)

    def leg(self, side: Side) -> tuple[PixelPoint, PixelPoint, PixelPoint] | None:
        """Return hip, knee and ankle of a leg; ``None`` if one of them is not drawn."""
        hip, knee, ankle = (self.joint(side, joint) for joint in ("hip", "knee", "ankle"))
        return None if hip is None or knee is None or ankle is None else (hip, knee, ankle)

    @property
    def body_line(self) -> tuple[PixelPoint, PixelPoint, PixelPoint] | None:
        """Shoulder, hip and ankle of the side that is seen; from the front, the middles of both."""
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
        """Return the points of the foot; from the front without the heel, which the ankle hides."""
        ankle, heel, toe = (self.joint(side, joint) for joint in ("ankle", "heel", "toe"))
        return [ankle, toe] if self.state.view.kind == "front" else [ankle, heel, toe]


def image_keypoints(sample: PoseSample, layout: Layout) -> FloatArray:
    """Return keypoints in pixels of the image, NaN if not drawn; shape (19, 2).

    The image may have another size than the frame in which the pose was found.
    """
    size_px = np.array([layout.width_px, layout.height_px], dtype=np.float64)
    scaled = sample.keypoints_px * (size_px / np.maximum(sample.frame_size_px, 1))
    with np.errstate(invalid="ignore"):
        drawable = (sample.confidence >= LEAST_CONFIDENCE) & (
            (scaled > -size_px) & (scaled < 2 * size_px)
        ).all(axis=1)
    return np.where(drawable[:, None], scaled, np.nan)


def line_scale(state: OverlayState, layout: Layout) -> float:
    """Return a factor for the width of lines on the body, from the size of the person; about 1."""
    length_px = state.body_px * layout.width_px / max(state.pose.frame_size_px[0], 1)
    if not math.isfinite(length_px):
        return 1.0
    # Not fully proportional: the lines on a small person must also be visible from a distance.
    return min(max(math.pow(length_px / layout.px(USUAL_BODY), 0.6), 0.5), 1.15)


def body_shapes(state: OverlayState, layout: Layout) -> list[Shape]:
    """Return the shapes for trunk, legs and angles; the first one is drawn first."""
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
    """Yield shoulder, hip and ankle of a plank, and the straight line from shoulder to ankle."""
    line = figure.body_line
    if line is None:
        return
    colour, weight = _colour_and_weight(figure.state.drawn("body"))
    shoulder, hip, ankle = line
    yield TintedArea([shoulder, hip, ankle], colour, TINT)
    yield Dashes(shoulder, ankle, PAPER, REFERENCE)
    yield Lines(_chain([shoulder, hip, ankle], colour, LIMB * weight))
    for end in line:
        yield Disc(end, 0.8 * LIMB * weight, colour)


def _held_body_tags(figure: Figure) -> Iterator[Tag]:
    """Yield the angle of the body line, above the hip."""
    reading, line = figure.state.drawn("body"), figure.body_line
    if reading is None or line is None:
        return
    _, hip, _ = line
    at = (hip[0], hip[1] - figure.px(7))
    yield Tag(reading.words, at, TAG, grade_colour(reading.grade), 0.5)


def _idle_legs(figure: Figure) -> Iterator[Shape]:
    """Yield the leg that does not work, drawn faintly."""
    for side in figure.state.idle_sides:
        points = [figure.joint(side, joint) for joint in ("hip", "knee", "ankle", "toe")]
        yield Lines(_chain(points, MUTED, FAINT))


def _trunk(figure: Figure) -> Iterator[Shape]:
    """Yield the trunk, a vertical line, and the angle between them as a sector."""
    if figure.trunk is None:
        return
    hips, shoulders = figure.trunk
    colour, weight = _colour_and_weight(figure.state.worst("trunk"))
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
    """Yield the working legs, in the colour of the knee's grade, with the knee marked."""
    for side in figure.state.working_sides:
        colour, weight = _colour_and_weight(figure.state.worst("knee", side))
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
    """Yield a line between the knees, if a measurement of both, such as their gap, is not good."""
    reading = figure.state.between_the_knees
    left, right = (figure.joint(side, "knee") for side in SIDES)
    if reading is None or reading.grade == "good" or left is None or right is None:
        return
    colour, weight = _colour_and_weight(reading)
    yield Lines([DrawnLine(left, right, colour, FOOT * weight)])


def _areas_over_feet(figure: Figure) -> Iterator[Shape]:
    """Yield, from the front, the vertical above the toes and the area between it and the shank.

    The leg is drawn over it, so a knee that stays over the foot covers the area.
    """
    for toe, above_toe, knee, grade in _knees_over_feet(figure):
        yield TintedArea([toe, above_toe, knee], grade_colour(grade), TINT)
        yield Dashes(toe, (toe[0], knee[1] - figure.px(6)), PAPER, REFERENCE)


def _knee_bend(figure: Figure) -> Iterator[Shape]:
    """Yield, from the side, the bend of the knee as a sector."""
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
    """Yield the trunk's angle, beside the shoulders."""
    reading = figure.state.drawn("trunk")
    if figure.trunk is None or reading is None:
        return
    hips, shoulders = figure.trunk
    # On the side away from the lean, so that the number does not cover the trunk.
    away = -1.0 if _lean_rad(hips, shoulders) > 0 else 1.0
    at = (hips[0] + away * figure.px(2), hips[1] - math.dist(hips, shoulders))
    yield _tag(figure, reading, at, rightward=away > 0)


def _knee_tags(figure: Figure) -> Iterator[Tag]:
    """Yield a number beside the knee: its bend from the side, else the worst measurement."""
    state = figure.state
    for side in state.working_sides:
        leg = figure.leg(side)
        if leg is None:
            continue
        _, knee, _ = leg
        if state.view.kind == "side":
            # The knee points away from the side to which the shank turns.
            reading, rightward = state.drawn("knee"), _knee_bend_rad(*leg)[1] > 0
        else:
            middle = figure.middle("knee")
            reading, rightward = state.worst("knee", side), middle is None or knee[0] > middle[0]
        if reading is not None:
            yield _tag(figure, reading, knee, rightward=rightward)


def _tags_between_knees(figure: Figure) -> Iterator[Tag]:
    """Yield name and number of the measurement of both knees, above the line between them."""
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


def _colour_and_weight(reading: Reading | None) -> tuple[Colour, float]:
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
