"""Notice during a live session that the computer is too slow for the camera, and say what helps.

There are two signs: the camera thread drops frames, and the pose model analyzes fewer frames per
second than planned (its rate was lowered by ``motion/pace.py``).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from formcheck.data.numbers import NO_BREAK
from formcheck.data.session import Note
from formcheck.motion.look_rule import FULL_HZ
from formcheck.motion.pace import SLOW_HZ

MOST_DROPPED = 0.1
FEW_DROPPED = 0.05
"""Share of dropped frames: above the first the message appears, below the second it disappears. Our
choice."""

MOST_LOWERED = 0.5
FEW_LOWERED = 0.1
"""The same for the share of time in which the rate of analysis was lowered; a smaller share does no
harm. Our choice."""

WINDOW_S = 3.0
"""The share is taken over this time, and its number changes no faster. A repetition lasts that
long. Our choice."""

LOWERED = "Slow computer: measuring half as often. Close other programs"
NOTE = (
    "This computer was too slow for {lowered_s:.0f} of {whole_s:.0f} s: in that time it measured "
    f"{SLOW_HZ:.0f} times a second at most, not {FULL_HZ:.0f}, so durations are less exact. Next "
    "time close other programs first."
)


@dataclass(frozen=True)
class _Totals:
    """Totals at one frame since the session began: frames given and dropped, time at lower rate."""

    t_s: float
    given: int
    dropped: int
    lowered_s: float


class SlowMachine:
    """Follows dropped frames and the rate of analysis in a session; returns the screen's message.

    The rate is lowered when the pose model cannot keep up with the camera.
    """

    def __init__(self) -> None:
        self._lately: deque[_Totals] = deque()
        self._lost_text = ""
        self._text_s = 0.0
        self._says_lowered = False

    def update(self, t_s: float, given: int, dropped: int, *, lowered: bool) -> str:
        """Process the totals at one frame; return the message to show, empty if all is well.

        Parameters
        ----------
        t_s
            Time of the frame.
        given, dropped
            Frames given and dropped since the session began.
        lowered
            Whether fewer frames than usual are analyzed now.
        """
        last = self._lately[-1] if self._lately else _Totals(t_s, 0, 0, 0.0)
        lowered_s = last.lowered_s + lowered * (t_s - last.t_s)
        self._lately.append(_Totals(t_s, given, dropped, lowered_s))
        while self._lately[0].t_s < t_s - WINDOW_S:
            self._lately.popleft()
        self._follow_dropped()
        self._follow_lowered()
        return self._lost_text or (LOWERED if self._says_lowered else "")

    def notes(self) -> tuple[Note, ...]:
        """Return a note on how long the rate was lowered; none if it was for a short time only."""
        if not self._lately:
            return ()
        last = self._lately[-1]
        if last.lowered_s <= FEW_LOWERED * last.t_s:
            return ()
        text = NOTE.format(lowered_s=last.lowered_s, whole_s=last.t_s)
        return (Note(kind="slow_computer", text=text),)

    @property
    def _known_s(self) -> float:
        return self._lately[-1].t_s - self._lately[0].t_s

    def _follow_dropped(self) -> None:
        first, last = self._lately[0], self._lately[-1]
        lost = last.dropped - first.dropped
        whole = lost + last.given - first.given
        share = lost / whole if whole else 0.0
        if self._lost_text:
            if share < FEW_DROPPED:
                self._lost_text = ""
            elif last.t_s - self._text_s >= WINDOW_S:
                self._say_lost(share, last.t_s)
        elif share > MOST_DROPPED and self._known_s >= 0.5 * WINDOW_S:
            self._say_lost(share, last.t_s)

    def _say_lost(self, share: float, t_s: float) -> None:
        self._lost_text = (
            f"{max(10, 10 * round(10 * share))}{NO_BREAK}% of frames lost: close other programs"
        )
        self._text_s = t_s

    def _follow_lowered(self) -> None:
        lowered_s = self._lately[-1].lowered_s - self._lately[0].lowered_s
        least_s = (FEW_LOWERED if self._says_lowered else MOST_LOWERED) * WINDOW_S
        self._says_lowered = lowered_s > least_s
