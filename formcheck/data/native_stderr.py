"""Keep log lines of native libraries off the terminal.

MediaPipe, TensorFlow Lite and Abseil write directly to file descriptor 2 (standard error). Their
environment variables (``GLOG_minloglevel``, ``TF_CPP_MIN_LOG_LEVEL``) do not help: the lines are
written before the logging that reads those variables is set up. So the descriptor itself is
redirected to nowhere while MediaPipe is set up and while it first finds a person; all lines are
written then.
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
"""File descriptor of standard error."""


class _SharedRedirect:
    """The redirect of the process, shared by threads: the first starts it, the last ends it.

    Users are counted, rather than kept out by a lock for the whole time, which could deadlock: the
    thread with the lock may wait for the work of a thread that waits for the lock.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._restore = contextlib.ExitStack()

    def enter(self) -> None:
        """Start the redirect, unless it is active already."""
        with self._lock:
            if not self._users:
                with contextlib.ExitStack() as restore:
                    _redirect_stderr(restore)
                    self._restore = restore.pop_all()
            self._users += 1

    def leave(self) -> None:
        """End the redirect when this was the last user."""
        with self._lock:
            self._users -= 1
            if not self._users:
                self._restore.close()


_redirect = _SharedRedirect()


@contextlib.contextmanager
def native_stderr_silenced() -> Iterator[None]:
    """Discard what native code writes to standard error, within a ``with`` block.

    Python's own ``sys.stderr`` still reaches the user, from any thread: meanwhile it writes to a
    copy of the original descriptor. It may be nested, and used by several threads at once: the
    redirect lasts until the last one leaves.
    """
    _redirect.enter()
    try:
        yield
    finally:
        _redirect.leave()


def _redirect_stderr(restore: contextlib.ExitStack) -> None:
    """Point the descriptor to ``os.devnull`` until ``restore`` closes."""
    try:
        original = os.dup(NATIVE_STDERR)
    except OSError:  # closed, as under a windowed launcher: nothing can be written to it
        return
    restore.callback(os.close, original)
    devnull = os.open(os.devnull, os.O_WRONLY)
    restore.callback(os.close, devnull)
    _keep_python_stderr(original, restore)
    restore.callback(os.dup2, original, NATIVE_STDERR)
    os.dup2(devnull, NATIVE_STDERR)


def _keep_python_stderr(original: int, restore: contextlib.ExitStack) -> None:
    """Make ``sys.stderr`` write to ``original`` until ``restore`` closes, if it used fd 2."""
    python_stderr = sys.stderr
    try:
        uses_native = python_stderr.fileno() == NATIVE_STDERR
    except (AttributeError, io.UnsupportedOperation, ValueError):
        return  # there is none, or another tool has replaced it
    if not uses_native:
        return
    python_stderr.flush()
    copy = os.dup(original)
    replacement = open(  # noqa: SIM115
        copy,
        "w",
        buffering=1,
        encoding=python_stderr.encoding,
        errors=python_stderr.errors,
        closefd=False,
    )
    # Closed only when no longer referenced: another thread may be writing to it.
    weakref.finalize(replacement, os.close, copy)
    restore.callback(setattr, sys, "stderr", python_stderr)
    sys.stderr = replacement
