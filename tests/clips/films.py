"""Creates small test films and altered copies of films.

Uses PyAV directly, not formcheck's own reader and writer, so that those can be checked against it.
Every function that has a ``target`` writes it and returns its path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, Colorspace, ColorTrc

from formcheck.data.arrays import ImageArray

CLOCK = Fraction(1, 90_000)
RATE = 48_000
"""Samples of sound a second."""


def write_film(
    target: Path,
    images: Iterable[tuple[float, ImageArray]],
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    stored_turn_deg: int = 0,
    stored_flip: bool = False,
    pixel_aspect: Fraction | None = None,
    transfer: ColorTrc | None = None,
    options: Mapping[str, str] | None = None,
    container_options: Mapping[str, str] | None = None,
) -> Path:
    """Encode (time in seconds, RGB image) pairs.

    ``stored_turn_deg`` and ``stored_flip`` only set the flag: players rotate the frame *clockwise*
    by this angle, then swap left and right. With a ``transfer`` the images are its signal, in the
    colours of BT.2020, and are tagged so.
    """
    if options is None:
        options = {"crf": "12", "preset": "ultrafast"} if codec == "libx264" else {}
    with av.open(str(target), "w", options=dict(container_options or {})) as container:
        stream: Any = None
        for t_s, image in images:
            if stream is None:
                height, width = image.shape[:2]
                stream = cast(Any, container).add_stream(
                    codec, rate=30, width=width, height=height, options=dict(options)
                )
                stream.pix_fmt = pix_fmt
                # MPEG-4 and MJPEG store times in 16 bits.
                clock = CLOCK if codec.startswith(("lib", "ffv1")) else Fraction(1, 30_000)
                stream.codec_context.time_base = clock
                if pixel_aspect:
                    stream.codec_context.sample_aspect_ratio = pixel_aspect
                if transfer is not None:
                    stream.codec_context.color_trc = transfer
                    stream.codec_context.colorspace = Colorspace.BT2020
                    stream.codec_context.color_primaries = ColorPrimaries.BT2020
                if stored_turn_deg or stored_flip:
                    stream.set_display_rotation(-stored_turn_deg, hflip=stored_flip)
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            frame = frame.reformat(
                format=pix_fmt,
                dst_colorspace=None if transfer is None else Colorspace.BT2020,
            )
            frame.pts, frame.time_base = round(t_s / clock), clock
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target


def read_film(source: Path) -> Iterator[tuple[float, ImageArray]]:
    """Yield (time since the first frame in seconds, RGB image as stored) pairs."""
    with av.open(str(source)) as container:
        first = None
        for frame in container.decode(video=0):
            assert frame.pts is not None
            assert frame.time_base is not None
            first = frame.pts if first is None else first
            image = cast(ImageArray, frame.to_ndarray(format="rgb24"))
            yield float((frame.pts - first) * frame.time_base), image


def frame_times(source: Path) -> list[float]:
    """Time of each frame since the first one, in seconds."""
    with av.open(str(source)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    return [time - times[0] for time in times]


def beginning(source: Path, duration_s: float, target: Path) -> Path:
    """Copy the first part of a film, with the frames as stored."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        film = old.streams.video[0]
        copy = new.add_stream_from_template(film)
        assert film.time_base is not None
        for packet in old.demux(film):
            if packet.dts is None or packet.pts is None:
                continue
            if float(packet.pts * film.time_base) < duration_s:
                packet.stream = copy
                new.mux(packet)
    return target


# --- altered copies ------------------------------------------------------------------------------


def at_frame_rate(source: Path, target: Path, rate_hz: float) -> Path:
    """Copy at another constant rate: each new frame shows the source frame nearest in time."""
    times = np.array(frame_times(source))
    new_times = np.arange(0.0, times[-1] + 0.5 / rate_hz, 1 / rate_hz)
    nearest = np.abs(times[:, None] - new_times).argmin(axis=0)
    shown: dict[int, list[float]] = {}
    for index, t_s in zip(nearest.tolist(), new_times.tolist(), strict=True):
        shown.setdefault(index, []).append(t_s)
    return _retimed(source, target, shown)


def with_variable_frame_rate(
    source: Path, target: Path, *, dropped: float = 0.3, seed: int = 0
) -> Path:
    """Copy without a random share of the frames; the others keep their true times."""
    times = frame_times(source)
    stays = np.random.default_rng(seed).random(len(times)) >= dropped
    stays[[0, -1]] = True
    return _retimed(source, target, {i: [t] for i, t in enumerate(times) if stays[i]})


def at_half_speed(source: Path, target: Path) -> Path:
    """Copy that plays at half speed, as slow motion does."""
    return _retimed(source, target, {i: [2 * t] for i, t in enumerate(frame_times(source))})


def stored_rotated(source: Path, target: Path, clockwise_deg: int = 90) -> Path:
    """Copy stored rotated, with the flag to rotate it clockwise when shown."""
    turns = clockwise_deg // 90
    return _turned(source, target, lambda image: np.rot90(image, turns), clockwise_deg)


def mirrored(source: Path, target: Path) -> Path:
    """Copy with left and right swapped."""
    return _turned(source, target, lambda image: image[:, ::-1], 0)


def truncated(source: Path, target: Path, keep: float = 0.6) -> Path:
    """Copy with an intact header whose frame data end after the fraction ``keep``."""
    with (
        av.open(str(source)) as old,
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as new,
    ):
        film = old.streams.video[0]
        copy = new.add_stream_from_template(film)
        for packet in old.demux(film):
            if packet.dts is not None:
                packet.stream = copy
                new.mux(packet)
    data = target.read_bytes()
    frames = data.index(b"mdat")
    target.write_bytes(data[: frames + round(keep * (len(data) - frames))])
    return target


def _retimed(source: Path, target: Path, shown: Mapping[int, Sequence[float]]) -> Path:
    """Copy that shows source frame ``i`` at the times ``shown[i]``."""
    images = (
        (t_s, image)
        for index, (_, image) in enumerate(read_film(source))
        for t_s in shown.get(index, ())
    )
    return write_film(target, images)


def _turned(
    source: Path, target: Path, turn: Callable[[ImageArray], ImageArray], stored_turn_deg: int
) -> Path:
    images = ((t_s, turn(image)) for t_s, image in read_film(source))
    return write_film(target, images, stored_turn_deg=stored_turn_deg)


def with_streams(films: Sequence[Path], target: Path, *, default: int | None) -> Path:
    """Put several films into one file, a video stream each; ``default`` has the mark of that."""
    with ExitStack() as stack:
        new = stack.enter_context(av.open(str(target), "w"))
        opened = [stack.enter_context(av.open(str(film))) for film in films]
        copies = []
        for i, old in enumerate(opened):
            copy = new.add_stream_from_template(old.streams.video[0])
            copy.disposition = Disposition.default if i == default else Disposition(0)
            copies.append(copy)
        for old, copy in zip(opened, copies, strict=True):
            for packet in old.demux(video=0):
                if packet.dts is not None:
                    packet.stream = copy
                    new.mux(packet)
    return target


def with_sound_before(source: Path, target: Path, *, late_s: float) -> Path:
    """Copy with a tone from the beginning, and the picture that much later."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        film = old.streams.video[0]
        copy = new.add_stream_from_template(film)
        sound = new.add_stream("aac", rate=RATE)
        assert film.time_base is not None
        for packet in sound.encode(_tone(late_s + 0.5)):
            new.mux(packet)
        new.mux(sound.encode(None))
        for packet in old.demux(film):
            if packet.dts is not None and packet.pts is not None:
                packet.stream = copy
                late = round(late_s / film.time_base)
                packet.pts, packet.dts = packet.pts + late, packet.dts + late
                new.mux(packet)
    return target


# --- synthetic films -----------------------------------------------------------------------------


def card(width: int = 64, height: int = 96, level: int = 0) -> ImageArray:
    """An image that differs from all its rotated and flipped copies by its corners.

    Red upper left, green upper right, blue lower left, grey ``level`` lower right.
    """
    image = np.full((height, width, 3), level, dtype=np.uint8)
    image[: height // 2, : width // 2] = (200, 30, 30)
    image[: height // 2, width // 2 :] = (30, 200, 30)
    image[height // 2 :, : width // 2] = (30, 30, 200)
    return image


def card_film(
    target: Path, times_s: Sequence[float], *, size_px: tuple[int, int] = (64, 96), **how: Any
) -> Path:
    """Film of :func:`card` whose lower right corner is lighter from frame to frame, by 5."""
    return write_film(
        target,
        ((t_s, card(*size_px, level=card_level(i))) for i, t_s in enumerate(times_s)),
        **how,
    )


def card_level(index: int) -> int:
    """Grey level of the lower right corner in frame ``index`` of a :func:`card_film`."""
    return 20 + 5 * (index % 45)


def blank(
    target: Path,
    *,
    duration_s: float = 1.0,
    size_px: tuple[int, int] = (320, 240),
    rate_hz: float = 30.0,
) -> Path:
    """Film of an empty, softly lit wall."""
    width, height = size_px
    shade = np.linspace(90, 160, height)[:, None, None]
    wall = np.broadcast_to(shade, (height, width, 3)).astype(np.uint8)
    return write_film(target, ((i / rate_hz, wall) for i in range(round(duration_s * rate_hz))))


def audio_only(target: Path, *, duration_s: float = 0.5) -> Path:
    """File with a tone and no video."""
    with av.open(str(target), "w") as container:
        stream = container.add_stream("aac", rate=RATE)
        container.mux(stream.encode(_tone(duration_s)))
        container.mux(stream.encode(None))
    return target


def _tone(duration_s: float) -> AudioFrame:
    wave = np.sin(2 * np.pi * 440 * np.arange(round(duration_s * RATE)) / RATE)
    frame = AudioFrame.from_ndarray(wave.astype(np.float32)[None, :], format="fltp", layout="mono")
    frame.sample_rate = RATE
    return frame


def with_standing(
    film: Path, until_s: float, target: Path, *, stand_s: float = 3.0, rate_hz: int = 15
) -> Path:
    """Cut a film to its beginning, and let the person stand still before and after it.

    The film is written twice: for formcheck, and beside it as ``.y4m`` for the fake camera of a
    browser, which plays it again and again. At fewer frames a second a busy machine keeps up.
    """
    frames: list[Any] = []
    with av.open(str(film)) as container:
        for frame in container.decode(video=0):
            t_s = frame.time or 0.0
            if t_s < until_s and t_s * rate_hz > len(frames) - 0.5:
                image = frame.to_ndarray(format="rgb24")
                frames.append(np.asarray(image, np.uint8))
    still = round(rate_hz * stand_s)
    frames = [frames[0]] * still + frames + [frames[-1]] * still
    height, width = frames[0].shape[:2]
    with target.with_suffix(".y4m").open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{rate_hz}:1 Ip A1:1 C420\n".encode())
        for image in frames:
            file.write(b"FRAME\n")
            planes = VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
            file.write(planes.to_ndarray().tobytes())
    return write_film(target, ((n / rate_hz, image) for n, image in enumerate(frames)))
