"""The camera of a page: its pictures and wishes go to the source that is open."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from formcheck.data.frame import SentPicture
from formcheck.video.camera import OnWait
from formcheck.video.camera.sent_pictures import PictureOfPage, SentPictureSource
from formcheck.web.live_sets.wire import Wish


class PageCamera:
    """Gives one source after the other; the thread that receives hands on what the page sends.

    Parameters
    ----------
    name
        What the page calls its camera.
    mirrored, turn_deg
        As for :class:`SentPictureSource`.

    Attributes
    ----------
    takes
        Takes a wish before the source does; returns whether that is all it asks for.
    ended
        Whether the page, or the server, has ended the session.
    """

    def __init__(self, name: str, *, mirrored: bool, turn_deg: int) -> None:
        self._name = name
        self._mirrored, self._turn_deg = mirrored, turn_deg
        self._lock = Lock()
        self._source: SentPictureSource | None = None
        self._joined: tuple[str, float] | None = None
        self._newest: SentPicture | None = None
        self.takes: Callable[[Wish], bool] = lambda _: False
        self.ended = False

    def open(self, on_take: Callable[[PictureOfPage], None], on_wait: OnWait) -> SentPictureSource:
        """Open a source for the pictures from the newest one on."""
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
            if self._newest is not None:  # its page may wait for it before it sends another one
                source.put(self._newest)
            if self.ended:
                source.stop()
        return source

    def put(self, picture: SentPicture) -> None:
        """Hand on a picture."""
        with self._lock:
            self._newest = picture
            if self._source is not None:
                self._source.put(picture)

    def do(self, wish: Wish) -> None:
        """Do what a page asks for."""
        if self.takes(wish):
            return
        with self._lock:
            source = self._source
            match wish.do:
                case "join":
                    self._joined = wish.clock, wish.ahead_s
                    if source is not None:
                        source.join(*self._joined)
                case "away" if source is not None:
                    source.away()
                case "pause" | "go_on" if source is not None:
                    source.pause(wish.do == "pause")
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
