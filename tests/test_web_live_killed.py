"""The server of a live session is killed: the repetitions until then are kept."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from live_app import ClientWire, RunningApp, running_app
from live_page import FIRST_REP, ScriptedPage, reps_on_disk
from msgspec import structs

from formcheck.data.session import Session
from formcheck.store.journal import has_journal
from formcheck.store.session_file import load

PLAN = {"exercise": "step_down", "side": "left", "reps": "4", "person": "runner-1"}


def wait_for(is_so: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def killed_after_a_repetition(app: RunningApp, sessions: Path, *, with_its_process: bool) -> str:
    """Do one repetition, then kill the server, and the process that measures if asked to."""
    app.enter()
    session = str(app.ask("/live", {"values": PLAN, "camera": "camera"})["id"])
    with app.follow(session) as socket:
        page = ScriptedPage(ClientWire(socket)).join().begin().play(*range(FIRST_REP))
        page.until(lambda: page.count == 1)
        wait_for(lambda: reps_on_disk(sessions / session) == 1)
        children = Path(f"/proc/{app.process.pid}/task/{app.process.pid}/children")
        measuring = [int(one) for one in children.read_text().split()]
        os.kill(app.process.pid, signal.SIGKILL)
        if with_its_process:
            for one in measuring:
                os.kill(one, signal.SIGKILL)
        app.process.wait(30)
    return session


def finished_by_the_next_server(folder: Path, session: str) -> Session:
    place = folder / "sessions" / session
    with running_app(folder) as app:
        app.enter()
        wait_for(lambda: (place / "annotated.mp4").is_file() and not has_journal(place))
        assert app.status(f"/sessions/{session}") == 200
        assert app.ask("/live/state")["stage"] == "none"
    return load(place)


def test_the_process_saves_the_set_when_its_server_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "app"
    with running_app(folder) as app:
        session = killed_after_a_repetition(app, folder / "sessions", with_its_process=False)
    wait_for(lambda: (folder / "sessions" / session / "session.json").is_file())
    kept = finished_by_the_next_server(folder, session)
    assert len(kept.reps) == 1
    assert not any(note.kind == "interrupted" for note in kept.notes)


def test_the_next_server_finishes_what_a_kill_of_both_has_left(tmp_path: Path) -> None:
    folder = tmp_path / "app"
    with running_app(folder) as app:
        session = killed_after_a_repetition(app, folder / "sessions", with_its_process=True)
    assert not (folder / "sessions" / session / "session.json").is_file()
    kept = finished_by_the_next_server(folder, session)
    assert [rep.stance_side for rep in kept.reps] == ["left"]
    assert any(note.kind == "interrupted" for note in kept.notes)
    assert structs.asdict(kept)["person"] == "runner-1"
