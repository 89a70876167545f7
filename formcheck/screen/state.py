"""Decide what is drawn over one frame: phase, count, numbers with grades, and verdict card.

Both functions return an :class:`OverlayState`, which :func:`formcheck.screen.draw.draw` draws.
:func:`overlay_state` is for the annotated film: it shows the final numbers of a session; at the
lowest point of a repetition they are the same as in all tables. :func:`live_state` is for the
screen of a running session: it shows provisional numbers, and the last repetition as measured.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from formcheck.coach.cues import PRAISE
from formcheck.data.arrays import FloatArray
from formcheck.data.frame_result import FrameResult
from formcheck.data.keypoints import SIDES, PoseSample, Side, keypoint
from formcheck.data.numbers import (
    NOT_JUDGED,
    UNKNOWN,
    colour_grade,
    cue_words,
    decimals_for,
    measured,
    number,
    seen_words,
    verdict_words,
)
from formcheck.data.session import (
    DESCENT,
    HELD,
    Cue,
    ExerciseInfo,
    Flight,
    Grade,
    Hold,
    MeasureSpec,
    Rep,
    Session,
    Stance,
    Sureness,
    Verdict,
    View,
)
from formcheck.motion.camera_view import is_from_behind
from formcheck.motion.judged_times import DEEP_SHARE, judged_times
from formcheck.motion.phases import resting_phase
from formcheck.motion.rep_timing import BOTTOM_HALF_WIDTH_S
from formcheck.motion.verdicts import (
    GRADES,
    asks_form,
    band_of,
    cue_of,
    deserves_praise,
    is_wholly_good,
    seen_from,
)

READOUT_S = 0.1
"""Shown numbers change no faster than this, so that they can be read. Our choice."""
CARD_S = 1.5
"""A card stays at least this long, even after the next repetition starts, but is gone at its
lowest point. Our choice."""
MEASURED_WITHIN_S = 1.0
"""After its end, a repetition is measured within this time; if not, the movement did not count. Our
choice."""
UNSEEN_S = 0.4
"""A person lost from view for less than this is not reported. Our choice."""
SAME_TIME_S = 0.017
"""A frame this close to the end of a repetition belongs to it: half a frame at 30 a second. A
step-up ends at its lowest point, between two frames."""
BODY_SMOOTHING_S = 2.0
"""Time constant of the body size that sets the width of lines, live. Our choice."""
ON_THE_RIGHT = 0.6
"""When the person is beyond this share of the frame's width, texts are on the left. Our choice."""

Subject = Literal["form", "tempo", "form and tempo"]
PhaseName = Literal["standing", "descent", "bottom", "ascent", "top", "held", "rest"]


@dataclass(frozen=True)
class Reading:
    """One measurement at one moment: its value, and the grade of this value.

    Attributes
    ----------
    spec, value, grade
        What is measured, the value, and its grade; ``None`` if its limits do not apply now.
    is_largest
        Whether the value is the largest of the whole repetition, and not that of this moment.
    """

    spec: MeasureSpec
    value: float
    grade: Grade | None
    is_largest: bool = False

    @property
    def text(self) -> str:
        """The value in words, as in all tables."""
        return measured(self.value, self.spec)

    @property
    def words(self) -> str:
        """The value as it is drawn; ``max 30.4°`` for the largest of the repetition."""
        return f"max {self.text}" if self.is_largest else self.text


@dataclass(frozen=True)
class TempoState:
    """Duration of the way down, compared with its target.

    Attributes
    ----------
    elapsed_s
        Duration so far, or at the end; ``None`` before the way down, or if it was not measured.
    target_s
        Duration that the person should aim at; the limit of the grade ``good`` is another number.
    grade
        Grade of the duration; ``None`` while the way down continues and has not reached the target.
    """

    elapsed_s: float | None
    target_s: float
    grade: Grade | None


@dataclass(frozen=True)
class HoldState:
    """The present or last hold, such as a plank, and its time.

    Attributes
    ----------
    number
        Number of the present or last hold; 0 before the first.
    clock
        Seconds held so far, in words; at the end the same number as in all tables.
    lies
        Whether it is done lying down; then the body line is drawn instead of legs and trunk.
    """

    number: int = 0
    clock: str = "0"
    lies: bool = False


@dataclass(frozen=True)
class FlightState:
    """A flight of stairs, step by step.

    Attributes
    ----------
    number
        Number of the present or last flight; 0 before the first.
    steps
        Number of its steps so far.
    """

    number: int = 0
    steps: int = 0


@dataclass(frozen=True)
class VerdictCard:
    """The verdict on one repetition, or a cue (instruction) during one.

    Number, colour and cue belong to the same measurement.

    Attributes
    ----------
    rep
        Index of the repetition; 0 for a cue during a repetition.
    subject
        ``form``, ``tempo``, or ``form and tempo`` if both are good and equally certain.
    grade
        Grade that gives the colour; ``None`` if nothing could be judged, or if everything that was
        judged is good but something could not be judged.
    verdict, sure
        The grade with its certainty in words, and the certainty.
    seen
        The visible fault, in everyday words; empty for a good repetition.
    measure, number
        Short title and number of the measurement that decided.
    besides
        A further remark: a good tempo that is less certain than the form, or what could not be
        judged; else empty.
    cue
        The cue, or praise if form and tempo are good; else empty.
    effort
        The word for what is numbered: ``rep``, ``hold`` or ``flight``.
    """

    rep: int
    subject: Subject
    grade: Grade | None
    verdict: str
    sure: Sureness | None = None
    seen: str = ""
    measure: str = ""
    number: str = ""
    besides: str = ""
    cue: str = ""
    effort: str = "rep"


@dataclass(frozen=True)
class LiveMemory:
    """Times that one live state passes on to the next; minus infinity for never.

    Attributes
    ----------
    last_seen_s
        When the person was last in view.
    read_s
        Since when the present numbers are shown.
    unmeasured_s
        When a movement that is not measured yet last continued.
    """

    last_seen_s: float = -math.inf
    read_s: float = -math.inf
    unmeasured_s: float = -math.inf


@dataclass(frozen=True, eq=False)
class OverlayState:
    """Everything to draw over one frame.

    Attributes
    ----------
    t_s
        Time in the session.
    pose
        The pose in the frame.
    view
        From where the camera sees the person: front, side or other.
    phase
        Phase of the repetition; ``standing`` outside a repetition, ``None`` when the session has no
        repetitions.
    inside
        Whether the frame belongs to a repetition.
    person_seen
        Whether the person is in view, or was a moment ago.
    count
        Complete repetitions.
    hold, flight
        State of a hold, or of a flight of stairs; ``None`` for other exercises.
    stance_side, stance_sure
        The working leg, and whether it is certain.
    depth_pct
        Drop of the hip below standing, in % of leg length; ``None`` when unknown.
    readings
        The measurements at this moment; empty outside a repetition.
    main
        The reading that is shown large.
    tempo
        The tempo bar; ``None`` if the exercise has no target, or the session no repetitions.
    card
        The verdict on the last repetition; ``None`` if there is none to show.
    cue
        The cue of the present repetition; live only.
    notice
        Why nothing can be judged from this camera position; empty if it can.
    body_px
        Length from shoulder to ankle, in pixels of the pose's frame; NaN if unknown.
    text_on_the_left
        Whether text is on the left, so that it does not cover the person.
    memory
        Times that the next live state needs; unused in the film.
    """

    t_s: float
    pose: PoseSample
    view: View = field(default_factory=View)
    phase: PhaseName | None = "standing"
    inside: bool = False
    person_seen: bool = True
    count: int = 0
    hold: HoldState | None = None
    flight: FlightState | None = None
    stance_side: Stance | None = None
    stance_sure: bool = True
    depth_pct: float | None = None
    readings: tuple[Reading, ...] = ()
    main: Reading | None = None
    tempo: TempoState | None = None
    card: VerdictCard | None = None
    cue: VerdictCard | None = None
    notice: str = ""
    body_px: float = math.nan
    text_on_the_left: bool = False
    memory: LiveMemory = LiveMemory()

    @property
    def card_to_show(self) -> VerdictCard | None:
        """During a repetition its cue, otherwise the card of the last repetition.

        ``None`` while the latest movement is being measured, as the card would be out of date.
        """
        if self.inside:
            return self.cue
        return None if self.t_s - self.memory.unmeasured_s < MEASURED_WITHIN_S else self.card

    @property
    def working_sides(self) -> tuple[Side, ...]:
        """The working legs, which are drawn strongly; empty if not known."""
        if self.stance_side is None:
            return ()
        if self.stance_side != "both":
            return (self.stance_side,)
        near = self.view.near_side
        # From the side the far leg is behind the near one: it would only add lines.
        return (near,) if self.view.kind == "side" and near else SIDES

    @property
    def idle_sides(self) -> tuple[Side, ...]:
        """The other legs."""
        return tuple(side for side in SIDES if side not in self.working_sides)

    def worst(self, role: str, side: Side | None = None) -> Reading | None:
        """Return the worst graded reading with a role, such as ``knee``; ``None`` if there is none.

        With ``side``, only readings of this leg are considered or, if it has none, readings of both
        legs together, such as the gap between the knees. If grades are equal, the main reading is
        returned, so that the number beside the body is the same as the large one.
        """
        found = [
            reading
            for reading in self.readings
            if reading.spec.role == role and reading.grade is not None
        ]
        if side is not None:
            own = [reading for reading in found if reading.spec.side == side]
            found = own or [reading for reading in found if reading.spec.side is None]
        return max(
            found,
            key=lambda one: (GRADES.index(one.grade or "good"), one == self.main, *_severity(one)),
            default=None,
        )

    @property
    def between_the_knees(self) -> Reading | None:
        """The worst reading of both knees together; ``None`` if no knee has its own reading."""
        knees = [one for one in self.readings if one.spec.role == "knee" and one.grade is not None]
        shared = [one for one in knees if one.spec.side is None]
        if len(self.working_sides) == 1 or len(shared) == len(knees):
            return None
        return max(shared, key=_severity, default=None)

    def drawn(self, angle: str) -> Reading | None:
        """Return the reading that is drawn as this angle; ``None`` if it is not measured."""
        return next((one for one in self.readings if one.spec.drawn == angle), None)


# --- from the finished session -------------------------------------------------------------


def overlay_state(session: Session, sample: PoseSample, t_s: float) -> OverlayState:
    """Return what the annotated film shows at a time, with the session's final numbers.

    Parameters
    ----------
    session
        The session, measured.
    sample
        The pose in the frame.
    t_s
        The time, in seconds; infinity for the end.

    Notes
    -----
    A repetition is counted when it is complete. During a repetition the readings are the values of
    the moment; at its lowest point they are the judged values of the tables. Outside a repetition
    there are no readings, and the card of the last repetition is shown.
    """
    info = session.exercise
    rep = next(
        (
            rep
            for rep in session.reps
            if rep.start_s - SAME_TIME_S <= t_s <= rep.end_s + SAME_TIME_S
        ),
        None,
    )
    done = [rep for rep in session.reps if rep.end_s <= t_s]
    last = done[-1] if done else None
    now = rep or last
    shown = rep or last or next(iter(session.reps), None)
    readings = () if rep is None else rep_readings(rep, info, t_s)
    deciding = None if rep is None else rep.form.decided_by
    phase: PhaseName = _rest_phase(info) if rep is None else _phase_of(rep, info, t_s)
    begins = phase in ("descent", "standing") if info.order == "down_up" else phase == "ascent"
    shows_card = last is not None and (rep is None or (begins and t_s - last.end_s < CARD_S))
    return OverlayState(
        t_s=t_s,
        pose=sample,
        view=session.view if shown is None else shown.view,
        phase=phase if session.reps else None,
        inside=rep is not None,
        person_seen=sample.seen,
        count=len(done),
        hold=_hold(now, info, t_s) if info.is_held else None,
        flight=_flight(now, t_s) if info.is_climbed else None,
        stance_side=None if shown is None else shown.stance_side,
        stance_sure=shown is None or shown.stance_sure,
        depth_pct=_depth(rep, info, t_s),
        readings=readings,
        main=next((one for one in readings if one.spec.id == deciding), None),
        tempo=_tempo(rep or last, info, t_s) if session.reps else None,
        card=_last_card(last, info) if shows_card else None,
        notice=_view_notice(session.view, info),
        body_px=body_length_px(sample.keypoints_px),
        text_on_the_left=is_on_the_right(sample),
    )


def _rest_phase(info: ExerciseInfo) -> PhaseName:
    return "rest" if info.is_held or info.is_climbed else "standing"


def _flight(flight: Rep | None, t_s: float) -> FlightState:
    """Return the state of the present or last flight."""
    if not isinstance(flight, Flight):
        return FlightState()
    return FlightState(flight.index, sum(step.t_s <= t_s for step in flight.steps))


def _hold(hold: Rep | None, info: ExerciseInfo, t_s: float) -> HoldState:
    """Return the state of the present or last hold."""
    lies = any(spec.drawn == "body" for spec in info.specs)
    if hold is None:
        return HoldState(lies=lies)
    over = t_s >= hold.end_s
    clock = _final_hold_time(hold, info) if over else _whole_seconds(t_s - hold.start_s)
    return HoldState(hold.index, clock, lies)


def _whole_seconds(held_s: float) -> str:
    """Return the whole seconds that have passed, as on a clock; at least 0."""
    return str(max(0, math.floor(held_s)))


def _final_hold_time(hold: Rep, info: ExerciseInfo) -> str:
    """Return the time of a finished hold in words, as in all tables."""
    spec = info.spec(HELD)
    value = hold.measurements[HELD].value
    return UNKNOWN if value is None else number(value, decimals_for(value, spec))


def bottom_state(rep: Rep, info: ExerciseInfo, sample: PoseSample) -> OverlayState:
    """Return the state for a still: the judged values at the lowest point or worst moment."""
    return OverlayState(
        t_s=rep.lowest_s,
        pose=sample,
        view=rep.view,
        phase="bottom" if info.kind == "reps" else _phase_of(rep, info, rep.lowest_s),
        inside=True,
        hold=_hold(rep, info, math.inf) if info.is_held else None,
        flight=_flight(rep, math.inf) if info.is_climbed else None,
        stance_side=rep.stance_side,
        stance_sure=rep.stance_sure,
        readings=rep_readings(rep, info, rep.lowest_s, as_judged=True),
        body_px=body_length_px(sample.keypoints_px),
    )


def rep_readings(
    rep: Rep, info: ExerciseInfo, t_s: float, *, as_judged: bool = False
) -> tuple[Reading, ...]:
    """Return the judged and drawn measurements of a repetition at a time within it.

    At the lowest point they are the judged values, at any other time the values of the moment. A
    measurement that is judged at the lowest point has no grade while the body is high, as its
    limits do not apply to standing. The judged values of a hold are means over the hold; they are
    returned only with ``as_judged``.
    """
    at_bottom = as_judged or _at_bottom(rep, t_s)
    found = []
    for spec in info.specs:
        if spec.role == "tempo" or (spec.limits is None and not spec.drawn):
            continue
        value = _value_at(rep, spec, t_s, as_judged=at_bottom)
        if value is not None:
            judged = at_bottom or any(
                start_s <= t_s <= end_s for start_s, end_s in judged_times(rep, spec, info)
            )
            if at_bottom:
                reading = _reading(spec, value, judged=judged)
                found.append(replace(reading, is_largest=spec.judged == "largest"))
            else:
                found.append(_momentary_reading(spec, value, judged=judged))
    return tuple(found)


def card_of(rep: Rep, info: ExerciseInfo) -> VerdictCard:
    """Return the verdict on a repetition: on its form, or on its tempo if only that is not good."""
    form, tempo = rep.form, rep.tempo
    if is_wholly_good(rep):
        said = VerdictCard(rep.index, "form", "good", verdict_words(form), form.sure)
        said = replace(said, effort=info.effort_short, cue=PRAISE if deserves_praise(rep) else "")
        if tempo.grade is None:
            return said
        if verdict_words(tempo) == said.verdict:
            return replace(said, subject="form and tempo")
        return replace(said, besides=f"tempo {verdict_words(tempo)}")
    tempo_decides = form.grade is None or (form.grade == "good" and tempo.grade != "good")
    verdict = tempo if tempo_decides and tempo.grade is not None else form
    words = verdict_words(verdict)
    # Something could not be judged: "good" is said in words, but not shown in green.
    colour = colour_grade(verdict.grade, complete=False)
    subject: Subject = "form" if verdict is form else "tempo"
    card = VerdictCard(rep.index, subject, colour, words, verdict.sure, effort=info.effort_short)
    if verdict.decided_by is None:
        return card
    spec = info.spec(verdict.decided_by)
    value = rep.measurements[spec.id].value
    return replace(
        card,
        seen=_fault_words(verdict, spec, value),
        besides=_not_judged_words(form, tempo),
        measure=spec.short_title or spec.title,
        number=measured(value, spec),
        cue=cue_words(*cue_of(rep, verdict)),
    )


def _last_card(last: Rep | None, info: ExerciseInfo) -> VerdictCard | None:
    """Return the verdict on the last repetition; ``None`` if the exercise judges nothing."""
    asked = last is not None and (info.judges_tempo or asks_form(last, info.specs))
    return card_of(last, info) if last is not None and asked else None


def _not_judged_words(form: Verdict, tempo: Verdict) -> str:
    """Return in words what could not be judged, besides the measurement that decided."""
    if form.grade is None:
        return f"form {NOT_JUDGED}"
    if form.grade == "good" and not form.complete and tempo.grade in ("watch", "fault"):
        return f"form {verdict_words(form)}"
    unknown = form.grade == "good" and tempo.grade is None and tempo.not_seen
    return f"tempo {NOT_JUDGED}" if unknown else ""


def _fault_words(verdict: Verdict, spec: MeasureSpec, value: float | None) -> str:
    if verdict.grade == "good" or value is None or spec.limits is None:
        return ""
    return seen_words(value, spec) or f"{spec.short_title or spec.title} {measured(value, spec)}"


def _value_at(rep: Rep, spec: MeasureSpec, t_s: float, *, as_judged: bool) -> float | None:
    """Return a measurement's value at a time, or its judged value if ``as_judged``."""
    one = rep.measurements.get(spec.id)
    if one is None or one.value is None:
        return None
    if as_judged:
        return one.value
    times = [time for time in rep.series.get("t_s", []) if time is not None]
    values = rep.series.get(spec.id, [])
    # Numbers change only once per READOUT_S, counted from the repetition's start.
    steps = math.floor((t_s - rep.start_s) / READOUT_S + 1e-6)
    value = _interpolated(times, values, rep.start_s + steps * READOUT_S)
    if value is None or spec.judged != "change":
        return value
    return None if one.standing is None else value - one.standing


def _at_bottom(rep: Rep, t_s: float) -> bool:
    """Whether the time is in the window that is averaged for the bottom values."""
    if isinstance(rep, Hold | Flight):
        return False
    if abs(t_s - rep.lowest_s) <= BOTTOM_HALF_WIDTH_S:
        return True
    start_s, end_s = rep.events.get("bottom_start_s"), rep.events.get("bottom_end_s")
    return start_s is not None and end_s is not None and start_s <= t_s <= end_s


def _interpolated(
    times: Sequence[float], values: Sequence[float | None], t_s: float
) -> float | None:
    if not times or len(times) != len(values):
        return None
    after = bisect_right(times, t_s)
    if after in (0, len(times)):
        return values[0 if after == 0 else -1]
    first, second = values[after - 1], values[after]
    if first is None or second is None:
        return first if second is None else second
    share = (t_s - times[after - 1]) / (times[after] - times[after - 1])
    return first + share * (second - first)


def _reading(spec: MeasureSpec, value: float, *, judged: bool) -> Reading:
    graded = judged and spec.limits is not None
    return Reading(spec, value, band_of(value, spec.limits) if graded and spec.limits else None)


def _momentary_reading(spec: MeasureSpec, value: float, *, judged: bool) -> Reading:
    """Return a reading of a moment, with the value rounded to its usual decimals.

    A judged value may be shown with more decimals, so that its grade can be understood; a value
    that changes all the time could not be read then.
    """
    return _reading(spec, round(value, spec.decimals), judged=judged)


def _severity(reading: Reading) -> tuple[int, int]:
    return GRADES.index(reading.grade or "good"), -reading.spec.priority


def _phase_of(rep: Rep, info: ExerciseInfo, t_s: float) -> PhaseName:
    names: tuple[PhaseName, PhaseName, PhaseName]
    if info.is_held:
        return "held"
    if isinstance(rep, Flight):
        return "ascent" if rep.way == "up" else "descent"
    if info.order == "up_down":
        names, turns = ("ascent", "top", "descent"), ("top_start_s", "descent_start_s")
    else:
        if _at_bottom(rep, t_s):
            return "bottom"
        names, turns = ("descent", "bottom", "ascent"), ("bottom_start_s", "bottom_end_s")
    first, second = (
        rep.lowest_s if at is None else at for at in (rep.events.get(turn) for turn in turns)
    )
    return names[0] if t_s < first else names[1] if t_s < second else names[2]


def _depth(rep: Rep | None, info: ExerciseInfo, t_s: float) -> float | None:
    spec = next((spec for spec in info.specs if spec.role == "depth"), None)
    if rep is None or spec is None:
        return None
    return _value_at(rep, spec, t_s, as_judged=_at_bottom(rep, t_s))


def _tempo(rep: Rep | None, info: ExerciseInfo, t_s: float) -> TempoState | None:
    """Return the state of the tempo bar at a time; ``None`` if the exercise has no target."""
    spec = next((spec for spec in info.specs if spec.id == DESCENT), None)
    if spec is None or spec.limits is None or not info.target_descent_s > 0:
        return None
    idle = TempoState(None, info.target_descent_s, None)
    one = None if rep is None else rep.measurements.get(DESCENT)
    start_s = None if rep is None else rep.events.get("descent_start_s")
    if rep is None or one is None or one.value is None or start_s is None or t_s < start_s:
        return idle
    if t_s < start_s + one.value and not _at_bottom(rep, t_s):
        return _running_tempo(idle, spec, t_s - start_s)
    return replace(idle, elapsed_s=one.value, grade=one.grade)


def _running_tempo(idle: TempoState, spec: MeasureSpec, elapsed_s: float) -> TempoState:
    reached = elapsed_s >= idle.target_s
    grade = band_of(elapsed_s, spec.limits) if reached and spec.limits is not None else None
    return replace(idle, elapsed_s=elapsed_s, grade=grade)


def _view_notice(view: View, info: ExerciseInfo) -> str:
    """Return why nothing can be judged from this camera position; empty if it can."""
    judged = [spec for spec in info.specs if spec.limits is not None and spec.role != "tempo"]
    if view.kind == "unknown" or not judged or any(seen_from(spec, view) for spec in judged):
        return ""
    if is_from_behind(view):
        return "The camera sees you from behind: turn to face it"
    if view.kind == "oblique":
        return "You are at an angle: turn to face the camera"
    main = min(judged, key=lambda spec: spec.priority)
    return f"To measure {main.title.lower()}, film from the {' or '.join(main.views)}"


# --- while the session runs ----------------------------------------------------------------


def live_state(
    result: FrameResult,
    info: ExerciseInfo,
    cue: Cue | None,
    before: OverlayState | None,
) -> OverlayState:
    """Return what the screen shows while the session runs, with provisional numbers.

    Parameters
    ----------
    result
        The result of this frame.
    info
        The exercise, with the limits it is judged by.
    cue
        The coach's cue in this frame.
    before
        The state of the previous frame. With it, numbers, cue and text stay long enough to be read.
    """
    now, last = result.t_s, result.last_rep
    resting = resting_phase(info.order)
    inside = result.phase is not resting
    view = result.view
    memory = LiveMemory() if before is None else before.memory
    last_seen_s = now if result.sample.seen or before is None else memory.last_seen_s
    settled = result.closed is not None or result.ignored is not None
    unmeasured_s = now if inside else -math.inf if settled else memory.unmeasured_s
    deep = _is_deep_live(result, info, last)
    readings, read_s = _live_readings(result, info, view, deep=deep), now
    if before is not None and inside and before.readings and now - memory.read_s < READOUT_S:
        readings, read_s = before.readings, memory.read_s
    if not result.is_rep_sized:
        readings = ()
    return OverlayState(
        t_s=now,
        pose=result.sample,
        view=view,
        phase=_live_phase(result, info) if inside else _rest_phase(info),
        inside=inside,
        person_seen=result.sample.seen or now - last_seen_s < UNSEEN_S,
        count=result.reps_done,
        hold=_live_hold(result, info) if info.is_held else None,
        flight=_live_flight(result) if info.is_climbed else None,
        stance_side=result.stance_side,
        depth_pct=result.depth,
        readings=readings if inside else (),
        main=_most_important(readings) if inside else None,
        tempo=_live_tempo(result, info, last, before, inside=inside),
        card=_last_card(last, info),
        cue=_live_cue(cue, readings, before) if inside else None,
        notice=_view_notice(view, info),
        body_px=_smoothed_body_px(result.sample, before),
        text_on_the_left=_text_side(result.sample, before, inside=inside),
        memory=LiveMemory(last_seen_s, read_s, unmeasured_s),
    )


def _live_hold(result: FrameResult, info: ExerciseInfo) -> HoldState:
    last = _hold(result.last_rep, info, math.inf)
    if result.held_s is None:
        return last
    return replace(last, number=result.reps_done + 1, clock=_whole_seconds(result.held_s))


def _live_flight(result: FrameResult) -> FlightState:
    if result.steps is None:
        return _flight(result.last_rep, math.inf)
    return FlightState(result.reps_done + 1, result.steps)


def _is_deep_live(result: FrameResult, info: ExerciseInfo, last: Rep | None) -> bool:
    """Whether the body is so low that limits for the lowest point apply.

    This is decided from the depth of the last repetition.
    """
    spec = next((spec for spec in info.specs if spec.role == "depth"), None)
    one = None if last is None or spec is None else last.measurements.get(spec.id)
    if one is None or one.value is None or result.depth is None:
        return True
    return result.depth >= DEEP_SHARE * one.value


def _live_readings(
    result: FrameResult, info: ExerciseInfo, view: View, *, deep: bool
) -> tuple[Reading, ...]:
    found = []
    for spec in info.specs:
        values = result.live_judged if spec.limits is not None else result.live
        value = values.get(spec.id)
        if value is None or not math.isfinite(value) or not seen_from(spec, view):
            continue
        if spec.limits is not None or spec.drawn:
            found.append(_momentary_reading(spec, value, judged=deep or spec.judged != "at_bottom"))
    return tuple(found)


def _most_important(readings: Iterable[Reading]) -> Reading | None:
    """Return the graded reading with the highest priority; if equal, the worse one."""
    graded = [reading for reading in readings if reading.grade is not None]
    return min(graded, key=lambda one: (one.spec.priority, -_severity(one)[0]), default=None)


def _live_phase(result: FrameResult, info: ExerciseInfo) -> PhaseName:
    name: PhaseName = result.phase.value
    return "top" if name == "standing" and info.order == "up_down" else name


def _live_tempo(
    result: FrameResult,
    info: ExerciseInfo,
    last: Rep | None,
    before: OverlayState | None,
    *,
    inside: bool,
) -> TempoState | None:
    idle = _tempo(None, info, result.t_s)
    if idle is None:
        return None
    spec = info.spec(DESCENT)
    if inside and result.descent_elapsed_s is not None:
        return _running_tempo(idle, spec, result.descent_elapsed_s)
    held = None if before is None else before.tempo
    settled = result.closed is not None or result.ignored is not None
    if before is None or held is None or (settled and not inside):
        # The measured duration replaces the running one.
        return _tempo(last, info, math.inf)
    if inside and not before.inside:
        return idle
    if held.elapsed_s is None or spec.limits is None:
        return held
    return replace(held, grade=band_of(held.elapsed_s, spec.limits))


def _live_cue(
    cue: Cue | None,
    readings: Iterable[Reading],
    before: OverlayState | None,
) -> VerdictCard | None:
    """Return the coach's cue; it keeps the number and colour of its worst moment."""
    if cue is None or cue.praise:
        return None
    reading = next((one for one in readings if one.spec.id == cue.measure), None)
    card = VerdictCard(0, "form", None, "", cue=cue.text)
    if reading is not None:
        title = reading.spec.short_title or reading.spec.title
        card = replace(card, grade=reading.grade, measure=title, number=reading.text)
    elif cue.measure == DESCENT:
        card = replace(card, subject="tempo", grade="fault")
    held = None if before is None else before.cue
    if held is not None and held.cue == card.cue and held.grade is not None:
        milder = card.grade is None or GRADES.index(card.grade) < GRADES.index(held.grade)
        return held if milder else card
    return card


def _smoothed_body_px(sample: PoseSample, before: OverlayState | None) -> float:
    new = body_length_px(sample.keypoints_px)
    if before is None or not math.isfinite(before.body_px):
        return new
    if not math.isfinite(new):
        return before.body_px
    weight = math.exp(-max(sample.t_s - before.t_s, 0.0) / BODY_SMOOTHING_S)
    return new + (before.body_px - new) * weight


def _text_side(sample: PoseSample, before: OverlayState | None, *, inside: bool) -> bool:
    """Return whether texts are on the left; this stays the same while texts are shown."""
    if before is not None and (inside or not sample.seen):
        return before.text_on_the_left
    return is_on_the_right(sample)


# --- the body in the frame -----------------------------------------------------------------


def body_length_px(keypoints_px: FloatArray) -> float:
    """Return shoulder to ankle along the longer visible side, in pixels; NaN when unseen."""
    lengths = []
    for side in SIDES:
        joints = [keypoint(side, joint) for joint in ("shoulder", "hip", "knee", "ankle")]
        steps = np.diff(keypoints_px[joints], axis=0)
        lengths.append(float(np.hypot(steps[:, 0], steps[:, 1]).sum()))
    return max((length for length in lengths if math.isfinite(length)), default=math.nan)


def is_on_the_right(sample: PoseSample) -> bool:
    """Whether the person stands so far right that text belongs on the left."""
    hips_x = sample.keypoints_px[[keypoint(side, "hip") for side in SIDES], 0]
    known = hips_x[np.isfinite(hips_x)]
    return bool(len(known)) and float(known.mean()) > ON_THE_RIGHT * sample.frame_size_px[0]
