"""How long a film still takes, and the sets that are listed as they are found."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from live_sessions import recording

from formcheck.app.found_sets import SET_REST_S, FoundSet, FoundSets
from formcheck.app.time_left import TimeLeft
from formcheck.cli.analyze_command import left_words, set_words
from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import Analyzer

LOOK_S, FRAME_S = 0.010, 0.001
SIZE_PX = 640, 480


@dataclass
class Work:
    """The work on a film of 30 frames a second, on a clock that goes on with what is done.

    The person rests for ``rest_min`` and moves for ``move_min``, again and again.
    """

    minutes: float
    rest_min: float
    move_min: float
    draw_s: float
    now_s: float = 0.0
    said: list[tuple[float, float | None, float | None]] = field(default_factory=list)

    def run(self) -> np.ndarray:
        """Give at each moment: when it is, and how long is said to be left; NaN while unknown."""
        left = TimeLeft(60.0, clock=lambda: self.now_s)
        frames = round(1800 * self.minutes)
        for index in range(frames):
            into_min = (index / 1800) % (self.rest_min + self.move_min)
            if into_min >= self.rest_min or index % 3 == 0:
                self.now_s += LOOK_S
                left.look(*SIZE_PX)
            self.now_s += FRAME_S
            left.measuring(index / 30, index + 1, frames)
            self._note(left)
        for index in range(frames):
            self.now_s += self.draw_s
            left.drawing(index / 30, index + 1, frames)
            self._note(left)
        return np.array(self.said, dtype=float)

    def _note(self, left: TimeLeft) -> None:
        self.said.append((self.now_s, left.left_s, left.share))


def most_wrong(said: np.ndarray, from_share: float) -> float:
    """By how much the time that is said to be left is off, in parts of the whole time."""
    whole_s = said[-1, 0]
    known = said[said[:, 0] > from_share * whole_s]
    return float(np.abs(known[:, 1] - (whole_s - known[:, 0])).max() / whole_s)


@pytest.mark.parametrize("draw_s", [0.003, 0.004, 0.0055])
def test_the_time_left_of_a_long_film_with_few_sets(draw_s: float) -> None:
    """What is left to do by wrong guesses is the drawing, which is a third of the whole here."""
    said = Work(6.0, rest_min=0.63, move_min=0.09, draw_s=draw_s).run()
    assert most_wrong(said, 0.15) < 0.25
    assert most_wrong(said, 0.75) < 0.12


def test_a_film_of_movement_alone_is_known_from_the_start() -> None:
    said = Work(2.0, rest_min=0.0, move_min=2.0, draw_s=LOOK_S * (0.15 + 0.6 * 0.3072)).run()
    assert most_wrong(said, 0.02) < 0.05


def test_the_share_never_jumps_and_ends_at_the_whole() -> None:
    said = Work(4.0, rest_min=0.8, move_min=0.2, draw_s=0.004).run()
    share = said[np.isfinite(said[:, 2]), 2]
    assert np.abs(np.diff(share[100:])).max() < 0.02
    assert share[-1] == pytest.approx(1.0)


def test_the_beginning_that_was_looked_at_to_recognise_comes_again_without_cost() -> None:
    now_s = [0.0]
    left = TimeLeft(clock=lambda: now_s[0])
    for _ in range(2):  # recognised, then measured from what is known
        for done in range(1, 301):
            now_s[0] += 0.011 if now_s[0] < 3.3 else 0.0001
            left.measuring(done / 30, done, 1000)
    assert left.left_s == pytest.approx(700 * 3.3 / 300, rel=0.02)


def test_nothing_is_said_of_a_film_whose_length_is_unknown() -> None:
    now_s = [0.0]
    left = TimeLeft(60.0, clock=lambda: now_s[0])
    for done in range(1, 500):
        now_s[0] += 0.01
        left.measuring(done / 30, done, None)
    assert left.left_s is None
    assert left.share is None


@pytest.mark.parametrize(
    ("left_s", "words"),
    [
        (None, ""),
        (3.0, "a few seconds left"),
        (42.0, "about 40 s left"),
        (89.0, "about 90 s left"),
        (100.0, "about 2 min left"),
        (1500.0, "about 25 min left"),
        (3590.0, "about 1 h 0 min left"),
        (7500.0, "about 2 h 5 min left"),
    ],
)
def test_the_time_left_in_words(left_s: float | None, words: str) -> None:
    assert left_words(left_s) == words


def moved(sample: PoseSample, by_s: float) -> PoseSample:
    return replace(sample, t_s=sample.t_s + by_s)


def sets_of(rests_s: list[float]) -> list[FoundSet]:
    """The sets that are told of a clip of a few repetitions played again after each rest."""
    told: list[FoundSet] = []
    sink = FoundSets(told.append)
    analyzer = Analyzer(get_exercise("step_down"))
    frame = Frame(0, 0.0, np.zeros((4, 4, 3), np.uint8))
    samples = recording("step_down_front_left").samples
    start_s = 0.0
    for rest_s in (*rests_s, None):
        for sample in samples:
            sink.update(frame, analyzer.update(moved(sample, start_s)))
        if rest_s is not None:
            standing_s = samples[-1].t_s + start_s
            for index in range(1, round(10 * rest_s)):
                still = moved(samples[-1], standing_s + index / 10 - samples[-1].t_s)
                sink.update(frame, analyzer.update(still))
            start_s = standing_s + rest_s
    sink.finish(analyzer.finish())
    return told


def test_sets_are_told_when_the_rest_shows_that_they_are_over() -> None:
    told = sets_of([2 * SET_REST_S, 2 * SET_REST_S])
    assert [(one.number, one.reps) for one in told] == [(1, 4), (2, 4), (3, 4)]
    assert all(one.start_s < one.end_s for one in told)
    assert told[1].start_s > told[0].end_s + 2 * SET_REST_S


@pytest.mark.parametrize("rests_s", [[], [0.3 * SET_REST_S]])
def test_a_set_alone_is_not_listed(rests_s: list[float]) -> None:
    assert sets_of(rests_s) == []


def test_a_set_in_words() -> None:
    assert set_words(FoundSet(2, 8, 725.4, 768.0)) == "Set 2, 12:05 to 12:48: 8 repetitions"
    assert set_words(FoundSet(1, 2, 5.0, 70.0, "hold")) == "Set 1, 0:05 to 1:10: 2 holds"
    assert set_words(FoundSet(1, 1, 3605.0, 3609.0)) == "Set 1, 1:00:05 to 1:00:09: 1 repetition"
