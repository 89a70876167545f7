"""The generator of people: seeds give the published clips; a set filmed twice is one movement."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
PEOPLE = ROOT / "benchmarks" / "people"
PUBLISHED = ROOT / "benchmarks" / "clips"

TRUTH_OF = """
import json, sys
from generator.clip_truth import all_moments, clip_truth
from generator.human_mesh import HumanMesh
recipe = json.load(open(sys.argv[2]))
person = HumanMesh(recipe["body"]["targets"], recipe["stature"])
print(json.dumps(clip_truth(sys.argv[1], recipe, all_moments(person, recipe))))
"""


HOLDS_OF = """
import json, sys
from generator.holding import hold_moment
from generator.hold_truth import hold_truth
from generator.human_mesh import HumanMesh
from generator.movements import timeline
recipe = json.load(open(sys.argv[1]))
recipe["fps"] = 4
person = HumanMesh(recipe["body"]["targets"], recipe["stature"])
times, lasts_s = timeline(recipe)
moments = [hold_moment(person, recipe, times, n / 4) for n in range(round(4 * lasts_s))]
print(json.dumps(hold_truth("clip", recipe, moments)))
"""


STAIRS_OF = """
import json, sys
from generator.clip_truth import all_moments
from generator.human_mesh import HumanMesh
from generator.stair_truth import stair_truth
recipe = json.load(open(sys.argv[1]))
recipe["fps"] = 20
person = HumanMesh(recipe["body"]["targets"], recipe["stature"])
moments = all_moments(person, recipe)
truth = stair_truth("clip", recipe, moments)
truth["joints_m"] = [
    {name: place.tolist() for name, place in one.posed.joints.items()} for one in moments
]
truth["sole_to_ankle_m"] = float(person.joint["l-ankle"][1])
print(json.dumps(truth))
"""


def run(*arguments: str | Path) -> str:
    """What a program of the generator prints; it is not part of formcheck, so it runs by itself."""
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(
        command, cwd=PEOPLE, check=True, capture_output=True, text=True, timeout=240
    )
    return done.stdout


@pytest.fixture(scope="module")
def recipes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    run("make_set.py", folder, "--set", "p", "rf", "rs", "h", "st", "--recipes-only")
    return folder


def test_a_seed_gives_the_recipes_of_the_published_clips_to_the_byte(recipes: Path) -> None:
    published = sorted(PUBLISHED.glob("*.spec.json"))
    assert len(published) == 10
    for path in published:
        assert (recipes / path.name).read_bytes() == path.read_bytes(), path.name


def numbers(value: Any) -> list[float]:
    """All numbers of a truth, in order."""
    if isinstance(value, dict):
        return [n for key in sorted(value) for n in numbers(value[key])]
    if isinstance(value, list):
        return [n for one in value for n in numbers(one)]
    return [float(value)] if isinstance(value, int | float) else []


@pytest.mark.parametrize(
    "name", ["p002_lateral_step_down_front", "p009_squat_front", "p013_step_up_side"]
)
def test_a_recipe_gives_the_truth_of_its_published_clip(name: str) -> None:
    made = json.loads(run("-c", TRUTH_OF, name, PUBLISHED / f"{name}.spec.json"))
    truth = json.loads((PUBLISHED / f"{name}.truth.json").read_text("utf-8"))
    truth.pop("person", None)
    assert made.keys() == truth.keys()
    # Another processor may round a last digit the other way: a tenth of a pixel, no more.
    np.testing.assert_allclose(numbers(made), numbers(truth), atol=0.11)


def test_a_set_filmed_twice_is_one_movement_and_two_cameras(recipes: Path) -> None:
    seconds = sorted(recipes.glob("r*_again.spec.json"))
    assert len(seconds) == 12
    for path in seconds:
        second = json.loads(path.read_text("utf-8"))
        first = json.loads(Path(str(path).replace("_again", "")).read_text("utf-8"))
        assert {key for key in second if second[key] != first.get(key)} == {
            *("eye", "at", "roll", "seed")
        }
        around, away = math.radians(first["yaw"]), first["distance"]
        eye = np.array([math.sin(around) * away, first["camera_height"], math.cos(around) * away])
        ahead = np.array([first["off_x"], 0.88 + 0.6 * first["box"], 0.0]) - eye
        now = np.array(second["at"]) - second["eye"]
        assert np.linalg.norm(second["eye"] - eye) == pytest.approx(0.20, abs=0.001)
        cosine = ahead @ now / np.linalg.norm(ahead) / np.linalg.norm(now)
        turned = math.hypot(math.degrees(math.acos(cosine)), second["roll"] - first["roll"])
        assert turned == pytest.approx(3.0, abs=0.02)


@pytest.mark.parametrize(
    ("name", "measured", "within_deg"),
    [
        # The hips are not where the pelvis bends: a side plank is bent a little more or less.
        ("h000_side_plank_front", "body_line_deg", 5.0),
        ("h003_side_plank_back", "body_line_deg", 5.0),
        ("h001_wall_sit_side", "thigh_angle_deg", 0.5),
        ("h002_single_leg_stance_front", "trunk_lean_deg", 1.5),
    ],
)
def test_a_hold_is_what_its_recipe_says(
    recipes: Path, name: str, measured: str, within_deg: float
) -> None:
    recipe = json.loads((recipes / f"{name}.spec.json").read_text("utf-8"))
    truth = json.loads(run("-c", HOLDS_OF, recipes / f"{name}.spec.json"))
    now_s = recipe["lead"]
    for rep, one in zip(recipe["reps"], truth["reps"], strict=True):
        hold, start_s = one["hold"], now_s + rep["down"]
        assert hold["start_s"] == pytest.approx(start_s, abs=0.001)
        assert hold["end_s"] == pytest.approx(start_s + rep["pause"], abs=0.001)
        assert hold["side"] == recipe["stance"]
        asked = 0.5 * (rep["held"] + rep["held_end"])
        assert hold[measured] == pytest.approx(asked, abs=within_deg)
        now_s = hold["end_s"] + rep["up"] + rep["rest"]


UP_AND_DOWN, FILMED_BY_A_TURNING_CAMERA = "st000_stairs_side", "st002_stairs_side"


@pytest.fixture(scope="module", params=[UP_AND_DOWN, FILMED_BY_A_TURNING_CAMERA])
def on_stairs(recipes: Path, request: pytest.FixtureRequest) -> tuple[Any, Any]:
    """Recipe and truth of a clip of stairs."""
    path = recipes / f"{request.param}.spec.json"
    return json.loads(path.read_text("utf-8")), json.loads(run("-c", STAIRS_OF, path))


def test_each_foot_stands_still_on_its_own_tread(on_stairs: tuple[Any, Any]) -> None:
    recipe, truth = on_stairs
    rise_m, count = truth["rise_m"], recipe["stairs"]["steps"]
    for index, flight in enumerate(truth["flights"]):
        trodden = [one for one in truth["steps"] if one["flight"] == index]
        new = [one for one in trodden if one["kind"] == flight["direction"]]
        assert len(new) == count
        assert [one["foot"] for one in new] == [new[k % 2]["foot"] for k in range(count)]
        assert new[0]["foot"] != new[1]["foot"]
        for number, one in enumerate(new, start=1):
            if one["contact_s"] is None:
                continue
            level = number if flight["direction"] == "up" else count - number
            flat_s = one["t_s"] + 0.12, one["t_s"] + 0.55 * one["contact_s"]
            ankle_m = np.array(
                [
                    joints[f"{one['foot'][0]}_ankle"]
                    for t_s, joints in zip(
                        truth["keypoints_px"]["t_s"], truth["joints_m"], strict=True
                    )
                    if flat_s[0] <= t_s <= flat_s[1]
                ]
            )
            assert len(ankle_m)
            height_m = level * rise_m + truth["sole_to_ankle_m"]
            np.testing.assert_allclose(ankle_m[:, 1], height_m, atol=0.003)
            assert np.ptp(ankle_m[:, 2]) < 0.003


def test_who_has_arrived_stands_upright_while_turning_round(on_stairs: tuple[Any, Any]) -> None:
    _, truth = on_stairs
    arrived_s = truth["flights"][0]["end_s"] + 0.5
    begins_s = truth["flights"][1]["start_s"] - 0.7 if len(truth["flights"]) > 1 else math.inf
    standing = [
        joints
        for t_s, joints in zip(truth["keypoints_px"]["t_s"], truth["joints_m"], strict=True)
        if arrived_s <= t_s <= begins_s
    ]
    assert standing
    for joints in standing:
        hip, knee, ankle = (joints[f"l_{part}"] for part in ("hip", "knee", "ankle"))
        assert hip[1] - ankle[1] > 0.95 * (math.dist(hip, knee) + math.dist(knee, ankle))


def test_a_camera_that_follows_keeps_the_hips_where_they_are(on_stairs: tuple[Any, Any]) -> None:
    recipe, truth = on_stairs
    seen = truth["keypoints_px"]
    xy_px = np.array(seen["xy"]).reshape(truth["frames"], len(seen["names"]), 2)
    moved_px = np.ptp(xy_px[:, seen["names"].index("left_hip")], axis=0)
    assert truth["follows"] == recipe.get("follows")
    if truth["follows"]:
        assert (moved_px < 0.12 * np.array(recipe["size"])).all()
    else:
        assert (moved_px > 0.2 * np.array(recipe["size"])).all()
    assert (xy_px >= 0).all()
    assert (xy_px <= recipe["size"]).all()
