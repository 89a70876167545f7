"""The Python interface: its names, its cost, and the page that shows it."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

import formcheck

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "python-api.md").read_text("utf-8")
FILM = "sample_videos/step_down_front_left.mp4"
NAMES = sorted(
    [
        *("analyze_video", "load_session", "load_settings", "Settings", "BandSettings"),
        *("all_exercises", "get_exercise", "Exercise", "MetricSpec", "Bands"),
        *("Session", "Rep", "Measurement", "Verdict", "Summary", "View", "SourceInfo"),
        *("ScaleScore", "ItemScore"),
        *("FormcheckError", "UsageError", "OutputError", "InputError", "SourceError"),
        *("ModelError", "NoPersonError", "NoRepetitionError", "__version__"),
    ]
)


def test_these_are_the_names() -> None:
    assert sorted(formcheck.__all__) == NAMES
    assert set(NAMES) <= set(dir(formcheck))


def test_each_name_is_there_and_documented() -> None:
    for name in set(NAMES) - {"__version__"}:
        assert getattr(formcheck, name).__doc__


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'analyse_video'"):
        formcheck.analyse_video  # noqa: B018


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
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
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
    recording = ROOT / "tests" / "poses" / "step_down_front_left.npz"
    run_page(PAGE.replace(FILM, recording.as_posix()))


@pytest.mark.slow
def test_the_page_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sample_videos").symlink_to(ROOT / "sample_videos")
    run_page(PAGE)
