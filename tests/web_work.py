"""The app for tests, with a queue and live sessions that do not run the pose model.

``from web_work import ...``.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from film_work import do
from live_page import serve_poses
from starlette.testclient import TestClient, WebSocketTestSession

from formcheck.app.options import AppOptions
from formcheck.web import server
from formcheck.web.application import application
from formcheck.web.film_queue import FilmQueue, Item
from formcheck.web.keys import KeyRole
from formcheck.web.live_sets.desk import LiveDesk
from formcheck.web.site import Site

MESSAGE_WITHIN_S = 60.0


def _received(socket: WebSocketTestSession) -> Any:
    async def message() -> Any:
        with anyio.fail_after(MESSAGE_WITHIN_S):
            return await socket._send_rx.receive()

    return socket.portal.call(message)


# Starlette's waits for a message for ever.
setattr(WebSocketTestSession, "receive", _received)  # noqa: B010 - for mypy

PORT = 8123
ORIGIN = f"http://127.0.0.1:{PORT}"


def make_site(folder: Path, history: Path) -> Site:
    """A site whose queue and live sessions do not run the pose model."""
    site = server.site_in(folder, PORT, history)
    films = FilmQueue(site.films.folder, site.films.sessions, history, 1, do)
    live = LiveDesk(films.sessions, history, films, serve_poses)
    return dataclasses.replace(site, films=films, live=live)


def client_of(site: Site, role: KeyRole | None = KeyRole.OWNER, pairing: str = "") -> TestClient:
    """A client with a key; the queue runs inside its ``with`` block only.

    A phone or a screen joins the pairing that is named, or a new one.
    """
    client = TestClient(application(site), base_url=ORIGIN, headers={"Origin": ORIGIN})
    if role not in (None, KeyRole.OWNER):
        pairing = pairing or site.keys.new_pairing().id
    if role is not None:
        token = site.keys.new_link(role, pairing)
        assert client.post("/enter", json={"token": token}).status_code == 200
    return client


def joined(owner: TestClient, site: Site, role: KeyRole, pairing: str = "") -> TestClient:
    """A phone or a screen beside an owner whose ``with`` block runs the queue."""
    client = TestClient(owner.app, base_url=ORIGIN, headers={"Origin": ORIGIN})
    client.portal = owner.portal
    token = site.keys.new_link(role, pairing or site.keys.new_pairing().id)
    assert client.post("/enter", json={"token": token}).status_code == 200
    return client


@contextmanager
def serving(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, lan: bool = False
) -> Iterator[server.StartLinks]:
    """Serve the app as the command does, on ports of its own; no film is really measured.

    With ``lan`` 127.0.0.2 plays the address in the network.
    """
    ready = threading.Event()
    told: list[server.StartLinks] = []
    servers: list[Any] = []

    class Kept(server._Server):
        def __init__(self, *about: Any) -> None:
            super().__init__(*about)
            servers.append(self)

    def open_(opened: server.StartLinks) -> None:
        told.append(opened)
        ready.set()

    def queue(folder: Path, sessions: Path, history: Path, workers: int) -> FilmQueue:
        return FilmQueue(folder, sessions, history, workers, do)

    monkeypatch.setattr(server, "FilmQueue", queue)
    monkeypatch.setattr(server, "LiveDesk", partial(LiveDesk, process_main=serve_poses))
    monkeypatch.setattr(server, "_Server", Kept)
    monkeypatch.setattr(server, "LAN_PORT", 0)
    monkeypatch.setattr(server, "lan_addresses", lambda: ("127.0.0.2",))
    options = AppOptions(browser=False, folder=folder, lan=lan)
    thread = threading.Thread(target=server.serve, args=(options, open_, pytest.fail))
    thread.start()
    try:
        assert ready.wait(60)
        yield told[0]
    finally:
        for one in servers:
            one.should_exit = True
        thread.join(60)
        assert not thread.is_alive()


@contextmanager
def running(films: FilmQueue) -> Iterator[FilmQueue]:
    """A queue whose thread runs."""
    films.start()
    try:
        yield films
    finally:
        films.close()


def put_film(films: FilmQueue, name: str, content: bytes = b"film", **values: str) -> str:
    """Put a film into a queue; returns its id."""
    kept = films.add(name, values, len(content))
    films.film_of(kept.id).write_bytes(content)
    films.received(kept.id)
    return kept.id


def wait_for(is_so: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def settled(films: FilmQueue, item_id: str) -> Item:
    """Wait until a film is finished; returns how it ended."""
    wait_for(lambda: found(films, item_id).record.state not in ("waiting", "receiving"))
    return found(films, item_id)


def found(films: FilmQueue, item_id: str) -> Item:
    """A film of the queue."""
    item = films.find(item_id)
    assert item is not None
    return item
