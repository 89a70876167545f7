"""Read TOML files that a user wrote, with an error message that a user can act on."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from formcheck.data.errors import UsageError
from formcheck.data.file_names import printable
from formcheck.data.plain_file import read_plain

_MOST_BYTES = 1_000_000


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """Read a TOML file; ``what`` names it in messages, as in ``settings file``.

    Raises
    ------
    UsageError
        It cannot be read, or is not valid TOML.
    """
    name = printable(path.name or path)
    try:
        # "utf-8-sig" skips the byte-order mark that some editors write before the text.
        text = read_plain(path, _MOST_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise UsageError(
            f"cannot read the {what} {name!r}: {error.strerror}", hint="Check the file's name."
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{name} is not valid TOML: it is not a text in UTF-8",
            hint="Save it as text in UTF-8.",
        ) from error
    return parse_toml(text, name)


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """Read the text of a TOML file of that name; raises ``UsageError`` when it is not valid."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{name} is not valid TOML: {error}", hint="Fix that line.") from error
