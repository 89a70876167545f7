"""Estimate how long the work on a film will still take: measuring, then drawing the annotated film.

The pose model is not run on every frame; one run of it on a frame is called a *look*. A look takes
most of the time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

FIRST_ESTIMATE_AFTER_S = 1.0
"""There is no estimate before the work has lasted this long."""

LOOKS_PER_DRAWN_FRAME, LOOKS_PER_DRAWN_MPX = 0.15, 0.6
"""Time to draw a frame, in units of the time of a look: a fixed part, and a part for each million
pixels. Measured on two cores with five films of 0.1 to 0.9 million pixels, which took 0.2 to 0.7
looks. Used until the first frames are drawn."""


@dataclass
class _Stage:
    """One pass over the film: its start time, and the frames done and expected."""

    began_s: float
    done: int = 0
    expected: int | None = None


class TimeLeft:
    """Estimates the remaining time of the work on one film.

    How many looks the rest of the film needs is not known; the estimate assumes the same average
    for each frame as so far. It uses the whole film until now, not only the last seconds, as there
    are fewer looks while the person rests than while they move.

    Parameters
    ----------
    drawn_hz
        Largest number of frames a second in the annotated film; 0 if no film is drawn.
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
        """Count a look at a frame of this size."""
        self._looks += 1
        self._mpx = width * height / 1e6

    def measuring(self, t_s: float, done: int, expected: int | None) -> None:
        """Record the progress of measuring, and of recognising the exercise before it.

        The frames that were analyzed to recognise the exercise come again, and take no time then.
        """
        if self._measuring is None:
            self._measuring = _Stage(self._clock())
        self._measuring.done, self._measuring.expected = done, expected
        self._reached = max(self._reached, done)
        if t_s > 0:
            self._film_hz = (done - 1) / t_s

    def drawing(self, t_s: float, done: int, expected: int | None) -> None:  # noqa: ARG002
        """Record the progress of drawing."""
        if self._drawing is None:
            self._draw_frame_s = self._estimated_draw_s()
            self._drawing = _Stage(self._clock())
        self._drawing.done, self._drawing.expected = done, expected

    @property
    def left_s(self) -> float | None:
        """Estimated seconds until all is done; ``None`` while unknown."""
        if self._drawing is not None:
            return self._left_to_draw_s(self._drawing)
        stage = self._measuring
        if stage is None or not stage.expected or self._spent_s(stage) < FIRST_ESTIMATE_AFTER_S:
            return None
        left = max(0, stage.expected - self._reached)
        return left * self._frame_s(stage) + stage.expected * self._estimated_draw_s()

    @property
    def share(self) -> float | None:
        """Share of the estimated total time that has passed, 0 to 1; ``None`` while unknown."""
        left_s, began = self.left_s, self._measuring or self._drawing
        if left_s is None or began is None:
            return None
        spent_s = self._spent_s(began)
        return spent_s / (spent_s + left_s) if spent_s + left_s > 0 else 1.0

    def _spent_s(self, stage: _Stage) -> float:
        return self._clock() - stage.began_s

    def _frame_s(self, stage: _Stage) -> float:
        """Mean time of measuring a frame so far, in seconds."""
        return self._spent_s(stage) / max(1, self._reached)

    def _estimated_draw_s(self) -> float:
        """Estimated drawing time for each frame of the film, before any is drawn, in seconds."""
        stage = self._measuring
        if stage is None or not self._drawn_hz:
            return 0.0
        drawn = min(1.0, self._drawn_hz / self._film_hz) if self._film_hz > 0 else 1.0
        looks = self._looks / stage.done if self._looks else 1.0
        look_s = self._frame_s(stage) / looks
        return drawn * (LOOKS_PER_DRAWN_FRAME + LOOKS_PER_DRAWN_MPX * self._mpx) * look_s

    def _left_to_draw_s(self, stage: _Stage) -> float | None:
        if not stage.expected:
            return None
        spent_s = self._spent_s(stage)
        frame_s = (
            spent_s / max(1, stage.done)
            if spent_s >= FIRST_ESTIMATE_AFTER_S
            else self._draw_frame_s
        )
        return max(0, stage.expected - stage.done) * frame_s if frame_s else None
