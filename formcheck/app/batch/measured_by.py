"""Which version of formcheck measured a film.

The receipt of a film contains it (``receipt.py``). If it differs from the running version, the
results are not used again, and the film is analyzed once more.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import formcheck
from formcheck.data.session import SCHEMA
from formcheck.exercises.registry import ENTRY_POINT_GROUP


def measured_by() -> Mapping[str, Any]:
    """Return everything about the installed formcheck that the results depend on.

    Returns
    -------
    Mapping
        Plain data: the version, the schema of the sessions, a digest of the code (which also
        changes within a version), and the packages that add exercises, with their versions.
    """
    return {
        "version": formcheck.__version__,
        "session": SCHEMA,
        "code_sha256": code_sha256(Path(formcheck.__file__).parent),
        "added_exercises": sorted(
            f"{point.value} {point.dist.version if point.dist else ''}".rstrip()
            for point in entry_points(group=ENTRY_POINT_GROUP)
        ),
    }


@functools.cache
def code_sha256(package: Path) -> str:
    """Return a digest of a package's modules, their names and contents; computed only once."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
