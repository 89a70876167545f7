"""File names as they may be shown."""

from __future__ import annotations

import os


def printable(name: str | os.PathLike[str]) -> str:
    """Keep a file name on one line: what cannot be printed becomes a replacement character."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in os.fspath(name))
