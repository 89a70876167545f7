"""Parts of films with a caption: which picture is shown when, and what is left after a failure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from clips.films import read_film

from formcheck.data.arrays import ImageArray
from formcheck.data.errors import OutputError, SourceError
from formcheck.data.frame import Frame
from formcheck.data.palette import PAIR
from formcheck.motion.alignment import TimeMap
from formcheck.screen.captioned_film import (
    Caption,
    CaptionRow,
    Curve,
    FilmPart,
    TimeLine,
    write_captioned,
)

THERE = TimeMap(((2.0, 1.0), (4.0, 2.0), (5.0, 4.0)))
LINE = TimeLine(1.5, 5.5, ((2.0, "start"), (4.0, "lowest point"), (5.0, "end")))
ROW = CaptionRow("Knee valgus", ("+2.0 ± 1.0°", "+9.0 ± 1.0°"), "+7.0°, beyond it", real=True)
TWO = Caption((("Rep 1", "2026-05-01"), ("Rep 2", "2026-05-08")), (ROW,), ("± is one error",))
ONE = Caption((("Rep 1", "2026-05-01"),), (CaptionRow("Knee", ("+2.0°",), "good"),))


def grey(t_s: float) -> float:
    """The grey of a picture says when it was taken."""
    return 20.0 + 25.0 * t_s


def frames(rate_hz: float, size_px: tuple[int, int], until_s: float = 8.0) -> Iterator[Frame]:
    for n in range(round(until_s * rate_hz)):
        t_s = n / rate_hz
        shade = np.full((size_px[1], size_px[0], 3), round(grey(t_s)), np.uint8)
        yield Frame(n, t_s, shade)


def part(
    rate_hz: float, size_px: tuple[int, int], clock: TimeMap | None = None, until_s: float = 8.0
) -> FilmPart:
    return FilmPart(
        frames(rate_hz, size_px, until_s),
        lambda frame: frame.image,
        size_px,
        clock or (lambda t_s: t_s),
    )


def shades(picture: ImageArray, wide: int, high: int) -> tuple[float, float]:
    left, right = picture[20 : high - 20, 10 : wide - 10], picture[20 : high - 20, wide + 10 :]
    return float(left.mean()), float(right.mean())


def test_both_films_are_in_step_whatever_their_size_and_rate(tmp_path: Path) -> None:
    path = tmp_path / "two.mp4"
    write_captioned(path, [part(30, (180, 320)), part(24, (640, 360), THERE)], TWO, LINE)
    found = list(read_film(path))
    assert len(found) == 4 * 30 + 1
    high, wide = 360, round(360 * 180 / 320 / 2) * 2
    assert found[0][1].shape[1] == wide + 640
    assert found[0][1].shape[0] > high
    for t_s, picture in found:
        here = LINE.start_s + t_s
        left, right = shades(picture, wide, high)
        assert left == pytest.approx(grey(here - 0.5 / 30), abs=25 / 30 + 1.5)
        assert right == pytest.approx(grey(max(0.0, THERE(here)) - 0.5 / 24), abs=25 / 24 + 1.5)


def test_it_plays_slower_on_request(tmp_path: Path) -> None:
    path = tmp_path / "one.mp4"
    told: list[tuple[int, int | None]] = []
    write_captioned(
        path,
        [part(60, (90, 160))],
        ONE,
        TimeLine(1.0, 2.0),
        slow=4.0,
        progress=lambda _, done, count: told.append((done, count)),
    )
    found = list(read_film(path))
    assert found[-1][0] == pytest.approx(4.0, abs=1e-3)
    assert float(found[60][1][20:140].mean()) == pytest.approx(grey(1.5), abs=2.0)
    assert told[-1] == (121, 121)


def test_curves_and_the_time_stand_under_the_films(tmp_path: Path) -> None:
    path = tmp_path / "two.mp4"
    curve = Curve("Knee", ([(2.0, 0.0), (5.0, 0.0)], [(2.0, 8.0), (5.0, 8.0)]), -1.0, 10.0)
    write_captioned(path, [part(30, (360, 480)), part(30, (360, 480))], TWO, LINE, [curve])
    pictures = [picture for _, picture in read_film(path)]
    lower = pictures[60][480:]

    def rows_of(colour: tuple[int, int, int]) -> np.ndarray:
        near = np.abs(lower.astype(int) - colour).max(axis=2) < 45
        return np.flatnonzero(near.sum(axis=1) > 80)

    first, second = rows_of(PAIR[0]), rows_of(PAIR[1])
    assert first.size
    assert second.size
    assert second.mean() < first.mean(), "larger values stand higher"
    changed = np.abs(pictures[30][480:].astype(int) - pictures[90][480:]).max(axis=2) > 120
    columns = np.flatnonzero(changed.any(axis=0))
    assert columns.size, "a line moves along the time"
    assert np.ptp(columns) == pytest.approx(0.5 * (720 - 11 * 360 / 54), abs=24)


@pytest.mark.parametrize("failure", [KeyboardInterrupt, RuntimeError])
def test_what_breaks_off_leaves_no_file(tmp_path: Path, failure: type[BaseException]) -> None:
    def broken() -> Iterator[Frame]:
        yield from frames(30, (90, 160), 2.0)
        raise failure

    whole = part(30, (90, 160))
    cut = FilmPart(broken(), whole.paint, whole.size_px, whole.clock)
    with pytest.raises(failure):
        write_captioned(tmp_path / "clip.mp4", [cut], ONE, LINE)
    assert list(tmp_path.iterdir()) == []


def test_a_film_that_ends_too_early_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="ends before what should be shown"):
        write_captioned(tmp_path / "clip.mp4", [part(30, (90, 160), until_s=3.0)], ONE, LINE)
    with pytest.raises(SourceError, match="ends before what should be shown"):
        write_captioned(tmp_path / "clip.mp4", [part(30, (90, 160), until_s=0.0)], ONE, LINE)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_captioned(tmp_path / "no" / "clip.mp4", [part(30, (90, 160))], ONE, LINE)
