"""Two people over four weeks: what was put into their sessions, and what formcheck told of it.

    python benchmarks/progress.py [--out FOLDER] [--seed N]

Each person's eight sessions are made by ``clips/weeks.py`` from the recorded poses of one clip
whose movement is known. One person gets better from week to week. The other does the same
repetitions in another order every time. All sixteen go through ``formcheck.analyze`` into a
history, and what is told is what ``formcheck progress`` says. Markdown on standard output; with
``--out``, page and PDF of both people too.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from formcheck.cli.progress_command import show_progress

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from clips.truth import read_truth
from clips.weeks import DAYS, MEASURES, PEOPLE, POSES, Person, keep_weeks, true_means, truly_good


def told(db: Path, out: Path | None) -> dict[str, Any]:
    """What ``formcheck progress`` says, as data; with the page and the PDF drawn."""
    asked: dict[str, Any] = dict.fromkeys(("exercise", "side", "person", "metric", "limit"))
    if out is not None:
        for form in ("html", "pdf"):
            with redirect_stdout(StringIO()):
                drawn = out.with_suffix(f".{form}")
                show_progress(**asked, db=db, form=form, out=drawn, as_json=True)
    with redirect_stdout(StringIO()) as printed:
        show_progress(**asked, db=db, form=None, out=None, as_json=True)
    found: dict[str, Any] = json.loads(printed.getvalue())
    return found


def rows(person: Person, found: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """For each quantity: what was put in, what was measured, and what was told."""
    truth = read_truth(POSES / f"{person.clip}.json")
    first, last = (true_means(truth, person.orders[n]) for n in (0, -1))
    ((side, trends),) = found["trends"].items()
    changes = [one for part in found["changes"].values() for one in part]
    for name in MEASURES:
        points = trends[name]["points"]
        start, end = points[0], points[-1]
        yield (
            trends[name]["title"],
            f"{first[name]:.1f} → {last[name]:.1f}",
            f"{start['mean']:.1f} ± {start['sem']:.1f} → {end['mean']:.1f} ± {end['sem']:.1f}",
            f"{end['detectable']:.1f}",
            _told(changes, trends[name]["title"]),
        )
    for title, about in (("Good form", "form"), ("Slow enough", "tempo")):
        halves = (person.orders[: len(DAYS) // 2], person.orders[-(len(DAYS) // 2) :])
        put_in = " → ".join(truly_good(truth, half, about) for half in halves)
        yield (title, put_in, "", "", _told(changes, title))
    yield ("Pain", f"{person.pain[0]} → {person.pain[-1]}", "", "2", _told(changes, "Pain"))
    others = [
        one["text"]
        for one in changes
        if not one["text"].startswith(
            ("Good form", "Slow enough", "Pain", *(trends[name]["title"] for name in MEASURES))
        )
    ]
    yield (f"anything else, {side} leg", "", "", "", "; ".join(others) or "no change")


def _told(changes: Sequence[dict[str, Any]], title: str) -> str:
    said = [one["text"] for one in changes if one["text"].startswith(f"{title}:")]
    return said[0].partition(": ")[2] if said else "no change"


def main() -> None:
    """Print what was put in and what was told."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, help="folder for page and PDF of both people")
    parser.add_argument("--seed", type=int, default=1, help="of the cameras and the noise")
    args = parser.parse_args()
    if args.out is not None:
        args.out.mkdir(parents=True, exist_ok=True)
    for number, person in enumerate(PEOPLE):
        with tempfile.TemporaryDirectory() as folder:
            db = keep_weeks(person, 1000 * args.seed + 100 * number, Path(folder))
            place = None if args.out is None else args.out / person.name.replace(" ", "_")
            found = told(db, place)
        print(f"\nWho {person.name} (poses of {person.clip}):\n")
        print(
            "| what | true value, first → last session | measured | smallest real difference | "
            "reported |"
        )
        print("|---|---|---|---|---|")
        for row in rows(person, found):
            print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
