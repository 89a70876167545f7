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
