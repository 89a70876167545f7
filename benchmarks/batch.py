"""What a batch gains from a second core: one film after the other on one core, then all at once.

    python benchmarks/batch.py [--films N] [--seconds S] [--rounds N] [--with-video]

Makes a folder of short films, beginnings of the sample videos of 4 to 6 s that are copied without
encoding them anew. Then ``formcheck batch --jobs 1`` held to a single core, and ``formcheck batch``
on all cores, take turns; each round starts from nothing. Both include the start of the command.
The processor time of both is printed beside the wall time, and the load of the machine: on a busy
machine the wall times say little. Linux only.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from clips.films import beginning

SAMPLES = Path(__file__).resolve().parent.parent / "sample_videos"
EXERCISES = ("single_leg_squat", "step_down", "squat")
NO_REPETITION_IN_ANY = 4


@dataclass(frozen=True)
class Cost:
    """Wall time and processor time of one command, in seconds."""

    wall_s: float
    cpu_s: float


def make_films(folder: Path, count: int, shortest_s: float) -> None:
    """Fill a folder with films that all differ, and with what exercise is in each."""
    samples = sorted(SAMPLES.glob("*.mp4"))
    lines = ["film,exercise"]
    for number in range(count):
        sample = samples[number % len(samples)]
        name = f"{number:03}_{sample.stem}.mp4"
        beginning(sample, shortest_s + 2.0 * number / count, folder / name)
        exercise = next(known for known in EXERCISES if sample.stem.startswith(known))
        lines.append(f"{name},{exercise}")
    (folder / "films.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def run(films: Path, *options: str, cores: set[int]) -> Cost:
    """Run one batch from nothing, held to these cores."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "formcheck", "batch", str(films), "--out", out]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.perf_counter()
        code = subprocess.run(
            [*command, "--settings", str(films / "films.csv"), *options],
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
            capture_output=True,
            check=False,
        ).returncode
        wall_s = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert code in {0, NO_REPETITION_IN_ANY}, f"the batch exited with {code}"
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall_s, cpu_s)


def main() -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description="Time a batch on one core and on all.")
    parser.add_argument("--films", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=4.0, help="of the shortest film")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--with-video", action="store_true")
    args = parser.parse_args()
    cores = os.sched_getaffinity(0)
    more = () if args.with_video else ("--no-video",)
    one: list[Cost] = []
    all_at_once: list[Cost] = []
    with tempfile.TemporaryDirectory() as folder:
        films = Path(folder)
        make_films(films, args.films, args.seconds)
        for _ in range(args.rounds):
            print(f"load before: {os.getloadavg()[0]:.1f}", flush=True)
            one.append(run(films, "--jobs", "1", *more, cores={min(cores)}))
            all_at_once.append(run(films, *more, cores=cores))
            print(f"load after:  {os.getloadavg()[0]:.1f}", flush=True)
    first = min(one, key=lambda cost: cost.wall_s)
    second = min(all_at_once, key=lambda cost: cost.wall_s)
    print(f"\n| {args.films} films | wall time (s) | processor time (s) |\n|---|---|---|")
    print(f"| one after the other on one core | {first.wall_s:.1f} | {first.cpu_s:.1f} |")
    print(f"| batch on {len(cores)} cores | {second.wall_s:.1f} | {second.cpu_s:.1f} |")
    print(f"\n{first.wall_s / second.wall_s:.2f} times as fast")
    return 0


if __name__ == "__main__":
    sys.exit(main())
