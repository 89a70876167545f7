"""Free space on the disk: how much there is, and how much films may not use."""

from __future__ import annotations

import shutil
from pathlib import Path

LEAST_FREE_BYTES = 2_000_000_000
"""If less is free, no film is received or recorded any more, because measurements and the operating
system need the rest. Our choice."""


def free_bytes(folder: Path) -> int:
    """Return the free bytes on the disk of a folder; raises ``OSError``."""
    return shutil.disk_usage(folder).free
