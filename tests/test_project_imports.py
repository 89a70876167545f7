"""Tests stand alone: none imports from another test or from the benchmarks, nor the other way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT / "tests" / "clips"
"""Films, truth and scoring that tests and benchmarks share; it stands alone."""
TESTS = {path.stem for path in (ROOT / "tests").rglob("*.py") if SHARED not in path.parents}
BENCHMARKS = {path.stem for path in (ROOT / "benchmarks").glob("*.py")} | {"benchmarks"}
"""The commands; none imports another."""
THEIR_PACKAGES = {path.parent.name for path in (ROOT / "benchmarks").glob("*/__init__.py")}
"""What the commands share."""


def imported(source: str) -> Iterator[str]:
    """Every module that a source imports, by its first name; also what is put on the path."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module).partition(".")[0]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("sys.path."):
            yield "sys.path"


def forbidden(room: str, name: str) -> bool:
    """Whether a file of a room may not import the module of that name."""
    if name == "sys.path":  # a benchmark is a script: it finds tests/clips that way
        return room != "benchmarks"
    if room == "tests":
        return name in BENCHMARKS | THEIR_PACKAGES or name.startswith("test_")
    if room == "tests/clips" and name in THEIR_PACKAGES:
        return True
    return name in TESTS or (room == "benchmarks" and name in BENCHMARKS)


@pytest.mark.parametrize("room", ["tests", "benchmarks", "tests/clips"])
def test_no_file_imports_what_it_may_not(room: str) -> None:
    paths = sorted((ROOT / room).rglob("*.py"))
    assert paths
    found = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in paths
        for name in imported(path.read_text("utf-8"))
        if forbidden(room, name)
    ]
    assert not found


@pytest.mark.parametrize(
    ("room", "statement"),
    [
        ("tests", "from test_rail import POSES"),
        ("tests", "from accuracy import errors"),
        ("tests", "import benchmarks.accuracy"),
        ("tests", "from scoreboard.published import clips_in"),
        ("tests/clips", "from scoreboard.published import clips_in"),
        ("tests", "import sys\nsys.path.insert(0, 'benchmarks')"),
        ("benchmarks", "from moving import figure"),
        ("benchmarks", "from accuracy import errors"),
        ("tests/clips", "def late():\n    from frame_examples import frame_at"),
    ],
)
def test_a_forbidden_import_is_found(room: str, statement: str) -> None:
    assert any(forbidden(room, name) for name in imported(statement))


def test_other_imports_are_allowed() -> None:
    for room in ("tests", "benchmarks", "tests/clips"):
        for name in imported("import numpy as np\nfrom clips.truth import read_truth"):
            assert not forbidden(room, name)
