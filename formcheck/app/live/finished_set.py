"""The result in words of the set that was just finished, for the screen during the rest.

In an exercise for one leg at a time, the same is done for each leg's part of the set.
"""

from __future__ import annotations

from formcheck.coach.plan import PlanState
from formcheck.data.keypoints import SIDES, other
from formcheck.data.session import ExerciseInfo, Rep
from formcheck.motion.verdicts import is_wholly_good, summarize
from formcheck.report.wording import SetWords, set_words


class FinishedSets:
    """Collects the repetitions of a live session, and words the result of the finished set.

    Parameters
    ----------
    exercise
        The exercise, with its measurements as judged.
    """

    def __init__(self, exercise: ExerciseInfo) -> None:
        self._exercise = exercise
        self._reps: list[tuple[int, Rep]] = []
        self._worded: tuple[str, int, int] | None = None
        self._words: SetWords | None = None

    def add(self, rep: Rep, set_index: int) -> None:
        """Add a repetition that was counted."""
        self._reps.append((set_index, rep))

    def words(self, plan: PlanState) -> SetWords | None:
        """Return the result of the set that is over; ``None`` during a set.

        When the person changes legs, it is the result of the leg that has finished.
        """
        if plan.stage not in ("change_legs", "rest", "complete"):
            return None
        now = plan.stage, plan.set_index, len(self._reps)
        if now != self._worded:
            reps = [rep for set_index, rep in self._reps if set_index == plan.set_index]
            if plan.stage == "change_legs" and plan.side in SIDES:
                reps = [rep for rep in reps if rep.stance_side == other(plan.side)]
            all_good = all(map(is_wholly_good, reps))
            summary = summarize(reps, self._exercise.specs)
            self._worded = now
            self._words = set_words(summary, self._exercise, all_good=all_good)
        return self._words
