"""Combine the sessions of one day, filmed from different sides, into one judgement of a leg.

Knees are measured from the front, trunk and depth from the side. So each measurement is taken from
the session that has it with the smallest standard error, and counts once. Its number and grade are
those of that session's summary; the verdicts on form and tempo are made by the same rules as for a
repetition (:mod:`formcheck.motion.verdicts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from formcheck.data.session import (
    Measurement,
    MeasureSpec,
    Pooled,
    Session,
    Stance,
    Sureness,
    Verdict,
)
from formcheck.motion.verdicts import cue_sureness, is_judged_from, verdict_of, worst_first


@dataclass(frozen=True)
class BestSeen:
    """A measurement of one leg, from the session that measured it best.

    Attributes
    ----------
    spec
        Its definition and limits, as it was judged in that session.
    pooled
        Its mean over the repetitions, from that session's summary.
    session
        The session.
    """

    spec: MeasureSpec
    pooled: Pooled
    session: Session

    @property
    def measurement(self) -> Measurement:
        """The mean as one measurement, with its grade."""
        one = self.pooled
        return Measurement(
            value=one.value,
            at_bottom=one.at_bottom,
            sem=one.sem,
            p_good=one.p_good,
            p_watch=one.p_watch,
            p_fault=one.p_fault,
            grade=one.grade,
            sure=one.sure,
            or_else=one.or_else,
            cue=one.cue,
        )

    @property
    def asked_cue(self) -> tuple[str, Sureness]:
        """The cue that is needed, empty when none is, and how sure it is that it is needed.

        It is chosen as in a report: the cue of the mean; without one, that of the repetition that
        most likely needs one. It is as sure as the mean or repetition that most likely needs it.
        """
        own = (rep for rep in self.session.reps if rep.stance_side == self.pooled.side)
        found = (rep.measurements.get(self.spec.id) for rep in own)
        asking = [one for one in (self.measurement, *found) if one is not None and one.cue]
        if not asking:
            return "", "sure"
        cue = self.pooled.cue or max(asking, key=_need).cue
        return cue, cue_sureness(*(_need(one) for one in asking if one.cue == cue))


@dataclass(frozen=True)
class MergedViews:
    """The combined judgement of one leg on one day.

    Attributes
    ----------
    side
        The working leg.
    sessions
        The sessions that were combined: the last one of each view.
    earlier
        Sessions of the same day before the last one of their view; they are not counted.
    seen
        All measurements, each once.
    form, tempo
        The verdicts on the means.
    """

    side: Stance
    sessions: tuple[Session, ...]
    earlier: tuple[Session, ...]
    seen: tuple[BestSeen, ...]
    form: Verdict
    tempo: Verdict

    @property
    def worst_first(self) -> tuple[BestSeen, ...]:
        """The judged measurements, the worst first."""
        by_id = {one.spec.id: one for one in self.seen}
        ordered = worst_first((one.spec, one.measurement) for one in self.seen)
        return tuple(by_id[spec.id] for spec, _ in ordered)

    @property
    def deciding_session(self) -> Session:
        """The session with the measurement that decided the verdict on form; else the last one."""
        decided = {one.spec.id: one.session for one in self.seen}
        return decided.get(self.form.decided_by or "", self.sessions[-1])


def merge_views(sessions: Sequence[Session], side: Stance) -> MergedViews:
    """Combine the sessions of one day and one exercise, for one leg.

    Of several sessions from the same view the last one counts.

    Parameters
    ----------
    sessions
        At least one, the oldest first; each has repetitions with this leg.
    side
        The working leg.
    """
    last = {one.view.kind: one for one in sessions}
    newest = tuple(last.values())
    seen = _best_seen(newest, side)
    found = {one.spec.id: one.measurement for one in seen}
    asked = _asked(newest, seen)
    return MergedViews(
        side=side,
        sessions=newest,
        earlier=tuple(one for one in sessions if one is not last[one.view.kind]),
        seen=seen,
        form=verdict_of(found, [spec for spec in asked if spec.role != "tempo"]),
        tempo=verdict_of(found, [spec for spec in asked if spec.role == "tempo"]),
    )


def _need(one: Measurement) -> float:
    """Return how likely a measurement needs its cue."""
    return 1.0 - (one.p_good or 0.0)


def _best_seen(sessions: Sequence[Session], side: Stance) -> tuple[BestSeen, ...]:
    """Choose for each measurement the session with the smallest error; of equal ones the first."""
    best: dict[str, BestSeen] = {}
    for session in sessions:
        for one in session.summary.pooled:
            if one.side != side or one.value is None or one.sem is None:
                continue
            known = best.get(one.measure)
            if known is None or one.sem < (known.pooled.sem or 0.0):
                spec = session.exercise.spec(one.measure)
                best[one.measure] = BestSeen(spec, one, session)
    return tuple(best.values())


def _asked(sessions: Iterable[Session], seen: Iterable[BestSeen]) -> list[MeasureSpec]:
    """Return the specs of all that any of the views can judge, each once, as it was judged."""
    asked = {
        spec.id: spec
        for session in sessions
        for spec in session.specs
        if is_judged_from(spec, session.view)
    }
    judged = {one.spec.id: one.spec for one in seen if one.spec.limits is not None}
    return list({**asked, **judged}.values())
