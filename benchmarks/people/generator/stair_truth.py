"""What is truly known of a rendered clip of stairs: when each foot is set down and lifted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from generator.clip_truth import keypoints_px
from generator.movements import Moment
from generator.recipes import Recipe
from generator.scene_camera import cameras
from generator.stair_steps import FlightPlan, planned


def stair_truth(name: str, recipe: Recipe, moments: Sequence[Moment]) -> dict[str, Any]:
    """Give the truth of a clip, as its file holds it; the README says what the keys mean."""
    plans, _ = planned(recipe)
    filmed = cameras(recipe, moments)
    stairs = recipe["stairs"]
    return {
        "exercise": recipe["exercise"],
        "view": recipe["view"],
        "fps": recipe["fps"],
        "frames": len(moments),
        "camera": filmed[0].as_data(),
        "follows": recipe.get("follows"),
        "stature_m": recipe["stature"],
        "rise_m": stairs["rise"],
        "tread_m": stairs["tread"],
        "flights": [
            {
                "direction": plan.flight["way"],
                "steps": stairs["steps"],
                "both_feet": plan.flight["both_feet"],
                "start_s": round(plan.start_s, 4),
                "end_s": round(plan.end_s, 4),
            }
            for plan in plans
        ],
        "steps": [one for index, plan in enumerate(plans) for one in _steps(index, plan)],
        "clip": f"{name}.mp4",
        "keypoints_px": keypoints_px(filmed, moments, np.arange(len(moments)) / recipe["fps"]),
    }


def _steps(index: int, plan: FlightPlan) -> list[dict[str, Any]]:
    """Each foot that is set down; how long it stands is not known of the last of each side."""
    found = []
    for number, (place, lifted_s, set_down_s) in enumerate(plan.footholds):
        later = plan.footholds[number + 1 :]
        again_s = next((one.lifted_s for one in later if one.place.side == place.side), None)
        found.append(
            {
                "flight": index,
                "foot": place.side,
                "kind": place.kind,
                "t_s": round(set_down_s, 4),
                "off_s": round(lifted_s, 4),
                "contact_s": None if again_s is None else round(again_s - set_down_s, 4),
            }
        )
    return found
