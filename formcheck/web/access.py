"""The checks that every request passes, and the headers of every answer."""

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
"""Go with every answer. ``Strict-Transport-Security`` must not be among them: a browser would
then refuse to go on after its warning about a certificate that the app made itself."""

SAFE_METHODS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Address:
    """The addresses of the pages: on this machine, and in the local network when that is open.

    On this machine they come by plain http, which leaves no network card, and which a browser
    trusts as it does https. In the network they come by https.

    Attributes
    ----------
    port
        Port on this machine.
    lan_addresses
        Addresses of this machine in the network, the likeliest first; none when it is closed.
    lan_port
        Port in the network.
    """

    port: int
    lan_addresses: tuple[str, ...] = ()
    lan_port: int = 0

    @property
    def origin(self) -> str:
        """The address to open on this machine."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def lan_origins(self) -> tuple[str, ...]:
        """The addresses to open on another one, the likeliest first."""
        return tuple(f"https://{one}:{self.lan_port}" for one in self.lan_addresses)

    @property
    def origins(self) -> frozenset[str]:
        """All addresses by which a page may be asked for."""
        here = {f"http://{name}:{self.port}" for name in ("127.0.0.1", "localhost")}
        return frozenset({*here, *self.lan_origins})

    @staticmethod
    def is_this_machine(scheme: str) -> bool:
        """Say whether a request comes from this machine: only there is it plain http."""
        return _as_http(scheme) == "http"

    def cookie_name(self, scheme: str) -> str:
        """Name of the cookie; cookies of one machine are shared by all ports.

        The prefix makes a browser refuse one that did not come by https from this very address.
        """
        prefix = "" if self.is_this_machine(scheme) else "__Host-"
        return f"{prefix}formcheck_{self.port}"

    def why_refused(self, method: str, scheme: str, host: str, origin: str | None) -> str:
        """Say why a request is refused, whatever it asks for; empty when it is not.

        A page of another site cannot choose these headers. The host stops a name of theirs that
        points to this machine, the origin a form or script of theirs that posts to it. A socket
        says its origin always.
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
    """Return the scheme of the page that a socket belongs to."""
    return {"ws": "http", "wss": "https"}.get(scheme, scheme)
