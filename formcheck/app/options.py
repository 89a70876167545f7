"""The options of ``analyze``, ``live`` and ``batch``, each declared once.

From these declarations come the command line, the keywords of the Python API, the settings for
single films of a batch, and the tables of ``docs/command-line.md``. Values are checked here, where
a record of options is made; those that depend on the exercises or the pose model are checked by
:func:`require_possible`.

Nothing heavy is imported here: the help of the command line is made from this module.
"""

from __future__ import annotations

import functools
import inspect
import math
import os
from collections.abc import Callable, Iterator, Sequence
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
    from formcheck.data.exercise import Exercise, Part
    from formcheck.data.frame import Progress
    from formcheck.data.programme import Programme
    from formcheck.data.session import Session, Training
    from formcheck.data.settings import Settings
    from formcheck.motion.loop import Sink
    from formcheck.motion.recognition import WhileRecognising
    from formcheck.store.exports import Exports
    from formcheck.store.journal import HistoryTarget

T = TypeVar("T")
R = TypeVar("R")
P = ParamSpec("P")

FilmPath = str | os.PathLike[str]

SideChoice = Literal["auto", "left", "right"]
ViewChoice = Literal["auto", "front", "side"]
GoalChoice = Literal["auto", "eccentric", "strength"]
DepthChoice = Literal["free", "half", "parallel"]
FormPlace = Literal["", "first", "more"]
CsvChoice = Literal["plain", "excel", "excel-eu"]
"""The same as in the settings, which are slow to import."""

LARGEST_SIDE_PX = 20_000
USUAL_REPS = 8
"""Default number of repetitions of each leg in a live set."""
MOST_PAIN = 10
"""Pain is entered from 0, none, to this, the worst imaginable."""
_KEY = "option"
_HEAVY_TYPES = dict.fromkeys(
    ("Settings", "HistoryTarget", "Progress", "Session", "Sink", "WhileRecognising"), Any
)
"""Types that are only needed by type checkers, and slow to import."""


@dataclass(frozen=True)
class Option:
    """The declaration of one option.

    Attributes
    ----------
    text
        What the option is for, in a sentence; for a switch, what turning it on does.
    help_when_off
        For a switch that is on by default: what turning it off does, as a sentence.
    default_text
        The default in words, where it is not the default value itself.
    details
        Further sentences for the documentation.
    typed_name
        The name as the user types it, such as ``step-height``; made from ``name`` when empty.
    short
        A one-letter name.
    metavar
        Placeholder for the value in the help text.
    form
        Where the option is in the form of the browser app: among the first fields, among those
        behind "More", or not at all.
    form_name, form_text
        Name and text in the form, if those of the command line do not fit.
    minimum, maximum
        Range of a number.
    longest
        Largest number of characters of a text in a form; for a long text, the field has several
        lines.
    part
        The part that an exercise must have for the option to apply, such as ``tempo``.
    read
        Converts text to the value; raises ``UsageError``.
    check
        Raises ``ValueError``, with a sentence, for an invalid value.
    name, value_type, default, choices
        Filled in from the field that declares it: ``value_type`` is ``bool``, ``int``, ``float``,
        ``str`` or ``Path``, and ``str`` for everything that ``read`` converts.
    """

    text: str
    help_when_off: str = ""
    default_text: str = ""
    details: str = ""
    typed_name: str = ""
    short: str = ""
    metavar: str = ""
    form: FormPlace = ""
    form_name: str = ""
    form_text: str = ""
    minimum: float | None = None
    maximum: float | None = None
    longest: int = 200
    part: Part | None = None
    read: Callable[[str], Any] | None = None
    check: Callable[[Any], object] | None = None
    name: str = ""
    value_type: type = str
    default: Any = None
    choices: tuple[str, ...] = ()

    @property
    def spoken_name(self) -> str:
        """The name as written in a sentence, such as ``step height``."""
        return (
            (self.typed_name.removeprefix("no-") or self.name).replace("_", " ").replace("-", " ")
        )

    @property
    def range_text(self) -> str:
        """The range in words; empty when there is none."""
        if self.minimum is None:
            return ""
        if self.maximum is None:
            return f"{self.minimum:g} or more"
        return f"from {self.minimum:g} to {self.maximum:g}"

    @property
    def sentence(self) -> str:
        """The text, and the range of a number."""
        reach = self.range_text
        return f"{self.text} {reach[0].upper()}{reach[1:]}." if reach else self.text

    def require(self, value: Any) -> None:
        """Raise ``UsageError`` unless the value is valid."""
        if value is None:
            return
        if self.choices and value not in self.choices:
            known = f"{', '.join(self.choices[:-1])} or {self.choices[-1]}"
            raise self._refused(f"must be {known}", repr(value), "Choose one of them.")
        if self.minimum is not None:
            maximum = math.inf if self.maximum is None else self.maximum
            if not self.minimum <= value <= maximum:  # rejects NaN, too
                must = f"must be {self.range_text}"
                raise self._refused(must, f"{value:g}", "Give another number.")
        if self.check is not None:
            try:
                self.check(value)
            except ValueError as error:
                raise UsageError(
                    f"{self.spoken_name!r} cannot be {value!r}",
                    hint=str(error),
                    options=(self.name,),
                ) from error

    def _refused(self, wanted: str, value: str, hint: str) -> UsageError:
        return UsageError(
            f"{self.spoken_name!r} {wanted}, not {value}",
            hint=hint,
            options=(self.name,),
        )


def option(default: T, text: str, **facts: Any) -> T:
    """Declare an option as a field of :class:`Options`; see :class:`Option` for the facts."""
    return field(default=default, metadata={_KEY: Option(text, **facts)})


@dataclass(frozen=True, kw_only=True)
class Options:
    """Base of all records of options; raises ``UsageError`` for an invalid value."""

    def __post_init__(self) -> None:
        """Check every value."""
        for one in declared(type(self)):
            one.require(getattr(self, one.name))


def declared(record: type[Options]) -> tuple[Option, ...]:
    """Return the options that a record declares, in order."""
    return _declared(cast("Any", record))


@functools.cache
def _declared(record: Any) -> tuple[Option, ...]:
    hints = get_type_hints(record, localns=_HEAVY_TYPES)
    return tuple(
        _complete(entry.metadata[_KEY], entry.name, hints[entry.name], entry.default)
        for entry in fields(record)
        if _KEY in entry.metadata
    )


def _complete(one: Option, name: str, hint: Any, default: Any) -> Option:
    """Fill in what the field declares: name, type, default and choices."""
    types = [each for each in get_args(hint) if each is not type(None)] or [hint]
    choices = get_args(hint) if get_origin(hint) is Literal else ()
    return replace(
        one,
        name=name,
        value_type=str if choices or one.read is not None else types[0],
        default=default,
        choices=choices,
        typed_name=one.typed_name or name.replace("_", "-"),
    )


def with_keywords(
    record: Callable[P, T],
) -> Callable[[Callable[[FilmPath, T], R]], Callable[Concatenate[FilmPath, P], R]]:
    """Decorate a function so that it takes each option as a keyword instead of one record."""

    def decorate(function: Callable[[FilmPath, T], R]) -> Callable[Concatenate[FilmPath, P], R]:
        def wrapped(source: FilmPath, /, *args: P.args, **keywords: P.kwargs) -> R:
            return function(source, record(*args, **keywords))

        first, *_ = inspect.signature(function).parameters.values()
        keywords = inspect.signature(record).parameters.values()
        signature = inspect.signature(function).replace(parameters=[first, *keywords])
        functools.update_wrapper(wrapped, function)
        wrapped.__signature__ = signature  # type: ignore[attr-defined]
        wrapped.__doc__ = _with_parameters(function.__doc__ or "", record)
        return wrapped

    return decorate


def _with_parameters(text: str, record: Any) -> str:
    """Insert a "Parameters" section for the options before "Returns"."""
    lines = (f"{one.name}\n    {one.sentence}\n" for one in declared(record))
    heading = "Parameters\n----------\nsource\n    A film, or poses in its place.\n"
    return inspect.cleandoc(text).replace("Returns\n", f"{heading}{''.join(lines)}\nReturns\n", 1)


def _folder(text: str) -> Path:
    """Read a folder's name; an empty one is refused, as it would mean the current folder."""
    if not text.strip():
        raise UsageError("the folder's name is empty", hint="Give it a name.", options=("out",))
    return Path(text)


def _own_folder(text: str) -> Path:
    """Read the app's folder; an empty name is refused."""
    if not text.strip():
        raise UsageError("the folder's name is empty", hint="Give it a name.", options=("folder",))
    return Path(text)


def _address(text: str) -> str:
    _folder(text)
    return text


def _formats(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _size(text: str) -> tuple[int, int]:
    """Read a size such as 1920x1080."""
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


def _quarter_turn(deg: int) -> None:
    if deg not in (0, 90, 180, 270):
        raise ValueError("Give 0, 90, 180 or 270.")


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
    """The exercise, the person and the camera's view."""

    exercise: str | None = option(
        None,
        "Id of the exercise, as in `formcheck exercises`. If you leave it out, it is recognised "
        "from the movement.",
        short="e",
        metavar="ID",
        form="first",
        form_text="You can leave this: formcheck recognises the exercise from the movement.",
    )
    side: SideChoice = option(
        "auto",
        "Which leg works: the person's own left or right. auto: detect it.",
        part="side",
        details="It is detected for each repetition.",
        form="more",
        form_text="Which leg works: the person's own left or right.",
    )
    view: ViewChoice = option(
        "auto",
        "Whether the camera sees the person from the front or from the side. auto: detect it.",
        form="more",
        form_text="Whether the camera films from the front or from the side.",
    )
    person: str = option(
        "",
        "Name of the person who trained.",
        metavar="NAME",
        details="It stands in the report and in the history. Upper and lower case do not matter.",
        form="first",
        form_text="Who trained. The name sorts the sessions; it does not protect them.",
    )
    mirrored: bool = option(
        False, "Left and right are swapped in the film, as by many selfie cameras.", form="more"
    )
    rotate: int | None = option(
        None,
        "Turn the picture clockwise by 0, 90, 180 or 270 degrees. If the film's file says how to "
        "turn it, that is done first.",
        default_text="a film is turned upright automatically, a live camera is not",
        metavar="DEG",
        check=_quarter_turn,
        details="It is turned before it is mirrored.",
    )
    subject: str = option(
        "auto",
        "Whom to measure if several people are in view: auto, left, right, center, largest, or a "
        "point X,Y on the person, such as 0.3,0.5: 30 % from the left and 50 % from the top.",
        metavar="WHO",
        details="The point is where the person is in the first frame.",
    )


@dataclass(frozen=True, kw_only=True)
class FilmOptions(SceneOptions):
    """Options that may differ from film to film; a batch reads them from a file."""

    slow_motion: float = option(
        1.0,
        "Slow-motion factor: 4 if the film plays four times slower than the movement was.",
        metavar="F",
        minimum=1,
        maximum=1000,
        form="more",
        form_text="How many times slower than life the film plays: 1 for a normal film, 4 or 8 for "
        "slow motion.",
    )

    def as_dict(self) -> dict[str, Any]:
        """Return the options as plain data."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class OutputOptions(Options):
    """How a session is measured and what is written of it."""

    settings: Settings | None = option(
        None,
        "File with settings, for example your own limits for the grades.",
        typed_name="config",
        metavar="FILE.toml",
        read=_settings,
        details="An unknown setting is refused.",
    )
    model: Path | None = option(
        None,
        "Use another pose model: a MediaPipe PoseLandmarker file, such as the lite or heavy one.",
        metavar="FILE.task",
    )
    video_out: bool = option(
        True,
        "Write the annotated film.",
        help_when_off="Do not draw the annotated film (annotated.mp4). This is faster.",
        typed_name="no-video",
    )
    keep_poses: bool = option(
        True,
        "Keep the poses beside the session.",
        help_when_off="Do not save the joint positions (poses.fcp).",
        typed_name="no-poses",
        details="Without them, the session cannot be measured or drawn again.",
    )
    export: Sequence[str] = option(
        (),
        "More files to write, separated by commas: trc or c3d (joint positions), nc (joint "
        "positions and time series), mot (joint angles), parquet (the tables), long (a table with "
        "a row for each measurement).",
        metavar="FORMATS",
        read=_formats,
        details="`keypoints.trc` and `angles.mot` are for OpenSim and Sports2D, `keypoints.c3d` "
        "for motion laboratories, `poses.nc` for xarray and movement, `measurements.csv` for R. "
        "`parquet` and `nc` need `pip install 'formcheck[parquet,xarray]'`. See [the data "
        "dictionary](data-dictionary.md#keypointstrc).",
    )
    goal: GoalChoice = option(
        "auto",
        "Goal of the training. eccentric: the speed of the way down is judged; strength: it is "
        "not.",
        details="`auto` is `eccentric` for step-downs, step-ups and single-leg squats, and "
        "`strength` for the air squat.",
        part="tempo",
        form="more",
        form_text="Eccentric: going down slowly is judged, too. Strength: it is not.",
    )
    tempo: str | None = option(
        None,
        "Tempo to aim at, such as 3-1-1-0: seconds on the way down, at the bottom, on the way up "
        "and at the top.",
        default_text="the exercise's",
        part="tempo",
        metavar="D-B-U-T",
        details="The way down is judged by the first number. In a live session, the tempo bar is "
        "full after these seconds, and the metronome counts all four.",
        form="more",
    )
    depth: DepthChoice = option(
        "free",
        "How deep a squat should be. free: the depth is not judged.",
        part="depth",
        details="Judged from the side: `half` by the bend of the knees, `parallel` by the thighs.",
        form="more",
        form_text="How deep a squat should be. Free: depth is not judged. Half: a half squat. "
        "Parallel: down to level thighs.",
    )
    csv: CsvChoice = option(
        "plain",
        "How tables are written: excel and excel-eu open in Excel with a double-click.",
        details="`excel` begins with a byte-order mark, `excel-eu` also has semicolons and decimal "
        "commas.",
    )
    height_m: float | None = option(
        None,
        "Height of the person in metres. The exported joint positions (TRC) are then in "
        "metres instead of pixels.",
        metavar="M",
        minimum=0.5,
        maximum=2.8,
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
    """What the person enters about a session; the film cannot show it."""

    step_height_cm: float | None = option(
        None,
        "Height of the step in cm.",
        part="step",
        typed_name="step-height",
        metavar="CM",
        minimum=0,
        maximum=100,
        form="first",
    )
    load_kg: float | None = option(
        None,
        "Weight in your hands in kg; 0 for none.",
        typed_name="load",
        metavar="KG",
        minimum=0,
        maximum=500,
        form="first",
    )
    target_hold_s: float | None = option(
        None,
        "For a plank or another hold: seconds to hold it.",
        part="seconds",
        default_text="none",
        typed_name="seconds",
        metavar="S",
        minimum=1,
        maximum=3600,
        details="In a live session, the clock counts to this time, and only while the posture is "
        "right. The report and the history compare the time held well with it.",
        form="first",
        form_name="time to hold",
        form_text="For a plank and other holds.",
    )

    @property
    def training(self) -> Training | None:
        """What was entered; ``None`` when nothing was."""
        from formcheck.data.session import Training

        names = Training.__struct_fields__
        given = {name: getattr(self, name, None) for name in names}
        return Training(**given) if any(value is not None for value in given.values()) else None


@dataclass(frozen=True, kw_only=True)
class HistoryOptions(Options):
    """Whether a session is added to the history, and to which."""

    history: bool = option(
        True,
        "Add the session to the history on this computer.",
        help_when_off="Do not add the session to the history.",
        typed_name="no-history",
    )
    db: Path | None = option(
        None,
        "Use this history file.",
        metavar="FILE",
        details="Without it, the file that the environment variable `FORMCHECK_HISTORY` names is "
        "used, or else your own history.",
    )


@dataclass(frozen=True, kw_only=True)
class SpanOptions(Options):
    """First and last day of the sessions to include; by default all sessions."""

    since: str | None = option(
        None,
        "First day to include, such as 2026-05-31.",
        metavar="DAY",
        check=_day,
        form="first",
        form_text="From the first session on, if you leave it open.",
    )
    until: str | None = option(
        None,
        "Last day to include.",
        metavar="DAY",
        check=_day,
        form="first",
        form_text="Up to the last session, if you leave it open.",
    )

    def __post_init__(self) -> None:
        """Check every value, and that the days are in order."""
        super().__post_init__()
        if self.first_day and self.last_day and self.first_day > self.last_day:
            raise UsageError(
                f"the first day, {self.since}, is after the last day, {self.until}",
                hint="Exchange the two days.",
                options=("since", "until"),
            )

    @property
    def first_day(self) -> calendar_date | None:
        """The first day; ``None`` if there is no limit."""
        return None if self.since is None else calendar_date.fromisoformat(self.since)

    @property
    def last_day(self) -> calendar_date | None:
        """The last day; ``None`` if there is no limit."""
        return None if self.until is None else calendar_date.fromisoformat(self.until)


@dataclass(frozen=True, kw_only=True)
class AnalyzeOptions(OutputOptions, TrainingOptions, FilmOptions):
    """Options for the analysis of one film.

    Attributes
    ----------
    progress, drawing
        Called after each frame that was measured, and after each that was drawn.
    saved
        Called with the session once it is saved, before the annotated film is drawn; not after
        Ctrl-C while measuring.
    watching
        A further sink of the loop; it gets each analyzed frame.
    recognising
        Called with each frame that was analyzed to recognise the exercise, with its pose and the
        number of repetitions so far.
    film_name
        Name of the film in session and messages, if it is not that of the file.
    """

    out: Path | None = option(
        None,
        "Folder for the results.",
        default_text="VIDEO_formcheck",
        short="o",
        metavar="DIR",
        read=_folder,
    )
    date: str | None = option(
        None,
        "Day of the session, if it was not today, such as 2026-05-31.",
        metavar="DAY",
        check=_day,
        details="The report shows this day.",
        form="more",
        form_text="Day of the session, if not today.",
    )
    pain: int | None = option(
        None,
        "Worst pain during the session, from 0 (none) to 10 (the worst imaginable).",
        metavar="0-10",
        minimum=0,
        maximum=MOST_PAIN,
        form="first",
    )
    frame_rate: float | None = option(
        None,
        "For OpenPose files: frames per second of the film.",
        metavar="HZ",
        minimum=1,
        maximum=10_000,
    )
    size: tuple[int, int] | None = option(
        None,
        "For TRC, 2D C3D and OpenPose files: width and height of the film in pixels.",
        metavar="WxH",
        read=_size,
        check=_require_frame_size,
    )
    film_hz: float = option(
        60.0,
        "Maximum frames per second of the annotated film.",
        metavar="HZ",
        minimum=1,
        maximum=10_000,
        details="From a film with 240 frames per second, every fourth frame is drawn.",
    )
    progress: Progress | None = None
    drawing: Progress | None = None
    saved: Callable[[Session], None] | None = field(default=None, compare=False)
    watching: Sink | None = field(default=None, compare=False)
    recognising: WhileRecognising | None = field(default=None, compare=False)
    film_name: str = ""


@dataclass(frozen=True, kw_only=True)
class LiveOptions(OutputOptions, TrainingOptions, SceneOptions):
    """Options of a live session.

    Attributes
    ----------
    history_target
        The history to add the session to if it is interrupted and finished later; ``None``: none.
    stay_s
        How long the result stays on the screen unless a key is pressed.
    lossless, paced
        If a film is played in place of a camera: no frame is dropped; it plays in real time.
    group
        Id that all sessions of one guided session share.
    draw_later
        Whether the annotated film is drawn later by :func:`formcheck.store.unfinished.finish`, so
        that the next block of a guided session need not wait for it.
    """

    exercise: str = option(
        "",
        "Id of the exercise, as in `formcheck exercises`. Required, unless you name a programme.",
        short="e",
        metavar="ID",
        form="first",
        form_text="What you are going to do.",
    )
    camera: str = option(
        "0",
        "Number of the camera, address of a stream (rtsp:// or http://), or a film to play.",
        short="c",
        metavar="ADDRESS",
        details="An app on a phone can send such a stream. A film is played in real time.",
    )
    side: SideChoice = option(
        "auto",
        "Leg to train. auto: first one leg, then the other.",
        part="side",
        form="first",
        form_text="Automatic: first one leg, then the other.",
    )
    reps: int | None = option(
        None,
        "Repetitions in a set, for each leg.",
        part="count",
        default_text="8",
        metavar="N",
        minimum=1,
        maximum=1000,
        details="For a plank or another hold, a set is one hold on each side.",
        form="first",
        form_text="Repetitions with each leg in a set; 8 if you leave it empty.",
    )
    sets: int = option(1, "Number of sets.", metavar="N", minimum=1, maximum=100, form="first")
    rest_s: float = option(
        30.0,
        "Seconds of rest between legs and sets.",
        typed_name="rest",
        metavar="S",
        minimum=0,
        maximum=3600,
        form="first",
    )
    mirrored: bool = option(
        False,
        "The camera sends a mirror image.",
        details="Few cameras do: a selfie camera shows you a mirror image, but does not send it.",
        form="more",
        form_text="The camera itself swaps left and right. Few cameras do.",
    )
    person: str = option(
        "",
        "Name of the person who trains.",
        metavar="NAME",
        details="It stands in the report and in the history. Upper and lower case do not matter.",
        form="first",
        form_text="Who trains. The name sorts the sessions; it does not protect them.",
    )
    out: Path | None = option(
        None,
        "Folder for the results.",
        default_text="live_DATE_TIME_EXERCISE_formcheck",
        short="o",
        metavar="DIR",
        read=_folder,
    )
    record: bool = option(
        False,
        "Also keep the camera's film without drawings, as raw.mp4.",
        details="`formcheck analyze` can measure it again. After a crash, `formcheck report` saves "
        "it, without the last one or two seconds.",
    )
    headless: bool = option(
        False,
        "Open no window. Ctrl-C ends the session.",
        details="It also ends when the sets are done.",
    )
    full_screen: bool = option(False, "Fill the screen from the start.")
    muted: bool = option(False, "Start without sound.", typed_name="mute")
    speech: bool = option(
        False, "Speak the cues aloud, if this computer can speak.", typed_name="speak"
    )
    quiet_s: float = option(
        60.0,
        "End after this many seconds in which no repetition was done, or nobody was in view.",
        typed_name="quiet",
        metavar="S",
        minimum=1,
        details="Before the first repetition, only time in which the person stands still counts.",
    )
    max_time_s: float | None = option(
        None,
        "End the session after this many seconds at the latest.",
        typed_name="max-time",
        metavar="S",
        minimum=1,
    )
    history_target: HistoryTarget | None = None
    group: str = ""
    draw_later: bool = False
    stay_s: float = 15.0
    lossless: bool = False
    paced: bool = True

    @property
    def plan(self) -> Plan:
        """The plan of the session; if a side was given, only that leg is trained."""
        from formcheck.coach.plan import Plan

        return Plan(
            reps=self.reps or USUAL_REPS,
            sets=self.sets,
            rest_s=self.rest_s,
            quiet_s=self.quiet_s,
            side=None if self.side == "auto" else self.side,
            target_hold_s=self.target_hold_s,
        )


@dataclass(frozen=True, kw_only=True)
class ProgrammeOptions(Options):
    """A guided session: a programme in place of one exercise."""

    programme: str = option(
        "",
        "Do a programme of several exercises: its name from `formcheck programme`, or a TOML file.",
        metavar="NAME_OR_FILE",
        details="The programme sets the exercise, side, sets, tempo, rest and view. Repetitions, "
        "seconds, step height and load that you give as options replace those of the programme, in "
        "exercises that have them.",
        form="first",
        form_text="Several exercises, one after the other, with rests in between.",
    )
    start_over: bool = option(
        False,
        "Begin the programme from the start, even if you stopped it in the middle before.",
        details="Without it, a programme that was stopped continues where it stopped, within 12 "
        "hours.",
        form="more",
        form_text="Begin again with the first exercise. Otherwise a programme that you stopped in "
        "the last 12 hours goes on.",
    )
    build_up: bool = option(
        True,
        "Adapt step, repetitions, seconds and load to the person's earlier sessions.",
        help_when_off="Do the programme as it is written, and do not adapt it to earlier sessions.",
        typed_name="no-build-up",
        form="more",
        form_name="as it is written",
    )

    @property
    def opened(self) -> Programme:
        """The programme that was read; ``UsageError`` if there is none or it has an error."""
        from formcheck.coach.programme_files import open_programme

        return open_programme(self.programme)


OWN_PROGRAMME = "own"
"""Value of ``programme`` when a page sends the text of the user's own programme."""


@dataclass(frozen=True, kw_only=True)
class PageProgrammeOptions(ProgrammeOptions):
    """A guided session on a page, which names no file but may give its text."""

    own_programme: str = option(
        "",
        "A programme of your own: choose its file, or paste its text.",
        longest=20_000,
        form="first",
    )

    @property
    def opened(self) -> Programme:
        """The programme; no file is read that a page names."""
        from formcheck.coach.programme_files import read_programme, shipped_names

        if self.programme == OWN_PROGRAMME:
            return read_programme(self.own_programme)
        if self.programme not in shipped_names():
            raise UsageError(
                "there is no such programme",
                hint="Choose one from the list.",
                options=("programme",),
            )
        return super().opened


@dataclass(frozen=True, kw_only=True)
class BatchOptions(OutputOptions, FilmOptions):
    """Options for many films; :class:`FilmOptions` apply where the settings file has nothing."""

    out: str | None = option(
        None,
        "Folder for the results. With a cluster: a storage address.",
        default_text="NAME_formcheck",
        short="o",
        metavar="DIR",
        read=_address,
    )
    jobs: int | None = option(
        None,
        "How many films to analyze in parallel.",
        default_text="one for each processor core",
        short="j",
        metavar="N",
        minimum=1,
    )
    per_film: Path | None = option(
        None,
        "File that gives some films options of their own, as a CSV table with the columns film, "
        "exercise, side and others, or as TOML.",
        typed_name="settings",
        metavar="FILE",
        details="See below.",
    )
    parquet: bool = option(
        False,
        "Also write summary.parquet.",
        details="Needs `pip install 'formcheck[parquet]'`.",
    )
    scheduler: str | None = option(
        None, "Run on the Dask cluster at this address.", metavar="ADDRESS", details="See below."
    )

    @property
    def for_each_film(self) -> FilmOptions:
        """Defaults for films that the settings file does not mention."""
        return FilmOptions(
            **{entry.name: getattr(self, entry.name) for entry in fields(FilmOptions)}
        )


@dataclass(frozen=True, kw_only=True)
class UploadOptions(AnalyzeOptions):
    """Options for a film that is given to the app in the browser."""

    keep_film: bool = option(
        False,
        "Keep the original film with the results. Otherwise it is deleted once they are ready.",
        form="more",
    )


@dataclass(frozen=True, kw_only=True)
class AppOptions(Options):
    """How the app in the browser is served."""

    port: int = option(
        0,
        "Number of the network port on which the page is served.",
        default_text="any that is free",
        metavar="N",
        minimum=0,
        maximum=65_535,
    )
    browser: bool = option(
        True,
        "Open the page in the browser.",
        help_when_off="Do not open the browser. The link to the page is printed.",
        typed_name="no-browser",
    )
    lan: bool = option(
        False,
        "Let phones and screens in your local network use it, each with its own link.",
        details="The connection is encrypted (https). The browser warns once of the certificate.",
    )
    folder: Path | None = option(
        None,
        "Folder for the sessions, and for films that wait to be measured.",
        default_text="in your user's data folder",
        metavar="DIR",
        read=_own_folder,
    )


SAID_BY_BLOCKS = ("exercise", "side", "view", "sets", "rest_s", "tempo")
"""Options of a live session that each block of a programme has for itself."""


def require_possible_in_programme(options: LiveOptions) -> None:
    """Raise ``UsageError`` for an option that the blocks of a programme have for themselves."""
    for one in declared(LiveOptions):
        if one.name in SAID_BY_BLOCKS and getattr(options, one.name) != one.default:
            raise UsageError(
                f"{one.spoken_name!r} cannot be set here: each exercise of the "
                "programme has its own",
                hint="Leave it out, or write a programme of your own.",
                options=(one.name,),
            )


def inapplicable_options(options: Options, exercise: Exercise) -> Iterator[tuple[Option, str]]:
    """Yield the options that the user gave but that do not apply to an exercise, and why not."""
    for one in declared(type(options)):
        value = getattr(options, one.name)
        if one.part is None or value == one.default:
            continue
        why = exercise.why_without(one.part)
        if not why and one.part == "depth" and value not in {goal.name for goal in exercise.depths}:
            why = f"whose depth is not judged as {value}"
        if why:
            title = exercise.title.lower()
            yield one, f"{one.spoken_name!r} does not apply to {title}, an exercise {why}"


def require_possible(options: SceneOptions) -> None:
    """Raise ``UsageError`` unless exercise and subject exist, and all that is given is of use.

    This loads the exercises, which :class:`Options` does not.
    """
    from formcheck.exercises import get_exercise
    from formcheck.pose.subject import SubjectSelector

    exercise = get_exercise(options.exercise) if options.exercise else None
    SubjectSelector.parse(options.subject)
    if isinstance(options, OutputOptions):
        options.exports  # noqa: B018 - checks them
        settings = options.analysis_settings
        if exercise is not None:
            exercise.with_settings(settings)
    if exercise is not None:
        for one, why in inapplicable_options(options, exercise):
            raise UsageError(why, hint="Leave it out.", options=(one.name,))
    if isinstance(options, LiveOptions) and exercise is None:
        raise UsageError(
            "no exercise was given",
            hint="Choose an exercise",
            options=("exercise",),
        )
