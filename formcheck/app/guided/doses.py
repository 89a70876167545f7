"""The doses of a guided session: sets, repetitions, hold time, step height and load of a block.

A dose that the user gives as an option replaces that of the programme.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from formcheck.app.options import LiveOptions, inapplicable_options
from formcheck.coach.programme_files import view_of
from formcheck.data.errors import UsageError
from formcheck.data.programme import Block, Programme
from formcheck.exercises import get_exercise


def with_doses_of(programme: Programme, options: LiveOptions) -> Programme:
    """Return the programme with the doses that the user gave as options."""
    blocks = tuple(block_with_doses_of(block, options) for block in programme.blocks)
    return msgspec.structs.replace(programme, blocks=blocks)


def block_with_doses_of(block: Block, options: LiveOptions) -> Block:
    """Return a block with the doses that the user gave; a dose it cannot have is ignored."""
    if block.is_self_paced:
        return block
    exercise = get_exercise(block.exercise)
    given: dict[str, object] = {}
    if options.step_height_cm is not None and exercise.has_step:
        given["step_cm"] = options.step_height_cm
    if options.load_kg is not None and exercise.load:
        given["load_kg"] = options.load_kg
    if options.reps is not None and block.repetitions is not None:
        given["repetitions"] = options.reps
    if options.target_hold_s is not None and block.seconds is not None:
        given["seconds"] = options.target_hold_s
    return msgspec.structs.replace(block, **given)


def options_of(block: Block, options: LiveOptions, group: str) -> LiveOptions:
    """Return the options for the session of one block.

    Parameters
    ----------
    block
        The block, with its doses. A dose that its exercise does not have is left out.
    options
        Options of the whole guided session.
    group
        Id that all sessions of this guided session share.
    """
    dose = replace(
        options,
        exercise=block.exercise,
        side=block.side if block.side == "left" or block.side == "right" else "auto",
        view=view_of(block) or "auto",
        reps=block.repetitions,
        target_hold_s=block.seconds,
        sets=block.sets,
        rest_s=block.rest_s,
        tempo=block.tempo,
        step_height_cm=block.step_cm,
        load_kg=block.load_kg,
        group=group,
        draw_later=True,
        stay_s=0.0,
    )
    unused = {
        one.name: one.default for one, _ in inapplicable_options(dose, get_exercise(dose.exercise))
    }
    return replace(dose, **unused)


def require_applicable(programme: Programme, options: LiveOptions) -> None:
    """Raise ``UsageError`` for an option that no exercise of a programme has."""
    exercises = [get_exercise(block.exercise) for block in programme.blocks]
    unused = [
        {one.name: one for one, _ in inapplicable_options(options, each)} for each in exercises
    ]
    for name, one in unused[0].items():
        if all(name in each for each in unused):
            raise UsageError(
                f"{one.spoken_name!r} does not apply to any exercise of {programme.title}",
                hint="Leave it out.",
                options=(name,),
            )
