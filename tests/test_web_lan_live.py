"""A phone as the camera and a screen that follows, each with its own key, over the socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live_app import ClientWire
from live_page import FIRST_REP, ScriptedPage, SocketWire, told_to_screen
from network_client import PageSocket, asked, let_in, socket_to
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from web_work import ORIGIN, client_of, joined, make_site, serving
from websockets.exceptions import InvalidStatus

from formcheck.web.keys import KeyRole
from formcheck.web.site import Site

SOCKETS = ORIGIN.replace("http", "ws")
PLAN = {"exercise": "step_down", "reps": "4", "side": "left"}


@pytest.fixture
def site(tmp_path: Path, history_file: Path) -> Site:
    return make_site(tmp_path / "app", history_file)


@pytest.fixture
def owner(site: Site) -> Iterator[TestClient]:
    with client_of(site) as client:
        yield client


def begun(client: TestClient, **values: str) -> Any:
    return client.post("/live", json={"values": {**PLAN, **values}, "camera": "Phone"})


def socket_of(client: TestClient, session: str, kind: str) -> Any:
    return client.websocket_connect(f"{SOCKETS}/live/{session}/socket?as={kind}")


def refused(client: TestClient, session: str, kind: str) -> bool:
    try:
        with socket_of(client, session, kind) as socket:
            socket.receive_text()
    except WebSocketDisconnect as closed:
        return bool(closed.code == 1008)
    return False


def closed_after_the_rest(socket: Any) -> int:
    """Take what is still sent; returns the code with which the socket is closed then."""
    while (message := socket.receive())["type"] != "websocket.close":
        continue
    return int(message["code"])


def test_a_phone_films_a_set_and_the_screen_of_its_pairing_follows(
    owner: TestClient, site: Site
) -> None:
    pairing = site.keys.new_pairing("runner-1").id
    phone = joined(owner, site, KeyRole.PHONE, pairing)
    screen = joined(owner, site, KeyRole.SCREEN, pairing)
    other = joined(owner, site, KeyRole.SCREEN)
    assert begun(phone, person="somebody").status_code == 422
    session = begun(phone).json()["id"]
    assert screen.get("/live/state").json()["id"] == session
    assert other.get("/live/state").json()["id"] is None
    assert refused(other, session, "screen")
    with socket_of(phone, session, "camera") as camera, socket_of(screen, session, "screen") as big:
        page = ScriptedPage(SocketWire(camera))
        page.join().begin().play(*range(FIRST_REP))
        message, picture = next(told_to_screen(big.receive_bytes()))
        while not picture:
            message, picture = next(told_to_screen(big.receive_bytes()))
        assert message["kind"] == "moment"
        page.until(lambda: page.count == 1)
        page.command("end").until(page.is_over)
    assert phone.get(f"/sessions/{session}").status_code == 200
    assert screen.get(f"/sessions/{session}").status_code == 200
    assert other.get(f"/sessions/{session}").status_code == 404
    found = site.library.find(session)
    assert found is not None
    assert found.overview.person == "runner-1"


def test_a_screen_never_becomes_the_camera(owner: TestClient, site: Site) -> None:
    pairing = site.keys.new_pairing().id
    phone = joined(owner, site, KeyRole.PHONE, pairing)
    screen = joined(owner, site, KeyRole.SCREEN, pairing)
    session = begun(phone).json()["id"]
    assert refused(screen, session, "camera")
    run = site.live.find(session)
    assert run is not None
    with socket_of(screen, session, "screen") as socket:
        socket.send_text('{"do": "end"}')
        socket.send_bytes(b"no picture")
        assert screen.get("/live/state").json()["stage"] == "live"
    assert run.camera is None
    assert begun(screen).status_code == 403
    for where in ("join?as=camera", "pictures", "do"):
        assert screen.post(f"/live/{session}/{where}").status_code == 403


def test_a_phone_that_is_let_out_in_a_set_sends_nothing_more(owner: TestClient, site: Site) -> None:
    pairing = site.keys.new_pairing().id
    phone = joined(owner, site, KeyRole.PHONE, pairing)
    session = begun(phone).json()["id"]
    with socket_of(phone, session, "camera") as socket:
        page = ScriptedPage(SocketWire(socket)).join()
        (key,) = site.keys.keys_of(pairing)
        assert owner.delete(f"/devices/keys/{key.id}").status_code == 204
        socket.send_text('{"do": "end"}')
        assert closed_after_the_rest(socket) in (1000, 1008)
        assert page.count == 0
    assert refused(phone, session, "camera")
    assert owner.get("/live/state").json()["stage"] == "live", "its command was not taken"


def test_what_the_owner_films_is_shown_on_the_screens_of_the_newest_training(
    owner: TestClient, site: Site
) -> None:
    earlier = joined(owner, site, KeyRole.SCREEN)
    newest = joined(owner, site, KeyRole.SCREEN)
    session = begun(owner).json()["id"]
    assert newest.get("/live/state").json()["id"] == session
    assert earlier.get("/live/state").json()["id"] is None


def shown(big: PageSocket) -> bytes:
    """What a screen is sent next."""
    data = big.receive()
    assert isinstance(data, bytes)
    return data


def test_a_phone_films_and_a_screen_follows_through_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the command serves it, by https and encrypted sockets."""
    folder = tmp_path / "app"
    with serving(folder, monkeypatch, lan=True) as opened:
        assert opened.phone is not None
        assert opened.screen is not None
        link = opened.phone.link
        phone, screen = let_in(link, folder), let_in(opened.screen.link, folder)
        plan = json.dumps({"values": PLAN, "camera": "Phone"})
        status, _, text = asked(link, folder, "POST", "/live", phone, plan)
        assert status == 201
        path = f"/live/{json.loads(text)['id']}/socket?as="
        for nobody, kind in ("", "camera"), ("formcheck=guessed", "screen"):
            with (
                pytest.raises(InvalidStatus),
                socket_to(folder, f"{path}{kind}", phone | {"Cookie": nobody}),
            ):
                pytest.fail("it was let in")
        with (
            socket_to(folder, f"{path}camera", phone) as camera,
            socket_to(folder, f"{path}screen", screen) as big,
        ):
            page = ScriptedPage(ClientWire(camera)).join().begin()
            page.play(*range(12))
            message, picture = next(told_to_screen(shown(big)))
            while not picture:
                message, picture = next(told_to_screen(shown(big)))
            assert message["kind"] == "moment"
            page.command("end").until(page.is_over)
