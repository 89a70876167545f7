"""A guided session of the app: a scripted page over a socket, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live_page import FIRST_REP, ScriptedPage, SocketWire
from starlette.testclient import TestClient
from web_work import ORIGIN, client_of, make_site, wait_for

from formcheck.app.options import PageProgrammeOptions
from formcheck.store.history.history_store import History
from formcheck.store.journal import has_journal
from formcheck.store.session_file import load
from formcheck.web.option_form import form_fields, programme_from
from formcheck.web.site import Site

SOCKETS = ORIGIN.replace("http", "ws")
STANDS = range(-29, -19)
"""Pictures of a person who stands."""


@pytest.fixture
def site(tmp_path: Path, history_file: Path) -> Site:
    return make_site(tmp_path / "app", history_file)


@pytest.fixture
def owner(site: Site) -> Iterator[TestClient]:
    with client_of(site) as client:
        yield client


def begun(client: TestClient, **values: str) -> dict[str, Any]:
    chosen = {"programme": "check", "person": "runner-1", **values}
    answer = client.post("/live", json={"values": chosen, "camera": "Front camera"})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def page_of(client: TestClient, session: str) -> Any:
    return client.websocket_connect(f"{SOCKETS}/live/{session}/socket?as=camera")


def said(told: list[dict[str, Any]]) -> list[str]:
    """What cards on the page said."""
    cards = [one["words"]["card"] for one in told if "words" in one]
    return [line["text"] for card in cards for line in card]


def stands_until(page: ScriptedPage, text: str) -> None:
    """Send pictures of a person who stands until a card says something."""
    before = len(page.told)
    for _ in range(30):
        page.later_s += 1.0
        page.play(*STANDS)
        if any(text in line for line in said(page.told[before:])):
            return
    raise AssertionError(f"{text!r} was not said: {set(said(page.told[before:]))}")


def test_a_block_is_done_the_next_one_is_skipped_and_it_goes_on_later(
    owner: TestClient, site: Site, history_file: Path
) -> None:
    run = begun(owner)
    assert (run["title"], run["guided"]) == ("Check", True)
    with page_of(owner, run["id"]) as socket:
        page = ScriptedPage(SocketWire(socket)).join().begin()
        stands_until(page, "1 of 6: Step-down")
        assert page.known()["tap"] == "go"
        assert any("First: Step-down" in one["heard"]["sentence"] for one in heard(page))
        page.command("go")
        page.later_s += 10.0
        page.play(*range(FIRST_REP)).until(lambda: page.count == 1)
        page.command("skip")
        stands_until(page, "Next: Single-leg squat")
        page.command("skip")
        stands_until(page, "3 of 6: Side plank")
        page.command("end").until(page.is_over)
    over = page.last("over")
    assert over is not None
    [(session, title)] = over["sessions"]
    assert title == "Step-down"
    assert over["card"][0]["text"] == "Check: stopped and saved"
    kept = site.library.folder / session
    assert len(load(kept).reps) == 1
    assert load(kept).group
    with History(history_file) as opened:
        assert [entry.exercise for entry in opened.entries()] == ["step_down"]
    wait_for(lambda: not has_journal(kept))  # its film is drawn once nothing runs
    assert (kept / "annotated.mp4").is_file()
    with page_of(owner, begun(owner)["id"]) as socket:
        page = ScriptedPage(SocketWire(socket)).join().begin()
        stands_until(page, "Going on with exercise 3 of 6")
        page.command("end").until(page.is_over)


def heard(page: ScriptedPage) -> list[dict[str, Any]]:
    return [one for one in page.told if one.get("heard") and one["heard"]["sentence"]]


OWN = 'title = "Mine"\n[[blocks]]\nexercise = "squat"\nside = "both"\nrepetitions = 1\n'


def refused(client: TestClient, **values: str) -> dict[str, Any]:
    answer = client.post("/live", json={"values": values, "camera": "camera"})
    assert answer.status_code == 422, answer.text
    return dict(answer.json())


def test_a_page_names_no_file_of_this_computer(owner: TestClient, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(OWN)
    assert refused(owner, programme=str(own))["fields"] == ["programme"]
    assert refused(owner, programme=str(own), own_programme=OWN)["fields"] == ["programme"]
    assert refused(owner, programme="check", exercise="squat")["fields"] == ["exercise"]
    told = refused(owner, programme="own", own_programme=str(own))
    assert told["fields"] == ["own_programme"]
    assert "Mine" not in told["message"]


def test_a_programme_of_ones_own_is_begun_as_it_is_written(owner: TestClient) -> None:
    run = begun(owner, programme="own", own_programme=OWN, build_up="on")
    assert (run["title"], run["guided"]) == ("Mine", True)
    with page_of(owner, run["id"]) as socket:
        page = ScriptedPage(SocketWire(socket)).join().begin()
        stands_until(page, "1 of 1: Air squat")
        page.command("end").until(page.is_over)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "No programme was given."),
        ("[[", "Your programme is not valid TOML"),
        (OWN.replace("squat", "sqat"), "Your programme, block 1, field 'exercise': found 'sqat'"),
        (OWN.replace('"both"', '"left"'), "expected 'both': air squat is an exercise that works"),
        (OWN + 20_000 * "#", "'own programme' is longer than 20000 characters."),
    ],
)
def test_what_is_wrong_in_it_is_said_at_the_field(owner: TestClient, text: str, says: str) -> None:
    told = refused(owner, programme="own", own_programme=text)
    assert told["fields"] == ["own_programme"]
    assert says in told["message"]


def test_the_switch_takes_a_programme_as_it_is_written() -> None:
    adapted, _ = programme_from({"programme": "check"})
    assert adapted is not None
    assert adapted.build_up
    written, _ = programme_from({"programme": "check", "build_up": "on"})
    assert written is not None
    assert not written.build_up
    (switch,) = (one for one in form_fields(PageProgrammeOptions) if one.name == "build_up")
    assert (switch.kind, switch.label, switch.place) == ("switch", "As it is written", "more")
