"""System libraries that MediaPipe and OpenCV load, and how to get one that is missing."""

from __future__ import annotations

import re

DEBIAN_PACKAGES = {
    "libGL.so": "libgl1",
    "libEGL.so": "libegl1",
    "libGLESv2.so": "libgles2",
    "libgthread-2.0.so": "libglib2.0-0",
    "libglib-2.0.so": "libglib2.0-0",
    "libxcb.so": "libxcb1",
    "libX11.so": "libx11-6",
}
"""Which package of Debian and Ubuntu brings it."""

_MISSING = re.compile(r"(lib[\w.+-]+?\.so)([.\d]*): cannot open shared object file")


def missing_library(error: str) -> str | None:
    """Give the file name of the system library that an error says is missing."""
    found = _MISSING.search(error)
    return "".join(found.groups()) if found else None


def advise_on(library: str) -> str:
    """Say how to get a missing system library."""
    stem = library[: library.index(".so") + len(".so")]
    package = DEBIAN_PACKAGES.get(stem)
    if package is None:
        return f"Install the system package that brings {library}"
    return f"On Debian or Ubuntu run: sudo apt-get install {package}"
