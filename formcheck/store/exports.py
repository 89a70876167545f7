"""Writes the optional files for other programs: TRC, MOT, C3D, Parquet, netCDF and the long table.

:class:`Exports` are the formats that the user asked for. :func:`prepare` calculates what they need
when a session is complete, and :meth:`Prepared.save` writes the files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from formcheck.data.declare import rounded
from formcheck.data.errors import UsageError
from formcheck.data.exercise import Metric
from formcheck.data.keypoints import PoseSample
from formcheck.data.poses import Poses
from formcheck.data.session import Note, Session
from formcheck.report.tables import frames_table, long_table, reps_table, table_as_csv
from formcheck.store.c3d_file import MOST_FRAMES, write_c3d
from formcheck.store.dataset import dataset_of, write_dataset
from formcheck.store.even_rate import EvenRows
from formcheck.store.extras import require_extra
from formcheck.store.opensim_files import AngleTable, angle_table, write_mot, write_trc
from formcheck.store.parquet_files import write_parquet
from formcheck.store.whole_file import whole_file

FILES = {
    "trc": ("keypoints.trc",),
    "mot": ("angles.mot",),
    "parquet": ("reps.parquet", "frames.parquet"),
    "long": ("measurements.csv",),
    "nc": ("poses.nc",),
    "c3d": ("keypoints.c3d",),
}
"""File names by format."""

_EXTRA_OF = {"parquet": "parquet", "nc": "xarray"}

FILE_NAMES = tuple(name for names in FILES.values() for name in names)


@dataclass(frozen=True)
class Exports:
    """The requested formats.

    Attributes
    ----------
    formats
        Any of :data:`FILES`.
    height_m
        The person's body height, for a TRC file in metres. Without it, the file is in pixels.
    """

    formats: frozenset[str] = frozenset()
    height_m: float | None = None

    @classmethod
    def of(cls, formats: Iterable[str], height_m: float | None = None) -> Exports:
        """Make the exports from names of formats, and check that they are possible.

        Raises
        ------
        UsageError
            A format is unknown, its package is not installed, or the height would not be used.
        """
        requested = frozenset(name.strip().lower() for name in formats)
        unknown = sorted(requested - set(FILES))
        if unknown:
            raise UsageError(
                f"there is no export format {unknown[0]!r}",
                hint=f"Known formats: {', '.join(FILES)}. Separate several with commas.",
            )
        for name in sorted(requested & set(_EXTRA_OF)):
            require_extra(_EXTRA_OF[name])
        if height_m is not None and "trc" not in requested:
            raise UsageError(
                "the body height is only used for a TRC file",
                hint="Ask for a TRC file as well.",
                options=("export",),
            )
        return cls(requested, height_m)


@dataclass(frozen=True)
class Prepared:
    """Exports of a session, ready to be written.

    Attributes
    ----------
    exports, session, samples
        The formats, the session and its poses.
    angles
        The joint angles for a MOT file, if that can be made.
    notes
        Which requested file cannot be made, and why; they are added to the session.
    """

    exports: Exports
    session: Session
    samples: Sequence[PoseSample]
    angles: AngleTable | None
    notes: tuple[Note, ...]

    def save(self, folder: Path) -> None:
        """Write the files beside ``reps.csv`` and ``frames.csv``; raises ``OutputError``."""
        if not self.exports.formats:
            return
        requested, source = self.exports, self.session.source
        poses = Poses.from_samples(self.samples)
        size_px = (source.width, source.height)
        if "trc" in requested.formats:
            write_trc(
                folder / FILES["trc"][0],
                poses,
                self.session.provenance.settings,
                frame_size_px=size_px,
                height_m=requested.height_m,
            )
        rows = EvenRows.of(poses.t_s, source.frame_rate_hz)
        if "c3d" in requested.formats and len(rows) <= MOST_FRAMES:
            write_c3d(folder / FILES["c3d"][0], poses, rows, frame_size_px=size_px)
        if "nc" in requested.formats:
            write_dataset(folder / FILES["nc"][0], dataset_of(self.session, poses))
        if "long" in requested.formats:
            with whole_file(folder / FILES["long"][0]) as file:
                style = self.session.provenance.settings.csv
                file.writelines(table_as_csv(long_table(self.session), style))
        if self.angles is not None:
            write_mot(folder / FILES["mot"][0], self.angles)
        if "parquet" in requested.formats:
            tables = reps_table(self.session), frames_table(self.session, self.samples)
            for name, table in zip(FILES["parquet"], tables, strict=True):
                write_parquet(table, folder / name)


def prepare(
    exports: Exports, session: Session, poses: Sequence[PoseSample], metrics: Sequence[Metric]
) -> Prepared:
    """Calculate what the exports of a session need, and find out which cannot be made.

    Parameters
    ----------
    exports
        The requested formats.
    session, poses
        The session, and the poses it was measured from.
    metrics
        The metrics of the exercise; they say which joint angles are exported.
    """
    if not exports.formats:
        return Prepared(exports, session, (), None, ())
    session = rounded(session)  # as saved, so that a later export gives exactly the same files
    stacked = Poses.from_samples(poses)
    notes: tuple[Note, ...] = ()
    rows = EvenRows.of(stacked.t_s, session.source.frame_rate_hz)
    if "c3d" in exports.formats and len(rows) > MOST_FRAMES:
        notes = (_not_written_note("c3d", f"the format ends at {MOST_FRAMES} frames"),)
    if "mot" not in exports.formats:
        return Prepared(exports, session, poses, None, notes)
    settings = session.provenance.settings
    table = angle_table(stacked, settings, session.view, metrics, session.reps)
    if table.columns and len(table.t_s):
        return Prepared(exports, session, poses, table, notes)
    why = next(iter(table.left_out.values()), "every frame lacks at least one angle")
    reason = why.partition(";")[0]
    return Prepared(exports, session, poses, None, (*notes, _not_written_note("mot", reason)))


def _not_written_note(name: str, reason: str) -> Note:
    return Note(kind="export", text=f"{FILES[name][0]} was not written: {reason}.")
