"""The console (of the library ``rich``) that the commands print tables and colours to."""

from __future__ import annotations

import sys
from typing import TextIO

from rich.console import Console

PIPE_WIDTH = 120
"""Width in characters for output to a file or another program."""

GRADE_STYLES = {"good": "green", "watch": "yellow", "fault": "red"}


def console(stream: TextIO | None = None) -> Console:
    """Make a console on ``stream`` (standard output when ``None``).

    Texts are printed unchanged, so that a file name cannot change the style. Files and pipes get
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
