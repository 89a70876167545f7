"""The options of each film of a batch.

The command line sets options for all films. A settings file (TOML or CSV) can set other options for
single films, or for films whose name fits a pattern.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from formcheck.app.options import FilmOptions, declared, require_possible
from formcheck.data.errors import UsageError
from formcheck.data.plain_file import read_plain
from formcheck.data.toml_file import parse_toml

FILM_COLUMN = "film"
ALL_TABLE, FILMS_TABLE = "all", "films"
_YES, _NO = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0"})

_MOST_BYTES = 16_000_000


KNOWN = {one.name: one for one in declared(FilmOptions)}


@dataclass(frozen=True)
class FilmRule:
    """One entry of the settings file: a pattern for film names, and options for these films.

    ``pattern`` is the film's path in the batch, or its file name; ``*`` and ``?`` are wildcards.
    """

    pattern: str
    values: Mapping[str, Any]

    def fits(self, film: str) -> bool:
        """Whether the rule applies to the film."""
        return any(
            name == self.pattern or fnmatchcase(name, self.pattern)
            for name in (film, PurePosixPath(film).name)
        )


def load_rules(path: Path) -> tuple[FilmRule, ...]:
    """Read options for single films from a TOML or a CSV file.

    In TOML the table ``[all]`` is for every film and ``[films."PATTERN"]`` for those that fit.
    A CSV file has a column ``film`` with the pattern, and a column for each option; an empty cell
    leaves the option as it is. Cells are separated by commas or semicolons, as in the first line.

    Raises
    ------
    UsageError
        It cannot be read, or names an unknown option or an invalid value.
    """
    try:
        text = read_plain(path, _MOST_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise UsageError(
            f"cannot read the settings file {path.name!r}: {error.strerror}",
            hint="Check the file's name.",
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path.name} is not UTF-8 text", hint="Save it again as text in UTF-8."
        ) from error
    read = {".toml": _toml_rules, ".csv": _csv_rules}.get(path.suffix.lower())
    if read is None:
        raise UsageError(
            f"the settings file {path.name!r} must end in .toml or .csv",
            hint="Rename the file.",
        )
    rules = tuple(read(path.name, text))
    for rule in rules:
        _require_possible(rule.values, f"{path.name}, {rule.pattern!r}: ")
    return rules


def _require_possible(values: Mapping[str, Any], where: str) -> None:
    try:
        require_possible(FilmOptions(**values))
    except UsageError as error:
        raise UsageError(f"{where}{error.message}", hint=error.hint) from error


def choices_for(
    films: Sequence[str], default: FilmOptions, rules: Sequence[FilmRule]
) -> dict[str, FilmOptions]:
    """Return the options of each film; if several rules set an option, the last one counts.

    Raises
    ------
    UsageError
        A rule fits no film: its name is most likely misspelled.
    """
    for rule in rules:
        if not any(rule.fits(film) for film in films):
            raise UsageError(
                f"the settings file has an entry for {rule.pattern!r}, but the batch has no such "
                "film",
                hint="Write the path relative to the folder, such as 'home/monday.mp4' or "
                "'home/*'.",
            )
    chosen = {}
    for film in films:
        choices = default
        for rule in rules:
            if rule.fits(film):
                choices = replace(choices, **rule.values)
        chosen[film] = choices
    return chosen


def _toml_rules(name: str, text: str) -> Iterable[FilmRule]:
    data = parse_toml(text, name)
    for key in data:
        if key not in (ALL_TABLE, FILMS_TABLE):
            raise UsageError(
                f"{name}: unknown table {key!r}",
                hint=f'Write [{ALL_TABLE}] for all films and [{FILMS_TABLE}."NAME"] for one.',
            )
    if ALL_TABLE in data:
        yield FilmRule("*", _values(f"{name}, [{ALL_TABLE}]", data[ALL_TABLE]))
    films = data.get(FILMS_TABLE, {})
    if not isinstance(films, dict):
        raise UsageError(f"{name}: films must be tables", hint='Write [films."NAME"].')
    for pattern, table in films.items():
        yield FilmRule(pattern, _values(f"{name}, {pattern!r}", table))


def _csv_rules(name: str, text: str) -> Iterable[FilmRule]:
    try:
        first = text.partition("\n")[0]
        mark = ";" if first.count(";") > first.count(",") else ","
        rows = csv.DictReader(text.splitlines(), delimiter=mark, strict=True)
        columns = Counter(name.strip() for name in rows.fieldnames or ())
        if FILM_COLUMN not in columns:
            raise UsageError(
                f"{name} has no column {FILM_COLUMN!r}",
                hint=f"Its first line should read for example: {FILM_COLUMN},exercise,side,person",
            )
        twice = [column for column, count in columns.items() if column and count > 1]
        if twice:
            raise UsageError(f"{name} has two columns {twice[0]!r}", hint="Remove one of them.")
        for line in rows:
            where = f"{name}, line {rows.line_num}"
            if None in line or None in line.values():
                raise UsageError(
                    f"{where} does not have as many cells as the first line", hint="Fix that line."
                )
            cells = {key.strip(): value.strip() for key, value in line.items() if value.strip()}
            pattern = cells.pop(FILM_COLUMN, None)
            if pattern is None:
                raise UsageError(
                    f"{where} names no film", hint="Add the film's name, or remove the line."
                )
            yield FilmRule(pattern, _values(where, cells))
    except csv.Error as error:
        raise UsageError(f"{name} is not valid CSV: {error}", hint="Fix that line.") from error


def _values(where: str, table: object) -> dict[str, Any]:
    if not isinstance(table, Mapping):
        raise UsageError(
            f"{where} must be a table but is {table!r}",
            hint='Write it in brackets, and the settings below it: [films."NAME"].',
        )
    values = {}
    for key, value in table.items():
        if key not in KNOWN:
            raise UsageError(
                f"{where}: unknown setting {key!r}", hint=f"Known settings: {', '.join(KNOWN)}."
            )
        try:
            values[key] = _READERS[KNOWN[key].value_type](value)
        except (TypeError, ValueError) as error:
            raise UsageError(f"{where}: {key} cannot be {value!r}", hint=str(error)) from error
    return values


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("It must be text.")
    return value


def _yes_or_no(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word not in _YES | _NO:
        raise ValueError("It must be yes or no.")
    return word in _YES


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError("It must be a number.")
    try:
        return float(value)
    except (ValueError, OverflowError) as error:
        raise ValueError("It must be a number.") from error


def _whole_number(value: object) -> int:
    number = _number(value)
    if not number.is_integer():  # rejects NaN and infinity, too
        raise ValueError("It must be a whole number.")
    return int(number)


_READERS: dict[type, Callable[[object], object]] = {
    bool: _yes_or_no,
    int: _whole_number,
    float: _number,
    str: _text,
}
