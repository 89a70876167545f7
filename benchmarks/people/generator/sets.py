"""The sets of people: which seed makes which, and what each is for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from generator.recipes import (
    EXERCISES,
    STAIRS,
    VIEWS_OF_HOLDS,
    Recipe,
    draw_hold_recipe,
    draw_recipe,
)
from generator.scene_camera import filmed_again
from generator.stair_recipes import OUTINGS, draw_stair_recipe

Use = Literal["fitting", "kept aside", "filmed twice"]


@dataclass(frozen=True)
class PeopleSet:
    """People drawn from one seed, each in a clip of their own.

    Attributes
    ----------
    prefix
        Begins the name of each clip.
    seed, count
        Where chance starts, and how many people.
    views
        Filmed from; each for a round of all exercises, then the next.
    use
        What the people may be used for. Nothing is fitted, set or chosen on those kept aside.
    standing_varies
        As in :func:`generator.recipes.draw_recipe`.
    """

    prefix: str
    seed: int
    count: int
    views: tuple[str, ...]
    use: Use
    standing_varies: bool = True

    def recipes(self) -> Iterator[tuple[str, Recipe]]:
        """Each clip's name and recipe, in order."""
        for index in range(self.count):
            rng = np.random.default_rng([self.seed, index])
            name, recipe = self._drawn(rng, index)
            yield name, recipe
            if self.use == "filmed twice":
                rng = np.random.default_rng([self.seed, index, 1])
                yield f"{name}_again", filmed_again(recipe, rng)

    def _drawn(self, rng: np.random.Generator, index: int) -> tuple[str, Recipe]:
        exercise = EXERCISES[index % len(EXERCISES)]
        view = self.views[index // len(EXERCISES) % len(self.views)]
        recipe = draw_recipe(rng, exercise, view, standing_varies=self.standing_varies)
        return f"{self.prefix}{index:03d}_{exercise}_{view}", recipe


@dataclass(frozen=True)
class HoldingSet(PeopleSet):
    """People who hold something, twice in a clip.

    Attributes
    ----------
    exercises
        What they hold, in turn; each is filmed from where it is measured.
    """

    exercises: tuple[str, ...] = tuple(VIEWS_OF_HOLDS)

    def _drawn(self, rng: np.random.Generator, index: int) -> tuple[str, Recipe]:
        turn, kind = divmod(index, len(self.exercises))
        exercise = self.exercises[kind]
        views = VIEWS_OF_HOLDS[exercise]
        view = views[turn % len(views)]
        recipe = draw_hold_recipe(rng, exercise, view)
        return f"{self.prefix}{index:03d}_{exercise}_{view}", recipe


@dataclass(frozen=True)
class StairsSet(PeopleSet):
    """People who go up and down stairs, filmed from the side."""

    def _drawn(self, rng: np.random.Generator, index: int) -> tuple[str, Recipe]:
        recipe = draw_stair_recipe(rng, OUTINGS[index % len(OUTINGS)])
        return f"{self.prefix}{index:03d}_{STAIRS}_side", recipe


_MIXED = ("front", "front", "side")

SETS = (
    PeopleSet("p", 1, 15, _MIXED, "fitting", standing_varies=False),
    PeopleSet("q", 2, 15, _MIXED, "fitting", standing_varies=False),
    PeopleSet("uf", 111, 15, ("front",), "fitting"),
    PeopleSet("us", 112, 15, ("side",), "fitting"),
    PeopleSet("vf", 113, 30, ("front",), "fitting"),
    PeopleSet("vs", 114, 30, ("side",), "fitting"),
    PeopleSet("kf", 201, 40, ("front",), "kept aside"),
    PeopleSet("ks", 202, 40, ("side",), "kept aside"),
    HoldingSet(
        "h",
        402,
        12,
        ("each",),
        "fitting",
        exercises=("side_plank", "wall_sit", "single_leg_stance"),
    ),
    HoldingSet("hp", 403, 16, ("each",), "fitting", exercises=("plank", "wall_sit")),
    StairsSet("st", 1717, 8, ("side",), "fitting"),
    PeopleSet("rf", 301, 6, ("front",), "filmed twice"),
    PeopleSet("rs", 302, 6, ("side",), "filmed twice"),
)
"""All sets that formcheck's numbers come from."""
