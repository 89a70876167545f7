"""Score formcheck on people kept aside for checking, and append the run to a log that is committed.

    python benchmarks/kept_aside.py FOLDER [FOLDER ...] --why TEXT [--poses FOLDER] [--log FILE]

Nothing may be fitted, set or chosen on these people. Looking at them often is choosing, too: so
every run is in the log, also a bad one, with its day, the commit, why it was made, the people and
all figures. A run
counts as that of a commit when nothing in formcheck/ differs from it; else the log says so.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from scoreboard.own_runs import add_options, scored_films
from scoreboard.published import ROOT, clips_in, people_in, set_digest
from scoreboard.score_tables import as_markdown

LOG = ROOT / "benchmarks" / "kept_aside_log.md"

BEGINNING = """# Runs on the people kept aside

Every run of `benchmarks/kept_aside.py`, the newest last. Entries are only ever added.
"""


def git(*words: str) -> str:
    """Ask git about this checkout; empty when there is none."""
    asked = subprocess.run(
        ["git", "-C", str(ROOT), *words],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip()


def version() -> str:
    """The commit, and whether what was run differs from it."""
    commit = git("rev-parse", "--short=10", "HEAD") or "no commit"
    changed = git("status", "--porcelain", "--", "formcheck", "models")
    return f"{commit} with changes that are not committed" if changed else commit


def append(log: Path, entry: str) -> None:
    """Add an entry at the end of the log."""
    new = not log.exists()
    with log.open("a", encoding="utf-8") as file:
        file.write((BEGINNING if new else "") + "\n" + entry)


def main() -> int:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description="Score the people kept aside, and log it.")
    parser.add_argument("folders", type=Path, nargs="+")
    add_options(parser)
    parser.add_argument("--why", required=True, help="why it is looked at them again; for the log")
    parser.add_argument(
        "--log", type=Path, default=LOG, help="the log; the committed one by default"
    )
    args = parser.parse_args()
    clips, _ = clips_in(args.folders)
    if not clips:
        print(f"no clip with a truth file in {' '.join(map(str, args.folders))}", file=sys.stderr)
        return 2
    scored = scored_films(args.folders, poses=args.poses)
    tables = as_markdown([scored])
    day = datetime.now(UTC).date().isoformat()
    entry = (
        f"## {day}, {version()}\n\n"
        f"Why: {args.why}\n\n"
        f"Clips: {len(clips)}. People: {people_in(clips)}. Set: {set_digest(clips)}."
        f"{' Poses that were kept.' if args.poses else ''}\n\n{tables}\n"
    )
    append(args.log, entry)
    print(entry)
    return 0


if __name__ == "__main__":
    sys.exit(main())
