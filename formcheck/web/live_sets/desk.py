"""Start and manage the live sessions of the browser app, in the server.

Each session runs in its own process, and only one runs at a time. :class:`LiveDesk` starts the
processes, passes pictures and commands from the pages to them, and passes their messages back to
all pages that follow the session.

Everything runs in the server's event loop, except for threads that read from and write to the
processes, and one that finishes sessions left by an earlier server.
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
from formcheck.web.live_sets.wire import (
    COMMAND,
    EVENT,
    PICTURE,
    PICTURE_TAKEN,
    PageCommand,
    unpacked,
)

GONE_AFTER_S = 5.0
"""A page without a web socket is considered gone when it has sent nothing for this long. Our
choice."""
AWAY_S = 120.0
"""A session ends and is saved when its page has been gone for this long. Our choice: enough time to
walk to the device and reload the page."""
IDLE_S = 150.0
"""A process that has loaded the pose model but got no session is ended after this time. Our
choice."""
_STOP_S = 10.0
"""How long the server, when it ends, waits for the processes to save their sessions. Our choice."""
_MOST_PICTURES = 16
"""Most pictures kept for the screens. Our choice."""
_MOST_OUTGOING = 8
"""A picture is ignored if more messages than this wait to be sent to the process. Our choice."""
_MOST_RUNS = 8
"""How many sessions that are over stay known, for pages that return late. Our choice."""
_END_OF_MESSAGES = b""
"""In the queue of messages to a process: ends the thread that sends them."""
_ID_BYTES = 8

LiveStage = Literal["starting", "warm", "live", "saved", "over"]


@dataclass(eq=False)
class LiveRun:
    """One session and its process, as the server knows them.

    Attributes
    ----------
    id
        Random id of the session, and the name of its folder.
    title
        Title of the exercise or the programme.
    process, pipe
        The process of the session, and the connection to it.
    stage
        ``starting``: the process loads the pose model, and has no session yet; ``warm``: the model
        is loaded, still without a session; ``live``: the session has begun for the pages, although
        the process may still be loading the model; ``saved``: its film is being drawn; ``over``.
    outgoing
        Messages to the process; a thread sends them, so that the event loop never waits. First a
        job, or ``None`` to end the process without a session; then pictures and commands.
    followers
        The pages that follow the session.
    last_event
        The last event that was sent, for a page that joins after the session has ended.
    pictures
        Pictures that were not analyzed yet, by number; screens get them with the results.
    away
        Timer that ends the session if no page with a camera joins in time.
    guided
        Whether it is a guided session.
    blocks
        Folder names of the sessions of its blocks so far, including the present one.
    on_block
        Called with such a name when the session of a block begins.
    """

    id: str
    title: str
    process: SpawnProcess
    pipe: Connection
    stage: LiveStage = "starting"
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
    """Starts live sessions, and passes messages between their processes and the pages.

    Parameters
    ----------
    sessions
        Folder in which each session gets a folder.
    history
        History file to which sessions are added.
    films
        The queue of films to analyze; it is paused while a session runs.
    process_main
        Main function of the process of a session; gets the process's end of the pipe.
    """

    def __init__(
        self,
        sessions: Path,
        history: Path,
        films: FilmQueue,
        process_main: Callable[[Connection], None] = serve_session,
    ) -> None:
        self._sessions = sessions
        self._history = history
        self._films = films
        self._process_main = process_main
        self._runs: dict[str, LiveRun] = {}
        self._warm_run: LiveRun | None = None  # a process that waits for a session
        self._warm_until_s = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = Event()
        self._idle_check: asyncio.Task[None] | None = None

    # --- start and end of the server ---------------------------------------------------------

    def start(self) -> None:
        """Start, in the event loop; also finish sessions that an earlier server left."""
        self._loop = asyncio.get_running_loop()
        self._idle_check = self._loop.create_task(self._end_idle())
        self._finish_in_thread(self._unfinished())

    def close(self) -> None:
        """Ask all processes to stop, and wait for them; a running session saves its results."""
        self._closing.set()
        if self._idle_check is not None:
            self._idle_check.cancel()
        runs = [*self._runs.values(), *([self._warm_run] if self._warm_run else [])]
        for run in runs:
            for follower in run.followers:
                follower.close()
            self._ask_to_stop(run)
        deadline = time.monotonic() + _STOP_S
        for run in runs:
            run.process.join(max(0.0, deadline - time.monotonic()))

    # --- used by the request handlers ---------------------------------------------------------

    @property
    def current(self) -> LiveRun | None:
        """The session that is running; ``None`` if there is none."""
        return next((run for run in self._runs.values() if run.stage == "live"), None)

    @property
    def latest(self) -> LiveRun | None:
        """The session that is running, or the last one; ``None`` if there was none."""
        return self.current or next(reversed(self._runs.values()), None)

    @property
    def is_warm(self) -> bool:
        """Whether a process has loaded the pose model, so that a session can begin at once."""
        return self._warm_run is not None and self._warm_run.stage == "warm"

    def find(self, run_id: str) -> LiveRun | None:
        """Return the session with this id; ``None`` if this server has none."""
        return self._runs.get(run_id)

    def is_busy(self, session_id: str) -> bool:
        """Whether a session is running, or its film is still being drawn."""
        run = self._runs.get(session_id)
        if run is not None:
            return run.stage != "over"
        return has_journal(self._sessions / session_id)

    def warm_up(self) -> None:
        """Start a process that loads the pose model for the next session, if there is none."""
        self._warm_until_s = time.monotonic() + IDLE_S
        if self._warm_run is None:
            self._warm_run = self._new_run()

    def begin(
        self, options: LiveOptions, camera: str, programme: ProgrammeOptions | None = None
    ) -> LiveRun:
        """Begin a session, or a guided session if a programme is given.

        Raises
        ------
        UsageError
            A session is running already.
        """
        if self.current is not None:
            raise UsageError(
                "a set is running already", hint="Go on with that set, or end it first."
            )
        run, self._warm_run = self._warm_run or self._new_run(), None
        target = HistoryTarget(options.person, self._history)
        options = replace(options, history_target=target, headless=True, stay_s=0.0)
        run.title, run.guided = _title(options, programme), programme is not None
        run.stage = "live"
        self._runs[run.id] = run
        for old in [one for one in self._runs.values() if one.stage == "over"][:-_MOST_RUNS]:
            del self._runs[old.id]
        self._films.hold(True)
        for other in self._runs.values():
            if other.stage == "saved":
                self.send_command(other, PageCommand("hold"))
        job = LiveJob(self._sessions / run.id, options, self._history, camera, programme)
        run.outgoing.put(job)
        self._start_away_timer(run)
        return run

    def follow(self, run: LiveRun, kind: FollowsAs) -> Follower:
        """Add a page to a session; a new page with a camera replaces the previous one."""
        before = run.camera if kind == "camera" else None
        if before is not None:
            before.put(_event({"kind": "camera_taken_over"}))
            before.close()
            run.followers.remove(before)
        follower = Follower(kind)
        run.followers.append(follower)
        # While the session is live, its next picture tells the page all; the last event, such as a
        # card with "Loading", is out of date.
        if run.last_event is not None and run.stage != "live":
            follower.put(run.last_event)
        if run.stage == "over":
            follower.close()
        elif kind == "camera" and run.away is not None:
            run.away.cancel()
            run.away = None
        self._send_screen_count(run)
        return follower

    def leave(self, run: LiveRun, follower: Follower) -> None:
        """Remove a page; if it had the camera, the session waits ``AWAY_S`` for its return."""
        if follower not in run.followers:
            return
        run.followers.remove(follower)
        if follower.kind == "camera" and run.stage == "live":
            self.send_command(run, PageCommand("away"))
            self._start_away_timer(run)
        self._send_screen_count(run)

    def send_command(self, run: LiveRun, command: PageCommand) -> None:
        """Send a command to the process of a session."""
        run.outgoing.put(COMMAND + msgspec.json.encode(command))

    def join(self, run: LiveRun, command: PageCommand) -> None:
        """Tell the process that a page with a camera joined, and how much its clock differs."""
        ahead_s = time.monotonic() - command.page_s
        self.send_command(run, PageCommand("join", command.clock, command.page_s, ahead_s))

    def picture(self, run: LiveRun, number: int, data: bytes, jpeg: bytes) -> None:
        """Send a picture to the process, and keep it for the screens until its result is known.

        A page normally has at most two pictures on the way; if far more arrive, they are ignored.
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
        process, pipe = start_process(self._process_main, PROCESS_NAME)
        run = LiveRun(secrets.token_hex(_ID_BYTES), "", process, pipe, "starting")
        Thread(target=self._listen, args=(run,), name="live-listens", daemon=True).start()
        Thread(target=_send_all, args=(run,), name="live-sends", daemon=True).start()
        return run

    def _listen(self, run: LiveRun) -> None:
        """Pass the messages of a process to the event loop until it ends; runs in a thread."""
        try:
            while True:
                data = run.pipe.recv_bytes()
                self._call_in_loop(self._on_message, run, data)
        except (EOFError, OSError):
            run.process.join()
            run.outgoing.put(_END_OF_MESSAGES)
            self._call_in_loop(self._on_process_end, run)

    def _call_in_loop(self, call: Callable[..., None], *arguments: object) -> None:
        if self._loop is not None and not self._closing.is_set():
            with contextlib.suppress(RuntimeError):  # the loop has just ended
                self._loop.call_soon_threadsafe(call, *arguments)

    def _on_message(self, run: LiveRun, data: bytes) -> None:
        letter, number, json = unpacked(data)
        if letter == EVENT:
            self._on_event(run, json)
            return
        message = Message(number, letter, json)
        if letter == PICTURE_TAKEN:
            if run.camera is not None:
                run.camera.put(message)
            return
        self._broadcast(run, message)
        for shown in [one for one in run.pictures if one <= number]:
            del run.pictures[shown]

    def _on_event(self, run: LiveRun, json: bytes) -> None:
        content = msgspec.json.decode(json)
        kind = content["kind"]
        if kind == "warm":
            if run.stage == "starting":
                run.stage = "warm"
            return
        if kind == "block":
            run.blocks.append(content["session"])
            run.on_block(content["session"])
            return
        if kind == "saved" and run.stage == "live":
            run.stage = "saved"
            self._release_waiting_work()
        if kind == "over":
            run.stage = "over"
            self._release_waiting_work()
        content["session"] = run.id
        content["report"] = (self._sessions / run.id / FILE_NAME).is_file()
        self._send_event(run, content)

    def _on_process_end(self, run: LiveRun) -> None:
        """Clean up after a process has ended; tell the pages if it died during a session."""
        if run is self._warm_run:
            self._warm_run = None
            return
        if run.stage != "over":
            why = how_it_died(run.process.exitcode)
            self._send_event(
                run,
                {
                    "kind": "over",
                    "message": f"the session stopped: {why}",
                    "hint": "What was done until then is kept; the report is being made now.",
                    "session": run.id,
                    "report": False,
                },
            )
            self._finish_in_thread(self._unfinished_of(run.id, *run.blocks))
        elif run.blocks:  # their films are still to be drawn
            self._finish_in_thread(self._unfinished_of(*run.blocks))
        run.stage = "over"
        for follower in run.followers:
            follower.close()
        if run.away is not None:
            run.away.cancel()
        self._release_waiting_work()

    def _release_waiting_work(self) -> None:
        """If no session runs, continue the queue of films and the drawing of earlier sessions."""
        if self.current is None:
            self._films.hold(False)
            for run in self._runs.values():
                if run.stage == "saved":
                    self.send_command(run, PageCommand("release"))

    def _ask_to_stop(self, run: LiveRun) -> None:
        """Ask a process to end; a session that runs saves its results first."""
        if run.stage in ("starting", "warm"):
            run.outgoing.put(None)
        else:
            self.send_command(run, PageCommand("leave"))

    # --- the pages ----------------------------------------------------------------------------

    def _broadcast(self, run: LiveRun, message: Message) -> None:
        for follower in run.followers:
            follower.put(
                with_picture(message, run.pictures) if follower.kind == "screen" else message
            )

    def _send_event(self, run: LiveRun, content: Mapping[str, object]) -> None:
        event = _event(content)
        run.last_event = event
        self._broadcast(run, event)

    def _send_screen_count(self, run: LiveRun) -> None:
        screens = sum(one.kind == "screen" for one in run.followers)
        for follower in run.followers:
            follower.put(_event({"kind": "screens", "count": screens}))

    def _start_away_timer(self, run: LiveRun) -> None:
        """Let the session end after ``AWAY_S`` unless a page with a camera joins before."""
        if self._loop is not None:
            run.away = self._loop.call_later(AWAY_S, self.send_command, run, PageCommand("end"))

    async def _end_idle(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            if self._warm_run is not None and time.monotonic() > self._warm_until_s:
                self._ask_to_stop(self._warm_run)
                self._warm_run = None

    def _unfinished_of(self, *sessions: str) -> list[LeftOver]:
        return [one for one in self._unfinished() if one.folder.name in sessions]

    def _unfinished(self) -> list[LeftOver]:
        return list(left_in(self._sessions, self._history))

    def _finish_in_thread(self, left: Sequence[LeftOver]) -> None:
        """Finish unfinished sessions, in a thread."""
        arguments = (left, lambda: self.current is not None, self._closing)
        Thread(target=finish_all, args=arguments, name="live-left-over", daemon=True).start()


def _title(options: LiveOptions, programme: ProgrammeOptions | None) -> str:
    """Return the title of the programme or of the exercise."""
    if programme is not None:
        return programme.opened.title
    from formcheck.exercises import get_exercise  # heavy

    return get_exercise(options.exercise).title


def _send_all(run: LiveRun) -> None:
    """Send the waiting messages to a process until it is gone; runs in a thread."""
    with contextlib.suppress(OSError):  # a dead process is noticed in _listen
        while (data := run.outgoing.get()) != _END_OF_MESSAGES:
            if isinstance(data, bytes):
                run.pipe.send_bytes(data)
            else:
                run.pipe.send(data)


def _event(content: Mapping[str, object]) -> Message:
    return Message(0, EVENT, msgspec.json.encode(content))


@dataclass
class PlainFollowers:
    """The pages that follow a session with plain requests, because web sockets are blocked.

    Each page gets a random name, which it sends with every request. A page that has sent nothing
    for ``GONE_AFTER_S`` is removed.
    """

    _by_name: dict[str, tuple[LiveRun, Follower]] = field(default_factory=dict)
    _timers: dict[str, asyncio.TimerHandle] = field(default_factory=dict)

    def add(self, desk: LiveDesk, run: LiveRun, kind: FollowsAs) -> str:
        """Add a page to a session; return the page's name."""
        name = secrets.token_hex(_ID_BYTES)
        self._by_name[name] = run, desk.follow(run, kind)
        self._restart_timer(desk, name)
        return name

    def get(self, desk: LiveDesk, name: str, run: LiveRun, kind: FollowsAs) -> Follower | None:
        """Return the page that sent a request; ``None`` if it was removed after being silent."""
        found = self._by_name.get(name)
        if found is None or found[0] is not run or found[1].kind != kind:
            return None
        self._restart_timer(desk, name)
        return found[1]

    def _restart_timer(self, desk: LiveDesk, name: str) -> None:
        before = self._timers.pop(name, None)
        if before is not None:
            before.cancel()
        loop = asyncio.get_running_loop()
        self._timers[name] = loop.call_later(GONE_AFTER_S, self._remove, desk, name)

    def _remove(self, desk: LiveDesk, name: str) -> None:
        run, follower = self._by_name.pop(name)
        self._timers.pop(name, None)
        desk.leave(run, follower)
