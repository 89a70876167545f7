"""The report in a real browser: what a person does with it, and what it must never do.

They need Chromium on this machine and are skipped without it; ``.ci/run`` installs it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from chromium import NEEDS_CHROMIUM, launched
from PIL import Image
from playwright.sync_api import Browser, Page
from screen_examples import recorded
from session_examples import (
    EXAMPLES,
    good_set,
    hostile,
    no_reps,
    poor_two_leg_set,
)

from formcheck.data.session import Session
from formcheck.report import html
from formcheck.report.view import view
from formcheck.video.encoder import VideoWriter

pytestmark = NEEDS_CHROMIUM

EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>\'"`${1}</style>\u202e'


def still(shade: int) -> bytes:
    picture = BytesIO()
    Image.new("RGB", (90, 160), (shade, shade, 90)).save(picture, "JPEG")
    return picture.getvalue()


STILLS = {index: still(30 * index) for index in range(1, 8)}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film as long as the sets, of the kind that analyses leave."""
    path = tmp_path_factory.mktemp("film") / "annotated.mp4"
    writer = VideoWriter(path, (90, 160))
    for n in range(44 * 10):
        writer.write(np.full((160, 90, 3), n % 250, dtype=np.uint8), n / 10)
    writer.finish()
    return path


@dataclass
class Opened:
    """A page, and what went wrong on it or left it."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def run(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(script, argument)

    @property
    def slider(self) -> float:
        return float(self.run("Number(document.getElementById('time').value)"))

    @property
    def cursor(self) -> float:
        """Time at which the line stands in the first plot."""
        return float(
            self.run(
                """() => {
                  const {start, end, left, right} = document.querySelector("svg.track").dataset;
                  const x = document.querySelector("svg.track .cursor").x1.baseVal.value;
                  return +start + (x - left) / (right - left) * (end - start);
                }"""
            )
        )


Open = Callable[..., Opened]


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    contexts = []

    def open_it(page: str, *, film: Path | None = None, dark: bool = False) -> Opened:
        file = tmp_path / "report.html"
        file.write_text(page, "utf-8")
        if film is not None:
            shutil.copy(film, tmp_path / "annotated.mp4")
        context = browser.new_context(
            viewport={"width": 1280, "height": 844},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        opened = Opened(context.new_page())
        opened.page.on("console", lambda message: opened.complaints.append(message.text))
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.goto(file.as_uri())
        return opened

    yield open_it
    for context in contexts:
        context.close()


def render(session: Session, *, video: str | None = None, name: str = "", notes: str = "") -> str:
    return html.render(view(session, name=name, notes=notes), STILLS, video=video)


CUT = """() => [...document.querySelectorAll("main *")].filter((e) => {
  const box = e.getBoundingClientRect();
  return box.width > 1 && !e.closest("svg, .unseen, thead, .strip li")
    && (box.right > innerWidth + 1 || box.left < -1
        || (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === "hidden"));
}).map((e) => e.outerHTML.slice(0, 80))"""


def assert_nothing_overflows(opened: Opened) -> None:
    for width in (1280, 390):
        opened.page.set_viewport_size({"width": width, "height": 844})
        assert opened.run("document.documentElement.scrollWidth") == width
        assert opened.run(CUT) == []


@pytest.mark.parametrize("name", ["squat_front", "single_leg_squat_front_both", "squat_side"])
def test_the_table_of_a_real_set_fits_a_laptop(name: str, open_page: Open) -> None:
    opened = open_page(render(recorded(name).session))
    cards = "[...document.querySelectorAll('.table-card')]"
    assert set(opened.run(f"{cards}.map(e => e.scrollWidth - e.clientWidth)")) == {0}
    assert_nothing_overflows(opened)


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_overflows_complains_or_leaves_the_page(name: str, open_page: Open) -> None:
    page = render(EXAMPLES[name]())
    assert len(page) < 3_000_000
    opened = open_page(page)
    assert_nothing_overflows(opened)
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in opened.requests if url.startswith("file:")]) == 1


def test_a_click_on_a_repetition_moves_the_film_and_the_line(open_page: Open, film: Path) -> None:
    session = poor_two_leg_set()
    opened = open_page(render(session, video="annotated.mp4"), film=film)
    opened.page.click(".rep-card[data-rep='4']")
    lowest_s = session.reps[3].lowest_s
    opened.page.wait_for_function(
        "(t) => Math.abs(document.getElementById('film').currentTime - t) < 0.05", arg=lowest_s
    )
    assert opened.cursor == pytest.approx(lowest_s, abs=0.06)
    assert opened.slider == pytest.approx(lowest_s, abs=0.06)
    assert "repetition 4" in str(opened.page.text_content("#reading"))
    assert opened.page.get_attribute(".rep-card[data-rep='4']", "aria-current") == "true"
    assert opened.complaints == []


def test_a_click_in_a_plot_moves_the_film(open_page: Open, film: Path) -> None:
    session = poor_two_leg_set()
    opened = open_page(render(session, video="annotated.mp4"), film=film)
    point = opened.page.locator("svg.track .mark").nth(2)
    point.click()
    opened.page.wait_for_function(
        "(t) => Math.abs(document.getElementById('film').currentTime - t) < 0.05",
        arg=session.reps[2].lowest_s,
    )
    plot = opened.page.locator("svg.track").last
    box = plot.bounding_box()
    assert box is not None
    plot.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    there = opened.run(
        """() => {
          const svg = [...document.querySelectorAll("svg.track")].at(-1), d = svg.dataset;
          const share = (svg.viewBox.baseVal.width / 2 - d.left) / (d.right - d.left);
          return +d.start + share * (d.end - d.start);
        }"""
    )
    opened.page.wait_for_function(
        "(t) => Math.abs(document.getElementById('film').currentTime - t) < 0.1", arg=there
    )
    assert opened.cursor == pytest.approx(there, abs=0.15)


def test_the_film_moves_the_line(open_page: Open, film: Path) -> None:
    opened = open_page(render(poor_two_leg_set(), video="annotated.mp4"), film=film)
    opened.page.wait_for_function("() => document.getElementById('film').readyState >= 2")
    opened.run("document.getElementById('film').currentTime = 12.5")
    opened.page.wait_for_function(
        "() => Math.abs(document.getElementById('time').value - 12.5) < 0.1"
    )
    assert opened.cursor == pytest.approx(12.5, abs=0.1)
    opened.run("document.getElementById('film').play()")
    opened.page.wait_for_function("() => document.getElementById('time').value > 12.8")
    opened.run("document.getElementById('film').pause()")
    assert opened.complaints == []


def test_without_the_film_the_stills_take_its_place(open_page: Open) -> None:
    opened = open_page(render(poor_two_leg_set(), video="annotated.mp4"))
    opened.page.wait_for_selector("#film", state="hidden")
    opened.page.click(".rep-card[data-rep='5']")
    assert opened.page.get_attribute("#stage img", "alt") == "Repetition 5 at its lowest point"
    assert opened.page.is_visible("#film-missing")


def test_the_keyboard_reaches_everything_in_the_order_of_the_page(open_page: Open) -> None:
    opened = open_page(render(poor_two_leg_set()))
    reached = []
    for _ in range(18):
        opened.page.keyboard.press("Tab")
        reached.append(
            opened.run(
                """() => {
                  const e = document.activeElement;
                  return e.id || e.dataset.rep || e.className;
                }"""
            )
        )
    numbers = [str(n) for n in range(1, 8)]
    assert reached[:9] == ["skip", *numbers, "time"]
    assert [one for one in reached[9:] if one.isdecimal()] == numbers, "those in the table"
    outline = opened.run("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    opened.page.focus("#time")
    before = opened.slider
    opened.page.keyboard.press("ArrowRight")
    assert opened.slider > before
    assert opened.cursor == pytest.approx(opened.slider, abs=0.05)
    said = opened.page.get_attribute("#time", "aria-valuetext")
    assert said is not None
    assert "hip drop" in said
    opened.page.focus(".rep-card[data-rep='2']")
    opened.page.keyboard.press("Enter")
    assert "repetition 2" in str(opened.page.text_content("#reading"))


@pytest.mark.parametrize("make", [poor_two_leg_set, no_reps])
def test_a_screen_reader_finds_names_headings_and_headers(
    make: Callable[[], Session], open_page: Open
) -> None:
    opened = open_page(render(make(), video="annotated.mp4"))
    problems = opened.run(
        """() => {
          const bad = [];
          const all = (css) => [...document.querySelectorAll(css)];
          if (!document.documentElement.lang || !document.title) bad.push("language or title");
          if (all("h1").length !== 1 || all("main").length !== 1) bad.push("one h1, one main");
          let level = 0;
          for (const h of all("h1, h2, h3")) {
            const now = Number(h.tagName[1]);
            if (now > level + 1) bad.push("heading skips a level: " + h.textContent);
            level = now;
          }
          for (const s of all("section"))
            if (!document.getElementById(s.getAttribute("aria-labelledby"))) bad.push("section");
          for (const i of all("img")) if (!i.alt) bad.push("img without alt");
          for (const s of all("svg[role=img]"))
            for (const id of s.getAttribute("aria-labelledby").split(" "))
              if (!document.getElementById(id).textContent.trim()) bad.push("chart without words");
          for (const s of all("svg:not([role])"))
            if (s.getAttribute("aria-hidden") !== "true") bad.push("svg neither named nor hidden");
          for (const b of all("button, a, input, video"))
            if (!(b.textContent.trim() || b.ariaLabel || (b.labels && b.labels.length)
                  || b.querySelector("img[alt]"))) bad.push("no name: " + b.outerHTML.slice(0, 60));
          for (const t of all("table")) {
            if (!t.caption) bad.push("table without caption");
            if (!t.querySelector("thead th[scope=col]")) bad.push("table without column headers");
            for (const r of t.querySelectorAll("tbody tr"))
              if (!r.querySelector("th[scope=row]")) bad.push("row without header");
          }
          const ids = all("[id]").map((e) => e.id);
          if (new Set(ids).size !== ids.length) bad.push("ids are not unique");
          for (const e of all("[tabindex]")) if (e.tabIndex > 0) bad.push("tabindex");
          return bad;
        }"""
    )
    assert problems == []


CONTRAST = """() => {
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
  const poor = [];
  for (const e of document.querySelectorAll("main *, footer *")) {
    const words = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (e.closest("svg, video") || !words) continue;
    const both = [parse(getComputedStyle(e).color), behind(e)].map(light);
    const [a, b] = both.sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(e.textContent.trim().slice(0, 30) + " " + ratio.toFixed(2));
  }
  return poor;
}"""


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_what_is_behind_it(dark: bool, open_page: Open) -> None:
    opened = open_page(render(poor_two_leg_set()), dark=dark)
    assert opened.run(CONTRAST) == []
    background = opened.run("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(17, 21, 25)") is dark


def test_hostile_texts_are_only_texts(open_page: Open) -> None:
    session = hostile(EVIL)
    page = render(session, name=EVIL * 3, notes=f"{EVIL}\n{EVIL}", video=f"{EVIL}.mp4")
    opened = open_page(page)
    opened.page.wait_for_timeout(100)
    assert opened.run("window.hacked") is None
    assert opened.run("document.querySelectorAll('script').length") == 2
    assert EVIL in str(opened.page.text_content("main"))
    assert_nothing_overflows(opened)
    assert [url for url in opened.requests if not url.startswith(("file:", "data:"))] == []


def test_a_served_report_finds_its_film_and_asks_for_nothing_else(
    browser: Browser, tmp_path: Path, film: Path
) -> None:
    (tmp_path / "report.html").write_text(render(good_set(), video="annotated.mp4"), "utf-8")
    shutil.copy(film, tmp_path)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    address = f"http://127.0.0.1:{server.server_port}/"
    try:
        page.goto(f"{address}report.html")
        page.wait_for_function("() => document.getElementById('film').readyState >= 1")
    finally:
        page.close()
        server.shutdown()
        server.server_close()
    wanted = {f"{address}report.html", f"{address}annotated.mp4", f"{address}favicon.ico"}
    assert {url for url in asked if not url.startswith("data:")} <= wanted


@pytest.mark.parametrize("make", [good_set, poor_two_leg_set])
def test_it_prints_on_two_pages(make: Callable[[], Session], open_page: Open) -> None:
    opened = open_page(render(make(), notes="After the run.\nNo pain."))
    paper = opened.page.pdf(prefer_css_page_size=True)
    assert paper.count(b"/Type /Page\n") <= 2
