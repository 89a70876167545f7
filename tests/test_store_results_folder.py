from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from child_processes import child, next_line

from formcheck.data.errors import OutputError
from formcheck.store.poses_file import POSES_NAME
from formcheck.store.results_folder import added_to, move_results, results_folder
from formcheck.store.whole_file import output_error

NAMES = ("session.json", "report.html", "reps.csv")

needs_locks = pytest.mark.skipif(sys.platform == "win32", reason="folders are locked on POSIX only")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "set_formcheck"


def write(temporary: Path, text: str, names: Iterator[str] | tuple[str, ...] = NAMES) -> None:
    for name in names:
        (temporary / name).write_text(text)


def left_beside(folder: Path) -> list[str]:
    return [path.name for path in folder.parent.iterdir() if path != folder]


def test_results_appear_when_the_block_ends_well(folder: Path) -> None:
    with results_folder(folder) as temporary:
        write(temporary, "new")
        assert not folder.exists()
    assert sorted(path.name for path in folder.iterdir()) == sorted(NAMES)
    assert not left_beside(folder)


def test_a_failure_leaves_the_earlier_results_as_they_were(folder: Path) -> None:
    with results_folder(folder) as temporary:
        write(temporary, "old")
    with suppress(ZeroDivisionError), results_folder(folder) as temporary:
        write(temporary, "new")
        raise ZeroDivisionError
    assert {(folder / name).read_text() for name in NAMES} == {"old"}
    assert not left_beside(folder)


def test_what_is_in_the_way_is_found_before_anything_is_touched(folder: Path) -> None:
    with results_folder(folder) as temporary:
        write(temporary, "old")
    (folder / "reps.csv").unlink()
    (folder / "reps.csv").mkdir()
    in_the_way = pytest.raises(OutputError, match=r"folder named reps\.csv is in the way")
    with in_the_way, results_folder(folder) as temporary:
        write(temporary, "new")
    assert (folder / "session.json").read_text() == "old"
    assert (folder / "report.html").read_text() == "old"


def test_links_in_the_folder_are_replaced_and_not_followed(folder: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    (away / "mine.txt").write_text("mine")
    folder.mkdir()
    (folder / "stills").symlink_to(away)
    (folder / "report.html").symlink_to(away / "mine.txt")
    with results_folder(folder) as temporary:
        write(temporary, "new")
        (temporary / "stills").mkdir()
        (temporary / "stills" / "rep_01.jpg").write_bytes(b"picture")
    assert (away / "mine.txt").read_text() == "mine"
    assert [path.name for path in away.iterdir()] == ["mine.txt"]
    assert (folder / "stills" / "rep_01.jpg").read_bytes() == b"picture"
    assert not (folder / "report.html").is_symlink()


def test_a_loop_of_links_is_refused_in_words(folder: Path) -> None:
    folder.symlink_to(folder.name)
    with pytest.raises(OutputError), results_folder(folder):
        pass


def test_a_half_moved_result_has_no_record(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopping at any file leaves none of what makes a folder look finished."""
    with results_folder(folder) as temporary:
        write(temporary, "old")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    write(temporary, "new")
    replace = Path.replace

    def stop_at_report(self: Path, target: Path) -> Path:
        if self.name == "report.html":
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", stop_at_report)
    with pytest.raises(KeyboardInterrupt):
        move_results(temporary, folder)
    assert [path.name for path in folder.iterdir()] == ["reps.csv"]


@needs_locks
def test_what_a_killed_run_left_is_swept_and_what_a_running_one_writes_is_not(
    folder: Path,
) -> None:
    code = (
        "import sys, time; from pathlib import Path;"
        "from formcheck.store.results_folder import results_folder;"
        f"block = results_folder(Path({str(folder)!r})); temporary = block.__enter__();"
        "(temporary / 'session.json').write_text('half');"
        "print(temporary, flush=True); time.sleep(600)"
    )
    with child([sys.executable, "-c", code]) as process:
        theirs = Path(next_line(process).strip())
        with results_folder(folder) as temporary:
            write(temporary, "new")
        assert (theirs / "session.json").exists()
        process.kill()
        process.wait(60)
    with results_folder(folder) as temporary:
        write(temporary, "newer")
        assert not theirs.exists()
    assert not left_beside(folder)


@needs_locks
def test_only_leftovers_of_the_same_folder_are_swept(folder: Path) -> None:
    folder.parent.mkdir(exist_ok=True)
    for name in (".other_formcheck.abc.partial", ".set_formcheck.mine", "set_formcheck.partial"):
        (folder.parent / name).mkdir()
    with results_folder(folder) as temporary:
        write(temporary, "new")
    assert len(left_beside(folder)) == 3


def test_an_error_names_the_folder_that_was_asked_for(tmp_path: Path) -> None:
    """As when the disk is full."""
    full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(OutputError) as told, results_folder(tmp_path / "out") as temporary:
        raise output_error(temporary / "frames.csv", full)
    assert str(tmp_path / "out" / "frames.csv") in told.value.message
    assert "partial" not in told.value.message
    assert "Free some space" in told.value.hint


def test_earlier_poses_are_removed_unless_they_are_of_this_session(
    folder: Path, tmp_path: Path
) -> None:
    with results_folder(folder) as temporary:
        write(temporary, "old", (*NAMES, POSES_NAME))
    with results_folder(folder) as temporary:
        write(temporary, "new")
    assert not (folder / POSES_NAME).exists(), "they would be of another film"
    (folder / POSES_NAME).write_text("written while it ran")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    write(temporary, "newer")
    move_results(temporary, folder, poses_in_place=True)
    assert (folder / POSES_NAME).exists()


def test_what_is_added_replaces_only_its_own_files_all_or_none(folder: Path) -> None:
    with results_folder(folder) as temporary:
        write(temporary, "old")
    with suppress(ZeroDivisionError), added_to(folder) as temporary:
        (temporary / "report.html").write_text("half")
        raise ZeroDivisionError
    assert {(folder / name).read_text() for name in NAMES} == {"old"}
    with added_to(folder) as temporary:
        (temporary / "report.html").write_text("new")
    assert {name: (folder / name).read_text() for name in NAMES} == {
        "session.json": "old", "report.html": "new", "reps.csv": "old",
    }  # fmt: skip
    assert sorted(path.name for path in folder.iterdir()) == sorted(NAMES)


@needs_locks
def test_what_was_killed_while_it_was_added_is_removed_by_the_next(folder: Path) -> None:
    with results_folder(folder) as temporary:
        write(temporary, "old")
    code = (
        "import time; from pathlib import Path;"
        "from formcheck.store.results_folder import added_to;"
        f"block = added_to(Path({str(folder)!r})); temporary = block.__enter__();"
        "(temporary / 'annotated.mp4').write_text('half');"
        "print(temporary, flush=True); time.sleep(600)"
    )
    with child([sys.executable, "-c", code]) as process:
        theirs = Path(next_line(process).strip())
        process.kill()
        process.wait(60)
    assert theirs.exists()
    assert {(folder / name).read_text() for name in NAMES} == {"old"}
    with added_to(folder) as temporary:
        (temporary / "report.html").write_text("new")
    assert sorted(path.name for path in folder.iterdir()) == sorted(NAMES)
