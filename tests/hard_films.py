"""Spoils films of known movement in the ways that happen in gyms and living rooms.

Each case takes the (time in seconds, RGB picture) pairs of a film and where its joints truly are,
and gives the pairs of the spoiled film. Nothing in it is random from run to run. The movement stays
what it was, so what was true of the film is true of the spoiled one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from films import read_film, write_film

from formcheck.data.arrays import BoolArray, FloatArray, ImageArray

AFTER_LAST_REP_S = 1.3
Pictures = Iterator[tuple[float, ImageArray]]


@dataclass(frozen=True)
class Truth:
    """What is known of a film.

    Attributes
    ----------
    data
        The truth file, as read.
    names
        Joint names, ``left_hip`` and so on, 12 of them.
    t_s, xy_px
        Shapes (N,) and (N, 12, 2): where the joints are in each frame.
    """

    data: dict[str, Any]
    names: list[str]
    t_s: FloatArray
    xy_px: FloatArray

    @classmethod
    def load(cls, path: Path) -> Truth:
        data = json.loads(path.read_text())
        course = data["keypoints_px"]
        shape = (len(course["t_s"]), len(course["names"]), 2)
        xy = np.array(course["xy"], dtype=float).reshape(shape)
        return cls(data, course["names"], np.array(course["t_s"]), xy)

    def at(self, t_s: float) -> dict[str, FloatArray]:
        """Where each joint is at a time."""
        frame = int(np.abs(self.t_s - t_s).argmin())
        return dict(zip(self.names, self.xy_px[frame], strict=True))

    def course(self, joint: str) -> FloatArray:
        """Where a joint is over the whole film, shape (N, 2)."""
        return np.asarray(self.xy_px[:, self.names.index(joint)])

    @property
    def stance(self) -> str:
        """The working side of the first repetition; the left one of a squat."""
        side = str(self.data["reps"][0]["stance"])
        return "left" if side == "both" else side

    @property
    def free(self) -> str:
        return "right" if self.stance == "left" else "left"

    @property
    def leg_px(self) -> float:
        first = self.at(0.0)
        hip, knee, ankle = (first[f"{self.stance}_{joint}"] for joint in ("hip", "knee", "ankle"))
        return float(np.linalg.norm(hip - knee) + np.linalg.norm(knee - ankle))

    def first(self, reps: int) -> Truth:
        """The same with only the first few repetitions to be counted."""
        return Truth({**self.data, "reps": self.data["reps"][:reps]}, *self._course)

    @property
    def _course(self) -> tuple[list[str], FloatArray, FloatArray]:
        return self.names, self.t_s, self.xy_px

    @property
    def end_s(self) -> float:
        """Shortly after the last repetition."""
        events = self.data["reps"][-1]["speed_events"]
        return max(float(time_s) for time_s in events.values()) + AFTER_LAST_REP_S


Change = Callable[[Pictures, Truth], Pictures]


def spoiled_film(source: Path, truth: Truth, change: Change, target: Path) -> Path:
    """Write the spoiled film, up to shortly after the last repetition of ``truth``."""
    pictures = ((t_s, picture) for t_s, picture in read_film(source) if t_s <= truth.end_s)
    return write_film(target, change(pictures, truth))


def each(change: Callable[[ImageArray], ImageArray]) -> Change:
    return lambda pictures, _: ((t_s, change(picture)) for t_s, picture in pictures)


# --- light and lens ------------------------------------------------------------------------------


def unaltered(pictures: Pictures, truth: Truth) -> Pictures:  # noqa: ARG001
    return pictures


def dim(picture: ImageArray) -> ImageArray:
    return np.asarray(picture * 0.2, dtype=np.uint8)


def noisy(pictures: Pictures, truth: Truth) -> Pictures:  # noqa: ARG001
    rng = np.random.default_rng(0)
    for t_s, picture in pictures:
        noise = rng.normal(0, 25, picture.shape)
        yield t_s, np.clip(picture + noise, 0, 255).astype(np.uint8)


def small(picture: ImageArray) -> ImageArray:
    """360 pixels high."""
    width = 2 * round(picture.shape[1] * 180 / picture.shape[0])
    return np.asarray(cv2.resize(picture, (width, 360), interpolation=cv2.INTER_AREA), np.uint8)


def out_of_focus(picture: ImageArray) -> ImageArray:
    return np.asarray(cv2.blur(picture, (9, 9)), np.uint8)


def motion_blurred(pictures: Pictures, truth: Truth) -> Pictures:  # noqa: ARG001
    """A shutter that stays open for a tenth of a second: each picture is the mean of three."""
    last: list[tuple[float, ImageArray]] = []
    for timed in pictures:
        last = [*last[-2:], timed]
        if len(last) == 3:
            mean = np.mean([picture for _, picture in last], axis=0)
            yield last[1][0], mean.astype(np.uint8)


# --- frames and camera ---------------------------------------------------------------------------


def at_15_fps(pictures: Pictures, truth: Truth) -> Pictures:  # noqa: ARG001
    return (timed for index, timed in enumerate(pictures) if index % 2 == 0)


def with_frames_dropped(pictures: Pictures, truth: Truth) -> Pictures:  # noqa: ARG001
    """A third of the frames is missing, singly and in runs of up to a quarter of a second."""
    rng = np.random.default_rng(1)
    missing = 0
    for index, timed in enumerate(pictures):
        if missing == 0 and index > 0 and rng.random() < 0.12:
            missing = int(rng.integers(1, 8))
        if missing:
            missing -= 1
        else:
            yield timed


def shaking(pictures: Pictures, truth: Truth) -> Pictures:
    """Held by hand: sway and tremor of about 1 % of leg length."""
    course = shake_course(0.01 * truth.leg_px)
    for t_s, picture in pictures:
        x, y = course(t_s)
        move = np.array([[1, 0, x], [0, 1, y]], dtype=np.float64)
        size = (picture.shape[1], picture.shape[0])
        moved = cv2.warpAffine(picture, move, size, borderMode=cv2.BORDER_REPLICATE)
        yield t_s, np.asarray(moved, np.uint8)


def shake_course(rms_px: float, seed: int = 0) -> Callable[[float], FloatArray]:
    """How the picture of a camera held by hand moves, right and down, in pixels.

    Many waves from 0.3 to 8 Hz, the slow ones larger, as sway and tremor of hands are.
    """
    rng = np.random.default_rng(seed)
    rates_hz = np.geomspace(0.3, 8.0, 16)
    sizes = 1.0 / rates_hz
    sizes *= rms_px * math.sqrt(2.0) / np.linalg.norm(sizes)
    phases = rng.uniform(0.0, 2 * np.pi, (2, len(rates_hz)))
    return lambda t_s: (sizes * np.sin(2 * np.pi * rates_hz * t_s + phases)).sum(axis=1)


def mirrored(picture: ImageArray) -> ImageArray:
    return np.ascontiguousarray(picture[:, ::-1])


# --- what is in the picture ----------------------------------------------------------------------


def head_cut_off(pictures: Pictures, truth: Truth) -> Pictures:
    """The picture ends at the shoulders; they stay in it at the bottom of the repetitions."""
    top = int(truth.at(0.0)["left_shoulder"][1]) - 12
    return ((t_s, np.ascontiguousarray(picture[top - top % 2 :])) for t_s, picture in pictures)


def feet_cut_off(pictures: Pictures, truth: Truth) -> Pictures:
    """The picture ends in the middle of the shanks."""
    first = truth.at(0.0)
    bottom = int((first[f"{truth.stance}_knee"][1] + first[f"{truth.stance}_ankle"][1]) / 2)
    return (
        (t_s, np.ascontiguousarray(picture[: bottom - bottom % 2])) for t_s, picture in pictures
    )


def free_foot_hidden(pictures: Pictures, truth: Truth) -> Pictures:
    """A bench stands before the free foot."""
    return _behind_bench(pictures, truth, truth.free)


def stance_foot_hidden(pictures: Pictures, truth: Truth) -> Pictures:
    """A bench stands before the working foot, up to above the ankle."""
    return _behind_bench(pictures, truth, truth.stance)


def _behind_bench(pictures: Pictures, truth: Truth, side: str) -> Pictures:
    foot = np.concatenate([truth.course(f"{side}_{joint}") for joint in ("ankle", "heel", "toe")])
    margin = 0.06 * truth.leg_px
    left, top = (foot.min(axis=0) - margin).astype(int)
    right, bottom = (foot.max(axis=0) + margin).astype(int)
    for t_s, picture in pictures:
        hidden = picture.copy()
        hidden[top:bottom, max(left, 0) : right] = (150, 111, 72)
        hidden[top : top + 6, max(left, 0) : right] = (176, 134, 92)
        yield t_s, hidden


def legs_crossing(pictures: Pictures, truth: Truth) -> Pictures:
    """The free shank swings across the working one and back, every three seconds."""
    for t_s, picture in pictures:
        share = max(0.0, math.sin(2 * math.pi * t_s / 3.0))
        yield t_s, _shank_swung(picture, truth, t_s, share) if share > 0.05 else picture


def _shank_swung(picture: ImageArray, truth: Truth, t_s: float, share: float) -> ImageArray:
    """Turn the free shank and foot about the free knee; what was behind them is made up."""
    joints, free, stance = truth.at(t_s), truth.free, truth.stance
    knee, ankle = joints[f"{free}_knee"], joints[f"{free}_ankle"]
    across = joints[f"{stance}_ankle"] - joints[f"{free}_ankle"]
    beyond = joints[f"{stance}_ankle"] + 0.12 * truth.leg_px * np.array([np.sign(across[0]), 0.0])
    turn = share * (_direction(beyond - knee) - _direction(ankle - knee))
    limb = np.zeros(picture.shape[:2], np.uint8)
    path = [knee, ankle, joints[f"{free}_heel"], joints[f"{free}_toe"]]
    _draw_limb(limb, path, 0.075 * truth.leg_px, 255)
    behind = cv2.inpaint(picture, cv2.dilate(limb, np.ones((5, 5))), 3, cv2.INPAINT_TELEA)
    about = cv2.getRotationMatrix2D((float(knee[0]), float(knee[1])), -math.degrees(turn), 1.0)
    size = (picture.shape[1], picture.shape[0])
    swung, where = cv2.warpAffine(picture, about, size), cv2.warpAffine(limb, about, size)
    return _laid_over(np.asarray(behind, np.uint8), np.asarray(swung, np.uint8), where > 127)


def _direction(way: FloatArray) -> float:
    return math.atan2(way[1], way[0])


def loose_trousers(pictures: Pictures, truth: Truth) -> Pictures:
    """Wide trousers from the hips to the ankles, which sway against the legs."""
    for t_s, picture in pictures:
        joints = truth.at(t_s)
        cloth = np.zeros(picture.shape[:2], np.uint8)
        for number, side in enumerate((truth.free, truth.stance)):
            hip, knee, ankle = (joints[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
            sway = 0.025 * truth.leg_px * math.sin(2 * math.pi * 0.9 * t_s + 2 * number)
            hem = ankle + np.array([1.5 * sway, -0.06 * truth.leg_px])
            path = [hip, knee + np.array([sway, 0.0]), hem]
            _draw_limb(cloth, path, 0.14 * truth.leg_px, 110 + 80 * number)
        yield t_s, _dressed(picture, cloth, t_s)


def skirt(pictures: Pictures, truth: Truth) -> Pictures:
    """A skirt from the waist to below the knees: the knees are not in view."""
    for t_s, picture in pictures:
        joints = truth.at(t_s)
        hips = np.array([joints[f"{side}_hip"] for side in ("left", "right")])
        knees = np.array([joints[f"{side}_knee"] for side in ("left", "right")])
        sway = 0.03 * truth.leg_px * math.sin(2 * math.pi * 0.9 * t_s)
        waist_y = hips[:, 1].mean() - 0.12 * truth.leg_px
        hem_y = knees[:, 1].max() + 0.1 * truth.leg_px
        out = 0.17 * truth.leg_px
        outline = [
            (hips[:, 0].min() - 0.6 * out, waist_y),
            (hips[:, 0].max() + 0.6 * out, waist_y),
            (knees[:, 0].max() + out + sway, hem_y),
            (knees[:, 0].min() - out + sway, hem_y),
        ]
        cloth = np.zeros(picture.shape[:2], np.uint8)
        cv2.fillConvexPoly(cloth, np.array(outline).round().astype(np.int32), 150)
        yield t_s, _dressed(picture, cloth, t_s)


def _dressed(picture: ImageArray, cloth: Any, t_s: float) -> ImageArray:
    """Cloth with soft folds laid over the picture; ``cloth`` is its brightness, 0 for none."""
    across = np.arange(picture.shape[1])[None, :]
    folds = 14.0 * np.sin(across / 7.0 + 2.0 * math.sin(2.0 * t_s))
    shade = np.clip(cv2.blur(cloth, (9, 9))[..., None] + folds[..., None], 0, 255)
    coloured = (shade * (0.45, 0.5, 0.62)).astype(np.uint8)
    return _laid_over(picture, coloured, cloth > 0)


def walker_behind(pictures: Pictures, truth: Truth) -> Pictures:
    """Somebody, 0.6 times as large, goes to and fro behind: the person of the film, turned over."""
    passing_s, away_s = 3.0, 1.0
    for t_s, picture in pictures:
        turn, share = divmod(t_s, passing_s + away_s)
        share = share / passing_s
        foreground = _foreground(picture, truth)
        person = _person(foreground, truth, t_s)
        height, width = picture.shape[:2]
        xs = np.flatnonzero(person.any(axis=0))
        ys = np.flatnonzero(person.any(axis=1))
        cut = np.s_[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1]
        size = (round(0.6 * (xs[-1] - xs[0] + 1)), round(0.6 * (ys[-1] - ys[0] + 1)))
        figure = cv2.resize(picture[cut][:, ::-1], size, interpolation=cv2.INTER_AREA)
        shape = cv2.resize(person[cut][:, ::-1].astype(np.uint8), size) > 0
        # Other clothes, or it would be a twin.
        figure = np.asarray(figure[..., [1, 2, 0]], np.uint8)
        share = share if int(turn) % 2 == 0 else 1.0 - share
        left = round(-size[0] + share * (width + size[0]))
        top = int(0.86 * height) - size[1]
        shown = np.s_[max(left, 0) : max(0, min(left + size[0], width))]
        part = np.s_[shown.start - left : max(shown.start, shown.stop) - left]
        behind = picture.copy()
        area = behind[top : top + size[1], shown]
        area[shape[:, part]] = figure[:, part][shape[:, part]]
        yield t_s, _laid_over(behind, picture, foreground)


def _foreground(picture: ImageArray, truth: Truth) -> BoolArray:
    """The person and the step: what differs from the wall and the floor at the same height."""
    height, width = picture.shape[:2]
    low, high = truth.xy_px.min(axis=(0, 1)), truth.xy_px.max(axis=(0, 1))
    reach, edge = 0.75 * truth.leg_px, 8
    left, right = max(0, int(low[0] - reach)), min(width, int(high[0] + reach))
    rows = np.s_[max(0, int(low[1] - reach)) : min(height, int(high[1] + reach))]
    about = picture[rows, left:right]
    ends = [np.median(about[:, part], axis=1) for part in (np.s_[:edge], np.s_[-edge:])]
    across = np.linspace(0.0, 1.0, right - left)[None, :, None]
    plain = ends[0][:, None] * (1.0 - across) + ends[1][:, None] * across
    differs = np.zeros((height, width), bool)
    differs[rows, left:right] = np.abs(about - plain).max(axis=2) > 22
    return differs


def _person(foreground: BoolArray, truth: Truth, t_s: float) -> BoolArray:
    """The foreground less the step: below the knees only what is near the legs."""
    joints = truth.at(t_s)
    legs = np.zeros(foreground.shape, np.uint8)
    for side in ("left", "right"):
        path = [joints[f"{side}_{joint}"] for joint in ("knee", "ankle", "heel", "toe")]
        _draw_limb(legs, path, 0.06 * truth.leg_px, 255)
    knee_y = int(min(joints["left_knee"][1], joints["right_knee"][1]))
    legs[:knee_y] = 255
    return np.asarray(foreground & (legs > 0))


def _draw_limb(mask: Any, path: list[FloatArray], half_width: float, level: int) -> None:
    for start, end in pairwise(path):
        ends = [tuple(round(float(value)) for value in point) for point in (start, end)]
        cv2.line(mask, ends[0], ends[1], level, thickness=max(1, round(2 * half_width)))


def _laid_over(below: ImageArray, above: ImageArray, where: BoolArray) -> ImageArray:
    """``above`` where the mask says so, with edges a pixel or two soft, ``below`` elsewhere."""
    weight = cv2.blur(where.astype(np.float32), (3, 3))[..., None]
    return np.asarray(weight * above + (1.0 - weight) * below, np.uint8)


CASES: dict[str, Change] = {
    "unaltered": unaltered,
    "dim light": each(dim),
    "noise": noisy,
    "360p": each(small),
    "out of focus": each(out_of_focus),
    "motion blur": motion_blurred,
    "15 fps": at_15_fps,
    "dropped frames": with_frames_dropped,
    "camera shake": shaking,
    "mirrored": each(mirrored),
    "somebody walks behind": walker_behind,
    "legs crossing": legs_crossing,
    "loose trousers": loose_trousers,
    "skirt": skirt,
    "free foot hidden": free_foot_hidden,
    "stance foot hidden": stance_foot_hidden,
    "feet cut off": feet_cut_off,
    "head cut off": head_cut_off,
}
"""All cases by name; a mirrored film is to be declared as one."""
