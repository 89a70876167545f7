"""Find the films of a batch, and name the results folder of each."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from formcheck.app.batch.places import is_address
from formcheck.data.errors import SourceError
from formcheck.data.plain_file import read_plain

FILM_SUFFIXES = frozenset(
    {
        *(".3g2", ".3gp", ".asf", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4"),
        *(".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".qt", ".ts", ".vob", ".webm", ".wmv"),
        ".fcp",  # kept poses, in the place of their film
    }
)
"""Endings of films in a folder; a list may name any file."""

COMMON = (".mp4", ".mov", ".avi", ".mkv", ".webm")
"""The common endings, which an error message names if no film is found."""

RESULTS = ("annotated.mp4", "poses.fcp")
RECORDS = ("session.json", "session.journal.jsonl")
"""A file named in ``RESULTS`` is a result and not a film, if one of ``RECORDS`` is beside it."""
_LONGEST_PART = 100
_LARGEST_LIST_BYTES = 64_000_000


@dataclass(frozen=True)
class Film:
    """One film of a batch.

    Attributes
    ----------
    name
        Its path within the batch, with ``/``; unique, and shown to the user.
    address
        An absolute path, or an address such as ``s3://bucket/a.mp4``.
    folder
        Results folder within the batch's output folder, with ``/``; never outside it.
    """

    name: str
    address: str
    folder: str


@dataclass(frozen=True)
class FoundFilms:
    """The films that were found for a batch, and how many other files were skipped."""

    films: tuple[Film, ...]
    skipped: int = 0


def find_films(where: Path, out: Path | None = None) -> FoundFilms:
    """Find the films in a folder and all folders below it, or the films named in a list.

    Parameters
    ----------
    where
        A folder, or a UTF-8 text file with one path or address on each line; paths are taken from
        the list's own folder, and lines that are empty or begin with ``#`` are left out.
    out
        Folder for the results; it is not searched. Results of earlier runs are not films.

    Raises
    ------
    SourceError
        When there is no such folder or list, or no film in it.
    """
    if where.is_dir():
        return _in_folder(where, out)
    if not where.exists():
        raise SourceError(f"there is no folder or list {str(where)!r}", hint="Check the path.")
    return _in_list(where)


def _in_folder(root: Path, out: Path | None) -> FoundFilms:
    names, skipped = [], 0
    for path in _files(root, None if out is None else out.resolve()):
        if path.suffix.lower() in FILM_SUFFIXES:
            names.append(path.relative_to(root).as_posix())
        else:
            skipped += 1
    if not names:
        raise SourceError(
            f"no films in {str(root)!r} ({skipped} other files)",
            hint=f"Film files end in {', '.join(COMMON)} and others.",
        )
    names.sort()
    base = root.resolve()
    addresses = [str(base / name) for name in names]
    return FoundFilms(_with_folders(names, addresses), skipped)


def _files(root: Path, out: Path | None) -> Iterator[Path]:
    for folder, below, names in os.walk(root):
        here = Path(folder)
        below[:] = sorted(
            name
            for name in below
            if not name.startswith(".") and (out is None or (here / name).resolve() != out)
        )
        for name in sorted(names):
            is_result = name in RESULTS and any(record in names for record in RECORDS)
            if not name.startswith(".") and not is_result:
                yield here / name


def _in_list(path: Path) -> FoundFilms:
    hint = "Give a folder, or a text file with the path of one film on each line."
    try:
        text = read_plain(path, _LARGEST_LIST_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise SourceError(f"cannot read {path.name!r}: {error.strerror}", hint=hint) from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path.name!r} is not a list of films", hint=hint) from error
    if "\0" in text:
        raise SourceError(f"{path.name!r} is not a list of films", hint=hint)
    lines = (line.strip() for line in text.splitlines())
    wanted = list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
    if not wanted:
        raise SourceError(f"the list {path.name!r} is empty", hint=hint)
    base = path.resolve().parent
    addresses = [line if is_address(line) else os.path.normpath(base / line) for line in wanted]
    addresses = list(dict.fromkeys(addresses))
    return FoundFilms(_with_folders(_short_names(addresses), addresses))


def _short_names(addresses: Sequence[str]) -> list[str]:
    """Return the path of each film relative to the nearest folder that contains them all."""
    split = [
        tuple(part for part in PurePosixPath(_path_in(address)).parts if part not in ("/", ".."))
        for address in addresses
    ]
    shared = 0
    for level in zip(*(parts[:-1] for parts in split), strict=False):
        if len(set(level)) > 1:
            break
        shared += 1
    names = ["/".join(parts[shared:]) for parts in split]
    return names if len(set(names)) == len(names) else list(addresses)


def _path_in(address: str) -> str:
    if is_address(address):
        return address.partition("://")[2]
    return Path(address).relative_to(Path(address).anchor).as_posix()


def _with_folders(names: Sequence[str], addresses: Sequence[str]) -> tuple[Film, ...]:
    """Return the films with a results folder for each: ``home/a.mp4`` gets ``home/a_mp4``.

    The ending is part of the folder's name, so that ``a.mov`` beside it gets another folder. If two
    folders would have the same name (ignoring upper and lower case), a number is added.
    """
    mirrored = [[_safe(part) for part in PurePosixPath(name).parts] for name in names]
    # A folder of films must not become the results folder of one.
    taken = {
        "/".join(parts[:depth]).casefold() for parts in mirrored for depth in range(1, len(parts))
    }
    films = []
    for name, address, parts in zip(names, addresses, mirrored, strict=True):
        stem, dot, ending = parts[-1].rpartition(".")
        plain = "/".join([*parts[:-1], f"{stem}_{ending}" if dot and stem else parts[-1]])
        folder, number = plain, 2
        while folder.casefold() in taken:
            folder, number = f"{plain}-{number}", number + 1
        taken.add(folder.casefold())
        films.append(Film(name, address, folder))
    return tuple(films)


def _safe(part: str) -> str:
    """Return a part of a path in a form that is a valid file name on any system."""
    name = "".join(c if c.isprintable() and c not in '<>:"/\\|?*' else "_" for c in part)
    name = name.strip(" ")
    if not name.strip("."):
        name = "_" * max(1, len(name))
    name = name.rstrip(".")
    if len(name.encode()) > _LONGEST_PART or name != part:
        # Different names must not become one.
        mark = hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        stem, dot, ending = name.rpartition(".")
        if not (dot and stem and len(ending) <= 8):
            stem, ending = name, ""
        kept = stem.encode()[: _LONGEST_PART - 20].decode(errors="ignore")
        name = f"{kept}-{mark}.{ending}" if ending else f"{kept}-{mark}"
    return name
