"""Keeping the log lines of native libraries off the user's terminal.

MediaPipe, TensorFlow Lite and Abseil write straight to file descriptor 2. Their environment
variables (``GLOG_minloglevel``, ``TF_CPP_MIN_LOG_LEVEL``) were tried: the lines still come, since
they are written before the logging that reads those variables is set up. So the descriptor itself
is pointed elsewhere while the native graph is built and while it first finds a person, which is
when all of them are written.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
import weakref
from collections.abc import Iterator

NATIVE_STDERR = 2


class _Silence:
    """The one silence of the process: the first who enters begins it, the last who leaves ends it.

    Threads overlap: a lock held for the whole time would let one wait for another for ever, when
    the one that holds it waits for the other's work.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._restore = contextlib.ExitStack()

    def enter(self) -> None:
        """Begin the silence, unless it is there already."""
        with self._lock:
            if not self._inside:
                with contextlib.ExitStack() as restore:
                    _point_elsewhere(restore)
                    self._restore = restore.pop_all()
            self._inside += 1

    def leave(self) -> None:
        """End the silence, unless somebody else is still inside."""
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._restore.close()


_silence = _Silence()


@contextlib.contextmanager
def native_stderr_silenced() -> Iterator[None]:
    """Send what native code writes to standard error nowhere.

    Python's own ``sys.stderr`` keeps reaching the user, from any thread: it writes to a copy of
    the true descriptor meanwhile. Exceptions pass through. May be nested, and entered by several
    threads at once: the silence lasts until the last one leaves.
    """
    _silence.enter()
    try:
        yield
    finally:
        _silence.leave()


def _point_elsewhere(restore: contextlib.ExitStack) -> None:
    """Point the descriptor to nowhere until ``restore`` closes."""
    try:
        true_stderr = os.dup(NATIVE_STDERR)
    except OSError:  # closed, as under a windowed launcher: there is nothing to silence
        return
    restore.callback(os.close, true_stderr)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    restore.callback(os.close, nowhere)
    _keep_python_stderr(true_stderr, restore)
    restore.callback(os.dup2, true_stderr, NATIVE_STDERR)
    os.dup2(nowhere, NATIVE_STDERR)


def _keep_python_stderr(true_stderr: int, restore: contextlib.ExitStack) -> None:
    """Let ``sys.stderr`` write to ``true_stderr`` until ``restore`` closes, if it used fd 2."""
    python_stderr = sys.stderr
    try:
        uses_native = python_stderr.fileno() == NATIVE_STDERR
    except (AttributeError, io.UnsupportedOperation, ValueError):
        return  # none, or one that some other tool has put in its place
    if not uses_native:
        return
    python_stderr.flush()
    copy = os.dup(true_stderr)
    stand_in = open(  # noqa: SIM115
        copy,
        "w",
        buffering=1,
        encoding=python_stderr.encoding,
        errors=python_stderr.errors,
        closefd=False,
    )
    # Not closed here: another thread may be writing to it just now.
    weakref.finalize(stand_in, os.close, copy)
    restore.callback(setattr, sys, "stderr", python_stderr)
    sys.stderr = stand_in
