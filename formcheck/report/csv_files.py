"""``frames.csv``, written while a session runs; goes when it is made from the kept poses.

:func:`formcheck.report.tables.frames_table` makes it from a finished session and its poses.
"""

from __future__ import annotations

<<<<<<< HEAD
import csv
import io
=======
>>>>>>> report
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

<<<<<<< HEAD
from formcheck.data._before import Exercise
from formcheck.data.exercise import Scale
=======
from formcheck.data.exercise import Exercise
>>>>>>> report
from formcheck.data.frame import Frame
from formcheck.data.keypoints import Keypoint
from formcheck.data.results import FrameResult, Rep
from formcheck.store.whole_file import output_error, whole_file

_FRAME_COLUMNS = ("t_s", "phase", "rep", "stance_side", "depth")


<<<<<<< HEAD
def reps_header(exercise: Exercise) -> list[str]:
    """Give the columns of ``reps.csv``."""
    return [
        *("index", "set", "stance_side", "grade", "start_s", "end_s", "lowest_s"),
        *EVENTS[exercise.order],
        *TEMPO,
        *("view", "yaw_deg"),
        *(spec.name + suffix for spec in exercise.metrics for suffix in _METRIC_SUFFIXES),
        *_scale_header(exercise.scale),
        *("cues", "notes"),
    ]


def _scale_header(scale: Scale | None) -> list[str]:
    if scale is None:
        return []
    items = [f"scale_{item.id}{suffix}" for item in scale.items for suffix in _ITEM_SUFFIXES]
    return [*items, *_SCALE_COLUMNS]


def reps_text(reps: Sequence[Rep], exercise: Exercise) -> str:
    """Give ``reps.csv``, one row for each repetition."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(reps_header(exercise))
    writer.writerows(_rep_row(rep, exercise) for rep in reps)
    return file.getvalue()


def _rep_row(rep: Rep, exercise: Exercise) -> list[str]:
    row = [str(rep.index), str(rep.set_index), rep.stance_side, rep.grade or ""]
    row += [_cell(value) for value in (rep.start_s, rep.end_s, rep.lowest_s)]
    row += [_cell(rep.events.get(name)) for name in EVENTS[exercise.order]]
    row += [_cell(rep.tempo.get(name)) for name in TEMPO]
    row += [rep.view.kind, _cell(rep.view.yaw_deg)]
    for spec in exercise.metrics:
        row += _metric_cells(rep.metrics.get(spec.name, Metric()))
    if exercise.scale is not None:
        row += _scale_cells(rep.scale, exercise.scale)
    return [*row, text_cell("; ".join(f.cue for f in rep.faults)), text_cell("; ".join(rep.notes))]


def _metric_cells(metric: Metric) -> list[str]:
    numbers = (metric.value, metric.standing, metric.change, metric.max, metric.sem)
    return [*map(_cell, numbers), metric.grade or "", text_cell(metric.not_measured or "")]


def _scale_cells(score: ScaleScore | None, scale: Scale) -> list[str]:
    if score is None:
        return [""] * len(_scale_header(scale))
    found = {item.item: item for item in score.items}
    cells = []
    for spec in scale.items:
        item = found.get(spec.id, ItemScore(spec.id, None, None, ""))
        cells += [_cell(item.points), _cell(item.at_most), text_cell(item.reason)]
    sums = (
        score.seen_points,
        score.seen_points_at_most,
        score.possible_points_seen,
        score.unseen_points,
    )
    return [*cells, *map(_cell, sums), " ".join(score.unseen), score.grade or ""]


=======
>>>>>>> report
class FramesCsv:
    """Writes ``frames.csv`` while the session runs: a sink, one row for each frame.

    Rows wait in a nameless file in the same folder until the session has finished, for only then
    is it known which frames belong to a repetition; memory does not grow.

    Parameters
    ----------
    path
        The file to write.
    exercise
        Its metrics are the live columns.

    Raises
    ------
    OutputError
        When the folder cannot be written to; ``update`` and ``finish`` raise it too.
    """

    def __init__(self, path: Path, exercise: Exercise) -> None:
        self._path = path
        self._live = live_columns(exercise)
        try:
            self._rows = tempfile.TemporaryFile(  # noqa: SIM115 - open until finish or abort
                "w+", encoding="utf-8", newline="", dir=path.parent
            )
        except OSError as error:
            raise output_error(path, error) from error

    def update(self, frame: Frame, result: FrameResult) -> None:  # noqa: ARG002
        """Take one frame."""
        try:
            self._rows.write(",".join(_frame_row(result, self._live)) + "\n")
        except OSError as error:
            raise output_error(self._path, error) from error

    def finish(self, reps: Sequence[Rep]) -> None:
        """Write the file: a frame belongs to the repetition from whose start to end it falls."""
        try:
            with self._rows, whole_file(self._path) as file:
                file.write(",".join(frames_header(self._live)) + "\n")
                self._rows.seek(0)
                for line in self._rows:
                    t_s, phase, rest = line.split(",", 2)
                    index = rep_at(float(t_s), reps)
                    final = phase_at(float(t_s), reps, phase)
                    file.write(f"{t_s},{final},{index},{rest}")
        except OSError as error:
            raise output_error(self._path, error) from error

    def abort(self) -> None:
        """Leave nothing behind."""
        try:
            self._rows.close()
        except OSError:
            return  # closing may fail to flush to a full disk; the rows are gone all the same


def live_columns(exercise: Exercise) -> tuple[str, ...]:
    """Give the names of the live metrics' columns: those that a single frame can show."""
    return tuple(
        spec.name for spec in exercise.metrics if spec.per_frame and spec.name not in _FRAME_COLUMNS
    )


def frames_header(live: Sequence[str]) -> list[str]:
    """Give the columns of ``frames.csv``."""
    points = (point.name.lower() for point in Keypoint)
    return [
        *_FRAME_COLUMNS,
        *live,
        "people",
        *(f"{name}_{what}" for name in points for what in ("x_px", "y_px", "confidence")),
    ]


def rep_at(t_s: float, reps: Sequence[Rep]) -> int:
    """Give the index of the repetition that a moment belongs to, 0 when it belongs to none."""
    for rep in reps:
        if round(rep.start_s, 3) <= round(t_s, 3) <= round(rep.end_s, 3):
            return rep.index
    return 0


def phase_at(t_s: float, reps: Sequence[Rep], live_phase: str) -> str:
    """Phase at a time by the final events of the repetition it belongs to.

    Between repetitions the person rests: standing, at the bottom of a step-up. ``live_phase``, as
    known when the frame was seen, is kept where a repetition's events are unknown.
    """
    if not reps:
        return live_phase
    up_down = "top_start_s" in reps[0].events
    index = rep_at(t_s, reps)
    if index == 0:
        return "bottom" if up_down else "standing"
    rep = next(rep for rep in reps if rep.index == index)
    first, second, third = list(rep.events.values())[:3]
    if second is None or third is None or first is None:
        return live_phase
    names = ("ascent", "standing", "descent") if up_down else ("descent", "bottom", "ascent")
    return names[0] if t_s < second else names[1] if t_s < third else names[2]


def settle_frames(columns: dict[str, list[Any]], reps: Sequence[Rep]) -> None:
    """Give each frame the repetition it belongs to and its final phase, in place."""
    columns["rep"] = [rep_at(t_s, reps) for t_s in columns["t_s"]]
    columns["phase"] = [
        phase_at(t_s, reps, live)
        for t_s, live in zip(columns["t_s"], columns["phase"], strict=True)
    ]


def _frame_row(result: FrameResult, live: Sequence[str]) -> list[str]:
    """All cells but ``rep``."""
    sample = result.sample
    row = [f"{result.t_s:.3f}", str(result.phase), result.stance_side or "", _cell(result.depth)]
    row += [_cell(result.live.get(name)) for name in live]
    row.append(str(sample.people))
    for (x_px, y_px), confidence in zip(
        sample.keypoints_px.tolist(), sample.confidence.tolist(), strict=True
    ):
        row += [_cell(x_px, 1), _cell(y_px, 1), _cell(confidence, 2)]
    return row


def _cell(value: float | None, decimals: int = 3) -> str:
    if value is None or not math.isfinite(value):
        return ""
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
