"""The addresses of the app, the check that every request has to pass, and the security headers.

The check rejects requests that come from pages of other sites; ``keys.py`` decides what a device
may see. ``application.Guard`` uses both the check and the headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}
"""Headers of every answer. ``Strict-Transport-Security`` must not be added: with it, a browser does
not let the user continue after the warning about a certificate that the app made itself."""

SAFE_METHODS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Address:
    """The addresses of the pages: on this computer and, if opened, in the local network (LAN).

    On this computer plain http is used: it does not leave the computer, and browsers trust it like
    https. In the network https is used.

    Attributes
    ----------
    port
        Port on this computer.
    lan_addresses
        IP addresses of this computer in the network, the most likely first; empty if the app is not
        open to the network.
    lan_port
        Port in the network.
    """

    port: int
    lan_addresses: tuple[str, ...] = ()
    lan_port: int = 0

    @property
    def origin(self) -> str:
        """The address to open on this computer."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def lan_origins(self) -> tuple[str, ...]:
        """The addresses to open on another device, the most likely first."""
        return tuple(f"https://{one}:{self.lan_port}" for one in self.lan_addresses)

    @property
    def origins(self) -> frozenset[str]:
        """All addresses at which pages are served."""
        here = {f"http://{name}:{self.port}" for name in ("127.0.0.1", "localhost")}
        return frozenset({*here, *self.lan_origins})

    @staticmethod
    def is_this_machine(scheme: str) -> bool:
        """Return whether a request comes from this computer; only then its scheme is http."""
        return _as_http(scheme) == "http"

    def cookie_name(self, scheme: str) -> str:
        """Return the name of the cookie; it contains the port, as all ports share cookies.

        The prefix ``__Host-`` makes the browser accept the cookie only by https from this address.
        """
        prefix = "" if self.is_this_machine(scheme) else "__Host-"
        return f"{prefix}formcheck_{self.port}"

    def why_refused(self, method: str, scheme: str, host: str, origin: str | None) -> str:
        """Return why a request is refused; empty if it is accepted.

        A page of another site cannot change these headers. ``Host`` reveals a foreign name that
        points to this computer (DNS rebinding); ``Origin`` reveals a form or script of another site
        (CSRF). Browsers always send ``Origin`` with a web socket.
        """
        asked = f"{_as_http(scheme)}://{host}"
        if asked not in self.origins:
            return "Open formcheck at the address that it printed: it answers at no other."
        if origin is None and method not in SAFE_METHODS:
            return "This did not come from a page of formcheck: open the link that it printed."
        if origin is not None and origin != asked:
            return "This came from a page of another site: open the link that formcheck printed."
        return ""


def _as_http(scheme: str) -> str:
    """Return the scheme of the page that opened a web socket: http for ws, https for wss."""
    return {"ws": "http", "wss": "https"}.get(scheme, scheme)
