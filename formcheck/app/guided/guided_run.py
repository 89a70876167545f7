"""Run a guided session: do the open blocks of a training programme one after the other.

:class:`GuidedRun` announces each block during the rest before it and then runs a live session for
it, or counts the laps of a self-paced block. It saves the state after each block, so that the
session can be resumed, and draws the annotated films at the end. ``beginning.py`` prepares it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from formcheck.app.analyze import now
from formcheck.app.guided.announcement import Announcement, AnnouncementState
from formcheck.app.guided.block_camera import BlockCamera
from formcheck.app.guided.doses import options_of
from formcheck.app.guided.lap_count import LapCount
from formcheck.app.guided.stage import GuidedCommand, GuidedStage
from formcheck.app.live import LiveOutcome, StoppableSource, run_live
from formcheck.app.options import LiveOptions
from formcheck.coach.programme_files import view_of
from formcheck.coach.setup import SetupCheck
from formcheck.data.errors import FormcheckError, NoPersonError, OutputError
from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample
from formcheck.data.programme import Block, BlockView
from formcheck.data.session import Session
from formcheck.exercises import get_exercise
from formcheck.motion.verdicts import is_wholly_good
from formcheck.pose.estimator import PoseEstimator
from formcheck.report.wording import set_words
from formcheck.screen.guided_words import (
    BlockResult,
    BlockWords,
    ComingBlock,
    announcement_card,
    counting_card,
    film_card,
    laps_words,
    programme_end_card,
    result_card,
    spoken_before,
    words_of_block,
)
from formcheck.screen.live_words import MessageCard, moment_card
from formcheck.store.guided_file import BlockStage, BlockState, GuidedState, write_state
from formcheck.store.journal import HistoryTarget, has_journal
from formcheck.store.unfinished import finish
from formcheck.store.whole_file import output_error
from formcheck.video.camera import OnWait, Waiting

REDRAW_EVERY_S = 0.1
"""While no camera is open, the window is drawn and its keys are read this often."""
DRAWN_EVERY_FRAMES = 15
"""While a film is drawn, its progress is shown once in this many frames."""

Ending = Literal["complete", "stopped", "interrupted"]
OpenCamera = Callable[[Block, OnWait], StoppableSource]
KeepSession = Callable[[Session, Path], None]


@dataclass(frozen=True)
class GuidedPlaces:
    """Folders of a guided session.

    Attributes
    ----------
    run
        Folder in which the state is saved.
    sessions
        Folder in which each block's session gets a folder.
    new_name
        Returns the folder name for the session of a block; takes the block's position (from 0) and
        the block.
    """

    run: Path
    sessions: Path
    new_name: Callable[[int, Block], str]


class CommandWhileWaitingError(Exception):
    """The person gave a command while no frame arrived."""

    def __init__(self, command: GuidedCommand) -> None:
        super().__init__(command)
        self.command: GuidedCommand = command


@dataclass(frozen=True)
class GuidedOutcome:
    """How a guided session ended.

    Attributes
    ----------
    state
        The saved state: what was done in each block.
    ended
        ``complete``, ``stopped`` before its end, or ``interrupted`` by Ctrl-C.
    why
        The reason if it stopped by itself, in words; empty otherwise.
    not_saved
        The writes that failed.
    films_left
        Whether annotated films are still to be drawn.
    """

    state: GuidedState
    ended: Ending
    why: str = ""
    not_saved: tuple[OutputError, ...] = ()
    films_left: bool = False


@dataclass
class GuidedRun:
    """Runs the open blocks of a guided session, and saves the state after each.

    Parameters
    ----------
    state
        State of a new session, or of one that is resumed.
    places
        Folders of the session.
    options
        Options for all blocks; see :func:`options_of`.
    stage
        Screen, voice and keys; see :class:`GuidedStage`.
    open_camera
        Opens the camera for a block. ``None`` if a film is used in place of a camera: then each
        block's session opens the film itself, as it would otherwise end before the block begins.
    estimator_of
        Loads the pose model, once for each block.
    keep
        Called with each session that is saved, and its folder: adds the session to the history.
    notice
        Text shown with the first announcement, such as that the session is resumed.
    draws_films
        Whether the annotated films are drawn at the end; ``False`` if the caller draws them.
    clock, sleep
        Monotonic time, and how to wait, while there is no camera.
    """

    state: GuidedState
    places: GuidedPlaces
    options: LiveOptions
    stage: GuidedStage
    open_camera: OpenCamera | None
    estimator_of: Callable[[], PoseEstimator]
    keep: KeepSession = lambda _session, _folder: None
    notice: str = ""
    draws_films: bool = True
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _on_wait: OnWait = field(init=False)
    _ended_s: float = field(default=-math.inf, init=False)
    _results: dict[int, BlockResult] = field(default_factory=dict, init=False)
    _last: int | None = field(default=None, init=False)
    _view: BlockView | None = field(default=None, init=False)
    _why: str = field(default="", init=False)
    _not_saved: list[OutputError] = field(default_factory=list, init=False)

    def run(self) -> GuidedOutcome:
        """Do all blocks that are open, then draw the films.

        Raises
        ------
        FormcheckError
            The camera or the model cannot be used, or the state cannot be written. What was done
            is saved, and the session can be resumed.
        """
        _make_folder(self.places.run)
        write_state(self.places.run, self.state)
        try:
            ended = self._do_blocks()
        except KeyboardInterrupt:
            return self._outcome("interrupted", films_left=self._has_unfinished())
        try:
            if self.draws_films:
                self._draw_films()
        except KeyboardInterrupt:
            pass  # they are drawn later
        self._show_end(ended)
        return self._outcome(ended, films_left=self._has_unfinished())

    def _outcome(self, ended: Ending, *, films_left: bool) -> GuidedOutcome:
        return GuidedOutcome(self.state, ended, self._why, tuple(self._not_saved), films_left)

    def _do_blocks(self) -> Ending:
        place, again = self.state.next_block, False
        while place is not None:
            command = self._do_block(place, again=again)
            if command == "stop":
                return "stopped"
            again = command == "repeat" and self._last is not None
            place = self._last if again else self.state.next_block
        return "complete"

    # --- one block ------------------------------------------------------------------------------

    def _do_block(self, place: int, *, again: bool) -> GuidedCommand | None:
        """Announce a block and do it.

        Returns
        -------
        The command that ended the block: the caller carries out ``repeat`` and ``stop``. ``None``
        if the block ended by itself.
        """
        block = self.state.programme.blocks[place]
        if block.is_self_paced and not self.stage.can_ask:
            self._close_block(place, done=False)
            return None
        with ExitStack() as stack:
            command, camera, estimator = self._open_and_announce(place, stack, again=again)
            if command == "skip":
                self._close_block(place, done=False)
            if command != "go":
                return command
            self._last, self._view = place, view_of(block) or self._view
            self._results.pop(place, None)
            try:
                if estimator is None:
                    return self._run_self_paced(place)
                return self._run_measured(place, camera, estimator)
            finally:
                self._ended_s = self.clock()

    def _open_and_announce(
        self, place: int, stack: ExitStack, *, again: bool
    ) -> tuple[GuidedCommand, BlockCamera | None, PoseEstimator | None]:
        """Open the camera and the pose model for a block and announce it.

        Returns
        -------
        The command that ended the announcement (``go``: the block begins), the camera and the pose
        model, both ``None`` if the block does not need them.
        """
        block = self.state.programme.blocks[place]
        camera, estimator = None, None
        self._on_wait = self._wait_between
        try:
            if not block.is_self_paced:
                self.stage.show(moment_card("Loading"))
                estimator = stack.enter_context(closing(self.estimator_of()))
            if estimator is not None and self.open_camera is not None:
                source = self.open_camera(block, lambda waiting: self._on_wait(waiting))
                camera = stack.enter_context(closing(BlockCamera(source, estimator)))
            command = self._announce(place, camera, again=again)
        except CommandWhileWaitingError as asked:
            command = asked.command
        self.notice = ""
        return command, camera, estimator

    def _wait_between(self, waiting: Waiting) -> None:
        """Show that no frame arrives; a command ends the waiting."""
        self.stage.wait(waiting)
        command = self._ending_command()
        if command is not None:
            raise CommandWhileWaitingError(command)

    def _session_frames(self, camera: BlockCamera, on_wait: OnWait) -> StoppableSource:
        """Return the frames of a block's session; from now on the session shows missing frames."""
        self._on_wait = on_wait
        return camera.session

    def _close_block(self, place: int, *, done: bool) -> None:
        """Mark a block as done or skipped; a block that was done before stays done."""
        if done or self.state.blocks[place].stage == "open":
            self._update_block(place, stage="done" if done else "skipped")

    def _announce(self, place: int, camera: BlockCamera | None, *, again: bool) -> GuidedCommand:
        """Announce a block until it begins or another command is given; return the command."""
        block = self.state.programme.blocks[place]
        view = view_of(block)
        moved_to = view if view is not None and self._view not in (None, view) else None
        coming = ComingBlock(
            words_of_block(block), place + 1, len(self.state.blocks), moved_to, again
        )
        setup = None
        if moved_to is not None and camera is not None:
            setup = SetupCheck(get_exercise(block.exercise), moved_to)
        waits_for = "Ready when you are" if block.is_self_paced else ""
        waiting = Announcement(self._rest_left_s, setup, waits_for)
        before = None if self._last is None else self._results.get(self._last)
        looks_like = "" if before is None else before.looks_like
        self.stage.speak(f"{looks_like} {spoken_before(coming)}".strip())
        for now_s, frame, sample in self._ticks(camera):
            announced = waiting.update(now_s, sample)
            if announced.over:
                return "go"
            keys = self.stage.keys_before(sees=frame is not None)
            card = self._card_before(coming, announced, before, keys, paused=waiting.paused)
            self.stage.show(card, frame, sample)
            command = self.stage.next_command()
            if command == "pause":
                waiting.pause()
            elif command is not None:
                return command
        return "stop"

    def _card_before(
        self,
        coming: ComingBlock,
        announced: AnnouncementState,
        before: BlockResult | None,
        keys: str,
        *,
        paused: bool,
    ) -> MessageCard:
        """Return the card for the rest: first the previous result, then the coming block."""
        left_s = announced.left_s
        if before is not None and left_s is not None and announced.shows_result:
            return result_card(before, coming.words.title, left_s, keys)
        return announcement_card(
            coming,
            left_s=left_s,
            waits_for=announced.waits_for,
            notice=self.notice,
            paused=paused,
            keys=keys,
        )

    @property
    def _rest_left_s(self) -> float:
        """What is left of the rest after the previous block."""
        if self._last is None:
            return 0.0
        rested_s = self.clock() - self._ended_s
        return self.state.programme.blocks[self._last].rest_s - rested_s

    def _ticks(
        self, camera: BlockCamera | None
    ) -> Iterator[tuple[float, Frame | None, PoseSample | None]]:
        """Yield the present time again and again, with frame and pose if there is a camera."""
        if camera is not None:
            for frame, sample in camera.before():
                yield frame.t_s, frame, sample
            return
        while True:
            yield self.clock(), None, None
            self.sleep(REDRAW_EVERY_S)

    def _run_measured(
        self, place: int, camera: BlockCamera | None, estimator: PoseEstimator
    ) -> GuidedCommand | None:
        """Run the live session of a block."""
        block = self.state.programme.blocks[place]
        options = options_of(block, self.options, self.state.group)
        folder = self.places.sessions / self.places.new_name(place, block)
        before = self.state.blocks[place]
        self._update_block(place, sessions=(*before.sessions, folder.name))
        try:
            outcome = run_live(
                options,
                folder,
                presentation=self.stage.presentation(options),
                open_source=None if camera is None else partial(self._session_frames, camera),
                estimator=estimator if camera is None else camera.model,
                saved=partial(self._keep_saved, folder),
            )
        except NoPersonError as error:
            self._update_block(place, sessions=before.sessions)
            self._why = error.message
            return self._ending_command() or "stop"
        return self._after_session(place, outcome, folder)

    def _after_session(
        self, place: int, outcome: LiveOutcome, folder: Path
    ) -> GuidedCommand | None:
        self._not_saved += outcome.not_saved
        session = outcome.session
        if not outcome.completed:
            if outcome.record_saved:
                self._keep_saved(folder, session)
            raise KeyboardInterrupt
        command = self._ending_command()
        if session.reps:
            self._results[place] = _block_result(session)
        if command in ("repeat", "stop"):
            return command
        if command is None and not session.reps:
            why = (one.text for one in session.notes if one.kind == "ended")
            self._why = next(
                why, f"Nothing was done in exercise {place + 1} of {len(self.state.blocks)}."
            )
            return "stop"
        self._close_block(place, done=bool(session.reps))
        return None

    def _ending_command(self) -> GuidedCommand | None:
        """Return the command that ended a block; ``None`` if no command did.

        Other commands are discarded. For example, a ``go`` may be left from before the block, if
        the block began by itself at the same moment.
        """
        ended: GuidedCommand | None = None
        while (command := self.stage.next_command()) is not None:
            if command in ("skip", "repeat", "stop"):
                ended = command
        return ended

    def _keep_saved(self, folder: Path, session: Session) -> None:
        self.keep(session, folder)

    def _run_self_paced(self, place: int) -> GuidedCommand | None:
        """Count the laps of a self-paced block, as the person reports them."""
        block, state = self.state.programme.blocks[place], self.state.blocks[place]
        done_before = state.laps_s if state.stage == "open" else ()
        words, laps = words_of_block(block), LapCount(block.sets * (block.times or 0), done_before)
        for now_s, _, _ in self._ticks(None):
            laps.update(now_s)
            self.stage.show(_counting_card(words, laps, self.stage.keys_counting))
            command = self.stage.next_command()
            if command == "go":
                laps.count()
                self._update_block(place, laps_s=laps.laps_s)
            elif command == "pause":
                laps.pause()
            elif command == "repeat":
                self._update_block(place, laps_s=())
                return command
            elif command == "stop":
                return command
            if laps.over or command == "skip":
                break
        self._results[place] = BlockResult(words.title, laps_words(laps.laps_s))
        self._close_block(place, done=bool(laps.laps_s))
        return None

    def _update_block(
        self,
        place: int,
        *,
        stage: BlockStage | None = None,
        sessions: tuple[str, ...] | None = None,
        laps_s: tuple[float, ...] | None = None,
    ) -> None:
        """Save what has changed in a block; ``None`` leaves a value as it is."""
        old = self.state.blocks[place]
        new = BlockState(
            stage=old.stage if stage is None else stage,
            sessions=old.sessions if sessions is None else sessions,
            laps_s=old.laps_s if laps_s is None else laps_s,
        )
        self.state = self.state.with_block(place, new, now())
        write_state(self.places.run, self.state)

    # --- the end --------------------------------------------------------------------------------

    def _unfinished_folders(self) -> list[Path]:
        """Folders of sessions whose films are to be drawn, or that a kill left unfinished."""
        names = [name for block in self.state.blocks for name in block.sessions]
        folders = [self.places.sessions / name for name in names]
        return [folder for folder in folders if has_journal(folder)]

    def _has_unfinished(self) -> bool:
        return bool(self._unfinished_folders())

    def _draw_films(self) -> None:
        """Draw the annotated films of the blocks; a ``stop`` command leaves the rest undrawn."""
        folders = self._unfinished_folders()
        for number, folder in enumerate(folders, start=1):
            drawing = partial(self._show_drawing, f"{number} of {len(folders)}")
            try:
                finish(folder, partial(self._keep_finished, folder), drawing)
            except FormcheckError as error:
                self._not_saved.append(OutputError(error.message, hint=error.hint))

    def _show_drawing(self, which: str, _t_s: float, done: int, expected: int | None) -> None:
        if done % DRAWN_EVERY_FRAMES == 1:
            self.stage.show(film_card(which, 100 * done // expected if expected else None))
        if self.stage.next_command() == "stop":
            raise KeyboardInterrupt

    def _keep_finished(self, folder: Path, session: Session, _target: HistoryTarget) -> None:
        self.keep(session, folder)

    def _show_end(self, ended: Ending) -> None:
        """Show what was done, until a command is given or for ``options.stay_s``."""
        where = f"Results: {self.places.run}"
        card = programme_end_card(self.headline(ended), self.rows(), where)
        end_s = self.clock() + self.options.stay_s
        while self.clock() < end_s:
            self.stage.show(card)
            if self.stage.next_command() is not None:
                return
            self.sleep(REDRAW_EVERY_S)

    def headline(self, ended: Ending) -> str:
        """Return in a few words how the session ended."""
        title = self.state.programme.title
        return f"{title}: done" if ended == "complete" else f"{title}: stopped and saved"

    def rows(self) -> list[tuple[str, str]]:
        """Return each block and what was done in it, in words."""
        rows = []
        for place, (block, state) in enumerate(self.state.blocks_with_states()):
            result = self._results.get(place)
            done = "not done yet" if state.stage == "open" else state.stage
            rows.append((words_of_block(block).title, done if result is None else result.done))
        return rows


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error


def _block_result(session: Session) -> BlockResult:
    """Return the result of a block in words."""
    all_good = bool(session.reps) and all(map(is_wholly_good, session.reps))
    words = set_words(session.summary, session.exercise, all_good=all_good)
    looks_like = next((one.text for one in session.notes if one.kind == "looks_like"), "")
    title = session.exercise.title
    if words is None:
        return BlockResult(title, "", looks_like=looks_like)
    return BlockResult(title, words.count, words.good, words.change, looks_like, all_good)


def _counting_card(words: BlockWords, laps: LapCount, keys: str) -> MessageCard:
    done, elapsed_s = len(laps.laps_s), laps.elapsed_s
    return counting_card(words, done, laps.target, elapsed_s, paused=laps.paused, keys=keys)
