"""The typeface and the colours."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from formcheck.data.palette import FAULT, GOOD, INK, MUTED, PAPER, WATCH, Colour, css
from formcheck.screen.grade_style import grade_weight
from formcheck.screen.lettering import (
    CAP_HEIGHT,
    fit,
    shorten,
    sprite_from_mask,
    text_sprite,
    text_width,
    wrap,
)

WHITE: Colour = (255, 255, 255)
CUE = "Push the knee out over the little toe"


def page(width: int = 200, height: int = 100) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.zeros((height, width, 3), dtype=np.uint8)


def test_a_capital_stands_on_the_baseline_and_has_the_height_it_should() -> None:
    image = page()
    text_sprite("H", 60, WHITE).paste(image, 20, 80)
    rows = np.flatnonzero(image.max(axis=(1, 2)) > 128)
    assert rows[-1] == pytest.approx(79, abs=1)
    assert rows[-1] - rows[0] + 1 == pytest.approx(60 * CAP_HEIGHT, abs=1.5)


def test_the_ink_of_a_text_is_as_wide_as_it_claims() -> None:
    image = page(900)
    text_sprite(CUE, 40, WHITE).paste(image, 10, 60)
    columns = np.flatnonzero(image.max(axis=(0, 2)) > 64)
    assert columns[0] == pytest.approx(10, abs=5)
    assert columns[-1] == pytest.approx(10 + text_width(CUE, 40), abs=5)
    assert text_width(CUE + CUE, 40) == pytest.approx(2 * text_width(CUE, 40), abs=2)


def test_the_signs_that_the_screen_needs_are_in_the_typeface() -> None:
    boxes = text_sprite("\uffff", 40, WHITE).paint
    for sign in "\N{MINUS SIGN}°\N{EN DASH}…%éßøЖω":
        sprite = text_sprite(sign, 40, WHITE).paint
        assert sprite.max() == 255
        assert sprite.shape != boxes.shape or (sprite != boxes).any()


def test_a_sprite_is_rendered_once_and_cannot_be_changed() -> None:
    assert text_sprite("3", 50, WHITE) is text_sprite("3", 50, WHITE)
    assert not text_sprite("3", 50, WHITE).paint.flags.writeable


def test_pasting_mixes_by_the_cover() -> None:
    image = np.full((4, 4, 3), 100, dtype=np.uint8)
    mask = np.array([[0, 255], [128, 128]], dtype=np.uint8)
    sprite_from_mask(mask, (200, 200, 0)).paste(image, 1, 1)
    assert image[1, 1].tolist() == [100, 100, 100]
    assert image[1, 2].tolist() == [200, 200, 0]
    assert image[2, 1].tolist() == pytest.approx([150, 150, 50], abs=1)
    assert (image[0] == 100).all()


@pytest.mark.parametrize(("x", "y"), [(-10, 50), (190, 50), (50, 2), (50, 300), (-500, -500)])
def test_pasting_over_an_edge_leaves_the_rest_out(x: int, y: int) -> None:
    whole, image = page(600, 600), page()
    sprite = text_sprite("Left leg", 40, WHITE)
    sprite.paste(whole, x + 200, y + 200)
    sprite.paste(image, x, y)
    assert (image == whole[200:300, 200:400]).all()


def test_wrapped_lines_fit_and_lose_nothing() -> None:
    for width in (120, 200, 350):
        lines = wrap(CUE, 30, width)
        assert " ".join(lines) == CUE
        assert max(text_width(line, 30) for line in lines) <= width
    assert wrap("", 30, 100) == ()


def test_a_number_and_its_unit_stay_on_one_line() -> None:
    lines = fit("Way down 1.9\N{NO-BREAK SPACE}s, form not judged", 20, 125, 5).lines
    assert any("1.9\N{NO-BREAK SPACE}s" in line for line in lines)


def test_a_word_wider_than_the_line_is_cut_but_complete() -> None:
    lines = wrap("Schulterblattstabilisation", 30, 100)
    assert "".join(lines) == "Schulterblattstabilisation"
    assert max(text_width(line, 30) for line in lines) <= 100
    assert wrap("ab", 30, 0) == ("a", "b")


def test_a_text_that_is_too_long_gets_smaller_before_it_is_cut() -> None:
    roomy = fit(CUE, 40, 2000, 1)
    assert roomy.lines == (CUE,)
    assert roomy.size_px == 40
    tight = fit(CUE, 40, 500, 1)
    assert tight.lines == (CUE,)
    assert tight.size_px < 40
    assert text_width(CUE, tight.size_px) <= 500
    assert fit(" ", 40, 100, 1).lines == ("",)
    hopeless = fit(CUE * 100, 40, 200, 3)
    assert len(hopeless.lines) == 3
    assert hopeless.size_px == 24
    assert hopeless.lines[-1].endswith("…")
    assert all(text_width(line, 24) <= 200 for line in hopeless.lines)


def test_lines_come_out_about_equally_long() -> None:
    lines = fit("Keep the chest up", 40, text_width("Keep the chest", 40), 3).lines
    assert lines == ("Keep the", "chest up")


def test_a_text_gets_a_little_smaller_to_save_a_line() -> None:
    width = text_width(CUE, 40)
    block = fit(CUE, 42, width, 3)
    assert block.lines == (CUE,)
    assert block.size_px in (39, 40)
    assert len(fit(CUE, 50, width, 3).lines) == 2


def test_shortening_keeps_what_fits() -> None:
    assert shorten("Knee", 30, 500) == "Knee"
    short = shorten(CUE, 30, 150)
    assert CUE.startswith(short.removesuffix("…").rstrip())
    assert text_width(short, 30) <= 150
    assert shorten(CUE, 30, 0) == "…"


def _linear(colour: Colour) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    share = np.array(colour) / 255
    return np.asarray(np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4))


def _contrast(one: Colour, two: Colour) -> float:
    weights = np.array([0.2126, 0.7152, 0.0722])
    low, high = sorted(float(weights @ _linear(colour)) for colour in (one, two))
    return (high + 0.05) / (low + 0.05)


def test_text_stands_out_from_its_panel() -> None:
    # 4.5 is what the web's accessibility guidelines ask for.
    for panel in (GOOD, WATCH, FAULT):
        assert _contrast(INK, panel) > 4.5
    for text in (PAPER, MUTED, GOOD, WATCH, FAULT):
        assert _contrast(text, INK) > 4.5


# What is left of linear red, green and blue to eyes without the long or the middle cones:
# the model of Machado, Oliveira and Fernandes (2009) at full severity.
COLOUR_BLIND = {
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}


@pytest.mark.parametrize("eyes", COLOUR_BLIND)
def test_grades_differ_for_colour_blind_eyes(eyes: str) -> None:
    seen = {
        name: (np.array(COLOUR_BLIND[eyes]) @ _linear(colour)).clip(0, 1) ** (1 / 2.2)
        for name, colour in (("good", GOOD), ("watch", WATCH), ("fault", FAULT), ("none", PAPER))
    }
    for one, two in combinations(seen.values(), 2):
        assert np.linalg.norm(one - two) > 0.3


def test_a_worse_grade_has_a_wider_line() -> None:
    assert grade_weight("good") < grade_weight("watch") < grade_weight("fault")
    assert grade_weight(None) == grade_weight("good")


def test_a_page_gets_the_same_colours() -> None:
    assert css(GOOD) == "#34d3be"
