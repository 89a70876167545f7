"""The worked examples of ``docs/architecture.md``, done as they stand to a copy of the package."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import formcheck

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
STEP_DOWNS = ROOT / "tests" / "poses" / "step_down_front_left.npz"
SQUATS = ROOT / "tests" / "poses" / "squat_front.npz"

Change = tuple[str, list[tuple[str, str]]]
"""A file, and in it each text with the one that takes its place."""


def section(title: str) -> str:
    """Give the part of the page under a heading."""
    found = PAGE.partition(f"\n## {title}\n")[2]
    assert found, title
    return re.split(r"\n##? ", found)[0]


def blocks(text: str, language: str) -> list[str]:
    """Give the code blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def changes(diff: str) -> list[Change]:
    """Read a unified diff; the places are found by their text, not by line numbers."""
    found: list[Change] = []
    for part in re.split(r"^--- a/.*\n", diff, flags=re.MULTILINE)[1:]:
        head, *hunks = re.split(r"^@@.*\n", part, flags=re.MULTILINE)
        path = re.fullmatch(r"\+\+\+ b/(\S+)\n", head)
        assert path is not None, head
        found.append((path[1], [(sides(hunk, "-"), sides(hunk, "+")) for hunk in hunks]))
    return found


def sides(hunk: str, own: str) -> str:
    """Give the text of a hunk before (``-``) or after (``+``) the change."""
    lines = hunk.splitlines()
    return "".join(f"{line[1:]}\n" for line in lines if not line or line[0] in (" ", own))


def apply(diff: str, folder: Path) -> set[str]:
    """Make the changes in a folder; gives the files that were touched."""
    touched = set()
    for path, places in changes(diff):
        text = (folder / path).read_text("utf-8")
        for old, new in places:
            assert text.count(old) == 1, f"{path}: this is not there once:\n{old}"
            text = text.replace(old, new)
        (folder / path).write_text(text, "utf-8")
        touched.add(path)
    return touched


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with a copy of the package that may be changed."""
    shutil.copytree(
        ROOT / "formcheck", tmp_path / "formcheck", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path


def run(folder: Path, *args: str) -> str:
    """Run Python on the copy in a folder; gives what it printed."""
    done = subprocess.run(
        [sys.executable, *args],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def analyzed(folder: Path, poses: Path, exercise: str) -> dict[str, Any]:
    """Analyze recorded poses with the copy; gives ``session.json``, beside which the files are."""
    options = ("-e", exercise, "--no-history", "--no-video", "-o", "out")
    run(folder, "-m", "formcheck", "analyze", str(poses), *options)
    found: dict[str, Any] = json.loads((folder / "out" / "session.json").read_text("utf-8"))
    return found


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "out" / "reps.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_new_exercise_is_one_file_and_a_new_metric_a_function_and_its_spec(copy: Path) -> None:
    text = section("How to add an exercise")
    path = re.search(r"<!-- new file: (\S+) -->\n```python\n(.*?)```", text, re.DOTALL)
    assert path is not None
    assert not (copy / path[1]).exists()
    (copy / path[1]).write_text(path[2], "utf-8")
    assert "Box squat" in run(copy, "-m", "formcheck", "explain", "box_squat")
    session = analyzed(copy, SQUATS, "box_squat")
    assert (session["exercise"]["id"], len(session["efforts"])) == ("box_squat", 3)
    assert "stance_width_pct" not in session["efforts"][0]["measurements"]

    (diff,) = blocks(section("How to add a metric"), "diff")
    assert apply(diff, copy) == {path[1]}
    session = analyzed(copy, SQUATS, "box_squat")
    for rep, row in zip(session["efforts"], rows(copy), strict=True):
        width = rep["measurements"]["stance_width_pct"]
        assert 20.0 < width["value"] < 60.0
        assert width["grade"] is None
        assert float(row["stance_width_pct"]) == width["value"]
        assert len(rep["series"]["stance_width_pct"]) == len(rep["series"]["t_s"])
    assert "Stance width" in (copy / "out" / "report.html").read_text("utf-8")


def test_the_new_exercise_does_what_every_exercise_must(copy: Path) -> None:
    (code,) = blocks(section("How to add an exercise"), "python")
    (copy / "formcheck" / "exercises" / "box_squat.py").write_text(code, "utf-8")
    apply(blocks(section("How to add a metric"), "diff")[0], copy)
    tests = copy / "tests"
    tests.mkdir()
    for name in ("moving.py", "walking_figures.py", "test_exercises_contract.py"):
        shutil.copy(ROOT / "tests" / name, tests)
    chosen = ("-p", "no:cacheprovider", "-q", "-k", "box_squat")
    said = run(copy, "-m", "pytest", *chosen, "tests/test_exercises_contract.py")
    assert re.search(r"\b[1-9]\d* passed", said)


def test_a_new_output_is_one_function_of_the_session() -> None:
    (code,) = blocks(section("How to add an output"), "python")
    names: dict[str, Any] = {}
    exec(compile(code, "docs/architecture.md", "exec"), names)  # noqa: S102
    session = formcheck.measure(formcheck.track(STEP_DOWNS), "step_down")
    assert names["in_one_line"](session) == (
        "Step-down: 2 of 4 with good form; next time: push the knee out over the little toe, "
        "go down more slowly, count to three"
    )


def test_a_new_field_touches_at_most_three_files_and_is_everywhere(copy: Path) -> None:
    (diff,) = blocks(section("How to add a field"), "diff")
    assert len(apply(diff, copy)) <= 3

    session = analyzed(copy, STEP_DOWNS, "step_down")
    assert [rep["standing_seen"] for rep in session["efforts"]] == [True] * 4
    knee = session["efforts"][0]["measurements"]["knee_fppa_deg"]
    assert knee["seen_pct"] == 100.0

    first = rows(copy)[0]
    assert first["standing_seen"] == "true"
    assert first["knee_fppa_deg_seen_pct"] == "100"

    script = (
        "import json, pathlib, sys\n"
        f"sys.path.append({str(Path(__file__).parent)!r})\n"
        "from formcheck.exercises import all_exercises\n"
        "from data_dictionary import filled\n"
        "from formcheck.store.session_file import schema\n"
        f"page = pathlib.Path({str(ROOT / 'docs' / 'data-dictionary.md')!r}).read_text('utf-8')\n"
        "specs = [spec for one in all_exercises() for spec in one.info().specs]\n"
        "print(json.dumps([schema(), filled(page, specs)]))\n"
    )
    schema, dictionary = json.loads(run(copy, "-c", script))
    assert "standing_seen" in schema["$defs"]["Rep"]["properties"]
    assert schema["$defs"]["Measurement"]["properties"]["seen_pct"]["x-unit"] == "%"
    assert "| `standing_seen` | true or false or none |" in dictionary
    assert "| `seen_pct` | number or none | % | frames of the repetition that have it |" in (
        dictionary
    )
    assert "| `<id>_seen_pct` |" in dictionary


def test_a_session_without_the_new_fields_can_still_be_read(copy: Path) -> None:
    before = analyzed(copy, STEP_DOWNS, "step_down")
    assert "standing_seen" not in before["efforts"][0]
    apply(blocks(section("How to add a field"), "diff")[0], copy)
    run(copy, "-m", "formcheck", "report", "out", "--format", "md")
    assert rows(copy)[0]["index"] == "1"
    assert (copy / "out" / "report.md").is_file()


def test_a_change_that_does_not_fit_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nx = 1\n")
    with pytest.raises(AssertionError, match="not there once"):
        apply("--- a/a.py\n+++ b/a.py\n@@\n-x = 1\n+x = 2\n", tmp_path)
    (tmp_path / "a.py").write_text("x = 1\n")
    assert apply("--- a/a.py\n+++ b/a.py\n@@\n-x = 1\n+x = 2\n", tmp_path) == {"a.py"}
    assert (tmp_path / "a.py").read_text() == "x = 2\n"
