"""Read films and write results at a local path, or at a storage address such as ``s3://...``.

A film at an address is first copied to a temporary folder, and the results are copied back, so that
the analysis works with local files only. The package fsspec opens the addresses.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from formcheck.data.errors import OutputError, SourceError, UsageError
from formcheck.data.plain_file import open_plain
from formcheck.data.texts import message_of

LAST = ("session.json", "batch.json")
"""Files that mark the results as complete: removed first, written last, in this order."""

_ADDRESS = re.compile(r"[A-Za-z][\w+.-]*(::[\w+.-]+)*://")


def is_address(where: str) -> bool:
    """Whether a text is an address for fsspec, not a local path."""
    return _ADDRESS.match(where) is not None


def below(base: str, *parts: str) -> str:
    """Join a path or an address with further parts."""
    if is_address(base):
        return "/".join((base.rstrip("/"), *parts))
    return os.path.join(base, *parts)  # noqa: PTH118


@contextmanager
def local_film(address: str) -> Iterator[Path]:
    """Yield a local path of the film; a temporary copy is removed afterwards.

    Raises
    ------
    SourceError
        The film cannot be copied from its address. A local path is not checked.
    """
    if not is_address(address):
        yield Path(address)
        return
    # Keep the film's name, which is part of the session.
    name = PurePosixPath(address.partition("://")[2]).name or "film"
    with tempfile.TemporaryDirectory(prefix="formcheck-film-") as folder:
        path = Path(folder) / name
        try:
            files, place = _file_system(address)
            files.get_file(place, str(path))
        except UsageError:
            raise
        except Exception as error:  # each file system of fsspec has errors of its own
            raise SourceError(
                f"could not fetch {address!r}: {message_of(error)}",
                hint="Check the address and the access rights.",
            ) from error
        yield path


@contextmanager
def local_results(folder: str) -> Iterator[Path]:
    """Yield a local folder; its files are copied to ``folder`` at the end.

    Raises
    ------
    OutputError
        The results cannot be copied.
    """
    if not is_address(folder):
        yield Path(folder)
        return
    with tempfile.TemporaryDirectory(prefix="formcheck-results-") as temporary:
        local = Path(temporary) / "results"
        local.mkdir()
        yield local
        try:
            _upload(local, folder)
        except UsageError:
            raise
        except Exception as error:  # each file system of fsspec has errors of its own
            raise OutputError(
                f"could not write {folder!r}: {message_of(error)}",
                hint="Check the address and the access rights.",
            ) from error


def sizes(folder: str) -> dict[str, int]:
    """Return the size in bytes of each file below a folder, by its relative path; empty if none."""
    if not is_address(folder):
        base = Path(folder)
        return {
            path.relative_to(base).as_posix(): path.stat().st_size
            for path in sorted(base.rglob("*"))
            if path.is_file()
        }
    files, place = _file_system(folder)
    try:
        found: dict[str, dict[str, Any]] = files.find(place, detail=True)
    except FileNotFoundError:
        return {}
    start = len(place.rstrip("/")) + 1
    return {name[start:]: int(info["size"] or 0) for name, info in found.items()}


def read(file: str) -> bytes:
    """Read a small file; raises ``OSError`` if it does not exist, or is a pipe or a device."""
    if not is_address(file):
        with open_plain(Path(file)) as opened:
            return opened.read()
    files, place = _file_system(file)
    content: bytes = files.cat_file(place)
    return content


def remove(folder: str, names: Sequence[str]) -> None:
    """Remove files of a folder; missing ones are ignored."""
    if not is_address(folder):
        for name in names:
            (Path(folder) / name).unlink(missing_ok=True)
        return
    files, place = _file_system(folder)
    for name in names:
        if files.exists(f"{place}/{name}"):
            files.rm_file(f"{place}/{name}")


def check_address(address: str) -> None:
    """Raise ``UsageError`` when fsspec, or what it needs for this address, is not installed."""
    _file_system(address)


def _upload(local: Path, folder: str) -> None:
    """Copy files to an address, each first under a temporary name; files of ``LAST`` come last."""
    files, place = _file_system(folder)
    remove(folder, LAST)
    names = [p.relative_to(local).as_posix() for p in sorted(local.rglob("*")) if p.is_file()]
    for name in sorted(names, key=lambda name: LAST.index(name) if name in LAST else -1):
        target = f"{place}/{name}"
        files.makedirs(target.rpartition("/")[0], exist_ok=True)
        files.put_file(str(local / name), f"{target}.part")
        files.mv(f"{target}.part", target)


def _file_system(address: str) -> tuple[Any, str]:
    """Return the file system of an address and the path in it."""
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise UsageError(
            f"reading or writing {address!r} needs the package fsspec",
            hint="Run: pip install 'formcheck[cluster]'.",
        ) from error
    try:
        files, place = url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise UsageError(
            f"{address!r} cannot be opened: {message_of(error)}", hint="Check the address."
        ) from error
    return files, str(place)
