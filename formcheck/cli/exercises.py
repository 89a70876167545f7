"""The commands ``exercises`` and ``explain``."""

from __future__ import annotations

import json
import math
import sys
import textwrap
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from formcheck.cli.console import console
from formcheck.data._before import Bands, Exercise, MetricSpec
from formcheck.data.exercise import Scale
from formcheck.exercises._before import all_exercises, get_exercise

_JUDGED = {
    "value": "at the lowest point",
    "change": "change from standing to the lowest point",
    "max": "largest over the repetition",
}


def list_exercises(*, as_json: bool) -> None:
    """Print one line for each exercise."""
    known = all_exercises()
    if as_json:
        _print_json([{"id": e.id, "title": e.title, "views": list(e.views)} for e in known])
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in ("id", "exercise", "film it from"):
        table.add_column(heading)
    for exercise in known:
        table.add_row(exercise.id, exercise.title, _angles(exercise.views))
    screen = console()
    screen.print(table)
    screen.print("\nMore about one: formcheck explain ID", soft_wrap=True)


def explain_exercise(name: str, *, as_json: bool) -> None:
    """Print what an exercise is, how it is filmed, and what is measured against which bands."""
    exercise = get_exercise(name)
    if as_json:
        _print_json(_as_data(exercise))
        return
    screen = console()
    screen.print(Text(f"{exercise.title} ({exercise.id})", style="bold"))
    for paragraph in _paragraphs(exercise.about):
        screen.print()
        screen.print(paragraph)
    _print_heading(screen, "Set-up")
    for number, step in enumerate(exercise.set_up, start=1):
        screen.print(_item(f"{number}.", step))
    _print_heading(screen, "Measured")
    for spec in exercise.metrics:
        _print_metric(screen, spec)
    _print_heading(screen, "Tempo")
    tempo = exercise.tempo
    screen.print(f"  Lowering, in s; aim at {_number(tempo.target_s)} s")
    _print_bands(screen, tempo.bands, "time from the start of the descent to the lowest point")
    if exercise.scale is not None:
        _print_heading(screen, "Clinical scale")
        _print_scale(screen, exercise.scale)


def with_unit(spec: MetricSpec) -> str:
    """Give a metric's title with its unit, if it has one."""
    return f"{spec.title} ({spec.unit})" if spec.unit else spec.title


def _angles(views: Sequence[str]) -> str:
    """Name where to film from; oblique is what the camera may see, not what to aim at."""
    return " or ".join(f"the {view}" for view in views if view != "oblique")


def _print_heading(screen: Console, title: str) -> None:
    screen.print()
    screen.print(Text(title, style="bold"))


def _print_metric(screen: Console, spec: MetricSpec) -> None:
    heading = f"{with_unit(spec)}, from {_angles(spec.views)}"
    screen.print(Padding(Text(heading), (0, 0, 0, 2), expand=False))
    screen.print(
        Padding(Text(f"{spec.name}: {spec.about}", style="dim"), (0, 0, 0, 4), expand=False)
    )
    if spec.cannot_see:
        never = Text(f"never measured: {spec.cannot_see}")
        screen.print(Padding(never, (0, 0, 0, 4), expand=False))
    elif spec.bands is None:
        screen.print(Padding(Text("reported, not graded"), (0, 0, 0, 4), expand=False))
    else:
        _print_bands(screen, spec.bands, _JUDGED[spec.judged])
    screen.print()


def _print_bands(screen: Console, bands: Bands, judged: str) -> None:
    verdicts = Text()
    verdicts.append("good ", style="green").append(describe_band(bands.good))
    verdicts.append(", watch ", style="yellow").append(describe_band(bands.watch))
    verdicts.append(", fault ", style="red").append(f"beyond ({judged})")
    screen.print(Padding(verdicts, (0, 0, 0, 4), expand=False))
    screen.print(
        Padding(Text(f"Limits from: {bands.source}", style="dim"), (0, 0, 0, 4), expand=False)
    )


def _print_scale(screen: Console, scale: Scale) -> None:
    screen.print(Padding(Text(scale.title), (0, 0, 0, 2), expand=False))
    for item in scale.items:
        points = "1 point" if item.points == 1 else f"up to {item.points} points"
        screen.print(_item("-", f"{item.title}, {points}: {item.about}"))
        if item.cannot_see:
            words = Text(f"never seen: {item.cannot_see}", style="dim")
            screen.print(Padding(words, (0, 0, 0, 4), expand=False))
    if scale.bands:
        words = Text(f"Grades: {_describe_grades(scale)}")
        screen.print(Padding(words, (0, 0, 0, 2), expand=False))
    screen.print(Padding(Text(scale.source, style="dim"), (0, 0, 0, 2), expand=False))
    screen.print(
        Padding(
            Text("Items that the film does not show are listed, not guessed. No diagnosis."),
            (0, 0, 0, 2),
            expand=False,
        )
    )


def _describe_grades(scale: Scale) -> str:
    """Put the grades in words: ``0 to 1 good, 2 to 3 medium, 4 to 6 poor``."""
    lowest = [0, *(most + 1 for most, _ in scale.bands)]
    return ", ".join(
        f"{least} to {most} {grade}"
        for least, (most, grade) in zip(lowest, scale.bands, strict=False)
    )


def describe_band(band: tuple[float, float]) -> str:
    """Put a band in words: ``up to 8``, ``from 0.9``, ``-5 to 8``."""
    low, high = band
    if math.isinf(low) and math.isinf(high):
        return "any"
    if math.isinf(low):
        return f"up to {_number(high)}"
    if math.isinf(high):
        return f"from {_number(low)}"
    return f"{_number(low)} to {_number(high)}"


def _number(value: float) -> str:
    return f"{value:g}"


def _item(bullet: str, text: str) -> Padding:
    row = Table.grid(padding=(0, 1))
    row.add_column(no_wrap=True)
    row.add_column()
    row.add_row(bullet, text)
    return Padding(row, (0, 0, 0, 2), expand=False)


def _paragraphs(about: str) -> list[str]:
    """Split a docstring; join the lines of running text, keep those of lists and tables."""
    blocks = textwrap.dedent(about).strip().split("\n\n")
    return [block if _has_layout(block) else " ".join(block.split()) for block in blocks]


def _has_layout(block: str) -> bool:
    lines = block.splitlines()
    return any(line.startswith((" ", "-", "*")) for line in lines) or set(lines[-1]) <= set("=-~")


def _as_data(exercise: Exercise) -> dict[str, Any]:
    return {
        "id": exercise.id,
        "title": exercise.title,
        "about": exercise.about.strip(),
        "views": list(exercise.views),
        "set_up": list(exercise.set_up),
        "metrics": [
            {
                "name": spec.name,
                "title": spec.title,
                "unit": spec.unit,
                "about": spec.about,
                "views": list(spec.views),
                "judged": spec.judged,
                "bands": None if spec.bands is None else _bands_as_data(spec.bands),
            }
            for spec in exercise.metrics
        ],
        "tempo": {
            "target_s": exercise.tempo.target_s,
            "bands": _bands_as_data(exercise.tempo.bands),
        },
        "scale": None if exercise.scale is None else _scale_as_data(exercise.scale),
    }


def _scale_as_data(scale: Scale) -> dict[str, Any]:
    return {
        "id": scale.id,
        "title": scale.title,
        "items": [
            {
                "id": item.id,
                "title": item.title,
                "points": item.points,
                "about": item.about,
                "cannot_see": item.cannot_see or None,
            }
            for item in scale.items
        ],
        "grades": [{"most_points": most, "grade": grade} for most, grade in scale.bands],
        "source": scale.source,
    }


def _bands_as_data(bands: Bands) -> dict[str, Any]:
    return {
        "good": [_finite(limit) for limit in bands.good],
        "watch": [_finite(limit) for limit in bands.watch],
        "source": bands.source,
    }


def _finite(limit: float) -> float | None:
    """Give ``None`` for an open end: JSON has no infinity."""
    return limit if math.isfinite(limit) else None


def _print_json(data: Any) -> None:
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
