"""Compute frame rate, longest gap and end of a source from the times of its frames."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Timeline:
    """Statistics of the frame times in seconds; memory use does not grow with the film.

    Attributes
    ----------
    tick_s
        Resolution of the source's clock: a frame interval may be off by this much.
    grain_s
        Intervals are rounded to this before they are counted. A camera's intervals are never
        exactly equal, so without rounding the counter would grow without limit.
    frames
        Number of frames so far.
    longest_s, longest_at_s
        The longest frame interval, and the time of the frame before it.
    last_s
        Time of the last frame.
    """

    tick_s: float
    grain_s: float = 1e-9
    frames: int = 0
    longest_s: float = 0.0
    longest_at_s: float = 0.0
    last_s: float = 0.0
    _last_duration_s: float = 0.0
    _steps_ns: Counter[int] = field(default_factory=Counter)

    def add(self, t_s: float, duration_s: float) -> None:
        """Add a frame; ``duration_s`` is 0 when unknown."""
        if self.frames:
            step_s = t_s - self.last_s
            self._steps_ns[round(round(step_s / self.grain_s) * self.grain_s * 1e9)] += 1
            if step_s > self.longest_s:
                self.longest_s, self.longest_at_s = step_s, self.last_s
        self.frames += 1
        self.last_s = t_s
        self._last_duration_s = duration_s

    @property
    def end_s(self) -> float:
        """Time at which the last frame ends; 0 when there is none."""
        return self.last_s + (self._last_duration_s or self.step_s)

    @property
    def step_s(self) -> float:
        """Typical frame interval; 0 while there are fewer than two frames.

        It is the mean of the intervals near the median: with a clock in whole milliseconds a 30 Hz
        film has intervals of 33 and 34 ms, and the median alone would be off by one per cent.
        """
        near = self._near_median()
        count = sum(near.values())
        return sum(step * n for step, n in near.items()) / count / 1e9 if count else 0.0

    @property
    def is_variable(self) -> bool:
        """Whether more than 2 % of the intervals differ from the median by more than a tenth."""
        total = self._steps_ns.total()
        return total - self._near_median().total() > total / 50

    def _near_median(self) -> Counter[int]:
        """Return the counts of the intervals near the median, by interval in nanoseconds."""
        median = _median(self._steps_ns)
        limit_ns = max(0.1 * median, 1e9 * self.tick_s) + 1_000  # a microsecond for rounding
        return Counter({s: n for s, n in self._steps_ns.items() if abs(s - median) <= limit_ns})


def _median(counts: Counter[int]) -> int:
    """Return the lower median of counted values; 0 when there are none."""
    seen, total = 0, counts.total()
    for value in sorted(counts):
        seen += counts[value]
        if 2 * seen >= total:
            return value
    return 0
