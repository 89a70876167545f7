"""The command ``compare``: two sessions, or the two legs of one, side by side."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from formcheck.cli.console import console
from formcheck.cli.history_command import open_history
from formcheck.cli.lines import escaped, print_json
from formcheck.data.errors import UsageError
from formcheck.data.numbers import good_of, number
from formcheck.data.session import ExerciseInfo, Rep, Session, Stance, Tally
from formcheck.motion.camera_view import direction_words
from formcheck.motion.comparison import (
    REPETITIONS,
    Difference,
    compare_legs,
    compare_sessions,
    direction,
)
from formcheck.motion.verdicts import tally
from formcheck.report.changes import DETECTABLE, ChangeRow, depth_words, table_of
from formcheck.store.history.over_time import sure_reps
from formcheck.store.session_file import load

_LEGEND = (
    "Means ± standard error. * larger than measurement error. The last column is the smallest "
    f"difference that is more than measurement error: {DETECTABLE}."
)
_LEGS = ("left", "right")


@dataclass(frozen=True)
class _Pair:
    """Two sets of repetitions under one heading, and their differences.

    ``over_time`` when the second is a later session of the same leg.
    """

    heading: str
    names: tuple[str, str]
    sets: tuple[Sequence[Rep], Sequence[Rep]]
    differences: tuple[Difference, ...]
    over_time: bool = False

    @property
    def same_reps(self) -> bool:
        """Whether both sets are the same repetitions, as for the two knees of a squat."""
        a, b = self.sets
        return len(a) == len(b) and all(map(operator.is_, a, b))


def show_comparison(a: str, b: str | None, *, legs: bool, db: Path | None, as_json: bool) -> None:
    """Print two sessions, or the two legs of one, side by side."""
    if legs == (b is not None):
        raise UsageError(
            "compare takes two sessions, or one session with --legs",
            hint="As in `formcheck compare 3 7` or `formcheck compare 7 --legs`.",
        )
    first = _session(a, db)
    second = first if b is None else _session(b, db)
    if first.exercise.id != second.exercise.id:
        raise UsageError(
            f"{a} is a {first.exercise.id} and {b} is a {second.exercise.id}",
            hint="Compare sessions of the same exercise.",
        )
    exercise = first.exercise
    if b is None:
        pairs = [_legs(exercise, first.reps, a)]
    else:
        pairs = _pairs(exercise, first, second, (a, b))
    notes = _notes(first, second)
    if as_json:
        comparisons = [_to_json(pair) for pair in pairs]
        print_json({"exercise": exercise.id, "comparisons": comparisons, "notes": notes})
        return
    screen = console()
    for pair in pairs:
        screen.print(Text(f"{exercise.title}: {escaped(pair.heading)}", style="bold"))
        screen.print(_table(pair))
        screen.print(escaped(_in_words(pair)))
        screen.print()
    screen.print(Text(_LEGEND, style="dim"))
    for note in notes:
        screen.print(Text(f"Note: {escaped(note)}", style="yellow"))


def _session(which: str, db: Path | None) -> Session:
    """Load a session by its number in the history, its file or its folder."""
    if which.isdecimal() and not Path(which).exists():
        with open_history(db) as history:
            return history.session(int(which))
    return load(Path(which))


def _legs(exercise: ExerciseInfo, reps: Sequence[Rep], name: str) -> _Pair:
    found = compare_legs(reps, exercise)
    if not found:
        raise UsageError(
            f"session {name} {_on_one_leg(reps)}",
            hint="Compare a left and a right session: `formcheck compare LEFT RIGHT`.",
        )
    sets = [[rep for rep in reps if rep.stance_side in (side, "both")] for side in _LEGS]
    return _Pair("left and right leg", _LEGS, (sets[0], sets[1]), found)


def _on_one_leg(reps: Sequence[Rep]) -> str:
    """Return why two legs cannot be compared."""
    if not reps:
        return "has no repetition"
    if not all(rep.stance_sure for rep in reps):
        return "cannot be compared by leg: which leg was working is not certain"
    sides = dict.fromkeys(rep.stance_side for rep in reps)
    if len(sides) == 1 and "both" not in sides:
        return f"has repetitions on one leg only ({next(iter(sides))})"
    return "has nothing that was measured on both legs"


def _pairs(
    exercise: ExerciseInfo, first: Session, second: Session, names: tuple[str, str]
) -> list[_Pair]:
    for session, name in zip((first, second), names, strict=True):
        if not session.reps:
            raise UsageError(f"session {name} has no repetition", hint="Choose another one.")
    sides = [
        list(dict.fromkeys(rep.stance_side for rep in s.reps if rep.stance_sure))
        for s in (first, second)
    ]
    shared: list[Stance] = [side for side in sides[0] if side in sides[1]]
    if not shared:
        return [_legs(exercise, (*first.reps, *second.reps), f"{names[0]} with {names[1]}")]
    days = (first.day, second.day)
    short = (Path(names[0]).resolve().name, Path(names[1]).resolve().name)
    headings = days if days[0] != days[1] else short
    found = []
    for side in shared:
        sets = (sure_reps(first, side), sure_reps(second, side))
        heading = "both legs" if side == "both" else f"{side} leg"
        found.append(
            _Pair(heading, headings, sets, compare_sessions(*sets, exercise), over_time=True)
        )
    return found


def _notes(first: Session, second: Session) -> list[str]:
    notes = []
    if first.view.kind != second.view.kind:
        notes.append(
            f"One was filmed {direction_words(first.view)}, the other "
            f"{direction_words(second.view)}: "
            "nothing is compared across views."
        )
    heights = [one.training.step_height_cm for one in (first, second)]
    if heights[0] != heights[1] and None not in heights:
        notes.append(
            f"The steps differ ({heights[0]:g} and {heights[1]:g} cm): depth and forward lean "
            "grow with the step."
        )
    return notes


def _table(pair: _Pair) -> Table:
    rows = table_of("", [], pair.names, pair.differences, "compare").rows
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", overflow="fold")
    for heading in (*pair.names, "difference"):
        table.add_column(escaped(heading), justify="right", overflow="fold", max_width=16)
    table.add_column("smallest real change", justify="right", max_width=13)
    if not pair.same_reps:
        counts = [len(reps) for reps in pair.sets]
        counted = next((row.difference for row in rows if row.name == REPETITIONS), None)
        change = counted or number(counts[1] - counts[0], signed=True)
        table.add_row("Repetitions", *map(str, counts), escaped(change), "")
        good = (good_of(form.good, form.judged) for form in _forms(pair))
        table.add_row("with good form", *good, "", "")
    for row in rows:
        if row.name != REPETITIONS:
            table.add_row(*map(escaped, _cells(row)))
    return table


def _cells(row: ChangeRow) -> tuple[str, str, str, str, str]:
    star = " *" if row.detected else "  "
    return row.title, *row.with_errors, row.difference + star, row.smallest


def _forms(pair: _Pair) -> list[Tally]:
    """Count the repetitions of each set by the grade of their form."""
    return [tally(rep.form for rep in reps) for reps in pair.sets]


def _in_words(pair: _Pair) -> str:
    return " ".join((_differences_in_words(pair), *_depths_in_words(pair)))


def _depths_in_words(pair: _Pair) -> list[str]:
    """Say of what depends on the depth how it was compared, each way once."""
    titles: dict[str, list[str]] = {}
    for diff in pair.differences:
        if words := depth_words(diff):
            titles.setdefault(words, []).append(diff.spec.title)
    return [f"{', '.join(names)}: {words[0].lower()}{words[1:]}" for words, names in titles.items()]


def _differences_in_words(pair: _Pair) -> str:
    found = [diff for diff in pair.differences if diff.detected and diff.name != REPETITIONS]
    if not found:
        return "No difference beyond measurement error."
    parts = [
        f"{diff.spec.title.lower()} {'higher' if diff.difference > 0 else 'lower'}"
        f"{_judged(diff) if pair.over_time else ''}"
        for diff in found
    ]
    return f"{pair.names[1].capitalize()} compared with {pair.names[0]}: {', '.join(parts)}."


def _judged(diff: Difference) -> str:
    """Say whether a change is towards what is good."""
    tone = direction(diff)
    return f" ({tone})" if tone in ("better", "worse") else ""


def _to_json(pair: _Pair) -> Mapping[str, Any]:
    return {
        "of": pair.heading,
        "a": pair.names[0],
        "b": pair.names[1],
        "reps": [len(reps) for reps in pair.sets],
        "good_reps": [form.good if form.judged else None for form in _forms(pair)],
        "differences": {
            diff.name: {
                "title": diff.spec.title,
                "unit": diff.spec.unit,
                "number": diff.spec.judged,
                "at_depth_pct": diff.spec.at_depth_pct,
                "depths_differ": diff.depths_differ,
                "a": {"mean": round(diff.first.value, 3), "sem": round(diff.first.error, 3)},
                "b": {"mean": round(diff.second.value, 3), "sem": round(diff.second.error, 3)},
                "change": round(diff.difference, 3),
                "detectable": round(diff.detectable, 3),
                "detected": diff.detected,
                "symmetry_pct": None if diff.symmetry_pct is None else round(diff.symmetry_pct, 3),
            }
            for diff in pair.differences
        },
    }
