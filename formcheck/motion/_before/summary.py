"""The session in a few facts and sentences."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from formcheck.data._before import Exercise
from formcheck.data.results import Rep, Summary, View
from formcheck.motion._before.grading import (
    DESCENT,
    at_the_limit,
    counts_as_good,
    form_judged,
    lacks_start,
)
from formcheck.motion._before.views import numbered

FEW_HZ = 10.0
"""With fewer pictures a second it is they that keep a lowering from being timed. Ours."""
KNEE_PRIORITY = 1
"""That of the metrics that judge the knee."""

MOST_ADVICE = 2
"""Nobody changes more than one or two things at a time."""


def summarize(
    exercise: Exercise, reps: Sequence[Rep], view: View, notes: Sequence[str] = ()
) -> Summary:
    """Sum up a session; ``notes`` are passed on."""
    return Summary(
        verdict=verdict(exercise, reps, view),
        advice=advice(exercise, reps),
        reps_by_side=dict(Counter(rep.stance_side for rep in reps)),
        good_reps=sum(counts_as_good(exercise, rep) for rep in reps),
        means=_means(reps),
        not_measured=_not_measured(exercise, reps),
        notes=(*notes, *_about_the_leg(reps), *_about_the_lowering(reps)),
    )


def verdict(exercise: Exercise, reps: Sequence[Rep], view: View) -> str:
    """What to tell the person first, in one or two sentences."""
    if not reps:
        return f"No repetition of the {exercise.title.lower()} was found."
    graded = [rep for rep in reps if rep.grade is not None]
    if not graded:
        return f"{_count(len(reps))} found, but none could be judged: {_why_not_judged(view)}."
    formed = [rep for rep in graded if form_judged(rep)]
    whole = [rep for rep in formed if not lacks_start(exercise, rep)]
    if formed and len(whole) < len(graded):
        return _verdict_on_some(exercise, graded, whole)
    good = sum(rep.grade == "good" for rep in graded)
    close = _close_calls(exercise, graded)
    if good == len(graded) and not close and not formed:
        sentence = f"The tempo of {_every(good)} stayed within the limits."
    elif good == len(graded) and not close:
        sentence = f"{_all_good(good)}: form and tempo stayed within the limits."
    elif good == len(graded):
        sentence = f"{_none_past(good)} past a limit for certain. {close}"
    elif good == 0:
        sentence = f"{_all_of(len(graded))} room for {_what_to_better(graded)}."
    else:
        were = "was" if good == 1 else "were"
        sentence = f"{good} of {len(graded)} repetitions {were} good. {close}".rstrip()
    if formed and _knee_unseen(exercise, formed, view):
        sentence += " The knee could not be judged."
    if not formed:
        sentence += f" Only the tempo could be judged: {_why_not_judged(view)}."
    return sentence


def _knee_unseen(exercise: Exercise, reps: Sequence[Rep], view: View) -> bool:
    """Whether the knee is judged from this view, and was in none of the repetitions."""
    names = [
        spec.name
        for spec in exercise.metrics
        if spec.bands is not None and spec.priority == KNEE_PRIORITY and view.kind in spec.views
    ]
    found = [rep.metrics[name] for rep in reps for name in names if name in rep.metrics]
    return bool(found) and all(metric.grade is None for metric in found)


def _verdict_on_some(exercise: Exercise, graded: Sequence[Rep], whole: Sequence[Rep]) -> str:
    """Count the good ones among those that were seen well enough, and name the others."""
    tempo_only = [rep.index for rep in graded if not form_judged(rep)]
    startless = [rep.index for rep in graded if form_judged(rep) and lacks_start(exercise, rep)]
    good = sum(rep.grade == "good" for rep in whole)
    which = "with form judged" if tempo_only else "seen in full"
    sentences = []
    if len(whole) == 1:
        sentences.append(f"The one repetition {which} was {'good' if good else 'not good'}.")
    elif whole:
        share = f"{good or 'None'} of the {len(whole)} repetitions {which}"
        sentences.append(f"{share} {'was' if good == 1 else 'were'} good.")
    sentences.append(_close_calls(exercise, whole))
    if tempo_only:
        sentences.append(f"In {numbered(tempo_only)} only the tempo could be judged.")
    if startless:
        sentences.append(
            f"The start of {numbered(startless)} was not seen: neither the tempo nor the knee "
            "angle could be judged."
        )
    return " ".join(sentence for sentence in sentences if sentence)


def advice(exercise: Exercise, reps: Sequence[Rep]) -> tuple[str, ...]:
    """The cues that come up most, with the repetitions they belong to; at most two."""
    order = {spec.name: spec.priority for spec in exercise.metrics}
    by_cue: dict[str, list[Rep]] = {}
    priority: dict[str, int] = {}
    for rep in reps:
        for fault in rep.faults:
            by_cue.setdefault(fault.cue, []).append(rep)
            priority[fault.cue] = min(priority.get(fault.cue, 99), order.get(fault.metric, 3))
    ranked = sorted(by_cue, key=lambda cue: (-len(by_cue[cue]), priority[cue]))
    return tuple(f"{cue} ({_which(by_cue[cue], reps)})" for cue in ranked[:MOST_ADVICE])


def _close_calls(exercise: Exercise, reps: Sequence[Rep]) -> str:
    """Name the good repetitions that are at a limit, and which limits; empty without any."""
    close = {rep.index: titles for rep in reps if (titles := at_the_limit(exercise, rep))}
    if not close:
        return ""
    named = dict.fromkeys(title for titles in close.values() for title in titles)
    what = ", ".join(title[0].lower() + title[1:] for title in named)
    return f"About at the limit in {numbered(close)}, too close to call: {what}."


def _what_to_better(reps: Sequence[Rep]) -> str:
    """Form, tempo, or both, by what was found for certain."""
    found = {fault.metric == DESCENT for rep in reps for fault in rep.faults}
    if found == {True}:
        return "a better tempo"
    return "better form and tempo" if True in found else "better form"


def _why_not_judged(view: View) -> str:
    if view.kind == "oblique":
        return "the camera stood between front and side"
    return "what the limits need was not seen"


def _about_the_leg(reps: Sequence[Rep]) -> Iterable[str]:
    """Why the working leg is not sure, each reason once."""
    return dict.fromkeys(note for rep in reps if not rep.stance_sure for note in rep.notes)


def _about_the_lowering(reps: Sequence[Rep]) -> Iterable[str]:
    """Why the lowering of some repetitions was not timed, each reason once."""
    untimed: dict[str, list[int]] = {}
    for rep in reps:
        if rep.tempo.get(DESCENT) is None:
            untimed.setdefault(_why_not_timed(rep), []).append(rep.index)
    return (
        f"The lowering of {numbered(indices)} was not timed: {reason}."
        for reason, indices in untimed.items()
    )


def _why_not_timed(rep: Rep) -> str:
    t_s = rep.series_t_s
    rate_hz = (len(t_s) - 1) / (t_s[-1] - t_s[0]) if len(t_s) > 1 else math.inf
    if rate_hz < FEW_HZ:
        return f"only {rate_hz:.0f} pictures a second came"
    return "the pictures do not show where it starts and ends"


def _count(n: int) -> str:
    return "1 repetition" if n == 1 else f"{n} repetitions"


def _all_of(n: int) -> str:
    return {1: "The repetition has", 2: "Both repetitions have"}.get(n, f"All {n} repetitions have")


def _none_past(n: int) -> str:
    return {1: "The repetition was not", 2: "Neither repetition was"}.get(
        n, f"None of the {n} repetitions was"
    )


def _all_good(n: int) -> str:
    return {1: "The repetition was good", 2: "Both repetitions were good"}.get(
        n, f"All {n} repetitions were good"
    )


def _every(n: int) -> str:
    return {1: "the repetition", 2: "both repetitions"}.get(n, f"all {n} repetitions")


def _which(found: Sequence[Rep], reps: Sequence[Rep]) -> str:
    """Name the repetitions, and their leg when the set has both."""
    indices = {rep.index for rep in found}
    if len(indices) == len(reps) > 2:
        return "every repetition"
    sides = sorted({rep.stance_side for rep in reps})
    if len(sides) == 1:
        return numbered(indices)
    legs = {side: {rep.index for rep in found if rep.stance_side == side} for side in sides}
    return "; ".join(f"{side} leg, {numbered(own)}" for side, own in legs.items() if own)


def _means(reps: Sequence[Rep]) -> dict[str, dict[str, float]]:
    means: dict[str, dict[str, float]] = {}
    for side in dict.fromkeys(rep.stance_side for rep in reps):
        values: dict[str, list[float]] = {}
        for rep in reps:
            if rep.stance_side != side:
                continue
            for name, metric in rep.metrics.items():
                if metric.value is not None:
                    values.setdefault(name, []).append(metric.value)
        means[side] = {name: float(np.mean(found)) for name, found in values.items()}
    return means


def _not_measured(exercise: Exercise, reps: Sequence[Rep]) -> dict[str, str]:
    """Why a metric is missing, and from which repetitions when it is not all of them, by metric."""
    reasons = {}
    for spec in exercise.metrics:
        # Reasons that differ in a number only are told once.
        alike: dict[str, tuple[str, list[int]]] = {}
        for rep in reps:
            # A session kept by another version may lack a metric altogether.
            metric = rep.metrics.get(spec.name)
            if metric is not None and metric.not_measured is not None:
                reason = metric.not_measured.removeprefix("not measured: ")
                alike.setdefault(re.sub(r"\d+", "#", reason), (reason, []))[1].append(rep.index)
        found = list(alike.values())
        if len(found) == 1 and len(found[0][1]) == len(reps):
            reasons[spec.name] = found[0][0]
        elif found:
            reasons[spec.name] = "; in ".join(
                f"{numbered(indices)}: {reason}" for reason, indices in found
            )
    return reasons
