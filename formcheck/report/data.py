"""The report as plain data: what the page says, for other programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from msgspec import structs, to_builtins

from formcheck.data.declare import rounded
from formcheck.data.results import SessionResult
from formcheck.data.session import Session
from formcheck.exercises import get_exercise
from formcheck.motion.comparison import Difference, compare_legs, compare_thirds
from formcheck.motion.grading import with_settings

SCHEMA = "formcheck.report/2"


def to_data(
    session: Session, result: SessionResult, *, name: str = "", notes: str = ""
) -> dict[str, Any]:
    """Give the session without its time series, with the comparisons that the report shows.

    The keys are those of ``session.json``; ``docs/data-dictionary.md`` explains the rest. There is
    no NaN in it: what is unknown is ``None``. ``result`` is the same session as an old record.
    """
    reps = tuple(structs.replace(rep, series={}, still=None) for rep in session.reps)
    record = to_builtins(rounded(structs.replace(session, efforts=reps, series={})))
    for rep in record["efforts"]:
        del rep["series"], rep["still"]
    del record["series"]
    exercise = with_settings(get_exercise(result.exercise), session.provenance.settings)
    return {
        **record,
        "schema": SCHEMA,
        "name": name,
        "remarks": notes,
        "legs": [_plain(one, "left", "right") for one in compare_legs(result.reps, exercise)],
        "thirds": [
            {
                "set": course.set_index,
                "stance_side": course.side,
                "first_reps": list(course.first),
                "last_reps": list(course.last),
                "differences": [_plain(one, "first", "last") for one in course.differences],
            }
            for course in compare_thirds(result.reps, exercise)
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
