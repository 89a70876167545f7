"""Processes that a test starts, and that never keep it waiting.

``from child_processes import ...``.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WITHIN_S = 60.0


@contextmanager
def child(words: Sequence[str | Path], **how: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a process whose lines are read; it is killed at the end of the block at the latest."""
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, **how) as process:
        try:
            yield process
        finally:
            process.kill()


def next_line(process: subprocess.Popen[str]) -> str:
    """Wait for the next line that a process writes; one that is silent for a minute is killed."""
    assert process.stdout is not None
    silent = threading.Timer(WITHIN_S, process.kill)
    silent.start()
    try:
        return process.stdout.readline()
    finally:
        silent.cancel()
