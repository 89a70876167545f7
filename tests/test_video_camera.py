from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from films import card, card_film
from films import mirrored as mirrored_copy
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from scripted_camera import (
    FakeClock,
    Frames,
    Hang,
    ScriptedCamera,
    ScriptedSource,
    Stall,
    Step,
    Unplugged,
    number_of,
    numbered,
)

from formcheck.data.arrays import ImageArray
from formcheck.data.errors import SourceError, UsageError
from formcheck.data.frame import Frame, SourceInfo
from formcheck.video.camera import (
    CameraSource,
    FoundCamera,
    PlayedFilmSource,
    Waiting,
    camera_source,
    list_cameras,
    open_camera,
    open_capture,
)
from formcheck.video.camera.address import display_name
from formcheck.video.camera.frame_buffer import MAX_WAITING, LatestFrameBuffer
from formcheck.video.film import VideoSource


def play(
    *script: Step, on_wait: Callable[[Waiting], None] | None = None, mirrored: bool = False
) -> tuple[list[Frame], SourceInfo]:
    with ScriptedSource(ScriptedCamera(*script), on_wait=on_wait, mirrored=mirrored) as source:
        frames = list(source)
        return frames, source.info


def times(frames: list[Frame]) -> list[float]:
    return [frame.t_s for frame in frames]


def camera_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "camera"]


# --- a camera that works -------------------------------------------------------------------------


@pytest.mark.parametrize("rate_hz", [5.0, 30.0])
def test_every_frame_at_the_time_it_was_taken(rate_hz: float) -> None:
    frames, info = play(Frames(20, rate_hz))
    assert_allclose(times(frames), np.arange(20) / rate_hz, atol=1e-9)
    assert [number_of(frame.image) for frame in frames] == list(range(20))
    assert [frame.index for frame in frames] == list(range(20))
    assert (info.kind, info.name, info.width, info.height) == ("camera", "camera 0", 64, 48)
    assert (info.frames, info.frames_dropped, info.warnings) == (20, 0, ())
    assert info.frame_rate_hz == pytest.approx(rate_hz, rel=0.02)
    assert info.duration_s == pytest.approx(20 / rate_hz, rel=0.02)
    assert not info.variable_frame_rate


def test_the_moment_of_capture_is_on_the_clock_that_was_given() -> None:
    frames, _ = play(Frames(3))
    assert_allclose([frame.captured_s - frames[0].captured_s for frame in frames], times(frames))
    assert frames[0].captured_s >= FakeClock().now_s


def test_frames_that_waited_too_long_give_way_to_newer_ones_and_are_counted() -> None:
    camera = ScriptedCamera(Frames(1), Frames(1), Frames(6, burst=True), Frames(2))
    numbers = []
    with ScriptedSource(camera) as source:
        for frame in source:
            numbers.append(number_of(frame.image))
            if frame.index == 1:
                camera.used()
                assert camera.burst_over.wait(5)
    assert numbers == [0, 1, 6, 7, 8, 9]  # 2 to 5 came more than a tenth of a second before 6
    assert source.info.frames == 6
    assert source.info.frames_dropped == 4


def test_of_a_burst_the_newest_is_left() -> None:
    buffer = LatestFrameBuffer(FakeClock())
    buffer.begin()
    for number in range(MAX_WAITING + 1):
        buffer.put(numbered(number))
    captured = buffer.take(0)
    assert captured is not None
    assert number_of(captured.image) == MAX_WAITING
    assert buffer.dropped == MAX_WAITING


def buffer_with_three_frames(clock: FakeClock) -> LatestFrameBuffer:
    """Pictures 0, 1 and 2, 0.03 s apart."""
    buffer = LatestFrameBuffer(clock)
    buffer.begin()
    for number in range(3):
        clock.now_s += 0.03
        buffer.put(numbered(number))
    return buffer


def test_pictures_wait_through_a_short_delay() -> None:
    buffer = buffer_with_three_frames(FakeClock())
    taken = [buffer.take(0) for _ in range(3)]
    assert [number_of(captured.image) for captured in taken if captured] == [0, 1, 2]
    assert (buffer.has_frame, buffer.dropped) == (False, 0)


def test_after_a_long_delay_only_the_newest_is_left() -> None:
    clock = FakeClock()
    buffer = buffer_with_three_frames(clock)
    clock.now_s += 0.08
    captured = buffer.take(0)
    assert captured is not None
    assert number_of(captured.image) == 2
    assert (buffer.has_frame, buffer.dropped) == (False, 2)


def test_what_the_camera_sends_after_the_end_changes_nothing() -> None:
    clock = FakeClock()
    buffer = LatestFrameBuffer(clock)
    buffer.begin()
    for _ in range(3):
        buffer.put(numbered(0))
        clock.now_s += 0.06
    buffer.end()
    clock.now_s += 60
    buffer.put(numbered(0))
    buffer.end()
    assert (buffer.dropped, buffer.outages, buffer.take(0)) == (2, (), None)


def test_stop_from_a_sink_ends_the_session() -> None:
    with ScriptedSource(ScriptedCamera(Frames(100))) as source:
        for frame in source:
            if frame.index == 2:
                source.stop()
    assert source.info.frames == 3
    assert not camera_threads()


def test_pictures_before_the_session_do_not_count() -> None:
    reads = itertools.count()
    clock = FakeClock()

    class Busy:
        def read(self) -> ImageArray:
            clock.sleep(1 / 30)
            return numbered(next(reads) % 60_000)

        def close(self) -> None:
            pass

    with CameraSource(
        "0", open_capture=lambda _: Busy(), clock=clock, sleep=clock.sleep, poll_s=0.001
    ) as source:
        while (before := next(reads)) < 50:
            pass
        first = next(iter(source))
        assert first.t_s == 0
        assert number_of(first.image) > 50
        assert source.info.frames_dropped <= next(reads) - before


def test_a_mirrored_camera_is_turned_back() -> None:
    straight, _ = play(Frames(2))
    turned, info = play(Frames(2), mirrored=True)
    assert_array_equal(turned[1].image, straight[1].image[:, ::-1])
    assert turned[1].image.flags.c_contiguous
    assert info.mirrored


def test_a_picture_of_another_size_is_fitted_without_distorting_it() -> None:
    def upright_then_across(index: int) -> ImageArray:
        return np.full((48, 64, 3) if index < 2 else (64, 48, 3), 200, np.uint8)

    camera = ScriptedCamera(Frames(4), picture=upright_then_across)
    with ScriptedSource(camera) as source:
        frames = list(source)
    assert {frame.image.shape for frame in frames} == {(48, 64, 3)}
    lit = frames[3].image[..., 0] > 100
    assert lit.any(axis=1).sum() / lit.any(axis=0).sum() == pytest.approx(64 / 48, rel=0.05)
    assert source.info.warnings == (
        "the camera changed its frame size; 2 frames were scaled to the size of the first frame",
    )


def test_two_cameras_at_once() -> None:
    with (
        ScriptedSource(ScriptedCamera(Frames(5, 30.0)), "0") as one,
        ScriptedSource(ScriptedCamera(Frames(5, 10.0)), "1") as other,
    ):
        pairs = list(zip(one, other, strict=True))
        assert_allclose([b.t_s for _, b in pairs], [3 * a.t_s for a, _ in pairs], atol=1e-9)
        assert (one.info.name, other.info.name) == ("camera 0", "camera 1")
    assert not camera_threads()


def test_gives_its_frames_only_once() -> None:
    with ScriptedSource(ScriptedCamera(Frames(1))) as source:
        list(source)
        with pytest.raises(RuntimeError, match="only once"):
            list(source)


# --- a camera that fails -------------------------------------------------------------------------


def test_a_stall_is_told_while_it_lasts_and_noted_after_it() -> None:
    told: list[Waiting] = []
    frames, info = play(Frames(30), Stall(10), Frames(30), on_wait=told.append)
    assert_allclose(np.diff(times(frames))[29], 10 + 1 / 30, atol=1e-6)
    assert {waiting.reason for waiting in told} <= {"opening", "stalled"}
    waited_s = [waiting.for_s for waiting in told if waiting.reason == "stalled"]
    assert len(waited_s) >= 10
    assert waited_s == sorted(waited_s)
    assert waited_s[0] > 1
    assert waited_s[-1] > 8
    assert info.warnings == ("the camera sent no frames from 1 s to 11 s",)
    assert (info.frames, info.frames_dropped) == (60, 0)


def test_a_slow_camera_is_no_outage() -> None:
    told: list[Waiting] = []
    _, info = play(Frames(10, 1.5), on_wait=told.append)
    assert info.warnings == ()
    assert {waiting.reason for waiting in told} <= {"opening"}


def test_a_camera_pulled_and_put_back_goes_on_in_the_same_session() -> None:
    told: list[Waiting] = []
    camera = ScriptedCamera(Frames(30), Unplugged(7), Frames(30))
    with ScriptedSource(camera, on_wait=told.append) as source:
        frames = list(source)
    assert (np.diff(times(frames)) > 0).all()
    assert [frame.index for frame in frames] == list(range(60))
    gap_s = np.diff(times(frames))[29]
    assert 7 < gap_s < 7 + 2.1  # the longest time between two attempts
    assert camera.opened == camera.closed == 2
    assert "lost" in {waiting.reason for waiting in told}
    (words,) = source.info.warnings
    assert words == f"the camera was disconnected from 1 s to {1 + gap_s:.0f} s"


def test_one_damaged_picture_does_not_open_the_camera_again() -> None:
    camera = ScriptedCamera(Frames(5), Unplugged(0.1), Frames(5))
    with ScriptedSource(camera) as source:
        assert len(list(source)) == 10
    assert camera.opened == 1
    assert source.info.warnings == ()


def test_a_camera_that_does_not_come_back_is_noted_when_the_session_ends() -> None:
    def give_up(waiting: Waiting) -> None:
        if waiting.for_s > 20:
            source.stop()

    with ScriptedSource(ScriptedCamera(Frames(31), Unplugged(1e6)), on_wait=give_up) as source:
        assert len(list(source)) == 31
    (words,) = source.info.warnings
    assert words.startswith("the camera was disconnected from 1 s to 2")


def test_many_outages_are_summed_up() -> None:
    _, info = play(*(Frames(1), Stall(3)) * 9, Frames(1))
    assert len(info.warnings) == 6
    assert info.warnings[-1] == "the camera sent no frames 4 more times, 12 s in all"


def test_no_camera_is_refused_with_advice() -> None:
    def nothing(_: str) -> ScriptedCamera:
        raise SourceError("camera 7 cannot be opened", hint="plug it in")

    with pytest.raises(SourceError, match="camera 7 cannot be opened"):
        CameraSource("7", open_capture=nothing)
    assert not camera_threads()


def test_a_camera_that_opens_and_shows_nothing_is_refused() -> None:
    clock = FakeClock()
    told: list[Waiting] = []

    class Dark:
        def read(self) -> None:
            clock.sleep(0.1)

        def close(self) -> None:
            pass

    with pytest.raises(SourceError, match="camera 3 sends no frames") as refused:
        CameraSource(
            "3",
            open_capture=lambda _: Dark(),
            on_wait=told.append,
            clock=clock,
            sleep=clock.sleep,
            poll_s=0.001,
        )
    assert "List the cameras" in refused.value.hint
    assert "formcheck doctor" in refused.value.hint
    assert {waiting.reason for waiting in told} == {"opening"}
    assert not camera_threads()


def test_a_mistake_in_the_driver_is_raised_where_frames_are_taken() -> None:
    def broken(index: int) -> ImageArray:
        return numbered(index) if index < 3 else numbered(1 // (index - 3))

    with (
        ScriptedSource(ScriptedCamera(Frames(9), picture=broken)) as source,
        pytest.raises(ZeroDivisionError),
    ):
        list(source)
    assert not camera_threads()


# --- stopping ------------------------------------------------------------------------------------


def test_stop_ends_the_session_while_nothing_comes() -> None:
    def stop(waiting: Waiting) -> None:
        if waiting.reason == "stalled":
            source.stop()

    with ScriptedSource(ScriptedCamera(Frames(4), Stall(1e6)), on_wait=stop) as source:
        assert len(list(source)) == 4


def test_a_read_that_hangs_does_not_hang_close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_source, "_THREAD_STOP_S", 0.05)
    camera = ScriptedCamera(Frames(2), Hang())
    source = ScriptedSource(camera)
    frames = iter(source)
    next(frames)
    next(frames)
    camera.used()
    assert camera.hanging.wait(5)
    CameraSource.close(source)
    assert camera_threads()  # left behind, and ends when the read comes back
    assert camera.opened - camera.closed == 1
    source.close()
    assert camera.opened == camera.closed


def test_an_interrupt_while_waiting_frees_the_camera() -> None:
    def interrupt(waiting: Waiting) -> None:
        if waiting.reason == "stalled":
            raise KeyboardInterrupt

    camera = ScriptedCamera(Frames(4), Stall(3))
    with (
        pytest.raises(KeyboardInterrupt),
        ScriptedSource(camera, on_wait=interrupt) as source,
    ):
        list(source)
    assert camera.closed == 1
    assert not camera_threads()


# --- a film as a camera --------------------------------------------------------------------------

FILM_TIMES_S = [0, 0.1, 0.2, 0.5, 0.6, 2.6, 2.7]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return card_film(tmp_path_factory.mktemp("films") / "card.mp4", FILM_TIMES_S)


@pytest.mark.parametrize("paced", [True, False])
def test_a_film_played_without_loss_is_the_film(film: Path, paced: bool) -> None:
    clock = FakeClock()
    with VideoSource(film) as read:
        expected = list(read)
    with PlayedFilmSource(
        film, lossless=True, paced=paced, clock=clock, sleep=clock.sleep
    ) as played:
        frames = []
        for frame in played:
            frames.append(frame)
            clock.now_s += 0.25  # too slow for the film; nothing is lost all the same
    assert times(frames) == times(expected)
    for one, other in zip(frames, expected, strict=True):
        assert_array_equal(one.image, other.image)
    assert played.info.kind == "camera"
    assert (played.info.name, played.info.frames, played.info.frames_dropped) == ("card.mp4", 7, 0)
    assert played.info.frame_rate_hz == read.info.frame_rate_hz


def test_a_played_film_keeps_its_pace(film: Path) -> None:
    clock = FakeClock()
    with PlayedFilmSource(film, lossless=False, clock=clock, sleep=clock.sleep) as played:
        given = [(frame, clock.now_s) for frame in played]
    assert_allclose([now_s - 1_000 for _, now_s in given], FILM_TIMES_S, atol=1e-3)
    assert_allclose([frame.captured_s for frame, _ in given], [now_s for _, now_s in given])
    assert played.info.frames_dropped == 0


def test_a_played_film_drops_what_is_late_and_counts_it(film: Path) -> None:
    clock = FakeClock()
    frames = []
    with PlayedFilmSource(film, lossless=False, clock=clock, sleep=clock.sleep) as played:
        for frame in played:
            frames.append(frame)
            clock.now_s += 0.35
    assert_allclose(times(frames), [0, 0.2, 0.6, 2.6, 2.7], atol=1e-4)
    assert [frame.index for frame in frames] == list(range(5))
    assert (played.info.frames, played.info.frames_dropped) == (5, 2)


def test_a_pause_in_a_played_film_is_told(film: Path) -> None:
    clock = FakeClock()
    told: list[Waiting] = []
    with PlayedFilmSource(
        film, lossless=True, on_wait=told.append, clock=clock, sleep=clock.sleep
    ) as played:
        list(played)
    assert 5 < len(told) < 15
    assert {waiting.reason for waiting in told} == {"stalled"}


def test_a_played_film_can_be_stopped(film: Path) -> None:
    clock = FakeClock()
    with PlayedFilmSource(film, lossless=True, clock=clock, sleep=clock.sleep) as played:
        for frame in played:
            if frame.index == 2:
                played.stop()
    assert played.info.frames == 3


def test_a_mirrored_film_is_turned_back(film: Path, tmp_path: Path) -> None:
    selfie = mirrored_copy(film, tmp_path / "selfie.mp4")
    with open_camera(str(selfie), mirrored=True, lossless=True, paced=False) as played:
        first = next(iter(played))
    assert first.image[10, 10].argmax() == 0  # red is in the upper left again


def test_a_film_may_not_be_hurried_and_lose_frames(film: Path) -> None:
    with pytest.raises(ValueError, match="lossless"):
        PlayedFilmSource(film, lossless=False, paced=False)


# --- a stream ------------------------------------------------------------------------------------


class _Phone(BaseHTTPRequestHandler):
    """Sends motion JPEG over HTTP, as phones do; hangs up on the first who asks."""

    connections = 0

    def do_GET(self) -> None:
        _Phone.connections += 1
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
        self.end_headers()
        picture = BytesIO()
        Image.fromarray(card(320, 240)).save(picture, "JPEG")
        data = picture.getvalue()
        head = b"--next\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(data)
        for _ in range(30 if _Phone.connections == 1 else 2_000):
            try:
                self.wfile.write(head + data + b"\r\n")
            except OSError:
                return
            time.sleep(0.01)

    def log_message(self, *_: object) -> None:
        pass


def test_a_phone_that_hangs_up_is_asked_again(capfd: pytest.CaptureFixture[str]) -> None:
    phone = ThreadingHTTPServer(("127.0.0.1", 0), _Phone)
    serving = threading.Thread(target=phone.serve_forever, args=(0.01,))
    serving.start()
    try:
        told: list[Waiting] = []
        with open_camera(
            f"http://me:secret@127.0.0.1:{phone.server_port}/video", on_wait=told.append
        ) as source:
            for frame in source:
                assert_shows_card(frame.image)
                if _Phone.connections == 2:
                    source.stop()
        assert {waiting.reason for waiting in told} >= {"lost"}
        assert source.info.name == f"http://127.0.0.1:{phone.server_port}/video"
        assert (source.info.width, source.info.height) == (320, 240)
    finally:
        phone.shutdown()
        phone.server_close()
        serving.join()
    assert capfd.readouterr() == ("", "")


def assert_shows_card(image: ImageArray) -> None:
    assert np.abs(image.astype(int) - card(320, 240)).mean() < 6


# --- addresses -----------------------------------------------------------------------------------


def test_a_missing_film_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no file"):
        open_camera(str(tmp_path / "gone.mp4"))


def test_an_address_that_no_camera_has_is_refused() -> None:
    with pytest.raises(UsageError, match="'ftp'") as refused:
        open_camera("ftp://example.org/film.mp4")
    assert "rtsp://" in refused.value.hint


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("0", "camera 0"),
        ("rtsp://user:secret@10.0.0.2:554/live?token=1", "rtsp://10.0.0.2:554/live"),
        ("http://phone.local:8080/video", "http://phone.local:8080/video"),
        ("http://x/a\nb", "http://x/ab"),
    ],
)
def test_a_name_tells_no_secret(address: str, name: str) -> None:
    assert display_name(address) == name


def test_a_stream_that_does_not_answer_asks_about_the_phone() -> None:
    with pytest.raises(SourceError, match=r"^rtsp://127\.0\.0\.1:9/x cannot") as refused:
        open_capture("rtsp://127.0.0.1:9/x")
    assert "phone" in refused.value.hint
    assert "List the cameras" not in refused.value.hint


def test_a_device_that_is_not_there_is_refused_in_silence(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SourceError, match="camera 97 cannot be opened") as refused:
        open_camera("97")
    assert "List the cameras" in refused.value.hint
    assert capfd.readouterr() == ("", "")


def test_linux_tells_names_and_which_devices_give_pictures(tmp_path: Path) -> None:
    for number, name, index in [(10, "Phone", "0"), (0, "Web\tcam", "0"), (1, "Webcam", "1")]:
        device = tmp_path / f"video{number}"
        device.mkdir()
        (device / "name").write_text(f"{name}\n")
        (device / "index").write_text(f"{index}\n")
    from formcheck.video.camera.driver import _linux_cameras

    assert _linux_cameras(tmp_path) == (
        FoundCamera(0, "Web\N{REPLACEMENT CHARACTER}cam"),
        FoundCamera(10, "Phone"),
    )
    assert _linux_cameras(tmp_path / "gone") == ()


def test_listing_cameras_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    assert isinstance(list_cameras(), tuple)
    assert capfd.readouterr() == ("", "")
