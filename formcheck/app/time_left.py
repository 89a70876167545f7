"""How long the work on a film still takes: measuring, and drawing the annotated film after it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

KNOWN_AFTER_S = 1.0
"""Nothing is said before the work has gone on for so long."""

DRAWN_LOOKS, DRAWN_LOOKS_PER_MPX = 0.15, 0.6
"""What a drawn frame costs in looks of the model, and more for each million pixels: five films of
0.1 to 0.9 million pixels, on two cores, cost 0.2 to 0.7 looks. It stands in until the first frames
are drawn."""


@dataclass
class _Stage:
    """One pass over the film: when it began, how many frames are done, and of how many."""

    began_s: float
    done: int = 0
    expected: int | None = None


class TimeLeft:
    """Follows the work on one film.

    A frame costs little and a look much, and how many looks the rest of the film needs is not
    known: for each frame as many as so far, on average. So the estimate goes by all of the film
    until now, not by the last seconds, in which somebody rests or moves.

    Parameters
    ----------
    drawn_hz
        Frames a second of the annotated film at most; 0 when none is drawn.
    clock
        Time in seconds.
    """

    def __init__(self, drawn_hz: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._drawn_hz = drawn_hz
        self._clock = clock
        self._measuring: _Stage | None = None
        self._drawing: _Stage | None = None
        self._reached = 0
        self._looks = 0
        self._mpx = 0.0
        self._film_hz = self._draw_frame_s = 0.0

    def look(self, width: int, height: int) -> None:
        """Note that a frame of this size was looked at."""
        self._looks += 1
        self._mpx = width * height / 1e6

    def measuring(self, t_s: float, done: int, expected: int | None) -> None:
        """Take the progress of measuring, and of recognising before it.

        The frames that were looked at to recognise the exercise come again and cost nothing then.
        """
        if self._measuring is None:
            self._measuring = _Stage(self._clock())
        self._measuring.done, self._measuring.expected = done, expected
        self._reached = max(self._reached, done)
        if t_s > 0:
            self._film_hz = (done - 1) / t_s

    def drawing(self, t_s: float, done: int, expected: int | None) -> None:  # noqa: ARG002
        """Take the progress of drawing."""
        if self._drawing is None:
            self._draw_frame_s = self._guessed_draw_s()
            self._drawing = _Stage(self._clock())
        self._drawing.done, self._drawing.expected = done, expected

    @property
    def left_s(self) -> float | None:
        """Seconds until all is done; ``None`` while unknown."""
        if self._drawing is not None:
            return self._left_to_draw_s(self._drawing)
        stage = self._measuring
        if stage is None or not stage.expected or self._spent_s(stage) < KNOWN_AFTER_S:
            return None
        left = max(0, stage.expected - self._reached)
        return left * self._frame_s(stage) + stage.expected * self._guessed_draw_s()

    @property
    def share(self) -> float | None:
        """Share of the whole time that is over, 0 to 1; ``None`` while unknown."""
        left_s, began = self.left_s, self._measuring or self._drawing
        if left_s is None or began is None:
            return None
        spent_s = self._spent_s(began)
        return spent_s / (spent_s + left_s) if spent_s + left_s > 0 else 1.0

    def _spent_s(self, stage: _Stage) -> float:
        return self._clock() - stage.began_s

    def _frame_s(self, stage: _Stage) -> float:
        """Seconds that measuring took for each frame until now."""
        return self._spent_s(stage) / max(1, self._reached)

    def _guessed_draw_s(self) -> float:
        """Seconds that drawing takes for each frame of the film, before any is drawn."""
        stage = self._measuring
        if stage is None or not self._drawn_hz:
            return 0.0
        drawn = min(1.0, self._drawn_hz / self._film_hz) if self._film_hz > 0 else 1.0
        looks = self._looks / stage.done if self._looks else 1.0
        look_s = self._frame_s(stage) / looks
        return drawn * (DRAWN_LOOKS + DRAWN_LOOKS_PER_MPX * self._mpx) * look_s

    def _left_to_draw_s(self, stage: _Stage) -> float | None:
        if not stage.expected:
            return None
        spent_s = self._spent_s(stage)
        frame_s = spent_s / max(1, stage.done) if spent_s >= KNOWN_AFTER_S else self._draw_frame_s
        return max(0, stage.expected - stage.done) * frame_s if frame_s else None
