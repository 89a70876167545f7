"""The command ``report`` with the film that the session was measured from."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from clips.films import beginning, read_film
from conftest import RunCli
from session_examples import good_set

from formcheck.app import opening
from formcheck.pose.recorded import PoseRecording, RecordedEstimator
from formcheck.screen.annotated_film import ENDING_FRAMES
from formcheck.store.session_file import load, save

NAME = "step_down_front_left"
SHORT_S = 8.0
"""The first repetition and a little more."""


@pytest.fixture
def film(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The beginning of a sample film, whose poses are known beforehand."""
    poses = PoseRecording.load(root / "tests" / "poses" / f"{NAME}.npz")

    def known(*_: Any, **__: Any) -> RecordedEstimator:
        return RecordedEstimator(poses)

    monkeypatch.setattr(opening, "MediaPipeEstimator", known)
    return beginning(root / "sample_videos" / f"{NAME}.mp4", SHORT_S, tmp_path / f"{NAME}.mp4")


def analyzed(run_cli: RunCli, film: Path, out: Path, *words: str) -> Path:
    outcome = run_cli(
        *("analyze", str(film), "-e", "step_down", "-o", str(out)),
        *("--no-video", "--no-history", *words),
    )
    assert outcome.code == 0, outcome.err
    return out


def test_the_film_is_drawn_again_from_the_kept_poses_and_the_very_film(
    film: Path, run_cli: RunCli, tmp_path: Path
) -> None:
    out = analyzed(run_cli, film, tmp_path / "out")
    before = (out / "session.json").read_bytes()
    other = tmp_path / "other.mp4"
    shutil.copy(film, other)
    with other.open("ab") as file:
        file.write(b"more")
    refused = run_cli("report", str(out), "--video", str(other))
    assert refused.code == 2
    assert "'other.mp4' is not the film that this session was measured from" in refused.err
    assert f"{NAME}.mp4" in refused.err
    assert not (out / "annotated.mp4").exists()

    drawn = run_cli("report", str(out), "--video", str(film))
    assert drawn.code == 0, drawn.err
    assert drawn.out == f"{out / 'report.html'}\n"
    assert len(list(read_film(out / "annotated.mp4"))) == 30 * SHORT_S + ENDING_FRAMES
    assert 'src="./annotated.mp4"' in (out / "report.html").read_text("utf-8")
    assert (out / "session.json").read_bytes() == before


def test_without_kept_poses_the_film_cannot_be_drawn_again(
    film: Path, run_cli: RunCli, tmp_path: Path
) -> None:
    out = analyzed(run_cli, film, tmp_path / "out", "--no-poses")
    outcome = run_cli("report", str(out), "--video", str(film))
    assert outcome.code == 3
    assert "poses.fcp" in outcome.err
    assert outcome.err.count("\n") == 1
    assert not (out / "annotated.mp4").exists()


def test_there_is_no_film_of_poses(root: Path, run_cli: RunCli, film: Path, tmp_path: Path) -> None:
    poses = root / "tests" / "poses" / f"{NAME}.npz"
    out = analyzed(run_cli, poses, tmp_path / "out")
    outcome = run_cli("report", str(out), "--video", str(film))
    assert outcome.code == 2
    assert "so it has no film" in outcome.err


def test_a_pdf_names_the_characters_that_it_cannot_show(run_cli: RunCli, tmp_path: Path) -> None:
    save(tmp_path / "session.json", good_set())
    words = ("report", str(tmp_path), "--name", "Ñoño Ωж 漢字 ☃")
    outcome = run_cli(*words, "--format", "pdf", "--notes", "漢 → ok")
    assert outcome.code == 0
    assert outcome.err.count("\n") == 1
    assert "characters that its typeface lacks: 漢 字 ☃." in outcome.err
    assert run_cli(*words).err == "", "the page shows them"
    assert run_cli("report", str(tmp_path), "--name", "Ñoño", "--format", "pdf").err == ""


def test_a_repetition_is_cut_out_of_the_original_film(
    film: Path, run_cli: RunCli, tmp_path: Path
) -> None:
    out = analyzed(run_cli, film, tmp_path / "out")
    rep = load(out).reps[0]
    lacking = run_cli("report", str(out), "--clip", "1")
    assert lacking.code == 3
    assert lacking.err.count("\n") == 1
    assert f"has no annotated film. Give the original film; it was called {NAME}.mp4 (--video)" in (
        lacking.err
    )
    cut = run_cli("report", str(out), "--clip", "1", "--video", str(film), "--slow", "2")
    assert cut.code == 0, cut.err
    assert cut.out == f"{out / 'rep_01.mp4'}\n"
    last_s = list(read_film(out / "rep_01.mp4"))[-1][0]
    assert last_s == pytest.approx(2 * (rep.end_s - rep.start_s + 1.0), abs=0.05)
    assert not (out / "annotated.mp4").exists(), "the clip alone was asked for"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--clip", "9"), "has no repetition 9"),
        (("--clip", "1", "--json"), "--clip writes a film, not a report"),
        (("--slow", "2"), "--slow works only with --clip"),
        (("--clip", "1", "-o", "clip.avi"), "does not end in .mp4"),
    ],
)
def test_a_clip_that_cannot_be(
    words: tuple[str, ...], says: str, run_cli: RunCli, tmp_path: Path
) -> None:
    save(tmp_path / "session.json", good_set())
    outcome = run_cli("report", str(tmp_path), *words)
    assert outcome.code == 2
    assert says in outcome.err
    assert outcome.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["session.json"]
