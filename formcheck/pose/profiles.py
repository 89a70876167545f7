"""The profile of formcheck's own pose model: its known faults, corrections and errors.

See :mod:`formcheck.data.pose_profile` for what a profile is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import msgspec

from formcheck.data.pose_profile import AS_GIVEN, Correction, PoseProfile

CORRECTIONS_NAMES = ("mediapipe_corrections.json", "mediapipe_hold_corrections.json")
"""The files with the corrections of repetitions and of holds, which ``benchmarks/people/fit.py``
writes."""


@dataclass(frozen=True)
class ValidatedErrors:
    """Standard errors of MediaPipe's full model, from clips with known truth (docs/accuracy.md).

    The error of an angle or distance is declared by each metric (``model_error``); here is how it
    grows, and the errors of yaw and durations.

    Attributes
    ----------
    sharp_leg_px
        Leg length, in pixels of the film, below which errors grow. It is the leg length in the
        model's own image of 256 pixels, which the whole body fills: a smaller person is enlarged.
    guessed_knee
        Factor for a knee whose edges do not show from the front: on the clips with a skirt or with
        crossing legs, the frontal knee angle is off by 3 to 5 degrees.
    yaw_deg
        Error of the yaw from the model's pose in space. It is 3.2 degrees on the clips (root mean
        square; 7.7 at most), and 9 on the one film of a person whose yaw is known; two of these
        standard errors cover all of them.
    still_s
        Error of a duration when the camera stands still, besides the doubt of its own start and
        end: on 83 rendered people and the clips about 80 % are within one standard error, and 95 %
        within two.
    moved_s, unseen_s
        The same when the camera may have moved (its motion was taken out), and when no planted foot
        shows whether it did. From poses shaken by code: 95 % are within 0.3 and 0.4 s.
    headless_s, sharp_duration_leg_px
        The same when the head, by which the model orients itself, is out of the frame; and the leg
        length below which the other errors of durations grow, as the ends of a slow descent are a
        matter of a pixel or two. From films with the head cut off (0.7 s, root mean square), and
        from films shrunk to 360 lines (0.17 s with legs of 115 px).
    known
        True: these errors were measured against known truth; see :class:`PoseErrors`.
    """

    sharp_leg_px: float = 110.0
    guessed_knee: float = 2.0
    yaw_deg: float = 4.5
    still_s: float = 0.07
    moved_s: float = 0.15
    unseen_s: float = 0.2
    headless_s: float = 0.7
    sharp_duration_leg_px: float = 210.0
    known: bool = True

    def growth(self, leg_px: float) -> float:
        """Return the factor of the errors for a person who is small in the image; 1 if unknown."""
        return max(1.0, self.sharp_leg_px / leg_px) if leg_px > 0 else 1.0

    def of_value(
        self,
        validated: float,
        unit: str,  # noqa: ARG002
        leg_px: float,
        *,
        guessed: bool = False,
    ) -> float:
        """Return the metric's own error, larger for a small person and for a guessed knee.

        ``unit`` is ignored, because ``validated`` is in the metric's unit already.
        """
        return validated * self.growth(leg_px) * (self.guessed_knee if guessed else 1.0)

    def of_duration_s(self, *, moved: bool | None, leg_px: float, head_seen: bool) -> float:
        """Return the error of a duration: ``still_s``, ``moved_s``, ``unseen_s`` or ``headless_s``.

        All but the last grow for a person who is small in the image.
        """
        if not head_seen:
            return self.headless_s
        error_s = {True: self.moved_s, False: self.still_s, None: self.unseen_s}[moved]
        return error_s * (max(1.0, self.sharp_duration_leg_px / leg_px) if leg_px > 0 else 1.0)


VALIDATED = ValidatedErrors()


class _CorrectionsFile(msgspec.Struct, frozen=True):
    """The content of the file with the corrections."""

    made_from: str
    quantities: dict[str, Correction]


def _corrections() -> Mapping[str, Correction]:
    """Return the corrections by quantity."""
    found: dict[str, Correction] = {}
    for name in CORRECTIONS_NAMES:
        read = files("formcheck.pose").joinpath(name).read_bytes()
        found |= msgspec.json.decode(read, type=_CorrectionsFile).quantities
    return found


MEDIAPIPE = PoseProfile(
    id="mediapipe",
    whose="formcheck's own pose model",
    swaps_legs=True,
    mixes_crossing_legs=True,
    knee_lags_outline=True,
    drifts_planted_ankles=True,
    corrections=_corrections(),
    errors=VALIDATED,
)
"""MediaPipe's PoseLandmarker (BlazePose), as formcheck runs it."""


def profile_named(profile_id: str) -> PoseProfile:
    """Return the profile with an id; for an unknown id that of poses measured as they are."""
    return MEDIAPIPE if profile_id == MEDIAPIPE.id else AS_GIVEN
