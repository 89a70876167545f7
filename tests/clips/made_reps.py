"""Repetitions made by hand, with the measurements a test or a benchmark is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from formcheck.data.session import Measurement, MeasureSpec, Rep, View
from formcheck.exercises import get_exercise
from formcheck.motion.verdicts import form_of, judged, tempo_of

FRONT = View(
    kind="front",
    yaw_deg=0.0,
    yaw_sem_deg=3.0,
    roll_deg=0.0,
    distance_heights=2.0,
    offset_deg=0.0,
)
STEP_DOWN = get_exercise("step_down")


def measured(
    spec: MeasureSpec,
    value: float,
    *,
    sem: float = 0.1,
    sem_rep: float = 0.0,
    yaw_effect: float | None = None,
) -> Measurement:
    """A judged measurement; ``sem`` is the part that is the same all through a set."""
    whole = (sem**2 + sem_rep**2) ** 0.5
    found = Measurement(
        value=value,
        at_bottom=value,
        standing=0.0,
        change=value,
        largest=value,
        sem=whole,
        sem_set=sem,
        sem_rep=sem_rep,
        sem_yaw=0.0,
        yaw_effect=yaw_effect,
    )
    return judged(found, spec, 1.0)


def rep_with(
    values: Mapping[str, float | Measurement],
    *,
    index: int = 1,
    specs: tuple[MeasureSpec, ...] = STEP_DOWN.metrics,
    **facts: Any,
) -> Rep:
    """A repetition of 4 s with these numbers by id, and its verdicts."""
    by_id = {spec.id: spec for spec in specs}
    start_s = facts.pop("start_s", 6.0 * index)
    rep = Rep(
        **{
            "index": index,
            "stance_side": "left",
            "start_s": start_s,
            "lowest_s": start_s + 2.0,
            "end_s": start_s + 4.0,
            "events": {},
            "view": FRONT,
            "measurements": {
                name: measured(by_id[name], one) if isinstance(one, float) else one
                for name, one in values.items()
            },
        }
        | facts
    )
    return msgspec.structs.replace(rep, form=form_of(rep, specs), tempo=tempo_of(rep, specs))
