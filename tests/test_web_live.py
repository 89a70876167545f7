"""Live sessions of the app: a scripted page over socket and requests, without a browser.

Pictures stand for recorded poses, so the numbers are known, and nothing waits for the pose model.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from film_work import put_session
from live_page import (
    CLIP,
    CLIP_LENGTH,
    FIRST_REP,
    SECOND_REP,
    THIRD_REP,
    PlainWire,
    ScriptedPage,
    SocketWire,
    reps_on_disk,
    told_to_screen,
)
from live_sessions import play
from msgspec import structs
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from store_examples import good_set
from web_work import ORIGIN, client_of, make_site, put_film, settled, wait_for

from formcheck.app.live import LiveOutcome
from formcheck.data.session import Rep, Session
from formcheck.store.history.history_store import History
from formcheck.store.journal import has_journal
from formcheck.store.session_file import load
from formcheck.web.live_sets.desk import LiveRun
from formcheck.web.site import Site

SOCKETS = ORIGIN.replace("http", "ws")
PLAN = {"exercise": "step_down", "reps": "9", "side": "left", "person": "runner-1"}


@pytest.fixture
def site(tmp_path: Path, history_file: Path) -> Site:
    return make_site(tmp_path / "app", history_file)


@pytest.fixture
def owner(site: Site) -> Iterator[TestClient]:
    with client_of(site) as client:
        yield client


@pytest.fixture(scope="module")
def at_this_machine(tmp_path_factory: pytest.TempPathFactory) -> LiveOutcome:
    """The same clip in front of a camera of this machine."""
    return play(CLIP, tmp_path_factory.mktemp("live") / "live", exercise="step_down")


def begun(client: TestClient, **plan: str) -> str:
    answer = client.post("/live", json={"values": {**PLAN, **plan}, "camera": "Front camera"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@contextmanager
def page_of(client: TestClient, session: str, **about: Any) -> Iterator[ScriptedPage]:
    with client.websocket_connect(f"{SOCKETS}/live/{session}/socket?as=camera") as socket:
        yield ScriptedPage(SocketWire(socket), **about)


def moments_of(data: bytes) -> dict[int, tuple[dict[str, Any], bytes]]:
    """What a screen is told of pictures that were looked at, by their numbers."""
    return {
        message["number"]: (message, picture)
        for message, picture in told_to_screen(data)
        if message["kind"] == "moment" and "words" in message
    }


def run_of(site: Site, session: str) -> LiveRun:
    run = site.live.find(session)
    assert run is not None
    return run


def numbers(session: Session) -> list[Rep]:
    return [structs.replace(rep, set_index=1, still=None) for rep in session.reps]


def alike(one: list[Rep], other: list[Rep]) -> None:
    """The same repetitions, legs and grades, and values within their error.

    A page's times differ in the last digits, so a frame may be looked at that was not.
    """
    assert [rep.stance_side for rep in one] == [rep.stance_side for rep in other]
    assert [rep.form.grade for rep in one] == [rep.form.grade for rep in other]
    for mine, theirs in zip(one, other, strict=True):
        for name, measured in mine.measurements.items():
            other_one = theirs.measurements[name]
            assert measured.value == pytest.approx(other_one.value, abs=other_one.sem or 1e-6)


def session_of(site: Site, session: str) -> Session:
    return load(site.library.folder / session)


def test_a_whole_set_is_measured_as_at_this_machine_and_kept_like_any_other(
    owner: TestClient, site: Site, at_this_machine: LiveOutcome
) -> None:
    session = begun(owner)
    with page_of(owner, session) as page:
        page.join().begin().play(*range(CLIP_LENGTH))
        page.until(lambda: page.count == 4)
        page.command("end").until(lambda: page.last("saved"))
        saved = page.last("saved")
        assert saved is not None
        assert saved["report"]
        assert owner.get(f"/sessions/{session}").status_code == 200
        page.until(page.is_over)
    over = page.last("over")
    assert over is not None
    assert not over.get("message")
    assert over["card"][0]["text"] == "4 repetitions"
    measured = session_of(site, session)
    alike(numbers(measured), numbers(at_this_machine.session))
    assert measured.source.name == "Front camera"
    assert measured.source.kind == "camera"
    assert (site.library.folder / session / "annotated.mp4").is_file()
    assert not has_journal(site.library.folder / session)
    with History(site.library.history) as history:
        assert [entry.person for entry in history.entries()] == ["runner-1"]
    assert "Front camera" in owner.get("/sessions").text
    assert owner.delete(f"/sessions/{session}").status_code == 204


def test_the_words_are_those_of_the_window(owner: TestClient) -> None:
    session = begun(owner, reps="1", sets="2", rest_s="30")
    with page_of(owner, session) as page:
        page.join().begin().play(*range(12))
        sign = page.known()["words"]["sign"]
        assert sign["headline"]
        assert {check["text"] for check in sign["checks"]} >= {"In view"}
        shapes = page.known()["shapes"]
        assert {shape[0] for shape in shapes} >= {"lines", "disc"}
        page.play(*range(12, FIRST_REP))
        card = [line["text"] for line in page.known()["words"]["card"]]
        assert card[0] == "Rest"
        assert "Left leg: 1 repetition" in card
        assert "Next: set 2 of 2" in card
        heard = [one["heard"] for one in page.told if one.get("heard")]
        names = [name for one in heard for name, _ in one["tones"]]
        assert {"tick", "accent", "good_rep", "set_done"} <= set(names)
        assert any(one["sentence"] for one in heard)
        page.command("end").until(page.is_over)


def test_a_leg_that_was_not_chosen_is_told_on_the_page(owner: TestClient) -> None:
    session = begun(owner, reps="2", side="right")
    with page_of(owner, session) as page:
        page.join().begin().play(*range(FIRST_REP))
        page.until(lambda: page.corner == "That was your left leg: change to the right")
        assert page.count == 0
        page.command("end").until(page.is_over)


def test_without_a_socket_pictures_go_by_requests(
    owner: TestClient, site: Site, at_this_machine: LiveOutcome
) -> None:
    session = begun(owner)
    page = ScriptedPage(PlainWire(owner, session))
    page.join().begin().play(*range(FIRST_REP))
    page.until(lambda: page.count == 1)
    page.command("end").until(page.is_over)
    alike(numbers(session_of(site, session)), numbers(at_this_machine.session)[:1])


def test_a_network_that_is_cut_comes_back_within_the_set(owner: TestClient, site: Site) -> None:
    session = begun(owner)
    with page_of(owner, session) as page:
        page.join().begin().play(*range(FIRST_REP))
        page.until(lambda: page.count == 1)
    there = {"number": page.number, "acknowledged": page.number}
    with page_of(owner, session, **there, later_s=2.0) as again:
        again.join().play(*range(FIRST_REP, SECOND_REP))
        again.until(lambda: again.count == 2)
        again.command("end").until(again.is_over)
    assert len(session_of(site, session).reps) == 2


def test_a_page_that_is_reloaded_has_another_clock_and_goes_on(
    owner: TestClient, site: Site
) -> None:
    session = begun(owner)
    with page_of(owner, session) as page:
        page.join().begin().play(*range(FIRST_REP))
    state = owner.get("/live/state").json()
    assert (state["id"], state["stage"]) == (session, "live")
    with page_of(owner, session, clock="page 2", ahead_of_us_s=-3.0, later_s=2.0) as again:
        again.join().play(*range(FIRST_REP, SECOND_REP))
        again.until(lambda: again.count == 2)
        again.command("end").until(again.is_over)
    kept = session_of(site, session)
    times = [one for one in kept.series["t_s"] if one is not None]
    assert len(kept.reps) == 2
    assert times == sorted(times)


def test_another_page_takes_the_place_of_the_first(owner: TestClient) -> None:
    session = begun(owner)
    with page_of(owner, session) as first:
        first.join().begin().play(0)
        with page_of(owner, session, clock="page 2", ahead_of_us_s=500.0) as second:
            first.until(lambda: first.last("camera_taken_over"))
            second.join().play(*range(1, 5))
            second.command("end").until(second.is_over)


def test_a_pause_measures_nothing_and_is_said_in_the_session(owner: TestClient, site: Site) -> None:
    session = begun(owner)
    with page_of(owner, session) as page:
        page.join().begin().play(*range(FIRST_REP))
        page.command("pause").play(FIRST_REP)
        page.play(*range(FIRST_REP + 1, 380))  # the second repetition is done in the pause
        assert page.known()["paused"]
        assert page.known()["words"]["card"][0]["text"] == "Paused"
        page.command("go_on").play(380)
        page.play(*range(381, THIRD_REP))
        page.until(lambda: page.count == 2)
        page.command("end").until(page.is_over)
    kept = session_of(site, session)
    assert len(kept.reps) == 2
    assert any("paused once" in note.text for note in kept.notes), kept.notes


def test_a_screen_is_told_the_same_with_the_pictures_and_may_only_look(
    owner: TestClient, site: Site
) -> None:
    session = begun(owner)
    with (
        page_of(owner, session) as page,
        owner.websocket_connect(f"{SOCKETS}/live/{session}/socket?as=screen") as screen,
    ):
        screen.send_text(json.dumps({"do": "end"}))
        page.join().begin().play(*range(30))
        assert page.last("screens") == {"kind": "screens", "count": 1}
        seen: dict[int, tuple[dict[str, Any], bytes]] = {}
        while not seen or max(seen) < page.known()["number"]:
            seen |= moments_of(screen.receive_bytes())
        assert run_of(site, session).stage == "live", "a screen ends nothing"
        told = {one["number"]: one for one in page.told if "words" in one}
        shared = seen.keys() & told.keys()  # to either of them a moment may be left out
        assert len(shared) > 3
        assert all(seen[number][0] == told[number] for number in shared)
        assert sum(picture[:2] == b"\xff\xd8" for _, picture in seen.values()) > 3
        page.command("end").until(page.is_over)


def test_without_a_socket_a_screen_asks_again_and_again_and_may_only_look(
    owner: TestClient, site: Site
) -> None:
    session = begun(owner)
    seen: dict[int, tuple[dict[str, Any], bytes]] = {}
    with page_of(owner, session) as page:
        page.join().begin()
        joined = owner.post(f"/live/{session}/join?as=screen", json={"do": "end"})
        follower = f"follower={joined.json()['follower']}"
        ended = owner.post(f"/live/{session}/do?{follower}", content=b'{"do": "end"}')
        assert ended.status_code == 404
        assert owner.post(f"/live/{session}/pictures?{follower}", content=b"x").status_code == 404
        for number in range(30):
            page.play(number)
            seen |= moments_of(owner.get(f"/live/{session}/news?{follower}").content)
        assert run_of(site, session).stage == "live", "a screen ends nothing"
        told = {one["number"]: one for one in page.told if "words" in one}
        shared = seen.keys() & told.keys()
        assert len(shared) > 3
        assert all(seen[number][0] == told[number] for number in shared)
        assert sum(picture[:2] == b"\xff\xd8" for _, picture in seen.values()) > 3
        page.command("end").until(page.is_over)
    kinds: list[str] = []
    while (last := owner.get(f"/live/{session}/news?{follower}")).status_code == 200:
        kinds += [message["kind"] for message, _ in told_to_screen(last.content)]
    assert "over" in kinds
    assert owner.get(f"/live/{session}/news?follower=guessed").status_code == 404


def test_films_wait_while_a_set_runs(owner: TestClient, site: Site) -> None:
    running = put_film(site.films, "long.mp4")
    wait_for(lambda: (item := site.films.find(running)) and item.progress and item.pictures)
    session = begun(owner)
    waiting = put_film(site.films, "monday.mp4")
    item = site.films.find(running)
    assert item is not None
    time.sleep(0.5)
    pictures = item.pictures
    with page_of(owner, session) as page:
        page.join().begin().play(*range(30))
        time.sleep(0.6)
        assert item.pictures == pictures, "the film that was being measured waits, too"
        films = owner.get("/queue").json()["films"]
        assert {film["status"] for film in films} == {"Waiting until the live set is over"}
        page.command("end").until(page.is_over)
    wait_for(lambda: item.pictures > pictures)
    site.films.remove(running)
    assert settled(site.films, waiting).record.state == "done"


def test_one_set_at_a_time_and_what_cannot_be_used_is_said(owner: TestClient) -> None:
    refused = owner.post("/live", json={"values": {**PLAN, "reps": "many"}, "camera": ""})
    assert refused.status_code == 422
    assert refused.json()["fields"] == ["reps"]
    missing = owner.post("/live", json={"values": {"reps": "3"}, "camera": ""})
    assert missing.json()["fields"] == ["exercise"]
    session = begun(owner)
    second = owner.post("/live", json={"values": PLAN, "camera": ""})
    assert "running already" in second.json()["message"]
    with page_of(owner, session) as page:
        page.join().begin().command("end").until(page.is_over)


def test_a_set_that_ends_before_the_first_picture_leaves_nothing(
    owner: TestClient, site: Site
) -> None:
    session = begun(owner)
    with page_of(owner, session) as page:
        page.join().command("end").until(page.is_over)
    over = page.last("over")
    assert over is not None
    assert "sends no pictures" in over["message"]
    assert not (site.library.folder / session).exists()


GARBAGE = [b"", b"x", bytes(16), bytes(16) + b"no picture", b"\xff" * 40, bytes(2_000_000)]


def test_what_is_no_picture_and_no_command_is_left_out(owner: TestClient, site: Site) -> None:
    session = begun(owner)
    with page_of(owner, session) as page:
        page.join().begin()
        for data in GARBAGE:
            page.wire.send_picture(data)
        page.wire.send_command({"do": "leave"})
        page.wire.send_command({"do": "hold", "page_s": "soon"})
        page.wire.send_command({})
        page.play(*range(30))
        page.command("end").until(page.is_over)
    assert session_of(site, session).source.frames > 20
    for data in GARBAGE:
        answer = owner.post(f"/live/{session}/pictures?follower=guessed", content=data)
        assert answer.status_code == 404


@pytest.mark.parametrize("session", ["0" * 16, "..%2f..", "live"])
def test_a_session_that_is_none_is_followed_by_nobody(owner: TestClient, session: str) -> None:
    address = f"{SOCKETS}/live/{session}/socket?as=camera"
    with pytest.raises(WebSocketDisconnect), owner.websocket_connect(address) as socket:
        socket.receive_text()


def test_a_socket_of_another_page_or_without_a_key_is_refused(site: Site) -> None:
    with client_of(site) as client:
        session = begun(client)
        for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
            with (
                pytest.raises(WebSocketDisconnect),
                client.websocket_connect(f"{SOCKETS}/live/{session}/socket", headers=headers),
            ):
                pass
        client.cookies.clear()
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect(f"{SOCKETS}/live/{session}/socket"),
        ):
            pass


def test_a_process_that_dies_costs_nothing_that_was_done(owner: TestClient, site: Site) -> None:
    session = begun(owner)
    with page_of(owner, session) as page:
        page.join().begin().play(*range(FIRST_REP))
        wait_for(lambda: reps_on_disk(site.library.folder / session) == 1)
        run_of(site, session).process.kill()
        page.until(page.is_over)
    over = page.last("over")
    assert over is not None
    assert "What was done until then is kept" in over["hint"]
    wait_for(lambda: not has_journal(site.library.folder / session))
    assert len(session_of(site, session).reps) == 1
    begun(owner)


def test_a_server_that_stops_saves_the_set_and_the_next_one_draws_its_film(
    site: Site, tmp_path: Path, history_file: Path
) -> None:
    with client_of(site) as client:
        session = begun(client)
        with page_of(client, session) as page:
            page.join().begin().play(*range(FIRST_REP))
    folder = site.library.folder / session
    assert len(load(folder).reps) == 1
    later = make_site(tmp_path / "app", history_file)
    with client_of(later) as client:
        wait_for(lambda: (folder / "annotated.mp4").is_file() and not has_journal(folder))
        assert client.get(f"/sessions/{session}").status_code == 200


def test_a_session_that_is_drawn_cannot_be_deleted(owner: TestClient, site: Site) -> None:
    session = begun(owner)
    put_session(site.library.folder / session, good_set())
    answer = owner.delete(f"/sessions/{session}")
    assert answer.status_code == 422
    with page_of(owner, session) as page:
        page.join().command("end").until(page.is_over)
