"""Links with which a phone or a screen joins the app, as text and as a QR code."""

from __future__ import annotations

import io
from dataclasses import dataclass

import segno

from formcheck.web.access import Address
from formcheck.web.keys import KeyRole, Keys

_QUIET_MODULES = 4
"""The white edge that a reader needs (ISO/IEC 18004)."""


@dataclass(frozen=True)
class Invitation:
    """A link that works once, for one of the network addresses of this computer.

    Attributes
    ----------
    address
        Host and port of the link.
    link
        The complete link.
    """

    address: str
    link: str

    def as_lines(self) -> str:
        """Return the QR code drawn with text characters, for a terminal."""
        text = io.StringIO()
        self._code().terminal(out=text, border=_QUIET_MODULES, compact=True)
        return text.getvalue()

    def as_picture(self) -> str:
        """Return the QR code as a ``data:`` address of an SVG picture, for a page."""
        picture: str = self._code().svg_data_uri(border=_QUIET_MODULES, light="#fff", scale=4)
        return picture

    def _code(self) -> segno.QRCode:
        return segno.make(self.link, error="m", micro=False)


def invite(address: Address, keys: Keys, role: KeyRole, pairing: str) -> tuple[Invitation, ...]:
    """Return a link for each network address of this computer, the most likely address first.

    All links contain the same token, so only one of them can be used.

    Raises
    ------
    UsageError
        There is no such pairing.
    """
    token = keys.new_link(role, pairing)
    return tuple(
        Invitation(origin.removeprefix("https://"), f"{origin}/enter#{token}")
        for origin in address.lan_origins
    )
