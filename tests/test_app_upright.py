"""A film that is the wrong way up is turned back, measured, drawn and kept as if it were not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clips.films import read_film, write_film
from conftest import RunCli
from live_sessions import options, recording

from formcheck import analyze
from formcheck.app import opening
from formcheck.app.live import run_live
from formcheck.app.opening import Turn
from formcheck.app.parts import track
from formcheck.app.upright import turn_of
from formcheck.data.arrays import ImageArray
from formcheck.data.errors import UsageError
from formcheck.pose.mediapipe_estimator import MediaPipeEstimator
from formcheck.pose.picture_turn import PersonSeen
from formcheck.pose.recorded import RecordedEstimator
from formcheck.store.kept_film import draw_again
from formcheck.store.session_file import load
from formcheck.video.film import VideoSource

NAME = "step_down_side_left"
REMARK = "The person was upside down in the film, so the picture was turned by 180°."


def turned_film(
    source: Path, target: Path, turn_deg: int, *, end_s: float, rate_hz: float = 30.0
) -> Path:
    """Film with the pixels turned clockwise, as when its rotation flag is lost."""

    def pictures() -> Iterator[tuple[float, ImageArray]]:
        due_s = 0.0
        for t_s, image in read_film(source):
            if t_s >= end_s:
                return
            if t_s >= due_s - 1e-6:
                due_s += 1 / rate_hz
                yield t_s, np.rot90(image, -turn_deg // 90)

    return write_film(target, pictures())


# --- with the pose model -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def model() -> Iterator[MediaPipeEstimator]:
    with MediaPipeEstimator() as estimator:
        yield estimator


@pytest.mark.slow
@pytest.mark.parametrize("turn_deg", [0, 90, 180, 270])
@pytest.mark.parametrize("name", ["single_leg_squat_front_both", NAME])
def test_the_model_sees_which_way_up_a_film_is(
    name: str, turn_deg: int, model: MediaPipeEstimator, sample_videos: Path, tmp_path: Path
) -> None:
    """From the front and from the side; sideways films until the first repetition is over."""
    end_s = {0: 1.0, 180: 3.5}.get(turn_deg, 6.8)
    film = turned_film(
        sample_videos / f"{name}.mp4", tmp_path / "film.mp4", turn_deg, end_s=end_s, rate_hz=4.0
    )
    assert turn_of(lambda: VideoSource(film), model, None).deg == -turn_deg % 360
    assert turn_of(lambda: VideoSource(film), model, 90) == Turn(90)


# --- the whole way, with known poses -----------------------------------------------------------


class UpsideDown(RecordedEstimator):
    """Finds a person who is upside down; the poses are those of the upright film."""

    def people_in(self, image: ImageArray) -> list[PersonSeen]:
        sample = recording(NAME).samples[0]
        size_px = np.array(image.shape[1::-1])
        return [PersonSeen(size_px - sample.keypoints_px, sample.confidence)]


@pytest.fixture(scope="module")
def upside_down(sample_videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first repetition."""
    target = tmp_path_factory.mktemp("films") / f"{NAME}.mp4"
    return turned_film(sample_videos / f"{NAME}.mp4", target, 180, end_s=8.0)


@pytest.fixture
def film(upside_down: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The film upside down; the poses are known."""

    def known(*_: object, **__: object) -> UpsideDown:
        return UpsideDown(recording(NAME))

    monkeypatch.setattr(opening, "MediaPipeEstimator", known)
    return upside_down


def pictures_of(path: Path) -> list[ImageArray]:
    return [image for _, image in read_film(path)]


def difference(one: ImageArray, other: ImageArray) -> float:
    return float(np.abs(one.astype(int) - other).mean())


def test_it_is_measured_drawn_and_kept_upright(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    session = analyze(film, exercise="step_down", out=out)
    assert (session.source.rotation_deg, session.source.turn_deg) == (0, 180)
    assert [note.text for note in session.notes if note.kind == "source"] == [REMARK]
    (rep,) = session.reps
    value = rep.measurements["trunk_flexion_deg"].value
    assert value is not None
    assert 0 < value < 20
    drawn = pictures_of(out / "annotated.mp4")
    as_stored = next(iter(read_film(film)))[1]
    assert difference(drawn[0], as_stored[::-1, ::-1]) < difference(drawn[0], as_stored) / 2

    draw_again(out, film)
    drawn_again = pictures_of(out / "annotated.mp4")
    assert all(np.array_equal(a, b) for a, b in zip(drawn, drawn_again, strict=True))
    measured_again = analyze(out / "poses.fcp", exercise="step_down", out=tmp_path / "again")
    assert measured_again.reps[0].measurements == rep.measurements
    assert measured_again.source.turn_deg == 180
    assert [note.text for note in measured_again.notes if note.kind == "source"] == [REMARK]


def test_the_python_api_turns_it_too(film: Path) -> None:
    poses = track(film)
    assert (poses.info.turn_deg, poses.info.remarks) == (180, (REMARK,))
    assert track(film, rotate=0).info.turn_deg == 0


def test_a_film_played_live_is_turned_the_same_way(film: Path, tmp_path: Path) -> None:
    filmed = analyze(film, exercise="step_down", out=tmp_path / "filmed", video_out=False)
    live = run_live(
        replace(options(), camera=str(film), lossless=True, paced=False),
        tmp_path / "live",
        estimator=UpsideDown(recording(NAME)),
    ).session
    assert live.source.turn_deg == 180
    assert REMARK in [note.text for note in live.notes]
    assert live.reps[0].measurements == filmed.reps[0].measurements


def test_a_turn_that_is_asked_for_is_taken_and_nothing_is_found(film: Path, tmp_path: Path) -> None:
    as_is, turned = (
        analyze(film, exercise="step_down", out=tmp_path / f"{deg}", rotate=deg, video_out=False)
        for deg in (0, 90)
    )
    assert (as_is.source.turn_deg, as_is.notes) == (0, ())
    assert turned.source.turn_deg == 90
    assert (turned.source.width, turned.source.height) == (as_is.source.height, as_is.source.width)
    assert load(tmp_path / "90").source.turn_deg == 90


def test_a_mirrored_film_is_turned_before_it_is_flipped(tmp_path: Path) -> None:
    """The person is found in the flipped picture: sideways, that is the other way round."""
    image = np.zeros((60, 100, 3), np.uint8)
    film = write_film(tmp_path / "film.mp4", [(i / 4, image) for i in range(60)])
    samples = recording("squat_front").samples

    class Sideways(RecordedEstimator):
        looks = 0

        def people_in(self, image: ImageArray) -> list[PersonSeen]:
            assert image.shape == (60, 100, 3)
            sample = samples[min(int(7.5 * self.looks), len(samples) - 1)]
            self.looks += 1
            x, y = sample.keypoints_px.T
            return [PersonSeen(np.stack([y, -x], axis=-1), sample.confidence)]

    def turn(mirrored: bool) -> int:
        estimator = Sideways(recording("squat_front"))
        return turn_of(lambda: VideoSource(film, mirrored=mirrored), estimator, None).deg

    assert (turn(mirrored=False), turn(mirrored=True)) == (90, 270)


def test_poses_are_not_turned(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="contains poses"):
        analyze(tmp_path / "a.fcp", exercise="squat", rotate=90)


# --- the command -------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("--rotate", "45"), ("--rotate", "left")])
def test_a_turn_that_cannot_be_is_wrong_usage(
    words: tuple[str, ...], film: Path, run_cli: RunCli
) -> None:
    outcome = run_cli("analyze", str(film), *words)
    assert outcome.code == 2
    assert "rotate" in outcome.err


def test_the_note_says_how_to_change_it(
    film: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    words = (
        *("analyze", str(film), "-e", "step_down", "--no-video", "--no-history"),
        *("--out", str(tmp_path / "out")),
    )
    assert f"{REMARK} Wrong? Use --rotate 0." in run_cli(*words).out
    assert "so the picture was turned" not in run_cli(*words, "--rotate", "180").out
