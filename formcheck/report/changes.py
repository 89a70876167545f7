"""Left against right and the end of the set against its start, in words and small pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from formcheck.data._before import Bands, Exercise
from formcheck.data.results import SessionResult
from formcheck.motion._before.comparison import Course, Difference, compare_legs, compare_thirds
from formcheck.motion._before.grading import DESCENT
from formcheck.report.charts import number, pair_chart
from formcheck.report.words import JUDGED, NO_BREAK, UNKNOWN, indices_text


@dataclass(frozen=True)
class ChangeRow:
    """One quantity in two groups.

    ``verdict`` says what follows; ``detected`` whether the difference can be told from none.
    """

    title: str
    judged: str
    first: str
    second: str
    difference: str
    detectable: str
    symmetry: str
    verdict: str
    detected: bool
    chart: Markup | None


@dataclass(frozen=True)
class ChangeTable:
    """Two groups side by side.

    Attributes
    ----------
    heading
        What is compared, in a few words; empty when the session has only one such table.
    sentences
        What can be said for certain, one sentence for each difference; or that nothing can.
    first, second
        Names of the groups.
    rows
        Of the table.
    """

    heading: str
    sentences: list[str]
    first: str
    second: str
    rows: list[ChangeRow]


def legs_table(session: SessionResult, exercise: Exercise) -> ChangeTable | None:
    """Put the legs side by side; ``None`` when only one was measured."""
    found = compare_legs(session.reps, exercise)
    if not found:
        return None
    said = [
        f"{one.title}: {_amount(abs(one.difference), one)} more on the "
        f"{'right' if one.difference > 0 else 'left'}, beyond the "
        f"{_amount(one.detectable, one)} that can be detected.{_what_yaw_would_do(one)}"
        for one in found
        if one.detected and one.symmetry_pct is None
    ]
    said += [
        f"{one.title}: {_percent(abs(one.symmetry_pct))} more on the "
        f"{'right' if one.difference > 0 else 'left'}."
        for one in found
        if one.detected and one.symmetry_pct is not None
    ]
    rows = [_row(one, exercise, ("left", "right"), "leg") for one in found]
    nothing = "No difference between left and right is beyond what can be detected."
    return ChangeTable("", said or [nothing], "left", "right", rows)


def thirds_tables(session: SessionResult, exercise: Exercise) -> list[ChangeTable]:
    """Put the first third of the set beside the last, a table for each leg."""
    courses = compare_thirds(session.reps, exercise)
    return [_thirds_table(course, exercise, _heading(course, courses)) for course in courses]


def _heading(course: Course, courses: Sequence[Course]) -> str:
    """Name the leg and the set where there are several."""
    parts = []
    if course.side != "both" and len({other.side for other in courses}) > 1:
        parts.append(f"{course.side} leg")
    if len({other.set_index for other in courses}) > 1:
        parts.append(f"set {course.set_index}")
    heading = ", ".join(parts)
    return heading[:1].upper() + heading[1:]


def _what_yaw_would_do(one: Difference) -> str:
    """Say how far the camera would have to be turned to show as much."""
    if one.yaw_effect < 0.1:
        return ""
    turn_deg = abs(one.difference) / one.yaw_effect
    return f" A camera turned by {number(turn_deg)}° would show as much."


def _thirds_table(course: Course, exercise: Exercise, heading: str) -> ChangeTable:
    said = [
        f"{one.title}: {_amount(abs(one.difference), one)} "
        f"{'more' if one.difference > 0 else 'less'} in the last third, beyond the "
        f"{_amount(one.detectable, one)} that can be detected."
        for one in course.detected
    ]
    nothing = "The last third differs from the first by nothing that can be detected."
    return ChangeTable(
        heading,
        said or [nothing],
        f"first (rep {indices_text(course.first)})",
        f"last (rep {indices_text(course.last)})",
        [
            _row(one, exercise, ("first", "last"), f"third-{course.set_index}-{course.side}")
            for one in course.differences
        ],
    )


def _row(one: Difference, exercise: Exercise, labels: tuple[str, str], which: str) -> ChangeRow:
    counted = not one.detectable
    pairs = [
        (label, mean.value, mean.error)
        for label, mean in zip(labels, (one.first, one.second), strict=True)
    ]
    chart_id = f"{which}-{one.name}"
    return ChangeRow(
        title=one.title,
        judged="" if one.judged == "value" else JUDGED[one.judged],
        first=_mean(one, one.first.value, one.first.error),
        second=_mean(one, one.second.value, one.second.error),
        difference=_signed(one.difference, one),
        detectable=UNKNOWN if counted else _amount(one.detectable, one),
        symmetry="" if one.symmetry_pct is None else _percent(one.symmetry_pct, signed=True),
        verdict="differs" if one.detected else "same" if counted else "not detectable",
        detected=one.detected,
        chart=None
        if counted
        else pair_chart(pairs, _bands(one, exercise), chart_id=chart_id, title=one.title),
    )


def _bands(one: Difference, exercise: Exercise) -> Bands | None:
    if one.name == DESCENT:
        return exercise.tempo.bands
    return next((spec.bands for spec in exercise.metrics if spec.name == one.name), None)


def _unit(one: Difference) -> str:
    if one.unit in ("deg", "°"):
        return "°"
    return NO_BREAK + one.unit[:1] if one.unit else ""


def _decimals(one: Difference) -> int:
    if one.name == "repetitions":
        return 0
    return 1 if one.unit else 2


def _amount(value: float, one: Difference) -> str:
    return number(value, _decimals(one)) + _unit(one)


def _signed(value: float, one: Difference) -> str:
    return ("+" if round(value, _decimals(one)) > 0 else "") + _amount(value, one)


def _mean(one: Difference, value: float, error: float) -> str:
    if not one.detectable:
        return number(value, _decimals(one))
    return f"{number(value, _decimals(one))}{NO_BREAK}±{NO_BREAK}{_amount(error, one)}"


def _percent(value: float, *, signed: bool = False) -> str:
    return ("+" if signed and round(value) > 0 else "") + number(value) + NO_BREAK + "%"
