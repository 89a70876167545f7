"""People's weeks with known truth, made from recorded poses of clips whose movement is known.

A session is some of a clip's repetitions in an order of its own, so that the truth of each is
known; and it is filmed anew: the camera stands elsewhere, is turned and tilted, the person is not
quite as straight on, each joint is seen a little beside its place, and every frame has its noise.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from clips.truth import read_truth
from formcheck import analyze
from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.exercises import get_exercise
from formcheck.motion.verdicts import band_of
from formcheck.pose.recorded import PoseRecording
from formcheck.store.history.history_store import History
from formcheck.store.poses_file import save_poses

POSES = Path(__file__).parents[1] / "poses"
FIRST_DAY = date(2026, 3, 2)
DAYS = (0, 3, 7, 10, 14, 17, 21, 24)
"""Two sessions a week."""

BEFORE_S, AFTER_S = 0.75, 0.75
"""Standing that is kept on either side of a repetition."""

JOINT_SD, FRAME_SD = 0.004, 0.002
"""How far a joint is seen beside its place, all through a session and from frame to frame, in leg
lengths."""


@dataclass(frozen=True)
class Person:
    """A person's clip and weeks.

    ``orders`` are the clip's repetitions, from 1, in each session; ``pain`` and ``step_cm`` what is
    entered.
    """

    name: str
    clip: str
    orders: tuple[tuple[int, ...], ...]
    pain: tuple[int, ...]
    step_cm: tuple[float, ...]


def _shuffled(reps: Sequence[int], seed: int) -> tuple[int, ...]:
    return tuple(np.random.default_rng(seed).permutation(reps).tolist())


PEOPLE = (
    Person(
        "gets better",
        "step_down_front_left",
        (
            (4, 4, 3, 4, 3),
            (4, 3, 4, 3, 3),
            (3, 4, 3, 3, 3),
            (3, 2, 3, 3, 3),
            (3, 2, 3, 2, 2),
            (2, 3, 2, 2, 2),
            (2, 1, 2, 2, 1),
            (1, 2, 1, 1, 2),
        ),
        (5, 4, 4, 3, 3, 2, 1, 0),
        (10.0,) * 8,
    ),
    Person(
        "stays the same",
        "lateral_step_down_front_left",
        tuple(_shuffled((1, 2, 2, 3, 3), seed) for seed in range(8)),
        (2, 1, 2, 3, 2, 1, 2, 2),
        (15.0,) * 8,
    ),
)

MEASURES = ("knee_fppa_deg", "knee_over_foot_pct", "trunk_lean_deg", "descent_s")


def true_means(truth: dict[str, Any], order: Sequence[int]) -> dict[str, float]:
    """What is truly in a session: means over its repetitions."""
    reps = [truth["reps"][number - 1] for number in order]

    def mean(values: Iterator[float]) -> float:
        return float(np.mean(list(values)))

    return {
        "knee_fppa_deg": mean(rep["image_truth_at_bottom"]["knee_fppa_deg"] for rep in reps),
        "trunk_lean_deg": mean(rep["image_truth_at_bottom"]["trunk_lean_deg"] for rep in reps),
        "knee_over_foot_pct": mean(rep["truth_3d_at_bottom"]["knee_over_foot_pct"] for rep in reps),
        "descent_s": mean(
            rep["speed_events"]["descent_end_s"] - rep["speed_events"]["descent_start_s"]
            for rep in reps
        ),
    }


def truly_good(truth: dict[str, Any], orders: Sequence[Sequence[int]], about: str) -> str:
    """How many repetitions of some sessions are truly good, by the limits of the exercise."""
    good = count = 0
    specs = [spec for spec in get_exercise(truth["exercise"]).info().specs if spec.id in MEASURES]
    for number in (one for order in orders for one in order):
        true = true_means(truth, (number,))
        bands = [
            band_of(true[spec.id], spec.limits)
            for spec in specs
            if spec.limits is not None and (spec.role == "tempo") == (about == "tempo")
        ]
        good += all(band == "good" for band in bands)
        count += 1
    return f"{good} of {count}"


def session_of(
    recording: PoseRecording, truth: dict[str, Any], order: Sequence[int], seed: int
) -> list[PoseSample]:
    """The poses of a session: repetitions one after the other, filmed anew."""
    rng = np.random.default_rng(seed)
    camera = Camera.somewhere(recording.samples[0].frame_size_px, rng)
    leg_px = _leg_px(recording.samples)
    shape = recording.samples[0].keypoints_px.shape
    beside_px = rng.normal(0.0, JOINT_SD * leg_px, shape)
    samples: list[PoseSample] = []
    t_s = 0.0
    step_s = 1.0 / recording.info.frame_rate_hz if recording.info.frame_rate_hz else 1.0 / 30.0
    for number in order:
        rep = truth["reps"][number - 1]
        start_s, end_s = rep["descent_start"] - BEFORE_S, rep["ascent_end"] + AFTER_S
        for sample in recording.samples:
            if start_s <= sample.t_s <= end_s:
                noise = rng.normal(0.0, FRAME_SD * leg_px, shape)
                moved = replace(
                    sample, t_s=t_s, keypoints_px=sample.keypoints_px + beside_px + noise
                )
                samples.append(camera.sees(moved))
                t_s += step_s
    return samples


@dataclass(frozen=True)
class Camera:
    """A camera that stands elsewhere: turned, tilted, nearer or farther."""

    homography: FloatArray
    zoom: float
    roll_deg: float
    turn_deg: float

    @classmethod
    def somewhere(cls, size_px: tuple[int, int], rng: np.random.Generator) -> Camera:
        """Draw a place as people choose it who set the camera up again."""
        pan, pitch, roll = np.radians(rng.normal(0.0, (2.0, 1.5, 1.0)))
        zoom = float(rng.uniform(0.85, 1.0))
        width, height = size_px
        focal = height / 2 / math.tan(math.radians(21.0))
        inside = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1.0]])
        turned = _about_y(pan) @ _about_x(pitch) @ _about_z(roll)
        nearer = np.diag([zoom, zoom, 1.0])
        return cls(
            inside @ nearer @ turned @ np.linalg.inv(inside),
            zoom,
            math.degrees(float(roll)),
            float(rng.normal(0.0, 2.0)),
        )

    def sees(self, sample: PoseSample) -> PoseSample:
        """Give the pose as this camera sees it; the person turned by ``turn_deg`` as well."""
        turn = _about_y(math.radians(self.turn_deg))
        world = sample.world_m @ turn.T
        leg_px, leg_m = _leg_px([sample]), _leg_m(sample)
        moved_px = (world - sample.world_m)[:, 0] * leg_px / leg_m
        points = sample.keypoints_px + np.stack([moved_px, np.zeros_like(moved_px)], axis=1)
        whole = np.hstack([points, np.ones((len(points), 1))]) @ self.homography.T
        return replace(
            sample,
            keypoints_px=whole[:, :2] / whole[:, 2:],
            world_m=world @ _about_z(math.radians(self.roll_deg)).T,
            leg_edges_px=sample.leg_edges_px * self.zoom,
            camera_roll_deg=sample.camera_roll_deg + self.roll_deg,
        )


def _about_x(angle: float) -> FloatArray:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[1.0, 0, 0], [0, c, -s], [0, s, c]])


def _about_y(angle: float) -> FloatArray:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, 0, s], [0, 1.0, 0], [-s, 0, c]])


def _about_z(angle: float) -> FloatArray:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])


def _leg_px(samples: Sequence[PoseSample]) -> float:
    hip, ankle = Keypoint.LEFT_HIP, Keypoint.LEFT_ANKLE
    lengths = [np.linalg.norm(s.keypoints_px[hip] - s.keypoints_px[ankle]) for s in samples]
    return float(np.nanpercentile(lengths, 90)) or 1.0


def _leg_m(sample: PoseSample) -> float:
    return float(
        np.linalg.norm(sample.world_m[Keypoint.LEFT_HIP] - sample.world_m[Keypoint.LEFT_ANKLE])
    )


def keep_weeks(
    person: Person, seed: int, folder: Path, *, sessions: Sequence[int] = tuple(range(8))
) -> Path:
    """Make, analyze and keep a person's sessions, all or some of them; give the history."""
    recording = PoseRecording.load(POSES / f"{person.clip}.npz")
    truth = read_truth(POSES / f"{person.clip}.json")
    db = folder / "history.db"
    with History(db, create=True) as history:
        for n in sessions:
            order = person.orders[n]
            samples = session_of(recording, truth, order, seed + n)
            film = folder / f"session_{n + 1}.fcp"
            info = replace(
                recording.info,
                duration_s=samples[-1].t_s,
                frames=len(samples),
                expected_frames=len(samples),
            )
            save_poses(film, info, recording.model, samples)
            session = analyze(
                film,
                exercise=truth["exercise"],
                out=folder / f"session_{n + 1}",
                date=(FIRST_DAY + timedelta(days=DAYS[n])).isoformat(),
                step_height_cm=person.step_cm[n],
                pain=person.pain[n],
            )
            if len(session.reps) != len(order):
                sys.stderr.write(f"{person.name}, session {n + 1}: {len(session.reps)} found\n")
            history.keep(session, film_sha256=f"{seed + n}", folder=folder / f"session_{n + 1}")
    return db
