"""A live set in the browser, with a film as its camera: shared by the benchmarks."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Page

from formcheck.video.film import VideoSource

RATE_HZ = 30.0
SWITCHES = [
    *("--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream"),
    *("--use-fake-ui-for-media-stream", "--no-first-run", "--disable-background-networking"),
]


def as_camera(film: Path, target: Path, size_px: tuple[int, int]) -> None:
    """Write a film as the pictures of a camera."""
    with VideoSource(film) as source, target.open("wb") as file:
        written = 0
        for frame in source:
            if frame.t_s * RATE_HZ < written - 0.5:
                continue
            written += 1
            rgb = in_the_middle(frame.image, size_px)
            jpeg = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))[1]
            file.write(jpeg.tobytes())


def in_the_middle(image: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
    """Fit a picture into the camera's size; grey fills the rest."""
    height, width = image.shape[:2]
    scale = min(size_px[0] / width, size_px[1] / height)
    size = (round(scale * width), round(scale * height))
    canvas = np.full((size_px[1], size_px[0], 3), 128, np.uint8)
    left, top = (size_px[0] - size[0]) // 2, (size_px[1] - size[1]) // 2
    canvas[top : top + size[1], left : left + size[0]] = cv2.resize(image, size)
    return canvas


def started(page: Page, link: str, exercise: str, longest: int = 640, reps: int = 1000) -> None:
    """Open the page and start a set; one of so many repetitions does not end by itself."""
    page.goto(link)
    page.wait_for_selector("#film-form")
    page.goto(f"{link.partition('/enter')[0]}/live")
    page.wait_for_function("() => document.getElementById('start-hint').textContent === ''")
    page.select_option("#f-exercise", exercise)
    page.fill("#f-reps", str(reps))
    page.select_option("#picture-size", str(640 if longest <= 640 else 1280))
    page.click("#start")
    page.wait_for_selector("#sign:not([hidden])")
