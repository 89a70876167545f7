from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from formcheck.data.errors import FormcheckError
from formcheck.data.plain_file import open_plain, read_plain
from formcheck.data.settings import load_settings
from formcheck.pose.model import find_model
from formcheck.store.session_file import load

needs_pipes = pytest.mark.skipif(sys.platform == "win32", reason="named pipes are POSIX")


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_a_file_is_read_whole_up_to_its_largest_size(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_plain(path, 5) == b"12345"
    with pytest.raises(OSError, match="larger than 0 MB"):
        read_plain(path, 4)


@needs_pipes
@pytest.mark.parametrize("path", [Path("/dev/zero"), Path("/dev/null")])
def test_a_device_is_refused_without_reading_it(path: Path) -> None:
    with pytest.raises(OSError, match="not a file"):
        open_plain(path)


@needs_pipes
def test_a_pipe_is_refused_at_once_and_not_waited_for(pipe: Path) -> None:
    with pytest.raises(OSError, match="not a file"):
        open_plain(pipe)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError if sys.platform != "win32" else PermissionError):
        open_plain(tmp_path)


@needs_pipes
@pytest.mark.parametrize("read", [load, load_settings, find_model])
def test_what_a_user_names_is_never_waited_for(pipe: Path, read: Callable[[Path], Any]) -> None:
    with pytest.raises(FormcheckError, match="not a file"):
        read(pipe)
