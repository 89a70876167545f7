"""The page with two side by side: what it shows, what it links to, and what it refuses."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from film_work import put_film_of, put_session
from msgspec.structs import replace
from starlette.testclient import TestClient
from store_examples import entered, good_set, no_reps, poor_set, two_legs
from web_work import client_of, make_site, wait_for

from formcheck.data.errors import SourceError, UsageError
from formcheck.data.session import Session
from formcheck.motion.alignment import aligned, moments_of
from formcheck.video.film import VideoSource
from formcheck.web.shared_films import SharedFilms
from formcheck.web.site import Site

MONDAY, FRIDAY, LEGS, EMPTY = (f"000000000000000{n}" for n in range(1, 5))
KEPT = {
    MONDAY: replace(entered(good_set(), "2026-05-04"), person="runner-1"),
    FRIDAY: replace(entered(poor_set(), "2026-05-08"), person="runner-1"),
    LEGS: entered(two_legs(), "2026-05-06"),
    EMPTY: entered(no_reps(), "2026-05-07"),
}


@pytest.fixture
def site(tmp_path: Path, history_file: Path) -> Site:
    site = make_site(tmp_path / "app", history_file)
    for session_id, session in KEPT.items():
        put_session(site.library.folder / session_id, session, film=session_id != LEGS)
    return site


@pytest.fixture
def owner(site: Site) -> Iterator[TestClient]:
    with client_of(site) as client:
        yield client


def shown(owner: TestClient, **asked: Any) -> str:
    answer = owner.get("/side-by-side", params=asked, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer.text


def data_of(page: str) -> dict[str, Any]:
    (found,) = re.findall(r'<script type="application/json" id="aligned">(.*?)</script>', page)
    data: dict[str, Any] = json.loads(found)
    return data


def test_one_session_shows_its_best_and_its_worst_repetition(owner: TestClient) -> None:
    page = shown(owner, s=FRIDAY)
    assert page.count(f'<video src="/sessions/{FRIDAY}/film"') == 2
    assert "Best, rep 1" in page
    assert "Needs most work, rep 5" in page
    assert "runner-1 · Step-down · right leg · 2026-05-08" in page
    assert "+12.5° *" in page
    assert "± is one standard error" in page
    session = poor_set()
    first, second = (moments_of(session.reps[n], "down_up") for n in (0, 4))
    assert data_of(page) == {
        "start": first.start_s - 0.5,
        "end": first.end_s + 0.5,
        "events": [
            {"at": at, "name": name}
            for at, name in zip(first.known, ("start", "lowest point", "end"), strict=True)
        ],
        "films": [
            [[at, at] for at in first.known],
            [list(knot) for knot in aligned(first, second).knots],
        ],
    }
    for measure in ("knee_fppa_deg", "trunk_lean_deg", "depth"):
        assert page.count(f'id="aligned-{measure}-title"') == 1
    assert page.count('class="series-0"') > page.count("<figure class")


def test_two_sessions_show_the_earlier_one_first(owner: TestClient, site: Site) -> None:
    twin = replace(entered(good_set(), "2026-05-09"), person="runner-1")
    put_session(site.library.folder / "00000000000000aa", twin, film=True)
    page = shown(owner, s=["00000000000000aa", MONDAY])
    assert re.findall(r"<figcaption>.*?<b>(.*?)</b>", page)[:2] == [
        "2026-05-04, typical rep 3",
        "2026-05-09, typical rep 3",
    ]
    assert "No difference is beyond measurement error." in page
    two = shown(owner, s=[MONDAY, "00000000000000aa"], left="1", right="best")
    assert "2026-05-09, best, rep 1" in two


def test_two_legs_without_a_film_show_stills_and_say_so(owner: TestClient) -> None:
    page = shown(owner, s=LEGS, of="legs")
    assert "Left, typical rep 2" in page
    assert "<video" not in page
    assert f'src="/sessions/{LEGS}/stills/2"' in page
    assert f'src="/sessions/{LEGS}/stills/5"' in page
    assert page.count("It has no film.") == 2
    assert 'href="/side-by-side?s=' + LEGS + '"' in page, "the way to best and worst"


def test_each_leg_of_two_sessions_can_be_chosen(owner: TestClient, site: Site) -> None:
    put_session(site.library.folder / "00000000000000aa", entered(two_legs(), "2026-05-09"))
    both = [LEGS, "00000000000000aa"]
    assert "Step-down: left leg" in shown(owner, s=both)
    page = shown(owner, s=both, leg="right leg", left="typical", right="typical")
    assert "Step-down: right leg" in page
    assert re.search(r"<option selected>right leg</option>", page)


def test_the_list_and_the_report_lead_there(owner: TestClient) -> None:
    assert owner.get("/sessions").text.count('form="pick" name="s"') == len(KEPT)
    best = f'href="/side-by-side?s={LEGS}"'
    legs = f'href="/side-by-side?s={LEGS}&amp;of=legs"'
    report = owner.get(f"/sessions/{LEGS}").text
    assert best in report
    assert legs in report
    assert "side-by-side" not in owner.get(f"/sessions/{EMPTY}").text
    one_leg = owner.get(f"/sessions/{MONDAY}").text
    assert "Best and worst" in one_leg
    assert "of=legs" not in one_leg


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ({}, 422, "choose one or two sessions to compare"),
        ({"s": [MONDAY, FRIDAY, LEGS]}, 422, "choose one or two sessions to compare"),
        ({"s": "../../etc"}, 404, "nothing at this address"),
        ({"s": [MONDAY, "00000000000000ff"]}, 404, "nothing at this address"),
        ({"s": EMPTY}, 422, "has no repetition"),
        ({"s": MONDAY, "of": "legs"}, 422, "on one leg only"),
        ({"s": MONDAY, "left": "99"}, 422, "has no repetition 99"),
        ({"s": MONDAY, "left": "<b>"}, 422, "&#39;&lt;b&gt;&#39; is not a repetition"),
    ],
)
def test_what_cannot_be_shown_is_said(
    owner: TestClient, asked: dict[str, Any], status: int, says: str
) -> None:
    answer = owner.get("/side-by-side", params=asked, headers={"Accept": "text/html"})
    assert answer.status_code == status
    assert says in answer.text


def test_sessions_without_time_series_have_no_curves(owner: TestClient, site: Site) -> None:
    def bare(session: Session) -> Session:
        reps = tuple(replace(rep, series={}) for rep in session.reps)
        return replace(session, efforts=reps)

    put_session(site.library.folder / "00000000000000aa", bare(good_set()), film=True)
    page = shown(owner, s="00000000000000aa")
    assert "so no curves can be drawn" in page
    assert "+2.4°" in page


# --- films to share ------------------------------------------------------------------------


def size_of(data: bytes, path: Path) -> tuple[int, int]:
    path.write_bytes(data)
    with VideoSource(path) as film:
        assert sum(1 for _ in film) > 10
        return film.info.width, film.info.height


def test_the_film_of_two_is_made_when_it_is_asked_for(
    owner: TestClient, site: Site, tmp_path: Path
) -> None:
    for session_id in (MONDAY, FRIDAY):
        put_film_of(site.library.folder / session_id / "annotated.mp4")
    page = shown(owner, s=[MONDAY, FRIDAY])
    (link,) = re.findall(r'<a class="button" href="([^"]*)" download="side_by_side.mp4"', page)
    answer = owner.get(unescape(link))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="side_by_side.mp4"'
    assert size_of(answer.content, tmp_path / "two.mp4")[0] == 2 * 90, "one beside the other"
    assert list(site.library.folder.glob(".export*")) == []


def test_the_film_of_one_repetition_is_made_when_it_is_asked_for(
    owner: TestClient, site: Site, tmp_path: Path
) -> None:
    put_film_of(site.library.folder / FRIDAY / "annotated.mp4")
    page = owner.get(f"/sessions/{FRIDAY}").text
    links = re.findall(r'<a href="([^"]*)" download="2026-05-08_rep_\d.mp4">Rep \d</a>', page)
    assert links == [f"/sessions/{FRIDAY}/clips/{n}" for n in range(1, 7)]
    assert size_of(owner.get(links[1]).content, tmp_path / "one.mp4")[0] == 90
    assert owner.get(f"/sessions/{FRIDAY}/clips/7").status_code == 404


def test_a_film_that_cannot_be_made_says_why(owner: TestClient) -> None:
    answer = owner.get(f"/sessions/{MONDAY}/clips/1")
    assert answer.status_code == 422
    assert "annotated.mp4" in answer.json()["message"]


def test_without_a_film_there_is_none_to_share(owner: TestClient) -> None:
    assert "/side-by-side/film" not in shown(owner, s=LEGS)
    assert "Film of one repetition" not in owner.get(f"/sessions/{LEGS}").text


def test_one_film_at_a_time_is_made_and_a_live_set_goes_first(tmp_path: Path) -> None:
    busy = Event()
    busy.set()
    films = SharedFilms(tmp_path, busy.is_set)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(films.make, write_after_a_while)
        wait_for(lambda: any(tmp_path.glob(".export*")))
        with pytest.raises(UsageError, match="another film is being made"):
            films.make(write_after_a_while)
        with pytest.raises(TimeoutError):
            first.result(3.0)
        busy.clear()
        assert first.result(60) == b"film"


def test_a_film_whose_process_dies_is_said(tmp_path: Path) -> None:
    films = SharedFilms(tmp_path, lambda: False)
    with pytest.raises(SourceError, match="killed"):
        films.make(die)
    assert films.make(write_after_a_while) == b"film", "the next one is made"


def write_after_a_while(path: Path, progress: Callable[..., None]) -> None:
    for _ in range(5):
        time.sleep(0.2)
        progress()
    path.write_bytes(b"film")


def die(path: Path, progress: Callable[..., None]) -> None:  # noqa: ARG001
    os.kill(os.getpid(), signal.SIGKILL)
