"""The window: found out before it is opened, and real where there is a display."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from child_processes import next_line
from conftest import RunCli

from formcheck.data.errors import DisplayError
from formcheck.screen import window as window_module
from formcheck.screen.window import require_display

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux has displays")
NO_DISPLAY = {
    name: value
    for name, value in os.environ.items()
    if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
}


@on_linux
@pytest.mark.parametrize("display", [None, ":971"])
def test_without_a_display_the_error_names_headless(display: str | None) -> None:
    environment = NO_DISPLAY if display is None else {**NO_DISPLAY, "DISPLAY": display}
    with pytest.raises(DisplayError) as caught:
        require_display(environment)
    assert caught.value.options == ("headless",)
    assert (display or "no display") in caught.value.message


@on_linux
def test_the_command_exits_with_2_and_leaves_nothing(
    run_cli: RunCli, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.chdir(str(tmp_path))
    outcome = run_cli("live", "--exercise", "step_down")
    assert outcome.code == 2
    assert "--headless" in outcome.err
    assert outcome.err.count("\n") == 1
    assert os.listdir() == []  # noqa: PTH208


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A virtual display."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("there is no virtual display (Xvfb) on this machine")
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [server, "-displayfd", str(writer), "-screen", "0", "800x600x24"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    silent = threading.Timer(60.0, process.kill)
    silent.start()
    try:
        with os.fdopen(reader) as told:
            name = f":{told.readline().strip()}"
        silent.cancel()
        monkeypatch.setenv("DISPLAY", name)
        yield name
    finally:
        silent.cancel()
        process.terminate()
        process.wait(60)


IN_A_WINDOW = """
import numpy as np
from formcheck.screen.window import Window
window = Window((640, 360))
for shape in ((360, 640), (640, 360), (20, 700)):
    window.show(np.full((*shape, 3), 200, np.uint8))
window.toggle_full_screen()
window.show(np.zeros((360, 640, 3), np.uint8))
print(window.pressed())
window.close()
window.close()
window.show(np.zeros((36, 64, 3), np.uint8))
print("closed")
"""


@on_linux
def test_a_window_opens_shows_and_closes(display: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IN_A_WINDOW],
        env={**NO_DISPLAY, "DISPLAY": display},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["()", "closed"]
    assert done.stderr == ""


@on_linux
def test_a_window_opens_in_a_program_that_reads_films(display: str) -> None:
    """Films come first in a live session; the library that reads them once hung the window."""
    opens = "from formcheck.screen.window import Window; Window((64, 36)).close(); print('closed')"
    done = subprocess.run(
        [sys.executable, "-c", f"import formcheck.video.film; {opens}"],
        env={**NO_DISPLAY, "DISPLAY": display},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "closed\n"


CLOSED_BY_SOMEBODY = """
import time
import numpy as np
from formcheck.screen.window import Window
window = Window((640, 360))
picture = np.zeros((360, 640, 3), np.uint8)
window.show(picture)
print("open", flush=True)
keys, end_s = (), time.monotonic() + 40
while "closed" not in keys and time.monotonic() < end_s:
    window.show(picture)
    keys = window.pressed()
    time.sleep(0.02)
print(keys[-1:])
window.show(picture)
window.toggle_full_screen()
print(window.pressed())
window.close()
"""


@on_linux
def test_a_window_closed_through_the_window_manager_is_closed(display: str) -> None:
    openbox, xdotool = shutil.which("openbox"), shutil.which("xdotool")
    if openbox is None or xdotool is None:
        pytest.skip("there is no window manager (openbox, xdotool) on this machine")
    environment = {**NO_DISPLAY, "DISPLAY": display}
    quiet: dict[str, Any] = {"stderr": subprocess.DEVNULL, "env": environment}
    manager = subprocess.Popen([openbox], stdout=subprocess.DEVNULL, **quiet)
    window = subprocess.Popen(
        [sys.executable, "-c", CLOSED_BY_SOMEBODY],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert next_line(window) == "open\n"
        find = ["search", "--onlyvisible", "--name", "^formcheck$", "windowactivate"]
        end_s = time.monotonic() + 30
        while window.poll() is None and time.monotonic() < end_s:
            # A window manager that has just been started does not take keys yet.
            subprocess.run([xdotool, *find, "key", "alt+F4"], timeout=10, check=False, **quiet)
            time.sleep(0.5)
        said, complaint = window.communicate(timeout=20)
    finally:
        window.kill()
        window.wait(60)
        manager.terminate()
        manager.wait(60)
    assert (window.returncode, complaint) == (0, "")
    assert said.split("\n")[:2] == ["('closed',)", "()"]


@pytest.mark.parametrize(
    "call", ["imshow", "pollKey", "getWindowProperty", "getWindowImageRect", "setWindowProperty"]
)
def test_what_opencv_raises_of_a_window_that_is_gone_means_closed(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise cv2.error("NULL guiReceiver")

    answers = {"pollKey": -1, "getWindowProperty": 1.0, "getWindowImageRect": (0, 0, 64, 36)}
    names = ["namedWindow", "resizeWindow", "waitKey", "imshow", "setWindowProperty", *answers]
    for name in [*names, "destroyAllWindows"]:
        monkeypatch.setattr(cv2, name, lambda *_, name=name: answers.get(name))
    monkeypatch.setattr(window_module, "require_display", lambda: None)
    window = window_module.Window()
    for name in {call, "getWindowProperty", "destroyAllWindows"}:
        monkeypatch.setattr(cv2, name, gone)
    window.toggle_full_screen()
    window.show(np.zeros((36, 64, 3), np.uint8))
    assert window.pressed() == ("closed",)
    window.close()
