"""The JSON report: a session with the sentences and comparisons of the report, for other programs.

:func:`to_data` returns it as plain data; ``report/formats.py`` writes it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from formcheck.data.declare import rounded
from formcheck.data.session import Session
from formcheck.motion.comparison import Difference, compare_legs, compare_thirds
from formcheck.motion.means import Mean
from formcheck.report.view import view

SCHEMA = "formcheck.report/2"


def to_data(session: Session, *, name: str = "", notes: str = "") -> dict[str, Any]:
    """Return the session without time series, with the sentences and comparisons of the report.

    The keys are those of ``session.json``, and some more; ``docs/data-dictionary.md`` explains
    them. Unknown values are ``None``. Repetitions, holds and flights of stairs are all under
    ``efforts``, as in ``session.json``.
    """
    kept = rounded(session)
    shown = view(kept, name=name, notes=notes)
    record = msgspec.to_builtins(kept)
    del record["series"]
    for rep in record["efforts"]:
        del rep["series"], rep["still"]
    return {
        **record,
        "schema": SCHEMA,
        "name": shown.person,
        "notes_of_reader": shown.reader_notes,
        "verdict": list(shown.verdict),
        "advice": list(shown.advice),
        "reps_in_words": [
            {
                "index": rep.index,
                **{name.lower(): badge.words for name, badge in rep.verdicts},
                "measurements": {
                    column.id: cell.text
                    for column, cell in zip(shown.columns, rep.cells, strict=True)
                },
            }
            for rep in shown.reps
        ],
        "legs": [
            _difference_data(one, "left", "right") for one in compare_legs(kept.reps, kept.exercise)
        ],
        "thirds": [
            {
                "set": comparison.set_index,
                "stance_side": comparison.side,
                "first_reps": list(comparison.first),
                "last_reps": list(comparison.last),
                "differences": [
                    _difference_data(one, "first", "last") for one in comparison.differences
                ],
            }
            for comparison in compare_thirds(kept.reps, kept.exercise)
        ],
    }


def _difference_data(one: Difference, first: str, second: str) -> dict[str, Any]:
    def mean(found: Mean) -> dict[str, Any]:
        return {
            "value": round(found.value, 3),
            "error": round(found.error, 3),
            "count": found.count,
        }

    return {
        "measure": one.name,
        "judged": one.spec.judged,
        "at_depth_pct": one.spec.at_depth_pct,
        "depths_differ": one.depths_differ,
        first: mean(one.first),
        second: mean(one.second),
        "difference": round(one.difference, 3),
        "smallest_real_change": round(one.detectable, 3),
        "detected": one.detected,
        "yaw_effect": round(one.yaw_effect, 3),
        "symmetry_pct": None if one.symmetry_pct is None else round(one.symmetry_pct, 1),
    }
