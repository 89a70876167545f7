"""Measure one closed repetition, once, from the unfiltered poses of its window."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.exercise import Exercise, MetricSpec
from formcheck.data.keypoints import EDGED_JOINTS, SIDES, Keypoint, Side, keypoint
from formcheck.data.poses import Poses
from formcheck.data.results import TEMPO_SEM_S, Fault, Metric, Rep, Stance, View
from formcheck.data.settings import Settings
from formcheck.motion.events import Stroke, find_strokes, trunk_height_px
from formcheck.motion.filters import smooth_keypoints
from formcheck.motion.grading import (
    DESCENT,
    RepGrade,
    cue_for,
    grade,
    mild_grade,
    worst,
)
from formcheck.motion.knee_edges import held_between_edges, without_outline
from formcheck.motion.limbs import (
    hidden_share,
    hold_planted_ankles,
    legs_cross,
)
from formcheck.motion.phases import AS_GOOD_AS_BACK, Excursion
from formcheck.motion.scoring import score_rep
from formcheck.motion.shake import CameraShake, find_shake, sides_of
from formcheck.motion.swaps import legs_told_apart
from formcheck.motion.view import (
    BACK_FROM_DEG,
    head_seen,
    levelled,
    limb_offset_deg,
    roll_error_deg,
    roll_is_known,
)

BOTTOM_HALF_WIDTH_S = 0.1
"""Half the stretch that is averaged when there is no pause at the bottom. Ours."""

STANDING_S = 1.0
"""So much of the standing before a repetition makes its baseline; the set-up asks for it."""

SHORTEST_STANDING_S = 0.2

ALIKE_S = 0.1
"""The model's errors in frames this close together are much the same."""

MOST_HIDDEN_AT_BOTTOM = 0.5
"""Part of the frames at the bottom in which a joint may be hidden: the value is taken there."""

MOST_ROLL_DEG = 12.0
MOST_UNCORRECTED_ROLL_DEG = 4.0
"""Beyond, what leans against the vertical is refused: a tilt that is taken out, because nobody sets
a camera up like that and the lines may deceive; one that cannot be, because by so much it is off
at least. Ours."""

SHARP_LEG_PX = 110.0
"""Length of a leg in the model's own picture of 256 pixels, which the whole body fills."""

TEMPO_SEM_MOVED_S, TEMPO_SEM_UNSEEN_S = 0.15, 0.2
"""The standard error of a duration when the camera may have moved, its motion taken out; and when
no planted foot shows whether it did. From poses shaken by code: 95 % within 0.3 and 0.4 s."""

TEMPO_SEM_HEADLESS_S = 0.7
TEMPO_LEG_PX = 210.0
"""The same when the head is out of the picture, and the leg's length below which it grows: the ends
of a slow lowering are a matter of a pixel or two. Root mean square of the durations' errors on
films with the head cut off (0.7 s), and shrunk to 360 lines (0.17 s with legs of 115 px)."""

SHAKING_NOTE = (
    "The camera shook; its motion was taken out as far as the planted foot shows it. Put the "
    "camera on a stand."
)

START_NOTE = "The start of the repetition was not seen: the {stroke} has no duration"
NO_STANDING = ", and there was no standing to compare with."

GUESSED_KNEE = 2.0
"""How much larger the model's error is for a knee whose outline does not show from the front: on
the clips with a skirt, or with the legs crossing, FPPA is off by 3 to 5 degrees."""

TEMPO_PRIORITY = 3
"""After the knee (1) and the trunk (2)."""


@dataclass(frozen=True)
class Timing:
    """Events of a repetition and the stretches over which values are taken, in seconds.

    ``bottom`` and ``standing`` are (start, end); ``standing`` is ``None`` when there was none.
    ``doubt_s`` is how much the durations hang on where a movement is said to begin and end.
    """

    events: dict[str, float | None]
    tempo: dict[str, float | None]
    doubt_s: float
    start_s: float
    end_s: float
    lowest_s: float
    bottom: tuple[float, float]
    standing: tuple[float, float] | None
    descent: tuple[float, float]


def measure_rep(
    window: Poses,
    excursion: Excursion,
    exercise: Exercise,
    settings: Settings,
    *,
    index: int,
    stance_side: Stance,
    view: View,
    previous_end_s: float | None,
    baselines: Mapping[str, float],
    notes: tuple[str, ...] = (),
    stance_sure: bool = True,
) -> Rep:
    """Measure a repetition.

    Parameters
    ----------
    window
        Unfiltered poses from some standing before the repetition to when it closed.
    excursion
        Where the phase machine saw it.
    previous_end_s
        End of the repetition before; the window is not looked at before it.
    baselines
        Standing values known so far for this side, by metric name; used where this repetition
        has no standing of its own.
    notes, stance_sure
        Go into the result.
    """
    window = legs_told_apart(window)
    if view.kind == "front":
        window = held_between_edges(window, SIDES if stance_side == "both" else (stance_side,))
    window = levelled(window, view)
    shake = find_shake(window, sides_of(stance_side), window.leg_length_px, settings.min_confidence)
    as_seen, window = window, shake.taken_out(window)
    smooth = replace(
        window,
        keypoints_px=smooth_keypoints(
            window.t_s, window.keypoints_px, settings.cutoff_hz, settings.max_gap_s
        ),
    )
    smooth = hold_planted_ankles(smooth, smooth.leg_length_px, settings.min_confidence)
    timing = find_timing(window, excursion, exercise, previous_end_s)
    during = window.between(timing.start_s, timing.end_s)
    at_bottom = window.between(*timing.bottom)
    metrics: dict[str, Metric] = {}
    errors: dict[str, float] = {}
    series: dict[str, FloatArray] = {}
    shown = (smooth.t_s >= timing.start_s) & (smooth.t_s <= timing.end_s)
    for spec in exercise.metrics:
        side = spec.side or leg_to_measure(stance_side, view)
        reason = why_not(spec, side, during, at_bottom, view, settings)
        if reason is not None:
            metrics[spec.name] = Metric(not_measured=reason)
            continue
        course = spec.series(smooth, side)
        metrics[spec.name], errors[spec.name] = _metric(
            spec, course, smooth, window, side, timing, view, baselines.get(spec.name)
        )
        if metrics[spec.name].not_measured is None:
            series[spec.name] = course[shown]
    tempo_sem_s = math.hypot(
        tempo_error_s(shake, smooth.leg_length_px, head_seen(window)), timing.doubt_s
    )
    if shake.in_doubt and not shake.shaking:
        # Taken out or not: how much the times hang on it belongs to their error.
        otherwise = find_timing(as_seen, excursion, exercise, previous_end_s)
        tempo_sem_s = math.hypot(tempo_sem_s, most_different_s(timing.tempo, otherwise.tempo))
    if shake.shaking:
        notes = (*notes, SHAKING_NOTE)
    if next(iter(timing.events.values())) is None:
        stroke = "lowering" if exercise.order == "down_up" else "rising"
        alone = timing.standing is None and not baselines
        notes = (*notes, START_NOTE.format(stroke=stroke) + (NO_STANDING if alone else "."))
    faults, rep_grade = _judge(
        exercise, metrics, errors, series, smooth.t_s[shown], timing, tempo_sem_s
    )
    rep = Rep(
        index=index,
        stance_side=stance_side,
        start_s=timing.start_s,
        end_s=timing.end_s,
        lowest_s=timing.lowest_s,
        events=timing.events,
        tempo=timing.tempo,
        tempo_sem_s=tempo_sem_s,
        metrics=metrics,
        grade=rep_grade,
        faults=faults,
        view=view,
        series_t_s=smooth.t_s[shown],
        series=series,
        notes=notes,
        stance_sure=stance_sure,
    )
    score = score_rep(
        rep,
        smooth,
        exercise,
        settings,
        side=leg_to_measure(stance_side, view),
        standing=timing.standing,
        errors=errors,
    )
    return replace(rep, scale=score)


def find_timing(
    window: Poses,
    excursion: Excursion,
    exercise: Exercise,
    previous_end_s: float | None,
) -> Timing:
    """Events, tempo, and the stretches over which the values are taken."""
    height = trunk_height_px(window)
    down_up = exercise.order == "down_up"
    out, back = find_strokes(
        window.t_s,
        height,
        excursion,
        outward=-1.0 if down_up else 1.0,
        from_s=-math.inf if previous_end_s is None else previous_end_s - 0.1,
    )
    start = out.start_s if out.start_s is not None else excursion.start_s
    if back.end_s is None and excursion.returned > AS_GOOD_AS_BACK:
        # It did come to rest, only too slowly for the 5 % rule.
        back = replace(back, end_s=excursion.end_s)
    end = back.end_s if back.end_s is not None else excursion.end_s
    if down_up:
        events = {
            "descent_start_s": out.start_s,
            "bottom_start_s": out.end_s,
            "bottom_end_s": back.start_s,
            "ascent_end_s": back.end_s,
        }
        descent, ascent = out, back
        lowest_s = _lowest_s(window.t_s, height, excursion.turn_s)
        bottom = _around(lowest_s, out.end_s, back.start_s)
        standing_end = start
        standing_from = max(start - STANDING_S, previous_end_s or -math.inf)
    else:
        events = {
            "ascent_start_s": out.start_s,
            "top_start_s": out.end_s,
            "descent_start_s": back.start_s,
            "descent_end_s": back.end_s,
        }
        descent, ascent = back, out
        lowest_s = end
        bottom = (end - BOTTOM_HALF_WIDTH_S, end)
        standing_from, standing_end = _around(excursion.turn_s, out.end_s, back.start_s)
    rest_s = start - previous_end_s if previous_end_s is not None else None
    pause_s = _duration_s(Stroke(out.end_s, back.start_s))
    tempo = {
        "descent_s": _duration_s(descent),
        "bottom_s": pause_s if down_up else rest_s,
        "ascent_s": _duration_s(ascent),
        "top_s": rest_s if down_up else pause_s,
    }
    first_s = float(window.t_s[0])
    standing_from = max(standing_from, first_s)
    long_enough = standing_end - standing_from >= SHORTEST_STANDING_S * (1.0 if down_up else 0.5)
    descent_from = descent.start_s if descent.start_s is not None else excursion.start_s
    descent_to = descent.end_s if descent.end_s is not None else lowest_s
    return Timing(
        events=events,
        tempo=tempo,
        doubt_s=max(out.doubt_s, back.doubt_s),
        start_s=start,
        end_s=end,
        lowest_s=lowest_s,
        bottom=bottom,
        standing=(standing_from, standing_end) if long_enough else None,
        descent=(descent_from, descent_to),
    )


def tempo_error_s(shake: CameraShake, leg_px: float, head_is_seen: bool) -> float:
    """Standard error of the durations.

    It is larger when the camera moved, or may have, for a person who is small in the picture, and
    without the head, by which the pose model finds its way.
    """
    if not head_is_seen:
        return TEMPO_SEM_HEADLESS_S
    if math.isnan(shake.certainty):
        still = TEMPO_SEM_UNSEEN_S
    else:
        still = TEMPO_SEM_MOVED_S if shake.in_doubt else TEMPO_SEM_S
    return still * (max(1.0, TEMPO_LEG_PX / leg_px) if leg_px > 0 else 1.0)


def most_different_s(
    tempo: Mapping[str, float | None], otherwise: Mapping[str, float | None]
) -> float:
    """By how much the lowering and the rising differ between two timings; 0 when unknown."""
    pairs = [(tempo[name], otherwise[name]) for name in ("descent_s", "ascent_s")]
    return max((abs(a - b) for a, b in pairs if a is not None and b is not None), default=0.0)


def why_not(
    spec: MetricSpec,
    side: Side,
    during: Poses,
    at_bottom: Poses,
    view: View,
    settings: Settings,
) -> str | None:
    """Why a metric cannot be measured in this repetition, in words; ``None`` when it can."""
    reason = why_not_from(spec, view)
    if reason is not None:
        return reason
    for which in needed(spec, side, view):
        name = which.name.lower().replace("_", " ")
        share_pct = 100.0 * hidden_share(during, which, settings.min_confidence)
        if share_pct > settings.max_hidden_pct:
            return f"not measured: {name} hidden for {share_pct:.0f} % of the repetition"
        if hidden_share(at_bottom, which, settings.min_confidence) > MOST_HIDDEN_AT_BOTTOM:
            return f"not measured: {name} hidden at the bottom"
    if _judges_knee(spec, view) and all(
        without_outline(during, side, joint) for joint in EDGED_JOINTS
    ):
        return (
            f"not measured: the outline does not show the {side} knee and ankle (wide clothes, or "
            "both legs in one outline)"
        )
    if _judges_knee(spec, view) and spec.side is None and legs_cross(during, side):
        return "not measured: the free leg crosses the working one"
    return None


def _judges_knee(spec: MetricSpec, view: View) -> bool:
    """Whether the metric needs the knee's place from side to side."""
    return view.kind == "front" and "knee" in spec.needs


def why_not_from(spec: MetricSpec, view: View) -> str | None:
    """Why a metric cannot be measured from this view, in words; ``None`` when it can."""
    if spec.cannot_see:
        return f"not measured: {spec.cannot_see}"
    if view.kind not in spec.views:
        return f"not measured: {_view_in_words(view)}; this needs a {_views_in_words(spec)} view"
    if spec.roll_effect is not None and _too_tilted(view):
        return (
            f"not measured: the camera is tilted by about {abs(view.roll_deg):.0f}°; this needs a "
            "level one"
        )
    if spec.needs_depth and math.isnan(view.yaw_deg):
        return "not measured: the poses do not tell how far the person is turned from the camera"
    if view.kind == "front" and abs(view.yaw_deg) > spec.max_yaw_deg:
        return (
            f"not measured: turned {abs(view.yaw_deg):.0f}° from the camera, which fakes as much "
            f"again; up to {spec.max_yaw_deg:.0f}° is possible"
        )
    return None


def _too_tilted(view: View) -> bool:
    known_deg = abs(view.roll_deg) - (0.0 if roll_is_known(view) else view.roll_sem_deg)
    return known_deg > (MOST_ROLL_DEG if roll_is_known(view) else MOST_UNCORRECTED_ROLL_DEG)


def needed(spec: MetricSpec, side: Side, view: View) -> tuple[Keypoint, ...]:
    """The keypoints a metric is computed from, as far as they can be seen from this view.

    From the side the far hip and shoulder are covered by the near ones, and the model places them
    right behind: only the near ones are asked for.
    """
    if view.kind == "side" and spec.both_sides:
        return tuple(keypoint(view.near_side or side, joint) for joint in spec.needs)
    sides = SIDES if spec.both_sides else (side,)
    return tuple(
        keypoint(a_side, joint)
        for joint in spec.needs
        for a_side in (SIDES if joint == "shoulder" and view.kind != "side" else sides)
    )


def leg_to_measure(stance_side: Stance, view: View) -> Side:
    """The working leg; of two, the one nearer to the camera."""
    if stance_side == "both":
        return view.near_side or "left"
    return stance_side


def _view_in_words(view: View) -> str:
    if view.kind == "unknown":
        return "the view could not be told"
    if view.kind == "oblique":
        if abs(view.yaw_deg) > BACK_FROM_DEG:
            return "filmed from behind"
        return "the camera sees the person between front and side"
    return f"filmed from the {view.kind}"


def _views_in_words(spec: MetricSpec) -> str:
    return " or ".join(spec.views)


def _duration_s(stroke: Stroke) -> float | None:
    if stroke.start_s is None or stroke.end_s is None:
        return None
    return max(0.0, stroke.end_s - stroke.start_s)


def _lowest_s(t_s: FloatArray, height: FloatArray, turn_s: float) -> float:
    near = (np.abs(t_s - turn_s) <= 0.5) & np.isfinite(height)
    return float(t_s[near][np.argmin(height[near])]) if near.any() else turn_s


def _around(middle_s: float, start_s: float | None, end_s: float | None) -> tuple[float, float]:
    """From ``start_s`` to ``end_s`` when that is a stretch worth averaging, else around middle."""
    if start_s is not None and end_s is not None and end_s - start_s >= BOTTOM_HALF_WIDTH_S:
        return start_s, end_s
    return middle_s - BOTTOM_HALF_WIDTH_S, middle_s + BOTTOM_HALF_WIDTH_S


def _mean(t_s: FloatArray, course: FloatArray, stretch: tuple[float, float]) -> float:
    inside = course[(t_s >= stretch[0]) & (t_s <= stretch[1])]
    known = inside[np.isfinite(inside)]
    return float(known.mean()) if len(known) else math.nan


def _metric(
    spec: MetricSpec,
    course: FloatArray,
    smooth: Poses,
    raw: Poses,
    side: Side,
    timing: Timing,
    view: View,
    known_baseline: float | None,
) -> tuple[Metric, float]:
    """The metric, and the standard error that its grade allowed for."""
    t_s = smooth.t_s
    shown = (t_s >= timing.start_s) & (t_s <= timing.end_s)
    standing = _mean(t_s, course, timing.standing) if timing.standing else math.nan
    if not math.isfinite(standing) and known_baseline is not None:
        standing = known_baseline
    if spec.taken == "descent_rms":
        part = course[(t_s >= timing.descent[0]) & (t_s <= timing.descent[1])]
        part = part[np.isfinite(part)]
        value = float(np.sqrt(np.mean(part**2))) if len(part) else math.nan
        change, largest = math.nan, float(np.max(np.abs(part))) if len(part) else math.nan
        standing = math.nan
    else:
        value = _mean(t_s, course, timing.bottom)
        change = value - standing
        known = course[shown & np.isfinite(course)]
        largest = float(known[np.argmax(np.abs(known - spec.neutral))]) if len(known) else math.nan
    if not math.isfinite(value):
        return Metric(not_measured="not measured: the joints were not seen at the bottom"), 0.0
    noise = spec.series(raw, side) - course
    extra = _at_bottom(spec.extra_error, smooth, side, timing)
    model_error = spec.model_error * sharpness_factor(smooth.leg_length_px)
    if _judges_knee(spec, view) and without_outline(
        raw.between(timing.start_s, timing.end_s), side, "knee"
    ):
        model_error *= GUESSED_KNEE
    tilt = _at_bottom(spec.roll_effect, smooth, side, timing) * roll_error_deg(view)
    sem = math.hypot(_sem(spec, noise, t_s, timing, model_error), extra, tilt)
    judged = {"value": value, "change": change, "max": largest}[spec.judged]
    error = grading_error(spec, sem, smooth, side, timing, view)
    graded = spec.bands is not None and math.isfinite(judged)
    shows_yaw = spec.yaw_effect is not None and view.kind == "front"
    metric = Metric(
        value=value,
        standing=_or_none(standing),
        change=_or_none(change),
        max=_or_none(largest),
        sem=sem,
        grade=grade(judged, error, spec.bands) if graded and spec.bands is not None else None,
        yaw_effect=_at_bottom(spec.yaw_effect, smooth, side, timing) if shows_yaw else None,
    )
    return metric, error


def grading_error(
    spec: MetricSpec, sem: float, window: Poses, side: Side, timing: Timing, view: View
) -> float:
    """Standard error that a grade must allow for: the value's own, and what the yaw may fake.

    Yaw within its own error is not held against a metric: ``value`` is what the picture shows.
    """
    if view.kind != "front":
        return sem
    if math.isnan(view.yaw_deg):
        return sem
    limb_yaw_deg = view.yaw_deg + limb_offset_deg(window, side, view)
    beyond_deg = max(0.0, abs(limb_yaw_deg) - view.yaw_sem_deg)
    return math.hypot(sem, _at_bottom(spec.yaw_effect, window, side, timing) * beyond_deg)


def _at_bottom(
    series: Callable[[Poses, Side], FloatArray] | None,
    window: Poses,
    side: Side,
    timing: Timing,
) -> float:
    """Mean of a series over the bottom; 0 when there is no series or nothing was seen."""
    if series is None:
        return 0.0
    value = _mean(window.t_s, series(window, side), timing.bottom)
    return value if math.isfinite(value) else 0.0


def sharpness_factor(leg_px: float) -> float:
    """How much the model's own error grows for a person who is small in the picture.

    The pose model looks at the person in 256 pixels, whatever the picture has: only when the
    picture has fewer does it see less.
    """
    return max(1.0, SHARP_LEG_PX / leg_px) if leg_px > 0 else 1.0


def _sem(
    spec: MetricSpec, noise: FloatArray, t_s: FloatArray, timing: Timing, model_error: float
) -> float:
    """Standard error of the value: the model's own error, and the noise left after averaging.

    ``noise`` is the unfiltered course minus the smoothed one. Neighbouring frames of the pose
    model are alike, so a tenth of a second counts as one look. Missing
    frames leave fewer looks.
    """
    inside = noise[(t_s >= timing.start_s) & (t_s <= timing.end_s)]
    inside = inside[np.isfinite(inside)]
    at_bottom = (t_s >= timing.bottom[0]) & (t_s <= timing.bottom[1])
    seen = float(np.isfinite(noise[at_bottom]).mean()) if at_bottom.any() else 0.0
    count = seen * (timing.bottom[1] - timing.bottom[0]) / ALIKE_S
    if len(inside) < 3 or spec.taken == "descent_rms":
        return model_error
    spread = float(np.std(inside))
    return math.hypot(model_error, spread / math.sqrt(max(1.0, count)))


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _judge(
    exercise: Exercise,
    metrics: Mapping[str, Metric],
    errors: Mapping[str, float],
    series: Mapping[str, FloatArray],
    t_s: FloatArray,
    timing: Timing,
    tempo_sem_s: float,
) -> tuple[tuple[Fault, ...], RepGrade | None]:
    """The faults, most important first, and the grade of the whole repetition."""
    found: list[tuple[int, Fault]] = []
    grades: list[RepGrade] = []
    for spec in exercise.metrics:
        metric, bands = metrics[spec.name], spec.bands
        if metric.grade is None or bands is None:
            continue
        judged = getattr(metric, spec.judged)
        certain = mild_grade(judged, errors[spec.name], bands)
        grades.append(certain)
        if certain != "good":
            reference = metric.standing if spec.judged == "change" and metric.standing else 0.0
            at_s = _worst_s(t_s, series[spec.name] - reference, judged)
            found.append((spec.priority, Fault(spec.name, cue_for(spec, judged, bands), at_s)))
    descent_s = timing.tempo["descent_s"]
    if descent_s is not None:
        certain = mild_grade(descent_s, tempo_sem_s, exercise.tempo.bands)
        grades.append(certain)
        if certain != "good":
            fault = Fault(DESCENT, exercise.tempo.cue_fast, timing.descent[0])
            found.append((TEMPO_PRIORITY, fault))
    found.sort(key=lambda item: item[0])
    # Two metrics of the same knee ask for the same thing once.
    by_cue: dict[str, Fault] = {}
    for _, fault in found:
        by_cue.setdefault(fault.cue, fault)
    return tuple(by_cue.values()), worst(grades)


def _worst_s(t_s: FloatArray, course: FloatArray, judged: float) -> float:
    """When the course was furthest on the side of the judged value."""
    signed = np.where(np.isfinite(course), course * np.sign(judged), -np.inf)
    return float(t_s[int(np.argmax(signed))])
