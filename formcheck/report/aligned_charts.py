"""The curves of two repetitions over each other, both on the clock of the first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from formcheck.data.session import ExerciseInfo, MeasureSpec, Rep
from formcheck.motion.alignment import Moments, TimeMap
from formcheck.report.charts import Area, Axis, Chart, Line, Points, axis, bands, domain
from formcheck.report.plots import judged_series, subtitle_of

AROUND_S = 0.5
"""What is shown before and after a repetition. Ours: enough to see it begin and end."""
LEAST_SPAN = 10.0
"""Least range of a close axis, in degrees or %. Ours: about five standard errors of an angle."""
LINES = ("series-0", "series-1")
"""Styles of the two lines; the second is dashed, too."""
_TURNS = {"up_down": "top"}
"""Names of where a movement turns, other than at its lowest point."""


@dataclass(frozen=True)
class AlignedCurve:
    """One quantity in two repetitions, at the times of the first.

    Attributes
    ----------
    spec
        What it is.
    first, second
        Pairs of time and value; NaN breaks a line.
    """

    spec: MeasureSpec
    first: Points
    second: Points

    @property
    def title(self) -> str:
        """What is drawn, with its unit."""
        return f"{self.spec.title}, {subtitle_of(self.spec)}"

    @property
    def axis(self) -> Axis:
        """The range of the values, with round numbers."""
        low, high = domain(self._values, self.spec.limits) or (0.0, 1.0)
        return axis(low, high, 4)

    @property
    def close_axis(self) -> Axis:
        """The range of the values alone, for little room; noise never looks like movement."""
        low, high = min(self._values, default=0.0), max(self._values, default=0.0)
        room = max(0.08 * (high - low), (LEAST_SPAN - (high - low)) / 2.0)
        return axis(low - room, high + room, 3)

    @property
    def _values(self) -> list[float]:
        return [y for _, y in (*self.first, *self.second) if math.isfinite(y)]


def aligned_curves(
    first: Rep, second: Rep, exercise: ExerciseInfo, there: TimeMap
) -> tuple[AlignedCurve, ...]:
    """Put the curves of two repetitions over each other.

    Parameters
    ----------
    first, second
        The repetitions, with their time series.
    exercise
        With the specs: what is judged comes first, then the depth.
    there
        Leads from the time of the first to that of the second.

    Returns
    -------
    tuple
        What both have a curve of; empty when their time series were not kept.
    """
    form = [spec for spec in exercise.specs if spec.role != "tempo" and spec.at_depth_of is None]
    shown = [spec for spec in form if spec.limits is not None or spec.role == "depth"]
    shown.sort(key=lambda spec: (spec.limits is None, spec.priority))
    found = []
    for spec in shown:
        lines = judged_series(first, spec), judged_series(second, spec)
        if all(lines):
            moved = [(there.back(t_s), y) for t_s, y in lines[1]]
            found.append(AlignedCurve(spec, lines[0], moved))
    return tuple(found)


def named_events(moments: Moments, order: str) -> tuple[tuple[float, str], ...]:
    """Return the events that are known, with their names."""
    turn = () if moments.turn_s is None else (_TURNS.get(order, "lowest point"),)
    return tuple(zip(moments.known, ("start", *turn, "end"), strict=True))


def aligned_charts(
    curves: Sequence[AlignedCurve],
    names: tuple[str, str],
    events: Sequence[tuple[float, str]],
    effort: str,
) -> tuple[Chart, ...]:
    """Draw the curves; ``events`` are the ends of the repetition and its turn.

    ``effort`` is what a repetition is called.
    """
    start_s, end_s = events[0][0], events[-1][0]
    span = Axis(start_s - AROUND_S, end_s + AROUND_S, tuple(events))
    return tuple(
        Chart(
            f"aligned-{curve.spec.id}",
            curve.spec.title,
            f"{curve.spec.title} of {names[0]} and of {names[1]} over the phases of the "
            f"{effort}. {_reach(curve, names)}",
            span,
            curve.axis,
            subtitle=subtitle_of(curve.spec),
            areas=bands(
                curve.spec.limits,
                lambda grade, y: Area(f"band-{grade}", (start_s, end_s), y, name=grade),
            ),
            lines=(Line(LINES[0], curve.first), Line(LINES[1], curve.second, dashed=True)),
            kind="track",
            cursor=True,
        )
        for curve in curves
    )


def _reach(curve: AlignedCurve, names: tuple[str, str]) -> str:
    """Say from where to where each line goes."""
    said = []
    for name, points in zip(names, (curve.first, curve.second), strict=True):
        values = [y for _, y in points if math.isfinite(y)]
        unit = curve.spec.unit
        said.append(f"{name}: from {min(values):.1f} to {max(values):.1f} {unit}".strip())
    return f"{'; '.join(said)}."
