"""The options of ``analyze``, ``live`` and ``batch``, each declared once.

From these declarations come the command line, the keywords of the Python API, the settings for
single films of a batch, and the tables of ``docs/command-line.md``. Values are checked here, where
a record of options is made; what needs a look at the exercises or the pose model is checked by
:func:`require_possible`.

Nothing heavy is imported here: the help of the command line is made from this module.
"""

from __future__ import annotations

import functools
import inspect
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, dataclass, field, fields, replace
from datetime import date as calendar_date
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Literal,
    ParamSpec,
    TypeVar,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from formcheck.data.errors import UsageError

if TYPE_CHECKING:
    from formcheck.coach.plan import Plan
    from formcheck.data.session import Session, Training
    from formcheck.data.settings import Settings
    from formcheck.store.exports import Exports
    from formcheck.store.journal import HistoryTarget

T = TypeVar("T")
R = TypeVar("R")
P = ParamSpec("P")

Source = str | os.PathLike[str]
Progress = Callable[[float, int, int | None], None]
"""Called with the time in the film, the frames done, and the frames expected if known."""

SideChoice = Literal["auto", "left", "right"]
ViewChoice = Literal["auto", "front", "side"]
GoalChoice = Literal["auto", "eccentric", "strength"]
DepthChoice = Literal["free", "half", "parallel"]
CsvChoice = Literal["plain", "excel", "excel-eu"]
"""As in the settings, which are heavy to import."""

LARGEST_SIDE_PX = 20_000
_KEY = "option"
_LATER = {"Settings": Any, "HistoryTarget": Any, "Session": Any}
"""Types that are only needed by type checkers, and heavy to import."""


@dataclass(frozen=True)
class Option:
    """The declaration of one option.

    Attributes
    ----------
    text
        What it is for, in a sentence; of a switch, what it does when it is on.
    off
        For a switch that is on by default: what leaving it out does, as a sentence.
    otherwise
        What holds when it is left out, where that is not its default value.
    more
        Further sentences for the documentation.
    word
        Its name where it is given in words, as ``step-height``; made from ``name`` when empty.
    short
        One letter for it.
    metavar
        What stands for its value in a help text.
    least, most
        Range of a number.
    read
        Makes the value from text; raises ``UsageError``.
    check
        Raises ``ValueError``, with a sentence, for a value that cannot be.
    name, kind, default, choices
        Filled in from the field that declares it: ``kind`` is ``bool``, ``int``, ``float``,
        ``str`` or ``Path``, and ``str`` for whatever ``read`` makes from text.
    """

    text: str
    off: str = ""
    otherwise: str = ""
    more: str = ""
    word: str = ""
    short: str = ""
    metavar: str = ""
    least: float | None = None
    most: float | None = None
    read: Callable[[str], Any] | None = None
    check: Callable[[Any], object] | None = None
    name: str = ""
    kind: type = str
    default: Any = None
    choices: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Its name in a sentence."""
        return (self.word.removeprefix("no-") or self.name).replace("_", " ").replace("-", " ")

    @property
    def reach(self) -> str:
        """The range in words; empty when any value will do."""
        if self.least is None:
            return ""
        if self.most is None:
            return f"{self.least:g} or more"
        return f"from {self.least:g} to {self.most:g}"

    @property
    def sentence(self) -> str:
        """Its text, and the range in which a number must lie."""
        return f"{self.text} {self.reach[0].upper()}{self.reach[1:]}." if self.reach else self.text

    def require(self, value: Any) -> None:
        """Raise ``UsageError`` unless the value is one that this option can have."""
        if value is None:
            return
        if self.choices and value not in self.choices:
            raise self._refused(f"must be one of {', '.join(self.choices)}", value)
        if self.least is not None:
            most = math.inf if self.most is None else self.most
            if not self.least <= value <= most:  # rejects NaN, too
                raise self._refused(f"must be {self.reach}", f"{value:g}")
        if self.check is not None:
            try:
                self.check(value)
            except ValueError as error:
                raise UsageError(
                    f"{self.words!r} cannot be {value!r}", hint=str(error), options=(self.name,)
                ) from error

    def _refused(self, wanted: str, value: object) -> UsageError:
        return UsageError(
            f"{self.words!r} {wanted}, not {value}",
            hint=self.text,
            options=(self.name,),
        )


def option(default: T, text: str, **facts: Any) -> T:
    """Declare an option as a field of :class:`Options`; see :class:`Option` for the facts."""
    return field(default=default, metadata={_KEY: Option(text, **facts)})


@dataclass(frozen=True, kw_only=True)
class Options:
    """Base of all records of options; raises ``UsageError`` for a value that cannot be."""

    def __post_init__(self) -> None:
        """Check every value."""
        for one in declared(type(self)):
            one.require(getattr(self, one.name))


def declared(record: type[Options]) -> tuple[Option, ...]:
    """Give the options that a record declares, in their order."""
    return _declared(cast("Any", record))


@functools.cache
def _declared(record: Any) -> tuple[Option, ...]:
    hints = get_type_hints(record, localns=_LATER)
    return tuple(
        _filled(entry.metadata[_KEY], entry.name, hints[entry.name], entry.default)
        for entry in fields(record)
        if _KEY in entry.metadata
    )


def _filled(one: Option, name: str, hint: Any, default: Any) -> Option:
    kinds = [kind for kind in get_args(hint) if kind is not type(None)] or [hint]
    choices = get_args(hint) if get_origin(hint) is Literal else ()
    kind = str if choices or one.read is not None else kinds[0]
    word = one.word or name.replace("_", "-")
    return replace(one, name=name, kind=kind, default=default, choices=choices, word=word)


def taking(
    record: Callable[P, T],
) -> Callable[[Callable[[Source, T], R]], Callable[Concatenate[Source, P], R]]:
    """Let a function of a film and a record of options take the options as keywords."""

    def decorate(function: Callable[[Source, T], R]) -> Callable[Concatenate[Source, P], R]:
        def with_keywords(source: Source, /, *args: P.args, **keywords: P.kwargs) -> R:
            return function(source, record(*args, **keywords))

        first, *_ = inspect.signature(function).parameters.values()
        keywords = inspect.signature(record).parameters.values()
        signature = inspect.signature(function).replace(parameters=[first, *keywords])
        functools.update_wrapper(with_keywords, function)
        with_keywords.__signature__ = signature  # type: ignore[attr-defined]
        with_keywords.__doc__ = _with_parameters(function.__doc__ or "", record)
        return with_keywords

    return decorate


def _with_parameters(text: str, record: Any) -> str:
    """Put what is declared of each option into a docstring, before what is returned."""
    lines = (f"{one.name}\n    {one.sentence}\n" for one in declared(record))
    heading = "Parameters\n----------\nsource\n    A film, or poses in its place.\n"
    return inspect.cleandoc(text).replace("Returns\n", f"{heading}{''.join(lines)}\nReturns\n", 1)


def _folder(text: str) -> Path:
    """Take a folder's name; an empty one would mean the current folder without saying so."""
    if not text.strip():
        raise UsageError("the folder's name is empty", hint="Give it a name.", options=("out",))
    return Path(text)


def _address(text: str) -> str:
    _folder(text)
    return text


def _formats(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _size(text: str) -> tuple[int, int]:
    """Take a size as in 1920x1080."""
    width, _, height = text.lower().partition("x")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        raise UsageError(
            f"{text!r} is not a size such as 1920x1080",
            hint="Give width and height of the frame in pixels.",
            options=("size",),
        )
    return int(width), int(height)


def _require_frame_size(size_px: tuple[int, int]) -> None:
    if not all(1 <= side <= LARGEST_SIDE_PX for side in size_px):
        raise ValueError(f"Width and height must be from 1 to {LARGEST_SIDE_PX} pixels.")


def _settings(text: str) -> Settings:
    from formcheck.data.settings import load_settings

    return load_settings(Path(text))


def _day(text: str) -> None:
    try:
        calendar_date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("Write the day as 2026-05-31.") from error


@dataclass(frozen=True, kw_only=True)
class SceneOptions(Options):
    """What is done, by whom, and how the camera sees it."""

    exercise: str | None = option(
        None,
        "The exercise's id, see `formcheck exercises`; recognised from the movement if left out.",
        short="e",
        metavar="ID",
    )
    side: SideChoice = option(
        "auto", "The working leg, the person's own.", more="`auto` finds it for each repetition."
    )
    view: ViewChoice = option(
        "auto", "Where the camera stands.", more="`auto` finds it from the pose."
    )
    person: str = option(
        "",
        "Whose session it is.",
        metavar="NAME",
        more="For the report and the history; upper and lower case are the same person.",
    )
    mirrored: bool = option(
        False, "Left and right are swapped in the film.", more="Many selfie cameras do that."
    )
    subject: str = option(
        "auto",
        "Whom to follow when several people are in view: auto, left, right, center, largest, or a "
        "point X,Y such as 0.3,0.5 of the frame.",
        metavar="WHO",
        more="A point lies on the person in the first frame.",
    )


@dataclass(frozen=True, kw_only=True)
class FilmOptions(SceneOptions):
    """What may differ from film to film; a batch takes these for each film from a file."""

    slow_motion: float = option(
        1.0,
        "Slow-motion factor: 4 for 120 frames a second shown at 30.",
        metavar="F",
        least=1,
        most=1000,
    )

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class OutputOptions(Options):
    """How a session is measured and what is written of it."""

    settings: Settings | None = option(
        None,
        "Settings, such as limits of your own.",
        word="config",
        metavar="FILE.toml",
        read=_settings,
        more="An unknown setting is refused.",
    )
    model: Path | None = option(
        None,
        "Another MediaPipe PoseLandmarker bundle, such as the lite or the heavy one.",
        metavar="FILE.task",
    )
    video_out: bool = option(
        True,
        "Write the annotated film.",
        off="Do not write annotated.mp4; this is faster.",
        word="no-video",
    )
    keep_poses: bool = option(
        True,
        "Keep the poses beside the session.",
        off="Do not keep the poses (poses.fcp) beside the session.",
        word="no-poses",
        more="With them a session can be measured again, and its film drawn again.",
    )
    export: Sequence[str] = option(
        (),
        "Further files, separated by commas: trc or c3d (keypoints), nc (keypoints and time "
        "series), mot (joint angles), parquet (the tables), long (a row for each measurement).",
        metavar="FORMATS",
        read=_formats,
        more="`keypoints.trc` and `angles.mot` are for OpenSim and Sports2D, `keypoints.c3d` for "
        "motion laboratories, `poses.nc` for xarray and movement, `measurements.csv` for R. "
        "`parquet` and `nc` need `pip install 'formcheck[parquet,xarray]'`. See [the data "
        "dictionary](data-dictionary.md#keypointstrc).",
    )
    goal: GoalChoice = option(
        "auto",
        "What it is done for: eccentric judges the way down, strength does not.",
        more="`auto` is `eccentric` for step-downs, step-ups and single-leg squats, and `strength` "
        "for the air squat.",
    )
    tempo: str | None = option(
        None,
        "Seconds down, at the bottom, up, at the top, such as 3-1-1-0.",
        otherwise="the exercise's",
        metavar="D-B-U-T",
        more="The way down is judged against its first number; live, the bar fills to it and the "
        "metronome counts all four.",
    )
    depth: DepthChoice = option(
        "free",
        "How deep a squat should be; free does not judge it.",
        more="Judged from the side: `half` by the bend of the knees, `parallel` by the thighs.",
    )
    csv: CsvChoice = option(
        "plain",
        "How tables are written: excel and excel-eu open in Excel by a double click.",
        more="`excel` begins with a byte-order mark, `excel-eu` also has semicolons and decimal "
        "commas.",
    )
    height_m: float | None = option(
        None,
        "The person's height in metres, for a TRC file in metres instead of pixels.",
        metavar="M",
        least=0.5,
        most=2.8,
    )

    @property
    def analysis_settings(self) -> Settings:
        """The settings, with the goal, tempo and depth that are given as options.

        Raises
        ------
        UsageError
            The tempo is not one.
        """
        import msgspec

        from formcheck.data.settings import Settings
        from formcheck.exercises.tempo import Tempo

        given: dict[str, Any] = {}
        if self.goal != "auto":
            given["goal"] = self.goal
        if self.csv != "plain":
            given["csv"] = self.csv
        if self.depth != "free":
            given["depth"] = self.depth
        if self.tempo is not None:  # it goes before a target in the file
            given |= {"tempo": astuple(Tempo.parse(self.tempo)), "target_descent_s": 0.0}
        return msgspec.structs.replace(self.settings or Settings(), **given)

    @property
    def exports(self) -> Exports:
        """The further files; raises ``UsageError`` when one of them cannot be written."""
        from formcheck.store.exports import Exports

        return Exports.of(self.export, self.height_m)


@dataclass(frozen=True, kw_only=True)
class TrainingOptions(Options):
    """What the person says about a session; nothing of it can be seen in the film."""

    step_height_cm: float | None = option(
        None, "Height of the step.", word="step-height", metavar="CM", least=0, most=100
    )
    load_kg: float | None = option(
        None, "Weight held; 0 for none.", word="load", metavar="KG", least=0, most=500
    )

    @property
    def training(self) -> Training | None:
        """What was entered; ``None`` when it was nothing."""
        from formcheck.data.session import Training

        names = Training.__struct_fields__
        given = {name: getattr(self, name, None) for name in names}
        return Training(**given) if any(value is not None for value in given.values()) else None


@dataclass(frozen=True, kw_only=True)
class HistoryOptions(Options):
    """Whether a session is added to the history, and to which."""

    history: bool = option(
        True,
        "Add the session to the history on this machine.",
        off="Do not add the session to the history.",
        word="no-history",
    )
    db: Path | None = option(
        None,
        "History file to use.",
        metavar="FILE",
        more="Otherwise the one that `FORMCHECK_HISTORY` in the environment names, or that of "
        "this user.",
    )


@dataclass(frozen=True, kw_only=True)
class AnalyzeOptions(OutputOptions, TrainingOptions, FilmOptions):
    """How one film is analyzed.

    ``progress`` is called after each frame that was measured, ``drawing`` after each one drawn.
    ``saved`` is called with the finished session once it is in its folder, before the annotated
    film is drawn; not after Ctrl-C while measuring.
    """

    out: Path | None = option(
        None,
        "Folder for the results.",
        otherwise="VIDEO_formcheck",
        short="o",
        metavar="DIR",
        read=_folder,
    )
    date: str | None = option(
        None,
        "Day of the session, if not today: 2026-05-31.",
        metavar="DAY",
        check=_day,
        more="Reports are dated by it.",
    )
    pain: int | None = option(
        None,
        "Worst pain during the session; 10 is the worst there is.",
        metavar="0-10",
        least=0,
        most=10,
    )
    frame_rate: float | None = option(
        None,
        "Frames per second of the film; for OpenPose files.",
        metavar="HZ",
        least=1,
        most=10_000,
    )
    size: tuple[int, int] | None = option(
        None,
        "Size of the film's picture in pixels; for TRC, flat C3D and OpenPose files.",
        metavar="WxH",
        read=_size,
        check=_require_frame_size,
    )
    progress: Progress | None = None
    drawing: Progress | None = None
    saved: Callable[[Session], None] | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class LiveOptions(OutputOptions, TrainingOptions, SceneOptions):
    """How a live session is run.

    Attributes
    ----------
    history_target
        The history that the session is to join, should it be cut short; none when left out.
    stay_s
        How long the end card stays on the screen unless a key is pressed.
    lossless, paced
        How a film is played: every frame, and in real time.
    """

    exercise: str = option(
        "", "The exercise's id, see `formcheck exercises`; needed.", short="e", metavar="ID"
    )
    camera: str = option(
        "0",
        "A camera's number, a stream (rtsp:// or http://), or a film to play.",
        short="c",
        metavar="ADDRESS",
        more="A phone can be a stream; a film is played in real time.",
    )
    side: SideChoice = option(
        "auto", "The only leg to train.", more="`auto` trains one and then the other."
    )
    reps: int = option(8, "Repetitions of each leg in a set.", metavar="N", least=1, most=1000)
    sets: int = option(1, "Number of sets.", metavar="N", least=1, most=100)
    rest_s: float = option(
        30.0,
        "Seconds of rest between legs and sets.",
        word="rest",
        metavar="S",
        least=0,
        most=3600,
    )
    out: Path | None = option(
        None,
        "Folder for the results.",
        otherwise="live_DATE_TIME_EXERCISE_formcheck",
        short="o",
        metavar="DIR",
        read=_folder,
    )
    record: bool = option(
        False,
        "Keep the raw film too, as raw.mp4.",
        more="It holds the frames that were measured; `analyze` can read it. After a crash "
        "`report` saves it, except for the last second or two.",
    )
    headless: bool = option(
        False, "Open no window; Ctrl-C ends the session.", more="It also ends by itself."
    )
    full_screen: bool = option(False, "Fill the screen from the start.")
    muted: bool = option(False, "Start without sound.", word="mute")
    speech: bool = option(False, "Speak the cues aloud, if this machine has a voice.", word="speak")
    quiet_s: float = option(
        60.0,
        "End after so many seconds without a repetition, or with nobody in view.",
        word="quiet",
        metavar="S",
        least=1,
    )
    max_time_s: float | None = option(
        None, "End after so many seconds in any case.", word="max-time", metavar="S", least=1
    )
    history_target: HistoryTarget | None = None
    stay_s: float = 15.0
    lossless: bool = False
    paced: bool = True

    @property
    def plan(self) -> Plan:
        """What the person plans to do; a side that is given is the only one trained."""
        from formcheck.coach.plan import Plan

        return Plan(
            reps=self.reps,
            sets=self.sets,
            rest_s=self.rest_s,
            quiet_s=self.quiet_s,
            both_legs=self.side == "auto",
        )


@dataclass(frozen=True, kw_only=True)
class BatchOptions(OutputOptions, FilmOptions):
    """How many films are analyzed; the :class:`FilmOptions` hold where the file says nothing."""

    out: str | None = option(
        None,
        "Folder for the results; with a cluster an address, too.",
        otherwise="NAME_formcheck",
        short="o",
        metavar="DIR",
        read=_address,
    )
    jobs: int | None = option(
        None, "Films at once.", otherwise="one for each core", short="j", metavar="N", least=1
    )
    per_film: Path | None = option(
        None,
        "TOML or CSV file with what differs for single films.",
        word="settings",
        metavar="FILE",
        more="See below.",
    )
    parquet: bool = option(
        False,
        "Also write summary.parquet.",
        more="Needs `pip install 'formcheck[parquet]'`.",
    )
    scheduler: str | None = option(
        None, "Work on this Dask cluster.", metavar="ADDRESS", more="See below."
    )

    @property
    def for_each_film(self) -> FilmOptions:
        """What holds for every film that the file says nothing else about."""
        return FilmOptions(
            **{entry.name: getattr(self, entry.name) for entry in fields(FilmOptions)}
        )


def require_possible(options: SceneOptions) -> None:
    """Raise ``UsageError`` unless the exercise and the subject exist.

    This loads the exercises, which :class:`Options` does not.
    """
    from formcheck.exercises import get_exercise
    from formcheck.pose.subject import SubjectSelector

    if options.exercise:
        get_exercise(options.exercise)
    SubjectSelector.parse(options.subject)
    if isinstance(options, OutputOptions):
        options.exports  # noqa: B018 - checks them
        settings = options.analysis_settings
        if options.exercise:
            get_exercise(options.exercise).with_settings(settings)
    if isinstance(options, LiveOptions) and not options.exercise:
        raise UsageError(
            "the exercise is missing", hint="Say which one it will be.", options=("exercise",)
        )
