"""The content of the movement passport: a person's present state in all exercises.

For each exercise and leg it shows what is good, what to work on, what has changed and what to do
next, in words for the person. ``app/`` fills in a :class:`PassportView`; the page, the PDF and the
JSON file only lay it out. Numbers and grades are those of the reports of the sessions, changes
those of the progress report, and advice comes from the rules in ``coach/advice_rules.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from formcheck.coach.advice_rules import GOOD_SHARE
from formcheck.data.numbers import UNKNOWN, count_words, cue_words, measured
from formcheck.data.session import MeasureSpec, Session, Stance
from formcheck.motion.camera_view import direction_words
from formcheck.motion.merged_views import BestSeen, MergedViews
from formcheck.motion.verdicts import is_asked, is_judged_from, surest
from formcheck.report.progress_view import AdviceLine, Change, Pictured, TrendView
from formcheck.report.view import FORM, TEMPO, Badge, measure_badge, tally_words, verdict_badge
from formcheck.report.wording import capital, climbed_words, date_words, held_words, listed

GLANCE_HEADINGS = ("Exercise", "Form", "Tempo", "Work on", "Change", "Next")
AFTER_THAT = "Then work on"
ALL_GOOD = "Nothing that was measured needs work."
FIRST_DAY = "This was the first day, so there is nothing to compare with yet."
NOTHING_ASKED = "Nothing of it is judged."
"""Shown for a leg without a judged measurement, as on the way up the stairs."""
NOT_BOTH_TIMES = (
    "These sessions cannot be compared with each other: film from the same side each time."
)
PICTURED = (
    "The pictures show what needs most work, on the first and on the last day that are compared."
)
EXPLAINED = (
    "Each grade is for the mean of the repetitions, holds or flights. When an exercise was filmed "
    "from the front and from the side on the same day, each number comes from the view that "
    "measures it best, and both views together give one grade. Something counts as good when it is "
    "good on average and in at least 4 of 5 of them. A change is shown only when it is larger than "
    "measurement error or chance."
)


@dataclass(frozen=True)
class JudgedLine:
    """One measurement: its mean with the error, its grade, and a remark."""

    title: str
    value: str
    badge: Badge
    remark: str = ""


@dataclass(frozen=True)
class ToWorkOn:
    """One thing to work on: the cue (short advice), and the measurements that need it."""

    cue: str
    lines: tuple[JudgedLine, ...]


@dataclass(frozen=True)
class PassportLeg:
    """One leg in one exercise.

    Attributes
    ----------
    title
        Which leg.
    effort
        What one repetition is called, as in ``repetition`` or ``hold``.
    verdicts
        The grades of form and, where it is judged, tempo, from all camera directions together.
    seen
        One line for each session: when and from where it was filmed, and its counts by grade.
    good
        The measurements that are good.
    work
        What to work on first, the worst first.
    later
        The other measurements that are not good.
    unseen
        What could not be judged, and why.
    since, changes
        The day of the earlier session, and what has changed since; if nothing is compared, a line
        that says why.
    charts
        Charts of the measurements that changed.
    pictures
        The worst repetition then and now, from the side that shows what to work on.
    steps
        Advice on what to do next.
    """

    title: str
    effort: str
    verdicts: tuple[tuple[str, Badge], ...]
    seen: tuple[str, ...]
    good: tuple[JudgedLine, ...]
    work: tuple[ToWorkOn, ...]
    later: tuple[JudgedLine, ...]
    unseen: tuple[str, ...]
    since: str
    changes: tuple[Change, ...]
    charts: tuple[TrendView, ...]
    pictures: tuple[Pictured, ...]
    steps: tuple[AdviceLine, ...]

    @property
    def worst(self) -> str:
        """The heading over the pictures."""
        then = ", then and now" if len(self.pictures) > 1 else ""
        return f"The {self.effort} that needs most work{then}"


@dataclass(frozen=True)
class PassportExercise:
    """One exercise in the passport, with its legs.

    ``entered`` is what the person entered for the last session (step height, load, pain), and
    ``changes`` says what of it changed.
    """

    title: str
    entered: str
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    legs: tuple[PassportLeg, ...]


@dataclass(frozen=True)
class GlanceRow:
    """A row of the overview table, for one leg; its columns are :data:`GLANCE_HEADINGS`."""

    title: str
    verdicts: tuple[Badge | None, Badge | None]
    work: str
    change: Change
    next: str


@dataclass(frozen=True)
class PassportView:
    """The complete content of a person's passport.

    ``when`` names the sessions and days that it contains; ``created`` is the time when the last
    session was analyzed.
    """

    heading: str
    when: str
    exercises: tuple[PassportExercise, ...]
    created: str
    version: str

    @property
    def rows(self) -> tuple[GlanceRow, ...]:
        """The overview table: a row for each leg in each exercise."""
        return tuple(_glance_row(one, leg) for one in self.exercises for leg in one.legs)

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that the advice follows, each once."""
        legs = (leg for one in self.exercises for leg in one.legs)
        return tuple(dict.fromkeys(step.rule for leg in legs for step in leg.steps))


def when_words(days: Sequence[str], exercises: int, *, guided: bool) -> str:
    """Say which days and sessions a passport contains; ``days`` has one day for each session."""
    first, last = date_words(min(days)), date_words(max(days))
    when = first if first == last else f"{first} to {last}"
    count = f"{count_words(len(days), 'session')} of {count_words(exercises, 'exercise')}"
    return f"{'Guided session' if guided else capital(count)}, {when}" + (
        f": {count}" if guided else ""
    )


def verdicts_of(merged: MergedViews) -> tuple[tuple[str, Badge], ...]:
    """Return title and badge of form and, if any session judges it, of tempo."""
    timed = any(one.exercise.judges_tempo for one in merged.sessions)
    found = ((FORM, merged.form), (TEMPO, merged.tempo)) if timed else ((FORM, merged.form),)
    return tuple((name, verdict_badge(verdict)) for name, verdict in found)


def seen_lines(merged: MergedViews) -> tuple[str, ...]:
    """Return a line for each session: day, camera direction, and counts by grade for the leg.

    Earlier sessions of the same day and direction follow; their lines say that they do not count.
    """
    counted = tuple(_seen_line(session, merged.side) for session in merged.sessions)
    earlier = (_earlier_line(one, merged.side) for one in merged.earlier)
    return (*counted, *earlier)


def good_lines(merged: MergedViews) -> tuple[JudgedLine, ...]:
    """Return the measurements that are good; form comes before tempo."""
    good = [one for one in merged.worst_first if _is_good(one)]
    good.sort(key=lambda one: (one.spec.role == "tempo", one.spec.priority))
    return tuple(_judged_line(one, merged) for one in good)


def to_work_on(merged: MergedViews) -> tuple[ToWorkOn, ...]:
    """Return what is not good, the worst first; measurements with the same cue are one item."""
    asking: dict[str, list[BestSeen]] = {}
    for one in merged.worst_first:
        if not _is_good(one):
            asking.setdefault(one.asked_cue[0], []).append(one)
    return tuple(
        ToWorkOn(
            cue_words(cue, surest([one.asked_cue[1] for one in found])),
            tuple(_judged_line(one, merged) for one in found),
        )
        for cue, found in asking.items()
    )


def _is_good(one: BestSeen) -> bool:
    """Whether the mean is good, and enough of the repetitions are (:data:`GOOD_SHARE`)."""
    good = one.pooled.count - len(one.pooled.reps)
    return one.pooled.grade == "good" and good >= GOOD_SHARE * one.pooled.count


def unseen_lines(merged: MergedViews) -> tuple[str, ...]:
    """Name the judged measurements that are missing for the leg, and say why."""
    known = {one.spec.id for one in merged.seen}
    asked = _judged_specs(merged.sessions)
    if not asked:
        return (NOTHING_ASKED,)
    reasons: dict[str, list[str]] = {}
    for spec in asked:
        own = spec.side is None or merged.side in (spec.side, "both")
        if own and spec.id not in known:
            reasons.setdefault(_why_unseen(spec, merged), []).append(spec.title)
    return tuple(
        f"{capital(listed(title.lower() for title in titles))}: {why}."
        for why, titles in reasons.items()
    )


def since_words(days: Sequence[str]) -> str:
    """Return ``Since`` with the days of the earlier sessions that are compared."""
    return f"Since {listed(date_words(day) for day in sorted(set(days)))}"


def _seen_line(session: Session, side: Stance) -> str:
    summary, reps = session.summary, [rep for rep in session.reps if rep.stance_side == side]
    where = direction_words(session.view)
    count = count_words(len(reps), session.exercise.effort)
    held = held_words(session, reps) if session.exercise.is_held else ""
    tallies = [tally_words(FORM, summary.form_by_side[side])]
    if session.exercise.judges_tempo:
        tallies.append(tally_words(TEMPO, summary.tempo_by_side[side]))
    said = (f"{date_words(session.day)}, {where}: {count}.", held, *climbed_words(session))
    return " ".join((*filter(None, said), *(f"{tally}." for tally in tallies if tally)))


def _earlier_line(session: Session, side: Stance) -> str:
    reps = [rep for rep in session.reps if rep.stance_side == side]
    count = count_words(len(reps), session.exercise.effort)
    where = direction_words(session.view)
    return f"Earlier that day, {where}: {count}. Only the last session from a side counts here."


def _judged_line(one: BestSeen, merged: MergedViews) -> JudgedLine:
    pooled, spec = one.pooled, one.spec
    return JudgedLine(
        title=spec.title,
        value=measured(pooled.value, spec, pooled.sem),
        badge=measure_badge(pooled) or Badge(UNKNOWN),
        remark=_judged_remark(one, merged),
    )


def _judged_remark(one: BestSeen, merged: MergedViews) -> str:
    """Name the camera direction, if there are several, and count repetitions that are not good."""
    parts = [direction_words(one.session.view)] if len(merged.sessions) > 1 else []
    poor, count = len(one.pooled.reps), one.pooled.count
    if poor and count > 1:
        but = "but " if one.pooled.grade == "good" else ""
        parts.append(f"{but}not good in {poor} of {count}")
    return "; ".join(parts)


def _judged_specs(sessions: Iterable[Session]) -> list[MeasureSpec]:
    specs = (
        spec
        for session in sessions
        for spec in session.specs
        if spec.limits is not None and any(is_asked(rep, spec) for rep in session.reps)
    )
    return list({spec.id: spec for spec in specs}.values())


def _why_unseen(spec: MeasureSpec, merged: MergedViews) -> str:
    """Say why a measurement is missing.

    If a session was filmed from a direction that shows it, its reason is used; otherwise the
    direction from which to film is named.
    """
    for session in merged.sessions:
        if is_judged_from(spec, session.view):
            reason = session.summary.not_measured.get(spec.id, "").rstrip(".")
            return f"not measured ({reason})" if reason else "not measured"
    where = " or ".join(view for view in spec.views if view in ("front", "side"))
    return f"film from the {where}"


def _glance_row(exercise: PassportExercise, leg: PassportLeg) -> GlanceRow:
    verdicts = dict(leg.verdicts)
    return GlanceRow(
        title=f"{exercise.title}, {leg.title.lower()}",
        verdicts=(verdicts[FORM], verdicts.get(TEMPO)),
        work=leg.work[0].cue if leg.work else UNKNOWN,
        change=leg.changes[0] if leg.changes and leg.changes[0].tone else Change("", UNKNOWN),
        next=leg.steps[0].text if leg.steps else UNKNOWN,
    )
