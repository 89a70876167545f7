"""The second pass: the results are in place first, the film joins them last, or not at all."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from clips.films import beginning, read_film
from conftest import RunCli
from live_sessions import POSES, FakeScreen, play, recording
from screen_examples import recorded

from formcheck import analyze
from formcheck.app import opening
from formcheck.app.live import storage
from formcheck.data.errors import OutputError, SourceError, UsageError
from formcheck.pose.recorded import RecordedEstimator
from formcheck.screen.annotated_film import ENDING_FRAMES
from formcheck.store import kept_film
from formcheck.store.history.database import default_path
from formcheck.store.history.history_store import History
from formcheck.store.journal import TEMPORARY_PREFIX, remove_journal
from formcheck.store.kept_film import TO_DRAW_NAME, draw_again, draw_beside, raw_left
from formcheck.store.session_file import load
from formcheck.video.film import VideoSource

NAME = "step_down_front_left"
SHORT_S = 8.0
"""The first repetition and a little more."""


PICTURES = sum(sample.t_s < SHORT_S for sample in recording(NAME).samples)


@pytest.fixture
def film(sample_videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The beginning of a sample film, whose poses are known beforehand."""

    def known(*_: object, **__: object) -> RecordedEstimator:
        return RecordedEstimator(recording(NAME))

    monkeypatch.setattr(opening, "MediaPipeEstimator", known)
    return beginning(sample_videos / f"{NAME}.mp4", SHORT_S, tmp_path / f"{NAME}.mp4")


def test_the_film_joins_the_finished_session(film: Path, tmp_path: Path) -> None:
    told: list[str] = []
    out = tmp_path / "out"

    def drawing(_: float, done: int, expected: int | None) -> None:
        if done == 1:
            told.extend(path.name for path in out.iterdir())
            assert "annotated.mp4" not in (out / "report.html").read_text("utf-8")
            assert expected == PICTURES

    analyze(film, exercise="step_down", out=out, drawing=drawing)
    assert {"session.json", "report.html", "reps.csv", "frames.csv", "stills"} <= set(told)
    assert "annotated.mp4" not in told
    assert len(list(read_film(out / "annotated.mp4"))) == PICTURES + ENDING_FRAMES
    assert "annotated.mp4" in (out / "report.html").read_text("utf-8")


def test_ctrl_c_while_it_is_drawn_leaves_the_finished_session(film: Path, tmp_path: Path) -> None:
    def drawing(_: float, done: int, __: int | None) -> None:
        if done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        analyze(film, exercise="step_down", out=tmp_path / "out", drawing=drawing)
    assert len(load(tmp_path / "out").reps) == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *("frames.csv", "poses.fcp", "report.html", "reps.csv", "session.json", "stills"),
    ]


FULL = OutputError("cannot write annotated.mp4: No space left on device", hint="Make room.")


@pytest.mark.parametrize(
    ("stop", "code", "says"),
    [
        (KeyboardInterrupt(), 130, "everything is measured and saved"),
        (FULL, 2, "the annotated film could not be drawn: cannot write annotated.mp4: No space"),
        (SourceError("it is gone"), 3, "the annotated film could not be drawn: it is gone."),
    ],
)
def test_a_stop_while_drawing_costs_the_film_alone(
    stop: BaseException,
    code: int,
    says: str,
    film: Path,
    tmp_path: Path,
    run_cli: RunCli,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The session is in the history, and its table printed, before drawing begins."""
    before = ""

    def stopped(*_: object, **__: object) -> None:
        nonlocal before
        before = capsys.readouterr().out
        with History(default_path()) as history:
            assert [entry.folder for entry in history.entries()] == [str(out)]
        raise stop

    monkeypatch.setattr(kept_film, "draw_film", stopped)
    out = tmp_path / "the results"
    outcome = run_cli("analyze", str(film), "-e", "step_down", "-o", str(out))
    assert outcome.code == code
    assert "Step-down: 1 repetition" in before
    assert "Added to the history as session 1" in before
    assert says in outcome.err
    assert " saved" in outcome.err
    assert f"`formcheck report '{out}' --video {film}` draws the film" in outcome.err
    assert outcome.err.count("\n") == 1
    monkeypatch.undo()
    assert load(out).reps
    assert not (out / "annotated.mp4").exists()


def test_without_kept_poses_no_way_to_draw_it_is_promised(
    film: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(kept_film, "draw_film", stopped)
    words = ("-e", "step_down", "-o", str(tmp_path / "out"), "--no-poses")
    outcome = run_cli("analyze", str(film), *words)
    assert "formcheck report" not in outcome.err
    assert "by analyzing it again" in outcome.err


def test_a_source_that_can_be_read_once_gets_no_film_and_a_note(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    whole_source = VideoSource

    def once(*args: Any, **how: Any) -> Any:
        if opened:
            raise SourceError("it is gone")
        opened.append(args)
        return whole_source(*args, **how)

    monkeypatch.setattr(opening, "VideoSource", once)
    session = analyze(film, exercise="step_down", out=tmp_path / "out")
    assert not (tmp_path / "out" / "annotated.mp4").exists()
    assert any(note.kind == "no_film" and "it is gone" in note.text for note in session.notes)


def test_a_film_is_drawn_again_from_the_very_film_only(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    analyze(film, exercise="step_down", out=out, video_out=False)
    other = tmp_path / "other.mp4"
    shutil.copy(film, other)
    with other.open("ab") as file:
        file.write(b"more")
    with pytest.raises(UsageError, match="not the film"):
        draw_again(out, other)
    assert not (out / "annotated.mp4").exists()
    assert draw_again(out, film) == out / "annotated.mp4"
    assert len(list(read_film(out / "annotated.mp4"))) == PICTURES + ENDING_FRAMES
    assert "annotated.mp4" in (out / "report.html").read_text("utf-8")


def test_there_is_no_film_of_poses(film: Path, tmp_path: Path) -> None:
    analyze(POSES / f"{NAME}.npz", exercise="step_down", out=tmp_path / "out")
    with pytest.raises(UsageError, match="so it has no film"):
        draw_again(tmp_path / "out", film)


# --- live ----------------------------------------------------------------------------------


@pytest.mark.parametrize("record", [False, True])
def test_live_draws_from_the_raw_film_and_keeps_it_only_when_asked(
    record: bool, tmp_path: Path
) -> None:
    kept: list[list[str]] = []

    def before(frame: Any) -> None:
        if frame.index == 200:
            kept.append(sorted(path.name for path in (tmp_path / "live").rglob("*.partial")))

    outcome = play(
        NAME, tmp_path / "live", before=before, record=record, video_out=True, max_time_s=SHORT_S
    )
    assert not outcome.not_saved
    name = "raw.mp4" if record else TO_DRAW_NAME
    assert kept == [[f".{name}.partial"]], "the raw film grows while it runs"
    left = sorted(path.name for path in (tmp_path / "live").iterdir())
    assert left == [
        *("annotated.mp4", "frames.csv", "poses.fcp"),
        *(["raw.mp4"] if record else []),
        *("report.html", "reps.csv", "session.json", "stills"),
    ]
    pictures = list(read_film(tmp_path / "live" / "annotated.mp4"))
    looked_at = sum(sample.t_s <= SHORT_S for sample in recording(NAME).samples)
    assert len(pictures) == pytest.approx(looked_at + ENDING_FRAMES, abs=1)
    assert "annotated.mp4" in (tmp_path / "live" / "report.html").read_text("utf-8")


def test_ctrl_c_while_live_draws_leaves_the_finished_session_and_is_told(tmp_path: Path) -> None:
    def drawing(_: float, done: int, __: int | None) -> None:
        if done == 20:
            raise KeyboardInterrupt

    screen = FakeScreen()
    outcome = play(
        NAME, tmp_path / "live", screen, drawing=drawing, video_out=True, max_time_s=SHORT_S
    )
    assert (outcome.completed, outcome.film_skipped) == (True, True)
    assert sorted(path.name for path in (tmp_path / "live").iterdir()) == [
        *("frames.csv", "poses.fcp", "report.html", "reps.csv", "session.json", "stills"),
    ]


def test_only_its_own_raw_film_is_that_of_a_live_session(film: Path, tmp_path: Path) -> None:
    folder = tmp_path / "live"
    play(NAME, folder, record=True, max_time_s=SHORT_S)
    with pytest.raises(UsageError, match="measured from a camera"):
        draw_again(folder, film)
    assert draw_again(folder, folder / "raw.mp4").is_file()


def test_without_a_film_wanted_no_raw_film_is_kept(tmp_path: Path) -> None:
    found: list[Path] = []

    def before(frame: Any) -> None:
        if frame.index == 200:
            found.extend((tmp_path / "live").rglob("*mp4*"))

    play(NAME, tmp_path / "live", before=before, max_time_s=SHORT_S)
    assert found == []


def test_recording_stops_when_the_disk_gets_full_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def usage(_: object) -> SimpleNamespace:
        looks.append(1)
        return SimpleNamespace(free=3e9 if len(looks) < 4 else 1e9)

    looks: list[int] = []
    monkeypatch.setattr("shutil.disk_usage", usage)
    outcome = play(NAME, tmp_path / "live", record=True, max_time_s=SHORT_S)
    assert outcome.record_saved
    assert [failure.message for failure in outcome.not_saved] == [
        "recording stopped after 6 s: less than 2 GB of disk space is free"
    ]
    assert len(load(tmp_path / "live").reps) == 1, "everything is measured all the same"
    times = [t_s for t_s, _ in read_film(tmp_path / "live" / "raw.mp4")]
    assert times[-1] == pytest.approx(6.0, abs=0.1)


@pytest.mark.parametrize("record", [False, True])
def test_on_a_full_disk_the_only_reason_told_is_the_true_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, record: bool
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1e9))
    folder = tmp_path / "live"
    outcome = play(NAME, folder, record=record, video_out=True, max_time_s=SHORT_S)
    assert outcome.record_saved
    assert [failure.message for failure in outcome.not_saved] == [
        "recording stopped after 0 s: less than 2 GB of disk space is free"
    ]
    assert not list(folder.rglob("*mp4*"))


def test_a_film_that_cannot_be_drawn_costs_only_the_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise SourceError("the raw film cannot be read")

    monkeypatch.setattr(storage, "draw_beside", fails)
    outcome = play(NAME, tmp_path / "live", video_out=True, max_time_s=SHORT_S)
    assert outcome.record_saved
    assert [failure.message for failure in outcome.not_saved] == ["the raw film cannot be read"]
    assert not list((tmp_path / "live").rglob("*mp4*"))


def test_a_killed_session_s_raw_film_is_found_and_can_be_drawn(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    analyze(film, exercise="step_down", out=out, video_out=False)
    assert raw_left(out) is None
    aside = out / f"{TEMPORARY_PREFIX}x"
    aside.mkdir()
    clip = recorded(NAME)
    raw = storage.RawVideo(aside / TO_DRAW_NAME, clip.samples[0].frame_size_px)
    with VideoSource(film) as frames:
        for frame, result in zip(frames, clip.results, strict=False):
            raw.update(frame, result)
    deadline_s = time.monotonic() + 20
    while raw_left(out) is None and time.monotonic() < deadline_s:
        time.sleep(0.05)  # the encoder has a thread of its own
    left = raw_left(out)
    assert left is not None
    assert left.name == f".{TO_DRAW_NAME}.partial"
    session = msgspec.structs.replace(clip.session, complete=False)
    with VideoSource(left) as frames:
        draw_beside(out, session, clip.samples, frames)
    raw.abort()
    assert len(list(read_film(out / "annotated.mp4"))) > ENDING_FRAMES
    remove_journal(out)
    assert not aside.exists(), "without --record the raw film goes with the journal"
    assert not (out / "raw.mp4").exists()


def test_a_kill_while_the_film_is_drawn_leaves_a_session_that_report_tidies_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_cli: RunCli
) -> None:
    at_that_moment = tmp_path / "killed"

    def killed(folder: Path, *_: object, **__: object) -> None:
        half = folder / ".adding.x.partial"
        half.mkdir()
        (half / ".annotated.mp4.partial").touch()
        shutil.copytree(folder, at_that_moment)

    monkeypatch.setattr(storage, "draw_beside", killed)
    play(NAME, tmp_path / "live", video_out=True, max_time_s=SHORT_S)
    assert list(at_that_moment.rglob(TO_DRAW_NAME))
    assert run_cli("report", str(at_that_moment)).code == 0
    assert len(load(at_that_moment).reps) == 1
    left = {path.name for path in at_that_moment.iterdir()}
    assert left == {
        *("annotated.mp4", "frames.csv", "poses.fcp", "report.html", "reps.csv"),
        *("session.json", "stills"),
    }
