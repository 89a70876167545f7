"""The guide prints the rules of advice and the fields of a programme as they are declared."""

from __future__ import annotations

import re
from pathlib import Path

from programme_tables import PAGE, TABLES, with_tables

from formcheck.coach.programme_files import open_programme, shipped_names


def test_the_guide_has_the_tables_made_from_the_declarations() -> None:
    page = PAGE.read_text("utf-8")
    assert page == with_tables(page), "run: python tests/programme_tables.py"
    assert all(table in page for table in TABLES)


def test_the_example_of_the_guide_is_a_programme(tmp_path: Path) -> None:
    section = PAGE.read_text("utf-8").partition("\n### Write your own\n")[2]
    file = tmp_path / "mine.toml"
    file.write_text(section.partition("```toml\n")[2].partition("```")[0], "utf-8")
    assert [block.exercise for block in open_programme(str(file)).blocks] == [
        *("step_down", "plank", "stairs")
    ]


def test_the_guide_names_the_shipped_programmes() -> None:
    table = PAGE.read_text("utf-8").partition("| programme | what it holds |\n")[2]
    named = re.findall(r"^\| `(\w+)` \|", table.partition("\n\n")[0], re.MULTILINE)
    assert sorted(named) == list(shipped_names())
