"""Notice when a computer is too slow for its camera; the pose model then runs on fewer frames.

A *look* is one run of the pose model on a frame. When a look takes longer than the time between two
frames, the next frames wait, and in the end some are dropped. Before that happens, looks are
reduced to :data:`SLOW_HZ` a second, and frames no longer wait for them: each is shown at once, and
a look is skipped while the one before it is still running. Angles are as accurate with half the
looks; the start and end of a way down less so.

This applies to cameras only: a film waits for its looks. :mod:`formcheck.motion.look_rule` uses it.
"""

from __future__ import annotations

import math

BEHIND_S = 0.05
"""A frame that waited longer than this before it was taken shows that the computer is too slow. It
is half of what a frame may wait before it is dropped, and one and a half frames of 30 a second.
Our choice."""

SLOW_HZ = 15.0
"""Most looks a second while the computer is too slow. Our choice."""

FIRST_TRY_S, LAST_TRY_S = 0.5, 30.0
"""The full rate is tried again after the first time, so that a short delay costs little; each time
that fails, after twice as long, up to the last. Our choice."""

FAILS_WITHIN_S = 1.0
"""A try has failed when frames wait too long again within so much time at the full rate. Our
choice."""


class Pace:
    """Follows how long the frames of one session wait before they are taken.

    Attributes
    ----------
    slow
        Whether looks are reduced now.
    """

    def __init__(self) -> None:
        self.slow = False
        self._last_s = -math.inf
        self._slow_for_s = 0.0
        self._try_after_s = FIRST_TRY_S
        self._kept_pace_s = math.inf

    def update(self, t_s: float, waited_s: float, *, full: bool) -> None:
        """Take a frame; times must increase.

        Parameters
        ----------
        t_s
            Its time.
        waited_s
            How long it waited before it was taken.
        full
            Whether looks are due at the full rate: at rest any computer is fast enough.
        """
        step_s = t_s - self._last_s if math.isfinite(self._last_s) else 0.0
        self._last_s = t_s
        behind = waited_s > BEHIND_S
        if self.slow:
            self._slow_for_s = 0.0 if behind else self._slow_for_s + step_s
            if self._slow_for_s >= self._try_after_s:
                self.slow, self._kept_pace_s = False, 0.0
        elif behind:
            failed = self._kept_pace_s < FAILS_WITHIN_S
            longer_s = min(2.0 * self._try_after_s, LAST_TRY_S)
            self._try_after_s = longer_s if failed else FIRST_TRY_S
            self.slow, self._slow_for_s = True, 0.0
        elif full:
            self._kept_pace_s += step_s
