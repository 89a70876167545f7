"""Work for the app's queue that needs no film: what is to happen is in the film's name.

The processes of a queue import this module by themselves, so it loads little before it is used.
"""

from __future__ import annotations

import os
import signal
import time
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from msgspec.structs import replace
from PIL import Image
from store_examples import good_set, no_reps

from formcheck.app.worker_process import Report
from formcheck.data.session import Session
from formcheck.web.measuring import FilmJob, FilmOutcome, FilmProgress


def jpeg(shade: int = 90) -> bytes:
    """A small picture."""
    picture = BytesIO()
    Image.new("RGB", (90, 160), (shade, shade, 90)).save(picture, "JPEG")
    return picture.getvalue()


def put_session(folder: Path, session: Session, *, film: bool = False) -> None:
    """Write a session as the app keeps it."""
    from formcheck.store.result_files import write

    folder.mkdir(parents=True)
    write(folder, session, stills={rep.index: jpeg() for rep in session.reps})
    if film:
        (folder / "annotated.mp4").write_bytes(bytes(range(256)) * 40)


def put_film_of(path: Path) -> None:
    """Write a film that a browser plays, as long as a set."""
    import numpy as np

    from formcheck.video.encoder import VideoWriter

    path.unlink(missing_ok=True)
    writer = VideoWriter(path, (90, 160))
    for n in range(440):
        writer.write(np.full((160, 90, 3), n % 250, dtype=np.uint8), n / 10)
    writer.finish()


IN_STEPS = (
    FilmProgress("recognising", count=1, picture=jpeg()),
    FilmProgress("measuring", 0.5, 3.0, 2, jpeg(120)),
    FilmProgress("measuring", 0.9, 1.0, 5, jpeg(150)),
)
"""What a film in whose name "filmed" stands shows while it is measured."""


def do(job: FilmJob, report: Report) -> FilmOutcome:
    """Do as the film's name says."""
    name = job.options.film_name
    if name.startswith("killed"):
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("hangs"):
        time.sleep(600)
    if name.startswith("text"):
        return FilmOutcome("failed", f"'{name}' is not a video", "Check that it plays")
    if name.startswith("long"):
        for count in range(60_000):
            report(FilmProgress("measuring", 0.4, 12.0, min(3, count // 20), jpeg()))
            time.sleep(0.02)
    if name.startswith("empty"):
        put_session(job.folder, replace(no_reps(), person=job.options.person))
        return FilmOutcome("no_repetition", "No repetition was found.", "Film the whole body.")
    if name.startswith("choosy") and job.options.exercise is None:
        hint = "Name the exercise"
        return FilmOutcome("failed", "the exercise is not clear", hint, fields=("exercise",))
    if name.startswith("filmed"):
        for seen in IN_STEPS:
            report(seen)
            time.sleep(0.8)
    session = good_set()
    source = replace(session.source, name=name, sha256=sha256(name.encode()).hexdigest())
    session = replace(session, person=job.options.person, source=source)
    put_session(job.folder, session, film=True)
    if name.startswith(("filmed", "played")):
        put_film_of(job.folder / "annotated.mp4")
    from formcheck.report.view import view
    from formcheck.store.history.history_store import History

    with History(job.history, create=True) as history:
        history.keep(session, folder=job.folder)
    return FilmOutcome("done", verdict=view(session).verdict)
