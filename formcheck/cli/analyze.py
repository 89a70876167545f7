"""The command ``analyze``: a progress bar, then what was found."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from formcheck.cli.console import GRADE_MARKS, GRADE_STYLES, console
from formcheck.cli.exercises import with_unit
from formcheck.cli.history import remember, told
from formcheck.cli.text import UNKNOWN, measured, one_line, printable
from formcheck.data.declare import to_json
from formcheck.data.settings import load_settings
from formcheck.exercises.registry import get_exercise
from formcheck.motion.grading import DESCENT, grade, shown_grade
from formcheck.motion.views import view_in_words
from formcheck.store.exports import FILE_NAMES

if TYPE_CHECKING:
    from formcheck.data.exercise import Bands, Exercise, MetricSpec
    from formcheck.data.results import Metric, Rep, SessionResult
    from formcheck.data.session import Session

DONE = 0
NO_REPETITION = 4
INTERRUPTED = 130

OnProgress = Callable[[float, int, int | None], None]

_FIXED_COLUMNS_WIDTH = 39
_METRIC_WIDTH = 16
_LEGEND = (
    "Values at the lowest point ± standard error. ! watch, !! fault, ~ within one standard error of"
    " a limit: too close to call, and the grade takes the better side. Some are judged by their"
    " change from standing or by their largest value, as the report shows."
)
_RECORD = "session.json"
_FILES = (
    *("report.html", "annotated.mp4", "raw.mp4", "reps.csv", "frames.csv", "poses.fcp"),
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
                person=person,
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
        sys.stdout.write(to_json(session).decode())
    else:
        print_session(session, folder)
    joined = remember(session, video, person=person, db=db, folder=folder) if history else None
    if joined is not None and not as_json:
        console().print(joined)
    if not session.reps:
        say(
            f"no repetition found in {video.name}",
            f"Check that the whole body is in view and that --exercise is the right one: "
            f"`formcheck explain {session.exercise.id}` says how to film it",
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


def print_session(kept: Session, folder: Path) -> None:
    """Print the repetitions, the verdict, and where the files are."""
    from formcheck.store._bridge import exercise_of, result_of  # bridge

    screen = console()
    session, exercise = result_of(kept), exercise_of(kept)
    screen.print(Text(_headline(session, exercise), style="bold"))
    if session.reps:
        screen.print()
        screen.print(_table(session, exercise, screen.width))
        screen.print(Text(_LEGEND, style="dim"))
    screen.print()
    screen.print(printable(session.summary.verdict))
    for number, advice in enumerate(session.summary.advice):
        screen.print(Text(f"→ {printable(advice)}", style="bold" if number == 0 else ""))
    notes = [
        f"Note: {text}"
        for text in (*session.view.warnings, *session.source.warnings, *session.summary.notes)
    ]
    notes += _not_measured(session, exercise)
    if notes:
        screen.print()
    for note in notes:
        screen.print(Text(printable(note), style="yellow"))
    screen.print()
    for name in _FILES:
        if (folder / name).exists():
            screen.print(printable(str(folder / name)), soft_wrap=True)


def _headline(session: SessionResult, exercise: Exercise) -> str:
    count = len(session.reps)
    repetitions = "1 repetition" if count == 1 else f"{count} repetitions"
    view = view_in_words(session.view, session.reps)
    return f"{exercise.title}: {repetitions}{_legs(session)}, {view}"


def _legs(session: SessionResult) -> str:
    if not all(rep.stance_sure for rep in session.reps):
        return ", working leg not sure"
    by_side = {side: n for side, n in session.summary.reps_by_side.items() if n and side != "both"}
    if len(by_side) == 1:
        return f" on the {next(iter(by_side))} leg"
    return f" ({', '.join(f'{n} {side}' for side, n in by_side.items())})" if by_side else ""


def _not_measured(session: SessionResult, exercise: Exercise) -> list[str]:
    """Name what is missing, one line for each reason."""
    titles = {spec.name: spec.title for spec in exercise.metrics}
    by_reason: dict[str, list[str]] = {}
    for name, reason in session.summary.not_measured.items():
        by_reason.setdefault(reason, []).append(titles.get(name, name))
    return [f"Not measured: {', '.join(names)} ({reason})" for reason, names in by_reason.items()]


def _table(session: SessionResult, exercise: Exercise, width: int) -> Table:
    room = max(0, (width - _FIXED_COLUMNS_WIDTH) // _METRIC_WIDTH)
    specs = main_metrics(session, exercise)[:room]
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("rep", justify="right", no_wrap=True)
    table.add_column("leg", no_wrap=True)
    table.add_column("grade", no_wrap=True)
    table.add_column("lowering (s)", justify="right", max_width=_METRIC_WIDTH - 2)
    for spec in specs:
        table.add_column(with_unit(spec), justify="right", max_width=_METRIC_WIDTH - 2)
    for rep in session.reps:
        table.add_row(
            str(rep.index),
            rep.stance_side if rep.stance_sure else f"{rep.stance_side}?",
            _graded(shown_grade(exercise, rep) or UNKNOWN, shown_grade(exercise, rep)),
            _lowering(rep, exercise.tempo.bands),
            *(_cell(rep.metrics.get(spec.name), spec) for spec in specs),
        )
    return table


def main_metrics(session: SessionResult, exercise: Exercise) -> list[MetricSpec]:
    """Choose what the table shows: what was measured at all, the graded and urgent first."""
    seen = [
        spec for spec in exercise.metrics if any(_was_measured(rep, spec) for rep in session.reps)
    ]
    return sorted(seen, key=lambda spec: (spec.bands is None, spec.priority))


def _was_measured(rep: Rep, spec: MetricSpec) -> bool:
    metric = rep.metrics.get(spec.name)
    return metric is not None and metric.value is not None


def _lowering(rep: Rep, bands: Bands) -> Text:
    descent_s = rep.tempo.get(DESCENT)
    if descent_s is None:
        return Text(UNKNOWN)
    found = grade(descent_s, rep.tempo_sem_s, bands)
    text = measured(descent_s, rep.tempo_sem_s, decimals=2)
    return _graded(f"{text}{GRADE_MARKS.get(found, ''):3}", found)


def _cell(metric: Metric | None, spec: MetricSpec) -> Text:
    if metric is None:
        return Text(UNKNOWN)
    mark = GRADE_MARKS.get(metric.grade or "", "")
    decimals = 1 if spec.unit else 2  # what has no unit is a ratio around 1
    return _graded(f"{measured(metric.value, metric.sem, decimals=decimals)}{mark:3}", metric.grade)


def _graded(text: str, grade: str | None) -> Text:
    return Text(text, style=GRADE_STYLES.get(grade or "", ""))
