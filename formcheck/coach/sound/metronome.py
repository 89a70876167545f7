"""The metronome: ticks that show the target tempo during a repetition.

It starts to count when the person starts to go down, so they do not have to wait for a beat. There
is a tick for each second on the way down, an accent when the bottom should be reached, and ticks
during the pause and the way up. It stops if the person turns upward too early, or is up early.
:class:`Metronome` only schedules the ticks; ``session_sounds.py`` plays them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from formcheck.data.frame_result import FrameResult, Phase
from formcheck.exercises.tempo import Tempo
from formcheck.motion.phases import resting_phase

BEAT_S = 1.0
MAX_AHEAD_S = 0.25
"""Ticks that are due before the next frame are scheduled at this frame, at most this time ahead, so
that they sound on time. A tick that is late by more than this is skipped."""


@dataclass(frozen=True)
class Tick:
    """A tick to play ``delay_s`` seconds after this frame."""

    name: Literal["tick", "accent"]
    delay_s: float


def beats(tempo: Tempo, order: Literal["down_up", "up_down"]) -> tuple[tuple[float, bool], ...]:
    """Return the times of the ticks (s from the start of the way down), and which are accented.

    Parameters
    ----------
    tempo
        The target tempo.
    order
        ``"up_down"`` for a repetition that starts with the way up and ends with the way down: the
        ticks then end with the way down.

    Returns
    -------
    Pairs of time and accent, in order of time.
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
    """Schedules the ticks of all repetitions of a session."""

    def __init__(self, tempo: Tempo, order: Literal["down_up", "up_down"]) -> None:
        self._beats = beats(tempo, order)
        self._eccentric_s = tempo.eccentric_s
        self._resting_phase = resting_phase(order)
        self._started_s: float | None = None
        self._next = 0
        self._last_s = math.nan
        self._stopped_early = False

    def update(self, result: FrameResult) -> tuple[Tick, ...]:
        """Process one frame; return the ticks that are due before the next one."""
        now_s = result.t_s
        frame_s = now_s - self._last_s
        ahead_s = min(frame_s, MAX_AHEAD_S) if math.isfinite(frame_s) else 0.0
        self._last_s = now_s
        self._start_or_stop(result)
        if self._started_s is None:
            return ()
        ticks = []
        while self._next < len(self._beats):
            at_s, accent = self._beats[self._next]
            delay_s = self._started_s + at_s - now_s
            if delay_s > ahead_s:
                break
            self._next += 1
            if delay_s > -MAX_AHEAD_S:
                ticks.append(Tick("accent" if accent else "tick", max(0.0, delay_s)))
        return tuple(ticks)

    def _start_or_stop(self, result: FrameResult) -> None:
        """Start counting with a descent; stop at rest, or when the way up begins too early."""
        if result.phase is self._resting_phase or not result.sample.seen:
            self._started_s, self._stopped_early = None, False
            return
        if self._started_s is None:
            if result.descent_elapsed_s is not None and not self._stopped_early:
                self._started_s, self._next = result.t_s - result.descent_elapsed_s, 0
            return
        early = result.t_s - self._started_s < self._eccentric_s - BEAT_S
        if result.phase is Phase.ASCENT and early:
            self._started_s, self._stopped_early = None, True
