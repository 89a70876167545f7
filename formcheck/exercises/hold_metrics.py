"""The metrics of exercises that are held. Definitions and signs: docs/measurement.md."""

from __future__ import annotations

import msgspec

from formcheck.data.exercise import Metric
from formcheck.data.session import HELD, HELD_WELL, Limits, Possible
from formcheck.motion.body_line import middle_line_deg, near_line_deg

SIDE_LINE_ERROR_DEG, DRIFT_ERROR_DEG = 3.0, 1.5
"""Standard errors on rendered planks (docs/accuracy.md)."""

BODY_LINE = Metric(
    id="body_line_deg",
    title="Body line",
    short_title="body line",
    unit="°",
    role="trunk",
    drawn="body",
    judged="held",
    taken="held",
    series=near_line_deg,
    needs=("shoulder", "hip", "ankle"),
    views=("side",),
    priority=1,
    corrected_as="body line of a plank",
    limits=Limits(
        good_low=-30.0,
        good_high=10.0,
        watch_low=-45.0,
        watch_high=20.0,
        source="formcheck's own. On films of people, a straight body reads as if the hips were 21° "
        "too high, because the detected shoulder, hip and ankle are not on one line.",
    ),
    cue_high="Hips up a little",
    cue_low="Hips down a little",
    seen_high="hips too low",
    seen_low="hips too high",
    about="How straight the body is: 180° minus the angle between shoulder, hip and ankle on the "
    "side nearer to the camera, as a mean over the hold. It is positive when the hips are too low, "
    "and negative when they are too high.",
    possible=Possible(
        low=-120.0,
        high=70.0,
        source="formcheck's own: hips bent further are not held up by arms and feet.",
    ),
)

SIDE_LINE = msgspec.structs.replace(
    BODY_LINE,
    series=middle_line_deg,
    corrected_as="",
    model_error=SIDE_LINE_ERROR_DEG,
    views=("front",),
    limits=Limits(
        good_low=-20.0,
        good_high=10.0,
        watch_low=-30.0,
        watch_high=20.0,
        source="formcheck's own, as for the plank. The line goes through the middle of the "
        "shoulders, hips and ankles.",
    ),
    about="How straight the body is: 180° minus the angle between the middle of the shoulders, the "
    "hips and the ankles, as a mean over the hold. It is positive when the hips sink toward the "
    "floor, and negative when they are too high.",
)

LINE_DRIFT = Metric(
    id="line_drift_deg",
    title="Body line, change over the hold",
    short_title="line change",
    unit="°",
    role="other",
    judged="held",
    taken="drift",
    series=near_line_deg,
    needs=("shoulder", "hip", "ankle"),
    views=("side",),
    per_frame=False,
    model_error=DRIFT_ERROR_DEG,
    possible=Possible(
        low=-190.0,
        high=190.0,
        source="The ends of what the body line can be, from one to the other.",
    ),
    about="How much the body line changed: its mean in the last quarter of the hold minus its mean "
    "in the first quarter. It is positive when the hips sank.",
)

SIDE_LINE_DRIFT = msgspec.structs.replace(LINE_DRIFT, series=middle_line_deg, views=("front",))

LASTS = Possible(low=0.0, high=43_200.0, source="Half a day: nobody has held a plank for longer.")

HELD_S = Metric(
    id=HELD,
    title="Time held",
    short_title="held",
    unit="s",
    role="tempo",
    judged="held",
    taken="time",
    per_frame=False,
    possible=LASTS,
    about="Time from taking the position to leaving it.",
)

HELD_WELL_S = Metric(
    id=HELD_WELL,
    title="Time held well",
    short_title="held well",
    unit="s",
    role="tempo",
    judged="held",
    taken="time_well",
    more_is_better=True,
    per_frame=False,
    possible=LASTS,
    about="Part of the time held in which the posture was good.",
)
