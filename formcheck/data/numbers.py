<<<<<<< HEAD
"""How numbers and grades are written; the one way, for film, stills, page, tables and terminal."""

from __future__ import annotations

import math

from formcheck.data.session import Grade, Measurement, MeasureSpec, Sureness

NO_VALUE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"
_SEVERITY: tuple[Grade, ...] = ("good", "watch", "fault")


def number_text(value: float | None, spec: MeasureSpec) -> str:
    """Write a number with its unit: ``+7.4°``, ``12.0 %``, ``0.86``; a dash when there is none.

    A change from standing always carries its sign, for its two directions are different things.
    """
    return _number(value, spec) + ("" if _is_unknown(value) else _unit(spec))


def with_error(measurement: Measurement, spec: MeasureSpec) -> str:
    """Write the judged number of a measurement with its standard error: ``+7.4 ± 2.1°``."""
    if _is_unknown(measurement.value):
        return NO_VALUE
    text = _number(measurement.value, spec)
    if measurement.sem is not None:
        text += f"{NO_BREAK}±{NO_BREAK}{measurement.sem:.{spec.decimals}f}"
    return text + _unit(spec)


def grade_text(grade: Grade | None, sure: Sureness | None, or_else: Grade | None) -> str:
    """Write a grade and how sure it is: ``watch``, ``probably watch``, ``unclear: good or watch``.

    ``not measured`` without a grade.
    """
    if grade is None:
        return "not measured"
    if sure == "unclear" and or_else is not None:
        milder, worse = sorted((grade, or_else), key=_SEVERITY.index)
        return f"unclear: {milder} or {worse}"
    return f"probably {grade}" if sure == "probably" else grade


def _is_unknown(value: float | None) -> bool:
    return value is None or not math.isfinite(value)


def _number(value: float | None, spec: MeasureSpec) -> str:
    if value is None or not math.isfinite(value):
        return NO_VALUE
    rounded = round(value, spec.decimals) + 0.0  # no negative zero
    sign = "+" if spec.judged == "change" and rounded > 0 else ""
    return f"{sign}{rounded:.{spec.decimals}f}".replace("-", MINUS)


def _unit(spec: MeasureSpec) -> str:
    return spec.unit if spec.unit in ("", "°") else NO_BREAK + spec.unit
=======
"""How numbers are written, the same everywhere: page, PDF, terminal, film, stills and history."""

from __future__ import annotations

from formcheck.data.session import Grade, Limits, MeasureSpec, Sureness

MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"
UNKNOWN = "\N{EN DASH}"
PLUS_MINUS = f"{NO_BREAK}±{NO_BREAK}"

MOST_EXTRA_DECIMALS = 2


def number(value: float, decimals: int = 0, *, signed: bool = False) -> str:
    """Write a number with a true minus sign, and never minus zero.

    Parameters
    ----------
    value
        A finite number.
    decimals
        How many are shown.
    signed
        Writes a plus before positive numbers too.
    """
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        return text.lstrip("-")
    plus = "+" if signed and value > 0 else ""
    return plus + text.replace("-", MINUS)


def unit_after(unit: str) -> str:
    """Give a unit as it stands after a number: ``°`` at once, any other after a space."""
    if unit in ("", "°"):
        return unit
    return NO_BREAK + unit


def decimals_for(value: float, spec: MeasureSpec, sem: float | None = None) -> int:
    """How many decimals a judged number is shown with.

    Those of its spec; more where rounding would move it across a limit, so that no number ever
    stands in one band with the grade of another, or would make its error zero.
    """
    for more in range(MOST_EXTRA_DECIMALS):
        decimals = spec.decimals + more
        stays = spec.limits is None or (
            _sides(value, spec.limits) == _sides(round(value, decimals), spec.limits)
        )
        if stays and not (sem and round(sem, decimals) == 0):
            return decimals
    return spec.decimals + MOST_EXTRA_DECIMALS


def measured(
    value: float | None,
    spec: MeasureSpec,
    sem: float | None = None,
    *,
    judged: bool = True,
    signed: bool | None = None,
) -> str:
    """Write a measurement: value, standard error and unit, as in ``+11.5 ± 2.1°``.

    Parameters
    ----------
    value
        The number; ``None`` gives a dash.
    spec
        Its unit, decimals and limits.
    sem
        Its standard error; left out when ``None``.
    judged
        Whether it is held against the limits; a number that is not keeps the spec's decimals.
    signed
        Whether a positive number has a plus; by default a judged change from standing has.
    """
    if value is None:
        return UNKNOWN
    decimals = decimals_for(value, spec, sem) if judged else spec.decimals
    plus = judged and spec.judged == "change" if signed is None else signed
    error = "" if sem is None else PLUS_MINUS + number(sem, decimals)
    return number(value, decimals, signed=plus) + error + unit_after(spec.unit)


def grade_text(grade: Grade | None, sure: Sureness | None, or_else: Grade | None) -> str:
    """Write a grade and how sure it is: ``watch``, ``probably watch``, ``unclear: good or watch``.

    ``not measured`` without a grade.
    """
    if grade is None:
        return "not measured"
    if sure == "unclear" and or_else is not None:
        milder, worse = sorted((grade, or_else), key=("good", "watch", "fault").index)
        return f"unclear: {milder} or {worse}"
    return f"probably {grade}" if sure == "probably" else grade


def shown_difference(first: float, second: float, decimals: int) -> float:
    """Second minus first, of the numbers as they are shown with so many decimals."""
    return round(round(second, decimals) - round(first, decimals), decimals)


def limit_text(value: float) -> str:
    """Write a limit with as few decimals as it needs, at most 2."""
    decimals = next((n for n in (0, 1) if round(value, n) == value), 2)
    return number(value, decimals)


def _sides(value: float, limits: Limits) -> tuple[bool, ...]:
    """On which side of each limit a value lies; a limit belongs to the better band."""
    low = (value >= end for end in (limits.good_low, limits.watch_low) if end is not None)
    high = (value <= end for end in (limits.good_high, limits.watch_high) if end is not None)
    return (*low, *high)
>>>>>>> report
