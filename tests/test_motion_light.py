"""Light and contrast are measured, with a warning when they are too low for the pose model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from clips.films import read_film

from formcheck.data.arrays import ImageArray
from formcheck.motion.light import (
    DARK_WARNING,
    FLAT_WARNING,
    UNKNOWN_LIGHT,
    Light,
    LightMeter,
    brightness,
    light_of,
)


def halves(dark: int, bright: int) -> ImageArray:
    image = np.full((240, 320, 3), dark, dtype=np.uint8)
    image[:, 160:] = bright
    return image


def test_luma_and_contrast_of_known_images() -> None:
    light = light_of(halves(51, 153))
    assert light.luma == brightness(halves(51, 153)) == pytest.approx(0.4)
    assert light.contrast == pytest.approx(0.2)
    green = np.zeros((64, 64, 3), np.uint8)
    green[..., 1] = 255
    assert light_of(green).luma == pytest.approx(0.587)


def test_the_noise_of_single_pixels_is_no_contrast() -> None:
    noise = np.random.default_rng(0).normal(120, 20, (480, 640, 3))
    assert light_of(np.clip(noise, 0, 255).astype(np.uint8)).contrast < 0.02


@pytest.mark.parametrize("size", [(1, 1), (5, 90), (16, 16), (1081, 607)])
def test_any_size_will_do(size: tuple[int, int]) -> None:
    light = light_of(np.full((*size, 3), 102, np.uint8))
    assert light.luma == pytest.approx(0.4)
    assert light.contrast == pytest.approx(0.0, abs=1e-9)


def test_warnings_and_the_growth_of_errors() -> None:
    assert Light(0.5, 0.2).warnings == UNKNOWN_LIGHT.warnings == ()
    assert Light(0.07, 0.02).warnings == (DARK_WARNING,)
    assert Light(0.5, 0.02).warnings == (FLAT_WARNING,)
    assert "more light" in DARK_WARNING
    assert Light(0.5, 0.2).error_factor == UNKNOWN_LIGHT.error_factor == 1.0
    assert Light(0.125, 0.2).error_factor == pytest.approx(2.0)
    assert Light(0.5, 0.02).error_factor == pytest.approx(4.0)


def test_a_lamp_switched_on_at_the_end_does_not_hide_the_dark() -> None:
    meter = LightMeter()
    assert meter.light == UNKNOWN_LIGHT
    for t_s in np.arange(0.0, 10.0, 1 / 30):
        meter.update(float(t_s), halves(10, 20) if t_s < 7.0 else halves(100, 200))
    assert meter.light.warnings == (DARK_WARNING,)


def test_the_light_of_many_images_is_their_median() -> None:
    chance, meter, seen = np.random.default_rng(1), LightMeter(), []
    for index in range(20):
        image = halves(*(int(level) for level in chance.integers(0, 255, 2)))
        seen.append(light_of(image))
        meter.update(float(index), image)
        middle = np.median([[look.luma, look.contrast] for look in seen], axis=0)
        assert [meter.light.luma, meter.light.contrast] == middle.tolist()


def test_a_clip_in_good_light_and_in_a_tenth_of_it(sample_videos: Path) -> None:
    _, image = next(read_film(sample_videos / "step_down_front_left.mp4"))
    assert light_of(image).warnings == ()
    assert light_of(image).error_factor == 1.0
    assert light_of((image * 0.1).astype(np.uint8)).warnings == (DARK_WARNING,)
