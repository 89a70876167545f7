"""Access to the app: links, the keys (cookies) they are exchanged for, and what a key may do.

The person who starts the app is the *owner*. A phone or a screen is let in with a link, which the
owner shows as a QR code. Devices that belong together, for example at the training of one patient,
form a *pairing*: they see only the sessions of this pairing.

A link contains a token that works once. The page that it opens sends the token back by POST and
gets a cookie. So the token never stands in an address that is logged, saved in a browser's history
or sent to another site.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from threading import RLock

from formcheck.data.errors import UsageError

LINK_S = 900.0
"""How long a link for a phone or a screen can be used. Our choice: enough time to walk over and
scan the QR code, while a photo of it is of no use later."""
MOST_KEYS = 20
"""Most phones and screens of one pairing. Our choice: enough for a full room, and a limit for a
script that joins again and again."""


class KeyRole(StrEnum):
    """Kind of a key, which decides what it may do."""

    OWNER = "owner"
    """May do everything, but only on the computer that runs the app."""
    PHONE = "phone"
    """May send films and live sessions to its pairing, and see their results."""
    SCREEN = "screen"
    """May only see the sessions of its pairing."""


class AccessError(UsageError):
    """The request has no key, or one that does not allow it.

    Attributes
    ----------
    status
        HTTP status of the answer.
    """

    status = 403


class NoKeyError(AccessError):
    """There is no key, or it was revoked."""

    def __init__(self) -> None:
        super().__init__(
            "this page opens only with a link",
            hint="Open the link that formcheck app printed in the terminal, or scan a new code. "
            "Each link works once. If you have used it already, go back to the tab that it opened, "
            "or start formcheck app again.",
        )


class WrongKeyError(AccessError):
    """The key's role does not allow the request."""

    def __init__(self) -> None:
        super().__init__(
            "this device may not open this page",
            hint="Open it on the computer that runs formcheck.",
        )


class NothingThereError(AccessError):
    """The session belongs to another pairing; the answer is as if it did not exist."""

    status = 404

    def __init__(self) -> None:
        super().__init__("not found", hint="There is nothing at this address.")


class LinkError(AccessError):
    """A link was used already, is too old, or is from an earlier start of the app."""

    def __init__(self) -> None:
        super().__init__(
            "this link was used already, is too old, or is from before formcheck was started again",
            hint="Go back to the tab that it opened, or make a new code or link on the computer.",
        )


class KeyEndedError(AccessError):
    """The key was revoked, or its pairing was ended, while the page was in use."""

    def __init__(self) -> None:
        super().__init__("this device was disconnected", hint="Scan a new code on the computer.")


OWNERS_FIELDS = frozenset({"person", "keep_film"})
"""Fields of a form that only the owner may fill in: the person, and whether to keep the film."""


@dataclass(frozen=True)
class Key:
    """The rights that belong to one cookie.

    Attributes
    ----------
    id
        Public name of the key, used to list and revoke it; it gives no access.
    role
        What the key may do.
    pairing
        Id of its pairing; empty for the owner, who sees all pairings.
    since
        When the link was exchanged for the cookie, in seconds since 1970.
    """

    id: str
    role: KeyRole
    pairing: str = ""
    since: float = 0.0

    @property
    def is_owner(self) -> bool:
        """Whether it is the key of the owner."""
        return self.role is KeyRole.OWNER


@dataclass(frozen=True)
class Pairing:
    """Phones and screens that belong together, and the sessions measured with them.

    Attributes
    ----------
    id
        Public name of the pairing; it gives no access.
    person
        Name of the person who trains; empty if not given.
    since
        When the pairing began, in seconds since 1970.
    sessions
        Ids of its sessions and of its films that are not measured yet, the oldest first.
    """

    id: str
    person: str = ""
    since: float = 0.0
    sessions: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Link:
    role: KeyRole
    pairing: str
    until_s: float


@dataclass
class Keys:
    """All links that were not used yet, all cookies with their keys, and all pairings.

    They exist as long as the server runs. Of tokens and cookies only digests are stored.

    Attributes
    ----------
    now_s
        Returns the time by which links expire, in seconds.
    """

    now_s: Callable[[], float] = time.monotonic
    _lock: RLock = field(default_factory=RLock)
    _links: dict[str, _Link] = field(default_factory=dict)
    _cookies: dict[str, Key] = field(default_factory=dict)
    _pairings: dict[str, Pairing] = field(default_factory=dict)

    # --- links and cookies -----------------------------------------------------------------

    def new_link(self, role: KeyRole, pairing: str = "") -> str:
        """Return a token for a new link; it works once.

        Parameters
        ----------
        role
            Role of the key that the link is exchanged for. The owner's link does not expire; the
            others expire after ``LINK_S``.
        pairing
            Id of the pairing that a phone or a screen joins.

        Raises
        ------
        UsageError
            There is no such pairing.
        """
        with self._lock:
            if role is KeyRole.OWNER:
                pairing = ""  # the owner sees all
            else:
                self._require(pairing)
            token = secrets.token_urlsafe(32)
            until_s = float("inf") if role is KeyRole.OWNER else self.now_s() + LINK_S
            self._retain_links(lambda link: link.until_s > self.now_s())
            self._links[_digest(token)] = _Link(role, pairing, until_s)
        return token

    def exchange(self, token: str, *, on_this_machine: bool = True) -> tuple[str, Key]:
        """Exchange a link's token for a cookie; return the cookie and its key.

        Raises
        ------
        LinkError
            The token is unknown, used or expired, its pairing has ended or is full, or it is the
            owner's and the request comes from another device.
        """
        digest = _digest(token)
        with self._lock:
            link = self._links.get(digest)
            if link is None or not self._is_usable(link, on_this_machine):
                raise LinkError
            del self._links[digest]
            cookie = secrets.token_urlsafe(32)
            key = Key(secrets.token_hex(8), link.role, link.pairing, time.time())
            self._cookies[_digest(cookie)] = key
        return cookie, key

    def _is_usable(self, link: _Link, on_this_machine: bool) -> bool:
        if link.role is KeyRole.OWNER:
            return on_this_machine
        return link.until_s > self.now_s() and len(self.keys_of(link.pairing)) < MOST_KEYS

    def key_of(self, cookie: str) -> Key | None:
        """Return the key of a cookie; ``None`` if the cookie is unknown or was revoked."""
        with self._lock:
            return self._cookies.get(_digest(cookie))

    def holds(self, key: Key) -> bool:
        """Return whether a key is still valid; needed in work that takes longer than a request."""
        with self._lock:
            return key in self._cookies.values()

    def require(self, key: Key) -> None:
        """Require that a key is still valid; raises ``KeyEndedError``."""
        if not self.holds(key):
            raise KeyEndedError

    def revoke(self, key_id: str) -> bool:
        """Revoke the key of a phone or a screen; return whether there was one."""
        return self._revoke_keys(lambda key: key.id == key_id)

    # --- pairings --------------------------------------------------------------------------

    def new_pairing(self, person: str = "") -> Pairing:
        """Begin a pairing that phones and screens may join."""
        made = Pairing(secrets.token_hex(8), person, time.time())
        with self._lock:
            self._pairings[made.id] = made
        return made

    def pairing(self, pairing_id: str) -> Pairing | None:
        """Return a pairing; ``None`` if there is none of this id, or it has ended."""
        with self._lock:
            return self._pairings.get(pairing_id)

    def pairing_of(self, key: Key) -> Pairing:
        """Return the pairing of a phone's or screen's key; raises ``KeyEndedError`` if it ended."""
        found = self.pairing(key.pairing)
        if found is None:
            raise KeyEndedError
        return found

    def pairings(self) -> list[Pairing]:
        """Return the pairings, the oldest first."""
        with self._lock:
            return list(self._pairings.values())

    def keys_of(self, pairing_id: str) -> list[Key]:
        """Return the keys of the phones and screens of a pairing, in the order they joined."""
        with self._lock:
            return [key for key in self._cookies.values() if key.pairing == pairing_id != ""]

    def end_pairing(self, pairing_id: str) -> bool:
        """End a pairing, and revoke its keys and links; return whether there was one."""
        with self._lock:
            self._retain_links(lambda link: link.pairing != pairing_id)
            self._revoke_keys(lambda key: key.pairing == pairing_id)
            return self._pairings.pop(pairing_id, None) is not None

    def newest_pairing(self) -> Pairing | None:
        """Return the pairing that began last; ``None`` if there is none."""
        with self._lock:
            return next(reversed(self._pairings.values()), None)

    def put_session(self, pairing_id: str, session_id: str) -> None:
        """Add a session, or a film that will become one, to a pairing.

        Raises
        ------
        UsageError
            There is no such pairing.
        """
        with self._lock:
            known = self._require(pairing_id)
            sessions = (*known.sessions, session_id)
            self._pairings[pairing_id] = replace(known, sessions=sessions)

    def opens(self, key: Key, session_id: str) -> bool:
        """Return whether a key may see a session; the owner may see all, others their pairing's."""
        if key.is_owner:
            return True
        pairing = self.pairing(key.pairing)
        return pairing is not None and session_id in pairing.sessions

    def _require(self, pairing_id: str) -> Pairing:
        found = self._pairings.get(pairing_id)
        if found is None:
            raise UsageError("this connection has ended", hint="Scan a new code on the computer.")
        return found

    def _retain_links(self, which: Callable[[_Link], bool]) -> None:
        self._links = {digest: link for digest, link in self._links.items() if which(link)}

    def _revoke_keys(self, which: Callable[[Key], bool]) -> bool:
        """Revoke the keys of phones and screens for which ``which`` is true; return if any was."""
        with self._lock:
            ended = {
                digest
                for digest, key in self._cookies.items()
                if key.role is not KeyRole.OWNER and which(key)
            }
            for digest in ended:
                del self._cookies[digest]
        return bool(ended)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
