"""A phone in a real browser, 390 px wide: let in by a code, it films, sends and sees the verdict.

Chromium plays the phone; no real one was used.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import NEEDS_CHROMIUM, launched
from playwright.sync_api import Browser, BrowserContext, ViewportSize
from web_browsing import Visit, film_file, violations, visit
from web_work import serving

from formcheck.web.server import StartLinks

pytestmark = NEEDS_CHROMIUM
PHONE = ViewportSize(width=390, height=844)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartLinks]:
    with serving(tmp_path / "app", monkeypatch, lan=True) as found:
        yield found


def on_a_phone(browser: Browser) -> BrowserContext:
    """A person who went on after the warning about the certificate."""
    return browser.new_context(
        viewport=PHONE, is_mobile=True, has_touch=True, ignore_https_errors=True
    )


def owner_of(browser: Browser, opened: StartLinks) -> Visit:
    found = visit(browser.new_context(viewport={"width": 1280, "height": 900}), opened.link)
    found.page.goto(opened.link)
    found.page.wait_for_selector("#film-form")
    return found


def assert_for_everybody(at: Visit) -> None:
    """Axe finds nothing, and everything fits, also with large text."""
    before = at.page.viewport_size
    for dark in (False, True):
        at.page.emulate_media(color_scheme="dark" if dark else "light")
        assert violations(at) == []
    for width, text in ((2560, 100), (360, 100), (360, 200)):
        at.page.set_viewport_size({"width": width, "height": 844})
        at.run(f"document.documentElement.style.fontSize = '{text}%'")
        assert at.run("document.documentElement.scrollWidth") <= width, (width, text)
    at.run("document.documentElement.style.fontSize = ''")
    assert before is not None
    at.page.set_viewport_size(before)


def test_a_phone_is_let_in_films_sends_and_is_let_out(
    browser: Browser, opened: StartLinks, tmp_path: Path
) -> None:
    owner = owner_of(browser, opened)
    owner.page.click("nav >> text=Devices")
    owner.page.wait_for_selector(".pairing")
    owner.page.fill("#person", "runner-1")
    owner.page.click("text=Connect a person")
    owner.page.wait_for_selector("h3:text('runner-1')")
    owner.page.click(".pairing:has-text('runner-1') >> text=Code for a phone")
    owner.page.wait_for_selector("#code:not([hidden])")
    assert owner.run("document.getElementById('code-picture').naturalWidth") > 100
    assert opened.fingerprint in str(owner.page.text_content(".fingerprint"))
    assert_for_everybody(owner)
    link = str(owner.page.text_content("#code-link"))
    assert link.startswith("https://127.0.0.2:")

    phone = visit(on_a_phone(browser), link)
    phone.page.goto(link)
    phone.page.wait_for_selector("#film-form")
    assert "#" not in phone.page.url
    assert phone.run("document.cookie") == ""
    assert "runner-1" in str(phone.page.text_content("main"))
    assert phone.page.locator("nav a").all_text_contents() == ["Films", "Live"]
    assert phone.page.is_visible("text=Film now")
    phone.page.set_input_files("#camera", film_file(tmp_path, "film.mp4"))
    phone.page.click("#measure")
    phone.page.wait_for_selector(".film[data-state='done']", timeout=30_000)
    verdict = str(phone.page.text_content(".film-verdict"))
    assert verdict
    assert not phone.page.is_visible(".film-actions button")
    assert_for_everybody(phone)
    phone.page.click(".film a")
    phone.page.wait_for_selector(".rep-card")
    assert str(phone.page.text_content("h1")) in verdict
    assert phone.page.locator("nav a").all_text_contents()[:2] == ["Films", "Live"]
    assert not phone.page.is_visible("text=Progress")
    # The annotated film of these sessions is no film: the page says so and shows stills.
    phone.complaints = [one for one in phone.complaints if "sessions" not in one]
    phone.clean()

    owner.page.wait_for_selector(".pairing:has-text('runner-1') >> text=Disconnect")
    owner.page.wait_for_selector(".pairing:has-text('runner-1'):has-text('1 set')")
    assert owner.page.is_hidden("#code"), "its link is used"
    owner.page.click(".pairing:has-text('runner-1') >> text=Disconnect")
    owner.page.wait_for_selector(".pairing:has-text('runner-1') >> text=No device is connected")
    owner.clean()
    phone.page.goto(phone.origin)
    phone.page.wait_for_selector("h1:text('This page opens only with a link')")
    phone.page.context.close()
    owner.page.context.close()


def test_a_screen_waits_for_the_set_and_leads_nowhere_else(
    browser: Browser, opened: StartLinks
) -> None:
    assert opened.screen is not None
    screen = visit(on_a_phone(browser), opened.screen.link)
    screen.page.goto(opened.screen.link)
    screen.page.wait_for_selector("text=No set is running")
    assert screen.page.url.endswith("/screen")
    assert screen.page.locator("nav a").count() == 0
    screen.page.wait_for_load_state("networkidle")
    assert_for_everybody(screen)
    screen.clean()
    screen.page.goto(f"{screen.origin}/sessions")
    screen.page.wait_for_selector("h1:text('This device may not open this page')")
    screen.page.context.close()


def test_a_browser_that_does_not_know_the_certificate_warns(
    browser: Browser, opened: StartLinks
) -> None:
    assert opened.phone is not None
    page = browser.new_context().new_page()
    with pytest.raises(Exception, match="ERR_CERT_AUTHORITY_INVALID"):
        page.goto(opened.phone.link)
    page.context.close()
