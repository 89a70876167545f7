"""What to say, and when: one cue at a time, the most important first, praise when it is mended."""

from __future__ import annotations

from collections.abc import Mapping

from formcheck.data.exercise import Exercise
from formcheck.data.results import Cue, Phase, Rep
from formcheck.motion.grading import DESCENT, cue_for, mild_grade, plain_grade
from formcheck.motion.measure import TEMPO_PRIORITY

PERSISTS_S = 0.05
"""A fault must last this long before it is spoken of, and for two frames. Single frames are noise,
but live values are medians already, and advice must come before the bottom. Ours."""

SHOWN_S = 2.5
QUIET_S = 2.0
LEAST_S = 0.8
"""How long a cue stays; the least time between two cues; and between a cue and a more important
one, since nobody reads two at once. Ours."""


class Coach:
    """Turns provisional values into cues; used for one session."""

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self._priority = {spec.name: spec.priority for spec in exercise.metrics}
        self._priority[DESCENT] = TEMPO_PRIORITY
        self._since_s: dict[str, float] = {}
        self._current: Cue | None = None
        self._said: set[str] = set()
        self._descending = False
        self._faults_before: frozenset[str] = frozenset()

    def update(
        self,
        t_s: float,
        phase: Phase,
        judged: Mapping[str, float],
        descent_ended_s: float | None,
        closed: Rep | None,
    ) -> Cue | None:
        """Take one frame; give the cue to show at it.

        Parameters
        ----------
        judged
            Provisional value of each graded metric, the one that its bands judge.
        descent_ended_s
            Duration of a descent that ended at this frame.
        closed
            The repetition that closed at this frame.
        """
        if self._current is not None and t_s - self._current.decided_t_s > SHOWN_S:
            self._current = None
        self._forget_with_each_descent(phase)
        for cue in self._candidates(t_s, phase, judged, descent_ended_s, closed):
            if self._may_say(cue):
                self._current = cue
                self._said.add(cue.metric)
                break
        return self._current

    def _forget_with_each_descent(self, phase: Phase) -> None:
        """Nothing is said twice in a repetition; each lowering begins a new one."""
        if phase is Phase.DESCENT and not self._descending:
            self._said.clear()
        self._descending = phase in (Phase.DESCENT, Phase.BOTTOM)

    def _candidates(
        self,
        t_s: float,
        phase: Phase,
        judged: Mapping[str, float],
        descent_ended_s: float | None,
        closed: Rep | None,
    ) -> list[Cue]:
        cues = []
        moving = phase in (Phase.DESCENT, Phase.BOTTOM)
        for spec in self._exercise.metrics:
            bands = spec.bands
            value = judged.get(spec.name)
            if (
                bands is None
                or value is None
                or not moving
                or (mild_grade(value, spec.model_error, bands) == "good")
            ):
                self._since_s.pop(spec.name, None)
                continue
            since_s = self._since_s.setdefault(spec.name, t_s)
            if t_s - since_s >= PERSISTS_S:
                cues.append(Cue(spec.name, cue_for(spec, value, bands), since_s, t_s))
        if descent_ended_s is not None:
            bands = self._exercise.tempo.bands
            if plain_grade(descent_ended_s, bands) == "fault":
                cues.append(Cue(DESCENT, self._exercise.tempo.cue_fast, t_s, t_s))
        cues.sort(key=lambda cue: self._priority[cue.metric])
        return cues + self._praise(t_s, closed)

    def _praise(self, t_s: float, closed: Rep | None) -> list[Cue]:
        """Say so when a fault of the repetition before is gone."""
        if closed is None:
            return []
        now = frozenset(fault.metric for fault in closed.faults)
        mended = sorted(self._faults_before - now, key=lambda name: self._priority[name])
        self._faults_before = now
        # Praise is for what was mended, not while something as important is still to mend.
        if not mended or any(self._priority[name] <= self._priority[mended[0]] for name in now):
            return []
        return [Cue(mended[0], "Good, that is it", t_s, t_s, praise=True)]

    def _may_say(self, cue: Cue) -> bool:
        if not cue.praise and cue.metric in self._said:
            return False
        current = self._current
        if current is None:
            return True
        waited_s = cue.decided_t_s - current.decided_t_s
        more_important = self._priority[cue.metric] < self._priority[current.metric]
        return waited_s >= (LEAST_S if more_important else QUIET_S)
