"""The report as plain data: what the page says, for other programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from formcheck.data._before import Exercise
from formcheck.data.results import SessionResult
from formcheck.motion._before.comparison import Difference, compare_legs, compare_thirds
from formcheck.store.record import to_json

SCHEMA = "formcheck.report/1"


def to_data(
    session: SessionResult, exercise: Exercise, *, name: str = "", notes: str = ""
) -> dict[str, Any]:
    """Give the session without its courses, with the comparisons that the report shows.

    The keys are those of ``session.json``; ``docs/data-dictionary.md`` explains the rest. There is
    no NaN in it: what is unknown is ``None``.
    """
    record = to_json(session)
    for rep in record["reps"]:
        del rep["series"], rep["still"]
    kept = (
        "formcheck_version",
        "created",
        "source",
        "pose",
        "exercise",
        "training",
        "view",
        "config",
    )
    return {
        "schema": SCHEMA,
        "name": name,
        "notes": notes,
        **{key: record[key] for key in kept},
        "summary": record["summary"],
        "reps": record["reps"],
        "legs": [_plain(one, "left", "right") for one in compare_legs(session.reps, exercise)],
        "thirds": [
            {
                "set": course.set_index,
                "stance_side": course.side,
                "first_reps": list(course.first),
                "last_reps": list(course.last),
                "differences": [_plain(one, "first", "last") for one in course.differences],
            }
            for course in compare_thirds(session.reps, exercise)
        ],
    }


def _plain(one: Difference, first: str, second: str) -> dict[str, Any]:
    numbers = {
        label: {key: round(value, 3) for key, value in asdict(mean).items()}
        for label, mean in ((first, one.first), (second, one.second))
    }
    return {
        "metric": one.name,
        "judged": one.judged,
        **numbers,
        "difference": round(one.difference, 3),
        "detectable": round(one.detectable, 3),
        "detected": one.detected,
        "yaw_effect": round(one.yaw_effect, 3),
        "symmetry_pct": None if one.symmetry_pct is None else round(one.symmetry_pct, 1),
    }
