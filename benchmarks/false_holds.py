"""In how many recordings without a hold one is found, for each exercise that is held.

    python benchmarks/false_holds.py FOLDER [FOLDER ...]

Each FOLDER holds recorded poses (``.fcp`` or ``.npz``) of people who hold nothing: step-downs,
squats, walking. Each recording is analyzed as each of these exercises. Two recordings of the same
name count once. Who does single-leg squats or step-downs also stands on one leg between them: such
recordings do have a single-leg stance.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from formcheck.data.keypoints import PoseSample
from formcheck.data.session import Rep
from formcheck.exercises import all_exercises
from formcheck.motion.holds import HoldAnalyzer
from formcheck.pose.recorded import PoseRecording


def main() -> None:
    """Print every hold that is found, then the count of recordings with one by exercise."""
    parser = argparse.ArgumentParser(description="Count holds that are none.")
    parser.add_argument("folders", type=Path, nargs="+")
    folders: list[Path] = parser.parse_args().folders
    kinds = ("*.fcp", "*.npz")
    paths = {one.stem: one for folder in folders for kind in kinds for one in folder.glob(kind)}
    held = [exercise for exercise in all_exercises() if exercise.kind == "holds"]
    wrong = dict.fromkeys((exercise.id for exercise in held), 0)
    for name, path in sorted(paths.items()):
        samples = PoseRecording.load(path).samples
        for exercise in held:
            found = holds_in(HoldAnalyzer(exercise), samples)
            wrong[exercise.id] += bool(found)
            for one in found:
                print(f"{name}: {exercise.id} from {one.start_s:.1f} to {one.end_s:.1f} s")
    for exercise_id, count in wrong.items():
        print(f"{exercise_id}: {count} of {len(paths)}")


def holds_in(analyzer: HoldAnalyzer, samples: tuple[PoseSample, ...]) -> tuple[Rep, ...]:
    """Analyze a recording."""
    for sample in samples:
        analyzer.update(sample)
    return analyzer.finish()


if __name__ == "__main__":
    main()
