"""Keeps the poses of a session while it runs: a sink."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from formcheck.data.frame import Frame, SourceInfo
from formcheck.data.live import FrameResult
from formcheck.data.session import Rep
from formcheck.pose.estimator import ModelInfo
from formcheck.store.poses_file import PosesWriter


class KeptPoses:
    """Writes each look to a file, see :class:`~formcheck.store.poses_file.PosesWriter`.

    Raises
    ------
    OutputError
        The file cannot be written; every method but ``abort`` raises it too.
    """

    def __init__(self, path: Path, info: SourceInfo, model: ModelInfo) -> None:
        self.path = path
        self._writer = PosesWriter(path, info, model)

    def update(self, frame: Frame, result: FrameResult) -> None:  # noqa: ARG002
        """Take one frame."""
        self._writer.add(result.sample)

    def finish(self, reps: Sequence[Rep]) -> None:
        """Wait for the source's last facts: see :meth:`close`."""

    def close(self, info: SourceInfo) -> None:
        """Write the rest, and the facts of the source as known at its end."""
        self._writer.close(info)

    def abort(self) -> None:
        """Close the file; what is in it stays."""
        self._writer.abandon()
