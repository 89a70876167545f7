from __future__ import annotations

import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from clips.films import card, card_level, frame_times, read_film
from numpy.testing import assert_allclose

from formcheck.data.arrays import ImageArray
from formcheck.data.errors import OutputError
from formcheck.video.encoder import VideoWriter

TIMES_S = [0.0, 0.033, 0.1, 0.15, 0.4, 0.433]


def write_cards(path: Path, times_s: list[float], size_px: tuple[int, int] = (64, 96)) -> Path:
    with VideoWriter(path, size_px) as writer:
        for index, t_s in enumerate(times_s):
            writer.write(card(*size_px, level=card_level(index)), t_s)
    return path


def noise_frames(count: int, size_px: tuple[int, int] = (320, 240)) -> Iterator[ImageArray]:
    rng = np.random.default_rng(0)
    for _ in range(count):
        yield rng.integers(0, 255, (size_px[1], size_px[0], 3), dtype=np.uint8)


def encoding_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "encode"]


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """Writing a file beyond ``size`` bytes fails, as on a full disk."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)


def test_every_frame_keeps_its_time(tmp_path: Path) -> None:
    film = write_cards(tmp_path / "out.mp4", TIMES_S)
    frames = list(read_film(film))
    assert_allclose([t_s for t_s, _ in frames], TIMES_S, atol=1e-4)
    for index, (_, picture) in enumerate(frames):
        expected = card(level=card_level(index))
        # Away from the edges between colours, which 4:2:0 subsampling blurs.
        difference = np.abs(picture.astype(int) - expected)[8:40, 8:24]
        assert difference.max() < 12
        assert picture[-16:, -16:].mean() == pytest.approx(card_level(index), abs=4)


def test_many_frames_are_all_written(tmp_path: Path) -> None:
    times_s = [i / 30 for i in range(90)]
    assert_allclose(frame_times(write_cards(tmp_path / "out.mp4", times_s)), times_s, atol=1e-4)


def test_browsers_and_phones_can_play_the_format(tmp_path: Path) -> None:
    film = write_cards(tmp_path / "out.mp4", TIMES_S)
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.pix_fmt == "yuv420p"
        assert (stream.colorspace, stream.color_range) == (6, 1)  # BT.601, limited
        assert not container.streams.audio
    data = film.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # can be played while it loads


def test_odd_sizes_lose_their_last_column_and_row(tmp_path: Path) -> None:
    film = write_cards(tmp_path / "odd.mp4", TIMES_S, size_px=(63, 95))
    assert next(read_film(film))[1].shape == (94, 62, 3)


def test_an_older_film_is_replaced_only_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    target.write_text("older")
    writer = VideoWriter(target, (64, 96))
    writer.write(card(), 0.0)
    assert target.read_text() == "older"
    assert [p.name for p in tmp_path.iterdir() if p != target] == [".out.mp4.partial"]
    writer.finish()
    assert list(tmp_path.iterdir()) == [target]
    assert frame_times(target) == [0.0]


def test_abort_leaves_no_file(tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "out.mp4", (64, 96))
    writer.write(card(), 0.0)
    writer.abort()
    writer.abort()
    assert list(tmp_path.iterdir()) == []
    assert not encoding_threads()


def test_abort_after_finish_keeps_the_film(tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "out.mp4", (64, 96))
    writer.write(card(), 0.0)
    writer.finish()
    writer.finish()
    writer.abort()
    assert frame_times(tmp_path / "out.mp4") == [0.0]


def test_an_error_in_the_block_aborts(tmp_path: Path) -> None:
    def interrupted() -> None:
        with VideoWriter(tmp_path / "out.mp4", (64, 96)) as writer:
            writer.write(card(), 0.0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []
    assert not encoding_threads()


def test_without_frames_no_film_is_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no frames"):
        VideoWriter(tmp_path / "out.mp4", (64, 96)).finish()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"missing/out\.mp4' cannot be written"):
        VideoWriter(tmp_path / "missing" / "out.mp4", (64, 96))


def test_a_target_that_is_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "out.mp4").mkdir()
    with pytest.raises(OutputError, match=r"out\.mp4"):
        write_cards(tmp_path / "out.mp4", TIMES_S)
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]


@pytest.mark.parametrize("limit", [0, 5_000, 100_000])
def test_a_full_disk_is_reported_and_leaves_no_file(tmp_path: Path, limit: int) -> None:
    def write_noise() -> None:
        with VideoWriter(tmp_path / "out.mp4", (320, 240)) as writer:
            for index, picture in enumerate(noise_frames(40)):
                writer.write(picture, index / 30)

    with files_limited_to(limit), pytest.raises(OutputError, match=r"out\.mp4' cannot be written"):
        write_noise()
    assert list(tmp_path.iterdir()) == []
    assert not encoding_threads()


def test_a_disk_that_fills_at_the_last_bytes_is_reported(tmp_path: Path) -> None:
    whole = write_cards(tmp_path / "whole.mp4", TIMES_S).stat().st_size
    # On a busy machine the encoder's threads share the work otherwise, and a film differs by bytes.
    for missing in (200, 400, 800):
        with files_limited_to(whole - missing), pytest.raises(OutputError):
            write_cards(tmp_path / "out.mp4", TIMES_S)
    assert [p.name for p in tmp_path.iterdir()] == ["whole.mp4"]


def test_a_frame_of_another_size_is_rejected(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "out.mp4", (64, 96)) as writer:
        writer.write(card(), 0.0)
        with pytest.raises(ValueError, match="Expected a frame of"):
            writer.write(card(32, 32), 0.1)


def test_the_encoder_prints_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_cards(tmp_path / "out.mp4", TIMES_S)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("height", [96, 98, 100, 102])
def test_colours_are_not_shifted_at_any_even_height(tmp_path: Path, height: int) -> None:
    picture = np.zeros((height, 64, 3), np.uint8)
    picture[: height // 2] = (200, 30, 30)
    picture[height // 2 :] = (30, 30, 200)
    path = tmp_path / "film.mp4"
    with VideoWriter(path, (64, height)) as writer:
        for index in range(5):
            writer.write(picture, index / 30)
        writer.finish()
    with av.open(str(path)) as container:
        seen = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)
    assert np.abs(seen[4 : height // 2 - 4] - (200, 30, 30)).max() < 40
    assert np.abs(seen[height // 2 + 4 : -4] - (30, 30, 200)).max() < 40


def test_a_gap_of_hours_is_shortened_to_one_hour(tmp_path: Path) -> None:
    times_s = [0.0, 0.1, 36_000.0, 36_000.1]
    write_cards(tmp_path / "gap.mp4", times_s)
    assert_allclose(frame_times(tmp_path / "gap.mp4"), [0.0, 0.1, 3_600.1, 3_600.2], atol=1e-3)


def test_the_first_picture_is_shown_from_the_beginning(tmp_path: Path) -> None:
    """Of a film whose picture starts late: a player's clock begins with the first picture."""
    target = tmp_path / "film.mp4"
    with VideoWriter(target, (64, 96)) as writer:
        for i in range(5):
            writer.write(card(level=card_level(i)), 0.5 + i / 30)
    with av.open(str(target)) as container:
        shown = [frame.time for frame in container.decode(video=0)]
    assert shown == pytest.approx([0.0, *(0.5 + i / 30 for i in range(1, 5))], abs=1e-3)
