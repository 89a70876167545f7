"""The app in a process of its own, which can be killed; its live sessions need no pose model.

``python tests/live_app.py FOLDER`` prints the secret link.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from child_processes import next_line
from live_page import serve_poses
from network_client import PageSocket, page_socket

from formcheck.app.options import AppOptions
from formcheck.web import server
from formcheck.web.live_sets.desk import LiveDesk

TESTS = Path(__file__).resolve().parent


@dataclass
class RunningApp:
    """An app that runs, and its secret link."""

    process: subprocess.Popen[str]
    link: str
    cookie: str = ""

    @property
    def origin(self) -> str:
        return self.link.partition("/enter")[0]

    def enter(self) -> RunningApp:
        """Exchange the link for a cookie."""
        token = self.link.partition("#")[2]
        answer = self._open("/enter", {"token": token})
        self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return self

    def ask(self, path: str, data: object = None) -> Any:
        """Get JSON, or post it."""
        return json.loads(self._open(path, data).read())

    def status(self, path: str) -> int:
        """The status of an answer."""
        try:
            return int(self._open(path).status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def _open(self, path: str, data: object = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{self.origin}{path}",
            None if data is None else json.dumps(data).encode(),
            {"Origin": self.origin, "Cookie": self.cookie},
        )
        return urllib.request.urlopen(request, timeout=60)  # noqa: S310

    def follow(self, session: str, kind: str = "camera") -> AbstractContextManager[PageSocket]:
        """Open a socket of a session."""
        address = f"{self.origin.replace('http', 'ws')}/live/{session}/socket?as={kind}"
        return page_socket(address, self.origin, self.cookie)


@dataclass
class ClientWire:
    """Through a socket of the network."""

    socket: PageSocket

    def send_picture(self, data: bytes) -> None:
        self.socket.send(data)

    def send_command(self, command: dict[str, Any]) -> None:
        self.socket.send(json.dumps(command))

    def receive(self) -> Iterator[dict[str, Any]]:
        try:
            yield json.loads(self.socket.receive(within_s=1.0))
        except TimeoutError:
            return


@contextmanager
def running_app(folder: Path, *command: str) -> Iterator[RunningApp]:
    """Run the app until the end of the block; another command may be given."""
    process = subprocess.Popen(
        [sys.executable, *(command or (str(Path(__file__)), str(folder)))],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])},
    )
    assert process.stdout is not None
    try:
        yield RunningApp(process, json.loads(next_line(process))["link"])
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


def main() -> None:
    """Serve it."""

    def ready(opened: server.StartLinks) -> None:
        sys.stdout.write(json.dumps({"link": opened.link}) + "\n")
        sys.stdout.flush()

    def trouble(text: str) -> None:
        sys.stderr.write(f"{text}\n")

    setattr(server, "LiveDesk", partial(LiveDesk, process_main=serve_poses))  # noqa: B010 - for mypy
    server.serve(AppOptions(browser=False, folder=Path(sys.argv[1])), ready, trouble)


if __name__ == "__main__":
    main()
