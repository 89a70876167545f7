"""Files that are whole or not there."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from formcheck.data.errors import OutputError
from formcheck.store.whole_file import output_error, whole_file


def test_a_full_disk_is_reported_with_what_to_do() -> None:
    said = output_error(Path("reps.csv"), OSError(errno.ENOSPC, "No space left on device"))
    assert "No space left" in said.message
    assert "Free some space" in said.hint


def test_a_failure_midway_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old", "utf-8")

    def fill_the_disk() -> None:
        with whole_file(path) as file:
            file.write("new")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OutputError, match="No space left"):
        fill_the_disk()
    assert path.read_text("utf-8") == "old"
    assert [left.name for left in tmp_path.iterdir()] == ["report.html"]


def test_a_folder_that_is_not_there_is_an_error_with_the_path(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"frames\.csv"), whole_file(tmp_path / "no/frames.csv"):
        pass
