"""How numbers are written, the same everywhere: page, PDF, terminal, film, stills and history."""

from __future__ import annotations

from formcheck.data.session import Grade, Limits, MeasureSpec, Sureness, Verdict

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
    """Give a unit as it is written after a number: ``°`` at once, any other after a space."""
    if unit in ("", "°"):
        return unit
    return NO_BREAK + unit


def decimals_for(value: float, spec: MeasureSpec, sem: float | None = None) -> int:
    """How many decimals a judged number is shown with.

    Those of its spec; more where rounding would move it across a limit, so that no number ever
    is shown in one band with the grade of another, or would make its error zero.
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


NOT_JUDGED = "not judged"


def grade_words(
    grade: Grade | None, sure: Sureness | None, or_else: Grade | None, *, complete: bool = True
) -> str:
    """Say a grade and how sure it is, as in ``probably watch`` or ``unclear: good or watch``."""
    if grade is None:
        return NOT_JUDGED
    if sure == "unclear" and or_else is not None:
        milder, worse = sorted((grade, or_else), key=("good", "watch", "fault").index)
        words = f"unclear: {milder} or {worse}"
    else:
        words = f"probably {grade}" if sure in ("probably", "unclear") else grade
    return words if complete or grade != "good" else f"{words} in what was seen"


def verdict_words(verdict: Verdict) -> str:
    """Say the form or the tempo of a repetition."""
    return grade_words(verdict.grade, verdict.sure, verdict.or_else, complete=verdict.complete)


def is_doubtful(grade: Grade | None, sure: Sureness | None, *, complete: bool = True) -> bool:
    """Whether a grade is drawn hollow: it is not sure, or not everything was seen."""
    return grade is not None and (sure != "sure" or not complete)


def colour_grade(grade: Grade | None, *, complete: bool = True) -> Grade | None:
    """Give the grade that a verdict is coloured by: none where good holds for a part only."""
    return None if grade == "good" and not complete else grade


def cue_words(cue: str, sure: Sureness) -> str:
    """Say what to change; a cue that is not surely needed says so."""
    if not cue or sure == "sure":
        return cue
    lead = "Probably" if sure == "probably" else "Perhaps"
    return f"{lead}: {cue[:1].lower()}{cue[1:]}"


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
