"""How long the app's first page takes, how heavy it is, and how long a list of 500 sessions takes.

    python benchmarks/app_page.py [--starts N] [--sessions N]

The first page: from the start of the process ``formcheck app`` to the socket that listens, and to
the first paint of the page in an empty tab of a Chromium, on the loopback address; the exchange of
the link's token is part of it. The list: the sessions of a recording, measured once and written
under many days and names, a fifth of them in folders as the command line leaves them. The first
server that lists them reads them all; the next one does not. Times of the first page are medians.
It needs Chromium and Playwright.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from msgspec.structs import replace
from playwright.sync_api import Browser, Page
from served_app import chromium, served

import formcheck
from formcheck.data.session import Session, Training
from formcheck.store import session_file
from formcheck.store.history.history_store import History
from formcheck.store.result_files import still_name

ROOT = Path(__file__).resolve().parent.parent
RECORDING, EXERCISE = "step_down_front_left", "step_down"
PEOPLE = 12
ELSEWHERE = 5
"""Every so many sessions one is in a folder of the command line's."""

PAINTED_AT = """() => new Promise((found) => {
  const look = () => performance.getEntriesByName("first-contentful-paint")[0];
  const tell = () => found((performance.timeOrigin + look().startTime) / 1000);
  if (look()) tell();
  else new PerformanceObserver(() => look() && tell()).observe({ type: "paint", buffered: true });
})"""
ANSWERED_S = "performance.getEntriesByType('navigation')[0].responseEnd / 1000"
WEIGHT = """() => performance.getEntries().reduce(
  (sum, entry) => sum + (entry.decodedBodySize || 0), 0)"""


def painted(page: Page, address: str, wanted: str) -> float:
    """Open an address; returns when the page with the wanted part was painted, in Unix seconds."""
    page.goto(address)
    page.wait_for_selector(wanted)
    return float(page.evaluate(PAINTED_AT))


def first_page(browser: Browser, starts: int) -> None:
    """Time the first page after each of several starts."""
    listening_s, painted_s, again_s, weight = [], [], [], 0
    for _ in range(starts):
        context = browser.new_context()
        page = context.new_page()
        with tempfile.TemporaryDirectory() as place, served(Path(place)) as app:
            at_s = painted(page, app.link, "#film-form")
            page.wait_for_load_state("networkidle")
            weight = page.evaluate(WEIGHT)
            begun_s = time.time()
            again_s.append(painted(page, app.origin, "#film-form") - begun_s)
        context.close()
        listening_s.append(app.listening_s)
        painted_s.append(at_s - app.started_s)
    listens, shows = statistics.median(listening_s), statistics.median(painted_s)
    print(f"process to listening   {listens:.3f} s")
    print(f"process to first paint {shows:.3f} s, {shows - listens:.3f} s of it after listening")
    print(f"opened once more       {statistics.median(again_s):.3f} s to first paint")
    print(f"page weight            {weight / 1e3:.1f} kB")


def put_sessions(folder: Path, count: int) -> None:
    """Write sessions as the app and the command line leave them."""
    measured = formcheck.measure(
        formcheck.track(ROOT / "tests" / "poses" / f"{RECORDING}.npz"), exercise=EXERCISE
    )
    first = measured.reps[0].index
    reps = tuple(
        replace(rep, still=still_name(first)) if rep.index == first else rep
        for rep in measured.reps
    )
    measured = replace(measured, efforts=reps)
    picture = (ROOT / "docs" / "annotated-frame.png").read_bytes()
    with History(folder / "history.sqlite3", create=True) as history:
        for number in range(count):
            own = number % ELSEWHERE
            place = folder / ("app/sessions" if own else "results") / f"{number:016x}"
            (place / still_name(first)).parent.mkdir(parents=True)
            session = dated(measured, number)
            session_file.save(place / session_file.FILE_NAME, session)
            (place / still_name(first)).write_bytes(picture)
            history.keep(session, folder=place)


def dated(session: Session, number: int) -> Session:
    """Return the session as if it were another day's and another person's."""
    day = (date(2025, 1, 1) + timedelta(days=number)).isoformat()
    source = replace(session.source, name=f"{day}.mp4", sha256=f"{number:064x}")
    return replace(
        session,
        person=f"runner-{number % PEOPLE}",
        created=f"{day}T10:00:00+00:00",
        training=Training(date=day, step_height_cm=15.0),
        source=source,
    )


def long_list(browser: Browser, count: int) -> None:
    """Time the list of many sessions."""
    with tempfile.TemporaryDirectory() as place:
        put_sessions(Path(place), count)
        print(f"list of {count} sessions")
        listed(browser, Path(place), {"the very first time": ""})
        then = {
            "by the next server": "",
            "again": "",
            "one person, sorted": "?q=runner-7&sort=form",
        }
        listed(browser, Path(place), then)


def listed(browser: Browser, place: Path, queries: Mapping[str, str]) -> None:
    """Time lists of one server."""
    with served(place) as app:
        context = browser.new_context()
        page = context.new_page()
        painted(page, app.link, "#film-form")
        for what, query in queries.items():
            begun_s = time.time()
            at_s = painted(page, f"{app.origin}/sessions{query}", ".session")
            answered_s = page.evaluate(ANSWERED_S)
            print(
                f"  {what:20} answered in {answered_s:.3f} s, painted after {at_s - begun_s:.3f} s"
            )
        context.close()


def main() -> None:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--sessions", type=int, default=500)
    asked = parser.parse_args()
    with chromium() as browser:
        first_page(browser, asked.starts)
        long_list(browser, asked.sessions)


if __name__ == "__main__":
    main()
