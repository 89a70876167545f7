"""The section "Video quality" of a report: facts on camera, frames and people in view.

Each fact has a name, a value in words and, if it matters, whether it is good enough for measuring.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from formcheck.data.numbers import PLUS_MINUS, number
from formcheck.data.session import Session
from formcheck.motion.camera_view import direction_words
from formcheck.motion.main_view import other_views_in_words

LEAST_RATE_HZ = 23.5
"""Lowest frame rate that is good enough. Our choice: just below the 24 frames a second of
cinema films (23.98 in files)."""

LEAST_SEEN_PCT = 90.0
"""Smallest share of analyzed frames in which the person must be seen. Our choice."""

MOST_LOST = 0.02
"""Largest share of lost frames that is good enough. Our choice."""

NO_TURN_DEG = 0.5
"""Smaller angles are shown as 0°, so no direction is named."""


@dataclass(frozen=True)
class Fact:
    """One fact about the video.

    ``fine`` says whether it is good enough for measuring; ``None`` if that is not judged.
    """

    name: str
    value: str
    remark: str = ""
    fine: bool | None = None

    @property
    def words(self) -> str:
        """The value with its remark."""
        return f"{self.value} ({self.remark})" if self.remark else self.value


def facts_of(session: Session) -> tuple[Fact, ...]:
    """Return the facts about view, camera, frames and people."""
    return tuple(_facts(session))


def _facts(session: Session) -> Iterator[Fact]:
    """Yield the facts in the order of the report."""
    source, view = session.source, session.view
    seen = ", ".join(other_views_in_words(view, session.reps))
    near = f"the {view.near_side} side is nearer to the camera" if view.near_side else ""
    remark = "; ".join(text for text in (near, seen) if text)
    yield Fact("View", direction_words(view), remark, view.kind in ("front", "side") and not seen)
    yaw, roll = view.yaw_deg, view.roll_deg
    yield Fact(
        "Turned away from the camera",
        _angle_words(yaw, view.yaw_sem_deg),
        _direction_word(yaw, "faces the camera", "to their own left", "to their own right"),
    )
    tilt = _direction_word(roll, "level", "counter-clockwise", "clockwise")
    unknown = "the background has too few straight lines to measure it; taken as level"
    yield Fact("Camera tilt", _angle_words(roll, view.roll_sem_deg), tilt or unknown)
    yield Fact("Distance", _number_words(view.distance_heights, " body heights"), "estimated")
    aside = _direction_word(view.offset_deg, "", "right of the middle", "left of the middle")
    offset = "unknown" if view.offset_deg is None else f"{number(abs(view.offset_deg), 1)}°"
    yield Fact("Off centre", offset, aside)
    rate = source.frame_rate_hz
    yield Fact(
        "Frame rate",
        _number_words(rate, " frames a second"),
        "varies; each frame's own time is used" if source.variable_frame_rate else "steady",
        None if rate is None else rate >= LEAST_RATE_HZ,
    )
    origin = session.provenance
    analyzed = source.frames if origin.looks is None else origin.looks
    if analyzed:
        share = 100 * origin.frames_with_person / analyzed
        yield Fact("Person seen", f"in {number(share)} % of frames", "", share >= LEAST_SEEN_PCT)
    lost = source.frames_dropped
    few = lost <= MOST_LOST * max(source.frames, 1)
    yield Fact("Frames", str(source.frames), f"{lost} lost" if lost else "none lost", few)
    yield from _people_facts(session)
    turn_deg = (source.rotation_deg + source.turn_deg) % 360
    turned = f"turned by {turn_deg}°" if turn_deg else ""
    yield Fact("Frame size", f"{source.width} × {source.height}", turned)  # noqa: RUF001
    if source.duration_s is not None:
        yield Fact("Length", _duration_words(source.duration_s))
    if source.mirrored:
        yield Fact("Mirrored", "yes", "left and right are swapped back, as you asked")
    if source.slow_motion != 1:
        yield Fact(
            "Slow motion",
            f"{source.slow_motion:g} times slower",
            "all times are given at real speed",
        )


def _people_facts(session: Session) -> Iterator[Fact]:
    counts = [count or 0 for count in session.series.get("people", [])]
    most = max(counts, default=0)
    if most == 1:
        yield Fact("People in view", "1", fine=True)
    elif most > 1:
        share = 100 * sum(n > 1 for n in counts) / len(counts)
        remark = f"{number(share)} % of frames show more than one"
        yield Fact("People in view", f"up to {most}", remark, fine=False)


def _angle_words(value: float | None, error: float | None) -> str:
    if value is None:
        return "unknown"
    return number(abs(value)) + ("" if error is None else PLUS_MINUS + number(error)) + "°"


def _direction_word(value_deg: float | None, none: str, plus: str, minus: str) -> str:
    """Choose one of three words by the sign of an angle; empty if the angle is unknown."""
    if value_deg is None:
        return ""
    return none if abs(value_deg) < NO_TURN_DEG else plus if value_deg > 0 else minus


def _number_words(value: float | None, unit: str) -> str:
    return "unknown" if value is None else number(value, 1) + unit


def _duration_words(seconds: float) -> str:
    if seconds < 120:
        return f"{number(seconds, 1)} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"
