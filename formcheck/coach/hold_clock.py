"""The clock of a held posture: it counts the seconds in good posture up to a target time.

It also says which of the remaining times to speak ("Halfway", "10 seconds to go", "3"). The clock
runs only while the posture is good. If the person leaves the posture, it stops, and goes on when
they return. ``coach/plan.py`` uses it, and ends the hold if they do not return in time.
"""

from __future__ import annotations

import math

HALF_FROM_S = 20.0
"""Shortest target for which half time is spoken. Our choice: for a shorter one it would come
just before the last seconds."""

TEN_FROM_S = 15.0
"""Shortest target for which "10 seconds to go" is spoken. Our choice."""

COUNTED_DOWN = (3, 2, 1)
"""The last seconds, which are all spoken."""

LET_GO_S = 10.0
"""A person who is out of the posture for this time has finished the hold. Our choice."""

TIME_IS_UP = "Time is up"


class HoldClock:
    """Adds up the seconds in good posture; one object for all holds of a session.

    Parameters
    ----------
    target_s
        The target; ``None``: count without a target.
    """

    def __init__(self, target_s: float | None) -> None:
        self.target_s = target_s
        self._earlier_parts_s = 0.0
        self._present_part_s = 0.0
        self._last_to_go_s = math.inf
        self._is_over = False

    @property
    def well_s(self) -> float:
        """Seconds in good posture in the present hold, also before an interruption."""
        return self._earlier_parts_s + self._present_part_s

    @property
    def is_up(self) -> bool:
        """Whether the target is reached; always false without a target."""
        return self.target_s is not None and self.well_s >= self.target_s

    def update(self, well_s: float | None) -> str:
        """Update with one frame, and return the words to speak; usually empty.

        Parameters
        ----------
        well_s
            Seconds in good posture since the person took the posture; ``None`` while they are out
            of it.
        """
        if self._is_over and well_s is not None:
            self._begin_anew()
        if well_s is None:
            self._earlier_parts_s, self._present_part_s = self.well_s, 0.0
            return ""
        self._present_part_s = well_s
        return "" if self.target_s is None else self._words_for_passed_time(self.target_s)

    def end(self) -> None:
        """End this hold. Its seconds are kept until the next one begins at zero."""
        self._is_over = True

    def _begin_anew(self) -> None:
        self._earlier_parts_s = self._present_part_s = 0.0
        self._last_to_go_s, self._is_over = math.inf, False

    def _words_for_passed_time(self, target_s: float) -> str:
        """Return the words for the last remaining time that was passed since the last call."""
        to_go_s = target_s - self.well_s
        marks = [(0.0, TIME_IS_UP), *((float(n), str(n)) for n in COUNTED_DOWN)]
        if target_s >= TEN_FROM_S:
            marks.append((10.0, "10 seconds to go"))
        if target_s >= HALF_FROM_S:
            marks.append((0.5 * target_s, "Halfway"))
        passed = [one for one in marks if to_go_s <= one[0] < self._last_to_go_s]
        self._last_to_go_s = min(self._last_to_go_s, max(to_go_s, 0.0))
        return min(passed)[1] if passed else ""
