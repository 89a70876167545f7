"""What analyzing a film gave, for the tests of the commands: one good repetition, one fault."""

from __future__ import annotations

from msgspec import structs
from session_examples import FRONT, make_rep, make_session
from store_examples import STEP_DOWN, renamed

from formcheck.data.declare import rounded
from formcheck.data.session import Session

WARNED = structs.replace(FRONT, warnings=("The camera leans by 4 degrees.",))


def _session(*knees: float) -> Session:
    reps = [
        make_rep(
            n,
            STEP_DOWN,
            view=WARNED,
            refused={"knee_flexion_deg": "it needs a side view"},
            descent_s=0.9,
            knee_fppa_deg=knee,
            knee_over_foot_pct=2.0,
            trunk_lean_deg=1.0,
        )
        for n, knee in enumerate(knees, 1)
    ]
    return rounded(renamed(make_session(reps, STEP_DOWN, view=WARNED), "set.mp4"))


SESSION = _session(3.0, 17.8)
NO_REPS = _session()
