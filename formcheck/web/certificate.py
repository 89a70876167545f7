"""The certificate for https in the local network; the app makes and signs it itself.

No authority has signed it, so a browser shows a warning once. The connection is still encrypted,
and the user can compare the fingerprint to see that nobody is listening in between.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from formcheck.store.whole_file import whole_path

FILE_NAME = "certificate.pem"
HAS_MODES = os.name != "nt"
"""Whether files have access modes; on Windows the rights of the folder protect the file."""
VALID_DAYS = 397
"""Apple devices refuse more than 398 days and recommend 397 (support.apple.com/HT211025)."""
_RENEW_DAYS = 7
"""A certificate that ends sooner than this is made again, as the app may run for some days."""
_CLOCK_DAYS = 1
"""The certificate is valid from this much earlier, for phones whose clock is slow."""
_OWN_NAME = "formcheck on this computer"


@dataclass(frozen=True)
class Certificate:
    """A certificate and its private key.

    Attributes
    ----------
    path
        PEM file with both; only the user who runs the app may read it.
    fingerprint
        SHA-256 of the certificate, as browsers show it.
    """

    path: Path
    fingerprint: str


def certificate_for(
    folder: Path, addresses: Sequence[str], now: datetime | None = None
) -> Certificate:
    """Return the certificate in a folder; make a new one if it is missing or not valid any more.

    Parameters
    ----------
    folder
        Folder of the certificate's file.
    addresses
        IP addresses of this computer; the certificate is valid for exactly these.
    now
        The present time; by default from the clock.

    Raises
    ------
    OutputError
        The certificate cannot be written.
    """
    now = now or datetime.now(UTC)
    path = folder / FILE_NAME
    known = _read(path)
    if known is None or not _is_valid(known, addresses, now):
        known = _make_certificate(path, addresses, now)
    digest = known.fingerprint(hashes.SHA256())
    return Certificate(path, digest.hex(":").upper())


def _read(path: Path) -> x509.Certificate | None:
    """Read the certificate; ``None`` if there is none, or if others could have read its key."""
    try:
        if HAS_MODES and path.stat().st_mode & 0o077:
            return None
        text = path.read_bytes()
        certificate = x509.load_pem_x509_certificate(text)
        key = load_pem_private_key(text, password=None)
    except (OSError, ValueError):
        return None
    return certificate if key.public_key() == certificate.public_key() else None


def _is_valid(certificate: x509.Certificate, addresses: Sequence[str], now: datetime) -> bool:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return (
        _addresses_in(certificate) == set(addresses)
        and begins <= now
        and now + timedelta(days=_RENEW_DAYS) < ends
        and ends - begins <= timedelta(days=VALID_DAYS)
    )


def _addresses_in(certificate: x509.Certificate) -> set[str]:
    try:
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return set()
    return {str(one) for one in named.value.get_values_for_type(x509.IPAddress)}


def _make_certificate(path: Path, addresses: Sequence[str], now: datetime) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _OWN_NAME)])
    begins = now - timedelta(days=_CLOCK_DAYS)
    named = x509.SubjectAlternativeName(
        [x509.IPAddress(ipaddress.ip_address(one)) for one in addresses]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=VALID_DAYS))
        .add_extension(named, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write_for_owner(path, pem + made.public_bytes(Encoding.PEM))
    return made


def _write_for_owner(path: Path, data: bytes) -> None:
    """Write a file that no other user can read at any time; raises ``OutputError``."""
    with whole_path(path) as temporary:
        temporary.unlink(missing_ok=True)
        # O_BINARY: otherwise Windows changes the ends of lines.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
            file.write(data)
