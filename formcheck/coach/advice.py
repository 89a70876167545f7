"""Advice for the next session: step height, load, time to hold, repetitions and tempo.

Each piece of advice names its rule and the source of that rule
(:mod:`formcheck.coach.advice_rules`). It depends only on the last sessions: on their grades of form
and tempo, on the step height, load and pain that were entered, and on how long a posture was held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from formcheck.coach.advice_rules import (
    BOTH,
    EASE,
    GOOD_SHARE,
    HIGH_ENOUGH,
    HIGHEST_STEP_CM,
    HOLD_S,
    LOAD,
    LOAD_KG,
    LONG_ENOUGH,
    LONGER,
    LONGEST_HOLD_S,
    LOWEST_STEP_CM,
    MORE,
    MORE_REPETITIONS,
    MOST_REPETITIONS,
    PAIN_IDEAL,
    PAIN_STOP,
    RAISE,
    REGRESS,
    SESSIONS_TO_RAISE,
    SHORTEST_HOLD_S,
    STAY,
    STEP_CM,
    STOP,
    TEMPO,
    AdviceRule,
)
from formcheck.coach.session_facts import Facts, by_day, share, whole_steps_s
from formcheck.data.numbers import good_of
from formcheck.data.session import ExerciseInfo, Stance, Tally

LESS_DEEP = "Go less deep, and return to full depth once that goes well."
AS_IT_IS = "Keep doing the exercise as you do now."
TWO_IN_A_ROW = "moving on takes two good sessions in a row"
AS_LONG_AS_GOOD = "Hold only as long as the posture is good."

AdvisedOn = Literal["stop", "exercise", "step", "hold", "load", "repetitions", "tempo"]
Way = Literal["on", "back", "same"]
Range = tuple[float, float]


@dataclass(frozen=True)
class Dose:
    """What a piece of advice says in numbers; ``None`` where it says nothing.

    Attributes
    ----------
    exercise
        Id of the exercise to change to.
    step_cm, load_kg, seconds
        Lowest and highest that are advised.
    repetitions
        In a set.
    """

    exercise: str | None = None
    step_cm: Range | None = None
    load_kg: Range | None = None
    seconds: Range | None = None
    repetitions: int | None = None


@dataclass(frozen=True)
class NextStep:
    """One piece of advice for the next session.

    Attributes
    ----------
    about
        What it is about.
    side
        The leg.
    text
        The advice in words.
    because
        The finding in the last sessions that leads to it.
    rule
        The rule it follows.
    way
        On to more, back to less, or the same as last time.
    dose
        What it says in numbers.
    instead
        Whether it is to be done in place of the advice before it, not on top of it.
    """

    about: AdvisedOn
    side: Stance
    text: str
    because: str
    rule: AdviceRule
    way: Way = "same"
    dose: Dose = Dose()
    instead: bool = False


def advise(
    exercise: ExerciseInfo,
    past: Mapping[Stance, Sequence[Facts]],
    related: Mapping[str, ExerciseInfo] | None = None,
) -> tuple[NextStep, ...]:
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
    raised = [one.side for one in found if one.way == "on" and one.about in _MAIN]
    if len(raised) == 1:
        return tuple(_behind(advice, raised[0]) for advice in found)
    return tuple(found)


_MAIN: tuple[AdvisedOn, ...] = ("exercise", "step", "hold")
"""What the first piece of advice for a leg is about, unless it is to stop."""


def _behind(advice: NextStep, ahead: Stance) -> NextStep:
    """Word what a leg keeps doing while the other one moves on; other advice is as it was."""
    keeps = advice.way == "same" and advice.rule in (STAY, LONGER)
    if advice.side == ahead or not keeps:
        return advice
    text = f"{advice.text.rstrip('.')}; only the {ahead} leg moves on."
    return replace(advice, text=text, rule=BOTH)


@dataclass(frozen=True)
class _Chain:
    """An exercise between an easier and a harder one."""

    here: ExerciseInfo
    easier: ExerciseInfo | None
    harder: ExerciseInfo | None


def _for_leg(chain: _Chain, side: Stance, past: list[Facts]) -> list[NextStep]:
    days = by_day(past)
    last = days[-1]
    pain = last.training.pain
    if pain is not None and pain > PAIN_STOP:
        text = "Stop this exercise and see a professional before the next session."
        return [NextStep("stop", side, text, f"pain {pain} of 10 on {last.day}", STOP)]
    if pain is not None and pain > PAIN_IDEAL:
        because = f"pain {pain} of 10 on {last.day}"
        return _back(chain, side, last, because, EASE)
    if last.poor:
        because = f"{_count(last.form, chain)} had good form on {last.day}"
        return _back(chain, side, last, because, REGRESS)
    recent = days[-SESSIONS_TO_RAISE:]
    ready = len(recent) == SESSIONS_TO_RAISE and all(one.good for one in recent)
    doubt = _doubt_from_elsewhere(past)
    if not ready or _differs(recent) or doubt is not None:
        return [_stay(chain, side, recent, doubt), *_tempo(chain, side, last)]
    return [*_harder(chain, side, recent), *_tempo(chain, side, last)]


def _back(
    chain: _Chain, side: Stance, last: Facts, because: str, rule: AdviceRule
) -> list[NextStep]:
    return [
        _easier(chain, side, last, because, rule),
        *_no_load(side, last, because, rule),
        *_tempo(chain, side, last),
    ]


def _doubt_from_elsewhere(past: Sequence[Facts]) -> Facts | None:
    """The last session from the other view that was not good, with today's step and load, if any.

    One view does not show what was wrong in the other one.
    """
    newest = {one.view: one for one in past if one.setting == past[-1].setting}
    return next((one for one in newest.values() if one.form.judged and not one.done_well), None)


def _harder(chain: _Chain, side: Stance, recent: Sequence[Facts]) -> list[NextStep]:
    last = recent[-1]
    what = "form and tempo" if last.tempo_asked else "form"
    because = f"good {what} on {_days(recent)}"
    if last.training.pain is None:
        because += f"; pain was not entered, so change only if it is at most {PAIN_IDEAL} of 10"
    if chain.here.is_held:
        longer = _longer(side, recent, because)
        if longer is not None:
            return [longer]
    height_cm = last.training.step_height_cm
    if chain.here.has_step and (height_cm is None or height_cm < HIGHEST_STEP_CM):
        return [_higher(side, height_cm, because), *_add(chain, side, recent, "a higher step")]
    if chain.here.has_step:
        text = f"Stay at {height_cm:g} cm, the highest step advised."
        first = NextStep("step", side, text, because, HIGH_ENOUGH)
        return [first, *_add(chain, side, recent, "")]
    if chain.harder is not None:
        first = _change_to(
            chain.harder, side, because, LONG_ENOUGH if chain.here.is_held else RAISE
        )
        return [first, *_add(chain, side, recent, "changing the exercise")]
    if chain.here.is_held:
        text = f"Stay at {LONGEST_HOLD_S:g} s, the longest hold advised."
        seconds = (LONGEST_HOLD_S, LONGEST_HOLD_S)
        first = NextStep("hold", side, text, because, LONG_ENOUGH, dose=Dose(seconds=seconds))
        return [first, *_add(chain, side, recent, "")]
    added = _add(chain, side, recent, "")
    return added or [NextStep("exercise", side, AS_IT_IS, because, MORE)]


def _higher(side: Stance, height_cm: float | None, because: str) -> NextStep:
    if height_cm is None:
        text = f"Raise the step by {STEP_CM[0]:g} to {STEP_CM[1]:g} cm."
        return NextStep("step", side, text, because, RAISE, way="on")
    low, high = (min(height_cm + more, HIGHEST_STEP_CM) for more in STEP_CM)
    text = f"Raise the step from {height_cm:g} cm to {_between(low, high)} cm."
    return NextStep("step", side, text, because, RAISE, "on", Dose(step_cm=(low, high)))


def _change_to(harder: ExerciseInfo, side: Stance, because: str, rule: AdviceRule) -> NextStep:
    small = f" on a small step of {LOWEST_STEP_CM:g} cm" if harder.has_step else ""
    text = f"Change to the {harder.title.lower()}{small}."
    step_cm = (LOWEST_STEP_CM, LOWEST_STEP_CM) if harder.has_step else None
    dose = Dose(exercise=harder.id, step_cm=step_cm)
    return NextStep("exercise", side, text, because, rule, "on", dose)


def _longer(side: Stance, recent: Sequence[Facts], because: str) -> NextStep | None:
    """Advise to hold for longer; ``None`` when it is long enough."""
    now_s = recent[-1].well_s
    if now_s is None:
        text = f"Hold {HOLD_S[0]:g} to {HOLD_S[1]:g} s longer."
        return NextStep("hold", side, text, because, LONGER, way="on")
    if now_s >= LONGEST_HOLD_S:
        return None
    low, high = (min(max(now_s + more, SHORTEST_HOLD_S), LONGEST_HOLD_S) for more in HOLD_S)
    text = f"Hold for {_between(low, high)} s."
    return NextStep("hold", side, text, because, LONGER, "on", Dose(seconds=(low, high)))


def _add(chain: _Chain, side: Stance, recent: Sequence[Facts], instead_of: str) -> list[NextStep]:
    """Advise on what can be added: weight, or repetitions where nothing else can go up."""
    found = [_load(side, recent, instead_of)] if chain.here.load else []
    if instead_of or any(one.way == "on" for one in found) or chain.here.kind != "reps":
        return found
    return [*found, *_more(side, recent)]


def _load(side: Stance, recent: Sequence[Facts], instead_of: str) -> NextStep:
    if all(one.upright for one in recent):
        now = recent[-1].training.load_kg or 0.0
        low, high = (now + more for more in LOAD_KG)
        weight = f"{low:g} to {high:g} kg"
        if now:
            weight = f"go from {now:g} kg to {_between(low, high)} kg"
        add = f"Or, instead of {instead_of}, add weight" if instead_of else "Add weight"
        because = f"the trunk stayed upright on {_days(recent)}"
        dose = Dose(load_kg=(low, high))
        return NextStep(
            "load", side, f"{add}: {weight}.", because, LOAD, "on", dose, instead=bool(instead_of)
        )
    seen = [one for one in recent if one.upright is not None]
    because = "the trunk leaned too far" if seen else "the trunk could not be judged"
    if len(seen) < len(recent) and all(one.upright for one in seen):
        because = "the trunk could not be judged in both sessions"
    return NextStep("load", side, "Do not add weight yet.", because, LOAD)


def _more(side: Stance, recent: Sequence[Facts]) -> list[NextStep]:
    before, now = recent[0].in_set, recent[-1].in_set
    if before is None or now is None or before < now or now >= MOST_REPETITIONS:
        return []
    wanted = min(now + MORE_REPETITIONS, MOST_REPETITIONS)
    because = f"good form on {_days(recent)}, and neither the step nor the weight can go up"
    text = f"Do {wanted} repetitions in each set."
    return [NextStep("repetitions", side, text, because, MORE, "on", Dose(repetitions=wanted))]


def _no_load(side: Stance, last: Facts, because: str, rule: AdviceRule) -> list[NextStep]:
    if not last.training.load_kg:
        return []
    text = f"Train without the {last.training.load_kg:g} kg."
    return [NextStep("load", side, text, because, rule, "back", Dose(load_kg=(0.0, 0.0)))]


def _easier(chain: _Chain, side: Stance, last: Facts, because: str, rule: AdviceRule) -> NextStep:
    change = f"change to the {chain.easier.title.lower()}, which is easier" if chain.easier else ""
    changed = Dose(exercise=chain.easier.id if chain.easier else None)
    height_cm = last.training.step_height_cm
    if chain.here.is_held:
        return _shorter(side, last, because, rule, change, changed)
    if not chain.here.has_step:
        text = f"Go less deep, or {change}." if change else LESS_DEEP
        return NextStep("exercise", side, text, because, rule, "back", changed)
    if height_cm is not None and height_cm <= LOWEST_STEP_CM:
        small = f"Your step ({height_cm:g} cm) is already the lowest advised"
        text = f"{small}: {change or 'go less deep'}."
        return NextStep("exercise", side, text, because, rule, "back", changed)
    dose = Dose()
    if height_cm is None:
        text, otherwise = (
            f"Use a step {STEP_CM[0]:g} to {STEP_CM[1]:g} cm lower",
            "If you have no lower step",
        )
    else:
        low, high = (max(height_cm - less, LOWEST_STEP_CM) for less in reversed(STEP_CM))
        text = f"Lower the step from {height_cm:g} cm to {_between(low, high)} cm"
        otherwise = "If that is not enough"
        dose = Dose(step_cm=(low, high))
    text += f". {otherwise}, {change}." if change else "."
    return NextStep("step", side, text, because, rule, "back", dose)


def _shorter(
    side: Stance, last: Facts, because: str, rule: AdviceRule, change: str, changed: Dose
) -> NextStep:
    """Advise a shorter hold, or another exercise when it was as short as advised."""
    if last.held_s is None:
        text = f"Hold {HOLD_S[0]:g} to {HOLD_S[1]:g} s shorter."
        return NextStep("hold", side, text, because, rule, "back")
    now_s = whole_steps_s(last.held_s)
    if now_s > SHORTEST_HOLD_S:
        low, high = (max(now_s - less, SHORTEST_HOLD_S) for less in reversed(HOLD_S))
        text = f"Hold for {_between(low, high)} s only."
        return NextStep("hold", side, text, because, rule, "back", Dose(seconds=(low, high)))
    if not change:
        return NextStep("exercise", side, AS_LONG_AS_GOOD, because, rule, "back")
    text = f"{SHORTEST_HOLD_S:g} s is already the shortest hold advised: {change}."
    return NextStep("exercise", side, text, because, rule, "back", changed)


def _stay(
    chain: _Chain, side: Stance, recent: Sequence[Facts], doubt: Facts | None = None
) -> NextStep:
    last = recent[-1]
    because = _why_stay(chain, recent, doubt)
    if chain.here.is_held and last.well_s is not None:
        wanted_s = max(last.well_s, SHORTEST_HOLD_S)
        dose = Dose(seconds=(wanted_s, wanted_s))
        return NextStep("hold", side, f"Hold for {wanted_s:g} s.", because, LONGER, dose=dose)
    if not chain.here.has_step:
        return NextStep("exercise", side, AS_IT_IS, because, STAY)
    height_cm = last.training.step_height_cm
    at = "" if height_cm is None else f" at {height_cm:g} cm"
    return NextStep("step", side, f"Keep the same step{at}.", because, STAY)


def _why_stay(chain: _Chain, recent: Sequence[Facts], doubt: Facts | None) -> str:
    last = recent[-1]
    dated = [f" ({one.day})" if one.day != last.day else "" for one in recent[:-1]]
    dated.append(f" ({last.day})" if any(dated) else "")
    if not last.good:
        return f"{_judged_words(last, chain)} on {last.day}"
    if len(recent) < SESSIONS_TO_RAISE:
        return f"there is one good session so far; {TWO_IN_A_ROW}"
    if (unknown := _not_judged(recent[0])) is not None:
        return (
            f"the last session{dated[1]} was good, but {unknown} could not be judged in the "
            f"session before it{dated[0]}; {TWO_IN_A_ROW}"
        )
    if not recent[0].good:
        return (
            f"the last session{dated[1]} was good, but the session before it{dated[0]} was not; "
            f"{TWO_IN_A_ROW}"
        )
    if doubt is not None:
        where = f"from the {doubt.view}" if doubt.view in ("front", "side") else "at an angle"
        return (
            f"the last two sessions were good, but the last session filmed {where} ({doubt.day}) "
            f"was not: {_judged_words(doubt, chain)}; film {where} again"
        )
    return _differs(recent)


def _tempo(chain: _Chain, side: Stance, last: Facts) -> list[NextStep]:
    """Advise on the way down, where the exercise judges it."""
    if not last.tempo_asked:
        return []
    target_s = chain.here.target_descent_s
    if not last.tempo.judged:
        because = f"the tempo could not be judged on {last.day}"
        text = f"Take about {target_s:g} s on the way down."
        return [NextStep("tempo", side, text, because, TEMPO)]
    because = f"{_count(last.tempo, chain)} {_slow_enough(last.tempo)} on {last.day}"
    text = f"Keep taking about {target_s:g} s on the way down."
    if share(last.tempo) < GOOD_SHARE:
        text = f"Go down more slowly: count to {target_s:g}."
    return [NextStep("tempo", side, text, because, TEMPO)]


def _differs(recent: Sequence[Facts]) -> str:
    """Say what the sessions cannot be taken together for; empty when they can."""
    first, last = recent[0], recent[-1]
    if first.setting != last.setting:
        return "the last two sessions did not have the same step and load"
    if first.well_s is not None and last.well_s is not None and first.well_s < last.well_s:
        return f"the first session with {last.well_s:g} s was good; {TWO_IN_A_ROW}"
    return ""


def _not_judged(one: Facts) -> str | None:
    """Name what was not judged, if that keeps the session from counting as good."""
    if not one.form.judged:
        return "form"
    unseen = one.tempo_asked and not one.tempo.judged
    return "tempo" if unseen and share(one.form) >= GOOD_SHARE else None


def _judged_words(one: Facts, chain: _Chain) -> str:
    form = "form could not be judged"
    if one.form.judged:
        form = f"{_count(one.form, chain)} had good form"
    counted = good_of(one.tempo.good, one.tempo.judged)
    return f"{form}, {counted} {_slow_enough(one.tempo)}" if one.tempo.judged else form


def _slow_enough(counted: Tally) -> str:
    return f"{'was' if counted.good == 1 else 'were'} slow enough"


def _days(recent: Sequence[Facts]) -> str:
    return " and ".join(dict.fromkeys(one.day for one in recent))


def _between(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"between {low:g} and {high:g}"


def _count(counted: Tally, chain: _Chain) -> str:
    """Word the good ones among the judged ones, as in ``2 of 4 repetitions``."""
    return f"{good_of(counted.good, counted.judged)} {chain.here.effort}s"
