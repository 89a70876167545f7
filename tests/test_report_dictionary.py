"""The data dictionary says what the declarations say.

To make its made parts again: ``python tests/test_report_dictionary.py``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from data_dictionary import filled

from formcheck.data.declare import fields_of
from formcheck.data.session import Measurement, MeasureSpec, Rep
from formcheck.exercises import all_exercises
from formcheck.store import session_file

SCHEMA_FILE = Path(__file__).parent.parent / "docs" / "session.schema.json"
PAGE = Path(__file__).parent.parent / "docs" / "data-dictionary.md"


def specs() -> list[MeasureSpec]:
    return [spec for exercise in all_exercises() for spec in exercise.info().specs]


def test_the_committed_page_is_what_the_declarations_say() -> None:
    assert PAGE.read_text("utf-8") == filled(PAGE.read_text("utf-8"), specs())


def test_every_field_and_measurement_is_in_it() -> None:
    text = PAGE.read_text("utf-8")
    for record in (Rep, Measurement):
        for field in fields_of(record):
            assert re.search(rf"^\| `{field.name}` \|.*\| {re.escape(field.about)} \|$", text, re.M)
    for spec in specs():
        assert f"| `{spec.id}` | {spec.title} |" in text


def test_a_part_that_nobody_makes_is_an_error() -> None:
    with pytest.raises(KeyError):
        filled("<!-- made: nothing -->\n<!-- end -->", [])


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text("utf-8"), specs()), "utf-8")
    SCHEMA_FILE.write_text(json.dumps(session_file.schema(), indent=2) + "\n", "utf-8")
