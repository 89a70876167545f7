"""The folder of results: written beside it, moved into it when finished, swept after a kill."""

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
from formcheck.store.poses_file import POSES_NAME
from formcheck.store.whole_file import output_error

try:
    import fcntl
except ImportError:  # Windows: what a killed run leaves behind stays
    fcntl = None  # type: ignore[assignment]

_LAST = ("annotated.mp4", "report.html", "session.json")
"""What makes a folder look finished; the session is moved last and stands for the others."""

_HALF_A_FILM = ".annotated.mp4.partial"
"""What a kill leaves of a film that was being drawn."""
_STILLS = "stills"
_SUFFIX = ".partial"


@contextmanager
def results_folder(folder: Path) -> Iterator[Path]:
    """A folder to write into; its files are moved to ``folder`` when the block ends well.

    It is beside ``folder``, so that moving is renaming. When the block raises it is removed, and
    ``folder`` is as it was. What killed runs left there is removed first; a running one holds a
    lock on its own.

    Raises
    ------
    OutputError
        It cannot be written to, or something that is no result is in the way.
    """
    try:
        if folder.is_symlink() or folder.exists():
            if not folder.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, "it is a file, not a folder")
            # A folder that cannot be written to should be found before the work, not after.
            tempfile.TemporaryFile(dir=folder).close()
        parent = folder.resolve().parent
        parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error
    with _aside(parent, folder.name, folder) as aside:
        yield aside
        move_results(aside, folder)


@contextmanager
def added_to(folder: Path) -> Iterator[Path]:
    """A folder to write into; its files then replace those in ``folder``, all or none.

    What else is in ``folder`` stays. What killed runs left is removed first.

    Raises
    ------
    OutputError
        It cannot be written to, or something that is no result is in the way.
    """
    with _aside(folder, "adding", folder) as aside:
        yield aside
        _put_in_place(aside, folder)


@contextmanager
def _aside(place: Path, name: str, folder: Path) -> Iterator[Path]:
    """A locked folder to work in; errors in it are reported with the target path."""
    try:
        _sweep(place, name)
        aside, lock = _locked_folder(place, name)
    except OSError as error:
        raise output_error(folder, error) from error
    try:
        yield aside
    except OutputError as error:
        raise with_target_path(error, aside, folder) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def with_target_path(error: OutputError, aside: Path, folder: Path) -> OutputError:
    """Report an error with the target path, not the temporary one."""
    return OutputError(error.message.replace(str(aside), str(folder)), hint=error.hint)


def move_results(aside: Path, folder: Path, *, poses_in_place: bool = False) -> None:
    """Put finished files in place; until the last is there, the folder does not look finished.

    Earlier results are removed, the poses too unless they are of this session already. Links in
    ``folder`` are replaced, never followed.

    Raises
    ------
    OutputError
        A file cannot be put in place.
    """
    try:
        folder.mkdir(exist_ok=True)
        for path in aside.iterdir():
            _refuse_other_kind(folder / path.name, is_folder=path.is_dir())
        poses = () if poses_in_place else (POSES_NAME,)
        for name in (*reversed(_LAST), *FILE_NAMES, *poses):
            (folder / name).unlink(missing_ok=True)
        (folder / _HALF_A_FILM).unlink(missing_ok=True)
        _remove_stills(folder / _STILLS)
    except OSError as error:
        raise output_error(folder, error) from error
    _put_in_place(aside, folder)


def _put_in_place(aside: Path, folder: Path) -> None:
    """Move files to their places, the session last, once it is sure that all of them can be."""
    try:
        for path in aside.iterdir():
            _refuse_other_kind(folder / path.name, is_folder=path.is_dir())
        for path in sorted(aside.iterdir(), key=_rank):
            path.replace(folder / path.name)
    except OSError as error:
        raise output_error(folder, error) from error


def _rank(path: Path) -> int:
    return _LAST.index(path.name) if path.name in _LAST else -1


def _refuse_other_kind(place: Path, *, is_folder: bool) -> None:
    """Refuse what cannot be replaced, before anything is touched."""
    if not place.is_symlink() and place.exists() and place.is_dir() != is_folder:
        kind = "folder" if place.is_dir() else "file"
        raise OSError(errno.EEXIST, f"a {kind} named {place.name} is in the way")


def _remove_stills(stills: Path) -> None:
    if stills.is_symlink():
        stills.unlink()
    else:
        shutil.rmtree(stills, ignore_errors=True)


# --- locks, and what killed runs left ------------------------------------------------------------


def _locked_folder(parent: Path, name: str) -> tuple[Path, int | None]:
    """Make a folder to work in, and lock it; the system drops the lock of a process that ends."""
    while True:
        aside = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=_SUFFIX, dir=parent))
        if fcntl is None:
            return aside, None
        lock = _lock(aside)
        if lock is not None and aside.is_dir():
            return aside, lock
        if lock is not None:  # another run swept it before it was locked
            os.close(lock)
        elif aside.is_dir():
            return aside, None  # a file system without locks


def _lock(folder: Path) -> int | None:
    """Lock a folder; ``None`` when another process has done so, or it cannot be done."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException:
            os.close(opened)
            raise
        return opened
    return None


def sweep(folder: Path) -> None:
    """Remove what killed runs into this folder left beside it.

    What a running one writes stays, and so does all where folders cannot be locked.
    """
    _sweep(folder.resolve().parent, folder.name)


def _sweep(place: Path, name: str) -> None:
    if fcntl is None:
        return
    for left in place.glob(f".{glob.escape(name)}.*{_SUFFIX}"):
        lock = None if left.is_symlink() else _lock(left)
        if lock is not None:
            shutil.rmtree(left, ignore_errors=True)
            os.close(lock)
