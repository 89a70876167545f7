"""Every sentence of the reports, made from what a session says of itself.

Nothing is graded, counted or chosen here: grades, counts and advice are the session's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from formcheck.data.numbers import (
    NO_BREAK,
    UNKNOWN,
    cue_words,
    limit_text,
    measured,
    unit_after,
)
from formcheck.data.session import (
    Advice,
    Limits,
    MeasureSpec,
    Rep,
    Session,
    Sureness,
    Training,
    Verdict,
)
from formcheck.motion.main_view import view_in_words
from formcheck.motion.verdicts import cue_of, is_close, numbered, seen_from

DISCLAIMER = "A coaching aid, not a diagnosis."
FINE = "Camera set-up is fine."
NEEDS_MOST_WORK, BEST = "needs most work", "best"
NOT_MEASURED = "not measured"
METHOD = (
    (
        "How it is measured.",
        "A pose model finds the joints in every frame. The drop of the hip, scaled by the length "
        "of the leg, separates the repetitions; true frame times give the tempo. Each repetition "
        "is measured once, from its own frames, and compared with the quiet standing before it.",
    ),
    (
        "What ± means.",
        "One standard error of the number. A grade is the band in which the number lies. It is "
        "sure, probable or unclear by how likely that band is with this error.",
    ),
    (
        "What the knee angle is.",
        "The bend between thigh and shank in the picture of one camera. It is a coaching proxy, "
        "not the knee abduction of a 3D laboratory, with which it agrees only weakly, and it "
        "predicts no injury.",
    ),
    (
        "How to read a bad grade.",
        "Many healthy people are graded poor on these tests: 58 % of 177 healthy legs on the "
        "forward step-down (Peleg 2023). Compare a person with themselves, filmed the same way, "
        "and look for more than the smallest real change.",
    ),
    (
        "What is left out.",
        "What the view hides is not guessed. Pain, strength and the cause of a movement cannot be "
        "seen in a film: take those to a physiotherapist.",
    ),
)

JUDGED_WORDS = {
    "at_bottom": "at the bottom",
    "change": "change from standing",
    "largest": "largest",
}
_FILMED = {
    "front": "from the front",
    "side": "from the side",
    "oblique": "at an angle, between front and side",
    "unknown": "from an unknown side",
}
_PARTS_OF_THE_BODY = {"knee": "the knee", "trunk": "the trunk", "depth": "the depth"}


# --- grades, cues, advice -----------------------------------------------------------------------


def advice_words(advice: Advice, count: int) -> str:
    """Say one thing to change, and in which of ``count`` repetitions."""
    text = cue_words(advice.cue, advice.sure)
    return text if count == 1 else f"{text} ({_which(advice.reps, count)})"


# --- the verdict --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Found:
    """What a set of verdicts says: problems by what is seen, and repetitions close to a limit."""

    problems: tuple[str, ...]
    close: tuple[int, ...]
    watch: str


def headline(session: Session) -> tuple[str, ...]:
    """Give the verdict in a few sentences: the form, then the tempo."""
    reps = session.reps
    if not reps:
        return ("No repetition was found, so there is nothing to judge.",)
    form, tempo = session.summary.form, session.summary.tempo
    forms = _found(session, [(rep, rep.form) for rep in reps])
    tempos = _found(session, [(rep, rep.tempo) for rep in reps])
    none_good = not (form.good or form.partly or tempo.good or tempo.partly)
    all_judged = not (form.not_judged or tempo.not_judged)
    if len(reps) > 1 and none_good and all_judged and forms.problems and tempos.problems:
        both = ", ".join((*tempos.problems, *forms.problems))
        return (
            f"None of {len(reps)} was good: {both}.",
            *_close(forms, len(reps)),
            *_tempo_close(tempos),
        )
    return (*_form(session, forms), *_tempo(session, tempos))


def _form(session: Session, found: _Found) -> tuple[str, ...]:
    reps, tally = session.reps, session.summary.form
    count = tally.judged
    if not count:
        reason = _reason(session, [spec for spec in session.specs if spec.role != "tempo"])
        return (f"Form could not be judged{reason}.",)
    said = []
    if tally.good == len(reps):
        said.append("Good form." if count == 1 else f"Good form in all {count}.")
    elif found.problems:
        problems = ", ".join(found.problems)
        if tally.good:
            said.append(f"Good form in {tally.good} of {count}: {problems}.")
        elif len(reps) == 1 or tally.partly:
            said.append(f"Form was not good: {problems}.")
        else:
            said.append(f"None of {count} had good form: {problems}.")
    elif tally.watch or tally.fault:
        said.append("No clear faults.")
    elif tally.good:
        said.append(f"Good form in {tally.good} of {count}.")
    said += _close(found, len(reps))
    partly = [rep for rep in reps if rep.form.grade == "good" and not rep.form.complete]
    if partly:
        missing = dict.fromkeys(
            session.exercise.spec(one).title.lower() for rep in partly for one in rep.form.not_seen
        )
        said.append(
            f"{capital(_reps(partly))} {_was(partly)} good in what could be seen, without "
            f"{_listed(missing)}."
        )
    unjudged = [rep for rep in reps if rep.form.grade is None]
    if unjudged:
        said.append(f"The form of {_reps(unjudged)} could not be judged.")
    return tuple(said)


def _tempo(session: Session, found: _Found) -> tuple[str, ...]:
    reps, tally = session.reps, session.summary.tempo
    specs = [spec for spec in session.specs if spec.role == "tempo" and spec.limits is not None]
    if not specs:
        return ()
    if not tally.judged:
        return (f"The way down was not timed{_reason(session, specs)}.",)
    open_above = all(spec.limits is None or spec.limits.good_high is None for spec in specs)
    enough = "slow enough" if open_above else "at a good pace"
    count = tally.judged
    said = []
    if tally.good == len(reps):
        said.append(f"{enough.capitalize()}." if count == 1 else f"All {enough}.")
    elif found.problems and len(reps) == 1:
        said.append(f"{capital(found.problems[0])}.")
    elif len(found.problems) == 1 and found.problems[0].endswith(" (all)"):
        said.append(f"All {found.problems[0].removesuffix(' (all)')}.")
    elif found.problems:
        said.append(f"{tally.good or 'None'} of {count} {enough}: {', '.join(found.problems)}.")
    else:
        said.append(f"{tally.good or 'None'} of {count} clearly {enough}.")
    said += _tempo_close(found)
    unjudged = [rep for rep in reps if rep.tempo.grade is None]
    if unjudged:
        said.append(f"The way down of {_reps(unjudged)} was not timed.")
    return tuple(said)


def _found(session: Session, verdicts: Sequence[tuple[Rep, Verdict]]) -> _Found:
    problems: dict[str, list[tuple[int, Sureness | None]]] = {}
    close: list[int] = []
    watch: dict[str, None] = {}
    for rep, verdict in verdicts:
        if verdict.grade is None or verdict.decided_by is None:
            continue
        spec = session.exercise.spec(verdict.decided_by)
        _, needed = cue_of(rep, verdict)
        if is_close(verdict):
            close.append(rep.index)
            watch[_PARTS_OF_THE_BODY.get(spec.role, f"the {spec.title.lower()}")] = None
        elif verdict.grade != "good":
            seen = seen_words(rep.measurements[spec.id].value, spec)
            problems.setdefault(seen, []).append((rep.index, needed))
    count = len(verdicts)
    said = []
    for seen, found in sorted(problems.items(), key=lambda item: -len(item[1])):
        doubt = "" if any(sure == "sure" for _, sure in found) else "probably "
        which = "" if count == 1 else f" ({_which([index for index, _ in found], count)})"
        said.append(f"{doubt}{seen}{which}")
    return _Found(tuple(said), tuple(close), _listed(watch))


def _close(found: _Found, count: int) -> tuple[str, ...]:
    if not found.close:
        return ()
    if len(found.close) == count > 1:
        return (f"All are close: watch {found.watch}.",)
    are = "is" if len(found.close) == 1 else "are"
    return (f"{capital(numbered(found.close))} {are} close: watch {found.watch}.",)


def _tempo_close(found: _Found) -> tuple[str, ...]:
    if not found.close:
        return ()
    return (f"The tempo of {numbered(found.close)} is close to the limit.",)


def seen_words(value: float | None, spec: MeasureSpec) -> str:
    """Say what a person sees when a value is outside its good band."""
    low = None if spec.limits is None else spec.limits.good_low
    below = value is not None and low is not None and value < low
    return (spec.seen_low if below else spec.seen_high) or f"{spec.title.lower()} off"


def _reason(session: Session, specs: Iterable[MeasureSpec]) -> str:
    """Say why what is judged was not measured; empty when no reason is known."""
    judged = [spec for spec in specs if spec.limits is not None]
    if judged and not any(seen_from(spec, session.view) for spec in judged):
        return f": filmed {_FILMED[session.view.kind]}"
    reasons = (
        session.summary.not_measured.get(spec.id)
        for spec in judged
        if seen_from(spec, session.view)
    )
    found = next((reason for reason in reasons if reason), "")
    return f": {found.rstrip('.')}" if found else ""


# --- people, days, legs -----------------------------------------------------------------------


def performed_words(session: Session) -> str:
    """Say when it was done: the day that was entered, or else when it was analyzed."""
    return date_words(session.training.date or session.created)


def date_words(when: str) -> str:
    """Write a day, or date and time, out; what is no date comes back as it is."""
    try:
        read = datetime.fromisoformat(when)
    except ValueError:
        return when
    day = f"{read.day} {read:%B %Y}"
    return day if len(when) == len("2026-01-01") else f"{day}, {read:%H:%M}"


def entered_words(training: Training) -> str:
    """Say what the person entered: ``step 10 cm · load 5 kg · pain 3/10``."""
    parts = (
        ("step", training.step_height_cm, f"{NO_BREAK}cm"),
        ("load", training.load_kg, f"{NO_BREAK}kg"),
        ("pain", training.pain, "/10"),
    )
    return " · ".join(
        f"{name}{NO_BREAK}{value:g}{unit}" for name, value, unit in parts if value is not None
    )


def legs_words(session: Session) -> str:
    """Say which legs worked, and how often when it was both in turn."""
    counts = {side: n for side, n in session.summary.reps_by_side.items() if n}
    if not counts:
        return ""
    if not all(rep.stance_sure for rep in session.reps):
        return "working leg not sure"
    if len(counts) == 1:
        side = next(iter(counts))
        return "both legs" if side == "both" else f"{side} leg"
    return " and ".join(f"{n} {side}" for side, n in counts.items())


def leg_words(rep: Rep) -> str:
    """Name the working leg of a repetition, with a question mark when it is not sure."""
    return rep.stance_side if rep.stance_sure else f"{rep.stance_side}?"


def view_words(session: Session) -> str:
    """Say from where it was filmed, and which repetitions were seen otherwise."""
    return view_in_words(session.view, session.reps)


# --- limits and measurements ------------------------------------------------------------------


def column_words(spec: MeasureSpec) -> str:
    """Say under a column's title what its numbers are and what is good."""
    said = [] if spec.role == "tempo" else [JUDGED_WORDS[spec.judged]]
    if spec.limits is not None:
        said.append(f"good: {band_words(spec.limits, spec.unit)[0]}")
    return ", ".join(said)


def band_words(limits: Limits, unit: str) -> tuple[str, str, str]:
    """Say what is good, what to watch, and what is a fault."""
    low, high = limits.good_low, limits.good_high
    good = _range(low, high, unit)
    watch = _either(
        _range(limits.watch_low, low, unit) if low is not None else "",
        _range(high, limits.watch_high, unit) if high is not None else "",
    )
    fault = _either(_range(None, limits.watch_low, unit), _range(limits.watch_high, None, unit))
    return good, watch, fault


def _range(low: float | None, high: float | None, unit: str) -> str:
    end = unit_after(unit)
    if low is None:
        return "" if high is None else f"below{NO_BREAK}{limit_text(high)}{end}"
    if high is None:
        return f"above{NO_BREAK}{limit_text(low)}{end}"
    if low == high:
        return ""
    return f"{limit_text(low)}{NO_BREAK}to{NO_BREAK}{limit_text(high)}{end}"


def _either(first: str, second: str) -> str:
    return " or ".join(text for text in (first, second) if text) or UNKNOWN


def fact_words(rep: Rep, spec: MeasureSpec) -> str:
    """Say a measurement in a line, as under a picture: ``Knee valgus +11.5 ± 2.1°``."""
    found = rep.measurements[spec.id]
    return f"{spec.title} {measured(found.value, spec, found.sem)}"


def missing_words(rep: Rep, spec: MeasureSpec) -> str:
    """Say why a measurement is missing from a repetition."""
    found = rep.measurements.get(spec.id)
    if found is None:
        if spec.side is not None and rep.stance_side not in (spec.side, "both"):
            return f"It belongs to the {spec.side} leg."
        return "It was not looked for."
    return capital(found.not_measured or "no reason was recorded")


# --- small words --------------------------------------------------------------------------------


def count_words(count: int, noun: str) -> str:
    """Write a count of things."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def points_words(points: int) -> str:
    """Say how many points an item can give."""
    return "1 point" if points == 1 else f"up to {points} points"


def _which(indices: Sequence[int], count: int) -> str:
    return "all" if len(set(indices)) == count else numbered(indices)


def _reps(reps: Sequence[Rep]) -> str:
    return numbered(rep.index for rep in reps)


def _was(reps: Sequence[Rep]) -> str:
    return "was" if len(reps) == 1 else "were"


def capital(text: str) -> str:
    """Begin a text with a capital letter."""
    return text[:1].upper() + text[1:]


def _listed(words: Iterable[str]) -> str:
    found = list(words)
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} and {found[-1]}"
