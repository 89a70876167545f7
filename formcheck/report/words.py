"""Numbers, limits and reasons in words, the same in every form of the report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from formcheck.data._before import Bands, Exercise, MetricSpec
from formcheck.data.results import Metric, Rep, SessionResult, Training
from formcheck.motion._before.grading import shown_grade
from formcheck.report.charts import number

NO_BREAK = "\N{NO-BREAK SPACE}"
UNKNOWN = "\N{EN DASH}"
MEANING = {"value": "", "change": "from standing", "max": "at its largest"}
JUDGED = {"value": "at the bottom", "change": "change from standing", "max": "largest"}


def unit_of(spec: MetricSpec) -> str:
    """Give the unit as it stands after a number."""
    if spec.unit in ("deg", "°"):
        return "°"
    return NO_BREAK + "%" if spec.unit.startswith("%") else ""


def decimals_of(spec: MetricSpec) -> int:
    """How many decimals a number of the metric is shown with."""
    return 1 if unit_of(spec) else 2


def value_text(value: float, spec: MetricSpec) -> str:
    """Write a number with its unit."""
    return number(value, decimals_of(spec)) + unit_of(spec)


def signed_text(value: float, spec: MetricSpec) -> str:
    """Write a number with its unit and always a sign."""
    plus = "+" if round(value, decimals_of(spec)) > 0 else ""
    return plus + value_text(value, spec)


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
        return f"below{NO_BREAK}{limit_text(high)}{unit}"
    if math.isinf(high):
        return f"above{NO_BREAK}{limit_text(low)}{unit}"
    return f"{limit_text(low)}{NO_BREAK}to{NO_BREAK}{limit_text(high)}{unit}"


def limit_text(value: float) -> str:
    """Write a limit with as few decimals as it needs."""
    return number(
        value, 0 if value == round(value) else 1 if value * 10 == round(value * 10) else 2
    )


def _either(first: str, second: str) -> str:
    return " or ".join(text for text in (first, second) if text) or UNKNOWN


def date_text(when: str) -> str:
    """Write a day, or date and time, out; what is no date is given back as it is."""
    try:
        read = datetime.fromisoformat(when)
    except ValueError:
        return when
    day = f"{read.day} {read:%B %Y}"
    return day if len(when) == len("2026-01-01") else f"{day}, {read:%H:%M}"


def performed_text(session: SessionResult) -> str:
    """Write when the session was done: the day that was told, or else when it was analyzed."""
    told = session.training.date if session.training is not None else None
    return date_text(told or session.created)


def told_texts(session: SessionResult) -> list[str]:
    """Put into words what the person told of the session; nothing for what was not told."""
    told = session.training or Training()
    parts = (
        ("step", told.step_height_cm, "cm"),
        ("load", told.load_kg, "kg"),
        ("pain", told.pain, f"of{NO_BREAK}10"),
    )
    return [
        NO_BREAK.join((name, f"{value:g}", unit))
        for name, value, unit in parts
        if value is not None
    ]


def count_text(n: int, noun: str) -> str:
    """Write a count of things."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def sides_text(session: SessionResult) -> str:
    """Say which legs worked, and how often when it was both in turn."""
    if not all(rep.stance_sure for rep in session.reps):
        return "working leg not sure"
    counts = {side: n for side, n in session.summary.reps_by_side.items() if n}
    if len(counts) == 1:
        side = next(iter(counts))
        return "both legs" if side == "both" else f"{side} leg"
    return " and ".join(f"{n} {side}" for side, n in counts.items())


def tally(reps: Sequence[Rep], exercise: Exercise) -> list[tuple[str, int]]:
    """Count the repetitions by grade, the best first; ``none`` is not graded."""
    grades = [shown_grade(exercise, rep) or "none" for rep in reps]
    order = ("good", "borderline", "watch", "fault", "none")
    return [(g, grades.count(g)) for g in order if g in grades]


def was_measured(rep: Rep, spec: MetricSpec) -> bool:
    """Whether the repetition has a value of the metric."""
    metric = rep.metrics.get(spec.name)
    return metric is not None and metric.value is not None


def was_measured_at_all(session: SessionResult, spec: MetricSpec) -> bool:
    """Whether any repetition has a value of the metric."""
    return any(was_measured(rep, spec) for rep in session.reps)


def reason_of(rep: Rep, spec: MetricSpec) -> str:
    """Say why a metric is missing from a repetition."""
    metric = rep.metrics.get(spec.name)
    if metric is None:
        if spec.side is not None and rep.stance_side not in (spec.side, "both"):
            return f"It belongs to the {spec.side} leg."
        return "It was not looked for."
    reason = (metric.not_measured or "no reason was recorded").removeprefix("not measured: ")
    return reason[:1].upper() + reason[1:]


def column_note(spec: MetricSpec) -> str:
    """Say under a column's title what its numbers are."""
    unit = "" if unit_of(spec) == "°" else spec.unit
    judged = "" if spec.judged == "value" else f"below: {JUDGED[spec.judged]}"
    return "; ".join(text for text in (unit, judged) if text)


def with_error(metric: Metric, spec: MetricSpec) -> str:
    """Write the value at the bottom with its standard error."""
    text = UNKNOWN if metric.value is None else number(metric.value, decimals_of(spec))
    if metric.sem is not None:
        text += f"{NO_BREAK}±{NO_BREAK}{number(metric.sem, decimals_of(spec))}"
    return text + unit_of(spec)


def judged_text(metric: Metric, spec: MetricSpec) -> str:
    """Give the number that is graded, when it is another than the value."""
    if spec.judged == "change":
        return "unknown" if metric.change is None else signed_text(metric.change, spec)
    if spec.judged == "max" and metric.max is not None:
        return value_text(metric.max, spec)
    return ""


def judged_with_error(metric: Metric, spec: MetricSpec) -> str:
    """Give the number that is graded, with its standard error; a change with its sign."""
    judged: float | None = getattr(metric, spec.judged)
    if judged is None:
        return "unknown"
    plus = "+" if spec.judged == "change" and round(judged, decimals_of(spec)) > 0 else ""
    error = "" if metric.sem is None else f"{NO_BREAK}±{NO_BREAK}"
    error += "" if metric.sem is None else number(metric.sem, decimals_of(spec))
    return plus + number(judged, decimals_of(spec)) + error + unit_of(spec)


def seconds_text(value: float | None) -> str:
    """Write a duration."""
    return UNKNOWN if value is None else number(value, 1) + NO_BREAK + "s"


def seconds_with_error(value: float, sem_s: float) -> str:
    """Write a duration that is judged, with its standard error."""
    return f"{number(value, 2)}{NO_BREAK}±{NO_BREAK}{number(sem_s, 2)}{NO_BREAK}s"


def indices_text(indices: Sequence[int]) -> str:
    """Name repetitions: ``1``, ``1 to 3``, or ``1, 3``."""
    if len(indices) > 2 and list(indices) == list(range(indices[0], indices[-1] + 1)):
        return f"{indices[0]} to {indices[-1]}"
    return ", ".join(map(str, indices))
