"""``FrameResult``: what the analyzer knows at one frame; screen, coach and recorder use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from formcheck.data.keypoints import PoseSample
from formcheck.data.session import Rep, Stance, View


class Phase(StrEnum):
    """The phase of a repetition at a frame; ``held`` and ``rest`` are for holds and stairs."""

    STANDING = "standing"
    DESCENT = "descent"
    BOTTOM = "bottom"
    ASCENT = "ascent"
    HELD = "held"
    REST = "rest"


@dataclass(frozen=True)
class FrameResult:
    """What is known at one frame, from it and the frames before; live values are provisional.

    Attributes
    ----------
    sample
        The pose, as the estimator gave it.
    phase
        Phase of the repetition; while the person walks about, the resting one.
    reps_done
        Number of repetitions that have closed, at this frame or before.
    stance_side
        The working leg; ``None`` while it is not known.
    depth
        Drop of the hips below standing, in % of leg length; ``None`` when unknown.
    live
        Provisional values of the exercise's metrics, by id; a metric that cannot be seen now is
        absent.
    live_judged
        For metrics with limits: the provisional number that the limits judge, by id, such as the
        change from standing.
    is_rep_sized
        Whether the current movement is already as large as a repetition must be; false at rest. A
        smaller one, such as a shift of weight, is not judged live.
    in_place
        Whether the working feet have stayed in place since the movement began; a person who walks
        about is not judged live.
    descent_elapsed_s
        Time since the current way down began; ``None`` when there is none.
    descent_s
        Duration of the way down that ended at this frame; ``None`` when none ended.
    closed
        The repetition that closed at this frame; ``None`` when none did.
    last_rep
        The last repetition that has closed.
    view
        The camera's view, as known so far.
    ignored
        Why a movement that ended at this frame is not counted, in words, if the feet stayed in
        place; ``None`` when there was none.
    held_s
        For a hold: how long the current one has lasted; ``None`` when there is none.
    steps
        For stairs: steps of the current flight; ``None`` when there is none.
    well_s
        For a hold: how much of ``held_s`` was held well; ``None`` when there is no hold.
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
    steps: int | None = None
    well_s: float | None = None

    @property
    def t_s(self) -> float:
        """Time of the frame in seconds."""
        return self.sample.t_s
