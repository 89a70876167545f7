"""The Python interface: its names, its cost, and the page that shows it."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest
from msgspec.structs import replace

import formcheck
from formcheck.app import opening
from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample
from formcheck.pose.mediapipe_estimator import MediaPipeEstimator

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "python-api.md").read_text("utf-8")
FILM = "sample_videos/step_down_front_left.mp4"
NAMES = sorted(
    [
        *(
            "analyze",
            "load",
            "load_settings",
            "measure",
            "render",
            "to_dataset",
            "track",
            "view",
            "write",
            "AnalyzeOptions",
            "PoseRecording",
        ),
        *("all_exercises", "get_exercise", "Exercise", "FreeFoot", "Metric"),
        *("FootPlace", "FootWay", "Normal"),
        *("Session", "Rep", "Measurement", "MeasureSpec", "Limits", "Verdict", "Tally", "Summary"),
        *("View", "Source", "Settings", "BandSettings"),
        *("FormcheckError", "UsageError", "OutputError", "InputError", "SourceError"),
        *("ModelError", "NoPersonError", "NoRepetitionError", "__version__"),
    ]
)
POSES = ROOT / "tests" / "poses" / "step_down_front_left.npz"


def test_these_are_the_names() -> None:
    assert sorted(formcheck.__all__) == NAMES
    assert set(NAMES) <= set(dir(formcheck))


def test_each_name_is_there_and_documented() -> None:
    for name in set(NAMES) - {"__version__"}:
        assert getattr(formcheck, name).__doc__


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'analyse'"):
        formcheck.analyse  # noqa: B018


def test_the_package_is_typed() -> None:
    assert (ROOT / "formcheck" / "py.typed").is_file()


def test_importing_it_loads_nothing() -> None:
    script = (
        "import sys, formcheck\n"
        "dir(formcheck)\n"
        "heavy = [name for name in sys.modules if name.startswith('formcheck.')]\n"
        "print(heavy, 'numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=240
    )
    assert done.stdout.strip() == "[] False"


def steps(page: str) -> list[tuple[str, str]]:
    """Each block of code and what it prints."""
    found = re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", page, re.DOTALL)
    assert len(found) == page.count("```python")
    return found


def run_page(page: str) -> None:
    names: dict[str, object] = {}
    for code, expected in steps(page):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "docs/python-api.md", "exec"), names)  # noqa: S102
        assert printed.getvalue() == expected, code


def test_the_page_runs_on_recorded_poses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_page(PAGE.replace(FILM, POSES.as_posix()))


def test_each_part_works_alone_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    poses = formcheck.track(POSES)
    session = formcheck.measure(poses, person="A")
    assert (session.exercise.id, session.person, len(session.reps)) == ("step_down", "A", 4)
    assert any(
        "Recognised as a step-down or a lateral step-down" in note.text for note in session.notes
    )
    assert len(formcheck.measure(poses, "step_down", side="right").reps) != 4
    assert list(tmp_path.iterdir()) == []


def test_the_parts_give_what_the_whole_writes(tmp_path: Path) -> None:
    alone = formcheck.analyze(POSES, exercise="step_down", load_kg=2.0)
    written = formcheck.analyze(POSES, exercise="step_down", load_kg=2.0, out=tmp_path / "out")
    kept = formcheck.load(tmp_path / "out")
    assert alone.reps == written.reps
    assert alone.summary == written.summary
    assert alone.training == written.training == kept.training
    assert [rep.form.grade for rep in kept.reps] == [rep.form.grade for rep in alone.reps]


def test_a_folder_is_written_from_parts_as_analyze_writes_it(tmp_path: Path) -> None:
    options: dict[str, Any] = {"exercise": "step_down", "person": "A"}
    whole = formcheck.analyze(POSES, **options, out=tmp_path / "whole")
    poses = formcheck.track(POSES)
    session = replace(formcheck.measure(poses, **options), created=whole.created)
    assert formcheck.write(session, tmp_path / "parts", poses) == whole
    assert formcheck.load(tmp_path / "parts") == whole
    names = sorted(path.name for path in (tmp_path / "whole").iterdir())
    assert names == ["frames.csv", "poses.fcp", "report.html", "reps.csv", "session.json"]
    assert sorted(path.name for path in (tmp_path / "parts").iterdir()) == names
    for name in names:
        parts = (tmp_path / "parts" / name).read_bytes()
        assert parts == (tmp_path / "whole" / name).read_bytes(), name


def test_a_session_alone_is_written_shown_and_rendered(tmp_path: Path) -> None:
    session = formcheck.measure(formcheck.track(POSES), "step_down")
    formcheck.write(session, tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["report.html", "reps.csv", "session.json"]
    page = (tmp_path / "out" / "report.html").read_bytes()
    assert formcheck.render(session, "html") == page
    assert formcheck.render(session, "pdf").startswith(b"%PDF")
    shown = formcheck.view(session, name="client-7")
    assert shown.person == "client-7"
    assert [rep.index for rep in shown.reps] == [1, 2, 3, 4]
    assert " ".join(shown.verdict) in formcheck.render(session, "md").decode()


def test_a_folder_that_cannot_be_written_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    session = formcheck.measure(formcheck.track(POSES), "step_down")
    with pytest.raises(formcheck.OutputError):
        formcheck.write(session, tmp_path / "file")


def test_further_files_need_a_folder() -> None:
    with pytest.raises(formcheck.UsageError, match="need a folder"):
        formcheck.analyze(POSES, exercise="step_down", export=["trc"])


class Once(MediaPipeEstimator):
    """Looks at each frame of a film once; the next one for that film knows the poses."""

    known: ClassVar[dict[int, PoseSample]] = {}

    def begin(self, frame: Frame) -> None:
        if frame.index not in self.known:
            super().begin(frame)

    def estimate(self, frame: Frame) -> PoseSample:
        if frame.index not in self.known:
            self.known[frame.index] = super().estimate(frame)
        return self.known[frame.index]


@pytest.mark.slow
def test_the_page_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page goes through one film three times."""
    monkeypatch.setattr(opening, "MediaPipeEstimator", Once)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sample_videos").symlink_to(ROOT / "sample_videos")
    run_page(PAGE)
    assert 400 < len(Once.known) <= 600, "the film is moving most of the time"
