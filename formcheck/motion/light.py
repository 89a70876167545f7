"""Measure the light and contrast of the frames, and warn when they are too low for the pose model.

``LightMeter`` takes an image twice a second. In dim light the pose model's errors are larger; the
recognition of the exercise allows for that (:mod:`formcheck.motion.recognition`).
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.data.arrays import FloatArray, ImageArray

LUMA_WEIGHTS = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue (ITU-R BT.601)."""

BLOCK_PX = 16
"""Contrast is taken between the means of square blocks of this size, which averages out pixel
noise."""

MEASURE_EVERY_S = 0.5
"""Time between two images that are measured."""

TOO_DARK, TOO_FLAT = 0.12, 0.035
"""Luma (brightness) and contrast below which there is a warning. Films in good light have a luma of
0.35 to 0.81 and a contrast of 0.10 to 0.24. Our choice: at a luma of 0.07 and a contrast of 0.02,
poses
jump twice as far from frame to frame, and the free foot seems to move only two thirds as far."""

AMPLE_LUMA, AMPLE_CONTRAST = 0.25, 0.08
"""More light than this makes no difference. With less, the movement of the free foot is measured
too short: by 0.02 leg lengths at a luma of 0.15, by 0.04 at 0.07."""

DARK_WARNING = (
    "The image is too dark to trust the numbers. Film with more light: switch on a lamp, or turn "
    "a window to the camera's side."
)
FLAT_WARNING = (
    "The image has too little contrast to trust the numbers. Clean the lens, and film with more "
    "light and without a window behind you."
)


@dataclass(frozen=True)
class Light:
    """The light of one image, or the median of many.

    Attributes
    ----------
    luma
        Mean brightness, 0 (black) to 1 (white).
    contrast
        Standard deviation of the brightness of blocks of 16 by 16 pixels, 0 to 0.5.
    """

    luma: float
    contrast: float

    @property
    def error_factor(self) -> float:
        """By what factor the pose model's errors are larger than in good light; 1 when unknown."""
        if not math.isfinite(self.luma + self.contrast):
            return 1.0
        dim = AMPLE_LUMA / max(self.luma, 1e-3), AMPLE_CONTRAST / max(self.contrast, 1e-3)
        return max(1.0, *dim)

    @property
    def in_words(self) -> str:
        """Return the problem with the light as a part of a sentence; empty when there is none."""
        if self.luma < TOO_DARK:
            return "the image is too dark"
        return "the image has too little contrast" if self.contrast < TOO_FLAT else ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings for the person; none when there is enough light, or it was not measured."""
        if self.luma < TOO_DARK:
            return (DARK_WARNING,)
        return (FLAT_WARNING,) if self.contrast < TOO_FLAT else ()


UNKNOWN_LIGHT = Light(math.nan, math.nan)
"""The light before any image was measured."""


def brightness(image: ImageArray) -> float:
    """Return the mean luma of an RGB image, 0 to 1, from a sample of its pixels."""
    return float(image[::16, ::16].mean(axis=(0, 1)) @ LUMA_WEIGHTS) / 255.0


def light_of(image: ImageArray) -> Light:
    """Measure one RGB image, shape (height, width, 3)."""
    height, width = (BLOCK_PX * max(1, size // BLOCK_PX) for size in image.shape[:2])
    # Every fourth pixel is enough, and quick.
    luma: FloatArray = image[:height:4, :width:4] @ LUMA_WEIGHTS / 255.0
    across = max(1, min(BLOCK_PX // 4, *luma.shape))
    rows, columns = (size - size % across for size in luma.shape)
    blocks = luma[:rows, :columns].reshape(rows // across, across, columns // across, across)
    return Light(brightness(image), float(blocks.mean(axis=(1, 3)).std()))


class LightMeter:
    """Measures the light of a film or a session twice a second."""

    def __init__(self) -> None:
        self._lumas: list[float] = []  # sorted, so that each frame of a long film costs the same
        self._contrasts: list[float] = []
        self._measured_s = -math.inf

    def update(self, t_s: float, image: ImageArray) -> None:
        """Take one image; times must increase."""
        if t_s - self._measured_s >= MEASURE_EVERY_S:
            self._measured_s = t_s
            light = light_of(image)
            insort(self._lumas, light.luma)
            insort(self._contrasts, light.contrast)

    @property
    def light(self) -> Light:
        """The median over all measured images: a lamp switched on for a moment does not count."""
        if not self._lumas:
            return UNKNOWN_LIGHT
        return Light(_middle(self._lumas), _middle(self._contrasts))


def _middle(ordered: Sequence[float]) -> float:
    """Return the median of sorted numbers."""
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else 0.5 * (ordered[half - 1] + ordered[half])
