"""How much the numbers differ when the same set is filmed again.

    python benchmarks/people/repeatability.py FOLDER --poses FOLDER

FOLDER holds pairs of films of one person and one movement, ``NAME.mp4`` and ``NAME_again.mp4``,
with their truth (``make_set.py OUT --set rf rs``). The camera was moved by 20 cm and turned by 3
degrees between them. Both are measured, and set against each other as ``formcheck compare`` does.
For each metric, from the differences of the two sessions' means:

- the standard error of measurement: their standard deviation over the root of 2;
- the smallest real difference: 1.96 times the root of 2 times that;
- what of it lies in the picture: the same from the true angles at the bottom in both pictures,
  which perspective changes with the camera;
- the smallest real difference that formcheck prints (median), and how often the difference, which
  is none of the person's, is beyond it; 5 % would be honest. It holds how much the movement varies,
  which does not tell here, so it is wide where the two repetitions differ;
- the same without how much the movement varies, from the error that is stated for the set;
- which share of that error is another in the second film, beside the one that formcheck assumes.

Markdown on standard output. Poses are kept in the folder given with ``--poses`` and used again.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import formcheck
from formcheck.data.session import Measurement, MeasureSpec, Session
from formcheck.motion.comparison import CONFIDENCE, compare_sessions

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from clips.runs import kept_poses
from clips.truth import read_truth, true_numbers

AGAIN = "_again"

LEAST_PAIRS = 3
"""Fewer pairs give no standard deviation worth printing."""

PUBLISHED = """\
| published | standard error of measurement | smallest real difference |
|---|---|---|
| FPPA, measured by hand (Munro 2012) | 2.7 to 3.0° | 7.5 to 8.9° |
| FPPA, a commercial depth-camera product, single-leg squat (BMC 2020) | 9 to 10.7° | 25 to 30° |
"""


@dataclass(frozen=True)
class Pair:
    """One metric in two films of the same set.

    Attributes
    ----------
    person
        Name of the clip.
    spec
        What is measured.
    difference
        Second session's mean minus the first's.
    in_picture
        The same of the true numbers at the bottom; ``None`` where the truth has none.
    printed
        The smallest real difference that formcheck prints.
    of_set
        The stated error that is the same all through a set, root mean square of both sessions.
    of_mean
        The stated error of a mean of repetitions that comes from what varies.
    """

    person: str
    spec: MeasureSpec
    difference: float
    in_picture: float | None
    printed: float
    of_set: float
    of_mean: float

    @property
    def without_movement(self) -> float:
        """The smallest real difference without how much the movement varies."""
        error = math.hypot(self.spec.repeat_share * self.of_set, self.of_mean)
        return CONFIDENCE * math.sqrt(2.0) * error


def pairs(folder: Path, poses: Path) -> Iterator[Pair]:
    """Measure every finished pair of the folder."""
    for second in sorted(folder.glob(f"*{AGAIN}.truth.json")):
        name = second.name.removesuffix(f"{AGAIN}.truth.json")
        first = second.with_name(f"{name}.truth.json")
        if not first.exists():
            print(f"{name} left out: its first film is not there", file=sys.stderr)
            continue
        truths = [read_truth(path) for path in (first, second)]
        sessions = [
            formcheck.measure(
                kept_poses(path.with_name(truth["clip"]), poses), exercise=truth["exercise"]
            )
            for path, truth in zip((first, second), truths, strict=True)
        ]
        counts = [len(session.reps) for session in sessions]
        if counts != [len(truth["reps"]) for truth in truths]:
            print(f"{name} left out: {counts} repetitions counted", file=sys.stderr)
            continue
        yield from _compared(name, sessions, truths)


def _compared(
    name: str, sessions: Sequence[Session], truths: Sequence[Mapping[str, Any]]
) -> Iterator[Pair]:
    before, after = sessions
    known = [_true_means(truth) for truth in truths]
    for one in compare_sessions(before.reps, after.reps, before.exercise):
        found = [
            rep.measurements[one.name]
            for session in sessions
            for rep in session.reps
            if one.name in rep.measurements and rep.measurements[one.name].value is not None
        ]
        if not found:  # the whole repetition has no measurement of its own
            continue
        in_picture = None
        if all(one.name in true for true in known):
            in_picture = known[1][one.name] - known[0][one.name]
        reps = len(found) / 2
        yield Pair(
            person=name,
            spec=one.spec,
            difference=one.difference,
            in_picture=in_picture,
            printed=one.detectable,
            of_set=_rms([_set_error(measured) for measured in found]),
            of_mean=_rms([measured.sem_rep or 0.0 for measured in found]) / math.sqrt(reps),
        )


def _true_means(truth: Mapping[str, Any]) -> dict[str, float]:
    """Mean over the repetitions of each true number."""
    by_name = defaultdict(list)
    for rep in truth["reps"]:
        for name, value in true_numbers(dict(truth), rep).items():
            by_name[name].append(value)
    return {name: float(np.mean(values)) for name, values in by_name.items()}


def _set_error(found: Measurement) -> float:
    """The stated error that is the same all through a set, without what the yaw may add."""
    return math.sqrt(max(0.0, (found.sem_set or 0.0) ** 2 - (found.sem_yaw or 0.0) ** 2))


def _rms(values: Sequence[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def as_markdown(found: Sequence[Pair]) -> str:
    """One row for each metric with enough pairs, the published values below."""
    by_metric: dict[str, list[Pair]] = defaultdict(list)
    for pair in found:
        by_metric[pair.spec.id].append(pair)
    lines = [
        "| metric | judged value | pairs of films | standard error of measurement "
        "| the same for the true angles in the picture | smallest real difference, measured "
        "| smallest real difference, printed by formcheck (median) "
        "| differences larger than the printed one "
        "| printed, without the variation of the movement | differences larger than that "
        "| part of the set's error that changes: measured | assumed |",
        "|" + "---|" * 12,
    ]
    for metric, own in sorted(by_metric.items()):
        if len(own) >= LEAST_PAIRS:
            lines.append(_row(metric, own))
    people = len({pair.person for pair in found})
    return f"{people} people, each filmed twice.\n\n" + "\n".join(lines) + f"\n\n{PUBLISHED}"


def _row(metric: str, own: Sequence[Pair]) -> str:
    spec = own[0].spec
    places = 2 if spec.unit in ("s", "") else 1
    error = _error([pair.difference for pair in own])
    in_picture = [pair.in_picture for pair in own if pair.in_picture is not None]
    stated = _rms([pair.of_set for pair in own])
    beyond = sum(abs(pair.difference) > pair.printed for pair in own)
    beyond_that = sum(abs(pair.difference) > pair.without_movement for pair in own)

    def shown(value: float) -> str:
        return f"{value:.{places}f}{'' if spec.unit == '°' else ' '}{spec.unit}".rstrip()

    cells = [
        metric,
        spec.judged.replace("_", " "),
        f"{len(own)}",
        shown(error),
        shown(_error(in_picture)) if len(in_picture) >= LEAST_PAIRS else "-",
        shown(CONFIDENCE * math.sqrt(2.0) * error),
        shown(float(np.median([pair.printed for pair in own]))),
        f"{beyond} of {len(own)}",
        shown(float(np.median([pair.without_movement for pair in own]))),
        f"{beyond_that} of {len(own)}",
        f"{error / stated:.2f}" if stated else "-",
        f"{spec.repeat_share:.2f}",
    ]
    return "| " + " | ".join(cells) + " |"


def _error(differences: Sequence[float]) -> float:
    """Standard error of measurement."""
    return float(np.std(differences, ddof=1)) / math.sqrt(2.0)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--poses", type=Path, required=True, help="where poses are kept")
    args = parser.parse_args()
    print(as_markdown(list(pairs(args.folder, args.poses))))


if __name__ == "__main__":
    main()
