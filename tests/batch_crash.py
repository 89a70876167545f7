"""A batch to be killed: true processes, folders and receipts around an analysis without a film.

python batch_crash.py FILMS OUT
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from analyzed_examples import SESSION

import formcheck.app.analyze
import formcheck.app.batch.batch_run
from formcheck.app.batch.batch_run import make_plan, run_batch
from formcheck.app.batch.films import find_films
from formcheck.app.batch.work import Job, OnProgress, Outcome, run_job
from formcheck.app.options import AnalyzeOptions, BatchOptions
from formcheck.data.session import Session
from formcheck.store.results_folder import results_folder

FILES = ("annotated.mp4", "frames.csv", "report.html", "session.json")
END = b"the end"


def analyze_slowly(_: Path, options: AnalyzeOptions) -> Session:
    """Write each file in two halves, with time between them to be killed in."""
    assert options.out is not None
    assert options.progress is not None
    with results_folder(options.out) as temporary:
        for done, name in enumerate(FILES):
            with (temporary / name).open("wb", buffering=0) as file:
                file.write(b"begun")
                time.sleep(0.01)
                file.write(END)
            options.progress(0.0, done, len(FILES))
    return SESSION


def work(job: Job, report: OnProgress) -> Outcome:
    """Do one film with that analysis."""
    setattr(formcheck.app.analyze, "analyze_film", analyze_slowly)  # noqa: B010
    return run_job(job, report)


if __name__ == "__main__":
    setattr(formcheck.app.batch.batch_run, "run_job", work)  # noqa: B010
    run_batch(make_plan(find_films(Path(sys.argv[1])), sys.argv[2], BatchOptions(jobs=2)))
