"""Sessions made by hand, for the tests of everything that shows or keeps a session.

Only declarations and the one grader are used: what is judged here is judged as in the package.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from formcheck.data.session import (
    DESCENT,
    HELD,
    HELD_WELL,
    ExerciseInfo,
    Hold,
    ItemScore,
    Limits,
    Measurement,
    MeasureSpec,
    Note,
    Provenance,
    Rep,
    ScaleItemSpec,
    ScaleScore,
    ScaleSpec,
    Session,
    Source,
    Stance,
    Training,
    View,
)
from formcheck.motion.verdicts import form_of, judged, summarize, tempo_of

CREATED = "2026-03-14T09:26:53+01:00"
DURATION_S = 6.0
"""From the start of one repetition to the start of the next."""

OBLIQUE_REASON = "the camera stands at 38°; face it for the knee"
HIDDEN_REASON = "this view does not show it"
UNTIMED_REASON = "the video does not show where it starts and ends"

KNEE = MeasureSpec(
    id="knee_fppa_deg",
    title="Knee valgus",
    short_title="Knee",
    unit="°",
    role="knee",
    judged="change",
    limits=Limits(
        good_low=-8.0, good_high=8.0, watch_low=-13.0, watch_high=13.0, source="Munro 2012"
    ),
    views=("front",),
    priority=1,
    cue_high="Push the knee out over the little toe",
    cue_low="Bring the knee in over the second toe",
    seen_high="knee falls in",
    seen_low="knee goes out",
    least_difference=9.0,
)
LEAN = MeasureSpec(
    id="trunk_lean_deg",
    title="Trunk lean",
    short_title="Lean",
    unit="°",
    role="trunk",
    judged="largest",
    limits=Limits(
        good_low=-6.0, good_high=6.0, watch_low=-10.0, watch_high=10.0, source="Uplift Labs"
    ),
    views=("front",),
    priority=2,
    cue_high="Keep the chest over the hips",
    cue_low="Keep the chest over the hips",
    seen_high="trunk leans sideways",
    seen_low="trunk leans sideways",
)
FORWARD = MeasureSpec(
    id="trunk_flexion_deg",
    title="Forward lean",
    unit="°",
    role="trunk",
    judged="largest",
    limits=Limits(
        good_low=-5.0, good_high=25.0, watch_low=-10.0, watch_high=35.0, source="Lewis 2015"
    ),
    views=("side", "oblique"),
    priority=2,
    cue_high="Chest up, stay tall",
    cue_low="Do not lean back",
    seen_high="trunk leans too far forward",
    seen_low="leans back",
)
GAP = MeasureSpec(
    id="kasr",
    title="Knee distance ÷ ankle distance",
    decimals=2,
    role="knee",
    limits=Limits(good_low=0.85, watch_low=0.7, source="ours"),
    views=("front",),
    priority=1,
    cue_low="Push the knees out over the toes",
    seen_low="knees fall in",
    neutral=1.0,
)
DEPTH = MeasureSpec(
    id="depth", title="Depth", unit="%", role="depth", views=("front", "side", "oblique")
)
TEMPO = (
    MeasureSpec(
        id=DESCENT,
        title="Way down",
        unit="s",
        role="tempo",
        limits=Limits(good_low=2.0, watch_low=1.0, source="training practice"),
        priority=3,
        cue_low="Go down more slowly, count to three",
        seen_low="too fast",
    ),
    MeasureSpec(id="bottom_s", title="Bottom", unit="s", role="tempo"),
    MeasureSpec(id="ascent_s", title="Way up", unit="s", role="tempo"),
)
SCALE = ScaleSpec(
    id="lateral_step_down_scale",
    title="Lateral step-down scale, 0 to 6",
    items=(
        ScaleItemSpec(id="trunk", title="Trunk", points=1, about="The trunk leans."),
        ScaleItemSpec(id="pelvis", title="Pelvis", points=1, about="The pelvis drops."),
        ScaleItemSpec(id="knee", title="Knee", points=2, about="The knee comes in."),
    ),
    source="Piva 2006",
)
STEP_DOWN = ExerciseInfo(
    id="step_down",
    title="Step-down",
    has_step=True,
    specs=(KNEE, LEAN, FORWARD, DEPTH, *TEMPO),
    scale=SCALE,
)
STEP_UP = ExerciseInfo(
    id="step_up",
    title="Slow step-up",
    order="up_down",
    has_step=True,
    specs=(KNEE, LEAN, DEPTH, *TEMPO),
)
LINE = MeasureSpec(
    id="body_line_deg",
    title="Body line",
    unit="°",
    role="trunk",
    drawn="body",
    judged="held",
    limits=Limits(good_low=-30.0, good_high=10.0, watch_low=-45.0, watch_high=20.0, source="ours"),
    views=("side",),
    priority=1,
    cue_high="Hips up a little",
    seen_high="hips too low",
)
PLANK = ExerciseInfo(
    id="plank",
    title="Plank",
    kind="holds",
    order="held",
    stance="both",
    specs=(
        LINE,
        MeasureSpec(id=HELD, title="Time held", unit="s", role="tempo", judged="held"),
        MeasureSpec(id=HELD_WELL, title="Time held well", unit="s", role="tempo", judged="held"),
    ),
)
SQUAT = ExerciseInfo(id="squat", title="Air squat", stance="both", specs=(GAP, LEAN, DEPTH, *TEMPO))

FRONT = View(kind="front", yaw_deg=3.0, yaw_sem_deg=1.2, roll_deg=0.4, distance_heights=1.9)
SIDE = View(kind="side", yaw_deg=90.0, distance_heights=1.9, near_side="left")
OBLIQUE = View(
    kind="oblique",
    yaw_deg=38.0,
    yaw_sem_deg=2.5,
    distance_heights=1.9,
    near_side="right",
    warnings=("The camera stands at an angle of 38°. Face it, or stand side-on.",),
)


def make_rep(
    index: int,
    exercise: ExerciseInfo = STEP_DOWN,
    *,
    side: Stance = "left",
    view: View = FRONT,
    refused: Mapping[str, str] | None = None,
    descent_s: float | None = 2.6,
    scale: ScaleScore | None = None,
    **values: float,
) -> Rep:
    """One repetition that measured ``values`` (by id) and refused the ids in ``refused``."""
    start_s = 1.0 + (index - 1) * DURATION_S
    down_s = 2.6 if descent_s is None else descent_s
    names = {
        "down_up": ("descent_start_s", "bottom_start_s", "bottom_end_s", "ascent_end_s"),
        "up_down": ("ascent_start_s", "top_start_s", "descent_start_s", "descent_end_s"),
    }[exercise.order]
    parts = (0.0, down_s, down_s + 0.4, down_s + 1.5)
    if exercise.order == "up_down":
        parts = (0.0, 1.1, 1.5, 1.5 + down_s)
    times = [round(start_s + part, 3) for part in parts]
    lowest_s = round(times[-1] - 0.1 if exercise.order == "up_down" else times[1] + 0.2, 3)
    refused = dict(refused or {})
    if descent_s is None:
        refused[DESCENT] = UNTIMED_REASON
    else:
        values = {**values, DESCENT: descent_s}
    values = {**values, "bottom_s": 0.4, "ascent_s": 1.1}
    t_s = np.round(np.arange(start_s, start_s + 4.2, 0.1), 3)
    shape = np.exp(-(((t_s - lowest_s) / 0.9) ** 2))
    measurements: dict[str, Measurement] = {}
    series: dict[str, list[float | None]] = {"t_s": t_s.tolist()}
    for spec in exercise.specs:
        if spec.id in refused:
            measurements[spec.id] = Measurement(not_measured=refused[spec.id])
            continue
        if spec.id not in values:
            measurements[spec.id] = Measurement(not_measured=HIDDEN_REASON)
            continue
        measurements[spec.id] = _measured(spec, values[spec.id], lowest_s)
        if spec.role != "tempo":
            standing = measurements[spec.id].standing or 0.0
            series[spec.id] = [standing + y for y in (values[spec.id] * shape).tolist()]
    rep = Rep(
        index=index,
        stance_side=side,
        start_s=start_s,
        lowest_s=lowest_s,
        end_s=times[-1],
        events=dict(zip(names, times, strict=True)),
        measurements=measurements,
        view=view,
        scale=scale,
        series=series,
    )
    return msgspec.structs.replace(
        rep, form=form_of(rep, exercise.specs), tempo=tempo_of(rep, exercise.specs)
    )


def make_hold(index: int, line_deg: float, held_s: float = 4.0) -> Hold:
    """One plank with this body line; it was held well when the line is in its good band."""
    start_s = 1.0 + (index - 1) * DURATION_S
    end_s = start_s + held_s
    lowest_s = round(start_s + held_s / 2.0, 3)
    well_s = held_s if line_deg <= 10.0 else 0.0
    values = {LINE.id: line_deg, HELD: held_s, HELD_WELL: well_s}
    t_s = np.round(np.arange(start_s, end_s + 0.05, 0.1), 3).tolist()
    hold = Hold(
        index=index,
        stance_side="both",
        start_s=start_s,
        lowest_s=lowest_s,
        end_s=end_s,
        events={"hold_start_s": start_s, "hold_end_s": end_s},
        measurements={spec.id: _measured(spec, values[spec.id], lowest_s) for spec in PLANK.specs},
        view=SIDE,
        series={"t_s": t_s, LINE.id: [line_deg] * len(t_s)},
    )
    return msgspec.structs.replace(
        hold, form=form_of(hold, PLANK.specs), tempo=tempo_of(hold, PLANK.specs)
    )


def _measured(spec: MeasureSpec, value: float, lowest_s: float) -> Measurement:
    sem_set, sem_rep = {"s": (0.0, 0.06), "": (0.03, 0.02)}.get(spec.unit, (1.2, 0.8))
    standing = 2.0 if spec.judged == "change" else 0.0
    bottom = value + standing if spec.judged == "change" else value
    if spec.judged == "largest":
        bottom = 0.8 * value
    found = Measurement(
        value=value,
        at_bottom=bottom,
        standing=standing,
        change=bottom - standing,
        largest=value if spec.judged == "largest" else bottom,
        sem=math.hypot(sem_set, sem_rep),
        sem_set=sem_set,
        sem_rep=sem_rep,
    )
    return judged(found, spec, lowest_s)


def make_session(
    reps: Sequence[Rep], exercise: ExerciseInfo = STEP_DOWN, *, view: View = FRONT, **more: Any
) -> Session:
    """A session of these repetitions, summed up as the package does."""
    end_s = 2.0 + max((rep.end_s for rep in reps), default=8.0)
    t_s = np.round(np.arange(0.0, end_s, 0.1), 3)
    depth = np.zeros(len(t_s))
    index = np.zeros(len(t_s), dtype=int)
    for rep in reps:
        depth += 14.0 * np.exp(-(((t_s - rep.lowest_s) / 0.9) ** 2))
        index[(t_s >= rep.start_s) & (t_s <= rep.end_s)] = rep.index
    return Session(
        created=CREATED,
        source=Source(
            kind="video",
            name="film.mp4",
            width=1280,
            height=720,
            duration_s=end_s,
            frames=len(t_s),
            frame_rate_hz=30.0,
        ),
        view=view,
        provenance=Provenance(
            version="0.2.0",
            model="pose_landmarker_full",
            model_sha256="4eaa5eb7a98365221087693fcc286334cf0858e2eb6e15b506aa4a7ecdcec4ad",
            frames_with_person=len(t_s),
        ),
        exercise=exercise,
        efforts=tuple(reps),
        series={
            "t_s": t_s.tolist(),
            "phase": ["standing"] * len(t_s),
            "rep": index.tolist(),
            "stance_side": [""] * len(t_s),
            "people": [1] * len(t_s),
            "depth": [None] * len(t_s) if exercise.is_held else depth.tolist(),
        },
        summary=summarize(reps, exercise.specs),
        **more,
    )


def good_set() -> Session:
    """Four good repetitions on the left leg, one person."""
    reps = [
        make_rep(n, knee_fppa_deg=knee, trunk_lean_deg=1.5, depth=14.0, scale=scale_score(0, 0))
        for n, knee in enumerate((2.0, 1.0, 3.0, 2.5), 1)
    ]
    return make_session(reps, person="Person A", training=Training(step_height_cm=10.0, pain=3))


def poor_two_leg_set() -> Session:
    """Good, doubtful and faulty repetitions on both legs, tempo too; one knee was refused."""
    rows: list[dict[str, Any]] = [
        {"knee_fppa_deg": 2.04, "trunk_lean_deg": 1.54},  # differences that rounding would change
        {"knee_fppa_deg": 8.4, "trunk_lean_deg": 2.0},
        {"knee_fppa_deg": 19.5, "trunk_lean_deg": 3.0, "descent_s": 0.8},
        {"knee_fppa_deg": 17.96, "trunk_lean_deg": 7.46, "descent_s": 1.96},
        {"knee_fppa_deg": -1.0, "trunk_lean_deg": -14.0, "descent_s": 1.4},
        {"trunk_lean_deg": 1.0, "refused": {KNEE.id: "the foot left the picture"}},
        {"knee_fppa_deg": 1.0, "trunk_lean_deg": -2.0, "descent_s": None},
    ]
    reps = [
        make_rep(
            n, side="left" if n <= 4 else "right", depth=14.0, scale=scale_score(n % 3, 1), **row
        )
        for n, row in enumerate(rows, 1)
    ]
    notes = (Note(kind="general", text="One repetition at the end was cut off."),)
    return make_session(reps, person="Person A", notes=notes)


def oblique_set() -> Session:
    """The camera at an angle: the knee is refused everywhere, and no tempo was timed."""
    refused = {KNEE.id: OBLIQUE_REASON, LEAN.id: OBLIQUE_REASON}
    reps = [
        make_rep(
            n, view=OBLIQUE, refused=refused, descent_s=None, trunk_flexion_deg=lean, depth=12.0
        )
        for n, lean in enumerate((12.0, 26.0, 15.0), 1)
    ]
    return make_session(reps, view=OBLIQUE)


def no_reps() -> Session:
    """A film without a repetition."""
    return make_session([], view=View())


def step_up_set() -> Session:
    """Three step-ups on the right leg, all lowered too fast."""
    reps = [
        make_rep(
            n,
            STEP_UP,
            side="right",
            knee_fppa_deg=knee,
            trunk_lean_deg=2.0,
            depth=15.0,
            descent_s=0.7,
        )
        for n, knee in enumerate((2.0, 3.0, 16.5), 1)
    ]
    return make_session(reps, STEP_UP)


def squat_set() -> Session:
    """Three squats on both legs."""
    reps = [
        make_rep(n, SQUAT, side="both", kasr=gap, trunk_lean_deg=1.0, depth=35.0, descent_s=2.2)
        for n, gap in enumerate((1.02, 0.86, 0.62), 1)
    ]
    return make_session(reps, SQUAT)


def plank_set() -> Session:
    """Three planks: a straight one, one close to the limit, and one whose hips are too low."""
    holds = [make_hold(n, line_deg) for n, line_deg in enumerate((-4.0, 10.6, 17.2), 1)]
    return make_session(holds, PLANK, view=SIDE)


def hostile(text: str) -> Session:
    """A session in which every text that comes from outside is this one."""
    rep = make_rep(1, knee_fppa_deg=1.0, refused={"trunk_lean_deg": text})
    session = make_session([msgspec.structs.replace(rep, notes=(text,))])
    return msgspec.structs.replace(
        session,
        created=text,
        person=text,
        view=View(kind="front", warnings=(text,)),
        source=msgspec.structs.replace(session.source, name=text, warnings=(text,)),
        notes=(Note(kind="general", text=text),),
        training=Training(date=text),
        exercise=msgspec.structs.replace(session.exercise, title=text),
    )


def scale_score(trunk: int, knee: int) -> ScaleScore:
    """Trunk and knee were visible, the pelvis was not."""
    trunk = min(trunk, 1)
    return ScaleScore(
        scale=SCALE.id,
        items=(
            ItemScore(item="trunk", points=trunk, at_most=trunk, reason="largest lean 3°"),
            ItemScore(item="pelvis", points=None, at_most=None, reason="the hips hardly show it"),
            ItemScore(item="knee", points=knee, at_most=knee + 1, reason="close to the limit"),
        ),
        seen_points=trunk + knee,
        seen_points_at_most=trunk + knee + 1,
        possible_points_seen=3,
        unseen_points=1,
        unseen=("pelvis",),
        grade=None,
    )


EXAMPLES = {
    "good": good_set,
    "poor_two_legs": poor_two_leg_set,
    "oblique": oblique_set,
    "no_reps": no_reps,
    "step_up": step_up_set,
    "squat": squat_set,
    "plank": plank_set,
}
