"""Score what formcheck measured against the truth of a clip."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from clips.coverage import Share, share_of
from clips.truth import person_of, true_numbers, true_view, true_yaw_deg
from formcheck.data.session import Rep, View

EVENT_NAMES = {
    # step-downs and squats: ours -> truth's
    "descent_start_s": "descent_start_s",
    "bottom_start_s": "descent_end_s",
    "bottom_end_s": "ascent_start_s",
    "ascent_end_s": "ascent_end_s",
}
STEP_UP_EVENT_NAMES = {
    "ascent_start_s": "ascent_start_s",
    "top_start_s": "ascent_end_s",
    "descent_start_s": "descent_start_s",
    "descent_end_s": "descent_end_s",
}


TOGETHER = {
    "knee_fppa_left_deg": "knee_fppa_deg of squats",
    "knee_fppa_right_deg": "knee_fppa_deg of squats",
    "knee_over_foot_left_pct": "knee_over_foot_pct of squats",
    "knee_over_foot_right_pct": "knee_over_foot_pct of squats",
}
"""Quantities that are summed up under one name."""

FEW_REPS = 30
"""With fewer repetitions a number is reported, but nothing is claimed with it."""


Recognised = Literal["yes", "asked", "NO", "given"]
"""Whether the exercise was recognised: right, asked about, wrong; or exercise and view were given
to the program."""


@dataclass(frozen=True)
class Measured:
    """A number that a program gives; ``sem`` is the standard error that it states, NaN if none."""

    value: float
    sem: float = math.nan


@dataclass(frozen=True)
class Error:
    """One measured number beside its truth; ``sem`` is the standard error that was stated."""

    clip: str
    person: str
    rep: int
    quantity: str
    true: float
    measured: float
    sem: float

    @property
    def error(self) -> float:
        """Measured minus true."""
        return self.measured - self.true


@dataclass(frozen=True)
class Score:
    """Errors of one quantity over all clips.

    ``of`` is how many there would be if nothing were missing or refused. The shares within one and
    two stated errors have their intervals over people; all NaN where no errors are stated.
    """

    quantity: str
    n: int
    of: int
    people: int
    bias: float
    mean_absolute: float
    slope: float
    worst: float
    worst_in: str
    within_one: Share
    within_two: Share

    @property
    def claimed(self) -> bool:
        """Whether there are enough repetitions to claim something."""
        return self.n >= FEW_REPS

    @property
    def within_one_sem_pct(self) -> float:
        """Repetitions within one stated error."""
        return self.within_one.pct

    @property
    def within_two_sem_pct(self) -> float:
        """Repetitions within two."""
        return self.within_two.pct


@dataclass(frozen=True)
class ClipResult:
    """What is counted and recognised rather than measured."""

    clip: str
    recognised: Recognised
    reps: int
    true_reps: int
    stances: str
    true_stances: str
    view: str
    true_view: str
    yaw_deg: float
    true_yaw_deg: float
    refused_frontal: bool

    @property
    def right(self) -> bool:
        """Whether count, sides and view are all right."""
        return (self.stances, self.view) == (self.true_stances, self.true_view)


def clip_result(
    clip: str,
    truth: dict[str, Any],
    reps: Sequence[Rep],
    view: View,
    *,
    recognised: Recognised,
) -> ClipResult:
    """Compare what was counted and recognised."""
    frontal = [
        one.at_bottom
        for rep in reps
        for name, one in rep.measurements.items()
        if name.startswith(("knee_fppa", "trunk_lean", "knee_over_foot", "kasr"))
    ]
    return ClipResult(
        clip=clip,
        recognised=recognised,
        reps=len(reps),
        true_reps=len(truth["reps"]),
        stances=" ".join(rep.stance_side for rep in reps),
        true_stances=" ".join(rep["stance"] for rep in truth["reps"]),
        view=view.kind,
        true_view=true_view(truth),
        yaw_deg=math.nan if view.yaw_deg is None else view.yaw_deg,
        true_yaw_deg=true_yaw_deg(truth),
        refused_frontal=all(value is None for value in frontal),
    )


def asked_of(truth: dict[str, Any]) -> Counter[str]:
    """How many numbers of each quantity a clip asks for."""
    return Counter(
        TOGETHER.get(name, name) for rep in truth["reps"] for name in true_numbers(truth, rep)
    )


def errors(clip: str, truth: dict[str, Any], reps: Sequence[Rep]) -> Iterator[Error]:
    """Every number of a session that has a truth."""
    for true, rep in pairs(truth["reps"], reps):
        yield from errors_of(clip, truth, true, rep.index, numbers_of(rep))


def errors_of(
    clip: str,
    truth: dict[str, Any],
    true: dict[str, Any],
    index: int,
    measured: Mapping[str, Measured],
) -> Iterator[Error]:
    """Every number of one repetition that has a truth; ``index`` counts repetitions from 1."""
    for quantity, value in true_numbers(truth, true).items():
        one = measured.get(quantity)
        if one is not None and math.isfinite(one.value):
            person = person_of(truth)
            yield Error(clip, person, index, quantity, value, one.value, one.sem)


def pairs(
    true_reps: Sequence[dict[str, Any]], reps: Sequence[Rep]
) -> Iterator[tuple[dict[str, Any], Rep]]:
    """Each true repetition with the one that was measured: in order when their count is right.

    Else by time: the first whose lowest point lies within the true one's begin and end.
    """
    if len(reps) == len(true_reps):
        yield from zip(true_reps, reps, strict=True)
        return
    for true in true_reps:
        times = true["speed_events"].values()
        inside = [rep for rep in reps if min(times) <= rep.lowest_s <= max(times)]
        if inside:
            yield true, inside[0]


def numbers_of(rep: Rep) -> dict[str, Measured]:
    """The numbers of a measured repetition by the truth's names, without those refused."""
    found = {
        name: Measured(one.at_bottom, one.sem)
        for name, one in rep.measurements.items()
        if one.at_bottom is not None and one.sem is not None
    }
    names = STEP_UP_EVENT_NAMES if "top_start_s" in rep.events else EVENT_NAMES
    for ours, theirs in names.items():
        time_s = rep.events[ours]
        if time_s is not None:
            found[f"event {theirs}"] = Measured(time_s)
    for phase in ("descent", "ascent"):
        timed = rep.measurements[f"{phase}_s"]
        if timed.value is not None and timed.sem is not None:
            found[f"duration {phase}_s"] = Measured(timed.value, timed.sem)
    return found


def score(quantity: str, found: Sequence[Error], of: int | None = None) -> Score:
    """Sum up the errors of one quantity; there must be one at least."""
    error = np.array([one.error for one in found])
    true = np.array([one.true for one in found])
    measured = np.array([one.measured for one in found])
    worst = found[int(np.argmax(np.abs(error)))]
    spread = np.ptp(true) > 1e-9 and len(found) > 2
    return Score(
        quantity=quantity,
        n=len(found),
        of=len(found) if of is None else of,
        people=len({one.person for one in found}),
        bias=float(error.mean()),
        mean_absolute=float(np.abs(error).mean()),
        slope=float(np.polyfit(true, measured, 1)[0]) if spread else math.nan,
        worst=worst.error,
        worst_in=f"{worst.clip}, repetition {worst.rep}",
        within_one=_within(found, 1.0),
        within_two=_within(found, 2.0),
    )


def _within(found: Sequence[Error], times: float) -> Share:
    if any(math.isnan(one.sem) for one in found):
        return Share(math.nan, math.nan, math.nan)
    inside = np.array([abs(one.error) <= times * one.sem for one in found])
    return share_of(inside, [one.person for one in found])


def scores(found: Iterable[Error], asked: Mapping[str, int] | None = None) -> list[Score]:
    """Scores of every quantity, in the order in which they came up; both squat knees together."""
    by_quantity: dict[str, list[Error]] = {}
    for one in found:
        by_quantity.setdefault(TOGETHER.get(one.quantity, one.quantity), []).append(one)
    return [
        score(name, group, None if asked is None else asked[name])
        for name, group in by_quantity.items()
    ]
