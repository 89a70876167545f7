"""The guide prints the rules of advice and the fields of a programme as they are declared."""

from __future__ import annotations

from programme_tables import PAGE, TABLES, with_tables


def test_the_guide_has_the_tables_made_from_the_declarations() -> None:
    page = PAGE.read_text("utf-8")
    assert page == with_tables(page), "run: python tests/programme_tables.py"
    assert all(table in page for table in TABLES)
