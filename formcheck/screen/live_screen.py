"""Draw the screen of a live session for a person who stands three metres away.

Important text has at least a twelfth of the frame's height, so that it can be read across a room.
The texts are in ``live_words.py``; ``app/live/viewer.py`` shows the drawn image in a window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np

from formcheck.data.arrays import ImageArray
from formcheck.data.exercise import Exercise
from formcheck.data.frame_result import FrameResult
from formcheck.data.palette import GOOD, INK, MUTED, PAPER, WATCH, Colour
from formcheck.data.session import Cue, Grade
from formcheck.screen.canvas import (
    Canvas,
    Layout,
    Rect,
    cap_middle,
    draw_icon,
    draw_panel,
    draw_tag,
    draw_text,
)
from formcheck.screen.draw import PanelPainter, draw
from formcheck.screen.grade_style import grade_colour
from formcheck.screen.lettering import CAP_HEIGHT, LINE_SPACING, Fitted, fit, text_width
from formcheck.screen.live_words import (
    Check,
    CornerWords,
    HandWords,
    LiveWords,
    MessageCard,
    ScreenState,
    SetWordsNow,
    SignWords,
    words_of,
)
from formcheck.screen.panels import draw_tempo
from formcheck.screen.state import OverlayState, live_state

SCREEN_PX = (1280, 720)
"""Canvas size: more pixels cost time, fewer make text hard to read."""
BACKGROUND = 44


class LiveScreen:
    """Draws the screen of one live session.

    The camera's frame is placed in the middle of an image with the shape of a laptop's screen. So
    beside a portrait frame there is room for text.

    Parameters
    ----------
    exercise
        The exercise of the session.
    camera_px
        Width and height of the camera's frames.

    Attributes
    ----------
    mirror
        The last frame, mirrored, with nothing drawn on it; ``None`` before the first.
    """

    def __init__(self, exercise: Exercise, camera_px: tuple[int, int]) -> None:
        self._info = exercise.info()
        self._place = Place.for_camera(camera_px)
        self._deepest_pct = 0.0
        self._before: OverlayState | None = None
        self.mirror: ImageArray | None = None

    def draw(
        self,
        image: ImageArray,
        result: FrameResult,
        content: ScreenState,
        cue: Cue | None = None,
        *,
        card: MessageCard = (),
        notices: Sequence[str] = (),
        hand: HandWords | None = None,
    ) -> ImageArray:
        """Return one frame mirrored, with everything drawn in; texts are not mirrored.

        Parameters
        ----------
        image
            RGB, as received from the camera. It is not changed.
        result, content
            The result of this frame, and the screen's texts.
        cue
            The coach's cue.
        card
            A message to show in the middle instead of all other texts.
        notices
            Small lines along the lower edge, most important first.
        hand
            The text about a raised hand; ``None`` for none.

        Returns
        -------
        ImageArray
            A new image of the size ``SCREEN_PX``.
        """
        state = self.take(result, cue)
        words = LiveWords(card=card) if card else words_of(content, state, self._deepest_pct)
        self.mirror = self._place.mirrored(image)
        return draw(
            self.mirror,
            state,
            [
                *_panels_of(words),
                partial(_draw_notices, notices=notices),
                partial(_draw_card, card=words.card),
                partial(_draw_hand, hand=hand),
            ],
        )

    def take(self, result: FrameResult, cue: Cue | None = None) -> OverlayState:
        """Update the state with a new result, without drawing; return the new state."""
        on_canvas = self._place.on_canvas(result)
        self._before = live_state(on_canvas, self._info, cue, self._before)
        self._deepest_pct = max(self._deepest_pct, self._before.depth_pct or 0.0)
        return self._before


@dataclass(frozen=True)
class Place:
    """Position of the camera's frame on the screen's image (the canvas), in pixels."""

    camera_px: tuple[int, int]
    size_px: tuple[int, int]
    left_px: int
    top_px: int
    canvas_px: tuple[int, int] = SCREEN_PX

    @classmethod
    def for_camera(cls, camera_px: tuple[int, int]) -> Place:
        """Return the place for frames of this size: as large as fits, in the middle."""
        scale = min(SCREEN_PX[0] / camera_px[0], SCREEN_PX[1] / camera_px[1])
        width, height = (max(1, round(scale * length)) for length in camera_px)
        return cls(
            camera_px, (width, height), (SCREEN_PX[0] - width) // 2, (SCREEN_PX[1] - height) // 2
        )

    @classmethod
    def whole(cls, camera_px: tuple[int, int]) -> Place:
        """Return the place for frames that fill a canvas of their own size."""
        return cls(camera_px, camera_px, 0, 0, camera_px)

    def mirrored(self, image: ImageArray) -> ImageArray:
        """Return the mirrored frame on a canvas."""
        fitted = image
        if self.camera_px != self.size_px:
            fitted = cv2.resize(image, self.size_px, interpolation=cv2.INTER_LINEAR)
        if self.size_px == self.canvas_px:
            flipped: ImageArray = cv2.flip(fitted, 1)
            return flipped
        canvas = np.full((self.canvas_px[1], self.canvas_px[0], 3), BACKGROUND, np.uint8)
        width, height = self.size_px
        rows = slice(self.top_px, self.top_px + height)
        canvas[rows, self.left_px : self.left_px + width] = cv2.flip(fitted, 1)
        return canvas

    def on_canvas(self, result: FrameResult) -> FrameResult:
        """Return a result with keypoints in the canvas's pixels; left stays the person's left."""
        sample = result.sample
        x_px, y_px = sample.keypoints_px.T
        width, height = sample.frame_size_px
        moved = np.column_stack(
            [
                self.left_px + self.size_px[0] / width * (width - 1 - x_px),
                self.top_px + self.size_px[1] / height * y_px,
            ]
        )
        return replace(
            result, sample=replace(sample, keypoints_px=moved, frame_size_px=self.canvas_px)
        )


def draw_card_on(
    frame: ImageArray | None, card: MessageCard, hand: HandWords | None = None
) -> ImageArray:
    """Return an image with a card only, over the darkened last frame if there is one."""
    empty = np.full((SCREEN_PX[1], SCREEN_PX[0], 3), BACKGROUND, np.uint8)
    below = empty if frame is None else frame // 3
    canvas = Canvas(below, Layout.for_size(SCREEN_PX))
    _draw_card(canvas, None, card=card)
    _draw_hand(canvas, None, hand=hand)
    return below


def _panels_of(words: LiveWords) -> list[PanelPainter]:
    panels: list[PanelPainter] = []
    if words.sign is not None:
        panels += [
            partial(_draw_frame, ready=words.sign.ready),
            partial(_draw_headline, sign=words.sign),
            partial(_draw_checks, checks=words.sign.checks),
            partial(_draw_notice_below, notice=words.sign.notice),
        ]
    if words.in_set is not None:
        panels += [
            partial(_draw_progress_through_set, words=words.in_set),
            partial(_draw_pace, words=words.in_set),
            partial(_draw_words, words=words.in_set.corner),
            partial(_draw_verdict, words=words.in_set),
        ]
    return panels


# --- the set -------------------------------------------------------------------------------


def _count_tile(layout: Layout) -> Rect:
    return Rect(layout.px(3.5), layout.px(3.5), layout.px(70), layout.px(36))


def _right_column(layout: Layout) -> Rect:
    margin, width = layout.px(3.5), layout.px(68)
    left = layout.width_px - margin - width
    return Rect(left, margin, width, layout.height_px - 2 * margin)


def _draw_progress_through_set(canvas: Canvas, state: OverlayState, *, words: SetWordsNow) -> None:  # noqa: ARG001
    layout, tile = canvas.layout, _count_tile(canvas.layout)
    draw_panel(canvas, tile)
    slot = layout.px(33)
    count = fit(str(words.count), layout.text_px(32), int(slot), 1, smallest=0.3)
    at = (tile.left + slot / 2 + layout.px(1), tile.top + tile.height / 2)
    _write(canvas, count.lines[0], at, count.size_px, PAPER, align=0.5)
    left, room = tile.left + slot + layout.px(3), int(tile.width - slot - layout.px(5))
    step = tile.height / (len(words.lines) + 0.4)
    for i, line in enumerate(words.lines):
        block = fit(line.text, layout.text_px(line.size), room, 1, smallest=0.5)
        y = tile.top + (i + 0.7) * step
        _write(canvas, block.lines[0], (left, y), block.size_px, line.colour)


def _draw_pace(canvas: Canvas, state: OverlayState, *, words: SetWordsNow) -> None:
    """Draw the tempo bar, if the exercise has a target tempo, and beside it the depth gauge."""
    layout, tile = canvas.layout, _count_tile(canvas.layout)
    top = tile.bottom + layout.px(3)
    length = min(layout.px(80), layout.height_px - top - layout.px(15))
    draw_tempo(canvas, state, Rect(layout.px(3.5), top, layout.px(10), length))
    depth = words.depth
    if depth is None:
        return
    left = layout.px(3.5 if state.tempo is None else 38)
    gauge = Rect(left, top, layout.px(5), length)
    draw_panel(canvas, gauge)
    if depth.share > 0.02:
        draw_panel(canvas, gauge, MUTED, opacity=1.0, share=depth.share)
    at = (gauge.left, gauge.bottom + layout.px(6))
    draw_tag(canvas, depth.text, at, 6, PAPER)


def _draw_verdict(canvas: Canvas, state: OverlayState, *, words: SetWordsNow) -> None:  # noqa: ARG001
    """Draw the verdict on the last repetition, upper right."""
    if not words.verdict:
        return
    layout = canvas.layout
    column = _right_column(layout)
    pad, icon = layout.px(3), layout.px(13)
    room = int(column.width - icon - 2 * pad)
    block = fit(words.verdict, layout.text_px(9), room, 3)
    height = max(block.height_px, layout.px(10)) + 2 * pad
    draw_panel(canvas, replace(column, height=height))
    centre = (column.left + pad + icon / 2 - layout.px(1), column.top + height / 2)
    draw_icon(canvas, words.verdict_grade, centre, 10, grade_colour(words.verdict_grade))
    text_top = column.top + (height - block.height_px) / 2
    _write_block(canvas, block, column.left + pad + icon, text_top, PAPER)


def _draw_words(canvas: Canvas, state: OverlayState, *, words: CornerWords | None) -> None:
    """Draw an instruction in the lower corner beside the person."""
    if words is None:
        return
    layout, pad = canvas.layout, canvas.layout.px(4)
    area = _right_column(layout)
    if state.text_on_the_left:
        area = replace(area, left=layout.px(36))
    room = int(area.width - 2 * pad)
    block = fit(words.text, layout.text_px(words.size), room, 5, smallest=0.7)
    height = block.height_px + 2 * pad + layout.px(1)
    panel = Rect(area.left, area.bottom - height, area.width, height)
    ink = INK if words.colour else PAPER
    draw_panel(canvas, panel, words.colour or INK, 0.93)
    _write_block(canvas, block, panel.left + pad, panel.top + pad, ink)


# --- before and after the set --------------------------------------------------------------


def _draw_headline(canvas: Canvas, state: OverlayState, *, sign: SignWords) -> None:  # noqa: ARG001
    """Draw the one thing to do, beside the person; green when it fits."""
    if not sign.headline:
        return
    layout, pad = canvas.layout, canvas.layout.px(4)
    column = _right_column(layout)
    room = int(column.width - 2 * pad)
    block = fit(sign.headline, layout.text_px(15), room, 5, smallest=0.7)
    bar = layout.px(7) if sign.progress is not None else 0.0
    panel = replace(column, height=block.height_px + bar + 2 * pad + layout.px(1))
    ink = INK if sign.ready else PAPER
    draw_panel(canvas, panel, GOOD if sign.ready else INK, 0.93)
    _write_block(canvas, block, panel.left + pad, panel.top + pad, ink)
    if sign.progress is not None:
        height = layout.px(4)
        whole = Rect(panel.left + pad, panel.bottom - pad - height, room, height)
        draw_panel(canvas, whole, ink, 0.3)
        share = min(max(sign.progress, 0.05), 1.0)
        draw_panel(canvas, replace(whole, width=room * share), ink, 1.0)


def _draw_notice_below(canvas: Canvas, state: OverlayState, *, notice: str) -> None:  # noqa: ARG001
    """Draw the notice of the set-up, near the lower edge."""
    if not notice:
        return
    layout, pad = canvas.layout, canvas.layout.px(3)
    room = int(layout.width_px - layout.px(12))
    block = fit(notice, layout.text_px(8), room, 3, smallest=0.95)
    width = max(text_width(line, block.size_px) for line in block.lines) + 2 * pad
    height = block.height_px + 2 * pad
    left = (layout.width_px - width) / 2
    panel = Rect(left, layout.height_px - layout.px(10) - height, width, height)
    draw_panel(canvas, panel)
    _write_block(canvas, block, panel.left + pad, panel.top + pad, WATCH)


def _draw_frame(canvas: Canvas, state: OverlayState, *, ready: bool) -> None:  # noqa: ARG001
    """Draw a coloured border, which can be seen from across the room."""
    colour, width = (GOOD, 2.5) if ready else (WATCH, 1.2)
    far = (canvas.layout.width_px - 1, canvas.layout.height_px - 1)
    cv2.rectangle(canvas.image, (0, 0), far, colour, 2 * round(canvas.px(width)))


def _draw_checks(canvas: Canvas, state: OverlayState, *, checks: Sequence[Check]) -> None:  # noqa: ARG001
    """Draw the set-up checklist, on the left."""
    if not checks:
        return
    layout = canvas.layout
    row, pad, icon = layout.px(11), layout.px(3), layout.px(11)
    column = replace(_right_column(layout), left=layout.px(3.5))
    room = int(column.width - icon - 2 * pad)
    panel = replace(column, height=row * len(checks) + 2 * pad)
    draw_panel(canvas, panel)
    texts = [fit(check.text, layout.text_px(7), room, 1, smallest=0.6) for check in checks]
    size_px = min(text.size_px for text in texts)
    for i, (check, text) in enumerate(zip(checks, texts, strict=True)):
        middle = panel.top + pad + (i + 0.5) * row
        grade: Grade | None = "good" if check.done else "watch" if check.needed else None
        colour = grade_colour(grade)
        draw_icon(canvas, grade, (panel.left + pad + icon / 2 - layout.px(1), middle), 8, colour)
        at = (panel.left + pad + icon, middle)
        _write(canvas, text.lines[0], at, size_px, PAPER if check.done else colour)


# --- everywhere ----------------------------------------------------------------------------


def _draw_card(canvas: Canvas, state: OverlayState | None, *, card: MessageCard) -> None:  # noqa: ARG001
    """Draw lines in the middle of the frame."""
    if not card:
        return
    layout = canvas.layout
    pad = layout.px(7)
    width = min(layout.width_px - layout.px(8), layout.px(170))
    blocks = [
        fit(line.text, layout.text_px(line.size), int(width - 2 * pad), 3, smallest=0.45)
        for line in card
    ]
    gaps = [layout.px(2.5) + 0.35 * block.size_px for block in blocks]
    height = sum(block.height_px for block in blocks) + sum(gaps[1:]) + 2 * pad
    middle_x, top = layout.width_px / 2, (layout.height_px - height) / 2
    draw_panel(canvas, Rect(middle_x - width / 2, top, width, height), INK, 0.92)
    y = top + pad
    for i, (line, block) in enumerate(zip(card, blocks, strict=True)):
        y += gaps[i] if i else 0.0
        _write_block(canvas, block, middle_x, y, line.colour, align=0.5)
        y += block.height_px


def _draw_hand(canvas: Canvas, state: OverlayState | None, *, hand: HandWords | None) -> None:  # noqa: ARG001
    """Draw what a hand that is held up will do, near the lower edge, with the time it takes."""
    if hand is None:
        return
    layout, pad = canvas.layout, canvas.layout.px(4)
    block = fit(hand.text, layout.text_px(10), int(layout.width_px / 2), 1)
    width = text_width(block.lines[0], block.size_px) + 2 * pad
    height, bar = block.height_px + layout.px(7) + 2 * pad, layout.px(4)
    left = (layout.width_px - width) / 2
    panel = Rect(left, layout.height_px - layout.px(6) - height, width, height)
    draw_panel(canvas, panel, INK, 0.95)
    _write_block(canvas, block, panel.left + pad, panel.top + pad, PAPER)
    whole = Rect(panel.left + pad, panel.bottom - pad - bar, width - 2 * pad, bar)
    draw_panel(canvas, whole, PAPER, 0.3)
    draw_panel(canvas, replace(whole, width=whole.width * max(hand.share, 0.05)), PAPER, 1.0)


def _draw_notices(canvas: Canvas, state: OverlayState, *, notices: Sequence[str]) -> None:  # noqa: ARG001
    layout = canvas.layout
    bottom = layout.height_px - layout.px(5)
    for i, text in enumerate(notices):
        at = (layout.width_px / 2, bottom - i * layout.px(8))
        draw_tag(canvas, text, at, 5, PAPER, align=0.5)


def _write(
    canvas: Canvas,
    text: str,
    at: tuple[float, float],
    size_px: int,
    colour: Colour,
    *,
    align: float = 0.0,
) -> None:
    """Write with the middle of the capitals at the height of ``at``."""
    draw_text(canvas, text, (at[0], at[1] + cap_middle(size_px)), size_px, colour, align=align)


def _write_block(
    canvas: Canvas,
    block: Fitted,
    left: float,
    top: float,
    colour: Colour,
    *,
    align: float = 0.0,
) -> None:
    baseline = top + CAP_HEIGHT * block.size_px
    for line in block.lines:
        draw_text(canvas, line, (left, baseline), block.size_px, colour, align=align)
        baseline += LINE_SPACING * block.size_px
