"""Declares all commands of the command line, with their arguments, flags and help texts.

Each command is a function decorated for typer, the library that reads the command line. What it
does is in a module beside this one, as ``analyze_command.py``.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from formcheck import __version__
from formcheck.app.options import (
    AnalyzeOptions,
    AppOptions,
    BatchOptions,
    CsvChoice,
    HistoryOptions,
    LiveOptions,
    ProgrammeOptions,
    SpanOptions,
)
from formcheck.cli.parameters import typer_option, with_options
from formcheck.data.errors import UsageError


def _examples(*lines: str) -> str:
    """Return the examples of a command's help page; the marks keep each example on its own line."""
    return "\n  ".join(("\b\nExamples:" if len(lines) > 1 else "\b\nExample:", *lines))


app = typer.Typer(
    name="formcheck",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich alone would take longer to import than the help to print
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


_InvalidArguments: type[Any] = typer.BadParameter.__mro__[1]
"""The exception of typer for any invalid argument: a class of click, or of typer's copy of it."""
_CTRL_C = 130
"""The code that typer returns after Ctrl-C, instead of raising an exception."""


Leg = Literal["left", "right", "both"]
Form = Literal["html", "pdf", "md", "csv", "json"]
Db = Annotated[Path | None, typer_option(HistoryOptions, "db")]
Person = Annotated[
    str | None,
    typer.Option(
        "--person",
        metavar="NAME",
        help='Only the sessions of this person; "" for sessions without a name.',
    ),
]
PastExercise = Annotated[
    str | None,
    typer.Option(
        "--exercise",
        "-e",
        metavar="ID",
        help="Only this exercise: its id, as in `formcheck exercises`.",
    ),
]
PastSide = Annotated[
    Leg | None,
    typer.Option(
        "--side",
        help="left or right: only this working leg; both: only what was done on both legs at once.",
    ),
]
Since = Annotated[str | None, typer_option(SpanOptions, "since")]
Until = Annotated[str | None, typer_option(SpanOptions, "until")]


def _within(least: float, most: float = math.inf) -> Callable[[float | None], float | None]:
    """Return the check of a number's range, whose help would be ``[1.0<=x<=20.0]`` with typer's."""
    reach = f"from {least:g} to {most:g}" if math.isfinite(most) else f"{least:g} or more"

    def check(value: float | None) -> float | None:
        if value is not None and not least <= value <= most:
            raise typer.BadParameter(f"must be {reach} but is {value:g}")
        return value

    return check


Slow = Annotated[
    float,
    typer.Option(
        metavar="F",
        help="Slow motion: how many times slower the film plays.  [from 1 to 20]",
        callback=_within(1, 20),
    ),
]

Json = Annotated[bool, typer.Option("--json", help="Print data as JSON instead of text.")]


def run(args: Sequence[str] | None) -> None:
    """Run the command named in ``args``; raises ``UsageError`` for invalid arguments.

    After Ctrl-C, ``KeyboardInterrupt`` is raised; typer itself would only return a code.
    """
    arguments = sys.argv[1:] if args is None else list(args)
    try:
        code = typer.main.get_command(app)(
            args=arguments or ["--help"], prog_name="formcheck", standalone_mode=False
        )
    except _InvalidArguments as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "formcheck"
        raise UsageError(error.format_message(), hint=f"see {command} --help") from error
    if code == _CTRL_C:
        raise KeyboardInterrupt


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"formcheck {__version__}")
        raise typer.Exit


@app.callback(epilog=_examples("formcheck analyze my_set.mp4 --exercise step_down"))
def formcheck(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Rate step-downs, squats, planks and other exercises, filmed or live.

    A coaching aid that makes no diagnosis. Films and results stay on this computer.
    """


@app.command(
    epilog=_examples(
        "formcheck analyze my_set.mp4 --exercise step_down",
        "formcheck analyze slow.mov -e squat --slow-motion 4 --out monday",
        "formcheck analyze selfie.mp4 -e single_leg_squat --mirrored --json",
        "formcheck analyze my_set.mp4 -e step_down --person runner-1 --step-height 15 --pain 1",
        "formcheck analyze my_set.mp4 -e step_down --export trc,mot --height-m 1.75",
        "formcheck analyze poses.trc -e step_down --view front --size 1080x1920",
    )
)
@with_options
def analyze(
    video: Annotated[Path, typer.Argument(metavar="VIDEO", help="The film of one set.")],
    options: AnalyzeOptions,
    history_options: HistoryOptions,
    json: Json = False,
) -> None:
    """Find and measure every repetition in a film.

    Writes a report (report.html), the film with lines drawn over the body (annotated.mp4), tables
    (reps.csv, frames.csv) and all results as data (session.json) into one folder. Also adds the
    session to the history on this computer; see `formcheck history`.

    Instead of a film, VIDEO can be joint positions that another program found: a TRC file in
    pixels, a C3D file, or a folder of OpenPose JSON files. It can also be the file poses.fcp of an
    earlier session.

    Exit codes: 0 done; 2 wrong usage; 3 the film cannot be used; 4 no repetition found; 130
    interrupted, and what was measured until then is saved.
    """
    from formcheck.cli.analyze_command import analyze_and_print

    sys.exit(analyze_and_print(video, options, history_options, as_json=json))


@app.command(
    epilog=_examples(
        "formcheck live --exercise step_down",
        "formcheck live -e squat --reps 10 --sets 3 --rest 60",
        "formcheck live --programme downhill --person runner-1",
        "formcheck live -e step_down --camera rtsp://192.168.1.20:8554/phone --full-screen",
        "formcheck live --list-cameras",
    )
)
@with_options
def live(
    options: LiveOptions,
    programme_options: ProgrammeOptions,
    history_options: HistoryOptions,
    list_cameras: Annotated[
        bool, typer.Option("--list-cameras", help="List the cameras of this computer and exit.")
    ] = False,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Do not open the report at the end.")
    ] = False,
    json: Json = False,
) -> None:
    """Coach one exercise, or several, through the camera.

    The screen shows you how to stand. It starts when you stand still, and saves each repetition as
    soon as it is done. Keys: Space pauses, q ends, f fills the screen, m turns the sound on or off,
    ? shows all keys.

    With --programme you do several exercises, one after the other, with rests in between. Each is
    announced, and each is saved as its own session. Keys: Space starts the next exercise at once, n
    skips it, r repeats it, p pauses, q stops.

    Exit codes: 0 done; 2 wrong usage, or something could not be saved; 3 the camera cannot be used;
    4 no repetition found; 130 interrupted, and what was measured until then is saved.
    """
    from formcheck.cli.live_command import print_cameras, run_session

    if list_cameras:
        sys.exit(print_cameras(as_json=json))
    if programme_options.programme:
        from formcheck.cli.guided_command import run_programme

        sys.exit(run_programme(options, programme_options, history_options, as_json=json))
    if programme_options != ProgrammeOptions():
        raise UsageError("no programme was given", hint="Add --programme NAME.")
    sys.exit(run_session(options, history_options, open_report=not no_open, as_json=json))


@app.command(
    "app",
    epilog=_examples(
        "formcheck app", "formcheck app --lan", "formcheck app --port 8400 --no-browser"
    ),
)
@with_options
def browser_app(options: AppOptions, json: Json = False) -> None:
    """Open formcheck in the browser: measure films, read the reports.

    Only this computer can open the page. With --lan, phones and screens in your network that you
    let in can open it, too. Needs a few more packages: pip install 'formcheck[app]'.

    Exit codes: 0 ended with Ctrl-C; 2 wrong usage, or a package is missing, or a folder cannot be
    used.
    """
    from formcheck.cli.app_command import serve_app

    sys.exit(serve_app(options, as_json=json))


@app.command(
    epilog=_examples(
        "formcheck report my_set_formcheck",
        'formcheck report my_set_formcheck --format pdf --name "Client 7" --notes "No pain."',
        "formcheck report monday/session.json --format md --out monday.md",
        "formcheck report monday --clip worst --slow 2",
    )
)
def report(
    session: Annotated[
        Path,
        typer.Argument(
            metavar="SESSION", help="The results folder of a session, or its session.json."
        ),
    ],
    form: Annotated[Form, typer.Option("--format", "-f", help="Kind of file to write.")] = "html",
    name: Annotated[
        str, typer.Option(metavar="TEXT", help="Name to show in the report.", show_default=False)
    ] = "",
    notes: Annotated[
        str, typer.Option(metavar="TEXT", help="Remarks to show in the report.", show_default=False)
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="File to write.  [default: in the folder of the session]",
        ),
    ] = None,
    video: Annotated[
        Path | None,
        typer.Option(
            metavar="FILM",
            help="The original film: draw annotated.mp4 again from it. With --clip: make only the "
            "clip from it.",
            show_default=False,
        ),
    ] = None,
    clip: Annotated[
        str | None,
        typer.Option(
            metavar="REP",
            help="Write a short film of one repetition instead. Give its number, or best, worst or "
            "typical.",
        ),
    ] = None,
    slow: Slow = 1.0,
    json: Json = False,
) -> None:
    """Write a report again, or a short film of one repetition.

    The report is made from session.json. The film and the pictures are shown in it if they are in
    the same folder. With --json, the data of the report is printed. If a live session was cut off
    by a crash, it is first completed from the repetitions that were saved.

    Exit codes: 0 done; 2 wrong usage; 3 the session cannot be read; 4 a live session was cut off
    before its first repetition.
    """
    from formcheck.cli.report_command import report_session, write_clip_of

    if clip is not None:
        if json or name or notes:
            raise UsageError(
                "--clip writes a film, not a report", hint="Leave the other options out."
            )
        sys.exit(write_clip_of(session, clip, out=out, film=video, slow=slow))
    if slow != 1.0:
        raise UsageError("--slow works only with --clip", hint="Add --clip REP.")
    sys.exit(
        report_session(
            session, file_format=form, name=name, notes=notes, out=out, film=video, as_json=json
        )
    )


@app.command(
    epilog=_examples(
        "formcheck batch films --out results",
        "formcheck batch films --settings films.csv --no-video",
        "formcheck batch list.txt -e squat --scheduler tcp://10.0.0.1:8786",
    )
)
@with_options
def batch(
    where: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER_OR_LIST",
            help="A folder of films, or a text file that names one film on each line, by its path "
            "or its address.",
        ),
    ],
    options: BatchOptions,
    history_options: HistoryOptions,
    json: Json = False,
) -> None:
    """Analyze many films, each into its own folder.

    Also writes a page with links to all reports (overview.html) and one table of all films
    (summary.csv). If it was stopped, run the same command again: it continues where it stopped. It
    skips films that are already measured, unless the film or the settings have changed.

    Exit codes: 0 done; 2 wrong usage; 3 some films could not be analyzed; 4 no repetition found in
    any film; 130 interrupted.
    """
    from formcheck.cli.batch_command import analyze_films

    sys.exit(analyze_films(where, options, history_options, as_json=json))


@app.command(epilog=_examples("formcheck exercises", "formcheck exercises --json"))
def exercises(json: Json = False) -> None:
    """List the exercises that can be measured."""
    from formcheck.cli.exercise_commands import list_exercises

    list_exercises(as_json=json)


@app.command(epilog=_examples("formcheck explain step_down"))
def explain(
    exercise: Annotated[
        str, typer.Argument(metavar="EXERCISE", help="Id of the exercise, such as step_down.")
    ],
    json: Json = False,
) -> None:
    """Explain how an exercise is filmed, measured and judged.

    The ids of all exercises: `formcheck exercises`.
    """
    from formcheck.cli.exercise_commands import explain_exercise

    explain_exercise(exercise, as_json=json)


@app.command(epilog=_examples("formcheck doctor"))
def doctor(json: Json = False) -> None:
    """Check that this computer has what formcheck needs.

    Checks the packages, the pose model, the camera, the sound and the disk, and says how to repair
    what is missing.

    Exit codes: 0 ready; 3 something is missing without which no film can be analyzed.
    """
    from formcheck.cli.doctor_command import check_machine

    sys.exit(check_machine(as_json=json))


history_app = typer.Typer(rich_markup_mode=None)
app.add_typer(history_app, name="history")


@history_app.callback(
    invoke_without_command=True,
    epilog=_examples(
        "formcheck history",
        "formcheck history --person runner-1 --exercise step_down --side left --since 2026-05-01",
    ),
)
def history(
    context: typer.Context,
    person: Person = None,
    exercise: PastExercise = None,
    side: PastSide = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[
        int,
        typer.Option(
            "--limit",
            metavar="N",
            help="Show only the newest N sessions.  [1 or more]",
            callback=_within(1),
        ),
    ] = 50,
    db: Db = None,
    json: Json = False,
) -> None:
    """List, export, add or delete past sessions.

    Without another command, this lists the sessions. `formcheck analyze` and `formcheck live` add
    each session, unless you give --no-history. The history stays on this computer.
    """
    if context.invoked_subcommand is not None:
        return
    from formcheck.cli.history_command import history_filter, list_history

    list_history(
        history_filter(person, exercise, side, SpanOptions(since=since, until=until), limit),
        db=db,
        as_json=json,
    )


@history_app.command(
    "export",
    epilog=_examples(
        "formcheck history export sessions.csv",
        "formcheck history export runner-1.json --person runner-1",
    ),
)
def history_export(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="File to write: a name that ends in .csv or .json."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="File to write, instead of FILE."),
    ] = None,
    csv: Annotated[
        CsvChoice,
        typer.Option(
            "--csv",
            help="How the table is written: excel and excel-eu open in Excel with a double-click.",
        ),
    ] = "plain",
    person: Person = None,
    exercise: PastExercise = None,
    side: PastSide = None,
    since: Since = None,
    until: Until = None,
    db: Db = None,
) -> None:
    """Export past sessions to a CSV or JSON file.

    A CSV file has one row for each repetition. A JSON file has all the data of each session.
    """
    from formcheck.cli.history_command import export_history, history_filter

    target = file or out
    if target is None or (file and out):
        raise UsageError(
            "give the name of one file to write", hint="For example: --out sessions.csv."
        )
    span = SpanOptions(since=since, until=until)
    export_history(target, history_filter(person, exercise, side, span, None), db=db, csv=csv)


@history_app.command(
    "add",
    epilog=_examples("formcheck history add my_set_formcheck --person runner-1"),
)
def history_add(
    sessions: Annotated[
        list[Path],
        typer.Argument(metavar="SESSION", help="Results folders, or their session.json files."),
    ],
    person: Annotated[
        str, typer.Option("--person", metavar="NAME", help="The person who trained.")
    ] = "",
    db: Db = None,
) -> None:
    """Add sessions that are not in the history yet.

    For example sessions that were analyzed with --no-history, or on another computer.
    """
    from formcheck.cli.history_command import add_sessions

    add_sessions(sessions, person=person, db=db)


@history_app.command(
    "delete",
    epilog=_examples("formcheck history delete --person runner-1", "formcheck history delete 12"),
)
def history_delete(
    ids: Annotated[
        list[int] | None,
        typer.Argument(metavar="ID", help="Number of a session, as in `formcheck history`."),
    ] = None,
    person: Person = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
    db: Db = None,
) -> None:
    """Delete a person's sessions, or single ones, after asking.

    Deleted sessions cannot be restored: their data is overwritten in the history file. Films and
    results folders are not deleted.
    """
    from formcheck.cli.history_command import delete_history

    delete_history(person, ids or (), yes=yes, db=db)


@app.command(
    epilog=_examples(
        "formcheck progress --exercise step_down --side left",
        "formcheck progress -e step_down --person runner-1 --format pdf",
    )
)
def progress(
    exercise: PastExercise = None,
    side: PastSide = None,
    person: Person = None,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Only this measurement, such as knee_fppa_deg or descent_s; `formcheck explain` "
            "lists their names.",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Show only the newest N sessions.  [1 or more]",
            callback=_within(1),
        ),
    ] = None,
    form: Annotated[
        Literal["html", "pdf", "svg"] | None,
        typer.Option(
            "--format",
            help="Also write a file: html (a page), pdf (for a patient record) or svg (only the "
            "first chart).",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Name of that file; it ends in .html, .pdf or .svg.",
        ),
    ] = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Show how your numbers change from session to session.

    Also says what to do next. A difference counts as a change only if it is larger than the
    measurement error, which the charts show. Without --exercise, this is about the exercise of your
    last session.
    """
    from formcheck.cli.progress_command import show_progress

    show_progress(
        exercise=exercise,
        side=side,
        person=person,
        metric=metric,
        limit=limit,
        db=db,
        form=form,
        out=out,
        as_json=json,
    )


@app.command(
    epilog=_examples(
        "formcheck passport runner-1",
        "formcheck passport runner-1 --since 2026-03-01 --until 2026-03-31 --out march.pdf",
    )
)
def passport(
    person: Annotated[
        str,
        typer.Argument(
            metavar="PERSON", help='Name of the person; "" for sessions without a name.'
        ),
    ],
    since: Since = None,
    until: Until = None,
    group: Annotated[
        str,
        typer.Option(
            metavar="ID",
            help="Only the guided session (`formcheck live --programme`) with this id: `group` in "
            "the session.json of each of its sets.",
            show_default=False,
        ),
    ] = "",
    form: Annotated[
        Literal["html", "pdf"] | None,
        typer.Option(
            "--format", help="Page or PDF.  [default: as the name in --out ends, otherwise html]"
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="File to write.  [default: passport.html]"
        ),
    ] = None,
    db: Db = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print data as JSON and write nothing.")
    ] = False,
) -> None:
    """Write a one-page summary for a person, of all exercises.

    For each exercise and leg it says what is good, what to work on, what really changed and what to
    do next. It shows the repetition that needs most work, from the first day and from the last. If
    an exercise was filmed from the front and from the side on the same day, both are combined.

    If you choose several days with --since and --until, the changes are those from the first day to
    the last. If you choose a single day, they are the changes since the last day before it.
    """
    from formcheck.cli.passport_command import write_passport

    write_passport(
        person,
        SpanOptions(since=since, until=until),
        group=group,
        db=db,
        form=form,
        out=out,
        as_json=json,
    )


@app.command(
    epilog=_examples("formcheck advise", "formcheck advise --exercise step_down --person runner-1")
)
def advise(
    exercise: PastExercise = None,
    side: PastSide = None,
    person: Person = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Advise on step, load and tempo for the next session.

    Each piece of advice names the rule it follows, and where this rule comes from. The advice is
    about one exercise. Without --exercise, it is about the exercise of your last session.
    """
    from formcheck.cli.progress_command import show_advice

    show_advice(
        exercise=exercise,
        side=side,
        person=person,
        db=db,
        as_json=json,
    )


programme_app = typer.Typer(rich_markup_mode=None)
app.add_typer(programme_app, name="programme")


@programme_app.callback(
    invoke_without_command=True,
    epilog=_examples("formcheck programme", "formcheck programme show downhill"),
)
def programme(context: typer.Context, json: Json = False) -> None:
    """List, show or check programmes of several exercises.

    A programme is a list of exercises for one session. Three come with formcheck; you can write
    your own as a TOML file.
    """
    if context.invoked_subcommand is None:
        programme_list(json=json)


@programme_app.command("list", epilog=_examples("formcheck programme list"))
def programme_list(json: Json = False) -> None:
    """List the programmes that come with formcheck."""
    from formcheck.cli.programme_command import list_programmes

    list_programmes(as_json=json)


@programme_app.command(
    "show",
    epilog=_examples(
        "formcheck programme show downhill",
        "formcheck programme show downhill --person runner-1",
        "formcheck programme show mine.toml",
    ),
)
def programme_show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME_OR_FILE",
            help="A name from `formcheck programme list`, or a TOML file of your own.",
        ),
    ],
    person: Annotated[
        str | None,
        typer.Option("--person", metavar="NAME", help="Show what this person should do today."),
    ] = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Show the exercises of a programme, for a person or in general.

    With --person, step height, weight, repetitions and hold times are chosen for this person from
    the sessions in the history, with the reason for each. The rules are those of `formcheck
    advise`. Without --person, the programme is shown as it is written.
    """
    from formcheck.cli.programme_command import show_programme

    show_programme(name, person=person, db=db, as_json=json)


@programme_app.command("check", epilog=_examples("formcheck programme check mine.toml"))
def programme_check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A TOML file with your programme.")],
    json: Json = False,
) -> None:
    """Check a programme that you wrote yourself.

    If there is a mistake, this names its place in the file and says how to correct it.

    Exit codes: 0 no mistakes; 2 a mistake.
    """
    from formcheck.cli.programme_command import check_programme

    check_programme(file, as_json=json)


@app.command(
    epilog=_examples(
        "formcheck compare 3 7",
        "formcheck compare monday_formcheck friday_formcheck",
        "formcheck compare 7 --legs",
        "formcheck compare 7 --reps best,worst --video side_by_side.mp4 --slow 2",
    )
)
def compare(
    a: Annotated[
        str,
        typer.Argument(
            metavar="A",
            help="First session: its number in `formcheck history`, its results folder, or its "
            "session.json.",
        ),
    ],
    b: Annotated[
        str | None, typer.Argument(metavar="B", help="Second session, in the same way.")
    ] = None,
    legs: Annotated[
        bool, typer.Option("--legs", help="Compare the left and the right leg in session A.")
    ] = False,
    reps: Annotated[
        str | None,
        typer.Option(
            metavar="R,R",
            help="Compare two repetitions, such as 2,5 or best,worst. For each, give its number, "
            "or best, worst or typical. The first is from A, the second from B if there is one.",
        ),
    ] = None,
    side: Annotated[
        Leg | None,
        typer.Option(
            "--side",
            help="left or right: compare only this leg; both: compare only what was done on both "
            "legs at once.",
        ),
    ] = None,
    video: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.mp4",
            help="Also write a film that shows one repetition of each side by side, so that both "
            "go down and come up at the same time.",
        ),
    ] = None,
    film: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILM",
            help="For --video: the original film of a session that has no annotated film. Give "
            "--film twice if both have none.",
            show_default=False,
        ),
    ] = None,
    slow: Slow = 1.0,
    db: Db = None,
    json: Json = False,
) -> None:
    """Compare two sessions, the two legs of one, or two repetitions.

    Two sessions of the same exercise can also be one of the left leg and one of the right leg. A
    difference is marked only if it is larger than the measurement error. The film that --video
    writes shows the typical repetition of each session, which is the one nearest to the mean, or
    the repetitions that --reps names.
    """
    from formcheck.cli.compare_command import FilmAsked, ToCompare, show_comparison

    if video is None and (film or slow != 1.0):
        raise UsageError("--film and --slow work only with --video", hint="Add --video FILE.mp4.")
    show_comparison(
        ToCompare(a, b, legs=legs, reps=reps, side=side, db=db),
        None if video is None else FilmAsked(video, film or (), slow),
        as_json=json,
    )
