"""The tables of ``docs/guide.md`` on programmes and on the rules of advice, from the declarations.

``python tests/programme_tables.py`` writes them into the page.
"""

from __future__ import annotations

import re
from pathlib import Path

from formcheck.coach.advice_rules import RULES
from formcheck.data.declare import Field, Record, fields_of, range_words
from formcheck.data.programme import Block, Programme

PAGE = Path(__file__).resolve().parent.parent / "docs" / "guide.md"


def rules_table() -> str:
    """The rules of advice, each with its source."""
    rows = (f"| {about} | {rule.text} | {rule.source} |\n" for about, rule in RULES.items())
    return f"| about | rule | where it comes from |\n|---|---|---|\n{''.join(rows)}"


def written(field: Field) -> str:
    """What may be written for a field: ``number from 0 to 100``."""
    return f"{field.kind.removesuffix(' or none')} {range_words(field.hint)}".rstrip()


def fields_table(record: type[Record], heading: str, without: tuple[str, ...] = ()) -> str:
    """The fields of a record, as they are written in a file."""
    shown = (field for field in fields_of(record) if field.name not in without)
    rows = (
        f"| `{field.name}` | {written(field)} | {field.about}"
        f"{f', in {field.unit}' if field.unit else ''} |\n"
        for field in shown
    )
    return f"| {heading} | written as | meaning |\n|---|---|---|\n{''.join(rows)}"


TABLES = (
    rules_table(),
    fields_table(Programme, "of the programme", without=("name", "blocks")),
    fields_table(Block, "of a block"),
)


def with_tables(page: str) -> str:
    """Give the page with its tables made anew."""
    for table in TABLES:
        head = "".join(table.splitlines(keepends=True)[:2])
        page = re.sub(re.escape(head) + r"(?:\|.*\n)*", lambda _: table, page, count=1)  # noqa: B023
    return page


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text("utf-8")), "utf-8")
