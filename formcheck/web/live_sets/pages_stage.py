"""A guided session on pages: what is said between its blocks, and what is asked for."""

from __future__ import annotations

from queue import Empty, SimpleQueue

from formcheck.app.guided import GuidedWish, HandBetween
from formcheck.app.live.presentation import Presentation
from formcheck.app.options import LiveOptions
from formcheck.coach.sound import Heard
from formcheck.data.errors import SourceError
from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample
from formcheck.screen.guided_words import TAPS_COUNTING, taps_before
from formcheck.screen.live_words import HandWords, LiveWords, MessageCard
from formcheck.video.camera import OnWait, Waiting
from formcheck.video.camera.sent_pictures import PictureOfPage, SentPictureSource
from formcheck.web.live_sets.messages import FromProcess, Moment, Over, SetKept, Took
from formcheck.web.live_sets.page_camera import PageCamera
from formcheck.web.live_sets.page_display import OnPages, Send, waiting_card
from formcheck.web.live_sets.wire import Letter, Wish

_SIZE_PX = (640, 480)
"""What a card is laid out for before the first picture."""
_WISHES: dict[str, GuidedWish] = {
    "go": "go",
    "skip": "skip",
    "repeat": "repeat",
    "pause": "pause",
    "go_on": "pause",
    "end": "stop",
}


class PagesStage:
    """Shows and speaks on every page that follows, and takes the wishes of the one with the camera.

    Parameters
    ----------
    camera
        The page's camera.
    send
        Sends a message to the pages.
    """

    keys_before, keys_counting = staticmethod(taps_before), TAPS_COUNTING
    can_ask = True

    def __init__(self, camera: PageCamera, send: Send) -> None:
        self._camera = camera
        self._send = send
        self._wishes: SimpleQueue[GuidedWish] = SimpleQueue()
        self._in_block = False
        self._source: SentPictureSource | None = None
        self._hand = HandBetween(self._wishes.put)
        self._sentence = ""
        self._shown: MessageCard = ()
        self._size_px = _SIZE_PX
        camera.takes = self._takes

    # --- for the run ------------------------------------------------------------------------

    def open_camera(self, on_wait: OnWait) -> SentPictureSource:
        """Open the page's camera for a block, once its first picture is there."""
        source = self._camera.open(self._took, on_wait)
        self._source = source
        try:
            source.wait_for_first()
        except SourceError:
            if self._camera.ended:
                raise KeyboardInterrupt from None  # nothing has been recorded yet
            raise
        return source

    def presentation(self, options: LiveOptions) -> Presentation:  # noqa: ARG002
        """Show a block on the pages."""
        if self._source is None:
            raise RuntimeError("open_camera() comes first")
        self._in_block = True
        return OnPages(self._source, self._send_of_block, on_end=self._stop)

    def show(
        self, card: MessageCard, frame: Frame | None = None, sample: PoseSample | None = None
    ) -> None:
        """Show a card; over a frame a raised hand asks for the block to begin, or stops."""
        self._in_block = False
        if frame is None:
            if card != self._shown or self._sentence:
                self._shown = card
                self._send_moment(0, 0.0, card)
            return
        self._shown = ()
        self._size_px = frame.image.shape[1], frame.image.shape[0]
        hand = self._hand.update(sample)
        number = None if self._source is None else self._source.number_at(frame.captured_s)
        self._send_moment(number or 0, frame.t_s, card, hand)

    def wait(self, waiting: Waiting) -> None:
        """Show that no picture arrives."""
        self.show(waiting_card(waiting))

    def speak(self, sentence: str) -> None:
        """Speak a sentence with the next card."""
        self._sentence = sentence

    def asked(self) -> GuidedWish | None:
        """Return the oldest wish that was not taken."""
        try:
            return self._wishes.get_nowait()
        except Empty:
            return None

    def close(self) -> None:
        """Do nothing: pages close by themselves."""

    # --- from pages ---------------------------------------------------------------------------

    def _takes(self, wish: Wish) -> bool:
        """Take what a page asks for; within a block, a pause is left to its source."""
        asked = _WISHES.get(wish.do)
        if asked is None or (asked in ("go", "pause") and self._in_block):
            return wish.do == "go"
        self._wishes.put(asked)
        if self._in_block:
            self._camera.stop()
        return wish.do != "end"

    def _stop(self) -> None:
        self._wishes.put("stop")

    # --- to pages -------------------------------------------------------------------------------

    def _send_moment(
        self, number: int, t_s: float, card: MessageCard, hand: HandWords | None = None
    ) -> None:
        heard = Heard(sentence=self._sentence) if self._sentence else None
        self._sentence = ""
        moment = Moment(
            number,
            t_s,
            size=self._size_px,
            unit_px=1.0,
            words=LiveWords(card=card),
            heard=heard,
            hand=hand,
            tap="go",
        )
        self._send(moment, b"m" if heard is None else b"s")

    def _send_of_block(self, message: FromProcess, letter: Letter) -> None:
        """Send what a block says; that it is saved, or over, is not the end of the session."""
        if not isinstance(message, SetKept | Over):
            self._send(message, letter)

    def _took(self, picture: PictureOfPage) -> None:
        self._send(Took(picture.number, picture.clock_name), b"t")
