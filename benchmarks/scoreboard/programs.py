"""Scores a program: a session as it is, keypoints by each of several ways to measure them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from clips.definitions import (
    FROM_THE_FRONT,
    FROM_THE_SIDE,
    Definition,
    knee_flexion,
    near_trunk_flexion,
    shank_angle,
)
from clips.scoring import (
    ClipResult,
    Error,
    Measured,
    Recognised,
    asked_of,
    clip_result,
    errors,
    errors_of,
)
from clips.sure_grades import GradeCheck, grade_checks
from clips.truth import bottom_of, facing_sign, true_view, working_side

from formcheck.data.keypoints import Side
from formcheck.data.poses import Poses
from formcheck.data.session import Session
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.filters import WINTER_CORRECTION, smooth_keypoints
from formcheck.motion.loop import run
from formcheck.pose.recorded import PoseRecording, RecordedEstimator, RecordedSource
from formcheck.store.session_file import load
from scoreboard.entries import Entry
from scoreboard.keypoint_files import read_keypoints
from scoreboard.published import Clip

SPORTS2D_HZ = 6.0
LONGEST_GAP_S = 0.33
"""Sports2D's low-pass, and ten frames at 30 a second as the longest gap that it bridges."""


@dataclass
class Scored:
    """What came of scoring one program in one way; made up clip by clip.

    ``clips`` is empty where the way has no repetitions of its own.
    """

    title: str
    about: str
    asked: Counter[str] = field(default_factory=Counter)
    clips: list[ClipResult] = field(default_factory=list)
    errors: list[Error] = field(default_factory=list)
    grades: list[GradeCheck] = field(default_factory=list)

    def add_session(self, clip: Clip, session: Session, recognised: Recognised) -> None:
        """Score a session of formcheck."""
        truth = clip.truth
        self.asked.update(asked_of(truth.data))
        self.clips.append(
            clip_result(clip.name, truth.data, session.reps, session.view, recognised=recognised)
        )
        self.errors.extend(errors(clip.name, truth.data, session.reps))
        self.grades.extend(grade_checks(clip.name, truth, session))


@dataclass(frozen=True)
class PlainWay:
    """A way to measure keypoints at the lowest point that the truth names.

    Attributes
    ----------
    title, about
        For the tables.
    front, side
        Its definitions by view.
    prepared
        What it does to the poses first.
    """

    title: str
    about: str
    front: Mapping[str, Definition]
    side: Mapping[str, Definition]
    prepared: Callable[[Poses], Poses]


def _as_they_are(poses: Poses) -> Poses:
    return poses


def _filtered_as_sports2d(poses: Poses) -> Poses:
    """Outliers, gaps and the low-pass as Sports2D and Pose2Sim do them.

    Their Butterworth's nominal 6 Hz is not corrected for its two passes, ours is.
    """
    cutoff_hz = SPORTS2D_HZ * WINTER_CORRECTION
    points = smooth_keypoints(poses.t_s, poses.keypoints_px, cutoff_hz, LONGEST_GAP_S)
    return replace(poses, keypoints_px=points)


ALONE = PlainWay(
    "keypoints alone",
    "plain definitions at the lowest point that the truth names, no filter",
    FROM_THE_FRONT,
    FROM_THE_SIDE,
    _as_they_are,
)
PEERS = (
    PlainWay(
        "as Sports2D",
        "the same after Sports2D's filter",
        FROM_THE_FRONT,
        FROM_THE_SIDE,
        _filtered_as_sports2d,
    ),
    PlainWay(
        "as squat trainers",
        "the same, but the trunk from the near hip and shoulder, and nothing from the front",
        {},
        {
            "trunk_flexion_deg": near_trunk_flexion,
            "knee_flexion_deg": knee_flexion,
            "shank_angle_deg": shank_angle,
        },
        _as_they_are,
    ),
)
"""The definitions that peers use."""

OWN = ("formcheck", "its own repetitions, numbers and stated errors")
BY_FORMCHECK = (
    "measured by formcheck",
    "formcheck finds and measures the repetitions in these keypoints; exercise and view are given",
)


def scored_sessions(entries: Sequence[Entry]) -> Scored:
    """Score sessions of formcheck, as they are."""
    scored = Scored(*OWN)
    for entry in entries:
        session = load(entry.path)
        scored.add_session(entry.clip, session, recognised_in(session, entry.clip))
    return scored


def recognised_in(session: Session, clip: Clip) -> Recognised:
    """Whether the exercise was recognised, as far as a session tells: a named one was given."""
    if not any(note.kind == "recognised" for note in session.notes):
        return "given"
    return "yes" if session.exercise.id == clip.truth.data["exercise"] else "NO"


def scored_keypoints(entries: Sequence[Entry], *, peers: bool = False) -> list[Scored]:
    """Score keypoints alone, by the definitions of peers if asked for, and as formcheck does."""
    ways = (ALONE, *PEERS) if peers else (ALONE,)
    plain = [(way, Scored(way.title, way.about)) for way in ways]
    measured = Scored(*BY_FORMCHECK)
    for entry in entries:
        recording = read_keypoints(entry.path, entry.clip)
        for way, scored in plain:
            found = list(plain_errors(way, recording, entry.clip))
            scored.errors.extend(found)
            scored.asked.update(_asked_of_way(way, entry.clip))
        _measure(measured, recording, entry.clip)
    return [*(scored for _, scored in plain), measured]


def _asked_of_way(way: PlainWay, clip: Clip) -> Counter[str]:
    """How many numbers of a clip the way can give."""
    own = {**way.front, **way.side}
    asked = asked_of(clip.truth.data)
    return Counter({name: n for name, n in asked.items() if name.removesuffix(" of squats") in own})


def plain_errors(way: PlainWay, recording: PoseRecording, clip: Clip) -> Iterator[Error]:
    """The errors of one way on one clip."""
    truth = clip.truth.data
    poses = way.prepared(Poses.from_samples(recording.samples))
    definitions = {"front": way.front, "side": way.side}.get(true_view(truth), {})
    for number, rep in enumerate(truth["reps"], start=1):
        found: dict[str, Measured] = {}
        for quantity, definition in definitions.items():
            for name, side in _of_legs(quantity, rep):
                values = definition(poses, side, facing_sign(truth))
                found[name] = Measured(_at(poses, values, *bottom_of(rep)))
        yield from errors_of(clip.name, truth, rep, number, found)


def _of_legs(quantity: str, rep: dict[str, object]) -> list[tuple[str, Side]]:
    """The names and legs that a quantity has in a repetition: both knees of a squat."""
    sides: tuple[Side, Side] = ("left", "right")
    stems = {"knee_fppa_deg": "knee_fppa_{}_deg", "knee_over_foot_pct": "knee_over_foot_{}_pct"}
    if rep["stance"] == "both" and quantity in stems:
        return [(stems[quantity].format(side), side) for side in sides]
    return [(quantity, working_side(rep))]


def _at(poses: Poses, values: np.ndarray, start_s: float, end_s: float) -> float:
    """Mean of the known values in a stretch, or the nearest frame's where no frame lies in it."""
    inside = (poses.t_s >= start_s - 1e-6) & (poses.t_s <= end_s + 1e-6)
    if not inside.any():
        inside[int(np.abs(poses.t_s - (start_s + end_s) / 2).argmin())] = True
    known = values[inside & np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan


def _measure(scored: Scored, recording: PoseRecording, clip: Clip) -> None:
    """Find and measure the repetitions in keypoints with formcheck, view and exercise given."""
    truth = clip.truth.data
    view = true_view(truth)
    given = view if view in ("front", "side") else "oblique"
    analyzer = Analyzer(get_exercise(truth["exercise"]), view=given)
    run(RecordedSource(recording), RecordedEstimator(recording), analyzer, [])
    scored.asked.update(asked_of(truth))
    scored.clips.append(
        clip_result(clip.name, truth, analyzer.reps, analyzer.view, recognised="given")
    )
    scored.errors.extend(errors(clip.name, truth, analyzer.reps))
