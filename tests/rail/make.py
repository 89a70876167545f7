"""Writes ``numbers/`` anew: ``python -m tests.rail.make [NAME ...]``, from the checkout.

Each recorded pose file and each sample film is analyzed by the command line, in a process of its
own, and the numbers are taken from the session record that it wrote. With names, such as
``poses/squat_front``, only those are made.

``python -m tests.rail.make --grades`` leaves ``numbers/`` as it is and writes
``grade_changes.csv``: where the grades of today differ from those in ``numbers/``.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .reading import COLUMNS, REASON_OF_A_MEASUREMENT, REASONS, read_numbers

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NUMBERS = HERE / "numbers"
_EXERCISE = re.compile(r"(.+?)_(?:front|side|oblique|yaw)")


def inputs() -> dict[str, Path]:
    """What is analyzed, by the name of its numbers."""
    poses, films = ROOT / "tests" / "poses", ROOT / "sample_videos"
    found = {
        f"poses/{path.relative_to(poses).with_suffix('').as_posix()}": path
        for path in sorted(poses.rglob("*.npz"))
    }
    return found | {f"films/{path.stem}": path for path in sorted(films.glob("*.mp4"))}


def numbers_of(path: Path) -> dict[str, Any]:
    """Analyze one film or recording, and give its numbers and how they were made."""
    exercise = _EXERCISE.match(path.stem)
    if exercise is None:
        raise ValueError(f"the name of {path.name} does not begin with an exercise")
    words = ["analyze", path.relative_to(ROOT).as_posix(), "--exercise", exercise[1]]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        quiet = ("--no-video", "--no-history", "--out", str(out))
        done = subprocess.run(
            [sys.executable, "-m", "formcheck", *words, *quiet],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        record = out / "session.json"
        found = json.loads(record.read_text("utf-8")) if record.exists() else None
    return {
        "words": words,
        "exit_code": done.returncode,
        "said": "" if done.returncode == 0 else done.stderr.strip(),
        "numbers": None if found is None else read_numbers(found),
    }


def make(name: str, path: Path) -> None:
    """Write the numbers of one film or recording."""
    target = NUMBERS / f"{name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(numbers_of(path), indent=1, ensure_ascii=False)
    target.write_text(text + "\n", encoding="utf-8")


def reps_of(numbers: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Give the repetitions; none when the input was refused."""
    return [] if numbers is None else list(numbers["reps"])


def changes_of(name: str, path: Path) -> list[dict[str, str]]:
    """Give the rows of ``grade_changes.csv`` of one film or recording."""
    known = json.loads((NUMBERS / f"{name}.json").read_text("utf-8"))["numbers"]
    found = numbers_of(path)["numbers"]
    return [
        {
            "recording": name,
            "rep": str(old["rep"]),
            "what": what,
            "old": grade or "",
            "new": new["grades"][what] or "",
            "why": REASONS.get(what, REASON_OF_A_MEASUREMENT),
        }
        for old, new in zip(reps_of(known), reps_of(found), strict=True)
        for what, grade in old["grades"].items()
        if (grade or "") != (new["grades"][what] or "")
    ]


def write_changes(all_inputs: dict[str, Path]) -> None:
    """Write ``grade_changes.csv`` for all recordings and films."""
    names = sorted(all_inputs)
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(changes_of, names, (all_inputs[name] for name in names))
        rows = [row for own in found for row in own]
    with (HERE / "grade_changes.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    wanted = sys.argv[1:]
    if wanted == ["--grades"]:
        write_changes(inputs())
        sys.exit()
    chosen = {name: path for name, path in inputs().items() if not wanted or name in wanted}
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(make, chosen, chosen.values()))
