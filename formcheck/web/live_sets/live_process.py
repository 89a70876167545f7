"""The process of one live session in the browser app.

It loads the pose model, waits for a job from the server, runs the session, and ends. Pictures and
commands arrive through a pipe; results go back through it (``wire.py``, ``messages.py``).

If the server is stopped or killed, the session ends as if the person had ended it: it is saved, and
the next server draws its film.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from formcheck.app.options import LiveOptions, ProgrammeOptions
from formcheck.app.worker_process import ignore_ctrl_c
from formcheck.data.errors import FormcheckError
from formcheck.web.live_sets.wire import EVENT, PICTURE, Letter, PageCommand, unpacked_picture
from formcheck.web.measuring import add_to_history

if TYPE_CHECKING:  # slow to import; the server imports this module only to start the process
    from formcheck.data.frame import Progress
    from formcheck.data.session import Session
    from formcheck.pose.estimator import PoseEstimator
    from formcheck.video.camera.sent_pictures import SentPictureSource
    from formcheck.web.live_sets.messages import FromProcess, Over
    from formcheck.web.live_sets.page_camera import PageCamera

PROCESS_NAME = "formcheck-live"


@dataclass(frozen=True)
class LiveJob:
    """What the server asks the process to do.

    Attributes
    ----------
    folder
        Folder for the results; of a guided session, for its state.
    options
        Options of the session.
    history
        History file to which the session is added.
    camera
        The page's name for its camera.
    programme
        The programme of a guided session; ``None`` for a single session.
    """

    folder: Path
    options: LiveOptions
    history: Path
    camera: str
    programme: ProgrammeOptions | None = None


EstimatorOf: TypeAlias = "Callable[[], PoseEstimator]"


def load_warm_model() -> PoseEstimator:
    """Load the pose model and let it analyze a first picture, which takes longest."""
    from formcheck.pose.mediapipe_estimator import MediaPipeEstimator  # heavy

    model = MediaPipeEstimator()
    model.warm_up()
    return model


def serve_session(pipe: Connection, estimator_of: EstimatorOf = load_warm_model) -> None:
    """Load the model, wait for a job, run it, and end; this is the process's main function."""
    from formcheck.web.live_sets.messages import Over, Warm

    ignore_ctrl_c()
    server = _ServerPipe(pipe)
    try:
        with contextlib.closing(estimator_of()) as estimator:
            server.send(Warm(), EVENT)
            job = pipe.recv()  # None if no session begins in time, or the server stops
            if job is not None:
                # A guided session needs a model for each block; the first one is loaded already.
                more = (estimator_of() for _ in itertools.count())
                server.send(_run_job(job, itertools.chain([estimator], more), server), EVENT)
    except (EOFError, OSError):
        return  # the server is gone, and there was no session yet
    except FormcheckError as error:  # no pose model
        server.send(Over(error.message, error.hint), EVENT)


class _ServerPipe:
    """The pipe to the server: any thread can send; one thread receives.

    Attributes
    ----------
    gone
        Set when the server has stopped or died.
    may_draw
        Cleared while drawing of the film has to wait for another session.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = Lock()
        self.gone = Event()
        self.may_draw = Event()
        self.may_draw.set()

    def send(self, message: FromProcess, letter: Letter) -> None:
        """Send a message; do nothing when the server is gone."""
        from formcheck.web.live_sets.messages import packed

        with self._lock, contextlib.suppress(OSError):
            self._pipe.send_bytes(packed(message, letter))

    def start_listening(self, camera: PageCamera) -> None:
        """Start the thread that passes pictures and commands to the camera."""
        Thread(target=self._listen, args=(camera,), name="live-pictures", daemon=True).start()

    def _listen(self, camera: PageCamera) -> None:
        with contextlib.suppress(EOFError, OSError):
            while not self.gone.is_set():
                self._handle(self._pipe.recv_bytes(), camera)
        self.gone.set()
        self.may_draw.set()
        camera.end()

    def _handle(self, data: bytes, camera: PageCamera) -> None:
        if data[:1] == PICTURE:
            picture = unpacked_picture(data[1:])
            if picture is not None:
                camera.put(picture)
            return
        command = msgspec.json.decode(data[1:], type=PageCommand)
        match command.do:
            case "hold":
                self.may_draw.clear()
            case "release":
                self.may_draw.set()
            case "leave":
                self.gone.set()
            case _:
                camera.do(command)


def _run_job(job: LiveJob, models: Iterator[PoseEstimator], server: _ServerPipe) -> Over:
    """Run the session, single or guided; return the message that it is over."""
    from formcheck.web.live_sets.messages import Over
    from formcheck.web.live_sets.page_camera import PageCamera

    options = job.options
    camera = PageCamera(job.camera, mirrored=options.mirrored, turn_deg=options.rotate or 0)
    try:
        if job.programme is None:
            return _run_single_session(job, camera, next(models), server)
        from formcheck.web.live_sets.guided_process import run_on_pages

        server.start_listening(camera)
        return run_on_pages(
            options, job.programme, job.folder, job.history, camera, models, server.send
        )
    except FormcheckError as error:
        return Over(error.message, error.hint)
    except Exception as error:  # noqa: BLE001 - it is final; what was measured is in the journal
        return Over(f"unexpected {type(error).__name__}: {error}", "This is a bug in formcheck.")


def _run_single_session(
    job: LiveJob, camera: PageCamera, estimator: PoseEstimator, server: _ServerPipe
) -> Over:
    from formcheck.app.live import run_live
    from formcheck.web.live_sets.messages import Over
    from formcheck.web.live_sets.page_display import OnPages

    final: list[FromProcess] = []

    def send(message: FromProcess, letter: Letter) -> None:
        if isinstance(message, Over):  # sent last, when the process has nothing left to do
            final.append(message)
        else:
            server.send(message, letter)

    # The page needs the source, and the source tells the page; the lambdas are not called before
    # the page exists, as the source first acts in open_with_first_picture.
    source = camera.open(
        on_take=lambda picture: page.picture_taken(picture),
        on_wait=lambda waiting: page.wait(waiting),
    )
    page = OnPages(source, send)
    server.start_listening(camera)

    def open_with_first_picture(_: object) -> SentPictureSource:
        source.wait_for_first()
        return source

    def saved(session: Session) -> None:
        page.remark = add_to_history(session, job.folder, job.history)

    run_live(
        job.options,
        job.folder,
        presentation=page,
        open_source=open_with_first_picture,
        estimator=estimator,
        drawing=_drawing_progress(server),
        saved=saved,
    )
    return next((one for one in final if isinstance(one, Over)), Over())


def _drawing_progress(server: _ServerPipe) -> Progress:
    """Return a function called after each drawn frame; it waits while another session runs.

    If the server is gone, it ends the process, and the next server draws the film.
    """

    def progress(_t_s: float, _done: int, _expected: int | None) -> None:
        server.may_draw.wait()
        if server.gone.is_set():
            # As after a kill: the session is saved, and its journal and raw film are left, from
            # which the next server draws.
            os._exit(0)

    return progress
