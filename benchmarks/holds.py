"""How exactly holds are measured, on rendered people with known truth.

    python benchmarks/holds.py FOLDER [FOLDER ...] [--exercise ID] [--poses DIR]

Each FOLDER holds films and ``NAME.truth.json`` beside them, with ``reps[].hold``: begin and end,
and the true value of each measurement under its id. With ``--exercise`` only films of it are
scored. Poses that were estimated once are kept in DIR. Printed are, for each exercise: how many
holds were found, the errors of begin and end and of each measurement, and how often a measurement
is within one and two of its standard errors.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import formcheck
from formcheck.data.session import HELD, Rep

DRIFT, TRUTH = "line_drift_deg", ".truth.json"


@dataclass(frozen=True)
class HoldError:
    """What a hold reads more than the truth.

    Attributes
    ----------
    start_s, end_s
        Of its begin and end.
    measured
        Error and stated standard error of each measurement, by id.
    """

    start_s: float
    end_s: float
    measured: Mapping[str, tuple[float, float]]


def found_in(film: Path, exercise: str, poses: Path | None) -> tuple[Rep, ...]:
    """Measure a film, or its poses when they are kept."""
    kept = None if poses is None else poses / f"{film.stem}.fcp"
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "out"
        source = film if kept is None or not kept.exists() else kept
        session = formcheck.analyze(source, exercise=exercise, out=out, video_out=False)
        if kept is not None and source is film:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes((out / "poses.fcp").read_bytes())
    return session.reps


def errors(film: Path, known: Mapping[str, Any], poses: Path | None) -> list[HoldError]:
    """Return the errors of a film's holds; none where their number is off."""
    true = [rep["hold"] for rep in known["reps"]]
    found = found_in(film, known["exercise"], poses)
    if len(found) != len(true):
        times = ", ".join(f"{one.start_s:.1f} to {one.end_s:.1f} s" for one in found)
        print(f"{film.name}: {len(found)} holds found of {len(true)} ({times})")
        return []
    return [error_of(film.name, one, hold) for one, hold in zip(found, true, strict=True)]


def error_of(name: str, found: Rep, true: Mapping[str, Any]) -> HoldError:
    """Compare a hold with its truth."""
    side = true.get("side", "both")
    if found.stance_side != side:
        print(f"{name}, hold {found.index}: {found.stance_side} side, and not {side}")
    values = dict(true)
    if DRIFT not in values and "last_quarter_deg" in values:
        values[DRIFT] = values["last_quarter_deg"] - values["first_quarter_deg"]
    values[HELD] = true["end_s"] - true["start_s"]
    measured = {}
    for key, one in found.measurements.items():
        if key not in values:
            continue
        if one.value is None or one.sem is None:
            print(f"{name}, hold {found.index}, {key}: {one.not_measured}")
        else:
            measured[key] = (one.value - values[key], one.sem)
    return HoldError(found.start_s - true["start_s"], found.end_s - true["end_s"], measured)


def row(name: str, values: Sequence[float], sems: Sequence[float] = ()) -> str:
    """Write one line of the table."""
    of = np.array(values)
    worst = of[np.argmax(np.abs(of))]
    cells = [name, f"{np.abs(of).mean():.2f}", f"{of.mean():+.2f}", f"{worst:+.2f}"]
    within = [f"{100 * (np.abs(of) <= n * np.array(sems)).mean():.0f} %" for n in (1, 2) if sems]
    return f"| {' | '.join([*cells, ' and '.join(within)])} |"


def print_table(exercise: str, found: Sequence[HoldError], true_count: int, films: int) -> None:
    """Print how exactly one exercise was measured."""
    print(f"\n{exercise}: {len(found)} of {true_count} holds, {films} films\n")
    if not found:
        return
    print("| | mean absolute error | mean | worst | within one and two standard errors |")
    print("|---|---|---|---|---|")
    print(row("begin, s", [one.start_s for one in found]))
    print(row("end, s", [one.end_s for one in found]))
    for key in dict.fromkeys(key for one in found for key in one.measured):
        pairs = [one.measured[key] for one in found if key in one.measured]
        print(row(f"`{key}`", [error for error, _ in pairs], [sem for _, sem in pairs]))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Score holds against known truth.")
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--exercise")
    parser.add_argument("--poses", type=Path)
    args = parser.parse_args()
    known = {
        path.with_name(path.name.removesuffix(TRUTH) + ".mp4"): json.loads(path.read_text("utf-8"))
        for folder in args.folders
        for path in sorted(folder.glob(f"*{TRUTH}"))
    }
    exercises = dict.fromkeys(truth["exercise"] for truth in known.values())
    for exercise in exercises:
        if args.exercise not in (None, exercise):
            continue
        own = {film: truth for film, truth in known.items() if truth["exercise"] == exercise}
        found = [one for film, truth in own.items() for one in errors(film, truth, args.poses)]
        true_count = sum(len(truth["reps"]) for truth in own.values())
        print_table(exercise, found, true_count, len(own))


if __name__ == "__main__":
    main()
