"""Request handlers that need no key: exchange a link for a cookie, and the pages' assets."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from formcheck.web.answers import body_of, not_found, text_in
from formcheck.web.keys import KeyRole
from formcheck.web.site import Site, assets, assets_digest, page

START: Mapping[KeyRole, str] = {
    KeyRole.OWNER: "/",
    KeyRole.PHONE: "/",
    KeyRole.SCREEN: "/screen",
}
"""The first page for each role."""
_KEPT_FOR_EVER = {"Cache-Control": "max-age=31536000, immutable"}


def enter_page(_site: Site, _request: Request) -> Response:
    """Return the page that a link opens; its script sends the token to :func:`enter`."""
    return page("enter.html", here="", inside=False)


async def enter(site: Site, request: Request) -> Response:
    """Exchange a link's token for a cookie; see ``keys.py``."""
    token = text_in(await body_of(request), "token")
    address, scheme = site.address, request.scope["scheme"]
    cookie, key = site.keys.exchange(token, on_this_machine=address.is_this_machine(scheme))
    answer = JSONResponse({"next": START[key.role]})
    answer.set_cookie(
        address.cookie_name(scheme),
        cookie,
        httponly=True,
        samesite="strict",
        secure=not address.is_this_machine(scheme),
        path="/",
    )
    return answer


def asset(_site: Site, request: Request) -> Response:
    """Return a style sheet, script or picture of the pages."""
    found = assets().get(request.path_params["name"])
    if found is None or request.path_params["digest"] != assets_digest():
        return not_found()
    return Response(found[0], media_type=found[1], headers=_KEPT_FOR_EVER)
