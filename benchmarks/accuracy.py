"""Score formcheck against clips whose movement is exactly known.

    python benchmarks/accuracy.py [FOLDER] [--mirrored] [--json FILE]

Every ``NAME.mp4`` in FOLDER (``sample_videos`` when left out) that has a ``NAME.truth.json`` goes
through ``formcheck.analyze`` as it is; clips of an exercise that formcheck does not know are
skipped, and named on standard error. Angles are scored against what a perfect pose
estimator would measure in the same picture, knee over foot against the truth in space, and times
against the truth's own 5 % speed events. With ``--mirrored`` each clip is turned left for right
first: the other leg works, and the camera stands to the other side. Markdown on standard output.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from formcheck.exercises.registry import all_exercises

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from clips.scoring import ClipResult, Error, analyzed, clip_result, errors, scores
from clips.truth import mirrored_truth, read_truth


def run(folder: Path, *, mirrored: bool = False) -> tuple[list[ClipResult], list[Error]]:
    """Analyze every clip of the folder that has a truth file."""
    known = {exercise.id for exercise in all_exercises()}
    clips: list[ClipResult] = []
    found: list[Error] = []
    for truth_path in sorted(folder.glob("*.truth.json")):
        name = truth_path.name.removesuffix(".truth.json")
        truth = read_truth(truth_path)
        if truth["exercise"] not in known:
            print(f"{name} skipped: no exercise {truth['exercise']!r}", file=sys.stderr)
            continue
        if mirrored:
            truth = mirrored_truth(truth)
        film = folder / f"{name}.mp4"
        session, recognised = analyzed(film, truth["exercise"], mirrored=mirrored)
        clips.append(clip_result(name, truth, session, recognised))
        found.extend(errors(name, truth, session.reps))
    return clips, found


def as_markdown(clips: Sequence[ClipResult], found: Sequence[Error]) -> str:
    """The tables for people."""
    lines = [
        "| clip | recognised | repetitions (true) | sides right | view (true) | yaw (true) |",
        "|---|---|---|---|---|---|",
    ]
    for clip in clips:
        sides = "yes" if clip.stances == clip.true_stances else f"NO: {clip.stances}"
        refused = ", frontal angles refused" if clip.refused_frontal else ""
        lines.append(
            f"| {clip.clip} | {'yes' if clip.recognised else 'NO'} "
            f"| {clip.reps} ({clip.true_reps}) | {sides} "
            f"| {clip.view} ({clip.true_view}){refused} "
            f"| {clip.yaw_deg:.0f}° ({clip.true_yaw_deg:.0f}°) |"
        )
    right = sum(clip.right for clip in clips)
    lines += ["", f"Count, sides and view right: {right} of {len(clips)} clips.", ""]
    lines += [
        "| quantity | n | bias | mean abs. error | slope | worst | in | ≤ 1 SE | ≤ 2 SE |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in scores(found):
        digits = 3 if row.quantity.endswith("_s") else 2
        lines.append(
            f"| {row.quantity} | {row.n} | {row.bias:+.{digits}f} | {row.mean_absolute:.{digits}f} "
            f"| {_or_dash(row.slope, '.2f')} | {row.worst:+.{digits}f} | {row.worst_in} "
            f"| {_or_dash(row.within_one_sem_pct, '.0f', ' %')} "
            f"| {_or_dash(row.within_two_sem_pct, '.0f', ' %')} |"
        )
    events = [abs(one.error) for one in found if one.quantity.startswith("event ")]
    if events:
        lines += ["", f"All events together: mean absolute error {np.mean(events):.3f} s."]
    return "\n".join(lines)


def _or_dash(value: float, form: str, unit: str = "") -> str:
    return f"{value:{form}}{unit}" if math.isfinite(value) else "-"


def main() -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description="Score formcheck against known movement.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("sample_videos"))
    parser.add_argument("--mirrored", action="store_true", help="left and right exchanged")
    parser.add_argument("--json", type=Path, help="write every single error there as well")
    args = parser.parse_args()
    clips, found = run(args.folder, mirrored=args.mirrored)
    if not clips:
        print(f"no clip with a truth file in {args.folder}", file=sys.stderr)
        return 2
    print(as_markdown(clips, found))
    if args.json:
        data = {
            "clips": [asdict(clip) for clip in clips],
            "errors": [asdict(one) for one in found],
            "scores": [asdict(row) for row in scores(found)],
        }
        args.json.write_text(json.dumps(data, indent=1).replace("NaN", "null"), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
