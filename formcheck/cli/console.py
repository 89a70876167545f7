"""Where the commands print to, and how wide that is."""

from __future__ import annotations

import sys
from typing import TextIO

from rich.console import Console

PIPE_WIDTH = 120
"""Columns of a table that goes to a file or another program, which has no width of its own."""

GRADE_STYLES = {"good": "green", "watch": "yellow", "fault": "red"}


def console(stream: TextIO | None = None) -> Console:
    """Make a console on ``stream`` (standard output when ``None``).

    It takes every text literally, so that a file's name cannot style the screen, and it sends
    neither colour nor control codes into a pipe.
    """
    stream = sys.stdout if stream is None else stream
    return Console(
        file=stream,
        width=None if stream.isatty() else PIPE_WIDTH,
        markup=False,
        emoji=False,
        highlight=False,
    )
