"""When the pose model looks at a frame: often while somebody moves, seldom while nobody does.

Angles are as accurate with 15 looks a second as with 60; only the ends of a way down want 30. Most
of a film of training is somebody who stands, rests or walks off. So:

- at most :data:`FULL_HZ` looks a second, however fast the film is;
- :data:`REST_HZ` a second while nobody moves, by the rest rule of the repetitions, or nobody is
  there;
- when a look at rest shows that somebody has begun to move, the pictures before it that wait are
  looked at, too, and every one from then on;
- fewer while a computer does not keep pace with its camera (:mod:`~formcheck.motion.pace`).

But for the last, the rule is causal and goes by times and by the looks before alone: film and
camera, and a fast and a slow computer, look at the same frames.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from formcheck.data.exercise import Order
from formcheck.data.keypoints import PoseSample
from formcheck.motion.drop import HipDrop, hips_y_px
from formcheck.motion.pace import SLOW_HZ, Pace
from formcheck.motion.phases import RESTED_S, PhaseMachine

FULL_HZ = 30.0
REST_HZ = 8.0
"""On nine clips of 60 frames a second that nothing was set on, half the frames change no angle by
more than 0.1 degrees and the way down by 0.01 s; a quarter of them the way down by 0.05 s."""

EARLY_S = 0.4 / FULL_HZ
"""A frame may come this much before its look is due: cameras do not keep time."""

FIRST_SIGN = 0.006
"""Hips that are so far, in leg lengths, from where they were in the looks before begin to move. At
rest a look differs from those before by 0.0017 in the median (44 clips and films), so one in fifty
is taken for a movement, and costs the looks at what waits."""

WAITING_HZ = 15.0
MOST_WAITING = 5
"""Between two looks at rest one picture waits, and at most so many in all, to be looked at if a
look shows a movement. They reach back over half a second before it: so long a slow way down may
show no sign. One is after it: a look is judged when the next one has begun."""

NOBODY_S = 1.0
"""Who has not been seen for so long is gone, whatever movement was under way."""

KNOWN_AHEAD_S = 0.2
"""The full rate goes on this long after the last sign of movement. So it is known of the next few
frames before the looks at them are done, and they can be worked on ahead."""

_ORDERS: tuple[Order, ...] = ("down_up", "up_down")


class LookRule:
    """Says which frames are looked at; one for each session.

    Tell it each look in order of time (:meth:`update`), and each frame that is looked at or waits
    (:meth:`took`, :meth:`waits`). At rest ask whether a look shows a movement (:meth:`moves`)
    before the pictures that wait are let go.
    """

    def __init__(self) -> None:
        self._pace = Pace()
        self._drop = HipDrop()
        self._machines = [PhaseMachine(order) for order in _ORDERS]
        self._lately: deque[tuple[float, float]] = deque()
        self._seen_s = -math.inf
        self._full_until_s = -math.inf
        self._due_s = self._looked_s = self._last_s = -math.inf

    @property
    def slow(self) -> bool:
        """Whether looks are lowered, because the computer does not keep pace with the camera."""
        return self._pace.slow

    @property
    def most_waiting(self) -> int:
        """How many frames may wait at rest; none that a slow computer would have to catch up on."""
        return 0 if self.slow else MOST_WAITING

    def waited(self, t_s: float, waited_s: float) -> None:
        """Note how long a camera's picture waited to be taken; in order of time."""
        self._pace.update(t_s, waited_s, full=self.is_full(t_s))

    def is_full(self, t_s: float) -> bool:
        """Whether it is already known that the full rate holds at a time; later looks leave it so.

        When it is not, it may become so with the next look.
        """
        return t_s <= self._full_until_s

    def is_due(self, t_s: float) -> bool:
        """Whether a frame is due in a movement, from the last one looked at or waiting."""
        return t_s >= self._next_s - EARLY_S

    def is_due_at_rest(self, t_s: float) -> bool:
        """Whether a frame is due at the rate of rest."""
        return t_s >= self._looked_s + 1.0 / REST_HZ - 0.5 * EARLY_S

    def is_due_to_wait(self, t_s: float) -> bool:
        """Whether a frame at rest is to wait, in case the next look shows a movement."""
        return t_s >= self._last_s + 1.0 / WAITING_HZ - EARLY_S

    def waits(self, t_s: float) -> None:
        """Note that a frame waits, to be looked at if the next look shows a movement."""
        # A frame that came late or early, or at rest out of turn, does not put off those after it.
        self._due_s = min(max(self._next_s, t_s - EARLY_S), t_s + EARLY_S)
        self._last_s = t_s

    def took(self, t_s: float) -> None:
        """Note that a frame is looked at."""
        self.waits(t_s)
        self._looked_s = t_s

    def moves(self, sample: PoseSample) -> bool:
        """Whether a look, taken before its turn, shows that somebody has begun to move."""
        y_px = hips_y_px(sample)
        if not (self._lately and math.isfinite(y_px) and self._drop.leg_px > 0):
            return False
        before_px = float(np.median([y for _, y in self._lately]))
        if abs(y_px - before_px) < FIRST_SIGN * self._drop.leg_px:
            return False
        self._full_until_s = max(self._full_until_s, sample.t_s + KNOWN_AHEAD_S)
        return True

    def update(self, sample: PoseSample) -> None:
        """Take a look; times must increase."""
        t_s = sample.t_s
        drop = self._drop.update(sample)
        for machine in self._machines:
            machine.update(t_s, drop)
        y_px = hips_y_px(sample)
        if math.isfinite(y_px):
            self._seen_s = t_s
            self._lately.append((t_s, y_px))
        while self._lately and self._lately[0][0] < t_s - RESTED_S:
            self._lately.popleft()
        there = t_s - self._seen_s < NOBODY_S
        if there and not all(machine.at_rest for machine in self._machines):
            # On a slow computer a look is done only when some frames after it were decided on.
            self._full_until_s = t_s + (2.0 if self.slow else 1.0) * KNOWN_AHEAD_S

    @property
    def _next_s(self) -> float:
        """When the next look in a movement is due."""
        return self._due_s + 1.0 / (SLOW_HZ if self.slow else FULL_HZ)
