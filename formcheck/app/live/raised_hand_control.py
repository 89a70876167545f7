"""Control a live session with a raised hand: pause it, continue it, or end it.

The window (``viewer.py``) and the pages in the browser use it. ``coach/raised_hand.py`` detects the
hand in the poses.
"""

from __future__ import annotations

from collections.abc import Callable

from formcheck.app.live.outcome import StoppableSource
from formcheck.coach.raised_hand import RaisedHand
from formcheck.data.keypoints import PoseSample
from formcheck.screen.live_words import HAND_GOES_ON, HAND_PAUSES, HandWords, hand_words


class RaisedHandControl:
    """Watches for a raised hand during one session, and pauses or stops the source.

    Parameters
    ----------
    source
        The source of frames.
    on_end
        Called when a hand ends the session.
    """

    def __init__(self, source: StoppableSource, on_end: Callable[[], None]) -> None:
        self._source = source
        self._on_end = on_end
        self._hand = RaisedHand()

    def update(self, sample: PoseSample, *, at_rest: bool) -> HandWords | None:
        """Process one pose; return the text about a raised hand, ``None`` if there is none."""
        hand = self._hand.update(sample, at_rest=at_rest)
        paused = self._source.paused
        if hand.sign == "pause":
            self._source.pause(not paused)
        elif hand.sign == "end":
            self._on_end()
            self._source.stop()
        return hand_words(hand, HAND_GOES_ON if paused else HAND_PAUSES)
