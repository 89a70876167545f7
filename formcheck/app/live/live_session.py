"""A live session from end to end: measure a person in front of a camera, and save the result.

:func:`run_live` opens the camera, the pose model, the screen and the storage, and runs the loop of
``motion/loop.py``. :class:`LiveSession` is the loop's sink: for each frame it updates the set-up
check, the plan, the cues, the sound, the screen and the storage. ``formcheck live``, the browser
app and guided sessions use it.

Not every frame is analyzed: a *look* is one run of the pose model on a frame (``LookRule``). The
frames between are shown and recorded only.
"""

from __future__ import annotations

import gc
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from formcheck.app.analyze import analyzer_for
from formcheck.app.live.finished_set import FinishedSets
from formcheck.app.live.notices import Notices
from formcheck.app.live.outcome import Latency, LiveOutcome, StoppableSource
from formcheck.app.live.presentation import AtThisMachine, Display, Presentation
from formcheck.app.live.slow_machine import SlowMachine
from formcheck.app.live.storage import Storage
from formcheck.app.live.viewer import StoppedByKeyError, screen_state
from formcheck.app.opening import Turn
from formcheck.app.options import LiveOptions, require_possible
from formcheck.app.upright import turn_of
from formcheck.coach.cues import Coach
from formcheck.coach.plan import SessionPlan
from formcheck.coach.setup import SetupCheck
from formcheck.coach.sound import Sounding
from formcheck.data.errors import NoPersonError
from formcheck.data.exercise import Exercise
from formcheck.data.frame import Frame, Progress, SourceInfo
from formcheck.data.frame_result import FrameResult
from formcheck.data.keypoints import PoseSample
from formcheck.data.session import Note, Rep, Session
from formcheck.data.settings import Settings
from formcheck.exercises import all_exercises, get_exercise, look_alikes
from formcheck.exercises.tempo import Tempo
from formcheck.motion.light import LightMeter, brightness
from formcheck.motion.look_check import LookCheck
from formcheck.motion.look_rule import LookRule
from formcheck.motion.loop import run
from formcheck.pose.estimator import PoseEstimator
from formcheck.pose.mediapipe_estimator import MediaPipeEstimator
from formcheck.pose.recorded import RoundedEstimator
from formcheck.screen.window import Screen
from formcheck.store.journal import refuse_taken
from formcheck.video.camera import Waiting, open_camera
from formcheck.video.camera.address import kind_of

SWITCH_S = 0.001
"""Switch interval between Python threads; the default is five times as long."""

PROGRESS_EVERY_FRAMES = 15
"""The screen shows the progress of drawing the film once in this many frames."""


def run_live(
    options: LiveOptions,
    folder: Path,
    *,
    screen: Screen | None = None,
    presentation: Presentation | None = None,
    open_source: Callable[[Callable[[Waiting], None]], StoppableSource] | None = None,
    estimator: PoseEstimator | None = None,
    drawing: Progress | None = None,
    tell: Callable[[str], None] | None = None,
    saved: Callable[[Session], None] | None = None,
) -> LiveOutcome:
    """Run a live session to its end and save it.

    Parameters
    ----------
    options
        Options of the session.
    folder
        Where it is saved; see :func:`session_folder`.
    screen, open_source, estimator
        Used instead of the window, the camera and the pose model.
    presentation
        Used instead of window and loudspeaker.
    drawing
        Called after each frame of the annotated film, which is drawn once the session is saved.
    tell
        Called with each reason why no sound or speech is heard: before the session, or after it if
        the problem occurred during the session.
    saved
        Called with the session when it is saved, before its film is drawn; not after Ctrl-C.

    Raises
    ------
    UsageError, DisplayError, SourceError, ModelError, OutputError
        The session could not start, or the folder already contains one; nothing is left behind.
    NoPersonError
        No person was seen; only the raw film is kept, if it was requested.
    """
    exercise, settings, tempo = _exercise_settings_and_tempo(options)
    refuse_taken(folder)
    camera_kind = kind_of(options.camera)
    with ExitStack() as stack:
        shown = presentation or AtThisMachine(options, screen)
        viewer = shown.display(exercise)
        stack.callback(viewer.close)
        if estimator is None or open_source is None:
            viewer.say("Loading")
        if estimator is None:
            poses = estimator = MediaPipeEstimator(options.model, subject=options.subject)
            stack.callback(poses.close)
            poses.warm_up()
        if open_source is None:
            turn = Turn(options.rotate or 0)
            if camera_kind == "film":
                film = partial(open_camera, options.camera, lossless=True, paced=False)
                turn = turn_of(film, estimator, options.rotate, lying=exercise.is_lying)
            open_source = partial(_open_source, options, turn)
        try:
            source = open_source(viewer.wait)
        except StoppedByKeyError:
            raise KeyboardInterrupt from None  # nothing has been recorded yet
        stack.callback(source.close)
        estimator = RoundedEstimator(estimator)
        chosen = replace(options, settings=settings)
        analyzer = analyzer_for(exercise, chosen, side_decides=False)
        sounds = shown.sounds(exercise, tempo)
        stack.callback(sounds.close)
        silence_reasons = _SilenceReasons(sounds, tell, muted=options.muted)
        silence_reasons.report_new()
        storage = stack.enter_context(Storage(folder, analyzer, source, estimator.model, options))
        notices = Notices(exercise)
        rule = LookRule()
        session = LiveSession(
            source,
            rule,
            SetupCheck(exercise, options.view),
            SessionPlan(options.plan, exercise),
            Coach(exercise),
            sounds,
            viewer,
            storage,
            notices=notices,
            finished=FinishedSets(exercise.info()),
            slow=SlowMachine(),
            looks=LookCheck(exercise, all_exercises(), look_alikes()),
            max_time_s=options.max_time_s,
        )
        viewer.begin(source)
        with no_long_pauses():
            completed = run(source, estimator, analyzer, [session], rule=rule)
        silence_reasons.report_new()
        viewer.say("Saving")
        if not analyzer.frames_with_person:
            raise _no_person_error(source.info, storage, folder)
        result = storage.save(_session_notes(session, completed))
        if saved is not None and storage.saved and completed:
            saved(result)
        film_skipped = False
        try:
            storage.draw(_drawing_progress(viewer.drawing(result), drawing))
        except KeyboardInterrupt:
            film_skipped = True
        latency = session.latency(source.info)
        outcome = LiveOutcome(
            result,
            latency,
            storage.not_saved,
            record_saved=storage.saved,
            reps_kept=storage.reps_kept,
            completed=completed,
            film_skipped=film_skipped,
        )
        if completed and not film_skipped and not viewer.ended_by_key:
            viewer.show_end(outcome, folder, notices.uncounted, options.stay_s)
    return outcome


@contextmanager
def no_long_pauses() -> Iterator[None]:
    """Keep Python from delaying the display.

    ``gc.freeze()`` excludes the objects that were loaded before the session from garbage
    collection; a collection of all of them takes longer than two frames. Objects that the caller
    had frozen stay frozen. A shorter switch interval lets the drawing thread run before the threads
    that unpack poses.
    """
    switch_s = sys.getswitchinterval()
    frozen_before = gc.get_freeze_count() > 0
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(switch_s)
        if not frozen_before:
            gc.unfreeze()


class _SilenceReasons:
    """Reports each reason why nothing is heard, once.

    If the session is muted, missing sound is not reported.
    """

    def __init__(
        self, sounds: Sounding, tell: Callable[[str], None] | None, *, muted: bool
    ) -> None:
        self._sounds, self._tell, self._muted = sounds, tell, muted
        self._reported: set[str] = set()

    def report_new(self) -> None:
        """Report the reasons that have not been reported yet."""
        silent = None if self._muted else self._sounds.why_silent
        for reason in (silent, self._sounds.why_not_spoken):
            if reason is not None and reason not in self._reported and self._tell is not None:
                self._reported.add(reason)
                self._tell(reason)


def _drawing_progress(show: Callable[[int | None], None], drawing: Progress | None) -> Progress:
    """Return a function that reports to the screen and the caller how much is drawn."""

    def report(t_s: float, done: int, expected: int | None) -> None:
        if drawing is not None:
            drawing(t_s, done, expected)
        if done % PROGRESS_EVERY_FRAMES == 1:
            show(min(100, 100 * done // expected) if expected else None)

    return report


def _exercise_settings_and_tempo(options: LiveOptions) -> tuple[Exercise, Settings, Tempo]:
    """Return the exercise with the user's limits, the settings, and the tempo to move at.

    The tempo bar on the screen and the metronome use the tempo.
    """
    require_possible(options)
    settings = options.analysis_settings
    exercise = get_exercise(options.exercise).with_settings(settings)
    tempo = Tempo(*settings.tempo) if settings.tempo else Tempo()
    return exercise, settings, replace(tempo, eccentric_s=exercise.target_descent_s)


def _open_source(
    options: LiveOptions, turn: Turn, on_wait: Callable[[Waiting], None]
) -> StoppableSource:
    return open_camera(
        options.camera,
        on_wait=on_wait,
        mirrored=options.mirrored,
        turn_deg=turn.deg,
        remarks=turn.remarks,
        lossless=options.lossless,
        paced=options.paced,
    )


def _no_person_error(info: SourceInfo, storage: Storage, folder: Path) -> NoPersonError:
    hint = "Stand 2.5 to 4 metres away with your whole body in view."
    if storage.keep_raw():
        hint += f" The film as the camera sent it is in {folder}."
    return NoPersonError(f"{info.name} saw nobody in {info.frames} frames", hint=hint)


def _session_notes(session: LiveSession, completed: bool) -> tuple[Note, ...]:
    ended = () if session.ended_because is None else (f"Ended: {session.ended_because}.",)
    texts = ended if completed else ("Stopped early with Ctrl-C.",)
    warnings = (Note(kind="light", text=text) for text in session.warnings)
    return (
        *(Note(kind="ended", text=text) for text in texts),
        *session.looks,
        *session.slowed,
        *warnings,
    )


class LiveSession:
    """Sink of the loop: each frame updates set-up check, plan, coach, sound, screen and disk."""

    def __init__(
        self,
        source: StoppableSource,
        rule: LookRule,
        setup: SetupCheck,
        plan: SessionPlan,
        coach: Coach,
        sounds: Sounding,
        viewer: Display,
        storage: Storage,
        *,
        notices: Notices,
        finished: FinishedSets,
        slow: SlowMachine,
        looks: LookCheck,
        max_time_s: float | None = None,
    ) -> None:
        self._source = source
        self._rule = rule
        self._setup = setup
        self._plan = plan
        self._coach = coach
        self._sounds = sounds
        self._viewer = viewer
        self._storage = storage
        self._notices = notices
        self._finished = finished
        self._slow = slow
        self._looks = looks
        self._max_time_s = max_time_s
        self._late_s: list[float] = []
        self._passed_s = -math.inf
        self._meter = LightMeter()
        self.ended_because: str | None = None

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Process an analyzed frame: screen and sound first, then the disk."""
        setup = self._setup.update(result.sample, result.view, brightness(frame.image))
        plan = self._plan.update(result, setup)
        cue = self._coach.update(result)
        self._sounds.update(result, plan, cue)
        closed = result.closed
        set_index = 1 if closed is None else self._plan.set_of(closed.index)
        if closed is not None:
            self._finished.add(closed, set_index)
        content = screen_state(plan, setup, self._finished.words(plan))
        notice = self._notices.update(result, setup, content)
        info = self._source.info
        slow = self._slow.update(
            result.t_s, info.frames, info.frames_dropped, lowered=self._rule.slow
        )
        content = replace(content, notice=content.notice or notice or slow)
        self._viewer.show(frame, result, content, cue, self._unsaved())
        if frame.t_s > self._passed_s:  # otherwise it was shown before it was analyzed
            self._late_s.append(time.monotonic() - frame.captured_s)
        self._meter.update(frame.t_s, frame.image)
        self._looks.update(result.sample, self._meter.light)
        self._storage.update(frame, result, cue, set_index)
        self.ended_because = plan.ended_because
        over = self._max_time_s is not None and result.t_s >= self._max_time_s
        if plan.ended_because is not None or over:
            self._source.stop()

    def pass_by(self, frame: Frame) -> None:
        """Record and show a frame that is not analyzed, or not yet."""
        self._viewer.show_between(frame)
        self._passed_s = frame.t_s
        self._late_s.append(time.monotonic() - frame.captured_s)
        self._storage.pass_by(frame)

    def while_paused(self, frame: Frame, sample: PoseSample | None) -> None:
        """Show a frame during a pause; it is not recorded."""
        self._viewer.show_paused(frame, sample)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Problems with the frames, such as poor light, in words."""
        return self._meter.light.warnings

    @property
    def looks(self) -> tuple[Note, ...]:
        """A note if the movement looks like another exercise than the chosen one."""
        return self._looks.notes()

    @property
    def slowed(self) -> tuple[Note, ...]:
        """A note if a slow computer analyzed fewer frames for a part of the session."""
        return self._slow.notes()

    def finish(self, reps: Sequence[Rep]) -> None:
        """Add the last repetitions to the storage and close its files."""
        self._storage.finish(reps, self._plan.set_of(len(reps)))

    def abort(self) -> None:
        """Keep the journal; remove everything that would look like a finished session."""
        self._storage.abort()

    def latency(self, info: SourceInfo) -> Latency | None:
        """Summarize the delay from capture to display; ``None`` if it is not known."""
        late_ms = 1000.0 * np.array(self._late_s)
        late_ms = late_ms[np.isfinite(late_ms)]
        if not late_ms.size:
            return None
        median, p95, p99 = (float(value) for value in np.percentile(late_ms, [50, 95, 99]))
        return Latency(len(late_ms), info.frames_dropped, median, p95, p99)

    def _unsaved(self) -> tuple[str, ...]:
        unsaved = self._storage.current_failure
        return () if unsaved is None else (f"Not saved: {unsaved.message}",)
