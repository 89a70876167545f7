"""The addresses that this machine has in the local network."""

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
"""``SIOCGIFADDR``, the request for the address of a network card, on macOS; see ``net/if.h``."""
_ASK_ADDRESS_LINUX = 0x8915
_ADDRESS_AT = slice(20, 24)
"""Where the address is in the answer, ``struct ifreq``: behind 16 bytes of the card's name and 4
of family and port. The same on Linux and macOS."""
_ANSWER_BYTES = 64
_FAR_AWAY = ("192.0.2.1", 9)
"""An address that nobody has (RFC 5737). A datagram socket that is connected sends nothing."""


def lan_addresses() -> tuple[str, ...]:
    """Return the IPv4 addresses of this machine in local networks, the likeliest first.

    The one by which the machine reaches other networks comes first, since a phone is mostly in the
    same. Addresses of the open internet are left out: nothing is served there.
    """
    return _in_local_networks((*_by_route(), *_of_all_cards()))


def _in_local_networks(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in addresses if _is_local(one)))


def _is_local(address: str) -> bool:
    known = ipaddress.ip_address(address)
    elsewhere = known.is_loopback or known.is_unspecified or known.is_multicast
    return not known.is_global and not elsewhere


def _by_route() -> tuple[str, ...]:
    """Return the address from which this machine would reach other networks; none without."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(_FAR_AWAY)
        except OSError:
            return ()
        return (str(asked.getsockname()[0]),)


def _of_all_cards() -> tuple[str, ...]:
    """Return one address of each network card; on Windows all."""
    if os.name == "nt" or fcntl is None:
        return _by_own_name()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        found = (_of_card(asked, name) for _, name in socket.if_nameindex())
        return tuple(one for one in found if one is not None)


def _by_own_name() -> tuple[str, ...]:
    """Look up this machine's own name, for which Windows knows all addresses."""
    try:
        return tuple(socket.gethostbyname_ex(socket.gethostname())[2])
    except OSError:
        return ()


def _of_card(asked: socket.socket, name: str) -> str | None:
    request = _ASK_ADDRESS.get(sys.platform, _ASK_ADDRESS_LINUX)
    card = struct.pack(f"{_ANSWER_BYTES}s", name.encode()[:15])
    try:
        answer = fcntl.ioctl(asked.fileno(), request, card)
    except OSError:  # a card without an IPv4 address
        return None
    return socket.inet_ntoa(answer[_ADDRESS_AT])
