from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from av.video.reformatter import ColorTrc
from clips.films import (
    at_frame_rate,
    at_half_speed,
    audio_only,
    beginning,
    blank,
    card,
    card_film,
    card_level,
    frame_times,
    mirrored,
    stored_rotated,
    truncated,
    with_sound_before,
    with_streams,
    with_variable_frame_rate,
    write_film,
)
from numpy.testing import assert_allclose

from formcheck.data.arrays import FloatArray, ImageArray
from formcheck.data.errors import SourceError, UsageError
from formcheck.data.frame import Frame, SourceInfo
from formcheck.video.encoder import VideoWriter
from formcheck.video.film import (
    VideoSource,
    _packets,
    _PlayerClock,
    _ReadProblems,
)
from formcheck.video.timeline import Timeline, _median
from formcheck.video.tone_mapping import (
    PEAK_NITS,
    compressed_nits,
    hlg_to_nits,
    nits_to_pq,
    pq_to_nits,
)

AT_30_HZ = [i / 30 for i in range(20)]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return card_film(tmp_path_factory.mktemp("films") / "card.mp4", AT_30_HZ)


def read(path: Path, **how: Any) -> tuple[list[Frame], SourceInfo]:
    with VideoSource(path, **how) as source:
        frames = list(source)
        return frames, source.info


def times(frames: list[Frame]) -> list[float]:
    return [frame.t_s for frame in frames]


def assert_shows_card(image: ImageArray, size_px: tuple[int, int] = (64, 96)) -> None:
    """The image shows the card, upright and not mirrored, within the error of compression."""
    expected = card(*size_px, level=card_level(0))
    assert image.shape == expected.shape
    assert np.abs(image.astype(int) - expected).mean() < 6


def decoding_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "decode"]


# --- frames and times ----------------------------------------------------------------------------


def test_every_frame_is_delivered_once_in_order_at_its_time(film: Path) -> None:
    frames, info = read(film)
    assert [frame.index for frame in frames] == list(range(20))
    assert_allclose(times(frames), AT_30_HZ, atol=1e-5)
    levels = [frame.image[-10:, -10:].mean() for frame in frames]
    assert_allclose(levels, [card_level(i) for i in range(20)], atol=3)
    assert (info.frames, info.frames_dropped, info.expected_frames) == (20, 0, 20)
    assert info.frame_rate_hz == pytest.approx(30, rel=1e-4)
    assert info.duration_s == pytest.approx(20 / 30, abs=1e-3)
    assert not info.variable_frame_rate
    assert (info.kind, info.name, info.warnings) == ("video", "card.mp4", ())


def test_frames_are_contiguous_rgb_bytes(film: Path) -> None:
    frames, _ = read(film, mirrored=True)
    assert frames[0].image.dtype == np.uint8
    assert frames[0].image.flags.c_contiguous


def test_size_and_rotation_are_known_before_the_first_frame(film: Path) -> None:
    with VideoSource(film) as source:
        assert (source.info.width, source.info.height, source.info.frames) == (64, 96, 0)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("flag_deg", [0, 90, 180, 270])
@pytest.mark.parametrize("turn_deg", [90, 180, 270])
def test_a_turn_is_on_top_of_the_files_own(
    tmp_path: Path, turn_deg: int, flag_deg: int, mirrored: bool
) -> None:
    """Undone in the opposite order: flipped, turned back by the turn, then by the flag."""
    shown = card(level=card_level(0))[:, :: -1 if mirrored else 1]
    stored = np.rot90(shown, (turn_deg + flag_deg) // 90)
    target = tmp_path / "film.mp4"
    write_film(target, [(0.0, stored)], stored_turn_deg=flag_deg)
    frames, info = read(target, turn_deg=turn_deg, mirrored=mirrored)
    assert_shows_card(frames[0].image)
    assert (info.width, info.height) == (64, 96)
    assert (info.rotation_deg, info.turn_deg) == (flag_deg, turn_deg)


@pytest.mark.parametrize("turn_deg", [45, -90, 360])
def test_a_turn_that_is_no_quarter_is_rejected(film: Path, turn_deg: int) -> None:
    with pytest.raises(UsageError, match="cannot be turned"):
        VideoSource(film, turn_deg=turn_deg)


@pytest.mark.parametrize("clockwise_deg", [90, 180, 270])
def test_a_film_stored_rotated_is_turned_upright(
    film: Path, tmp_path: Path, clockwise_deg: int
) -> None:
    frames, info = read(stored_rotated(film, tmp_path / "turned.mp4", clockwise_deg))
    assert_shows_card(frames[0].image)
    assert (info.width, info.height, info.rotation_deg) == (64, 96, clockwise_deg)


def test_a_flip_in_the_display_matrix_is_applied_after_the_rotation(tmp_path: Path) -> None:
    # Undone by a clockwise rotation by 90 degrees, then a flip.
    stored = np.rot90(card()[:, ::-1], 1)
    target = tmp_path / "flipped.mp4"
    write_film(target, [(0.0, stored)], stored_turn_deg=90, stored_flip=True)
    frames, info = read(target)
    assert np.abs(frames[0].image.astype(int) - card()).mean() < 6
    assert info.rotation_deg == 90


def test_a_mirrored_film_is_flipped_back(film: Path, tmp_path: Path) -> None:
    frames, info = read(mirrored(film, tmp_path / "selfie.mp4"), mirrored=True)
    assert_shows_card(frames[0].image)
    assert info.mirrored


def test_a_mirrored_film_stored_rotated_is_turned_upright_first(film: Path, tmp_path: Path) -> None:
    selfie = mirrored(film, tmp_path / "selfie.mp4")
    frames, _ = read(stored_rotated(selfie, tmp_path / "turned.mp4"), mirrored=True)
    assert_shows_card(frames[0].image)


def test_slow_motion_divides_the_times(film: Path, tmp_path: Path) -> None:
    frames, info = read(at_half_speed(film, tmp_path / "slow.mp4"), slow_motion=2)
    assert_allclose(times(frames), AT_30_HZ, atol=1e-5)
    assert info.frame_rate_hz == pytest.approx(30, rel=1e-4)
    assert info.slow_motion == 2


@pytest.mark.parametrize("factor", [0, -1, float("nan"), float("inf")])
def test_an_invalid_slow_motion_factor_is_rejected(film: Path, factor: float) -> None:
    with pytest.raises(UsageError, match="slow-motion factor"):
        VideoSource(film, slow_motion=factor)


def test_variable_frame_rate_keeps_the_true_times(film: Path, tmp_path: Path) -> None:
    varying = with_variable_frame_rate(film, tmp_path / "varying.mp4")
    frames, info = read(varying)
    assert_allclose(times(frames), frame_times(varying), atol=1e-9)
    assert set(np.round(np.multiply(times(frames), 30)).tolist()) < set(range(20))
    assert info.variable_frame_rate
    assert info.frames_dropped == 0


@pytest.mark.parametrize("rate_hz", [24, 60])
def test_other_frame_rates_cover_the_same_time(film: Path, tmp_path: Path, rate_hz: float) -> None:
    frames, info = read(at_frame_rate(film, tmp_path / "other.mp4", rate_hz))
    assert info.frame_rate_hz == pytest.approx(rate_hz, rel=1e-3)
    assert not info.variable_frame_rate
    assert frames[-1].t_s == pytest.approx(AT_30_HZ[-1], abs=1 / 24)


def test_the_first_frame_is_at_zero_whatever_the_first_timestamp(tmp_path: Path) -> None:
    late = card_film(tmp_path / "late.ts", [5 + t for t in AT_30_HZ])
    frames, _ = read(late)
    assert_allclose(times(frames), AT_30_HZ, atol=1e-4)


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts"])
def test_a_picture_that_starts_late_is_at_the_players_time(
    film: Path, tmp_path: Path, ending: str
) -> None:
    late = with_sound_before(film, tmp_path / f"late.{ending}", late_s=0.5)
    frames, info = read(late)
    # The clock begins with the sound, of which the encoder makes a packet more at the start.
    assert_allclose(times(frames), np.add(0.5, AT_30_HZ), atol=1024 / 48_000 + 1e-3)
    assert_allclose(np.diff(times(frames)), 1 / 30, atol=1.1e-3)
    assert info.duration_s == pytest.approx(0.5 + 20 / 30, abs=0.03)
    assert (info.frames, info.frames_dropped, info.warnings) == (20, 0, ())
    slow, _ = read(late, slow_motion=2)
    assert_allclose(times(slow), np.divide(times(frames), 2))


def test_a_film_without_sound_begins_at_zero(tmp_path: Path) -> None:
    frames, _ = read(card_film(tmp_path / "late.mp4", [2 + t for t in AT_30_HZ]))
    assert_allclose(times(frames), AT_30_HZ, atol=1e-4)


def test_a_clock_that_cannot_be_is_not_believed() -> None:
    clock = _PlayerClock(starts_s=0.0, duration_s=10.0)
    assert [clock.late_s(t_s) for t_s in (-0.5, 0.0, 2.0, 5_000.0)] == [0.0, 0.0, 2.0, 0.0]
    assert _PlayerClock(starts_s=None, duration_s=10.0).late_s(2.0) == 0.0
    assert _PlayerClock(starts_s=1.0, duration_s=None).late_s(2.0) == 1.0


def test_a_long_pause_is_reported(tmp_path: Path) -> None:
    _, info = read(card_film(tmp_path / "pause.mp4", [0, 0.1, 0.2, 0.3, 2.8, 2.9, 3.0]))
    assert info.warnings == ("the film has no frames for 2.5 s after 0.3 s",)


def test_millisecond_clocks_do_not_count_as_variable(tmp_path: Path) -> None:
    _, info = read(card_film(tmp_path / "fast.mkv", [i / 240 for i in range(60)]))
    assert not info.variable_frame_rate
    assert info.frame_rate_hz == pytest.approx(240, rel=0.01)


def test_non_square_pixels_are_made_square(tmp_path: Path) -> None:
    wide = card_film(tmp_path / "wide.mp4", AT_30_HZ[:3], pixel_aspect=Fraction(3, 2))
    frames, info = read(wide)
    assert_shows_card(frames[0].image, (96, 96))
    assert (info.width, info.height) == (96, 96)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("ten_bit.mp4", {"pix_fmt": "yuv420p10le"}),
        ("odd.mkv", {"pix_fmt": "yuv444p", "size_px": (63, 95)}),
        ("mpeg4.mov", {"codec": "mpeg4"}),
        ("motion_jpeg.mov", {"codec": "mjpeg", "pix_fmt": "yuvj420p"}),
        ("vp9.webm", {"codec": "libvpx-vp9"}),
        ("ffv1.mkv", {"codec": "ffv1"}),
    ],
)
def test_reads_other_codecs_sizes_and_depths(
    tmp_path: Path, name: str, how: dict[str, Any]
) -> None:
    frames, info = read(card_film(tmp_path / name, AT_30_HZ[:5], **how))
    assert_shows_card(frames[0].image, how.get("size_px", (64, 96)))
    assert_allclose(times(frames), AT_30_HZ[:5], atol=0.001)
    assert info.warnings == ()


def test_frames_can_be_read_only_once(film: Path) -> None:
    with VideoSource(film) as source:
        list(source)
        with pytest.raises(RuntimeError, match="only once"):
            iter(source)


# --- unusable files ------------------------------------------------------------------------------


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"there is no file '.*gone\.mp4'"):
        VideoSource(tmp_path / "gone.mp4")


def test_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a folder") as raised:
        VideoSource(tmp_path)
    assert "OpenPose" in raised.value.hint


def test_a_pipe_is_rejected_without_blocking(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(SourceError, match="is not a file"):
        VideoSource(tmp_path / "pipe.mp4")


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("empty.mp4", b"", "is empty"),
        ("text.mp4", b"hello " * 500, "is not a video"),
        ("text.txt", b"hello " * 500, "a single image or a text file"),
        ("ten_bytes.mov", b"0123456789", "is not a video"),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:9,\nother.ts\n", "is not a video"),
        ("list.mp4", b"ffconcat version 1.0\nfile other.mp4\n", "is not a video"),
    ],
)
def test_files_that_are_not_films_are_rejected(
    tmp_path: Path, name: str, data: bytes, found: str
) -> None:
    with pytest.raises(SourceError, match=found) as refused:
        VideoSource(write(tmp_path / name, data))
    assert name in refused.value.message
    assert "\n" not in refused.value.message
    assert refused.value.hint


def test_a_single_image_is_rejected(tmp_path: Path) -> None:
    picture = card_film(tmp_path / "photo.png", [0.0], codec="png", pix_fmt="rgb24")
    with pytest.raises(SourceError, match="a single image"):
        VideoSource(picture)


def test_a_file_with_only_sound_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="only sound"):
        VideoSource(audio_only(tmp_path / "sound.mp4"))


def test_absurdly_small_frames_are_rejected(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="8 x 8 pixels"):
        VideoSource(blank(tmp_path / "dot.mp4", size_px=(8, 8), duration_s=0.1))


def test_a_file_name_with_line_breaks_stays_on_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refused:
        VideoSource(write(tmp_path / "a\nb\x1b[1m.mp4", b"hello"))
    assert refused.value.message.isprintable()


def test_a_file_name_that_is_not_valid_text_can_be_read(film: Path, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.mp4")
    try:
        path.write_bytes(film.read_bytes())
    except OSError:
        pytest.skip("this file system requires valid text in names")
    frames, info = read(path)
    assert len(frames) == 20
    assert info.name.isprintable()


@pytest.mark.parametrize("name", ["http:x.mp4", "concat:a|b.mp4", "%03d.mp4", "pipe:0"])
def test_a_file_name_is_never_interpreted_as_an_address(
    film: Path, tmp_path: Path, name: str
) -> None:
    frames, _ = read(write(tmp_path / name, film.read_bytes()))
    assert len(frames) == 20


# --- damage --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Film of 100 frames, a key frame in every ten."""
    target = tmp_path_factory.mktemp("films") / "long.mp4"
    options = {"crf": "12", "preset": "ultrafast", "g": "10"}
    return card_film(target, [i / 30 for i in range(100)], options=options)


def test_a_truncated_film_delivers_its_frames_and_reports_the_missing_ones(
    long_film: Path, tmp_path: Path
) -> None:
    frames, info = read(truncated(long_film, tmp_path / "cut.mp4", keep=0.5))
    assert 30 < len(frames) < 70
    assert len(frames) + info.frames_dropped == 100
    assert_shows_card(frames[0].image)
    assert info.warnings == (
        f"the film is damaged after {len(frames) / 30:.1f} s: "
        f"{info.frames_dropped} frames could not be read",
    )


def test_a_damaged_part_is_skipped_and_counted(long_film: Path, tmp_path: Path) -> None:
    data = bytearray(long_film.read_bytes())
    start = data.index(b"mdat") + 4
    middle = start + (data.index(b"moov") - start) // 2
    data[middle : middle + 400] = b"\x00" * 400
    frames, info = read(write(tmp_path / "scratched.mp4", bytes(data)))
    assert 80 < len(frames) < 100
    assert info.frames_dropped == 100 - len(frames)
    assert len(info.warnings) == 1
    assert "could not be read" in info.warnings[0]
    # Frames after the damage keep their times.
    assert frames[-1].t_s == pytest.approx(99 / 30, abs=1e-4)


def test_a_film_without_any_good_frame_is_rejected(long_film: Path, tmp_path: Path) -> None:
    data = bytearray(long_film.read_bytes())
    start, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    data[start:end] = b"\xff" * (end - start)
    with pytest.raises(SourceError, match=r"no frame of 'ruined\.mp4'"):
        VideoSource(write(tmp_path / "ruined.mp4", bytes(data)))


def test_a_film_without_a_header_is_rejected(long_film: Path, tmp_path: Path) -> None:
    data = long_film.read_bytes()
    with pytest.raises(SourceError, match="incomplete"):
        VideoSource(write(tmp_path / "unfinished.mp4", data[: data.index(b"moov") - 4]))


def test_ffmpeg_prints_nothing(
    long_film: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    read(truncated(long_film, tmp_path / "cut.mp4"))
    with pytest.raises(SourceError):
        VideoSource(write(tmp_path / "text.mp4", b"hello " * 500))
    assert capfd.readouterr() == ("", "")


# --- the thread ----------------------------------------------------------------------------------


def test_stopping_early_ends_the_thread(long_film: Path) -> None:
    with VideoSource(long_film) as source:
        for frame in source:
            if frame.index == 2:
                break
        assert decoding_threads()
    assert not decoding_threads()
    assert source.info.frames == 3


def test_an_interrupt_ends_the_thread(long_film: Path) -> None:
    def interrupted() -> None:
        with VideoSource(long_film) as source:
            for _ in source:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not decoding_threads()


def test_info_is_available_after_closing(long_film: Path, tmp_path: Path) -> None:
    with VideoSource(truncated(long_film, tmp_path / "cut.mp4")) as source:
        list(source)
        while_open = source.info
    assert source.info == while_open
    assert source.info.frames_dropped > 0


def test_closing_twice_or_before_reading_is_harmless(film: Path) -> None:
    source = VideoSource(film)
    source.close()
    source.close()


# --- the timeline --------------------------------------------------------------------------------


def timeline(times_s: list[float], tick_s: float = 1e-5) -> Timeline:
    line = Timeline(tick_s)
    for t_s in times_s:
        line.add(t_s, 0.0)
    return line


def test_the_frame_interval_is_exact_on_a_millisecond_clock() -> None:
    line = timeline([round(i / 29.97, 3) for i in range(1000)], tick_s=0.001)
    assert 1 / line.step_s == pytest.approx(29.97, abs=0.01)
    assert not line.is_variable


def test_one_lost_frame_does_not_make_the_rate_variable() -> None:
    line = timeline([i / 30 for i in range(100) if i != 50])
    assert not line.is_variable
    assert 1 / line.step_s == pytest.approx(30)


def test_a_rate_that_halves_midway_is_variable() -> None:
    line = timeline([i / 60 for i in range(60)] + [1 + i / 30 for i in range(30)])
    assert line.is_variable


def test_a_timeline_of_no_or_one_frame() -> None:
    assert (timeline([]).step_s, timeline([]).is_variable) == (0.0, False)
    assert timeline([0.0]).step_s == 0.0


@pytest.mark.parametrize(("values", "expected"), [([], 0), ([5], 5), ([1, 9, 9], 9), ([1, 2], 1)])
def test_median_of_counted_values(values: list[int], expected: int) -> None:
    assert _median(Counter(values)) == expected


# --- several streams -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wide_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return card_film(tmp_path_factory.mktemp("films") / "wide.mp4", AT_30_HZ, size_px=(96, 64))


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
@pytest.mark.parametrize(
    ("default", "size_px", "says"), [(0, (64, 96), "number 1"), (1, (96, 64), "number 2")]
)
def test_the_stream_marked_as_default_is_read_and_named(
    film: Path,
    wide_film: Path,
    tmp_path: Path,
    ending: str,
    default: int,
    size_px: tuple[int, int],
    says: str,
) -> None:
    both = with_streams([film, wide_film], tmp_path / f"both.{ending}", default=default)
    frames, info = read(both)
    assert_shows_card(frames[0].image, size_px)
    assert len(frames) == 20
    assert info.remarks == (
        f"The film has 2 video streams; {says} was measured, the one marked as default.",
    )


def test_without_a_mark_the_better_picture_is_read(
    film: Path, wide_film: Path, tmp_path: Path
) -> None:
    short = beginning(wide_film, 0.1, tmp_path / "short.mp4")
    both = with_streams([short, film], tmp_path / "both.mkv", default=None)
    frames, info = read(both)
    assert_shows_card(frames[0].image)
    assert info.remarks == ("The film has 2 video streams; number 2 was measured.",)


def test_a_single_stream_needs_no_remark(film: Path) -> None:
    assert read(film)[1].remarks == ()


# --- high dynamic range ----------------------------------------------------------------------

GREY_CARD, PAPER = 26.0, 203.0
"""Light of an 18 % grey card and of white paper, in cd/m2 (BT.2408, table 1)."""
SIGNALS = {ColorTrc.ARIB_STD_B67: (0.38, 0.75), ColorTrc.SMPTE2084: (0.38, 0.58)}
"""What they are in HLG and PQ, from the same table."""


@pytest.mark.parametrize("transfer", SIGNALS)
@pytest.mark.parametrize("size_px", [(64, 96), (66, 94)])
def test_a_film_of_high_range_is_shown_as_on_an_ordinary_screen(
    transfer: ColorTrc, size_px: tuple[int, int], tmp_path: Path
) -> None:
    width, height = size_px
    signal = np.zeros((height, width, 3))
    signal[: height // 2], signal[height // 2 :] = SIGNALS[transfer]
    signal[:, : width // 4] = 0.0
    stored = (255 * signal).round().astype(np.uint8)
    target = tmp_path / "high.mkv"
    write_film(
        target,
        [(i / 30, stored) for i in range(3)],
        codec="ffv1",
        pix_fmt="yuv420p10le",
        transfer=transfer,
    )
    frames, info = read(target)
    assert len(frames) == 3
    assert info.warnings == ()
    for frame in frames:
        assert frame.image.shape == (height, width, 3)
        grey, paper = frame.image[8, -8], frame.image[-8, -8]
        assert np.ptp(grey) <= 3
        assert np.ptp(paper) <= 3
        # A grey card as everywhere on an ordinary screen, and paper nearly white.
        assert grey.mean() == pytest.approx(255 * (GREY_CARD / PAPER) ** (1 / 2.4), abs=5)
        assert 215 <= paper.mean() <= 245
        assert frame.image[8, 4].max() <= 4


def test_a_turned_film_of_high_range_is_turned_after_that(tmp_path: Path) -> None:
    target = tmp_path / "high.mkv"
    stored = np.rot90(card(), 1)
    how: dict[str, Any] = {"codec": "ffv1", "pix_fmt": "yuv420p10le"}
    write_film(target, [(0.0, stored)], transfer=ColorTrc.ARIB_STD_B67, **how)
    frames, _ = read(target, turn_deg=90)
    assert frames[0].image.shape == card().shape
    red, green, blue = (frames[0].image[y, x].argmax() for y, x in ((9, 9), (9, -9), (-9, 9)))
    assert (red, green, blue) == (0, 1, 2)


@pytest.mark.parametrize("transfer", [ColorTrc.BT709, ColorTrc.BT2020_10])
def test_other_films_are_left_as_they_are(transfer: ColorTrc, tmp_path: Path) -> None:
    how: dict[str, Any] = {"codec": "ffv1", "pix_fmt": "yuv420p10le"}
    target = write_film(
        tmp_path / "film.mkv", [(0.0, card(level=card_level(0)))], transfer=transfer, **how
    )
    assert_shows_card(read(target)[0][0].image)


@pytest.mark.parametrize(
    ("transfer", "decoded"),
    [(ColorTrc.ARIB_STD_B67, hlg_to_nits), (ColorTrc.SMPTE2084, pq_to_nits)],
)
def test_signals_are_the_light_that_the_standard_gives(
    transfer: ColorTrc, decoded: Callable[[FloatArray], FloatArray]
) -> None:
    """BT.2408 rounds the signals to a hundredth."""
    for signal, nits in zip(SIGNALS[transfer], (GREY_CARD, PAPER), strict=True):
        low, high = (decoded(np.full(3, signal + by))[0] for by in (-0.006, 0.006))
        assert low < nits < high
    assert decoded(np.ones(3))[0] == pytest.approx(
        10_000 if transfer is ColorTrc.SMPTE2084 else PEAK_NITS, rel=1e-3
    )
    assert decoded(np.zeros(3))[0] == pytest.approx(0.0, abs=1e-9)


def test_pq_is_its_own_inverse() -> None:
    nits = np.array([0.01, 1.0, 203.0, 1000.0, 9_000.0])
    assert_allclose(pq_to_nits(nits_to_pq(nits)), nits, rtol=1e-6)


def test_highlights_are_compressed_and_the_rest_stays() -> None:
    nits = np.linspace(0.0, 4_000.0, 400)
    shown = compressed_nits(nits)
    assert np.all(np.diff(shown) >= -1e-6)
    assert shown.max() == pytest.approx(PAPER, rel=1e-3)
    dark = nits < 90
    assert_allclose(shown[dark], nits[dark], rtol=1e-6, atol=1e-6)


# --- false headers -------------------------------------------------------------------------------


def test_frames_that_become_too_large_with_square_pixels_are_rejected(tmp_path: Path) -> None:
    wide = card_film(
        tmp_path / "wide.mp4", [0.0, 0.1], size_px=(6_000, 16), pixel_aspect=Fraction(4)
    )
    with pytest.raises(SourceError, match="24000 x 16 pixels"):
        VideoSource(wide)


def test_no_frame_above_the_size_limit_is_decoded(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A header may announce small frames in a stream of large ones: the decoder is limited."""
    monkeypatch.setattr("formcheck.video.film._check_size", lambda *_: None)
    monkeypatch.setattr("formcheck.video.film._MAX_FRAME_PX", 1_000)
    with pytest.raises(SourceError, match="no frame of"):
        VideoSource(film)


class LateStream:
    """A container in which PyAV reads a packet of a stream that it does not know."""

    def __init__(self, packets: list[Any]) -> None:
        self._packets = iter(packets)

    def demux(self, stream: object) -> Iterator[Any]:
        del stream
        for packet in self._packets:
            if packet is None:
                raise IndexError("list index out of range")
            yield packet


def test_a_stream_that_starts_late_is_skipped() -> None:
    first, second = SimpleNamespace(size=5), SimpleNamespace(size=7)
    problems = _ReadProblems()
    container = cast(Any, LateStream([None, first, None, None, second]))
    assert list(_packets(container, cast(Any, None), problems)) == [first, second, None]
    assert not problems.ended_early


def test_a_film_of_our_own_can_be_read_from_a_later_time(tmp_path: Path) -> None:
    path = tmp_path / "annotated.mp4"
    with VideoWriter(path, (64, 64)) as writer:
        for n in range(600):
            writer.write(np.full((64, 64, 3), n % 250, dtype=np.uint8), 0.04 * n + 0.2 * (n > 0))
    with VideoSource(path) as whole, VideoSource(path, from_s=20.0) as later:
        every = {round(frame.t_s, 4): frame.image for frame in whole}
        found = list(later)
    times = [round(frame.t_s, 4) for frame in found]
    assert 0.0 < times[0] <= 20.0, "what is long before is not decoded"
    assert times == [t_s for t_s in every if t_s >= times[0]]
    assert all(np.array_equal(frame.image, every[round(frame.t_s, 4)]) for frame in found)
