"""The table of all routes of the app: method, path, request handler, and who may use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from formcheck.web import device_handlers as devices
from formcheck.web import entry_handlers as entry
from formcheck.web import film_handlers as films
from formcheck.web import session_handlers as sessions
from formcheck.web.keys import KeyRole
from formcheck.web.live_sets import live_answers

SOCKET = "SOCKET"
"""The method of a route that is a web socket."""
OWNER = frozenset({KeyRole.OWNER})
SENDS = OWNER | {KeyRole.PHONE}
"""Roles that may send films and live sessions."""
READS = SENDS | {KeyRole.SCREEN}
"""Roles that may see sessions."""

Handler = Callable[..., Any]


@dataclass(frozen=True)
class RouteRule:
    """One route.

    Attributes
    ----------
    method, path
        HTTP method and path; a part in braces is an id or a name from a fixed list. ``{session}``
        and ``{item}`` are the id of a session, or of a film in the queue; a phone or a screen may
        use the route only for those of its pairing.
    handler
        Function that answers the request. It finds the key of the device in ``request.state.key``.
    roles
        Roles that may use the route; ``None`` for everybody, without a key.
    """

    method: str
    path: str
    handler: Handler
    roles: frozenset[KeyRole] | None = OWNER


def _side_by_side(site: Any, request: Any) -> Any:
    """Answer with the page of two films; its modules are slow to load, so imported late."""
    from formcheck.web.pair_handlers import side_by_side

    return side_by_side(site, request)


def _film_of_two(site: Any, request: Any) -> Any:
    """Answer with the film of two repetitions; imported late for the same reason."""
    from formcheck.web.pair_handlers import film_of_two

    return film_of_two(site, request)


ROUTES = (
    RouteRule("GET", "/enter", entry.enter_page, None),
    RouteRule("POST", "/enter", entry.enter, None),
    RouteRule("GET", "/assets/{digest}/{name}", entry.asset, None),
    RouteRule("GET", "/", films.home, SENDS),
    RouteRule("GET", "/queue", films.queue, SENDS),
    RouteRule("POST", "/queue", films.add_film, SENDS),
    RouteRule("PUT", "/queue/{item}/film", films.receive_film, SENDS),
    RouteRule("POST", "/queue/{item}", films.try_again),
    RouteRule("GET", "/queue/{item}/picture", films.picture, SENDS),
    RouteRule("DELETE", "/queue/{item}", films.remove_film),
    RouteRule("GET", "/devices", devices.devices),
    RouteRule("GET", "/devices/list", devices.connected),
    RouteRule("POST", "/devices/pairings", devices.add_pairing),
    RouteRule("DELETE", "/devices/pairings/{pairing}", devices.end_pairing),
    RouteRule("POST", "/devices/pairings/{pairing}/links", devices.add_link),
    RouteRule("DELETE", "/devices/keys/{key}", devices.revoke),
    RouteRule("GET", "/sessions", sessions.sessions),
    RouteRule("GET", "/sessions/{session}", sessions.report, READS),
    RouteRule("POST", "/sessions/{session}", sessions.change_session),
    RouteRule("POST", "/sessions/{session}/pain", sessions.enter_pain, SENDS),
    RouteRule("DELETE", "/sessions/{session}", sessions.delete_session),
    RouteRule("GET", "/sessions/{session}/film", sessions.film, READS),
    RouteRule("GET", "/sessions/{session}/stills/{rep}", sessions.still, READS),
    RouteRule("GET", "/sessions/{session}/export/{form}", sessions.export),
    RouteRule("GET", "/sessions/{session}/clips/{rep}", sessions.clip),
    RouteRule("GET", "/side-by-side", _side_by_side),
    RouteRule("GET", "/side-by-side/film", _film_of_two),
    RouteRule("GET", "/progress/{person}/{exercise}", sessions.progress),
    RouteRule("GET", "/passport/{person}", sessions.passport),
    RouteRule("GET", "/passport/{person}/pdf", sessions.passport_pdf),
    RouteRule("GET", "/live", live_answers.live_page, SENDS),
    RouteRule("POST", "/live", live_answers.begin, SENDS),
    RouteRule("GET", "/live/state", live_answers.live_state, READS),
    RouteRule("POST", "/live/warm", live_answers.warm_up, SENDS),
    RouteRule(SOCKET, "/live/{session}/socket", live_answers.socket, READS),
    RouteRule("POST", "/live/{session}/join", live_answers.join, READS),
    RouteRule("GET", "/live/{session}/news", live_answers.news, READS),
    RouteRule("POST", "/live/{session}/pictures", live_answers.receive_picture, SENDS),
    RouteRule("POST", "/live/{session}/do", live_answers.do, SENDS),
    RouteRule("GET", "/screen", live_answers.screen_page, READS),
)
"""Only the owner may change or delete sessions, see their lists or progress, and let devices in. A
phone may enter the pain that its person is asked for after a set."""
