"""Read TRC files, a text format for marker positions: one row for each frame."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.errors import SourceError
from formcheck.data.file_names import printable
from formcheck.data.keypoints import Keypoint
from formcheck.data.plain_file import read_plain
from formcheck.data.pose_profile import AS_GIVEN, PoseProfile
from formcheck.pose.files.points import (
    ReadPoses,
    coordinate,
    damaged,
    has_decimal_commas,
    missing_as_nan,
    number,
    places_of,
    poses_of,
    y_down,
)
from formcheck.pose.markers import WHOSE_NOTE
from formcheck.pose.profiles import profile_named

KIND = "TRC file"

_MAX_BYTES = 500_000_000
"""Limit on the size of a file."""
_FIRST_MARKER = 2
"""Number of columns before the first marker: frame number and time."""
_HEADER_LINES = 4


def read_trc(path: Path, size_px: tuple[int, int]) -> ReadPoses:
    """Read a TRC file whose coordinates are in pixels.

    Markers are identified by their names in BODY_25 and HALPE_26; unknown ones are skipped. A TRC
    file has no confidence: it is set to 1 where a marker is known and to 0 where it is missing,
    which programs write in many ways (:func:`~formcheck.pose.files.points.missing_as_nan`).
    Decimals may be written with a point or, throughout the file, with a comma. A file that
    formcheck wrote names the profile of its poses; those of others are measured as they are.
    Whether y points up from the lower edge (OpenSim) or down from the upper edge (Sports2D in
    pixels) is determined from the body: ankles are below shoulders.

    Parameters
    ----------
    path
        The file.
    size_px
        Width and height of the film in pixels.

    Returns
    -------
    One pose per row; keypoints NaN where a marker is missing, world coordinates all NaN.

    Raises
    ------
    SourceError
        The file is missing, damaged, empty, in metres, or lacks needed markers.
    """
    shown = printable(path.name)
    try:
        data = read_plain(path, _MAX_BYTES)
    except OSError as error:
        raise SourceError(
            f"cannot read '{shown}': {error.strerror}", hint="Check the path and the name."
        ) from error
    lines = _lines(data, shown)
    columns = _marker_columns(lines, shown)
    rows = [line.split("\t") for line in lines[_HEADER_LINES:]]
    if rows and not rows[0][0].strip():
        del rows[0]  # the line X1, Y1, Z1, which some programs leave empty
    if not rows:
        raise SourceError(
            f"'{shown}' has no frames",
            hint="Export the TRC file again from the program that wrote it.",
        )
    t_s, points_px = _numbers(rows, columns, shown)
    _check_times(t_s, shown)
    points_px = y_down(missing_as_nan(points_px, size_px), size_px[1], shown, KIND)
    profile = _profile(lines[0])
    samples = poses_of(t_s, points_px, size_px, profile=profile)
    return ReadPoses(samples, size_px, KIND, hashlib.sha256(data).hexdigest(), profile=profile)


def _lines(data: bytes, shown: str) -> list[str]:
    """Return the lines that are not blank, for any encoding and kind of line end.

    A byte-order mark shows the encoding. Without one, the text is read as UTF-8; in an older
    encoding only names of files and of unknown markers may be lost.
    """
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = data.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    if "\0" in text:
        raise damaged(shown, KIND, "it is not text")
    return [line for line in re.split(r"[\r\n]+", text) if line.strip()]


def _profile(first_line: str) -> PoseProfile:
    """Return the profile of the poses, which formcheck writes after the file's name."""
    notes = [cell.strip() for cell in first_line.split("\t")]
    stated = [note.removeprefix(WHOSE_NOTE) for note in notes if note.startswith(WHOSE_NOTE)]
    return profile_named(stated[-1]) if stated else AS_GIVEN


def _marker_columns(lines: Sequence[str], shown: str) -> dict[Keypoint, int]:
    """Return the column of the x coordinate of each known marker."""
    if len(lines) < _HEADER_LINES or not lines[0].startswith("PathFileType"):
        raise damaged(shown, KIND, "its first line does not begin with PathFileType")
    cells = [cell.strip() for cell in lines[3].split("\t")]
    if cells[:_FIRST_MARKER] != ["Frame#", "Time"]:
        raise damaged(shown, KIND, "its fourth line does not begin with Frame# and Time")
    return places_of(cells, shown)


def _numbers(
    rows: Sequence[Sequence[str]], columns: dict[Keypoint, int], shown: str
) -> tuple[FloatArray, FloatArray]:
    """Return times in seconds, shape (N,), and points as written, shape (N, 19, 2)."""
    width = max(columns.values()) + 2
    t_s = np.empty(len(rows))
    points = np.full((len(rows), len(Keypoint), 2), np.nan)
    comma = has_decimal_commas(chain.from_iterable(rows))
    for index, row in enumerate(rows):
        # Some programs leave out empty cells at the end of a row.
        cells = [*row, *[""] * (width - len(row))]
        try:
            t_s[index] = number(cells[1], decimal_comma=comma)
            for which, column in columns.items():
                points[index, which] = [
                    coordinate(cell, decimal_comma=comma) for cell in cells[column : column + 2]
                ]
        except ValueError as error:
            reason = f"row {index + 1} has a cell that is not a number"
            raise damaged(shown, KIND, reason) from error
    return t_s, points


def _check_times(t_s: FloatArray, shown: str) -> None:
    """Raise ``SourceError`` unless the times increase."""
    wrong = np.flatnonzero(~(np.diff(t_s) > 0))
    if not np.isfinite(t_s).all() or len(wrong):
        row = int(wrong[0]) + 2 if len(wrong) else int(np.flatnonzero(~np.isfinite(t_s))[0]) + 1
        raise damaged(shown, KIND, f"its times do not increase at row {row}")
