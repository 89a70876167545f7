"""The old descriptions of the exercises, until no room reads them; then this goes."""

from __future__ import annotations

from formcheck.data._before import Exercise, as_before
from formcheck.exercises import registry


def all_exercises() -> tuple[Exercise, ...]:
    """Every exercise, by id."""
    return tuple(as_before(exercise) for exercise in registry.all_exercises())


def get_exercise(exercise_id: str) -> Exercise:
    """The exercise of that id; raises ``UsageError`` when there is none."""
    return as_before(registry.get_exercise(exercise_id))
