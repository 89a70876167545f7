"""Record the poses of clips, so that tests can replay them without model or film.

    python benchmarks/record_poses.py FOLDER_OF_CLIPS [--out tests/poses]

For every clip with a truth file: ``NAME.npz`` with what the pose model saw, and ``NAME.json`` with
the truth less its per-frame keypoints. Run it again when the model or the estimator changes.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from formcheck.pose.estimator import EstimatedFrames
from formcheck.pose.mediapipe_estimator import MediaPipeEstimator
from formcheck.store.poses_file import save_poses
from formcheck.video.film import VideoSource


def record(film: Path, out: Path) -> None:
    """Record the poses of one film."""
    with VideoSource(film) as source, MediaPipeEstimator() as estimator:
        samples = EstimatedFrames(source, estimator, lambda: source.ready).samples()
        save_poses(out, source.info, estimator.model, list(samples))


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Record the poses of clips for the tests.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("tests/poses"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for truth_path in sorted(args.folder.glob("*.truth.json")):
        name = truth_path.name.removesuffix(".truth.json")
        record(args.folder / f"{name}.mp4", args.out / f"{name}.npz")
        truth = json.loads(truth_path.read_text())
        del truth["keypoints_px"]
        (args.out / f"{name}.json").write_text(json.dumps(truth, indent=1) + "\n")
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
