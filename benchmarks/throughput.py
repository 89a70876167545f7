"""What an analysis costs: time against the pose model alone, memory, and the command's start.

    python benchmarks/throughput.py [FILM] [--exercise ID] [--rounds N] [--rates HZ,...]
                                    [--session-s SECONDS] [--long-s SECONDS]

In one run, over the same film: MediaPipe frame by frame in video mode (decode included, nothing
else), ``formcheck analyze --no-video`` and ``formcheck analyze`` with the annotated video. The
three take turns, and the fastest of the rounds counts: anything slower is the machine's doing.
So for copies of the film at other rates, and for a session of ten minutes in which 30 % of the time
is movement, each against the plain loop over all its frames. Beside the time: looks of the model a
second of film, and the processor time by what it went to.
Then the most memory that ``formcheck analyze`` takes at any moment for 10 s of the film and for
the film played over and over for ten minutes, and how long ``formcheck --help`` takes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import av
import mediapipe
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision

from formcheck import analyze
from formcheck.data.arrays import ImageArray
from formcheck.data.native_stderr import native_stderr_silenced
from formcheck.pose.model import find_model

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from clips.films import at_frame_rate, read_film, write_film

RATES_HZ = (30, 60, 240)
SESSION_S, MOVING_SHARE = 600.0, 0.3
STANDING_S = 0.5
"""At its beginning the film shows somebody who stands; played to and fro it makes the rest."""
SHORT_S = 10.0
FORMCHECK = (sys.executable, "-m", "formcheck")
STARTS = 5


def bare_inference(film: Path) -> int:
    """Plain MediaPipe over the film, one frame after the other; gives the number of frames."""
    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(find_model().path)),
        running_mode=vision.RunningMode.VIDEO,
    )
    count = 0
    with vision.PoseLandmarker.create_from_options(options) as landmarker, av.open(film) as file:
        for frame in file.decode(video=0):
            picture = mediapipe.Image(
                image_format=mediapipe.ImageFormat.SRGB,
                data=np.ascontiguousarray(frame.to_ndarray(format="rgb24")),
            )
            landmarker.detect_for_video(picture, round(1000 * frame.time))
            count += 1
    return count


def analysis(film: Path, exercise: str, *, video_out: bool) -> int:
    """The whole product over the film, into a folder that is thrown away; gives the looks."""
    with tempfile.TemporaryDirectory() as folder:
        session = analyze(film, exercise=exercise, out=Path(folder) / "out", video_out=video_out)
    return len(session.series["t_s"])


PARTS = {
    "decoding": ("decode", "av:h264"),
    "looks": ("drishti", "formcheck-pose", "formcheck-detect"),
    "encoding": ("encode", "x264", "av:libx264"),
    "measuring, drawing, writing": ("MainThread", "stills", "poses"),
}
"""What the threads are for, by how their names begin; the model's own are called drishti."""


class ProcessorTime:
    """Processor time of this process by thread, while it runs in a ``with`` block; Linux only."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._before: dict[int, float] = {}
        self._now: dict[int, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watch")

    def __enter__(self) -> Self:
        """Start."""
        self._look()
        self._before, self._now = dict(self._now), {}
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._stop.set()
        self._thread.join()

    def by_part(self) -> dict[str, float]:
        """Seconds by part, in the order of :data:`PARTS`; what is in none is ``other``."""
        found: defaultdict[str, float] = defaultdict(float)
        for thread, until_s in self._now.items():
            name = self._names.get(thread, "")
            part = next((p for p, starts in PARTS.items() if name.startswith(starts)), "other")
            found[part] += until_s - self._before.get(thread, 0.0)
        return {part: found[part] for part in (*PARTS, "other")}

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            self._look()

    def _look(self) -> None:
        own = {one.native_id: one.name for one in threading.enumerate()}
        for entry in Path("/proc/self/task").iterdir():
            try:
                text = (entry / "stat").read_text()
            except OSError:
                continue  # it has ended
            name, facts = text[text.index("(") + 1 : text.rindex(")")], text.rsplit(")", 1)[1]
            ticks = sum(int(one) for one in facts.split()[11:13])
            thread = int(entry.name)
            self._names[thread] = own.get(thread) or name
            self._now[thread] = ticks / os.sysconf("SC_CLK_TCK")


@dataclass
class Run:
    """The fastest of the rounds of one piece of work."""

    seconds: float = float("inf")
    looks: int = 0
    parts: dict[str, float] = field(default_factory=dict)

    def add(self, work: Callable[[], int]) -> None:
        """Do it once more."""
        with ProcessorTime() as spent:
            start = time.perf_counter()
            looks = work()
            seconds = time.perf_counter() - start
        if seconds < self.seconds:
            self.seconds, self.looks, self.parts = seconds, looks, spent.by_part()


def compared(film: Path, exercise: str, rounds: int) -> dict[str, Run]:
    """Plain loop, analysis without and with the film, in turns."""
    works: dict[str, Callable[[], int]] = {
        "MediaPipe alone": lambda: bare_inference(film),
        "analyze --no-video": lambda: analysis(film, exercise, video_out=False),
        "analyze": lambda: analysis(film, exercise, video_out=True),
    }
    runs = {name: Run() for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            runs[name].add(work)
    return runs


def print_compared(title: str, film: Path, exercise: str, rounds: int) -> None:
    """Print what a film takes against the plain loop over it."""
    runs = compared(film, exercise, rounds)
    base = runs["MediaPipe alone"]
    with av.open(film) as file:
        lasts_s = (file.duration or 0) / av.time_base
    print(f"\n{title}: {base.looks} frames in {lasts_s:.0f} s, fastest of {rounds} rounds\n")
    print("| | seconds | ms a frame | ratio | looks a second | processor time (s) |")
    print("|---|---|---|---|---|---|")
    for name, run in runs.items():
        went = ", ".join(f"{part} {spent:.1f}" for part, spent in run.parts.items() if spent > 0.05)
        print(
            f"| {name} | {run.seconds:.1f} | {1000 * run.seconds / base.looks:.1f} "
            f"| {run.seconds / base.seconds:.2f} | {run.looks / lasts_s:.1f} | {went} |",
            flush=True,
        )


def session_film(film: Path, duration_s: float, out: Path) -> None:
    """Write a film of sets with rests: the film, then somebody who stands, over and over."""

    def cycle() -> Iterator[tuple[float, ImageArray]]:
        standing: list[ImageArray] = []
        times: list[float] = []
        for t_s, image in read_film(film):
            times.append(t_s)
            if t_s < STANDING_S:
                standing.append(image)
            yield t_s, image
        step_s = times[-1] / (len(times) - 1)
        to_and_fro = [*standing, *standing[-2:0:-1]]
        for n in range(round(len(times) * (1.0 / MOVING_SHARE - 1.0))):
            yield times[-1] + (n + 1) * step_s, to_and_fro[n % len(to_and_fro)]

    with tempfile.TemporaryDirectory() as folder:
        once = write_film(Path(folder) / "once.mp4", cycle())
        looped(once, duration_s, out)


WATCH = """
import resource, subprocess, sys
nowhere = subprocess.DEVNULL
ended = subprocess.run(sys.argv[1:], stdout=nowhere, stderr=nowhere)
print(ended.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def seconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def looped(film: Path, duration_s: float, out: Path) -> None:
    """Write the film's pictures over and over, as they are, until ``duration_s`` is reached."""
    with av.open(film) as source, av.open(out, "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        assert stream.time_base is not None
        ends = [p.pts + (p.duration or 0) for p in source.demux(stream) if p.pts is not None]
        length = max(ends)
        rounds = int(duration_s / float(length * stream.time_base)) + 1
        last = round(duration_s / float(stream.time_base))
        for i in range(rounds):
            # The copies are made anew: muxing uses a packet up.
            source.seek(0, stream=stream)
            for packet in source.demux(stream):
                if packet.dts is None or packet.pts is None or packet.pts + i * length > last:
                    continue
                packet.dts, packet.pts = packet.dts + i * length, packet.pts + i * length
                packet.stream = copy
                target.mux(packet)


def peak_memory_mb(command: Sequence[str]) -> float:
    """The most memory that a command held at any moment, in MiB; Linux counts in KiB.

    A process of its own starts it: a child inherits the mark of who started it, and this one has
    held a pose model.
    """
    told = subprocess.run(
        [sys.executable, "-c", WATCH, *command], check=True, capture_output=True, text=True
    )
    code, most_kib = map(int, told.stdout.split())
    assert code in {0, 4}, command
    return most_kib / 1024


def print_memory(film: Path, exercise: str, long_s: float) -> None:
    """Print the peak memory of a short film and of a long one."""
    print("\n| analyze | peak memory (MiB) |\n|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for duration_s in (SHORT_S, long_s):
            path = Path(folder) / f"{duration_s:.0f}.mp4"
            looped(film, duration_s, path)
            out = str(Path(folder) / "out")
            command = (*FORMCHECK, "analyze", str(path), "-e", exercise, "-o", out)
            print(f"| {duration_s:.0f} s of film | {peak_memory_mb(command):.0f} |", flush=True)


def main() -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description="Time formcheck against bare inference.")
    parser.add_argument(
        "film", type=Path, nargs="?", default=Path("sample_videos/step_down_front_left.mp4")
    )
    parser.add_argument("--exercise", default="step_down")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--rates",
        type=lambda text: [float(one) for one in text.split(",") if one],
        default=list(RATES_HZ),
        help="rates of the copies, separated by commas; empty for none",
    )
    parser.add_argument("--session-s", type=float, default=SESSION_S, help="0 leaves it out")
    parser.add_argument("--long-s", type=float, default=600.0, help="0 leaves the memory out")
    args = parser.parse_args()
    with native_stderr_silenced(), tempfile.TemporaryDirectory() as temporary:
        bare_inference(args.film)  # warms caches and imports
        print_compared(args.film.name, args.film, args.exercise, args.rounds)
        for rate_hz in args.rates:
            copy = at_frame_rate(args.film, Path(temporary) / f"{rate_hz:g}.mp4", rate_hz)
            print_compared(f"{args.film.name} at {rate_hz:g} Hz", copy, args.exercise, args.rounds)
        if args.session_s:
            whole = Path(temporary) / "session.mp4"
            session_film(args.film, args.session_s, whole)
            title = f"{100 * MOVING_SHARE:.0f} % movement"
            print_compared(title, whole, args.exercise, 1)
    help_page = (*FORMCHECK, "--help")
    starts = [
        seconds(lambda: subprocess.run(help_page, check=True, stdout=subprocess.DEVNULL))
        for _ in range(STARTS)
    ]
    print(f"\nformcheck --help: {min(starts):.2f} s, fastest of {STARTS}")
    if args.long_s:
        print_memory(args.film, args.exercise, args.long_s)
    return 0


if __name__ == "__main__":
    sys.exit(main())
