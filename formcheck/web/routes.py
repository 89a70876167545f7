"""Every route of the app and who may use it: the one table, tested in full."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from formcheck.web import handlers, pair_handlers
from formcheck.web.access import KeyRole

OWNER = frozenset({KeyRole.OWNER})

Handler = Callable[..., Any]


@dataclass(frozen=True)
class RouteRule:
    """One route.

    Attributes
    ----------
    method, path
        What is asked for; parts of a path in braces are opaque ids or names from a fixed list.
    handler
        Answers it.
    roles
        Who may use it; ``None`` when everybody may, who knows the address.
    """

    method: str
    path: str
    handler: Handler
    roles: frozenset[KeyRole] | None = OWNER


ROUTES = (
    RouteRule("GET", "/enter", handlers.enter_page, None),
    RouteRule("POST", "/enter", handlers.enter, None),
    RouteRule("GET", "/assets/{name}", handlers.asset, None),
    RouteRule("GET", "/", handlers.home),
    RouteRule("GET", "/queue", handlers.queue),
    RouteRule("POST", "/queue", handlers.add_film),
    RouteRule("PUT", "/queue/{item}/film", handlers.receive_film),
    RouteRule("GET", "/queue/{item}/picture", handlers.picture),
    RouteRule("DELETE", "/queue/{item}", handlers.remove_film),
    RouteRule("GET", "/sessions", handlers.sessions),
    RouteRule("GET", "/sessions/{session}", handlers.report),
    RouteRule("POST", "/sessions/{session}", handlers.change_session),
    RouteRule("DELETE", "/sessions/{session}", handlers.delete_session),
    RouteRule("GET", "/sessions/{session}/film", handlers.film),
    RouteRule("GET", "/sessions/{session}/stills/{rep}", handlers.still),
    RouteRule("GET", "/sessions/{session}/export/{form}", handlers.export),
    RouteRule("GET", pair_handlers.ADDRESS, pair_handlers.side_by_side),
    RouteRule("GET", "/progress/{person}/{exercise}", handlers.progress),
)
"""Of the phone and the screen, no route is built yet: both may use none but the open ones."""
