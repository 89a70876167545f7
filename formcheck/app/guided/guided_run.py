"""A guided session: the blocks of a programme, one live session each, one after the other."""

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
from formcheck.app.guided.announcement import Announced, Announcement
from formcheck.app.guided.block_camera import BlockCamera
from formcheck.app.guided.doses import options_of
from formcheck.app.guided.lap_count import LapCount
from formcheck.app.guided.stage import GuidedStage, GuidedWish
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

LOOK_S = 0.1
"""Without a camera, the window is drawn and its keys are read so often."""
DRAWN_EVERY_FRAMES = 15

Ending = Literal["complete", "stopped", "interrupted"]
OpenCamera = Callable[[Block, OnWait], StoppableSource]
Keep = Callable[[Session, Path], None]


@dataclass(frozen=True)
class GuidedPlaces:
    """Where a guided session is kept.

    Attributes
    ----------
    run
        Folder of its state.
    sessions
        Folder in which each block's session gets its own.
    new_name
        Gives the name of the folder for a session of a block, by its place from 0.
    """

    run: Path
    sessions: Path
    new_name: Callable[[int, Block], str]


class AskedWhileWaitingError(Exception):
    """Something was asked for while no frame arrived."""

    def __init__(self, wish: GuidedWish) -> None:
        super().__init__(wish)
        self.wish: GuidedWish = wish


@dataclass(frozen=True)
class GuidedOutcome:
    """How a guided session ended.

    Attributes
    ----------
    state
        What is kept of it.
    ended
        ``complete``, ``stopped`` before its end, or ``interrupted`` by Ctrl-C.
    why
        Why it stopped by itself, in words; empty otherwise.
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
    """Does the open blocks of a guided session, and keeps what was done after each.

    Parameters
    ----------
    state
        A new one, or one that goes on.
    places
        Where it is kept.
    options
        What holds for all blocks; see :func:`options_of`.
    stage
        Where it is shown, and how the person asks for something.
    open_camera
        Opens the camera for a block; ``None`` lets each session open the film that plays the
        camera's part: it would run out before a block begins.
    estimator_of
        Loads the pose model, once for each block.
    keep
        Called with each session that is saved, and its folder: adds it to the history.
    notice
        What the first block is announced with, such as that the session goes on.
    draws_films
        Whether the annotated films are drawn at the end; otherwise somebody else does.
    clock, sleep
        Monotonic time, and how to wait for some of it, while there is no camera.
    """

    state: GuidedState
    places: GuidedPlaces
    options: LiveOptions
    stage: GuidedStage
    open_camera: OpenCamera | None
    estimator_of: Callable[[], PoseEstimator]
    keep: Keep = lambda _session, _folder: None
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
            is kept, and the session goes on the next time.
        """
        _make(self.places.run)
        write_state(self.places.run, self.state)
        try:
            ended = self._do_blocks()
        except KeyboardInterrupt:
            return self._outcome("interrupted", films_left=self._has_films())
        try:
            if self.draws_films:
                self._draw_films()
        except KeyboardInterrupt:
            pass  # they are drawn later
        self._show_end(ended)
        return self._outcome(ended, films_left=self._has_films())

    def _outcome(self, ended: Ending, *, films_left: bool) -> GuidedOutcome:
        return GuidedOutcome(self.state, ended, self._why, tuple(self._not_saved), films_left)

    def _do_blocks(self) -> Ending:
        place, again = self.state.next_block, False
        while place is not None:
            wish = self._do(place, again=again)
            if wish == "stop":
                return "stopped"
            again = wish == "repeat" and self._last is not None
            place = self._last if again else self.state.next_block
        return "complete"

    # --- one block ------------------------------------------------------------------------------

    def _do(self, place: int, *, again: bool) -> GuidedWish | None:
        """Announce a block and do it; return what was asked for that it did not do itself."""
        block = self.state.programme.blocks[place]
        if block.is_self_paced and not self.stage.can_ask:
            self._leave(place, done=False)
            return None
        with ExitStack() as stack:
            wish, camera, estimator = self._begun(place, stack, again=again)
            if wish == "skip":
                self._leave(place, done=False)
            if wish != "go":
                return wish
            self._last, self._view = place, view_of(block) or self._view
            self._results.pop(place, None)
            try:
                if estimator is None:
                    return self._counted(place)
                return self._measured(place, camera, estimator)
            finally:
                self._ended_s = self.clock()

    def _begun(
        self, place: int, stack: ExitStack, *, again: bool
    ) -> tuple[GuidedWish, BlockCamera | None, PoseEstimator | None]:
        """Open what a block needs and announce it, until it begins or something else is asked."""
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
            wish = self._announced(place, camera, again=again)
        except AskedWhileWaitingError as asked:
            wish = asked.wish
        self.notice = ""
        return wish, camera, estimator

    def _wait_between(self, waiting: Waiting) -> None:
        """Show that no frame arrives, and end the waiting when something is asked for."""
        self.stage.wait(waiting)
        wish = self._why_ended()
        if wish is not None:
            raise AskedWhileWaitingError(wish)

    def _session_of(self, camera: BlockCamera, on_wait: OnWait) -> StoppableSource:
        """Let the session of a block say from now on that no frame arrives."""
        self._on_wait = on_wait
        return camera.session

    def _leave(self, place: int, *, done: bool) -> None:
        """Go on to the next block; one that was done once stays so when it is skipped later."""
        if done or self.state.blocks[place].stage == "open":
            self._note(place, stage="done" if done else "skipped")

    def _announced(self, place: int, camera: BlockCamera | None, *, again: bool) -> GuidedWish:
        """Show and say what comes, until it begins or something else is asked for."""
        block, view = (
            self.state.programme.blocks[place],
            view_of(self.state.programme.blocks[place]),
        )
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
        for now_s, frame, sample in self._moments(camera):
            announced = waiting.update(now_s, sample)
            if announced.over:
                return "go"
            keys = self.stage.keys_before(sees=frame is not None)
            card = self._card_before(coming, announced, before, keys, paused=waiting.paused)
            self.stage.show(card, frame, sample)
            wish = self.stage.asked()
            if wish == "pause":
                waiting.pause()
            elif wish is not None:
                return wish
        return "stop"

    def _card_before(
        self,
        coming: ComingBlock,
        announced: Announced,
        before: BlockResult | None,
        keys: str,
        *,
        paused: bool,
    ) -> MessageCard:
        """Return how the block before went while a long rest begins, then what comes."""
        left_s = announced.left_s
        if before is not None and left_s is not None and announced.begins:
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
        """What is left of the rest after the block before."""
        if self._last is None:
            return 0.0
        rested_s = self.clock() - self._ended_s
        return self.state.programme.blocks[self._last].rest_s - rested_s

    def _moments(
        self, camera: BlockCamera | None
    ) -> Iterator[tuple[float, Frame | None, PoseSample | None]]:
        """Yield the time, with the camera's frames and poses if there is one."""
        if camera is not None:
            for frame, sample in camera.before():
                yield frame.t_s, frame, sample
            return
        while True:
            yield self.clock(), None, None
            self.sleep(LOOK_S)

    def _measured(
        self, place: int, camera: BlockCamera | None, estimator: PoseEstimator
    ) -> GuidedWish | None:
        """Run the live session of a block."""
        block = self.state.programme.blocks[place]
        options = options_of(block, self.options, self.state.group)
        folder = self.places.sessions / self.places.new_name(place, block)
        before = self.state.blocks[place]
        self._note(place, sessions=(*before.sessions, folder.name))
        try:
            outcome = run_live(
                options,
                folder,
                presentation=self.stage.presentation(options),
                open_source=None if camera is None else partial(self._session_of, camera),
                estimator=estimator if camera is None else camera.model,
                saved=partial(self._keep_saved, folder),
            )
        except NoPersonError as error:
            self._note(place, sessions=before.sessions)
            self._why = error.message
            return self._why_ended() or "stop"
        return self._after_session(place, outcome, folder)

    def _after_session(self, place: int, outcome: LiveOutcome, folder: Path) -> GuidedWish | None:
        self._not_saved += outcome.not_saved
        session = outcome.session
        if not outcome.completed:
            if outcome.record_saved:
                self._keep_saved(folder, session)
            raise KeyboardInterrupt
        wish = self._why_ended()
        if session.reps:
            self._results[place] = _result(session)
        if wish in ("repeat", "stop"):
            return wish
        if wish is None and not session.reps:
            why = (one.text for one in session.notes if one.kind == "ended")
            self._why = next(
                why, f"Nothing was done in exercise {place + 1} of {len(self.state.blocks)}."
            )
            return "stop"
        self._leave(place, done=bool(session.reps))
        return None

    def _why_ended(self) -> GuidedWish | None:
        """Return what ended a block; ``None`` when nobody did.

        A wish to begin may be left from before it: it began by itself at that moment.
        """
        ended: GuidedWish | None = None
        while (wish := self.stage.asked()) is not None:
            if wish in ("skip", "repeat", "stop"):
                ended = wish
        return ended

    def _keep_saved(self, folder: Path, session: Session) -> None:
        self.keep(session, folder)

    def _counted(self, place: int) -> GuidedWish | None:
        """Count a self-paced block, by what the person says."""
        block, state = self.state.programme.blocks[place], self.state.blocks[place]
        done_before = state.laps_s if state.stage == "open" else ()
        words, laps = words_of_block(block), LapCount(block.sets * (block.times or 0), done_before)
        for now_s, _, _ in self._moments(None):
            laps.update(now_s)
            self.stage.show(_counting(words, laps, self.stage.keys_counting))
            wish = self.stage.asked()
            if wish == "go":
                laps.count()
                self._note(place, laps_s=laps.laps_s)
            elif wish == "pause":
                laps.pause()
            elif wish == "repeat":
                self._note(place, laps_s=())
                return wish
            elif wish == "stop":
                return wish
            if laps.over or wish == "skip":
                break
        self._results[place] = BlockResult(words.title, laps_words(laps.laps_s))
        self._leave(place, done=bool(laps.laps_s))
        return None

    def _note(
        self,
        place: int,
        *,
        stage: BlockStage | None = None,
        sessions: tuple[str, ...] | None = None,
        laps_s: tuple[float, ...] | None = None,
    ) -> None:
        """Keep what is new of a block."""
        old = self.state.blocks[place]
        new = BlockState(
            stage=old.stage if stage is None else stage,
            sessions=old.sessions if sessions is None else sessions,
            laps_s=old.laps_s if laps_s is None else laps_s,
        )
        self.state = self.state.with_block(place, new, now())
        write_state(self.places.run, self.state)

    # --- the end --------------------------------------------------------------------------------

    def _left_to_finish(self) -> list[Path]:
        """Folders of sessions whose films are to be drawn, or that a kill left unfinished."""
        names = [name for block in self.state.blocks for name in block.sessions]
        folders = [self.places.sessions / name for name in names]
        return [folder for folder in folders if has_journal(folder)]

    def _has_films(self) -> bool:
        return bool(self._left_to_finish())

    def _draw_films(self) -> None:
        """Draw the films that the blocks have left; whoever does not want to wait ends it."""
        folders = self._left_to_finish()
        for number, folder in enumerate(folders, start=1):
            drawing = partial(self._show_drawing, f"{number} of {len(folders)}")
            try:
                finish(folder, partial(self._keep_finished, folder), drawing)
            except FormcheckError as error:
                self._not_saved.append(OutputError(error.message, hint=error.hint))

    def _show_drawing(self, which: str, _t_s: float, done: int, expected: int | None) -> None:
        if done % DRAWN_EVERY_FRAMES == 1:
            self.stage.show(film_card(which, 100 * done // expected if expected else None))
        if self.stage.asked() == "stop":
            raise KeyboardInterrupt

    def _keep_finished(self, folder: Path, session: Session, _target: HistoryTarget) -> None:
        self.keep(session, folder)

    def _show_end(self, ended: Ending) -> None:
        """Show what was done, until something is asked for, or for a while."""
        where = f"Results: {self.places.run}"
        card = programme_end_card(self.headline(ended), self.rows(), where)
        end_s = self.clock() + self.options.stay_s
        while self.clock() < end_s:
            self.stage.show(card)
            if self.stage.asked() is not None:
                return
            self.sleep(LOOK_S)

    def headline(self, ended: Ending) -> str:
        """Say how it ended, in a few words."""
        title = self.state.programme.title
        return f"{title}: done" if ended == "complete" else f"{title}: stopped and saved"

    def rows(self) -> list[tuple[str, str]]:
        """Each block and what was done, in words."""
        rows = []
        for place, (block, state) in enumerate(self.state.blocks_with_states()):
            result = self._results.get(place)
            done = "not done yet" if state.stage == "open" else state.stage
            rows.append((words_of_block(block).title, done if result is None else result.done))
        return rows


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error


def _result(session: Session) -> BlockResult:
    """Word how a block went."""
    all_good = bool(session.reps) and all(map(is_wholly_good, session.reps))
    words = set_words(session.summary, session.exercise, all_good=all_good)
    looks_like = next((one.text for one in session.notes if one.kind == "looks_like"), "")
    title = session.exercise.title
    if words is None:
        return BlockResult(title, "", looks_like=looks_like)
    return BlockResult(title, words.count, words.good, words.change, looks_like, all_good)


def _counting(words: BlockWords, laps: LapCount, keys: str) -> MessageCard:
    done, elapsed_s = len(laps.laps_s), laps.elapsed_s
    return counting_card(words, done, laps.target, elapsed_s, paused=laps.paused, keys=keys)
