"""Request handlers for connected phones and screens: list, connect with a link, disconnect."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from formcheck.data.errors import UsageError
from formcheck.web.answers import body_of, not_found, text_in
from formcheck.web.keys import LINK_S, KeyRole, Pairing
from formcheck.web.library import LONGEST_TITLE
from formcheck.web.site import Site, page

_KINDS = {KeyRole.PHONE: "Phone", KeyRole.SCREEN: "Screen"}


def devices(site: Site, _request: Request) -> Response:
    """Return the page on which the owner connects phones and screens."""
    return page(
        "devices.html",
        here="devices",
        inside=True,
        is_open=bool(site.address.lan_addresses),
        fingerprint=site.fingerprint,
        minutes=f"{LINK_S / 60:.0f}",
        people=site.library.people(),
        longest=LONGEST_TITLE,
    )


def connected(site: Site, _request: Request) -> Response:
    """Return the pairings (groups of devices), with the phones and screens of each."""
    return JSONResponse({"pairings": [_pairing_data(site, one) for one in site.keys.pairings()]})


async def add_pairing(site: Site, request: Request) -> Response:
    """Begin a pairing."""
    person = " ".join(text_in(await body_of(request), "person").split())
    if len(person) > LONGEST_TITLE:
        raise UsageError(
            f"the name is longer than {LONGEST_TITLE} characters", hint="Write a shorter name."
        )
    return JSONResponse(_pairing_data(site, site.keys.new_pairing(person)), 201)


def end_pairing(site: Site, request: Request) -> Response:
    """End a pairing; its phones and screens are disconnected."""
    ended = site.keys.end_pairing(request.path_params["pairing"])
    return Response(status_code=204) if ended else not_found()


async def add_link(site: Site, request: Request) -> Response:
    """Make a link that works once, for each network address, with its QR code."""
    role = text_in(await body_of(request), "role")
    if role not in _KINDS:
        raise UsageError("there is no such device", hint="Reload the page.")
    if not site.address.lan_addresses:
        raise UsageError(
            "other devices cannot connect: formcheck was started for this computer only",
            hint="End formcheck and start it again with the local network open.",
            options=("lan",),
        )
    pairing = request.path_params["pairing"]
    links = await run_in_threadpool(_invited, site, KeyRole(role), pairing)
    return JSONResponse({"links": links}, 201)


def revoke(site: Site, request: Request) -> Response:
    """Disconnect one phone or screen."""
    ended = site.keys.revoke(request.path_params["key"])
    return Response(status_code=204) if ended else not_found()


def _invited(site: Site, role: KeyRole, pairing: str) -> list[dict[str, str]]:
    from formcheck.web.invitations import invite  # only with an open network

    return [
        {"address": one.address, "link": one.link, "picture": one.as_picture()}
        for one in invite(site.address, site.keys, role, pairing)
    ]


def _pairing_data(site: Site, pairing: Pairing) -> dict[str, Any]:
    return {
        "id": pairing.id,
        "person": pairing.person,
        "since": _clock(pairing.since),
        "films": len(pairing.sessions),
        "keys": [
            {"id": key.id, "kind": _KINDS[key.role], "since": _clock(key.since)}
            for key in site.keys.keys_of(pairing.id)
        ],
    }


def _clock(since: float) -> str:
    return datetime.fromtimestamp(since).astimezone().strftime("%H:%M")
