"""Answers at the door, which need no key: the link's page, its cookie, and the assets."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from formcheck.data.errors import UsageError
from formcheck.web.answers import body_of, not_found, problem, text_in
from formcheck.web.site import Site, assets, page


def enter_page(_site: Site, _request: Request) -> Response:
    """Give the page that exchanges a link's token for a cookie."""
    return page("enter.html", here="", inside=False)


async def enter(site: Site, request: Request) -> Response:
    """Exchange a token for a cookie."""
    token = text_in(await body_of(request), "token")
    cookie = site.keys.exchange(token)
    if cookie is None:
        return problem(
            UsageError(
                "this link was used already, or is of an earlier start",
                hint="Go on in the tab that is open, or start formcheck app again.",
            ),
            403,
        )
    answer = JSONResponse({"next": "/"})
    answer.set_cookie(site.address.cookie_name, cookie, httponly=True, samesite="strict", path="/")
    return answer


def asset(_site: Site, request: Request) -> Response:
    """Give a style sheet, script or picture of the pages."""
    found = assets().get(request.path_params["name"])
    if found is None:
        return not_found()
    return Response(found[0], media_type=found[1], headers={"Cache-Control": "max-age=3600"})
