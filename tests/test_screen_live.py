"""The live screen: a mirror that says what to do in letters that are read across a room."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from live_sessions import recording

from formcheck.app.live.slow_machine import LOWERED
from formcheck.app.live.viewer import screen_state
from formcheck.coach.plan import PlanState
from formcheck.coach.setup import SetupCheckItem, SetupState
from formcheck.data.arrays import ImageArray
from formcheck.data.frame_result import FrameResult, Phase
from formcheck.data.keypoints import Keypoint
from formcheck.data.numbers import grade_words
from formcheck.data.palette import GOOD
from formcheck.data.session import Grade
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import Analyzer
from formcheck.screen.canvas import draw_tag, draw_text
from formcheck.screen.lettering import CAP_HEIGHT
from formcheck.screen.live_screen import SCREEN_PX, LiveScreen, Place, draw_card_on
from formcheck.screen.live_words import (
    Check,
    ScreenState,
    drawing_card,
    end_card,
    help_card,
    lost_card,
    verdict_in_the_set,
)
from formcheck.screen.state import VerdictCard

THREE_METRES = 1 / 20
"""A capital of a twentieth of the picture's height is 9 mm on a laptop: 10 arc minutes from three
metres, twice what normal sight needs."""


@pytest.fixture(scope="module")
def results() -> list[FrameResult]:
    analyzer = Analyzer(get_exercise("step_down"))
    return [analyzer.update(sample) for sample in recording("step_down_front_left").samples]


@pytest.fixture
def descent(results: list[FrameResult]) -> FrameResult:
    return next(result for result in results if result.reps_done and (result.depth or 0) > 12)


def screen_for(result: FrameResult) -> tuple[LiveScreen, ImageArray]:
    width, height = result.sample.frame_size_px
    return LiveScreen(get_exercise("step_down"), (width, height)), np.full(
        (height, width, 3), 90, np.uint8
    )


@pytest.mark.parametrize("camera_px", [(1280, 720), (640, 480), (720, 1280), (1920, 1080)])
def test_the_picture_is_mirrored_and_the_keypoints_with_it(
    camera_px: tuple[int, int], descent: FrameResult
) -> None:
    width, height = camera_px
    sample = descent.sample
    scale = np.array(camera_px) / np.array(sample.frame_size_px)
    scaled = replace(
        descent,
        sample=replace(sample, keypoints_px=sample.keypoints_px * scale, frame_size_px=camera_px),
    )
    x, y = scaled.sample.keypoints_px[Keypoint.LEFT_KNEE]
    image = np.zeros((height, width, 3), np.uint8)
    image[round(y) - 6 : round(y) + 7, round(x) - 6 : round(x) + 7] = 255
    place = Place.for_camera(camera_px)
    canvas = place.mirrored(image)
    assert canvas.shape == (SCREEN_PX[1], SCREEN_PX[0], 3)
    rows, columns = np.nonzero((canvas > 250).all(axis=-1))
    moved_x, moved_y = place.on_canvas(scaled).sample.keypoints_px[Keypoint.LEFT_KNEE]
    assert columns.mean() == pytest.approx(moved_x, abs=1.5)
    assert rows.mean() == pytest.approx(moved_y, abs=1.5)


def test_sides_stay_the_persons_own_in_the_mirror(descent: FrameResult) -> None:
    place = Place.for_camera(descent.sample.frame_size_px)
    before, after = descent.sample.keypoints_px, place.on_canvas(descent).sample.keypoints_px
    on_the_right = before[Keypoint.LEFT_HIP, 0] > before[Keypoint.RIGHT_HIP, 0]
    assert on_the_right, "who faces the camera has the left hip on the right of the picture"
    assert after[Keypoint.LEFT_HIP, 0] < after[Keypoint.RIGHT_HIP, 0], "and on the left of a mirror"
    assert place.on_canvas(descent).stance_side == descent.stance_side


def test_letters_are_not_mirrored(descent: FrameResult) -> None:
    screen_state = ScreenState("setup", "Turn left 15°", checks=(Check("In view", done=True),))
    pictures = []
    for flip in (False, True):
        screen, image = screen_for(descent)
        image[:, : image.shape[1] // 2] = 60
        pictures.append(screen.draw(image[:, ::-1] if flip else image, descent, screen_state))
    column = np.s_[:200, SCREEN_PX[0] - 420 :]
    assert (pictures[0][column] == pictures[1][column]).all()


def test_the_camera_s_picture_is_left_as_it_was(descent: FrameResult) -> None:
    screen, image = screen_for(descent)
    before = image.copy()
    screen.draw(image, descent, ScreenState("set", reps=3, reps_target=8))
    assert (image == before).all()


def heights_of_letters(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """What is written while it is watched, with its capitals' height as a share of the screen."""
    written: dict[str, float] = {}

    def watch(scene: Any, text: str, at: Any, size_px: int, *rest: Any, **more: Any) -> None:
        written[text] = CAP_HEIGHT * size_px / SCREEN_PX[1]
        draw_text(scene, text, at, size_px, *rest, **more)

    monkeypatch.setattr("formcheck.screen.live_screen.draw_text", watch)

    def watch_tag(scene: Any, text: str, at: Any, size: float, *rest: Any, **more: Any) -> None:
        written[text] = CAP_HEIGHT * scene.layout.text_px(size) / SCREEN_PX[1]
        draw_tag(scene, text, at, size, *rest, **more)

    monkeypatch.setattr("formcheck.screen.live_screen.draw_tag", watch_tag)
    return written


def test_what_matters_can_be_read_from_three_metres(
    results: list[FrameResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    written = heights_of_letters(monkeypatch)
    screen, image = screen_for(results[0])
    says = ScreenState("set", reps=3, reps_target=8, set_index=2, sets=3, stance_side="left")
    for result in results[::3]:
        screen.draw(image, result, says)
    assert written["3"] > 3.5 * THREE_METRES
    assert written["of 8"] > THREE_METRES
    assert written["Left leg"] >= 0.95 * THREE_METRES
    assert written["Rep 1: good"] > THREE_METRES
    cue = [height for text, height in written.items() if "knee out" in text]
    assert cue, "the film has a cue for the knee"
    assert min(cue) > THREE_METRES


@pytest.mark.parametrize(
    "headline",
    ["Ready: start", "Turn right 25°", "Step back: head and feet are cut off", "Someone else"],
)
def test_the_set_up_says_one_thing_in_large_letters(
    headline: str, descent: FrameResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = heights_of_letters(monkeypatch)
    screen, image = screen_for(descent)
    screen.draw(image, descent, ScreenState("setup", headline))
    assert " ".join(written) == headline
    assert min(written.values()) > 1.3 * THREE_METRES


@pytest.mark.parametrize(
    "text",
    [
        "Switch on a light: it is too dark",
        "Tilt the camera up: head cut off",
        "Step back: head and feet are cut off",
        "Level the camera: it is tilted 12°",
        "Turn around: face the camera",
        "Facing the camera",
        "Side-on to the camera",
        "Step into view",
        "Someone else is in view",
    ],
)
def test_the_list_of_the_set_up_cuts_no_words_off(
    text: str, descent: FrameResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = SetupCheckItem("light", False, text)
    state = SetupState((item,), text, False, 0.0, False)
    plan = PlanState("setup", 1, None, 0, 8, 1, None, text)
    written = heights_of_letters(monkeypatch)
    screen, image = screen_for(descent)
    screen.draw(image, descent, screen_state(plan, state))
    assert item.short in written
    assert not any("…" in words for words in written)


def test_a_set_up_that_fits_is_green_from_afar(descent: FrameResult) -> None:
    pictures = []
    for ready in (False, True):
        screen, image = screen_for(descent)
        pictures.append(
            screen.draw(image, descent, ScreenState("setup", "Stand still", ready=ready))
        )
    assert not (pictures[0][:4, :4] == GOOD).all()
    assert (pictures[1][:4, :4] == GOOD).all()


def test_progress_fills_its_bar(descent: FrameResult) -> None:
    green_ink = []
    for progress in (0.1, 0.5, 1.0):
        screen, image = screen_for(descent)
        picture = screen.draw(
            image, descent, ScreenState("setup", "Stand still", ready=True, progress=progress)
        )
        column = picture[:300, SCREEN_PX[0] - 420 :].astype(int)
        green_ink.append(int((column.sum(axis=-1) < 120).sum()))
    assert green_ink[0] < green_ink[1] < green_ink[2]


def test_a_rest_counts_down_in_very_large_digits(
    descent: FrameResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = heights_of_letters(monkeypatch)
    screen, image = screen_for(descent)
    screen_state = ScreenState("rest", "Change legs", detail="Now the right one", countdown_s=12.2)
    screen.draw(image, descent, screen_state)
    assert written["13"] > 2.5 * THREE_METRES
    assert written["Change legs"] > 1.3 * THREE_METRES


def test_the_last_verdict_is_said_once_and_goes_when_the_next_repetition_starts(
    results: list[FrameResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen, image = screen_for(results[0])
    ends = [i for i, result in enumerate(results) if result.closed is not None]
    for result in results[: ends[0]]:
        screen.draw(image, result, ScreenState("set"))
    shown = []
    for result in results[ends[0] : ends[1] + 1]:
        with monkeypatch.context() as watched:
            written = heights_of_letters(watched)
            screen.draw(image, result, ScreenState("set"))
        shown.append([text for text in written if text.startswith("Rep ")])
    moving = [result.phase is not Phase.STANDING for result in results[ends[0] : ends[1] + 1]]
    starts = moving.index(True)
    assert starts > 3, "the person stands for a moment"
    assert shown[:starts] == [["Rep 1: good"]] * starts
    assert not any(shown[starts:-1]), "gone with the start, and until the next one is measured"
    assert [text.partition(":")[0] for text in shown[-1]] == ["Rep 2"]


def test_a_rest_says_how_the_set_was_in_letters_for_three_metres(
    descent: FrameResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = heights_of_letters(monkeypatch)
    screen, image = screen_for(descent)
    lines = (
        *("Left leg: 8 repetitions", "Good form in 6 of 8, slow enough in 5 of 8"),
        "Push the knee out over the little toe",
    )
    content = ScreenState(
        "rest",
        "Rest",
        detail="Next: set 2 of 2",
        countdown_s=21.3,
        set_count=lines[0],
        set_good=lines[1],
        set_change=lines[2],
        notice="That was your left leg: change to the right",
    )
    screen.draw(image, descent, content)
    assert {"22", *lines, "Next: set 2 of 2"} <= set(written)
    assert min(written.values()) >= 0.9 * THREE_METRES
    assert written["22"] > 2.5 * THREE_METRES


LOST = "40\N{NO-BREAK SPACE}% of frames lost: close other programs"


@pytest.mark.parametrize("notice", [LOST, LOWERED])
@pytest.mark.parametrize("stage", ["set", "setup", "ready", "rest"])
def test_a_slow_computer_is_told_in_every_stage(
    stage: Any, notice: str, results: list[FrameResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = results[5]
    written = heights_of_letters(monkeypatch)
    screen, image = screen_for(standing)
    screen.draw(image, standing, ScreenState(stage, "Turn left 15°", notice=notice))
    told = {text: height for text, height in written.items() if len(text) > 1 and text in notice}
    assert " ".join(told) == notice
    assert min(told.values()) >= 0.9 * THREE_METRES


NOT_ALL = ("Good form in 2 of 4 repetitions. Knee falls in (reps 3 and 4).", "All slow enough.")
CUE = "Push the knee out (reps 3 and 4)"


def test_the_end_says_how_it_went_what_to_change_first_and_where_the_report_is() -> None:
    card = end_card("4 repetitions", NOT_ALL, [CUE, "Slower"], "Report: a.html", all_good=False)
    assert [line.text for line in card] == [
        *("4 repetitions", *NOT_ALL, CUE, "Report: a.html", "Press any key to close."),
    ]


def test_the_end_is_green_only_when_all_was_good() -> None:
    assert not any(
        line.colour == GOOD
        for line in end_card("4 repetitions", NOT_ALL, [CUE], "x", all_good=False)
    )
    good = end_card("4 repetitions", ["Good form in all 4."], [], "x", all_good=True)
    assert [(line.text, line.colour) for line in good[1:2]] == [("Good form in all 4.", GOOD)]
    assert len(good) == 4


@pytest.mark.parametrize(
    ("card", "says"),
    [
        (help_card(), ["Keys", "q or Esc: end and save"]),
        (
            drawing_card("4 repetitions", NOT_ALL, ["Form: 2 good, 2 watch"], 43, all_good=False),
            [
                "4 repetitions",
                "Form: 2 good, 2 watch",
                "Saved. Drawing the results into the film: 43\N{NO-BREAK SPACE}%",
            ],
        ),
        (
            drawing_card("0 repetitions", ["Nothing."], [], None, all_good=False),
            ["Saved. Drawing the results into the film"],
        ),
        (lost_card("The camera is disconnected: check its cable", 7.4), ["No image"]),
        (
            end_card(
                "8 repetitions",
                ["Good form in 6 of 8."],
                ["Push out"],
                "Report: a.html",
                all_good=False,
            ),
            ["8 repetitions", "Good form in 6 of 8.", "Push out"],
        ),
        (
            end_card("1 repetition", ["Too fast."], ["Slower"], "x", all_good=False),
            ["1 repetition", "Slower"],
        ),
        (end_card("0 repetitions", ["Nothing."], [], "y" * 400, all_good=False), ["0 repetitions"]),
        (
            end_card("2 repetitions", ["Both."], [], "x", all_good=True, uncounted=1),
            ["2 repetitions", "Both.", "1 movement not counted"],
        ),
        (
            end_card("2 repetitions", ["Both."], [], "x", all_good=True, uncounted=2),
            ["2 movements not counted"],
        ),
    ],
)
def test_cards_say_what_they_must(
    card: Any, says: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    written = heights_of_letters(monkeypatch)
    picture = draw_card_on(None, card)
    assert picture.shape == (SCREEN_PX[1], SCREEN_PX[0], 3)
    assert set(says) <= set(written)


def test_a_lost_camera_darkens_the_last_picture(descent: FrameResult) -> None:
    screen, image = screen_for(descent)
    last = screen.draw(image, descent, ScreenState("set"))
    darkened = draw_card_on(last, lost_card("The camera is sending no image", 3.0))
    assert darkened[-20:].mean() < 0.5 * last[-20:].mean()


def test_what_was_drawn_does_not_show_through_a_card(descent: FrameResult) -> None:
    screen, image = screen_for(descent)
    image[:] = 120
    drawn = screen.draw(image, descent, ScreenState("ended", "Done", ready=True))
    assert (drawn[:4, :4] == GOOD).all()
    assert screen.mirror is not None
    corner = draw_card_on(
        screen.mirror, end_card("1 repetition", ["Good form."], [], "x", all_good=True)
    )[:8, :8]
    assert (corner == corner[0, 0, 0]).all(), "grey, and no frame"


@pytest.mark.parametrize("grade", ["good", "watch"])
def test_an_unclear_verdict_has_the_words_of_the_report(grade: Grade) -> None:
    other: Grade = "watch" if grade == "good" else "good"
    words = grade_words(grade, "unclear", other)
    card = VerdictCard(3, "form", grade, words, "unclear", seen="" if grade == "good" else "leans")
    assert verdict_in_the_set(card, 3) == f"Rep 3: form {grade}, perhaps {other}"
