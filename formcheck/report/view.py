"""The content of the report on one session, as words, tables and chart data, without a layout.

:func:`view` makes a :class:`ReportView` from a finished session. The web page, PDF, Markdown,
terminal and JSON reports only lay it out, so all of them show the same words and numbers. Grades
and counts are those of the session; nothing is judged here.

A grade is ``good``, ``watch`` or ``fault``. What this module calls a repetition can also be a hold
of a posture or a flight of stairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from formcheck.data.declare import rounded
from formcheck.data.numbers import (
    UNKNOWN,
    colour_grade,
    cue_words,
    grade_words,
    is_doubtful,
    measured,
    verdict_words,
)
from formcheck.data.session import (
    Grade,
    Measurement,
    MeasureSpec,
    Pooled,
    Rep,
    Session,
    Sureness,
    Tally,
    Verdict,
)
from formcheck.motion.verdicts import asks_form, cue_of, is_asked, numbered, seen_from
from formcheck.report.changes import (
    ChangeTable,
    changed_over_the_set,
    legs_table,
    thirds_tables,
)
from formcheck.report.charts import Chart
from formcheck.report.clinical_scale import ScaleTable, scale_table
from formcheck.report.plots import (
    LegendItem,
    Panel,
    judged_specs,
    legend,
    panels,
    phase_words,
    readings,
    set_charts,
)
from formcheck.report.video_quality import Fact, facts_of
from formcheck.report.wording import (
    BEST,
    FINE,
    NEEDS_MOST_WORK,
    NOT_MEASURED,
    SHOWN_AT,
    advice_words,
    band_words,
    capital,
    column_words,
    date_words,
    entered_words,
    fact_words,
    headline,
    leg_words,
    legs_words,
    method_of,
    missing_words,
    number_words,
    performed_words,
    reps_words,
    view_words,
)

FACTS_ON_A_CARD = 3
"""Measurements in the line under the picture of a repetition."""
NAME = "Name"
"""Title of the person's name at the head of a report."""
FORM, TEMPO = "Form", "Tempo"
"""Titles of the two verdicts on a repetition."""


@dataclass(frozen=True)
class Badge:
    """A grade as the report shows it: words with a coloured shape.

    ``complete`` is false if not everything that is judged could be seen.
    """

    words: str
    grade: Grade | None = None
    sure: Sureness | None = None
    complete: bool = True

    @property
    def style(self) -> str:
        """Name of the shape and colour: the grade, or ``none``."""
        return self.colour or "none"

    @property
    def colour(self) -> Grade | None:
        """The grade whose colour and shape are used; ``None`` if good but only partly seen."""
        return colour_grade(self.grade, complete=self.complete)

    @property
    def hollow(self) -> bool:
        """Whether the shape is drawn hollow, which means that the grade is uncertain."""
        return is_doubtful(self.grade, self.sure, complete=self.complete)


@dataclass(frozen=True)
class Cell:
    """A cell of the table of repetitions: one measurement of one repetition.

    ``badge`` is its grade, if it is judged. If the measurement is missing, ``reason`` says why, and
    ``note`` is the number of the footnote with this reason. A measurement that this repetition does
    not need, as the lean on the way down in a flight up the stairs, is a dash without a reason.
    """

    column: str
    text: str
    badge: Badge | None = None
    reason: str = ""
    note: int | None = None


@dataclass(frozen=True)
class MeasureColumn:
    """A column of the table of repetitions: one measurement.

    ``note`` is the line under the title: the kind of number, and the range of good values.
    """

    id: str
    title: str
    short_title: str
    note: str


@dataclass(frozen=True)
class RepView:
    """What the report shows of one repetition: a row of the table, and the words at its picture.

    Attributes
    ----------
    title
        Its number and its side, as in ``Rep 2, left``.
    leg
        The working leg.
    verdicts
        Title and grade of its form and, where tempo is judged, its tempo.
    cells
        One for each column of the table.
    facts
        Up to :data:`FACTS_ON_A_CARD` judged measurements in words.
    label
        ``best`` or ``needs most work``; usually empty.
    """

    index: int
    title: str
    leg: str
    start_s: float
    lowest_s: float
    end_s: float
    verdicts: tuple[tuple[str, Badge], ...]
    cues: tuple[str, ...]
    cells: tuple[Cell, ...]
    facts: tuple[str, ...]
    label: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class MeanRow:
    """The means of one leg over the set: a title, and a cell for each column."""

    title: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class LimitRow:
    """The limits of one or more measurements, and the source of these limits.

    ``judged`` says which number is judged, as in ``at the bottom``; ``good``, ``watch`` and
    ``fault`` are the ranges of the grades, in words.
    """

    title: str
    judged: str
    good: str
    watch: str
    fault: str
    source: str

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """Cells for a plain table."""
        return f"{self.title} ({self.judged})", self.good, self.watch, self.fault, self.source


@dataclass(frozen=True)
class ReportView:
    """The complete content of a report on one session.

    Attributes
    ----------
    performed, analyzed
        The day of the session, and the time of the analysis if it is another.
    entered
        What the person entered: step height, load, pain.
    effort, effort_short
        What one repetition is called, as in ``repetition`` or ``hold``, and its short form before a
        number, as in ``rep``.
    side_title
        Title of the column with the working side; empty if the exercise has no sides.
    shown_at
        Which moment of a repetition its picture (still) shows, in words.
    method
        How the exercise is measured: titles and texts.
    count, seen
        How many repetitions there are, and from where they were filmed, in words.
    head
        Facts about the session and the person: title and value.
    verdict, advice
        The verdict on the set, and what to change, in sentences.
    tallies
        For form, and for tempo where it is judged: how many repetitions have each grade.
    reader_notes
        Remarks that the reader of the report entered.
    columns, reps, means
        The table of repetitions: its columns, its rows, and the means of each leg.
    best, most_work
        Indices of the best repetition and of the one that needs most work, or ``None``.
    main
        How many of the columns, from the first, are shown if there is little room.
    footnotes
        Reasons for gaps in the table; the first one has number 1.
    missing
        Measurements that no repetition has: titles, and the reason.
    legs, thirds
        Tables that compare left with right, and the start of the set with its end.
    scale
        The exercise on a published clinical scale, if it has one.
    set_up, facts
        The quality of camera and video: one sentence, and the single facts.
    limits
        The limits of the grades.
    charts, panels, legend, phases
        Charts over the whole set, charts with all repetitions overlaid, the legend of the latter,
        and the names of the phases.
    readings
        The numbers that the page shows at the cursor of a chart.
    upright
        Whether the video is higher than wide.
    """

    title: str
    person: str
    performed: str
    analyzed: str
    film: str
    working_legs: str
    entered: str
    effort: str
    effort_short: str
    side_title: str
    shown_at: str
    method: tuple[tuple[str, str], ...]
    count: str
    seen: str
    head: tuple[tuple[str, str], ...]
    verdict: tuple[str, ...]
    tallies: tuple[tuple[str, tuple[tuple[Badge, int], ...]], ...]
    advice: tuple[str, ...]
    reader_notes: str
    columns: tuple[MeasureColumn, ...]
    reps: tuple[RepView, ...]
    means: tuple[MeanRow, ...]
    best: int | None
    most_work: int | None
    main: int
    footnotes: tuple[str, ...]
    missing: tuple[tuple[str, str], ...]
    legs: ChangeTable | None
    thirds: tuple[ChangeTable, ...]
    scale: ScaleTable | None
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    set_up: str
    facts: tuple[Fact, ...]
    limits: tuple[LimitRow, ...]
    charts: tuple[Chart, ...]
    panels: tuple[Panel, ...]
    legend: tuple[LegendItem, ...]
    phases: Mapping[str, str]
    readings: Mapping[str, Any]
    upright: bool
    created: str
    version: str
    model: str
    model_sha256: str

    @property
    def counts(self) -> tuple[str, ...]:
        """The counts by grade as text; empty if there is no repetition."""
        return tuple(_count_words(name, counted) for name, counted in self.tallies if counted)

    @property
    def rep_notes(self) -> tuple[tuple[str, str], ...]:
        """Remarks on single repetitions, each with the repetition's name."""
        return tuple(
            (capital(numbered([rep.index], self.effort_short)), note)
            for rep in self.reps
            for note in rep.notes
        )

    @property
    def under_main(self) -> tuple[str, ...]:
        """The lines under the main columns: reasons for gaps, and remarks on repetitions."""
        used = {cell.note for rep in self.reps for cell in rep.cells[: self.main]}
        notes = (f"{n}) {why}" for n, why in enumerate(self.footnotes, 1) if n in used)
        missing = (f"Not measured: {title}. {why}." for title, why in self.missing)
        return (*notes, *missing, *(f"{rep}: {note}" for rep, note in self.rep_notes))


def tally_words(name: str, tally: Tally) -> str:
    """Return the counts by grade of form or tempo as text; empty if there is no repetition."""
    counted = _grade_counts(tally)
    return _count_words(name, counted) if counted else ""


def _count_words(name: str, counted: Iterable[tuple[Badge, int]]) -> str:
    return f"{name}: {', '.join(f'{count} {badge.words}' for badge, count in counted)}"


def view(session: Session, *, name: str = "", notes: str = "") -> ReportView:
    """Make the content of the report on a session.

    Parameters
    ----------
    session
        The session. Its numbers are first rounded as in the saved file, so that a report from the
        saved session is identical.
    name
        The person's name; if empty, the one in the session.
    notes
        Remarks of the reader.
    """
    session = rounded(session)
    person = " ".join((name or session.person).split())
    performed, analyzed = performed_words(session), date_words(session.created)
    facts_by_name = {
        NAME: person,
        "Session": performed,
        "Analyzed": "" if analyzed == performed else analyzed,
        "Exercise": session.exercise.title,
        session.exercise.side_title or "Side": legs_words(session),
        "Entered": entered_words(session.training),
        "Film": session.source.name,
    }
    best, most_work = best_and_worst(session.reps)
    specs = _shown_specs(session)
    footnotes = _footnotes(session, specs)
    warnings = (*session.view.warnings, *session.source.warnings)
    facts = facts_of(session)
    return ReportView(
        title=session.exercise.title,
        person=person,
        performed=performed,
        analyzed=facts_by_name["Analyzed"],
        film=session.source.name,
        working_legs=legs_words(session),
        entered=facts_by_name["Entered"],
        effort=session.exercise.effort,
        effort_short=session.exercise.effort_short,
        side_title=session.exercise.side_title,
        shown_at=SHOWN_AT[session.exercise.kind],
        method=method_of(session.exercise),
        count=reps_words(session),
        seen=view_words(session),
        head=tuple((title, value) for title, value in facts_by_name.items() if value),
        verdict=(*headline(session), *changed_over_the_set(session)),
        tallies=tuple((name, _grade_counts(tally)) for name, tally in _tallies_by_title(session)),
        advice=tuple(advice_words(one, session.reps) for one in session.summary.advice),
        reader_notes=notes.strip(),
        columns=tuple(_measure_column(spec) for spec in specs),
        reps=tuple(
            _rep_view(rep, session, specs, footnotes, best, most_work) for rep in session.reps
        ),
        means=tuple(_means(session, specs)),
        best=best,
        most_work=most_work,
        main=sum(map(_is_main, specs)),
        footnotes=footnotes,
        missing=tuple(_never_measured(session, specs)),
        legs=legs_table(session),
        thirds=thirds_tables(session),
        scale=scale_table(session),
        warnings=warnings,
        notes=tuple(note.text for note in session.notes),
        set_up=_set_up_words(warnings, facts),
        facts=facts,
        limits=_limit_rows(session),
        charts=set_charts(session),
        panels=panels(session),
        legend=legend(session),
        phases=phase_words(session.exercise.order),
        readings=readings(session),
        upright=session.source.height > session.source.width,
        created=session.created,
        version=session.provenance.version,
        model=session.provenance.model,
        model_sha256=session.provenance.model_sha256,
    )


def best_and_worst(reps: Sequence[Rep]) -> tuple[int | None, int | None]:
    """Choose the best repetition and the one that needs most work.

    They are ranked by the grades of form and tempo, where a repetition that was seen only in part
    ranks below a completely good one, and then by the probability that they are good. Of equal
    ones, the first is the best and the last is the worst.

    Returns
    -------
    tuple
        The indices of the best and the worst. If only one is judged, the worst is ``None``. If none
        is judged, the best is the first one.
    """

    def rank(rep: Rep) -> tuple[int, int, float]:
        form, tempo = rep.form, rep.tempo
        order = ("good", None, "watch", "fault")
        grades = [
            order.index(None if one.grade == "good" and not one.complete else one.grade)
            for one in (form, tempo)
        ]
        chance = (form.p_good if form.p_good is not None else 1.0) * (
            tempo.p_good if tempo.p_good is not None else 1.0
        )
        return grades[0], grades[1], -chance

    judged = [rep for rep in reps if rep.form.grade is not None]
    if not judged:
        return (reps[0].index if reps else None), None
    ordered = sorted(judged, key=rank)
    return ordered[0].index, ordered[-1].index if len(ordered) > 1 else None


def _rep_view(
    rep: Rep,
    session: Session,
    specs: Sequence[MeasureSpec],
    footnotes: Sequence[str],
    best: int | None,
    most_work: int | None,
) -> RepView:
    by_index = {one.index: one for one in session.reps}
    grades_differ = (
        best is not None
        and most_work is not None
        and _grades(by_index[best]) != _grades(by_index[most_work])
    )
    labels = {best: BEST, most_work: NEEDS_MOST_WORK} if grades_differ else {}
    praised = rep.form.grade == "good" and rep.form.complete
    if not praised or rep.tempo.grade in ("watch", "fault"):
        labels.pop(best, None)
    deciding = (rep.form.decided_by, rep.tempo.decided_by)
    judged = [spec for spec in judged_specs(session) if _value(rep, spec) is not None]
    judged.sort(key=lambda spec: spec.id not in deciding)  # the number that decides comes first
    return RepView(
        index=rep.index,
        title=capital(numbered([rep.index], rep.name))
        + ("" if rep.part == "both" else f", {leg_words(rep)}"),
        leg=leg_words(rep),
        start_s=rep.start_s,
        lowest_s=rep.lowest_s,
        end_s=rep.end_s,
        verdicts=rep_badges(rep, session),
        cues=rep_cues(rep),
        cells=tuple(_cell(rep, spec, footnotes) for spec in specs),
        facts=tuple(fact_words(rep, spec) for spec in judged[:FACTS_ON_A_CARD]),
        label=labels.get(rep.index, ""),
        notes=rep.notes,
    )


def rep_badges(rep: Rep, session: Session) -> tuple[tuple[str, Badge], ...]:
    """Return the verdicts on a repetition: title (form or tempo) and badge.

    The badge is a dash if the form is not judged in this repetition.
    """
    form = verdict_badge(rep.form) if asks_form(rep, session.specs) else Badge(UNKNOWN)
    return tuple(
        (name, form if name == FORM else verdict_badge(rep.tempo))
        for name, _ in _tallies_by_title(session)
    )


def rep_cues(rep: Rep) -> tuple[str, ...]:
    """Return the cues (short advice, as in ``Knee out``) for a repetition, each only once."""
    cues = (cue_words(*cue_of(rep, verdict)) for verdict in (rep.form, rep.tempo))
    return tuple(dict.fromkeys(cue for cue in cues if cue))


def _tallies_by_title(session: Session) -> tuple[tuple[str, Tally], ...]:
    """Return title and counts of form and, if the exercise judges it, of tempo."""
    form, tempo = (FORM, session.summary.form), (TEMPO, session.summary.tempo)
    return (form, tempo) if session.exercise.judges_tempo else (form,)


def _grades(rep: Rep) -> tuple[Grade | None, Grade | None]:
    return rep.form.grade, rep.tempo.grade


def verdict_badge(verdict: Verdict) -> Badge:
    """Return the badge of a verdict."""
    return Badge(verdict_words(verdict), verdict.grade, verdict.sure, verdict.complete)


def measure_badge(found: Measurement | Pooled) -> Badge | None:
    """Return the badge of a measurement or a mean; ``None`` if it is not judged."""
    if found.grade is None:
        return None
    return Badge(grade_words(found.grade, found.sure, found.or_else), found.grade, found.sure)


def _grade_counts(tally: Tally) -> tuple[tuple[Badge, int], ...]:
    """Return each grade that occurs, with its count; the best comes first."""
    counts: tuple[tuple[Verdict, int], ...] = (
        (Verdict(grade="good", sure="sure"), tally.good),
        (Verdict(grade="good", sure="sure", complete=False), tally.partly),
        (Verdict(grade="watch", sure="sure"), tally.watch),
        (Verdict(grade="fault", sure="sure"), tally.fault),
        (Verdict(), tally.not_judged),
    )
    return tuple((verdict_badge(verdict), count) for verdict, count in counts if count)


# --- the table -----------------------------------------------------------------------------------


def _shown_specs(session: Session) -> list[MeasureSpec]:
    """Return the measurements that at least one repetition has, in the order of the columns.

    Amounts come first, such as the time of a hold; then judged tempo, judged form, depth, the
    other measurements, and durations that are not judged.
    """
    has = [
        spec for spec in session.specs if any(_value(rep, spec) is not None for rep in session.reps)
    ]

    def place(spec: MeasureSpec) -> tuple[int, int]:
        tempo, judged = spec.role == "tempo", spec.limits is not None
        group = 0 if tempo and judged else 1 if judged else 2 if spec.role == "depth" else 3
        return (0 if spec.is_amount else 4 if tempo and not judged else group), spec.priority

    return sorted(has, key=place)


def _value(rep: Rep, spec: MeasureSpec) -> float | None:
    """Return the value of a measurement in a repetition; ``None`` if it is missing."""
    found = rep.measurements.get(spec.id)
    return None if found is None else found.value


def _measure_column(spec: MeasureSpec) -> MeasureColumn:
    return MeasureColumn(spec.id, spec.title, spec.short_title or spec.title, column_words(spec))


def _is_main(spec: MeasureSpec) -> bool:
    return spec.limits is not None or spec.role == "depth" or spec.is_amount


def _footnotes(session: Session, specs: Sequence[MeasureSpec]) -> tuple[str, ...]:
    """Return the different reasons for gaps in the table, those of the main columns first."""
    gaps = (
        missing_words(rep, spec)
        for main in (True, False)
        for rep in session.reps
        for spec in specs
        if _is_main(spec) is main and _value(rep, spec) is None and is_asked(rep, spec)
    )
    return tuple(dict.fromkeys(gaps))


def _cell(rep: Rep, spec: MeasureSpec, footnotes: Sequence[str]) -> Cell:
    """Return the cell of a measurement in the row of a repetition."""
    found = rep.measurements.get(spec.id)
    if not is_asked(rep, spec):
        return Cell(spec.title, UNKNOWN)
    if found is None or found.value is None:
        reason = missing_words(rep, spec)
        note = footnotes.index(reason) + 1
        return Cell(spec.title, NOT_MEASURED, reason=reason, note=note)
    text = measured(found.value, spec, found.sem)
    return Cell(spec.title, text, measure_badge(found))


def _means(session: Session, specs: Sequence[MeasureSpec]) -> Iterator[MeanRow]:
    """Return a row of means for each leg that has more than one repetition."""
    for side, count in session.summary.reps_by_side.items():
        if count < 2:
            continue
        pooled = {one.measure: one for one in session.summary.pooled if one.side == side}
        cells = []
        for spec in specs:
            one = pooled.get(spec.id)
            sem = None if one is None or spec.is_count else one.sem
            text = "" if one is None else measured(one.value, spec, sem)
            cells.append(Cell(spec.title, text, None if one is None else measure_badge(one)))
        yield MeanRow("Mean" if side == "both" else f"Mean, {side}", tuple(cells))


def _never_measured(session: Session, shown: Sequence[MeasureSpec]) -> Iterator[tuple[str, str]]:
    """Return the measurements that no repetition has, grouped by the reason.

    Those that cannot be measured from this side of the camera come last.
    """
    if not session.reps:
        return
    titles: dict[str, list[str]] = {}
    ids = {spec.id for spec in shown}
    absent = [spec for spec in session.specs if spec.id not in ids]
    for spec in sorted(absent, key=lambda one: not seen_from(one, session.view)):
        asked = [rep for rep in session.reps if is_asked(rep, spec)]
        if asked:
            found = dict.fromkeys(missing_words(rep, spec) for rep in asked)
            titles.setdefault(_as_sentences(found), []).append(spec.title)
    yield from ((", ".join(names), reason) for reason, names in titles.items())


def _as_sentences(reasons: Iterable[str]) -> str:
    """Join reasons as sentences; of those that differ only in a number, keep the first."""
    alike: dict[str, str] = {}
    for reason in reasons:
        alike.setdefault(re.sub(r"\d+", "#", reason), reason.rstrip("."))
    return ". ".join(alike.values())


# --- camera and limits ---------------------------------------------------------------------


def _set_up_words(warnings: Sequence[str], facts: Sequence[Fact]) -> str:
    if warnings:
        return "What makes the numbers less accurate here, and how to fix it:"
    if all(fact.fine is not False for fact in facts):
        return FINE
    return "Good enough. A triangle marks what could be better."


def _limit_rows(session: Session) -> tuple[LimitRow, ...]:
    """Return the limits of the grades; measurements with the same limits share a row."""
    titles: dict[tuple[str, str, str, str, str], list[str]] = {}
    specs = [spec for spec in session.specs if spec.limits is not None]
    for spec in sorted(specs, key=lambda one: (one.role == "tempo", one.priority)):
        if spec.limits is None:
            continue
        aim = f"time; aim at {session.exercise.target_descent_s:g} s"
        judged = aim if spec.role == "tempo" else number_words(spec)
        same = (judged, *band_words(spec.limits, spec.unit), spec.limits.source)
        titles.setdefault(same, []).append(spec.title)
    return tuple(LimitRow(", ".join(names), *same) for same, names in titles.items())
