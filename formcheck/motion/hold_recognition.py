"""Recognise an exercise that is held, such as a plank, when its posture is kept for seconds."""

from __future__ import annotations

from collections.abc import Sequence

from formcheck.data.exercise import Exercise
from formcheck.data.keypoints import PoseSample
from formcheck.motion.holds import HoldAnalyzer
from formcheck.motion.recognition import Recognition

LASTS_S = 5.0
"""A posture that is kept for so long is held on purpose, not just passed through. Our choice."""


class HoldRecognizer:
    """Takes the poses of a session in order, and says when the posture of an exercise is held.

    Parameters
    ----------
    exercises
        Those to choose from. Exercises that are not held are left out, and so are those that are
        only measured when the user names them.
    """

    def __init__(self, exercises: Sequence[Exercise]) -> None:
        self._analyzers = [
            HoldAnalyzer(exercise)
            for exercise in exercises
            if exercise.held is not None and not exercise.held.only_named
        ]
        self._upright: Recognition | None = None

    def update(self, sample: PoseSample) -> Recognition | None:
        """Take one pose; return the exercise once its posture, lying, was held for long enough.

        Times must increase. For an exercise on the feet see :meth:`finish`.
        """
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
        """Return the exercise on the feet whose posture was held for long enough, if any.

        Use it only when no repetitions were found: a person may also rest in such a posture.
        """
        return self._upright
