"""The app in a process of its own, and a browser to look at it: shared by the benchmarks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright


@dataclass(frozen=True)
class Served:
    """A running app: its link, its process, when that started, and how long until it listened."""

    link: str
    process: int
    started_s: float
    listening_s: float

    @property
    def origin(self) -> str:
        """The address of the first page."""
        return self.link.partition("/enter")[0]


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Run the app in a process of its own."""
    command = [sys.executable, "-m", "formcheck", "app", "--no-browser", "--json"]
    environment = {**os.environ, "FORMCHECK_HISTORY": str(folder / "history.sqlite3")}
    started_s = time.time()
    with subprocess.Popen(
        [*command, "--folder", str(folder / "app")],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        try:
            link = json.loads(process.stdout.readline())["link"]
            yield Served(link, process.pid, started_s, time.time() - started_s)
        finally:
            process.terminate()


@contextmanager
def chromium(switches: Sequence[str] = ("--no-sandbox",)) -> Iterator[Browser]:
    """Launch the Chromium of this machine."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((one for name in names if (one := shutil.which(name))), None)
    if found is None:
        raise SystemExit("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(switches))
        yield browser
        browser.close()
