"""The pictures of the lowest points, as files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from formcheck.store.whole_file import output_error


def still_name(index: int) -> str:
    """Name of a repetition's picture, relative to the session's folder."""
    return f"stills/rep_{index:02d}.jpg"


def write_stills(folder: Path, pictures: Mapping[int, bytes]) -> dict[int, str]:
    """Write pictures as ``stills/rep_01.jpg``; give their names relative to ``folder``.

    Raises
    ------
    OutputError
        They cannot be written.
    """
    names = {index: still_name(index) for index in pictures}
    try:
        for index, name in names.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(pictures[index])
    except OSError as error:
        raise output_error(folder / "stills", error) from error
    return names
