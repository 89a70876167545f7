"""How much room a disk has, and how much of it stays free."""

from __future__ import annotations

import shutil
from pathlib import Path

LEAST_FREE_BYTES = 2_000_000_000
"""No film is received or recorded beyond this: measurements, and the system, need it more. Ours."""


def free_bytes(folder: Path) -> int:
    """Return how much room the disk of a folder has; raises ``OSError``."""
    return shutil.disk_usage(folder).free
