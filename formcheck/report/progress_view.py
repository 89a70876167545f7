"""The content of the progress report: one person's sessions of one exercise, compared over weeks.

It consists of words, charts, pictures and advice, without a layout. ``app/`` collects the sessions
from the history and fills in a :class:`ProgressView` with the functions of this module; the page,
the PDF and the terminal only lay it out.

Each chart has a grey band around the value of the first session. Inside the band, the difference
from the first session may be measurement error.
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
"""Widths of a chart for a page and for a phone; the size of the letters is the same in both."""

SMALL = (300.0, 150.0)
"""Size of the small charts."""

PAIN_CHANGE = 2
"""Points of ten by which pain must differ to be called better or worse. Our choice: people do
not always give the same number for the same pain."""

OVERVIEW_HEADINGS = ("first", "last", "change", "smallest real difference")
ADVICE_DISCLAIMER = f"{wording.DISCLAIMER} With pain or in doubt, ask a professional."
EXPLAINED = (
    "Inside the grey band, a difference from the first session can be measurement error or chance. "
    "A larger one is green when it is toward the good range (shaded, between dashed lines), orange "
    "when it is away from it, and violet when it is neither. The vertical bars are one standard "
    "error."
)
NOTHING_CHANGED = "No change beyond measurement error or chance."
_DAY_WIDTH = 84.0

Tone = Literal["better", "worse", "other", ""]
"""Direction of a change: towards good values, away from them, or neither; empty: no change."""


@dataclass(frozen=True)
class TrendPoint:
    """One session in the trend of a measurement.

    Attributes
    ----------
    session
        Number of the session in the history.
    day
        Its day, as in ``2026-01-31``.
    reps
        Number of its repetitions.
    asked
        What was asked of the person: step height in cm, or seconds to hold; see
        :func:`setting_of`.
    since_first
        The difference from the first session; ``None`` if this session did not measure it.
    """

    session: int
    day: str
    reps: int
    asked: float | None
    since_first: Difference | None


@dataclass(frozen=True)
class SessionLine:
    """One session in the table of sessions.

    ``training`` is what the person entered; ``form`` and ``tempo`` count the good repetitions of
    one leg.
    """

    session: int
    day: str
    reps: int
    view: ViewKind
    training: Training
    form: Counted
    tempo: Counted


@dataclass(frozen=True)
class Change:
    """One line on how a measurement or an entered number changed over the sessions.

    ``sure`` is false if the change is only probable.
    """

    tone: Tone = ""
    text: str = ""
    sure: bool = True


@dataclass(frozen=True)
class SmallView:
    """Pain, a setting or a share of good repetitions over the sessions, with its small chart."""

    title: str
    sentence: str
    change: Change
    chart: Chart | None


@dataclass(frozen=True)
class TrendView:
    """One measurement over the sessions.

    Attributes
    ----------
    title
        Name of the measurement.
    sentence
        The last session compared with the first.
    change
        The same in a short line.
    rows
        The table of its sessions, with the columns of :func:`point_headings`.
    overview
        Its row in the overview, without the title; the columns are :data:`OVERVIEW_HEADINGS`.
    charts
        A chart for a page and one for a phone; empty if fewer than two sessions measured it.
    """

    title: str
    sentence: str
    change: Change
    rows: tuple[tuple[str, ...], ...]
    overview: tuple[str, ...]
    charts: tuple[Chart, ...]


@dataclass(frozen=True)
class Pictured:
    """The repetition of a session that needs most work, with its picture (still).

    ``shown_at`` names the moment that the picture shows. ``still`` is a JPEG; if there is none,
    ``why_not`` says why.
    """

    title: str
    shown_at: str
    verdicts: tuple[tuple[str, Badge], ...]
    cues: tuple[str, ...]
    still: bytes | None
    why_not: str = ""


@dataclass(frozen=True)
class TrendPart:
    """A part of the progress report: about one leg, or about the sessions as a whole.

    Attributes
    ----------
    title
        Which leg.
    changes
        What became better or worse, in words, or that nothing did.
    smalls
        Entered numbers and shares of good repetitions, with small charts.
    trends
        The measurements over the sessions.
    sessions
        The table of sessions, with the columns of :func:`session_headings`.
    pictures
        The worst repetition of the first and of the last session.
    overview
        Whether to show a table of the first and the last session side by side.
    remark
        Shown instead of the charts if there are none.
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
    """One piece of advice: what to do, the reason, and the rule that it follows."""

    heading: str
    text: str
    because: str
    rule: str


@dataclass(frozen=True)
class ProgressView:
    """The complete content of the progress report.

    Attributes
    ----------
    parts
        One for each leg, and one for the sessions as a whole.
    steps
        What to do next.
    notes
        What makes the sessions hard to compare, such as different steps.
    created
        When the last session was analyzed.
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
    """Return the headings of the table of one measurement over the sessions."""
    asked = "target" if exercise.is_held else "step"
    return ("id", "date", f"{exercise.effort_short}s", asked, "value", "change")


def session_headings(exercise: ExerciseInfo) -> tuple[str, ...]:
    """Return the headings of the table of sessions (for a hold without step and load)."""
    first = ("id", "date", f"{exercise.effort_short}s", "good form")
    if exercise.is_held:
        return (*first, "pain", "target")
    return (*first, "slow enough", "pain", "step", "load")


def worst_title(exercise: ExerciseInfo) -> str:
    """Return the heading over the pictures of the worst repetitions."""
    return f"The {exercise.effort} that needs most work, first and last session"


def setting_of(training: Training, exercise: ExerciseInfo) -> float | None:
    """Return what was asked of the person: step height in cm, or time of a good hold in s."""
    return training.target_hold_s if exercise.is_held else training.step_height_cm


# --- words and charts -------------------------------------------------------------------------


def changes_of(views: Sequence[SmallView | TrendView]) -> tuple[Change, ...]:
    """List the changes for the better, then for the worse, then the others.

    If there is none, the result is one line that says so.
    """
    order = ("better", "worse", "other")
    found = [one.change for one in views if one.change.tone]
    found.sort(key=lambda one: (order.index(one.tone), not one.sure))
    return tuple(found) or (Change("", NOTHING_CHANGED),)


def step_notes(lines: Sequence[SessionLine]) -> tuple[str, ...]:
    """Return a note if the step height differed between sessions, otherwise nothing."""
    heights = [one for line in lines if (one := line.training.step_height_cm) is not None]
    if len(set(heights)) < 2:
        return ()
    return (
        f"The step was not the same in all sessions (first {heights[0]:g} cm, last "
        f"{heights[-1]:g} cm). {HIGHER_STEP}",
    )


def entered_views(lines: Sequence[SessionLine]) -> tuple[SmallView, ...]:
    """Return pain, step height, load and the time to hold over the sessions, if entered."""
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
    """Return the shares of repetitions with good form, and of those that were slow enough.

    A camera in front judges other measurements of the form than a camera at the side. So only the
    sessions of the most frequent camera direction are compared; the others are listed in words.
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
            f"{_count_words(one.form)} good."
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
    """Return the rows of the table of sessions; the columns are :func:`session_headings`."""
    rows: list[tuple[str, ...]] = []
    for one in lines:
        training = one.training
        first = (str(one.session), one.day, str(one.reps), _count_words(one.form))
        pain = _entered_cell(training.pain)
        if exercise.is_held:
            rows.append((*first, pain, _entered_cell(training.target_hold_s, f"{NO_BREAK}s")))
            continue
        step = _entered_cell(training.step_height_cm, f"{NO_BREAK}cm")
        load = _entered_cell(training.load_kg, f"{NO_BREAK}kg")
        rows.append((*first, _count_words(one.tempo), pain, step, load))
    return tuple(rows)


def pictured(
    day: str, session: Session, reps: Sequence[Rep], still: Callable[[int], bytes | str]
) -> Pictured | None:
    """Choose the repetition of a session that needs most work; ``None`` if there is no repetition.

    Parameters
    ----------
    day
        The day of the session.
    session
        The session.
    reps
        Its repetitions of one leg.
    still
        Function that returns the picture of a repetition as JPEG, or the reason why there is none.
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
    """Return one measurement over the sessions; at least one session must have measured it.

    Parameters
    ----------
    points
        The sessions, the oldest first.
    chart_id
        Makes the ids of the charts unique on a page.
    """
    found = [(point, one) for point in points if (one := point.since_first) is not None]
    whole = found[-1][1]
    spec = whole.spec
    title = name_of(whole)
    charts: tuple[Chart, ...] = ()
    if len(found) > 1:
        unit = f", {spec.unit}" if spec.unit else ""
        charts = tuple(
            _trend_chart(title + unit, found, f"{chart_id}-{kind}", kind, width)
            for kind, width in (("wide", WIDE), ("narrow", NARROW))
        )
    return TrendView(
        title=title,
        sentence=_difference_words(whole),
        change=_change_line(whole) if len(found) > 1 else Change(),
        rows=tuple(_session_cells(point, first=point is found[0][0]) for point in points),
        overview=(
            with_error(whole.first, spec),
            with_error(whole.second, spec),
            change_cell(whole),
            smallest_real_change(whole),
        ),
        charts=charts,
    )


def change_cell(one: Difference) -> str:
    """Write a change with its sign, and ``*`` if it is larger than measurement error."""
    return amount(one.shown, one, signed=True) + (" *" if one.detected else "")


def trend_svg(trend: TrendView) -> str:
    """Draw the chart of a trend with at least two sessions as a separate SVG file."""
    return str(paint(trend.charts[0], alone=True))


def _difference_words(one: Difference) -> str:
    """Compare the last session with the first in words, with remarks on the comparison."""
    words = change_words(one)
    if one.first_reps:
        words += " This number changes during a set, so only the first of each set are compared."
    if one.mostly_turned:
        words += (
            " The error is this large mostly because the camera did not see the person from the "
            "same direction both times: film from the same place."
        )
    return words


def _change_line(one: Difference) -> Change:
    """Return the line on a measurement that changed; an empty one if it did not."""
    tone = direction(one)
    if tone is None:
        return Change()
    word = {"better": "better", "worse": "worse", "other": "changed"}[tone]
    ends = f"from {with_error(one.first, one.spec)} to {with_error(one.second, one.spec)}"
    return Change(tone, f"{one.spec.title}: {word}, {ends}")


def _pain_view(lines: Sequence[SessionLine]) -> SmallView | None:
    """Return the entered pain over the sessions; ``None`` if it was never entered."""
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
    return SmallView(title, sentence, change, _small_chart("pain", title, sentence, values, 10.0))


def _setting_view(
    title: str,
    unit: str,
    lines: Sequence[SessionLine],
    of: Callable[[Training], float | None],
) -> SmallView | None:
    """Return an entered number over the sessions; ``of`` reads it; ``None`` if never entered."""
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
    chart = _small_chart(title.partition(" ")[0].lower(), name, sentence, values, top)
    return SmallView(name, sentence, change, chart)


def _share_view(
    title: str,
    lines: Sequence[SessionLine],
    counts: Sequence[Counted],
    chart_id: str,
    effort: str,
    seen: str = "",
) -> SmallView | None:
    """Return a share of repetitions over the sessions; ``None`` if it was judged in none.

    ``seen`` names the camera direction, if not all sessions have the same.
    """
    both = [(line, one) for line, one in zip(lines, counts, strict=True) if one.judged]
    found = [(line.day, one) for line, one in both]
    if not found:
        return None
    name = f"{title}, % of {effort}s"
    compared = share_change([one for _, one in found])
    if compared is None:
        line, one = both[-1]
        which = f"session {line.session}, the {'last' if len(both) > 1 else 'only'} one{seen}"
        only = f"{_count_words(one)} {effort}s were good in {which}: too few to compare."
        return SmallView(name, only, Change(), None)
    first, last = _count_words(compared.first), _count_words(compared.second)
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
    chart = _small_chart(chart_id, name, sentence, values, 100.0)
    return SmallView(name, sentence, change if tone else Change(), chart)


def _tone_against(first: Counted, one: Counted) -> Tone:
    """Return the direction in which a share changed since the first session."""
    compared = share_change([first, one])
    return "" if compared is None else compared.direction or ""


def _small_chart(
    chart_id: str,
    title: str,
    sentence: str,
    values: Sequence[tuple[str, float, Tone]],
    top: float,
) -> Chart:
    """Draw numbers over the days; the colour of a point is the direction of its change."""
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


def _count_words(one: Counted) -> str:
    return f"{one.good} of {one.judged}" if one.judged else UNKNOWN


def _entered_cell(value: float | None, unit: str = "") -> str:
    return UNKNOWN if value is None else f"{value:g}{unit}"


def _session_cells(point: TrendPoint, *, first: bool) -> tuple[str, ...]:
    """Return a row of :attr:`TrendView.rows`; ``first`` says that it is the first session."""
    one = point.since_first
    return (
        str(point.session),
        point.day,
        str(point.reps),
        UNKNOWN if point.asked is None else f"{point.asked:g}",
        UNKNOWN if one is None else with_error(one.second, one.spec),
        "first" if first else UNKNOWN if one is None else change_cell(one),
    )


def _trend_chart(
    title: str,
    found: Sequence[tuple[TrendPoint, Difference]],
    chart_id: str,
    kind: str,
    width: float,
) -> Chart:
    """Draw a measurement over the days, with the range of good values and the grey band."""
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
        _chart_description(found),
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
    """Choose the days that are written at the axis: the first, the last, and others with room."""
    room = _DAY_WIDTH * (x[1] - x[0]) / width
    marks = [(days[0], names[0])]
    for day, name in zip(days, names, strict=True):
        if day - marks[-1][0] >= room and (day == days[-1] or days[-1] - day >= room):
            marks.append((day, name))
    return tuple(marks)


def _band(grade: str, y: tuple[float | None, float | None]) -> Area:
    return Area(f"band-{grade}", y=y)


def _chart_description(found: Sequence[tuple[TrendPoint, Difference]]) -> str:
    (first, _), (last, whole) = found[0], found[-1]
    return (
        f"{len(found)} sessions from {first.day} to {last.day}: from "
        f"{with_error(whole.first, whole.spec)} to {with_error(whole.second, whole.spec)}. "
        f"{_difference_words(whole)}"
    )
