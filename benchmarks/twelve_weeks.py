"""Twelve weeks of a programme by two made-up people: the doses that follow from their sessions.

    python benchmarks/twelve_weeks.py

What the people can do is put in (``tests/clips/programme_weeks.py``), their repetitions are graded
by formcheck, and each session has the doses that the programme asks for then. Markdown on standard
output, as in ``docs/accuracy.md``.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from clips.programme_weeks import PEOPLE, table, twelve_weeks


def main() -> None:
    """Print a table for each person."""
    for person in PEOPLE:
        print(f"Who {person.name}:\n\n{table(twelve_weeks(person))}")


if __name__ == "__main__":
    main()
