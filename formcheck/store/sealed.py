"""Adds a checksum to a JSON object, and checks it: the first key is the SHA-256 of the rest.

The journal of a live session uses it for its lines, to find damaged ones.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

_SEAL = re.compile(rb'\{"seal":"([0-9a-f]{64})",')


def sealed(text: str) -> bytes:
    """Return a JSON object with its checksum as the first key; the object must not be empty."""
    rest = text.encode("utf-8", "replace")[1:]
    return b'{"seal":"' + hashlib.sha256(rest).hexdigest().encode() + b'",' + rest


def unsealed(data: bytes) -> dict[str, Any]:
    """Read an object with a checksum; raises ``ValueError`` if its content does not match."""
    seal = _SEAL.match(data)
    if seal is None or hashlib.sha256(data[seal.end() :]).hexdigest().encode() != seal[1]:
        raise ValueError("it was changed after it was written")
    found: dict[str, Any] = json.loads(data)
    return found
