"""The command ``analyze``: a progress bar, then what was found."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich import box
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from formcheck.cli.console import GRADE_STYLES, console
from formcheck.cli.history import remember, told
from formcheck.cli.text import one_line, printable
from formcheck.data.settings import load_settings, settings_from
from formcheck.exercises.registry import get_exercise
from formcheck.motion.grading import with_settings
from formcheck.store.exports import FILE_NAMES

if TYPE_CHECKING:
    from formcheck.data.results import SessionResult
    from formcheck.report.terminal import TerminalReport

DONE = 0
NO_REPETITION = 4
INTERRUPTED = 130

OnProgress = Callable[[float, int, int | None], None]

_RECORD = "session.json"
_FILES = (
    *("report.html", "annotated.mp4", "raw.mp4", "reps.csv", "frames.csv"),
    *(*FILE_NAMES, _RECORD),
)


def analyze_film(
    video: Path,
    *,
    exercise: str | None,
    side: str,
    view: str,
    out: Path | None,
    mirrored: bool,
    slow_motion: float,
    video_out: bool,
    model: Path | None,
    subject: str,
    config: Path | None,
    person: str,
    date: str | None,
    step_height_cm: float | None,
    load_kg: float | None,
    pain: int | None,
    history: bool,
    db: Path | None,
    export: Sequence[str],
    height_m: float | None,
    frame_rate: float | None,
    size: tuple[int, int] | None,
    as_json: bool,
) -> int:
    """Analyze one film, print what was found, and give the exit code.

    Raises
    ------
    FormcheckError
        When the film, the model, the settings or the folder cannot be used.
    """
    if exercise is not None:
        get_exercise(exercise)
    training = told(performed=date, step_height_cm=step_height_cm, load_kg=load_kg, pain=pain)
    folder = Path(f"{video.stem}_formcheck") if out is None else out
    started = time.time()
    try:
        with _progress_bar() as progress:
            from formcheck.app.analyze import analyze_video

            session = analyze_video(
                video,
                exercise=exercise,
                side=side,
                view=view,
                out=folder,
                mirrored=mirrored,
                slow_motion=slow_motion,
                video_out=video_out,
                model=model,
                subject=subject,
                settings=None if config is None else load_settings(config),
                training=training,
                export=export,
                height_m=height_m,
                frame_rate=frame_rate,
                size=size,
                progress=progress,
            )
    except KeyboardInterrupt:
        say(*_interrupted(folder, started))
        return INTERRUPTED
    if as_json:
        from formcheck.store.record import dumps, to_json

        sys.stdout.write(dumps(to_json(session)).rstrip("\n") + "\n")
    else:
        print_session(session, folder)
    joined = remember(session, video, person=person, db=db) if history else None
    if joined is not None and not as_json:
        console().print(joined)
    if not session.reps:
        say(
            f"no repetition found in {video.name}",
            f"Check that the whole body is in view and that --exercise is the right one: "
            f"`formcheck explain {session.exercise}` says how to film it",
        )
        return NO_REPETITION
    return DONE


def say(message: str, hint: str) -> None:
    """Complain in one line."""
    sys.stderr.write(f"formcheck: {one_line(message, hint)}\n")


def _interrupted(folder: Path, started: float) -> tuple[str, str]:
    record = folder / _RECORD
    if record.exists() and record.stat().st_mtime >= started - 1.0:
        return "interrupted", f"What was measured until then is in {folder}"
    return "interrupted before anything was measured", "Nothing was written"


@contextmanager
def _progress_bar() -> Iterator[OnProgress | None]:
    """Show a bar on standard error while it works; nothing when that is not a terminal."""
    screen = console(sys.stderr)
    if not screen.is_terminal:
        yield None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None if screen.width < 70 else 32),
        TaskProgressColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("Loading", total=None)

        def advance(t_s: float, done: int, expected: int | None) -> None:
            total = None if expected is None else max(done, expected)
            bar.update(task, description=f"{t_s:5.1f} s of film", completed=done, total=total)

        yield advance


def print_session(session: SessionResult, folder: Path) -> None:
    """Print the repetitions, the verdict, and where the files are."""
    from formcheck.motion._bridge import session_of
    from formcheck.report import terminal
    from formcheck.report.view import view

    screen = console()
    exercise = with_settings(get_exercise(session.exercise), settings_from(session.config))
    report = terminal.render(view(session_of(session, exercise)), screen.width)
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
        screen.print(Text(printable(note), style="yellow"))
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
