"""A client in the local network, for tests: by https and socket, trusting the app's certificate.

``from network_client import ...``
"""

from __future__ import annotations

import http.client
import json
import ssl
from pathlib import Path

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from formcheck.web.certificate import FILE_NAME


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


def socket_to(folder: Path, path: str, headers: dict[str, str]) -> ClientConnection:
    """Open a socket."""
    return connect(
        f"{headers['Origin'].replace('https', 'wss')}{path}",
        ssl=trusting(folder),
        origin=Origin(headers["Origin"]),
        additional_headers={"Cookie": headers["Cookie"]},
        max_size=None,
        max_queue=None,  # what a test leaves unread does not keep the socket from closing
    )
