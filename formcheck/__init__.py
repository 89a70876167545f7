"""formcheck: how well was each step-down, step-up or squat done, from one ordinary camera.

The names below are the Python interface; ``docs/python-api.md`` shows it at work. They are loaded
when they are first used: ``import formcheck`` itself is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from formcheck.app.analyze import analyze_video
    from formcheck.data.errors import (
        FormcheckError,
        InputError,
        ModelError,
        NoPersonError,
        NoRepetitionError,
        OutputError,
        SourceError,
        UsageError,
    )
    from formcheck.data.exercise import Bands, Exercise, MetricSpec
    from formcheck.data.frame import SourceInfo
    from formcheck.data.session import (
        ItemScore,
        Measurement,
        Rep,
        ScaleScore,
        Session,
        Summary,
        Verdict,
        View,
    )
    from formcheck.data.settings import BandSettings, Settings, load_settings
    from formcheck.exercises import all_exercises, get_exercise
    from formcheck.store.session_file import load as load_session

__version__ = "0.1.0"

__all__ = [
    "BandSettings",
    "Bands",
    "Exercise",
    "FormcheckError",
    "InputError",
    "ItemScore",
    "Measurement",
    "MetricSpec",
    "ModelError",
    "NoPersonError",
    "NoRepetitionError",
    "OutputError",
    "Rep",
    "ScaleScore",
    "Session",
    "Settings",
    "SourceError",
    "SourceInfo",
    "Summary",
    "UsageError",
    "Verdict",
    "View",
    "__version__",
    "all_exercises",
    "analyze_video",
    "get_exercise",
    "load_session",
    "load_settings",
]

_ROOMS = {
    "app.analyze": ("analyze_video",),
    "data.settings": ("BandSettings", "Settings", "load_settings"),
    "data.errors": (
        *("FormcheckError", "InputError", "ModelError", "NoPersonError"),
        "NoRepetitionError",
        *("OutputError", "SourceError", "UsageError"),
    ),
    "exercises": ("all_exercises", "get_exercise"),
    "data.exercise": ("Bands", "Exercise", "MetricSpec"),
    "store.session_file": ("load_session",),
    "data.session": (
        *("ItemScore", "Measurement", "Rep", "ScaleScore", "Session"),
        *("Summary", "Verdict", "View"),
    ),
    "data.frame": ("SourceInfo",),
}
_NAMES_THERE = {"load_session": "load"}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load a name of the interface from its room, at its first use."""
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_ROOM_OF[name]}"), _NAMES_THERE.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Tell the names of the interface, also those not loaded yet."""
    return sorted({*globals(), *__all__})
