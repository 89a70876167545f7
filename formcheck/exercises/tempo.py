"""How long the lowering should take."""

from __future__ import annotations

from formcheck.exercises.base import INF, Bands, TempoBands

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
