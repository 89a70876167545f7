"""Draw body, numbers and panels over a frame; used for the film, the stills and the live screen.

What is drawn is given by an :class:`OverlayState` (``state.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from formcheck.data.arrays import ImageArray
from formcheck.screen.body import body_shapes, line_scale, number_tags
from formcheck.screen.canvas import Canvas, Layout, draw_tag_beside, paint
from formcheck.screen.panels import draw_card, draw_count, draw_tempo, draw_value
from formcheck.screen.state import OverlayState

PanelPainter: TypeAlias = Callable[[Canvas, OverlayState], None]

FILM_PANELS: tuple[PanelPainter, ...] = (draw_tempo, draw_count, draw_value, draw_card)
"""The panels around the body in the annotated film."""


def draw(
    image: ImageArray, state: OverlayState, panels: Sequence[PanelPainter] = FILM_PANELS
) -> ImageArray:
    """Draw a state over a copy of an image.

    Parameters
    ----------
    image
        RGB, shape (height, width, 3), of any size; the keypoints are scaled to it. It is not
        changed. To show a mirror image, mirror the image and the x of the keypoints before
        drawing: text drawn first would be mirrored too.
    state
        What is shown. Keypoints that are NaN or uncertain are left out.
    panels
        Functions that draw the panels around the body, the lowest first; empty for a still. The
        numbers beside the body do not overlap with the panels.

    Returns
    -------
    ImageArray
        A new image of the same size.
    """
    drawn = image.copy(order="C")
    layout = Layout.for_size((image.shape[1], image.shape[0]))
    body = Canvas(drawn, layout, line_scale(state, layout))
    paint(body, body_shapes(state, layout))
    edges = Canvas(drawn, layout, taken=body.taken)
    for panel in panels:
        panel(edges, state)
    draw_numbers(body, state)
    return drawn


def draw_numbers(canvas: Canvas, state: OverlayState) -> None:
    """Write the numbers beside trunk and knees, without overlapping the panels."""
    for tag in number_tags(state, canvas.layout):
        draw_tag_beside(canvas, tag)
