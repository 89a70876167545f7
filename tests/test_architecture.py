"""Imports point downward only, and each outside package stays in its room."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "formcheck"

# From the top of the house to the ground. A module belongs to the longest name that fits.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("__main__",),
    ("cli",),
    ("",),  # the public API, formcheck/__init__.py
    ("app",),
    ("store",),
    ("report",),
    ("screen",),
    ("coach",),
    ("exercises",),
    ("motion",),
    ("pose",),
    ("video",),
    ("data",),
)
FLOOR_OF = {room: len(FLOORS) - height for height, rooms in enumerate(FLOORS) for room in rooms}

HOMES: dict[str, tuple[str, ...]] = {
    "av": ("video", "cli.probes"),
    "cv2": ("pose", "screen", "video", "cli.probes"),
    "distributed": ("app.batch",),
    "fpdf": ("report.pdf",),
    "fsspec": ("app.batch",),
    "jinja2": ("report", "app.batch"),
    "markupsafe": ("report",),
    "mediapipe": ("pose", "cli.probes"),
    "msgspec": (
        "data",
        "motion",
        "store",
        "app",
        "report",
        "screen",
        "coach",
        "pose",
        "video",
        "exercises",
        "cli",
    ),
    "numpy": (
        *("app", "coach", "data", "exercises", "motion", "pose", "report", "screen", "store"),
        *("video", "cli.probes"),
    ),
    "PIL": ("report", "screen"),
    "platformdirs": ("store.history",),
    "pyarrow": ("app.batch", "store.parquet_files"),
    "pyttsx3": ("coach.voice",),
    "rich": ("cli",),
    "scipy": ("motion",),
    "sounddevice": ("coach.sound", "cli.probes"),
    "typer": ("cli",),
}


STILL_UPWARD = {
    ("data.results", "pose.estimator"),
    ("motion.analyzer", "coach.cues"),
    ("report.csv_files", "store.whole_file"),
}
"""Arrows that still point up while the house is rebuilt; this list only shrinks."""

STILL_AWAY = {
    ("store.stills", "cv2"),
}


@dataclass(frozen=True)
class Import:
    """One module that another one imports, wherever in it and for whatever reason."""

    importer: str
    imported: str
    line: int

    def __str__(self) -> str:
        return f"formcheck/{self.importer.replace('.', '/')}:{self.line} imports {self.imported}"


def module_name(path: Path) -> str:
    """``kinematics.window`` for ``formcheck/kinematics/window.py``; a package by its own name."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports_of(importer: str, source: str) -> Iterator[Import]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(importer, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{importer}:{node.lineno} uses a relative import"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                is_module = whole.removeprefix("formcheck.") in MODULES
                yield Import(importer, whole if is_module else str(node.module), node.lineno)


def room_of(module: str, rooms: dict[str, int] | tuple[str, ...]) -> str | None:
    """Find the longest room name that the module's name starts with."""
    fitting = [room for room in rooms if module == room or module.startswith(f"{room}.")]
    return max(fitting, key=len, default=None)


ALL_IMPORTS = [
    found for name, path in MODULES.items() for found in imports_of(name, path.read_text("utf-8"))
]
INSIDE = [found for found in ALL_IMPORTS if found.imported.partition(".")[0] == "formcheck"]
OUTSIDE = [
    found
    for found in ALL_IMPORTS
    if found.imported.partition(".")[0] not in {"formcheck", "__future__", *sys.stdlib_module_names}
]


def points_downward(found: Import) -> bool:
    imported = found.imported.partition(".")[2]
    if imported == "":  # formcheck itself: its version, which needs nothing
        return True
    upper, lower = room_of(found.importer, FLOOR_OF), room_of(imported, FLOOR_OF)
    assert upper is not None, f"{found}: formcheck.{found.importer} is on no floor of FLOORS"
    assert lower is not None, f"{found}: {found.imported} is on no floor of FLOORS"
    return upper == lower or FLOOR_OF[upper] > FLOOR_OF[lower]


def is_at_home(found: Import) -> bool:
    package = found.imported.partition(".")[0]
    return room_of(found.importer, HOMES.get(package, ())) is not None


def test_every_import_points_downward() -> None:
    upward = {
        (found.importer, found.imported.partition(".")[2])
        for found in INSIDE
        if not points_downward(found)
    }
    assert upward == STILL_UPWARD


def test_outside_packages_stay_in_their_rooms() -> None:
    away = {(found.importer, found.imported) for found in OUTSIDE if not is_at_home(found)}
    assert away == STILL_AWAY


@pytest.mark.parametrize(
    ("importer", "statement"),
    [
        ("motion.angles", "from formcheck.store import record"),
        ("video.film", "import formcheck.pose.tracker"),
        ("data.frame", "from formcheck.exercises.scales import SCALE"),
    ],
)
def test_an_upward_or_sideways_import_is_found(importer: str, statement: str) -> None:
    (found,) = imports_of(importer, statement)
    assert not points_downward(found)


@pytest.mark.parametrize(
    ("importer", "statement"),
    [
        ("motion.analyzer", "import mediapipe"),
        ("report.html", "from rich.console import Console"),
        ("cli.analyze", "def late():\n    import cv2"),
        ("motion.angles", "import pandas"),
    ],
)
def test_a_package_out_of_its_room_is_found(importer: str, statement: str) -> None:
    (found,) = imports_of(importer, statement)
    assert not is_at_home(found)


def test_nothing_reads_objects_from_files_or_opens_connections() -> None:
    """What comes from a file stays data, and no Python code here knows how to reach the network.

    Processes of a batch talk to each other through `multiprocessing`, which reads no file.
    """
    forbidden = {
        *("pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle"),
        *("socket", "ssl", "ftplib", "http", "smtplib", "requests", "urllib3", "aiohttp"),
    }
    found = [
        found
        for found in ALL_IMPORTS
        if found.imported.partition(".")[0] in forbidden
        or found.imported.startswith(("urllib.request", "asyncio"))
    ]
    assert not found


def test_every_array_file_is_read_without_objects() -> None:
    calls = [
        (path.name, node.lineno, {word.arg: word.value for word in node.keywords})
        for path in MODULES.values()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.load", "numpy.load")
    ]
    assert calls
    for name, line, words in calls:
        allowed = words.get("allow_pickle")
        assert isinstance(allowed, ast.Constant), f"{name}:{line}"
        assert allowed.value is False, f"{name}:{line}"
