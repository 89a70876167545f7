"""Parse the C3D file format: parameters, points and analog channels.

Only the byte order of Intel processors is read, which all current programs write. The lengths in
the file are not trusted: anything that points beyond its end is an error.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from formcheck.data.arrays import FloatArray

BLOCK_BYTES = 512
"""Size of a block; positions in the file are counted in blocks."""
KEY = 0x50
"""Second byte of every C3D file."""
INTEL = 84
"""Code of the byte order of Intel processors."""
TEXT = -1
"""Type code of texts among the parameters."""
_NUMBERS = {1: "<i1", 2: "<i2", 4: "<f4"}
"""Numpy types of the numbers, by their type code."""
HEADER = struct.Struct("<BBHHHHHfHHf")
"""The header: block of the parameters, key, number of points, analog samples in a frame, first and
last frame, longest gap, scale, block of the data, analog samples of a channel in a frame, frame
rate."""


@dataclass(frozen=True)
class C3d:
    """The content of a C3D file.

    Attributes
    ----------
    parameters
        By group and name, as ``POINT:LABELS``: a list of texts, or an array of numbers.
    points
        Shape (frames, points, 3), NaN where a point is missing.
    analog
        Shape (frames, channels): the first sample of each frame, as stored.
    """

    parameters: Mapping[str, Any]
    points: FloatArray
    analog: FloatArray

    def texts(self, name: str) -> list[str]:
        """Return the texts of a parameter, and of its continuations ``NAME2``, ``NAME3``, …."""
        found = list(self.parameters.get(name, ()))
        number = 2
        while f"{name}{number}" in self.parameters:
            found += self.parameters[f"{name}{number}"]
            number += 1
        return [str(text).strip() for text in found]

    def number(self, name: str) -> float:
        """Return the number of a parameter; NaN when there is none."""
        values = self.parameters.get(name, ())
        return float(values[0]) if len(values) else math.nan


def parse_c3d(data: bytes) -> C3d:
    """Parse the bytes of a C3D file.

    Raises
    ------
    ValueError
        They are not a C3D file, or are damaged; the message says what was found.
    """
    try:
        return _parsed(data)
    except (IndexError, struct.error) as error:
        raise ValueError("it ends too early") from error


def _parsed(data: bytes) -> C3d:
    """Parse the file; reading beyond its end raises ``IndexError`` or ``struct.error``."""
    block, key, count, samples, first, last, _, scale, start, ratio, _ = HEADER.unpack_from(data)
    if key != KEY:
        raise ValueError("it does not begin like one")
    parameters = _parameters(data, BLOCK_BYTES * (block - 1))
    frames, width = last - first + 1, 4 * count + samples
    kind = "<f4" if scale < 0 else "<i2"
    wanted = frames * width
    offset = BLOCK_BYTES * (start - 1)
    if frames < 1 or not count or offset < 0:
        raise ValueError("it has no points")
    if offset + wanted * np.dtype(kind).itemsize > len(data):
        raise ValueError("it ends too early")
    rows = np.frombuffer(data, kind, wanted, offset).reshape(frames, width).astype(np.float64)
    points = rows[:, : 4 * count].reshape(frames, count, 4)
    places = points[..., :3] * (1.0 if scale < 0 else scale)
    missing = ~(points[..., 3] >= 0) | ~np.isfinite(places).all(axis=2)
    places[missing] = np.nan
    return C3d(parameters, places, rows[:, 4 * count :: ratio] if ratio else rows[:, 4 * count :])


def _parameters(data: bytes, start: int) -> dict[str, Any]:
    """Return the parameters by ``GROUP:NAME``."""
    if data[start + 3] != INTEL:
        raise ValueError("it was not written in the byte order of Intel processors")
    groups: dict[int, str] = {}
    found: list[tuple[int, str, Any]] = []
    for group, name, here in _entries(data, start + 4):
        if group < 0:
            groups[-group] = name
        else:
            found.append((group, name, _value(data, here)))
    return {f"{groups.get(group, '')}:{name}": value for group, name, value in found}


def _entries(data: bytes, at: int) -> Iterator[tuple[int, str, int]]:
    """Yield group, name and content position of each entry."""
    while True:
        length, group = struct.unpack_from("<bb", data, at)
        if length == 0:
            return
        name_end = at + 2 + abs(length)  # a locked entry has a negative length
        (step,) = struct.unpack_from("<H", data, name_end)
        yield group, data[at + 2 : name_end].decode("latin-1").upper(), name_end + 2
        if step == 0:
            return
        at = name_end + step


def _value(data: bytes, at: int) -> Any:
    """Return the value of a parameter: a list of texts, or an array of numbers."""
    kind, depth = struct.unpack_from("<bB", data, at)
    sizes = struct.unpack_from(f"<{depth}B", data, at + 2)
    at += 2 + depth
    count = math.prod(sizes)
    if kind == TEXT:
        width = sizes[0] if sizes else 1
        (text,) = struct.unpack_from(f"{count}s", data, at)
        ends = range(width, count + 1, width) if width else ()
        return [text[end - width : end].decode("latin-1").strip("\0 ") for end in ends]
    if kind not in _NUMBERS:
        raise ValueError("it has a parameter of an unknown type")
    dtype = np.dtype(_NUMBERS[kind])
    if at + count * dtype.itemsize > len(data):
        raise ValueError("it ends too early")
    return np.frombuffer(data, dtype, count, at)
