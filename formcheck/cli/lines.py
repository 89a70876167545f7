"""Plain text for the terminal; imports nothing heavy."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from formcheck.app.options import (
    AnalyzeOptions,
    BatchOptions,
    HistoryOptions,
    LiveOptions,
    declared,
)
from formcheck.data.errors import FormcheckError

_RECORDS = (HistoryOptions, BatchOptions, LiveOptions, AnalyzeOptions)
FLAGS = {one.name: f"--{one.word}" for record in _RECORDS for one in declared(record)}
"""How each declared option is written on the command line."""


def printable(text: str) -> str:
    """Escape what could upset a terminal or break a line, as in the name of a hostile file.

    A space that must not break becomes an ordinary one.
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "replace").decode()
        for char in text.replace("\N{NO-BREAK SPACE}", " ")
    )


LONGEST_LINE = 10_000
"""Characters; twice the longest path there can be, with room for what is said of it."""


def one_line(message: str, hint: str = "") -> str:
    """Join what was found and what to do into one line of full sentences."""
    hint = hint.strip()
    sentences = (message.strip(), hint[:1].upper() + hint[1:])
    return " ".join(
        _shortened(printable(part if part.endswith((".", "!", "?")) else f"{part}."))
        for part in sentences
        if part
    )


def said(error: FormcheckError) -> str:
    """Put an error into one line, with the options that can change it."""
    flags = ", ".join(FLAGS[name] for name in error.options)
    hint = f"{error.hint.rstrip('.')} ({flags})" if flags else error.hint
    return one_line(error.message, hint)


def quoted(*words: str | Path) -> str:
    """Write a command so that it can be copied, whatever is in the names."""
    return shlex.join(printable(str(word)) for word in words)


def say(message: str, hint: str = "") -> None:
    """Print one line on standard error that says what was found and what to do."""
    sys.stderr.write(f"formcheck: {one_line(message, hint)}\n")
    sys.stderr.flush()


def _shortened(text: str) -> str:
    """Leave out the middle of what no terminal has room for, as a name in a damaged file."""
    if len(text) <= LONGEST_LINE:
        return text
    return f"{text[: LONGEST_LINE // 2]} … {text[-LONGEST_LINE // 2 :]}"


UNKNOWN = "-"
