from __future__ import annotations

import os
import subprocess
import sys

import pytest

from formcheck.pose.offline import INVALID_PROXY, _without_statistics_host


@pytest.mark.parametrize(
    ("no_proxy", "expected"),
    [
        ("", "formcheck.invalid"),
        ("*", "formcheck.invalid"),
        ("localhost, .googleapis.com,10.0.0.1", "localhost,10.0.0.1"),
        ("PLAY.googleapis.com com", "formcheck.invalid"),
        ("example.org", "example.org"),
    ],
)
def test_no_entry_lets_the_statistics_bypass_the_proxy(no_proxy: str, expected: str) -> None:
    assert _without_statistics_host(no_proxy) == expected


@pytest.mark.skipif(sys.platform == "win32", reason="uses the POSIX C library")
def test_native_code_sees_the_invalid_proxy_and_python_keeps_its_own() -> None:
    code = (
        "import ctypes, os; from formcheck.pose.offline import keep_offline; keep_offline();"
        "getenv = ctypes.CDLL(None).getenv; getenv.restype = ctypes.c_char_p;"
        "print(getenv(b'https_proxy').decode(), os.environ['https_proxy'])"
    )
    environment = {**os.environ, "https_proxy": "http://my.proxy:8080"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    assert done.stdout.split() == [INVALID_PROXY, "http://my.proxy:8080"]
