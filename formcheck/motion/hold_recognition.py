"""Whether a posture is held that belongs to one of the exercises."""

from __future__ import annotations

from collections.abc import Sequence

from formcheck.data.exercise import Exercise
from formcheck.data.keypoints import PoseSample
from formcheck.motion.holds import HoldAnalyzer
from formcheck.motion.recognition import Recognition

LASTS_S = 5.0
"""A posture that is kept for so long is held, and not passed through. Ours."""


class HoldRecognizer:
    """Takes one pose after the other, and says when the posture of an exercise is held.

    Used for one session. Times must increase.

    Parameters
    ----------
    exercises
        What it may be; those that are not held, or only when they are named, are left out.
    """

    def __init__(self, exercises: Sequence[Exercise]) -> None:
        self._analyzers = [
            HoldAnalyzer(exercise)
            for exercise in exercises
            if exercise.held is not None and not exercise.held.only_named
        ]
        self._upright: Recognition | None = None

    def update(self, sample: PoseSample) -> Recognition | None:
        """Take one pose; give the exercise once a body that lies has held its posture for long."""
        for analyzer in self._analyzers:
            result = analyzer.update(sample)
            held_s = result.held_s or 0.0
            if held_s < LASTS_S or result.view.kind not in analyzer.exercise.views:
                continue
            found = Recognition(analyzer.exercise.id, 1.0, "", {}, held_s=held_s)
            if analyzer.exercise.is_lying:
                return found
            self._upright = self._upright or found
        return None

    def finish(self) -> Recognition | None:
        """Give an exercise on the feet whose posture was held for long.

        It is asked for only where no repetitions were found: one may rest in such a posture.
        """
        return self._upright
