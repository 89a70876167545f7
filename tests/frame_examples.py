"""Results of a frame made by hand, for what follows them while a session runs."""

from __future__ import annotations

from typing import Any

from clips.made_reps import FRONT
from moving import figure

from formcheck.data.frame_result import FrameResult, Phase


def frame_at(t_s: float, phase: Phase = Phase.STANDING, **known: Any) -> FrameResult:
    """A frame of a person who stands in place, or is in a repetition of full size."""
    facts: dict[str, Any] = {
        "is_rep_sized": True,
        "sample": figure(t_s, stance="both"),
        "phase": phase,
        "reps_done": 0,
        "stance_side": None,
        "depth": 0.0,
        "live": {},
        "live_judged": {},
        "in_place": True,
        "descent_elapsed_s": None,
        "descent_s": None,
        "closed": None,
        "last_rep": known.get("closed"),
        "view": FRONT,
    }
    return FrameResult(**facts | known)
