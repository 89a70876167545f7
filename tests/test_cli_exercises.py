"""The commands ``exercises`` and ``explain``."""

from __future__ import annotations

import json

import pytest
from conftest import RunCli

from formcheck.data.exercise import Exercise
from formcheck.exercises import all_exercises


def test_every_exercise_is_listed(run_cli: RunCli) -> None:
    listed = run_cli("exercises").out
    assert all(exercise.id in listed for exercise in all_exercises())


def test_the_list_as_json(run_cli: RunCli) -> None:
    listed = json.loads(run_cli("exercises", "--json").out)
    assert [entry["id"] for entry in listed] == [exercise.id for exercise in all_exercises()]
    assert all({"front", "side"} & set(entry["views"]) for entry in listed)


@pytest.mark.parametrize("exercise", all_exercises(), ids=lambda exercise: exercise.id)
def test_explain_shows_set_up_metrics_limits_and_sources(
    exercise: Exercise, run_cli: RunCli
) -> None:
    explained = run_cli("explain", exercise.id)
    assert explained.code == 0
    words = " ".join(explained.out.split())
    assert all(" ".join(step.split()) in words for step in exercise.set_up)
    for spec in exercise.info().specs:
        assert spec.id in words
        if spec.limits is not None:
            assert " ".join(spec.limits.source.split()) in words


def test_explain_says_whether_a_tempo_is_asked_for(run_cli: RunCli) -> None:
    squat = " ".join(run_cli("explain", "squat").out.split())
    assert "judged only if you ask for it (--goal eccentric, or --tempo)" in squat
    way_down = squat[squat.index("descent_s:") : squat.index("bottom_s:")]
    assert "measured, but not graded" in way_down
    assert "aim at" not in squat
    assert "Tempo: aim for 3 s on the way down" in run_cli("explain", "step_down").out


def test_explain_says_of_a_hold_that_it_is_timed_and_speaks_of_no_tempo(run_cli: RunCli) -> None:
    plank = run_cli("explain", "plank").out
    assert "\nTimes\n  Time held (s)" in plank
    assert "Tempo" not in plank
    assert "--goal" not in plank


def test_a_side_plank_may_be_filmed_from_behind_as_its_set_up_says(run_cli: RunCli) -> None:
    side_plank = " ".join(run_cli("explain", "side_plank").out.split())
    assert "in front of you or behind you" in side_plank
    assert "Body line (°), from the front or the back" in side_plank
    rows = {row.split()[0]: row.split() for row in run_cli("exercises").out.splitlines() if row}
    assert rows["side_plank"][-5:] == ["the", "front", "or", "the", "back"]
    assert rows["single_leg_stance"][-3:] == ["stance", "the", "front"]


def test_explain_as_json_has_no_infinity(run_cli: RunCli) -> None:
    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} is not JSON")

    data = json.loads(run_cli("explain", "step_down", "--json").out, parse_constant=refuse)
    limits = {spec["id"]: spec["limits"] for spec in data["specs"]}
    assert (limits["knee_fppa_deg"]["good_low"], limits["knee_fppa_deg"]["good_high"]) == (-5, 8)
    assert limits["descent_s"]["good_high"] is None


def test_explain_prints_the_items_of_the_clinical_scale(run_cli: RunCli) -> None:
    words = " ".join(run_cli("explain", "lateral_step_down").out.split())
    assert "Clinical scale Lateral step-down scale, 0 to 6" in words
    assert "Knee, up to 2 points" in words
    assert "cannot be seen: one camera cannot measure the pelvis" in words
    assert "Grades: 0 to 1 good, 2 to 3 medium, 4 to 6 poor" in words
    assert "not a diagnosis" in words
    assert "Clinical scale" not in run_cli("explain", "squat").out


def test_explain_gives_the_scale_as_json(run_cli: RunCli) -> None:
    scale = json.loads(run_cli("explain", "single_leg_squat", "--json").out)["scale"]
    items = ["balance", "trunk", "pelvis", "hip", "knee"]
    assert [item["id"] for item in scale["items"]] == items
    assert json.loads(run_cli("explain", "squat", "--json").out)["scale"] is None


def test_explain_an_unknown_exercise(run_cli: RunCli) -> None:
    outcome = run_cli("explain", "sqat")
    assert outcome.code == 2
    assert "Did you mean squat?" in outcome.err


def test_explain_says_what_is_never_measured_and_why(run_cli: RunCli) -> None:
    page = " ".join(run_cli("explain", "step_up").out.split())
    assert "cannot be measured: one camera cannot measure it" in page
