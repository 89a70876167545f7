"""The inputs: what is written into a folder, and the command that is to read it."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import struct
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.store.poses_file import POSES_NAME
from formcheck.store.result_files import FILE_OF

from . import absurd, damage, legal
from .case import Case, Kind, Make
from .folders import Folders
from .server import ROOT, Job, Server
from .stand_in import POSES

MODEL = ROOT / "models" / "pose_landmarker_full.task"
PROGRAMME = ROOT / "formcheck" / "coach" / "programmes" / "start.toml"
REAL_FILM = ROOT / "sample_videos" / "step_down_front_left.mp4"


class Seeds:
    """Good files, made once: what the damage is done to.

    Parameters
    ----------
    folder
        Where they are kept.
    server
        Analyzes a film for the records and the history.
    """

    def __init__(self, folder: Path, server: Server) -> None:
        self.films = _written(folder / "films", legal.sources())
        self.odd = {film.name: film for film in legal.odd()}
        mp4, avi, mkv = (self.films[f"whole.{form}"] for form in ("mp4", "avi", "mkv"))
        self.absurd = list(absurd.claims(mp4, avi, mkv))
        self.real_film = beginning(REAL_FILM, folder / "person.mp4")
        self.record, self.history = _results(folder / "results", mp4, server)
        self.poses = POSES.read_bytes()
        results = folder / "results" / "film_formcheck"
        self.markers = (results / "keypoints.trc").read_bytes()
        self.kept_poses = (results / POSES_NAME).read_bytes()
        self.model = MODEL.read_bytes()
        self.folders = Folders(folder / "folders", results, mp4, server)
        self._folder = folder

    def odd_film(self, film: legal.Legal, target: Path) -> None:
        """Write an odd film; the second time it is a copy."""
        kept = self._folder / "odd" / film.name
        if not kept.exists():
            kept.parent.mkdir(exist_ok=True)
            film.write(kept)
        shutil.copyfile(kept, target)


_WAYS: Mapping[str, tuple[damage.Way, int]] = {
    "bits": (damage.flip_bits, 230),
    "header": (partial(damage.flip_bits, within=700), 130),
    "fields": (damage.patch_fields, 150),
    "cut": (damage.cut, 90),
    "garbled": (damage.garble, 70),
}
"""What is done to films, and how often."""

BY_THE_MODEL = ("film with the model", "model")
"""The kinds that run the pose model: a second each at least."""


def kinds(seeds: Seeds) -> Mapping[str, Kind]:
    """Give every kind of input by name."""
    films = _Films(seeds)
    return {
        **{f"film {name}": Kind(films.damaged(way), share=n) for name, (way, n) in _WAYS.items()},
        "film wrong ending": Kind(films.wrong_ending, share=15),
        "film with the model": Kind(films.real, share=15),
        "odd film": Kind(films.odd, count=len(seeds.odd)),
        "absurd claim": Kind(films.absurd, count=len(seeds.absurd)),
        "place": Kind(_place(seeds), count=len(_PLACES)),
        "hostile name": Kind(films.named, count=len(_NAMES)),
        "record": Kind(_record(seeds), share=130),
        "record value": Kind(_record_value(seeds), share=60),
        "settings": Kind(_settings(seeds), share=50),
        "programme": Kind(_programme, share=50),
        "history": Kind(_history(seeds), share=90),
        "poses": Kind(_poses(seeds), share=45),
        "markers": Kind(_markers(seeds), share=45),
        "journal": Kind(seeds.folders.journal, share=60),
        "OpenPose folder": Kind(seeds.folders.openpose, share=50),
        "batch receipt": Kind(seeds.folders.receipt, share=50),
        "model": Kind(_model(seeds), share=25),
    }


# --- films ---------------------------------------------------------------------------------------


class _Films:
    def __init__(self, seeds: Seeds) -> None:
        self._seeds = seeds

    def damaged(self, way: damage.Way) -> Make:
        return lambda folder, chance, _: self._damaged(folder, chance, way)

    def wrong_ending(self, folder: Path, chance: random.Random, _: int) -> Case:
        ending = chance.choice((".mp4", ".gif", ".png", ".txt", ".h264", ".ts", ".json", ""))
        return self._damaged(folder, chance, _as_it_is, name=f"film{ending}")

    def real(self, folder: Path, chance: random.Random, _: int) -> Case:
        data = damage.spoil(self._seeds.real_film, chance, damage.patch_fields)
        (folder / "film.mp4").write_bytes(data)
        return Case(("analyze", "film.mp4", "-e", "step_down"), real_model=True)

    def odd(self, folder: Path, chance: random.Random, number: int) -> Case:
        film = list(self._seeds.odd.values())[number]
        self._seeds.odd_film(film, folder / film.name)
        allowed = (0, 4) if film.taken else (3,)
        return Case(("analyze", film.name, *_options(chance, safe=True)), allowed)

    def absurd(self, folder: Path, chance: random.Random, number: int) -> Case:
        name, data = self._seeds.absurd[number]
        (folder / name).write_bytes(data)
        return Case(("analyze", name, *_options(chance, safe=True)))

    def named(self, folder: Path, chance: random.Random, number: int) -> Case:
        name = _NAMES[number]
        good = chance.random() < 0.6
        film = self._seeds.films["whole.mp4"] if good else b"no film"
        (folder / name).write_bytes(film)
        return Case(("analyze", "--no-video", "-e", "step_down", "--", name))

    def _damaged(
        self,
        folder: Path,
        chance: random.Random,
        how: damage.Way,
        name: str | None = None,
    ) -> Case:
        source = chance.choice(sorted(self._seeds.films))
        name = name or source
        (folder / name).write_bytes(how(self._seeds.films[source], chance))
        return Case(("analyze", name, *_options(chance)))


def _as_it_is(data: bytes, _: random.Random) -> bytes:
    return data


def _options(chance: random.Random, *, safe: bool = False) -> list[str]:
    words = [] if chance.random() < 0.15 and not safe else ["-e", "step_down"]
    for option, share in (("--no-video", 0.6), ("--mirrored", 0.1), ("--json", 0.2)):
        if chance.random() < share:
            words.append(option)
    if chance.random() < 0.1:
        words += ["--slow-motion", "4"]
    return words


_NAMES = (
    "two\nlines.mp4",
    "<script>alert(1)<script>.mp4",
    '"><img src=x onerror=alert(1)>.mp4',
    "{{ 7 * 7 }}.mp4",
    "\x1b[31mred\x1b[0m\x07.mp4",
    "\u202egnp.mp4",
    "-e.mp4",
    "--help",
    "a" * 251 + ".mp4",
    "b" * 238 + ".mp4",
    "c" * 200 + ".mp4",
    "\u00e9" * 120 + ".mp4",
    "\udcff\udcfe.mp4",
    "   .mp4",
    ".mp4",
    "..mp4",
    "concat:whole.mp4|whole.mp4",
    "http:__127.0.0.1_film.mp4",
    "pipe:0",
    "film%03d.mp4",
    "film*.mp4",
    "[film].mp4",
    "$(touch gone).mp4",
    "=cmd|' -C calc'!A0.mp4",
    "CON.mp4",
    "\N{PILE OF POO}.mp4",
)


_PLACES = (
    "folder",
    "missing",
    "fifo",
    "zero",
    "null",
    "random",
    "loop",
    "dangling",
    "socket",
    "secret",
    "config fifo",
    "config zero",
    "config folder",
    "config missing",
    "record fifo",
    "record zero",
    "record loop",
    "record secret",
    "report fifo",
    "report zero",
    "report folder",
    "report loop",
    "batch fifo",
    "batch zero",
    "batch loop",
    "model fifo",
    "model zero",
    "model folder",
    "model missing",
    "db fifo",
    "db zero",
    "db folder",
    "db film",
    "db null",
    "out file",
    "out loop",
    "out folder link",
    "out stills link",
    "out report folder",
    "out record folder",
    "out report link",
    "out dots",
    "out long",
    "out unwritable",
)


def _place(seeds: Seeds) -> Make:
    """Make an input that is no plain file, or a place that cannot be written to."""

    def make(folder: Path, _: random.Random, number: int) -> Case:
        what = _PLACES[number]
        film, analyzed = folder / "film.mp4", ("analyze", "film.mp4", "-e", "step_down")
        film.write_bytes(seeds.films["whole.mp4"])
        if what.startswith("out "):
            return _out_place(what.removeprefix("out "), folder, analyzed)
        used, kind = what.rpartition(" ")[::2]
        place = _odd_file(kind, folder)
        option = {"config": "--config", "model": "--model", "db": "--db"}.get(used)
        if option is not None:
            return Case((*analyzed, "--no-video", option, place), real_model=used == "model")
        if used == "report":
            return Case(("report", place), (2, 3))
        if used == "batch":
            return Case(("batch", place, "-e", "step_down"), (2, 3))
        if used == "record":
            return Case(("compare", place, "--legs"), (2, 3))
        return Case(("analyze", place, "-e", "step_down"), (3,))

    return make


def _odd_file(kind: str, folder: Path) -> str:
    path = folder / "thing"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind in ("zero", "null", "random"):
        return f"/dev/{kind}"
    elif kind == "loop":
        path.symlink_to("thing")
    elif kind == "dangling":
        path.symlink_to("nowhere")
    elif kind == "secret":
        path.write_bytes(b"secret")
        path.chmod(0)
    elif kind == "socket":
        import socket

        with socket.socket(socket.AF_UNIX) as made:
            made.bind(os.path.relpath(path))
    elif kind == "film":
        return "film.mp4"
    return "thing"


def _out_place(kind: str, folder: Path, analyzed: tuple[str, ...]) -> Case:
    out, away = folder / "film_formcheck", folder / "away"
    words = (*analyzed, "--no-video", "--out")
    if kind == "long":
        return Case((*words, "x" * 300), (2,))
    if kind == "dots":
        (folder / "here").mkdir()
        return Case((*words, "here/../film_formcheck"), (0,))
    if kind == "file":
        out.write_text("mine")
        return Case((*words, "film_formcheck"), (2,))
    if kind == "loop":
        out.symlink_to("film_formcheck")
        return Case((*words, "film_formcheck"), (2,))
    away.mkdir()
    (away / "mine.txt").write_text("mine")
    if kind == "folder link":
        out.symlink_to("away")
        return Case((*words, "film_formcheck"), (0,))
    out.mkdir()
    if kind == "unwritable":
        out.chmod(0o500)
        return Case((*words, "film_formcheck"), (0, 2))  # root may write anywhere
    if kind == "stills link":
        (out / "stills").symlink_to("../away")
    elif kind == "report link":
        (out / "report.html").symlink_to("../away/mine.txt")
    else:
        (out / {"report folder": "report.html", "record folder": "session.json"}[kind]).mkdir()
        return Case((*words, "film_formcheck"), (2,))
    return Case((*words, "film_formcheck"), (0,))


# --- records, settings, histories ----------------------------------------------------------------


def _reading_record(chance: random.Random, name: str) -> Sequence[str]:
    return chance.choice(
        (
            ("compare", name, "--legs"),
            ("compare", name, "good.json"),
            ("compare", "good.json", name, "--json"),
            ("history", "add", name),
            ("history", "add", name, "good.json"),
            *(("report", name, "-f", form, "-o", f"out.{form}") for form in FILE_OF),
            ("report", name, "--json", "--name", "<b>runner-1</b>"),
            ("report", name, "--video", "good.json"),
        )
    )


def _record(seeds: Seeds) -> Make:
    """Damage a record's bytes."""

    def make(folder: Path, chance: random.Random, _: int) -> Case:
        (folder / "good.json").write_bytes(seeds.record)
        (folder / "session.json").write_bytes(damage.spoil(seeds.record, chance, damage.digits))
        return Case(_reading_record(chance, "session.json"))

    return make


_MANY_BYTES = 50_000_000


def _record_value(seeds: Seeds) -> Make:
    """Put hostile values into a record that is otherwise whole."""

    def make(folder: Path, chance: random.Random, number: int) -> Case:
        (folder / "good.json").write_bytes(seeds.record)
        if number <= 1:
            data = json.loads(seeds.record)
            data["source"]["name"] = "y" * (_MANY_BYTES if number == 0 else 1)
            data["efforts"] *= 3_000 if number == 1 else 1
            text = json.dumps(data)
        else:
            text = damage.hostile(seeds.record.decode(), chance)
        (folder / "session.json").write_text(text)
        return Case(_reading_record(chance, "session.json"))

    return make


_TOML = """\
cutoff_hz = 5.0
max_gap_s = 0.3
min_confidence = 0.6
max_hidden_pct = 40
planted_within_pct = 12
min_drop_pct = 8.0
target_descent_s = 3

[bands.knee_fppa_deg]
good = [-5.0, 8.0]
watch = [-10.0, 13.0]

[bands.descent_s]
good = [2.0, inf]
watch = [1.0, inf]
"""
_TOML_VALUES = (
    "0",
    "-1",
    "nan",
    "inf",
    "-inf",
    "1e999",
    "9" * 400,
    '"x"',
    "[]",
    "{}",
    "true",
    "1979-05-27",
    "[[1,2],[3,4]]",
    "[1]",
    "[inf, -inf]",
    "'''" + "z" * 9_999 + "'''",
    "[" * 2_000,
    "{a=" * 2_000,
    '"\\uD800"',
    "0x" + "f" * 5_000,
    "",
)


def _settings(seeds: Seeds) -> Make:
    def make(folder: Path, chance: random.Random, number: int) -> Case:
        (folder / "film.mp4").write_bytes(seeds.films["whole.mp4"])
        data = b"x" * _MANY_BYTES if number == 0 else _spoiled_toml(_TOML, chance)
        (folder / "my.toml").write_bytes(data)
        words = ("analyze", "film.mp4", "-e", "step_down", "--config", "my.toml", "--no-video")
        return Case(words)

    return make


def _programme(folder: Path, chance: random.Random, number: int) -> Case:
    good = PROGRAMME.read_text("utf-8")
    data = b"x" * _MANY_BYTES if number == 0 else _spoiled_toml(good, chance)
    (folder / "my.toml").write_bytes(data)
    return Case(("programme", chance.choice(("check", "show")), "my.toml"))


def _spoiled_toml(text: str, chance: random.Random) -> bytes:
    """Damage the text of a file, or give one or two of its names odd values."""
    if chance.random() < 0.5:
        return damage.spoil(text.encode(), chance)
    lines = text.splitlines()
    for _ in range(chance.choice((1, 2))):
        at = chance.choice([i for i, line in enumerate(lines) if "=" in line])
        lines[at] = lines[at].split("=")[0] + "= " + chance.choice(_TOML_VALUES)
    return "\n".join(lines).encode()


_READING_HISTORY: tuple[tuple[str, ...], ...] = (
    ("history", "--db", "my.sqlite3"),
    ("history", "--db", "my.sqlite3", "--json"),
    ("history", "export", "out.csv", "--db", "my.sqlite3"),
    ("history", "export", "out.json", "--db", "my.sqlite3"),
    ("history", "add", "good.json", "--db", "my.sqlite3"),
    ("history", "delete", "1", "--yes", "--db", "my.sqlite3"),
    ("history", "delete", "--person", "runner-1", "--yes", "--db", "my.sqlite3"),
    ("progress", "--db", "my.sqlite3"),
    ("progress", "--db", "my.sqlite3", "--out", "trend.html"),
    ("passport", "runner-1", "--db", "my.sqlite3"),
    ("passport", "runner-1", "--db", "my.sqlite3", "--out", "passport.pdf"),
    ("advise", "--db", "my.sqlite3"),
    ("compare", "1", "2", "--db", "my.sqlite3"),
    ("compare", "1", "--legs", "--db", "my.sqlite3"),
    ("analyze", "film.mp4", "-e", "step_down", "--no-video", "--db", "my.sqlite3"),
)


def _history(seeds: Seeds) -> Make:
    def make(folder: Path, chance: random.Random, _: int) -> Case:
        (folder / "film.mp4").write_bytes(seeds.films["whole.mp4"])
        (folder / "good.json").write_bytes(seeds.record)
        path = folder / "my.sqlite3"
        way = chance.randrange(5)
        if way == 0:
            path.write_bytes(seeds.history)
            _hostile_row(path, chance)
        else:
            path.write_bytes(damage.spoil(seeds.history, chance, _sqlite_header))
        if chance.random() < 0.1:
            (folder / "my.sqlite3-wal").write_bytes(chance.randbytes(chance.randrange(9_000)))
        return Case(chance.choice(_READING_HISTORY))

    return make


def _sqlite_header(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    at = chance.randrange(16, 100)
    struct.pack_into(">I", changed, at, chance.choice(damage.EXTREMES))
    return bytes(changed)


def _hostile_row(path: Path, chance: random.Random) -> None:
    """Put hostile values into a sound database."""
    import sqlite3

    with sqlite3.connect(path) as connection:
        table = connection.execute("PRAGMA table_info(sessions)").fetchall()
        columns = [name for _, name, *_ in table if name != "id"]
        for _ in range(chance.choice((1, 3))):
            value = chance.choice(damage.HOSTILE)
            if isinstance(value, list | dict) or value == "\ud800":
                value = b"\x00\xff" if chance.random() < 0.5 else json.dumps(value)
            elif isinstance(value, int) and abs(value) >= 2**63:
                value = float("inf")
            column = chance.choice(columns)
            try:
                connection.execute(f"UPDATE sessions SET {column} = ?", (value,))  # noqa: S608
            except sqlite3.IntegrityError:  # it may not be empty, or not twice the same
                connection.execute(f"UPDATE OR IGNORE sessions SET {column} = 'x'")  # noqa: S608
        if chance.random() < 0.1:
            connection.execute(f"PRAGMA user_version = {chance.choice((0, 2, 99, -1))}")
    connection.close()


# --- recorded poses and models -------------------------------------------------------------------


def _poses(seeds: Seeds) -> Make:
    """Damage recorded poses: those of a test, and those that are kept beside a session."""

    def make(folder: Path, chance: random.Random, number: int) -> Case:
        way = number % 4
        name, data = ("poses.fcp", seeds.kept_poses) if way < 2 else ("my.npz", seeds.poses)
        spoilt = _arrays_changed(data, chance) if way == 3 else damage.spoil(data, chance)
        (folder / name).write_bytes(spoilt)
        return Case(("analyze", name, "-e", "step_down"))

    return make


def _markers(seeds: Seeds) -> Make:
    """Damage a TRC file: its bytes, or its numbers so that it stays a table."""

    def make(folder: Path, chance: random.Random, _: int) -> Case:
        data = damage.spoil(seeds.markers, chance, damage.digits, damage.digits, _cells)
        (folder / "my.trc").write_bytes(data)
        size = chance.choice(("48x64", "48x64", "1x1", "16384x16384", "99999999x3"))
        return Case(("analyze", "my.trc", "-e", "step_down", "--size", size))

    return make


def _cells(data: bytes, chance: random.Random) -> bytes:
    lines = [line.split(b"\t") for line in data.split(b"\n")]
    for _ in range(chance.choice((1, 5, 200))):
        line = chance.choice(lines)
        hostile = (b"", b"nan", b"inf", b"-1e308", b"1e999", b"0", b"-0", b"9" * 400, b"x")
        line[chance.randrange(len(line))] = chance.choice(hostile)
    return b"\n".join(b"\t".join(line) for line in lines)


def _arrays_changed(data: bytes, chance: random.Random) -> bytes:
    """Put arrays of another kind, shape or content into a recording; one of them is a pickle."""
    with np.load(io.BytesIO(data)) as file:
        arrays = {name: file[name] for name in file.files}
    name = chance.choice(sorted(arrays))
    old = arrays[name]
    arrays[name] = chance.choice(
        (
            np.array([{"a": print}], dtype=object),
            old[:0] if old.ndim else np.array("{}"),
            old.ravel()[: old.size // 2] if old.ndim else np.array('{"format": 1}'),
            np.full(old.shape or (3,), np.nan),
            np.full(old.shape or (3,), np.inf),
            np.full(old.shape or (3,), -1e300),
            np.zeros(old.shape or (3,), np.int8),
            np.array("[" * 99_999),
            np.array(5),
        )
    )
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=True, **arrays)
    return packed.getvalue()


def _model(seeds: Seeds) -> Make:
    def make(folder: Path, chance: random.Random, number: int) -> Case:
        (folder / "film.mp4").write_bytes(seeds.real_film)
        if number == 0:
            data = _bundle({"pose_detector.tflite": _bomb(), "pose_landmarks_detector.tflite": b""})
        elif number == 1:
            data = _bundle({"pose_detector.tflite": b"\0\0\0\0TFL3"})
        elif number == 2:
            part = b"\x1c\0\0\0TFL3" + bytes(500)
            data = _bundle({"pose_detector.tflite": part, "pose_landmarks_detector.tflite": part})
        else:
            data = damage.spoil(seeds.model, chance)
        (folder / "my.task").write_bytes(data)
        words = ("analyze", "film.mp4", "-e", "step_down", "--no-video", "--model", "my.task")
        return Case(words, real_model=True)

    return make


def _bomb() -> bytes:
    return b"\x1c\0\0\0TFL3" + bytes(2_000_000_000)


def _bundle(parts: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle:
        for name, data in parts.items():
            bundle.writestr(name, data)
    return packed.getvalue()


# --- good files ----------------------------------------------------------------------------------


def _written(folder: Path, films: Sequence[legal.Legal]) -> dict[str, bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    for film in films:
        film.write(folder / film.name)
    return {film.name: (folder / film.name).read_bytes() for film in films}


def beginning(source: Path, target: Path, frames: int = 6) -> bytes:
    """Cut the first frames of a film with a person in it, smaller."""
    import av

    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        stream: Any = new.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 180, 320, "yuv420p"
        for frame in _first(old.decode(video=0), frames):
            new.mux(stream.encode(frame.reformat(180, 320, "yuv420p")))
        new.mux(stream.encode(None))
    return target.read_bytes()


def _first(frames: Iterator[Any], count: int) -> Iterator[Any]:
    for _, frame in zip(range(count), frames, strict=False):
        yield frame


def _results(folder: Path, film: bytes, server: Server) -> tuple[bytes, bytes]:
    """Analyze a film; gives its record, and a history that holds it for two people."""
    folder.mkdir(parents=True)
    (folder / "film.mp4").write_bytes(film)
    for person, day in (("runner-1", "2026-05-01"), ("runner-2", "2026-05-02")):
        words = (
            *("analyze", "film.mp4", "-e", "step_down", "--no-video", "--export", "trc"),
            *("--person", person, "--date", day, "--db", "my.sqlite3"),
        )
        ended = server.run(Job(words, str(folder)))
        if ended.code != 0:
            raise RuntimeError(f"the good film ended with {ended}")
    record = (folder / "film_formcheck" / "session.json").read_bytes()
    return record, (folder / "my.sqlite3").read_bytes()
