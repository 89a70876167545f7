"""Work for the app's queue that needs no film: what is to happen is in the film's name.

``from web_work import ...``; the worker processes import this module by themselves.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from live_page import serve_poses
from msgspec.structs import replace
from PIL import Image
from starlette.testclient import TestClient
from store_examples import good_set, no_reps

from formcheck.app.worker_process import Report
from formcheck.data.session import Session
from formcheck.report.view import view
from formcheck.store.history.history_store import History
from formcheck.store.result_files import write
from formcheck.web.application import application
from formcheck.web.film_queue import FilmQueue, Item
from formcheck.web.keys import KeyRole
from formcheck.web.live.desk import LiveDesk
from formcheck.web.measuring import FilmJob, FilmOutcome, FilmSeen
from formcheck.web.server import site_in
from formcheck.web.site import Site

PORT = 8123
ORIGIN = f"http://127.0.0.1:{PORT}"


def jpeg(shade: int = 90) -> bytes:
    """A small picture."""
    picture = BytesIO()
    Image.new("RGB", (90, 160), (shade, shade, 90)).save(picture, "JPEG")
    return picture.getvalue()


def put_session(folder: Path, session: Session, *, film: bool = False) -> None:
    """Write a session as the app keeps it."""
    folder.mkdir(parents=True)
    write(folder, session, stills={rep.index: jpeg() for rep in session.reps})
    if film:
        (folder / "annotated.mp4").write_bytes(bytes(range(256)) * 40)


def do(job: FilmJob, report: Report) -> FilmOutcome:
    """Do as the film's name says."""
    name = job.options.film_name
    if name.startswith("killed"):
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("hangs"):
        time.sleep(600)
    if name.startswith("text"):
        return FilmOutcome("failed", f"'{name}' is not a video", "Check that it plays")
    if name.startswith("long"):
        for count in range(60_000):
            report(FilmSeen("measuring", 0.4, 12.0, min(3, count // 20), jpeg()))
            time.sleep(0.02)
    if name.startswith("empty"):
        put_session(job.folder, replace(no_reps(), person=job.options.person))
        return FilmOutcome("no_repetition", "No repetition was found.", "Film the whole body.")
    session = good_set()
    source = replace(session.source, name=name)
    session = replace(session, person=job.options.person, source=source)
    put_session(job.folder, session, film=True)
    with History(job.history, create=True) as history:
        history.keep(session, folder=job.folder)
    return FilmOutcome("done", verdict=view(session).verdict)


def make_site(folder: Path, history: Path) -> Site:
    """A site whose queue and live sessions do not run the pose model."""
    site = site_in(folder, PORT, history)
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
    wait_for(lambda: found(films, item_id).kept.state not in ("waiting", "receiving"))
    return found(films, item_id)


def found(films: FilmQueue, item_id: str) -> Item:
    """A film of the queue."""
    item = films.find(item_id)
    assert item is not None
    return item
