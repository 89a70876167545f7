from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest

from formcheck.data.errors import UsageError
from formcheck.data.keypoints import Keypoint, keypoint
from formcheck.pose.subject import (
    Body,
    SubjectSelector,
    SubjectTracker,
    Track,
    is_continuous,
    match_tracks,
    merge_bodies,
    select_body,
)

FRAME = (1280, 720)
FPS = 30
SIZE = 120.0


def body(x: float, y: float = 300.0, size: float = SIZE, visible_share: float = 1.0) -> Body:
    """A person standing with the torso's middle at (x, y)."""
    box = (x - 0.6 * size, y - 1.2 * size, x + 0.6 * size, y + 2.3 * size)
    return Body((x, y), size, box, visible_share, hip_y_px=y + 0.5 * size)


def squatting(x: float, t_s: float) -> Body:
    """Goes down and up by a third of a body size every three seconds."""
    return body(x, 300 + 0.17 * SIZE * (1 - math.cos(2 * math.pi * t_s / 3)))


# Selecting a person.


@pytest.mark.parametrize(
    ("text", "selector"),
    [
        ("auto", SubjectSelector("auto")),
        ("left", SubjectSelector("left")),
        ("largest", SubjectSelector("largest")),
        ("0.3,0.5", SubjectSelector(None, (0.3, 0.5))),
        (" .3 , 1 ", SubjectSelector(None, (0.3, 1.0))),
    ],
)
def test_valid_subjects_are_parsed(text: str, selector: SubjectSelector) -> None:
    assert SubjectSelector.parse(text) == selector


@pytest.mark.parametrize("text", ["", "me", "LEFT", "0.3", "1.2,0.5", "-0.1,0.5", "a,b", "nan,0"])
def test_invalid_subjects_are_rejected(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        SubjectSelector.parse(text)
    assert repr(text) in caught.value.message
    assert "left" in caught.value.hint


@pytest.mark.parametrize(
    ("selector", "expected"),
    [("left", 0), ("right", 2), ("center", 1), ("largest", 2), ("0.14,0.4", 0), ("0.8,0.5", 2)],
)
def test_each_rule_selects_the_matching_person(selector: str, expected: int) -> None:
    people = [body(200), body(600), body(1000, size=150)]
    assert select_body(people, SubjectSelector.parse(selector), FRAME) == expected


def test_auto_prefers_a_fully_visible_large_person_near_the_middle() -> None:
    auto = SubjectSelector("auto")
    assert select_body([body(640, visible_share=0.5), body(640)], auto, FRAME) == 1
    assert select_body([body(640, size=60), body(640)], auto, FRAME) == 1
    assert select_body([body(100), body(640)], auto, FRAME) == 1


def test_auto_does_not_depend_on_the_resolution() -> None:
    people = [body(300, size=100), body(900, size=140)]
    doubled = [body(600, 600, 200), body(1800, 600, 280)]
    assert select_body(people, SubjectSelector(), FRAME) == select_body(
        doubled, SubjectSelector(), (2560, 1440)
    )


# Bodies.


def standing_keypoints() -> np.ndarray:
    """A person 500 px tall who faces the camera: torso 150, shoulders 100 wide."""
    xy = np.zeros((len(Keypoint), 2))
    xy[[Keypoint.NOSE, Keypoint.LEFT_EAR, Keypoint.RIGHT_EAR]] = (300, 100)
    for side, x in (("left", 350), ("right", 250)):
        for joint, y in (("shoulder", 150), ("elbow", 220), ("wrist", 290)):
            xy[keypoint(side, joint)] = (x, y)  # type: ignore[arg-type]
        for joint, y in (("hip", 300), ("knee", 450), ("ankle", 590), ("heel", 600), ("toe", 600)):
            xy[keypoint(side, joint)] = (x, y)  # type: ignore[arg-type]
    return xy


def test_a_body_summarises_a_pose() -> None:
    confidence = np.ones(len(Keypoint))
    confidence[[Keypoint.LEFT_TOE, Keypoint.LEFT_WRIST]] = 0.1
    seen = Body.from_pose(standing_keypoints(), confidence)
    assert seen.centre_px == (300, 225)
    assert seen.size_px == pytest.approx(150)
    assert seen.box_px == (250, 100, 350, 600)
    assert seen.visible_share == pytest.approx(12 / 13)  # wrists do not count
    assert seen.hip_y_px == 300


def test_leaning_toward_the_camera_hardly_changes_the_size() -> None:
    upright = standing_keypoints()
    leaning = upright.copy()
    head_and_shoulders = [0, 1, 2, Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER]
    leaning[head_and_shoulders, 1] += 75  # the torso looks half as long
    ones = np.ones(len(Keypoint))
    ratio = Body.from_pose(leaning, ones).size_px / Body.from_pose(upright, ones).size_px
    assert ratio > 0.9


def test_each_person_is_counted_once_and_the_tracked_body_is_kept() -> None:
    tracked = body(400)
    people = merge_bodies(tracked, [body(410, 305), body(800)])
    assert people == [tracked, body(800)]
    assert merge_bodies(None, []) == []


# Identity over time.


@pytest.mark.parametrize(
    ("moved_sizes", "grown", "passed_s", "expected"),
    [
        (0.1, 1.0, 1 / 30, True),
        (0.6, 1.0, 1 / 30, False),
        (0.6, 1.0, 1 / 10, True),
        (0.0, 1.8, 1 / 30, False),
        (3.0, 1.0, 5.0, False),
    ],
)
def test_a_torso_moves_only_so_fast(
    moved_sizes: float, grown: float, passed_s: float, expected: bool
) -> None:
    track = Track.start(body(400), 0.0)
    size = SIZE * grown
    assert is_continuous(track, body(400 + moved_sizes * size, size=size), passed_s) is expected


def test_people_who_cross_are_distinguished_by_their_velocity() -> None:
    stays = Track.start(body(600), 0.0)
    walks = Track.start(body(300), 0.0)
    for frame in range(1, 16):
        stays = stays.updated(body(600), frame / FPS)
        walks = walks.updated(body(300 + 12 * frame), frame / FPS)
    bodies = [body(840), body(600)]  # half a second later, on the other side
    assert match_tracks([stays, walks], bodies, 1.0) == {0: 1, 1: 0}


def test_hip_travel_counts_in_place_but_not_while_walking() -> None:
    works = walks = Track.start(body(600), 0.0)
    for look in range(1, 12):
        t_s = look / 2
        works = works.updated(squatting(600, t_s), t_s).with_hip_recorded()
        walks = walks.updated(replace(squatting(600, t_s), centre_px=(600 + 150 * look, 300)), t_s)
        walks = walks.with_hip_recorded()
    assert works.hip_travel == pytest.approx(0.34, abs=0.1)
    assert works.settled_s == pytest.approx(5.5)
    assert walks.hip_travel == 0.0
    assert walks.settled_s == 0.0


# The complete tracker, on scenes with a known answer.

People = Mapping[str, Body]
Scene = Callable[[float], People]


@dataclass
class Result:
    names: list[str | None]
    detection_times_s: list[float]
    people: list[int]

    def during(self, start_s: float, end_s: float) -> set[str | None]:
        return set(self.names[round(start_s * FPS) : round(end_s * FPS)])


def play(
    scene: Scene,
    *,
    selector: str = "auto",
    seconds: float = 12.0,
    hijacked: Mapping[int, str] | None = None,
    hidden_from_detection: Callable[[str, float], bool] = lambda _name, _t_s: False,
) -> Result:
    """Run a tracker over a scene; the frame-to-frame tracking is simulated by name.

    ``hijacked`` maps a frame to the person to whom the simulated tracking slips in it.
    """
    tracker = SubjectTracker(SubjectSelector.parse(selector))
    tracked_name: str | None = None
    result = Result([], [], [])
    for frame in range(round(seconds * FPS)):
        t_s = frame / FPS
        people = scene(t_s)
        tracked: Body | None = None
        if tracker.may_track(t_s):
            tracked_name = (hijacked or {}).get(frame, tracked_name)
            if tracked_name not in people:
                tracked_name = max(people, key=lambda name: people[name].size_px, default=None)
            tracked = people[tracked_name] if tracked_name is not None else None
        subject = tracked
        if tracker.needs_detection(t_s, tracked):
            result.detection_times_s.append(t_s)
            seen = [b for name, b in people.items() if not hidden_from_detection(name, t_s)]
            subject = tracker.update(t_s, tracked, seen, FRAME)
            tracked_name = next((name for name, b in people.items() if b is subject), None)
        result.names.append(next((name for name, b in people.items() if b is subject), None))
        result.people.append(tracker.people)
    return result


def test_a_single_person_is_always_the_subject_and_detections_are_rare() -> None:
    result = play(lambda t_s: {"me": squatting(640, t_s)}, seconds=40)
    assert result.during(0, 40) == {"me"}
    assert result.people == [1] * len(result.people)
    assert len(result.detection_times_s) <= 14
    assert max(np.diff(result.detection_times_s)) <= 4.1


def test_with_nobody_in_view_there_is_no_subject_and_one_detection() -> None:
    result = play(lambda _t_s: {}, seconds=5)
    assert result.during(0, 5) == {None}
    assert result.detection_times_s == [0.0]


def test_a_person_who_comes_in_late_becomes_the_subject_at_once() -> None:
    result = play(lambda t_s: {"me": body(640)} if t_s >= 2 else {}, seconds=4)
    assert result.during(0, 2) == {None}
    assert result.during(2, 4) == {"me"}


def walking(t_s: float, start_s: float = 4.0, start_px: float = 0.0) -> Body:
    """Walks through the frame at 2 body sizes a second, nearer to the camera."""
    return body(start_px + 240 * (t_s - start_s), 320, SIZE * 1.2)


def test_a_passer_by_is_counted_but_does_not_become_the_subject() -> None:
    def scene(t_s: float) -> People:
        people = {"me": squatting(640, t_s)}
        return people | ({"passer-by": walking(t_s)} if 4 <= t_s <= 9 else {})

    result = play(scene)
    assert result.during(0, 12) == {"me"}
    assert max(result.people) == 2
    assert result.people[-1] == 1


def test_the_subject_is_recovered_after_tracking_slips_to_a_passer_by() -> None:
    def scene(t_s: float) -> People:
        people = {"me": squatting(640, t_s)}
        return people | ({"passer-by": walking(t_s)} if 4 <= t_s <= 9.3 else {})

    def hidden_by_passer_by(
        name: str, t_s: float
    ) -> bool:  # two people who overlap are detected as one
        return name == "me" and abs(walking(t_s).centre_px[0] - 640) < 0.8 * SIZE

    slip_frame = next(f for f in range(120, 300) if walking(f / FPS).centre_px[0] > 620)
    result = play(
        scene, hijacked={slip_frame: "passer-by"}, hidden_from_detection=hidden_by_passer_by
    )
    wrong = [frame for frame, name in enumerate(result.names) if name == "passer-by"]
    assert len(wrong) <= 0.4 * FPS
    assert result.during(slip_frame / FPS + 1.0, 12) == {"me"}


def test_the_subject_is_not_replaced_while_briefly_out_of_sight() -> None:
    def scene(t_s: float) -> People:
        people = {"passer-by": walking(t_s, 0.5, -600.0)}
        return people | ({"me": body(640)} if t_s < 3 or t_s > 4.5 else {})

    result = play(scene, seconds=7)
    assert result.during(0, 3) == {"me"}
    assert result.during(3.1, 4.4) == {None}
    assert result.during(4.8, 7) == {"me"}


def test_at_the_start_a_person_in_place_is_preferred_to_one_who_walks_through() -> None:
    def scene(t_s: float) -> People:
        return {"passer-by": walking(t_s, 0.0, 500.0), "me": squatting(300, t_s)}

    result = play(scene, seconds=5)
    assert result.names[0] == "passer-by"  # looks the better subject at first sight
    assert result.during(2.0, 5) == {"me"}


def test_the_person_who_exercises_is_preferred_to_a_standing_spotter() -> None:
    def scene(t_s: float) -> People:
        return {"spotter": body(640, size=SIZE * 1.2), "me": squatting(300, t_s)}

    result = play(scene)
    assert result.names[0] == "spotter"
    assert result.during(5, 12) == {"me"}


def test_a_subject_who_exercises_stays_the_subject_while_resting() -> None:
    def scene(t_s: float) -> People:
        rests = t_s > 6
        me = body(640) if rests else squatting(640, t_s)
        return {"me": me, "other": squatting(300, t_s) if rests else body(300)}

    assert play(scene, seconds=16).during(0, 16) == {"me"}


@pytest.mark.parametrize(
    ("selector", "expected"), [("left", "a"), ("right", "b"), ("0.8,0.5", "b"), ("largest", "b")]
)
def test_an_explicit_selection_is_kept_even_when_another_person_exercises(
    selector: str, expected: str
) -> None:
    def scene(t_s: float) -> People:
        idle = body(300) if expected == "a" else body(1000, size=SIZE * 1.2)
        works = squatting(1000 if expected == "a" else 300, t_s)
        return {"a": idle, "b": works} if expected == "a" else {"a": works, "b": idle}

    assert play(scene, selector=selector).during(0, 12) == {expected}


def test_the_only_person_stays_the_subject_across_a_cut() -> None:
    result = play(lambda t_s: {"me": body(300 if t_s < 3 else 1000)}, seconds=6)
    assert result.during(0, 6) == {"me"}


def test_the_same_scene_gives_the_same_result() -> None:
    def scene(t_s: float) -> People:
        return {"spotter": body(640), "me": squatting(300, t_s), "passer-by": walking(t_s)}

    assert play(scene) == play(scene)
