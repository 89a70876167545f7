"""How long the lowering should take."""

from __future__ import annotations

from formcheck.exercises.base import INF, Bands, TempoBands

SLOW_LOWERING = TempoBands(
    target_s=3.0,
    bands=Bands(
        good=(2.0, INF),
        watch=(1.2, INF),
        source="formcheck's own, from: eccentric practice lowers for 3 to 5 s; tests are done at "
        "about 2 s a repetition.",
    ),
    cue_fast="Slower on the way down: count to three",
)
