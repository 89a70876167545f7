"""A film as a source of frames: upright pictures at the times the film says they were taken.

Times come from the presentation timestamps, never from a frame count, so that variable frame
rate and edit lists are right. What the container says about orientation and pixel shape is
applied. Decoding runs a few frames ahead in a thread; memory does not grow with the film.
"""

from __future__ import annotations

import math
import os
import queue
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from formcheck.data.arrays import ImageArray
from formcheck.data.errors import SourceError, UsageError
from formcheck.data.frame import Frame, SourceInfo
from formcheck.data.closable import Closable
from formcheck.video.file_names import printable
from formcheck.video.timeline import Timeline

_READ_AHEAD_FRAMES = 8
_READ_AHEAD_BYTES = 64_000_000
_SMALLEST_SIDE_PX = 16
_LARGEST_SIDE_PX = 16_384
_LARGEST_PICTURE_PX = 64_000_000
_LONG_GAP_S = 1.0
_THREAD_STOP_S = 5.0

# Formats in which FFmpeg takes a picture or a plain text for a film of one frame.
_PICTURE_FORMATS = ("image2", "_pipe", "tty")

# Lists of other files, and formats that read no file at all.
_NOT_FILMS = frozenset({"concat", "dash", "ffmetadata", "hls", "imf", "lavfi", "rtsp", "sdp"})

_CLOCK_HINT = "Times may be off; film again or re-encode the film if they matter."


class VideoSource(Closable):
    """The frames of a video file.

    Parameters
    ----------
    path
        Any file FFmpeg can decode.
    slow_motion
        How many times slower than life the film plays: 8 for a 240 Hz recording stored at 30 Hz.
        All times are divided by it.
    mirrored
        Declares that the film shows left and right swapped, as selfie cameras do. The picture
        is turned back right after decoding, so that everything after it sees the true sides.

    Raises
    ------
    SourceError
        The file is missing, empty, not a film, or not one frame of it can be decoded.
    UsageError
        ``slow_motion`` is not a positive number.

    Notes
    -----
    A damaged film gives the frames that can be decoded; ``info.warnings`` says what is missing
    and ``info.frames_dropped`` counts it.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, slow_motion: float = 1.0, mirrored: bool = False
    ) -> None:
        if not (math.isfinite(slow_motion) and slow_motion > 0):
            raise UsageError(
                f"the slow-motion factor must be a positive number, not {slow_motion:g}",
                hint="Give 1 for a film at normal speed, 8 for 240 Hz film that plays at 30 Hz.",
            )
        self._name = printable(Path(path).name)
        self._slow_motion = float(slow_motion)
        self._mirrored = mirrored
        self._frames: Iterator[Frame] | None = None
        self._ahead: _ReadAhead | None = None
        self._ended = False
        self._losses = _Losses()
        self._container = _open(Path(path))
        try:
            self._stream = _film_stream(self._container, self._name)
            self._timeline = Timeline(tick_s=float(_time_base(self._stream)))
            self._promise = _Promise.of(self._container, self._stream)
            decoded = _decoded(self._container, self._stream, self._losses)
            frames = _timed(self._stream, decoded, self._losses)
            first = _first(frames, self._name)
        except BaseException:
            self._container.close()
            raise
        matrix = _display_matrix(first.frame)
        self._rotation_deg = _clockwise_deg(matrix)
        self._shape = _PictureShape.of(
            first.frame, self._stream.sample_aspect_ratio, matrix, mirrored
        )
        try:
            # Decoded, and widened to square pixels, it may be larger than the header said.
            _check_size(self._shape.upright_size_px, self._name)
        except SourceError:
            self._container.close()
            raise
        self._decoded = chain([first], frames)

    @property
    def info(self) -> SourceInfo:
        """The facts known so far."""
        timeline, lost = self._timeline, self._lost_frames()
        step_s = timeline.step_s
        return SourceInfo(
            kind="video",
            name=self._name,
            width=self._shape.upright_size_px[0],
            height=self._shape.upright_size_px[1],
            duration_s=timeline.end_s / self._slow_motion,
            frames=timeline.frames,
            frames_dropped=lost + self._losses.out_of_order,
            frame_rate_hz=self._slow_motion / step_s if step_s > 0 else 0.0,
            variable_frame_rate=timeline.is_variable,
            rotation_deg=self._rotation_deg,
            mirrored=self._mirrored,
            slow_motion=self._slow_motion,
            expected_frames=self._promise.frames,
            warnings=tuple(self._warnings(lost)),
        )

    @property
    def ready(self) -> bool:
        """Always: a film does not make anybody wait."""
        return True

    def __iter__(self) -> Iterator[Frame]:
        """Give the frames in order, once."""
        if self._frames is not None:
            raise RuntimeError("a video source gives its frames only once")
        self._frames = self._give()
        return self._frames

    def close(self) -> None:
        """Stop decoding and free the file; may be called more than once."""
        if self._frames is not None:
            cast(Any, self._frames).close()
        # A thread stuck in a read (a dead network drive) still uses it.
        if self._ahead is None or not self._ahead.is_running:
            self._container.close()

    def _give(self) -> Iterator[Frame]:
        pictures = _pictures(self._decoded, self._shape, self._losses)
        width, height = self._shape.upright_size_px
        affordable = _READ_AHEAD_BYTES // (3 * width * height)
        self._ahead = _ReadAhead(pictures, depth=min(_READ_AHEAD_FRAMES, max(2, affordable)))
        with self._ahead as decoded:
            for picture in decoded:
                self._timeline.add(picture.t_s, picture.duration_s)
                yield Frame(
                    self._timeline.frames - 1, picture.t_s / self._slow_motion, picture.image
                )
        self._ended = True

    def _lost_frames(self) -> int:
        """Frames that the film should have and that could not be read."""
        damaged = self._losses.damaged
        cut_off_s = self._cut_off_s() if self._ended else 0.0
        if not (damaged or cut_off_s or self._losses.broke_off):
            return 0
        if self._ended and self._promise.frames_are_counted:
            given = self._timeline.frames + self._losses.out_of_order
            return max(damaged, (self._promise.frames or 0) - given)
        step_s = self._timeline.step_s
        return damaged + (round(cut_off_s / step_s) if step_s else 0)

    def _cut_off_s(self) -> float:
        """How much earlier than promised the pictures end; 0 for what may be rounding."""
        timeline, promised_s = self._timeline, self._promise.duration_s
        shown_s = max(timeline.end_s, timeline.last_s + timeline.step_s)
        if self._promise.duration_is_of_pictures:
            allowed_s = 1.5 * timeline.step_s + 0.001
        else:  # the sound may go on for a little
            allowed_s = max(1.0, 0.1 * promised_s)
        return promised_s - shown_s if promised_s - shown_s > allowed_s else 0.0

    def _warnings(self, lost: int) -> Iterator[str]:
        losses, timeline = self._losses, self._timeline
        if lost or losses.broke_off:
            after_s = timeline.end_s if losses.first_s is None else losses.first_s
            count = f"{lost} frame{'s' * (lost != 1)}" if lost else "an unknown number of frames"
            yield f"the film is damaged after {after_s:.1f} s: {count} could not be read"
        if losses.out_of_order:
            yield (
                f"{losses.out_of_order} frames whose time does not follow the one before "
                "were skipped"
            )
        if losses.guessed_times:
            yield (
                f"{losses.guessed_times} frames carry no time; it was worked out from the frame "
                f"rate. {_CLOCK_HINT}"
            )
        if losses.resized:
            yield (
                f"the picture changes its size during the film; {losses.resized} frames were "
                "scaled to the first one's"
            )
        if timeline.longest_s > max(_LONG_GAP_S, 3 * timeline.step_s):
            yield (
                f"the film has no pictures for {timeline.longest_s:.1f} s "
                f"at {timeline.longest_at_s:.1f} s"
            )


@dataclass
class _Losses:
    """What went wrong while reading; counted in the decoding thread, read from anywhere."""

    damaged: int = 0
    first_s: float | None = None
    broke_off: bool = False
    out_of_order: int = 0
    guessed_times: int = 0
    resized: int = 0
    last_good_s: float = 0.0

    def add_damaged(self) -> None:
        self.damaged += 1
        if self.first_s is None:
            self.first_s = self.last_good_s


# --- opening -------------------------------------------------------------------------------------


def _open(path: Path) -> InputContainer:
    name = printable(path.name or str(path))
    try:
        if path.is_dir():
            raise SourceError(
                f"'{name}' is a folder, not a video",
                hint="Give one video file, or a folder with OpenPose's JSON files, one a frame.",
            )
        if not path.exists():
            raise SourceError(
                f"there is no file '{printable(path)}'", hint="Check the path and the name."
            )
        if not path.is_file():
            raise SourceError(f"'{name}' is not a file", hint="Give the path of a video file.")
        if path.stat().st_size == 0:
            raise SourceError(
                f"'{name}' is empty (0 bytes)",
                hint="The recording or the copy failed; copy it again or film again.",
            )
        # A play list must not make FFmpeg read other files or reach for the network.
        return av.open(
            f"file:{os.fspath(path)}",
            mode="r",
            options={
                "protocol_whitelist": "file",
                "format_whitelist": ",".join(sorted(av.formats_available - _NOT_FILMS)),
                # Opening looks into the first pictures: none too large may be unpacked for that.
                "max_pixels": str(_LARGEST_PICTURE_PX),
            },
            metadata_errors="replace",
        )
    except PermissionError as error:
        raise SourceError(
            f"'{name}' may not be read: permission denied",
            hint="Change the file's permissions or copy it to a place you may read.",
        ) from error
    except (av.FFmpegError, OSError, ValueError) as error:
        raise SourceError(
            f"'{name}' is not a video, or is incomplete ({_reason(error)})",
            hint="Check that it plays; if it was cut off while copying, copy it again.",
        ) from error


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return printable(str(text)).lower()


def _film_stream(container: InputContainer, name: str) -> VideoStream:
    """Give the first stream that is a film, not a cover picture, and can be decoded."""
    films = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not films:
        found = "only sound" if container.streams.audio else "no picture"
        raise SourceError(f"'{name}' has {found} in it", hint="Give a video file.")
    stream = films[0]
    if any(container.format.name.endswith(suffix) for suffix in _PICTURE_FORMATS):
        raise SourceError(
            f"'{name}' is a single picture or a text, not a video", hint="Give a video file."
        )
    if cast(Any, stream.codec_context) is None:
        raise SourceError(
            f"'{name}' is in a video format that cannot be decoded here",
            hint="Convert it to an H.264 MP4 file.",
        )
    _check_size((stream.width, stream.height), name)
    stream.thread_type = "AUTO"
    # A header in the middle of the film may ask for larger pictures.
    stream.codec_context.options = {"max_pixels": str(_LARGEST_PICTURE_PX)}
    return stream


def _check_size(size_px: tuple[int, int], name: str) -> None:
    width, height = size_px
    if (
        min(width, height) < _SMALLEST_SIDE_PX
        or max(width, height) > _LARGEST_SIDE_PX
        or width * height > _LARGEST_PICTURE_PX
    ):
        raise SourceError(
            f"'{name}' has pictures of {width} x {height} pixels, which no film of a person has",
            hint="The file is damaged, or not a film of a person.",
        )


def _first(frames: Iterator[_Timed], name: str) -> _Timed:
    first = next(frames, None)
    if first is None:
        raise SourceError(
            f"not one frame of '{name}' could be decoded",
            hint="The file is damaged or was cut off; copy it again or film again.",
        )
    return first


@dataclass(frozen=True)
class _Promise:
    """What the container says about the film's length; read while it is open.

    ``frames_are_counted`` tells a full table of contents from an estimate, and
    ``duration_is_of_pictures`` the film's own length from that of the longest stream.
    """

    frames: int | None
    frames_are_counted: bool
    duration_s: float
    duration_is_of_pictures: bool

    @classmethod
    def of(cls, container: InputContainer, stream: VideoStream) -> _Promise:
        own = stream.duration is not None
        if stream.duration is not None:
            duration_s = float(stream.duration * _time_base(stream))
        else:
            duration_s = (container.duration or 0) / av.time_base
        listed = _listed_frames(stream)
        rate = stream.average_rate or stream.guessed_rate
        estimated = round(duration_s * rate) if rate else 0
        return cls(listed or estimated or None, listed is not None, duration_s, own)


def _listed_frames(stream: VideoStream) -> int | None:
    """How many frames the file's table of contents lists, ``None`` when there is no full one."""
    entries = stream.index_entries
    if not stream.frames or len(entries) != stream.frames:
        return None
    # An edit list marks what is not to be shown.
    return sum(entry.size > 0 and not entry.is_discard for entry in entries) or None


def _time_base(stream: VideoStream) -> Any:
    return stream.time_base or 1 / av.time_base


# --- orientation and shape -----------------------------------------------------------------------

_Matrix = tuple[tuple[int, int], tuple[int, int]]
_UPRIGHT: _Matrix = ((1, 0), (0, 1))


def _display_matrix(frame: VideoFrame) -> _Matrix:
    """Read the turn that the film asks for, as signs.

    A pixel at (x, y) is to be shown at (x * m[0][0] + y * m[1][0], x * m[0][1] + y * m[1][1]).
    Turns that are not quarters are rounded to the next quarter.
    """
    data = cast("Mapping[str, Any]", frame.side_data).get("DISPLAYMATRIX")
    if data is None:
        return _UPRIGHT
    (a, b), (c, d) = np.frombuffer(bytes(data), np.int32).reshape(3, 3)[:2, :2].tolist()
    if (a or b or c or d) == 0:
        return _UPRIGHT
    if abs(b) > abs(a):
        return (0, 1 if b > 0 else -1), (1 if c > 0 else -1, 0)
    return (1 if a > 0 else -1, 0), (0, 1 if d > 0 else -1)


def _clockwise_deg(matrix: _Matrix) -> int:
    """Give the clockwise turn of a display matrix: 0, 90, 180 or 270; a flip is left out."""
    (a, b), (c, d) = matrix
    flipped = a * d - b * c < 0
    return round(math.degrees(math.atan2(b, -a if flipped else a))) % 360


@dataclass(frozen=True)
class _PictureShape:
    """How a decoded picture becomes an upright one with square pixels."""

    decoded_size_px: tuple[int, int]
    scaled_size_px: tuple[int, int]
    transposed: bool
    flip_x: bool
    flip_y: bool

    @classmethod
    def of(
        cls, frame: VideoFrame, pixel_aspect: Any, matrix: _Matrix, mirrored: bool
    ) -> _PictureShape:
        (a, b), (c, d) = matrix
        width = frame.width
        # Anamorphic film would falsify every angle. An absurd ratio is a damaged header.
        if pixel_aspect and 0.25 <= pixel_aspect <= 4:
            width = max(1, round(width * pixel_aspect))
        return cls(
            decoded_size_px=(frame.width, frame.height),
            scaled_size_px=(width, frame.height),
            transposed=b != 0,
            flip_x=(a + c < 0) != mirrored,
            flip_y=b + d < 0,
        )

    @property
    def upright_size_px(self) -> tuple[int, int]:
        width, height = self.scaled_size_px
        return (height, width) if self.transposed else (width, height)

    def upright(self, frame: VideoFrame, converter: VideoReformatter) -> ImageArray:
        width, height = self.scaled_size_px
        # Small pictures: more threads would cost more than they save.
        rgb = converter.reformat(frame, format="rgb24", width=width, height=height, threads=1)
        image = cast(ImageArray, rgb.to_ndarray())
        if not (self.transposed or self.flip_x or self.flip_y):
            return np.ascontiguousarray(image)
        # A pixel as one item of three bytes moves twice as fast as three items.
        pixels = np.ascontiguousarray(image).view("V3")[..., 0]
        if self.transposed:
            pixels = pixels.T
        turned = np.ascontiguousarray(
            pixels[:: -1 if self.flip_y else 1, :: -1 if self.flip_x else 1]
        )
        return turned.view(np.uint8).reshape(*turned.shape, 3)


# --- decoding ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Timed:
    """A decoded frame, its time from the first one and how long it stays (0 when unknown)."""

    frame: VideoFrame
    t_s: float
    duration_s: float


@dataclass(frozen=True)
class _Picture:
    image: ImageArray
    t_s: float
    duration_s: float


def _packets(
    container: InputContainer, stream: VideoStream, losses: _Losses
) -> Iterator[av.Packet[VideoStream] | None]:
    """Give the stream's packets, then ``None``, which makes the decoder give up what it holds."""
    more = True
    while more:
        more = False
        try:
            for packet in container.demux(stream):
                if packet.size:  # an empty one would end the decoding
                    yield packet
        except av.FFmpegError:
            losses.broke_off = True
        except IndexError:
            # A stream that begins in the middle, as in a transport stream: PyAV does not know
            # it. Its packet has been read; reading on goes past it.
            more = True
    yield None


def _decoded(
    container: InputContainer, stream: VideoStream, losses: _Losses
) -> Iterator[VideoFrame]:
    """Give the frames that can be decoded, in the order they are to be shown."""
    for packet in _packets(container, stream, losses):
        try:
            frames = stream.decode(packet)
        except av.FFmpegError:
            losses.add_damaged()
            continue
        for frame in frames:
            if frame.is_corrupt:
                losses.add_damaged()
            else:
                yield frame


def _timed(stream: VideoStream, frames: Iterator[VideoFrame], losses: _Losses) -> Iterator[_Timed]:
    """Give each frame its time; leave out frames that do not come after the one before.

    Times are presentation timestamps; in a film that has none, decoding timestamps; where a
    frame has neither, the time of the one before plus the nominal time between two.
    """
    time_base = _time_base(stream)
    nominal_s = 1 / float(stream.average_rate or stream.guessed_rate or 30)
    start = None
    last_s = -nominal_s
    has_presentation_times = False
    for frame in frames:
        has_presentation_times |= frame.pts is not None
        stamp = frame.pts if has_presentation_times else frame.dts
        if frame.pts is None:
            losses.guessed_times += 1
        if stamp is None:
            t_s = last_s + nominal_s
        else:
            if start is None:
                start = stamp * time_base - (last_s + nominal_s)
            t_s = float(stamp * time_base - start)
        if t_s <= last_s:
            losses.out_of_order += 1
            continue
        duration_s = float(frame.duration * time_base)
        losses.last_good_s = t_s + (duration_s or nominal_s)
        last_s = t_s
        yield _Timed(frame, t_s, duration_s)


def _pictures(
    frames: Iterator[_Timed], shape: _PictureShape, losses: _Losses
) -> Iterator[_Picture]:
    converter = VideoReformatter()  # made once: setting it up costs more than a conversion
    for timed in frames:
        if (timed.frame.width, timed.frame.height) != shape.decoded_size_px:
            losses.resized += 1
        yield _Picture(shape.upright(timed.frame, converter), timed.t_s, timed.duration_s)


class _ReadAhead:
    """Runs an iterator in a thread, up to ``depth`` items ahead of whoever iterates.

    What the iterator raises is raised where the items are taken. Leaving the ``with`` block
    stops the thread after the item it is at; one that does not come back is left behind.
    """

    def __init__(self, items: Iterator[_Picture], depth: int) -> None:
        self._queue: queue.Queue[_Picture | BaseException | None] = queue.Queue(depth)
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=_run_ahead, args=(items, self._queue, self._stop), name="decode", daemon=True
        )

    def __enter__(self) -> Iterator[_Picture]:
        self._thread.start()
        return self._take()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        give_up_s = time.monotonic() + _THREAD_STOP_S
        while self._thread.is_alive() and time.monotonic() < give_up_s:
            with suppress(queue.Empty):  # the thread may be waiting for room
                self._queue.get(timeout=0.005)
        self._thread.join(timeout=0)

    @property
    def is_running(self) -> bool:
        """Whether the thread is still at work."""
        return self._thread.is_alive()

    def _take(self) -> Iterator[_Picture]:
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item


def _run_ahead(
    items: Iterator[_Picture],
    out: queue.Queue[_Picture | BaseException | None],
    stop: threading.Event,
) -> None:
    """Body of the thread; ends with ``None`` or with the error that ended it."""
    try:
        for item in items:
            out.put(item)
            if stop.is_set():
                return
    except BaseException as error:  # noqa: BLE001 - handed to the consumer, which raises it
        out.put(error)
    else:
        out.put(None)
