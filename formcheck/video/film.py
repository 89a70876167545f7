"""Read a video file: upright frames with their true times, as a :class:`VideoSource`.

Times come from the file's presentation timestamps, never from a frame count, so variable frame
rates and edit lists are handled correctly. Zero is where a player's clock begins, also when the
picture starts after the sound. The orientation and pixel aspect ratio that the file asks for are
applied, and a film of high dynamic range is converted to that of an ordinary screen. Decoding runs
a few frames ahead in a thread; memory use does not grow with the film.
"""

from __future__ import annotations

import math
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
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
from formcheck.data.file_names import printable
from formcheck.data.frame import Frame, SourceInfo
from formcheck.data.read_ahead import ReadAhead, affordable
from formcheck.video.single_use import SingleUseSource
from formcheck.video.timeline import Timeline
from formcheck.video.tone_mapping import ToneMapper

_READ_AHEAD_FRAMES = 8

# A frame outside these limits is not a film of a person.
_MIN_SIDE_PX = 16
_MAX_SIDE_PX = 16_384
_MAX_FRAME_PX = 64_000_000

_LONG_GAP_S = 1.0
"""A longer time without frames gives a warning."""

# Formats with which FFmpeg opens an image or a plain text file as a video of one frame.
_IMAGE_FORMATS = ("image2", "_pipe", "tty")

# Playlists, and formats that do not read from a file.
_NON_VIDEO_FORMATS = frozenset(
    {"concat", "dash", "ffmetadata", "hls", "imf", "lavfi", "rtsp", "sdp"}
)

_CLOCK_HINT = "Durations may be wrong; if you need them, record the film again."


class VideoSource(SingleUseSource):
    """The frames of a video file.

    Parameters
    ----------
    path
        Any file FFmpeg can decode.
    slow_motion
        How many times slower than real time the film plays: 8 for a 240 Hz recording stored at
        30 Hz. All times are divided by it.
    mirrored
        Whether the film shows left and right swapped, as selfie cameras do. Frames are flipped back
        right after decoding, so that all later steps see the true sides.
    turn_deg
        Clockwise turn in addition to the one that the file asks for: 0, 90, 180 or 270. It is
        applied before a mirrored film is flipped back.
    remarks
        What is known about the film before it is read, in whole sentences; kept in ``info``.
    name
        Name of the film in ``info`` and in messages; that of the file when empty.
    from_s
        Begin at the last key frame at or before this time; earlier frames are not decoded. It is
        meant for films that formcheck wrote, whose times have no offset; ``info`` then counts only
        the frames that are read.

    Raises
    ------
    SourceError
        The file is missing, empty, not a video, or none of its frames can be decoded.
    UsageError
        ``slow_motion`` is not a positive number, or ``turn_deg`` is not a quarter turn.

    Notes
    -----
    Of a damaged film the frames that can be decoded are used; ``info.warnings`` says what is
    missing and ``info.frames_dropped`` counts it.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        slow_motion: float = 1.0,
        mirrored: bool = False,
        turn_deg: int = 0,
        remarks: Sequence[str] = (),
        name: str = "",
        from_s: float = 0.0,
    ) -> None:
        if not (math.isfinite(slow_motion) and slow_motion > 0):
            raise UsageError(
                f"the slow-motion factor must be a positive number, not {slow_motion:g}",
                hint="Give 1 for normal speed, 8 for 240 frames a second that play at 30.",
            )
        require_quarter_turn(turn_deg)
        super().__init__()
        self._name = printable(name or Path(path).name)
        self._slow_motion = float(slow_motion)
        self._mirrored = mirrored
        self._turn_deg = turn_deg
        self._ahead: ReadAhead[_UprightFrame] | None = None
        self._ended = False
        self._problems = _ReadProblems()
        self._container = _open(Path(path), self._name)
        try:
            self._stream = _video_stream(self._container, self._name)
            self._remarks = (*remarks, *_stream_remarks(self._container, self._stream))
            self._timeline = Timeline(tick_s=float(_time_base(self._stream)))
            self._metadata = _ContainerMetadata.of(self._container, self._stream)
            if from_s > 0:
                with suppress(av.FFmpegError):  # then it is read from its beginning
                    self._container.seek(round(from_s * av.time_base), backward=True)
            decoded = _decode(self._container, self._stream, self._problems)
            clock = _PlayerClock.of(self._container)
            frames = _with_times(self._stream, decoded, self._problems, clock)
            first = _first_frame(frames, self._name)
            self._starts_s = first.t_s
        except BaseException:
            self._container.close()
            raise
        matrix = _display_matrix(first.frame)
        self._rotation_deg = _clockwise_deg(matrix)
        self._geometry = _FrameGeometry.of(
            first.frame,
            self._stream.sample_aspect_ratio,
            _then(matrix, _QUARTER_TURNS[turn_deg]),
            mirrored,
        )
        try:
            # Decoded, and scaled to square pixels, frames may be larger than the header says.
            _check_size(self._geometry.upright_size_px, self._name)
        except SourceError:
            self._container.close()
            raise
        self._first_and_rest = chain([first], frames)

    @property
    def info(self) -> SourceInfo:
        """Facts known so far."""
        timeline, lost = self._timeline, self._lost_frames()
        step_s = timeline.step_s
        return SourceInfo(
            kind="video",
            name=self._name,
            width=self._geometry.upright_size_px[0],
            height=self._geometry.upright_size_px[1],
            duration_s=timeline.end_s / self._slow_motion,
            frames=timeline.frames,
            frames_dropped=lost + self._problems.out_of_order,
            frame_rate_hz=self._slow_motion / step_s if step_s > 0 else 0.0,
            variable_frame_rate=timeline.is_variable,
            rotation_deg=self._rotation_deg,
            turn_deg=self._turn_deg,
            mirrored=self._mirrored,
            slow_motion=self._slow_motion,
            expected_frames=self._metadata.frames,
            warnings=tuple(self._warnings(lost)),
            remarks=self._remarks,
        )

    @property
    def ready(self) -> bool:
        """Always true: the frames of a film never have to be waited for."""
        return True

    def close(self) -> None:
        """Stop decoding and close the file; may be called more than once."""
        super().close()
        # A thread stuck in a read (a dead network drive) still uses the container.
        if self._ahead is None or not self._ahead.is_running:
            self._container.close()

    def _generate(self) -> Generator[Frame, None, None]:
        frames = _upright_frames(self._first_and_rest, self._geometry, self._problems)
        width, height = self._geometry.upright_size_px
        depth = affordable(_READ_AHEAD_FRAMES, 3 * width * height)
        self._ahead = ReadAhead(frames, depth, name="decode")
        with self._ahead as upright_frames:
            for frame in upright_frames:
                self._timeline.add(frame.t_s, frame.duration_s)
                yield Frame(self._timeline.frames - 1, frame.t_s / self._slow_motion, frame.image)
        self._ended = True

    def _lost_frames(self) -> int:
        """Return how many frames the film should have but could not be read."""
        damaged = self._problems.damaged
        missing_s = self._missing_end_s() if self._ended else 0.0
        if not (damaged or missing_s or self._problems.ended_early):
            return 0
        if self._ended and self._metadata.frame_count_is_exact:
            decoded = self._timeline.frames + self._problems.out_of_order
            return max(damaged, (self._metadata.frames or 0) - decoded)
        step_s = self._timeline.step_s
        return damaged + (round(missing_s / step_s) if step_s else 0)

    def _missing_end_s(self) -> float:
        """Return how much earlier than stated in the file the video ends; 0 within rounding."""
        timeline, expected_s = self._timeline, self._metadata.duration_s
        shown_s = max(timeline.end_s, timeline.last_s + timeline.step_s)
        if self._metadata.duration_is_of_video:
            shown_s -= self._starts_s
            allowed_s = 1.5 * timeline.step_s + 0.001
        else:  # the sound may be a little longer than the video
            allowed_s = max(1.0, 0.1 * expected_s)
        return expected_s - shown_s if expected_s - shown_s > allowed_s else 0.0

    def _warnings(self, lost: int) -> Iterator[str]:
        """Yield the problems with the film in words."""
        problems, timeline = self._problems, self._timeline
        if lost or problems.ended_early:
            after_s = timeline.end_s if problems.first_damage_s is None else problems.first_damage_s
            count = f"{lost} frame{'s' * (lost != 1)}" if lost else "an unknown number of frames"
            yield f"the film is damaged after {after_s:.1f} s: {count} could not be read"
        if problems.out_of_order:
            yield (
                f"{problems.out_of_order} frames were skipped because their time is not later than "
                "that of the frame before"
            )
        if problems.guessed_times:
            yield (
                f"{problems.guessed_times} frames have no time stamp; their times were calculated "
                f"from the frame rate. {_CLOCK_HINT}"
            )
        if problems.resized:
            yield (
                f"the size of the picture changes during the film; {problems.resized} frames were "
                "scaled to the size of the first"
            )
        if timeline.longest_s > max(_LONG_GAP_S, 3 * timeline.step_s):
            yield (
                f"the film has no frames for {timeline.longest_s:.1f} s "
                f"after {timeline.longest_at_s:.1f} s"
            )


@dataclass
class _ReadProblems:
    """Counts of problems while reading; the decoding thread writes them, any thread reads them."""

    damaged: int = 0
    first_damage_s: float | None = None
    ended_early: bool = False
    out_of_order: int = 0
    guessed_times: int = 0
    resized: int = 0
    last_good_s: float = 0.0

    def add_damaged(self) -> None:
        """Count a damaged frame."""
        self.damaged += 1
        if self.first_damage_s is None:
            self.first_damage_s = self.last_good_s


# --- opening -------------------------------------------------------------------------------------


def _open(path: Path, name: str) -> InputContainer:
    """Open a file with FFmpeg; raises ``SourceError`` with what is wrong with it."""
    name = name or printable(path)
    try:
        if path.is_dir():
            raise SourceError(
                f"'{name}' is a folder, not a video",
                hint="Give a video file, or a folder with one OpenPose JSON file per frame.",
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
                hint="The recording or the copy failed; copy the file again or record again.",
            )
        # A playlist must not make FFmpeg read other files or open network connections.
        return av.open(
            f"file:{os.fspath(path)}",
            mode="r",
            options={
                "protocol_whitelist": "file",
                "format_whitelist": ",".join(sorted(av.formats_available - _NON_VIDEO_FORMATS)),
                # Opening decodes the first frames: limits the memory this can take.
                "max_pixels": str(_MAX_FRAME_PX),
            },
            metadata_errors="replace",
        )
    except PermissionError as error:
        raise SourceError(
            f"'{name}' cannot be read: permission denied",
            hint="Change the file's permissions, or copy it to a folder that you can read.",
        ) from error
    except (av.FFmpegError, OSError, ValueError) as error:
        raise SourceError(
            f"'{name}' is not a video, or is incomplete ({_reason(error)})",
            hint="Check that it plays; if the copy was interrupted, copy it again.",
        ) from error


def _reason(error: Exception) -> str:
    """Return the reason of an error of FFmpeg in words."""
    text = getattr(error, "strerror", None) or str(error)
    return printable(str(text)).lower()


def _video_stream(container: InputContainer, name: str) -> VideoStream:
    """Return the video stream that a player shows, if it can be decoded.

    It is the one marked as default; if several or none are marked, FFmpeg's own choice (the best
    picture). Cover art is never used.
    """
    videos = _videos(container)
    if not videos:
        found = "only sound" if container.streams.audio else "no video"
        raise SourceError(f"'{name}' contains {found}", hint="Give a video file.")
    preferred = [s for s in videos if s.disposition & Disposition.default] or videos
    best = container.streams.best("video")
    stream = next((s for s in preferred if best is not None and s.index == best.index), None)
    stream = stream or preferred[0]
    if any(container.format.name.endswith(suffix) for suffix in _IMAGE_FORMATS):
        raise SourceError(
            f"'{name}' is a single image or a text file, not a video", hint="Give a video file."
        )
    if cast(Any, stream.codec_context) is None:
        raise SourceError(
            f"'{name}' has a video format that cannot be decoded on this computer",
            hint="Convert it to an H.264 MP4 file.",
        )
    _check_size((stream.width, stream.height), name)
    stream.thread_type = "AUTO"
    # A header in the middle of the film may state larger frames.
    stream.codec_context.options = {"max_pixels": str(_MAX_FRAME_PX)}
    return stream


def _videos(container: InputContainer) -> list[VideoStream]:
    """Return the video streams that are not cover art."""
    return [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]


def _stream_remarks(container: InputContainer, stream: VideoStream) -> Iterator[str]:
    """Yield a remark on which of several video streams is read."""
    indexes = [one.index for one in _videos(container)]
    if len(indexes) > 1:
        why = ", the one marked as default" if stream.disposition & Disposition.default else ""
        number = indexes.index(stream.index) + 1
        yield f"The film has {len(indexes)} video streams; number {number} was measured{why}."


def require_quarter_turn(turn_deg: int) -> None:
    """Raise ``UsageError`` unless a picture can be turned by this angle."""
    if turn_deg not in _QUARTER_TURNS:
        raise UsageError(
            f"a picture cannot be turned by {turn_deg}°",
            hint="It can be turned clockwise by 0, 90, 180 or 270 degrees.",
            options=("rotate",),
        )


def _check_size(size_px: tuple[int, int], name: str) -> None:
    """Raise ``SourceError`` for frames that are too small or too large."""
    width, height = size_px
    if (
        min(width, height) < _MIN_SIDE_PX
        or max(width, height) > _MAX_SIDE_PX
        or width * height > _MAX_FRAME_PX
    ):
        raise SourceError(
            f"'{name}' has frames of {width} x {height} pixels, too large or too small for a film "
            "of a person",
            hint="The file is damaged, or is not a film of a person.",
        )


def _first_frame(frames: Iterator[_TimedFrame], name: str) -> _TimedFrame:
    """Return the first frame; raises ``SourceError`` when there is none."""
    first = next(frames, None)
    if first is None:
        raise SourceError(
            f"no frame of '{name}' could be decoded",
            hint="The file is damaged or incomplete; copy it again or record again.",
        )
    return first


@dataclass(frozen=True)
class _ContainerMetadata:
    """Length of the film as stated in the file.

    ``frames`` comes from a complete index if ``frame_count_is_exact``; otherwise it is estimated
    from the duration, and ``None`` when unknown. ``duration_s`` is that of the video stream if
    ``duration_is_of_video``, otherwise that of the longest stream.
    """

    frames: int | None
    frame_count_is_exact: bool
    duration_s: float
    duration_is_of_video: bool

    @classmethod
    def of(cls, container: InputContainer, stream: VideoStream) -> _ContainerMetadata:
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
    """Return the number of frames in the file's index; ``None`` if it is missing or incomplete."""
    entries = stream.index_entries
    if not stream.frames or len(entries) != stream.frames:
        return None
    # An edit list marks frames that are not shown.
    return sum(entry.size > 0 and not entry.is_discard for entry in entries) or None


def _time_base(stream: VideoStream) -> Any:
    """Return the unit of the stream's timestamps, in seconds."""
    return stream.time_base or 1 / av.time_base


# --- orientation and shape -----------------------------------------------------------------------

_Matrix = tuple[tuple[int, int], tuple[int, int]]
"""A quarter turn with or without a flip; see :func:`_display_matrix`."""
_UPRIGHT: _Matrix = ((1, 0), (0, 1))
_QUARTER_TURNS: dict[int, _Matrix] = {
    0: _UPRIGHT,
    90: ((0, 1), (-1, 0)),
    180: ((-1, 0), (0, -1)),
    270: ((0, -1), (1, 0)),
}
"""Clockwise turns, as seen by the viewer."""


def _then(first: _Matrix, second: _Matrix) -> _Matrix:
    """Return the matrix of two turns, one after the other."""
    (a, b), (c, d) = (np.array(first) @ np.array(second)).tolist()
    return (a, b), (c, d)


def _display_matrix(frame: VideoFrame) -> _Matrix:
    """Return the rotation and flip that the film asks for, as a matrix of signs.

    A pixel at (x, y) is shown at (x * m[0][0] + y * m[1][0], x * m[0][1] + y * m[1][1]).
    Other angles are rounded to multiples of 90 degrees.
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
    """Return the clockwise rotation of a matrix: 0, 90, 180 or 270 degrees; a flip is ignored."""
    (a, b), (c, d) = matrix
    flipped = a * d - b * c < 0
    return round(math.degrees(math.atan2(b, -a if flipped else a))) % 360


@dataclass(frozen=True)
class _FrameGeometry:
    """How a decoded frame is converted to an upright one with square pixels."""

    decoded_size_px: tuple[int, int]
    scaled_size_px: tuple[int, int]
    transposed: bool
    flip_x: bool
    flip_y: bool

    @classmethod
    def of(
        cls, frame: VideoFrame, pixel_aspect: Any, matrix: _Matrix, mirrored: bool
    ) -> _FrameGeometry:
        (a, b), (c, d) = matrix
        width = frame.width
        # Non-square pixels would distort every angle. An absurd ratio is a damaged header.
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
        """Width and height of the upright image."""
        width, height = self.scaled_size_px
        return (height, width) if self.transposed else (width, height)

    def upright(self, frame: VideoFrame, converter: VideoReformatter) -> ImageArray:
        """Return the upright RGB image of a decoded frame."""
        width, height = self.scaled_size_px
        # Frames are small: more threads would cost more than they save.
        rgb = converter.reformat(frame, format="rgb24", width=width, height=height, threads=1)
        image = cast(ImageArray, rgb.to_ndarray())
        if not (self.transposed or self.flip_x or self.flip_y):
            return np.ascontiguousarray(image)
        # Moving a pixel as one item of three bytes is twice as fast as moving three items.
        pixels = np.ascontiguousarray(image).view("V3")[..., 0]
        if self.transposed:
            pixels = pixels.T
        turned = np.ascontiguousarray(
            pixels[:: -1 if self.flip_y else 1, :: -1 if self.flip_x else 1]
        )
        return turned.view(np.uint8).reshape(*turned.shape, 3)


# --- decoding ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _TimedFrame:
    """A decoded frame, its time on the player's clock and its duration (0 when unknown)."""

    frame: VideoFrame
    t_s: float
    duration_s: float


@dataclass(frozen=True)
class _UprightFrame:
    """An upright RGB image with square pixels; times as in ``_TimedFrame``."""

    image: ImageArray
    t_s: float
    duration_s: float


def _packets(
    container: InputContainer, stream: VideoStream, problems: _ReadProblems
) -> Iterator[av.Packet[VideoStream] | None]:
    """Yield the stream's packets, then ``None``, which flushes the decoder."""
    more = True
    while more:
        more = False
        try:
            for packet in container.demux(stream):
                if packet.size:  # an empty packet would end the decoding
                    yield packet
        except av.FFmpegError:
            problems.ended_early = True
        except IndexError:
            # A stream that starts later (in a transport stream) is unknown to PyAV. Its packet
            # has been read: the next call continues after it.
            more = True
    yield None


def _decode(
    container: InputContainer, stream: VideoStream, problems: _ReadProblems
) -> Iterator[VideoFrame]:
    """Yield the frames that can be decoded, in display order."""
    for packet in _packets(container, stream, problems):
        try:
            frames = stream.decode(packet)
        except av.FFmpegError:
            problems.add_damaged()
            continue
        for frame in frames:
            if frame.is_corrupt:
                problems.add_damaged()
            else:
                yield frame


@dataclass(frozen=True)
class _PlayerClock:
    """When the clock of a player begins, which is at the earliest of all streams.

    Attributes
    ----------
    starts_s, duration_s
        Start and duration in seconds; ``None`` when the file does not state them.
    """

    starts_s: float | None
    duration_s: float | None

    @classmethod
    def of(cls, container: InputContainer) -> _PlayerClock:
        start, duration = container.start_time, container.duration
        return cls(
            None if start is None else start / av.time_base,
            duration / av.time_base if duration else None,
        )

    def late_s(self, stamp_s: float) -> float:
        """Return how late the first frame is; 0 if unknown or longer than the whole film."""
        if self.starts_s is None:
            return 0.0
        late_s = stamp_s - self.starts_s
        possible = self.duration_s is None or late_s <= self.duration_s
        return late_s if late_s > 0 and possible else 0.0


def _with_times(
    stream: VideoStream,
    frames: Iterator[VideoFrame],
    problems: _ReadProblems,
    clock: _PlayerClock,
) -> Iterator[_TimedFrame]:
    """Add the time to each frame; skip frames that are not later than the previous one.

    Times are presentation timestamps, counted from the beginning of the player's clock. In a film
    without them they are decoding timestamps, counted from the first frame. A frame with neither
    gets the time of the previous frame plus the nominal frame interval.
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
            problems.guessed_times += 1
        if stamp is None:
            t_s = last_s + nominal_s
        else:
            if start is None:
                late_s = clock.late_s(float(stamp * time_base)) if has_presentation_times else 0.0
                start = float(stamp * time_base) - max(late_s, last_s + nominal_s)
            t_s = float(stamp * time_base - start)
        if t_s <= last_s:
            problems.out_of_order += 1
            continue
        duration_s = float(frame.duration * time_base)
        problems.last_good_s = t_s + (duration_s or nominal_s)
        last_s = t_s
        yield _TimedFrame(frame, t_s, duration_s)


def _upright_frames(
    frames: Iterator[_TimedFrame], shape: _FrameGeometry, problems: _ReadProblems
) -> Generator[_UprightFrame]:
    """Yield the upright RGB images of decoded frames."""
    converter = VideoReformatter()  # reused: setting it up costs more than a conversion
    mapper = ToneMapper()
    for timed in frames:
        if (timed.frame.width, timed.frame.height) != shape.decoded_size_px:
            problems.resized += 1
        shown = mapper.to_screen(timed.frame)
        yield _UprightFrame(shape.upright(shown, converter), timed.t_s, timed.duration_s)
