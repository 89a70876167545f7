"""A figure in space that does an exercise, seen by a camera anywhere."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from moving import DRAWN, ease

from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, Side, keypoint, other

Place = tuple[float, float, float]
LEG_M, ANKLE_M, SIZE_PX = 0.84, 0.08, (480, 848)


@dataclass(frozen=True)
class Film:
    """A movement and a camera.

    ``free(deep)`` is where the free foot is from the standing one, forward, outward and up in leg
    lengths, while the body is ``deep``, from 0 (high) to 1 (low). ``drop`` and ``back`` are the
    hips' way, in leg lengths, and ``lean_deg`` that of the trunk, forward. ``lying_deg`` turns the
    whole body forward about the foot, as in a push-up; then ``lean_deg`` is added to it.
    """

    free: Callable[[float], Place]
    drop: float
    back: float = 0.02
    lean_deg: float = 15.0
    tall_deg: float = 3.0
    lying_deg: Callable[[float], float] = lambda _: 0.0
    step: float = 0.0
    starts_low: bool = False
    yaw_deg: float = 0.0
    free_side: Side = "right"
    camera_m: float = 0.95
    away_m: float = 3.2
    reps: int = 3

    def samples(self, rate_hz: float = 15.0) -> list[PoseSample]:
        rng = np.random.default_rng(0)
        bias = rng.normal(0, 0.01 * LEG_M, (len(Keypoint), 3))
        times = np.arange(0.0, 1.5 + 4.0 * self.reps + 0.5, 1 / rate_hz)
        return [
            self._sample(float(t), bias + rng.normal(0, 0.004 * LEG_M, bias.shape)) for t in times
        ]

    def _deep(self, t_s: float) -> float:
        """Lowering in 1.7 s, rising in 1.1 s, every 4 s from 1.5 s on."""
        along_s = (t_s - 1.5) % 4.0 if t_s >= 1.5 else 0.0
        if self.starts_low:
            return 1.0 - ease(along_s, 0.0, 1.1) + ease(along_s, 1.7, 3.4)
        return ease(along_s, 0.0, 1.7) - ease(along_s, 2.0, 3.1)

    def _sample(self, t_s: float, noise_m: FloatArray) -> PoseSample:
        deep = self._deep(t_s)
        body = self._body_m(deep) + noise_m
        turn = math.radians(self.yaw_deg)
        forward, left, up = body.T
        x = forward * math.sin(turn) + left * math.cos(turn)
        z = -forward * math.cos(turn) + left * math.sin(turn)
        focal_px = max(SIZE_PX) / 2 / math.tan(math.radians(30))
        px = np.stack([x, self.camera_m - up], axis=1) / (z + self.away_m)[:, None] * focal_px
        world_m = np.stack([x, -up, z], axis=1)
        middle = world_m[[Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP]].mean(axis=0)
        return PoseSample(
            t_s,
            px + np.array(SIZE_PX) / 2,
            np.ones(len(body)),
            world_m - middle,
            SIZE_PX,
            camera_roll_deg=0.0,
            camera_roll_sem_deg=0.5,
            profile=DRAWN,
        )

    def _body_m(self, deep: float) -> FloatArray:
        """Keypoints as (forward, left, up) of the place under the standing foot."""
        to_left = 1.0 if self.free_side == "left" else -1.0
        forward, apart, up = self.free(deep)
        floor = _vector(0, 0, ANKLE_M + self.step * LEG_M)
        ankles = {
            other(self.free_side): floor,
            self.free_side: floor + LEG_M * _vector(forward, to_left * apart, up),
        }
        sunk = self.drop * deep
        middle = floor + LEG_M * _vector(-self.back * deep, to_left * apart * 0.35, 0.99 - sunk)
        leant = math.radians(self.tall_deg + (self.lean_deg - self.tall_deg) * deep)
        along, ahead = _tilted(leant)
        body = np.tile(middle, (len(Keypoint), 1))
        body[: Keypoint.LEFT_SHOULDER] += 0.1 * ahead + 0.7 * along
        for side in SIDES:
            outward, ankle = _vector(0, 1 if side == "left" else -1, 0), ankles[side]
            hip = middle + 0.09 * outward
            body[keypoint(side, "hip")], body[keypoint(side, "ankle")] = hip, ankle
            body[keypoint(side, "knee")] = _knee(hip, ankle)
            body[keypoint(side, "heel")] = ankle + _vector(-0.05, 0, -0.06)
            body[keypoint(side, "toe")] = ankle + _vector(0.15, 0, -0.06)
            for joint, above in (("shoulder", 0.48), ("elbow", 0.2), ("wrist", 0.0)):
                body[keypoint(side, joint)] = middle + 0.18 * outward + above * along
        turned = math.radians(self.lying_deg(deep))
        along, ahead = _tilted(turned)
        from_floor = body - floor
        return np.asarray(
            floor
            + from_floor[:, :1] * ahead
            + from_floor[:, 1:2] * _vector(0, 1, 0)
            + from_floor[:, 2:] * along
        )


def _vector(forward: float, left: float, up: float) -> FloatArray:
    return np.array([forward, left, up])


def _tilted(angle: float) -> tuple[FloatArray, FloatArray]:
    """Up and forward, of a body that is tilted forward."""
    sine, cosine = math.sin(angle), math.cos(angle)
    return _vector(sine, 0, cosine), _vector(cosine, 0, -sine)


def _knee(hip: FloatArray, ankle: FloatArray) -> FloatArray:
    """In front of the line from hip to ankle, thigh and shank being half a leg each."""
    line = ankle - hip
    length = float(np.linalg.norm(line))
    axis = line / length
    ahead = _vector(1, 0, 0) - axis * axis[0]
    out = math.sqrt(max(0.0, (LEG_M / 2) ** 2 - (length / 2) ** 2))
    return np.asarray(hip + line / 2 + out * ahead / np.linalg.norm(ahead))


STEP = 0.24
FILMS: dict[str, Film] = {
    "squat": Film(lambda _: (0.0, 0.4, 0.0), drop=0.35, back=0.12, lean_deg=35.0),
    "single_leg_squat": Film(lambda _: (-0.25, 0.27, 0.25), drop=0.18),
    "step_down": Film(
        lambda deep: (0.35 * ease(deep, 0.0, 0.3), 0.27, 0.02 - (STEP + 0.02) * deep),
        drop=STEP,
        step=STEP,
    ),
    "lateral_step_down": Film(
        lambda deep: (0.0, 0.4, 0.02 - (STEP + 0.02) * deep), drop=STEP, step=STEP
    ),
    "step_up": Film(
        lambda deep: (-0.35 * deep, 0.27, 0.02 - (STEP + 0.02) * deep),
        drop=STEP,
        step=STEP,
        starts_low=True,
    ),
}

BOTH_FEET: Callable[[float], Place] = lambda _: (0.0, 0.4, 0.0)  # noqa: E731
LOOK_ALIKES: dict[str, tuple[str, Film]] = {
    "good morning": ("hip hinge", Film(BOTH_FEET, drop=0.12, back=0.3, lean_deg=75.0)),
    "deadlift": ("hip hinge", Film(BOTH_FEET, drop=0.28, back=0.3, lean_deg=68.0)),
    "sit to stand": (
        "sitting down",
        Film(BOTH_FEET, drop=0.5, back=0.48, lean_deg=10.0, starts_low=True),
    ),
    "stand to sit": ("sitting down", Film(BOTH_FEET, drop=0.5, back=0.48, lean_deg=10.0)),
    "push-up": (
        "push-up",
        Film(
            lambda _: (0.0, 0.25, 0.0),
            drop=0.0,
            back=0.0,
            lean_deg=3.0,
            lying_deg=lambda deep: 68.0 + 15.0 * deep,
        ),
    ),
    "lunge forward": (
        "a forward lunge",
        Film(lambda deep: (0.75 * ease(deep, 0.0, 0.6), 0.3, 0.0), drop=0.35, back=-0.37),
    ),
    "lunge back": ("a lunge", Film(lambda deep: (-0.75 * deep, 0.3, 0.0), drop=0.35, back=0.37)),
    "split squat": ("a split squat", Film(lambda _: (-0.75, 0.25, 0.0), drop=0.35, back=0.35)),
    "rear foot on a bench": (
        "a split squat",
        Film(lambda _: (-0.75, 0.2, 0.45), drop=0.35, back=0.2),
    ),
}
"""By name: what it must be called, and the film."""
