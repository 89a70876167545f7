"""Charts that show the same measurement in two repetitions as two lines over each other.

The second repetition is stretched in time (``motion/alignment.py``), so that both start, turn and
end at the same place of the chart. The page and the film that compare two repetitions use them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from formcheck.data.session import ExerciseInfo, MeasureSpec, Rep
from formcheck.motion.alignment import Moments, TimeMap
from formcheck.report.charts import Area, Axis, Chart, Line, Points, axis, bands, domain
from formcheck.report.plots import judged_series, subtitle_of

AROUND_S = 0.5
"""Time shown before and after a repetition. Our choice: enough to see its start and end."""
LEAST_SPAN = 10.0
"""Smallest range of :attr:`AlignedCurve.close_axis`, in degrees or %. Our choice: about five
standard errors of an angle."""
LINES = ("series-0", "series-1")
"""Styles of the two lines; the second one is also dashed."""
_TURNS = {"up_down": "top"}
"""Name of the turning point, for movements that do not turn at their lowest point."""


@dataclass(frozen=True)
class AlignedCurve:
    """One measurement in two repetitions, at the times of the first.

    Attributes
    ----------
    spec
        The measurement.
    first, second
        Pairs of time and value; NaN breaks a line.
    """

    spec: MeasureSpec
    first: Points
    second: Points

    @property
    def title(self) -> str:
        """The title of the measurement, with its unit."""
        return f"{self.spec.title}, {subtitle_of(self.spec)}"

    @property
    def axis(self) -> Axis:
        """The axis for all values and the range of good values."""
        low, high = domain(self._values, self.spec.limits) or (0.0, 1.0)
        return axis(low, high, 4)

    @property
    def close_axis(self) -> Axis:
        """The axis for a small chart: only the values, and at least :data:`LEAST_SPAN`.

        So noise does not look like movement.
        """
        low, high = min(self._values, default=0.0), max(self._values, default=0.0)
        room = max(0.08 * (high - low), (LEAST_SPAN - (high - low)) / 2.0)
        return axis(low - room, high + room, 3)

    @property
    def _values(self) -> list[float]:
        return [y for _, y in (*self.first, *self.second) if math.isfinite(y)]


def aligned_curves(
    first: Rep, second: Rep, exercise: ExerciseInfo, time_map: TimeMap
) -> tuple[AlignedCurve, ...]:
    """Return the curves that two repetitions have in common.

    Parameters
    ----------
    first, second
        The repetitions, with their time series.
    exercise
        The exercise, with its measurements.
    time_map
        Converts a time of the first repetition to the time of the second.

    Returns
    -------
    tuple
        A curve for each measurement of form that both have: the judged ones first, then the depth.
        Empty if their time series were not saved.
    """
    form = [spec for spec in exercise.specs if spec.role != "tempo" and spec.at_depth_of is None]
    shown = [spec for spec in form if spec.limits is not None or spec.role == "depth"]
    shown.sort(key=lambda spec: (spec.limits is None, spec.priority))
    found = []
    for spec in shown:
        lines = judged_series(first, spec), judged_series(second, spec)
        if all(lines):
            moved = [(time_map.back(t_s), y) for t_s, y in lines[1]]
            found.append(AlignedCurve(spec, lines[0], moved))
    return tuple(found)


def named_events(moments: Moments, order: str) -> tuple[tuple[float, str], ...]:
    """Return times and names of the known events: start, turning point, end."""
    turn = () if moments.turn_s is None else (_TURNS.get(order, "lowest point"),)
    return tuple(zip(moments.known, ("start", *turn, "end"), strict=True))


def aligned_charts(
    curves: Sequence[AlignedCurve],
    names: tuple[str, str],
    events: Sequence[tuple[float, str]],
    effort: str,
) -> tuple[Chart, ...]:
    """Return a chart for each curve.

    Parameters
    ----------
    curves
        The curves.
    names
        The names of the two repetitions.
    events
        Times and names of start, turning point and end, as from :func:`named_events`.
    effort
        What a repetition is called, as in ``repetition`` or ``hold``.
    """
    start_s, end_s = events[0][0], events[-1][0]
    span = Axis(start_s - AROUND_S, end_s + AROUND_S, tuple(events))
    return tuple(
        Chart(
            f"aligned-{curve.spec.id}",
            curve.spec.title,
            f"{curve.spec.title} of {names[0]} and of {names[1]} over the phases of the "
            f"{effort}. {_range_words(curve, names)}",
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


def _range_words(curve: AlignedCurve, names: tuple[str, str]) -> str:
    """Return the lowest and the highest value of each line, in words."""
    said = []
    for name, points in zip(names, (curve.first, curve.second), strict=True):
        values = [y for _, y in points if math.isfinite(y)]
        unit = curve.spec.unit
        said.append(f"{name}: from {min(values):.1f} to {max(values):.1f} {unit}".strip())
    return f"{'; '.join(said)}."
