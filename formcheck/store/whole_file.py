"""Write files completely or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from formcheck.data.errors import OutputError


def output_error(path: Path, error: OSError) -> OutputError:
    """Turn an error of the operating system into one with a message and a hint."""
    if error.errno == errno.ENOSPC:
        hint = "Free some space, or choose a folder on another disk."
    else:
        hint = "Choose a folder that you may write to."
    reason = error.strerror or type(error).__name__
    return OutputError(f"could not write {path}: {reason}", hint=hint, options=("out",))


@contextmanager
def whole_path(path: Path) -> Iterator[Path]:
    """Give another path in the same folder; what the block writes there replaces ``path``.

    When the block raises, that file is removed and whatever was at ``path`` stays as it was.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield aside
        aside.replace(path)
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        _remove(aside)


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """Open a text file that replaces ``path`` when the block ends well.

    It is UTF-8, with newlines as written. Lone surrogates, as undecodable file names have them, are
    written as ``?``. See :func:`whole_path`.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    with (
        whole_path(path) as aside,
        aside.open("w", encoding="utf-8", errors="replace", newline="") as file,
    ):
        yield file


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all; raises ``OutputError``."""
    with whole_file(path) as file:
        file.write(text)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; raises ``OutputError``."""
    with whole_path(path) as aside:
        aside.write_bytes(data)


def _remove(path: Path) -> None:
    # A file that does not exist, or whose folder does not, needs no removing.
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return
