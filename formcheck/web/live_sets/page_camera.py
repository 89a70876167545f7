"""The camera of a page, as seen from the process of a live session.

The page's pictures and commands arrive in a thread. This module passes them to the source of frames
(``SentPictureSource``) that is open; a guided session opens one source after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from formcheck.data.frame import SentPicture
from formcheck.video.camera import OnWait
from formcheck.video.camera.sent_pictures import PictureOfPage, SentPictureSource
from formcheck.web.live_sets.wire import PageCommand


class PageCamera:
    """Opens sources of frames, and passes them what the page sends.

    Parameters
    ----------
    name
        The page's name for its camera.
    mirrored, turn_deg
        See :class:`SentPictureSource`.

    Attributes
    ----------
    takes
        Gets each command first; returns whether the command is dealt with. Otherwise it goes to
        the source.
    ended
        Whether the page or the server has ended the session.
    """

    def __init__(self, name: str, *, mirrored: bool, turn_deg: int) -> None:
        self._name = name
        self._mirrored, self._turn_deg = mirrored, turn_deg
        self._lock = Lock()
        self._source: SentPictureSource | None = None
        self._joined: tuple[str, float] | None = None
        self._newest: SentPicture | None = None
        self.takes: Callable[[PageCommand], bool] = lambda _: False
        self.ended = False

    def open(self, on_take: Callable[[PictureOfPage], None], on_wait: OnWait) -> SentPictureSource:
        """Open a source that yields the newest picture and all later ones."""
        source = SentPictureSource(
            self._name,
            on_take=on_take,
            on_wait=on_wait,
            mirrored=self._mirrored,
            turn_deg=self._turn_deg,
        )
        with self._lock:
            self._source = source
            if self._joined is not None:
                source.join(*self._joined)
            if self._newest is not None:  # the page may wait for it before it sends another one
                source.put(self._newest)
            if self.ended:
                source.stop()
        return source

    def put(self, picture: SentPicture) -> None:
        """Pass a picture to the open source."""
        with self._lock:
            self._newest = picture
            if self._source is not None:
                self._source.put(picture)

    def do(self, command: PageCommand) -> None:
        """Carry out a command of the page."""
        if self.takes(command):
            return
        with self._lock:
            source = self._source
            match command.do:
                case "join":
                    self._joined = command.clock, command.ahead_s
                    if source is not None:
                        source.join(*self._joined)
                case "away" if source is not None:
                    source.away()
                case "pause" | "go_on" if source is not None:
                    source.pause(command.do == "pause")
                case "end":
                    self._end()

    def stop(self) -> None:
        """Stop the source that is open; the next one can be opened."""
        with self._lock:
            if self._source is not None:
                self._source.stop()

    def end(self) -> None:
        """End the session."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        self.ended = True
        if self._source is not None:
            self._source.stop()
