"""The command ``compare`` with two repetitions, one leg, and the film of both side by side."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from clips.films import read_film
from conftest import RunCli
from msgspec.structs import replace
from store_examples import entered, good_set, poor_set, set_of, two_legs

from formcheck.data.arrays import ImageArray
from formcheck.data.session import Session
from formcheck.store.history.history_store import History
from formcheck.store.session_file import save
from formcheck.video.encoder import VideoWriter

KNEE = "knee_fppa_deg"


def kept(folder: Path, session: Session, size_px: tuple[int, int] | None = (90, 160)) -> Path:
    """A folder with a session and a plain film of it, as analyses leave them."""
    folder.mkdir()
    session = replace(session, source=replace(session.source, sha256="ab" * 32))
    save(folder / "session.json", session)
    if size_px is not None:
        with VideoWriter(folder / "annotated.mp4", size_px) as writer:
            for n in range(round(10 * (session.source.duration_s or 0.0))):
                shade = np.full((size_px[1], size_px[0], 3), n % 250, dtype=np.uint8)
                writer.write(shade, n / 10)
    return folder


def test_two_repetitions_of_one_session(run_cli: RunCli, tmp_path: Path) -> None:
    folder = str(kept(tmp_path / "monday", poor_set(), None))
    out = run_cli("compare", folder, "--reps", "best, worst").out
    said = " ".join(out.split())
    assert "best, rep 1: knee valgus higher" in said
    assert "Needs most work, rep 5 compared with" in said
    assert "+12.5° *" in out
    assert "Repetitions" not in out
    (found,) = json.loads(run_cli("compare", folder, "--reps", "1,5", "--json").out)["comparisons"]
    assert (found["a"], found["b"]) == ("rep 1", "rep 5")
    assert found["reps"] == [1, 1]
    assert found["differences"][KNEE]["change"] == 12.5
    assert found["differences"][KNEE]["detected"] is True


def test_one_leg_of_two_sessions(run_cli: RunCli, tmp_path: Path) -> None:
    places = [str(kept(tmp_path / name, two_legs(), None)) for name in ("monday", "friday")]
    out = run_cli("compare", *places, "--side", "right").out
    assert "right leg" in out
    assert "left leg" not in out
    refused = run_cli("compare", *places, "--side", "both")
    assert refused.code == 2
    assert "They have in common: left leg, right leg" in refused.err


def test_the_film_of_two_sessions(run_cli: RunCli, tmp_path: Path) -> None:
    monday = kept(tmp_path / "monday", entered(good_set(), "2026-05-01"))
    friday = kept(tmp_path / "friday", entered(set_of((9.0,) * 3), "2026-05-08"), (320, 180))
    target = tmp_path / "two.mp4"
    outcome = run_cli("compare", str(monday), str(friday), "--video", str(target), "--slow", "2")
    assert outcome.code == 0, outcome.err
    assert outcome.out.endswith(f"{target}\n")
    assert "Knee valgus" in outcome.out
    found = list(read_film(target))
    assert found[-1][0] == pytest.approx(2 * (4.1 + 1.0), abs=0.05)
    assert found[0][1].shape[1] == 320 + 102, "each in its own shape, equally high"


def test_a_session_of_the_history_is_found_by_its_number(
    run_cli: RunCli, tmp_path: Path, history_file: Path
) -> None:
    folder = kept(tmp_path / "monday", poor_set())
    with History(history_file, create=True) as history:
        history.keep(poor_set(), folder=folder, film_sha256="ab" * 32)
        history.keep(good_set(), folder=tmp_path / "gone", film_sha256="cd" * 32)
    target = tmp_path / "two.mp4"
    words = ("--reps", "best,worst", "--video", str(target))
    assert run_cli("compare", "1", *words).code == 0
    assert target.is_file()
    refused = run_cli("compare", "2", *words)
    assert refused.code == 2
    assert "the folder of session 2 is not known or no longer there" in refused.err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--reps", "best,worst,1"), 2, "--reps takes two repetitions"),
        (("--reps", "1,5", "--slow", "2"), 2, "--film and --slow work only with --video"),
        (("--reps", "1,5", "--video", "two.avi"), 2, "does not end in .mp4"),
        (("--reps", "1,5", "--video", "two.mp4"), 3, "has no annotated film"),
        (("--reps", "1,5", "--video", "two.mp4", "--film", "other.mp4"), 2, "not the film"),
        (("--legs", "--reps", "1,5", "--side", "left"), 2, "--legs and --reps cannot be used"),
    ],
)
def test_a_film_that_cannot_be(
    words: tuple[str, ...],
    code: int,
    says: str,
    run_cli: RunCli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    kept(tmp_path / "monday", poor_set(), None)
    (tmp_path / "other.mp4").write_bytes(b"film")
    outcome = run_cli("compare", "monday", *words)
    assert outcome.code == code, outcome.err
    assert says in outcome.err
    assert outcome.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["monday", "other.mp4"]


def test_no_film_of_a_session_is_overwritten(run_cli: RunCli, tmp_path: Path) -> None:
    folder = kept(tmp_path / "monday", poor_set())
    before = (folder / "annotated.mp4").read_bytes()
    words = ("--reps", "1,5", "--video", str(folder / "annotated.mp4"))
    outcome = run_cli("compare", str(folder), *words)
    assert outcome.code == 2
    assert "is a film of this session and would be overwritten" in outcome.err
    assert (folder / "annotated.mp4").read_bytes() == before


def test_ctrl_c_leaves_no_half_film(
    run_cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = kept(tmp_path / "monday", poor_set())
    target = tmp_path / "two.mp4"
    written = VideoWriter.write

    def interrupted(writer: VideoWriter, image: ImageArray, t_s: float) -> None:
        written(writer, image, t_s)
        if t_s > 1.0:
            raise KeyboardInterrupt

    monkeypatch.setattr(VideoWriter, "write", interrupted)
    outcome = run_cli("compare", str(folder), "--reps", "1,5", "--video", str(target))
    assert outcome.code == 130
    assert [path.name for path in tmp_path.iterdir()] == ["monday"]
