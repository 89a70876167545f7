"""Pictures that a page sends: their times, what is given up, pauses, and what is no picture."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from scripted_camera import FakeClock

from formcheck.data.errors import SourceError
from formcheck.data.frame import Frame, SentPicture
from formcheck.video.camera.sent_pictures import PictureOfPage, SentPictureSource, decoded, size_of

SIZE_PX = (64, 48)


def jpeg(shade: int = 90, size_px: tuple[int, int] = SIZE_PX, **how: bool) -> bytes:
    file = BytesIO()
    Image.new("RGB", size_px, (shade, shade, shade)).save(file, "JPEG", **how)
    return file.getvalue()


class Page:
    """Sends pictures to a source, and takes its frames."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.taken: list[PictureOfPage] = []
        self.source = SentPictureSource(
            "Front\ncamera", on_take=self.taken.append, clock=self.clock
        )
        self.page_s = 5.0
        self.number = 0
        self.join()
        self.send()
        self.source.wait_for_first()
        self.frames: Iterator[Frame] = iter(self.source)

    def join(self, name: str = "one") -> None:
        self.source.join(name, self.clock() - self.page_s)

    def wait(self, seconds: float) -> None:
        self.page_s += seconds
        self.clock.now_s += seconds

    def send(self, lost_before: int = 0, data: bytes | None = None) -> None:
        self.number += 1
        content = jpeg() if data is None else data
        self.source.put(SentPicture(self.number, lost_before, self.page_s, content))

    def frame(self) -> Frame:
        return next(self.frames)


@pytest.fixture
def page() -> Iterator[Page]:
    found = Page()
    with begun(found):
        yield found
    found.source.close()


@contextmanager
def begun(page: Page) -> Iterator[None]:
    """Take the first frame; those before it are not part of the session."""

    def sends() -> None:
        page.wait(0.1)
        page.send()

    threading.Timer(0.2, sends).start()
    assert page.frame().index == 0
    yield


def test_times_are_those_of_the_page_however_late_the_pictures_come(page: Page) -> None:
    page.wait(0.033)
    page.send()
    page.clock.now_s += 0.08  # the network
    assert page.frame().t_s == pytest.approx(0.033)
    assert page.source.info.name == "Front\N{REPLACEMENT CHARACTER}camera"
    assert (page.source.info.width, page.source.info.height) == SIZE_PX


def test_a_page_says_which_picture_it_is_and_is_told_when_it_was_taken(page: Page) -> None:
    page.wait(0.033)
    page.send()
    frame = page.frame()
    assert page.source.number_at(frame.captured_s) == page.number
    assert page.taken[-1] == ("one", page.number)
    assert page.source.number_at(0.0) is None


def test_what_the_page_gave_up_is_counted_and_told_to_the_frame(page: Page) -> None:
    page.wait(0.1)
    page.send(lost_before=3)
    assert page.frame().dropped_before == 3
    page.wait(0.1)
    page.send(data=b"no picture")
    page.wait(0.1)
    page.send()
    assert page.frame().dropped_before == 1
    assert page.source.info.frames_dropped == 4


def test_a_picture_that_is_not_newer_is_given_up(page: Page) -> None:
    page.send()
    page.wait(0.1)
    page.send()
    assert page.frame().dropped_before == 1


def test_a_reloaded_page_has_another_clock_and_time_goes_on(page: Page) -> None:
    page.wait(2.0)
    page.page_s = 0.5
    page.join("two")
    page.send()
    assert page.frame().t_s == pytest.approx(2.0)


def test_a_picture_belongs_to_the_page_that_sent_it_when_another_has_joined(page: Page) -> None:
    page.wait(0.1)
    page.send()
    of_first = page.number
    page.join("two")
    page.number = 0
    page.wait(0.1)
    page.frame()
    page.send()
    page.frame()
    assert page.taken[-2:] == [("one", of_first), ("two", 1)]


def test_the_same_page_keeps_its_clock_when_it_joins_late(page: Page) -> None:
    page.wait(1.0)
    page.clock.now_s += 0.3  # the join was that long on its way
    page.join()
    page.send()
    assert page.frame().t_s == pytest.approx(1.0)


def test_a_page_whose_clock_stood_still_gets_a_new_one(page: Page) -> None:
    page.clock.now_s += 60.0  # the laptop slept
    page.join()
    page.send()
    assert page.frame().t_s == pytest.approx(60.0)


def test_a_pause_is_a_property_of_the_frame_and_is_said(page: Page) -> None:
    page.source.pause(True)
    page.wait(4.0)
    page.send(lost_before=9)
    assert page.frame().paused
    page.source.pause(False)
    page.source.pause(False)
    page.wait(0.1)
    page.send()
    assert not page.frame().paused
    assert page.source.info.remarks == ("The session was paused once, for 4 s in all.",)
    assert page.source.info.frames_dropped == 0, "in a pause nothing is missed"


def test_nothing_is_waited_for_once_it_was_stopped() -> None:
    source = SentPictureSource("", clock=FakeClock())
    source.stop()
    with pytest.raises(SourceError, match="sends no pictures"):
        source.wait_for_first()


@pytest.mark.parametrize("how", [{}, {"progressive": True}, {"optimize": True}])
def test_the_size_is_read_from_the_head(how: dict[str, bool]) -> None:
    assert size_of(jpeg(size_px=(320, 200), **how)) == (320, 200)
    image = decoded(jpeg(200, (320, 200), **how))
    assert image is not None
    assert image.shape == (200, 320, 3)
    assert np.abs(image.astype(int) - 200).max() < 4


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xd8", b"\xff\xd8" * 40, b"GIF89a" + bytes(40), jpeg()[:30], jpeg()[2:]],
)
def test_what_is_no_picture_is_none(data: bytes) -> None:
    assert decoded(data) is None


def test_a_huge_picture_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formcheck.video.camera.sent_pictures.cv2.imdecode", pytest.fail)
    small = bytearray(jpeg())
    at = small.index(b"\xff\xc0")
    small[at + 5 : at + 9] = (65_000).to_bytes(2) + (65_000).to_bytes(2)
    assert size_of(bytes(small)) == (65_000, 65_000)
    assert decoded(bytes(small)) is None
