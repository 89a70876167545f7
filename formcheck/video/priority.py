"""Threads that let others go first."""

from __future__ import annotations

import os
import sys
import threading

GIVE_WAY = 5
"""How much a thread yields the processors to the others, as ``nice`` counts it."""


def give_way() -> None:
    """Let other threads go before this one, and before those that it starts from now on.

    Only Linux gives a thread a priority of its own; elsewhere nothing changes.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        niceness = os.getpriority(os.PRIO_PROCESS, thread) + GIVE_WAY
        os.setpriority(os.PRIO_PROCESS, thread, niceness)  # the system keeps it within its limits
