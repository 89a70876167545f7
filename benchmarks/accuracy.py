"""Score formcheck against clips whose movement is exactly known.

    python benchmarks/accuracy.py [FOLDER ...] [--mirrored] [--poses FOLDER] [--json FILE]

Every ``NAME.mp4`` of the folders (the published set when left out) that has a ``NAME.truth.json``
goes through ``formcheck.analyze`` as it is; clips of an exercise that formcheck does not know are
skipped, and named on standard error. What comes out is scored as ``score.py`` scores sessions. With
``--mirrored`` each clip is turned left for right first: the other leg works, and the camera stands
to the other side. Markdown on standard output.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from scoreboard.own_runs import add_options, scored_films
from scoreboard.published import PUBLISHED
from scoreboard.score_tables import as_json, as_markdown


def main() -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description="Score formcheck against known movement.")
    parser.add_argument("folders", type=Path, nargs="*", default=PUBLISHED)
    add_options(parser)
    parser.add_argument("--mirrored", action="store_true", help="left and right exchanged")
    parser.add_argument("--every-clip", action="store_true", help="a row for every clip")
    parser.add_argument("--json", type=Path, help="write every single error there as well")
    args = parser.parse_args()
    if args.mirrored and args.poses:
        parser.error("--poses keeps the poses of the films as they are, not mirrored")
    scored = scored_films(args.folders, mirrored=args.mirrored, poses=args.poses)
    if not scored.clips:
        print(f"no clip with a truth file in {' '.join(map(str, args.folders))}", file=sys.stderr)
        return 2
    print(as_markdown([scored], every_clip=args.every_clip))
    if args.json:
        args.json.write_text(as_json([("formcheck", scored)]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
