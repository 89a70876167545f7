"""The exercises, one file each, with their metrics and the registry that finds them."""

from formcheck.exercises.registry import all_exercises, effort_of, get_exercise, look_alikes

__all__ = ["all_exercises", "effort_of", "get_exercise", "look_alikes"]
