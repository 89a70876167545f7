"""How exactly flights of stairs are measured, on rendered people with known steps.

    python benchmarks/stairs.py FOLDER [--poses DIR]

FOLDER holds films and ``NAME.truth.json`` beside them, as ``people/make_set.py FOLDER --set st``
makes them. Poses that were estimated once are kept in DIR. Printed are a line for each flight, and
the errors over all.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import formcheck
from formcheck.data.keypoints import SIDES
from formcheck.data.session import Flight, Session

EXERCISE = "stairs"


@dataclass(frozen=True)
class Known:
    """A flight as it was rendered.

    Attributes
    ----------
    way
        Up or down.
    feet
        Which foot was set down on each new tread, in order.
    cadence
        Steps a minute.
    step_s, contact_s
        Mean step time and time a foot stood, by foot.
    lean_deg
        Mean lean of the trunk in the image, + forward.
    """

    way: str
    feet: tuple[str, ...]
    cadence: float
    step_s: dict[str, float]
    contact_s: dict[str, float]
    lean_deg: float


def known_flights(truth: dict[str, Any]) -> list[Known]:
    """Return the flights of a film as they were rendered."""
    return [_known(truth, index) for index in range(len(truth["flights"]))]


def _known(truth: dict[str, Any], index: int) -> Known:
    falls = [one for one in truth["steps"] if one["flight"] == index]
    way = truth["flights"][index]["direction"]
    steps = [one for one in falls if one["kind"] == way]
    times_s = [one["t_s"] for one in steps]
    step_s: dict[str, list[float]] = {side: [] for side in SIDES}
    for before, after in itertools.pairwise(falls):
        if after["kind"] == way:
            step_s[after["foot"]].append(after["t_s"] - before["t_s"])
    contact_s = {
        side: [
            one["contact_s"]
            for one in falls
            if one["foot"] == side and one["contact_s"] and one["kind"] in (way, "join")
        ]
        for side in SIDES
    }
    return Known(
        way,
        tuple(one["foot"] for one in steps),
        60.0 * (len(steps) - 1) / (times_s[-1] - times_s[0]),
        {side: float(np.mean(found)) for side, found in step_s.items() if found},
        {side: float(np.mean(found)) for side, found in contact_s.items() if found},
        _lean_deg(truth, steps[0]["off_s"], falls[-1]["t_s"]),
    )


def _lean_deg(truth: dict[str, Any], start_s: float, end_s: float) -> float:
    """Mean lean of the trunk by its true points in a level image, + the way the feet point."""
    seen = truth["keypoints_px"]
    names, t_s = seen["names"], np.array(seen["t_s"])
    points = np.array(seen["xy"]).reshape(len(t_s), len(names), 2)
    points = points[(t_s >= start_s) & (t_s <= end_s)]

    def middle(joint: str) -> np.ndarray:
        left, right = (points[:, names.index(f"{side}_{joint}")] for side in SIDES)
        return np.asarray((left + right) / 2)

    along = middle("shoulder") - middle("hip")
    facing = np.sign((middle("toe") - middle("heel"))[:, 0].mean())
    lean_deg = np.degrees(np.arctan2(along[:, 0], -along[:, 1])) + truth["camera"]["roll"]
    return float(facing * lean_deg.mean())


def measured(film: Path, poses: Path | None) -> Session:
    """Measure a film, or its poses when they are kept."""
    kept = None if poses is None else poses / f"{film.stem}.fcp"
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "out"
        source = film if kept is None or not kept.exists() else kept
        session = formcheck.analyze(source, exercise=EXERCISE, out=out, video_out=False)
        if kept is not None and source is film:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes((out / "poses.fcp").read_bytes())
    return session


def compared(film: str, session: Session, known: list[Known]) -> list[dict[str, float]]:
    """Print each flight beside the truth; return the errors of those that were found."""
    found = [flight for flight in session.efforts if isinstance(flight, Flight)]
    for note in session.notes:
        if note.kind == "ignored":
            print(f"{film}: {note.text}")
    if [one.way for one in found] != [one.way for one in known]:
        print(f"{film}: found {[one.way for one in found]} of {[one.way for one in known]}")
        return []
    return [_errors(film, flight, true) for flight, true in zip(found, known, strict=True)]


def _errors(film: str, flight: Flight, true: Known) -> dict[str, float]:
    feet = tuple(step.side for step in flight.steps)
    errors = {
        "steps": float(len(feet) - len(true.feet)),
        "legs": float(feet != true.feet),
    }

    def read(measure: str, truth: float | None, name: str) -> None:
        one = flight.measurements[f"{true.way}_{measure}"]
        if one.value is not None and truth is not None:
            errors[name] = one.value - truth
        elif truth is not None:
            print(f"{film}, flight {flight.index}, {measure}: {one.not_measured}")

    read("cadence", true.cadence, "cadence")
    read("lean_deg", true.lean_deg, "lean")
    for side in SIDES:
        read(f"step_{side}_s", true.step_s.get(side), f"step {side}")
        read(f"contact_{side}_s", true.contact_s.get(side), f"contact {side}")
    left, right = (flight.measurements[f"{true.way}_step_{side}_s"].value for side in SIDES)
    if left is not None and right is not None and len(true.step_s) == len(SIDES):
        errors["left - right"] = left - right - (true.step_s["left"] - true.step_s["right"])
    shown = "  ".join(f"{name} {value:+.2f}" for name, value in errors.items())
    print(f"{film}, flight {flight.index} {true.way}, {len(true.feet)} steps: {shown}")
    return errors


ROWS = (
    ("cadence", ("cadence",), "/min", 1),
    ("step time of one foot", ("step left", "step right"), "s", 3),
    ("step time, left minus right", ("left - right",), "s", 3),
    ("time a foot stands", ("contact left", "contact right"), "s", 3),
    ("forward lean", ("lean",), "°", 1),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Score flights of stairs against known truth.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--poses", type=Path)
    args = parser.parse_args()
    listed, flights = list[dict[str, float]](), 0
    for path in sorted(args.folder.glob("*.truth.json")):
        known = known_flights(json.loads(path.read_text("utf-8")))
        film = path.with_name(path.name.removesuffix(".truth.json") + ".mp4")
        flights += len(known)
        listed += compared(film.stem, measured(film, args.poses), known)
    if not listed:
        raise SystemExit("no flight was found")
    steps = np.array([one["steps"] for one in listed])
    legs = np.array([one["legs"] for one in listed])
    print(f"\n{len(listed)} of {flights} flights, up and down told apart in all of these;")
    print(f"number of steps exact in {(steps == 0).sum()}, every foot in {(legs == 0).sum()}\n")
    print("| | values | mean absolute error | mean | worst |\n|---|---|---|---|---|")
    for title, names, unit, decimals in ROWS:
        values = np.array([one[name] for one in listed for name in names if name in one])
        if len(values):
            worst = values[np.argmax(np.abs(values))]
            mean = np.abs(values).mean()
            print(
                f"| {title} | {len(values)} | {mean:.{decimals}f} {unit} "
                f"| {values.mean():+.{decimals}f} | {worst:+.{decimals}f} |"
            )


if __name__ == "__main__":
    main()
