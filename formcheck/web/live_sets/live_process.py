"""The process of one live session: it is warmed up, gets its job, runs the loop, and ends.

When the server goes away, by a stop or a kill, the session ends as if the person had ended it: it
is saved, and its film is drawn by the next server.
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
from formcheck.web.live_sets.wire import PICTURE, Letter, Wish, unpacked_picture
from formcheck.web.measuring import remember

if TYPE_CHECKING:  # heavy, and the server imports this module only to name the body
    from formcheck.data.frame import Progress
    from formcheck.data.session import Session
    from formcheck.pose.estimator import PoseEstimator
    from formcheck.video.camera.sent_pictures import SentPictureSource
    from formcheck.web.live_sets.messages import FromProcess, Over
    from formcheck.web.live_sets.page_camera import PageCamera

PROCESS_NAME = "formcheck-live"


@dataclass(frozen=True)
class LiveJob:
    """One session, where its results and the history are, and what its camera is called.

    With a programme it is a guided session, and ``folder`` that of its state.
    """

    folder: Path
    options: LiveOptions
    history: Path
    camera: str
    programme: ProgrammeOptions | None = None


EstimatorOf: TypeAlias = "Callable[[], PoseEstimator]"


def the_model() -> PoseEstimator:
    """Load the pose model and let it look at a first picture."""
    from formcheck.pose.mediapipe_estimator import MediaPipeEstimator  # heavy

    model = MediaPipeEstimator()
    model.warm_up()
    return model


def serve_session(pipe: Connection, estimator_of: EstimatorOf = the_model) -> None:
    """Body of the process."""
    from formcheck.web.live_sets.messages import Over, Warm

    ignore_ctrl_c()
    line = _Line(pipe)
    try:
        with contextlib.closing(estimator_of()) as estimator:
            line.send(Warm(), b"e")
            job = pipe.recv()
            if job is not None:
                more = (estimator_of() for _ in itertools.count())
                line.send(_over(job, itertools.chain([estimator], more), line), b"e")
    except (EOFError, OSError):
        return  # the server is gone, and there was no session yet
    except FormcheckError as error:  # no pose model
        line.send(Over(error.message, error.hint), b"e")


class _Line:
    """The pipe: messages go out from any thread, and a thread takes what comes in."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = Lock()
        self.server_gone = Event()
        self.may_draw = Event()
        self.may_draw.set()

    def send(self, message: FromProcess, letter: Letter) -> None:
        """Send a message; do nothing when the server is gone."""
        from formcheck.web.live_sets.messages import packed

        with self._lock, contextlib.suppress(OSError):
            self._pipe.send_bytes(packed(message, letter))

    def start_listening(self, camera: PageCamera) -> None:
        """Begin to take pictures and wishes, in a thread, until the server is gone."""
        Thread(target=self._listen, args=(camera,), name="live-pictures", daemon=True).start()

    def _listen(self, camera: PageCamera) -> None:
        with contextlib.suppress(EOFError, OSError):
            while not self.server_gone.is_set():
                self._take(self._pipe.recv_bytes(), camera)
        self.server_gone.set()
        self.may_draw.set()
        camera.end()

    def _take(self, data: bytes, camera: PageCamera) -> None:
        if data[:1] == PICTURE:
            picture = unpacked_picture(data[1:])
            if picture is not None:
                camera.put(picture)
            return
        wish = msgspec.json.decode(data[1:], type=Wish)
        match wish.do:
            case "hold":
                self.may_draw.clear()
            case "release":
                self.may_draw.set()
            case "leave":
                self.server_gone.set()
            case _:
                camera.do(wish)


def _over(job: LiveJob, models: Iterator[PoseEstimator], line: _Line) -> Over:
    """Run the session; return how it ended."""
    from formcheck.web.live_sets.messages import Over
    from formcheck.web.live_sets.page_camera import PageCamera

    options = job.options
    camera = PageCamera(job.camera, mirrored=options.mirrored, turn_deg=options.rotate or 0)
    try:
        if job.programme is None:
            return _one_session(job, camera, next(models), line)
        from formcheck.web.live_sets.guided_process import run_on_pages

        line.start_listening(camera)
        about = (job.folder, job.history, camera, models, line.send)
        return run_on_pages(options, job.programme, *about)
    except FormcheckError as error:
        return Over(error.message, error.hint)
    except Exception as error:  # noqa: BLE001 - it is shown; what was measured is in the journal
        return Over(f"unexpected {type(error).__name__}: {error}", "This is a bug in formcheck.")


def _one_session(job: LiveJob, camera: PageCamera, estimator: PoseEstimator, line: _Line) -> Over:
    from formcheck.app.live import run_live
    from formcheck.web.live_sets.messages import Over
    from formcheck.web.live_sets.page_display import OnPages

    shown: list[FromProcess] = []

    def send(message: FromProcess, letter: Letter) -> None:
        if isinstance(message, Over):  # sent last, when the process has nothing left to do
            shown.append(message)
        else:
            line.send(message, letter)

    source = camera.open(
        on_take=lambda picture: page.took(picture), on_wait=lambda waiting: page.wait(waiting)
    )
    page = OnPages(source, send)
    line.start_listening(camera)

    def first_picture(_: object) -> SentPictureSource:
        source.wait_for_first()
        return source

    def saved(session: Session) -> None:
        page.remark = remember(session, job.folder, job.history)

    run_live(
        job.options,
        job.folder,
        presentation=page,
        open_source=first_picture,
        estimator=estimator,
        drawing=_drawing(line),
        saved=saved,
    )
    return next((one for one in shown if isinstance(one, Over)), Over())


def _drawing(line: _Line) -> Progress:
    """Let drawing wait for another session; when the server is gone, leave it to the next one."""

    def progress(_t_s: float, _done: int, _expected: int | None) -> None:
        line.may_draw.wait()
        if line.server_gone.is_set():
            # As after a kill: the session is saved, and its journal and raw film are left, from
            # which the next server draws.
            os._exit(0)

    return progress
