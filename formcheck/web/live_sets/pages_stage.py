"""Screen, voice and commands of a guided session in the browser, between its blocks.

It is what ``app/guided/stage.WindowStage`` is for a window: it shows cards on the pages, speaks
through them, and reads the commands that come from buttons, taps and a raised hand.
"""

from __future__ import annotations

from queue import Empty, SimpleQueue

from formcheck.app.guided import GuidedCommand, HandBetween
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
from formcheck.web.live_sets.messages import FromProcess, Moment, Over, PictureTaken, SessionSaved
from formcheck.web.live_sets.page_camera import PageCamera
from formcheck.web.live_sets.page_display import OnPages, Send, waiting_card
from formcheck.web.live_sets.wire import (
    MOMENT,
    MOMENT_WITH_SOUND,
    PICTURE_TAKEN,
    Letter,
    PageCommand,
)

_SIZE_PX = (640, 480)
"""Size for which a card is laid out before the first picture arrives."""
_CARD_ONLY = 0
"""Number of a message that belongs to no picture."""
_COMMANDS: dict[str, GuidedCommand] = {
    "go": "go",
    "skip": "skip",
    "repeat": "repeat",
    "pause": "pause",
    "go_on": "pause",
    "end": "stop",
}


class PagesStage:
    """Shows and speaks on all pages of the session; reads commands of the page with the camera.

    Parameters
    ----------
    camera
        The page's camera, which also passes on the page's commands.
    send
        Sends a message to the pages.
    """

    keys_before, keys_counting = staticmethod(taps_before), TAPS_COUNTING
    can_ask = True

    def __init__(self, camera: PageCamera, send: Send) -> None:
        self._camera = camera
        self._send = send
        self._commands: SimpleQueue[GuidedCommand] = SimpleQueue()
        self._in_block = False
        self._source: SentPictureSource | None = None
        self._hand = HandBetween(self._commands.put)
        self._sentence = ""
        self._shown: MessageCard = ()
        self._size_px = _SIZE_PX
        camera.takes = self._take_command

    # --- used by GuidedRun ------------------------------------------------------------------

    def open_camera(self, on_wait: OnWait) -> SentPictureSource:
        """Open the page's camera for a block, and wait for its first picture."""
        source = self._camera.open(self._picture_taken, on_wait)
        self._source = source
        try:
            source.wait_for_first()
        except SourceError:
            if self._camera.ended:
                raise KeyboardInterrupt from None  # nothing has been recorded yet
            raise
        return source

    def presentation(self, options: LiveOptions) -> Presentation:  # noqa: ARG002
        """Return what shows the session of a block on the pages and plays its sounds."""
        if self._source is None:
            raise RuntimeError("open_camera() comes first")
        self._in_block = True
        return OnPages(self._source, self._send_of_block, on_end=self._stop)

    def show(
        self, card: MessageCard, frame: Frame | None = None, sample: PoseSample | None = None
    ) -> None:
        """Show a card, over a frame if one is given; a raised hand begins the block, or stops."""
        self._in_block = False
        if frame is None:
            if card != self._shown or self._sentence:
                self._shown = card
                self._send_moment(_CARD_ONLY, 0.0, card)
            return
        self._shown = ()
        self._size_px = frame.image.shape[1], frame.image.shape[0]
        hand = self._hand.update(sample)
        number = None if self._source is None else self._source.number_at(frame.captured_s)
        self._send_moment(number or _CARD_ONLY, frame.t_s, card, hand)

    def wait(self, waiting: Waiting) -> None:
        """Show that no picture arrives."""
        self.show(waiting_card(waiting))

    def speak(self, sentence: str) -> None:
        """Speak a sentence with the next card."""
        self._sentence = sentence

    def next_command(self) -> GuidedCommand | None:
        """Return the oldest command that was not returned yet; ``None`` if there is none."""
        try:
            return self._commands.get_nowait()
        except Empty:
            return None

    def close(self) -> None:
        """Do nothing: pages close by themselves."""

    # --- messages from pages ------------------------------------------------------------------

    def _take_command(self, command: PageCommand) -> bool:
        """Take a page's command; return whether it is dealt with.

        During a block, a pause is left to the source of frames, and a late "go" is ignored.
        """
        asked = _COMMANDS.get(command.do)
        if asked is None or (asked in ("go", "pause") and self._in_block):
            return command.do == "go"
        self._commands.put(asked)
        if self._in_block:
            self._camera.stop()
        return command.do != "end"  # the camera has to end as well

    def _stop(self) -> None:
        self._commands.put("stop")

    # --- messages to pages ----------------------------------------------------------------------

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
        self._send(moment, MOMENT if heard is None else MOMENT_WITH_SOUND)

    def _send_of_block(self, message: FromProcess, letter: Letter) -> None:
        """Send a message of a block's session, unless it says that this session is saved or over.

        The guided session itself is not over then.
        """
        if not isinstance(message, SessionSaved | Over):
            self._send(message, letter)

    def _picture_taken(self, picture: PictureOfPage) -> None:
        self._send(PictureTaken(picture.number, picture.clock_name), PICTURE_TAKEN)
