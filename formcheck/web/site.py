"""What all request handlers use: the :class:`Site` with its services, and the page templates."""

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
    """The services of the app; each request handler gets it.

    Attributes
    ----------
    address, keys
        The app's addresses, and who may see what.
    films, library
        The queue of films, and the saved sessions.
    live
        The live sessions.
    shared_films
        Makes films that the user can share.
    fingerprint
        Fingerprint of the certificate for the network; empty if the app is not open to it.
    free
        Returns the free disk space of a folder.
    plain_followers
        The pages that follow a live session without a web socket.
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
        """Return a random-looking id for a name, so that no web address contains a name."""
        name = person.casefold().encode("utf-8", "replace")
        return hmac.new(self._secret, name, hashlib.sha256).hexdigest()[:16]


@cache
def assets() -> Mapping[str, tuple[bytes, str]]:
    """Return the style sheets, scripts and pictures of the pages: name to content and media type.

    They are read once. A name sent by a browser is only looked up here, never used in a path.
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

    So a browser may cache them for ever. The digest stands before the name, because one script
    imports another by a relative path, and must get it from the same version.
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
    """Answer with a page with one message; ``inside`` adds the links to the app's other pages."""
    return page("message.html", status, title=title, text=text, inside=inside, here="")


@cache
def _environment() -> Environment:
    # Template parts of the report, such as the symbols of the grades, are used here too.
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
