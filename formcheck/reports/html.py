"""The report: one self-contained page, a pure function of the session record."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from formcheck.analysis.grading import DESCENT, grade
from formcheck.exercises.base import Bands, Exercise, MetricSpec
from formcheck.feedback import palette
from formcheck.kinematics.view import roll_is_known
from formcheck.reports.charts import (
    LINE_STYLES,
    Badge,
    Line,
    Span,
    metric_chart,
    metric_domain,
    number,
    session_chart,
)
from formcheck.reports.scale_table import scale_table
from formcheck.results import Metric, Rep, SessionResult, View

NO_BREAK = "\N{NO-BREAK SPACE}"
UNKNOWN = "\N{EN DASH}"
_TIMES = "\N{MULTIPLICATION SIGN}"
_MEANING = {"value": "", "change": "from standing", "max": "at its largest"}
_TEMPO = {
    "down_up": (("Lowering", "descent_s"), ("Bottom", "bottom_s"), ("Rising", "ascent_s")),
    "up_down": (("Rising", "ascent_s"), ("Top", "top_s"), ("Lowering", "descent_s")),
}
_GRADE_RANK = {"good": 0, None: 1, "borderline": 2, "watch": 2, "fault": 3}


@dataclass(frozen=True)
class Still:
    """The picture of one repetition's lowest point, with its caption."""

    heading: str
    rep: Rep
    uri: Markup
    facts: list[str]


@dataclass(frozen=True)
class Cell:
    """One metric of one repetition, in words.

    ``judged`` is the number that was graded when that is not the value, and ``meaning`` says
    what it is; ``note`` is the number of the footnote with the reason when not measured.
    """

    title: str
    text: str = ""
    judged: str = ""
    meaning: str = ""
    grade: str | None = None
    note: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Row:
    """One repetition in the table."""

    rep: Rep
    grade: str
    cells: list[Cell]
    tempo: list[Cell]


@dataclass(frozen=True)
class Panel:
    """The plots of one metric: one for each leg."""

    spec: MetricSpec
    subtitle: str
    charts: list[tuple[str, Markup]]


@dataclass(frozen=True)
class Threshold:
    """One row of the table of limits."""

    title: str
    judged: str
    good: str
    watch: str
    fault: str
    source: str


@dataclass(frozen=True)
class Fact:
    """One fact about the film; ``fine`` is whether it suits the measurement."""

    name: str
    value: str
    remark: str = ""
    fine: bool | None = None


def render(
    session: SessionResult,
    exercise: Exercise,
    stills: Mapping[int, bytes] | None = None,
    *,
    video: str | None = None,
) -> str:
    """Make the report.

    Parameters
    ----------
    session
        The session.
    exercise
        What was done, with the bands the session was judged by.
    stills
        By repetition index, a JPEG or PNG of its lowest point. Those of the repetitions that
        :func:`best_and_worst` names are shown.
    video
        Name of the annotated video when it lies beside the report.

    Returns
    -------
    str
        A whole HTML page that asks nothing of any network.
    """
    specs = [spec for spec in exercise.metrics if _measured_at_all(session, spec)]
    reasons = _reasons(session.reps, specs)
    tempo = _TEMPO[exercise.order]
    rows = [_row(rep, specs, reasons, tempo, exercise.tempo.bands) for rep in session.reps]
    panels = _panels(session, exercise)
    facts = _film_facts(session)
    return _environment().get_template("report.html").render(
        session=session,
        exercise=exercise,
        date=_date(session.created),
        sides=_sides(session),
        tally=_tally(session.reps),
        stills=_stills(session.reps, exercise, stills or {}),
        upright=session.source.height > session.source.width,
        video_src=None if video is None else "./" + quote(video),
        columns=[(spec.title, column_note(spec)) for spec in specs],
        tempo_titles=[title for title, _ in tempo],
        rows=rows,
        means=_means(session, specs),
        reasons=reasons,
        never=_never_measured(session, exercise),
        cues=_cues(session.reps),
        notes=[(rep.index, note) for rep in session.reps for note in rep.notes],
        scale=scale_table(session.reps, exercise.scale),
        session_charts=_session_charts(session),
        panels=panels,
        two_legs=any(len(panel.charts) > 1 for panel in panels),
        legend=_legend(session.reps),
        facts=facts,
        all_fine=all(fact.fine is not False for fact in facts),
        warnings=[
            *session.view.warnings, *session.source.warnings, *session.summary.notes
        ],
        thresholds=_thresholds(exercise),
        settings=_flat(session.config),
        fills={grade: _css(palette.grade_colour(grade)) for grade in ("good", "watch", "fault")},
    )  # fmt: skip


def best_and_worst(reps: Sequence[Rep], exercise: Exercise) -> tuple[Rep | None, Rep | None]:
    """Choose the repetitions whose stills are worth seeing.

    By grade, then by the number of faults, then by how far beyond its good band the furthest
    metric lies; of equals the best is the first and the worst the last.

    Returns
    -------
    tuple
        Best and worst. With a single graded repetition the worst is ``None``; with none graded
        the best is just the first; without repetitions both are ``None``.
    """
    graded = [rep for rep in reps if rep.grade is not None]
    if not graded:
        return (reps[0] if reps else None), None
    order = sorted(graded, key=lambda rep: _badness(rep, exercise))
    return order[0], order[-1] if len(order) > 1 else None


def _badness(rep: Rep, exercise: Exercise) -> tuple[int, int, float]:
    beyond = [
        _beyond(judged, spec.bands)
        for spec in exercise.metrics
        if spec.bands is not None
        and (judged := _judged(rep.metrics.get(spec.name), spec)) is not None
    ]
    return _GRADE_RANK[rep.grade], len(rep.faults), max(beyond, default=0.0)


def _beyond(value: float, bands: Bands) -> float:
    """How far outside the good band, in widths of the watch band; negative inside."""
    distances = []
    for good, watch, sign in (
        (bands.good[1], bands.watch[1], 1),
        (bands.good[0], bands.watch[0], -1),
    ):
        width = abs(watch - good)
        if math.isfinite(good):
            unit = width if math.isfinite(width) and width > 0 else max(abs(good), 1.0)
            distances.append(sign * (value - good) / unit)
    return max(distances, default=0.0)


def _judged(metric: Metric | None, spec: MetricSpec) -> float | None:
    if metric is None:
        return None
    judged: float | None = getattr(metric, spec.judged)
    return judged


# --- words and numbers ---------------------------------------------------------------------


def unit_of(spec: MetricSpec) -> str:
    """Give the unit as it stands after a number."""
    if spec.unit in ("deg", "°"):
        return "°"
    return NO_BREAK + "%" if spec.unit.startswith("%") else ""


def _decimals(spec: MetricSpec) -> int:
    return 1 if unit_of(spec) else 2


def _value(value: float, spec: MetricSpec) -> str:
    return number(value, _decimals(spec)) + unit_of(spec)


def _signed(value: float, spec: MetricSpec) -> str:
    plus = "+" if round(value, _decimals(spec)) > 0 else ""
    return plus + _value(value, spec)


def band_texts(bands: Bands, unit: str) -> tuple[str, str, str]:
    """Put bands into words: what is good, what to watch, what is a fault."""
    good_low, good_high = bands.good
    watch_low, watch_high = bands.watch
    return (
        _range(good_low, good_high, unit),
        _either(_range(watch_low, good_low, unit), _range(good_high, watch_high, unit)),
        _either(_range(-math.inf, watch_low, unit), _range(watch_high, math.inf, unit)),
    )


def _range(low: float, high: float, unit: str) -> str:
    if low == high or (math.isinf(low) and math.isinf(high)):
        return ""
    if math.isinf(low):
        return f"below{NO_BREAK}{_limit(high)}{unit}"
    if math.isinf(high):
        return f"above{NO_BREAK}{_limit(low)}{unit}"
    return f"{_limit(low)}{NO_BREAK}to{NO_BREAK}{_limit(high)}{unit}"


def _limit(value: float) -> str:
    return number(
        value, 0 if value == round(value) else 1 if value * 10 == round(value * 10) else 2
    )


def _either(first: str, second: str) -> str:
    return " or ".join(text for text in (first, second) if text) or UNKNOWN


def _date(created: str) -> str:
    try:
        when = datetime.fromisoformat(created)
    except ValueError:
        return created
    return f"{when.day} {when:%B %Y, %H:%M}"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _sides(session: SessionResult) -> str:
    counts = {side: n for side, n in session.summary.reps_by_side.items() if n}
    if len(counts) == 1:
        side = next(iter(counts))
        return "both legs" if side == "both" else f"{side} leg"
    return " and ".join(f"{n} {side}" for side, n in counts.items())


def _tally(reps: Sequence[Rep]) -> list[tuple[str, int]]:
    grades = [rep.grade or "none" for rep in reps]
    return [(g, grades.count(g)) for g in ("good", "watch", "fault", "none") if g in grades]


def _flat(settings: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in settings.items():
        if isinstance(value, Mapping):
            pairs += _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple):
            pairs.append((prefix + key, ", ".join(_setting(item) for item in value) or "none"))
        else:
            pairs.append((prefix + key, _setting(value)))
    return pairs


def _setting(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


# --- the table -----------------------------------------------------------------------------


def _measured(rep: Rep, spec: MetricSpec) -> bool:
    metric = rep.metrics.get(spec.name)
    return metric is not None and metric.value is not None


def _measured_at_all(session: SessionResult, spec: MetricSpec) -> bool:
    return any(_measured(rep, spec) for rep in session.reps)


def _reason(rep: Rep, spec: MetricSpec) -> str:
    metric = rep.metrics.get(spec.name)
    if metric is None:
        if spec.side is not None and rep.stance_side not in (spec.side, "both"):
            return f"It belongs to the {spec.side} leg."
        return "It was not looked for."
    reason = (metric.not_measured or "no reason was recorded").removeprefix("not measured: ")
    return reason[:1].upper() + reason[1:]


def _reasons(reps: Sequence[Rep], specs: Sequence[MetricSpec]) -> list[str]:
    """All different reasons for the gaps in the table, in reading order: its footnotes."""
    gaps = (_reason(rep, spec) for rep in reps for spec in specs if not _measured(rep, spec))
    return list(dict.fromkeys(gaps))


def _row(
    rep: Rep,
    specs: Sequence[MetricSpec],
    reasons: list[str],
    tempo: Sequence[tuple[str, str]],
    descent_bands: Bands,
) -> Row:
    return Row(
        rep=rep,
        grade=rep.grade or "none",
        cells=[_cell(rep, spec, reasons) for spec in specs],
        tempo=[_tempo_cell(title, name, rep, descent_bands) for title, name in tempo],
    )


def _tempo_cell(title: str, name: str, rep: Rep, descent_bands: Bands) -> Cell:
    seconds = rep.tempo.get(name)
    judged = name == DESCENT and seconds is not None
    verdict = (
        grade(seconds, rep.tempo_sem_s, descent_bands) if judged and seconds is not None else None
    )
    return Cell(title, _seconds(seconds), grade=verdict)


def _seconds(value: float | None) -> str:
    return UNKNOWN if value is None else number(value, 1) + NO_BREAK + "s"


def column_note(spec: MetricSpec) -> str:
    """Say under a column's title what its numbers are."""
    unit = "" if unit_of(spec) == "°" else spec.unit
    judged = "" if spec.judged == "value" else f"below: {_JUDGED[spec.judged]}"
    return "; ".join(text for text in (unit, judged) if text)


def _cell(rep: Rep, spec: MetricSpec, reasons: list[str]) -> Cell:
    metric = rep.metrics.get(spec.name)
    if metric is None or metric.value is None:
        reason = _reason(rep, spec)
        return Cell(spec.title, note=reasons.index(reason) + 1, reason=reason)
    return Cell(
        spec.title,
        _with_error(metric, spec),
        _judged_text(metric, spec),
        _MEANING[spec.judged],
        metric.grade,
    )


def _with_error(metric: Metric, spec: MetricSpec) -> str:
    text = UNKNOWN if metric.value is None else number(metric.value, _decimals(spec))
    if metric.sem is not None:
        text += f"{NO_BREAK}±{NO_BREAK}{number(metric.sem, _decimals(spec))}"
    return text + unit_of(spec)


def _judged_text(metric: Metric, spec: MetricSpec) -> str:
    """Give the number that is graded, when it is another than the value."""
    if spec.judged == "change":
        return "unknown" if metric.change is None else _signed(metric.change, spec)
    if spec.judged == "max" and metric.max is not None:
        return _value(metric.max, spec)
    return ""


def _means(session: SessionResult, specs: Sequence[MetricSpec]) -> list[tuple[str, list[str]]]:
    if len(session.reps) < 2:
        return []
    rows = []
    for side, means in session.summary.means.items():
        values = [means.get(spec.name) for spec in specs]
        texts = [
            UNKNOWN if value is None or math.isnan(value) else _value(value, spec)
            for value, spec in zip(values, specs, strict=True)
        ]
        rows.append(("Mean" if side == "both" else f"Mean, {side}", texts))
    return rows


def _never_measured(session: SessionResult, exercise: Exercise) -> list[tuple[str, str]]:
    """Metrics that no repetition has, grouped by the reason."""
    if not session.reps:
        return []
    titles: dict[str, list[str]] = {}
    for spec in exercise.metrics:
        if _measured_at_all(session, spec):
            continue
        own = session.summary.not_measured.get(spec.name)
        found = dict.fromkeys(_reason(rep, spec) for rep in session.reps)
        titles.setdefault(own or " ".join(found), []).append(spec.title)
    return [(", ".join(names), reason) for reason, names in titles.items()]


def _cues(reps: Sequence[Rep]) -> list[tuple[str, list[int]]]:
    """Each cue with the repetitions it belongs to, the most frequent first."""
    found: dict[str, list[int]] = {}
    for rep in reps:
        for cue in dict.fromkeys(fault.cue for fault in rep.faults):
            found.setdefault(cue, []).append(rep.index)
    return sorted(found.items(), key=lambda item: -len(item[1]))


# --- pictures ------------------------------------------------------------------------------


def _stills(reps: Sequence[Rep], exercise: Exercise, pictures: Mapping[int, bytes]) -> list[Still]:
    pictured = [rep for rep in reps if rep.index in pictures and _image_type(pictures[rep.index])]
    best, worst = best_and_worst(pictured, exercise)
    chosen = [("Most to gain", worst), ("Best", best)] if worst else [("Lowest point", best)]
    return [
        Still(heading, rep, _data_uri(pictures[rep.index]), _still_facts(rep, exercise))
        for heading, rep in chosen
        if rep is not None
    ]


def _still_facts(rep: Rep, exercise: Exercise) -> list[str]:
    graded = sorted(
        (spec for spec in exercise.metrics if spec.bands is not None and _measured(rep, spec)),
        key=lambda spec: spec.priority,
    )
    facts = []
    for spec in graded[:3]:
        metric = rep.metrics[spec.name]
        judged = _judged_text(metric, spec)
        detail = f" ({judged} {_MEANING[spec.judged]})" if judged else ""
        facts.append(f"{spec.title} {_with_error(metric, spec)}{detail}")
    return facts


def _image_type(picture: bytes) -> str:
    if picture.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if picture.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return ""


def _data_uri(picture: bytes) -> Markup:
    encoded = base64.b64encode(picture).decode("ascii")
    return Markup("data:{};base64,{}").format(_image_type(picture), encoded)


# --- plots ---------------------------------------------------------------------------------


def _session_charts(session: SessionResult) -> list[tuple[str, Markup]]:
    """Draw the same chart twice, for wide and for narrow pages; the style sheet shows one."""
    t_s = _floats(session.frames.get("t_s", []))
    depth = _floats(session.frames.get("depth", []))
    if len(t_s) < 2 or len(t_s) != len(depth):
        return []
    spans = [span for rep in session.reps for span in _spans(rep)]
    badges = [
        Badge(str(rep.index), (rep.start_s + rep.end_s) / 2, rep.grade or "none")
        for rep in session.reps
    ]
    description = _session_description(session, depth)
    return [
        (
            size,
            session_chart(
                t_s,
                depth,
                spans,
                badges,
                chart_id=f"depth-{size}",
                description=description,
                width=width,
                height=height,
            ),
        )
        for size, width, height in (("wide", 1040, 270), ("narrow", 340, 220))
    ]


def _session_description(session: SessionResult, depth: np.ndarray[Any, Any]) -> str:
    seen = depth[np.isfinite(depth)]
    deepest = f" Deepest {number(float(seen.max()))} % of leg length." if len(seen) else ""
    times = "; ".join(
        f"repetition {rep.index} from {number(rep.start_s, 1)} to {number(rep.end_s, 1)} s"
        for rep in session.reps
    )
    count = _count(len(session.reps), "repetition")
    return f"Drop of the hip over time, {count}.{deepest} {times}".strip()


def _spans(rep: Rep) -> list[Span]:
    """Shade what the events say; a phase whose start or end is unknown stays blank."""
    events = rep.events
    if "top_start_s" in events:
        phases = (
            ("ascent", "ascent_start_s", "top_start_s"),
            ("bottom", "top_start_s", "descent_start_s"),
            ("descent", "descent_start_s", "descent_end_s"),
        )
    else:
        phases = (
            ("descent", "descent_start_s", "bottom_start_s"),
            ("bottom", "bottom_start_s", "bottom_end_s"),
            ("ascent", "bottom_end_s", "ascent_end_s"),
        )
    spans = []
    for kind, first, last in phases:
        start, end = events.get(first), events.get(last)
        if start is not None and end is not None and end > start:
            spans.append(Span(kind, start, end))
    return spans


def _panels(session: SessionResult, exercise: Exercise) -> list[Panel]:
    """Plot every graded metric that has a course; legs side by side on the same scale."""
    panels = []
    graded = (spec for spec in exercise.metrics if spec.bands is not None)
    for spec in sorted(graded, key=lambda spec: spec.priority):
        by_side: dict[str, list[Line]] = {}
        for style, rep in enumerate(session.reps):
            line = _line(rep, spec, style)
            if line is not None:
                by_side.setdefault(rep.stance_side, []).append(line)
        every = [line for lines in by_side.values() for line in lines]
        domain = metric_domain(every, spec.bands)
        if domain is None:
            continue
        span_s = max(float(line.t_s[-1]) for line in every)
        charts = [
            (
                "" if side == "both" else f"{side} leg",
                metric_chart(
                    lines,
                    spec.bands,
                    domain,
                    span_s,
                    chart_id=f"{spec.name}-{side}",
                    title=f"{spec.title}, {side} leg",
                    description=_metric_description(spec, lines),
                ),
            )
            for side, lines in sorted(by_side.items())
        ]
        panels.append(Panel(spec, _panel_subtitle(spec), charts))
    return panels


def _panel_subtitle(spec: MetricSpec) -> str:
    unit = "degrees" if unit_of(spec) == "°" else spec.unit
    what = "change from standing" if spec.judged == "change" else ""
    return ", ".join(text for text in (what, unit) if text)


def _line(rep: Rep, spec: MetricSpec, style: int) -> Line | None:
    """Give the course as it is judged: against standing when the change is."""
    if not _measured(rep, spec) or spec.name not in rep.series:
        return None
    metric = rep.metrics[spec.name]
    offset = 0.0
    if spec.judged == "change":
        if metric.value is None or metric.change is None:
            return None
        offset = metric.value - metric.change
    y = np.asarray(rep.series[spec.name], dtype=np.float64) - offset
    t_s = np.asarray(rep.series_t_s, dtype=np.float64)
    inside = (t_s >= rep.start_s) & (t_s <= rep.end_s)
    t_s, y = t_s[inside] - rep.start_s, y[inside]
    if not np.isfinite(y).any():
        return None
    return Line(f"repetition {rep.index}", style, t_s, y, _mark(rep, t_s, y))


def _mark(
    rep: Rep, t_s: np.ndarray[Any, Any], y: np.ndarray[Any, Any]
) -> tuple[float, float] | None:
    lowest_s = rep.lowest_s - rep.start_s
    at = int(np.argmin(np.abs(t_s - lowest_s)))
    return (lowest_s, float(y[at])) if math.isfinite(y[at]) else None


def _metric_description(spec: MetricSpec, lines: Sequence[Line]) -> str:
    unit = unit_of(spec)
    parts = [
        f"{line.label} runs from {number(float(np.nanmin(line.y)), _decimals(spec))} to "
        f"{number(float(np.nanmax(line.y)), _decimals(spec))}{unit}"
        for line in lines
    ]
    good = band_texts(spec.bands, unit)[0] if spec.bands else ""
    return f"{_count(len(lines), 'line')}; good is {good}. " + "; ".join(parts) + "."


def _legend(reps: Sequence[Rep]) -> list[tuple[int, str, bool, str]]:
    """Per repetition: index, line style, dashed or not, leg."""
    return [
        (rep.index, f"c{n % LINE_STYLES}", n >= LINE_STYLES, rep.stance_side)
        for n, rep in enumerate(reps)
    ]


def _floats(values: Iterable[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([math.nan if v is None else v for v in values], dtype=np.float64)


# --- the film ------------------------------------------------------------------------------


def _film_facts(session: SessionResult) -> list[Fact]:
    source, view = session.source, session.view
    share = 100 * session.frames_with_person / source.frames if source.frames else 0.0
    facts = [
        Fact("View", view.kind, _near_remark(session), view.kind in ("front", "side")),
        Fact("Turn (yaw)", _plus_minus(view.yaw_deg, view.yaw_sem_deg), _yaw_remark(view.yaw_deg)),
        Fact(
            "Camera tilt (roll)", _plus_minus(view.roll_deg, view.roll_sem_deg), _roll_remark(view)
        ),
        _estimate("Distance", view.distance_heights, " body heights", "assuming an ordinary lens"),
        _estimate("Off the middle", view.offset_deg, "°", "0° is centred"),
        _estimate("Working foot off the middle", view.stance_offset_deg, "°", "0° is centred"),
        Fact(
            "Frame rate",
            f"{number(source.frame_rate_hz, 1)} a second",
            "varies; true times were used" if source.variable_frame_rate else "steady",
            source.frame_rate_hz >= 23.5,
        ),
        Fact("Person seen", f"{number(share)} % of frames", "", share >= 90),
        Fact(
            "Frames",
            f"{source.frames}",
            f"{source.frames_dropped} lost" if source.frames_dropped else "none lost",
            source.frames_dropped <= 0.02 * max(source.frames, 1),
        ),
        *_people(session),
        Fact(
            "Picture",
            f"{source.width} {_TIMES} {source.height}",
            f"turned by {source.rotation_deg}°" if source.rotation_deg else "",
        ),
        Fact("Length", _length(source.duration_s)),
    ]
    if source.mirrored:
        facts.append(Fact("Mirrored", "yes", "left and right were swapped back, as declared"))
    if source.slow_motion != 1:
        facts.append(
            Fact("Slow motion", f"{source.slow_motion:g} times", "times are those of life")
        )
    return facts


def _near_remark(session: SessionResult) -> str:
    near = session.view.near_side
    return f"{near} side nearer to the camera" if near else ""


def _yaw_remark(yaw_deg: float) -> str:
    if math.isnan(yaw_deg):
        return ""
    if abs(yaw_deg) < 0.5:
        return "faces the camera"
    return f"toward the person's own {'left' if yaw_deg > 0 else 'right'}"


def _roll_remark(view: View) -> str:
    if math.isnan(view.roll_deg):
        return "too few straight lines in the background to tell; the angles take it as level"
    if not roll_is_known(view):
        return "too unsure to be taken out of the angles"
    way = "counter-clockwise" if view.roll_deg > 0 else "clockwise"
    seen = "level" if abs(view.roll_deg) < 0.5 else f"{way}, seen from behind the camera"
    return f"{seen}; taken out of the angles"


def _plus_minus(value: float, error: float) -> str:
    if math.isnan(value):
        return "unknown"
    text = number(abs(value))
    return f"{text}°" if math.isnan(error) else f"{text} ± {number(error)}°"


def _estimate(name: str, value: float, unit: str, remark: str) -> Fact:
    if math.isnan(value):
        return Fact(name, "unknown")
    return Fact(name, number(value, 1) + unit, remark)


def _people(session: SessionResult) -> list[Fact]:
    counts = session.frames.get("people")
    if not counts:
        return []
    most = max(counts)
    if most <= 1:
        return [Fact("People in view", str(most), fine=True)]
    share = 100 * sum(n > 1 for n in counts) / len(counts)
    remark = f"{number(share)} % of frames show more than one"
    return [Fact("People in view", f"up to {most}", remark, fine=False)]


def _length(seconds: float) -> str:
    if seconds < 120:
        return f"{number(seconds, 1)} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


# --- limits --------------------------------------------------------------------------------

_JUDGED = {"value": "at the bottom", "change": "change from standing", "max": "largest"}


def _thresholds(exercise: Exercise) -> list[Threshold]:
    """Give the limits of all graded metrics, those with the same limits in one row."""
    titles: dict[tuple[str, str, str, str, str], list[str]] = {}
    for spec in sorted(exercise.metrics, key=lambda spec: spec.priority):
        if spec.bands is not None:
            limits = band_texts(spec.bands, unit_of(spec))
            same = (_JUDGED[spec.judged], *limits, spec.bands.source)
            titles.setdefault(same, []).append(spec.title)
    rows = [Threshold(", ".join(names), *same) for same, names in titles.items()]
    tempo = exercise.tempo.bands
    rows.append(
        Threshold(
            "Lowering",
            f"time; aim at {_limit(exercise.tempo.target_s)} s",
            *band_texts(tempo, NO_BREAK + "s"),
            tempo.source,
        )
    )
    return rows


def _css(colour: palette.Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("formcheck.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
