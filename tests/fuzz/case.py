"""What an input is, and a kind of inputs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ENDS = (0, 2, 3, 4)


@dataclass(frozen=True)
class Case:
    """A command on an input that was written for it.

    Attributes
    ----------
    words
        The command.
    allowed
        The exit codes that are right.
    real_model
        Whether it runs the pose model.
    right
        Says what is wrong with what is in its folder afterwards, beyond what holds for all.
    """

    words: Sequence[str]
    allowed: Sequence[int] = ENDS
    real_model: bool = False
    right: Callable[[Path], Iterable[str]] = lambda _: ()


Make = Callable[[Path, random.Random, int], Case]


@dataclass(frozen=True)
class Kind:
    """A kind of input.

    Attributes
    ----------
    make
        Writes input number ``i`` of it into a folder.
    share
        How many of a thousand inputs are of it, as far as it can be varied.
    count
        How many there are, for kinds that are a list; each is tried once.
    """

    make: Make
    share: int = 0
    count: int | None = None
