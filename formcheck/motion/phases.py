"""The phase machine: it follows the hips frame by frame and says when a repetition has closed.

Input is the drop of the hips below standing, in leg lengths (:mod:`formcheck.motion.drop`). Output
is the phase at each frame (standing, descent, bottom, ascent) and, when the hips are back, an
``Excursion``: when the movement began, turned and ended, roughly. The analyzer then measures that
stretch exactly (:mod:`formcheck.motion.measure`).

The machine is causal: it uses only frames up to now. It looks for turning points, and a turn counts
once the signal has come back by some amount (hysteresis). As it knows no absolute levels, a pause
at the bottom, a slow drift or a higher standing position after the first repetition do not disturb
it. For the step-up, which runs up and down, the signal is negated.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from formcheck.data.arrays import median_of
from formcheck.data.exercise import Order
from formcheck.data.frame_result import Phase
from formcheck.data.session import Course, StairsWay


def resting_phase(course: Course) -> Phase:
    """Return the phase between repetitions, holds or flights; of step-ups it is the bottom."""
    if course in ("held", "climbed"):
        return Phase.REST
    return Phase.STANDING if course == "down_up" else Phase.BOTTOM


CLIMBED: dict[StairsWay, Phase] = {"up": Phase.ASCENT, "down": Phase.DESCENT}
"""The phase in a flight of stairs, by its direction."""

SPEED_OVER_S, SPEED_OVER_SHARE = 0.25, 0.15
"""The speed is the mean over the last quarter of a second, or over this share of the movement's
time so far when that is longer: a slow movement stands out from the noise only over a longer
time."""

RESTED_S = 0.4
"""Hips that stay at a level for so long have come to rest there. Our choice."""

TWO_LEVELS = 0.1
"""Resting levels that differ by less than this share of the movement's size count as one. Our
choice."""

REST_OF_PACE = 0.25
"""A speed below this share of the movement's mean speed is rest, however slow the movement.
Our choice."""

AS_GOOD_AS_BACK = 0.9
"""When this share of the way back is done, the person counts as standing again. Our choice."""

DRIFT_S = 2.0
"""Time constant with which the resting level follows slow drift. Our choice."""

DRIFT_OVER_S, DRIFT_SPEED = 2.0, 0.004
"""A signal faster than this over two seconds, in leg lengths per second, is not drift: it may be
the beginning of a slow way down. The slowest that counts (6 % of leg length in 12 s) moves at 0.005
on average; noise lets the hips of a person who stands still seem to move at 0.001."""

REST_MEMORY_S = 8.0
"""The start of a slow movement is searched within so many seconds back: the first half of the
slowest one passes before it stands out from the noise."""

REST_SHARE, HALF_WAY_SHARE, SETTLE_SHARE = 0.1, 0.35, 0.6
"""For a slow movement to close, these shares of the duration of its way back must pass: at rest
when it is as good as back; at rest before that; and as good as back without rest. The last tenth of
a slow way takes as long as the whole of a quick one, and a hesitation on the way is not rest.
Our choice."""


@dataclass(frozen=True)
class PhaseSettings:
    """Thresholds of the phase machine; lengths are fractions of leg length.

    Our choice: set from the noise of the hip keypoints (about 0.01 of leg length on clips and
    films) and from the smallest steps people start with.

    Attributes
    ----------
    hysteresis
        A turn counts once the signal has come back by this much.
    return_fraction
        Share of the way back that must be done before a repetition can close.
    rest_speed
        A slower speed, in leg lengths per second, is rest; the limit is lower in a slow movement.
    rest_s
        A repetition closes after so long at rest near its start; later after a slow way back.
    settle_s
        It also closes after so long as good as back, at rest or not: the person walks off.
    give_up_s
        A movement that takes longer was no repetition; it led to another resting level.
    """

    hysteresis: float = 0.03
    return_fraction: float = 0.6
    rest_speed: float = 0.05
    rest_s: float = 0.5
    settle_s: float = 1.0
    give_up_s: float = 30.0


@dataclass(frozen=True)
class Excursion:
    """One movement of the hips away from rest and back; times in seconds.

    Attributes
    ----------
    start_s, turn_s, end_s
        When it left the resting level, was furthest from it, and was back.
    size
        How far it went, in leg lengths.
    returned
        Share of the way back that was done; less than 1 when the film ended first.
    rest_from_s
        When the rest before it began, if another movement led to that rest; otherwise -infinity.
    """

    start_s: float
    turn_s: float
    end_s: float
    size: float
    returned: float
    rest_from_s: float = -math.inf


@dataclass(frozen=True)
class _Point:
    """A frame of the signal: ``away`` is how far the hips are from rest, in leg lengths."""

    t_s: float
    away: float


@dataclass
class _Movement:
    """A movement under way: where it left rest, its furthest point, and the way back so far."""

    start: _Point
    turn: _Point
    way_back: list[_Point] = field(default_factory=list)

    @property
    def back_since_s(self) -> float | None:
        """Since when it has been as good as back; ``None`` while it is not."""
        back_since_s = None
        for point in reversed(self.way_back):
            if self.returned(point) < AS_GOOD_AS_BACK:
                break
            back_since_s = point.t_s
        return back_since_s

    @property
    def size(self) -> float:
        return self.turn.away - self.start.away

    def returned(self, point: _Point) -> float:
        """Return the share of the way back that is done at ``point``."""
        return (self.turn.away - point.away) / max(self.size, 1e-9)

    def way(self, now: _Point) -> tuple[float, float]:
        """Return duration (s) and size so far of the current way: out, or back once it turned."""
        if not self.way_back:
            return self.turn.t_s - self.start.t_s, self.size
        first = self.way_back[0]
        return now.t_s - first.t_s, first.away - now.away

    def end(self) -> _Point:
        """Return the first point on the way back within 3 % of its level closest to rest."""
        level = min(point.away for point in self.way_back) + 0.03 * self.size
        return next(point for point in self.way_back if point.away <= level)

    def closed(self, course: Iterable[_Point], near: float) -> Excursion:
        """Return the finished movement as an excursion.

        When the hips came back to another level than they left, and had rested at that level on
        the way out, that rest is the start: what led there was something else, such as a step or a
        wrong pose.

        Parameters
        ----------
        course
            The points passed since before the movement began.
        near
            Levels that differ by less count as one, in leg lengths.
        """
        end = self.end()
        rest_from_s, start = -math.inf, self.start
        level = median_of(point.away for point in self.way_back if point.t_s >= end.t_s)
        near = max(near, TWO_LEVELS * (self.turn.away - level))
        if level - start.away > near:
            rests = list(self._rests(course, level, near))
            rest_from_s, start = rests[-1] if rests else (rest_from_s, start)
        return Excursion(
            start_s=start.t_s,
            turn_s=self.turn.t_s,
            end_s=end.t_s,
            size=self.turn.away - start.away,
            returned=min(1.0, (self.turn.away - end.away) / (self.turn.away - start.away)),
            rest_from_s=rest_from_s,
        )

    def _rests(
        self, course: Iterable[_Point], level: float, near: float
    ) -> Iterator[tuple[float, _Point]]:
        """Yield when each rest near a level began, and its last point, between start and turn."""
        since: _Point | None = None
        last: _Point | None = None
        for point in course:
            if not self.start.t_s < point.t_s < self.turn.t_s:
                continue
            if abs(point.away - level) > near:
                if since is not None and last is not None and self._is_rest(since, last):
                    yield since.t_s, last
                since = None
                continue
            since = since or point
            last = point

    def _is_rest(self, since: _Point, last: _Point) -> bool:
        """Return whether the hips rested between two points, rather than moved on slowly."""
        pace = (self.turn.away - last.away) / max(self.turn.t_s - last.t_s, 1e-9)
        lasted_s = last.t_s - since.t_s
        moved = abs(last.away - since.away)
        return lasted_s >= RESTED_S and moved <= REST_OF_PACE * pace * lasted_s


class PhaseMachine:
    """Follows the drop of the hips; gives the phase, and an excursion whenever a repetition closes.

    One is used for one session. Give it each frame with :meth:`update`, in order of time, and call
    :meth:`finish` at the end.

    Parameters
    ----------
    order
        Whether a repetition runs down and up, or up and down.
    settings
        Thresholds; defaults when left out.
    """

    def __init__(self, order: Order, settings: PhaseSettings | None = None) -> None:
        self._settings = settings or PhaseSettings()
        self._sign = 1.0 if order == "down_up" else -1.0
        self._rest: _Point | None = None
        self._movement: _Movement | None = None
        self._speed = 0.0
        self._rest_speed = self._settings.rest_speed
        self._still_since_s: float | None = None
        self._recent: list[float] = []
        self._course: deque[_Point] = deque()

    @property
    def phase(self) -> Phase:
        """The phase as known now; a slow part near the turn is bottom (of a step-up, the top)."""
        downward = self._sign > 0
        movement = self._movement
        if movement is None:
            return Phase.STANDING if downward else Phase.BOTTOM
        if movement.back_since_s is not None:
            return Phase.STANDING if downward else Phase.BOTTOM
        outward = not movement.way_back
        if outward and movement.size > 2 * self._settings.hysteresis:
            if abs(self._speed) < self._rest_speed:
                return Phase.BOTTOM if downward else Phase.STANDING
            outward = self._speed > 0
        return Phase.DESCENT if outward == downward else Phase.ASCENT

    @property
    def at_rest(self) -> bool:
        """Whether the person is at rest and no slow movement has begun; true before any frame.

        Used to run the pose model less often (:mod:`formcheck.motion.look_rule`). After a way down
        has begun, two seconds of stillness are needed: it may be a pause. After a way up a short
        stillness is enough, as the person may be standing, or on top of a step.
        """
        if not self._course:
            return True
        if self._still_since_s is None:
            return False
        rested_s = min(self._course[-1].t_s - self._still_since_s, DRIFT_OVER_S)
        movement = self._movement
        went_down = movement is not None and (self._sign > 0 or bool(movement.way_back))
        if rested_s < (DRIFT_OVER_S if went_down else RESTED_S):
            return False
        fastest = max(DRIFT_SPEED, self._noise(rested_s))
        return abs(self._speed_over(rested_s)) < fastest

    @property
    def started_s(self) -> float | None:
        """When the movement under way began; ``None`` at rest."""
        return self._movement.start.t_s if self._movement else None

    @property
    def rest_level(self) -> float:
        """The resting level of the drop, in leg lengths; NaN before the first frame."""
        level = self._movement.start if self._movement else self._rest
        return self._sign * level.away if level else float("nan")

    def update(self, t_s: float, drop: float) -> Excursion | None:
        """Take one frame; return the excursion that closes at it, if one does.

        ``drop`` is how far the hips are below any fixed level, in leg lengths; NaN (not seen) keeps
        the phase.
        """
        if not np.isfinite(drop):
            return None
        # The median of three takes out single-frame jumps at the cost of one frame of delay.
        self._recent = [*self._recent[-2:], self._sign * drop]
        point = _Point(t_s, median_of(self._recent))
        self._follow_speed(point)
        if self._movement is None:
            self._step_at_rest(point)
            return None
        if t_s - self._movement.start.t_s > self._settings.give_up_s:
            return self._give_up(self._movement, point)
        if self._movement.way_back:
            return self._step_back(self._movement, point)
        self._step_out(self._movement, point)
        return None

    @property
    def open_size(self) -> float:
        """How far the movement under way went at its furthest, in leg lengths; 0 without one."""
        return 0.0 if self._movement is None else self._movement.size

    def finish(self) -> Excursion | None:
        """Close what is open when the source ends, if the way back had begun."""
        if self._movement is None or not self._movement.way_back:
            return None
        return self._closed(self._movement)

    def _follow_speed(self, point: _Point) -> None:
        """Update the speed, and below which speed the current movement counts as resting."""
        self._course.append(point)
        started_s = point.t_s if self._movement is None else self._movement.start.t_s
        while self._course[0].t_s < min(started_s, point.t_s - REST_MEMORY_S):
            self._course.popleft()
        lasted_s, size = (0.0, 0.0) if self._movement is None else self._movement.way(point)
        since_s = lasted_s
        if self._movement is not None and self._movement.way_back:
            # The pause at the turn counts: the start of a slow way back looks like a pause.
            since_s = point.t_s - self._movement.turn.t_s
        over_s = max(SPEED_OVER_S, SPEED_OVER_SHARE * since_s)
        self._speed = self._speed_over(over_s)
        noise = self._noise(over_s)
        pace = abs(size) / lasted_s if lasted_s > 0 else 0.0
        self._rest_speed = min(self._settings.rest_speed, max(noise, REST_OF_PACE * pace))
        if abs(self._speed) >= self._rest_speed:
            self._still_since_s = None
        elif self._still_since_s is None:
            self._still_since_s = point.t_s

    def _noise(self, over_s: float) -> float:
        """Return the speed that may be noise; over a longer time it is less (power 3/2)."""
        return float((SPEED_OVER_S / over_s) ** 1.5 * self._settings.rest_speed)

    def _speed_over(self, seconds: float) -> float:
        """Return the slope over the last ``seconds``, in leg lengths per second."""
        from_s = self._course[-1].t_s - seconds
        lately = list(itertools.takewhile(lambda p: p.t_s >= from_s, reversed(self._course)))
        if len(lately) < 2:
            return 0.0
        t_s = np.array([point.t_s for point in lately])
        t_s -= t_s.mean()
        return float(t_s @ [point.away for point in lately] / (t_s @ t_s))

    def _step_at_rest(self, point: _Point) -> None:
        """Take a frame at rest: follow the resting level, or begin a movement."""
        if self._rest is None or point.away <= self._rest.away:
            self._rest = point
        elif point.away - self._rest.away > self._settings.hysteresis:
            self._movement = _Movement(start=self._left_rest(self._rest), turn=point)
        elif abs(self._speed_over(DRIFT_OVER_S)) < DRIFT_SPEED:
            # The resting level follows slow drift, so that drift does not look like a repetition.
            weight = 1.0 - math.exp(-(point.t_s - self._rest.t_s) / DRIFT_S)
            self._rest = _Point(
                point.t_s, self._rest.away + weight * (point.away - self._rest.away)
            )

    def _left_rest(self, rest: _Point) -> _Point:
        """Return where the movement left the resting level: at the last frame still near it."""
        near = rest.away + 0.25 * self._settings.hysteresis
        left_s = max((point.t_s for point in self._course if point.away <= near), default=rest.t_s)
        return _Point(left_s, rest.away)

    def _step_out(self, movement: _Movement, point: _Point) -> None:
        """Take a frame on the way out: go on, or begin the way back."""
        if point.away >= movement.turn.away:
            movement.turn = point
        elif movement.turn.away - point.away > self._turning(movement):
            movement.way_back = [point]
            self._still_since_s = None  # a pause at the turn is not rest after the movement

    def _step_back(self, movement: _Movement, point: _Point) -> Excursion | None:
        """Take a frame on the way back; return the excursion when it closes."""
        if point.away > movement.turn.away:
            movement.turn, movement.way_back = point, []
            return None
        movement.way_back.append(point)
        lowest = min(movement.way_back, key=lambda passed: (passed.away, -passed.t_s))
        enough = movement.returned(lowest) >= self._settings.return_fraction
        if point.away - lowest.away > self._turning(movement):
            if not enough:
                # A bounce near the turn belongs to the same repetition.
                movement.way_back = []
                return None
            self._movement = _Movement(start=lowest, turn=point)
            return self._closed(movement)
        rested = self._rested(movement, point)
        enough = enough or (rested and self._closed(movement).rest_from_s > -math.inf)
        if enough and (rested or self._settled(movement, point)):
            self._come_to_rest(point)
            return self._closed(movement)
        return None

    def _closed(self, movement: _Movement) -> Excursion:
        return movement.closed(self._course, self._settings.hysteresis)

    def _turning(self, movement: _Movement) -> float:
        """How far back the signal must come for a turn to count."""
        return max(self._settings.hysteresis, 0.2 * movement.size)

    def _settled(self, movement: _Movement, point: _Point) -> bool:
        """Return whether it has been as good as back for long enough, at rest or not."""
        back_s = movement.back_since_s
        if back_s is None:
            return False
        lasted_s = back_s - movement.way_back[0].t_s
        return point.t_s - back_s >= max(self._settings.settle_s, SETTLE_SHARE * lasted_s)

    def _rested(self, movement: _Movement, point: _Point) -> bool:
        """Return whether it has been at rest for long enough since the way back."""
        if self._still_since_s is None:
            return False
        lasted_s = self._still_since_s - movement.way_back[0].t_s
        share = HALF_WAY_SHARE if movement.back_since_s is None else REST_SHARE
        wanted_s = max(self._settings.rest_s, share * lasted_s)
        return point.t_s - self._still_since_s >= wanted_s

    def _give_up(self, movement: _Movement, point: _Point) -> Excursion | None:
        """End a movement that takes too long; return it when it is as good as back.

        Otherwise it led to another resting level: the film began with a wrong pose, or the person
        stepped down or sat on a chair. A movement away from that level may be a repetition, and
        becomes the current one.
        """
        self._come_to_rest(point)
        if movement.back_since_s is not None:
            return self._closed(movement)
        there = movement.start.away + self._settings.hysteresis
        gone = [p for p in self._course if p.t_s > movement.start.t_s and p.away > there]
        if not gone:
            return None
        near = min(passed.away for passed in gone) + 0.25 * self._settings.hysteresis
        first = next(passed for passed in gone if passed.away <= near)
        turn = max((p for p in gone if p.t_s >= first.t_s), key=lambda passed: passed.away)
        rest = [p for p in gone if p.away <= near and first.t_s <= p.t_s <= turn.t_s][-1]
        if turn.away - rest.away > self._settings.hysteresis:
            self._movement = _Movement(start=rest, turn=turn)
            if turn.away - point.away > self._turning(self._movement):
                self._movement.way_back = [passed for passed in gone if passed.t_s > turn.t_s]
        return None

    def _come_to_rest(self, point: _Point) -> None:
        self._movement, self._rest = None, point
