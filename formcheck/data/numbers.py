"""Turn numbers, grades and cues into text, in the same way for every output."""

from __future__ import annotations

from formcheck.data.session import Grade, Limits, MeasureSpec, Sureness, Verdict

MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"
UNKNOWN = "\N{EN DASH}"
"""Stands for a number that is not known."""
PLUS_MINUS = f"{NO_BREAK}±{NO_BREAK}"

MOST_EXTRA_DECIMALS = 2
"""Decimals that a number close to a limit may have on top of the usual ones."""


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
    """Return the unit as written after a number: ``°`` directly, others after a space."""
    if unit in ("", "°"):
        return unit
    return NO_BREAK + unit


def decimals_for(value: float, spec: MeasureSpec) -> int:
    """Return with how many decimals a judged number is shown, everywhere.

    They are those of its spec, or more where rounding would move the number across a limit: a
    number must not be shown in one band with the grade of another.
    """
    for more in range(MOST_EXTRA_DECIMALS):
        decimals = spec.decimals + more
        stays = spec.limits is None or (
            _sides(value, spec.limits) == _sides(round(value, decimals), spec.limits)
        )
        if stays:
            return decimals
    return spec.decimals + MOST_EXTRA_DECIMALS


def measured(
    value: float | None,
    spec: MeasureSpec,
    sem: float | None = None,
    *,
    signed: bool | None = None,
    decimals: int | None = None,
) -> str:
    """Write a measurement: value, standard error and unit, as in ``+11.5 ± 2.1°``.

    The error always has the decimals of the spec, so that errors in a column can be compared; only
    a value close to a limit has more.

    Parameters
    ----------
    value
        The number; ``None`` gives a dash.
    spec
        Its unit, decimals and limits.
    sem
        Its standard error; left out when ``None``.
    signed
        Whether a positive number has a plus; by default only a change from standing has one.
    decimals
        How many decimals are shown; by default those of :func:`decimals_for`.
    """
    if value is None:
        return UNKNOWN
    places = decimals_for(value, spec) if decimals is None else decimals
    plus = spec.judged == "change" if signed is None else signed
    error = "" if sem is None else PLUS_MINUS + _error(sem, spec.decimals)
    return number(value, places, signed=plus) + error + unit_after(spec.unit)


def _error(sem: float, decimals: int) -> str:
    """Write an error, with more decimals only when it would otherwise be shown as zero."""
    wanted = range(decimals, decimals + MOST_EXTRA_DECIMALS)
    return number(sem, next((n for n in wanted if round(sem, n)), decimals))


NOT_JUDGED = "not judged"
DRAWING_FILM = "Drawing the results into the film"
"""What a person is told while the annotated film is drawn, on every screen."""


def good_of(good: int, judged: int) -> str:
    """Write how many of the judged ones were good; "not judged" when none was judged."""
    return f"{good} of {judged}" if judged else NOT_JUDGED


def grade_words(
    grade: Grade | None, sure: Sureness | None, or_else: Grade | None, *, complete: bool = True
) -> str:
    """Write a grade and how sure it is, as in ``probably watch`` or ``good, perhaps watch``.

    The grade that counts and gives the colour comes first, so that numbers on the two sides of a
    limit never have the same words.
    """
    if grade is None:
        return NOT_JUDGED
    words = f"probably {grade}" if sure == "probably" else grade
    if not complete and grade == "good":
        words = f"{words} as far as seen"
    if sure == "unclear":
        return f"perhaps {words}" if or_else is None else f"{words}, perhaps {or_else}"
    return words


def verdict_words(verdict: Verdict) -> str:
    """Write the verdict on the form or the tempo of a repetition."""
    return grade_words(verdict.grade, verdict.sure, verdict.or_else, complete=verdict.complete)


def is_doubtful(grade: Grade | None, sure: Sureness | None, *, complete: bool = True) -> bool:
    """Return whether a grade is drawn hollow, as it is not sure or not everything was seen."""
    return grade is not None and (sure != "sure" or not complete)


def colour_grade(grade: Grade | None, *, complete: bool = True) -> Grade | None:
    """Return the grade whose colour a verdict has; ``None`` when it is good but incomplete."""
    return None if grade == "good" and not complete else grade


def cue_words(cue: str, sure: Sureness) -> str:
    """Write a cue; one that may not be needed begins with "Probably" or "Perhaps"."""
    if not cue or sure == "sure":
        return cue
    lead = "Probably" if sure == "probably" else "Perhaps"
    return f"{lead}: {cue[:1].lower()}{cue[1:]}"


def seen_words(value: float | None, spec: MeasureSpec) -> str:
    """Return the visible fault of a value outside its good band, as in ``knee falls in``."""
    low = None if spec.limits is None else spec.limits.good_low
    below = value is not None and low is not None and value < low
    return spec.seen_low if below else spec.seen_high


def shown_difference(first: float, second: float, decimals: tuple[int, int]) -> float:
    """Return second minus first, computed from the rounded numbers that are shown."""
    shown = [round(value, places) for value, places in zip((first, second), decimals, strict=True)]
    return round(shown[1] - shown[0], max(decimals))


def limit_text(value: float) -> str:
    """Write a limit with as few decimals as it needs, at most 2."""
    decimals = next((n for n in (0, 1) if round(value, n) == value), 2)
    return number(value, decimals)


def _sides(value: float, limits: Limits) -> tuple[bool, ...]:
    """Return on which side of each limit a value lies; a value at a limit is in the better band."""
    low = (value >= end for end in (limits.good_low, limits.watch_low) if end is not None)
    high = (value <= end for end in (limits.good_high, limits.watch_high) if end is not None)
    return (*low, *high)


def count_words(count: int, noun: str) -> str:
    """Write a count with its noun, as in ``1 film`` or ``3 films``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def points_words(points: int) -> str:
    """Write how many points an item can give."""
    return "1 point" if points == 1 else f"up to {points} points"
