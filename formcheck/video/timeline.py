"""When the frames of a source were: their rate, the longest gap, the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Timeline:
    """When the frames were, in seconds, in memory that does not grow with the film.

    ``tick_s`` is one tick of the film's clock; a step between frames may be off by as much.
    ``grain_s`` is what steps are rounded to: a camera's steps are never twice the same, and
    would otherwise all be kept.
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
        """Note a frame; ``duration_s`` is 0 where the film does not tell."""
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
        """End of the last frame; 0 when there is none."""
        return self.last_s + (self._last_duration_s or self.step_s)

    @property
    def step_s(self) -> float:
        """Usual time between frames; 0 while there are fewer than two.

        The mean of the steps near the median: a clock in whole milliseconds shows a 30 Hz film
        as steps of 33 and 34 ms, and the median alone would be a percent off.
        """
        near = self._near_median()
        count = sum(near.values())
        return sum(step * n for step, n in near.items()) / count / 1e9 if count else 0.0

    @property
    def is_variable(self) -> bool:
        """Whether more than one step in fifty is off the median by more than a tenth of it."""
        total = self._steps_ns.total()
        return total - self._near_median().total() > total / 50

    def _near_median(self) -> Counter[int]:
        median = _median(self._steps_ns)
        reach = max(0.1 * median, 1e9 * self.tick_s) + 1_000  # a microsecond for rounding
        return Counter({s: n for s, n in self._steps_ns.items() if abs(s - median) <= reach})


def _median(counts: Counter[int]) -> int:
    """Lower median of counted values; 0 when there are none."""
    seen, total = 0, counts.total()
    for value in sorted(counts):
        seen += counts[value]
        if 2 * seen >= total:
            return value
    return 0
