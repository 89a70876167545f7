"""Who may ask for what: keys, cookies, and the checks that every request passes.

A link holds a token that works once. The page it opens sends the token back by POST and gets a
cookie, so the token is in no address that is logged, kept in a history or sent to another site.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""Go with every answer."""

SAFE_METHODS = frozenset({"GET", "HEAD"})


class KeyRole(StrEnum):
    """What a key opens."""

    OWNER = "owner"
    """The link opened on this machine: everything."""
    PHONE = "phone"
    """May send to one session and read its verdict."""
    SCREEN = "screen"
    """May only read one session."""


class Keys:
    """The links that were given out and not used, and the cookies they were exchanged for.

    They live as long as the server. Only digests are kept.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._links: dict[str, KeyRole] = {}
        self._cookies: dict[str, KeyRole] = {}

    def new_link(self, role: KeyRole) -> str:
        """Make a token for a link; it works once."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._links[_digest(token)] = role
        return token

    def exchange(self, token: str) -> str | None:
        """Take a link's token and return the cookie for it; ``None`` when it is unknown or used."""
        with self._lock:
            role = self._links.pop(_digest(token), None)
            if role is None:
                return None
            cookie = secrets.token_urlsafe(32)
            self._cookies[_digest(cookie)] = role
        return cookie

    def role_of(self, cookie: str) -> KeyRole | None:
        """Return what a cookie opens; ``None`` when it is unknown."""
        with self._lock:
            return self._cookies.get(_digest(cookie))


@dataclass(frozen=True)
class Address:
    """The address that the page has on this machine.

    Attributes
    ----------
    port
        Port of the server.
    """

    port: int

    @property
    def origin(self) -> str:
        """The address to open."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def cookie_name(self) -> str:
        """Name of the cookie; cookies of one machine are shared by all ports."""
        return f"formcheck_{self.port}"

    @property
    def hosts(self) -> frozenset[str]:
        """What a browser on this machine may call it."""
        return frozenset(f"{name}:{self.port}" for name in ("127.0.0.1", "localhost"))

    def why_refused(self, method: str, host: str, origin: str | None) -> str:
        """Say why a request is refused, whatever it asks for; empty when it is not.

        A page of another site cannot choose these headers. The host stops a name of theirs that
        points to this machine, the origin a form or script of theirs that posts to it.
        """
        if host not in self.hosts:
            return "This page is only served under its own address."
        ours = {f"http://{name}" for name in self.hosts}
        if origin is None and method not in SAFE_METHODS:
            return "The request does not say which page it comes from."
        if origin is not None and (origin not in ours or origin != f"http://{host}"):
            return "The request comes from another page."
        return ""


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
