"""Finds, reads and checks training programmes: those of formcheck, and files of the user.

A programme is a TOML file with a list of blocks; ``data/programme.py`` describes the format. This
module also checks that each block is possible for its exercise.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

from formcheck.data.errors import UsageError
from formcheck.data.exercise import KINDS, Exercise, Part
from formcheck.data.file_names import printable
from formcheck.data.programme import (
    AMOUNTS,
    Block,
    BlockView,
    Programme,
    load_programme,
    place,
    programme_from,
)
from formcheck.data.toml_file import parse_toml
from formcheck.exercises import get_exercise
from formcheck.exercises.tempo import Tempo

ENDING = ".toml"

_PARTS: Mapping[str, Part] = {"step_cm": "step", "tempo": "tempo"}
"""Fields of a block that need something of the exercise, such as a step."""


def shipped_names() -> tuple[str, ...]:
    """Return the names of the programmes that come with formcheck."""
    found = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(name.removesuffix(ENDING) for name in found if name.endswith(ENDING)))


def open_programme(name_or_path: str) -> Programme:
    """Read and check a programme, by the name of a shipped one or the path of a file.

    Raises
    ------
    UsageError
        There is no such programme, or its file is faulty: see :func:`load_programme` and
        :func:`require_possible`.
    """
    if name_or_path in shipped_names():
        with as_file(_folder() / f"{name_or_path}{ENDING}") as path:
            return _read_and_checked(path)
    path = Path(name_or_path)
    if path.suffix == ENDING or path.exists():
        return _read_and_checked(path)
    near = difflib.get_close_matches(name_or_path, shipped_names(), n=1)
    guess = f"Did you mean {near[0]}? " if near else ""
    raise UsageError(
        f"there is no programme {printable(name_or_path)!r}",
        hint=f"{guess}Known programmes: {', '.join(shipped_names())}. For a programme of "
        f"your own, give its file: NAME{ENDING}.",
    )


def read_programme(text: str) -> Programme:
    """Read and check a programme from the text of a TOML file.

    Its name is a checksum of the text. So a session that was stopped is continued only with an
    unchanged programme.

    Raises
    ------
    UsageError
        It has mistakes: see :func:`load_programme` and :func:`require_possible`.
    """
    if not text.strip():
        raise UsageError("no programme was given", hint="Choose its file, or paste its text.")
    name = f"own_{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    of = "your programme"
    programme = programme_from(parse_toml(text, of), name, of=of)
    require_possible(programme, of=of)
    return programme


def require_possible(programme: Programme, *, of: str) -> None:
    """Raise ``UsageError`` unless each block's exercise exists and can be done as the block says.

    ``of`` is the name of the programme's file, for messages.
    """
    for number, block in enumerate(programme.blocks, start=1):
        _require_exercise(block, place(of, number))


def view_of(block: Block) -> BlockView | None:
    """Return where the camera stands for a block: as written, else the exercise's first view.

    ``None`` if the block needs no camera.
    """
    if block.is_self_paced:
        return None
    return block.view or _views(get_exercise(block.exercise))[0]


def _folder() -> Traversable:
    return files("formcheck.coach") / "programmes"


def _read_and_checked(path: Path) -> Programme:
    programme = load_programme(path)
    require_possible(programme, of=printable(path.name))
    return programme


def _views(exercise: Exercise) -> tuple[BlockView, ...]:
    """Return the views of an exercise in which a camera can be placed: front or side."""
    return tuple(view for view in exercise.views if view in ("front", "side"))


def _require_exercise(block: Block, where: str) -> None:
    try:
        exercise = get_exercise(block.exercise)
    except UsageError as error:
        found = f"found {block.exercise!r}, which is no exercise"
        raise UsageError(f"{where}, field 'exercise': {found}", hint=error.hint) from error
    _require_amount(block, exercise, where)
    _require_side(block, exercise, where)
    if block.is_self_paced:
        for name in ("tempo", "step_cm", "load_kg", "view"):
            if getattr(block, name) is not None:
                raise _field_error(where, name, getattr(block, name), "nothing: it is not measured")
        return
    views = _views(exercise)
    if block.view is not None and block.view not in views:
        known = " or ".join(repr(one) for one in views)
        title = exercise.title.lower()
        raise _field_error(where, "view", block.view, f"{known}: from there {title} is measured")
    for name, part in _PARTS.items():
        why = exercise.why_without(part)
        if why and getattr(block, name) is not None:
            raise _field_error(
                where, name, getattr(block, name), f"nothing: {_exercise_is(exercise, why)}"
            )
    if block.tempo is not None:
        _require_tempo(block.tempo, where)


def _require_amount(block: Block, exercise: Exercise, where: str) -> None:
    wanted = KINDS[exercise.kind].amount
    for name in AMOUNTS:
        value = getattr(block, name)
        if value is not None and name != wanted:
            expected = f"the field {wanted!r}: {_exercise_is(exercise, exercise.why_without(name))}"
            raise _field_error(
                where, name, value, expected, hint=f"Write {wanted} = … in its place."
            )


def _require_side(block: Block, exercise: Exercise, where: str) -> None:
    why = exercise.why_without("side")
    if why and block.side != "both":
        raise _field_error(where, "side", block.side, f"'both': {_exercise_is(exercise, why)}")
    if not why and block.side == "both":
        one_at_a_time = (
            f"'each', 'left' or 'right': {_exercise_is(exercise, 'that works one side at a time')}"
        )
        raise _field_error(where, "side", block.side, one_at_a_time)


def _exercise_is(exercise: Exercise, why: str) -> str:
    return f"{exercise.title.lower()} is an exercise {why}"


def _require_tempo(tempo: str, where: str) -> None:
    try:
        Tempo.parse(tempo)
    except UsageError as error:
        raise UsageError(
            f"{where}, field 'tempo': found {tempo!r}, expected a tempo like 3-1-1-0",
            hint=error.hint,
        ) from error


def _field_error(
    where: str, field: str, found: object, expected: str, hint: str = ""
) -> UsageError:
    needed = expected.partition(":")[0]
    return UsageError(
        f"{where}, field {field!r}: found {found!r}, expected {expected}",
        hint=hint or ("Leave it out." if needed == "nothing" else f"Write {needed}."),
    )
