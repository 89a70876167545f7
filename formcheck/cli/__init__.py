"""The command line: the only place that prints and exits.

Importing this package is fast, so that ``formcheck --help`` answers at once: each command imports
the slow modules that it needs.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

from formcheck.data.errors import (
    FormcheckError,
    InputError,
    NoRepetitionError,
    UsageError,
)

DONE, INTERNAL_ERROR, WRONG_USAGE, BAD_INPUT, NO_REPETITION, INTERRUPTED = 0, 1, 2, 3, 4, 130
_CODES: tuple[tuple[type[FormcheckError], int], ...] = (
    (UsageError, WRONG_USAGE),
    (InputError, BAD_INPUT),
    (NoRepetitionError, NO_REPETITION),
)


def code_of(error: FormcheckError) -> int:
    """Return the exit code for an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), INTERNAL_ERROR)


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit with its code; the console entry point.

    Parameters
    ----------
    args
        The command-line arguments; those of the process when ``None``.

    Raises
    ------
    SystemExit
        Always. 0 done, 2 wrong usage, 3 the input cannot be used, 4 no repetition found,
        130 interrupted, 1 a mistake in formcheck itself.
    """
    _prepare_output()
    _treat_signals_as_ctrl_c()
    try:
        from formcheck.cli.commands import run

        run(args)
    except FormcheckError as error:
        from formcheck.cli.lines import error_line

        _exit_if_library_missing(error)
        sys.stderr.write(f"formcheck: {error_line(error)}\n")
        sys.exit(code_of(error))
    except KeyboardInterrupt:
        _say("interrupted", "Nothing was written")
        sys.exit(INTERRUPTED)
    except Exception as error:  # a traceback does not help the user
        if os.environ.get("FORMCHECK_DEBUG"):
            raise
        _exit_if_library_missing(error)
        _say(f"unexpected {type(error).__name__}: {error}", _how_to_report(error))
        sys.exit(INTERNAL_ERROR)
    sys.exit(DONE)


def _treat_signals_as_ctrl_c() -> None:
    """Treat SIGTERM and a closed terminal as Ctrl-C, so that nothing is left half done."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)


class _WhileItIsRead(io.FileIO):
    """Standard output; what comes after its reader has gone, as ``| head`` does, is dropped.

    That somebody has read enough is no failure of the command.
    """

    def write(self, data: Any, /) -> int:
        """Write, or drop it."""
        try:
            return super().write(data)
        except BrokenPipeError:
            return memoryview(data).nbytes


def _prepare_output() -> None:
    """Print ``?`` for a character that the terminal cannot show; outlive a pipe that is closed."""
    own = sys.__stdout__
    if own is not None and own is sys.stdout and not own.isatty():
        raw = _WhileItIsRead(own.fileno(), "w", closefd=False)
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(raw), own.encoding)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _say(message: str, hint: str) -> None:
    from formcheck.cli.lines import say

    say(message, hint)


def _exit_if_library_missing(error: Exception) -> None:
    """When the error says that a system library is missing, say how to install it and exit."""
    from formcheck.cli.doctor_command import advise_on, missing_library

    library = missing_library(str(error))
    if library:
        _say(f"the system library {library} is missing", advise_on(library))
        sys.exit(BAD_INPUT)


def _how_to_report(error: Exception) -> str:
    """Save the traceback; return a hint with its path."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="formcheck-", suffix=".log", delete=False, encoding="utf-8"
        ) as log:
            log.writelines(traceback.format_exception(error))
    except OSError as failure:
        return (
            "This is a bug in formcheck; its details could not be saved "
            f"({failure.strerror}). Run again with FORMCHECK_DEBUG=1 to see them"
        )
    return f"This is a bug in formcheck: please report it with the file {log.name}"
