"""Whether a command ended as it may."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from .folders import LIVE
from .server import Ended

DONE, WRONG_USAGE, UNUSABLE, NO_REPETITION = 0, 2, 3, 4
COMPANIONS = ("session.json", "report.html", "reps.csv", "frames.csv")
_LONGEST_LINE = 2_000
_TERMINAL_CODES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_WORKING_NAME = re.compile(r"\.(partial|part|tmp)$")
_MOST_LINES = 4
_FROM = re.compile(r"formcheck: |\[\d+/\d+\] ")  # the second is batch's line for a film


def as_found(folder: Path) -> dict[Path, int]:
    """Note which files are there before a command runs, and when they were changed last."""
    return {path: path.lstat().st_mtime_ns for path in folder.rglob("*")}


def complaints(
    ended: Ended,
    folder: Path,
    *,
    allowed: Collection[int | None],
    before: Mapping[Path, int] = MappingProxyType({}),
) -> Iterator[str]:
    """Say what is wrong with how a command ended; nothing when all is well.

    Parameters
    ----------
    ended
        How it ended.
    folder
        Where it ran: what it left there is looked at.
    allowed
        The exit codes that the input may lead to.
    before
        What was there before, from :func:`as_found`: a results file that was put there without its
        record, and is as it was, was not left by the command.
    """
    if ended.broke is not None:
        yield f"took more {ended.broke} than it may"
    elif ended.signal is not None:
        yield f"died of signal {ended.signal}"
    elif ended.code not in allowed:
        yield f"exit code {ended.code}"
    text = ended.err + ended.out
    if "Traceback" in text or "FORBIDDEN" in text or "mistake in formcheck" in text:
        yield "a traceback, a mistake, or something forbidden"
    if _TERMINAL_CODES.search(text):
        yield "control characters on the terminal"
    yield from _about_lines(ended)
    yield from _about_files(ended, folder, before)


def _about_lines(ended: Ended) -> Iterator[str]:
    lines = ended.err.splitlines()
    if ended.code in (WRONG_USAGE, UNUSABLE) and len(lines) > 1 + ended.err.count(
        " was renamed to "
    ):
        yield f"{len(lines)} lines on standard error"
    if len(lines) > _MOST_LINES:
        yield "many lines on standard error"
    if any(not _FROM.match(line) for line in lines):
        yield "a line that does not say where it comes from"
    if any(len(line) > _LONGEST_LINE for line in lines):
        yield "a very long line"
    if ended.code not in (DONE, None) and not lines:
        yield "not a word about what failed"


def _about_files(ended: Ended, folder: Path, before: Mapping[Path, int]) -> Iterator[str]:
    killed = ended.code is None
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file():
            if _WORKING_NAME.search(path.name) and not killed:
                yield f"left {path.name} behind"
            continue
        if _WORKING_NAME.search(path.name) and not killed:
            yield f"left {path.name} behind"
        if path.name == "session.json" and path.parent != folder:
            yield from _about_results(path.parent, before)
        elif (
            path.name in COMPANIONS
            and not (path.parent / "session.json").exists()
            and not _is_as_before(path, before)
            and not killed
        ):
            yield f"left {path.name} behind without its record"
    if ended.code in (WRONG_USAGE, UNUSABLE) and any(
        path.is_file() for path in folder.glob("*_formcheck/session.json")
    ):
        yield "failed, and left results"


def _is_as_before(path: Path, before: Mapping[Path, int]) -> bool:
    return path in before and os.path.lexists(path) and before[path] == path.lstat().st_mtime_ns


def _about_results(folder: Path, before: Mapping[Path, int]) -> Iterator[str]:
    from formcheck.data.errors import FormcheckError
    from formcheck.store.session_file import load

    try:
        session = load(folder)
    except FormcheckError as error:
        yield f"left a record that cannot be read: {error.message}"
        return
    journaled = folder.name == LIVE  # its frames are in the record
    for name in [name for name in COMPANIONS if not (journaled and name == "frames.csv")]:
        odd_before = all(_is_as_before(folder / one, before) for one in (name, "session.json"))
        if odd_before:  # put beside a record that stood there, and that was not written anew
            continue
        if not (folder / name).is_file() or not (folder / name).stat().st_size:
            yield f"left a record without {name}"
    for rep in session.reps:
        if rep.still is not None and not (folder / rep.still).is_file():
            yield f"left a record without {rep.still}"
