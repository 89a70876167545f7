"""Writes ``numbers/`` anew: ``python -m tests.rail.make [NAME ...]``, from the checkout.

Each recorded pose file and each sample film is analyzed by the command line, in a process of its
own, and the numbers are taken from the session record that it wrote. With names, such as
``poses/squat_front``, only those are made.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .reading import read_numbers

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
        quiet = ("--goal", "eccentric", "--no-video", "--no-history", "--out", str(out))
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


if __name__ == "__main__":
    wanted = sys.argv[1:]
    chosen = {name: path for name, path in inputs().items() if not wanted or name in wanted}
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(make, chosen, chosen.values()))
