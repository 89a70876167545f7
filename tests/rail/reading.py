"""Reads the numbers out of a session record, whatever its schema."""

from __future__ import annotations

from typing import Any

COLUMNS = ("recording", "rep", "what", "old", "new", "why")
"""Of ``grade_changes.csv``."""

REASON_OF_A_MEASUREMENT = "a grade is the band in which the number lies"
REASONS = {
    "repetition": "the worst band of its numbers; the error no longer makes it milder",
    "faults": "what is not good has a cue, however sure the grade is",
}
"""Why grades differ from those of schema 1: of a repetition, of its faults, of a measurement."""


def read_numbers(session_json: dict[str, Any]) -> dict[str, Any]:
    """Give what a later version must find again: counts, sides, times, values, grades, refusals.

    Frames and series are left out. Each schema of the record has a branch here; what comes out is
    the same for all.
    """
    schema = session_json["schema"]
    if schema == "formcheck.session/1":
        return {
            "exercise": session_json["exercise"],
            "view": session_json["view"]["kind"],
            "counts": session_json["summary"]["reps_by_side"],
            "refused": session_json["summary"]["not_measured"],
            "reps": [_rep_1(rep) for rep in session_json["reps"]],
        }
    if schema == "formcheck.session/2":
        tempo = {
            spec["id"] for spec in session_json["exercise"]["specs"] if spec["role"] == "tempo"
        }
        refused = session_json["summary"]["not_measured"]
        return {
            "exercise": session_json["exercise"]["id"],
            "view": session_json["view"]["kind"],
            "counts": session_json["summary"]["reps_by_side"],
            "refused": {name: why for name, why in refused.items() if name not in tempo},
            "reps": [_rep_2(rep, tempo) for rep in session_json["efforts"]],
        }
    raise ValueError(f"no reader for the schema {schema!r}")


def _rep_1(rep: dict[str, Any]) -> dict[str, Any]:
    metrics: dict[str, dict[str, Any]] = rep["metrics"]
    scale = rep["scale"]
    grades = {
        "repetition": rep["grade"],
        "faults": " ".join(fault["metric"] for fault in rep["faults"]),
        **{name: metric["grade"] for name, metric in metrics.items()},
    }
    if scale is not None:
        grades["scale"] = scale["grade"]
        for item in scale["items"]:
            points = item["points"]
            grades[f"scale {item['item']}"] = None if points is None else str(points)
    return {
        "rep": rep["index"],
        "set": rep["set"],
        "side": rep["stance_side"],
        "side_sure": rep["stance_sure"],
        "start_s": rep["start_s"],
        "end_s": rep["end_s"],
        "lowest_s": rep["lowest_s"],
        "events": rep["events"],
        "tempo": rep["tempo"],
        "tempo_error_s": rep["tempo_sem_s"],
        "metrics": {
            name: {
                "value": metric["value"],
                "standing": metric["standing"],
                "change": metric["change"],
                "max": metric["max"],
                "error": metric["sem"],
                "refused": metric["not_measured"],
            }
            for name, metric in metrics.items()
        },
        "grades": grades,
    }


def _rep_2(rep: dict[str, Any], tempo: set[str]) -> dict[str, Any]:
    measurements: dict[str, dict[str, Any]] = rep["measurements"]
    metrics = {name: one for name, one in measurements.items() if name not in tempo}
    scale = rep["scale"]
    order = (None, "good", "watch", "fault")
    grades = {
        "repetition": max(rep["form"]["grade"], rep["tempo"]["grade"], key=order.index),
        "faults": " ".join(name for name, one in measurements.items() if one["cue"]),
        **{name: one["grade"] for name, one in metrics.items()},
    }
    if scale is not None:
        grades["scale"] = scale["grade"]
        for item in scale["items"]:
            points = item["points"]
            grades[f"scale {item['item']}"] = None if points is None else str(points)
    durations = {name: measurements[name]["value"] for name in sorted(tempo)}
    errors = [measurements[name]["sem"] for name in tempo if durations[name] is not None]
    return {
        "rep": rep["index"],
        "set": rep["set_index"],
        "side": rep["stance_side"],
        "side_sure": rep["stance_sure"],
        "start_s": rep["start_s"],
        "end_s": rep["end_s"],
        "lowest_s": rep["lowest_s"],
        "events": rep["events"],
        "tempo": durations,
        "tempo_error_s": max(errors),
        "metrics": {name: _metric_2(one) for name, one in metrics.items()},
        "grades": grades,
    }


def _metric_2(one: dict[str, Any]) -> dict[str, Any]:
    # A change that could not be taken is a reason now, though the number at the bottom is there.
    refused = one["not_measured"] if one["at_bottom"] is None else None
    return {
        "value": one["at_bottom"],
        "standing": one["standing"],
        "change": one["change"],
        "max": one["largest"],
        "error": _error_without_yaw(one),
        "refused": refused,
    }


def _error_without_yaw(one: dict[str, Any]) -> float | None:
    """Give the error as schema 1 printed it: without what the turn of the person may add."""
    if one["sem"] is None:
        return None
    yaw: float = one["sem_yaw"] or 0.0
    return float(max(0.0, one["sem"] ** 2 - yaw**2) ** 0.5)
