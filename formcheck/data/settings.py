"""``Settings``: every threshold that a user may change, with its unit and its source.

They are read from a TOML file or made from plain data, and are kept with every session.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from formcheck.data.declare import Name, Record, about, fields_of
from formcheck.data.errors import UsageError
from formcheck.data.toml_file import read_toml

_LONGEST_SHOWN = 200
"""Most characters of an error message that are shown."""


def _from_0_to(most: float) -> msgspec.Meta:
    """Return the constraint of a number from 0 to ``most``; it rejects NaN."""
    return msgspec.Meta(ge=0.0, le=most)


Band = tuple[float | None, float | None]
"""Lower and upper end; ``None`` or infinite where it is open."""


class BandSettings(Record, frozen=True):
    """The user's limits for a measurement: good inside ``good``, watch inside ``watch``."""

    good: Annotated[Band, about("lower and upper end of the range that counts as good")]
    watch: Annotated[
        Band,
        about(
            "lower and upper end of the range outside which a fault begins; it contains the "
            "good range"
        ),
    ]

    def __post_init__(self) -> None:
        """Require that the watch band encloses the good one; rejects NaN."""
        low, high = (self.watch[0], self.good[0]), (self.good[1], self.watch[1])
        ends = [-math.inf if end is None else end for end in low]
        ends += [math.inf if end is None else end for end in high]
        if not all(first <= second for first, second in pairwise(ends)):
            raise ValueError(
                f"watch {list(self.watch)} must contain good {list(self.good)}, the lower end first"
            )


CsvStyle = Literal["plain", "excel", "excel-eu"]
Seconds = Annotated[float, _from_0_to(60.0)]


class Settings(Record, frozen=True):
    """The settings of an analysis; kept with every session."""

    cutoff_hz: Annotated[
        Annotated[float, _from_0_to(50.0)],
        about(
            "cut-off frequency (-3 dB) of the filter on the joint positions, which causes "
            "no delay. 6 Hz is used by Sports2D and Pose2Sim, too",
            "Hz",
        ),
    ] = 6.0
    max_gap_s: Annotated[
        Annotated[float, _from_0_to(5.0)],
        about("longest gap in a joint's positions that is filled. formcheck's choice", "s"),
    ] = 0.25
    min_confidence: Annotated[
        Annotated[float, _from_0_to(1.0)],
        about(
            "a joint counts as hidden if the pose model's confidence is lower. formcheck's choice: "
            "on the clips and films, MediaPipe's visibility is above 0.8 for clearly visible "
            "joints and below 0.65 for covered ones"
        ),
    ] = 0.65
    max_hidden_pct: Annotated[
        Annotated[float, _from_0_to(100.0)],
        about(
            "a measurement is refused if a joint that it needs is hidden for a larger part "
            "of the repetition. formcheck's choice",
            "%",
        ),
    ] = 30.0
    planted_within_pct: Annotated[
        Annotated[float, _from_0_to(100.0)],
        about(
            "a foot counts as standing if it does not move further than this, in % of leg "
            "length. formcheck's choice",
            "%",
        ),
    ] = 10.0
    min_drop_pct: Annotated[
        Annotated[float, _from_0_to(100.0)],
        about(
            "smallest drop of the hips that counts as a repetition, in % of leg length; 0: "
            "the value of the exercise",
            "%",
        ),
    ] = 0.0
    target_descent_s: Annotated[
        Annotated[float, _from_0_to(60.0)],
        about(
            "target time of the way down, by which it is judged; 0: the first number of "
            "`tempo`, or without a tempo the value of the exercise",
            "s",
        ),
    ] = 0.0
    tempo: Annotated[
        tuple[Seconds, Seconds, Seconds, Seconds] | None,
        about(
            "chosen tempo: seconds on the way down, at the bottom, on the way up and at the top",
            "s",
        ),
    ] = None
    goal: Annotated[
        Literal["", "eccentric", "strength"],
        about(
            "`eccentric`: the time of the way down is judged; `strength`: it is judged only "
            "if a tempo was chosen; empty: as usual for the exercise"
        ),
    ] = ""
    depth: Annotated[
        Literal["free", "half", "parallel"],
        about("how deep a squat should be; `free`: the depth is not judged"),
    ] = "free"
    bands: Annotated[
        Mapping[Name, BandSettings],
        about("your own limits, by the id of the measurement (also `descent_s`)"),
    ] = {}

    csv: Annotated[
        CsvStyle,
        about(
            "how tables are written: `plain`, `excel` (with a byte-order mark) or "
            "`excel-eu` (also with semicolons and decimal commas)"
        ),
    ] = "plain"

    @property
    def asked_descent_s(self) -> float:
        """The time of the way down that the user asked for; 0 when none was."""
        return self.target_descent_s or (self.tempo[0] if self.tempo else 0.0)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, as in a settings file."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def load_settings(path: Path) -> Settings:
    """Read settings from a TOML file; raises ``UsageError`` for anything it does not know."""
    return settings_from(read_toml(path, "settings file"), of=path.name)


def settings_from(data: Mapping[str, Any], of: str = "the settings") -> Settings:
    """Make settings from plain data; raises ``UsageError`` for unknown keys and wrong types.

    ``of`` names the source of the data in error messages.
    """
    try:
        settings = msgspec.convert(dict(data), Settings)
        _refuse_unknown(data, Settings)
        for bands in data.get("bands", {}).values():
            _refuse_unknown(bands, BandSettings)
    except (msgspec.ValidationError, OverflowError, RecursionError, ValueError) as error:
        known = ", ".join(field.name for field in fields_of(Settings))
        message = _in_words(error)
        if len(message) > _LONGEST_SHOWN:
            message = f"{message[:_LONGEST_SHOWN]}…"
        raise UsageError(
            f"{of}: {message}",
            hint=f"Known settings: {known}. Limits are written like this: good = [-5, 8] and watch "
            "= [-10, 13].",
        ) from error
    return settings


def _in_words(error: Exception) -> str:
    """Return msgspec's message with the setting first: ``bands.depth.good: expected `array```."""
    message = str(error)
    expected, _, place = message.rpartition(" - at `$.")
    if not expected:
        return message[:1].lower() + message[1:]
    return f"{place.rstrip('`')}: {expected[:1].lower()}{expected[1:]}"


def _refuse_unknown(data: Mapping[str, Any], record: type[Record]) -> None:
    """Raise ``ValueError`` for a name that is no setting, such as a misspelt one.

    It is not used for kept sessions: these may have settings of a later version.
    """
    for name in data:
        if name not in record.__struct_fields__:
            raise ValueError(f"there is no setting {name!r}")
