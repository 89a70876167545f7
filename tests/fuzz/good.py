"""Good input of the kinds that are made of many parts, written as the program that makes it does.

The tests of these kinds use it too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace

from formcheck.data.keypoints import PoseSample
from formcheck.data.session import Session
from formcheck.pose.files.openpose import BODY_25
from formcheck.store.journal import JOURNAL_NAME, HistoryTarget, Journal

Person = dict[str, list[float]]


def write_journal(
    folder: Path, session: Session, history_target: HistoryTarget | None = None
) -> Path:
    """Write a session's journal: what is known at the start, then a stretch for each repetition."""
    journal = Journal(folder, history_target)
    journal.add(replace(session, efforts=(), series={}))
    step = math.ceil(len(session.series["t_s"]) / len(session.reps))
    for n, rep in enumerate(session.reps):
        series = {
            name: values[n * step : (n + 1) * step] for name, values in session.series.items()
        }
        names = {} if rep.still is None else {rep.index: rep.still}
        journal.add(replace(session, efforts=(rep,), series=series), partial(dict, names))
    journal.close()
    return folder / JOURNAL_NAME


def person(points: Any, confidence: Any) -> Person:
    """Give somebody as OpenPose writes them."""
    rows = np.zeros((25, 3))
    for which, row in BODY_25.items():
        if np.isfinite(points[which]).all():
            rows[row] = [*points[which], confidence[which]]
    return {"pose_keypoints_2d": rows.ravel().tolist()}


def write_openpose(
    folder: Path,
    samples: Sequence[PoseSample],
    others: Callable[[int], list[Person]] = lambda _: [],
) -> None:
    """One file a frame; the subject comes first in even frames, last in odd ones."""
    folder.mkdir()
    for index, sample in enumerate(samples):
        people = [person(sample.keypoints_px, sample.confidence)] if sample.seen else []
        people = people + others(index) if index % 2 == 0 else others(index) + people
        text = json.dumps({"version": 1.3, "people": people})
        (folder / f"set_{index:012d}_keypoints.json").write_text(text)
