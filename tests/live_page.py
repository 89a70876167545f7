"""A page with a camera that follows a script: pictures that stand for recorded poses.

``from live_page import ...``; the process of a session imports this module by itself.
"""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from io import BytesIO
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

import anyio
import numpy as np
from live_sessions import recording
from PIL import Image

from formcheck.data.arrays import ImageArray
from formcheck.data.frame import Frame, SentPicture
from formcheck.data.keypoints import PoseSample
from formcheck.pose.estimator import ModelInfo
from formcheck.store.journal import JOURNAL_NAME
from formcheck.store.sealed import unsealed
from formcheck.store.session_file import from_plain
from formcheck.web.live_sets.live_process import serve_session
from formcheck.web.live_sets.wire import packed_picture

BITS, BLOCK = 12, 8
SIZE_PX = (BITS * BLOCK, 48)
TIMEOUT_S = 30.0
STARTED_S = time.monotonic()
IN_AN_HOUR_S = 3600.0


def numbered_jpeg(number: int) -> bytes:
    """A picture that holds its number in black and white squares, which JPEG does not spoil."""
    image = np.full((SIZE_PX[1], SIZE_PX[0]), 128, np.uint8)
    for bit in range(BITS):
        image[:BLOCK, bit * BLOCK : (bit + 1) * BLOCK] = 255 * (number >> bit & 1)
    file = BytesIO()
    Image.fromarray(image).convert("RGB").save(file, "JPEG", quality=90)
    return file.getvalue()


def number_in(image: ImageArray) -> int:
    """The number of a :func:`numbered_jpeg`."""
    middle = BLOCK // 2
    return sum(1 << bit for bit in range(BITS) if image[middle, bit * BLOCK + middle].mean() > 127)


class PosesByPicture:
    """Gives the recorded pose that belongs to the number in a picture."""

    model = ModelInfo("recorded", "0" * 64)

    def __init__(self, name: str) -> None:
        self._samples = recording(name).samples

    def begin(self, frame: Frame) -> None:
        pass

    def estimate(self, frame: Frame) -> PoseSample:
        number = min(number_in(frame.image), len(self._samples) - 1)
        return replace(self._samples[number], t_s=frame.t_s)

    peek = estimate

    def close(self) -> None:
        pass


CLIP = "step_down_front_left"


def serve_poses(pipe: Connection) -> None:
    """Body of a process that measures recorded poses in place of pictures."""
    serve_session(pipe, partial(PosesByPicture, CLIP))


class Wire(Protocol):
    """How a page talks to the server."""

    def send_picture(self, data: bytes) -> None: ...

    def send_command(self, command: dict[str, Any]) -> None: ...

    def receive(self) -> Iterator[dict[str, Any]]:
        """Wait for what comes next; nothing at the end."""
        ...


@dataclass
class ScriptedPage:
    """Sends the pictures of a clip, two on the way at most, on a clock of its own.

    It says that they were taken in an hour, so that none is ever late, however fast it sends them.
    """

    wire: Wire
    clock: str = "page 1"
    number: int = 0
    acknowledged: int = 0
    told: list[dict[str, Any]] = field(default_factory=list)
    ahead_of_us_s: float = 100.0
    later_s: float = 0.0

    def join(self) -> ScriptedPage:
        """Join, and say what time it is here."""
        page_s = time.monotonic() + self.ahead_of_us_s
        self.wire.send_command({"do": "join", "clock": self.clock, "page_s": page_s})
        return self

    def send(self, number: int, lost_before: int = 0) -> None:
        """Send a picture of the clip."""
        self.number += 1
        taken_s = STARTED_S + self.ahead_of_us_s + IN_AN_HOUR_S + self.later_s + number / 30
        jpeg = numbered_jpeg(max(number, 0))
        self.wire.send_picture(packed_picture(SentPicture(self.number, lost_before, taken_s, jpeg)))

    def begin(self) -> ScriptedPage:
        """Send the first picture until the session has begun."""
        self.send(-30)
        return self.until(lambda: self.acknowledged >= 1)

    def play(self, *numbers: int) -> ScriptedPage:
        """Send pictures of the clip, each as soon as the one before the last was looked at."""
        for number in numbers:
            self.send(number)
            self.until(lambda: self.acknowledged >= self.number - 1)
        return self

    def until(self, is_so: Callable[[], object]) -> ScriptedPage:
        """Take what is told until something is so."""
        deadline = time.monotonic() + TIMEOUT_S
        while not is_so():
            assert time.monotonic() < deadline, "it did not happen in time"
            for message in self.wire.receive():
                self.told.append(message)
                if message["kind"] == "took" and message["clock"] == self.clock:
                    self.acknowledged = max(self.acknowledged, message["number"])
        return self

    def command(self, what: str) -> ScriptedPage:
        self.wire.send_command({"do": what})
        return self

    def last(self, kind: str) -> dict[str, Any] | None:
        """The last message of a kind."""
        return next((one for one in reversed(self.told) if one["kind"] == kind), None)

    def known(self) -> dict[str, Any]:
        """The last moment at which something was known."""
        found = (one for one in reversed(self.told) if one["kind"] == "moment" and "words" in one)
        return next(found)

    @property
    def count(self) -> int:
        """The count on the screen."""
        found = next((one for one in reversed(self.told) if _in_set(one)), None)
        return 0 if found is None else int(found["words"]["in_set"]["count"])

    @property
    def corner(self) -> str:
        """The words in the corner of the screen, empty without any."""
        found = next((one for one in reversed(self.told) if _in_set(one)), None)
        words = found and found["words"]["in_set"]["corner"]
        return str(words["text"]) if words else ""

    def is_over(self) -> bool:
        return self.last("over") is not None


def _in_set(message: dict[str, Any]) -> bool:
    return bool(message.get("words") and message["words"]["in_set"])


@dataclass
class SocketWire:
    """Through a socket of starlette's test client."""

    socket: Any

    def send_picture(self, data: bytes) -> None:
        self.socket.send_bytes(data)

    def send_command(self, command: dict[str, Any]) -> None:
        self.socket.send_text(json.dumps(command))

    def receive(self) -> Iterator[dict[str, Any]]:
        async def next_message() -> Any:
            with anyio.move_on_after(1.0):
                return await self.socket._send_rx.receive()

        message = self.socket.portal.call(next_message)
        if message is not None and message["type"] == "websocket.send":
            yield json.loads(message["text"])


@dataclass
class PlainWire:
    """By requests, where sockets are blocked."""

    client: Any
    session: str
    follower: str = ""
    waiting: list[dict[str, Any]] = field(default_factory=list)

    def _post(self, where: str, content: bytes = b"") -> None:
        path = f"/live/{self.session}/{where}?follower={self.follower}"
        answer = self.client.post(path, content=content)
        assert answer.status_code == 200, answer.text
        self.waiting += answer.json()["messages"]

    def send_picture(self, data: bytes) -> None:
        self._post("pictures", data)

    def send_command(self, command: dict[str, Any]) -> None:
        if command["do"] == "join":
            answer = self.client.post(f"/live/{self.session}/join?as=camera", json=command)
            self.follower = answer.json()["follower"]
        else:
            self._post("do", json.dumps(command).encode())

    def receive(self) -> Iterator[dict[str, Any]]:
        if not self.waiting:
            self._post("do")
        found, self.waiting = self.waiting, []
        yield from found


def told_to_screen(data: bytes) -> Iterator[tuple[dict[str, Any], bytes]]:
    """What a screen is sent: messages, and the picture that belongs to each."""
    while data:
        words, picture = struct.unpack("<II", data[:8])
        yield json.loads(data[8 : 8 + words]), data[8 + words : 8 + words + picture]
        data = data[8 + words + picture :]


def reps_on_disk(folder: Path) -> int:
    """How many repetitions of a session that runs a kill would leave.

    Pictures come here faster than from a camera, so that one that is counted may not be there yet.
    """
    lines = (folder / JOURNAL_NAME).read_bytes().split(b"\n")[:-1]
    return sum(len(from_plain(unsealed(line)).reps) for line in lines)


CLIP_LENGTH = len(recording(CLIP).samples)
FIRST_REP, SECOND_REP, THIRD_REP = 200, 365, 485
"""By these pictures the clip's first repetitions are closed."""
