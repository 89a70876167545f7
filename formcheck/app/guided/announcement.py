"""The rest before a block of a guided session, during which the next block is announced.

:class:`Announcement` counts the rest down. After the rest, it can also wait for the person, for
example until they are in view of a camera that was moved. ``guided_run.py`` uses it to decide what
the screen shows and when the block begins.
"""

from __future__ import annotations

from dataclasses import dataclass

from formcheck.coach.setup import SetupCheck
from formcheck.data.keypoints import PoseSample
from formcheck.data.session import View

LEAST_S = 8.0
"""Shortest time for which a block is announced, so that it can be read or heard. Our choice."""
RESULT_S = 8.0
"""Time for which a longer rest first shows the result of the previous block. Our choice."""


@dataclass(frozen=True)
class AnnouncementState:
    """State of the rest at one moment.

    Attributes
    ----------
    left_s
        Seconds of rest left; ``None`` once the rest is over.
    waits_for
        After the rest: what the person has to do before the block can begin, in words; empty for
        nothing.
    shows_result
        Whether this is the first part of a long rest, which shows the result of the previous block.
    """

    left_s: float | None
    waits_for: str = ""
    shows_result: bool = False

    @property
    def over(self) -> bool:
        """Whether the block may begin by itself."""
        return self.left_s is None and not self.waits_for


class Announcement:
    """Counts down the rest before one block.

    Parameters
    ----------
    rest_s
        Length of the rest; at least ``LEAST_S`` is used.
    setup
        Check of the camera's view. After the rest, the block waits until the check is passed;
        ``None`` if the camera has not been moved, so that no check is needed.
    waits_for
        What the person has to do after the rest before the block begins; empty when it begins by
        itself.

    Attributes
    ----------
    paused
        Whether the countdown is paused; see :meth:`pause`.
    """

    def __init__(self, rest_s: float, setup: SetupCheck | None = None, waits_for: str = "") -> None:
        self._left_s = max(rest_s, LEAST_S)
        self._result_until_s = max(self._left_s - RESULT_S, LEAST_S)
        self._setup = setup
        self._waits_for = waits_for
        self._last_s: float | None = None
        self._to_do = "" if setup is None else "Step into view"
        self.paused = False

    def pause(self) -> None:
        """Pause the countdown, or continue it if it is paused."""
        self.paused = not self.paused

    def update(self, now_s: float, sample: PoseSample | None = None) -> AnnouncementState:
        """Advance the countdown to a time; a pose, if given, is used for the set-up check."""
        step_s = 0.0 if self._last_s is None else now_s - self._last_s
        self._last_s = now_s
        if sample is not None and self._setup is not None:
            # Distance and turn are found from the poses themselves. The empty view, without a tilt,
            # leaves out the tilt of the camera, which is not measured between two blocks. A message
            # says after a colon why; the card shows only what to do.
            state = self._setup.update(sample, View())
            self._to_do = "" if state.fits else state.message.partition(":")[0]
        if not self.paused:
            self._left_s -= step_s
        if self._left_s > 0:
            return AnnouncementState(self._left_s, shows_result=self._left_s > self._result_until_s)
        return AnnouncementState(None, self._waits_for or self._to_do)
