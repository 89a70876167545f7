"""The doses of a guided session: what the user gives goes before the programme's own."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from formcheck.app.options import LiveOptions, not_of_use
from formcheck.coach.programme_files import view_of
from formcheck.data.errors import UsageError
from formcheck.data.programme import Block, Programme
from formcheck.exercises import get_exercise


def overruled(programme: Programme, options: LiveOptions) -> Programme:
    """Return the programme with the doses that were given as options."""
    blocks = tuple(overruled_block(block, options) for block in programme.blocks)
    return msgspec.structs.replace(programme, blocks=blocks)


def overruled_block(block: Block, options: LiveOptions) -> Block:
    """Return a block with what was given as options, where it can have it."""
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
    """Return the options of the session of a block; ``options`` are those of the whole run.

    What its exercise does not have is left out.
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
    unused = {one.name: one.default for one, _ in not_of_use(dose, get_exercise(dose.exercise))}
    return replace(dose, **unused)


def require_of_use(programme: Programme, options: LiveOptions) -> None:
    """Raise ``UsageError`` for an option that no exercise of a programme has."""
    exercises = [get_exercise(block.exercise) for block in programme.blocks]
    unused = [{one.name: one for one, _ in not_of_use(options, each)} for each in exercises]
    for name, one in unused[0].items():
        if all(name in each for each in unused):
            raise UsageError(
                f"{one.spoken_name!r} does not apply to any exercise of {programme.title}",
                hint="Leave it out.",
                options=(name,),
            )
