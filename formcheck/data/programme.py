"""``Programme``: the list of exercises of a guided session, read from a TOML file.

A programme consists of *blocks*: an exercise and how much of it to do. A wrong file gives an error
that names block and field.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

import msgspec

from formcheck.data.declare import Field, Name, Record, Text, about, fields_of, range_words
from formcheck.data.errors import UsageError
from formcheck.data.file_names import printable
from formcheck.data.toml_file import read_toml

BLOCKS = "blocks"
"""Name of the list of blocks in the file."""
Amount = Literal["repetitions", "seconds", "times"]
AMOUNTS: tuple[Amount, ...] = get_args(Amount)
"""The fields that say how much to do; a block has exactly one of them."""
_LONGEST_SHOWN = 60
"""Most characters of a wrong value that an error message shows."""

BlockSide = Literal["left", "right", "each", "both"]
BlockView = Literal["front", "side"]
R = TypeVar("R", bound=Record)


Often = Annotated[int, msgspec.Meta(ge=1, le=1000)]
Sets = Annotated[int, msgspec.Meta(ge=1, le=100)]
RestSeconds = Annotated[float, msgspec.Meta(ge=0.0, le=3600.0)]
HoldSeconds = Annotated[float, msgspec.Meta(ge=1.0, le=3600.0)]
Centimetres = Annotated[float, msgspec.Meta(ge=0.0, le=100.0)]
Kilograms = Annotated[float, msgspec.Meta(ge=0.0, le=500.0)]


class Block(Record, frozen=True, kw_only=True):
    """One exercise of a programme, and how much of it."""

    exercise: Annotated[Name, about("id of the exercise, as in `formcheck exercises`")]
    side: Annotated[
        BlockSide,
        about(
            "the leg or side that works; `each`: first one, then the other; `both`: both at once, "
            "as in a squat"
        ),
    ]
    repetitions: Annotated[Often | None, about("repetitions in a set, for each leg")] = None
    seconds: Annotated[HoldSeconds | None, about("time to hold in a set, for each side", "s")] = (
        None
    )
    times: Annotated[
        Often | None,
        about("how often in a set; you count with a tap or a key, and nothing is measured"),
    ] = None
    sets: Annotated[Sets, about("number of sets")] = 1
    tempo: Annotated[
        Name | None,
        about("seconds on the way down, at the bottom, on the way up and at the top: 3-1-1-0"),
    ] = None
    step_cm: Annotated[Centimetres | None, about("height of the step", "cm")] = None
    load_kg: Annotated[Kilograms | None, about("weight in the hands", "kg")] = None
    rest_s: Annotated[
        RestSeconds, about("rest between sides and sets, and before the next block", "s")
    ] = 30.0
    view: Annotated[
        BlockView | None, about("view of the camera; if left out, the first view of the exercise")
    ] = None
    note: Annotated[Text, about("a sentence that the screen shows with this exercise")] = ""

    def __post_init__(self) -> None:
        """Require exactly one amount."""
        given = [name for name in AMOUNTS if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ValueError(f"found {found}, expected one of {', '.join(AMOUNTS)}")

    @property
    def is_self_paced(self) -> bool:
        """Whether the person counts, and no camera measures."""
        return self.times is not None


class Programme(Record, frozen=True, kw_only=True):
    """A list of blocks, done one after the other."""

    name: Annotated[Name, about("as on the command line; the name of its file")]
    title: Annotated[Text, about("name that is shown")]
    about: Annotated[Text, about("description: what the programme is, and for whom")] = ""
    goal: Annotated[Text, about("aim of the training, in a few words")] = ""
    blocks: Annotated[tuple[Block, ...], about("the exercises, in order")]
    build_up: Annotated[
        bool,
        about(
            "true: repetitions, times, step and weight are adapted to earlier sessions; false: "
            "they stay as written"
        ),
    ] = True


def load_programme(path: Path) -> Programme:
    """Read a programme from a TOML file; its name is that of the file.

    Raises
    ------
    UsageError
        The file cannot be read, or one of its fields is missing, unknown or wrong; the message
        names block and field. Whether the exercises exist is not looked up here.
    """
    return programme_from(read_toml(path, "programme"), path.stem, of=printable(path.name))


def programme_from(data: Mapping[str, Any], name: str, *, of: str) -> Programme:
    """Make a programme from plain data.

    ``name`` becomes its name; ``of`` names the source of the data in error messages.
    """
    found = data.get(BLOCKS)
    if not isinstance(found, list) or not found or not all(isinstance(b, dict) for b in found):
        raise UsageError(
            f"{of}: found no [[{BLOCKS}]]",
            hint=f"Write [[{BLOCKS}]] before the fields of each block, and at least one block.",
        )
    own = {key: value for key, value in data.items() if key != BLOCKS}
    if "name" in own:
        raise UsageError(
            f"{of}: found the field 'name'", hint="Leave it out: a programme is named by its file."
        )
    blocks = tuple(_read(Block, values, place(of, n)) for n, values in enumerate(found, 1))
    return _read(Programme, {**own, "name": name}, of, blocks=blocks)


def place(of: str, number: int) -> str:
    """Name a block in a message: ``mine.toml, block 2``."""
    return f"{of}, block {number}"


def _read(record: type[R], values: Mapping[str, Any], where: str, **ready: Any) -> R:
    """Read a record field by field, so that an error message can name the wrong field.

    ``ready`` are fields that have been read already.
    """
    known = {field.name: field for field in fields_of(record)}
    for name in values:
        if name not in known:
            raise _unknown(where, name, list(known))
    read = {name: _value(known[name], value, where) for name, value in values.items()}
    read |= ready
    for field in known.values():
        if field.name not in read and field.name in _needed(record):
            raise UsageError(
                f"{where}: found no field {field.name!r}, which is needed",
                hint=_meaning(field),
            )
    try:
        return record(**read)
    except ValueError as error:
        # Every field was checked above, so only the amounts of a block can be wrong here.
        hint = "Write one of them, and leave the others out."
        raise UsageError(f"{where}: {error}", hint=hint) from error


def _needed(record: type[Record]) -> set[str]:
    """Return the names of the fields without a default."""
    return {one.name for one in msgspec.structs.fields(record) if one.required}


def _value(field: Field, value: Any, where: str) -> Any:
    """Return a value converted to the type of its field; raises ``UsageError``."""
    try:
        return msgspec.convert(value, field.hint)
    except (msgspec.ValidationError, OverflowError) as error:
        raise UsageError(
            f"{where}, field {field.name!r}: found {_shown(value)}, expected {_expected(field)}",
            hint=_meaning(field),
        ) from error


def _shown(value: Any) -> str:
    """Return a wrong value for an error message, shortened."""
    try:
        shown = repr(value)
    except ValueError:  # Python writes no integers of more than 4300 digits
        return "a number with too many digits"
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"


def _is_abbreviation(short: str, full: str) -> bool:
    """Return whether ``short`` is ``full`` with letters left out, as in reps for repetitions."""
    begins = len(short) > 1 and full.startswith(short[:2])
    # ``in`` reads the iterator up to the letter that it finds, so the order of letters must be the
    # same.
    letters = iter(full)
    return begins and all(letter in letters for letter in short)


def _unknown(where: str, name: str, known: list[str]) -> UsageError:
    """Return the error for an unknown field, with a guess at what was meant."""
    short_for = [one for one in known if _is_abbreviation(name, one)]
    near = short_for or difflib.get_close_matches(name, known, n=1)
    guess = f"Did you mean {near[0]!r}? " if near else ""
    return UsageError(
        f"{where}: found an unknown field {printable(name)!r}",
        hint=f"{guess}Known fields: {', '.join(one for one in known if one != 'name')}.",
    )


def _expected(field: Field) -> str:
    """Return type and range of a field in words."""
    kind = field.kind.removesuffix(" or none")
    return " ".join(word for word in (kind, range_words(field.hint)) if word)


def _meaning(field: Field) -> str:
    """Return the meaning of a field as a sentence."""
    unit = f", in {field.unit}" if field.unit else ""
    return f"{field.about[:1].upper()}{field.about[1:]}{unit}."
