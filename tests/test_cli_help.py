"""Every command has help with an example and is documented; help stays quick."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from conftest import RunCli

import formcheck
from formcheck.cli.commands import app

COMMANDS = sorted(
    [
        *(
            command.name or command.callback.__name__
            for command in app.registered_commands
            if command.callback is not None
        ),
        *(group.name for group in app.registered_groups if isinstance(group.name, str)),
    ]
)
INNER = [
    (group.name, command.name)
    for group in app.registered_groups
    for command in (group.typer_instance.registered_commands if group.typer_instance else ())
]
HEAVY = ("av", "cv2", "fpdf", "jinja2", "mediapipe", "msgspec", "numpy", "PIL", "rich", "scipy")


def test_these_are_the_commands() -> None:
    assert [
        *("advise", "analyze", "app", "batch", "compare", "doctor", "exercises", "explain"),
        *("history", "live", "passport", "programme", "progress", "report"),
    ] == COMMANDS
    assert [
        *(("history", "export"), ("history", "add"), ("history", "delete")),
        *(("programme", "list"), ("programme", "show"), ("programme", "check")),
    ] == INNER


@pytest.mark.parametrize(("group", "command"), INNER)
def test_inner_commands_have_help_and_are_documented(
    group: str, command: str, root: Path, run_cli: RunCli
) -> None:
    page = run_cli(group, command, "--help")
    assert re.search(rf"Examples?:\n +formcheck {group} {command}", page.out)
    documented = (root / "docs" / "command-line.md").read_text("utf-8")
    section = documented.partition(f"\n### formcheck {group} {command}\n")[2].partition("\n##")[0]
    options = set(re.findall(r"--[a-z][a-z-]+", page.out)) - {"--help"}
    assert {option for option in options if option not in section} == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_an_example(command: str, run_cli: RunCli) -> None:
    help_page = run_cli(command, "--help")
    assert help_page.code == 0
    assert re.search(rf"Examples?:\n +formcheck {command}", help_page.out)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_takes_json(command: str, run_cli: RunCli) -> None:
    assert "--json" in run_cli(command, "--help").out


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_and_option_is_documented(command: str, root: Path, run_cli: RunCli) -> None:
    documented = (root / "docs" / "command-line.md").read_text("utf-8")
    section = documented.partition(f"\n## formcheck {command}\n")[2].partition("\n## ")[0]
    assert f"formcheck {command}" in section
    options = set(re.findall(r"--[a-z][a-z-]+", run_cli(command, "--help").out))
    undocumented = {
        option for option in options - {"--help"} if option not in section.replace("\\|", " ")
    }
    assert undocumented == set()


def test_an_option_has_one_default(run_cli: RunCli) -> None:
    """One that is said in words is not said again as a number."""
    page = " ".join(run_cli("app", "--help").out.split())
    port = page[page.index("--port") : page.index("--no-browser")]
    assert re.findall(r"\[default: [^]]*]", port) == ["[default: any that is free]"]


def test_the_first_page_lists_every_command(run_cli: RunCli) -> None:
    page = run_cli("--help")
    assert page.code == 0
    assert all(re.search(rf"^  {command} ", page.out, re.MULTILINE) for command in COMMANDS)


@pytest.mark.parametrize("page", [("--help",), ("history", "--help"), ("programme", "--help")])
def test_what_a_command_does_fits_a_line_of_80_columns(
    page: tuple[str, ...], run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    commands = run_cli(*page).out.partition("Commands:\n")[2].partition("\n\n")[0]
    assert commands
    assert [line for line in commands.splitlines() if not line.endswith(".")] == []
    assert "..." not in commands


def test_version(run_cli: RunCli) -> None:
    assert run_cli("--version").out == f"formcheck {formcheck.__version__}\n"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["analyse", "a.mp4"], "analyze"),
        (["analyze"], "VIDEO"),
        (["analyze", "a.mp4", "--side", "middle"], "--side"),
        (["analyze", "a.mp4", "--slow-motion", "0"], "--slow-motion"),
        (["analyze", "a.mp4", "--colour"], "--colour"),
    ],
)
def test_wrong_usage_exits_with_2_and_names_it(args: list[str], says: str, run_cli: RunCli) -> None:
    outcome = run_cli(*args)
    assert outcome.code == 2
    assert says in outcome.err
    assert "Traceback" not in outcome.err


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from formcheck.cli import main\n"
        "try:\n    main(['--help'])\n"
        "except SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=240
    )
    assert done.stderr.strip() == "[]"


def test_it_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "formcheck", "--version"],
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    assert done.stdout == f"formcheck {formcheck.__version__}\n"


def test_the_app_shows_no_traceback_of_its_own() -> None:
    assert isinstance(app, typer.Typer)
    assert app.pretty_exceptions_enable is False


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["frobnicate"], "No such command 'frobnicate'. See formcheck --help."),
        (["analyze"], "Missing argument 'VIDEO'. See formcheck analyze --help."),
        (["analyze", "a.mp4", "--nope"], "No such option: --nope"),
        (["analyze", "a.mp4", "--slow-motion", "fast"], "Invalid value for '--slow-motion'"),
        (["analyze", "a.mp4", "--slow-motion", "1e9"], "'slow motion' must be from 1 to 1000"),
        (
            ["analyze", "a.mp4", "--side", "up"],
            "'side' must be auto, left or right, not 'up'. Choose one of them (--side).",
        ),
        (["analyze", "a.mp4", "--out", ""], "the folder's name is empty"),
    ],
)
def test_wrong_words_get_one_line(words: list[str], expected: str, run_cli: RunCli) -> None:
    done = run_cli(*words)
    assert done.code == 2
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert done.err.startswith("formcheck: ")
    assert expected in done.err
