"""Make the pictures of README and the guide again, from the sample films.

    python benchmarks/readme_pictures.py

It writes into ``docs/``:

- ``app-home.png``: the first page of the app while films are measured; it needs Chromium;
- ``app-live.jpg``: a phone as the camera of a set, and the big screen that follows it; it needs
  Chromium, too;
- ``annotated-frame.png``: the film at the lowest point of a repetition, and its card after it;
- ``live-set-up.png``, ``live-set.png``, ``live-rest.png``: the live screen before a set, while a
  cue is shown, and in the rest between two legs;
- ``guided-next.png``: what a guided session says before a block for which the camera is moved.

Run it whenever what is drawn or said has changed, and look at them.
"""

from __future__ import annotations

import tempfile
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import numpy as np
from PIL import Image, ImageDraw
from served_app import chromium, served
from served_app.live_set import SWITCHES, as_camera, started

import formcheck
from formcheck.app.live import run_live
from formcheck.app.live.viewer import Viewer
from formcheck.app.options import LiveOptions
from formcheck.coach.cues import Coach
from formcheck.coach.programme_files import open_programme, view_of
from formcheck.data.arrays import ImageArray
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import Analyzer
from formcheck.screen.draw import draw
from formcheck.screen.guided_words import (
    ComingBlock,
    announcement_card,
    keys_before,
    words_of_block,
)
from formcheck.screen.live_screen import LiveScreen, Place, draw_card_on
from formcheck.screen.live_words import ScreenState
from formcheck.screen.state import overlay_state
from formcheck.video.film import VideoSource

ROOT = Path(__file__).resolve().parent.parent
NAME, EXERCISE = "step_down_front_left", "step_down"
REP, AFTER_S = 3, 0.7
"""The repetition that is shown, and how long after its end its card is taken."""
GAP_PX = 8
PHONE_CAMERA_PX, PHONE_PX, SCREEN_PX = (360, 640), (340, 660), (1120, 630)
FRAME_PX = 10
LOW_WITH_A_CUE = """() => {
  const is_shown = (id) => !document.getElementById(id).hidden;
  const depth_pct = Number(document.getElementById("depth-text").textContent.match(/\\d+/));
  return is_shown("corner") && !is_shown("verdict") && depth_pct > 9;
}"""
STOP_PHONE = """() => {
  window.requestAnimationFrame = () => 0;
  document.getElementById("video").pause();
}"""
STOP_SCREEN = "() => { window.createImageBitmap = () => new Promise(() => undefined); }"
"""Stop what is shown, for a picture of one page takes longer than a cue stays."""
TURNED = "single_leg_squat_oblique"
"""The film whose set-up is shown: the person is to turn."""
SET_UP_S = 1.5


def main() -> None:
    """Make all pictures."""
    app_home()
    app_live()
    with tempfile.TemporaryDirectory() as place:
        turned = live_pictures(TURNED, "single_leg_squat", Path(place) / "turned")
        save_live(turned[round(SET_UP_S * 30)], "live-set-up.png")
        rest = live_pictures(NAME, EXERCISE, Path(place) / "rest", reps=4)
        save_live(rest[-2], "live-rest.png")  # after it only "Saving"
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

    save_live(live_at_a_cue(poses, images, done=REP), "live-set.png")
    save_live(before_a_block(images[0]), "guided-next.png")


def before_a_block(image: ImageArray) -> ImageArray:
    """Draw what is said before the first block from the side, over the last picture."""
    blocks = open_programme("downhill").blocks
    place = next(n for n, block in enumerate(blocks) if view_of(block) == "side")
    words, keys = words_of_block(blocks[place]), keys_before(sees=True)
    coming = ComingBlock(words, place + 1, len(blocks), moved_to="side")
    card = announcement_card(coming, left_s=24.0, keys=keys)
    height, width = image.shape[:2]
    return draw_card_on(Place.for_camera((width, height)).mirrored(image), card)


def save_live(image: ImageArray, name: str) -> None:
    """Save a picture of the live screen at three quarters of its size."""
    picture = Image.fromarray(image)
    size_px = (picture.width * 3 // 4, picture.height * 3 // 4)
    picture.resize(size_px).save(ROOT / "docs" / name)


def app_home() -> None:
    """Give two films to the app, and take the first page once the second is being measured."""
    films = [ROOT / "sample_videos" / f"{name}.mp4" for name in (NAME, "squat_front")]
    with (
        tempfile.TemporaryDirectory() as place,
        served(Path(place)) as app,
        chromium() as browser,
    ):
        page = browser.new_page(viewport={"width": 1120, "height": 700})
        page.goto(app.link)
        page.wait_for_selector("#film-form")
        page.wait_for_load_state()
        page.set_input_files("#films", films)
        page.fill("#f-person", "runner-1")
        page.fill("#f-step_height_cm", "15")
        page.fill("#f-pain", "1")
        page.click("#measure")
        page.wait_for_selector(".film[data-state='done']", timeout=240_000)
        page.wait_for_selector("text=/Measuring · [1-9] repetitions? so far/", timeout=240_000)
        page.mouse.move(0, 0)
        page.screenshot(path=ROOT / "docs" / "app-home.png", full_page=True)


def app_live() -> None:
    """Run a set with a film as the phone's camera; take phone and big screen in a repetition."""
    with tempfile.TemporaryDirectory() as place:
        camera = Path(place) / "camera.mjpeg"
        as_camera(ROOT / "sample_videos" / f"{NAME}.mp4", camera, PHONE_CAMERA_PX)
        switches = [*SWITCHES, f"--use-file-for-fake-video-capture={camera}"]
        with served(Path(place)) as app, chromium(switches) as browser:
            context = browser.new_context()
            phone, screen = context.new_page(), context.new_page()
            phone.set_viewport_size({"width": PHONE_PX[0], "height": PHONE_PX[1]})
            screen.set_viewport_size({"width": SCREEN_PX[0], "height": SCREEN_PX[1]})
            started(phone, app.link, EXERCISE, reps=8)
            screen.goto(f"{app.origin}/screen")
            screen.click("#frame")
            phone.bring_to_front()
            for page in (phone, screen):
                page.wait_for_selector("#count:text-is('2')", timeout=60_000)
            phone.wait_for_function(LOW_WITH_A_CUE, timeout=60_000)
            phone.evaluate(STOP_PHONE)
            screen.evaluate(STOP_SCREEN)
            pictures = [Image.open(BytesIO(page.screenshot())) for page in (phone, screen)]
    beside(*pictures).save(ROOT / "docs" / "app-live.jpg", quality=85)


def beside(phone: Image.Image, screen: Image.Image) -> Image.Image:
    """Put phone and screen side by side, each with a frame, on white."""
    whole = Image.new(
        "RGB", (phone.width + screen.width + 5 * FRAME_PX, phone.height + 2 * FRAME_PX), "white"
    )
    pen = ImageDraw.Draw(whole)
    left = FRAME_PX
    for picture, radius in ((phone, 3 * FRAME_PX), (screen, FRAME_PX)):
        top = whole.height - FRAME_PX - picture.height
        box = (
            left - FRAME_PX,
            top - FRAME_PX,
            left + picture.width + FRAME_PX - 1,
            top + picture.height + FRAME_PX - 1,
        )
        pen.rounded_rectangle(box, radius, fill="#15191e")
        whole.paste(picture.convert("RGB"), (left, top))
        left += picture.width + 3 * FRAME_PX
    return whole


class ShownPictures:
    """A screen that keeps what it shows during a set."""

    def __init__(self) -> None:
        self.pictures: list[ImageArray] = []

    def show(self, image: ImageArray) -> None:
        """Keep a picture."""
        self.pictures.append(image)

    def pressed(self) -> tuple[str, ...]:
        """Return no key."""
        return ()

    def toggle_full_screen(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def live_pictures(name: str, exercise: str, folder: Path, reps: int = 8) -> list[ImageArray]:
    """Play a film as a live session; return what its screen showed until the film ended."""
    screen = ShownPictures()
    shown: list[ImageArray] = []
    options = LiveOptions(
        camera=str(ROOT / "sample_videos" / f"{name}.mp4"),
        exercise=exercise,
        reps=reps,
        lossless=True,
        muted=True,
        video_out=False,
        stay_s=0.0,
    )
    # The machine that makes the pictures may have no loudspeaker, and its screen would say so.
    with patch.object(Viewer, "_hints", lambda *_: ()):
        run_live(options, folder, screen=screen, saved=lambda _: shown.extend(screen.pictures))
    return shown


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
