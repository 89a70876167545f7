"""The queue of films: kept on disk, measured by worker processes, one or two at a time.

Each film has a folder of its own with the film and ``item.json``. So a server that is killed loses
nothing: the next one goes on with the films that were waiting or being measured.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from threading import RLock, Thread
from typing import Annotated, Literal

import msgspec

from formcheck.app.options import UploadOptions
from formcheck.app.worker_process import (
    STALLED_S,
    Worker,
    WorkOf,
    how_it_died,
    start_worker,
    stop_workers,
)
from formcheck.data.errors import FormcheckError, OutputError, UsageError
from formcheck.store.session_file import FILE_NAME
from formcheck.store.whole_file import write_bytes
from formcheck.web.measuring import FilmJob, FilmOutcome, FilmSeen, measure_film
from formcheck.web.option_form import options_from

FILM_NAME = "film"
ORIGINAL_NAME = "original_film"
"""The film beside its results, when it was to be kept."""
MOST_ITEMS = 100
"""Films in the list, finished ones too. Our choice: more is a batch's work."""
CORES_FOR_TWO = 4
"""From this many cores on, two films are measured at once: one takes about two cores."""

FilmState = Literal["receiving", "waiting", "done", "no_repetition", "failed"]
TRIED: tuple[FilmState, ...] = ("no_repetition", "failed")
"""Not measured, so that the film is kept until it is tried again or taken out of the list."""
_ITEM_NAME = "item.json"
_WORKER_NAME = "formcheck-app"
_STOP_S = 5.0
"""How long a film that is cancelled may take to stop before its process is killed."""
_ID_BYTES = 8
_STALLED = f"no progress for {STALLED_S:.0f} s, so it was stopped"
_TRY_ALONE = "Try this film again by itself. If it fails again, cut it shorter."
SILENT_S = 120.0
"""A film of which nothing arrives for so long is given up: its page is gone, or its network."""
_SEND_AGAIN = "To measure it, choose the film again."
_SILENT = f"the upload stood still for {SILENT_S / 60:.0f} minutes"
_CANCELLED_DRAWING = "You cancelled the film with the results drawn in."


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept on disk of a film in the queue."""

    id: str
    name: Annotated[str, msgspec.Meta(max_length=400)]
    values: dict[str, str] = {}
    state: FilmState = "receiving"
    added: float = 0.0
    size_bytes: int = 0
    message: str = ""
    hint: str = ""
    verdict: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


@dataclass
class Item:
    """A film in the queue: what is kept of it, and how far it is."""

    kept: Kept
    seen: FilmSeen | None = None
    received_bytes: int = 0
    arrived_s: float = field(default_factory=time.monotonic)
    cancelled_s: float | None = None
    pictures: int = 0

    @property
    def running(self) -> bool:
        """Whether a worker is at it."""
        return self.kept.state == "waiting" and self.seen is not None

    @property
    def missing_bytes(self) -> int:
        """How much of the film is still to be received, if it is not complete."""
        return max(0, self.kept.size_bytes - self.received_bytes)


@dataclass
class FilmQueue:
    """The films, and the thread that hands them out.

    Attributes
    ----------
    folder
        Folder of the queue; made when missing.
    sessions
        Folder in which each session gets a folder, named by the film's id.
    history
        The history that sessions are added to.
    workers
        How many films are measured at once.
    work
        Measures one film.
    """

    folder: Path
    sessions: Path
    history: Path
    workers: int
    work: WorkOf[FilmJob] = measure_film
    _items: dict[str, Item] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)
    _pool: dict[str, Worker[FilmJob]] = field(default_factory=dict)
    _idle: list[Worker[FilmJob]] = field(default_factory=list)
    _wake: tuple[Connection, Connection] = field(default_factory=lambda: Pipe(duplex=False))
    _thread: Thread | None = None
    _closing: bool = False
    _held: bool = False

    def __post_init__(self) -> None:
        """Read what an earlier server left."""
        for place in (self.folder, self.sessions):
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        for item in sorted(_left_in(self.folder), key=lambda one: one.added):
            self._items[item.id] = Item(item)

    def start(self) -> None:
        """Start the thread."""
        self._thread = Thread(target=self._run, name="film-queue", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the workers; what they were at is begun anew by the next server."""
        self._closing = True
        self._wake_up()
        if self._thread is not None:
            self._thread.join()
        stop_workers([*self._pool.values(), *self._idle], patience_s=_STOP_S)

    @property
    def held(self) -> bool:
        """Whether the films wait for a live session."""
        return self._held

    def hold(self, held: bool) -> None:
        """Let all films wait while a live session runs, or go on."""
        with self._lock:
            if held == self._held:
                return
            self._held = held
            for worker in self._pool.values():
                worker.hold(held)
                worker.last_message_s = time.monotonic()
        self._wake_up()

    def items(self) -> list[Item]:
        """Return the films, the oldest first."""
        with self._lock:
            return list(self._items.values())

    def find(self, item_id: str) -> Item | None:
        """Return one film; ``None`` when there is none of this id."""
        with self._lock:
            return self._items.get(item_id)

    def is_drawing(self, item_id: str) -> bool:
        """Whether the session of this film is still getting its annotated film."""
        item = self.find(item_id)
        return item is not None and item.running

    def add(self, name: str, values: Mapping[str, str], size_bytes: int) -> Kept:
        """Make room for a film that is going to be received.

        Raises
        ------
        UsageError
            An option cannot be used, or the list is full.
        """
        options_from(UploadOptions, values)
        kept = Kept(
            id=secrets.token_hex(_ID_BYTES),
            name=name,
            values=dict(values),
            added=time.time(),
            size_bytes=size_bytes,
        )
        with self._lock:
            if len(self._items) >= MOST_ITEMS:
                raise UsageError(
                    f"there are {MOST_ITEMS} films in the list, and no more fit",
                    hint="Remove finished films from the list, or measure a whole folder with "
                    "`formcheck batch`.",
                )
            self._items[kept.id] = Item(kept)
        self._place(kept).mkdir(mode=0o700)
        self._keep(kept)
        return kept

    def film_of(self, item_id: str) -> Path:
        """Return where the film of an item is, or is to be written."""
        return self.folder / item_id / FILM_NAME

    def arrived(self, item_id: str, done_bytes: int) -> None:
        """Note how much of a film is here; raises ``UsageError`` when it is no longer awaited."""
        item = self.find(item_id)
        if item is None or item.kept.state != "receiving":
            raise UsageError("the upload of this film was stopped", hint=_SEND_AGAIN)
        item.received_bytes, item.arrived_s = done_bytes, time.monotonic()

    def received(self, item_id: str) -> None:
        """Note that the film is complete: it waits for its turn."""
        self._change(item_id, state="waiting")
        self._wake_up()

    def give_up(self, item_id: str, error: FormcheckError) -> None:
        """Note why a film could not be received; the first reason counts."""
        item = self.find(item_id)
        if item is None or item.kept.state != "receiving":
            return
        self._change(item_id, state="failed", message=error.message, hint=error.hint)
        self.film_of(item_id).unlink(missing_ok=True)

    def can_try_again(self, item_id: str) -> bool:
        """Whether a film that was not measured is still here, to be measured anew."""
        item = self.find(item_id)
        return item is not None and item.kept.state in TRIED and self.film_of(item_id).is_file()

    def require_again(self, item_id: str, values: Mapping[str, str]) -> None:
        """Require that a film can be measured anew with these options.

        Raises
        ------
        UsageError
            An option cannot be used, or the film is no longer here.
        """
        options_from(UploadOptions, values)
        if not self.can_try_again(item_id):
            raise UsageError(
                "this film is no longer here", hint="To measure it again, choose the film again."
            )

    def try_again(self, item_id: str, values: Mapping[str, str]) -> None:
        """Measure a film anew, with other options, without its being sent again.

        Raises
        ------
        UsageError
            As :meth:`require_again`.
        """
        with self._lock:
            self.require_again(item_id, values)
            self._change(
                item_id,
                state="waiting",
                values=dict(values),
                message="",
                hint="",
                verdict=(),
                fields=(),
            )
        self._wake_up()

    def expected_bytes(self) -> int:
        """How much is still to be received of the films that were announced."""
        receiving = (item for item in self.items() if item.kept.state == "receiving")
        return sum(item.missing_bytes for item in receiving)

    def kept_bytes(self) -> int:
        """How much room the films take that were not measured and may be tried again."""
        return sum(
            item.kept.size_bytes for item in self.items() if self.can_try_again(item.kept.id)
        )

    def remove(self, item_id: str) -> None:
        """Take a film out of the list; one that is being measured is stopped first."""
        with self._lock:
            item = self._items.get(item_id)
            if item is None:
                return
            if item_id in self._pool:
                item.cancelled_s = time.monotonic()
                self._pool[item_id].ask_to_stop()
                return
            del self._items[item_id]
        self._let_go(item.kept)
        shutil.rmtree(self._place(item.kept), ignore_errors=True)

    # --- the thread ------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing:
            self._hand_out()
            pipes = {worker.pipe: item_id for item_id, worker in self._pool.items()}
            for ready in wait([*pipes, self._wake[0]], timeout=1.0):
                if ready is self._wake[0]:
                    self._wake[0].recv()
                else:
                    self._listen(pipes[ready])  # type: ignore[index]
            self._end_overdue()
            self._give_up_silent()

    def _hand_out(self) -> None:
        with self._lock:
            if self._held:
                return
            waiting = [item for item in self._items.values() if item.kept.state == "waiting"]
            for item in waiting:
                if len(self._pool) >= self.workers:
                    return
                if item.kept.id not in self._pool:
                    self._begin(item)
            if self._pool:
                return
            idle, self._idle = self._idle, []
        stop_workers(idle, patience_s=_STOP_S)  # an idle process would hold the model in memory

    def _begin(self, item: Item) -> None:
        kept = item.kept
        options = options_from(UploadOptions, kept.values)
        job = FilmJob(
            self.film_of(kept.id),
            self.sessions / kept.id,
            replace(options, film_name=kept.name),
            self.history,
        )
        worker = self._idle.pop() if self._idle else start_worker(self.work, _WORKER_NAME)
        worker.give(job)
        item.seen = FilmSeen()
        self._pool[kept.id] = worker

    def _listen(self, item_id: str) -> None:
        worker = self._pool[item_id]
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            self._ended_without_word(item_id, worker)
            return
        worker.last_message_s = time.monotonic()
        with self._lock:
            item = self._items[item_id]
            if isinstance(message, FilmOutcome):
                del self._pool[item_id]
                if item.cancelled_s is None:
                    self._idle.append(worker)
                else:  # it was told to stop just when it had finished
                    item.cancelled_s = None
                    stop_workers([worker], patience_s=0.0)
                self._settle(item, message)
            elif isinstance(message, FilmSeen):
                item.seen = message
                item.pictures += 1

    def _ended_without_word(self, item_id: str, worker: Worker[FilmJob]) -> None:
        """Note what became of a film whose process died, or stopped as it was told to."""
        from formcheck.store.results_folder import sweep  # heavy

        stop_workers([worker], patience_s=1.0)
        sweep(self.sessions / item_id)
        with self._lock:
            item = self._items[item_id]
            del self._pool[item_id]
            is_saved = (self.sessions / item_id / FILE_NAME).is_file()
            if item.cancelled_s is not None and not is_saved:
                del self._items[item_id]
                shutil.rmtree(self._place(item.kept), ignore_errors=True)
            elif item.cancelled_s is not None:
                self._settle(item, FilmOutcome("done", _CANCELLED_DRAWING))
            else:
                stalled = time.monotonic() - worker.last_message_s > STALLED_S
                why = _STALLED if stalled else how_it_died(worker.process.exitcode)
                self._settle(item, FilmOutcome("failed", why, _TRY_ALONE))

    def _settle(self, item: Item, outcome: FilmOutcome) -> None:
        """Keep how it ended. The film stays as long as it may be tried again."""
        kept = item.kept
        if outcome.status not in TRIED:
            self._let_go(kept)
        item.seen = None
        self._change(
            kept.id,
            state=outcome.status,
            message=outcome.message,
            hint=outcome.hint,
            verdict=outcome.verdict,
            fields=outcome.fields,
        )

    def _let_go(self, kept: Kept) -> None:
        """Remove the film, or move it to its session when it was to be kept."""
        film, folder = self.film_of(kept.id), self.sessions / kept.id
        if options_from(UploadOptions, kept.values).keep_film and (folder / FILE_NAME).is_file():
            with contextlib.suppress(OSError):
                film.replace(folder / ORIGINAL_NAME)
        film.unlink(missing_ok=True)

    def _end_overdue(self) -> None:
        """Kill a process that did not stop when told to, or of which nothing is heard any more."""
        now_s = time.monotonic()
        for item_id, worker in list(self._pool.items()):
            if self._held:
                worker.last_message_s = now_s
            cancelled_s = self._items[item_id].cancelled_s
            overdue = cancelled_s is not None and now_s - cancelled_s > _STOP_S
            if overdue or now_s - worker.last_message_s > STALLED_S:
                worker.process.kill()

    def _give_up_silent(self) -> None:
        """Give up films of which nothing arrives any more; the room for them is free again."""
        for item in self.items():
            is_awaited = item.kept.state == "receiving"
            if is_awaited and time.monotonic() - item.arrived_s > SILENT_S:
                self.give_up(item.kept.id, UsageError(_SILENT, hint=_SEND_AGAIN))

    # --- on disk ---------------------------------------------------------------------------

    def _place(self, kept: Kept) -> Path:
        return self.folder / kept.id

    def _change(self, item_id: str, **changes: object) -> None:
        with self._lock:
            item = self._items.get(item_id)
            if item is None:
                return
            item.kept = msgspec.structs.replace(item.kept, **changes)
            # On a full disk the list is right all the same; only a later server, which reads the
            # file, would measure the film again.
            with contextlib.suppress(OutputError):
                self._keep(item.kept)

    def _keep(self, kept: Kept) -> None:
        write_bytes(self._place(kept) / _ITEM_NAME, msgspec.json.encode(kept))

    def _wake_up(self) -> None:
        with contextlib.suppress(OSError):
            self._wake[1].send(None)


def _left_in(folder: Path) -> Iterator[Kept]:
    """Read what an earlier server left; films that were not received completely are removed."""
    for place in folder.iterdir():
        try:
            kept = msgspec.json.decode((place / _ITEM_NAME).read_bytes(), type=Kept)
        except (OSError, ValueError):
            kept = None
        if kept is None or kept.id != place.name or kept.state == "receiving":
            shutil.rmtree(place, ignore_errors=True)
            continue
        try:
            options_from(UploadOptions, kept.values)
        except UsageError as error:  # an exercise of a plug-in that is gone
            kept = msgspec.structs.replace(
                kept, state="failed", values={}, message=error.message, hint=error.hint
            )
        yield kept


def workers_for(cores: int) -> int:
    """Say how many films are measured at once on a machine with so many cores."""
    return 2 if cores >= CORES_FOR_TWO else 1
