"""The app's door: who may ask for what, and what is refused whatever it asks for."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from film_work import put_session
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from store_examples import good_set
from web_work import ORIGIN, PORT, client_of, make_site

from formcheck.web.access import SECURITY_HEADERS, Address
from formcheck.web.keys import KeyRole
from formcheck.web.routes import ROUTES, SOCKET, RouteRule
from formcheck.web.site import Site, asset_url, assets, assets_digest

KEPT = "00112233445566aa"
NOBODY_TOO = {("GET", "/enter"), ("POST", "/enter"), ("GET", "/assets/{digest}/{name}")}
"""The routes that need no key."""
SCREEN_TOO = {
    ("GET", "/sessions/{session}"),
    ("GET", "/sessions/{session}/film"),
    ("GET", "/sessions/{session}/stills/{rep}"),
    ("GET", "/live/state"),
    (SOCKET, "/live/{session}/socket"),
    ("POST", "/live/{session}/join"),
    ("GET", "/live/{session}/news"),
    ("GET", "/screen"),
}
PHONE_TOO = SCREEN_TOO | {
    ("GET", "/"),
    ("GET", "/queue"),
    ("POST", "/queue"),
    ("PUT", "/queue/{item}/film"),
    ("GET", "/queue/{item}/picture"),
    ("GET", "/live"),
    ("POST", "/live"),
    ("POST", "/live/warm"),
    ("POST", "/live/{session}/pictures"),
    ("POST", "/sessions/{session}/pain"),
    ("POST", "/live/{session}/do"),
}
PARTS = {"digest": assets_digest(), "name": "app.css"}
"""What else must be right in a path."""
NOT_THE_OWNER: set[tuple[str, str]] = set()
"""Every other route is for the owner, and for nobody else."""


@pytest.fixture
def site(tmp_path: Path, history_file: Path) -> Site:
    put_session(tmp_path / "app" / "sessions" / KEPT, good_set(), film=True)
    return make_site(tmp_path / "app", history_file)


@pytest.fixture
def owner(site: Site) -> Iterator[TestClient]:
    with client_of(site) as client:
        yield client


def asked(client: TestClient, rule: RouteRule, session: str = KEPT) -> int:
    """Ask for a route; returns the status, 403 also when a socket is not let open."""
    # What is deleted would be missing for the others.
    path = re.sub(
        r"\{(session|item)\}", "0" * 16 if rule.method == "DELETE" else session, rule.path
    )
    path = re.sub(r"\{(\w+)\}", lambda found: PARTS.get(found[1], "1"), path)
    if rule.method == SOCKET:
        try:
            with client.websocket_connect(f"{ORIGIN.replace('http', 'ws')}{path}"):
                return 101
        except WebSocketDisconnect as closed:
            return 403 if closed.code == 1008 else 101
    return client.request(rule.method, path, json={"token": "wrong"}).status_code


def may(role: KeyRole | None, route: tuple[str, str]) -> bool:
    if route in NOBODY_TOO:
        return True
    if role is KeyRole.OWNER:
        return route not in NOT_THE_OWNER
    return route in {KeyRole.PHONE: PHONE_TOO, KeyRole.SCREEN: SCREEN_TOO, None: set()}[role]


@pytest.mark.parametrize("role", [None, *KeyRole])
def test_each_route_with_each_role(site: Site, role: KeyRole | None) -> None:
    """The whole table: a route that is added is refused to all but the owner until said here."""
    assert len({(rule.method, rule.path) for rule in ROUTES}) == len(ROUTES)
    told = PHONE_TOO | SCREEN_TOO | NOBODY_TOO | NOT_THE_OWNER
    assert told <= {(rule.method, rule.path) for rule in ROUTES}
    pairing = site.keys.new_pairing().id
    site.keys.put_session(pairing, KEPT)
    with client_of(site, role, pairing) as client:
        for rule in ROUTES:
            route = rule.method, rule.path
            status = asked(client, rule)
            if route == ("POST", "/enter"):
                assert status == 403, "the token is wrong"
            elif may(role, route):
                assert status not in (401, 403, 405), route
                assert status < 500, route
            else:
                assert status == 403, route


@pytest.mark.parametrize("role", [KeyRole.PHONE, KeyRole.SCREEN])
def test_sessions_of_another_pairing_are_not_there(site: Site, role: KeyRole) -> None:
    """Also not as "forbidden", from which one could learn which sessions there are."""
    site.keys.put_session(site.keys.new_pairing().id, KEPT)
    with client_of(site, role) as client:
        for rule in ROUTES:
            has_id = "{session}" in rule.path or "{item}" in rule.path
            if not has_id or not may(role, (rule.method, rule.path)):
                continue
            refused = 403 if rule.method == SOCKET else 404  # a socket has one refusal only
            assert asked(client, rule) == asked(client, rule, "f" * 16) == refused, rule.path


def test_a_token_works_once_and_becomes_a_strict_cookie(site: Site) -> None:
    token = site.keys.new_link(KeyRole.OWNER)
    with client_of(site, None) as client:
        assert client.get("/").status_code == 403
        first = client.post("/enter", json={"token": token})
        assert first.status_code == 200
        cookie = first.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert token not in cookie
        assert client.get("/").status_code == 200
        client.cookies.clear()
        again = client.post("/enter", json={"token": token})
        assert again.status_code == 403
        assert "used already" in again.json()["message"]
        assert client.get("/").status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", f"127.0.0.1.evil.example:{PORT}"]
)
def test_a_name_that_points_here_is_refused(owner: TestClient, host: str) -> None:
    answer = owner.get("/sessions", headers={"Host": host})
    assert answer.status_code == 403
    assert "monday" not in answer.text


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", f"http://127.0.0.1:{PORT + 1}", f"http://localhost:{PORT}"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_request_of_another_page_is_refused(owner: TestClient, origin: str, method: str) -> None:
    answer = owner.request(method, f"/sessions/{KEPT}", headers={"Origin": origin})
    assert answer.status_code == 403


def test_a_change_without_an_origin_is_refused() -> None:
    address = Address(PORT)
    host = f"127.0.0.1:{PORT}"
    assert address.why_refused("POST", "http", host, None)
    assert address.why_refused("DELETE", "http", host, None)
    assert address.why_refused(SOCKET, "ws", host, None)
    assert not address.why_refused("GET", "http", host, None)
    assert not address.why_refused("POST", "http", host, ORIGIN)
    assert not address.why_refused(SOCKET, "ws", host, ORIGIN)


@pytest.mark.parametrize(
    "path",
    ["/", "/sessions", f"/sessions/{KEPT}", f"/side-by-side?s={KEPT}", "/enter", "/nothing"],
)
def test_no_page_allows_inline_script_or_style(owner: TestClient, path: str) -> None:
    answer = owner.get(path, headers={"Accept": "text/html"})
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value
    assert answer.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "<style" not in answer.text
    assert " style=" not in answer.text
    assert not re.search(r"\son[a-z]+=", answer.text)
    for script in re.findall(r"<script[^>]*>", answer.text):
        assert "src=" in script or "application/json" in script
    addresses = re.findall(r'(?:src|href|action)="([^"]*)"', answer.text)
    assert [one for one in addresses if not one.startswith(("/", "#"))] == []


TRICKS = [
    "..",
    "../sessions",
    "%2e%2e",
    "..%2f..%2fetc%2fpasswd",
    "..%5c..",
    "%00",
    ".",
    "queue",
    f"{KEPT}%2f..%2f{KEPT}",
    KEPT.upper(),
    f"{KEPT}0",
    "a" * 5000,
]


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize(
    "route",
    ["/sessions/{}", "/sessions/{}/film", "/sessions/{}/export/csv", "/queue/{}/picture"],
)
def test_no_id_leads_outside(owner: TestClient, tmp_path: Path, route: str, trick: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    answer = owner.get(route.format(trick))
    assert answer.status_code in (404, 405) or answer.url.path in ("/", "/sessions")
    assert "secret" not in answer.text


@pytest.mark.parametrize("number", ["../1", "-1", "1.5", "²", "9999999", "%2e%2e", "00000000001"])
def test_no_number_of_a_still_leads_outside(owner: TestClient, number: str) -> None:
    assert owner.get(f"/sessions/{KEPT}/stills/1").status_code == 200
    assert owner.get(f"/sessions/{KEPT}/stills/{number}").status_code == 404


@pytest.mark.parametrize("name", ["", "..%2fsite.py", "../site.py", "home.html", "%2fetc%2fpasswd"])
def test_no_folder_is_listed_and_only_assets_are_served(owner: TestClient, name: str) -> None:
    assert owner.get(f"/assets/{name}").status_code == 404
    assert owner.get(f"/assets/{assets_digest()}/{name}").status_code == 404
    for path in ("/assets", "/queue/", "/sessions/", f"/sessions/{KEPT}/stills/"):
        assert owner.get(path, follow_redirects=False).status_code in (404, 307)


def test_a_module_imports_only_modules_of_its_own_version(owner: TestClient) -> None:
    """The digest is part of the folder, so a name beside it leads to the same version."""
    for name, (data, _) in assets().items():
        for imported in re.findall(r'from "([^"]*)"', data.decode()):
            assert re.fullmatch(r"\./[a-z_]+\.js", imported), name
            assert owner.get(asset_url(imported.removeprefix("./"))).status_code == 200
    answer = owner.get(asset_url("home.js"))
    assert "immutable" in answer.headers["Cache-Control"]
    assert owner.get(asset_url("home.js").replace(assets_digest(), "0" * 16)).status_code == 404


def test_a_link_inside_the_folder_is_not_followed(
    owner: TestClient, site: Site, tmp_path: Path
) -> None:
    put_session(tmp_path / "elsewhere", good_set())
    (site.library.folder / "ffeeddccbbaa9988").symlink_to(tmp_path / "elsewhere")
    assert owner.get("/sessions/ffeeddccbbaa9988").status_code == 404


def test_a_page_is_light() -> None:
    per_page = sum(len(data) for data, _ in assets().values())
    assert per_page < 150_000


def test_the_first_page_is_quick(site: Site) -> None:
    """Processor time: the machine may be busy with something else."""
    with client_of(site) as client:
        client.get(asset_url("app.css"))
        start = time.process_time()
        assert client.get("/").status_code == 200
        assert time.process_time() - start < 0.3


def test_answers_without_a_key_say_what_to_do(site: Site) -> None:
    with client_of(site, None) as client:
        shown = client.get("/", headers={"Accept": "text/html"})
        assert "printed in the terminal" in shown.text
        told = client.get("/queue")
        assert "printed in the terminal" in json.loads(told.text)["hint"]
