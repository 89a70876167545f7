"""What an analysis costs: time against the pose model alone, memory, and the command's start.

    python benchmarks/throughput.py [FILM] [--exercise ID] [--rounds N] [--long-s SECONDS]

In one run, over the same film: MediaPipe frame by frame in video mode (decode included, nothing
else), ``formcheck analyze --no-video`` and ``formcheck analyze`` with the annotated video. The
three take turns, and the fastest of the rounds counts: anything slower is the machine's doing.
Then the most memory that ``formcheck analyze`` takes at any moment for 10 s of the film and for
the film played over and over for ten minutes, and how long ``formcheck --help`` takes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import mediapipe
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision

from formcheck import analyze
from formcheck.data.native_stderr import native_stderr_silenced
from formcheck.pose.model import find_model

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


def analysis(film: Path, exercise: str, *, video_out: bool) -> None:
    """The whole product over the film, into a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        analyze(film, exercise=exercise, out=Path(folder) / "out", video_out=video_out)


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
    parser.add_argument("--long-s", type=float, default=600.0, help="0 leaves the memory out")
    args = parser.parse_args()
    works: dict[str, Callable[[], object]] = {
        "MediaPipe alone": lambda: bare_inference(args.film),
        "analyze --no-video": lambda: analysis(args.film, args.exercise, video_out=False),
        "analyze": lambda: analysis(args.film, args.exercise, video_out=True),
    }
    with native_stderr_silenced():
        frames = bare_inference(args.film)  # warms caches and imports
        taken: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(args.rounds):
            for name, work in works.items():
                taken[name].append(seconds(work))
    base = min(taken["MediaPipe alone"])
    print(f"{args.film.name}: {frames} frames, fastest of {args.rounds} rounds\n")
    print("| | seconds | ms a frame | ratio |\n|---|---|---|---|")
    for name, times in taken.items():
        best = min(times)
        print(f"| {name} | {best:.1f} | {1000 * best / frames:.1f} | {best / base:.2f} |")
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
