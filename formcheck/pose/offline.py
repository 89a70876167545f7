"""Keeps MediaPipe from reporting its use over the network.

Since 2026 the published MediaPipe packages post usage statistics to their maker through a copy of
libcurl of their own, from a native thread. They have no switch for it. libcurl asks the
environment which proxy to take; one of an unknown kind makes it give up before it looks up a name
or opens a connection.
"""

from __future__ import annotations

import functools
import os

NO_WAY_OUT = "none://formcheck.invalid"
"""A proxy of a kind that does not exist."""

_HOST = "play.googleapis.com"


@functools.cache
def keep_offline() -> None:
    """Leave the native libraries of this process no way to the web; call it before MediaPipe loads.

    Only the environment that native code sees is changed, not ``os.environ``: Python's own
    libraries, and a camera's stream over HTTP, keep the user's proxies.
    """
    for name in ("https_proxy", "HTTPS_PROXY"):
        os.putenv(name, NO_WAY_OUT)
    for name in ("no_proxy", "NO_PROXY"):  # what is listed here would go past the proxy
        os.putenv(name, _without_host(os.environ.get(name, "")))


def _without_host(exceptions: str) -> str:
    """Take what covers the host of the statistics out of a list of hosts that need no proxy."""
    hosts = exceptions.replace(",", " ").split()
    kept = [host for host in hosts if host != "*" and not _HOST.endswith(host.lower().lstrip("."))]
    return ",".join(kept) or "formcheck.invalid"  # an empty list would count as none at all
