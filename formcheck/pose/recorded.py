"""Pose recordings (``.fcp`` files): poses that are saved and replayed in place of a film.

A recording replaces both the film and the pose model, so a session can be measured again without
them. Poses are rounded to the steps of the file *before* they are measured (:func:`round_sample`),
so that measuring them again from the file gives exactly the same numbers.

The file consists of *pieces* of a few seconds, each with a checksum: when the program is killed, at
most the last one is lost, and damage costs only the pieces in which it is. A piece is a head
(:data:`HEAD`: a tag, the kind, the length, a SHA-256) and its content: facts about the source as
JSON, or *looks* (poses of frames on which the model ran; a source of poses may hold some that were
interpolated, whose ``looked_at`` is false) as a compressed ``.npz`` without pickled objects.
``store/poses_file.py`` writes the file of a session.

Numbers are whole multiples of a step: keypoints and leg edges 1/1024 px, coordinates in space 0.1
mm, confidence 1/1000. Such a column holds the differences from look to look, its first row is kept
apart (``..._first``), and ``..._missing`` marks unknown values. Times and angles are exact. Each
piece names the profile of its poses: which program made them, and its known errors. A look takes
0.15 to 0.4 kB.

Recordings of the first format, a single ``.npz``, can still be read.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from formcheck.data.arrays import FloatArray
from formcheck.data.closable import Closable
from formcheck.data.errors import SourceError
from formcheck.data.file_names import printable
from formcheck.data.frame import Frame, SourceInfo
from formcheck.data.keypoints import Keypoint, PoseSample, profile_of, unknown_edges
from formcheck.data.plain_file import open_plain
from formcheck.data.pose_profile import AS_GIVEN, PoseProfile
from formcheck.pose.estimator import ModelInfo, PoseEstimator
from formcheck.pose.profiles import MEDIAPIPE, profile_named
from formcheck.video.timeline import Timeline

FORMAT = "formcheck.poses/2"
"""Name and version of the file format; the file begins with it."""
FIRST_FORMAT = "formcheck.poses/1"
"""The first format, which can still be read."""
SUFFIX = ".fcp"
"""Ending of the file's name."""

HEAD = struct.Struct("<4s4sQ32s")
"""The head of a piece: tag, kind, length of the content, SHA-256 of kind and content."""
TAG, FACTS, LOOKS = b"fcp2", b"fact", b"look"
"""The tag of every piece, and the two kinds of pieces."""

PIXEL_STEP_PX = 1 / 1024
"""Resolution of keypoints; it changes an angle by less than 0.002 degrees. The 1/64 px of the first
format changed some by 0.01 degrees, and sometimes moved the lowest point to another frame."""
WORLD_STEP_M = 1e-4
"""Resolution of coordinates in space."""
CONFIDENCE_STEP = 1e-3
"""Resolution of the confidence."""
FIRST_PIXEL_STEP_PX = 1 / 64
"""Resolution of keypoints in the first format."""

_COUNT = len(Keypoint)
_COLUMNS: Mapping[str, tuple[float, tuple[int, ...]]] = {
    "keypoints_px": (PIXEL_STEP_PX, (_COUNT, 2)),
    "world_m": (WORLD_STEP_M, (_COUNT, 3)),
    "confidence": (CONFIDENCE_STEP, (_COUNT,)),
    "leg_edges_px": (PIXEL_STEP_PX, unknown_edges().shape),
}
"""The rounded columns by name: step, and shape for one look."""

_ANGLES = ("heading_correction_deg", "camera_roll_deg", "camera_roll_sem_deg")
"""Columns that are kept exactly."""

UNKNOWN_MODEL = ModelInfo("unknown", "")
"""The model of a recording whose facts are lost."""

# All that numpy, zip and JSON raise for a damaged or foreign file.
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
        The poses, one for each frame on which the model ran, in order.
    damaged_pieces
        Number of places where the file could not be read or is cut off. ``info.warnings`` says
        which poses are missing.
    """

    info: SourceInfo
    model: ModelInfo
    samples: tuple[PoseSample, ...]
    damaged_pieces: int = 0

    @property
    def complete(self) -> bool:
        """Whether the whole file could be read."""
        return self.damaged_pieces == 0

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> PoseRecording:
        """Read a recording, skipping damaged pieces.

        Raises
        ------
        SourceError
            The file is missing, is no pose recording, is of another version, or nothing in it can
            be read.
        """
        path = Path(path)
        with _reading(path):
            with open_plain(path) as file:
                data = file.read()
            if data.startswith(FORMAT.encode()):
                return _read_pieces(data, path.name)
            return _first_format(_arrays(data))


def one_by_one(path: Path) -> Iterator[PoseSample]:
    """Yield the poses of a file piece by piece, so that hours of them fit into memory.

    Poses in damaged pieces are left out, and the profile is not set. Raises ``SourceError`` when
    the file cannot be read.
    """
    with _reading(path), open_plain(path) as file:
        data = file.read()
    for piece in _pieces(data):
        if piece is not None and piece[0] == LOOKS:
            with _reading(path):
                looks = _looks(_arrays(piece[1]))
            yield from looks


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn errors of reading a file into ``SourceError``, within a ``with`` block."""
    shown = printable(path)
    try:
        yield
    except FileNotFoundError as error:
        raise SourceError(
            f"there is no pose recording '{shown}'", hint="Check the path and the name."
        ) from error
    except _READ_ERRORS as error:
        raise SourceError(
            f"'{shown}' is not a pose recording, or is damaged",
            hint=f"Analyze the film again: this makes a new one. The expected format is {FORMAT}.",
        ) from error


def round_sample(sample: PoseSample) -> PoseSample:
    """Return the pose rounded to the steps of the file, exactly as reading it back gives it."""
    columns = {name: np.asarray(getattr(sample, name), np.float64) for name in _COLUMNS}
    rounded: dict[str, Any] = {
        name: np.where(np.isnan(columns[name]), np.nan, _steps_of(columns[name], step) * step)
        for name, (step, _) in _COLUMNS.items()
    }
    return dataclasses.replace(sample, **rounded)


class RoundedEstimator:
    """Wraps an estimator and rounds each pose as the file does, see :func:`round_sample`."""

    def __init__(self, estimator: PoseEstimator) -> None:
        self._estimator = estimator

    @property
    def model(self) -> ModelInfo:
        """The model of the wrapped estimator."""
        return self._estimator.model

    def begin(self, frame: Frame) -> None:
        """Start work on a frame."""
        self._estimator.begin(frame)

    def peek(self, frame: Frame) -> PoseSample:
        """Return a preliminary pose in a frame that was begun, rounded."""
        return round_sample(self._estimator.peek(frame))

    def estimate(self, frame: Frame) -> PoseSample:
        """Return the subject's pose in this frame, rounded."""
        return round_sample(self._estimator.estimate(frame))

    def close(self) -> None:
        """Close the wrapped estimator."""
        self._estimator.close()


def facts_piece(info: SourceInfo, model: ModelInfo) -> bytes:
    """Return the piece with the facts of a recording; the last such piece in a file counts."""
    facts = {
        "keypoints": [point.name for point in Keypoint],
        "info": dataclasses.asdict(info),
        "model": dataclasses.asdict(model),
    }
    return _piece(FACTS, json.dumps(facts).encode())


def looks_piece(samples: Sequence[PoseSample]) -> bytes:
    """Return a piece with one or more poses; it can be read without the others."""
    arrays: dict[str, npt.NDArray[Any]] = {
        "t_s": np.array([s.t_s for s in samples], dtype=np.float64),
        "frame_size_px": np.array([s.frame_size_px for s in samples], np.int32),
        "people": np.array([s.people for s in samples], dtype=np.int16),
        "looked_at": np.array([s.looked_at for s in samples]),
        "profile": np.array(profile_of(samples).id),
        **{name: np.array([getattr(s, name) for s in samples], np.float64) for name in _ANGLES},
    }
    for name, (step, _) in _COLUMNS.items():
        values = np.array([getattr(s, name) for s in samples], dtype=np.float64)
        arrays |= _packed(name, values.reshape(len(samples), -1), step)
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays)
    return _piece(LOOKS, content.getvalue())


def file_start() -> bytes:
    """Return the first bytes of a recording, before its pieces."""
    return f"{FORMAT}\n".encode()


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

    @property
    def late_s(self) -> float:
        """Always 0: poses can wait."""
        return 0.0

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

    peek = estimate

    def close(self) -> None:
        """Do nothing: there is nothing to free."""


# --- the pieces ----------------------------------------------------------------------------------


def _piece(kind: bytes, content: bytes) -> bytes:
    """Return a piece: its head with the checksum, and its content."""
    digest = hashlib.sha256(kind + content).digest()
    return HEAD.pack(TAG, kind, len(content), digest) + content


def _read_pieces(data: bytes, name: str) -> PoseRecording:
    """Read all undamaged pieces; raises ``ValueError`` when there is none."""
    facts: Mapping[str, Any] | None = None
    samples: list[PoseSample] = []
    stated: PoseProfile | None = None
    damaged_after: list[int] = []  # for each damaged piece, the number of poses before it
    for piece in _pieces(data):
        if piece is None:
            damaged_after.append(len(samples))
            continue
        kind, content = piece
        if kind == FACTS:
            facts = json.loads(content)
        elif kind == LOOKS:
            arrays = _arrays(content)
            looks = _looks(arrays)
            if "profile" in arrays and any(sample.seen for sample in looks):
                stated = profile_named(str(arrays["profile"]))
            samples += looks
    if facts is None and not samples:
        raise ValueError("no whole piece")
    samples = _with_profile(samples, stated)
    if facts is None:
        info, model = _info_of(samples, name), UNKNOWN_MODEL
    elif facts["keypoints"] != [point.name for point in Keypoint]:
        raise ValueError("another skeleton")
    else:
        info, model = _facts(facts)
    if not damaged_after and _looks_made(info) > len(samples):
        damaged_after.append(len(samples))  # cut off between two pieces
    if damaged_after:
        info = _with_damage(info, [sample.t_s for sample in samples], sorted(set(damaged_after)))
    return PoseRecording(info, model, tuple(samples), len(damaged_after))


def _pieces(data: bytes) -> Iterator[tuple[bytes, bytes] | None]:
    """Yield kind and content of each undamaged piece, and ``None`` at each damaged place."""
    at = len(file_start())
    while 0 <= at < len(data):
        found = _piece_at(data, at)
        if found is None:
            yield None
            at = data.find(TAG, at + 1)
        else:
            kind, content, at = found
            yield kind, content


def _arrays(content: bytes) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of an ``.npz`` file."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {column: arrays[column] for column in arrays.files}


def _looks_made(info: SourceInfo) -> int:
    """Return how many poses the recording should have."""
    return info.frames if info.looks is None else info.looks


def _with_damage(
    info: SourceInfo, times_s: Sequence[float], damaged_after: Sequence[int]
) -> SourceInfo:
    """Return the facts with the lost poses counted, and a warning for each lost stretch.

    ``damaged_after`` has, for each damaged place, the number of poses before it.
    """
    lost = max(_looks_made(info) - len(times_s), 0)
    return dataclasses.replace(
        info,
        frames=max(info.frames - lost, len(times_s)),
        looks=None if info.looks is None else len(times_s),
        frames_dropped=info.frames_dropped + lost,
        warnings=(*info.warnings, *_damage_warnings(times_s, damaged_after)),
    )


def _damage_warnings(times_s: Sequence[float], damaged_after: Sequence[int]) -> Iterator[str]:
    for count in damaged_after:
        if count == 0:
            if times_s and times_s[0] > 0:
                yield f"The poses before {times_s[0]:.1f} s are damaged and were left out."
        elif count < len(times_s):
            stretch = f"from {times_s[count - 1]:.1f} to {times_s[count]:.1f} s"
            yield f"The poses {stretch} are damaged and were left out."
        else:
            yield f"The file is damaged at its end: poses after {times_s[-1]:.1f} s may be missing."


def _piece_at(data: bytes, at: int) -> tuple[bytes, bytes, int] | None:
    """Return kind, content and end of the piece at a position; ``None`` if it is damaged."""
    if at + HEAD.size > len(data):
        return None
    tag, kind, length, digest = HEAD.unpack_from(data, at)
    end = at + HEAD.size + length
    content = data[at + HEAD.size : end]
    if tag != TAG or end > len(data) or hashlib.sha256(kind + content).digest() != digest:
        return None
    return kind, content, end


def _looks(arrays: Mapping[str, npt.NDArray[Any]]) -> list[PoseSample]:
    count = len(arrays["t_s"])
    columns = {
        name: _unpacked(arrays, name, step, (count, *shape))
        for name, (step, shape) in _COLUMNS.items()
    }
    return _samples(arrays, columns)


def _with_profile(samples: Sequence[PoseSample], stated: PoseProfile | None) -> list[PoseSample]:
    """Set the profile of the poses.

    Earlier files do not state it; in those, only formcheck's own poses have depth.
    """
    has_depth = any(np.isfinite(sample.world_m).any() for sample in samples)
    profile = stated or (MEDIAPIPE if has_depth else AS_GIVEN)
    return [dataclasses.replace(sample, profile=profile) for sample in samples]


def _samples(
    arrays: Mapping[str, npt.NDArray[Any]], columns: Mapping[str, Any]
) -> list[PoseSample]:
    return [
        PoseSample(
            t_s=float(t_s),
            frame_size_px=(int(arrays["frame_size_px"][i, 0]), int(arrays["frame_size_px"][i, 1])),
            people=int(arrays["people"][i]),
            looked_at=bool(arrays["looked_at"][i]),
            **{name: values[i] for name, values in columns.items()},
            heading_correction_deg=float(arrays["heading_correction_deg"][i]),
            camera_roll_deg=float(arrays["camera_roll_deg"][i]),
            camera_roll_sem_deg=float(arrays["camera_roll_sem_deg"][i]),
        )
        for i, t_s in enumerate(arrays["t_s"])
    ]


def _steps_of(values: FloatArray, step: float) -> FloatArray:
    """Return numbers as whole steps; 0 where a number is unknown or infinite."""
    return np.rint(np.where(np.isfinite(values), values, 0.0) / step) + 0.0


def _packed(name: str, values: FloatArray, step: float) -> dict[str, npt.NDArray[Any]]:
    """Pack (N, C) numbers as a first row, differences in whole steps, and a mask of gaps."""
    missing = np.isnan(values)
    # A missing number repeats the last known one, so that a gap makes no large difference.
    last = np.maximum.accumulate(np.where(missing, 0, np.arange(len(values))[:, None]), axis=0)
    steps = np.take_along_axis(_steps_of(values, step), last, axis=0).astype(np.int64)
    changes = np.diff(steps, axis=0)
    fits = changes.size == 0 or np.abs(changes).max() <= np.iinfo(np.int16).max
    return {
        # Channel after channel compresses better than look after look.
        name: changes.T.astype(np.int16 if fits else np.int64),
        f"{name}_first": steps[0],
        f"{name}_missing": np.packbits(missing),
    }


def _unpacked(
    arrays: Mapping[str, npt.NDArray[Any]], name: str, step: float, shape: tuple[int, ...]
) -> FloatArray:
    changes, first = arrays[name], arrays[f"{name}_first"]
    if not (np.issubdtype(changes.dtype, np.integer) and np.issubdtype(first.dtype, np.integer)):
        raise ValueError(f"{name} holds no whole steps")
    steps = np.cumsum(np.concatenate([first[None], changes.T]), axis=0, dtype=np.int64)
    bits = np.unpackbits(arrays[f"{name}_missing"], count=steps.size)
    missing = bits.reshape(steps.shape).astype(bool)
    return np.where(missing, np.nan, steps * step).reshape(shape)


def _facts(facts: Mapping[str, Any]) -> tuple[SourceInfo, ModelInfo]:
    known = facts["info"]
    texts = {name: tuple(known.get(name, ())) for name in ("warnings", "remarks")}
    info = {**known, **texts}
    return SourceInfo(**info), ModelInfo(**facts["model"])


def _info_of(samples: Sequence[PoseSample], name: str) -> SourceInfo:
    """Return facts about the source as far as the poses show them, when its facts are lost."""
    timeline = Timeline(tick_s=0.001)
    for sample in samples:
        timeline.add(sample.t_s, 0.0)
    width, height = samples[0].frame_size_px
    return SourceInfo(
        kind="poses",
        name=name,
        width=width,
        height=height,
        duration_s=timeline.end_s,
        frames=timeline.frames,
        frame_rate_hz=1.0 / timeline.step_s if timeline.step_s else 0.0,
        variable_frame_rate=timeline.is_variable,
    )


# --- the first format ----------------------------------------------------------------------------


def _first_format(arrays: Mapping[str, npt.NDArray[Any]]) -> PoseRecording:
    facts = json.loads(str(arrays["facts"]))
    if facts["format"] != FIRST_FORMAT or facts["keypoints"] != [point.name for point in Keypoint]:
        raise ValueError("another format or skeleton")
    count = len(arrays["t_s"])
    # The oldest recordings have no camera tilt and no edges of the legs.
    rolls = arrays.get("camera_roll_deg", np.full((count, 2), np.nan)).reshape(-1, 2)
    edges = np.full((count, *unknown_edges().shape), np.nan)
    steps = {"world_m": WORLD_STEP_M, "confidence": CONFIDENCE_STEP}
    columns = {
        name: edges
        if name == "leg_edges_px" and name not in arrays
        else _first_unpacked(arrays, name, steps.get(name, FIRST_PIXEL_STEP_PX), (count, *shape))
        for name, (_, shape) in _COLUMNS.items()
    }
    looks = {
        "t_s": arrays["t_s"],
        "frame_size_px": arrays["frame_size_px"].reshape(count, 2),
        "people": _whole(arrays["people"], count),
        "looked_at": np.ones(count, dtype=bool),
        "heading_correction_deg": arrays["heading_correction_deg"].reshape(count),
        "camera_roll_deg": rolls[:, 0],
        "camera_roll_sem_deg": rolls[:, 1],
    }
    samples = _with_profile(_samples(looks, columns), None)
    return PoseRecording(*_facts(facts), tuple(samples))


def _whole(values: npt.NDArray[Any], count: int) -> npt.NDArray[Any]:
    if not np.issubdtype(values.dtype, np.integer):
        raise ValueError("a count is not a whole number")
    return values.reshape(count)


def _first_unpacked(
    arrays: Mapping[str, npt.NDArray[Any]], name: str, step: float, shape: tuple[int, ...]
) -> FloatArray:
    if not np.issubdtype(arrays[name].dtype, np.integer):
        raise ValueError(f"{name} does not contain integers")
    changes = arrays[name].T.reshape(shape).astype(np.int64)
    bits = np.unpackbits(arrays[f"{name}_missing"], count=changes.size)
    missing = bits.reshape(shape).astype(bool)
    return np.where(missing, np.nan, np.cumsum(changes, axis=0) * step)
