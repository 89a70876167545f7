"""The app's keys: what a link becomes, what it opens, and how it ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from web_work import ORIGIN, PORT, client_of, joined, make_site

from formcheck.data.errors import UsageError
from formcheck.web import application as application_module
from formcheck.web import keys as keys_module
from formcheck.web.access import SECURITY_HEADERS, Address
from formcheck.web.application import application
from formcheck.web.keys import LINK_S, KeyEndedError, KeyRole, Keys, LinkError
from formcheck.web.routes import ROUTES, SOCKET, RouteRule
from formcheck.web.site import Site

LAN = "192.168.7.20"
LAN_PORT = 8443
LAN_ORIGIN = f"https://{LAN}:{LAN_PORT}"
SENT = "00112233445566aa"
SOCKET_ORIGIN = ORIGIN.replace("http", "ws")


def told(_site: Site, request: Request) -> Response:
    key = request.state.key
    return PlainTextResponse(f"{key.role} {request.path_params.get('session', '')}")


async def talked(_site: Site, socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(socket.state.key.role)
    await socket.close()


SHARED = (
    RouteRule("GET", "/send", told, frozenset({KeyRole.PHONE})),
    RouteRule("GET", "/read/{session}", told, frozenset(KeyRole)),
    RouteRule(SOCKET, "/talk/{session}", talked, frozenset({KeyRole.OWNER, KeyRole.PHONE})),
)
"""Routes that do nothing, so that the door alone is tested."""


@pytest.fixture
def site(tmp_path: Path, history_file: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    routes = (*ROUTES, *SHARED)
    monkeypatch.setattr(application_module, "ROUTES", routes)
    return make_site(tmp_path / "app", history_file)


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


# --- links and cookies ---------------------------------------------------------------------


def test_a_key_of_one_role_is_no_key_of_another() -> None:
    keys = Keys()
    pairing = keys.new_pairing().id
    cookies = {role: keys.exchange(keys.new_link(role, pairing))[0] for role in KeyRole}
    for role, cookie in cookies.items():
        key = keys.key_of(cookie)
        assert key is not None
        assert key.role is role
        with pytest.raises(LinkError):
            keys.exchange(cookie)  # a cookie is no token
    assert keys.key_of("") is None
    assert keys.key_of("guessed") is None


def test_no_secret_is_kept() -> None:
    keys = Keys()
    token = keys.new_link(KeyRole.OWNER)
    cookie, _ = keys.exchange(token)
    unused = keys.new_link(KeyRole.OWNER)
    assert not any(secret in repr(keys) for secret in (token, cookie, unused))


def test_a_link_for_a_phone_ends_and_the_owners_does_not() -> None:
    clock = Clock()
    keys = Keys(clock)
    pairing = keys.new_pairing().id
    owner, late, in_time = (
        keys.new_link(role, pairing) for role in (KeyRole.OWNER, KeyRole.PHONE, KeyRole.PHONE)
    )
    clock.s = LINK_S - 1
    keys.exchange(in_time)
    clock.s = LINK_S
    with pytest.raises(LinkError):
        keys.exchange(late)
    assert keys.exchange(owner)[1].role is KeyRole.OWNER


def test_the_owners_link_works_on_this_machine_only() -> None:
    keys = Keys()
    token = keys.new_link(KeyRole.OWNER)
    with pytest.raises(LinkError):
        keys.exchange(token, on_this_machine=False)
    assert keys.exchange(token)[1].role is KeyRole.OWNER, "it is not used up by that"


def test_a_pairing_has_an_end_of_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_module, "MOST_KEYS", 1)
    keys = Keys()
    pairing = keys.new_pairing().id
    keys.exchange(keys.new_link(KeyRole.SCREEN, pairing))
    with pytest.raises(LinkError):
        keys.exchange(keys.new_link(KeyRole.SCREEN, pairing))


def test_a_link_needs_a_pairing_that_goes_on() -> None:
    keys = Keys()
    with pytest.raises(UsageError, match="ended"):
        keys.new_link(KeyRole.PHONE)
    pairing = keys.new_pairing().id
    unused = keys.new_link(KeyRole.PHONE, pairing)
    assert keys.end_pairing(pairing)
    assert not keys.end_pairing(pairing)
    with pytest.raises(LinkError):
        keys.exchange(unused)
    with pytest.raises(UsageError, match="ended"):
        keys.put_session(pairing, SENT)


# --- what a key opens ----------------------------------------------------------------------


def test_a_phone_sees_what_came_through_its_pairing_only(site: Site) -> None:
    ours, theirs = site.keys.new_pairing().id, site.keys.new_pairing().id
    site.keys.put_session(ours, SENT)
    for role, pairing, status in (
        (KeyRole.PHONE, ours, 200),
        (KeyRole.SCREEN, ours, 200),
        (KeyRole.PHONE, theirs, 404),
        (KeyRole.SCREEN, theirs, 404),
        (KeyRole.OWNER, "", 200),
    ):
        with client_of(site, role, pairing) as client:
            assert client.get(f"/read/{SENT}").status_code == status, (role, pairing)


@pytest.mark.parametrize("role", [None, *KeyRole])
def test_a_route_is_for_its_roles(site: Site, role: KeyRole | None) -> None:
    with client_of(site, role) as client:
        assert client.get("/send").status_code == (200 if role is KeyRole.PHONE else 403)


@pytest.mark.parametrize("role", [None, *KeyRole])
def test_a_socket_is_for_its_roles(site: Site, role: KeyRole | None) -> None:
    pairing = site.keys.new_pairing().id
    site.keys.put_session(pairing, SENT)
    with client_of(site, role, pairing) as client:
        if role in (KeyRole.OWNER, KeyRole.PHONE):
            with client.websocket_connect(f"{SOCKET_ORIGIN}/talk/{SENT}") as socket:
                assert socket.receive_text() == role
        else:
            assert refused_socket(client, f"{SOCKET_ORIGIN}/talk/{SENT}")


def refused_socket(client: TestClient, url: str, **about: Any) -> bool:
    try:
        with client.websocket_connect(url, **about):
            return False
    except WebSocketDisconnect as closed:
        return bool(closed.code == 1008)


def test_a_socket_of_another_page_or_pairing_is_refused(site: Site) -> None:
    pairing = site.keys.new_pairing().id
    site.keys.put_session(pairing, SENT)
    with client_of(site, KeyRole.PHONE, pairing) as client:
        path = f"/talk/{SENT}"
        for origin in ("https://evil.example", "null", f"http://localhost:{PORT}", LAN_ORIGIN):
            assert refused_socket(client, SOCKET_ORIGIN + path, headers={"Origin": origin})
        assert refused_socket(client, f"ws://evil.example:{PORT}{path}")
        del client.headers["Origin"]
        assert refused_socket(client, SOCKET_ORIGIN + path)
    with client_of(site, KeyRole.PHONE) as client:
        assert refused_socket(client, SOCKET_ORIGIN + path)


# --- how a key ends ------------------------------------------------------------------------


def test_a_revoked_key_opens_nothing_and_the_others_go_on(site: Site) -> None:
    pairing = site.keys.new_pairing().id
    with client_of(site, KeyRole.PHONE, pairing) as phone:
        other = joined(phone, site, KeyRole.PHONE, pairing)
        first, second = site.keys.keys_of(pairing)
        assert site.keys.revoke(first.id)
        assert not site.keys.revoke(first.id)
        assert phone.get("/send").status_code == 403
        assert other.get("/send").status_code == 200
        with pytest.raises(KeyEndedError):
            site.keys.require(first)
        site.keys.require(second)


def test_the_owners_key_cannot_be_revoked() -> None:
    keys = Keys()
    cookie, owner = keys.exchange(keys.new_link(KeyRole.OWNER))
    assert not keys.revoke(owner.id)
    assert not keys.end_pairing(owner.pairing)
    assert keys.key_of(cookie) == owner
    assert keys.keys_of("") == []


def test_the_end_of_a_pairing_ends_its_phones_and_screens(site: Site) -> None:
    pairing, other = site.keys.new_pairing().id, site.keys.new_pairing().id
    site.keys.put_session(pairing, SENT)
    site.keys.put_session(other, SENT)
    with client_of(site) as owner:
        ended = joined(owner, site, KeyRole.SCREEN, pairing)
        goes_on = joined(owner, site, KeyRole.SCREEN, other)
        assert site.keys.end_pairing(pairing)
        assert ended.get(f"/read/{SENT}").status_code == 403
        assert goes_on.get(f"/read/{SENT}").status_code == 200
        assert owner.get(f"/read/{SENT}").status_code == 200


# --- in the local network ------------------------------------------------------------------


@pytest.fixture
def lan(site: Site) -> Site:
    from dataclasses import replace

    return replace(site, address=Address(PORT, (LAN,), LAN_PORT))


def lan_client(site: Site, origin: str = LAN_ORIGIN) -> TestClient:
    return TestClient(application(site), base_url=origin, headers={"Origin": origin})


def test_a_phone_in_the_network_gets_a_cookie_for_https_only(lan: Site) -> None:
    pairing = lan.keys.new_pairing().id
    with lan_client(lan) as phone:
        token = lan.keys.new_link(KeyRole.PHONE, pairing)
        answer = phone.post("/enter", json={"token": token})
        assert answer.json() == {"next": "/"}
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"__Host-formcheck_{PORT}=")
        for part in ("HttpOnly", "SameSite=strict", "Secure", "Path=/"):
            assert part in cookie
        assert "Domain" not in cookie
        assert phone.get("/send").status_code == 200


def test_the_owner_is_nobody_in_the_network(lan: Site) -> None:
    with client_of(lan) as owner:
        cookie = owner.cookies[f"formcheck_{PORT}"]
        assert owner.get("/").status_code == 200
    with lan_client(lan) as elsewhere:
        token = lan.keys.new_link(KeyRole.OWNER)
        assert elsewhere.post("/enter", json={"token": token}).status_code == 403
        for name in (f"formcheck_{PORT}", f"__Host-formcheck_{PORT}"):
            elsewhere.cookies.set(name, cookie)
        assert elsewhere.get("/").status_code == 403
        assert elsewhere.get("/sessions").status_code == 403


@pytest.mark.parametrize(
    "origin",
    [
        f"https://evil.example:{LAN_PORT}",
        f"https://{LAN}",
        f"https://{LAN}:{PORT}",
        f"https://{LAN}.evil.example:{LAN_PORT}",
        f"https://127.0.0.1:{LAN_PORT}",
        f"https://192.168.7.21:{LAN_PORT}",
        f"http://{LAN}:{LAN_PORT}",
        f"https://127.0.0.1:{PORT}",
    ],
)
def test_another_name_or_address_is_refused_over_the_network(lan: Site, origin: str) -> None:
    with lan_client(lan, origin) as client:
        assert client.get("/enter").status_code == 403


def test_posts_of_another_page_are_refused_over_the_network(lan: Site) -> None:
    token = lan.keys.new_link(KeyRole.PHONE, lan.keys.new_pairing().id)
    with lan_client(lan) as client:
        for origin in ("https://evil.example", ORIGIN, f"http://{LAN}:{LAN_PORT}", "null"):
            answer = client.post("/enter", json={"token": token}, headers={"Origin": origin})
            assert answer.status_code == 403
        del client.headers["Origin"]
        assert client.post("/enter", json={"token": token}).status_code == 403
        answer = client.post("/enter", json={"token": token}, headers={"Origin": LAN_ORIGIN})
        assert answer.status_code == 200, "the token was not used up by them"


def test_a_closed_network_is_refused(site: Site) -> None:
    with lan_client(site) as client:
        assert client.get("/enter").status_code == 403


def test_a_browser_may_go_on_after_its_warning(lan: Site) -> None:
    assert "Strict-Transport-Security" not in SECURITY_HEADERS
    with lan_client(lan) as client:
        assert "Strict-Transport-Security" not in client.get("/enter").headers
