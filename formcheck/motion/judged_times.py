"""In which part of a repetition the limits of a measurement apply, for film and charts.

Limits for the lowest point do not apply to standing. So a measurement that is judged at the lowest
point is coloured only while the body is low; all others throughout the repetition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from formcheck.data.session import ExerciseInfo, MeasureSpec, Rep

DEEP_SHARE = 0.5
"""The body is low from this share of the repetition's depth on. Our choice."""

Stretch = tuple[float, float]
"""Start and end of a stretch of time, in seconds."""


def judged_times(rep: Rep, spec: MeasureSpec, info: ExerciseInfo) -> tuple[Stretch, ...]:
    """Return the stretches of a repetition in which the limits of a measurement apply."""
    whole = ((rep.start_s, rep.end_s),)
    deep = tuple(_deep_times(rep, info)) if spec.judged == "at_bottom" else ()
    return deep or whole


def joined(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Return the stretches in order of time, with those joined that touch or overlap."""
    found: list[Stretch] = []
    for start_s, end_s in sorted(stretches):
        if found and start_s <= found[-1][1]:
            found[-1] = found[-1][0], max(end_s, found[-1][1])
        else:
            found.append((start_s, end_s))
    return tuple(found)


def _deep_times(rep: Rep, info: ExerciseInfo) -> Iterator[Stretch]:
    """Yield the stretches in which the body is low; none when the depth is unknown."""
    depth = next((spec for spec in info.specs if spec.role == "depth"), None)
    lowest = None if depth is None else rep.measurements.get(depth.id)
    if depth is None or lowest is None or lowest.value is None:
        return
    deep_from = DEEP_SHARE * lowest.value
    seen = [
        (t_s, value >= deep_from)
        for t_s, value in zip(rep.series["t_s"], rep.series.get(depth.id, ()), strict=False)
        if t_s is not None and value is not None
    ]
    for is_deep, group in groupby(seen, key=lambda one: one[1]):
        if is_deep:
            times = [t_s for t_s, _ in group]
            yield times[0], times[-1]
