"""Tables that compare two groups of repetitions, with words and small charts.

In the report of a session these are the left and the right leg, and the first and the last third of
the set. The report that compares two sessions uses the same tables and words. ``motion/comparison``
calculates the differences and decides which ones are larger than measurement error ("detected").
"""

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

SMALLEST = "Smallest real difference"
BY_CHANCE = "A smaller difference can be measurement error or chance"
"""What :data:`SMALLEST` means, for the reader; how it is found is for docs/measurement.md."""
HIGHER_STEP = "A higher step makes depth and forward lean larger."
LONGEST_LABEL = 22
"""Most characters of a label beside a small chart, so that enough room is left for the chart.
Our choice."""
_DIRECTION_WORDS = {"better": ": better", "worse": ": worse"}
"""Words after "Higher" or "Lower"; none if the change is neither better nor worse."""
HEADINGS = ("Measure", "Difference", SMALLEST)
"""Titles of the columns. After the first come two more, which name the two groups."""


@dataclass(frozen=True)
class ChangeRow:
    """One measurement in two groups, and their difference, as text.

    ``detected`` says that the difference is larger than measurement error; it is never set for a
    count, which has no error. ``with_errors`` are the two means with their standard errors.
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
        """The same cells with errors, and ``*`` if the difference exceeds measurement error."""
        star = " *" if self.detected else ""
        return self.title, *self.with_errors, self.difference + star, self.smallest


@dataclass(frozen=True)
class ChangeTable:
    """A table that compares two groups.

    Attributes
    ----------
    heading
        What is compared; empty if there is only one such table.
    sentences
        A sentence for each difference that is larger than measurement error, or one that says that
        there is none.
    titles
        Titles of the columns.
    rows
        One row for each measurement.
    """

    heading: str
    sentences: tuple[str, ...]
    titles: tuple[str, str, str, str, str]
    rows: tuple[ChangeRow, ...]


def legs_table(session: Session) -> ChangeTable | None:
    """Compare left and right; ``None`` if only one leg was measured."""
    found = compare_legs(session.reps, session.exercise)
    if not found:
        return None
    sentences = [
        f"{diff.spec.title}: {_more_words(diff)} on the "
        f"{'right' if diff.difference > 0 else 'left'}"
        f"{_smallest_in_brackets(diff)}.{_camera_turn_remark(diff)}{_depth_remark(diff)}"
        for diff in found
        if diff.detected
    ]
    nothing = "No difference between left and right is beyond measurement error."
    return table_of("", sentences or [nothing], ("left", "right"), found, "legs")


def thirds_tables(session: Session) -> tuple[ChangeTable, ...]:
    """Compare the first third of a set with the last: a table for each leg and set."""
    comparisons = compare_thirds(session.reps, session.exercise)
    return tuple(_thirds_table(comparison, comparisons) for comparison in comparisons)


def changed_over_the_set(session: Session) -> tuple[str, ...]:
    """Say what changed during a set: a sentence for each leg and set.

    Only if the form of all repetitions was good; otherwise the verdict already names the
    repetitions that were not.
    """
    if not session.reps or session.summary.form.good < len(session.reps):
        return ()
    comparisons = compare_thirds(session.reps, session.exercise)
    sentences = []
    for comparison in comparisons:
        found = [
            f"{diff.spec.title.lower()} {amount(abs(diff.shown), diff)} {_more_or_less(diff)}"
            for diff in comparison.detected
            if diff.name != REPETITION
        ]
        if found:
            whose = _heading(comparison, comparisons)
            first, last = numbered(comparison.first), numbered(comparison.last)
            begins = f"{whose}, change" if whose else "Change"
            sentences.append(f"{begins} from {first} to {last}: {', '.join(found)}.")
    return tuple(sentences)


def _more_or_less(diff: Difference) -> str:
    if diff.spec.role == "tempo":
        return "longer" if diff.difference > 0 else "shorter"
    return "more" if diff.difference > 0 else "less"


def amount(value: float, diff: Difference, *, signed: bool = False) -> str:
    """Write a difference with as many decimals as the means that were compared."""
    return measured(value, diff.spec, signed=signed, decimals=max(diff.decimals))


def with_error(mean: Mean, spec: MeasureSpec) -> str:
    """Write a mean with its standard error; a count has none."""
    return measured(mean.value, spec, mean.error or None)


def change_words(diff: Difference) -> str:
    """Say whether a measurement changed since the first session, and what would count."""
    limit = smallest_real_change(diff)
    if not diff.detected:
        words = f"No change beyond measurement error ({amount(diff.shown, diff, signed=True)})"
    else:
        words = f"{'Higher' if diff.difference > 0 else 'Lower'} than in the first session"
        words += _DIRECTION_WORDS.get(direction(diff) or "other", "")
    rule = f"Changes smaller than {limit} can be measurement error."
    return " ".join(part for part in (f"{words}.", rule, depth_words(diff)) if part)


def depth_words(diff: Difference) -> str:
    """Explain how different depths affect a comparison; empty if they do not."""
    if diff.spec.at_depth_of is not None:
        return (
            f"Because the depths differ, both were compared when the hips were "
            f"{diff.spec.at_depth_pct:g} % of leg length down."
        )
    if diff.depths_differ:
        return "The depths differ, and how far the knee moves sideways depends on the depth."
    return ""


def title_of(spec: MeasureSpec) -> str:
    """Return the title of a measurement, with the kind of number unless it is the usual one."""
    judged = "" if spec.judged in ("at_bottom", "held") else f" ({JUDGED_WORDS[spec.judged]})"
    return spec.title + judged


def name_of(diff: Difference) -> str:
    """Return the title of what is compared, and how many if only the first of a set are used."""
    if not diff.first_reps:
        return title_of(diff.spec)
    which = "first" if diff.first_reps == 1 else f"first {diff.first_reps}"
    return f"{title_of(diff.spec)}, {which} of a set"


def table_of(
    heading: str,
    sentences: Sequence[str],
    names: tuple[str, str],
    found: Sequence[Difference],
    which: str,
) -> ChangeTable:
    """Make the table of two groups.

    Parameters
    ----------
    heading, sentences
        As in :class:`ChangeTable`.
    names
        The names of the two groups.
    found
        Their differences, one for each row.
    which
        Makes the ids of the charts unique on a page.
    """
    rows = tuple(_row(diff, names, f"{which}-{diff.name}") for diff in found)
    titles = (HEADINGS[0], *names, *HEADINGS[1:])
    return ChangeTable(heading, tuple(sentences), titles, rows)


def smallest_real_change(diff: Difference) -> str:
    """Write the smallest difference that is larger than measurement error, as in ``9.0°``."""
    return amount(diff.detectable, diff)


def _thirds_table(
    comparison: ThirdsComparison, comparisons: Sequence[ThirdsComparison]
) -> ChangeTable:
    sentences = [
        f"{diff.spec.title}: {amount(abs(diff.shown), diff)} "
        f"{'more' if diff.difference > 0 else 'less'} in the last third of the set than in the "
        f"first{_smallest_in_brackets(diff)}.{_depth_remark(diff)}"
        for diff in comparison.detected
    ]
    nothing = (
        "Nothing changed beyond measurement error from the first to the last third of the set."
    )
    names = f"first ({numbered(comparison.first)})", f"last ({numbered(comparison.last)})"
    which = f"third-{comparison.set_index}-{comparison.side}"
    heading = _heading(comparison, comparisons)
    return table_of(heading, sentences or [nothing], names, comparison.differences, which)


def _heading(comparison: ThirdsComparison, comparisons: Sequence[ThirdsComparison]) -> str:
    """Name the leg and the set, if there are several; otherwise empty."""
    parts = []
    if comparison.side != "both" and len({other.side for other in comparisons}) > 1:
        parts.append(f"{comparison.side} leg")
    if len({other.set_index for other in comparisons}) > 1:
        parts.append(f"set {comparison.set_index}")
    return capital(", ".join(parts))


def _row(diff: Difference, names: tuple[str, str], chart_id: str) -> ChangeRow:
    """Return the row of one measurement; ``names`` are the names of the two groups."""
    spec = diff.spec
    counted = not diff.detectable  # a number of repetitions has no error, and so no smallest change
    symmetry = "" if diff.shown_pct is None else f" ({_percent(diff.shown_pct)})"
    return ChangeRow(
        name=diff.name,
        title=name_of(diff),
        first=measured(diff.first.value, spec),
        second=measured(diff.second.value, spec),
        with_errors=(with_error(diff.first, spec), with_error(diff.second, spec)),
        difference=amount(diff.shown, diff, signed=True) + symmetry,
        smallest=UNKNOWN if counted else smallest_real_change(diff),
        detected=diff.detected and not counted,
        chart=None if counted else _pair_chart(diff, names, chart_id),
    )


def _pair_chart(diff: Difference, names: tuple[str, str], chart_id: str) -> Chart:
    """Draw two means with their standard errors below each other, over the ranges of the grades."""
    means = (diff.first, diff.second)
    upper, lower = 1.5, 0.5  # the middles of two rows on an axis from 0 to 2
    ends = [end for mean in means for end in (mean.value - mean.error, mean.value + mean.error)]
    low, high = domain(ends, diff.spec.limits) or (0.0, 1.0)
    labels = [_shortened(name.partition(" (")[0]) for name in names]
    description = "; ".join(
        f"{label} {with_error(mean, diff.spec)}" for label, mean in zip(labels, means, strict=True)
    )
    return Chart(
        chart_id,
        diff.spec.title,
        description,
        axis(low, high, 4),
        Axis(0.0, 2.0, tuple(zip((upper, lower), labels, strict=True))),
        width=300.0,
        height=66.0,
        margins=(max(44.0, 6.0 * max(map(len, labels)) + 10.0), 2.0, 10.0, 20.0),
        areas=bands(diff.spec.limits, lambda grade, x: Area(f"band-{grade}", x)),
        marks=tuple(
            Mark("plain", mean.value, place, x_error=mean.error)
            for mean, place in zip(means, (upper, lower), strict=True)
        ),
        kind="pair",
        size=11.0,
    )


def _shortened(label: str) -> str:
    """Shorten a label that is too long for a small chart."""
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"


def _more_words(diff: Difference) -> str:
    """Return how much more one group has than the other, as in ``3.1° more``."""
    if diff.shown_pct is not None:
        return f"{_percent(abs(diff.shown_pct), signed=False)} more"
    return f"{amount(abs(diff.shown), diff)} more"


def _smallest_in_brackets(diff: Difference) -> str:
    """Return the smallest real difference in brackets; empty for a percentage or a count."""
    if diff.symmetry_pct is not None or not diff.detectable:
        return ""
    return f" (smallest real difference {smallest_real_change(diff)})"


def _depth_remark(diff: Difference) -> str:
    words = depth_words(diff)
    return f" {words}" if words else ""


def _camera_turn_remark(diff: Difference) -> str:
    """Say by how many degrees the camera would have to be turned to cause this difference."""
    if diff.yaw_effect < 0.1:
        return ""
    turn_deg = abs(diff.difference) / diff.yaw_effect
    return f" A camera turned by {number(turn_deg)}° could make this difference by itself."


def _percent(value: float, *, signed: bool = True) -> str:
    return f"{number(value, signed=signed)}\N{NO-BREAK SPACE}%"
