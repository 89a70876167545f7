"""Display and sound of a live session in the browser: turns each frame's result into messages.

It is what ``app/live/presentation.AtThisMachine`` is for a window. Texts, shapes and sounds are the
same as in the window; the scripts of the page lay them out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from formcheck.app.live.outcome import LiveOutcome, StoppableSource
from formcheck.app.live.raised_hand_control import RaisedHandControl
from formcheck.coach.plan import PlanState
from formcheck.coach.sound import Heard, SoundChoice
from formcheck.data.exercise import Exercise
from formcheck.data.frame import Frame
from formcheck.data.frame_result import FrameResult
from formcheck.data.keypoints import PoseSample
from formcheck.data.session import Cue, Session
from formcheck.exercises.tempo import Tempo
from formcheck.motion.phases import resting_phase
from formcheck.motion.verdicts import is_wholly_good
from formcheck.report.view import view
from formcheck.report.wording import advice_words, headline, reps_words
from formcheck.screen.body import Figure, body_shapes, number_tags
from formcheck.screen.canvas import Layout
from formcheck.screen.live_screen import Place
from formcheck.screen.live_words import (
    LiveWords,
    MessageCard,
    ScreenState,
    drawing_card,
    lost_card,
    moment_card,
    paused_card,
    saved_card,
    words_of,
)
from formcheck.screen.state import OverlayState, live_state
from formcheck.video.camera import Waiting
from formcheck.video.camera.sent_pictures import PictureOfPage, SentPictureSource
from formcheck.web.live_sets.messages import (
    CardShown,
    FromProcess,
    Moment,
    Over,
    PictureTaken,
    SessionSaved,
    plain,
    plain_tag,
)
from formcheck.web.live_sets.wire import (
    EVENT,
    MOMENT,
    MOMENT_WITH_SOUND,
    PICTURE_TAKEN,
    Letter,
)

Send = Callable[[FromProcess, Letter], None]

_WAITING_WORDS = {
    "opening": "Waiting for the first picture",
    "stalled": "No picture arrives: check camera and network",
    "lost": "The page with the camera is closed or has no network",
}
_PAUSED = paused_card("hold one hand up, tap the screen or press the space bar")


class PageSounds:
    """Lets a page play the sounds of a session."""

    why_silent: str | None = None
    why_not_spoken: str | None = None

    def __init__(self, exercise: Exercise, tempo: Tempo, hear: Callable[[Heard], None]) -> None:
        self._choice = SoundChoice(exercise, tempo)
        self._hear = hear

    def update(self, result: FrameResult, plan: PlanState, cue: Cue | None) -> None:
        """Choose the sounds for a frame, and pass them on."""
        self._hear(self._choice.update(result, plan, cue))

    def close(self) -> None:
        """Do nothing: there is no device."""


class OnPages:
    """Shows one session on all pages that follow it, and plays its sounds there.

    Parameters
    ----------
    source
        The source of frames; a raised hand pauses or stops it.
    send
        Sends a message to the pages.
    on_end
        Called when a raised hand ends the session.
    """

    ended_by_key = False

    def __init__(
        self,
        source: SentPictureSource,
        send: Send,
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._source = source
        self._send = send
        self._hand = RaisedHandControl(source, on_end)
        self._heard = Heard()
        self._exercise: Exercise | None = None
        self._place: Place | None = None
        self._before: OverlayState | None = None
        self._deepest_pct = 0.0
        self._waiting_said = ""
        self._drawn_pct: int | None = -1  # nothing is shown yet; None: the share is unknown
        self.remark = ""

    # --- Presentation: makes display and sounds --------------------------------------------

    def display(self, exercise: Exercise) -> OnPages:
        """Return the display: this object itself."""
        self._exercise = exercise
        return self

    def sounds(self, exercise: Exercise, tempo: Tempo) -> PageSounds:
        """Return what plays the session's sounds on the pages."""

        def hear(heard: Heard) -> None:
            self._heard = heard

        return PageSounds(exercise, tempo, hear)

    def picture_taken(self, picture: PictureOfPage) -> None:
        """Tell the page that a picture was taken for analysis or dropped, so that it sends more."""
        self._send(PictureTaken(picture.number, picture.clock_name), PICTURE_TAKEN)

    # --- Display ---------------------------------------------------------------------------

    def say(self, headline: str) -> None:
        """Show a message while something takes a moment, such as loading."""
        self._send(CardShown(moment_card(headline)), EVENT)

    def wait(self, waiting: Waiting) -> None:
        """Show that no picture arrives; the text changes once a second."""
        card = waiting_card(waiting)
        if card[-1].text != self._waiting_said:
            self._waiting_said = card[-1].text
            self._send(CardShown(card), EVENT)

    def begin(self, source: StoppableSource) -> None:
        """Do nothing: the source was given to the constructor."""

    def show(
        self,
        frame: Frame,
        result: FrameResult,
        content: ScreenState,
        cue: Cue | None,
        notices: Sequence[str],
    ) -> None:
        """Send the result of an analyzed frame."""
        exercise = self._exercise
        if exercise is None:
            raise RuntimeError("display() comes first")
        if self._place is None:
            height, width = frame.image.shape[:2]
            self._place = Place.whole((width, height))
        info = exercise.info()
        state = live_state(self._place.on_canvas(result), info, cue, self._before)
        self._before = state
        self._deepest_pct = max(self._deepest_pct, state.depth_pct or 0.0)
        at_rest = result.phase is resting_phase(exercise.course)
        hand = self._hand.update(result.sample, at_rest=at_rest)
        heard, self._heard = self._heard, Heard()
        is_heard = bool(heard.tones or heard.sentence or heard.cue_tone)
        self._waiting_said = ""
        layout = Layout.for_size(state.pose.frame_size_px)
        moment = Moment(
            self._source.number_at(frame.captured_s) or 0,
            frame.t_s,
            size=state.pose.frame_size_px,
            unit_px=round(Figure.of(state, layout).unit_px, 3),
            shapes=[plain(shape) for shape in body_shapes(state, layout)],
            tags=[plain_tag(tag) for tag in number_tags(state, layout)],
            words=words_of(content, state, self._deepest_pct),
            tempo=state.tempo,
            on_the_left=state.text_on_the_left,
            notices=tuple(notices),
            heard=heard if is_heard else None,
            hand=hand,
            lost=self._source.dropped,
        )
        self._send(moment, MOMENT_WITH_SOUND if is_heard else MOMENT)

    def show_between(self, frame: Frame) -> None:
        """Tell the pages that a picture was not analyzed; they keep showing the last result."""
        number = self._source.number_at(frame.captured_s)
        if number is not None:
            self._send(Moment(number, frame.t_s, known=False), MOMENT)

    def show_paused(self, frame: Frame, sample: PoseSample | None) -> None:
        """Show a frame during a pause; a raised hand continues or ends the session."""
        if sample is None or self._place is None:
            self.show_between(frame)
            return
        hand = self._hand.update(sample, at_rest=True)
        number = self._source.number_at(frame.captured_s)
        shown = Moment(
            0 if number is None else number,
            frame.t_s,
            size=self._place.camera_px,
            words=LiveWords(card=_PAUSED),
            hand=hand,
            lost=self._source.dropped,
            paused=True,
        )
        self._send(shown, MOMENT)

    def drawing(self, session: Session) -> Callable[[int | None], None]:
        """Show the result, and return a function that shows how much of the film is drawn."""
        content = view(session)
        all_good = _all_good(session)

        def show(done_pct: int | None) -> None:
            if done_pct == self._drawn_pct:
                return
            self._drawn_pct = done_pct
            card = drawing_card(
                reps_words(session), content.verdict, content.counts, done_pct, all_good=all_good
            )
            self._send(SessionSaved(card, self.remark), EVENT)

        show(None)
        return show

    def show_end(self, outcome: LiveOutcome, folder: Path, uncounted: int, stay_s: float) -> None:  # noqa: ARG002
        """Show that the session is over, and what could not be saved."""
        session = outcome.session
        card = saved_card(
            reps_words(session),
            headline(session),
            [advice_words(one, session.reps) for one in session.summary.advice],
            all_good=_all_good(session),
            uncounted=uncounted,
        )
        failed = next(iter(outcome.not_saved), None)
        if failed is None:
            self._send(Over(card=card), EVENT)
        else:
            self._send(Over(failed.message, failed.hint, card), EVENT)

    def close(self) -> None:
        """Do nothing: pages close by themselves."""


def waiting_card(waiting: Waiting) -> MessageCard:
    """Return the card that is shown while no picture arrives."""
    return lost_card(_WAITING_WORDS[waiting.reason], waiting.for_s)


def _all_good(session: Session) -> bool:
    return bool(session.reps) and all(map(is_wholly_good, session.reps))
