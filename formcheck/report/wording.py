"""Words for reports: turns the grades, counts and numbers of a session into sentences.

All reports and the screen of a finished set use these functions, so the same result is worded in
the same way everywhere. Nothing is graded or counted here: grades, counts and advice are read from
the session.

What this module calls a repetition can also be a hold of a posture or a flight of stairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from formcheck.coach.advice_rules import TIMED_WITHIN_S
from formcheck.coach.cues import PRAISE
from formcheck.data.keypoints import SIDES
from formcheck.data.numbers import (
    NO_BREAK,
    UNKNOWN,
    count_words,
    cue_words,
    limit_text,
    measured,
    number,
    unit_after,
)
from formcheck.data.session import (
    HELD_WELL,
    STANCES,
    Advice,
    ExerciseInfo,
    Flight,
    Limits,
    Measurement,
    MeasureSpec,
    Rep,
    Session,
    Summary,
    Sureness,
    Training,
    Verdict,
)
from formcheck.motion.camera_view import direction_words
from formcheck.motion.main_view import view_in_words
from formcheck.motion.verdicts import (
    asks_form,
    findings,
    is_near_limit,
    is_unclear_good,
    not_measured,
    numbered,
    seen_from,
    sureness_in_each,
)

DISCLAIMER = "A coaching aid, not a diagnosis."
FINE = "Camera set-up is fine."
NEEDS_MOST_WORK, BEST = "needs most work", "best"
NOT_MEASURED = "not measured"
SHOWN_AT = {
    "reps": "at its lowest point",
    "holds": "at its worst moment",
    "flights": "where the trunk leans furthest",
}
"""The moment of a picture, by the kind of exercise."""
NUMBERS_ARE = {
    "reps": "",
    "holds": "The pictures show one moment; the numbers are of the whole hold.",
    "flights": "The pictures show one moment; the numbers are of the whole flight.",
}
"""What is said beside the pictures when their numbers are not of that moment."""
HOW = "How it is measured."
WHAT_ERROR_MEANS = (
    "± is the standard error: in about two of three cases, the true number lies within it. The "
    "grade is the range that the number lies in. “Probably” and “perhaps” mean that, with this "
    "error, the grade is not certain."
)
METHOD = (
    (
        HOW,
        "Software finds the joints in every frame. A repetition is found by how far the hips drop "
        "below standing. The tempo comes from the time of each frame. Each repetition is compared "
        "with how the person stood still before it.",
    ),
    (
        "What ± means.",
        WHAT_ERROR_MEANS,
    ),
    (
        "What knee valgus is.",
        "How far the knee falls in: the angle between thigh and shin as the camera sees it from "
        "the front. It is useful for coaching. It is not the knee abduction that a 3D laboratory "
        "measures (the two agree only weakly), and it does not predict injury.",
    ),
    (
        "What % means.",
        "Distances are in % of leg length, so that people of different height can be compared.",
    ),
    (
        "How to read a bad grade.",
        "Many healthy people are graded poor on these tests: 58 % of 177 healthy legs on the "
        "forward step-down (Peleg 2023). Compare a person only with their own other sessions, "
        "filmed the same way, and count only differences larger than measurement error.",
    ),
    (
        "What is left out.",
        "formcheck does not guess what the camera cannot see. No film shows pain, strength, or why "
        "a person moves like this: ask a physiotherapist about those.",
    ),
)

HOW_HELD = (
    "Software finds the joints in every frame. A hold counts when the posture is kept for at least "
    "half a second. It lasts from the moment the person takes the posture until they leave it for "
    "more than half a second. The angle is the mean over the hold."
)
HOW_CLIMBED = (
    "Software finds the joints in every frame. A flight is three or more steps in a row, all up or "
    "all down. A step is counted when one foot is set down on the next stair; this is seen from "
    "how far one foot is ahead of and above the other. The lean is the mean over the flight."
)
METHODS = {
    "reps": METHOD,
    "holds": ((HOW, HOW_HELD), METHOD[1]),
    "flights": ((HOW, HOW_CLIMBED), METHOD[1]),
}
"""How each kind of exercise is measured: titles and texts."""

JUDGED_WORDS = {
    "at_bottom": "at the bottom",
    "change": "change from standing",
    "largest": "largest value",
    "held": "mean over the hold",
    "climbed": "over the flight",
}
DOUBT_WORDS: dict[Sureness, str] = {"sure": "", "probably": "probably ", "unclear": "perhaps "}
_PARTS_OF_THE_BODY = {"knee": "the knee", "trunk": "the trunk", "depth": "the depth"}


# --- advice -------------------------------------------------------------------------------------


def advice_words(advice: Advice, reps: Sequence[Rep]) -> str:
    """Return a piece of advice with the repetitions that need it, as in ``Knee out (rep 2)``."""
    text = cue_words(advice.cue, advice.sure)
    return text if len(reps) == 1 else f"{text} ({_which_and_how_sure(advice, reps)})"


# --- the verdict --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _SetProblems:
    """What the verdicts on the form of a set, or on its tempo, say together.

    Attributes
    ----------
    problems
        Each problem that decided a verdict, in words: what was seen, in which repetitions, and
        how certain it is.
    in_all_judged
        Whether there is only one problem, and every judged repetition has it with the same
        certainty.
    close
        Good repetitions whose grade is uncertain because a number is near a limit.
    unsure
        Good repetitions whose grade is uncertain because the error of a number is large.
    name
        What a repetition is called: ``rep``, ``hold`` or ``flight``.
    """

    problems: tuple[str, ...]
    in_all_judged: bool
    close: _UncertainReps
    unsure: _UncertainReps
    name: str


@dataclass(frozen=True)
class _UncertainReps:
    """Good repetitions with an uncertain grade: their indices, and the cause, as ``the knee``."""

    reps: tuple[int, ...]
    by: str

    @classmethod
    def of(cls, found: Sequence[tuple[Rep, MeasureSpec]]) -> _UncertainReps:
        by = [_PARTS_OF_THE_BODY.get(spec.role, f"the {spec.title.lower()}") for _, spec in found]
        return cls(tuple(rep.index for rep, _ in found), listed(dict.fromkeys(by)))


def method_of(exercise: ExerciseInfo) -> tuple[tuple[str, str], ...]:
    """Return titles and texts that explain how an exercise is measured."""
    return METHODS.get(exercise.kind, METHOD)


def headline(session: Session) -> tuple[str, ...]:
    """Return the verdict on a set in a few sentences: form first, then tempo."""
    reps = session.reps
    if not reps:
        return (f"No {session.exercise.effort} was found, so there is nothing to judge.",)
    form, tempo = session.summary.form, session.summary.tempo
    forms = _problems_of(session, [(rep, rep.form) for rep in reps])
    tempos = _problems_of(session, [(rep, rep.tempo) for rep in reps])
    none_good = not (form.good or form.partly or tempo.good or tempo.partly)
    all_judged = not (form.not_judged or tempo.not_judged)
    if len(reps) > 1 and none_good and all_judged and forms.problems and tempos.problems:
        both = ", ".join((*tempos.problems, *forms.problems))
        return (
            f"{_none_of(len(reps), session.exercise)} was good: {both}.",
            *_doubt_sentences(forms, len(reps)),
            *_tempo_doubt_sentences(tempos),
        )
    held = (held_words(session, reps),) if session.exercise.is_held else ()
    return (
        *held,
        *climbed_words(session),
        *_form_sentences(session, forms),
        *_tempo_sentences(session, tempos),
    )


def held_words(session: Session, holds: Sequence[Rep]) -> str:
    """Say how long a posture was held, and how much of this time in good posture."""
    held_s = [hold.end_s - hold.start_s for hold in holds]
    shown_s, asked_s = _held_and_asked_s(session, holds)
    well = [one.value for hold in holds if (one := _held_well(session, hold)) is not None]
    count = len(held_s)
    of = "" if count == 1 else f"{count} times, " if count != 2 else "twice, "
    asked = f" of {number(asked_s, 0)}" if asked_s is not None else ""
    in_all = " in all" if count > 1 else ""
    text = f"Held {of}{number(shown_s, 0)}{asked}{NO_BREAK}s{in_all}"
    known = [one for one in well if one is not None]
    if len(known) < count:
        return f"{text}."
    return f"{text}, {_part_of(sum(known), sum(held_s))} of it in good posture."


def _held_and_asked_s(session: Session, holds: Sequence[Rep]) -> tuple[float, float | None]:
    """Return the time held, and the time asked for; ``None`` if every set and side reached it.

    Where one did not, each counts at most up to its target: more than was asked for in one set does
    not make up for less in another.
    """
    of_set: dict[tuple[int, str], float] = {}
    for hold in holds:
        which = hold.set_index, hold.stance_side
        of_set[which] = of_set.get(which, 0.0) + hold.end_s - hold.start_s
    target_s = session.training.target_hold_s
    if target_s is None or all(held_s + TIMED_WITHIN_S >= target_s for held_s in of_set.values()):
        return sum(of_set.values()), None
    return sum(min(held_s, target_s) for held_s in of_set.values()), target_s * len(of_set)


def _part_of(seconds: float, all_s: float) -> str:
    """Return a part of a time, rounded to 1 s, in words: ``all``, ``none`` or ``8 s``."""
    text = number(seconds, 0)
    if text == number(all_s, 0) or all_s - seconds < 0.5:
        return "all"
    return "none" if text == "0" else f"{text}{NO_BREAK}s"


def climbed_words(session: Session) -> tuple[str, ...]:
    """Say how many steps of stairs were taken up and down; empty for other exercises."""
    flights = [rep for rep in session.reps if isinstance(rep, Flight)]
    parts = []
    for way in dict.fromkeys(flight.way for flight in flights):
        own = [len(flight.steps) for flight in flights if flight.way == way]
        of = f" in {count_words(len(own), 'flight')}" if len(own) > 1 else ""
        parts.append(f"{count_words(sum(own), 'step')} {way}{of}")
    return (f"{capital(', '.join(parts))}.",) if parts else ()


def _held_well(session: Session, hold: Rep) -> Measurement | None:
    """Return the measured time in good posture during a hold; ``None`` if it is missing."""
    spec = next((one for one in session.specs if one.id == HELD_WELL), None)
    return None if spec is None else hold.measurements.get(spec.id)


def _form_sentences(session: Session, found: _SetProblems) -> tuple[str, ...]:
    """Return the sentences on the form of a set; empty if the exercise has no form to judge.

    A repetition counts as *good* only if everything that is judged was measured. *Partly* means:
    good as far as it was seen. Both are *judged*. The first sentence is the first of these that is
    true: all are good; there are problems (said differently if some are good, if there is one
    repetition only, if some are partly good, or if none is good); all that were judged are good;
    some are good; none is good, but no problem is certain enough to name. Then come the good
    repetitions near a limit, those that are partly good, and those that could not be judged.
    """
    tally = session.summary.form
    specs = [spec for spec in session.specs if spec.role != "tempo"]
    reps = [rep for rep in session.reps if asks_form(rep, session.specs)]
    count = tally.judged
    if not reps:
        return ()
    if not count:
        return (f"Form could not be judged{_missing_reason(session, specs, session.reps)}.",)
    of_all = f"{tally.good} of {_counted(count, len(reps), 'judged', session.exercise)}"
    sentences = []
    if tally.good == len(reps):
        in_all = f" in {_all_of(count, session.exercise)}" if count > 1 else ""
        sentences.append(f"Good form{in_all}.")
    elif found.problems:
        problems = ", ".join(found.problems)
        if tally.good:
            sentences.append(f"Good form in {of_all}. {_doubt_apart(problems)}.")
        elif len(reps) == 1:
            sentences.append(f"Form was not good: {problems}.")
        elif tally.partly:
            sentences.append(f"The form was not always good: {problems}.")
        else:
            sentences.append(f"{_none_of(count, session.exercise)} had good form: {problems}.")
    elif tally.good == count:
        good = [rep for rep in reps if rep.form.grade == "good"]
        sentences.append(f"Good form in {_rep_numbers(good)}.")
    elif tally.good:
        sentences.append(f"Good form in {of_all}.")
    elif tally.watch or tally.fault:
        sentences.append("No clear faults in the form.")
    sentences += _doubt_sentences(found, len(reps))
    partly = [
        rep
        for rep in reps
        if rep.form.grade == "good" and not rep.form.complete and not is_unclear_good(rep.form)
    ]
    if partly:
        missing = dict.fromkeys(
            session.exercise.spec(one).title.lower() for rep in partly for one in rep.form.not_seen
        )
        which = capital(_rep_numbers(partly))
        sentences.append(
            f"{which}: good as far as seen, but {listed(missing)} could not be measured."
        )
    unjudged = [rep for rep in reps if rep.form.grade is None]
    if unjudged:
        why = _missing_reason(session, specs, unjudged)
        sentences.append(f"The form of {_rep_numbers(unjudged)} could not be judged{why}.")
    return tuple(sentences)


def _tempo_sentences(session: Session, found: _SetProblems) -> tuple[str, ...]:
    """Return the sentences on the tempo of a set; empty if the exercise does not judge it.

    The first sentence is chosen as for the form. One problem of all repetitions gets a sentence of
    its own: ``All 4 repetitions were too fast``.
    """
    reps, tally = session.reps, session.summary.tempo
    specs = [spec for spec in session.specs if spec.role == "tempo" and spec.limits is not None]
    if not specs:
        return ()
    if not tally.judged:
        return (f"The way down was not timed{_missing_reason(session, specs, reps)}.",)
    enough = f"{_pace_words(specs)} on the way down"
    count, exercise = tally.judged, session.exercise
    some = f"{_some_of(tally.good, count, len(reps), exercise)} {enough}"
    sentences = []
    if tally.good == len(reps):
        all_of = f"{capital(_all_of(count, exercise))} were {enough}" if count > 1 else enough
        sentences.append(f"{capital(all_of)}.")
    elif found.problems and len(reps) == 1:
        sentences.append(f"{capital(_on_the_way_down(found.problems[0]))}.")
    # A problem ends in "(all)" when every repetition has it. If some were not timed, it is one of
    # all that were judged.
    elif len(found.problems) == 1 and found.problems[0].endswith(f" ({_both_or_all(count)})"):
        problem = found.problems[0].removesuffix(f" ({_both_or_all(count)})")
        sentences.append(f"{capital(_all_of(count, exercise))} were {_on_the_way_down(problem)}.")
    elif found.in_all_judged:
        timed = (
            f"The only timed {exercise.effort} was"
            if count == 1
            else f"All {count} timed {exercise.effort}s were"
        )
        sentences.append(f"{timed} {_on_the_way_down(found.problems[0])}.")
    elif found.problems:
        problems = ", ".join(found.problems)
        if tally.good:
            sentences.append(f"{some}. {capital(problems)}.")
        else:
            sentences.append(f"{capital(_on_the_way_down(problems))}.")
    elif tally.good == count:
        good = [rep for rep in reps if rep.tempo.grade == "good"]
        sentences.append(
            f"{capital(_rep_numbers(good))} {'was' if count == 1 else 'were'} {enough}."
        )
    else:
        sentences.append(f"{some}.")
    sentences += _tempo_doubt_sentences(found)
    unjudged = [rep for rep in reps if rep.tempo.grade is None]
    if unjudged:
        why = _missing_reason(session, specs, unjudged)
        sentences.append(f"The way down of {_rep_numbers(unjudged)} was not timed{why}.")
    return tuple(sentences)


@dataclass(frozen=True)
class SetWords:
    """A finished set in three lines, short enough to be read on a screen across the room.

    Attributes
    ----------
    count
        Which leg, and how many repetitions.
    good
        What was good; empty if nothing was.
    change
        The one thing to change, or praise if all was good; otherwise empty.
    all_good
        Whether every repetition was good in form and, if it is judged, in tempo.
    """

    count: str
    good: str
    change: str
    all_good: bool


def set_words(summary: Summary, exercise: ExerciseInfo, *, all_good: bool) -> SetWords | None:
    """Return a finished set in words; ``None`` if it has no repetition.

    Parameters
    ----------
    summary
        The counts and grades of the set, or of one leg in it.
    exercise
        The exercise, with the measurements and limits that were used.
    all_good
        Whether every repetition was good in form and, if it is judged, in tempo.
    """
    sides = summary.reps_by_side
    if not sides:
        return None
    leg = (
        f"{capital(exercise.side_words(side))}: "
        if len(sides) == 1 and (side := next(iter(sides))) in SIDES
        else ""
    )
    change = [cue_words(one.cue, one.sure) for one in summary.advice[:1]]
    return SetWords(
        count=leg + count_words(sum(sides.values()), exercise.effort),
        good=_what_was_good(summary, exercise.specs),
        change="".join(change) or (PRAISE if all_good else ""),
        all_good=all_good,
    )


def _what_was_good(summary: Summary, specs: Sequence[MeasureSpec]) -> str:
    """Say how often form and tempo were good.

    If neither ever was, name the measurement that was good most often, if that is half the time.
    """
    tallies = {"good form": summary.form, _pace_words(specs): summary.tempo}
    parts = [f"{what} in {own.good} of {own.judged}" for what, own in tallies.items() if own.good]
    if parts:
        return capital(", ".join(parts))
    by_id = {spec.id: spec for spec in specs}
    graded = [one for one in summary.pooled if one.grade and 2 * len(one.reps) <= one.count]
    if not graded:
        return ""
    best = max(graded, key=lambda one: one.count - len(one.reps))
    spec = by_id[best.measure]
    good = best.count - len(best.reps)
    return f"{spec.short_title or spec.title} good in {good} of {best.count}"


def _pace_words(specs: Sequence[MeasureSpec]) -> str:
    """Return what a good tempo is called: it may have only a shortest time, or a longest too."""
    timed = [spec.limits for spec in specs if spec.role == "tempo" and spec.limits is not None]
    return "slow enough" if all(one.good_high is None for one in timed) else "at a good pace"


def _problems_of(session: Session, verdicts: Sequence[tuple[Rep, Verdict]]) -> _SetProblems:
    """Collect what the verdicts of all repetitions on form, or on tempo, say together."""
    reps = [rep for rep, _ in verdicts]
    close: list[tuple[Rep, MeasureSpec]] = []
    unsure: list[tuple[Rep, MeasureSpec]] = []
    for rep, verdict in verdicts:
        if verdict.decided_by is not None and is_unclear_good(verdict):
            spec = session.exercise.spec(verdict.decided_by)
            (close if _is_near(rep, spec) else unsure).append((rep, spec))
    decided = {verdict.cue for _, verdict in verdicts if verdict.decided_by is not None}
    problems = [one for one in findings(reps, session.specs) if one.cue in decided]
    worded = []
    for advice in problems:
        spec = session.exercise.spec(advice.measure)
        seen = _visible_fault(spec, advice.cue) or f"{spec.title.lower()} not good"
        which = "" if len(reps) == 1 else f" ({_which_and_how_sure(advice, reps)})"
        worded.append(f"{DOUBT_WORDS[advice.sure]}{seen}{which}")
    judged = tuple(rep.index for rep, verdict in verdicts if verdict.grade is not None)
    in_all_judged = len(problems) == 1 and (
        sureness_in_each(problems[0], reps) == {problems[0].sure: judged}
    )
    return _SetProblems(
        tuple(worded),
        in_all_judged,
        _UncertainReps.of(close),
        _UncertainReps.of(unsure),
        reps[0].name,
    )


def _is_near(rep: Rep, spec: MeasureSpec) -> bool:
    """Whether a measurement of a repetition is near a limit of its grades."""
    value = rep.measurements[spec.id].value
    return value is not None and spec.limits is not None and is_near_limit(value, spec.limits)


def _visible_fault(spec: MeasureSpec, cue: str) -> str:
    """Return what one sees of the movement when this cue is needed, as in ``knee falls in``."""
    return spec.seen_low if cue == spec.cue_low else spec.seen_high


def _doubt_sentences(found: _SetProblems, count: int) -> tuple[str, ...]:
    """Name the good repetitions with an uncertain grade, and why it is uncertain."""
    sentences = []
    if found.close.reps:
        which = capital(_reps_or_all(found.close.reps, count, found.name))
        were = "was" if len(found.close.reps) == 1 else "were"
        sentences.append(f"{which} {were} good, but close to the limit for {found.close.by}.")
    if found.unsure.reps:
        which = capital(_reps_or_all(found.unsure.reps, count, found.name))
        were = "was" if len(found.unsure.reps) == 1 else "were"
        sentences.append(f"{which} {were} perhaps good: {found.unsure.by} was hard to see.")
    return tuple(sentences)


def _tempo_doubt_sentences(found: _SetProblems) -> tuple[str, ...]:
    """Name the repetitions with a good but uncertain tempo, and why it is uncertain."""
    sentences = []
    if found.close.reps:
        sentences.append(
            f"The tempo of {numbered(found.close.reps)} was good, but close to the limit."
        )
    if found.unsure.reps:
        sentences.append(
            f"The tempo of {numbered(found.unsure.reps)} was perhaps good: it was hard to time."
        )
    return tuple(sentences)


def _missing_reason(session: Session, specs: Iterable[MeasureSpec], reps: Sequence[Rep]) -> str:
    """Return why judged measurements are missing in ``reps``; empty when no reason is known."""
    judged = [spec for spec in specs if spec.limits is not None]
    if judged and not any(seen_from(spec, session.view) for spec in judged):
        return f": filmed {direction_words(session.view)}"
    seen = [spec for spec in judged if seen_from(spec, session.view)]
    found = next(iter(not_measured(reps, seen).values()), "")
    return f": {found.rstrip('.')}" if found else ""


# --- people, days, legs -----------------------------------------------------------------------


def performed_words(session: Session) -> str:
    """Return the day of the session: the one that was entered, else the time of the analysis."""
    return date_words(session.training.date or session.created)


def date_words(when: str) -> str:
    """Write an ISO date (and time) in words; any other text is returned unchanged."""
    try:
        read = datetime.fromisoformat(when)
    except ValueError:
        return when
    day = f"{read.day} {read:%B %Y}"
    return day if len(when) == len("2026-01-01") else f"{day}, {read:%H:%M}"


def entered_words(training: Training) -> str:
    """Return what the person entered, as in ``step 10 cm · load 5 kg · pain 3/10``."""
    parts = (
        ("step", training.step_height_cm, f"{NO_BREAK}cm"),
        ("load", training.load_kg, f"{NO_BREAK}kg"),
        ("target hold", training.target_hold_s, f"{NO_BREAK}s"),
        ("pain", training.pain, "/10"),
    )
    return " · ".join(
        f"{name}{NO_BREAK}{value:g}{unit}" for name, value, unit in parts if value is not None
    )


def legs_words(session: Session) -> str:
    """Name the working legs, or for stairs the directions; with counts if there are two."""
    counts = Counter(rep.part for rep in session.reps)
    if not counts:
        return ""
    if not all(rep.stance_sure for rep in session.reps):
        return "not sure which leg was working"
    if session.exercise.is_held and set(counts) == {"both"}:
        return ""
    if len(counts) == 1:
        part = next(iter(counts))
        side = next((one for one in STANCES if one == part), None)
        return part if side is None else session.exercise.side_words(side)
    return " and ".join(f"{n} {side}" for side, n in counts.items())


def reps_words(session: Session) -> str:
    """Count the repetitions, or the holds: ``4 repetitions``."""
    return count_words(len(session.reps), session.exercise.effort)


def leg_words(rep: Rep) -> str:
    """Name the working leg, or for stairs ``up`` or ``down``; with ``?`` if it is not certain."""
    return rep.part if rep.stance_sure else f"{rep.part}?"


def view_words(session: Session) -> str:
    """Say from where the set was filmed, and which repetitions from another side."""
    return view_in_words(session.view, session.reps)


# --- limits and measurements ------------------------------------------------------------------


def number_words(spec: MeasureSpec) -> str:
    """Say which number of a repetition is judged, as in ``at the bottom``."""
    if spec.at_depth_pct is not None:
        return f"on the way down, hips {spec.at_depth_pct:g} % of leg length below standing"
    return spec.taken_words or JUDGED_WORDS[spec.judged]


def column_words(spec: MeasureSpec) -> str:
    """Word the line under a column's title: the kind of number, the good band, what is higher.

    What a higher number looks like is said where too high and too low both exist: without it, no
    reader knows which way is plus.
    """
    parts = [] if spec.role == "tempo" else [number_words(spec)]
    limits = spec.limits
    if limits is not None:
        parts.append(f"good: {band_words(limits, spec.unit)[0]}{_base(spec)}")
        if limits.good_low is not None and limits.good_high is not None and spec.seen_high:
            parts.append(f"higher: {spec.seen_high}")
    elif base := _base(spec):
        parts.append(f"%{base}")
    return "; ".join(parts)


def _base(spec: MeasureSpec) -> str:
    """Word what a percentage is a part of: all lengths are given in leg lengths."""
    return " of leg length" if spec.unit == "%" else ""


def band_words(limits: Limits, unit: str) -> tuple[str, str, str]:
    """Return the ranges of the grades good, watch and fault in words."""
    low, high = limits.good_low, limits.good_high
    good = _range_words(low, high, unit)
    watch = _joined_with_or(
        _range_words(limits.watch_low, low, unit) if low is not None else "",
        _range_words(high, limits.watch_high, unit) if high is not None else "",
    )
    fault = _joined_with_or(
        _range_words(None, limits.watch_low, unit), _range_words(limits.watch_high, None, unit)
    )
    return good, watch, fault


def _range_words(low: float | None, high: float | None, unit: str) -> str:
    """Return a range in words, as in ``5 to 10°`` or ``below 5°``; empty without any end."""
    end = unit_after(unit)
    if low is None:
        return "" if high is None else f"below{NO_BREAK}{limit_text(high)}{end}"
    if high is None:
        return f"above{NO_BREAK}{limit_text(low)}{end}"
    if low == high:
        return ""
    return f"{limit_text(low)}{NO_BREAK}to{NO_BREAK}{limit_text(high)}{end}"


def _joined_with_or(first: str, second: str) -> str:
    """Join two ranges with ``or``; a dash if both are empty."""
    return " or ".join(text for text in (first, second) if text) or UNKNOWN


def fact_words(rep: Rep, spec: MeasureSpec) -> str:
    """Return a measurement with its error: ``Knee valgus +11.5 ± 2.1°``."""
    found = rep.measurements[spec.id]
    return f"{spec.title} {measured(found.value, spec, found.sem)}"


def missing_words(rep: Rep, spec: MeasureSpec) -> str:
    """Return why a measurement is missing from a repetition that should have it."""
    found = rep.measurements.get(spec.id)
    if found is None:
        return "It was not measured in this session."
    return capital(found.not_measured or "no reason was recorded")


# --- small words --------------------------------------------------------------------------------


def _which_and_how_sure(advice: Advice, reps: Sequence[Rep]) -> str:
    """Name the repetitions that need a piece of advice: ``rep 4, and probably rep 3``.

    ``probably`` is left out if it already stands before the whole advice.
    """
    return ", and ".join(
        ("" if sure == advice.sure else DOUBT_WORDS[sure])
        + _reps_or_all(indices, len(reps), reps[0].name)
        for sure, indices in sureness_in_each(advice, reps).items()
    )


def _reps_or_all(indices: Sequence[int], count: int, name: str) -> str:
    """Name repetitions by number, as in ``reps 1 and 3``; or ``all``, if it is all of them."""
    return _both_or_all(count) if len(set(indices)) == count > 1 else numbered(indices, name)


def _both_or_all(count: int) -> str:
    return "both" if count == 2 else "all"


def _rep_numbers(reps: Sequence[Rep]) -> str:
    return numbered((rep.index for rep in reps), reps[0].name)


def _doubt_apart(problem: str) -> str:
    """Begin a sentence with a finding, its doubt as in advice: ``Probably: knee falls in``."""
    for doubt in filter(None, DOUBT_WORDS.values()):
        if problem.startswith(doubt):
            return capital(f"{doubt.rstrip()}: {problem.removeprefix(doubt)}")
    return capital(problem)


def _on_the_way_down(problem: str) -> str:
    """Insert the phase into a finding on tempo: ``too fast on the way down (rep 2)``."""
    what, bracket, which = problem.partition(" (")
    return f"{what} on the way down{bracket}{which}"


def _all_of(count: int, exercise: ExerciseInfo) -> str:
    """Name all repetitions of a set: ``both holds``, ``all 3 repetitions``."""
    return f"{'both' if count == 2 else f'all {count}'} {exercise.effort}s"


def _none_of(count: int, exercise: ExerciseInfo) -> str:
    """Begin a sentence about no repetition of a set: ``None of the 3 repetitions``."""
    return f"{'Neither of the two' if count == 2 else f'None of the {count}'} {exercise.effort}s"


def _some_of(good: int, count: int, all_of_them: int, exercise: ExerciseInfo) -> str:
    """Begin a sentence about some repetitions of a set: ``1 of 2 repetitions was``."""
    if not good:
        return f"{_none_of(count, exercise)} was"
    counted = _counted(count, all_of_them, "timed", exercise)
    return f"{good} of {counted} {'was' if good == 1 else 'were'}"


def _counted(count: int, all_of_them: int, judged: str, exercise: ExerciseInfo) -> str:
    """Count some repetitions, and say when they are not all: ``2 judged repetitions``."""
    which = "" if count == all_of_them else f"{judged} "
    return count_words(count, which + exercise.effort)


def capital(text: str) -> str:
    """Begin a text with a capital letter."""
    return text[:1].upper() + text[1:]


def listed(words: Iterable[str]) -> str:
    """Write a list for a sentence: ``depth, tempo and trunk lean``."""
    found = list(words)
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} and {found[-1]}"
