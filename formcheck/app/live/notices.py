"""What the person must know within the set: a movement that did not count, no angles measured.

Both are shown immediately; in the report it would be too late.
"""

from __future__ import annotations

import math

from formcheck.coach.setup import SetupState
from formcheck.data.exercise import Exercise
from formcheck.data.frame_result import FrameResult
from formcheck.motion.phases import resting_phase
from formcheck.screen.live_screen import ScreenState

TOLD_S = 5.0
"""How long it is said that a movement did not count: time to stand up and read it. Ours."""

REFUSED_S = 0.6
"""Angles that come or go for a shorter time change nothing: joints are hidden at times. Ours."""

NOT_SEEN = "I cannot see your joints well enough to measure"


class Notices:
    """Follows one session; gives the one line that the screen is to show in large letters.

    Attributes
    ----------
    uncounted
        How many movements of the set did not count.
    """

    def __init__(self, exercise: Exercise) -> None:
        self._graded = {
            metric.id
            for metric in exercise.metrics
            if metric.limits is not None and metric.per_frame
        }
        self._resting_phase = resting_phase(exercise.order)
        self.uncounted = 0
        self._not_counted = ""
        self._shown_s = -math.inf
        self._angles_s: float | None = None
        self._refused = False
        self._what_to_do = ""

    def update(self, result: FrameResult, setup: SetupState, says: ScreenState) -> str:
        """Take one frame and what the screen says; give the line, empty for none."""
        if result.ignored is not None and says.stage != "setup":
            self.uncounted += 1
            self._not_counted, self._shown_s = f"Not counted: {result.ignored}", result.t_s
        self._follow_angles(result)
        if result.phase is self._resting_phase or not self._what_to_do:
            # The instruction stays as it is during a repetition.
            self._what_to_do = what_to_do(setup)
        if result.t_s - self._shown_s < TOLD_S:
            return self._not_counted
        if self._refused and says.stage == "set":
            return self._what_to_do
        return ""

    def _follow_angles(self, result: FrameResult) -> None:
        """Whether angles are refused; it must have been otherwise for a moment to change."""
        if result.stance_side is None or not result.sample.seen:
            self._angles_s = None  # no angles are expected; the screen says that nobody is there
            return
        refused = self._graded.isdisjoint(result.live)
        if refused == self._refused:
            self._angles_s = None
            return
        if self._angles_s is None:
            self._angles_s = result.t_s
        if result.t_s - self._angles_s >= REFUSED_S:
            self._refused, self._angles_s = refused, None


def what_to_do(setup: SetupState) -> str:
    """Say what to do so that angles can be measured: the light first."""
    wrong = [item for item in setup.checks if not item.ok and item.name != "alone"]
    if not wrong:
        return NOT_SEEN
    first = min(wrong, key=lambda item: (item.name != "light", not item.needed))
    return f"{first.short} so I can measure"
