"""Kills an analysis at random moments and looks at what is left."""

from __future__ import annotations

import random
import signal
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import legal
from .server import Job, Server
from .verdict import complaints

FOLDER = "film_formcheck"


@dataclass(frozen=True)
class Kill:
    """One round: when it was killed, whether that met it alive, and what was wrong after it."""

    number: int
    after_s: float
    died: bool
    wrong: tuple[str, ...]


def kill_at_random(folder: Path, rounds: int, seed: int) -> Iterator[Kill]:
    """Kill an analysis so many times, half of them over an earlier result; then run one whole.

    The history is the same for all rounds. The last, whole run is round number ``rounds``: after
    it nothing that was left behind may still lie about.
    """
    folder.mkdir(parents=True)
    chance = random.Random(f"{seed}:kills")  # noqa: S311
    next(film for film in legal.sources() if film.name == "whole.mp4").write(folder / "film.mp4")
    with Server() as server:
        usual_s = min(server.run(_job(folder, 0)).wall_s for _ in range(3))
        for number in range(rounds):
            if number % 2:
                _forget(folder / FOLDER)
            after_s = chance.uniform(0, usual_s)
            ended = server.run(_job(folder, number, after_s))
            wrong = (*complaints(ended, folder, allowed=(0,)), *_about_history(folder))
            died = ended.signal == signal.SIGKILL
            wrong = tuple(what for what in wrong if what != f"died of signal {ended.signal}")
            yield Kill(number, after_s, died, wrong)
        ended = server.run(_job(folder, rounds))
        wrong = (*complaints(ended, folder, allowed=(0,)), *_about_history(folder))
        yield Kill(rounds, 0.0, died=False, wrong=wrong)


def _job(folder: Path, number: int, kill_after_s: float | None = None) -> Job:
    person = f"Person {number}"
    words = ("analyze", "film.mp4", "-e", "step_down", "--db", "my.sqlite3", "--person", person)
    return Job(words, str(folder), kill_after_s=kill_after_s, environment={"HOME": str(folder)})


def _forget(results: Path) -> None:
    if results.exists():
        for path in sorted(results.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        results.rmdir()


def _about_history(folder: Path) -> Iterator[str]:
    """Look at the history as any program would, and as formcheck does."""
    from formcheck.store.history.history_store import History

    path = folder / "my.sqlite3"
    if not path.exists():
        return
    with sqlite3.connect(path) as connection:
        (found,) = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    if found != "ok":
        yield f"the history is damaged: {found}"
    with History(path) as history:
        if history.notices:
            yield f"the history complains: {history.notices}"
        for entry in history.entries():
            history.session(entry.id)
    if list(folder.glob("*.damaged-*")):
        yield "the history was renamed"
