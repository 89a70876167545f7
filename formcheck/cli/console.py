"""The console that commands print to, and its width."""

from __future__ import annotations

import sys
from typing import TextIO

from rich.console import Console

PIPE_WIDTH = 120
"""Columns of a table that goes to a file or another program, which has no width of its own."""

GRADE_STYLES = {"good": "green", "watch": "yellow", "fault": "red"}


def console(stream: TextIO | None = None) -> Console:
    """Make a console on ``stream`` (standard output when ``None``).

    Texts are printed literally, so that a file name cannot change the style, and a pipe gets
    neither colours nor control codes.
    """
    stream = sys.stdout if stream is None else stream
    return Console(
        file=stream,
        width=None if stream.isatty() else PIPE_WIDTH,
        markup=False,
        emoji=False,
        highlight=False,
    )
