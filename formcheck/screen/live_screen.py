"""The screen of a live session: only what a person three metres away needs.

Important text is at least a twelfth of the frame's height, so that it can be read across a room.
Only one thing is shown in the middle at a time: a rest, a lost camera, the end, the keys.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import cv2
import numpy as np

from formcheck.data.arrays import ImageArray
from formcheck.data.exercise import Exercise
from formcheck.data.frame_result import FrameResult
from formcheck.data.numbers import NO_BREAK, NOT_JUDGED, STANCE_WORDS, count_words
from formcheck.data.palette import GOOD, INK, MUTED, PAPER, WATCH, Colour
from formcheck.data.session import Cue, Grade, Stance
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
from formcheck.screen.lettering import CAP_HEIGHT, LINE_SPACING, Block, fit
from formcheck.screen.panels import NOBODY, draw_tempo
from formcheck.screen.state import OverlayState, VerdictCard, live_state

SCREEN_PX = (1280, 720)
"""Canvas size: more pixels cost time, fewer make text hard to read."""
BACKGROUND = 44
LEAST_DEPTH_PCT = 30.0
"""Smallest range of the depth gauge, in % of leg length. Ours."""
KEYS = (
    ("f", "full screen"),
    ("m", "sound on or off"),
    ("?", "show or hide the keys"),
    ("q or Esc", "end and save"),
)

ScreenStage = Literal["setup", "ready", "set", "rest", "ended"]


@dataclass(frozen=True)
class Check:
    """One line of the set-up checklist; advice unless ``needed``."""

    text: str
    done: bool
    needed: bool = True


@dataclass(frozen=True)
class ScreenState:
    """The live screen's texts and counts, besides the measurements.

    Attributes
    ----------
    stage
        The stage of the session.
    headline
        The main message, in large letters; empty for none.
    detail
        A second line, smaller, during a rest.
    checks
        The set-up checklist.
    ready
        Whether all needed checks pass: green.
    progress
        Share of the waiting time that is over, 0 to 1; ``None`` for no bar.
    reps, reps_target
        Repetitions of this set, done and planned; 0 planned for any number.
    last_number
        Number of the last repetition within its leg and set; ``None`` before the first.
    set_index, sets
        Number of this set, from 1, and of all sets.
    stance_side
        The leg to train; ``None`` shows the detected one.
    countdown_s
        Seconds of rest left.
    set_count, set_good, set_change
        The set that is over, during a rest: how many repetitions, what was good, and the one thing
        to change; empty when not known.
    set_all_good
        Whether every repetition of it was good: green.
    notice
        A message during the set, in large letters; empty for none.
    """

    stage: ScreenStage
    headline: str = ""
    detail: str = ""
    checks: tuple[Check, ...] = ()
    ready: bool = False
    progress: float | None = None
    reps: int = 0
    reps_target: int = 0
    last_number: int | None = None
    set_index: int = 1
    sets: int = 1
    stance_side: Stance | None = None
    countdown_s: float | None = None
    set_count: str = ""
    set_good: str = ""
    set_change: str = ""
    set_all_good: bool = False
    notice: str = ""


@dataclass(frozen=True)
class CardLine:
    """One line of a card; ``size`` in units."""

    text: str
    size: float
    colour: Colour = PAPER


MessageCard = tuple[CardLine, ...]


class LiveScreen:
    """Draws the screen of one live session.

    The camera's frame is in the middle of a canvas with a laptop's shape, so that a portrait frame
    leaves room for text at the sides.

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
    ) -> ImageArray:
        """Draw one frame as in a mirror; the letters are not mirrored, and left stays left.

        Parameters
        ----------
        image
            RGB, as the camera gave it. It is not changed.
        result, content
            The result of this frame, and the screen's texts.
        cue
            The coach's cue.
        card
            A card to show in the middle instead of anything else.
        notices
            Small lines along the lower edge, most important first.

        Returns
        -------
        ImageArray
            A new image of the size ``SCREEN_PX``.
        """
        on_canvas = self._place.on_canvas(result)
        state = live_state(on_canvas, self._info, cue, self._before)
        self._before = state
        self._deepest_pct = max(self._deepest_pct, state.depth_pct or 0.0)
        middle = card or _card_of(content)
        panels = () if middle else _panels_of(content, self._deepest_pct)
        self.mirror = self._place.mirrored(image)
        return draw(
            self.mirror,
            state,
            [
                *panels,
                partial(_draw_notices, notices=notices),
                partial(_draw_card, card=middle),
            ],
        )


@dataclass(frozen=True)
class Place:
    """Position of the camera's frame on the canvas, in pixels."""

    camera_px: tuple[int, int]
    size_px: tuple[int, int]
    left_px: int
    top_px: int

    @classmethod
    def for_camera(cls, camera_px: tuple[int, int]) -> Place:
        """Place frames of that width and height as large as fits, in the middle."""
        scale = min(SCREEN_PX[0] / camera_px[0], SCREEN_PX[1] / camera_px[1])
        width, height = (max(1, round(scale * length)) for length in camera_px)
        return cls(
            camera_px, (width, height), (SCREEN_PX[0] - width) // 2, (SCREEN_PX[1] - height) // 2
        )

    def mirrored(self, image: ImageArray) -> ImageArray:
        """Put the mirrored frame on a canvas."""
        fitted = image
        if self.camera_px != self.size_px:
            fitted = cv2.resize(image, self.size_px, interpolation=cv2.INTER_LINEAR)
        if self.size_px == SCREEN_PX:
            flipped: ImageArray = cv2.flip(fitted, 1)
            return flipped
        canvas = np.full((SCREEN_PX[1], SCREEN_PX[0], 3), BACKGROUND, np.uint8)
        width, height = self.size_px
        rows = slice(self.top_px, self.top_px + height)
        canvas[rows, self.left_px : self.left_px + width] = cv2.flip(fitted, 1)
        return canvas

    def on_canvas(self, result: FrameResult) -> FrameResult:
        """Move the keypoints to where they are on the canvas; sides stay the person's own."""
        sample = result.sample
        x_px, y_px = sample.keypoints_px.T
        width, height = sample.frame_size_px
        moved = np.column_stack(
            [
                self.left_px + self.size_px[0] / width * (width - 1 - x_px),
                self.top_px + self.size_px[1] / height * y_px,
            ]
        )
        return replace(result, sample=replace(sample, keypoints_px=moved, frame_size_px=SCREEN_PX))


def draw_card_on(frame: ImageArray | None, card: MessageCard) -> ImageArray:
    """Draw a card on its own, over the darkened last frame or none, while no frames arrive."""
    empty = np.full((SCREEN_PX[1], SCREEN_PX[0], 3), BACKGROUND, np.uint8)
    below = empty if frame is None else frame // 3
    _draw_card(Canvas(below, Layout.for_size(SCREEN_PX)), None, card=card)
    return below


def help_card(*, sound: bool = True) -> MessageCard:
    """Return the card with the keys; without ``sound`` the key for it is left out."""
    keys = [(key, what) for key, what in KEYS if sound or key != "m"]
    return (CardLine("Keys", 9), *(CardLine(f"{key}: {what}", 7, MUTED) for key, what in keys))


def lost_card(reason: str, for_s: float) -> MessageCard:
    """Return the card for a camera that sends no frames, with the reason."""
    return (
        CardLine("No image", 14, WATCH),
        CardLine(reason, 7),
        CardLine(f"No image for {for_s:.0f} s. The session continues when it is back.", 7, MUTED),
    )


def end_card(
    reps: int,
    verdict: Sequence[str],
    advice: Sequence[str],
    where: str,
    *,
    all_good: bool,
    uncounted: int = 0,
) -> MessageCard:
    """Return the card at the end: the result, the first advice, and where the report is.

    Parameters
    ----------
    reps
        Number of repetitions.
    verdict, advice
        The sentences of the report.
    where
        Where the report is, or why it is not saved.
    all_good
        Whether every repetition was good.
    uncounted
        Number of movements that did not count.
    """
    lines = _verdict_lines(reps, verdict, all_good=all_good)
    lines += [CardLine(text, 9, WATCH) for text in advice[:1]]
    if uncounted:
        movements = "1 movement" if uncounted == 1 else f"{uncounted} movements"
        lines.append(CardLine(f"{movements} not counted", 9, WATCH))
    return (*lines, CardLine(where, 5.5, MUTED), CardLine("Press any key to close.", 5.5, MUTED))


def drawing_card(
    reps: int,
    verdict: Sequence[str],
    counts: Sequence[str],
    done_pct: int | None,
    *,
    all_good: bool,
) -> MessageCard:
    """Return the card while the film is drawn: the result, and the progress of drawing.

    Parameters
    ----------
    reps, verdict, all_good
        As for :func:`end_card`.
    counts
        Number of repetitions by grade, in words.
    done_pct
        Share of the film that is drawn, in %; ``None`` when unknown.
    """
    lines = _verdict_lines(reps, verdict, all_good=all_good)
    lines += [CardLine(text, 7) for text in counts]
    far = "" if done_pct is None else f": {done_pct}{NO_BREAK}%"
    return (*lines, CardLine(f"Saved. Drawing the film{far}", 6.5, MUTED))


def _verdict_lines(reps: int, verdict: Sequence[str], *, all_good: bool) -> list[CardLine]:
    lines = [CardLine(count_words(reps, "repetition"), 16)]
    return lines + [CardLine(text, 8, GOOD if all_good else PAPER) for text in verdict]


def _card_of(content: ScreenState) -> MessageCard:
    if content.stage != "rest":
        return ()
    countdown = None if content.countdown_s is None else f"{math.ceil(content.countdown_s)}"
    change = GOOD if content.set_all_good else WATCH
    lines = [
        CardLine(content.headline, 13),
        CardLine(countdown or "", 24),
        CardLine(content.detail, 8.5),
        CardLine(content.notice, 8.5, WATCH),
        CardLine(content.set_count, 10),
        CardLine(content.set_good, 8.5, GOOD),
        CardLine(content.set_change, 8.5, change),
    ]
    return tuple(line for line in lines if line.text)


def _panels_of(content: ScreenState, deepest_pct: float) -> Sequence[PanelPainter]:
    in_set: list[PanelPainter] = [
        partial(_draw_progress_through_set, content=content),
        partial(_draw_pace, deepest_pct=deepest_pct),
        partial(_draw_cue, notice=content.notice),
    ]
    if content.stage == "set":
        return [*in_set, partial(_draw_verdict, number=content.last_number)]
    signs: list[PanelPainter] = [
        partial(_draw_frame, ready=content.ready),
        partial(_draw_headline, content=content),
    ]
    if content.stage == "ready":
        return [*signs, *in_set]  # the first way down is shown as it happens
    return [
        *signs,
        partial(_draw_checks, checks=content.checks),
        partial(_draw_notice_below, notice=content.notice),
    ]


# --- the set -------------------------------------------------------------------------------


def _count_tile(layout: Layout) -> Rect:
    return Rect(layout.px(3.5), layout.px(3.5), layout.px(70), layout.px(36))


def _right_column(layout: Layout) -> Rect:
    margin, width = layout.px(3.5), layout.px(68)
    left = layout.width_px - margin - width
    return Rect(left, margin, width, layout.height_px - 2 * margin)


def _draw_progress_through_set(
    canvas: Canvas, state: OverlayState, *, content: ScreenState
) -> None:
    layout, tile = canvas.layout, _count_tile(canvas.layout)
    draw_panel(canvas, tile)
    slot = layout.px(33)
    count = fit(str(content.reps), layout.text_px(32), int(slot), 1, smallest=0.3)
    at = (tile.left + slot / 2 + layout.px(1), tile.top + tile.height / 2)
    _write(canvas, count.lines[0], at, count.size_px, PAPER, align=0.5)
    left, room = tile.left + slot + layout.px(3), int(tile.width - slot - layout.px(5))
    stance = content.stance_side or state.stance_side
    lines = [
        CardLine(f"of {content.reps_target}" if content.reps_target else "reps", 11),
        CardLine("" if stance is None else STANCE_WORDS[stance], 8),
        CardLine(
            f"Set {content.set_index} of {content.sets}" if content.sets > 1 else "", 6.5, MUTED
        ),
    ]
    shown = [line for line in lines if line.text]
    step = tile.height / (len(shown) + 0.4)
    for i, line in enumerate(shown):
        block = fit(line.text, layout.text_px(line.size), room, 1, smallest=0.5)
        y = tile.top + (i + 0.7) * step
        _write(canvas, block.lines[0], (left, y), block.size_px, line.colour)


def _draw_pace(canvas: Canvas, state: OverlayState, *, deepest_pct: float) -> None:
    """Draw the tempo bar where a tempo is asked, and beside it how deep the person is."""
    layout, tile = canvas.layout, _count_tile(canvas.layout)
    top = tile.bottom + layout.px(3)
    length = min(layout.px(80), layout.height_px - top - layout.px(15))
    draw_tempo(canvas, state, Rect(layout.px(3.5), top, layout.px(10), length))
    depth = state.depth_pct
    if depth is None:
        return
    left = layout.px(3.5 if state.tempo is None else 38)
    gauge = Rect(left, top, layout.px(5), length)
    draw_panel(canvas, gauge)
    share = min(max(depth / max(deepest_pct, LEAST_DEPTH_PCT), 0.0), 1.0)
    if share > 0.02:
        draw_panel(canvas, gauge, MUTED, opacity=1.0, share=share)
    at = (gauge.left, gauge.bottom + layout.px(6))
    draw_tag(canvas, f"depth {max(depth, 0.0):.0f} %", at, 6, PAPER)


def _draw_verdict(canvas: Canvas, state: OverlayState, *, number: int | None) -> None:
    """Draw the verdict on the last repetition, upper right; it goes when the next one starts."""
    verdict = None if state.inside else state.card_to_show
    if verdict is None:
        return
    layout = canvas.layout
    column = _right_column(layout)
    pad, icon = layout.px(3), layout.px(13)
    room = int(column.width - icon - 2 * pad)
    block = fit(verdict_in_the_set(verdict, number or verdict.rep), layout.text_px(9), room, 3)
    height = max(block.height_px, layout.px(10)) + 2 * pad
    draw_panel(canvas, replace(column, height=height))
    centre = (column.left + pad + icon / 2 - layout.px(1), column.top + height / 2)
    draw_icon(canvas, verdict.grade, centre, 10, grade_colour(verdict.grade))
    text_top = column.top + (height - block.height_px) / 2
    _write_block(canvas, block, column.left + pad + icon, text_top, PAPER)


def verdict_in_the_set(verdict: VerdictCard, number: int) -> str:
    """Word a verdict for the person in the set, as in ``Rep 3: knee falls in, probably``.

    ``number`` is counted as the person counts: within the leg and the set.
    """
    if verdict.seen and verdict.sure != "unclear":
        doubt = ", probably" if verdict.sure == "probably" else ""
        return f"Rep {number}: {verdict.seen}{doubt}"
    whole = verdict.subject == "form and tempo" or verdict.verdict == NOT_JUDGED
    words = verdict.verdict if whole else f"{verdict.subject} {verdict.verdict}"
    return f"Rep {number}: {', '.join(part for part in (words, verdict.besides) if part)}"


def _draw_cue(canvas: Canvas, state: OverlayState, *, notice: str) -> None:
    """Draw one thing to do, as large as fits, beside the person.

    Within a repetition its cue, between repetitions that of the last one; the notice while there
    is none.
    """
    shown = state.card_to_show
    if not state.person_seen:
        _draw_words(canvas, NOBODY, 12, None, on_the_left=state.text_on_the_left)
    elif notice and (shown is None or not shown.cue or not state.inside):
        _draw_words(canvas, notice, 10, WATCH, on_the_left=state.text_on_the_left)
    elif shown is not None and shown.cue:
        colour = None if shown.grade is None else grade_colour(shown.grade)
        _draw_words(canvas, shown.cue, 12, colour, on_the_left=state.text_on_the_left)


def _draw_words(
    canvas: Canvas, text: str, size: float, colour: Colour | None, *, on_the_left: bool
) -> None:
    """Draw words in the lower corner beside the person; on dark without a colour."""
    layout, pad = canvas.layout, canvas.layout.px(4)
    area = _right_column(layout)
    if on_the_left:
        area = replace(area, left=layout.px(36))
    block = fit(text, layout.text_px(size), int(area.width - 2 * pad), 5, smallest=0.7)
    height = block.height_px + 2 * pad + layout.px(1)
    panel = Rect(area.left, area.bottom - height, area.width, height)
    draw_panel(canvas, panel, colour or INK, 0.93)
    _write_block(canvas, block, panel.left + pad, panel.top + pad, INK if colour else PAPER)


# --- before and after the set --------------------------------------------------------------


def _draw_headline(canvas: Canvas, state: OverlayState, *, content: ScreenState) -> None:  # noqa: ARG001
    """Draw the one thing to do, beside the person; green when it fits."""
    if not content.headline:
        return
    layout, pad = canvas.layout, canvas.layout.px(4)
    column = _right_column(layout)
    room = int(column.width - 2 * pad)
    block = fit(content.headline, layout.text_px(15), room, 5, smallest=0.7)
    bar = layout.px(7) if content.progress is not None else 0.0
    panel = replace(column, height=block.height_px + bar + 2 * pad + layout.px(1))
    ink = INK if content.ready else PAPER
    draw_panel(canvas, panel, GOOD if content.ready else INK, 0.93)
    _write_block(canvas, block, panel.left + pad, panel.top + pad, ink)
    if content.progress is not None:
        height = layout.px(4)
        whole = Rect(panel.left + pad, panel.bottom - pad - height, room, height)
        draw_panel(canvas, whole, ink, 0.3)
        share = min(max(content.progress, 0.05), 1.0)
        draw_panel(canvas, replace(whole, width=room * share), ink, 1.0)


def _draw_notice_below(canvas: Canvas, state: OverlayState, *, notice: str) -> None:  # noqa: ARG001
    """Draw what must be known during the set-up, near the lower edge."""
    if notice:
        layout = canvas.layout
        at = (layout.width_px / 2, layout.height_px - layout.px(15))
        draw_tag(canvas, notice, at, 8, WATCH, align=0.5)


def _draw_frame(canvas: Canvas, state: OverlayState, *, ready: bool) -> None:  # noqa: ARG001
    """Draw a border: its colour can be seen from across the room."""
    colour, width = (GOOD, 2.5) if ready else (WATCH, 1.2)
    far = (canvas.layout.width_px - 1, canvas.layout.height_px - 1)
    cv2.rectangle(canvas.image, (0, 0), far, colour, 2 * round(canvas.px(width)))


def _draw_checks(canvas: Canvas, state: OverlayState, *, checks: Sequence[Check]) -> None:  # noqa: ARG001
    """Draw the list of what must fit, on the left."""
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
    canvas: Canvas, block: Block, left: float, top: float, colour: Colour, *, align: float = 0.0
) -> None:
    baseline = top + CAP_HEIGHT * block.size_px
    for line in block.lines:
        draw_text(canvas, line, (left, baseline), block.size_px, colour, align=align)
        baseline += LINE_SPACING * block.size_px
