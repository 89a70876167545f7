"""The long mode: ``python -m tests.fuzz --inputs 2000 --seed 1``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from .crash import kill_at_random
from .run import Tried, try_inputs


def main() -> int:
    """Run it; gives 1 when an input did not end as it may."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=2_000, help="how many, about")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=100, help="rounds of kill -9")
    parser.add_argument("--only", action="append", default=[], help="a kind, or kind:number")
    parser.add_argument("--keep", action="store_true", help="keep the folders of all inputs")
    parser.add_argument("--folder", type=Path, help="where to work; a new one when left out")
    wanted = parser.parse_args()
    if wanted.folder is not None:
        wanted.folder.mkdir(parents=True)
    folder = wanted.folder or Path(tempfile.mkdtemp(prefix="formcheck-fuzz-"))
    started = time.monotonic()
    codes: dict[str, Counter[str]] = {}
    failed: list[Tried] = []
    slowest = largest = 0.0
    for tried in try_inputs(
        folder, inputs=wanted.inputs, seed=wanted.seed, only=wanted.only, keep=wanted.keep
    ):
        outcome = "wrong" if tried.wrong else f"exit {tried.ended.code}"
        codes.setdefault(tried.kind, Counter())[outcome] += 1
        slowest = max(slowest, tried.ended.cpu_s)
        largest = max(largest, tried.ended.peak_mb)
        if tried.wrong:
            failed.append(tried)
            _say(f"WRONG {tried.kind}:{tried.number}: {'; '.join(tried.wrong)}")
            _say(f"      in {tried.folder}: formcheck {' '.join(tried.case.words)!r}")
            _say(f"      {tried.ended.err.strip()[-500:]!r}")
        done = sum(count.total() for count in codes.values())
        if done % 100 == 0:
            _say(f"{done} inputs in {time.monotonic() - started:.0f} s, {len(failed)} wrong")
    for kind, count in codes.items():
        told = ", ".join(f"{n} {outcome}" for outcome, n in sorted(count.items()))
        _say(f"{kind}: {count.total()} inputs: {told}")
    total = sum(count.total() for count in codes.values())
    _say(
        f"{total} inputs, {len(failed)} wrong, in {time.monotonic() - started:.0f} s; the slowest "
        f"took {slowest:.1f} s of processor time, the largest {largest:.0f} MB"
    )
    rounds = 0 if wanted.only else wanted.kills
    broken = list(kill_at_random(folder / "kills", rounds, wanted.seed)) if rounds else []
    killed = [kill for kill in broken if kill.wrong]
    for kill in killed:
        _say(f"WRONG kill {kill.number} after {kill.after_s:.3f} s: {'; '.join(kill.wrong)}")
    if broken:
        met = sum(kill.died for kill in broken)
        _say(f"{len(broken)} kills, {met} of them before the end, {len(killed)} wrong")
    return 1 if failed or killed else 0


def _say(text: str) -> None:
    sys.stdout.write(text.encode("utf-8", "replace").decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
