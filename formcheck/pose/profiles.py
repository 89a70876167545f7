"""The profile of formcheck's own pose model: all that makes up for its faults is asked for here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import msgspec

from formcheck.data.pose_profile import AS_GIVEN, Correction, PoseProfile

CORRECTIONS_NAMES = ("mediapipe_corrections.json", "mediapipe_hold_corrections.json")
"""Of repetitions, and of what is held."""


@dataclass(frozen=True)
class ValidatedErrors:
    """Errors of MediaPipe's full model, found on clips with known truth (docs/accuracy.md).

    Each metric declares its own (``model_error``); here is what they depend on.

    Attributes
    ----------
    sharp_leg_px
        Length of a leg in the model's own image of 256 pixels, which the whole body fills. The
        model only sees less when the person fills fewer pixels than that.
    guessed_knee
        How much larger they are for a knee whose outline does not show from the front: on the clips
        with a skirt, or with the legs crossing, FPPA is off by 3 to 5 degrees.
    yaw_deg
        Of the yaw from the model's world coordinates. It errs by 3.2 degrees on the clips (root
        mean square; 7.7 at most), and by 9 on the one film of a person whose yaw is known: two of
        these cover all of them.
    still_s
        Of a duration when the camera stands still, beside what its own events leave in doubt: on 83
        rendered people and the clips about 80 % are then within one error, and 95 % within two.
    moved_s, unseen_s
        When the camera may have moved, its motion taken out; and when no planted foot shows whether
        it did. From poses shaken by code: 95 % within 0.3 and 0.4 s.
    headless_s, sharp_duration_leg_px
        When the head, by which the model orients itself, is out of the frame; and the leg's length
        below which the others grow: the ends of a slow descent are a matter of a pixel or two. Root
        mean square of the durations' errors on films with the head cut off (0.7 s), and shrunk to
        360 lines (0.17 s with legs of 115 px).
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
        """By how much they grow for a person who is small in the image; 1 when unknown."""
        return max(1.0, self.sharp_leg_px / leg_px) if leg_px > 0 else 1.0

    def of_value(
        self,
        validated: float,
        unit: str,  # noqa: ARG002
        leg_px: float,
        *,
        guessed: bool = False,
    ) -> float:
        """Give the metric's own error, larger for a small person and a guessed knee."""
        return validated * self.growth(leg_px) * (self.guessed_knee if guessed else 1.0)

    def of_duration_s(self, *, moved: bool | None, leg_px: float, head_seen: bool) -> float:
        """Give the error of a duration; see the class."""
        if not head_seen:
            return self.headless_s
        still_s = {True: self.moved_s, False: self.still_s, None: self.unseen_s}[moved]
        return still_s * (max(1.0, self.sharp_duration_leg_px / leg_px) if leg_px > 0 else 1.0)


VALIDATED = ValidatedErrors()


class _CorrectionsFile(msgspec.Struct, frozen=True):
    made_from: str
    quantities: dict[str, Correction]


def _corrections() -> Mapping[str, Correction]:
    """Read what ``benchmarks/people/fit.py`` found, by quantity."""
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
    """Give the profile of that id; one that is not known means poses that are taken as they are."""
    return MEDIAPIPE if profile_id == MEDIAPIPE.id else AS_GIVEN
