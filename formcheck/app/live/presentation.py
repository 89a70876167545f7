"""Display and sound of a live session: the interfaces, and the ones of this computer.

``live_session.py`` uses only :class:`Display` and :class:`Presentation`. :class:`AtThisMachine`
shows the session in a window of this computer; ``web/live_sets/page_display.py`` shows it on pages
in the browser.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from formcheck.app.live.outcome import LiveOutcome, StoppableSource
from formcheck.app.live.viewer import Viewer
from formcheck.app.options import LiveOptions
from formcheck.coach.sound import Sounding, Sounds
from formcheck.data.exercise import Exercise
from formcheck.data.frame import Frame
from formcheck.data.frame_result import FrameResult
from formcheck.data.keypoints import PoseSample
from formcheck.data.session import Cue, Session
from formcheck.exercises.tempo import Tempo
from formcheck.screen.live_words import ScreenState
from formcheck.screen.window import Screen, Window
from formcheck.video.camera import Waiting
from formcheck.video.camera.address import kind_of


class Display(Protocol):
    """Shows a live session to the person in front of the camera."""

    @property
    def ended_by_key(self) -> bool:
        """Whether the person ended the session with a key; then no result card is shown."""
        ...

    def say(self, headline: str) -> None:
        """Show a message while something takes a moment, such as loading."""
        ...

    def wait(self, waiting: Waiting) -> None:
        """Show that no frame arrives; called about ten times a second until one does."""
        ...

    def begin(self, source: StoppableSource) -> None:
        """Let keys or gestures of the person pause and stop the source."""
        ...

    def show(
        self,
        frame: Frame,
        result: FrameResult,
        content: ScreenState,
        cue: Cue | None,
        notices: Sequence[str],
    ) -> None:
        """Show an analyzed frame with its result."""
        ...

    def show_between(self, frame: Frame) -> None:
        """Show a frame that was not analyzed, with the result of the last analyzed one."""
        ...

    def show_paused(self, frame: Frame, sample: PoseSample | None) -> None:
        """Show a frame during a pause, with its pose if it was analyzed."""
        ...

    def drawing(self, session: Session) -> Callable[[int | None], None]:
        """Return a function that shows how much of the annotated film is drawn, in %."""
        ...

    def show_end(self, outcome: LiveOutcome, folder: Path, uncounted: int, stay_s: float) -> None:
        """Show the result."""
        ...

    def close(self) -> None:
        """Free the window."""
        ...


class Presentation(Protocol):
    """Makes the display and the sounds of one session."""

    def display(self, exercise: Exercise) -> Display:
        """Return the object that shows the session."""
        ...

    def sounds(self, exercise: Exercise, tempo: Tempo) -> Sounding:
        """Return the object that plays the sounds of the session."""
        ...


class AtThisMachine:
    """A window and the loudspeaker of this computer.

    Parameters
    ----------
    options
        Whether there is a window, sound and speech.
    screen
        Used instead of a window.
    ending_keys, on_end
        As for :class:`Viewer`.

    Raises
    ------
    DisplayError
        The window cannot be opened.
    """

    def __init__(
        self,
        options: LiveOptions,
        screen: Screen | None = None,
        *,
        ending_keys: Mapping[str, str] | None = None,
        on_end: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._options = options
        self._ending_keys = ending_keys
        self._on_end = on_end
        self._sounds: Sounds | None = None
        if screen is None and not options.headless:
            screen = Window(full_screen=options.full_screen)
        self._screen = screen
        self._viewer: Viewer | None = None

    def display(self, exercise: Exercise) -> Viewer:
        """Return the viewer, which shows the session in the window if there is one."""
        is_stream = kind_of(self._options.camera) == "stream"
        self._viewer = Viewer(
            self._screen,
            exercise,
            stream=is_stream,
            ending_keys=self._ending_keys,
            on_end=self._on_end,
        )
        return self._viewer

    def sounds(self, exercise: Exercise, tempo: Tempo) -> Sounds:
        """Open the loudspeaker; a key of the window turns the sound on and off."""
        options = self._options
        sounds = Sounds(exercise, tempo, muted=options.muted, speech=options.speech)
        if self._viewer is not None:
            self._viewer.attach(sounds)
        self._sounds = sounds
        return sounds

    @property
    def muted(self) -> bool:
        """Whether the sound is off now; the person may have changed it with a key."""
        return self._options.muted if self._sounds is None else self._sounds.muted
