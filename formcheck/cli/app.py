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
