"""Sessions for the tests of what is kept: the exercises' own measurements, in sets made by hand."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs
from session_examples import FRONT, OBLIQUE, OBLIQUE_REASON, make_rep, make_session

from formcheck.data.declare import rounded
from formcheck.data.session import ExerciseInfo, Measurement, Rep, Session, Stance, Training, View
from formcheck.exercises import get_exercise
from formcheck.motion.verdicts import form_of, judged, summarize, tempo_of

STEP_DOWN = get_exercise("step_down").info()


def set_of(
    knees: tuple[float, ...],
    sides: tuple[Stance, ...] = (),
    *,
    exercise: ExerciseInfo = STEP_DOWN,
    view: View = FRONT,
) -> Session:
    """A set by the knee angle of each repetition, of the left leg unless told."""
    reps = [
        make_rep(
            n,
            exercise,
            side=sides[n - 1] if sides else "left",
            view=view,
            knee_fppa_deg=knee,
            knee_over_foot_pct=knee / 2,
            trunk_lean_deg=2.5,
            depth=14.0,
        )
        for n, knee in enumerate(knees, 1)
    ]
    return rounded(renamed(make_session(reps, exercise, view=view), "monday.mp4"))


def good_set() -> Session:
    """Five good repetitions on the left leg."""
    return set_of((2.6, 3.2, 3.8, 4.4, 5.0))


def poor_set() -> Session:
    """Six repetitions on the right leg: good, to be watched, and faults."""
    return set_of((5.0, 9.5, 11.5, 16.0, 17.5, 12.5), ("right",) * 6)


def two_legs() -> Session:
    """Three repetitions on each leg."""
    return set_of((4.8, 6.6, 8.4, 10.2, 12.0, 13.8), ("left",) * 3 + ("right",) * 3)


def oblique_set() -> Session:
    """Three repetitions that the camera saw from an angle: the knee was refused."""
    refused = {"knee_fppa_deg": OBLIQUE_REASON, "trunk_lean_deg": OBLIQUE_REASON}
    reps = [make_rep(n, STEP_DOWN, view=OBLIQUE, refused=refused, depth=12.0) for n in range(1, 4)]
    return rounded(make_session(reps, STEP_DOWN, view=OBLIQUE))


def no_reps() -> Session:
    """A film without a repetition."""
    return rounded(make_session([], STEP_DOWN, view=View()))


def with_knee(knee: float, *, side: Stance = "left", reps: int = 5) -> Session:
    """A set whose knee angle is the same in each repetition."""
    return set_of((knee,) * reps, (side,) * reps)


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
