"""Spoils films of known movement in the ways that happen in gyms and living rooms.

Each case takes the (time in seconds, RGB image) pairs of a film and the joints' true positions,
and gives the pairs of the spoiled film. Nothing in it is random from run to run. The movement stays
what it was, so what was true of the film is true of the spoiled one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from clips.films import read_film, write_film
from clips.truth import Truth
from formcheck.data.arrays import BoolArray, FloatArray, ImageArray

Frames = Iterator[tuple[float, ImageArray]]
Change = Callable[[Frames, Truth], Frames]


def spoiled_film(source: Path, truth: Truth, change: Change, target: Path) -> Path:
    """Write the spoiled film, up to shortly after the last repetition of ``truth``."""
    frames = takewhile(lambda timed: timed[0] <= truth.end_s, read_film(source))
    return write_film(target, change(frames, truth))


def each(change: Callable[[ImageArray], ImageArray]) -> Change:
    return lambda frames, _: ((t_s, change(image)) for t_s, image in frames)


# --- light and lens ------------------------------------------------------------------------------


def unaltered(frames: Frames, truth: Truth) -> Frames:  # noqa: ARG001
    return frames


def dim(image: ImageArray) -> ImageArray:
    return np.asarray(image * 0.2, dtype=np.uint8)


def noisy(frames: Frames, truth: Truth) -> Frames:  # noqa: ARG001
    rng = np.random.default_rng(0)
    for t_s, image in frames:
        noise = 25.0 * rng.standard_normal(image.shape, dtype=np.float32)
        yield t_s, np.clip(image + noise, 0, 255).astype(np.uint8)


def small(image: ImageArray) -> ImageArray:
    """360 pixels high."""
    width = 2 * round(image.shape[1] * 180 / image.shape[0])
    return np.asarray(cv2.resize(image, (width, 360), interpolation=cv2.INTER_AREA), np.uint8)


def out_of_focus(image: ImageArray) -> ImageArray:
    return np.asarray(cv2.blur(image, (9, 9)), np.uint8)


def motion_blurred(frames: Frames, truth: Truth) -> Frames:  # noqa: ARG001
    """A shutter that stays open for a tenth of a second: each frame is the mean of three."""
    last: list[tuple[float, ImageArray]] = []
    for timed in frames:
        last = [*last[-2:], timed]
        if len(last) == 3:
            mean = np.mean([image for _, image in last], axis=0)
            yield last[1][0], mean.astype(np.uint8)


# --- frames and camera ---------------------------------------------------------------------------


def at_15_fps(frames: Frames, truth: Truth) -> Frames:  # noqa: ARG001
    return (timed for index, timed in enumerate(frames) if index % 2 == 0)


def with_frames_dropped(frames: Frames, truth: Truth) -> Frames:  # noqa: ARG001
    """A third of the frames is missing, singly and in runs of up to a quarter of a second."""
    rng = np.random.default_rng(1)
    missing = 0
    for index, timed in enumerate(frames):
        if missing == 0 and index > 0 and rng.random() < 0.12:
            missing = int(rng.integers(1, 8))
        if missing:
            missing -= 1
        else:
            yield timed


def shaking(frames: Frames, truth: Truth) -> Frames:
    """Held by hand: sway and tremor of about 1 % of leg length."""
    path = shake_path(0.01 * truth.leg_px)
    for t_s, image in frames:
        x, y = path(t_s)
        move = np.array([[1, 0, x], [0, 1, y]], dtype=np.float64)
        size = (image.shape[1], image.shape[0])
        moved = cv2.warpAffine(image, move, size, borderMode=cv2.BORDER_REPLICATE)
        yield t_s, np.asarray(moved, np.uint8)


def shake_path(rms_px: float, seed: int = 0) -> Callable[[float], FloatArray]:
    """How the image of a camera held by hand moves, right and down, in pixels.

    Many waves from 0.3 to 8 Hz, the slow ones larger, as sway and tremor of hands are.
    """
    rng = np.random.default_rng(seed)
    rates_hz = np.geomspace(0.3, 8.0, 16)
    sizes = 1.0 / rates_hz
    sizes *= rms_px * math.sqrt(2.0) / np.linalg.norm(sizes)
    phases = rng.uniform(0.0, 2 * np.pi, (2, len(rates_hz)))
    return lambda t_s: (sizes * np.sin(2 * np.pi * rates_hz * t_s + phases)).sum(axis=1)


def mirrored(image: ImageArray) -> ImageArray:
    return np.ascontiguousarray(image[:, ::-1])


# --- what is in the frame ------------------------------------------------------------------------


def head_cut_off(frames: Frames, truth: Truth) -> Frames:
    """The frame ends at the shoulders; they stay in it at the bottom of the repetitions."""
    top = int(truth.at(0.0)["left_shoulder"][1]) - 12
    return ((t_s, np.ascontiguousarray(image[top - top % 2 :])) for t_s, image in frames)


def feet_cut_off(frames: Frames, truth: Truth) -> Frames:
    """The frame ends in the middle of the shanks."""
    first = truth.at(0.0)
    bottom = int((first[f"{truth.stance}_knee"][1] + first[f"{truth.stance}_ankle"][1]) / 2)
    return ((t_s, np.ascontiguousarray(image[: bottom - bottom % 2])) for t_s, image in frames)


def free_foot_hidden(frames: Frames, truth: Truth) -> Frames:
    """A bench stands before the free foot."""
    return _behind_bench(frames, truth, truth.free)


def stance_foot_hidden(frames: Frames, truth: Truth) -> Frames:
    """A bench stands before the working foot, up to above the ankle."""
    return _behind_bench(frames, truth, truth.stance)


def _behind_bench(frames: Frames, truth: Truth, side: str) -> Frames:
    foot = np.concatenate([truth.path_px(f"{side}_{joint}") for joint in ("ankle", "heel", "toe")])
    margin = 0.06 * truth.leg_px
    left, top = (foot.min(axis=0) - margin).astype(int)
    right, bottom = (foot.max(axis=0) + margin).astype(int)
    for t_s, image in frames:
        hidden = image.copy()
        hidden[top:bottom, max(left, 0) : right] = (150, 111, 72)
        hidden[top : top + 6, max(left, 0) : right] = (176, 134, 92)
        yield t_s, hidden


def legs_crossing(frames: Frames, truth: Truth) -> Frames:
    """The free shank swings across the working one and back, every three seconds."""
    for t_s, image in frames:
        share = max(0.0, math.sin(2 * math.pi * t_s / 3.0))
        yield t_s, _shank_swung(image, truth, t_s, share) if share > 0.05 else image


def _shank_swung(image: ImageArray, truth: Truth, t_s: float, share: float) -> ImageArray:
    """Turn the free shank and foot about the free knee; what was behind them is made up."""
    joints, free, stance = truth.at(t_s), truth.free, truth.stance
    knee, ankle = joints[f"{free}_knee"], joints[f"{free}_ankle"]
    across = joints[f"{stance}_ankle"] - joints[f"{free}_ankle"]
    beyond = joints[f"{stance}_ankle"] + 0.12 * truth.leg_px * np.array([np.sign(across[0]), 0.0])
    turn = share * (_direction(beyond - knee) - _direction(ankle - knee))
    limb = np.zeros(image.shape[:2], np.uint8)
    path = [knee, ankle, joints[f"{free}_heel"], joints[f"{free}_toe"]]
    _draw_limb(limb, path, 0.075 * truth.leg_px, 255)
    behind = cv2.inpaint(image, cv2.dilate(limb, np.ones((5, 5))), 3, cv2.INPAINT_TELEA)
    about = cv2.getRotationMatrix2D((float(knee[0]), float(knee[1])), -math.degrees(turn), 1.0)
    size = (image.shape[1], image.shape[0])
    swung, where = cv2.warpAffine(image, about, size), cv2.warpAffine(limb, about, size)
    return _laid_over(np.asarray(behind, np.uint8), np.asarray(swung, np.uint8), where > 127)


def _direction(way: FloatArray) -> float:
    return math.atan2(way[1], way[0])


def loose_trousers(frames: Frames, truth: Truth) -> Frames:
    """Wide trousers from the hips to the ankles, which sway against the legs."""
    for t_s, image in frames:
        joints = truth.at(t_s)
        cloth = np.zeros(image.shape[:2], np.uint8)
        for number, side in enumerate((truth.free, truth.stance)):
            hip, knee, ankle = (joints[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
            sway = 0.025 * truth.leg_px * math.sin(2 * math.pi * 0.9 * t_s + 2 * number)
            hem = ankle + np.array([1.5 * sway, -0.06 * truth.leg_px])
            path = [hip, knee + np.array([sway, 0.0]), hem]
            _draw_limb(cloth, path, 0.14 * truth.leg_px, 110 + 80 * number)
        yield t_s, _dressed(image, cloth, t_s)


def skirt(frames: Frames, truth: Truth) -> Frames:
    """A skirt from the waist to below the knees: the knees are not in view."""
    for t_s, image in frames:
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
        cloth = np.zeros(image.shape[:2], np.uint8)
        cv2.fillConvexPoly(cloth, np.array(outline).round().astype(np.int32), 150)
        yield t_s, _dressed(image, cloth, t_s)


def _dressed(image: ImageArray, cloth: Any, t_s: float) -> ImageArray:
    """Cloth with soft folds laid over the image; ``cloth`` is its brightness, 0 for none."""
    part = _around(cloth > 0, 5)
    across = np.arange(image.shape[1])[None, part[1]]
    folds = 14.0 * np.sin(across / 7.0 + 2.0 * math.sin(2.0 * t_s))
    shade = np.clip(cv2.blur(cloth[part], (9, 9))[..., None] + folds[..., None], 0, 255)
    coloured = image.copy()
    coloured[part] = shade * (0.45, 0.5, 0.62)
    return _laid_over(image, coloured, cloth > 0)


def walker_behind(frames: Frames, truth: Truth) -> Frames:
    """Somebody, 0.6 times as large, goes to and fro behind: the person of the film, turned over."""
    passing_s, away_s = 3.0, 1.0
    for t_s, image in frames:
        turn, share = divmod(t_s, passing_s + away_s)
        share = share / passing_s
        foreground = _foreground(image, truth)
        person = _person(foreground, truth, t_s)
        height, width = image.shape[:2]
        xs = np.flatnonzero(person.any(axis=0))
        ys = np.flatnonzero(person.any(axis=1))
        cut = np.s_[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1]
        size = (round(0.6 * (xs[-1] - xs[0] + 1)), round(0.6 * (ys[-1] - ys[0] + 1)))
        figure = cv2.resize(image[cut][:, ::-1], size, interpolation=cv2.INTER_AREA)
        shape = cv2.resize(person[cut][:, ::-1].astype(np.uint8), size) > 0
        # Other clothes, or it would be a twin.
        figure = np.asarray(figure[..., [1, 2, 0]], np.uint8)
        share = share if int(turn) % 2 == 0 else 1.0 - share
        left = round(-size[0] + share * (width + size[0]))
        top = int(0.86 * height) - size[1]
        shown = np.s_[max(left, 0) : max(0, min(left + size[0], width))]
        part = np.s_[shown.start - left : max(shown.start, shown.stop) - left]
        behind = image.copy()
        area = behind[top : top + size[1], shown]
        area[shape[:, part]] = figure[:, part][shape[:, part]]
        yield t_s, _laid_over(behind, image, foreground)


def _foreground(image: ImageArray, truth: Truth) -> BoolArray:
    """The person and the step: what differs from the wall and the floor at the same height."""
    height, width = image.shape[:2]
    low, high = truth.xy_px.min(axis=(0, 1)), truth.xy_px.max(axis=(0, 1))
    reach, edge = 0.75 * truth.leg_px, 8
    left, right = max(0, int(low[0] - reach)), min(width, int(high[0] + reach))
    rows = np.s_[max(0, int(low[1] - reach)) : min(height, int(high[1] + reach))]
    about = image[rows, left:right]
    ends = [np.median(about[:, part], axis=1) for part in (np.s_[:edge], np.s_[-edge:])]
    across = np.linspace(0.0, 1.0, right - left)
    differs = np.zeros((height, width), bool)
    for colour in range(3):
        first, last = (end[:, colour, None] for end in ends)
        plain = first * (1.0 - across) + last * across
        differs[rows, left:right] |= np.abs(about[..., colour] - plain) > 22
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
    part = _around(where, 2)
    weight = cv2.blur(where[part].astype(np.float32), (3, 3))[..., None]
    laid = below.copy()
    laid[part] = weight * above[part] + (1.0 - weight) * below[part]
    return laid


def _around(where: BoolArray, margin: int) -> tuple[slice, slice]:
    """Rows and columns of the part in which something is, with a margin."""
    rows, columns = (np.flatnonzero(where.any(axis=axis)) for axis in (1, 0))
    return np.s_[
        max(0, rows[0] - margin) : rows[-1] + margin + 1,
        max(0, columns[0] - margin) : columns[-1] + margin + 1,
    ]


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
