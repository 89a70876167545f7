"""Lower the priority of background threads, so that pose estimation and display come first."""

from __future__ import annotations

import os
import sys
import threading

NICENESS = 5
"""Added to the ``nice`` value of a background thread. Our choice."""


def lower_thread_priority() -> None:
    """Lower the priority of the calling thread and of the threads it starts from now on.

    Does nothing except on Linux: no other system gives each thread its own ``nice`` value.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        niceness = os.getpriority(os.PRIO_PROCESS, thread) + NICENESS
        os.setpriority(os.PRIO_PROCESS, thread, niceness)  # the kernel clips it to its maximum
