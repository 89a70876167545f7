"""The drawing: what it draws and where, and what it survives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import msgspec
import numpy as np
import pytest
from screen_examples import (
    BEND,
    FRONT,
    GREY,
    KNEE,
    SIZE,
    TRUNK,
    keypoints_px,
    picture,
    readings,
    sample,
    state,
)

from formcheck.data.arrays import FloatArray, ImageArray
from formcheck.data.keypoints import Keypoint, PoseSample, keypoint
from formcheck.data.palette import FAULT, GOOD, MUTED, PAPER, WATCH, Colour
from formcheck.data.session import Grade, Limits, ViewKind
from formcheck.motion.verdicts import band_of
from formcheck.screen import panels
from formcheck.screen.body import number_tags
from formcheck.screen.canvas import Canvas, Layout, draw_tag, draw_text
from formcheck.screen.draw import FILM_PANELS, draw, draw_numbers
from formcheck.screen.grade_style import grade_colour
from formcheck.screen.panels import TARGET_AT, draw_tempo
from formcheck.screen.state import OverlayState, Reading, TempoState, VerdictCard

SIZES = [SIZE, (640, 360), (1280, 720), (720, 1280), (720, 720), (64, 64), (1, 1), (2000, 100)]
CARD = VerdictCard(
    3, "form", "fault", "fault", "sure", "knee falls in", "Knee valgus", "+14.6°", "", "Knee out"
)


def drawn(shown: OverlayState | None = None) -> ImageArray:
    return draw(picture(), shown or state())


def has(image: ImageArray, colour: Colour, x: float, y: float, reach: int = 3) -> bool:
    part = image[round(y) - reach : round(y) + reach + 1, round(x) - reach : round(x) + reach + 1]
    return bool((np.abs(part.astype(int) - colour).max(axis=2) <= 2).any())


def untouched(image: ImageArray, x: float, y: float, reach: int = 8) -> bool:
    return bool(
        (image[int(y) - reach : int(y) + reach, int(x) - reach : int(x) + reach] == GREY).all()
    )


def test_the_input_is_left_alone_and_the_output_is_new() -> None:
    image = picture()
    out = draw(image, state())
    assert (image == GREY).all()
    assert out.shape == image.shape
    assert out.dtype == np.uint8
    assert (out != GREY).any()


def test_a_read_only_picture_that_is_not_contiguous_is_fine() -> None:
    image = picture((960, 848))[:, ::2]
    image.flags.writeable = False
    assert (draw(image, state()) == drawn()).all()


def test_the_working_leg_is_strong_in_the_knee_s_colour_and_the_other_faint() -> None:
    out = drawn()
    assert has(out, FAULT, 265, 465)  # middle of the left thigh
    assert has(out, MUTED, 200, 465)  # middle of the right one
    strong = (out[440] == FAULT).all(axis=1).sum()
    faint = (out[440] == MUTED).all(axis=1).sum()
    assert strong > 1.5 * faint > 0


def test_the_trunk_is_drawn_in_its_own_grade() -> None:
    out = drawn()
    assert has(out, GOOD, 240, 320)
    assert not has(out, FAULT, 240, 320)


def test_the_knee_over_foot_line_reaches_from_above_the_toes_to_the_knee() -> None:
    out = drawn()
    assert has(out, FAULT, 272, 530)  # between the toe's line at 280 and the knee at 250
    assert has(out, PAPER, 280, 510, reach=8)  # the dashed line goes on above the knee
    sideways = state(view=msgspec.structs.replace(FRONT, kind="side", near_side="left"))
    assert not has(drawn(sideways), PAPER, 280, 510, reach=8)


def test_outside_a_repetition_nothing_is_graded() -> None:
    out = drawn(state(inside=False, phase="standing", readings=()))
    assert has(out, PAPER, 265, 465)
    for colour in (FAULT, WATCH, GOOD):
        assert not (out == colour).all(axis=2).any()


def number_of_pixels(image: ImageArray, colour: Colour) -> int:
    return int((np.abs(image.astype(int) - colour).max(axis=2) <= 2).sum())


def test_the_main_number_has_the_colour_of_its_band() -> None:
    layout = Layout.for_size(SIZE)
    tile = layout.value_tile
    rows, columns = slice(int(tile.top), int(tile.bottom)), slice(int(tile.left), int(tile.right))
    for value, colour in ((14.6, FAULT), (9.0, WATCH), (3.0, GOOD)):
        (main,) = readings(knee_fppa_deg=value)
        part = drawn(state(main=main))[rows, columns]
        assert number_of_pixels(part, colour) > 50
    assert untouched(drawn(state(main=None)), tile.left + tile.width / 2, tile.top + 30)


def test_numbers_stand_beside_what_they_measure() -> None:
    bare = drawn(state(readings=()))
    out = drawn()
    assert not (bare[505:555, 262:330] == out[505:555, 262:330]).all()
    side = msgspec.structs.replace(FRONT, kind="side", near_side="left")
    bent = state(view=side, readings=(Reading(BEND, 64.0, None),))
    unread = state(view=side, readings=())
    assert not (drawn(bent) == drawn(unread)).all()


def test_a_number_at_the_edge_is_moved_into_the_picture() -> None:
    points = keypoints_px() - keypoints_px()[Keypoint.LEFT_HIP] + np.array([SIZE[0] - 12.0, 400.0])
    out = drawn(state(pose=sample(points=points), body_px=400.0))
    assert out.shape == (SIZE[1], SIZE[0], 3)
    knee_y = points[Keypoint.LEFT_KNEE, 1]
    strip = out[int(knee_y) - 12 : int(knee_y) + 12, -90:]
    assert number_of_pixels(strip, FAULT) > 60, "the number is there as a whole"


@pytest.mark.parametrize("joint", ["hip", "knee", "ankle"])
def test_a_limb_with_an_uncertain_end_is_not_drawn(joint: str) -> None:
    pose = sample()
    pose.confidence[keypoint("left", joint)] = 0.4
    out = drawn(state(pose=pose))
    thigh, shank = has(out, FAULT, 265, 465), has(out, FAULT, 267, 600, reach=6)
    assert thigh is (joint == "ankle")
    assert shank is (joint == "hip")


def test_keypoints_follow_the_picture_when_it_is_shown_larger() -> None:
    out = draw(picture((960, 1696)), state())
    assert has(out, FAULT, 530, 930)


def test_lines_on_a_person_far_away_are_finer() -> None:
    centre = np.array([240.0, 450.0])
    pose = sample(points=(keypoints_px() - centre) * 0.3 + centre)
    far = drawn(state(pose=pose, body_px=120.0))
    near_width = (drawn()[440] == FAULT).all(axis=1).sum()
    far_width = (far[447] == FAULT).all(axis=1).sum()
    assert 0 < far_width < near_width


def tempo_rows(tempo: TempoState | None, colour: Colour) -> int:
    out = drawn(state(tempo=tempo))
    bar = Layout.for_size(SIZE).tempo_bar
    column = out[int(bar.top) : int(bar.bottom), round(bar.left + bar.width / 2)]
    return int((np.abs(column.astype(int) - colour).max(axis=1) <= 1).sum())


def test_the_tempo_bar_fills_with_time_in_the_colour_of_its_grade() -> None:
    bar = Layout.for_size(SIZE).tempo_bar.height
    early, late = TempoState(1.0, 4.0, None), TempoState(3.0, 4.0, "good")
    assert tempo_rows(early, PAPER) == pytest.approx(TARGET_AT * bar / 4, abs=0.04 * bar)
    assert tempo_rows(early, GOOD) == 0
    assert tempo_rows(late, GOOD) == pytest.approx(TARGET_AT * 3 * bar / 4, abs=0.06 * bar)
    assert tempo_rows(TempoState(9.0, 4.0, "good"), GOOD) > 0.9 * bar
    assert tempo_rows(TempoState(0.8, 4.0, "fault"), FAULT) > 20
    bar_at = Layout.for_size(SIZE).tempo_bar
    assert untouched(drawn(state(tempo=None)), bar_at.left + 10, bar_at.top + 40, reach=6)


def test_the_tempo_bar_marks_the_target_that_people_are_told_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[tuple[str, float]] = []

    def watch(canvas: Canvas, text: str, at: tuple[float, float], *rest: Any, **more: Any) -> None:
        told.append((text, at[1]))
        draw_tag(canvas, text, at, *rest, **more)

    monkeypatch.setattr("formcheck.screen.panels.draw_tag", watch)
    bar = Layout.for_size(SIZE).tempo_bar
    drawn(state(tempo=TempoState(None, 3.0, None)))
    (mark,) = told
    assert mark[0] == "3\N{NO-BREAK SPACE}s"
    assert mark[1] == pytest.approx(bar.top + TARGET_AT * bar.height)
    filled = tempo_rows(TempoState(3.0, 3.0, "good"), GOOD)
    assert filled == pytest.approx(TARGET_AT * bar.height, abs=0.05 * bar.height)


@pytest.mark.parametrize(("grade", "colour"), [("good", GOOD), ("watch", WATCH), ("fault", FAULT)])
def test_the_card_is_drawn_at_the_lower_edge_in_its_colour(grade: Grade, colour: Colour) -> None:
    assert untouched(drawn(), 240, 800)
    out = drawn(state(card=replace(CARD, grade=grade)))
    lower = out[740:840].reshape(-1, 3).astype(int)
    near = np.abs(lower - np.array(colour)).max(axis=1) < 20
    assert near.mean() > 0.3


def test_beside_a_person_on_the_right_the_card_stands_on_the_left() -> None:
    size = (1280, 720)
    out = draw(picture(size), state(card=CARD, text_on_the_left=True))
    assert not untouched(out, 200, 690)
    assert untouched(out, 1100, 690)
    out = draw(picture(size), state(card=CARD))
    assert untouched(out, 200, 690)
    assert not untouched(out, 1100, 690)


def test_the_middle_of_the_picture_stays_free() -> None:
    for size in SIZES[:5]:
        pose = PoseSample.nobody(0.0, size)
        out = draw(picture(size), state(pose=pose, inside=False, readings=(), person_seen=False))
        width, height = size
        middle = out[int(0.4 * height) : int(0.6 * height), int(0.3 * width) : int(0.7 * width)]
        assert (middle == GREY).all()


def test_a_still_has_no_panels() -> None:
    out = draw(picture(), state(card=CARD, tempo=TempoState(1.0, 4.0, None)), panels=())
    assert untouched(out, 240, 800)
    assert (out[:200] == GREY).all()
    assert has(out, FAULT, 265, 465)


AWKWARD_POINTS = {
    "nan": np.full((len(Keypoint), 2), np.nan),
    "one point": np.full((len(Keypoint), 2), 240.0),
    "far outside": np.full((len(Keypoint), 2), 1e12),
    "infinite": np.full((len(Keypoint), 2), np.inf),
    "half outside": keypoints_px() - np.array([260.0, 500.0]),
    "upside down": 848 - keypoints_px(),
}


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("points", AWKWARD_POINTS.values(), ids=AWKWARD_POINTS.keys())
@pytest.mark.parametrize("kind", get_args(ViewKind))
def test_nothing_awkward_raises(size: tuple[int, int], points: FloatArray, kind: ViewKind) -> None:
    pose = replace(sample(points=points), confidence=np.full(len(Keypoint), 0.9))
    shown = state(
        pose=pose,
        stance_side="both",
        view=msgspec.structs.replace(FRONT, kind=kind, near_side="left"),
        card=replace(CARD, rep=1234, cue="Push the knee out " * 200 + "x" * 5000, number="\n\t"),
        count=12345,
        readings=(Reading(TRUNK, -1e9, "fault"), Reading(BEND, 1e6, None)),
        main=Reading(KNEE, float("nan"), None),
        tempo=TempoState(float("inf"), 3.0, "good"),
        notice="" if kind == "front" else "You are at an angle",
    )
    assert draw(picture(size), shown).shape == (size[1], size[0], 3)


def test_a_long_cue_is_written_inside_the_picture() -> None:
    out = drawn(state(card=replace(CARD, cue="word " * 60)))
    area = Layout.for_size(SIZE).message_area(on_the_left=False)
    assert untouched(out, area.right + 6, area.bottom - 40, reach=4)
    assert (out[int(area.bottom) + 2 :] == GREY).all()


@pytest.mark.parametrize("moved_px", range(-220, 221, 20))
def test_numbers_on_the_body_keep_clear_of_the_panels(moved_px: int) -> None:
    tempo = TempoState(2.7, 3.0, "good")
    shown = state(
        view=msgspec.structs.replace(FRONT, kind="side", near_side="left"),
        pose=sample(points=keypoints_px() + np.array([moved_px, 0.0])),
        readings=(Reading(TRUNK, 4.0, "good"), Reading(BEND, 64.0, None)),
        main=Reading(TRUNK, 4.0, "good"),
        tempo=tempo,
        card=CARD,
        count=1,
    )
    canvas = Canvas(picture(), Layout.for_size(SIZE))
    for panel in FILM_PANELS:
        panel(canvas, shown)
    edges = list(canvas.taken)
    draw_numbers(canvas, shown)
    numbers = canvas.taken[len(edges) :]
    assert len(numbers) == 2
    for number in numbers:
        assert canvas.layout.holds(number)
        assert not any(number.covers(panel) for panel in edges)
    assert not numbers[0].covers(numbers[1])


@pytest.mark.parametrize("size", [*SIZES[:5], (360, 417), (400, 480), (1000, 1000), (900, 1000)])
def test_panels_keep_clear_of_each_other(size: tuple[int, int]) -> None:
    layout = Layout.for_size(size)
    assert not layout.count_tile.covers(layout.value_tile)
    canvas = Canvas(picture(size), layout)
    draw_tempo(canvas, state(tempo=TempoState(2.7, 3.0, "good")))
    if not layout.upright:
        message = layout.message_area(on_the_left=True)
        assert not any(message.covers(taken) for taken in canvas.taken)
        assert layout.holds(message)


CLOSE = Limits(good_high=7.0, watch_high=9.5)


@pytest.mark.parametrize("gap_grade", ["good", "watch", "fault"])
@pytest.mark.parametrize("left_pct", [8.0, 2.0])
def test_a_leg_has_the_colour_of_the_number_beside_it_and_a_poor_gap_is_named(
    left_pct: float, gap_grade: Grade
) -> None:
    spec = msgspec.structs.replace(KNEE, id="gap", priority=0, short_title="Knee gap")
    gap = Reading(spec, 0.8, gap_grade)
    left, right = (
        Reading(msgspec.structs.replace(KNEE, id=side, side=side), value, band_of(value, CLOSE))
        for side, value in (("left", left_pct), ("right", 9.0))
    )
    shown = state(stance_side="both", readings=(gap, left, right), main=gap)
    tags = {tag.text: tag.colour for tag in number_tags(shown, Layout.for_size(SIZE))}
    assert shown.worst("knee", "left") == left
    assert shown.worst("knee", "right") == right
    expected = {one.text: grade_colour(one.grade) for one in (left, right)}
    if gap_grade != "good":
        expected[f"Knee gap {gap.text}"] = grade_colour(gap_grade)
    assert tags == expected


def test_a_leg_without_a_number_of_its_own_takes_what_both_share() -> None:
    gap = Reading(msgspec.structs.replace(KNEE, id="gap"), 0.8, "watch")
    shown = state(stance_side="both", readings=(gap,), main=gap)
    assert shown.worst("knee", "left") == gap
    assert shown.between_the_knees is None


@pytest.mark.parametrize("size", [(480, 480), (360, 417), (1280, 720), (480, 848)])
def test_no_word_of_a_verdict_is_cut_off(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []

    def noted(canvas: Canvas, text: str, *rest: Any, **more: Any) -> None:
        written.append(text)
        draw_text(canvas, text, *rest, **more)

    monkeypatch.setattr(panels, "draw_text", noted)
    card = replace(CARD, subject="form and tempo", verdict="good, perhaps watch")
    draw(picture(size), state(card=card))
    said = " ".join(written).replace("\N{NO-BREAK SPACE}", " ")
    assert "Rep 3, form and tempo: good, perhaps watch" in said


@pytest.mark.parametrize("size", [(480, 480), (720, 720), (1080, 1000), (1000, 1080)])
def test_a_card_leaves_most_of_a_square_film_free(size: tuple[int, int]) -> None:
    """The longest card is lower than half of the picture, so that hips and trunk stay in view."""
    card = replace(
        CARD,
        verdict="good, perhaps watch",
        cue="Perhaps: push the knee out over the little toe",
    )
    canvas = Canvas(picture(size), Layout.for_size(size))
    panels.draw_card(canvas, state(card=card))
    (panel, *_) = canvas.taken
    assert panel.height < 0.5 * size[1]
    assert panel.width <= 0.41 * size[0]


def test_the_number_beside_the_knee_is_the_one_in_the_tile() -> None:
    first, second = (
        Reading(msgspec.structs.replace(KNEE, id=name, priority=priority), 1.0, "good")
        for name, priority in (("first", 1), ("second", 2))
    )
    assert state(readings=(first, second), main=second).worst("knee") == second
    assert state(readings=(first, second), main=None).worst("knee") == first
    wrong = replace(first, grade="fault")
    assert state(readings=(wrong, second), main=second).worst("knee") == wrong
