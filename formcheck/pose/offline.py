"""Stop MediaPipe from sending usage statistics over the network.

Since 2026 the published MediaPipe packages post usage statistics to their maker, from a native
thread with its own copy of libcurl, and offer no switch to turn that off. libcurl reads the proxy
from the environment; a proxy of an unknown scheme makes it give up before it looks up a host name
or opens a connection.
"""

from __future__ import annotations

import functools
import os

INVALID_PROXY = "none://formcheck.invalid"
"""A proxy address whose scheme does not exist."""

_STATISTICS_HOST = "play.googleapis.com"


@functools.cache
def keep_offline() -> None:
    """Block web access of native libraries in this process; call it before MediaPipe is loaded.

    Only the environment that native code reads is changed, not ``os.environ``: Python's own
    libraries, and a camera stream over HTTP, keep the user's proxies.
    """
    for name in ("https_proxy", "HTTPS_PROXY"):
        os.putenv(name, INVALID_PROXY)
    for name in ("no_proxy", "NO_PROXY"):  # hosts listed here bypass the proxy
        os.putenv(name, _without_statistics_host(os.environ.get(name, "")))


def _without_statistics_host(no_proxy: str) -> str:
    """Remove every entry that matches the statistics host from a ``no_proxy`` list."""
    hosts = no_proxy.replace(",", " ").split()
    kept = [
        host
        for host in hosts
        if host != "*" and not _STATISTICS_HOST.endswith(host.lower().lstrip("."))
    ]
    return ",".join(kept) or "formcheck.invalid"  # an empty list would be treated as unset
