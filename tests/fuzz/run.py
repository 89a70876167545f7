"""Tries inputs one after the other and says what went wrong with which."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .case import Case, Kind
from .cases import Seeds, kinds
from .server import Ended, Job, Server
from .verdict import as_found, complaints


@dataclass(frozen=True)
class Tried:
    """One input: its kind and number, the command, how it ended, and what was wrong with that."""

    kind: str
    number: int
    case: Case
    ended: Ended
    wrong: tuple[str, ...]
    folder: Path


def plan(found: Mapping[str, Kind], inputs: int, most: int | None) -> list[tuple[str, int]]:
    """Choose how many of each kind: lists whole, the rest by their shares.

    With ``most``, at most so many of each, spread over it.
    """
    listed = {name: kind.count for name, kind in found.items() if kind.count is not None}
    shares = sum(kind.share for kind in found.values())
    rest = max(0, inputs - sum(listed.values()))
    counts = {
        name: kind.count if kind.count is not None else -(-rest * kind.share // shares)
        for name, kind in found.items()
    }
    steps = {
        name: 1 if most is None else max(1, -(-count // most)) for name, count in counts.items()
    }
    chosen = [
        (number / count, name, number)
        for name, count in counts.items()
        for number in range(0, count, steps[name])
    ]
    # All kinds side by side, so that a run that is cut short has seen each.
    return [(name, number) for _, name, number in sorted(chosen)]


def try_inputs(
    folder: Path,
    *,
    inputs: int,
    seed: int,
    only: Sequence[str] = (),
    without: Sequence[str] = (),
    most: int | None = None,
    keep: bool = False,
) -> Iterator[Tried]:
    """Try inputs; each depends on the seed, its kind and its number, not on those before it.

    Parameters
    ----------
    folder
        An empty one to work in. What failed stays there.
    inputs
        How many, about; kinds that are lists are tried whole.
    seed
        Of the chance.
    only
        Kinds, or single inputs as ``kind:number``; all when empty.
    without
        Kinds to leave out.
    most
        Of each kind at most so many, spread over it; all when left out.
    keep
        Whether to keep the folders of those that went well, too.
    """
    with Server() as server:
        seeds = Seeds(folder / "seeds", server)
        found = dict(kinds(seeds))
        for name, number in plan(found, inputs, most):
            if name in without:
                continue
            if only and name not in only and f"{name}:{number}" not in only:
                continue
            place = folder / f"{name.replace(' ', '_')}_{number}"
            place.mkdir()
            tried = _try(server, found[name], name, number, seed, place)
            yield tried
            if not (tried.wrong or keep):
                _remove(place)


def _try(server: Server, kind: Kind, name: str, number: int, seed: int, folder: Path) -> Tried:
    chance = random.Random(f"{seed}:{name}:{number}")  # noqa: S311
    here = Path.cwd()
    os.chdir(folder)
    try:
        case = kind.make(folder, chance, number)
    finally:
        os.chdir(here)
    history = {
        "FORMCHECK_HISTORY": str(folder / "history.sqlite3"),
        "HOME": str(folder),
        "TMPDIR": str(folder),
    }
    job = Job(
        tuple(map(os.fsdecode, case.words)), str(folder), case.real_model, environment=history
    )
    before = as_found(folder)
    ended = server.run(job)
    wrong = (
        *complaints(ended, folder, allowed=case.allowed, before=before),
        *case.right(folder),
    )
    return Tried(name, number, case, ended, wrong, folder)


def _remove(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
    shutil.rmtree(folder)
