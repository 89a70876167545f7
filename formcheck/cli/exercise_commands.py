"""The commands ``exercises`` and ``explain``: list the exercises, and explain one of them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import msgspec
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from formcheck.cli.console import console
from formcheck.cli.lines import FLAGS, print_json
from formcheck.data.exercise import Exercise, Metric, Scale
from formcheck.data.numbers import points_words
from formcheck.data.session import Limits
from formcheck.data.settings import Settings
from formcheck.exercises import all_exercises, get_exercise
from formcheck.report.wording import band_words, number_words


def list_exercises(*, as_json: bool) -> None:
    """Print one line for each exercise."""
    known = all_exercises()
    if as_json:
        print_json([{"id": e.id, "title": e.title, "views": list(e.views)} for e in known])
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in ("id", "exercise", "film it from"):
        table.add_column(heading)
    for exercise in known:
        table.add_row(exercise.id, exercise.title, _directions(exercise, exercise.views))
    screen = console()
    screen.print(table)
    screen.print("\nFor details: formcheck explain ID", soft_wrap=True)


def explain_exercise(name: str, *, as_json: bool) -> None:
    """Print an exercise: how to film it, what is measured, and the limits."""
    exercise = get_exercise(name).with_settings(Settings())
    if as_json:
        print_json(_as_data(exercise))
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
    for metric in exercise.metrics:
        if metric.role != "tempo":
            _print_metric(screen, exercise, metric)
    _print_heading(screen, _tempo_heading(exercise))
    for metric in exercise.metrics:
        if metric.role == "tempo":
            _print_metric(screen, exercise, metric)
    if exercise.scale is not None:
        _print_heading(screen, "Clinical scale")
        _print_scale(screen, exercise.scale)


def _directions(exercise: Exercise, views: Sequence[str]) -> str:
    """Name the directions to film from; oblique is left out, because it is not recommended.

    A person lying across the picture can be measured from behind as well as from the front.
    """
    known = [view for view in views if view != "oblique"]
    if exercise.held is not None and exercise.held.lying and "front" in known:
        known.append("back")
    return " or ".join(f"the {view}" for view in known)


def _tempo_heading(exercise: Exercise) -> str:
    """Return the heading of the tempo: the time to aim at, or which flags ask for a judgement.

    Holds and flights of stairs have times, but no tempo.
    """
    if exercise.kind != "reps":
        return "Times"
    if exercise.info().judges_tempo:
        return f"Tempo: aim for {exercise.target_descent_s:g} s on the way down"
    flags = f"{FLAGS['goal']} eccentric, or {FLAGS['tempo']}"
    return f"Tempo: measured, but judged only if you ask for it ({flags})"


def _print_heading(screen: Console, title: str) -> None:
    screen.print()
    screen.print(Text(title, style="bold"))


def _print_metric(screen: Console, exercise: Exercise, metric: Metric) -> None:
    title = f"{metric.title} ({metric.unit})" if metric.unit else metric.title
    anywhere = metric.role in ("tempo", "depth")
    heading = title if anywhere else f"{title}, from {_directions(exercise, metric.views)}"
    screen.print(Padding(Text(heading), (0, 0, 0, 2), expand=False))
    screen.print(
        Padding(Text(f"{metric.id}: {metric.about}", style="dim"), (0, 0, 0, 4), expand=False)
    )
    if metric.cannot_see:
        never = Text(f"cannot be measured: {metric.cannot_see}")
        screen.print(Padding(never, (0, 0, 0, 4), expand=False))
    elif metric.limits is None:
        screen.print(Padding(Text("measured, but not graded"), (0, 0, 0, 4), expand=False))
    else:
        judged = "" if metric.role == "tempo" else number_words(metric)
        _print_limits(screen, metric.limits, metric.unit, judged)
    screen.print()


def _print_limits(screen: Console, limits: Limits, unit: str, judged: str) -> None:
    good, watch, fault = band_words(limits, unit)
    verdicts = Text()
    verdicts.append("good ", style="green").append(good)
    verdicts.append(", watch ", style="yellow").append(watch)
    verdicts.append(", fault ", style="red").append(fault)
    if judged:
        verdicts.append(f" ({judged})")
    screen.print(Padding(verdicts, (0, 0, 0, 4), expand=False))
    screen.print(Padding(Text(limits.source, style="dim"), (0, 0, 0, 4), expand=False))


def _print_scale(screen: Console, scale: Scale) -> None:
    screen.print(Padding(Text(scale.title), (0, 0, 0, 2), expand=False))
    for item in scale.items:
        screen.print(_item("-", f"{item.title}, {points_words(item.points)}: {item.about}"))
        if item.cannot_see:
            words = Text(f"cannot be seen: {item.cannot_see}", style="dim")
            screen.print(Padding(words, (0, 0, 0, 4), expand=False))
    if scale.bands:
        words = Text(f"Grades: {_describe_grades(scale)}")
        screen.print(Padding(words, (0, 0, 0, 2), expand=False))
    screen.print(Padding(Text(scale.source, style="dim"), (0, 0, 0, 2), expand=False))
    screen.print(
        Padding(
            Text(
                "The report lists items that the film does not show as not visible. This is not a "
                "diagnosis."
            ),
            (0, 0, 0, 2),
            expand=False,
        )
    )


def _describe_grades(scale: Scale) -> str:
    """Return the grades of a scale in words: ``0 to 1 good, 2 to 3 medium, 4 to 6 poor``."""
    lowest = [0, *(most + 1 for most, _ in scale.bands)]
    return ", ".join(
        f"{least} to {most} {grade}"
        for least, (most, grade) in zip(lowest, scale.bands, strict=False)
    )


def _item(bullet: str, text: str) -> Padding:
    """Return an item of a list, indented after its bullet or number."""
    row = Table.grid(padding=(0, 1))
    row.add_column(no_wrap=True)
    row.add_column()
    row.add_row(bullet, text)
    return Padding(row, (0, 0, 0, 2), expand=False)


def _paragraphs(about: str) -> list[str]:
    """Split a text into paragraphs; join the lines of each, except in lists and tables."""
    blocks = textwrap.dedent(about).strip().split("\n\n")
    return [block if _has_layout(block) else " ".join(block.split()) for block in blocks]


def _has_layout(block: str) -> bool:
    lines = block.splitlines()
    return any(line.startswith((" ", "-", "*")) for line in lines) or set(lines[-1]) <= set("=-~")


def _as_data(exercise: Exercise) -> dict[str, Any]:
    """Return an exercise as it is saved in a session, and texts that only this command shows."""
    info: dict[str, Any] = msgspec.to_builtins(exercise.info())
    return {
        **info,
        "about": exercise.about.strip(),
        "views": list(exercise.views),
        "set_up": list(exercise.set_up),
        "cannot_see": {
            metric.id: metric.cannot_see for metric in exercise.metrics if metric.cannot_see
        },
    }
