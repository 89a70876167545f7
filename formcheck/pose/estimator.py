"""The interface of pose estimators, and the iterator that applies one to the frames of a source.

:class:`EstimatedFrames` yields each frame with its pose. It decides with a rule on which frames the
pose model runs (``WhenToLook``; :mod:`formcheck.motion.look_rule`), and gives the model the next
frames while the caller still works on an earlier one. A *look* is one run of the pose model on a
frame.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, Protocol

from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample


@dataclass(frozen=True)
class ModelInfo:
    """The pose model used: its name and the SHA-256 of its file."""

    name: str
    sha256: str


POLL_INTERVAL_S = 0.002
"""How often the source is asked for the next frame while the current one is processed."""


class PoseEstimator(Protocol):
    """Estimates the subject's pose in each frame; used for one session, in frame order."""

    @property
    def model(self) -> ModelInfo:
        """The model used."""
        ...

    def begin(self, frame: Frame) -> None:
        """Start work on a frame before its pose is requested.

        Frames are begun in order, any number of them ahead of the one being estimated. May be
        called from another thread while :meth:`estimate` runs.
        """
        ...

    def peek(self, frame: Frame) -> PoseSample:
        """Return a preliminary pose in a frame that was begun, even if earlier ones are not done.

        It has no effect on what :meth:`estimate` returns for any frame.
        """
        ...

    def estimate(self, frame: Frame) -> PoseSample:
        """Return the subject's pose in this frame, ``PoseSample.nobody`` when not seen."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...


class WhenToLook(Protocol):
    """A rule for the frames on which the model runs; see :mod:`formcheck.motion.look_rule`."""

    @property
    def slow(self) -> bool:
        """Whether the computer is too slow for its camera, so that frames do not wait for looks."""
        ...

    @property
    def most_waiting(self) -> int:
        """How many frames may wait at rest."""
        ...

    def note_delay(self, t_s: float, waited_s: float) -> None:
        """Note how long a frame waited to be taken."""
        ...

    def is_full(self, t_s: float) -> bool:
        """Whether the full rate is known to hold at a time."""
        ...

    def is_due(self, t_s: float) -> bool:
        """Whether a frame is due at the full rate."""
        ...

    def is_due_at_rest(self, t_s: float) -> bool:
        """Whether a frame is due at the rate of rest."""
        ...

    def is_due_to_wait(self, t_s: float) -> bool:
        """Whether a frame at rest is to wait."""
        ...

    def note_waiting(self, t_s: float) -> None:
        """Note that a frame waits."""
        ...

    def note_look(self, t_s: float) -> None:
        """Note that a frame is looked at."""
        ...

    def check_for_movement(self, sample: PoseSample) -> bool:
        """Start the full rate if a look at rest shows a movement; return whether it shows one."""
        ...

    def update(self, sample: PoseSample) -> None:
        """Take the pose of a look, in order of time."""
        ...


class EveryFrame:
    """The rule under which the model runs on every frame."""

    slow = False
    most_waiting = 0

    def note_delay(self, t_s: float, waited_s: float) -> None:
        """Do nothing: every frame waits for its look."""

    def is_full(self, t_s: float) -> bool:  # noqa: ARG002
        """Return ``True``."""
        return True

    is_due = is_due_at_rest = is_due_to_wait = is_full

    def note_waiting(self, t_s: float) -> None:
        """Do nothing: none waits."""

    note_look = note_waiting

    def check_for_movement(self, sample: PoseSample) -> bool:  # noqa: ARG002
        """Return ``False``: there is no rest."""
        return False

    def update(self, sample: PoseSample) -> None:
        """Do nothing."""


_Look = Literal["now", "held", "aside", "none"]
"""What happens with a frame. ``now``: it is yielded with its pose. ``held``: at rest; its pose is
yielded later, when it is known whether somebody has begun to move. ``aside``: on a slow computer;
the model runs on it in the background while later frames are yielded. ``none``: the model does not
run on it."""


class LookAside:
    """Runs the model on one frame at a time in the background, on a slow computer."""

    def __init__(self, estimator: PoseEstimator) -> None:
        self._estimator = estimator
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="formcheck-aside")
        self._running: tuple[Frame, Future[PoseSample]] | None = None

    @property
    def busy(self) -> bool:
        """Whether the model is still running."""
        return self._running is not None and not self._running[1].done()

    def start(self, frame: Frame) -> None:
        """Start on a frame; the result of the one before must have been taken."""
        self._running = frame, self._thread.submit(self._estimator.estimate, frame)

    def take(self, *, wait: bool) -> tuple[Frame, PoseSample] | None:
        """Take the frame and its pose when it is done, or ``wait`` for it; ``None`` without one."""
        if self._running is None or (self.busy and not wait):
            return None
        (frame, pose), self._running = self._running, None
        return frame, pose.result()

    def close(self) -> None:
        """Wait for the model, and end the thread."""
        self._thread.shutdown()


class EstimatedFrames:
    """Iterates over the frames of a source, once, each with its pose if the model ran on it.

    Frames are begun (given to the estimator) as soon as they are available, while the caller still
    works on an earlier one. So the estimator works on several frames at once, and short delays in
    different places do not add up. A background thread polls for the next frame; it never waits for
    the source. Only the iterating thread does, so callbacks of the source run in that thread.

    On which frames the model runs depends on the rule alone, not on how far ahead the thread is.
    While the rule says that the computer is slow, each frame is yielded at once, and a look that is
    due is skipped if the one before it is still running.

    Parameters
    ----------
    frames
        The frames of one source.
    estimator
        Estimates their poses.
    ready
        Returns whether the next frame is available without waiting.
    ahead
        How many frames are begun ahead of the one being estimated.
    rule
        On which frames the model runs; on every frame when left out.
    waited
        Returns how long the next frame has already waited, in seconds.
    """

    def __init__(
        self,
        frames: Iterable[Frame],
        estimator: PoseEstimator,
        ready: Callable[[], bool],
        ahead: int = 1,
        rule: WhenToLook | None = None,
        waited: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._frames = iter(frames)
        self._waited = waited
        self._estimator = estimator
        self._aside = LookAside(estimator)
        self._ready = ready
        self._ahead = ahead
        self._rule = rule or EveryFrame()
        self._lock = threading.Lock()  # only one thread at a time may advance the source
        self._decided: deque[tuple[Frame, _Look]] = deque()
        self._undecided: Frame | None = None
        self._held: deque[tuple[Frame, bool]] = deque()  # frames at rest, and whether begun
        self._newest: Frame | None = None  # the last look at rest, which was not checked yet
        self._error: Exception | None = None
        self._ended = False
        self._more_needed = threading.Event()
        self._stopped = False

    def samples(self) -> Generator[PoseSample]:
        """Yield the poses alone."""
        for _, sample in self:
            if sample is not None:
                yield sample

    def __iter__(self) -> Generator[tuple[Frame, PoseSample | None], None, None]:
        """Yield each frame with its pose; close the generator if you stop early.

        A frame on which the model does not run comes without a pose. At rest, and on a slow
        computer, all frames first come without one; those on which the model runs come again, with
        their poses. Poses come in order of time.
        """
        poller = threading.Thread(target=self._poll, name="formcheck-next", daemon=True)
        poller.start()
        try:
            while (decided := self._take()) is not None:
                frame, look = decided
                yield from self._looked_aside(wait=look != "none")
                if look == "now":
                    yield frame, self._estimated(frame)
                    continue
                if look == "aside":
                    yield from self._looks_held()
                    self._aside.start(frame)
                yield frame, None
                if look == "held":
                    moves = self._before_moves(frame)
                    while released := self._released(everything=moves):
                        for held in released:
                            yield held, self._estimated(held)
            yield from self._looked_aside(wait=True)
            yield from self._looks_held()
        finally:
            self._stopped = True
            self._more_needed.set()
            poller.join()
            self._aside.close()

    def _estimated(self, frame: Frame) -> PoseSample:
        """Return the pose in a frame, and report it to the rule."""
        sample = self._estimator.estimate(frame)
        self._rule.update(sample)
        return sample

    def _before_moves(self, frame: Frame) -> bool:
        """Return whether the look at rest before this one shows that somebody moves.

        By checking the one before, the model can work on two looks at once, as in a movement.
        """
        before, self._newest = self._newest, frame
        return before is not None and self._rule.check_for_movement(self._estimator.peek(before))

    def _released(self, *, everything: bool) -> list[Frame]:
        """Take from the held frames those whose poses can be yielded now, in order.

        When somebody moves (``everything``), these are all of them, also those that only waited.
        Otherwise these are the begun ones before the frames that may still wait, except the newest,
        which is checked when the next one is begun.
        """
        with self._lock:
            waiting = sum(not begun for _, begun in self._held)
            released: list[Frame] = []
            while self._held:
                frame, begun = self._held[0]
                moves = everything or self._rule.is_full(frame.t_s)
                too_many = waiting > self._rule.most_waiting
                free = frame is not self._newest if begun else too_many
                if not (free or moves):
                    break
                if frame is self._newest:
                    self._newest = None
                self._held.popleft()
                waiting -= not begun
                if begun or not too_many:
                    if not begun:
                        self._estimator.begin(frame)
                    released.append(frame)
                if released and not moves:
                    break  # this look will show whether the person moves in the next one
        return released

    def _looked_aside(self, *, wait: bool) -> Generator[tuple[Frame, PoseSample]]:
        """Yield the frame in the background with its pose when it is done, or wait for it."""
        looked = self._aside.take(wait=wait)
        if looked is None:
            return
        _, sample = looked
        if not self._rule.is_full(sample.t_s):
            self._rule.check_for_movement(sample)
        self._rule.update(sample)
        yield looked

    def _looks_held(self) -> Generator[tuple[Frame, PoseSample]]:
        """Yield the held frames that were begun, with their poses; drop those that only waited."""
        with self._lock:
            held = [frame for frame, begun in self._held if begun]
            self._held.clear()
            self._newest = None
        for frame in held:
            yield frame, self._estimated(frame)

    def _take(self) -> tuple[Frame, _Look] | None:
        """Wait for the next frame and decide about it; also begin later ones that are available.

        An error of the source is raised when all frames before it have been taken.
        """
        with self._lock:
            if not self._decided:
                if self._undecided is None:
                    if self._error is not None:
                        raise self._error
                    self._undecided = self._next_frame()
                if self._undecided is None:
                    self._ended = True
                    return None
                # All earlier looks are known now, unless one runs in the background.
                if self._rule.slow:
                    self._decide_aside()
                elif not self._decide_at_full_rate():
                    self._decide_at_rest()
            decided = self._decided.popleft()
            self._begin_available()
        return decided

    def _poll(self) -> None:
        """Thread target: begin frames as soon as they are available."""
        while self._more_needed.wait() and not self._stopped:
            time.sleep(POLL_INTERVAL_S)
            with self._lock:
                if not self._stopped:
                    self._begin_available()

    def _begin_available(self) -> None:
        """Begin the frames that are available; wake the polling thread when more are needed."""
        try:
            while self._wants_more and self._ready():
                self._undecided = self._next_frame()
                self._ended = self._undecided is None
                self._decide_at_full_rate()
        except Exception as error:  # noqa: BLE001 - raised in the iterating thread
            self._error = error
        if self._wants_more:
            self._more_needed.set()
        else:
            self._more_needed.clear()

    @property
    def _wants_more(self) -> bool:
        """Whether further frames should be begun ahead."""
        begun = sum(look == "now" for _, look in self._decided)
        waiting = self._undecided is not None or self._ended or self._error is not None
        return begun < self._ahead and not waiting and not self._rule.slow

    def _next_frame(self) -> Frame | None:
        """Return the next frame of the source, and tell the rule how long it waited."""
        waited_s = self._waited()
        frame = next(self._frames, None)
        if frame is not None:
            self._rule.note_delay(frame.t_s, waited_s)
        return frame

    def _decide_at_full_rate(self) -> bool:
        """Decide about the next frame if the full rate already holds; return whether it does."""
        frame = self._undecided
        slow = self._rule.slow
        if frame is None or slow or self._held or not self._rule.is_full(frame.t_s):
            return False
        self._undecided = None
        self._decide(frame, "now" if self._rule.is_due(frame.t_s) else "none")
        return True

    def _decide_at_rest(self) -> None:
        """Decide about the next frame at rest."""
        frame, self._undecided = self._undecided, None
        assert frame is not None  # noqa: S101  the caller has it
        look: _Look = "held" if self._rule.is_due_at_rest(frame.t_s) else "none"
        if look == "none" and self._rule.is_due_to_wait(frame.t_s):
            self._rule.note_waiting(frame.t_s)
            self._held.append((frame, False))
        self._decide(frame, look)

    def _decide_aside(self) -> None:
        """Decide about the next frame on a slow computer."""
        frame, self._undecided = self._undecided, None
        assert frame is not None  # noqa: S101  the caller has it
        full = self._rule.is_full(frame.t_s)
        due = self._rule.is_due(frame.t_s) if full else self._rule.is_due_at_rest(frame.t_s)
        self._decide(frame, "aside" if due and not self._aside.busy else "none")

    def _decide(self, frame: Frame, look: _Look) -> None:
        """Carry out a decision: begin the frame if the model runs on it, and queue it."""
        if look != "none":
            self._rule.note_look(frame.t_s)
            self._estimator.begin(frame)
        if look == "held":
            self._held.append((frame, True))
        self._decided.append((frame, look))
