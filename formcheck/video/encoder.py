"""Write frames with their times to an MP4 file (H.264) that browsers and phones can play."""

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
from formcheck.data.file_names import printable
from formcheck.video.thread_priority import lower_thread_priority

_TIME_BASE = Fraction(1, 90_000)
"""Unit of the times in the file, in seconds."""
_QUEUE_FRAMES = 8
"""How many frames may wait to be encoded."""
TYPICAL_RATE_HZ = 30
"""For the encoder's rate control only; each frame keeps its own time."""
_FAST_START = {"movflags": "+faststart"}
"""The index is at the beginning, so that a browser can start to play at once."""
_FRAGMENTED = {"movflags": "+frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"}
"""The file can be played even when writing stops in the middle."""
_MAX_GAP_S = 3_600.0
"""Longest time for which one frame is shown."""
# Codes of colour descriptions, ISO/IEC 23091-2.
_BT_709 = 1
_SMPTE_170M = 6

_WRITE_HINT = "Check that the disk has space and the folder is writable."


class VideoWriter:
    """Encodes H.264 in its own thread and renames the file to its target when finished.

    Until :meth:`finish` the film is written to a hidden file beside the target
    (``.annotated.mp4.partial``), so that an unfinished film never has the target's name.

    Parameters
    ----------
    path
        The MP4 file to write; replaced if it exists.
    size_px
        Width and height of the frames. H.264 needs even numbers: an odd last column or row is cut
        off.
    crf
        Constant rate factor of x264: lower means better quality and a larger file; 18 looks
        lossless.
    preset
        Speed preset of x264.
    lasting
        Write a fragmented MP4: the hidden file can be played at any time, up to about the last
        second, even when the process was killed. Seeking in such a file is a little slower.

    Raises
    ------
    OutputError
        The file cannot be created; or later, from :meth:`write` or :meth:`finish`, it cannot be
        written (disk full). No file is left behind.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        size_px: tuple[int, int],
        *,
        crf: int = 23,
        preset: str = "veryfast",
        lasting: bool = False,
    ) -> None:
        width, height = size_px
        if width < 2 or height < 2:
            raise ValueError(f"Expected frames of at least 2 x 2 pixels, but got {size_px}.")
        self._path = Path(path)
        self._partial = self._path.with_name(f".{self._path.name}.partial")
        self._size_px = (width, height)
        self._closed = False
        try:
            # FFmpeg opens the file only at the first frame; an unwritable folder should fail now.
            self._partial.touch()
        except OSError as error:
            raise self._cannot_write(error) from error
        settings = _Settings(width & ~1, height & ~1, crf, preset, lasting)
        self._job = _EncodingJob(self._partial, settings)
        self._queue: queue.Queue[_TimedImage | None] = queue.Queue(_QUEUE_FRAMES)
        self._thread = threading.Thread(
            target=_encode_all, args=(self._job, self._queue), name="encode", daemon=True
        )
        self._thread.start()

    def write(self, image: ImageArray, t_s: float) -> None:
        """Append a frame.

        Parameters
        ----------
        image
            RGB, shape (height, width, 3). It is encoded later, in another thread: do not change
            it afterwards.
        t_s
            Display time in seconds, from 0; later than that of the previous frame. The first frame
            is shown from 0 on, so that a player's clock shows these times. A gap of more than an
            hour is shortened to one hour, because an MP4 cannot show a frame for many hours.
        """
        width, height = self._size_px
        if image.shape != (height, width, 3):
            raise ValueError(f"Expected a frame of {(height, width, 3)}, but got {image.shape}.")
        if self._closed:
            raise ValueError("the film is already closed")
        self._check()
        self._queue.put(_TimedImage(image, t_s))

    def finish(self) -> None:
        """Encode all queued frames and move the film to its target; does nothing if closed."""
        if self._closed:
            return
        self._stop()
        self._check()
        if self._job.written == 0:
            self.abort()
            raise OutputError(
                f"the video '{printable(self._path)}' was not written: there were no frames",
                hint="Check that the film or the camera delivers frames.",
            )
        try:
            self._partial.replace(self._path)
        except OSError as error:
            self.abort()
            raise self._cannot_write(error) from error
        self._closed = True

    def abort(self) -> None:
        """Stop encoding and delete the unfinished film; does nothing after :meth:`finish`."""
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
        """Wait until the thread has processed the queue and ended."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _check(self) -> None:
        """Raise the error of the encoding thread, if any."""
        if self._job.error is not None:
            error = self._job.error
            self.abort()
            if isinstance(error, OSError | av.FFmpegError):
                raise self._cannot_write(error) from error
            raise error

    def _cannot_write(self, error: Exception) -> OutputError:
        """Return the error to raise for a failure to write."""
        shown = printable(self._path)
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        return OutputError(f"the video '{shown}' cannot be written: {reason}", hint=_WRITE_HINT)


@dataclass(frozen=True)
class _TimedImage:
    """An RGB image and its display time."""

    image: ImageArray
    t_s: float


@dataclass(frozen=True)
class _Settings:
    """Encoder settings; width and height are even."""

    width: int
    height: int
    crf: int
    preset: str
    lasting: bool


@dataclass
class _EncodingJob:
    """State shared with the encoding thread, which sets ``written`` and ``error``."""

    partial: Path
    settings: _Settings
    cancelled: bool = False
    written: int = 0
    error: Exception | None = None


def _encode_all(job: _EncodingJob, images: queue.Queue[_TimedImage | None]) -> None:
    """Thread target: encode until ``None`` arrives.

    After a failure the queue is still emptied, so that :meth:`VideoWriter.write` never blocks.
    """
    lower_thread_priority()  # pose estimation and the live display must not wait for the encoder
    pending = iter(images.get, None)
    try:
        _encode(job, pending)
    except Exception as error:  # noqa: BLE001 - raised by the next write() or finish()
        job.error = error
    for _ in pending:
        pass


def _encode(job: _EncodingJob, images: Iterator[_TimedImage]) -> None:
    """Encode all images into the file."""
    # The "file:" prefix keeps FFmpeg from reading a protocol into the file name.
    options = _FRAGMENTED if job.settings.lasting else _FAST_START
    container = av.open(f"file:{job.partial}", mode="w", format="mp4", options=options)
    try:
        stream = _h264_stream(container, job.settings)
        last_pts = -1
        last_t_s = cut_s = 0.0
        for timed in images:
            if job.cancelled:
                return
            cut_s += max(0.0, timed.t_s - last_t_s - _MAX_GAP_S)
            last_t_s = timed.t_s
            # The first image gets time 0, as players start their clock at the first image.
            pts = max(round((timed.t_s - cut_s) / _TIME_BASE), last_pts + 1) if job.written else 0
            last_pts = pts
            job.written += 1
            container.mux(stream.encode(_yuv_frame(timed.image, pts, job.settings)))
        container.mux(stream.encode(None))
        container.close()
    finally:
        # After a failure writing the trailer fails as well; the first error is the one to report.
        with suppress(av.FFmpegError):
            container.close()
    with job.partial.open("rb+") as written:
        os.fsync(written.fileno())


def _h264_stream(container: OutputContainer, settings: _Settings) -> VideoStream:
    """Add the video stream to the file."""
    stream = container.add_stream(
        "libx264",
        rate=TYPICAL_RATE_HZ,
        options={"crf": str(settings.crf), "preset": settings.preset},
        width=settings.width,
        height=settings.height,
        pix_fmt="yuv420p",
    )
    if settings.lasting:
        stream.gop_size = TYPICAL_RATE_HZ  # one fragment per second
    stream.time_base = _TIME_BASE
    codec = stream.codec_context
    codec.time_base = _TIME_BASE
    # OpenCV converts with BT.601; without this tag, players guess from the frame size.
    codec.colorspace = codec.color_primaries = _SMPTE_170M
    codec.color_trc = _BT_709
    codec.color_range = ColorRange.MPEG
    return stream


def _yuv_frame(image: ImageArray, pts: int, settings: _Settings) -> VideoFrame:
    """Convert an RGB image to a frame in the encoder's colours, with its timestamp."""
    cropped = image[: settings.height, : settings.width]
    if settings.height % 4:
        # At these heights the rows of OpenCV's packed colour planes are misaligned.
        rgb = VideoFrame.from_ndarray(np.ascontiguousarray(cropped), format="rgb24")
        frame = rgb.reformat(format="yuv420p")
    else:
        # OpenCV takes a quarter of the time of FFmpeg's conversion.
        planes = cast(ImageArray, cv2.cvtColor(cropped, cv2.COLOR_RGB2YUV_I420))
        frame = VideoFrame.from_numpy_buffer(planes, format="yuv420p")
    frame.pts = pts
    frame.time_base = _TIME_BASE
    return frame
