"""Find the IP addresses of this computer in the local network."""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
import sys
from collections.abc import Iterable

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_ASK_ADDRESS = {"darwin": 0xC0206921}
"""``SIOCGIFADDR`` on macOS (``net/if.h``): the request for the address of a network card."""
_ASK_ADDRESS_LINUX = 0x8915
_ADDRESS_AT = slice(20, 24)
"""Position of the address in the answer, ``struct ifreq``: after 16 bytes with the card's name and
4 with family and port. The same on Linux and macOS."""
_ANSWER_BYTES = 64
_FAR_AWAY = ("192.0.2.1", 9)
"""An address that is reserved for documentation (RFC 5737). Connecting a datagram socket sends
nothing; it only chooses the route."""


def lan_addresses() -> tuple[str, ...]:
    """Return the IPv4 addresses of this computer in local networks, the most likely first.

    The address by which the computer reaches other networks comes first, since a phone is mostly in
    the same network. Public internet addresses are left out, as the app must not be served there.
    """
    return _local_only((*_address_by_route(), *_addresses_of_cards()))


def _local_only(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in addresses if _is_local(one)))


def _is_local(address: str) -> bool:
    known = ipaddress.ip_address(address)
    elsewhere = known.is_loopback or known.is_unspecified or known.is_multicast
    return not known.is_global and not elsewhere


def _address_by_route() -> tuple[str, ...]:
    """Return the address with which this computer reaches other networks; empty if none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_FAR_AWAY)
        except OSError:
            return ()
        return (str(probe.getsockname()[0]),)


def _addresses_of_cards() -> tuple[str, ...]:
    """Return one address of each network card; on Windows all addresses."""
    if os.name == "nt" or fcntl is None:
        return _addresses_by_own_name()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        found = (_address_of_card(probe, name) for _, name in socket.if_nameindex())
        return tuple(one for one in found if one is not None)


def _addresses_by_own_name() -> tuple[str, ...]:
    """Look up this computer's own name; Windows then returns all its addresses."""
    try:
        return tuple(socket.gethostbyname_ex(socket.gethostname())[2])
    except OSError:
        return ()


def _address_of_card(probe: socket.socket, name: str) -> str | None:
    request = _ASK_ADDRESS.get(sys.platform, _ASK_ADDRESS_LINUX)
    card = struct.pack(f"{_ANSWER_BYTES}s", name.encode()[:15])
    try:
        answer = fcntl.ioctl(probe.fileno(), request, card)
    except OSError:  # a card without an IPv4 address
        return None
    return socket.inet_ntoa(answer[_ADDRESS_AT])
