"""Count the times of a self-paced block, and how long each took.

A self-paced block, such as walking up stairs, is not measured by the camera: the person says, with
a key or a tap, when they have done it once. Each such time is called a lap here.
"""

from __future__ import annotations


class LapCount:
    """Laps of one self-paced block, with a clock that can be paused.

    Parameters
    ----------
    target
        Planned number of laps.
    laps_s
        Duration of each lap that was done before, if the block is resumed.

    Attributes
    ----------
    laps_s
        Duration of each lap that is done.
    paused
        Whether the clock is paused.
    """

    def __init__(self, target: int, laps_s: tuple[float, ...] = ()) -> None:
        self.target = target
        self.laps_s = laps_s
        self.paused = False
        self._lap_s = 0.0
        self._last_s: float | None = None

    @property
    def elapsed_s(self) -> float:
        """Time since the beginning, without pauses."""
        return sum(self.laps_s) + self._lap_s

    @property
    def over(self) -> bool:
        """Whether all planned laps are done."""
        return len(self.laps_s) >= self.target

    def update(self, now_s: float) -> None:
        """Advance the clock to a time."""
        if self._last_s is not None and not self.paused:
            self._lap_s += now_s - self._last_s
        self._last_s = now_s

    def count(self) -> None:
        """Record that a lap is done."""
        self.laps_s, self._lap_s = (*self.laps_s, round(self._lap_s, 1)), 0.0

    def pause(self) -> None:
        """Pause the clock, or continue it if it is paused."""
        self.paused = not self.paused
