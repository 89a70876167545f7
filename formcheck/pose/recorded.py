"""Pose recordings: poses saved to a small file, and replayed through the same loop as a film.

A recording replaces the film and the pose model: it gives the same poses, rounded as stated below,
so that measuring can be tested without either.

The file is a compressed ``.npz`` without pickled objects. Numbers are integer multiples of a step,
stored as differences from frame to frame: keypoints 1/64 px, world coordinates 0.1 mm,
confidence 1/1000. The rounding error is at most half a step. Times are exact.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from formcheck.data.arrays import FloatArray
from formcheck.data.closable import Closable
from formcheck.data.errors import OutputError, SourceError
from formcheck.data.frame import Frame, SourceInfo
from formcheck.data.keypoints import Keypoint, PoseSample, unknown_edges
from formcheck.data.plain_file import open_plain
from formcheck.pose.estimator import ModelInfo
from formcheck.video.file_names import printable

FORMAT = "formcheck.poses/1"
"""Name and version of the file format."""

PIXEL_STEP_PX = 1 / 64
WORLD_STEP_M = 1e-4
CONFIDENCE_STEP = 1e-3

EDGES_SHAPE = unknown_edges().shape

# All that numpy, zip and JSON raise on a damaged or foreign file.
_READ_ERRORS = (
    OverflowError,
    AttributeError,  # a bare .npy file gives an array
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)

_Integers = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class PoseRecording:
    """The poses of one film or camera session.

    Attributes
    ----------
    info
        Facts about the source of the frames.
    model
        The model that estimated the poses.
    samples
        One for each frame of the source, in order.
    """

    info: SourceInfo
    model: ModelInfo
    samples: tuple[PoseSample, ...]

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> PoseRecording:
        """Read a recording.

        Raises
        ------
        SourceError
            The file is missing, damaged, of another version, or not a pose recording.
        """
        shown = printable(path)
        try:
            # Opened here because numpy does not close a damaged file.
            with open_plain(Path(path)) as raw, np.load(raw, allow_pickle=False) as file:
                return _unpack({name: file[name] for name in file.files})
        except FileNotFoundError as error:
            raise SourceError(
                f"there is no pose recording '{shown}'", hint="Check the path and the name."
            ) from error
        except _READ_ERRORS as error:
            raise SourceError(
                f"'{shown}' is not a pose recording, or is damaged",
                hint=f"Record the poses again; the expected format is {FORMAT}.",
            ) from error


def save_poses(
    path: str | os.PathLike[str],
    info: SourceInfo,
    model: ModelInfo,
    samples: Sequence[PoseSample],
) -> None:
    """Write a recording to exactly ``path``; the module docstring states the rounding.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    target = Path(path)
    partial = target.with_name(f".{target.name}.partial")
    try:
        with partial.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **_pack(info, model, samples))
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(
            f"the poses cannot be written to '{printable(path)}': {error.strerror}",
            hint="Check that the folder exists and is writable, and that the disk has space.",
        ) from error


class RecordedSource(Closable):
    """Yields a black frame for each recorded pose.

    The images have the size of the original frames but share one pixel in memory: copy one before
    drawing on it. ``info.kind`` is ``"poses"``.
    """

    def __init__(self, recording: PoseRecording) -> None:
        self._recording = recording

    @property
    def info(self) -> SourceInfo:
        """Facts about the film that the poses came from."""
        return dataclasses.replace(self._recording.info, kind="poses")

    @property
    def ready(self) -> bool:
        """Always true: no frame has to be waited for."""
        return True

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames in order."""
        black = np.zeros(3, dtype=np.uint8)
        for index, sample in enumerate(self._recording.samples):
            width, height = sample.frame_size_px
            yield Frame(index, sample.t_s, np.broadcast_to(black, (height, width, 3)))

    def close(self) -> None:
        """Do nothing: there is nothing to free."""


class RecordedEstimator:
    """Returns the recorded pose for each frame of a :class:`RecordedSource` or of the same film."""

    def __init__(self, recording: PoseRecording) -> None:
        self._recording = recording

    @property
    def model(self) -> ModelInfo:
        """The model that estimated the poses when they were recorded."""
        return self._recording.model

    def begin(self, frame: Frame) -> None:
        """Do nothing: the pose is known."""

    def estimate(self, frame: Frame) -> PoseSample:
        """Return the pose recorded for this frame.

        Raises
        ------
        SourceError
            The recording has no frame with this index at this time: it is of another film.
        """
        samples = self._recording.samples
        if frame.index >= len(samples) or abs(samples[frame.index].t_s - frame.t_s) > 1e-6:
            raise SourceError(
                f"the pose recording of '{printable(self._recording.info.name)}' has no frame "
                f"{frame.index} at {frame.t_s:.3f} s",
                hint="Use the film that the poses were recorded from.",
            )
        return samples[frame.index]

    def close(self) -> None:
        """Do nothing: there is nothing to free."""


def _pack(
    info: SourceInfo, model: ModelInfo, samples: Sequence[PoseSample]
) -> dict[str, npt.NDArray[Any]]:
    facts = {
        "format": FORMAT,
        "keypoints": [point.name for point in Keypoint],
        "info": dataclasses.asdict(info),
        "model": dataclasses.asdict(model),
    }
    count = len(Keypoint)
    pixels = np.array([s.keypoints_px for s in samples]).reshape(-1, count, 2)
    world = np.array([s.world_m for s in samples]).reshape(-1, count, 3)
    confidence = np.array([s.confidence for s in samples]).reshape(-1, count)
    edges = np.array([s.leg_edges_px for s in samples]).reshape(-1, *EDGES_SHAPE)
    return {
        "facts": np.array(json.dumps(facts)),
        "t_s": np.array([s.t_s for s in samples], dtype=np.float64),
        "frame_size_px": np.array([s.frame_size_px for s in samples], np.int32).reshape(-1, 2),
        "people": np.array([s.people for s in samples], dtype=np.int16),
        "heading_correction_deg": np.array([s.heading_correction_deg for s in samples]),
        "camera_roll_deg": np.array([(s.camera_roll_deg, s.camera_roll_sem_deg) for s in samples]),
        **_pack_numbers("keypoints_px", pixels, PIXEL_STEP_PX),
        **_pack_numbers("world_m", world, WORLD_STEP_M),
        **_pack_numbers("confidence", confidence, CONFIDENCE_STEP),
        **_pack_numbers("leg_edges_px", edges, PIXEL_STEP_PX),
    }


def _unpack(arrays: Mapping[str, npt.NDArray[Any]]) -> PoseRecording:
    facts = json.loads(str(arrays["facts"]))
    if facts["format"] != FORMAT or facts["keypoints"] != [point.name for point in Keypoint]:
        raise ValueError("unknown format or skeleton")
    info = facts["info"]
    info["warnings"] = tuple(info["warnings"])
    times = arrays["t_s"]
    count = (len(times), len(Keypoint))
    pixels = _unpack_numbers(arrays, "keypoints_px", PIXEL_STEP_PX, (*count, 2))
    world = _unpack_numbers(arrays, "world_m", WORLD_STEP_M, (*count, 3))
    confidence = _unpack_numbers(arrays, "confidence", CONFIDENCE_STEP, count)
    # Older recordings have no camera roll.
    unknown = np.full((len(times), 2), np.nan)
    rolls = arrays.get("camera_roll_deg", unknown).reshape(-1, 2)
    # Older recordings have no leg edges.
    edges = (
        _unpack_numbers(arrays, "leg_edges_px", PIXEL_STEP_PX, (len(times), *EDGES_SHAPE))
        if "leg_edges_px" in arrays
        else np.full((len(times), *EDGES_SHAPE), np.nan)
    )
    samples = tuple(
        PoseSample(
            t_s=float(t_s),
            keypoints_px=pixels[i],
            confidence=confidence[i],
            world_m=world[i],
            frame_size_px=(int(size[0]), int(size[1])),
            people=int(people),
            heading_correction_deg=float(correction),
            camera_roll_deg=float(roll),
            camera_roll_sem_deg=float(roll_sem),
            leg_edges_px=edges[i],
        )
        for i, (t_s, size, people, correction, (roll, roll_sem)) in enumerate(
            zip(
                times,
                arrays["frame_size_px"],
                arrays["people"],
                arrays["heading_correction_deg"],
                rolls,
                strict=True,
            )
        )
    )
    return PoseRecording(SourceInfo(**info), ModelInfo(**facts["model"]), samples)


def _pack_numbers(name: str, values: FloatArray, step: float) -> dict[str, npt.NDArray[Any]]:
    """Encode (N, ...) numbers as integer steps from frame to frame, plus a bit mask of NaN."""
    missing = np.isnan(values)
    steps = np.rint(np.where(missing, 0.0, values) / step).astype(np.int64)
    changes = np.diff(steps, axis=0, prepend=np.zeros_like(steps[:1]))
    # The time series of each channel in one piece compress better than frame after frame.
    series = changes.reshape(len(values), math.prod(values.shape[1:])).T
    return {name: _smallest_type(series), f"{name}_missing": np.packbits(missing)}


def _unpack_numbers(
    arrays: Mapping[str, npt.NDArray[Any]], name: str, step: float, shape: tuple[int, ...]
) -> FloatArray:
    if not np.issubdtype(arrays[name].dtype, np.integer):
        raise ValueError(f"{name} does not contain integers")
    changes = arrays[name].T.reshape(shape).astype(np.int64)
    bits = np.unpackbits(arrays[f"{name}_missing"], count=changes.size)
    missing = bits.reshape(shape).astype(bool)
    return np.where(missing, np.nan, np.cumsum(changes, axis=0) * step)


def _smallest_type(values: npt.NDArray[np.int64]) -> _Integers:
    """Convert integers to 16 bits if they fit, else to 32."""
    fits = values.size == 0 or np.abs(values).max() <= np.iinfo(np.int16).max
    return values.astype(np.int16 if fits else np.int32)
