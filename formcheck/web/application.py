"""The Starlette application: each request is checked, then passed to its handler.

``routes.py`` lists the handlers, ``access.py`` and ``keys.py`` the checks, ``site.py`` what all
handlers use. Errors are turned into a page or JSON here.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketClose

from formcheck.data.errors import FormcheckError, OutputError, UsageError
from formcheck.report.wording import capital
from formcheck.web.access import SECURITY_HEADERS, Address
from formcheck.web.answers import problem
from formcheck.web.keys import (
    AccessError,
    Key,
    KeyRole,
    NoKeyError,
    NothingThereError,
    WrongKeyError,
)
from formcheck.web.routes import ROUTES, SOCKET, RouteRule
from formcheck.web.site import Site, message_page

_ID_PARAMETERS = ("session", "item")
"""Names of the path parameters that contain the id of a session."""
_POLICY_VIOLATION = 1008
"""Code with which a web socket is closed that is not allowed: policy violation (RFC 6455)."""


def application(site: Site) -> Starlette:
    """Return the application; while it runs, so do the queue of films and the live sessions."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await run_in_threadpool(site.films.start)
        site.live.start()
        yield
        site.shared_films.close()
        await run_in_threadpool(site.live.close)
        await run_in_threadpool(site.films.close)

    return Starlette(
        routes=[_route(site, rule) for rule in ROUTES],
        middleware=[Middleware(Guard, address=site.address)],
        exception_handlers={
            FormcheckError: _error_answer,
            404: _not_found,
            405: _not_found,
        },
        lifespan=lifespan,
    )


class Guard:
    """Middleware that refuses requests from other sites, and adds the security headers."""

    def __init__(self, app: ASGIApp, address: Address) -> None:
        self._app = app
        self._address = address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request or web socket on to the application, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        headers = Headers(scope=scope)
        refused = self._address.why_refused(
            scope.get("method", SOCKET),
            scope["scheme"],
            headers.get("host", ""),
            headers.get("origin"),
        )
        app = _refusal(scope, refused) if refused else self._app
        await app(scope, receive, send_with_headers)


def _refusal(scope: Scope, why: str) -> ASGIApp:
    if scope["type"] == "websocket":
        return WebSocketClose(_POLICY_VIOLATION, why)
    return PlainTextResponse(why, 403)


def _route(site: Site, rule: RouteRule) -> BaseRoute:
    async def answer(request: Request) -> Response:
        request.state.key = _key_for(site, rule, request)
        if inspect.iscoroutinefunction(rule.handler):
            answered: Response = await rule.handler(site, request)
        else:
            answered = await run_in_threadpool(rule.handler, site, request)
        return answered

    async def serve_socket(socket: WebSocket) -> None:
        try:
            socket.state.key = _key_for(site, rule, socket)
        except AccessError as refused:
            await socket.close(_POLICY_VIOLATION, refused.message)
            return
        await rule.handler(site, socket)

    if rule.method == SOCKET:
        return WebSocketRoute(rule.path, serve_socket)
    return Route(rule.path, answer, methods=[rule.method])


def _key_for(site: Site, rule: RouteRule, asked: HTTPConnection) -> Key | None:
    """Return the key of a request; raises ``AccessError`` if it does not allow the route.

    ``None`` if the route needs no key.
    """
    if rule.roles is None:
        return None
    scheme = asked.scope["scheme"]
    key = site.keys.key_of(asked.cookies.get(site.address.cookie_name(scheme), ""))
    if key is None or (key.role is KeyRole.OWNER and not site.address.is_this_machine(scheme)):
        raise NoKeyError
    if key.role not in rule.roles:
        raise WrongKeyError
    ids = (asked.path_params[name] for name in _ID_PARAMETERS if name in asked.path_params)
    if not all(site.keys.opens(key, one) for one in ids):
        # Answer as for an id that does not exist, so that nobody learns which ids exist.
        raise NothingThereError
    return key


async def _error_answer(request: Request, error: Exception) -> Response:
    if not isinstance(error, FormcheckError):
        raise TypeError(type(error).__name__)
    if isinstance(error, AccessError):
        if _wants_page(request):
            return message_page(capital(error.message), error.hint, error.status, inside=False)
        return problem(error, error.status)
    status = 507 if isinstance(error, OutputError) else 422
    if _wants_page(request):
        return message_page("That did not work", f"{error.message}. {error.hint}", status)
    return problem(error, status)


async def _not_found(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    if _wants_page(request):
        return message_page("Not found", "There is nothing at this address.", status, inside=False)
    return problem(UsageError("there is nothing at this address"), status)


def _wants_page(request: Request) -> bool:
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")
