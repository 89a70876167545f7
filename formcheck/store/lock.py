"""Locks a file or folder for one process; the system releases the lock when the process ends.

With it, a running process is distinguished from one that crashed and left its files.
"""

from __future__ import annotations

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

CAN_LOCK = fcntl is not None
"""Whether this operating system has such locks; otherwise :func:`lock` does nothing."""


def lock(descriptor: int) -> None:
    """Lock an open file or folder until it is closed.

    Raises
    ------
    BlockingIOError
        Another process holds the lock.
    OSError
        The file system does not support locks, as on some network disks.
    """
    if CAN_LOCK:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
