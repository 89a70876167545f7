"""The session: every result of one filmed set, declared once and complete.

All outputs are made from this record alone: the page, the PDF, the tables, the annotated film, the
history. It holds the limits, titles, units and cues it was judged
by, so a session is shown as it was judged, whatever a later version would judge.

Unknown numbers are ``None``. Left and right are the person's own. Times are seconds from the first
frame.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal, get_args

from formcheck.data.declare import Count, Name, Record, Text, about
from formcheck.data.settings import Settings

SCHEMA = "formcheck.session/2"

Stance = Literal["left", "right", "both"]
STANCES: tuple[Stance, ...] = get_args(Stance)
SideName = Literal["left", "right"]
Grade = Literal["good", "watch", "fault"]
Sureness = Literal["sure", "probably", "unclear"]
ViewKind = Literal["front", "side", "oblique", "unknown"]
Judged = Literal["at_bottom", "change", "largest", "held", "climbed"]
Role = Literal["knee", "trunk", "depth", "tempo", "other"]
"""What a measurement is about; form is all that is not tempo."""
DrawnAngle = Literal["", "trunk", "knee", "body"]
"""The angle that is drawn: of the trunk against the vertical, of the bent knee from the side, of
the line from shoulder over hip to ankle."""
Course = Literal["down_up", "up_down", "held", "climbed"]
"""What an effort is made of: the way down and up, up and down, one posture that is held, or one
flight of stairs."""
StairsWay = Literal["up", "down"]
"""Which way a flight of stairs was taken."""

DESCENT, BOTTOM, ASCENT, TOP = "descent_s", "bottom_s", "ascent_s", "top_s"
"""Ids of the measurements of how long each part of a repetition took; the way down is judged, of
step-ups too."""
HELD, HELD_WELL = "hold_s", "held_well_s"
"""Ids of the measurements of how long a posture was held, and how long of that well."""


class Limits(Record, frozen=True, kw_only=True):
    """Good inside the good band, watch inside the watch band, a fault beyond.

    An open end is ``None``.
    """

    good_low: Annotated[float | None, about("lower end of the good band")] = None
    good_high: Annotated[float | None, about("upper end of the good band")] = None
    watch_low: Annotated[float | None, about("lower end of the watch band")] = None
    watch_high: Annotated[float | None, about("upper end of the watch band")] = None
    source: Annotated[Text, about("where the limits come from")] = ""


class Possible(Record, frozen=True, kw_only=True):
    """What a body can do at all; a value beyond it shows that the pose is wrong."""

    low: Annotated[float, about("lowest possible value")]
    high: Annotated[float, about("highest possible value")]
    source: Annotated[Text, about("where the range comes from")] = ""


class MeasureSpec(Record, frozen=True, kw_only=True):
    """A measurement's definition and limits."""

    id: Annotated[Name, about("as the key of `measurements`; ends in its unit", table="measure")]
    title: Annotated[Text, about("for people")]
    short_title: Annotated[Text, about("for narrow columns and the film")] = ""
    unit: Annotated[Name, about("as shown: °, %, s; empty for a ratio", table="")] = ""
    decimals: Annotated[int, about("decimals that are shown")] = 1
    role: Annotated[Role, about("what it is about; form is all that is not tempo", table="")] = (
        "other"
    )
    drawn: Annotated[DrawnAngle, about("the angle in the image that it is, if it is one")] = ""
    judged: Annotated[Judged, about("which number is judged", table="")] = "at_bottom"
    limits: Annotated[Limits | None, about("none when it is reported, but not judged")] = None
    views: Annotated[tuple[ViewKind, ...], about("views from which it can be measured")] = ()
    priority: Annotated[int, about("the lower, the earlier its cue is given")] = 9
    cue_high: Annotated[Text, about("what to say above the good band")] = ""
    cue_low: Annotated[Text, about("what to say below the good band")] = ""
    seen_high: Annotated[Text, about("what a person sees above it, as in `knee falls in`")] = ""
    seen_low: Annotated[Text, about("what a person sees below it")] = ""
    about: Annotated[Text, about("definition and sign, in a sentence")] = ""
    side: Annotated[SideName | None, about("set when it always belongs to one leg", table="")] = (
        None
    )
    neutral: Annotated[float, about("what `largest` is furthest from: 0, for a ratio 1")] = 0.0
    at_depth_pct: Annotated[
        float | None,
        about(
            "depth of the hips below standing at which it is taken on the way down, in % of leg "
            "length; none for the other numbers",
            "%",
        ),
    ] = None
    at_depth_of: Annotated[
        Name | None,
        about(
            "id of the measurement in whose place it is compared where the depths differ; set for "
            "one that is taken at a fixed depth"
        ),
    ] = None
    least_difference: Annotated[
        float, about("published detectable difference; no smaller one is ever reported")
    ] = 0.0
    repeat_share: Annotated[
        float,
        about(
            "part of `sem_set` that is another when the same person is filmed again; the rest "
            "comes with the person and cancels between sessions"
        ),
    ] = 1.0
    more_is_better: Annotated[
        bool, about("whether more of it is better; set for some of what is not judged")
    ] = False
    possible: Annotated[
        Possible | None, about("a value beyond is refused; none when no range is known")
    ] = None

    @property
    def is_count(self) -> bool:
        """Whether it counts steps of stairs."""
        return self.judged == "climbed" and not self.unit

    @property
    def is_amount(self) -> bool:
        """Whether it says how much was done and not how: seconds held, steps of both feet."""
        return self.id in (HELD, HELD_WELL) or (self.is_count and self.side is None)

    def is_possible(self, value: float | None) -> bool:
        """Whether a body can do it; what is not known is."""
        if value is None or self.possible is None or math.isnan(value):
            return True
        return self.possible.low <= value <= self.possible.high


class Measurement(Record, frozen=True, kw_only=True):
    """One measured quantity of one repetition, or the reason why it was not measured.

    ``value`` is the number that is judged and shown everywhere. ``sem`` is its standard error: the
    part that is the same in every repetition of a set (person, camera) and the part that varies, in
    quadrature.
    """

    value: Annotated[float | None, about("the judged number", "", 3, table="")] = None
    at_bottom: Annotated[
        float | None,
        about(
            "at the lowest point, mean over it; of a measurement at a fixed depth, mean around "
            "that moment on the way down",
            "",
            3,
            table="at_bottom",
        ),
    ] = None
    standing: Annotated[
        float | None, about("in quiet standing before", "", 3, table="standing")
    ] = None
    change: Annotated[
        float | None, about("`at_bottom` minus `standing`", "", 3, table="change")
    ] = None
    largest: Annotated[
        float | None, about("furthest from neutral over the repetition", "", 3, table="largest")
    ] = None
    sem: Annotated[float | None, about("standard error of `value`", "", 3, table="sem")] = None
    sem_set: Annotated[
        float | None, about("its part that is the same all through a set", "", 3, table="sem_set")
    ] = None
    sem_rep: Annotated[
        float | None,
        about("its part that varies from repetition to repetition", "", 3, table="sem_rep"),
    ] = None
    sem_yaw: Annotated[
        float | None, about("part of `sem_set` that the turn of the person may add", "", 3)
    ] = None
    yaw_effect: Annotated[float | None, about("what a degree of turn adds to `value`", "", 3)] = (
        None
    )
    p_good: Annotated[
        float | None, about("probability of the good band", "", 3, table="p_good")
    ] = None
    p_watch: Annotated[
        float | None, about("probability of the watch band", "", 3, table="p_watch")
    ] = None
    p_fault: Annotated[float | None, about("probability of a fault", "", 3, table="p_fault")] = None
    grade: Annotated[
        Grade | None, about("band in which `value` lies; none when not judged", table="grade")
    ] = None
    sure: Annotated[
        Sureness | None, about("how sure the grade is, from its probability", table="sure")
    ] = None
    or_else: Annotated[
        Grade | None, about("the other likely grade when it is unclear", table="or_else")
    ] = None
    cue: Annotated[Text, about("what to change; empty for a good grade", table="cue")] = ""
    at_s: Annotated[float | None, about("when it was furthest on that side", "s", 3)] = None
    not_measured: Annotated[
        Text | None, about("the reason when it was not measured", table="not_measured")
    ] = None


class Verdict(Record, frozen=True, kw_only=True):
    """The form or the tempo of a repetition, or of a set: one grade, and how sure it is.

    The grade is the worst of the grades it is made of, and ``decided_by`` names that measurement:
    its number, its colour and its cue go together. ``p_good`` is the product over the judged
    measurements, ``p_fault`` one minus the product of not being a fault. These are about all
    numbers together, so ``p_watch`` and ``p_fault`` say nothing of how sure a watch is, and are no
    columns of the table: beside a grade they would look as if they did.
    """

    grade: Annotated[Grade | None, about("none when nothing could be judged", table="grade")] = None
    sure: Annotated[
        Sureness | None,
        about(
            "how sure the grade is: a good one by `p_good`, a watch or a fault by the number that "
            "decided it",
            table="sure",
        ),
    ] = None
    or_else: Annotated[
        Grade | None, about("the other likely grade when it is unclear", table="or_else")
    ] = None
    p_good: Annotated[
        float | None, about("probability that all judged numbers are good", "", 3, table="p_good")
    ] = None
    p_watch: Annotated[
        float | None, about("probability that not all are good, but none is a fault", "", 3)
    ] = None
    p_fault: Annotated[
        float | None, about("probability that at least one of them is a fault", "", 3)
    ] = None
    complete: Annotated[
        bool,
        about(
            "whether all that is judged from this view was measured; if not, a good grade means "
            "good in what could be seen, and is not counted as good",
            table="complete",
        ),
    ] = True
    decided_by: Annotated[
        Name | None, about("id of the measurement that decided it", table="decided_by")
    ] = None
    cue: Annotated[Text, about("its cue; empty for a good grade", table="cue")] = ""
    at_s: Annotated[float | None, about("when it showed", "s", 3)] = None
    not_seen: Annotated[
        tuple[Name, ...], about("ids that are judged from this view, but were not measured")
    ] = ()


class View(Record, frozen=True, kw_only=True):
    """From where the camera sees the person."""

    kind: Annotated[
        ViewKind, about("`front`, `side`, `oblique` between the two, or `unknown`", table="view")
    ] = "unknown"
    yaw_deg: Annotated[
        float | None,
        about("turn of the person: 0 faces the camera, + toward the own left", "°", 2, table=""),
    ] = None
    yaw_sem_deg: Annotated[float | None, about("standard error of the yaw", "°", 2)] = None
    roll_deg: Annotated[
        float | None, about("tilt of the camera, + when the image leans clockwise", "°", 2)
    ] = None
    roll_sem_deg: Annotated[float | None, about("standard error of the tilt", "°", 2)] = None
    distance_heights: Annotated[
        float | None, about("distance to the camera in body heights", "", 2)
    ] = None
    offset_deg: Annotated[
        float | None, about("angle from the optical axis to the person, + to the right", "°", 2)
    ] = None
    stance_offset_deg: Annotated[
        float | None, about("angle from the optical axis to the working foot", "°", 2)
    ] = None
    near_side: Annotated[
        SideName | None, about("side of the body nearer to the camera, none from the front")
    ] = None
    warnings: Annotated[
        tuple[Text, ...], about("what about the set-up costs accuracy, and how to fix it")
    ] = ()


class ItemScore(Record, frozen=True, kw_only=True):
    """One item of a clinical scale in one repetition, as far as it could be seen."""

    item: Annotated[Name, about("id of the item")]
    points: Annotated[Count | None, about("points for certain; none when not seen", table="")]
    at_most: Annotated[Count | None, about("the most it may be", table="at_most")]
    reason: Annotated[Text, about("what was found, or why it was not seen", table="reason")]


class ScaleScore(Record, frozen=True, kw_only=True):
    """A clinical scale in one repetition: what was seen, and how much was not."""

    scale: Annotated[Name, about("id of the scale")]
    items: Annotated[tuple[ItemScore, ...], about("all items, in the order of the scale")]
    seen_points: Annotated[Count, about("sum over the seen items, for certain", table="")]
    seen_points_at_most: Annotated[Count, about("the same at most", table="")]
    possible_points_seen: Annotated[Count, about("the most the seen items can give", table="")]
    unseen_points: Annotated[Count, about("the most the unseen items would add", table="")]
    unseen: Annotated[tuple[Name, ...], about("ids of the unseen items", table="")] = ()
    grade: Annotated[
        Text | None, about("in the scale's words; none while unseen items may change it", table="")
    ] = None


class ScaleItemSpec(Record, frozen=True, kw_only=True):
    """One item of a clinical scale, as it was scored."""

    id: Annotated[Name, about("id of the item")]
    title: Annotated[Text, about("for people")]
    points: Annotated[Count, about("the most it can give")]
    about: Annotated[Text, about("when it gives its points")] = ""


class ScaleSpec(Record, frozen=True, kw_only=True):
    """The clinical scale that repetitions were scored by."""

    id: Annotated[Name, about("id of the scale")]
    title: Annotated[Text, about("for people")]
    items: Annotated[tuple[ScaleItemSpec, ...], about("in the order of the scale")]
    source: Annotated[Text, about("where it comes from")] = ""


class Rep(Record, frozen=True, kw_only=True, tag="rep", tag_field="kind"):
    """One repetition, measured once, when it closed."""

    index: Annotated[Count, about("counts from 1", table="")]
    set_index: Annotated[Count, about("the set it belongs to, from 1", table="")] = 1
    stance_side: Annotated[Stance, about("the working leg; `both` for a squat", table="")]
    stance_sure: Annotated[bool, about("whether the working leg is certain", table="")] = True
    start_s: Annotated[float, about("first event", "s", 3, table="")]
    lowest_s: Annotated[float, about("when the hip was lowest", "s", 3, table="")]
    end_s: Annotated[float, about("last event", "s", 3, table="")]
    events: Annotated[
        Mapping[Name, float | None],
        about("start and end of each phase; none when the film does not show it", "s", 3),
    ]
    form: Annotated[Verdict, about("how the movement was done", table="form")] = Verdict()
    tempo: Annotated[Verdict, about("how fast the way down was", table="tempo")] = Verdict()
    measurements: Annotated[
        Mapping[Name, Measurement], about("by id of the measurement, the durations among them")
    ]
    view: Annotated[View, about("the view as known when the repetition closed")] = View()
    scale: Annotated[ScaleScore | None, about("the clinical scale; none without one")] = None
    series: Annotated[
        Mapping[Name, list[float | None]],
        about("`t_s` and the time series of each measurement over the repetition", "", 3),
    ] = {}
    notes: Annotated[tuple[Text, ...], about("remarks", table="notes")] = ()
    still: Annotated[Text | None, about("file of the still at the lowest point")] = None

    name: ClassVar[str] = "rep"
    full_name: ClassVar[str] = "repetition"
    """What it is called where it is numbered, as in ``rep 2``, and where there is room."""

    @property
    def part(self) -> str:
        """What tells it apart from others of its exercise: the working side."""
        return self.stance_side


class Hold(Rep, frozen=True, kw_only=True, tag="hold", tag_field="kind"):
    """One posture, held for a time: measured once, when it was left.

    It has the record of a repetition: `events` are its begin and end, `lowest_s` is when the
    posture was furthest from good, and no tempo is judged.
    """

    name: ClassVar[str] = "hold"
    full_name: ClassVar[str] = "hold"


class Step(Record, frozen=True, kw_only=True):
    """A foot that was set down on a new tread."""

    side: Annotated[SideName, about("which foot")]
    t_s: Annotated[float, about("when it was set down", "s", 3)]


class Flight(Rep, frozen=True, kw_only=True, tag="flight", tag_field="kind"):
    """One way up or down stairs: measured once, when it was over.

    It has the record of a repetition: `events` are its begin and end, both legs carry, `lowest_s`
    is when the trunk leaned furthest, and no tempo is judged.
    """

    way: Annotated[StairsWay, about("up or down the stairs", table="")]
    steps: Annotated[tuple[Step, ...], about("each foot that was set down on a new tread")] = ()

    name: ClassVar[str] = "flight"
    full_name: ClassVar[str] = "flight"

    @property
    def part(self) -> str:
        """What tells it apart from others: its way."""
        return self.way


RECORDS: Mapping[str, type[Rep]] = {"reps": Rep, "holds": Hold, "flights": Flight}
"""The record of an effort, by the kind of its exercise."""


def side_words(side: Stance, *, is_held: bool) -> str:
    """Name the working side of a repetition, or that of a hold."""
    if side == "both":
        return "whole body" if is_held else "both legs"
    return f"{side} {'side' if is_held else 'leg'}"


def judges_tempo(specs: Iterable[MeasureSpec]) -> bool:
    """Whether any duration among the specs has limits; without, durations are only measured."""
    return any(spec.role == "tempo" and spec.limits is not None for spec in specs)


class ExerciseInfo(Record, frozen=True, kw_only=True):
    """The exercise, as far as it is needed to show a session; with the limits as judged."""

    id: Annotated[Name, about("as on the command line", table="exercise")]
    title: Annotated[Text, about("for people")]
    kind: Annotated[Name, about("`reps`, `holds` or `flights`")] = "reps"
    order: Annotated[
        Course,
        about(
            "whether a repetition begins with the way down; `held` for a hold, `climbed` for a "
            "flight of stairs"
        ),
    ] = "down_up"
    stance: Annotated[Name, about("how the working leg is found")] = "planted"
    target_descent_s: Annotated[float, about("the way down to aim at", "s", 2)] = 3.0
    has_step: Annotated[bool, about("whether it is done on a step")] = False
    family: Annotated[Name, about("exercises that train the same")] = ""
    easier: Annotated[Name | None, about("the exercise to fall back to")] = None
    harder: Annotated[Name | None, about("the exercise to go on to")] = None
    load: Annotated[bool, about("whether weight is added when it becomes easy")] = True
    specs: Annotated[
        tuple[MeasureSpec, ...], about("what was measured, and how it was judged")
    ] = ()
    scale: Annotated[ScaleSpec | None, about("the clinical scale; none without one")] = None

    def spec(self, measure_id: str) -> MeasureSpec:
        """Return the spec of a measurement; raises ``KeyError`` when there is none."""
        for spec in self.specs:
            if spec.id == measure_id:
                return spec
        raise KeyError(measure_id)

    @property
    def effort(self) -> str:
        """What one effort is called."""
        return self.record.full_name

    @property
    def record(self) -> type[Rep]:
        """The record of one effort."""
        return RECORDS.get(self.kind, Rep)

    @property
    def side_title(self) -> str:
        """What the column of an effort's part is called; empty when an exercise has none."""
        if self.is_held:
            return "" if self.stance == "both" else "Side"
        return "Way" if self.is_climbed else "Leg"

    def side_words(self, side: Stance) -> str:
        """Name the working side, as in ``left leg``."""
        return side_words(side, is_held=self.is_held)

    @property
    def is_held(self) -> bool:
        """Whether a posture is held; otherwise a movement is repeated."""
        return self.kind == "holds"

    @property
    def is_climbed(self) -> bool:
        """Whether stairs are climbed."""
        return self.kind == "flights"

    @property
    def effort_short(self) -> str:
        """What it is called where it is numbered, as in ``rep 2``."""
        return self.record.name

    @property
    def judges_tempo(self) -> bool:
        """Whether the tempo is judged: it is not unless the exercise or its user asks for it."""
        return judges_tempo(self.specs)


class Source(Record, frozen=True, kw_only=True):
    """Facts about the film or camera."""

    kind: Annotated[Literal["video", "camera", "poses"], about("where the frames came from")]
    name: Annotated[Text, about("file name without its folder, or the camera's", table="film")]
    width: Annotated[Count, about("of the upright frame", "px")]
    height: Annotated[Count, about("of the upright frame", "px")]
    duration_s: Annotated[float | None, about("to the end of the last frame", "s", 3)] = None
    frames: Annotated[Count, about("frames read")] = 0
    frames_dropped: Annotated[Count, about("frames lost")] = 0
    frame_rate_hz: Annotated[float | None, about("median rate, slow motion undone", "Hz", 3)] = None
    variable_frame_rate: Annotated[bool, about("whether the rate varies by a tenth")] = False
    rotation_deg: Annotated[int, about("clockwise turn that the file asked for", "°")] = 0
    turn_deg: Annotated[
        int, about("clockwise turn on top of that, found from the poses or asked for", "°")
    ] = 0
    mirrored: Annotated[bool, about("declared: left and right are swapped")] = False
    slow_motion: Annotated[float, about("how many times slower the film plays", "", 3)] = 1.0
    expected_frames: Annotated[Count | None, about("the file's own count")] = None
    warnings: Annotated[tuple[Text, ...], about("what was odd about the film")] = ()
    sha256: Annotated[Text | None, about("digest of the film; none for a camera")] = None


class Provenance(Record, frozen=True, kw_only=True):
    """The origin of the session: enough to make it again."""

    version: Annotated[Text, about("version of formcheck")]
    model: Annotated[Text, about("name of the pose model")]
    model_sha256: Annotated[Text, about("digest of its file")]
    settings: Annotated[Settings, about("all settings, as used")] = Settings()
    looks: Annotated[Count | None, about("frames that the pose model looked at")] = None
    frames_with_person: Annotated[Count, about("those of them in which the person was seen")] = 0


class Training(Record, frozen=True, kw_only=True):
    """What the person enters about a session; the film cannot show it."""

    date: Annotated[Text | None, about("day it was done, YYYY-MM-DD", table="")] = None
    step_height_cm: Annotated[float | None, about("height of the step", "cm", 1, table="")] = None
    load_kg: Annotated[float | None, about("weight held; 0 for none", "kg", 2, table="")] = None
    pain: Annotated[Count | None, about("worst pain, 0 to 10", "", table="")] = None
    target_hold_s: Annotated[float | None, about("time to hold well", "s", 1, table="")] = None


class Note(Record, frozen=True, kw_only=True):
    """A remark for the reader, in words; ``kind`` lets a command add what to do next."""

    kind: Annotated[
        Name,
        about("`recognised`, `leg_unsure`, `ignored`, `slow_motion`, `interrupted`, `general`, …"),
    ]
    text: Annotated[Text, about("the remark, a whole sentence")]


class Tally(Record, frozen=True, kw_only=True):
    """Number of repetitions by grade, counted in one place for all outputs."""

    good: Annotated[Count, about("good, and all that is judged was seen")] = 0
    partly: Annotated[Count, about("good in what could be seen; not counted as good")] = 0
    watch: Annotated[Count, about("to be watched")] = 0
    fault: Annotated[Count, about("faults")] = 0
    not_judged: Annotated[Count, about("could not be judged")] = 0

    @property
    def judged(self) -> int:
        """Number of repetitions that have a grade."""
        return self.good + self.partly + self.watch + self.fault


class Pooled(Record, frozen=True, kw_only=True):
    """One measurement over all repetitions of one leg: what varies averages out."""

    measure: Annotated[Name, about("id of the measurement")]
    side: Annotated[Stance, about("the working leg")]
    count: Annotated[Count, about("repetitions it was measured in")]
    value: Annotated[float | None, about("mean of the judged numbers", "", 3)] = None
    at_bottom: Annotated[float | None, about("mean at the lowest point", "", 3)] = None
    sem: Annotated[float | None, about("standard error of `value`", "", 3)] = None
    p_good: Annotated[float | None, about("probability of the good band", "", 3)] = None
    p_watch: Annotated[float | None, about("probability of the watch band", "", 3)] = None
    p_fault: Annotated[float | None, about("probability of a fault", "", 3)] = None
    grade: Annotated[Grade | None, about("band in which `value` lies")] = None
    sure: Annotated[Sureness | None, about("how sure the grade is")] = None
    or_else: Annotated[Grade | None, about("the other likely grade when unclear")] = None
    cue: Annotated[Text, about("what to change; empty for a good grade")] = ""
    reps: Annotated[tuple[Count, ...], about("repetitions that are not good in it")] = ()


class Advice(Record, frozen=True, kw_only=True):
    """One thing to change next time."""

    cue: Annotated[Text, about("the words")]
    measure: Annotated[Name, about("id of the measurement that asks for it most")]
    sure: Annotated[Sureness, about("how sure it is that any of the repetitions asks for it")]
    reps: Annotated[tuple[Count, ...], about("repetitions that ask for it")]


class Summary(Record, frozen=True, kw_only=True):
    """Counts and verdicts of the session."""

    reps_by_side: Annotated[Mapping[Name, Count], about("repetitions by working leg")] = {}
    form: Annotated[Tally, about("form of all repetitions")] = Tally()
    tempo: Annotated[Tally, about("tempo of all repetitions; all 0 where none is asked for")] = (
        Tally()
    )
    form_by_side: Annotated[Mapping[Name, Tally], about("form by working leg")] = {}
    tempo_by_side: Annotated[Mapping[Name, Tally], about("tempo by working leg")] = {}
    pooled: Annotated[tuple[Pooled, ...], about("each measurement over the set, by leg")] = ()
    advice: Annotated[
        tuple[Advice, ...], about("what to change, most important first; at most two")
    ] = ()
    not_measured: Annotated[
        Mapping[Name, Text], about("why a measurement is missing from some or all repetitions")
    ] = {}


class Cue(Record, frozen=True, kw_only=True):
    """A cue given during the set; provisional, never a measurement."""

    measure: Annotated[Name, about("id of the measurement it is about")]
    text: Annotated[Text, about("the words")]
    t_s: Annotated[float, about("when it happened", "s", 3)]
    decided_t_s: Annotated[float, about("when it was known", "s", 3)]
    praise: Annotated[bool, about("whether it is praise")] = False


Effort = Rep | Hold | Flight
"""The parts of a session."""


class Session(Record, frozen=True, kw_only=True):
    """All results of one session; every output is a pure function of it."""

    schema: Annotated[Name, about("name and version of this format")] = SCHEMA
    created: Annotated[Text, about("when it was analyzed, ISO 8601 with time zone", table="")]
    person: Annotated[Text, about("whose session it is; empty when not given", table="")] = ""
    group: Annotated[Name, about("ties sessions of one guided run together")] = ""
    source: Annotated[Source, about("facts about the film or camera")]
    view: Annotated[View, about("the view of most repetitions")] = View()
    provenance: Annotated[Provenance, about("version, model and settings")]
    exercise: Annotated[ExerciseInfo, about("the exercise with its limits as judged")]
    training: Annotated[Training, about("what the person entered")] = Training()
    efforts: Annotated[tuple[Effort, ...], about("repetitions, holds or flights, in order")] = ()
    series: Annotated[
        Mapping[Name, list[Any]],
        about(
            "columns over all frames: `t_s`, `phase`, `rep`, `stance_side`, `people`, `depth`, "
            "final values by id, live values as `live_` and the id; neither in a repetition in "
            "which it was not measured",
            "",
            3,
        ),
    ] = {}
    summary: Annotated[Summary, about("counts and verdicts of the set")] = Summary()
    cues: Annotated[tuple[Cue, ...], about("what was said while it ran; live only")] = ()
    notes: Annotated[tuple[Note, ...], about("remarks for the reader")] = ()
    complete: Annotated[bool, about("false when the film was only partly analyzed")] = True

    @property
    def day(self) -> str:
        """The day it was done, ``YYYY-MM-DD``: the one that was entered, else of the analysis."""
        return (self.training.date or self.created)[:10]

    @property
    def reps(self) -> tuple[Rep, ...]:
        """The repetitions, holds or flights."""
        return self.efforts

    @property
    def specs(self) -> tuple[MeasureSpec, ...]:
        """The definitions of all measurements, with their limits."""
        return self.exercise.specs
