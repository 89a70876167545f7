"""Writes and reads ``poses.fcp``, the saved poses of a session.

With this file, ``formcheck analyze poses.fcp`` measures a session again without its film. The
format is described in :mod:`formcheck.pose.recorded`. A *look* is one run of the pose model on a
frame.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from formcheck.data.closable import Closable
from formcheck.data.frame import SourceInfo
from formcheck.data.keypoints import PoseSample
from formcheck.pose.estimator import ModelInfo
from formcheck.pose.recorded import PoseRecording, facts_piece, file_start, looks_piece
from formcheck.store.whole_file import output_error

POSES_NAME = "poses.fcp"

PIECE_S, PIECE_LOOKS = 4.0, 480
"""The file is written in pieces of this length or number of poses; a crash loses at most one."""


class PosesWriter(Closable):
    """Writes the poses of a session piece by piece, while it runs.

    A background thread compresses and writes them, so that a slow disk never delays a frame.

    Parameters
    ----------
    path
        The file; an existing one is replaced.
    info, model
        What is known of the source and the pose model at the start.

    Raises
    ------
    OutputError
        The file cannot be written; every method raises it too.
    """

    def __init__(
        self, path: Path, info: SourceInfo | None = None, model: ModelInfo | None = None
    ) -> None:
        self.path = path
        self._waiting: list[PoseSample] = []
        self._looks = 0
        try:
            self._file: BinaryIO = path.open("wb", buffering=0)
        except OSError as error:
            raise output_error(path, error) from error
        self._model = model
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="poses")
        self._submitted: list[Future[None]] = []
        self._submit(file_start())
        self._submit_facts(info)

    def add(self, sample: PoseSample) -> None:
        """Add the next pose, which :func:`formcheck.pose.recorded.round_sample` has rounded."""
        self._waiting.append(sample)
        self._looks += 1
        lasts_s = sample.t_s - self._waiting[0].t_s
        if lasts_s >= PIECE_S or len(self._waiting) >= PIECE_LOOKS:
            self._flush()

    def close(self, info: SourceInfo | None = None) -> None:
        """Write the remaining poses and the final facts of the source; may be called again."""
        if self._file.closed:
            return
        try:
            self._flush()
            self._submit_facts(None if info is None else replace(info, looks=self._looks))
            self._writer.shutdown()
            self._raise_errors(self._submitted)
        finally:
            self._writer.shutdown()
            self._file.close()

    def abandon(self) -> None:
        """Close the file without the remaining poses; the pieces already written stay."""
        self._writer.shutdown(cancel_futures=True)
        self._file.close()

    def _flush(self) -> None:
        """Write the waiting poses as a piece, and raise errors of earlier writes."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._submitted.append(self._writer.submit(lambda: self._write(looks_piece(waiting))))
        done = [one for one in self._submitted if one.done()]
        self._submitted = [one for one in self._submitted if one not in done]
        self._raise_errors(done)

    def _submit_facts(self, info: SourceInfo | None) -> None:
        if info is not None and self._model is not None:
            self._submit(facts_piece(info, self._model))

    def _submit(self, data: bytes) -> None:
        self._submitted.append(self._writer.submit(self._write, data))

    def _raise_errors(self, done: list[Future[None]]) -> None:
        for one in done:
            one.result()

    def _write(self, data: bytes) -> None:
        """Write bytes to the disk; runs in the thread of the writer."""
        try:
            left = memoryview(data)
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            raise output_error(self.path, error) from error


def save_poses(
    path: Path, info: SourceInfo, model: ModelInfo, samples: Iterable[PoseSample]
) -> None:
    """Write all poses of a session; raises ``OutputError``."""
    with PosesWriter(path, info, model) as file:
        for sample in samples:
            file.add(sample)
        file.close(info)


def read_poses(path: Path) -> list[PoseSample]:
    """Read the poses of a session; those in damaged pieces are left out.

    :class:`~formcheck.pose.recorded.PoseRecording` also says which poses are missing.

    Raises
    ------
    SourceError
        The file does not exist, or nothing in it can be read.
    """
    return list(PoseRecording.load(path).samples)
