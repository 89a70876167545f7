"""Decide on which frames the pose model runs: on many while somebody moves, on few at rest.

One run of the pose model on one frame is called a *look*. It is the expensive part of an analysis,
and most of a training film shows somebody who stands, rests or walks off. Angles are as accurate
with 15 looks a second as with 60; only the start and end of a way down need 30. So the rule is:

- in a movement, at most :data:`FULL_HZ` looks a second, however fast the film is;
- :data:`REST_HZ` a second while nobody moves (the rest rule of the phase machine) or nobody is
there;
- at rest one frame between two looks is kept *waiting*, and the last few of these are remembered;
  when a look shows that a movement has begun, the model runs on these, too, and then at the full
  rate;
- less often while a computer is too slow for its camera (:mod:`formcheck.motion.pace`).

Except for the last point, the rule depends only on times and on earlier looks. So film and camera,
and a fast and a slow computer, use the same frames. :mod:`formcheck.pose.estimator` applies the
rule.
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

FULL_HZ, REST_HZ = 30.0, 8.0
"""Looks a second in a movement and at rest. On nine clips of 60 frames a second, which were not
used to choose these numbers, half the frames change no angle by more than 0.1 degrees and the way
down by 0.01 s; with a quarter of the frames the way down changes by 0.05 s."""

EARLY_S = 0.4 / FULL_HZ
"""A frame may come this much before its look is due, as cameras do not keep exact time. Our
choice."""

FIRST_SIGN = 0.006
"""A movement begins when the hips are this far, in leg lengths, from where they were in the looks
before. At rest the median difference is 0.0017 (44 clips and films), so that one look in fifty is
taken for a movement, which costs a few looks at waiting frames."""

WAITING_HZ, MOST_WAITING = 15.0, 5
"""At rest one frame between two looks is kept waiting: the first that is ``1 / WAITING_HZ`` after a
look. At most ``MOST_WAITING`` wait. They reach back over half a second before a look, as a slow way
down may show no sign for so long; one is after it, as a look is only judged when the next one has
begun. Our choice."""

NOBODY_S = 1.0
"""A person who has not been seen for so long is gone, whatever movement was going on. Our
choice."""

KNOWN_AHEAD_S = 0.2
"""The full rate goes on for this long after the last sign of movement. So the rule is known for the
next few frames before their looks are done, and several looks can be worked on at once. Our
choice."""

_ORDERS: tuple[Order, ...] = ("down_up", "up_down")


class LookRule:
    """Decides which frames the pose model runs on; one is used for each session.

    Report to it, in order of time: how late each picture of a camera was taken
    (:meth:`note_delay`), each frame that is given to the model (:meth:`note_look`) or kept waiting
    (:meth:`note_waiting`), and the pose of each look (:meth:`update`). At rest, ask with
    :meth:`check_for_movement` whether a look shows a movement before waiting frames are dropped.
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
        """Whether there are fewer looks because the computer is too slow for the camera."""
        return self._pace.slow

    @property
    def most_waiting(self) -> int:
        """How many frames may wait at rest; none on a slow computer, which could not catch up."""
        return 0 if self.slow else MOST_WAITING

    def note_delay(self, t_s: float, waited_s: float) -> None:
        """Note how long a camera's picture waited to be taken; in order of time."""
        self._pace.update(t_s, waited_s, full=self.is_full(t_s))

    def is_full(self, t_s: float) -> bool:
        """Return whether the full rate already holds at a time; later looks do not change a yes.

        A no may become a yes with the next look.
        """
        return t_s <= self._full_until_s

    def is_due(self, t_s: float) -> bool:
        """Return whether a look is due in a movement, by the last frame looked at or waiting."""
        return t_s >= self._next_s - EARLY_S

    def is_due_at_rest(self, t_s: float) -> bool:
        """Return whether a look is due at rest."""
        return t_s >= self._looked_s + 1.0 / REST_HZ - 0.5 * EARLY_S

    def is_due_to_wait(self, t_s: float) -> bool:
        """Return whether a frame at rest should wait, in case the next look shows a movement."""
        return t_s >= self._last_s + 1.0 / WAITING_HZ - EARLY_S

    def note_waiting(self, t_s: float) -> None:
        """Note that a frame waits, to be looked at if the next look shows a movement."""
        self._note(t_s)

    def note_look(self, t_s: float) -> None:
        """Note that a frame was given to the pose model."""
        self._note(t_s)
        self._looked_s = t_s

    def check_for_movement(self, sample: PoseSample) -> bool:
        """Start the full rate if a look shows a movement; return whether it shows one.

        Call it before the look is reported with :meth:`update`, while earlier frames may wait.
        """
        y_px = hips_y_px(sample)
        if not (self._lately and math.isfinite(y_px) and self._drop.leg_px > 0):
            return False
        before_px = float(np.median([y for _, y in self._lately]))
        if abs(y_px - before_px) < FIRST_SIGN * self._drop.leg_px:
            return False
        self._full_until_s = max(self._full_until_s, sample.t_s + KNOWN_AHEAD_S)
        return True

    def update(self, sample: PoseSample) -> None:
        """Take the pose of a look; times must increase."""
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
            # On a slow computer the rule decides on some further frames before a look is done.
            self._full_until_s = t_s + (2.0 if self.slow else 1.0) * KNOWN_AHEAD_S

    @property
    def _next_s(self) -> float:
        """When the next look in a movement is due."""
        return self._due_s + 1.0 / (SLOW_HZ if self.slow else FULL_HZ)

    def _note(self, t_s: float) -> None:
        # A frame that came a little late or early does not delay the frames after it.
        self._due_s = min(max(self._next_s, t_s - EARLY_S), t_s + EARLY_S)
        self._last_s = t_s
