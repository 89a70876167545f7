"""The commands and their options; what they do is in the modules beside this one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from formcheck import __version__
from formcheck.data.errors import UsageError

if TYPE_CHECKING:
    from formcheck.data.results import Stance


def _examples(*lines: str) -> str:
    """Lay examples out so that the help page does not run them together."""
    return "\n  ".join(("\b\nExamples:" if len(lines) > 1 else "\b\nExample:", *lines))


app = typer.Typer(
    name="formcheck",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich alone would take longer to import than the help to print
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


_WrongWords: type[Any] = typer.BadParameter.__mro__[1]
"""What typer raises for any wrong word; it comes from click, or from typer's own copy of it."""
_CTRL_C = 130
"""What typer gives back, instead of raising, once Ctrl-C has ended a command."""


class Side(StrEnum):
    """The working leg, the person's own."""

    AUTO = "auto"
    LEFT = "left"
    RIGHT = "right"


class View(StrEnum):
    """From where the camera sees the person."""

    AUTO = "auto"
    FRONT = "front"
    SIDE = "side"


class Leg(StrEnum):
    """The leg that past repetitions were done on."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


def _stance(side: Leg | None) -> Stance | None:
    if side is None:
        return None
    return "left" if side is Leg.LEFT else "right" if side is Leg.RIGHT else "both"


Db = Annotated[
    Path | None,
    typer.Option(
        "--db",
        metavar="FILE",
        help="Another history; else that of $FORMCHECK_HISTORY, or this user's own.",
    ),
]
Person = Annotated[
    str | None,
    typer.Option("--person", metavar="NAME", help='Whose sessions; "" for those without a name.'),
]
PastExercise = Annotated[
    str | None,
    typer.Option("--exercise", "-e", metavar="ID", help="One of `formcheck exercises`."),
]
PastSide = Annotated[Leg | None, typer.Option("--side", help="The working leg.")]
Since = Annotated[
    str | None, typer.Option("--since", metavar="DAY", help="From this day on, as 2026-05-31.")
]
Until = Annotated[str | None, typer.Option("--until", metavar="DAY", help="Up to this day.")]


class Format(StrEnum):
    """What a report is written as."""

    HTML = "html"
    PDF = "pdf"
    MD = "md"
    CSV = "csv"
    JSON = "json"


NoVideo = Annotated[
    bool, typer.Option("--no-video", help="Do not write annotated.mp4; it is faster.")
]
Model = Annotated[
    Path | None,
    typer.Option(metavar="FILE.task", help="Another MediaPipe PoseLandmarker bundle."),
]
Config = Annotated[
    Path | None, typer.Option(metavar="FILE.toml", help="Settings, such as bands of your own.")
]


def _up_to(most: float) -> Callable[[float | None], float | None]:
    """Refuse what is no number from 0 to ``most``, NaN too, and say what was found."""

    def checked(value: float | None) -> float | None:
        if value is not None and not 0 <= value <= most:
            raise typer.BadParameter(f"expected a number from 0 to {most:g} but got {value:g}")
        return value

    return checked


StepHeight = Annotated[
    float | None,
    typer.Option(
        "--step-height", callback=_up_to(100), metavar="CM", help="Height of the step, up to 100."
    ),
]
Load = Annotated[
    float | None,
    typer.Option("--load", callback=_up_to(500), metavar="KG", help="Weight held, up to 500."),
]
NoHistory = Annotated[
    bool, typer.Option("--no-history", help="Do not add the session to the history.")
]
Export = Annotated[
    str | None,
    typer.Option(
        metavar="FORMATS",
        help="Further files, with commas between: trc (keypoints), mot (joint angles), "
        "parquet (the tables).",
    ),
]
Height = Annotated[
    float | None,
    typer.Option("--height-m", metavar="M", help="The person's stature, for a TRC file in metres."),
]
Json = Annotated[bool, typer.Option("--json", help="Print data as JSON instead of text.")]


def run(args: Sequence[str] | None) -> None:
    """Run the command named in ``args``; raises ``UsageError`` for what cannot be understood.

    Ctrl-C is raised as ``KeyboardInterrupt``: typer would only give its exit code back.
    """
    words = sys.argv[1:] if args is None else list(args)
    try:
        code = typer.main.get_command(app)(
            args=words or ["--help"], prog_name="formcheck", standalone_mode=False
        )
    except _WrongWords as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "formcheck"
        raise UsageError(error.format_message(), hint=f"see {command} --help") from error
    if code == _CTRL_C:
        raise KeyboardInterrupt


def _folder(text: str) -> Path:
    """Take a folder's name; an empty one would mean the current folder without saying so."""
    if not text.strip():
        raise typer.BadParameter("the folder's name is empty")
    return Path(text)


def _formats(text: str | None) -> list[str]:
    """Take the formats of --export apart."""
    return [] if text is None else text.split(",")


def _size(text: str) -> tuple[int, int]:
    """Take a size as in 1920x1080."""
    width, _, height = text.lower().partition("x")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        raise typer.BadParameter(f"{text!r} is not a size such as 1920x1080")
    if not (1 <= int(width) <= 20_000 and 1 <= int(height) <= 20_000):
        raise typer.BadParameter("width and height must be from 1 to 20000 pixels")
    return int(width), int(height)


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
    """Say how well each step-down, step-up or squat in a film was done.

    A coaching aid, not a diagnosis. Nothing leaves this machine.
    """


@app.command(
    epilog=_examples(
        "formcheck analyze my_set.mp4 --exercise step_down",
        "formcheck analyze slow.mov -e squat --slow-motion 4 --out monday",
        "formcheck analyze selfie.mp4 -e single_leg_squat --mirrored --json",
        "formcheck analyze my_set.mp4 -e step_down --person Anna --step-height 15 --pain 1",
        "formcheck analyze my_set.mp4 -e step_down --export trc,mot --height-m 1.75",
        "formcheck analyze poses.trc -e step_down --view front --size 1080x1920",
    )
)
def analyze(
    video: Annotated[Path, typer.Argument(metavar="VIDEO", help="The film of one set.")],
    exercise: Annotated[
        str | None,
        typer.Option(
            "--exercise",
            "-e",
            metavar="ID",
            help="One of `formcheck exercises`; recognised from the movement when left out.",
        ),
    ] = None,
    side: Annotated[Side, typer.Option(help="The working leg.")] = Side.AUTO,
    view: Annotated[View, typer.Option(help="From where it was filmed.")] = View.AUTO,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            parser=_folder,
            metavar="DIR",
            help="Where the results go  [default: VIDEO_formcheck]",
        ),
    ] = None,
    mirrored: Annotated[
        bool, typer.Option("--mirrored", help="The film shows left and right swapped.")
    ] = False,
    slow_motion: Annotated[
        float,
        typer.Option(
            min=1.0, max=1000.0, metavar="F", help="How many times slower than life it plays."
        ),
    ] = 1.0,
    no_video: NoVideo = False,
    model: Model = None,
    subject: Annotated[
        str,
        typer.Option(
            metavar="WHO",
            help="Whom to follow when several people are in view: "
            "auto, left, right, center, largest, or a point X,Y, such as 0.3,0.5 of the picture.",
        ),
    ] = "auto",
    config: Config = None,
    person: Annotated[
        str, typer.Option("--person", metavar="NAME", help="Whose session it is, for the history.")
    ] = "",
    date: Annotated[
        str | None,
        typer.Option("--date", metavar="DAY", help="When it was done, if not today: 2026-05-31."),
    ] = None,
    step_height: StepHeight = None,
    load: Load = None,
    pain: Annotated[
        int | None,
        typer.Option("--pain", min=0, max=10, metavar="0-10", help="The worst pain during it."),
    ] = None,
    no_history: NoHistory = False,
    db: Db = None,
    export: Export = None,
    height_m: Height = None,
    frame_rate: Annotated[
        float | None,
        typer.Option(
            min=1.0, max=10_000.0, metavar="HZ", help="Of the film OpenPose's files come from."
        ),
    ] = None,
    size: Annotated[
        Any,
        typer.Option(
            parser=_size, metavar="WxH", help="Of the picture that poses come from, in pixels."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Find and measure every repetition in a film.

    Writes report.html, annotated.mp4, reps.csv, frames.csv and session.json into DIR, and adds
    the session to the history on this machine (see `formcheck history`).

    In place of a film it takes poses: a TRC file in pixels, a folder of OpenPose JSON files, or a
    recording of formcheck's.

    Exit codes: 0 done, 2 wrong usage, 3 the film cannot be used, 4 no repetition found,
    130 interrupted with what was measured saved.
    """
    from formcheck.cli.analyze import analyze_film

    code = analyze_film(
        video,
        exercise=exercise,
        side=side.value,
        view=view.value,
        out=out,
        mirrored=mirrored,
        slow_motion=slow_motion,
        video_out=not no_video,
        model=model,
        subject=subject,
        config=config,
        person=person,
        date=date,
        step_height_cm=step_height,
        load_kg=load,
        pain=pain,
        history=not no_history,
        db=db,
        export=_formats(export),
        height_m=height_m,
        frame_rate=frame_rate,
        size=size,
        as_json=json,
    )
    sys.exit(code)


@app.command(
    epilog=_examples(
        "formcheck live --exercise step_down",
        "formcheck live -e squat --reps 10 --sets 3 --rest 60",
        "formcheck live -e step_down --camera rtsp://192.168.1.20:8554/phone --full-screen",
        "formcheck live --list-cameras",
    )
)
def live(
    exercise: Annotated[
        str | None,
        typer.Option("--exercise", "-e", metavar="ID", help="One of `formcheck exercises`."),
    ] = None,
    camera: Annotated[
        str,
        typer.Option(
            "--camera",
            "-c",
            metavar="ADDRESS",
            help="A camera's number, a stream (rtsp:// or http://), or a film to play.",
        ),
    ] = "0",
    list_cameras: Annotated[
        bool, typer.Option("--list-cameras", help="List the cameras of this machine and end.")
    ] = False,
    side: Annotated[
        Side, typer.Option(help="The only leg to train; auto for one and then the other.")
    ] = Side.AUTO,
    view: Annotated[View, typer.Option(help="From where the camera looks.")] = View.AUTO,
    reps: Annotated[int, typer.Option(min=1, metavar="N", help="Repetitions of a leg.")] = 8,
    sets: Annotated[int, typer.Option(min=1, metavar="N", help="Sets.")] = 1,
    rest: Annotated[
        float, typer.Option(min=0, metavar="S", help="Seconds of rest between legs and sets.")
    ] = 30.0,
    tempo: Annotated[
        str | None,
        typer.Option(
            metavar="D-B-U-T",
            help="Seconds down, at the bottom, up, at the top, as 3-1-1-0  "
            "[default: the exercise's]",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="Where the results go  [default: live_DATE_TIME_EXERCISE_formcheck]",
        ),
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Keep the raw video too, as raw.mp4.")
    ] = False,
    no_video: Annotated[
        bool, typer.Option("--no-video", help="Do not write annotated.mp4; it costs less.")
    ] = False,
    headless: Annotated[
        bool, typer.Option("--headless", help="Everything but the window; Ctrl-C ends it.")
    ] = False,
    full_screen: Annotated[
        bool, typer.Option("--full-screen", help="Fill the screen from the start.")
    ] = False,
    mute: Annotated[bool, typer.Option("--mute", help="Start without sound.")] = False,
    speak: Annotated[
        bool, typer.Option("--speak", help="Say the cues aloud, where this machine can speak.")
    ] = False,
    mirrored: Annotated[
        bool, typer.Option("--mirrored", help="The camera gives left and right swapped.")
    ] = False,
    subject: Annotated[
        str, typer.Option(metavar="WHO", help="Whom to follow, as for `analyze`.")
    ] = "auto",
    model: Model = None,
    config: Config = None,
    quiet: Annotated[
        float,
        typer.Option(min=1, metavar="S", help="Ends after so many seconds without a repetition."),
    ] = 60.0,
    max_time: Annotated[
        float | None, typer.Option(min=1, metavar="S", help="Ends after so many seconds.")
    ] = None,
    person: Annotated[
        str, typer.Option("--person", metavar="NAME", help="Whose session it is, for the history.")
    ] = "",
    step_height: StepHeight = None,
    load: Load = None,
    no_history: NoHistory = False,
    db: Db = None,
    export: Export = None,
    height_m: Height = None,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Do not open the report at the end.")
    ] = False,
    json: Json = False,
) -> None:
    """Watch a set through the camera, and coach it.

    Shows how to stand, then starts by itself when the person stands still. Every repetition is
    on the disk as soon as it is done. Keys: q ends, f full screen, m sound, ? all keys.

    Exit codes: 0 done, 2 wrong usage or not all could be saved, 3 the camera cannot be used,
    4 no repetition found, 130 interrupted with what was measured saved.
    """
    from formcheck.cli.live import options_from, print_cameras, run_session

    if list_cameras:
        sys.exit(print_cameras(as_json=json))
    if exercise is None:
        raise typer.BadParameter("say which exercise it will be", param_hint="--exercise")
    options = options_from(
        camera=camera,
        exercise=exercise,
        side=side.value,
        view=view.value,
        reps=reps,
        sets=sets,
        rest_s=rest,
        quiet_s=quiet,
        tempo=tempo,
        out=out,
        record=record,
        video_out=not no_video,
        headless=headless,
        full_screen=full_screen,
        muted=mute,
        speech=speak,
        mirrored=mirrored,
        subject=subject,
        model=model,
        config=config,
        export=_formats(export),
        height_m=height_m,
        max_time_s=max_time,
    )
    code = run_session(
        options,
        person=person,
        step_height_cm=step_height,
        load_kg=load,
        history=not no_history,
        db=db,
        open_report=not (no_open or headless),
        as_json=json,
    )
    sys.exit(code)


@app.command(
    epilog=_examples(
        "formcheck report my_set_formcheck",
        'formcheck report my_set_formcheck --format pdf --name "Ada L." --notes "No pain."',
        "formcheck report monday/session.json --format md --out monday.md",
    )
)
def report(
    session: Annotated[
        Path, typer.Argument(metavar="SESSION", help="A folder of results, or its session.json.")
    ],
    form: Annotated[Format, typer.Option("--format", "-f", help="What to write.")] = Format.HTML,
    name: Annotated[
        str, typer.Option(metavar="TEXT", help="Whom the report is about.", show_default=False)
    ] = "",
    notes: Annotated[
        str, typer.Option(metavar="TEXT", help="Remarks to show in it.", show_default=False)
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Where to write it  [default: beside session.json]"
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Make the report of a session again; finish a live session that was cut short.

    From session.json alone; the film and the stills are used when they lie beside it. With --json
    the report's data is printed. A live session keeps every repetition on the disk as soon as it
    is done: when it was killed, this turns what is there into a session first.

    Exit codes: 0 done, 2 wrong usage, 3 the session cannot be read, 4 a session that was cut
    short has no repetition.
    """
    from formcheck.cli.report import report_session

    sys.exit(
        report_session(session, form=form.value, name=name, notes=notes, out=out, as_json=json)
    )


@app.command(
    epilog=_examples(
        "formcheck batch films --out results",
        "formcheck batch films --settings films.csv --no-video",
        "formcheck batch list.txt -e squat --scheduler tcp://10.0.0.1:8786",
    )
)
def batch(
    where: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER_OR_LIST",
            help="A folder of films, or a text file with a path or address on each line.",
        ),
    ],
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="Where the results go; with a cluster an address, too  [default: NAME_formcheck]",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, metavar="N", help="Films at once  [default: cores]"),
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="TOML or CSV with exercise, side, view, person, mirrored, slow_motion, subject "
            "for single films.",
        ),
    ] = None,
    exercise: Annotated[
        str | None,
        typer.Option("--exercise", "-e", metavar="ID", help="Of the films; recognised if absent."),
    ] = None,
    side: Annotated[Side, typer.Option(help="The working leg.")] = Side.AUTO,
    view: Annotated[View, typer.Option(help="From where they were filmed.")] = View.AUTO,
    mirrored: Annotated[
        bool, typer.Option("--mirrored", help="The films show left and right swapped.")
    ] = False,
    slow_motion: Annotated[
        float,
        typer.Option(min=1.0, max=1000.0, metavar="F", help="How many times slower than life."),
    ] = 1.0,
    subject: Annotated[
        str, typer.Option(metavar="WHO", help="Whom to follow, as for analyze.")
    ] = "auto",
    no_video: NoVideo = False,
    parquet: Annotated[
        bool, typer.Option("--parquet", help="Write summary.parquet, too; needs an extra.")
    ] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Work on this Dask cluster; needs an extra."),
    ] = None,
    model: Model = None,
    config: Config = None,
    person: Annotated[
        str, typer.Option("--person", metavar="NAME", help="Who is in the films, if one person.")
    ] = "",
    no_history: Annotated[
        bool, typer.Option("--no-history", help="Do not add the sessions to the history.")
    ] = False,
    db: Db = None,
    export: Export = None,
    height_m: Height = None,
    json: Json = False,
) -> None:
    """Analyze many films at once, each into a folder of its own.

    Run again, it takes up what is missing: a film whose content and settings are the same and whose
    results are whole is not analyzed twice. Writes overview.html and summary.csv as well.

    Exit codes: 0 done, 2 wrong usage, 3 some films could not be analyzed, 4 no repetition found in
    any film, 130 interrupted.
    """
    from formcheck.app.batch.choices import Choices
    from formcheck.cli.batch import analyze_films

    code = analyze_films(
        where,
        out=out,
        choices=Choices(
            exercise=exercise,
            side=side.value,
            view=view.value,
            mirrored=mirrored,
            person=person,
            slow_motion=slow_motion,
            subject=subject,
        ),
        jobs=jobs,
        rules=settings,
        video_out=not no_video,
        model=model,
        config=config,
        export=_formats(export),
        height_m=height_m,
        parquet=parquet,
        scheduler=scheduler,
        history=not no_history,
        db=db,
        as_json=json,
    )
    sys.exit(code)


@app.command(epilog=_examples("formcheck exercises", "formcheck exercises --json"))
def exercises(json: Json = False) -> None:
    """List the exercises that can be measured."""
    from formcheck.cli.exercises import list_exercises

    list_exercises(as_json=json)


@app.command(epilog=_examples("formcheck explain step_down"))
def explain(
    exercise: Annotated[str, typer.Argument(metavar="EXERCISE", help="Its id, as step_down.")],
    json: Json = False,
) -> None:
    """Explain how an exercise is filmed, measured and judged."""
    from formcheck.cli.exercises import explain_exercise

    explain_exercise(exercise, as_json=json)


@app.command(epilog=_examples("formcheck doctor"))
def doctor(json: Json = False) -> None:
    """Check that this machine has what formcheck needs.

    Exits with 3 when something is missing without which no film can be analyzed.
    """
    from formcheck.cli.doctor import check_machine

    sys.exit(check_machine(as_json=json))


history_app = typer.Typer(rich_markup_mode=None)
app.add_typer(history_app, name="history")


@history_app.callback(
    invoke_without_command=True,
    epilog=_examples(
        "formcheck history",
        "formcheck history --person Anna --exercise step_down --side left --since 2026-05-01",
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
        int, typer.Option("--limit", min=1, metavar="N", help="How many of the newest.")
    ] = 50,
    db: Db = None,
    json: Json = False,
) -> None:
    """List past sessions; its own commands export, add and delete them.

    Every `formcheck analyze` adds its session, unless --no-history. Nothing leaves this machine.
    """
    if context.invoked_subcommand is not None:
        return
    from formcheck.cli.history import list_history, wanted

    list_history(
        wanted(person, exercise, _stance(side), since, until, limit),
        db=db,
        as_json=json,
    )


@history_app.command(
    "export",
    epilog=_examples(
        "formcheck history export sessions.csv",
        "formcheck history export --out anna.json --person Anna",
    ),
)
def history_export(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Ends in .csv (a row a repetition) or .json."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="The same as FILE.")
    ] = None,
    person: Person = None,
    exercise: PastExercise = None,
    side: PastSide = None,
    since: Since = None,
    until: Until = None,
    db: Db = None,
) -> None:
    """Write past sessions to a file: CSV, or JSON with whole session records."""
    from formcheck.cli.history import export_history, wanted

    export_history(file, out, wanted(person, exercise, _stance(side), since, until, None), db=db)


@history_app.command(
    "add",
    epilog=_examples("formcheck history add my_set_formcheck --person Anna"),
)
def history_add(
    sessions: Annotated[
        list[Path],
        typer.Argument(metavar="SESSION", help="session.json files, or folders that hold one."),
    ],
    person: Annotated[
        str, typer.Option("--person", metavar="NAME", help="Whose sessions they are.")
    ] = "",
    db: Db = None,
) -> None:
    """Add sessions that were analyzed without the history, or on another machine."""
    from formcheck.cli.history import add_sessions

    add_sessions(sessions, person=person, db=db)


@history_app.command(
    "delete",
    epilog=_examples("formcheck history delete --person Anna", "formcheck history delete 12"),
)
def history_delete(
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="ID", help="Numbers of single sessions.")
    ] = None,
    person: Person = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    db: Db = None,
) -> None:
    """Delete all of a person's sessions, or single ones, for good, after asking.

    They are overwritten in the file. Films and folders with results are not touched.
    """
    from formcheck.cli.history import delete_history

    delete_history(person, ids or (), yes=yes, db=db)


@app.command(
    epilog=_examples(
        "formcheck progress --exercise step_down --side left",
        "formcheck progress -e step_down --person Anna --metric descent_s --out trend.html",
    )
)
def progress(
    exercise: PastExercise = None,
    side: PastSide = None,
    person: Person = None,
    metric: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Follow this one only, as knee_fppa_deg or descent_s."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How many of the newest sessions.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Draw it too: .html or .svg."),
    ] = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Show how the numbers moved over past sessions, and what to do next.

    What lies within the error of measurement is drawn in, and not called a change. Without
    --exercise it is that of the last session.
    """
    from formcheck.cli.progress import show_progress

    show_progress(
        exercise=exercise,
        side=_stance(side),
        person=person,
        metric=metric,
        limit=limit,
        db=db,
        out=out,
        as_json=json,
    )


@app.command(
    epilog=_examples("formcheck advise", "formcheck advise --exercise step_down --person Anna")
)
def advise(
    exercise: PastExercise = None,
    side: PastSide = None,
    person: Person = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Say what step, load and tempo to take next, with the rule and its source.

    It looks at the last sessions of one exercise: that of the last session without --exercise.
    """
    from formcheck.cli.progress import show_advice

    show_advice(
        exercise=exercise,
        side=_stance(side),
        person=person,
        db=db,
        as_json=json,
    )


@app.command(
    epilog=_examples(
        "formcheck compare 3 7",
        "formcheck compare monday_formcheck friday_formcheck",
        "formcheck compare 7 --legs",
    )
)
def compare(
    a: Annotated[
        str, typer.Argument(metavar="A", help="Number in the history, folder or session.json.")
    ],
    b: Annotated[str | None, typer.Argument(metavar="B", help="Another one.")] = None,
    legs: Annotated[
        bool, typer.Option("--legs", help="Compare the left and the right leg of A.")
    ] = False,
    db: Db = None,
    json: Json = False,
) -> None:
    """Put two sessions, or the two legs of one, side by side.

    A left and a right session of the same exercise are compared leg against leg. A difference is
    told only beyond what can be detected.
    """
    from formcheck.cli.compare import show_comparison

    show_comparison(a, b, legs=legs, db=db, as_json=json)
