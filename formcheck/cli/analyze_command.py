"""The command ``analyze``: a progress bar, then the results."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich import box
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar
from rich.table import Table
from rich.text import Text

from formcheck.app.options import AnalyzeOptions, HistoryOptions, require_possible
from formcheck.cli import DONE, INTERRUPTED, NO_REPETITION
from formcheck.cli.console import GRADE_STYLES, console
from formcheck.cli.history_command import add_to_history
from formcheck.cli.lines import escaped, quoted, say
from formcheck.data.errors import FormcheckError
from formcheck.store.exports import FILE_NAMES

if TYPE_CHECKING:
    from formcheck.data.frame import Progress
    from formcheck.data.session import Session
    from formcheck.report.terminal import TerminalReport

_NEXT_STEPS = {
    "Recognised as": " Wrong? Use --exercise.",
    "is this slow motion?": " Use --slow-motion.",
    "so the picture was turned": " Wrong? Use --rotate 0.",
    "The person is sideways": " Turn it with --rotate 90 or --rotate 270.",
}
"""By words of the note that they follow."""

_RECORD = "session.json"
_FILES = (
    *("report.html", "annotated.mp4", "raw.mp4", "reps.csv", "frames.csv", "poses.fcp"),
    *(*FILE_NAMES, _RECORD),
)


def analyze_and_print(
    video: Path, options: AnalyzeOptions, history_options: HistoryOptions, *, as_json: bool
) -> int:
    """Analyze one film, print the results, and return the exit code.

    Raises
    ------
    FormcheckError
        The film, the model, the settings or the folder cannot be used.
    """
    require_possible(options)
    folder = options.out or Path(f"{video.stem}_formcheck")
    started = time.time()
    is_saved = False
    with progress_bar() as stages:

        def show_and_remember(session: Session) -> None:
            """Do all but the film's part now: drawing it takes long and may be stopped."""
            nonlocal is_saved
            is_saved = True
            added = None
            if history_options.history:
                added = add_to_history(
                    session, video, person=options.person, db=history_options.db, folder=folder
                )
            stages.hide()
            _print(session, added, as_json=as_json)

        try:
            from formcheck.app.analyze import analyze_film

            session = analyze_film(
                video,
                replace(
                    options,
                    out=folder,
                    progress=stages.of("Measuring"),
                    drawing=stages.of("Drawing"),
                    saved=show_and_remember,
                ),
            )
        except KeyboardInterrupt:
            stages.hide()
            say(*(_film_missing(folder, video) if is_saved else _interrupted(folder, started)))
            return INTERRUPTED
        except FormcheckError as error:
            if is_saved:
                error.hint = f"{error.hint} {how_to_draw(folder, video)}".strip()
            raise
    if not as_json:
        print_files(folder)
    if not session.reps:
        effort = session.exercise.effort
        say(f"no {effort} found in {video.name}", how_to_film(session.exercise.id))
        return NO_REPETITION
    return DONE


def how_to_film(exercise: str) -> str:
    """Return what to check when no repetition or hold was found."""
    return (
        "Check that the whole body is in view and that --exercise is the right one: "
        f"`formcheck explain {exercise}` says how to film it"
    )


def how_to_draw(folder: Path, film: Path) -> str:
    """Say how the annotated film of a finished session is drawn later."""
    from formcheck.store.poses_file import POSES_NAME

    if not (folder / POSES_NAME).exists():
        return "Without kept poses the film can only be drawn by analyzing it again"
    return f"`{quoted('formcheck', 'report', folder, '--video', film)}` draws the film"


def _film_missing(folder: Path, film: Path) -> tuple[str, str]:
    return (
        f"interrupted: everything is measured and saved in {folder}, only the annotated film is "
        "missing",
        how_to_draw(folder, film),
    )


def _interrupted(folder: Path, started: float) -> tuple[str, str]:
    record = folder / _RECORD
    if record.exists() and record.stat().st_mtime >= started - 1.0:
        return "interrupted", f"What was measured until then is in {folder}"
    return "interrupted before anything was measured", "Nothing was written"


@dataclass(frozen=True)
class Stages:
    """The progress bar, for one stage after the other; there is none without a terminal.

    Attributes
    ----------
    of
        Makes the progress callback of a stage from the stage's name.
    hide
        Takes the bar away, so that text can be printed; the next call of a callback brings it back.
    """

    of: Callable[[str], Progress | None] = lambda _: None
    hide: Callable[[], None] = lambda: None


@contextmanager
def progress_bar(*, at_once: bool = True) -> Iterator[Stages]:
    """Show a progress bar on standard error; nothing when that is not a terminal.

    Unless ``at_once``, the bar appears with the first call of a callback.
    """
    screen = console(sys.stderr)
    if not screen.is_terminal:
        yield Stages()
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None if screen.width < 70 else 32),
        TaskProgressColumn(),
        TimeRemainingColumn(compact=True),
    )
    bar = ProgressBar(*columns, console=screen, transient=True)
    try:
        task = bar.add_task("Loading", total=None)
        if at_once:
            bar.start()

        def advance(name: str, t_s: float, done: int, expected: int | None) -> None:
            total = None if expected is None else max(done, expected)
            bar.start()
            words = f"{name}: {t_s:5.1f} s of film"
            bar.update(task, description=words, completed=done, total=total)

        yield Stages(lambda name: partial(advance, name), bar.stop)
    finally:
        bar.stop()


def _print(session: Session, added: str | None, *, as_json: bool) -> None:
    if as_json:
        from formcheck.data.declare import to_json

        sys.stdout.write(to_json(session).decode())
    else:
        print_session(session)
        if added is not None:
            console().print(added)
    sys.stdout.flush()


def print_session(session: Session) -> None:
    """Print the repetitions and the verdict."""
    from formcheck.report import terminal
    from formcheck.report.view import view

    screen = console()
    report = terminal.render(view(session), screen.width)
    screen.print(Text(escaped(report.heading), style="bold"))
    if report.rows:
        screen.print()
        screen.print(_table(report))
        screen.print(Text(report.legend, style="dim"))
    screen.print()
    for sentence in report.verdict:
        screen.print(escaped(sentence))
    for number, advice in enumerate(report.advice):
        screen.print(Text(f"→ {escaped(advice)}", style="bold" if number == 0 else ""))
    if report.notes:
        screen.print()
    for note in report.notes:
        steps = "".join(step for words, step in _NEXT_STEPS.items() if words in note)
        screen.print(Text(escaped(f"{note}{steps}"), style="yellow"))
    screen.print()


def print_files(folder: Path) -> None:
    """Print where the files are."""
    for name in _FILES:
        if (folder / name).exists():
            console().print(escaped(str(folder / name)), soft_wrap=True)


def _table(report: TerminalReport) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for place, title in enumerate(report.titles):
        justify: Literal["left", "right"] = "left" if title in report.text_columns else "right"
        table.add_column(title, justify=justify, no_wrap=place == 0)
    for row in report.rows:
        cells = (
            Text(escaped(cell.text), style=GRADE_STYLES.get(cell.grade or "", "")) for cell in row
        )
        table.add_row(*cells)
    return table
