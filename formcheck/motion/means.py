"""The mean of a measurement over repetitions and its standard error: one rule for every place.

What is the same all through a set (person, camera) does not shrink with more repetitions; what
varies from one to the next is divided by the root of their number. How much the movement itself
varies is no error of this mean: it counts where two means are compared (``motion/comparison.py``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from formcheck.data.session import Measurement


@dataclass(frozen=True)
class Mean:
    """What a group of repetitions has on average.

    Attributes
    ----------
    value
        Mean of the number that is judged.
    same
        Standard error that is the same in all of them.
    varies
        Standard error of the mean from what varies from repetition to repetition.
    count
        How many repetitions it is of.
    """

    value: float
    same: float
    varies: float
    count: int

    @property
    def error(self) -> float:
        """The standard error; this is what stands behind ± everywhere."""
        return math.hypot(self.same, self.varies)


def mean_of(found: Sequence[Measurement]) -> Mean | None:
    """Average the judged numbers; ``None`` when there is none."""
    known = [one for one in found if one.value is not None]
    values = [one.value for one in known if one.value is not None]
    if not values:
        return None
    varies = root_mean_square([one.sem_rep or 0.0 for one in known])
    return Mean(
        value=sum(values) / len(values),
        same=root_mean_square([one.sem_set or 0.0 for one in known]),
        varies=varies / math.sqrt(len(known)),
        count=len(known),
    )


def root_mean_square(values: Sequence[float]) -> float:
    """Give the root of the mean of the squares; 0 of nothing."""
    return math.sqrt(sum(value * value for value in values) / len(values)) if values else 0.0
