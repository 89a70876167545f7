"""Writes the results of a session into their folder, all files or none.

The files are first written into a hidden temporary folder, and moved to their place at the end. So
a run that fails leaves nothing that looks complete. A temporary folder is locked while it is used;
the next run deletes those that a crash left, because they are not locked any more.
"""

from __future__ import annotations

import errno
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from formcheck.data.errors import OutputError
from formcheck.store.exports import FILE_NAMES
from formcheck.store.lock import CAN_LOCK, lock
from formcheck.store.poses_file import POSES_NAME
from formcheck.store.whole_file import output_error

_LAST = ("annotated.mp4", "report.html", "session.json")
"""Files that make a folder look complete; they are moved last, in this order."""

_STILLS = "stills"
_ADDING = "adding"
_SUFFIX = ".partial"


@contextmanager
def results_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder whose files replace the results in ``folder`` if the block succeeds.

    The temporary folder is beside ``folder``, on the same disk, so that files are only renamed. If
    the block raises an error, it is removed and ``folder`` is unchanged.

    Raises
    ------
    OutputError
        It cannot be written to, or a folder has the name of a file to write, or the reverse.
    """
    try:
        if folder.is_symlink() or folder.exists():
            if not folder.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, "it is a file, not a folder")
            # Check before the work that the folder can be written to.
            tempfile.TemporaryFile(dir=folder).close()
        parent = folder.resolve().parent
        parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error
    with _temporary_folder(parent, folder.name, folder) as temporary:
        yield temporary
        move_results(temporary, folder)


@contextmanager
def added_to(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder whose files are added to ``folder`` if the block succeeds.

    Files with the same name are replaced; all other files in ``folder`` stay.

    Raises
    ------
    OutputError
        It cannot be written to, or a folder has the name of a file to write, or the reverse.
    """
    with _temporary_folder(folder, _ADDING, folder) as temporary:
        yield temporary
        _put_in_place(temporary, folder)


@contextmanager
def _temporary_folder(place: Path, name: str, folder: Path) -> Iterator[Path]:
    """Yield a locked temporary folder in ``place``; errors name the path of ``folder``."""
    try:
        _sweep(place, name)
        temporary, held = _locked_folder(place, name)
    except OSError as error:
        raise output_error(folder, error) from error
    try:
        yield temporary
    except OutputError as error:
        raise with_target_path(error, temporary, folder) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if held is not None:
            os.close(held)


def with_target_path(error: OutputError, temporary: Path, folder: Path) -> OutputError:
    """Return an error in which the temporary path is replaced by the target path."""
    return OutputError(error.message.replace(str(temporary), str(folder)), hint=error.hint)


def move_results(temporary: Path, folder: Path, *, poses_in_place: bool = False) -> None:
    """Move finished files into ``folder``; it looks complete only after the last one.

    Earlier results are removed. So are earlier poses, unless ``poses_in_place`` says that the poses
    in the folder already are those of this session. Symbolic links in ``folder`` are replaced, and
    never followed.

    Raises
    ------
    OutputError
        A file cannot be moved.
    """
    try:
        folder.mkdir(exist_ok=True)
        for path in temporary.iterdir():
            _refuse_other_kind(folder / path.name, is_folder=path.is_dir())
        poses = () if poses_in_place else (POSES_NAME,)
        for name in (*reversed(_LAST), *FILE_NAMES, *poses):
            (folder / name).unlink(missing_ok=True)
        _remove_stills(folder / _STILLS)
    except OSError as error:
        raise output_error(folder, error) from error
    _put_in_place(temporary, folder)


def _put_in_place(temporary: Path, folder: Path) -> None:
    """Move the files, ``session.json`` last, after checking that all of them can be moved."""
    try:
        for path in temporary.iterdir():
            _refuse_other_kind(folder / path.name, is_folder=path.is_dir())
        for path in sorted(temporary.iterdir(), key=_rank):
            path.replace(folder / path.name)
    except OSError as error:
        raise output_error(folder, error) from error


def _rank(path: Path) -> int:
    """Return the order in which a file is moved: those of ``_LAST`` come last."""
    return _LAST.index(path.name) if path.name in _LAST else -1


def _refuse_other_kind(place: Path, *, is_folder: bool) -> None:
    """Raise ``OSError`` if a file would replace a folder, or the reverse."""
    if not place.is_symlink() and place.exists() and place.is_dir() != is_folder:
        kind = "folder" if place.is_dir() else "file"
        raise OSError(errno.EEXIST, f"a {kind} named {place.name} is in the way")


def _remove_stills(stills: Path) -> None:
    if stills.is_symlink():
        stills.unlink()
    else:
        shutil.rmtree(stills, ignore_errors=True)


# --- locks, and temporary folders left by a crash ------------------------------------------------


def _locked_folder(parent: Path, name: str) -> tuple[Path, int | None]:
    """Make and lock a temporary folder; return it with the open file descriptor of its lock."""
    while True:
        temporary = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=_SUFFIX, dir=parent))
        if not CAN_LOCK:
            return temporary, None
        held = _lock(temporary)
        if held is not None and temporary.is_dir():
            return temporary, held
        if held is not None:  # another run deleted it before it was locked
            os.close(held)
        elif temporary.is_dir():
            return temporary, None  # a file system without locks


def _lock(folder: Path) -> int | None:
    """Lock a folder and return its descriptor; ``None`` if it is locked or cannot be locked."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            lock(opened)
        except BaseException:
            os.close(opened)
            raise
        return opened
    return None


def sweep(folder: Path) -> None:
    """Remove the temporary folders that a crash left beside this folder.

    Those of running processes stay. If the system cannot lock folders, all stay.
    """
    _sweep(folder.resolve().parent, folder.name)


def sweep_inside(folder: Path) -> None:
    """Remove the temporary folders that a crash left inside a results folder."""
    _sweep(folder, _ADDING)


def _sweep(place: Path, name: str) -> None:
    """Remove the temporary folders of this name that no process has locked."""
    if not CAN_LOCK:  # it cannot be known whether a process still uses them
        return
    for left in place.glob(f".{glob.escape(name)}.*{_SUFFIX}"):
        held = None if left.is_symlink() else _lock(left)
        if held is not None:
            shutil.rmtree(left, ignore_errors=True)
            os.close(held)
