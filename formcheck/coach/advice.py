"""Advice for the next session: step height, load, time to hold, repetitions and tempo.

:func:`advise` gets the facts of a person's past sessions of one exercise (``session_facts.py``):
grades of form and tempo, the step height, load and pain that were entered, and how long a posture
was held. It applies the rules in ``advice_rules.py`` and returns the advice for each leg; each
piece names its rule and the source of the rule. Progress reports, passports and programmes use it.
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
    TIMED_WITHIN_S,
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
"""Direction of advice: on to something harder, back to something easier, or no change."""
Range = tuple[float, float]


@dataclass(frozen=True)
class Dose:
    """The numbers of a piece of advice; ``None`` for what it does not change.

    Attributes
    ----------
    exercise
        Id of the exercise to change to.
    step_cm, load_kg, seconds
        Lowest and highest value that is advised.
    repetitions
        Repetitions in a set.
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
        The topic.
    side
        The leg.
    text
        The advice in words.
    because
        The result of the last sessions that leads to it.
    rule
        The rule that was applied.
    way
        On to more, back to less, or the same as last time.
    dose
        The advice in numbers.
    instead
        Whether it is an alternative to the advice before it, and not an addition.
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
    """Return the advice for the next session, by leg; empty if there are no past sessions.

    Parameters
    ----------
    exercise
        The exercise of these sessions.
    past
        Facts of past sessions by leg, the oldest first.
    related
        The easier and the harder exercise by id, if known.

    Returns
    -------
    tuple of NextStep
        If one leg should stop because of pain, only this advice.
    """
    others = related or {}
    ladder = _ExerciseLadder(
        exercise,
        easier=others.get(exercise.easier or ""),
        harder=others.get(exercise.harder or ""),
    )
    by_leg = {
        side: _advice_for_leg(ladder, side, list(known)) for side, known in past.items() if known
    }
    found = [advice for advices in by_leg.values() for advice in advices]
    stops = [advice for advice in found if advice.about == "stop"]
    if stops:
        return tuple(stops)
    raised = [one.side for one in found if one.way == "on" and one.about in _MAIN]
    if len(raised) == 1:
        return tuple(_with_other_leg_ahead(advice, raised[0]) for advice in found)
    return tuple(found)


_MAIN: tuple[AdvisedOn, ...] = ("exercise", "step", "hold")
"""The topics of the first piece of advice for a leg, unless it is to stop."""


def _with_other_leg_ahead(advice: NextStep, ahead: Stance) -> NextStep:
    """Add to the advice to change nothing that only the other leg moves on.

    ``ahead`` is the leg that moves on. Any other advice is returned unchanged.
    """
    keeps = advice.way == "same" and advice.rule in (STAY, LONGER)
    if advice.side == ahead or not keeps:
        return advice
    text = f"{advice.text.rstrip('.')}; only the {ahead} leg moves on."
    return replace(advice, text=text, rule=BOTH)


@dataclass(frozen=True)
class _ExerciseLadder:
    """An exercise between an easier and a harder one."""

    here: ExerciseInfo
    easier: ExerciseInfo | None
    harder: ExerciseInfo | None


def _advice_for_leg(ladder: _ExerciseLadder, side: Stance, past: list[Facts]) -> list[NextStep]:
    """Apply the rules to one leg: stop, make it easier, change nothing, or make it harder."""
    days = by_day(past)
    last = days[-1]
    pain = last.training.pain
    if pain is not None and pain > PAIN_STOP:
        text = "Stop this exercise and see a professional before the next session."
        return [NextStep("stop", side, text, f"pain {pain} of 10 on {last.day}", STOP)]
    if pain is not None and pain > PAIN_IDEAL:
        because = f"pain {pain} of 10 on {last.day}"
        return _advice_to_reduce(ladder, side, last, because, EASE)
    if last.poor:
        because = f"{_count_words(last.form, ladder)} had good form on {last.day}"
        return _advice_to_reduce(ladder, side, last, because, REGRESS)
    recent = days[-SESSIONS_TO_RAISE:]
    ready = len(recent) == SESSIONS_TO_RAISE and all(one.good for one in recent)
    doubt = _poor_in_other_view(past)
    if not ready or _why_not_comparable(recent) or doubt is not None:
        return [_no_change(ladder, side, recent, doubt), *_tempo_advice(ladder, side, last)]
    return [*_advice_to_increase(ladder, side, recent), *_tempo_advice(ladder, side, last)]


def _advice_to_reduce(
    ladder: _ExerciseLadder, side: Stance, last: Facts, because: str, rule: AdviceRule
) -> list[NextStep]:
    return [
        _easier_exercise(ladder, side, last, because, rule),
        *_no_load(side, last, because, rule),
        *_tempo_advice(ladder, side, last),
    ]


def _poor_in_other_view(past: Sequence[Facts]) -> Facts | None:
    """Return the last session of a camera view if it was not good; ``None`` if all views were good.

    Only sessions with the present step and load count. What was wrong in one view may be invisible
    in the other.
    """
    newest = {one.view: one for one in past if one.setting == past[-1].setting}
    return next((one for one in newest.values() if one.form.judged and not one.done_well), None)


def _advice_to_increase(
    ladder: _ExerciseLadder, side: Stance, recent: Sequence[Facts]
) -> list[NextStep]:
    """Return the advice after enough good sessions: one thing is made harder, or weight added."""
    last = recent[-1]
    what = "form and tempo" if last.tempo_asked else "form"
    because = f"good {what} on {_day_words(recent)}"
    if last.training.pain is None:
        because += f"; pain was not entered, so change only if it is at most {PAIN_IDEAL} of 10"
    if ladder.here.is_held:
        longer = _longer_hold(side, recent, because)
        if longer is not None:
            return [longer]
    height_cm = last.training.step_height_cm
    if ladder.here.has_step and (height_cm is None or height_cm < HIGHEST_STEP_CM):
        return [
            _higher_step(side, height_cm, because),
            *_additions(ladder, side, recent, "a higher step"),
        ]
    if ladder.here.has_step:
        text = f"Stay at {height_cm:g} cm, the highest step advised."
        first = NextStep("step", side, text, because, HIGH_ENOUGH)
        return [first, *_additions(ladder, side, recent, "")]
    if ladder.harder is not None:
        first = _harder_exercise(
            ladder.harder, side, because, LONG_ENOUGH if ladder.here.is_held else RAISE
        )
        return [first, *_additions(ladder, side, recent, "changing the exercise")]
    if ladder.here.is_held:
        text = f"Stay at {LONGEST_HOLD_S:g} s, the longest hold advised."
        seconds = (LONGEST_HOLD_S, LONGEST_HOLD_S)
        first = NextStep("hold", side, text, because, LONG_ENOUGH, dose=Dose(seconds=seconds))
        return [first, *_additions(ladder, side, recent, "")]
    added = _additions(ladder, side, recent, "")
    return added or [NextStep("exercise", side, AS_IT_IS, because, MORE)]


def _higher_step(side: Stance, height_cm: float | None, because: str) -> NextStep:
    if height_cm is None:
        text = f"Raise the step by {STEP_CM[0]:g} to {STEP_CM[1]:g} cm."
        return NextStep("step", side, text, because, RAISE, way="on")
    low, high = (min(height_cm + more, HIGHEST_STEP_CM) for more in STEP_CM)
    text = f"Raise the step from {height_cm:g} cm to {_range_words(low, high)} cm."
    return NextStep("step", side, text, because, RAISE, "on", Dose(step_cm=(low, high)))


def _harder_exercise(
    harder: ExerciseInfo, side: Stance, because: str, rule: AdviceRule
) -> NextStep:
    small = f" on a small step of {LOWEST_STEP_CM:g} cm" if harder.has_step else ""
    text = f"Change to the {harder.title.lower()}{small}."
    step_cm = (LOWEST_STEP_CM, LOWEST_STEP_CM) if harder.has_step else None
    dose = Dose(exercise=harder.id, step_cm=step_cm)
    return NextStep("exercise", side, text, because, rule, "on", dose)


def _longer_hold(side: Stance, recent: Sequence[Facts], because: str) -> NextStep | None:
    """Return the advice to hold for longer; ``None`` if the hold is long enough."""
    now_s = recent[-1].well_s
    if now_s is None:
        text = f"Hold {HOLD_S[0]:g} to {HOLD_S[1]:g} s longer."
        return NextStep("hold", side, text, because, LONGER, way="on")
    if now_s >= LONGEST_HOLD_S:
        return None
    low, high = (min(max(now_s + more, SHORTEST_HOLD_S), LONGEST_HOLD_S) for more in HOLD_S)
    text = f"Hold for {_range_words(low, high)} s."
    return NextStep("hold", side, text, because, LONGER, "on", Dose(seconds=(low, high)))


def _additions(
    ladder: _ExerciseLadder, side: Stance, recent: Sequence[Facts], instead_of: str
) -> list[NextStep]:
    """Return the advice to add weight, or repetitions if nothing else can be increased."""
    found = [_more_load(side, recent, instead_of)] if ladder.here.load else []
    if instead_of or any(one.way == "on" for one in found) or ladder.here.kind != "reps":
        return found
    return [*found, *_more_repetitions(side, recent)]


def _more_load(side: Stance, recent: Sequence[Facts], instead_of: str) -> NextStep:
    """Return the advice on weight; ``instead_of`` names what else could be made harder."""
    if all(one.upright for one in recent):
        now = recent[-1].training.load_kg or 0.0
        low, high = (now + more for more in LOAD_KG)
        weight = f"{low:g} to {high:g} kg"
        if now:
            weight = f"go from {now:g} kg to {_range_words(low, high)} kg"
        add = f"Or, instead of {instead_of}, add weight" if instead_of else "Add weight"
        because = f"the trunk stayed upright on {_day_words(recent)}"
        dose = Dose(load_kg=(low, high))
        return NextStep(
            "load", side, f"{add}: {weight}.", because, LOAD, "on", dose, instead=bool(instead_of)
        )
    seen = [one for one in recent if one.upright is not None]
    because = "the trunk leaned too far" if seen else "the trunk could not be judged"
    if len(seen) < len(recent) and all(one.upright for one in seen):
        because = "the trunk could not be judged in both sessions"
    return NextStep("load", side, "Do not add weight yet.", because, LOAD)


def _more_repetitions(side: Stance, recent: Sequence[Facts]) -> list[NextStep]:
    """Return the advice to do more repetitions, if the last two sessions had equally many."""
    before, now = recent[0].in_set, recent[-1].in_set
    if before is None or now is None or before < now or now >= MOST_REPETITIONS:
        return []
    wanted = min(now + MORE_REPETITIONS, MOST_REPETITIONS)
    because = f"good form on {_day_words(recent)}, and neither the step nor the weight can go up"
    text = f"Do {wanted} repetitions in each set."
    return [NextStep("repetitions", side, text, because, MORE, "on", Dose(repetitions=wanted))]


def _no_load(side: Stance, last: Facts, because: str, rule: AdviceRule) -> list[NextStep]:
    if not last.training.load_kg:
        return []
    text = f"Train without the {last.training.load_kg:g} kg."
    return [NextStep("load", side, text, because, rule, "back", Dose(load_kg=(0.0, 0.0)))]


def _easier_exercise(
    ladder: _ExerciseLadder, side: Stance, last: Facts, because: str, rule: AdviceRule
) -> NextStep:
    change = (
        f"change to the {ladder.easier.title.lower()}, which is easier" if ladder.easier else ""
    )
    changed = Dose(exercise=ladder.easier.id if ladder.easier else None)
    height_cm = last.training.step_height_cm
    if ladder.here.is_held:
        return _shorter_hold(side, last, because, rule, change, changed)
    if not ladder.here.has_step:
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
        text = f"Lower the step from {height_cm:g} cm to {_range_words(low, high)} cm"
        otherwise = "If that is not enough"
        dose = Dose(step_cm=(low, high))
    text += f". {otherwise}, {change}." if change else "."
    return NextStep("step", side, text, because, rule, "back", dose)


def _shorter_hold(
    side: Stance, last: Facts, because: str, rule: AdviceRule, change: str, changed: Dose
) -> NextStep:
    """Return the advice for a shorter hold; if it was the shortest, for an easier exercise."""
    if last.held_s is None:
        text = f"Hold {HOLD_S[0]:g} to {HOLD_S[1]:g} s shorter."
        return NextStep("hold", side, text, because, rule, "back")
    now_s = whole_steps_s(last.held_s)
    if now_s > SHORTEST_HOLD_S:
        low, high = (max(now_s - less, SHORTEST_HOLD_S) for less in reversed(HOLD_S))
        text = f"Hold for {_range_words(low, high)} s only."
        return NextStep("hold", side, text, because, rule, "back", Dose(seconds=(low, high)))
    if not change:
        return NextStep("exercise", side, AS_LONG_AS_GOOD, because, rule, "back")
    text = f"{SHORTEST_HOLD_S:g} s is already the shortest hold advised: {change}."
    return NextStep("exercise", side, text, because, rule, "back", changed)


def _no_change(
    ladder: _ExerciseLadder, side: Stance, recent: Sequence[Facts], doubt: Facts | None = None
) -> NextStep:
    last = recent[-1]
    because = _why_no_change(ladder, recent, doubt)
    if ladder.here.is_held and last.well_s is not None:
        wanted_s = max(last.well_s, SHORTEST_HOLD_S)
        because = _why_this_long(last, wanted_s) or because
        dose = Dose(seconds=(wanted_s, wanted_s))
        return NextStep("hold", side, f"Hold for {wanted_s:g} s.", because, LONGER, dose=dose)
    if not ladder.here.has_step:
        return NextStep("exercise", side, AS_IT_IS, because, STAY)
    height_cm = last.training.step_height_cm
    at = "" if height_cm is None else f" at {height_cm:g} cm"
    return NextStep("step", side, f"Keep the same step{at}.", because, STAY)


def _why_this_long(last: Facts, wanted_s: float) -> str:
    """Say why a hold is to last longer or shorter than last time; empty when it is not."""
    held_s, well_s = last.held_s, last.held_well_s
    if held_s is None or well_s is None or whole_steps_s(held_s) == wanted_s:
        return ""
    well = f"{well_s:.0f} s"
    if well_s + TIMED_WITHIN_S < held_s:
        well = f"{well_s:.0f} of {held_s:.0f} s"
    too_short = whole_steps_s(well_s) < SHORTEST_HOLD_S
    shortest = f", and {SHORTEST_HOLD_S:g} s is the shortest hold advised" if too_short else ""
    return f"{well} were held well on {last.day}{shortest}"


def _why_no_change(ladder: _ExerciseLadder, recent: Sequence[Facts], doubt: Facts | None) -> str:
    """Say why the exercise is not made harder yet; ``doubt`` is a poor session in another view."""
    last = recent[-1]
    dated = [f" ({one.day})" if one.day != last.day else "" for one in recent[:-1]]
    dated.append(f" ({last.day})" if any(dated) else "")
    if not last.good:
        return f"{_judged_words(last, ladder)} on {last.day}"
    if len(recent) < SESSIONS_TO_RAISE:
        return f"there is one good session so far; {TWO_IN_A_ROW}"
    if (unknown := _unjudged_part(recent[0])) is not None:
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
            f"was not: {_judged_words(doubt, ladder)}; film {where} again"
        )
    return _why_not_comparable(recent)


def _tempo_advice(ladder: _ExerciseLadder, side: Stance, last: Facts) -> list[NextStep]:
    """Return the advice on the speed of the way down, if the exercise judges it."""
    if not last.tempo_asked:
        return []
    target_s = ladder.here.target_descent_s
    if not last.tempo.judged:
        because = f"the tempo could not be judged on {last.day}"
        text = f"Take about {target_s:g} s on the way down."
        return [NextStep("tempo", side, text, because, TEMPO)]
    if share(last.tempo) < GOOD_SHARE:
        fast = last.tempo.judged - last.tempo.good
        because = (
            f"{good_of(fast, last.tempo.judged)} {ladder.here.effort}s "
            f"{'was' if fast == 1 else 'were'} not slow enough on {last.day}"
        )
        text = f"Go down more slowly: count to {target_s:g}."
    else:
        because = f"{_count_words(last.tempo, ladder)} {_was_slow_enough(last.tempo)} on {last.day}"
        text = f"Keep going down slowly: {target_s:g} s by a stopwatch."
    return [NextStep("tempo", side, text, because, TEMPO)]


def _why_not_comparable(recent: Sequence[Facts]) -> str:
    """Say why two sessions cannot be counted together; empty if they can."""
    first, last = recent[0], recent[-1]
    if first.setting != last.setting:
        return "the last two sessions did not have the same step and load"
    if first.well_s is not None and last.well_s is not None and first.well_s < last.well_s:
        return f"the first session with {last.well_s:g} s was good; {TWO_IN_A_ROW}"
    return ""


def _unjudged_part(one: Facts) -> str | None:
    """Return ``form`` or ``tempo`` if a session is not good only because this was not judged."""
    if not one.form.judged:
        return "form"
    unseen = one.tempo_asked and not one.tempo.judged
    return "tempo" if unseen and share(one.form) >= GOOD_SHARE else None


def _judged_words(one: Facts, ladder: _ExerciseLadder) -> str:
    form = "form could not be judged"
    if one.form.judged:
        form = f"{_count_words(one.form, ladder)} had good form"
    counted = good_of(one.tempo.good, one.tempo.judged)
    return f"{form}, {counted} {_was_slow_enough(one.tempo)}" if one.tempo.judged else form


def _was_slow_enough(counted: Tally) -> str:
    return f"{'was' if counted.good == 1 else 'were'} slow enough"


def _day_words(recent: Sequence[Facts]) -> str:
    return " and ".join(dict.fromkeys(one.day for one in recent))


def _range_words(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"between {low:g} and {high:g}"


def _count_words(counted: Tally, ladder: _ExerciseLadder) -> str:
    """Say how many of the judged repetitions were good, as in ``2 of 4 repetitions``."""
    return f"{good_of(counted.good, counted.judged)} {ladder.here.effort}s"
