"""What the screen says: pure functions from a result to short texts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from formcheck.data._before import Exercise, MetricSpec
from formcheck.data.results import Fault, Grade, Phase, Rep, Stance
from formcheck.motion._before.grading import shown_grade
from formcheck.screen.overlay.moment import Moment, graded_metrics
from formcheck.screen.palette import worst

PHASE_WORDS = {
    Phase.STANDING: "Standing",
    Phase.DESCENT: "Lowering",
    Phase.BOTTOM: "Bottom",
    Phase.ASCENT: "Rising",
}
STANCE_WORDS: dict[Stance, str] = {"left": "Left leg", "right": "Right leg", "both": "Both legs"}
NO_VALUE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
NOBODY = "Nobody in view"
_GRADE_WORDS: dict[Grade | None, str] = {
    None: "not graded",
    "good": "good",
    "watch": "nearly",
    "fault": "not yet",
    "borderline": "about at the limit",
}


@dataclass(frozen=True)
class Message:
    """What the banner says: an optional headline, the words, and how serious it is."""

    headline: str
    body: str
    grade: Grade | None


def value_text(spec: MetricSpec, value: float | None) -> str:
    """Write a value as it is shown: ``+7°``, ``12 %``, ``0.86``; a dash when there is none.

    A graded angle carries its sign, for its two directions are different things.
    """
    if value is None or not math.isfinite(value):
        return NO_VALUE
    unit = {"deg": "°", "degrees": "°", "pct": "%"}.get(spec.unit, spec.unit)
    decimals = 0 if unit in ("°", "%") else 2
    value = round(value, decimals) + 0.0  # no negative zero
    signed = unit == "°" and spec.bands is not None and value != 0
    number = f"{value:{'+' if signed else ''}.{decimals}f}".replace("-", MINUS)
    return number + unit if unit in ("", "°") else f"{number} {unit}"


def short_title(spec: MetricSpec) -> str:
    """Give the title without what stands in brackets."""
    return spec.title.split("(")[0].strip()


def message(moment: Moment) -> Message | None:
    """Tell what the banner says: nobody there, the verdict on a repetition, a cue, or nothing."""
    if not moment.person_seen:
        return Message("", NOBODY, None)
    rep, cue = moment.fresh_rep, moment.result.cue
    if rep is None:
        return None if cue is None else Message("", cue.text, moment.memory.cue_grade)
    verdict = verdict_text(moment.exercise, rep)
    # Once a repetition turned out good, a cue from within it has had its effect.
    outdated = (
        cue is not None
        and rep.grade == "good"
        and not cue.praise
        and cue.decided_t_s <= moment.memory.rep_s
    )
    if cue is not None and not outdated:
        return Message(verdict, cue.text, worst((moment.memory.cue_grade, rep.grade)))
    if rep.faults:
        return Message(verdict, rep.faults[0].cue, rep.grade)
    return Message("", verdict, shown_grade(moment.exercise, rep))


def verdict_text(exercise: Exercise, rep: Rep) -> str:
    """Put the verdict on a repetition in a few words, as in ``Rep 3: good``."""
    if rep.faults:
        return f"Rep {rep.index}: {fault_text(exercise, rep, rep.faults[0])}"
    return f"Rep {rep.index}: {_GRADE_WORDS[shown_grade(exercise, rep)]}"


def verdict_in_the_set(exercise: Exercise, rep: Rep, number: int) -> str:
    """Say the verdict as to the person in the set, as in ``Rep 3: knee falls in``.

    ``number`` is counted as the person counts: within the leg and the set.
    """
    if rep.faults:
        return f"Rep {number}: {seen_text(exercise, rep, rep.faults[0])}"
    return f"Rep {number}: {_GRADE_WORDS[shown_grade(exercise, rep)]}"


def seen_text(exercise: Exercise, rep: Rep, fault: Fault) -> str:
    """Name what was wrong in everyday words; as :func:`fault_text` where there are none."""
    spec = next((spec for spec in exercise.metrics if spec.name == fault.metric), None)
    measured = rep.metrics.get(fault.metric)
    value = None if spec is None or measured is None else getattr(measured, spec.judged)
    if spec is None or spec.bands is None or value is None:
        return fault_text(exercise, rep, fault)
    seen = spec.seen_low if value < spec.bands.good[0] else spec.seen_high
    return seen or fault_text(exercise, rep, fault)


def fault_text(exercise: Exercise, rep: Rep, fault: Fault) -> str:
    """Name what was wrong, as in ``knee valgus +14°``; a fault of the tempo as its duration."""
    try:
        spec = exercise.metric(fault.metric)
    except KeyError:
        seconds = rep.tempo.get("descent_s")
        return "too fast" if seconds is None else f"lowered in {seconds:.1f} s"
    measured = rep.metrics.get(spec.name)
    value = None if measured is None else getattr(measured, spec.judged)
    text = _lower_first(short_title(spec))
    return text if value is None else f"{text} {value_text(spec, value)}"


def view_warning(moment: Moment) -> str | None:
    """Say why nothing is judged from here, when the camera stands wrong for the exercise."""
    kind = moment.result.view.kind
    if kind == "unknown" or graded_metrics(moment):
        return None
    graded = [spec for spec in moment.exercise.metrics if spec.bands is not None]
    if not graded:
        return None
    main = min(graded, key=lambda spec: spec.priority)
    where = {"front": "in front", "side": "at the side", "oblique": "oblique"}[kind]
    return f"Camera is {where}: {_lower_first(short_title(main))} not measured"


def seconds_text(seconds: float) -> str:
    """Write a short time, as in ``1.4 s``."""
    return f"{seconds:.1f} s"


def _lower_first(text: str) -> str:
    # Leave abbreviations as they are.
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
