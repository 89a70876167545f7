"""Advice for the next session: step height, load and tempo.

Each piece of advice names its rule and the source of that rule. It depends only on the last
sessions: on their grades of form and tempo, and on the step height, load and pain that were
entered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from formcheck.data.numbers import good_of
from formcheck.data.session import (
    ExerciseInfo,
    MeasureSpec,
    Rep,
    Stance,
    Tally,
    Training,
)
from formcheck.motion.verdicts import tally

GOOD_SHARE = 0.8
"""From this share of good repetitions among the judged ones on, a session counts as good."""

POOR_SHARE = 0.5
"""Below this share the form of a session counts as poor."""

SESSIONS_TO_RAISE = 2
STEP_CM = (2.0, 5.0)
LOWEST_STEP_CM = 10.0
HIGHEST_STEP_CM = 24.0
LOAD_KG = (1.0, 2.0)
PAIN_IDEAL = 2
PAIN_STOP = 5

OURS = "formcheck's own"
LESS_DEEP = "Go less deep, and come back to the full depth when it goes well."


@dataclass(frozen=True)
class Rule:
    """A rule in a sentence, and its source."""

    text: str
    source: str


STOP = Rule(
    "Above 5 of 10 pain: stop, and see a professional.",
    "Published practice: pain at most 2 of 10 ideally, never above 5.",
)
EASE = Rule(
    "Pain from 3 to 5 of 10: make it easier until pain is at most 2.",
    "Published practice: pain at most 2 of 10 ideally, never above 5. How to ease it is "
    "formcheck's own.",
)
RAISE = Rule(
    "Two sessions in a row, on the same step and with the same load, of good form (at least 4 of "
    "5 repetitions) with the tempo in its limits: 2 to 5 cm more.",
    f"{OURS}: raising the step when pain-free with good form is convention, but no published "
    "numbers were found.",
)
REGRESS = Rule(
    "Poor form (fewer than half of the repetitions good): 2 to 5 cm less. On the smallest step: "
    "change to the easier exercise.",
    f"{OURS}: no published numbers were found. Falling back to an easier exercise is common "
    "practice.",
)
STAY = Rule(
    "Otherwise: stay until two sessions in a row are good.",
    f"{OURS}: no published numbers were found.",
)
HIGH_ENOUGH = Rule(
    "At 24 cm the step is not raised further.",
    f"{OURS}: 24 cm is the highest step in the studies read (Lewis 2015).",
)
LOAD = Rule(
    "Load only when the trunk stayed upright in the two good sessions, and never together with a "
    "higher step.",
    "Staying upright when holding a weight is common practice; the amount, and one change at a "
    f"time, are {OURS}.",
)
TEMPO = Rule(
    "Go down for 3 to 5 s; more step or load only while that holds.",
    "Published practice of eccentric work: a way down of 3 to 5 s.",
)
BOTH = Rule("Each leg progresses by itself, when its own sessions are good.", f"{OURS}.")


@dataclass(frozen=True)
class Facts:
    """One past session of one leg.

    Attributes
    ----------
    day
        Date of the session, ``YYYY-MM-DD``.
    training
        Step height, load and pain as entered.
    form, tempo
        Count of repetitions by grade.
    upright
        Whether the trunk stayed within its limits throughout; ``None`` when it was not judged.
    """

    day: str
    training: Training
    form: Tally
    tempo: Tally
    upright: bool | None

    @property
    def good(self) -> bool:
        """Whether it counts towards a higher step."""
        return _share(self.form) >= GOOD_SHARE and _share(self.tempo) >= GOOD_SHARE

    @property
    def poor(self) -> bool:
        """Whether the form calls for something easier."""
        return self.form.judged > 0 and _share(self.form) < POOR_SHARE


@dataclass(frozen=True)
class Advice:
    """One thing to do.

    Attributes
    ----------
    about
        ``stop``, ``exercise``, ``step``, ``load`` or ``tempo``.
    side
        The leg.
    text
        What to do.
    because
        The finding in the last sessions that leads to it.
    rule
        The rule it follows.
    """

    about: str
    side: Stance
    text: str
    because: str
    rule: Rule


def facts(day: str, training: Training, reps: Sequence[Rep], specs: Sequence[MeasureSpec]) -> Facts:
    """Sum up one session's repetitions on one leg, with the specs they were judged by."""
    trunk = {spec.id for spec in specs if spec.role == "trunk"}
    leans = [
        one.grade != "good"
        for rep in reps
        for measure_id, one in rep.measurements.items()
        if measure_id in trunk and one.grade is not None
    ]
    return Facts(
        day=day,
        training=training,
        form=tally(rep.form for rep in reps),
        tempo=tally(rep.tempo for rep in reps),
        upright=not any(leans) if leans else None,
    )


def advise(
    exercise: ExerciseInfo,
    past: Mapping[Stance, Sequence[Facts]],
    related: Mapping[str, ExerciseInfo] | None = None,
) -> tuple[Advice, ...]:
    """Return the advice for the next session, by leg; empty when there are no sessions.

    Parameters
    ----------
    exercise
        The exercise of these sessions.
    past
        Sessions by leg, the oldest first.
    related
        The easier and the harder exercise by id, if known.
    """
    others = related or {}
    chain = _Chain(
        exercise,
        easier=others.get(exercise.easier or ""),
        harder=others.get(exercise.harder or ""),
    )
    by_leg = {side: _for_leg(chain, side, list(known)) for side, known in past.items() if known}
    found = [advice for advices in by_leg.values() for advice in advices]
    stops = [advice for advice in found if advice.about == "stop"]
    if stops:
        return tuple(stops)
    raised = [advice.side for advice in found if advice.rule == RAISE]
    if len(raised) == 1 and len(by_leg) > 1:
        (other,) = (side for side in by_leg if side != raised[0])
        found.append(
            Advice(
                "step",
                other,
                f"No change for this leg: progress only the {raised[0]} leg.",
                f"the {other} leg is not ready yet",
                BOTH,
            )
        )
    return tuple(found)


@dataclass(frozen=True)
class _Chain:
    """An exercise between an easier and a harder one."""

    here: ExerciseInfo
    easier: ExerciseInfo | None
    harder: ExerciseInfo | None


def _for_leg(chain: _Chain, side: Stance, past: list[Facts]) -> list[Advice]:
    last = past[-1]
    pain = last.training.pain
    if pain is not None and pain > PAIN_STOP:
        text = "Stop this exercise, and see a professional before the next session."
        return [Advice("stop", side, text, f"pain {pain} of 10 on {last.day}", STOP)]
    if pain is not None and pain > PAIN_IDEAL:
        because = f"pain {pain} of 10 on {last.day}"
        return [
            _easier(chain, side, last, because, EASE),
            *_no_load(side, last, because, EASE),
            _tempo(chain, side, last),
        ]
    if last.poor:
        because = f"{_count(last.form)} good on {last.day}"
        return [
            _easier(chain, side, last, because, REGRESS),
            *_no_load(side, last, because, REGRESS),
            _tempo(chain, side, last),
        ]
    recent = past[-SESSIONS_TO_RAISE:]
    ready = len(recent) == SESSIONS_TO_RAISE and all(one.good for one in recent)
    if not ready or not _same_setting(recent):
        return [_stay(chain, side, recent), _tempo(chain, side, last)]
    return [*_harder(chain, side, recent), _tempo(chain, side, last)]


def _harder(chain: _Chain, side: Stance, recent: Sequence[Facts]) -> list[Advice]:
    last = recent[-1]
    because = f"good form and tempo on {_days(recent)}"
    if last.training.pain is None:
        because += "; pain was not entered: change only if pain is at most 2 of 10"
    has_step = chain.here.has_step
    height_cm = last.training.step_height_cm
    upright = all(one.upright for one in recent)
    load = [_load(side, last, recent, upright=upright)] if chain.here.load else []
    if has_step and (height_cm is None or height_cm < HIGHEST_STEP_CM):
        if height_cm is None:
            text = "Raise the step by 2 to 5 cm."
        else:
            low = min(height_cm + STEP_CM[0], HIGHEST_STEP_CM)
            high = min(height_cm + STEP_CM[1], HIGHEST_STEP_CM)
            text = f"Raise the step from {height_cm:g} cm to {_range(low, high)} cm."
        return [Advice("step", side, text, because, RAISE), *load]
    if has_step:
        text = f"Keep the step at {height_cm:g} cm."
        return [Advice("step", side, text, because, HIGH_ENOUGH), *load]
    if chain.harder is not None:
        small = f" on a small step of {LOWEST_STEP_CM:g} cm" if chain.harder.has_step else ""
        text = f"Change to the {chain.harder.title.lower()}{small}."
        return [Advice("exercise", side, text, because, RAISE), *load]
    return load


def _load(side: Stance, last: Facts, recent: Sequence[Facts], *, upright: bool) -> Advice:
    if upright:
        now = last.training.load_kg or 0.0
        text = (
            "To add load instead of another change: from "
            f"{now:g} kg to {_range(now + LOAD_KG[0], now + LOAD_KG[1])} kg."
        )
        return Advice("load", side, text, f"the trunk stayed upright on {_days(recent)}", LOAD)
    seen = [one for one in recent if one.upright is not None]
    because = "the trunk leaned" if seen and not upright else "the trunk could not be judged"
    if len(seen) < len(recent) and all(one.upright for one in seen):
        because = "the trunk could not be judged in both sessions"
    return Advice("load", side, "No more load yet.", because, LOAD)


def _no_load(side: Stance, last: Facts, because: str, rule: Rule) -> list[Advice]:
    if not last.training.load_kg:
        return []
    text = f"Leave out the load of {last.training.load_kg:g} kg."
    return [Advice("load", side, text, because, rule)]


def _easier(chain: _Chain, side: Stance, last: Facts, because: str, rule: Rule) -> Advice:
    easier = f"the {chain.easier.title.lower()} is the easier way in" if chain.easier else ""
    height_cm = last.training.step_height_cm
    if not chain.here.has_step:
        text = f"Go less deep, or change: {easier}." if easier else LESS_DEEP
        return Advice("exercise", side, text, because, rule)
    if height_cm is not None and height_cm <= LOWEST_STEP_CM:
        small = f"the step of {height_cm:g} cm is small already"
        text = f"{easier[0].upper()}{easier[1:]}: {small}." if easier else f"Go less deep: {small}."
        return Advice("exercise", side, text, because, rule)
    if height_cm is None:
        text, otherwise = "Take a step that is 2 to 5 cm lower", "when there is none"
    else:
        low, high = (max(height_cm - less, LOWEST_STEP_CM) for less in reversed(STEP_CM))
        text = f"Lower the step from {height_cm:g} cm to {_range(low, high)} cm"
        otherwise = "when that is not enough"
    text += f"; {otherwise}, {easier}." if easier else "."
    return Advice("step", side, text, because, rule)


def _stay(chain: _Chain, side: Stance, recent: Sequence[Facts]) -> Advice:
    last = recent[-1]
    if not last.good:
        because = f"on {last.day}: {_found(last)}"
    elif len(recent) < SESSIONS_TO_RAISE:
        because = "one good session so far; it takes two"
    elif (unknown := _not_judged(recent[0])) is not None:
        because = (
            f"good on {last.day}, but {unknown} could not be judged on {recent[0].day}; "
            "it takes two good sessions in a row"
        )
    elif not recent[0].good:
        because = f"good on {last.day}, but not on {recent[0].day}; it takes two in a row"
    else:
        because = "the step or the load differed between the last two sessions"
    height_cm = last.training.step_height_cm
    if not chain.here.has_step:
        return Advice("exercise", side, "Stay with the exercise as it is.", because, STAY)
    at = "" if height_cm is None else f" at {height_cm:g} cm"
    return Advice("step", side, f"Keep the step{at}.", because, STAY)


def _tempo(chain: _Chain, side: Stance, last: Facts) -> Advice:
    target_s = chain.here.target_descent_s
    if not last.tempo.judged:
        because = f"the tempo could not be judged on {last.day}"
    else:
        because = f"{_count(last.tempo)} slow enough on {last.day}"
    if last.tempo.judged and _share(last.tempo) >= GOOD_SHARE:
        text = f"Keep going down for about {target_s:g} s."
        return Advice("tempo", side, text, because, TEMPO)
    text = f"Go down more slowly: count to {target_s:g}."
    return Advice("tempo", side, text, because, TEMPO)


def _same_setting(recent: Sequence[Facts]) -> bool:
    settings = {(one.training.step_height_cm, one.training.load_kg or 0.0) for one in recent}
    return len(settings) == 1


def _not_judged(one: Facts) -> str | None:
    """Name what was not judged and so keeps the session from counting as good."""
    if not one.form.judged:
        return "form"
    return "tempo" if not one.tempo.judged and _share(one.form) >= GOOD_SHARE else None


def _found(one: Facts) -> str:
    form = f"{_count(one.form)} good" if one.form.judged else "form could not be judged"
    return f"{form}, {_count(one.tempo)} slow enough" if one.tempo.judged else form


def _days(recent: Sequence[Facts]) -> str:
    return " and ".join(dict.fromkeys(one.day for one in recent))


def _range(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _share(counted: Tally) -> float:
    """Share of good repetitions among the judged ones; 0 when none was judged."""
    return counted.good / counted.judged if counted.judged else 0.0


def _count(counted: Tally) -> str:
    """``2 of 4``: the good ones among the judged ones."""
    return good_of(counted.good, counted.judged)
