"""Annotators of the edges: the count, the main number, the tempo bar and the banner."""

from __future__ import annotations

import math

from formcheck.motion._before.grading import plain_grade
from formcheck.screen.overlay.moment import Moment, graded_metrics
from formcheck.screen.overlay.scene import (
    Rect,
    Scene,
    Stroke,
    cap_middle,
    draw_icon,
    draw_panel,
    draw_strokes,
    draw_tag,
    draw_text,
)
from formcheck.screen.overlay.words import (
    PHASE_WORDS,
    STANCE_WORDS,
    message,
    seconds_text,
    short_title,
    value_text,
    view_warning,
)
from formcheck.screen.palette import INK, MUTED, PAPER, WATCH, grade_colour
from formcheck.screen.text import LINE_SPACING, Block, fit, shorten


def draw_count(scene: Scene, moment: Moment) -> None:
    """Draw the count of repetitions, the working leg and the phase."""
    layout, tile = scene.layout, scene.layout.count_tile
    draw_panel(scene, tile)
    slot = layout.px(18)
    count = fit(str(moment.result.reps_done), layout.text_px(15), int(slot), 1, smallest=0.3)
    middle = tile.left + layout.px(1.5) + slot / 2
    baseline = tile.top + layout.px(8.5) + cap_middle(count.size_px)
    draw_text(scene, count.lines[0], (middle, baseline), count.size_px, PAPER, align=0.5)
    caption = "rep" if moment.result.reps_done == 1 else "reps"
    at = (middle, tile.top + layout.px(18.9))
    draw_text(scene, caption, at, layout.text_px(4.4), MUTED, align=0.5)

    left = tile.left + layout.px(20.5)
    stance = moment.result.stance_side
    if stance is not None:
        at = (left, tile.top + layout.px(9.7))
        draw_text(scene, STANCE_WORDS[stance], at, layout.text_px(6), PAPER)
    if moment.person_seen:
        at = (left, tile.top + layout.px(17.4))
        draw_text(scene, PHASE_WORDS[moment.result.phase], at, layout.text_px(5.3), MUTED)


def draw_value(scene: Scene, moment: Moment) -> None:
    """Draw the live value of the main metric, or why there is none from this view."""
    warning = view_warning(moment)
    if warning is not None:
        _draw_warning(scene, warning)
        return
    specs = graded_metrics(moment)
    if not specs:
        return
    layout, tile = scene.layout, scene.layout.value_tile
    draw_panel(scene, tile)
    present = [spec for spec in specs if spec.name in moment.memory.live]
    spec = present[0] if present else specs[0]
    grade = moment.memory.live_grades.get(spec.name)
    left, room = tile.left + layout.px(2.5), int(tile.width - layout.px(5))
    title = fit(short_title(spec), layout.text_px(4.8), room, 1, smallest=0.75)
    at = (left, tile.top + layout.px(6))
    draw_text(scene, title.lines[0], at, title.size_px, MUTED)
    middle = tile.top + layout.px(13.8)
    if grade is not None:
        centre = (left + layout.px(4.2), middle)
        draw_icon(scene, grade, centre, 8.4, grade_colour(grade))
    value = value_text(spec, moment.memory.live.get(spec.name))
    block = fit(value, layout.text_px(12), int(room - layout.px(10)), 1, smallest=0.4)
    at = (tile.right - layout.px(2.5), middle + cap_middle(block.size_px))
    draw_text(scene, block.lines[0], at, block.size_px, grade_colour(grade), align=1)


def _draw_warning(scene: Scene, warning: str) -> None:
    layout, tile = scene.layout, scene.layout.value_tile
    width = tile.width if layout.upright else max(tile.width, layout.column_px)
    left, indent, pad = tile.right - width, layout.px(10), layout.px(3)
    block = fit(warning, layout.text_px(4.8), int(width - indent - pad), 5)
    height = max(tile.height, block.height_px + 2 * pad)
    draw_panel(scene, Rect(left, tile.top, width, height))
    centre = (left + indent / 2 + layout.px(0.5), tile.top + height / 2)
    draw_icon(scene, "watch", centre, 6.5, WATCH)
    top = tile.top + (height - block.height_px) / 2
    _draw_block(scene, block, left + indent, top, PAPER)


def draw_tempo(scene: Scene, moment: Moment, bar: Rect | None = None) -> None:
    """Draw the bar that the lowering fills from above; the mark is where slow enough begins."""
    layout, tempo = scene.layout, moment.exercise.tempo
    bar = bar or layout.tempo_bar
    if not tempo.target_s > 0:
        return
    draw_panel(scene, bar)
    elapsed_s = moment.lowering_s
    enough_s = tempo.bands.good[0]
    under_way = moment.result.descent_elapsed_s is not None
    if elapsed_s is not None:
        # While it lasts, a lowering that is still short is not yet too short.
        pending = under_way and elapsed_s < enough_s
        colour = PAPER if pending else grade_colour(plain_grade(elapsed_s, tempo.bands))
        share = min(max(elapsed_s / tempo.target_s, 0.0), 1.0)
        inset = layout.px(1)
        inside = Rect(
            bar.left + inset, bar.top + inset, bar.width - 2 * inset, bar.height - 2 * inset
        )
        draw_panel(scene, inside, colour, opacity=1.0, share=max(share, 0.02))
        at = (bar.left, bar.bottom + layout.px(6))
        draw_tag(scene, seconds_text(elapsed_s), at, 6, colour)
    if math.isfinite(enough_s) and 0 < enough_s <= tempo.target_s:
        y = bar.top + bar.height * enough_s / tempo.target_s
        start, end = (bar.left - layout.px(0.8), y), (bar.right + layout.px(1.8), y)
        draw_strokes(scene, [Stroke(start, end, PAPER, 0.7)])
        draw_tag(scene, f"{enough_s:g} s", (bar.right + layout.px(2.6), y), 4.4, PAPER)


def draw_message(scene: Scene, moment: Moment) -> None:
    """Draw the banner: a cue, the verdict on the last repetition, or that nobody is in view."""
    said = message(moment)
    if said is None:
        return
    layout = scene.layout
    area = layout.message_area(bool(moment.memory.message_on_the_left))
    graded = said.grade is not None
    # In a narrow column the icon stands above the words, beside the headline.
    stacked = graded and area.width < layout.px(60)
    pad, gap = layout.px(2.8), layout.px(3.2)
    icon = layout.px(10.5) if graded else 0.0
    room = area.width - 2 * pad
    head = fit(said.headline, layout.text_px(5.4), max(1, int(room - icon)), 2, smallest=0.8)
    body_room = max(1, int(room - (0.0 if stacked else icon)))
    body = fit(said.body, layout.text_px(8), body_room, 3 if layout.upright else 4)
    head_height = head.height_px if said.headline else 0.0
    if stacked:
        head_height = max(head_height, layout.px(8.4))
    body_top = head_height + gap if head_height else 0.0
    height = body_top + body.height_px + 2 * pad + layout.px(1.2)
    panel = Rect(area.left, area.bottom - height, area.width, height)

    draw_panel(scene, panel, grade_colour(said.grade) if graded else INK, 0.93 if graded else 0.8)
    colour = INK if graded else PAPER
    left, top = panel.left + pad, panel.top + pad
    if said.grade is not None:
        middle = top + layout.px(4.2) if stacked else panel.top + height / 2
        draw_icon(scene, said.grade, (left + layout.px(4.2), middle), 8.4, colour)
    if said.headline:
        _draw_block(scene, head, left + icon, top, colour)
    _draw_block(scene, body, left + (0.0 if stacked else icon), top + body_top, colour)


def _draw_block(
    scene: Scene, block: Block, left: float, top: float, colour: tuple[int, int, int]
) -> None:
    baseline = top + 2 * cap_middle(block.size_px)
    for line in block.lines:
        whole = shorten(line, block.size_px, scene.layout.width_px)
        draw_text(scene, whole, (left, baseline), block.size_px, colour)
        baseline += LINE_SPACING * block.size_px
