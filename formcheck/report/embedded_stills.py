"""Prepares pictures (stills of repetitions) for embedding in a report.

It checks that they are images, makes them small enough together, and encodes them as data URIs.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from io import BytesIO

from markupsafe import Markup
from PIL import Image, UnidentifiedImageError

BUDGET_BYTES = 1_800_000
"""Most bytes for all images of a report; encoded in the page they need a third more."""

HEIGHTS_PX = (480, 320, 200)
"""Heights to which images are reduced, one after the other, until they fit."""
_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


def image_type(still: bytes) -> str:
    """Return the media type from the first bytes; empty if it is neither a JPEG nor a PNG."""
    return next((kind for magic, kind in _MAGIC.items() if still.startswith(magic)), "")


def data_uri(still: bytes) -> Markup:
    """Encode an image as a data URI."""
    encoded = base64.b64encode(still).decode("ascii")
    return Markup("data:{};base64,{}").format(image_type(still), encoded)


def fitting(stills: Mapping[int, bytes], budget_bytes: int = BUDGET_BYTES) -> dict[int, bytes]:
    """Reduce images, by repetition index, until all together fit the budget.

    Files that are not images are left out. If the images do not fit even at the smallest size, the
    last ones are left out.
    """
    kept = {index: still for index, still in stills.items() if image_type(still)}
    for height_px in HEIGHTS_PX:
        if sum(map(len, kept.values())) <= budget_bytes:
            return kept
        kept = {index: _smaller(still, height_px) for index, still in kept.items()}
    room = budget_bytes
    fits = {}
    for index, still in kept.items():
        room -= len(still)
        if room >= 0:
            fits[index] = still
    return fits


def embedded(groups: Sequence[Sequence[bytes | None]]) -> list[list[Markup | None]]:
    """Encode groups of images, small enough together; ``None`` where there is no image."""
    stills = [still for group in groups for still in group]
    small = fitting({n: still for n, still in enumerate(stills) if still is not None})
    uris = (data_uri(small[n]) if n in small else None for n in range(len(stills)))
    return [[next(uris) for _ in group] for group in groups]


def readable(still: bytes) -> bool:
    """Whether an image can be decoded completely."""
    try:
        with Image.open(BytesIO(still)) as image:
            image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return False
    return True


def _smaller(still: bytes, height_px: int) -> bytes:
    """Scale an image down to a height; an unreadable one is returned unchanged."""
    try:
        with Image.open(BytesIO(still)) as image:
            image.thumbnail((10 * height_px, height_px))
            small = BytesIO()
            image.convert("RGB").save(small, "JPEG", quality=80)
    except (UnidentifiedImageError, OSError):
        return still
    return small.getvalue()
