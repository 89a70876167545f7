"""The tables of options in ``docs/command-line.md``, made from the declarations.

``python tests/command_tables.py`` writes them into the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from formcheck.app.options import (
    AnalyzeOptions,
    AppOptions,
    BatchOptions,
    HistoryOptions,
    LiveOptions,
    Option,
    Options,
    ProgrammeOptions,
    declared,
)
from formcheck.cli.commands import app

PAGE = Path(__file__).resolve().parent.parent / "docs" / "command-line.md"
RECORDS: dict[str, tuple[type[Options], ...]] = {
    "analyze": (AnalyzeOptions, HistoryOptions),
    "live": (LiveOptions, ProgrammeOptions, HistoryOptions),
    "batch": (BatchOptions, HistoryOptions),
    "app": (AppOptions,),
}
_HEAD = "| option | meaning |\n|---|---|\n"
_TABLE = re.compile(re.escape(_HEAD) + r"(?:\|.*\n)+")


def options_of(command: str) -> dict[str, Any]:
    """The options of a command as the command line has them, by name in Python."""
    group: Any = typer.main.get_command(app)
    params = group.commands[command].params
    return {param.name: param for param in params if param.param_type_name == "option"}


def declared_for(command: str) -> dict[str, Option]:
    """The declared options of a command."""
    return {one.name: one for record in RECORDS[command] for one in declared(record)}


def table(command: str) -> str:
    """Make the table of a command's options."""
    known = declared_for(command)
    rows = (
        _row(param, known[name]) if name in known else _row_of_command(param)
        for name, param in options_of(command).items()
    )
    return _HEAD + "".join(rows)


def section(page: str, command: str) -> str:
    """What the page says of a command."""
    return page.partition(f"\n## formcheck {command}\n")[2].partition("\n## ")[0]


def with_tables(page: str) -> str:
    """Give the page with its tables made anew."""
    for command in RECORDS:
        old = section(page, command)
        page = page.replace(old, _TABLE.sub(lambda _: table(command), old, count=1))  # noqa: B023
    return page


def _row(param: Any, one: Option) -> str:
    return _line(param, " ".join(_sentences(one)))


def _sentences(one: Option) -> Iterator[str]:
    yield one.help_when_off if one.value_type is bool and one.default else one.sentence
    default = f"{one.default:g}" if one.value_type is float and one.default else one.default
    if one.default_text or (default and one.value_type is not bool):
        yield f"Default: {one.default_text or default}."
    if one.details:
        yield one.details


def _row_of_command(param: Any) -> str:
    return _line(param, param.help)


def _line(param: Any, text: str) -> str:
    value = "" if param.is_flag else f" {param.metavar}".replace("|", "\\|")
    flags = ", ".join(f"`{flag}{value}`" for flag in sorted(param.opts, reverse=True, key=len))
    text = text if text.endswith((".", "!", "?")) else f"{text}."
    return f"| {flags} | {text} |\n"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text("utf-8")), "utf-8")
