"""How the film suits the measurement, fact by fact."""

from __future__ import annotations

import math
from dataclasses import dataclass

from formcheck.data.results import SessionResult, View
from formcheck.motion._before.views import view_in_words
from formcheck.motion._bridge import view_of
from formcheck.motion.view import roll_is_known
from formcheck.report.charts import number

_TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True)
class Fact:
    """One fact about the film; ``fine`` is whether it suits the measurement."""

    name: str
    value: str
    remark: str = ""
    fine: bool | None = None


def film_facts(session: SessionResult) -> list[Fact]:
    """Give what is known about view, camera, frames and people, with what does not suit it."""
    source, view = session.source, session.view
    share = 100 * session.frames_with_person / source.frames if source.frames else 0.0
    facts = [
        Fact("View", *_view(session)),
        Fact("Turn (yaw)", _plus_minus(view.yaw_deg, view.yaw_sem_deg), _yaw_remark(view.yaw_deg)),
        Fact(
            "Camera tilt (roll)", _plus_minus(view.roll_deg, view.roll_sem_deg), _roll_remark(view)
        ),
        _estimate("Distance", view.distance_heights, " body heights", "assuming an ordinary lens"),
        _estimate("Off the middle", view.offset_deg, "°", "0° is centred"),
        _estimate("Working foot off the middle", view.stance_offset_deg, "°", "0° is centred"),
        Fact(
            "Frame rate",
            f"{number(source.frame_rate_hz, 1)} a second",
            "varies; true times were used" if source.variable_frame_rate else "steady",
            source.frame_rate_hz >= 23.5,
        ),
        Fact("Person seen", f"{number(share)} % of frames", "", share >= 90),
        Fact(
            "Frames",
            f"{source.frames}",
            f"{source.frames_dropped} lost" if source.frames_dropped else "none lost",
            source.frames_dropped <= 0.02 * max(source.frames, 1),
        ),
        *_people(session),
        Fact(
            "Picture",
            f"{source.width} {_TIMES} {source.height}",
            f"turned by {source.rotation_deg}°" if source.rotation_deg else "",
        ),
        Fact("Length", _length(source.duration_s)),
    ]
    if source.mirrored:
        facts.append(Fact("Mirrored", "yes", "left and right were swapped back, as declared"))
    if source.slow_motion != 1:
        facts.append(
            Fact("Slow motion", f"{source.slow_motion:g} times", "times are those of life")
        )
    return facts


def _view(session: SessionResult) -> tuple[str, str, bool]:
    """The kind of view, what there is to say of it, and whether it is fine."""
    kind = session.view.kind
    changed = view_in_words(session.view, session.reps).removeprefix(f"{kind} view").lstrip(", ")
    remarks = [text for text in (_near_remark(session), changed) if text]
    return kind, "; ".join(remarks), kind in ("front", "side") and not changed


def _near_remark(session: SessionResult) -> str:
    near = session.view.near_side
    return f"{near} side nearer to the camera" if near else ""


def _yaw_remark(yaw_deg: float) -> str:
    if math.isnan(yaw_deg):
        return ""
    if abs(yaw_deg) < 0.5:
        return "faces the camera"
    return f"toward the person's own {'left' if yaw_deg > 0 else 'right'}"


def _roll_remark(view: View) -> str:
    if math.isnan(view.roll_deg):
        return "too few straight lines in the background to tell; the angles take it as level"
    if not roll_is_known(view_of(view)):
        return "too unsure to be taken out of the angles"
    way = "counter-clockwise" if view.roll_deg > 0 else "clockwise"
    seen = "level" if abs(view.roll_deg) < 0.5 else f"{way}, seen from behind the camera"
    return f"{seen}; taken out of the angles"


def _plus_minus(value: float, error: float) -> str:
    if math.isnan(value):
        return "unknown"
    text = number(abs(value))
    return f"{text}°" if math.isnan(error) else f"{text} ± {number(error)}°"


def _estimate(name: str, value: float, unit: str, remark: str) -> Fact:
    if math.isnan(value):
        return Fact(name, "unknown")
    return Fact(name, number(value, 1) + unit, remark)


def _people(session: SessionResult) -> list[Fact]:
    counts = session.frames.get("people")
    if not counts:
        return []
    most = max(counts)
    if most <= 1:
        return [Fact("People in view", str(most), fine=True)]
    share = 100 * sum(n > 1 for n in counts) / len(counts)
    remark = f"{number(share)} % of frames show more than one"
    return [Fact("People in view", f"up to {most}", remark, fine=False)]


def _length(seconds: float) -> str:
    if seconds < 120:
        return f"{number(seconds, 1)} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"
