"""Work for the processes of a batch that needs no film: ``from batch_work import ...``.

What is to happen is in the film's name, as the processes import this module by themselves.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from formcheck.app.batch.films import Film
from formcheck.app.batch.receipt import Row
from formcheck.app.batch.work import Job, OnProgress, Outcome
from formcheck.app.options import FilmOptions
from formcheck.app.worker_process import Stopped
from formcheck.data.settings import Settings

ROW = Row("squat", "front", 5.0, 3, 0, 0, 3, 2, "Two of 3.", 3, 1, 3, {"knee_fppa_deg_left": 8.5})
NO_REPS = Row("squat", "front", 5.0, 0, 0, 0, 0, 0, "No repetition was found.", 0, 0, 0)


def job(name: str, out: Path = Path("out")) -> Job:
    return Job(Film(name, f"/films/{name}", name), str(out / name), FilmOptions(), Settings())


def obey(job: Job, report: OnProgress = lambda _: None) -> Outcome:
    """Do as the film's name says."""
    name = job.film.name
    if name.startswith("killed"):
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("dies once") and not Path(job.folder).exists():
        Path(job.folder).mkdir(parents=True)
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("exits"):
        os._exit(7)
    if name.startswith("hangs"):
        time.sleep(600)
    if name.startswith("long"):
        mark = Path(job.folder)
        mark.mkdir(parents=True)
        try:
            for _ in range(6000):
                report(0.5)
                time.sleep(0.01)
        except Stopped:
            mark.rmdir()
            raise
    report(1.0)
    return Outcome(job.film, job.choices, "done", row=ROW)
