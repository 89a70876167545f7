"""Imports point downward only, and each outside package stays in its room."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "formcheck"

PAGE = PACKAGE.parent / "docs" / "architecture.md"
HEADER = "| room | what is in it | packages only it uses |"


@dataclass(frozen=True)
class Room:
    """A row of the table of rooms in ``docs/architecture.md``; the rows run from top to bottom."""

    name: str
    packages: tuple[str, ...]


def rooms_of(page: str) -> tuple[Room, ...]:
    """Read the one list of rooms; a module belongs to the longest room name that fits."""
    assert page.count(HEADER) == 1
    rows = page.partition(HEADER)[2].strip().splitlines()[1:]
    found = []
    for row in rows:
        if not row.startswith("|"):
            break
        name, _, packages = (cell.strip() for cell in row.strip("|").split("|"))
        found.append(Room(name_of(name), tuple(re.findall(r"\w+", packages))))
    return tuple(found)


def name_of(cell: str) -> str:
    """``app.batch`` for `` `app/batch/` ``; empty for the package's own file."""
    path = cell.strip("`").removesuffix(".py").strip("/").replace("/", ".")
    return "" if path == "__init__" else path


ROOMS = rooms_of(PAGE.read_text("utf-8"))
FLOOR_OF = {room.name: -height for height, room in enumerate(ROOMS)}
EVERYWHERE = ("msgspec", "numpy")
"""How records and arrays are written down; every other package stays in the rooms that name it."""
COMMANDS_LOOK_AT = ("av", "cv2", "mediapipe", "sounddevice")
"""``cli/probes.py`` checks what this machine has, and imports nothing else of the kind."""
HOMES = {
    package: tuple(room.name for room in ROOMS if package in room.packages)
    for package in {package for room in ROOMS for package in room.packages}
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
    """``motion.angles`` for ``formcheck/motion/angles.py``; a package by its own name."""
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
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # A module that is named in a string: for import_module, a child process, a resource.
            if node.value.removeprefix("formcheck.") in MODULES and "formcheck." in node.value:
                yield Import(importer, node.value, node.lineno)
        elif is_import_call(node):
            yield from (Import(importer, name, node.lineno) for name in outside_names(node))


IMPORT_CALLS = ("import_module", "__import__")


def is_import_call(node: ast.AST) -> TypeGuard[ast.Call]:
    if not isinstance(node, ast.Call):
        return False
    called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
    return (called.id if isinstance(called, ast.Name) else called) in IMPORT_CALLS


def outside_names(call: ast.Call) -> Iterator[str]:
    """The package that a call imports by its name in a string, when it is none of ours."""
    for word in call.args[:1]:
        if isinstance(word, ast.Constant) and not str(word.value).startswith("formcheck"):
            yield str(word.value)


def room_of(module: str, rooms: dict[str, int] | tuple[str, ...]) -> str | None:
    """Find the longest room name that the module's name starts with."""
    fitting = [room for room in rooms if room == module or module.startswith(f"{room}.")]
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
    if found.importer == "__main__":  # starts the commands
        return True
    upper, lower = room_of(found.importer, FLOOR_OF), room_of(imported, FLOOR_OF)
    assert upper is not None, f"{found}: the importer is in no room of {PAGE.name}"
    assert lower is not None, f"{found}: the imported is in no room of {PAGE.name}"
    return upper == lower or FLOOR_OF[upper] > FLOOR_OF[lower]


def is_at_home(found: Import) -> bool:
    package = found.imported.partition(".")[0]
    if package in EVERYWHERE or (package in COMMANDS_LOOK_AT and found.importer == "cli.probes"):
        return True
    return room_of(found.importer, HOMES.get(package, ())) is not None


def test_the_page_lists_the_rooms_from_top_to_bottom() -> None:
    assert [room.name for room in ROOMS] == [
        *("cli", "web", "", "app", "store", "report", "screen", "coach", "exercises", "motion"),
        *("pose", "video", "data"),
    ]
    there = {name.partition(".")[0] for name in MODULES} - {"__main__"}
    assert there == {room.name for room in ROOMS}


def test_a_module_name_has_one_meaning() -> None:
    """No module is called like a room or like another module; the package's own files aside."""
    assert names_used_twice(MODULES) == {}


def names_used_twice(modules: Iterable[str]) -> dict[str, list[str]]:
    by_name: dict[str, list[str]] = {}
    for module in modules:
        by_name.setdefault(module.rpartition(".")[2], []).append(module)
    return {name: found for name, found in by_name.items() if len(found) > 1}


def test_a_module_called_like_a_room_or_another_module_is_found() -> None:
    modules = ["", "store", "store.history", "store.history.store", "cli.history", "cli.lines"]
    assert names_used_twice(modules) == {
        "store": ["store", "store.history.store"],
        "history": ["store.history", "cli.history"],
    }


def test_each_package_that_a_room_names_is_used_in_it() -> None:
    used = {(room_of(one.importer, FLOOR_OF), one.imported.partition(".")[0]) for one in OUTSIDE}
    assert {(room.name, package) for room in ROOMS for package in room.packages} <= used


def test_every_import_points_downward() -> None:
    assert [str(found) for found in INSIDE if not points_downward(found)] == []


def test_outside_packages_stay_in_their_rooms() -> None:
    assert [str(found) for found in OUTSIDE if not is_at_home(found)] == []


@pytest.mark.parametrize(
    ("importer", "statement"),
    [
        ("motion.angles", "from formcheck.store import session_file"),
        ("video.film", "import formcheck.pose.subject"),
        ("data.frame", "from formcheck.exercises.scales import SCALE"),
        ("motion.angles", "import importlib\nimportlib.import_module('formcheck.report.view')"),
        ("data.frame", "late = __import__('formcheck.motion.angles')"),
        ("screen.draw", "run([sys.executable, '-m', 'formcheck.cli.probes'])"),
    ],
)
def test_an_upward_or_sideways_import_is_found(importer: str, statement: str) -> None:
    ours = [one for one in imports_of(importer, statement) if "formcheck" in one.imported]
    assert [points_downward(one) for one in ours] == [False]


@pytest.mark.parametrize(
    ("importer", "statement"),
    [
        ("motion.analyzer", "import mediapipe"),
        ("report.html", "from rich.console import Console"),
        ("cli.analyze_command", "def late():\n    import cv2"),
        ("motion.angles", "import pandas"),
        ("motion.angles", "from importlib import import_module\nimport_module('cv2')"),
    ],
)
def test_a_package_out_of_its_room_is_found(importer: str, statement: str) -> None:
    found = list(imports_of(importer, statement))[-1]
    assert not is_at_home(found)


NAMED_WHILE_IT_RUNS = {"", "exercises.registry"}
"""The package's lazy names and the exercises: only these build the name of a module to import."""


def test_no_other_module_builds_the_name_of_what_it_imports() -> None:
    found = {
        module
        for module, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if is_import_call(node) and not isinstance(node.args[0], ast.Constant)
    }
    assert found == NAMED_WHILE_IT_RUNS


def public_types(source: str) -> Iterator[str]:
    """The classes and type aliases of a module; constants are in capitals."""
    for node in ast.parse(source).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        for name in [node.name] if isinstance(node, ast.ClassDef) else names:
            if name[0].isupper() and not name.isupper():
                yield name


def test_a_class_has_a_name_of_its_own() -> None:
    homes: dict[str, list[str]] = {}
    for module, path in MODULES.items():
        for name in public_types(path.read_text("utf-8")):
            homes.setdefault(name, []).append(module)
    assert {name: found for name, found in homes.items() if len(found) > 1} == {}


def test_classes_and_aliases_are_names_of_types() -> None:
    source = "class Card: ...\nLine = tuple[int, int]\nPath: TypeAlias = str\nWIDTH = 3\n_Own = int"
    assert list(public_types(source)) == ["Card", "Line", "Path"]


def test_nothing_reads_objects_from_files_or_opens_connections() -> None:
    """What comes from a file stays data, and no Python code here knows how to reach the network.

    Processes of a batch talk to each other through `multiprocessing`, which reads no file. The
    server of the app listens, on the loopback address, and in the local network when it is asked
    to; `tests/test_cli_app.py` checks which. It never calls anybody.
    """
    listens = {
        ("web.server", "socket"),
        ("web.server", "asyncio"),
        ("web.network", "socket"),  # which addresses this machine has
        ("web.live_sets.desk", "asyncio"),
        ("web.live_sets.followers", "asyncio"),
        ("web.live_sets.live_answers", "asyncio"),
    }
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
    assert {(one.importer, one.imported) for one in found} == listens


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


BELOW_THE_COMMANDS = {
    name: path
    for name, path in MODULES.items()
    if name.partition(".")[0] not in ("cli", "__main__")
}
CHILD_PROCESSES = {"coach.voice"}
"""Ends a process that only formcheck starts, with a code that only formcheck reads."""


def words_of_the_command_line(source: str) -> Iterator[str]:
    """What only the commands may know: flags, exit codes, printing."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"(?<![\w-])--[a-z][\w-]*|[Ee]xit codes?", node.value)
        if isinstance(node, ast.Attribute | ast.Name):
            called = ast.unparse(node)
            if called in ("print", "sys.exit", "exit_code", "SystemExit", "sys.stdout"):
                yield called


COMMAND_LINE_PAGE = (PAGE.parent / "command-line.md").read_text("utf-8")
COMMANDS = set(re.findall(r"^\| \[`formcheck (\w+)", COMMAND_LINE_PAGE, re.MULTILINE))


def commands_named(source: str) -> Iterator[str]:
    """The commands that a text for the user names; docstrings are for readers of the code."""
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            named = re.findall(r"\bformcheck (\w+)", node.value)
            yield from (name for name in named if name in COMMANDS and id(node) not in docstrings)


def test_below_the_commands_no_error_or_note_names_a_command() -> None:
    """Such texts are shown by pages and reports, too; ``FormcheckError.command`` is for the rest.

    The app may say how it is started itself, and a programme's field where its list is. The words
    of the options are for the command line: pages have their own.
    """
    assert {"doctor", "history", "analyze"} <= COMMANDS
    found = {
        name: words
        for name, path in BELOW_THE_COMMANDS.items()
        if (words := set(commands_named(path.read_text("utf-8"))))
    }
    assert {name: words for name, words in found.items() if name != "app.options"} == {
        "data.programme": {"exercises"},
        "web.keys": {"app"},
        "web.server": {"app"},
    }


def test_a_command_in_a_text_is_found_and_one_in_a_docstring_is_left_alone() -> None:
    assert list(commands_named("hint = f'Run `formcheck history add {path}`.'")) == ["history"]
    assert not list(commands_named('"`formcheck history` shows it."'))
    assert not list(commands_named("hint = 'formcheck measures again'"))


def test_below_the_commands_nothing_knows_the_command_line() -> None:
    found = {
        name: words
        for name, path in BELOW_THE_COMMANDS.items()
        if (words := set(words_of_the_command_line(path.read_text("utf-8"))))
    }
    assert {name: words for name, words in found.items() if name not in CHILD_PROCESSES} == {}
    assert all(found[name] == {"sys.exit"} for name in CHILD_PROCESSES)


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("hint = 'Give --side left.'", "--side"),
        ("def run():\n    '''Exit codes: 0 done.'''", "Exit codes"),
        ("print('done')", "print"),
        ("import sys\nsys.exit(3)", "sys.exit"),
        ("raise SystemExit(3)", "SystemExit"),
    ],
)
def test_a_word_of_the_command_line_is_found(source: str, word: str) -> None:
    assert list(words_of_the_command_line(source)) == [word]


@pytest.mark.parametrize("source", ["'a -- b'", "'well--known'", "'---'", "x = text.print"])
def test_other_words_are_left_alone(source: str) -> None:
    assert not list(words_of_the_command_line(source))
