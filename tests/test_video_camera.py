from __future__ import annotations

import base64
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips.films import card, card_film
from clips.films import mirrored as mirrored_copy
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
from formcheck.video import camera as camera_room
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
from formcheck.video.camera.diagnosis import stream_problem
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
def test_every_frame_has_its_capture_time(rate_hz: float) -> None:
    frames, info = play(Frames(20, rate_hz))
    assert_allclose(times(frames), np.arange(20) / rate_hz, atol=1e-9)
    assert [number_of(frame.image) for frame in frames] == list(range(20))
    assert [frame.index for frame in frames] == list(range(20))
    assert (info.kind, info.name, info.width, info.height) == ("camera", "camera 0", 64, 48)
    assert (info.frames, info.frames_dropped, info.warnings) == (20, 0, ())
    assert info.frame_rate_hz == pytest.approx(rate_hz, rel=0.02)
    assert info.duration_s == pytest.approx(20 / rate_hz, rel=0.02)
    assert not info.variable_frame_rate


def test_capture_times_are_on_the_given_clock() -> None:
    frames, _ = play(Frames(3))
    assert_allclose([frame.captured_s - frames[0].captured_s for frame in frames], times(frames))
    assert frames[0].captured_s >= FakeClock().now_s


def test_frames_that_waited_too_long_are_dropped_and_counted() -> None:
    camera = ScriptedCamera(Frames(1), Frames(1), Frames(6, burst=True), Frames(2))
    numbers, before = [], []
    with ScriptedSource(camera) as source:
        for frame in source:
            numbers.append(number_of(frame.image))
            before.append(frame.dropped_before)
            if frame.index == 1:
                camera.mark_used()
                assert camera.burst_over.wait(5)
    assert numbers == [0, 1, 6, 7, 8, 9]  # 2 to 5 waited for more than a tenth of a second
    assert before == [0, 0, 4, 0, 0, 0]
    assert source.info.frames == 6
    assert source.info.frames_dropped == 4


def test_of_a_burst_only_the_latest_frame_is_kept() -> None:
    buffer = LatestFrameBuffer(FakeClock())
    buffer.begin()
    for number in range(MAX_WAITING + 1):
        buffer.put(numbered(number))
    captured = buffer.take(0)
    assert captured is not None
    assert number_of(captured.image) == MAX_WAITING
    assert buffer.dropped == MAX_WAITING


def buffer_with_three_frames(clock: FakeClock) -> LatestFrameBuffer:
    """Holds frames 0, 1 and 2, captured 0.03 s apart."""
    buffer = LatestFrameBuffer(clock)
    buffer.begin()
    for number in range(3):
        clock.now_s += 0.03
        buffer.put(numbered(number))
    return buffer


def test_how_long_the_next_frame_has_waited() -> None:
    clock = FakeClock()
    buffer = buffer_with_three_frames(clock)
    clock.now_s += 0.02
    waited_s = []
    for _ in range(4):
        waited_s.append(buffer.oldest_waited_s)
        buffer.take(0)
    assert_allclose(waited_s, [0.08, 0.05, 0.02, 0.0], atol=1e-9)


def test_the_way_over_a_network_is_no_wait() -> None:
    clock = FakeClock()
    buffer = LatestFrameBuffer(clock)
    buffer.begin()
    buffer.put(numbered(0), clock.now_s - 0.09)
    assert buffer.oldest_waited_s == 0.0
    clock.now_s += 0.005
    assert buffer.oldest_waited_s == pytest.approx(0.005)


def test_no_frame_is_dropped_in_a_short_delay() -> None:
    buffer = buffer_with_three_frames(FakeClock())
    taken = [buffer.take(0) for _ in range(3)]
    assert [number_of(captured.image) for captured in taken if captured] == [0, 1, 2]
    assert (buffer.has_frame, buffer.dropped) == (False, 0)


def test_after_a_long_delay_only_the_latest_frame_is_kept() -> None:
    clock = FakeClock()
    buffer = buffer_with_three_frames(clock)
    clock.now_s += 0.08
    captured = buffer.take(0)
    assert captured is not None
    assert number_of(captured.image) == 2
    assert (buffer.has_frame, buffer.dropped) == (False, 2)
    assert captured.dropped_before == 2


def test_frames_dropped_one_after_the_other_are_all_told_to_the_next_that_is_taken() -> None:
    clock = FakeClock()
    buffer = buffer_with_three_frames(clock)
    for number in (3, 4):
        clock.now_s += 0.2
        buffer.put(numbered(number))
    captured = buffer.take(0)
    assert captured is not None
    assert (number_of(captured.image), captured.dropped_before, buffer.dropped) == (4, 4, 4)


def test_frames_after_the_end_are_ignored() -> None:
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


def test_frames_before_the_session_are_not_counted() -> None:
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


@pytest.mark.parametrize("turn_deg", [90, 180, 270])
def test_a_camera_is_turned_before_it_is_flipped(turn_deg: int) -> None:
    plain, _ = play(Frames(2))
    with ScriptedSource(ScriptedCamera(Frames(2)), turn_deg=turn_deg, mirrored=True) as source:
        turned = list(source)
        info = source.info
    expected = np.rot90(plain[0].image, -turn_deg // 90)[:, ::-1]
    assert_array_equal(turned[0].image, expected)
    assert (info.height, info.width, info.turn_deg) == (*expected.shape[:2], turn_deg)


def test_a_mirrored_camera_is_flipped_back() -> None:
    straight, _ = play(Frames(2))
    flipped, info = play(Frames(2), mirrored=True)
    assert_array_equal(flipped[1].image, straight[1].image[:, ::-1])
    assert flipped[1].image.flags.c_contiguous
    assert info.mirrored


def test_a_frame_of_another_size_is_letterboxed_without_distortion() -> None:
    def upright_then_across(index: int) -> ImageArray:
        return np.full((48, 64, 3) if index < 2 else (64, 48, 3), 200, np.uint8)

    camera = ScriptedCamera(Frames(4), picture=upright_then_across)
    with ScriptedSource(camera) as source:
        frames = list(source)
    assert {frame.image.shape for frame in frames} == {(48, 64, 3)}
    lit = frames[3].image[..., 0] > 100
    assert lit.any(axis=1).sum() / lit.any(axis=0).sum() == pytest.approx(64 / 48, rel=0.05)
    assert source.info.warnings == (
        "the camera changed the size of its picture; 2 frames were scaled to the size of the first",
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


def test_frames_can_be_read_only_once() -> None:
    with ScriptedSource(ScriptedCamera(Frames(1))) as source:
        list(source)
        with pytest.raises(RuntimeError, match="only once"):
            list(source)


# --- a camera that fails -------------------------------------------------------------------------


def test_a_stall_is_reported_during_and_after_it() -> None:
    reported: list[Waiting] = []
    frames, info = play(Frames(30), Stall(10), Frames(30), on_wait=reported.append)
    assert_allclose(np.diff(times(frames))[29], 10 + 1 / 30, atol=1e-6)
    assert {waiting.reason for waiting in reported} <= {"opening", "stalled"}
    waited_s = [waiting.for_s for waiting in reported if waiting.reason == "stalled"]
    assert len(waited_s) >= 10
    assert waited_s == sorted(waited_s)
    assert waited_s[0] > 1
    assert waited_s[-1] > 8
    assert info.warnings == ("the camera sent no pictures from 1 s to 11 s",)
    assert (info.frames, info.frames_dropped) == (60, 0)


def test_a_low_frame_rate_is_not_an_outage() -> None:
    reported: list[Waiting] = []
    _, info = play(Frames(10, 1.5), on_wait=reported.append)
    assert info.warnings == ()
    assert {waiting.reason for waiting in reported} <= {"opening"}


def test_the_session_continues_after_a_camera_is_reconnected() -> None:
    reported: list[Waiting] = []
    camera = ScriptedCamera(Frames(30), Unplugged(7), Frames(30))
    with ScriptedSource(camera, on_wait=reported.append) as source:
        frames = list(source)
    assert (np.diff(times(frames)) > 0).all()
    assert [frame.index for frame in frames] == list(range(60))
    gap_s = np.diff(times(frames))[29]
    assert 7 < gap_s < 7 + 2.1  # plus the longest time between two attempts to open
    assert camera.opened == camera.closed == 2
    assert "lost" in {waiting.reason for waiting in reported}
    (warning,) = source.info.warnings
    assert warning == f"the camera was disconnected from 1 s to {1 + gap_s:.0f} s"


def test_a_damaged_frame_does_not_reopen_the_camera() -> None:
    camera = ScriptedCamera(Frames(5), Unplugged(0.1), Frames(5))
    with ScriptedSource(camera) as source:
        assert len(list(source)) == 10
    assert camera.opened == 1
    assert source.info.warnings == ()


def test_a_camera_that_stays_disconnected_is_reported_at_the_end() -> None:
    def give_up(waiting: Waiting) -> None:
        if waiting.for_s > 20:
            source.stop()

    with ScriptedSource(ScriptedCamera(Frames(31), Unplugged(1e6)), on_wait=give_up) as source:
        assert len(list(source)) == 31
    (warning,) = source.info.warnings
    assert warning.startswith("the camera was disconnected from 1 s to 2")


def test_many_outages_are_summarised() -> None:
    _, info = play(*(Frames(1), Stall(3)) * 9, Frames(1))
    assert len(info.warnings) == 6
    assert info.warnings[-1] == "the camera sent no pictures 4 more times, 12 s in all"


def test_a_missing_camera_is_an_error() -> None:
    def fail_to_open(_: str) -> ScriptedCamera:
        raise SourceError("camera 7 cannot be opened", hint="plug it in")

    with pytest.raises(SourceError, match="camera 7 cannot be opened"):
        CameraSource("7", open_capture=fail_to_open)
    assert not camera_threads()


def test_a_camera_that_sends_no_frames_is_an_error_with_a_hint() -> None:
    clock = FakeClock()
    reported: list[Waiting] = []

    class SilentCamera:
        def read(self) -> None:
            clock.sleep(0.1)

        def close(self) -> None:
            pass

    with pytest.raises(SourceError, match="camera 3 sends no pictures") as error:
        CameraSource(
            "3",
            open_capture=lambda _: SilentCamera(),
            on_wait=reported.append,
            clock=clock,
            sleep=clock.sleep,
            poll_s=0.001,
        )
    assert error.value.command == "doctor"
    assert {waiting.reason for waiting in reported} == {"opening"}
    assert not camera_threads()


def test_an_error_in_the_driver_is_raised_in_the_consumer() -> None:
    def failing_image(index: int) -> ImageArray:
        return numbered(index) if index < 3 else numbered(1 // (index - 3))

    with (
        ScriptedSource(ScriptedCamera(Frames(9), picture=failing_image)) as source,
        pytest.raises(ZeroDivisionError),
    ):
        list(source)
    assert not camera_threads()


# --- stopping ------------------------------------------------------------------------------------


def test_stop_ends_the_session_while_no_frame_arrives() -> None:
    def stop(waiting: Waiting) -> None:
        if waiting.reason == "stalled":
            source.stop()

    with ScriptedSource(ScriptedCamera(Frames(4), Stall(1e6)), on_wait=stop) as source:
        assert len(list(source)) == 4


def test_close_returns_while_a_read_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_source, "_THREAD_STOP_S", 0.05)
    camera = ScriptedCamera(Frames(2), Hang())
    source = ScriptedSource(camera)
    frames = iter(source)
    next(frames)
    next(frames)
    camera.mark_used()
    assert camera.hanging.wait(5)
    CameraSource.close(source)
    assert camera_threads()  # abandoned; it ends when the read returns
    assert camera.opened - camera.closed == 1
    source.close()
    assert camera.opened == camera.closed


def test_an_interrupt_while_waiting_releases_the_camera() -> None:
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
def test_a_film_played_losslessly_gives_the_same_frames_as_reading_it(
    film: Path, paced: bool
) -> None:
    clock = FakeClock()
    with VideoSource(film) as read:
        expected = list(read)
    with PlayedFilmSource(
        film, lossless=True, paced=paced, clock=clock, sleep=clock.sleep
    ) as played:
        frames = []
        for frame in played:
            frames.append(frame)
            clock.now_s += 0.25  # slower than the film: no frame may be dropped
    assert times(frames) == times(expected)
    for one, other in zip(frames, expected, strict=True):
        assert_array_equal(one.image, other.image)
    assert played.info.kind == "camera"
    assert (played.info.name, played.info.frames, played.info.frames_dropped) == ("card.mp4", 7, 0)
    assert played.info.frame_rate_hz == read.info.frame_rate_hz


def test_a_played_film_delivers_frames_at_their_times(film: Path) -> None:
    clock = FakeClock()
    with PlayedFilmSource(film, lossless=False, clock=clock, sleep=clock.sleep) as played:
        delivered = [(frame, clock.now_s) for frame in played]
    assert_allclose([now_s - 1_000 for _, now_s in delivered], FILM_TIMES_S, atol=1e-3)
    assert_allclose([frame.captured_s for frame, _ in delivered], [now_s for _, now_s in delivered])
    assert played.info.frames_dropped == 0


def test_a_played_film_drops_and_counts_late_frames(film: Path) -> None:
    clock = FakeClock()
    frames = []
    with PlayedFilmSource(film, lossless=False, clock=clock, sleep=clock.sleep) as played:
        for frame in played:
            frames.append(frame)
            clock.now_s += 0.35
    assert_allclose(times(frames), [0, 0.2, 0.6, 2.6, 2.7], atol=1e-4)
    assert [frame.index for frame in frames] == list(range(5))
    assert (played.info.frames, played.info.frames_dropped) == (5, 2)
    assert [frame.dropped_before for frame in frames] == [0, 1, 1, 0, 0]


@pytest.mark.parametrize("lossless", [False, True])
def test_only_where_frames_may_be_dropped_they_can_be_late(film: Path, lossless: bool) -> None:
    clock = FakeClock()
    late_s = []
    with PlayedFilmSource(film, lossless=lossless, clock=clock, sleep=clock.sleep) as played:
        late_s.append(played.late_s)
        for _ in played:
            clock.now_s += 0.14
            late_s.append(played.late_s)
    assert late_s[0] == late_s[-1] == 0.0, "before the first frame and after the last"
    if lossless:
        assert set(late_s) == {0.0}
    else:
        assert late_s[1] == pytest.approx(0.14 - FILM_TIMES_S[1], abs=1e-3)


def test_a_pause_in_a_played_film_is_reported(film: Path) -> None:
    clock = FakeClock()
    reported: list[Waiting] = []
    with PlayedFilmSource(
        film, lossless=True, on_wait=reported.append, clock=clock, sleep=clock.sleep
    ) as played:
        list(played)
    assert 5 < len(reported) < 15
    assert {waiting.reason for waiting in reported} == {"stalled"}


def test_a_played_film_can_be_stopped(film: Path) -> None:
    clock = FakeClock()
    with PlayedFilmSource(film, lossless=True, clock=clock, sleep=clock.sleep) as played:
        for frame in played:
            if frame.index == 2:
                played.stop()
    assert played.info.frames == 3


def test_a_film_that_is_played_is_turned(film: Path) -> None:
    with open_camera(
        str(film), turn_deg=90, remarks=("Turned.",), lossless=True, paced=False
    ) as played:
        first = next(iter(played))
        assert (played.info.turn_deg, played.info.remarks) == (90, ("Turned.",))
    with open_camera(str(film), lossless=True, paced=False) as played:
        assert_array_equal(first.image, np.rot90(next(iter(played)).image, -1))


def test_a_mirrored_film_is_flipped_back(film: Path, tmp_path: Path) -> None:
    selfie = mirrored_copy(film, tmp_path / "selfie.mp4")
    with open_camera(str(selfie), mirrored=True, lossless=True, paced=False) as played:
        first = next(iter(played))
    assert first.image[10, 10].argmax() == 0  # red is at the upper left again


def test_a_film_without_pacing_must_be_lossless(film: Path) -> None:
    with pytest.raises(ValueError, match="lossless"):
        PlayedFilmSource(film, lossless=False, paced=False)


# --- a stream ------------------------------------------------------------------------------------


class _Phone(BaseHTTPRequestHandler):
    """Sends motion JPEG over HTTP like a phone; closes the first connection early."""

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


def test_a_phone_that_disconnects_is_reconnected(capfd: pytest.CaptureFixture[str]) -> None:
    phone = ThreadingHTTPServer(("127.0.0.1", 0), _Phone)
    serving = threading.Thread(target=phone.serve_forever, args=(0.01,))
    serving.start()
    try:
        reported: list[Waiting] = []
        with open_camera(
            f"http://me:secret@127.0.0.1:{phone.server_port}/video", on_wait=reported.append
        ) as source:
            for frame in source:
                assert_shows_card(frame.image)
                if _Phone.connections == 2:
                    source.stop()
        assert {waiting.reason for waiting in reported} >= {"lost"}
        assert source.info.name == f"http://127.0.0.1:{phone.server_port}/video"
        assert (source.info.width, source.info.height) == (320, 240)
    finally:
        phone.shutdown()
        phone.server_close()
        serving.join(60)
    assert capfd.readouterr() == ("", "")


def assert_shows_card(image: ImageArray) -> None:
    assert np.abs(image.astype(int) - card(320, 240)).mean() < 6


# --- addresses -----------------------------------------------------------------------------------


def test_a_missing_film_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no file"):
        open_camera(str(tmp_path / "gone.mp4"))


CAMERAS = (FoundCamera(0, "HD Webcam C270"), FoundCamera(2, "USB 2.0 Camera"), FoundCamera(4))


@pytest.mark.parametrize(
    ("address", "says", "hint"),
    [
        ("192.168.1.5:8080", "looks like a network address", "http://192.168.1.5:8080 or rtsp://"),
        ("192.168.1.5:8080/video", "network address", "http://192.168.1.5:8080/video or"),
        ("192.168.1.5", "network address", "http://192.168.1.5 or"),
        ("phone.local:8554/live", "network address", "rtsp://phone.local:8554/live"),
        ("HD Webcam C270", "is the name of a camera", "Give its number: 0 (HD Webcam C270)"),
        ("webcam", "is the name of a camera", "Give its number: 0"),
        ("usb 2.0 camera", "is the name of a camera", "Give its number: 2"),
        ("/dev/video2", "is a camera, not a film", "Give its number: 2"),
        (
            "FaceTime",
            "no film and no camera 'FaceTime'",
            "Cameras of this machine: 0 (HD Webcam C270), 2 (USB 2.0 Camera), 4.",
        ),
    ],
)
def test_what_was_meant_for_a_camera_is_not_called_a_missing_file(
    address: str, says: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_room, "list_cameras", lambda: CAMERAS)
    with pytest.raises(SourceError) as error:
        open_camera(address)
    assert says in error.value.message
    assert hint in error.value.hint


@pytest.mark.parametrize("address", ["gone.mp4", "films/gone", "C:\\films\\gone", "gone.mov"])
def test_a_missing_film_is_still_called_one(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_room, "list_cameras", lambda: pytest.fail("no camera is meant"))
    with pytest.raises(SourceError, match="there is no file"):
        open_camera(address)


class Server(BaseHTTPRequestHandler):
    """Answers like the servers that people take for their camera."""

    def do_GET(self) -> None:
        login = self.headers.get("Authorization", "")
        right = login == "Basic " + base64.b64encode(b"me:right").decode()
        status = {"/login": 200 if right else 401, "/gone": 404, "/private": 403, "/busy": 503}
        self.send_response(status.get(self.path, 200))
        if self.path == "/login" and not right:
            self.send_header("WWW-Authenticate", 'Basic realm="phone"')
        page = b"<!DOCTYPE html><html>IP camera</html>"
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a web server on this machine, without its scheme."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.mark.parametrize(
    ("path", "says", "hint"),
    [
        ("/login", "asks for a user and a password (401)", "http://USER:PASSWORD@127.0.0.1"),
        ("/gone", "does not exist on that server (404)", "/video or /live"),
        ("/private", "refuses access (403)", "Allow it"),
        ("/busy", "answers with an error", "streaming"),
        ("/", "is a web page, not a video stream", "/video or /live"),
    ],
)
def test_each_answer_of_a_server_has_its_own_words(
    path: str, says: str, hint: str, server: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SourceError) as error:
        open_camera(f"http://{server}{path}")
    assert error.value.message == f"http://{server}{path} {says}"
    assert hint in error.value.hint
    assert capfd.readouterr() == ("", "")


def test_a_wrong_password_is_told_from_a_missing_one_and_never_shown(server: str) -> None:
    with pytest.raises(SourceError, match=r"refuses this user and password \(401\)") as error:
        open_camera(f"http://me:wrong@{server}/login")
    assert "wrong" not in error.value.message + error.value.hint
    with pytest.raises(SourceError, match="is a web page"):
        open_camera(f"http://me:right@{server}/login")


def test_no_server_at_all_is_said_so() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    for scheme in ("http", "rtsp"):
        with pytest.raises(SourceError) as error:
            open_camera(f"{scheme}://127.0.0.1:{port}/video")
        assert f"no server is running on 127.0.0.1:{port}" in error.value.message
        assert "phone" in error.value.hint


def test_an_unknown_computer_is_said_so() -> None:
    problem = stream_problem("http://no-such-phone.invalid:8080/video")
    assert problem is not None
    assert "there may be no computer called no-such-phone.invalid" in problem.message


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("401 Unauthorized", "asks for a user and a password (401)"),
        ("404 Not Found", "does not exist on that server (404)"),
    ],
)
def test_an_rtsp_server_is_asked_too(status: str, says: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                while connection.recv(1024):
                    connection.sendall(f"RTSP/1.0 {status}\r\nCSeq: 1\r\n\r\n".encode())

        threading.Thread(target=answer, daemon=True).start()
        problem = stream_problem(f"rtsp://127.0.0.1:{listening.getsockname()[1]}/live")
    assert problem is not None
    assert problem.message.endswith(says)


def test_an_unsupported_address_is_rejected() -> None:
    with pytest.raises(UsageError, match="'ftp'") as error:
        open_camera("ftp://example.org/film.mp4")
    assert "rtsp://" in error.value.hint


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("0", "camera 0"),
        ("rtsp://user:secret@10.0.0.2:554/live?token=1", "rtsp://10.0.0.2:554/live"),
        ("http://phone.local:8080/video", "http://phone.local:8080/video"),
        ("http://x/a\nb", "http://x/ab"),
    ],
)
def test_a_display_name_contains_no_secrets(address: str, name: str) -> None:
    assert display_name(address) == name


def test_the_hint_for_a_stream_is_about_the_phone() -> None:
    with pytest.raises(SourceError, match=r"^rtsp://127\.0\.0\.1:9/x cannot") as error:
        open_capture("rtsp://127.0.0.1:9/x")
    assert "phone" in error.value.hint
    assert error.value.command == ""


def test_a_missing_device_is_an_error_without_log_lines(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SourceError, match="camera 97 cannot be opened") as error:
        open_camera("97")
    assert error.value.command == "doctor"
    assert capfd.readouterr() == ("", "")


def test_linux_lists_names_and_skips_metadata_devices(tmp_path: Path) -> None:
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


def test_listing_cameras_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert isinstance(list_cameras(), tuple)
    assert capfd.readouterr() == ("", "")
