"""When to tick: the target tempo, counted from the start of the person's own lowering.

A beat that runs free asks the person to start on it, and is soon half a second off when they do
not. So the count starts when the lowering does: a tick for each second on the way down, an accent
where the bottom should be, then on through the pause and the way up. Who is back up early, or
turns round early, hears no more of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from formcheck.data.live import FrameResult, Phase
from formcheck.exercises.tempo import Tempo
from formcheck.motion.phases import resting_phase

BEAT_S = 1.0
MOST_AHEAD_S = 0.25
"""A tick that falls before the next frame is given ahead, so that it sounds on time."""


@dataclass(frozen=True)
class Tick:
    """A tick to be heard ``delay_s`` after this frame."""

    name: Literal["tick", "accent"]
    delay_s: float


def beats(tempo: Tempo, order: Literal["down_up", "up_down"]) -> tuple[tuple[float, bool], ...]:
    """When to tick, in seconds from the start of the lowering, and whether with an accent.

    In a repetition that runs up first, the lowering is the end of it and of the count.
    """
    turns = [tempo.eccentric_s]
    if order == "down_up":
        turns += [turns[0] + tempo.bottom_s, turns[0] + tempo.bottom_s + tempo.concentric_s]
    accented = {round(turn, 6) for turn in turns}
    counted = {
        round(start + k * BEAT_S, 6)
        for start, end in zip([0.0, *turns], turns, strict=False)
        for k in range(1, math.ceil((end - start) / BEAT_S - 1e-6))
    }
    return tuple((beat, beat in accented) for beat in sorted(counted | accented))


class Metronome:
    """Gives the ticks of each repetition; used for one session."""

    def __init__(self, tempo: Tempo, order: Literal["down_up", "up_down"]) -> None:
        self._beats = beats(tempo, order)
        self._eccentric_s = tempo.eccentric_s
        self._resting_phase = resting_phase(order)
        self._started_s: float | None = None
        self._next = 0
        self._last_s = math.nan
        self._spent = False

    def update(self, result: FrameResult) -> tuple[Tick, ...]:
        """Take one frame; give the ticks that fall before the next one."""
        now_s = result.t_s
        frame_s = now_s - self._last_s
        ahead_s = min(frame_s, MOST_AHEAD_S) if math.isfinite(frame_s) else 0.0
        self._last_s = now_s
        self._follow(result)
        if self._started_s is None:
            return ()
        found = []
        while self._next < len(self._beats):
            at_s, accent = self._beats[self._next]
            delay_s = self._started_s + at_s - now_s
            if delay_s > ahead_s:
                break
            self._next += 1
            if delay_s > -MOST_AHEAD_S:  # what was missed is not made good
                found.append(Tick("accent" if accent else "tick", max(0.0, delay_s)))
        return tuple(found)

    def _follow(self, result: FrameResult) -> None:
        """Start with a lowering; stop when the person is up, or on the way up ahead of time."""
        if result.phase is self._resting_phase or not result.sample.seen:
            self._started_s, self._spent = None, False
            return
        if self._started_s is None:
            if result.descent_elapsed_s is not None and not self._spent:
                self._started_s, self._next = result.t_s - result.descent_elapsed_s, 0
            return
        early = result.t_s - self._started_s < self._eccentric_s - BEAT_S
        if result.phase is Phase.ASCENT and early:
            self._started_s, self._spent = None, True
