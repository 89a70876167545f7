"""Make the content of the progress page: a person's sessions of one exercise over time.

The sessions come from the history. ``report/progress_view.py`` declares the content;
``report/progress_page.py`` and the command ``progress`` lay it out. The advice for the next session
is made here, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from formcheck import __version__
from formcheck.coach.advice import NextStep, advise
from formcheck.coach.build_up import PastFacts
from formcheck.coach.session_facts import Facts, facts
from formcheck.data.errors import FormcheckError, UsageError
from formcheck.data.numbers import count_words
from formcheck.data.session import STANCES, ExerciseInfo, Session, Stance
from formcheck.exercises.registry import all_exercises, get_exercise
from formcheck.motion.shares import counted
from formcheck.report.progress_view import (
    AdviceLine,
    Pictured,
    ProgressView,
    SessionLine,
    SmallView,
    TrendPart,
    TrendPoint,
    TrendView,
    changes_of,
    entered_views,
    pictured,
    session_rows,
    setting_of,
    share_views,
    step_notes,
    trend_view,
)
from formcheck.report.wording import capital
from formcheck.store.history.history_store import Entry, Filter, History
from formcheck.store.history.over_time import Past, Trend, once_a_film, sure_reps
from formcheck.store.history.rows import NO_NAME, names
from formcheck.store.result_files import open_session

NOTHING = "Nothing was measured."
ONE_SESSION = "There is one session so far; a trend needs two."
NOT_TWICE = (
    "There are {sessions} sessions, but they cannot be compared with each other: film from the "
    "same side each time."
)
ALL_SESSIONS = "All sessions"


def progress_view(
    heading: str,
    past: Past,
    trends: Mapping[Stance, Sequence[Trend]],
    advice: Sequence[NextStep],
    *,
    with_pictures: bool = True,
    chosen: bool = False,
) -> ProgressView:
    """Return the content about a person's sessions of one exercise.

    Parameters
    ----------
    heading
        Heading with person and exercise; see :func:`heading_of`.
    past
        The sessions, the oldest first.
    trends
        For each leg, the values of each measurement over time.
    advice
        What to do next.
    with_pictures
        Whether to read pictures of repetitions from the sessions' folders.
    chosen
        Whether the user asked for one measurement only; then nothing else is shown.
    """
    lines = [line_of(entry, session, None) for entry, session in past]
    parts = [
        _trend_part(side, past, found, with_pictures=with_pictures, chosen=chosen)
        for side, found in trends.items()
    ]
    entered = () if chosen else entered_views(lines)
    if entered:
        parts.insert(0, TrendPart(ALL_SESSIONS, changes=changes_of(entered), smalls=entered))
    return ProgressView(
        heading=heading,
        exercise=past[-1][1].exercise,
        parts=tuple(parts),
        steps=tuple(advice_line(one, past[-1][1].exercise) for one in advice),
        notes=() if chosen else step_notes(lines),
        created=past[-1][1].created,
        version=__version__,
    )


def trend_of(trend: Trend, side: Stance, chart_id: str = "trend") -> TrendView:
    """Return the content about one measurement of one leg over time."""
    exercise = trend.exercise
    points = [
        TrendPoint(
            point.entry.id,
            point.entry.day,
            point.entry.reps_by_side.get(side, 0),
            setting_of(point.entry.training, exercise),
            point.since_first,
        )
        for point in trend.points
    ]
    return trend_view(points, chart_id)


def why_no_trend(found: Sequence[Trend]) -> str:
    """Return why there is no trend: no measurement of the leg was made in two sessions.

    ``found`` are the measurements that were made at least once.
    """
    if not found:
        return NOTHING
    sessions = len(found[0].points)
    return ONE_SESSION if sessions == 1 else NOT_TWICE.format(sessions=sessions)


def next_session(side: Stance, exercise: ExerciseInfo) -> str:
    """Return the heading of the advice for a side."""
    return "Next session" if side == "both" else f"Next session, {exercise.side_words(side)}"


def _trend_part(
    side: Stance, past: Past, found: Sequence[Trend], *, with_pictures: bool, chosen: bool
) -> TrendPart:
    own = past_of_leg(past, side)
    shares, shown = compared_views(own, side, found)
    lines = [line_of(*one, side) for one in own]
    if chosen:
        shares = ()
    return TrendPart(
        title=title_of_side(side, past),
        changes=changes_of((*shares, *shown)) if shown else (),
        smalls=shares,
        trends=shown,
        sessions=() if chosen else session_rows(lines, past[-1][1].exercise),
        pictures=ends_pictured(side, own) if with_pictures and shown and not chosen else (),
        overview=bool(shown) and not chosen,
        remark="" if shown else why_no_trend(found),
    )


def past_of_leg(past: Past, side: Stance) -> Past:
    """Return the sessions that have repetitions in which it is certain that this leg worked."""
    return [(entry, session) for entry, session in past if sure_reps(session, side)]


def compared_views(
    own: Past, side: Stance, found: Sequence[Trend], name: str = ""
) -> tuple[tuple[SmallView, ...], tuple[TrendView, ...]]:
    """Return the content about one leg that can be compared over its sessions.

    Parameters
    ----------
    own
        The sessions in which the leg worked, the oldest first.
    side
        The leg.
    found
        The values of each measurement over time.
    name
        Prefix that makes the ids of the charts unique on a page with several exercises.

    Returns
    -------
    tuple
        The shares of good repetitions, and the measurements that were made at least twice.
    """
    lines = [line_of(entry, session, side) for entry, session in own]
    effort = own[-1][1].exercise.effort
    shares = () if len(lines) < 2 else share_views(lines, f"{name}share-{side}", effort)
    drawn = [trend for trend in found if len(trend.measured) > 1]
    shown = (trend_of(one, side, f"{name}trend-{side}-{n}") for n, one in enumerate(drawn))
    return shares, tuple(shown)


def title_of_side(side: Stance, past: Past) -> str:
    """Return the heading of the sessions of one side."""
    return capital(past[-1][1].exercise.side_words(side))


def line_of(entry: Entry, session: Session, side: Stance | None) -> SessionLine:
    """Return a session's line in the table: its repetitions of one leg, or of all, counted."""
    reps = session.reps if side is None else sure_reps(session, side)
    return SessionLine(
        session=entry.id,
        day=entry.day,
        reps=len(reps),
        view=session.view.kind,
        training=entry.training,
        form=counted(reps, session.specs, "form"),
        tempo=counted(reps, session.specs, "tempo"),
    )


def ends_pictured(side: Stance, own: Past) -> tuple[Pictured, ...]:
    """Return pictures of the worst repetition in the first and in the last session."""
    ends = own[:1] if len(own) == 1 else (own[0], own[-1])
    found = (
        pictured(entry.day, session, sure_reps(session, side), _still_of(entry, session))
        for entry, session in ends
    )
    return tuple(one for one in found if one is not None)


def _still_of(entry: Entry, session: Session) -> Callable[[int], bytes | str]:
    """Return a function that returns the picture of a repetition, or why there is none.

    The session's folder may be gone, or hold another session by now.
    """

    def still(index: int) -> bytes | str:
        if entry.folder is None:
            return "No picture: the history does not say which folder this session is in."
        if not Path(entry.folder).is_dir():
            return "No picture: the folder of this session is no longer there."
        try:
            opened = open_session(Path(entry.folder))
        except FormcheckError:
            return "No picture: the folder of this session can no longer be read."
        if opened.session.created != session.created:
            return "No picture: the folder of this session now holds another session."
        return opened.stills.get(index, "No picture: none was saved with this session.")

    return still


def advice_line(advice: NextStep, exercise: ExerciseInfo) -> AdviceLine:
    """Lay out one piece of advice, with its rule and the source of that."""
    rule = f"{advice.rule.text} ({advice.rule.source.rstrip('.')})"
    return AdviceLine(next_session(advice.side, exercise), advice.text, advice.because, rule)


def past_of(
    history: History, exercise: str | None, person: str | None
) -> tuple[ExerciseInfo, str, Past]:
    """Find the exercise, the person, and their sessions, the oldest first.

    Raises
    ------
    UsageError
        There is no session, or there are those of several people.
    """
    if exercise is not None:
        get_exercise(exercise)
    entries = history.entries(Filter(person=person, exercise=exercise))
    if not entries:
        raise no_sessions(history, "session" if exercise is None else f"{exercise} session", person)
    people = list(dict.fromkeys(entry.person for entry in entries))
    if len(people) > 1:
        raise UsageError(
            f"the history holds several people: {names(sorted(people))}",
            hint="Choose one of them. An empty name stands for the sessions without a name.",
            options=("person",),
        )
    last = Filter(person=people[0], exercise=entries[-1].exercise)
    past = once_a_film(history.sessions(last))
    return past[-1][1].exercise, people[0], past


def no_sessions(history: History, what: str, person: str | None) -> UsageError:
    """Return the error that there are no such sessions; its hint names the people in the history.

    Parameters
    ----------
    history
        The history.
    what
        Kind of session, such as ``squat session``.
    person
        Name of the person; ``None`` if no person was named.
    """
    whose = "" if person is None else f" of {person or NO_NAME}"
    return UsageError(
        f"there is no {what}{whose} in the history",
        hint=f"People in the history: {names(history.people())}. Each session that is analyzed is "
        "added.",
    )


def advice_for(exercise: ExerciseInfo, past: Past, side: Stance | None) -> list[NextStep]:
    """Return the advice for the next session, of one leg or (``None``) of all legs."""
    found = advise(exercise, _facts(past), _related())
    return [one for one in found if side in (None, one.side)]


def past_facts(history: History, person: str, exercises: Sequence[str]) -> PastFacts:
    """Return the facts about a person's earlier sessions that a programme is adapted to."""
    found = {}
    for exercise in exercises:
        past = once_a_film(history.sessions(Filter(person=person, exercise=exercise)))
        if past:
            found[exercise] = _facts(past)
    return found


def _related() -> dict[str, ExerciseInfo]:
    """Return all exercises by id; advice may recommend another exercise."""
    return {exercise.id: exercise.info() for exercise in all_exercises()}


def sides_of(past: Past, side: Stance | None) -> list[Stance]:
    """Return the legs that worked in these sessions, or only ``side`` if it is given.

    Raises
    ------
    UsageError
        No session has a repetition with ``side``.
    """
    found = [one for one in STANCES if any(one in entry.reps_by_side for entry, _ in past)]
    if side is None:
        return found
    if side not in found:
        exercise = past[-1][1].exercise
        there = " and ".join(_with_article(one, exercise) for one in found)
        raise UsageError(
            f"no session has {exercise.effort}s with {_with_article(side, exercise)}",
            hint=f"There are {exercise.effort}s with {there}.",
        )
    return [side]


def _with_article(side: Stance, exercise: ExerciseInfo) -> str:
    words = exercise.side_words(side)
    return words if words.startswith("both") else f"the {words}"


def _facts(past: Past) -> Mapping[Stance, Sequence[Facts]]:
    return {
        one: [
            facts(entry.day, entry.training, sure_reps(session, one), session.specs)
            for entry, session in past
            if one in entry.reps_by_side
        ]
        for one in sides_of(past, None)
    }


def sessions_with(past: Past, side: Stance | None) -> Past:
    """Keep the sessions that have repetitions with a leg; all of them when none is asked for."""
    return [one for one in past if side is None or side in one[0].reps_by_side]


def heading_of(exercise: ExerciseInfo, person: str, past: Past) -> str:
    """Return the heading: exercise, person, number of sessions, first and last day."""
    count = count_words(len(past), "session")
    first, last = past[0][0].day, past[-1][0].day
    when = first if first == last else f"{first} to {last}"
    whose = f", {person}" if person else ""
    return f"{exercise.title}{whose}: {count}, {when}"
