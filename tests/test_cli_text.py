"""What is printed as plain text: one line, no surprises for the terminal."""

from __future__ import annotations

import pytest

from formcheck.cli.lines import LONGEST_LINE, escaped, one_line


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("plain name.mp4", "plain name.mp4"),
        ("Übung ± 膝.mp4", "Übung ± 膝.mp4"),
        ("red\x1b[31m", "red\\x1b[31m"),
        ("two\nlines\r", "two\\nlines\\r"),
        ("right\u202eleft", "right\\u202eleft"),
        ("\udcff", "\\udcff"),
    ],
)
def test_what_could_upset_a_terminal_is_escaped(hostile: str, shown: str) -> None:
    assert escaped(hostile) == shown


def test_message_and_hint_become_one_line_of_sentences() -> None:
    assert one_line("no such file 'a\nb'", "check the name") == (
        "no such file 'a\\nb'. Check the name."
    )


def test_what_no_terminal_has_room_for_loses_its_middle() -> None:
    line = one_line(f"there is no exercise '{'x' * 100_000}' here", "see what there is")
    assert len(line) < 2 * LONGEST_LINE
    assert line.startswith("there is no exercise 'xxx")
    assert line.endswith("xxx' here. See what there is.")


def test_no_second_full_stop_and_no_empty_hint() -> None:
    assert one_line("it is empty.") == "it is empty."
