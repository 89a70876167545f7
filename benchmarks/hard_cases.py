"""Score formcheck on films that were spoiled: bad light, bad cameras, people in the way.

    python benchmarks/hard_cases.py [FOLDER] [--clips NAME ...] [--cases NAME ...] [--json FILE]

Clips of FOLDER (``sample_videos`` when left out) whose movement is exactly known are spoiled by
``clips/spoiled_films.py`` and go through ``formcheck.analyze``; what comes out is scored as
in ``accuracy.py``. One row for each case, the unaltered films first. Markdown on standard output.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

import formcheck.app.opening
from formcheck.data.errors import FormcheckError
from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample
from formcheck.data.session import Rep
from formcheck.pose.mediapipe_estimator import MediaPipeEstimator

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from clips.runs import analyzed
from clips.scoring import ClipResult, Error, clip_result, errors, scores
from clips.spoiled_films import CASES, spoiled_film, unaltered
from clips.spoiled_poses import legs_swapped, swapped_at
from clips.truth import Truth

REPRESENTATIVE = (
    "step_down_front_left",
    "lateral_step_down_front_left",
    "single_leg_squat_front_right",
    "single_leg_squat_side_right",
    "squat_front",
)
"""Taken when no clips are named: every exercise, both views, four bodies."""

SWAPS = "left and right swapped"
REPS = 2

GOALS = {
    "knee_fppa_deg": 1.5,
    "trunk_lean_deg": 1.0,
    "knee_over_foot_pct": 2.0,
    "trunk_flexion_deg": 2.0,
    "knee_flexion_deg": 4.0,
    "duration descent_s": 0.1,
    "duration ascent_s": 0.1,
}
"""Mean absolute errors aimed at; a spoiled film may have a third more."""

MORE = 4.0 / 3.0
FAR_OFF = 3.0
"""A number further off than so many of its own standard errors is wrong without saying so."""


@dataclass(frozen=True)
class Outcome:
    """What came of one clip under one case."""

    case: str
    clip: str
    result: ClipResult | None
    failure: str | None
    errors: tuple[Error, ...]
    asked: int
    refused: dict[str, int]
    warnings: tuple[str, ...]


class SwappingEstimator(MediaPipeEstimator):
    """The pose model on a bad day: it takes the left leg for the right one, for moments."""

    def estimate(self, frame: Frame) -> PoseSample:
        """Estimate as usual, then swap."""
        sample = super().estimate(frame)
        return legs_swapped(sample) if swapped_at(frame.t_s) else sample


@contextmanager
def model_for(case: str) -> Iterator[None]:
    """Let the analysis run with the case's pose model."""
    if case != SWAPS:
        yield
        return
    with patch.object(formcheck.app.opening, "MediaPipeEstimator", SwappingEstimator):
        yield


def outcome(case: str, folder: Path, clip: str, films: Path) -> Outcome:
    """Spoil one clip, analyze it, and score what came out."""
    truth = Truth.load(folder / f"{clip}.truth.json").first(REPS)
    film = films / f"{clip}.{case.replace(' ', '_')}.mp4"
    if not film.exists():
        spoiled_film(folder / f"{clip}.mp4", truth, CASES.get(case, unaltered), film)
    try:
        with model_for(case):
            session, recognised = analyzed(
                film, truth.data["exercise"], mirrored=case == "mirrored"
            )
    except FormcheckError as error:
        return Outcome(case, clip, None, str(error), (), 0, {}, ())
    asked, refused = _refusals(session.reps, truth)
    return Outcome(
        case=case,
        clip=clip,
        result=clip_result(clip, truth.data, session.reps, session.view, recognised=recognised),
        failure=None,
        errors=tuple(errors(clip, truth.data, session.reps)),
        asked=asked,
        refused=refused,
        warnings=tuple(
            dict.fromkeys(
                [*session.view.warnings, *(note for r in session.reps for note in r.notes)]
            )
        ),
    )


def _refusals(reps: Sequence[Rep], truth: Truth) -> tuple[int, dict[str, int]]:
    """How many of the numbers that have a truth were asked for, and why some were refused."""
    known = {"knee_over_foot_pct", *truth.data["reps"][0]["image_truth_at_bottom"]}
    found = [
        one
        for rep in reps
        for name, one in rep.measurements.items()
        if name in known and name != "pelvic_drop_deg" and _from_here(name, truth)
    ]
    reasons = Counter(one.not_measured or "" for one in found if one.at_bottom is None)
    phases = ("descent_s", "ascent_s")
    times = [rep.measurements[phase].value for rep in reps for phase in phases]
    unknown = sum(time_s is None for time_s in times)
    if unknown:
        reasons["a duration is not known"] = unknown
    return len(found) + len(times), dict(reasons)


def _from_here(name: str, truth: Truth) -> bool:
    return name != "knee_over_foot_pct" or truth.data["view"] == "front"


def as_markdown(outcomes: Sequence[Outcome]) -> str:
    """The table, one row for each case, and below it what the failures and refusals said."""
    cases = list(dict.fromkeys(one.case for one in outcomes))
    lines = [
        "| case | counts | sides | FPPA ° | lean ° | knee over foot % | trunk flexion ° "
        "| knee flexion ° | descent s | ascent s | ≤ 2 SE | far off | refused |",
        "|---" * 13 + "|",
    ]
    lines += [_row(case, [one for one in outcomes if one.case == case]) for case in cases]
    lines += ["", "Why numbers were refused:", ""]
    for case in cases:
        reasons: Counter[str] = Counter()
        for one in outcomes:
            if one.case == case:
                reasons.update(one.refused)
                if one.failure:
                    reasons[f"{one.clip}: {one.failure}"] += 1
        if reasons:
            lines.append(
                f"- {case}: " + "; ".join(f"{n} x {why}" for why, n in sorted(reasons.items()))
            )
    return "\n".join(lines)


def _row(case: str, outcomes: Sequence[Outcome]) -> str:
    results = [one.result for one in outcomes if one.result]
    counts = sum(result.reps == result.true_reps for result in results)
    sides = sum(result.stances == result.true_stances for result in results)
    found = [error for one in outcomes for error in one.errors]
    by_quantity = {score.quantity: score for score in scores(found)}
    cells = []
    for quantity, goal in GOALS.items():
        score = by_quantity.get(quantity)
        if score is None:
            cells.append("-")
            continue
        digits = 2 if quantity.endswith("_s") else 1
        flag = " (!)" if score.mean_absolute > goal * MORE else ""
        cells.append(f"{score.mean_absolute:.{digits}f}{flag}")
    stated = [one for one in found if math.isfinite(one.sem)]
    within = np.mean([abs(one.error) <= 2 * one.sem for one in stated]) if stated else math.nan
    far_off = sum(abs(one.error) > FAR_OFF * one.sem for one in stated)
    asked = sum(one.asked for one in outcomes)
    refused = sum(sum(one.refused.values()) for one in outcomes)
    return " | ".join(
        [
            f"| {case}",
            f"{counts} of {len(outcomes)}",
            f"{sides} of {len(outcomes)}",
            *cells,
            f"{100 * within:.0f} %" if stated else "-",
            f"{far_off} of {len(stated)}",
            f"{refused} of {asked} |",
        ]
    )


def main() -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description="Score formcheck on spoiled films.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("sample_videos"))
    parser.add_argument(
        "--clips", nargs="+", help="names without .mp4; some of each kind if left out"
    )
    parser.add_argument("--cases", nargs="+", choices=[*CASES, SWAPS], default=[*CASES, SWAPS])
    parser.add_argument("--films", type=Path, help="keep the films there, and use them again")
    parser.add_argument("--json", type=Path, help="write every single error there as well")
    args = parser.parse_args()
    clips = args.clips or [
        name for name in REPRESENTATIVE if (args.folder / f"{name}.truth.json").exists()
    ]
    unknown = [name for name in clips if not (args.folder / f"{name}.truth.json").exists()]
    if unknown or not clips:
        print(f"no clip with a truth file in {args.folder}: {' '.join(unknown)}", file=sys.stderr)
        return 2
    outcomes = []
    with tempfile.TemporaryDirectory() as aside:
        films = args.films or Path(aside)
        films.mkdir(parents=True, exist_ok=True)
        for case in args.cases:
            for clip in clips:
                print(f"{case}: {clip}", file=sys.stderr)
                outcomes.append(outcome(case, args.folder, clip, films))
                if not args.films:
                    for film in films.iterdir():
                        film.unlink()
    print(as_markdown(outcomes))
    if args.json:
        data = {"goals": GOALS, "outcomes": [asdict(one) for one in outcomes]}
        args.json.write_text(json.dumps(data, indent=1).replace("NaN", "null"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
