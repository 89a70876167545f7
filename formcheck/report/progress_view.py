"""The view model of a person's weeks: charts, numbers, pictures and what to do next.

Page, PDF and terminal lay it out; none of them compares or words anything. The grey band of a chart
is what cannot be told from the first session.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from formcheck.data.numbers import NO_BREAK, UNKNOWN, number
from formcheck.data.session import ExerciseInfo, Rep, Session, Training, View, ViewKind
from formcheck.motion.camera_view import direction_words
from formcheck.motion.comparison import Difference, direction
from formcheck.motion.main_view import kind_in_words
from formcheck.motion.shares import Counted, share_change
from formcheck.report import wording
from formcheck.report.changes import (
    DETECTABLE,
    HIGHER_STEP,
    amount,
    change_words,
    name_of,
    smallest_real_change,
    with_error,
)
from formcheck.report.charts import Area, Axis, Chart, Line, Mark, axis, bands, paint
from formcheck.report.view import Badge, best_and_worst, rep_badges, rep_cues

WIDE, NARROW = 720.0, 350.0
"""Widths of a chart for a page and for a phone: the letters stay as large."""

SMALL = (300.0, 150.0)
"""Size of the small charts."""

PAIN_CHANGE = 2
"""Points of ten by which pain must differ to be called better or worse. formcheck's own: people do
not always give the same number for the same pain."""

OVERVIEW_HEADINGS = ("first", "last", "change", "smallest real change")
ADVICE_DISCLAIMER = f"{wording.DISCLAIMER} With pain or in doubt, ask a professional."
EXPLAINED = (
    "Inside the grey band, a difference from the first session can be measurement error (it is "
    f"smaller than {DETECTABLE}). A larger one is green when it is toward the good range (shaded, "
    "between dashed lines), orange when it is away from it, and violet when it is neither. The "
    "vertical bars are one standard error."
)
NOTHING_CHANGED = "No change beyond measurement error or chance."
_DAY_WIDTH = 84.0

Tone = Literal["better", "worse", "other", ""]
"""Of a change: towards what is good, away from it, neither; empty when there is none."""


@dataclass(frozen=True)
class TrendPoint:
    """One session of a trend; ``since_first`` is ``None`` where it was not measured.

    ``asked`` is the height of the step in cm, or the seconds to hold well; see :func:`setting_of`.
    """

    session: int
    day: str
    reps: int
    asked: float | None
    since_first: Difference | None


@dataclass(frozen=True)
class SessionLine:
    """One session: what was entered, and how many repetitions of a leg were good."""

    session: int
    day: str
    reps: int
    view: ViewKind
    training: Training
    form: Counted
    tempo: Counted


@dataclass(frozen=True)
class Change:
    """What became of one thing over the sessions, in a line; not ``sure`` when only probable."""

    tone: Tone = ""
    text: str = ""
    sure: bool = True


@dataclass(frozen=True)
class SmallView:
    """One entered or counted thing over the sessions, with its small chart."""

    title: str
    sentence: str
    change: Change
    chart: Chart | None


@dataclass(frozen=True)
class TrendView:
    """One quantity over the sessions.

    Attributes
    ----------
    title, sentence
        What it is, and what the last session shows against the first.
    change
        The same in a line.
    rows
        Cells under :func:`point_headings`.
    overview
        Cells after the title under :data:`OVERVIEW_HEADINGS`.
    charts
        For a page and for a phone; empty with fewer than two sessions.
    """

    title: str
    sentence: str
    change: Change
    rows: tuple[tuple[str, ...], ...]
    overview: tuple[str, ...]
    charts: tuple[Chart, ...]


@dataclass(frozen=True)
class Pictured:
    """The repetition of a session that needs most work; ``why_not`` when its still is missing.

    ``shown_at`` says at which moment.
    """

    title: str
    shown_at: str
    verdicts: tuple[tuple[str, Badge], ...]
    cues: tuple[str, ...]
    still: bytes | None
    why_not: str = ""


@dataclass(frozen=True)
class TrendPart:
    """What is said of one leg, or of the sessions as a whole.

    Attributes
    ----------
    title
        Which leg.
    changes
        What became better or worse, in words; or that nothing did.
    smalls, trends
        What was entered or counted, and what was measured.
    sessions
        Cells under :func:`session_headings`.
    pictures
        The worst repetition of the first and of the last session.
    overview
        Whether the numbers of the first and the last session are put side by side.
    remark
        Replaces the charts when there are none.
    """

    title: str
    changes: tuple[Change, ...] = ()
    smalls: tuple[SmallView, ...] = ()
    trends: tuple[TrendView, ...] = ()
    sessions: tuple[tuple[str, ...], ...] = ()
    pictures: tuple[Pictured, ...] = ()
    overview: bool = False
    remark: str = ""


@dataclass(frozen=True)
class AdviceLine:
    """One piece of advice: what, why, and by which rule."""

    heading: str
    text: str
    because: str
    rule: str


@dataclass(frozen=True)
class ProgressView:
    """A person's weeks, not yet laid out.

    ``notes`` say what makes the sessions hard to compare; ``created`` is when the last one was
    analyzed.
    """

    heading: str
    exercise: ExerciseInfo
    parts: tuple[TrendPart, ...]
    steps: tuple[AdviceLine, ...]
    notes: tuple[str, ...]
    created: str
    version: str

    @property
    def headings(self) -> list[str]:
        """The headings of the advice, each once."""
        return list(dict.fromkeys(step.heading for step in self.steps))


def point_headings(exercise: ExerciseInfo) -> tuple[str, ...]:
    """Return the headings of the numbers of one trend."""
    asked = "target" if exercise.is_held else "step"
    return ("id", "date", f"{exercise.effort_short}s", asked, "value", "change")


def session_headings(exercise: ExerciseInfo) -> tuple[str, ...]:
    """Return the headings of the table of sessions."""
    first = ("id", "date", f"{exercise.effort_short}s", "good form")
    if exercise.is_held:
        return (*first, "pain", "target")
    return (*first, "slow enough", "pain", "step", "load")


def worst_title(exercise: ExerciseInfo) -> str:
    """Return the heading of the pictures."""
    return f"The {exercise.effort} that needs most work, first and last session"


def setting_of(training: Training, exercise: ExerciseInfo) -> float | None:
    """Return what was asked of the person: height of the step in cm, or seconds to hold well."""
    return training.target_hold_s if exercise.is_held else training.step_height_cm


# --- what is said ------------------------------------------------------------------------------


def changes_of(views: Sequence[SmallView | TrendView]) -> tuple[Change, ...]:
    """List what became better, then worse, then what else changed; or say that nothing did."""
    order = ("better", "worse", "other")
    found = [one.change for one in views if one.change.tone]
    found.sort(key=lambda one: (order.index(one.tone), not one.sure))
    return tuple(found) or (Change("", NOTHING_CHANGED),)


def step_notes(lines: Sequence[SessionLine]) -> tuple[str, ...]:
    """Say that the steps differed, where they did."""
    heights = [one for line in lines if (one := line.training.step_height_cm) is not None]
    if len(set(heights)) < 2:
        return ()
    return (
        f"The step was not the same in all sessions (first {heights[0]:g} cm, last "
        f"{heights[-1]:g} cm). {HIGHER_STEP}",
    )


def entered_views(lines: Sequence[SessionLine]) -> tuple[SmallView, ...]:
    """Show pain, step height, load and the time to hold, as far as they were entered."""
    found = (
        _pain_view(lines),
        _setting_view("Step height", "cm", lines, lambda one: one.step_height_cm),
        _setting_view("Load", "kg", lines, lambda one: one.load_kg),
        _setting_view("Time to hold well", "s", lines, lambda one: one.target_hold_s),
    )
    return tuple(one for one in found if one is not None)


def share_views(
    lines: Sequence[SessionLine], chart_id: str, effort: str = "repetition"
) -> tuple[SmallView, ...]:
    """Show the share of repetitions with good form, and of those that were slow enough.

    What is judged of the form is not the same from every view: only sessions of the view that most
    of them have are compared, and the others are named.
    """
    usual, count = Counter(one.view for one in lines).most_common(1)[0]
    same = [one for one in lines if one.view == usual]
    view = kind_in_words(View(kind=usual))
    title = "Good form" if count == len(lines) else f"Good form ({view})"
    seen, others = "", ""
    if count < len(lines):
        seen = f" {direction_words(View(kind=usual))}"
        others = "".join(
            f" Session {one.session} was filmed {direction_words(View(kind=one.view))}: "
            f"{_count(one.form)} good."
            for one in lines
            if one.view != usual
        )
    forms, tempos = [one.form for one in same], [one.tempo for one in lines]
    form = _share_view(title, same, forms, f"{chart_id}-form", effort, seen)
    if form is not None:
        form = replace(form, sentence=form.sentence + others)
    found = (
        form,
        _share_view("Slow enough", lines, tempos, f"{chart_id}-tempo", effort),
    )
    return tuple(one for one in found if one is not None)


def session_rows(
    lines: Sequence[SessionLine], exercise: ExerciseInfo
) -> tuple[tuple[str, ...], ...]:
    """Return the cells under :func:`session_headings`."""
    rows: list[tuple[str, ...]] = []
    for one in lines:
        training = one.training
        first = (str(one.session), one.day, str(one.reps), _count(one.form))
        pain = _plain(training.pain)
        if exercise.is_held:
            rows.append((*first, pain, _plain(training.target_hold_s, f"{NO_BREAK}s")))
            continue
        step = _plain(training.step_height_cm, f"{NO_BREAK}cm")
        load = _plain(training.load_kg, f"{NO_BREAK}kg")
        rows.append((*first, _count(one.tempo), pain, step, load))
    return tuple(rows)


def pictured(
    day: str, session: Session, reps: Sequence[Rep], still: Callable[[int], bytes | str]
) -> Pictured | None:
    """Choose the repetition of a session that needs most work; ``None`` without a repetition.

    Parameters
    ----------
    day
        Of the session.
    session
        The session.
    reps
        Its repetitions of one leg.
    still
        Gives the still of a repetition, or the reason why there is none.
    """
    best, worst = best_and_worst(reps)
    index = best if worst is None else worst
    if index is None:
        return None
    rep = next(one for one in reps if one.index == index)
    found = still(index)
    return Pictured(
        title=f"{day}, {rep.name} {index}",
        shown_at=wording.SHOWN_AT[session.exercise.kind],
        verdicts=rep_badges(rep, session),
        cues=rep_cues(rep),
        still=found if isinstance(found, bytes) else None,
        why_not=found if isinstance(found, str) else "",
    )


def trend_view(points: Sequence[TrendPoint], chart_id: str = "trend") -> TrendView:
    """Show one quantity over the sessions, the oldest first; at least one has it."""
    found = [(point, one) for point in points if (one := point.since_first) is not None]
    whole = found[-1][1]
    spec = whole.spec
    title = name_of(whole)
    charts: tuple[Chart, ...] = ()
    if len(found) > 1:
        unit = f", {spec.unit}" if spec.unit else ""
        charts = tuple(
            _chart(title + unit, found, f"{chart_id}-{kind}", kind, width)
            for kind, width in (("wide", WIDE), ("narrow", NARROW))
        )
    return TrendView(
        title=title,
        sentence=_sentence(whole),
        change=_change(whole) if len(found) > 1 else Change(),
        rows=tuple(_cells(point, first=point is found[0][0]) for point in points),
        overview=(
            with_error(whole.first, spec),
            with_error(whole.second, spec),
            change_cell(whole),
            smallest_real_change(whole),
        ),
        charts=charts,
    )


def change_cell(one: Difference) -> str:
    """Write a change with its sign, and ``*`` when it is beyond measurement error."""
    return amount(one.shown, one, signed=True) + (" *" if one.detected else "")


def trend_svg(trend: TrendView) -> str:
    """Draw a trend of at least two sessions as a file of its own."""
    return str(paint(trend.charts[0], alone=True))


def _sentence(one: Difference) -> str:
    words = change_words(one)
    if one.first_reps:
        words += " This number changes during a set, so only the first of each set are compared."
    if one.mostly_turned:
        words += (
            " The error is this large mostly because the camera did not see the person from the "
            "same direction both times: film from the same place."
        )
    return words


def _change(one: Difference) -> Change:
    tone = direction(one)
    if tone is None:
        return Change()
    word = {"better": "better", "worse": "worse", "other": "changed"}[tone]
    ends = f"from {with_error(one.first, one.spec)} to {with_error(one.second, one.spec)}"
    return Change(tone, f"{one.spec.title}: {word}, {ends}")


def _pain_view(lines: Sequence[SessionLine]) -> SmallView | None:
    found = [(one.day, pain) for one in lines if (pain := one.training.pain) is not None]
    if not found:
        return None
    title = "Pain, 0 to 10"
    first, last = found[0][1], found[-1][1]
    if len(found) < 2:
        return SmallView(title, f"{last} of 10, entered in one session only.", Change(), None)

    def tone_of(pain: int) -> Tone:
        if abs(pain - first) < PAIN_CHANGE:
            return ""
        return "better" if pain < first else "worse"

    tone = tone_of(last)
    rule = f"Only {PAIN_CHANGE} points or more count as a change (formcheck's own rule)."
    sentence = f"From {first} to {last} of 10: {tone or 'no clear change'}. {rule}"
    change = Change(tone, f"Pain: {tone}, from {first} to {last} of 10") if tone else Change()
    values = [(day, float(pain), tone_of(pain)) for day, pain in found]
    return SmallView(title, sentence, change, _small("pain", title, sentence, values, 10.0))


def _setting_view(
    title: str,
    unit: str,
    lines: Sequence[SessionLine],
    of: Callable[[Training], float | None],
) -> SmallView | None:
    found = [(one.day, value) for one in lines if (value := of(one.training)) is not None]
    if not any(value for _, value in found):
        return None
    name = f"{title}, {unit}"
    first, last = found[0][1], found[-1][1]
    if len(found) < 2:
        return SmallView(name, f"{last:g} {unit}, entered in one session only.", Change(), None)
    sentence, change = f"{last:g} {unit}, the same as in the first session.", Change()
    if first != last:
        more = last - first
        amount_of = f"{number(abs(more), 0 if more == round(more) else 1)}{NO_BREAK}{unit}"
        ends = f"from {first:g} to {last:g} {unit}"
        sentence = (
            f"{amount_of} {'more' if more > 0 else 'less'} than in the first session, {ends}."
        )
        change = Change("other", f"{title}: {amount_of} {'more' if more > 0 else 'less'}, {ends}")
    values: list[tuple[str, float, Tone]] = [
        (day, value, "" if value == first else "other") for day, value in found
    ]
    top = 1.25 * max(value for _, value in found)
    chart = _small(title.partition(" ")[0].lower(), name, sentence, values, top)
    return SmallView(name, sentence, change, chart)


def _share_view(
    title: str,
    lines: Sequence[SessionLine],
    counts: Sequence[Counted],
    chart_id: str,
    effort: str,
    seen: str = "",
) -> SmallView | None:
    """Show a share over the sessions that have it; ``seen`` says from where, if not all were."""
    both = [(line, one) for line, one in zip(lines, counts, strict=True) if one.judged]
    found = [(line.day, one) for line, one in both]
    if not found:
        return None
    name = f"{title}, % of {effort}s"
    compared = share_change([one for _, one in found])
    if compared is None:
        line, one = both[-1]
        which = f"session {line.session}, the {'last' if len(both) > 1 else 'only'} one{seen}"
        only = f"{_count(one)} {effort}s were good in {which}: too few to compare."
        return SmallView(name, only, Change(), None)
    first, last = _count(compared.first), _count(compared.second)
    tone: Tone = compared.direction or ""
    sure = compared.sure == "sure"
    word = f"{'' if sure else 'probably '}{tone}" if tone else "no clear change"
    if tone:
        chance = min(99, round(100 * max(compared.higher, 1.0 - compared.higher)))
        chances = f" ({chance} % likely)"
    else:
        chances = ""
    which = "session" if compared.sessions == 1 else f"{compared.sessions} sessions"
    sentence = f"{first} {effort}s in the first {which}{seen}, {last} in the last: {word}{chances}."
    change = Change(tone, f"{title}: {word}, from {first} to {last} {effort}s", sure)
    values = [(day, 100.0 * one.share, _tone_against(found[0][1], one)) for day, one in found]
    if tone and not values[-1][2]:
        values[-1] = (*values[-1][:2], tone)
    chart = _small(chart_id, name, sentence, values, 100.0)
    return SmallView(name, sentence, change if tone else Change(), chart)


def _tone_against(first: Counted, one: Counted) -> Tone:
    compared = share_change([first, one])
    return "" if compared is None else compared.direction or ""


def _small(
    chart_id: str,
    title: str,
    sentence: str,
    values: Sequence[tuple[str, float, Tone]],
    top: float,
) -> Chart:
    """Draw entered or counted numbers over the days; a change has its colour."""
    days = [float(date.fromisoformat(day).toordinal()) for day, _, _ in values]
    x = _day_range(days)
    room = 0.08 * top
    numbers = "; ".join(f"{day} {value:g}" for day, value, _ in values)
    return Chart(
        chart_id,
        title,
        f"{sentence} {numbers}",
        Axis(*x, _day_marks(days, [day for day, _, _ in values], x, SMALL[0] - 46.0)),
        replace(axis(0.0, top, 4), low=-room, high=top + room),
        width=SMALL[0],
        height=SMALL[1],
        margins=(34.0, 6.0, 34.0, 26.0),
        lines=(Line("series-0", [(day, one[1]) for day, one in zip(days, values, strict=True)]),),
        marks=tuple(
            Mark(tone or "plain", day, value)
            for day, (_, value, tone) in zip(days, values, strict=True)
        ),
        kind="small",
        size=11.0,
    )


def _count(one: Counted) -> str:
    return f"{one.good} of {one.judged}" if one.judged else UNKNOWN


def _plain(value: float | None, unit: str = "") -> str:
    return UNKNOWN if value is None else f"{value:g}{unit}"


def _cells(point: TrendPoint, *, first: bool) -> tuple[str, ...]:
    one = point.since_first
    return (
        str(point.session),
        point.day,
        str(point.reps),
        UNKNOWN if point.asked is None else f"{point.asked:g}",
        UNKNOWN if one is None else with_error(one.second, one.spec),
        "first" if first else UNKNOWN if one is None else change_cell(one),
    )


def _chart(
    title: str,
    found: Sequence[tuple[TrendPoint, Difference]],
    chart_id: str,
    kind: str,
    width: float,
) -> Chart:
    whole = found[-1][1]
    start, reach = whole.first.value, whole.detectable
    limits = (
        []
        if whole.spec.limits is None
        else [whole.spec.limits.good_low, whole.spec.limits.good_high]
    )
    ends = [end for end in limits if end is not None]
    means = [one.second for _, one in found]
    values = [start - reach, start + reach, *ends]
    values += [end for mean in means for end in (mean.value - mean.error, mean.value + mean.error)]
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or 1.0
    days = [float(date.fromisoformat(point.day).toordinal()) for point, _ in found]
    x = _day_range(days)
    return Chart(
        chart_id,
        title,
        _described(found),
        Axis(*x, _day_marks(days, [point.day for point, _ in found], x, width - 82.0)),
        axis(low - room, high + room, 5),
        width=width,
        height=230.0,
        margins=(48.0, 8.0, 34.0, 30.0),
        areas=(
            *(one for one in bands(whole.spec.limits, _band) if one.style == "band-good"),
            Area("within-error", y=(start - reach, start + reach)),
        ),
        lines=(
            *(Line("limit", [(x[0], end), (x[1], end)]) for end in ends),
            Line("series-0", [(day, mean.value) for day, mean in zip(days, means, strict=True)]),
        ),
        marks=tuple(
            Mark(direction(one) or "plain", day, one.second.value, y_error=one.second.error)
            for day, (_, one) in zip(days, found, strict=True)
        ),
        kind=f"trend {kind}",
    )


def _day_range(days: Sequence[float]) -> tuple[float, float]:
    margin = max(0.03 * (days[-1] - days[0]), 0.5)
    return days[0] - margin, days[-1] + margin


def _day_marks(
    days: Sequence[float], names: Sequence[str], x: tuple[float, float], width: float
) -> tuple[tuple[float, str], ...]:
    """Name the first and the last day, and those between that have room."""
    room = _DAY_WIDTH * (x[1] - x[0]) / width
    marks = [(days[0], names[0])]
    for day, name in zip(days, names, strict=True):
        if day - marks[-1][0] >= room and (day == days[-1] or days[-1] - day >= room):
            marks.append((day, name))
    return tuple(marks)


def _band(grade: str, y: tuple[float | None, float | None]) -> Area:
    return Area(f"band-{grade}", y=y)


def _described(found: Sequence[tuple[TrendPoint, Difference]]) -> str:
    (first, _), (last, whole) = found[0], found[-1]
    return (
        f"{len(found)} sessions from {first.day} to {last.day}: from "
        f"{with_error(whole.first, whole.spec)} to {with_error(whole.second, whole.spec)}. "
        f"{_sentence(whole)}"
    )
