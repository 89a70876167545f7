"""The time before a block: how long it is, and what is waited for."""

from __future__ import annotations

from dataclasses import dataclass

from formcheck.coach.setup import SetupCheck
from formcheck.data.keypoints import PoseSample
from formcheck.data.session import View

LEAST_S = 8.0
"""A block is announced for at least so long: time to read it, or to hear it. Ours."""
RESULT_S = 8.0
"""So long a longer rest begins with how the block before went. Ours."""


@dataclass(frozen=True)
class Announced:
    """How far it is.

    Attributes
    ----------
    left_s
        Seconds of rest left; ``None`` once it is over.
    waits_for
        What is waited for then, in words; empty for nothing.
    begins
        Whether a long rest has only begun.
    """

    left_s: float | None
    waits_for: str = ""
    begins: bool = False

    @property
    def over(self) -> bool:
        """Whether the block may begin by itself."""
        return self.left_s is None and not self.waits_for


class Announcement:
    """Follows the time before one block.

    Parameters
    ----------
    rest_s
        The rest before it.
    setup
        After the rest it is waited for that the person is seen from where this asks for; ``None``
        when the camera stays where it is.
    waits_for
        What the person has to do after the rest before the block begins; empty when it begins by
        itself.
    """

    def __init__(self, rest_s: float, setup: SetupCheck | None = None, waits_for: str = "") -> None:
        self._left_s = max(rest_s, LEAST_S)
        self._begun_until_s = max(self._left_s - RESULT_S, LEAST_S)
        self._setup = setup
        self._waits_for = waits_for
        self._last_s: float | None = None
        self._to_do = "" if setup is None else "Step into view"
        self.paused = False

    def pause(self) -> None:
        """Let the rest stand still, or go on."""
        self.paused = not self.paused

    def update(self, now_s: float, sample: PoseSample | None = None) -> Announced:
        """Take the time, and the pose if there is one."""
        step_s = 0.0 if self._last_s is None else now_s - self._last_s
        self._last_s = now_s
        if sample is not None and self._setup is not None:
            state = self._setup.update(sample, View())
            self._to_do = "" if state.fits else state.message.partition(":")[0]
        if not self.paused:
            self._left_s -= step_s
        if self._left_s > 0:
            return Announced(self._left_s, begins=self._left_s > self._begun_until_s)
        return Announced(None, self._waits_for or self._to_do)
