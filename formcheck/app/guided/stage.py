"""Where a guided session is shown and heard, and how the person says what to do next."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Literal, Protocol

from formcheck.app.live.presentation import AtThisMachine, Presentation
from formcheck.app.options import LiveOptions
from formcheck.coach.raised_hand import RaisedHand
from formcheck.coach.voice import Voice
from formcheck.data.arrays import ImageArray
from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample
from formcheck.screen.guided_words import KEYS_COUNTING, keys_before
from formcheck.screen.live_screen import Place, draw_card_on
from formcheck.screen.live_words import HAND_BEGINS, HandWords, MessageCard, hand_words, lost_card
from formcheck.screen.window import Screen, Window
from formcheck.video.camera import Waiting

GuidedWish = Literal["go", "skip", "repeat", "pause", "stop"]
"""What a person asks for: to begin, or one more time of a self-paced block; to leave a block out;
to do one again; to wait, or go on; to end the session."""

_KEYS: dict[str, GuidedWish] = {
    "space": "go",
    "enter": "go",
    "n": "skip",
    "r": "repeat",
    "p": "pause",
    "q": "stop",
    "escape": "stop",
    "closed": "stop",
}
_ENDING_KEYS = {"n": "next exercise", "r": "this exercise again"}


class GuidedStage(Protocol):
    """Shows and speaks between the blocks, makes what shows a block, and takes wishes.

    Attributes
    ----------
    keys_counting
        How to ask for something in a self-paced block, in words.
    """

    keys_counting: str

    def keys_before(self, *, sees: bool) -> str:
        """Say how to ask for something before a block; ``sees``: by a raised hand, too."""
        ...

    @property
    def can_ask(self) -> bool:
        """Whether the person can ask for anything: not without a window."""
        ...

    def presentation(self, options: LiveOptions) -> Presentation:
        """Make what shows and plays the session of a block."""
        ...

    def show(
        self, card: MessageCard, frame: Frame | None = None, sample: PoseSample | None = None
    ) -> None:
        """Show a card, over a frame if there is one; take what is asked for meanwhile."""
        ...

    def wait(self, waiting: Waiting) -> None:
        """Show that no frame arrives; called about ten times a second meanwhile."""
        ...

    def speak(self, sentence: str) -> None:
        """Speak a sentence, where there is a voice."""
        ...

    def asked(self) -> GuidedWish | None:
        """Return what was asked for since the last time; each wish once."""
        ...

    def close(self) -> None:
        """Free window and loudspeaker."""
        ...


class HandBetween:
    """A hand that is raised before a block begins it; one that stays up ends the session.

    Parameters
    ----------
    ask
        Takes what is asked for.
    """

    def __init__(self, ask: Callable[[GuidedWish], None]) -> None:
        self._ask = ask
        self._hand, self._last_s = RaisedHand(), -math.inf
        self._words: HandWords | None = None

    def update(self, sample: PoseSample | None) -> HandWords | None:
        """Take a pose, ``None`` where nobody looked; return what is said of a hand that is up."""
        if sample is None:
            return self._words
        if sample.t_s < self._last_s:  # the camera of another block
            self._hand = RaisedHand()
        self._last_s = sample.t_s
        hand = self._hand.update(sample, at_rest=True)
        if hand.sign is not None:
            self._ask("go" if hand.sign == "pause" else "stop")
        self._words = hand_words(hand, HAND_BEGINS)
        return self._words


class WindowStage:
    """A window and the loudspeakers of this machine, open for the whole session.

    Parameters
    ----------
    options
        Whether there is a window, sound and speech.
    screen
        Replaces the window.

    Raises
    ------
    DisplayError
        The window cannot be opened.
    """

    keys_before = staticmethod(keys_before)
    keys_counting = KEYS_COUNTING

    def __init__(self, options: LiveOptions, screen: Screen | None = None) -> None:
        if screen is None and not options.headless:
            screen = Window(full_screen=options.full_screen)
        self._screen = screen
        self._voice = Voice() if options.speech else None
        self._muted = options.muted
        self._block: AtThisMachine | None = None
        self._wishes: list[GuidedWish] = []
        self._mirror: ImageArray | None = None
        self._hand = HandBetween(self._wishes.append)

    @property
    def can_ask(self) -> bool:
        """Whether there is a window, whose keys are read."""
        return self._screen is not None

    def presentation(self, options: LiveOptions) -> Presentation:
        """Show a block in the same window."""
        self._block = AtThisMachine(
            replace(options, muted=self._is_muted, headless=self._screen is None),
            None if self._screen is None else _Lent(self._screen),
            ending_keys=_ENDING_KEYS,
            on_end=lambda key: self._wishes.append(_KEYS[key]),
        )
        return self._block

    def show(
        self,
        card: MessageCard,
        frame: Frame | None = None,
        sample: PoseSample | None = None,
    ) -> None:
        """Show a card in the window, read its keys, and see whether a hand is raised."""
        if self._screen is None:
            return
        if frame is not None:
            height, width = frame.image.shape[:2]
            self._mirror = Place.for_camera((width, height)).mirrored(frame.image)
        hand = self._hand.update(sample) if frame is not None else None
        self._screen.show(draw_card_on(self._mirror, card, hand))
        for key in self._screen.pressed():
            if key == "f":
                self._screen.toggle_full_screen()
            elif key in _KEYS:
                self._wishes.append(_KEYS[key])

    def wait(self, waiting: Waiting) -> None:
        """Show in the window that no frame arrives."""
        self.show(lost_card("The camera is sending no image: check it", waiting.for_s))

    def speak(self, sentence: str) -> None:
        """Speak a sentence, unless the sound is off."""
        if self._voice is not None and not self._is_muted:
            self._voice.say(sentence)

    def asked(self) -> GuidedWish | None:
        """Return the oldest wish that was not taken."""
        return self._wishes.pop(0) if self._wishes else None

    def close(self) -> None:
        """Close the window."""
        if self._voice is not None:
            self._voice.close()
        if self._screen is not None:
            self._screen.close()

    @property
    def _is_muted(self) -> bool:
        """Whether the sound is off; a key in the block before may have changed it."""
        return self._muted if self._block is None else self._block.muted


class _Lent:
    """A window that is closed by who lent it."""

    def __init__(self, screen: Screen) -> None:
        self.show, self.pressed = screen.show, screen.pressed
        self.toggle_full_screen = screen.toggle_full_screen

    def close(self) -> None:
        """Do nothing."""
