"""Writes files completely or not at all.

A file is first written under a temporary name, and then renamed. So an error or a crash never
leaves half a file, and an older file stays until the new one is complete.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from formcheck.data.errors import OutputError


def output_error(path: Path, error: OSError) -> OutputError:
    """Convert an error of the operating system to an ``OutputError`` with a hint."""
    if error.errno == errno.ENOSPC:
        hint = "Free some space, or choose a folder on another disk."
    else:
        hint = "Choose a folder that you may write to."
    reason = error.strerror or type(error).__name__
    return OutputError(f"could not write {path}: {reason}", hint=hint, options=("out",))


@contextmanager
def whole_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder; the file written there replaces ``path``.

    If the block raises an error, the temporary file is removed and ``path`` is unchanged.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        _remove(temporary)


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """Open a text file that replaces ``path`` if the block succeeds; see :func:`whole_path`.

    It is UTF-8, and newlines are written unchanged. Characters that cannot be encoded, as in broken
    file names, become ``?``.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    with (
        whole_path(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="replace", newline="") as file,
    ):
        yield file


def write_text(path: Path, text: str) -> None:
    """Write a text file completely or not at all; raises ``OutputError``."""
    with whole_file(path) as file:
        file.write(text)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file completely or not at all; raises ``OutputError``."""
    with whole_path(path) as temporary:
        temporary.write_bytes(data)


def _remove(path: Path) -> None:
    # The file or its folder may not exist.
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return
