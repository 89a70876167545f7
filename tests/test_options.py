"""Options are declared once: command line, Python API, batch files and docs have each of them."""

from __future__ import annotations

import ast
import inspect
import math
from dataclasses import FrozenInstanceError, dataclass, fields
from pathlib import Path
from typing import Any

import pytest
from command_tables import PAGE, RECORDS, declared_for, options_of, section, table, with_tables
from conftest import RunCli

import formcheck
from formcheck.app.batch.choices import load_rules
from formcheck.app.options import (
    AnalyzeOptions,
    AppOptions,
    BatchOptions,
    FilmOptions,
    HistoryOptions,
    LiveOptions,
    Option,
    Options,
    ProgrammeOptions,
    declared,
    option,
    require_possible,
)
from formcheck.cli.lines import FLAGS, error_line
from formcheck.data.errors import UsageError
from formcheck.exercises import get_exercise

ALL = (AnalyzeOptions, LiveOptions, ProgrammeOptions, BatchOptions, HistoryOptions, AppOptions)
IN_RANGE = [(record, one) for record in ALL for one in declared(record) if one.minimum is not None]


def name_of(value: Any) -> str:
    return value.name if isinstance(value, Option) else value.__name__


@pytest.mark.parametrize("command", RECORDS)
def test_each_declared_option_is_on_the_command_line(command: str) -> None:
    there = options_of(command)
    for one in declared_for(command).values():
        flags = [f"--{one.typed_name}", *([f"-{one.short}"] if one.short else [])]
        assert there[one.name].opts == flags
        assert there[one.name].help.startswith(one.help_when_off or one.text)


@pytest.mark.parametrize("command", RECORDS)
def test_without_words_the_command_line_gives_the_defaults(
    command: str, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Options] = []

    def note(*records: Any, **_: Any) -> int:
        given.extend(one for one in records if isinstance(one, Options))
        return 0

    monkeypatch.setattr("formcheck.cli.analyze_command.analyze_and_print", note)
    monkeypatch.setattr("formcheck.cli.live_command.run_session", note)
    monkeypatch.setattr("formcheck.cli.batch_command.analyze_films", note)
    monkeypatch.setattr("formcheck.cli.app_command.serve_app", note)
    assert run_cli(command, *([] if command in ("live", "app") else ["films"])).code == 0
    expected = [record for record in RECORDS[command] if record is not ProgrammeOptions]
    assert given == [record() for record in expected]


def test_the_python_api_takes_each_option_of_analyze() -> None:
    keywords = inspect.signature(formcheck.analyze).parameters
    text = str(formcheck.analyze.__doc__)
    for one in declared(AnalyzeOptions):
        assert keywords[one.name].default == one.default
        assert f"\n{one.name}\n    {one.text}" in text


def test_a_batch_file_takes_each_option_of_a_film(tmp_path: Path) -> None:
    values: dict[str, Any] = {
        "exercise": "step_down",
        "side": "left",
        "view": "front",
        "person": "runner-1",
        "mirrored": True,
        "rotate": 270,
        "subject": "left",
        "slow_motion": 4.0,
    }
    assert set(values) == {one.name for one in declared(FilmOptions)}
    path = tmp_path / "films.csv"
    cells = ["yes" if value is True else str(value) for value in values.values()]
    path.write_text(f"film,{','.join(values)}\na.mp4,{','.join(cells)}\n")
    (rule,) = load_rules(path)
    assert rule.values == values
    assert FilmOptions(**rule.values) == FilmOptions(**values)


def test_the_page_of_the_command_line_has_the_tables_made_from_the_declarations() -> None:
    page = PAGE.read_text("utf-8")
    assert page == with_tables(page), "run: python tests/command_tables.py"
    for command in RECORDS:
        assert table(command) in section(page, command)
        assert all(
            f"`--{one.typed_name}" in table(command) for one in declared_for(command).values()
        )


@pytest.mark.parametrize(("record", "one"), IN_RANGE, ids=name_of)
def test_a_number_out_of_its_range_is_refused(record: type[Options], one: Option) -> None:
    assert one.minimum is not None
    above = [] if one.maximum is None else [one.maximum + 1, math.inf]
    wrong = [one.minimum - 1, math.nan, *above]
    for value in wrong:
        with pytest.raises(
            UsageError, match=f"'{one.spoken_name}' must be {one.range_text}"
        ) as caught:
            record(**{one.name: value})
        assert caught.value.options == (one.name,)
        assert FLAGS[one.name] in error_line(caught.value)
    for value in (one.minimum, one.minimum if one.maximum is None else one.maximum):
        assert getattr(record(**{one.name: one.value_type(value)}), one.name) == value


@pytest.mark.parametrize(
    ("record", "name", "value", "says"),
    [
        (AnalyzeOptions, "side", "middle", "must be auto, left or right, not 'middle'"),
        (LiveOptions, "view", "above", "must be auto, front or side, not 'above'"),
        (AnalyzeOptions, "date", "31.5.", "'date' cannot be '31.5.'"),
        (AnalyzeOptions, "size", (0, 10), "'size' cannot be"),
    ],
)
def test_a_value_that_cannot_be_is_refused(
    record: type[Options], name: str, value: Any, says: str
) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        record(**{name: value})
    assert caught.value.hint
    assert caught.value.options == (name,)


@pytest.mark.parametrize(
    "options",
    [
        FilmOptions(exercise="sqat"),
        AnalyzeOptions(subject="nobody"),
        AnalyzeOptions(export=("docx",)),
        LiveOptions(exercise="squat", tempo="fast"),
        LiveOptions(),
        BatchOptions(height_m=1.8),
    ],
)
def test_what_does_not_exist_or_fit_together_is_refused(options: Any) -> None:
    with pytest.raises(UsageError) as caught:
        require_possible(options)
    assert caught.value.hint


GIVEN: dict[str, Any] = {
    "goal": "strength",
    "tempo": "3-1-1-0",
    "depth": "half",
    "target_hold_s": 20.0,
    "step_height_cm": 10.0,
    "side": "left",
    "reps": 5,
}
"""A value of each option that not every exercise has."""
MAKES_SENSE = {
    "step_down": {"goal", "tempo", "step_height_cm", "side", "reps"},
    "single_leg_squat": {"goal", "tempo", "side", "reps"},
    "squat": {"goal", "tempo", "depth", "reps"},
    "plank": {"target_hold_s"},
    "side_plank": {"target_hold_s", "side"},
    "stairs": {"reps"},
}


def test_these_are_all_options_that_not_every_exercise_has() -> None:
    records = (AnalyzeOptions, LiveOptions)
    assert {one.name for record in records for one in declared(record) if one.part} == set(GIVEN)


@pytest.mark.parametrize("exercise", MAKES_SENSE)
def test_what_an_exercise_does_not_have_is_refused(exercise: str) -> None:
    refused = {}
    for name, value in GIVEN.items():
        try:
            require_possible(LiveOptions(exercise=exercise, **{name: value}))
        except UsageError as error:
            refused[name] = error
    assert set(GIVEN) - set(refused) == MAKES_SENSE[exercise]
    for name, refusal in refused.items():
        assert refusal.options == (name,)
        assert refusal.message.startswith(
            f"'{FLAGS[name].removeprefix('--').replace('-', ' ')}' does"
        )
        assert get_exercise(exercise).title.lower() in refusal.message
        assert refusal.hint == "Leave it out."


def test_a_batch_of_one_exercise_refuses_it_too() -> None:
    with pytest.raises(
        UsageError, match="'tempo' does not apply to plank, an exercise that is held"
    ):
        require_possible(BatchOptions(exercise="plank", tempo="3-1-1-0"))


def test_what_is_of_no_use_to_a_recognised_exercise_is_noted(root: Path) -> None:
    poses = root / "tests/poses/plank_side_left.fcp"
    notes = formcheck.analyze(poses, tempo="3-1-1-0").notes
    assert "'tempo' does not apply to plank, an exercise that is held." in {
        one.text for one in notes if one.kind == "not_used"
    }


def test_the_example_of_the_architecture_page_is_an_option(root: Path) -> None:
    page = (root / "docs" / "architecture.md").read_text("utf-8")
    code = page.partition("## How to add an option")[2].partition("```python\n")[2]
    names: dict[str, Any] = {"dataclass": dataclass, "option": option, "FilmOptions": FilmOptions}
    body = f"class More(FilmOptions):\n{code.partition('```')[0]}"
    exec(f"@dataclass(frozen=True, kw_only=True)\n{body}", names)  # noqa: S102
    added = declared(names["More"])[-1]
    assert (added.name, added.typed_name, added.value_type, added.default) == (
        "warm_up",
        "warm-up",
        int,
        0,
    )
    with pytest.raises(UsageError, match="must be 0 or more"):
        names["More"](warm_up=-1)


def test_options_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        AnalyzeOptions().side = "left"  # type: ignore[misc]


def test_what_was_entered_is_kept_and_nothing_is_none() -> None:
    training = AnalyzeOptions(date="2026-05-31", step_height_cm=15.0, load_kg=0.0, pain=2).training
    assert training is not None
    assert (training.date, training.step_height_cm, training.load_kg) == ("2026-05-31", 15.0, 0.0)
    assert training.pain == 2
    live = LiveOptions(load_kg=4.0).training
    assert live is not None
    assert (live.date, live.load_kg, live.pain) == (None, 4.0, None)
    assert AnalyzeOptions().training is None


def test_each_text_is_a_sentence_and_no_option_is_declared_twice() -> None:
    for record in ALL:
        words = [one.typed_name for one in declared(record)]
        assert len(words) == len(set(words)) == len({one.name for one in declared(record)})
        for one in declared(record):
            for text in (one.text, *filter(None, (one.help_when_off, one.details))):
                assert text[0].isupper() or text[0] in "`."
                assert text.endswith(".")
            assert (one.value_type is bool and bool(one.default)) == bool(one.help_when_off)


def test_each_option_that_an_error_names_is_declared(root: Path) -> None:
    named = {
        part.value
        for path in (root / "formcheck").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("Error")
        for keyword in call.keywords
        if keyword.arg == "options"
        for part in ast.walk(keyword)
        if isinstance(part, ast.Constant)
    }
    assert {"out", "db", "exercise", "view", "headless"} <= named <= set(FLAGS)


def test_an_error_says_how_its_options_are_written() -> None:
    error = UsageError("it is full", hint="Choose another.", options=("out", "per_film"))
    assert error_line(error) == "it is full. Choose another (--out, --settings)."
    assert error_line(UsageError("it is full")) == "it is full."


def test_only_python_has_what_is_not_declared() -> None:
    undeclared = {
        entry.name
        for record in ALL
        for entry in fields(record)
        if entry.name not in {one.name for one in declared(record)}
    }
    assert undeclared == {
        *("progress", "drawing", "saved", "watching", "recognising", "film_name"),
        *("history_target", "stay_s", "lossless", "paced", "group", "draw_later"),
    }
