"""The command line of formcheck: runs a command, prints its errors, and returns the exit code.

:func:`main` is the entry point. The commands themselves are declared in ``commands.py``. Only this
room prints and knows exit codes. Importing this package is fast, so that ``formcheck --help``
answers at once: each command imports the slow modules that it needs.
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
from pathlib import Path
from typing import Any, NoReturn

from formcheck.data.errors import (
    FormcheckError,
    InputError,
    NoRepetitionError,
    OutputError,
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
    """Run one command, and exit with its exit code; the entry point of the program.

    Parameters
    ----------
    args
        The arguments of the command line; ``None``: those of the process.

    Raises
    ------
    SystemExit
        Always. 0 done, 2 wrong usage, 3 the input cannot be used, 4 no repetition found,
        130 interrupted, 1 a mistake in formcheck itself.
    """
    _prepare_streams()
    _treat_signals_as_ctrl_c()
    try:
        _run_and_exit(args)
    except SystemExit as ended:
        sys.exit(_unless_output_was_lost(ended.code))


def _run_and_exit(args: Sequence[str] | None) -> NoReturn:
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
        _say(f"unexpected {type(error).__name__}: {error}", _saved_traceback_hint(error))
        sys.exit(INTERNAL_ERROR)
    sys.exit(DONE)


def _treat_signals_as_ctrl_c() -> None:
    """Treat SIGTERM and a closed terminal like Ctrl-C, so that the work ends in good order."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)


class _Output(io.FileIO):
    """A standard stream that drops what cannot be written, so that the command completes its work.

    If the reader of a pipe has closed it, as after ``| head``, this is not an error. Any other
    error, such as a full disk, is kept in ``lost``.
    """

    lost: OSError | None = None

    def write(self, data: Any, /) -> int:
        """Write the data, or drop it after an error; return its length."""
        try:
            return super().write(data)
        except BrokenPipeError:
            pass
        except OSError as error:
            self.lost = self.lost or error
        return memoryview(data).nbytes


_outputs: list[_Output] = []
"""The standard output of this process, after :func:`_prepare_streams`."""


def _unless_output_was_lost(code: str | int | None) -> str | int | None:
    """Return the exit code; if output could not be written, print that, and return an error."""
    if sys.stdout is not None:
        sys.stdout.flush()
    lost = next((one.lost for one in _outputs if one.lost is not None), None)
    if lost is None:
        return code
    error = OutputError(f"the output could not be written: {lost.strerror}")
    _say(error.message, "Make room, or send the output elsewhere")
    return code or code_of(error)


def _prepare_streams() -> None:
    """Make the standard streams safe to use.

    A closed stream, as after ``>&-``, is replaced by one to nowhere. A character that the terminal
    cannot show becomes ``?``. If a file or pipe cannot be written to, the command continues.
    """
    _replace_closed_streams()
    for name in ("stdout", "stderr"):
        own = getattr(sys, f"__{name}__")
        if own is None or own is not getattr(sys, name) or own.isatty():
            continue
        raw = _Output(own.fileno(), "w", closefd=False)
        by_line = name == "stderr"
        safe = io.TextIOWrapper(io.BufferedWriter(raw), own.encoding, line_buffering=by_line)
        setattr(sys, name, safe)
        if name == "stdout":
            _outputs.append(raw)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _replace_closed_streams() -> None:
    """Replace closed standard streams by streams to nowhere.

    Their file descriptors are replaced too. Otherwise the next file that is opened, such as the
    history, would get this number, and native code that prints would write into it.
    """
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)  # as a standard stream, also for workers
    os.close(descriptor)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, nowhere)


def _say(message: str, hint: str) -> None:
    from formcheck.cli.lines import say

    say(message, hint)


def _exit_if_library_missing(error: Exception) -> None:
    """If an error says that a system library is missing, print how to install it, and exit."""
    from formcheck.cli.doctor_command import advise_on, missing_library

    library = missing_library(str(error))
    if library:
        _say(f"the system library {library} is missing", advise_on(library))
        sys.exit(BAD_INPUT)


def _saved_traceback_hint(error: Exception) -> str:
    """Save the traceback of an error in a file; return a hint with its path."""
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
