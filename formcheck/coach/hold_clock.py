"""The clock of a hold with a target: seconds to go, said aloud, and its end.

It runs only while the posture is right. Who leaves the posture for a moment finds it where it
stopped; who stays out of it is done with this hold.
"""

from __future__ import annotations

import math

HALF_FROM_S = 20.0
"""Half time is said from this target on: of a shorter one it comes with the last seconds. Ours."""

TEN_FROM_S = 15.0
"""Ten seconds to go are said from this target on. Ours."""

COUNTED_DOWN = (3, 2, 1)
"""The last seconds, each said."""

LET_GO_S = 10.0
"""Who is out of the posture for so long is done with this hold. Ours."""

TIME_IS_UP = "Time is up"


class HoldClock:
    """Adds up the seconds held well until a target; used for one session.

    Parameters
    ----------
    target_s
        The target; ``None`` to count without one.
    """

    def __init__(self, target_s: float | None) -> None:
        self.target_s = target_s
        self._before_s = 0.0
        self._now_s = 0.0
        self._said_to_go_s = math.inf
        self._is_over = False

    @property
    def well_s(self) -> float:
        """Seconds held well of the present hold, over all its parts."""
        return self._before_s + self._now_s

    @property
    def is_up(self) -> bool:
        """Whether the target is reached; never without one."""
        return self.target_s is not None and self.well_s >= self.target_s

    def update(self, well_s: float | None) -> str:
        """Take one frame; give what is to be said, empty for nothing.

        Parameters
        ----------
        well_s
            Seconds held well of the part under way; ``None`` outside of one.
        """
        if self._is_over and well_s is not None:
            self._begin_anew()
        if well_s is None:
            self._before_s, self._now_s = self.well_s, 0.0
            return ""
        self._now_s = well_s
        return "" if self.target_s is None else self._passed(self.target_s)

    def end(self) -> None:
        """End this hold: its seconds are shown until the next one begins, at zero."""
        self._is_over = True

    def _begin_anew(self) -> None:
        self._before_s = self._now_s = 0.0
        self._said_to_go_s, self._is_over = math.inf, False

    def _passed(self, target_s: float) -> str:
        """Return what is said of the last mark that was passed since it was asked before."""
        to_go_s = target_s - self.well_s
        marks = [(0.0, TIME_IS_UP), *((float(n), str(n)) for n in COUNTED_DOWN)]
        if target_s >= TEN_FROM_S:
            marks.append((10.0, "10 seconds to go"))
        if target_s >= HALF_FROM_S:
            marks.append((0.5 * target_s, "Halfway"))
        passed = [one for one in marks if to_go_s <= one[0] < self._said_to_go_s]
        self._said_to_go_s = min(self._said_to_go_s, max(to_go_s, 0.0))
        return min(passed)[1] if passed else ""
