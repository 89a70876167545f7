"""The queue of films that were sent to the app; worker processes measure one or two at a time.

Each film has a folder with the film and ``item.json`` (its state). So a server that is killed loses
nothing: the next server continues with the films that were waiting or being measured.
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
from formcheck.web.measuring import FilmJob, FilmOutcome, FilmProgress, measure_film
from formcheck.web.option_form import options_from

FILM_NAME = "film"
ORIGINAL_NAME = "original_film"
"""Name of the film beside its results, if the user asked to keep it."""
MOST_ITEMS = 100
"""Most films in the list, including finished ones. Our choice: for more there is ``batch``."""
CORES_FOR_TWO = 4
"""With this many cores or more, two films are measured at once: one takes about two cores."""

FilmState = Literal["receiving", "waiting", "done", "no_repetition", "failed"]
RETRIABLE: tuple[FilmState, ...] = ("no_repetition", "failed")
"""States in which measuring failed; the film is kept until it is tried again or removed."""
_ITEM_NAME = "item.json"
_WORKER_NAME = "formcheck-app"
_STOP_S = 5.0
"""How long a cancelled worker may take to stop before its process is killed."""
_ID_BYTES = 8
_STALLED = f"no progress for {STALLED_S:.0f} s, so it was stopped"
_TRY_ALONE = "Try this film again by itself. If it fails again, cut it shorter."
SILENT_S = 120.0
"""An upload is given up if nothing has arrived for this long: the page or the network is gone."""
_SEND_AGAIN = "To measure it, choose the film again."
_SILENT = f"the upload stood still for {SILENT_S / 60:.0f} minutes"
_CANCELLED_DRAWING = "You cancelled the film with the results drawn in."


class FilmRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What ``item.json`` contains about a film in the queue.

    Attributes
    ----------
    id, name
        Random id, and the file name that the browser sent.
    values
        What was entered in the form, by option.
    state
        ``receiving`` (upload), ``waiting`` (until measured), or how measuring ended.
    added
        When the film was added, in seconds since 1970.
    size_bytes
        Size of the film.
    message, hint, verdict, fields
        As in :class:`~formcheck.web.measuring.FilmOutcome`.
    """

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
    """A film in the queue, with what only the running server knows.

    Attributes
    ----------
    record
        What is saved on disk.
    progress
        Progress of measuring; ``None`` if no worker measures the film now.
    received_bytes, last_received_s
        How much was uploaded, and when something arrived last (monotonic clock).
    cancelled_s
        When the user cancelled the film; ``None`` if not.
    pictures
        Number of progress messages; the page asks for a new picture when it changes.
    """

    record: FilmRecord
    progress: FilmProgress | None = None
    received_bytes: int = 0
    last_received_s: float = field(default_factory=time.monotonic)
    cancelled_s: float | None = None
    pictures: int = 0

    @property
    def running(self) -> bool:
        """Whether a worker measures the film now."""
        return self.record.state == "waiting" and self.progress is not None

    @property
    def missing_bytes(self) -> int:
        """How much of the film has not been uploaded yet."""
        return max(0, self.record.size_bytes - self.received_bytes)


@dataclass
class FilmQueue:
    """The films, and the thread that gives them to worker processes.

    Attributes
    ----------
    folder
        Folder of the queue; created if missing.
    sessions
        Folder in which each session gets a folder, named by the film's id.
    history
        History file to which sessions are added.
    workers
        How many films are measured at once.
    work
        Function that measures one film in a worker process.
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
        """Read the queue that an earlier server left."""
        for place in (self.folder, self.sessions):
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        for item in sorted(_read_queue(self.folder), key=lambda one: one.added):
            self._items[item.id] = Item(item)

    def start(self) -> None:
        """Start the thread."""
        self._thread = Thread(target=self._run, name="film-queue", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the workers; the next server starts their films again."""
        self._closing = True
        self._wake_up()
        if self._thread is not None:
            self._thread.join()
        stop_workers([*self._pool.values(), *self._idle], patience_s=_STOP_S)

    @property
    def held(self) -> bool:
        """Whether the queue is paused, because a live session runs."""
        return self._held

    def hold(self, held: bool) -> None:
        """Pause the queue (``True``) while a live session runs, or continue it (``False``)."""
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
        """Return one film; ``None`` if there is none of this id."""
        with self._lock:
            return self._items.get(item_id)

    def is_drawing(self, item_id: str) -> bool:
        """Whether a worker still measures this film or draws its annotated film."""
        item = self.find(item_id)
        return item is not None and item.running

    def add(self, name: str, values: Mapping[str, str], size_bytes: int) -> FilmRecord:
        """Add a film that is going to be uploaded, and create its folder.

        Raises
        ------
        UsageError
            An option cannot be used, or the list is full.
        """
        options_from(UploadOptions, values)
        record = FilmRecord(
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
                    hint="Remove finished films from the list, or measure a whole folder on the "
                    "command line.",
                )
            self._items[record.id] = Item(record)
        self._folder_of(record).mkdir(mode=0o700)
        self._write_record(record)
        return record

    def film_of(self, item_id: str) -> Path:
        """Return the path of an item's film; it may not be written yet."""
        return self.folder / item_id / FILM_NAME

    def note_received(self, item_id: str, done_bytes: int) -> None:
        """Record how much was uploaded; raises ``UsageError`` if the upload was stopped."""
        item = self.find(item_id)
        if item is None or item.record.state != "receiving":
            raise UsageError("the upload of this film was stopped", hint=_SEND_AGAIN)
        item.received_bytes, item.last_received_s = done_bytes, time.monotonic()

    def received(self, item_id: str) -> None:
        """Record that the upload is complete; the film now waits to be measured."""
        self._change(item_id, state="waiting")
        self._wake_up()

    def give_up(self, item_id: str, error: FormcheckError) -> None:
        """Record why an upload failed; if called again, the first reason stays."""
        item = self.find(item_id)
        if item is None or item.record.state != "receiving":
            return
        self._change(item_id, state="failed", message=error.message, hint=error.hint)
        self.film_of(item_id).unlink(missing_ok=True)

    def can_try_again(self, item_id: str) -> bool:
        """Whether measuring has failed and the film is still here to be measured again."""
        item = self.find(item_id)
        return (
            item is not None and item.record.state in RETRIABLE and self.film_of(item_id).is_file()
        )

    def require_again(self, item_id: str, values: Mapping[str, str]) -> None:
        """Require that a film can be measured again with these options.

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
        """Put a film into the queue again, with other options.

        Raises
        ------
        UsageError
            See :meth:`require_again`.
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
        """Return how many bytes of all uploads are still to come."""
        receiving = (item for item in self.items() if item.record.state == "receiving")
        return sum(item.missing_bytes for item in receiving)

    def kept_bytes(self) -> int:
        """Return the size of all films that are kept because measuring failed."""
        return sum(
            item.record.size_bytes for item in self.items() if self.can_try_again(item.record.id)
        )

    def remove(self, item_id: str) -> None:
        """Remove a film from the list; if it is being measured, the worker is stopped first."""
        with self._lock:
            item = self._items.get(item_id)
            if item is None:
                return
            if item_id in self._pool:
                item.cancelled_s = time.monotonic()
                self._pool[item_id].ask_to_stop()
                return
            del self._items[item_id]
        self._delete_or_keep_film(item.record)
        shutil.rmtree(self._folder_of(item.record), ignore_errors=True)

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
            self._kill_overdue()
            self._give_up_stalled_uploads()

    def _hand_out(self) -> None:
        with self._lock:
            if self._held:
                return
            waiting = [item for item in self._items.values() if item.record.state == "waiting"]
            for item in waiting:
                if len(self._pool) >= self.workers:
                    return
                if item.record.id not in self._pool:
                    self._begin(item)
            if self._pool:
                return
            idle, self._idle = self._idle, []
        stop_workers(idle, patience_s=_STOP_S)  # an idle process would hold the model in memory

    def _begin(self, item: Item) -> None:
        record = item.record
        options = options_from(UploadOptions, record.values)
        job = FilmJob(
            self.film_of(record.id),
            self.sessions / record.id,
            replace(options, film_name=record.name),
            self.history,
        )
        worker = self._idle.pop() if self._idle else start_worker(self.work, _WORKER_NAME)
        worker.give(job)
        item.progress = FilmProgress()
        self._pool[record.id] = worker

    def _listen(self, item_id: str) -> None:
        worker = self._pool[item_id]
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            self._on_process_end(item_id, worker)
            return
        worker.last_message_s = time.monotonic()
        with self._lock:
            item = self._items[item_id]
            if isinstance(message, FilmOutcome):
                del self._pool[item_id]
                if item.cancelled_s is None:
                    self._idle.append(worker)
                else:  # it was asked to stop just when it had finished
                    item.cancelled_s = None
                    stop_workers([worker], patience_s=0.0)
                self._finish_item(item, message)
            elif isinstance(message, FilmProgress):
                item.progress = message
                item.pictures += 1

    def _on_process_end(self, item_id: str, worker: Worker[FilmJob]) -> None:
        """Record the outcome of a film whose process died, or stopped as it was asked to."""
        from formcheck.store.results_folder import sweep  # heavy

        stop_workers([worker], patience_s=1.0)
        sweep(self.sessions / item_id)
        with self._lock:
            item = self._items[item_id]
            del self._pool[item_id]
            is_saved = (self.sessions / item_id / FILE_NAME).is_file()
            if item.cancelled_s is not None and not is_saved:
                del self._items[item_id]
                shutil.rmtree(self._folder_of(item.record), ignore_errors=True)
            elif item.cancelled_s is not None:
                self._finish_item(item, FilmOutcome("done", _CANCELLED_DRAWING))
            else:
                stalled = time.monotonic() - worker.last_message_s > STALLED_S
                why = _STALLED if stalled else how_it_died(worker.process.exitcode)
                self._finish_item(item, FilmOutcome("failed", why, _TRY_ALONE))

    def _finish_item(self, item: Item, outcome: FilmOutcome) -> None:
        """Record how measuring ended; the film is kept only if it may be tried again."""
        record = item.record
        if outcome.status not in RETRIABLE:
            self._delete_or_keep_film(record)
        item.progress = None
        self._change(
            record.id,
            state=outcome.status,
            message=outcome.message,
            hint=outcome.hint,
            verdict=outcome.verdict,
            fields=outcome.fields,
        )

    def _delete_or_keep_film(self, record: FilmRecord) -> None:
        """Delete the film, or move it to its session if the user asked to keep it."""
        film, folder = self.film_of(record.id), self.sessions / record.id
        if options_from(UploadOptions, record.values).keep_film and (folder / FILE_NAME).is_file():
            with contextlib.suppress(OSError):
                film.replace(folder / ORIGINAL_NAME)
        film.unlink(missing_ok=True)

    def _kill_overdue(self) -> None:
        """Kill processes that did not stop when asked, or that have sent no message for long."""
        now_s = time.monotonic()
        for item_id, worker in list(self._pool.items()):
            if self._held:
                worker.last_message_s = now_s
            cancelled_s = self._items[item_id].cancelled_s
            overdue = cancelled_s is not None and now_s - cancelled_s > _STOP_S
            if overdue or now_s - worker.last_message_s > STALLED_S:
                worker.process.kill()

    def _give_up_stalled_uploads(self) -> None:
        """Give up uploads of which nothing arrives any more; their disk space is freed."""
        for item in self.items():
            is_awaited = item.record.state == "receiving"
            if is_awaited and time.monotonic() - item.last_received_s > SILENT_S:
                self.give_up(item.record.id, UsageError(_SILENT, hint=_SEND_AGAIN))

    # --- on disk ---------------------------------------------------------------------------

    def _folder_of(self, record: FilmRecord) -> Path:
        return self.folder / record.id

    def _change(self, item_id: str, **changes: object) -> None:
        with self._lock:
            item = self._items.get(item_id)
            if item is None:
                return
            item.record = msgspec.structs.replace(item.record, **changes)
            # On a full disk the list is right all the same; only a later server, which reads the
            # file, would measure the film again.
            with contextlib.suppress(OutputError):
                self._write_record(item.record)

    def _write_record(self, record: FilmRecord) -> None:
        write_bytes(self._folder_of(record) / _ITEM_NAME, msgspec.json.encode(record))

    def _wake_up(self) -> None:
        with contextlib.suppress(OSError):
            self._wake[1].send(None)


def _read_queue(folder: Path) -> Iterator[FilmRecord]:
    """Read the queue on disk; films that were not uploaded completely are removed."""
    for place in folder.iterdir():
        try:
            record = msgspec.json.decode((place / _ITEM_NAME).read_bytes(), type=FilmRecord)
        except (OSError, ValueError):
            record = None
        if record is None or record.id != place.name or record.state == "receiving":
            shutil.rmtree(place, ignore_errors=True)
            continue
        try:
            options_from(UploadOptions, record.values)
        except UsageError as error:  # an exercise of a plug-in that is gone
            record = msgspec.structs.replace(
                record, state="failed", values={}, message=error.message, hint=error.hint
            )
        yield record


def workers_for(cores: int) -> int:
    """Return how many films to measure at once on a computer with so many cores."""
    return 2 if cores >= CORES_FOR_TWO else 1
