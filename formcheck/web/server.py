"""Serve the app on this machine, reachable from this machine only."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from formcheck.app.options import AppOptions
from formcheck.app.worker_process import usable_cores
from formcheck.data.errors import OutputError, UsageError
from formcheck.store.history.database import default_path, user_folder
from formcheck.store.lock import lock
from formcheck.web.access import Address, KeyRole, Keys
from formcheck.web.application import application
from formcheck.web.film_queue import FilmQueue, workers_for
from formcheck.web.library import Library
from formcheck.web.site import Site

LOOPBACK = "127.0.0.1"

Ready = Callable[[str], None]
"""Called with the secret link once the page can be opened."""


def serve(options: AppOptions, ready: Ready) -> None:
    """Serve the app until it is interrupted.

    Raises
    ------
    UsageError
        The port is taken, or another app uses the folder.
    OutputError
        The folder cannot be used.
    """
    folder = options.folder or user_folder()
    held = _own_folder(folder)
    listening = _listening(options.port)
    try:
        site = site_in(folder, listening.getsockname()[1])
        link = f"{site.address.origin}/enter#{site.keys.new_link(KeyRole.OWNER)}"
        # No log: its lines would hold addresses and, in errors, names of films.
        config = uvicorn.Config(
            application(site), log_config=None, access_log=False, server_header=False, ws="none"
        )
        _Server(config, lambda: ready(link)).run(sockets=[listening])
    finally:
        listening.close()
        os.close(held)


def site_in(folder: Path, port: int, history: Path | None = None) -> Site:
    """Make the site of a folder: its queue, its sessions, and a new set of keys."""
    history = history or default_path()
    sessions = folder / "sessions"
    films = FilmQueue(folder / "queue", sessions, history, workers_for(usable_cores()))
    return Site(Address(port), Keys(), films, Library(sessions, history))


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        if self.started:
            self._ready()


def _own_folder(folder: Path) -> int:
    """Make the folder, readable by its owner only, and lock it for this app."""
    place = folder / "sessions"
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        for each in (folder, place):
            each.chmod(0o700)
        held = os.open(place, os.O_RDONLY) if os.name != "nt" else os.open(os.devnull, os.O_RDONLY)
    except OSError as error:
        raise OutputError(
            f"the folder {folder} cannot be used: {error.strerror}",
            hint="Choose a folder that you may write to.",
            options=("folder",),
        ) from error
    try:
        lock(held)
    except BlockingIOError as error:
        os.close(held)
        raise UsageError(
            f"formcheck app runs already with the folder {folder}",
            hint="Go on there, or name another folder.",
            options=("folder",),
        ) from error
    except OSError:
        pass  # a file system without locks
    return held


def _listening(port: int) -> socket.socket:
    # Only where the protocol is named does asyncio turn off Nagle's algorithm; with it the end of
    # every answer waits 40 ms for the browser to acknowledge its beginning.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name != "nt":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((LOOPBACK, port))
    except OSError as error:
        listening.close()
        taken = error.errno == errno.EADDRINUSE
        reason = "another program uses it" if taken else error.strerror
        raise UsageError(
            f"the port {port} cannot be used: {reason}",
            hint="Choose another one, or leave it out.",
            options=("port",),
        ) from error
    return listening
