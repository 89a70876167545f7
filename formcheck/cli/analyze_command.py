"""The command ``analyze``: analyzes one film with a progress bar, and prints the results.

Other commands also use its progress bar and :func:`print_session`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich import box
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as ProgressBar
from rich.table import Table
from rich.text import Text

from formcheck.app.options import AnalyzeOptions, HistoryOptions, require_possible
from formcheck.cli import DONE, INTERRUPTED, NO_REPETITION
from formcheck.cli.console import GRADE_STYLES, console
from formcheck.cli.history_command import add_to_history
from formcheck.cli.lines import escaped, quoted, say
from formcheck.data.errors import FormcheckError
from formcheck.data.numbers import count_words
from formcheck.store.exports import FILE_NAMES

if TYPE_CHECKING:
    from formcheck.app.found_sets import FoundSet
    from formcheck.data.frame import Frame, Progress
    from formcheck.data.frame_result import FrameResult
    from formcheck.data.session import Rep, Session
    from formcheck.motion.loop import Sink
    from formcheck.report.terminal import TerminalReport

_NEXT_STEPS = {
    "Recognised as": " Wrong? Use --exercise.",
    "is this slow motion?": " Use --slow-motion.",
    "so the picture was turned": " Wrong? Use --rotate 0.",
    "The person is sideways": " Turn it with --rotate 90 or --rotate 270.",
}
"""Texts that are added to a note in the terminal, by words in that note."""

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
    with progress_bar(drawn_hz=options.film_hz if options.video_out else 0.0) as stages:

        def show_and_remember(session: Session) -> None:
            """Print the results and add them to the history before the long drawing of the film."""
            nonlocal is_saved
            is_saved = True
            added = None
            if history_options.history:
                added = add_to_history(
                    session, video, person=options.person, db=history_options.db, folder=folder
                )
            stages.hide()
            _print_results(session, added, as_json=as_json)

        try:
            from formcheck.app.analyze import analyze_film

            session = analyze_film(
                video,
                replace(
                    options,
                    out=folder,
                    progress=stages.measuring,
                    drawing=stages.drawing,
                    watching=stages.watching,
                    saved=show_and_remember,
                ),
            )
        except KeyboardInterrupt:
            stages.hide()
            say(
                *(
                    _film_missing_words(folder, video)
                    if is_saved
                    else _interrupted_words(folder, started)
                )
            )
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
    """Return what to check if no repetition or hold was found."""
    return (
        "Check that the whole body is in view and that --exercise is the right one: "
        f"`formcheck explain {exercise}` says how to film it"
    )


def how_to_draw(folder: Path, film: Path) -> str:
    """Say how to draw the annotated film of a finished session later."""
    from formcheck.store.poses_file import POSES_NAME

    if not (folder / POSES_NAME).exists():
        return "Without kept poses the film can only be drawn by analyzing it again"
    return f"`{quoted('formcheck', 'report', folder, '--video', film)}` draws the film"


def _film_missing_words(folder: Path, film: Path) -> tuple[str, str]:
    return (
        f"interrupted: everything is measured and saved in {folder}, only the annotated film is "
        "missing",
        how_to_draw(folder, film),
    )


def _interrupted_words(folder: Path, started: float) -> tuple[str, str]:
    record = folder / _RECORD
    if record.exists() and record.stat().st_mtime >= started - 1.0:
        return "interrupted", f"What was measured until then is in {folder}"
    return "interrupted before anything was measured", "Nothing was written"


@dataclass(frozen=True)
class Stages:
    """The callbacks of the progress bar; all are ``None`` without a terminal.

    Attributes
    ----------
    measuring, drawing
        Callbacks for the progress of measuring and of drawing.
    watching
        A sink (it gets each frame and its result) that counts analyzed frames, and prints the sets
        of a long film as they are found.
    hide
        Hides the bar, so that text can be printed; the next call of a callback shows it again.
    """

    measuring: Progress | None = None
    drawing: Progress | None = None
    watching: Sink | None = None
    hide: Callable[[], None] = lambda: None


@contextmanager
def progress_bar(*, drawn_hz: float = 0.0, at_once: bool = True) -> Iterator[Stages]:
    """Show a progress bar on standard error, if that is a terminal.

    Parameters
    ----------
    drawn_hz
        Frame rate of the annotated film that is drawn after measuring; 0 if there is none.
    at_once
        Whether to show the bar at once; otherwise with the first call of a callback.
    """
    screen = console(sys.stderr)
    if not screen.is_terminal:
        yield Stages()
        return
    from formcheck.app.found_sets import FoundSets
    from formcheck.app.time_left import TimeLeft

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None if screen.width < 70 else 32),
        TextColumn("{task.fields[left]}", markup=False),
    )
    bar = ProgressBar(*columns, console=screen, transient=True)
    left = TimeLeft(drawn_hz)
    try:
        task = bar.add_task("Loading", total=None, left="")
        if at_once:
            bar.start()

        def show(name: str, take: Progress, t_s: float, done: int, expected: int | None) -> None:
            take(t_s, done, expected)
            bar.start()
            share = left.share
            bar.update(
                task,
                description=f"{name}: {_clock_words(t_s)} of film",
                completed=0.0 if share is None else share,
                total=None if share is None else 1.0,
                left=left_words(left.left_s),
            )

        def list_set(found: FoundSet) -> None:
            bar.console.print(set_words(found))

        yield Stages(
            measuring=partial(show, "Measuring", left.measuring),
            drawing=partial(show, "Drawing", left.drawing),
            watching=_FrameCounter(left.look, FoundSets(list_set)),
            hide=bar.stop,
        )
    finally:
        bar.stop()


class _FrameCounter:
    """Sink that counts the analyzed frames ("looks") and forwards them to the list of sets."""

    def __init__(self, look: Callable[[int, int], None], sets: Sink) -> None:
        self._look, self._sets = look, sets

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Count one frame and forward it."""
        height, width = frame.image.shape[:2]
        self._look(width, height)
        self._sets.update(frame, result)

    def finish(self, reps: Sequence[Rep]) -> None:
        """Print the last set."""
        self._sets.finish(reps)

    def abort(self) -> None:
        """Forward the abort."""
        self._sets.abort()


def set_words(found: FoundSet) -> str:
    """Describe a set, as in "Set 2, 12:05 to 12:48: 8 repetitions"."""
    when = f"{_clock_words(found.start_s)} to {_clock_words(found.end_s)}"
    return f"Set {found.number}, {when}: {count_words(found.reps, found.effort)}"


def left_words(left_s: float | None) -> str:
    """Return the remaining time in words, rounded; empty if it is not known."""
    if left_s is None:
        return ""
    if left_s < 10.0:
        return "a few seconds left"
    if left_s < 90.0:
        return f"about {10 * round(left_s / 10.0)} s left"
    minutes = round(left_s / 60.0)
    if minutes < 60:
        return f"about {minutes} min left"
    return f"about {minutes // 60} h {minutes % 60} min left"


def _clock_words(t_s: float) -> str:
    minutes, seconds = divmod(int(t_s), 60)
    if minutes < 60:
        return f"{minutes}:{seconds:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


def _print_results(session: Session, added: str | None, *, as_json: bool) -> None:
    if as_json:
        from formcheck.data.declare import to_json

        sys.stdout.write(to_json(session).decode())
    else:
        print_session(session)
        if added is not None:
            console().print(added)
    sys.stdout.flush()


def print_session(session: Session) -> None:
    """Print a session: the table of repetitions, the verdict, advice and notes."""
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
    """Print the paths of the result files that exist."""
    for name in _FILES:
        if (folder / name).exists():
            console().print(escaped(str(folder / name)), soft_wrap=True)


def _table(report: TerminalReport) -> Table:
    """Make the table of repetitions, with grades in colour."""
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
