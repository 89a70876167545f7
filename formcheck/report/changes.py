"""Left against right, and the end of the set against its start: words, numbers and small charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from formcheck.data.numbers import UNKNOWN, measured, number
from formcheck.data.session import MeasureSpec, Session
from formcheck.motion.comparison import (
    REPETITION,
    Difference,
    ThirdsComparison,
    compare_legs,
    compare_thirds,
    direction,
)
from formcheck.motion.means import Mean
from formcheck.motion.verdicts import numbered
from formcheck.report.charts import Area, Axis, Chart, Mark, axis, bands, domain
from formcheck.report.wording import JUDGED_WORDS, capital

SMALLEST = "Smallest real change"
DETECTABLE = (
    "1.96 standard errors of the difference, or the smallest difference that published studies "
    "could detect, if that is larger"
)
"""How :data:`SMALLEST` is found, for the reader."""
HIGHER_STEP = "A higher step makes depth and forward lean larger."
LONGEST_LABEL = 22
"""Characters beside a small chart; more would leave no room for it. Ours."""
_DIRECTION_WORDS = {"better": ": better", "worse": ": worse"}
"""What is put behind "Higher" or "Lower"; nothing where it is neither better nor worse."""
HEADINGS = ("Measure", "Difference", SMALLEST)
"""Of the columns, without the two between the first and the second that name the groups."""


@dataclass(frozen=True)
class ChangeRow:
    """One quantity in two groups; ``detected`` when the difference is beyond measurement error.

    ``with_errors`` are the two means with their standard errors.
    """

    name: str
    title: str
    first: str
    second: str
    with_errors: tuple[str, str]
    difference: str
    smallest: str
    detected: bool
    chart: Chart | None

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """Cells for a plain table."""
        return self.title, self.first, self.second, self.difference, self.smallest

    @property
    def marked_cells(self) -> tuple[str, str, str, str, str]:
        """The same with errors, and a star where the difference is beyond measurement error."""
        star = " *" if self.detected else ""
        return self.title, *self.with_errors, self.difference + star, self.smallest


@dataclass(frozen=True)
class ChangeTable:
    """Two groups side by side.

    Attributes
    ----------
    heading
        What is compared; empty when there is only one such table.
    sentences
        What can be said for sure, one for each difference; or that nothing can.
    titles
        Of the columns.
    rows
        Of the table.
    """

    heading: str
    sentences: tuple[str, ...]
    titles: tuple[str, str, str, str, str]
    rows: tuple[ChangeRow, ...]


def legs_table(session: Session) -> ChangeTable | None:
    """Put the legs side by side; ``None`` when only one was measured."""
    found = compare_legs(session.reps, session.exercise)
    if not found:
        return None
    sentences = [
        f"{one.spec.title}: {_more(one)} on the {'right' if one.difference > 0 else 'left'}"
        f"{_beyond(one)}.{_turned_camera(one)}{_of_other_depth(one)}"
        for one in found
        if one.detected
    ]
    nothing = "No difference between left and right is beyond measurement error."
    return table_of("", sentences or [nothing], ("left", "right"), found, "legs")


def thirds_tables(session: Session) -> tuple[ChangeTable, ...]:
    """Put the first third of the set beside the last, a table for each leg and set."""
    comparisons = compare_thirds(session.reps, session.exercise)
    return tuple(_thirds(comparison, comparisons) for comparison in comparisons)


def changed_over_the_set(session: Session) -> tuple[str, ...]:
    """Say what changed within each set of good form, a sentence for each leg and set.

    Where form was not good throughout, the repetitions that were not are named anyway.
    """
    if not session.reps or session.summary.form.good < len(session.reps):
        return ()
    comparisons = compare_thirds(session.reps, session.exercise)
    sentences = []
    for comparison in comparisons:
        found = [
            f"{one.spec.title.lower()} {amount(abs(one.shown), one)} {_more_or_less(one)}"
            for one in comparison.detected
            if one.name != REPETITION
        ]
        if found:
            whose = _heading(comparison, comparisons)
            first, last = numbered(comparison.first), numbered(comparison.last)
            begins = f"{whose}, change" if whose else "Change"
            sentences.append(f"{begins} from {first} to {last}: {', '.join(found)}.")
    return tuple(sentences)


def _more_or_less(one: Difference) -> str:
    if one.spec.role == "tempo":
        return "longer" if one.difference > 0 else "shorter"
    return "more" if one.difference > 0 else "less"


def amount(value: float, one: Difference, *, signed: bool = False) -> str:
    """Write a difference with the decimals of the means that it is of."""
    return measured(value, one.spec, signed=signed, decimals=max(one.decimals))


def with_error(mean: Mean, spec: MeasureSpec) -> str:
    """Write a mean with its standard error; a count has none."""
    return measured(mean.value, spec, mean.error or None)


def change_words(one: Difference) -> str:
    """Word whether two sessions differ, and the smallest difference that would count."""
    limit = smallest_real_change(one)
    if not one.detected:
        words = f"No change beyond measurement error ({amount(one.shown, one, signed=True)})"
    else:
        words = f"{'Higher' if one.difference > 0 else 'Lower'} than in the first session"
        words += _DIRECTION_WORDS.get(direction(one) or "other", "")
    rule = f"Changes smaller than {limit} can be measurement error."
    return " ".join(part for part in (f"{words}.", rule, depth_words(one)) if part)


def depth_words(one: Difference) -> str:
    """Word what differing depths do to a comparison; empty when they do nothing."""
    if one.spec.at_depth_of is not None:
        return (
            f"Because the depths differ, both were compared when the hips were "
            f"{one.spec.at_depth_pct:g} % of leg length down."
        )
    if one.depths_differ:
        return "The depths differ, and how far the knee moves sideways depends on the depth."
    return ""


def title_of(spec: MeasureSpec) -> str:
    """Return the title, with the kind of number unless it is the usual one of its exercise."""
    judged = "" if spec.judged in ("at_bottom", "held") else f" ({JUDGED_WORDS[spec.judged]})"
    return spec.title + judged


def name_of(one: Difference) -> str:
    """Return the title of what is compared, and how many when only the first of a set are."""
    if not one.first_reps:
        return title_of(one.spec)
    which = "first" if one.first_reps == 1 else f"first {one.first_reps}"
    return f"{title_of(one.spec)}, {which} of a set"


def table_of(
    heading: str,
    sentences: Sequence[str],
    names: tuple[str, str],
    found: Sequence[Difference],
    which: str,
) -> ChangeTable:
    """Put two groups side by side; ``which`` makes the ids of the charts unique."""
    rows = tuple(_row(one, names, f"{which}-{one.name}") for one in found)
    titles = (HEADINGS[0], *names, *HEADINGS[1:])
    return ChangeTable(heading, tuple(sentences), titles, rows)


def smallest_real_change(one: Difference) -> str:
    """Write the smallest difference that is more than measurement error: ``9.0°``."""
    return amount(one.detectable, one)


def _thirds(comparison: ThirdsComparison, comparisons: Sequence[ThirdsComparison]) -> ChangeTable:
    sentences = [
        f"{one.spec.title}: {amount(abs(one.shown), one)} "
        f"{'more' if one.difference > 0 else 'less'} in the last third of the set than in the first"
        f"{_beyond(one)}.{_of_other_depth(one)}"
        for one in comparison.detected
    ]
    nothing = (
        "Nothing changed beyond measurement error from the first to the last third of the set."
    )
    names = f"first ({numbered(comparison.first)})", f"last ({numbered(comparison.last)})"
    which = f"third-{comparison.set_index}-{comparison.side}"
    heading = _heading(comparison, comparisons)
    return table_of(heading, sentences or [nothing], names, comparison.differences, which)


def _heading(comparison: ThirdsComparison, comparisons: Sequence[ThirdsComparison]) -> str:
    """Name the leg and the set where there are several."""
    parts = []
    if comparison.side != "both" and len({other.side for other in comparisons}) > 1:
        parts.append(f"{comparison.side} leg")
    if len({other.set_index for other in comparisons}) > 1:
        parts.append(f"set {comparison.set_index}")
    return capital(", ".join(parts))


def _row(one: Difference, names: tuple[str, str], chart_id: str) -> ChangeRow:
    spec = one.spec
    counted = not one.detectable  # a number of repetitions has no error, and so no smallest change
    symmetry = "" if one.shown_pct is None else f" ({_percent(one.shown_pct)})"
    return ChangeRow(
        name=one.name,
        title=name_of(one),
        first=measured(one.first.value, spec),
        second=measured(one.second.value, spec),
        with_errors=(with_error(one.first, spec), with_error(one.second, spec)),
        difference=amount(one.shown, one, signed=True) + symmetry,
        smallest=UNKNOWN if counted else smallest_real_change(one),
        detected=one.detected and not counted,
        chart=None if counted else _pair(one, names, chart_id),
    )


def _pair(one: Difference, names: tuple[str, str], chart_id: str) -> Chart:
    """Draw two means with their standard errors, one under the other, over the grades' bands."""
    means = (one.first, one.second)
    upper, lower = 1.5, 0.5  # the middles of two rows on an axis from 0 to 2
    ends = [end for mean in means for end in (mean.value - mean.error, mean.value + mean.error)]
    low, high = domain(ends, one.spec.limits) or (0.0, 1.0)
    labels = [_short(name.partition(" (")[0]) for name in names]
    description = "; ".join(
        f"{label} {with_error(mean, one.spec)}" for label, mean in zip(labels, means, strict=True)
    )
    return Chart(
        chart_id,
        one.spec.title,
        description,
        axis(low, high, 4),
        Axis(0.0, 2.0, tuple(zip((upper, lower), labels, strict=True))),
        width=300.0,
        height=66.0,
        margins=(max(44.0, 6.0 * max(map(len, labels)) + 10.0), 2.0, 10.0, 20.0),
        areas=bands(one.spec.limits, lambda grade, x: Area(f"band-{grade}", x)),
        marks=tuple(
            Mark("plain", mean.value, place, x_error=mean.error)
            for mean, place in zip(means, (upper, lower), strict=True)
        ),
        kind="pair",
        size=11.0,
    )


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"


def _more(one: Difference) -> str:
    if one.shown_pct is not None:
        return f"{_percent(abs(one.shown_pct), signed=False)} more"
    return f"{amount(abs(one.shown), one)} more"


def _beyond(one: Difference) -> str:
    if one.symmetry_pct is not None or not one.detectable:
        return ""
    return f" (smallest real change {smallest_real_change(one)})"


def _of_other_depth(one: Difference) -> str:
    words = depth_words(one)
    return f" {words}" if words else ""


def _turned_camera(one: Difference) -> str:
    """Word how far a turned camera could explain the difference."""
    if one.yaw_effect < 0.1:
        return ""
    turn_deg = abs(one.difference) / one.yaw_effect
    return f" A camera turned by {number(turn_deg)}° could make this difference by itself."


def _percent(value: float, *, signed: bool = True) -> str:
    return f"{number(value, signed=signed)}\N{NO-BREAK SPACE}%"
