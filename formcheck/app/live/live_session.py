"""A live session from end to end."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec
import numpy as np

from formcheck.app.analyze import analyzer_for
from formcheck.app.live.notices import Notices
from formcheck.app.live.outcome import Latency, LiveOutcome, LiveSource
from formcheck.app.live.storage import Storage
from formcheck.app.live.viewer import StoppedByKeyError, Viewer, screen_state
from formcheck.app.options import LiveOptions, require_possible
from formcheck.coach.cues import Coach
from formcheck.coach.plan import EndedBecause, SessionPlan
from formcheck.coach.setup import SetupCheck
from formcheck.coach.sound import Sounds
from formcheck.data.errors import NoPersonError
from formcheck.data.exercise import Exercise
from formcheck.data.frame import Frame, SourceInfo
from formcheck.data.frame_result import FrameResult
from formcheck.data.session import Note, Rep
from formcheck.data.settings import Settings
from formcheck.exercises import get_exercise
from formcheck.exercises.tempo import Tempo
from formcheck.motion.light import LightMeter, brightness
from formcheck.motion.loop import Progress, run
from formcheck.pose.estimator import PoseEstimator
from formcheck.pose.mediapipe_estimator import MediaPipeEstimator
from formcheck.pose.recorded import RoundedEstimator
from formcheck.screen.window import Screen, Window
from formcheck.store.journal import refuse_taken
from formcheck.video.camera import Waiting, open_camera
from formcheck.video.camera.address import kind_of

SWITCH_S = 0.001
"""How long a thread may keep others from running Python; by default it is five times as long."""

SAY_EVERY_FRAMES = 15


def run_live(
    options: LiveOptions,
    folder: Path,
    *,
    screen: Screen | None = None,
    open_source: Callable[[Callable[[Waiting], None]], LiveSource] | None = None,
    estimator: PoseEstimator | None = None,
    drawing: Progress | None = None,
) -> LiveOutcome:
    """Run a live session to its end and save it.

    Parameters
    ----------
    options
        How.
    folder
        Where it is saved; see :func:`session_folder`.
    screen, open_source, estimator
        Stand in for the window, the camera and the pose model.
    drawing
        Called after each frame of the annotated film that was drawn, once the session is saved.

    Raises
    ------
    UsageError, DisplayError, SourceError, ModelError, OutputError
        It could not start, or the folder holds a session already; nothing is left behind.
    NoPersonError
        Nobody was ever seen; nothing is left behind but the raw film, if it was asked for.
    """
    exercise, settings, tempo = _chosen(options)
    refuse_taken(folder)
    camera_kind = kind_of(options.camera)
    with ExitStack() as stack:
        if screen is None and not options.headless:
            screen = Window(full_screen=options.full_screen)
        if screen is not None:
            stack.callback(screen.close)
        viewer = Viewer(screen, exercise, stream=camera_kind == "stream")
        viewer.say("Loading", "One moment.")
        if estimator is None:
            poses = estimator = MediaPipeEstimator(options.model, subject=options.subject)
            stack.callback(poses.close)
            poses.warm_up()
        if open_source is None:
            open_source = partial(_open_source, options)
        try:
            source = open_source(viewer.wait)
        except StoppedByKeyError:
            raise KeyboardInterrupt from None  # before anything was there to be saved
        stack.callback(source.close)
        estimator = RoundedEstimator(estimator)
        analyzer = analyzer_for(exercise, replace(options, settings=settings))
        sounds = Sounds(exercise, tempo, muted=options.muted, speech=options.speech)
        stack.callback(sounds.close)
        viewer.attach(sounds)
        storage = stack.enter_context(Storage(folder, analyzer, source, estimator.model, options))
        notices = Notices(exercise)
        session = LiveSession(
            source,
            SetupCheck(exercise, options.view),
            SessionPlan(options.plan, exercise),
            Coach(exercise),
            sounds,
            viewer,
            storage,
            notices=notices,
            max_time_s=options.max_time_s,
        )
        viewer.stop_source = source.stop
        with no_long_pauses():
            completed = run(source, estimator, analyzer, [session])
        viewer.say("Saving", "One moment.")
        if not analyzer.frames_with_person:
            raise _nobody(source.info, storage, folder)
        result = storage.save(_notes(session, completed))
        film_skipped = False
        try:
            storage.draw(_how_far(viewer.drawing(result), drawing))
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

    Garbage is not looked for in what was loaded before the session: that stays until its end, and
    looking through it takes longer than two frames. Threads hand over to each other sooner: the
    one that draws shall not wait for those that unpack the poses.
    """
    switch_s = sys.getswitchinterval()
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(switch_s)
        gc.unfreeze()


def _how_far(show: Callable[[int | None], None], drawing: Progress | None) -> Progress:
    """Tell both the screen and the caller how much of the film is drawn."""

    def told(t_s: float, done: int, expected: int | None) -> None:
        if drawing is not None:
            drawing(t_s, done, expected)
        if done % SAY_EVERY_FRAMES == 1:
            show(min(100, 100 * done // expected) if expected else None)

    return told


def _chosen(options: LiveOptions) -> tuple[Exercise, Settings, Tempo]:
    """The exercise as it is judged, the settings, and the tempo of both bar and metronome."""
    require_possible(options)
    settings = options.settings or Settings()
    tempo = None if options.tempo is None else Tempo.parse(options.tempo)
    if tempo is not None:
        settings = msgspec.structs.replace(settings, target_descent_s=tempo.eccentric_s)
    exercise = get_exercise(options.exercise).with_settings(settings)
    return exercise, settings, tempo or replace(Tempo(), eccentric_s=exercise.target_descent_s)


def _open_source(options: LiveOptions, on_wait: Callable[[Waiting], None]) -> LiveSource:
    return open_camera(
        options.camera,
        on_wait=on_wait,
        mirrored=options.mirrored,
        lossless=options.lossless,
        paced=options.paced,
    )


def _nobody(info: SourceInfo, storage: Storage, folder: Path) -> NoPersonError:
    hint = "Stand 2.5 to 4 metres away, the whole body in the picture."
    if storage.keep_raw():
        hint += f" The raw film is in {folder}."
    return NoPersonError(f"nobody was seen by {info.name} ({info.frames} frames)", hint=hint)


def _notes(session: LiveSession, completed: bool) -> tuple[Note, ...]:
    ended = () if session.ended_because is None else (f"Ended: {session.ended_because}.",)
    texts = ended if completed else ("Ended early by Ctrl-C.",)
    warnings = (Note(kind="light", text=text) for text in session.warnings)
    return (*(Note(kind="ended", text=text) for text in texts), *warnings)


class LiveSession:
    """The sink of a live session: guides, is heard, shows and stores, frame by frame."""

    def __init__(
        self,
        source: LiveSource,
        setup: SetupCheck,
        plan: SessionPlan,
        coach: Coach,
        sounds: Sounds,
        viewer: Viewer,
        storage: Storage,
        *,
        notices: Notices,
        max_time_s: float | None = None,
    ) -> None:
        self._source = source
        self._setup = setup
        self._plan = plan
        self._coach = coach
        self._sounds = sounds
        self._viewer = viewer
        self._storage = storage
        self._notices = notices
        self._max_time_s = max_time_s
        self._late_s: list[float] = []
        self._meter = LightMeter()
        self.ended_because: EndedBecause | None = None

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame: first what the person sees and hears, then the disk."""
        setup = self._setup.update(result.sample, result.view, brightness(frame.image))
        plan = self._plan.update(result, setup)
        cue = self._coach.update(result)
        self._sounds.update(result, plan, cue)
        says = screen_state(plan, setup)
        says = replace(says, notice=self._notices.update(result, setup, says))
        self._viewer.show(frame, result, says, cue, self._unsaved())
        self._late_s.append(time.monotonic() - frame.captured_s)
        self._meter.update(frame.t_s, frame.image)
        closed = result.closed
        set_index = 1 if closed is None else self._plan.set_of(closed.index)
        self._storage.update(frame, result, cue, set_index)
        self.ended_because = plan.ended_because
        over = self._max_time_s is not None and result.t_s >= self._max_time_s
        if plan.ended_because is not None or over:
            self._source.stop()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong with the frames, in words."""
        return self._meter.light.warnings

    def finish(self, reps: Sequence[Rep]) -> None:
        """Finish what is stored."""
        self._storage.finish(reps, self._plan.set_of(len(reps)))

    def abort(self) -> None:
        """Leave what is in the journal, and nothing that looks finished."""
        self._storage.abort()

    def latency(self, info: SourceInfo) -> Latency | None:
        """Sum up how late the frames were shown."""
        late_ms = 1000.0 * np.array(self._late_s)
        late_ms = late_ms[np.isfinite(late_ms)]
        if not late_ms.size:
            return None
        median, p95, p99 = (float(value) for value in np.percentile(late_ms, [50, 95, 99]))
        return Latency(len(late_ms), info.frames_dropped, median, p95, p99)

    def _unsaved(self) -> tuple[str, ...]:
        unsaved = self._storage.trouble
        return () if unsaved is None else (f"Not saved: {unsaved.message}",)
