"""The app in a real browser: the whole way from the link to a deleted session.

They need Chromium on this machine and are skipped without it; ``.ci/run`` installs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import NEEDS_CHROMIUM, launched
from film_work import put_session
from playwright.sync_api import Browser, Route
from session_examples import make_rep, make_session
from store_examples import STEP_DOWN
from web_browsing import Visit, drop, film_file, served, visit

from formcheck.video.encoder import VideoWriter

pytestmark = NEEDS_CHROMIUM

EVIL = '<img src=x onerror="window.hacked=1">.mp4'
PHONE, DESKTOP = 390, 1280


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


Open = Callable[..., Visit]


@pytest.fixture
def open_app(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens the first page of one server, in a window as asked for."""
    with served(tmp_path / "app", monkeypatch) as link, ExitStack() as stack:

        def open_it(width: int = DESKTOP, **about: Any) -> Visit:
            context = browser.new_context(
                viewport={"width": width, "height": 844}, reduced_motion="reduce", **about
            )
            stack.callback(context.close)
            return visit(context, link)

        yield open_it


@pytest.fixture
def opened(open_app: Open) -> Visit:
    found = open_app()
    found.enter()
    return found


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_whole_way_from_the_link_to_a_deleted_session(open_app: Open, width: int) -> None:
    at = open_app(width)
    page = at.page
    at.enter()
    assert page.url == f"{at.origin}/"
    assert "#" not in page.url
    assert at.run("document.cookie") == ""

    drop(at, "filmed_monday.mp4")
    page.fill("#f-person", "runner-1")
    page.fill("#f-step_height_cm", "15")
    page.click("#measure")
    page.wait_for_selector("text=/Recognising the exercise · 1 repetition so far/")
    page.wait_for_function("() => document.querySelector('.film img').naturalWidth > 0")
    page.wait_for_selector("text=/Measuring · 2 repetitions so far · about 5 s left/")
    page.wait_for_selector(".film[data-state='done']", timeout=60_000)
    verdict = str(page.text_content(".film-verdict"))

    page.click("text=Open the report")
    page.wait_for_selector(".rep-card")
    assert str(page.text_content("h1")) in verdict
    page.click(".rep-card[data-rep='2']")
    assert "repetition 2" in str(page.text_content("#reading"))
    page.wait_for_function("() => document.getElementById('film').currentTime > 5")
    assert at.run("document.querySelector('.rep-card img').naturalWidth") > 0

    page.click("nav >> text=Sessions")
    page.click("[data-edit]")
    page.fill("#edit-name", "After the run")
    page.fill("#edit-person", "runner-2")
    page.keyboard.press("Enter")
    page.wait_for_selector("h2 a:text('After the run')")
    assert "runner-2" in str(page.text_content(".session"))

    page.click("nav >> text=Films")
    drop(at, "played_friday.mp4")
    page.fill("#f-person", "runner-2")
    page.click("#measure")
    page.wait_for_selector(".film[data-state='done'] >> text=played_friday.mp4", timeout=60_000)

    page.click("nav >> text=Sessions")
    page.click("text=Progress >> nth=0")
    assert "runner-2: 2 sessions" in str(page.text_content("h1"))
    assert page.is_visible("text=/Next session/")

    page.click("nav >> text=Sessions")
    for number in (0, 1):
        page.check(f"input[form='pick'] >> nth={number}")
    page.click("#pick button")
    page.wait_for_selector("#pair")
    page.click("[data-at] >> nth=1")
    page.wait_for_function(
        "() => [...document.querySelectorAll('video')].every((one) => one.currentTime > 1)"
    )

    page.click("nav >> text=Sessions")
    page.click("[data-delete]")
    assert at.run("document.activeElement.textContent") == "Cancel"
    page.keyboard.press("Escape")
    for left in (1, 0):
        page.click("[data-delete]")
        page.click("#delete button.danger")
        page.wait_for_function(
            "(left) => document.querySelectorAll('.session').length === left", arg=left
        )
    page.goto(at.origin)
    page.wait_for_selector("#queue-empty:not([hidden])")
    assert page.query_selector(".film") is None
    at.clean()


def test_a_film_that_was_not_measured_is_tried_again_without_being_sent(opened: Visit) -> None:
    page = opened.page
    drop(opened, "choosy.mp4")
    page.fill("#f-load_kg", "4")
    page.click("#measure")
    page.wait_for_selector(".film[data-state='failed']", timeout=60_000)
    told = str(page.text_content(".film"))
    assert "The exercise is not clear." in told
    assert "Name the exercise." in told
    assert "(1 kB) stays on this computer" in told
    page.reload()
    page.click("text=Try again")
    assert "already on this computer" in str(page.text_content("#chosen"))
    assert page.input_value("#f-load_kg") == "4"
    assert opened.run("document.activeElement.id") == "f-exercise"
    assert page.get_attribute("#f-exercise", "aria-invalid") == "true"
    page.select_option("#f-exercise", "squat")
    sent = len(opened.requests)
    page.click("#measure")
    page.wait_for_selector(".film[data-state='done']", timeout=60_000)
    assert [url for url in opened.requests[sent:] if url.endswith("/film")] == []
    assert not page.is_visible("text=Try again")
    opened.clean()


def test_a_film_chosen_before_the_script_listens_is_not_lost(
    open_app: Open, tmp_path: Path
) -> None:
    at = open_app()
    held: list[Route] = []
    at.page.route("**/assets/*/home.js", lambda route: held.append(route))
    at.page.goto(at.link)
    at.page.wait_for_selector("#films", state="attached")
    at.page.set_input_files("#films", film_file(tmp_path, "early.mp4"))
    assert at.page.text_content("#chosen") == ""
    assert len(held) == 1
    held[0].continue_()
    at.page.wait_for_selector("#chosen >> text=early.mp4")
    at.page.click("#measure")
    at.page.wait_for_selector(".film[data-state='done']", timeout=60_000)


def test_a_phone_can_film_right_there(open_app: Open, tmp_path: Path) -> None:
    at = open_app(PHONE, is_mobile=True, has_touch=True)
    at.enter()
    assert at.page.is_visible("text=Film now")
    assert at.page.get_attribute("#camera", "capture") == "environment"
    at.page.set_input_files("#camera", film_file(tmp_path, "now.mp4"))
    assert "now.mp4" in str(at.page.text_content("#chosen"))
    desktop = open_app(storage_state=at.page.context.storage_state())
    desktop.page.goto(at.origin)
    assert not desktop.page.is_visible("text=Film now")


def test_a_film_shows_what_is_seen_and_is_cancelled_by_keyboard(
    opened: Visit, tmp_path: Path
) -> None:
    page = opened.page
    page.set_input_files("#films", film_file(tmp_path, "long.mp4"))
    page.focus("#measure")
    page.keyboard.press("Enter")
    page.wait_for_selector(".film progress[value]", timeout=60_000)
    page.wait_for_function("() => document.querySelector('.film img').naturalWidth > 0")
    page.wait_for_selector("text=/Measuring · \\d repetitions? so far · about 15 s left/")
    other = visit(page.context, opened.link)
    other.page.goto(opened.origin)
    other.page.wait_for_selector(".film[data-state='measuring']")
    other.page.close()
    page.focus(".film button:text('Cancel')")
    page.keyboard.press("Enter")
    page.wait_for_selector(".film", state="detached", timeout=60_000)
    assert page.is_visible("#queue-empty")
    opened.clean()


def test_a_wrong_value_is_said_at_its_field(opened: Visit, tmp_path: Path) -> None:
    page = opened.page
    page.set_input_files("#films", film_file(tmp_path, EVIL.replace("/", "")))
    assert EVIL in str(page.text_content("#chosen"))
    page.click(".more summary")
    page.fill("#f-tempo", "fast")
    page.click("#measure")
    page.wait_for_selector("#form-problem:not([hidden])")
    assert "fast" in str(page.text_content("#form-problem"))
    page.fill("#f-tempo", "")
    page.click("#measure")
    page.wait_for_selector(".film[data-state='done']", timeout=60_000)
    page.goto(f"{opened.origin}/sessions")
    assert EVIL in str(page.text_content("h2"))
    assert opened.run("window.hacked") is None
    assert [one for one in opened.complaints if "422" not in one] == []


def test_a_used_link_says_so_and_a_server_that_is_gone_too(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(tmp_path / "app", monkeypatch) as link:
        first = visit(browser.new_context(), link)
        first.enter()
        second = visit(browser.new_context(), link)
        second.page.goto(link)
        second.page.wait_for_selector("h1:text('This link does not work')")
        assert "used already" in str(second.page.text_content("#enter-text"))
        second.page.goto(first.origin)
        assert "This page opens only with a link" in str(second.page.text_content("h1"))
        second.page.context.close()
    first.page.wait_for_selector("#connection:not([hidden])", timeout=15_000)
    first.page.context.close()


def test_the_first_page_is_light(opened: Visit) -> None:
    opened.page.goto(opened.origin)
    opened.page.wait_for_load_state("networkidle")
    size = opened.run(
        "performance.getEntries().reduce((sum, e) => sum + (e.decodedBodySize || 0), 0)"
    )
    assert 5_000 < size < 200_000


SHOWN_AT = """async (button) => {
  const videos = [...document.querySelectorAll("video")];
  const at = Number(button.dataset.at);
  const shown = videos.map((video) => new Promise((done) =>
    video.requestVideoFrameCallback((_, frame) => done(frame.mediaTime))));
  button.click();
  const times = await Promise.all(shown);
  const {films} = JSON.parse(document.getElementById("aligned").textContent);
  return films.map((knots, n) => [knots.find((knot) => knot[0] === at)[1], times[n]]);
}"""
DRIFT_S = """() => {
  const [one, other] = document.querySelectorAll("video");
  const {films} = JSON.parse(document.getElementById("aligned").textContent);
  const [a, b] = films[1];
  const share = (one.currentTime - a[0]) / (b[0] - a[0]);
  return Math.abs(other.currentTime - (a[1] + share * (b[1] - a[1])));
}"""
"""How far the second film is from where it should be, on the way down."""


def put_filmed(folder: Path, descent_s: float, rate_hz: float) -> None:
    """A session whose film is plain grey, at a rate of its own."""
    reps = [make_rep(n, STEP_DOWN, descent_s=descent_s, knee_fppa_deg=3.0 * n) for n in (1, 2, 3)]
    session = make_session(reps, STEP_DOWN)
    put_session(folder, session)
    with VideoWriter(folder / "annotated.mp4", (90, 160)) as writer:
        for n in range(round((session.source.duration_s or 0.0) * rate_hz)):
            shade = np.full((160, 90, 3), n % 250, dtype=np.uint8)
            writer.write(shade, n / rate_hz)


def test_two_films_are_in_step_by_the_phases(opened: Visit, tmp_path: Path) -> None:
    page = opened.page
    kept = tmp_path / "app" / "sessions"
    put_filmed(kept / "00000000000000aa", 2.6, 30.0)
    put_filmed(kept / "00000000000000bb", 1.0, 25.0)
    page.goto(f"{opened.origin}/sessions")
    page.check("input[form='pick'] >> nth=0")
    page.check("input[form='pick'] >> nth=1")
    page.click("#pick button")
    page.wait_for_function(
        "() => [...document.querySelectorAll('video')].every((one) => one.readyState === 4)"
    )
    for button in reversed(page.query_selector_all("[data-at]")):
        shown = page.wait_for_function(SHOWN_AT, arg=button).json_value()
        for rate_hz, (wanted_s, shown_s) in zip((30.0, 25.0), shown, strict=True):
            assert wanted_s - 1.0 / rate_hz - 0.002 < shown_s <= wanted_s + 0.002
    page.click("[data-speed='0.5']")
    page.keyboard.press("Space")
    assert page.get_attribute("[data-speed='0.5']", "aria-pressed") == "true"
    page.focus("#time")
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('video').currentTime > 2.0")
    assert opened.run(DRIFT_S) < 0.1
    page.keyboard.press("Space")
    assert page.text_content("#play") == "Play"
    assert opened.run("[...document.querySelectorAll('video')].every((one) => one.paused)")
    before = float(page.input_value("#time"))
    page.keyboard.press("ArrowRight")
    assert float(page.input_value("#time")) == pytest.approx(before + 0.033, abs=0.02)
    assert "from the start, after start" in str(page.get_attribute("#time", "aria-valuetext"))
    opened.clean()
