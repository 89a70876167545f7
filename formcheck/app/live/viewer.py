"""What the person sees, and the keys they press."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from formcheck.app.live.outcome import LiveOutcome
from formcheck.coach.plan import PlanState
from formcheck.coach.setup import READY_S, SetupState
from formcheck.coach.sound import Sounds
from formcheck.data.arrays import ImageArray
from formcheck.data.exercise import Exercise
from formcheck.data.frame import Frame
from formcheck.data.frame_result import FrameResult
from formcheck.data.session import Cue, Session
from formcheck.motion.verdicts import is_wholly_good
from formcheck.report.view import ReportView, view
from formcheck.report.wording import advice_words, headline
from formcheck.screen.live_screen import (
    Card,
    Check,
    Line,
    LiveScreen,
    ScreenState,
    draw_card_on,
    drawing_card,
    end_card,
    help_card,
    lost_card,
)
from formcheck.screen.window import Screen
from formcheck.store.result_files import REPORT_NAME
from formcheck.video.camera import Waiting

LOOK_S = 0.03
HELP_S = 10.0
"""The keys are shown for so long: they hide the count and the cue. Ours."""
_WAITING_WORDS = {
    "opening": "The camera is being opened",
    "stalled": "No image comes from the camera",
    "lost": "The camera is disconnected: check its cable",
}
_STREAM_WAITING_WORDS = {
    "opening": "The stream is being opened",
    "stalled": "No image comes from the stream: check the phone or the network",
    "lost": "The stream has ended: check the phone or the network",
}


def screen_state(plan: PlanState, setup: SetupState) -> ScreenState:
    """What the screen is to say."""
    counts = ScreenState(
        stage="set",
        reps=plan.reps_in_set,
        reps_target=plan.reps_target,
        last_number=plan.last_number,
        set_index=plan.set_index,
        sets=plan.sets,
        stance_side=plan.side,
    )
    if plan.stage == "set" or (plan.stage == "setup" and plan.moving):
        return counts  # who has begun is in the set, whatever the set-up says
    if plan.stage == "setup":
        return ScreenState(
            stage="setup",
            headline=plan.message,
            ready=setup.fits,
            progress=min(setup.still_s / READY_S, 1.0) if setup.fits else None,
            checks=tuple(Check(item.short, item.ok, item.needed) for item in setup.checks),
        )
    if plan.stage == "ready":
        return replace(counts, stage="ready", headline=plan.message, ready=True)
    if plan.stage == "done":
        return ScreenState(stage="ended", headline=plan.message, ready=True)
    change = plan.stage == "change_legs"
    _, _, detail = plan.message.partition(": " if change else ". ")
    return replace(
        counts,
        stage="rest",
        headline="Change legs" if change else "Rest",
        detail=detail[:1].upper() + detail[1:],
        countdown_s=plan.rest_left_s,
    )


def _all_good(session: Session) -> bool:
    """Whether every repetition was good, in form and, where it is judged, in tempo."""
    return bool(session.reps) and all(map(is_wholly_good, session.reps))


class StoppedByKeyError(Exception):
    """The person pressed a key to end before the camera was open."""


class Viewer:
    """What the person sees, and the keys they press; nothing of it without a screen.

    Parameters
    ----------
    screen
        Where it is shown.
    exercise
        What is done.
    stream
        Whether the camera is a phone's or another stream: it has no cable.
    """

    def __init__(self, screen: Screen | None, exercise: Exercise, *, stream: bool = False) -> None:
        self._stream = stream
        self._screen = screen
        self._exercise = exercise
        self._drawing: LiveScreen | None = None
        self._sounds: Sounds | None = None
        self._help_asked = False
        self._help_until_s: float | None = None
        self.stop_source: Callable[[], None] | None = None
        self.ended_by_key = False

    def attach(self, sounds: Sounds) -> None:
        """Let the keys turn the sound on and off."""
        self._sounds = sounds

    def show(
        self,
        frame: Frame,
        result: FrameResult,
        says: ScreenState,
        cue: Cue | None,
        notices: Sequence[str],
    ) -> None:
        """Draw a frame, show it, and obey the keys."""
        if self._screen is None:
            return
        if self._drawing is None:
            height, width = frame.image.shape[:2]
            self._drawing = LiveScreen(self._exercise, (width, height))
        can_sound = self._sounds is not None and self._sounds.available
        card = help_card(sound=can_sound) if self._help_shown(frame.t_s) else ()
        picture = self._drawing.draw(
            frame.image, result, says, cue, card=card, notices=[*notices, *self._remarks(says)]
        )
        self._put(self._screen, picture)

    def wait(self, waiting: Waiting) -> None:
        """Show that no frame arrives; called about ten times a second meanwhile."""
        if self._screen is None:
            return
        words = _STREAM_WAITING_WORDS if self._stream else _WAITING_WORDS
        self._put(self._screen, self._with_card(lost_card(words[waiting.reason], waiting.for_s)))

    def say(self, headline: str, detail: str) -> None:
        """Show a card for something that takes a moment."""
        if self._screen is not None:
            self._screen.show(self._with_card((Line(headline, 14), Line(detail, 7))))

    def drawing(self, session: Session) -> Callable[[int | None], None]:
        """Give what shows the verdict on a saved session while so many % of its film are drawn."""
        screen = self._screen
        if screen is None:
            return lambda _: None

        @cache
        def shown() -> ReportView:  # made once there is something to draw
            return view(session)

        def show(done_pct: int | None) -> None:
            said, count = shown(), len(session.reps)
            card = drawing_card(
                count, said.verdict, said.counts, done_pct, all_good=_all_good(session)
            )
            screen.show(self._with_card(card))

        return show

    def show_end(self, outcome: LiveOutcome, folder: Path, uncounted: int, stay_s: float) -> None:
        """Show how it went until a key is pressed, or for ``stay_s``."""
        if self._screen is None:
            return
        session = outcome.session
        count = len(session.reps)
        where = f"Report: {folder / REPORT_NAME}"
        if outcome.not_saved:
            where = f"Not saved: {outcome.not_saved[0].message}"
        card = end_card(
            count,
            headline(session),
            [advice_words(one, count) for one in session.summary.advice],
            where,
            all_good=_all_good(session),
            uncounted=uncounted,
        )
        picture = self._with_card(card)
        end_s = time.monotonic() + stay_s
        while time.monotonic() < end_s:
            self._screen.show(picture)
            if self._screen.pressed():
                return
            time.sleep(LOOK_S)

    def _with_card(self, card: Card) -> ImageArray:
        # What was drawn for that moment would show through the card.
        return draw_card_on(None if self._drawing is None else self._drawing.mirror, card)

    def _put(self, screen: Screen, picture: ImageArray) -> None:
        screen.show(picture)
        for key in screen.pressed():
            self._obey(screen, key)

    def _obey(self, screen: Screen, key: str) -> None:
        """Do what the key is for; any key takes the list of keys away."""
        shown = self._help_asked or self._help_until_s is not None
        self._help_asked, self._help_until_s = False, None
        if key in ("q", "escape", "closed"):
            self.ended_by_key = True
            if self.stop_source is None:
                raise StoppedByKeyError
            self.stop_source()
        elif key == "f":
            screen.toggle_full_screen()
        elif key == "m" and self._sounds is not None:
            self._sounds.toggle()
        elif key in ("?", "h"):
            self._help_asked = not shown

    def _help_shown(self, t_s: float) -> bool:
        """Whether the keys are shown at this time of the session."""
        if self._help_asked:
            self._help_asked, self._help_until_s = False, t_s + HELP_S
        elif self._help_until_s is not None and t_s >= self._help_until_s:
            self._help_until_s = None
        return self._help_until_s is not None

    def _remarks(self, says: ScreenState) -> tuple[str, ...]:
        """What is good to know before the set; during it only that the sound is off."""
        sounds = self._sounds
        if sounds is not None and sounds.muted and sounds.available:
            return ("Sound off: m turns it on",)
        if says.stage != "setup":
            return ()
        why_not = sounds and (sounds.why_silent or sounds.why_not_spoken)
        return (f"{why_not[:1].upper()}{why_not[1:]}",) if why_not else ("? shows the keys",)
