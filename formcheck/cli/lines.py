"""Messages and JSON on the terminal: one line for an error or a notice, with safe characters.

All commands use it. It imports nothing heavy.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from formcheck.app.options import (
    AnalyzeOptions,
    AppOptions,
    BatchOptions,
    HistoryOptions,
    LiveOptions,
    ProgrammeOptions,
    SpanOptions,
    declared,
)
from formcheck.data.errors import FormcheckError, UsageError

_RECORDS = (
    *(AppOptions, HistoryOptions, ProgrammeOptions, SpanOptions),
    *(BatchOptions, LiveOptions, AnalyzeOptions),
)
FLAGS = {one.name: f"--{one.typed_name}" for record in _RECORDS for one in declared(record)}
"""The command-line flag of each declared option."""


def escaped(text: str) -> str:
    """Escape characters that could control a terminal or break a line, as in a malicious file name.

    A no-break space becomes a normal space.
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "replace").decode()
        for char in text.replace("\N{NO-BREAK SPACE}", " ")
    )


LONGEST_LINE = 10_000
"""Most characters of a line: twice the longest possible path, and a message about it."""


def one_line(message: str, hint: str = "") -> str:
    """Join a message and its hint into one line of full sentences."""
    hint = hint.strip()
    sentences = (message.strip(), hint[:1].upper() + hint[1:])
    return " ".join(
        _shortened(escaped(part if part.endswith((".", "!", "?")) else f"{part}."))
        for part in sentences
        if part
    )


def error_line(error: FormcheckError) -> str:
    """Return an error as one line, with the flags and the command that can help."""
    helps = [FLAGS[name] for name in error.options]
    helps += [f"`formcheck {error.command}`"] if error.command else []
    hint = f"{error.hint.rstrip('.')} ({', '.join(helps)})" if helps else error.hint
    return one_line(error.message, hint)


def quoted(*words: str | Path) -> str:
    """Return a command with quoted words, so that it can be copied into a terminal."""
    return shlex.join(escaped(str(word)) for word in words)


def say(message: str, hint: str = "") -> None:
    """Print a message and its hint as one line on standard error."""
    sys.stderr.write(f"formcheck: {one_line(message, hint)}\n")
    sys.stderr.flush()


def print_json(data: Any, *, ascii_only: bool = False) -> None:
    """Print plain data as JSON; ``ascii_only`` is needed for file names that are not valid text."""
    text = json.dumps(data, indent=2, ensure_ascii=ascii_only, allow_nan=False)
    sys.stdout.write(f"{text}\n")


def file_form(form: str | None, out: Path | None, forms: Sequence[str]) -> str | None:
    """Return the format of a file: the given one, else by the ending of its name.

    ``None`` if neither a format nor a file is given.

    Raises
    ------
    UsageError
        The ending of the name is not one of the formats.
    """
    if out is None or form is not None:
        return form
    ending = out.suffix.lower().removeprefix(".")
    if ending not in forms:
        raise UsageError(
            f"unknown file type: {out.name}",
            hint=f"Use a name ending in {', '.join(f'.{one}' for one in forms)}, or give the form.",
        )
    return ending


def _shortened(text: str) -> str:
    """Cut the middle out of a very long text, such as a name in a damaged file."""
    if len(text) <= LONGEST_LINE:
        return text
    return f"{text[: LONGEST_LINE // 2]} … {text[-LONGEST_LINE // 2 :]}"


UNKNOWN = "-"
