"""Keys: what a link is exchanged for, whom it lets in, and what it opens.

A link holds a token that works once. The page it opens sends the token back by POST and gets a
cookie, so the token is in no address that is logged, kept in a history or sent to another site.
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
"""How long a link for a phone or a screen can be used. Ours: time to walk over and scan it, but a
code that somebody photographed is worth nothing later."""
MOST_KEYS = 20
"""Phones and screens of one pairing. Ours: a room full, and an end for a script that joins."""


class KeyRole(StrEnum):
    """What a key opens."""

    OWNER = "owner"
    """The link opened on this machine: everything, and on this machine only."""
    PHONE = "phone"
    """May send to one pairing and read the verdicts of what is in it."""
    SCREEN = "screen"
    """May only read what is in one pairing."""


class AccessError(UsageError):
    """No key, or one that does not open what is asked for.

    Attributes
    ----------
    status
        The status of the answer.
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
    """The key is one for something else."""

    def __init__(self) -> None:
        super().__init__(
            "this device may not open this page",
            hint="Open it on the computer that runs formcheck.",
        )


class NothingThereError(AccessError):
    """A session of somebody else: answered as one that does not exist."""

    status = 404

    def __init__(self) -> None:
        super().__init__("not found", hint="There is nothing at this address.")


class LinkError(AccessError):
    """A link was used, is too old, or is of an earlier start."""

    def __init__(self) -> None:
        super().__init__(
            "this link was used already, is too old, or is from before formcheck was started again",
            hint="Go back to the tab that it opened, or make a new code or link on the computer.",
        )


class KeyEndedError(AccessError):
    """The key was revoked, or its pairing ended, while it was used."""

    def __init__(self) -> None:
        super().__init__("this device was disconnected", hint="Scan a new code on the computer.")


OWNERS_FIELDS = frozenset({"person", "keep_film"})
"""The fields of a form that only the owner fills: whose it is, and what fills the disk for long."""


@dataclass(frozen=True)
class Key:
    """What one cookie opens.

    Attributes
    ----------
    id
        Names the key where it is listed and revoked; it opens nothing.
    role
        What it may do.
    pairing
        The pairing it belongs to; empty for the owner, who sees all.
    since
        When the link was exchanged, in seconds since 1970.
    """

    id: str
    role: KeyRole
    pairing: str = ""
    since: float = 0.0

    @property
    def is_owner(self) -> bool:
        """Whether it is the owner's."""
        return self.role is KeyRole.OWNER


@dataclass(frozen=True)
class Pairing:
    """Phones and screens that belong together, and the sessions that came through them.

    Attributes
    ----------
    id
        Names it; it opens nothing.
    person
        Whose sessions they are; empty when not said.
    since
        When it began, in seconds since 1970.
    sessions
        Ids of its sessions, the first first; ids of films that wait, too.
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
    """The links that were given out and not used, and the cookies they were exchanged for.

    They live as long as the server. Only digests are kept.

    Attributes
    ----------
    now_s
        Gives the time by which links run out, in seconds.
    """

    now_s: Callable[[], float] = time.monotonic
    _lock: RLock = field(default_factory=RLock)
    _links: dict[str, _Link] = field(default_factory=dict)
    _cookies: dict[str, Key] = field(default_factory=dict)
    _pairings: dict[str, Pairing] = field(default_factory=dict)

    # --- links and cookies -----------------------------------------------------------------

    def new_link(self, role: KeyRole, pairing: str = "") -> str:
        """Make a token for a link; it works once.

        Parameters
        ----------
        role
            What the link is for. The owner's has no end of its own; the others have.
        pairing
            Which pairing a phone or a screen joins.

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
            self._keep_links(lambda link: link.until_s > self.now_s())
            self._links[_digest(token)] = _Link(role, pairing, until_s)
        return token

    def exchange(self, token: str, *, on_this_machine: bool = True) -> tuple[str, Key]:
        """Take a link's token and return the cookie for it, and its key.

        Raises
        ------
        LinkError
            It is unknown, used or too old, its pairing ended or is full, or it is the owner's and
            does not come from this machine.
        """
        digest = _digest(token)
        with self._lock:
            link = self._links.get(digest)
            if link is None or not self._works(link, on_this_machine):
                raise LinkError
            del self._links[digest]
            cookie = secrets.token_urlsafe(32)
            key = Key(secrets.token_hex(8), link.role, link.pairing, time.time())
            self._cookies[_digest(cookie)] = key
        return cookie, key

    def _works(self, link: _Link, on_this_machine: bool) -> bool:
        if link.role is KeyRole.OWNER:
            return on_this_machine
        return link.until_s > self.now_s() and len(self.keys_of(link.pairing)) < MOST_KEYS

    def key_of(self, cookie: str) -> Key | None:
        """Return what a cookie opens; ``None`` when it is unknown or was revoked."""
        with self._lock:
            return self._cookies.get(_digest(cookie))

    def holds(self, key: Key) -> bool:
        """Say whether a key still opens; for work that takes longer than a request."""
        with self._lock:
            return key in self._cookies.values()

    def require(self, key: Key) -> None:
        """Require that a key still opens; raises ``KeyEndedError``."""
        if not self.holds(key):
            raise KeyEndedError

    def revoke(self, key_id: str) -> bool:
        """End the key of a phone or a screen; returns whether there was one."""
        return self._end(lambda key: key.id == key_id)

    # --- pairings --------------------------------------------------------------------------

    def new_pairing(self, person: str = "") -> Pairing:
        """Begin a pairing that phones and screens may join."""
        made = Pairing(secrets.token_hex(8), person, time.time())
        with self._lock:
            self._pairings[made.id] = made
        return made

    def pairing(self, pairing_id: str) -> Pairing | None:
        """Return a pairing; ``None`` when there is none, or it ended."""
        with self._lock:
            return self._pairings.get(pairing_id)

    def pairing_of(self, key: Key) -> Pairing:
        """Return the pairing of a phone or a screen; raises ``KeyEndedError`` when it ended."""
        found = self.pairing(key.pairing)
        if found is None:
            raise KeyEndedError
        return found

    def pairings(self) -> list[Pairing]:
        """Return the pairings, the oldest first."""
        with self._lock:
            return list(self._pairings.values())

    def keys_of(self, pairing_id: str) -> list[Key]:
        """Return the phones and screens of a pairing, the first that joined first."""
        with self._lock:
            return [key for key in self._cookies.values() if key.pairing == pairing_id != ""]

    def end_pairing(self, pairing_id: str) -> bool:
        """End a pairing, its keys and its links; returns whether there was one."""
        with self._lock:
            self._keep_links(lambda link: link.pairing != pairing_id)
            self._end(lambda key: key.pairing == pairing_id)
            return self._pairings.pop(pairing_id, None) is not None

    def newest_pairing(self) -> Pairing | None:
        """Return the pairing that began last; ``None`` when there is none."""
        with self._lock:
            return next(reversed(self._pairings.values()), None)

    def put_session(self, pairing_id: str, session_id: str) -> None:
        """Note that a session, or a film that will be one, came through a pairing.

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
        """Say whether a key belongs to a session: the owner's to all, others to their pairing's."""
        if key.is_owner:
            return True
        pairing = self.pairing(key.pairing)
        return pairing is not None and session_id in pairing.sessions

    def _require(self, pairing_id: str) -> Pairing:
        found = self._pairings.get(pairing_id)
        if found is None:
            raise UsageError("this connection has ended", hint="Scan a new code on the computer.")
        return found

    def _keep_links(self, which: Callable[[_Link], bool]) -> None:
        self._links = {digest: link for digest, link in self._links.items() if which(link)}

    def _end(self, which: Callable[[Key], bool]) -> bool:
        """End keys of phones and screens; never the owner's."""
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
