"""The server's side of live sessions: one at a time, each in a process of its own.

All of it runs in the server's event loop, but for two threads: one hands on what a process says,
one finishes what an earlier server left.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import Literal

import msgspec

from formcheck.app.options import LiveOptions, ProgrammeOptions
from formcheck.app.worker_process import how_it_died, start_process
from formcheck.data.errors import UsageError
from formcheck.store.journal import HistoryTarget, has_journal
from formcheck.store.session_file import FILE_NAME
from formcheck.web.film_queue import FilmQueue
from formcheck.web.live_sets.followers import Follower, FollowsAs, Message, with_picture
from formcheck.web.live_sets.left_over import LeftOver, finish_all, left_in
from formcheck.web.live_sets.live_process import PROCESS_NAME, LiveJob, serve_session
from formcheck.web.live_sets.wire import PICTURE, WISH, Wish, unpacked

GONE_AFTER_S = 5.0
"""A page without a socket is gone when it has sent nothing for so long. Ours."""
AWAY_S = 120.0
"""A session whose page is gone for so long ends and is saved. Ours: enough to walk up and reload
it."""
IDLE_S = 150.0
"""A process that was warmed up and not used is ended after this time. Ours."""
_STOP_S = 10.0
_MOST_PICTURES = 16
_MOST_OUTGOING = 8
_MOST_RUNS = 8
_NO_MORE = b""
_ID_BYTES = 8

LiveStage = Literal["starting", "warm", "live", "saved", "over"]


@dataclass(eq=False)
class LiveRun:
    """One session, and everything the server knows of it.

    Attributes
    ----------
    id
        Its opaque id, and the name of its folder.
    title
        What is being done, in words.
    phase
        How far it is: the process is ``starting``, then ``warm``; the session is ``live`` until it
        is saved, ``saved`` while its film is drawn, then ``over``.
    outgoing
        What waits to be sent to the process; a thread sends it, so that nothing here ever waits.
    followers
        The pages that follow it.
    last_event
        What was last told, for a page that comes later.
    pictures
        Pictures that were not looked at yet, for the screens.
    away
        Ends the session when no page with a camera comes back.
    guided
        Whether it is a guided session.
    blocks
        The sessions of its blocks, so far, the present one too.
    on_block
        Called with each of them when it begins.
    """

    id: str
    title: str
    process: SpawnProcess
    pipe: Connection
    phase: LiveStage = "starting"
    outgoing: SimpleQueue[bytes | LiveJob | None] = field(default_factory=SimpleQueue)
    followers: list[Follower] = field(default_factory=list)
    last_event: Message | None = None
    pictures: dict[int, bytes] = field(default_factory=dict)
    away: asyncio.TimerHandle | None = None
    guided: bool = False
    blocks: list[str] = field(default_factory=list)
    on_block: Callable[[str], None] = lambda _: None

    @property
    def camera(self) -> Follower | None:
        """The page that sends the pictures."""
        return next((one for one in self.followers if one.kind == "camera"), None)


class LiveDesk:
    """Starts live sessions, hands pictures to their processes, and what they say to the pages.

    Parameters
    ----------
    sessions
        Folder in which each session gets a folder.
    history
        The history that sessions are added to.
    films
        The queue, which waits while a session runs.
    body
        Body of the process of a session.
    """

    def __init__(
        self,
        sessions: Path,
        history: Path,
        films: FilmQueue,
        body: Callable[[Connection], None] = serve_session,
    ) -> None:
        self._sessions = sessions
        self._history = history
        self._films = films
        self._body = body
        self._runs: dict[str, LiveRun] = {}
        self._spare: LiveRun | None = None
        self._spare_until_s = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = Event()
        self._patrol: asyncio.Task[None] | None = None

    # --- begins and ends with the server -----------------------------------------------------

    def start(self) -> None:
        """Begin, in the event loop; finish what an earlier server left."""
        self._loop = asyncio.get_running_loop()
        self._patrol = self._loop.create_task(self._end_idle())
        self._finish(self._left())

    def close(self) -> None:
        """Let go of the processes: a session that runs is saved by its own."""
        self._closing.set()
        if self._patrol is not None:
            self._patrol.cancel()
        runs = [*self._runs.values(), *([self._spare] if self._spare else [])]
        for run in runs:
            for follower in run.followers:
                follower.close()
            self._hang_up(run)
        deadline = time.monotonic() + _STOP_S
        for run in runs:
            run.process.join(max(0.0, deadline - time.monotonic()))

    # --- asked by pages -----------------------------------------------------------------------

    @property
    def current(self) -> LiveRun | None:
        """The session that runs; ``None`` when none does."""
        return next((run for run in self._runs.values() if run.phase == "live"), None)

    @property
    def latest(self) -> LiveRun | None:
        """The session that runs, or the last one."""
        return self.current or next(reversed(self._runs.values()), None)

    @property
    def is_warm(self) -> bool:
        """Whether a session can begin at once."""
        return self._spare is not None and self._spare.phase == "warm"

    def find(self, run_id: str) -> LiveRun | None:
        """Return a session of this server; ``None`` when there is none of this id."""
        return self._runs.get(run_id)

    def is_busy(self, session_id: str) -> bool:
        """Whether a session is running, or its film is still being drawn."""
        run = self._runs.get(session_id)
        if run is not None:
            return run.phase != "over"
        return has_journal(self._sessions / session_id)

    def warm_up(self) -> None:
        """Load the pose model for the next session, if that is not done."""
        self._spare_until_s = time.monotonic() + IDLE_S
        if self._spare is None:
            self._spare = self._new_run()

    def begin(
        self, options: LiveOptions, camera: str, programme: ProgrammeOptions | None = None
    ) -> LiveRun:
        """Begin a session, or with a programme a guided one.

        Raises
        ------
        UsageError
            One is running.
        """
        if self.current is not None:
            raise UsageError(
                "a set is running already", hint="Go on with that set, or end it first."
            )
        run, self._spare = self._spare or self._new_run(), None
        target = HistoryTarget(options.person, self._history)
        options = replace(options, history_target=target, headless=True, stay_s=0.0)
        run.title, run.guided = _title(options, programme), programme is not None
        run.phase = "live"
        self._runs[run.id] = run
        for old in [one for one in self._runs.values() if one.phase == "over"][:-_MOST_RUNS]:
            del self._runs[old.id]
        self._films.hold(True)
        for other in self._runs.values():
            if other.phase == "saved":
                self.wish(other, Wish("hold"))
        job = LiveJob(self._sessions / run.id, options, self._history, camera, programme)
        run.outgoing.put(job)
        self._wait_for_page(run)
        return run

    def follow(self, run: LiveRun, kind: FollowsAs) -> Follower:
        """Let a page follow a session; a page with a camera takes the place of another one."""
        before = run.camera if kind == "camera" else None
        if before is not None:
            before.put(_event({"kind": "taken"}))
            before.close()
            run.followers.remove(before)
        follower = Follower(kind)
        run.followers.append(follower)
        if run.last_event is not None and run.phase != "live":
            follower.put(run.last_event)
        if run.phase == "over":
            follower.close()
        elif kind == "camera" and run.away is not None:
            run.away.cancel()
            run.away = None
        self._count_screens(run)
        return follower

    def leave(self, run: LiveRun, follower: Follower) -> None:
        """Note that a page is gone; the session waits for it for a while."""
        if follower not in run.followers:
            return
        run.followers.remove(follower)
        if follower.kind == "camera" and run.phase == "live":
            self.wish(run, Wish("away"))
            self._wait_for_page(run)
        self._count_screens(run)

    def wish(self, run: LiveRun, wish: Wish) -> None:
        """Ask something of the process."""
        run.outgoing.put(WISH + msgspec.json.encode(wish))

    def join(self, run: LiveRun, wish: Wish) -> None:
        """Let a page with a camera join, with its clock set against ours as of now."""
        ahead_s = time.monotonic() - wish.page_s
        self.wish(run, Wish("join", wish.clock, wish.page_s, ahead_s))

    def picture(self, run: LiveRun, number: int, data: bytes, jpeg: bytes) -> None:
        """Hand a picture to the process, and keep it for the screens until it was looked at.

        A page has two on the way at most; those of one that floods are left out.
        """
        if run.outgoing.qsize() > _MOST_OUTGOING:
            return
        if any(one.kind == "screen" for one in run.followers):
            run.pictures[number] = jpeg
            while len(run.pictures) > _MOST_PICTURES:
                del run.pictures[next(iter(run.pictures))]
        run.outgoing.put(PICTURE + data)

    # --- the processes ------------------------------------------------------------------------

    def _new_run(self) -> LiveRun:
        process, pipe = start_process(self._body, PROCESS_NAME)
        run = LiveRun(secrets.token_hex(_ID_BYTES), "", process, pipe, "starting")
        Thread(target=self._listen, args=(run,), name="live-listens", daemon=True).start()
        Thread(target=_send_all, args=(run,), name="live-sends", daemon=True).start()
        return run

    def _listen(self, run: LiveRun) -> None:
        """Thread: hand on what a process says, until it ends."""
        try:
            while True:
                data = run.pipe.recv_bytes()
                self._in_loop(self._said, run, data)
        except (EOFError, OSError):
            run.process.join()
            run.outgoing.put(_NO_MORE)
            self._in_loop(self._ended, run)

    def _in_loop(self, call: Callable[..., None], *about: object) -> None:
        if self._loop is not None and not self._closing.is_set():
            with contextlib.suppress(RuntimeError):  # the loop has just ended
                self._loop.call_soon_threadsafe(call, *about)

    def _said(self, run: LiveRun, data: bytes) -> None:
        letter, number, json = unpacked(data)
        if letter == b"e":
            self._event_of(run, json)
            return
        message = Message(number, letter, json)
        if letter == b"t":
            if run.camera is not None:
                run.camera.put(message)
            return
        self._broadcast(run, message)
        for seen in [one for one in run.pictures if one <= number]:
            del run.pictures[seen]

    def _event_of(self, run: LiveRun, json: bytes) -> None:
        said = msgspec.json.decode(json)
        kind = said["kind"]
        if kind == "warm":
            if run.phase == "starting":
                run.phase = "warm"
            return
        if kind == "block":
            run.blocks.append(said["session"])
            run.on_block(said["session"])
            return
        if kind == "saved" and run.phase == "live":
            run.phase = "saved"
            self._go_on()
        if kind == "over":
            run.phase = "over"
            self._go_on()
        said["session"] = run.id
        said["report"] = (self._sessions / run.id / FILE_NAME).is_file()
        self._tell(run, said)

    def _ended(self, run: LiveRun) -> None:
        """Note that a process has ended; say so when it did before its time."""
        if run is self._spare:
            self._spare = None
            return
        if run.phase != "over":
            why = how_it_died(run.process.exitcode)
            self._tell(
                run,
                {
                    "kind": "over",
                    "message": f"the session stopped: {why}",
                    "hint": "What was done until then is kept; the report is being made now.",
                    "session": run.id,
                    "report": False,
                },
            )
            self._finish(self._left_of(run.id, *run.blocks))
        elif run.blocks:  # their films are still to be drawn
            self._finish(self._left_of(*run.blocks))
        run.phase = "over"
        for follower in run.followers:
            follower.close()
        if run.away is not None:
            run.away.cancel()
        self._go_on()

    def _go_on(self) -> None:
        """Let the films, and the drawing of earlier sessions, go on when no set runs."""
        if self.current is None:
            self._films.hold(False)
            for run in self._runs.values():
                if run.phase == "saved":
                    self.wish(run, Wish("release"))

    def _hang_up(self, run: LiveRun) -> None:
        """Let a process end: it saves what it has."""
        if run.phase in ("starting", "warm"):
            run.outgoing.put(None)
        else:
            self.wish(run, Wish("leave"))

    # --- the pages ----------------------------------------------------------------------------

    def _broadcast(self, run: LiveRun, message: Message) -> None:
        for follower in run.followers:
            follower.put(
                with_picture(message, run.pictures) if follower.kind == "screen" else message
            )

    def _tell(self, run: LiveRun, said: Mapping[str, object]) -> None:
        event = _event(said)
        run.last_event = event
        self._broadcast(run, event)

    def _count_screens(self, run: LiveRun) -> None:
        screens = sum(one.kind == "screen" for one in run.followers)
        for follower in run.followers:
            follower.put(_event({"kind": "screens", "count": screens}))

    def _wait_for_page(self, run: LiveRun) -> None:
        if self._loop is not None:
            run.away = self._loop.call_later(AWAY_S, self.wish, run, Wish("end"))

    async def _end_idle(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            if self._spare is not None and time.monotonic() > self._spare_until_s:
                self._hang_up(self._spare)
                self._spare = None

    def _left_of(self, *sessions: str) -> list[LeftOver]:
        return [one for one in self._left() if one.folder.name in sessions]

    def _left(self) -> list[LeftOver]:
        return list(left_in(self._sessions, self._history))

    def _finish(self, left: Sequence[LeftOver]) -> None:
        """Finish in a thread of its own what a kill has left."""
        about = (left, lambda: self.current is not None, self._closing)
        Thread(target=finish_all, args=about, name="live-left-over", daemon=True).start()


def _title(options: LiveOptions, programme: ProgrammeOptions | None) -> str:
    """Say what is being done."""
    if programme is not None:
        return programme.opened.title
    from formcheck.exercises import get_exercise  # heavy

    return get_exercise(options.exercise).title


def _send_all(run: LiveRun) -> None:
    """Thread: send what waits for a process, until it is gone."""
    with contextlib.suppress(OSError):  # that it is dead shows when its pipe is read
        while (data := run.outgoing.get()) != _NO_MORE:
            if isinstance(data, bytes):
                run.pipe.send_bytes(data)
            else:
                run.pipe.send(data)


def _event(said: Mapping[str, object]) -> Message:
    return Message(0, b"e", msgspec.json.encode(said))


@dataclass
class PlainFollowers:
    """The pages that follow without a socket, by the name each was given."""

    _found: dict[str, tuple[LiveRun, Follower]] = field(default_factory=dict)
    _gone: dict[str, asyncio.TimerHandle] = field(default_factory=dict)

    def add(self, desk: LiveDesk, run: LiveRun, kind: FollowsAs) -> str:
        """Let a page follow; return its name."""
        name = secrets.token_hex(8)
        self._found[name] = run, desk.follow(run, kind)
        self._wait(desk, name)
        return name

    def get(self, desk: LiveDesk, name: str, run: LiveRun, kind: FollowsAs) -> Follower | None:
        """Return a page that has just asked something; ``None`` when it was given up."""
        found = self._found.get(name)
        if found is None or found[0] is not run or found[1].kind != kind:
            return None
        self._wait(desk, name)
        return found[1]

    def _wait(self, desk: LiveDesk, name: str) -> None:
        before = self._gone.pop(name, None)
        if before is not None:
            before.cancel()
        loop = asyncio.get_running_loop()
        self._gone[name] = loop.call_later(GONE_AFTER_S, self._give_up, desk, name)

    def _give_up(self, desk: LiveDesk, name: str) -> None:
        run, follower = self._found.pop(name)
        self._gone.pop(name, None)
        desk.leave(run, follower)
