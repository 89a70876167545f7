"""How late a page shows what is known of a picture, and whether memory stays flat.

    python benchmarks/browser_live.py [FILM] [--exercise ID] [--minutes M] [--size WxH] [--screen]

A film is the camera of a headless Chromium on this machine, looped at 30 pictures a second. The
page measures by itself: the time from the capture of a picture, as the browser says, until what is
known of it was drawn over the camera's picture, of the last 5000 pictures. A picture at which
nobody looked counts when the page knows it. With ``--screen`` a second page follows as the big
screen: how far apart the two show a picture for the first time is told, too.

Memory is told each minute: what the server, the process that measures and the browser hold, and
what the page's scripts hold once their garbage was collected.

Needs Playwright and a Chromium, as the browser tests do.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import CDPSession, Page
from served_app import chromium, served
from served_app.live_set import SWITCHES, as_camera, started

LOOK_EVERY_S = 60.0
DELAYS = "() => window.formcheckLive"


def family(pid: int) -> Iterator[int]:
    """Yield a process and all that it has started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from family(int(child))


@dataclass(frozen=True)
class Held:
    """What is held at a time of the session, in MiB."""

    at_s: float
    server: float
    measuring: float
    browser: float
    page: float


def held_mib(pids: Iterable[int]) -> float:
    """How much memory processes hold, shared parts once each."""
    total = 0
    for one in pids:
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(row.split()[1]) for row in text.splitlines() if row.startswith("Pss:"))
    return total / 1024


def held_now(server: int, page: CDPSession, begun_s: float) -> Held:
    """Look at the memory of all."""
    page.send("HeapProfiler.collectGarbage")
    heap = page.send("Runtime.getHeapUsage")["usedSize"] / 2**20
    app = set(family(server))
    return Held(
        time.monotonic() - begun_s,
        held_mib([server]),
        held_mib(app - {server}),
        held_mib(set(family(os.getpid())) - app - {os.getpid()}),
        heap,
    )


def watched(page: Page, server: int, duration_s: float) -> list[Held]:
    """Let the session run; look at the memory at the start, each minute and at the end."""
    heap = page.context.new_cdp_session(page)
    begun_s = time.monotonic()
    held = []
    while (gone_s := time.monotonic() - begun_s) < duration_s:
        page.wait_for_timeout(1000 * min(LOOK_EVERY_S, duration_s - gone_s))
        held.append(held_now(server, heap, begun_s))
    return held


def main() -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description="Measure a live session in the browser.")
    parser.add_argument(
        "film", type=Path, nargs="?", default=Path("sample_videos/step_down_front_left.mp4")
    )
    parser.add_argument("--exercise", default="step_down")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--size", default="640x480")
    parser.add_argument("--screen", action="store_true", help="with a big screen that follows")
    args = parser.parse_args()
    width, _, height = args.size.partition("x")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        camera = folder / "camera.mjpeg"
        as_camera(args.film, camera, (int(width), int(height)))
        switches = [*SWITCHES, f"--use-file-for-fake-video-capture={camera}"]
        with served(folder) as app, chromium(switches) as browser:
            server, link = app.process, app.link
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            page = context.new_page()
            started(page, link, args.exercise, max(int(width), int(height)))
            screen = context.new_page() if args.screen else None
            if screen is not None:
                screen.goto(f"{link.partition('/enter')[0]}/screen")
                page.bring_to_front()
            held = watched(page, server, 60.0 * args.minutes)
            found = page.evaluate(DELAYS)
            if screen is not None:
                tell_apart(found["shown"], screen.evaluate("() => window.formcheckScreen.shown"))
            page.click("#end")
            page.wait_for_selector("#after:not([hidden])", timeout=60_000)
    tell(args.size, np.array(found["delays"]), int(found["lost"]), held)
    return 0


def tell_apart(shown: list[list[float]], followed: list[list[float]]) -> None:
    """Print how far apart the two pages show the same picture for the first time."""
    # A picture that waited is told of again when it was looked at after all: the first time counts.
    there = {int(number): at_ms for number, at_ms in reversed(followed)}
    apart_ms = [abs(there[int(number)] - at_ms) for number, at_ms in shown if int(number) in there]
    if apart_ms:
        p95 = np.percentile(apart_ms, 95)
        print(f"big screen: {len(apart_ms)} pictures, 95 % within {p95:.0f} ms of the first page")


def tell(size: str, delays_ms: np.ndarray, lost: int, held: list[Held]) -> None:
    """Print the figures."""
    median, p95, p99 = np.percentile(delays_ms, [50, 95, 99])
    print(f"{size} at 30 Hz, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    print(
        f"from capture to overlay: median {median:.0f} ms, 95 % within {p95:.0f} ms, "
        f"99 % within {p99:.0f} ms, of {len(delays_ms)} pictures; {lost} left out in all"
    )
    print("held (MiB) after   server  measuring process  browser  scripts of the page")
    for one in held:
        print(
            f"{one.at_s:14.0f} s {one.server:8.0f} {one.measuring:18.0f} {one.browser:8.0f} "
            f"{one.page:20.1f}"
        )


if __name__ == "__main__":
    sys.exit(main())
