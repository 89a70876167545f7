"""Serve the app on this computer and, on request, in the local network (LAN).

:func:`serve` is called by ``formcheck app``: it locks the app's folder, opens the sockets, makes
the site, and runs until Ctrl-C. There are up to two servers for the same site: one for this
computer only, without encryption, and one with https for the network. The first starts and ends the
second.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.types import ASGIApp

from formcheck.app.options import AppOptions
from formcheck.app.worker_process import usable_cores
from formcheck.data.errors import OutputError, UsageError
from formcheck.store.history.database import default_path, user_folder
from formcheck.store.lock import lock
from formcheck.web.access import Address
from formcheck.web.application import application
from formcheck.web.film_queue import FilmQueue, workers_for
from formcheck.web.keys import KeyRole, Keys
from formcheck.web.library import Library
from formcheck.web.live_sets.desk import LiveDesk
from formcheck.web.live_sets.wire import LARGEST_PICTURE_BYTES
from formcheck.web.network import lan_addresses
from formcheck.web.shared_films import SharedFilms
from formcheck.web.site import Site

if TYPE_CHECKING:
    from formcheck.web.invitations import Invitation

LOOPBACK = "127.0.0.1"

LAN_PORT = 8443
"""Port in the network; another one if it is taken. It should stay the same, since some browsers
remember for each port that the user accepted the certificate. Our choice."""
_MOST_LAN_CONNECTIONS = 100
"""Most connections from the network. Our choice: enough for a room full of phones and screens, and
a limit for a device that opens connections without end."""

_END_S = 5
"""How long uploads may continue after Ctrl-C. Our choice."""


@dataclass(frozen=True)
class StartLinks:
    """The links that are printed when the app has started.

    Attributes
    ----------
    link
        Link for this computer, with all rights.
    phone, screen
        The first link for a phone and for a screen; ``None`` if the app is not open to the network.
    fingerprint
        Fingerprint of the certificate, about which a browser warns; empty without the network.
    """

    link: str
    phone: Invitation | None = None
    screen: Invitation | None = None
    fingerprint: str = ""


Ready = Callable[[StartLinks], None]
"""Called once, when the pages can be opened."""


Trouble = Callable[[str], None]
"""Called with one line about an unexpected error in the server."""


def serve(options: AppOptions, ready: Ready, trouble: Trouble) -> None:
    """Serve the app until it is interrupted.

    Raises
    ------
    UsageError
        The port is taken, another app uses the folder, or there is no local network.
    OutputError
        The folder cannot be used.
    """
    folder = options.folder or user_folder()
    with contextlib.ExitStack() as held:
        held.callback(os.close, _locked_folder(folder))
        own_socket = held.enter_context(_listening(LOOPBACK, options.port))
        in_network = _listening_in_network() if options.lan else ()
        for one in in_network:
            held.enter_context(one)
        site = site_in(folder, own_socket.getsockname()[1], network=_network(folder, in_network))
        app = application(site)
        lan_server = _LanServer(_lan_config(app, folder)) if options.lan else None
        server = _Server(_config(app), lambda: ready(_start_links(site)), lan_server, in_network)
        held.enter_context(_logged_to(trouble))
        server.run(sockets=[own_socket])


def site_in(
    folder: Path, port: int, history: Path | None = None, network: Network | None = None
) -> Site:
    """Return the site of a folder: queue of films, sessions, live sessions, and no keys yet."""
    history = history or default_path()
    sessions = folder / "sessions"
    films = FilmQueue(folder / "queue", sessions, history, workers_for(usable_cores()))
    network = network or Network()
    address = Address(port, network.addresses, network.port)
    live = LiveDesk(sessions, history, films)
    shared = SharedFilms(sessions, lambda: live.current is not None)
    library = Library(sessions, history)
    return Site(address, Keys(), films, library, live, shared, network.fingerprint)


def _start_links(site: Site) -> StartLinks:
    link = f"{site.address.origin}/enter#{site.keys.new_link(KeyRole.OWNER)}"
    if not site.address.lan_addresses:
        return StartLinks(link)
    from formcheck.web.invitations import invite

    pairing = site.keys.new_pairing().id
    phone, screen = (
        invite(site.address, site.keys, role, pairing)[0]
        for role in (KeyRole.PHONE, KeyRole.SCREEN)
    )
    return StartLinks(link, phone, screen, site.fingerprint)


# --- serving -------------------------------------------------------------------------------


class _ErrorPlaceLog(logging.Handler):
    """Reports the type and place of an error, but not its text, which may contain a film's name."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(logging.ERROR)
        self._trouble = trouble

    def emit(self, record: logging.LogRecord) -> None:
        """Report one error."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None or isinstance(error, OSError | asyncio.CancelledError):
            return  # a connection that broke, or was closed at the end of the app
        where = traceback.extract_tb(error.__traceback__)
        place = f" in {Path(where[-1].filename).name}, line {where[-1].lineno}" if where else ""
        self._trouble(f"a request failed: {type(error).__name__}{place}")


@contextlib.contextmanager
def _logged_to(trouble: Trouble) -> Iterator[None]:
    """Report errors logged by the server and the event loop, instead of printing them."""
    handler = _ErrorPlaceLog(trouble)
    loggers = [logging.getLogger(name) for name in ("uvicorn", "asyncio")]
    for one in loggers:
        one.addHandler(handler)
    try:
        yield
    finally:
        for one in loggers:
            one.removeHandler(handler)


def _config(app: ASGIApp, **about: Any) -> uvicorn.Config:
    # No access log: its lines would contain addresses of devices. No proxy headers: with them, a
    # request could pretend to come from this computer.
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_END_S,
        ws="websockets-sansio",
        ws_max_size=LARGEST_PICTURE_BYTES,
        ws_per_message_deflate=False,  # pictures are compressed already
        **about,
    )


class _Server(uvicorn.Server):
    """Server for this computer; starts the server for the network, and reports when both listen."""

    def __init__(
        self,
        config: uvicorn.Config,
        ready: Callable[[], None],
        lan_server: _LanServer | None,
        in_network: Sequence[socket.socket],
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._lan_server = lan_server
        self._in_network = list(in_network)
        self._lan_running: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen."""
        await super().startup(sockets)
        if not self.started:
            return
        if self._lan_server is not None:
            self._lan_running = asyncio.create_task(self._lan_server.serve(self._in_network))
            await self._lan_server.listening.wait()
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; first the server for the network, which uses what this one closes."""
        if self._lan_server is not None and self._lan_running is not None:
            self._lan_server.should_exit = True
            self._lan_server.force_exit = self.force_exit
            await self._lan_running
        await super().shutdown(sockets)


class _LanServer(uvicorn.Server):
    """Server for the local network; it ignores Ctrl-C, as :class:`_Server` stops it."""

    def __init__(self, config: uvicorn.Config) -> None:
        config.load()  # an unusable certificate is reported here, not while the server runs
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install no signal handlers."""
        yield


# --- the network ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Network:
    """How the app can be reached in the local network; by default not at all.

    Attributes
    ----------
    addresses, port
        IP addresses and port of this computer in the network.
    fingerprint
        Fingerprint of the certificate.
    """

    addresses: tuple[str, ...] = ()
    port: int = 0
    fingerprint: str = ""


def _network(folder: Path, listening: Sequence[socket.socket]) -> Network:
    if not listening:
        return Network()
    from formcheck.web.certificate import certificate_for

    addresses = tuple(str(one.getsockname()[0]) for one in listening)
    certificate = certificate_for(folder, addresses)
    return Network(addresses, listening[0].getsockname()[1], certificate.fingerprint)


def _lan_config(app: ASGIApp, folder: Path) -> uvicorn.Config:
    from formcheck.web.certificate import FILE_NAME

    return _config(
        app,
        lifespan="off",
        ssl_certfile=folder / FILE_NAME,
        limit_concurrency=_MOST_LAN_CONNECTIONS,
    )


def _listening_in_network() -> tuple[socket.socket, ...]:
    """Return listening sockets for each local network, all with the same port."""
    addresses = lan_addresses()
    if not addresses:
        raise UsageError(
            "this computer is not in a local network",
            hint="Connect it to the same network as the phone, then start formcheck again.",
            options=("lan",),
        )
    with contextlib.suppress(UsageError):
        return _listening_on_each(addresses, LAN_PORT)
    return _listening_on_each(addresses, 0)


def _listening_on_each(addresses: Sequence[str], port: int) -> tuple[socket.socket, ...]:
    """Return a listening socket for each address; port 0 means any free port, the same for all."""
    with contextlib.ExitStack() as undo:
        found = [undo.enter_context(_listening(addresses[0], port))]
        port = found[0].getsockname()[1]
        found += [undo.enter_context(_listening(one, port)) for one in addresses[1:]]
        undo.pop_all()
        return tuple(found)


def _locked_folder(folder: Path) -> int:
    """Create the folder, readable by its owner only, and lock it for this process.

    The lock lasts until the returned file descriptor is closed.
    """
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
            f"formcheck app is already running with the folder {folder}",
            hint="Use the page that is open, or choose another folder.",
            options=("folder",),
        ) from error
    except OSError:
        pass  # a file system without locks
    return held


def _listening(address: str, port: int) -> socket.socket:
    """Return a socket that is bound to the address; port 0 means any free port."""
    # asyncio turns off Nagle's algorithm only if the protocol is named. Otherwise the end of each
    # answer is delayed by 40 ms, until the browser has acknowledged its beginning.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name != "nt":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
    except OSError as error:
        listening.close()
        taken = error.errno == errno.EADDRINUSE
        reason = "another program uses it" if taken else error.strerror
        raise UsageError(
            f"the port {port} cannot be used: {reason}",
            hint="Choose another port, or none: then a free one is taken.",
            options=("port",),
        ) from error
    return listening
