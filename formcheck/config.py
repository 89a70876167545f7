"""Settings: every threshold a user may change, with its unit and where it comes from."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from formcheck.errors import UsageError
from formcheck.plain_file import read_plain

MOST = {
    "cutoff_hz": 50.0,
    "max_gap_s": 5.0,
    "min_confidence": 1.0,
    "max_hidden_pct": 100.0,
    "planted_within_pct": 100.0,
    "min_drop_pct": 100.0,
    "target_descent_s": 60.0,
}
"""The largest value that makes sense for each setting."""

_MOST_BYTES = 1_000_000
_LARGEST_WHOLE = 10**15
_LONGEST_SHOWN = 60


@dataclass(frozen=True)
class BandSettings:
    """Limits that replace a metric's own: good inside ``good``, to be watched inside ``watch``."""

    good: tuple[float, float]
    watch: tuple[float, float]


@dataclass(frozen=True)
class Settings:
    """What the analysis can be told; saved with every session.

    Attributes
    ----------
    cutoff_hz
        True -3 dB point of the zero-lag filter on the keypoints. 6 Hz: Sports2D, Pose2Sim.
    max_gap_s
        Longest stretch without a keypoint that is bridged. Ours.
    min_confidence
        Below it a keypoint counts as hidden. Ours: MediaPipe's visibility stays above 0.8 for
        plainly visible joints on the clips and films, and falls below 0.65 when covered.
    max_hidden_pct
        A metric is refused when a joint it needs is hidden for more of the repetition. Ours.
    planted_within_pct
        A foot that strays further, in % of leg length, does not count as planted. Ours.
    min_drop_pct
        Smallest drop of the hip that counts, in % of leg length; 0 takes the exercise's own.
    target_descent_s
        Time the tempo bar fills to; 0 takes the exercise's own.
    bands
        Limits by metric name, and ``descent_s``, in place of the exercise's own.
    """

    cutoff_hz: float = 6.0
    max_gap_s: float = 0.25
    min_confidence: float = 0.65
    max_hidden_pct: float = 30.0
    planted_within_pct: float = 10.0
    min_drop_pct: float = 0.0
    target_descent_s: float = 0.0
    bands: Mapping[str, BandSettings] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for the session record."""
        return asdict(self)


def load_settings(path: Path) -> Settings:
    """Read settings from a TOML file; raises ``UsageError`` for anything it does not know."""
    try:
        data = tomllib.loads(read_plain(path, _MOST_BYTES).decode("utf-8"))
    except OSError as error:
        raise UsageError(
            f"cannot read the settings {path.name}: {error.strerror}", hint="Check --config."
        ) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"{path.name} is not valid TOML: {error}", hint="Mend that line, or leave --config out."
        ) from error
    return settings_from(data)


def settings_from(data: Mapping[str, Any]) -> Settings:
    """Build settings from plain data; unknown keys and wrong types raise ``UsageError``."""
    known = {entry.name for entry in fields(Settings)}
    for key in data:
        if key not in known:
            raise UsageError(
                f"unknown setting {key!r}", hint=f"Known settings: {', '.join(sorted(known))}."
            )
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key == "bands":
            values[key] = {name: _band(name, band) for name, band in _table(key, value).items()}
        elif not _is_number(value) or not 0 <= value <= MOST[key]:
            raise UsageError(
                f"setting {key} must be a number from 0 to {MOST[key]:g}, but is {_shown(value)}",
                hint="Mend the settings file.",
            )
        else:
            values[key] = float(value)
    return Settings(**values)


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, float) or abs(value) <= _LARGEST_WHOLE


def _shown(value: object) -> str:
    """A value for a message, never longer than a line."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits
        return "too large to show"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _table(name: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UsageError(
            f"setting {name} must be a table but is {_shown(value)}", hint="See the docs."
        )
    return value


def _band(name: str, value: object) -> BandSettings:
    table = _table(f"bands.{name}", value)
    if set(table) != {"good", "watch"}:
        raise UsageError(
            f"bands.{name} needs exactly the keys good and watch but has {sorted(table)}",
            hint="Write for example good = [-5, 8] and watch = [-10, 13].",
        )
    good, watch = (_limits(f"bands.{name}.{key}", table[key]) for key in ("good", "watch"))
    if not (watch[0] <= good[0] <= good[1] <= watch[1]):
        raise UsageError(
            f"bands.{name}: watch {list(watch)} must enclose good {list(good)}",
            hint="Widen watch or narrow good.",
        )
    return BandSettings(good, watch)


def _limits(name: str, value: object) -> tuple[float, float]:
    if isinstance(value, list | tuple) and len(value) == 2:
        # An open side, as the session record has it.
        value = [
            limit if given is None else given
            for given, limit in zip(value, (-math.inf, math.inf), strict=True)
        ]
    numbers = isinstance(value, list | tuple) and all(
        _is_number(limit) and limit == limit for limit in value
    )
    if not numbers or not isinstance(value, list | tuple) or len(value) != 2:
        raise UsageError(
            f"{name} must be two numbers, low and high, but is {_shown(value)}",
            hint="inf and -inf leave a side open.",
        )
    return float(value[0]), float(value[1])
