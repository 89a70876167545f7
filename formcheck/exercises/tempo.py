"""How long the lowering should take, and the tempo of a whole repetition."""

from __future__ import annotations

import math
from dataclasses import dataclass

from formcheck.data.errors import UsageError
from formcheck.data.exercise import INF, Bands, TempoBands

LONGEST_S = 60.0


@dataclass(frozen=True)
class Tempo:
    """The four parts of a repetition in seconds, as coaches write them: ``3-1-1-0``.

    Attributes
    ----------
    eccentric_s
        The lowering; more than 0.
    bottom_s
        The pause at the bottom.
    concentric_s
        The way up.
    top_s
        The pause before the next repetition.
    """

    eccentric_s: float = 3.0
    bottom_s: float = 1.0
    concentric_s: float = 1.0
    top_s: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Tempo:
        """Read ``3-1-1-0``; raises ``UsageError`` for anything else."""
        try:
            parts = [float(part) for part in text.split("-")]
        except ValueError:
            parts = []
        allowed = all(math.isfinite(part) and 0 <= part <= LONGEST_S for part in parts)
        if len(parts) != 4 or not allowed or not parts[0] > 0:
            raise UsageError(
                f"expected a tempo like 3-1-1-0 but got {text!r}",
                hint="Give four numbers of seconds: down (more than 0), bottom, up, top.",
            )
        return cls(*parts)

    def __str__(self) -> str:
        """As coaches write it."""
        parts = (self.eccentric_s, self.bottom_s, self.concentric_s, self.top_s)
        return "-".join(f"{part:g}" for part in parts)


SLOW_LOWERING = TempoBands(
    target_s=3.0,
    bands=Bands(
        good=(1.75, INF),
        watch=(1.05, INF),
        source="formcheck's own: 2 s and 1.2 s as people count them, less the slow ends that the "
        "5 % rule leaves out. Eccentric practice lowers for 3 to 5 s.",
    ),
    cue_fast="Slower on the way down: count to three",
)
