"""Draw the panels at the edges of a frame: count, main number, tempo bar and verdict card.

The card shows the verdict on the last repetition. Each function gets the canvas and the state of
the moment; the position comes from the canvas's layout. All functions except the one for the count
draw nothing if their part of the state is empty.
"""

from __future__ import annotations

from formcheck.data.keypoints import SIDES
from formcheck.data.numbers import NO_BREAK, limit_text, number
from formcheck.data.palette import INK, MUTED, PAPER, WATCH
from formcheck.data.session import side_words
from formcheck.screen.canvas import (
    Canvas,
    Rect,
    cap_middle,
    draw_icon,
    draw_lines,
    draw_panel,
    draw_tag,
    draw_text,
)
from formcheck.screen.grade_style import grade_colour
from formcheck.screen.lettering import LINE_SPACING, Fitted, fit, shorten
from formcheck.screen.shapes import DrawnLine
from formcheck.screen.state import OverlayState, PhaseName, VerdictCard

PHASE_WORDS: dict[PhaseName, str] = {
    "standing": "Standing",
    "descent": "Way down",
    "bottom": "Bottom",
    "ascent": "Way up",
    "top": "Top",
    "held": "Holding",
    "rest": "Rest",
}
TARGET_AT = 0.85
"""Position of the target on the tempo bar, as a share of its length from the top. The bar is filled
beyond it if the way down takes longer than the target. Our choice."""
NOBODY = "Nobody in view"


def draw_count(canvas: Canvas, state: OverlayState) -> None:
    """Draw the count of repetitions, the working leg and the phase."""
    layout, tile = canvas.layout, canvas.layout.count_tile
    draw_panel(canvas, tile)
    count_width = layout.px(18)
    large, caption, title = _count_words(state)
    count = fit(large, layout.text_px(15), int(count_width), 1, smallest=0.3)
    middle = tile.left + layout.px(1.5) + count_width / 2
    baseline = tile.top + layout.px(8.5) + cap_middle(count.size_px)
    draw_text(canvas, count.lines[0], (middle, baseline), count.size_px, PAPER, align=0.5)
    at = (middle, tile.top + layout.px(18.9))
    draw_text(canvas, caption, at, layout.text_px(4.4), MUTED, align=0.5)

    left = tile.left + layout.px(20.5)
    at = (left, tile.top + layout.px(9.7))
    draw_text(canvas, title, at, layout.text_px(6), PAPER)
    phase = "" if state.phase is None else PHASE_WORDS[state.phase]
    phase = phase if state.person_seen else NOBODY
    at = (left, tile.top + layout.px(17.4))
    draw_text(canvas, phase, at, layout.text_px(5.3 if state.person_seen else 4.2), MUTED)


def _count_words(state: OverlayState) -> tuple[str, str, str]:
    """Return the large number, its unit (reps, seconds or steps), and the leg, hold or flight."""
    if state.flight is not None:
        steps, flight = state.flight.steps, state.flight.number
        return str(steps), "step" if steps == 1 else "steps", f"Flight {flight}" if flight else ""
    if state.hold is None:
        return str(state.count), "rep" if state.count == 1 else "reps", stance_text(state)
    side = side_words(state.stance_side, is_held=True) if state.stance_side in SIDES else ""
    hold = f"Hold {state.hold.number}" if state.hold.number else ""
    title = hold or side.capitalize()
    return state.hold.clock, "sec", title


def stance_text(state: OverlayState) -> str:
    """Return the working leg in words, with a question mark if uncertain; empty if unknown."""
    if state.stance_side is None:
        return ""
    words = side_words(state.stance_side, is_held=False).capitalize()
    return words + ("" if state.stance_sure else "?")


def draw_value(canvas: Canvas, state: OverlayState) -> None:
    """Draw the main number of the present repetition, or a notice instead if there is one."""
    if state.notice:
        _draw_notice(canvas, state.notice)
        return
    reading = state.main
    if reading is None:
        return
    layout, tile = canvas.layout, canvas.layout.value_tile
    draw_panel(canvas, tile)
    left, room = tile.left + layout.px(2.5), int(tile.width - layout.px(5))
    name = reading.spec.short_title or reading.spec.title
    title = fit(name, layout.text_px(4.8), room, 1, smallest=0.6)
    at = (left, tile.top + layout.px(6))
    draw_text(canvas, title.lines[0], at, title.size_px, MUTED)
    middle = tile.top + layout.px(13.8)
    colour = grade_colour(reading.grade)
    if reading.grade is not None:
        draw_icon(canvas, reading.grade, (left + layout.px(4.2), middle), 8.4, colour)
    block = fit(reading.words, layout.text_px(11), int(room - layout.px(10)), 1, smallest=0.4)
    at = (tile.right - layout.px(2.5), middle + cap_middle(block.size_px))
    draw_text(canvas, block.lines[0], at, block.size_px, colour, align=1)


def _draw_notice(canvas: Canvas, notice: str) -> None:
    layout, tile = canvas.layout, canvas.layout.value_tile
    width = tile.width if layout.upright else max(tile.width, layout.column_px)
    left, indent, pad = tile.right - width, layout.px(10), layout.px(3)
    block = fit(notice, layout.text_px(4.8), int(width - indent - pad), 5)
    height = max(tile.height, block.height_px + 2 * pad)
    draw_panel(canvas, Rect(left, tile.top, width, height))
    centre = (left + indent / 2 + layout.px(0.5), tile.top + height / 2)
    draw_icon(canvas, "watch", centre, 6.5, WATCH)
    _draw_block(canvas, block, left + indent, tile.top + (height - block.height_px) / 2, PAPER)


def draw_tempo(canvas: Canvas, state: OverlayState, bar: Rect | None = None) -> None:
    """Draw the tempo bar, which fills from the top during the way down, with the target marked."""
    layout, tempo = canvas.layout, state.tempo
    bar = bar or layout.tempo_bar
    if tempo is None:
        return
    draw_panel(canvas, bar)
    if tempo.elapsed_s is not None:
        colour = grade_colour(tempo.grade)
        share = min(max(TARGET_AT * tempo.elapsed_s / tempo.target_s, 0.0), 1.0)
        inset = layout.px(1)
        inside = Rect(
            bar.left + inset, bar.top + inset, bar.width - 2 * inset, bar.height - 2 * inset
        )
        draw_panel(canvas, inside, colour, opacity=1.0, share=max(share, 0.02))
        at = (bar.left, bar.bottom + layout.px(6))
        draw_tag(canvas, seconds_text(tempo.elapsed_s), at, 6, colour)
    y = bar.top + TARGET_AT * bar.height
    start, end = (bar.left - layout.px(0.8), y), (bar.right + layout.px(1.8), y)
    draw_lines(canvas, [DrawnLine(start, end, PAPER, 0.7)])
    at = (bar.right + layout.px(2.6), y)
    draw_tag(canvas, f"{limit_text(tempo.target_s)}{NO_BREAK}s", at, 4.4, PAPER)


def seconds_text(seconds: float) -> str:
    """Return a short time in words, such as ``1.4 s``."""
    return f"{number(seconds, 1)}{NO_BREAK}s"


def card_lines(card: VerdictCard) -> tuple[str, str, str]:
    """Return the three texts of a card: the verdict, the number that decided it, and the cue.

    For example ``Rep 3, form: probably watch``, ``Knee valgus +9.4°``, ``Push the knee out``.
    """
    reason = f"{card.measure} {card.number}".strip()
    reason = ", ".join(part for part in (reason, card.besides) if part)
    which = f"{card.effort.capitalize()} {card.rep}"
    return f"{which}, {card.subject}: {card.verdict}", reason, card.cue


def draw_card(canvas: Canvas, state: OverlayState) -> None:
    """Draw the verdict on the last repetition."""
    card = state.card
    if card is None:
        return
    layout = canvas.layout
    area = layout.message_area(state.text_on_the_left)
    pad, gap, icon = layout.px(2.8), layout.px(3.4), layout.px(10.5)
    # In a narrow column every line breaks, and a tall card would cover the person. So the text is
    # smaller there, and the cue takes the whole width, below the icon instead of beside it.
    stacked = area.width < layout.px(60)
    size, cue_size, mark = (4.4, 6.0, 7.0) if stacked else (5.4, 8.0, 8.4)
    if stacked:
        pad, gap, icon = layout.px(2.2), layout.px(2.4), layout.px(8.6)
    room = max(1, int(area.width - 2 * pad - icon))
    cue_left = pad + (0.0 if stacked else icon)
    cue_room = max(1, int(area.width - cue_left - pad))
    verdict, reason, cue = card_lines(card)
    blocks = [
        (pad + icon, fit(verdict, layout.text_px(size), room, 6, smallest=0.7)),
        (pad + icon, fit(reason, layout.text_px(size), room, 3, smallest=0.75)),
        (cue_left, fit(cue, layout.text_px(cue_size), cue_room, 3 if layout.upright else 4)),
    ]
    blocks = [(left, block) for left, block in blocks if any(block.lines)]
    text_height = sum(block.height_px for _, block in blocks) + gap * (len(blocks) - 1)
    height = max(text_height, layout.px(mark)) + 2 * pad + layout.px(1.2)
    panel = Rect(area.left, area.bottom - height, area.width, height)

    graded = card.grade is not None
    draw_panel(canvas, panel, grade_colour(card.grade) if graded else INK, 0.93 if graded else 0.8)
    colour = INK if graded else PAPER
    middle = panel.top + (pad + layout.px(mark / 2) if stacked else height / 2)
    draw_icon(canvas, card.grade, (panel.left + pad + layout.px(mark / 2), middle), mark, colour)
    top = panel.top + (height - text_height) / 2
    for left, block in blocks:
        _draw_block(canvas, block, panel.left + left, top, colour)
        top += block.height_px + gap


def _draw_block(
    canvas: Canvas, block: Fitted, left: float, top: float, colour: tuple[int, int, int]
) -> None:
    baseline = top + 2 * cap_middle(block.size_px)
    for line in block.lines:
        whole = shorten(line, block.size_px, canvas.layout.width_px)
        draw_text(canvas, whole, (left, baseline), block.size_px, colour)
        baseline += LINE_SPACING * block.size_px
