"""What the handlers share, and how pages are made."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from formcheck.report import html
from formcheck.store.disk_space import free_bytes
from formcheck.web.access import Address
from formcheck.web.film_queue import FilmQueue
from formcheck.web.keys import Keys
from formcheck.web.library import Library
from formcheck.web.live_sets.desk import LiveDesk, PlainFollowers
from formcheck.web.shared_films import SharedFilms
from formcheck.web.uploads import FreeBytes

_ASSETS = Path(__file__).parent / "assets"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Site:
    """Everything that a handler needs.

    Attributes
    ----------
    address, keys
        Where the page is, and who may see it.
    films, library
        The queue and the sessions.
    live
        The live sessions.
    shared_films
        Makes films to share.
    fingerprint
        Fingerprint of the certificate for the network; empty when the network is closed.
    free
        Gives the room on the disk.
    plain_followers
        The pages that follow a live session without a socket.
    """

    address: Address
    keys: Keys
    films: FilmQueue
    library: Library
    live: LiveDesk
    shared_films: SharedFilms
    fingerprint: str = ""
    free: FreeBytes = free_bytes
    plain_followers: PlainFollowers = field(default_factory=PlainFollowers)
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def is_busy(self, session_id: str) -> bool:
        """Whether a session is being measured, or its film is being drawn."""
        return self.films.is_drawing(session_id) or self.live.is_busy(session_id)

    def person_id(self, person: str) -> str:
        """Return an opaque id for a name, so that no address holds a name."""
        name = person.casefold().encode("utf-8", "replace")
        return hmac.new(self._secret, name, hashlib.sha256).hexdigest()[:16]


@cache
def assets() -> Mapping[str, tuple[bytes, str]]:
    """Return the files that the pages are made of, by name, with their types.

    They are read once; no name that a browser sends is ever part of a path.
    """
    found = {
        path.name: (path.read_bytes(), _TYPES[path.suffix])
        for path in sorted(_ASSETS.iterdir())
        if path.suffix in _TYPES
    }
    found["report.css"] = (html.style_sheet().encode(), _TYPES[".css"])
    found["report.js"] = (html.script_text().encode(), _TYPES[".js"])
    return found


@cache
def assets_digest() -> str:
    """Return a digest of all assets, which is part of their addresses.

    A browser may so keep them for ever. It stands before the name, for a module imports another by
    its name alone and must not get one of another version.
    """
    digest = hashlib.sha256()
    for name, (data, _) in assets().items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
    return digest.hexdigest()[:16]


def asset_url(name: str) -> str:
    """Return the address of an asset; it changes when any of them does."""
    if name not in assets():
        raise KeyError(name)
    return f"/assets/{assets_digest()}/{name}"


def filled(template: str, **said: Any) -> str:
    """Fill a template of the app."""
    return _environment().get_template(template).render(**said)


def page(template: str, status: int = 200, **said: Any) -> Response:
    """Answer with a page."""
    return HTMLResponse(filled(template, **said), status)


def message_page(title: str, text: str, status: int, *, inside: bool = True) -> Response:
    """Answer with a page that says one thing; ``inside`` gives it the links of the app."""
    return page("message.html", status, title=title, text=text, inside=inside, here="")


@cache
def _environment() -> Environment:
    # The report's own parts, such as the marks of the grades, are used here too.
    loaders = [PackageLoader(f"formcheck.{room}", "templates") for room in ("web", "report")]
    environment = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = asset_url
    return environment
