"""The web application: every request is checked, then led to its handler."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from formcheck.data.errors import FormcheckError, OutputError, UsageError
from formcheck.web.access import SECURITY_HEADERS, Address
from formcheck.web.answers import problem
from formcheck.web.routes import ROUTES, RouteRule
from formcheck.web.site import Site, message_page

_NO_KEY = (
    "Open the link",
    "Open the link that formcheck app printed in the terminal; a link works once. If it was used, "
    "go on in the tab that it opened, or start formcheck app again.",
)
_NOT_YOURS = ("Not for this key", "What this key opens does not include this page.")


def application(site: Site) -> Starlette:
    """Make the application of a site; its queue runs as long as the application does."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await run_in_threadpool(site.films.start)
        yield
        await run_in_threadpool(site.films.close)

    return Starlette(
        routes=[_route(site, rule) for rule in ROUTES],
        middleware=[Middleware(Guard, address=site.address)],
        exception_handlers={
            FormcheckError: _failed,
            404: _not_found,
            405: _not_found,
        },
        lifespan=lifespan,
    )


class Guard:
    """Refuses requests of other pages, and sends the security headers with every answer."""

    def __init__(self, app: ASGIApp, address: Address) -> None:
        self._app = app
        self._address = address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
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
            scope["method"], headers.get("host", ""), headers.get("origin")
        )
        app: ASGIApp = PlainTextResponse(refused, 403) if refused else self._app
        await app(scope, receive, send_with_headers)


def _route(site: Site, rule: RouteRule) -> Route:
    async def answer(request: Request) -> Response:
        if rule.roles is not None:
            role = site.keys.role_of(request.cookies.get(site.address.cookie_name, ""))
            if role is None:
                return _refused(request, *_NO_KEY)
            if role not in rule.roles:
                return _refused(request, *_NOT_YOURS)
        if inspect.iscoroutinefunction(rule.handler):
            answered: Response = await rule.handler(site, request)
        else:
            answered = await run_in_threadpool(rule.handler, site, request)
        return answered

    return Route(rule.path, answer, methods=[rule.method])


def _refused(request: Request, title: str, text: str) -> Response:
    if _wants_page(request):
        return message_page(title, text, 403, inside=False)
    return problem(UsageError(title.lower(), hint=text), 403)


async def _failed(request: Request, error: Exception) -> Response:
    if not isinstance(error, FormcheckError):
        raise TypeError(type(error).__name__)
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
