"""Open and read files that a user named, but no pipes or devices, which may block or never end."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from io import BufferedReader
from pathlib import Path

from formcheck.data.errors import SourceError


def open_plain(path: Path) -> BufferedReader:
    """Open a regular file for reading.

    Raises
    ------
    OSError
        It cannot be opened, or is a folder, a pipe or a device; ``strerror`` says so.
    """
    # Non-blocking, as opening a pipe would otherwise wait for a writer.
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _require_regular_file(os.fstat(file).st_mode, path)
        return os.fdopen(file, "rb")
    except BaseException:
        os.close(file)
        raise


def read_plain(path: Path, most_bytes: int) -> bytes:
    """Read a whole file, up to a size limit.

    Raises
    ------
    OSError
        As :func:`open_plain`, and when it is larger.
    """
    with open_plain(path) as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        limit = f"it is larger than {most_bytes / 1e6:.0f} MB"
        raise OSError(errno.EFBIG, limit, str(path))
    return data


def _require_regular_file(mode: int, path: Path) -> None:
    """Raise ``OSError`` for a folder, a pipe or a device."""
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", str(path))


def sha256_of(path: Path) -> str:
    """Return the SHA-256 digest of a file.

    Raises
    ------
    SourceError
        It cannot be read.
    """
    try:
        with open_plain(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(
            f"cannot read {path.name!r}: {error.strerror}",
            hint="Check the path, and that the user who runs formcheck may read it.",
        ) from error
