"""Whether a computer keeps pace with its camera; if not, the pose model looks less often.

A look that takes longer than the next picture does to come holds up all pictures after it, until
some are dropped. Before that, looks are lowered to :data:`SLOW_HZ` a second, and the pictures no
longer wait for them: each is shown as it comes, and a look is left out while the one before it is
not done. Angles are as accurate with half the looks; the ends of a way down are less so.

A film waits for its looks, and never comes here.
"""

from __future__ import annotations

import math

BEHIND_S = 0.05
"""A picture that waited longer to be taken shows that looks do not keep pace. Half of what it may
wait before it is dropped, and one and a half pictures of 30 a second. Ours."""

SLOW_HZ = 15.0
"""Looks a second at most while they do not keep pace."""

FIRST_TRY_S, LAST_TRY_S = 0.5, 30.0
"""Full looks are tried again after the first, so that a short delay costs little; when that fails,
after twice as long, up to the last. Ours."""

FAILS_WITHIN_S = 1.0
"""A try has failed when the looks fall behind within so much time at the full rate. Ours."""


class Pace:
    """Follows how long the pictures of one session wait to be taken.

    Attributes
    ----------
    slow
        Whether looks are lowered now.
    """

    def __init__(self) -> None:
        self.slow = False
        self._last_s = -math.inf
        self._slow_for_s = 0.0
        self._try_after_s = FIRST_TRY_S
        self._kept_pace_s = math.inf

    def update(self, t_s: float, waited_s: float, *, full: bool) -> None:
        """Take a picture; times must increase.

        Parameters
        ----------
        t_s
            Its time.
        waited_s
            How long it waited to be taken.
        full
            Whether the full rate of looks is due: at rest any computer keeps pace.
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
