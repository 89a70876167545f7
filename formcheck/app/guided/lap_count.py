"""Counts what is done at one's own pace: how often, and how long each time took."""

from __future__ import annotations


class LapCount:
    """One self-paced block; the person says when a time is done.

    Parameters
    ----------
    target
        How often it is to be done.
    laps_s
        What was done before, of a block that goes on.

    Attributes
    ----------
    laps_s
        How long each time took that is done.
    paused
        Whether the clock stands still.
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
        """Whether it was done as often as planned."""
        return len(self.laps_s) >= self.target

    def update(self, now_s: float) -> None:
        """Let the clock run on to a time."""
        if self._last_s is not None and not self.paused:
            self._lap_s += now_s - self._last_s
        self._last_s = now_s

    def count(self) -> None:
        """Note that a time is done."""
        self.laps_s, self._lap_s = (*self.laps_s, round(self._lap_s, 1)), 0.0

    def pause(self) -> None:
        """Let the clock stand still, or go on."""
        self.paused = not self.paused
