"""Score the camera's tilt against films that were turned by a known angle.

    python benchmarks/roll.py [FOLDER ...] [--lean]

The pictures of every film are turned about their middle, as a tilted camera would have seen them,
and cut to what every tilt shows. A film with a ``NAME.truth.json`` was made with a level camera.
Any other is scored against what is found in it unturned, since its own tilt is not known.
``--lean`` also takes the front clips with a truth file, turned, through the whole program, and
scores the trunk's lean. Markdown on standard output.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from formcheck.data.arrays import FloatArray, ImageArray
from formcheck.data.frame import Frame, FrameSource, SourceInfo
from formcheck.data.keypoints import PoseSample
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.camera_view import likeliest_roll_deg
from formcheck.pose.camera_roll import FIRST_INTERVAL_S, CameraRoll, RollEstimator
from formcheck.pose.heading import heading_deg
from formcheck.pose.mediapipe_estimator import MediaPipeEstimator
from formcheck.pose.usual_camera import USUAL_ROLL_DEG
from formcheck.video.film import VideoSource

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from clips.scoring import errors
from clips.truth import read_truth

TILTS_DEG = (-5.75, -3.75, -1.75, 0.0, 1.75, 3.75, 5.75)
"""Half-way between the tilts that are tried, where the search is at its worst."""

LEAN_TILT_DEG = 4.0
LOOKED_AT_S = 4.5
HEAD = (
    "| film | detected | error of the detected tilt: bias / MAE / worst "
    "| error after the correction | stated error | within 2 stated errors |"
)
FILMS = (".mp4", ".mov")


def turned(image: ImageArray, deg: float) -> tuple[ImageArray, FloatArray]:
    """The picture with its content turned clockwise, cut to the same shape, no blank corners.

    Also the matrix (2, 3) that takes a point of the old picture to the new one.
    """
    height, width = image.shape[:2]
    cos, sin = math.cos(math.radians(deg)), abs(math.sin(math.radians(deg)))
    scale = 1.0 / (cos + sin * max(width / height, height / width))
    inner_x, inner_y = (int(size * scale) // 2 * 2 for size in (width, height))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -deg, 1.0)
    matrix[:, 2] -= ((width - inner_x) // 2, (height - inner_y) // 2)
    cut = cv2.warpAffine(image, matrix, (inner_x, inner_y))
    return np.asarray(cut, dtype=np.uint8), np.asarray(matrix)


class TurnedSource:
    """A film whose pictures are turned."""

    def __init__(self, source: FrameSource, deg: float) -> None:
        self._source = source
        self._deg = deg

    @property
    def info(self) -> SourceInfo:
        """The film's own facts."""
        return self._source.info

    def __iter__(self) -> Iterator[Frame]:
        """Give the turned frames."""
        for frame in self._source:
            yield replace(frame, image=turned(frame.image, self._deg)[0])


@dataclass(frozen=True)
class Found:
    """The tilt found in one film turned by one angle; ``true_deg`` is what it should be."""

    film: str
    true_deg: float
    roll: CameraRoll

    @property
    def error_deg(self) -> float:
        """Found minus true; NaN when none was given."""
        return self.roll.deg - self.true_deg


def looked_at(film: Path) -> list[tuple[ImageArray, PoseSample]]:
    """A few pictures of the film's beginning, and the poses in them."""
    kept: list[tuple[ImageArray, PoseSample]] = []
    with VideoSource(film) as source, MediaPipeEstimator() as estimator:
        for frame in source:
            if frame.t_s > LOOKED_AT_S:
                break
            if frame.t_s < len(kept) * FIRST_INTERVAL_S:
                continue
            sample = estimator.estimate(frame)
            if sample.seen:
                kept.append((frame.image.copy(), sample))
    return kept


def roll_of(seen: Sequence[tuple[ImageArray, PoseSample]], tilt_deg: float) -> CameraRoll:
    """The tilt known after the pictures, turned; the poses are turned with them."""
    watch = RollEstimator()
    for image, sample in seen:
        picture, matrix = turned(image, tilt_deg)
        keypoints_px = sample.keypoints_px @ matrix[:, :2].T + matrix[:, 2]
        heading = float(heading_deg(sample.world_m)) + sample.heading_correction_deg
        watch.update(sample.t_s, picture, keypoints_px, heading)
    return watch.roll


def score_film(film: Path) -> list[Found]:
    """Tilts found in the film, turned by each angle."""
    seen = looked_at(film)
    rolls = {tilt: roll_of(seen, tilt) for tilt in TILTS_DEG}
    level = 0.0 if film.with_suffix(".truth.json").exists() else rolls[0.0].deg
    return [Found(film.stem, tilt + level, roll) for tilt, roll in rolls.items()]


def left_over_deg(found: Found) -> tuple[float, float]:
    """What is left of the true tilt when the likeliest one is taken out, and its stated error.

    All of it when none was found.
    """
    if math.isnan(found.roll.deg):
        return -found.true_deg, USUAL_ROLL_DEG
    deg, sem_deg = likeliest_roll_deg(found.roll.deg, found.roll.sem_deg)
    return deg - found.true_deg, sem_deg


def row(name: str, found: Sequence[Found]) -> str:
    """A line of the table; films whose own tilt is not known have none to be scored against."""
    found = [one for one in found if math.isfinite(one.true_deg)]
    error = np.array([one.error_deg for one in found])
    given = np.isfinite(error)
    left, stated = np.array([left_over_deg(one) for one in found]).reshape(len(found), 2).T
    parts = [name, f"{given.sum()} of {len(found)}", _summed(error[given]), _summed(left)]
    parts.append(f"{np.median(stated):.1f}" if len(found) else "-")
    parts.append(f"{np.mean(np.abs(left) <= 2 * stated) * 100:.0f} %" if len(found) else "-")
    return "| " + " | ".join(parts) + " |"


def _summed(some: FloatArray) -> str:
    """Bias, mean absolute error and the worst one."""
    if not len(some):
        return "-"
    worst = some[int(np.argmax(np.abs(some)))]
    return f"{some.mean():+.2f} / {np.abs(some).mean():.2f} / {worst:+.2f}"


def lean_errors(film: Path, tilt_deg: float) -> list[tuple[float, float]]:
    """Error of the trunk's lean in each repetition of the turned film, and its standard error."""
    truth = read_truth(film.with_suffix(".truth.json"))
    analyzer = Analyzer(get_exercise(truth["exercise"]))
    with VideoSource(film) as source, MediaPipeEstimator() as estimator:
        for frame in TurnedSource(source, tilt_deg):
            analyzer.update(estimator.estimate(frame))
    found = errors(film.stem, truth, analyzer.finish())
    return [(one.error, one.sem) for one in found if one.quantity == "trunk_lean_deg"]


def lean_table(films: Sequence[Path]) -> list[str]:
    """How far the trunk's lean is off in the turned clips."""
    lines = [
        f"| clip | lean off by, unturned | turned by -{LEAN_TILT_DEG:.0f}° "
        f"| by +{LEAN_TILT_DEG:.0f}° |",
        "|---|---|---|---|",
    ]
    for film in films:
        truth = film.with_suffix(".truth.json")
        if not truth.exists() or read_truth(truth)["view"] != "front":
            continue
        cells = []
        for tilt_deg in (0.0, -LEAN_TILT_DEG, LEAN_TILT_DEG):
            found = lean_errors(film, tilt_deg)
            cells.append(", ".join(f"{error:+.1f} ± {sem:.1f}" for error, sem in found) or "-")
        lines.append(f"| {film.stem} | {' | '.join(cells)} |")
    return lines


def main() -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description="Score the camera's tilt on turned films.")
    parser.add_argument("folders", type=Path, nargs="*", default=[Path("sample_videos")])
    parser.add_argument("--lean", action="store_true", help="score the trunk's lean, too")
    args = parser.parse_args()
    films = [
        film
        for folder in args.folders
        for film in sorted(folder.iterdir())
        if film.suffix in FILMS and not film.name.startswith(".")
    ]
    if not films:
        print("no films there", file=sys.stderr)
        return 2
    print(HEAD)
    print("|---|---|---|---|---|---|")
    everything: list[Found] = []
    for film in films:
        found = score_film(film)
        everything.extend(found)
        print(row(film.stem, found), flush=True)
    print(row("all", everything))
    if args.lean:
        print("\n" + "\n".join(lean_table(films)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
