"""Recognise pose files and read each kind as a ``PoseRecording``."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path

from formcheck.data.errors import UsageError
from formcheck.data.file_names import printable
from formcheck.data.frame import SourceInfo
from formcheck.data.keypoints import PoseSample
from formcheck.data.pose_profile import AS_GIVEN, PoseProfile, StatedFloor
from formcheck.pose.estimator import ModelInfo
from formcheck.pose.files import c3d, trc
from formcheck.pose.files.openpose import json_files, read_openpose
from formcheck.pose.files.points import ReadPoses, no_size
from formcheck.pose.recorded import SUFFIX, PoseRecording
from formcheck.video.timeline import Timeline

_RECORDINGS = (SUFFIX, ".npz")
_C3D = ".c3d"

NO_DEPTH = (
    "The poses come from a {kind}, which has no depth. So the view is the one you gave, and it is "
    "not known how far the person is turned away from the camera."
)
OWN_ERRORS = "The keypoints come from {whose}; the standard errors are the ones known for it."
STATED_ERRORS = (
    "The keypoints come from {whose} and are used unchanged. Their error is not known: formcheck "
    "assumes standard errors of {deg:g}°, {pct:g} % of leg length or {duration_s:g} s, and adds "
    "the noise seen while the person stands."
)


def is_pose_file(path: Path) -> bool:
    """Return whether a path is a pose file by its ending, or a folder with JSON files."""
    if path.is_dir():
        return bool(json_files(path))
    return path.suffix.lower() in (".trc", _C3D, *_RECORDINGS)


def load_poses(
    path: Path,
    *,
    frame_rate_hz: float | None = None,
    size_px: tuple[int, int] | None = None,
    subject: str = "auto",
    slow_motion: float = 1.0,
    view: str = "auto",
) -> PoseRecording:
    """Read a pose file of any kind.

    Parameters
    ----------
    path
        A ``.trc`` file in pixels, a ``.c3d`` file, a folder of OpenPose JSON files (one for each
        frame), or an ``.npz`` recording of formcheck.
    frame_rate_hz
        Frames per second of the film; required for OpenPose only, whose files have no times.
    size_px
        Width and height of the film in pixels; required except for formcheck's own recordings and
        C3D files, and C3D files with points in space.
    subject
        Whom to measure where OpenPose found several people; see :func:`read_openpose`.
    slow_motion
        How many times slower than real time the film plays; all times are divided by it.
    view
        ``front`` or ``side``: the plane onto which points in space are projected.

    Raises
    ------
    UsageError
        A required option is missing, or one was given that the file itself already contains.
    SourceError
        The file is missing, damaged, empty or of another kind.
    """
    if path.suffix.lower() in _RECORDINGS:
        if frame_rate_hz is not None or size_px is not None:
            raise UsageError(
                "a pose recording of formcheck already contains the frame rate and size",
                hint="Leave out the frame rate and the size.",
                options=("frame_rate", "size"),
            )
        return PoseRecording.load(path)
    if path.is_dir():
        read = _openpose(path, size_px, frame_rate_hz, subject)
    else:
        read = _markers(path, size_px, frame_rate_hz, view)
    first_s = read.samples[0].t_s
    samples = [
        dataclasses.replace(sample, t_s=(sample.t_s - first_s) / slow_motion)
        for sample in read.samples
    ]
    where_from = read.warning or NO_DEPTH.format(kind=read.kind)
    warning = f"{where_from} {errors_in_words(read.profile)}"
    info = _info(path.name, samples, read.size_px, slow_motion, warning)
    whose = "another program's" if read.profile is AS_GIVEN else "formcheck's own"
    model = ModelInfo(f"{whose}: {read.kind}", read.sha256)
    return PoseRecording(info, model, tuple(samples))


def errors_in_words(profile: PoseProfile) -> str:
    """Say who made the poses, and where their standard errors come from."""
    errors = profile.errors
    if not isinstance(errors, StatedFloor):
        return OWN_ERRORS.format(whose=profile.whose)
    return STATED_ERRORS.format(
        whose=profile.whose, deg=errors.deg, pct=errors.pct, duration_s=errors.duration_s
    )


def has_depth(recording: PoseRecording) -> bool:
    """Return whether the poses have coordinates in space, which show the person's turn."""
    return any(math.isfinite(float(sample.world_m[0, 0])) for sample in recording.samples)


def _markers(
    path: Path, size_px: tuple[int, int] | None, frame_rate_hz: float | None, view: str
) -> ReadPoses:
    """Read a TRC or C3D file."""
    is_c3d = path.suffix.lower() == _C3D
    if not is_c3d and size_px is None:
        raise no_size(printable(path.name))
    if frame_rate_hz is not None:
        raise UsageError(
            f"a {c3d.KIND if is_c3d else trc.KIND} already contains the time of each frame",
            hint="Leave out the frame rate.",
            options=("frame_rate",),
        )
    if is_c3d or size_px is None:
        return c3d.read_c3d(path, size_px, view)
    return trc.read_trc(path, size_px)


def _openpose(
    path: Path, size_px: tuple[int, int] | None, frame_rate_hz: float | None, subject: str
) -> ReadPoses:
    """Read a folder of OpenPose files."""
    if size_px is None:
        raise no_size(printable(path.name))
    if frame_rate_hz is None:
        raise UsageError(
            f"{printable(path.name)} does not contain the times of the frames",
            hint="Give the frame rate of the film, such as 30 frames per second.",
            options=("frame_rate",),
        )
    samples, sha256 = read_openpose(path, size_px, frame_rate_hz, subject)
    return ReadPoses(samples, size_px, "folder of OpenPose files", sha256)


def _info(
    name: str,
    samples: Sequence[PoseSample],
    size_px: tuple[int, int],
    slow_motion: float,
    warning: str,
) -> SourceInfo:
    """Return the facts about a pose file, as its poses show them."""
    timeline = Timeline(tick_s=0.001)
    for sample in samples:
        timeline.add(sample.t_s, 0.0)
    return SourceInfo(
        kind="poses",
        name=name,
        width=size_px[0],
        height=size_px[1],
        duration_s=timeline.end_s,
        frames=timeline.frames,
        frame_rate_hz=1.0 / timeline.step_s if timeline.step_s else 0.0,
        variable_frame_rate=timeline.is_variable,
        slow_motion=slow_motion,
        expected_frames=timeline.frames,
        warnings=(warning,),
    )
