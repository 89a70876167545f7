"""What to say, and when: one cue at a time, the most important first, praise when it is mended."""

from __future__ import annotations

from collections.abc import Mapping

from formcheck.analysis.grading import DESCENT, cue_for, mild_grade, plain_grade
from formcheck.analysis.measure import TEMPO_PRIORITY
from formcheck.exercises.base import Exercise
from formcheck.results import Cue, Phase, Rep

PERSISTS_S = 0.15
"""A fault must last this long before it is spoken of: single frames are noise. Ours."""

SHOWN_S = 2.5
QUIET_S = 2.0
"""How long a cue stays, and the least time between two cues of the same importance. Ours."""


class Coach:
    """Turns provisional values into cues; used for one session."""

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self._priority = {spec.name: spec.priority for spec in exercise.metrics}
        self._priority[DESCENT] = TEMPO_PRIORITY
        self._since_s: dict[str, float] = {}
        self._current: Cue | None = None
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
        for cue in self._candidates(t_s, phase, judged, descent_ended_s, closed):
            if self._may_say(cue):
                self._current = cue
                break
        return self._current

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
        if not mended:
            return []
        return [Cue(mended[0], "Good, that is it", t_s, t_s, praise=True)]

    def _may_say(self, cue: Cue) -> bool:
        current = self._current
        if current is None:
            return True
        if cue.metric == current.metric and cue.praise == current.praise:
            return cue.decided_t_s - current.decided_t_s >= QUIET_S
        more_important = self._priority[cue.metric] < self._priority[current.metric]
        return more_important or cue.decided_t_s - current.decided_t_s >= QUIET_S
