"""JSON with a checksum: its first key is the SHA-256 of everything after it."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

_SEAL = re.compile(rb'\{"seal":"([0-9a-f]{64})",')


def sealed(text: str) -> bytes:
    """Add the checksum to a JSON object, which must not be empty, as its first key."""
    rest = text.encode("utf-8", "replace")[1:]
    return b'{"seal":"' + hashlib.sha256(rest).hexdigest().encode() + b'",' + rest


def unsealed(data: bytes) -> dict[str, Any]:
    """Read such an object; raises ``ValueError`` when its content does not match the checksum."""
    seal = _SEAL.match(data)
    if seal is None or hashlib.sha256(data[seal.end() :]).hexdigest().encode() != seal[1]:
        raise ValueError("it was changed after it was written")
    found: dict[str, Any] = json.loads(data)
    return found
