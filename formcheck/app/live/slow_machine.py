"""Notice while a session runs that this machine is too slow for the camera, and say what helps."""

from __future__ import annotations

from collections import deque

from formcheck.data.numbers import NO_BREAK

MOST_DROPPED = 0.1
FEW_DROPPED = 0.05
"""Share of dropped frames above which the person is told, and below which no longer. Ours."""

WINDOW_S = 3.0
"""The share is taken over this time, and its number changes no faster. A repetition lasts that
long. Ours."""


class SlowMachine:
    """Follows the dropped frames of one session; gives the line for the screen."""

    def __init__(self) -> None:
        self._lately: deque[tuple[float, int, int]] = deque()
        self._text = ""
        self._text_s = 0.0

    def update(self, t_s: float, given: int, dropped: int) -> str:
        """Take how many frames were given and dropped so far; empty when few are dropped.

        Parameters
        ----------
        t_s
            Time of the frame.
        given, dropped
            Frames given and dropped since the session began.
        """
        self._lately.append((t_s, given, dropped))
        while self._lately[0][0] < t_s - WINDOW_S:
            self._lately.popleft()
        first_s, given_before, dropped_before = self._lately[0]
        lost = dropped - dropped_before
        whole = lost + given - given_before
        share = lost / whole if whole else 0.0
        if self._text:
            if share < FEW_DROPPED:
                self._text = ""
            elif t_s - self._text_s >= WINDOW_S:
                self._say(share, t_s)
        elif share > MOST_DROPPED and t_s - first_s >= 0.5 * WINDOW_S:
            self._say(share, t_s)
        return self._text

    def _say(self, share: float, t_s: float) -> None:
        self._text = (
            f"{max(10, 10 * round(10 * share))}{NO_BREAK}% of frames lost: close other programs"
        )
        self._text_s = t_s
