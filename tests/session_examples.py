"""Sessions for the tests of what is kept, made from those of ``reports_examples``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import reports_examples as old
from msgspec import structs

from formcheck.data.declare import rounded
from formcheck.data.results import SessionResult
from formcheck.data.session import Measurement, Rep, Session, Training
from formcheck.data.settings import Settings
from formcheck.exercises import get_exercise
from formcheck.motion._bridge import session_of
from formcheck.motion.verdicts import form_of, judged, summarize, tempo_of

STEP_DOWN = get_exercise("step_down")


def made_of(result: SessionResult, exercise_id: str = "step_down") -> Session:
    """Give the session of an old example, judged by the exercise's own limits."""
    exercise = get_exercise(exercise_id)
    result = replace(result, config=Settings().as_dict(), exercise=exercise_id)
    return rounded(session_of(result, exercise))


@cache
def good_set() -> Session:
    return made_of(old.good_set())


@cache
def poor_set() -> Session:
    return made_of(old.poor_set())


@cache
def two_legs() -> Session:
    return made_of(old.two_legs())


@cache
def oblique_set() -> Session:
    return made_of(old.oblique_set())


@cache
def no_reps() -> Session:
    return made_of(old.no_reps())


def with_knee(knee: float, *, side: str = "left", reps: int = 5) -> Session:
    """A set whose knee angle is the same in each repetition."""
    made = [
        old.make_rep(n, 1 + 5.6 * (n - 1), side=side, knee=knee)  # type: ignore[arg-type]
        for n in range(1, reps + 1)
    ]
    return made_of(old.make_session(made, verdict="A set."))


def entered(session: Session, date: str | None = None, **training: float) -> Session:
    """The session with what a person entered."""
    return structs.replace(session, training=Training(date=date, **training))  # type: ignore[arg-type]


def renamed(session: Session, film: str) -> Session:
    """The session of a film of another name."""
    return structs.replace(session, source=structs.replace(session.source, name=film))


def with_rep(session: Session, number: int, **changes: object) -> Session:
    """The session with one repetition changed."""
    reps = list(session.reps)
    reps[number] = structs.replace(reps[number], **changes)
    return structs.replace(session, efforts=tuple(reps))


def with_measurement(
    session: Session, number: int, name: str, change: Callable[[Measurement], Measurement]
) -> Session:
    """The session with one measurement changed, judged and summed up again."""
    rep = session.reps[number]
    spec = session.exercise.spec(name)
    one = judged(change(rep.measurements[name]), spec, rep.lowest_s)
    rep = structs.replace(rep, measurements={**rep.measurements, name: one})
    rep = _judged_again(rep, session)
    session = with_rep(
        session, number, measurements=rep.measurements, form=rep.form, tempo=rep.tempo
    )
    return structs.replace(session, summary=summarize(session.reps, session.specs))


def _judged_again(rep: Rep, session: Session) -> Rep:
    return structs.replace(
        rep, form=form_of(rep, session.specs), tempo=tempo_of(rep, session.specs)
    )
