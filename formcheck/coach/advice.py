"""Advice for the next session: step height, load and tempo.

Each piece of advice names its rule and the source of that rule. It depends only on the last
sessions: on their grades of form and tempo, and on the step height, load and pain that were
entered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from formcheck.data.numbers import good_of
from formcheck.data.session import (
    ExerciseInfo,
    MeasureSpec,
    Rep,
    Stance,
    Tally,
    Training,
    ViewKind,
    judges_tempo,
)
from formcheck.motion.main_view import main_view
from formcheck.motion.verdicts import tally

GOOD_SHARE = 0.8
"""A session counts as good from this share of good repetitions, of the judged ones."""

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
LESS_DEEP = "Go less deep. Return to full depth once that goes well."


@dataclass(frozen=True)
class AdviceRule:
    """A rule in a sentence, and its source."""

    text: str
    source: str


STOP = AdviceRule(
    "Pain above 5 of 10: stop and see a professional.",
    "Published practice: pain at most 2 of 10 ideally, never above 5.",
)
EASE = AdviceRule(
    "Pain from 3 to 5 of 10: make it easier until pain is at most 2.",
    "Published practice: pain at most 2 of 10 ideally, never above 5. The steps for making it "
    "easier are formcheck's own.",
)
RAISE = AdviceRule(
    "After two good sessions in a row with the same step and load (at least 4 of 5 repetitions "
    "good, tempo within limits), raise the step by 2 to 5 cm; but not while the last one from "
    "another side was not good.",
    f"{OURS}: raising the step when pain-free with good form is convention, but no published "
    "numbers were found.",
)
REGRESS = AdviceRule(
    "After a session with fewer than half of the repetitions good, lower the step by 2 to 5 cm. "
    "Without a step, or on the smallest one, go less deep or change to the easier exercise.",
    f"{OURS}: no published numbers were found. Falling back to an easier exercise is common "
    "practice.",
)
STAY = AdviceRule(
    "Keep step and load until two sessions in a row are good.",
    f"{OURS}: no published numbers were found.",
)
HIGH_ENOUGH = AdviceRule(
    "Do not raise the step above 24 cm.",
    f"{OURS}: 24 cm is the highest step in the studies read (Lewis 2015).",
)
LOAD = AdviceRule(
    "Add weight only if the trunk stayed upright in both good sessions, and never raise the step "
    "at the same time.",
    "Staying upright when holding a weight is common practice; the amount, and one change at a "
    f"time, are {OURS}.",
)
TEMPO = AdviceRule(
    "Take 3 to 5 s on the way down. Raise the step or the load only if you can keep that.",
    "Published practice of eccentric training: 3 to 5 s on the way down.",
)
BOTH = AdviceRule("Each leg moves on separately, once its own sessions are good.", f"{OURS}.")


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
    tempo_asked
        Whether the exercise judged the tempo at all.
    view
        Where the camera stood: the front shows the knees, the side the forward lean.
    """

    day: str
    training: Training
    form: Tally
    tempo: Tally
    upright: bool | None
    tempo_asked: bool = True
    view: ViewKind = "unknown"

    @property
    def good(self) -> bool:
        """Whether it counts towards a higher step."""
        in_tempo = not self.tempo_asked or _share(self.tempo) >= GOOD_SHARE
        return in_tempo and _share(self.form) >= GOOD_SHARE

    @property
    def poor(self) -> bool:
        """Whether the form calls for something easier."""
        return self.form.judged > 0 and _share(self.form) < POOR_SHARE


@dataclass(frozen=True)
class NextStep:
    """One piece of advice for the next session.

    Attributes
    ----------
    about
        ``stop``, ``exercise``, ``step``, ``load`` or ``tempo``.
    side
        The leg.
    text
        The advice in words.
    because
        The finding in the last sessions that leads to it.
    rule
        The rule it follows.
    """

    about: str
    side: Stance
    text: str
    because: str
    rule: AdviceRule


def facts(day: str, training: Training, reps: Sequence[Rep], specs: Sequence[MeasureSpec]) -> Facts:
    """Summarize one session's repetitions on one leg, with the specs they were judged by."""
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
        tempo=tally((rep.tempo for rep in reps), asked=judges_tempo(specs)),
        upright=not any(leans) if leans else None,
        tempo_asked=judges_tempo(specs),
        view=main_view(reps).kind if reps else "unknown",
    )


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
    raised = [advice.side for advice in found if advice.rule == RAISE]
    if len(raised) == 1:
        return tuple(_behind(advice, raised[0]) for advice in found)
    return tuple(found)


def _behind(advice: NextStep, ahead: Stance) -> NextStep:
    """Word what a leg keeps doing while the other one moves on; other advice is as it was."""
    if advice.side == ahead or advice.rule != STAY:
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
    last = past[-1]
    pain = last.training.pain
    if pain is not None and pain > PAIN_STOP:
        text = "Stop this exercise and see a professional before the next session."
        return [NextStep("stop", side, text, f"pain {pain} of 10 on {last.day}", STOP)]
    if pain is not None and pain > PAIN_IDEAL:
        because = f"pain {pain} of 10 on {last.day}"
        return [
            _easier(chain, side, last, because, EASE),
            *_no_load(side, last, because, EASE),
            *_tempo(chain, side, last),
        ]
    if last.poor:
        because = f"{_count(last.form)} repetitions good on {last.day}"
        return [
            _easier(chain, side, last, because, REGRESS),
            *_no_load(side, last, because, REGRESS),
            *_tempo(chain, side, last),
        ]
    recent = past[-SESSIONS_TO_RAISE:]
    ready = len(recent) == SESSIONS_TO_RAISE and all(one.good for one in recent)
    doubt = _doubt_from_elsewhere(past)
    if not ready or not _same_setting(recent) or doubt is not None:
        return [_stay(chain, side, recent, doubt), *_tempo(chain, side, last)]
    return [*_harder(chain, side, recent), *_tempo(chain, side, last)]


def _doubt_from_elsewhere(past: Sequence[Facts]) -> Facts | None:
    """The last session from another side that was not good, with today's step and load, if any.

    One side does not show what was wrong from the other one.
    """
    newest = {one.view: one for one in past if _same_setting((one, past[-1]))}
    return next((one for one in newest.values() if one.form.judged and not one.good), None)


def _harder(chain: _Chain, side: Stance, recent: Sequence[Facts]) -> list[NextStep]:
    last = recent[-1]
    what = "form and tempo" if last.tempo_asked else "form"
    because = f"good {what} on {_days(recent)}"
    if last.training.pain is None:
        because += "; pain was not entered: change only if pain is at most 2 of 10"
    height_cm = last.training.step_height_cm
    if chain.here.has_step and (height_cm is None or height_cm < HIGHEST_STEP_CM):
        if height_cm is None:
            text = "Raise the step by 2 to 5 cm."
        else:
            low = min(height_cm + STEP_CM[0], HIGHEST_STEP_CM)
            high = min(height_cm + STEP_CM[1], HIGHEST_STEP_CM)
            text = f"Raise the step from {height_cm:g} cm to {_between(low, high)} cm."
        first, instead_of = NextStep("step", side, text, because, RAISE), "a higher step"
    elif chain.here.has_step:
        text = f"Stay at {height_cm:g} cm, the highest step advised."
        first, instead_of = NextStep("step", side, text, because, HIGH_ENOUGH), ""
    elif chain.harder is not None:
        small = f" on a small step of {LOWEST_STEP_CM:g} cm" if chain.harder.has_step else ""
        text = f"Change to the {chain.harder.title.lower()}{small}."
        first = NextStep("exercise", side, text, because, RAISE)
        instead_of = "changing the exercise"
    else:
        return [_load(side, recent, instead_of="")] if chain.here.load else []
    return [first, *([_load(side, recent, instead_of=instead_of)] if chain.here.load else [])]


def _load(side: Stance, recent: Sequence[Facts], *, instead_of: str) -> NextStep:
    if all(one.upright for one in recent):
        now = recent[-1].training.load_kg or 0.0
        low, high = (now + more for more in LOAD_KG)
        weight = f"{low:g} to {high:g} kg"
        if now:
            weight = f"go from {now:g} kg to {_between(low, high)} kg"
        add = f"Or, instead of {instead_of}, add weight" if instead_of else "Add weight"
        because = f"the trunk stayed upright on {_days(recent)}"
        return NextStep("load", side, f"{add}: {weight}.", because, LOAD)
    seen = [one for one in recent if one.upright is not None]
    because = "the trunk leaned too far" if seen else "the trunk could not be judged"
    if len(seen) < len(recent) and all(one.upright for one in seen):
        because = "the trunk could not be judged in both sessions"
    return NextStep("load", side, "Do not add weight yet.", because, LOAD)


def _no_load(side: Stance, last: Facts, because: str, rule: AdviceRule) -> list[NextStep]:
    if not last.training.load_kg:
        return []
    text = f"Train without the {last.training.load_kg:g} kg."
    return [NextStep("load", side, text, because, rule)]


def _easier(chain: _Chain, side: Stance, last: Facts, because: str, rule: AdviceRule) -> NextStep:
    change = f"change to the {chain.easier.title.lower()}, which is easier" if chain.easier else ""
    height_cm = last.training.step_height_cm
    if not chain.here.has_step:
        text = f"Go less deep, or {change}." if change else LESS_DEEP
        return NextStep("exercise", side, text, because, rule)
    if height_cm is not None and height_cm <= LOWEST_STEP_CM:
        small = f"your step ({height_cm:g} cm) is already as low as advised"
        text = f"{change[0].upper()}{change[1:]}: {small}." if change else f"Go less deep: {small}."
        return NextStep("exercise", side, text, because, rule)
    if height_cm is None:
        text, otherwise = "Use a step 2 to 5 cm lower", "If you have none"
    else:
        low, high = (max(height_cm - less, LOWEST_STEP_CM) for less in reversed(STEP_CM))
        text = f"Lower the step from {height_cm:g} cm to {_between(low, high)} cm"
        otherwise = "If that is not enough"
    text += f". {otherwise}, {change}." if change else "."
    return NextStep("step", side, text, because, rule)


def _stay(
    chain: _Chain, side: Stance, recent: Sequence[Facts], doubt: Facts | None = None
) -> NextStep:
    last = recent[-1]
    dated = [f" ({one.day})" if one.day != last.day else "" for one in recent[:-1]]
    dated.append(f" ({last.day})" if any(dated) else "")
    if not last.good:
        because = f"on {last.day}: {_judged_words(last)}"
    elif len(recent) < SESSIONS_TO_RAISE:
        because = "one good session so far; it takes two in a row"
    elif (unknown := _not_judged(recent[0])) is not None:
        because = (
            f"the last session{dated[1]} was good, but {unknown} could not be judged in the one "
            f"before it{dated[0]}; it takes two good sessions in a row"
        )
    elif not recent[0].good:
        because = (
            f"the last session{dated[1]} was good, but the one before it{dated[0]} was not; it "
            "takes two good sessions in a row"
        )
    elif doubt is not None:
        where = f"from the {doubt.view}" if doubt.view in ("front", "side") else "from there"
        because = (
            f"the last two sessions were good, but the last one {where} ({doubt.day}) was not: "
            f"{_judged_words(doubt)}; film {where} again"
        )
    else:
        because = "the step or the load differed between the last two sessions"
    height_cm = last.training.step_height_cm
    if not chain.here.has_step:
        return NextStep("exercise", side, "Keep doing the exercise as it is.", because, STAY)
    at = "" if height_cm is None else f" at {height_cm:g} cm"
    return NextStep("step", side, f"Keep the step{at}.", because, STAY)


def _tempo(chain: _Chain, side: Stance, last: Facts) -> list[NextStep]:
    """Advise on the way down, where the exercise judges it."""
    if not last.tempo_asked:
        return []
    target_s = chain.here.target_descent_s
    if not last.tempo.judged:
        because = f"the tempo could not be judged on {last.day}"
        text = f"Take about {target_s:g} s on the way down."
        return [NextStep("tempo", side, text, because, TEMPO)]
    because = f"{_count(last.tempo)} repetitions slow enough on {last.day}"
    text = f"Keep taking about {target_s:g} s on the way down."
    if _share(last.tempo) < GOOD_SHARE:
        text = f"Go down more slowly: count to {target_s:g}."
    return [NextStep("tempo", side, text, because, TEMPO)]


def _same_setting(recent: Sequence[Facts]) -> bool:
    settings = {(one.training.step_height_cm, one.training.load_kg or 0.0) for one in recent}
    return len(settings) == 1


def _not_judged(one: Facts) -> str | None:
    """Name what was not judged, if that keeps the session from counting as good."""
    if not one.form.judged:
        return "form"
    unseen = one.tempo_asked and not one.tempo.judged
    return "tempo" if unseen and _share(one.form) >= GOOD_SHARE else None


def _judged_words(one: Facts) -> str:
    form = f"{_count(one.form)} repetitions good" if one.form.judged else "form could not be judged"
    return f"{form}, {_count(one.tempo)} slow enough" if one.tempo.judged else form


def _days(recent: Sequence[Facts]) -> str:
    return " and ".join(dict.fromkeys(one.day for one in recent))


def _between(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"between {low:g} and {high:g}"


def _share(counted: Tally) -> float:
    """Return the share of good repetitions among the judged ones; 0 when none was judged."""
    return counted.good / counted.judged if counted.judged else 0.0


def _count(counted: Tally) -> str:
    """Word the good ones among the judged ones, as in ``2 of 4``."""
    return good_of(counted.good, counted.judged)
