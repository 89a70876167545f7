"""Make the content of a person's passport from the sessions in the history.

A passport is a page about one person with all their exercises: the latest results of each leg, what
has changed, and what to do next. ``report/passport_view.py`` declares its content;
``report/passport_page.py`` lays it out.
"""

from __future__ import annotations

from collections.abc import Sequence

from formcheck import __version__
from formcheck.app.options import SpanOptions
from formcheck.app.progress import (
    advice_for,
    advice_line,
    compared_views,
    ends_pictured,
    line_of,
    no_sessions,
    past_of_leg,
    sides_of,
)
from formcheck.coach.advice import NextStep
from formcheck.data.errors import UsageError
from formcheck.data.session import ExerciseInfo, Session, Stance
from formcheck.motion.merged_views import MergedViews, merge_views
from formcheck.motion.verdicts import MOST_ADVICE
from formcheck.report.passport_view import (
    FIRST_DAY,
    NOT_BOTH_TIMES,
    PassportExercise,
    PassportLeg,
    PassportView,
    good_lines,
    seen_lines,
    since_words,
    to_work_on,
    unseen_lines,
    verdicts_of,
    when_words,
)
from formcheck.report.progress_view import Change, TrendView, changes_of, entered_views, step_notes
from formcheck.report.wording import capital, entered_words
from formcheck.store.history.history_store import Entry, Filter, History
from formcheck.store.history.over_time import Past, once_a_film, trends
from formcheck.store.history.rows import NO_NAME


def passport_view(
    history: History, person: str, span: SpanOptions, group: str = ""
) -> PassportView:
    """Return the content of a person's passport.

    For each exercise, the results of its last day in the span are shown. They are compared with its
    first day in the span or, if there is only one day, with the last day before the span. The
    sessions of one day count together. The advice considers all sessions up to the end of the span.

    Parameters
    ----------
    history
        The history.
    person
        Name of the person.
    span
        First and last day.
    group
        Id of a guided session, to show only its sessions; empty for all sessions.

    Raises
    ------
    UsageError
        The person has no session in the span.
    """
    known = once_a_film(history.sessions(Filter(person=person, until=span.last_day)))
    numbers = [n for n, one in enumerate(known) if _is_in_span(one, span, group)]
    if not numbers:
        anybody = history.entries(Filter(person=person, limit=1))
        raise (
            _no_session_error(span, group, person)
            if anybody
            else no_sessions(history, "session", person)
        )
    chosen, until_then = [known[n] for n in numbers], known[: numbers[-1] + 1]
    exercises = list(dict.fromkeys(session.exercise.id for _, session in chosen))
    last, session = chosen[-1]
    return PassportView(
        heading=f"Passport of {last.person}" if last.person else "Passport",
        when=when_words([one.day for one, _ in chosen], len(exercises), guided=bool(group)),
        exercises=tuple(
            _passport_exercise(_of_exercise(until_then, one), _of_exercise(chosen, one))
            for one in exercises
        ),
        created=session.created,
        version=__version__,
    )


def _is_in_span(one: tuple[Entry, Session], span: SpanOptions, group: str) -> bool:
    entry, session = one
    recent = span.first_day is None or entry.day >= span.first_day.isoformat()
    return recent and group in ("", session.group)


def _no_session_error(span: SpanOptions, group: str, person: str) -> UsageError:
    """Return the error that a person has sessions, but none in the span."""
    parts = (
        ("of the guided session", group),
        ("since", span.since),
        ("until", span.until),
    )
    where = " ".join(f"{words} {value}" for words, value in parts if value)
    return UsageError(
        f"{person or NO_NAME} has no session {where}",
        hint="The history lists the sessions.",
        command="history",
    )


def _of_exercise(past: Past, exercise: str) -> list[tuple[Entry, Session]]:
    return [one for one in past if one[1].exercise.id == exercise]


def _passport_exercise(past: Past, chosen: Past) -> PassportExercise:
    """Return the content for one exercise.

    Parameters
    ----------
    past
        All its sessions until the end of the span.
    chosen
        Those of them that are in the span.
    """
    known = chosen[-1][1].exercise
    advice = advice_for(known, past, None)
    sides = sides_of(chosen, None)
    compared = {side: _sessions_to_compare(past_of_leg(past, side), chosen) for side in sides}
    numbers = {entry.id for own in compared.values() for entry, _ in own}
    lines = [line_of(*one, None) for one in past if one[0].id in numbers]
    entered = [one.change for one in entered_views(lines) if one.change.tone]
    return PassportExercise(
        title=known.title,
        entered=entered_words(chosen[-1][0].training),
        changes=tuple(entered),
        notes=step_notes(lines),
        legs=tuple(
            _passport_leg(known, side, past_of_leg(chosen, side), compared[side], advice)
            for side in sides
        ),
    )


def _sessions_to_compare(past: Past, chosen: Past) -> list[tuple[Entry, Session]]:
    """Return the sessions over which one leg is compared.

    These are the sessions in the span (``chosen``). If they are all of one day, the last day before
    is added, separately for each camera view.
    """
    ids = {entry.id for entry, _ in chosen}
    own = [one for one in past if one[0].id in ids]
    if len({entry.day for entry, _ in own}) > 1:
        return own
    before = [one for one in past if one[0].day < own[0][0].day]
    views = {session.view.kind for _, session in own}
    last_day = {session.view.kind: entry.day for entry, session in before}
    then = [
        (entry, session)
        for entry, session in before
        if session.view.kind in views and entry.day == last_day[session.view.kind]
    ]
    return [*then, *own]


def _passport_leg(
    exercise: ExerciseInfo, side: Stance, own: Past, compared: Past, advice: Sequence[NextStep]
) -> PassportLeg:
    """Return the content for one leg, with the results of its last day."""
    day = own[-1][0].day
    merged = merge_views([session for entry, session in own if entry.day == day], side)
    since, changes, charts = _changes_of_leg(exercise, side, compared)
    work = to_work_on(merged)
    steps = [one for one in advice if one.side == side] or advice  # a stop is about the exercise
    return PassportLeg(
        title=capital(exercise.side_words(side)),
        effort=exercise.effort,
        verdicts=verdicts_of(merged),
        seen=seen_lines(merged),
        good=good_lines(merged),
        work=work[:MOST_ADVICE],
        later=tuple(line for one in work[MOST_ADVICE:] for line in one.lines),
        unseen=unseen_lines(merged),
        since=since,
        changes=changes,
        charts=charts,
        pictures=ends_pictured(side, _same_view(compared, merged)),
        steps=tuple(advice_line(one, exercise) for one in steps),
    )


def _changes_of_leg(
    exercise: ExerciseInfo, side: Stance, compared: Past
) -> tuple[str, tuple[Change, ...], tuple[TrendView, ...]]:
    """Return since when the leg is compared, what has changed, and the charts of it.

    The rules are those of the progress page (``store/history/over_time.py``).
    """
    days = [entry.day for entry, _ in compared]
    if min(days) == max(days):
        return "", (Change("", FIRST_DAY),), ()
    found = trends(exercise, compared, side)
    shares, shown = compared_views(compared, side, found, f"{exercise.id}-")
    changes = changes_of((*shares, *shown)) if shown else (Change("", NOT_BOTH_TIMES),)
    drawn = tuple(one for one in shown if one.change.tone in ("better", "worse"))
    return since_words(_first_day_by_view(compared)), changes, drawn


def _first_day_by_view(compared: Past) -> list[str]:
    """Return the first day of each camera view."""
    first = {session.view.kind: entry.day for entry, session in reversed(compared)}
    last = compared[-1][0].day
    return [day for day in first.values() if day < last]


def _same_view(compared: Past, merged: MergedViews) -> list[tuple[Entry, Session]]:
    """Return the sessions with the camera view that decided the leg's verdict."""
    view = merged.deciding_session.view.kind
    return [one for one in compared if one[1].view.kind == view]
