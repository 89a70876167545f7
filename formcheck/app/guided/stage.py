"""Screen, voice and keys of a guided session between its blocks.

:class:`GuidedStage` is what ``guided_run.py`` needs: show a card, speak a sentence, return the
person's commands (such as skip or pause), and make the display of a block. :class:`WindowStage`
does this with a window and the loudspeaker of this computer; the browser app has another one in
``formcheck/web/live_sets/pages_stage.py``.
"""

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

GuidedCommand = Literal["go", "skip", "repeat", "pause", "stop"]
"""A command of the person.

``go``: begin the block; in a self-paced block: one more lap is done. ``skip``: leave out this
block. ``repeat``: do the previous or present block again. ``pause``: pause, or continue. ``stop``:
end the guided session."""

_KEYS: dict[str, GuidedCommand] = {
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
    """Shows and speaks between the blocks, makes the display of a block, and reads commands.

    Attributes
    ----------
    keys_counting
        Text that names the keys (or taps) in a self-paced block.
    """

    keys_counting: str

    def keys_before(self, *, sees: bool) -> str:
        """Return the text that names the keys (or taps) before a block.

        ``sees`` says whether there is a camera, so that a raised hand can be used, too.
        """
        ...

    @property
    def can_ask(self) -> bool:
        """Whether the person can give commands; without a window they cannot."""
        ...

    def presentation(self, options: LiveOptions) -> Presentation:
        """Return what shows the session of a block and plays its sounds."""
        ...

    def show(
        self, card: MessageCard, frame: Frame | None = None, sample: PoseSample | None = None
    ) -> None:
        """Show a card, over the frame if one is given, and read new commands."""
        ...

    def wait(self, waiting: Waiting) -> None:
        """Show that no frame arrives; called about ten times a second until one does."""
        ...

    def speak(self, sentence: str) -> None:
        """Speak a sentence, if there is a voice."""
        ...

    def next_command(self) -> GuidedCommand | None:
        """Return the oldest command that was not returned yet; ``None`` if there is none."""
        ...

    def close(self) -> None:
        """Free window and loudspeaker."""
        ...


class HandBetween:
    """Turns a raised hand before a block into a command.

    A raised hand begins the block; a hand that stays up longer ends the session.

    Parameters
    ----------
    ask
        Called with the command.
    """

    def __init__(self, ask: Callable[[GuidedCommand], None]) -> None:
        self._ask = ask
        self._hand, self._last_s = RaisedHand(), -math.inf
        self._words: HandWords | None = None

    def update(self, sample: PoseSample | None) -> HandWords | None:
        """Process a pose (``None`` for a frame not analyzed); return the text about a raised hand.

        ``None`` if no hand is raised.
        """
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
    """A window and the loudspeaker of this computer, open for the whole guided session.

    Parameters
    ----------
    options
        Whether there is a window, sound and speech.
    screen
        Used instead of a window, for example in a test.

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
        self._commands: list[GuidedCommand] = []
        self._mirror: ImageArray | None = None
        self._hand = HandBetween(self._commands.append)

    @property
    def can_ask(self) -> bool:
        """Whether there is a window, whose keys are read."""
        return self._screen is not None

    def presentation(self, options: LiveOptions) -> Presentation:
        """Show a block in the same window."""
        self._block = AtThisMachine(
            replace(options, muted=self._is_muted, headless=self._screen is None),
            None if self._screen is None else _SharedScreen(self._screen),
            ending_keys=_ENDING_KEYS,
            on_end=lambda key: self._commands.append(_KEYS[key]),
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
                self._commands.append(_KEYS[key])

    def wait(self, waiting: Waiting) -> None:
        """Show in the window that no frame arrives."""
        self.show(lost_card("The camera is sending no image: check it", waiting.for_s))

    def speak(self, sentence: str) -> None:
        """Speak a sentence, unless the sound is off."""
        if self._voice is not None and not self._is_muted:
            self._voice.say(sentence)

    def next_command(self) -> GuidedCommand | None:
        """Return the oldest command that was not returned yet; ``None`` if there is none."""
        return self._commands.pop(0) if self._commands else None

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


class _SharedScreen:
    """The window of the stage, for one block: closing it does nothing, as the stage closes it."""

    def __init__(self, screen: Screen) -> None:
        self.show, self.pressed = screen.show, screen.pressed
        self.toggle_full_screen = screen.toggle_full_screen

    def close(self) -> None:
        """Do nothing."""
