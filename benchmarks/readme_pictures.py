"""Make the pictures of README again, from a sample film and its recorded poses.

    python benchmarks/readme_pictures.py

It writes ``docs/annotated-frame.png`` (the film at the lowest point of a repetition, and its card
after it) and ``docs/live-set.png`` (the live screen while a cue is shown). Run it whenever what is
drawn or said has changed, and look at them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

import formcheck
from formcheck.coach.cues import Coach
from formcheck.data.arrays import ImageArray
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import Analyzer
from formcheck.screen.draw import draw
from formcheck.screen.live_screen import LiveScreen
from formcheck.screen.live_words import ScreenState
from formcheck.screen.state import overlay_state
from formcheck.video.film import VideoSource

ROOT = Path(__file__).resolve().parent.parent
NAME, EXERCISE = "step_down_front_left", "step_down"
REP, AFTER_S = 3, 0.7
"""The repetition that is shown, and how long after its end its card is taken."""
GAP_PX = 8


def main() -> None:
    """Make both pictures."""
    poses = formcheck.track(ROOT / "tests" / "poses" / f"{NAME}.npz")
    session = formcheck.measure(poses, exercise=EXERCISE)
    images = [frame.image for frame in VideoSource(ROOT / "sample_videos" / f"{NAME}.mp4")]

    def film_at(t_s: float) -> ImageArray:
        index = int(np.argmin([abs(sample.t_s - t_s) for sample in poses.samples]))
        state = overlay_state(session, poses.samples[index], t_s)
        return draw(images[index], state)

    rep = session.reps[REP - 1]
    lowest, after = film_at(rep.lowest_s), film_at(rep.end_s + AFTER_S)
    gap = np.full((len(lowest), GAP_PX, 3), 255, np.uint8)
    Image.fromarray(np.hstack([lowest, gap, after])).save(ROOT / "docs" / "annotated-frame.png")

    live = live_at_a_cue(poses, images, done=REP)
    picture = Image.fromarray(live)
    picture.resize((picture.width * 3 // 4, picture.height * 3 // 4)).save(
        ROOT / "docs" / "live-set.png"
    )


def live_at_a_cue(
    poses: formcheck.PoseRecording, images: list[ImageArray], done: int
) -> ImageArray:
    """Draw the live screen in the frame of the first cue after so many repetitions."""
    exercise = get_exercise(EXERCISE)
    analyzer, coach = Analyzer(exercise), Coach(exercise)
    height, width = images[0].shape[:2]
    screen = LiveScreen(exercise, (width, height))
    for sample, image in zip(poses.samples, images, strict=True):
        result = analyzer.update(sample)
        cue = coach.update(result)
        content = ScreenState(
            "set", reps=result.reps_done, reps_target=8, last_number=result.reps_done, sets=2
        )
        drawn = screen.draw(image, result, content, cue)
        if result.reps_done == done and cue is not None and not cue.praise:
            return drawn
    raise SystemExit(f"no cue was given after repetition {done}")


if __name__ == "__main__":
    main()
