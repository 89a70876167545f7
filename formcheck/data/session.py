"""The ``Session`` record: every result of one filmed or live set, and the records inside it.

All outputs are made from this record alone: page, PDF, tables, annotated film, history. It also
holds the limits, titles, units and cues by which it was judged, so that an old session is always
shown as it was judged, whatever a later version would decide.

In a session, an *effort* is a repetition (``Rep``), a held posture (``Hold``) or a flight of stairs
(``Flight``). Each effort has *measurements* (angles, depth, durations), each with a standard error
and a grade, and *verdicts* on its form and tempo. A measurement's definition and limits are its
*spec*.

Each field is declared with :func:`formcheck.data.declare.about`: meaning, unit, decimals, and its
column in the table of efforts. ``table="grade"`` names the column, ``table=""`` gives it the
field's own name, and a field without ``table`` has no column. Unknown numbers are ``None``. Left
and right are the person's own. Times are seconds from the first frame.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal, get_args

from formcheck.data.declare import Count, Name, Record, Text, about
from formcheck.data.settings import Settings

SCHEMA = "formcheck.session/2"
"""Name and version of the format."""

Stance = Literal["left", "right", "both"]
"""The working leg: the one that carries the body."""
STANCES: tuple[Stance, ...] = get_args(Stance)
SideName = Literal["left", "right"]
Grade = Literal["good", "watch", "fault"]
"""The band in which a measurement lies, from best to worst."""
Sureness = Literal["sure", "probably", "unclear"]
"""How sure a grade is, by its probability."""
ViewKind = Literal["front", "side", "oblique", "unknown"]
"""From where the camera sees the person; ``oblique`` is between front and side, or from behind."""
Judged = Literal["at_bottom", "change", "largest", "held", "climbed"]
"""Which number of a measurement is compared with its limits: at the lowest point, its change from
standing, its largest value; of a hold or a flight of stairs, the number that it has."""
Role = Literal["knee", "trunk", "depth", "tempo", "other"]
"""What a measurement is about. ``tempo`` measurements give the verdict on the tempo, all others
that on the form."""
DrawnAngle = Literal["", "trunk", "knee", "body"]
"""The angle that the film draws for a measurement: the trunk against the vertical, the bent knee
from the side, or the line from shoulder over hip to ankle. Empty for none."""
Course = Literal["down_up", "up_down", "held", "climbed"]
"""How an effort runs: down and up, up and down, one held posture, or one flight of stairs."""
StairsWay = Literal["up", "down"]
"""The direction of a flight of stairs."""

DESCENT, BOTTOM, ASCENT, TOP = "descent_s", "bottom_s", "ascent_s", "top_s"
"""Ids of the measurements of how long each part of a repetition took: way down, pause at the
bottom, way up, pause at the top. Only the way down is ever judged, in step-ups too."""
HELD, HELD_WELL = "hold_s", "held_well_s"
"""Ids of the measurements of how long a posture was held, and how long of that it was held well."""


class Limits(Record, frozen=True, kw_only=True):
    """Limits of the grades: good in the good range, watch in the watch range, else a fault.

    An open end is ``None``.
    """

    good_low: Annotated[float | None, about("lower end of the range that counts as good")] = None
    good_high: Annotated[float | None, about("upper end of the range that counts as good")] = None
    watch_low: Annotated[
        float | None, about("lower end of the range outside which a fault begins")
    ] = None
    watch_high: Annotated[
        float | None, about("upper end of the range outside which a fault begins")
    ] = None
    source: Annotated[Text, about("source of these limits")] = ""


class Possible(Record, frozen=True, kw_only=True):
    """Range that is possible for a body; outside it, the detected joints must be wrong."""

    low: Annotated[float, about("lowest possible value")]
    high: Annotated[float, about("highest possible value")]
    source: Annotated[Text, about("source of this range")] = ""


class MeasureSpec(Record, frozen=True, kw_only=True):
    """Definition and limits of a measurement."""

    id: Annotated[Name, about("id of the measurement; ends in its unit", table="measure")]
    title: Annotated[Text, about("name that is shown to people")]
    short_title: Annotated[Text, about("short name, for narrow columns and the film")] = ""
    unit: Annotated[Name, about("unit as it is shown: °, % or s; empty for a ratio", table="")] = ""
    decimals: Annotated[int, about("number of decimals that are shown")] = 1
    role: Annotated[
        Role,
        about(
            "part of the movement that it describes; all except `tempo` belong to the form",
            table="",
        ),
    ] = "other"
    drawn: Annotated[
        DrawnAngle, about("angle in the film that is drawn for it; empty if none is drawn")
    ] = ""
    judged: Annotated[Judged, about("which of its values is judged", table="")] = "at_bottom"
    taken_words: Annotated[
        Text, about("from where its number is taken, if not as `judged` says; otherwise empty")
    ] = ""
    limits: Annotated[Limits | None, about("limits of the grades; none if it is not judged")] = None
    views: Annotated[tuple[ViewKind, ...], about("views from which it can be measured")] = ()
    priority: Annotated[int, about("order of the cues: a lower number comes first")] = 9
    cue_high: Annotated[
        Text, about("what to tell the person when the value is above the good range")
    ] = ""
    cue_low: Annotated[
        Text, about("what to tell the person when the value is below the good range")
    ] = ""
    seen_high: Annotated[
        Text, about("how it looks when the value is above the good range, such as `knee falls in`")
    ] = ""
    seen_low: Annotated[Text, about("how it looks when the value is below the good range")] = ""
    about: Annotated[Text, about("definition, and the meaning of plus and minus")] = ""
    side: Annotated[
        SideName | None,
        about("leg that it always belongs to, as in a squat; otherwise none", table=""),
    ] = None
    neutral: Annotated[
        float, about("value from which the distance is counted for `largest`: 0, or 1 for a ratio")
    ] = 0.0
    at_depth_pct: Annotated[
        float | None,
        about(
            "for a number that is measured on the way down at a fixed depth: this depth of "
            "the hips below standing, in % of leg length; otherwise none",
            "%",
        ),
    ] = None
    at_depth_of: Annotated[
        Name | None,
        about(
            "for a number at a fixed depth: id of the measurement that it replaces when "
            "repetitions of different depth are compared"
        ),
    ] = None
    least_difference: Annotated[
        float,
        about(
            "smallest detectable difference that was published; smaller differences are "
            "never reported"
        ),
    ] = 0.0
    repeat_share: Annotated[
        float,
        about(
            "part of `sem_set` that changes when the same person is filmed again; the rest "
            "is the same in all sessions of a person and cancels in a difference"
        ),
    ] = 1.0
    more_is_better: Annotated[
        bool, about("whether a larger value is better; used for numbers that are not judged")
    ] = False
    possible: Annotated[
        Possible | None,
        about(
            "range that is possible for a body; a value outside it is refused; none if no "
            "range is known"
        ),
    ] = None

    @property
    def is_count(self) -> bool:
        """Whether it counts steps of stairs."""
        return self.judged == "climbed" and not self.unit

    @property
    def is_amount(self) -> bool:
        """Whether it says how much was done rather than how well: seconds held, all steps."""
        return self.id in (HELD, HELD_WELL) or (self.is_count and self.side is None)

    def is_possible(self, value: float | None) -> bool:
        """Return whether a body can reach a value; ``True`` for an unknown value or range."""
        if value is None or self.possible is None or math.isnan(value):
            return True
        return self.possible.low <= value <= self.possible.high


class Measurement(Record, frozen=True, kw_only=True):
    """One measured number of one repetition, or the reason why it was not measured.

    ``value`` is the number that is judged and shown everywhere. ``sem`` is its standard error: the
    part that is the same in every repetition of a set (person, camera) and the part that varies, in
    quadrature.
    """

    value: Annotated[float | None, about("the judged number", "", 3, table="")] = None
    at_bottom: Annotated[
        float | None,
        about(
            "mean at the lowest point; for a number at a fixed depth: mean at that moment "
            "on the way down",
            "",
            3,
            table="at_bottom",
        ),
    ] = None
    standing: Annotated[
        float | None, about("mean in quiet standing before the repetition", "", 3, table="standing")
    ] = None
    change: Annotated[
        float | None, about("`at_bottom` minus `standing`", "", 3, table="change")
    ] = None
    largest: Annotated[
        float | None,
        about(
            "value in the repetition that is furthest from 0 (for a ratio: from 1)",
            "",
            3,
            table="largest",
        ),
    ] = None
    sem: Annotated[float | None, about("standard error of `value`", "", 3, table="sem")] = None
    sem_set: Annotated[
        float | None,
        about(
            "part of the standard error that is the same in all repetitions of a set",
            "",
            3,
            table="sem_set",
        ),
    ] = None
    sem_rep: Annotated[
        float | None,
        about(
            "part of the standard error that varies from repetition to repetition",
            "",
            3,
            table="sem_rep",
        ),
    ] = None
    sem_yaw: Annotated[
        float | None,
        about(
            "part of `sem_set` that comes from a person who is turned away from the camera", "", 3
        ),
    ] = None
    yaw_effect: Annotated[
        float | None,
        about("change of `value` for each degree by which the person is turned", "", 3),
    ] = None
    p_good: Annotated[
        float | None, about("probability that the true value is good", "", 3, table="p_good")
    ] = None
    p_watch: Annotated[
        float | None,
        about("probability that the true value is in the range of watch", "", 3, table="p_watch"),
    ] = None
    p_fault: Annotated[
        float | None, about("probability that the true value is a fault", "", 3, table="p_fault")
    ] = None
    grade: Annotated[
        Grade | None,
        about("grade whose range contains `value`; none if it is not judged", table="grade"),
    ] = None
    sure: Annotated[
        Sureness | None,
        about(
            "how certain the grade is: `sure` from a probability of 0.9 on, `probably` from "
            "0.65 on, otherwise `unclear`",
            table="sure",
        ),
    ] = None
    or_else: Annotated[
        Grade | None,
        about("the second most likely grade, if the grade is unclear", table="or_else"),
    ] = None
    cue: Annotated[Text, about("what to tell the person; empty for a good grade", table="cue")] = ""
    at_s: Annotated[
        float | None, about("time at which the value was furthest beyond the limit", "s", 3)
    ] = None
    not_measured: Annotated[
        Text | None, about("reason why it was not measured; otherwise empty", table="not_measured")
    ] = None


class Verdict(Record, frozen=True, kw_only=True):
    """The verdict on the form or the tempo of a repetition or a set: a grade, and its certainty.

    The grade is the worst one among the judged measurements, and ``decided_by`` names that
    measurement: number, colour and cue of the verdict are those of one measurement. ``p_good`` is
    the probability that all are good (a product), ``p_fault`` that at least one is a fault. These
    are about all measurements together and do not say how sure a watch or fault is; so ``p_watch``
    and ``p_fault`` are no columns of the table.
    """

    grade: Annotated[
        Grade | None,
        about(
            "worst grade of all judged measurements; none if nothing could be judged", table="grade"
        ),
    ] = None
    sure: Annotated[
        Sureness | None,
        about(
            "how certain the grade is: from `p_good` if it is good, otherwise from the "
            "measurement that decided it",
            table="sure",
        ),
    ] = None
    or_else: Annotated[
        Grade | None,
        about("the second most likely grade, if the grade is unclear", table="or_else"),
    ] = None
    p_good: Annotated[
        float | None,
        about("probability that all judged measurements are good", "", 3, table="p_good"),
    ] = None
    p_watch: Annotated[
        float | None,
        about("probability that not all measurements are good, but none is a fault", "", 3),
    ] = None
    p_fault: Annotated[
        float | None, about("probability that at least one measurement is a fault", "", 3)
    ] = None
    complete: Annotated[
        bool,
        about(
            "whether everything that is judged from this view was measured; if not, a good "
            "grade means good as far as seen, and does not count as good",
            table="complete",
        ),
    ] = True
    decided_by: Annotated[
        Name | None, about("id of the measurement that decided the grade", table="decided_by")
    ] = None
    cue: Annotated[Text, about("what to tell the person; empty for a good grade", table="cue")] = ""
    at_s: Annotated[
        float | None,
        about("time at which the deciding value was furthest beyond the limit", "s", 3),
    ] = None
    not_seen: Annotated[
        tuple[Name, ...],
        about("ids of the measurements that are judged from this view, but could not be measured"),
    ] = ()


class View(Record, frozen=True, kw_only=True):
    """View of the camera, and how the person stands to it."""

    kind: Annotated[
        ViewKind,
        about(
            "view of the camera: `front`, `side`, `oblique` (between the two, or from "
            "behind) or `unknown`",
            table="view",
        ),
    ] = "unknown"
    yaw_deg: Annotated[
        float | None,
        about(
            "turn of the person: 0 when facing the camera, + when turned to their own left",
            "°",
            2,
            table="",
        ),
    ] = None
    yaw_sem_deg: Annotated[float | None, about("standard error of the yaw", "°", 2)] = None
    roll_deg: Annotated[
        float | None,
        about("tilt of the camera, + when things in the picture lean clockwise", "°", 2),
    ] = None
    roll_sem_deg: Annotated[float | None, about("standard error of the tilt", "°", 2)] = None
    distance_heights: Annotated[
        float | None, about("distance to the camera in body heights", "", 2)
    ] = None
    offset_deg: Annotated[
        float | None,
        about("angle between the middle of the picture and the person, + to the right", "°", 2),
    ] = None
    stance_offset_deg: Annotated[
        float | None,
        about(
            "angle between the middle of the picture and the working foot, + to the right", "°", 2
        ),
    ] = None
    near_side: Annotated[
        SideName | None, about("side of the body that is nearer to the camera; none from the front")
    ] = None
    warnings: Annotated[
        tuple[Text, ...],
        about("what makes the numbers less accurate in this set-up, and how to film better"),
    ] = ()


class ItemScore(Record, frozen=True, kw_only=True):
    """Score of one item of a clinical scale in one repetition."""

    item: Annotated[Name, about("id of the item")]
    points: Annotated[
        Count | None, about("points that are certain; none if the item was not visible", table="")
    ]
    at_most: Annotated[
        Count | None,
        about(
            "highest possible points; more than `points` if the item is unclear", table="at_most"
        ),
    ]
    reason: Annotated[
        Text, about("what was found, or why the item was not visible", table="reason")
    ]


class ScaleScore(Record, frozen=True, kw_only=True):
    """Score of a clinical scale in one repetition, and what was not visible."""

    scale: Annotated[Name, about("id of the scale")]
    items: Annotated[tuple[ItemScore, ...], about("all items, in the order of the scale")]
    # Four sums of points; more points are worse. Of the visible items:
    # - seen_points: what they certainly have;
    # - seen_points_at_most: what they have if every unclear item has its most;
    # - possible_points_seen: what they would have if all were as bad as can be: "2 of 4".
    # Of the items that were not visible:
    # - unseen_points: what they would have if all were as bad as can be.
    # So the score of all items is between seen_points and seen_points_at_most + unseen_points.
    seen_points: Annotated[Count, about("sum of the certain points of the visible items", table="")]
    seen_points_at_most: Annotated[
        Count, about("highest possible sum of the points of the visible items", table="")
    ]
    possible_points_seen: Annotated[
        Count, about("highest sum that the visible items can give", table="")
    ]
    unseen_points: Annotated[
        Count, about("highest sum that the items that were not visible could add", table="")
    ]
    unseen: Annotated[
        tuple[Name, ...], about("ids of the items that were not visible", table="")
    ] = ()
    grade: Annotated[
        Text | None,
        about(
            "grade in the words of the scale; none if unclear or not visible items could change it",
            table="",
        ),
    ] = None


class ScaleItemSpec(Record, frozen=True, kw_only=True):
    """Definition of one item of a clinical scale."""

    id: Annotated[Name, about("id of the item")]
    title: Annotated[Text, about("name that is shown to people")]
    points: Annotated[Count, about("highest number of points that it can give")]
    about: Annotated[Text, about("in which case it gives its points")] = ""


class ScaleSpec(Record, frozen=True, kw_only=True):
    """Definition of a clinical scale by which repetitions were scored."""

    id: Annotated[Name, about("id of the scale")]
    title: Annotated[Text, about("name that is shown to people")]
    items: Annotated[tuple[ScaleItemSpec, ...], about("in the order of the scale")]
    source: Annotated[Text, about("source of the scale")] = ""


class Rep(Record, frozen=True, kw_only=True, tag="rep", tag_field="kind"):
    """One repetition."""

    index: Annotated[
        Count, about("number of the repetition, hold or flight of stairs, from 1", table="")
    ]
    set_index: Annotated[Count, about("number of the set, from 1", table="")] = 1
    stance_side: Annotated[
        Stance, about("working leg; `both` if both work, as in a squat", table="")
    ]
    stance_sure: Annotated[bool, about("whether the working leg is certain", table="")] = True
    start_s: Annotated[float, about("time at which it starts", "s", 3, table="")]
    lowest_s: Annotated[float, about("time at which the hips were lowest", "s", 3, table="")]
    end_s: Annotated[float, about("time at which it ends", "s", 3, table="")]
    events: Annotated[
        Mapping[Name, float | None],
        about(
            "time of the start and the end of each phase; none if the film does not show it", "s", 3
        ),
    ]
    form: Annotated[Verdict, about("verdict on the form", table="form")] = Verdict()
    tempo: Annotated[
        Verdict, about("verdict on the tempo: how fast the way down was", table="tempo")
    ] = Verdict()
    measurements: Annotated[
        Mapping[Name, Measurement], about("all measurements by their id, also the durations")
    ]
    view: Annotated[View, about("view of the camera in this repetition")] = View()
    scale: Annotated[ScaleScore | None, about("clinical scale; none if the exercise has none")] = (
        None
    )
    series: Annotated[
        Mapping[Name, list[float | None]],
        about("time (`t_s`) and time series of each measurement in the repetition", "", 3),
    ] = {}
    notes: Annotated[tuple[Text, ...], about("remarks in words", table="notes")] = ()
    still: Annotated[Text | None, about("file with the picture of the lowest point")] = None

    name: ClassVar[str] = "rep"
    full_name: ClassVar[str] = "repetition"
    """Its word before a number, as in ``rep 2``, and its word in a sentence."""

    @property
    def part(self) -> str:
        """The working side: the group in which it is counted and compared with others."""
        return self.stance_side


class Hold(Rep, frozen=True, kw_only=True, tag="hold", tag_field="kind"):
    """One hold: a position that was kept for some time, such as a plank.

    It has the record of a repetition: `events` are its begin and end, `lowest_s` is when the
    posture was furthest from good, and no tempo is judged.
    """

    name: ClassVar[str] = "hold"
    full_name: ClassVar[str] = "hold"


class Step(Record, frozen=True, kw_only=True):
    """One step on stairs: a foot that was set down on a new step."""

    side: Annotated[SideName, about("foot that was set down")]
    t_s: Annotated[float, about("time at which it was set down", "s", 3)]


class Flight(Rep, frozen=True, kw_only=True, tag="flight", tag_field="kind"):
    """One flight: a way up or down stairs.

    It has the record of a repetition: `events` are its begin and end, both legs carry, `lowest_s`
    is when the trunk leaned furthest, and no tempo is judged.
    """

    way: Annotated[StairsWay, about("direction on the stairs", table="")]
    steps: Annotated[
        tuple[Step, ...], about("each time that a foot was set down on a new step")
    ] = ()

    name: ClassVar[str] = "flight"
    full_name: ClassVar[str] = "flight"

    @property
    def part(self) -> str:
        """Up or down: the group in which it is counted and compared with others."""
        return self.way


RECORDS: Mapping[str, type[Rep]] = {"reps": Rep, "holds": Hold, "flights": Flight}
"""The type of record of an effort, by the kind of its exercise."""


def side_words(side: Stance, *, is_held: bool) -> str:
    """Name the working side, as in ``left leg`` for a repetition or ``left side`` for a hold."""
    if side == "both":
        return "whole body" if is_held else "both legs"
    return f"{side} {'side' if is_held else 'leg'}"


def judges_tempo(specs: Iterable[MeasureSpec]) -> bool:
    """Return whether any duration has limits; otherwise durations are measured but not judged."""
    return any(spec.role == "tempo" and spec.limits is not None for spec in specs)


class ExerciseInfo(Record, frozen=True, kw_only=True):
    """The exercise of a session, with the limits by which it was judged."""

    id: Annotated[Name, about("id of the exercise", table="exercise")]
    title: Annotated[Text, about("name that is shown to people")]
    kind: Annotated[Name, about("`reps`, `holds` or `flights`")] = "reps"
    order: Annotated[
        Course,
        about(
            "order of the phases: `down_up` if a repetition begins with the way down, "
            "`up_down` if with the way up, `held` for a hold, `climbed` for stairs"
        ),
    ] = "down_up"
    # Not a ``Stance``, but how the working leg is found. ``planted``: by the foot that stays where
    # it is; ``lower``: by the foot that is lower in standing; ``both``: both feet carry.
    stance: Annotated[Name, about("rule by which the working leg is found")] = "planted"
    target_descent_s: Annotated[float, about("target time of the way down", "s", 2)] = 3.0
    has_step: Annotated[bool, about("whether the exercise is done on a step")] = False
    family: Annotated[Name, about("name of a group of exercises that train the same")] = ""
    easier: Annotated[Name | None, about("id of the easier exercise; none if there is none")] = None
    harder: Annotated[Name | None, about("id of the harder exercise; none if there is none")] = None
    load: Annotated[bool, about("whether weight is added when the exercise becomes easy")] = True
    specs: Annotated[
        tuple[MeasureSpec, ...],
        about("all measurements of the exercise, with the limits by which they were judged"),
    ] = ()
    scale: Annotated[ScaleSpec | None, about("clinical scale; none if the exercise has none")] = (
        None
    )

    def spec(self, measure_id: str) -> MeasureSpec:
        """Return the spec of a measurement; raises ``KeyError`` when there is none."""
        for spec in self.specs:
            if spec.id == measure_id:
                return spec
        raise KeyError(measure_id)

    @property
    def effort(self) -> str:
        """The word for one effort: repetition, hold or flight."""
        return self.record.full_name

    @property
    def record(self) -> type[Rep]:
        """The type of record of one effort."""
        return RECORDS.get(self.kind, Rep)

    @property
    def side_title(self) -> str:
        """Heading of the column with the leg, side or way of an effort; empty without one."""
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
        """The word for one effort before a number, as in ``rep 2``."""
        return self.record.name

    @property
    def judges_tempo(self) -> bool:
        """Whether the tempo is judged, because the exercise or the user asks for it."""
        return judges_tempo(self.specs)


class Source(Record, frozen=True, kw_only=True):
    """Facts about the film or the camera."""

    kind: Annotated[
        Literal["video", "camera", "poses"],
        about("kind of source: a film, a camera, or joint positions of another program"),
    ]
    name: Annotated[
        Text,
        about("name of the film's file without its folder, or name of the camera", table="film"),
    ]
    width: Annotated[Count, about("size of the upright picture", "px")]
    height: Annotated[Count, about("size of the upright picture", "px")]
    duration_s: Annotated[float | None, about("duration to the end of the last frame", "s", 3)] = (
        None
    )
    frames: Annotated[Count, about("number of frames that were read")] = 0
    frames_dropped: Annotated[Count, about("number of frames that were lost")] = 0
    frame_rate_hz: Annotated[
        float | None, about("median frame rate in real time, with slow motion considered", "Hz", 3)
    ] = None
    variable_frame_rate: Annotated[
        bool, about("whether the frame rate varies by a tenth or more")
    ] = False
    rotation_deg: Annotated[int, about("clockwise turn that the file requires", "°")] = 0
    turn_deg: Annotated[
        int, about("further clockwise turn, found automatically or chosen by the user", "°")
    ] = 0
    mirrored: Annotated[bool, about("whether the user said that left and right are swapped")] = (
        False
    )
    slow_motion: Annotated[float, about("how many times slower the film plays", "", 3)] = 1.0
    expected_frames: Annotated[Count | None, about("number of frames according to the file")] = None
    warnings: Annotated[tuple[Text, ...], about("problems of the film")] = ()
    sha256: Annotated[Text | None, about("SHA-256 checksum of the film; none for a camera")] = None


class Provenance(Record, frozen=True, kw_only=True):
    """Origin of the session: version, pose model and settings with which it was measured."""

    version: Annotated[Text, about("version of formcheck")]
    model: Annotated[Text, about("name of the pose model")]
    model_sha256: Annotated[Text, about("SHA-256 checksum of the model's file")]
    settings: Annotated[Settings, about("all settings that were used")] = Settings()
    looks: Annotated[Count | None, about("number of frames that the pose model analyzed")] = None
    frames_with_person: Annotated[
        Count, about("number of analyzed frames in which the person was seen")
    ] = 0


class Training(Record, frozen=True, kw_only=True):
    """Facts about the training that a film cannot show, as the person entered them."""

    date: Annotated[Text | None, about("day of the session, YYYY-MM-DD", table="")] = None
    step_height_cm: Annotated[float | None, about("height of the step", "cm", 1, table="")] = None
    load_kg: Annotated[
        float | None, about("weight in the hands; 0 for none", "kg", 2, table="")
    ] = None
    pain: Annotated[
        Count | None, about("worst pain during the session, from 0 to 10", "", table="")
    ] = None
    target_hold_s: Annotated[float | None, about("target time of a hold", "s", 1, table="")] = None


class Note(Record, frozen=True, kw_only=True):
    """A remark in words, and its kind."""

    kind: Annotated[
        Name,
        about("`recognised`, `leg_unsure`, `ignored`, `slow_motion`, `interrupted`, `general`, …"),
    ]
    text: Annotated[Text, about("the remark in words")]


class Tally(Record, frozen=True, kw_only=True):
    """Number of repetitions with each grade."""

    good: Annotated[
        Count, about("number that are good, with everything measured that is judged")
    ] = 0
    partly: Annotated[
        Count, about("number that are good as far as seen; they do not count as good")
    ] = 0
    watch: Annotated[Count, about("number with the grade watch")] = 0
    fault: Annotated[Count, about("number with the grade fault")] = 0
    not_judged: Annotated[Count, about("number that could not be judged")] = 0

    @property
    def judged(self) -> int:
        """Number of repetitions that have a grade."""
        return self.good + self.partly + self.watch + self.fault


class Pooled(Record, frozen=True, kw_only=True):
    """Mean of one measurement over all repetitions of one leg."""

    measure: Annotated[Name, about("id of the measurement")]
    side: Annotated[Stance, about("working leg")]
    count: Annotated[Count, about("number of repetitions in which it was measured")]
    value: Annotated[float | None, about("mean of the judged values", "", 3)] = None
    at_bottom: Annotated[float | None, about("mean at the lowest point", "", 3)] = None
    sem: Annotated[float | None, about("standard error of `value`", "", 3)] = None
    p_good: Annotated[float | None, about("probability that the true value is good", "", 3)] = None
    p_watch: Annotated[
        float | None, about("probability that the true value is in the range of watch", "", 3)
    ] = None
    p_fault: Annotated[float | None, about("probability that the true value is a fault", "", 3)] = (
        None
    )
    grade: Annotated[Grade | None, about("grade whose range contains `value`")] = None
    sure: Annotated[Sureness | None, about("how certain the grade is")] = None
    or_else: Annotated[
        Grade | None, about("the second most likely grade, if the grade is unclear")
    ] = None
    cue: Annotated[Text, about("what to tell the person; empty for a good grade")] = ""
    reps: Annotated[
        tuple[Count, ...], about("numbers of the repetitions in which it is not good")
    ] = ()


class Advice(Record, frozen=True, kw_only=True):
    """One thing to change next time."""

    cue: Annotated[Text, about("text of the cue")]
    measure: Annotated[Name, about("id of the measurement for which it is given")]
    sure: Annotated[
        Sureness, about("how certain it is that at least one repetition needs this advice")
    ]
    reps: Annotated[tuple[Count, ...], about("numbers of the repetitions that need this advice")]


class Summary(Record, frozen=True, kw_only=True):
    """Counts and verdicts of the session."""

    reps_by_side: Annotated[
        Mapping[Name, Count], about("number of repetitions of each working leg")
    ] = {}
    form: Annotated[Tally, about("number of repetitions with each grade of the form")] = Tally()
    tempo: Annotated[
        Tally,
        about(
            "number of repetitions with each grade of the tempo; all 0 if the tempo is not judged"
        ),
    ] = Tally()
    form_by_side: Annotated[
        Mapping[Name, Tally], about("the same as `form`, for each working leg")
    ] = {}
    tempo_by_side: Annotated[
        Mapping[Name, Tally], about("the same as `tempo`, for each working leg")
    ] = {}
    pooled: Annotated[
        tuple[Pooled, ...], about("mean of each measurement over the session, for each leg")
    ] = ()
    advice: Annotated[
        tuple[Advice, ...],
        about("what to change next time: at most two pieces of advice, the most important first"),
    ] = ()
    not_measured: Annotated[
        Mapping[Name, Text], about("reason why a measurement is missing in some or all repetitions")
    ] = {}


class Cue(Record, frozen=True, kw_only=True):
    """A cue that was given during a live session; it is provisional."""

    measure: Annotated[Name, about("id of the measurement for which it was given")]
    text: Annotated[Text, about("text of the cue")]
    t_s: Annotated[float, about("time at which the reason for the cue happened", "s", 3)]
    decided_t_s: Annotated[float, about("time at which the cue was given", "s", 3)]
    praise: Annotated[bool, about("whether the cue is praise")] = False


Effort = Rep | Hold | Flight
"""What a session consists of: repetitions, holds or flights of stairs."""


class Session(Record, frozen=True, kw_only=True):
    """All results of one session; every output is made from it."""

    schema: Annotated[Name, about("name and version of this format")] = SCHEMA
    created: Annotated[Text, about("time of the analysis, ISO 8601 with time zone", table="")]
    person: Annotated[Text, about("name of the person; empty if none was given", table="")] = ""
    group: Annotated[
        Name, about("id that is the same for all sessions of one guided session; otherwise empty")
    ] = ""
    source: Annotated[Source, about("facts about the film or the camera")]
    view: Annotated[View, about("view of the camera in most repetitions")] = View()
    provenance: Annotated[Provenance, about("version of formcheck, pose model and settings")]
    exercise: Annotated[ExerciseInfo, about("the exercise, with the limits by which it was judged")]
    training: Annotated[Training, about("what the person entered about the training")] = Training()
    efforts: Annotated[tuple[Effort, ...], about("repetitions, holds or flights, in order")] = ()
    series: Annotated[
        Mapping[Name, list[Any]],
        about(
            "time series over all analyzed frames: `t_s`, `phase`, `rep`, `stance_side`, "
            "`people`, `depth`, the final values by their id, and the live values as "
            "`live_` with the id; empty in repetitions in which the measurement is missing",
            "",
            3,
        ),
    ] = {}
    summary: Annotated[Summary, about("counts and verdicts of the session")] = Summary()
    cues: Annotated[tuple[Cue, ...], about("cues that were given during a live session")] = ()
    notes: Annotated[tuple[Note, ...], about("remarks in words")] = ()
    complete: Annotated[bool, about("whether the film was analyzed to its end")] = True

    @property
    def day(self) -> str:
        """The day it was done, ``YYYY-MM-DD``: the one that was entered, else of the analysis."""
        return (self.training.date or self.created)[:10]

    @property
    def reps(self) -> tuple[Rep, ...]:
        """The efforts, under the name that most of the code uses."""
        return self.efforts

    @property
    def specs(self) -> tuple[MeasureSpec, ...]:
        """The definitions of all measurements, with their limits."""
        return self.exercise.specs
