"""Whose poses they are: what their maker is known to get wrong, and how large its errors are.

A profile is declared once, by whoever makes the poses, and goes with every pose. What makes up for
the faults of one pose model is done only where the profile asks for it: poses of others are
measured as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


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
    misplaces_bent_knee
        From the side, puts a bent knee too far back; the bones' lengths show by how much.
    errors
        How far the poses may be off.
    """

    id: str
    whose: str
    swaps_legs: bool = False
    mixes_crossing_legs: bool = False
    knee_lags_outline: bool = False
    drifts_planted_ankles: bool = False
    misplaces_bent_knee: bool = False
    errors: PoseErrors = StatedFloor()


AS_GIVEN = PoseProfile(id="as_given", whose="another program")
"""Poses whose maker is not known here: they are measured as they are."""
