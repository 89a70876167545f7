"""Which way up a film is: recorded poses turned by code, and bodies that truly lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
import pytest
from live_sessions import POSES
from live_sessions import recording as read

from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.pose.picture_turn import (
    EMPTY_FOR_S,
    LOOK_EVERY_S,
    LOOK_FOR_MOVEMENT_S,
    LOOK_FOR_S,
    UPRIGHT,
    PersonSeen,
    PictureTurn,
    TurnFinder,
    nearest_quarter,
)

recording = cache(read)
NAMES = sorted(path.stem for path in POSES.glob("*.npz"))
TURNS = (0, 90, 180, 270)
Look = tuple[float, list[PersonSeen]]


def clockwise(points_px: FloatArray, turn_deg: int) -> FloatArray:
    """Points in a picture turned clockwise; where they are does not matter, only how they lie."""
    x, y = points_px[..., 0], points_px[..., 1]
    turned = {0: (x, y), 90: (-y, x), 180: (-x, -y), 270: (y, -x)}[turn_deg]
    return np.stack(turned, axis=-1)


def seen(sample: PoseSample, turn_deg: int) -> list[PersonSeen]:
    if not sample.seen:
        return []
    return [PersonSeen(clockwise(sample.keypoints_px, turn_deg), sample.confidence)]


def looks(samples: Iterable[PoseSample], turn_deg: int) -> Iterator[Look]:
    return ((sample.t_s, seen(sample, turn_deg)) for sample in samples)


def found(looks: Iterable[Look]) -> tuple[PictureTurn, list[float]]:
    """The turn, and the times at which the finder wanted to look."""
    finder, looked_s = TurnFinder(), []
    for t_s, people in looks:
        if t_s < finder.next_s:
            continue
        looked_s.append(t_s)
        turn = finder.update(t_s, people)
        if turn is not None:
            return turn, looked_s
    return finder.finish(), looked_s


# --- people who exercise ---------------------------------------------------------------------


@pytest.mark.parametrize("turn_deg", TURNS)
@pytest.mark.parametrize("name", NAMES)
def test_each_clip_is_turned_back(name: str, turn_deg: int) -> None:
    turn, looked_s = found(looks(recording(name).samples, turn_deg))
    assert turn == PictureTurn(-turn_deg % 360)
    if turn_deg == 0:
        assert len(looked_s) == 3
    if turn_deg == 180:
        assert looked_s[-1] <= LOOK_FOR_S + LOOK_EVERY_S
    assert looked_s[-1] <= LOOK_FOR_MOVEMENT_S


@pytest.mark.parametrize("turn_deg", [90, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_movement_shows_that_who_is_sideways_stands(mirrored: bool, turn_deg: int) -> None:
    """Before the first repetition nothing shows it, and the picture stays as it is."""
    samples = recording("step_down_side_left").samples
    turned = list(looks(samples, turn_deg))
    if mirrored:
        flip = np.array([-1.0, 1.0])
        turned = [
            (t_s, [PersonSeen(one.keypoints_px * flip, one.confidence) for one in people])
            for t_s, people in turned
        ]
    still = [look for look in turned if look[0] <= 1.5]
    assert found(still)[0] == PictureTurn(0, person_across=True)
    expected = turn_deg if mirrored else -turn_deg % 360
    assert found(turned)[0] == PictureTurn(expected)


@pytest.mark.parametrize("turn_deg", TURNS)
def test_one_pose_in_four_may_be_the_wrong_way_up(turn_deg: int) -> None:
    samples = list(recording("squat_front").samples)[::8]
    spoiled = [
        (sample.t_s, seen(sample, (turn_deg + 180) % 360 if i % 4 == 1 else turn_deg))
        for i, sample in enumerate(samples)
    ]
    assert found(spoiled)[0] == PictureTurn(-turn_deg % 360)


def test_when_the_poses_do_not_agree_the_picture_stays() -> None:
    samples = list(recording("squat_front").samples)[::8]
    mixed = [(sample.t_s, seen(sample, 180 * (i % 2))) for i, sample in enumerate(samples)]
    assert found(mixed)[0] == UPRIGHT


def test_hidden_joints_have_no_vote() -> None:
    sample = recording("squat_front").samples[0]
    unsure = np.where(
        np.isin(np.arange(len(Keypoint)), [Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE]), 0.1, 0.99
    )
    hidden = PersonSeen(clockwise(sample.keypoints_px, 180), unsure)
    assert found((i / 4, [hidden]) for i in range(40))[0] == UPRIGHT


def test_the_largest_person_decides() -> None:
    upright = recording("squat_front").samples[0]
    child = PersonSeen(0.4 * upright.keypoints_px, upright.confidence)
    (grown,) = seen(upright, 180)
    assert found((i / 4, [child, grown]) for i in range(20))[0] == PictureTurn(180)


# --- nobody, or not for long -----------------------------------------------------------------


def test_somebody_who_comes_late_is_waited_for() -> None:
    empty: list[Look] = [(float(t_s), []) for t_s in range(20)]
    person = [(20 + t_s, people) for t_s, people in looks(recording("squat_front").samples, 180)]
    turn, looked_s = found(empty + person)
    assert turn == PictureTurn(180)
    assert 20 + LOOK_FOR_S <= looked_s[-1] <= 20 + LOOK_FOR_S + 2 * LOOK_EVERY_S


def test_an_empty_film_is_given_up() -> None:
    turn, looked_s = found((float(t_s), []) for t_s in range(500))
    assert (turn, looked_s[-1]) == (UPRIGHT, EMPTY_FOR_S)


@pytest.mark.parametrize(("count", "turn_deg"), [(1, 0), (2, 0), (4, 180)])
def test_a_very_short_film_needs_a_few_poses(count: int, turn_deg: int) -> None:
    samples = list(recording("squat_front").samples)[::8][:count]
    assert found(looks(samples, 180))[0] == PictureTurn(turn_deg)


def test_no_frame_at_all() -> None:
    assert TurnFinder().finish() == UPRIGHT


# --- bodies that lie --------------------------------------------------------------------------

TALL_PX = 400.0


def body(ankle: complex, hip: complex, shoulder: complex) -> PersonSeen:
    """A body in metres, x to the right and y up, seen from the side."""
    points = np.zeros((len(Keypoint), 2))
    for joint, place in (("ANKLE", ankle), ("HIP", hip), ("SHOULDER", shoulder)):
        for side in ("LEFT", "RIGHT"):
            points[Keypoint[f"{side}_{joint}"]] = TALL_PX * place.real, -TALL_PX * place.imag
    return PersonSeen(points, np.full(len(Keypoint), 0.95))


ANKLE = 0.1j
LYING = body(ANKLE, 0.9 + 0.12j, 1.4 + 0.15j)
ELBOW_PLANK = body(ANKLE, 0.85 + 0.28j, 1.35 + 0.38j)
PUSH_UP = body(ANKLE, 0.82 + 0.4j, 1.3 + 0.55j)
ALL_FOURS = body(ANKLE, 0.4 + 0.5j, 0.9 + 0.55j)
ON_THE_HEELS = body(ANKLE, 0.12 + 0.25j, 0.65 + 0.25j)
SAGGING = body(ANKLE, 0.86 + 0.15j, 1.36 + 0.38j)
ROCKED_BACK = body(ANKLE, 0.81 + 0.28j, 1.31 + 0.38j)


def held(*parts: tuple[PersonSeen, float]) -> list[Look]:
    """Postures one after the other, each for some seconds, with half a second in between."""
    series: list[Look] = []
    t_s = 0.0
    before: PersonSeen | None = None
    for person, hold_s in parts:
        if before is not None:
            for share in (0.25, 0.75):
                points = (1 - share) * before.keypoints_px + share * person.keypoints_px
                series.append((t_s, [PersonSeen(points, person.confidence)]))
                t_s += LOOK_EVERY_S
        for _ in range(round(hold_s / LOOK_EVERY_S)):
            series.append((t_s, [person]))
            t_s += LOOK_EVERY_S
        before = person
    return series


@pytest.mark.parametrize(
    "looks",
    [
        held((LYING, 25)),
        held((ELBOW_PLANK, 25)),
        held((LYING, 1.5), (ELBOW_PLANK, 20), (LYING, 4)),
        held((ALL_FOURS, 1), (ELBOW_PLANK, 20)),
        held((ON_THE_HEELS, 2), (ELBOW_PLANK, 20)),
        held((ELBOW_PLANK, 6), (ON_THE_HEELS, 4), (ELBOW_PLANK, 12)),
        held(*[(PUSH_UP, 0.5), (LYING, 0.5)] * 15),
        held(*[(ELBOW_PLANK, 1), (SAGGING, 1)] * 10),
        held(*[(ELBOW_PLANK, 1), (ROCKED_BACK, 1)] * 10),
    ],
    ids=[
        *(
            "lying",
            "plank",
            "into a plank",
            "from all fours",
            "from the heels",
            "rests on the heels",
        ),
        *("push-ups", "sags", "rocks"),
    ],
)
@pytest.mark.parametrize("facing", [1.0, -1.0])
def test_who_lies_or_holds_a_plank_is_not_turned(looks: list[Look], facing: float) -> None:
    flip = np.array([facing, 1.0])
    turn, _ = found(
        (t_s, [PersonSeen(one.keypoints_px * flip, one.confidence) for one in people])
        for t_s, people in looks
    )
    assert turn.turn_deg == 0


def test_what_looks_sideways_is_said() -> None:
    assert found(held((ELBOW_PLANK, 25)))[0].person_across
    assert not found(held((ALL_FOURS, 25)))[0].person_across


# --- quarter turns ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("turned_deg", "quarter"),
    [(0, 0), (-20, 0), (31, None), (-61, 270), (90, 90), (119, 90), (-170, 180), (179, 180)],
)
def test_the_nearest_quarter_turn(turned_deg: float, quarter: int | None) -> None:
    assert nearest_quarter(turned_deg) == quarter
