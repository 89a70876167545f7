"""Writes the keypoints of a session as a C3D file, the format of motion laboratories.

A C3D file has a fixed rate, so the keypoints are first interpolated (``store/even_rate.py``).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from formcheck.data.poses import Poses
from formcheck.pose.files.c3d_format import BLOCK_BYTES, HEADER, INTEL, KEY, TEXT
from formcheck.pose.markers import (
    CONFIDENCE_CHANNEL,
    LOOKED_AT_CHANNEL,
    MARKERS,
    OWN_PROFILE,
    OWN_SIZE,
    TIME_CHANNELS,
)
from formcheck.store.even_rate import EvenRows
from formcheck.store.whole_file import write_bytes

MOST_FRAMES = 65_535
"""Most frames of a C3D file: the format counts them with 16 bits."""

_Value = Sequence[str] | Sequence[int] | Sequence[float]


def write_c3d(path: Path, poses: Poses, rows: EvenRows, *, frame_size_px: tuple[int, int]) -> None:
    """Write the unfiltered keypoints of a film as points of a C3D file.

    A look (one run of the pose model on a frame) is in the row nearest to its time; the rows
    between looks are interpolated linearly. x is to the right and y up, in pixels from the lower
    left corner of the frame; z is 0. An unknown keypoint is marked as missing. Analog channels with
    one sample for each row contain its true time, the confidence of each keypoint, and whether it
    is a look. A parameter names the program that found the poses. Numbers have single precision.

    Parameters
    ----------
    path
        The file to write, completely or not at all.
    poses
        The unfiltered poses of all looks.
    rows
        The rows of the looks in the file; at most :data:`MOST_FRAMES` rows.
    frame_size_px
        Width and height of the frame.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    order, names = list(MARKERS), list(MARKERS.values())
    flat = rows.filled(poses.keypoints_px[:, order])
    known = np.isfinite(flat).all(axis=2)
    points = np.zeros((len(rows), len(order), 4))
    points[..., :2] = flat
    points[..., 1] = frame_size_px[1] - points[..., 1]
    points[~known] = (0.0, 0.0, 0.0, -1.0)
    t_s, confidence = rows.row_t_s, rows.filled(poses.confidence[:, order])
    # A number of single precision is too coarse for a time, so two channels hold it: the nearest
    # such number, and what it lacks. Their sum is the time.
    near_s = t_s.astype(np.float32).astype(np.float64)
    channels = {
        **dict(zip(TIME_CHANNELS, (near_s, t_s - near_s), strict=True)),
        LOOKED_AT_CHANNEL: rows.looked_at,
        **{
            CONFIDENCE_CHANNEL.format(name): np.nan_to_num(confidence[:, k])
            for k, name in enumerate(names)
        },
    }
    data = np.column_stack([points.reshape(len(rows), -1), *channels.values()]).astype("<f4")
    units = ["s" if name in TIME_CHANNELS else "" for name in channels]
    own_group, own_name = OWN_SIZE.split(":")

    def parameters(data_block: int) -> bytes:
        """Return the parameter section; ``data_block`` is the number of the first block of data."""
        return _parameters(
            {
                "POINT": {
                    "USED": [len(order)],
                    "SCALE": [-1.0],
                    "RATE": [rows.rate_hz],
                    "DATA_START": [data_block],
                    "FRAMES": [len(rows)],
                    "LABELS": names,
                    "UNITS": ["px"],
                    "X_SCREEN": ["+X"],
                    "Y_SCREEN": ["+Y"],
                },
                "ANALOG": {
                    "USED": [len(channels)],
                    "GEN_SCALE": [1.0],
                    "SCALE": [1.0] * len(channels),
                    "OFFSET": [0] * len(channels),
                    "RATE": [rows.rate_hz],
                    "LABELS": list(channels),
                    "UNITS": units,
                },
                "FORCE_PLATFORM": {"USED": [0]},
                own_group: {
                    own_name: list(frame_size_px),
                    OWN_PROFILE.split(":")[1]: [poses.profile.id],
                },
            }
        )

    # Block 1 is the header, and the parameters begin in block 2. Their length does not depend on
    # the number of the data block, so it is found with a 0 in its place.
    data_block = 2 + len(parameters(0)) // BLOCK_BYTES
    # In the order of HEADER. The scale -1 says that coordinates are floating-point numbers.
    facts = (len(order), len(channels), 1, len(rows), 0, -1.0, data_block, 1, rows.rate_hz)
    write_bytes(
        path,
        HEADER.pack(2, KEY, *facts).ljust(BLOCK_BYTES, b"\0")
        + parameters(data_block)
        + _whole_blocks(data.tobytes()),
    )


def _parameters(groups: Mapping[str, Mapping[str, _Value]]) -> bytes:
    """Return the bytes of the parameter section: all groups with their parameters."""
    entries = b""
    for number, (group, values) in enumerate(groups.items(), start=1):
        entries += _entry(-number, group, b"\0")
        entries += b"".join(_entry(number, name, _packed(one)) for name, one in values.items())
    blocks = len(_whole_blocks(bytes(4) + entries + bytes(2))) // BLOCK_BYTES
    return _whole_blocks(bytes([1, KEY, blocks, INTEL]) + entries + bytes(2))


def _entry(group: int, name: str, content: bytes) -> bytes:
    """Return the bytes of a group or a parameter: name, group number, length and content."""
    head = struct.pack("<bb", len(name), group) + name.encode("ascii")
    return head + struct.pack("<H", 2 + len(content)) + content


def _packed(values: _Value) -> bytes:
    """Return the bytes of a parameter: type, sizes and values, and an empty description."""
    texts = [value.encode("ascii") for value in values if isinstance(value, str)]
    if texts:
        width = max(len(text) for text in texts)
        head = struct.pack("<bBBB", TEXT, 2, width, len(texts))
        return head + b"".join(text.ljust(width) for text in texts) + b"\0"
    whole = all(isinstance(value, int) for value in values)
    kind, letter = (2, "H") if whole else (4, "f")
    return struct.pack(f"<bBB{len(values)}{letter}B", kind, 1, len(values), *values, 0)


def _whole_blocks(data: bytes) -> bytes:
    return data.ljust(-(-len(data) // BLOCK_BYTES) * BLOCK_BYTES, b"\0")
