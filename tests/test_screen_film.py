"""The annotated film: every picture once, with what the session says at its time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from clips.films import read_film
from screen_examples import recorded, rep, sample, session

from formcheck.data.errors import OutputError
from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample
from formcheck.data.palette import FAULT, GOOD
from formcheck.data.session import Session
from formcheck.screen.annotated_film import ENDING_FRAMES, ENDING_STEP_S, PoseTrack, draw_film
from formcheck.screen.canvas import Layout

SIZE = (480, 848)
STEP_S = 0.1


def frames(until_s: float, step_s: float = STEP_S) -> Iterator[Frame]:
    for index in range(round(until_s / step_s)):
        yield Frame(index, index * step_s, np.full((SIZE[1], SIZE[0], 3), 90, np.uint8))


def poses(until_s: float) -> list[PoseSample]:
    return [sample(index * STEP_S) for index in range(round(until_s / STEP_S))]


def colours(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((np.abs(picture.astype(int) - colour).max(axis=2) < 40).sum())


def drawn(whole: Session, path: Path, until_s: float = 8.0) -> list[tuple[float, np.ndarray]]:
    draw_film(whole, poses(until_s), frames(until_s), path)
    return list(read_film(path))


def test_every_picture_is_there_once_and_the_last_one_stays(tmp_path: Path) -> None:
    found = drawn(session(rep(1, knee=14.0)), tmp_path / "film.mp4")
    times = [t_s for t_s, _ in found]
    assert len(times) == 80 + ENDING_FRAMES
    assert times[:80] == pytest.approx([index * STEP_S for index in range(80)], abs=1e-3)
    assert times[-1] == pytest.approx(7.9 + ENDING_FRAMES * ENDING_STEP_S, abs=1e-3)
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_the_colours_are_those_of_the_session(tmp_path: Path) -> None:
    found = drawn(session(rep(1, knee=14.0)), tmp_path / "film.mp4")
    at = {round(t_s, 1): picture for t_s, picture in found}
    assert colours(at[0.5], FAULT) < 100, "nothing is judged before the repetition"
    assert colours(at[3.7], FAULT) > 800, "the leg and the number at its lowest point"
    lower = at[7.0][600:]
    assert colours(lower, FAULT) > 20_000, "the card after it"
    legs = at[7.0][400:600]
    assert colours(legs, FAULT) < 100, "but no red legs"


def test_the_film_of_a_set_without_repetitions_advises_nothing(tmp_path: Path) -> None:
    found = drawn(session(), tmp_path / "film.mp4", until_s=3.0)
    assert len(found) == 30, "no ending either"
    bar = Layout.for_size(SIZE).tempo_bar
    for _, picture in found:
        assert colours(picture, FAULT) + colours(picture, GOOD) < 100
        left = picture[int(bar.top) + 30 : int(bar.bottom) - 30, int(bar.left) : int(bar.right)]
        assert np.abs(left.astype(int) - 90).max() < 12, "no tempo bar"


def test_a_film_that_was_only_partly_analyzed_ends_where_measuring_did(tmp_path: Path) -> None:
    whole = msgspec.structs.replace(session(), complete=False)
    draw_film(whole, poses(2.0), frames(8.0), tmp_path / "film.mp4")
    assert len(list(read_film(tmp_path / "film.mp4"))) == 20


@pytest.mark.parametrize(("film_hz", "most_hz", "drawn_hz"), [(240, 60, 60), (50, 60, 50)])
def test_a_fast_film_is_drawn_at_the_rate_of_a_screen(
    film_hz: int, most_hz: float, drawn_hz: int, tmp_path: Path
) -> None:
    path = tmp_path / "film.mp4"
    draw_film(session(), poses(1.0), frames(1.0, 1 / film_hz), path, most_hz=most_hz)
    times = [t_s for t_s, _ in read_film(path)]
    assert len(times) == pytest.approx(drawn_hz, abs=1)
    assert np.diff(times) == pytest.approx(1 / drawn_hz, abs=2e-3)


def test_it_says_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[float, int, int | None]] = []

    def progress(t_s: float, done: int, expected: int | None) -> None:
        told.append((t_s, done, expected))

    draw_film(session(), poses(1.0), frames(1.0), tmp_path / "film.mp4", progress=progress)
    assert [done for _, done, _ in told] == list(range(1, 11))
    assert told[-1][2] == recorded("step_down_front_left").session.source.frames


@pytest.mark.parametrize("failure", [KeyboardInterrupt, RuntimeError])
def test_what_breaks_off_leaves_no_film(tmp_path: Path, failure: type[BaseException]) -> None:
    def broken() -> Iterator[Frame]:
        yield from frames(1.0)
        raise failure

    with pytest.raises(failure):
        draw_film(session(), poses(1.0), broken(), tmp_path / "film.mp4")
    assert list(tmp_path.iterdir()) == []


def test_no_pictures_make_no_film(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no frames"):
        draw_film(session(), [], iter(()), tmp_path / "film.mp4")
    assert list(tmp_path.iterdir()) == []


def moved(t_s: float, x_px: float) -> PoseSample:
    found = sample(t_s)
    return replace(found, keypoints_px=found.keypoints_px + np.array([x_px, 0.0]))


def test_a_picture_without_a_pose_gets_one_between_its_neighbours() -> None:
    track = PoseTrack([moved(0.0, 0.0), moved(0.2, 20.0), moved(3.0, 90.0)])
    assert track.at(0.2).keypoints_px == pytest.approx(moved(0.2, 20.0).keypoints_px, nan_ok=True)
    middle = track.at(0.05)
    assert middle.keypoints_px == pytest.approx(moved(0.0, 5.0).keypoints_px, nan_ok=True)
    assert middle.t_s == 0.05
    near = track.at(0.4)
    assert near.keypoints_px == pytest.approx(moved(0.2, 20.0).keypoints_px, nan_ok=True)
    assert not track.at(1.6).seen, "the body may be anywhere"
    assert not track.at(9.0).seen
    assert not PoseTrack([]).at(1.0).seen


def test_between_a_pose_and_nobody_nobody_is_drawn() -> None:
    track = PoseTrack([moved(0.0, 0.0), PoseSample.nobody(0.2, SIZE)])
    assert not track.at(0.1).seen


def test_lines_and_words_hold_still_through_the_film() -> None:
    far = sample(0.1, (sample().keypoints_px - 240) * 0.5 + 240)
    track = PoseTrack([sample(0.0), far, sample(0.2)])
    from formcheck.screen.state import overlay_state

    shown = [track.steady(overlay_state(session(), pose, pose.t_s)) for pose in (sample(), far)]
    assert shown[0].body_px == shown[1].body_px
    assert not shown[0].text_on_the_left
