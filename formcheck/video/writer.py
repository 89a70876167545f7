"""Writes pictures with their times as an MP4 film that browsers and phones play."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream

from formcheck.data.arrays import ImageArray
from formcheck.data.errors import OutputError
from formcheck.video.file_names import printable
from formcheck.video.thread_priority import lower_thread_priority

_TIME_BASE = Fraction(1, 90_000)
_QUEUE_FRAMES = 8
_AS_A_WHOLE = {"movflags": "+faststart"}
_IN_PIECES = {"movflags": "+frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"}
_LONGEST_GAP_S = 3_600.0
# Numbers of the ISO list of colour descriptions.
_BT_709 = 1
_SMPTE_170M = 6

_WRITE_HINT = "Check that the disk has room and the folder may be written to."


class VideoWriter:
    """Encodes H.264 in its own thread and puts the finished film in place at the end.

    Until :meth:`finish` the film grows in a hidden file beside the target
    (``.annotated.mp4.partial``), so that nothing unfinished carries the target's name.

    Parameters
    ----------
    path
        The MP4 file to write; replaced if it exists.
    size_px
        Width and height of the pictures. H.264 wants even numbers: an odd last column or row
        is cut off.
    frame_rate_hz
        The usual rate. Only the encoder's planning uses it; the film keeps each frame's time.
    crf
        Constant rate factor of x264: lower is better and larger; 18 looks lossless.
    preset
        Speed of x264.
    lasting
        Whether what is in the hidden file can be played at any time, up to the last second: a
        process that is killed leaves that. A player finds its way in such a film a little slower.

    Raises
    ------
    OutputError
        The file cannot be created; later, from :meth:`write` or :meth:`finish`, that it cannot
        be written (a full disk). Nothing is left behind then.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        size_px: tuple[int, int],
        *,
        frame_rate_hz: float = 30.0,
        crf: int = 23,
        preset: str = "veryfast",
        lasting: bool = False,
    ) -> None:
        width, height = size_px
        if width < 2 or height < 2:
            raise ValueError(f"Expected pictures of at least 2 x 2 pixels, but got {size_px}.")
        self._path = Path(path)
        self._partial = self._path.with_name(f".{self._path.name}.partial")
        self._size_px = (width, height)
        self._closed = False
        try:
            # FFmpeg opens the file only with the first frame; a bad folder should fail now.
            self._partial.touch()
        except OSError as error:
            raise self._cannot_write(error) from error
        settings = _Settings(width & ~1, height & ~1, frame_rate_hz, crf, preset, lasting)
        self._job = _EncodingJob(self._partial, settings)
        self._queue: queue.Queue[_TimedImage | None] = queue.Queue(_QUEUE_FRAMES)
        self._thread = threading.Thread(
            target=_encode_all, args=(self._job, self._queue), name="encode", daemon=True
        )
        self._thread.start()

    def write(self, image: ImageArray, t_s: float) -> None:
        """Append a picture.

        Parameters
        ----------
        image
            RGB, shape (height, width, 3). The writer reads it later, in its thread: do not
            change it afterwards.
        t_s
            When it is to be shown, in seconds; later than the one before. A gap of more than an
            hour is shortened to one: an MP4 cannot hold a picture for many.
        """
        width, height = self._size_px
        if image.shape != (height, width, 3):
            raise ValueError(f"Expected a picture of {(height, width, 3)}, but got {image.shape}.")
        if self._closed:
            raise ValueError("the film is already closed")
        self._check()
        self._queue.put(_TimedImage(image, t_s))

    def finish(self) -> None:
        """Encode what is left and give the film its name; does nothing the second time."""
        if self._closed:
            return
        self._stop()
        self._check()
        if self._job.written == 0:
            self.abort()
            raise OutputError(
                f"the video '{printable(self._path)}' was not written: there were no pictures",
                hint="Check that the source gives frames.",
            )
        try:
            self._partial.replace(self._path)
        except OSError as error:
            self.abort()
            raise self._cannot_write(error) from error
        self._closed = True

    def abort(self) -> None:
        """Stop and remove the unfinished film; does nothing after :meth:`finish`."""
        if self._closed:
            return
        self._closed = True
        self._job.cancelled = True
        self._stop()
        with suppress(OSError):
            self._partial.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.finish()
        else:
            self.abort()

    def _stop(self) -> None:
        """Let the thread take what is queued and wait for its end."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _check(self) -> None:
        """Raise what went wrong in the thread."""
        if self._job.error is not None:
            error = self._job.error
            self.abort()
            if isinstance(error, OSError | av.FFmpegError):
                raise self._cannot_write(error) from error
            raise error

    def _cannot_write(self, error: Exception) -> OutputError:
        shown = printable(self._path)
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        return OutputError(f"the video '{shown}' cannot be written: {reason}", hint=_WRITE_HINT)


@dataclass(frozen=True)
class _TimedImage:
    image: ImageArray
    t_s: float


@dataclass(frozen=True)
class _Settings:
    """Width and height are even."""

    width: int
    height: int
    frame_rate_hz: float
    crf: int
    preset: str
    lasting: bool


@dataclass
class _EncodingJob:
    """What the encoding thread works on and reports; ``cancelled`` is set from outside."""

    partial: Path
    settings: _Settings
    cancelled: bool = False
    written: int = 0
    error: Exception | None = None


def _encode_all(job: _EncodingJob, images: queue.Queue[_TimedImage | None]) -> None:
    """Body of the thread: encode until ``None`` comes.

    After a failure it goes on taking pictures, so that nobody waits for room in the queue.
    """
    lower_thread_priority()  # the pose and the picture on the screen are waited for; the film is not
    pending = iter(images.get, None)
    try:
        _encode(job, pending)
    except Exception as error:  # noqa: BLE001 - raised by the next write() or finish()
        job.error = error
    for _ in pending:
        pass


def _encode(job: _EncodingJob, images: Iterator[_TimedImage]) -> None:
    # Given as a "file:" address, so that no name is taken for another protocol's.
    options = _IN_PIECES if job.settings.lasting else _AS_A_WHOLE
    container = av.open(f"file:{job.partial}", mode="w", format="mp4", options=options)
    try:
        stream = _h264_stream(container, job.settings)
        last_pts = -1
        last_t_s = cut_s = 0.0
        for timed in images:
            if job.cancelled:
                return
            cut_s += max(0.0, timed.t_s - last_t_s - _LONGEST_GAP_S)
            last_t_s = timed.t_s
            pts = max(round((timed.t_s - cut_s) / _TIME_BASE), last_pts + 1)
            last_pts = pts
            job.written += 1
            container.mux(stream.encode(_yuv_frame(timed.image, pts, job.settings)))
        container.mux(stream.encode(None))
        container.close()
    finally:
        # After a failure the trailer fails as well; the first failure is the one to tell.
        with suppress(av.FFmpegError):
            container.close()
    with job.partial.open("rb+") as written:
        os.fsync(written.fileno())


def _h264_stream(container: OutputContainer, settings: _Settings) -> VideoStream:
    stream = container.add_stream(
        "libx264",
        rate=Fraction(max(settings.frame_rate_hz, 1.0)).limit_denominator(1001),
        options={"crf": str(settings.crf), "preset": settings.preset},
        width=settings.width,
        height=settings.height,
        pix_fmt="yuv420p",
    )
    if settings.lasting:
        stream.gop_size = max(1, round(settings.frame_rate_hz))  # a piece a second
    stream.time_base = _TIME_BASE
    codec = stream.codec_context
    codec.time_base = _TIME_BASE
    # OpenCV converts by BT.601; untold, players would guess from the size of the picture.
    codec.colorspace = codec.color_primaries = _SMPTE_170M
    codec.color_trc = _BT_709
    codec.color_range = ColorRange.MPEG
    return stream


def _yuv_frame(image: ImageArray, pts: int, settings: _Settings) -> VideoFrame:
    cropped = image[: settings.height, : settings.width]
    if settings.height % 4:
        # OpenCV packs the colour planes so that their rows do not line up at these heights.
        whole = VideoFrame.from_ndarray(np.ascontiguousarray(cropped), format="rgb24")
        frame = whole.reformat(format="yuv420p")
    else:
        # A quarter of the time that FFmpeg's own conversion takes.
        planes = cast(ImageArray, cv2.cvtColor(cropped, cv2.COLOR_RGB2YUV_I420))
        frame = VideoFrame.from_numpy_buffer(planes, format="yuv420p")
    frame.pts = pts
    frame.time_base = _TIME_BASE
    return frame
