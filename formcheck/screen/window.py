"""A window on the screen that shows images and reads keys, made with OpenCV.

On Linux, OpenCV uses Qt. If Qt finds no display, it ends the whole process; so
:func:`require_display` first opens a window in a separate process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Protocol

import cv2

from formcheck.data.arrays import ImageArray
from formcheck.data.errors import DisplayError
from formcheck.data.native_stderr import native_stderr_silenced

TITLE = "formcheck"
TRIAL_S = 20.0
"""Time limit for opening the first window; a busy computer needs seconds. Our choice."""
_TRIAL = "import cv2; cv2.namedWindow('formcheck'); cv2.destroyAllWindows()"
_KEY_NAMES = {27: "escape", 13: "enter", 10: "enter", 32: "space"}
_NO_KEY = -1
_SETTLES_MS = 100
"""A new window needs a moment before it draws anything."""


class Screen(Protocol):
    """A display that shows images and reports pressed keys."""

    def show(self, image: ImageArray) -> None:
        """Show an RGB image; it is on the screen when this returns."""
        ...

    def pressed(self) -> tuple[str, ...]:
        """Return the keys pressed since the last call; ``closed`` once the window was closed."""
        ...

    def toggle_full_screen(self) -> None:
        """Switch full screen on or off."""
        ...

    def close(self) -> None:
        """Close the window; may be called more than once."""
        ...


def require_display(environment: Mapping[str, str] = os.environ) -> None:
    """Make sure that a window can be opened.

    Raises
    ------
    DisplayError
        There is no usable display.
    """
    on_linux = sys.platform.startswith("linux")
    if on_linux and not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        raise _no_window("there is no display")
    try:
        trial = subprocess.run(  # noqa: S603 - the program is this Python, the text is fixed
            [sys.executable, "-c", _TRIAL],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=TRIAL_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _no_window(f"opening it took more than {TRIAL_S:.0f} s") from error
    if trial.returncode:
        display = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY") or "the display"
        raise _no_window(f"{display} cannot be used: {_first_line(trial.stderr)}")


def _first_line(output: bytes) -> str:
    lines = output.decode("utf-8", "replace").strip().splitlines()
    return lines[0].strip() if lines else "no reason given"


def _no_window(reason: str) -> DisplayError:
    return DisplayError(
        f"no window can be opened: {reason}",
        hint="Run without a window.",
        options=("headless",),
    )


class Window:
    """OpenCV's window; use it from the main thread only.

    Parameters
    ----------
    size_px
        Width and height it opens with; the images are scaled to fit.
    full_screen
        Whether it fills the screen from the start.

    Raises
    ------
    DisplayError
        No window can be opened here.
    """

    def __init__(
        self, size_px: tuple[int, int] = (1280, 720), *, full_screen: bool = False
    ) -> None:
        require_display()
        self._full_screen = False
        self._open = True
        self._keys: list[str] = []
        flags = cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL
        with native_stderr_silenced():  # Qt complains of fonts that are not needed
            cv2.namedWindow(TITLE, flags)
            cv2.resizeWindow(TITLE, *size_px)
        cv2.waitKey(_SETTLES_MS)
        if full_screen:
            self.toggle_full_screen()

    def show(self, image: ImageArray) -> None:
        """Show an RGB image of any size."""
        if not self._open:
            return
        with self._closed_when_gone():
            cv2.imshow(TITLE, self._padded_to_window(cv2.cvtColor(image, cv2.COLOR_RGB2BGR)))
        self._process_events()

    def pressed(self) -> tuple[str, ...]:
        """Return the keys pressed since the last call, up to the last image shown."""
        keys, self._keys = tuple(self._keys), []
        return keys

    def toggle_full_screen(self) -> None:
        """Switch full screen on or off."""
        if not self._open:
            return
        self._full_screen = not self._full_screen
        mode = cv2.WINDOW_FULLSCREEN if self._full_screen else cv2.WINDOW_NORMAL
        with self._closed_when_gone():
            cv2.setWindowProperty(TITLE, cv2.WND_PROP_FULLSCREEN, mode)

    def close(self) -> None:
        """Close the window."""
        if self._open:
            self._open = False
            with suppress(cv2.error):  # it is gone already
                cv2.destroyAllWindows()

    def _padded_to_window(self, image: ImageArray) -> ImageArray:
        """Pad the image to the window's shape: Qt would stretch it to fill a full screen."""
        _, _, width, height = cv2.getWindowImageRect(TITLE)
        if width <= 0 or height <= 0:
            return image
        rows, columns = image.shape[:2]
        more_rows = max(0, round(columns * height / width) - rows)
        more_columns = max(0, round(rows * width / height) - columns)
        if max(more_rows, more_columns) <= 2:
            return image
        top, left = more_rows // 2, more_columns // 2
        padded: ImageArray = cv2.copyMakeBorder(
            image, top, more_rows - top, left, more_columns - left, cv2.BORDER_CONSTANT
        )
        return padded

    def _process_events(self) -> None:
        """Let the window draw itself, and read its keys."""
        if not self._open:
            return
        with self._closed_when_gone():
            key = cv2.pollKey()
            if key != _NO_KEY:
                code = key & 0xFF
                self._keys.append(_KEY_NAMES.get(code, chr(code)))
            if cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) < 1:
                self._note_closed()

    @contextmanager
    def _closed_when_gone(self) -> Iterator[None]:
        """Treat a failing call as a closed window if the window is gone.

        OpenCV 5 raises on every call about a window that was closed.
        """
        try:
            yield
        except cv2.error:
            if _window_exists():
                raise
            self._note_closed()

    def _note_closed(self) -> None:
        if self._open:
            self._open = False
            self._keys.append("closed")


def _window_exists() -> bool:
    try:
        return bool(cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) >= 1)
    except cv2.error:
        return False
