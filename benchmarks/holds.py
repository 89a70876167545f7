"""How exactly holds are measured, on rendered planks with known truth.

    python benchmarks/holds.py FOLDER [--exercise ID] [--poses DIR]

FOLDER holds films and ``NAME.truth.json`` beside them, with ``reps[].hold``: begin and end, mean
body line, and those of the first and the last quarter. Poses that were estimated once are kept in
DIR. Printed are, over all holds: how many were found, the errors of begin and end, of the body line
with its stated standard error, and of its change over the hold.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import formcheck
from formcheck.data.session import Rep

LINE, DRIFT = "body_line_deg", "line_drift_deg"


@dataclass(frozen=True)
class HoldError:
    """What a hold reads more than the truth."""

    film: str
    start_s: float
    end_s: float
    line_deg: float
    line_sem_deg: float
    drift_deg: float


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


def errors(truth: Path, exercise: str, poses: Path | None) -> tuple[int, list[HoldError]]:
    """Return how many holds a film has, and their errors; none where their number is off."""
    true = [rep["hold"] for rep in json.loads(truth.read_text("utf-8"))["reps"]]
    film = truth.with_name(truth.name.removesuffix(".truth.json") + ".mp4")
    found = found_in(film, exercise, poses)
    if len(found) != len(true):
        print(f"{film.name}: {len(found)} holds found of {len(true)}")
        return len(true), []
    listed = []
    for hold, known in zip(found, true, strict=True):
        line, drift = hold.measurements[LINE], hold.measurements[DRIFT]
        if line.value is None or line.sem is None or drift.value is None:
            print(f"{film.name}, hold {hold.index}: {line.not_measured or drift.not_measured}")
            continue
        sank_deg = known["last_quarter_deg"] - known["first_quarter_deg"]
        listed.append(
            HoldError(
                film.stem,
                hold.start_s - known["start_s"],
                hold.end_s - known["end_s"],
                line.value - known["body_line_deg"],
                line.sem,
                drift.value - sank_deg,
            )
        )
    return len(true), listed


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Score holds against known truth.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--exercise", default="plank")
    parser.add_argument("--poses", type=Path)
    args = parser.parse_args()
    scored = [
        errors(truth, args.exercise, args.poses)
        for truth in sorted(args.folder.glob("*.truth.json"))
    ]
    found = [one for _, listed in scored for one in listed]
    if not found:
        raise SystemExit("no hold was found")
    line = np.array([one.line_deg for one in found])
    sem = np.array([one.line_sem_deg for one in found])
    times = np.array([[one.start_s, one.end_s] for one in found])
    drifts = np.array([one.drift_deg for one in found])
    within = [f"{100 * (np.abs(line) <= n * sem).mean():.0f}" for n in (1, 2)]
    print(f"\n{len(found)} of {sum(count for count, _ in scored)} holds, {len(scored)} films\n")
    print("| | mean absolute error | mean | worst |\n|---|---|---|---|")
    for name, values, unit in (
        ("begin", times[:, 0], "s"),
        ("end", times[:, 1], "s"),
        ("body line", line, "°"),
        ("its change over the hold", drifts, "°"),
    ):
        worst = values[np.argmax(np.abs(values))]
        print(
            f"| {name} | {np.abs(values).mean():.2f} {unit} | {values.mean():+.2f} | {worst:+.2f} |"
        )
    print(f"\nBody line within one and two standard errors: {within[0]} and {within[1]} %.")


if __name__ == "__main__":
    main()
