"""Inputs that are folders: a live session that was cut short, OpenPose's files, a batch's results.

The damage is done to one of the files or to several, or to which files there are.
"""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from formcheck.pose.recorded import PoseRecording
from formcheck.store.journal import JOURNAL_NAME, HistoryTarget
from formcheck.store.result_files import FILE_OF
from formcheck.store.sealed import sealed
from formcheck.store.session_file import load

from . import damage, good
from .case import Case
from .server import Job, Server
from .stand_in import POSES

LIVE, OPENPOSE, FILMS, RESULTS = "live", "poses", "films", "films_formcheck"
FILM_RESULTS = "film_mp4"

_OPENPOSE_FRAMES = range(60, 260)
"""Of the recording: one repetition, and standing before and after it."""


class Folders:
    """Makes such inputs; the good ones are made once.

    Parameters
    ----------
    folder
        Where those are kept.
    results
        The results of a film that was analyzed.
    film
        A sound film.
    server
        Runs the batch.
    """

    def __init__(self, folder: Path, results: Path, film: bytes, server: Server) -> None:
        self._folder = folder
        self._results = results
        (folder / LIVE).mkdir(parents=True)
        good.write_journal(folder / LIVE, load(results), HistoryTarget("runner-1"))
        shutil.copytree(results / "stills", folder / LIVE / "stills")
        samples = PoseRecording.load(POSES).samples
        chosen = [samples[n] for n in _OPENPOSE_FRAMES if n < len(samples)]
        good.write_openpose(folder / OPENPOSE, chosen)
        (folder / FILMS).mkdir()
        (folder / FILMS / "film.mp4").write_bytes(film)
        ended = server.run(Job(_BATCH, str(folder), environment={"HOME": str(folder)}))
        if ended.code != 0:
            raise RuntimeError(f"the good batch ended with {ended}")
        self._rows = _rows(folder / RESULTS)

    def journal(self, folder: Path, chance: random.Random, number: int) -> Case:
        """Damage what a live session left that was killed."""
        live = folder / LIVE
        shutil.copytree(self._folder / LIVE, live)
        path = live / JOURNAL_NAME
        data = path.read_bytes()
        way = number % 4
        if way == 0:
            path.write_bytes(damage.spoil(data, chance, damage.digits))
        elif way == 1:
            path.write_bytes(_lines_moved(data, chance))
        else:
            path.write_bytes(_value_in_a_line(data, chance))
        if chance.random() < 0.2:
            for name in ("session.json", "report.html", "reps.csv"):
                shutil.copyfile(self._results / name, live / name)
        if chance.random() < 0.1:
            _odd_thing(live / chance.choice(("report.html", "reps.csv", "session.json")), chance)
        form = chance.choice(list(FILE_OF))
        words = chance.choice(
            (("report", LIVE), ("report", LIVE, "-f", form), ("report", LIVE, "--json"))
        )
        return Case(words)

    def openpose(self, folder: Path, chance: random.Random, number: int) -> Case:
        """Damage a folder of OpenPose's."""
        poses = folder / OPENPOSE
        shutil.copytree(self._folder / OPENPOSE, poses)
        files = sorted(poses.iterdir())
        way = number % 3
        for path in chance.sample(files, chance.choice((1, 1, 5, len(files)))):
            if way == 0:
                path.write_bytes(damage.spoil(path.read_bytes(), chance, damage.digits))
            elif way == 1:
                path.write_text(damage.hostile(path.read_text(), chance))
            else:
                _renamed_or_gone(path, chance)
        rate = chance.choice(("30", "30", "30", "1", "10000"))
        size = chance.choice(("480x848", "480x848", "1x1", "20000x20000"))
        words = ("analyze", OPENPOSE, "-e", "step_down", "--frame-rate", rate, "--size", size)
        subject = chance.choice(((), (), ("--subject", "left"), ("--subject", "0.5,0.5")))
        return Case((*words, "--view", "front", *subject))

    def receipt(self, folder: Path, chance: random.Random, number: int) -> Case:
        """Damage a batch's results, mostly the receipt: the next run must see it and mend it."""
        for part in (FILMS, RESULTS):
            shutil.copytree(self._folder / part, folder / part)
        results = folder / RESULTS / FILM_RESULTS
        path = results / "batch.json"
        way = number % 4
        if way == 0:
            path.write_bytes(damage.spoil(path.read_bytes(), chance, damage.digits))
        elif way == 1:
            path.write_text(damage.hostile(path.read_text(), chance))
        elif way == 2:
            _odd_thing(path, chance)
        else:
            path = results / chance.choice(("session.json", "report.html", "frames.csv"))
            path.write_bytes(damage.spoil(path.read_bytes(), chance, damage.digits))
        if path.is_dir():  # where the receipt goes: that cannot be mended
            return Case(_BATCH, (3,))
        return Case(_BATCH, (0,), right=partial(_same_rows, rows=self._rows))


_BATCH = ("batch", FILMS, "-e", "step_down", "--no-video", "--no-history")


def _rows(results: Path) -> list[dict[str, str]]:
    with (results / "summary.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _same_rows(folder: Path, rows: list[dict[str, str]]) -> Iterator[str]:
    found = _rows(folder / RESULTS) if (folder / RESULTS / "summary.csv").is_file() else []
    if found != rows:
        yield f"the table says {found} and should say {rows}"


def _hostile_within(data: bytes, chance: random.Random) -> bytes:
    """Put hostile values into what is sealed, mostly with a seal that fits again."""
    content = json.loads(data)
    del content["seal"]
    text = damage.hostile(json.dumps(content), chance)
    resealed = chance.random() < 0.8 and text[0] == "{"
    return sealed(text) if resealed else text.encode()


def _lines_moved(data: bytes, chance: random.Random) -> bytes:
    """Drop, repeat, reorder or empty whole lines, or make the last one very long."""
    lines = data.split(b"\n")
    ways: Sequence[Callable[[], Any]] = (
        lambda: lines.pop(chance.randrange(len(lines))),
        lambda: lines.insert(0, chance.choice(lines)),
        lambda: lines.extend(lines * 20),
        lambda: chance.shuffle(lines),
        lambda: lines.insert(chance.randrange(len(lines)), b""),
        lambda: lines.append(b"[" * 1_000_000 + b"\n"),
        lambda: lines.insert(1, b"{}"),
    )
    for _ in range(chance.choice((1, 2))):
        chance.choice(ways)()
    return b"\n".join(lines)


def _value_in_a_line(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines()
    for at in chance.sample(range(len(lines)), chance.choice((1, 1, len(lines)))):
        lines[at] = _hostile_within(lines[at], chance)
    return b"\n".join(lines) + b"\n"


def _renamed_or_gone(path: Path, chance: random.Random) -> None:
    names = (
        f"set_{chance.randrange(10**6)}_keypoints.json",
        f"set_{'9' * 200}_keypoints.json",
        f"set_{path.stem}_\u0664.json",
        "no_number.json",
        "0.json",
        "\x1b[31m1.json",
        "1\n2.json",
        "\udcff3.json",
    )
    way = chance.randrange(3)
    if way == 0:
        path.unlink()
    elif way == 1:
        path.rename(path.with_name(chance.choice(names)))
    else:
        _odd_thing(path, chance)


def _odd_thing(path: Path, chance: random.Random) -> None:
    """Put something in its place that is no plain file."""
    path.unlink(missing_ok=True)
    way = chance.randrange(5)
    if way == 0:
        path.mkdir()
    elif way == 1:
        os.mkfifo(path)
    elif way == 2:
        path.symlink_to("/dev/zero")
    elif way == 3:
        path.symlink_to(path.name)
    else:
        path.symlink_to("nowhere")
