"""The tempo of a repetition: how a coach writes it (3-1-1-0), and the metrics that time its parts.

Every exercise of repetitions takes four durations from the end of this file: way down, pause at
the bottom, way up and pause at the top. Only the way down has limits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec

from formcheck.data.errors import UsageError
from formcheck.data.exercise import Metric
from formcheck.data.session import ASCENT, BOTTOM, DESCENT, TOP, Limits, Possible, ViewKind

LONGEST_S = 60.0
"""Longest part of a tempo that can be asked for."""


@dataclass(frozen=True)
class Tempo:
    """The four parts of a repetition in seconds, as coaches write them: ``3-1-1-0``.

    The default goes down for 3 s, the lower end of the 3 to 5 s of eccentric training (training
    with a slow way down). The other parts are formcheck's own; a metronome may pace them, but only
    the way down is judged.

    Attributes
    ----------
    eccentric_s
        Time of the way down; more than 0.
    bottom_s
        Time of the pause at the bottom.
    concentric_s
        Time of the way up.
    top_s
        Time of the pause before the next repetition.
    """

    eccentric_s: float = 3.0
    bottom_s: float = 1.0
    concentric_s: float = 1.0
    top_s: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Tempo:
        """Read ``3-1-1-0``; raises ``UsageError`` for anything else."""
        try:
            parts = [float(part) for part in text.split("-")]
        except ValueError:
            parts = []
        allowed = all(math.isfinite(part) and 0 <= part <= LONGEST_S for part in parts)
        if len(parts) != 4 or not allowed or not parts[0] > 0:
            raise UsageError(
                f"expected a tempo like 3-1-1-0 but got {text!r}",
                hint="Give four numbers of seconds: down (more than 0), bottom, up, top.",
            )
        return cls(*parts)

    @property
    def in_words(self) -> str:
        """In words, as in ``3 s down, 1 s at the bottom, 1 s up``; parts of 0 s are left out."""
        parts = (
            (self.eccentric_s, "down"),
            (self.bottom_s, "at the bottom"),
            (self.concentric_s, "up"),
            (self.top_s, "at the top"),
        )
        return ", ".join(f"{seconds:g} s {where}" for seconds, where in parts if seconds)

    def __str__(self) -> str:
        """Return the tempo as coaches write it, as in ``3-1-1-0``."""
        parts = (self.eccentric_s, self.bottom_s, self.concentric_s, self.top_s)
        return "-".join(f"{part:g}" for part in parts)


_EVERYWHERE: tuple[ViewKind, ...] = ("front", "side", "oblique", "unknown")
"""All views: durations need no angle, so they can be measured from anywhere."""


_POSSIBLE_WAY = Possible(
    low=0.1,
    high=60.0,
    source="formcheck's own: a free fall of 6 % of a leg, the smallest repetition, takes 0.1 s; "
    "nothing longer than a minute is a repetition.",
)
_POSSIBLE_PAUSE = Possible(low=0.0, high=3600.0, source="formcheck's own: up to an hour of rest.")


def _duration(
    measure_id: str, title: str, about: str, possible: Possible, short_title: str = ""
) -> Metric:
    """Return the metric of one duration, without limits."""
    return Metric(
        id=measure_id,
        title=title,
        short_title=short_title or title,
        unit="s",
        role="tempo",
        taken="duration",
        views=_EVERYWHERE,
        per_frame=False,
        about=about,
        possible=possible,
    )


WAY_DOWN = msgspec.structs.replace(
    _duration(
        DESCENT,
        "Way down",
        "Time from the first to the last movement of the way down.",
        _POSSIBLE_WAY,
    ),
    limits=Limits(
        good_low=1.75,
        watch_low=1.05,
        source="formcheck's own. By a stopwatch the limits are 2 s and 1.2 s; here they are lower "
        "because the slow first and last 5 % of the movement are not timed. In eccentric training, "
        "3 to 5 s are usual.",
    ),
    cue_low="Go down more slowly, count to three",
    seen_low="too fast",
    priority=3,
)
PAUSE_AT_BOTTOM = _duration(
    BOTTOM,
    "Pause at the bottom",
    "Time at the lowest point.",
    _POSSIBLE_PAUSE,
    "Bottom",
)
WAY_UP = _duration(
    ASCENT,
    "Way up",
    "Time from the first to the last movement of the way up.",
    _POSSIBLE_WAY,
)
PAUSE_AT_TOP = _duration(
    TOP,
    "Pause at the top",
    "Time of rest before the repetition.",
    _POSSIBLE_PAUSE,
    "Top",
)
DURATIONS = (WAY_DOWN, PAUSE_AT_BOTTOM, WAY_UP, PAUSE_AT_TOP)
"""The durations of all parts of a repetition that begins at the top."""

DURATIONS_FROM_BELOW = (
    WAY_DOWN,
    msgspec.structs.replace(PAUSE_AT_BOTTOM, about="Time of rest before the repetition."),
    WAY_UP,
    msgspec.structs.replace(PAUSE_AT_TOP, about="Time at the highest point."),
)
"""The same for a repetition that begins at the bottom, as a step-up does."""
