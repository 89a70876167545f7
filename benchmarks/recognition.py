"""How often the exercise is recognised right, and as often as it says.

    python benchmarks/recognition.py FOLDER [FOLDER ...] [--poses FOLDER]

Each FOLDER has truth files, ``NAME.truth.json``; the kept poses are ``NAME.fcp`` beside them or in
the folder of ``--poses``. Three tables, Markdown on standard output: how it was recognised; how
often what was said with 60 to 75, 75 to 90 and 90 to 100 % was right; and where the free foot was
in each exercise, mean and spread over people, beside which the numbers in
``formcheck/exercises`` stand. Those are the means over the rendered people and the clips, between
what was measured and how the movement is done: rendered people all do an exercise in one way, so
a spread is never smaller than the habits of people that were declared before.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.exercises import all_exercises, get_exercise, look_alikes
from formcheck.motion.recognition import Recognition, Recognizer, with_article
from formcheck.pose.recorded import PoseRecording

LEVELS = (0.0, 0.6, 0.75, 0.9, 1.0)


@dataclass(frozen=True)
class Film:
    """What a film shows, what was recognised, and the way of its free foot in the image.

    ``ways`` has a row for each repetition: yaw in degrees, then right and up while the body is
    high and on the way down, in leg lengths; right is toward where the free foot is from the front.
    """

    name: str
    truth: str
    found: Recognition
    ways: FloatArray

    @property
    def right(self) -> bool:
        """Whether the exercise is what was said, alone or beside another one."""
        return with_article(get_exercise(self.truth).title) in self.found.either


def film(truth_path: Path, poses_path: Path) -> Film:
    """Recognise one film as the program does, from its beginning."""
    truth = json.loads(truth_path.read_text())
    recognizer = Recognizer(all_exercises(), look_alikes())
    found = None
    for sample in PoseRecording.load(poses_path).samples:
        found = recognizer.update(sample)
        if found is not None:
            break
    found = found or recognizer.finish()
    free = 0 if truth["reps"][0]["stance"] == "right" else 1
    outward = 1.0 if free == 0 else -1.0
    ways = [
        [
            np.degrees(rep.yaw_rad),
            *((rep.high[free] - rep.high[1 - free]) * [outward, -1.0]),
            *((rep.low - rep.high)[free] * [outward, -1.0]),
        ]
        for rep in recognizer._repetitions_of_set()  # noqa: SLF001 - what it decides by
    ]
    return Film(poses_path.stem, truth["exercise"], found, np.array(ways).reshape(-1, 5))


def films(folders: Sequence[Path], poses: Path | None) -> Iterator[Film]:
    """Those whose poses are there."""
    for folder in folders:
        for truth_path in sorted(folder.glob("*.truth.json")):
            name = truth_path.name.removesuffix(".truth.json")
            poses_path = (poses or folder) / f"{name}.fcp"
            if poses_path.exists():
                yield film(truth_path, poses_path)


def how(one: Film) -> str:
    """Say in a word how a film was recognised."""
    if one.found.exercise is None:
        return "none of ours" if one.found.looks_like else "asked"
    both = ", both named" if one.found.or_else else ""
    if one.found.exercise == one.truth:
        return "right" + both
    return "the other first" + both if one.right else "wrong"


def print_tables(seen: Sequence[Film]) -> None:
    """Print the three tables."""
    print("| recognised | films |\n|---|---|")
    for word, count in sorted(Counter(how(one) for one in seen).items()):
        print(f"| {word} | {count} |")
    print(
        "\n| said | films | mean | right | likelier one: films | mean | right |\n"
        + "|---" * 7
        + "|"
    )
    named = [one for one in seen if one.found.exercise]
    for low, high in pairwise(LEVELS):
        cells = [f"{100 * low:.0f}-{100 * high:.0f} %"]
        for said in (
            [(one.found.sure, one.right) for one in named],
            [(one.found.probability, one.found.exercise == one.truth) for one in named],
        ):
            within = [pair for pair in said if low <= pair[0] < high or pair[0] == high == 1.0]
            mean = f"{100 * np.mean([p for p, _ in within]):.0f} %" if within else ""
            cells += [str(len(within)), mean, str(sum(right for _, right in within))]
        print(f"| {' | '.join(cells)} |")
    ways = defaultdict(list)
    for one in seen:
        if len(one.ways):
            yaw_deg, *way = np.nanmean(one.ways, axis=0)
            view = "front" if abs(yaw_deg) < 25 else "side" if abs(yaw_deg) > 60 else "oblique"
            ways[one.truth, view].append(way)
    print(
        "\n| exercise | view | people | high: across | up | way: across | up |\n" + "|---" * 7 + "|"
    )
    for (exercise, view), found in sorted(ways.items()):
        mean, spread = np.nanmean(found, axis=0), np.nanstd(found, axis=0)
        cells = [f"{m:.2f} ± {s:.2f}" for m, s in zip(mean, spread, strict=True)]
        print(f"| {exercise} | {view} | {len(found)} | {' | '.join(cells)} |")
    for one in seen:
        if how(one) in ("wrong", "asked"):
            print(f"\n{one.name}: {how(one)}, {one.found.exercise} {one.found.sure:.2f}")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--poses", type=Path)
    given = parser.parse_args()
    print_tables(list(films(given.folders, given.poses)))


if __name__ == "__main__":
    main()
