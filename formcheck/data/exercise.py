"""What an exercise is: a plain description that the analyzer reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import Side
from formcheck.data.poses import Poses
from formcheck.data.results import ViewKind

INF = float("inf")


@dataclass(frozen=True)
class Bands:
    """Good inside ``good``, to be watched inside ``watch``, a fault beyond.

    Attributes
    ----------
    good, watch
        (low, high) in the metric's unit; ``watch`` encloses ``good``. Infinite where open.
    source
        Where the limits come from, in words that can be shown in a report.
    """

    good: tuple[float, float]
    watch: tuple[float, float]
    source: str


@dataclass(frozen=True)
class MetricSpec:
    """One quantity: what it is, from where it can be seen, how it is computed and judged.

    Attributes
    ----------
    name
        As in ``session.json``; ends in its unit.
    title, unit, about
        For people: a short title, the unit as shown, and a sentence with the sign.
    views
        Views from which it may be measured; from any other it is refused.
    needs
        Joints it is computed from; those of the stance side, or of both when ``both_sides``.
    series
        ``series(window, side)`` gives it for every frame, shape (N,), NaN where unknown.
    taken
        ``value`` is the mean over the bottom, or the root mean square over the descent.
    judged
        Which number is graded against the bands: ``value``, ``change`` or ``max``.
    bands
        ``None`` when it is reported, but not graded.
    cue_high, cue_low
        What to say when it is above or below the good band.
    seen_high, seen_low
        What a person sees then, in everyday words, as in "knee falls in".
    priority
        The lower, the earlier its cue is given.
    model_error
        Standard error of ``value`` that comes from the pose model itself, in the metric's unit,
        as measured on clips with known truth (docs/accuracy.md).
    yaw_effect
        ``yaw_effect(window, side)`` gives how much a degree of yaw away from the front adds to
        the metric in the picture, shape (N,), in its own unit.
    max_yaw_deg
        From the front, the metric is refused beyond this yaw.
    roll_effect
        ``roll_effect(window, side)`` gives how much a degree of camera tilt adds to the metric,
        shape (N,), in its own unit; ``None`` when it withstands a tilt.
    extra_error
        ``extra_error(window, side)`` gives a further standard error that depends on the movement,
        shape (N,); it is added in quadrature.
    neutral
        What ``max`` is furthest from: 0 for angles, 1 for a ratio.
    per_frame
        Whether one frame is enough to compute it, so that it can be shown live.
    drawn
        The angle in the picture that it is: ``trunk`` against the vertical, ``knee`` bent as seen
        from the side. The film writes its number beside it.
    needs_depth
        Whether it is computed from how the body is turned in space, which poses of another
        program's may not tell.
    cannot_see
        The reason why this camera and model cannot measure it at all; it is then always refused.
    side
        Set when it always belongs to one leg (``knee_fppa_left_deg``).
    least_difference
        A published detectable difference between two measurements, in the metric's unit: no
        smaller one is ever told, whatever the standard errors.
    """

    name: str
    title: str
    unit: str
    about: str
    views: tuple[ViewKind, ...]
    needs: tuple[str, ...]
    series: Callable[[Poses, Side], FloatArray]
    both_sides: bool = False
    taken: Literal["bottom", "descent_rms"] = "bottom"
    judged: Literal["value", "change", "max"] = "value"
    bands: Bands | None = None
    cue_high: str = ""
    cue_low: str = ""
    seen_high: str = ""
    seen_low: str = ""
    priority: int = 9
    model_error: float = 0.0
    yaw_effect: Callable[[Poses, Side], FloatArray] | None = None
    max_yaw_deg: float = INF
    roll_effect: Callable[[Poses, Side], FloatArray] | None = None
    extra_error: Callable[[Poses, Side], FloatArray] | None = None
    neutral: float = 0.0
    per_frame: bool = True
    drawn: Literal["", "trunk", "knee"] = ""
    needs_depth: bool = False
    cannot_see: str = ""
    side: Side | None = None
    least_difference: float = 0.0


@dataclass(frozen=True)
class TempoBands:
    """How long the lowering should take; the tempo bar is full after ``target_s``."""

    target_s: float
    bands: Bands
    cue_fast: str


@dataclass(frozen=True)
class ScaleItem:
    """One item of a clinical scale.

    Attributes
    ----------
    id
        Says how it is scored: ``arms``, ``trunk``, ``knee`` or ``balance``; any other id is an
        item that cannot be seen.
    title, about
        For people: a short title, and when it gives its points.
    points
        The most it can give.
    cannot_see
        The reason why this camera and model cannot score it at all; it is then always unseen.
    """

    id: str
    title: str
    points: int
    about: str
    cannot_see: str = ""


@dataclass(frozen=True)
class Scale:
    """A published scale by which examiners score a movement by eye; more points are worse.

    Attributes
    ----------
    id, title
        For records, and for people.
    items
        In the order of the scale.
    bands
        (most points, grade in the scale's own word), from the best on; empty when it has none.
    source
        Where it comes from and what is formcheck's own about it, ready to be shown.
    """

    id: str
    title: str
    items: tuple[ScaleItem, ...]
    bands: tuple[tuple[int, str], ...]
    source: str

    def item(self, item_id: str) -> ScaleItem:
        """The item of that id; raises ``KeyError`` when the scale has none."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)


@dataclass(frozen=True)
class Exercise:
    """An exercise, complete: the analyzer, the help and the report know nothing else about it.

    Attributes
    ----------
    id, title
        As on the command line, and for people.
    about
        The module's docstring: what it is, camera view, set-up, limits, references.
    order
        Whether a repetition runs down and up (``down_up``) or up and down (``up_down``).
    stance
        How the working leg is told: ``planted`` is the foot that stays where it is, ``lower``
        the foot that is lower in standing, ``both`` when both feet carry.
    min_drop_pct
        Smallest drop of the hip that counts as a repetition, in % of leg length.
    views
        Views in which the repetitions are found and something can be measured.
    metrics
        What is measured.
    tempo
        How the lowering is judged.
    set_up
        Where the camera stands and how the person starts; one instruction each.
    scale
        The clinical scale it is scored by as far as that can be seen; ``None`` without one.
    """

    id: str
    title: str
    about: str
    order: Literal["down_up", "up_down"]
    stance: Literal["planted", "lower", "both"]
    min_drop_pct: float
    views: tuple[ViewKind, ...]
    metrics: tuple[MetricSpec, ...]
    tempo: TempoBands
    set_up: tuple[str, ...]
    scale: Scale | None = None

    def metric(self, name: str) -> MetricSpec:
        """The metric of that name; raises ``KeyError`` when the exercise has none."""
        for spec in self.metrics:
            if spec.name == name:
                return spec
        raise KeyError(name)
