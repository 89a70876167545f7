"""The provisional result of one frame, for screen and coach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from formcheck.data.keypoints import PoseSample
from formcheck.data.session import Rep, Stance, View


class Phase(StrEnum):
    """Where in a repetition the body is, or whether it is held."""

    STANDING = "standing"
    DESCENT = "descent"
    BOTTOM = "bottom"
    ASCENT = "ascent"
    HELD = "held"
    REST = "rest"


@dataclass(frozen=True)
class FrameResult:
    """The result of one frame, from that frame and those before it.

    Attributes
    ----------
    sample
        The pose as the estimator gave it.
    phase
        Phase of the repetition; the resting one while the person walks about.
    reps_done
        Repetitions closed so far, this frame included.
    stance_side
        The working leg as far as known.
    depth
        Drop of the hip below standing, in % of leg length; ``None`` when unknown.
    live
        Provisional values of the exercise's metrics, by id; a metric that cannot be seen now is
        absent.
    live_judged
        Provisional value that the limits judge, by id, for metrics with limits: the change from
        standing where that is judged.
    is_rep_sized
        Whether the movement under way is as large already as a repetition must be; false at rest.
        A smaller one, such as a shift of weight, is not judged.
    in_place
        Whether the working feet have stayed where they are since the movement began; a
        person who walks about is not judged.
    descent_elapsed_s
        Time since the way down began; ``None`` outside of one.
    descent_s
        How long the way down took that ended at this frame; ``None`` when none did.
    closed
        The repetition that closed at this frame.
    last_rep
        The last closed repetition.
    view
        The view as known so far.
    ignored
        Why a movement that ended at this frame does not count, in words, when the person stayed
        in place; ``None`` when there was none.
    held_s
        How long the hold under way has lasted; ``None`` outside of one.
    well_s
        The part of it in which the posture was right; ``None`` outside of one.
    """

    sample: PoseSample
    phase: Phase
    reps_done: int
    stance_side: Stance | None
    depth: float | None
    live: Mapping[str, float]
    live_judged: Mapping[str, float]
    is_rep_sized: bool
    in_place: bool
    descent_elapsed_s: float | None
    descent_s: float | None
    closed: Rep | None
    last_rep: Rep | None
    view: View
    ignored: str | None = None
    held_s: float | None = None
    well_s: float | None = None

    @property
    def t_s(self) -> float:
        """Time of the frame in seconds."""
        return self.sample.t_s
