"""The overlay as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from formcheck.data._before import Exercise
from formcheck.data.arrays import ImageArray
from formcheck.data.results import FrameResult
from formcheck.screen.overlay.body import (
    draw_angles,
    draw_foot_line,
    draw_idle_legs,
    draw_knee_deviation,
    draw_knee_flexion,
    draw_knees,
    draw_trunk,
    draw_working_legs,
)
from formcheck.screen.overlay.moment import (
    Memory,
    Moment,
    picture_keypoints,
    place_message,
    remember,
)
from formcheck.screen.overlay.panels import draw_count, draw_message, draw_tempo, draw_value
from formcheck.screen.overlay.scene import Layout, Scene
from formcheck.screen.overlay.words import message

Annotator: TypeAlias = Callable[[Scene, Moment], None]

BODY_ANNOTATORS: tuple[Annotator, ...] = (
    draw_idle_legs,
    draw_knee_flexion,
    draw_foot_line,
    draw_trunk,
    draw_working_legs,
    draw_knee_deviation,
    draw_knees,
    draw_angles,
)
"""From the bottom to the top."""
EDGE_ANNOTATORS: tuple[Annotator, ...] = (draw_tempo, draw_count, draw_value, draw_message)


class Overlay:
    """Draws what is known at a frame over its picture.

    One overlay serves one session, its frames in order: it holds what must stay readable for a
    moment (the verdict on a repetition, the time of the last lowering).

    Parameters
    ----------
    exercise
        The exercise that is done: its metrics, bands and tempo.
    size_px
        Width and height of the pictures to draw on. They may be larger or smaller than those the
        pose was found in; the keypoints are scaled.
    panels
        Whether count, value, tempo bar and banner are drawn around the body's lines; a still
        picture of one moment does without.
    """

    def __init__(
        self, exercise: Exercise, size_px: tuple[int, int], *, panels: bool = True
    ) -> None:
        self._exercise = exercise
        self._edge_annotators = EDGE_ANNOTATORS if panels else ()
        self._layout = Layout.for_size(size_px)
        self._memory = Memory()

    def draw(
        self, image: ImageArray, result: FrameResult, extra: Sequence[Annotator] = ()
    ) -> ImageArray:
        """Draw over a copy of ``image``.

        Parameters
        ----------
        image
            RGB, of the size the overlay was made for. It is not changed. To show a mirror image,
            mirror the picture and the x of the sample's keypoints before drawing: text drawn
            first would be mirrored too.
        result
            What is known at this frame. Keypoints that are NaN or uncertain are left out.
        extra
            What else is drawn, above everything.

        Returns
        -------
        ImageArray
            A new picture of the same size.

        Raises
        ------
        ValueError
            The picture has another size or shape than expected.
        """
        expected = (self._layout.height_px, self._layout.width_px, 3)
        if image.shape != expected:
            raise ValueError(f"Expected a picture of shape {expected}, but got {image.shape}.")
        keypoints_px = picture_keypoints(result.sample, self._layout)
        memory = remember(self._memory, result, keypoints_px)
        moment = Moment(self._exercise, result, memory, keypoints_px)
        said = message(moment) is not None
        on_the_left = place_message(memory, moment, self._layout) if said else None
        self._memory = replace(memory, message_on_the_left=on_the_left)
        moment = replace(moment, memory=self._memory)

        picture = image.copy(order="C")
        body = Scene(picture, self._layout, moment.line_scale(self._layout))
        for annotate in BODY_ANNOTATORS:
            annotate(body, moment)
        edges = Scene(picture, self._layout)
        for annotate in (*self._edge_annotators, *extra):
            annotate(edges, moment)
        return picture
