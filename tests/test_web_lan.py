"""The app in the local network: certificate, addresses, and a phone that films and sends."""

from __future__ import annotations

import hashlib
import http.client
import json
import logging
import os
import socket
import ssl
import stat
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from film_work import put_session
from network_client import asked
from starlette.testclient import TestClient
from store_examples import good_set
from web_work import client_of, joined, make_site, serving, settled

from formcheck.app.options import AppOptions
from formcheck.data.errors import UsageError
from formcheck.web import certificate, film_handlers, network, server
from formcheck.web.access import Address
from formcheck.web.certificate import FILE_NAME, VALID_DAYS, certificate_for
from formcheck.web.invitations import invite
from formcheck.web.keys import KeyRole, Keys
from formcheck.web.server import StartLinks
from formcheck.web.site import Site, asset_url

NOW = datetime(2026, 11, 30, tzinfo=UTC)
HOME = ("192.168.7.20", "10.0.0.5")
EVIL = "<img src=x onerror=alert(1)>"


def kept(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / FILE_NAME).read_bytes())


# --- the certificate -----------------------------------------------------------------------


def test_the_certificate_names_all_addresses_and_lasts_as_long_as_phones_allow(
    tmp_path: Path,
) -> None:
    made = certificate_for(tmp_path, HOME, NOW)
    found = kept(tmp_path)
    named = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(one) for one in named.get_values_for_type(x509.IPAddress)} == set(HOME)
    assert found.not_valid_after_utc - found.not_valid_before_utc == timedelta(days=VALID_DAYS)
    assert VALID_DAYS <= 397
    assert found.not_valid_before_utc < NOW
    der = ssl.PEM_cert_to_DER_cert(found.public_bytes(Encoding.PEM).decode())
    assert made.fingerprint.replace(":", "") == hashlib.sha256(der).hexdigest().upper()


@pytest.mark.skipif(os.name == "nt", reason="no such rights there")
def test_only_its_owner_can_read_the_key(tmp_path: Path) -> None:
    made = certificate_for(tmp_path, HOME, NOW)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]
    made.path.chmod(0o644)
    again = certificate_for(tmp_path, HOME, NOW)
    assert again.fingerprint != made.fingerprint, "others may have read the key"
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600


def test_without_such_rights_the_folder_alone_protects_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where every file of a user looks readable to all."""
    made = certificate_for(tmp_path, HOME, NOW)
    made.path.chmod(0o644)
    monkeypatch.setattr(certificate, "HAS_MODES", False)
    assert certificate_for(tmp_path, HOME, NOW) == made


def test_it_is_kept_while_it_fits(tmp_path: Path) -> None:
    made = certificate_for(tmp_path, HOME, NOW)
    assert certificate_for(tmp_path, HOME[::-1], NOW + timedelta(days=300)) == made


@pytest.mark.parametrize(
    ("addresses", "days"),
    [
        (HOME, VALID_DAYS + 5),  # ended
        (HOME, VALID_DAYS - 3),  # ends soon
        (HOME, -3),  # not valid yet: a clock was wrong
        (HOME[:1], 1),  # an address is gone
        ((*HOME, "192.168.7.21"), 1),  # one is new
    ],
)
def test_it_is_made_anew_when_it_does_not_fit(
    tmp_path: Path, addresses: tuple[str, ...], days: int
) -> None:
    made = certificate_for(tmp_path, HOME, NOW)
    now = NOW + timedelta(days=days)
    assert certificate_for(tmp_path, addresses, now).fingerprint != made.fingerprint
    assert kept(tmp_path).not_valid_before_utc <= now < kept(tmp_path).not_valid_after_utc


@pytest.mark.parametrize("damage", [b"", b"no certificate", b"\xff" * 900])
def test_a_damaged_one_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(damage)
    (tmp_path / FILE_NAME).chmod(0o600)
    certificate_for(tmp_path, HOME, NOW)
    assert kept(tmp_path)


def test_a_certificate_of_another_key_is_made_anew(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        certificate_for(tmp_path / name, HOME, NOW)
    one, two = ((tmp_path / name / FILE_NAME).read_bytes() for name in ("one", "two"))
    mark = b"-----BEGIN CERTIFICATE"
    (tmp_path / "one" / FILE_NAME).write_bytes(
        one.partition(mark)[0] + mark + two.partition(mark)[2]
    )
    certificate_for(tmp_path / "one", HOME, NOW)
    ssl.create_default_context().load_cert_chain(tmp_path / "one" / FILE_NAME)


# --- the addresses -------------------------------------------------------------------------


def test_addresses_of_the_open_internet_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    found = ("8.8.8.8", "192.168.7.20", "127.0.0.1", "0.0.0.0", "224.0.0.1", "100.64.0.9")  # noqa: S104
    monkeypatch.setattr(network, "_addresses_of_cards", lambda: found)
    monkeypatch.setattr(network, "_address_by_route", lambda: ("10.0.0.5",))
    assert network.lan_addresses() == ("10.0.0.5", "192.168.7.20", "100.64.0.9")


def test_the_address_towards_other_networks_comes_first_and_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(network, "_addresses_of_cards", lambda: ("172.17.0.1", "192.168.7.20"))
    monkeypatch.setattr(network, "_address_by_route", lambda: ("192.168.7.20",))
    assert network.lan_addresses() == ("192.168.7.20", "172.17.0.1")


def test_windows_is_asked_by_the_name_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "fcntl", None)
    monkeypatch.setattr(socket, "gethostname", lambda: "desk")
    answers: dict[str, tuple[str, list[str], list[str]]] = {
        "desk": ("desk", [], ["192.168.7.20", "10.0.0.5"])
    }
    monkeypatch.setattr(socket, "gethostbyname_ex", answers.__getitem__)
    assert network._addresses_of_cards() == ("192.168.7.20", "10.0.0.5")

    def unknown(_: str) -> Any:
        raise socket.gaierror

    monkeypatch.setattr(socket, "gethostbyname_ex", unknown)
    assert network._addresses_of_cards() == ()


@pytest.mark.parametrize(("system", "request_code"), [("linux", 0x8915), ("darwin", 0xC0206921)])
def test_linux_and_macos_are_asked_card_by_card(
    monkeypatch: pytest.MonkeyPatch, system: str, request_code: int
) -> None:
    """The answer has the address in the same place on both: ``struct ifreq``."""

    class Kernel:
        def ioctl(self, _file: int, code: int, card: bytes) -> bytes:
            assert code == request_code
            name = card[:16].rstrip(b"\0")
            if name == b"none":
                raise OSError(99, "Cannot assign requested address")
            return (
                name.ljust(16, b"\0") + b"\x10\x02\0\0" + socket.inet_aton("10.0.0.5") + bytes(40)
            )

    monkeypatch.setattr(network, "fcntl", Kernel())
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "none"), (2, "en0")])
    assert network._addresses_of_cards() == ("10.0.0.5",)


def test_a_machine_in_no_network_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "lan_addresses", tuple)
    options = AppOptions(browser=False, folder=tmp_path, lan=True)
    with pytest.raises(UsageError, match="not in a local network"):
        server.serve(options, lambda _: None, pytest.fail)


# --- links ---------------------------------------------------------------------------------


def test_a_link_is_there_under_each_address_and_works_once() -> None:
    keys = Keys()
    pairing = keys.new_pairing().id
    links = invite(Address(1, HOME, 8443), keys, KeyRole.PHONE, pairing)
    assert [one.address for one in links] == [f"{one}:8443" for one in HOME]
    tokens = {one.link.partition("#")[2] for one in links}
    assert len(tokens) == 1
    assert keys.exchange(tokens.pop())[1].role is KeyRole.PHONE
    assert len(links[0].as_lines().splitlines()) < 30, "it fits a terminal"
    assert links[0].as_picture().startswith("data:image/svg+xml")


# --- a phone that films and sends ----------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path, history_file: Path) -> Site:
    return make_site(tmp_path / "app", history_file)


@pytest.fixture
def lan_site(site: Site) -> Site:
    return replace(site, address=replace(site.address, lan_addresses=HOME, lan_port=8443))


def announced(client: TestClient, name: str = "a.mp4", **values: str) -> Any:
    return client.post("/queue", json={"name": name, "size_bytes": 4, "values": values})


def test_a_phone_sends_a_film_and_sees_its_verdict_only(site: Site) -> None:
    pairing = site.keys.new_pairing("runner-1").id
    with client_of(site) as owner:
        phone = joined(owner, site, KeyRole.PHONE, pairing)
        other = announced(owner, "other.mp4", person="runner-2").json()["id"]
        item_id = announced(phone, "mine.mp4").json()["id"]
        assert phone.put(f"/queue/{item_id}/film", content=b"film").status_code == 200
        assert settled(site.films, item_id).record.state == "done"
        (film,) = phone.get("/queue").json()["films"]
        assert (film["name"], film["person"], film["state"]) == ("mine.mp4", "runner-1", "done")
        assert film["verdict"]
        assert not film["may_remove"]
        report = phone.get(film["report"])
        assert report.status_code == 200
        for closed in ("/progress/", "/export/", 'href="/sessions"'):
            assert closed not in report.text
        assert phone.get(film["still"]).status_code == 200
        assert phone.put(f"/queue/{other}/film", content=b"evil").status_code == 404
        assert phone.get(f"/queue/{other}/picture").status_code == 404
        assert phone.delete(f"/queue/{item_id}").status_code == 403
        assert phone.delete(f"/sessions/{item_id}").status_code == 403
        assert phone.get(f"/sessions/{item_id}/export/csv").status_code == 403
        assert len(owner.get("/queue").json()["films"]) == 2
        page = phone.get("/").text
        assert "runner-1" in page
        assert "runner-2" not in page
        assert 'capture="environment"' in page


def test_a_screen_reads_what_its_pairing_sent_and_sends_nothing(site: Site) -> None:
    pairing = site.keys.new_pairing().id
    with client_of(site, KeyRole.PHONE, pairing) as phone:
        item_id = announced(phone).json()["id"]
        phone.put(f"/queue/{item_id}/film", content=b"film")
        settled(site.films, item_id)
        screen = joined(phone, site, KeyRole.SCREEN, pairing)
        assert screen.get(f"/sessions/{item_id}").status_code == 200
        assert announced(screen).status_code == 403
        assert screen.put(f"/queue/{item_id}/film", content=b"evil").status_code == 403


@pytest.mark.parametrize("name", ["person", "keep_film", "out", "model"])
def test_a_phone_cannot_say_what_is_for_the_owner(site: Site, name: str) -> None:
    with client_of(site, KeyRole.PHONE) as phone:
        assert announced(phone, **{name: "on"}).status_code == 422
        assert phone.get("/queue").json()["films"] == []
        assert f'name="{name}"' not in phone.get("/").text


def test_a_phone_has_an_end_of_films(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film_handlers, "MOST_OF_PAIRING", 2)
    with client_of(site) as owner:
        phone = joined(owner, site, KeyRole.PHONE)
        assert [announced(phone).status_code for _ in range(3)] == [201, 201, 422]
        assert announced(owner).status_code == 201, "the owner goes on"


def test_a_key_that_is_revoked_in_the_middle_of_an_upload_ends_it(site: Site) -> None:
    pairing = site.keys.new_pairing().id
    with client_of(site, KeyRole.PHONE, pairing) as phone:
        item_id = announced(phone).json()["id"]
        (key,) = site.keys.keys_of(pairing)

        def film() -> Iterator[bytes]:
            yield b"fi"
            site.keys.revoke(key.id)
            yield b"lm"

        answer = phone.put(f"/queue/{item_id}/film", content=film())
        assert answer.status_code == 403
        assert "disconnected" in answer.json()["message"]
        assert not site.films.film_of(item_id).exists()
        item = site.films.find(item_id)
        assert item is not None
        assert item.record.state == "failed"
        assert phone.get("/queue").status_code == 403


def test_names_are_only_text_on_the_pages_of_devices(lan_site: Site) -> None:
    with client_of(lan_site) as owner:
        made = owner.post("/devices/pairings", json={"person": EVIL})
        assert made.status_code == 201
        assert owner.get("/devices/list").headers["content-type"] == "application/json"
        phone = joined(owner, lan_site, KeyRole.PHONE, made.json()["id"])
        assert EVIL not in phone.get("/").text
        assert "&lt;img" in phone.get("/").text


def test_the_owner_lets_devices_in_and_out(lan_site: Site) -> None:
    with client_of(lan_site) as owner:
        pairing = owner.post("/devices/pairings", json={"person": " a  b "}).json()
        assert pairing["person"] == "a b"
        made = owner.post(f"/devices/pairings/{pairing['id']}/links", json={"role": "phone"})
        assert made.status_code == 201
        links = made.json()["links"]
        assert [one["address"] for one in links] == [f"{one}:8443" for one in HOME]
        token = links[0]["link"].partition("#")[2]
        there = f"https://{HOME[1]}:8443"
        phone = TestClient(owner.app, base_url=there, headers={"Origin": there})
        phone.portal = owner.portal
        assert phone.post("/enter", json={"token": token}).status_code == 200
        (listed,) = owner.get("/devices/list").json()["pairings"]
        (key,) = listed["keys"]
        assert key["kind"] == "Phone"
        assert phone.get("/").status_code == 200
        assert owner.delete(f"/devices/keys/{key['id']}").status_code == 204
        assert owner.delete(f"/devices/keys/{key['id']}").status_code == 404
        assert phone.get("/").status_code == 403
        assert owner.delete(f"/devices/pairings/{pairing['id']}").status_code == 204
        assert owner.get("/devices/list").json()["pairings"] == []


@pytest.mark.parametrize("role", ["owner", "", "admin"])
def test_no_link_makes_another_owner(lan_site: Site, role: str) -> None:
    pairing = lan_site.keys.new_pairing().id
    with client_of(lan_site) as owner:
        asked = owner.post(f"/devices/pairings/{pairing}/links", json={"role": role})
        assert asked.status_code == 422


def test_without_a_network_there_are_no_links(site: Site) -> None:
    pairing = site.keys.new_pairing().id
    with client_of(site) as owner:
        asked = owner.post(f"/devices/pairings/{pairing}/links", json={"role": "phone"})
        assert asked.status_code == 422
        assert asked.json()["fields"] == ["lan"]
        assert "formcheck app --lan" in owner.get("/devices").text


# --- the server itself ---------------------------------------------------------------------


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartLinks]:
    put_session(tmp_path / "app" / "sessions" / "00112233445566aa", good_set())
    with serving(tmp_path / "app", monkeypatch, lan=True) as found:
        yield found


def test_the_server_lets_a_phone_in_by_https_and_the_owner_only_at_home(
    opened: StartLinks, tmp_path: Path
) -> None:
    assert opened.phone is not None
    assert opened.screen is not None
    folder, link = tmp_path / "app", opened.phone.link
    origin, _, token = link.partition("/enter#")
    status, headers, text = asked(link, folder, "GET", "/enter", {})
    assert status == 200
    assert "Strict-Transport-Security" not in headers
    assert headers["server"] is None
    assert asset_url("enter.js") in text
    said = json.dumps({"token": token})
    owners = json.dumps({"token": opened.link.partition("#")[2]})
    assert asked(link, folder, "POST", "/enter", {"Origin": origin}, owners)[0] == 403
    assert asked(link, folder, "POST", "/enter", {"Origin": "https://evil.example"}, said)[0] == 403
    for host in ("evil.example", opened.link.split("/")[2], "127.0.0.2"):
        assert asked(link, folder, "GET", "/enter", {"Host": host})[0] == 403
    forged = {"X-Forwarded-Proto": "http", "Host": opened.link.split("/")[2]}
    assert asked(link, folder, "GET", "/enter", forged)[0] == 403
    status, headers, _ = asked(link, folder, "POST", "/enter", {"Origin": origin}, said)
    assert status == 200
    cookie = headers["set-cookie"].partition(";")[0]
    assert asked(link, folder, "GET", "/", {"Cookie": cookie})[0] == 200
    assert asked(link, folder, "GET", "/sessions", {"Cookie": cookie})[0] == 403
    found, _, text = asked(link, folder, "GET", "/sessions/00112233445566aa", {"Cookie": cookie})
    assert found == 404
    assert asked(link, folder, "POST", "/enter", {"Origin": origin}, said)[0] == 403, "used"
    assert opened.fingerprint == certificate_for(folder, ("127.0.0.2",)).fingerprint


def test_nobody_gets_in_without_https(opened: StartLinks) -> None:
    assert opened.phone is not None
    host, port = opened.phone.link.split("/")[2].split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=60)
    connection.request("GET", "/enter")
    with pytest.raises((http.client.HTTPException, OSError)):
        connection.getresponse()
    connection.close()


# --- what is logged ------------------------------------------------------------------------


def test_an_error_is_told_without_its_message() -> None:
    told: list[str] = []
    logger = logging.getLogger("uvicorn.error")
    with server._logged_to(told.append):
        for error in (KeyError("monday of runner-1.mp4"), ConnectionResetError("runner-1")):
            logger.error("Exception in ASGI application", exc_info=raised(error))
        logger.error("runner-1")
    (line,) = told
    assert "KeyError in test_web_lan.py, line " in line
    assert "runner-1" not in line
    assert logging.getLogger("uvicorn").handlers == []


def raised(error: Exception) -> Exception:
    """The error with the place where it was raised."""
    try:
        raise error
    except type(error) as found:
        return found
