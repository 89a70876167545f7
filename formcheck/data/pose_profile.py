"""Whose poses they are: what their maker is known to get wrong, and how large its errors are.

A profile is declared once, by whoever makes the poses, and goes with every pose. What makes up for
the faults of one pose model is done only where the profile asks for it: poses of others are
measured as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from formcheck.data.arrays import FloatArray


class PoseErrors(Protocol):
    """How far poses may be off. All are standard errors."""

    @property
    def known(self) -> bool:
        """Whether they were found against known truth.

        Else they are a stated floor, to which the noise seen in standing is added.
        """
        ...

    @property
    def yaw_deg(self) -> float:
        """Error of the turn of the body, from the pose in space."""
        ...

    def growth(self, leg_px: float) -> float:
        """By how much they grow for a person whose legs are so long in the image; at least 1."""
        ...

    def of_value(
        self, validated: float, unit: str, leg_px: float, *, guessed: bool = False
    ) -> float:
        """Part of a measurement's error that is the same all through a set, in its unit.

        Parameters
        ----------
        validated
            Its error with formcheck's own pose model, as the metric declares it.
        unit
            The measurement's unit: ``°``, ``%`` of leg length, or none for a ratio.
        leg_px
            Length of the leg in the image.
        guessed
            Whether the outline of the knee does not show.
        """
        ...

    def of_duration_s(self, *, moved: bool | None, leg_px: float, head_seen: bool) -> float:
        """Error of how long a phase took.

        ``moved`` says whether the camera may have moved; ``None`` when nothing shows it.
        """
        ...


@dataclass(frozen=True)
class StatedFloor:
    """Errors of poses that nobody has compared with the truth here. Ours.

    Attributes
    ----------
    deg
        Of an angle.
    pct
        Of a distance in % of leg length. Thigh and shank are half a leg each, and half a leg times
        the tangent of 5 degrees is 4.4 %.
    ratio
        Of a ratio of two gaps: the same 4.4 % of leg length over feet a third of a leg apart.
    duration_s
        Two frames at each end of a phase, at 30 frames a second.
    """

    deg: float = 5.0
    pct: float = 4.4
    ratio: float = 0.13
    duration_s: float = 0.13
    known: bool = False

    @property
    def yaw_deg(self) -> float:
        """That of an angle."""
        return self.deg

    def growth(self, leg_px: float) -> float:  # noqa: ARG002
        """They do not grow: a small person's noise in standing is larger, and is added."""
        return 1.0

    def of_value(
        self,
        validated: float,  # noqa: ARG002
        unit: str,
        leg_px: float,  # noqa: ARG002
        *,
        guessed: bool = False,  # noqa: ARG002
    ) -> float:
        """Give the floor of the unit."""
        floors: Mapping[str, float] = {"°": self.deg, "%": self.pct, "s": self.duration_s}
        return floors.get(unit, self.ratio)

    def of_duration_s(self, *, moved: bool | None, leg_px: float, head_seen: bool) -> float:  # noqa: ARG002
        """Give the floor, whatever is seen."""
        return self.duration_s


@dataclass(frozen=True, kw_only=True)
class Term:
    """What one feature adds to a measured number.

    Attributes
    ----------
    feature
        Its name, see :mod:`formcheck.motion.corrections`.
    weight
        What is added for each unit of it.
    centre
        Where it adds nothing: its mean over the people it was found on.
    low, high
        The range it had there; beyond, it counts as the end of the range.
    """

    feature: str
    weight: float
    centre: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What makes up for a pose model's error in one quantity, and the error that is left.

    Attributes
    ----------
    constant
        Added always, in the unit of the quantity.
    terms
        Added for what goes with the error.
    sem_set, sem_rep
        Standard errors that are left, on people who were not used to find the correction: the part
        that is the same all through a set, and the part that varies from repetition to repetition.
    """

    constant: float
    terms: tuple[Term, ...]
    sem_set: float
    sem_rep: float

    def added(self, features: Mapping[str, FloatArray], frames: int) -> FloatArray:
        """Give what is to be added in each frame, shape (N,); unknown features add nothing."""
        total = np.full(frames, self.constant)
        for term in self.terms:
            inside = np.minimum(np.maximum(features[term.feature], term.low), term.high)
            added = term.weight * (inside - term.centre)
            total += np.where(np.isnan(added), 0.0, added)
        return total


@dataclass(frozen=True, kw_only=True)
class PoseProfile:
    """Whose poses they are, and what has to be made up for.

    Attributes
    ----------
    id
        Kept in files.
    whose
        Whose they are, in words: ``poses of …``.
    swaps_legs
        Takes the left leg for the right one for moments.
    mixes_crossing_legs
        Misplaces the working knee where the free leg crosses it.
    knee_lags_outline
        From the front, moves knee and ankle less than the leg's outline moves.
    drifts_planted_ankles
        Lets the ankle of a planted foot drift as the knee goes over it.
    corrections
        By quantity (``Metric.corrected_as``): what makes up for the model's error in it.
    errors
        How far the poses may be off.
    """

    id: str
    whose: str
    swaps_legs: bool = False
    mixes_crossing_legs: bool = False
    knee_lags_outline: bool = False
    drifts_planted_ankles: bool = False
    corrections: Mapping[str, Correction] = field(default_factory=dict, hash=False)
    errors: PoseErrors = StatedFloor()

    def sem_set(self, quantity: str, otherwise: float) -> float:
        """Standard error that is the same all through a set, as found; else the one given."""
        correction = self.corrections.get(quantity)
        return otherwise if correction is None else correction.sem_set

    def sem_rep(self, quantity: str) -> float:
        """Standard error that varies from repetition to repetition, as found; else none."""
        correction = self.corrections.get(quantity)
        return 0.0 if correction is None else correction.sem_rep


AS_GIVEN = PoseProfile(id="as_given", whose="another program")
"""Poses whose maker is not known here: they are measured as they are."""
