"""Find all exercises: those in this folder, and those that other packages add.

A module in this folder is an exercise when it has a constant ``EXERCISE``.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import pkgutil
from importlib.metadata import entry_points

import formcheck.exercises as room
from formcheck.data.errors import UsageError
from formcheck.data.exercise import Exercise, LookAlike
from formcheck.data.session import Rep
from formcheck.exercises.not_ours import LOOK_ALIKES

ENTRY_POINT_GROUP = "formcheck.exercises"
"""Another package adds an exercise with an entry point of this group that names an ``Exercise``."""


@functools.cache
def all_exercises() -> tuple[Exercise, ...]:
    """Return all exercises, sorted by id."""
    found = {}
    for module_info in pkgutil.iter_modules(room.__path__):
        module = importlib.import_module(f"{room.__name__}.{module_info.name}")
        exercise = getattr(module, "EXERCISE", None)
        if isinstance(exercise, Exercise):
            found[exercise.id] = exercise
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        exercise = entry_point.load()
        if not isinstance(exercise, Exercise):
            raise UsageError(
                f"the exercise {entry_point.name!r} of another package is not an Exercise",
                hint=f"It should name an Exercise but names a {type(exercise).__name__}.",
            )
        found[exercise.id] = exercise
    return tuple(found[exercise_id] for exercise_id in sorted(found))


def get_exercise(exercise_id: str) -> Exercise:
    """Return the exercise with an id; raises ``UsageError`` when there is none."""
    exercises = {exercise.id: exercise for exercise in all_exercises()}
    if exercise_id in exercises:
        return exercises[exercise_id]
    near = difflib.get_close_matches(exercise_id.replace("-", "_"), exercises, n=1)
    guess = f"Did you mean {near[0]}? " if near else ""
    raise UsageError(
        f"there is no exercise {exercise_id!r}",
        hint=f"{guess}Known exercises: {', '.join(exercises)}.",
    )


def effort_of(exercise_id: str) -> str:
    """What one effort of an exercise is called; a repetition when the exercise is not known."""
    known = (exercise for exercise in all_exercises() if exercise.id == exercise_id)
    return next((exercise.info().effort for exercise in known), Rep.full_name)


def look_alikes() -> tuple[LookAlike, ...]:
    """Return movements that are none of the exercises but could be taken for one, like a lunge."""
    return LOOK_ALIKES
