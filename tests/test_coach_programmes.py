"""The programmes: what is shipped holds together, and a faulty one of one's own is refused."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from formcheck.coach.programme_files import (
    open_programme,
    require_possible,
    shipped_names,
    view_of,
)
from formcheck.coach.programme_words import block_title, camera_moves, dose_words, lasts_s
from formcheck.data.errors import UsageError
from formcheck.data.exercise import Exercise
from formcheck.data.programme import Block, Programme
from formcheck.exercises import all_exercises

STEP = Block(exercise="step_down", side="each", repetitions=8)


def programme(*blocks: Block) -> Programme:
    return Programme(name="mine", title="Mine", blocks=blocks)


def refused(block: Block) -> tuple[str, str]:
    with pytest.raises(UsageError) as error:
        require_possible(programme(STEP, block), of="mine.toml")
    return error.value.message.removeprefix("mine.toml, block 2, "), error.value.hint


def test_three_are_shipped() -> None:
    assert shipped_names() == ("check", "downhill", "start")


@pytest.mark.parametrize("name", shipped_names())
def test_a_shipped_one_is_whole_and_the_camera_is_moved_once(name: str) -> None:
    found = open_programme(name)
    assert found.name == name
    assert found.title
    assert found.about
    assert found.goal
    assert camera_moves(found) == 1
    assert view_of(found.blocks[0]) == "front"


def test_downhill_holds_what_running_downhill_asks_for() -> None:
    exercises = {block.exercise for block in open_programme("downhill").blocks}
    assert exercises == {
        *("step_up", "step_down", "single_leg_squat", "plank", "side_plank", "stairs")
    }


def test_the_check_takes_ten_minutes_and_sees_both_exercises_from_both_sides() -> None:
    check = open_programme("check")
    assert not check.build_up
    assert 8 <= lasts_s(check) / 60 <= 12
    seen = {(block.exercise, view_of(block)) for block in check.blocks}
    assert seen == {
        *(
            (exercise, view)
            for exercise in ("step_down", "single_leg_squat")
            for view in ("front", "side")
        ),
        ("side_plank", "front"),
        ("plank", "side"),
    }


def test_steps_begin_as_low_as_advised() -> None:
    for name in ("start", "downhill"):
        steps = {block.step_cm for block in open_programme(name).blocks if block.step_cm}
        assert steps == {10.0}


def test_a_file_is_opened_by_its_path_and_a_wrong_name_gets_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('title = "M"\n[[blocks]]\nexercise = "squat"\nside = "both"\nrepetitions = 5\n')
    assert open_programme(str(file)).name == "mine"
    with pytest.raises(UsageError, match="there is no programme 'downhil'") as error:
        open_programme("downhil")
    assert error.value.hint.startswith("Did you mean downhill? Known programmes: check, downhill,")
    with pytest.raises(UsageError, match=r"cannot read the programme 'other\.toml'"):
        open_programme("other.toml")


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        (
            {"exercise": "step_dwn"},
            "field 'exercise': found 'step_dwn', which is no exercise",
            "Did you mean step_down? Known exercises: ",
        ),
        (
            {"side": "both"},
            "field 'side': found 'both', expected 'each', 'left' or 'right': step-down is an "
            "exercise that works one side at a time",
            "Write 'each', 'left' or 'right'.",
        ),
        (
            {"exercise": "squat", "side": "left"},
            "field 'side': found 'left', expected 'both': air squat is an exercise that works "
            "both sides at once",
            "Write 'both'.",
        ),
        (
            {"repetitions": None, "seconds": 20.0},
            "field 'seconds': found 20.0, expected the field 'repetitions': step-down is an "
            "exercise that is repeated",
            "Write repetitions = … in its place.",
        ),
        (
            {"exercise": "side_plank"},
            "field 'repetitions': found 8, expected the field 'seconds': side plank is an exercise "
            "that is held",
            "Write seconds = … in its place.",
        ),
        (
            {"exercise": "side_plank", "repetitions": None, "seconds": 20.0, "view": "side"},
            "field 'view': found 'side', expected 'front': from there side plank is measured",
            "Write 'front'.",
        ),
        (
            {"exercise": "single_leg_squat", "step_cm": 10.0},
            "field 'step_cm': found 10.0, expected nothing: single-leg squat is an exercise "
            "that needs no step",
            "Leave it out.",
        ),
        (
            {"exercise": "side_plank", "repetitions": None, "seconds": 20.0, "tempo": "3-1-1-0"},
            "field 'tempo': found '3-1-1-0', expected nothing: side plank is an exercise that "
            "is held",
            "Leave it out.",
        ),
        (
            {"tempo": "3-1-1"},
            "field 'tempo': found '3-1-1', expected a tempo like 3-1-1-0",
            "Give four numbers of seconds: down (more than 0), bottom, up, top.",
        ),
        (
            {"repetitions": None, "times": 3},
            "field 'times': found 3, expected the field 'repetitions': step-down is an exercise "
            "that is repeated",
            "Write repetitions = … in its place.",
        ),
        (
            {"exercise": "stiars", "repetitions": None, "times": 3, "side": "both"},
            "field 'exercise': found 'stiars', which is no exercise",
            "Did you mean stairs? Known exercises: ",
        ),
        (
            {"exercise": "stairs", "side": "both"},
            "field 'repetitions': found 8, expected the field 'times': stairs is an exercise that "
            "is counted in times up and down",
            "Write times = … in its place.",
        ),
        (
            {"exercise": "stairs", "repetitions": None, "times": 3},
            "field 'side': found 'each', expected 'both': stairs is an exercise that works "
            "both sides at once",
            "Write 'both'.",
        ),
        (
            {"exercise": "stairs", "repetitions": None, "times": 3, "side": "both", "view": "side"},
            "field 'view': found 'side', expected nothing: it is not measured",
            "Leave it out.",
        ),
    ],
)
def test_what_an_exercise_cannot_be_is_refused_with_block_and_field(
    change: dict[str, object], message: str, hint: str
) -> None:
    said, told = refused(msgspec.structs.replace(STEP, **change))
    assert said == message
    assert told.startswith(hint)


def test_stairs_at_ones_own_pace_need_no_analyzer_and_no_camera() -> None:
    stairs = Block(exercise="stairs", side="both", times=3)
    require_possible(programme(stairs), of="mine.toml")
    assert view_of(stairs) is None
    assert block_title(stairs) == "Stairs"
    assert dose_words(stairs) == "3 times"


@pytest.mark.parametrize("exercise", all_exercises(), ids=lambda exercise: exercise.id)
def test_every_exercise_fits_into_a_block(exercise: Exercise) -> None:
    block = Block(
        exercise=exercise.id,
        side="both" if exercise.stance == "both" else "each",
        repetitions=8 if exercise.kind == "reps" else None,
        seconds=20.0 if exercise.kind == "holds" else None,
        times=3 if exercise.kind == "flights" else None,
    )
    require_possible(programme(block), of="mine.toml")
    assert block.is_self_paced or view_of(block) in exercise.views


def test_the_easier_exercise_is_done_in_the_same_way() -> None:
    known = {exercise.id: exercise for exercise in all_exercises()}
    for exercise in known.values():
        if exercise.easier is not None:
            assert (known[exercise.easier].held is None) == (exercise.held is None), exercise.id


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (STEP, "8 repetitions, each side"),
        (
            Block(
                exercise="step_down",
                side="left",
                repetitions=8,
                sets=2,
                step_cm=12.5,
                load_kg=2.0,
                tempo="3-1-1-0",
            ),
            "2 sets of 8 repetitions, left, step 12.5 cm, weight 2 kg, "
            "3 s down, 1 s at the bottom, 1 s up",
        ),
        (Block(exercise="plank", side="both", seconds=20.0, sets=2), "2 sets of 20 s"),
        (Block(exercise="stairs", side="both", times=1), "1 time"),
    ],
)
def test_a_dose_in_words(block: Block, words: str) -> None:
    assert dose_words(block) == words


def test_how_long_it_takes() -> None:
    block = Block(
        exercise="step_down", side="each", repetitions=8, sets=2, tempo="4-0-1-0", rest_s=30.0
    )
    assert lasts_s(programme(block)) == 15 + 4 * (8 * 5 + 30)
    hold = Block(exercise="plank", side="both", seconds=20.0, rest_s=10.0)
    assert lasts_s(programme(hold)) == 15 + 20 + 10
    stairs = Block(exercise="stairs", side="both", times=3, rest_s=0.0)
    assert lasts_s(programme(stairs)) == 15 + 3 * 60


def test_how_often_the_camera_is_moved() -> None:
    front, side = (msgspec.structs.replace(STEP, view=view) for view in ("front", "side"))
    stairs = Block(exercise="stairs", side="both", times=3)
    assert camera_moves(programme(front, stairs, front, side)) == 1
    assert camera_moves(programme(front, side, front)) == 2
    assert camera_moves(programme(STEP, front, stairs)) == 0
