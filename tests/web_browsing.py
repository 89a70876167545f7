"""The app in a browser, for tests: it is served as the command does, and a page is watched.

``from web_browsing import ...``
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page
from web_work import serving


@contextmanager
def served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve the app as the command does, on a port of its own; gives the secret link."""
    with serving(folder, monkeypatch) as opened:
        yield opened.link


@dataclass
class Visit:
    """A page of the app, and what went wrong on it or left it."""

    page: Page
    link: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """The address of the first page."""
        return self.link.partition("/enter")[0]

    def run(self, script: str, argument: Any = None) -> Any:
        """Run a script in the page."""
        return self.page.evaluate(script, argument)

    def enter(self) -> None:
        """Open the link; returns once the script of the first page listens."""
        self.page.goto(self.link)
        self.page.wait_for_selector("#film-form")
        self.page.wait_for_load_state()

    def clean(self) -> None:
        """Require that nothing went wrong and nothing was asked of another host."""
        assert self.complaints == []
        assert [url for url in self.requests if not url.startswith((self.origin, "blob:"))] == []


def visit(context: BrowserContext, link: str) -> Visit:
    """Open an empty page and watch it."""
    opened = Visit(context.new_page(), link)
    opened.page.on("console", lambda message: opened.complaints.append(message.text))
    opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.page.on("request", lambda request: opened.requests.append(request.url))
    return opened


def film_file(folder: Path, name: str) -> Path:
    """A file to be chosen; what is done with it is in its name."""
    path = folder / name
    path.write_bytes(b"film")
    return path


def drop(at: Visit, *names: str) -> None:
    """Drop files on the page, as from a folder's window."""
    files = at.page.evaluate_handle(
        """(names) => {
          const held = new DataTransfer();
          for (const name of names) held.items.add(new File(["film"], name, {type: "video/mp4"}));
          return held;
        }""",
        list(names),
    )
    for event in ("dragenter", "dragover", "drop"):
        at.page.dispatch_event("#drop", event, {"dataTransfer": files})


def violations(at: Visit) -> list[str]:
    """What axe finds, however little it matters, with the first place of each."""
    found = Axe().run(at.page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:200]}" for one in found]
