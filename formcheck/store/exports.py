"""Further files on demand: what other programs read."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.errors import UsageError
from formcheck.data.frame import Frame
from formcheck.data.keypoints import Keypoint
from formcheck.data.poses import Poses
from formcheck.data.results import FrameResult, Rep, View
from formcheck.data.session import Session
from formcheck.data.settings import Settings
from formcheck.report.tables import frames_table, reps_table
from formcheck.store.opensim_files import AngleTable, angle_table, write_mot, write_trc
from formcheck.store.parquet_files import require_pyarrow, write_parquet

FILES = {
    "trc": ("keypoints.trc",),
    "mot": ("angles.mot",),
    "parquet": ("reps.parquet", "frames.parquet"),
}
"""The formats, and the files that each gives."""

FILE_NAMES = tuple(name for names in FILES.values() for name in names)


@dataclass(frozen=True)
class Exports:
    """Which formats are wanted.

    Attributes
    ----------
    formats
        Any of ``trc``, ``mot`` and ``parquet``.
    height_m
        The person's stature, for a TRC file in metres; pixels without.
    """

    formats: frozenset[str] = frozenset()
    height_m: float | None = None

    @classmethod
    def of(cls, formats: Iterable[str], height_m: float | None = None) -> Exports:
        """Check a wish before the work starts.

        Raises
        ------
        UsageError
            An unknown format, one whose package is not installed, or a stature that nobody has or
            that nothing is done with.
        """
        wanted = frozenset(name.strip().lower() for name in formats)
        unknown = sorted(wanted - set(FILES))
        if unknown:
            raise UsageError(
                f"there is no export format {unknown[0]!r}",
                hint=f"Known formats: {', '.join(FILES)}; several with commas between.",
            )
        if "parquet" in wanted:
            require_pyarrow()
        if height_m is not None and "trc" not in wanted:
            raise UsageError("the stature is only used for a TRC file", hint="Add --export trc.")
        if height_m is not None and not 0.5 <= height_m <= 2.8:
            raise UsageError(
                f"the stature must be in metres, from 0.5 to 2.8, but is {height_m:g}",
                hint="Write for example --height-m 1.75.",
            )
        return cls(wanted, height_m)


class ExportSink:
    """Keeps the poses while the session runs, where a format needs them, and writes the files.

    The poses take about half a kilobyte a frame: 17 MB for ten minutes at 60 frames a second.
    """

    def __init__(self, exports: Exports) -> None:
        self._exports = exports
        self._keeps = bool(exports.formats & {"trc", "mot", "parquet"})
        self._t_s = array("d")
        # Single precision: 0.0002 px in a picture 4,000 px wide.
        self._numbers = array("f")
        self._frame_size_px = (0, 0)
        self._reps: tuple[Rep, ...] = ()
        self._angles: AngleTable | None = None

    def update(self, frame: Frame, result: FrameResult) -> None:  # noqa: ARG002
        """Take one frame."""
        if not self._keeps:
            return
        sample = result.sample
        self._t_s.append(sample.t_s)
        turn = (sample.heading_correction_deg, sample.camera_roll_deg, sample.camera_roll_sem_deg)
        parts = (sample.keypoints_px, sample.confidence, sample.world_m, sample.leg_edges_px)
        row = np.concatenate([*(part.ravel() for part in parts), turn])
        self._numbers.frombytes(row.astype(np.float32).tobytes())
        self._frame_size_px = sample.frame_size_px

    def finish(self, reps: Sequence[Rep]) -> None:
        """Keep the repetitions: they tell when which leg works."""
        self._reps = tuple(reps)

    def abort(self) -> None:
        """Nothing to free."""

    def notes(self, settings: Settings, view: View) -> tuple[str, ...]:
        """Once the session has ended: say which wanted file cannot be made, ready to be shown."""
        if "mot" not in self._exports.formats:
            return ()
        table = angle_table(self._poses(), settings, view, self._reps)
        if table.columns and len(table.t_s):
            self._angles = table
            return ()
        why = next(iter(table.left_out.values()), "in each frame an angle is missing")
        reason = why.removeprefix("not measured: ").partition(";")[0]
        return (f"{FILES['mot'][0]} was not written: {reason}.",)

    def save(self, folder: Path, settings: Settings, session: Session) -> None:
        """Write the files beside ``reps.csv`` and ``frames.csv``; raises ``OutputError``.

        To be called after :meth:`notes`.
        """
        wanted = self._exports
        if "trc" in wanted.formats:
            write_trc(
                folder / FILES["trc"][0],
                self._poses(),
                settings,
                frame_size_px=self._frame_size_px,
                height_m=wanted.height_m,
            )
        if self._angles is not None:
            write_mot(folder / FILES["mot"][0], self._angles)
        if "parquet" in wanted.formats:
            reps_name, frames_name = FILES["parquet"]
            write_parquet(reps_table(session), folder / reps_name)
            write_parquet(frames_table(session, self._poses()), folder / frames_name)

    def _poses(self) -> Poses:
        count = len(Keypoint)
        rows: FloatArray = np.frombuffer(self._numbers, np.float32).astype(np.float64)
        rows = rows.reshape(len(self._t_s), -1)
        ends = np.cumsum((2 * count, count, 3 * count, 8))
        pixels, confidence, world, edges, turn = np.split(rows, ends, axis=1)
        return Poses(
            t_s=np.array(self._t_s),
            keypoints_px=pixels.reshape(-1, count, 2),
            confidence=confidence,
            world_m=world.reshape(-1, count, 3),
            heading_correction_deg=turn[:, 0],
            camera_roll_deg=turn[:, 1],
            camera_roll_sem_deg=turn[:, 2],
            leg_edges_px=edges.reshape(-1, 2, 2, 2),
        )
