"""Messages during a set: a movement was not counted, or angles cannot be measured.

Both are shown at once in large letters, so that the person can react; a report afterwards would be
too late.
"""

from __future__ import annotations

import math

from formcheck.coach.setup import SetupState
from formcheck.data.exercise import Exercise
from formcheck.data.frame_result import FrameResult
from formcheck.motion.phases import resting_phase
from formcheck.screen.live_words import ScreenState

SHOWN_S = 5.0
"""How long "Not counted" is shown: time to stand up and read it. Our choice."""

SETTLE_S = 0.6
"""Angles must be missing, or back, this long to change the message: joints are often hidden for a
moment. Our choice."""

NOT_SEEN = "I cannot see your joints well enough to measure"


class Notices:
    """Follows one session and returns the line that the screen shows in large letters.

    Attributes
    ----------
    uncounted
        Number of movements in the set that did not count.
    """

    def __init__(self, exercise: Exercise) -> None:
        self._graded = {
            metric.id
            for metric in exercise.metrics
            if metric.limits is not None and metric.per_frame
        }
        self._resting_phase = resting_phase(exercise.course)
        self.uncounted = 0
        self._not_counted = ""
        self._shown_s = -math.inf
        self._angles_s: float | None = None
        self._refused = False
        self._what_to_do = ""

    def update(self, result: FrameResult, setup: SetupState, content: ScreenState) -> str:
        """Process one frame and the screen's content; return the line to show, empty for none."""
        if result.ignored is not None and content.stage != "setup":
            self.uncounted += 1
            self._not_counted, self._shown_s = f"Not counted: {result.ignored}", result.t_s
        self._follow_angles(result)
        if result.phase is self._resting_phase or not self._what_to_do:
            # Do not change the request during a repetition: nobody turns while moving.
            self._what_to_do = what_to_do(setup)
        if result.t_s - self._shown_s < SHOWN_S:
            return self._not_counted
        if self._refused and content.stage == "set":
            return self._what_to_do
        return ""

    def _follow_angles(self, result: FrameResult) -> None:
        """Update ``_refused``: it changes only after the new state has lasted ``SETTLE_S``."""
        if result.stance_side is None or not result.sample.seen:
            self._angles_s = None  # no angles are expected
            return
        refused = self._graded.isdisjoint(result.live)
        if refused == self._refused:
            self._angles_s = None
            return
        if self._angles_s is None:
            self._angles_s = result.t_s
        if result.t_s - self._angles_s >= SETTLE_S:
            self._refused, self._angles_s = refused, None


def what_to_do(setup: SetupState) -> str:
    """Return what the person has to change so that angles can be measured; light comes first."""
    wrong = [item for item in setup.checks if not item.ok and item.name != "alone"]
    if not wrong:
        return NOT_SEEN
    first = min(wrong, key=lambda item: (item.name != "light", not item.needed))
    return f"{first.short} so I can measure"
