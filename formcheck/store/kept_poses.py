"""Saves the poses of a session while it runs, as one of the sinks of the loop.

A sink is an object that the loop calls with every frame and its result.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from formcheck.data.frame import Frame, SourceInfo
from formcheck.data.frame_result import FrameResult
from formcheck.data.session import Rep
from formcheck.pose.estimator import ModelInfo
from formcheck.store.poses_file import PosesWriter


class KeptPoses:
    """Writes the pose of each frame to a file with a :class:`PosesWriter`.

    Raises
    ------
    OutputError
        The file cannot be written; every method but ``abort`` raises it too.
    """

    def __init__(self, path: Path, info: SourceInfo, model: ModelInfo) -> None:
        self.path = path
        self._writer = PosesWriter(path, info, model)

    def update(self, frame: Frame, result: FrameResult) -> None:  # noqa: ARG002
        """Add the pose of one frame."""
        self._writer.add(result.sample)

    def finish(self, reps: Sequence[Rep]) -> None:
        """Do nothing: :meth:`close` completes the file with the source's final data."""

    def close(self, info: SourceInfo) -> None:
        """Write the remaining poses and the final data of the source."""
        self._writer.close(info)

    def abort(self) -> None:
        """Close the file; the poses that are already written can be read."""
        self._writer.abandon()
