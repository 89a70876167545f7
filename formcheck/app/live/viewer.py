"""The window of a live session: what it shows, and what its keys and a raised hand do.

:class:`Viewer` shows the frames, the messages and the result, and handles keys and raised hands.
:func:`screen_state` decides which texts belong to a stage of the session's plan.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from formcheck.app.live.outcome import LiveOutcome, StoppableSource
from formcheck.app.live.raised_hand_control import RaisedHandControl
from formcheck.coach.plan import PlanState
from formcheck.coach.setup import READY_S, SetupState
from formcheck.coach.sound import Sounds
from formcheck.data.arrays import ImageArray
from formcheck.data.exercise import Exercise
from formcheck.data.frame import Frame
from formcheck.data.frame_result import FrameResult
from formcheck.data.keypoints import PoseSample
from formcheck.data.session import Cue, Session
from formcheck.motion.phases import resting_phase
from formcheck.motion.verdicts import is_wholly_good
from formcheck.report.view import ReportView, view
from formcheck.report.wording import SetWords, advice_words, headline, reps_words
from formcheck.screen.live_screen import LiveScreen, draw_card_on
from formcheck.screen.live_words import (
    Check,
    HandWords,
    MessageCard,
    ScreenState,
    drawing_card,
    end_card,
    help_card,
    lost_card,
    moment_card,
    paused_card,
)
from formcheck.screen.window import Screen
from formcheck.store.result_files import REPORT_NAME
from formcheck.video.camera import Waiting

REDRAW_EVERY_S = 0.03
"""While the result is shown, the window is drawn and its keys are read this often."""
HELP_S = 10.0
"""The list of keys is shown this long, as it hides the count and the cue. Our choice."""
_PAUSED = paused_card("hold one hand up or press the space bar")
_WAITING_WORDS = {
    "opening": "Opening the camera",
    "stalled": "The camera is sending no image: check its cable",
    "lost": "The camera is disconnected: check its cable",
}
_STREAM_WAITING_WORDS = {
    "opening": "Opening the stream",
    "stalled": "The stream is sending no image: check the phone or the network",
    "lost": "The stream has ended: check the phone or the network",
}


def screen_state(
    plan: PlanState, setup: SetupState, finished: SetWords | None = None
) -> ScreenState:
    """Return what the screen says at a stage of the plan, such as set-up, set or rest.

    Parameters
    ----------
    plan, setup
        State of the plan, and of the set-up check before the set.
    finished
        Result of the set that is over; shown in the rest after it.
    """
    counts = ScreenState(
        stage="set",
        reps=plan.reps_in_set,
        reps_target=plan.reps_target,
        last_number=plan.last_number,
        set_index=plan.set_index,
        sets=plan.sets,
        stance_side=plan.side,
        notice=plan.wrong_leg,
        held_s=plan.held_s,
        target_hold_s=plan.target_hold_s,
    )
    begun = plan.stage in ("setup", "complete") and plan.moving
    if plan.stage == "set" or begun:
        return counts  # a person who has started is in the set, whatever the set-up check says
    if plan.stage == "setup":
        return ScreenState(
            stage="setup",
            headline=plan.message,
            ready=setup.fits,
            progress=min(setup.still_s / READY_S, 1.0) if setup.fits else None,
            checks=tuple(Check(item.short, item.ok, item.needed) for item in setup.checks),
            notice=setup.place,
        )
    if plan.stage == "ready":
        begins_s = plan.begins_in_s
        counted = "" if begins_s is None else f": {math.ceil(begins_s)}"
        return replace(counts, stage="ready", headline=plan.message + counted, ready=True)
    if plan.stage == "done":
        return ScreenState(stage="ended", headline=plan.message, ready=True)
    resting = replace(
        counts,
        stage="rest",
        headline=plan.headline,
        detail=plan.detail[:1].upper() + plan.detail[1:],
        countdown_s=plan.rest_left_s,
    )
    if finished is None:
        return resting
    return replace(
        resting,
        set_count=finished.count,
        set_good=finished.good,
        set_change=finished.change,
        set_all_good=finished.all_good,
    )


def _all_good(session: Session) -> bool:
    """Whether every repetition was good, in form and, if it is judged, in tempo."""
    return bool(session.reps) and all(map(is_wholly_good, session.reps))


class StoppedByKeyError(Exception):
    """A key ended the session before the camera was open."""


class Viewer:
    """Draws frames in the live window and handles its keys. Does nothing without a window.

    Parameters
    ----------
    screen
        The window; ``None`` for a session without one.
    exercise
        The exercise of the session.
    stream
        Whether the camera is a network stream, such as a phone's; messages about it then do not
        mention a cable.
    ending_keys
        Further keys that end the session, and what each does; for example ``n``, next exercise.
    on_end
        Called with the key that ended the session; with ``q`` when a raised hand did.
    """

    def __init__(
        self,
        screen: Screen | None,
        exercise: Exercise,
        *,
        stream: bool = False,
        ending_keys: Mapping[str, str] | None = None,
        on_end: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._stream = stream
        self._ending_keys = dict(ending_keys or {})
        self._on_end = on_end
        self._screen = screen
        self._exercise = exercise
        self._drawing: LiveScreen | None = None
        self._shown_s = -math.inf
        self._known: tuple[FrameResult, ScreenState, Cue | None, Sequence[str]] | None = None
        self._sounds: Sounds | None = None
        self._help_asked = False
        self._help_until_s: float | None = None
        self._source: StoppableSource | None = None
        self._hand: RaisedHandControl | None = None
        self._hand_words: HandWords | None = None
        self._ended_by_key = False

    @property
    def ended_by_key(self) -> bool:
        """Whether a key ended the session."""
        return self._ended_by_key

    def begin(self, source: StoppableSource) -> None:
        """Let keys and a raised hand pause and stop the source."""
        self._source = source
        self._hand = RaisedHandControl(source, lambda: self._on_end("q"))

    def close(self) -> None:
        """Close the window."""
        if self._screen is not None:
            self._screen.close()

    def attach(self, sounds: Sounds) -> None:
        """Let a key turn the sound on and off."""
        self._sounds = sounds

    def show(
        self,
        frame: Frame,
        result: FrameResult,
        content: ScreenState,
        cue: Cue | None,
        notices: Sequence[str],
    ) -> None:
        """Draw an analyzed frame, show it and handle the keys.

        A frame that was shown before it was analyzed is not shown again, as newer frames have been
        shown since; only its result is used.
        """
        if self._screen is None:
            return
        if self._drawing is None:
            height, width = frame.image.shape[:2]
            self._drawing = LiveScreen(self._exercise, (width, height))
        self._known = result, content, cue, notices
        at_rest = result.phase is resting_phase(self._exercise.course)
        self._follow_hand(result.sample, at_rest=at_rest)
        if frame.t_s > self._shown_s:
            self.show_between(frame)
        else:
            self._drawing.take(result, cue)

    def show_between(self, frame: Frame) -> None:
        """Draw a frame with the result of the last analyzed one, show it and handle the keys."""
        if self._screen is None or self._drawing is None or self._known is None:
            return
        self._shown_s = frame.t_s
        result, content, cue, notices = self._known
        can_sound = self._sounds is not None and self._sounds.available
        self._time_help(frame.t_s)
        card = _PAUSED if frame.paused else ()
        if self._help_until_s is not None:
            card = help_card(sound=can_sound, more=tuple(self._ending_keys.items()))
        image = self._drawing.draw(
            frame.image,
            result,
            content,
            cue,
            card=card,
            notices=[*notices, *self._hints(content)],
            hand=self._hand_words,
        )
        self._show(self._screen, image)

    def show_paused(self, frame: Frame, sample: PoseSample | None) -> None:
        """Show a frame during a pause; a raised hand continues or ends the session."""
        if self._screen is not None and sample is not None:
            self._follow_hand(sample, at_rest=True)
        if self._known is not None:
            self.show_between(frame)
        elif self._screen is not None:
            self._show(self._screen, self._with_card(_PAUSED))

    def _follow_hand(self, sample: PoseSample, *, at_rest: bool) -> None:
        if self._hand is not None:
            self._hand_words = self._hand.update(sample, at_rest=at_rest)

    def wait(self, waiting: Waiting) -> None:
        """Show that no frame arrives; called about ten times a second until one does."""
        if self._screen is None:
            return
        words = _STREAM_WAITING_WORDS if self._stream else _WAITING_WORDS
        self._show(self._screen, self._with_card(lost_card(words[waiting.reason], waiting.for_s)))

    def say(self, headline: str) -> None:
        """Show a message while something takes a moment, such as loading."""
        if self._screen is not None:
            self._screen.show(self._with_card(moment_card(headline)))

    def drawing(self, session: Session) -> Callable[[int | None], None]:
        """Return a function that shows the verdict, and how much of the film is drawn in %."""
        screen = self._screen
        if screen is None:
            return lambda _: None

        @cache
        def shown() -> ReportView:  # made once there is something to draw
            return view(session)

        def show(done_pct: int | None) -> None:
            content, count = shown(), reps_words(session)
            card = drawing_card(
                count, content.verdict, content.counts, done_pct, all_good=_all_good(session)
            )
            screen.show(self._with_card(card))

        return show

    def show_end(self, outcome: LiveOutcome, folder: Path, uncounted: int, stay_s: float) -> None:
        """Show the result until a key is pressed, or for ``stay_s``."""
        if self._screen is None:
            return
        session = outcome.session
        count = reps_words(session)
        where = f"Report: {folder / REPORT_NAME}"
        if outcome.not_saved:
            where = f"Not saved: {outcome.not_saved[0].message}"
        card = end_card(
            count,
            headline(session),
            [advice_words(one, session.reps) for one in session.summary.advice],
            where,
            all_good=_all_good(session),
            uncounted=uncounted,
        )
        image = self._with_card(card)
        end_s = time.monotonic() + stay_s
        while time.monotonic() < end_s:
            self._screen.show(image)
            if self._screen.pressed():
                return
            time.sleep(REDRAW_EVERY_S)

    def _with_card(self, card: MessageCard) -> ImageArray:
        # Use the camera image without the overlay, which would show through the card.
        return draw_card_on(None if self._drawing is None else self._drawing.mirror, card)

    def _show(self, screen: Screen, image: ImageArray) -> None:
        screen.show(image)
        for key in screen.pressed():
            self._handle_key(screen, key)

    def _handle_key(self, screen: Screen, key: str) -> None:
        """Carry out a key; any key hides the list of keys."""
        shown = self._help_asked or self._help_until_s is not None
        self._help_asked, self._help_until_s = False, None
        if key in ("q", "escape", "closed", *self._ending_keys):
            self._ended_by_key = True
            self._on_end(key)
            if self._source is None:
                raise StoppedByKeyError
            self._source.stop()
        elif key == "space" and self._source is not None:
            self._source.pause(not self._source.paused)
        elif key == "f":
            screen.toggle_full_screen()
        elif key == "m" and self._sounds is not None:
            self._sounds.toggle()
        elif key in ("?", "h"):
            self._help_asked = not shown

    def _time_help(self, t_s: float) -> None:
        """Start showing the list of keys if it was requested; hide it when its time is over."""
        if self._help_asked:
            self._help_asked, self._help_until_s = False, t_s + HELP_S
        elif self._help_until_s is not None and t_s >= self._help_until_s:
            self._help_until_s = None

    def _hints(self, content: ScreenState) -> tuple[str, ...]:
        """Return hints before the set; during it only "sound off"."""
        sounds = self._sounds
        if sounds is not None and sounds.muted and sounds.available:
            return ("Sound is off. Press m to turn it on",)
        if content.stage != "setup":
            return ()
        why_not = sounds and (sounds.why_silent or sounds.why_not_spoken)
        return (
            (f"{why_not[:1].upper()}{why_not[1:]}",)
            if why_not
            else ("Press ? for a list of the keys",)
        )
