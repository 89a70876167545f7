"""Make films of rendered people, with the truth of what they do.

    python benchmarks/people/make_set.py OUT --set kf                      # a listed set
    python benchmarks/people/make_set.py OUT --seed 7 --count 10 --prefix mine --views front,side
    python benchmarks/people/make_set.py OUT --recipe NAME.spec.json       # one clip again

For each clip it writes ``NAME.spec.json``, the recipe, then ``NAME.mp4`` and ``NAME.truth.json``;
the truth is there when the clip is finished. The same seed gives the same clips, and finished ones
are left as they are, so a run that was stopped goes on. Runs in an environment of its own, see the
README; about 40 seconds of a core for each clip.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from generator.clip_truth import all_moments, clip_truth
from generator.clothing import dressed
from generator.hold_truth import hold_truth
from generator.human_mesh import HumanMesh
from generator.recipes import Recipe, kind_of
from generator.scene_camera import cameras
from generator.sets import SETS, PeopleSet, Use
from generator.stair_truth import stair_truth

RECIPE, TRUTH = ".spec.json", ".truth.json"
VIEWS = ("front", "side")
TRUTH_OF = {"repetitions": clip_truth, "holds": hold_truth, "flights": stair_truth}


def make_clip(folder: Path, name: str, recipe: Recipe) -> None:
    """Make one clip; nothing is left under its name unless it is finished."""
    from generator.film_rendering import render  # the truth alone needs no renderer

    person = HumanMesh(recipe["body"]["targets"], recipe["stature"])
    moments = all_moments(person, recipe)
    filmed = cameras(recipe, moments)
    surface = dressed(person, recipe)
    bodies = (person.skin(one.posed.turns, one.posed.places)[surface.vertices] for one in moments)
    film, truth = (folder / f"{name}{end}.part" for end in (".mp4", TRUTH))
    try:
        render(recipe, surface, bodies, filmed, film)
        known = TRUTH_OF[kind_of(recipe)](name, recipe, moments)
        truth.write_text(json.dumps(known, separators=(",", ":")), encoding="utf-8")
        film.replace(folder / f"{name}.mp4")
        truth.replace(folder / f"{name}{TRUTH}")
    finally:
        film.unlink(missing_ok=True)
        truth.unlink(missing_ok=True)


def wanted(args: argparse.Namespace) -> Iterator[tuple[str, Recipe]]:
    """Names and recipes of the clips that are asked for."""
    for path in args.recipe:
        yield path.name.removesuffix(RECIPE), json.loads(path.read_text("utf-8"))
    for one in SETS:
        if one.prefix in args.set:
            yield from one.recipes()
    if args.seed is not None:
        views = tuple(args.views.split(","))
        use: Use = "filmed twice" if args.twice else "fitting"
        yield from PeopleSet(args.prefix, args.seed, args.count, views, use).recipes()


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    listed = [one.prefix for one in SETS]
    parser.add_argument("--set", nargs="+", default=[], choices=listed, help="listed sets")
    parser.add_argument("--recipe", nargs="+", default=[], type=Path, help="recipes of clips")
    parser.add_argument("--seed", type=int, help="of a set that is not listed")
    parser.add_argument("--count", type=int, default=15, help="its people")
    parser.add_argument("--prefix", default="c", help="what its names begin with")
    parser.add_argument("--views", default="front,side", help="its views, in turn")
    parser.add_argument("--twice", action="store_true", help="film each person of it again")
    parser.add_argument("--recipes-only", action="store_true", help="render nothing")
    parser.add_argument("--jobs", type=int, default=1, help="clips made at a time")
    args = parser.parse_args()
    if not set(args.views.split(",")) <= set(VIEWS):
        parser.error(f"--views takes {' and '.join(VIEWS)}")
    if not (args.set or args.recipe or args.seed is not None):
        parser.error("say which clips: --set, --seed or --recipe")
    return args


def main() -> int:
    """Make the clips that are not there yet; 1 when some could not be made."""
    args = arguments()
    folder: Path = args.out
    folder.mkdir(parents=True, exist_ok=True)
    to_make = []
    for name, recipe in wanted(args):
        path = folder / f"{name}{RECIPE}"
        if not path.exists():
            path.write_text(json.dumps(recipe), encoding="utf-8")
        if not (folder / f"{name}{TRUTH}").exists():
            to_make.append((name, recipe))
    if args.recipes_only:
        return 0
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    failed = 0
    # Each clip in a process of its own: a renderer does not give all its memory back.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(args.jobs, mp_context=fresh, max_tasks_per_child=1) as pool:
        running = {pool.submit(make_clip, folder, *clip): clip[0] for clip in to_make}
        for done in as_completed(running):
            error = done.exception()
            failed += error is not None
            print(running[done], error or "made", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
