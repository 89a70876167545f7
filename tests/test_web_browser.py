"""The app in a real browser: the whole way from the link to a deleted session.

They need Chromium on this machine and are skipped without it; ``.ci/run`` installs it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import NEEDS_CHROMIUM, launched
from playwright.sync_api import Browser, BrowserContext, Page
from session_examples import make_rep, make_session
from store_examples import STEP_DOWN
from web_work import do, put_session

from formcheck.app.options import AppOptions
from formcheck.video.encoder import VideoWriter
from formcheck.web import server
from formcheck.web.film_queue import FilmQueue

pytestmark = NEEDS_CHROMIUM

EVIL = '<img src=x onerror="window.hacked=1">.mp4'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


@contextmanager
def served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve the app as the command does, on a port of its own; gives the secret link."""
    ready = threading.Event()
    links: list[str] = []
    servers: list[Any] = []

    class Kept(server._Server):
        def __init__(self, *about: Any) -> None:
            super().__init__(*about)
            servers.append(self)

    def told(link: str) -> None:
        links.append(link)
        ready.set()

    def queue(folder: Path, sessions: Path, history: Path, workers: int) -> FilmQueue:
        return FilmQueue(folder, sessions, history, workers, do)

    monkeypatch.setattr(server, "FilmQueue", queue)
    monkeypatch.setattr(server, "_Server", Kept)
    options = AppOptions(browser=False, folder=folder)
    thread = threading.Thread(target=server.serve, args=(options, told))
    thread.start()
    try:
        assert ready.wait(30)
        yield links[0]
    finally:
        for one in servers:
            one.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


@dataclass
class Visit:
    """A page of the app, and what went wrong on it or left it."""

    page: Page
    link: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return self.link.partition("/enter")[0]

    def run(self, script: str) -> Any:
        return self.page.evaluate(script)

    def clean(self) -> None:
        assert self.complaints == []
        assert [url for url in self.requests if not url.startswith((self.origin, "blob:"))] == []


def visit(context: BrowserContext, link: str) -> Visit:
    opened = Visit(context.new_page(), link)
    opened.page.on("console", lambda message: opened.complaints.append(message.text))
    opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.page.on("request", lambda request: opened.requests.append(request.url))
    return opened


@pytest.fixture
def opened(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visit]:
    with served(tmp_path / "app", monkeypatch) as link:
        context = browser.new_context(
            viewport={"width": 1280, "height": 844}, reduced_motion="reduce"
        )
        found = visit(context, link)
        found.page.goto(link)
        found.page.wait_for_selector("#film-form")
        found.page.wait_for_load_state()  # its script listens from then on
        yield found
        context.close()


def film(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(b"film")
    return path


FIND_PROBLEMS = """() => {
  const bad = [];
  const all = (css) => [...document.querySelectorAll(css)];
  const name = (e) => (e.getAttribute("aria-label") || e.textContent || e.alt || "").trim()
    || (e.labels && e.labels.length) || e.querySelector?.("img[alt]");
  if (!document.documentElement.lang || !document.title) bad.push("language or title");
  if (all("main").length !== 1 || all("h1").length !== 1) bad.push("one main, one h1");
  for (const e of all("a, button, input:not([type=hidden]), select, summary, progress"))
    if (!name(e)) bad.push("no name: " + e.outerHTML.slice(0, 80));
  for (const e of all("img")) if (!e.hasAttribute("alt")) bad.push("img without alt");
  for (const e of all("[aria-describedby], [aria-labelledby]"))
    for (const id of (e.getAttribute("aria-describedby")
                      || e.getAttribute("aria-labelledby")).split(" "))
      if (!document.getElementById(id)) bad.push("refers to nothing: " + id);
  const ids = all("[id]").map((e) => e.id);
  if (new Set(ids).size !== ids.length) bad.push("ids are not unique");
  for (const e of all("[tabindex]")) if (e.tabIndex > 0) bad.push("tabindex");
  let level = 0;
  for (const h of all("h1, h2, h3")) {
    if (h.closest("dialog:not([open])")) continue;
    if (Number(h.tagName[1]) > level + 1) bad.push("heading skips a level: " + h.textContent);
    level = Number(h.tagName[1]);
  }
  const parse = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  for (const e of all("body *")) {
    const words = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    const left_out = "svg, video, script, .unseen, .skip, datalist, option";
    if (!words || e.closest(left_out) || !e.offsetParent) continue;
    const [a, b] = [parse(getComputedStyle(e).color), behind(e)].map(light).sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) bad.push("contrast: " + e.textContent.trim().slice(0, 40));
  }
  return bad;
}"""


def assert_usable(at: Visit) -> None:
    """Nothing overflows from 360 to 2560 px, and no text is lost, unnamed or faint."""
    for dark in (False, True):
        at.page.emulate_media(color_scheme="dark" if dark else "light")
        assert at.run(FIND_PROBLEMS) == []
    for width in (2560, 360):
        at.page.set_viewport_size({"width": width, "height": 844})
        assert at.run("document.documentElement.scrollWidth") <= width
    at.run("document.documentElement.style.setProperty('font-size', '200%')")
    assert at.run("document.documentElement.scrollWidth") <= 360
    at.run("document.documentElement.style.removeProperty('font-size')")
    at.page.set_viewport_size({"width": 1280, "height": 844})


def test_the_whole_way_from_the_link_to_a_deleted_session(opened: Visit, tmp_path: Path) -> None:
    page = opened.page
    assert page.url == f"{opened.origin}/"
    assert "#" not in page.url
    assert opened.run("document.cookie") == ""
    assert_usable(opened)

    page.set_input_files("#films", [film(tmp_path, "monday.mp4"), film(tmp_path, "text.mp4")])
    assert page.text_content("#measure") == "Measure 2 films"
    page.fill("#f-person", "runner-1")
    page.fill("#f-step_height_cm", "15")
    page.click("#measure")
    page.wait_for_selector(".film[data-state='done']", timeout=30_000)
    page.wait_for_selector(".film[data-state='failed']", timeout=30_000)
    failed = str(page.text_content(".film[data-state='failed']"))
    assert "'text.mp4' is not a video." in failed
    assert "Check that it plays." in failed
    verdict = str(page.text_content(".film[data-state='done'] .film-verdict"))
    assert_usable(opened)

    page.click(".film[data-state='done'] a")
    page.wait_for_selector(".rep-card")
    assert str(page.text_content("h1")) in verdict
    page.click(".rep-card[data-rep='2']")
    assert "repetition 2" in str(page.text_content("#reading"))
    assert opened.run("document.querySelector('.rep-card img').naturalWidth") > 0

    page.click("nav >> text=Sessions")
    page.click("[data-edit]")
    page.fill("#edit-name", "After the run")
    page.fill("#edit-person", "runner-2")
    page.keyboard.press("Enter")
    page.wait_for_selector("h2 a:text('After the run')")
    assert "runner-2" in str(page.text_content(".session"))
    assert_usable(opened)

    page.click("[data-delete]")
    assert opened.run("document.activeElement.textContent") == "Cancel"
    page.keyboard.press("Escape")
    page.click("[data-delete]")
    page.click("#delete button.danger")
    page.wait_for_selector("text=No session yet")
    page.goto(opened.origin)
    page.wait_for_selector(".film[data-state='failed']")
    assert page.query_selector(".film[data-state='done']") is None
    # The annotated film of these sessions is no film: the page says so and shows stills.
    opened.complaints = [one for one in opened.complaints if "sessions" not in one]
    opened.clean()


def test_a_film_shows_what_is_seen_and_is_cancelled_by_keyboard(
    opened: Visit, tmp_path: Path
) -> None:
    page = opened.page
    page.set_input_files("#films", film(tmp_path, "long.mp4"))
    page.focus("#measure")
    page.keyboard.press("Enter")
    page.wait_for_selector(".film progress[value]", timeout=30_000)
    page.wait_for_function("() => document.querySelector('.film img').naturalWidth > 0")
    page.wait_for_selector("text=/Measuring · \\d repetitions? so far · about 15 s left/")
    other = visit(page.context, opened.link)
    other.page.goto(opened.origin)
    other.page.wait_for_selector(".film[data-state='measuring']")
    other.page.close()
    page.focus(".film button")
    page.keyboard.press("Enter")
    page.wait_for_selector(".film", state="detached", timeout=30_000)
    assert page.is_visible("#queue-empty")
    opened.clean()


def test_a_wrong_value_is_said_at_its_field(opened: Visit, tmp_path: Path) -> None:
    page = opened.page
    page.set_input_files("#films", film(tmp_path, EVIL.replace("/", "")))
    assert EVIL in str(page.text_content("#chosen"))
    page.click(".more summary")
    page.fill("#f-tempo", "fast")
    page.click("#measure")
    page.wait_for_selector("#form-problem:not([hidden])")
    assert "fast" in str(page.text_content("#form-problem"))
    page.fill("#f-tempo", "")
    page.click("#measure")
    page.wait_for_selector(".film[data-state='done']", timeout=30_000)
    page.goto(f"{opened.origin}/sessions")
    assert EVIL in str(page.text_content("h2"))
    assert opened.run("window.hacked") is None
    assert [one for one in opened.complaints if "422" not in one] == []


def test_a_used_link_says_so_and_a_server_that_is_gone_too(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(tmp_path / "app", monkeypatch) as link:
        first = visit(browser.new_context(), link)
        first.page.goto(link)
        first.page.wait_for_selector("#film-form")
        second = visit(browser.new_context(), link)
        second.page.goto(link)
        second.page.wait_for_selector("h1:text('This link does not open')")
        assert "used already" in str(second.page.text_content("#enter-text"))
        second.page.goto(first.origin)
        assert "Open the link" in str(second.page.text_content("h1"))
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
        for rate_hz, (wanted_s, shown_s) in zip(
            (30.0, 25.0), button.evaluate(SHOWN_AT), strict=True
        ):
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
    assert_usable(opened)
    opened.clean()
