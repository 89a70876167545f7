"""Live sessions in a real browser, with a film as its camera.

They need Chromium on this machine and are skipped without it; ``.ci/run`` installs it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from chromium import FAKE_CAMERA, NEEDS_CHROMIUM, Launch, launching
from clips.films import with_standing
from live_app import running_app
from playwright.sync_api import Browser, BrowserContext, Page

from formcheck import analyze
from formcheck.data.session import HELD, Hold
from formcheck.store.session_file import load

pytestmark = NEEDS_CHROMIUM

HIDDEN, SHOWN = "#{}[hidden]", "#{}:not([hidden])"


@pytest.fixture(scope="module")
def launch() -> Iterator[Launch]:
    with launching() as found:
        yield found


@pytest.fixture(scope="module")
def browser(launch: Launch) -> Iterator[Browser]:
    """A browser whose camera shows a test picture."""
    with launch(*FAKE_CAMERA) as found:
        yield found


class Visited:
    """A page, and what it complained about."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))


@contextmanager
def live_page(context: BrowserContext, link: str) -> Iterator[Visited]:
    """The page for live sessions, ready to start."""
    visited = Visited(context)
    page = visited.page
    page.goto(link)
    page.wait_for_selector("#film-form")
    page.goto(f"{link.partition('/enter')[0]}/live")
    page.wait_for_function("() => document.getElementById('start-hint').textContent === ''")
    yield visited
    assert visited.complaints == []
    assert len(visited.hosts) == 1


def start(page: Page, reps: str) -> None:
    page.select_option("#f-exercise", "step_down")
    page.select_option("#f-side", "left")
    page.fill("#f-reps", reps)
    page.click("#start")
    page.wait_for_selector(SHOWN.format("stage"))


@pytest.mark.slow
def test_a_set_in_the_browser_is_measured_as_its_film_and_shown_on_the_big_screen(
    launch: Launch, sample_videos: Path, tmp_path: Path
) -> None:
    film = with_standing(sample_videos / "step_down_front_left.mp4", 6.6, tmp_path / "camera.mp4")
    switches = (f"--use-file-for-fake-video-capture={film.with_suffix('.y4m')}",)
    folder = tmp_path / "app"
    command = ("-m", "formcheck", "app", "--no-browser", "--json", "--folder", str(folder))
    with (
        running_app(folder, *command) as app,
        launch(*FAKE_CAMERA, *switches) as browser,
        browser.new_context(viewport={"width": 1280, "height": 800}) as context,
        live_page(context, app.link) as visited,
    ):
        page, screen = visited.page, Visited(context)
        screen.page.goto(f"{app.origin}/screen")
        page.bring_to_front()  # a page behind another one films nothing
        start(page, "1")
        screen.page.wait_for_selector(SHOWN.format("stage"))
        page.wait_for_selector(SHOWN.format("after"), timeout=90_000)
        page.wait_for_selector(SHOWN.format("open-report"))
        assert "1 repetition" in page.inner_text("#middle")
        assert "1 repetition" in screen.page.inner_text("#middle")
        # How far apart the two are depends on the machine: benchmarks/browser_live.py measures it.
        shown = dict(page.evaluate("() => window.formcheckLive.shown"))
        followed = dict(screen.page.evaluate("() => window.formcheckScreen.shown"))
        assert len(shown.keys() & followed.keys()) > 50
        assert screen.complaints == []
        page.select_option("#pain", "3")
        page.wait_for_selector("#pain-said:has-text('Saved.')")
        page.click("#open-report")
        page.wait_for_selector(".rep-card")
        live = load(folder / "sessions" / page.url.rpartition("/")[2])
        assert live.training.pain == 3
    filmed = analyze(film, exercise="step_down", out=tmp_path / "filmed", video_out=False)
    assert [rep.stance_side for rep in live.reps] == [rep.stance_side for rep in filmed.reps]
    assert [rep.form.grade for rep in live.reps] == [rep.form.grade for rep in filmed.reps]
    for one, other in zip(live.reps, filmed.reps, strict=True):
        for name, measured in other.measurements.items():
            if measured.value is not None and one.measurements[name].value is not None:
                # Of two measurements, each with its own error: what their difference may be.
                seen = one.measurements[name]
                error = 2 * math.hypot(measured.sem or 0.0, seen.sem or 0.0)
                assert seen.value == pytest.approx(measured.value, abs=error)


SPOKEN = """
window.spoken = [];
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
Object.defineProperty(window, "speechSynthesis", {
  value: { cancel() {}, speak(words) { window.spoken.push(words.text); } },
});
"""
"""Keeps what a page would say."""


@pytest.mark.slow
def test_a_plank_has_a_clock_and_its_seconds_to_go_are_said(
    launch: Launch, small_films: Path, tmp_path: Path
) -> None:
    width = 390
    film = with_standing(small_films / "plank_side_left.mp4", 12.0, tmp_path / "camera.mp4")
    switches = (f"--use-file-for-fake-video-capture={film.with_suffix('.y4m')}",)
    folder = tmp_path / "app"
    command = ("-m", "formcheck", "app", "--no-browser", "--json", "--folder", str(folder))
    with (
        running_app(folder, *command) as app,
        launch(*FAKE_CAMERA, *switches) as browser,
        browser.new_context(viewport={"width": width, "height": 844}) as context,
    ):
        context.add_init_script(SPOKEN)
        with live_page(context, app.link) as visited:
            page = visited.page
            page.select_option("#f-exercise", "plank")
            page.fill("#f-target_hold_s", "4")
            page.check("#speak")
            page.click("#start")
            page.wait_for_selector("#count-lines:has-text('of 4 s')", timeout=60_000)
            page.wait_for_function("() => Number(document.getElementById('count').innerText) > 1")
            page.wait_for_function("() => window.spoken.includes('Time is up')", timeout=60_000)
            page.wait_for_selector("#middle:has-text('Set complete')", timeout=60_000)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.keyboard.press("q")
            page.wait_for_selector(SHOWN.format("open-report"), timeout=60_000)
            assert "hold" in page.inner_text("#middle")
            spoken = page.evaluate("() => window.spoken")
            page.click("#open-report")
            page.wait_for_selector(".rep-card")
            live = load(folder / "sessions" / page.url.rpartition("/")[2])
    assert spoken[: spoken.index("Time is up") + 1][-3:] == ["2", "1", "Time is up"]
    assert live.training.target_hold_s == 4.0
    # The film is somewhere in its course when the session begins, so a hold may be met half done.
    assert all(isinstance(hold, Hold) for hold in live.reps)
    assert sum(hold.measurements[HELD].value or 0.0 for hold in live.reps) > 4.0


def test_a_set_is_paused_reloaded_loses_its_camera_and_ends_by_a_key(
    browser: Browser, tmp_path: Path
) -> None:
    with (
        running_app(tmp_path / "app") as app,
        browser.new_context(viewport={"width": 390, "height": 844}) as context,
        live_page(context, app.link) as visited,
    ):
        page = visited.page
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        start(page, "5")
        page.wait_for_selector(SHOWN.format("sign"))
        page.keyboard.press("Space")
        page.wait_for_selector("#middle:has-text('Paused')")
        assert page.inner_text("#pause") == "Go on"
        page.click("#frame")  # a tap goes on
        page.wait_for_selector("#middle[hidden]", state="attached")
        page.evaluate(
            """() => {
              const [track] = document.getElementById('video').srcObject.getVideoTracks();
              track.stop();
              track.dispatchEvent(new Event('ended'));
            }"""
        )
        page.wait_for_function("() => document.getElementById('video').srcObject?.active === true")
        before = page.evaluate("() => JSON.parse(sessionStorage.getItem('formcheck-live')).id")
        page.reload()
        page.wait_for_selector(SHOWN.format("sign"))
        after = page.evaluate("() => JSON.parse(sessionStorage.getItem('formcheck-live')).id")
        assert after == before
        page.keyboard.press("q")
        page.wait_for_selector(SHOWN.format("after"))
        page.wait_for_selector("#middle:has-text('0 repetitions')")
        page.click("#again")
        assert page.is_visible("#live-form")


def test_where_sockets_are_blocked_pictures_go_by_requests_and_the_screen_asks_for_them(
    browser: Browser, tmp_path: Path
) -> None:
    with (
        running_app(tmp_path / "app") as app,
        browser.new_context(viewport={"width": 1280, "height": 800}) as context,
    ):
        context.add_init_script("window.WebSocket = class { constructor() { throw 0; } };")
        with live_page(context, app.link) as visited:
            page, screen = visited.page, Visited(context)
            screen.page.goto(f"{app.origin}/screen")
            page.bring_to_front()
            start(page, "5")
            for one in (page, screen.page):
                one.wait_for_selector(SHOWN.format("sign"))
            page.wait_for_function("() => window.formcheckLive.delays.length > 20")
            screen.page.wait_for_function("() => window.formcheckScreen.shown.length > 5")
            page.click("#end")
            for one in (page, screen.page):
                one.wait_for_selector("#middle:has-text('0 repetitions')")
                one.wait_for_selector(SHOWN.format("open-report"))
            page.click("#again")
            start(page, "5")  # the screen leaves the set that was for the new one
            screen.page.wait_for_selector(SHOWN.format("sign"))
            assert screen.complaints == []


SLOW_CAMERA = """
window.opened = [];
const asked = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await asked(wanted);
  await new Promise((done) => setTimeout(done, 600));
  window.opened.push(stream);
  return stream;
};
"""
"""A camera that is given late, as by a person who is asked for leave."""
FILMING = "() => window.opened.map((stream) => stream.active)"


def test_a_camera_that_is_given_too_late_is_let_go_at_once(
    browser: Browser, tmp_path: Path
) -> None:
    with (
        running_app(tmp_path / "app") as app,
        browser.new_context(viewport={"width": 1280, "height": 800}) as context,
    ):
        context.add_init_script(SLOW_CAMERA)
        with live_page(context, app.link) as visited:
            page = visited.page
            page.click("#show-camera")
            start(page, "5")
            page.wait_for_selector(SHOWN.format("sign"))
            assert page.evaluate(FILMING) == [False, True], "that of the form is off"
            page.evaluate(
                """() => {
                  const [track] = document.getElementById('video').srcObject.getVideoTracks();
                  track.stop();
                  track.dispatchEvent(new Event('ended'));
                }"""
            )
            page.keyboard.press("q")
            page.wait_for_selector(SHOWN.format("after"))
            page.wait_for_function("() => window.opened.length === 3")
            page.wait_for_function("() => window.opened.every((stream) => !stream.active)")


TWO_PICTURES_LATER = """() => new Promise(
  (done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))
)"""
SHOW_A_CUE = """() => {
  const cue = document.getElementById("corner");
  cue.textContent = "Push the knee out over the little toe";
  cue.hidden = false;
}"""
CUE_IS_ABOVE = """() => {
  const [cue, notices] = ["corner", "notices"].map((id) => document.getElementById(id));
  const below = notices.getBoundingClientRect();
  return below.height > 0 && cue.getBoundingClientRect().bottom <= below.top;
}"""


def test_a_card_stands_alone_and_a_notice_is_never_over_the_cue(
    browser: Browser, tmp_path: Path
) -> None:
    with (
        running_app(tmp_path / "app") as app,
        browser.new_context(viewport={"width": 1280, "height": 800}) as context,
        live_page(context, app.link) as visited,
    ):
        page = visited.page
        start(page, "5")
        page.wait_for_selector("#sign", state="visible")
        page.reload()  # a page that nobody has touched yet may make no sound
        page.wait_for_selector("#notices:has-text('Tap the screen to turn the sound on.')")
        page.wait_for_selector("#sign", state="visible")
        page.evaluate(SHOW_A_CUE)
        page.wait_for_function(CUE_IS_ABOVE)
        page.set_viewport_size({"width": 390, "height": 800})
        page.evaluate(SHOW_A_CUE)
        page.wait_for_function(CUE_IS_ABOVE)
        page.keyboard.press("Space")
        page.wait_for_selector("#middle:has-text('Paused')")
        page.wait_for_selector("#sign", state="hidden")
        assert not page.is_visible("#corner")
        page.keyboard.press("Space")
        page.wait_for_selector("#sign", state="visible")
        page.evaluate("document.getElementById('video').srcObject.getVideoTracks()[0].stop()")
        page.wait_for_selector("#middle:has-text('No image')")
        page.set_viewport_size({"width": 390, "height": 700})
        page.wait_for_function(TWO_PICTURES_LATER)
        assert page.is_visible("#middle"), "a card that came without a picture stays"


def test_a_guided_session_is_begun_paused_skipped_and_stopped(
    browser: Browser, tmp_path: Path
) -> None:
    with (
        running_app(tmp_path / "app") as app,
        browser.new_context(viewport={"width": 1280, "height": 800}) as context,
        live_page(context, app.link) as visited,
    ):
        page = visited.page
        assert not page.is_visible("#f-own_programme")
        page.select_option("#f-programme", "own")
        page.set_input_files(
            "#own-file", {"name": "a.toml", "mimeType": "", "buffer": b'title = "A"\n[[blocks]]\n'}
        )
        page.click("#start")
        page.wait_for_selector("#f-own_programme[aria-invalid]")
        assert "found no field 'exercise'" in page.inner_text("#t-own_programme")
        refused = visited.complaints.pop()  # the browser notes each answer that is a refusal
        assert "422" in refused
        page.select_option("#f-programme", "check")
        assert not page.is_visible("#f-exercise")
        assert not page.is_visible("#f-own_programme")
        page.click("#start")
        page.wait_for_selector("#middle:has-text('1 of 6: Step-down')")
        page.click("#skip")
        page.wait_for_selector("#middle:has-text('2 of 6: Single-leg squat')")
        page.keyboard.press("p")
        page.wait_for_selector("#middle:has-text('Paused')")
        page.click("#frame")
        page.wait_for_selector(SHOWN.format("ready-frame"))
        page.click("#end")
        page.wait_for_selector("#middle:has-text('Check: stopped and saved')")
        assert "Step-down: skipped" in page.inner_text("#middle")
        page.click("#again")
        page.wait_for_selector("#f-programme", state="visible")
