"""How records are declared: each field once, with type, unit, decimals and meaning.

:class:`Record` is the base class of all records that are kept or shared, and :func:`about`
describes a field. From these declarations the JSON is written and read, and the JSON Schema, the
columns of tables and the data dictionary are made.

msgspec was chosen because it loads in 25 ms (pydantic: 75 ms, cattrs: 45 ms), writes NaN as
``null``, checks types, ranges and lengths while it reads, and says where a file is wrong
(``$.reps[2].start_s``).
"""

from __future__ import annotations

import functools
import json
import math
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, Union

import msgspec

LONGEST_NAME, LONGEST_TEXT = 500, 100_000
"""Most characters of a name or id and of a text. A text may number every repetition of a long
film."""

Name = Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)]
"""A name or an id."""

Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
"""Words for a person."""

Count = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
"""A number of things."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base class of all records that are kept or shared; they are immutable."""


R = TypeVar("R", bound=Record)


def about(
    text: str, unit: str = "", decimals: int | None = None, *, table: str | None = None
) -> msgspec.Meta:
    """Describe a field of a record, as in ``Annotated[float | None, about("…", "s", 3)]``.

    Parameters
    ----------
    text
        Its meaning, in a sentence for the data dictionary.
    unit
        As shown to people: ``s``, ``°``, ``%``, ``px``, ``Hz``.
    decimals
        Kept numbers are rounded to this many decimals; ``None`` keeps all.
    table
        Name of its column in the table of repetitions; ``""`` for the field's own name, ``None``
        for no column.
    """
    extra = {"unit": unit, "decimals": decimals, "table": table}
    schema = {"x-unit": unit} if unit else None
    return msgspec.Meta(description=text, extra=extra, extra_json_schema=schema)


@dataclass(frozen=True)
class Field:
    """The declaration of one field of a record.

    Attributes
    ----------
    name
        Its name, as in JSON.
    kind
        Its type in words.
    about, unit, decimals, table
        Its description; see :func:`about`.
    hint
        Its whole type annotation.
    """

    name: str
    kind: str
    about: str
    unit: str
    decimals: int | None
    table: str | None
    hint: Any


@functools.cache
def fields_of(record: type[Record]) -> tuple[Field, ...]:
    """Return the declared fields of a record, in order."""
    hints = typing.get_type_hints(record, include_extras=True)
    return tuple(_field(name, hints[name]) for name in record.__struct_fields__)


def rounded(record: R) -> R:
    """Return the record with numbers rounded as declared, and NaN and infinity as ``None``.

    All outputs are made from the rounded record, so that making them again gives the same result.
    """
    return typing.cast(R, _rounded(record, None))


def to_json(record: Record) -> bytes:
    """Return a record as readable JSON: one field to a line, lists of numbers in one line."""
    text = pretty(msgspec.to_builtins(rounded(record))) + "\n"
    return text.encode("utf-8", "replace")  # a file's name may hold bytes that are not valid UTF-8


def pretty(plain: Any) -> str:
    """Return plain data as readable JSON; raises ``ValueError`` for NaN."""
    return _pretty(plain, "")


def schema_of(record: type[Record], schema_id: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a record."""
    found = msgspec.json.schema(record)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": schema_id, **found}


def _field(name: str, hint: Any) -> Field:
    """Return the declaration of a field from its type annotation."""
    meta = next(_metas(hint), None)
    extra: Mapping[str, Any] = (meta.extra or {}) if meta is not None else {}
    return Field(
        name=name,
        kind=_kind(hint),
        about=(meta.description or "") if meta is not None else "",
        unit=extra.get("unit", ""),
        decimals=extra.get("decimals"),
        table=extra.get("table"),
        hint=hint,
    )


def _metas(hint: Any) -> Iterator[msgspec.Meta]:
    """Yield the descriptions made by :func:`about` in an annotation, the outermost first."""
    if typing.get_origin(hint) is Annotated:
        inner, *found = typing.get_args(hint)
        yield from (one for one in found if isinstance(one, msgspec.Meta) and one.extra)
        yield from _metas(inner)
    else:
        for inner in typing.get_args(hint):
            yield from _metas(inner)


def range_words(hint: Any) -> str:
    """Return the range of a number in words, as in ``from 1 to 100``; empty when it has none."""
    if isinstance(hint, msgspec.Meta):
        ends = (hint.ge, hint.le)
        return "" if None in ends else f"from {ends[0]:g} to {ends[1]:g}"
    inner = typing.get_args(hint)
    return next((words for one in inner if (words := range_words(one))), "")


def _kind(hint: Any) -> str:
    """Return a type in words, as in ``number or none``."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return _kind(inner[0])
    if origin in (Union, types.UnionType):
        return " or ".join("none" if one is type(None) else _kind(one) for one in inner)
    if origin is typing.Literal:
        return ", ".join(repr(one) for one in inner)
    if origin in (tuple, list):
        return f"list of {_kind(inner[0])}"
    if origin in (dict, Mapping) or getattr(origin, "__name__", "") == "Mapping":
        return f"{_kind(inner[1])} by name"
    words = {float: "number", int: "whole number", str: "text", bool: "true or false"}
    return words.get(hint, getattr(hint, "__name__", str(hint)))


def _rounded(value: Any, decimals: int | None) -> Any:
    """Round all numbers in a value; those in records by the decimals of their fields."""
    if isinstance(value, float):
        return round_number(value, decimals)
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Record):
        changed = {
            field.name: _rounded(getattr(value, field.name), field.decimals)
            for field in fields_of(type(value))
        }
        return type(value)(**changed)
    if isinstance(value, Mapping):
        return {key: _rounded(item, decimals) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_rounded(item, decimals) for item in value)
    if isinstance(value, list):
        return [_rounded(item, decimals) for item in value]
    return value


def round_number(value: float, decimals: int | None) -> float | None:
    """Round a number for a record; ``None`` when it is not finite."""
    if not math.isfinite(value):
        return None
    return value if decimals is None else round(value, decimals) + 0.0  # + 0.0 turns -0.0 into 0.0


def _pretty(value: Any, indent: str) -> str:
    """Return a value as JSON, with the lines after the first one indented."""
    deeper = indent + "  "
    if isinstance(value, Mapping) and value:
        items = [f"{_compact(key)}: {_pretty(item, deeper)}" for key, item in value.items()]
        return _lines("{", items, "}", indent)
    if isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        return _lines("[", [_pretty(item, deeper) for item in value], "]", indent)
    return _compact(value)


def _lines(opening: str, items: list[str], closing: str, indent: str) -> str:
    """Return the items between brackets, one to a line."""
    body = ",\n".join(f"{indent}  {item}" for item in items)
    return f"{opening}\n{body}\n{indent}{closing}"


_compact = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
"""Return a value as JSON on one line."""
