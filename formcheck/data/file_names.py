"""Make file names safe to show in messages."""

from __future__ import annotations

import os


def printable(name: str | os.PathLike[str]) -> str:
    """Replace line breaks and other non-printable characters, so that a name stays on one line."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in os.fspath(name))
