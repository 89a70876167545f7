"""A real browser for tests: Debian's Chromium, driven by Playwright, that asks no network."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (found := shutil.which(name))
    ),
    None,
)

NEEDS_CHROMIUM = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    # Playwright runs an event loop of its own, whose sockets close when the interpreter does.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
"""Marks of a test file that needs it."""

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


FAKE_CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
"""A camera without a machine: a test picture, or the film that another switch names."""


Launch = Callable[..., Browser]


@contextmanager
def launching() -> Iterator[Launch]:
    """Give what launches browsers, each with more switches if given.

    A test may not begin this within another one: the tests of a file share it.
    """
    with sync_playwright() as playwright:
        yield lambda *more: playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*QUIET, *more]
        )


@contextmanager
def launched(*more: str) -> Iterator[Browser]:
    """Launch the browser, with more switches if given, and close it."""
    with launching() as launch, launch(*more) as found:
        yield found
