"""Every route of the app and who may use it: the one table, tested in full."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from formcheck.web import handlers
from formcheck.web.keys import KeyRole
from formcheck.web.live import live_answers

SOCKET = "SOCKET"
"""The method of a route that is a WebSocket."""
OWNER = frozenset({KeyRole.OWNER})

Handler = Callable[..., Any]


@dataclass(frozen=True)
class RouteRule:
    """One route.

    Attributes
    ----------
    method, path
        What is asked for; parts of a path in braces are opaque ids or names from a fixed list.
        ``{session}`` and ``{item}`` are the id of a session, or of a film that will be one: a
        phone or a screen that may use the route may use it for those of its pairing only.
    handler
        Answers it. The key that was shown is in ``request.state.key``.
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
    RouteRule("GET", "/progress/{person}/{exercise}", handlers.progress),
    RouteRule("GET", "/live", live_answers.live_page),
    RouteRule("POST", "/live", live_answers.begin),
    RouteRule("GET", "/live/state", live_answers.live_state),
    RouteRule("POST", "/live/warm", live_answers.warm_up),
    RouteRule(SOCKET, "/live/{session}/socket", live_answers.socket),
    RouteRule("POST", "/live/{session}/join", live_answers.join),
    RouteRule("POST", "/live/{session}/pictures", live_answers.receive_picture),
    RouteRule("POST", "/live/{session}/do", live_answers.do),
    RouteRule("GET", "/screen", live_answers.screen_page),
)
"""Of the phone and the screen, no route is built yet: both may use none but the open ones."""
