"""The app's pages for everybody: audited by axe, used by keyboard, at any width and text size.

Axe is run through the browser's debugger, so it runs under the pages' own policy, which stays as
strict as it is. They need Chromium and are skipped without it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from chromium import NEEDS_CHROMIUM, launched
from film_work import put_film_of, put_session
from msgspec.structs import replace
from playwright.sync_api import Browser
from store_examples import entered, good_set, poor_set
from web_browsing import Visit, drop, served, violations, visit

from formcheck.data.session import Session
from formcheck.store.history.history_store import History
from formcheck.store.session_file import load

pytestmark = NEEDS_CHROMIUM

MONDAY = "0000000000000001"
MAIN_PAGES = ("films chosen", "queue", "sessions", "report", "progress", "passport")
"""Audited in all settings; the others in the first and the last."""
SETTINGS: tuple[tuple[Literal["dark", "light"], int], ...] = (
    ("light", 1280),
    ("light", 390),
    ("dark", 1280),
    ("dark", 390),
)


def of(session: Session, day: str) -> Session:
    changed = replace(entered(session, day, pain=2, step_height_cm=15.0), person="runner-1")
    source = replace(changed.source, name=f"{day}.mp4", sha256=day[-2:] * 32)
    return replace(changed, created=f"{day}T10:00:00+00:00", source=source)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


@pytest.fixture
def opened(
    browser: Browser, tmp_path: Path, history_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Visit]:
    """The first page of an app that has sessions: its own, of the command line, and a gone one."""
    own, elsewhere, gone = tmp_path / "app/sessions" / MONDAY, tmp_path / "out", tmp_path / "gone"
    with History(history_file, create=True) as history:
        for folder, session in (
            (own, of(poor_set(), "2026-05-04")),
            (elsewhere, of(good_set(), "2026-05-08")),
            (gone, of(good_set(), "2026-05-11")),
        ):
            put_session(folder, session)
            history.keep(load(folder), folder=folder)
    put_film_of(own / "annotated.mp4")
    shutil.rmtree(gone)
    with served(tmp_path / "app", monkeypatch) as link:
        context = browser.new_context(
            viewport={"width": 1280, "height": 844}, reduced_motion="reduce"
        )
        found = visit(context, link)
        found.enter()
        yield found
        context.close()


def pages(at: Visit) -> Iterator[str]:
    """Go to each page in turn, as full as it gets; the names are for messages."""
    page = at.page
    drop(at, "text.mp4", "long.mp4", "waits.mp4")
    yield "films chosen"
    page.click(".more summary")
    page.fill("#f-tempo", "fast")
    page.click("#measure")
    page.wait_for_selector("#form-problem:not([hidden])")
    yield "a wrong value"
    page.fill("#f-tempo", "")
    page.click("#measure")
    page.wait_for_selector(".film[data-state='failed']", timeout=60_000)
    page.wait_for_selector(".film progress[value]", timeout=60_000)
    page.wait_for_selector(".film[data-state='waiting']", timeout=60_000)
    yield "queue"
    page.click("nav >> text=Sessions")
    page.click("summary:text('Export') >> nth=0")
    yield "sessions"
    for opens, dialog in (("[data-edit]", "#edit"), ("[data-delete]", "#delete")):
        page.click(f"{opens} >> nth=0")
        yield f"sessions, {dialog}"
        page.click(f"{dialog} [data-close]")
    page.click("text=2026-05-04.mp4")
    page.wait_for_selector(".rep-card")
    yield "report"
    page.click("text=Progress")
    page.wait_for_selector("main.progress")
    yield "progress"
    page.click("text=Passport")
    page.wait_for_selector("main.passport")
    yield "passport"
    page.goto(f"{at.origin}/sessions")
    for number in (0, 1):
        page.check(f"input[form='pick'] >> nth={number}")
    page.click("#pick button")
    page.wait_for_selector("#pair")
    yield "side by side"
    for path in ("live", "screen", "devices", "sessions/nothing"):
        page.goto(f"{at.origin}/{path}")
        page.wait_for_selector("h1")
        yield path


def test_axe_finds_nothing(opened: Visit) -> None:
    page = opened.page
    found = {}
    for name in pages(opened):
        for scheme, width in SETTINGS if name in MAIN_PAGES else SETTINGS[::3]:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 844})
            found[name, scheme, width] = violations(opened)
    assert len(found) == 6 * 4 + 8 * 2
    assert {where: what for where, what in found.items() if what} == {}
    wanted = ("422", "404")  # the wrong value, and the page that there is not
    assert [one for one in opened.complaints if not any(code in one for code in wanted)] == []
    opened.run("document.querySelector('h1').insertAdjacentHTML('afterend', '<input>')")
    assert [one.partition(":")[0] for one in violations(opened)] == ["label"], "it does look"


def test_every_page_fits_from_a_phone_to_a_wall_and_with_large_text(opened: Visit) -> None:
    page = opened.page
    too_wide = []
    for name in pages(opened):
        for width, text in ((2560, 100), (360, 100), (360, 200)):
            page.set_viewport_size({"width": width, "height": 844})
            opened.run(f"document.documentElement.style.fontSize = '{text}%'")
            needs = opened.run("document.documentElement.scrollWidth")
            if needs > width:
                too_wide.append((name, width, text, needs))
        opened.run("document.documentElement.style.fontSize = ''")
        page.set_viewport_size({"width": 1280, "height": 844})
        assert opened.run("document.getAnimations().length") == 0, "motion is reduced"
    assert too_wide == []


FOCUSED = """() => {
  const at = document.activeElement;
  const drawn = at.type === "file" ? at.labels[0] : at;
  return {
    name: at.id || at.textContent.trim(),
    seen: getComputedStyle(drawn).outlineStyle !== "none",
  };
}"""
SAID = """() => {
  window.told = [];
  const said = document.getElementById("said");
  new MutationObserver(() => window.told.push(said.textContent)).observe(said, {childList: true});
}"""


def test_the_first_page_is_used_by_keyboard_alone(opened: Visit) -> None:
    page = opened.page
    drop(opened, "text.mp4")  # the window to choose a film in is the system's
    page.keyboard.press("Tab")
    assert page.is_visible("text=Skip to the page")
    page.keyboard.press("Enter")
    assert opened.run("document.activeElement.id") == "main"
    reached: list[str] = []
    while not reached or reached[-1] != "measure":
        page.keyboard.press("Tab")
        focused = opened.run(FOCUSED)
        assert focused["seen"], focused
        reached.append(focused["name"])
        assert len(reached) < 30
    assert reached[:4] == ["films", "Remove", "f-exercise", "f-person"]
    assert reached[-2] == "More options"
    page.keyboard.press("Enter")
    page.wait_for_selector(".film[data-state='failed']", timeout=60_000)
    names = set()
    while "Remove from the list" not in names:
        page.keyboard.press("Tab")
        focused = opened.run(FOCUSED)
        assert focused["seen"], focused
        names.add(focused["name"])
    assert "Try again" in names
    page.keyboard.press("Enter")
    page.wait_for_selector(".film", state="detached")


def test_dialogs_give_the_focus_back(opened: Visit) -> None:
    page = opened.page
    page.goto(f"{opened.origin}/sessions")
    for opens in ("[data-edit]", "[data-delete]"):
        page.focus(f"{opens} >> nth=0")
        page.keyboard.press("Enter")
        assert opened.run("document.activeElement.closest('dialog') !== null")
        page.keyboard.press("Escape")
        assert opened.run(f"document.activeElement.matches('{opens}')")


def test_a_screen_reader_hears_the_start_and_the_end_of_a_film_only(opened: Visit) -> None:
    page = opened.page
    opened.run(SAID)
    drop(opened, "filmed_monday.mp4")
    page.click("#measure")
    page.wait_for_selector(".film[data-state='done']", timeout=60_000)
    told = opened.run("window.told")
    assert told[0] == "filmed_monday.mp4 is being measured."
    assert told[1].startswith("filmed_monday.mp4: Done. ")
    assert len(told) == 2
    bar = page.get_attribute(".film progress", "aria-label")
    assert bar == "Progress of filmed_monday.mp4"
