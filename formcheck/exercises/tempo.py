"""How long the lowering should take."""

from __future__ import annotations

from formcheck.exercises.base import INF, Bands, TempoBands

SLOW_LOWERING = TempoBands(
    target_s=3.0,
    bands=Bands(
        good=(2.0, INF),
        watch=(1.2, INF),
        source="formcheck's own, from: tests are done at about 2 s a way down; eccentric practice "
        "lowers for 3 to 5 s.",
    ),
    cue_fast="Slower on the way down: count to three",
)
