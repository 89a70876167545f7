"""Films that are legal, some of them odd; small, so that each is worked through in a moment.

They show two moving blocks. With the stand-in for the pose model the longer ones hold repetitions.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.stream import Disposition
from av.video.frame import VideoFrame

from formcheck.data.arrays import ImageArray

CLOCK = Fraction(1, 90_000)
WHOLE = tuple(i / 6 for i in range(48))
"""Eight seconds: the stand-in's first repetition is over."""
SHORT = tuple(i / 30 for i in range(8))

Write = Callable[[Path], None]


@dataclass(frozen=True)
class Legal:
    """A film, and whether formcheck takes it: it ends with 0 or 4 if so, else with 3."""

    name: str
    write: Write
    taken: bool = True


def picture(index: int, width: int, height: int) -> ImageArray:
    """Give blocks that move."""
    image = np.full((height, width, 3), 90, np.uint8)
    image[height // 4 : height // 2, : max(1, width // 2)] = (200, 60 + index * 3 % 120, 40)
    at = index * 2 % max(1, height - 2)
    image[at : at + max(1, height // 8), width // 3 :] = (30, 80, 220)
    return image


@dataclass(frozen=True)
class Film:
    """How to encode a film."""

    times_s: tuple[float, ...] = SHORT
    size_px: tuple[int, int] = (48, 64)
    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    form: str | None = None
    clock: Fraction = CLOCK
    options: Mapping[str, str] = field(default_factory=dict)
    container_options: Mapping[str, str] = field(default_factory=dict)
    set_up: Callable[[Any], None] | None = None

    def __call__(self, target: Path) -> None:
        """Write it."""
        with self.open(target) as container:
            for packet in self.packets(self.stream(container)):
                container.mux(packet)

    def open(self, target: Path) -> Any:
        """Open the container."""
        return av.open(
            str(target), "w", format=self.form, container_options=dict(self.container_options)
        )

    def stream(self, container: Any) -> Any:
        """Add the film's stream to it."""
        width, height = self.size_px
        options = dict(self.options)
        if self.codec == "libx264":
            options = {"preset": "ultrafast", "crf": "30", **options}
        stream = container.add_stream(
            self.codec, rate=30, width=width, height=height, options=options
        )
        stream.pix_fmt = self.pix_fmt
        stream.codec_context.time_base = self.clock
        stream.codec_context.thread_count = 1
        if self.set_up is not None:
            self.set_up(stream)
        return stream

    def packets(self, stream: Any) -> Iterator[Any]:
        """Encode, with a stream or a bare encoder."""
        for index, t_s in enumerate(self.times_s):
            frame = VideoFrame.from_ndarray(picture(index, *self.size_px), format="rgb24")
            frame = frame.reformat(format=self.pix_fmt)
            frame.pts, frame.time_base = round(t_s / self.clock), self.clock
            yield from stream.encode(frame)
        yield from stream.encode(None)


_TICK = Fraction(1, 30)
_WEBM = {"deadline": "realtime", "cpu-used": "8"}


def sources() -> list[Legal]:
    """Give the films that damage is done to: one of each common kind."""
    return [
        Legal("whole.mp4", Film(WHOLE)),
        Legal("b_frames.mp4", Film(WHOLE, options={"preset": "fast", "bf": "3"})),
        Legal("front.mp4", Film(WHOLE, container_options={"movflags": "+faststart"})),
        Legal(
            "parts.mp4", Film(WHOLE, container_options={"movflags": "+frag_keyframe+empty_moov"})
        ),
        Legal("whole.mov", Film(WHOLE, codec="mpeg4", clock=Fraction(1, 30_000))),
        Legal("whole.mkv", Film(WHOLE)),
        Legal("whole.webm", Film(WHOLE, codec="libvpx", options=_WEBM)),
        Legal("whole.avi", Film(WHOLE, codec="mjpeg", pix_fmt="yuvj420p", clock=Fraction(1, 6))),
        Legal("whole.ts", Film(WHOLE)),
        Legal("sound.mp4", _with_sound(Film(WHOLE), sound_first=True)),
        Legal("loss_free.mkv", Film(SHORT, codec="ffv1")),
        Legal("whole.gif", Film(SHORT, codec="gif", pix_fmt="rgb8", clock=Fraction(1, 100))),
    ]


def odd() -> list[Legal]:
    """Give films that are legal and seldom seen."""
    return [
        Legal("ten_bit.mp4", Film(pix_fmt="yuv420p10le")),
        Legal(
            "hdr.mp4",
            Film(
                size_px=(128, 128),
                codec="libx265",
                pix_fmt="yuv420p10le",
                set_up=_hdr,
                options=_X265,
            ),
        ),
        Legal("full_444.mp4", Film(pix_fmt="yuv444p")),
        Legal("grey.mkv", Film(codec="ffv1", pix_fmt="gray")),
        Legal("grey16.mkv", Film(codec="ffv1", pix_fmt="gray16le")),
        Legal("interlaced.mp4", Film(options={"x264-params": "tff=1", "flags": "+ilme+ildct"})),
        Legal(
            "interlaced.ts", Film(codec="mpeg2video", options={"flags": "+ilme+ildct"}, clock=_TICK)
        ),
        Legal("odd_size.mkv", Film(size_px=(321, 241), codec="ffv1", pix_fmt="yuv444p")),
        Legal("odd_size.mp4", Film(size_px=(321, 241), pix_fmt="yuv444p")),
        Legal("odd_420.mkv", Film(size_px=(47, 63), codec="ffv1")),
        Legal("smallest.mkv", Film(size_px=(16, 16), codec="ffv1")),
        Legal("two_by_two.mkv", Film(size_px=(2, 2), codec="ffv1"), taken=False),
        Legal("one_by_one.mkv", Film(size_px=(1, 1), codec="ffv1", pix_fmt="gray"), taken=False),
        Legal("ribbon.mkv", Film(size_px=(2000, 16), codec="ffv1")),
        Legal("alpha.mov", Film(codec="prores_ks", pix_fmt="yuva444p10le", clock=_TICK)),
        Legal("alpha.mkv", Film(codec="ffv1", pix_fmt="yuva420p")),
        Legal("alpha_rgb.mkv", Film(codec="ffv1", pix_fmt="bgra")),
        Legal("alpha.webm", Film(codec="libvpx-vp9", pix_fmt="yuva420p", options=_WEBM)),
        Legal(
            "eight_k.mp4",
            Film(
                (0.0, 0.04, 0.08),
                (7680, 4320),
                codec="mjpeg",
                pix_fmt="yuvj420p",
                clock=Fraction(1, 25),
            ),
        ),
        Legal("fast.mp4", Film(tuple(i / 240 for i in range(48)))),
        Legal("slow.mp4", Film(tuple(i * 2.0 for i in range(6)))),
        Legal("uneven.mp4", Film(tuple(i**1.5 / 30 for i in range(20)))),
        Legal("one_frame.mp4", Film((0.0,))),
        Legal("two_frames.mp4", Film((0.0, 0.5))),
        Legal("long_pause.mkv", Film((0.0, 0.1, 0.2, 36_000.0, 36_000.1))),
        Legal("late_start.mkv", Film(tuple(3_600 + t for t in SHORT))),
        Legal(
            "negative_start.mp4",
            Film(
                WHOLE,
                options={"preset": "fast", "bf": "3"},
                container_options={"movflags": "+negative_cts_offsets"},
            ),
        ),
        Legal("edit_list.mp4", _with_edit_list),
        Legal("two_films.mkv", _two_films),
        Legal("sound_first.mp4", _with_sound(Film(), sound_first=True)),
        Legal("sound_first.mkv", _with_sound(Film(), sound_first=True)),
        Legal("only_sound.m4a", _only_sound, taken=False),
        Legal("cover_only.m4a", _cover_only, taken=False),
        Legal("cover_first.mkv", _cover_first),
        Legal("turned.mp4", Film(set_up=lambda stream: stream.set_display_rotation(90))),
        Legal("turned_17.mp4", Film(set_up=lambda stream: stream.set_display_rotation(17))),
        Legal("wide_pixels.mp4", Film(set_up=_pixel_aspect(Fraction(16, 11)))),
        Legal("widest_pixels.mkv", Film(set_up=_pixel_aspect(Fraction(4, 1)))),
        Legal("film.ogv", Film(codec="libvpx", options=_WEBM, form="ogg")),
        Legal("film.flv", Film(codec="flv", clock=Fraction(1, 30))),
        Legal("film.wmv", Film(codec="wmv2", form="asf", clock=Fraction(1, 30))),
        Legal("film.mpg", Film(codec="mpeg1video", clock=Fraction(1, 30))),
        Legal("film.3gp", Film(codec="mpeg4", clock=Fraction(1, 30_000))),
        Legal("film.y4m", _y4m),
        Legal("film.h264", Film(form="h264")),
        Legal("film.hevc", Film(size_px=(128, 128), codec="libx265", form="hevc", options=_X265)),
        Legal("film.mjpeg", Film(codec="mjpeg", pix_fmt="yuvj420p", form="mjpeg", clock=_TICK)),
        Legal("raw.avi", Film(codec="rawvideo", pix_fmt="bgr24", clock=_TICK)),
        Legal("packed.avi", Film(codec="huffyuv", pix_fmt="yuv422p", clock=_TICK)),
        Legal("packed.mov", Film(codec="qtrle", pix_fmt="rgb24", clock=_TICK)),
        Legal(
            "av1.mp4",
            Film(codec="libsvtav1", set_up=_quiet, size_px=(64, 64), options={"preset": "12"}),
        ),
        Legal("moving.apng", Film(codec="apng", pix_fmt="rgb24", form="apng", clock=_TICK)),
        Legal("still.png", _still("png", "rgb24"), taken=False),
        Legal("still.jpg", _still("mjpeg", "yuvj420p"), taken=False),
        Legal("still.bmp", _still("bmp", "bgr24"), taken=False),
        Legal("still.tiff", _still("tiff", "rgb24"), taken=False),
        Legal("still.webp", _still("libwebp", "yuv420p"), taken=False),
    ]


# The encoder writes past its memory when the pictures are very small.
_X265 = {"preset": "ultrafast", "x265-params": "log-level=none:pools=1:frame-threads=1"}


def _quiet(_: Any) -> None:
    os.environ["SVT_LOG"] = "1"  # the encoder would talk on the terminal


def _hdr(stream: Any) -> None:
    codec = stream.codec_context
    codec.color_primaries, codec.color_trc, codec.colorspace = 9, 16, 9


def _pixel_aspect(ratio: Fraction) -> Callable[[Any], None]:
    def set_up(stream: Any) -> None:
        stream.codec_context.sample_aspect_ratio = ratio

    return set_up


def _still(codec: str, pix_fmt: str) -> Write:
    def write(target: Path) -> None:
        encoder: Any = av.CodecContext.create(codec, "w")
        encoder.width, encoder.height, encoder.pix_fmt = 48, 64, pix_fmt
        encoder.time_base = _TICK
        data = b"".join(bytes(packet) for packet in Film((0.0,), pix_fmt=pix_fmt).packets(encoder))
        target.write_bytes(data)

    return write


def _sound(container: Any, duration_s: float = 0.4) -> tuple[Any, Iterable[Any]]:
    rate = 48_000
    stream = container.add_stream("aac", rate=rate)
    wave = np.sin(np.arange(round(duration_s * rate)) / 17).astype(np.float32)[None, :]
    frame = AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
    frame.sample_rate = rate

    def packets() -> Iterator[Any]:
        yield from stream.encode(frame)
        yield from stream.encode(None)

    return stream, packets()


def _with_sound(film: Film, *, sound_first: bool) -> Write:
    def write(target: Path) -> None:
        with film.open(target) as container:
            if sound_first:
                _, sound = _sound(container)
                stream = film.stream(container)
            else:
                stream = film.stream(container)
                _, sound = _sound(container)
            for packets in (sound, film.packets(stream)):
                for packet in packets:
                    container.mux(packet)

    return write


def _y4m(target: Path) -> None:
    planes = bytes(16 * 16 * 3 // 2)
    target.write_bytes(b"YUV4MPEG2 W16 H16 F30:1 C420\n" + (b"FRAME\n" + planes) * 8)


def _only_sound(target: Path) -> None:
    with av.open(str(target), "w", format="mp4") as container:
        _, packets = _sound(container)
        for packet in packets:
            container.mux(packet)


def _cover_only(target: Path) -> None:
    with av.open(str(target), "w", format="mp4") as container:
        _, sound = _sound(container)
        film = Film((0.0,), codec="mjpeg", pix_fmt="yuvj420p", clock=_TICK)
        cover = film.stream(container)
        cover.disposition = Disposition.attached_pic
        for packets in (sound, film.packets(cover)):
            for packet in packets:
                container.mux(packet)


def _cover_first(target: Path) -> None:
    with av.open(str(target), "w") as container:
        small = Film((0.0,), codec="mjpeg", pix_fmt="yuvj420p", clock=_TICK)
        cover = small.stream(container)
        cover.disposition = Disposition.attached_pic
        film = Film()
        stream = film.stream(container)
        for packets in (small.packets(cover), film.packets(stream)):
            for packet in packets:
                container.mux(packet)


def _two_films(target: Path) -> None:
    first, second = Film(), Film(size_px=(96, 32))
    with av.open(str(target), "w") as container:
        streams = [film.stream(container) for film in (first, second)]
        for film, stream in zip((first, second), streams, strict=True):
            for packet in film.packets(stream):
                container.mux(packet)


def _with_edit_list(target: Path) -> None:
    """A film whose pictures begin a second late: the muxer writes an edit list for that."""
    Film(tuple(1 + t for t in SHORT))(target)
