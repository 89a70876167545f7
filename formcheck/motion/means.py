"""The mean of a measurement over several repetitions, with its standard error.

Every mean that is shown or compared is computed here. The error has two parts. One is the same all
through a set (person, camera) and does not shrink with more repetitions; the other varies from one
repetition to the next and is divided by the square root of their number. How much the movement
itself varies is not an error of this mean; it counts where two means are compared
(:mod:`formcheck.motion.comparison`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from formcheck.data.session import Measurement


@dataclass(frozen=True)
class Mean:
    """The mean of a measurement over a group of repetitions.

    Attributes
    ----------
    value
        Mean of the judged numbers.
    same
        The part of its standard error that is the same in all repetitions.
    varies
        The part from what varies from repetition to repetition, already divided by the root of
        their number.
    count
        Number of repetitions in the mean.
    """

    value: float
    same: float
    varies: float
    count: int

    @property
    def error(self) -> float:
        """The whole standard error; it is the number after ± everywhere."""
        return math.hypot(self.same, self.varies)


def mean_of(found: Sequence[Measurement]) -> Mean | None:
    """Return the mean of the judged numbers; ``None`` when there is none."""
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
    """Return the root of the mean of the squares; 0 for no values."""
    return math.sqrt(sum(value * value for value in values) / len(values)) if values else 0.0
