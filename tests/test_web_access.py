"""The app's door: who may ask for what, and what is refused whatever it asks for."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from store_examples import good_set
from web_work import ORIGIN, PORT, client_of, make_site, put_session

from formcheck.web.access import SECURITY_HEADERS, Address, KeyRole, Keys
from formcheck.web.routes import ROUTES, RouteRule
from formcheck.web.site import Site, assets

KEPT = "00112233445566aa"
OPEN = {("GET", "/enter"), ("POST", "/enter"), ("GET", "/assets/{name}")}
"""The routes that need no key; every other one needs the owner's."""


@pytest.fixture
def site(tmp_path: Path, history_file: Path) -> Site:
    put_session(tmp_path / "app" / "sessions" / KEPT, good_set(), film=True)
    return make_site(tmp_path / "app", history_file)


@pytest.fixture
def owner(site: Site) -> Iterator[TestClient]:
    with client_of(site) as client:
        yield client


def asked(client: TestClient, rule: RouteRule) -> int:
    path = re.sub(r"\{session\}", KEPT, rule.path)
    path = re.sub(r"\{(\w+)\}", lambda found: {"name": "app.css"}.get(found[1], "1"), path)
    return client.request(rule.method, path, json={"token": "wrong"}).status_code


def test_each_route_with_each_role(site: Site) -> None:
    """The whole table: a route that is added is refused to all but the owner until said here."""
    assert len({(rule.method, rule.path) for rule in ROUTES}) == len(ROUTES)
    table = {}
    for role in (None, *KeyRole):
        with client_of(site, role) as client:
            for rule in ROUTES:
                if rule.method == "DELETE" and role is KeyRole.OWNER:
                    continue  # below: it would delete what the others ask for
                table[rule.method, rule.path, role] = asked(client, rule)
    for rule, role in itertools.product(ROUTES, (None, *KeyRole)):
        if (rule.method, rule.path, role) not in table:
            continue
        status = table[rule.method, rule.path, role]
        key = (rule.method, rule.path)
        if key == ("POST", "/enter"):
            assert status == 403, "the token is wrong"
        elif key in OPEN or role is KeyRole.OWNER:
            assert status != 403, (key, role)
        else:
            assert status == 403, (key, role)


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


def test_a_key_of_one_role_is_no_key_of_another() -> None:
    keys = Keys()
    cookies = {role: keys.exchange(keys.new_link(role)) for role in KeyRole}
    assert {keys.role_of(cookie or "") for cookie in cookies.values()} == set(KeyRole)
    assert keys.role_of("") is None
    assert keys.role_of("guessed") is None
    assert keys.exchange(str(cookies[KeyRole.OWNER])) is None, "a cookie is no token"


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
    assert address.why_refused("POST", host, None)
    assert address.why_refused("DELETE", host, None)
    assert not address.why_refused("GET", host, None)
    assert not address.why_refused("POST", host, ORIGIN)


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
    for path in ("/assets", "/queue/", "/sessions/", f"/sessions/{KEPT}/stills/"):
        assert owner.get(path, follow_redirects=False).status_code in (404, 307)


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
        client.get("/assets/app.css")
        start = time.process_time()
        assert client.get("/").status_code == 200
        assert time.process_time() - start < 0.3


def test_answers_without_a_key_say_what_to_do(site: Site) -> None:
    with client_of(site, None) as client:
        shown = client.get("/", headers={"Accept": "text/html"})
        assert "printed in the terminal" in shown.text
        told = client.get("/queue")
        assert "printed in the terminal" in json.loads(told.text)["hint"]
