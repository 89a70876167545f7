"""A programme's file is read whole, or refused with file, block, field and what was found."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from formcheck.data.errors import UsageError
from formcheck.data.programme import Block, Programme, load_programme

WHOLE = """
title = "My legs"
about = "What I do on Mondays."
goal = "strong legs"
build_up = false

[[blocks]]
exercise = "step_down"
side = "each"
repetitions = 8
sets = 2
tempo = "3-1-1-0"
step_cm = 12.5
load_kg = 2
rest_s = 45
view = "front"
note = "Touch the floor lightly."

[[blocks]]
exercise = "plank"
side = "both"
seconds = 20

[[blocks]]
exercise = "stairs"
side = "both"
times = 3
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "mine.toml"
    file.write_text(text, "utf-8")
    return file


def test_a_whole_file_is_read_field_by_field(tmp_path: Path) -> None:
    assert load_programme(written(tmp_path, WHOLE)) == Programme(
        name="mine",
        title="My legs",
        about="What I do on Mondays.",
        goal="strong legs",
        build_up=False,
        blocks=(
            Block(
                exercise="step_down",
                side="each",
                repetitions=8,
                sets=2,
                tempo="3-1-1-0",
                step_cm=12.5,
                load_kg=2.0,
                rest_s=45.0,
                view="front",
                note="Touch the floor lightly.",
            ),
            Block(exercise="plank", side="both", seconds=20.0),
            Block(exercise="stairs", side="both", times=3),
        ),
    )


def test_it_is_kept_as_json_and_comes_back_the_same(tmp_path: Path) -> None:
    programme = load_programme(written(tmp_path, WHOLE))
    assert msgspec.json.decode(msgspec.json.encode(programme), type=Programme) == programme


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        (
            "repetitions = 8",
            "repetitions = 0",
            "mine.toml, block 1, field 'repetitions': found 0, expected whole number from 1 to "
            "1000",
            "Repetitions in a set, for each leg.",
        ),
        (
            "repetitions = 8",
            'repetitions = "many"',
            "mine.toml, block 1, field 'repetitions': found 'many', expected whole number from 1 "
            "to 1000",
            "Repetitions in a set, for each leg.",
        ),
        (
            "step_cm = 12.5",
            "step_cm = nan",
            "mine.toml, block 1, field 'step_cm': found nan, expected number from 0 to 100",
            "Height of the step, in cm.",
        ),
        (
            'side = "each"',
            'side = "all"',
            "mine.toml, block 1, field 'side': found 'all', expected 'left', 'right', 'each', "
            "'both'",
            "The leg or side that works; `each`: first one, then the other; `both`: both at once, "
            "as in a squat.",
        ),
        (
            "seconds = 20",
            "second = 20",
            "mine.toml, block 2: found an unknown field 'second'",
            "Did you mean 'seconds'? Known fields: exercise, side, repetitions, seconds, times, "
            "sets, tempo, step_cm, load_kg, rest_s, view, note.",
        ),
        (
            "seconds = 20",
            "reps = 20",
            "mine.toml, block 2: found an unknown field 'reps'",
            "Did you mean 'repetitions'? Known fields: exercise, side, repetitions, seconds, "
            "times, sets, tempo, step_cm, load_kg, rest_s, view, note.",
        ),
        (
            "seconds = 20",
            "",
            "mine.toml, block 2: found none, expected one of repetitions, seconds, times",
            "Write one of them, and leave the others out.",
        ),
        (
            "seconds = 20",
            "seconds = 20\nrepetitions = 8",
            "mine.toml, block 2: found repetitions and seconds, expected one of repetitions, "
            "seconds, times",
            "Write one of them, and leave the others out.",
        ),
        (
            'exercise = "plank"\n',
            "",
            "mine.toml, block 2: found no field 'exercise', which is needed",
            "Id of the exercise, as in `formcheck exercises`.",
        ),
        (
            'title = "My legs"',
            "title = 3",
            "mine.toml, field 'title': found 3, expected text",
            "Name that is shown.",
        ),
        (
            'title = "My legs"',
            'name = "legs"',
            "mine.toml: found the field 'name'",
            "Leave it out: a programme is named by its file.",
        ),
        (
            "[[blocks]]",
            "[[block]]",
            "mine.toml: found no [[blocks]]",
            "Write [[blocks]] before the fields of each block, and at least one block.",
        ),
        (
            "sets = 2",
            "sets = = 2",
            "mine.toml is not valid TOML: Invalid value (at line 11, column 8)",
            "Fix that line.",
        ),
    ],
)
def test_a_faulty_file_is_refused_in_one_clear_line(
    tmp_path: Path, old: str, new: str, message: str, hint: str
) -> None:
    assert old in WHOLE
    with pytest.raises(UsageError) as refused:
        load_programme(written(tmp_path, WHOLE.replace(old, new)))
    assert (refused.value.message, refused.value.hint) == (message, hint)


def test_the_mark_some_editors_write_before_the_text_is_no_mistake(tmp_path: Path) -> None:
    marked = load_programme(written(tmp_path, "\ufeff" + WHOLE))
    assert marked == load_programme(written(tmp_path, WHOLE))


def test_what_was_found_is_shown_short(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        load_programme(written(tmp_path, WHOLE.replace("sets = 2", f'sets = "{"x" * 500}"')))
    assert len(refused.value.message) < 200
    assert "\n" not in refused.value.message


def test_a_number_too_long_to_be_written_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="found a number with too many digits, expected whole"):
        load_programme(written(tmp_path, WHOLE.replace("sets = 2", f"sets = 0x{'f' * 5000}")))


def test_a_file_that_is_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the programme 'none\.toml'"):
        load_programme(tmp_path / "none.toml")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not a text in UTF-8"):
        load_programme(binary)
