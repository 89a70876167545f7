"""The keypoints as a C3D file, for the programs of motion laboratories."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from formcheck.data.poses import Poses
from formcheck.pose.files.c3d_format import BLOCK_BYTES, HEADER, INTEL, KEY, TEXT
from formcheck.pose.markers import CONFIDENCE_CHANNEL, MARKERS, OWN_PROFILE, OWN_SIZE, TIME_CHANNELS
from formcheck.store.whole_file import write_bytes

MOST_FRAMES = 65_535
"""The format counts frames with 16 bits."""

_Value = Sequence[str] | Sequence[int] | Sequence[float]


def write_c3d(
    path: Path, poses: Poses, *, frame_size_px: tuple[int, int], frame_rate_hz: float | None
) -> None:
    """Write the unfiltered keypoints of a film as points of a C3D file.

    x is to the right, y up, from the lower left corner of the frame, in pixels; z is 0. A
    keypoint that is not known is missing. Analog channels with one sample a frame hold the true
    time of each frame and the confidence of each keypoint; a parameter says whose poses they are.
    Numbers have single precision.

    Parameters
    ----------
    path
        The file to write; whole or not at all.
    poses
        Every frame of the film, unfiltered; at most :data:`MOST_FRAMES`.
    frame_size_px
        Width and height of the frame.
    frame_rate_hz
        Median rate of the film; 0 in the file when it is not known.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    order, names = list(MARKERS), list(MARKERS.values())
    known = np.isfinite(poses.keypoints_px[:, order]).all(axis=2)
    points = np.zeros((len(poses), len(order), 4))
    points[..., :2] = poses.keypoints_px[:, order]
    points[..., 1] = frame_size_px[1] - points[..., 1]
    points[~known] = (0.0, 0.0, 0.0, -1.0)
    channels = [*TIME_CHANNELS, *(CONFIDENCE_CHANNEL.format(name) for name in names)]
    near_s = poses.t_s.astype(np.float32).astype(np.float64)
    rows = np.column_stack(
        [points.reshape(len(poses), -1), near_s, poses.t_s - near_s, poses.confidence[:, order]]
    ).astype("<f4")
    rate_hz = frame_rate_hz or 0.0
    own_group, own_name = OWN_SIZE.split(":")

    def parameters(data_block: int) -> bytes:
        return _parameters(
            {
                "POINT": {
                    "USED": [len(order)],
                    "SCALE": [-1.0],
                    "RATE": [rate_hz],
                    "DATA_START": [data_block],
                    "FRAMES": [len(poses)],
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
                    "RATE": [rate_hz],
                    "LABELS": channels,
                    "UNITS": [*["s"] * len(TIME_CHANNELS), *[""] * len(names)],
                },
                "FORCE_PLATFORM": {"USED": [0]},
                own_group: {
                    own_name: list(frame_size_px),
                    OWN_PROFILE.split(":")[1]: [poses.profile.id],
                },
            }
        )

    data_block = 2 + len(parameters(0)) // BLOCK_BYTES
    facts = (len(order), len(channels), 1, len(poses), 0, -1.0, data_block, 1, rate_hz)
    write_bytes(
        path,
        HEADER.pack(2, KEY, *facts).ljust(BLOCK_BYTES, b"\0")
        + parameters(data_block)
        + _whole_blocks(rows.tobytes()),
    )


def _parameters(groups: Mapping[str, Mapping[str, _Value]]) -> bytes:
    entries = b""
    for number, (group, values) in enumerate(groups.items(), start=1):
        entries += _entry(-number, group, b"\0")
        entries += b"".join(_entry(number, name, _packed(one)) for name, one in values.items())
    blocks = len(_whole_blocks(bytes(4) + entries + bytes(2))) // BLOCK_BYTES
    return _whole_blocks(bytes([1, KEY, blocks, INTEL]) + entries + bytes(2))


def _entry(group: int, name: str, content: bytes) -> bytes:
    """A group or a parameter: the length says how far it is to the next one."""
    head = struct.pack("<bb", len(name), group) + name.encode("ascii")
    return head + struct.pack("<H", 2 + len(content)) + content


def _packed(values: _Value) -> bytes:
    """A parameter's type, sizes and values, and an empty description."""
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
