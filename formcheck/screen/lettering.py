"""Render text as small images (sprites), and fit text into lines.

Sprites are cached, because texts on the screen change rarely. Text sizes are in pixels of the em
(the typeface's size); a text's position is the left end of its baseline.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from formcheck.data.arrays import ImageArray
from formcheck.data.palette import Colour

CAP_HEIGHT = 0.727
"""Height of a capital letter in the typeface, in ems."""
LINE_SPACING = 1.2
"""Distance between baselines, in ems."""
SMALLEST_PX = 4
"""Smallest text size that can be drawn."""
LONGEST_TEXT = 300
"""Largest number of characters; more never fit on a screen that is read from a distance."""
SAVES_A_LINE = 0.86
"""A text may be reduced to this share of its size if that saves a line."""
ELLIPSIS = "…"


@dataclass(frozen=True, eq=False)
class Sprite:
    """A small image with soft edges that is drawn onto another image.

    Attributes
    ----------
    keep
        Shape (h, w, 3): how much of the image below stays visible, 0 to 255.
    paint
        Shape (h, w, 3): what is added to the image below.
    left_px, above_px
        How far the sprite extends to the left of and above its reference point.
    advance_px
        Width of the text itself.
    """

    keep: ImageArray
    paint: ImageArray
    left_px: int = 0
    above_px: int = 0
    advance_px: int = 0

    def paste(self, image: ImageArray, x: float, y: float) -> None:
        """Draw the sprite onto ``image``, in place, with its reference point at (x, y).

        Parts outside the image are left out.
        """
        left, top = round(x) - self.left_px, round(y) - self.above_px
        height, width = self.keep.shape[:2]
        rows = slice(max(top, 0), min(top + height, image.shape[0]))
        columns = slice(max(left, 0), min(left + width, image.shape[1]))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        below = image[rows, columns]
        part = np.s_[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        cv2.multiply(below, self.keep[part], dst=below, scale=1 / 255)
        cv2.add(below, self.paint[part], dst=below)


def sprite_from_mask(mask: ImageArray, colour: Colour, opacity: float = 1.0) -> Sprite:
    """Return a sprite of one colour; ``mask`` is its opacity, shape (h, w), 0 to 255."""
    cover = mask.astype(np.float32)[..., None] * np.float32(opacity)
    paint = cover * (np.array(colour, dtype=np.float32) / 255)
    return Sprite(
        keep=_frozen(np.repeat(255 - cover, 3, axis=2)),
        paint=_frozen(paint),
    )


def _frozen(values: npt.NDArray[np.floating[Any]]) -> ImageArray:
    image = np.ascontiguousarray(np.rint(values).astype(np.uint8))
    image.flags.writeable = False
    return image


@lru_cache(maxsize=1)
def _font_file() -> bytes:
    folder = resources.files("formcheck.screen") / "fonts"
    return (folder / "Inter-SemiBold-subset.otf").read_bytes()


@lru_cache(maxsize=64)
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    # The basic layout engine gives the same result on every computer; the other one may be missing.
    return ImageFont.truetype(BytesIO(_font_file()), size_px, layout_engine=ImageFont.Layout.BASIC)


def whole_size(size_px: float) -> int:
    """Round a text size to whole pixels, at least the smallest that can be drawn."""
    return max(SMALLEST_PX, round(size_px))


@lru_cache(maxsize=1024)
def text_width(text: str, size_px: int) -> int:
    """Return the width of the text in pixels."""
    return int(np.ceil(_font(size_px).getlength(text)))


@lru_cache(maxsize=256)
def text_sprite(text: str, size_px: int, colour: Colour) -> Sprite:
    """Return one line of text as a sprite; characters missing in the typeface show as boxes."""
    font = _font(size_px)
    ascent, descent = font.getmetrics()
    # Leave room for letters wider than their advance, and for accents above the ascent.
    pad = max(2, size_px // 8)
    advance = text_width(text, size_px)
    image = Image.new("L", (advance + 2 * pad, ascent + descent + 2 * pad))
    ImageDraw.Draw(image).text((pad, pad + ascent), text, fill=255, font=font, anchor="ls")
    letters = sprite_from_mask(np.asarray(image), colour)
    return Sprite(letters.keep, letters.paint, pad, pad + ascent, advance)


def wrap(text: str, size_px: int, width_px: float) -> tuple[str, ...]:
    """Break a text into lines no wider than ``width_px``; words that are too long are cut."""
    lines: list[str] = []
    line = ""
    for word in _words(text):
        longer = f"{line} {word}" if line else word
        if text_width(longer, size_px) <= width_px:
            line = longer
            continue
        if line:
            lines.append(line)
        *full, line = _cut_word(word, size_px, width_px)
        lines.extend(full)
    return (*lines, line) if line else tuple(lines)


def _words(text: str) -> list[str]:
    """Split at spaces, but not at no-break spaces, so that number and unit stay together."""
    return re.findall(r"[^ \t\r\n]+", text)


def _cut_word(word: str, size_px: int, width_px: float) -> list[str]:
    pieces: list[str] = []
    while text_width(word, size_px) > width_px and len(word) > 1:
        count = len(word) - 1
        while count > 1 and text_width(word[:count], size_px) > width_px:
            count -= 1
        pieces.append(word[:count])
        word = word[count:]
    return [*pieces, word]


def _balanced(lines: tuple[str, ...], size_px: int) -> tuple[str, ...]:
    # With the narrowest width that needs no more lines, no single word is left in the last line.
    text = " ".join(lines)
    best = lines
    for width in range(max((text_width(line, size_px) for line in lines), default=0), 0, -1):
        narrower = wrap(text, size_px, width)
        if len(narrower) > len(lines) or " ".join(narrower) != text:
            break
        best = narrower
    return best


def shorten(text: str, size_px: int, width_px: float) -> str:
    """Cut the text at its end, with an ellipsis, so that it is no wider than ``width_px``."""
    if text_width(text, size_px) <= width_px:
        return text
    while text and text_width(text + ELLIPSIS, size_px) > width_px:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


@dataclass(frozen=True)
class Fitted:
    """Lines of text and the size that makes them fit."""

    lines: tuple[str, ...]
    size_px: int

    @property
    def height_px(self) -> float:
        """From the top of the first line's capitals to the last baseline."""
        count = max(len(self.lines), 1)
        return self.size_px * (CAP_HEIGHT + LINE_SPACING * (count - 1))


@lru_cache(maxsize=128)
def fit(text: str, size_px: int, width_px: int, max_lines: int, smallest: float = 0.6) -> Fitted:
    """Fit a text into at most ``max_lines`` lines of ``width_px``.

    The text is made smaller, down to ``smallest`` times ``size_px``, before words are cut or left
    out. It is also made a little smaller if that saves a line. All lines have about equal length.
    """
    text = " ".join(_words(text[: LONGEST_TEXT + 1]))
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT - 1] + ELLIPSIS
    if not text:
        return Fitted(("",), whole_size(size_px))
    full, floor = whole_size(size_px), whole_size(smallest * size_px)
    found: Fitted | None = None  # the largest that fits; then a smaller one only for fewer lines
    for size in range(full, floor - 1, -1):
        if found is not None and size < SAVES_A_LINE * found.size_px:
            break
        lines = wrap(text, size, width_px)
        words_are_whole = " ".join(lines) == text
        allowed = max_lines if found is None else len(found.lines) - 1
        if words_are_whole and len(lines) <= allowed:
            found = Fitted(_balanced(lines, size), size)
    if found is not None:
        return found
    lines = wrap(text, floor, width_px)
    if len(lines) > max_lines:
        rest = " ".join(lines[max_lines - 1 :])
        lines = (*lines[: max_lines - 1], shorten(rest, floor, width_px))
    return Fitted(lines, floor)
