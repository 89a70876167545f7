"""Each case runs in its own process, because the test runner redirects file descriptor 2 itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAD = """
import os, sys, threading, warnings
from formcheck.data.native_stderr import native_stderr_silenced
def native(text): os.write(2, text.encode() + b"\\n")
"""


def stderr_of(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", HEAD + code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parent.parent,
        check=True,
        timeout=240,
    )
    return done.stderr


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param(
            "native('before')\nwith native_stderr_silenced(): native('hidden')\nnative('after')",
            ["before", "after"],
            id="native lines are dropped only inside the block",
        ),
        pytest.param(
            "with native_stderr_silenced(): print('python', file=sys.stderr); native('hidden')",
            ["python"],
            id="Python's own standard error still arrives",
        ),
        pytest.param(
            "with native_stderr_silenced():\n"
            "    with native_stderr_silenced(): native('hidden')\n"
            "    native('hidden'); print('python', file=sys.stderr)\n"
            "native('after')",
            ["python", "after"],
            id="nested",
        ),
        pytest.param(
            "def other():\n"
            "    with native_stderr_silenced(): native('hidden')\n"
            "with native_stderr_silenced():\n"
            "    thread = threading.Thread(target=other); thread.start(); thread.join(10)\n"
            "    print('waits' if thread.is_alive() else 'done', file=sys.stderr)\n"
            "    native('hidden')\n"
            "native('after')",
            ["done", "after"],
            id="another thread enters and leaves meanwhile",
        ),
        pytest.param(
            "try:\n    with native_stderr_silenced(): raise ValueError('mine')\n"
            "except ValueError as error: native(str(error))",
            ["mine"],
            id="an exception passes and the descriptor is restored",
        ),
        pytest.param(
            "with native_stderr_silenced():\n    held = sys.stderr\nprint('late', file=held)",
            ["late"],
            id="a stream obtained inside can still be written to later",
        ),
        pytest.param(
            "os.close(2)\nwith native_stderr_silenced(): pass",
            [],
            id="no standard error at all",
        ),
    ],
)
def test_only_native_lines_are_silenced(code: str, expected: list[str]) -> None:
    assert stderr_of(code).splitlines() == expected


def test_file_descriptors_are_not_leaked() -> None:
    count = "len(os.listdir('/proc/self/fd'))"
    if not Path("/proc/self/fd").exists():
        pytest.skip("this system does not list a process's descriptors")
    code = (
        f"before = {count}\n"
        "for _ in range(50):\n    with native_stderr_silenced(): pass\n"
        f"print({count} - before, file=sys.stderr)"
    )
    assert stderr_of(code).split() == ["0"]
