"""``PoseProfile``: which program made the poses, its known faults, and how large its errors are.

Poses may come from formcheck's own pose model or from another program. Each maker declares a
profile once (ours: :mod:`formcheck.pose.profiles`), and it goes with every pose. The measuring
corrects a fault only when the profile names it; poses without a known profile are measured as they
are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from formcheck.data.arrays import FloatArray


class PoseErrors(Protocol):
    """The errors of poses; all are standard errors."""

    @property
    def known(self) -> bool:
        """Whether the errors were measured against known truth.

        Otherwise they are assumed minimum values, to which the noise seen in standing is added.
        """
        ...

    @property
    def yaw_deg(self) -> float:
        """Error of the turn of the body about the vertical, from the pose in space."""
        ...

    def growth(self, leg_px: float) -> float:
        """Return the factor of the errors for a person with this leg length in the image; >= 1."""
        ...

    def of_value(
        self, validated: float, unit: str, leg_px: float, *, guessed: bool = False
    ) -> float:
        """Return the part of a measurement's error that is the same all through a set.

        Parameters
        ----------
        validated
            Its error with formcheck's own pose model, as the metric declares it.
        unit
            The measurement's unit: ``°``, ``%`` of leg length, or none for a ratio.
        leg_px
            Length of the leg in the image.
        guessed
            Whether the knee's place is a guess, as its edges in the image do not show.

        Returns
        -------
        The standard error in the measurement's unit.
        """
        ...

    def of_duration_s(self, *, moved: bool | None, leg_px: float, head_seen: bool) -> float:
        """Return the error of how long a phase took, in seconds.

        Parameters
        ----------
        moved
            Whether the camera may have moved; ``None`` when no planted foot shows it.
        leg_px
            Length of the leg in the image.
        head_seen
            Whether the head is in the frame.
        """
        ...


@dataclass(frozen=True)
class StatedFloor:
    """Assumed minimum errors, for poses that were never compared with known truth. Our choice.

    Attributes
    ----------
    deg
        Error of an angle.
    pct
        Error of a distance in % of leg length. Thigh and shank are half a leg each, and half a leg
        times the tangent of 5 degrees is 4.4 %.
    ratio
        Error of a ratio of two distances: 4.4 % of leg length over feet a third of a leg apart.
    duration_s
        Error of a duration: two frames at each end of a phase, at 30 frames a second.
    """

    deg: float = 5.0
    pct: float = 4.4
    ratio: float = 0.13
    duration_s: float = 0.13
    known: bool = False

    @property
    def yaw_deg(self) -> float:
        """The error of an angle."""
        return self.deg

    def growth(self, leg_px: float) -> float:  # noqa: ARG002
        """Return 1: the noise in standing, which is added, is already larger for a small person."""
        return 1.0

    def of_value(
        self,
        validated: float,  # noqa: ARG002
        unit: str,
        leg_px: float,  # noqa: ARG002
        *,
        guessed: bool = False,  # noqa: ARG002
    ) -> float:
        """Return the error for the unit."""
        floors: Mapping[str, float] = {"°": self.deg, "%": self.pct, "s": self.duration_s}
        return floors.get(unit, self.ratio)

    def of_duration_s(self, *, moved: bool | None, leg_px: float, head_seen: bool) -> float:  # noqa: ARG002
        """Return the same error in all cases."""
        return self.duration_s


@dataclass(frozen=True, kw_only=True)
class Term:
    """One term of a correction: how much a feature adds to a measured number.

    Attributes
    ----------
    feature
        Name of the feature, see :mod:`formcheck.motion.corrections`.
    weight
        What is added for each unit of the feature.
    centre
        The value at which it adds nothing: its mean over the people used for fitting.
    low, high
        Its range over these people; a value outside counts as the end of the range.
    """

    feature: str
    weight: float
    centre: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Correction:
    """The correction of a pose model's error in one quantity, and the error that is left.

    Attributes
    ----------
    constant
        A number that is always added, in the unit of the quantity.
    terms
        Terms that are added, one for each feature.
    sem_set, sem_rep
        Standard errors that are left, measured on people who were not used for fitting: the part
        that is the same all through a set, and the part that varies from repetition to repetition.
    """

    constant: float
    terms: tuple[Term, ...]
    sem_set: float
    sem_rep: float

    def added(self, features: Mapping[str, FloatArray], frames: int) -> FloatArray:
        """Return what to add in each frame, shape (N,); unknown features add nothing."""
        total = np.full(frames, self.constant)
        for term in self.terms:
            inside = np.minimum(np.maximum(features[term.feature], term.low), term.high)
            added = term.weight * (inside - term.centre)
            total += np.where(np.isnan(added), 0.0, added)
        return total


@dataclass(frozen=True, kw_only=True)
class PoseProfile:
    """Which program made the poses, its known faults and its errors.

    Attributes
    ----------
    id
        Id of the profile in files.
    whose
        The maker in words, to complete "poses of …".
    swaps_legs
        Whether the model swaps left and right leg for moments.
    mixes_crossing_legs
        Whether it misplaces the working knee where the free leg crosses it.
    knee_lags_outline
        Whether, seen from the front, its knee and ankle points move less than the edges of the leg.
    drifts_planted_ankles
        Whether it lets the ankle of a planted foot drift as the knee moves over it.
    corrections
        Corrections of its errors, by the quantity (``Metric.corrected_as``).
    errors
        The errors of its poses.
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
        """Return the error left by a quantity's correction that is the same all through a set.

        ``otherwise`` is returned when there is no correction.
        """
        correction = self.corrections.get(quantity)
        return otherwise if correction is None else correction.sem_set

    def sem_rep(self, quantity: str) -> float:
        """Return the error left by a quantity's correction that varies; 0 without a correction."""
        correction = self.corrections.get(quantity)
        return 0.0 if correction is None else correction.sem_rep


AS_GIVEN = PoseProfile(id="as_given", whose="another program")
"""The profile of poses whose maker is not known: they are measured as they are."""
