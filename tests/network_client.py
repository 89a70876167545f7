"""A client in the local network, for tests: by https and socket, trusting the app's certificate.

``from network_client import ...``
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio.from_thread import BlockingPortal, start_blocking_portal
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from formcheck.web.certificate import FILE_NAME

_END_S = 60.0


def trusting(folder: Path) -> ssl.SSLContext:
    """Trust the certificate of an app's folder, and no other."""
    return ssl.create_default_context(cafile=str(folder / FILE_NAME))


def asked(
    link: str, folder: Path, method: str, path: str, headers: dict[str, str], body: str = ""
) -> tuple[int, http.client.HTTPMessage, str]:
    """Ask over https, with a client that trusts the app's certificate and no other."""
    host, port = link.split("/")[2].split(":")
    connection = http.client.HTTPSConnection(host, int(port), context=trusting(folder), timeout=60)
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.headers, text


def let_in(link: str, folder: Path) -> dict[str, str]:
    """Exchange a link for a cookie; gives the headers of a page that has it."""
    origin, _, token = link.partition("/enter#")
    said = json.dumps({"token": token})
    status, headers, text = asked(link, folder, "POST", "/enter", {"Origin": origin}, said)
    assert status == 200, text
    return {"Origin": origin, "Cookie": headers["set-cookie"].partition(";")[0]}


@dataclass
class PageSocket:
    """A socket as a page has it; whatever is asked of it ends within a minute.

    It runs in an event loop of its own. The library's blocking client reads in a thread, which can
    wait for ever when an encrypted connection is closed.
    """

    portal: BlockingPortal
    connection: ClientConnection

    def send(self, message: str | bytes) -> None:
        """Send a message."""

        async def sent() -> None:
            with anyio.fail_after(_END_S):
                await self.connection.send(message)

        self.portal.call(sent)

    def receive(self, within_s: float = _END_S) -> str | bytes:
        """Wait for a message; a ``TimeoutError`` when none comes."""

        async def received() -> str | bytes:
            with anyio.fail_after(within_s):
                return await self.connection.recv()

        return self.portal.call(received)


@contextmanager
def page_socket(
    address: str, origin: str, cookie: str, ssl_context: ssl.SSLContext | None = None
) -> Iterator[PageSocket]:
    """Open a socket until the end of the block."""

    async def opened() -> ClientConnection:
        return await connect(
            address,
            ssl=ssl_context,
            origin=Origin(origin),
            additional_headers={"Cookie": cookie},
            open_timeout=_END_S,
            max_size=None,
            max_queue=None,  # what a test leaves unread does not keep the socket from closing
            proxy=None,
        )

    with start_blocking_portal() as portal:
        connection = portal.call(opened)
        try:
            yield PageSocket(portal, connection)
        finally:
            portal.call(connection.close)


def socket_to(
    folder: Path, path: str, headers: dict[str, str]
) -> AbstractContextManager[PageSocket]:
    """Open an encrypted socket in the network."""
    origin = headers["Origin"]
    address = f"{origin.replace('https', 'wss')}{path}"
    return page_socket(address, origin, headers["Cookie"], trusting(folder))
