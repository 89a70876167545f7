"""The command ``analyze``: a progress bar, then what was found."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich import box
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from formcheck.app.options import AnalyzeOptions, HistoryOptions, require_possible
from formcheck.cli import DONE, INTERRUPTED, NO_REPETITION
from formcheck.cli.console import GRADE_STYLES, console
from formcheck.cli.history import remember
from formcheck.cli.lines import printable, say
from formcheck.store.exports import FILE_NAMES

if TYPE_CHECKING:
    from formcheck.data.session import Session
    from formcheck.report.terminal import TerminalReport

OnProgress = Callable[[float, int, int | None], None]

_NEXT_STEPS = {
    "Note: Recognised as": " Wrong? Use --exercise.",
    "Note: The ways down take": " Use --slow-motion.",
}
"""What to do next after a note, by what the note begins with."""

_RECORD = "session.json"
_FILES = (
    *("report.html", "annotated.mp4", "raw.mp4", "reps.csv", "frames.csv", "poses.fcp"),
    *(*FILE_NAMES, _RECORD),
)


def analyze_and_print(
    video: Path, options: AnalyzeOptions, keeping: HistoryOptions, *, as_json: bool
) -> int:
    """Analyze one film, print what was found, and give the exit code.

    Raises
    ------
    FormcheckError
        When the film, the model, the settings or the folder cannot be used.
    """
    require_possible(options)
    folder = options.out or Path(f"{video.stem}_formcheck")
    started = time.time()
    try:
        with progress_bar() as stage:
            from formcheck.app.analyze import analyze_film

            session = analyze_film(
                video,
                replace(options, out=folder, progress=stage("Measuring"), drawing=stage("Drawing")),
            )
    except KeyboardInterrupt:
        say(*_interrupted(folder, started))
        return INTERRUPTED
    if as_json:
        from formcheck.data.declare import to_json

        sys.stdout.write(to_json(session).decode())
    else:
        print_session(session, folder)
    added = (
        remember(session, video, person=options.person, db=keeping.db, folder=folder)
        if keeping.history
        else None
    )
    if added is not None and not as_json:
        console().print(added)
    if not session.reps:
        say(f"no repetition found in {video.name}", how_to_film(session.exercise.id))
        return NO_REPETITION
    return DONE


def how_to_film(exercise: str) -> str:
    """Say what to check when no repetition was found."""
    return (
        "Check that the whole body is in view and that --exercise is the right one: "
        f"`formcheck explain {exercise}` says how to film it"
    )


def _interrupted(folder: Path, started: float) -> tuple[str, str]:
    record = folder / _RECORD
    if record.exists() and record.stat().st_mtime >= started - 1.0:
        return "interrupted", f"What was measured until then is in {folder}"
    return "interrupted before anything was measured", "Nothing was written"


@contextmanager
def progress_bar(*, at_once: bool = True) -> Iterator[Callable[[str], OnProgress | None]]:
    """Show a bar on standard error while it works; nothing when that is not a terminal.

    Yields a function that makes the progress callback of a stage from the stage's name. Unless
    ``at_once``, the bar appears with the first call of a callback.
    """
    screen = console(sys.stderr)
    if not screen.is_terminal:
        yield lambda _: None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None if screen.width < 70 else 32),
        TaskProgressColumn(),
        TimeRemainingColumn(compact=True),
    )
    bar = Progress(*columns, console=screen, transient=True)
    try:
        task = bar.add_task("Loading", total=None)
        if at_once:
            bar.start()

        def advance(name: str, t_s: float, done: int, expected: int | None) -> None:
            total = None if expected is None else max(done, expected)
            bar.start()
            words = f"{name}: {t_s:5.1f} s of film"
            bar.update(task, description=words, completed=done, total=total)

        yield lambda name: partial(advance, name)
    finally:
        bar.stop()


def print_session(session: Session, folder: Path) -> None:
    """Print the repetitions, the verdict, and where the files are."""
    from formcheck.report import terminal
    from formcheck.report.view import view

    screen = console()
    report = terminal.render(view(session), screen.width)
    screen.print(Text(printable(report.heading), style="bold"))
    if report.rows:
        screen.print()
        screen.print(_table(report))
        screen.print(Text(report.legend, style="dim"))
    screen.print()
    for sentence in report.verdict:
        screen.print(printable(sentence))
    for number, advice in enumerate(report.advice):
        screen.print(Text(f"→ {printable(advice)}", style="bold" if number == 0 else ""))
    if report.notes:
        screen.print()
    for note in report.notes:
        next_step = next((step for says, step in _NEXT_STEPS.items() if note.startswith(says)), "")
        screen.print(Text(printable(f"{note}{next_step}"), style="yellow"))
    screen.print()
    for name in _FILES:
        if (folder / name).exists():
            screen.print(printable(str(folder / name)), soft_wrap=True)


def _table(report: TerminalReport) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for place, title in enumerate(report.titles):
        justify: Literal["left", "right"] = "left" if title in report.text_columns else "right"
        table.add_column(title, justify=justify, no_wrap=place == 0)
    for row in report.rows:
        cells = (
            Text(printable(cell.text), style=GRADE_STYLES.get(cell.grade or "", "")) for cell in row
        )
        table.add_row(*cells)
    return table
