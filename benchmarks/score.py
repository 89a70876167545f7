"""Score what any program says of clips whose movement is exactly known.

    python benchmarks/score.py RESULTS [RESULTS ...] [--clips FOLDER ...] [--peers] [--json FILE]

RESULTS is a folder with what one program left for each clip, or its file for one clip:
``NAME.trc`` (in pixels), ``NAME.csv``, a folder of OpenPose files ``NAME/`` or ``NAME_json/``, or a
session of formcheck ``NAME_formcheck/``. Keypoints are scored alone, by plain definitions at the
lowest point that the truth names, and once more with formcheck finding and measuring the
repetitions in them. With ``--peers`` also by the definitions of other programs. Several RESULTS are
also compared. Markdown on standard output; ``benchmarks/README.md`` says what the columns mean.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from formcheck.data.errors import FormcheckError

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from scoreboard.entries import Entry, entries_in
from scoreboard.programs import Scored, scored_keypoints, scored_sessions
from scoreboard.published import PUBLISHED, Clip, clips_in, people_in, set_digest
from scoreboard.score_tables import as_json, as_markdown, comparison


def score(entries: Sequence[Entry], *, peers: bool) -> list[Scored]:
    """Score all that one program left, in every way that there is for it."""
    sessions = [entry for entry in entries if entry.kind == "session"]
    keypoints = [entry for entry in entries if entry.kind == "keypoints"]
    found = [scored_sessions(sessions)] if sessions else []
    return [*found, *(scored_keypoints(keypoints, peers=peers) if keypoints else [])]


def heading(results: Path, entries: Sequence[Entry], clips: Sequence[Clip]) -> list[str]:
    """Say what was scored, and what was not."""
    scored = [entry.clip for entry in entries]
    names = {clip.name for clip in scored}
    lines = [
        f"## {results.name}",
        "",
        f"Clips: {len(scored)} of {len(clips)}. People: {people_in(scored)}. "
        f"Set: {set_digest(clips)}.",
    ]
    missing = [clip.name for clip in clips if clip.name not in names]
    return [*lines, *([f"Nothing found for: {', '.join(missing)}."] if missing else []), ""]


def main() -> int:
    """Run the scorer from the command line."""
    parser = argparse.ArgumentParser(description="Score a program on clips of known movement.")
    parser.add_argument("results", type=Path, nargs="+", help="what a program left for the clips")
    parser.add_argument("--clips", type=Path, nargs="+", default=PUBLISHED, help="clips and truth")
    parser.add_argument(
        "--peers", action="store_true", help="keypoints by the definitions of other programs, too"
    )
    parser.add_argument("--every-clip", action="store_true", help="a row for every clip")
    parser.add_argument("--json", type=Path, help="write every single error there as well")
    args = parser.parse_args()
    clips, _ = clips_in(args.clips)
    every: list[tuple[str, Scored]] = []
    for results in args.results:
        entries = entries_in(results, clips)
        if not entries:
            print(f"{results} has nothing for any of {len(clips)} clips", file=sys.stderr)
            return 2
        try:
            found = score(entries, peers=args.peers)
        except FormcheckError as error:
            print(f"{error.message}\n{error.hint}", file=sys.stderr)
            return 3
        print("\n".join(heading(results, entries, clips)))
        print(as_markdown(found, every_clip=args.every_clip) + "\n")
        every += [(results.name, one) for one in found]
    if len(args.results) > 1:
        print("## Side by side\n")
        print("\n".join(comparison([(f"{name}, {one.title}", one) for name, one in every])))
    if args.json:
        args.json.write_text(as_json(every), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
