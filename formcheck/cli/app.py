"""The commands and their options; what they do is in the modules beside this one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from formcheck import __version__
from formcheck.errors import UsageError


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


Json = Annotated[bool, typer.Option("--json", help="Print data as JSON instead of text.")]


def run(args: Sequence[str] | None) -> None:
    """Run the command named in ``args``; raises ``UsageError`` for what cannot be understood."""
    words = sys.argv[1:] if args is None else list(args)
    try:
        typer.main.get_command(app)(
            args=words or ["--help"], prog_name="formcheck", standalone_mode=False
        )
    except _WrongWords as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "formcheck"
        raise UsageError(error.format_message(), hint=f"see {command} --help") from error


def _folder(text: str) -> Path:
    """Take a folder's name; an empty one would mean the current folder without saying so."""
    if not text.strip():
        raise typer.BadParameter("the folder's name is empty")
    return Path(text)


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
    no_video: Annotated[
        bool, typer.Option("--no-video", help="Do not write annotated.mp4; it is faster.")
    ] = False,
    model: Annotated[
        Path | None,
        typer.Option(metavar="FILE.task", help="Another MediaPipe PoseLandmarker bundle."),
    ] = None,
    subject: Annotated[
        str,
        typer.Option(
            metavar="WHO",
            help="Whom to follow when several people are in view: "
            "auto, left, right, center, largest, or a point X,Y, such as 0.3,0.5 of the picture.",
        ),
    ] = "auto",
    config: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="Settings, such as bands of your own.")
    ] = None,
    json: Json = False,
) -> None:
    """Find and measure every repetition in a film.

    Writes report.html, annotated.mp4, reps.csv, frames.csv and session.json into DIR.

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
    model: Annotated[
        Path | None,
        typer.Option(metavar="FILE.task", help="Another MediaPipe PoseLandmarker bundle."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="Settings, such as bands of your own.")
    ] = None,
    quiet: Annotated[
        float,
        typer.Option(min=1, metavar="S", help="Ends after so many seconds without a repetition."),
    ] = 60.0,
    max_time: Annotated[
        float | None, typer.Option(min=1, metavar="S", help="Ends after so many seconds.")
    ] = None,
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
        max_time_s=max_time,
    )
    sys.exit(run_session(options, open_report=not (no_open or headless), as_json=json))


@app.command(
    epilog=_examples(
        "formcheck report my_set_formcheck", "formcheck report my_set_formcheck --json"
    )
)
def report(
    session: Annotated[Path, typer.Argument(metavar="SESSION", help="The folder of a session.")],
    json: Json = False,
) -> None:
    """Make the report of a session anew; finish a live session that was cut short.

    A live session keeps every repetition on the disk as soon as it is done. When it was killed,
    this turns what is there into report.html, reps.csv and session.json.
    """
    from formcheck.cli.report import remake_report

    sys.exit(remake_report(session, as_json=json))


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
